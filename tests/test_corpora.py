"""Every corpus, by name and source: its columns, and what depends on the source."""

import gzip
import math
import os
import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pandas as pd
import pytest

from rnnkit import corpora, downloads
from rnnkit.downloads import DataError

REAL = Path(os.environ.get("RNNKIT_CACHE") or "~/.cache/rnnkit").expanduser()
FILES_OF = {
    "abstracts": "neural_network_patent_query.csv",
    "reviews": "tfds/imdb_reviews/plain_text/1.0.0",
    "weather": "ETTh1.csv",
    "faults": "nyc_taxi.csv",
    "phrasebook": "multi30k/train.en.gz",
    "tagged": "ud_ewt/en_ewt-ud-train.conllu",
    "titled": "neural_network_patent_query.csv",
    "spoken": "free-spoken-digit-dataset-1.0.9.tar.gz",
    "chorales": "jsb-chorales-quarter.json",
}
COLUMNS = {
    "abstracts": ["text", "title", "log_prob", "tokens"],
    "reviews": ["text", "label", "part", "truth", "construction"],
    "faults": ["fault"],
    "phrasebook": ["source", "target", "part", "alignment"],
    "tagged": ["sentence", "part", "word", "label", "best_label", "best_prob"],
    "titled": ["text", "title", "best_title"],
    "spoken": ["wave", "text", "speaker", "part", "noise"],
    "chorales": ["notes", "part", "log_prob"],
}
SETTINGS = Path(corpora.__file__).parent / "settings"


def needs_real(name):
    file = FILES_OF[name]
    reason = f"{file} is not in the cache {REAL}: set RNNKIT_CACHE to one that holds it"
    return pytest.mark.skipif(not (REAL / file).exists(), reason=reason)


SYNTHETIC = [(name, "synthetic") for name in corpora.READERS]
BOTH = SYNTHETIC + [pytest.param(name, "real", marks=needs_real(name)) for name in corpora.READERS]


def refused(*arguments, **options):
    """The message, which must be one sentence: no line end, no full stop before a new start."""
    with pytest.raises(DataError) as error:
        corpora.load(*arguments, **options)
    text = str(error.value)
    assert "\n" not in text and not re.search(r"\. [A-Z]", text)
    return text


# ---------------------------------------------------------------- what all have in common


@pytest.mark.parametrize(("name", "source"), BOTH)
def test_a_corpus_has_the_columns_of_its_name(name, source):
    """The reviews of IMDB take some ten seconds: TensorFlow is imported to read them."""
    corpus = corpora.load(name, source)
    assert set(COLUMNS.get(name, [])) <= set(corpus.data.columns)
    count = len(corpus.data)
    if name == "chorales":  # a row is a piece of many chords
        count = corpus.data["notes"].map(len).sum()
    assert count > 1000
    for column in ("text", "title", "source", "target"):
        if column in corpus.data:
            assert corpus.data[column].map(type).eq(str).all()
            assert corpus.data[column].str.len().min() > 0
    if name in ("weather", "faults"):
        assert isinstance(corpus.data.index, pd.DatetimeIndex)
        assert corpus.data.index.name == "time" and corpus.data.index.freq is not None
        assert corpus.data[corpus.target].dtype == float
        assert not corpus.data.isna().any(axis=None)


@pytest.mark.parametrize("name", corpora.READERS)
def test_both_sources_have_the_same_settings(name):
    synthetic, real = corpora.settings(name, "synthetic"), corpora.settings(name, "real")
    assert synthetic["name"] != real["name"]
    for kind in ("sizes", "expected", "best_possible"):
        assert list(synthetic[kind]) == list(real[kind])
    assert list(synthetic["published"].columns) == list(real["published"].columns)
    assert real["published"].columns[0] == "model" and real["published"].columns[-1] == "source"
    assert len(synthetic["published"]) == 0
    assert not real["published"].isna().any(axis=None)


def test_the_limits_of_real_data_are_unknown():
    limits = [corpora.settings(name, "real")["best_possible"] for name in corpora.READERS]
    assert all(math.isnan(value) for limit in limits for value in limit.values())


def test_every_corpus_has_a_settings_file_with_both_sources():
    for name in corpora.READERS:
        tables = tomllib.loads((SETTINGS / f"{name}.toml").read_text(encoding="utf-8"))
        assert set(tables) - {"reasons"} == {"published_columns", "synthetic", "real"}
        reasons = tables.get("reasons", {})
        assert not reasons or set(reasons) == set(tables["synthetic"]["sizes"])


@pytest.mark.parametrize(
    ("name", "source", "says"),
    [
        ("abstract", "synthetic", "there is no corpus 'abstract': choose one of ab"),
        (
            "reviews",
            "Real",
            "the corpus 'reviews' cannot come from 'Real': choose \"synthetic\", \"r",
        ),
        (
            "reviews",
            "",
            "the corpus 'reviews' cannot come from '': choose \"synthetic\", \"real\",",
        ),
        ("reviews", "  ", "the corpus 'reviews' cannot come from '  ': choose"),
        ("weather", "no.csv", "the corpus 'weather' cannot come from 'no.csv': choose"),
        ("weather", "~nobody-here/a.csv", "the corpus 'weather' cannot come from '~nobody-here/a"),
        ("weather", "x" * 5000, "the corpus 'weather' cannot come from 'xxx"),
        ("weather", "a\0b", "the corpus 'weather' cannot come from 'a\\x00b'"),
        ("abstracts", "a.txt,b.txt", "the corpus 'abstracts' cannot come from 'a.txt,b.txt': choo"),
        ("phrasebook", "a.en,b.fr", "the corpus 'phrasebook' cannot come from 'a.en': choose"),
        ("faults", "a.csv", "'a.csv' cannot be read here, where only corpora of the workbook are"),
    ],
)
def test_a_misspelt_name_or_source(name, source, says):
    assert refused(name, source).startswith(says)


def test_a_closer_look_takes_no_path(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n", encoding="utf-8")
    assert refused("reviews", path, own=False) == (
        f"{str(path)!r} cannot be read here, where only corpora of the workbook are compared: "
        'choose "synthetic" or "real", or take your file to the main notebook'
    )
    assert len(corpora.load("reviews", "synthetic", own=False).data) > 1000


def test_options_are_for_files_of_your_own():
    says = "there is no option 'label' for synthetic: it takes none"
    assert refused("reviews", "synthetic", label="x") == says
    says = "there is no option 'lang' for synthetic: choose from languages"
    assert refused("phrasebook", "synthetic", lang="x") == says


def test_a_path_from_the_root_of_the_project_is_found_in_its_folders(tmp_path, monkeypatch):
    lines = [f"{number} of {' '.join(str(number * k) for k in range(30))}" for number in range(99)]
    (tmp_path / "my.txt").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    corpus = corpora.load("abstracts", "my.txt")
    assert len(corpus.data) == 99 and corpus.folder == tmp_path / "my_language_model"


def test_a_missing_shipped_file(tmp_path, monkeypatch):
    monkeypatch.setattr(downloads, "FOLDER", tmp_path)
    assert refused("faults", "synthetic") == (
        "data/weather_faults.csv is missing: install rnnkit again, or restore the file"
    )


# ---------------------------------------------------------------- one by one


def test_synthetic_reviews():
    data = corpora.load("reviews", "synthetic").data
    assert set(data["part"]) == {"train", "test"} and set(data["label"]) == {0, 1}
    assert not data["text"].duplicated().any()


def test_synthetic_data_is_read_without_tensorflow():
    code = (
        "import sys; from rnnkit import corpora, glove, splits;"
        "corpora.load('reviews', 'synthetic');"
        "assert not {'tensorflow', 'keras', 'tensorflow_datasets'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_reviews_without_a_network(tmp_path, monkeypatch):
    """This takes some ten seconds: TensorFlow is imported to read them."""
    downloader = pytest.importorskip("tensorflow_datasets.core.download.downloader")
    monkeypatch.setenv("RNNKIT_CACHE", str(tmp_path))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # the discard port: nobody listens
    retries, start = downloader.MAX_RETRIES, time.monotonic()
    with pytest.raises(DataError) as error:
        corpora.load("reviews", "real")
    text = str(error.value)
    assert text.startswith(f"imdb_reviews cannot be had from {tmp_path / 'tfds'} (")
    assert text.endswith("or copy a prepared folder imdb_reviews to that place")
    assert time.monotonic() - start < 60 and retries == downloader.MAX_RETRIES


def test_the_best_forecast_stands_beside_the_weather():
    corpus = corpora.load("weather", "synthetic")
    assert corpus.target in corpus.data
    assert not corpus.data.columns.str.contains("median|deviation").any()
    best = corpus.best_forecast
    assert best.index.equals(corpus.data.index)
    horizon = corpus.sizes["horizon"]
    for quantile in ("low", "median", "high"):
        assert best[quantile].columns.tolist() == list(range(1, horizon + 1))
    assert (best["low"] < best["median"]).all(axis=None)
    assert (best["median"] < best["high"]).all(axis=None)


def test_synthetic_faults_are_of_five_kinds():
    data = corpora.load("faults", "synthetic").data
    assert sorted(data["fault"].unique()) == [0, 1, 2, 3, 4, 5]


def test_synthetic_pairs_and_their_alignments():
    data = corpora.load("phrasebook", "synthetic").data
    assert {"train", "val", "test"} <= set(data["part"])
    assert not data["source"].duplicated().any()  # so no sentence of one part stands in another
    is_aligned = data["part"].isin(["val", "test"])
    aligned = data[is_aligned]
    assert data.loc[~is_aligned, "alignment"].isna().all()
    # No place lies beyond the words and marks of the source.
    tokens = aligned["source"].str.findall(r"[\w']+|[^\w\s]").str.len()
    for count, alignment in zip(tokens, aligned["alignment"], strict=True):
        assert all(0 <= place < count + 2 for places in alignment for place in places)


def test_the_other_direction_has_no_alignment():
    data = corpora.load("phrasebook", "synthetic", languages=("fr", "en")).data
    forth = corpora.load("phrasebook", "synthetic").data
    assert data["source"].equals(forth["target"].rename("source"))
    assert data["alignment"].isna().all()


@pytest.mark.parametrize("source", ["synthetic", "real"])
@pytest.mark.parametrize(
    "languages", ["en", ("en",), ("en", "en"), ("en", "xx"), ("en", "fr", "de")]
)
def test_languages_that_are_not_two(source, languages):
    assert refused("phrasebook", source, languages=languages).startswith(
        f"languages={languages!r} cannot be read: choose two of ('en', 'fr'"
    )


def test_pairs_of_any_two_languages(tmp_path, monkeypatch):
    for part in ("train", "val", "test_2016_flickr"):
        for language in ("en", "fr", "de"):
            path = tmp_path / f"{part}.{language}.gz"
            path.write_bytes(gzip.compress(f"{language} {part}\n".encode()))
    monkeypatch.setattr(corpora, "fetch", lambda name: tmp_path / Path(name).name)
    data = corpora.load("phrasebook", "real", languages=("de", "en")).data[:3]
    assert data[["source", "target", "part"]].values.tolist() == [
        ["de train", "en train", "train"],
        ["de val", "en val", "val"],
        ["de test_2016_flickr", "en test_2016_flickr", "test"],
    ]


# ---------------------------------------------------------------- real data


@needs_real("abstracts")
def test_real_abstracts():
    texts = corpora.load("abstracts", "real").data["text"]
    assert len(texts) == 3522 and texts.nunique() == 3181
    assert texts[0].startswith('A "Barometer" Neuron enhances stability in a Neural Network')
    assert not texts.str.contains('""', regex=False).any()


@needs_real("reviews")
def test_real_reviews():
    """This takes some ten seconds: TensorFlow is imported to read them."""
    data = corpora.load("reviews", "real").data
    assert data["part"].value_counts().to_dict() == {"train": 25_000, "test": 25_000}
    assert data.groupby("part")["label"].mean().tolist() == [0.5, 0.5]
    assert data["truth"].isna().all() and data["construction"].isna().all()


@needs_real("weather")
def test_the_transformer():
    corpus = corpora.load("weather", "real")
    assert corpus.data.shape == (17_420, 7) and corpus.target == "OT"
    assert corpus.data.index.freq == pd.Timedelta(hours=1)
    synthetic = corpora.load("weather", "synthetic").best_forecast
    assert corpus.best_forecast.columns.equals(synthetic.columns)
    assert corpus.best_forecast.isna().all(axis=None)


@needs_real("faults")
def test_the_taxis_have_five_labelled_windows():
    data = corpora.load("faults", "real").data
    assert len(data) == 10_320
    assert data["fault"].diff().eq(1).sum() == 5
    assert data["fault"].idxmax() == pd.Timestamp("2014-10-30 15:30")


@needs_real("phrasebook")
def test_real_pairs():
    data = corpora.load("phrasebook", "real").data
    counts = data["part"].value_counts()
    assert counts[["train", "val", "test"]].tolist() == [29_000, 1_014, 1_000]
    assert data["target"][0] == "Deux jeunes hommes blancs sont dehors près de buissons."
