# %% setup
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
# Write the recurrence yourself, for one sequence: x float (T, F), w_x (F, H), w_h (H, H), b (H,)
# give the states float (T, H). Do not call a layer.


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
# ### Exercise 3: clip by global norm
#
# Write the clipping that tamed the explosion. `gradients` is a list of arrays. If the norm of all
# their numbers together is above `limit`, scale all by one factor, so that the norm becomes the
# limit. Otherwise leave them alone. Return the list.


# %% 01.3 stub
def clip(gradients, limit):
    return None  # your code


# %% 01.3 check
exercises.check("01.3", clip)


# %% 01.3 solution
def clip(gradients, limit):
    norm = np.sqrt(sum((gradient**2).sum() for gradient in gradients))
    factor = min(1, limit / norm)
    return [gradient * factor for gradient in gradients]


# %% 01.3 wrong: on its own
def clip(gradients, limit):
    return [g * min(1, limit / max(np.linalg.norm(g), 1e-9)) for g in gradients]


# %% 01.3 wrong: made larger
def clip(gradients, limit):
    norm = np.sqrt(sum((gradient**2).sum() for gradient in gradients))
    return [gradient * limit / norm for gradient in gradients]


# %% [markdown] 01.4 task
# ### Exercise 4: beat the vanishing
#
# A random matrix with spectral radius 0.9 shrank the gradient to almost nothing. Find a recurrent
# matrix of 20 units that carries every gradient through 100 steps: none shorter than half, none
# longer than twice. The units must read each other, so no diagonal entry may be above 0.9.

# %% 01.4 stub
w_h = None  # float (20, 20)

# %% 01.4 check
exercises.check("01.4", w_h)

# %% 01.4 solution
w_h = np.linalg.qr(np.random.default_rng(0).normal(size=(20, 20)))[0]

# %% 01.4 wrong: has shrunk
w_h = np.random.default_rng(0).normal(size=(20, 20)) / 20

# %% 01.4 wrong: keeps to itself
w_h = np.eye(20)
