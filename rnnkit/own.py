"""A reader's own file as the table of a corpus, with sentences on how it was taken.

Each function returns a pandas.DataFrame with the columns that `corpora.load` names, and in its
`attrs["notes"]` a list of sentences. Its keyword arguments are the options of a reader; those for
encoding and separator go on to `readers.read_frame`. Each raises DataError: no such column or
option, too little to learn from, and as `read_frame` does.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold

from rnnkit import readers, splits
from rnnkit.downloads import DataError

TEXT_NAMES = "text abstract review sentence comment message content body document tweet title"
LABEL_NAMES = "label sentiment class category target rating stars score verdict y"
PARTS = ["part", "split"]
POSITIVE = ["pos", "positive", "good", "yes", "true", "like", "liked", "spam"]
LINE_END = "\u00b6"  # the token that stands for the end of a line in a running text
PART = 100  # words of a running text
FORMS = '"lines", "paragraphs" or "running"'


# ---------------------------------------------------------------- texts


def texts(path, text=None, form=None, **options):
    """Read texts: a column of a table, or a plain text file.

    text: the column, or None for the one whose name or content says so; form: how a plain file is
    cut, "lines", "paragraphs" (parted by blank lines) or "running" (parts of 100 words that follow
    each other), or None for what fits -> columns text, in_order (bool, True in a running text).
    """
    as_table = text or "separator" in options or readers.suffix(path) in readers.TABLES
    if form or not as_table:
        return _plain_texts(path, form, options.get("encoding"))
    frame = readers.read_frame(path, [text] if text else [], **options)
    column = text or longest(path, frame, TEXT_NAMES)
    notes = [f"each row of the column {column!r} is a text"]
    found = cut_characters(frame[column], notes)
    return _checked_texts(path, found, notes)


def _plain_texts(path, form, encoding):
    notes = []
    lines = cut_characters(pd.Series(readers.read_lines(path, encoding)), notes)
    is_blank = lines == ""
    full = lines[~is_blank]
    usual, end = _usual_form(full, is_blank)
    form = form or usual
    if form == "lines":
        found, what = full, "each line is a text"
    elif form == "paragraphs":
        found, what = full.groupby(is_blank.cumsum()).agg(" ".join), "texts end at blank lines"
    elif form == "running":
        words = end.join(full).split()
        starts = range(0, len(words), PART)
        found = pd.Series([" ".join(words[start : start + PART]) for start in starts], dtype=str)
        what = f"one running text, cut into parts of {PART} words that follow each other"
    else:
        raise DataError(f"{path}: there is no form {form!r}, choose {FORMS}")
    notes.append(f'{what}; another way: the option {{"form": ...}}, {FORMS}')
    return _checked_texts(path, found, notes, form == "running")


def _usual_form(full, is_blank):
    """Tell how the lines of a file belong together -> form, and what joins them."""
    is_wrapped = _are_wrapped(full)
    words = full.str.count(r"\S+")
    form = "lines"
    if is_blank.mean() > 0.05:
        form = "paragraphs"
    elif is_wrapped or (words.median() < 30 and words.sum() > 100_000):
        form = "running"
    return form, " " if is_wrapped else f" {LINE_END} "


def _are_wrapped(lines):
    """Whether lines end where the first word of the next one had no room, as in a book."""
    lengths = lines.str.len()
    width = lengths.quantile(0.95)
    following = lines.str.extract(r"^(\S+)")[0].shift(-1)
    is_full = lengths + 1 + following.str.len() > width
    ends_a_sentence = lines.str.contains(r"[.!?:\u3002\uff01\uff1f]\W*$")
    vary = lengths.nunique() > 3
    return vary and 40 <= width < 120 and is_full.mean() > 0.7 and ends_a_sentence.mean() < 0.5


def _checked_texts(path, found, notes, in_order=False):
    """Leave out what has fewer than two words; copies of copies can only be split in order."""
    found = readers.spaced_singly(found)
    short = ~found.str.contains(r"\w\W+\w")
    if short.any():
        notes.append(f"{short.sum()} texts of fewer than two words are left out")
    data = pd.DataFrame({"text": found[~short]}).reset_index(drop=True)
    what = f"parts of {PART} words" if in_order else "texts of two words or more"
    ask_for(path, len(data), 50, what)
    ask_for(path, data["text"].str.count(r"\w+").sum(), 2000, "words")
    if not in_order and are_copies(data["text"]):
        in_order = True
        notes.append("the texts are too much alike to part near copies: the last ones are the test")
    data["in_order"] = in_order
    data.attrs["notes"] = notes
    return data


def are_copies(found):
    """Whether near copies cannot be kept on one side, such as in the log of a machine."""
    try:
        splits.by_family(found)
    except ValueError:
        return True
    return False


def cut_characters(column, notes):
    """Put blanks around each character of a script that is written without blanks."""
    unspaced = f"[{splits.NO_SPACES}]"
    sample = column.head(1000)
    if sample.str.count(unspaced).sum() > 0.3 * sample.str.count(r"\S").sum():
        notes.append("the script has no blanks between words: each character counts as a word")
        column = column.str.replace(f"({unspaced})", r" \1 ", regex=True)
        return readers.spaced_singly(column)
    return column


def ask_for(path, count, least, what):
    """Raise DataError if there are fewer than it takes."""
    if count < least:
        raise DataError(f"{path} has {count} {what}: it takes {least} or more to learn anything")


def longest(path, frame, names, without=()):
    """Choose the column of texts: by its name, or the one with the most words."""
    columns = [name for name in frame.columns if name not in without]
    for name in names.split():
        for column in columns:
            if column.lower().rstrip("s") == name:
                return column
    words = {}
    for column in columns:
        if frame[column].str.contains(r"[^\W\d_]").mean() > 0.5:
            words[column] = frame[column].str.len().mean()
    if not words:
        found = readers.listed(frame.columns)
        raise DataError(f"{path} has no column of texts but {found}: add one")
    return max(words, key=words.get)


# ---------------------------------------------------------------- labelled texts


def reviews(path, text=None, label=None, threshold=None, **options):
    """Read labelled texts.

    text, label: columns, or None for those whose names or contents say so; threshold: for labels
    that are numbers, such as stars: from it on a text counts as good -> columns text, label (0 or
    1), part: as the file's column of that name or `split` says, or else a fifth for the test, near
    copies on one side, with the same share of each label.
    """
    first = readers.read_text(path, options.get("encoding")).partition("\n")[0]
    is_table = readers.suffix(path) in readers.TABLES or "\t" in first or "separator" in options
    if not is_table:
        cure = "save a .csv with a column of texts and one of labels"
        raise DataError(f"{path} is no table: {cure}, or give the separator")
    frame = readers.read_frame(path, [name for name in (text, label) if name], **options)
    label = label or _label_column(path, frame, text)
    text = text or longest(path, frame, TEXT_NAMES, [label, *PARTS])
    notes = [f"texts are the column {text!r}, labels the column {label!r}"]
    found = readers.spaced_singly(frame[text])
    is_empty = ~found.str.contains(r"\w")
    readers.refuse(path, is_empty, f"has no text under {text!r}: fill it in or delete the row")
    data = pd.DataFrame({"text": cut_characters(found, notes)})
    data["label"] = _zero_or_one(path, frame[label].str.strip(), threshold, notes)
    for column in PARTS:
        if column in frame and {"train", "test"} <= set(frame[column]):
            data["part"] = frame[column].where(frame[column] == "test", "train")
    data = data.drop_duplicates("text").reset_index(drop=True)
    if len(data) < len(frame):
        notes.append(f"{len(frame) - len(data)} copies of texts are left out")
    _check_labels(path, data, notes)
    if "part" not in data:
        data["part"] = _test_part(path, data)
        notes.append("a fifth is the test part, with near copies on one side")
    data.attrs["notes"] = notes
    return data


def _label_column(path, frame, text):
    others = [column for column in frame.columns if column not in (text, *PARTS)]
    for name in LABEL_NAMES.split():
        for column in others:
            if column.lower() == name:
                return column
    few = [column for column in others if frame[column].nunique() == 2]
    if len(few) != 1:
        found = readers.listed(frame.columns)
        raise DataError(
            f'{path}: which of {found} is the label? Name it by the option {{"label": ...}}'
        )
    return few[0]


def _zero_or_one(path, names, threshold, notes):
    """Turn two labels of any kind, or numbers and a threshold, into 0 and 1."""
    name = names.name
    readers.refuse(path, names == "", f"has no label under {name!r}: fill it in or delete the row")
    values = pd.to_numeric(names, errors="coerce")
    if threshold is not None:
        if not isinstance(threshold, int | float):
            raise DataError(f"{path}: the option threshold={threshold!r} must be a number")
        readers.refuse(path, values.isna(), "has '{}' for a number: correct it", names)
        notes.append(f"label 1 means {threshold} or more under {name!r}")
        return (values >= threshold).astype(int)
    kinds = names.value_counts()
    if len(kinds) != 2:
        is_missing = names.isin(readers.MISSING)
        if len(kinds) - names[is_missing].nunique() == 2:
            readers.refuse(path, is_missing, "has '{}' for a label: delete the row", names)
        cure = "for several classes see exercise 5 of notebook 04"
        if values.notna().all():
            cure = f'give the option {{"threshold": ...}} for numbers, {cure}'
        shown = readers.listed(kinds.index)
        raise DataError(f"{path} has {len(kinds)} labels ({shown}) where two are needed: {cure}")
    if values.notna().all():
        first, second = sorted(kinds.index, key=float)
    else:
        first, second = sorted(kinds.index, key=lambda kind: (kind.lower() in POSITIVE, kind))
    notes.append(f"label 1 is {second!r}, label 0 is {first!r}")
    return (names == second).astype(int)


def _check_labels(path, data, notes):
    counts = data["label"].value_counts().reindex([0, 1], fill_value=0)
    ask_for(path, len(data), 100, "different texts")
    ask_for(path, counts.min(), 20, f"texts of label {counts.idxmin()}")
    share = counts.min() / len(data)
    if share < 0.2:
        rare = counts.idxmin()
        notes.append(
            f"only {share:.1%} of the texts have the label {rare}: look at its recall, too"
        )
    if "part" in data:
        in_part = pd.crosstab(data["part"], data["label"])
        ask_for(path, in_part.min(axis=None), 5, "texts of a label in one of its parts")


def _test_part(path, data):
    """Choose a fifth of the rows, whole families, with the same share of each label."""
    family = splits.families(data["text"], threshold=0.5)
    largest = np.bincount(family).max() / len(data)
    if largest > 0.6:
        raise DataError(
            f"{path} has texts of which {largest:.0%} are near copies of each other: take copies "
            "out, or say by a column 'part' which are train and which test"
        )
    folds = StratifiedGroupKFold(5, shuffle=True, random_state=0)
    _, test = next(folds.split(data["text"], data["label"], family))
    return np.where(data.index.isin(test), "test", "train")


# ---------------------------------------------------------------- pairs


def pairs(path, source=None, target=None, other_file=None, header=None, **options):
    """Read pairs of sentences: two columns of a table, or two files of one sentence a line.

    source, target: columns, or None for the first two; other_file: the file of the targets, where
    `path` holds the sources; header: whether a table's first row holds names, or None for what
    fits -> columns source, target, part: a twentieth of the sources each for validation and test,
    and the longest hundredth as "long". All targets of one source stay together.
    """
    if other_file:
        data = readers.read_pairs(path, other_file, options.get("encoding"))
        names = Path(path).name, Path(other_file).name
        notes = [f"line by line, {names[0]} is the source and {names[1]} the target"]
    else:
        data, notes = _two_columns(path, source, target, header, options)
    data = data.apply(readers.spaced_singly)
    for side in data:
        data[side] = cut_characters(data[side], notes)
    empty = (data == "").any(axis=1)
    if empty.any():
        notes.append(f"{empty.sum()} pairs with an empty side are left out")
    data = data[~empty].drop_duplicates().reset_index(drop=True)
    key = data["source"].str.casefold().str.findall(splits.WORD).str.join(" ")
    counts = key.value_counts()
    ask_for(path, len(counts), 200, "different source sentences")
    data["part"] = key.map(_parts(counts.index.to_series()))
    several = (counts > 1).sum()
    if several:
        notes.append(f"{several} sources have several translations, each of which counts as right")
    data.attrs["notes"] = notes
    return data


def _two_columns(path, source, target, header, options):
    rows = readers.read_frame(path, header=False, **options)
    if len(rows.columns) < 2:
        raise DataError(f"{path} has one column: pairs take two, separated by tabs, or two files")
    if header is None:
        first = rows.iloc[0, :2].str.strip()
        header = bool(source or target) or not first.str.contains(r"[.!?,\d]|\w\s+\w|^$").any()
    frame = readers.with_names(path, rows) if header else rows
    names = [source or frame.columns[0], target or frame.columns[1]]
    for name in names:
        if name not in frame:
            raise DataError(f"{path} has no column {name!r} but {readers.listed(frame.columns)}")
    data = frame[names].set_axis(["source", "target"], axis=1)
    first_row = "names" if header else "a pair"
    return data, [f"from column {names[0]!r} to {names[1]!r}; the first row holds {first_row}"]


def _parts(every):
    """Deal out different sources: Series of str -> dict of str to part."""
    every = every.sort_values()
    words = every.str.split().str.len()
    few = max(len(every) // 100, 10)
    long = every[words.nlargest(few).index]
    rest = every.drop(long.index).sample(frac=1, random_state=0)
    count = min(max(len(every) // 20, 50), 2000)
    part = dict.fromkeys(every, "train") | dict.fromkeys(long, "long")
    part |= dict.fromkeys(rest[:count], "val")
    return part | dict.fromkeys(rest[count : 2 * count], "test")
