"""A reader's own file as the table of a corpus, with sentences on how it was taken.

Each function returns a pandas.DataFrame with the columns that `corpora.load` names, and in its
`attrs["notes"]` a list of sentences. Its keyword arguments are the options of a reader; those for
encoding and separator go on to `readers.read_frame`.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold

from rnnkit import readers, splits
from rnnkit.downloads import DataError

TEXT_NAMES = "text abstract review sentence comment message content body document tweet title"
LABEL_NAMES = "label sentiment class category target rating stars score verdict y"
POSITIVE = ["1", "1.0", "pos", "positive", "good", "yes", "true", "like", "liked", "spam"]
UNSPACED = r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]"  # Thai to Chinese
LINE_END = "\u00b6"  # the token that stands for the end of a line in a running text


def texts(path, text=None, form=None, **options):
    """Read texts: a column of a table, or a plain `.txt`.

    text: the column, or None for the one whose name or content says so; form: how a `.txt` is cut,
    "lines", "paragraphs" (parted by blank lines) or "running" (parts of 100 words that follow each
    other), or None for what fits -> columns text, in_order (bool, True in a running text).
    """
    if ".txt" in Path(path).suffixes:
        return _plain_texts(path, form, **options)
    frame = readers.read_frame(path, [text] if text else [], **options)
    column = text or _longest(path, frame, TEXT_NAMES)
    data = pd.DataFrame({"text": readers.spaced_singly(frame[column]), "in_order": False})
    notes = [f"each row of the column {column!r} is a text"]
    return _checked_texts(path, data, notes)


def _plain_texts(path, form, encoding=None):
    lines = pd.Series(readers.read_lines(path, encoding))
    is_blank = lines == ""
    words = lines[~is_blank].str.split().str.len()
    lengths = lines.str.len()
    is_wrapped = (lengths > 0.8 * lengths.quantile(0.95)).mean() > 0.5 and lengths.max() < 120
    if form is None:
        form = "lines"
        if is_blank[:-1].any():
            form = "paragraphs"
        elif is_wrapped or (words.median() < 30 and words.sum() > 100_000):
            form = "running"
    if form == "lines":
        data = pd.DataFrame({"text": lines[~is_blank]})
        note = "each line is a text"
    elif form == "paragraphs":
        paragraphs = lines[~is_blank].groupby(is_blank.cumsum()).agg(" ".join)
        data = pd.DataFrame({"text": paragraphs})
        note = "each paragraph, between blank lines, is a text"
    elif form == "running":
        end = " " if is_wrapped else f" {LINE_END} "
        every = pd.Series(end.join(lines[~is_blank]).split())
        data = pd.DataFrame({"text": every.groupby(np.arange(len(every)) // 100).agg(" ".join)})
        note = "one running text, cut into parts of 100 words that follow each other"
    else:
        raise DataError(
            f'the option form={form!r} is unknown: choose "lines", "paragraphs", "running"'
        )
    data["in_order"] = form == "running"
    note += '; another way: the option {"form": "lines"}, "paragraphs" or "running"'
    return _checked_texts(path, data.reset_index(drop=True), [note])


def _checked_texts(path, data, notes):
    """Cut scripts without blanks into characters; leave out what has fewer than two words."""
    data["text"] = _cut_characters(data["text"], notes)
    short = ~data["text"].str.contains(r"\w\W+\w")
    if short.any():
        notes.append(f"{short.sum()} texts of fewer than two words are left out")
    data = data[~short].reset_index(drop=True)
    words = data["text"].str.count(r"\w+").sum()
    _ask_for(path, len(data), 50, "texts of two words or more")
    _ask_for(path, words, 2000, "words")
    data.attrs["notes"] = notes
    return data


def _cut_characters(column, notes):
    """Put blanks around each character of a script that is written without blanks."""
    sample = "".join(column.head(1000))
    if pd.Series(list(sample)).str.fullmatch(UNSPACED).mean() > 0.3:
        notes.append("the script has no blanks between words: each character counts as a word")
        column = readers.spaced_singly(column.str.replace(f"({UNSPACED})", r" \1 ", regex=True))
    return column


def _ask_for(path, count, least, what):
    if count < least:
        raise DataError(f"{path} has {count} {what}: it takes {least} or more to learn anything")


def _longest(path, frame, names, without=()):
    """Choose the column of texts: by its name, or the one with the most words."""
    columns = [name for name in frame.columns if name not in without]
    for name in names.split():
        for column in columns:
            if column.strip().lower().rstrip("s") == name.rstrip("s"):
                return column
    words = {}
    for column in columns:
        if frame[column].str.contains(r"[^\W\d_]").mean() > 0.5:
            words[column] = frame[column].str.count(r"\s").mean()
    if not words:
        raise DataError(f"{path} has no column of texts but {', '.join(frame.columns)}: add one")
    return max(words, key=words.get)


def reviews(path, text=None, label=None, threshold=None, **options):
    """Read labelled texts.

    text, label: columns, or None for those whose names or contents say so; threshold: for labels
    that are numbers, such as stars: from it on a text counts as good -> columns text, label (0 or
    1), part: as the file's column of that name or `split` says, or else a fifth for the test, near
    copies on one side, with the same share of each label.
    """
    frame = readers.read_frame(path, [name for name in (text, label) if name], **options)
    label = label or _label_column(path, frame, text)
    text = text or _longest(path, frame, TEXT_NAMES, [label, "part", "split"])
    data = pd.DataFrame({"text": readers.spaced_singly(frame[text])})
    readers.refuse(
        path, ~data["text"].str.contains(r"\w"), f"has no text under {text!r}: delete it"
    )
    names = frame[label].str.strip()
    readers.refuse(path, names == "", f"has no label under {label!r}: fill it in or delete the row")
    notes = [f"texts are the column {text!r}, labels the column {label!r}"]
    data["label"] = _zero_or_one(path, names, threshold, notes)
    data["text"] = _cut_characters(data["text"], notes)
    for column in ("part", "split"):
        if column in frame and set(frame[column]) >= {"train", "test"}:
            data["part"] = frame[column].where(frame[column] == "test", "train")
    data = data.drop_duplicates("text").reset_index(drop=True)
    if len(data) < len(frame):
        notes.append(f"{len(frame) - len(data)} copies of texts are left out")
    rarer = data["label"].value_counts().min() if data["label"].nunique() > 1 else 0
    _ask_for(path, len(data), 100, "different texts")
    _ask_for(path, rarer, 20, "texts of the rarer label")
    if rarer < 0.2 * len(data):
        share = f"{rarer / len(data):.1%}"
        notes.append(f"only {share} of the texts have the rarer label: look at its recall, too")
    if "part" not in data:
        data["part"] = _test_part(data)
        notes.append("a fifth is the test part, with near copies on one side")
    data.attrs["notes"] = notes
    return data


def _label_column(path, frame, text):
    others = [column for column in frame.columns if column not in (text, "part", "split")]
    for name in LABEL_NAMES.split():
        for column in others:
            if column.strip().lower() == name:
                return column
    few = [column for column in others if frame[column].nunique() == 2]
    if len(few) == 1:
        return few[0]
    found = ", ".join(frame.columns)
    raise DataError(
        f'{path}: which of {found} is the label? Name it by the option {{"label": ...}}'
    )


def _zero_or_one(path, names, threshold, notes):
    """Turn two labels of any kind, or numbers and a threshold, into 0 and 1."""
    if threshold is not None:
        values = pd.to_numeric(names, errors="coerce")
        readers.refuse(path, values.isna(), "has '{}' for a number: correct it", names)
        notes.append(f"label 1 means {threshold} or more")
        return (values >= threshold).astype(int)
    kinds = sorted(names.unique())
    if len(kinds) != 2:
        shown = ", ".join(kinds[:6])
        cure = 'for numbers give the option {"threshold": ...}, for several classes see exercise 5'
        raise DataError(f"{path} has {len(kinds)} labels ({shown}) where two are needed: {cure}")
    good = kinds[0] if kinds[0].lower() in POSITIVE else kinds[1]
    other = kinds[1] if good == kinds[0] else kinds[0]
    notes.append(f"label 1 (good) is {good!r}, label 0 is {other!r}")
    return (names == good).astype(int)


def _test_part(data):
    """Choose a fifth of the rows, whole families, with the same share of each label."""
    family = splits.families(data["text"], threshold=0.5)
    folds = StratifiedGroupKFold(5, shuffle=True, random_state=0)
    _, test = next(folds.split(data["text"], data["label"], family))
    return np.where(data.index.isin(test), "test", "train")


def pairs(path, source=None, target=None, other_file=None, header=None, encoding=None, **options):
    """Read pairs of sentences: two columns of a table, or two files of one sentence a line.

    source, target: columns, or None for the first two; other_file: the file of the targets, where
    `path` holds the sources; header: whether a table's first row holds names, or None for what
    fits -> columns source, target, part: a twentieth of the sources each for validation and test,
    and the longest hundredth as "long". All targets of one source stay together.
    """
    if other_file:
        data = readers.read_pairs(path, other_file, encoding)
        notes = [
            f"line by line, {Path(path).name} is the source and {Path(other_file).name} the target"
        ]
    else:
        data, notes = _two_columns(path, source, target, header, encoding=encoding, **options)
    data = data.apply(readers.spaced_singly)
    for side in ("source", "target"):
        data[side] = _cut_characters(data[side], notes)
    empty = (data == "").any(axis=1)
    if empty.any():
        notes.append(f"{empty.sum()} pairs with an empty side are left out")
    data = data[~empty].drop_duplicates().reset_index(drop=True)
    key = data["source"].str.casefold().str.findall(r"\w+").str.join(" ")
    _ask_for(path, key.nunique(), 200, "different source sentences")
    data["part"] = key.map(_parts(key))
    several = data["source"].duplicated().sum()
    if several:
        notes.append(f"{several} sources have more than one translation: each counts as right")
    data.attrs["notes"] = notes
    return data


def _two_columns(path, source, target, header, **options):
    tabs = "\t" in readers.read_text(path, options.get("encoding"))[:1000]
    if tabs and ".txt" in Path(path).suffixes:
        options["separator"] = "\t"
    if header is None:
        first = readers.read_frame(path, header=False, **options).iloc[0, :2]
        header = not first.str.contains(r"[.!?,\d]|\w\s+\w").any()
    frame = readers.read_frame(path, header=header, **options)
    if len(frame.columns) < 2:
        raise DataError(f"{path} has one column: pairs take two, separated by tabs, or two files")
    names = [source or frame.columns[0], target or frame.columns[1]]
    for name in names:
        if name not in frame:
            raise DataError(f"{path} has no column {name!r} but {', '.join(frame.columns)}")
    data = frame[names].set_axis(["source", "target"], axis=1)
    first_row = "names" if header else "a pair"
    return data, [f"from column {names[0]!r} to {names[1]!r}; the first row holds {first_row}"]


def _parts(key):
    """Deal out different sources: Series of str -> dict of str to part."""
    every = pd.Series(key.unique())
    words = every.str.split().str.len()
    long = every[words > words.quantile(0.99)]
    rest = every.drop(long.index).sample(frac=1, random_state=0)
    count = min(max(len(every) // 20, 50), 2000)
    part = dict.fromkeys(every, "train") | dict.fromkeys(long, "long")
    part |= dict.fromkeys(rest[:count], "val")
    return part | dict.fromkeys(rest[count : 2 * count], "test")
