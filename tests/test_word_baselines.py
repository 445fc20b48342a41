"""Cheap translators: cases worked by hand."""

import numpy as np
import pytest

from rnnkit.word_baselines import (
    key_words,
    nearest_by_warping,
    phrase_memory,
    window_tagger,
    word_by_word,
)

SOURCES = ["the cat sleeps", "the dog sings", "a cat sings", "a dog works"]
TARGETS = ["le chat dort", "le chien chante", "un chat chante", "un chien travaille"]


def test_each_word_gets_the_partner_that_it_shares_its_sentences_with():
    outputs = word_by_word(SOURCES, TARGETS, ["a dog sings", "the cat works"], min_count=1)
    assert outputs == ["un chien chante", "le chat travaille"]


def test_rare_and_unknown_words_are_copied():
    outputs = word_by_word(SOURCES, TARGETS, ["a dog works loudly"], min_count=2)
    assert outputs == ["un chien works loudly"]


def test_dice_and_not_the_most_frequent_companion_decides():
    # "y" is with x in both of its sentences, but also in two others; "z" is with x alone.
    sources, targets = ["x a", "x b", "c", "d"], ["z y", "z y", "y", "y"]
    assert word_by_word(sources, targets, ["x"], min_count=2) == ["z"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("the cat sleeps", "le chat dort"),
        ("works cat", "un chien travaille"),  # "works" is rarer, so it weighs more
    ],
)
def test_the_memory_gives_the_translation_of_the_most_similar_text(text, wanted):
    assert phrase_memory(SOURCES, TARGETS, [text]) == [wanted]


def test_where_no_word_is_frequent_all_are_copied():
    """A reader's first three sentences: once they ended in scikit-learn's words."""
    for sources in (SOURCES[:1], [], ["", " "]):
        targets = TARGETS[: len(sources)]
        assert word_by_word(sources, targets, ["a cat"]) == ["a cat"]


def test_nothing_to_translate():
    assert word_by_word(SOURCES, TARGETS, []) == phrase_memory(SOURCES, TARGETS, []) == []


@pytest.mark.parametrize("translate", [word_by_word, phrase_memory])
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((SOURCES, TARGETS[1:], ["a"]), "there are 4 sources and 3 targets: each source needs"),
        ((SOURCES, [*TARGETS[1:], None], ["a"]), "target 3 is None and no str: leave it out"),
        (([float("nan"), "a"], ["b", "c"], ["a"]), "source 0 is nan and no str"),
        ((SOURCES, TARGETS, ["a", 3]), "text 1 is 3 and no str"),
    ],
)
def test_what_cannot_be_translated_is_named(translate, arguments, says):
    with pytest.raises(ValueError, match=says):
        translate(*arguments)


@pytest.mark.parametrize("sources", [[], [""]])
def test_a_memory_needs_a_text(sources):
    with pytest.raises(ValueError, match="there is no known text with a word in it"):
        phrase_memory(sources, sources, ["a"])


@pytest.mark.parametrize("behind", [0, 1])
def test_a_window_tagger_sees_the_word_behind_only_if_told(behind):
    """Whether "plans" is a noun is told by the word behind it alone."""
    sentences = [["plans", "it"], ["plans", "help"]] * 20
    labels = [["VERB", "PRON"], ["NOUN", "VERB"]] * 20
    tagger = window_tagger(sentences, labels, behind=behind)
    found = tagger([["Plans", "it"], ["Plans", "help"]])
    assert found[1::2] == ["PRON", "VERB"]
    assert (found[0] != found[2]) == bool(behind)
    assert (found[0::2] == ["VERB", "NOUN"]) == bool(behind)


def test_key_words_are_frequent_here_and_rare_elsewhere():
    texts = ["the pump and the pump", "the valve and the rotor", "the rotor"]
    found = key_words(texts, ["the rotor moves a valve a valve"], 2)
    assert found == ["rotor valve"]  # in the order of the text; "moves" is unknown
    assert key_words(texts, ["nothing known"], 2) == [""]


def test_the_nearest_under_warping_is_the_same_course_at_another_speed():
    low, high = np.zeros(2), np.ones(2)
    early = np.stack([low, high, low, low, low, low])
    late = np.stack([low, low, low, high, high, low])
    other = np.stack([low, low, low, low, low, low])
    examples = np.stack([early, other])
    found = nearest_by_warping(examples, np.array([7, 8]), late[None])
    assert found.tolist() == [7]
    frame_by_frame = np.linalg.norm(examples - late, axis=-1).sum(axis=1)
    assert frame_by_frame.argmin() == 1


def test_warping_finds_the_cheapest_of_all_alignments():
    rng = np.random.default_rng(0)
    examples = rng.normal(size=(5, 4, 2))
    query = rng.normal(size=(4, 2))

    def cost(example, i, j):
        here = np.linalg.norm(example[j] - query[i])
        before = [(i - 1, j - 1), (i - 1, j), (i, j - 1)]
        steps = [cost(example, *step) for step in before if min(step) >= 0]
        return here + min(steps, default=0)

    best = np.argmin([cost(example, 3, 3) for example in examples])
    found = nearest_by_warping(examples, np.arange(5), query[None])
    assert found.tolist() == [best]
