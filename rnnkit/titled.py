"""Texts with their titles: the invented abstracts, the patents, a table of the reader's own."""

from rnnkit import own, readers
from rnnkit.downloads import DataError, fetch, shipped

COLUMNS = ["text", "title", "best_title"]
TITLE_NAMES = "title headline heading subject summary highlight"
FEWEST = 200  # texts


def invented():
    frame = readers.read_texts(shipped("titled.csv"), "text")
    return {"data": frame[COLUMNS]}


def patents():
    """Read the patents' abstracts and titles; of rows that are equal the first is kept."""
    frame = readers.read_texts(fetch("neural_network_patent_query.csv"), "patent_abstract")
    frame = frame.rename(columns={"patent_abstract": "text", "patent_title": "title"})
    data = frame[["text", "title"]].apply(readers.spaced_singly)
    return {"data": data.drop_duplicates(ignore_index=True).reindex(columns=COLUMNS)}


def of_ones_own(path, text=None, title=None, **options):
    """Read texts with titles from two columns of a table.

    text, title: columns, or None: the title is the column of such a name, else the shorter one of
    the two with the most words -> columns text, title. Rows with an empty title, or a text of
    fewer than two words, are left out. Raises DataError: no such column, fewer than 200 texts,
    titles that are longer than their texts, and as `readers.read_frame` does.
    """
    named = [name for name in (text, title) if name]
    frame = readers.read_frame(path, named, **options)
    title = title or _title_column(path, frame, text)
    text = text or own.longest(path, frame, own.TEXT_NAMES, [title])
    notes = [f"texts are the column {text!r}, titles the column {title!r}"]
    data = frame[[text, title]].set_axis(["text", "title"], axis=1).apply(readers.spaced_singly)
    for name in data:
        data[name] = own.cut_characters(data[name], notes)
    has_title = data["title"].str.contains(r"\w")
    has_text = data["text"].str.contains(r"\w\W+\w")
    is_full = has_title & has_text
    if not is_full.all():
        notes.append(f"{(~is_full).sum()} rows without a title or a text are left out")
    data = data[is_full].drop_duplicates(ignore_index=True)
    own.ask_for(path, data["text"].nunique(), FEWEST, "different texts with titles")
    text_length = data["text"].str.len().median()
    title_length = data["title"].str.len().median()
    if title_length >= text_length:
        raise DataError(
            f"{path}: the titles ({title!r}) are longer than the texts ({text!r}): name both by "
            'the option {"text": ..., "title": ...}'
        )
    data["in_order"] = own.are_copies(data["text"])
    if data["in_order"].any():
        notes.append("the texts are too much alike to part near copies: the last ones are the test")
    data.attrs["notes"] = notes
    return data


def _title_column(path, frame, text):
    """Choose by the name, or else the shorter of the two columns with the longest texts."""
    others = [column for column in frame.columns if column != text]
    for name in TITLE_NAMES.split():
        for column in others:
            if column.lower().endswith(name):
                return column
    lengths = {}
    for column in others:
        has_letters = frame[column].str.contains(r"[^\W\d_]")
        if has_letters.mean() > 0.5:
            lengths[column] = frame[column].str.len().mean()
    least = 1 if text else 2
    if len(lengths) < least:
        found = readers.listed(frame.columns)
        raise DataError(f"{path} needs a column of texts and one of titles, it has {found}")
    longest_first = sorted(lengths, key=lengths.get, reverse=True)
    return longest_first[least - 1]
