"""By which way does a trained LSTM or GRU keep a value, and which ways can it do without?

Networks are trained from the start with a gate held at a constant, or with parts that do not see
h, and stop after 4 epochs of 100 updates without improvement; rate 0.01. Then we look at the gate
that keeps (f of the LSTM, z of the GRU) over 24 steps after the marks, and cut one loop of W_h
after another. Errors are those at lags of 24 steps and more.
"""

import keras
import numpy as np
import pandas as pd
from gates_task import SEEDS, UNITS, draw, errors, three_parts, train

from rnnkit import cells

# name: kind of cell, parts that do not see h, gate that is held, its value
NETWORKS = {
    "LSTM": ("LSTM", "", "", 0),
    "LSTM, candidate does not see h": ("LSTM", "g", "", 0),
    "LSTM, nothing sees h": ("LSTM", "ifgo", "", 0),
    "LSTM, f held at 1": ("LSTM", "", "f", 1),
    "LSTM, f held at 0.73": ("LSTM", "", "f", 0.73),
    "LSTM, f held at 0.5": ("LSTM", "", "f", 0.5),
    "LSTM, i held at 0.5": ("LSTM", "", "i", 0.5),
    "LSTM, o held at 0.5": ("LSTM", "", "o", 0.5),
    "GRU": ("GRU", "", "", 0),
    "GRU, candidate does not see h": ("GRU", "g", "", 0),
    "GRU, z held at 0.88": ("GRU", "", "z", 0.88),
}
ORDER = {"LSTM": "ifgo", "GRU": "zrg"}


class Fixed(keras.constraints.Constraint):
    """After each update, some columns of a weight become a constant again."""

    def __init__(self, columns, value=0.0):
        self.columns = columns.astype("float32")
        self.value = value

    def __call__(self, weight):
        return weight * (1 - self.columns) + self.value * self.columns


def columns_of(kind, parts):
    """Say which columns of a cell's weights belong to these parts: bool (4H,) or (3H,)."""
    return np.repeat([part in parts for part in ORDER[kind]], UNITS[kind])


def make_layer(kind, blind, gate, value):
    """Build a cell in which `blind` parts do not see h, or a `gate` is held at a value."""
    recurrent = columns_of(kind, blind or gate)
    options = {"recurrent_constraint": Fixed(recurrent)}
    if gate:
        bias = 30.0 if value == 1 else np.log(value / (1 - value))  # sigmoid(30) is 1 in float32
        if kind == "GRU":
            bias = bias / 2  # it has two biases, which add up
        options["kernel_constraint"] = Fixed(recurrent)
        options["bias_constraint"] = Fixed(recurrent, bias)
    return getattr(keras.layers, kind)(UNITS[kind], **options)


def gate_that_keeps(kind, layer):
    """Say how open the gate is, and what it alone would leave of a value after 24 steps."""
    x, _, _ = draw(np.random.default_rng(1), 500, 32, 32, end=4)
    forward = {"LSTM": cells.lstm_forward, "GRU": cells.gru_forward}[kind]
    _, trace = forward(layer.get_weights(), x)
    gate = trace["f" if kind == "LSTM" else "z"][:, 8:]  # (500, 24, H)
    left = gate.prod(axis=1).mean(axis=0)
    return {"gate": np.median(gate.mean(axis=(0, 1))), "left": left.max()}


def cut(kind, layer, model, x, y):
    """Set W_h of one part to zero after another: -> the error each time."""
    weights = layer.get_weights()
    found = {}
    for part in ORDER[kind]:
        without = weights[1] * (1 - columns_of(kind, part))
        layer.set_weights([weights[0], without, weights[2]])
        found[f"{part} cut"] = errors(model, x, y).mean()
    layer.set_weights(weights)
    return found


def summary(frame):
    """Means over the seeds, each with its spread, a line for each network."""
    lines = []
    for name, runs in frame.groupby("network", sort=False):
        line = {"network": name}
        for column in runs.columns.drop(["network", "seed"]):
            line[column] = runs[column].mean()
            line[f"{column} spread"] = runs[column].max() - runs[column].min()
        lines.append(line)
    return lines


def after_cutting(frame):
    """The errors of the trained LSTM and GRU, whole and with one part blind for h."""
    names = {"i": "input gate", "f": "forget gate", "o": "output gate", "g": "candidate"}
    names |= {"z": "update gate", "r": "reset gate"}
    lines = []
    for kind, order in ORDER.items():
        runs = frame[frame["network"] == kind]
        for part in ["", *order]:
            errors_of_runs = runs[f"{part} cut" if part else "error"]
            line = {"network": kind, "no longer sees h": names.get(part, "none")}
            line["error"] = errors_of_runs.mean()
            line["error spread"] = errors_of_runs.max() - errors_of_runs.min()
            lines.append(line)
    return lines


def run(sizes):
    """sizes: has no effect, the data are made here -> title of a table: list of rows."""
    rows = []
    for seed in SEEDS:
        parts = three_parts(seed, 4, 32)
        x, y, lags = parts[2]
        x, y = x[lags >= 24], y[lags >= 24]
        for name, (kind, *change) in NETWORKS.items():
            keras.utils.set_random_seed(seed)
            layer = make_layer(kind, *change)
            model, _ = train(layer, parts, 0.01, 4)
            row = {"network": name, "seed": seed, "error": errors(model, x, y).mean()}
            row.update(gate_that_keeps(kind, layer))
            row.update(cut(kind, layer, model, x, y))
            rows.append(
                {key: v if isinstance(v, str | int) else float(v) for key, v in row.items()}
            )
            print(rows[-1], flush=True)
    frame = pd.DataFrame(rows)
    kept = frame[["network", "seed", "error", "gate", "left"]]
    return {
        "Trained with a gate held or a loop cut": summary(kept),
        "A loop cut after training": after_cutting(frame),
    }
