"""Abstracts with the title that they imply, for notebook 08.

An abstract of `abstracts.py` gets two more sentences at random places: one says to which series of
products the device belongs, the other names another series. The title takes up the device and its
adjective, which stand at the beginning of the text, the series, which stands anywhere, and what
the last sentence praises. More than half of the names of series are made up, so that most of them
stand in one text alone. The wording is drawn: one of three, by given chances, whatever the text
says. So the most probable title of a text is known, and how often it is the right one.
"""

import re
from random import Random
from typing import NamedTuple

from generators import abstracts, grammar
from generators.fields import DEVICES


def listed(words):
    return words.split()


KNOWN = listed(
    "atlas nova titan delta orion vega sigma condor falcon zenith apollo castor polaris aurora "
    "comet vulcan neptune helios"
)
ONSETS = listed("b br d dr f g gr h j k kl l m n p pr qu r s st t tr v w z")
VOWELS = listed("a e i o u ai ei io ou")
ENDS = listed("l m n r s x nd rt sk lin dor mex tan vik")
MADE_UP = 0.6  # share of the names of series

MINE = ("belongs to", "is part of", "was developed for", "is sold in", "is the core of")
OTHERS = ("replaces", "competes with", "does not fit", "was tested beside", "is cheaper than")
THINGS = ("device", "apparatus", "unit", "product")
SERIES = ("series", "family", "line")

# How the abstracts say it: what comes behind "a method of ...", and two of their last sentences.
VERBS = ("uses", "involves", "employs")
GAIN = re.compile(" (?:achieves|offers|provides|attains) (\\w+) (.+)")
PLACE = re.compile(" for (?:use|service|operation) in (.+)")

CHANCES = (0.9, 0.06, 0.04)  # of the wordings of `wordings`, in their order


class Titled(NamedTuple):
    """One row: `best_title` is the most probable title of the text."""

    text: str
    title: str
    best_title: str


def corpus(seed=6, count=6000):
    """Draw texts with their titles: -> list of Titled. Near copies have different series."""
    random = Random(seed)
    rows = []
    for row in abstracts.sample(seed, count):
        tokens = grammar.tokenize(row.text)
        name, other = series_name(random), series_name(random)
        while other == name:
            other = series_name(random)
        possible = wordings(tokens, name)
        title = random.choices(possible, CHANCES)[0]
        sentences = _sentences(tokens)
        for verbs, inserted in ((MINE, name), (OTHERS, other)):
            place = random.randint(1, len(sentences) - 1)  # neither first nor last
            sentences.insert(place, _sentence(random, verbs, inserted))
        text = grammar.render([token for sentence in sentences for token in sentence])
        for known in (name, other):
            text = text.replace(f"the {known} ", f"the {known.capitalize()} ")
        rows.append(Titled(text, _written(title, name), _written(possible[0], name)))
    return rows


def series_name(random):
    """A known name, or one that is made up of two or three syllables."""
    if random.random() >= MADE_UP:
        return random.choice(KNOWN)
    syllables = []
    for _ in range(random.randint(1, 2)):
        syllables += [random.choice(ONSETS), random.choice(VOWELS)]
    last = (random.choice(ONSETS[:8]), random.choice("aeo"), random.choice(ENDS))
    return "".join([*syllables, *last])


def wordings(tokens, name):
    """The titles that a text may have, the most probable first: -> three lists of tokens."""
    text = " ".join(tokens)
    device = next(name for kinds in DEVICES.values() for name in kinds if f" {name} ( " in text)
    before = text[: text.index(f" {device} ( ")].split()[-1]
    device = device.split()
    adjective = [] if before in ("a", "an") else [before]
    what = [*adjective, name, *device]
    if tokens[1] in ("method", "process", "system"):
        verb = next(place for place, token in enumerate(tokens) if token in VERBS)
        way = tokens[1:verb]
        return [*way, "by", *what], [*way, "with", *what], [*what, "for", *way[2:]]
    tail = _tail(" ".join(_sentences(tokens)[-1]))
    plain = [*adjective, *device]
    apposition = [name, abstracts.article(plain[0]), *plain]
    return [*what, *tail], [*apposition, *tail], [*plain, name, *tail]


def _tail(closing):
    """What the last sentence praises, as the end of a title."""
    gain = GAIN.search(closing)
    if gain:
        return ["with", gain[1], *_entry("gain", gain[2])]
    place = PLACE.search(closing)
    if place:
        return ["in", *_entry("place", place[1])]
    return ["with", "less", *_entry("problem", closing.partition(" , ")[2])]


def _entry(name, text):
    """The entry of a list, of whatever field, with which a text begins."""
    words = text.split()
    entries = {entry.form for field in DEVICES for entry in abstracts.words(field, name)}
    fitting = [form for form in entries if tuple(words[: len(form)]) == form]
    return max(fitting, key=len)


def _sentences(tokens):
    found = [[]]
    for token in tokens:
        found[-1].append(token)
        if token == ".":
            found.append([])
    return found[:-1]


def _sentence(random, verbs, name):
    thing, verb, series = random.choice(THINGS), random.choice(verbs), random.choice(SERIES)
    return f"the {thing} {verb} the {name} {series} .".split()


def _written(tokens, name):
    """Tokens as a title: the first letter and the name of the series are capital."""
    words = [word.capitalize() if word == name else word for word in tokens]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])
