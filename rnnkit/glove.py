"""Word vectors in GloVe's text format: one word and its numbers a line."""

import contextlib
import gzip
import io
import zipfile
from pathlib import Path

import numpy as np

from rnnkit import downloads, readers
from rnnkit.downloads import DataError

SYNTHETIC = {"abstracts": "glove.synthetic.100d.txt", "reviews": "glove.reviews.100d.txt"}
BY_HAND = ("glove.6B.100d.txt", "glove.6B.zip")  # what Stanford publishes, where it is there
MEMBER = "glove.6B.100d.txt"  # of the zip
DOWNLOAD = "glove-wiki-gigaword-100.gz"
SOURCES = ("synthetic", "real")
NO_VECTORS = {  # how other files begin -> what they are, and the cure
    "version https://git-lfs": "is a Git LFS pointer and not the file it stands for: run "
    "`git lfs pull` in its repository, or download the file itself",
    "<": "is a web page and not the file: download it from the address of the file itself, or "
    "log in to the network first",
    "{": "is JSON and not a text with a word and its numbers in each line: save it as such",
}
UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # their byte-order marks
ZIP = (b"PK\x03\x04", b"PK\x05\x06")


def load(source, *, corpus, words):
    """Read the vectors of some words.

    source: "synthetic" or "real", or the path of a file of your own; corpus: "abstracts" or
    "reviews", whose synthetic words have a file each; words: iterable of str -> dict of str to
    float32 (100,), without the words that the file lacks. The real file is a download of 134 MB on
    first use; with a file of your own it is used if it is there already, and else there are no
    vectors. Raises DataError: another source or corpus, no words, none of the words found in the
    vectors of ours, and as `read` does.
    """
    wanted = set(words)
    if not wanted:
        raise DataError("no word is asked for: pass the words of a vocabulary")
    if source not in SOURCES and _is_there(source):
        path = _cached([*BY_HAND, DOWNLOAD])
        return read(path, wanted) if path else {}
    path = find(source, corpus)
    vectors = read(path, wanted)
    if not vectors:
        raise DataError(
            f"{path} has none of the {len(wanted)} words: check that they are lower-cased words of "
            "its language"
        )
    return vectors


def find(source, corpus):
    """Return the path of the file of a source and a corpus, downloading it if need be."""
    if corpus not in SYNTHETIC:
        known = " or ".join(SYNTHETIC)
        raise DataError(f"there are no word vectors for {corpus!r}: choose {known}")
    if source == "synthetic":
        return downloads.shipped(SYNTHETIC[corpus])
    if source != "real":
        raise DataError(f"word vectors cannot come from {source!r}: choose synthetic or real")
    by_hand = _cached(BY_HAND)
    return by_hand or downloads.fetch(DOWNLOAD)


def _cached(names):
    """Return the path of the first of these files that is in the cache, or None."""
    for name in names:
        path = downloads.cache_folder() / name
        if path.is_file():
            return path
    return None


def _is_there(source):
    """Whether a file has this path, seen from here or from one of the folders above."""
    path = Path(source).expanduser()
    here = Path.cwd()
    return any((folder / path).is_file() for folder in (here, *here.parents))


def read(path, words):
    """Read the vectors of some words from a file: plain, by gzip, or in Stanford's `.zip`.

    path: path-like; the file is UTF-8 and may begin with a byte-order mark, and with a line of two
    numbers, as word2vec and fastText write it; blanks or tabs part its numbers; words: set of str
    -> dict of str to float32 (D,), D being that of the first vector. If a word stands there twice,
    the first line counts. Raises DataError: no such file, no vectors in it, a damaged line.
    """
    path = Path(path)
    vectors = {}
    if path.is_dir():
        raise DataError(f"{path} is a folder: name the file in it that holds the vectors")
    with readers.reading(path), _opened(path) as lines:
        dimension = _dimension(path, lines.readline())
        lines.seek(0)
        for number, line in enumerate(lines, 1):
            if number == 1 and _is_header(line):
                continue
            line = _plain(line)
            first, _, _ = line.partition(" ")
            if first not in words or first in vectors:
                continue
            word, *numbers = line.rsplit(" ", dimension)
            vector = _vector(numbers)
            if len(vector) != dimension:
                raise DataError(
                    f"{path}, line {number}: there are not {dimension} numbers after the word, so "
                    "the file is damaged: replace it by a good copy"
                )
            if word == first:  # else it is a longer word, with spaces in it
                vectors[word] = vector
    return vectors


@contextlib.contextmanager
def _opened(path):
    """Open a file as text. What its bytes are decides, whatever its name says."""
    with contextlib.ExitStack() as stack:
        content = stack.enter_context(path.open("rb"))
        start = _peek(content)
        if start.startswith(ZIP):
            archive = stack.enter_context(zipfile.ZipFile(content))
            content = stack.enter_context(_member(path, archive))
        elif start.startswith(b"\x1f\x8b"):
            content = stack.enter_context(gzip.open(content))
        _check_kind(path, _peek(content))
        yield io.TextIOWrapper(content, encoding="utf-8-sig")


def _peek(content):
    start = content.read(200)
    content.seek(0)
    return start


def _member(path, archive):
    names = archive.namelist()
    if MEMBER not in names:
        found = ", ".join(names[:3]) or "nothing"
        raise DataError(f"{path} holds no {MEMBER} but {found}: unpack it and name the file")
    if archive.getinfo(MEMBER).flag_bits & 1:
        raise DataError(f"{path} is locked by a password: unpack it and name the file")
    return archive.open(MEMBER)


def _check_kind(path, start):
    """Refuse bytes that are no text; a wrong encoding shows when they are decoded."""
    is_binary = b"\0" in start and not start.startswith(UTF_16)
    if is_binary or start.startswith(b"BZh91AY"):
        raise DataError(
            f"{path} is binary: unpack it if it is compressed (gzip alone is read as it is), or "
            "save it in the text form, with a word and its numbers in each line"
        )


def _dimension(path, line):
    """Tell how long the vectors are from the first line, a header or a word with its numbers."""
    if _is_header(line):
        dimension = int(line.split()[1])
    else:
        _, *numbers = _plain(line).split(" ")
        dimension = len(_vector(numbers))
    if dimension > 0:
        return dimension
    start = line.strip()
    for first, what in NO_VECTORS.items():
        if start.startswith(first):
            raise DataError(f"{path} {what}")
    if not start:
        raise DataError(f"{path} is empty, or its first line is: replace it by a good copy")
    raise DataError(
        f"{path} holds no word vectors, for it begins with {start[:30]!r}: a word and its numbers "
        "(1.5, not 1,5) with blanks between them are needed in each line"
    )


def _plain(line):
    """Part the fields of a line by single blanks, whether blanks or tabs part them."""
    return line.replace("\t", " ").rstrip(" \r\n")


def _is_header(line):
    """Tell whether a line holds two whole numbers: how many words there are, and D."""
    fields = line.split()
    is_short = max(map(len, fields), default=0) < 10
    return len(fields) == 2 and is_short and "".join(fields).isdecimal()


def _vector(numbers):
    """list of str (D,) -> float32 (D,), or empty if one of them is no finite number."""
    if "_" in "".join(numbers):  # Python reads 1_0 as 10
        return np.empty(0)
    try:
        vector = np.array(numbers, dtype=np.float32)
    except ValueError:
        return np.empty(0)
    return vector if np.isfinite(vector).all() else np.empty(0)


def neighbours(word, words, matrix, k=5):
    """Find the k words whose vectors point most nearly the same way.

    word: str; words: list of str (V,); matrix: float (V, D) -> list of (word, cosine), the nearest
    first, without the word itself. Rows of zeros have the cosine 0. Raises ValueError for a word
    that is not in the list.
    """
    words = list(words)
    if word not in words:
        raise ValueError(f"{word!r} is not among the {len(words)} words: ask for one of them")
    row = words.index(word)
    norms = np.linalg.norm(matrix, axis=1)
    cosines = matrix @ matrix[row] / np.maximum(norms * norms[row], 1e-12)
    nearest = np.argsort(-cosines, kind="stable")
    others = nearest[nearest != row][:k]
    return [(words[other], float(cosines[other])) for other in others]
