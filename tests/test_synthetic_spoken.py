"""The invented voices: their table, their formants, and the noise that is added to them."""

import io
import zipfile

import numpy as np
import pandas as pd
import pytest
import rebuild_data
from generators import spoken

from rnnkit import corpora

ARCHIVE = rebuild_data.DATA / "spoken.zip"


@pytest.fixture(scope="module")
def table():
    with zipfile.ZipFile(ARCHIVE) as archive:
        return pd.read_csv(archive.open("spoken.csv"))


@pytest.fixture(scope="module")
def data():
    return corpora.load("spoken", "synthetic").data


def test_the_table_and_the_recordings_are_what_is_drawn(table, data):
    rows = list(spoken.corpus())
    assert table.equals(pd.DataFrame([row for row, _ in rows]))
    assert len(data) == len(rows) == 1120
    for (_, samples), wave in zip(rows, data["wave"], strict=True):
        assert len(samples) == len(wave) and wave.dtype == np.float32
        assert np.abs(samples - 128 * wave).max() <= 1
    for column in ("text", "speaker", "part", "noise"):
        assert data[column].tolist() == table[column].tolist()


def test_parts_share_no_speaker(data):
    speakers = data.groupby("part")["speaker"].unique()
    assert speakers.str.len().to_dict() == {"train": 10, "val": 2, "test": 4}
    assert len({name for names in speakers for name in names}) == 16


def test_each_voice_says_each_word_as_often(data):
    assert (data.groupby(["speaker", "text"]).size() == spoken.TAKES).all()
    assert data["speaker"].nunique() == 16 and set(data["text"]) == set(spoken.WORDS)


def test_no_two_recordings_are_alike(data):
    assert data["wave"].map(lambda wave: wave.tobytes()).nunique() == len(data)
    assert data["wave"].str.len().between(0.2 * 8000, 8000).all()
    loudest = data["wave"].map(lambda wave: np.abs(wave).max())
    assert loudest.min() > 0.24 and loudest.max() <= 127 / 128
    assert loudest.std() > 0.1


@pytest.mark.parametrize("noise", spoken.NOISES)
def test_the_noise_is_as_loud_as_the_table_says(noise, data):
    """Measured in the silence of 20 ms or more at both ends.

    As powers over all recordings: where a soft one has 40 dB, the noise is less than a step of the
    8 bits, and rounding takes it away in one and adds to it in another.
    """
    silent, loud = 0, 0
    for wave in data["wave"][data["noise"] == noise].map(np.float64):
        ends = np.concatenate([wave[:159], wave[-160:]])
        is_loud = np.abs(wave) > 0.1 * np.abs(wave).max()
        silent += np.mean(ends**2)
        loud += np.mean(wave[is_loud] ** 2)
    assert 10 * np.log10(loud / silent) == pytest.approx(noise, abs=1)


def test_the_noises_are_equally_common(data):
    """To three standard errors, in each part and in all: so no part is harder than another."""
    for _, rows in [("all", data), *data.groupby("part")]:
        share = rows["noise"].value_counts(normalize=True)
        assert share.tolist() == pytest.approx([1 / 3] * 3, abs=3 * (2 / 9 / len(rows)) ** 0.5)


# ---------------------------------------------------------------- the synthesiser


def test_a_resonator_by_hand():
    """Klatt 1980: y[n] = A x[n] + B y[n-1] + C y[n-2], over the blocks without a seam."""
    blocks = np.zeros((3, spoken.BLOCK))
    blocks[0, 0] = 1
    spoken._resonate(blocks, np.full(3, 1000.0), 100)
    c = -np.exp(-2 * np.pi * 100 / 8000)
    b = 2 * np.exp(-np.pi * 100 / 8000) * np.cos(2 * np.pi * 1000 / 8000)
    right = [1 - b - c]
    right.append(b * right[0])
    while len(right) < blocks.size:
        right.append(b * right[-1] + c * right[-2])
    assert blocks.ravel() == pytest.approx(np.array(right), abs=1e-12)


def formants(sound, tract=1.0):
    """Find the peaks in the spectrum of a sound with a pitch of 50 Hz -> list of Hz."""
    tuned = np.tile(np.array(spoken.SOUNDS[sound].formants) / tract, (400, 1))
    pulses = np.zeros(400 * spoken.BLOCK)
    pulses[::160] = 1
    buzz, none = np.ones(400), np.zeros(400)
    wave = spoken._resonances(pulses, buzz, none, none, tuned, np.random.default_rng(1))
    power = np.abs(np.fft.rfft(wave[8000:]))  # a second: a bin is a hertz
    harmonics = power[50::50]
    is_peak = (harmonics[1:-1] > harmonics[:-2]) & (harmonics[1:-1] > harmonics[2:])
    return 50 * (np.flatnonzero(is_peak) + 2)


@pytest.mark.parametrize("sound", ["iy", "eh", "aa", "uw"])
def test_a_vowel_has_its_formants(sound):
    assert formants(sound)[:3] == pytest.approx(spoken.SOUNDS[sound].formants, abs=50)


def test_vowels_differ_and_a_shorter_tract_has_higher_formants():
    assert formants("iy")[1] > 2 * formants("uw")[1] and formants("aa")[0] > 2 * formants("iy")[0]
    for sound in ("eh", "aa", "uw"):
        higher = formants(sound, tract=0.8)[:2] / formants(sound)[:2]
        assert higher == pytest.approx(1 / 0.8, rel=0.1)


def test_a_voice_carries_its_tract_and_habits_into_its_course():
    voice = spoken.voices()[1]
    middle = {}
    for tract in (1.0, 0.8):
        draw = np.random.default_rng(1)
        *_, course = spoken._tracks("one", voice._replace(tract=tract), draw)
        middle[tract] = course
    assert middle[0.8] == pytest.approx(middle[1.0] / 0.8)
    # "one" begins with a second formant of 610 Hz and ends with one of 1,340 Hz
    assert middle[1.0][0, 1] < 0.75 * middle[1.0][-1, 1]


def test_high_voices_have_short_tracts():
    for number, voice in enumerate(spoken.voices()):
        assert (voice.pitch > 150) == (voice.tract < 0.92) == (number % 2 == 0)


@pytest.mark.parametrize("centre", [2000, 2800, 3600])
def test_a_hiss_is_heard_where_its_centre_is(centre):
    """After a vowel whose formants are all lower: most of the power within 500 Hz of it."""
    is_hiss = np.arange(400) >= 200
    tuned = np.tile(np.array(spoken.SOUNDS["aa"].formants), (400, 1))
    draw = np.random.default_rng(1)
    pulses = draw.normal(0, 1, 400 * spoken.BLOCK) * np.repeat(~is_hiss, spoken.BLOCK)
    hiss, centres = np.where(is_hiss, 0.4, 0), np.where(is_hiss, centre, 0)
    wave = spoken._resonances(pulses, 1.0 * ~is_hiss, hiss, centres, tuned, draw)
    power = np.abs(np.fft.rfft(wave[-7000:])) ** 2
    frequencies = np.fft.rfftfreq(7000, 1 / 8000)
    near = power[np.abs(frequencies - centre) < 500].sum() / power.sum()
    assert near > 0.5
    before = np.abs(np.fft.rfft(wave[:7000])) ** 2
    assert frequencies[before.argmax()] < 1500


# ---------------------------------------------------------------- the comparison of archives


def changed(name=None, change=None):
    """Write the archive anew, a file changed, or left out where there is no change."""
    content = io.BytesIO()
    with zipfile.ZipFile(ARCHIVE) as old, zipfile.ZipFile(content, "w") as new:
        for found in old.namelist():
            if found != name:
                new.writestr(found, old.read(found))
            elif change:
                new.writestr(found, change(old.read(found)))
    return content.getvalue()


def louder(by):
    return lambda wave: wave[:500] + bytes([wave[500] + by]) + wave[501:]


def test_an_archive_that_is_not_the_same_is_noticed():
    right = ARCHIVE.read_bytes()

    def is_same(*change):
        return rebuild_data.same_recordings(right, changed(*change))

    assert is_same()
    assert is_same("ada_one_3.wav", louder(by=1)), "rounding differs between processors"
    assert is_same("ada_one_3.wav", louder(by=-1))
    assert not is_same("ada_one_3.wav", louder(by=2))
    assert not is_same("ada_one_3.wav", louder(by=-2))
    assert not is_same("ada_one_3.wav", lambda wave: wave[:-1])
    assert not is_same("spoken.csv", lambda csv: csv.replace(b"Ada", b"Eva", 1))
    assert not is_same("piet_nine_6.wav")
    assert not is_same("spoken.csv")
