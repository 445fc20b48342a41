"""Judges for the exercises of 05_time_series_forecasting."""

import numpy as np

from rnnkit.exercises import Mistake, array, call, close, exercise

LIMIT = 0.95  # to beat in exercise 5: the value of a day before gives about 1.3


@exercise("05.1", "write the windows down: [0 1 2] comes first, [1 2 3] next. Where does 9 fall?")
def first_and_last(answer):
    target, count = array(answer, (2,))
    if (target, count) == (4, 6):
        return None
    if target == 5:
        return "the horizon is counted from the last value of the window, not from the step after."
    if target == 3:
        return "3 is one step ahead: the horizon is 2."
    if target == 4:
        return f"the target is right, but {count:g} windows are not: the last target is 9."
    return "the window [0, 1, 2] ends at 2, and two steps after 2 comes its target."


@exercise("05.2", "the target of the window that begins at i stands at i + window + horizon - 1.")
def make_windows(function):
    pair = call(function, np.arange(10.0), 3, 2)
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise Mistake("return two arrays: the windows and the targets.")
    inputs, targets = (array(part, what="what you return") for part in pair)
    if inputs.ndim != 2 or inputs.shape[1] != 3 or len(inputs) != len(targets):
        return f"the shapes {inputs.shape} and {targets.shape} do not fit (N, 3) and (N,)."
    if not close(inputs[0], [0, 1, 2]) or not close(inputs[1], [1, 2, 3]):
        return f"the first windows should be [0 1 2] and [1 2 3], not {inputs[0]} and {inputs[1]}."
    if targets[0] == 5:
        return "off by one: the horizon counts from the last value of the window. 2 after 2 is 4."
    if targets[0] == 3 or targets[0] == 2:
        return "the target is too early: with a horizon of 2, the window [0 1 2] is to predict 4."
    if targets[0] != 4 or not close(np.diff(targets), np.ones(len(targets) - 1)):
        return f"the targets should be 4, 5, 6 ..., not {targets[:3]}."
    if len(targets) != 6:
        return f"there are {len(targets)} windows: 6 of them have a target, the last one is 9."
    return None


@exercise("05.3", "mean and standard deviation of the training part, used for both parts.")
def scale_parts(function):
    series = np.concatenate([np.linspace(0, 10, 60), np.linspace(100, 110, 40)])
    pair = call(function, series, 60, 5)
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise Mistake("return two arrays: training part and test part.")
    train, test = (array(part, what="what you return") for part in pair)
    if len(train) == 60 and len(test) == 40:
        return "there is no gap: leave `gap` values out between the two parts."
    if len(train) == 60 and len(test) == 35:
        first = (series[65:] - series[:60].mean()) / series[:60].std()
    elif len(train) == 55 and len(test) == 40:
        return "the gap comes out of the test part here: train on all values before `start`."
    else:
        return f"the parts have {len(train)} and {len(test)} values: 60 and 35 are right."
    everything = (series - series.mean()) / series.std()
    if close(test, everything[65:]) or close(train, everything[:60]):
        return "the scaler was fitted on everything, so the training part knows of the test part."
    if close(test, (series[65:] - series[65:].mean()) / series[65:].std()):
        return "the test part is scaled by itself: use the numbers of the training part."
    if close(train, (series[:60] - series[:60].mean()) / series[:60].std()) and close(test, first):
        return None
    if close(train, (series[:60] - series[:60].mean()) / series[:60].std(ddof=1)):
        return None  # the other common estimate of the deviation
    return "subtract the mean of the training part and divide by its standard deviation."


@exercise("05.4", "what is above the forecast costs q a unit, what is below it 1 - q.")
def pinball(function):
    y, forecast = np.array([10.0, 10, 10, 10]), np.array([8.0, 9, 11, 14])
    right = (0.9 * 2 + 0.9 * 1 + 0.1 * 1 + 0.1 * 4) / 4
    value = array(call(function, y, forecast, 0.9), (), "what your function returns")
    if close(value, right):
        return None
    if close(value, (0.1 * 2 + 0.1 * 1 + 0.9 * 1 + 0.9 * 4) / 4):
        return "q and 1 - q are swapped: at q = 0.9 a forecast that is too low must cost more."
    if close(value, right * 4):
        return "a sum stands where a mean belongs."
    if close(value, 2):
        return "that is the mean absolute error: too low and too high must cost differently."
    return "for each value: q * (y - forecast) if y is above, else (1 - q) * (forecast - y)."


def daily_series(seed, days=60):
    """Hourly values with a daily wave, a slow drift and noise: float (24 * days,)."""
    rng, hours = np.random.default_rng(seed), np.arange(24 * days)
    wave = 5 * np.sin(2 * np.pi * hours / 24) + 2 * np.sin(4 * np.pi * hours / 24 + 1)
    return wave + 0.02 * np.cumsum(rng.normal(size=len(hours))) + rng.normal(size=len(hours))


@exercise("05.5", "history[-13] is the same hour a day before. Which others are of that hour?")
def forecast(function):
    series, errors = daily_series(3), []
    for now in range(24 * 20, len(series) - 12, 7):
        value = array(call(function, series[:now]), (), "your forecast")
        errors.append(abs(value - series[now + 11]))  # 12 hours after the last value, now - 1
    error = np.mean(errors)
    if not np.isfinite(error):
        return "a forecast is not a finite number."
    if error > LIMIT:
        return f"the mean absolute error over many days is {error:.2f}: get it to {LIMIT} or below."
    return None
