"""The three recurrent cells in plain NumPy, written as in a textbook: the yardstick for Keras.

Each function takes the weights in the order and layout of `layer.get_weights()` and computes,
slowly and readably, what Keras' layer computes. The dtype of the inputs is kept: float32 to compare
with Keras, float64 for finite differences.
"""

import numpy as np


def rnn_forward(weights, x, state=None):
    """Run `h_t = tanh(x_t W_x + h_{t-1} W_h + b)` over a batch of sequences.

    weights: W_x (F, H), W_h (H, H), b (H,); x: float (B, T, F); state: float (B, H), zeros if None
    -> h: float (B, T, H). ValueError where shapes do not fit.
    """
    w_x, w_h, bias = _checked(weights, x, gates=1)
    h = _first_state(state, x, w_h)
    outputs = []
    for x_t in _steps(x):
        from_input = x_t @ w_x
        from_state = h @ w_h
        h = np.tanh(from_input + from_state + bias)
        outputs.append(h)
    return _over_time(outputs)


def rnn_backward(weights, x, dh, state=None):
    """Backpropagation through time for `rnn_forward`.

    dh: float (B, T, H), the derivative of the loss by each output
    -> (dW_x, dW_h, db), dx (B, T, F), dstate (B, H).
    Source: Werbos, Backpropagation through time, Proc. IEEE 78 (1990).
    """
    w_x, w_h, bias = _checked(weights, x, gates=1)
    h = rnn_forward(weights, x, state)
    first = _first_state(state, x, w_h)
    dw_x = np.zeros_like(w_x)
    dw_h = np.zeros_like(w_h)
    db = np.zeros_like(bias)
    dx = np.zeros_like(x)
    dh_next = np.zeros_like(first)  # what reaches h_t from the steps after it
    for t in reversed(range(x.shape[1])):
        x_t = x[:, t]
        h_t = h[:, t]
        h_before = h[:, t - 1] if t > 0 else first
        dh_t = dh[:, t] + dh_next
        slope = 1 - h_t**2  # of tanh
        dz = dh_t * slope
        dw_x += x_t.T @ dz
        dw_h += h_before.T @ dz
        db += dz.sum(axis=0)
        dx[:, t] = dz @ w_x.T
        dh_next = dz @ w_h.T
    return (dw_x, dw_h, db), dx, dh_next


def lstm_forward(weights, x, state=None):
    """Run an LSTM over a batch of sequences and keep what its gates did.

    weights: W_x (F, 4H), W_h (H, 4H), b (4H,), in Keras' gate order input, forget, candidate,
    output; x: float (B, T, F); state: the pair h, c, each float (B, H), zeros if None
    -> h: float (B, T, H) and a dict of float (B, T, H): gates i, f, g (the candidate), o, cell c.
    Source: Hochreiter and Schmidhuber (1997), with the forget gate of Gers et al. (2000).
    """
    w_x, w_h, bias = _checked(weights, x, gates=4)
    h, c = _first_pair(state, x, w_h)
    outputs = []
    steps = []
    for x_t in _steps(x):
        from_input = x_t @ w_x
        from_state = h @ w_h
        z = from_input + from_state + bias
        z_i, z_f, z_g, z_o = np.split(z, 4, axis=1)
        i = _sigmoid(z_i)
        f = _sigmoid(z_f)
        g = np.tanh(z_g)
        o = _sigmoid(z_o)
        c = f * c + i * g
        h = o * np.tanh(c)
        outputs.append(h)
        steps.append({"i": i, "f": f, "g": g, "o": o, "c": c})
    return _over_time(outputs), _trace(steps)


def gru_forward(weights, x, state=None):
    """Run a GRU over a batch of sequences and keep what its gates did.

    weights: W_x (F, 3H), W_h (H, 3H), b (2, 3H), in Keras' gate order update, reset, candidate. The
    two rows of b belong to the inputs and to the state: this is `reset_after=True`, Keras' default
    and what cuDNN computes. x: float (B, T, F); state: float (B, H), zeros if None
    -> h: float (B, T, H) and a dict of float (B, T, H): gates z, r and candidate g.
    Source: Cho et al. (2014); the reset after the product is cuDNN's.
    """
    w_x, w_h, bias = _checked(weights, x, gates=3)
    input_bias, state_bias = bias
    h = _first_state(state, x, w_h)
    outputs = []
    steps = []
    for x_t in _steps(x):
        from_input = x_t @ w_x + input_bias
        from_state = h @ w_h + state_bias
        x_z, x_r, x_g = np.split(from_input, 3, axis=1)
        h_z, h_r, h_g = np.split(from_state, 3, axis=1)
        z = _sigmoid(x_z + h_z)
        r = _sigmoid(x_r + h_r)
        g = np.tanh(x_g + r * h_g)
        h = z * h + (1 - z) * g
        outputs.append(h)
        steps.append({"z": z, "r": r, "g": g})
    return _over_time(outputs), _trace(steps)


# ---------------------------------------------------------------- their parts


def _sigmoid(z):
    """1 / (1 + exp(-z)), written so that no exp overflows."""
    half = 0.5 * np.tanh(0.5 * z)
    return half + 0.5


def _steps(x):
    """x: float (B, T, F) -> its T steps, each float (B, F)."""
    return np.swapaxes(x, 0, 1)


def _over_time(steps):
    """T steps, each float (B, H) -> float (B, T, H)."""
    return np.stack(steps, axis=1)


def _trace(steps):
    """T dicts, name -> float (B, H), to one dict, name -> float (B, T, H)."""
    arrays = {}
    for name in steps[0]:
        values = [step[name] for step in steps]
        arrays[name] = _over_time(values)
    return arrays


def _checked(weights, x, *, gates):
    """Return W_x, W_h, b, or raise ValueError if they do not fit x (B, T, F) and each other."""
    if len(weights) != 3:
        raise ValueError(f"Got {len(weights)} weight arrays: give W_x, W_h and b (use_bias=True).")
    w_x, w_h, bias = weights
    features = len(w_x)
    if x.ndim != 3 or x.shape[1] == 0 or x.shape[2] != features:
        raise ValueError(f"x has shape {x.shape}: give (B, T, F) with T > 0, F = {features}.")
    units = len(w_h)
    width = gates * units
    bias_shape = (width,)
    if gates == 3:  # a GRU
        bias_shape = (2, width)
    wanted = [(features, width), (units, width), bias_shape]
    shapes = [weight.shape for weight in weights]
    if shapes != wanted:
        raise ValueError(f"The weights have shapes {shapes}: this cell needs {wanted}.")
    return w_x, w_h, bias


def _first_state(state, x, w_h):
    """The state before the first step, float (B, H): the one given, or zeros."""
    shape = (len(x), len(w_h))
    if state is None:
        return np.zeros(shape, x.dtype)
    if np.shape(state) != shape:
        raise ValueError(f"The state has shape {np.shape(state)}: it must be (B, H) = {shape}.")
    return state


def _first_pair(state, x, w_h):
    """The LSTM's h and c before the first step, each float (B, H)."""
    if state is None:
        state = (None, None)
    if len(state) != 2:
        raise ValueError(f"An LSTM's state is the pair h, c; got {len(state)} arrays.")
    h, c = state
    return _first_state(h, x, w_h), _first_state(c, x, w_h)
