"""Judges for the exercises of 02_gates."""

import numpy as np

from rnnkit.exercises import Mistake, array, call, close, exercise
from rnnkit.layers import lstm_forward


@exercise("02.1", "one gate has F x H + H x H + H numbers. How many gates does each cell have?")
def parameters(answer):
    lstm, gru = array(answer, (2,))
    if (lstm, gru) == (448, 360):
        return None
    if lstm == 112:
        return "112 is one gate. An LSTM has four such parts: three gates and the candidate."
    if lstm in (416, 384):
        return "the LSTM has a bias, 8 numbers for each of its four parts."
    if lstm != 448:
        return "the LSTM has four parts of 5 x 8 + 8 x 8 + 8 numbers."
    if gru == 336:
        return "Keras' GRU has two biases, one for the input and one for the state (reset_after)."
    return "the LSTM is right. The GRU has three parts, and each has two biases in Keras."


@exercise("02.2", "np.split(z, 4) gives input gate, forget gate, candidate, output gate.")
def lstm_step(function):
    rng = np.random.default_rng(0)
    x, h, c = rng.normal(size=(2, 3)), rng.normal(size=(2, 4)), rng.normal(size=(2, 4))
    weights = rng.normal(size=(3, 16)), rng.normal(size=(4, 16)), rng.normal(size=16)
    outputs, trace = lstm_forward(weights, x[:, None], (h, c))
    right_h, right_c = outputs[:, 0], trace["c"][:, 0]
    pair = call(function, x, h, c, *weights)
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise Mistake("return two arrays: the new h and the new c.")
    new_h, new_c = (array(part, (2, 4), name) for part, name in zip(pair, "hc", strict=True))
    if close(new_h, right_h) and close(new_c, right_c):
        return None
    if close(new_h, right_c) and close(new_c, right_h):
        return "h and c are returned in the wrong order."
    if close(new_c, right_c):
        if close(new_h, trace["o"][:, 0] * right_c):
            return "c is right, but h is the output gate times tanh(c), not times c."
        return "c is right, h is not: h = o * tanh(c), with the new c."
    return _wrong_order(weights, (x, h, c), new_c)


def _wrong_order(weights, start, new_c):
    """Try what c would be with the four parts of the weights in another order."""
    x, h, c = start
    z = x @ weights[0] + h @ weights[1] + weights[2]
    parts = np.split(z, 4, axis=1)
    for i, f, g in ((0, 1, 3), (1, 0, 2), (1, 2, 0), (0, 2, 1), (1, 0, 3), (0, 3, 2)):
        gates = (1 / (1 + np.exp(-parts[place])) for place in (i, f))
        write, keep = gates
        if close(new_c, keep * c + write * np.tanh(parts[g])):
            return "the gates are in the wrong order: Keras stores i, f, candidate, o."
    sigmoid = 1 / (1 + np.exp(-np.array(parts)))
    if close(new_c, sigmoid[1] * c + sigmoid[0] * sigmoid[2]):
        return "the candidate goes through tanh; only the three gates go through the sigmoid."
    return "c is not right: c = f * c + i * g, with g = tanh of the third part."


@exercise("02.3", "solve sigmoid(b) ** steps = 1 / 2 for b: first the gate, then its bias.")
def forget_bias(function):
    steps = np.array([1.0, 10.0, 100.0])
    answer = array([call(function, float(step)) for step in steps], (3,))
    gate = 0.5 ** (1 / steps)
    if close(answer, np.log(gate / (1 - gate))):
        return None
    if close(answer, gate):
        return "that is the value of the gate. Its bias is what goes into the sigmoid."
    if close(answer, -np.log(gate / (1 - gate))):
        return "the sign is wrong: a larger bias opens the gate."
    if close(answer, np.log(steps)) or close(answer, np.log(np.maximum(steps - 1, 1e-9))):
        return "log(steps) is close for many steps, but the gate then keeps 1/e and not one half."
    share = ", ".join(f"{s:.2f}" for s in (1 / (1 + np.exp(-answer))) ** steps)
    return f"after 1, 10 and 100 steps your gates keep {share} of the cell: it should be 0.50."


@exercise("02.4", "dropout between layers costs nothing on cuDNN. Count as in exercise 1.")
def on_cudnn(model):
    import keras

    from rnnkit import runtime

    if not isinstance(model, keras.Model):
        raise Mistake(f"give a Keras model, not {type(model).__name__}.")
    if not model.built or model.input_shape != (None, 30, 6) or model.output_shape != (None, 1):
        return "the model must have keras.Input((30, 6)) and one output, so (None, 1)."
    report = runtime.kernel_report(model)
    slow = [row for row in report if not row.cudnn]
    if slow:
        return f"a GPU would not run {slow[0].layer!r} on cuDNN: {slow[0].reason.rstrip('.')}."
    if len(report) < 2:
        return f"it has {len(report)} recurrent layers: two are asked for."
    layers = list(model._flatten_layers())
    if not any(getattr(layer, "rate", 0) or getattr(layer, "dropout", 0) for layer in layers):
        return "nothing in it is dropped out."
    if model.count_params() > 6000:
        return f"it has {model.count_params():,} parameters: at most 6,000 are allowed."
    return None
