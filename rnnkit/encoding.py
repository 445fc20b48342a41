"""From documents to ids, from ids to windows and batches, from a GloVe file to a matrix.

Ids are int32: 0 is padding, 1 the unknown word, 2 the start and 3 the end of a document.
TensorFlow is imported only inside the functions that need it.
"""

import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np

PADDING, UNKNOWN, START, END = range(4)
LARGEST = float(np.finfo(np.float32).max)
SPECIAL = ("", "[UNK]", "[START]", "[END]")  # the words with the ids 0 to 3

# ---------------------------------------------------------------- documents and ids


def tokenize(text):
    """Cut a document into lower-cased words and single punctuation marks.

    text: str -> list[str]; a text without either gives an empty list.
    """
    return re.findall(r"\w+|[^\w\s]", text.lower())


def detokenize(tokens):
    """Join tokens into a line that reads well, without padding, start and end.

    tokens: iterable of str -> str. Marks such as commas and brackets lose the space on the side
    where print has none; which side of a quotation mark that is cannot be known, so it keeps both.
    """
    text = " ".join(token for token in tokens if token not in ("", "[START]", "[END]"))
    text = re.sub(r"\s+([,.;:!?%)\]}])", r"\1", text.replace("[UNK]", "\0"))
    text = re.sub(r"([(\[{])\s+", r"\1", text)
    return re.sub(r"(?<=\w)\s*([-/'’])\s*(?=\w)", r"\1", text).replace("\0", "[UNK]")


def vocabulary(token_lists, *, min_count=1, limit=None):
    """Count the words of training documents and list them, the most frequent first.

    token_lists: iterable of list[str] -> list[str] without the four special tokens; equally
    frequent words stand in alphabetical order. Words seen less than `min_count` times are left
    out, and only the first `limit` words are kept. Raises ValueError if no word is left.
    """
    counts = Counter(token for tokens in token_lists for token in tokens)
    words = [word for word, count in counts.items() if count >= min_count and word not in SPECIAL]
    if not words:
        raise ValueError(
            f"no word occurs {min_count} times or more among {len(counts)} different words: "
            "pass more documents or a smaller min_count"
        )
    return sorted(words, key=lambda word: (-counts[word], word))[:limit]


def lookup(vocabulary):
    """Build the Keras layer that turns words into ids.

    vocabulary: list[str] -> keras.layers.StringLookup. Its `get_vocabulary()` lists padding "",
    "[UNK]", "[START]" and "[END]" as 0 to 3, and then the words in the order given.
    """
    import keras

    return keras.layers.StringLookup(vocabulary=[*SPECIAL[2:], *vocabulary], mask_token="")


def encode(token_lists, lookup):
    """Turn documents into ids with a start before and an end after each.

    token_lists: sequence of list[str], lookup: the layer of `lookup()` -> list of int32 (T_i,)
    with T_i = words + 2. A document of one word is legal (start, word, end). Raises ValueError
    for an empty document and for one that is a str still.
    """
    if tuple(lookup.get_vocabulary()[:4]) != SPECIAL:
        raise ValueError(
            f"the lookup begins with {lookup.get_vocabulary()[:4]} instead of {list(SPECIAL)}: "
            "build it with encoding.lookup"
        )
    flat = []
    for number, tokens in enumerate(token_lists):
        _check_document(tokens, number)
        flat += ["[START]", *tokens, "[END]"]
    if not flat:
        return []
    ids = np.asarray(lookup(np.array(flat, dtype=object)), dtype=np.int32)  # one call: 50x faster
    ends = np.cumsum([len(tokens) + 2 for tokens in token_lists])
    return np.split(ids, ends[:-1])


def _check_document(tokens, number):
    if isinstance(tokens, str):
        raise ValueError(f"document {number} is a str, {tokens[:30]!r}: pass it through tokenize")
    if len(tokens) == 0:
        raise ValueError(f"document {number} is empty: remove documents without a word first")


def require_known(sequences, token_lists):
    """Refuse documents of which no word is known: nothing could be said about them.

    sequences: list of int (T_i,) as `encode` returns for token_lists: list of list[str]. Raises
    ValueError for one that holds unknown words only, as a text in another script does.
    """
    for number, (ids, tokens) in enumerate(zip(sequences, token_lists, strict=True)):
        if np.isin(ids, (PADDING, UNKNOWN, START, END)).all():
            raise ValueError(
                f"document {number} has no word of the vocabulary among its {len(tokens)} tokens, "
                f"which begin {' '.join(tokens)[:30]!r}: it may be in another language or script "
                "than the training texts, so translate it or leave it out"
            )


# ---------------------------------------------------------------- windows and batches


def pad(sequences, *, length=None, cut=None):
    """Write sequences into the rows of one array, padded on the right.

    sequences: list of int (T_i,) -> int32 (N, length), filled up with 0; by default the length is
    that of the longest. Of a sequence longer than
    `length` the ids at its "start" or at its "end" are dropped, as `cut` says. Raises ValueError
    for a longer one without `cut`, and for an empty one.
    """
    if cut not in (None, "start", "end"):
        raise ValueError(f"cut={cut!r} is unknown: choose 'start' or 'end', or None")
    length = max(map(len, sequences)) if length is None else length
    rows = np.zeros((len(sequences), length), np.int32)
    for number, ids in enumerate(sequences):
        if len(ids) == 0:
            raise ValueError(f"sequence {number} is empty: remove documents without a word first")
        if len(ids) > length and cut is None:
            raise ValueError(
                f"sequence {number} has {len(ids)} ids, more than the window of {length}: choose "
                "a longer window, or cut='start' or cut='end' to drop ids there"
            )
        kept = ids[-length:] if cut == "start" else ids[:length]
        rows[number, : len(kept)] = kept
    return rows


def windows(sequences, *, length, stride=None):
    """Cut sequences into rows of at most `length` steps for teacher forcing.

    sequences: list of int (T_i,), T_i >= 2 -> inputs, targets: int32 (N, length), padded on the
    right with 0. A row's targets are its inputs moved on by one step. With `stride` equal to
    `length` (the default) each word but the first of a sequence is a target exactly once; with a
    smaller stride rows overlap and repeat targets. No row is empty. Raises ValueError for a
    sequence of fewer than two ids and for a stride outside 1..length.
    """
    if length < 1:
        raise ValueError(f"length {length} is below 1: give the steps of a row")
    stride = length if stride is None else stride
    if not 1 <= stride <= length:
        raise ValueError(f"stride {stride} is outside 1..{length}, the length: targets would skip")
    rows = []
    for number, sequence in enumerate(sequences):
        steps = len(sequence) - 1  # the last id is only a target
        if steps < 1:
            raise ValueError(f"sequence {number} has {steps + 1} ids: it takes two to predict one")
        for start in range(0, max(steps - length, 0) + stride, stride):
            rows.append(sequence[start : start + length + 1])
    inputs, targets = np.zeros((2, len(rows), length), np.int32)
    for row, ids in enumerate(rows):
        inputs[row, : len(ids) - 1] = ids[:-1]
        targets[row, : len(ids) - 1] = ids[1:]
    return inputs, targets


def batches(inputs, targets, *, batch_size, seed=None, boundaries=None):
    """Serve rows to Keras' fit and evaluate, batch by batch, each row once per epoch.

    inputs, targets: int (N, T), padded on the right with 0 -> tf.data.Dataset of inputs (b, t),
    targets (b, t) and weights float32 (b, t), which are 1 where the target is not padding.

    Without `seed` rows come in their order. With `seed` each epoch has an order of its own, which
    depends on nothing but (seed, epoch). The epoch is the attribute `epoch` of the dataset, 0 at
    first and one more each time the last batch was served. A run that goes on after an
    interruption sets it: `dataset.epoch = 7` makes the next pass the one of epoch 7. (Datasets
    made from this one by `map` or `take` follow it but have no such attribute.) Keras' `fit`
    wants `shuffle=False` with it, and warns otherwise.

    `boundaries` are step counts such as (32, 64): a batch is cut to the smallest boundary that
    holds its longest row (or T), so that few shapes are compiled; with `seed`, rows that need the
    same boundary then share batches, and what is left over joins the next longer ones. If
    batch_size divides N, every batch is full and the dataset says so; a training step that knows
    its b runs faster, an LSTM or GRU of 32 units on a CPU by a fifth to a third.
    Raises ValueError for shapes that differ, no rows, a row without a target, and padding that
    is not on the right.
    """
    inputs, targets, lengths = _checked_rows(inputs, targets)

    def pick(rows, width):
        y = targets[rows, :width]
        return inputs[rows, :width], y, (y != PADDING).astype(np.float32)

    shape = (None, None if boundaries else inputs.shape[1])
    kinds = ((shape, "int32"), (shape, "int32"), (shape, "float32"))
    order = {"batch_size": batch_size, "seed": seed, "boundaries": boundaries}
    return _dataset(pick, kinds, lengths, inputs.shape[1], **order)


def labelled_batches(inputs, labels, *, batch_size, seed=None, boundaries=None):
    """Serve rows with one label each to Keras' fit and evaluate, each row once per epoch.

    inputs: int (N, T), padded on the right with 0; labels: numbers (N,) -> tf.data.Dataset of
    inputs (b, t) and labels float32 (b,). The options, and the order of the rows, are those of
    `batches`. Raises ValueError for shapes that do not fit, an empty row, and padding that is not
    on the right.
    """
    labels = np.asarray(labels, np.float32)
    inputs, _, lengths = _checked_rows(inputs, inputs)
    if labels.shape != (len(inputs),):
        raise ValueError(f"labels of shape {labels.shape} for {len(inputs)} rows: pass one a row")
    kinds = (((None, None if boundaries else inputs.shape[1]), "int32"), ((None,), "float32"))
    order = {"batch_size": batch_size, "seed": seed, "boundaries": boundaries}
    return _dataset(
        lambda rows, width: (inputs[rows, :width], labels[rows]),
        *(kinds, lengths, inputs.shape[1]),
        **order,
    )


def _dataset(pick, kinds, lengths, longest, *, batch_size, seed, boundaries):
    """Serve what `pick(rows, width)` returns, of these (shape, type) each, by the plan."""
    import tensorflow as tf

    known = _known(len(lengths), batch_size)
    widths = np.unique([*(b for b in boundaries or () if b < longest), longest])

    def served():
        plan = _plan(lengths, widths, batch_size, None if seed is None else (seed, dataset.epoch))
        for number, (rows, width) in enumerate(plan, 1):
            dataset.epoch += number == len(plan)  # a pass left early does not count
            yield pick(rows, width)

    signature = tuple(tf.TensorSpec((known, *steps), kind) for (_, *steps), kind in kinds)
    dataset = _served(served, signature, -(-len(lengths) // batch_size))
    dataset.epoch = 0
    return dataset


def untuned(dataset):
    """The same tf.data.Dataset without the thread that tunes its buffers while it is read.

    That thread sleeps 10 ms, 20, 40 and so on, and the end of a pass now and then waits until it
    wakes, which makes an epoch of a second up to a quarter longer (TensorFlow 2.21). Batches that
    are ready in memory have nothing to tune.
    """
    import tensorflow as tf

    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.with_options(options)


def _served(generator, signature, count):
    """A dataset of the `count` batches of a generator, one or two prepared ahead."""
    import tensorflow as tf

    dataset = tf.data.Dataset.from_generator(generator, output_signature=signature)
    return untuned(dataset.apply(tf.data.experimental.assert_cardinality(count)).prefetch(2))


def _known(rows, batch_size):
    """The size of every batch, or None if the last one is smaller."""
    if batch_size < 1:
        raise ValueError(f"batch_size {batch_size} is below 1: give the rows of a batch")
    return None if rows % batch_size else batch_size


def _checked_rows(inputs, targets):
    inputs, targets = np.asarray(inputs, np.int32), np.asarray(targets, np.int32)
    if inputs.ndim != 2 or inputs.shape != targets.shape or not len(inputs):
        raise ValueError(
            f"inputs of shape {inputs.shape} and targets of shape {targets.shape}: "
            "both must be (N, T) with at least one row"
        )
    lengths = np.count_nonzero(targets, axis=1)
    if not lengths.all():
        raise ValueError(f"row {np.argmin(lengths)} has no target: remove empty rows")
    filled = np.arange(targets.shape[1]) < lengths[:, None]
    wrong = ((targets != PADDING) != filled) | ((inputs != PADDING) != filled)
    if wrong.any():  # on a GPU such a row stops the run, or its scores are wrong
        row = np.argmax(wrong.any(axis=1))
        raise ValueError(f"row {row} is not padded on the right alike in inputs and targets")
    return inputs, targets, lengths


def _plan(lengths, widths, batch_size, seed):
    """Decide which rows make up each batch: a list of (rows int (b,), width)."""
    if seed is None:
        rows = np.arange(len(lengths))
        cuts = np.split(rows, range(batch_size, len(rows), batch_size))
        return [(cut, widths[np.searchsorted(widths, lengths[cut].max())]) for cut in cuts]
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(lengths))
    group = np.searchsorted(widths, lengths[order])
    plan, rest = [], order[:0]
    for number, width in enumerate(widths):
        rows = np.concatenate([rest, order[group == number]])
        full = len(rows) if width == widths[-1] else len(rows) // batch_size * batch_size
        plan += [(rows[i : min(i + batch_size, full)], width) for i in range(0, full, batch_size)]
        rest = rows[full:]
    return [plan[i] for i in rng.permutation(len(plan))]


def pair_batches(sources, targets, *, batch_size, seed=None, boundaries=None, links=None):
    """Serve sentences with their translations, batch by batch, each pair once per epoch.

    sources, targets: two lists of N int (T_i,), each from [START] to [END] -> tf.data.Dataset of
    (sources (b, S), inputs (b, T)), targets and weights, padded on the right with 0. Targets are
    the inputs moved on by one step (teacher forcing); they and their weights stand in a dict under
    "logits". `links`, N int (T_i - 1,), adds the place in the source that each target came from,
    under "attention". `seed`, `boundaries` (of the longer side) and the attribute `epoch` are
    those of `batches`. Raises ValueError for lists of different lengths and empty sentences.
    """
    import tensorflow as tf

    _check_pairs(sources, targets, links)
    shape = (_known(len(sources), batch_size), None)
    lengths = np.array([max(map(len, pair)) for pair in zip(sources, targets, strict=True)])
    widths = np.unique([*(b for b in boundaries or () if b < lengths.max()), lengths.max()])

    def served():
        plan = _plan(lengths, widths, batch_size, None if seed is None else (seed, dataset.epoch))
        for number, (rows, _) in enumerate(plan, 1):
            dataset.epoch += number == len(plan)  # a pass left early does not count
            inputs = pad([targets[row][:-1] for row in rows])
            y = {"logits": pad([targets[row][1:] for row in rows])}
            if links is not None:
                y["attention"] = pad([links[row] for row in rows])
            weights = dict.fromkeys(y, (inputs != PADDING).astype(np.float32))
            yield (pad([sources[row] for row in rows]), inputs), y, weights

    ids, weights = (tf.TensorSpec(shape, kind) for kind in (tf.int32, tf.float32))
    outputs = ["logits"] if links is None else ["logits", "attention"]
    signature = (ids, ids), dict.fromkeys(outputs, ids), dict.fromkeys(outputs, weights)
    dataset = _served(served, signature, -(-len(sources) // batch_size))
    dataset.epoch = 0
    return dataset


def _check_pairs(sources, targets, links):
    if len(sources) != len(targets) or not len(sources):
        raise ValueError(
            f"{len(sources)} sentences and {len(targets)} translations: both must be of the same "
            "number, at least one"
        )
    for number, (source, target) in enumerate(zip(sources, targets, strict=True)):
        if min(len(source), len(target)) < 3:
            raise ValueError(
                f"pair {number} has a side without a word: each takes [START], words and [END]"
            )
    if links is not None and [len(x) + 1 for x in links] != [len(x) for x in targets]:
        raise ValueError("links must have one place for each target: one fewer than the ids")


# ---------------------------------------------------------------- word vectors


class Glove(NamedTuple):
    """Word vectors: matrix float32 (V, D), found bool (V,), lines: int read from the file."""

    matrix: np.ndarray
    found: np.ndarray
    lines: int


class Coverage(NamedTuple):
    """Shares (0 to 1) of word types and of running tokens with a vector, and the
    commonest words without one as (word, count)."""

    types: float
    tokens: float
    missing: list


def read_glove(path, words, *, dimension=100, missing="normal", seed=0):
    """Read the vectors of some words from a file in GloVe's text format.

    path: a UTF-8 file with one word and `dimension` numbers a line, separated by single spaces;
    a word may hold spaces itself, and lines may end as on Windows. words: list[str] (V,) without
    duplicates -> Glove, its rows in the order of `words`; if a word stands in the file twice, the
    first line counts. Only the lines of these words are turned into numbers; all are checked.

    Words the file lacks get a draw from a normal distribution with the mean 0 and the standard
    deviation of all the numbers found (`missing="normal"`, reproducible by `seed`) or zeros
    (`missing="zeros"`). The padding word "" is always zeros. Raises FileNotFoundError if the file
    is missing, and ValueError with file and line if it is damaged, empty or of another dimension,
    or if it has none of the words.
    """
    path = Path(path)
    if missing not in ("normal", "zeros"):
        raise ValueError(f"missing={missing!r} is unknown: choose 'normal' or 'zeros'")
    rows = {word: row for row, word in enumerate(words)}
    if len(rows) != len(words):
        raise ValueError(f"{len(words) - len(rows)} of the words stand in the list twice")
    glove = _read_vectors(path, rows, dimension)
    if not glove.found.any():
        raise ValueError(
            f"{path} has none of the {len(words)} words, such as '{words[-1]}': check that they "
            "are lower-cased words and that the file is of their language"
        )
    if missing == "normal":
        _draw_missing(glove, np.array([word == "" for word in words]), seed)
    return glove


def _read_vectors(path, rows, dimension):
    """Read the file once and fill in the rows of the words asked for (word -> row)."""
    matrix = np.zeros((len(rows), dimension), np.float32)
    found = np.zeros(len(rows), bool)
    _check_first_line(path, dimension)
    block, number = [], 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                word, numbers = _cut_line(line, dimension)
                row = rows.get(word.decode())
            except ValueError as error:  # UnicodeDecodeError is one too
                raise ValueError(_damage(path, number, error)) from None
            if row is None or found[row]:
                continue
            found[row] = True
            block.append((number, row, numbers))
            if len(block) == 64:  # about 50 kB: as fast as larger blocks
                block = _parse(path, block, matrix)
    _parse(path, block, matrix)
    return Glove(matrix, found, number)


def _check_first_line(path, dimension):
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: download or make this GloVe file first")
    with path.open("rb") as file:
        fields = file.readline().split()[1:]
    if not fields:
        raise ValueError(f"{path}, line 1: no numbers; the file is empty or no GloVe text file")
    numbers = 0
    while numbers < len(fields) and _number(fields[-1 - numbers]) is not None:
        numbers += 1
    if dimension not in (numbers, len(fields)):
        raise ValueError(
            f"{path}, line 1: the vectors have {numbers} numbers, but dimension={dimension}: "
            f"pass dimension={numbers} or another file"
        )


def _cut_line(line, dimension):
    """Cut one line into its word and its numbers, both bytes, by looking at characters only."""
    line = line.rstrip(b" \r\n")
    word, _, numbers = line.partition(b" ")
    if numbers.translate(None, b"0123456789.+-eE") == b" " * (dimension - 1):
        return word, numbers
    word, *fields = line.rsplit(b" ", dimension)
    if len(fields) < dimension:
        raise ValueError(f"has {len(fields)} numbers instead of {dimension}")
    if b" " in word and _number(word.split(b" ")[-1]) is not None:
        raise ValueError(f"has more than {dimension} numbers or a double space")
    if bad := _first_bad(fields):
        raise ValueError(f"has {bad} where a number should be")
    return word, b" ".join(fields)  # a word with spaces


def _parse(path, block, matrix):
    """Turn a block of (line number, row, numbers) into rows of the matrix; returns []."""
    if not block:
        return []
    lines, rows, texts = zip(*block, strict=True)
    try:
        values = np.loadtxt(texts, np.float32, delimiter=" ", comments=None, ndmin=2)
    except ValueError:
        values = np.full(1, np.nan, np.float32)
    if not np.isfinite(values).all():
        fields = [_first_bad(text.split(b" ")) for text in texts]
        line, field = next(pair for pair in zip(lines, fields, strict=True) if pair[1])
        raise ValueError(_damage(path, line, f"has {field} where a number should be"))
    matrix[list(rows)] = values
    return []


def _number(field):
    """Read a field as a float that fits float32, or return None."""
    try:
        value = float(field.replace(b"_", b"?"))  # Python would read 1_0 as 10
    except ValueError:
        return None
    return value if abs(value) <= LARGEST else None


def _first_bad(fields):
    """Show the first field that is no number, or return None."""
    bad = (field for field in fields if _number(field) is None)
    return next((repr(field.decode(errors="replace")[:20]) for field in bad), None)


def _damage(path, number, reason):
    if isinstance(reason, UnicodeDecodeError):
        reason = "is not UTF-8"
    return f"{path}, line {number}: {reason}; the file is damaged or cut off, download it again"


def _draw_missing(glove, padding, seed):
    """Fill the rows of missing words, in place and without a copy of the matrix."""
    size = glove.found.sum() * glove.matrix.shape[1]
    mean = glove.matrix.sum(dtype=np.float64) / size  # the other rows are zeros so far
    squares = np.einsum("vd,vd->v", glove.matrix, glove.matrix).sum(dtype=np.float64)
    deviation = np.sqrt(max(squares / size - mean**2, 0))
    rng = np.random.default_rng(seed)
    for row in np.flatnonzero(~glove.found & ~padding):
        glove.matrix[row] = rng.normal(0, deviation, glove.matrix.shape[1])


def coverage(glove, words, token_lists, *, commonest=10):
    """Measure how much of a text has a word vector.

    glove: Glove with V rows, words: list[str] (V,), token_lists: iterable of list[str] ->
    Coverage. Types counts `words` without the four special ones; tokens counts every token of the
    text, and one outside of `words` as not covered; missing lists the `commonest` words of the
    text without a vector of their own.
    """
    if len(words) != len(glove.found):
        raise ValueError(f"{len(words)} words for {len(glove.found)} vectors: pass the same words")
    counts = Counter(token for tokens in token_lists for token in tokens)
    if not counts:
        raise ValueError("the text has no tokens: pass lists of tokens, such as tokenize gives")
    known = {word for word, found in zip(words, glove.found, strict=True) if found}
    types = [word for word in words if word not in SPECIAL]
    missing = Counter({word: count for word, count in counts.items() if word not in known})
    return Coverage(
        sum(word in known for word in types) / max(len(types), 1),
        1 - missing.total() / counts.total(),
        missing.most_common(commonest),
    )


def neighbours(word, words, matrix, k=5):
    """Find the k words whose vectors point most nearly the same way.

    word: str, words: list[str] (V,), matrix: float (V, D) -> list of (word, cosine), the nearest
    first, without the word itself. Rows of zeros have the cosine 0. Raises ValueError for a word
    that is not in the list.
    """
    words = [str(other) for other in words]
    if word not in words:
        raise ValueError(f"{word!r} is not among the {len(words)} words: ask for one of them")
    norms = np.linalg.norm(matrix, axis=1)
    row = words.index(word)
    cosines = matrix @ matrix[row] / np.maximum(norms * norms[row], 1e-12)
    order = [other for other in np.argsort(-cosines, kind="stable") if other != row][:k]
    return [(words[other], float(cosines[other])) for other in order]
