"""Word vectors in GloVe's text format: one word and its numbers a line."""

import contextlib
import io
import zipfile

import numpy as np

from rnnkit import downloads, readers
from rnnkit.downloads import DataError

SYNTHETIC = {"abstracts": "glove.synthetic.100d.txt", "reviews": "glove.reviews.100d.txt"}
BY_HAND = ("glove.6B.100d.txt", "glove.6B.zip")  # what Stanford publishes, where it is there


def load(source, *, corpus, words):
    """Read the vectors of some words.

    source: "synthetic" or "real"; corpus: "abstracts" or "reviews", whose synthetic words have a
    file each; words: iterable of str -> dict of str to float32 (100,), without the words that the
    file lacks. The real file is a download of 134 MB on first use. Raises DataError: another
    source or corpus, none of the words found, and as `read` does.
    """
    path = find(source, corpus)
    wanted = set(words)
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
    for name in BY_HAND:
        path = downloads.cache_folder() / name
        if path.is_file():
            return path
    return downloads.fetch("glove-wiki-gigaword-100.gz")


def read(path, words):
    """Read the vectors of some words from a file: plain, `.gz`, or in Stanford's `.zip`.

    path: pathlib.Path; the file may begin with a byte-order mark, and with a line of two numbers,
    as word2vec writes it; words: set of str -> dict of str to float32 (D,), D being that of the
    first vector. If a word stands there twice, the first line counts. Raises DataError: no such
    file, no vectors in it, a damaged line.
    """
    vectors = {}
    with readers.reading(path), _opened(path) as lines:
        dimension = _dimension(path, lines.readline())
        lines.seek(0)
        for number, line in enumerate(lines, 1):
            if number == 1 and _is_header(line):
                continue
            line = line.rstrip(" \r\n")
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
    if path.suffix != ".zip":
        with readers.open_text(path) as lines:
            yield lines
        return
    member = "glove.6B.100d.txt"
    with zipfile.ZipFile(path) as archive:
        if member not in archive.namelist():
            raise DataError(f"{path} holds no {member}: replace it by a good copy")
        with archive.open(member) as content:
            yield io.TextIOWrapper(content, encoding="utf-8")


def _dimension(path, line):
    """Tell how long the vectors are from the first line, a header or a word with its numbers."""
    if _is_header(line):
        return int(line.split()[1])
    _, *numbers = line.rstrip(" \r\n").split(" ")
    dimension = len(_vector(numbers))
    if dimension == 0:
        raise DataError(
            f"{path} holds no word vectors, for it begins with {line[:30].strip()!r}: replace it "
            "by a file with a word and its numbers in each line"
        )
    return dimension


def _is_header(line):
    fields = line.split()
    return len(fields) == 2 and "".join(fields).isdecimal()


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
