"""Scores of titles, by hand and beside another way to compute them."""

import collections

import numpy as np
import pytest

from rnnkit import overlap


def test_a_title_by_hand():
    """Of 4 words 3 are in the reference of 3 words; pairs: "gear pump" of 3 and 2."""
    row = overlap.scores(["quiet gear pump quiet"], ["quick gear pump"], ["a gear is quiet"]).loc[0]
    assert row["exact match"] == 0
    assert row["ROUGE-1"] == pytest.approx(100 * 2 * 2 / (4 + 3))
    assert row["ROUGE-2"] == pytest.approx(100 * 2 * 1 / (3 + 2))
    assert row["ROUGE-L"] == pytest.approx(100 * 2 * 2 / (4 + 3))
    assert row["copied"] == 3 / 4  # all but "pump"
    assert row["invented"] == 0  # and that one stands in the reference
    assert row["repeated"] == 1 / 4


def test_a_word_in_neither_text_nor_title_is_invented():
    assert overlap.scores(["red pump"], ["blue pump"], ["a pump"]).loc[0, "invented"] == 1 / 2


def test_the_right_title_and_an_empty_one():
    table = overlap.scores(["größe 日本", ""], ["größe 日本", "x"], ["größe", "x"])
    kinds = ["ROUGE-1", "ROUGE-2", "ROUGE-L"]
    assert (table.loc[0, kinds] == 100).all() and table.loc[0, "exact match"] == 1
    assert (table.loc[1, kinds] == 0).all() and table.loc[1, ["copied", "repeated"]].isna().all()


def test_an_output_that_is_not_known_has_no_scores():
    assert overlap.scores([float("nan")], ["a"], ["a"]).isna().all(axis=None)


def longest_common(first, second):
    """The length of the longest common subsequence, by trying all that can be left out."""
    if not first or not second:
        return 0
    if first[0] == second[0]:
        return 1 + longest_common(first[1:], second[1:])
    return max(longest_common(first[1:], second), longest_common(first, second[1:]))


def test_rouge_is_an_f1_of_what_is_common():
    rng = np.random.default_rng(0)
    for _ in range(30):
        first, second = (list(rng.choice(list("abcd"), rng.integers(2, 7))) for _ in range(2))
        row = overlap.scores([" ".join(first)], [" ".join(second)], ["a"]).loc[0]
        common = (collections.Counter(first) & collections.Counter(second)).total()
        total = len(first) + len(second)
        assert row["ROUGE-1"] == pytest.approx(200 * common / total)
        assert row["ROUGE-L"] == pytest.approx(200 * longest_common(first, second) / total)


def test_lists_of_different_lengths_are_refused():
    with pytest.raises(ValueError):
        overlap.scores(["a"], ["a", "b"], ["a"])
