"""A quiet start, what device this is, and which kernel each recurrent layer would run on.

Nothing heavy is imported with this module: `start` imports Keras and its backend itself, with
the messages of the libraries below them held back, so call it before `import keras`.
"""

import contextlib
import dataclasses
import html
import importlib
import os
import platform
import sys
import tempfile
import warnings

BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}  # those that know cuDNN


def start():
    """Import Keras and its backend without their start-up messages, and set the style of figures.

    If an import fails, what was held back is shown and the exception goes on.
    """
    # Read at the first import. What stops TensorFlow is an exception as well; below that it writes
    # "errors" that are none, such as that oneDNN wants AVX-512 for a mask.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _stderr_held_back():
        import keras

        _gpus(keras.backend.backend())  # the first look at the devices writes the rest
    from rnnkit import visuals

    visuals.style()


def record_scores(scores):
    """Hand scores to `make run`, which lists them; on the page nothing shows.

    scores: dict of str -> number; "accuracy of the best possible" and the like name what a score
    stands beside.
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


@dataclasses.dataclass(frozen=True)
class Kernel:
    """One recurrent layer: its path in the model, its kind, cuDNN or not on a GPU, and why."""

    layer: str
    kind: str
    cudnn: bool
    reason: str


class KernelReport(list):
    """A list of `Kernel` rows that shows itself as a table, in text and in a notebook."""

    def __init__(self, rows, backend):
        super().__init__(rows)
        self.title = f"On a GPU, with Keras on {BACKENDS[backend]}"

    def __repr__(self):
        if not self:
            return f"{self.title}: no recurrent layer."
        cells = [("layer", "kind", "cuDNN", "why"), *map(_cells, self)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in cells]
        return "\n".join([self.title, *lines])

    def _repr_html_(self):
        head = "".join(f"<th>{name}</th>" for name in ("layer", "kind", "cuDNN", "why"))
        rows = [f"<td>{'</td><td>'.join(map(html.escape, _cells(row)))}</td>" for row in self]
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        caption = self.title if self else f"{self.title}: no recurrent layer."
        return f"<table><caption>{caption}</caption><tr>{head}</tr>{body}</table>"


def kernel_report(model, *, backend=None):
    """Tell for each recurrent layer of a model whether a GPU would run it on cuDNN, and why not.

    model: any built Keras model or layer, nested ones included;
    backend: "tensorflow", "jax" or "torch", by default the one that runs
    -> a list of `Kernel`, readable when printed or shown. No GPU is needed. The conditions are
    those in Keras' source (`keras/src/layers/rnn`, `keras/src/backend/*/rnn.py`): for TensorFlow
    of 3.13 to 3.15; for JAX and PyTorch of 3.15, since versions before use cuDNN there less.
    ValueError for another backend or a model that is not built.
    """
    import keras

    backend = backend or keras.backend.backend()
    if backend not in BACKENDS:
        raise ValueError(f"backend is {backend!r}: those with cuDNN are {', '.join(BACKENDS)}.")
    if not model.built:
        raise ValueError(f"{model.name} is not built: give it an Input, or call it once, then ask.")
    layers = _recurrent_layers(model)
    masked = _masked_layers(model, [layer for _, layer in layers])
    rows = [_kernel(path, layer, id(layer) in masked, backend) for path, layer in layers]
    return KernelReport(rows, backend)


def _kernel(path, layer, masked, backend):
    """Put one layer's conditions into a row."""
    obstacles = _obstacles(layer, masked, backend)
    kind = type(layer).__name__
    if kind == "RNN":
        kind = f"RNN({type(layer.cell).__name__})"
    if obstacles:
        if getattr(layer, "use_cudnn", None) is True:
            obstacles.append("use_cudnn=True makes this an error")
        return Kernel(path, kind, False, "; ".join(obstacles))
    if masked:  # only TensorFlow gets here; it checks the mask while running, on a GPU alone
        return Kernel(path, kind, True, "if every row is right-padded with at least one step")
    return Kernel(path, kind, True, "")


def _obstacles(layer, masked, backend):
    """List the conditions of cuDNN that a layer fails, each in a few words."""
    from keras import activations, layers, ops

    if not isinstance(layer, layers.LSTM | layers.GRU):
        return ["only the layers LSTM and GRU have a cuDNN kernel"]
    if type(layer).inner_loop not in (layers.LSTM.inner_loop, layers.GRU.inner_loop):
        return [f"{type(layer).__name__} has an inner loop of its own"]
    tanh, sigmoid = (activations.tanh, ops.tanh), (activations.sigmoid, ops.sigmoid)
    gru = isinstance(layer, layers.GRU)
    name = BACKENDS[backend]
    conditions = [
        (layer.use_cudnn is False, "use_cudnn=False"),
        (layer.activation not in tanh, f"activation={_name(layer.activation)}, not tanh"),
        (
            layer.recurrent_activation not in sigmoid,
            f"recurrent_activation={_name(layer.recurrent_activation)}, not sigmoid",
        ),
        (layer.recurrent_dropout, f"recurrent_dropout={layer.recurrent_dropout}, not 0"),
        (layer.unroll, "unroll=True"),
        (not layer.use_bias, "use_bias=False"),
        (gru and not layer.cell.reset_after, "reset_after=False"),
        (gru and backend == "jax", "Keras has no cuDNN kernel for a GRU on JAX"),
        (masked and backend != "tensorflow", f"a mask reaches it, and cuDNN on {name} takes none"),
    ]
    return [reason for failed, reason in conditions if failed]


def _recurrent_layers(model):
    """Find the RNN layers of a model at any depth, in the model's order: [(path, layer)]."""
    import keras

    found = []
    seen = set()

    def visit(layer, path):
        if id(layer) in seen:
            return
        seen.add(id(layer))
        if isinstance(layer, keras.layers.RNN):
            found.append(("/".join(path) or layer.name, layer))
            return
        for inner in layer._flatten_layers(include_self=False, recursive=False):
            visit(inner, [*path, inner.name])

    visit(model, [])
    return found


def _masked_layers(model, layers):
    """Find the LSTM and GRU layers that a mask reaches: the set of their ids.

    Keras itself hands the masks on, in a symbolic call whose recurrent loops only note them.
    Where that call is not possible, every layer counts as masked if any layer makes a mask.
    """
    import keras

    layers = [layer for layer in layers if isinstance(layer, keras.layers.LSTM | keras.layers.GRU)]
    masked = set()
    with contextlib.ExitStack() as stack:
        for layer in layers:
            stack.enter_context(_noting_masks(layer, masked))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")  # said when the model was built
        try:
            _call_symbolically(model)
        except Exception:  # of whatever kind: this report must not stop on an unusual model
            return {id(layer) for layer in layers if _makes_masks(model)}
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
    """Run a model's `call` on tensors that have a shape and no values."""
    import keras

    class Probe(keras.Layer):
        def call(self, *inputs):
            return model(*inputs)

    Probe()(*_symbolic_inputs(model))


def _symbolic_inputs(model):
    """Make inputs for a model, its open dimensions set: 2 rows, 32 steps."""
    import keras

    def known(shape):
        fill = (2, *[32] * len(shape))  # 32 steps survive a few convolutions or poolings
        return [size or other for size, other in zip(shape, fill, strict=False)]

    if isinstance(getattr(model, "input", None), list | dict | tuple | keras.KerasTensor):
        like = keras.tree.map_structure(
            lambda x: keras.KerasTensor(known(x.shape), dtype=x.dtype), model.input
        )
        return [like]
    return [keras.KerasTensor(known(model.get_build_config()["input_shape"]))]


def _makes_masks(model):
    import keras

    return any(
        isinstance(layer, keras.layers.Masking) or getattr(layer, "mask_zero", False)
        for layer in model._flatten_layers()
    )


def _cells(row):
    return row.layer, row.kind, "yes" if row.cudnn else "no", row.reason


def _name(function):
    return getattr(function, "__name__", type(function).__name__)


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
    failed = True
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
            failed = False
        finally:
            sys.stderr.flush()
            os.dup2(stderr, 2)
            os.close(stderr)
            if failed:
                held.seek(0)
                sys.stderr.write(held.read().decode(errors="replace"))
