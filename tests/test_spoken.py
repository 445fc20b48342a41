"""Recordings in .wav files of many kinds, and tables of them that the reader brings."""

import contextlib
import io
import re
import tarfile
import wave

import keras
import numpy as np
import pandas as pd
import pytest
from scipy.io import wavfile
from scipy.signal import ShortTimeFFT, get_window

from rnnkit import corpora, spoken
from rnnkit.downloads import DataError


@contextlib.contextmanager
def refused(words):
    """Expect a DataError with these words, in one sentence."""
    with pytest.raises(DataError, match=words) as caught:
        yield
    message = str(caught.value)
    assert "\n" not in message and not re.search(r"\. [A-Z]", message), message


def sine(rate, seconds=1.0, pitch=440):
    return 0.5 * np.sin(2 * np.pi * pitch * np.arange(int(rate * seconds)) / rate)


def recorded(folder, samples, rate=8000, name="a.wav"):
    wavfile.write(folder / name, rate, samples)
    return folder / name


# ---------------------------------------------------------------- one recording


@pytest.mark.parametrize(
    ("samples", "right"),
    [
        (np.array([0, 16384, -32768], np.int16), [0, 0.5, -1]),
        (np.array([128, 192, 0], np.uint8), [0, 0.5, -1]),
        (np.array([0, 2**30, -(2**31)], np.int32), [0, 0.5, -1]),
        (np.array([0, 0.5, -1], np.float32), [0, 0.5, -1]),
        (np.array([0, 0.5, -1], np.float64), [0, 0.5, -1]),
        (np.array([[0, 0], [16384, 0], [-32768, 16384]], np.int16), [0, 0.25, -0.25]),
        (np.array([np.nan, np.inf, -np.inf, 0.5], np.float32), [0, 0, 0, 0.5]),
        (np.array([0, 16384, -32768], np.float32), [0, 0.5, -1]),  # not scaled
        (np.array([1e300, 0]), [1, 0]),
        (np.zeros(0, np.int16), []),
        (np.zeros((0, 2), np.int16), []),
    ],
)
def test_samples_become_numbers_from_minus_1_to_1(samples, right, tmp_path):
    found, rate = spoken.read_wave(recorded(tmp_path, samples), "a")
    assert found.tolist() == right and found.dtype == np.float32 and rate == 8000


def test_24_bits_are_read(tmp_path):
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setparams((1, 3, 8000, 0, "NONE", ""))
        for value in (0, 2**22, -(2**23), 2**13):
            file.writeframes(value.to_bytes(3, "little", signed=True))
    found, _ = spoken.read_wave(tmp_path / "a.wav", "a")
    assert found.tolist() == [0, 0.5, -1, 2**-10]


def test_an_open_file_is_read(tmp_path):
    path = recorded(tmp_path, np.array([16384], np.int16))
    assert spoken.read_wave(io.BytesIO(path.read_bytes()), "a")[0].tolist() == [0.5]


@pytest.mark.parametrize("rate", [44_100, 16_000, 11_025])
def test_another_rate_is_converted(rate, tmp_path):
    samples = np.round(sine(rate) * 32767).astype(np.int16)
    found, told = spoken.read_wave(recorded(tmp_path, samples, rate), "a")
    assert told == rate and len(found) == 8000 and found.dtype == np.float32
    assert found[100:-100] == pytest.approx(sine(8000)[100:-100], abs=2e-3)


def test_what_8000_samples_cannot_hold_is_filtered_out(tmp_path):
    samples = sine(44_100, pitch=6000).astype(np.float32)
    found, _ = spoken.read_wave(recorded(tmp_path, samples, 44_100), "a")
    assert np.abs(found[100:-100]).max() < 0.01


def test_a_recording_without_samples_can_have_any_rate(tmp_path):
    found, rate = spoken.read_wave(recorded(tmp_path, np.zeros(0, np.int16), 44_100), "a")
    assert found.shape == (0,) and rate == 44_100


def content_of(rate=8000, count=100, kind=np.int16):
    file = io.BytesIO()
    wavfile.write(file, rate, np.ones(count, kind))
    return file.getvalue()


GOOD = content_of()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"ID3 this is an mp3",
        GOOD[:30],
        GOOD[:36],
        GOOD[:20] + b"\7\0" + GOOD[22:],  # mu-law
        GOOD[:22] + b"\0\0" + GOOD[24:],  # no channel
        content_of(rate=0),
        content_of(rate=0, count=0),
        content_of(rate=999),
        content_of(rate=2**32 - 5, kind=np.uint8),
    ],
    ids=len,
)
def test_what_is_no_recording_is_refused(content, tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with refused("^clips/a.wav is no recording that can be read: save it as a .wav"):
        spoken.read_wave(path, "clips/a.wav")


def test_a_recording_cut_short_is_read_as_far_as_it_goes(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(GOOD[:144])
    assert len(spoken.read_wave(path, "a")[0]) == 50


def test_a_file_that_is_not_there_is_named(tmp_path):
    with refused("^b.wav is not there: correct its name"):
        spoken.read_wave(tmp_path / "b.wav", "b.wav")
    with refused("^b c.wav is not there"):  # a quote that is not closed
        spoken.read_wave(tmp_path / "b\nc.wav", "b\nc.wav")


def test_the_longest_recording(tmp_path):
    silence = np.zeros(10 * 8000 + 400, np.int16)
    assert len(spoken.read_wave(recorded(tmp_path, silence[:-400]), "a")[0]) == 80_000
    with refused("^a lasts 10.1 seconds: cut it .* of 10 seconds at most"):
        spoken.read_wave(recorded(tmp_path, silence), "a")
    with refused("^a lasts 80.4 seconds"):
        spoken.read_wave(recorded(tmp_path, silence, 1000), "a")


# ---------------------------------------------------------------- the shipped and the real ones


def test_real_digits_have_their_text_speaker_and_part(tmp_path, monkeypatch):
    path = tmp_path / "digits.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("x/README.md"))
        for name in ("7_ann_4", "0_ann_5", "9_theo_0", "3_theo_30"):
            info = tarfile.TarInfo(f"x/recordings/{name}.wav")
            info.size = len(GOOD)
            archive.addfile(info, io.BytesIO(GOOD))
    monkeypatch.setattr(spoken, "fetch", lambda name: path)
    data = spoken.digits()["data"]
    assert list(data) == spoken.COLUMNS and data["noise"].isna().all()
    assert data["text"].tolist() == ["seven", "zero", "nine", "three"]
    assert data["speaker"].tolist() == ["ann", "ann", "theo", "theo"]
    assert data["part"].tolist() == ["val", "train", "test", "test"]
    assert len(data["wave"][0]) == 100
    assert spoken.digits(test=["ann"])["data"]["part"].tolist() == ["test", "test", "val", "train"]
    with refused("the Free Spoken Digit Dataset cannot be tested on 'theo': .* are ann, theo"):
        spoken.digits(test="theo")


# ---------------------------------------------------------------- recordings of one's own

WORDS = ["yes", "no", "stop"]


def table(takes=10, speakers=("Ada", "Ben", "Cleo", "Dov")):
    """Rows of as many takes of each word by each speaker; the takes of a word share a file."""
    rows = []
    for speaker in speakers:
        for word in WORDS:
            rows += [{"file": f"{word}.wav", "text": word, "speaker": speaker}] * takes
    return pd.DataFrame(rows)


def saved(data, folder, name="words.csv", rate=8000, **options):
    for number, word in enumerate(WORDS):
        samples = sine(rate, 0.1, 300 * (number + 1)).astype(np.float32)
        recorded(folder, samples, rate, f"{word}.wav")
    data.to_csv(folder / name, index=False, **options)
    return folder / name


def test_columns_are_found_by_name_or_by_content(tmp_path):
    data = table()
    named = spoken.of_ones_own(saved(data, tmp_path))
    upper = spoken.of_ones_own(saved(data.rename(columns=str.upper), tmp_path))
    other = data.rename(columns={"file": "was", "text": "wort"})[["speaker", "wort", "was"]]
    other["speaker"] += " of the long name"  # longer than the words
    found = spoken.of_ones_own(saved(other, tmp_path, sep=";"))
    whose = other.rename(columns={"speaker": "wer"})
    given = saved(whose, tmp_path)
    given = spoken.of_ones_own(given, file="was", text="wort", speaker="wer")
    for got in (named, upper, found, given):
        assert list(got) == ["wave", "text", "speaker", "part"]
        assert got["text"].tolist() == data["text"].tolist()
        assert got["speaker"].str.split().str[0].tolist() == data["speaker"].tolist()
        assert got["part"].tolist() == named["part"].tolist()
        for number, word in enumerate(WORDS):
            samples = got["wave"][got["text"] == word].iloc[0]
            assert samples == pytest.approx(sine(8000, 0.1, 300 * (number + 1)), abs=1e-6)
    assert found.attrs["notes"][0] == "files are the column 'was', texts the column 'wort'"


def test_texts_and_names_are_taken_without_capitals_and_blanks(tmp_path):
    data = table()
    data.loc[0, ["file", "text", "speaker"]] = [" yes.wav ", "  YES ", "Ada "]
    found = spoken.of_ones_own(saved(data, tmp_path))
    assert found["text"][0] == "yes" and found["speaker"].nunique() == 4


def test_a_folder_stands_for_the_table_in_it(tmp_path):
    path = saved(table(), tmp_path)
    assert spoken.of_ones_own(tmp_path).equals(spoken.of_ones_own(path))
    saved(table(), tmp_path, "more.tsv", sep="\t")
    with refused("has 2 tables: put one .csv file there"):
        spoken.of_ones_own(tmp_path)
    (tmp_path / "empty").mkdir()
    with refused("empty has 0 tables: put one .csv file there"):
        spoken.of_ones_own(tmp_path / "empty")


def test_another_rate_is_told(tmp_path):
    found = spoken.of_ones_own(saved(table(), tmp_path, rate=16_000))
    assert "recordings with 16,000 Hz are converted to 8,000 Hz" in found.attrs["notes"]
    assert found["wave"].str.len().unique().tolist() == [800]
    notes = spoken.of_ones_own(saved(table(), tmp_path)).attrs["notes"]
    assert not any("Hz" in note for note in notes)


def test_silence_and_empty_texts_are_left_out_and_told(tmp_path):
    data = table()
    for row, name in enumerate(["still.wav", "none.wav", "nan.wav"]):
        data.loc[row, "file"] = name
    data.loc[50, "text"] = "?!"
    recorded(tmp_path, np.full(800, 3, np.int16), name="still.wav")
    recorded(tmp_path, np.zeros(0, np.int16), 44_100, name="none.wav")
    recorded(tmp_path, np.full(800, np.nan, np.float32), name="nan.wav")
    found = spoken.of_ones_own(saved(data, tmp_path))
    assert len(found) == 116 and found.index.tolist() == list(range(116))
    notes = found.attrs["notes"]
    assert "left out, for they are silent: still.wav, none.wav, nan.wav" in notes
    assert "left out, for they are without a text: stop.wav" in notes


def test_rare_texts_are_left_out_and_told(tmp_path):
    data = table()
    data.loc[:3, "text"] = "maybe"
    data.loc[40:44, "text"] = "perhaps"
    found = spoken.of_ones_own(saved(data, tmp_path))
    assert len(found) == 116 and set(found["text"]) == {*WORDS, "perhaps"}
    assert "left out, for they have fewer than 5 recordings: maybe" in found.attrs["notes"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data[:99], "99 recordings of texts that are recorded 5 times or more: it"),
        (lambda data: data[:0], "has 0 recordings of texts"),
        (lambda data: data.assign(text=[*map(str, data.index)]), "has 0 recordings of texts"),
        (lambda data: data.assign(text="yes"), "has 1 different texts: it takes 2"),
        (lambda data: data.assign(text="!"), "has 0 recordings of texts"),
        (lambda data: data.drop(columns="text"), "has no column of texts"),
        (lambda data: data.drop(columns="file"), "has no column of .wav files: name it by"),
        (lambda data: data.replace("stop.wav", "stop.mp3"), "stop.mp3 is not there: correct"),
        (lambda data: data.replace("stop.wav", " "), r"words.csv: row 22 \(and 39 more\) has no"),
        (lambda data: data.replace("stop.wav", "."), "is no recording that can be read"),
        (lambda data: data.replace("stop.wav", "words.csv"), "words.csv is no recording"),
        (lambda data: data.replace("stop.wav", "x" * 300), "x is no recording that"),
        (lambda data: data.replace("stop.wav", "a\nb.wav"), "a b.wav is not there"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(change, words, tmp_path):
    path = saved(change(table()), tmp_path)
    with refused(words):
        spoken.of_ones_own(path)


def test_columns_that_are_not_there_are_named(tmp_path):
    for column in ("file", "text", "speaker"):
        with refused("no column 'x'"):
            spoken.of_ones_own(saved(table(), tmp_path), **{column: "x"})


# ---------------------------------------------------------------- parts


def counts(data):
    return data["part"].value_counts().to_dict()


def test_without_a_choice_the_test_has_a_fifth_of_other_speakers(tmp_path):
    data = table(speakers=[f"voice {number}" for number in range(10)], takes=5)
    found = spoken.of_ones_own(saved(data, tmp_path))
    assert counts(found) == {"test": 30, "val": 12, "train": 108}
    is_test = found["part"] == "test"
    assert not set(found["speaker"][is_test]) & set(found["speaker"][~is_test])
    names = ", ".join(sorted(set(found["speaker"][is_test])))
    assert f"the test part is spoken by {names}" in found.attrs["notes"]
    assert set(found["text"][found["part"] == "val"]) == set(WORDS)


def test_speakers_of_the_test_can_be_named(tmp_path):
    path = saved(table(), tmp_path)
    found = spoken.of_ones_own(path, test=["Dov", "Ben"])
    assert set(found["speaker"][found["part"] == "test"]) == {"Ben", "Dov"}
    assert counts(found) == {"test": 60, "train": 54, "val": 6}
    assert "the test part is spoken by Ben, Dov" in found.attrs["notes"]


def test_speakers_can_be_numbers(tmp_path):
    path = saved(table(speakers=[1, 2, 3, 4]), tmp_path)
    found = spoken.of_ones_own(path, test=[3])
    assert set(found["speaker"][found["part"] == "test"]) == {"3"}


@pytest.mark.parametrize(
    "test", ["Ada", [], ["Eve"], ["Ada", "Eve"], ["Ada", "Ben", "Cleo", "Dov"], 3, [["Ada"]], {}]
)
def test_other_choices_of_speakers_are_refused(test, tmp_path):
    with refused("cannot be tested on .*: give some of its speakers.* are Ada, Ben, Cleo, Dov$"):
        spoken.of_ones_own(saved(table(), tmp_path), test=test)


@pytest.mark.parametrize("takes", [1, 2])
def test_many_speakers_with_few_takes_leave_most_for_training(takes, tmp_path):
    """As in a collection of commands, where hardly anybody says a word three times."""
    data = table(takes, [f"voice {number}" for number in range(100 // takes)])
    found = spoken.of_ones_own(saved(data, tmp_path))
    assert counts(found) == {"train": 216, "test": 60, "val": 24}


def test_without_speakers_the_parts_share_a_voice_and_that_is_told(tmp_path):
    data = table()
    nameless = spoken.of_ones_own(saved(data.drop(columns="speaker"), tmp_path))
    alone = spoken.of_ones_own(saved(data.assign(speaker="Ada"), tmp_path))
    note = "no two speakers are known, so that the test has the voices of the training"
    for found in (nameless, alone):
        assert note in found.attrs["notes"]
        assert counts(found) == {"train": 84, "test": 24, "val": 12}
        assert found.groupby("text")["part"].value_counts().unstack()["test"].tolist() == [8] * 3
    with refused("cannot be tested on .*: give some .* they are not named$"):
        spoken.of_ones_own(saved(data.drop(columns="speaker"), tmp_path), test=["Ada"])
    with refused("leave some for training; they are Ada$"):
        spoken.of_ones_own(saved(data.assign(speaker="Ada"), tmp_path), test=["Ada"])


# ---------------------------------------------------------------- the corpus


@pytest.mark.parametrize("as_folder", [True, False])
def test_recordings_of_ones_own_become_a_corpus(as_folder, tmp_path):
    folder = tmp_path / "our voices"
    folder.mkdir()
    path = saved(table(), folder)
    corpus = corpora.load("spoken", folder if as_folder else path, test=["Ada"])
    assert corpus.is_own and corpus.data["noise"].isna().all()
    assert list(corpus.data) == spoken.COLUMNS
    shipped = corpora.settings("spoken", "synthetic")
    assert corpus.sizes.keys() == shipped["sizes"].keys()
    assert corpus.expected.keys() == shipped["expected"].keys()
    assert corpus.sizes["seconds"] == 0.5
    assert corpus.folder == (tmp_path if as_folder else folder) / (
        "our voices_recognizer" if as_folder else "words_recognizer"
    )
    choices = "choose from file, text, speaker, test, encoding, separator"
    with refused(choices):
        corpora.load("spoken", path, words=3)
    assert corpora.load("spoken", folder).is_own, "a folder of results is no table"


def test_keras_spectrogram_of_a_tone_is_scipys():
    tone = np.sin(2 * np.pi * 1000 * np.arange(spoken.RATE) / spoken.RATE)
    layer = keras.layers.MelSpectrogram(
        fft_length=256,
        sequence_stride=160,
        sampling_rate=spoken.RATE,
        num_mel_bins=40,
        min_freq=60,
        min_power=1e-3,
        top_db=100,
    )
    window = get_window("hann", 256)
    transform = ShortTimeFFT(window, hop=160, fs=spoken.RATE, fft_mode="onesided")
    power = np.abs(transform.stft(tone)) ** 2
    weights = np.array(layer.linear_to_mel_weight_matrix(40, 129, spoken.RATE, 60, 4000))
    expected = 10 * np.log10(np.maximum(weights.T @ power, 1e-3))
    found = np.array(layer(tone.astype("float32")))
    first = -transform.p_min  # the frame whose middle is the first sample
    inside = slice(2, 45)  # away from the ends, which each pads its own way
    near = expected[:, first:][:, inside]
    loud = near > 0
    assert loud.any() and np.abs(found[:, inside] - near)[loud].max() < 0.05
    assert set(found.argmax(axis=0)[inside]) == {17}


def test_strings_are_recordings_of_one_speaker_in_a_row():
    waves = [np.full(100, 0.1 * number + 0.1, "float32") for number in range(4)]
    data = pd.DataFrame({"wave": waves, "text": list("abcd"), "speaker": list("xxyy")})
    data["part"] = "test"
    made, texts = spoken.strings(data, {"test": 20}, seed=1)["test"]
    assert made.shape[0] == 20 and texts.shape == (20, spoken.MOST)
    for sound, words in zip(made, texts, strict=True):
        said = [word for word in words if word]
        assert 3 <= len(said) <= spoken.MOST
        assert set(said) <= set("ab") or set(said) <= set("cd")
        assert (sound == 1).sum() == 100 * len(said)  # each as loud as the others
    again, _ = spoken.strings(data, {"test": 20}, seed=1)["test"]
    assert (made == again).all()
