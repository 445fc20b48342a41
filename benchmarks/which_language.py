"""The contestants of notebook 13 as language models: equal parameters, equal batches, two budgets.

Each stands between the same embedding and the same output layer, with 100,000 parameters of its
own within 5 %. The rate is that of a short list with the lowest validation loss after one epoch on
the first seed; it stays constant. Perplexity on the test texts after three epochs (equal steps),
and after the last epoch that ends within the same CPU seconds (equal time). On the invented texts
the best possible is known.
"""

import time

import keras
import numpy as np
from keras import layers
from which_models import CONTESTANTS, units_for
from which_probes import SEEDS, table

from rnnkit import corpora, splits

RATES = (0.001, 0.003, 0.01)
WIDTH, PARAMETERS, BATCH_SIZE = 64, 100_000, 32
BUDGETS = {  # texts to train on, epochs, CPU seconds
    "synthetic": (None, 3, 60),
    "real": (None, 6, 300),
    "tiny": (64, 1, 1),
}


def as_integers(corpus, limit=None):
    """-> ids int (N, T) of the training, validation and test texts, their vectorizer, the split."""
    texts, sizes = corpus.data["text"], corpus.sizes
    split = splits.by_family(texts, seed=7)
    spaced = texts.str.lower().str.replace(sizes["marks"], r" \1 ", regex=True)
    spaced = "[start] " + spaced + " [end]"
    vectorize = layers.TextVectorization(
        sizes["vocab_size"],
        standardize=None,
        split="whitespace",
        output_sequence_length=sizes["max_length"],
    )
    parts = [spaced.iloc[part][:limit] for part in split]
    vectorize.adapt(parts[0])
    return [np.asarray(vectorize(part)) for part in parts], vectorize, split


def read(sizes, limit):
    """-> ids int (N, T) of the three parts, words in the vocabulary, best possible perplexity."""
    corpus = corpora.load("abstracts", "real" if sizes == "real" else "synthetic")
    ids, vectorize, split = as_integers(corpus, limit)
    best = corpus.data.iloc[split.test][["log_prob", "tokens"]].sum(skipna=False)
    return ids, vectorize.vocabulary_size(), float(np.exp(-best["log_prob"] / best["tokens"]))


def arrays(ids):
    """-> inputs, targets, weights for `fit`: each (N, T - 1)."""
    targets = ids[:, 1:]
    return ids[:, :-1], targets, (targets > 0).astype("float32")


def language_model(name, vocab_size, length):
    contestant = CONTESTANTS[name]
    inputs = keras.Input((length,), dtype="int32")
    x = layers.Embedding(vocab_size, WIDTH)(inputs)
    x = contestant(x, units_for(contestant, WIDTH, PARAMETERS))
    return keras.Model(inputs, layers.Dense(vocab_size)(x))


def perplexity(model, part):
    """Over all words of a part, each counted once."""
    inputs, targets, weights = part
    total = 0.0
    for start in range(0, len(inputs), BATCH_SIZE):
        rows = slice(start, start + BATCH_SIZE)
        logits = model.predict_on_batch(inputs[rows])
        loss = keras.ops.sparse_categorical_crossentropy(targets[rows], logits, from_logits=True)
        total += float((np.asarray(loss) * weights[rows]).sum())
    return np.exp(total / weights.sum())


class Budget(keras.callbacks.Callback):
    """Score after each epoch; end after so many of them and so many CPU seconds."""

    def __init__(self, parts, epochs, seconds):
        super().__init__()
        self.parts, self.epochs, self.seconds = parts, epochs, seconds
        self.rows, self.used = [], 0.0

    def on_epoch_begin(self, epoch, logs=None):
        self.began = time.process_time()

    def on_epoch_end(self, epoch, logs=None):
        self.used += time.process_time() - self.began
        scores = [perplexity(self.model, part) for part in self.parts]
        self.rows.append([self.used, *scores])
        if epoch + 1 >= self.epochs and self.used >= self.seconds:
            self.model.stop_training = True


def train(name, seed, rate, data, budget):
    """-> a list for each epoch: CPU seconds so far, validation and test perplexity."""
    (train_ids, val_ids, test_ids), vocab_size, _ = data
    keras.utils.set_random_seed(seed)
    model = language_model(name, vocab_size, train_ids.shape[1] - 1)
    loss = keras.losses.SparseCategoricalCrossentropy(
        from_logits=True, reduction="mean_with_sample_weight"
    )
    model.compile(keras.optimizers.Adam(rate, global_clipnorm=1.0), loss)
    scoring = Budget([arrays(val_ids), arrays(test_ids)], *budget)
    inputs, targets, weights = arrays(train_ids)
    model.fit(
        inputs,
        targets,
        sample_weight=weights,
        batch_size=BATCH_SIZE,
        epochs=100,
        callbacks=[scoring],
        verbose=0,
    )
    return scoring.rows


def scores(rows, epochs, seconds):
    """What a table shows of one training."""
    in_time = [row for row in rows if row[0] <= seconds] or rows[:1]
    return {
        "equal steps": rows[epochs - 1][2],
        "CPU seconds": rows[epochs - 1][0],
        "equal time": in_time[-1][2],
        "epochs then": len(in_time),
    }


def run(sizes):
    """sizes: "synthetic", "real" or "tiny" -> title of a table: list of rows."""
    limit, epochs, seconds = BUDGETS[sizes]
    data = read(sizes, limit)
    rows = []
    for name in CONTESTANTS:
        tries = {rate: train(name, SEEDS[0], rate, data, (1, 0))[-1][1] for rate in RATES}
        rate = min(tries, key=tries.get)
        for seed in SEEDS:
            line = scores(train(name, seed, rate, data, (epochs, seconds)), epochs, seconds)
            rows.append({"network": name, "rate": rate, **line})
            print(rows[-1], tries, flush=True)
    made = table(rows)
    limit_row = {"network": "best possible", "equal steps": data[2], "equal time": data[2]}
    return {"Perplexity of the test texts": [*made, limit_row] if np.isfinite(data[2]) else made}
