"""From the name of a corpus and a source to documents, pairs or reviews, split without leaks.

The source "synthetic" reads the files shipped in data/. The source "real" reads the same format
from a cache (`RNNKIT_CACHE`, by default ~/.cache/rnnkit) that fills itself on first use and can as
well be filled by hand: a file with the right checksum is never fetched again.
"""

import contextlib
import csv
import errno
import gzip
import hashlib
import http.client
import itertools
import json
import math
import os
import re
import shutil
import ssl
import time
import urllib.error
import urllib.request
import zipfile
import zlib
from array import array
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from rnnkit.synthetic import weather

try:
    import fcntl
except ImportError:  # Windows has a lock of its own
    import msvcrt

    fcntl = None


class DataError(RuntimeError):
    """Data that cannot be had or read; the message says what is wrong, where, and what to do."""


# ---------------------------------------------------------------- the files of the real corpora


class File(NamedTuple):
    """One download: its address, its size in bytes, its checksum, what is kept of an archive."""

    url: str
    size: int
    sha256: str | None
    member: str | None = None


# The Numenta Anomaly Benchmark, MIT licence.
_NAB = "https://raw.githubusercontent.com/numenta/NAB/ea702d75cc2258d9d7dd35ca8e5e2539d71f3140/"
_MULTI30K = (
    "https://raw.githubusercontent.com/multi30k/dataset/"
    "a3d2e0d26b56f3846f66a952536ffed4e401d05a/data/task1/raw/"
)
_MULTI30K_FILES = """
train.en 568929 d79cfa999dd4c51d2cb42499b6796d5a882c3a8a961923c25a898c90f8bbd56f
train.fr 604242 622e75069e9f4c577425c4f277116ce66e63a2401c0a2312d90073cb12379a3c
train.de 637044 726e39b2fa9eb9ffb6dc763fb35a179f80fae06ffc5d28b6ace5faa883de28a6
val.en 21650 14f7d25ddd868909a9213e361768460edcacdd6ab9d1e77b92560dc10c10dc28
val.fr 23001 ca3106f1a72390591d25f6c45cb4cd39dec4cd3f123e099748a3ce5256c160e9
val.de 24681 f0cba2f995189cf5770f29a8a9a537a3ad3f51657ad873405082ff6863a5e75a
test_2016_flickr.en 21077 611d361c6334bc7246101d48097c13cf5c4413c5befc793cc629934359d532d9
test_2016_flickr.fr 22310 6d326e188d259fb1d04ac19eae3af956559b3a0b93d7635e56c90987c40c8b90
test_2016_flickr.de 22890 9204244e408ccb38d2a55cfcd344df15005fc42a07a6e55ca6c52b6ababb8cc8
"""

# The key is the place in the cache. Addresses carry a commit where there is one, so that the
# bytes behind them do not change.
FILES = {
    "neural_network_patent_query.csv": File(
        "https://raw.githubusercontent.com/WillKoehrsen/recurrent-neural-networks/"
        "8da0e37a2360ba281a07c65f438eb5ccd8a930e0/data/neural_network_patent_query.csv",
        3_353_277,
        "6e9f9a2e4cf762b457de0b6fcd255412476970cd68c7b2ded763f88ed51e04f6",
    ),
    "glove.6B.100d.txt": File(
        "https://downloads.cs.stanford.edu/nlp/data/glove.6B.zip",
        862_182_613,
        "617afb2fe6cbd085c235baf7a465b96f4112bd7f7ccb2b2cbd649fed9cbcf2fb",
        member="glove.6B.100d.txt",
    ),
    "ETTh1.csv": File(
        "https://raw.githubusercontent.com/zhouhaoyi/ETDataset/"
        "1d16c8f4f943005d613b5bc962e9eeb06058cf07/ETT-small/ETTh1.csv",
        2_589_657,
        "f18de3ad269cef59bb07b5438d79bb3042d3be49bdeecf01c1cd6d29695ee066",
    ),
    "nyc_taxi.csv": File(
        f"{_NAB}data/realKnownCause/nyc_taxi.csv",
        265_771,
        "d8fa6f7f0734bf5c8be12c52a94e20a82664c397d9dec4449156bd453d32856d",
    ),
    "combined_windows.json": File(
        f"{_NAB}labels/combined_windows.json",
        15_359,
        "1e1fbc4601321aad8d0f8b3784c8134299379f68f6c1f7777565f8ffd57ab6b1",
    ),
    # Its publisher gives no checksum, so the size and the CRC inside the archive have to do.
    "jena_climate_2009_2016.csv": File(
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
        "jena_climate_2009_2016.csv.zip",
        13_568_290,
        None,
        member="jena_climate_2009_2016.csv",
    ),
} | {
    f"multi30k/{name}.gz": File(f"{_MULTI30K}{name}.gz", int(size), sha256)
    for name, size, sha256 in map(str.split, _MULTI30K_FILES.strip().splitlines())
}

TIMEOUT = 30  # seconds without a byte until a connection counts as broken
ATTEMPTS = 4  # connections to one server in one call, as long as each breaks off midway
PAUSE = 1  # seconds between two of them
LARGE = 10_000_000  # bytes; from here on the size is told before and progress shown during


def cache_folder():
    """Return the folder of downloads as a pathlib.Path, made if missing.

    It is `RNNKIT_CACHE`, or ~/.cache/rnnkit. Raises DataError if it cannot be made.
    """
    folder = Path(os.environ.get("RNNKIT_CACHE") or "~/.cache/rnnkit").expanduser().resolve()
    with _using(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def fetch(name):
    """Return the path of one of FILES in the cache, downloading it if it is not there.

    name: a key of FILES -> pathlib.Path. A copy with the wrong checksum is removed and fetched
    anew. A broken download goes on where it stopped, in this call or a later one. A file appears
    under its name only when it is complete and checked. Of an archive one member is kept; that
    member, or the archive, may also be put into the cache by hand. Raises DataError.
    """
    if name not in FILES:
        raise DataError(f"there is no file {name!r} to fetch; there are {', '.join(FILES)}")
    file, path = FILES[name], cache_folder() / name
    with _using(path):
        if _is_good(path, file):
            return path
        path.parent.mkdir(exist_ok=True)
        with _lock(path):
            if not _is_good(path, file):  # whoever held the lock may have fetched it
                (_unpack if file.member else _download)(file, path)
    return path


def _is_good(path, file):
    """Tell whether the copy at `path` can be used; a member of an archive has no checksum."""
    if not path.is_file():
        return False
    if path.name == file.member:
        return path.stat().st_size > 0
    if file.sha256 is None:
        return path.stat().st_size == file.size
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == file.sha256


@contextlib.contextmanager
def _using(path):
    """Turn what the file system refuses, to read or to write, into a DataError."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _full(path) from error
        raise DataError(
            f"cannot use {path} ({error.strerror or error}): make its folder one that you may "
            "read and write, or set RNNKIT_CACHE to such a folder"
        ) from error


def _full(path):
    return DataError(
        f"the disk is full, there is no room for {path}: free some space, or set RNNKIT_CACHE to "
        "a folder with more"
    )


@contextlib.contextmanager
def _lock(path):
    """Let one thread of one process at a time write `path`.

    The system gives the lock back when its holder dies, so the empty lock file may stay.
    """
    with path.with_name(f".{path.name}.lock").open("a") as handle:
        # A network drive may know no locks: the checksum still keeps a damaged file out.
        with contextlib.suppress(OSError):
            _acquire(handle)
        yield


def _acquire(handle):
    if fcntl:
        fcntl.flock(handle, fcntl.LOCK_EX)
        return
    while True:  # Windows gives up after ten seconds
        try:
            msvcrt.locking(handle.fileno(), msvcrt.LK_LOCK, 1)
            return
        except OSError as error:
            if error.errno != errno.EDEADLK:
                raise


def _download(file, path):
    """Bring one file to `path`, through a `.part` file beside it."""
    damaged = path.exists()
    path.unlink(missing_ok=True)
    try:
        part = path.with_name(path.name + ".part")
        _complete(file, part)
        if not _is_good(part, file):
            part.unlink()
            raise DataError(
                f"the download of {path.name} has a wrong checksum and was removed: run this "
                f"again, or, if a proxy alters it, copy {file.url} by other means to {path}"
            )
        os.replace(part, path)
    except DataError as error:
        if not damaged:
            raise
        raise DataError(f"{path} was damaged and has been removed, and {error}") from error


def _complete(file, part):
    """Transfer until `part` has its full size, over as many connections as that takes."""
    have = part.stat().st_size if part.is_file() else 0
    if have > file.size:  # not a piece of this file
        part.unlink()
        have = 0
    name = part.name.removesuffix(".part")
    if file.size >= LARGE:
        print(f"{name}: downloading into {part.parent}, {_megabytes(have, file.size)} are there")
    _need_room(part, file.size - have)
    for attempt in range(ATTEMPTS):
        time.sleep(PAUSE if attempt else 0)
        if have < file.size:
            have = _transfer(file, part, have)
        if have >= file.size:  # if it is more, the checksum will tell
            return
    raise DataError(
        f"the download of {name} broke off at {_megabytes(have, file.size)}: run this again and it "
        "goes on from there"
    )


def _transfer(file, part, have):
    """Append to `part` what one connection brings; return how many bytes it has now."""
    with _connect(file, part, have) as response:
        if response.status != 206:  # the server does not resume: from the start
            have = 0
        offered = have + int(response.headers.get("Content-Length") or file.size - have)
        if offered != file.size:
            raise DataError(
                f"{file.url} offers {offered:,} bytes where {file.size:,} are expected, which may "
                f"be the login page of a network: run this again, or copy the file by other "
                f"means to {part.with_suffix('')}"
            )
        with _removed_if_full(part), part.open("ab" if have else "wb") as output:
            for block in _progress(_blocks(response), part.stem, have, file.size):
                output.write(block)
                have += len(block)
                if have > file.size:
                    break
    return have


def _connect(file, part, have):
    headers = {"User-Agent": "rnnkit"} | ({"Range": f"bytes={have}-"} if have else {})
    cure = f"or copy the file by other means to {part.with_suffix('')}"
    try:
        request = urllib.request.Request(file.url, headers=headers)
        return urllib.request.urlopen(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416:  # what is here goes beyond the end of what the server has
            part.unlink(missing_ok=True)
        raise DataError(
            f"{file.url} answers {error.code} ({error.reason}): run this again later, {cure}"
        ) from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise DataError(
            f"no connection to {file.url} ({reason}): connect to a network and run this again, "
            f'{cure}, or stay with the source "synthetic", which needs none'
        ) from error


def _blocks(response):
    """Yield bytes until the end or until the connection breaks: the size tells which it was."""
    with contextlib.suppress(
        ConnectionError, TimeoutError, http.client.HTTPException, ssl.SSLError
    ):
        while block := response.read1(1 << 18):
            yield block


@contextlib.contextmanager
def _removed_if_full(part):
    """Do not leave a full disk behind: the reader's other work needs room more than this."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            part.unlink(missing_ok=True)
        raise


def _need_room(path, size):
    if shutil.disk_usage(path.parent).free < size:
        raise _full(path)


def _megabytes(have, size):
    return f"{have / 1e6:,.1f} of {size / 1e6:,.1f} MB"


def _progress(blocks, name, have, size):
    """Pass blocks on; for a large file keep one line up to date, about twice a second."""
    shown = 0.0
    for block in blocks:
        yield block
        have += len(block)
        if size >= LARGE and (time.monotonic() - shown > 0.5 or have == size):
            shown = time.monotonic()
            end = "\n" if have == size else ""
            print(f"\r{name}: {_megabytes(have, size)}", end=end, flush=True)


def _unpack(file, path):
    """Stream one member of an archive to `path`, then remove the archive."""
    archive = path.with_name(file.url.rpartition("/")[2])
    if not _is_good(archive, file):
        _download(file, archive)
    part = path.with_name(path.name + ".part")
    try:
        with zipfile.ZipFile(archive) as zipped:
            member = zipped.getinfo(file.member)
            _need_room(path, member.file_size)
            with _removed_if_full(part), zipped.open(member) as source, part.open("wb") as output:
                shutil.copyfileobj(source, output, 1 << 20)
    except (KeyError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        archive.unlink()
        part.unlink(missing_ok=True)
        what = "holds no member" if isinstance(error, KeyError) else "is damaged in or before"
        raise DataError(
            f"{archive} {what} {file.member} and was removed: run this again to download it anew"
        ) from error
    os.replace(part, path)
    archive.unlink()


# ---------------------------------------------------------------- reading


class Reviews(NamedTuple):
    """Texts and what they say: texts: list[str], labels: int8 (N,), 1 where positive."""

    texts: list
    labels: np.ndarray


class Table(NamedTuple):
    """Measurements at equal distances in time.

    times: datetime64[s] (T,); values: float (T, F), one column for each of `columns`; target: the
    name of the column to forecast.
    """

    times: np.ndarray
    values: np.ndarray
    columns: tuple
    target: str


def load(name, source, **options):
    """Read a corpus.

    name: "abstracts" -> list[str], in file order;
    "reviews" -> {"train", "test"}, each a Reviews;
    "phrasebook" -> {"train", "validation", "test"}, each a list of (sentence, translation); its
    option `languages=("en", "fr")` names the two;
    "weather" -> Table, hourly; "faults" -> Table with one column, and what is wrong with each row,
    int (T,): 0 for nothing, else the number of the kind of fault.
    source: "synthetic" or "real". Raises DataError: unknown name or source, or the files cannot
    be had or read.
    """
    if name not in CORPORA:
        raise DataError(f"there is no corpus {name!r}; there are {', '.join(CORPORA)}")
    _check_source(source, CORPORA[name], f"the corpus {name!r}")
    return CORPORA[name][source](**options)


VECTORS = {"abstracts": "glove.synthetic.100d.txt", "reviews": "glove.reviews.100d.txt"}


def embeddings(source, *, corpus="abstracts"):
    """Return the path of the file of word vectors, 100 numbers a line, in GloVe's text format.

    source: "synthetic" or "real" -> pathlib.Path. Of synthetic ones there is a file for each
    `corpus`, "abstracts" or "reviews", since each has few words; the real file knows all words. It
    is a download of 862 MB on first use, of which 347 MB stay. Raises DataError.
    """
    _check_source(source, ("synthetic", "real"), "embeddings")
    if corpus not in VECTORS:
        raise DataError(f"there are no word vectors for {corpus!r}, only for {', '.join(VECTORS)}")
    return shipped(VECTORS[corpus]) if source == "synthetic" else fetch("glove.6B.100d.txt")


def _check_source(source, sources, whose):
    if source not in sources:
        raise DataError(f"{whose} cannot come from {source!r}; choose {' or '.join(sources)}")


def shipped(name):
    """Return the path of a file in data/, of the installed package or of the working copy.

    name: str -> pathlib.Path, with .gz added where the file lies there compressed. Raises
    DataError if there is neither.
    """
    package = Path(__file__).parent
    folder = next((f for f in (package / "data", package.parent / "data") if f.is_dir()), package)
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise DataError(f"{folder / name} is missing: install rnnkit again, or restore the file")


def read_texts(path, *, column):
    """Read one column of a CSV file (UTF-8, a header line, perhaps .gz) as documents.

    path: path-like, column: str -> list[str], in file order, duplicates kept. Runs of white space
    become one space. A text that was put in quotes twice, as 88 of the real abstracts are, loses
    the outer pair, and its doubled quotes become single. Raises DataError: no such file or
    column, a text of fewer than two words (nothing could be predicted in it), a file that is
    damaged or not UTF-8.
    """
    with _reading(path) as lines:
        rows = csv.DictReader(lines, strict=True)
        if column not in (rows.fieldnames or ()):
            found = ", ".join(rows.fieldnames or ["nothing"])
            raise DataError(f"{path} has no column {column!r} but {found}: add it, or name another")
        texts = [_unquote(row[column] or "") for row in rows]
    short = [number for number, text in enumerate(texts, 1) if not re.search(r"\w\W+\w", text)]
    if short or not texts:
        where = f"row {short[0]} ({len(short)} such rows)" if short else "it, as it has no rows"
        raise DataError(
            f"{path} has fewer than two words under {column!r} in {where}: fill in or delete"
        )
    return texts


def _unquote(text):
    text = " ".join(text.split())
    twice = re.fullmatch(r'"((?:[^"]|"")*)"', text)
    return twice[1].replace('""', '"').strip() if twice else text


def read_table(path, *, target, columns=None, mend=0):
    """Read measurements from a CSV file (a header line, the time in the first column).

    path: path-like, perhaps .gz; times as 2009-01-31 23:10:00 or 31.01.2009 23:10:00;
    columns: the names that must stand there, in any order, and the order of the result; if None,
    all that do; mend: the longest gap, in rows, to be filled by a straight line; if it is above 0,
    rows are also sorted and repeated times dropped but for the first
    -> Table. Raises DataError: no such file, a missing or extra column, a number or time that
    cannot be read, a value that is missing or not finite, times that are not sorted, that repeat
    or leave gaps.
    """
    header, rows = _read_rows(path)
    names = tuple(columns or header[1:])
    _check_columns(path, header[1:], names, target)
    short = [number for number, row in enumerate(rows, 1) if len(row) != len(header)]
    if short or len(rows) < 2:
        where = f"{len(header)} fields in row {short[0]}" if short else "two rows of numbers"
        raise DataError(f"{path} does not have {where}: replace it by a good copy")
    times = _parse_times(path, [row[0] for row in rows])
    places = [header.index(name) for name in names]
    values = np.stack([_parse_numbers(path, header[i], [r[i] for r in rows]) for i in places], 1)
    return Table(*_regular(path, times, values, mend), names, target)


def _read_rows(path):
    with _reading(path) as lines:
        rows = [row for row in csv.reader(lines, strict=True) if row]
    if not rows:
        raise DataError(f"{path} is empty: replace it by a good copy")
    return rows[0], rows[1:]


def _check_columns(path, found, names, target):
    """Compare the columns of a table with those that it should have."""
    missing = [name for name in names if name not in found]
    extra = [name for name in found if name not in names]
    twice = sorted({name for name in found if found.count(name) > 1})
    for what, some, cure in (
        ("lacks", missing, "use a complete file, or read it without `columns`"),
        ("has beyond those expected", extra, "take out, or add to `columns`,"),
        ("has twice", twice, "rename or take out"),
    ):
        if some:
            listed = ", ".join(map(repr, some))
            cure = f"{cure} what is too much" if cure.endswith(",") else cure
            raise DataError(f"{path} {what} the column {listed}: {cure}")
    if target not in names:
        raise DataError(f"{path} has no column {target!r} to forecast: name one of {names}")


def _parse_times(path, texts):
    """list of T str -> datetime64[s] (T,)."""
    swapped = [
        f"{t[6:10]}-{t[3:5]}-{t[:2]}{t[10:]}" if t[2:3] == t[5:6] == "." else t for t in texts
    ]
    try:
        return np.array(swapped, "datetime64[s]")
    except ValueError:
        number = next(i for i, text in enumerate(swapped) if not _is_time(text))
        raise DataError(
            f"{path} has {texts[number]!r} for a time in row {number + 1}: write it as "
            "2009-01-31 23:10:00 or 31.01.2009 23:10:00"
        ) from None


def _is_time(text):
    try:
        return bool(np.datetime64(text, "s"))
    except ValueError:
        return False


def _parse_numbers(path, column, texts):
    """list of T str -> float (T,), all finite."""
    for number, text in enumerate(texts, 1):
        try:
            good = math.isfinite(float(text))
        except ValueError:
            good = False
        if not good:
            what = f"{text!r}" if text.strip() else "nothing"
            raise DataError(
                f"{path} has {what} under {column!r} in row {number}, where a finite number is "
                "needed: correct the row, or delete it and fill the gap with `mend`"
            )
    return np.array(texts, float)


def _regular(path, times, values, mend):
    """Check, or mend, that rows follow each other at one distance in time."""
    if mend:
        times, first = np.unique(times, return_index=True)
        values = values[first]
    steps = np.diff(times)
    for wrong, what, cure in (
        (steps < np.timedelta64(0), "comes before the row above", "sort the rows"),
        (steps == np.timedelta64(0), "repeats the time of the row above", "delete one of them"),
    ):
        if wrong.any():
            where = _row(times, wrong.argmax() + 1)
            raise DataError(f"{path}: {where} {what}: {cure}, or pass mend=1")
    step = np.median(steps.astype(int)).astype("timedelta64[s]")
    gaps = steps / step - 1  # rows that are missing after each
    odd = gaps % 1 != 0
    if odd.any() or gaps.max() > mend:
        where = np.argmax(odd if odd.any() else gaps > mend) + 1
        gap = f"{step.astype(int) // 60} minutes are usual"
        raise DataError(
            f"{path}: {_row(times, where)} comes {steps[where - 1] / np.timedelta64(60, 's'):g} "
            f"minutes after the row above, where {gap}: "
            + ("correct it" if odd.any() else f"fill the gap, or pass mend={gaps.max():.0f}")
        )
    full = np.arange(times[0], times[-1] + step, step)
    seconds = [(t - times[0]).astype(float) for t in (full, times)]
    return full, np.stack([np.interp(*seconds, column) for column in values.T], axis=1)


def _row(times, number):
    return f"row {number + 1} ({str(times[number]).replace('T', ' ')})"


def _faults():
    """Read the station with a broken thermometer."""
    path = shipped("weather_faults.csv")
    table = read_table(path, target="T (degC)", columns=("T (degC)", "fault"))
    labels = table.values[:, 1].astype(int)
    return table._replace(values=table.values[:, :1], columns=table.columns[:1]), labels


def _taxi():
    """Read the demand for taxis in New York, and which of its rows lie in a labelled window."""
    table = read_table(fetch("nyc_taxi.csv"), target="value")
    windows = json.loads(fetch("combined_windows.json").read_text(encoding="utf-8"))
    labels = np.zeros(len(table.times), int)
    for window in windows["realKnownCause/nyc_taxi.csv"]:
        first, last = np.array(window, "datetime64[s]")
        labels[(first <= table.times) & (table.times <= last)] = 1
    return table, labels


@contextlib.contextmanager
def _reading(path):
    """Open a text file, perhaps compressed; say which one it is that cannot be read."""
    path = Path(path)
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        # No translation of line ends: the csv module wants to see them as they are.
        with opened(path, "rt", encoding="utf-8-sig", newline="") as lines:
            yield lines
    except FileNotFoundError as error:
        raise DataError(f"{path} is missing: check its name and folder") from error
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read ({error}): replace it by a good copy") from error


def _read_lines(path):
    """Read a text file of one sentence a line -> list[str] without white space at the ends."""
    with _reading(path) as lines:
        return [line.strip() for line in lines.read().removesuffix("\n").split("\n")]


def _multi30k(languages=("en", "fr")):
    """Read Multi30k, task 1, for two of "en", "fr" and "de"."""
    parts = {"train": "train", "validation": "val", "test": "test_2016_flickr"}
    return {
        part: _read_pairs([fetch(f"multi30k/{name}.{language}.gz") for language in languages])
        for part, name in parts.items()
    }


def _phrasebook(languages=("en", "fr")):
    """Read the synthetic sentences; there are two languages, in either order."""
    if sorted(languages) != ["en", "fr"]:
        raise DataError(
            f"the synthetic phrasebook has no languages {languages}; it has 'en' and 'fr'"
        )
    return {
        part: _read_pairs([shipped(f"phrasebook.{part}.{language}") for language in languages])
        for part in ("train", "validation", "test")
    }


def alignments(part):
    """Return the true word alignment of the synthetic phrasebook, English to French.

    part: "validation" or "test" -> for each pair a list that holds, for each French token, a tuple
    of the numbers of its English tokens: first the one it stands for, then others that may be
    named as well. Tokens are those of `synthetic.phrasebook.tokenize`. Raises DataError.
    """
    if part not in ("validation", "test"):
        raise DataError(f"there are no alignments of {part!r}; choose 'validation' or 'test'")
    lines = _read_lines(shipped(f"phrasebook.{part}.align"))
    return [[tuple(map(int, link.split(","))) for link in line.split()] for line in lines]


def _read_pairs(paths):
    """Read two files of one sentence a line -> list of (sentence, translation)."""
    first, second = map(_read_lines, paths)
    if len(first) != len(second):
        raise DataError(
            f"{paths[0]} has {len(first)} lines and {paths[1]} {len(second)}, which cannot be "
            "translations of each other: replace both by good copies"
        )
    return list(zip(first, second, strict=True))


def _imdb():
    """Read the IMDB reviews through TFDS, from the folder tfds/ of the cache."""
    folder = cache_folder() / "tfds"
    try:
        with _tensorflow_datasets() as tfds:
            builder = tfds.builder("imdb_reviews", data_dir=folder)
            if not builder.is_prepared():
                folder.mkdir(exist_ok=True)
                with _lock(folder / "imdb_reviews"):  # two at once would collide
                    print(f"imdb_reviews: downloading into {folder}, 84.1 MB")
                    builder.download_and_prepare()  # does nothing if another has just done it
            return {part: _as_reviews(tfds, builder, part) for part in ("train", "test")}
    except Exception as error:  # TFDS hands on whatever its many parts raise
        raise DataError(
            f"imdb_reviews cannot be had from {folder} ({error}): connect to a network and run "
            "this again, or copy a prepared folder imdb_reviews to that place"
        ) from error


@contextlib.contextmanager
def _tensorflow_datasets():
    """Import TFDS late, as that takes seconds and fails where protobuf is older than it wants."""
    import tensorflow_datasets as tfds
    from tensorflow_datasets.core.download import downloader

    retries, downloader.MAX_RETRIES = downloader.MAX_RETRIES, 1  # ten take 205 s without a network
    try:
        yield tfds
    finally:
        downloader.MAX_RETRIES = retries


def _as_reviews(tfds, builder, part):
    data = builder.as_dataset(split=part, as_supervised=True, batch_size=-1)
    texts, labels = tfds.as_numpy(data)
    return Reviews([text.decode("utf-8") for text in texts], labels.astype(np.int8))


def read_reviews(path):
    """Read labelled texts from a CSV file (UTF-8, the columns part, label, text, perhaps .gz).

    path: path-like -> {"train", "test"}, each a Reviews, in file order. Raises DataError: no such
    file or column, a part or label of another name, an empty text, a part without rows, a file
    that is damaged or not UTF-8.
    """
    parts = {"train": Reviews([], []), "test": Reviews([], [])}
    with _reading(path) as lines:
        rows = csv.DictReader(lines, strict=True)
        if sorted(rows.fieldnames or ()) != ["label", "part", "text"]:
            found = ", ".join(rows.fieldnames or ["nothing"])
            raise DataError(f"{path} has the columns {found}: they must be part, label and text")
        for number, row in enumerate(rows, 1):
            _check_review(path, number, row)
            parts[row["part"]].texts.append(" ".join(row["text"].split()))
            parts[row["part"]].labels.append(int(row["label"]))
    for part, reviews in parts.items():
        if not reviews.texts:
            raise DataError(f"{path} has no rows of the part {part!r}: replace it by a good copy")
    return {
        part: Reviews(texts, np.array(labels, np.int8)) for part, (texts, labels) in parts.items()
    }


def _check_review(path, number, row):
    """Say what is wrong with a row, which may be longer or shorter than the header."""
    if None in row or None in row.values():
        raise DataError(f"{path} has too many or too few fields in row {number}: mend or delete it")
    for column, allowed in (("part", ("train", "test")), ("label", ("0", "1"))):
        if row[column] not in allowed:
            raise DataError(
                f"{path} has {row[column]!r} under {column!r} in row {number}: it must be "
                f"{' or '.join(allowed)}"
            )
    if not re.search(r"\w", row["text"]):
        raise DataError(f"{path} has an empty review in row {number}: fill in or delete it")


def _abstracts(path):
    return read_texts(path, column="patent_abstract")


# To add a corpus: one function for each source that returns the same type.
CORPORA = {
    "abstracts": {
        "synthetic": lambda: _abstracts(shipped("abstracts.csv")),
        "real": lambda: _abstracts(fetch("neural_network_patent_query.csv")),
    },
    "reviews": {"synthetic": lambda: read_reviews(shipped("reviews.csv")), "real": _imdb},
    "phrasebook": {"synthetic": _phrasebook, "real": _multi30k},
    "weather": {
        "synthetic": lambda: read_table(
            shipped("weather.csv"), target="T (degC)", columns=weather.COLUMNS
        ),
        "real": lambda: read_table(fetch("ETTh1.csv"), target="OT"),
    },
    "faults": {"synthetic": _faults, "real": _taxi},
}


# ---------------------------------------------------------------- families of near-duplicates

COMMON = 1000  # documents; a run of words found in more of them is boilerplate, no sign of kinship
PRODUCTS = 5_000_000  # in one piece of a product of sparse tables: about 100 MB


def families(documents, *, threshold=0.3, shingle=4):
    """Number documents so that copies and near-copies have the same number.

    documents: N str -> int (N,), counted from 0 by first appearance. Two documents are of one
    family if they share more than `threshold` of the runs of `shingle` words (lower-cased, `\\w+`,
    each different run counted once) of the one that has fewer, or if a chain of such pairs
    connects them. Every pair is found as long as no run stands in more than COMMON documents;
    beyond that, time and memory stay linear in the number of documents, and pairs are missed
    only if most of what they share is that common. Raises ValueError: a threshold outside 0 to 1.
    """
    if not 0 <= threshold < 1:
        raise ValueError(f"threshold is {threshold}: a share from 0 to below 1 is meant")
    if not len(documents):
        return np.zeros(0, int)
    table = _shingle_table(documents, shingle)
    documents_with = np.bincount(table.indices, minlength=table.shape[1])
    rare = table[:, np.flatnonzero((documents_with > 1) & (documents_with <= COMMON))]
    common = table[:, np.flatnonzero(documents_with > COMMON)]
    pairs = np.concatenate([*_frequent_meetings(rare, threshold / 2), _neighbours(common)])
    first, second = pairs[_share(table, pairs) > threshold].T
    graph = coo_array((np.ones(len(first)), (first, second)), shape=(len(documents),) * 2)
    return connected_components(graph, directed=False)[1].astype(int)


def _shingle_table(documents, size):
    """List which runs of `size` words a document holds -> sparse 0/1 (N, number of runs)."""
    words = (re.findall(r"\w+", text.lower()) for text in documents)
    # A text shorter than one run is filled up, so that it still equals its own copies.
    runs, owner = _runs(*_numbered(w + [""] * (size - len(w)) for w in words), size)
    shape = (len(documents), runs.max() + 1)
    table = csr_array((np.ones(len(runs), np.int32), (owner, runs)), shape=shape)
    table.data[:] = 1  # the constructor has added up repeated runs
    return table


def _numbered(token_lists):
    """Number the different tokens of N lists -> the numbers and their lists: int (M,), (M,)."""
    numbers, words, lengths = {}, array("q"), []
    for tokens in token_lists:
        words.extend([numbers.setdefault(token, len(numbers)) for token in tokens])
        lengths.append(len(tokens))
    return np.array(words, dtype=np.int64), np.repeat(np.arange(len(lengths)), lengths)


def _runs(words, owner, size):
    """Number the runs of `size` tokens inside one list: equal runs, equal numbers.

    words, owner: int (M,) -> runs, owner: int (R,). Runs double in length, each the pair of
    two shorter ones, so the work is M log M for any size.
    """
    runs, length = words, 1
    while length < size <= len(words):
        step = min(length, size - length)
        pairs = runs[:-step] * (runs.max() + 1) + runs[step:]
        runs = np.unique(pairs, return_inverse=True)[1]
        length += step
    inside = owner[: max(0, len(owner) - size + 1)] == owner[size - 1 :]
    return runs[: len(inside)][inside], owner[: len(inside)][inside]


def _frequent_meetings(table, share):
    """Yield the pairs of rows that share more than `share` of the smaller one's entries.

    table: sparse 0/1 (N, S) -> int (pairs, 2) at a time, from products of a few rows with all.
    """
    size, turned = table.sum(axis=1), table.T.tocsr()
    meetings = np.cumsum(table @ np.bincount(table.indices, minlength=table.shape[1]))
    start = 0
    while start < len(size):
        done = meetings[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(meetings, done + PRODUCTS)))
        shared = (table[start:stop] @ turned).tocoo()
        first, second = shared.coords[0] + start, shared.coords[1]
        near = (first < second) & (shared.data > share * np.minimum(size[first], size[second]))
        yield np.stack([first[near], second[near]], axis=1)
        start = stop


def _neighbours(table):
    """Pair each row with the next one in every column: enough to chain a family of thousands.

    table: sparse 0/1 (N, S) -> int (pairs, 2), each pair once.
    """
    columns = table.tocsc()
    column = np.repeat(np.arange(columns.shape[1]), np.diff(columns.indptr))
    rows = columns.indices.astype(np.int64)
    together = column[1:] == column[:-1]
    keys = np.unique(rows[:-1][together] * len(table.indptr) + rows[1:][together])
    return np.stack(np.divmod(keys, len(table.indptr)), axis=1)


def _share(table, pairs):
    """Measure how much of the smaller row each pair has in common: int (P, 2) -> float (P,)."""
    size = table.sum(axis=1)
    shares = [np.zeros(0)]
    for first, second in (part.T for part in np.array_split(pairs, len(pairs) // 20_000 + 1)):
        shared = table[first].multiply(table[second]).sum(axis=1)
        shares.append(shared / np.minimum(size[first], size[second]))
    return np.concatenate(shares)


# ---------------------------------------------------------------- splits


class Split(NamedTuple):
    """Indices into the documents, ascending: three arrays of int."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def split_by_family(documents, *, fractions=(0.8, 0.1, 0.1), threshold=0.3, seed=0):
    """Split documents so that no near-copy of a held-out one is trained on.

    documents: N str -> Split, without exact duplicates (compared without case and spacing; the
    first is kept). Whole families go to one side; large and small ones are spread alike, and the
    parts differ from `fractions` by less than a document where single documents can even it
    out. The same arguments give the same split. Raises ValueError: fractions that are not three
    shares of 1, or families too few or too large for them.
    """
    kept = _first_of_each(documents)
    groups = families([documents[i] for i in kept], threshold=threshold)
    return Split(*(kept[part] for part in _deal(groups, fractions, seed)))


def split_by_document(documents, *, fractions=(0.8, 0.1, 0.1), seed=0):
    """Split documents at random, without exact duplicates: near-copies end up on both sides.

    documents: N str -> Split; the rest as in split_by_family, each document its own family.
    """
    kept = _first_of_each(documents)
    return Split(
        *(kept[part] for part in split_shuffled(len(kept), fractions=fractions, seed=seed))
    )


def split_shuffled(count, *, fractions=(0.8, 0.1, 0.1), seed=0):
    """Split the numbers below `count` at random: for overlapping windows, the wrong way.

    count: int -> Split; the rest as in split_by_family, each number its own family.
    """
    return _deal(np.arange(count), fractions, seed)


def split_by_time(count, *, fractions=(0.7, 0.1, 0.2), gap=0, least=1):
    """Split the rows of a series in the order of time, with rows left out between the parts.

    count: int, rows; fractions: three shares of 1, of what the two gaps leave; gap: int, rows left
    out between parts, at least the horizon, so that no target of one part lies in the next;
    least: int, rows that a part must have, such as window + horizon -> Split. Raises ValueError:
    fractions that are not three shares of 1, or a part shorter than `least`.
    """
    _check_fractions(fractions)
    sizes = np.diff(np.round(np.cumsum([0, *fractions]) * max(count - 2 * gap, 0)).astype(int))
    if min(sizes) < least:
        raise ValueError(
            f"{count} rows, split with gaps of {gap}, give parts of {', '.join(map(str, sizes))}, "
            f"but each needs {least}, as for a window and its horizon: pass a longer series, or "
            "shorten the window"
        )
    starts = np.cumsum([0, *sizes[:2] + gap])
    return Split(*(start + np.arange(size) for start, size in zip(starts, sizes, strict=True)))


def _first_of_each(documents):
    """Find the documents that differ in more than case and spacing from all before: int (U,)."""
    first = {}
    for index, text in enumerate(documents):
        first.setdefault(" ".join(text.lower().split()), index)
    return np.array(list(first.values()), dtype=int)


def _deal(groups, fractions, seed):
    """Deal whole groups to three parts: groups: int (N,), from 0 up without a gap -> Split.

    The largest come first, in random order where equal; each goes to the part that will be the
    least full with it, so that groups of every size are spread as the fractions say.
    """
    _check_fractions(fractions)
    sizes = np.bincount(groups)
    shuffled = np.random.default_rng(seed).permutation(len(sizes))
    order = shuffled[np.argsort(-sizes[shuffled], kind="stable")]
    target = [fraction * len(groups) for fraction in fractions]
    have, part_of = [0, 0, 0], np.zeros(len(sizes), int)
    for left, group in zip(range(len(order), 0, -1), order, strict=True):
        open_parts = [part for part in range(3) if fractions[part]]
        empty = [part for part in open_parts if not have[part]]
        size = int(sizes[group])
        part_of[group] = part = min(
            empty if len(empty) >= left else open_parts,
            key=lambda part: (have[part] + size) / target[part],
        )
        have[part] += size
    _check_parts(have, target, sizes)
    return Split(*(np.flatnonzero(part_of[groups] == part) for part in range(3)))


def _check_fractions(fractions):
    if len(fractions) != 3 or min(fractions) < 0 or not math.isclose(sum(fractions), 1):
        raise ValueError(f"fractions are {fractions}: three shares with the sum 1 are meant")


def _check_parts(have, target, sizes):
    # Half of what was asked is enough, and of a handful of documents a single one.
    short = [h < max(1, t / 2 - 1) for h, t in zip(have, target, strict=True) if t]
    if any(short) or not len(sizes):
        parts = ", ".join(f"{wanted:.1f}" for wanted in target)
        raise ValueError(
            f"{sum(have)} documents in {len(sizes)} families, the largest of "
            f"{max(sizes, default=0)}, cannot be split into parts of about {parts} documents: "
            "pass more documents, or a higher threshold, which makes smaller families"
        )


class Leakage(NamedTuple):
    """Shares, from 0 to 1, of what is held out that stands in the training data too."""

    ngrams: float
    windows: float


def leakage(train, held_out, *, n=4, window=20):
    """Measure how much of the held-out text could be known by heart.

    train, held_out: lists of list[str] -> Leakage: of the runs of `n` and of `window` tokens in
    `held_out`, each counted as often as it occurs, the share that occurs in `train`. Raises
    ValueError if nothing held out is as long as that.
    """
    words, owner = _numbered(itertools.chain(train, held_out))
    return Leakage(*(_known(*_runs(words, owner, size), len(train), size) for size in (n, window)))


def _known(runs, owner, border, size):
    held_out = runs[owner >= border]
    if not len(held_out):
        raise ValueError(f"no held-out list has {size} tokens: pass longer ones, or a smaller size")
    return float(np.isin(held_out, runs[owner < border]).mean())
