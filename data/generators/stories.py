"""Short stories about a key that is moved about, for notebook 01: where is it at the end?

Whoever remembers the last sentence about the key is always right, so the best accuracy is 100 %.
"""

import random
from typing import NamedTuple

PEOPLE = ("boy", "girl", "mother", "father", "aunt", "uncle")
PLACES = ("bag", "basket", "boat", "box", "cupboard", "drawer")
OTHER_THINGS = ("book", "lamp", "letter")
VERBS = ("laughs", "sings", "sleeps", "waits")
KEY, THING = 0.3, 0.3  # shares of the sentences; in the others nothing is moved


class Story(NamedTuple):
    """A text, where the key is at its end, and how many words were read since that was said."""

    text: str
    place: str
    lag: int


def sentence(rng):
    """Draw one sentence without its full stop: -> str of 6 or 8 words."""
    person, place = rng.choice(PEOPLE), rng.choice(PLACES)
    kind = rng.random()
    if kind < KEY:
        return f"the {person} puts the key in the {place}"
    if kind < KEY + THING:
        return f"the {person} puts the {rng.choice(OTHER_THINGS)} in the {place}"
    return f"the {person} {rng.choice(VERBS)} near the {place}"


def solve(text):
    """Find out where the key is by reading: -> (place, lag), place None if there is no key."""
    place, lag = None, 0
    for words in map(str.split, text.rstrip(".").split(".")):
        if "key" in words:
            place, lag = words[-1], 0
        else:
            lag += len(words)
    return place, lag


def sample(seed, count, shortest, longest):
    """Draw `count` different stories of `shortest` to `longest` sentences, each with a key."""
    rng = random.Random(seed)
    texts = {}
    while len(texts) < count:
        sentences = [sentence(rng) for _ in range(rng.randint(shortest, longest))]
        text = ". ".join(sentences) + "."
        if "key" in text:
            texts[text] = Story(text, *solve(text))
    return list(texts.values())
