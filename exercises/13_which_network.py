# %% setup
import keras
import numpy as np

from rnnkit import exercises

# %% [markdown] 13.1 task
# ### Exercise 1: predict
#
# A stack of three causal convolutions has kernels of 3 and the dilation rates 1, 2 and 4. On how
# many steps does its output at one step depend, that step included? You need no computer.

# %% 13.1 stub
answer = None  # a number

# %% 13.1 check
exercises.check("13.1", answer)

# %% 13.1 solution
answer = 1 + 2 * (1 + 2 + 4)

# %% 13.1 wrong: how far it reaches back
answer = 14

# %% 13.1 wrong: kernel of 2
answer = 7

# %% 13.1 wrong: layers add up
answer = 27

# %% [markdown] 13.2 task
# ### Exercise 2: no future may leak
#
# Write a causal convolution in NumPy: x float (T,), kernel float (K,), rate int -> y float (T,). As
# in Keras the last weight of the kernel belongs to the present step, the one before it to the step
# `rate` earlier, and so on. Before the beginning there are zeros. The check changes the future of x
# and looks whether the past of y moves.


# %% 13.2 stub
def causal_convolution(x, kernel, rate):
    return None  # your code


# %% 13.2 check
exercises.check("13.2", causal_convolution)


# %% 13.2 solution
def causal_convolution(x, kernel, rate):
    reach = rate * (len(kernel) - 1)
    padded = np.concatenate([np.zeros(reach), x])
    y = np.zeros(len(x))
    for place, weight in enumerate(kernel):
        start = place * rate
        y += weight * padded[start : start + len(x)]
    return y


# %% 13.2 wrong: the future leaks
def causal_convolution(x, kernel, rate):
    return np.convolve(x, kernel, mode="same")


# %% 13.2 wrong: turned round
def causal_convolution(x, kernel, rate):
    return np.convolve(x, kernel)[: len(x)]


# %% 13.2 wrong: not for rate 2
def causal_convolution(x, kernel, rate):
    return np.convolve(x, kernel[::-1])[: len(x)]


# %% [markdown] 13.3 task
# ### Exercise 3: a scan that begins somewhere
#
# `scan` begins at 0. Whoever reads a long text in pieces wants to go on from the last state. Write
# `scan_from`: first float (B, U), keep and new float (B, T, U) -> all states (B, T, U), where
# `h = keep[:, t] * h + new[:, t]` begins with `h = first`. You may call `scan` of this notebook, or
# write it another way.


# %% 13.3 stub
def scan_from(first, keep, new):
    return None  # your code


# %% 13.3 check
exercises.check("13.3", scan_from)


# %% 13.3 solution
def scan_from(first, keep, new):
    new = new.copy()
    new[:, 0] += keep[:, 0] * first
    states = np.zeros_like(new)
    h = np.zeros_like(first)
    for t in range(new.shape[1]):
        h = keep[:, t] * h + new[:, t]
        states[:, t] = h
    return states


# %% 13.3 wrong: it begins at 0
def scan_from(first, keep, new):
    return _states(0 * first, keep, new)


def _states(h, keep, new):
    states = []
    for t in range(new.shape[1]):
        h = keep[:, t] * h + new[:, t]
        states.append(h)
    return np.stack(states, axis=1)


# %% 13.3 wrong: one factor is missing
def scan_from(first, keep, new):
    new = new.copy()
    new[:, 0] += first
    states = []
    h = 0 * first
    for t in range(new.shape[1]):
        h = keep[:, t] * h + new[:, t]
        states.append(h)
    return np.stack(states, axis=1)


# %% 13.3 wrong: differ from those of the loop
def scan_from(first, keep, new):
    return np.cumsum(new, axis=1)


# %% [markdown] 13.4 task
# ### Exercise 4: change the model
#
# Turn a minGRU into the signed one: write what `MinGRU` hands to `scan`. Gate float (B, T, U) is
# what the dense layer of the gate gives *before* its sigmoid, candidate (B, T, U) the candidate ->
# keep and new, both (B, T, U), with a factor `keep` between -1 and 1. Then change `MinGRU` in the
# same way and train it on parity with the rate 0.01: does it reach 64 bits?


# %% 13.4 stub
def keep_and_new(gate, candidate):
    return None  # your code


# %% 13.4 check
exercises.check("13.4", keep_and_new)


# %% 13.4 solution
def keep_and_new(gate, candidate):
    z = 2 / (1 + np.exp(-gate))
    return 1 - z, z * candidate


# %% 13.4 wrong: the plain minGRU
def keep_and_new(gate, candidate):
    z = 1 / (1 + np.exp(-gate))
    return 1 - z, z * candidate


# %% 13.4 wrong: has its sigmoid already
def keep_and_new(gate, candidate):
    z = 2 * gate
    return 1 - z, z * candidate


# %% 13.4 wrong: in place of 1 - z and
def keep_and_new(gate, candidate):
    z = 2 / (1 + np.exp(-gate))
    return z, (1 - z) * candidate


# %% [markdown] 13.5 task
# ### Exercise 5: guess, then measure
#
# A new probe: at each step, have there been more ones than zeros so far? Which contestant learns
# the rule from strings of 16 bits, and which only the strings? Write your guess down. Then train
# one, or all, with `draw_majority`, and give a model for strings of 64 bits that is right in at
# least 85 % of the steps 33 to 64: int (B, 64) -> probabilities (B, 64, 1). It takes some seconds.


# %% 13.5 stub
def draw_majority(rng, count, steps):
    """-> bits int (count, steps), whether the ones so far are more (count, steps, 1), weights."""
    bits = rng.integers(0, 2, (count, steps))
    lead = (2 * bits - 1).cumsum(axis=1)
    return bits, (lead > 0)[:, :, None].astype("float32"), np.ones(bits.shape)


model = None  # a trained keras.Model for 64 steps

# %% 13.5 check
exercises.check("13.5", model)


# %% 13.5 solution
def draw_majority(rng, count, steps):
    """-> bits int (count, steps), whether the ones so far are more (count, steps, 1), weights."""
    bits = rng.integers(0, 2, (count, steps))
    lead = (2 * bits - 1).cumsum(axis=1)
    return bits, (lead > 0)[:, :, None].astype("float32"), np.ones(bits.shape)


keras.utils.set_random_seed(7)
x, y, _ = draw_majority(np.random.default_rng(1), 51_200, 16)
model = keras.Sequential(
    [
        keras.layers.Embedding(2, 32),
        keras.layers.GRU(56, return_sequences=True),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(keras.optimizers.Adam(0.01, global_clipnorm=1.0), loss="binary_crossentropy")
model.fit(x, y, batch_size=128, epochs=1, verbose=0)

# %% 13.5 wrong: of the steps 33 to 64
model = keras.Sequential(
    [
        keras.layers.Embedding(2, 8),
        keras.layers.Conv1D(8, 3, padding="causal"),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
model.predict_on_batch(np.zeros((1, 64), "int32"))
