"""A process that holds one model and answers commands: one JSON object a line, in and out.

    python benchmarks/worker.py workbook|xla|pytorch [--threads N]

speed.py and scaling.py start it. Commands: {"do": "prepare", "task": ..., "sizes": {...}} builds
the model; "train" and "infer" make one pass and answer with the seconds of each step; "save" and
"load" move the weights through a file; "state" tells loss, parameters and memory. An error is
answered as {"error": ...}.
"""

import argparse
import json
import os
import sys

import numpy as np
import records


def maker(column, threads):
    """Import the library of a column -> (function that makes a model, versions)."""
    for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ[name] = str(threads)
    if column == "pytorch":
        import torch
        import torch_models

        torch.set_num_threads(threads)
        return torch_models.Torch, {"torch": torch.__version__}
    from rnnkit import runtime

    runtime.start()
    import keras_models

    return lambda task, sizes: keras_models.Keras(task, sizes, column), {}


class Worker:
    """Carries out commands; `model` is there from "prepare" on."""

    def __init__(self, make, versions):
        self.make = make
        self.versions = versions

    def answer(self, command):
        return getattr(self, command.pop("do"))(**command)

    def prepare(self, task, sizes):
        self.began_with = records.peak_mib()
        self.model = self.make(task, sizes)
        return {"versions": self.versions}

    def train(self):
        return {"seconds": self.model.train()}

    def infer(self):
        return {"seconds": self.model.infer()}

    def save(self, path):
        np.savez(path, **self.model.weights())
        return {}

    def load(self, path):
        with np.load(path) as arrays:
            self.model.set_weights(dict(arrays))
        return {}

    def state(self):
        peak = records.peak_mib()
        state = {"loss": self.model.loss(), "parameters": self.model.parameters()}
        return state | {"peak_mib": peak, "grown_mib": peak - self.began_with}


def main(arguments=None):
    """Answer until the input ends."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("column", choices=("workbook", "xla", "pytorch"))
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args(arguments)
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints must not get among the answers
    worker = Worker(*maker(options.column, options.threads))
    for line in sys.stdin:
        try:
            answer = worker.answer(json.loads(line))
        except Exception as error:  # whoever waits for the answer shows it
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=out, flush=True)


if __name__ == "__main__":
    main()
