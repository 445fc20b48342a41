"""Every lag is long: both marks stand among the first 4 of 40 steps. Who learns that?

The forget bias of the LSTM begins at 1 (as in Keras), at 4, or as Tallec and Ollivier (2018) have
it, equation 16: the logarithm of a number between 1 and the longest lag, another for each unit, the
input bias its negative.
"""

import keras
import numpy as np
import pandas as pd
from gates_task import RATES, SEEDS, UNITS, by_rate, learning, three_parts

STEPS = 40


def bias_of_4(shape, dtype=None):
    parts = np.zeros((4, shape[0] // 4), "float32")  # input, forget, candidate, output
    parts[1] = 4
    return parts.ravel()


def chrono(shape, dtype=None):
    parts = np.zeros((4, shape[0] // 4), "float32")
    spans = keras.random.uniform((shape[0] // 4,), 1, STEPS - 1)
    parts[1] = np.log(spans)
    parts[0] = -parts[1]
    return parts.ravel()


def make_layer(name):
    """Build the layer that a line of the table is called by."""
    kind, _, start = name.partition(", ")
    starts = {"forget bias 4": bias_of_4, "chrono": chrono}
    options = {}
    if start in starts:
        options = {"bias_initializer": starts[start], "unit_forget_bias": False}
    return getattr(keras.layers, kind)(UNITS[kind], **options)


def run(sizes):
    """sizes: has no effect, the data are made here -> title of a table: list of rows."""
    begins = ("LSTM, forget bias 1", "LSTM, forget bias 4", "LSTM, chrono")
    tables = {}
    for title, end in (("Marks among the first 4 of 40 steps", 4), ("Marks anywhere", None)):
        rows = []
        for seed in SEEDS:
            parts = three_parts(seed, STEPS, STEPS, end=end)
            for name in ("SimpleRNN", *begins, "GRU"):
                for rate in RATES[1:]:
                    keras.utils.set_random_seed(seed)
                    rows.append(learning(name, make_layer(name), parts, rate, seed))
        tables[title] = by_rate(pd.DataFrame(rows))
    return tables
