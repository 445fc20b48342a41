"""Families, splits and leakage: by hand, and against a count of every pair."""

import os
import random
import re
import unicodedata
from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnnkit import corpora, splits

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
    assert splits.families([FIRST, OTHER, SECOND]).tolist() == [0, 1, 0]


@pytest.mark.parametrize(("threshold", "expected"), [(0.49, [0, 0]), (0.5, [0, 1])])
def test_a_family_shares_more_than_the_threshold(threshold, expected):
    assert splits.families([FIRST, SECOND], threshold=threshold).tolist() == expected


def test_the_share_is_that_of_the_shorter_document():
    # Six of the long text's 26 runs are all six of the short one's: 100 %, not 23 %.
    short = "one two three four five six seven eight nine"
    long = short + " " + " ".join(f"w{i}" for i in range(20))
    assert splits.families([long, short], threshold=0.9).tolist() == [0, 0]


def test_each_different_run_counts_once():
    # The second text repeats one shared run; of its five different runs it is still only one.
    first = "to be or not and so we went on then"
    second = "to be or not to be or not to be or not x y z"
    shared = len(runs_of(first) & runs_of(second)) / min(len(runs_of(first)), len(runs_of(second)))
    assert splits.families([first, second], threshold=shared - 0.01).tolist() == [0, 0]
    assert splits.families([first, second], threshold=shared).tolist() == [0, 1]


def test_case_spacing_and_punctuation_make_no_difference():
    texts = ["A network (10) learns.", "a NETWORK 10,\n learns", "Another thing, not the same"]
    assert splits.families(texts).tolist() == [0, 0, 1]


def test_chains_of_pairs_are_one_family():
    a = "one two three four five six"
    b = "four five six seven eight nine four five six ten"
    c = "eight nine four five six ten eleven twelve"
    chain = [a + " alpha beta", a.split(" ", 1)[1] + " " + b, b + " gamma", c]
    expected = families_by_brute_force(chain)
    assert splits.families(chain).tolist() == expected
    assert (0, 3) not in pairs_by_brute_force(chain) and expected == [0, 0, 0, 0]


def test_short_and_empty_documents():
    texts = ["", "one", "one two three", "  ", "One two, three!", "one two", "one two three four"]
    assert splits.families(texts).tolist() == [0, 1, 2, 0, 2, 3, 4]


@pytest.mark.parametrize("texts", [[], [""], ["a b c d"], ["a b c d", "e f g h"]])
def test_few_documents(texts):
    families = splits.families(texts)
    assert families.tolist() == list(range(len(texts))) and families.dtype == int


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("threshold", [0, 0.1, 0.3, 0.8])
def test_families_equal_brute_force(seed, threshold):
    texts = made(300, seed)
    expected = families_by_brute_force(texts, threshold)
    assert 10 < max(expected) + 1 < 300
    found = splits.families(texts, threshold=threshold)
    assert found.tolist() == expected


def test_the_order_of_documents_does_not_matter():
    texts = made(200)
    order = np.random.default_rng(1).permutation(len(texts))
    found, moved = splits.families(texts), splits.families([texts[i] for i in order])
    same = found[order][:, None] == found[order]
    assert np.array_equal(same, moved[:, None] == moved)


def test_small_products_give_the_same(monkeypatch):
    texts = made(300)
    whole = splits.families(texts)
    monkeypatch.setattr(splits, "PRODUCTS", 50)
    assert np.array_equal(splits.families(texts), whole)


def test_a_family_larger_than_what_counts_as_common_is_still_found(monkeypatch):
    monkeypatch.setattr(splits, "COMMON", 10)
    rng = random.Random(0)
    texts = made(60, words=10_000)
    parent = [f"p{i}" for i in range(60)]
    for _ in range(50):  # near-copies with five words replaced, among the others
        child = [f"x{rng.randrange(10**9)}" if rng.random() < 0.08 else word for word in parent]
        texts.insert(rng.randrange(len(texts)), " ".join(child))
    found = splits.families(texts)
    assert np.bincount(found).max() == 50
    assert found.tolist() == families_by_brute_force(texts)


def test_a_common_phrase_does_not_make_a_family(monkeypatch):
    monkeypatch.setattr(splits, "COMMON", 10)
    phrase = "the present invention relates to "
    texts = [phrase + " ".join(f"w{i}_{j}" for j in range(20)) for i in range(40)]
    assert splits.families(texts).tolist() == list(range(40))


@pytest.mark.parametrize("threshold", [-0.1, 1, 30, float("nan"), None, "0.3"])
def test_wrong_threshold(threshold):
    with pytest.raises(ValueError, match=f"threshold is {threshold}: a share from 0 to below 1"):
        splits.families([FIRST], threshold=threshold)


@needs_patents
def test_families_of_the_real_patents_equal_brute_force():
    documents = corpora.load("abstracts", "real").data["text"]
    texts = list({" ".join(text.lower().split()): text for text in documents}.values())[:1500]
    pairs = pairs_by_brute_force(texts)
    assert splits.families(texts).tolist() == spread(len(texts), pairs)
    assert len({index for pair in pairs for index in pair}) == 162


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


def test_a_split_holds_each_different_text_once():
    texts = family_corpus()
    parts = splits.by_family(texts)
    assert [len(part) for part in parts] == [320, 40, 40]
    seen = [" ".join(texts[i].lower().split()) for i in together(parts)]
    assert len(set(seen)) == len(seen) == 400
    assert set(seen) == {" ".join(text.lower().split()) for text in texts}
    for part in parts:
        assert part.dtype == int and np.all(np.diff(part) > 0)


def test_of_exact_copies_the_first_is_kept():
    texts = [FIRST, OTHER, FIRST.upper(), "Another text of five words", OTHER + " "]
    assert together(splits.by_family(texts, fractions=(0.4, 0.3, 0.3))).tolist() == [0, 1, 3]


def test_accents_in_one_piece_or_two_make_no_difference():
    composed, decomposed = "Le r\u00e9seau lit un texte", "Le re\u0301seau lit un texte"
    texts = [composed, decomposed, OTHER, "six more words that nobody knows"]
    assert together(splits.by_family(texts, fractions=(0.4, 0.3, 0.3))).tolist() == [0, 2, 3]
    assert splits.families(texts[:2]).tolist() == [0, 0]


HINDI = "यह एक छोटी हिन्दी किताब है"  # vowel signs stand after their letters, none is cut off
ARABIC = "كِتَابٌ جَدِيدٌ عَنِ الشَّبَكَاتِ"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HINDI, HINDI.split()),
        (ARABIC, ARABIC.split()),
        ("cafe\u0301s d'e\u0301te\u0301", ["cafe\u0301s", "d", "e\u0301te\u0301"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),  # one word of two parts
        ("我们用GPU训练。", ["我", "们", "用", "GPU", "训", "练"]),
        ("テスト・が", ["テ", "ス", "ト", "が"]),
        ("ที่ดี", ["ที่", "ดี"]),
        ("한국어 문장", ["한국어", "문장"]),  # Korean has spaces
        ("a_b 3,5 don't", ["a_b", "3", "5", "don", "t"]),
    ],
)
def test_words_of_many_scripts(text, words):
    assert splits.WORD.findall(text) == words


DECOMPOSED = "un re\u0301seau neuronal re\u0301current lit la phrase entie\u0300re"
COMPOSED = unicodedata.normalize("NFC", DECOMPOSED)


def test_composed_and_decomposed_texts_are_one():
    assert splits.families([COMPOSED, OTHER, DECOMPOSED]).tolist() == [0, 1, 0]
    assert splits.leakage([COMPOSED.split()], [DECOMPOSED.split()]) == 1
    parts = splits.by_family([COMPOSED, OTHER, DECOMPOSED, FIRST, "three more words here"])
    assert 2 not in np.concatenate(parts)  # of exact copies the first is kept


@pytest.mark.parametrize(
    ("first", "copy", "other"),
    [
        ("循环神经网络可以记住读过的词", "循环神经网络可以记住读过的字", "今天天气很好，去散步"),
        ("この網は長い文を覚えている", "その網は長い文を覚えている", "明日は雨が降るかもしれない"),
        ("เครือข่ายนี้อ่านประโยคยาวได้", "เครือข่ายนั้นอ่านประโยคยาวได้", "พรุ่งนี้ฝนอาจจะตกหนักมาก"),
    ],
)  # fmt: skip
def test_scripts_without_spaces_are_compared_by_characters(first, copy, other):
    assert splits.families([first, other, copy]).tolist() == [0, 1, 0]


@pytest.mark.parametrize("text", [float("nan"), None, 3, b"bytes", pd.NA])
def test_what_is_no_text_is_named(text):
    texts = pd.Series([FIRST, text, OTHER], dtype=object)
    for split in (splits.by_family, splits.families):
        with pytest.raises(ValueError, match="text 1 is .* and no str: fill it in or leave it out"):
            split(texts)
        with pytest.raises(ValueError, match="texts is one text: pass a list of them"):
            split(FIRST)


@pytest.mark.parametrize("n", [0, -1, 1.5, "2", None])
def test_a_run_has_one_word_or_more(n):
    with pytest.raises(ValueError, match=f"n is {n}: a whole number of words of at least 1"):
        splits.leakage([FIRST.split()], [FIRST.split()], n=n)
    with pytest.raises(ValueError, match=f"shingle is {n}: a whole number of words"):
        splits.families([FIRST, OTHER], shingle=n)


def test_a_pandas_column_is_split_by_place():
    texts = pd.Series(family_corpus())
    shuffled = texts.sample(frac=1, random_state=0)  # its index is no longer its order
    found = splits.by_family(shuffled)
    expected = splits.by_family(shuffled.tolist())
    assert np.array_equal(found.test, expected.test)


def crossing(texts, split):
    side = {index: name for name, part in split._asdict().items() for index in part}
    pairs = pairs_by_brute_force(texts)
    return sum(side[i] != side[j] for i, j in pairs if i in side and j in side)


def test_only_the_split_by_family_keeps_near_copies_together():
    texts = family_corpus()
    assert crossing(texts, splits.by_family(texts)) == 0
    alone = splits.by_family(texts, threshold=0.99)  # each text on its own: the wrong way
    assert crossing(texts, alone) > 20


def test_families_of_every_size_are_spread_as_the_fractions_say():
    texts = family_corpus()
    families = splits.families(texts)
    twins = np.bincount(families)[families] > 1
    parts = splits.by_family(texts)
    # 100 families of two, 200 documents, of which ten have lost an exact copy of their own.
    in_part = [sum(twins[part]) for part in parts]
    assert in_part[0] > 5 * in_part[1] and min(in_part[1:]) >= 10


def test_splits_are_repeatable_and_follow_the_seed():
    texts = family_corpus()
    first, again = splits.by_family(texts), splits.by_family(texts)
    other = splits.by_family(texts, seed=1)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first.test, other.test)


def strangers(count):
    return [f"a{i} b{i} c{i} d{i}" for i in range(count)]


def test_texts_without_kin_are_mixed():
    parts = splits.by_family(strangers(1000), fractions=(0.5, 0.3, 0.2))
    assert [len(part) for part in parts] == [500, 300, 200]
    assert together(parts).tolist() == list(range(1000))
    assert 200 < np.median(parts.test) < 800  # not cut off at an end


def test_a_part_may_be_left_out():
    parts = splits.by_family(strangers(10), fractions=(0.9, 0, 0.1))
    assert [len(part) for part in parts] == [9, 0, 1]


def test_three_documents_are_enough():
    parts = splits.by_family([FIRST, OTHER, "six more words that nobody knows"])
    assert [len(part) for part in parts] == [1, 1, 1]


def test_a_large_family_goes_where_there_is_room():
    texts = [f"{FIRST} {i}" for i in range(50)] + strangers(50)
    parts = splits.by_family(texts)
    assert [len(part) for part in parts] == [80, 10, 10]
    assert set(range(50)) <= set(parts.train.tolist())


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        ([], "0 texts in 0 families, the largest of 0, cannot be split into parts of about"),
        ([FIRST, SECOND, FIRST], "2 texts in 1 families, the largest of 2, cannot be split"),
        ([FIRST, OTHER], "2 texts in 2 families, the largest of 1, cannot be split into"),
        (
            [f"{FIRST} {i}" for i in range(97)] + [f"a{i} b c d" for i in range(3)],
            "100 texts in 4 families, the largest of 97, cannot be split into parts of about "
            "80.0, 10.0, 10.0 texts: pass more texts, or a higher threshold",
        ),
    ],
)
def test_impossible_splits(texts, says):
    with pytest.raises(ValueError) as error:
        splits.by_family(texts)
    assert str(error.value).startswith(says)


@pytest.mark.parametrize(
    "fractions",
    [(0.8, 0.2), (0.8, 0.1, 0.2), (1.1, -0.2, 0.1), (80, 10, 10), ("a", "b", "c"), (), None, 1],
)
def test_wrong_fractions(fractions):
    with pytest.raises(ValueError) as error:
        splits.by_family(strangers(100), fractions)
    assert str(error.value) == f"fractions are {fractions}: three shares with the sum 1 are meant"


# ---------------------------------------------------------------- leakage


def test_leakage_by_hand():
    train = [list("abcd"), list("def")]
    held_out = [list("abcx"), list("de"), list("cde")]
    # Pairs held out: ab bc cx, de, cd de; known are ab bc de cd de. Triples: abc bcx cde; abc.
    assert splits.leakage(train, held_out, n=2) == 5 / 6
    assert splits.leakage(train, held_out, n=3) == 1 / 3
    assert splits.leakage(train, [list("abab")], n=2) == 2 / 3  # each as often as it occurs


def test_runs_do_not_cross_from_one_text_to_the_next():
    train = [["a"], ["b"], ["c", "d"]]
    assert splits.leakage(train, [["a", "b"], ["b", "c"]], n=2) == 0


def test_leakage_of_copies_is_one_and_of_strangers_zero():
    texts = [FIRST.split()]
    assert splits.leakage(texts, texts) == 1
    assert splits.leakage([OTHER.split()], texts) == 0
    assert splits.leakage([], texts) == 0


def test_nothing_held_out_is_long_enough():
    with pytest.raises(ValueError, match="no held-out text has 20 tokens: pass longer ones, or"):
        splits.leakage([FIRST.split()], [FIRST.split()], n=20)


@needs_patents
def test_what_leaks_from_the_real_patents():
    """Shuffled overlapping windows leak all, single texts some, families next to nothing."""
    texts = corpora.load("abstracts", "real").data["text"]
    tokens = [re.findall(r"\w+|[^\w\s]", text.lower()) for text in texts]
    windows = [t[i : i + 50] for t in tokens[:500] for i in range(0, len(t) - 49, 5)]

    def leaking(lists, train, test):
        return splits.leakage([lists[i] for i in train], [lists[i] for i in test], n=20)

    rows = np.random.default_rng(0).permutation(len(windows))
    shuffled = leaking(windows, rows[:-1000], rows[-1000:])
    rows = np.random.default_rng(0).permutation(texts.drop_duplicates().index)
    single = leaking(tokens, rows[:-318], rows[-318:])
    parts = splits.by_family(texts)
    assert shuffled > 0.9 > 0.1 > single > 0.04
    assert leaking(tokens, parts.train, parts.test) < 0.002
