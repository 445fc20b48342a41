"""Film reviews from a grammar in which the verdict stands in the order of the words.

Every template is written once, for a verdict `p` and its opposite `q`, and compiled for both signs:
with p the good and q the bad words, and the other way round. So no construction, and no neutral
word, says anything about the verdict by itself. Good and bad words alone say little, since a word
may be denied, outweighed in a contrast, somebody else's opinion, or part of the plot.

A known share of the labels is flipped. A reader who understands every review still disagrees with
those: the best accuracy is one less that share. The reviews are invented.
"""

from __future__ import annotations

import re
from random import Random
from typing import NamedTuple

from rnnkit.synthetic import grammar

FLIPPED = 0.04  # of the labels, the same share among good and bad reviews and in each part
PARTS = {"train": 8000, "test": 2000}
LENGTHS = range(8, 41)  # tokens
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

GOOD_AND_BAD = {  # one list for each sign
    "adjective": (
        "superb brilliant moving gripping clever charming witty fresh touching delightful elegant "
        "lively subtle powerful stunning funny thrilling wonderful excellent enjoyable",
        "dull boring weak clumsy bland flat tedious silly shallow stale awful terrible lifeless "
        "predictable confusing annoying wooden hollow lazy poor",
    ),
    "noun": (
        "masterpiece triumph delight gem joy treat marvel treasure pleasure success",
        "failure mess disaster chore bore disappointment letdown nuisance nightmare flop",
    ),
    "like/liked": (  # the infinitive and the past of what a person does
        "love/loved enjoy/enjoyed adore/adored admire/admired like/liked cherish/cherished",
        "hate/hated dislike/disliked resent/resented despise/despised loathe/loathed "
        "detest/detested",
    ),
    "touch/touched": (  # what a film does to a person
        "move/moved charm/charmed thrill/thrilled delight/delighted impress/impressed amuse/amused",
        "bore/bored annoy/annoyed tire/tired irritate/irritated disappoint/disappointed "
        "exhaust/exhausted",
    ),
    "decide": ("saved rescued lifted redeemed", "ruined spoiled sank wrecked"),
}
SINGULAR = (
    "acting plot ending dialogue music camera script cast direction story editing humor romance "
    "opening soundtrack lighting pacing finale"
)
PLURAL = "costumes effects jokes characters songs twists settings chases"
NEUTRAL = {
    "genre": "thriller comedy drama western musical documentary mystery romance satire cartoon",
    "person": "sister brother friend wife husband neighbor colleague uncle aunt daughter son boss "
    "roommate teacher dentist",
    "folk": "critics viewers people fans reviewers students",
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
    "clause": ((9, "{plain p}"), (1, "{denied p}")),
    "plain": (
        (4, "the {aspect} was/were {degree} {adjective p}"),
        (2, "the {aspect} was/were {adjective p} and {adjective p}"),
        (2, "i {liked p} the {aspect}"),
        (2, "the {aspect} {touched p} me"),
        (1, "i {liked p} {it} {throughout}"),
        (1, "it was a {adjective p} {genre}"),
        (1, "i found the {aspect} {degree} {adjective p}"),
        (1, "the {one} {decide p} it"),
    ),
    "denied": (
        (3, "the {aspect} was/were not {atall} {adjective q}"),
        (1, "the {aspect} was/were never {adjective q} or {adjective q}"),
        (1, "nothing about the {aspect} was {degree} {adjective q}"),
        (1, "i [did not|didn't|could not|couldn't] {ever} {like q} the {aspect}"),
        (1, "at no point did the {aspect} {touch q} me"),
        (1, "there was hardly a {adjective q} [scene|moment|minute|line] in it"),
        (1, "i would not call the {aspect} {degree} {adjective q}"),
        (1, "i [don't|do not] think that it was a {adjective q} {genre}"),
    ),
    "plain verdict": (
        (3, "{plain p} ."),
        (2, "{plain p} and {plain p} ."),
        (1, "it is a {adjective p} {genre} and a {noun p} ."),
        (1, "what a {adjective p} {noun p} !"),
    ),
    "negation": (
        (3, "{denied p} ."),
        (1, "{denied p} , and {denied p} ."),
        (1, "i [cannot|can't] say that i did not {like p} {it} ."),
        (1, "{it} is not a {noun q} by any measure ."),
        (1, "who could {like q} [a film|a {genre}|something] like this ?"),
    ),
    "contrast": (
        (4, "{clause q} , [but|yet] {clause p} ."),
        (1, "{clause q} . [however|still] , {clause p} ."),
        (2, "although {clause q} , {clause p} ."),
        (2, "{clause p} , [although|even though] {clause q} ."),
        (1, "despite the {adjective q} {aspect} , {clause p} ."),
        (1, "{clause p} despite the {adjective q} {aspect} ."),
        (1, "[at first|early on] {clause q} , but in the end {clause p} ."),
        (1, "the {adjective q} {aspect} cannot hide that {clause p} ."),
    ),
    "report": (
        (2, "my {person} {liked q} {it} ; i [did not|didn't] ."),
        (2, "i {liked p} {it} ; my {person} [did not|didn't] ."),
        (2, "my {person} [said|thought|claimed] that {plain q} . i disagree ."),
        (2, "my {person} [said|thought|claimed] that {plain p} . i agree ."),
        (2, "{folk} [say|write|claim] that {plain q} , and they are wrong ."),
        (2, "{folk} [say|write|claim] that {plain p} , and they are right ."),
        (1, "i expected a {noun q} and got a {noun p} ."),
        (1, "my {person} called it a {noun q} , while for me it was a {noun p} ."),
    ),
    "hedge": (
        (2, "in other hands {it} could have been a {noun q} ."),
        (1, "with another cast the {aspect} might have been {adjective q} ."),
        (2, "i [wanted|expected|hoped] to {like q} {it} , and i failed ."),
        (2, "i was [told|sure] that it would be {adjective q} , and i was mistaken ."),
        (2, "i was [told|sure] that it would be {adjective p} , and so it was ."),
    ),
}  # fmt: skip
CONSTRUCTIONS = {"plain verdict": 12, "negation": 4, "contrast": 5, "report": 2, "hedge": 2}

UNSIGNED = {
    "aspect": ((18, "{one}"), (8, "{many}")),
    "degree": ((3, ""), (2, "[rather|very|quite|really|so|truly|somewhat|a little]")),
    "atall": ((1, "[at all|in the least|for a moment|in any way|even slightly|exactly|really]"),),
    "ever": ((1, "[for a moment|even once|at any point|really|quite|]"),),
    "throughout": ((1, "[from start to finish|all the way|a great deal|to the end|]"),),
    "it": ((2, "it"), (1, "this {genre}"), (1, "this film"), (1, "the whole thing")),
    "before": (
        (3, ""),
        (2, "{circumstance} ."),
        (2, "{plot} ."),
        (1, "{circumstance} . {plot} ."),
    ),
    "behind": ((3, ""), (1, "{fact} .")),
    "circumstance": (
        (1, "i saw it {when} at the {where}"),
        (1, "i saw it on a {day} with my {person}"),
        (1, "we watched this {genre} in {place} last {season}"),
        (1, "my {person} and i went to the {where} on {day}"),
        (1, "{surname} made it in {place} with {number} actors"),
    ),
    "plot": (
        (1, "a {job} from {place} {hunt} a {thing}"),
        (1, "it follows {number} {roles} and a {job} from {place}"),
        (1, "a {any_adjective} {job} {hunt} a {thing} in {place}"),
        (1, "it is about a {job} who {any_liked} her {person} and {hunt} a {thing}"),
        (1, "{surname} plays a {any_adjective} {role} who {hunt} a {thing}"),
    ),
    "fact": (
        (1, "it runs for {number} hours"),
        (1, "{surname} plays the {role}"),
        (1, "it was shot in {place}"),
        (1, "the {where} was half full"),
    ),
    "any_adjective": ((1, "{adjective +}"), (1, "{adjective -}")),
    "any_liked": ((1, "{liked +}"), (1, "{liked -}")),
}  # fmt: skip

RULES = {}


def _evenly(words):
    """Alternatives of equal probability: list of str -> tuple of (probability, symbols)."""
    return tuple((1 / len(words), (word.lower(),)) for word in words)


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
        pairs = [[entry.split("/") for entry in words.split()] for words in lists]
        for form, rule in enumerate(name.split("/")):
            words = (_evenly([entry[form] for entry in entries]) for entries in pairs)
            _define(rule, dict(zip("+-", words, strict=True)))
    for name, words in NEUTRAL.items():
        _define(name, {"": _evenly(words.split())})
    for name, templates in UNSIGNED.items():
        _define(name, {"": _alternatives(templates)})
    for name, templates in SIGNED.items():
        _define(name, {sign: _alternatives(templates, sign) for sign in "+-"})
    RULES["one"], RULES["many"] = _aspect(SINGULAR, False), _aspect(PLURAL, True)
    RULES.update({"named": _named, "review": _review, "stated": _stated})


_define_all()
START = {
    truth: grammar.start(
        grammar.template(f"{{before}} {{review {sign}}} {{behind}}", RULES), State()
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


def write(random, truth):
    """Write one review of LENGTHS tokens: random.Random, 0 or 1 -> (text, construction)."""
    while True:
        tokens, _, state = grammar.draw(START[truth], random)
        if len(tokens) in LENGTHS:
            return render(tokens), state.construction


def corpus(seed=SEED, parts=None):
    """Write a corpus without two equal texts, half of each part good: -> list of Review.

    parts: dict of name -> number of reviews, by default those of the shipped file.
    """
    random, seen, rows = Random(seed), set(), []
    for part, count in (parts or PARTS).items():
        flipped = _flipped(count, random)
        for number in range(count):
            truth = number % 2
            text, construction = write(random, truth)
            while text in seen:
                text, construction = write(random, truth)
            seen.add(text)
            label = 1 - truth if number in flipped else truth
            rows.append(Review(part, text, label, truth, construction))
    return rows


def _flipped(count, random):
    """Choose which of `count` reviews get the wrong label, as many good as bad ones: -> set."""
    order = sorted(range(count), key=[random.random() for _ in range(count)].__getitem__)
    most = round(FLIPPED * count / 2)
    return {n for truth in (0, 1) for n in [n for n in order if n % 2 == truth][:most]}
