"""What a training step of the contestants of notebook 13 costs, by the length of the sequence.

A batch of 4 sequences of 64 to 4,096 steps, 32 numbers each, 17,000 parameters. Each measurement
runs in a process of its own: the median of three training steps after the first, and the most
memory that the process held. `slope` is the power of the length with which the last two grow: 1 is
linear, 2 is quadratic. And what the next step costs after so many of them, in NumPy: the state of a
GRU or a minGRU, or one attention layer with a cache; without one the whole Transformer reads again.
"""

import json
import math
import statistics
import sys
import time

import numpy as np
import pandas as pd
import records

LENGTHS = {"synthetic": (64, 256, 1024, 4096), "tiny": (8, 16)}
BATCH_SIZE, STEPS = 4, 3


def measure(name, length):
    """Train in this process -> seconds of a step, MiB at most."""
    import keras
    from which_models import CONTESTANTS, units_for
    from which_probes import PARAMETERS, WIDTH

    contestant = CONTESTANTS[name]
    units = units_for(contestant, WIDTH, PARAMETERS)
    inputs = keras.Input((length, WIDTH))
    outputs = keras.layers.Dense(1)(contestant(inputs, units))
    model = keras.Model(inputs, outputs)
    model.compile("adam", "mse")
    x = np.random.default_rng(7).normal(size=(BATCH_SIZE, length, WIDTH)).astype("float32")
    seconds = []
    for _ in range(STEPS + 1):
        began = time.perf_counter()
        model.train_on_batch(x, x[:, :, :1])
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds[1:]), records.peak_mib()


# ---------------------------------------------------------------- the next step


def gru_step(h, x, w_x, w_h, bias):
    """One step of a GRU with U units: h (U,), x (W,) -> the new h (U,)."""
    x_z, x_r, x_c = np.split(x @ w_x + bias[0], 3)
    h_z, h_r, h_c = np.split(h @ w_h + bias[1], 3)
    z = 1 / (1 + np.exp(-x_z - h_z))
    r = 1 / (1 + np.exp(-x_r - h_r))
    candidate = np.tanh(x_c + r * h_c)
    return z * h + (1 - z) * candidate


def min_gru_step(h, x, w, bias):
    """One step of a minGRU: h (U,), x (W,) -> the new h (U,)."""
    gate, candidate = np.split(x @ w + bias, 2)
    z = 1 / (1 + np.exp(-gate))
    return (1 - z) * h + z * candidate


def attention_step(keys, values, t, x, w):
    """Attention with a cache: x (W,) is step t -> what it reads (W,); keys and values (T, W)."""
    query, keys[t], values[t] = np.split(x @ w, 3)
    scores = keys[: t + 1] @ query / np.sqrt(len(query))
    weights = np.exp(scores - scores.max())
    return weights @ values[: t + 1] / weights.sum()


def next_steps(marks, width=32, units=56):
    """-> DataFrame of milliseconds for each of the first steps, a column for each way."""
    rng = np.random.default_rng(7)
    steps = max(marks)

    def draw(*shape):
        return rng.normal(size=shape).astype("float32") / 6

    x = draw(steps, width)
    w_x, w_h, bias = draw(width, 3 * units), draw(units, 3 * units), draw(2, 3 * units)
    w, w_q, b = draw(width, 2 * units), draw(width, 3 * width), draw(2 * units)
    keys, values = draw(steps, width), draw(steps, width)
    h, g = draw(units), draw(units)
    rows = []
    for t in range(steps):
        times = [time.perf_counter()]
        h = gru_step(h, x[t], w_x, w_h, bias)
        times.append(time.perf_counter())
        g = min_gru_step(g, x[t], w, b)
        times.append(time.perf_counter())
        attention_step(keys, values, t, x[t], w_q)
        times.append(time.perf_counter())
        rows.append(1000 * np.diff(times))
    return pd.DataFrame(rows, columns=["GRU", "minGRU", "attention with a cache"])


def read_again(length):
    """Milliseconds in which the Transformer reads a whole sequence."""
    import keras
    from which_models import transformer

    inputs = keras.Input((length, 32))
    model = keras.Model(inputs, transformer(inputs, 63))
    x = np.random.default_rng(7).normal(size=(1, length, 32)).astype("float32")
    seconds = []
    for _ in range(4):
        began = time.perf_counter()
        model.predict_on_batch(x)
        seconds.append(time.perf_counter() - began)
    return 1000 * statistics.median(seconds[1:])


def next_step_table(lengths):
    """The median of 50 steps around each length, for each way."""
    marks = [10, *lengths]
    times = next_steps([max(marks) + 50])
    around = [times[max(0, mark - 25) : mark + 25].median() for mark in marks]
    rows = []
    for way in times:
        named = {f"{mark} steps": row[way] for mark, row in zip(marks, around, strict=True)}
        rows.append({"way": way, **named})
    again = {f"{mark} steps": read_again(mark) for mark in marks}
    return [*rows, {"way": "Transformer without a cache", **again}]


def run(sizes):
    """sizes: "synthetic" or "tiny" -> title of a table: list of rows."""
    from which_models import CONTESTANTS

    lengths = LENGTHS[sizes]
    times, memory = [], []
    for name in CONTESTANTS:
        seconds, mib = {"network": name}, {"network": name}
        for length in lengths:
            made = records.fresh(__file__, name, length)
            seconds[f"{length} steps"], mib[f"{length} steps"] = made
        print(seconds, mib, flush=True)
        last, before = [seconds[f"{length} steps"] for length in (lengths[-1], lengths[-2])]
        seconds["slope"] = math.log(last / before) / math.log(lengths[-1] / lengths[-2])
        times.append(seconds)
        memory.append(mib)
    return {
        "Seconds of a training step": times,
        "Peak memory, MiB": memory,
        "Milliseconds for the next step": next_step_table(lengths),
    }


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
