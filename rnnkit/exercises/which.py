"""Judges for the exercises of 13_which_network."""

import numpy as np

from rnnkit.exercises import Mistake, array, call, close, exercise

GOOD_ENOUGH = 0.85  # in exercise 5; always "no" is right about half of the time


@exercise("13.1", "how far back does each layer reach? Add that up, and count the step itself.")
def steps_seen(answer):
    count = array(answer, ())
    if count == 14:
        return "14 is how far it reaches back: the present step is seen as well."
    if count == 7:
        return "7 would be right for a kernel of 2: a kernel of 3 reaches two distances back."
    if count == 27:
        return "27 is 3 times 3 times 3: the layers add up and don't multiply."
    return None if count == 15 else "a layer reaches 2 * rate steps back, for rates 1, 2 and 4."


@exercise("13.2", "y[t] needs x[t], x[t - rate], x[t - 2 * rate]; before x[0] there are zeros.")
def causal_convolution(function):
    kernel = np.array([1.0, 10.0, 100.0])
    x = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    y = array(call(function, x, kernel, 1), (6,), "the output for six steps")
    changed = array(call(function, np.append(x[:4], [50.0, 60.0]), kernel, 1), (6,))
    if not close(y[:4], changed[:4]):
        return "the future leaks: the first four outputs change when the last two inputs do."
    right = [_convolved(x, kernel, rate) for rate in (1, 2)]
    if close(y, _convolved(x, kernel[::-1], 1)):
        return "the kernel is turned round: its last weight belongs to the present step."
    if not close(y, right[0]):
        return f"for x = 1 to 6, kernel [1, 10, 100] and rate 1 it gives {y}, not {right[0]}."
    if not close(array(call(function, x, kernel, 2), (6,)), right[1]):
        return "right for rate 1, but not for rate 2."
    return None


def _convolved(x, kernel, rate):
    y = np.zeros(len(x))
    for place, weight in enumerate(kernel[::-1]):
        back = place * rate
        y[back:] += weight * x[: len(x) - back]
    return y


@exercise("13.3", "what is left of `first` at step t is first * keep[0] * ... * keep[t].")
def scan_from(function):
    rng = np.random.default_rng(3)
    keep, new = rng.uniform(0.5, 1, (2, 9)), rng.normal(size=(2, 9))
    first = np.array([2.0, -1.0])
    h, right = first, []
    for t in range(9):
        h = keep[:, t] * h + new[:, t]
        right.append(h)
    right = np.stack(right, axis=1)
    states = array(call(function, first, keep, new), (2, 9), "the states")
    if close(states, right):
        return None
    if close(states, right - first[:, None] * keep.cumprod(axis=1)):
        return "it begins at 0, as `scan` does: `first` isn't used."
    kept = keep.copy()
    kept[:, 0] = 1
    if close(states, right + first[:, None] * (kept.cumprod(axis=1) - keep.cumprod(axis=1))):
        return "one factor is missing: at the first step `first` is multiplied by keep[0] already."
    return "the states differ from those of the loop h = keep[:, t] * h + new[:, t], h = first."


@exercise("13.4", "z = 2 / (1 + exp(-gate)); `scan` gets 1 - z and z * candidate.")
def keep_and_new(function):
    gate, candidate = np.random.default_rng(4).normal(size=(2, 2, 6, 3))
    pair = call(function, gate, candidate)
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise Mistake("return two arrays: keep and new.")
    keep = array(pair[0], gate.shape, "keep")
    new = array(pair[1], gate.shape, "new")
    sigmoid = 1 / (1 + np.exp(-gate))
    if close(keep, 1 - sigmoid):
        return "this is the plain minGRU: its factor lies between 0 and 1."
    if close(keep, 1 - 2 * gate):
        return "you take `gate` as if it has its sigmoid already: apply it first."
    if close(keep, 1 - 2 * sigmoid) and close(new, 2 * sigmoid * candidate):
        return None
    return "keep or new is another: in place of 1 - z and z * candidate, with z from 0 to 2."


@exercise("13.5", "take parity_network's way: embedding, contestant, sigmoid; train on 16 steps.")
def majority(model):
    import keras

    if not isinstance(model, keras.Model):
        raise Mistake(f"give a Keras model, not {type(model).__name__}.")
    bits = np.random.default_rng(5).integers(0, 2, (500, 64))
    more_ones = (2 * bits - 1).cumsum(axis=1) > 0
    answer = array(call(model.predict_on_batch, bits), (500, 64, 1), "its answers at 64 steps")
    right = ((answer[:, :, 0] > 0.5) == more_ones)[:, 32:].mean()
    if right >= GOOD_ENOUGH:
        return None
    odd = bits.cumsum(axis=1) % 2 == 1
    if ((answer[:, :, 0] > 0.5) == odd)[:, 32:].mean() > 0.9:
        return "this is the network for parity: the question is whether there are more ones."
    wanted = f"reach {GOOD_ENOUGH:.0%}, perhaps with another contestant."
    return f"it is right in {right:.0%} of the steps 33 to 64: {wanted}"
