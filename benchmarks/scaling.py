"""How a training step of the language model grows with length, batch, vocabulary and units.

    python benchmarks/bench.py [--real] [--record] scaling

One size is varied at a time around a middle, each point in a process of its own. A curve bends
where doubling the size begins to double the time. Beside each point stand the shares of its
operations, which tell what does the bending.
"""

import sys
import time

import numpy as np
import records
import speed
import workloads

TASK = "language model"
MIDDLE = dict(words=1000, width=100, units=128, dropout=0.0, batch=16, length=64, batches=3)
VARIED = {"length": "T", "batch": "B", "words": "V", "units": "H"}
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
    "tiny": dict(length=(4, 8), batch=(2,), words=(20,), units=(3,)),
}
PASSES = 4  # of three steps each, after a first one
BENDS_AT = 1.8  # times the cost for twice the size


def point(sizes):
    """Measure a training step in a fresh process -> seconds of a step, and MiB it has grown by."""
    with speed.workers({"workbook": sys.executable}) as team:
        worker = team["workbook"]
        worker.ask("prepare", task=TASK, sizes=sizes)
        worker.ask("train")  # traces, and is not counted
        seconds = [x for _ in range(PASSES) for x in worker.ask("train")["seconds"]]
        return float(np.median(seconds)), worker.ask("state")["grown_mib"]


def doublings(values, costs):
    """What a doubling costs between neighbours: 2 to the slope in logarithms, float (N - 1,)."""
    slopes = np.diff(np.log(costs)) / np.diff(np.log(values))
    return 2**slopes


def bend(values, costs):
    """The smallest value from which on every doubling costs BENDS_AT times or more, else None."""
    steep = doublings(values, costs) >= BENDS_AT
    flat = np.flatnonzero(~steep)
    start = flat[-1] + 1 if len(flat) else 0
    return values[start] if start < len(steep) else None


def curve(name, values, measured):
    """Rows of one curve. measured: sizes as a frozen tuple of items -> (seconds, MiB)."""
    found = [measured[_key(MIDDLE | {name: value})] for value in values]
    seconds, memory = zip(*found, strict=True)
    costs = [None, *map(float, doublings(values, seconds))]
    rows = []
    for value, second, mib, cost in zip(values, seconds, memory, costs, strict=True):
        sizes = MIDDLE | {name: value}
        made = workloads.data(TASK, sizes)
        parts = workloads.operations(TASK, sizes, made)
        tokens = workloads.per_step(TASK, made, sizes)
        row = {"varied": VARIED[name], "value": value, "ms a step": 1000 * second}
        row |= {"us a token": 1e6 * second / tokens, "a doubling costs": cost, "grown, MiB": mib}
        row["GFLOP a second"] = speed.BACKWARDS * sum(parts.values()) / second / 1e9
        row["recurrence, share"] = parts["recurrence"] / sum(parts.values())
        row["output, share"] = parts["output"] / sum(parts.values())
        rows.append(row)
    return rows


def _key(sizes):
    return tuple(sorted(sizes.items()))


def bends(name, rows):
    """A row that says where the time and the memory of a curve bend."""
    values = [row["value"] for row in rows]
    row = {"varied": VARIED[name], "from": values[0], "to": values[-1]}
    for what, column in (("time", "ms a step"), ("memory", "grown, MiB")):
        row[f"{what} bends at"] = bend(values, [row[column] for row in rows])
    return row | {"why": WHY[name]}


def run(sizes):
    """Measure all points -> the entry."""
    began, plan, measured = time.perf_counter(), PLANS[sizes], {}
    for name, values in plan.items():
        for value in values:
            here = MIDDLE | {name: value}
            if _key(here) not in measured:
                measured[_key(here)] = seconds, mib = point(here)
                print(f"{VARIED[name]}={value}: {1000 * seconds:.1f} ms, {mib:.0f} MiB", flush=True)
    rows, found, figures = [], [], {}
    for name, values in plan.items():
        mine = curve(name, values, measured)
        rows += mine
        found.append(bends(name, mine))
        for row in (mine[0], mine[-1]):
            figures[f"{row['varied']}={row['value']}, ms a step"] = row["ms a step"]
            figures[f"{row['varied']}={row['value']}, MiB"] = row["grown, MiB"]
    tables = {
        "The middle": [{"model": workloads.MODELS[TASK]} | MIDDLE],
        "Where the curves bend": found,
        "Points": rows,
    }
    seconds = time.perf_counter() - began
    return records.entry("scaling", sizes, seconds=seconds, figures=figures, tables=tables)
