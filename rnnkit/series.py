"""Measurements at equal distances in time, from a table of text to numbers under a time index."""

import numpy as np
import pandas as pd

from rnnkit.downloads import DataError
from rnnkit.readers import read_frame, refuse

MISSING = ["", "?", "NA", "N/A", "NaN", "nan", "null", "None", "-"]
CLOCK = r"(?:[T ]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AaPp][Mm])?)?"
OFFSET = r" ?(Z|UTC|[+-]\d{2}:?\d{2})$"
ISO = r"\d{4}-\d{1,2}(?:-\d{1,2}" + CLOCK + ")?"
DATE = r"(\d{1,2})([./-])(\d{1,2})[./-](\d{4})(" + CLOCK + ")"
NAMED = ["%b %Y", "%B %Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%b %d, %Y", "%B %d, %Y"]
WRITE = "write it as 2009-01-31 23:10:00 or 31.01.2009 23:10:00"
FILL = 'or have them filled by the option {"fill": True}'


def read_table(path, target=None, time=None, day_first=None, fill=False, decimal=".", **options):
    """Read measurements at equal distances in time.

    path: path-like; target: the column to forecast, or None for the last one; time: the column of
    times, or None for the first one, and the second if these are "date" and "time"; day_first:
    what 01/02/2020 means, True for the first of February; fill: whether what is missing is
    interpolated in time and of rows that repeat a time the first kept; decimal: "," where 1,234 is
    a little more than 1; options: as for `read_frame` -> pandas.DataFrame of float with a
    DatetimeIndex "time" that has a frequency, the target last, and in `attrs["notes"]` a list of
    sentences on what was done. Raises DataError: a number or time that cannot be read or is
    ambiguous, times not sorted, gaps, repeats and missing values unless filled.
    """
    wanted = [name for name in (target, time) if name]
    frame = read_frame(path, wanted, **options)
    notes = []
    times = parse_times(path, _time_texts(frame, time), day_first, notes)
    target = target or frame.columns[-1]
    if target not in frame:
        raise DataError(f"{path}: {target!r} holds the times: name another column as target")
    for name in frame.columns:
        values = numbers(path, frame[name], fill, decimal)
        if values.isna().all() and name != target:
            notes.append(f"{name!r} holds no numbers and is left out")
            del frame[name]
        else:
            frame[name] = values
    frame.index = pd.DatetimeIndex(times, name="time")
    if len(frame) > 1 and frame.index.is_monotonic_decreasing:
        frame = frame[::-1]
        notes.append("the newest row came first and now comes last")
    frame = _at_equal_steps(path, frame, fill, notes)
    frame.insert(len(frame.columns) - 1, target, frame.pop(target))
    frame.attrs["notes"] = notes
    return frame


def _time_texts(frame, time):
    """Take the column of times out of a table; a date and a time of day are put together."""
    if time:
        return frame.pop(time).str.strip()
    texts = frame.pop(frame.columns[0])
    second = frame.columns[0] if len(frame.columns) else ""
    if texts.name.lower() == "date" and second.lower() == "time":
        texts = (texts + " " + frame.pop(second)).rename("date")
    return texts.str.strip()


def parse_times(path, texts, day_first=None, notes=()):
    """Read times that can mean one thing only.

    texts: Series of str (T,) -> Series of datetime64 (T,), without a time zone. A UTC offset that
    never changes is dropped, so that the times are local; if it changes, they become UTC. Raises
    DataError.
    """
    name = texts.name
    refuse(path, texts == "", f"has no time under {name!r}: fill it in, or delete the row")
    years = "year" in name.lower() and texts.str.fullmatch(r"\d{4}").all()
    if years:
        return pd.to_datetime(texts, format="%Y")
    offsets = texts.str.extract(OFFSET)[0]
    if offsets.notna().all() and len(texts):
        if offsets.nunique() > 1:
            notes.append("the times have several UTC offsets and are given in UTC")
            return pd.to_datetime(texts, utc=True, format="ISO8601").dt.tz_localize(None)
        notes.append(f"the times are those of the UTC offset {offsets.iloc[0]}")
        texts = texts.str.replace(OFFSET, "", regex=True)
    if texts.str.fullmatch(r"\d{4}-?Q[1-4]").all():
        quarters = pd.PeriodIndex(texts.str.replace("-", ""), freq="Q")
        return pd.Series(quarters.to_timestamp(), texts.index)
    with_digits = texts.where(texts.str.contains(r"\d"))  # pandas reads "now" in any format
    for form in NAMED:
        times = pd.to_datetime(with_digits, format=form, errors="coerce")
        if times.notna().all():
            return times
    iso = _with_year_first(path, texts, day_first)
    times = pd.to_datetime(iso.where(iso.str.fullmatch(ISO)), format="mixed", errors="coerce")
    sentence = f"has '{{}}' for a time: {WRITE}"
    if texts.str.fullmatch(r"[\d.]+").all():
        sentence = (
            f"has '{{}}' under {name!r}, which may be seconds, years, days or row numbers: write "
            "dates such as 2009-01-31 23:10:00"
        )
    refuse(path, times.isna(), sentence, texts)
    return times


def _with_year_first(path, texts, day_first):
    """Turn 31.01.2009 and 31/01/2009 into 2009-01-31; which number is the day must be certain."""
    parts = texts.str.extract(f"^{DATE}$")
    first, mark, second, year, clock = (parts[number] for number in range(5))
    if year.isna().all():
        return texts
    by_day = first.astype(float).gt(12).any() or mark.eq(".").any()
    by_month = second.astype(float).gt(12).any()
    if day_first is not None:
        by_day, by_month = day_first, not day_first
    if by_day == by_month:
        sentence = "has '{}' for a time, whose month could be either number: "
        sentence += 'give the option {"day_first": True} or False'
        refuse(path, year.notna(), sentence, texts)
    day, month = (first, second) if by_day else (second, first)
    dates = year + "-" + month.str.zfill(2) + "-" + day.str.zfill(2) + clock
    return dates.fillna(texts)


def numbers(path, texts, fill=False, decimal="."):
    """Series of str (T,) -> Series of float (T,), NaN where `fill` allows it. Raises DataError."""
    texts = texts.str.strip()
    missing = texts.isin(MISSING)
    given = texts[~missing]
    with_comma = given.str.fullmatch(r"[+-]?\d+(?:,\d+)?")
    if decimal == "," or (len(given) and given.str.contains(",").any() and with_comma.all()):
        if decimal != "," and given.str.fullmatch(r"[+-]?\d{1,3}(?:,\d{3})?").all():
            sentence = "has '{}', which could be thousands or a fraction: "
            sentence += 'give the option {"decimal": ","}, or take the comma out'
            refuse(path, texts.str.contains(","), sentence, texts)
        texts = texts.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
    values = pd.to_numeric(texts.mask(missing), errors="coerce").astype(float)
    wrong = (~np.isfinite(values) & ~missing) | texts.str.contains("_", regex=False)
    if wrong[~missing].all() and fill is not None and len(given):
        if not given.str.contains(r"\d").any():
            return pd.Series(np.nan, texts.index)  # words, such as the name of a place
    sentence = f"has '{{}}' under {texts.name!r}, where a finite number is needed: correct it"
    refuse(path, wrong, sentence, texts)
    refuse(path, missing & (not fill), f"{sentence}, {FILL}", texts)
    return values


def _at_equal_steps(path, frame, fill, notes):
    """Give a table a frequency; gaps, repeats and NaN are filled or refused."""
    times = frame.index
    if len(times) < 3:
        raise DataError(f"{path} has {len(times)} rows: a series takes three or more")
    steps = times.to_series().diff()
    zero = pd.Timedelta(0)
    refuse(path, steps < zero, "({}) comes before the row above: sort the rows by time", times)
    repeats = steps == zero
    sentence = f"({{}}) repeats the time of the row above: delete one of them, {FILL}"
    refuse(path, repeats & (not fill), sentence, times)
    if repeats.mean() > 0.05:
        sentence = (
            "({}) repeats the time of the row above, as many do: write the times more exactly"
        )
        refuse(path, repeats, sentence, times)
    frame = frame[~repeats.to_numpy()]
    step = usual_step(frame.index)
    steps = frame.index.to_series().diff()
    usual = steps.median()
    due = (frame.index[-1] - frame.index[0]) / usual
    regular = frame.asfreq(step) if due < 2 * len(frame) else frame[:0]
    if not frame.index.isin(regular.index).all():
        is_odd = (steps.notna() & (steps != usual)).to_numpy()
        sentence = (
            f"comes {{}} after the row above, where {usual} is usual: use `resample` of pandas"
        )
        refuse(path, is_odd, sentence, steps.array)
    gaps = len(regular) - len(frame)
    if gaps and not fill:
        first = regular.index.difference(frame.index)[0]
        raise DataError(
            f"{path} lacks {gaps} rows, the first at {first}, if one is due every {step.freqstr}: "
            f"add them, {FILL}"
        )
    missing = int(regular.isna().sum().sum()) - gaps * len(regular.columns)
    if gaps or missing or repeats.any():
        notes.append(
            f"filled: {gaps} missing rows, {missing} missing values; dropped: {repeats.sum()} rows "
            "that repeated a time"
        )
    return regular.interpolate("time").bfill()


def usual_step(times):
    """Tell the step of a series: DatetimeIndex (T,), T >= 2 -> a pandas offset.

    Months, quarters and years by the calendar, working days where no row lies on a weekend.
    """
    inferred = pd.infer_freq(times) if len(times) > 2 else None
    if inferred:
        return pd.tseries.frequencies.to_offset(inferred)
    usual = times.to_series().diff().median()
    days = usual / pd.Timedelta("1D")
    for longest, start, end in [(32, "MS", "ME"), (93, "QS", "QE"), (367, "YS", "YE")]:
        if longest * 0.85 < days <= longest:
            at_end = times.is_month_end.mean() > 0.9
            return pd.tseries.frequencies.to_offset(end if at_end else start)
    if days == 1 and (times.dayofweek < 5).all():
        return pd.tseries.frequencies.to_offset("B")
    return pd.tseries.frequencies.to_offset(usual)
