"""Judges for the exercises of 06_translation."""

from itertools import product

import numpy as np

from rnnkit.exercises import Mistake, array, call, close, exercise


@exercise("06.1", "the input is what was there before, the target is what comes next.")
def teacher_forcing(answer):
    pair = array(answer, (2, 3), "your pair")
    if close(pair, [[2, 7, 8], [7, 8, 3]]):
        return None
    if close(pair[0], pair[1]):
        return "input and target are the same: the decoder would only have to copy."
    if close(pair, [[7, 8, 3], [2, 7, 8]]):
        return "input and target are swapped: the target runs one step ahead."
    if close(pair[0], [7, 8, 3]):
        return "the input begins with START (2): nothing of the sentence is known yet."
    return "drop the last id for the input, and the first for the target."


@exercise("06.2", "scores = query @ keys.T; hide padding with -inf; softmax over the source.")
def attention(function):
    rng = np.random.default_rng(0)
    query, keys, values = (rng.normal(size=shape) for shape in ((3, 4), (5, 4), (5, 2)))
    mask = np.array([1, 1, 1, 1, 0])
    pair = call(function, query, keys, values, mask)
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise Mistake("return two arrays: the contexts and the weights.")
    contexts = array(pair[0], (3, 2), "the contexts")
    weights = array(pair[1], (3, 5), "the weights")
    scores = query @ keys.T
    hidden = np.where(mask > 0, scores, -np.inf)
    right = _softmax(hidden, 1)
    if close(weights, right) and close(contexts, right @ values):
        return None
    if close(weights, right):
        return "the weights are right; a context is the sum of the values, weighted by them."
    wrong = {
        "the mask is forgotten: padding gets a part of the attention.": _softmax(scores, 1),
        "the softmax runs over the wrong axis: each row must sum to one.": _softmax(scores, 0),
        "the scores are used as they are: a softmax makes weights of them.": scores,
        "the mask is applied after the softmax, so the rows do not sum to one.": (
            _softmax(scores, 1) * mask
        ),
    }
    for sentence, values_of_it in wrong.items():
        if close(weights, values_of_it):
            return sentence
    if not close(weights.sum(axis=1), np.ones(3)):
        return "each row of the weights must sum to one."
    return "the weights are not the softmax of query @ keys.T over the words of the source."


def _softmax(scores, axis):
    powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


@exercise("06.3", "compare log_probability / length ** alpha, and mind that both are negative.")
def best_of(function):
    short, long = ([7, 3], -2.0), ([7, 8, 9, 3], -3.0)
    chosen = [_ids(call(function, [short, long], alpha)) for alpha in (0.0, 1.0)]
    if chosen == [short[0], long[0]]:
        return None
    if chosen == [short[0], short[0]]:
        return "the length has no say: at alpha = 1, -3 / 4 is better than -2 / 2."
    if chosen == [long[0], short[0]] or chosen == [long[0], long[0]]:
        return "at alpha = 0 the larger log-probability wins, and -2 is larger than -3."
    return f"at alpha = 0 and 1 the best are {short[0]} and {long[0]}, not {chosen}."


def _ids(answer):
    try:
        return [int(word) for word in answer]
    except (TypeError, ValueError):
        raise Mistake("return the ids of the best hypothesis, a list of numbers.") from None


@exercise("06.4", "read each row by its largest weight, then count the pairs that both have.")
def alignment_error(function):
    weights = np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6], [0.2, 0.5, 0.3], [0.6, 0.3, 0.1]])
    truth = {(0, 0), (1, 2), (1, 1), (2, 1), (3, 2), (3, 1)}
    value = array(call(function, weights, set(truth)), (), "your error")
    if close(value, 1 - 2 * 3 / (4 + 6)):
        return None
    if close(value, 2 * 3 / (4 + 6)):
        return "that is the share that is right: the error is one minus it."
    if close(value, 1 - 3 / 4):
        return "pairs of the truth that were not found must count too: divide by both sizes."
    if close(value, 1 - 3 / 6):
        return "pairs that were found and are wrong must count too: divide by both sizes."
    columns = {(int(weights[:, s].argmax()), s) for s in range(3)}
    if close(value, 1 - 2 * len(columns & truth) / (len(columns) + 6)):
        return "the maximum is taken over the wrong axis: each target word picks a source word."
    return "with the pairs A found and the pairs S of the truth: 1 - 2 |A and S| / (|A| + |S|)."


TABLE = np.random.default_rng(31).dirichlet(np.full(4, 0.7), size=(5, 5))


def _step(ids):
    """What follows depends on the last two words: a list of ids -> log-probabilities (4,)."""
    before, last = ([4, 4, *ids])[-2:]
    return np.log(TABLE[before, last])


def _score(ids):
    return sum(_step(ids[:place])[word] for place, word in enumerate(ids))


@exercise("06.5", "keep several beginnings at each step, the best of all their continuations.")
def search(function):
    ids = _ids(call(function, _step, 6))
    if len(ids) != 6 or not all(0 <= word < 4 for word in ids):
        return f"give 6 words, each from 0 to 3, not {ids}."
    greedy = []
    for _ in range(6):
        greedy.append(int(_step(greedy).argmax()))
    best = max(_score(list(words)) for words in product(range(4), repeat=6))
    if ids == greedy:
        return (
            f"that is the greedy path with log-probability {_score(ids):.2f}. A better one begins "
            "with a word that looks worse."
        )
    if _score(ids) < best - 1e-6:
        return f"its log-probability is {_score(ids):.2f}; the best path has {best:.2f}."
    return None
