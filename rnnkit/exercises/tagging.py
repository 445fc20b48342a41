"""Judges for the exercises of 07_tagging."""

import itertools

import numpy as np

from rnnkit.exercises import Mistake, array, call, close, compiled_model, exercise, items, shown
from rnnkit.spans import spans as spans_of


@exercise("07.1", "count the places: 2 sentences of 8.")
def padding_counted(answer):
    found = array(answer, (2,))
    if close(found, [13 / 16, 9 / 12]):
        return None
    if close(found, [9 / 12, 13 / 16]):
        return "the two are the wrong way round: padding makes the score look better."
    if close(found[0], 9 / 16):
        return "the padding is right as well, so these 4 places count among the right ones."
    return "with padding there are 16 places, of which 9 words and 4 places of padding are right."


@exercise("07.2", "what has each of the two directions read when it comes to a place?")
def what_can_differ(answer):
    found = array(answer, (2, 3)).astype(bool)
    if (found == [[False, False, True], [True, True, True]]).all():
        return None
    if (found[0] != [False, False, True]).any():
        return "an LSTM knows only what it has read: at places 1 and 2 that is the same in A and B."
    return (
        "from right to left the third word is read first, so all differ, also at the first place."
    )


@exercise("07.3", "one pass from the left, one from the right; then multiply.")
def posterior(function):
    rng = np.random.default_rng(0)
    start = rng.dirichlet(np.ones(3))
    between = rng.dirichlet(np.ones(3), size=3)
    seen = rng.dirichlet(np.ones(3), size=4)
    joint = np.zeros((4, 3))
    filtered = np.zeros((4, 3))
    for path in itertools.product(range(3), repeat=4):
        chance = start[path[0]]
        for before, now in itertools.pairwise(path):
            chance *= between[before, now]
        chance *= np.prod(seen[range(4), path])
        joint[range(4), path] += chance
    filtered[0] = start * seen[0]
    for place in range(1, 4):
        filtered[place] = (filtered[place - 1] @ between) * seen[place]
    answer = array(call(function, start, between, seen), (4, 3), "what your function returns")
    if close(answer, joint / joint.sum(axis=1, keepdims=True)):
        return None
    if close(answer, joint):
        return "divide each row by its sum: then it sums to 1."
    if close(answer, filtered / filtered.sum(axis=1, keepdims=True)):
        return "these know only the words before and the word itself, not what comes after."
    return "compare with all 3 ** 4 sequences of labels, each with its probability."


SENTENCES = (
    "B-PER I-PER O B-LOC",
    "O B-LOC B-PER I-PER I-PER O",
    "B-ORG I-ORG B-ORG",
    "O O",
)


@exercise("07.4", "a B- opens a span, an I- makes the last one longer.")
def spans(function):
    for sentence in SENTENCES:
        labels = sentence.split()
        wanted = spans_of(labels)
        answer = items(call(function, list(labels)), 20, "a list of spans")
        try:
            found = {(str(kind), int(first), int(end)) for kind, first, end in answer}
        except (TypeError, ValueError):
            raise Mistake("each span is (kind, first, end), such as ('PER', 0, 2).") from None
        if found == wanted and len(answer) == len(wanted):
            continue
        if {(kind, first, end + 1) for kind, first, end in found} == wanted:
            return "the end is the place one behind the last word."
        if len(found) < len(wanted):
            return f"{sentence}: spans that stand side by side are two, each with a B- of its own."
        return f"{sentence}: the spans are {sorted(wanted)}, not {shown(sorted(found))}."
    return None


def comes_again(seed, count):
    """Sequences, and whether each symbol comes again -> int (N, 10), float (N, 10, 1)."""
    symbols = np.random.default_rng(seed).integers(1, 7, size=(count, 10))
    again = np.zeros((count, 10, 1))
    for place in range(9):
        later = symbols[:, place + 1 :] == symbols[:, place, None]
        again[:, place, 0] = later.any(axis=1)
    return symbols, again


@exercise("07.5", "what comes later has to be read before the label is given.", trains=True)
def beat_one_direction(function):

    x_train, y_train = comes_again(1, 4000)
    x_test, y_test = comes_again(2, 500)
    model = compiled_model(function)
    shape = tuple(model(x_train[:2]).shape)
    if shape != (2, 10, 1):
        return f"it should give one answer for each place: (2, 10, 1) for two, not {shape}."
    model.fit(x_train, y_train, epochs=6, verbose=0)
    says_so = model.predict(x_test, verbose=0) > 0.5
    right = np.mean(says_so == (y_test == 1))
    if right < 0.97:
        return f"it gets {right:.0%} of the places right: get 97 %."
    return None
