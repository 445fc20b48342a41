"""The next word from a state that is carried along, beside reading the whole text again.

    python benchmarks/bench.py [--real] [--record] streaming

`rnnkit.models.language_model_step` is given one token at a time, all of them. Reading again is
sampled: only a few texts are read that end at each of the lengths, and of each only the last step
is turned into logits. Each way runs in a process of its own.
"""

import argparse
import json
import time

import numpy as np
import records
import workloads

WAYS = {"state": "one token at a time, with the state", "again": "the whole text again"}
LENGTHS = {
    "synthetic": (10, 100, 1000, 10_000),
    "real": (10, 100, 1000, 10_000),
    "tiny": (10, 20),
}
SAMPLE = 5  # texts read again for each length
LAST = 200  # tokens before each length whose times count, at most half of the length


def model_of(sizes):
    from rnnkit import models

    matrix = workloads.vectors(sizes["words"], sizes["width"])
    return models.language_model(matrix, units=sizes["units"], tied=True)


def reader(model):
    """Read a whole text for the logits after its last word: ids (B, T) -> logits (B, V)."""
    import keras

    get = model.get_layer
    _, last, _ = get("rnn_1").output
    logits = get("logits")(get("embedding")(get("projection")(last), reverse=True))
    return keras.Model(model.inputs, logits)


def with_state(model, tokens, lengths):
    """Yield (length, seconds of each of its last tokens), token after token."""
    from rnnkit import models

    step = models.language_model_step(model)
    for _ in range(3):  # the first call traces
        step(tokens[:1], None)
    state, seconds = None, []
    yield 0, []
    for number in range(max(lengths)):
        began = time.perf_counter()
        _, state = step(tokens[number : number + 1], state)
        seconds.append(time.perf_counter() - began)
        if number + 1 in lengths:
            yield number + 1, seconds[-min(LAST, (number + 1) // 2) :]


def read_again(model, tokens, lengths):
    """Yield (length, seconds of reading each of some texts of about that length)."""
    read = reader(model).predict_on_batch
    for length in (2, 3, 4):  # two lengths trace, and the third shows that no more will
        read(tokens[None, :length])
    yield 0, []
    for length in lengths:
        seconds = []
        for end in range(max(1, length - SAMPLE + 1), length + 1):
            began = time.perf_counter()
            read(tokens[None, :end])
            seconds.append(time.perf_counter() - began)
        yield length, seconds


def measure(way, sizes):
    """Run one way in this process -> a row for each length."""
    from rnnkit import runtime

    runtime.start(seed=1)
    lengths, of_model = LENGTHS[sizes], workloads.SETS[sizes]["language model"]
    tokens = np.random.default_rng(1).integers(4, of_model["words"], max(lengths)).astype("int32")
    stream = {"state": with_state, "again": read_again}[way]
    rows, before = [], 0.0
    for length, seconds in stream(model_of(of_model), tokens, lengths):
        if not length:
            before = records.peak_mib()
            continue
        low, middle, high = 1000 * np.percentile(seconds, (10, 50, 90))
        row = {"way": WAYS[way], "tokens": length, "ms for the next": middle}
        row |= {"10 %": low, "90 %": high, "timed": len(seconds)}
        rows.append(row | {"grown, MiB": records.peak_mib() - before})
    return rows


def run(sizes):
    """Measure both ways -> the entry."""
    began = time.perf_counter()
    rows = [row for way in WAYS for row in records.fresh(__file__, "--way", way, "--sizes", sizes)]
    by_place = {(row["way"], row["tokens"]): row for row in rows}
    first, last = LENGTHS[sizes][0], LENGTHS[sizes][-1]
    figures = {}
    for way in WAYS.values():
        ends = [by_place[way, length] for length in (first, last)]
        times, grown = ([row[name] for row in ends] for name in ("ms for the next", "grown, MiB"))
        figures[f"{way}: ms at {last:,} tokens"] = times[1]
        figures[f"{way}: ms at {last:,} tokens by ms at {first}"] = times[1] / times[0]
        figures[f"{way}: MiB grown in {last:,} tokens"] = grown[1]
    for length in LENGTHS[sizes]:
        again, state = (by_place[WAYS[way], length] for way in ("again", "state"))
        figures[f"times as fast as reading again, at {length:,} tokens"] = (
            again["ms for the next"] / state["ms for the next"]
        )
    about = workloads.SETS[sizes]["language model"]
    sizes_of = {name: about[name] for name in ("words", "width", "units")}
    tables = {"The model": [{"model": workloads.MODELS["language model"]} | sizes_of], "Time": rows}
    seconds = time.perf_counter() - began
    return records.entry("streaming", sizes, seconds=seconds, figures=figures, tables=tables)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--way", choices=WAYS, required=True, help="used for the processes")
    parser.add_argument("--sizes", choices=LENGTHS, default="synthetic")
    options = parser.parse_args(arguments)
    print(json.dumps(measure(options.way, options.sizes)))


if __name__ == "__main__":
    main()
