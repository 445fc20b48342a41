"""What helps against overfitting, beside the two cheapest cures: a lower rate and stopping early.

96 sequences of 8 steps whose targets have noise of 0.4, 600 updates with all of them (learning rate
0.01 unless named). `training` is the error on the noisy targets that were trained on, `test` that
on 2,000 fresh sequences with clean targets, both mean squared errors.
"""

import keras
import numpy as np
import pandas as pd
from gates_task import SEEDS, draw

UPDATES = 600
LSTM, Dropout = keras.layers.LSTM, keras.layers.Dropout

# name: layers, learning rate, weight decay, rows kept for early stopping
CURES = {
    "nothing": ([LSTM], 0.01, None, 0),
    "lower rate, 0.001": ([LSTM], 0.001, None, 0),
    "falling rate": ([LSTM], "falling", None, 0),
    "early stopping": ([LSTM], 0.01, None, 24),
    "fewer units, 4": (["small"], 0.01, None, 0),
    "dropout": ([LSTM, "dropout"], 0.01, None, 0),
    "recurrent dropout": (["recurrent dropout"], 0.01, None, 0),
    "weight decay": ([LSTM], 0.01, 0.1, 0),
    "layer normalisation": ([LSTM, "normalisation"], 0.01, None, 0),
    "ten times the data": ([LSTM], 0.01, None, 0),
}


def make_layer(kind):
    makers = {
        LSTM: lambda: LSTM(16),
        "small": lambda: LSTM(4),
        "dropout": lambda: Dropout(0.3),
        "recurrent dropout": lambda: LSTM(16, recurrent_dropout=0.3),
        "normalisation": keras.layers.LayerNormalization,
    }
    return makers[kind]()


def train(name, seed):
    """Train one network -> its errors on training and test data."""
    kinds, rate, decay, kept = CURES[name]
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    x_test, y_test, _ = draw(rng, 2_000, 8, 8)
    count = 960 if name.startswith("ten") else 96
    x, y, _ = draw(rng, count, 8, 8)
    y = y + rng.normal(0, 0.4, y.shape)
    if rate == "falling":
        rate = keras.optimizers.schedules.CosineDecay(0.01, UPDATES)
    layers = [make_layer(kind) for kind in kinds]
    model = keras.Sequential([keras.Input((8, 2)), *layers, keras.layers.Dense(1)])
    optimizer = keras.optimizers.Adam(rate, weight_decay=decay)
    model.compile(optimizer, "mse", jit_compile=True)
    options = {}
    if kept:
        stopping = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
        options = {"validation_data": (x[:kept], y[:kept]), "callbacks": [stopping]}
        x, y = x[kept:], y[kept:]
    ten_times = np.tile(x, (10, 1, 1)), np.tile(y, (10, 1))  # an epoch is ten updates
    model.fit(
        *ten_times, epochs=UPDATES // 10, batch_size=len(x), shuffle=False, verbose=0, **options
    )
    training = model.evaluate(x, y, batch_size=len(x), verbose=0)
    test = model.evaluate(x_test, y_test, batch_size=500, verbose=0)
    return {"cure": name, "seed": seed, "training": training, "test": test}


def run(sizes):
    """sizes: has no effect, the data are made here -> title of a table: list of rows."""
    rows = []
    for name in CURES:
        for seed in SEEDS:
            rows.append(train(name, seed))
            print(rows[-1], flush=True)
    lines = []
    for name, runs in pd.DataFrame(rows).groupby("cure", sort=False):
        line = {"cure": name}
        for column in ("training", "test"):
            line[column] = runs[column].mean()
            line[f"{column} spread"] = runs[column].max() - runs[column].min()
        lines.append(line)
    return {"96 sequences with noisy targets": lines}
