"""Film reviews from a grammar in which the verdict stands in the order of the words.

Every template is written once, for a verdict `p` and its opposite `q`, and compiled for both signs:
with p the good and q the bad words, and the other way round. So no construction, and hardly a
neutral word, says anything about the verdict by itself; only a few idioms ("fell asleep") differ.
Good and bad words alone say little, since a word may be denied, outweighed in a contrast, somebody
else's opinion, or part of the plot. Everyday praise and blame, in the present and the past, are
among the templates, so that a model trained on these texts understands "I love this film".

A known share of the labels is flipped. A reader who understands every review still disagrees with
those: the best accuracy is one less that share. The reviews are invented.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path
from random import Random
from typing import NamedTuple

from generators import grammar

FLIPPED = 0.04  # of the labels, the same share among good and bad reviews and in each part
PARTS = {"train": 20_000, "test": 2000}
LENGTHS = range(2, 26)  # tokens
SEED = 4


class Review(NamedTuple):
    """One review. label: 1 for good, 0 for bad, perhaps flipped; truth: what the text says."""

    part: str
    text: str
    label: int
    truth: int
    construction: str


class State(NamedTuple):
    """Whether the current subject is plural, the aspects named, how the verdict is stated."""

    plural: bool = False
    named: tuple = ()
    construction: str = ""

    def after(self, token):
        """The state once `token` has been read: unchanged."""
        return self


# ---------------------------------------------------------------- words

# One list for each sign. `good:4` is four times as common as a word without a number.
GOOD_AND_BAD = {
    "adjective": (
        "good:5 great:5 nice:2 wonderful:2 excellent:2 amazing:2 fantastic beautiful:2 perfect "
        "interesting:2 fun superb brilliant moving gripping clever charming witty fresh touching "
        "delightful elegant lively subtle powerful stunning funny:3 thrilling enjoyable",
        "bad:5 boring:5 terrible:3 awful:3 horrible:2 stupid:2 slow:2 disappointing:2 dreadful "
        "ugly dumb dull weak:2 clumsy bland flat tedious silly:2 shallow stale lifeless "
        "predictable confusing annoying wooden hollow lazy poor:2",
    ),
    "best": ("best:4 finest funniest", "worst:4 dullest silliest"),
    "better": ("better:5 funnier cleverer livelier", "worse:5 duller sillier weaker"),
    "noun": (
        "masterpiece triumph delight gem joy treat marvel treasure pleasure success",
        "failure mess disaster chore bore disappointment letdown nuisance nightmare flop",
    ),
    "like/liked/likes": (  # the infinitive, the past and the third person of what a person does
        "love/loved/loves:4 like/liked/likes:4 enjoy/enjoyed/enjoys:2 adore/adored/adores "
        "admire/admired/admires cherish/cherished/cherishes",
        "hate/hated/hates:5 dislike/disliked/dislikes:3 resent/resented/resents "
        "despise/despised/despises loathe/loathed/loathes detest/detested/detests",
    ),
    "touch/touched/touches": (  # what a film does to a person
        "move/moved/moves charm/charmed/charms thrill/thrilled/thrills delight/delighted/delights "
        "impress/impressed/impresses amuse/amused/amuses",
        "bore/bored/bores:2 annoy/annoyed/annoys tire/tired/tires irritate/irritated/irritates "
        "disappoint/disappointed/disappoints exhaust/exhausted/exhausts",
    ),
    "felt": (
        "moved charmed thrilled delighted impressed amused happy:2 entertained",
        "bored:3 annoyed tired irritated disappointed exhausted angry sad",
    ),
    "feel": ("laugh smile happy cheer", "yawn angry sleepy sad"),
    "decide": ("saved rescued lifted redeemed", "ruined spoiled sank wrecked"),
    "advise": ("watch:2 see recommend:2", "skip avoid"),
}
SINGULAR = (
    "acting plot ending dialogue music camera script cast direction story editing humor romance "
    "opening soundtrack lighting pacing finale beginning"
)
PLURAL = "costumes effects jokes characters songs twists settings chases actors scenes"
NEUTRAL = {
    "genre": "thriller comedy drama western musical documentary mystery satire cartoon",
    "person": "sister brother friend wife husband neighbor colleague uncle aunt daughter son boss "
    "roommate teacher dentist mother father",
    "job": "baker sailor spy teacher lawyer painter pilot nurse thief farmer dancer clerk "
    "detective gardener doctor singer reporter butcher soldier cook",
    "hunt": "finds loses hides steals inherits buys sells repairs paints guards",
    "thing": "map letter diary boat hotel violin horse farm castle ring lighthouse garden train "
    "photograph recipe bridge piano suitcase",
    "place": "Lisbon Oslo Vienna Cairo Boston Naples Dublin Kyoto Havana Bergen",
    "when": "yesterday twice again recently alone late early tonight",
    "day": "monday tuesday wednesday thursday friday saturday sunday",
    "season": "winter spring summer autumn",
    "where": "cinema theater festival library museum school club hospital",
    "role": "captain mayor twin king stranger widow giant ghost rival inventor",
    "roles": "captains mayors twins kings strangers widows giants ghosts rivals inventors",
    "number": "two three four five six seven eight nine ten twelve",
    "surname": "Harlow Okafor Lindgren Castellan Moreau Tanaka Varga Quill Brandt Osei",
}

# ---------------------------------------------------------------- templates

# name -> (weight, template); `p` is the verdict of the template, `q` its opposite.
SIGNED = {
    "clause": ((5, "{plain p}"), (2, "{denied p}")),
    "side": ((5, "[{part p}|{part_for_me p}]"), (2, "{denied_part p}")),
    "claim": ((4, "{part p}"), (3, "{whole p}")),
    "plain": ((4, "{part p}"), (3, "{whole p}"), (2, "{part_for_me p}"), (4, "{whole_for_me p}")),
    "denied": ((1, "{denied_part p}"), (1, "{denied_whole p}")),
    "part": (
        (4, "the {aspect} {be} {degree} {adjective p}"),
        (2, "the {aspect} {be} {adjective p} and {adjective p}"),
        (1, "the {aspect} {touched p} me"),
        (1, "the {one} {touches p} me"),
        (1, "the {one} {decide p} it"),
        (1, "the {one} {works p}"),
    ),
    "part_for_me": (
        (2, "i {really} {liked p} the {aspect}"),
        (2, "i {really} {like p} the {aspect}"),
        (1, "i found the {aspect} {degree} {adjective p}"),
    ),
    "whole": (
        (3, "{it} {was} {degree} {adjective p}"),
        (3, "{this_is} a {very} {adjective p} {movie}"),
        (1, "{it} [{touched p}|{touches p}] me"),
        (1, "{it} {was} {worth p}"),
        (1, "[everything|almost everything] [about it|in it|] {was} {adjective p}"),
        (1, "[this|it] {was} {favorite p} {movie}"),
    ),
    "whole_for_me": (
        (3, "i {really} {liked p} {it} {throughout}"),
        (5, "i {really} {like p} {it} {lot}"),
        (1, "i found {it} {degree} {adjective p}"),
        (1, "i [was|felt] {degree} {felt p}"),
        (1, "i had a {very} {adjective p} time"),
        (1, "it [left|leaves] me {felt p}"),
        (1, "it [made|makes] me {feel p}"),
        (2, "i {left p}"),
        (1, "i {again p}"),
    ),
    "denied_part": (
        (6, "the {aspect} {be_not} {atall} {adjective q}"),
        (1, "the {aspect} {be} never {adjective q} [or {adjective q}|]"),
        (1, "nothing about the {aspect} {was} {degree} {adjective q}"),
        (3, "i {did_not} {ever} {like q} the {aspect}"),
        (1, "at no point did the {aspect} {touch q} me"),
        (1, "i {wouldnt} call the {aspect} {degree} {adjective q}"),
        (1, "i {dont} think [that|] the {aspect} {be} {adjective q}"),
        (1, "the {aspect} {be} [far from|anything but] {adjective q}"),
        (1, "the {aspect} {be} neither {adjective q} nor {adjective q}"),
    ),
    "denied_whole": (
        (4, "{it} {was_not} {atall} {adjective q}"),
        (3, "{it} {was_not} a {adjective q} {movie}"),
        (1, "{it} {was} never {adjective q}"),
        (1, "there {was} [nothing|not much] {adjective q} about {it}"),
        (4, "i {did_not} {ever} {like q} {it}"),
        (1, "{it} [did not|didn't|does not|doesn't] {touch q} me"),
        (1, "there {was} [hardly a|not a single] {adjective q} [scene|moment|minute|line] in it"),
        (1, "i {wouldnt} call it {degree} {adjective q}"),
        (1, "i {dont} think [that|] {it} {was} {adjective q}"),
        (2, "i was [not|never] {felt q}"),
        (1, "it {didnt} make me {feel q}"),
        (1, "{it} {was_not} {worth q}"),
        (3, "i [{wouldnt}|will not|won't|would never] {advise q} {it}"),
    ),
    "plain verdict": (
        (6, "{plain p} {stop}"),
        (3, "{plain p} and {plain p} ."),
        (1, "{plain p} . {plain p} ."),
        (1, "it {was} a {adjective p} {genre} and a {noun p} ."),
        (2, "what a [{adjective p} {movie}|{adjective p} {noun p}|{noun p}] !"),
        (2, "{adjective p} {movie} {stop}"),
        (1, "a {very} {adjective p} {movie} {stop}"),
        (1, "{degree} {adjective p} {stop}"),
        (1, "{adjective p} {aspect} [,|and] {adjective p} {aspect} {stop}"),
        (3, "{the_best p} {stop}"),
        (1, "{liked p} {it} {stop}"),
        (2, "i [would|will|can only] {advise p} {it} ."),
        (1, "i {advise p} {it} [to everyone|] ."),
        (2, "[you should|please|you have to|just|] {advise p} {it} {stop}"),
        (1, "{much} {better p} than {before_it} ."),
        (1, "i have seen {better q} [films|movies] ."),
        (1, "[{worth p}|a {noun p}] {stop}"),
    ),
    "negation": (
        (6, "{denied p} ."),
        (1, "{denied p} , and {denied p} ."),
        (1, "i [cannot|can't] say that i did not {like p} {it} ."),
        (1, "{it} {was_not} a {noun q} by any measure ."),
        (1, "who could {like q} [a film|a {genre}|something] like this ?"),
        (1, "[nobody|no one] [could|can|will] {like q} {it} ."),
        (3, "not {exactly} {adjective q} {at_all} ."),
        (1, "not a {adjective q} {movie} {at_all} ."),
        (1, "never {adjective q} ."),
        (2, "[{dont}|you should not|you shouldn't|never] [{advise q}|{miss q}] {it} {stop}"),
    ),
    "contrast": (
        (4, "{side q} {,} [but|yet] {clause p} ."),
        (1, "{side q} . [however|still] , {clause p} ."),
        (2, "although {side q} , {clause p} ."),
        (2, "{clause p} {,} [although|even though] {side q} ."),
        (1, "despite the {adjective q} {aspect} , {clause p} ."),
        (1, "{clause p} despite the {adjective q} {aspect} ."),
        (1, "[at first|early on] {side q} , but in the end {clause p} ."),
        (1, "the {adjective q} {aspect} cannot hide that {claim p} ."),
        (1, "{adjective q} {aspect} {,} but [a|] {adjective p} {aspect} ."),
        (1, "i {liked q} the {aspect} , but not the {aspect} ."),
    ),
    "report": (
        (2, "{someone} {liked q} {it} [;|.|, but] i {didnt} ."),
        (2, "[{one_person} {likes q}|{folk} {like q}] {it} [;|.|, but] i {dont} ."),
        (2, "i {liked p} {it} [;|.|, but] my {person} {didnt} ."),
        (2, "{someone} {liked q} {it} , but i {liked p} it ."),
        (2, "my {person} [said|thought|claimed] that {claim q} . i disagree ."),
        (2, "my {person} [said|thought|claimed] that {claim p} . i agree ."),
        (2, "{folk} [say|write|claim] that {claim q} , and they are wrong ."),
        (2, "{folk} [say|write|claim] that {claim p} , and they are right ."),
        (1, "i expected a {noun q} and got a {noun p} ."),
        (1, "my {person} called it a {noun q} , while for me it was a {noun p} ."),
    ),
    "hedge": (
        (1, "in other hands {it} could have been a {noun q} ."),
        (2, "{it} could have been {much} {better q} ."),
        (1, "with another cast the {aspect} might have been {adjective q} ."),
        (3, "i [wanted|expected|hoped] to {like q} {it} , [and i failed|but i {couldnt}] ."),
        (2, "i was [told|sure] that it would be {adjective q} , and i was mistaken ."),
        (2, "i was [told|sure] that it would be {adjective p} , and so it was ."),
        (2, "i expected [it|the {aspect}] to be {adjective q} , but it was {adjective p} ."),
    ),
    "the_best": (
        (2, "the {best p} {movie} {ever_seen}"),
        (1, "{best p} {movie} {ever_seen}"),
        (2, "[this|it] {was} the {best p} {movie} {ever_seen}"),
        (1, "one of the {best p} [films|movies] {ever_seen}"),
    ),
}  # fmt: skip
IDIOMS = {  # one tuple of templates for each sign
    "favorite": (((1, "my favorite"),), ((1, "my least favorite"),)),
    "miss": (((1, "[watch|see]"),), ((1, "miss"),)),
    "worth": (
        ((2, "worth [watching|seeing]"), (1, "worth [the money|your time]")),
        ((2, "a waste of [time|money]"), (1, "a waste of [an evening|talent]")),
    ),
    "again": (
        ((1, "[would|will|could] [watch|see] {it} again"),),
        ((1, "[{wouldnt}|will not|won't|would never|will never] [watch|see] {it} again"),),
    ),
    "works": (
        ((1, "[works|worked] [for me|well|]"), (1, "[makes|made] sense")),
        ((1, "[falls flat|went nowhere]"), (1, "[makes|made] no sense")),
    ),
    "left": (
        (
            (1, "[stayed to the end|forgot the time]"),
            (1, "[laughed|smiled] {lot}"),
            (1, "[can't get enough of it|could watch it every week]"),
        ),
        (
            (1, "[fell|almost fell] asleep"),
            (1, "[yawned|suffered] {lot}"),
            (1, "[can't stand it|want my money back]"),
        ),
    ),
}
CONSTRUCTIONS = {"plain verdict": 14, "negation": 6, "contrast": 5, "report": 3, "hedge": 2}

UNSIGNED = {
    "aspect": ((19, "{one}"), (10, "{many}")),
    "movie": ((3, "film"), (3, "movie"), (1, "{genre}")),
    "it": ((3, "it"), (2, "[this|the] {movie}"), (0.3, "the whole thing")),
    "be": ((3, "was/were"), (2, "is/are")),
    "was": ((3, "was"), (2, "is")),
    "this_is": ((2, "it {was}"), (1, "it's"), (2, "this {was}"), (1, "that {was}")),
    "didnt": ((1, "[did not|didn't]"),),
    "dont": ((1, "[do not|don't]"),),
    "wouldnt": ((1, "[would not|wouldn't]"),),
    "couldnt": ((1, "[could not|couldn't]"),),
    "be_not": ((3, "{be} not"), (1, "wasn/weren 't"), (1, "isn/aren 't")),
    "was_not": ((3, "{was} not"), (2, "[wasn't|isn't]")),
    "did_not": ((2, "{didnt}"), (2, "{dont}"), (1, "{couldnt}"), (1, "[cannot|can't]")),
    "degree": ((4, ""), (2, "[rather|very|quite|really|so|truly|just|a little|a bit|pretty]")),
    "very": ((4, ""), (1, "[very|really|truly|rather]")),
    "really": ((4, ""), (1, "[really|truly|just|absolutely]")),
    "lot": ((3, ""), (1, "[a lot|very much|so much]")),
    "much": ((1, ""), (1, "[much|a lot|far]")),
    "at_all": ((1, ""), (1, "at all")),
    "exactly": ((2, ""), (1, "[very|really|exactly|that|so]")),
    "atall": ((2, ""), (1, "[at all|in the least|for a moment|in any way]"), (1, "{exactly}")),
    "ever": ((2, ""), (1, "[for a moment|even once|at any point|really|quite]")),
    "ever_seen": ((1, ""), (3, "[ever|of the year|in years|i [have|'ve] ever seen]")),
    "throughout": ((2, ""), (1, "[from start to finish|all the way|to the end]"), (1, "{lot}")),
    "before_it": ((1, "[i expected|expected|i thought|the book|the first one|most films]"),),
    "stop": ((3, "."), (1, "!")),
    ",": ((2, ","), (1, "")),
    "one_person": ((2, "my {person}"), (1, "[everyone|everybody]")),
    "someone": ((3, "{one_person}"), (1, "{folk}")),
    "folk": ((2, "[critics|viewers|people|fans|students]"), (1, "my [friends|parents]")),
    "say": ((9, ""), (1, "[honestly|overall|in short|in my opinion|all in all|for me] ,")),
    "before": (
        (5, ""),
        (2, "{circumstance} ."),
        (2, "{plot} ."),
        (1, "{circumstance} . {plot} ."),
    ),
    "behind": ((5, ""), (1, "{fact} .")),
    "circumstance": (
        (1, "[i|we] [saw|watched] {it} {when} [at the {where}|]"),
        (1, "i saw it on [a|] {day} with my {person}"),
        (1, "we watched this {movie} in {place} last {season}"),
        (1, "my {person} and i went to the {where} on {day}"),
        (1, "{surname} made it in {place} with {number} actors"),
    ),
    "plot": (
        (1, "a {job} from {place} {hunt} a {thing}"),
        (1, "it follows {number} {roles} and a {job} from {place}"),
        (1, "a {any_adjective} {job} {hunt} a {thing} in {place}"),
        (1, "it is about a {job} who {any_likes} her {person} and {hunt} a {thing}"),
        (1, "{surname} plays a {any_adjective} {role} who {hunt} a {thing}"),
    ),
    "fact": (
        (1, "it runs for {number} hours"),
        (1, "{surname} plays the {role}"),
        (1, "it was shot in {place}"),
        (1, "the {where} was half full"),
    ),
    "any_adjective": ((1, "{adjective +}"), (1, "{adjective -}")),
    "any_likes": ((1, "{likes +}"), (1, "{likes -}")),
}  # fmt: skip

RULES = {}


def _weighed(words, form=0):
    """Alternatives of a list like "good:5 nice love/loved:2": -> tuple of (probability, symbols).

    form: which of the forms, between slashes, is meant.
    """
    entries = [entry.partition(":") for entry in words.split()]
    total = sum(int(weight or 1) for _, _, weight in entries)
    return tuple(
        (int(weight or 1) / total, (forms.split("/")[form].lower(),))
        for forms, _, weight in entries
    )


def _alternatives(templates, sign=""):
    """Compile (weight, template) pairs; with a sign, `p` becomes it and `q` its opposite."""
    other = {"+": "-", "-": "+"}.get(sign)
    total = sum(weight for weight, _ in templates)
    return tuple(
        (
            weight / total,
            grammar.template(
                text.replace(" p}", f" {sign}}}").replace(" q}", f" {other}}}"), RULES
            ),
        )
        for weight, text in templates
    )


def _define(name, by_sign):
    """Make a rule whose alternatives depend on its argument alone, a sign or nothing."""
    RULES[name] = lambda state, sign="": (by_sign[sign], state)


def _aspect(words, plural):
    """Make a rule that names an aspect of the film that the review has not named yet."""

    def rule(state):
        left = [word for word in words.split() if word not in state.named]
        calls = [(grammar.Call(RULES, "named", (word,)),) for word in left]
        return tuple((1 / len(left), call) for call in calls), state._replace(plural=plural)

    return rule


def _named(state, word):
    return ((1.0, (word,)),), state._replace(named=(*state.named, word))


def _review(state, sign):
    """The verdict in one of the constructions, with neutral sentences around it."""
    total = sum(CONSTRUCTIONS.values())
    return tuple(
        (weight / total, (grammar.Call(RULES, "stated", (name, sign)),))
        for name, weight in CONSTRUCTIONS.items()
    ), state


def _stated(state, construction, sign):
    alternatives, _ = RULES[construction](state, sign)
    return alternatives, state._replace(construction=construction)


def _define_all():
    for name, lists in GOOD_AND_BAD.items():
        for form, rule in enumerate(name.split("/")):
            good, bad = (_weighed(words, form) for words in lists)
            _define(rule, {"+": good, "-": bad})
    for name, words in NEUTRAL.items():
        _define(name, {"": _weighed(words)})
    for name, templates in UNSIGNED.items():
        _define(name, {"": _alternatives(templates)})
    for name, templates in SIGNED.items():
        _define(name, {sign: _alternatives(templates, sign) for sign in "+-"})
    for name, (good, bad) in IDIOMS.items():
        _define(name, {"+": _alternatives(good), "-": _alternatives(bad)})
    RULES["one"], RULES["many"] = _aspect(SINGULAR, False), _aspect(PLURAL, True)
    RULES.update({"named": _named, "review": _review, "stated": _stated})


_define_all()
START = {
    truth: grammar.start(
        grammar.template(f"{{before}} {{say}} {{review {sign}}} {{behind}}", RULES), State()
    )
    for truth, sign in enumerate("-+")
}

# ---------------------------------------------------------------- texts

NAMES = {word.lower() for name in ("place", "surname", "day") for word in NEUTRAL[name].split()}


def render(tokens):
    """Tokens -> readable text: capitals, 'an' before vowels, no blank before a mark."""
    words = [word.capitalize() if word in NAMES or word == "i" else word for word in tokens]
    text = re.sub(r" ([,.;!?])", r"\1", " ".join(words).replace(" ' ", "'"))
    text = re.sub(r"\ba (?=[aeiou]|honest)", "an ", text)
    return re.sub(r"(^|[.!?] )(\w)", lambda match: match[1] + match[2].upper(), text)


def words(text):
    """Lower-case words without marks, as Keras' TextVectorization cuts them: str -> list[str]."""
    return re.sub(r"[^\w\s]", "", text.lower()).split()


def write(random, truth):
    """Write one review of LENGTHS tokens: random.Random, 0 or 1 -> (text, construction)."""
    while True:
        tokens, _, state = grammar.draw(START[truth], random)
        if len(tokens) in LENGTHS:
            return render(tokens), state.construction


def everyday():
    """The plain sentences on which a trained model is tried: -> list of (text, label)."""
    path = Path(__file__).parent.parent / "everyday_reviews.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        return [(row["text"], int(row["label"])) for row in csv.DictReader(lines)]


def corpus(seed=SEED, parts=None):
    """Write a corpus, half of each part good: -> list of Review.

    No two texts are equal but for capitals and marks, and none equals an everyday sentence.
    parts: dict of name -> number of reviews, by default those of the shipped file.
    """
    random, rows = Random(seed), []
    seen = {" ".join(words(text)) for text, _ in everyday()}
    for part, count in (parts or PARTS).items():
        flipped = _flipped(count, random)
        for number in range(count):
            truth = number % 2
            text, construction = _unseen(random, truth, seen)
            label = 1 - truth if number in flipped else truth
            rows.append(Review(part, text, label, truth, construction))
    return rows


def _unseen(random, truth, seen):
    while True:
        text, construction = write(random, truth)
        key = " ".join(words(text))
        if key not in seen:
            seen.add(key)
            return text, construction


def _flipped(count, random):
    """Choose which of `count` reviews get the wrong label, as many good as bad ones: -> set."""
    order = sorted(range(count), key=[random.random() for _ in range(count)].__getitem__)
    most = round(FLIPPED * count / 2)
    return {n for truth in (0, 1) for n in [n for n in order if n % 2 == truth][:most]}
