"""What can be measured about chords, and how they sound.

A piece is an int array (T, VOICES) of MIDI numbers, the highest first, 0 where there is no note.
"""

import itertools

import numpy as np

from rnnkit import splits

RATE = 8000  # samples of a sound per second
SCALE = (0, 2, 4, 5, 7, 9, 11)  # of a major key, in semitones above its first note
PERFECT = (0, 7)  # octave and fifth, in semitones, octaves apart
AFTER = RATE // 10  # samples that a note rings on
OVERTONES = (1.0, 0.5, 0.3, 0.15, 0.08)  # how loud the multiples of a frequency are


def measures(pieces, others):
    """Measure pieces beside others, such as those of the training part -> dict.

    in key: mean of `share_in_key`; parallels in 100 steps; longest copy (median) of chords in a row
    that stand in one of the others too.
    """
    in_key = [share_in_key(piece) for piece in pieces]
    wrong = [parallels(piece) for piece in pieces]
    steps = [len(piece) - 1 for piece in pieces]
    copies = longest_copies(pieces, others)
    return {
        "in key": float(np.nanmean(in_key)),
        "parallels in 100 steps": 100 * sum(wrong) / sum(steps),
        "longest copy (median)": float(np.median(copies)),
    }


def share_in_key(notes):
    """Share of the notes that belong to one scale, that which has the most of them.

    The scales are the twelve of the major keys; a natural minor key has that of its relative. NaN
    for a piece without notes.
    """
    heard = notes[notes > 0]
    if heard.size == 0:
        return float("nan")
    shares = []
    for tonic in range(12):
        degrees = (heard - tonic) % 12
        shares.append(np.isin(degrees, SCALE).mean())
    return float(max(shares))


def parallels(notes):
    """Count parallel fifths and octaves: two voices that move the same way and keep the interval.

    -> how many pairs of voices do so, over all steps: int.
    """
    before = notes[:-1]
    after = notes[1:]
    voices = notes.shape[1]
    count = 0
    for upper in range(voices):
        for lower in range(upper + 1, voices):
            pair = [upper, lower]
            sounds = (before[:, pair] > 0).all(axis=1) & (after[:, pair] > 0).all(axis=1)
            old = (before[:, upper] - before[:, lower]) % 12
            new = (after[:, upper] - after[:, lower]) % 12
            moves = after[:, pair] - before[:, pair]
            same_way = moves[:, 0] * moves[:, 1] > 0
            kept = (old == new) & np.isin(old, PERFECT)
            count += np.count_nonzero(sounds & same_way & kept)
    return int(count)


def longest_copies(pieces, others):
    """How many chords in a row stand in one of other pieces just so: list of int, for each piece.

    pieces, others: lists of pieces. A passage that is moved up or down is no copy here.
    """
    chords = [_chords(piece) for piece in pieces]
    known = [_chords(piece) for piece in others]
    longest = [0] * len(pieces)
    for length in itertools.count(1):
        passages = set()
        for piece in known:
            passages.update(splits.ngrams(piece, length))
        for number, piece in enumerate(chords):
            mine = splits.ngrams(piece, length)
            if not passages.isdisjoint(mine):
                longest[number] = length
        if max(longest, default=0) < length:
            return longest


def _chords(piece):
    return [tuple(chord) for chord in piece.tolist()]


def held(voice):
    """Join equal neighbours: int (T,) -> list of (pitch, how many steps)."""
    found = []
    for pitch, equal in itertools.groupby(np.asarray(voice).tolist()):
        found.append((pitch, len(list(equal))))
    return found


def sound(notes, seconds=0.5):
    """Play a piece: each note a sum of sine waves that fade -> float32 (N,), RATE samples a second.

    notes: int (T, voices); seconds: how long a chord lasts. A note that stays is held on.
    """
    step = int(seconds * RATE)
    wave = np.zeros(len(notes) * step + max(step, AFTER))
    for voice in np.asarray(notes).T:
        start = 0
        for pitch, length in held(voice):
            if pitch > 0:
                tone = _tone(pitch, length * step)
                place = start * step
                wave[place : place + len(tone)] += tone
            start += length
    loudest = np.abs(wave).max(initial=1e-9)
    return (wave / loudest).astype("float32")


def _tone(pitch, length):
    """A note with a soft beginning, and an end that rings on for a tenth of a second."""
    frequency = 440 * 2 ** ((pitch - 69) / 12)  # Hz; 69 is the a above middle c
    time = np.arange(length + AFTER) / RATE
    tone = np.zeros(len(time))
    for number, loudness in enumerate(OVERTONES, 1):
        if number * frequency < RATE / 2:
            tone += loudness * np.sin(2 * np.pi * number * frequency * time)
    fading = np.exp(-1.5 * time)
    rising = np.minimum(1, time / 0.01)
    falling = np.minimum(1, (time[-1] - time) / 0.1)
    return tone * fading * rising * falling
