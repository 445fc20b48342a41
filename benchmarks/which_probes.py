"""Two probes of notebook 13 with a known answer: parity of bits, and recall of pairs.

All contestants have as many parameters within 5 %, the same batches, and the rate of a short list
that has the lowest validation loss on the first seed; three seeds. Parity: the target at each step
is whether the ones so far are odd; trained on 16 bits, scored on the second half of strings of 16,
32 and 64. Recall: up to 16 pairs of a key (of 32) and a value (of 16), then keys in random order,
whose values are asked; 32 steps in training, so 32 pairs need a sequence twice as long. A guess
says the value that was shown most often.
"""

import time

import keras
import numpy as np
import pandas as pd
from keras import layers
from which_models import CLOSER, CONTESTANTS, units_for

SEEDS = (7, 8, 9)
RATES = (0.001, 0.003, 0.01)
WIDTH, PARAMETERS = 32, 17_000
STEPS = {"synthetic": 400, "tiny": 2}
LENGTH, LENGTHS = 16, (16, 32, 64)
KEYS, VALUES, MOST = 32, 16, 16
PAIRS = (2, 4, 8, 16, 32)
LONGER = ("GRU",)  # it also trains on ten times as many batches of pairs


def draw_bits(rng, count, length):
    """-> x int (count, length), the parity of the bits so far (count, length, 1), weights."""
    bits = rng.integers(0, 2, (count, length))
    parity = bits.cumsum(axis=1) % 2
    return bits, parity[:, :, None], np.ones(bits.shape, "float32")


def draw_pairs(rng, count, steps, pairs=None):
    """-> x int (count, steps, 2) of keys and values, values (count, steps), weights.

    The first steps show pairs, the others ask: the value of x is 0 there, and counts as target.
    pairs: how many; from 1 to half of the steps by chance where none are given.
    """
    shown = rng.integers(1, steps // 2 + 1, (count, 1)) if pairs is None else pairs
    step = np.arange(steps)
    asks = step >= np.broadcast_to(shown, (count, 1))
    place = np.where(asks, rng.integers(0, shown, (count, steps)), step)
    keys = rng.permuted(np.tile(np.arange(KEYS), (count, 1)), axis=1)
    values = rng.integers(1, VALUES + 1, (count, KEYS))
    key = np.take_along_axis(keys, place, axis=1)
    value = np.take_along_axis(values, place, axis=1)
    x = np.stack([key, np.where(asks, 0, value)], axis=2)
    return x, value, asks.astype("float32")


def parity_network(contestant, units, length):
    inputs = keras.Input((length,), dtype="int32")
    x = layers.Embedding(2, WIDTH)(inputs)
    x = contestant(x, units)
    return keras.Model(inputs, layers.Dense(1, activation="sigmoid")(x))


def recall_network(contestant, units, length):
    inputs = keras.Input((length, 2), dtype="int32")
    key = layers.Embedding(KEYS, WIDTH // 2)(inputs[:, :, 0])
    value = layers.Embedding(VALUES + 1, WIDTH // 2)(inputs[:, :, 1])
    x = contestant(layers.Concatenate()([key, value]), units)
    return keras.Model(inputs, layers.Dense(VALUES + 1, activation="softmax")(x))


def train(model, loss, rate, parts, batch_size):
    """Train once through the first part -> validation loss, seconds."""
    (x, y, weights), validation = parts
    optimizer = keras.optimizers.Adam(rate, global_clipnorm=1.0)
    model.compile(optimizer, loss, weighted_metrics=[])
    began = time.process_time()
    model.fit(
        x, y, sample_weight=weights, batch_size=batch_size, epochs=1, shuffle=False, verbose=0
    )
    seconds = time.process_time() - began
    return model.evaluate(*validation[:2], sample_weight=validation[2], verbose=0), seconds


def longer(network, contestant, units, model, length):
    """The trained network for sequences of another length."""
    other = network(contestant, units, length)
    other.set_weights(model.get_weights())
    return other


def score_parity(contestant, units, model):
    """Accuracy on the second half of strings of each length -> dict."""
    row = {}
    for length in LENGTHS:
        bits, parity, _ = draw_bits(np.random.default_rng(99), 1000, length)
        other = longer(parity_network, contestant, units, model, length)
        right = (other.predict(bits, verbose=0) > 0.5) == parity
        row[f"{length} bits"] = right[:, length // 2 :].mean()
    return row


def guess_recall():
    """Accuracy of the value that was shown most often, on the same sequences -> dict."""
    row = {}
    for pairs in PAIRS:
        steps = 2 * max(pairs, MOST)
        x, values, _ = draw_pairs(np.random.default_rng(99), 500, steps, pairs)
        commonest = [np.bincount(shown).argmax() for shown in x[:, :pairs, 1]]
        right = values[:, pairs:] == np.array(commonest)[:, None]
        row[f"{pairs} pairs"] = float(right.mean())
    return row


def score_recall(contestant, units, model):
    """Accuracy for each number of pairs -> dict."""
    row = {}
    for pairs in PAIRS:
        steps = 2 * max(pairs, MOST)
        x, values, asks = draw_pairs(np.random.default_rng(99), 500, steps, pairs)
        other = longer(recall_network, contestant, units, model, steps)
        found = other.predict(x, verbose=0).argmax(axis=2)
        row[f"{pairs} pairs"] = (found == values)[asks > 0].mean()
    return row


def run_parity(contestant, units, seed, rate, steps):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    parts = draw_bits(rng, 128 * steps, LENGTH), draw_bits(rng, 1000, LENGTH)
    model = parity_network(contestant, units, LENGTH)
    loss, seconds = train(model, "binary_crossentropy", rate, parts, 128)
    return loss, {**score_parity(contestant, units, model), "CPU seconds": seconds}


def run_recall(contestant, units, seed, rate, steps):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    parts = draw_pairs(rng, 64 * steps, 2 * MOST), draw_pairs(rng, 1000, 2 * MOST)
    model = recall_network(contestant, units, 2 * MOST)
    loss, seconds = train(model, "sparse_categorical_crossentropy", rate, parts, 64)
    return loss, {**score_recall(contestant, units, model), "CPU seconds": seconds}


def over_seeds(name, probe, steps):
    """Choose the rate on the first seed, then run the others with it -> list of rows."""
    contestant = {**CONTESTANTS, **CLOSER}[name]
    units = units_for(contestant, WIDTH, PARAMETERS)
    tries = {rate: probe(contestant, units, SEEDS[0], rate, steps) for rate in RATES}
    best = min(tries, key=lambda rate: tries[rate][0])
    rows = [tries[best][1]]
    rows += [probe(contestant, units, seed, best, steps)[1] for seed in SEEDS[1:]]
    print(name, {rate: round(loss, 4) for rate, (loss, _) in tries.items()}, rows, flush=True)
    return [{"network": name, "rate": best, **row} for row in rows]


def table(rows):
    """Mean of each score over the seeds, with its spread, in the order of the rows."""
    lines = []
    for (name, rate), runs in pd.DataFrame(rows).groupby(["network", "rate"], sort=False):
        line = {"network": name, "rate": rate}
        for column in runs.columns.drop(["network", "rate"]):
            line[column] = float(runs[column].mean())
            line[f"{column} spread"] = float(runs[column].max() - runs[column].min())
        lines.append(line)
    return lines


def run(sizes):
    """sizes: "synthetic" or "tiny", the data are made here -> title of a table: list of rows."""
    steps = STEPS[sizes]
    parity, recall = [], []
    for name in [*CONTESTANTS, *CLOSER]:
        parity += over_seeds(name, run_parity, steps)
        recall += over_seeds(name, run_recall, steps)
    for name in LONGER:
        rows = over_seeds(name, run_recall, 10 * steps)
        recall += [{**row, "network": f"{name}, ten times as long"} for row in rows]
    guess = {"network": "a guess", **guess_recall()}
    return {"Parity: accuracy": table(parity), "Recall: accuracy": [*table(recall), guess]}
