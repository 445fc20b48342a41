"""A process that holds one model and answers commands: one JSON object a line, in and out.

    python benchmarks/worker.py workbook|xla|defaults|pytorch [--threads N]

speed.py and scaling.py start it. Commands: {"do": "prepare", "task": ..., "sizes": {...}} builds
the model; "train" and "infer" make one pass and answer with the seconds of each step; "matmul"
measures the machine; "save" and "load" move the weights through a file; "state" tells loss,
parameters and memory. An error is answered as {"error": ...}.
"""

import argparse
import json
import logging
import os
import sys
import time


def command_line(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("column", choices=("workbook", "xla", "defaults", "pytorch"))
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    return parser.parse_args(arguments)


def start(column, threads):
    """Import the library of a column -> (function that makes a model, matmul, versions)."""
    for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ[name] = str(threads)
    if column == "pytorch":
        import torch
        import torch_models

        torch.set_num_threads(threads)
        return torch_models.Torch, torch_models.matmul, {"torch": torch.__version__}
    from rnnkit import runtime

    runtime.start(seed=1)
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # it counts the first calls as too many
    import keras_models

    def make(task, sizes):
        return keras_models.Keras(task, sizes, column)

    return make, keras_models.matmul, {}


def gigaflops(multiply, size, repeats=7):
    """The rate of a matrix product: 10^9 floating-point operations a second, the median."""
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        multiply()
        times.append(time.perf_counter() - began)
    return 2 * size**3 / sorted(times)[repeats // 2] / 1e9


class Worker:
    """Carries out commands; `model` is there from "prepare" on."""

    def __init__(self, make, matmul, versions):
        self.make, self.matmul, self.versions = make, matmul, versions
        self.model, self.began_with = None, 0.0

    def answer(self, command):
        import numpy as np
        import records

        do = command["do"]
        if do == "prepare":
            self.began_with = records.peak_mib()
            self.model = self.make(command["task"], command["sizes"])
            return {"versions": self.versions}
        if do == "matmul":
            size = command["size"]
            return {"gigaflops": gigaflops(self.matmul(size), size)}
        if do == "save":
            np.savez(command["path"], **self.model.weights())
            return {}
        if do == "load":
            with np.load(command["path"]) as arrays:
                self.model.set_weights(dict(arrays))
            return {}
        if do in ("train", "infer"):
            return {"seconds": getattr(self.model, do)()}
        peak = records.peak_mib()
        state = {"loss": self.model.loss(), "parameters": self.model.parameters()}
        state["training_loss"] = self.model.training_loss
        return state | {"peak_mib": peak, "grown_mib": peak - self.began_with}


def main(arguments=None):
    """Answer until the input ends."""
    options = command_line(arguments)
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints must not get among the answers
    worker = Worker(*start(options.column, options.threads))
    for line in sys.stdin:
        try:
            answer = worker.answer(json.loads(line))
        except Exception as error:  # whoever waits for the answer shows it
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=out, flush=True)


if __name__ == "__main__":
    main()
