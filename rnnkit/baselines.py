"""Counting baselines: an n-gram model, to stand beside a network that predicts the next token.

Sequences are lists of ids, int (T_i,). The first id of a sequence is only read, each later one is
predicted. The id 0 is padding, as in Keras, and may not occur. Log-probabilities are in nats.
"""

import numpy as np

PADDING = 0


class KneserNey:
    """Interpolated n-gram model with modified Kneser-Ney smoothing (Chen and Goodman 1999).

    A word's probability after a context of `order - 1` words mixes what followed this context,
    less a discount, with the probability after the context without its first word, and so on down
    to an equal share for all words. Below the highest order an n-gram counts once for each
    different word seen before it; one that only begins sequences keeps its frequency. The three
    discounts of each order (for counts of 1, of 2, and of 3 or more) are estimated from the counts
    of counts; `discounts` (three numbers) fixes them. All ids below `vocab_size` get a probability
    above 0, and these sum to one; but padding gets none, nor does a start mark: an id that begins
    all of several sequences and stands nowhere else.
    """

    # The n-grams of each order are numbered. An n-gram is the pair (number of its prefix in the
    # order below, last word), packed into one integer. These keys are sorted, so that looking up
    # is a binary search and all arithmetic runs on whole arrays instead of dictionaries.

    def __init__(self, order=3, *, discounts=None):
        """Raises ValueError for an order below 1 and for discounts that are not three numbers."""
        if not _is_count(order):
            raise ValueError(
                f"order={order} is below 1 or no whole number: 1 counts words, 2 pairs, 3 triples"
            )
        if discounts is not None:
            _check_discounts(discounts)
        self.order = order
        self.discounts = discounts

    def fit(self, sequences, *, vocab_size=None):
        """Count n-grams.

        sequences: list of int (T_i,), T_i >= 2 -> self. `vocab_size` is the number of ids, padding
        included (default: the largest id seen, plus one). Raises ValueError for no sequence, for
        one that is too short, padded or not of whole numbers, and for an id that does not fit
        vocab_size.
        """
        sequences = _checked(sequences)
        words = np.concatenate(sequences)
        places = [np.arange(len(ids)) for ids in sequences]
        offsets = np.concatenate(places)
        if vocab_size is None:
            vocab_size = int(words.max()) + 1
        if not _is_count(vocab_size):
            raise ValueError(f"vocab_size is {vocab_size}: give the number of ids")
        self.vocab_size = vocab_size
        self._check_ids(words)
        below, *self.levels = _count_ngrams(words, offsets, vocab_size, self.order)
        self.share = self._shares(below.counts, words[offsets == 0])
        below.probability = self.share
        below.best_word = self.share.argmax(keepdims=True)
        below.best_probability = self.share[below.best_word]
        for level in self.levels:
            self._estimate(level, below)
            below = level
        return self

    def log_probabilities(self, sequence):
        """sequence: int (T,) -> float (T - 1,), in nats, of each id after the first.

        Raises ValueError for ids that are padding, none of the vocabulary, or no whole numbers; so
        do the methods below.
        """
        words = self._check_ids(_row(sequence))
        targets = words[1:]
        probability = self.share[targets]
        for level, context, gram in self._walk(words):
            known = context >= 0
            backoff = np.where(known, level.backoff[context], 1)
            if_unseen = backoff * probability
            if_seen = level.probability[gram]
            probability = np.where(gram >= 0, if_seen, if_unseen)
        return np.log(probability)

    def predictions(self, sequence):
        """sequence: int (T,) -> int (T - 1,), the likeliest id at each place after the first."""
        words = self._check_ids(_row(sequence))
        likeliest = np.full(len(words) - 1, self.share.argmax())
        for level, context, _ in self._walk(words):
            known = context >= 0
            of_level = level.best_word[context]
            likeliest = np.where(known, of_level, likeliest)
        return likeliest

    def distribution(self, context):
        """context: int (T,), from the first id of a sequence on -> float (V,), summing to one."""
        words = self._check_ids(_row(context, "context"))
        words = np.append(words, PADDING)  # something has to follow
        probability = self.share.copy()
        for level, contexts, _ in self._walk(words):
            number = contexts[-1]
            if number < 0:
                break
            first_key = number * self.vocab_size
            start, end = np.searchsorted(level.keys, [first_key, first_key + self.vocab_size])
            followers = level.keys[start:end] - first_key
            probability = level.backoff[number] * probability
            probability[followers] = level.probability[start:end]
        return probability

    def perplexity(self, sequences):
        """sequences: list of int (T_i,) -> float, 1 or more, over all ids after the first ones.

        Raises ValueError if there is none, as `accuracy` does.
        """
        parts = [self.log_probabilities(ids) for ids in sequences]
        log_p = _joined(parts)
        return float(np.exp(-log_p.mean()))

    def accuracy(self, sequences):
        """Share of next ids guessed right: list of int (T_i,) -> float, 0 to 1."""
        parts = []
        for ids in sequences:
            targets = np.asarray(ids)[1:]
            parts.append(self.predictions(ids) == targets)
        hits = _joined(parts)
        return float(hits.mean())

    def _shares(self, counts, first_ids):
        """The probability of each word without a context: float (V,)."""
        possible = np.ones(self.vocab_size)
        possible[PADDING] = 0
        start = first_ids[0]
        always_first = len(first_ids) > 1 and (first_ids == start).all()
        if always_first and counts[start] == 0:
            possible[start] = 0
        discounts = self._discounts(counts)
        equal_share = discounts.sum() / possible.sum()
        kept = counts - discounts
        return (kept + equal_share * possible) / counts.sum()

    def _discounts(self, counts):
        """counts: int (N,) -> float (N,), what each loses to the words not seen."""
        table = self.discounts or _estimate_discounts(counts)
        by_count = np.array([0, *table])
        return by_count[np.minimum(counts, 3)]

    def _estimate(self, level, below):
        """Turn the counts of one order into probabilities, with those of the order below."""
        prefix = level.prefix
        counts = level.counts
        contexts = len(below.keys)
        total = np.bincount(prefix, counts, contexts)
        discounts = self._discounts(counts)
        discounted = np.bincount(prefix, discounts, contexts)
        backoff = discounted / np.maximum(total, 1)
        backoff[total == 0] = 1  # nothing follows this context: the order below decides
        kept = (counts - discounts) / total[prefix]
        shorter = below.probability[level.suffix]
        probability = kept + backoff[prefix] * shorter
        # The likeliest word followed this context, or else it is the likeliest of the order below.
        best_probability = backoff * below.best_probability[below.suffix]
        best_word = below.best_word[below.suffix]
        by_probability = np.lexsort([-probability, prefix])
        context, starts = np.unique(prefix, return_index=True)
        gram = by_probability[starts]  # the likeliest that followed each context
        better = probability[gram] >= best_probability[context]
        gram = gram[better]
        context = context[better]
        best_probability[context] = probability[gram]
        best_word[context] = level.keys[gram] % self.vocab_size
        level.probability, level.backoff = probability, backoff
        level.best_probability, level.best_word = best_probability, best_word

    def _walk(self, words):
        """Yield, order by order, each position's context and n-gram as numbers, -1 if unseen."""
        context = words[:-1]
        following = words[1:]
        for level in self.levels:
            keys = context * self.vocab_size + following
            keys[context < 0] = -1
            last = len(level.keys) - 1
            place = np.searchsorted(level.keys, keys)
            place = np.minimum(place, last)
            found = level.keys[place] == keys
            gram = np.where(found, place, -1)
            yield level, context, gram
            context = np.append(-1, gram)[:-1]

    def _check_ids(self, ids):
        if ids.min() < 0 or ids.max() >= self.vocab_size:
            raise ValueError(
                f"ids from {ids.min()} to {ids.max()} do not fit a vocabulary of "
                f"{self.vocab_size}: pass vocab_size to fit"
            )
        return ids


class _Level:
    """All n-grams of one length, N of them. Their contexts, C of them, are those one shorter.

    keys: int (N,), sorted; prefix, suffix: int (N,), the numbers of each n-gram without its last
    and without its first word among the n-grams one shorter; counts: int (N,). Once estimated also
    probability: float (N,), backoff: float (C,), the weight of the level below, and for each
    context best_word: int (C,) and best_probability: float (C,).
    """

    def __init__(self, keys, prefix, suffix, counts):
        self.keys = keys
        self.prefix = prefix
        self.suffix = suffix
        self.counts = counts


def _is_count(value):
    """Tell whether something is a whole number of at least 1."""
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    return is_whole and value >= 1


def _check_discounts(discounts):
    most = (1, 2, 3)
    try:
        table = np.array(discounts, float)
    except (TypeError, ValueError):
        table = np.zeros(0)
    if table.shape != (3,) or not ((table > 0) & (table <= most)).all():
        raise ValueError(
            f"discounts are {discounts}: give three numbers above 0 and at most 1, 2 and 3"
        )


def _checked(sequences):
    """list of int (T_i,) -> list of int64 (T_i,), or ValueError."""
    if len(sequences) == 0:
        raise ValueError("there are no sequences to count: pass at least one")
    rows = []
    for number, ids in enumerate(sequences):
        name = f"sequence {number}"
        row = _row(ids, name)
        if len(row) < 2:
            raise ValueError(f"{name} has {len(row)} ids: 2 or more are needed")
        rows.append(row)
    return rows


def _row(ids, name="sequence"):
    """int (T,) -> int64 (T,), without padding; ValueError for anything else."""
    try:
        row = np.asarray(ids)
    except ValueError:  # rows of several lengths
        row = np.zeros(0)
    if row.ndim != 1 or row.size == 0 or row.dtype.kind not in "iu":
        raise ValueError(f"{name} is no row of ids: pass whole numbers, int (T,), T >= 1")
    if PADDING in row:
        raise ValueError(f"{name} has padding (0): pass sequences without padding")
    return row.astype(np.int64)


def _joined(parts):
    values = np.concatenate([np.zeros(0), *parts])
    if values.size == 0:
        raise ValueError("there is nothing to predict: pass a sequence of 2 ids or more")
    return values


def _count_ngrams(words, offsets, vocab_size, order):
    """Count the n-grams of orders 1 to `order`, below the highest by the words before them.

    words: int64 (M,), all sequences in a row; offsets: int (M,), the place in the own sequence.
    """
    ids = np.arange(vocab_size)
    nothing = np.zeros(vocab_size, np.int64)
    counts = np.bincount(words[offsets > 0], minlength=vocab_size)
    levels = [_Level(ids, nothing, nothing, counts)]
    numbers = words  # the number of the n-gram that ends at each place
    for length in range(2, order + 1):
        here = np.flatnonzero(offsets >= length - 1)
        if here.size == 0:  # no sequence is that long
            break
        prefix = numbers[here - 1]
        keys = prefix * vocab_size + words[here]
        keys, first, inverse, counts = np.unique(keys, True, True, True)
        suffix = numbers[here[first]]
        below = levels[-1]
        befores = np.bincount(suffix, minlength=len(below.keys))
        below.counts = np.where(befores > 0, befores, below.counts)
        levels.append(_Level(keys, prefix[first], suffix, counts))
        numbers = np.full(len(words), -1)
        numbers[here] = inverse
    return levels


def _estimate_discounts(counts):
    """counts: int (N,) -> discounts of counts 1, 2 and 3 or more (Chen and Goodman, eq. 26)."""
    n = {}  # how many n-grams were counted once, twice, ...
    for count in (1, 2, 3, 4):
        n[count] = np.count_nonzero(counts == count)
    if 0 in n.values():
        return 0.5, 1.0, 1.5  # too little text to estimate them
    ratio = n[1] / (n[1] + 2 * n[2])
    discounts = []
    for count in (1, 2, 3):
        more = n[count + 1] / n[count]
        discount = count - (count + 1) * ratio * more
        discounts.append(discount)
    return np.clip(discounts, 0.05, [1, 2, 3]).tolist()  # 0 would rule unseen words out
