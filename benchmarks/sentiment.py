"""Controls for notebook 04 that take too long to run in its closer look.

Three seeds each, which also split the reviews. Each row gets the better of RATES, by its loss on
the validation reviews with the first seed. Trainings go on until that loss has stopped falling, and
are scored with the weights of their best epoch, on the same test reviews. The table of few labels
counts updates in place of epochs, so that a small training set gets as many as a large one.
"""

import keras
import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from rnnkit import corpora, glove

SEEDS = (7, 8, 9)
RATES = (2e-3, 6e-3)
UNITS = 32
LABELS = (60, 600)
UPDATES = 1500  # of the weights, with few labels
PADDED_FURTHER = 30  # places


# ---------------------------------------------------------------- data and training


class Reviews:
    """The reviews split with a seed, as rows of integers padded on the right."""

    def __init__(self, corpus, seed):
        keras.utils.set_random_seed(seed)
        data, sizes = corpus.data, corpus.sizes
        test = data[data["part"] == "test"]
        rest = data[data["part"] == "train"].drop_duplicates("text")
        rest = rest[~rest["text"].isin(test["text"])]
        train, val = train_test_split(
            rest, test_size=0.1, stratify=rest["label"], random_state=seed
        )
        self.vectorize = keras.layers.TextVectorization(
            max_tokens=sizes["vocab_size"], output_sequence_length=sizes["max_length"]
        )
        self.vectorize.adapt(train["text"])
        self.words = self.vectorize.get_vocabulary()
        self.train = self.rows(train)
        self.val = self.rows(val)
        self.test = self.rows(test)

    def rows(self, part):
        return self.vectorize(part["text"]).numpy(), part["label"].to_numpy()

    def some(self, count):
        """Return the first `count` training reviews, repeated to 1,920 rows, or more."""
        x, y = self.train
        places = np.arange(max(1920, count)) % count
        return x[places], y[places]


def embedding(reviews, mask=True, matrix=None, trainable=True):
    """An embedding layer; with a matrix (V, D) it begins there, else at random."""
    if matrix is None:
        return keras.layers.Embedding(len(reviews.words), 64, mask_zero=mask)
    start = keras.initializers.Constant(matrix)
    return keras.layers.Embedding(
        *matrix.shape, embeddings_initializer=start, mask_zero=mask, trainable=trainable
    )


def train(reviews, embed, layers, rate, data=None, dropout=0.2, patience=3, epochs=30, batch=128):
    """Train until the loss on the validation reviews has stopped falling: -> model, history."""
    dropped = keras.layers.Dropout(dropout)
    last = [keras.layers.Dropout(dropout), keras.layers.Dense(1, activation="sigmoid")]
    model = keras.Sequential([keras.Input((None,)), embed, dropped, *layers, *last])
    model.compile(keras.optimizers.Adam(rate), "binary_crossentropy", metrics=["accuracy"])
    stopping = keras.callbacks.EarlyStopping(patience=patience, restore_best_weights=True)
    x, y = data or reviews.train
    history = model.fit(
        x,
        y,
        validation_data=reviews.val,
        epochs=epochs,
        batch_size=batch,
        callbacks=[stopping],
        verbose=0,
    )
    return model, history.history


def each_seed(all_reviews, train_with):
    """Train with the better rate of the first seed: yields seed, reviews, model, history, rate."""
    found = []
    first = SEEDS[0]
    for rate in RATES:
        model, history = train_with(all_reviews[first], first, rate)
        found.append((min(history["val_loss"]), rate, model, history))
    _, best, model, history = min(found, key=lambda row: row[0])
    yield first, all_reviews[first], model, history, best
    for seed in SEEDS[1:]:
        model, history = train_with(all_reviews[seed], seed, best)
        yield seed, all_reviews[seed], model, history, best


def accuracy(model, data):
    return model.evaluate(*data, verbose=0)[1]


def by_name(rows, names):
    """Rows of single runs -> their mean, and largest less smallest, for each name."""
    grouped = pd.DataFrame(rows).groupby(names, sort=False)
    table = grouped.mean(numeric_only=True)
    spread = grouped.max(numeric_only=True) - grouped.min(numeric_only=True)
    for column in ("accuracy",):
        if column in table:
            table[f"{column} spread"] = spread[column]
    return table.drop(columns="seed").reset_index()


# ---------------------------------------------------------------- the experiments


def readers():
    """Ways from (B, T, D) to (B, H), the cheapest first."""
    layers = keras.layers
    return {
        "average of the word vectors": lambda: [layers.GlobalAveragePooling1D()],
        "average, then a dense layer": lambda: [
            layers.GlobalAveragePooling1D(),
            layers.Dense(2 * UNITS, activation="relu"),
        ],
        "convolution over five words": lambda: [
            layers.Conv1D(2 * UNITS, 5, padding="same", activation="relu"),
            layers.GlobalMaxPooling1D(),
        ],
        "SimpleRNN": lambda: [layers.SimpleRNN(UNITS)],
        "GRU": lambda: [layers.GRU(UNITS)],
        "LSTM": lambda: [layers.LSTM(UNITS)],
        "bidirectional GRU": lambda: [layers.Bidirectional(layers.GRU(UNITS))],
    }


def ladder(all_reviews):
    rows = []
    for name, make in readers().items():

        def train_with(reviews, seed, rate, name=name, make=make):
            keras.utils.set_random_seed(seed)
            mask = "convolution" not in name  # which would lose it, with a warning
            return train(reviews, embedding(reviews, mask), make(), rate)

        for seed, reviews, model, history, rate in each_seed(all_reviews, train_with):
            row = {"network": name, "seed": seed, "accuracy": accuracy(model, reviews.test)}
            row["epochs"] = len(history["loss"])
            row["learning rate"] = rate
            row["parameters"] = model.count_params()
            rows.append(row)
            print(row, flush=True)
    return by_name(rows, "network")


def few_labels(all_reviews):
    rows = []
    for count in LABELS:
        for start in ("random", "GloVe, trained on", "GloVe, frozen"):

            def train_with(reviews, seed, rate, count=count, start=start):
                keras.utils.set_random_seed(seed)
                matrix = glove_matrix(reviews)
                if start == "random":
                    rng = np.random.default_rng(seed)
                    matrix = rng.normal(0, matrix.std(), matrix.shape)
                embed = embedding(reviews, matrix=matrix, trainable="frozen" not in start)
                data = reviews.some(count)
                epochs = UPDATES * 32 // len(data[0])
                layers = [keras.layers.GRU(UNITS)]
                return train(
                    reviews, embed, layers, rate, data, patience=epochs, epochs=epochs, batch=32
                )

            for seed, reviews, model, _, rate in each_seed(all_reviews, train_with):
                row = {"labels": f"{count:,}", "word vectors": start, "seed": seed}
                row["accuracy"] = accuracy(model, reviews.test)
                row["learning rate"] = rate
                rows.append(row)
                print(row, flush=True)
    return by_name(rows, ["labels", "word vectors"])


def glove_matrix(reviews):
    """The GloVe vectors of the vocabulary, zeros where there is none: float (V, 100)."""
    vectors = glove.load("synthetic", corpus="reviews", words=reviews.words)
    matrix = np.zeros((len(reviews.words), 100), "float32")
    for number, word in enumerate(reviews.words):
        if word in vectors:
            matrix[number] = vectors[word]
    return matrix


def moved_left(x):
    """int (N, T) padded on the right -> the same rows padded on the left."""
    rows = []
    for row in x:
        rows.append(np.roll(row, np.sum(row == 0)))
    return np.array(rows)


def masks(all_reviews):
    rows = []
    for side, mask in [("right", True), ("right", False), ("left", False)]:
        for seed, reviews in all_reviews.items():
            moved = reviews
            if side == "left":
                moved = Reviews.__new__(Reviews)
                moved.words = reviews.words
                for part in ("train", "val", "test"):
                    x, y = getattr(reviews, part)
                    setattr(moved, part, (moved_left(x), y))
            keras.utils.set_random_seed(seed)
            embed = embedding(moved, mask=mask)
            layers = [keras.layers.GRU(UNITS)]
            model, history = train(moved, embed, layers, 4e-3, patience=4)
            x, y = moved.test
            pad = ((0, 0), (0, PADDED_FURTHER) if side == "right" else (PADDED_FURTHER, 0))
            longer = np.pad(x, pad)
            row = {"padding": side, "mask": "yes" if mask else "no", "seed": seed}
            row["accuracy"] = accuracy(model, (x, y))
            row["after 30 more zeros"] = accuracy(model, (longer, y))
            row["best epoch"] = int(np.argmin(history["val_loss"])) + 1
            rows.append(row)
            print(row, flush=True)
    return by_name(rows, ["padding", "mask"])


def run(sizes):
    corpus = corpora.load("reviews", sizes)
    all_reviews = {}
    for seed in SEEDS:
        all_reviews[seed] = Reviews(corpus, seed)
    return {
        "What each layer gains": ladder(all_reviews),
        "Few labels": few_labels(all_reviews),
        "Trained with and without a mask": masks(all_reviews),
    }
