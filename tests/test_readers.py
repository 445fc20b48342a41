"""A reader's own files: what is read, and the one sentence with which the rest is refused."""

import gzip
import re

import pandas as pd
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
        ("label\nÉtat\n".encode("utf-16"), " is not UTF-8 ("),
    ],
)
def test_what_is_no_table(write, content, says):
    assert refused(readers.read_frame, write(content), ["label"]).startswith(says)


# Without the clock in it: the workers of a run must give a test the same name.
GOOD = gzip.compress(b"text\nA net\n" * 1000, mtime=0)


@pytest.mark.parametrize(
    "content", [b"text\nA net\n", GOOD[: len(GOOD) // 2], GOOD[:20] + b"\xff\xff\xff" + GOOD[23:]]
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
    assert "cannot be read (" in refused(readers.read_frame, tmp_path)


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


# ---------------------------------------------------------------- series


def series(*rows, header="time,wind,T"):
    return "\n".join([header, *rows, ""])


def at(hour, values="1,2"):
    return f"2020-01-01 {hour:02}:00:00,{values}"


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_a_table_by_hand(write, name):
    rows = [at(hour, f"{hour},{2 * hour}") for hour in range(10)]
    frame = readers.read_table(write(series(*rows), name), "T")
    assert frame.to_dict("list") == {"wind": [*range(10)], "T": [*range(0, 20, 2)]}
    assert frame.dtypes.tolist() == [float, float]
    assert frame.index.name == "time" and frame.index[3] == pd.Timestamp("2020-01-01 03:00")
    assert frame.index[-1] + frame.index.freq == pd.Timestamp("2020-01-01 10:00")


@pytest.mark.parametrize(
    ("times", "after"),
    [
        (["27.02.2020 23:50:00", "28.02.2020 23:50:00", "29.02.2020 23:50:00"], "2020-03-01 23:50"),
        (["1949-11", "1949-12", "1950-01"], "1950-02-01"),
        (["2019-01-01", "2020-01-01", "2021-01-01"], "2022-01-01"),
        (["2020-01-01T00:00", "2020-01-01T00:10", "2020-01-01T00:20"], "2020-01-01 00:30"),
    ],
)
def test_any_regular_step(write, times, after):
    frame = readers.read_table(write(series(*(f"{time},1,2" for time in times))), "T")
    assert len(frame) == 3
    assert frame.index[-1] + frame.index.freq == pd.Timestamp(after)


@pytest.mark.parametrize("value", ["calm", "", "nan", "inf", "NA", "1_0", "0x10", "1e999"])
def test_a_value_that_is_no_number(write, value):
    path = write(series(at(0), at(1, f"{value},2"), at(2)))
    expected = f": row 3 has '{value}' under 'wind', where a finite number is needed: correct it"
    assert refused(readers.read_table, path, "T") == expected


@pytest.mark.parametrize(
    "time", ["noon", "", "now", "1577836800", "20200101", "2020", "01.02.20", "01/02/2020"]
)
def test_a_time_that_could_be_another(write, time):
    path = write(series(at(0), f"{time},1,2", at(2)))
    expected = f": row 3 has '{time}' for a time: write it as 2009-01-31 23:10:00 or 31.01.2009"
    assert refused(readers.read_table, path, "T").startswith(expected)


@pytest.mark.parametrize("time", ["2020-02-30", "31.04.2020", "2020-01-01 25:00:00"])
def test_a_time_that_does_not_exist(write, time):
    assert f"row 3 has '{time}'" in refused(
        readers.read_table, write(series(at(0), f"{time},1,2", at(2))), "T"
    )


@pytest.mark.parametrize(
    ("hours", "says"),
    [
        ([0, 1, 2, 5], ": row 5 comes 0 days 03:00:00 after the row above, where 0 days 01:00:00"),
        ([0, 1, 1, 2], ": row 4 (2020-01-01 01:00:00) repeats the time of the row above: delete"),
        ([0, 2, 1, 3], ": row 4 (2020-01-01 01:00:00) comes before the row above: sort the rows"),
        ([0, 1], " has 2 rows: a series takes three or more"),
    ],
)
def test_times_that_are_no_series(write, hours, says):
    path = write(series(*(at(hour) for hour in hours)))
    assert refused(readers.read_table, path, "T").startswith(says)


def test_a_target_that_is_not_there(write):
    expected = " has no column 'rain' but time, wind, T: add it, or name another"
    assert refused(readers.read_table, write(series(at(0))), "rain") == expected


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
