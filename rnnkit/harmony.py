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

    in key: mean of `share_in_key`; parallels in 100 steps; longest copy (mean) of chords in a row
    that stand in one of the others too.
    """
    in_key = []
    wrong = 0
    steps = 0
    for piece in pieces:
        in_key.append(share_in_key(piece))
        wrong += parallels(piece)
        steps += len(piece) - 1
    copies = longest_copies(pieces, others)
    return {
        "in key": float(np.nanmean(in_key)),
        "parallels in 100 steps": 100 * wrong / steps,
        "longest copy (mean)": float(np.mean(copies)),
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
        belongs = np.isin(degrees, SCALE)
        shares.append(belongs.mean())
    return float(max(shares))


def parallels(notes):
    """Count parallel fifths and octaves: two voices that move the same way and keep the interval.

    -> how many pairs of voices do so, over all steps: int.
    """
    voices = list(np.asarray(notes).T)
    count = 0
    for place, upper in enumerate(voices):
        for lower in voices[place + 1 :]:
            count += _parallels_of(upper, lower)
    return count


def _parallels_of(upper, lower):
    """Count the steps, of two voices: int (T,) and (T,) -> int."""
    sounds = (upper > 0) & (lower > 0)
    both_sound = sounds[:-1] & sounds[1:]
    interval = (upper - lower) % 12
    before = interval[:-1]
    after = interval[1:]
    perfect = np.isin(before, PERFECT)
    kept = perfect & (before == after)
    moves = np.diff(upper)
    others = np.diff(lower)
    same_way = moves * others > 0
    found = both_sound & kept & same_way
    return int(np.count_nonzero(found))


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
            is_new = passages.isdisjoint(mine)
            if not is_new:
                longest[number] = length
        if max(longest, default=0) < length:
            return longest


def _chords(piece):
    return [tuple(chord) for chord in piece.tolist()]


def held(voice):
    """Join equal neighbours: int (T,) -> list of (pitch, how many steps)."""
    found = []
    pitches = np.asarray(voice).tolist()
    for pitch, equal in itertools.groupby(pitches):
        length = len(list(equal))
        found.append((pitch, length))
    return found


def sound(notes, seconds=0.5):
    """Play a piece: each note a sum of sine waves that fade -> float32 (N,), RATE samples a second.

    notes: int (T, voices); seconds: how long a chord lasts. A note that stays is held on.
    """
    step = int(seconds * RATE)
    rest = max(step, AFTER)
    wave = np.zeros(len(notes) * step + rest)
    for voice in np.asarray(notes).T:
        start = 0
        for pitch, length in held(voice):
            if pitch > 0:
                tone = _tone(pitch, length * step)
                place = start * step
                end = place + len(tone)
                wave[place:end] += tone
            start += length
    loudest = np.abs(wave).max(initial=1e-9)
    return (wave / loudest).astype("float32")


def _tone(pitch, length):
    """A note with a soft beginning, and an end that rings on for a tenth of a second."""
    octaves = (pitch - 69) / 12  # above the a above middle c
    lowest = 440 * 2**octaves  # Hz
    time = np.arange(length + AFTER) / RATE
    tone = np.zeros(len(time))
    for number, loudness in enumerate(OVERTONES, 1):
        frequency = number * lowest
        if frequency < RATE / 2:
            angle = 2 * np.pi * frequency * time
            tone += loudness * np.sin(angle)
    fading = np.exp(-1.5 * time)
    rising = np.minimum(1, time / 0.01)
    rest = time[-1] - time
    falling = np.minimum(1, rest / 0.1)
    return tone * fading * rising * falling
