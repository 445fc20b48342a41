"""Parts for training, validation and test that share no near-copies."""

import math
import re
import unicodedata
from array import array
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

COMMON = 1000  # texts; a run of words found in more of them is boilerplate, no sign of kinship
PRODUCTS = 5_000_000  # in one piece of a product of sparse tables: about 100 MB
NO_PAIRS = np.zeros((0, 2), int)
# Accents that stand apart and the vowel signs of Hindi or Arabic: Python's \w leaves them out.
MARKS = "".join(chr(c) for c in range(0x300, 0x1F000) if unicodedata.category(chr(c))[0] == "M")
JOINERS = "\u200c\u200d"
# Thai and Lao, Burmese, Khmer, kana, Chinese: a character takes the place of a word.
NO_SPACES = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
NO_SPACES += "\uff66-\uff9f\U00020000-\U0003ffff"
LETTERS = f"[^\\W{NO_SPACES}]"
WORD = re.compile(
    # A word with its marks. What is ASCII is none, which is seen faster than looked up.
    f"{LETTERS}+(?:(?![\\x00-\\x7f])[{MARKS}{JOINERS}]+{LETTERS}*)*"
    f"|[^\\W_][{MARKS}]*"  # or one character of these scripts
)


class Split(NamedTuple):
    """Row numbers, ascending: three arrays of int."""

    train: np.ndarray
    val: np.ndarray
    test: np.ndarray


def by_family(texts, fractions=(0.8, 0.1, 0.1), seed=0, threshold=0.3, in_order=False):
    """Split texts so that no near-copy of a held-out one is trained on.

    texts: N str -> Split, without exact duplicates (compared without case and spacing, accents in
    one piece with their letters or not; the first is kept). Whole `families` go to one part, large
    and small ones alike, so that the parts have the sizes that `fractions` say, to a text where
    single texts can even it out. Raises ValueError: fractions that are not three shares of 1,
    families too large for them, or a text that is none, such as NaN.
    """
    _check_fractions(fractions)
    texts = _checked(texts)
    if in_order:
        ends = np.cumsum(np.array(fractions) * len(texts)).round().astype(int)
        return Split(*np.split(np.arange(len(texts)), ends[:2]))
    plain = [_plain(text) for text in texts]
    different = pd.Series(plain, dtype=object).drop_duplicates()
    rows = different.index.to_numpy()
    family_of = families(different.tolist(), threshold)
    family_sizes = np.bincount(family_of)
    wanted = len(rows) * np.array(fractions)
    part_of_family = _deal(family_sizes, wanted, seed)
    part_of = part_of_family[family_of]
    parts = [rows[part_of == part] for part in range(3)]
    return Split(*parts)


def _check_fractions(fractions):
    try:
        shares = np.array(list(fractions), float)
    except (TypeError, ValueError):
        shares = np.zeros(0)
    is_whole = math.isclose(shares.sum(), 1)
    if len(shares) != 3 or shares.min() < 0 or not is_whole:
        raise ValueError(f"fractions are {fractions}: three shares with the sum 1 are meant")


def _checked(texts):
    """Return the texts as a list, or raise ValueError for what is none."""
    if isinstance(texts, str):
        raise ValueError("texts is one text: pass a list of them")
    texts = list(texts)
    for number, text in enumerate(texts):
        if not isinstance(text, str):
            raise ValueError(f"text {number} is {text!r} and no str: fill it in or leave it out")
    return texts


def _plain(text):
    """Lower-case a text, with single spaces and accents in one piece with their letters."""
    composed = unicodedata.normalize("NFC", text)
    words = composed.lower().split()
    return " ".join(words)


def _deal(sizes, wanted, seed):
    """Deal families to three parts.

    sizes: int (F,), texts in each; wanted: float (3,), texts in each part -> part: int (F,), 0..2.
    The largest come first, in random order where equal; each goes to the part that will be the
    least full with it, so that families of every size are spread as the fractions say.
    """
    shuffled = np.random.default_rng(seed).permutation(len(sizes))
    by_size = np.argsort(-sizes[shuffled], kind="stable")
    order = shuffled[by_size]
    is_open = wanted > 0
    have = np.zeros(3)
    part_of = np.zeros(len(sizes), int)
    for done, family in enumerate(order):
        fullness = (have + sizes[family]) / np.maximum(wanted, 1e-9)
        is_empty = is_open & (have == 0)
        left = len(order) - done
        if left <= is_empty.sum():  # the last families must not leave a part empty
            fullness[~is_empty] = np.inf
        part = np.argmin(fullness)
        part_of[family] = part
        have[part] += sizes[family]
    _check_parts(have, wanted, sizes)
    return part_of


def _check_parts(have, wanted, sizes):
    """Refuse parts with less than half of what was wanted; of a handful, one text is enough."""
    least = np.maximum(1, wanted / 2 - 1)
    is_short = (wanted > 0) & (have < least)
    if len(sizes) == 0 or is_short.any():
        largest = sizes.max(initial=0)
        train, val, test = wanted
        raise ValueError(
            f"{sizes.sum()} texts in {len(sizes)} families, the largest of {largest}, cannot be "
            f"split into parts of about {train:.1f}, {val:.1f}, {test:.1f} texts: pass more texts, "
            "or a higher threshold, which makes smaller families"
        )


# ---------------------------------------------------------------- families of near-copies


def families(texts, threshold=0.3, shingle=4):
    """Number texts so that copies and near-copies have the same number.

    texts: N str -> int (N,), counted from 0 by first appearance. Two texts are of one family if
    they share more than `threshold` of the different runs of `shingle` words of the one that has
    fewer, or if a chain of such pairs connects them. In scripts without spaces, such as Chinese,
    Japanese and Thai, each character counts as a word. Every pair is found as long as no run stands
    in more than COMMON texts; beyond that, time and memory stay linear in the number of texts, and
    pairs are missed only if most of what they share is that common. Raises ValueError: a threshold
    outside 0 to 1, a shingle below 1, or a text that is none, such as NaN.
    """
    is_number = isinstance(threshold, int | float)
    if not is_number or not 0 <= threshold < 1:
        raise ValueError(f"threshold is {threshold}: a share from 0 to below 1 is meant")
    _check_count("shingle", shingle)
    texts = _checked(texts)
    if len(texts) == 0:
        return np.zeros(0, int)
    table = _shingle_table(texts, shingle)
    texts_with = np.bincount(table.indices)
    is_common = texts_with > COMMON
    is_rare = ~is_common & (texts_with > 1)
    meetings = _meetings(table[:, is_rare], threshold / 2)
    neighbours = _neighbours(table[:, is_common])
    pairs = np.concatenate([meetings, neighbours])
    is_near = _shares(table, pairs) > threshold
    first, second = pairs[is_near].T
    ones = np.ones_like(first)
    count = len(texts)
    graph = coo_array((ones, (first, second)), shape=(count, count))
    _, family_of = connected_components(graph, directed=False)
    return family_of.astype(int)


def _check_count(name, value):
    if not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(f"{name} is {value}: a whole number of words of at least 1 is meant")


def _shingle_table(texts, size):
    """List which runs of `size` words a text holds -> sparse 0/1 (N, number of runs)."""
    codes, owner, word_count = _word_codes(texts, size)
    runs = codes
    for extra in range(1, size):  # a run and the word behind it are a longer run
        pairs = runs[:-1] * word_count + codes[extra:]
        runs, _ = pd.factorize(pairs)
    ends = owner[size - 1 :]
    starts = owner[: len(ends)]
    is_inside = starts == ends  # not from one text into the next
    rows = starts[is_inside]
    columns = runs[is_inside]
    ones = np.ones_like(rows, dtype=np.int32)
    table = csr_array((ones, (rows, columns)))
    table.data[:] = 1  # the constructor has added up repeated runs
    return table


def _word_codes(texts, least):
    """Number the words of all texts -> codes, owner: int (M,), and how many differ: int.

    A text of fewer than `least` words is filled up, so that it still equals its own copies.
    """
    code_of = {}
    codes = array("q")
    lengths = []
    for text in texts:
        words = WORD.findall(_plain(text))
        words += [""] * (least - len(words))
        lengths.append(len(words))
        for word in words:
            codes.append(code_of.setdefault(word, len(code_of)))
    owner = np.repeat(np.arange(len(lengths)), lengths)
    return np.array(codes), owner, len(code_of)


def _meetings(table, share):
    """Find the pairs of rows that share more than `share` of the smaller one's entries.

    table: sparse 0/1 (N, S) -> int (P, 2), from products of a few rows with all.
    """
    turned = table.T.tocsr()
    rows_with = turned.sum(axis=1)
    products = np.cumsum(table @ rows_with)
    found = [NO_PAIRS]
    start = done = 0
    while start < table.shape[0]:
        stop = np.searchsorted(products, done + PRODUCTS)
        stop = max(start + 1, stop)
        block = table[start:stop]
        shared = (block @ turned).tocoo()
        first, second = shared.coords
        first = first + start
        least = share * _smaller(table, first, second)
        is_near = (first < second) & (shared.data > least)
        pairs = np.stack([first, second], axis=1)
        found.append(pairs[is_near])
        start = stop
        done = products[stop - 1]
    return np.concatenate(found)


def _smaller(table, first, second):
    """Count the entries of the smaller row of each pair: int (P,), int (P,) -> int (P,)."""
    sizes = np.diff(table.indptr)
    return np.minimum(sizes[first], sizes[second])


def _neighbours(table):
    """Pair each row with the next one in every column: enough to chain a family of thousands.

    table: sparse 0/1 (N, S) -> int (P, 2), each pair once.
    """
    columns = table.tocsc()
    found = [NO_PAIRS]
    for rows in np.split(columns.indices, columns.indptr[1:-1]):
        pairs = np.stack([rows[:-1], rows[1:]], axis=1)
        found.append(pairs)
    return np.unique(np.concatenate(found), axis=0)


def _shares(table, pairs):
    """Measure how much of the smaller row each pair has in common: int (P, 2) -> float (P,)."""
    shares = [np.zeros(0)]
    for start in range(0, len(pairs), 20_000):  # at a time, to save memory
        first, second = pairs[start : start + 20_000].T
        both = table[first].multiply(table[second])
        common = both.sum(axis=1)
        shares.append(common / _smaller(table, first, second))
    return np.concatenate(shares)


# ---------------------------------------------------------------- what could be known by heart


def leakage(train_tokens, test_tokens, n=4):
    """Measure how much of the held-out text stands in the training data too.

    train_tokens, test_tokens: lists of list of str -> float, 0 to 1: of the runs of `n` tokens in
    `test_tokens`, each counted as often as it occurs, the share that occurs in `train_tokens`.
    Accents in one piece with their letters or not make no difference. Raises ValueError if nothing
    held out is as long as that, and for an n below 1.
    """
    _check_count("n", n)
    known = set()
    for tokens in train_tokens:
        known.update(ngrams(_composed(tokens), n))
    count = hits = 0
    for tokens in test_tokens:
        runs = ngrams(_composed(tokens), n)
        count += len(runs)
        hits += sum(run in known for run in runs)
    if count == 0:
        raise ValueError(f"no held-out text has {n} tokens: pass longer ones, or a smaller n")
    return hits / count


def _composed(tokens):
    """list of str (T,) -> list of str (T,), accents in one piece with their letters."""
    return [unicodedata.normalize("NFC", token) for token in tokens]


def ngrams(tokens, n):
    """List the runs of `n` tokens: list of str (T,) -> list of tuple (T - n + 1,)."""
    shifted = []
    for start in range(n):
        shifted.append(tokens[start:])
    return list(zip(*shifted, strict=False))
