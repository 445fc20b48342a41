"""Controls for notebook 03: what GloVe, training the vectors, and tying them to the output bring.

The model of the notebook's closer look, trained as long as in the notebook, with a learning rate
that falls to 0. Each row gets the rate of RATES with the lowest validation loss after a training of
the first seed, on three seeds, each scored on the same test texts. The random vectors have the
same spread of numbers as GloVe's.
"""

import keras
import numpy as np
from keras import layers
from which_language import arrays, as_integers, perplexity
from which_probes import SEEDS, table

from rnnkit import corpora, glove

RATES = (0.01, 0.03)
WIDTH = 100
ROWS = {  # vectors, are they trained, are they tied
    "random, frozen": ("random", False, False),
    "random, trained": ("random", True, False),
    "random, trained and tied": ("random", True, True),
    "GloVe, frozen": ("glove", False, False),
    "GloVe, trained": ("glove", True, False),
    "GloVe, trained and tied": ("glove", True, True),
}


class Texts:
    """The texts of a corpus as integers, and a matrix of vectors for its words."""

    def __init__(self, source, limit=None):
        corpus = corpora.load("abstracts", source)
        self.sizes = corpus.sizes
        (self.train, self.val, self.test), vectorize, _ = as_integers(corpus, limit)
        self.words = [str(word) for word in vectorize.get_vocabulary()]
        self.vectors = glove.load(source, corpus="abstracts", words=self.words)

    def matrix(self, kind, seed):
        """kind: "random" or "glove" -> float (V, WIDTH); words without a vector are random."""
        numbers = np.stack(list(self.vectors.values()))
        shape = (len(self.words), WIDTH)
        matrix = np.random.default_rng(seed).normal(0, numbers.std(), shape)
        if kind == "glove":
            for place, word in enumerate(self.words):
                matrix[place] = self.vectors.get(word, matrix[place])
        return matrix


def build(matrix, trained, tied, units):
    """The model of the closer look, with logits at the end."""
    inputs = keras.Input((None,), dtype="int32")
    embedding = layers.ReversibleEmbedding(*matrix.shape, trainable=trained)
    x = layers.LSTM(units, return_sequences=True)(embedding(inputs))
    x = layers.Dense(WIDTH)(x)
    own_output = layers.Dense(len(matrix), use_bias=False)
    logits = embedding(x, reverse=True) if tied else own_output(x)
    model = keras.Model(inputs, logits)
    embedding.set_weights([matrix])
    return model


def train(texts, name, seed, rate, epochs):
    """-> perplexity of the validation ("val") and the test texts ("test")."""
    kind, trained, tied = ROWS[name]
    keras.utils.set_random_seed(seed)
    model = build(texts.matrix(kind, seed), trained, tied, texts.sizes["units"])
    inputs, targets, weights = arrays(texts.train)
    batch_size = texts.sizes["batch_size"]
    steps = epochs * -(-len(inputs) // batch_size)
    schedule = keras.optimizers.schedules.CosineDecay(rate, steps)
    loss = keras.losses.SparseCategoricalCrossentropy(
        from_logits=True, reduction="mean_with_sample_weight"
    )
    model.compile(keras.optimizers.Adam(schedule, global_clipnorm=1.0), loss)
    model.fit(
        inputs,
        targets,
        sample_weight=weights,
        batch_size=batch_size,
        epochs=epochs,
        verbose=0,
    )
    return {part: perplexity(model, arrays(getattr(texts, part))) for part in ("val", "test")}


def run(sizes):
    """sizes: "synthetic", "real" or "tiny" -> title of a table: list of rows."""
    source = "real" if sizes == "real" else "synthetic"
    texts = Texts(source, limit=64 if sizes == "tiny" else None)
    epochs = 1 if sizes == "tiny" else texts.sizes["epochs"]
    rows = []
    for name in ROWS:
        tries = {rate: train(texts, name, SEEDS[0], rate, epochs) for rate in RATES}
        rate = min(tries, key=lambda one: tries[one]["val"])
        others = [train(texts, name, seed, rate, epochs) for seed in SEEDS[1:]]
        for scores in [tries[rate], *others]:
            rows.append({"network": name, "rate": rate, "perplexity": scores["test"]})
        print(rows[-len(SEEDS) :], tries, flush=True)
    return {"Perplexity of the test texts": table(rows)}
