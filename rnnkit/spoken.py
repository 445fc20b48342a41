"""Recordings with their text: the invented voices, spoken digits, recordings of the reader's own.

Their table has a row for each recording: wave (float32 array (T,), RATE samples a second, -1 to 1),
text, speaker, part ("train", "val" or "test"), noise (dB of the speech above the noise, where it is
known).
"""

import io
import math
import tarfile
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.io import wavfile
from scipy.signal import resample_poly

from rnnkit import own, readers
from rnnkit.downloads import DataError, fetch, shipped

RATE = 8000
RATES = range(1000, 400_001)  # that a file may have; others come from a broken header
LONGEST = 10  # seconds
FEWEST = 100  # recordings
TAKES = 5  # recordings that a text must have
MOST = 7  # recordings in a string
FILE_NAMES = "file filename path wav audio clip recording"
TEXT_NAMES = "text word words label transcript transcription sentence command"
SPEAKER_NAMES = "speaker speaker_id client_id voice person"
DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
COLUMNS = ["wave", "text", "speaker", "part", "noise"]


def invented():
    """Read the shipped recordings, for `corpora`: voices of the test part are in no other."""
    with zipfile.ZipFile(shipped("spoken.zip")) as archive:
        data = pd.read_csv(archive.open("spoken.csv"))
        waves = []
        for name in data["file"]:
            wave, _ = read_wave(archive.open(name), name)
            waves.append(wave)
    data["wave"] = waves
    return {"data": data[COLUMNS]}


def digits(test=("theo",)):
    """Read the Free Spoken Digit Dataset, for `corpora`.

    test: speakers of the test part. Of the others, takes 0 to 4 of each digit are the validation.
    """
    rows = []
    with tarfile.open(fetch("free-spoken-digit-dataset-1.0.9.tar.gz")) as archive:
        for member in archive:
            name = Path(member.name)
            if name.suffix == ".wav":
                digit, speaker, take = name.stem.split("_")
                wave, _ = read_wave(archive.extractfile(member), name.name)
                part = "val" if int(take) < 5 else "train"
                rows.append((wave, DIGITS[int(digit)], speaker, part))
    data = pd.DataFrame(rows, columns=COLUMNS[:4]).reindex(columns=COLUMNS)
    test = _check_speakers("the Free Spoken Digit Dataset", data, test)
    data.loc[data["speaker"].isin(test), "part"] = "test"
    return {"data": data}


def read_wave(source, name):
    """Read a .wav file of any rate, 8 to 32 bits, one or more channels.

    source: path or binary file; name: what errors call it -> wave: float32 (T,), RATE samples a
    second, the mean of the channels, -1 to 1; rate: int, that of the file. Raises DataError: no
    such file, no .wav, or longer than LONGEST seconds.
    """
    name = " ".join(str(name).split())[:200]
    content = source if isinstance(source, str | Path) else io.BytesIO(source.read())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # chunks that hold no sound, such as a title
            rate, samples = wavfile.read(content)
        if rate not in RATES:
            raise ValueError(f"{rate} samples a second")
    except FileNotFoundError as error:
        raise DataError(f"{name} is not there: correct its name in the table") from error
    except Exception as error:  # scipy raises whatever a broken header leads to
        raise DataError(
            f"{name} is no recording that can be read: save it as a .wav file, PCM"
        ) from error
    if len(samples) > LONGEST * rate:
        raise DataError(
            f"{name} lasts {len(samples) / rate:.1f} seconds: cut it into recordings of a word or "
            f"a few, of {LONGEST} seconds at most"
        )
    wave = samples.astype(float)
    if samples.dtype == np.uint8:
        wave = wave / 128 - 1
    elif samples.dtype.kind == "i":
        limits = np.iinfo(samples.dtype)
        wave = wave / -float(limits.min)
    wave = np.nan_to_num(wave, posinf=0, neginf=0)
    if wave.ndim > 1:
        wave = wave.mean(1)
    if rate != RATE and len(wave):
        shared = math.gcd(rate, RATE)
        up = RATE // shared
        down = rate // shared
        wave = resample_poly(wave, up, down)
    loudest = np.abs(wave).max(initial=1)
    wave = wave / loudest
    return wave.astype("float32"), rate


def strings(data, counts, seed=0):
    """Join recordings of one speaker each, 3 to 7, with pauses of up to a sixth of a second before.

    data: the table of `corpora`; counts: dict of part to how many strings are made of it, with
    recordings that are drawn with replacement -> dict of part to waves: float32 (N, T), each
    recording as loud as the others, zeros behind; texts: str (N, MOST), "" behind. T is the same
    in all parts.
    """
    rng = np.random.default_rng(seed)
    found = {}
    for part, count in counts.items():
        rows = data[data["part"] == part]
        groups = rows.groupby("speaker")
        speakers = list(groups.groups)
        made = []
        for speaker in rng.choice(speakers, count):
            one = groups.get_group(speaker)
            made.append(_string(one, rng))
        found[part] = made
    longest = 0
    for made in found.values():
        for wave, _ in made:
            longest = max(longest, len(wave))
    return {part: _padded(made, longest) for part, made in found.items()}


def _string(rows, rng):
    length = rng.integers(3, MOST + 1)
    chosen = rows.sample(length, replace=True, random_state=rng)
    pieces = []
    for wave in chosen["wave"]:
        pause = rng.integers(0, RATE // 6)
        pieces.append(np.zeros(pause))
        loudest = np.abs(wave).max()
        pieces.append(wave / loudest)
    words = chosen["text"].tolist()
    return np.concatenate(pieces), words


def _padded(made, longest):
    count = len(made)
    waves = np.zeros((count, longest), "float32")
    texts = []
    for row, (wave, words) in enumerate(made):
        length = len(wave)
        waves[row, :length] = wave
        missing = MOST - len(words)
        nothing = [""] * missing
        texts.append(words + nothing)
    return waves, np.array(texts)


# ---------------------------------------------------------------- recordings of one's own


def of_ones_own(path, file=None, text=None, speaker=None, test=None, **options):
    """Read recordings: a table of their files and texts, or the folder in which there is one.

    file, text, speaker: columns, or None for those whose name or content says so, speaker perhaps
    for none; files are looked for where the table lies. test: speakers of the test part, or None
    for as many as have a fifth of the recordings. Of the others, each tenth recording of a text is
    for validation. With one speaker or none each fifth recording of a text is the test -> columns
    wave, text, speaker, part. Raises DataError: an empty folder, a file that is not there or is no
    recording, texts that are too rare, no such speaker, and as `readers.read_frame` does.
    """
    path = _table_in(Path(path))
    named = [name for name in (file, text, speaker) if name]
    frame = readers.read_frame(path, named, **options)
    file = file or _column(frame, FILE_NAMES) or _with_recordings(path, frame)
    speaker = speaker or _column(frame, SPEAKER_NAMES)
    others = [file, speaker]
    text = text or own.longest(path, frame, TEXT_NAMES, others)
    notes = [f"files are the column {file!r}, texts the column {text!r}"]
    data = pd.DataFrame({"file": frame[file].str.strip()})
    is_empty = data["file"] == ""
    readers.refuse(path, is_empty, f"has no file under {file!r}: fill it in or delete the row")
    texts = readers.spaced_singly(frame[text])
    data["text"] = texts.str.lower()
    data["speaker"] = ""
    if speaker:
        data["speaker"] = readers.spaced_singly(frame[speaker])
    data["wave"] = _waves(path.parent, data["file"], notes)
    data = _without_silence(data, notes)
    data = _often(path, data, notes)
    data["part"] = _parts(path, data, test, notes)
    data = data[COLUMNS[:4]].reset_index(drop=True)
    data.attrs["notes"] = notes
    return data


def _waves(folder, names, notes):
    """Read the files of a table -> list of waves; a note tells which rates were converted."""
    waves = []
    rates = set()
    for name in names:
        file = folder / name
        wave, rate = read_wave(file, file)
        waves.append(wave)
        rates.add(rate)
    others = sorted(rates - {RATE})
    if others:
        shown = readers.listed([f"{rate:,} Hz" for rate in others])
        notes.append(f"recordings with {shown} are converted to {RATE:,} Hz")
    return waves


def _table_in(path):
    if not path.is_dir():
        return path
    tables = []
    for found in sorted(path.iterdir()):
        if readers.suffix(found) in readers.TABLES:
            tables.append(found)
    if len(tables) != 1:
        raise DataError(
            f"{path} has {len(tables)} tables: put one .csv file there, with the columns file and "
            "text, or name yours in place of the folder"
        )
    return tables[0]


def _column(frame, names):
    """Find the first column of one of these names, whatever its case, or None."""
    for name in names.split():
        for column in frame.columns:
            if column.lower() == name:
                return column
    return None


def _with_recordings(path, frame):
    for column in frame.columns:
        lower = frame[column].str.lower()
        are_waves = lower.str.endswith(".wav")
        if are_waves.all():
            return column
    raise DataError(f"{path} has no column of .wav files: name it by the option {{'file': ...}}")


def _without_silence(data, notes):
    """Leave out recordings in which nothing is heard, and texts without a word."""
    loudest = data["wave"].map(_loudest)
    has_sound = loudest > 1e-3
    has_text = data["text"].str.contains(r"\w")
    for is_good, what in [(has_sound, "silent"), (has_text, "without a text")]:
        bad = data["file"][~is_good]
        if len(bad):
            shown = readers.listed(bad)
            notes.append(f"left out, for they are {what}: {shown}")
    return data[has_sound & has_text]


def _loudest(wave):
    """The distance from the lowest to the highest sample, 0 if there is none."""
    if len(wave) == 0:
        return 0.0
    return np.ptp(wave)


def _often(path, data, notes):
    """Keep texts with enough recordings; a notebook that learns commands can't learn dictation."""
    counts = data["text"].value_counts()
    rare = counts.index[counts < TAKES]
    is_rare = data["text"].isin(rare)
    if len(rare):
        shown = readers.listed(sorted(rare))
        notes.append(f"left out, for they have fewer than {TAKES} recordings: {shown}")
    kept = data[~is_rare]
    what = f"recordings of texts that are recorded {TAKES} times or more"
    own.ask_for(path, len(kept), FEWEST, what)
    own.ask_for(path, kept["text"].nunique(), 2, "different texts")
    return kept


def _parts(path, data, test, notes):
    """Deal out recordings -> part: Series of str."""
    part = pd.Series("train", data.index)
    if test is None and data["speaker"].nunique() > 1:
        counts = data["speaker"].value_counts(ascending=True)
        fewest = counts.iloc[0]
        fifth = len(data) / 5
        fits = counts.cumsum() <= max(fifth, fewest)
        test = list(counts.index[fits])
    if test is None:
        take = data.groupby("text").cumcount()
        is_test = take % 5 == 4
        notes.append("no two speakers are known, so that the test has the voices of the training")
    else:
        test = _check_speakers(path, data, test)
        is_test = data["speaker"].isin(test)
        notes.append(f"the test part is spoken by {readers.listed(test)}")
    others = data[~is_test]
    take = others.groupby("text").cumcount()
    val = take.index[take % 10 == 1]
    part[val] = "val"
    part[is_test] = "test"
    return part


def _check_speakers(path, data, test):
    """Return the names of the speakers of the test part, of which training has none, sorted."""
    known = set(data["speaker"])
    is_list = isinstance(test, list | tuple | set)
    names = {str(name) for name in test} if is_list else set()
    if not names or not names < known:
        shown = readers.listed(sorted(known)) or "not named"
        raise DataError(
            f'{path} cannot be tested on {test!r}: give some of its speakers, as in {{"test": '
            f"[...]}}, and leave some for training; they are {shown}"
        )
    return sorted(names)
