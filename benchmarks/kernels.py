"""cuDNN against Keras' generic kernel, for LSTM and GRU: times, and whether both give the same.

    python benchmarks/bench.py [--real] [--record] kernels

Runs on the backend that Keras is set to (`KERAS_BACKEND=tensorflow`, `jax` or `torch`). Without a
GPU the first column is what Keras chooses by itself; "synthetic" stands for sizes that take seconds
on a CPU, "real" for those of a GPU.
"""

import functools
import importlib
import time

import keras
import numpy as np
from keras import ops

from rnnkit import cells, runtime

SIZES = {
    "real": {"T": (32, 128, 512), "H": (128, 512, 1024), "batch": 64, "features": 128, "times": 20},
    "synthetic": {"T": (6,), "H": (8,), "batch": 6, "features": 4, "times": 3},
}
KINDS = {"LSTM": keras.layers.LSTM, "GRU": keras.layers.GRU}
YARDSTICKS = {"LSTM": cells.lstm_forward, "GRU": cells.gru_forward}
WARM_UPS = 3  # the first step compiles, and cuDNN chooses its algorithms in the first ones
# Absolute. A GPU multiplies float32 with 10 bits of mantissa (TF32) unless told otherwise, and the
# error adds up over the steps.
TOLERANCE = {True: 2e-2, False: 1e-5}


def has_gpu():
    return not runtime.device_report().endswith("no GPU.")


def build(kind, steps, units, features, use_cudnn):
    """A model of one recurrent layer called `rnn` and one answer, from weights of a fixed seed."""
    keras.utils.set_random_seed(1)
    rnn = KINDS[kind](units, use_cudnn=use_cudnn, name="rnn")
    model = keras.Sequential([keras.Input((steps, features)), rnn, keras.layers.Dense(1)])
    model.compile("sgd", "mse")  # jit_compile stays at what Keras chooses by itself
    return model


def milliseconds(call, times):
    """Median wall time of `call`, which must wait for its result."""
    found = []
    for _ in range(WARM_UPS + times):
        began = time.perf_counter()
        call()
        found.append(time.perf_counter() - began)
    return 1000 * float(np.median(found[WARM_UPS:]))


def timings(kind, steps, units, sizes):
    """Time both kernels: -> a row for the training step and one for inference."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=(sizes["batch"], steps, sizes["features"]))
    x = ops.convert_to_tensor(x, "float32")
    y = ops.ones((sizes["batch"], 1))
    model = build(kind, steps, units, sizes["features"], "auto")
    cudnn = has_gpu() and bool(runtime.kernel_report(model)["cuDNN"].all())
    # True is an error where cuDNN does not run, so a time called so is one of cuDNN.
    first = {"cuDNN": True} if cudnn else {"Keras' choice": "auto"}
    train = {}
    infer = {}
    for name, use_cudnn in {**first, "generic": False}.items():
        model = build(kind, steps, units, sizes["features"], use_cudnn)
        train[f"{name}, ms"] = milliseconds(
            functools.partial(model.train_on_batch, x, y), sizes["times"]
        )
        infer[f"{name}, ms"] = milliseconds(
            functools.partial(model.predict_on_batch, x), sizes["times"]
        )
    rows = []
    for what, row in (("training step", train), ("inference", infer)):
        fast, generic = row.values()
        about = {"layer": kind, "what": what, "T": steps, "H": units}
        rows.append(about | row | {"times as fast": generic / fast})
    return rows


def masks(batch, steps):
    """Right-padded masks by name, as lengths: int (batch,), or None for no mask at all."""
    mixed = 1 + np.arange(batch) * (steps - 1) // (batch - 1)  # from 1 to `steps`
    return {
        "no mask": None,
        "full length": np.full(batch, steps),
        "length one": np.full(batch, 1),
        "mixed lengths": mixed,
    }


def outputs(kind, weights, x, mask, use_cudnn):
    """All outputs and the last one of a layer with these weights: float (B, T, H), (B, H)."""
    options = {"use_cudnn": use_cudnn, "return_sequences": True, "return_state": True}
    layer = KINDS[kind](len(weights[1]), **options)
    layer.build(x.shape)
    layer.set_weights(weights)
    every, last, *_ = layer(x, mask=mask)
    return ops.convert_to_numpy(every), ops.convert_to_numpy(last)


def parity(kind, steps, units, sizes):
    """Compare both kernels and NumPy on real steps, for each mask: -> a row for each."""
    model = build(kind, steps, units, sizes["features"], "auto")
    weights = model.get_layer("rnn").get_weights()
    batch = sizes["batch"]
    rng = np.random.default_rng(3)
    x = rng.normal(size=(batch, steps, sizes["features"])).astype("float32")
    expected, _ = YARDSTICKS[kind](weights, x)
    tolerance = TOLERANCE[has_gpu()]
    rows = []
    for name, lengths in masks(batch, steps).items():
        ends = np.full(batch, steps) if lengths is None else lengths
        real = np.arange(steps) < ends[:, None]  # (B, T)
        mask = None if lengths is None else real
        wanted = expected[real], expected[np.arange(batch), ends - 1]
        found = []
        for use_cudnn in ("auto", False):
            every, last = outputs(kind, weights, x, mask, use_cudnn)
            found.append((every[real], last))
        row = {"layer": kind, "T": steps, "H": units, "mask": name}
        row["Keras' choice - generic"] = apart(found[0], found[1])
        row["Keras' choice - NumPy"] = apart(found[0], wanted)
        row["same"] = max(apart(*found), apart(found[0], wanted)) <= tolerance
        rows.append(row)
    return rows


def apart(left, right):
    """The largest absolute difference of two pairs of arrays."""
    return max(float(np.abs(a - b).max()) for a, b in zip(left, right, strict=True))


def versions():
    """The versions that the times depend on, as far as the backend tells."""
    backend = keras.backend.backend()
    module = importlib.import_module(backend)
    found = {backend: module.__version__}
    if backend == "tensorflow":
        built = module.sysconfig.get_build_info()
        found |= {"cuda": built.get("cuda_version"), "cudnn": built.get("cudnn_version")}
    if backend == "torch":
        found |= {"cuda": module.version.cuda, "cudnn": module.backends.cudnn.version()}
    return found


def run(sizes):
    """Measure everything."""
    sizes = SIZES[sizes]
    times = []
    same = []
    for kind in KINDS:
        for steps in sizes["T"]:
            for units in sizes["H"]:
                times += timings(kind, steps, units, sizes)
                print(times[-1], flush=True)
        same += parity(kind, sizes["T"][0], sizes["H"][0], sizes)
    device = [{"device": runtime.device_report()}]
    return {"Device": device, "Times": times, "Same": same, "versions": versions()}
