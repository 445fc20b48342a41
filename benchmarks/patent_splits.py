"""One language model, three ways to hold texts out: by window, by patent, by family of patents.

    python benchmarks/bench.py --real [--record] patent_splits

The data are the real patents and the network is the one that notebook 03 keeps, trained for half as
many epochs, and for half of those on windows, which overlap and show each word about twice. Only
what is held out changes. The 6-gram model stands beside it. Test texts are scored once, by the
weights of the epoch with the lowest validation loss.
"""

import time

import patents
import records

from rnnkit import corpora, encoding, runtime, scoring

SEED = 7
EPOCHS = 6
WINDOWS = {"window": 52, "boundaries": None, "batch": 48, "epochs": 3}  # 50 tokens and two marks


def splits(documents, tokens):
    """-> name: (texts, their split into train, validation and test, what differs in training)."""
    windows = [text[i : i + 50] for text in tokens for i in range(0, max(len(text) - 25, 1), 25)]
    return {
        "shuffled windows": (windows, corpora.split_shuffled(len(windows)), WINDOWS),
        "by patent": (tokens, corpora.split_by_document(documents), {}),
        "by family": (tokens, corpora.split_by_family(documents), {}),
    }


def measure(name, texts, split, changes):
    """Train and score on one split -> a row."""
    data = patents.prepared(texts, split)
    began = time.perf_counter()
    model, test_rows = patents.train(data, seed=SEED, **({"epochs": EPOCHS} | changes))
    seconds = time.perf_counter() - began
    said = scoring.next_word_scores(model, test_rows)
    return {
        "held out": name,
        "texts": len(texts),
        "perplexity": scoring.perplexity(said.log_probability),
        "accuracy": float(said.correct.mean()),
        "perplexity of the 6-gram": data.counter.perplexity(data.ids[2]),
        "accuracy of the 6-gram": data.counter.accuracy(data.ids[2]),
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
