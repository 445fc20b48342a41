"""Measures of chords on cases worked by hand, and what a piece sounds like."""

import numpy as np
import pytest

from rnnkit import harmony

C_MAJOR = [60, 62, 64, 65, 67, 69, 71]


def chords(*rows):
    return np.array(rows, "int32")


# ---------------------------------------------------------------- keys


@pytest.mark.parametrize(
    ("notes", "share"),
    [
        (C_MAJOR, 1.0),
        ([pitch + 6 for pitch in C_MAJOR], 1.0),  # F sharp major
        ([69, 71, 72, 74, 76, 77, 79], 1.0),  # a natural minor
        ([*C_MAJOR, 61], 7 / 8),  # one foreign note
        ([*C_MAJOR, 61, 0, 0], 7 / 8),  # a rest is no note
        (range(60, 72), 7 / 12),  # all there are
        ([60], 1.0),
    ],
)
def test_share_in_key_by_hand(notes, share):
    column = np.array(notes).reshape(-1, 1)
    assert harmony.share_in_key(column) == pytest.approx(share)


def test_silence_has_no_key():
    assert np.isnan(harmony.share_in_key(np.zeros((3, 4), int)))
    assert np.isnan(harmony.share_in_key(np.zeros((0, 4), int)))


# ---------------------------------------------------------------- parallels


@pytest.mark.parametrize(
    ("piece", "count"),
    [
        (chords([67, 60], [69, 62]), 1),  # fifths upwards
        (chords([69, 62], [67, 60]), 1),  # and downwards
        (chords([79, 60], [81, 62]), 1),  # an octave apart
        (chords([72, 60], [74, 62]), 1),  # octaves
        (chords([60, 60], [62, 62]), 1),  # in unison
        (chords([67, 60], [81, 62]), 1),  # a leap, from a fifth to a fifth
        (chords([67, 60], [69, 62], [71, 64]), 2),  # two steps
        (chords([72, 67, 60], [74, 69, 62]), 2),  # a fifth, a fourth, an octave
        (chords([79, 60], [69, 62]), 0),  # contrary motion, from a fifth to a fifth
        (chords([67, 60], [67, 60]), 0),  # held
        (chords([67, 60], [67, 55]), 0),  # one is held
        (chords([72, 67], [74, 69]), 0),  # fourths
        (chords([64, 60], [65, 62]), 0),  # thirds
        (chords([67, 60], [74, 62]), 0),  # from a fifth to an octave
        (chords([67, 60], [0, 0], [69, 62]), 0),  # a rest between
        (chords([12, 0], [24, 12]), 0),  # a rest is no note an octave below
        (chords([67, 60]), 0),
        (np.zeros((0, 4), int), 0),
    ],
)
def test_parallels_by_hand(piece, count):
    assert harmony.parallels(piece) == count


# ---------------------------------------------------------------- copies


def test_the_longest_copies_by_hand():
    a, b, c, d = [72, 67], [71, 67], [74, 65], [76, 60]
    known = [chords(a, b, c), chords(b, d, a)]
    pieces = [
        chords([60, 48], [62, 50]),  # nothing of it is known
        chords(a, a, a),  # one chord is
        chords(d, b, c, b),  # b, c
        chords(c, a, b, c, d),  # a whole piece
        chords(a, b, d, a),  # a, b from one, and b, d, a from another
        chords(a, b, c) + 1,  # moved up
    ]
    assert harmony.longest_copies(pieces, known) == [0, 1, 2, 3, 3, 0]


def test_copies_of_nothing():
    piece = chords([72, 67])
    assert harmony.longest_copies([], [piece]) == []
    assert harmony.longest_copies([piece, piece[:0]], []) == [0, 0]
    assert harmony.longest_copies([piece], [piece]) == [1]


# ---------------------------------------------------------------- all measures


def test_measures_by_hand():
    """One foreign note of six; three parallels in four steps; copies of 1, 2 and 0 chords."""
    a, b, c, d = [67, 60], [69, 62], [71, 64], [61, 70]
    pieces = [chords(a, b, c), chords(b, a, d), chords([60, 0])]
    others = [chords(c, d), chords(b, a)]
    found = harmony.measures(pieces, others)
    in_key = [1, 5 / 6, 1]
    assert found == {
        "in key": pytest.approx(np.mean(in_key)),
        "parallels in 100 steps": pytest.approx(100 * 3 / 4),
        "longest copy (mean)": 1.0,
    }


def test_a_silent_piece_counts_for_no_key():
    silent = np.zeros((3, 2), "int32")
    found = harmony.measures([silent, chords([60], [61], [62])], [])
    assert found["in key"] == 2 / 3 and found["parallels in 100 steps"] == 0
    assert found["longest copy (mean)"] == 0


# ---------------------------------------------------------------- sound


def test_equal_neighbours_are_held():
    assert harmony.held([60, 60, 62, 0, 0, 60]) == [(60, 2), (62, 1), (0, 2), (60, 1)]
    assert harmony.held(np.array([60], "int32")) == [(60, 1)]
    assert harmony.held([]) == []


def strongest(wave):
    """The strongest frequency of a sound, in Hz."""
    power = np.abs(np.fft.rfft(wave))
    return power.argmax() * harmony.RATE / len(wave)


@pytest.mark.parametrize(("pitch", "frequency"), [(69, 440), (57, 220), (60, 261.63), (100, 2637)])
def test_a_lone_note_has_its_frequency(pitch, frequency):
    wave = harmony.sound(chords([pitch]), seconds=2)
    assert strongest(wave) == pytest.approx(frequency, abs=0.5)


def test_a_sound_lasts_as_long_as_its_chords_and_is_as_loud_as_can_be():
    piece = chords([72, 67, 64, 48], [72, 69, 65, 53], [0, 0, 0, 0], [71, 67, 62, 55])
    for seconds in (0.02, 0.5):
        wave = harmony.sound(piece, seconds)
        assert wave.dtype == np.float32 and wave.ndim == 1
        rest = len(wave) / harmony.RATE - 4 * seconds
        assert rest == pytest.approx(max(0.1, seconds)), "what rings on"
        assert np.abs(wave).max() == pytest.approx(1)


def test_a_held_note_is_not_struck_again():
    """The seam between two steps is as smooth as the middle of one."""
    step = harmony.RATE // 2
    near = slice(step - 200, step + 200)
    whole = harmony.sound(chords([69], [69]))
    assert np.abs(whole[2 * step - 400 : 2 * step]).max() > 0.1, "it sounds to the end"
    held = whole[near]
    struck = harmony.sound(chords([69], [70]))[near]
    fading = [np.abs(held[:200]).max(), np.abs(held[200:]).max()]
    assert fading[0] == pytest.approx(fading[1], rel=0.1)
    assert strongest(held) == pytest.approx(440, abs=harmony.RATE / 400)
    assert not np.allclose(held, struck, atol=0.1)


def test_the_second_chord_begins_with_the_second_step():
    wave = harmony.sound(chords([0], [69]))
    step = harmony.RATE // 2
    assert not wave[:step].any() and np.abs(wave[step : 2 * step]).max() > 0.9


def test_silence_is_heard_as_silence():
    assert not harmony.sound(np.zeros((3, 4), int)).any()
    assert not harmony.sound(np.zeros((0, 4), int)).any()
