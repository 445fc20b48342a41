"""From the name of a corpus and a source to a pandas table, with all that depends on the source.

The source "synthetic" reads the files shipped in data/, "real" a public corpus from the cache of
`downloads`, and a path a file of the reader's own. Sizes, limits, and published scores of the first
two stand in settings/NAME.toml, one file a corpus; sizes of the third follow from it by `sizes`.
"""

import contextlib
import inspect
import json
import tempfile
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from rnnkit import conll, music, own, readers, series, spoken, titled
from rnnkit import sizes as rules
from rnnkit.downloads import FOLDER, DataError, fetch, load_tfds, shipped


@dataclass(eq=False)
class Corpus:
    """One corpus and what a notebook must know about it; `print` tells what it is.

    name: what it is, for people; data: pandas.DataFrame, its columns as `load` says;
    sizes: dict of all that depends on the source, such as vocab_size or epochs;
    reasons: dict of the same keys -> what a size is for, or why it was chosen;
    best_possible: dict of score -> the best that any model can reach, NaN where unknown;
    expected: dict of score -> what a good run reaches at least, NaN where unknown;
    published: pandas.DataFrame with model, scores, and source, empty if there is nothing;
    target: the column to forecast, or ""; best_forecast: pandas.DataFrame (T, 3 * horizon) with the
    index of `data` and columns such as ("median", 8): the best possible forecast 8 steps ahead of
    each row, with the quantiles 0.1 ("low") and 0.9 ("high"); NaN where unknown, or None;
    notes: sentences on how a reader's own file was taken; folder: where results are saved, a
    temporary folder, or one beside the reader's own file; is_own: whether it is such a file.
    """

    name: str
    data: pd.DataFrame
    sizes: dict
    reasons: dict
    best_possible: dict
    expected: dict
    published: pd.DataFrame
    target: str = ""
    best_forecast: pd.DataFrame | None = None
    notes: list = field(default_factory=list)
    folder: Path | None = None
    is_own: bool = False

    def __str__(self):
        lines = [f"{self.name}: {len(self.data):,} rows", *self.notes]
        if self.is_own:
            lines.append(f"results are saved in {self.folder}")
        return "\n".join(lines)


def load(name, source, /, own=True, **options):
    """Read a corpus.

    name, and the columns of `Corpus.data`:
    "abstracts": text, title, log_prob (natural, of the whole text and its end), tokens (int, how
    many that counts);
    "reviews": text, label (0 or 1), part ("train" or "test"), truth (0 or 1), construction (str);
    "phrasebook": source, target, part ("train", "val", "test", or "long": longer than all these),
    alignment (for each target token the places of its source tokens, in val and test); option
    `languages=("en", "fr")`;
    "weather": float, under a DatetimeIndex "time", every three hours, in the real one every hour;
    "faults": the target under such an index, and fault (int, 0 where nothing is wrong);
    "tagged": a row for each word: sentence (int), part ("train", "val" or "test"), word, label, and
    in val and test best_label (the most probable one, given the sentence), best_prob (float);
    option `labels="tag"` (parts of speech) or, of the synthetic ones, "span" (names, as BIO);
    "titled": text, title, best_title (the most probable title of the text);
    "spoken": wave (float32, `spoken.RATE` samples a second), text, speaker, part ("train", "val"
    or "test"), noise (dB of the speech above it); option `test=[...]`, speakers, not of the
    synthetic ones;
    "chorales": a row for each piece: notes (int32 (T, 4), MIDI numbers, the highest first, 0 for
    none), part ("train", "val" or "test"), log_prob (float (T,), natural, of each chord given all
    before it).
    Columns that only the synthetic source knows are NaN in the others.
    source: "synthetic" or "real", or the path of a file of your own, for "phrasebook" perhaps two
    with a comma between; own: False where such a path is refused; options: for a file of your own
    those of the function of `own` or of `series.read_table` that reads it. Raises DataError: an
    unknown name, source or option, or files that cannot be had or read.
    """
    if name not in READERS:
        raise DataError(f"there is no corpus {name!r}: choose one of {', '.join(READERS)}")
    source = str(source)
    if source not in READERS[name]:
        if name not in OWN or not own:
            raise DataError(
                f"{source!r} cannot be read here, where only corpora of the workbook are compared: "
                'choose "synthetic" or "real", or take your file to the main notebook'
            )
        options.pop("languages", None)  # of Multi30k
        options.pop("labels", None)  # of the invented sentences
        return _load_own(name, source, options)
    read = READERS[name][source]
    _check_options(source, options, inspect.signature(read).parameters)
    rows = read(**options)
    return Corpus(**rows, **settings(name, source), folder=Path(tempfile.mkdtemp()))


def _check_options(source, options, known):
    for option in options:
        if option not in known:
            allowed = f"choose from {', '.join(known)}" if known else "it takes none"
            raise DataError(f"there is no option {option!r} for {source}: {allowed}")


# ---------------------------------------------------------------- a file of the reader's own


def _load_own(name, source, options):
    read, rule, columns, folder = OWN[name]
    first, *others = files_of(name, source)
    parameters = inspect.signature(read).parameters
    known = [option for option in parameters if option not in ("path", "other_file", "options")]
    if "options" in parameters:  # it hands these on
        known += ["encoding", "separator"]
    _check_options(first, options, known)
    if others:
        options["other_file"] = others[0]
    data = read(first, **options)
    notes = data.attrs.pop("notes")
    target = ""
    if name == "weather":
        target = data.columns[-1]
        series.check_learnable(first, data[target])
        chosen = rule(data, target)
    else:
        chosen = rule(data)
        data = data.reindex(columns=[*data.columns, *columns])
    unknown = settings(name, "synthetic")
    nothing = float("nan")
    return Corpus(
        name=first.name,
        data=data,
        sizes={key: size for key, (size, _) in chosen.items()},
        reasons={key: reason for key, (_, reason) in chosen.items()},
        best_possible=dict.fromkeys(unknown["best_possible"], nothing),
        expected=dict.fromkeys(unknown["expected"], nothing),
        published=unknown["published"],
        target=target,
        best_forecast=_no_forecast(data.index, chosen["horizon"][0]) if target else None,
        notes=notes,
        folder=_folder_beside(first, folder),
        is_own=True,
    )


def files_of(name, source):
    """Look for the file or the two files that a source names -> list of Path."""
    parts = source.split(",")
    if name != "phrasebook" or len(parts) != 2 or _found(source):
        parts = [source]
    files = [_found(part) for part in parts]
    if None in files:
        missing = parts[files.index(None)]
        choices = ", ".join(f'"{known}"' for known in READERS[name])
        raise DataError(
            f"the corpus {name!r} cannot come from {missing!r}: choose {choices}, or the path of a "
            "file that is there"
        )
    return files


def _found(source):
    """Look for a file where the notebook lies, and in the folders above -> Path, or None."""
    if not source.strip():
        return None
    with contextlib.suppress(OSError, RuntimeError, ValueError):  # too long, ~nobody, NUL
        path = Path(source.strip()).expanduser()
        for folder in [Path.cwd(), *Path.cwd().parents]:
            if (folder / path).exists():
                return folder / path
    return None


def _folder_beside(path, name):
    """Make the folder for results: beside the file, else where the notebook is, else a new one."""
    for parent in (path.parent, Path.cwd()):
        folder = parent / f"{path.name.partition('.')[0]}_{name}"
        with contextlib.suppress(OSError):  # it may not be written
            folder.mkdir(exist_ok=True)
            (folder / ".writable").touch()
            (folder / ".writable").unlink()
            return folder
    return Path(tempfile.mkdtemp())


def _no_forecast(index, horizon):
    columns = pd.MultiIndex.from_product([QUANTILES, range(1, horizon + 1)])
    return pd.DataFrame(float("nan"), index=index, columns=columns)


def settings(name, source):
    """Read settings/NAME.toml -> dict of the fields of `Corpus` that stand there."""
    path = FOLDER / "settings" / f"{name}.toml"
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    mine = tables[source]
    unknown = dict.fromkeys(tables["synthetic"]["best_possible"], float("nan"))
    published = pd.DataFrame(mine.get("published", []), columns=tables["published_columns"])
    return {
        "name": mine["name"],
        "sizes": mine["sizes"],
        "reasons": tables.get("reasons", {}),
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
    table = series.read_table(shipped("weather.csv"), "temperature (degC)")
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
    table = series.read_table(fetch("ETTh1.csv"), "OT")
    horizon = settings("weather", "real")["sizes"]["horizon"]
    return {"data": table, "best_forecast": _no_forecast(table.index, horizon), "target": "OT"}


def _synthetic_faults():
    table = series.read_table(shipped("weather_faults.csv"), "temperature (degC)")
    return {"data": table.astype({"fault": int}), "target": "temperature (degC)"}


def _taxi():
    """Read the demand for taxis in New York; fault is 1 in the windows that are labelled."""
    table = series.read_table(fetch("nyc_taxi.csv"), "value")
    windows = json.loads(fetch("combined_windows.json").read_text(encoding="utf-8"))
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
            pairs["alignment"] = readers.read_alignments(shipped(f"phrasebook.{file}.align"))
        parts.append(pairs)
    return {"data": _joined(parts, PAIR_COLUMNS)}


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
    "tagged": {"synthetic": conll.invented, "real": conll.treebank},
    "titled": {"synthetic": titled.invented, "real": titled.patents},
    "spoken": {"synthetic": spoken.invented, "real": spoken.digits},
    "chorales": {"synthetic": music.invented, "real": music.bach},
}

# How a file of the reader's own is read, the rules of its sizes, the columns that only other
# sources know, and the folder of the results.
OWN = {
    "abstracts": (own.texts, rules.texts, ["title", "log_prob", "tokens"], "language_model"),
    "reviews": (own.reviews, rules.reviews, ["truth", "construction"], "classifier"),
    "weather": (series.read_table, rules.series, [], "forecaster"),
    "phrasebook": (own.pairs, rules.pairs, ["alignment"], "translator"),
    "tagged": (conll.own, rules.tagged, conll.BEST, "tagger"),
    "titled": (titled.of_ones_own, rules.titled, ["best_title"], "summarizer"),
    "spoken": (spoken.of_ones_own, rules.spoken, ["noise"], "recognizer"),
    "chorales": (music.of_ones_own, rules.chorales, [], "composer"),
}
