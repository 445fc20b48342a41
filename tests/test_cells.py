"""The NumPy cells: worked by hand, equal to Keras, gradients equal to autodiff and differences."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from rnnkit import cells

B, T, F, H = 3, 7, 4, 5
CELLS = {
    "rnn": (keras.layers.SimpleRNN, cells.rnn_forward),
    "lstm": (keras.layers.LSTM, cells.lstm_forward),
    "gru": (keras.layers.GRU, cells.gru_forward),
}
TOLERANCE = 1e-5


def case(name, seed=0, dtype="float32"):
    """A Keras layer with random weights (biases too), inputs and a state."""
    rng = np.random.default_rng(seed)
    build, forward = CELLS[name]
    layer = build(H, return_sequences=True, return_state=True, dtype=dtype)
    layer.build((B, T, F))
    layer.set_weights([rng.normal(0, 0.5, w.shape).astype(dtype) for w in layer.get_weights()])
    x = rng.normal(size=(B, T, F)).astype(dtype)
    state = tuple(rng.normal(0, 0.5, (2, B, H)).astype(dtype))
    return layer, forward, x, state if name == "lstm" else state[0]


def outputs(result):
    """Drop the trace that the gated cells return beside their outputs."""
    return result[0] if isinstance(result, tuple) else result


def test_rnn_by_hand():
    weights = [np.array([[1.0]]), np.array([[0.5]]), np.array([0.1])]
    x = np.array([[[1.0], [0.0]]])
    first = np.tanh(1.1)
    h = cells.rnn_forward(weights, x)
    assert np.allclose(h, [[[first], [np.tanh(0.5 * first + 0.1)]]], atol=1e-15)
    (dw_x, _, db), dx, dstate = cells.rnn_backward(weights, x, np.array([[[0.0], [1.0]]]))
    outer = 1 - h[0, 1, 0] ** 2
    inner = outer * 0.5 * (1 - first**2)
    assert np.allclose([dx[0, 0, 0], dx[0, 1, 0], db[0]], [inner, outer, outer + inner])
    assert np.allclose([dw_x[0, 0], dstate[0, 0]], [inner, 0.5 * inner])


def test_lstm_by_hand_keeps_the_cell_when_it_may_only_remember():
    weights = [np.zeros((1, 4)), np.zeros((1, 4)), np.array([-50.0, 50.0, 0.0, 50.0])]
    c0 = np.array([[0.7]])
    h, trace = cells.lstm_forward(weights, np.ones((1, 20, 1)), (np.zeros((1, 1)), c0))
    assert np.allclose(trace["c"], 0.7) and np.allclose(h, np.tanh(0.7))
    assert np.allclose(trace["f"], 1) and np.allclose(trace["i"], 0)


def test_gru_by_hand_keeps_its_state_when_the_update_gate_says_so():
    weights = [np.zeros((1, 3)), np.zeros((1, 3)), np.array([[50.0, 0, 0], [0, 0, 0]])]
    h, trace = cells.gru_forward(weights, np.ones((1, 20, 1)), np.array([[0.3]]))
    assert np.allclose(h, 0.3) and np.allclose(trace["z"], 1) and np.allclose(trace["r"], 0.5)


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("with_state", [False, True])
def test_outputs_and_states_equal_keras(name, with_state):
    layer, forward, x, state = case(name)
    parts = list(state) if isinstance(state, tuple) else [state]
    expected, *last = layer(x, initial_state=parts if with_state else None)
    result = forward(layer.get_weights(), x, state if with_state else None)
    h = outputs(result)
    assert h.shape == (B, T, H) and h.dtype == np.float32
    assert np.abs(h - expected).max() < TOLERANCE
    assert np.abs(h[:, -1] - last[0]).max() < TOLERANCE
    if name == "lstm":
        assert np.abs(result[1]["c"][:, -1] - last[1]).max() < TOLERANCE


def flat(gradients):
    """Weight, input and state gradients as one list of arrays."""
    weights, x, state = gradients
    return [*weights, x, state]


def test_gradients_equal_autodiff():
    layer, _, x, state = case("rnn", seed=1)
    dh = np.random.default_rng(1).normal(size=(B, T, H)).astype("float32")
    found = flat(cells.rnn_backward(layer.get_weights(), x, dh, state))
    x, state = tf.convert_to_tensor(x), tf.convert_to_tensor(state)
    with tf.GradientTape() as tape:
        tape.watch([x, state])
        loss = tf.reduce_sum(layer(x, initial_state=[state])[0] * dh)
    expected = tape.gradient(loss, [*[w.value for w in layer.trainable_variables], x, state])
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.shape == theirs.shape
        assert np.abs(ours - theirs).max() < 1e-5 * max(1, np.abs(theirs).max())


def test_gradients_equal_finite_differences():
    layer, forward, x, state = case("rnn", seed=2, dtype="float64")
    arrays = [*layer.get_weights(), x, state]
    rng = np.random.default_rng(3)
    dh = rng.normal(size=(B, T, H))

    def loss(arrays):
        return (forward(arrays[:3], arrays[3], arrays[4]) * dh).sum()

    for index, gradient in enumerate(flat(cells.rnn_backward(arrays[:3], x, dh, state))):
        step = np.zeros_like(arrays[index])
        position = tuple(rng.integers(0, step.shape))
        step[position] = 1e-6
        up, down = (
            [*arrays[:index], arrays[index] + s, *arrays[index + 1 :]] for s in (step, -step)
        )
        assert gradient[position] == pytest.approx((loss(up) - loss(down)) / 2e-6, abs=1e-7)


@pytest.mark.parametrize("name", CELLS)
def test_the_future_cannot_change_the_past_and_chunks_carry_the_state(name):
    layer, forward, x, _ = case(name)
    weights = layer.get_weights()
    result = forward(weights, x)
    h, later = outputs(result), x.copy()
    later[:, 4:] += 1
    assert np.array_equal(outputs(forward(weights, later))[:, :4], h[:, :4])
    state = (h[:, 2], result[1]["c"][:, 2]) if name == "lstm" else h[:, 2]
    assert np.allclose(outputs(forward(weights, x[:, 3:], state)), h[:, 3:], atol=1e-6)


@pytest.mark.parametrize("name", CELLS)
def test_large_inputs_stay_finite_without_warnings(name):
    layer, forward, x, _ = case(name)
    assert np.isfinite(outputs(forward(layer.get_weights(), 1e4 * x))).all()


def test_bad_arguments_are_named():
    layer, forward, x, _ = case("lstm")
    weights = layer.get_weights()
    with pytest.raises(ValueError, match=r"2 weight arrays"):
        forward(weights[:2], x)
    with pytest.raises(ValueError, match=r"F = 4"):
        forward(weights, x[..., :3])
    with pytest.raises(ValueError, match=r"T > 0"):
        forward(weights, x[:, :0])
    with pytest.raises(ValueError, match=r"this cell needs \[\(4, 15\), \(5, 15\), \(2, 15\)\]"):
        cells.gru_forward(weights, x)
    with pytest.raises(ValueError, match=r"pair h, c"):
        forward(weights, x, (x[:, 0],))
    with pytest.raises(ValueError, match=r"\(3, 5\)"):
        cells.rnn_forward([w[..., :H] for w in weights], x, x[:2, 0])
