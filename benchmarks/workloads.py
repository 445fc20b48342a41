"""The four models of notebooks 03 to 06: their sizes, made data, and how much they multiply.

NumPy alone, because the process that runs PyTorch imports this file too. The sizes are those of the
notebooks' cells tagged `parameters`, and a test compares them. "tiny" is for tests.
"""

import numpy as np

PADDING, START, END = 0, 2, 3
SHORTEST = 0.7  # of the width: the rows of a bucket are between that and 1 long
SETS = {
    "synthetic": {
        "language model": dict(
            words=1073, width=100, units=128, dropout=0.0, batch=24, length=124, batches=6
        ),
        "classifier": dict(
            words=432, width=100, units=32, dropout=0.1, word_dropout=0.0, pooled=False,
            smoothing=0.08, batch=60, length=26, batches=16
        ),
        "forecaster": dict(
            features=19, units=24, dropout=0.0, linear=False, batch=192, length=8, batches=32
        ),
        "translator": dict(
            words=203, target_words=440, width=64, units=64, dropout=0.0, smoothing=0.0,
            batch=128, length=12, batches=12
        ),
    },
    "real": {
        "language model": dict(
            words=7342, width=100, units=256, dropout=0.4, batch=16, length=160, batches=3
        ),
        "classifier": dict(
            words=30_004, width=100, units=64, dropout=0.4, word_dropout=0.2, pooled=True,
            smoothing=0.0, batch=60, length=260, batches=4
        ),
        "forecaster": dict(
            features=17, units=8, dropout=0.2, linear=True, batch=256, length=84, batches=16,
            jit=True
        ),
        "translator": dict(
            words=5564, target_words=4644, width=96, units=192, dropout=0.2, smoothing=0.1,
            batch=64, length=16, batches=6
        ),
    },
    "tiny": {
        "language model": dict(
            words=23, width=5, units=6, dropout=0.0, batch=3, length=7, batches=2
        ),
        "classifier": dict(
            words=23, width=5, units=6, dropout=0.0, word_dropout=0.0, pooled=True,
            smoothing=0.1, batch=4, length=7, batches=2
        ),
        "forecaster": dict(
            features=4, units=3, dropout=0.0, linear=True, batch=5, length=6, batches=2
        ),
        "translator": dict(
            words=13, target_words=17, width=5, units=6, dropout=0.0, smoothing=0.1,
            batch=4, length=7, batches=2
        ),
    },
}  # fmt: skip
TASKS = tuple(SETS["synthetic"])
MODELS = {
    "language model": "LSTM, output tied to the embedding (03)",
    "classifier": "bidirectional GRU (04)",
    "forecaster": "GRU (05)",
    "translator": "GRU encoder and decoder with attention (06)",
}
ROW = {"forecaster": "windows"}  # what a rate counts; tokens elsewhere


def in_words(task, sizes):
    """The sizes of a workload in one line."""
    names = {"features": "features", "words": "words", "target_words": "target words"}
    parts = [f"{sizes[key]:,} {word}" for key, word in names.items() if key in sizes]
    return ", ".join(
        [*parts, f"{sizes['units']} units", f"batches of {sizes['batch']} x {sizes['length']}"]
    )


def lengths(sizes, seed=0):
    """How long each row is: int (N,), between SHORTEST of the width and all of it."""
    least = max(2, round(SHORTEST * sizes["length"]))
    rows = sizes["batch"] * sizes["batches"]
    return np.random.default_rng(seed).integers(least, sizes["length"], rows, endpoint=True)


def ids(sizes, counts, words, seed=0):
    """Rows of made words, padded on the right: int32 (N, T). Small ids are common, as in text."""
    rng = np.random.default_rng(seed)
    drawn = END + (words - END) ** rng.random((len(counts), sizes["length"]))
    return np.where(np.arange(sizes["length"]) < counts[:, None], drawn, PADDING).astype("int32")


def data(task, sizes):
    """All rows of a workload: a dict of arrays that begin with N, the rows.

    inputs: int32 (N, T) or float32 (N, W, F); targets: int32 (N, T) or float32 (N,); the
    translator also has sources int32 (N, T) and links int32 (N, T), the place in the source that
    each target came from; the forecaster has the series float32 (N + W - 1, F) as well.
    """
    rng = np.random.default_rng(1)
    counts, rows = lengths(sizes), sizes["batch"] * sizes["batches"]
    if task == "forecaster":
        series = rng.normal(size=(rows + sizes["length"] - 1, sizes["features"])).astype("float32")
        views = np.lib.stride_tricks.sliding_window_view(series, sizes["length"], axis=0)
        inputs = np.ascontiguousarray(views.swapaxes(1, 2))
        return {"inputs": inputs, "targets": inputs[:, -1, :2].mean(axis=1), "series": series}
    if task == "classifier":
        inputs = ids(sizes, counts, sizes["words"])
        return {"inputs": inputs, "targets": (rng.random(rows) < 0.5).astype("float32")}
    if task == "language model":
        inputs, targets = (ids(sizes, counts, sizes["words"], seed) for seed in (2, 3))
        return {"inputs": inputs, "targets": targets}
    # Teacher forcing: the inputs are the targets, one step later.
    sources = ids(sizes, lengths(sizes, 1), sizes["words"], 2)
    targets = ids(sizes, counts, sizes["target_words"], 3)
    inputs = np.where(targets != PADDING, np.roll(targets, 1, axis=1), PADDING)
    inputs[:, 0] = START
    links = np.minimum(np.arange(sizes["length"]), np.count_nonzero(sources, axis=1)[:, None] - 1)
    return {
        "sources": sources,
        "inputs": inputs,
        "targets": targets,
        "links": np.where(targets != PADDING, links, 0).astype("int32"),
    }


def rows_of(rows, number, batch):
    """One batch of a dict of arrays."""
    return {name: x[number * batch : (number + 1) * batch] for name, x in rows.items()}


def vectors(words, width):
    """What an embedding begins with: float32 (V, D), spread as GloVe's numbers, times 0.4."""
    return np.random.default_rng(2).normal(0, 0.16, (words, width)).astype("float32")


def per_step(task, rows, sizes):
    """Real tokens (or windows) in a training step, padding left out; targets for a translator."""
    if task == "forecaster":
        return sizes["batch"]
    return np.count_nonzero(rows["inputs"]) / sizes["batches"]


def surprise(task, outputs, batch, *, from_logits):
    """The loss of one batch, alike for all columns: the mean over what is not padding.

    outputs: logits or probabilities, float (B, T, V) or (B, 1), or forecasts (B, 1).
    """
    targets = batch["targets"]
    outputs = np.asarray(outputs, "float64")
    if task == "forecaster":
        return float(np.mean((outputs[:, 0] - targets) ** 2))
    if task == "classifier":
        p = 1 / (1 + np.exp(-outputs[:, 0])) if from_logits else outputs[:, 0]
        return float(-np.log(np.where(targets == 1, p, 1 - p)).mean())
    if from_logits:
        outputs = np.exp(outputs - outputs.max(axis=-1, keepdims=True))
    outputs = outputs / outputs.sum(axis=-1, keepdims=True)
    p = np.take_along_axis(outputs, targets[..., None], axis=-1)[..., 0]
    return float(-np.log(p[targets != PADDING]).mean())


# ---------------------------------------------------------------- operations


def product(rows, inner, columns):
    """Floating-point operations of a matrix product (rows, inner) by (inner, columns)."""
    return 2 * rows * inner * columns


def recurrent(steps, features, units, gates):
    """Operations of a recurrent layer: at each step `gates` products of the input and the state.

    That is 2 * steps * gates * units * (features + units); 4 gates in an LSTM, 3 in a GRU.
    """
    return product(steps, features + units, gates * units)


def operations(task, sizes, rows):
    """Operations of the matrix products of one forward step: {"recurrence", "output", "rest"}.

    With n real tokens in a batch (padding counts for nothing, so what is spent on it is lost), D
    the width of the embedding, H units, V words, B rows, and S and T the lengths of a pair:
    - language model: LSTM 8 n H (D + H), output 2 n H D + 2 n D V;
    - classifier: two GRUs of H/2 units 6 n H (D + H/2), output 2 B H, or 4 B H where pooled;
    - forecaster, n = B W readings of F features: GRU 6 n H (F + H), output 2 B H (+ 2 B W);
    - translator: encoder 12 S H (D + H) and decoder 6 T H (D + H); output 4 T D V; the rest is
      the bridge 4 B H H, the keys 4 S H H, attention 6 S T H of each pair, the mix 12 T H D.
    A training step counts three times as much: backwards there are two products for each forward.
    """
    n, h, b = np.count_nonzero(rows["inputs"]) / sizes["batches"], sizes["units"], sizes["batch"]
    if task == "forecaster":
        n, rest = b * sizes["length"], product(b, sizes["length"], 1) * sizes["linear"]
        parts = recurrent(n, sizes["features"], h, 3), product(b, h, 1), rest
    elif task == "classifier":
        each = recurrent(n, sizes["width"], h // 2, 3)
        parts = 2 * each, product(b, h * (1 + sizes["pooled"]), 1), 0
    elif task == "language model":
        d = sizes["width"]
        parts = recurrent(n, d, h, 4), product(n, h, d) + product(n, d, sizes["words"]), 0
    else:
        parts = _translator(sizes, rows, n)
    return dict(zip(("recurrence", "output", "rest"), map(float, parts), strict=True))


def _translator(sizes, rows, n):
    d, h, b = sizes["width"], sizes["units"], sizes["batch"]
    s, t = (np.count_nonzero(rows[name], axis=1) for name in ("sources", "inputs"))
    read, pairs = s.sum() / sizes["batches"], (s * t).sum() / sizes["batches"]
    recurrence = 2 * recurrent(read, d, h, 3) + recurrent(n, d, h, 3)
    attention = product(pairs, h, 1) + product(pairs, 2 * h, 1)
    rest = product(b, 2 * h, h) + product(read, 2 * h, h) + attention + product(n, 3 * h, 2 * d)
    return recurrence, product(n, 2 * d, sizes["target_words"]), rest
