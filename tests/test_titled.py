"""Tables of texts and titles that the reader brings, and their sizes."""

import pandas as pd
import pytest

from rnnkit import corpora, sizes, titled
from rnnkit.downloads import DataError


def table(count=220):
    """Rows whose text is longer than the title, all different."""
    things = ["pump", "valve", "rotor", "lens", "cable", "clock", "crane", "motor"]
    rows = []
    for number in range(count):
        thing = things[number % 8]
        words = " ".join(f"{thing}{place * number}" for place in range(12))
        rows.append(
            {"id": number, "body": f"This {thing} {words} works.", "title": f"A {thing} {number}"}
        )
    return pd.DataFrame(rows)


def saved(data, folder, name="titles.csv", **options):
    path = folder / name
    data.to_csv(path, index=False, **options)
    return path


def test_columns_are_found_by_name_or_by_length(tmp_path):
    data = table()
    named = titled.of_ones_own(saved(data, tmp_path))
    other = data.rename(columns={"body": "was", "title": "kurz"})
    found = titled.of_ones_own(saved(other, tmp_path, sep=";"))
    given = titled.of_ones_own(saved(other, tmp_path), text="was", title="kurz")
    for got in (named, found, given):
        assert got["text"].tolist() == data["body"].tolist()
        assert got["title"].tolist() == data["title"].tolist()
        assert got["in_order"].dtype == bool


def test_an_empty_title_is_left_out_and_told(tmp_path):
    data = table()
    data.loc[3, "title"] = " "
    data.loc[4, "title"] = None
    data.loc[5, "body"] = "-"
    found = titled.of_ones_own(saved(data, tmp_path))
    assert len(found) == 217
    assert "3 rows without a title or a text are left out" in found.attrs["notes"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data[:150], "150 different texts with titles: it takes 200"),
        (lambda data: data.drop(columns="title").drop(columns="body"), "needs a column of texts"),
        (lambda data: data.drop(columns="body"), "has no column of texts"),
        (lambda data: data.rename(columns={"body": "title", "title": "text"}), "are longer than"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(tmp_path, change, words):
    with pytest.raises(DataError, match=words):
        titled.of_ones_own(saved(change(table()), tmp_path))


def test_a_column_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match="no column 'headline'"):
        titled.of_ones_own(saved(table(), tmp_path), title="headline")


def test_a_file_of_ones_own_becomes_a_corpus(tmp_path):
    corpus = corpora.load("titled", saved(table(), tmp_path))
    assert corpus.is_own and corpus.data["best_title"].isna().all()
    assert corpus.sizes.keys() == corpora.load("titled", "synthetic").sizes.keys()
    assert corpus.folder.name == "titles_summarizer"
    with pytest.raises(DataError, match="choose from text, title, encoding, separator"):
        corpora.load("titled", saved(table(), tmp_path), words=3)


def test_sizes_follow_from_the_texts():
    few = table(300).assign(text=lambda data: data["body"], in_order=False)
    many = pd.concat([few] * 40)
    assert sizes.titled(few)["min_count"][0] < sizes.titled(many)["min_count"][0]
    assert sizes.titled(few)["epochs"][0] > sizes.titled(many)["epochs"][0]
    assert sizes.titled(few)["max_words"][0] == 15
