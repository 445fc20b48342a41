"""Training and inference of the workbook's four models beside PyTorch and Keras' defaults.

    python benchmarks/bench.py [--real] [--record] speed

Four processes hold the same model with the same weights: the workbook's own way of training, the
same compiled by XLA, Keras' defaults, and PyTorch's nn.LSTM and nn.GRU. They make one pass each in
turn, round after round, so that whatever else the machine does falls on all alike. A ratio is that
of two medians; its spread comes from the ratios of the single rounds. What XLA saves in each step
has to earn back the wait for the first one, which has a column of its own.
"""

import contextlib
import itertools
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import records
import torch_env
import workloads

OURS = {"workbook": "the workbook", "xla": "the same by XLA"}
THEIRS = {"pytorch": "PyTorch", "defaults": "Keras' defaults"}
COLUMNS = OURS | THEIRS
WORK = {"train": "training", "infer": "inference"}
PLANS = {  # rounds; the size of the matrices; warm-up passes before the clock
    "synthetic": dict(rounds=7, matrix=1024, warm=2),
    "real": dict(rounds=7, matrix=2048, warm=1),
    "tiny": dict(rounds=2, matrix=32, warm=1),
}
FIGURE = "{model}, {work}, {column}: times as fast as {against}"
BACKWARDS = 3  # a training step multiplies three times as much as a forward one
SAME = 1e-3  # how far, relatively, the losses of the columns may lie apart at the start


class WorkerError(RuntimeError):
    """A worker process ended or answered with an error."""


class Worker:
    """A process that holds one model; `ask` sends a command and waits for the answer."""

    def __init__(self, column, python=sys.executable, threads=None):
        script = Path(__file__).parent / "worker.py"
        more = ["--threads", str(threads)] if threads else []
        self.column = column
        self.process = subprocess.Popen(
            [python, str(script), column, *more],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, do, **more):
        """Send a command; `hear` must follow."""
        with contextlib.suppress(BrokenPipeError):  # `hear` will say what has happened
            print(json.dumps({"do": do, **more}), file=self.process.stdin, flush=True)

    def hear(self):
        line = self.process.stdout.readline()
        answer = json.loads(line) if line else {"error": "the process ended; see the lines above"}
        if "error" in answer:
            raise WorkerError(f"{self.column}: {answer['error']}")
        return answer

    def ask(self, do, **more):
        self.tell(do, **more)
        return self.hear()

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


@contextlib.contextmanager
def workers(pythons, **options):
    """Start a worker for each column -> dict of workers; all are ended at the end."""
    started = {name: Worker(name, python, **options) for name, python in pythons.items()}
    try:
        yield started
    finally:
        for worker in started.values():
            worker.close()


def prepared(team, task, sizes):
    """Build the model in all workers, with one set of weights -> the versions they report."""
    for worker in team.values():
        worker.tell("prepare", task=task, sizes=sizes)
    versions = {}
    for worker in team.values():
        versions |= worker.hear()["versions"]
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "weights.npz")
        team["workbook"].ask("save", path=path)
        for name in set(team) - {"workbook"}:
            team[name].ask("load", path=path)
    return versions


def check_same(task, states):
    """Refuse to compare models whose losses differ on the same batch with the same weights."""
    ours = states["workbook"]["loss"]
    for name, state in states.items():
        if not abs(state["loss"] - ours) <= SAME * abs(ours):
            raise WorkerError(
                f"{task}: {name} has a loss of {state['loss']:.6g} where the workbook has "
                f"{ours:.6g}, so the models are not the same"
            )


def measure(team, plan):
    """Let the workers take turns -> {(work, column): [median seconds of a step, ...]}, and the
    seconds of the first pass of each column, and the rate of matrix products of each round."""
    first, steps, rates = {}, {}, []
    for name, worker in team.items():
        first[name] = worker.ask("train")["seconds"][0]
        for _ in range(plan["warm"]):
            worker.ask("infer"), worker.ask("train")
    for _ in range(plan["rounds"]):
        for work in WORK:
            for name, worker in team.items():
                seconds = worker.ask(work)["seconds"]
                steps.setdefault((work, name), []).append(float(np.median(seconds)))
        products = [worker.ask("matmul", size=plan["matrix"]) for worker in team.values()]
        rates += [product["gigaflops"] for product in products]
    return first, steps, rates


def ratio(theirs, ours):
    """How many times as fast we are: ratio of the medians, and the 10th and 90th percentile of
    the ratios of the rounds. theirs, ours: seconds of each round, in the same order."""
    rounds = np.divide(theirs, ours)
    low, high = np.percentile(rounds, (10, 90))
    return float(np.median(theirs) / np.median(ours)), float(low), float(high)


def ratios(task, steps):
    """Rows that set the workbook's columns beside each other one."""
    rows = []
    for work, words in WORK.items():
        for ours, theirs in itertools.product(OURS, THEIRS):
            if (work, ours) not in steps or (work, theirs) not in steps:
                continue
            middle, low, high = ratio(steps[work, theirs], steps[work, ours])
            row = {"model": task, "work": words, "column": OURS[ours], "against": THEIRS[theirs]}
            rows.append(row | {"times as fast": middle, "10 %": low, "90 %": high})
    return rows


def times(task, sizes, measured, states, *, seed=1):
    """Rows of seconds, rates and memory, one for each work and column."""
    first, steps, rates = measured
    rows = workloads.data(task, sizes)
    forward = sum(workloads.operations(task, sizes, rows).values())
    unit, count = workloads.ROW.get(task, "tokens"), workloads.per_step(task, rows, sizes)
    table = []
    for (work, name), seconds in steps.items():
        middle, (low, high) = np.median(seconds), np.percentile(seconds, (10, 90))
        rate = forward * (BACKWARDS if work == "train" else 1) / middle / 1e9
        row = {"model": task, "work": WORK[work], "column": COLUMNS[name]}
        row |= {"ms a step": 1000 * middle, "10 %": 1000 * low, "90 %": 1000 * high}
        row |= {f"{unit} a second": count / middle, "GFLOP a second": rate}
        row["share of the machine"] = rate / np.median(rates)
        row["first step, s"] = first[name] if work == "train" else None
        row["peak, MiB"] = states[name]["peak_mib"]
        table.append({key: float(x) if isinstance(x, float) else x for key, x in row.items()})
    return table


def one(task, sizes, pythons, plan):
    """Measure one model in all columns -> tables of it, and versions."""
    with workers(pythons) as team:
        versions = prepared(team, task, sizes)
        states = {name: worker.ask("state") for name, worker in team.items()}
        check_same(task, states)
        measured = measure(team, plan)
        for name, worker in team.items():
            states[name]["peak_mib"] = worker.ask("state")["peak_mib"]
    about = {"model": task, "what": workloads.MODELS[task], "seed": 1}
    about |= {"sizes": workloads.in_words(task, sizes), "loss": states["workbook"]["loss"]}
    for name, state in states.items():
        about[f"parameters, {COLUMNS[name]}"] = state["parameters"]
    rates = measured[2]
    return about, ratios(task, measured[1]), times(task, sizes, measured, states), rates, versions


def run(sizes, pythons=None):
    """Measure all four models -> the entry. `pythons`: column -> interpreter."""
    began, plan = time.perf_counter(), PLANS[sizes]
    pythons = pythons or columns()
    abouts, against, table, rates, versions = [], [], [], [], {}
    for task, of_task in workloads.SETS[sizes].items():
        about, its_ratios, its_times, its_rates, its_versions = one(task, of_task, pythons, plan)
        abouts.append(about)
        against, table, rates = against + its_ratios, table + its_times, rates + its_rates
        versions |= its_versions
        for row in its_ratios:
            print(FIGURE.format(**row), f"{row['times as fast']:.2f}")
    figures = {FIGURE.format(**row): row["times as fast"] for row in against}
    for row in table:
        if row["column"] == COLUMNS["workbook"]:
            name = f"{row['model']}, {row['work']}, share of the machine's matrix products"
            figures[name] = row["share of the machine"]
    machine = {"matrix": f"{plan['matrix']} x {plan['matrix']}"}
    low, middle, high = (float(x) for x in np.percentile(rates, (10, 50, 90)))
    machine |= {"GFLOP a second": middle, "10 %": low, "90 %": high}
    figures["GFLOP a second of matrix products"] = middle
    tables = {
        "The models": abouts,
        "How many times as fast as the others": against,
        "A step": table,
        "Matrix products on this machine": [machine],
    }
    seconds = time.perf_counter() - began
    made = {"seconds": seconds, "figures": figures, "tables": tables, "more_versions": versions}
    return records.entry("speed", sizes, **made)


def columns():
    """Which Python runs each column; PyTorch is missing where it cannot be installed."""
    pythons = dict.fromkeys((*OURS, "defaults"), sys.executable)
    found = torch_env.python()
    return pythons | ({"pytorch": found} if found else {})
