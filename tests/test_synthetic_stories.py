"""The stories about a key: a label that reading gives, and no shortcut to it."""

import pandas as pd
import pytest
from generators import stories

from rnnkit.downloads import shipped


@pytest.fixture(scope="module")
def data():
    return pd.read_csv(shipped("stories.csv"))


def test_a_story_is_solved_by_its_last_sentence_about_the_key():
    text = "the boy puts the key in the box. the girl puts the lamp in the bag."
    assert stories.solve(text) == ("box", 8)
    assert stories.solve(f"{text} the aunt puts the key in the boat.") == ("boat", 0)
    assert stories.solve("the aunt sings near the boat.")[0] is None


def test_the_file_holds_what_the_generator_writes(data):
    drawn = [*stories.sample(1, 5600, 1, 6), *stories.sample(2, 600, 10, 16)]
    assert list(zip(data["text"], data["place"], data["lag"], strict=True)) == drawn
    assert data["part"].value_counts().to_dict() == {"short": 5600, "long": 600}


def test_no_text_stands_twice_and_long_stories_are_longer_than_all_short_ones(data):
    assert data["text"].is_unique
    sentences = data["text"].str.count(r"\.").groupby(data["part"])
    assert sentences.min().to_dict() == {"short": 1, "long": 10}
    assert sentences.max().to_dict() == {"short": 6, "long": 16}


def test_a_place_behind_the_last_word_key_is_the_answer(data):
    after_key = data["text"].str.rsplit("key in the ", n=1).str[-1]
    assert (after_key.str.extract(r"(\w+)")[0] == data["place"]).all()


def test_places_are_equally_common_and_the_last_one_mentioned_is_often_wrong(data):
    shares = data["place"].value_counts(normalize=True)
    assert len(shares) == 6 and shares.min() > 0.15
    last = data["text"].str.extract(r"(\w+)\.$")[0]
    assert 0.4 < (last == data["place"]).mean() < 0.6
