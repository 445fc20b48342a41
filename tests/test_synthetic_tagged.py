"""The hidden Markov model of the tagged sentences, and the best guesses that it allows."""

import itertools

import numpy as np
import pytest
import rebuild_data
from generators import tagged

from rnnkit import corpora


@pytest.fixture(scope="module")
def data():
    return corpora.load("tagged", "synthetic").data


def test_the_file_holds_what_the_model_draws(data):
    names = corpora.load("tagged", "synthetic", labels="span").data
    drawn = tagged.corpus()
    for part, sentences in drawn.items():
        tokens = list(itertools.chain.from_iterable(sentences))
        rows = data[data["part"] == part]
        assert rows["word"].tolist() == [token.word for token in tokens]
        assert rows["label"].tolist() == [token.tag for token in tokens]
        assert names[names["part"] == part]["label"].tolist() == [token.span for token in tokens]
        if part == "train":
            assert rows["best_label"].isna().all()
            continue
        assert rows["best_label"].tolist() == [token.best_tag for token in tokens]
        assert rows["best_prob"].tolist() == [token.best_prob for token in tokens]


def test_forward_backward_agrees_with_adding_up_all_ways():
    """On a sentence short enough to try every sequence of states that its words allow."""
    words = ["That", "light", "walks", "."]
    seen = [tagged.chances(word, place == 0) for place, word in enumerate(words)]
    total = np.zeros((len(words), len(tagged.NAMES)))
    for path in itertools.product(*(np.flatnonzero(row) for row in seen)):
        chance = tagged.FIRST[path[0]] * tagged.LAST[path[-1]]
        for before, now in itertools.pairwise(path):
            chance *= tagged.STEP[before, now]
        for place, state in enumerate(path):
            chance *= seen[place][state]
        total[range(len(words)), path] += chance
    assert total.sum() > 0
    expected = total / total.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(tagged.posterior(words), expected, atol=1e-9)


def test_a_word_has_the_probability_with_which_it_is_drawn():
    name = next(name for name in tagged.NAMES if name.startswith("adjective"))
    place, state = tagged.NAMES.index(name), tagged.STATES[name]
    made_up = {stem + ending for stem in tagged.STEMS for ending in state.endings}
    total = sum(tagged.chances(word, first=False)[place] for word in {*state.words, *made_up})
    assert total == pytest.approx(1.0)


def test_every_state_leads_to_the_end():
    leaves = 1 - tagged.STEP.sum(axis=1) - tagged.LAST
    np.testing.assert_allclose(leaves, 0, atol=1e-12)
    reached = np.linalg.matrix_power(tagged.STEP, 200).sum()
    assert reached < 1e-6


def test_the_best_guess_is_nearly_always_right_and_knows_how_often(data):
    known = data[data["part"] != "train"]
    right = (known["label"] == known["best_label"]).mean()
    assert 0.99 < right < 1 and right == pytest.approx(known["best_prob"].mean(), abs=0.002)


def test_a_word_alone_does_not_tell_its_label(data):
    train = data[data["part"] == "train"]
    lower = data["word"].str.lower()
    common = train.groupby(lower)["label"].agg(lambda labels: labels.mode()[0])
    test = data[data["part"] == "test"]
    guess = lower[test.index].map(common)
    assert 0.05 < guess.isna().mean() < 0.1
    assert (guess == test["label"]).mean() < 0.9


def test_no_sentence_stands_twice(data):
    text = data.groupby("sentence")["word"].agg(" ".join)
    assert text.is_unique


def test_the_datasheet_tells_the_limit(data):
    test = data[data["part"] == "test"]
    right = (test["label"] == test["best_label"]).mean()
    sheet = (rebuild_data.DATA / "README.md").read_text(encoding="utf-8")
    assert f"right for {right:.2%}".replace("%", " %") in sheet
