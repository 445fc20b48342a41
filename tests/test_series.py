"""Tables with a time column, as people have them: what is read, and what is refused in a sentence.

The small files of each kind follow public bug reports; the right answers are worked by hand.
"""

import gzip
import re
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rnnkit import series
from rnnkit.downloads import DataError


@pytest.fixture
def write(tmp_path):
    """Write text or bytes to a file; return its path, which has a blank and an umlaut."""

    def write(content, name="a.csv"):
        folder = tmp_path / "Meßwerte vom Süden"
        folder.mkdir(exist_ok=True)
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def refused(path, **options):
    with pytest.raises(DataError) as error:
        series.read_table(path, **options)
    text = str(error.value)
    assert text.startswith(str(path)) and "\n" not in text and not re.search(r"\. [A-Z]", text)
    return text.removeprefix(str(path))


def table(*times, values=None, header="time,T"):
    values = values or range(1, len(times) + 1)
    rows = [f"{at},{value}" for at, value in zip(times, values, strict=True)]
    return "\n".join([header, *rows, ""])


def notes(frame):
    return "; ".join(frame.attrs["notes"])


def test_a_table_by_hand(tmp_path):
    rows = [f"2020-01-01 0{hour}:00:00,{hour},{2 * hour}" for hour in range(10)]
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress("\n".join(["time,wind,T", *rows]).encode(), mtime=0))
    frame = series.read_table(path, "T")
    assert frame.to_dict("list") == {"wind": [*range(10)], "T": [*range(0, 20, 2)]}
    assert frame.dtypes.tolist() == [float, float] and frame.index.name == "time"
    assert frame.index[-1] + frame.index.freq == pd.Timestamp("2020-01-01 10:00")


# ---------------------------------------------------------------- times of every form

THREE_DAYS = ["2009-01-30", "2009-01-31", "2009-02-01"]


@pytest.mark.parametrize(
    "times",
    [
        THREE_DAYS,
        ["2009/01/30", "2009/01/31", "2009/02/01"],
        ["2009.01.30", "2009.01.31", "2009.02.01"],
        ["2009-1-30", "2009-1-31", "2009-2-1"],
        ["30.01.2009", "31.01.2009", "01.02.2009"],
        ["30/01/2009", "31/01/2009", "01/02/2009"],
        ["1/30/2009", "1/31/2009", "2/1/2009"],
        ["30-01-2009", "31-01-2009", "01-02-2009"],
        ["30 Jan 2009", "31 Jan 2009", "01 Feb 2009"],
        ["30-Jan-2009", "31-Jan-2009", "01-Feb-2009"],
        ['"January 30, 2009"', '"January 31, 2009"', '"February 1, 2009"'],
        ["2009-01-30 00:00", "2009-01-31T00:00:00", "2009-02-01 00:00:00.000"],
        ["2009-01-30 00:00:00+00:00", "2009-01-31 00:00:00+00:00", "2009-02-01 00:00:00+00:00"],
        ["2009-01-30T00:00:00Z", "2009-01-31T00:00:00Z", "2009-02-01T00:00:00Z"],
    ],
)
def test_three_days_however_they_are_written(write, times):
    frame = series.read_table(write(table(*times)))
    assert frame.index.equals(pd.DatetimeIndex(THREE_DAYS, name="time"))
    assert frame["T"].tolist() == [1, 2, 3] and frame.index.freqstr == "D"


@pytest.mark.parametrize(
    ("times", "first", "step"),
    [
        (["1949-11", "1949-12", "1950-01"], "1949-11-01", "MS"),
        (["Nov 1949", "Dec 1949", "Jan 1950"], "1949-11-01", "MS"),
        (["2020-01-31", "2020-02-29", "2020-03-31"], "2020-01-31", "ME"),
        (["2020-01-15", "2020-02-15", "2020-03-15", "2020-04-15"], "2020-01-01", "MS"),
        (["2019Q4", "2020Q1", "2020Q2"], "2019-10-01", "QS-JAN"),
        (["2019-Q4", "2020-Q1", "2020-Q2"], "2019-10-01", "QS-JAN"),
        (["2019-01-01", "2020-01-01", "2021-01-01"], "2019-01-01", "YS-JAN"),
        (["2020-01-05", "2020-01-12", "2020-01-19"], "2020-01-05", "W-SUN"),
        (["2020-01-02", "2020-01-03", "2020-01-06", "2020-01-07"], "2020-01-02", "B"),
        (["2020-01-01 00:00", "2020-01-01 00:10", "2020-01-01 00:20"], "2020-01-01", "10min"),
        (["2020-01-01 11:00 PM", "2020-01-02 12:00 AM", "2020-01-02 1:00 AM"], None, "h"),
        (["2020-01-01 00:00:01", "2020-01-01 00:00:02", "2020-01-01 00:00:03"], None, "s"),
        (
            ["2020-01-01 00:00:00.1", "2020-01-01 00:00:00.2", "2020-01-01 00:00:00.3"],
            None,
            "100ms",
        ),
    ],
)
def test_any_step_from_a_fraction_of_a_second_to_a_year(write, times, first, step):
    frame = series.read_table(write(table(*times)))
    assert frame.index.freqstr == step and len(frame) == len(times)
    assert frame["T"].tolist() == [*range(1, len(times) + 1)]
    if first:
        assert frame.index[0] == pd.Timestamp(first)


def test_years_are_read_where_the_column_is_called_so(write):
    frame = series.read_table(write(table(2019, 2020, 2021, header="Year,T")))
    assert frame.index.equals(pd.DatetimeIndex(["2019-01-01", "2020-01-01", "2021-01-01"]))
    assert "may be seconds, years" in refused(write(table(2019, 2020, 2021)))


def test_a_date_and_a_time_of_day_belong_together(write):
    rows = "16/12/2006;17:24:00;4.2;234.8\n16/12/2006;17:25:00;5.3;233.6\n"
    rows += "16/12/2006;17:26:00;5.4;233.3\n"
    frame = series.read_table(write("Datum;Uhrzeit;power;T\n" + rows))
    assert frame.index[1] == pd.Timestamp("2006-12-16 17:25") and frame.index.freqstr == "min"
    assert frame.to_dict("list") == {"power": [4.2, 5.3, 5.4], "T": [234.8, 233.6, 233.3]}


@pytest.mark.parametrize(
    ("times", "says"),
    [
        (["1577836800", "1577840400", "1577844000"], "may be seconds, years, days or row numbers"),
        (["0", "1", "2"], "may be seconds, years, days or row numbers"),
        (["20200101", "20200102", "20200103"], "may be seconds, years, days or row numbers"),
        (["1949.0", "1949.083", "1949.167"], "may be seconds, years, days or row numbers"),
        (["today", "now", "tomorrow"], "row 2 (and 2 more) has 'today' for a time: write it as"),
        (["01.02.20", "02.02.20", "03.02.20"], "has '01.02.20' for a time: write it as 2009-01-31"),
        (["2019/20", "2020/21", "2021/22"], "has '2019/20' for a time"),
        (["Jan", "Feb", "Mar"], "has 'Jan' for a time"),
        (["10:00", "11:00", "12:00"], "has '10:00' for a time"),
        (["2020-01-01", "", "2020-01-03"], "row 3 has no time under 'time': fill it in, or delete"),
        (["2020-01-30", "2020-02-31", "2020-02-01"], "row 3 has '2020-02-31' for a time"),
        (["01/02/2020", "02/02/2020", "03/02/2020"], 'the option {"day_first": True} or False'),
        (["13/01/2020", "01/14/2020", "01/15/2020"], "whose month could be either number"),
        (
            ["2020-01-01 00:00+01:00", "2020-01-01 01:00", "2020-01-01 02:00+01:00"],
            "row 3 has '2020-01-01 01:00', with a UTC offset or without, unlike others",
        ),
    ],
)
def test_times_that_could_be_others_are_refused_with_the_cause(write, times, says):
    assert says in refused(write(table(*times)))


def test_which_number_is_the_day_can_be_told(write):
    path = write(table("01/02/2020", "02/02/2020", "03/02/2020"))
    frame = series.read_table(path, day_first=True)
    assert frame.index.equals(pd.DatetimeIndex(["2020-02-01", "2020-02-02", "2020-02-03"]))
    frame = series.read_table(path, day_first=False)
    assert frame.index.equals(
        pd.DatetimeIndex(["2020-01-02", "2020-02-02", "2020-03-02"]) - pd.Timedelta("1D")
    )


def test_the_column_of_times_is_found_or_named(write):
    content = ",city,measured,made,T\n"
    for day in (1, 2, 3):
        content += f"{day - 1},Köln,2020-01-0{day},2021-01-0{day},{day}.5\n"
    frame = series.read_table(write(content), time="made", target="T")
    assert frame.index[0] == pd.Timestamp("2021-01-01") and list(frame.columns) == ["T"]
    assert notes(frame) == (
        "'index' counts the rows and is left out; 'city' holds no numbers and is left out; "
        "'measured' holds no numbers and is left out"
    )
    assert series.read_table(write(content)).index[0] == pd.Timestamp("2020-01-01")


# ---------------------------------------------------------------- offsets, and clocks put back


def test_one_utc_offset_leaves_local_times_and_several_make_utc(write):
    times = [f"2020-01-01T0{hour}:00:00+01:00" for hour in range(3)]
    frame = series.read_table(write(table(*times)))
    assert frame.index[0] == pd.Timestamp("2020-01-01 00:00")
    assert notes(frame) == "the times are those of the UTC offset +01:00"
    # Berlin, 29 March 2020: the hour after 01:00+01:00 is 03:00+02:00.
    times = ["2020-03-29 01:00+0100", "2020-03-29 03:00+0200", "2020-03-29 04:00+0200"]
    frame = series.read_table(write(table(*times)))
    hours = pd.DatetimeIndex(["2020-03-29 00:00", "2020-03-29 01:00", "2020-03-29 02:00"])
    assert frame.index.equals(hours)
    assert notes(frame) == "the times have several UTC offsets and are given in UTC"


@pytest.mark.parametrize(
    ("offset", "hours"), [("+05:30", 5.5), ("-0330", -3.5), ("+02", 2), ("Z", 0)]
)
def test_an_offset_by_hand(offset, hours):
    assert series._hours(offset) == hours


def test_clocks_put_back(write):
    """25 October 2020 in Berlin: 02:00 and 02:30 come twice."""
    clock = ["00:00", "00:30", "01:00", "01:30", "02:00", "02:30", "02:00", "02:30", "03:00"]
    path = write(table(*[f"2020-10-25 {at}" for at in clock]))
    assert "write UTC where clocks are put back, or have them filled" in refused(path)
    frame = series.read_table(path, fill=True)
    assert frame["T"].tolist() == [1, 2, 3, 4, 5, 6, 9] and frame.index.freqstr == "30min"
    assert "dropped: 2 rows that repeated a time" in notes(frame)


def test_clocks_put_forward(write):
    path = write(table(*[f"2020-03-29 {hour:02}:00" for hour in (0, 1, 3, 4, 5)]))
    assert refused(path).startswith(
        " lacks 1 rows, the first at 2020-03-29 02:00:00, if one is due every hour: add them, or"
    )
    assert series.read_table(path, fill=True)["T"].tolist() == [1, 2, 2.5, 3, 4, 5]


# ---------------------------------------------------------------- order, gaps, repeats


def test_the_newest_row_may_come_first(write):
    frame = series.read_table(write(table(*THREE_DAYS[::-1])))
    assert frame["T"].tolist() == [3, 2, 1] and frame.index[0] == pd.Timestamp("2009-01-30")
    assert notes(frame) == "the newest row came first and now comes last"


def test_holidays_of_a_market_are_filled_on_request(write):
    days = pd.bdate_range("2020-04-06", "2020-04-17").drop(["2020-04-10", "2020-04-13"])  # Easter
    path = write(table(*days.strftime("%Y-%m-%d")))
    says = " lacks 2 rows, the first at 2020-04-10 00:00:00, if one is due every working day: add"
    assert refused(path).startswith(says)
    frame = series.read_table(path, fill=True)
    assert frame.index.freqstr == "B" and len(frame) == 10
    assert "filled: 2 missing rows, 0 missing values; dropped: 0 rows" in notes(frame)


def test_missing_values_are_filled_on_request(write):
    path = write(table(*[f"2020-01-0{day}" for day in range(1, 6)], values=["NA", 2, "?", "", 8]))
    assert refused(path).startswith(
        ": row 2 (and 2 more) has 'NA' under 'T', where a finite number is needed: correct it, or "
    )
    assert series.read_table(path, fill=True)["T"].tolist() == [2, 2, 4, 6, 8]


@pytest.mark.parametrize(
    ("times", "says"),
    [
        (
            [0, 2, 1, 3],
            ": row 4 (2020-01-01 01:00:00) comes before the row above: sort the rows by",
        ),
        (
            [0, 1, 1, 2],
            ": row 4 (2020-01-01 01:00:00) repeats the time of the row above: delete one",
        ),
        (
            [0, 1, 2, 3, 12],
            ": row 6 comes 0 days 09:00:00 after the row above, where 0 days 01:00:",
        ),
    ],
)
def test_times_out_of_step(write, times, says):
    assert refused(write(table(*[f"2020-01-01 {hour:02}:00" for hour in times]))).startswith(says)


def test_many_rows_for_one_time_are_never_mended(write):
    """Ten rows a second, and several series below each other."""
    path = write(table(*[f"2020-01-01 00:00:0{number // 10}" for number in range(20)]))
    for fill in (False, True):
        says = (
            "repeats the time of the row above, as many do: write the times more exactly, or keep"
        )
        assert says in refused(path, fill=fill)


def test_a_date_and_a_clock_and_nothing_else(write):
    path = write("date,time\n2020-01-01,00:00\n2020-01-01,01:00\n2020-01-01,02:00\n")
    assert refused(path) == " has no column beside its times: add one of numbers"


def test_quarters_that_begin_in_february(write):
    times = ["2020-02-01", "2020-05-01", "2020-08-01", "2020-11-01"]
    frame = series.read_table(write(table(*times)))
    assert frame.index.equals(pd.DatetimeIndex(times))


def test_one_wrong_year_does_not_ask_for_millions_of_rows(write):
    times = [*pd.date_range("2020-01-01", periods=9, freq="min").astype(str), "2200-01-01 00:00:00"]
    for fill in (False, True):
        says = refused(write(table(*times)), fill=fill)
        assert says.startswith(": row 11 comes 65743 days 23:52:00 after the row above")


@pytest.mark.parametrize("fill", [False, True])
def test_too_few_rows(write, fill):
    assert refused(write("time,T\n"), fill=fill).startswith(" has 0 rows below the first")
    assert "has 2 rows" in refused(write(table("2020-01-01", "2020-01-02")), fill=fill)
    path = write(table("2020-01-01", "2020-01-01", "2020-01-02"))
    assert "repeats" in refused(path) and "has 2 different times" in refused(path, fill=True)
    assert "has no column beside its times" in refused(
        write("time\n2020-01-01\n2020-01-02\n2020-01-03\n"), fill=fill
    )


# ---------------------------------------------------------------- numbers

PRICES = ["1,250.50", "1,251", "999.5"]


@pytest.mark.parametrize(
    ("values", "expected", "options"),
    [
        (["0,5", "1,25", "2,5"], [0.5, 1.25, 2.5], {}),
        (["1.250,5", "999", "-1,5"], [1250.5, 999, -1.5], {}),
        (PRICES, [1250.5, 1251, 999.5], {}),
        (["0,500", "0,625", "0,750"], [0.5, 0.625, 0.75], {}),
        (["1,250", "2,500", "3,750"], [1.25, 2.5, 3.75], {"decimal": ","}),
        (["1,250", "2,500", "3,750"], [1250, 2500, 3750], {"decimal": "."}),
        (["1e3", "-.5", "+2"], [1000, -0.5, 2], {}),
        (["0", "0", "7"], [0, 0, 7], {}),
    ],
)
def test_numbers_as_people_write_them(write, values, expected, options):
    rows = [f'{day};"{value}"' for day, value in zip(THREE_DAYS, values, strict=True)]
    frame = series.read_table(write("\n".join(["time;T", *rows])), **options)
    assert frame["T"].tolist() == expected


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (["1,250", "2,500", "3,750"], "'1,250', which could be thousands or a fraction: give the"),
        (["1,25", "2.5", "3"], "has '1,25' under 'T', where a finite number is needed: correct it"),
        (
            ["1_0", "11", "12"],
            "row 2 has '1_0' under 'T', where a finite number is needed: correct",
        ),
        (
            ["$1", "$2", "$3"],
            "has '$1' under 'T', where a finite number is needed: leave nothing but",
        ),
        (["inf", "1", "2"], "row 2 has 'inf' under 'T'"),
        (["a", "b", "c"], "has 'a' under 'T', where a finite number is needed: leave nothing but"),
    ],
)
def test_numbers_that_are_refused(write, values, says):
    rows = [f'{day};"{value}"' for day, value in zip(THREE_DAYS, values, strict=True)]
    assert says in refused(write("\n".join(["time;T", *rows])))


@pytest.mark.parametrize("value", ["calm", "", "nan", "inf", "NA", "1_0", "0x10", "1e999"])
def test_a_value_that_is_no_number(write, value):
    path = write(table(*THREE_DAYS, values=["1,2", f"{value},2", "1,2"], header="time,wind,T"))
    expected = f": row 3 has '{value}' under 'wind', where a finite number is needed: correct it"
    assert refused(path).startswith(expected)


def test_the_target_is_the_last_column_of_numbers_or_the_named_one(write):
    content = "time,a,b,place\n" + "".join(f"{day},1,2,Süd\n" for day in THREE_DAYS)
    assert list(series.read_table(write(content)).columns) == ["a", "b"]
    assert list(series.read_table(write(content), target="a").columns) == ["b", "a"]
    assert "has 'Süd' under 'place'" in refused(write(content), target="place")
    assert "'time' holds the times: name another column" in refused(write(content), target="time")
    assert "has no column 'c' but time, a, b, place" in refused(write(content), target="c")


# ---------------------------------------------------------------- the files of public bug reports

CASES = {
    "semicolon": "date;wind;T\n2020-01-01 00:00:00;1;2\n2020-01-01 01:00:00;1;2\n"
    "2020-01-01 02:00:00;1;3\n",
    "monthly": '"Month","T"\n"1949-01",112\n"1949-02",118\n"1949-03",132\n"1949-04",129\n',
    "utf16": "date,wind,T\n2020-01-01 00:00:00,1,2\n2020-01-01 01:00:00,1,2\n"
    "2020-01-01 02:00:00,1,2\n",
    "trailing": "time;T;\n2020-01-01;1;\n2020-01-02;2;\n2020-01-03;3;\n",
}


@pytest.mark.parametrize("name", CASES)
def test_sound_files_are_read(write, name):
    content = CASES[name].encode("utf-16" if name == "utf16" else "utf-8")
    assert len(series.read_table(write(content))) >= 3


def test_a_table_without_names(write):
    rows = "".join(f"2020-01-01 0{hour}:00:00,{hour},{hour}\n" for hour in range(3))
    assert refused(write(rows)).startswith(
        ": the first row has '2020-01-01 00:00:00' where the name of a column is needed: write a"
    )


# ---------------------------------------------------------------- whatever goes in

CELLS = st.sampled_from(
    ["", "1", "0,5", "1.5", "NA", "x", "2020-01-01", "2020-01-02", "01/02/2020", "now", "2020Q1"]
    + ["Jan 2020", "2020-01-01 00:00+01:00", "1_0", "inf", "ä", '"', "'", "\t", ";", "9" * 30]
    + ["31.12.2020 23:59", "2020-01-01T00:00:00Z", "1949-01", "2020", "0000-00-00", "24:00"]
)
ROWS = st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=8)


@settings(max_examples=150, deadline=2000, suppress_health_check=list(HealthCheck))
@given(
    rows=ROWS,
    fill=st.booleans(),
    day_first=st.sampled_from([None, True, False]),
    decimal=st.sampled_from([None, ",", "."]),
    separator=st.sampled_from([",", ";", "\t"]),
)
def test_any_table_gives_a_series_or_a_sentence(
    tmp_path, rows, fill, day_first, decimal, separator
):
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["time,T", *map(separator.join, rows)]), encoding="utf-8")
    began = time.perf_counter()
    try:
        frame = series.read_table(path, fill=fill, day_first=day_first, decimal=decimal)
        assert frame.index.freq is not None and np.isfinite(frame.to_numpy()).all()
    except DataError as error:
        assert "\n" not in str(error)
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize(
    "content", ["time,T\n" + "2020-01-01,?\n" * 3, "time\n" + "2020-01-01\n" * 3]
)
def test_a_table_without_a_number(tmp_path, content):
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8")
    assert "add one" in refused(path, fill=True)
