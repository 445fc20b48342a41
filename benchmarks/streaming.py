"""The next word from a state that is carried along, beside reading the whole text again.

    python benchmarks/bench.py [--real] [--record] streaming

One token at a time goes through the LSTM with its state, all of them. Reading again is sampled:
only a few texts are read that end at each of the lengths. Each way runs in a process of its own.
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


def stepper(model):
    """The model one token at a time: ids (B, 1), h, c (B, H) -> logits (B, 1, V), h, c."""
    import keras

    lstm = model.get_layer("rnn")
    ids = keras.Input((1,), dtype="int32")
    before = [keras.Input((lstm.units,)), keras.Input((lstm.units,))]
    x, h, c = lstm(model.get_layer("embedding")(ids), initial_state=before)
    return keras.Model([ids, *before], [model.get_layer("logits")(x), h, c])


def last_logits(model):
    """The model for the word after a whole text: ids (B, T) -> logits (B, V)."""
    import keras

    x, *_ = model.get_layer("rnn").output
    return keras.Model(model.inputs, model.get_layer("logits")(x[:, -1]))


def with_state(model, tokens, lengths):
    """Yield (length, seconds of each of its last tokens), token after token."""
    step = stepper(model).predict_on_batch
    units = model.get_layer("rnn").units
    h = c = np.zeros((1, units), "float32")
    for _ in range(3):  # the first call traces
        step([tokens[:1, None], h, c])
    seconds = []
    yield 0, []
    for number in range(max(lengths)):
        began = time.perf_counter()
        _, h, c = step([tokens[number : number + 1, None], h, c])
        seconds.append(time.perf_counter() - began)
        if number + 1 in lengths:
            yield number + 1, seconds[-min(LAST, (number + 1) // 2) :]


def read_again(model, tokens, lengths):
    """Yield (length, seconds of reading each of some texts of about that length)."""
    read = last_logits(model).predict_on_batch
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

    runtime.start()
    import keras_models

    of_model = workloads.SETS[sizes]["language model"]
    model = keras_models.language_model(of_model)
    lengths = LENGTHS[sizes]
    tokens = np.random.default_rng(1).integers(4, of_model["words"], max(lengths)).astype("int32")
    stream = {"state": with_state, "again": read_again}[way]
    rows = []
    for length, seconds in stream(model, tokens, lengths):
        if length == 0:
            before = records.peak_mib()
            continue
        low, middle, high = 1000 * np.percentile(seconds, (10, 50, 90))
        row = {"way": WAYS[way], "tokens": length, "ms for the next": middle}
        row |= {"10 %": low, "90 %": high, "timed": len(seconds)}
        rows.append(row | {"grown, MiB": records.peak_mib() - before})
    return rows


def run(sizes):
    """Measure both ways."""
    rows = []
    for way in WAYS:
        rows += records.fresh(__file__, "--way", way, "--sizes", sizes)
    of_model = workloads.SETS[sizes]["language model"]
    return {"The model": [of_model], "Time": rows}


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--way", choices=WAYS, required=True, help="used for the processes")
    parser.add_argument("--sizes", choices=LENGTHS, default="synthetic")
    options = parser.parse_args(arguments)
    print(json.dumps(measure(options.way, options.sizes)))


if __name__ == "__main__":
    main()
