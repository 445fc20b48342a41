"""What the sentiment notebook asks of the package: rows, batches with labels, bad reviews."""

import gzip
import subprocess
import sys

import numpy as np
import pytest

from rnnkit import corpora, encoding
from rnnkit.corpora import DataError

LOOKUP = encoding.lookup(["good", "film"])


def sequences(*texts):
    return encoding.encode([encoding.tokenize(text) for text in texts], LOOKUP)


# ---------------------------------------------------------------- rows


def test_rows_are_padded_on_the_right_and_cut_where_asked():
    ids = [np.array([2, 4, 3]), np.array([2, 4, 5, 5, 3])]
    assert encoding.pad(ids[:1], length=5).tolist() == [[2, 4, 3, 0, 0]]
    assert encoding.pad(ids, length=4, cut="start").tolist() == [[2, 4, 3, 0], [4, 5, 5, 3]]
    assert encoding.pad(ids, length=4, cut="end").tolist() == [[2, 4, 3, 0], [2, 4, 5, 5]]
    assert encoding.pad([], length=4).shape == (0, 4)


def test_a_review_longer_than_the_window():
    ids = sequences("a good film", "good " * 500)
    with pytest.raises(ValueError) as error:
        encoding.pad(ids, length=240)
    assert str(error.value) == (
        "sequence 1 has 502 ids, more than the window of 240: choose a longer window, or "
        "cut='start' or cut='end' to drop ids there"
    )


def test_an_empty_review():
    with pytest.raises(ValueError) as error:
        sequences("a good film", "")
    assert str(error.value) == "document 1 is empty: remove documents without a word first"
    with pytest.raises(ValueError, match="^sequence 0 is empty: remove documents without a word"):
        encoding.pad([np.array([], int)], length=4)


@pytest.mark.parametrize("text", ["очень скучный фильм", "とても退屈な映画", "un beau filme"])
def test_a_review_in_another_script_or_language(text):
    tokens = [["good"], encoding.tokenize(text)]
    with pytest.raises(ValueError) as error:
        encoding.require_known(encoding.encode(tokens, LOOKUP), tokens)
    count, begin = len(tokens[1]), " ".join(tokens[1])[:30]
    assert str(error.value) == (
        f"document 1 has no word of the vocabulary among its {count} tokens, which begin "
        f"{begin!r}: it may be in another language or script than the training texts, so "
        "translate it or leave it out"
    )


def test_one_known_word_is_enough():
    tokens = [["фильм", "good"]]
    encoding.require_known(encoding.encode(tokens, LOOKUP), tokens)


def test_an_unknown_way_to_cut():
    with pytest.raises(ValueError, match="cut='left' is unknown: choose 'start' or 'end', or None"):
        encoding.pad(sequences("good"), length=4, cut="left")


# ---------------------------------------------------------------- batches


def numbered(count, longest=8):
    """Rows that begin with their own number from 4 on, of varying length, and labels to match."""
    rows = np.zeros((count, longest), int)
    for number in range(count):
        rows[number, : 1 + number % longest] = number + 4
    return rows, np.arange(count) % 2


def test_each_row_comes_once_an_epoch_with_its_own_label():
    rows, labels = numbered(37)
    data = encoding.labelled_batches(rows, labels, batch_size=5, seed=1, boundaries=(3, 5))
    for _ in range(2):
        seen = [
            (int(x), int(y)) for ids, said in data for x, y in zip(ids[:, 0], said, strict=True)
        ]
        assert sorted(seen) == [(number + 4, number % 2) for number in range(37)]


def test_rows_of_like_length_share_batches_and_are_cut_to_a_boundary():
    rows, labels = numbered(64)
    data = encoding.labelled_batches(rows, labels, batch_size=8, seed=1, boundaries=(4,))
    widths = [ids.shape[1] for ids, _ in data]
    assert set(widths) == {4, 8} and widths.count(4) == 4
    assert len(data) == 8


def test_without_a_seed_rows_keep_their_order_and_the_full_width():
    rows, labels = numbered(10)
    parts = list(encoding.labelled_batches(rows, labels, batch_size=4))
    assert np.array_equal(np.concatenate([ids for ids, _ in parts]), rows)
    assert np.array_equal(np.concatenate([said for _, said in parts]), labels)


def test_the_order_follows_from_seed_and_epoch():
    rows, labels = numbered(30)

    def first(epoch, seed=1):
        data = encoding.labelled_batches(rows, labels, batch_size=30, seed=seed)
        data.epoch = epoch
        return next(iter(data))[0].numpy()[:, 0].tolist()

    assert first(3) == first(3) != first(4) and first(3) != first(3, seed=2)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"labels": [0, 1]}, r"labels of shape \(2,\) for 3 rows: pass one a row"),
        ({"rows": [[4, 0], [0, 4], [4, 4]]}, "row 1 is not padded on the right"),
        ({"rows": [[4, 0], [0, 0], [4, 4]]}, "row 1 has no target: remove empty rows"),
        ({"batch_size": 0}, "batch_size 0 is below 1"),
    ],
)
def test_rows_that_cannot_be_served(change, sentence):
    good = {"rows": [[4, 0], [4, 5], [4, 4]], "labels": [0, 1, 1], "batch_size": 2}
    arguments = good | change
    with pytest.raises(ValueError, match=sentence):
        encoding.labelled_batches(
            arguments["rows"], arguments["labels"], batch_size=arguments["batch_size"]
        )


# ---------------------------------------------------------------- the file


def write(folder, text):
    path = folder / "reviews.csv.gz"
    path.write_bytes(gzip.compress(text.encode()))
    return path


def test_reviews_are_read_by_part_in_file_order(tmp_path):
    path = write(
        tmp_path, 'part,label,text\ntest,1,"Dull,  but good"\ntrain,0,Dull\ntest,0,So so\n'
    )
    reviews = corpora.read_reviews(path)
    assert list(reviews) == ["train", "test"]
    assert reviews["test"].texts == ["Dull, but good", "So so"]
    assert reviews["test"].labels.tolist() == [1, 0] and reviews["test"].labels.dtype == np.int8


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("part,text\ntrain,a\n", "has the columns part, text: they must be part, label and text"),
        ("part,label,text,stars\n", "has the columns part, label, text, stars: they must be"),
        ("", "has the columns nothing: they must be part, label and text"),
        ("part,label,text\ntrain,1,a b\ntrain,1,\n", "has an empty review in row 2: fill in or"),
        ("part,label,text\ntrain,1, ... \n", "has an empty review in row 1: fill in or delete it"),
        ("part,label,text\ntrain,good,a\n", "has 'good' under 'label' in row 1: it must be 0 or 1"),
        ("part,label,text\ndev,1,a\n", "has 'dev' under 'part' in row 1: it must be train or test"),
        ("part,label,text\ntrain,1\n", "has too many or too few fields in row 1: mend or delete"),
        ("part,label,text\ntrain,1,a,b\n", "has too many or too few fields in row 1: mend or"),
        ("part,label,text\ntrain,1,a\n", "has no rows of the part 'test': replace it by a good"),
    ],
)
def test_a_file_that_is_no_file_of_reviews(tmp_path, text, sentence):
    path = write(tmp_path, text)
    with pytest.raises(DataError) as error:
        corpora.read_reviews(path)
    assert str(error.value).startswith(f"{path} {sentence}") and "\n" not in str(error.value)


def test_word_vectors_for_reviews():
    path = corpora.embeddings("synthetic", corpus="reviews")
    glove = encoding.read_glove(path, ["dull", "superb", "boring"])
    assert glove.found.all()
    with pytest.raises(DataError, match="no word vectors for 'poems', only for abstracts, reviews"):
        corpora.embeddings("synthetic", corpus="poems")


def test_synthetic_reviews_are_read_without_tensorflow():
    code = (
        "import sys; from rnnkit import corpora; corpora.load('reviews', 'synthetic');"
        "assert not {'tensorflow', 'tensorflow_datasets'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
