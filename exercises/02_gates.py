# %% setup
import keras
import numpy as np

from rnnkit import exercises

# %% [markdown] 02.1 task
# ### Exercise 1: predict
#
# How many parameters have `LSTM(8)` and `GRU(8)`, each with its defaults, on 5 features? Count by
# hand first.

# %% 02.1 stub
answer = None  # [parameters of the LSTM, parameters of the GRU]

# %% 02.1 check
exercises.check("02.1", answer)

# %% 02.1 solution
answer = [4 * (5 * 8 + 8 * 8 + 8), 3 * (5 * 8 + 8 * 8 + 2 * 8)]

# %% 02.1 wrong: two biases
answer = [448, 336]

# %% 02.1 wrong: one gate
answer = [112, 112]

# %% [markdown] 02.2 task
# ### Exercise 2: one step of an LSTM
#
# Write one step for a batch: x float (B, F), h and c float (B, H), and Keras' weights w_x (F, 4H),
# w_h (H, 4H), b (4H,). Return the new h and the new c.


# %% 02.2 stub
def lstm_step(x, h, c, w_x, w_h, b):
    return None  # your code


# %% 02.2 check
exercises.check("02.2", lstm_step)


# %% 02.2 solution
def lstm_step(x, h, c, w_x, w_h, b):
    i, f, g, o = np.split(x @ w_x + h @ w_h + b, 4, axis=1)
    i, f, o = (1 / (1 + np.exp(-z)) for z in (i, f, o))
    c = f * c + i * np.tanh(g)
    return o * np.tanh(c), c


# %% 02.2 wrong: wrong order: Keras stores
def lstm_step(x, h, c, w_x, w_h, b):
    i, f, o, g = np.split(x @ w_x + h @ w_h + b, 4, axis=1)
    i, f, o = (1 / (1 + np.exp(-z)) for z in (i, f, o))
    c = f * c + i * np.tanh(g)
    return o * np.tanh(c), c


# %% 02.2 wrong: output gate times tanh(c)
def lstm_step(x, h, c, w_x, w_h, b):
    i, f, g, o = np.split(x @ w_x + h @ w_h + b, 4, axis=1)
    i, f, o = (1 / (1 + np.exp(-z)) for z in (i, f, o))
    c = f * c + i * np.tanh(g)
    return o * c, c


# %% [markdown] 02.3 task
# ### Exercise 3: a forget gate with a half-life
#
# With nothing else coming in, a cell keeps `sigmoid(b)` of itself at each step, where `b` is the
# bias of its forget gate. Write a function: after how many steps should half be left? Return the
# bias that does it.


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
# and dropout of some kind, at most 6,000 parameters, and a GPU runs all of it on cuDNN.

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
