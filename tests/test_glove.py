"""Word vectors: every form of the file is read, and what is none is named."""

import bz2
import gzip
import lzma
import re
import zipfile

import numpy as np
import pytest

from rnnkit import downloads, glove
from rnnkit.downloads import DataError

LINES = "the 0.1 0.2 0.3\ncat 1 -2 3e-1\nnaïve 4 5 6\n"
EXPECTED = {"cat": [1, -2, np.float32(0.3)], "naïve": [4, 5, 6]}


@pytest.fixture
def write(tmp_path):
    def write(content, name="vectors.txt"):
        path = tmp_path / name
        content = content if isinstance(content, bytes) else content.encode()
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    return write


def refused(path, words):
    with pytest.raises(DataError) as error:
        glove.read(path, words)
    text = str(error.value)
    assert text.startswith(str(path))
    assert "\n" not in text and not re.search(r"\. [A-Z]", text)
    return text.removeprefix(str(path))


# ---------------------------------------------------------------- what is read


@pytest.mark.parametrize("name", ["vectors.txt", "vectors.txt.gz"])
@pytest.mark.parametrize(
    "content",
    [
        LINES,
        "3 3\n" + LINES,
        "\ufeff" + LINES,
        "\ufeff3 3\n" + LINES,
        LINES.replace("\n", " \r\n"),
        LINES.replace(" ", "\t"),
        "3\t3\n" + LINES.replace(" ", "\t"),
    ],
)
def test_every_form_of_the_file(write, name, content):
    path = write(content, name)
    vectors = glove.read(path, {"cat", "naïve", "dog"})
    assert {word: vector.tolist() for word, vector in vectors.items()} == EXPECTED
    assert vectors["cat"].dtype == np.float32


def test_the_first_word_after_a_byte_order_mark_has_its_vector(write):
    assert list(glove.read(write("\ufeff" + LINES), {"the"})) == ["the"]


def test_a_header_is_no_word(write):
    assert list(glove.read(write("3 3\n" + LINES), {"3", "the"})) == ["the"]


def test_the_first_of_two_lines_counts(write):
    path = write(LINES + "cat 0 0 0\n")
    assert glove.read(path, {"cat"})["cat"][0] == 1


def test_a_longer_word_with_spaces_is_not_the_word_it_begins_with(write):
    path = write("the 1 2 3\n. . . 4 5 6\n. 7 8 9\n")
    vectors = glove.read(path, {"."})
    assert list(vectors) == ["."] and vectors["."].tolist() == [7, 8, 9]


def test_a_word_may_be_a_space_of_another_kind(write):
    path = write(LINES + "\x85 7 8 9\n\xa0 1 1 1\n")
    assert list(glove.read(path, {"\x85", "\xa0"})) == ["\x85", "\xa0"]


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    "damaged",
    ["dog 1 2 x", "dog 1 2", "dog", "dog 1  2 3", "dog 1 nan 3", "dog 1 2 1_0"],
)
def test_a_damaged_line_is_named(write, damaged):
    expected = ", line 4: there are not 3 numbers after the word, so the file is damaged: replace"
    assert refused(write(LINES + damaged + "\n"), {"cat", "dog"}).startswith(expected)


@pytest.mark.parametrize("name", ["vectors.txt", "vectors.vec.gz"])
@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "is empty, or its first line is"),
        ("\n" + LINES, "is empty, or its first line is"),
        ("<!DOCTYPE html>\n<p>Log in\n", "is a web page and not the file: download it from"),
        ("\n<html>\n".strip(), "is a web page and not the file"),
        ("version https://git-lfs.github.com/spec/v1\noid 1\n", "is a Git LFS pointer and not the"),
        ('{"cat": [1, 2]}', "is JSON and not a text with a word and its numbers in each line"),
        ("cat 0,1 0,2\n", "holds no word vectors, for it begins with 'cat 0,1 0,2': a word and"),
        ("cat;0.1;0.2\n", "holds no word vectors, for it begins with 'cat;0.1;0.2': a word and"),
        ("3 0\n" + LINES, "holds no word vectors, for it begins with '3 0': a word and its"),
        ("3 " + "9" * 5000 + "\n", "holds no word vectors, for it begins with '3 999"),
        (b"3 3\ncat \x00\x00\x80\x3f\x00", "is binary: unpack it if it is compressed"),
        (bz2.compress(LINES.encode()), "is binary: unpack it if it is compressed"),
        (lzma.compress(LINES.encode()), "is binary: unpack it if it is compressed"),
        (LINES.encode("utf-16"), "is not UTF-8"),
        (LINES.encode("latin-1"), "is not UTF-8"),
    ],
)
def test_what_is_none_of_these_is_named_with_its_cure(write, name, content, says):
    assert refused(write(content, name), {"cat"}).startswith(f" {says}")


def test_the_content_decides_and_not_the_name(write):
    assert list(glove.read(write(gzip.compress(LINES.encode())), {"cat"})) == ["cat"]
    plain = write(LINES)
    plain.rename(plain.with_name("saved.txt.gz"))
    assert list(glove.read(plain.with_name("saved.txt.gz"), {"cat"})) == ["cat"]


def test_files_that_cannot_be_read(write, tmp_path):
    assert refused(tmp_path / "none.txt", {"cat"}).startswith(" is missing: check its name")
    assert refused(tmp_path, {"cat"}).startswith(" is a folder: name the file in it")
    half = gzip.compress(LINES.encode() * 1000)[:50]
    (tmp_path / "half.gz").write_bytes(half)
    assert refused(tmp_path / "half.gz", {"cat"}).startswith(" cannot be read (")
    (tmp_path / "half.zip").write_bytes(b"PK\x03\x04" + bytes(200))
    assert refused(tmp_path / "half.zip", {"cat"}).startswith(" cannot be read (")


# ---------------------------------------------------------------- from a name to vectors


@pytest.mark.parametrize("corpus", ["abstracts", "reviews"])
def test_shipped_vectors(corpus):
    vectors = glove.load("synthetic", corpus=corpus, words=["the", "a", "zyzzyva"])
    assert sorted(vectors) == ["a", "the"]
    for vector in vectors.values():
        assert vector.shape == (100,) and vector.dtype == np.float32


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("RNNKIT_CACHE", str(tmp_path))
    return tmp_path


def test_real_vectors_are_the_smaller_download(cache, monkeypatch):
    def fetch(name):
        (cache / name).write_bytes(gzip.compress(b"2 3\n" + LINES.encode()))
        return cache / name

    monkeypatch.setattr(downloads, "fetch", fetch)
    assert list(glove.load("real", corpus="reviews", words=["cat"])) == ["cat"]
    assert [path.name for path in cache.iterdir()] == ["glove-wiki-gigaword-100.gz"]


def test_the_files_of_stanford_in_a_cache_filled_by_hand_serve_too(cache):
    with zipfile.ZipFile(cache / "glove.6B.zip", "w") as archive:
        archive.writestr("glove.6B.50d.txt", "cat 9\n")
        archive.writestr("glove.6B.100d.txt", LINES)
    assert glove.load("real", corpus="abstracts", words=["cat"])["cat"].tolist() == EXPECTED["cat"]
    (cache / "glove.6B.100d.txt").write_text("cat 7 7 7\n")
    assert glove.load("real", corpus="abstracts", words=["cat"])["cat"].tolist() == [7, 7, 7]


def test_an_archive_without_the_file(cache):
    with zipfile.ZipFile(cache / "glove.6B.zip", "w") as archive:
        archive.writestr("glove.6B.50d.txt", "cat 9\n")
    assert refused(cache / "glove.6B.zip", {"cat"}).startswith(
        " holds no glove.6B.100d.txt but glove.6B.50d.txt: unpack it and name the file"
    )


@pytest.mark.parametrize(
    ("source", "corpus", "words", "says"),
    [
        ("reel", "reviews", ["cat"], "word vectors cannot come from 'reel': choose synthetic or"),
        ("synthetic", "weather", ["cat"], "there are no word vectors for 'weather': choose abstr"),
        ("synthetic", "reviews", ["Film", "The"], ".txt has none of the 2 words: check that they"),
        ("synthetic", "reviews", [], "no word is asked for: pass the words of a vocabulary"),
    ],
)
def test_what_cannot_be_loaded(source, corpus, words, says):
    with pytest.raises(DataError, match=re.escape(says)):
        glove.load(source, corpus=corpus, words=words)


# ---------------------------------------------------------------- neighbours


def test_neighbours_by_hand():
    matrix = np.array([[0, 0], [2, 0], [1, 1], [0, 3], [-1, 0]], np.float32)
    found = glove.neighbours("b", ["", "b", "c", "d", "e"], matrix, k=3)
    assert [word for word, _ in found] == ["c", "", "d"]
    assert [cosine for _, cosine in found] == pytest.approx([np.sqrt(0.5), 0, 0])
    with pytest.raises(ValueError, match="'x' is not among the 2 words"):
        glove.neighbours("x", ["a", "b"], matrix)
