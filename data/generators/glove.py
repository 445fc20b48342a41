"""GloVe vectors (Pennington, Socher and Manning, 2014) for a small vocabulary, in plain NumPy.

The vocabularies here have a few thousand words, so the co-occurrences fit in a dense matrix and
each step of AdaGrad sees all of them: no sampling, hence the same vectors on every run.
"""

from __future__ import annotations

from collections import Counter

import numpy as np


def vocabulary(documents, *, min_count=1):
    """Words of token lists, most frequent first (ties by alphabet): -> list[str]."""
    counts = Counter(token for document in documents for token in document)
    kept = [word for word, count in counts.items() if count >= min_count]
    return sorted(kept, key=lambda word: (-counts[word], word))


def cooccurrences(documents, words, *, window=10):
    """Symmetric counts, each pair weighted by 1 / distance: -> float32 (V, V).

    Words that are not in `words` keep their place in the text but are not counted.
    """
    index = {word: number for number, word in enumerate(words)}
    size = len(words)
    counts = np.zeros((size, size))
    for document in documents:
        ids = np.array([index.get(token, size) for token in document])
        for distance in range(1, min(window, len(ids) - 1) + 1):
            left, right = ids[:-distance], ids[distance:]
            known = (left < size) & (right < size)
            np.add.at(counts, (left[known], right[known]), 1 / distance)
    return (counts + counts.T).astype("float32")


def train(counts, *, dimensions=100, iterations=300, x_max=10.0, rate=0.1):
    """Vectors that explain log co-occurrence: counts (V, V) -> float32 (V, dimensions).

    Minimises the sum over counts > 0 of f(x) (w.c + b + d - log x)^2 with f(x) = min(1,
    (x / x_max)^0.75), by AdaGrad on all counts at once; returns w + c, as the paper does.
    """
    rng = np.random.default_rng(0)
    size = len(counts)
    weight = np.minimum((1 + counts) / x_max, 1) ** 0.75
    target = np.log1p(counts)
    # a last column of ones on one side carries the bias of the other
    word = ((rng.random((size, dimensions + 2)) - 0.5) / dimensions).astype("float32")
    context = ((rng.random((size, dimensions + 2)) - 0.5) / dimensions).astype("float32")
    fixed_word, fixed_context = dimensions, dimensions + 1
    word[:, fixed_word] = 1
    context[:, fixed_context] = 1
    squares = [np.ones_like(word), np.ones_like(context)]
    for _ in range(iterations):
        error = weight * (word @ context.T - target)
        gradients = [error @ context, error.T @ word]
        gradients[0][:, fixed_word] = 0
        gradients[1][:, fixed_context] = 0
        for matrix, gradient, square in zip((word, context), gradients, squares, strict=True):
            square += gradient**2
            matrix -= rate * gradient / np.sqrt(square)
    return (word + context)[:, :dimensions]
