"""One language model, three ways to hold texts out: by window, by patent, by family of patents.

    python benchmarks/bench.py --real [--record] patent_splits

The network is that of patents.py, trained for half as many epochs, and for half of those on
windows, which overlap and show each word about twice. Only what is held out changes. The 6-gram
model stands beside it. Test texts are scored once, by the weights of the best epoch.
"""

import time

import numpy as np
import patents
from sklearn.model_selection import train_test_split

from rnnkit import splits

SEED = 7
EPOCHS = 6
WINDOWS = {"window": 52, "boundaries": (), "batch": 48, "epochs": 3}  # 50 tokens and two marks


def shuffled(count):
    """Row numbers of train, val and test, 80, 10 and 10 %, dealt out at random."""
    train, rest = train_test_split(np.arange(count), test_size=0.2, random_state=SEED)
    val, test = train_test_split(rest, test_size=0.5, random_state=SEED)
    return train, val, test


def ways(documents, tokens):
    """-> name: (texts, their split into train, val and test, what differs in training)."""
    windows = []
    for text in tokens:
        for start in range(0, max(len(text) - 25, 1), 25):
            windows.append(text[start : start + 50])
    return {
        "shuffled windows": (windows, shuffled(len(windows)), WINDOWS),
        "by patent": (tokens, shuffled(len(tokens)), {}),
        "by family": (tokens, splits.by_family(documents), {}),
    }


def measure(name, texts, split, changes, source="real"):
    """Train and score on one split -> a row."""
    data = patents.prepared(texts, split, source)
    began = time.perf_counter()
    model = patents.train(data, seed=SEED, **({"epochs": EPOCHS} | changes))
    seconds = time.perf_counter() - began
    test_ids = data.ids[2]
    found = patents.scores([model], data.counter, 0, test_ids)[0]
    return {
        "held out": name,
        "texts": len(texts),
        **found,
        "perplexity of the 6-gram": data.counter.perplexity(test_ids),
        "accuracy of the 6-gram": data.counter.accuracy(test_ids),
        "parameters": model.count_params(),
        "seconds": round(seconds),
    }


def run(sizes):
    """Measure all splits."""
    documents, tokens = patents.tokens_of(sizes)
    rows = []
    for name, (texts, split, changes) in ways(documents, tokens).items():
        rows.append(measure(name, texts, split, changes, sizes))
    return {"One network, three ways to hold patents out": rows}
