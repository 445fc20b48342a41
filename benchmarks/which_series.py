"""The contestants of notebook 13 as forecasters of the station of 05, or of ETTh1.

Windows, parts and scores are those of 05. Each contestant stands between a dense layer of 32 units
and a dense layer for all leads, which forecast the change from the last reading; 17,000 parameters
of its own within 5 %. The rate is that of a short list with the lowest validation loss on the first
seed. Trained as 05 trains: the rate falls where the validation loss does not improve, and early
stopping ends it. Mean absolute error of all leads in degrees on the test part.
"""

import time

import keras
import numpy as np
import pandas as pd
from keras import layers
from sklearn.linear_model import Ridge
from which_models import CONTESTANTS, units_for
from which_probes import PARAMETERS, RATES, SEEDS, WIDTH, table

from rnnkit import corpora

EPOCHS = {"synthetic": 15, "real": 15, "tiny": 1}


def columns_of(corpus):
    """The columns of 05: the target first, then instruments, wind and calendar -> DataFrame."""
    sizes = corpus.sizes
    data = corpus.data.asfreq(sizes["step"])[: sizes["until"]]
    made = data[[corpus.target, *sizes["columns"]]].copy()
    for speed, direction in sizes["winds"]:
        angle = np.deg2rad(data[direction])
        made["east"] = data[speed] * np.sin(angle)
        made["north"] = data[speed] * np.cos(angle)
    hours = (made.index - made.index[0]) / pd.Timedelta("1h")
    for period in sizes["periods"]:
        made[f"sine {period}"] = np.sin(2 * np.pi * hours / period)
        made[f"cosine {period}"] = np.cos(2 * np.pi * hours / period)
    return made


def windows(values, window, horizon):
    """float (T, C) -> x (N, window, C), y (N, horizon): what column 0 will be."""
    past = np.lib.stride_tricks.sliding_window_view(values[:-horizon], window, axis=0)
    future = np.lib.stride_tricks.sliding_window_view(values[window:, 0], horizon)
    return past.transpose(0, 2, 1).astype("float32"), future.astype("float32")


def read(sizes):
    """-> three pairs of x and y, scaled by the training part; the degrees of 1; the limit's MAE."""
    corpus = corpora.load("weather", "real" if sizes == "real" else "synthetic")
    size = corpus.sizes
    made = columns_of(corpus)
    train = made[: size["train_end"]]
    mean, std = train.mean(), train.std()
    ends = [train, made[size["val_from"] : size["val_end"]], made[size["test_from"] :]]
    scaled = [((part - mean) / std).to_numpy() for part in ends]
    parts = [windows(values, size["window"], size["horizon"]) for values in scaled]
    rows = ends[2].index[size["window"] - 1 : -size["horizon"]]
    best = corpus.best_forecast["median"].loc[rows].to_numpy()
    actual = parts[2][1] * std[corpus.target] + mean[corpus.target]
    return parts, std[corpus.target], float(np.abs(best - actual).mean())


def forecaster(contestant, window, columns, horizon):
    inputs = keras.Input((window, columns))
    x = layers.Dense(WIDTH)(inputs)
    x = contestant(x, units_for(contestant, WIDTH, PARAMETERS))
    change = layers.Dense(horizon)(x[:, -1])
    return keras.Model(inputs, inputs[:, -1:, 0] + change)


def train(name, seed, rate, data, epochs):
    """-> lowest validation loss, MAE on the test part, CPU seconds."""
    (x, y), validation, (x_test, y_test) = data[0]
    keras.utils.set_random_seed(seed)
    model = forecaster(CONTESTANTS[name], *x.shape[1:], y.shape[1])
    model.compile(keras.optimizers.Adam(rate, global_clipnorm=1.0), "mae")
    callbacks = [
        keras.callbacks.ReduceLROnPlateau(factor=0.3, patience=1),
        keras.callbacks.EarlyStopping(min_delta=1e-4, patience=3, restore_best_weights=True),
    ]
    began = time.process_time()
    history = model.fit(
        x,
        y,
        validation_data=validation,
        epochs=epochs,
        batch_size=128,
        callbacks=callbacks,
        verbose=0,
    )
    seconds = time.process_time() - began
    mae = np.abs(model.predict(x_test, verbose=0) - y_test).mean() * data[1]
    return min(history.history["val_loss"]), {"MAE": mae, "CPU seconds": seconds}


def ridge(data):
    """The linear rival of 05 on the same windows."""
    (x, y), _, (x_test, y_test) = data[0]
    fitted = Ridge(alpha=10).fit(x.reshape(len(x), -1), y)
    forecast = fitted.predict(x_test.reshape(len(x_test), -1))
    return np.abs(forecast - y_test).mean() * data[1]


def run(sizes):
    """sizes: "synthetic", "real" or "tiny" -> title of a table: list of rows."""
    data = read(sizes)
    rows = []
    for name in CONTESTANTS:
        tries = {rate: train(name, SEEDS[0], rate, data, EPOCHS[sizes]) for rate in RATES}
        rate = min(tries, key=lambda rate: tries[rate][0])
        runs = [tries[rate][1]]
        runs += [train(name, seed, rate, data, EPOCHS[sizes])[1] for seed in SEEDS[1:]]
        rows += [{"network": name, "rate": rate, **run} for run in runs]
        print(name, tries, runs, flush=True)
    made = [*table(rows), {"network": "ridge", "MAE": float(ridge(data))}]
    if np.isfinite(data[2]):
        made.append({"network": "best possible", "MAE": data[2]})
    return {"Mean absolute error of a day's forecast, degC": made}
