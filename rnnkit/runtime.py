"""A quiet start, what device this is, and which kernel each recurrent layer would run on.

Nothing heavy is imported with this module: `start` imports Keras and its backend itself, with
the messages of the libraries below them held back, so call it before `import keras`.
"""

import contextlib
import importlib
import os
import platform
import sys
import tempfile
import warnings

KNOWN_ONLY = "# Not for a file of your own:"  # how a check begins that knows the corpora
BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}  # those that know cuDNN


def start():
    """Import Keras and its backend without their start-up messages, and set the style of figures.

    If an import fails, what was held back is shown and the exception goes on.
    """
    import_keras()
    from IPython import get_ipython

    from rnnkit import visuals

    visuals.style()
    shell = get_ipython()
    if shell:
        shell.input_transformers_cleanup.append(_without_foreign_checks)


def _without_foreign_checks(lines):
    """Skip a cell that knows our own corpora, where the notebook reads a reader's file.

    lines: list of str, the cell -> the same, or one line that says what is skipped.
    """
    from IPython import get_ipython

    corpus = get_ipython().user_ns.get("corpus")
    first = lines[0].strip() if lines else ""
    if first.startswith(KNOWN_ONLY) and getattr(corpus, "is_own", False):
        said = "Skipped, for it is about the corpora of this workbook:"
        return [f"print({said + first.removeprefix(KNOWN_ONLY)!r})\n"]
    return lines


def import_keras():
    """The first half of `start`; where Keras is there already, nothing happens."""
    if "keras" in sys.modules:
        return
    # Read at the first import. What stops TensorFlow is an exception as well; below that it writes
    # "errors" that are none, such as that oneDNN wants AVX-512 for a mask.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _stderr_held_back():
        import keras

        _gpus(keras.backend.backend())  # the first look at the devices writes the rest


def record_scores(scores):
    """Hand scores to `make run`, which lists them; on the page nothing shows.

    scores: dict of str -> number; a name such as "accuracy of the best possible" stands beside it.
    """
    from IPython.display import display

    shown = {name: value for name, value in scores.items() if value == value}  # without NaN
    display({"application/vnd.rnnkit.score+json": shown, "text/plain": ""}, raw=True)


def device_report():
    """Say in one sentence which versions run on which device."""
    import keras

    backend = keras.backend.backend()
    version = importlib.import_module(backend).__version__
    cores = getattr(os, "process_cpu_count", os.cpu_count)()  # the former from Python 3.13
    gpus = _gpus(backend)
    device = f"{len(gpus)} GPU ({', '.join(gpus)})" if gpus else "no GPU"
    return (
        f"Keras {keras.__version__} on {BACKENDS.get(backend, backend)} {version}, "
        f"Python {platform.python_version()}, {cores} CPU cores, {device}."
    )


def kernel_report(model, *, backend=None):
    """Tell for each recurrent layer of a model whether a GPU would run it on cuDNN, and why not.

    model: any built Keras model or layer; backend: "tensorflow", "jax" or "torch", or what runs
    -> pandas.DataFrame: layer (its path in the model), kind, cuDNN (bool), why. No GPU is needed.
    The conditions are those of `keras/src/layers/rnn` and `keras/src/backend/*/rnn.py` in Keras
    3.13 to 3.15, for JAX and PyTorch of 3.15. ValueError: another backend, a model not built.
    """
    import keras
    import pandas as pd

    backend = backend or keras.backend.backend()
    if backend not in BACKENDS:
        raise ValueError(f"backend is {backend!r}: those with cuDNN are {', '.join(BACKENDS)}.")
    if not model.built:
        raise ValueError(f"{model.name} is not built: give it an Input, or call it once, then ask.")
    rows = []
    layers = _recurrent_layers(model)
    masked = _masked_layers(model, [layer for _, layer in layers])
    for path, layer in layers:
        cell = f"({type(layer.cell).__name__})" if type(layer) is keras.layers.RNN else ""
        kind = type(layer).__name__ + cell
        obstacles = _obstacles(layer, id(layer) in masked, backend)
        why = "; ".join(obstacles)
        if not obstacles and id(layer) in masked:  # TensorFlow checks it while running, on a GPU
            why = "if padding is on the right and every row has a real step"
        rows.append([path, kind, not obstacles, why])
    return pd.DataFrame(rows, columns=["layer", "kind", "cuDNN", "why"])


def _obstacles(layer, masked, backend):
    """List the conditions of cuDNN that a layer fails, each in a few words."""
    from keras import activations, layers, ops

    if not isinstance(layer, layers.LSTM | layers.GRU):
        return ["only the layers LSTM and GRU have a cuDNN kernel"]
    if type(layer).inner_loop not in (layers.LSTM.inner_loop, layers.GRU.inner_loop):
        return [f"{type(layer).__name__} has an inner loop of its own"]
    gru = isinstance(layer, layers.GRU)
    obstacles = []
    if layer.use_cudnn is False:
        obstacles.append("use_cudnn=False")
    if layer.activation not in (activations.tanh, ops.tanh):
        obstacles.append("activation is not tanh")
    if layer.recurrent_activation not in (activations.sigmoid, ops.sigmoid):
        obstacles.append("recurrent_activation is not sigmoid")
    if layer.recurrent_dropout:
        obstacles.append(f"recurrent_dropout={layer.recurrent_dropout}, not 0")
    if layer.unroll:
        obstacles.append("unroll=True")
    if not layer.use_bias:
        obstacles.append("use_bias=False")
    if gru and not layer.cell.reset_after:
        obstacles.append("reset_after=False")
    if gru and backend == "jax":
        obstacles.append("Keras has no cuDNN kernel for a GRU on JAX")
    if masked and backend != "tensorflow":
        obstacles.append(f"a mask reaches it, and cuDNN on {BACKENDS[backend]} takes none")
    if obstacles and layer.use_cudnn is True:
        obstacles.append("use_cudnn=True makes this an error")
    return obstacles


def _recurrent_layers(model):
    """Find the RNN layers of a model at any depth, in the model's order: [(path, layer)]."""
    import keras

    found = {}  # by id, since a layer can be used twice

    def visit(layer, path):
        if isinstance(layer, keras.layers.RNN):
            found.setdefault(id(layer), ("/".join(path) or layer.name, layer))
            return
        for inner in layer._flatten_layers(include_self=False, recursive=False):
            visit(inner, [*path, inner.name])

    visit(model, [])
    return list(found.values())


def _masked_layers(model, layers):
    """Find the LSTM and GRU layers that a mask reaches: the set of their ids.

    Keras itself hands the masks on, in a symbolic call whose recurrent loops only note them.
    Where that call is not possible, every layer counts as masked if any layer makes a mask.
    """
    import keras

    masked = set()
    with contextlib.ExitStack() as stack:
        for layer in layers:
            if isinstance(layer, keras.layers.LSTM | keras.layers.GRU):
                stack.enter_context(_noting_masks(layer, masked))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")  # said when the model was built
        try:
            _call_symbolically(model)
        except Exception:  # of whatever kind: this report must not stop on an unusual model
            for layer in model._flatten_layers():
                if isinstance(layer, keras.layers.Masking) or getattr(layer, "mask_zero", False):
                    return {id(layer) for layer in layers}
    return masked


@contextlib.contextmanager
def _noting_masks(layer, masked):
    """Replace the layer's loop by one that notes a mask and passes the first state on."""
    import keras

    def inner_loop(sequences, initial_state, mask, training=False):
        if any(part is not None for part in keras.tree.flatten(mask)):
            masked.add(id(layer))
        last = initial_state[0]
        steps = sequences.shape[1] if layer.return_sequences else 1
        return last, keras.ops.repeat(last[:, None], steps, axis=1), initial_state

    layer.inner_loop = inner_loop
    try:
        yield
    finally:
        del layer.inner_loop


def _call_symbolically(model):
    """Run a model's `call` on tensors without values, open dimensions set: 2 rows, 32 steps."""
    import keras

    class Probe(keras.Layer):  # by itself a functional model would only look up its shapes
        def call(self, inputs):
            return model(inputs)

    def symbol(shape, dtype=None):
        known = [size or 32 for size in shape]  # 32 steps survive a few convolutions or poolings
        return keras.KerasTensor([2, *known[1:]], dtype)

    if getattr(model, "input", None) is None:  # a subclass, or a layer
        inputs = symbol(model.get_build_config()["input_shape"])
    else:
        inputs = keras.tree.map_structure(lambda x: symbol(x.shape, x.dtype), model.input)
    Probe()(inputs)


def _gpus(backend):
    """Name the GPUs that a backend sees."""
    if backend == "tensorflow":
        import tensorflow as tf

        details = tf.config.experimental.get_device_details
        gpus = tf.config.list_physical_devices("GPU")
        return [details(gpu).get("device_name", gpu.name) for gpu in gpus]
    if backend == "jax":
        import jax

        return [device.device_kind for device in jax.devices() if device.platform == "gpu"]
    if backend == "torch":
        import torch

        return [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    return []


@contextlib.contextmanager
def _stderr_held_back():
    """Collect what is written to file descriptor 2, and show it only if the block fails.

    The libraries below Python write there directly, so replacing `sys.stderr` would miss them.
    """
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(stderr, held.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(stderr, 2)
            os.close(stderr)
