"""Measurements at equal distances in time, from a table of text to numbers under a time index."""

import warnings

import numpy as np
import pandas as pd

from rnnkit import readers
from rnnkit.downloads import DataError

CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AaPp][Mm])?"
OFFSET = r"(:\d{2}(?:\.\d+)?(?: ?[AaPp][Mm])?) ?(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)$"
YEAR_FIRST = r"^(\d{4})([/.])(\d{1,2})\2(\d{1,2})(?!\d)"
ISO = rf"\d{{4}}-\d{{1,2}}(?:-\d{{1,2}}(?:[T ]+{CLOCK})?)?"
DATE = rf"(\d{{1,2}})([./-])(\d{{1,2}})[./-](\d{{4}})((?:[T ]+{CLOCK})?)"
QUARTER = r"(\d{4})[- ]?(Q[1-4])"
NAMED = ["%b %Y", "%B %Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%b %d, %Y", "%B %d, %Y"]
WHOLE = r"[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+)"  # 1.234.567
GROUPED = r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?"  # 1,234.5
WRITE = "write it as 2009-01-31 23:10:00 or 31.01.2009 23:10:00"
FILL = 'or have them filled by the option {"fill": True}'
WORDS = {"B": "working day", "MS": "month", "ME": "month", "D": "day", "h": "hour"}


def read_table(path, target=None, time=None, day_first=None, fill=False, decimal=None, **options):
    """Read measurements at equal distances in time.

    path: path-like; target: the column to forecast, or None for the last one of numbers; time: the
    column of times, or None for the first that holds some, with a time of day in the next one;
    day_first: what 01/02/2020 means, True for the first of February; fill: whether what is missing
    is interpolated in time and of rows that repeat a time the first kept; decimal: "," where 1,234
    is a little more than 1, "." where it is a thousand; options: as for `read_frame` ->
    pandas.DataFrame of float with a DatetimeIndex "time" that has a frequency, the target last, and
    in `attrs["notes"]` a list of sentences on what was done. Raises DataError: a number or time
    that cannot be read or is ambiguous, times not sorted, gaps, repeats and missing values unless
    filled.
    """
    frame = readers.read_frame(path, [name for name in (target, time) if name], **options)
    if len(frame) < 3:
        raise DataError(
            f"{path} has {len(frame)} rows below the first: a series takes three or more"
        )
    notes = []
    texts = _time_texts(frame, time)
    times = parse_times(path, texts, day_first, notes)
    if frame.columns.empty:
        raise DataError(f"{path} has no column beside its times: add one of numbers")
    if target and target not in frame:
        raise DataError(f"{path}: {target!r} holds the times: name another column as target")
    table = _columns_of_numbers(path, frame, target, fill, decimal, notes)
    table.index = pd.DatetimeIndex(times, name="time")
    if table.index.is_monotonic_decreasing:
        path = f"{path} (from its end)"
        table = table[::-1]
        notes.append("the newest row came first and now comes last")
    table = _at_equal_steps(path, table, fill, notes)
    table.attrs["notes"] = notes
    return table


def check_learnable(path, values):
    """Refuse a target that is too short or does not change: Series of float (T,)."""
    if len(values) < 100:
        raise DataError(f"{path} has {len(values)} rows: it takes 100 or more to learn anything")
    before = values[: int(0.7 * len(values))]
    if before.nunique() == 1:
        sentence = "does not change in the first 70 % of the rows: name another target"
        raise DataError(f"{path}: {values.name!r} {sentence}")


def _columns_of_numbers(path, frame, target, fill, decimal, notes):
    """Turn a table of str into one of float, the target last; leave out columns of words."""
    table = pd.DataFrame(index=frame.index)
    for name in frame.columns:
        values = numbers(path, frame[name], fill, decimal, may_be_words=name != target)
        counts_rows = name == "index" and np.array_equal(values, range(len(frame)))
        if counts_rows:
            notes.append(f"{name!r} counts the rows and is left out")
        elif values.isna().all():
            notes.append(f"{name!r} holds no numbers and is left out")
        else:
            table[name] = values
    if table.columns.empty:
        numbers(path, frame[name], fill, decimal)  # says what is wrong with the last one
        raise DataError(f"{path} has no column of numbers beside the times: add one")
    target = target or table.columns[-1]
    table.insert(len(table.columns) - 1, target, table.pop(target))
    return table


# ---------------------------------------------------------------- times


def looks_like_time(texts):
    """Tell whether a column begins with dates that `parse_times` may know."""
    start = _plain(texts.head(3).str.strip())
    is_date = start.str.fullmatch(f"{ISO}|{DATE}|{QUARTER}")
    for form in NAMED:
        is_date |= pd.to_datetime(start, format=form, errors="coerce").notna()
    has_digits = start.str.contains(r"\d")
    return bool((is_date & has_digits).all())


def _time_texts(frame, time):
    """Take the column of times out of a table; a date and a time of day are put together."""
    names = list(frame.columns)
    if not time:
        dated = [name for name in names if looks_like_time(frame[name])]
        time = dated[0] if dated else names[0]
    texts = frame.pop(time).str.strip()
    for following in names[names.index(time) + 1 :][:1]:
        clock = frame[following].str.strip()
        if clock.str.fullmatch(CLOCK).all():
            texts = texts + " " + clock
            del frame[following]
    return texts.rename(time)


def parse_times(path, texts, day_first=None, notes=None):
    """Read times that can mean one thing only.

    texts: Series of str (T,); day_first: as in `read_table`; notes: a list that gets a sentence
    -> Series of datetime64 (T,), without a time zone. A UTC offset that never changes is dropped,
    so that the times are local; if it changes, they become UTC. Raises DataError.
    """
    name = texts.name
    refuse = readers.refuse
    refuse(path, texts == "", f"has no time under {name!r}: fill it in, or delete the row")
    if "year" in name.lower() and texts.str.fullmatch(r"\d{4}").all():
        return pd.to_datetime(texts, format="%Y")
    offsets = texts.str.extract(OFFSET)[1]
    odd = offsets.isna() != (offsets.isna().mean() > 0.5)
    refuse(
        path, odd, "has '{}', with a UTC offset or without, unlike others: write all alike", texts
    )
    times = _parsed(path, texts, day_first)
    sentence = f"has '{{}}' for a time: {WRITE}"
    if texts.str.fullmatch(r"\d+(?:\.\d+)?").all():
        sentence = f"has '{{}}' under {name!r}, which may be seconds, years, days or row numbers: "
        sentence += "write dates such as 2009-01-31 23:10:00, or call a column of years 'year'"
    refuse(path, times.isna(), sentence, texts)
    if offsets.isna().any():
        return times
    if offsets.nunique() > 1:
        notes.append("the times have several UTC offsets and are given in UTC")
        return times - offsets.map(_hours) * pd.Timedelta("1h")
    notes.append(f"the times are those of the UTC offset {offsets.iloc[0]}")
    return times


def _hours(offset):
    """Read a UTC offset: "+05:30" -> 5.5, "Z" -> 0."""
    if offset[0] not in "+-":
        return 0
    hours = int(offset[1:3])
    if len(offset) > 3:
        hours += int(offset[-2:]) / 60
    return -hours if offset[0] == "-" else hours


def _plain(texts):
    """Leave out UTC offsets, and write 2009/01/31 as 2009-01-31."""
    texts = texts.str.replace(OFFSET, r"\1", regex=True)
    return texts.str.replace(YEAR_FIRST, r"\1-\3-\4", regex=True)


def _parsed(path, texts, day_first):
    """As `parse_times`, without offsets: NaT where a time cannot be read."""
    plain = _plain(texts)
    quarters = plain.str.extract(f"^{QUARTER}$")
    if quarters.notna().all(axis=None):
        periods = pd.PeriodIndex(quarters[0] + quarters[1], freq="Q")
        return pd.Series(periods.to_timestamp(), texts.index)
    with_digits = plain.where(plain.str.contains(r"\d"))  # pandas reads "now" in any format
    for form in NAMED:
        times = pd.to_datetime(with_digits, format=form, errors="coerce")
        if times.notna().all():
            return times
    iso = _with_year_first(path, texts, plain, day_first)
    iso = iso.where(iso.str.fullmatch(ISO))
    return pd.to_datetime(iso, format="mixed", errors="coerce")


def _with_year_first(path, texts, plain, day_first):
    """Turn 31.01.2009 and 31/01/2009 into 2009-01-31; which number is the day must be certain."""
    parts = plain.str.extract(f"^{DATE}$")
    first, mark, second, year, clock = (parts[number] for number in range(5))
    if year.isna().all():
        return plain
    by_day = first.astype(float).gt(12).any() or mark.eq(".").any()
    by_month = second.astype(float).gt(12).any()
    if day_first is not None:
        by_day, by_month = day_first, not day_first
    if by_day == by_month:
        sentence = "has '{}' for a time, whose month could be either number: "
        sentence += 'give the option {"day_first": True} or False'
        readers.refuse(path, year.notna(), sentence, texts)
    day, month = (first, second) if by_day else (second, first)
    dates = year + "-" + month.str.zfill(2) + "-" + day.str.zfill(2) + clock
    return dates.fillna(plain)


# ---------------------------------------------------------------- numbers


def numbers(path, texts, fill=False, decimal=None, may_be_words=False):
    """Read numbers, options as in `read_table`.

    texts: Series of str (T,) -> Series of float (T,), NaN where `fill` allows it, or everywhere if
    no row has a number and there `may_be_words`. Raises DataError.
    """
    texts = texts.str.strip()
    missing = texts.isin(readers.MISSING)
    plain = _with_point(path, texts, texts[~missing], decimal)
    values = pd.to_numeric(plain.mask(missing), errors="coerce").astype(float)
    wrong = ~missing & (~np.isfinite(values) | texts.str.contains("_", regex=False))
    if may_be_words and (wrong | missing).all():
        return pd.Series(np.nan, texts.index)
    sentence = f"has '{{}}' under {texts.name!r}, where a finite number is needed: "
    cure = "correct it" if wrong.mean() < 0.5 else "leave nothing but numbers in this column"
    readers.refuse(path, wrong, sentence + cure, texts)
    readers.refuse(path, missing & (not fill), f"{sentence}correct it, {FILL}", texts)
    return values


def _with_point(path, texts, given, decimal):
    """Write 1.234,5 and 1,234.5 as 1234.5; which mark is the decimal one must be certain."""
    with_comma = given[given.str.contains(",", regex=False)]
    others = given.drop(with_comma.index)
    if decimal is None and len(with_comma):
        fractions = with_comma.str.fullmatch(rf"{WHOLE},\d+").all()
        fractions &= others.str.fullmatch(WHOLE).all()
        thousands = with_comma.str.fullmatch(GROUPED).all()
        if fractions and thousands:
            sentence = "has '{}', which could be thousands or a fraction: "
            sentence += 'give the option {"decimal": ","} or "."'
            readers.refuse(path, texts.isin(with_comma), sentence, texts)
        if fractions or thousands:
            decimal = "," if fractions else "."
    if decimal == ",":
        return texts.str.translate({ord("."): None, ord(","): "."})
    if decimal == ".":
        return texts.str.replace(",", "", regex=False)
    return texts


# ---------------------------------------------------------------- steps


def _at_equal_steps(path, frame, fill, notes):
    """Give a table a frequency; gaps, repeats and NaN are filled or refused."""
    count = len(frame)
    frame = _without_repeats(path, frame, fill)
    step = usual_step(frame.index)
    if step.freqstr[:2] in ("MS", "QS", "YS") and frame.index.day.max() > 1:
        periods = frame.index.to_period(step.freqstr[0])
        frame.index = periods.to_timestamp()  # the first of the month in place of the fifteenth
    steps = frame.index.to_series().diff()
    usual = steps.median()
    due = (frame.index[-1] - frame.index[0]) / usual
    regular = frame.asfreq(step) if due < 2 * len(frame) else frame[:0]
    if not frame.index.isin(regular.index).all():
        is_odd = (steps.notna() & (steps != usual)).to_numpy()
        sentence = f"comes {{}} after the row above, where {usual} is usual: "
        sentence += "use `resample` of pandas"
        readers.refuse(path, is_odd, sentence, steps.array)
    _note_gaps(path, frame, regular, count, fill, notes)
    return regular.interpolate("time").bfill()


def _note_gaps(path, frame, regular, count, fill, notes):
    """Refuse gaps, or say what was filled and dropped; count: rows of the file."""
    gaps = len(regular) - len(frame)
    if gaps and not fill:
        first = regular.index.difference(frame.index)[0]
        step = regular.index.freqstr
        every = WORDS.get(step, step)
        raise DataError(
            f"{path} lacks {gaps} rows, the first at {first}, if one is due every {every}: add "
            f"them, {FILL}"
        )
    missing = int(frame.isna().sum().sum())
    repeats = count - len(frame)
    if gaps or missing or repeats:
        notes.append(
            f"filled: {gaps} missing rows, {missing} missing values; dropped: {repeats} rows that "
            "repeated a time"
        )


def _without_repeats(path, frame, fill):
    times = frame.index
    repeats = times.duplicated()
    backwards = (times.to_series().diff() < pd.Timedelta(0)).to_numpy()
    sentence = "({}) comes before the row above: sort the rows by time"
    readers.refuse(path, backwards & ~repeats, sentence, times)
    sentence = "({}) repeats the time of the row above, as many do: write the times more exactly, "
    sentence += "or keep one series of several"
    are_many = repeats.sum() > max(3, 0.05 * len(times))
    readers.refuse(path, repeats & are_many, sentence, times)
    sentence = "({}) repeats the time of the row above: delete one of them, write UTC where clocks "
    sentence += f"are put back, {FILL}"
    readers.refuse(path, repeats & (not fill), sentence, times)
    different = frame[~repeats].copy()
    if len(different) < 3:
        raise DataError(
            f"{path} has {len(different)} different times: a series takes three or more"
        )
    return different


def usual_step(times):
    """Tell the step of a series: DatetimeIndex (T,), T >= 3 -> a pandas offset.

    Months, quarters and years by the calendar, working days where no row lies on a weekend.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that pandas will return offsets, which would do as well
        inferred = pd.infer_freq(times)
    if inferred:
        return pd.tseries.frequencies.to_offset(inferred)
    usual = times.to_series().diff().median()
    days = usual / pd.Timedelta("1D")
    for longest, letter in [(32, "M"), (93, "Q"), (367, "Y")]:
        if longest * 0.85 < days <= longest:
            end = "E" if times.is_month_end.mean() > 0.9 else "S"
            return pd.tseries.frequencies.to_offset(letter + end)
    if days == 1 and (times.day_of_week < 5).all():
        return pd.tseries.frequencies.to_offset("B")
    return pd.tseries.frequencies.to_offset(usual)
