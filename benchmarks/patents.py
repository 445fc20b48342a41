"""The language model of notebook 03 on the real patents: seeds, their average, the counts mixed in.

    python benchmarks/bench.py --real [--record] patents

Each network is the one that the notebook keeps, trained with another seed. Averaged are the
probabilities. What share the 6-gram model gets in the mixture is decided on the validation texts,
and the test texts are scored once. No patent family stands in two parts.
"""

import tempfile
import time
from typing import NamedTuple

import numpy as np
import records

from rnnkit import corpora, encoding, runtime, scoring

SEEDS = (1, 2, 3)
MODEL = {"units": 256, "dropout": 0.4, "tied": True}
TRAINING = {
    "rate": 3e-3,
    "batch": 16,
    "window": 256,
    "boundaries": (96, 128, 160, 192),
    "epochs": 12,
}
SHARES = np.linspace(0, 0.5, 26)  # of the 6-gram in the mixture


class Patents(NamedTuple):
    """Encoded texts of a split, and what is known of its training part."""

    ids: list  # of train, validation, test: each a list of int (T_i,)
    glove: np.ndarray  # (V, D)
    counter: scoring.KneserNey


def prepared(texts, split):
    """texts: lists of tokens; split: numbers of train, validation, test -> Patents."""
    parts = [[texts[number] for number in part] for part in split]
    lookup = encoding.lookup(encoding.vocabulary(parts[0], min_count=2))
    ids = [encoding.encode(part, lookup) for part in parts]
    words = [str(word) for word in lookup.get_vocabulary()]
    glove = encoding.read_glove(corpora.embeddings("real"), words).matrix
    counter = scoring.KneserNey(order=6).fit(ids[0], vocabulary_size=len(words))
    return Patents(ids, glove, counter)


def train(patents, *, seed, **changes):
    """Train the network; `changes` to TRAINING -> the model with its best weights, test rows."""
    import keras

    from rnnkit import models, training

    sizes = TRAINING | changes
    train_rows, validation_rows, test_rows = (
        encoding.batches(
            *encoding.windows(part, length=sizes["window"]),
            batch_size=sizes["batch"], boundaries=sizes["boundaries"], seed=part_seed,
        )
        for part, part_seed in zip(patents.ids, (seed, None, None), strict=True)
    )  # fmt: skip
    targets = np.concatenate([text[1:] for text in patents.ids[0]])
    counts = np.bincount(targets, minlength=len(patents.glove))
    keras.utils.set_random_seed(seed)
    model = models.language_model(patents.glove, counts, **MODEL)
    steps = sizes["epochs"] * len(train_rows)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps - 50, warmup_target=sizes["rate"], warmup_steps=50
    )
    loss = keras.losses.SparseCategoricalCrossentropy(True, reduction="mean_with_sample_weight")
    optimizer = keras.optimizers.Adam(schedule, global_clipnorm=1.0)
    model.compile(optimizer, loss, jit_compile=False)
    with tempfile.TemporaryDirectory() as folder:
        callbacks = training.callbacks(folder, data=train_rows)
        options = {"shuffle": False, "verbose": 0, "callbacks": callbacks}
        options |= {"validation_data": validation_rows, "epochs": sizes["epochs"]}
        model.fit(train_rows, **options)
    return model, test_rows


def probabilities(models, ids):
    """A text, int (T,) -> float32 (models, T - 1, V), what each model says of every next word."""
    from keras import ops

    rows = np.asarray(ids, "int32")[None, :-1]
    return np.stack(
        [ops.convert_to_numpy(ops.softmax(model(rows, training=False)[0])) for model in models]
    )


def counted(counter, ids):
    """The same of the n-gram model: float (T - 1, V)."""
    first = [max(0, end - counter.order) for end in range(1, len(ids))]  # it sees no further
    return np.stack([counter.distribution(ids[a:b]) for b, a in enumerate(first, 1)])


def chosen_share(models, counter, texts):
    """The share of the n-gram model with which the mixture is best on texts, by perplexity."""
    network, ngram = [], []
    for ids in texts:
        said = probabilities(models, ids).mean(axis=0)
        network.append(said[np.arange(len(said)), ids[1:]])
        ngram.append(np.exp(counter.log_probabilities(ids)))
    network, ngram = np.concatenate(network), np.concatenate(ngram)
    losses = [-np.log((1 - share) * network + share * ngram).mean() for share in SHARES]
    return float(SHARES[np.argmin(losses)])


def scores(models, counter, share, texts):
    """Perplexity and accuracy of each model, their average, and the mixture -> name: scores."""
    logs, hits = {}, {}
    for ids in texts:
        said = probabilities(models, ids)
        average = said.mean(axis=0)
        ways = {number: one for number, one in enumerate(said)} | {"average": average}
        ways["mixture"] = (1 - share) * average + share * counted(counter, ids)
        for name, way in ways.items():
            logs.setdefault(name, []).append(np.log(way[np.arange(len(way)), ids[1:]]))
            hits.setdefault(name, []).append(way.argmax(axis=1) == ids[1:])
    return {
        name: {
            "perplexity": scoring.perplexity(np.concatenate(logs[name])),
            "accuracy": float(np.concatenate(hits[name]).mean()),
        }
        for name in logs
    }


def measure(patents, epochs=TRAINING["epochs"]):
    """Train all seeds and score -> a row for each way to predict."""
    trained, seconds = [], []
    for seed in SEEDS:
        began = time.perf_counter()
        trained.append(train(patents, seed=seed, epochs=epochs)[0])
        seconds.append(time.perf_counter() - began)
        print(f"seed {seed}: {seconds[-1]:.0f} s", flush=True)
    _, validation, test = patents.ids
    share = chosen_share(trained, patents.counter, validation)
    found = scores(trained, patents.counter, share, test)
    single = [found[number] for number in range(len(SEEDS))]
    rows = [{"model": "6-gram", "perplexity": patents.counter.perplexity(test)}]
    rows[0]["accuracy"] = patents.counter.accuracy(test)
    row = {"model": "LSTM, mean of the seeds"} | records.mean_and_spread(single)
    row |= {"seeds": len(SEEDS), "parameters": trained[0].count_params()}
    rows.append(row | {"seconds": float(np.mean(seconds)), "peak, MiB": records.peak_mib()})
    rows.append({"model": f"average of the {len(SEEDS)}"} | found["average"])
    name = f"average and {share:.0%} of the 6-gram"
    return rows + [{"model": name} | found["mixture"]]


def run(sizes):
    """Measure on the real patents -> the entry."""
    began = time.perf_counter()
    runtime.start(seed=SEEDS[0])
    documents = corpora.load("abstracts", "real")
    tokens = [encoding.tokenize(document) for document in documents]
    rows = measure(prepared(tokens, corpora.split_by_family(documents)))
    ways = ("6-gram", "LSTM", "average", "mixture")
    figures = {
        f"{way}, {name}": row[name]
        for way, row in zip(ways, rows, strict=True)
        for name in ("perplexity", "accuracy")
    }
    return records.entry(
        "patents",
        sizes,
        seconds=time.perf_counter() - began,
        figures=figures,
        tables={"Test texts, split by family": rows},
    )
