"""Every lag is long: both marks stand among the first 4 of 40 steps. Does the forget bias matter?

It begins at 1 (as in Keras), at 4, or as Tallec and Ollivier (2018) have it, equation 16: the
logarithm of a number between 1 and the longest lag, another for each unit, the input bias its
negative. A run ends when the validation error is below a tenth of guessing, or when nothing has
improved for 20 epochs of 100 updates.
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


STARTS = {
    "LSTM, forget bias 1": {},
    "LSTM, forget bias 4": {"bias_initializer": bias_of_4, "unit_forget_bias": False},
    "LSTM, chrono": {"bias_initializer": chrono, "unit_forget_bias": False},
}


def run(sizes):
    """sizes: has no effect, the data are made here -> title of a table: list of rows."""
    rows = []
    for seed in SEEDS:
        parts = three_parts(seed, STEPS, STEPS, end=4)
        for name, options in STARTS.items():
            for rate in RATES[1:]:
                keras.utils.set_random_seed(seed)
                layer = keras.layers.LSTM(UNITS["LSTM"], **options)
                rows.append(learning(name, layer, parts, rate, seed))
    return {"Marks among the first 4 of 40 steps": by_rate(pd.DataFrame(rows))}
