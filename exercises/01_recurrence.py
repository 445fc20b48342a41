# %% setup
import keras
import numpy as np

from rnnkit import exercises

# %% [markdown] 01.1 task
# ### Exercise 1: predict
#
# A cell with one feature and one unit has `w_x = 1`, `w_h = 1` and `b = 0`. Its state starts at 0.
# It reads 1, then 0. What are its two states? Think first, then let `np.tanh` do the arithmetic.

# %% 01.1 stub
answer = None  # [h_1, h_2]

# %% 01.1 check
exercises.check("01.1", answer)

# %% 01.1 solution
answer = [np.tanh(1), np.tanh(np.tanh(1))]

# %% 01.1 wrong: without memory
answer = [np.tanh(1), 0]

# %% 01.1 wrong: goes through tanh
answer = [1, 1]

# %% [markdown] 01.2 task
# ### Exercise 2: the recurrence
#
# Write the recurrence yourself, for one sequence `x`, float (T, F). The weights are `w_x`, float
# (F, H), `w_h`, float (H, H), and `b`, float (H,). Return the states, an array of floats of shape
# (T, H). Do not call a layer.


# %% 01.2 stub
def run(x, w_x, w_h, b):
    return None  # your code


# %% 01.2 check
exercises.check("01.2", run)


# %% 01.2 solution
def run(x, w_x, w_h, b):
    h, states = np.zeros(len(b)), []
    for step in x:
        h = np.tanh(step @ w_x + h @ w_h + b)
        states.append(h)
    return np.array(states)


# %% 01.2 wrong: no state is carried on
def run(x, w_x, w_h, b):
    return np.tanh(x @ w_x + b)


# %% 01.2 wrong: the last state only
def run(x, w_x, w_h, b):
    h = np.zeros(len(b))
    for step in x:
        h = np.tanh(step @ w_x + h @ w_h + b)
    return h


# %% 01.2 wrong: wrong way round
def run(x, w_x, w_h, b):
    h, states = np.zeros(len(b)), []
    for step in x:
        h = np.tanh(step @ w_x + w_h @ h + b)
        states.append(h)
    return np.array(states)


# %% [markdown] 01.3 task
# ### Exercise 3: one step back
#
# Write one step of backpropagation through time. `dh` is the derivative of the loss with respect to
# the state $h_t$, float (rows, units); `h` is that state itself; `w_h` is the recurrent matrix.
# Return the derivative with respect to $h_{t-1}$, through the loop alone.


# %% 01.3 stub
def one_step_back(dh, h, w_h):
    return None  # your code


# %% 01.3 check
exercises.check("01.3", one_step_back)


# %% 01.3 solution
def one_step_back(dh, h, w_h):
    dz = dh * (1 - h**2)
    return dz @ w_h.T


# %% 01.3 wrong: going back needs w_h.T
def one_step_back(dh, h, w_h):
    return (dh * (1 - h**2)) @ w_h


# %% 01.3 wrong: is missing
def one_step_back(dh, h, w_h):
    return dh @ w_h.T


# %% 01.3 wrong: h is the tanh already
def one_step_back(dh, h, w_h):
    return (dh * (1 - np.tanh(h) ** 2)) @ w_h.T


# %% 01.3 wrong: comes too late
def one_step_back(dh, h, w_h):
    return (dh @ w_h.T) * (1 - h**2)


# %% [markdown] 01.4 task
# ### Exercise 4: clip by global norm
#
# The opposite of vanishing: a gradient that grows at each step back, and throws the weights about.
# The usual remedy is to *clip* it. `gradients` is a list of arrays. Their common *norm* is the root
# of the sum of all their squared numbers. If it is above `limit`, scale all arrays by one factor,
# so that the norm becomes the limit. Otherwise leave them alone. Return the list.


# %% 01.4 stub
def clip(gradients, limit):
    return None  # your code


# %% 01.4 check
exercises.check("01.4", clip)


# %% 01.4 solution
def clip(gradients, limit):
    squares = 0
    for gradient in gradients:
        squares += np.sum(gradient**2)
    norm = np.sqrt(squares)
    if norm <= limit:
        return gradients
    return [gradient * limit / norm for gradient in gradients]


# %% 01.4 wrong: on its own
def clip(gradients, limit):
    return [g * min(1, limit / max(np.linalg.norm(g), 1e-9)) for g in gradients]


# %% 01.4 wrong: made larger
def clip(gradients, limit):
    norm = np.sqrt(sum((gradient**2).sum() for gradient in gradients))
    return [gradient * limit / norm for gradient in gradients]


# %% [markdown] 01.5 task
# ### Exercise 5: beat the vanishing
#
# An orthogonal matrix at half size has shrunk the gradient to almost nothing in 19 steps. Find a
# recurrent matrix of 20 units that carries every gradient through 100 steps (as long as no tanh
# bends it): none shorter than half, none longer than twice. The units must read each other, so no
# diagonal entry may be above 0.9.

# %% 01.5 stub
w_h = None  # float (20, 20)

# %% 01.5 check
exercises.check("01.5", w_h)

# %% 01.5 solution
w_h = np.linalg.qr(np.random.default_rng(0).normal(size=(20, 20)))[0]

# %% 01.5 wrong: has shrunk
w_h = np.random.default_rng(0).normal(size=(20, 20)) / 20

# %% 01.5 wrong: keeps to itself
w_h = np.eye(20)

# %% [markdown] 01.6 task
# ### Exercise 6: change the training
#
# In section 6 a network that began at half size, with one target after 20 numbers, learned nothing.
# Do better, with **40** numbers: train a Keras model that reads rows of shape (rows, 40, 1) and
# predicts for each row the probability, (rows, 1), that it began with +1. Training may take up to
# 20 seconds. The check draws new rows and wants more than 95 % right. Any layer and any way of
# training will do.

# %% 01.6 stub
rng = np.random.default_rng(1)


def draw_rows(count, steps):
    x = rng.normal(0, 0.3, size=(count, steps, 1))
    y = rng.integers(0, 2, size=(count, 1))
    x[:, 0] = 2 * y - 1
    return x, y


model = None  # a trained Keras model

# %% 01.6 check
exercises.check("01.6", model)

# %% 01.6 solution
rng = np.random.default_rng(1)


def draw_rows(count, steps):
    x = rng.normal(0, 0.3, size=(count, steps, 1))
    y = rng.integers(0, 2, size=(count, 1))
    x[:, 0] = 2 * y - 1
    return x, y


keras.utils.set_random_seed(1)
model = keras.Sequential(
    [
        keras.Input((None, 1)),
        keras.layers.SimpleRNN(16),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(5e-3), loss="binary_crossentropy")
x, y = draw_rows(4000, 40)  # Keras starts the loop at full size, and Adam rescales the gradient
model.fit(x, y, epochs=6, batch_size=64, verbose=0)

# %% 01.6 wrong: guessing
model = keras.Sequential(
    [
        keras.Input((None, 1)),
        keras.layers.SimpleRNN(16, kernel_initializer="zeros"),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)

# %% 01.6 wrong: one answer a row is asked
model = keras.Sequential(
    [
        keras.Input((None, 1)),
        keras.layers.SimpleRNN(16, return_sequences=True),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)

# %% 01.6 wrong: let a sigmoid turn them
keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((40, 1)), keras.layers.GRU(4), keras.layers.Dense(1)])
