# %% setup
import numpy as np

from rnnkit import exercises

# %% [markdown] 05.1 task
# ### Exercise 1: predict
#
# The series is `np.arange(10)`, the window has 3 values, and the horizon is 2 steps. What is the
# target of the first window, and how many windows have a target?

# %% 05.1 stub
answer = None  # [target of the first window, number of windows]

# %% 05.1 check
exercises.check("05.1", answer)

# %% 05.1 solution
answer = [2 + 2, 10 - 3 - 2 + 1]

# %% 05.1 wrong: counted from the last value
answer = [5, 5]

# %% 05.1 wrong: the last target is 9
answer = [4, 5]

# %% [markdown] 05.2 task
# ### Exercise 2: windows without an error of one
#
# Write the windows for one series: float (T,) gives inputs float (N, window) and targets float
# (N,). A target lies `horizon` steps after the last value of its window.


# %% 05.2 stub
def make_windows(series, window, horizon):
    return None  # inputs, targets


# %% 05.2 check
exercises.check("05.2", make_windows)


# %% 05.2 solution
def make_windows(series, window, horizon):
    count = len(series) - window - horizon + 1
    inputs = np.array([series[i : i + window] for i in range(count)])
    return inputs, series[window + horizon - 1 :]


# %% 05.2 wrong: off by one
def make_windows(series, window, horizon):
    count = len(series) - window - horizon
    inputs = np.array([series[i : i + window] for i in range(count)])
    return inputs, series[window + horizon :]


# %% 05.2 wrong: too early
def make_windows(series, window, horizon):
    count = len(series) - window
    return np.array([series[i : i + window] for i in range(count)]), series[window:]


# %% [markdown] 05.3 task
# ### Exercise 3: split, then scale
#
# Split a series at the index `start` and scale it: all values before `start` are for training; the
# test part begins `gap` values later. Return both parts, scaled so that the training part has mean
# 0 and standard deviation 1.


# %% 05.3 stub
def scale_parts(series, start, gap):
    return None  # train, test


# %% 05.3 check
exercises.check("05.3", scale_parts)


# %% 05.3 solution
def scale_parts(series, start, gap):
    train, test = series[:start], series[start + gap :]
    return (train - train.mean()) / train.std(), (test - train.mean()) / train.std()


# %% 05.3 wrong: fitted on everything
def scale_parts(series, start, gap):
    scaled = (series - series.mean()) / series.std()
    return scaled[:start], scaled[start + gap :]


# %% 05.3 wrong: there is no gap
def scale_parts(series, start, gap):
    train, test = series[:start], series[start:]
    return (train - train.mean()) / train.std(), (test - train.mean()) / train.std()


# %% 05.3 wrong: scaled by itself
def scale_parts(series, start, gap):
    train, test = series[:start], series[start + gap :]
    return (train - train.mean()) / train.std(), (test - test.mean()) / test.std()


# %% [markdown] 05.4 task
# ### Exercise 4: the loss of a quantile
#
# Write the pinball loss, the mean over all values: y float (N,), forecast float (N,) and the
# quantile q, say 0.9, give one number.


# %% 05.4 stub
def pinball(y, forecast, q):
    return None  # your code


# %% 05.4 check
exercises.check("05.4", pinball)


# %% 05.4 solution
def pinball(y, forecast, q):
    error = y - forecast
    return np.maximum(q * error, (q - 1) * error).mean()


# %% 05.4 wrong: are swapped
def pinball(y, forecast, q):
    error = forecast - y
    return np.maximum(q * error, (q - 1) * error).mean()


# %% 05.4 wrong: mean absolute error
def pinball(y, forecast, q):
    return np.abs(y - forecast).mean()


# %% [markdown] 05.5 task
# ### Exercise 5: beat the seasonal naive
#
# The check has an hourly series with a daily wave and noise. Write a forecast for 12 hours after
# the last value: history float (T,), at least 20 days, gives one number. The seasonal naive,
# `history[-13]`, has a mean absolute error of about 1.3. Get to 0.95 or below, without a
# network.


# %% 05.5 stub
def forecast(history):
    return None  # your code


# %% 05.5 check
exercises.check("05.5", forecast)


# %% 05.5 solution
def forecast(history):
    same_hour = history[-13::-24][:10]  # the last ten days at that hour
    return same_hour.mean()


# %% 05.5 wrong: over many days
def forecast(history):
    return history[-13]


# %% 05.5 wrong: over many days
def forecast(history):
    return history[-1]
