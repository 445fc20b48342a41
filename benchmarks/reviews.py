"""Reviews of IMDB: a reader that first learns to predict words, its seeds, and their average.

    python benchmarks/bench.py --real [--record] reviews

A bidirectional GRU first predicts the next word of each training review, and backwards the one
before, without labels. Then the same GRU learns the verdicts, once for each seed, from mean and
maximum of its states. Averaged are the probabilities. A linear model on words and bigrams stands
beside it, and its share in the mixture is decided on the validation reviews. Reviews that stand in
both parts of the corpus are left out of the first, and the test reviews are scored once.
"""

import time
from typing import NamedTuple

import numpy as np
import records

from rnnkit import corpora, encoding, runtime

SEEDS = (1, 2, 3)
ROWS = {"words": 30_000, "window": 400, "boundaries": (120, 180, 260), "batch": 60}
MODEL = {"units": 96, "dropout": 0.4, "word_dropout": 0.2}  # units of each direction
FIRST = {"epochs": 5, "rate": 3e-3, "samples": 1024, "dropout": 0.2}  # predicting words
THEN = {"epochs": 3, "rate": 2e-3}  # judging
SCORED = 100  # reviews in a batch that is only scored
SHARES = np.linspace(0, 1, 21)  # of the linear model in the mixture
WARM = 50  # steps in which the learning rate rises


class Reviews(NamedTuple):
    """Three parts, train, validation and test, of reviews with their verdicts."""

    texts: list  # of each part: list of str
    rows: list  # int (N, T), padded on the right
    labels: list  # float (N,), 1 for a good review
    matrix: np.ndarray  # (V, D), GloVe vectors of the words


def read():
    """Read the corpus -> Reviews."""
    reviews = corpora.load("reviews", "real")
    both = set(reviews["train"].texts) & set(reviews["test"].texts)
    new = [number for number, text in enumerate(reviews["train"].texts) if text not in both]
    texts = [reviews["train"].texts[number] for number in new]
    labels = np.asarray(reviews["train"].labels)[new]
    train, validation, _ = corpora.split_by_document(texts, fractions=(0.9, 0.1, 0))
    train = train[: len(train) // ROWS["batch"] * ROWS["batch"]]  # full batches
    parts = [[texts[number] for number in part] for part in (train, validation)]
    parts.append(reviews["test"].texts)
    verdicts = [labels[train], labels[validation], np.asarray(reviews["test"].labels)]
    return encoded(parts, verdicts)


def encoded(texts, labels):
    """texts, labels: of each part -> Reviews."""
    tokens = [[encoding.tokenize(text) for text in part] for part in texts]
    words = encoding.vocabulary(tokens[0], min_count=1, limit=ROWS["words"])
    lookup = encoding.lookup(words)
    rows = [
        encoding.pad(encoding.encode(part, lookup), length=ROWS["window"], cut="start")
        for part in tokens
    ]
    names = [str(word) for word in lookup.get_vocabulary()]
    vectors = corpora.embeddings("real", corpus="reviews")
    return Reviews(texts, rows, labels, encoding.read_glove(vectors, names).matrix)


def batches(reviews, part, seed=None):
    """The batches of part 0, 1 or 2; in the order of the reviews if there is no seed."""
    boundaries = ROWS["boundaries"] if seed is not None else None
    return encoding.labelled_batches(
        reviews.rows[part], reviews.labels[part], seed=seed, boundaries=boundaries,
        batch_size=SCORED if seed is None else ROWS["batch"],
    )  # fmt: skip


def reader(matrix):
    """The layers that both tasks share -> embedding, and a GRU in each direction."""
    from keras import layers

    embedding = layers.Embedding(*matrix.shape, mask_zero=True, name="embedding")
    embedding.build()
    embedding.set_weights([matrix])
    gru = layers.GRU(MODEL["units"], return_sequences=True)
    return embedding, layers.Bidirectional(gru, merge_mode=None, name="reader")


def word_predictor(embedding, gru, counts):
    """ids (B, T) -> the mean surprise at next and at previous words; its loss is the same.

    The output matrix is the embedding. While training, each word is told from `samples` others,
    drawn by their rank (sampled softmax, Jean et al. 2015), else from all of them.
    """
    import keras
    import tensorflow as tf
    from keras import layers, ops

    class Surprise(layers.Layer):
        supports_masking = True

        def build(self, _):
            self.bias = self.add_weight(shape=(len(counts),), name="bias")
            self.bias.assign(np.log((counts + 1) / (counts + 1).sum()))

        def call(self, inputs, training=False):
            ids, forward, backward = inputs
            real = ids[:, 1:] != 0  # where this is a word, so is the one before
            states = [forward[:, :-1][real], backward[:, 1:][real]]
            targets = tf.cast(tf.concat([ids[:, 1:][real], ids[:, :-1][real]], 0), "int64")
            states = tf.concat(states, 0)
            matrix = ops.convert_to_tensor(embedding.embeddings)
            bias = ops.convert_to_tensor(self.bias)
            if training:
                sizes = FIRST["samples"], len(counts)
                lost = tf.nn.sampled_softmax_loss(matrix, bias, targets[:, None], states, *sizes)
            else:
                logits = tf.matmul(states, matrix, transpose_b=True) + bias
                lost = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits)
            loss = ops.mean(lost)
            self.add_loss(loss)
            return loss

    ids = keras.Input((None,), dtype="int32")
    drop = layers.Dropout(FIRST["dropout"])
    states = gru(drop(embedding(ids)))
    width = embedding.output_dim
    guesses = [layers.Dense(width, name=f"guess_{n}")(drop(x)) for n, x in enumerate(states)]
    return keras.Model(ids, Surprise()([ids, *guesses]))


def classifier(embedding, gru):
    """ids (B, T) -> logit (B, 1)."""
    import keras
    from keras import layers, ops

    ids, rate = keras.Input((None,), dtype="int32"), MODEL["dropout"]
    x = layers.Dropout(MODEL["word_dropout"], noise_shape=(None, None, 1))(embedding(ids))
    x = layers.Concatenate()(gru(layers.SpatialDropout1D(rate)(x)))
    largest = ops.max(ops.relu(x), axis=1)  # past the end the states are zero
    x = layers.Concatenate()([layers.GlobalAveragePooling1D()(x), largest])
    return keras.Model(ids, layers.Dense(1, name="logits")(layers.Dropout(rate)(x)))


def optimizer(rate, steps):
    """Adam whose rate rises for WARM steps and then falls along half a cosine."""
    import keras

    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps - WARM, warmup_target=rate, warmup_steps=WARM
    )
    return keras.optimizers.Adam(schedule, global_clipnorm=1.0)


def pretrained(reviews):
    """Let the reader predict words -> its weights, and the perplexity on validation reviews."""
    import keras

    keras.utils.set_random_seed(SEEDS[0])
    layers = reader(reviews.matrix)
    counts = np.bincount(reviews.rows[0].ravel(), minlength=len(reviews.matrix))
    model = word_predictor(*layers, np.where(np.arange(len(counts)) == 0, 0, counts))
    rows = batches(reviews, 0, SEEDS[0])
    words = rows.map(_first)
    model.compile(optimizer(FIRST["rate"], FIRST["epochs"] * len(rows)), jit_compile=False)
    model.fit(words, epochs=FIRST["epochs"], shuffle=False, verbose=0)
    # Here each word is told from all others, so few reviews have to do, and few at a time.
    few = batches(reviews, 1).map(_first).unbatch().batch(10).take(50)
    loss = model.evaluate(few, verbose=0)
    return [layer.get_weights() for layer in layers], float(np.exp(loss))


def _first(ids, _):
    return ids


def judged(reviews, weights, seed):
    """Teach a reader the verdicts -> probabilities on validation and test reviews, parameters."""
    import keras
    from scipy.special import expit

    keras.utils.set_random_seed(seed)
    layers = reader(reviews.matrix)
    model = classifier(*layers)
    for layer, values in zip(layers, weights or [], strict=bool(weights)):
        layer.set_weights(values)
    rows = batches(reviews, 0, seed)
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    steps = THEN["epochs"] * len(rows)
    model.compile(optimizer(THEN["rate"], steps), loss, jit_compile=False)
    model.fit(rows, epochs=THEN["epochs"], shuffle=False, verbose=0)
    said = [model.predict(batches(reviews, part), verbose=0)[:, 0] for part in (1, 2)]
    return [expit(logits) for logits in said], model.count_params()


def linear(reviews):
    """Logistic regression on words and bigrams -> probabilities on validation and test."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    cut = {"tokenizer": encoding.tokenize, "token_pattern": None}
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, **cut)
    model = make_pipeline(vectorizer, LogisticRegression(C=10, max_iter=1000))
    model.fit(reviews.texts[0], reviews.labels[0])
    return [model.predict_proba(reviews.texts[part])[:, 1] for part in (1, 2)]


def accuracy(said, labels):
    return float(np.mean((said > 0.5) == (np.asarray(labels) == 1)))


def chosen_share(network, counted, labels):
    """The share of the linear model with which the mixture is best, by surprise at the labels."""
    mixed = [(1 - share) * network + share * counted for share in SHARES]
    said = [np.where(np.asarray(labels) == 1, p, 1 - p) for p in mixed]
    return float(SHARES[np.argmax([np.log(np.maximum(p, 1e-9)).mean() for p in said])])


def ladder(single, seconds, counted, labels):
    """A row for each way to judge.

    single: of each seed, and counted: probabilities on (validation, test); labels: of both.
    """
    average = [np.mean(part, axis=0) for part in zip(*single, strict=True)]
    share = chosen_share(average[0], counted[0], labels[0])
    mixed = [(1 - share) * a + share * b for a, b in zip(average, counted, strict=True)]
    each = [
        {"validation": accuracy(said[0], labels[0]), "accuracy": accuracy(said[1], labels[1])}
        for said in single
    ]
    row = {"model": "GRU, mean of the seeds"} | records.mean_and_spread(each)
    ways = {f"average of the {len(single)}": average, f"average and {share:.0%} linear": mixed}
    ways = {"linear, words and bigrams": counted} | ways
    rows = [
        {"model": name} | {"validation": accuracy(a, labels[0]), "accuracy": accuracy(b, labels[1])}
        for name, (a, b) in ways.items()
    ]
    return [rows[0], row | {"seeds": len(single), "seconds": seconds}, *rows[1:]]


def measure(reviews):
    """Train everything -> a row for each way to judge, and what the first task came to."""
    began = time.perf_counter()
    weights, perplexity = pretrained(reviews)
    first = time.perf_counter() - began
    print(f"predicting words: {first:.0f} s, perplexity {perplexity:.1f}", flush=True)
    single, seconds = [], []
    for seed in SEEDS:
        began = time.perf_counter()
        said, parameters = judged(reviews, weights, seed)
        single.append(said)
        seconds.append(time.perf_counter() - began)
        found = accuracy(said[0], reviews.labels[1])
        print(f"seed {seed}: {seconds[-1]:.0f} s, validation {found:.1%}", flush=True)
    labels = reviews.labels[1:]
    rows = ladder(single, float(np.mean(seconds)), linear(reviews), labels)
    alone, _ = judged(reviews, None, SEEDS[0])
    row = {"model": "GRU without the first task"}
    row |= {"validation": accuracy(alone[0], labels[0]), "accuracy": accuracy(alone[1], labels[1])}
    rows.insert(1, row | {"seeds": 1})
    rows[2] |= {"parameters": parameters, "peak, MiB": records.peak_mib()}
    return rows, {"seconds": first, "perplexity on validation reviews": perplexity} | FIRST


def run(sizes):
    """Measure on the real reviews -> the entry."""
    began = time.perf_counter()
    runtime.start(seed=SEEDS[0])
    rows, first = measure(read())
    ways = ("linear", "GRU alone", "GRU", "average", "mixture")
    return records.entry(
        "reviews",
        sizes,
        seconds=time.perf_counter() - began,
        figures={f"{way}, accuracy": row["accuracy"] for way, row in zip(ways, rows, strict=True)},
        tables={"Accuracy on the test reviews of IMDB": rows, "Predicting words first": [first]},
    )
