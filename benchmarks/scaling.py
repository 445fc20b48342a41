"""How a training step of the language model grows with length, batch, vocabulary and units.

    python benchmarks/bench.py [--real] [--record] scaling

One size is varied at a time around a middle, each point in a process of its own. A curve bends
where doubling the size begins to double the time.
"""

import sys

import numpy as np
import speed

TASK = "language model"
MIDDLE = dict(words=1000, width=100, units=128, batch=16, length=64, batches=3)
NAMES = {"length": "T", "batch": "B", "words": "V", "units": "H"}
WHY = {
    "length": "each step waits for the one before; what it costs once is spread over more of them",
    "batch": "the products of a step become larger, and small ones leave the machine idle",
    "words": "the output layer grows in proportion, and takes over from the recurrence",
    "units": "the products of the recurrence grow with the square, and take over from the output",
}
PLANS = {
    "synthetic": dict(
        length=(16, 64, 256), batch=(4, 16, 64), words=(1000, 4000, 16_000), units=(32, 128, 512)
    ),
    "real": dict(
        length=(16, 32, 64, 128, 256, 512, 1024),
        batch=(2, 4, 8, 16, 32, 64, 128, 256),
        words=(500, 1000, 2000, 4000, 8000, 16_000, 32_000, 64_000),
        units=(32, 64, 128, 256, 512, 1024),
    ),
    "tiny": dict(length=(4, 8)),
}
PASSES = 4  # of three steps each, after a first one
BENDS_AT = 1.8  # times the cost for twice the size


def point(sizes):
    """Measure a training step in a fresh process -> ms of a step, and MiB it has grown by."""
    with speed.workers({"workbook": sys.executable}) as team:
        worker = team["workbook"]
        worker.ask("prepare", task=TASK, sizes=sizes)
        worker.ask("train")  # traces, and is not counted
        seconds = []
        for _ in range(PASSES):
            seconds += worker.ask("train")["seconds"]
        return 1000 * np.median(seconds), worker.ask("state")["grown_mib"]


def doublings(values, costs):
    """What a doubling costs between neighbours: 2 to the slope in logarithms, float (N - 1,)."""
    slopes = np.diff(np.log(costs)) / np.diff(np.log(values))
    return 2**slopes


def bend(values, costs):
    """The smallest value from which on every doubling costs BENDS_AT times or more, else None."""
    flat = np.flatnonzero(doublings(values, costs) < BENDS_AT)
    start = flat[-1] + 1 if len(flat) else 0
    return values[start] if start < len(values) - 1 else None


def run(sizes):
    """Measure all points."""
    points = []
    bends = []
    for name, values in PLANS[sizes].items():
        found = [point(MIDDLE | {name: value}) for value in values]
        times = [ms for ms, _ in found]
        memory = [mib for _, mib in found]
        costs = [None, *doublings(values, times)]
        for value, ms, cost, mib in zip(values, times, costs, memory, strict=True):
            row = {"varied": NAMES[name], "value": value, "ms a step": ms}
            points.append(row | {"a doubling costs": cost, "grown, MiB": mib})
        row = {"varied": NAMES[name], "from": values[0], "to": values[-1]}
        row |= {"time bends at": bend(values, times), "memory bends at": bend(values, memory)}
        bends.append(row | {"why": WHY[name]})
        print(name, "done", flush=True)
    return {"The middle": [MIDDLE], "Where the curves bend": bends, "Points": points}
