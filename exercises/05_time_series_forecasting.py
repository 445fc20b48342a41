# %% setup
import keras
import numpy as np

from rnnkit import exercises

# %% [markdown] 05.1 task
# ### Exercise 1: predict
#
# The series is `np.arange(10)`, the window has 3 values, and its target is the one value 2 steps
# after its last. Don't run anything. What is the target of the first window, and how many windows
# have a target?

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

# %% 05.1 wrong: one step ahead
answer = [3, 7]

# %% [markdown] 05.2 task
# ### Exercise 2: windows without an off-by-one error
#
# Write the windows for one series of numbers yourself: `series` float (T,) gives inputs float
# (N, window) and targets float (N,). A target lies `horizon` steps after the last value of its
# window. The check tries several series, windows and horizons.


# %% 05.2 stub
def cut_windows(series, window, horizon):
    return None  # inputs, targets


# %% 05.2 check
exercises.check("05.2", cut_windows)


# %% 05.2 solution
def cut_windows(series, window, horizon):
    count = len(series) - window - horizon + 1
    inputs = []
    for first in range(count):
        inputs.append(series[first : first + window])
    return np.array(inputs), series[window + horizon - 1 :]


# %% 05.2 wrong: off by one
def cut_windows(series, window, horizon):
    count = len(series) - window - horizon
    inputs = np.array([series[i : i + window] for i in range(count)])
    return inputs, series[window + horizon :]


# %% 05.2 wrong: too early
def cut_windows(series, window, horizon):
    count = len(series) - window
    return np.array([series[i : i + window] for i in range(count)]), series[window:]


# %% 05.2 wrong: another series
def cut_windows(series, window, horizon):
    count = len(series) - window - horizon + 1
    inputs = np.array([np.arange(i, i + window) for i in range(count)])
    return inputs, np.arange(window + horizon - 1, len(series))


# %% 05.2 wrong: another window and horizon
def cut_windows(series, window, horizon):
    inputs = np.array([series[i : i + 3] for i in range(len(series) - 4)])
    return inputs, series[4:]


# %% [markdown] 05.3 task
# ### Exercise 3: split, then scale
#
# Split a series at the index `start` and scale it: all values before `start` are for training; the
# test part begins `gap` values later, so that neighbours of training values are left out. Return
# both parts, scaled so that the training part has mean 0 and standard deviation 1.


# %% 05.3 stub
def scale_parts(series, start, gap):
    return None  # train, test


# %% 05.3 check
exercises.check("05.3", scale_parts)


# %% 05.3 solution
def scale_parts(series, start, gap):
    train, test = series[:start], series[start + gap :]
    mean, deviation = train.mean(), train.std()
    return (train - mean) / deviation, (test - mean) / deviation


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
# ### Exercise 4: a score without a unit
#
# Write the MASE, the mean absolute scaled error. `history` float (T,) is what was known, `truth`
# and `forecast` float (N,) are what came and what you said, `season` is the length of a season in
# steps. Divide the mean absolute error of the forecast by the mean absolute error that *as one
# season ago* makes inside `history`. Below 1 is better than the seasonal forecast was there,
# whatever the unit.


# %% 05.4 stub
def mase(truth, forecast, history, season):
    return None  # one number


# %% 05.4 check
exercises.check("05.4", mase)


# %% 05.4 solution
def mase(truth, forecast, history, season):
    error = np.abs(truth - forecast).mean()
    naive = np.abs(history[season:] - history[:-season]).mean()
    return error / naive


# %% 05.4 wrong: one step before
def mase(truth, forecast, history, season):
    return np.abs(truth - forecast).mean() / np.abs(np.diff(history)).mean()


# %% 05.4 wrong: has a unit
def mase(truth, forecast, history, season):
    return np.abs(truth - forecast).mean()


# %% 05.4 wrong: upside down
def mase(truth, forecast, history, season):
    naive = np.abs(history[season:] - history[:-season]).mean()
    return naive / np.abs(truth - forecast).mean()


# %% [markdown] 05.5 task
# ### Exercise 5: the loss of a quantile
#
# A network that forecasts the quantile `q`, say 0.9, wants a value that nine truths in ten don't
# exceed. Its loss is the *pinball loss*: a truth above the forecast costs `q` for each unit of
# distance, one below it `1 - q`. Write it, the mean over all values: `truth` float (N,),
# `forecast` float (N,) and `q` give one number.


# %% 05.5 stub
def pinball(truth, forecast, q):
    return None  # your code


# %% 05.5 check
exercises.check("05.5", pinball)


# %% 05.5 solution
def pinball(truth, forecast, q):
    error = truth - forecast
    return np.maximum(q * error, (q - 1) * error).mean()


# %% 05.5 wrong: are swapped
def pinball(truth, forecast, q):
    error = forecast - truth
    return np.maximum(q * error, (q - 1) * error).mean()


# %% 05.5 wrong: mean absolute error
def pinball(truth, forecast, q):
    return np.abs(truth - forecast).mean()


# %% 05.5 wrong: whatever the quantile
def pinball(truth, forecast, q):
    error = truth - forecast
    return np.maximum(0.9 * error, -0.1 * error).mean()


# %% [markdown] 05.6 task
# ### Exercise 6: beat the seasonal naive
#
# The check has an hourly series with a daily wave and noise. Write a forecast for 12 hours after
# the last value: `history` float (T,), at least 20 days, gives one number. The seasonal naive,
# `history[-13]`, has a mean absolute error of about 1.3. Get to 0.95 or below, without a
# network.


# %% 05.6 stub
def forecast(history):
    return None  # your code


# %% 05.6 check
exercises.check("05.6", forecast)


# %% 05.6 solution
def forecast(history):
    same_hour = history[-13::-24][:10]  # the last ten days at that hour
    return same_hour.mean()


# %% 05.6 wrong: over many days
def forecast(history):
    return history[-13]


# %% 05.6 wrong: over many days
def forecast(history):
    return history[-1]


# %% [markdown] 05.7 task
# ### Exercise 7: change the model and beat this score
#
# A machine gets a jolt now and then. Some hours later its temperature jumps, by as much as the
# jolt was strong, and up or down as the machine is set at that moment. Each window has 24 readings
# of two columns, jolt and setting; the target is the jump that is to come. The network below looks
# at the last reading alone, and has a mean absolute error of about 0.5, no better than a
# constant. Change it so that it gets 0.15 or less. The check trains it for 12 epochs and scores it
# on new windows.


# %% 05.7 stub
def build():
    model = keras.Sequential(
        [
            keras.Input((24, 2)),
            keras.layers.Cropping1D((23, 0)),  # drops all readings but the last
            keras.layers.Flatten(),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(1),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(1e-2), loss="mse")
    return None  # model


# %% 05.7 check
exercises.check("05.7", build)


# %% 05.7 solution
def build():
    model = keras.Sequential(
        [
            keras.Input((24, 2)),
            keras.layers.GRU(16),
            keras.layers.Dense(1),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(1e-2), loss="mse")
    return model


# %% 05.7 wrong: mean absolute error on new windows
def build():
    model = keras.Sequential(
        [
            keras.Input((24, 2)),
            keras.layers.Cropping1D((23, 0)),
            keras.layers.Flatten(),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(1),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(1e-2), loss="mse")
    return model


# %% 05.7 wrong: is not compiled
def build():
    return keras.Sequential([keras.Input((24, 2)), keras.layers.GRU(16), keras.layers.Dense(1)])


# %% 05.7 wrong: one number for each window
def build():
    layers = [keras.layers.GRU(16, return_sequences=True), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input((24, 2)), *layers])
    model.compile(optimizer=keras.optimizers.Adam(1e-2), loss="mse")
    return model
