"""Training and inference of the workbook's four models, beside XLA and beside PyTorch.

    python benchmarks/bench.py [--real] [--record] speed

Three processes hold the same model with the same weights: Keras as the notebooks use it, the same
compiled by XLA, and PyTorch's nn.LSTM and nn.GRU. They make one pass each in turn, round after
round, so that whatever else the machine does falls on all alike. A ratio is that of two medians;
its spread comes from the ratios of the single rounds. What XLA saves in each step has to earn back
the wait for the first one, which has a column of its own.
"""

import contextlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch_env
import workloads

WORK = {"train": "training", "infer": "inference"}
ROUNDS = {"synthetic": 7, "real": 7, "tiny": 2}
WARM_UPS = 2
SAME = 1e-3  # how far, relatively, the losses of the columns may lie apart at the start


class WorkerError(RuntimeError):
    """A worker process ended or answered with an error."""


class Worker:
    """A process that holds one model; `ask` sends a command and waits for the answer."""

    def __init__(self, column, python=sys.executable):
        script = Path(__file__).parent / "worker.py"
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.column = column
        self.process = subprocess.Popen([python, str(script), column], **pipes)

    def ask(self, do, **more):
        with contextlib.suppress(BrokenPipeError):  # the answer will say what has happened
            print(json.dumps({"do": do, **more}), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        answer = json.loads(line) if line else {"error": "the process ended; see the lines above"}
        if "error" in answer:
            raise WorkerError(f"{self.column}: {answer['error']}")
        return answer

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


@contextlib.contextmanager
def workers(pythons):
    """Start a worker for each column -> dict of workers; all are ended at the end."""
    started = {name: Worker(name, python) for name, python in pythons.items()}
    try:
        yield started
    finally:
        for worker in started.values():
            worker.close()


def prepared(team, task, sizes):
    """Build the model in all workers, with one set of weights -> the versions they report."""
    versions = {}
    for worker in team.values():
        versions |= worker.ask("prepare", task=task, sizes=sizes)["versions"]
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "weights.npz")
        team["workbook"].ask("save", path=path)
        for worker in team.values():
            if worker.column != "workbook":
                worker.ask("load", path=path)
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


def measure(team, rounds):
    """Let the workers take turns -> (work, column): the median seconds of a step in each round,
    and of each column the seconds of its first training step."""
    first = {}
    for name, worker in team.items():
        first[name] = worker.ask("train")["seconds"][0]
        for _ in range(WARM_UPS):
            worker.ask("infer")
            worker.ask("train")
    steps = {}
    for _ in range(rounds):
        for work in WORK:
            for name, worker in team.items():
                seconds = np.median(worker.ask(work)["seconds"])
                steps.setdefault((work, name), []).append(float(seconds))
    return steps, first


def ratio(theirs, ours):
    """How many times as fast ours is: ratio of the medians, and the 10th and 90th percentile of
    the ratios of the rounds. theirs, ours: seconds of each round, in the same order."""
    low, high = np.percentile(np.divide(theirs, ours), (10, 90))
    return np.median(theirs) / np.median(ours), low, high


def one(task, sizes, pythons, rounds):
    """Measure one model in all columns -> what it is, its ratios, its times, and versions."""
    with workers(pythons) as team:
        versions = prepared(team, task, sizes)
        states = {name: worker.ask("state") for name, worker in team.items()}
        check_same(task, states)
        steps, first = measure(team, rounds)
        peaks = {name: worker.ask("state")["peak_mib"] for name, worker in team.items()}
    about = {"model": task, "what": workloads.MODELS[task], **sizes}
    about["parameters"] = states["workbook"]["parameters"]
    ratios = []
    times = []
    for (work, name), seconds in steps.items():
        low, high = np.percentile(seconds, (10, 90))
        row = {"model": task, "work": WORK[work], "column": name}
        row |= {"ms a step": 1000 * np.median(seconds), "10 %": 1000 * low, "90 %": 1000 * high}
        row["first step, s"] = first[name] if work == "train" else None
        times.append(row | {"peak, MiB": peaks[name]})
        if name != "workbook":
            middle, low, high = ratio(seconds, steps[work, "workbook"])
            row = {"model": task, "work": WORK[work], "against": name}
            ratios.append(row | {"times as fast": middle, "10 %": low, "90 %": high})
    return about, ratios, times, versions


def run(sizes, pythons=None):
    """Measure all four models. pythons: column -> interpreter."""
    pythons = pythons or columns()
    tables = {"The models": [], "The workbook, how many times as fast as": [], "A step": []}
    versions = {}
    for task, of_task in workloads.SETS[sizes].items():
        about, ratios, times, versions = one(task, of_task, pythons, ROUNDS[sizes])
        tables["The models"].append(about)
        tables["The workbook, how many times as fast as"] += ratios
        tables["A step"] += times
        print(task, "done", flush=True)
    return tables | {"versions": versions}


def columns():
    """Which Python runs each column; PyTorch is missing where it cannot be installed."""
    pythons = {"workbook": sys.executable, "xla": sys.executable}
    found = torch_env.python()
    return pythons | ({"pytorch": found} if found else {})
