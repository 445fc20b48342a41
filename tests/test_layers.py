"""The NumPy cells: worked by hand, equal to Keras, gradients equal to autodiff and differences."""

from collections import Counter

import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest
import tensorflow as tf

from rnnkit import layers, visuals

B, T, F, H = 3, 7, 4, 5
CELLS = {
    "rnn": (keras.layers.SimpleRNN, {}, layers.rnn_forward, layers.rnn_backward),
    "lstm": (keras.layers.LSTM, {}, layers.lstm_forward, layers.lstm_backward),
    "gru": (keras.layers.GRU, {}, layers.gru_forward, layers.gru_backward),
    "gru-before": (
        keras.layers.GRU,
        {"reset_after": False},
        layers.gru_forward,
        layers.gru_backward,
    ),
}
TOLERANCE = {"rnn": 1e-6, "lstm": 1e-5, "gru": 1e-5, "gru-before": 1e-5}


def case(name, seed=0, dtype="float32"):
    """A Keras layer with random weights (biases too), inputs, a state and a gradient."""
    rng = np.random.default_rng(seed)
    build, options, forward, backward = CELLS[name]
    layer = build(H, return_sequences=True, return_state=True, dtype=dtype, **options)
    layer.build((B, T, F))
    layer.set_weights([rng.normal(0, 0.5, w.shape).astype(dtype) for w in layer.get_weights()])
    x, dh = (rng.normal(size=(B, T, size)).astype(dtype) for size in (F, H))
    state = tuple(rng.normal(0, 0.5, (2, B, H)).astype(dtype))
    return layer, forward, backward, x, dh, state if name == "lstm" else state[0]


def outputs(result):
    """Drop the trace that the gated cells return beside their outputs."""
    return result[0] if isinstance(result, tuple) else result


def flat(gradients):
    """Weight, input and state gradients as one list of arrays."""
    weights, x, state = gradients
    return [*weights, x, *(state if isinstance(state, tuple) else (state,))]


def by_autodiff(layer, x, dh, state):
    """The same gradients from TensorFlow."""
    parts = state if isinstance(state, tuple) else (state,)
    x, dh, *parts = (tf.convert_to_tensor(value) for value in (x, dh, *parts))
    with tf.GradientTape() as tape:
        tape.watch([x, *parts])
        out = layer(x, initial_state=parts)[0]
        loss = tf.reduce_sum(out * dh)
    return tape.gradient(loss, [*[w.value for w in layer.trainable_variables], x, *parts])


def test_rnn_by_hand():
    weights = [np.array([[1.0]]), np.array([[0.5]]), np.array([0.1])]
    x = np.array([[[1.0], [0.0]]])
    first = np.tanh(1.1)
    h = layers.rnn_forward(weights, x)
    assert np.allclose(h, [[[first], [np.tanh(0.5 * first + 0.1)]]], atol=1e-15)
    (dw_x, _, db), dx, dstate = layers.rnn_backward(weights, x, np.array([[[0.0], [1.0]]]))
    outer = 1 - h[0, 1, 0] ** 2
    inner = outer * 0.5 * (1 - first**2)
    assert np.allclose([dx[0, 0, 0], dx[0, 1, 0], db[0]], [inner, outer, outer + inner])
    assert np.allclose([dw_x[0, 0], dstate[0, 0]], [inner, 0.5 * inner])


def test_lstm_by_hand_keeps_the_cell_when_it_may_only_remember():
    weights = [np.zeros((1, 4)), np.zeros((1, 4)), np.array([-50.0, 50.0, 0.0, 50.0])]
    c0 = np.array([[0.7]])
    h, trace = layers.lstm_forward(weights, np.ones((1, 20, 1)), (np.zeros((1, 1)), c0))
    assert np.allclose(trace["c"], 0.7) and np.allclose(h, np.tanh(0.7))
    assert np.allclose(trace["f"], 1) and np.allclose(trace["i"], 0)


def test_gru_by_hand_keeps_its_state_when_the_update_gate_says_so():
    weights = [np.zeros((1, 3)), np.zeros((1, 3)), np.array([[50.0, 0, 0], [0, 0, 0]])]
    h, trace = layers.gru_forward(weights, np.ones((1, 20, 1)), np.array([[0.3]]))
    assert np.allclose(h, 0.3) and np.allclose(trace["z"], 1) and np.allclose(trace["r"], 0.5)


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("with_state", [False, True])
def test_outputs_and_states_equal_keras(name, with_state):
    layer, forward, _, x, _, state = case(name)
    parts = list(state) if isinstance(state, tuple) else [state]
    expected, *last = layer(x, initial_state=parts if with_state else None)
    result = forward(layer.get_weights(), x, state if with_state else None)
    h = outputs(result)
    assert h.shape == (B, T, H) and h.dtype == np.float32
    assert np.abs(h - expected).max() < TOLERANCE[name]
    assert np.abs(h[:, -1] - last[0]).max() < TOLERANCE[name]
    if name == "lstm":
        assert np.abs(result[1]["c"][:, -1] - last[1]).max() < TOLERANCE[name]


@pytest.mark.parametrize("name", CELLS)
def test_gradients_equal_autodiff(name):
    layer, _, backward, x, dh, state = case(name, seed=1)
    found = flat(backward(layer.get_weights(), x, dh, state))
    expected = by_autodiff(layer, x, dh, state)
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.shape == theirs.shape
        assert np.abs(ours - theirs).max() < 1e-5 * max(1, np.abs(theirs).max())


@pytest.mark.parametrize("name", CELLS)
def test_gradients_equal_finite_differences(name):
    layer, forward, backward, x, dh, state = case(name, seed=2, dtype="float64")
    parts = list(state) if isinstance(state, tuple) else [state]
    arrays = [*layer.get_weights(), x, *parts]
    rng = np.random.default_rng(3)

    def loss(arrays):
        start = tuple(arrays[4:]) if name == "lstm" else arrays[4]
        return (outputs(forward(arrays[:3], arrays[3], start)) * dh).sum()

    for index, gradient in enumerate(flat(backward(arrays[:3], x, dh, state))):
        step = np.zeros_like(arrays[index])
        position = tuple(rng.integers(0, step.shape))
        step[position] = 1e-6
        up, down = (
            [*arrays[:index], arrays[index] + s, *arrays[index + 1 :]] for s in (step, -step)
        )
        assert gradient[position] == pytest.approx((loss(up) - loss(down)) / 2e-6, abs=1e-7)


def by_detached_windows(weights, x, dh, steps):
    """Truncated gradients the long way: for each output, unroll `steps` cells from a constant."""
    h = layers.rnn_forward(weights, x)
    total = [np.zeros_like(w) for w in weights]
    for t in range(x.shape[1]):
        first = max(0, t - steps + 1)
        start = h[:, first - 1] if first else None
        window = np.zeros_like(dh[:, first : t + 1])
        window[:, -1] = dh[:, t]
        found, _, _ = layers.rnn_backward(weights, x[:, first : t + 1], window, start)
        total = [a + b for a, b in zip(total, found, strict=True)]
    return total


@pytest.mark.parametrize("steps", [1, 3, T])
def test_truncation_equals_windows_started_from_a_constant(steps):
    layer, _, _, x, dh, _ = case("rnn", seed=4, dtype="float64")
    weights = layer.get_weights()
    found, _, _ = layers.rnn_backward(weights, x, dh, truncate=steps)
    for ours, expected in zip(found, by_detached_windows(weights, x, dh, steps), strict=True):
        assert np.allclose(ours, expected, atol=1e-12)


def test_truncated_gradient_stops_after_exactly_k_cells():
    layer, _, _, x, dh, state = case("rnn", dtype="float64")
    dh[:, :-1] = 0
    _, dx, dstate = layers.rnn_backward(layer.get_weights(), x, dh, state, truncate=3)
    assert np.all(dx[:, : T - 3] == 0) and np.all(dx[:, T - 3 :] != 0) and np.all(dstate == 0)
    full = layers.rnn_backward(layer.get_weights(), x, dh, state)
    whole = layers.rnn_backward(layer.get_weights(), x, dh, state, truncate=T)
    assert all(np.allclose(a, b) for a, b in zip(flat(full), flat(whole), strict=True))


@pytest.mark.parametrize("name", CELLS)
def test_the_future_cannot_change_the_past_and_chunks_carry_the_state(name):
    layer, forward, _, x, _, _ = case(name)
    weights = layer.get_weights()
    result = forward(weights, x)
    h, later = outputs(result), x.copy()
    later[:, 4:] += 1
    assert np.array_equal(outputs(forward(weights, later))[:, :4], h[:, :4])
    state = (h[:, 2], result[1]["c"][:, 2]) if name == "lstm" else h[:, 2]
    assert np.allclose(outputs(forward(weights, x[:, 3:], state)), h[:, 3:], atol=1e-6)


@pytest.mark.parametrize("name", CELLS)
def test_large_inputs_stay_finite_without_warnings(name):
    layer, forward, backward, x, dh, _ = case(name)
    assert np.isfinite(outputs(forward(layer.get_weights(), 1e4 * x))).all()
    found = flat(backward(layer.get_weights(), 1e4 * x, dh))
    assert all(np.isfinite(array).all() for array in found)


def test_bad_arguments_are_named():
    layer, forward, backward, x, dh, _ = case("lstm")
    weights = layer.get_weights()
    with pytest.raises(ValueError, match=r"2 weight arrays"):
        forward(weights[:2], x)
    with pytest.raises(ValueError, match=r"F = 4"):
        forward(weights, x[..., :3])
    with pytest.raises(ValueError, match=r"T > 0"):
        forward(weights, x[:, :0])
    with pytest.raises(ValueError, match=r"3 gates"):
        layers.gru_forward(weights, x)
    with pytest.raises(ValueError, match=r"pair h, c"):
        forward(weights, x, (x[:, 0],))
    with pytest.raises(ValueError, match=r"\(3, 5\)"):
        layers.rnn_forward([w[..., :H] for w in weights], x, x[:2, 0])
    with pytest.raises(ValueError, match=r"truncate is 0"):
        layers.rnn_backward([w[..., :H] for w in weights], x, dh, truncate=0)


def test_diagonal_cell_by_hand_and_rebuilt_from_its_config():
    inputs = keras.Input((None, F))
    outs = keras.layers.RNN(layers.DiagonalCell(H), return_sequences=True, name="diagonal")(inputs)
    model = keras.Model(inputs, outs)
    w_x, bias, memory = model.get_layer("diagonal").get_weights()
    assert np.all(memory >= 0) and np.all(memory <= 6)
    x = np.random.default_rng(0).normal(size=(B, T, F)).astype("float32")
    h, expected = np.zeros((B, H)), []
    for t in range(T):
        h = h / (1 + np.exp(-memory)) + x[:, t] @ w_x + bias
        expected.append(h)
    assert np.abs(model(x) - np.stack(expected, axis=1)).max() < 1e-5
    custom = {"DiagonalCell": layers.DiagonalCell}
    copy = keras.Model.from_config(model.get_config(), custom_objects=custom)
    copy.set_weights(model.get_weights())
    assert np.array_equal(copy(x), model(x))


@pytest.fixture
def ax():
    fig, ax = plt.subplots()
    yield ax
    plt.close(fig)


def test_the_drawing_has_a_box_for_each_value_and_the_same_weights_at_each_step(ax):
    assert visuals.unrolled(["a", "b", None], [None, None, "y"], ax) is ax
    written = Counter(text.get_text() for text in ax.texts if text.get_text())
    boxes = {"a": 1, "b": 1, "y": 1, "$h_0$": 1, "$h_{1}$": 1, "$h_{2}$": 1, "$h_{3}$": 1}
    assert written == {**boxes, "$W_h$": 3, "$W_x$": 2, "$W_y$": 1}
    with pytest.raises(ValueError, match="1 inputs, but 2 outputs"):
        visuals.unrolled(["a"], ["y", "z"], ax)


def test_the_gradient_is_drawn_from_lag_zero_without_what_has_vanished(ax):
    assert visuals.gradient_by_lag({"LSTM": [1.0, 0.1, 0.0]}, ax) is ax
    (line,) = ax.get_lines()
    np.testing.assert_array_equal(line.get_xdata(), [0, 1, 2])
    np.testing.assert_array_equal(line.get_ydata(), [1.0, 0.1, np.nan])
    assert ax.get_yscale() == "log" and line.get_label() == "LSTM"
    with pytest.raises(ValueError, match="norms is empty"):
        visuals.gradient_by_lag({}, ax)
