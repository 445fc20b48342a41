"""ETTh1, the next 24 hours, in the two settings of the published tables.

    python benchmarks/bench.py --real [--record] ett

All seven columns are forecast together, or the oil temperature from its own past. The rows are
those of the tables: 12, 4 and 4 months for training, validation and test, each column standardised
by its training rows, and the mean squared and mean absolute error over all columns and all of the
24 hours, in standardised units. The network treats the columns as series of one kind: a GRU with a
linear path, from what a window holds beyond its last value. Its epochs are chosen on the validation
rows, and the test rows are scored once.
"""

import functools
import time

import keras
import numpy as np
import records
from keras import layers
from sklearn.linear_model import Ridge

from rnnkit import corpora

HORIZON, SEASON, WINDOW = 24, 24, 168  # hours
MONTH = 30 * 24
PARTS = {"train": (0, 12), "val": (12, 16), "test": (16, 20)}  # months
SEEDS = (1, 2, 3)
TRAINING = {"units": 16, "epochs": 8, "rate": 1e-3, "dropout": 0.2}
SETTINGS = {  # columns, None for all; a training window begins each `stride` hours
    "seven columns": {"columns": None, "stride": 3, "batch": 256},
    "oil temperature": {"columns": ["OT"], "stride": 1, "batch": 64},
}
# MSE and MAE at 24 hours, as Gu et al. (2022), "S4", tables 14 and 13, give them; all rows but that
# of S4 are repeated there from Zhou et al. (2021), "Informer".
PUBLISHED = {
    "seven columns": {
        "LSTMa": (0.650, 0.624),
        "LSTnet": (1.293, 0.901),
        "Informer": (0.577, 0.549),
        "S4": (0.525, 0.542),
    },
    "oil temperature": {
        "LSTMa": (0.114, 0.272),
        "DeepAR": (0.107, 0.280),
        "ARIMA": (0.108, 0.284),
        "Informer": (0.098, 0.247),
        "S4": (0.061, 0.191),
    },
}


def standardised(values):
    """values: float (T, F) -> the 20 months in use, by mean and deviation of the training rows."""
    values = values[: PARTS["test"][1] * MONTH]
    first = values[: PARTS["train"][1] * MONTH]
    return (values - first.mean(axis=0)) / first.std(axis=0)


def windows(series, part, *, window=WINDOW, stride=1):
    """series: float (T, F) -> past (N, window, F) and future (N, HORIZON, F) of a part.

    As in the tables, a window of the validation or test part may begin before the part does; its
    targets all lie inside.
    """
    begin, end = (months * MONTH for months in PARTS[part])
    known = np.arange(max(begin, window), end - HORIZON + 1, stride)[:, None]
    return series[known - window + np.arange(window)], series[known + np.arange(HORIZON)]


def errors(forecast, future):
    """-> mean squared and mean absolute error over windows, hours and columns."""
    gap = forecast - future
    return {"MSE": float(np.mean(gap**2)), "MAE": float(np.abs(gap).mean())}


def per_column(array):
    """(N, T, F) -> (N * F, T): each column a series of its own."""
    return np.moveaxis(array, 2, 1).reshape(-1, array.shape[1])


def back(rows, columns):
    """(N * F, T) -> (N, T, F), the way back of `per_column`."""
    return np.moveaxis(rows.reshape(-1, columns, rows.shape[1]), 1, 2)


def centred(past, future):
    """-> windows and targets less the last value of the window, as series (N * F, T)."""
    last = past[:, -1:]
    return per_column(past - last), per_column(future - last)


def ridge(series):
    """One ridge regression for all columns, its penalty chosen on validation -> forecast(past)."""
    x, y = centred(*windows(series, "train"))
    past, future = windows(series, "val")
    fits = [Ridge(10.0**power).fit(x, y) for power in range(6)]
    ask = functools.partial(_forecast, columns=series.shape[1])
    return min(
        (functools.partial(ask, fit.predict) for fit in fits),
        key=lambda forecast: errors(forecast(past), future)["MSE"],
    )


def _forecast(predict, past, columns):
    last = past[:, -1:]
    return last + back(predict(per_column(past - last)), columns)


def network():
    """A GRU and a linear path: (B, WINDOW) -> (B, HORIZON), both beyond the window's last value."""
    inputs = keras.Input((WINDOW,))
    x = layers.GRU(TRAINING["units"])(layers.Reshape((WINDOW, 1))(inputs))
    x = layers.Dropout(TRAINING["dropout"])(x)
    x = layers.Dense(HORIZON, kernel_initializer="zeros")(x)
    linear = layers.Dense(HORIZON, use_bias=False, kernel_initializer="zeros")(inputs)
    model = keras.Model(inputs, layers.Add()([x, linear]))
    optimizer = keras.optimizers.Adam(TRAINING["rate"], global_clipnorm=1.0)
    model.compile(optimizer, "mse")
    return model


def trained(series, seed, *, stride, batch):
    """Train once, best epoch by validation -> the model and the seconds."""
    keras.utils.set_random_seed(seed)
    model = network()
    stopping = keras.callbacks.EarlyStopping(
        monitor="val_loss", patience=TRAINING["epochs"], restore_best_weights=True
    )
    began = time.perf_counter()
    model.fit(
        *centred(*windows(series, "train", stride=stride)),
        validation_data=centred(*windows(series, "val", stride=stride)),
        epochs=TRAINING["epochs"], batch_size=batch, callbacks=[stopping], verbose=0,
    )  # fmt: skip
    return model, time.perf_counter() - began


def measure(series, setting):
    """Score everything on the test rows -> a row for each model."""
    columns = series.shape[1]
    past, future = windows(series, "test")
    day_before = past[:, -SEASON:][:, :HORIZON]
    rows = [
        {"model": "persistence"} | errors(past[:, -1:], future),
        {"model": "as a day before"} | errors(day_before, future),
        {"model": "ridge"} | errors(ridge(series)(past), future),
    ]
    sizes = {name: SETTINGS[setting][name] for name in ("stride", "batch")}
    runs = []
    for seed in SEEDS:
        model, seconds = trained(series, seed, **sizes)
        predict = functools.partial(model.predict, verbose=0, batch_size=2048)
        runs.append(errors(_forecast(predict, past, columns), future) | {"seconds": seconds})
    row = {"model": "GRU and linear path", "parameters": model.count_params()}
    row |= records.mean_and_spread(runs)
    rows.append(row | {"seeds": len(SEEDS), "peak, MiB": records.peak_mib()})
    return rows + [
        {"model": f"{name}, published", "MSE": mse, "MAE": mae}
        for name, (mse, mae) in PUBLISHED[setting].items()
    ]


def run(sizes):
    """Measure on the real series, whatever `sizes` says: the published tables have no other."""
    data = corpora.load("weather", "real").data  # ETTh1
    scaled = standardised(data.to_numpy(float))
    tables = {}
    for setting, options in SETTINGS.items():
        names = options["columns"] or data.columns
        columns = [data.columns.get_loc(name) for name in names]
        rows = measure(scaled[:, columns], setting)
        tables[f"{setting}, the next 24 hours, standardised"] = rows
    return tables
