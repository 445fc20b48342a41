"""From the name of a corpus and a source to a pandas table, with all that depends on the source.

The source "synthetic" reads the files shipped in data/, "real" a public corpus from the cache of
`downloads`. Sizes, limits, and published scores stand in settings/NAME.toml, one file a corpus.
"""

import json
import tomllib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rnnkit import readers
from rnnkit.downloads import FOLDER, DataError, fetch, load_tfds, shipped


@dataclass(eq=False)
class Corpus:
    """One corpus and what a notebook must know about it.

    name: what it is, for people; data: pandas.DataFrame, its columns as `load` says;
    sizes: dict of all that depends on the source, such as vocab_size or epochs;
    best_possible: dict of score -> the best that any model can reach, NaN where unknown;
    expected: dict of score -> what a good run reaches at least;
    published: pandas.DataFrame with model, scores, and source, empty if there is nothing;
    target: the column to forecast, or ""; best_forecast: pandas.DataFrame (T, 3 * horizon) with the
    index of `data` and columns such as ("median", 8): the best possible forecast 8 steps ahead of
    each row, with the quantiles 0.1 ("low") and 0.9 ("high"); NaN where unknown, or None.
    """

    name: str
    data: pd.DataFrame
    sizes: dict
    best_possible: dict
    expected: dict
    published: pd.DataFrame
    target: str = ""
    best_forecast: pd.DataFrame | None = None


def load(name, source, **options):
    """Read a corpus.

    name, and the columns of `Corpus.data`:
    "abstracts": text, title, log_prob (natural, of the whole text and its end), tokens (int, how
    many that counts);
    "reviews": text, label (0 or 1), part ("train" or "test"), truth (0 or 1), construction (str);
    "phrasebook": source, target, part ("train", "val", "test", or "long": longer than all these),
    alignment (for each target token the places of its source tokens, in val and test); option
    `languages=("en", "fr")`;
    "weather": float, under a DatetimeIndex "time", every three hours, in the real one every hour;
    "faults": the target under such an index, and fault (int, 0 where nothing is wrong).
    Columns that only the synthetic source knows are NaN in the real one.
    source: "synthetic" or "real". Raises DataError: an unknown name or source, or files that
    cannot be had or read.
    """
    if name not in READERS:
        raise DataError(f"there is no corpus {name!r}: choose one of {', '.join(READERS)}")
    if source not in READERS[name]:
        choices = " or ".join(f'"{known}"' for known in READERS[name])
        raise DataError(f"the corpus {name!r} cannot come from {source!r}: choose {choices}")
    read = READERS[name][source]
    return Corpus(**read(**options), **settings(name, source))


def settings(name, source):
    """Read settings/NAME.toml -> dict of name, sizes, best_possible, expected, published."""
    path = FOLDER / "settings" / f"{name}.toml"
    text = path.read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    mine = tables[source]
    unknown = dict.fromkeys(tables["synthetic"]["best_possible"], float("nan"))
    published = pd.DataFrame(mine.get("published", []), columns=tables["published_columns"])
    return {
        "name": mine["name"],
        "sizes": mine["sizes"],
        "best_possible": unknown | mine.get("best_possible", {}),
        "expected": mine["expected"],
        "published": published,
    }


def _joined(parts, columns):
    """Put tables below each other; a column that they lack is NaN."""
    data = pd.concat(parts, ignore_index=True)
    return data.reindex(columns=columns)


# ---------------------------------------------------------------- abstracts


def _abstracts(path):
    frame = readers.read_texts(path, "patent_abstract")
    frame = frame.rename(columns={"patent_abstract": "text", "patent_title": "title"})
    data = frame.reindex(columns=["text", "title", "log_prob", "tokens"])
    for column in ("log_prob", "tokens"):
        data[column] = pd.to_numeric(data[column])
    return {"data": data}


def _synthetic_abstracts():
    return _abstracts(shipped("abstracts.csv"))


def _patents():
    return _abstracts(fetch("neural_network_patent_query.csv"))


def token_log_probs(corpus, source):
    """Read the best possible log-probability of each token of the abstracts.

    corpus: what `load("abstracts", source)` returned -> list of N float arrays (T_i + 1,): of the
    words and marks of each text, and of its end, given all before; NaN where unknown.
    """
    if source == "synthetic":
        lines = readers.read_lines(shipped("abstracts.token_log_prob.txt"))
        return [np.array(line.split(), float) for line in lines]
    counts = corpus.data["text"].str.count(r"\w+|[^\w\s]")
    return [np.full(count + 1, np.nan) for count in counts]


# ---------------------------------------------------------------- reviews

REVIEW_COLUMNS = ["text", "label", "part", "truth", "construction"]


def _synthetic_reviews():
    reviews = readers.read_reviews(shipped("reviews.csv"))
    data = reviews.reindex(columns=REVIEW_COLUMNS)
    data["truth"] = pd.to_numeric(data["truth"])
    return {"data": data}


def _imdb():
    parts = []
    for part, (texts, labels) in load_tfds("imdb_reviews", ["train", "test"]).items():
        decoded = [text.decode("utf-8") for text in texts]
        parts.append(pd.DataFrame({"text": decoded, "label": labels, "part": part}))
    return {"data": _joined(parts, REVIEW_COLUMNS)}


# ---------------------------------------------------------------- weather and faults


QUANTILES = {"low": -1.2816, "median": 0.0, "high": 1.2816}  # 0.1, 0.5, 0.9; in deviations


def _synthetic_weather():
    """Read the station, and the quantiles of its best possible forecast for each lead."""
    table = readers.read_table(shipped("weather.csv"), "temperature (degC)")
    is_best = table.columns.str.contains("^(?:median|deviation) ")
    medians = table.filter(like="median ")
    deviations = table.filter(like="deviation ")
    medians.columns = deviations.columns = range(1, len(medians.columns) + 1)
    best = {name: medians + place * deviations for name, place in QUANTILES.items()}
    return {
        "data": table.loc[:, ~is_best].copy(),
        "best_forecast": pd.concat(best, axis=1),
        "target": "temperature (degC)",
    }


def _etth1():
    table = readers.read_table(fetch("ETTh1.csv"), "OT")
    leads = range(1, settings("weather", "real")["sizes"]["horizon"] + 1)
    columns = pd.MultiIndex.from_product([QUANTILES, leads])
    unknown = pd.DataFrame(float("nan"), index=table.index, columns=columns)
    return {"data": table, "best_forecast": unknown, "target": "OT"}


def _synthetic_faults():
    table = readers.read_table(shipped("weather_faults.csv"), "temperature (degC)")
    return {"data": table.astype({"fault": int}), "target": "temperature (degC)"}


def _taxi():
    """Read the demand for taxis in New York; fault is 1 in the windows that are labelled."""
    table = readers.read_table(fetch("nyc_taxi.csv"), "value")
    labels = fetch("combined_windows.json").read_text(encoding="utf-8")
    windows = json.loads(labels)
    table["fault"] = 0
    for first, last in windows["realKnownCause/nyc_taxi.csv"]:
        table.loc[first:last, "fault"] = 1
    return {"data": table, "target": "value"}


# ---------------------------------------------------------------- phrasebook

PAIR_COLUMNS = ["source", "target", "part", "alignment"]
PHRASEBOOK_FILES = {"train": "train", "val": "validation", "test": "test", "long": "long"}
MULTI30K_FILES = {"train": "train", "val": "val", "test": "test_2016_flickr"}


def _synthetic_phrasebook(languages=("en", "fr")):
    """Read the shipped sentences, whose tokens are aligned from English to French."""
    _check_languages(languages, ("en", "fr"))
    parts = []
    for part, file in PHRASEBOOK_FILES.items():
        paths = [shipped(f"phrasebook.{file}.{language}") for language in languages]
        pairs = readers.read_pairs(*paths).assign(part=part)
        if part in ("val", "test") and tuple(languages) == ("en", "fr"):
            lines = readers.read_lines(shipped(f"phrasebook.{file}.align"))
            pairs["alignment"] = [_alignment(line) for line in lines]
        parts.append(pairs)
    return {"data": _joined(parts, PAIR_COLUMNS)}


def _alignment(line):
    """Read "0 2,1" as [(0,), (2, 1)]: places of the source tokens of each target token."""
    places = []
    for link in line.split():
        places.append(tuple(int(place) for place in link.split(",")))
    return places


def _multi30k(languages=("en", "fr")):
    """Read Multi30k, task 1, for two of "en", "fr" and "de"."""
    _check_languages(languages, ("en", "fr", "de"))
    parts = []
    for part, file in MULTI30K_FILES.items():
        paths = [fetch(f"multi30k/{file}.{language}.gz") for language in languages]
        parts.append(readers.read_pairs(*paths).assign(part=part))
    parts.append(_two_in_a_row(parts[-1]).assign(part="long"))
    return {"data": _joined(parts, PAIR_COLUMNS)}


def _two_in_a_row(pairs):
    """Put each odd row behind the even one before it: a text of two descriptions."""
    first, second = pairs.iloc[0::2], pairs.iloc[1::2]
    joined = pd.DataFrame()
    for side in ("source", "target"):
        joined[side] = [f"{a} {b}" for a, b in zip(first[side], second[side], strict=False)]
    return joined


def _check_languages(languages, known):
    two = len(languages) == len(set(languages)) == 2
    if not two or not set(languages) <= set(known):
        raise DataError(f"languages={languages!r} cannot be read: choose two of {known}")


# To add a corpus: a function for each source that returns the same columns, and a settings file.
READERS = {
    "abstracts": {"synthetic": _synthetic_abstracts, "real": _patents},
    "reviews": {"synthetic": _synthetic_reviews, "real": _imdb},
    "weather": {"synthetic": _synthetic_weather, "real": _etth1},
    "faults": {"synthetic": _synthetic_faults, "real": _taxi},
    "phrasebook": {"synthetic": _synthetic_phrasebook, "real": _multi30k},
}
