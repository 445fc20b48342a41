"""Layers and models on every Keras backend that is installed: the same numbers everywhere.

The models are those that the notebooks build, as benchmarks/keras_models.py repeats them. JAX
and torch run this very file, each in a process of its own, since Keras chooses its backend once,
at import; they are tested where they are installed.
"""

import functools
import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np
import pytest

sys.path.append(str(Path(__file__).resolve().parent.parent / "benchmarks"))

import keras_models  # noqa: E402
import streaming  # noqa: E402
import workloads  # noqa: E402

from rnnkit import cells  # noqa: E402

B, T, F, H = 3, 6, 4, 5
BACKENDS = ["tensorflow", "jax", "torch"]
REFERENCES = {
    "SimpleRNN": cells.rnn_forward,
    "LSTM": cells.lstm_forward,
    "GRU": cells.gru_forward,
}


def fill(model):
    """Give a model or layer weights that do not depend on the backend."""
    rng = np.random.default_rng(5)
    model.set_weights([rng.normal(0, 0.3, w.shape) for w in model.get_weights()])
    return model


def inputs():
    """float32 (B, T, F)."""
    return np.random.default_rng(6).normal(size=(B, T, F)).astype("float32")


def batch(task):
    """Inputs and targets of a tiny workload: padded on the right, as everywhere."""
    sizes = workloads.SETS["tiny"][task]
    rows = workloads.rows_of(workloads.data(task, sizes), 0, sizes["batch"])
    targets = rows.pop("targets")
    first, *more = rows.values()
    return [first, *more] if more else first, targets


def compute():
    """Everything that is compared, on the backend of this process: a dict of arrays."""
    found = {}
    for name in REFERENCES:
        layer = getattr(keras.layers, name)(H, return_sequences=True)
        layer.build((B, T, F))
        found[name] = keras.ops.convert_to_numpy(fill(layer)(inputs()))
    for task in workloads.TASKS:
        model = fill(keras_models.BUILDERS[task](workloads.SETS["tiny"][task]))
        x, y = batch(task)
        found[f"{task} outputs"] = model.predict_on_batch(x)
        found[f"{task} losses"], found[f"{task} moves"] = trained(model, task, x, y)
    model = fill(keras_models.language_model(workloads.SETS["tiny"]["language model"]))
    ids, _ = batch("language model")
    found["whole text"] = model.predict_on_batch(ids)
    found["word by word"] = stepwise(model, ids)
    return found


def stepwise(model, ids):
    """The logits of a language model that is fed one word after another: float (B, T, V)."""
    units = model.get_layer("rnn").units
    step = streaming.stepper(model).predict_on_batch
    h = c = np.zeros((len(ids), units), "float32")
    logits = []
    for column in ids.T:
        after, h, c = step([column[:, None], h, c])
        logits.append(after[:, 0])
    return np.stack(logits, axis=1)


def trained(model, task, x, y):
    """The losses and weights around one plain gradient step.

    -> the loss before and after, float (2,), and how far the step moved each weight array.
    """
    # Compiling would take longer than these few steps.
    model.compile(keras.optimizers.SGD(0.1), keras_models.loss_of(task), jit_compile=False)
    weights = [keras.ops.convert_to_numpy(v) + 0 for v in model.trainable_variables]
    before = model.test_on_batch(x, y)
    model.train_on_batch(x, y)
    moves = []
    for first, variable in zip(weights, model.trainable_variables, strict=True):
        moves.append(np.abs(keras.ops.convert_to_numpy(variable) - first).sum())
    return np.array([before, model.test_on_batch(x, y)]), np.array(moves)


@functools.cache
def attempt(backend):
    """Compute on a backend, once a session: -> a dict of arrays, or None, and its stderr.

    Another than Keras' own gets a process that runs this file.
    """
    if backend == keras.backend.backend():
        return compute(), ""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "found.npz")
        environment = {**os.environ, "KERAS_BACKEND": backend, "CUDA_VISIBLE_DEVICES": ""}
        environment["PYTHONPATH"] = str(Path(__file__).resolve().parent.parent)
        command = [sys.executable, __file__, str(path)]
        run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
        if run.returncode:
            return None, run.stderr
        with np.load(path) as found:
            return dict(found), run.stderr


def computed(backend):
    """What `compute` gives on a backend; the test is skipped where the backend is missing."""
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed: `make test-backends` brings it")
    found, stderr = attempt(backend)
    assert found is not None, stderr[-2000:]
    return found


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", REFERENCES)
def test_layers_equal_the_numpy_cells(backend, name):
    layer = getattr(keras.layers, name)(H)
    layer.build((B, T, F))
    result = REFERENCES[name](fill(layer).get_weights(), inputs())
    expected = result[0] if isinstance(result, tuple) else result
    assert np.abs(computed(backend)[name] - expected).max() < 1e-5


@pytest.mark.parametrize("backend", BACKENDS[1:])
def test_everything_equals_tensorflow(backend):
    found, expected = computed(backend), computed("tensorflow")
    assert found.keys() == expected.keys()
    for name in expected:
        assert found[name].shape == expected[name].shape
        assert np.abs(found[name] - expected[name]).max() < 1e-5, name


@pytest.mark.parametrize("backend", BACKENDS)
def test_word_by_word_gives_the_logits_of_the_whole_text(backend):
    found = computed(backend)
    assert np.abs(found["word by word"] - found["whole text"]).max() < 1e-5


@pytest.mark.parametrize("backend", BACKENDS)
def test_one_step_of_training_moves_every_weight_and_lowers_the_loss(backend):
    found = computed(backend)
    losses = [found[name] for name in found if name.endswith("losses")]
    moves = [found[name] for name in found if name.endswith("moves")]
    assert len(losses) == len(moves) == len(workloads.TASKS)
    assert all(after < before for before, after in losses)
    assert all((each > 0).all() for each in moves)


if __name__ == "__main__":
    # Before anything is built: to serialize, Keras imports TensorFlow where it is installed.
    if os.environ["KERAS_BACKEND"] != "tensorflow":
        assert "tensorflow" not in sys.modules, "cells or models imported tensorflow"
    found = compute()
    np.savez(sys.argv[1], **found)
