"""cuDNN against Keras' generic kernel, for LSTM and GRU: times, and whether both give the same.

    python benchmarks/kernels.py [--small] [--out FILE]

Runs on the backend that Keras is set to (`KERAS_BACKEND=tensorflow`, `jax` or `torch`). Prints the
device, then a line for each measurement, and writes everything as JSON, by default into
benchmarks/results/, where notebook 02 looks for it. `--small` takes seconds, for a CPU and for
tests; it writes only where `--out` says. Without a GPU the first column is what Keras chooses by
itself (on PyTorch a fused loop, else the generic kernel).
"""

import argparse
import functools
import importlib
import json
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from rnnkit import runtime  # and no Keras yet: runtime.start imports it quietly

SIZES = {"T": (32, 128, 512), "H": (128, 512, 1024), "batch": 64, "features": 128, "repeats": 20}
SMALL = {"T": (6,), "H": (8,), "batch": 6, "features": 4, "repeats": 3}
WORK = ("training step", "inference")
KINDS = {"LSTM": "lstm_forward", "GRU": "gru_forward"}  # and their yardsticks in rnnkit.layers
WARM_UPS = 3  # the first step compiles, and cuDNN chooses its algorithms in the first ones
# Absolute. A GPU multiplies float32 with 10 bits of mantissa (TF32) unless told otherwise, and the
# error adds up over the steps.
TOLERANCE = {"gpu": 2e-2, "cpu": 1e-5}


def build(kind, steps, units, features, *, use_cudnn):
    """A model of one recurrent layer called `rnn` and one answer, from weights of a fixed seed."""
    import keras

    keras.utils.set_random_seed(1)
    rnn = getattr(keras.layers, kind)(units, use_cudnn=use_cudnn, name="rnn")
    model = keras.Sequential([keras.Input((steps, features)), rnn, keras.layers.Dense(1)])
    model.compile("sgd", "mse")  # jit_compile stays at what Keras chooses by itself
    return model


def milliseconds(call, repeats):
    """Median wall time of `call`, which must wait for its result."""
    times = []
    for _ in range(WARM_UPS + repeats):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return 1000 * float(np.median(times[WARM_UPS:]))


def timings(kind, steps, units, sizes, *, gpu):
    """Time both kernels: -> a row for the training step and one for inference."""
    from keras import ops

    x = np.random.default_rng(2).normal(size=(sizes["batch"], steps, sizes["features"]))
    x, y = ops.convert_to_tensor(x, "float32"), ops.ones((sizes["batch"], 1))
    model = build(kind, steps, units, sizes["features"], use_cudnn="auto")
    (report,) = runtime.kernel_report(model)
    cudnn = gpu and report.cudnn
    # True is an error where cuDNN does not run, so a time under "cudnn_ms" is one of cuDNN.
    rivals = {"cudnn_ms": True if cudnn else "auto", "generic_ms": False}
    rows = [{"layer": kind, "what": what, "T": steps, "H": units} for what in WORK]
    for column, use_cudnn in rivals.items():
        model = build(kind, steps, units, sizes["features"], use_cudnn=use_cudnn)
        train = functools.partial(model.train_on_batch, x, y)
        infer = functools.partial(model.predict_on_batch, x)
        for row, call in zip(rows, (train, infer), strict=True):
            row[column] = milliseconds(call, sizes["repeats"])
            row[f"{column[:-3]}_compiled"] = bool(model.jit_compile)
    for row in rows:
        row["ratio"] = row["generic_ms"] / row["cudnn_ms"]
        row["kernel"] = "cuDNN" if cudnn else "not cuDNN"
    return rows


def masks(batch, steps):
    """Right-padded masks by name, as lengths: int (batch,), or None for no mask at all."""
    mixed = 1 + np.arange(batch) * (steps - 1) // (batch - 1)  # from 1 to `steps`
    same = {"full length": steps, "length one": 1}
    lengths = {name: np.full(batch, length) for name, length in same.items()}
    return {"no mask": None, **lengths, "mixed lengths": mixed}


def outputs(kind, weights, x, mask, *, use_cudnn):
    """All outputs and the last one of a layer with these weights: float (B, T, H), (B, H)."""
    import keras

    layer = getattr(keras.layers, kind)(
        weights[1].shape[0], use_cudnn=use_cudnn, return_sequences=True, return_state=True
    )
    layer.build(x.shape)
    layer.set_weights(weights)
    every, last, *_ = layer(x, mask=mask)
    return keras.ops.convert_to_numpy(every), keras.ops.convert_to_numpy(last)


def parity(kind, steps, units, sizes, *, gpu):
    """Compare both kernels and NumPy on real steps, for each mask: -> a row for each."""
    from rnnkit import layers

    model = build(kind, steps, units, sizes["features"], use_cudnn="auto")
    weights, shape = model.get_layer("rnn").get_weights(), (sizes["batch"], steps)
    x = np.random.default_rng(3).normal(size=(*shape, sizes["features"])).astype("float32")
    expected, _ = getattr(layers, KINDS[kind])(weights, x)
    rows = []
    for name, lengths in masks(*shape).items():
        ends = np.full(shape[0], steps) if lengths is None else lengths
        real = np.arange(steps) < ends[:, None]  # (B, T)
        mask = None if lengths is None else real
        results = [outputs(kind, weights, x, mask, use_cudnn=use) for use in ("auto", False)]
        wanted = expected[real], expected[np.arange(shape[0]), ends - 1]
        found = [(every[real], last) for every, last in results]
        between, to_numpy = (max(map(_apart, *pair)) for pair in (found, (found[0], wanted)))
        row = {"layer": kind, "T": steps, "H": units, "mask": name}
        row |= {"auto_to_generic": between, "auto_to_numpy": to_numpy}
        row["passed"] = max(between, to_numpy) <= TOLERANCE["gpu" if gpu else "cpu"]
        rows.append(row)
    return rows


def _apart(left, right):
    """The largest absolute difference of two arrays."""
    return float(np.abs(left - right).max())


def versions():
    """The versions that the times depend on, as far as the backend tells."""
    import keras

    backend = keras.backend.backend()
    module = importlib.import_module(backend)
    found = {"python": platform.python_version(), "keras": keras.__version__}
    found |= {backend: module.__version__, "numpy": np.__version__}
    if backend == "tensorflow":
        build_info = module.sysconfig.get_build_info()
        found |= {key: build_info.get(f"{key}_version") for key in ("cuda", "cudnn")}
    if backend == "torch":
        found |= {"cuda": module.version.cuda, "cudnn": module.backends.cudnn.version()}
    return found


def measure(sizes, *, gpu):
    """Run every measurement, print it as it comes, and return them all."""
    result = {"timings": [], "parity": []}
    for kind in KINDS:
        for steps in sizes["T"]:
            for units in sizes["H"]:
                for row in timings(kind, steps, units, sizes, gpu=gpu):
                    result["timings"].append(row)
                    times = "{cudnn_ms:.2f} ms against {generic_ms:.2f} ms".format(**row)
                    print("{layer} {what} T={T} H={H} {kernel}:".format(**row), times, flush=True)
        for row in parity(kind, sizes["T"][0], sizes["H"][0], sizes, gpu=gpu):
            result["parity"].append(row)
            verdict = "same" if row["passed"] else "DIFFERENT"
            print("{layer} {mask}: auto - generic {auto_to_generic:.1e},".format(**row), verdict)
    return result


def main(arguments=None):
    """Measure as the command line says; exit status 1 if the kernels' outputs differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="tiny sizes, seconds on a CPU")
    parser.add_argument("--out", type=Path, help="where to write the JSON")
    options = parser.parse_args(arguments)
    runtime.start(seed=1)
    device, now = runtime.device_report(), datetime.now(UTC)
    gpu = not device.endswith("no GPU.")
    print(device, flush=True)
    sizes = SMALL if options.small else SIZES
    given = sys.argv[1:] if arguments is None else arguments
    result = {"date": f"{now:%Y-%m-%d}", "device": device, "gpu": gpu, "versions": versions()}
    result["command"] = " ".join(["python benchmarks/kernels.py", *map(str, given)])
    result |= {"sizes": sizes, **measure(sizes, gpu=gpu)}
    out = options.out
    if out is None and not options.small:
        name = f"kernels_{'gpu' if gpu else 'cpu'}_{now:%Y%m%d_%H%M%S}.json"
        out = Path(__file__).parent / "results" / name
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        print(f"written: {out.name}")
    return 0 if all(row["passed"] for row in result["parity"]) else 1


if __name__ == "__main__":
    sys.exit(main())
