"""The invented abstracts with titles: what a title says stands in its text."""

import re

import pytest
import rebuild_data
from generators import grammar, titled

from rnnkit import corpora


@pytest.fixture(scope="module")
def data():
    return corpora.load("titled", "synthetic").data


def test_the_file_holds_what_the_grammar_draws(data):
    rows = titled.corpus()
    assert data["text"].tolist() == [row.text for row in rows]
    assert data["title"].tolist() == [row.title for row in rows]
    assert data["best_title"].tolist() == [row.best_title for row in rows]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (
            "A compact gear pump (1) for dosing brine has a housing (2). "
            "Thus, the gear pump (1) offers good service life at full speed.",
            "compact nova gear pump with good service life",
        ),
        (
            "Presented is a gear pump (1), having a housing (2). "
            "Thus, leakage is largely reduced and the service life of the gear pump (1) is raised.",
            "nova gear pump with less leakage",
        ),
        (
            "A gear pump (1) has a housing (2). "
            "The gear pump (1) is mainly useful for service in fire engines during storage.",
            "nova gear pump in fire engines",
        ),
        (
            "A method of dosing brine uses a quiet gear pump (1) having a housing (2). "
            "Thus, the gear pump (1) offers good service life at full speed.",
            "method of dosing brine by quiet nova gear pump",
        ),
    ],
)
def test_a_title_by_hand(text, title):
    first, second, third = titled.wordings(grammar.tokenize(text), "nova")
    assert " ".join(first) == title and len({*map(tuple, (first, second, third))}) == 3


def test_the_series_is_the_one_to_which_the_device_belongs(data):
    """Each text names two; only the words before tell which one is the title's."""
    mine, others = "|".join(titled.MINE), "|".join(titled.OTHERS)
    for verbs, is_in_title in ((mine, True), (others, False)):
        names = data["text"].str.extract(f"(?:{verbs}) the ([A-Z][a-z]+) (?:series|family|line)")[0]
        assert names.notna().all()
        for name, title in zip(names, data["title"], strict=True):
            assert (name.lower() in title.lower().split()) == is_in_title, title


def test_all_words_of_a_title_stand_in_the_text_but_a_few(data):
    for text, title in zip(data["text"], data["title"], strict=True):
        missing = set(title.lower().split()) - set(re.findall(r"\w+", text.lower()))
        assert missing <= {"with", "less", "in", "by", "for", "a", "an"}, title


def test_the_wordings_have_the_chances_that_are_given(data):
    """0.9, to three standard errors of 6,000 draws."""
    share = (data["title"] == data["best_title"]).mean()
    assert share == pytest.approx(titled.CHANCES[0], abs=3 * (0.9 * 0.1 / len(data)) ** 0.5)


def test_more_than_half_of_the_series_are_made_up(data):
    names = data["text"].str.findall(r"the ([A-Z][a-z]+) (?:series|family|line)").explode()
    is_known = names.str.lower().isin(titled.KNOWN)
    assert is_known.mean() == pytest.approx(1 - titled.MADE_UP, abs=0.02)
    assert names[~is_known].value_counts().max() <= 3  # so they are too rare for a vocabulary


def test_the_place_of_the_series_differs(data):
    mine = "|".join(titled.MINE)
    before = data["text"].str.extract(f"^(.*?)(?:{mine}) the ")[0].str.len()
    places = before / data["text"].str.len()
    assert places.quantile(0.1) < 0.4 and places.quantile(0.9) > 0.7


def test_the_datasheet_tells_the_limit(data):
    share = (data["title"] == data["best_title"]).mean()
    sheet = (rebuild_data.DATA / "README.md").read_text(encoding="utf-8")
    assert f"the title of {share:.1%}".replace("%", " %") in sheet
