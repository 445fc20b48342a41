"""Cheap rivals of a network that predicts chords, on cases worked by hand."""

import itertools

import numpy as np
import pytest

from rnnkit import chord_baselines, music
from rnnkit.baselines import KneserNey

NOTES = range(music.PITCHES)  # 0 is one of them: a rest


def by_pairs(train, test):
    return chord_baselines.by_ngrams(train, test, 2)


def by_fours(train, test):
    return chord_baselines.by_ngrams(train, test, 4)


BASELINES = [chord_baselines.by_frequency, chord_baselines.by_repeating, by_pairs, by_fours]
EVERY_ONE = pytest.mark.parametrize("baseline", BASELINES, ids=lambda baseline: baseline.__name__)


def drawn(voices, lengths, seed=0):
    """Pieces of a few notes and rests, each chord held once: list of int (T, voices)."""
    rng = np.random.default_rng(seed)
    pieces = []
    for length in lengths:
        chords = rng.choice([0, 60, 62, 64, 67], (length, voices))
        pieces.append(np.repeat(chords, 2, axis=0)[:length])
    return pieces


# ---------------------------------------------------------------- by hand

TRAIN = [np.array([[72, 60], [72, 62], [74, 62]]), np.array([[72, 0]])]


def test_frequencies_by_hand():
    """Each of the 128 notes is counted once more than it occurs, of four chords in each voice."""
    test = [np.array([[72, 62], [74, 60]]), np.array([[50, 0]])]
    p = np.array([4 * 3, 2 * 2, 1 * 2]) / 132**2
    np.testing.assert_allclose(chord_baselines.by_frequency(TRAIN, test), -np.log(p))


def test_repeating_by_hand():
    """One and two of four notes are held; a rest at the beginning counts as held."""
    test = [np.array([[72, 62], [72, 60], [72, 60]]), np.array([[72, 0]])]
    upper = np.array([4, 4, 4, 4]) / 132
    lower = np.array([3, 2, 2, 2]) / 132
    p_upper = 3 / 4 * upper + 1 / 4 * np.array([0, 1, 1, 0])
    p_lower = 2 / 4 * lower + 2 / 4 * np.array([0, 0, 1, 1])
    right = -np.log(p_upper) - np.log(p_lower)
    np.testing.assert_allclose(chord_baselines.by_repeating(TRAIN, test), right)


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_ngrams_are_those_of_one_line_of_notes(order):
    """Each note's number is one more than its pitch, and 129 begins a line."""
    lines = [[129, 73, 61, 73, 63, 75, 63], [129, 73, 1]]
    model = KneserNey(order).fit(lines, vocab_size=130)
    log_p = model.log_probabilities([129, 73, 63, 75, 61])
    nats = chord_baselines.by_ngrams(TRAIN, [np.array([[72, 62], [74, 60]])], order)
    np.testing.assert_allclose(nats, [-log_p[0] - log_p[1], -log_p[2] - log_p[3]])


# ---------------------------------------------------------------- none of them cheats


@EVERY_ONE
def test_the_probabilities_of_all_notes_sum_to_one(baseline):
    train = drawn(1, [9, 12, 5])
    for before in ([], [[60]], [[50]], [[62], [0]]):
        pieces = [np.array([*before, [pitch]]) for pitch in NOTES]
        nats = baseline(train, pieces).reshape(len(pieces), -1)
        assert np.exp(-nats[:, -1]).sum() == pytest.approx(1)


@EVERY_ONE
def test_the_probabilities_of_all_chords_sum_to_one(baseline):
    train = drawn(2, [9, 12, 5])
    pieces = [np.array([[60, 0], chord]) for chord in itertools.product(NOTES, NOTES)]
    nats = baseline(train, pieces).reshape(len(pieces), 2)
    assert np.exp(-nats[:, 1]).sum() == pytest.approx(1)


@EVERY_ONE
def test_a_number_for_each_chord_whatever_was_never_sung(baseline):
    train = drawn(4, [9, 12, 5])
    test = drawn(4, [1, 7, 3], seed=1)
    test[0][0] = [127, 1, 126, 99]
    nats = baseline(train, test)
    assert nats.shape == (11,) and np.isfinite(nats).all() and (nats > 0).all()


@EVERY_ONE
def test_what_comes_later_changes_nothing(baseline):
    train = drawn(4, [20, 30, 25], seed=1)
    (piece,) = drawn(4, [12], seed=3)
    changed = piece.copy()
    changed[7:] = [71, 65, 59, 53]
    nats = baseline(train, [piece])
    others = baseline(train, [changed])
    np.testing.assert_array_equal(nats[:7], others[:7])
    assert (nats[7:] != others[7:]).all()


@EVERY_ONE
def test_each_piece_begins_afresh(baseline):
    train = drawn(4, [20, 30, 25], seed=1)
    first, second = drawn(4, [6, 8], seed=3)
    second[0] = first[-1]  # what would be held, were they one
    apart = [baseline(train, [first]), baseline(train, [second])]
    np.testing.assert_array_equal(baseline(train, [first, second]), np.concatenate(apart))
    turned = baseline(train[::-1], [first, second])
    np.testing.assert_allclose(turned, np.concatenate(apart))


@pytest.mark.parametrize("baseline", [chord_baselines.by_repeating, by_pairs, by_fours])
def test_held_notes_are_expected_where_training_holds_them(baseline):
    train = drawn(1, [40, 40, 40])
    held = np.array([[62], [62]])
    moving = np.array([[62], [64]])
    assert baseline(train, [held])[1] < baseline(train, [moving])[1]


def test_all_three_stand_in_one_table():
    pieces = [np.array([[60, 57, 53, 40]] * 4), np.array([[62, 57, 53, 41]] * 3)]
    table = chord_baselines.nats(pieces, pieces[:1])
    assert list(table) == ["note frequencies", "repeat or frequencies", "n-gram"]
    for name, score in zip(table, THREE, strict=True):
        np.testing.assert_array_equal(table[name], score(pieces, pieces[:1]))


THREE = (chord_baselines.by_frequency, chord_baselines.by_repeating, chord_baselines.by_ngrams)
