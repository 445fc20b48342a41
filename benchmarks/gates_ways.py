"""By which way does a trained LSTM or GRU keep a value, and which way can it do without?

Networks are trained from the start, whole, with a candidate that does not see h, or with f held at
0; they stop after 4 epochs of 100 updates without improvement; rate 0.01. Then we look at the gate
that keeps (f of the LSTM, z of the GRU) over 24 steps after the marks, cut one wire after another
in the trained LSTM and GRU, and ask all of them about longer sequences than they were trained on.
The errors of the first two tables are those at lags of 24 steps and more.
"""

import keras
import numpy as np
from gates_task import (
    ORDER,
    SEEDS,
    bias_of,
    columns_of,
    draw,
    errors,
    make_layer,
    summary,
    three_parts,
    train,
)

from rnnkit import cells

NETWORKS = {  # kind of cell, options of make_layer
    "LSTM": ("LSTM", {}),
    "LSTM, candidate does not see h": ("LSTM", {"blind": "g"}),
    "LSTM, f held at 0": ("LSTM", {"held": {"f": 0}}),
    "GRU": ("GRU", {}),
    "GRU, candidate does not see h": ("GRU", {"blind": "g"}),
}
KEEPS = {"LSTM": "f", "GRU": "z"}
NAMES = {"i": "input gate", "f": "forget gate", "o": "output gate", "g": "candidate"}
NAMES |= {"z": "update gate", "r": "reset gate"}
LENGTHS = (32, 64, 128, 256)


def held_value(length, count=500):
    """Sequences whose last mark stands among the first four steps: -> x, targets."""
    x, y, _ = draw(np.random.default_rng(1), count, length, length, end=4)
    return x, y


def gate_that_keeps(kind, layer):
    """Say how open the gate is after the marks, in the median of the units."""
    x, _ = held_value(32)
    forward = {"LSTM": cells.lstm_forward, "GRU": cells.gru_forward}[kind]
    _, trace = forward(layer.get_weights(), x)
    gate = trace[KEEPS[kind]][:, 8:]  # (500, 24, H)
    return np.median(gate.mean(axis=(0, 1)))


def cut_weights(kind, weights):
    """Name each wire that can be cut, and give the weights of the cell without it."""
    w_x, w_h, b = weights
    units = len(w_h)
    without = {"nothing": weights}
    for part in ORDER[kind]:
        cut = w_h * (1 - columns_of(kind, part, units))
        without[f"h to the {NAMES[part]}"] = [w_x, cut, b]
    gate = KEEPS[kind]
    shut = np.where(columns_of(kind, gate, units), bias_of(0), b)
    without[f"the blue line ({gate} = 0)"] = [w_x, w_h, shut]
    return without


def after_cutting(kind, layer, model, x, y):
    """Cut one wire of a trained network after another: -> rows of error and correlation."""
    weights = layer.get_weights()
    rows = []
    for name, changed in cut_weights(kind, weights).items():
        layer.set_weights(changed)
        y_pred = model.predict(x, verbose=0)[:, 0]
        correlation = np.corrcoef(y_pred, y[:, 0])[0, 1]
        row = {"network": kind, "cut": name, "error": np.abs(y_pred - y[:, 0]).mean()}
        rows.append(row | {"correlation": correlation})
    layer.set_weights(weights)
    return rows


def run(sizes):
    """sizes: has no effect, the data are made here -> title of a table: list of rows."""
    ways, cuts, far = [], [], []
    for seed in SEEDS:
        parts = three_parts(seed, 4, 32)
        x, y, lags = parts[2]
        x, y = x[lags >= 24], y[lags >= 24]
        for name, (kind, options) in NETWORKS.items():
            keras.utils.set_random_seed(seed)
            layer = make_layer(kind, **options)
            model, _ = train(layer, parts, 0.01, 4)
            row = {"network": name, "error": errors(model, x, y).mean()}
            ways.append(row | {"gate": gate_that_keeps(kind, layer)})
            if not options:
                cuts += after_cutting(kind, layer, model, x, y)
            row = {"network": name}
            for length in LENGTHS:
                row[f"{length} steps"] = errors(model, *held_value(length)).mean()
            far.append(row)
            print(seed, ways[-1], far[-1], flush=True)
    return {
        "Trained with a loop cut or a gate held": summary(ways, ["network"]),
        "A wire cut after training": summary(cuts, ["network", "cut"]),
        "Longer than trained": summary(far, ["network"]),
    }
