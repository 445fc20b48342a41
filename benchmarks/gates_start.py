"""Does it matter how the matrix W_h begins? Epochs until the task of notebook 02 is learned."""

import keras
import pandas as pd
from gates_task import SEEDS, UNITS, learning, three_parts

STARTS = ("orthogonal", "glorot_uniform", "zeros")
RATES = {"SimpleRNN": 0.003, "LSTM": 0.01}  # the best ones in gates_race


def run(sizes):
    """sizes: has no effect, the data are made here -> title of a table: list of rows."""
    rows = []
    for seed in SEEDS:
        parts = three_parts(seed, 4, 32)
        for kind, rate in RATES.items():
            for start in STARTS:
                keras.utils.set_random_seed(seed)
                cell = getattr(keras.layers, kind)
                layer = cell(UNITS[kind], recurrent_initializer=start)
                rows.append(learning(f"{kind}, {start}", layer, parts, rate, seed))
    lines = []
    for name, runs in pd.DataFrame(rows).groupby("layer", sort=False):
        line = {"layer and start": name, "learned": f"{runs['learned'].sum()} of {len(runs)}"}
        line["epochs"] = f"{runs['epochs'].min()} to {runs['epochs'].max()}"
        lines.append(line)
    return {"W_h at the start": lines}
