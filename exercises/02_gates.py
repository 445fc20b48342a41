# %% setup
import keras
import numpy as np

from rnnkit import exercises

# %% [markdown] 02.1 task
# ### Exercise 1: predict
#
# How many parameters do `LSTM(8)` and `GRU(8)` have, each with Keras' defaults, on 5 features?
# Count by hand first: matrices from the input, matrices from the state, biases. Section 5 says how
# many biases a part of a GRU has.

# %% 02.1 stub
answer = None  # [parameters of the LSTM, parameters of the GRU]

# %% 02.1 check
exercises.check("02.1", answer)

# %% 02.1 solution
answer = [4 * (5 * 8 + 8 * 8 + 8), 3 * (5 * 8 + 8 * 8 + 2 * 8)]

# %% 02.1 wrong: each with two biases
answer = [448, 336]

# %% 02.1 wrong: That is one part
answer = [112, 112]

# %% 02.1 wrong: the candidate has weights as well
answer = [336, 224]

# %% [markdown] 02.2 task
# ### Exercise 2: one gate less
#
# What an LSTM forgets and what it writes often go together. Couple them: the cell writes exactly as
# much as it forgets, $c_t = f_t \odot c_{t-1} + (1 - f_t) \odot g_t$, and there is no input gate.
# Write one step of this cell, with $h_t = o_t \odot \tanh(c_t)$ as before.
#
# x is float (B, F), h and c are float (B, H). The weights w_x (F, 3H), w_h (H, 3H) and b (3H,) hold
# the parts in the order f, g, o.


# %% 02.2 stub
def coupled_step(x, h, c, w_x, w_h, b):
    return None  # the new h and the new c


# %% 02.2 check
exercises.check("02.2", coupled_step)


# %% 02.2 solution
def coupled_step(x, h, c, w_x, w_h, b):
    z_f, z_g, z_o = np.split(x @ w_x + h @ w_h + b, 3, axis=1)
    f = 1 / (1 + np.exp(-z_f))
    g = np.tanh(z_g)
    o = 1 / (1 + np.exp(-z_o))
    c = f * c + (1 - f) * g
    return o * np.tanh(c), c


# %% 02.2 wrong: the other way round
def coupled_step(x, h, c, w_x, w_h, b):
    z_f, z_g, z_o = np.split(x @ w_x + h @ w_h + b, 3, axis=1)
    f = 1 / (1 + np.exp(-z_f))
    o = 1 / (1 + np.exp(-z_o))
    c = (1 - f) * c + f * np.tanh(z_g)
    return o * np.tanh(c), c


# %% 02.2 wrong: output gate times tanh(c)
def coupled_step(x, h, c, w_x, w_h, b):
    z_f, z_g, z_o = np.split(x @ w_x + h @ w_h + b, 3, axis=1)
    f = 1 / (1 + np.exp(-z_f))
    o = 1 / (1 + np.exp(-z_o))
    c = f * c + (1 - f) * np.tanh(z_g)
    return o * c, c


# %% 02.2 wrong: the candidate goes through tanh
def coupled_step(x, h, c, w_x, w_h, b):
    f, g, o = np.split(1 / (1 + np.exp(-(x @ w_x + h @ w_h + b))), 3, axis=1)
    c = f * c + (1 - f) * g
    return o * np.tanh(c), c


# %% [markdown] 02.3 task
# ### Exercise 3: a forget gate with a half-life
#
# With nothing else coming in, a cell state keeps `sigmoid(b)` of itself at each step, where `b` is
# the bias of its forget gate. After how many steps should half be left? Write a function that takes
# this number and returns the bias.


# %% 02.3 stub
def forget_bias(steps):
    return None  # your code


# %% 02.3 check
exercises.check("02.3", forget_bias)


# %% 02.3 solution
def forget_bias(steps):
    gate = 0.5 ** (1 / steps)
    return np.log(gate / (1 - gate))


# %% 02.3 wrong: the value of the gate
def forget_bias(steps):
    return 0.5 ** (1 / steps)


# %% 02.3 wrong: your gates keep
def forget_bias(steps):
    return 1.0


# %% [markdown] 02.4 task
# ### Exercise 4: a model for the fast kernel
#
# Build a model that reads 30 steps of 6 features and gives one number. It has two recurrent layers
# and dropout of some kind, at most 6,000 parameters, and a GPU runs all of it on cuDNN. Dropout may
# be a layer of its own: `keras.layers.Dropout(0.3)`.

# %% 02.4 stub
model = None  # a keras.Model

# %% 02.4 check
exercises.check("02.4", model)

# %% 02.4 solution
model = keras.Sequential(
    [
        keras.Input((30, 6)),
        keras.layers.GRU(20, return_sequences=True),
        keras.layers.Dropout(0.3),
        keras.layers.GRU(20),
        keras.layers.Dense(1),
    ]
)

# %% 02.4 wrong: would not run
model = keras.Sequential(
    [
        keras.Input((30, 6)),
        keras.layers.GRU(20, return_sequences=True, recurrent_dropout=0.3),
        keras.layers.GRU(20),
        keras.layers.Dense(1),
    ]
)

# %% 02.4 wrong: nothing in it is dropped
model = keras.Sequential(
    [
        keras.Input((30, 6)),
        keras.layers.GRU(20, return_sequences=True),
        keras.layers.GRU(20),
        keras.layers.Dense(1),
    ]
)

# %% [markdown] 02.5 task
# ### Exercise 5: the adding problem
#
# Hochreiter and Schmidhuber tested their LSTM on another question (experiment 4 of their paper):
# what is the **sum** of the two marked values? `draw_sums` makes the data. Build a model and train
# it until its mean absolute error is below 0.1; always saying 0 has 0.67. It takes some seconds.


# %% 02.5 stub
def draw_sums(count):
    """Sequences of 16 steps, two of them marked -> x float (count, 16, 2), y (count,)."""
    rng = np.random.default_rng(1)
    x = np.zeros((count, 16, 2), "float32")
    x[:, :, 0] = rng.uniform(-1, 1, (count, 16))
    for steps in x:
        marked = rng.choice(16, size=2, replace=False)
        steps[marked, 1] = 1
    return x, (x[:, :, 0] * x[:, :, 1]).sum(axis=1)


model = None  # a trained keras.Model

# %% 02.5 check
exercises.check("02.5", model)


# %% 02.5 solution
def draw_sums(count):
    """Sequences of 16 steps, two of them marked -> x float (count, 16, 2), y (count,)."""
    rng = np.random.default_rng(1)
    x = np.zeros((count, 16, 2), "float32")
    x[:, :, 0] = rng.uniform(-1, 1, (count, 16))
    for steps in x:
        marked = rng.choice(16, size=2, replace=False)
        steps[marked, 1] = 1
    return x, (x[:, :, 0] * x[:, :, 1]).sum(axis=1)


x, y = draw_sums(12_800)
keras.utils.set_random_seed(1)
model = keras.Sequential([keras.Input((16, 2)), keras.layers.GRU(24), keras.layers.Dense(1)])
model.compile(keras.optimizers.Adam(0.01, clipnorm=1.0), loss="mse")
stop = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
model.fit(x, y, validation_split=0.1, epochs=6, batch_size=128, callbacks=[stop], verbose=0)

# %% 02.5 wrong: its error is
model = keras.Sequential([keras.Input((16, 2)), keras.layers.GRU(24), keras.layers.Dense(1)])

# %% 02.5 wrong: the last marked value alone
model = keras.Sequential([keras.Input((16, 2)), keras.layers.LSTM(1), keras.layers.Rescaling(10.0)])
w_x = np.array([[0.0, 0, 0.1, 0], [30, -30, 0, 0]])
model.set_weights([w_x, np.zeros((1, 4)), np.array([-15.0, 15, 0, 15])])
