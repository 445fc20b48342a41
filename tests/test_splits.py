"""Families, splits and leakage: by hand, and against a count of every pair."""

import os
import random
import re
from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from rnnkit import corpora

REAL = Path(os.environ.get("RNNKIT_CACHE") or "~/.cache/rnnkit").expanduser()
PATENTS = REAL / "neural_network_patent_query.csv"
needs_patents = pytest.mark.skipif(not PATENTS.exists(), reason=f"there is no {PATENTS}")

# Seven words have four runs of four words; the second text shares two of them with the first.
FIRST = "a network learns to read patent texts"
SECOND = "this network learns to read patent claims"
OTHER = "an engine burns less fuel than before"


def runs_of(text, size=4):
    words = re.findall(r"\w+", text.lower())
    words += [""] * (size - len(words))
    return {tuple(words[i : i + size]) for i in range(len(words) - size + 1)}


def pairs_by_brute_force(documents, threshold=0.3):
    """Count for every two documents the runs they share."""
    runs, holders, shared = [runs_of(text) for text in documents], {}, Counter()
    for index, own in enumerate(runs):
        for run in own:
            holders.setdefault(run, []).append(index)
    for found in holders.values():
        shared.update(combinations(found, 2))
    shorter = {(i, j): min(len(runs[i]), len(runs[j])) for i, j in shared}
    return {pair for pair, count in shared.items() if count > threshold * shorter[pair]}


def spread(count, pairs):
    """Spread the lowest number of each family along its pairs until nothing changes."""
    number, changed = list(range(count)), True
    while changed:
        changed = False
        for i, j in pairs:
            if number[i] != number[j]:
                number[i] = number[j] = min(number[i], number[j])
                changed = True
    return np.unique(number, return_inverse=True)[1].tolist()


def families_by_brute_force(documents, threshold=0.3):
    return spread(len(documents), pairs_by_brute_force(documents, threshold))


def made(count, seed=0, words=30):
    """Random texts of 5 to 40 words; a third of them begins with a piece of an earlier one."""
    rng = random.Random(seed)
    documents = []
    for index in range(count):
        text = [f"w{rng.randrange(words)}" for _ in range(rng.randint(5, 40))]
        if index and rng.random() < 0.3:
            earlier = rng.choice(documents).split()
            text = earlier[: rng.randint(4, 20)] + text
        documents.append(" ".join(text))
    return documents


# ---------------------------------------------------------------- families


def test_families_by_hand():
    assert corpora.families([FIRST, OTHER, SECOND]).tolist() == [0, 1, 0]


@pytest.mark.parametrize(("threshold", "expected"), [(0.49, [0, 0]), (0.5, [0, 1])])
def test_a_family_shares_more_than_the_threshold(threshold, expected):
    assert corpora.families([FIRST, SECOND], threshold=threshold).tolist() == expected


def test_the_share_is_that_of_the_shorter_document():
    # Six of the long text's 26 runs are all six of the short one's: 100 %, not 23 %.
    short = "one two three four five six seven eight nine"
    long = short + " " + " ".join(f"w{i}" for i in range(20))
    assert corpora.families([long, short], threshold=0.9).tolist() == [0, 0]


def test_each_different_run_counts_once():
    # The second text repeats one shared run; of its five different runs it is still only one.
    first = "to be or not and so we went on then"
    second = "to be or not to be or not to be or not x y z"
    shared = len(runs_of(first) & runs_of(second)) / min(len(runs_of(first)), len(runs_of(second)))
    assert corpora.families([first, second], threshold=shared - 0.01).tolist() == [0, 0]
    assert corpora.families([first, second], threshold=shared).tolist() == [0, 1]


def test_case_spacing_and_punctuation_make_no_difference():
    texts = ["A network (10) learns.", "a NETWORK 10,\n learns", "Another thing, not the same"]
    assert corpora.families(texts).tolist() == [0, 0, 1]


def test_chains_of_pairs_are_one_family():
    a = "one two three four five six"
    b = "four five six seven eight nine four five six ten"
    c = "eight nine four five six ten eleven twelve"
    chain = [a + " alpha beta", a.split(" ", 1)[1] + " " + b, b + " gamma", c]
    expected = families_by_brute_force(chain)
    assert corpora.families(chain).tolist() == expected
    assert (0, 3) not in pairs_by_brute_force(chain) and expected == [0, 0, 0, 0]


def test_short_and_empty_documents():
    texts = ["", "one", "one two three", "  ", "One two, three!", "one two", "one two three four"]
    assert corpora.families(texts).tolist() == [0, 1, 2, 0, 2, 3, 4]


@pytest.mark.parametrize("texts", [[], [""], ["a b c d"], ["a b c d", "e f g h"]])
def test_few_documents(texts):
    families = corpora.families(texts)
    assert families.tolist() == list(range(len(texts))) and families.dtype == int


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("threshold", [0, 0.1, 0.3, 0.8])
def test_families_equal_brute_force(seed, threshold):
    texts = made(300, seed)
    expected = families_by_brute_force(texts, threshold)
    assert 10 < max(expected) + 1 < 300
    found = corpora.families(texts, threshold=threshold)
    assert found.tolist() == expected


def test_the_order_of_documents_does_not_matter():
    texts = made(200)
    order = np.random.default_rng(1).permutation(len(texts))
    found, moved = corpora.families(texts), corpora.families([texts[i] for i in order])
    same = found[order][:, None] == found[order]
    assert np.array_equal(same, moved[:, None] == moved)


def test_small_products_give_the_same(monkeypatch):
    texts = made(300)
    whole = corpora.families(texts)
    monkeypatch.setattr(corpora, "PRODUCTS", 50)
    assert np.array_equal(corpora.families(texts), whole)


def test_a_family_larger_than_what_counts_as_common_is_still_found(monkeypatch):
    monkeypatch.setattr(corpora, "COMMON", 10)
    rng = random.Random(0)
    texts = made(60, words=10_000)
    parent = [f"p{i}" for i in range(60)]
    for _ in range(50):  # near-copies with five words replaced, among the others
        child = [f"x{rng.randrange(10**9)}" if rng.random() < 0.08 else word for word in parent]
        texts.insert(rng.randrange(len(texts)), " ".join(child))
    found = corpora.families(texts)
    assert np.bincount(found).max() == 50
    assert found.tolist() == families_by_brute_force(texts)


def test_a_common_phrase_does_not_make_a_family(monkeypatch):
    monkeypatch.setattr(corpora, "COMMON", 10)
    phrase = "the present invention relates to "
    texts = [phrase + " ".join(f"w{i}_{j}" for j in range(20)) for i in range(40)]
    assert corpora.families(texts).tolist() == list(range(40))


@pytest.mark.parametrize("threshold", [-0.1, 1, 30])
def test_wrong_threshold(threshold):
    with pytest.raises(ValueError, match=f"threshold is {threshold}: a share from 0 to below 1"):
        corpora.families([FIRST], threshold=threshold)


@needs_patents
def test_families_of_the_real_patents_equal_brute_force():
    documents = corpora.load("abstracts", "real")
    texts = list({" ".join(text.lower().split()): text for text in documents}.values())
    pairs = pairs_by_brute_force(texts)
    assert corpora.families(texts).tolist() == spread(len(texts), pairs)
    assert len(texts) == 3179
    assert len({index for pair in pairs for index in pair}) == 472


# ---------------------------------------------------------------- splits


def family_corpus():
    """300 texts of which 100 have one near-copy each and ten an exact one, in mixed order."""
    rng = random.Random(0)
    texts = [" ".join(f"w{rng.randrange(5000)}" for _ in range(30)) for _ in range(300)]
    copies = [" ".join([*text.split()[:20], "w1", "w2", "w3"]) for text in texts[:100]]
    again = [text.upper().replace(" ", "  ") for text in texts[100:110]]
    mixed = texts + copies + again
    rng.shuffle(mixed)
    return mixed


def together(split):
    return np.sort(np.concatenate(split))


@pytest.mark.parametrize("split", [corpora.split_by_family, corpora.split_by_document])
def test_splits_hold_each_different_document_once(split):
    texts = family_corpus()
    parts = split(texts)
    assert [len(part) for part in parts] == [320, 40, 40]
    seen = [" ".join(texts[i].lower().split()) for i in together(parts)]
    assert len(set(seen)) == len(seen) == 400
    assert set(seen) == {" ".join(text.lower().split()) for text in texts}
    for part in parts:
        assert part.dtype == int and np.all(np.diff(part) > 0)


def test_of_exact_copies_the_first_is_kept():
    texts = [FIRST, OTHER, FIRST.upper(), SECOND, OTHER + " "]
    assert together(corpora.split_by_document(texts, fractions=(0.4, 0.3, 0.3))).tolist() == [
        0,
        1,
        3,
    ]


def crossing(texts, split):
    side = {index: name for name, part in split._asdict().items() for index in part}
    pairs = pairs_by_brute_force(texts)
    return sum(side[i] != side[j] for i, j in pairs if i in side and j in side)


def test_only_the_split_by_family_keeps_near_copies_together():
    texts = family_corpus()
    assert crossing(texts, corpora.split_by_family(texts)) == 0
    assert crossing(texts, corpora.split_by_document(texts)) > 20


def test_families_of_every_size_are_spread_as_the_fractions_say():
    texts = family_corpus()
    families = corpora.families(texts)
    twins = np.bincount(families)[families] > 1
    parts = corpora.split_by_family(texts)
    # 100 families of two, 200 documents, of which ten have lost an exact copy of their own.
    in_part = [sum(twins[part]) for part in parts]
    assert in_part[0] > 5 * in_part[1] and min(in_part[1:]) >= 10


@pytest.mark.parametrize("split", [corpora.split_by_family, corpora.split_by_document])
def test_splits_are_repeatable_and_follow_the_seed(split):
    texts = family_corpus()
    first, again, other = split(texts), split(texts), split(texts, seed=1)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first.test, other.test)


def test_shuffled_split_is_of_numbers():
    parts = corpora.split_shuffled(1000, fractions=(0.5, 0.3, 0.2))
    assert [len(part) for part in parts] == [500, 300, 200]
    assert together(parts).tolist() == list(range(1000))
    assert 200 < np.median(parts.test) < 800  # mixed, not cut off at an end


def test_a_part_may_be_left_out():
    parts = corpora.split_shuffled(10, fractions=(0.9, 0, 0.1))
    assert [len(part) for part in parts] == [9, 0, 1]


def test_three_documents_are_enough():
    parts = corpora.split_by_family([FIRST, OTHER, "six more words that nobody knows"])
    assert [len(part) for part in parts] == [1, 1, 1]


def test_a_large_family_goes_where_there_is_room():
    texts = [f"{FIRST} {i}" for i in range(50)] + [f"a{i} b{i} c{i} d{i}" for i in range(50)]
    parts = corpora.split_by_family(texts)
    assert [len(part) for part in parts] == [80, 10, 10]
    assert set(range(50)) <= set(parts.train.tolist())


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        ([], "0 documents in 0 families, the largest of 0, cannot be split into parts of about"),
        ([FIRST, SECOND, FIRST], "2 documents in 1 families, the largest of 2, cannot be split"),
        ([FIRST, OTHER], "2 documents in 2 families, the largest of 1, cannot be split into"),
        (
            [f"{FIRST} {i}" for i in range(97)] + [f"a{i} b c d" for i in range(3)],
            "100 documents in 4 families, the largest of 97, cannot be split into parts of about "
            "80.0, 10.0, 10.0 documents: pass more documents, or a higher threshold",
        ),
    ],
)
def test_impossible_splits(texts, says):
    with pytest.raises(ValueError) as error:
        corpora.split_by_family(texts)
    assert str(error.value).startswith(says)


@pytest.mark.parametrize("fractions", [(0.8, 0.2), (0.8, 0.1, 0.2), (1.1, -0.2, 0.1), (80, 10, 10)])
def test_wrong_fractions(fractions):
    with pytest.raises(ValueError) as error:
        corpora.split_shuffled(100, fractions=fractions)
    assert str(error.value) == f"fractions are {fractions}: three shares with the sum 1 are meant"


# ---------------------------------------------------------------- leakage


def test_leakage_by_hand():
    train = [list("abcd"), list("def")]
    held_out = [list("abcx"), list("de"), list("cde")]
    # Pairs held out: ab bc cx, de, cd de; known are ab bc de cd de. Triples: abc bcx cde; abc.
    assert corpora.leakage(train, held_out, n=2, window=3) == (5 / 6, 1 / 3)


def test_runs_do_not_cross_from_one_list_to_the_next():
    train = [["a"], ["b"], ["c", "d"]]
    assert corpora.leakage(train, [["a", "b"], ["b", "c"]], n=2, window=1).ngrams == 0


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8, 13])
def test_leakage_equals_a_count_with_sets(n):
    lists = [text.split() for text in made(60, words=4)]
    train, held_out = lists[:50], [tokens for tokens in lists[50:] if tokens]

    def runs(tokens):
        return [tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]

    known = {run for tokens in train for run in runs(tokens)}
    asked = [run for tokens in held_out for run in runs(tokens)]
    expected = sum(run in known for run in asked) / len(asked)
    found = corpora.leakage(train, held_out, n=n, window=n)
    assert found.ngrams == found.windows == pytest.approx(expected)


def test_leakage_of_copies_is_one_and_of_strangers_zero():
    texts = [FIRST.split()]
    assert corpora.leakage(texts, texts, window=7) == (1, 1)
    assert corpora.leakage([OTHER.split()], texts, window=7) == (0, 0)
    assert corpora.leakage([], texts, window=7) == (0, 0)


def test_nothing_held_out_is_long_enough():
    with pytest.raises(ValueError, match="no held-out list has 20 tokens: pass longer ones, or"):
        corpora.leakage([FIRST.split()], [FIRST.split()])


@needs_patents
def test_the_three_steps_on_the_real_patents():
    """Shuffled overlapping windows leak all, documents some, families next to nothing."""
    documents = corpora.load("abstracts", "real")
    tokens = [re.findall(r"\w+|[^\w\s]", text.lower()) for text in documents]
    windows = [t[i : i + 50] for t in tokens[:500] for i in range(0, len(t) - 49, 5)]

    def leaking(lists, split):
        return corpora.leakage([lists[i] for i in split.train], [lists[i] for i in split.test])

    shuffled = leaking(windows, corpora.split_shuffled(len(windows)))
    by_document = leaking(tokens, corpora.split_by_document(documents))
    by_family = leaking(tokens, corpora.split_by_family(documents))
    assert shuffled.windows > 0.9 > 0.1 > by_document.windows > 0.04
    assert by_family.windows < 0.002
    assert shuffled.ngrams > by_document.ngrams > by_family.ngrams
