"""How soon and how reliably recurrent layers learn to hold a value, each with two learning rates.

A run ends when the validation error is below a tenth of guessing, or when the validation loss has
not improved for 10 epochs of 100 updates, or after 40. Three seeds each, about 4,400 weights that
are trained. The rivals: an LSTM without its straight way (f held at 0); one that has it, but whose
gates are all held, so that nothing is multiplied with anything; a plain layer with relu and an
identity matrix at the start. In the second table there is nothing to select: one value, then zeros.
"""

import keras
import pandas as pd
from gates_task import SEEDS, by_rate, learning, make_layer, three_parts

LONGEST = 32
RATES = (0.003, 0.01)
MAKERS = {
    "SimpleRNN": lambda: keras.layers.SimpleRNN(64),
    "SimpleRNN, relu, identity at the start": lambda: keras.layers.SimpleRNN(
        64, activation="relu", recurrent_initializer="identity"
    ),
    "LSTM, all gates held": lambda: make_layer(
        "LSTM", held={"i": 0.5, "f": 0.73, "o": 0.5}, units=64
    ),
    "LSTM, f held at 0": lambda: make_layer("LSTM", held={"f": 0}),
    "LSTM": lambda: make_layer("LSTM"),
    "GRU": lambda: make_layer("GRU"),
}


def race(seeds=SEEDS, **options):
    """Train each layer with each rate and seed: -> DataFrame, a row a run."""
    rows = []
    for seed in seeds:
        parts = three_parts(seed, 4, LONGEST, **options)
        for name, maker in MAKERS.items():
            for rate in RATES:
                keras.utils.set_random_seed(seed)
                rows.append(learning(name, maker(), parts, rate, seed))
    return pd.DataFrame(rows)


def run(sizes):
    """sizes: has no effect, the data are made here -> title of a table: list of rows."""
    return {
        "Two of up to 32 values are marked": by_rate(race()),
        "One value, then up to 31 zeros": by_rate(race(silent=True)),
    }
