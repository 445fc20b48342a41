"""Judges for the exercises of 08_summarization."""

import numpy as np

from rnnkit.exercises import Mistake, array, call, close, compiled_model, exercise, items


@exercise("08.1", "the first unknown word of the text gets the first integer after the vocabulary.")
def numbering(answer):
    pair = items(answer, 2, "two lists, the text's and the title's")
    if len(pair) != 2:
        raise Mistake("give two lists, the text's integers and the title's.")
    text, title = array(pair[0], (7,), "the text"), array(pair[1], (4,), "the title")
    if (text == [4, 100, 5, 6, 101, 7, 102]).all():
        return "blorn stands twice and is the same word, so it has the same integer twice."
    if (text != [4, 100, 5, 6, 100, 7, 101]).any():
        return "known words keep their integers; blorn is the first unknown word, zarv the second."
    if (title == [101, 5, 7, 1]).all():
        return None
    if title[3] != 1:
        return "qux stands in neither text nor vocabulary, so it stays [UNK], which is 1."
    return "zarv has in the title the integer that it has in the text."


@exercise("08.2", "a probability comes from the vocabulary, or from a place of the text.")
def who_can_write(answer):
    found = array(answer, (3, 3)).astype(bool)
    right = [[True, False, False], [True, False, False], [True, True, False]]
    if (found == right).all():
        return None
    if found[:, 2].any():
        return "(c) is nowhere to be had: neither in the vocabulary nor in the text."
    if found[:2, 1].any():
        return (
            "attention alone only mixes vectors: the words still come from the vocabulary, which "
            "lacks (b)."
        )
    if not found[:, 0].all():
        return "each of the three can take a word from the vocabulary; the gate only weighs."
    return "(b) stands in the text, so copying can reach it."


@exercise("08.3", "add up the weights of all places where a word stands.")
def mixture(function):
    chosen = np.array([0.0, 0.1, 0.2, 0.3, 0.4])
    weights = np.array([0.1, 0.3, 0.2, 0.4])
    source = np.array([3, 5, 3, 6])
    copied = np.array([0, 0, 0, 0.3, 0, 0.3, 0.4, 0])
    last_only = np.array([0, 0, 0, 0.2, 0, 0.3, 0.4, 0])
    padded = np.append(chosen, [0.0, 0.0, 0.0])
    for gate in (0.7, 0.2):
        answer = call(function, chosen, weights, source, gate, 8)
        answer = array(answer, (8,), "what your function returns")
        if close(answer, (1 - gate) * padded + gate * copied):
            continue
        if close(answer, gate * padded + (1 - gate) * copied):
            return "the gate is the wrong way round: 1 means copied."
        if close(answer, (1 - gate) * padded + gate * last_only):
            return (
                "a word may stand in several places: `result[source] += ...` keeps only the last "
                "of them, so use a loop, np.add.at or a product."
            )
        if not close(answer.sum(), 1):
            return f"it should sum to 1, not to {answer.sum():.3f}."
        return (
            "p(w) is (1 - gate) times the vocabulary's, plus gate times the weights of w's places."
        )
    return None


PAIRS = (
    ("the the the", "the cat the"),
    ("quick gear pump", "quiet gear pump with less leakage"),
    ("a pump", "two valves"),
    ("gear gear pump", "pump"),
    ("the cat", "the the cat"),
)


@exercise("08.4", "count what is common, divide by the length of each, take the harmonic mean.")
def rouge_1(function):
    for output, reference in PAIRS:
        output, reference = output.split(), reference.split()
        words = set(output)
        common = sum(min(output.count(word), reference.count(word)) for word in words)
        wanted = 2 * common / (len(output) + len(reference))
        answer = array(call(function, list(output), list(reference)), (), "what it returns")
        if close(answer, wanted):
            continue
        pair = f"{' '.join(output)!r} and {' '.join(reference)!r}"
        if common == 0:
            return f"nothing is common in {pair}, so it's 0; yours is not 0."
        distinct = len(words & set(reference))
        if distinct != common and close(answer, 2 * distinct / (len(output) + len(reference))):
            return f"in {pair} a word counts as often as both have it, {common} times in all."
        if close(answer, common / len(output)):
            return "that is the precision alone: the recall belongs to it."
        return f"{pair} have {common} in common: F1 {wanted:.3f}, not {answer:.3f}."
    return None


def marked(seed, count, low, high):
    """Sequences with a 1 before the answer -> int (N, 8), answers (N,) from low to high - 1."""
    rng = np.random.default_rng(seed)
    x = rng.integers(2, 200, size=(count, 8))
    place = rng.integers(0, 7, size=count)
    y = rng.integers(low, high, size=count)
    x[range(count), place] = 1
    x[range(count), place + 1] = y
    return x.astype("int32"), y


@exercise("08.5", "weights over the places, and a one_hot of the integers there.", trains=True)
def copying(function):
    x_train, y_train = marked(1, 4000, 2, 100)
    x_test, y_test = marked(2, 500, 100, 200)
    model = compiled_model(function)
    shape = tuple(model(x_train[:2]).shape)
    if shape != (2, 200):
        return f"it should give 200 probabilities for each sequence: (2, 200), not {shape}."
    model.fit(x_train, y_train, epochs=5, verbose=0)
    said = model.predict(x_test, verbose=0).argmax(axis=1)
    right = np.mean(said == y_test)
    if right < 0.95:
        hint = ": an answer that it has never given can only be copied" if right < 0.05 else ""
        return f"it gets {right:.0%} of the new answers right, get 95 %{hint} (no copying?)."
    return None
