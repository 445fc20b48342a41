"""Scores for predictions, the counting baselines beside them, and the table that compares them.

Log-probabilities are natural logarithms (nats) throughout.
"""

from html import escape
from typing import NamedTuple

import numpy as np

from rnnkit.encoding import PADDING, START

# ---------------------------------------------------------------- perplexity


def cross_entropy(log_probabilities, *, mask=None, unit="nats"):
    """Average the surprise per token.

    log_probabilities: float, any shape, natural logarithms; mask: the same shape, true or
    non-zero where a token counts (not padding) -> float in `unit` "nats" or "bits" per token.
    Raises ValueError if nothing is left to average, or for values above 0 or not a number.
    """
    if unit not in ("nats", "bits"):
        raise ValueError(f"unit={unit!r} is unknown: choose 'nats' or 'bits'")
    values = np.asarray(log_probabilities, np.float64)
    if mask is not None:
        mask = np.asarray(mask, bool)
        if mask.shape != values.shape:
            raise ValueError(f"the mask has shape {mask.shape}, the values have {values.shape}")
        values = values[mask]
    if values.size == 0:
        raise ValueError("no log-probabilities to average: all tokens are padding or none is given")
    if not values.max() <= 1e-6:  # rounding in float32 can lift a certain token just above 0
        raise ValueError(
            f"the largest value is {values.max()}, which is no log-probability: "
            "pass natural logarithms of probabilities, 0 or less"
        )
    return float(-values.mean() / (np.log(2) if unit == "bits" else 1))


def perplexity(log_probabilities, *, mask=None):
    """Average the number of words a model hesitates between: exp of the cross-entropy in nats.

    log_probabilities: float, any shape; mask: the same shape or None -> float, 1 or more, the
    same as 2 ** (the cross-entropy in bits). Raises ValueError as `cross_entropy` does.
    """
    return float(np.exp(cross_entropy(log_probabilities, mask=mask)))


# ---------------------------------------------------------------- a network, word by word


class NextWord(NamedTuple):
    """What a model said about each target that is not padding, in reading order (M of them).

    log_probability: float32 (M,) of the target in nats; predicted: int (M,) the likeliest id;
    target: int (M,); row, position: int (M,), where the target stands in the batches' rows.
    """

    log_probability: np.ndarray
    predicted: np.ndarray
    target: np.ndarray
    row: np.ndarray
    position: np.ndarray

    @property
    def correct(self):
        """bool (M,): whether the likeliest word was the right one."""
        return self.predicted == self.target


def next_word_scores(model, batches):
    """Run a language model over batches and keep what it says about each target.

    model: ids int (B, T) -> logits float (B, T, V); batches: an iterable of (inputs, targets) or
    (inputs, targets, weights), each (B, T) -> NextWord. Only two (B, T) arrays of each batch are
    kept, so memory does not grow with V. Rows are numbered as they come: use batches without a
    seed to keep the order of the text.
    """
    scorer = _scorer(model)
    parts, first_row = [], 0
    for inputs, targets, *_ in batches:
        targets = np.asarray(targets)
        log_probability, predicted = scorer.predict_on_batch((np.asarray(inputs), targets))
        row, position = np.nonzero(targets != PADDING)
        chosen = (a[row, position] for a in (log_probability, predicted, targets))
        parts.append((*chosen, row + first_row, position))
        first_row += len(targets)
    if not parts:
        raise ValueError("there are no batches to score: pass at least one")
    return NextWord(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _scorer(model):
    """Wrap a model so that it returns (B, T) log-probabilities and predictions, compiled."""
    import keras

    inputs = keras.Input((None,), dtype="int32", name="scored_inputs")
    targets = keras.Input((None,), dtype="int32", name="scored_targets")
    logits = keras.ops.cast(model(inputs, training=False), "float32")
    chosen = keras.ops.take_along_axis(logits, targets[..., None], axis=-1)[..., 0]
    log_probability = chosen - keras.ops.logsumexp(logits, axis=-1)
    scorer = keras.Model((inputs, targets), (log_probability, keras.ops.argmax(logits, axis=-1)))
    scorer.compile(jit_compile=False)  # compiling takes longer than scoring a held-out text
    return scorer


# ---------------------------------------------------------------- counting baselines


class _Counting:
    """What both baselines share: scores of a whole text."""

    def accuracy(self, sequences):
        """Share of next words guessed right: list of int (T_i,) -> float, 0 to 1."""
        hits = [self.predictions(ids) == np.asarray(ids)[1:] for ids in sequences]
        return float(np.concatenate(hits).mean())

    def perplexity(self, sequences):
        """Perplexity of the next words: list of int (T_i,) -> float."""
        return perplexity(np.concatenate([self.log_probabilities(ids) for ids in sequences]))

    def best(self, context):
        """The likeliest next id: int (T,), from a document's [START] on -> int."""
        return int(self.predictions([*context, PADDING])[-1])


class MostFrequent(_Counting):
    """Guess the commonest word every time; probabilities are counts plus one (Laplace)."""

    def fit(self, sequences, *, vocabulary_size=None):
        """Count the next words of sequences: list of int (T_i,) from [START] on -> self."""
        words, _, size = _stream(sequences, vocabulary_size)
        counts = _next_word_counts(words, size) + _possible(size)
        with np.errstate(divide="ignore"):  # padding and [START] get minus infinity
            self.log_probability = np.log(counts / counts.sum())
        return self

    def log_probabilities(self, sequence):
        """sequence: int (T,) -> float (T - 1,), the log-probability of each next word."""
        return self.log_probability[_checked_ids(sequence, len(self.log_probability))[1:]]

    def predictions(self, sequence):
        """sequence: int (T,) -> int (T - 1,), the same word each time."""
        return np.full(len(sequence) - 1, self.log_probability.argmax())


class KneserNey(_Counting):
    """Interpolated n-gram model with modified Kneser-Ney smoothing (Chen and Goodman 1999).

    A word's probability after a context of `order - 1` words mixes what followed this context,
    less a discount, with the probability after the context without its first word, and so on down
    to an equal share for all words. Below the highest order an n-gram counts once for each
    different word seen before it; n-grams at the start of a document, where nothing can stand
    before, keep their frequency. The three discounts of each order (for counts of 1, of 2, and of
    3 or more) are estimated from the counts of counts; `discounts` (three numbers) fixes them.

    Padding and [START] are never next words; all other ids below `vocabulary_size` get a
    probability above 0, and these sum to one. The id of [UNK] counts as a word.
    """

    # The n-grams of each order are numbered. An n-gram is the pair (number of its prefix in the
    # order below, last word), packed into one integer. These keys are sorted, so that looking up
    # is a binary search and all arithmetic runs on whole arrays instead of dictionaries.

    def __init__(self, order=3, *, discounts=None):
        if order < 1:
            raise ValueError(f"order={order} is below 1: 1 counts words, 2 pairs, 3 triples")
        self.order = order
        self.discounts = discounts

    def fit(self, sequences, *, vocabulary_size=None):
        """Count n-grams.

        sequences: list of int (T_i,), each from [START] on -> self. `vocabulary_size` is the
        number of ids, the four special ones included (default: the largest id seen, plus one).
        Raises ValueError if there is no sequence or one does not begin with [START].
        """
        words, offsets, size = _stream(sequences, vocabulary_size)
        grams = _count_ngrams(words, offsets, size, self.order)
        counts = grams[0].counts
        discounts = self._discounts(counts)
        share = _possible(size) / _possible(size).sum()
        self.share = (counts - discounts + discounts.sum() * share) / counts.sum()
        self.levels, below = [], self.share
        best = (self.share[[self.share.argmax()]], self.share.argmax(keepdims=True))
        for context, gram in zip(grams[:-1], grams[1:], strict=True):
            level = self._level(gram, context, below, best)
            self.levels.append(level)
            below, best = level.probability, (level.best_probability, level.best_word)
        return self

    def _discounts(self, counts):
        """counts: int (N,) -> float (N,), what each loses to the words not seen."""
        table = _estimate_discounts(counts) if self.discounts is None else self.discounts
        return np.array([0, *table])[np.minimum(counts, 3)]

    def _level(self, gram, context, below, best):
        """Turn the counts of one order into probabilities, with those of the order below."""
        contexts, prefix = len(context.counts), gram.prefix
        discounts = self._discounts(gram.counts)
        total = np.bincount(prefix, gram.counts, contexts)
        backoff = np.bincount(prefix, discounts, contexts) / np.maximum(total, 1)
        backoff[total == 0] = 1  # nothing follows this context: the order below decides
        probability = (gram.counts - discounts) / total[prefix]
        probability += backoff[prefix] * below[gram.suffix]
        # The likeliest word followed this context, or else it is the likeliest of the order below.
        best_probability = backoff * best[0][context.suffix]
        best_word = best[1][context.suffix]
        order = np.lexsort((-probability, prefix))
        likeliest = order[np.unique(prefix, return_index=True)[1]]
        likeliest = likeliest[probability[likeliest] >= best_probability[prefix[likeliest]]]
        best_probability[prefix[likeliest]] = probability[likeliest]
        best_word[prefix[likeliest]] = gram.word[likeliest]
        return _Level(gram.keys, probability, backoff, best_probability, best_word)

    def _walk(self, words):
        """Yield, order by order, each position's context and n-gram as numbers, -1 if unseen."""
        context, following = words[:-1], words[1:]
        for level in self.levels:
            keys = np.where(context >= 0, context * self.size + following, -1)
            place = np.minimum(np.searchsorted(level.keys, keys), len(level.keys) - 1)
            gram = np.where(level.keys[place] == keys, place, -1)
            yield level, context, gram
            context = np.concatenate([[-1], gram[:-1]])

    @property
    def size(self):
        """The number of ids, V."""
        return len(self.share)

    def log_probabilities(self, sequence):
        """sequence: int (T,) from [START] on -> float (T - 1,), in nats, of each next word."""
        words = _checked_ids(sequence, self.size)
        probability = self.share[words[1:]]
        for level, context, gram in self._walk(words):
            backoff = np.where(context >= 0, level.backoff[context], 1)
            probability = np.where(gram >= 0, level.probability[gram], backoff * probability)
        return np.log(probability)

    def predictions(self, sequence):
        """sequence: int (T,) from [START] on -> int (T - 1,), the likeliest word each time."""
        words = _checked_ids(sequence, self.size)
        likeliest = np.full(len(words) - 1, self.share.argmax())
        for level, context, _ in self._walk(words):
            likeliest = np.where(context >= 0, level.best_word[context], likeliest)
        return likeliest

    def distribution(self, context):
        """context: int (T,) from a document's [START] on -> float (V,), summing to one."""
        words = _checked_ids([*context, PADDING], self.size)
        probability = self.share.copy()
        for level, contexts, _ in self._walk(words):
            if contexts[-1] < 0:
                break
            ends = np.searchsorted(level.keys, (contexts[-1] + np.arange(2)) * self.size)
            probability *= level.backoff[contexts[-1]]
            probability[level.keys[slice(*ends)] % self.size] = level.probability[slice(*ends)]
        return probability


class _Grams(NamedTuple):
    """All n-grams of one order (N of them, keys sorted), each array int (N,)."""

    keys: np.ndarray
    prefix: np.ndarray  # number, one order below, of the n-gram without its last word
    word: np.ndarray
    suffix: np.ndarray  # number, one order below, of the n-gram without its first word
    counts: np.ndarray


class _Level(NamedTuple):
    """One order of a fitted model: N n-grams, and C contexts, the n-grams one order below."""

    keys: np.ndarray  # (N,)
    probability: np.ndarray  # (N,)
    backoff: np.ndarray  # (C,), the weight of the order below
    best_probability: np.ndarray  # (C,)
    best_word: np.ndarray  # (C,)


def _stream(sequences, vocabulary_size):
    """Join documents: words int64 (M,), offsets (M,) within the document, number of ids."""
    if len(sequences) == 0:
        raise ValueError("there are no sequences to count: pass at least one")
    for number, ids in enumerate(sequences):
        if len(ids) < 2 or ids[0] != START:
            raise ValueError(
                f"sequence {number} begins {list(ids[:3])}: it must begin with {START} ([START]) "
                "and go on, as encoding.encode makes it"
            )
    words = np.concatenate(sequences).astype(np.int64)
    offsets = np.concatenate([np.arange(len(ids)) for ids in sequences])
    size = int(words.max()) + 1 if vocabulary_size is None else vocabulary_size
    return _checked_ids(words, size), offsets, size


def _checked_ids(ids, size):
    ids = np.asarray(ids, np.int64)
    if ids.min() < 0 or ids.max() >= size:
        raise ValueError(
            f"ids from {ids.min()} to {ids.max()} do not fit a vocabulary of {size}: "
            "pass vocabulary_size to fit"
        )
    return ids


def _possible(size):
    """float (V,): 1 for ids that can be a next word, 0 for padding and [START]."""
    return np.where(np.isin(np.arange(size), (PADDING, START)), 0.0, 1.0)


def _next_word_counts(words, size):
    return np.bincount(words[words != START], minlength=size)


def _count_ngrams(words, offsets, size, order):
    """Count the n-grams of orders 1 to `order`, below the highest by the words before them."""
    ids, zeros = np.arange(size), np.zeros(size, np.int64)
    grams = [_Grams(ids, zeros, ids, zeros, _next_word_counts(words, size))]
    numbers = words  # the number of the n-gram that ends at each place
    initial = ids == START
    for length in range(2, order + 1):
        here = np.flatnonzero(offsets >= length - 1)
        if not here.size:  # no document is that long
            break
        keys, first, inverse, counts = np.unique(
            numbers[here - 1] * size + words[here], True, True, True
        )
        suffix = numbers[here[first]]
        befores = np.bincount(suffix, minlength=len(grams[-1].keys))
        befores = np.where(initial, grams[-1].counts, befores)
        grams[-1] = grams[-1]._replace(counts=befores)
        grams.append(_Grams(keys, keys // size, keys % size, suffix, counts))
        numbers = np.full(len(words), -1)
        numbers[here] = inverse
        initial = offsets[here[first]] == length - 1
    return grams


def _estimate_discounts(counts):
    """counts: int (N,) -> discounts of counts 1, 2 and 3 or more (Chen and Goodman, eq. 26)."""
    ones, twos, threes, fours = (np.count_nonzero(counts == n) for n in (1, 2, 3, 4))
    if not (ones and twos and threes and fours):
        return 0.5, 1.0, 1.5  # too little text to estimate them
    ratio = ones / (ones + 2 * twos)
    next_ratios = np.array([twos / ones, threes / twos, fours / threes])
    table = np.array([1, 2, 3]) - np.array([2, 3, 4]) * ratio * next_ratios
    return np.clip(table, 0.05, (1, 2, 3))  # above 0, or unseen words would be impossible


# ---------------------------------------------------------------- word alignment


def alignment_error(found, links):
    """Alignment error rate (Och and Ney 2003) of one source word for each target word.

    found: N sequences of int (T_i,), the place in the source named for each target word;
    links: N lists of T_i tuples, the true places: first the sure one, then others that may be
    named -> float, 0 (all sure places named) to 1. Raises ValueError where lengths differ.
    """
    right = total = 0
    for number, (places, truth) in enumerate(zip(found, links, strict=True)):
        if len(places) != len(truth):
            raise ValueError(
                f"pair {number} has {len(places)} places for {len(truth)} words: give one each"
            )
        right += sum(int(p == t[0]) + int(p in t) for p, t in zip(places, truth, strict=True))
        total += 2 * len(truth)
    if not total:
        raise ValueError("there is no word to align: pass at least one pair")
    return 1 - right / total


# ---------------------------------------------------------------- the ladder


class Table:
    """Rows side by side, as text in a terminal and as HTML in a notebook. Made by `table`."""

    def __init__(self, header, cells, right):
        self.header, self.cells, self.right = header, cells, right

    def __repr__(self):
        lines = [self.header, *self.cells]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        signs = [">" if right else "<" for right in self.right]
        rule = ["-" * width for width in widths]
        return "\n".join(
            "  ".join(f"{c:{s}{w}}" for c, s, w in zip(line, signs, widths, strict=True)).rstrip()
            for line in (self.header, rule, *self.cells)
        )

    def _repr_html_(self):
        def line(cells, tag):
            sides = ("right" if right else "left" for right in self.right)
            parts = zip(cells, sides, strict=True)
            html = (f'<{tag} style="text-align:{s}">{escape(c)}</{tag}>' for c, s in parts)
            return f"<tr>{''.join(html)}</tr>"

        body = "\n".join(line(cells, "td") for cells in self.cells)
        head = line(self.header, "th")
        return f"<table>\n<thead>{head}</thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def table(rows, *, formats=None):
    """Set models beside each other: one row each, the same in every notebook.

    rows: list of dict, column name -> str, number or None; columns stand in the order in which
    they first appear, and what a row lacks is shown as a dash. Whole numbers get thousands
    separators, others three significant digits; `formats` gives a column another format, such as
    {"accuracy": ".1%"}. Returns a Table, which prints as text and shows as HTML.
    """
    if not rows:
        raise ValueError("the table has no rows: pass a list of dictionaries, one for each model")
    header = list(dict.fromkeys(name for row in rows for name in row))
    unknown = set(formats or ()) - set(header)
    if unknown:
        raise ValueError(f"formats for {sorted(unknown)}, but the columns are {header}")
    cells = [[_cell(row.get(name), (formats or {}).get(name)) for name in header] for row in rows]
    right = [not any(isinstance(row.get(name), str) for row in rows) for name in header]
    return Table(header, cells, right)


def _cell(value, form):
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if form is None and isinstance(value, int | np.integer):
        form = ","
    if form is None:
        size = np.floor(np.log10(abs(value))) if value and np.isfinite(value) else 0
        form = f",.{int(max(0, 2 - size))}f"
    return format(value, form)
