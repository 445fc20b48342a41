"""How soon and how reliably three cells learn to hold a value, each with three learning rates.

A run ends when the validation error is below a tenth of guessing, or when the validation loss has
not improved for 20 epochs of 100 updates. Two seeds each.
"""

import keras
import pandas as pd
from gates_task import RATES, UNITS, by_rate, learning, three_parts

LONGEST = 32


def race(seeds=(7, 8), **options):
    """Train each cell with each rate and seed: -> DataFrame, a row a run."""
    rows = []
    for seed in seeds:
        parts = three_parts(seed, 4, LONGEST, **options)
        for name, units in UNITS.items():
            for rate in RATES:
                keras.utils.set_random_seed(seed)
                layer = getattr(keras.layers, name)(units)
                rows.append(learning(name, layer, parts, rate, seed))
    return pd.DataFrame(rows)


def run(sizes):
    """sizes: has no effect, the data are made here -> title of a table: list of rows."""
    return {"Two of up to 32 steps are marked": by_rate(race())}
