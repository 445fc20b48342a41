"""Invented chorales in four voices, from a probabilistic grammar of harmony, for notebook 10.

A piece is in one of four major keys and stays there. A hidden chain walks through the chords of the
key, phrase after phrase: a phrase may close by the cadence dominant, tonic, and the tonic is then
held for one more step. Given the chord and the notes before, the four voices are drawn: the upper
three stand close together, small steps are likelier than leaps, and no two voices move in parallel
fifths or octaves (the rules of any textbook of harmony). The chain is finite, so the probability of
each chord given all before it is exact, by the forward algorithm (Rabiner 1989, section III A).
"""

import functools
import math
import random

KEYS = (0, 2, 5, 7)  # semitones above C: C, D, F and G major
CHORDS = {  # pitch classes above the tonic; the first is that of the bass
    "I": (0, 4, 7),
    "I6": (4, 0, 7),
    "ii": (2, 5, 9),
    "ii6": (5, 2, 9),
    "IV": (5, 9, 0),
    "V": (7, 11, 2),
    "V7": (7, 11, 2, 5),
    "vi": (9, 0, 4),
    "V.": (7, 11, 2),  # of the cadence
    "I.": (0, 4, 7),
    "I-": (0, 4, 7),  # held
}
CADENCE = 0.35  # how likely a phrase closes where it can
NEXT = {
    "I": {"I6": 3, "ii": 3, "IV": 5, "V": 4, "V7": 2, "vi": 3},
    "I6": {"IV": 4, "ii6": 4, "V": 2},
    "ii": {"V": 5, "V7": 4, "I6": 3},
    "ii6": {"V": 6, "V7": 4},
    "IV": {"I": 3, "ii": 2, "V": 4, "V7": 2},
    "V": {"I": 5, "vi": 3, "I6": 2},
    "V7": {"I": 6, "vi": 4},
    "vi": {"ii": 3, "IV": 4, "ii6": 3, "I6": 2},
    "V.": {"I.": 1},
    "I.": {"I-": 1},
    "I-": {"I": 4, "I6": 1, "IV": 3, "V": 2, "vi": 3},
}
BEFORE_CADENCE = ("ii", "ii6", "IV", "I6")
SOPRANO = range(62, 80)
TENOR = range(50, 68)
BASS = range(40, 58)
MIDDLE = (71, 67, 62, 48)  # where a piece begins, about
STIFFNESS = 0.35  # how much less likely each semitone makes a step of an upper voice
LEAPS = 12  # semitones of the bass at most
SHORTEST = 24  # chords of a piece; it ends with the next cadence
COUNTS = {"train": 4000, "valid": 100, "test": 150}


@functools.cache
def voicings(key, chord):
    """List all ways to sing a chord: tuples of MIDI numbers, soprano, alto, tenor, bass."""
    bass_class, *others = CHORDS[chord]
    upper = others if len(others) == 3 else CHORDS[chord]  # a triad is complete in the upper voices
    classes = [(key + degree) % 12 for degree in upper]
    found = []
    for soprano in SOPRANO:
        if soprano % 12 in classes:
            below = [pitch for pitch in range(soprano - 11, soprano) if pitch % 12 in classes]
            tenor, alto = below
            for bass in BASS:
                if bass % 12 == (key + bass_class) % 12 and bass < tenor and tenor in TENOR:
                    found.append((soprano, alto, tenor, bass))
    return found


def has_parallels(before, after):
    """Whether two voices move in the same direction from a fifth to a fifth, or in octaves."""
    for upper in range(4):
        for lower in range(upper + 1, 4):
            interval = (before[upper] - before[lower]) % 12
            if interval not in (0, 7) or (after[upper] - after[lower]) % 12 != interval:
                continue
            if (after[upper] - before[upper]) * (after[lower] - before[lower]) > 0:
                return True
    return False


@functools.cache
def movements(key, before, chord):
    """Say how likely each voicing of a chord is after another: dict of voicing -> probability."""
    if chord == "I-":
        return {before: 1.0}
    weights = {}
    for after in voicings(key, chord):
        if before is None:
            distance = sum(abs(a - b) for a, b in zip(MIDDLE, after, strict=True))
            weights[after] = math.exp(-STIFFNESS * distance / 3)
        elif abs(after[3] - before[3]) <= LEAPS and not has_parallels(before, after):
            distance = sum(abs(a - b) for a, b in zip(before[:3], after[:3], strict=True))
            leap = abs(after[3] - before[3])
            weights[after] = math.exp(-STIFFNESS * (distance / 2 + leap / 4))
    total = sum(weights.values())
    return {after: weight / total for after, weight in weights.items()}


@functools.cache
def chords_after(key, before, chord):
    """Say how likely each chord comes next, of those that can be reached without parallels."""
    if chord is None:
        return {"I": 1.0}
    weights = NEXT[chord]
    total = sum(weights.values())
    shares = {name: weight / total for name, weight in weights.items()}
    if chord in BEFORE_CADENCE:
        shares = {name: share * (1 - CADENCE) for name, share in shares.items()}
        shares["V."] = CADENCE
    reachable = {name: share for name, share in shares.items() if movements(key, before, name)}
    total = sum(reachable.values())
    return {name: share / total for name, share in reachable.items()}


def draw(rng):
    """Draw a piece: list of (soprano, alto, tenor, bass), MIDI numbers."""
    key = rng.choice(KEYS)
    chord = voicing = None
    piece = []
    while len(piece) < SHORTEST or chord != "I-":
        chord = _draw(rng, chords_after(key, voicing, chord))
        voicing = _draw(rng, movements(key, voicing, chord))
        piece.append(voicing)
    return piece


def _draw(rng, shares):
    return rng.choices(list(shares), list(shares.values()))[0]


def log_probabilities(piece):
    """Natural log-probability of each chord of a piece given all before it: list of float.

    The sum over hidden states, key and chord, by the forward algorithm. Where a piece ends is not
    counted: it is how often the chain is asked, and no part of it.
    """
    states = {(key, None): 1 / len(KEYS) for key in KEYS}
    before = None
    found = []
    for voicing in piece:
        reached = {}
        for (key, chord), belief in states.items():
            for name, share in chords_after(key, before, chord).items():
                chance = movements(key, before, name).get(voicing, 0.0)
                if chance:
                    state = key, name
                    reached[state] = reached.get(state, 0.0) + belief * share * chance
        total = sum(reached.values())
        found.append(math.log(total))
        states = {state: chance / total for state, chance in reached.items()}
        before = voicing
    return found


def corpus(seed=1, counts=COUNTS):
    """Draw the parts: dict of part -> list of pieces, no piece twice."""
    rng = random.Random(seed)
    known = set()
    parts = {}
    for part, count in counts.items():
        parts[part] = []
        while len(parts[part]) < count:
            piece = draw(rng)
            if tuple(piece) not in known:
                known.add(tuple(piece))
                parts[part].append(piece)
    return parts
