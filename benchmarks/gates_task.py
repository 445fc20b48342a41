"""The task of notebook 02, its networks and how they are trained, for gates_race, _far, _ways.

Of a sequence of random values two are marked, and the target is the value at the last mark. An
error is a mean absolute one: guessing has 0.5.
"""

import keras
import numpy as np
import pandas as pd

SEEDS = (7, 8, 9)
RATES = (0.001, 0.003, 0.01)
LEARNED = 0.05  # a tenth of guessing
PADDING = -2.0
UNITS = {"SimpleRNN": 64, "LSTM": 32, "GRU": 36}  # about 4,400 parameters each
ORDER = {"LSTM": "ifgo", "GRU": "zrg"}  # the parts of a cell, side by side in its weights

# ---------------------------------------------------------------- the task


def draw_sequence(rng, length, *, end=None, silent=False):
    """Draw one sequence: -> float (length, 2) of values and marks, the target, the lag.

    end: the marks stand before this step; silent: one marked value at the first step, then nothing.
    """
    steps = np.zeros((length, 2), "float32")
    if silent:
        steps[0] = rng.uniform(-1, 1), 1
        return steps, steps[0, 0], length - 1
    steps[:, 0] = rng.uniform(-1, 1, length)
    last = rng.integers(1, end or length)
    first = rng.integers(0, last)
    steps[[first, last], 1] = 1
    return steps, steps[last, 0], length - 1 - last


def draw(rng, count, shortest, longest, **options):
    """Draw many, padded on the right: -> x float (B, T, 2), targets (B, 1), lags (B,)."""
    sequences = []
    targets = []
    lags = []
    for _ in range(count):
        length = rng.integers(shortest, longest + 1)
        steps, target, lag = draw_sequence(rng, length, **options)
        sequences.append(steps)
        targets.append([target])
        lags.append(lag)
    x = keras.utils.pad_sequences(
        sequences, maxlen=longest, padding="post", dtype="float32", value=PADDING
    )
    return x, np.array(targets), np.array(lags)


def three_parts(seed, shortest, longest, **options):
    """Set all seeds and draw training, validation and test data."""
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    counts = (12_800, 2_000, 4_000)
    return [draw(rng, count, shortest, longest, **options) for count in counts]


# ---------------------------------------------------------------- cells that are changed


class Fixed(keras.constraints.Constraint):
    """After each update, some columns of a weight become constants again."""

    def __init__(self, columns, values=0.0):
        self.columns = columns.astype("float32")
        self.values = values * self.columns

    def __call__(self, weight):
        return weight * (1 - self.columns) + self.values


def columns_of(kind, parts, units=None):
    """Say which columns of a cell's weights belong to these parts: bool (4H,) or (3H,)."""
    return np.repeat([part in parts for part in ORDER[kind]], units or UNITS[kind])


def make_layer(kind, *, blind="", held=None, units=None):
    """Build a cell whose `blind` parts do not see h, and whose gates are `held`: part -> value."""
    units = units or UNITS[kind]
    held = held or {}
    options = {"recurrent_constraint": Fixed(columns_of(kind, [*blind, *held], units))}
    if held:
        biases = np.zeros((len(ORDER[kind]), units), "float32")
        for part, value in held.items():
            biases[ORDER[kind].index(part)] = bias_of(value) / (2 if kind == "GRU" else 1)
        columns = columns_of(kind, held, units)
        options["kernel_constraint"] = Fixed(columns)
        options["bias_constraint"] = Fixed(columns, biases.ravel())
    return getattr(keras.layers, kind)(units, **options)


def bias_of(gate):
    """The bias at which a gate that sees nothing has this value; 30 is 1 in float32.

    A GRU of Keras has two biases for each part, which add up: give each the half.
    """
    if gate in (0, 1):
        return 30.0 if gate else -30.0
    return np.log(gate / (1 - gate))


# ---------------------------------------------------------------- training


class StopWhenLearned(keras.callbacks.Callback):
    """End the training as soon as the validation error is small."""

    def on_epoch_end(self, epoch, logs=None):
        if logs["val_mae"] < LEARNED:
            self.model.stop_training = True


def train(layer, parts, rate, patience, more_callbacks=()):
    """Train a model of this layer on the first two parts: -> the model and its history.

    The training ends after 40 epochs of 100 updates, or after `patience` ones without progress.
    """
    (x, y, _), (x_val, y_val, _), _ = parts
    model = keras.Sequential(
        [keras.Input((None, 2)), keras.layers.Masking(PADDING), layer, keras.layers.Dense(1)]
    )
    for weight in model.trainable_variables:
        if weight.constraint:
            weight.assign(weight.constraint(weight.value))
    optimizer = keras.optimizers.Adam(rate, clipnorm=1.0)
    model.compile(optimizer, "mse", metrics=["mae"], jit_compile=True)
    stopping = keras.callbacks.EarlyStopping(patience=patience, restore_best_weights=True)
    history = model.fit(
        x,
        y,
        validation_data=(x_val, y_val),
        epochs=40,
        batch_size=128,
        callbacks=[stopping, *more_callbacks],
        verbose=0,
    )
    return model, history.history


def errors(model, x, y):
    """How far off each prediction is: float (B,)."""
    return np.abs(model.predict(x, verbose=0) - y)[:, 0]


def learning(name, layer, parts, rate, seed):
    """Train until the task is learned or nothing improves -> a row that says how long it took."""
    _, history = train(layer, parts, rate, 10, [StopWhenLearned()])
    error = min(history["val_mae"])
    row = {"layer": name, "rate": rate, "seed": seed, "epochs": len(history["val_mae"])}
    row["learned"] = bool(error < LEARNED)
    row["error"] = round(float(error), 3)
    print(row, flush=True)
    return row


def by_rate(frame):
    """Put rows of `learning` side by side: a line for each layer, a column for each rate."""
    lines = {}
    for (layer, rate), runs in frame.groupby(["layer", "rate"], sort=False):
        learned = runs[runs["learned"]]["epochs"]
        words = f"{len(learned)} of {len(runs)}"
        if len(learned):
            first, last = learned.min(), learned.max()
            words += f": {first}" if first == last else f": {first} to {last}"
        lines.setdefault(layer, {"layer": layer})[f"rate {rate}"] = words
    return list(lines.values())


def summary(rows, names):
    """Means over the seeds, each with its spread, a line for each combination of the names."""
    lines = []
    for key, runs in pd.DataFrame(rows).groupby(names, sort=False):
        line = dict(zip(names, key, strict=True))
        for column in runs.columns.drop(names):
            line[column] = float(runs[column].mean())
            line[f"{column} spread"] = float(runs[column].max() - runs[column].min())
        lines.append(line)
    return lines
