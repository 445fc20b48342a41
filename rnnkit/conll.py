"""Sentences whose words have a label each: CoNLL columns, CoNLL-U, the invented ones.

Their table has a row for each word: sentence (int), word, label.
"""

import numpy as np
import pandas as pd

from rnnkit import readers
from rnnkit.downloads import DataError, fetch, shipped

BEST = ["best_label", "best_prob"]  # known of the invented sentences
TREEBANK = {"train": "train", "val": "dev", "test": "test"}
SUFFIXES = (".conll", ".conllu", ".bio", ".iob")  # by which `make run` knows such a file
CONLL_U = 10  # columns: a number, the word, its lemma, its part of speech, ...
FORM = (
    "a word and its label in each line, with tabs or blanks between, blank lines between sentences"
)


def read(path, word=None, label=None, encoding=None):
    """Read a file of labelled words, packed or not.

    word, label: columns, counted from 1. By default they are 2 and 4 in CoNLL-U, which has ten,
    else the first and the last. Lines that begin with # and have other columns are comments;
    words of several (3-4) and words left out (8.1) in CoNLL-U are skipped, -DOCSTART- as well ->
    pandas.DataFrame with sentence (int), word, label (str). Raises DataError: a line of another
    number of columns, a column that is not there, an empty label, one column, and as
    `readers.read_text` does.
    """
    rows = _rows(path, encoding)
    width = rows.shape[1] - 1
    is_u = width == CONLL_U and rows[0].str.fullmatch(r"\d+([-.]\d+)?").all()
    if is_u:
        rows = rows[rows[0].str.isdigit()]
    word = _column(path, width, word, 2 if is_u else 1)
    label = _column(path, width, label, 4 if is_u else width)
    data = pd.DataFrame({"word": rows[word], "label": rows[label]})
    data.insert(0, "sentence", rows["sentence"])
    data = data[~data["word"].str.startswith("-DOCSTART-")]
    for name in ("word", "label"):
        is_empty = data[name].str.strip() == ""
        _refuse(path, data.index[is_empty], f"has an empty {name}")
    data["sentence"], _ = pd.factorize(data["sentence"])
    data = data.reset_index(drop=True)
    data.attrs["columns"] = [word + 1, label + 1]
    return data


def _rows(path, encoding):
    """Split the lines with words into fields -> columns 0, 1, ... of str, sentence (int)."""
    text = readers.read_text(path, encoding)
    separator = "\t" if "\t" in text else None
    lines = pd.Series(text.split("\n")).str.rstrip()
    fields = lines.str.split(separator)
    count = fields.str.len()
    count[lines == ""] = 0
    if count.max() == 0:
        raise DataError(f"{path} is empty: it must have {FORM}")
    width = count[count > 0].mode()[0]
    is_word = count == width
    is_comment = lines.str.startswith("#")
    is_wrong = ~is_word & ~is_comment & (count > 0)
    _refuse(path, lines.index[is_wrong], f"has not {width} columns")
    if width == 1:
        raise DataError(f"{path} has one column: it must have {FORM}")
    rows = pd.DataFrame(fields[is_word].tolist(), index=lines.index[is_word])
    is_blank = count == 0
    rows["sentence"] = is_blank.cumsum()[is_word]
    return rows


def _column(path, width, number, usual):
    if number is None:
        number = usual
    if not isinstance(number, int) or not 1 <= number <= width:
        raise DataError(f"{path} has no column {number!r}: it has 1 to {width}")
    return number - 1


def _refuse(path, places, what):
    if len(places):
        line = places[0] + 1
        raise DataError(f"{path}: line {line} {what}: it needs {FORM}")


def invented(labels="tag"):
    """Read the shipped sentences, for `corpora`: with parts of speech, or with names as "span"."""
    _check_labels(labels, ("tag", "span"))
    data = readers.read_frame(shipped("tagged.csv"))
    data["best_prob"] = pd.to_numeric(data["best_prob"])
    data["sentence"] = data["sentence"].astype(int)
    if labels == "span":
        data["best_prob"] = np.nan  # that of the tag
    data = data.rename(columns={labels: "label", f"best_{labels}": "best_label"})
    data["best_label"] = data["best_label"].where(data["part"] != "train")
    return {"data": data[["sentence", "part", "word", "label", *BEST]]}


def treebank(labels="tag"):
    """Read UD English EWT, for `corpora`: with its universal parts of speech."""
    _check_labels(labels, ("tag",))
    parts = []
    for part, file in TREEBANK.items():
        rows = read(fetch(f"ud_ewt/en_ewt-ud-{file}.conllu"))
        rows.insert(1, "part", part)
        parts.append(rows)
    data = pd.concat(parts, ignore_index=True)
    begins = (data["sentence"].diff() != 0) | (data["part"] != data["part"].shift())
    data["sentence"] = begins.cumsum()
    return {"data": data.reindex(columns=[*data.columns, *BEST])}


def _check_labels(labels, known):
    if labels not in known:
        raise DataError(f"labels={labels!r} cannot be read: choose {' or '.join(known)}")


def own(path, word=None, label=None, encoding=None):
    """Read a file of the reader's own -> columns sentence, part, word, label.

    The options are those of `read`. A tenth of the different sentences each becomes the validation
    and the test part; equal sentences stay together. Raises DataError: fewer than 200 sentences,
    fewer than two labels, or so many that they are no labels, and as `read` does.
    """
    data = read(path, word, label, encoding)
    first, second = data.attrs["columns"]
    kinds = data["label"].nunique()
    if kinds < 2 or kinds > max(60, len(data) / 100):
        raise DataError(
            f"{path} has {kinds} different labels in column {second}, which cannot be learned: "
            'name another column, as in {"label": 2}'
        )
    by_sentence = data.groupby("sentence")["word"]
    text = by_sentence.agg(" ".join).str.lower()
    every = pd.Series(text.unique())
    if len(every) < 200:
        raise DataError(
            f"{path} has {len(every)} different sentences, it takes 200 or more to learn anything: "
            "if it has more, put a blank line behind each"
        )
    every = every.sample(frac=1, random_state=0)
    count = len(every) // 10
    part = dict.fromkeys(every, "train")
    part |= dict.fromkeys(every[:count], "val")
    part |= dict.fromkeys(every[count : 2 * count], "test")
    part_of_sentence = text.map(part)
    data.insert(1, "part", data["sentence"].map(part_of_sentence))
    notes = [f"words are column {first}, labels column {second}: {kinds} different ones"]
    is_training = data["part"] == "train"
    new = set(data["label"]) - set(data["label"][is_training])
    if new:
        shown = readers.listed(sorted(new))
        notes.append(f"the training part never has {shown}: that cannot be predicted")
    data.attrs = {"notes": notes}
    return data
