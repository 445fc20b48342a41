"""Quiet start-up in processes of its own, and the kernel report against Keras' own decision."""

import importlib
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import layers

from rnnkit import runtime

BACKEND = keras.backend.backend()
on_tensorflow = pytest.mark.skipif(BACKEND != "tensorflow", reason="asks TensorFlow's backend")


def run(script, *, path=None, **environment):
    """Run a script in a fresh Python, -> the finished process."""
    environment = {**os.environ, **environment}
    environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
    environment["PYTHONPATH"] = os.pathsep.join(map(str, filter(None, [path, *sys.path])))
    return subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=120
    )


# Start-up

START_AND_FIT = """
import sys
from rnnkit import runtime
assert not {"keras", "tensorflow", "jax", "torch"} & set(sys.modules), "imported too early"
runtime.start()
import keras
import numpy as np
model = keras.Sequential([keras.Input((5,)), keras.layers.Embedding(9, 4), keras.layers.LSTM(3)])
on_tensorflow = keras.backend.backend() == "tensorflow"
model.compile("adam", "mse", jit_compile=on_tensorflow or "auto")
model.fit(np.ones((4, 5), int), np.zeros((4, 3)), verbose=0)
print(runtime.device_report())
"""


def test_a_fit_after_start_writes_nothing_to_stderr():
    """A fresh Python that imports TensorFlow and compiles by XLA takes eight seconds, and only
    there does everything show that the libraries below Python write."""
    done = run(START_AND_FIT)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.strip() == runtime.device_report()


FAKE_KERAS = """
import os
os.write(2, b"noise from below Python")
class backend:
    backend = staticmethod(lambda: "jax")
"""


def test_start_on_jax_leaves_tensorflow_alone(tmp_path):
    (tmp_path / "keras.py").write_text(FAKE_KERAS)
    (tmp_path / "jax.py").write_text("devices = list")
    (tmp_path / "tensorflow.py").write_text("raise SystemExit('tensorflow was imported')")
    done = run("from rnnkit import runtime; runtime.start()", path=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_failed_import_shows_what_was_held_back(tmp_path):
    broken = FAKE_KERAS + "raise ImportError('libbroken.so is missing')"
    (tmp_path / "keras.py").write_text(broken)
    done = run("from rnnkit import runtime; runtime.start()", path=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("noise from below Python")
    assert "ImportError: libbroken.so is missing" in done.stderr


def test_stderr_works_again_after_start(tmp_path):
    (tmp_path / "keras.py").write_text(FAKE_KERAS)
    (tmp_path / "jax.py").write_text("devices = list")
    script = "import os; from rnnkit import runtime; runtime.start(); os.write(2, b'heard')"
    assert run(script, path=tmp_path).stderr == "heard"


def test_device_report_names_versions_and_devices():
    report = runtime.device_report()
    assert keras.__version__ in report
    assert runtime.BACKENDS[BACKEND] in report
    assert f"{os.cpu_count()} CPU cores" in report
    assert "GPU" in report


# The kernel report against Keras' own decision


def keras_decides(layer, monkeypatch, *, mask=None):
    """Pretend there is a GPU, call the layer, and see whether Keras reaches for cuDNN."""
    rnn = importlib.import_module(f"keras.src.backend.{BACKEND}.rnn")
    kernels = {
        "tensorflow": [(rnn, "_cudnn_lstm"), (rnn, "_cudnn_gru")],
        "jax": ["jax.experimental.rnn.lstm"],  # it has no GRU
    }
    reached = []

    def cudnn(*arguments, **options):
        reached.append(layer.name)
        raise NotImplementedError if BACKEND == "tensorflow" else RuntimeError  # Keras falls back

    with monkeypatch.context() as patch:
        patch.setattr(rnn, "_is_gpu_available", lambda: True)
        for kernel in kernels[BACKEND]:
            patch.setattr(*([kernel] if isinstance(kernel, str) else kernel), cudnn)
        try:
            layer(np.zeros((2, 4, 3), "float32"), mask=mask, training=True)
        except ValueError as error:
            assert "use_cudnn=True was specified" in str(error)
    return bool(reached)


def rows(report):
    """The rows of a report as tuples with names."""
    return list(report.itertuples(index=False))


class OwnLoop(layers.LSTM):
    def inner_loop(self, *args, **kwargs):
        return layers.RNN.inner_loop(self, *args, **kwargs)


def two_cells():
    return layers.RNN([layers.LSTMCell(3), layers.GRUCell(3)])


CONDITIONS = {
    "lstm": (lambda: layers.LSTM(3), ""),
    "gru": (lambda: layers.GRU(3), ""),
    "backwards": (lambda: layers.LSTM(3, go_backwards=True), ""),
    "input dropout": (lambda: layers.GRU(3, dropout=0.5), ""),
    "tanh of ops": (lambda: layers.GRU(3, activation=keras.ops.tanh), ""),
    "sigmoid of ops": (lambda: layers.LSTM(3, recurrent_activation=keras.ops.sigmoid), ""),
    "off": (lambda: layers.LSTM(3, use_cudnn=False), "use_cudnn=False"),
    "relu": (lambda: layers.LSTM(3, activation="relu"), "activation is not tanh"),
    "none": (lambda: layers.GRU(3, activation=None), "activation is not tanh"),
    "hard": (
        lambda: layers.GRU(3, recurrent_activation="hard_sigmoid"),
        "recurrent_activation is not sigmoid",
    ),
    "recurrent dropout": (
        lambda: layers.LSTM(3, recurrent_dropout=0.1),
        "recurrent_dropout=0.1, not 0",
    ),
    "unroll": (lambda: layers.LSTM(3, unroll=True), "unroll=True"),
    "no bias": (lambda: layers.GRU(3, use_bias=False), "use_bias=False"),
    "reset before": (lambda: layers.GRU(3, reset_after=False), "reset_after=False"),
    "cell": (
        lambda: layers.RNN(layers.LSTMCell(3)),
        "only the layers LSTM and GRU have a cuDNN kernel",
    ),
    "cells": (two_cells, "only the layers LSTM and GRU have a cuDNN kernel"),
    "simple": (lambda: layers.SimpleRNN(3), "only the layers LSTM and GRU have a cuDNN kernel"),
    "own loop": (lambda: OwnLoop(3), "OwnLoop has an inner loop of its own"),
    "forced": (
        lambda: layers.GRU(3, use_bias=False, use_cudnn=True),
        "use_bias=False; use_cudnn=True makes this an error",
    ),
    "two at once": (
        lambda: layers.LSTM(3, unroll=True, activation="relu"),
        "activation is not tanh; unroll=True",
    ),
}


@pytest.mark.skipif(BACKEND == "torch", reason="cannot be made to believe in a GPU")
@pytest.mark.parametrize("name", CONDITIONS)
def test_each_condition_is_decided_as_keras_decides(name, monkeypatch):
    build, reason = CONDITIONS[name]
    layer = build()
    layer.build((2, 4, 3))
    layer.built = True
    (row,) = rows(runtime.kernel_report(layer))
    if BACKEND == "tensorflow":  # JAX adds a reason for every GRU
        assert (row.layer, row.why) == (layer.name, reason)
    assert row.cuDNN is (row.why == "")
    assert row.cuDNN is keras_decides(layer, monkeypatch)


@on_tensorflow
def test_a_forced_layer_does_raise_in_keras():
    forced = layers.GRU(3, reset_after=False, use_cudnn=True)
    with pytest.raises(ValueError, match="use_cudnn=True was specified"):
        forced(np.zeros((2, 4, 3), "float32"))


def by_name(report):
    return {row.layer: row for row in rows(report)}


def masked_model():
    """Two branches after one masked embedding; what stops a mask stands in the second."""
    ids = keras.Input((None,), dtype="int32", name="ids")
    words = layers.Embedding(9, 3, mask_zero=True, name="words")(ids)
    first = layers.LSTM(3, return_sequences=True, name="first")(words)
    passed = layers.GRU(3, name="after_dropout")(layers.Dropout(0.5)(first))
    inner = keras.Sequential(
        [keras.Input((None, 3)), layers.Bidirectional(layers.GRU(3, name="gru"), name="both")],
        name="inner",
    )
    nested = inner(first)
    vector = layers.LSTM(3, name="to_vector")(words)
    fresh = layers.LSTM(3, name="fresh")(layers.RepeatVector(5)(vector))
    return keras.Model(ids, [passed, nested, fresh])


@on_tensorflow
@pytest.mark.filterwarnings("ignore:Layer 'inner'.*does not support masking")  # the case wanted
def test_masks_are_followed_as_keras_hands_them_on(monkeypatch):
    model = masked_model()
    report = by_name(runtime.kernel_report(model))
    masked = {name for name, row in report.items() if row.why}
    assert masked == {
        "first",
        "after_dropout",
        "inner/both/forward_gru",
        "inner/both/backward_gru",
        "to_vector",
    }
    assert set(report) - masked == {"fresh"}
    assert all(row.cuDNN for row in report.values())
    sentence = "if padding is on the right and every row has a real step"
    assert {report[name].why for name in masked} == {sentence}

    # What Keras really hands to the loops of the two kinds.
    seen = set()
    for kind in (layers.LSTM, layers.GRU):
        original = kind.inner_loop

        def spy(self, sequences, initial_state, mask, training=False, original=original):
            seen.update([self.name] if mask is not None else [])
            return original(self, sequences, initial_state, mask, training)

        monkeypatch.setattr(kind, "inner_loop", spy)
    model(np.array([[1, 2, 0]]))
    assert seen == {name.split("/")[-1] for name in masked}


@on_tensorflow
@pytest.mark.filterwarnings("ignore:Layer 'inner'.*does not support masking")
def test_jax_and_torch_take_no_mask():
    model = masked_model()
    for backend, gru_kernel in (("jax", False), ("torch", True)):
        report = by_name(runtime.kernel_report(model, backend=backend))
        assert [name for name, row in report.items() if row.cuDNN] == ["fresh"]
        name = runtime.BACKENDS[backend]
        reason = f"a mask reaches it, and cuDNN on {name} takes none"
        assert report["first"].why == reason
        assert (report["after_dropout"].why == reason) is gru_kernel


@on_tensorflow
@pytest.mark.parametrize(
    ("mask", "allowed"),
    [
        ([[1, 1, 1, 0], [1, 0, 0, 0]], True),
        ([[1, 1, 1, 1], [1, 1, 1, 1]], True),
        ([[0, 1, 1, 1], [1, 1, 1, 1]], False),
        ([[1, 0, 1, 0], [1, 1, 1, 1]], False),
        ([[1, 1, 1, 1], [0, 0, 0, 0]], False),
    ],
)
def test_the_sentence_about_masks_is_keras_own_rule(mask, allowed):
    import tensorflow as tf

    rnn = importlib.import_module("keras.src.backend.tensorflow.rnn")
    mask = np.array(mask, bool)
    if allowed:
        rnn._assert_valid_mask(mask)
    else:
        with pytest.raises(tf.errors.InvalidArgumentError, match="right-padded"):
            rnn._assert_valid_mask(mask)


@pytest.mark.skipif(BACKEND == "torch", reason="cannot be made to believe in a GPU")
def test_a_masked_layer_reaches_for_cudnn_on_tensorflow_alone(monkeypatch):
    reached = keras_decides(layers.LSTM(3), monkeypatch, mask=np.ones((2, 4), bool))
    assert reached is (BACKEND == "tensorflow")


def test_time_distributed_and_layers_in_layers_are_found():
    class Block(layers.Layer):
        def __init__(self):
            super().__init__(name="block")
            self.parts = [layers.LSTM(2, name="same"), layers.LSTM(2, unroll=True, name="same")]

        def call(self, x):
            return self.parts[0](x) + self.parts[1](x)

    inputs = keras.Input((3, 4, 2))
    steps = layers.TimeDistributed(layers.GRU(2, name="gru"), name="steps")(inputs)
    model = keras.Model(inputs, Block()(steps))
    report = runtime.kernel_report(model, backend="tensorflow")
    assert report[["layer", "kind", "cuDNN"]].to_numpy().tolist() == [
        ["steps/gru", "GRU", True],
        ["block/same", "LSTM", True],
        ["block/same", "LSTM", False],
    ]


class Subclassed(keras.Model):
    """A model without a graph."""

    def __init__(self, mask_zero):
        super().__init__()
        self.words = layers.Embedding(9, 3, mask_zero=mask_zero)
        self.loop = layers.LSTM(3, name="loop")

    def call(self, ids):
        return self.loop(self.words(ids))


class WithScale(Subclassed):
    """One that cannot be called on its first input alone: then any mask in it counts."""

    def call(self, ids, scale):
        return super().call(ids) * scale


@pytest.mark.parametrize("kind", [Subclassed, WithScale])
@pytest.mark.parametrize("mask_zero", [True, False])
def test_subclassed_models_are_reported(kind, mask_zero):
    model = kind(mask_zero)
    inputs = [np.ones((2, 4), "int32"), np.ones((2, 3), "float32")]
    model(*inputs[: 1 + (kind is WithScale)])
    (row,) = rows(runtime.kernel_report(model, backend="torch"))
    assert (row.layer, row.cuDNN) == ("loop", not mask_zero)


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy")  # Keras' own
def test_the_report_leaves_the_model_as_it_was():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((None,)), layers.Embedding(9, 3, mask_zero=True)])
    model.add(layers.LSTM(3, dropout=0.5, name="loop"))
    ids = np.array([[1, 2, 3, 0]])
    before = keras.ops.convert_to_numpy(model(ids))
    variables = [np.copy(keras.ops.convert_to_numpy(v)) for v in model.variables]  # seeds too
    runtime.kernel_report(model)
    assert "inner_loop" not in vars(model.get_layer("loop"))
    assert any("seed" in variable.path for variable in model.variables)
    for old, new in zip(variables, model.variables, strict=True):
        np.testing.assert_array_equal(old, keras.ops.convert_to_numpy(new))
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(model(ids)), before)


def test_the_report_is_a_table():
    model = keras.Sequential([keras.Input((4, 3)), layers.LSTM(2, unroll=True, name="loop")])
    report = runtime.kernel_report(model, backend="tensorflow")
    assert report.to_dict("records") == [
        {"layer": "loop", "kind": "LSTM", "cuDNN": False, "why": "unroll=True"}
    ]
    assert not report["cuDNN"].all()


def test_a_model_without_recurrent_layers_has_an_empty_report():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    assert len(runtime.kernel_report(model, backend="jax")) == 0


def test_bad_calls_are_named():
    model = keras.Sequential([layers.LSTM(2)], name="empty")
    with pytest.raises(ValueError, match="empty is not built: give it an Input"):
        runtime.kernel_report(model)
    with pytest.raises(ValueError, match="backend is 'theano': those with cuDNN are tensorflow"):
        runtime.kernel_report(model, backend="theano")
