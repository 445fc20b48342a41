"""Reviews of IMDB: an encoder that first learns to predict words, its seeds, and their average.

    python benchmarks/bench.py --real [--record] reviews

A bidirectional GRU first predicts the next word of each training review, and backwards the one
before, without labels. Then the same GRU learns the labels, once for each seed, from mean and
maximum of its states. Averaged are the probabilities. A linear model on words and bigrams stands
beside it, and its share in the mixture is decided on the validation reviews. Reviews that stand in
both parts of the corpus are left out of the first, and the test reviews are scored once.
"""

import time
from typing import NamedTuple

import keras
import numpy as np
import records
import tensorflow as tf
import texts
from keras import layers, ops
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from rnnkit import corpora, glove

SEEDS = (1, 2, 3)
ROWS = {"words": 30_000, "window": 400, "boundaries": (120, 180, 260), "batch": 60}
MODEL = {"units": 96, "dropout": 0.4, "word_dropout": 0.2}  # units of each direction
FIRST = {"epochs": 5, "rate": 3e-3, "samples": 1024, "dropout": 0.2}  # predicting words
THEN = {"epochs": 3, "rate": 2e-3}  # classifying
SCORED = 100  # reviews in a batch that is only scored
SHARES = np.linspace(0, 1, 21)  # of the linear model in the mixture
WARM = 50  # steps in which the learning rate rises


class Reviews(NamedTuple):
    """Three parts, train, val and test, of reviews with their labels."""

    texts: list  # of each part: list of str
    rows: list  # int (N, T), padded on the right
    labels: list  # float (N,), 1 for a good review
    matrix: np.ndarray  # (V, D), GloVe vectors of the words


def read(source):
    """Read the corpus -> Reviews."""
    reviews = corpora.load("reviews", source).data
    test = reviews[reviews["part"] == "test"]
    train = reviews[reviews["part"] == "train"]
    train = train[~train["text"].isin(test["text"])]
    train, val = train_test_split(train, test_size=0.1, random_state=0)
    return encoded([train, val, test], source)


def encoded(parts, source):
    """parts: DataFrames of train, val and test -> Reviews."""
    tokens = [[texts.tokenize(text) for text in part["text"]] for part in parts]
    vocab = texts.vocabulary(tokens[0], limit=ROWS["words"])
    rows = [texts.pad(texts.encode(part, vocab), ROWS["window"]) for part in tokens]
    labels = [part["label"].to_numpy("float32") for part in parts]
    vectors = glove.load(source, corpus="reviews", words=vocab)
    matrix = np.random.default_rng(0).normal(0, 0.4, (len(vocab), 100))
    for number, word in enumerate(vocab):
        if word in vectors:
            matrix[number] = vectors[word]
    matrix = matrix.astype("float32")
    return Reviews([part["text"].tolist() for part in parts], rows, labels, matrix)


def batches(reviews, part, seed=None):
    """The batches of part 0, 1 or 2; in the order of the reviews if there is no seed."""
    rows, labels = reviews.rows[part], reviews.labels[part]
    if seed is None:
        return texts.labelled_batches(rows, labels, batch_size=SCORED)
    return texts.labelled_batches(
        rows,
        labels,
        batch_size=ROWS["batch"],
        boundaries=ROWS["boundaries"],
        shuffle=lambda dataset: dataset.shuffle(len(rows), seed=seed),
    )


def encoder(matrix):
    """The layers that both tasks share -> embedding, and a GRU in each direction."""
    embedding = layers.Embedding(*matrix.shape, mask_zero=True, name="embedding")
    embedding.build()
    embedding.set_weights([matrix])
    gru = layers.GRU(MODEL["units"], return_sequences=True)
    return embedding, layers.Bidirectional(gru, merge_mode=None, name="encoder")


class Surprise(layers.Layer):
    """The mean surprise at next and at previous words, which is also the loss.

    The output matrix is the embedding. While training, each word is told from `samples` others,
    drawn by their rank (sampled softmax, Jean et al. 2015), else from all of them.
    """

    supports_masking = True

    def __init__(self, embedding, counts):
        super().__init__()
        self.embedding = embedding
        self.counts = counts

    def build(self, shape):
        self.bias = self.add_weight(shape=(len(self.counts),), name="bias")
        self.bias.assign(np.log((self.counts + 1) / (self.counts + 1).sum()))

    def call(self, inputs, training=False):
        ids, forward, backward = inputs
        real = ids[:, 1:] != 0  # where this is a word, so is the one before
        states = tf.concat([forward[:, :-1][real], backward[:, 1:][real]], 0)
        targets = tf.concat([ids[:, 1:][real], ids[:, :-1][real]], 0)
        targets = tf.cast(targets, "int64")
        matrix = ops.convert_to_tensor(self.embedding.embeddings)
        bias = ops.convert_to_tensor(self.bias)
        if training:
            sizes = FIRST["samples"], len(self.counts)
            lost = tf.nn.sampled_softmax_loss(matrix, bias, targets[:, None], states, *sizes)
        else:
            logits = tf.matmul(states, matrix, transpose_b=True) + bias
            lost = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits)
        loss = ops.mean(lost)
        self.add_loss(loss)
        return loss


def word_predictor(embedding, gru, counts):
    """ids (B, T) -> the mean surprise at next and at previous words; its loss is the same."""
    ids = keras.Input((None,), dtype="int32")
    drop = layers.Dropout(FIRST["dropout"])
    forward, backward = gru(drop(embedding(ids)))
    width = embedding.output_dim
    next_word = layers.Dense(width, name="next_word")(drop(forward))
    previous_word = layers.Dense(width, name="previous_word")(drop(backward))
    return keras.Model(ids, Surprise(embedding, counts)([ids, next_word, previous_word]))


def classifier(embedding, gru):
    """ids (B, T) -> logit (B, 1)."""
    ids = keras.Input((None,), dtype="int32")
    rate = MODEL["dropout"]
    x = layers.Dropout(MODEL["word_dropout"], noise_shape=(None, None, 1))(embedding(ids))
    x = layers.Concatenate()(gru(layers.SpatialDropout1D(rate)(x)))
    largest = ops.max(ops.relu(x), axis=1)  # past the end the states are zero
    x = layers.Concatenate()([layers.GlobalAveragePooling1D()(x), largest])
    return keras.Model(ids, layers.Dense(1, name="logits")(layers.Dropout(rate)(x)))


def optimizer(rate, steps):
    """Adam whose rate rises for WARM steps and then falls along half a cosine."""
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, max(steps - WARM, 1), warmup_target=rate, warmup_steps=WARM
    )
    return keras.optimizers.Adam(schedule, global_clipnorm=1.0)


def steps_of(reviews, epochs):
    return epochs * len(reviews.rows[0]) // ROWS["batch"]


def without_labels(ids, label):
    return ids


def pretrained(reviews):
    """Let the encoder predict words -> its weights, and the perplexity on validation reviews."""
    keras.utils.set_random_seed(SEEDS[0])
    parts = encoder(reviews.matrix)
    counts = np.bincount(reviews.rows[0].ravel(), minlength=len(reviews.matrix))
    counts[0] = 0
    model = word_predictor(*parts, counts)
    model.compile(optimizer(FIRST["rate"], steps_of(reviews, FIRST["epochs"])))
    words = batches(reviews, 0, SEEDS[0]).map(without_labels)
    model.fit(words, epochs=FIRST["epochs"], shuffle=False, verbose=2)
    # Here each word is told from all others, so few reviews have to do, and few at a time.
    loss = model.evaluate(reviews.rows[1][:500], batch_size=10, verbose=0)
    return [layer.get_weights() for layer in parts], float(np.exp(loss))


def judged(reviews, weights, seed):
    """Teach an encoder the labels -> probabilities on val and test reviews, parameters."""
    keras.utils.set_random_seed(seed)
    parts = encoder(reviews.matrix)
    model = classifier(*parts)
    for layer, values in zip(parts, weights or [], strict=bool(weights)):
        layer.set_weights(values)
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(optimizer(THEN["rate"], steps_of(reviews, THEN["epochs"])), loss)
    model.fit(batches(reviews, 0, seed), epochs=THEN["epochs"], shuffle=False, verbose=2)
    probabilities = []
    for part in (1, 2):
        logits = model.predict(batches(reviews, part), verbose=0)[:, 0]
        probabilities.append(1 / (1 + np.exp(-logits)))
    return probabilities, model.count_params()


def linear(reviews):
    """Logistic regression on words and bigrams -> probabilities on val and test."""
    cut = {"tokenizer": texts.tokenize, "token_pattern": None}
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, **cut)
    model = make_pipeline(vectorizer, LogisticRegression(C=10, max_iter=1000))
    model.fit(reviews.texts[0], reviews.labels[0])
    return [model.predict_proba(reviews.texts[part])[:, 1] for part in (1, 2)]


def accuracy(probability, labels):
    return float(np.mean((probability > 0.5) == (np.asarray(labels) == 1)))


def chosen_share(network, counted, labels):
    """The share of the linear model with which the mixture is best, by surprise at the labels."""
    surprises = []
    for share in SHARES:
        mixed = (1 - share) * network + share * counted
        of_label = np.where(np.asarray(labels) == 1, mixed, 1 - mixed)
        surprises.append(-np.log(np.maximum(of_label, 1e-9)).mean())
    return float(SHARES[np.argmin(surprises)])


def ladder(single, seconds, counted, labels):
    """A row for each way to judge.

    single: of each seed, and counted: probabilities on (val, test); labels: of both.
    """
    average = [np.mean(part, axis=0) for part in zip(*single, strict=True)]
    share = chosen_share(average[0], counted[0], labels[0])
    mixed = [(1 - share) * a + share * b for a, b in zip(average, counted, strict=True)]

    def scores(probabilities):
        val, test = probabilities
        return {"validation": accuracy(val, labels[0]), "accuracy": accuracy(test, labels[1])}

    row = records.mean_and_spread([scores(probabilities) for probabilities in single])
    return [
        {"model": "linear, words and bigrams"} | scores(counted),
        {"model": "GRU, mean of the seeds"} | row | {"seeds": len(single), "seconds": seconds},
        {"model": f"average of the {len(single)}"} | scores(average),
        {"model": f"average and {share:.0%} linear"} | scores(mixed),
    ]


def measure(reviews):
    """Train everything -> a row for each way to judge, and what the first task came to."""
    began = time.perf_counter()
    weights, perplexity = pretrained(reviews)
    first = time.perf_counter() - began
    single = []
    began = time.perf_counter()
    for seed in SEEDS:
        probabilities, parameters = judged(reviews, weights, seed)
        single.append(probabilities)
    seconds = (time.perf_counter() - began) / len(SEEDS)
    labels = reviews.labels[1:]
    rows = ladder(single, seconds, linear(reviews), labels)
    rows[1] |= {"parameters": parameters, "peak, MiB": records.peak_mib()}
    (val, test), _ = judged(reviews, None, SEEDS[0])
    alone = {"validation": accuracy(val, labels[0]), "accuracy": accuracy(test, labels[1])}
    rows.insert(1, {"model": "GRU without the first task"} | alone | {"seeds": 1})
    return rows, {"seconds": first, "perplexity on validation reviews": perplexity} | FIRST


def run(sizes):
    """Measure on the real reviews, or on the invented ones."""
    rows, first = measure(read(sizes))
    return {"Accuracy on the test reviews": rows, "Predicting words first": [first]}
