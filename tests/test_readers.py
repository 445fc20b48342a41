"""A reader's own files: what is read, and the one sentence with which the rest is refused."""

import gzip
import re

import pytest

from rnnkit import readers
from rnnkit.downloads import DataError


@pytest.fixture
def write(tmp_path):
    """Write text or bytes to a file, compressed if its name ends in .gz; return its path."""

    def write(content, name="a.csv"):
        content = content if isinstance(content, bytes) else content.encode()
        path = tmp_path / name
        path.write_bytes(gzip.compress(content, mtime=0) if name.endswith(".gz") else content)
        return path

    return write


def refused(read, path, *arguments):
    """What is said of a refused file: one sentence that begins with the name of the file."""
    with pytest.raises(DataError) as error:
        read(path, *arguments)
    text = str(error.value)
    assert text.startswith(str(path))
    assert "\n" not in text and not re.search(r"\. [A-Z]", text)
    return text.removeprefix(str(path))


# ---------------------------------------------------------------- any table


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_nothing_is_converted_and_no_word_means_missing(write, name):
    frame = readers.read_frame(write("text,label\nNA,01\nNone,\n", name))
    assert frame.to_dict("list") == {"text": ["NA", "None"], "label": ["01", ""]}


def test_tabs_separate_a_tsv(write):
    frame = readers.read_frame(write('a\tb\nOne, two\t"x\ty"\n', "a.tsv"))
    assert frame.to_dict("list") == {"a": ["One, two"], "b": ["x\ty"]}


def test_line_ends_and_byte_order_mark_of_windows(write):
    frame = readers.read_frame(write("\ufefftext,label\r\nÉtat du réseau,1\r\n"))
    assert frame.to_dict("list") == {"text": ["État du réseau"], "label": ["1"]}


def test_a_long_text_is_read(write):
    text = "word " * 40_000
    assert readers.read_frame(write(f"text\n{text}\n"))["text"][0] == text


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", " is empty: it must begin with a line of column names"),
        ("text,x\na,1\n", " has no column 'label' but text, x: add it, or name another"),
        ("label,x,x\na,1,2\n", " has the column 'x' twice: rename or take out one of them"),
        ("label,x\na,1\nb,c,1\n", " is no proper table (Expected 2 fields in line 3, saw 3): put"),
        ('label\na\n"b that goes on', " is no proper table (EOF inside string starting at row 2)"),
        ("label\na\nb\0c\n", ": line 3 has a NUL character: delete it"),
        ("label\nÉtat\n".encode("latin-1"), " is not UTF-8 ("),
        ("label\nÉtat\n".encode("utf-16-le"), " is no text, or in UTF-16 without its mark: save"),
        ("x" * 101 + "\nlabel\n", ": the first row has 'xxx"),
        ("label,2020-01-01\na,1\n", ": the first row has '2020-01-01' where the name of a column"),
        ("label,-1.5\na,1\n", ": the first row has '-1.5' where the name of a column is needed"),
        ("label,,b\na,1,\n", ": the first row has '' where the name of a column is needed: write"),
    ],
)
def test_what_is_no_table(write, content, says):
    assert refused(readers.read_frame, write(content), ["label"]).startswith(says)


# Without the clock in it: the workers of a run must give a test the same name.
GOOD = gzip.compress(b"text\nA net\n" * 1000, mtime=0)


@pytest.mark.parametrize(
    "content", [GOOD[:-9], GOOD[: len(GOOD) // 2], GOOD[:20] + b"\xff\xff\xff" + GOOD[23:]]
)
def test_a_damaged_archive(tmp_path, content):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(content)
    text = refused(readers.read_frame, path)
    assert text.startswith(" cannot be read (") and text.endswith("): replace it by a good copy")


def test_a_missing_file_and_a_folder(tmp_path):
    missing = " is missing: check its name and folder"
    assert refused(readers.read_frame, tmp_path / "a.csv") == missing
    assert refused(readers.read_lines, tmp_path / "a.txt") == missing
    assert refused(readers.read_frame, tmp_path) == " is a folder: name a file in it"


def test_what_a_file_holds_decides_and_not_its_name(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(b"text\nA net\n")
    assert readers.read_frame(path)["text"].tolist() == ["A net"]
    packed = tmp_path / "a.csv"
    packed.write_bytes(GOOD)
    assert len(readers.read_frame(packed)) == 1999


@pytest.mark.parametrize(
    ("content", "name", "columns"),
    [
        ("a;b\n1,5;2,5\n", "a.csv", ["a", "b"]),
        ("a\tb, c\n1\t2\n", "a.csv", ["a", "b, c"]),
        ("a|b\n1|2\n", "a.csv", ["a", "b"]),
        ('"a;x","b"\n1,2\n', "a.csv", ["a;x", "b"]),
        ("a;b;\n1;2;\n", "a.csv", ["a", "b"]),  # as some spreadsheets save it
        ("2m_temperature,24h rain\n1,2\n", "a.csv", ["2m_temperature", "24h rain"]),
        (",a\n0,1\n", "a.csv", ["index", "a"]),
    ],
)
def test_separators_and_names(write, content, name, columns):
    assert list(readers.read_frame(write(content, name)).columns) == columns


def test_a_quote_that_is_not_closed_swallows_no_lines(write):
    rows = 'a\tb\n1\t2\n"3\t4\n5\t"6\n7\t8\n'
    says = ": row 3 has lines in one field: a double quote there is not closed, so write it twice"
    assert refused(readers.read_frame, write(rows, "a.tsv")) == says
    frame = readers.read_frame(write(rows, "a.txt"))
    assert frame["a"].tolist() == ["1", '"3', "5", "7"]
    says = "a double quote there is not closed, so close it, or write it twice"
    assert refused(readers.read_frame, write('a,b\n1,"2\n3,4\n')).endswith(says)


def test_lines_of_every_system(write):
    assert readers.read_lines(write("a\r\nb\rc\n\n", "a.txt")) == ["a", "b", "c"]


# ---------------------------------------------------------------- texts


def test_texts_in_file_order_with_quotes_and_spaces_put_right(write):
    rows = (
        'A   net,"Net, a"\n'
        '"Two lines,\n one text.",Lines\n'
        '""" A """"good"""" net. """,Quoted twice\n'
        '"A ""good"" net",Quoted once\n'
        '"""Good"" nets are ""good""",Quotes at both ends\n'
        "A net,Again\n"
    )
    expected = ["A net", "Two lines, one text.", 'A "good" net.', 'A "good" net']
    expected += ['"Good" nets are "good"', "A net"]
    frame = readers.read_texts(write("text,title\n" + rows), "text")
    assert frame["text"].tolist() == expected
    assert frame["title"].tolist()[:2] == ["Net, a", "Lines"]


@pytest.mark.parametrize("empty", ["", "   ", '""', "word", "word.", "..."])
def test_a_text_without_two_words(write, empty):
    path = write(f"text,label\nA net,1\n{empty},1\nA net,1\n{empty},0\n")
    expected = ": row 3 (and 1 more) has fewer than two words under 'text': fill it in or delete it"
    assert refused(readers.read_texts, path, "text") == expected


def test_no_texts(write):
    assert refused(readers.read_texts, write("text\n"), "text") == (
        " has no rows below its header: add some"
    )


# ---------------------------------------------------------------- labelled texts

REVIEWS = "part,label,text\ntrain,1,A  good film\ntest,0,Bad\n"


def test_reviews_by_hand(write):
    frame = readers.read_reviews(write(REVIEWS))
    assert frame[["text", "part"]].values.tolist() == [["A good film", "train"], ["Bad", "test"]]
    assert frame["label"].tolist() == [1, 0] and frame["label"].dtype == int


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("train,1", "trian,1", ": row 2 has 'trian' under 'part': it must be train or test"),
        ("test,0", "test,2", ": row 3 has '2' under 'label': it must be 0 or 1"),
        ("test,0,Bad", "test", ": row 3 has '' under 'label': it must be 0 or 1"),
        ("0,Bad", "0", ": row 3 has an empty text: fill it in or delete the row"),
        ("Bad", "...", ": row 3 has an empty text: fill it in or delete the row"),
        ("test,0", "train,0", " has no rows of the part 'test': add some"),
        ("text\n", "review\n", " has no column 'text' but part, label, review: add it, or name"),
    ],
)
def test_reviews_that_are_refused(write, old, new, says):
    assert refused(readers.read_reviews, write(REVIEWS.replace(old, new))).startswith(says)


# ---------------------------------------------------------------- pairs


def test_pairs_by_hand(write):
    source = write("\ufeffA dog.\nTwo\u2028dogs.", "a.en.gz")
    target = write("Un chien. \r\n Deux\r\n", "a.fr")
    pairs = readers.read_pairs(source, target)
    assert pairs.to_dict("list") == {
        "source": ["A dog.", "Two\u2028dogs."],
        "target": ["Un chien.", "Deux"],
    }


def test_files_that_are_no_translations(write):
    source, target = write("A\nB\n", "a.en"), write("A\n", "a.fr")
    expected = f" has 2 lines and {target} 1, which cannot be translations of each other: give both"
    assert refused(readers.read_pairs, source, target).startswith(expected)


def test_alignments_by_hand(write):
    path = write("0 2,1 3,4\n\n1\n", "a.align")
    assert readers.read_alignments(path) == [[(0,), (2, 1), (3, 4)], [], [(1,)]]
