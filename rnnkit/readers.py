"""A reader's own files, as pandas tables; what cannot be read is refused in one sentence.

Rows are counted as a spreadsheet counts them: the header is row 1.
"""

import contextlib
import gzip
import io
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pandas as pd

from rnnkit.downloads import DataError

ISO_TIME = r"\d{4}-\d{2}(-\d{2}([ T]\d{2}:\d{2}(:\d{2})?)?)?"
POINTED_DATE = r"^(\d{2})\.(\d{2})\.(\d{4})"  # day, month, year


def read_frame(path, columns=()):
    """Read a table (`.csv` or tab-separated `.tsv`, UTF-8, a header line, perhaps `.gz`) as text.

    path: path-like; columns: names that must be there -> pandas.DataFrame of str, nothing
    converted; what a row lacks at its end is "". Raises DataError: no such file or column, a
    column that stands twice, a row with too many fields, a file that is damaged or not UTF-8.
    """
    separator = "\t" if ".tsv" in Path(path).suffixes else ","
    rows = _read_csv(path, separator)
    names = rows.iloc[0].tolist()
    frame = rows.iloc[1:].reset_index(drop=True)
    frame.columns = names
    for name in names:
        if names.count(name) > 1:
            raise DataError(f"{path} has the column {name!r} twice: rename or take out one of them")
    for name in columns:
        if name not in names:
            found = ", ".join(names)
            raise DataError(f"{path} has no column {name!r} but {found}: add it, or name another")
    return frame


def _read_csv(path, separator):
    with reading(path):
        with open_text(path) as file:
            content = file.read()
        before, nul, _ = content.partition("\0")
        if nul:  # pandas 2 cuts a text there
            line = before.count("\n") + 1
            raise DataError(f"{path}: line {line} has a NUL character: delete it")
        return pd.read_csv(
            io.StringIO(content),
            sep=separator,
            header=None,
            dtype=str,
            keep_default_na=False,
        )


@contextlib.contextmanager
def reading(path):
    """Turn what goes wrong while a file is read into a DataError."""
    try:
        yield
    except FileNotFoundError as error:
        raise DataError(f"{path} is missing: check its name and folder") from error
    except pd.errors.EmptyDataError as error:
        raise DataError(f"{path} is empty: it must begin with a line of column names") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 ({error}): save it in this encoding") from error
    except pd.errors.ParserError as error:
        reason = " ".join(str(error).split()).removeprefix("Error tokenizing data. C error: ")
        raise DataError(
            f"{path} is no proper table ({reason}): put texts that hold a separator or a line "
            "break into double quotes"
        ) from error
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        raise DataError(f"{path} cannot be read ({error}): replace it by a good copy") from error


def open_text(path):
    """Open a text file (UTF-8, perhaps `.gz`) for reading, past its byte-order mark."""
    opened = gzip.open if Path(path).suffix == ".gz" else open
    return opened(path, "rt", encoding="utf-8-sig")


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
        sentence = sentence.replace("{}", str(values[places[0]]))
    raise DataError(f"{path}: {row} {sentence}")


def read_texts(path, column):
    """Read a table with a column of texts.

    path: path-like, column: str -> pandas.DataFrame of str, all columns; in this one runs of white
    space are one space. A text that was put in quotes twice, as 88 of the real abstracts are,
    loses the outer pair. Raises DataError: a text of fewer than two words (nothing could be
    predicted in it), and as `read_frame` does.
    """
    frame = read_frame(path, [column])
    texts = frame[column].str.replace(r"\s+", " ", regex=True).str.strip()
    twice = texts.str.fullmatch('"(?:[^"]|"")*"')
    unquoted = texts.str[1:-1].str.replace('""', '"').str.strip()
    frame[column] = texts.where(~twice, unquoted)
    short = ~frame[column].str.contains(r"\w\W+\w")
    refuse(path, short, f"has fewer than two words under {column!r}: fill it in or delete it")
    if frame.empty:
        raise DataError(f"{path} has no rows below its header: add some")
    return frame


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
    frame["text"] = frame["text"].str.replace(r"\s+", " ", regex=True).str.strip()
    empty = ~frame["text"].str.contains(r"\w")
    refuse(path, empty, "has an empty text: fill it in or delete the row")
    for part in ("train", "test"):
        if part not in frame["part"].values:
            raise DataError(f"{path} has no rows of the part {part!r}: add some")
    frame["label"] = frame["label"].astype(int)
    return frame


def read_table(path, target):
    """Read measurements at equal distances in time; the first column holds the times.

    path: path-like; target: the column that must be there; times as 2009-01-31 23:10:00 or
    31.01.2009 23:10:00 -> pandas.DataFrame of float with a DatetimeIndex "time". Raises DataError:
    a number or time that cannot be read, a value that is missing or not finite, times that are not
    sorted, that repeat or leave gaps, and as `read_frame` does.
    """
    frame = read_frame(path, [target])
    times = _times(path, frame.pop(frame.columns[0]))
    for name in frame.columns:
        frame[name] = numbers(path, frame[name])
    frame.index = pd.DatetimeIndex(times, name="time")
    return frame.asfreq(_step(path, frame.index))


def _times(path, texts):
    """Series of str (T,) -> Series of datetime64 (T,)."""
    iso = texts.str.replace(POINTED_DATE, r"\3-\2-\1", regex=True)
    times = pd.to_datetime(iso, format="ISO8601", errors="coerce")
    wrong = times.isna() | ~iso.str.fullmatch(ISO_TIME)
    sentence = "has '{}' for a time: write it as 2009-01-31 23:10:00 or 31.01.2009 23:10:00"
    refuse(path, wrong, sentence, texts)
    return times


def numbers(path, texts):
    """Series of str (T,) -> Series of float (T,), all finite. Raises DataError."""
    values = pd.to_numeric(texts, errors="coerce").astype(float)
    wrong = ~np.isfinite(values) | texts.str.contains("_", regex=False)
    sentence = f"has '{{}}' under {texts.name!r}, where a finite number is needed: correct it"
    refuse(path, wrong, sentence, texts)
    return values


def _step(path, times):
    """DatetimeIndex (T,) -> the step between its rows, as a pandas offset."""
    if len(times) < 3:
        raise DataError(f"{path} has {len(times)} rows: a series takes three or more")
    steps = times.to_series().diff()
    zero = pd.Timedelta(0)
    sentence = "({}) comes before the row above: sort the rows by time"
    refuse(path, steps < zero, sentence, times)
    sentence = "({}) repeats the time of the row above: delete one of them"
    refuse(path, steps == zero, sentence, times)
    step = pd.DatetimeIndex(times, freq="infer").freq
    if step is None:
        usual = steps.median()
        is_odd = steps.notna() & (steps != usual)
        sentence = f"comes {{}} after the row above, where {usual} is usual: fill the gap"
        refuse(path, is_odd, sentence, steps.array)
    return step


def read_lines(path):
    """Read a text file (UTF-8, perhaps `.gz`) -> list of str, one for each line."""
    with reading(path), open_text(path) as lines:
        return [line.strip() for line in lines]


def read_pairs(source_path, target_path):
    """Read two files of one sentence a line -> pandas.DataFrame with the columns source, target.

    Raises DataError: files of different lengths, and as `read_frame` does.
    """
    source, target = read_lines(source_path), read_lines(target_path)
    if len(source) != len(target):
        raise DataError(
            f"{source_path} has {len(source)} lines and {target_path} {len(target)}, which cannot "
            "be translations of each other: give both the same number"
        )
    return pd.DataFrame({"source": source, "target": target})
