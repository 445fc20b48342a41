"""Sentences whose words have a class each, from a hidden Markov model, for notebook 07.

A state stands for a place in a sentence: its part of speech, its part of a name, and what has to
come later, such as the verb of a singular subject. A state draws its word by itself and then the
next state, so the forward-backward algorithm gives the exact probability of each state given the
whole sentence, and with it the best possible tag of each word (Rabiner 1989, section III).
"""

import functools
import itertools
import random
from typing import NamedTuple

import numpy as np

# ---------------------------------------------------------------- words


def listed(words):
    return words.split()


BOTH = listed(  # nouns that are verbs as well
    "plan play guard record plant walk visit order call answer cook judge train test light farm "
    "fish watch park paint dance help cut trade change count dress drive mark march rule ship show "
    "step stop talk taste touch turn wait work"
)
NOUNS = listed("dog house teacher doctor river garden car letter city table window friend song")
VERBS = listed("see hear bring carry find follow sell keep meet need like clean open")
SAYING = listed("say know think show hope")
WANTING = listed("want hope need try")
MOVING = listed("walk come go drive march")
THIRD = {"try": "tries", "go": "goes", "fish": "fishes", "watch": "watches", "march": "marches"}
THIRD |= {"touch": "touches", "dress": "dresses", "carry": "carries", "city": "cities"}
PAST = {"see": "saw", "hear": "heard", "bring": "brought", "carry": "carried", "find": "found"}
PAST |= {"sell": "sold", "keep": "kept", "meet": "met", "cut": "cut", "drive": "drove"}
PAST |= {"say": "said", "know": "knew", "think": "thought", "show": "showed", "try": "tried"}
PAST |= {"come": "came", "go": "went", "plan": "planned", "stop": "stopped"}
ADJECTIVES = listed(
    "old light early fast hard open clean small late cold daily painted marked new green tired"
)
ADVERBS = listed("often hard early fast late daily here never soon up over well")
FIRMS = listed("Motors Bank Trains Ships")
FIRST_NAMES = listed("Rose Mark May Anna Will Grace Peter Hanna Frank Ivan")
SURNAMES = listed(
    "Marlow Weber Lindau Baker Hill Reading Olsen Park Carter Moreno Field Stone Walden Bergen"
)
OBJECTS = listed("her him it them us that you")
ENDINGS = {  # endings of words that are made up
    "noun": {"ation": 3, "ness": 2, "er": 3, "ment": 2, "": 3},
    "nouns": {"ations": 3, "ers": 3, "ments": 2, "s": 3},
    "verb": {"ize": 3, "ify": 2, "ate": 2, "": 3},
    "verbs": {"izes": 3, "ifies": 2, "ates": 2, "s": 3},
    "past": {"ized": 3, "ified": 2, "ated": 2, "ed": 4},
    "adjective": {"ous": 3, "able": 2, "ish": 2, "ed": 1, "": 2},
    "adverb": {"ly": 5, "": 1},
    "person": {"son": 3, "ski": 2, "": 2},
    "place": {"ton": 3, "berg": 2, "": 2},
}
BARE = 0.25  # share of noun phrases that have neither a determiner nor an adjective
RARE = 0.15  # share of made-up words in an open class
ONSETS = listed("b bl br d dr f fl fr g gl gr k l m n p pl pr r s sk sl sp st t tr v w")
CODAS = listed("b d g k lm lt nd nk p rb rk rt")
STEMS = ["".join(parts) for parts in itertools.product(ONSETS, "aeiou", CODAS)]


def third(word):
    return THIRD.get(word, word + "s")


def past(word):
    return PAST.get(word, word + ("d" if word.endswith("e") else "ed"))


def falling(words):
    """Give the first words of a list more weight than the last -> dict of word to share."""
    words = list(dict.fromkeys(words))
    return shares({word: 1 / (rank + 3) for rank, word in enumerate(words)})


def shares(weights):
    total = sum(weights.values())
    return {key: weight / total for key, weight in weights.items()}


# ---------------------------------------------------------------- the model


class State(NamedTuple):
    """A place in a sentence.

    tag, span: the labels of its word; words: dict of word -> probability; endings: dict of the
    endings of made-up words -> probability, all stems alike; then: dict of next state -> weight.
    """

    tag: str
    span: str
    words: dict
    endings: dict
    then: dict


def state(tag, words, then, made_up=None, span="O", rare=RARE):
    """Make a state; made_up: the kind of its made-up words, `rare` their share."""
    rare = rare if made_up else 0.0
    known = {word: share * (1 - rare) for word, share in falling(words).items()}
    endings = {}
    if made_up:
        endings = {ending: rare * share for ending, share in shares(ENDINGS[made_up]).items()}
    return State(tag, span, known, endings, then)


CLAUSE = {"phrase subject s": 5, "phrase subject base": 4, "name subject s": 3}
CLAUSE |= {"pronoun subject s": 1, "pronoun subject base": 1}
AFTER = {  # what follows a verb
    "act": {"phrase object": 7, "name object": 2, "pronoun object": 2, "stop": 1, "adverb": 1},
    "say": {"that": 1},
    "want": {"to do": 1},
    "move": {"to": 3, "adverb": 1, "where": 1, "stop": 1},
}
END_OF_CLAUSE = {"stop": 8, "adverb": 2, "where": 2, "with": 1}


def finite(form):
    """What follows a subject whose verb must have this form."""
    then = {f"act {form}": 6, f"say {form}": 2, f"want {form}": 2, f"move {form}": 2}
    if form == "base q":  # behind an auxiliary
        return then
    past = {"act past": 3, "say past": 1, "move past": 1}
    return then | past | {"auxiliary": 2, f"often {form}": 1}


# A noun phrase by its place: what follows it, and the number of its noun. A phrase that is inside
# the subject stands before its verb as well, so the state remembers which verb is still to come.
PHRASES = {
    "subject s": (finite("s"), {"noun": 1}),
    "subject base": (finite("base"), {"nouns": 1}),
    "subject base q": (finite("base q"), {"noun": 2, "nouns": 1}),
    "inside s": (finite("s"), {"noun": 2, "nouns": 1}),
    "inside base": (finite("base"), {"noun": 2, "nouns": 1}),
    "inside base q": (finite("base q"), {"noun": 2, "nouns": 1}),
    "object": (END_OF_CLAUSE, {"noun": 2, "nouns": 1}),
    "last": ({"stop": 6, "adverb": 2}, {"noun": 2, "nouns": 1}),
}
DETERMINERS = {
    "noun": listed("the a every this that her my"),
    "nouns": listed("the some these many her my"),
    "both": listed("the her my that some a"),
}


def build():
    """Put all states together -> dict of name to State; "start" and "end" have no word."""
    states, groups = {"start": state("", [], CLAUSE | {"order": 2})}, {}
    for place, (exits, heads) in PHRASES.items():
        _noun_phrase(states, groups, place, exits, heads)
        _names(states, groups, place, exits)
    _verbs(states)
    states["pronoun subject s"] = state("PRON", listed("she he it that"), finite("s"))
    states["pronoun subject base"] = state("PRON", listed("they we I you"), finite("base"))
    states["pronoun object"] = state("PRON", OBJECTS, END_OF_CLAUSE)
    states["that"] = state("SCONJ", ["that"], CLAUSE)
    states["to do"] = state("PART", ["to"], {"act base q": 5, "move base q": 1})
    place, person = {"phrase last": 3, "place last": 2}, {"phrase last": 2, "name last": 2}
    states["where"] = state("ADP", listed("in near from over"), place)
    states["to"] = state("ADP", listed("to from over up"), place | {"noun last": 1})
    states["with"] = state("ADP", listed("with for like"), person)
    states["adverb"] = state("ADV", ADVERBS, {"stop": 8, "where": 2}, "adverb")
    states["stop"] = State("PUNCT", "O", {".": 0.9, "!": 0.1}, {}, {"end": 1})
    for name, found in states.items():
        states[name] = found._replace(then=shares(_spread(found.then, groups)))
    return states | _questions(states)


def _questions(states):
    """Copy the states for questions, which begin with an auxiliary and end with their own mark."""
    copies = {}
    for name, found in states.items():
        then = {f"{follower}?": share for follower, share in found.then.items()}
        copies[f"{name}?"] = found._replace(then=then)
    copies["stop?"] = state("PUNCT", ["?"], {"end": 1})
    first = states["start"]
    states["start"] = first._replace(then=shares(first.then | {"do?": 0.15}))
    for name in ("start?", "order?", "end?"):
        copies.pop(name, None)
    states.pop("do")
    return copies


def _spread(then, groups):
    """Replace the name of a group by those of its states."""
    found = dict.fromkeys(then, 0.0)
    for name, weight in then.items():
        for member, share in groups.get(name, {name: 1}).items():
            found[member] = found.get(member, 0.0) + weight * share
    return {name: weight for name, weight in found.items() if name not in groups}


def _noun_phrase(states, groups, place, exits, heads):
    onward = dict(exits)
    kind, _, form = place.partition(" ")
    inside = {"subject": f"inside {form}", "object": "last"}.get(kind)
    if inside:
        onward[f"of {place}"] = 0.2 * sum(exits.values())
        follows = {f"phrase {inside}": 3, f"name {inside}": 1}
        states[f"of {place}"] = state("ADP", listed("of with near for like in"), follows)
    heads = {f"{head} {place}": weight for head, weight in heads.items()}
    compound = heads | {f"compound {place}": 0.4}
    number = "both" if len(heads) > 1 else next(iter(heads)).split()[0]
    adjective = f"adjective {place}"
    after_adjective = compound | {adjective: 0.1}
    singular = [*BOTH, *NOUNS]
    plural = [third(word) for word in singular]
    before = DETERMINERS[number]
    states[f"determiner {place}"] = state("DET", before, compound | {adjective: 0.6})
    states[adjective] = state("ADJ", ADJECTIVES, after_adjective, "adjective")
    states[f"compound {place}"] = state("NOUN", singular, heads, "noun")
    states[f"noun {place}"] = state("NOUN", singular, onward, "noun")
    states[f"nouns {place}"] = state("NOUN", plural, onward, "nouns")
    bare = {head: BARE / len(heads) for head in heads}
    groups[f"phrase {place}"] = bare | {f"determiner {place}": 1 - BARE - 0.1, adjective: 0.1}


def _names(states, groups, place, exits):
    """Persons, firms and places, which share their names."""
    kinds = ("first", "surname", "firm", "town")
    first, surname, firm, town = (f"{kind} {place}" for kind in kinds)
    share = sum(exits.values())
    states[first] = state("PROPN", FIRST_NAMES, exits | {surname: share}, span="B-PER")
    states[surname] = state("PROPN", SURNAMES, exits, "person", "I-PER", 0.3)
    states[f"only {place}"] = state("PROPN", SURNAMES, exits, "person", "B-PER", 0.3)
    states[firm] = state("PROPN", SURNAMES, {f"kind {place}": 1}, "person", "B-ORG", 0.3)
    states[f"kind {place}"] = state("PROPN", FIRMS, exits, span="I-ORG")
    more = exits | {f"hill {place}": 0.4 * share}
    states[town] = state("PROPN", SURNAMES, more, "place", "B-LOC", 0.3)
    states[f"hill {place}"] = state("PROPN", listed("Hill Park Bank Field"), exits, span="I-LOC")
    groups[f"name {place}"] = {first: 0.5, f"only {place}": 0.15, firm: 0.2, town: 0.15}
    groups[f"place {place}"] = {town: 0.8, firm: 0.2}


def _verbs(states):
    actions = [*VERBS, *BOTH]
    forms = {"s": third, "base": str, "base q": str, "past": past}
    made_up = {"s": "verbs", "base": "verb", "base q": "verb", "past": "past"}
    kinds = {"act": actions, "say": SAYING, "want": WANTING, "move": MOVING}
    for form, make in forms.items():
        for kind, words in kinds.items():
            new = made_up[form] if kind == "act" else None
            inflected = [make(word) for word in words]
            states[f"{kind} {form}"] = state("VERB", inflected, AFTER[kind], new)
    states["order"] = state("VERB", actions, AFTER["act"], "verb")
    infinitive = {"act base q": 6, "say base q": 1, "move base q": 3}
    states["auxiliary"] = state("AUX", listed("will can may must"), infinitive)
    question = {"phrase subject base q": 8, "name subject base q": 3}
    states["do"] = state("AUX", listed("does will can did may"), question)
    for form in ("s", "base"):
        then = {f"act {form}": 5, f"move {form}": 2}
        states[f"often {form}"] = state("ADV", listed("often never soon"), then, "adverb")


# ---------------------------------------------------------------- sentences and their best tags


class Token(NamedTuple):
    """A word with its labels, and the best guesses that the whole sentence allows: the most
    probable tag, its probability, and the most probable span label."""

    word: str
    tag: str
    span: str
    best_tag: str = ""
    best_prob: float | str = ""
    best_span: str = ""


STATES = build()
NAMES = [name for name in STATES if name != "start"]
KNOWN_STEMS = frozenset(STEMS)


def draw(rng):
    """Draw a sentence -> list of Token; its first word has a capital."""
    tokens, name = [], "start"
    while True:
        then = STATES[name].then
        (name,) = rng.choices(list(then), then.values())
        if name == "end":
            return tokens
        found = STATES[name]
        if rng.random() < sum(found.endings.values()):
            (ending,) = rng.choices(list(found.endings), found.endings.values())
            word = rng.choice(STEMS) + ending
            word = word.capitalize() if found.tag == "PROPN" else word
        else:
            (word,) = rng.choices(list(found.words), found.words.values())
        word = word if tokens else word[0].upper() + word[1:]
        tokens.append(Token(word, found.tag, found.span))


@functools.cache
def chances(word, first):
    """The probability of a word in each state, where `first` says that it begins a sentence."""
    written = {word}
    if first:  # it may have got its capital there
        written.add(word[0].lower() + word[1:])
    found = np.zeros(len(NAMES))
    for place, name in enumerate(NAMES):
        state = STATES[name]
        for form in written:
            found[place] += state.words.get(form, 0.0)
            if form.istitle() != (state.tag == "PROPN"):
                continue
            for ending, share in state.endings.items():
                if form.lower().endswith(ending):
                    stem = form.lower()[: len(form) - len(ending)]
                    found[place] += share * (stem in KNOWN_STEMS) / len(STEMS)
    return found


def _matrices():
    """First, next and last state: float (S,), (S, S), (S,)."""
    places = {name: place for place, name in enumerate(NAMES)}
    first, step, last = np.zeros(len(NAMES)), np.zeros((len(NAMES),) * 2), np.zeros(len(NAMES))
    for name, found in STATES.items():
        for follower, share in found.then.items():
            if follower == "end":
                last[places[name]] = share
            elif name == "start":
                first[places[follower]] = share
            else:
                step[places[name], places[follower]] = share
    return first, step, last


FIRST, STEP, LAST = _matrices()


def posterior(words):
    """The forward-backward algorithm: list of T words -> P(state | all words), float (T, S)."""
    seen = np.array([chances(word, place == 0) for place, word in enumerate(words)])
    forward, backward = np.zeros_like(seen), np.zeros_like(seen)
    message = FIRST
    for step, row in enumerate(seen):
        forward[step] = message * row
        forward[step] /= forward[step].sum()
        message = forward[step] @ STEP
    message = LAST
    for step in reversed(range(len(seen))):
        backward[step] = message / message.max()
        message = STEP @ (seen[step] * backward[step])
    both = forward * backward
    return both / both.sum(axis=1, keepdims=True)


def labels(attribute):
    """The values of "tag" or "span", and which state has which: list of L, bool (S, L)."""
    of_state = [getattr(STATES[name], attribute) for name in NAMES]
    values = sorted(set(of_state))
    return values, np.array([[value == mine for value in values] for mine in of_state])


TAGS, TAG_OF = labels("tag")
SPANS, SPAN_OF = labels("span")


def with_best(tokens):
    """Add the best guesses to the tokens of a sentence."""
    states = posterior([token.word for token in tokens])
    tags, spans = states @ TAG_OF, states @ SPAN_OF
    found = []
    for token, tag, span in zip(tokens, tags, spans, strict=True):
        best = TAGS[tag.argmax()], round(float(tag.max()), 4), SPANS[span.argmax()]
        found.append(token._replace(best_tag=best[0], best_prob=best[1], best_span=best[2]))
    return found


PARTS = {"train": 6000, "val": 600, "test": 1500}


def corpus(seed=1):
    """Draw different sentences of 4 to 25 words -> dict of part to list of sentences.

    The best guesses stand in the parts "val" and "test".
    """
    rng, seen, parts = random.Random(seed), set(), {}
    for part, count in PARTS.items():
        parts[part] = []
        while len(parts[part]) < count:
            tokens = draw(rng)
            text = " ".join(token.word for token in tokens)
            if 4 <= len(tokens) <= 25 and text not in seen:
                seen.add(text)
                parts[part].append(tokens if part == "train" else with_best(tokens))
    return parts
