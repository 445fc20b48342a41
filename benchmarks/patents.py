"""The language model on the real patents: seeds, their average, the counts mixed in.

    python benchmarks/bench.py --real [--record] patents

An LSTM of 256 units with dropout, its output tied to the word vectors, is trained with three seeds.
Averaged are the probabilities. What share the 6-gram model gets in the mixture is decided on the
validation texts, and the test texts are scored once. No patent family stands in two parts.
"""

import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import records
import resume
import texts
from keras import layers, ops

from rnnkit import baselines, corpora, glove, splits

SEEDS = (1, 2, 3)
MODEL = {"units": 256, "dropout": 0.4}
TRAINING = {
    "rate": 3e-3,
    "batch": 16,
    "window": 256,
    "boundaries": (96, 128, 160, 192),
    "epochs": 12,
}
WARM = 50  # steps in which the learning rate rises
SHARES = np.linspace(0, 0.5, 26)  # of the 6-gram in the mixture


class Patents(NamedTuple):
    """Encoded texts of a split, and what is known of its training part."""

    ids: list  # of train, val, test: each a list of int (T_i,)
    matrix: np.ndarray  # float (V, D), GloVe
    counter: baselines.KneserNey


def prepared(token_lists, split, source="real"):
    """token_lists: texts as lists of tokens; split: row numbers of train, val, test -> Patents."""
    parts = [[token_lists[row] for row in part] for part in split]
    vocab = texts.vocabulary(parts[0], min_count=2)
    ids = [texts.encode(part, vocab) for part in parts]
    vectors = glove.load(source, corpus="abstracts", words=vocab)
    rng = np.random.default_rng(0)
    matrix = rng.normal(0, 0.4, (len(vocab), 100)).astype("float32")
    for row, word in enumerate(vocab):
        if word in vectors:
            matrix[row] = vectors[word]
    counter = baselines.KneserNey(order=6).fit(ids[0], vocab_size=len(vocab))
    return Patents(ids, 0.4 * matrix, counter)


class Bias(layers.Layer):
    """One number for each word, at first the logarithm of its frequency."""

    def __init__(self, frequencies):
        super().__init__()
        self.first = np.log(frequencies)

    def build(self, shape):
        self.bias = self.add_weight(shape=(shape[-1],), name="bias")
        self.bias.assign(self.first)

    def call(self, x):
        return x + self.bias


def language_model(matrix, frequencies):
    """ids (B, T) -> logits (B, T, V); the output matrix is the embedding (Press and Wolf 2017)."""
    ids = keras.Input((None,), dtype="int32")
    embedding = layers.ReversibleEmbedding(*matrix.shape)
    drop = layers.SpatialDropout1D(MODEL["dropout"])  # one pattern for all steps of a row
    x = drop(embedding(ids))
    embedding.set_weights([matrix])
    x = drop(layers.LSTM(MODEL["units"], return_sequences=True)(x))
    x = layers.Dense(matrix.shape[1])(x)
    logits = Bias(frequencies)(embedding(x, reverse=True))
    return keras.Model(ids, logits)


def train(patents, *, seed, **changes):
    """Train the network; `changes` to TRAINING -> the model with its best weights."""
    sizes = TRAINING | changes
    train_ids, val_ids, _ = patents.ids
    counts = np.bincount(
        np.concatenate([ids[1:] for ids in train_ids]), minlength=len(patents.matrix)
    )
    keras.utils.set_random_seed(seed)
    model = language_model(patents.matrix, (counts + 1) / (counts + 1).sum())
    steps = sizes["epochs"] * sum(map(len, train_ids)) // (sizes["batch"] * sizes["window"])
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, max(steps, WARM + 1) - WARM, warmup_target=sizes["rate"], warmup_steps=WARM
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=0)
    model.compile(keras.optimizers.Adam(schedule, global_clipnorm=1.0), loss)
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = keras.callbacks.ModelCheckpoint(
            Path(folder) / "best.weights.h5", save_best_only=True, save_weights_only=True
        )
        stopping = keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)
        backup = resume.Backup(Path(folder) / "backup", checkpoint, stopping)
        options = {"length": sizes["window"], "batch_size": sizes["batch"]}
        options["boundaries"] = sizes["boundaries"]
        model.fit(
            texts.next_word_batches(train_ids, shuffle=backup.shuffle, **options),
            validation_data=texts.next_word_batches(val_ids, **options),
            epochs=sizes["epochs"],
            shuffle=False,
            verbose=2,
            callbacks=[checkpoint, stopping, backup],
        )
    return model


def probabilities(models, ids):
    """A text, int (T,) -> float32 (models, T - 1, V), what each model says of every next word."""
    rows = np.asarray(ids, "int32")[None, :-1]
    said = []
    for model in models:
        logits = model(rows, training=False)
        said.append(ops.convert_to_numpy(ops.softmax(logits[0])))
    return np.stack(said)


def counted(counter, ids):
    """The same of the n-gram model: float (T - 1, V)."""
    said = []
    for end in range(1, len(ids)):
        start = max(0, end - counter.order)  # it sees no further
        said.append(counter.distribution(ids[start:end]))
    return np.stack(said)


def chosen_share(models, counter, sequences):
    """The share of the n-gram model with which the mixture is best on texts, by perplexity."""
    network = []
    ngram = []
    for ids in sequences:
        said = probabilities(models, ids).mean(axis=0)
        network.append(said[np.arange(len(said)), ids[1:]])
        ngram.append(np.exp(counter.log_probabilities(ids)))
    network = np.concatenate(network)
    ngram = np.concatenate(ngram)
    losses = [-np.log((1 - share) * network + share * ngram).mean() for share in SHARES]
    return float(SHARES[np.argmin(losses)])


def scores(models, counter, share, sequences):
    """Perplexity and accuracy of each model, their average, and the mixture -> name: scores."""
    logs = {}
    hits = {}
    for ids in sequences:
        said = probabilities(models, ids)
        average = said.mean(axis=0)
        ways = {number: one for number, one in enumerate(said)}
        ways["average"] = average
        ways["mixture"] = (1 - share) * average + share * counted(counter, ids)
        for name, way in ways.items():
            of_targets = way[np.arange(len(way)), ids[1:]]
            logs.setdefault(name, []).append(np.log(of_targets))
            hits.setdefault(name, []).append(way.argmax(axis=1) == ids[1:])
    found = {}
    for name in logs:
        perplexity = float(np.exp(-np.concatenate(logs[name]).mean()))
        accuracy = float(np.concatenate(hits[name]).mean())
        found[name] = {"perplexity": perplexity, "accuracy": accuracy}
    return found


def measure(patents, epochs=TRAINING["epochs"]):
    """Train all seeds and score -> a row for each way to predict."""
    trained = []
    seconds = []
    for seed in SEEDS:
        began = time.perf_counter()
        trained.append(train(patents, seed=seed, epochs=epochs))
        seconds.append(time.perf_counter() - began)
    _, val_ids, test_ids = patents.ids
    share = chosen_share(trained, patents.counter, val_ids)
    found = scores(trained, patents.counter, share, test_ids)
    counter = patents.counter
    counts = {"perplexity": counter.perplexity(test_ids), "accuracy": counter.accuracy(test_ids)}
    singles = records.mean_and_spread([found[number] for number in range(len(SEEDS))])
    singles |= {"seeds": len(SEEDS), "parameters": trained[0].count_params()}
    singles |= {"seconds": float(np.mean(seconds)), "peak, MiB": records.peak_mib()}
    return [
        {"model": "6-gram"} | counts,
        {"model": "LSTM, mean of the seeds"} | singles,
        {"model": f"average of the {len(SEEDS)}"} | found["average"],
        {"model": f"average and {share:.0%} of the 6-gram"} | found["mixture"],
    ]


def tokens_of(sizes):
    """The texts as they are, and as lists of tokens."""
    documents = corpora.load("abstracts", sizes).data["text"].tolist()
    return documents, [texts.tokenize(document) for document in documents]


def run(sizes):
    """Measure on the real patents, or on the invented abstracts."""
    documents, tokens = tokens_of(sizes)
    patents = prepared(tokens, splits.by_family(documents), sizes)
    return {"Test texts, split by family": measure(patents)}
