"""Judges for the exercises of 02_gates."""

import numpy as np

from rnnkit.exercises import Mistake, array, call, close, exercise


@exercise("02.1", "a part has F x H + H x H weights and H biases, in a GRU of Keras twice H.")
def parameters(answer):
    lstm, gru = array(answer, (2,))
    if (lstm, gru) == (448, 360):
        return None
    if lstm == 112:
        return "112 is right for one part of the LSTM. That is one part of four."
    if lstm == 336:
        return "an LSTM has three gates, but the candidate has weights as well: four parts."
    if lstm in (416, 384):
        return "the LSTM has a bias, 8 numbers for each of its four parts."
    if lstm != 448:
        return "the LSTM has four parts of 5 x 8 + 8 x 8 + 8 numbers."
    if gru == 224:
        return "the LSTM is right. A GRU has two gates, but the candidate has weights as well."
    return "the LSTM is right. A GRU has three parts, in Keras each with two biases (reset_after)."


@exercise("02.2", "start from lstm_step. There are three parts, and 1 - f takes the place of i.")
def coupled_step(function):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 3))
    h = rng.normal(size=(2, 4))
    c = rng.normal(size=(2, 4))
    weights = rng.normal(size=(3, 12)), rng.normal(size=(4, 12)), rng.normal(size=12)
    pair = call(function, x, h, c, *weights)
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise Mistake("return two arrays: the new h and the new c.")
    new_h = array(pair[0], (2, 4), "h")
    new_c = array(pair[1], (2, 4), "c")
    z = x @ weights[0] + h @ weights[1] + weights[2]
    squashed = 1 / (1 + np.exp(-z))
    f, _, o = np.split(squashed, 3, axis=1)
    g = np.tanh(z[:, 4:8])
    right_c = f * c + (1 - f) * g
    right_h = o * np.tanh(right_c)
    if close(new_c, right_c) and close(new_h, right_h):
        return None
    if close(new_h, right_c) and close(new_c, right_h):
        return "h and c are returned in the wrong order."
    if close(new_c, right_c) and close(new_h, o * right_c):
        return "c is right, but h is the output gate times tanh(c), not times c."
    if close(new_c, right_c):
        return "c is right, h is not: h = o * tanh(c), with the new c."
    if close(new_c, (1 - f) * c + f * g):
        return "f and 1 - f are the other way round: f is what stays of the old c."
    if close(new_c, f * c + (1 - f) * squashed[:, 4:8]):
        return "the candidate goes through tanh; only the gates go through the sigmoid."
    return "c is not right: c = f * c + (1 - f) * g, the parts in the order f, g, o."


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
    kept = (1 / (1 + np.exp(-answer))) ** steps
    shares = ", ".join(f"{share:.2f}" for share in kept)
    return f"after 1, 10 and 100 steps your gates keep {shares} of the cell: it should be 0.50."


@exercise("02.4", "the first layer hands on all steps: return_sequences=True. Count as in 1.")
def on_cudnn(model):
    import keras

    from rnnkit import runtime

    if not isinstance(model, keras.Model):
        raise Mistake(f"give a Keras model, not {type(model).__name__}.")
    if not model.built or model.input_shape != (None, 30, 6) or model.output_shape != (None, 1):
        return "the model must have keras.Input((30, 6)) and one output, so (None, 1)."
    report = runtime.kernel_report(model)
    slow = report[~report["cuDNN"]]
    if len(slow):
        first = slow.iloc[0]
        return f"a GPU would not run {first['layer']!r} on cuDNN: {first['why']}."
    if len(report) < 2:
        return f"it has {len(report)} recurrent layers: two are asked for."
    layers = list(model._flatten_layers())
    if not any(getattr(layer, "rate", 0) or getattr(layer, "dropout", 0) for layer in layers):
        return "nothing in it is dropped out."
    if model.count_params() > 6000:
        return f"it has {model.count_params():,} parameters: at most 6,000 are allowed."
    return None


@exercise("02.5", "begin with the model of section 6, without the Masking layer, and fit it.")
def adding_problem(model):
    import keras

    if not isinstance(model, keras.Model):
        raise Mistake(f"give a Keras model, not {type(model).__name__}.")
    rng = np.random.default_rng(5)
    x = np.zeros((1000, 16, 2), "float32")
    x[:, :, 0] = rng.uniform(-1, 1, (1000, 16))
    last = np.zeros(1000)
    for row, steps in enumerate(x):
        marked = rng.choice(16, size=2, replace=False)
        steps[marked, 1] = 1
        last[row] = steps[marked.max(), 0]
    answer = array(call(model.predict_on_batch, x), (1000, 1), "its prediction for 1,000 rows")
    sums = (x[:, :, 0] * x[:, :, 1]).sum(axis=1)
    error = np.abs(answer[:, 0] - sums).mean()
    if error < 0.1:
        return None
    if np.abs(answer[:, 0] - last).mean() < 0.1:
        return "it gives the last marked value alone, and not the sum of both."
    return f"its error is {error:.2f} on fresh sequences: it should be below 0.10."
