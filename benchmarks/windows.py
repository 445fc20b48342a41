"""Time and memory of cutting text and series into windows, beside the usual loop of slices.

    python benchmarks/bench.py [--real] [--record] windows

Each way runs in a process of its own. The loop appends a slice for each place to a list and makes
an array of it, as many tutorials do: 50 words of text for each next word.
"""

import argparse
import json
import time

import numpy as np
import records

LOOKS_BACK = 50  # words in a window of the usual loop
SIZES = {
    "synthetic": dict(
        texts=4696, longest=148, window=176, rows=17_520, features=19, steps=8, every=3, batch=192
    ),
    "real": dict(
        texts=2544, longest=292, window=256, rows=8640, features=17, steps=84, every=4, batch=256
    ),
    "tiny": dict(texts=6, longest=90, window=80, rows=60, features=2, steps=4, every=3, batch=5),
}  # fmt: skip


def text(sizes):
    """Made texts as ids: list of int32 (T_i,), from half the longest to the longest."""
    rng = np.random.default_rng(1)
    lengths = rng.integers(sizes["longest"] // 2, sizes["longest"], sizes["texts"], endpoint=True)
    return [rng.integers(4, 1000, length, dtype="int32") for length in lengths]


def lists(sizes):
    """The same as lists of Python's own numbers, as tokenizers return them."""
    return [ids.tolist() for ids in text(sizes)]


def series(sizes):
    return np.random.default_rng(1).normal(size=(sizes["rows"], sizes["features"])).astype("f4")


def text_by_loop(sizes, texts):
    """Inputs int (N, 50) and the word after each int (N,), by the usual loop."""
    inputs, targets = [], []
    for ids in texts:
        for end in range(LOOKS_BACK, len(ids)):
            inputs.append(ids[end - LOOKS_BACK : end])
            targets.append(ids[end])
    return np.array(inputs), np.array(targets)


def text_at_each_place(sizes, texts):
    from rnnkit import encoding

    return encoding.windows(texts, length=LOOKS_BACK, stride=1)


def text_as_in_03(sizes, texts):
    from rnnkit import encoding

    return encoding.windows(texts, length=sizes["window"])


def series_by_loop(sizes, rows):
    """Windows float (N, W, F) and the row after each, by the usual loop."""
    span = (sizes["steps"] - 1) * sizes["every"]
    inputs, targets = [], []
    for start in range(len(rows) - span - 1):
        inputs.append(rows[start : start + span + 1 : sizes["every"]])
        targets.append(rows[start + span + 1])
    return np.array(inputs), np.array(targets)


def series_as_in_05(sizes, rows):
    """The same in batches, as notebook 05 has them; a pass over all is part of the time."""
    from rnnkit import runtime

    runtime.start(seed=1)
    import keras

    span = (sizes["steps"] - 1) * sizes["every"]
    batches = keras.utils.timeseries_dataset_from_array(
        rows[:-1], rows[span + 1 :], sizes["steps"], sampling_rate=sizes["every"],
        batch_size=sizes["batch"], shuffle=False
    )  # fmt: skip
    for inputs, targets in batches:
        last = inputs, targets
    return [np.asarray(part) for part in last]


WAYS = {
    "text, loop of slices": (lists, text_by_loop),
    "text, encoding.windows, stride 1": (text, text_at_each_place),
    "text, encoding.windows, as in 03": (text, text_as_in_03),
    "series, loop of slices": (series, series_by_loop),
    "series, batches, as in 05": (series, series_as_in_05),
}
AGAINST = {way: f"{way.partition(',')[0]}, loop of slices" for way in WAYS if "loop" not in way}


def measure(way, sizes):
    """Run one way in this process -> its row."""
    made, cut = WAYS[way]
    material = made(sizes)
    cut(SIZES["tiny"], made(SIZES["tiny"]))  # imports, and tf.data starts its threads once
    memory, began = records.peak_mib(), time.perf_counter()
    cut(sizes, material)
    seconds = time.perf_counter() - began
    return {"way": way, "seconds": seconds, "grown, MiB": records.peak_mib() - memory}


def run(sizes):
    """Measure all ways -> the entry."""
    began = time.perf_counter()
    rows = [records.fresh(__file__, "--way", way, "--sizes", sizes) for way in WAYS]
    by_way = {row["way"]: row for row in rows}
    figures = {}
    for way, loop in AGAINST.items():
        ours, theirs = by_way[way], by_way[loop]
        figures[f"{way}: times as fast as the loop"] = theirs["seconds"] / ours["seconds"]
        # A peak that imports had left behind can hide a small growth: then it counts as 1 MiB.
        shares = [max(row["grown, MiB"], 1.0) for row in (ours, theirs)]
        figures[f"{way}: memory of the loop's"] = shares[0] / shares[1]
    tables = {"Sizes": [SIZES[sizes]], "Windows": rows}
    seconds = time.perf_counter() - began
    return records.entry("windows", sizes, seconds=seconds, figures=figures, tables=tables)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--way", choices=WAYS, required=True, help="used for the processes")
    parser.add_argument("--sizes", choices=SIZES, default="synthetic")
    options = parser.parse_args(arguments)
    print(json.dumps(measure(options.way, SIZES[options.sizes])))


if __name__ == "__main__":
    main()
