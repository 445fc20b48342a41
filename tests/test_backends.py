"""The layers and models on every Keras backend that is installed: the same numbers everywhere.

Each backend runs this very file in a process of its own, since Keras chooses its backend once, at
import. TensorFlow is always there; JAX and torch are tested where they are installed.
"""

import functools
import importlib.util
import inspect
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np
import pytest

from rnnkit import layers, models

B, T, F, H, V = 3, 6, 4, 5, 11
BACKENDS = ["tensorflow", "jax", "torch"]
REFERENCES = {
    "SimpleRNN": layers.rnn_forward,
    "LSTM": layers.lstm_forward,
    "GRU": layers.gru_forward,
}


def fill(model):
    """Give a model or layer weights that do not depend on the backend."""
    rng = np.random.default_rng(5)
    model.set_weights([rng.normal(0, 0.3, w.shape) for w in model.get_weights()])
    return model


def inputs():
    """Inputs x: float (B, T, F), and ids: int (B, T) padded on the right."""
    rng = np.random.default_rng(6)
    ids = rng.integers(1, V, (B, T))
    ids[1, 4:] = 0
    return rng.normal(size=(B, T, F)).astype("float32"), ids.astype("int32")


def diagonal_model():
    """A model around the diagonal cell, so that its gradients are compared too."""
    ids = keras.Input((None,), dtype="int32")
    x = keras.layers.RNN(layers.DiagonalCell(H), return_sequences=True)(
        keras.layers.Embedding(V, F)(ids)
    )
    return keras.Model(ids, keras.layers.Dense(V)(x))


def language_models():
    """One language model for each combination of options that changes its graph."""
    matrix = np.zeros((V, F), "float32")
    yield "plain", models.language_model(matrix, np.ones(V), units=H)
    yield "dropout", models.language_model(matrix, units=H, layers=2, dropout=0.5)
    yield "tied", models.language_model(matrix, units=H, tied=True)


def translators():
    """Translators with and without attention, from one sequence to itself."""
    for name, attention in (("plain", False), ("attention", True)):
        ids = keras.Input((None,), dtype="int32")
        model = models.translator(V, V, units=H, width=F, attention=attention)
        yield name, keras.Model(ids, model([ids, ids])["logits"])


def translator_step(model):
    """The step function of one of these, which has read the sequence."""
    return models.translator_step(model.get_layer("translator"))(inputs()[1])


# Each builder, and models to compare.
BUILDERS = {"language_model": language_models, "translator": translators}
STEPS = {
    "language_model_step": models.language_model_step,
    "translator_step": translator_step,
}  # each of them fits its builder's models


def compute():
    """Everything that is compared, on the backend of this process: a dict of arrays."""
    x, ids = inputs()
    found = {}
    cells = [getattr(keras.layers, name)(H, return_sequences=True) for name in REFERENCES]
    for name, layer in zip(REFERENCES, cells, strict=True):
        layer.build(x.shape)
        found[name] = keras.ops.convert_to_numpy(fill(layer)(x))
    variants = [(b, *variant) for b, build in BUILDERS.items() for variant in build()]
    for builder, variant, model in [("DiagonalCell", "in a model", diagonal_model()), *variants]:
        key = f"{builder} {variant}"
        found[f"{key} logits"] = keras.ops.convert_to_numpy(fill(model)(ids))
        if f"{builder}_step" in STEPS:
            found[f"{key} steps"] = stepwise(STEPS[f"{builder}_step"](model), ids)
        if variant != "dropout":  # each backend draws its own pattern
            found[f"{key} losses"], found[f"{key} moves"] = trained(model, ids)
    return found


def stepwise(step, ids):
    """The logits of a step function, fed one token after another: float (B, T, V)."""
    rows, state = [], None
    for column in ids.T:
        logits, state = step(column, state)
        rows.append(np.asarray(logits))
    return np.stack(rows, axis=1)


def trained(model, ids):
    """The losses and weights around one plain gradient step on a model without dropout.

    -> the loss before and after, float (2,), and how far the step moved each weight array.
    """
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    # Compiling would take longer than these few steps.
    model.compile(keras.optimizers.SGD(0.5), loss, jit_compile=False)
    start, before = model.get_weights(), model.test_on_batch(ids, ids)
    model.train_on_batch(ids, ids)
    moves = [np.abs(w - first).sum() for w, first in zip(model.get_weights(), start, strict=True)]
    return np.array([before, model.test_on_batch(ids, ids)]), np.array(moves)


@functools.cache
def attempt(backend):
    """Run this file on a backend, once a session: -> a dict of arrays, or None, and its stderr."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "found.npz")
        environment = {**os.environ, "KERAS_BACKEND": backend, "CUDA_VISIBLE_DEVICES": ""}
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
    x, _ = inputs()
    layer.build(x.shape)
    result = REFERENCES[name](fill(layer).get_weights(), x)
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
def test_step_functions_give_the_logits_of_the_whole_sequence(backend):
    found = computed(backend)
    stepped = [name for name in found if name.endswith(" steps")]
    assert stepped
    for name in stepped:
        assert np.abs(found[name] - found[name.replace("steps", "logits")]).max() < 1e-5


@pytest.mark.parametrize("backend", BACKENDS)
def test_one_step_of_training_moves_every_weight_and_lowers_the_loss(backend):
    found = computed(backend)
    losses = [found[name] for name in found if name.endswith("losses")]
    moves = [found[name] for name in found if name.endswith("moves")]
    assert losses and all(after < before for before, after in losses)
    assert all((each > 0).all() for each in moves)


def test_every_builder_is_compared():
    public = inspect.getmembers(models, inspect.isfunction)
    ours = {name for name, f in public if f.__module__ == models.__name__ and name[0] != "_"}
    assert ours == {*BUILDERS, *STEPS}, "add the new function to BUILDERS or STEPS above"


if __name__ == "__main__":
    # Before anything is built: to serialize, Keras imports TensorFlow where it is installed.
    if os.environ["KERAS_BACKEND"] != "tensorflow":
        assert "tensorflow" not in sys.modules, "layers or models imported tensorflow"
    found = compute()
    np.savez(sys.argv[1], **found)
