"""The contestants of notebook 13, as it writes them, and how many units each may have.

Each takes and returns float (B, T, W), one vector for each step, and sees no later step.
tests/test_which_network.py compares these functions with the cells of the notebook.
"""

import functools

import keras
from keras import layers, ops


def simple_rnn(x, units):
    width = x.shape[-1]
    x = layers.SimpleRNN(units, return_sequences=True)(x)
    return layers.Dense(width)(x)


def lstm(x, units):
    width = x.shape[-1]
    x = layers.LSTM(units, return_sequences=True)(x)
    return layers.Dense(width)(x)


def gru(x, units):
    width = x.shape[-1]
    x = layers.GRU(units, return_sequences=True)(x)
    return layers.Dense(width)(x)


def causal_convolutions(x, units):
    width = x.shape[-1]
    for rate in [1, 2, 4, 8, 16]:
        y = layers.Conv1D(units, 3, dilation_rate=rate, padding="causal")(x)
        y = layers.ReLU()(y)
        y = layers.Dense(width)(y)
        x = x + y
    return x


class Positions(layers.Layer):
    """Add a fixed vector of waves to each step: float (B, T, W) -> the same shape."""

    def call(self, x):
        steps, width = x.shape[1:]
        shares = ops.arange(0, width, 2, dtype="float32") / width
        frequencies = 10_000.0**-shares
        places = ops.arange(steps, dtype="float32")
        angles = ops.outer(places, frequencies)
        sines, cosines = ops.sin(angles), ops.cos(angles)
        return x + ops.concatenate([sines, cosines], axis=1)


def feed_forward(x, units):
    width = x.shape[-1]
    y = layers.LayerNormalization()(x)
    y = layers.Dense(units, activation="relu")(y)
    y = layers.Dense(width)(y)
    return x + y


def transformer(x, units):
    width = x.shape[-1]
    x = Positions()(x)
    for _ in range(2):
        y = layers.LayerNormalization()(x)
        attention = layers.MultiHeadAttention(num_heads=2, key_dim=width // 2)
        x = x + attention(y, y, use_causal_mask=True)
        x = feed_forward(x, units)
    return layers.LayerNormalization()(x)


def scan(keep, new):
    """All h_t = keep_t * h_(t-1) + new_t, beginning at 0: float (B, T, U) -> (B, T, U)."""
    steps = keep.shape[1]
    distance = 1
    while distance < steps:
        shift = [(0, 0), (distance, 0), (0, 0)]
        earlier_new = ops.pad(new, shift)[:, :-distance]
        earlier_keep = ops.pad(keep, shift)[:, :-distance]
        new = new + keep * earlier_new
        keep = keep * earlier_keep
        distance = 2 * distance
    return new


class MinGRU(layers.Layer):
    """h_t = (1 - z_t) * h_(t-1) + z_t * c_t, where z_t and c_t see x_t alone."""

    def __init__(self, units):
        super().__init__()
        self.gate = layers.Dense(units, activation="sigmoid")
        self.candidate = layers.Dense(units)

    def call(self, x):
        z = self.gate(x)
        c = self.candidate(x)
        return scan(1 - z, z * c)


class SignedMinGRU(MinGRU):
    """The same with z between 0 and 2, so that what is kept, 1 - z, may be as low as -1."""

    def call(self, x):
        z = 2 * self.gate(x)
        c = self.candidate(x)
        return scan(1 - z, z * c)


def min_gru(x, units):
    width = x.shape[-1]
    for _ in range(2):
        y = layers.LayerNormalization()(x)
        y = MinGRU(units)(y)
        y = layers.Dense(width)(y)
        x = x + y
        x = feed_forward(x, units)
    return layers.LayerNormalization()(x)


def signed_min_gru(x, units):
    width = x.shape[-1]
    for _ in range(2):
        y = layers.LayerNormalization()(x)
        y = SignedMinGRU(units)(y)
        y = layers.Dense(width)(y)
        x = x + y
        x = feed_forward(x, units)
    return layers.LayerNormalization()(x)


def gru_and_attention(x, units):
    width = x.shape[-1]
    x = x + gru(x, units)
    y = layers.LayerNormalization()(x)
    attention = layers.MultiHeadAttention(num_heads=2, key_dim=width // 2)
    return x + attention(y, y, use_causal_mask=True)


CONTESTANTS = {
    "SimpleRNN": simple_rnn,
    "LSTM": lstm,
    "GRU": gru,
    "causal convolutions": causal_convolutions,
    "Transformer": transformer,
    "minGRU": min_gru,
}
CLOSER = {"signed minGRU": signed_min_gru, "GRU and attention": gru_and_attention}


def count(contestant, units, width):
    """The parameters of a contestant alone, without what stands before and behind it."""
    inputs = keras.Input((8, width))
    return keras.Model(inputs, contestant(inputs, units)).count_params()


@functools.cache
def units_for(contestant, width, budget):
    """The units whose parameters come closest to the budget."""
    low, high = 1, 4 * width + 64
    while high - low > 1:
        middle = (low + high) // 2
        if count(contestant, middle, width) < budget:
            low = middle
        else:
            high = middle
    return min(low, high, key=lambda units: abs(count(contestant, units, width) - budget))
