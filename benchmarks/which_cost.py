"""What a training step of the contestants of notebook 13 costs, by the length of the sequence.

A batch of 4 sequences of 64 to 4,096 steps, 32 numbers each, 17,000 parameters. Each measurement
runs in a process of its own: the median of three training steps after the first, and the most
memory that the process held. `slope` is the power of the length with which the last two grow: 1 is
linear, 2 is quadratic.
"""

import json
import math
import statistics
import sys
import time

import numpy as np
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
    return {"Seconds of a training step": times, "Peak memory, MiB": memory}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
