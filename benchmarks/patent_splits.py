"""One language model, three ways to hold texts out: by window, by patent, by family of patents.

    python benchmarks/bench.py --real [--record] patent_splits

The data are the real patents and the network is the one that notebook 03 keeps, trained for half as
many epochs, and for half of those on windows, which overlap and show each word about twice. Only
what is held out changes. The 6-gram model stands beside it. Test texts are scored once, by the
weights of the epoch with the lowest validation loss.
"""

import tempfile
import time

import numpy as np
import records

from rnnkit import corpora, encoding, runtime, scoring

SEED = 7
MODEL = {"units": 256, "dropout": 0.4, "tied": True}
TRAINING = {
    "rate": 3e-3,
    "batch": 16,
    "window": 256,
    "boundaries": (96, 128, 160, 192),
    "epochs": 6,
}
WINDOWS = {"window": 52, "boundaries": None, "batch": 48, "epochs": 3}  # 50 tokens and two marks


def splits(documents, tokens):
    """-> name: (texts, their split into train, validation and test, what differs in training)."""
    windows = [text[i : i + 50] for text in tokens for i in range(0, max(len(text) - 25, 1), 25)]
    return {
        "shuffled windows": (windows, corpora.split_shuffled(len(windows)), WINDOWS),
        "by patent": (tokens, corpora.split_by_document(documents), {}),
        "by family": (tokens, corpora.split_by_family(documents), {}),
    }


def train(ids, words, glove, changes):
    """Train the network -> the model with its best weights."""
    import keras

    from rnnkit import models, training

    sizes = TRAINING | changes
    rows = [
        encoding.batches(
            *encoding.windows(part, length=sizes["window"]),
            batch_size=sizes["batch"], boundaries=sizes["boundaries"], seed=seed,
        )
        for part, seed in zip(ids, (SEED, None, None), strict=True)
    ]  # fmt: skip
    counts = np.bincount(np.concatenate([text[1:] for text in ids[0]]), minlength=words)
    keras.utils.set_random_seed(SEED)
    model = models.language_model(glove, counts, **MODEL)
    steps = sizes["epochs"] * len(rows[0])
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps - 50, warmup_target=sizes["rate"], warmup_steps=50
    )
    loss = keras.losses.SparseCategoricalCrossentropy(True, reduction="mean_with_sample_weight")
    optimizer = keras.optimizers.Adam(schedule, global_clipnorm=1.0)
    model.compile(optimizer, loss, jit_compile=False)
    with tempfile.TemporaryDirectory() as folder:
        callbacks = training.callbacks(folder, data=rows[0])
        options = {"shuffle": False, "verbose": 0, "callbacks": callbacks}
        model.fit(rows[0], validation_data=rows[1], epochs=sizes["epochs"], **options)
    return model, rows[2]


def measure(name, texts, split, changes):
    """Train and score on one split -> a row."""
    parts = [[texts[number] for number in part] for part in split]
    lookup = encoding.lookup(encoding.vocabulary(parts[0], min_count=2))
    ids = [encoding.encode(part, lookup) for part in parts]
    words = [str(word) for word in lookup.get_vocabulary()]
    glove = encoding.read_glove(corpora.embeddings("real"), words).matrix
    counter = scoring.KneserNey(order=6).fit(ids[0], vocabulary_size=len(words))
    began = time.perf_counter()
    model, test_rows = train(ids, len(words), glove, changes)
    seconds = time.perf_counter() - began
    said = scoring.next_word_scores(model, test_rows)
    return {
        "held out": name,
        "texts": len(texts),
        "perplexity": scoring.perplexity(said.log_probability),
        "accuracy": float(said.correct.mean()),
        "perplexity of the 6-gram": counter.perplexity(ids[2]),
        "accuracy of the 6-gram": counter.accuracy(ids[2]),
        "parameters": model.count_params(),
        "seeds": 1,
        "seconds": round(seconds),
    }


def run(sizes):
    """Measure all splits -> the entry."""
    began = time.perf_counter()
    runtime.start(seed=SEED)
    documents = corpora.load("abstracts", "real")
    tokens = [encoding.tokenize(document) for document in documents]
    rows = []
    for name, (texts, split, changes) in splits(documents, tokens).items():
        rows.append(measure(name, texts, split, changes))
        line = "{held out}: perplexity {perplexity:.1f}, accuracy {accuracy:.1%}"
        print(line.format(**rows[-1]), flush=True)
    names = ("perplexity", "accuracy")
    figures = {f"{row['held out']}, {name}": row[name] for row in rows for name in names}
    return records.entry(
        "patent_splits",
        sizes,
        seconds=time.perf_counter() - began,
        figures=figures,
        tables={"One network, three ways to hold patents out": rows},
    )
