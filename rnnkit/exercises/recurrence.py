"""Judges for the exercises of 01_recurrence."""

import numpy as np

from rnnkit.exercises import Mistake, array, call, close, exercise
from rnnkit.layers import rnn_forward


@exercise("01.1", "the second state is the tanh of the first: the input is 0, the memory is not.")
def two_states(answer):
    states = array(answer, (2,))
    first = np.tanh(1)
    if close(states, [first, np.tanh(first)]):
        return None
    if close(states, [1, 1]):
        return "the weights are applied, but every state also goes through tanh."
    if close(states, [first, 0]):
        return "the second state is 0 only for a network without memory: w_h h is missing."
    if close(states, [first, first]):
        return "a state that is carried on goes through tanh again."
    return "write out h_1 = tanh(1 * 1 + 1 * 0), then h_2 with input 0."


@exercise("01.2", "keep h, start with zeros, and in each turn put the new h into a list.")
def run(function):
    rng = np.random.default_rng(0)
    x, w_x, b = rng.normal(size=(5, 3)), rng.normal(size=(3, 4)), rng.normal(size=4)
    w_h = rng.normal(size=(4, 4)) / 2
    right = rnn_forward((w_x, w_h, b), x[None])[0]
    answer = array(call(function, x, w_x, w_h, b), what="what your function returns")
    if close(answer, right):
        return None
    if close(answer, right[-1]):
        return "it returns the last state only: return all of them, one row a step."
    wrong = {
        "w_h is used the wrong way round: it is h @ w_h.": (w_x, w_h.T, b),
        "no state is carried on: h of the step before belongs into the sum.": (w_x, 0 * w_h, b),
        "the bias is missing.": (w_x, w_h, 0 * b),
    }
    for sentence, weights in wrong.items():
        if close(answer, rnn_forward(weights, x[None])[0]):
            return sentence
    if close(answer, rnn_forward((w_x, w_h, b), x[None], np.ones((1, 4)))[0]):
        return "the first state is one of ones: begin with zeros."
    if answer.shape != right.shape:
        return f"it returns the shape {answer.shape}: T = 5 steps of H = 4 units make (5, 4)."
    return "the shape is right, the numbers are not: h = tanh(x[t] @ w_x + h @ w_h + b)."


@exercise("01.3", "first the norm of everything together, then one common factor.")
def clip(function):
    gradients = [np.array([3.0, 0.0]), np.array([[0.0, 4.0], [0.0, 0.0]])]
    small = _arrays(call(function, [gradient / 100 for gradient in gradients], 1.0))
    large = _arrays(call(function, [gradient.copy() for gradient in gradients], 1.0))
    if close(large[0], [1, 0]):
        return (
            "each array is clipped on its own, which turns the direction: use one norm for all."
            if large[1][0, 1] == 1
            else "the norm of the first array alone decides: use the norm of all numbers."
        )
    if close(large[0], [0.36, 0]) or close(large[0], [0.12, 0]):
        return "the factor is limit / norm, once; yours shrinks too much."
    if not (close(large[0], [0.6, 0]) and close(large[1], [[0, 0.8], [0, 0]])):
        return "gradients [3, 0] and [[0, 4], [0, 0]] have norm 5: at a limit of 1, divide by 5."
    if not close(small[0], [0.03, 0]):
        return "gradients below the limit must stay as they are: yours are made larger."
    return None


def _arrays(answer):
    if not isinstance(answer, list | tuple) or len(answer) != 2:
        raise Mistake("return a list with as many arrays as came in.")
    return [array(part, shape) for part, shape in zip(answer, ((2,), (2, 2)), strict=True)]


@exercise("01.4", "which matrices change no vector's length? numpy.linalg.qr makes one from any.")
def keeps_gradients(answer):
    matrix = array(answer, (20, 20), "your matrix")
    if not np.isfinite(matrix).all():
        return "the matrix holds numbers that are not finite."
    if np.abs(np.diag(matrix)).max() > 0.9:
        return "a unit keeps to itself (a diagonal entry above 0.9): they should read each other."
    lengths = np.linalg.svd(np.linalg.matrix_power(matrix, 100), compute_uv=False)
    if lengths.min() < 0.5:
        return f"after 100 steps a gradient has shrunk to {lengths.min():.1e} of its length."
    if lengths.max() > 2:
        return f"after 100 steps a gradient has grown {lengths.max():.1e} times."
    return None
