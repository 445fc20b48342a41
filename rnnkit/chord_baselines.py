"""Cheap rivals of a network that predicts chords: frequencies, repeating, and n-grams of notes.

Pieces are int arrays (T, VOICES), 0 where there is no note. Each function learns from the pieces of
one list, and scores those of another: float (all chords,), -ln of the probability that each chord
gets, given all before it, in nats.
"""

import numpy as np
import pandas as pd

from rnnkit.baselines import KneserNey
from rnnkit.music import PITCHES

START = PITCHES + 1  # stands before each line of an n-gram model


def nats(train, test):
    """Score all three -> pandas.DataFrame (all chords, 3), a column for each by its name."""
    return pd.DataFrame(
        {
            "note frequencies": by_frequency(train, test),
            "repeat or frequencies": by_repeating(train, test),
            "n-gram": by_ngrams(train, test),
        }
    )


def by_frequency(train, test):
    """Each voice sings its notes as often as in training, whatever came before.

    Each note is counted once more than it occurs, so that none has the probability 0.
    """
    chords = np.concatenate(test)
    p = _frequencies(train, chords)
    return -np.log(p).sum(axis=1)


def by_repeating(train, test):
    """A voice sings the note before once more as often as in training, else by frequency."""
    is_held = np.concatenate(train) == _before(train)
    share = is_held.mean(axis=0)
    chords = np.concatenate(test)
    repeats = chords == _before(test)
    otherwise = _frequencies(train, chords)
    p = share * repeats + (1 - share) * otherwise
    return -np.log(p).sum(axis=1)


def by_ngrams(train, test, order=11):
    """Predict each note from the `order` - 1 notes before it, as `KneserNey` does.

    A piece is one line of notes: those of its first chord, the highest first, then the next chord.
    """
    lines = [_line(piece) for piece in train]
    model = KneserNey(order).fit(lines, vocab_size=START + 1)
    found = []
    for piece in test:
        log_p = model.log_probabilities(_line(piece))
        by_chord = log_p.reshape(piece.shape)
        found.append(-by_chord.sum(axis=1))
    return np.concatenate(found)


def _frequencies(train, chords):
    """The probability of each note of chords (N, VOICES) by its voice alone."""
    p = np.zeros(chords.shape)
    voices = np.concatenate(train).T
    for voice, column in enumerate(voices):
        counts = np.bincount(column, minlength=PITCHES) + 1
        frequency = counts / counts.sum()
        sung = chords[:, voice]
        p[:, voice] = frequency[sung]
    return p


def _before(pieces):
    """The chord before each chord, nothing before the first of a piece: (all chords, VOICES)."""
    found = []
    for piece in pieces:
        nothing = np.zeros_like(piece[:1])
        found += [nothing, piece[:-1]]
    return np.concatenate(found)


def _line(piece):
    ids = piece.ravel() + 1  # 0 would be padding
    return np.append(START, ids)
