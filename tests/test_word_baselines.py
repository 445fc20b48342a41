"""Cheap translators: cases worked by hand."""

import pytest

from rnnkit.word_baselines import phrase_memory, word_by_word

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
