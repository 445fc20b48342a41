"""Words to integers and integers to batches, for the benchmarks that train on text.

Ids: 0 is padding, 1 an unknown word, 2 and 3 start and end of a text.
"""

import re
from collections import Counter

import keras
import numpy as np
import tensorflow as tf

PADDING, UNKNOWN, START, END = range(4)
SPECIAL = ["", "[UNK]", "[START]", "[END]"]


def tokenize(text):
    """Lower-cased words and single punctuation marks: str -> list of str."""
    return re.findall(r"\w+|[^\w\s]", text.lower())


def vocabulary(token_lists, *, min_count=1, limit=None):
    """All words by their ids: the special ones, then those of training texts, the commonest first.

    Words seen less than `min_count` times are left out; at most `limit` ordinary words are kept.
    """
    counts = Counter()
    for tokens in token_lists:
        counts.update(tokens)
    words = [word for word, count in counts.items() if count >= min_count]
    words.sort(key=lambda word: (-counts[word], word))
    return SPECIAL + words[:limit]


def encode(token_lists, vocab):
    """Each text as ids with start and end -> list of lists of int."""
    number = {word: place for place, word in enumerate(vocab)}
    encoded = []
    for tokens in token_lists:
        ids = [number.get(token, UNKNOWN) for token in tokens]
        encoded.append([START, *ids, END])
    return encoded


def pad(sequences, length=None):
    """int32 (N, T), filled up with 0 on the right; of a longer sequence its end is kept."""
    return keras.utils.pad_sequences(sequences, length, padding="post", truncating="pre")


def windows(sequences, length):
    """Cut texts into rows for teacher forcing; each id after the first is a target once.

    list of int (T_i,) -> inputs, targets: int32 (N, length), padded on the right.
    """
    inputs = []
    targets = []
    for ids in sequences:
        for start in range(0, len(ids) - 1, length):
            inputs.append(ids[start : start + length][: len(ids) - 1 - start])
            targets.append(ids[start + 1 : start + length + 1])
    return pad(inputs, length), pad(targets, length)


def next_word_batches(sequences, *, length, batch_size, boundaries=(), shuffle=None):
    """Batches of (inputs, targets), rows of similar length together, each cut to its longest.

    shuffle: a function of a dataset, such as resume.Backup.shuffle; without it in order.
    """
    inputs, targets = windows(sequences, length)
    return _bucketed(inputs, targets, batch_size, boundaries, shuffle)


def labelled_batches(rows, labels, *, batch_size, boundaries=(), shuffle=None):
    """Batches of (ids, labels) in the same way. rows: int (N, T), padded; labels: (N,)."""
    return _bucketed(rows, labels, batch_size, boundaries, shuffle)


def _bucketed(inputs, targets, batch_size, boundaries, shuffle):
    """Shuffle, cut the padding off each row, and put rows of similar length together."""
    rows = tf.data.Dataset.from_tensor_slices((inputs, targets)).cache()
    if shuffle:
        rows = shuffle(rows)
    rows = rows.map(_cut)
    if not boundaries:
        return rows.padded_batch(batch_size).prefetch(2)
    sizes = [batch_size] * (len(boundaries) + 1)
    edges = [boundary + 1 for boundary in boundaries]
    batches = rows.bucket_by_sequence_length(_length, edges, sizes)
    # Keras warns of a dataset whose number of batches is not known.
    bucket = np.searchsorted(boundaries, np.count_nonzero(inputs, axis=1))
    count = np.ceil(np.bincount(bucket) / batch_size).sum()
    return batches.apply(tf.data.experimental.assert_cardinality(int(count))).prefetch(2)


def _length(ids, target):
    return tf.math.count_nonzero(ids, dtype="int32")


def _cut(ids, target):
    """A row without its padding; so are the targets where there is one for each id."""
    real = ids[: _length(ids, target)]
    return real, target[: len(real)] if target.shape.rank else target
