"""Judges for the exercises of 05_time_series_forecasting."""

import numpy as np

from rnnkit.exercises import Mistake, array, call, close, compiled_model, exercise

LIMIT = 0.95  # to beat in exercise 6: the value of a day before gives about 1.3
TO_BEAT = 0.15  # in exercise 7: a constant gives about 0.5


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
    inputs, targets = _windows(function, np.arange(10.0), 3, 2)
    if len(targets) and targets[0] == 5:
        return "off by one: the horizon counts from the last value of the window. 2 after 2 is 4."
    if len(targets) and targets[0] in (2, 3):
        return "the target is too early: with a horizon of 2, the window [0 1 2] is to predict 4."
    if len(inputs) != 6 or len(targets) != 6:
        return f"of arange(10) there are {len(inputs)} windows and {len(targets)} targets: 6 each."
    if not close(inputs[:2], [[0, 1, 2], [1, 2, 3]]):
        return f"the first windows should be [0 1 2] and [1 2 3], not {inputs[0]} and {inputs[1]}."
    if not close(targets, np.arange(4, 10)):
        return f"the targets should be 4, 5 ... 9, not {targets}."
    for case, window, horizon in (("series", 3, 2), ("window and horizon", 5, 4)):
        series = np.random.default_rng(window).normal(size=23)
        inputs, targets = _windows(function, series, window, horizon)
        first = np.arange(len(series) - window - horizon + 1)
        right = close(inputs, series[first[:, None] + np.arange(window)])
        if not right or not close(targets, series[first + window + horizon - 1]):
            return f"right for arange(10) with 3 and 2, but not for another {case}."
    return None


def _windows(function, series, window, horizon):
    """Ask for windows and targets, each an array."""
    pair = call(function, series, window, horizon)
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise Mistake("return two arrays: the windows and the targets.")
    inputs = array(pair[0], what="the array of windows", ndim=2)
    return inputs, array(pair[1], what="the array of targets", ndim=1)


@exercise("05.3", "mean and standard deviation of the training part, used for both parts.")
def scale_parts(function):
    series = np.concatenate([np.linspace(0, 10, 60), np.linspace(100, 110, 40)])
    pair = call(function, series, 60, 5)
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise Mistake("return two arrays: training part and test part.")
    train = array(pair[0], what="the training part", ndim=1)
    test = array(pair[1], what="the test part", ndim=1)
    lengths = (len(train), len(test))
    if lengths == (60, 40):
        return "there is no gap: leave `gap` values out between the two parts."
    if lengths == (55, 40):
        return "the gap comes out of the test part here: train on all values before `start`."
    if lengths != (60, 35):
        return f"the parts have {len(train)} and {len(test)} values: 60 and 35 are right."
    known, new = series[:60], series[65:]
    if close(train, (known - series.mean()) / series.std()):
        return "the scaler was fitted on everything, so the training part knows of the test part."
    for freedom in (0, 1):  # two common estimates of the deviation
        deviation = known.std(ddof=freedom)
        if not close(train, (known - known.mean()) / deviation):
            continue
        if close(test, (new - known.mean()) / deviation):
            return None
        if close(test, (new - new.mean()) / new.std(ddof=freedom)):
            return "the test part is scaled by itself: use the numbers of the training part."
    return "subtract the mean of the training part and divide by its standard deviation."


@exercise("05.4", "history[season:] - history[:-season] is the error of 'as one season ago'.")
def mase(function):
    history = np.array([1.0, 5, 2, 7, 4, 10])  # two steps a season: off by 1, 2, 2 and 3
    truth, forecast = np.array([5.0, 9, 8]), np.array([6.0, 7, 11])  # off by 1, 2 and 3
    value = array(call(function, truth, forecast, history, 2), (), "what your function returns")
    if close(value, 1):
        other = array(call(function, truth, forecast, 3 * history, 2), (), "what you return")
        if close(other, 3):
            return "it is upside down: divide the error of the forecast by that of the history."
        return None if close(other, 1 / 3) else "it must depend on the history: scale by its error."
    if close(value, 2 / np.abs(np.diff(history)).mean()):
        return "that divides by the error of one step before: a season has two steps here."
    if close(value, 2):
        return "that is the mean absolute error, which has a unit: divide it by the naive one."
    return "mean absolute error of the forecast, divided by that of history[t] for history[t + 2]."


@exercise("05.5", "what is above the forecast costs q a unit, what is below it 1 - q.")
def pinball(function):
    truth, forecast = np.array([10.0, 10, 10, 10]), np.array([8.0, 9, 11, 14])
    right = (0.9 * 2 + 0.9 * 1 + 0.1 * 1 + 0.1 * 4) / 4
    value = array(call(function, truth, forecast, 0.9), (), "what your function returns")
    if close(value, (0.1 * 2 + 0.1 * 1 + 0.9 * 1 + 0.9 * 4) / 4):
        return "q and 1 - q are swapped: at q = 0.9 a forecast that is too low must cost more."
    if close(value, right * 4):
        return "a sum stands where a mean belongs."
    if close(value, 2):
        return "that is the mean absolute error: too low and too high must cost differently."
    if not close(value, right):
        return "for each value: q * (truth - forecast) if truth is above, else the other way round."
    value = array(call(function, truth, forecast, 0.25), (), "what your function returns")
    if not close(value, (0.25 * 3 + 0.75 * 5) / 4):
        return "right for q = 0.9, but it costs the same whatever the quantile: use q."
    return None


def daily_series(seed, days=60):
    """Hourly values with a daily wave, a slow drift and noise: float (24 * days,)."""
    rng, hours = np.random.default_rng(seed), np.arange(24 * days)
    wave = 5 * np.sin(2 * np.pi * hours / 24) + 2 * np.sin(4 * np.pi * hours / 24 + 1)
    return wave + 0.02 * np.cumsum(rng.normal(size=len(hours))) + rng.normal(size=len(hours))


@exercise("05.6", "history[-13] is the same hour a day before. Which others are of that hour?")
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


def jolts(seed, count):
    """Windows of jolt and setting, and the jump to come: float (N, 24, 2), float (N,).

    One jolt lies 1 to 20 readings back; the setting, 1 or -1, stays as it was then for a reading
    and changes at random otherwise.
    """
    rng = np.random.default_rng(seed)
    inputs = np.stack(
        [0.05 * rng.normal(size=(count, 24)), rng.choice([-1.0, 1.0], (count, 24))], axis=2
    )
    when = rng.integers(3, 23, count)
    strength = rng.uniform(0.2, 1, count)
    rows = np.arange(count)
    inputs[rows, when, 0] += strength
    return inputs, strength * inputs[rows, when, 1]


@exercise(
    "05.7",
    "return the model, and put a recurrent layer where the readings are dropped.",
    trains=True,
)
def beat_the_last_reading(function):

    x_train, y_train = jolts(1, 3000)
    x_test, y_test = jolts(2, 1000)
    model = compiled_model(function)
    shape = tuple(model(x_train[:2]).shape)
    if shape not in ((2, 1), (2,)):
        return f"it should give one number for each window: (2, 1) for two, not {shape}."
    model.fit(x_train, y_train, epochs=12, batch_size=64, verbose=0)
    error = np.abs(np.ravel(model.predict(x_test, verbose=0)) - y_test).mean()
    if not error <= TO_BEAT:
        return f"its mean absolute error on new windows is {error:.2f}: get it to {TO_BEAT}."
    return None
