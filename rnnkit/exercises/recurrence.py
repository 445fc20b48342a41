"""Judges for the exercises of 01_recurrence."""

import numpy as np

from rnnkit.cells import rnn_forward
from rnnkit.exercises import Mistake, array, call, close, exercise, told


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


@exercise("01.3", "two factors: the slope of the tanh, then the matrix. Which way round is it?")
def one_step_back(function):
    rng = np.random.default_rng(1)
    dh, w_h = rng.normal(size=(5, 4)), rng.normal(size=(4, 4))
    h = np.tanh(rng.normal(size=(5, 4)))
    slope = 1 - h**2
    answer = array(call(function, dh, h, w_h), (5, 4), "what your function returns")
    if close(answer, (dh * slope) @ w_h.T):
        return None
    wrong = {
        "w_h is the right way round for going forward; going back needs w_h.T.": (dh * slope) @ w_h,
        "the slope of the tanh, 1 - h ** 2, is missing.": dh @ w_h.T,
        "the slope comes too late: first through the tanh of step t, then through w_h.": (
            dh @ w_h.T * slope
        ),
        "the slope of the tanh is 1 - h ** 2: h is the tanh already.": (
            (dh * (1 - np.tanh(h) ** 2)) @ w_h.T
        ),
    }
    for sentence, value in wrong.items():
        if close(answer, value):
            return sentence
    return "the shape is right, the numbers are not: steps 2 and 3 of section 5, in one line."


@exercise("01.4", "first the norm of everything together, then one common factor.")
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
    still = _arrays(call(function, [np.zeros(2), np.zeros((2, 2))], 1.0))
    if not (close(still[0], [0, 0]) and close(still[1], np.zeros((2, 2)))):
        return "gradients of zeros must stay zeros: take care not to divide by a norm of 0."
    return None


def _arrays(answer):
    if not isinstance(answer, list | tuple) or len(answer) != 2:
        raise Mistake("return a list with as many arrays as came in.")
    return [array(part, shape) for part, shape in zip(answer, ((2,), (2, 2)), strict=True)]


@exercise("01.5", "which matrices change no vector's length? numpy.linalg.qr makes one from any.")
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


@exercise("01.6", "a Keras model, trained: with Adam and Keras' own start, SimpleRNN is enough.")
def one_answer_at_the_end(model):
    rng = np.random.default_rng(2)
    x = rng.normal(0, 0.3, size=(600, 40, 1))
    y = rng.integers(0, 2, size=(600, 1))
    x[:, 0] = 2 * y - 1
    p = array(_predicted(model, x), what="what the model predicts")
    if p.ndim == 3 and p.shape[1] == 40:
        return "it answers at every step: leave return_sequences away, one answer a row is asked."
    if p.shape not in ((600,), (600, 1)):
        return f"for 600 rows it predicts the shape {p.shape}: one probability a row is (600, 1)."
    if p.min() < 0 or p.max() > 1:
        return "it predicts numbers outside 0 to 1: let a sigmoid turn them into probabilities."
    right = np.mean((p.reshape(600, 1) > 0.5) == y)
    if right > 0.95:
        return None
    if abs(right - 0.5) < 0.1:
        return f"it is right in {right:.0%} of new rows of 40 numbers, which is guessing."
    if right < 0.05:
        return "it is wrong nearly always: did it learn 0 for +1, or flip its state at each step?"
    return f"it is right in {right:.0%} of new rows of 40 numbers: more than 95 % is asked."


def _predicted(model, x):
    if not hasattr(model, "predict"):
        raise Mistake(f"pass the trained Keras model, not {type(model).__name__}.")
    try:
        return model.predict(x, verbose=0)
    except Exception as error:
        raise Mistake(f"the model cannot read rows of shape (600, 40, 1): {told(error)}") from error
