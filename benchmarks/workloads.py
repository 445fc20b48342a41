"""The four models of notebooks 03 to 06: their sizes and made data, about as large as there.

NumPy alone, because the process that runs PyTorch imports this file too. "tiny" is for tests.
"""

import numpy as np

PADDING, START, END = 0, 2, 3
SHORTEST = 0.7  # of the width: the rows of a bucket are between that and 1 long
SETS = {
    "synthetic": {
        "language model": dict(words=1000, width=100, units=128, batch=32, length=64, batches=8),
        "classifier": dict(words=500, width=64, units=32, batch=64, length=24, batches=16),
        "forecaster": dict(features=8, units=32, horizon=24, batch=256, length=72, batches=8),
        "translator": dict(
            words=200, target_words=440, width=64, units=64, batch=128, length=12, batches=12
        ),
    },
    "real": {
        "language model": dict(words=7000, width=100, units=128, batch=32, length=128, batches=3),
        "classifier": dict(words=20_000, width=100, units=64, batch=64, length=256, batches=4),
        "forecaster": dict(features=7, units=32, horizon=24, batch=256, length=84, batches=16),
        "translator": dict(
            words=5600, target_words=4700, width=96, units=192, batch=64, length=16, batches=6
        ),
    },
    "tiny": {
        "language model": dict(words=23, width=5, units=6, batch=3, length=7, batches=2),
        "classifier": dict(words=23, width=5, units=6, batch=4, length=7, batches=2),
        "forecaster": dict(features=4, units=3, horizon=2, batch=5, length=6, batches=2),
        "translator": dict(
            words=13, target_words=17, width=5, units=6, batch=4, length=7, batches=2
        ),
    },
}
TASKS = tuple(SETS["synthetic"])
MODELS = {
    "language model": "LSTM behind frozen word vectors (03)",
    "classifier": "bidirectional GRU (04)",
    "forecaster": "GRU (05)",
    "translator": "GRU encoder and decoder with attention (06)",
}


def lengths(sizes, seed):
    """How long each row is: int (N,), between SHORTEST of the width and all of it."""
    least = max(2, round(SHORTEST * sizes["length"]))
    rows = sizes["batch"] * sizes["batches"]
    rng = np.random.default_rng(seed)
    return rng.integers(least, sizes["length"], rows, endpoint=True)


def ids(sizes, counts, words, seed):
    """Rows of made words, padded on the right: int32 (N, T). Small ids are common, as in text."""
    rng = np.random.default_rng(seed)
    shares = rng.random((len(counts), sizes["length"]))
    drawn = END + (words - END) ** shares
    real = np.arange(sizes["length"]) < counts[:, None]
    return np.where(real, drawn, PADDING).astype("int32")


def data(task, sizes):
    """All rows of a workload: a dict of arrays that begin with N, the rows.

    inputs: int32 (N, T) or float32 (N, W, F); targets: int32 (N, T), float32 (N,) or (N, horizon);
    the translator also has sources int32 (N, T).
    """
    rng = np.random.default_rng(1)
    rows = sizes["batch"] * sizes["batches"]
    if task == "forecaster":
        inputs = rng.normal(size=(rows, sizes["length"], sizes["features"])).astype("float32")
        return {"inputs": inputs, "targets": inputs[:, -sizes["horizon"] :, 0]}
    counts = lengths(sizes, 0)
    if task == "classifier":
        labels = (rng.random(rows) < 0.5).astype("float32")
        return {"inputs": ids(sizes, counts, sizes["words"], 0), "targets": labels}
    if task == "language model":
        inputs = ids(sizes, counts, sizes["words"], 2)
        return {"inputs": inputs, "targets": ids(sizes, counts, sizes["words"], 3)}
    # Teacher forcing: the inputs are the targets, one step later.
    targets = ids(sizes, counts, sizes["target_words"], 3)
    inputs = np.where(targets != PADDING, np.roll(targets, 1, axis=1), PADDING)
    inputs[:, 0] = START
    sources = ids(sizes, lengths(sizes, 1), sizes["words"], 2)
    return {"sources": sources, "inputs": inputs, "targets": targets}


def rows_of(rows, number, batch):
    """One batch of a dict of arrays."""
    some = slice(number * batch, (number + 1) * batch)
    return {name: array[some] for name, array in rows.items()}


def vectors(words, width):
    """Word vectors, as the frozen embedding has them: float32 (V, D)."""
    return np.random.default_rng(2).normal(0, 0.4, (words, width)).astype("float32")
