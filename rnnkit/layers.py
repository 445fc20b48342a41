"""Recurrent cells and their gradients in plain NumPy, and one diagonal cell for Keras.

The NumPy functions take the weights in the order and layout of `layer.get_weights()` and compute
what Keras computes, slowly and readably. They are the yardstick for the layers, not a replacement.
The dtype of the inputs is kept: float32 to compare with Keras, float64 for finite differences.
"""

import keras
import numpy as np
from keras import ops


def rnn_forward(weights, x, state=None):
    """Run `h_t = tanh(x_t W_x + h_{t-1} W_h + b)` over a batch of sequences.

    weights: W_x (F, H), W_h (H, H), b (H,); x: float (B, T, F); state: float (B, H), zeros if None
    -> h: float (B, T, H). ValueError where shapes do not fit.
    """
    w_x, w_h, bias = _checked(weights, x, gates=1)
    inputs = x @ w_x + bias
    h = np.empty_like(inputs)
    previous = _initial(state, inputs[:, 0], w_h)
    for t in range(x.shape[1]):
        h[:, t] = previous = np.tanh(inputs[:, t] + previous @ w_h)
    return h


def rnn_backward(weights, x, dh, state=None, *, truncate=None):
    """Backpropagation through time for `rnn_forward`.

    dh: float (B, T, H), the derivative of the loss by each output
    -> (dW_x, dW_h, db), dx (B, T, F), dstate (B, H).
    With `truncate=k` the gradient of the output at t passes through the cells t, ..., t-k+1 only;
    `truncate=1` ignores the recurrence, `truncate=T` or None is exact.
    Source: Werbos, Backpropagation through time, Proc. IEEE 78 (1990).
    """
    if truncate is not None and truncate < 1:
        raise ValueError(f"truncate is {truncate}: give a number of steps of at least 1, or None.")
    h = rnn_forward(weights, x, state)
    w_x, w_h, _ = weights
    dz = np.empty_like(h)
    live = np.zeros((truncate or 1, *h[:, 0].shape), h.dtype)  # by number of cells passed
    for t in reversed(range(x.shape[1])):
        if truncate is not None:
            live = np.roll(live, 1, axis=0)
            live[0] = 0  # the oldest gradient stood here: it goes no further
        live[0] += dh[:, t]
        live *= 1 - h[:, t] ** 2
        dz[:, t] = live.sum(axis=0)
        live = live @ w_h.T
    previous = _shifted(h, state, w_h)
    return (_outer(x, dz), _outer(previous, dz), dz.sum((0, 1))), dz @ w_x.T, live.sum(axis=0)


def lstm_forward(weights, x, state=None):
    """Run an LSTM over a batch of sequences and keep what its gates did.

    weights: W_x (F, 4H), W_h (H, 4H), b (4H,), in Keras' gate order input, forget, candidate,
    output; x: float (B, T, F); state: the pair h, c, each float (B, H), zeros if None
    -> h: float (B, T, H) and a dict of float (B, T, H): gates i, f, g (the candidate), o, cell c.
    Source: Hochreiter and Schmidhuber (1997), with the forget gate of Gers et al. (2000).
    """
    w_x, w_h, bias = _checked(weights, x, gates=4)
    inputs = x @ w_x + bias
    h, c = _initial_pair(state, inputs[:, 0], w_h)
    steps = []
    for t in range(x.shape[1]):
        z_i, z_f, z_g, z_o = np.split(inputs[:, t] + h @ w_h, 4, axis=-1)
        i, f, g, o = _sigmoid(z_i), _sigmoid(z_f), np.tanh(z_g), _sigmoid(z_o)
        c = f * c + i * g
        h = o * np.tanh(c)
        steps.append((h, i, f, g, o, c))
    h, *trace = (np.stack(values, axis=1) for values in zip(*steps, strict=True))
    return h, dict(zip("ifgoc", trace, strict=True))


def lstm_backward(weights, x, dh, state=None):
    """Backpropagation through time for `lstm_forward`.

    dh: float (B, T, H), the derivative of the loss by each output
    -> (dW_x, dW_h, db), dx (B, T, F), (dh0, dc0) each (B, H).
    """
    h, trace = lstm_forward(weights, x, state)
    w_x, w_h, _ = weights
    i, f, g, o, c = (trace[name] for name in "ifgoc")
    h0, c0 = (None, None) if state is None else state
    squashed, c_before = np.tanh(c), _shifted(c, c0, w_h)
    # How the pre-activations of i, f and g move the cell, and that of o the output.
    by_cell = np.stack([g * i * (1 - i), c_before * f * (1 - f), i * (1 - g**2)])
    by_output = squashed * o * (1 - o)
    dz = np.empty((*x.shape[:2], w_h.shape[1]), h.dtype)
    carried_h = carried_c = np.zeros_like(h[:, 0])
    for t in reversed(range(x.shape[1])):
        dh_t = dh[:, t] + carried_h
        dc_t = carried_c + dh_t * o[:, t] * (1 - squashed[:, t] ** 2)
        dz[:, t] = np.concatenate([*(dc_t * by_cell[:, :, t]), dh_t * by_output[:, t]], axis=-1)
        carried_h, carried_c = dz[:, t] @ w_h.T, dc_t * f[:, t]
    gradients = _outer(x, dz), _outer(_shifted(h, h0, w_h), dz), dz.sum((0, 1))
    return gradients, dz @ w_x.T, (carried_h, carried_c)


def gru_forward(weights, x, state=None):
    """Run a GRU over a batch of sequences and keep what its gates did.

    weights: W_x (F, 3H), W_h (H, 3H), b, in Keras' gate order update, reset, candidate. A bias of
    shape (2, 3H), for inputs and for the state, means `reset_after=True`, Keras' default and what
    cuDNN computes; (3H,) means `reset_after=False`.
    x: float (B, T, F); state: float (B, H), zeros if None
    -> h: float (B, T, H) and a dict of float (B, T, H): gates z, r and candidate g.
    Source: Cho et al. (2014); the reset after the product is cuDNN's.
    """
    w_x, w_h, bias = _checked(weights, x, gates=3)
    inputs = x @ w_x + (bias[0] if bias.ndim == 2 else bias)
    h = _initial(state, inputs[:, 0], w_h)
    steps = []
    for t in range(x.shape[1]):
        z_z, z_r, z_g = np.split(inputs[:, t], 3, axis=-1)
        h_z, h_r, h_g = np.split(h @ w_h + (bias[1] if bias.ndim == 2 else 0), 3, axis=-1)
        z, r = _sigmoid(z_z + h_z), _sigmoid(z_r + h_r)
        if bias.ndim == 1:
            g = np.tanh(z_g + (r * h) @ w_h[:, -h.shape[1] :])
        else:
            g = np.tanh(z_g + r * h_g)
        h = z * h + (1 - z) * g
        steps.append((h, z, r, g))
    h, *trace = (np.stack(values, axis=1) for values in zip(*steps, strict=True))
    return h, dict(zip("zrg", trace, strict=True))


def gru_backward(weights, x, dh, state=None):
    """Backpropagation through time for `gru_forward`, with either place of the reset gate.

    dh: float (B, T, H), the derivative of the loss by each output
    -> (dW_x, dW_h, db), dx (B, T, F), dstate (B, H).
    """
    h, trace = gru_forward(weights, x, state)
    w_x, w_h, bias = weights
    back = _gru_step_after if bias.ndim == 2 else _gru_step_before
    before = _shifted(h, state, w_h)
    dz, dz_state = (np.empty((*x.shape[:2], w_h.shape[1]), h.dtype) for _ in range(2))
    carried = np.zeros_like(h[:, 0])
    for t in reversed(range(x.shape[1])):
        gates = [trace[name][:, t] for name in "zrg"]
        dz[:, t], dz_state[:, t], carried = back(weights, before[:, t], gates, dh[:, t] + carried)
    dw_h = _outer(before, dz_state)
    if bias.ndim == 1:  # here the candidate's columns of W_h saw the state after the reset
        dw_h[:, -h.shape[-1] :] = _outer(trace["r"] * before, dz[..., -h.shape[-1] :])
    db = dz.sum((0, 1))
    db = np.stack([db, dz_state.sum((0, 1))]) if bias.ndim == 2 else db
    return (_outer(x, dz), dw_h, db), dz @ w_x.T, carried


def _gru_step_after(weights, h, gates, dh):
    """One step back through `reset_after=True`: -> dz by input, dz by state (B, 3H), dh (B, H)."""
    _, w_h, bias = weights
    z, r, g = gates
    projected = (h @ w_h + bias[1])[:, -h.shape[1] :]
    dg = dh * (1 - z) * (1 - g**2)
    dgates = [dh * (h - g) * z * (1 - z), dg * projected * r * (1 - r)]
    dz_state = np.concatenate([*dgates, dg * r], axis=-1)
    return np.concatenate([*dgates, dg], axis=-1), dz_state, dh * z + dz_state @ w_h.T


def _gru_step_before(weights, h, gates, dh):
    """One step back through `reset_after=False`: -> dz by input, dz by state (B, 3H), dh (B, H)."""
    w_h, units = weights[1], h.shape[1]
    z, r, g = gates
    dg = dh * (1 - z) * (1 - g**2)
    dreset = dg @ w_h[:, -units:].T  # by r * h
    dgates = np.concatenate([dh * (h - g) * z * (1 - z), dreset * h * r * (1 - r)], axis=-1)
    dz = np.concatenate([dgates, dg], axis=-1)
    return dz, dz, dh * z + dreset * r + dgates @ w_h[:, : 2 * units].T


@keras.saving.register_keras_serializable("rnnkit")
class Bias(keras.layers.Layer):
    """Add one trainable number to each feature: float (..., F) -> float (..., F), zeros at first.

    Keras has it inside Dense only; a tied output needs it alone.
    """

    def build(self, input_shape):
        self.bias = self.add_weight((input_shape[-1],), initializer="zeros", name="bias")

    def call(self, x):
        return x + self.bias


class DiagonalCell(keras.layers.Layer):
    """The recurrence `h_t = a * h_{t-1} + x_t W_x + b`: each unit remembers by itself alone.

    A cell for `keras.layers.RNN`: inputs float (B, F), states [float (B, H)] -> output (B, H).
    The weights are W_x (F, H), b (H,) and `memory` (H,), with a = sigmoid(memory) in (0, 1).
    Since a is diagonal, the derivative of h_t by every weight can be carried forward in time in
    F + 2 numbers a unit; Mozer (1989), A focused backpropagation algorithm.
    """

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = self.output_size = units

    def build(self, input_shape):
        """input_shape: (B, F)."""
        shape = (self.units,)
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], self.units))
        self.bias = self.add_weight(name="bias", shape=shape, initializer="zeros")
        spread = keras.initializers.RandomUniform(0.0, 6.0)  # forgets within 2 to 400 steps
        self.memory = self.add_weight(name="memory", shape=shape, initializer=spread)

    def call(self, inputs, states):
        """inputs: float (B, F), states: [float (B, H)] -> float (B, H), [float (B, H)]."""
        h = ops.sigmoid(self.memory) * states[0] + ops.matmul(inputs, self.kernel) + self.bias
        return h, [h]

    def get_config(self):
        """The arguments to build this cell again."""
        return {**super().get_config(), "units": self.units}


def _sigmoid(z):
    """1 / (1 + exp(-z)), written so that no exp overflows."""
    return 0.5 * (1 + np.tanh(0.5 * z))


def _checked(weights, x, *, gates):
    """Return W_x, W_h, b, or raise ValueError if they do not fit x (B, T, F) and each other."""
    if len(weights) != 3:
        raise ValueError(f"Got {len(weights)} weight arrays: give W_x, W_h and b (use_bias=True).")
    w_x, w_h, bias = weights
    if x.ndim != 3 or x.shape[1] == 0 or w_x.shape[:1] != x.shape[2:]:
        raise ValueError(f"x has shape {x.shape}: give (B, T, F) with T > 0, F = {w_x.shape[0]}.")
    width = gates * w_h.shape[0]
    if w_x.shape[1:] != (width,) or w_h.shape[1:] != (width,) or bias.shape[-1:] != (width,):
        shapes = [w.shape for w in weights]
        raise ValueError(f"Weights of shapes {shapes} are not those of a cell with {gates} gates.")
    return w_x, w_h, bias


def _initial(state, like, w_h):
    """The state before the first step, float (B, H): the one given, or zeros."""
    shape = (like.shape[0], w_h.shape[0])
    if state is None:
        return np.zeros(shape, like.dtype)
    if np.shape(state) != shape:
        raise ValueError(f"The state has shape {np.shape(state)}: it must be (B, H) = {shape}.")
    return state


def _initial_pair(state, like, w_h):
    """The LSTM's h and c before the first step, each float (B, H)."""
    pair = (None, None) if state is None else state
    if len(pair) != 2:
        raise ValueError(f"An LSTM's state is the pair h, c; got {len(pair)} arrays.")
    return [_initial(part, like, w_h) for part in pair]


def _shifted(h, state, w_h):
    """The states each step started from: float (B, T, H), h one step later, `state` first."""
    return np.concatenate([_initial(state, h[:, 0], w_h)[:, None], h[:, :-1]], axis=1)


def _outer(left, right):
    """Sum over batch and time of the outer products: (B, T, M), (B, T, N) -> (M, N)."""
    # One small product a step: on a busy machine BLAS threads wait longer than they work.
    return (np.moveaxis(left, 0, 2) @ np.moveaxis(right, 0, 1)).sum(axis=0)
