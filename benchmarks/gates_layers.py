"""Two layers of two directions, and the rivals that could do the same with less.

Rows of 7 random values, a label for each step: do both neighbours have the same sign? A sum of what
two directions say cannot tell, and 50 % is guessing. Each network takes the better of two learning
rates by its validation loss, and trains for 30 epochs, or until 5 have not improved it. Accuracy on
4,000 rows, without the outer steps, which lack a neighbour.
"""

import keras
import numpy as np
from gates_task import SEEDS, summary

STEPS = 7
Bidirectional, Dense = keras.layers.Bidirectional, keras.layers.Dense


def rnn(units):
    return keras.layers.SimpleRNN(units, return_sequences=True)


def networks():
    """The hidden layers by name, new ones at each call."""
    return {
        "two directions": [Bidirectional(rnn(16))],
        "two directions, twice as wide": [Bidirectional(rnn(32))],
        "two directions, Dense(32, relu)": [Bidirectional(rnn(16)), Dense(32, "relu")],
        "two layers of two directions": [Bidirectional(rnn(16)), Bidirectional(rnn(16))],
    }


def draw(rng, count):
    """Draw rows and their labels: -> both float (count, 7, 1)."""
    line = rng.uniform(-1, 1, (count, STEPS + 2, 1))
    left, x, right = line[:, :-2], line[:, 1:-1], line[:, 2:]
    same = left * right > 0
    return x, same.astype("float32")


def train(hidden, parts, rate):
    """-> lowest validation loss, accuracy on the test rows."""
    (x, y), (x_val, y_val), (x_test, y_test) = parts
    model = keras.Sequential([keras.Input((STEPS, 1)), *hidden, Dense(1)])
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss, jit_compile=True)
    stopping = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
    history = model.fit(
        x,
        y,
        validation_data=(x_val, y_val),
        epochs=30,
        batch_size=128,
        callbacks=[stopping],
        verbose=0,
    )
    right = (model.predict(x_test, verbose=0) > 0) == y_test
    return min(history.history["val_loss"]), right[:, 1:-1].mean()


def run(sizes):
    """sizes: has no effect, the data are made here -> title of a table: list of rows."""
    rows = []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        parts = [draw(rng, count) for count in (12_800, 2_000, 4_000)]
        for name in networks():
            tried = []
            for rate in (0.003, 0.01):
                keras.utils.set_random_seed(seed)
                tried.append(train(networks()[name], parts, rate))
            _, accuracy = min(tried)
            rows.append({"network": name, "accuracy in %": 100 * accuracy})
            print(seed, rows[-1], flush=True)
    return {"Do both neighbours have the same sign?": summary(rows, ["network"])}
