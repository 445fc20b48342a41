"""Tables of measurements: what the reader takes, what it refuses and how, and splits by time."""

import gzip
import os
import re
from pathlib import Path

import numpy as np
import pytest

from rnnkit import corpora
from rnnkit.corpora import DataError
from rnnkit.synthetic import weather

REAL = Path(os.environ.get("RNNKIT_CACHE") or "~/.cache/rnnkit").expanduser()
HEADER = "date,wind,T"


def real(name):
    reason = f"{name} is not in the cache {REAL}: set RNNKIT_CACHE to one that holds it"
    return pytest.mark.skipif(not (REAL / name).exists(), reason=reason)


@pytest.fixture
def table(tmp_path):
    """Write hourly rows (10 if none are given) and return their path."""

    def write(*rows, header=HEADER, name="station.csv"):
        rows = rows or [f"2020-01-01 {hour:02}:00:00,{hour},{2 * hour}" for hour in range(10)]
        text = "\n".join([header, *rows]) + "\n"
        path = tmp_path / name
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
        return path

    return write


def at(hour, values="1,2"):
    return f"2020-01-01 {hour:02}:00:00,{values}"


def refused(path, **options):
    """The sentence with which a file is refused; it must be one, and name the file."""
    with pytest.raises(DataError) as error:
        corpora.read_table(path, **{"target": "T"} | options)
    text = str(error.value)
    assert str(path) in text and "\n" not in text and not re.search(r"\. [A-Z]", text)
    return text.removeprefix(str(path))


# ---------------------------------------------------------------- what is read


@pytest.mark.parametrize("name", ["station.csv", "station.csv.gz"])
def test_a_table_by_hand(table, name):
    read = corpora.read_table(table(name=name), target="T")
    assert read.columns == ("wind", "T") and read.target == "T"
    assert read.values.tolist() == [[hour, 2 * hour] for hour in range(10)]
    assert read.times[3] == np.datetime64("2020-01-01T03:00:00")


def test_columns_come_in_the_order_asked_for(table):
    read = corpora.read_table(table(), target="T", columns=("T", "wind"))
    assert read.values[3].tolist() == [6, 3]


def test_dates_as_the_jena_file_writes_them(table):
    rows = [f"{day:02}.02.2020 23:50:00,1,2" for day in (27, 28, 29)]
    times = corpora.read_table(table(*rows), target="T").times
    assert times[1] == np.datetime64("2020-02-28T23:50:00")
    assert np.diff(times).tolist() == [np.timedelta64(86400, "s")] * 2


# ---------------------------------------------------------------- what is refused


def test_a_missing_column(table):
    text = refused(table(), columns=("wind", "rain", "T"))
    assert text == " lacks the column 'rain': use a complete file, or read it without `columns`"


def test_an_extra_column(table):
    text = refused(table(), columns=("T",))
    assert text.startswith(" has beyond those expected the column 'wind': take out, or add to")


def test_a_column_that_stands_there_twice(table):
    assert "has twice the column 'T'" in refused(table(header="date,T,T"))


def test_a_target_that_is_not_there(table):
    assert "no column 'rain' to forecast: name one of ('wind', 'T')" in refused(
        table(), target="rain"
    )


@pytest.mark.parametrize(
    ("bad", "named"),
    [("calm", "'calm'"), ("", "nothing"), ("nan", "'nan'"), ("inf", "'inf'"), ("NA", "'NA'")],
)
def test_a_value_that_is_no_number(table, bad, named):
    text = refused(table(at(0), at(1, f"{bad},2"), at(2)))
    assert text.startswith(f" has {named} under 'wind' in row 2, where a finite number is needed")


def test_a_time_that_cannot_be_read(table):
    text = refused(table(at(0), "noon,1,2", at(2)))
    assert text.startswith(" has 'noon' for a time in row 2: write it as 2009-01-31 23:10:00")


def test_a_gap(table):
    text = refused(table(at(0), at(1), at(2), at(5)))
    assert "row 4 (2020-01-01 05:00:00) comes 180 minutes after the row above" in text
    assert text.endswith("60 minutes are usual: fill the gap, or pass mend=2")


def test_times_that_are_out_of_step(table):
    text = refused(table(at(0), at(1), at(2), "2020-01-01 03:20:00,1,2"), mend=5)
    assert text.endswith("80 minutes after the row above, where 60 minutes are usual: correct it")


def test_a_repeated_time(table):
    text = refused(table(at(0), at(1), at(1), at(2)))
    assert "row 3 (2020-01-01 01:00:00) repeats the time of the row above: delete" in text


def test_unsorted_times(table):
    text = refused(table(at(0), at(2), at(1), at(3)))
    assert "row 3 (2020-01-01 01:00:00) comes before the row above: sort the rows" in text


def test_a_row_with_too_many_fields(table):
    assert "does not have 3 fields in row 2" in refused(table(at(0), at(1, "1,2,3")))


def test_empty_and_missing_files(table, tmp_path):
    (tmp_path / "empty.csv").write_text("")
    assert refused(tmp_path / "empty.csv") == " is empty: replace it by a good copy"
    assert "does not have two rows of numbers" in refused(table(at(0)))
    assert refused(tmp_path / "none.csv") == " is missing: check its name and folder"


def test_mending_fills_short_gaps_sorts_and_drops_repetitions(table):
    path = table(at(3, "7,8"), at(0, "1,2"), at(0, "9,9"), at(1, "3,4"), at(4, "9,10"))
    read = corpora.read_table(path, target="T", mend=1)
    assert read.values.tolist() == [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]]
    assert np.diff(read.times).tolist() == [np.timedelta64(3600, "s")] * 4
    assert "pass mend=2" in refused(table(at(0), at(1), at(2), at(5)), mend=1)


# ---------------------------------------------------------------- real files


@real("jena_climate.28_days.csv")
def test_four_weeks_of_jena_lack_three_columns():
    path = REAL / "jena_climate.28_days.csv"
    text = refused(path, target="T (degC)", columns=weather.COLUMNS)
    assert text.startswith(" lacks the column 'wv (m/s)', 'max. wv (m/s)', 'wd (deg)': use a")
    read = corpora.read_table(path, target="T (degC)")
    assert read.columns == weather.COLUMNS[:11] and len(read.times) > 3990
    assert (np.diff(read.times) == np.timedelta64(10, "m")).all()


@real("jena_climate_2009_2016.csv")
def test_the_whole_jena_file_reads_when_mended():
    path = corpora.fetch("jena_climate_2009_2016.csv")
    read = corpora.read_table(path, target="T (degC)", columns=weather.COLUMNS, mend=1000)
    assert len(read.times) > 420_000


@real("ETTh1.csv")
def test_the_transformer():
    read = corpora.load("weather", "real")
    assert read.values.shape == (17_420, 7) and read.target == "OT"
    assert (np.diff(read.times) == np.timedelta64(1, "h")).all()


@real("nyc_taxi.csv")
@real("combined_windows.json")
def test_the_taxis_have_five_labelled_windows():
    read, labels = corpora.load("faults", "real")
    assert read.values.shape == (10_320, 1) and len(labels) == 10_320
    assert (np.diff(labels) == 1).sum() == 5
    assert str(read.times[labels.argmax()]) == "2014-10-30T15:30:00"


# ---------------------------------------------------------------- splits by time


def test_a_split_by_time_by_hand():
    split = corpora.split_by_time(24, fractions=(0.5, 0.25, 0.25), gap=2)
    assert [(part[0], part[-1]) for part in split] == [(0, 9), (12, 16), (19, 23)]


@pytest.mark.parametrize("count", [100, 101, 997])
@pytest.mark.parametrize("gap", [0, 1, 24])
def test_the_parts_follow_each_other_with_the_gap_between(count, gap):
    split = corpora.split_by_time(count, gap=gap)
    assert split.train[0] == 0 and split.test[-1] == count - 1
    assert split.validation[0] - split.train[-1] == split.test[0] - split.validation[-1] == gap + 1
    for part in split:
        assert (np.diff(part) == 1).all()


def test_a_series_shorter_than_window_and_horizon_is_refused():
    with pytest.raises(ValueError, match="200 rows.* but each needs 48, as for a window and its"):
        corpora.split_by_time(200, gap=24, least=48)
    with pytest.raises(ValueError, match="10 rows, split with gaps of 24"):
        corpora.split_by_time(10, gap=24)
    with pytest.raises(ValueError, match="three shares of 1|three shares with the sum 1"):
        corpora.split_by_time(100, fractions=(0.5, 0.2, 0.2))
