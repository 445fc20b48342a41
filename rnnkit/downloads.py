"""Files: those shipped in data/, and those of the real corpora in a cache that checks them.

A download goes into `RNNKIT_CACHE`, by default ~/.cache/rnnkit, on first use. It may as well be put
there by hand: what has the right checksum is never fetched again.
"""

import contextlib
import errno
import os
import shutil
import tomllib
from pathlib import Path
from typing import NamedTuple

import pooch
import requests
from tqdm.auto import tqdm

try:
    import fcntl
except ImportError:  # Windows has a lock of its own
    import msvcrt

    fcntl = None


class DataError(RuntimeError):
    """Data that cannot be had or read; the message says what is wrong, where, and what to do."""


class File(NamedTuple):
    """One download: its address, its size in bytes, and its checksum."""

    url: str
    size: int
    sha256: str


FOLDER = Path(__file__).parent
FILES = {}  # the key is the place in the cache
for name, entry in tomllib.loads((FOLDER / "settings/downloads.toml").read_text()).items():
    FILES[name] = File(**entry)

TIMEOUT = 30  # seconds without a byte until a connection counts as broken
FULL = (errno.ENOSPC, errno.EDQUOT)
LARGE = 10_000_000  # bytes; from here on a progress bar is shown


def shipped(name):
    """Return the path of a file in data/, of the installed package or of the working copy.

    name: str -> pathlib.Path, with .gz added where the file lies there compressed. Raises
    DataError if there is neither.
    """
    for folder in (FOLDER / "data", FOLDER.parent / "data"):
        for path in (folder / name, folder / f"{name}.gz"):
            if path.is_file():
                return path
    raise DataError(f"data/{name} is missing: install rnnkit again, or restore the file")


def cache_folder():
    """Return the folder of downloads as a pathlib.Path, made if missing.

    It is `RNNKIT_CACHE`, or ~/.cache/rnnkit. Raises DataError if it cannot be made.
    """
    folder = os.environ.get("RNNKIT_CACHE") or "~/.cache/rnnkit"
    try:
        path = Path(folder).expanduser().resolve()
    except RuntimeError as error:  # a container with an unknown user
        raise DataError(
            f"there is no home folder for the cache {folder}: set RNNKIT_CACHE to a folder that "
            "you may write"
        ) from error
    with using(path):
        path.mkdir(parents=True, exist_ok=True)
    return path


def fetch(name):
    """Return the path of one of FILES in the cache, downloading it if it is not there.

    name: a key of FILES -> pathlib.Path. A copy with the wrong checksum is removed and fetched
    again; a file appears under its name only when it is complete and checked. Raises DataError.
    """
    if name not in FILES:
        raise DataError(f"there is no file {name!r} to fetch: choose one of {', '.join(FILES)}")
    file, path = FILES[name], cache_folder() / name
    with using(path):
        if not is_good(path, file.sha256):
            with locked(cache_folder()):
                if not is_good(path, file.sha256):  # whoever held the lock may have fetched it
                    _replace(file, path)
    return path


def is_good(path, sha256):
    """Tell whether there is a file at `path` with this checksum."""
    return path.is_file() and pooch.file_hash(path) == sha256


@contextlib.contextmanager
def using(path):
    """Turn what the file system refuses, to read or to write, into a DataError."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
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
def locked(folder):
    """Let one process at a time write in a folder.

    The system gives the lock back when its holder dies, so the empty lock file may stay.
    """
    with (folder / ".lock").open("a") as handle:
        # A network drive may know no locks: the checksum still keeps a damaged file out.
        with contextlib.suppress(OSError):
            if fcntl:
                fcntl.flock(handle, fcntl.LOCK_EX)
            else:
                msvcrt.locking(handle.fileno(), msvcrt.LK_LOCK, 1)  # gives up after ten seconds
        yield


def _replace(file, path):
    """Put a good copy of a file where there is none, or a damaged one."""
    damaged = path.exists()
    path.unlink(missing_ok=True)
    try:
        _download(file, path)
    except DataError as error:
        if not damaged:
            raise
        raise DataError(f"{path} was damaged and has been removed, and {error}") from error


def _download(file, path):
    """Bring a file to `path` through a folder of its own, emptied of what was broken off."""
    partial = cache_folder() / ".partial"
    shutil.rmtree(partial, ignore_errors=True)
    if shutil.disk_usage(cache_folder()).free < file.size:
        raise _full(path)
    cure = f"or copy the file by other means to {path}"
    try:
        copy = pooch.retrieve(
            file.url,
            f"sha256:{file.sha256}",
            fname=path.name,
            path=partial,
            downloader=_downloader(path.name, file.size),
        )
    except requests.HTTPError as error:
        error.response.close()
        answer = f"{error.response.status_code} ({error.response.reason})"
        raise DataError(f"{file.url} answers {answer}: run this again later, {cure}") from error
    except requests.RequestException as error:
        raise DataError(
            f"no connection to {file.url}, or it broke off ({type(error).__name__}): connect to a "
            f'network and run this again, {cure}, or stay with the source "synthetic", which '
            "needs none"
        ) from error
    except ValueError as error:  # pooch's word for a wrong checksum; it has removed the file
        raise DataError(
            f"what {file.url} sends has a wrong checksum, perhaps because it is the login page of "
            f"a network, and was removed: run this again from another network, {cure}"
        ) from error
    path.parent.mkdir(exist_ok=True)
    os.replace(copy, path)


def _downloader(name, size):
    """Tell pooch to download quietly, a large file with a progress bar."""
    pooch.get_logger().setLevel("WARNING")
    progress = False
    if size >= LARGE:
        progress = tqdm(total=size, desc=name, unit="B", unit_scale=True)
    headers = {"Accept-Encoding": "identity"}  # the checksum is that of the bytes as they lie there
    return pooch.HTTPDownloader(progressbar=progress, timeout=TIMEOUT, headers=headers)


def load_tfds(name, parts):
    """Read a data set through TFDS, prepared in the folder tfds/ of the cache on first use.

    name: str, parts: list of str -> dict of part to (inputs, labels), two arrays (N,). Raises
    DataError.
    """
    folder = cache_folder() / "tfds"
    try:
        with _tensorflow_datasets() as tfds:
            builder = tfds.builder(name, data_dir=folder)
            if not builder.is_prepared():
                folder.mkdir(exist_ok=True)
                with locked(folder):  # two at once would collide
                    _remove_what_was_broken_off(folder)
                    builder.download_and_prepare()  # does nothing if another has just done it
            found = {}
            for part in parts:
                rows = builder.as_dataset(split=part, as_supervised=True, batch_size=-1)
                found[part] = tfds.as_numpy(rows)
            return found
    except Exception as error:  # TFDS hands on whatever its many parts raise
        if getattr(error, "errno", None) in FULL:
            raise _full(folder / name) from error
        reason = str(error).partition("\n")[0]
        raise DataError(
            f"{name} cannot be had from {folder} ({reason}): connect to a network and run this "
            'again, stay with the source "synthetic", '
            f"or copy a prepared folder {name} to that place"
        ) from error


def _remove_what_was_broken_off(folder):
    """Remove what a killed process has left; TFDS itself would leave it there for good."""
    for pattern in ("downloads/*/*.tmp.*", "*/*/incomplete.*"):
        for path in folder.glob(pattern):
            shutil.rmtree(path, ignore_errors=True)


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
