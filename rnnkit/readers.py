"""Files as pandas tables of text; what cannot be read is refused in one sentence.

Rows are counted as a spreadsheet counts them: the header is row 1.
"""

import contextlib
import csv
import gzip
import io
import re
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pandas as pd

from rnnkit.downloads import DataError

SEPARATORS = ",;|"  # and the tab, which hardly stands in a text
TABLES = (".csv", ".tsv")
DATUM = r"[-+\d.,:/ ]*\d[-+\d.,:/ TZ]*"  # a number or a time where a name is meant
MISSING = ["", "?", "NA", "N/A", "NaN", "nan", "null", "None", "-"]
SAVE = "save it as text by pd.{}.to_csv('{{stem}}.csv', index=False)"
EXCEL = "is a spreadsheet: " + SAVE.format("read_excel('{name}')")
JSON = "is JSON: " + SAVE.format("read_json('{name}')")
LINES = "is JSON: " + SAVE.format("read_json('{name}', lines=True)")
PARQUET = "is a Parquet file: " + SAVE.format("read_parquet('{name}')")
ARCHIVE = "is an archive: unpack it, and name the file in it"
PAGE = "is a web page and not the file: download it from the address of the file itself"
KINDS = {  # how files of other kinds end or begin -> what to do
    (".xlsx", ".xls", ".ods", "\xd0\xcf\x11\xe0"): EXCEL,
    (".jsonl", ".ndjson", '{"'): LINES,
    (".json", "[{", "[\n", "{\n"): JSON,
    (".parquet", "par1"): PARQUET,
    (".tar", ".tgz", ".7z", "7z\xbc\xaf", "rar!", "bzh", "\xfd7zxz"): ARCHIVE,
    ("pk\x03\x04",): "is a zip archive or a spreadsheet: unpack it, or save the sheet as .csv",
    ("%pdf",): "is a PDF: save its text as .txt",
    ("<!doctype", "<html", "<?xml"): PAGE,
    ("version https://git-lfs",): "is a Git LFS pointer and not the file it stands for: run "
    "`git lfs pull` in its repository, or download the file itself",
}


def suffix(path):
    """Return how a file's name ends, in small letters and without .gz."""
    name = Path(path).name.lower()
    return Path(name.removesuffix(".gz")).suffix


def read_text(path, encoding=None):
    """Read a text file whole, unpacking it if gzip has packed it.

    path: path-like; encoding: a name that Python knows, or None for UTF-8 and, after its
    byte-order mark, UTF-16 -> str without a byte-order mark, line ends as in the file. Raises
    DataError: no such file, a folder, another kind of file, damage, another encoding, NUL.
    """
    path = Path(path)
    content = read_bytes(path)
    _refuse_other_kinds(path, content)
    text = _decoded(path, content, encoding)
    before, nul, _ = text.partition("\0")
    if nul:  # pandas cuts a text there
        line = before.count("\n") + 1
        raise DataError(f"{path}: line {line} has a NUL character: delete it")
    return text


def read_bytes(path):
    """Read a file whole, unpacked if gzip has packed it -> bytes.

    Raises DataError: no such file, a folder, damage.
    """
    path = Path(path)
    with reading(path):
        if path.is_dir():
            raise DataError(f"{path} is a folder: name a file in it")
        content = path.read_bytes()
        if content.startswith(b"\x1f\x8b"):
            content = gzip.decompress(content)
    return content


def _refuse_other_kinds(path, content):
    start = content[:100].decode("latin-1").removeprefix("\xef\xbb\xbf").lstrip().lower()
    for signs, what in KINDS.items():
        if suffix(path) in signs or start.startswith(signs):
            what = what.format(name=path.name, stem=path.name.partition(".")[0])
            raise DataError(f"{path} {what}")


def _decoded(path, content, encoding):
    usual = "utf-8-sig"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        usual = "utf-16"
    elif not encoding and content.count(b"\0") > len(content) // 10:
        raise DataError(f"{path} is no text, or in UTF-16 without its mark: save it as UTF-8")
    try:
        return content.decode(encoding or usual)
    except UnicodeError as error:
        raise DataError(
            f"{path} is not {encoding or 'UTF-8'} ({error}): save it as UTF-8, or name its "
            'encoding, as in {"encoding": "cp1252"}'
        ) from error
    except (LookupError, TypeError, ValueError) as error:
        raise DataError(
            f"{path} cannot be read ({error}): check the name of the encoding"
        ) from error


@contextlib.contextmanager
def reading(path):
    """Turn what goes wrong while a file is read into a DataError."""
    try:
        yield
    except FileNotFoundError as error:
        raise DataError(f"{path} is missing: check its name and folder") from error
    except PermissionError as error:
        raise DataError(f"{path} may not be read: ask its owner, or copy it") from error
    except pd.errors.EmptyDataError as error:
        raise DataError(f"{path} is empty: it must begin with a line of column names") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 ({error}): save it as UTF-8") from error
    except pd.errors.ParserError as error:
        reason = " ".join(str(error).split()).removeprefix("Error tokenizing data. C error: ")
        cure = "put texts that hold a separator or a line break into double quotes"
        if "inside string" in reason:
            cure = "a double quote there is not closed, so close it, or write it twice"
        raise DataError(f"{path} is no proper table ({reason}): {cure}") from error
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        raise DataError(f"{path} cannot be read ({error}): replace it by a good copy") from error


def read_lines(path, encoding=None):
    """Read a text file, as `read_text` does -> list of str, one for each line."""
    text = read_text(path, encoding).replace("\r\n", "\n").replace("\r", "\n")
    return [line.strip() for line in text.rstrip("\n").split("\n")]


def read_frame(path, columns=(), encoding=None, separator=None, header=True):
    """Read a table as text: by default what stands most often in its first line separates it.

    path: path-like, see `read_text`; columns: names that must be there; separator: one character;
    header: whether the first row holds names, else they are "1", "2", ... -> pandas.DataFrame of
    str, nothing converted; what a row lacks at its end is "", a column without any content is left
    out. In a .txt double quotes are characters like others. Raises DataError: no such file or
    column, names that are none or stand twice, a row with too many fields, and as `read_text`.
    """
    text = read_text(path, encoding)
    separator = separator or _separator(path, text)
    one = isinstance(separator, str) and len(separator) == 1 and separator.isascii()
    if not one or separator in '"\r\n':
        raise DataError(f"{path} has no separator {separator!r}: name one character, such as ;")
    quoting = csv.QUOTE_NONE if suffix(path) == ".txt" else csv.QUOTE_MINIMAL
    lines = io.StringIO(text)
    with reading(path):
        rows = pd.read_csv(
            lines, sep=separator, header=None, dtype=str, keep_default_na=False, quoting=quoting
        )
    rows = rows.fillna("")
    rows = rows.loc[:, (rows != "").any()]
    if rows.empty:
        raise DataError(f"{path} is empty: it must begin with a line of column names")
    _refuse_swallowed_lines(path, rows, separator)
    rows.columns = [str(number) for number in range(1, len(rows.columns) + 1)]
    return with_names(path, rows, columns) if header else rows


def _separator(path, text):
    """Tell what stands between the fields of the first line, outside of double quotes."""
    first = text.lstrip("\r\n").partition("\n")[0]
    outside = "".join(first.split('"')[::2])
    if suffix(path) == ".tsv" or "\t" in outside:
        return "\t"
    return max(SEPARATORS, key=outside.count)


def _refuse_swallowed_lines(path, rows, separator):
    """Refuse a double quote that opens in one line of a table with tabs and ends in another."""
    if separator == "\t":
        swallowed = rows.apply(lambda column: column.str.contains(r"\t[^\n]*\n|\n[^\n]*\t"))
        sentence = "has lines in one field: a double quote there is not closed, so write it twice"
        refuse(path, swallowed.any(axis=1)[1:], sentence)


def with_names(path, rows, columns=()):
    """Take the first row of a table for the names of its columns; check them as `read_frame`."""
    names = rows.iloc[0].str.strip().tolist()
    if names[0] == "":
        names[0] = "index"  # so pandas writes one
    for name in names:
        if name == "" or len(name) > 100 or re.fullmatch(DATUM, name):
            raise DataError(
                f"{path}: the first row has {name[:60]!r} where the name of a column is needed: "
                "write a row of names above the data"
            )
        if names.count(name) > 1:
            raise DataError(f"{path} has the column {name!r} twice: rename or take out one of them")
    for name in columns:
        if name not in names:
            raise DataError(
                f"{path} has no column {name!r} but {listed(names)}: add it, or name another"
            )
    return rows.iloc[1:].set_axis(names, axis=1).reset_index(drop=True)


def listed(names):
    """Write the first names in one line, long ones cut."""
    shown = [" ".join(name.split())[:40] for name in names[:8]]
    return ", ".join(shown + ["..."] * (len(names) > 8))


def refuse(path, wrong, sentence, values=()):
    """Raise DataError if any row is wrong.

    wrong: bool (N,), one for each row below the header; sentence: what such a row has, and the
    cure, with `{}` in the place of its value in `values` (N,).
    """
    places = np.flatnonzero(wrong)
    if len(places) == 0:
        return
    row = f"row {places[0] + 2}"
    if len(places) > 1:
        row += f" (and {len(places) - 1} more)"
    if len(values):
        sentence = sentence.replace("{}", " ".join(str(values[places[0]]).split())[:60])
    raise DataError(f"{path}: {row} {sentence}")


def read_texts(path, column, **options):
    """Read a table with a column of texts.

    path: path-like, column: str, options: as for `read_frame` -> pandas.DataFrame of str, all
    columns; in this one runs of white space are one space. A text that was put in quotes twice, as
    88 of the real abstracts are, loses the outer pair. Raises DataError: a text of fewer than two
    words (nothing could be predicted in it), and as `read_frame` does.
    """
    frame = read_frame(path, [column], **options)
    texts = spaced_singly(frame[column])
    twice = texts.str.fullmatch('"(?:[^"]|"")*"')
    unquoted = texts.str[1:-1].str.replace('""', '"').str.strip()
    frame[column] = texts.where(~twice, unquoted)
    short = ~frame[column].str.contains(r"\w\W+\w")
    refuse(path, short, f"has fewer than two words under {column!r}: fill it in or delete it")
    if frame.empty:
        raise DataError(f"{path} has no rows below its header: add some")
    return frame


def spaced_singly(texts):
    """Series of str -> the same with runs of white space made single, none at the ends."""
    return texts.str.split().str.join(" ")


def read_reviews(path):
    """Read labelled texts from a table with the columns part, label and text.

    path: path-like -> pandas.DataFrame with text (str, white space made single), label (int, 0 or
    1), part ("train" or "test") and what other columns there are. Raises DataError: a part or
    label of another name, an empty text, a part without rows, and as `read_frame` does.
    """
    frame = read_frame(path, ["part", "label", "text"])
    for column, allowed in [("part", ["train", "test"]), ("label", ["0", "1"])]:
        other = ~frame[column].isin(allowed)
        sentence = f"has '{{}}' under {column!r}: it must be {' or '.join(allowed)}"
        refuse(path, other, sentence, frame[column])
    frame["text"] = spaced_singly(frame["text"])
    empty = ~frame["text"].str.contains(r"\w")
    refuse(path, empty, "has an empty text: fill it in or delete the row")
    for part in ("train", "test"):
        if part not in frame["part"].values:
            raise DataError(f"{path} has no rows of the part {part!r}: add some")
    frame["label"] = frame["label"].astype(int)
    return frame


def read_pairs(source_path, target_path, encoding=None):
    """Read two files of one sentence a line -> pandas.DataFrame with the columns source, target.

    Raises DataError: files of different lengths, and as `read_text` does.
    """
    source = read_lines(source_path, encoding)
    target = read_lines(target_path, encoding)
    if len(source) != len(target):
        raise DataError(
            f"{source_path} has {len(source)} lines and {target_path} {len(target)}, which cannot "
            "be translations of each other: give both the same number"
        )
    return pd.DataFrame({"source": source, "target": target})


def read_alignments(path):
    """Read which source tokens each target token goes with, one pair of sentences a line.

    A line such as "0 2,1" -> [(0,), (2, 1)], places counted from 0: list of N such lists.
    """
    alignments = []
    for line in read_lines(path):
        links = []
        for link in line.split():
            places = link.split(",")
            links.append(tuple(int(place) for place in places))
        alignments.append(links)
    return alignments
