"""Digits spoken by invented voices, for notebook 09.

A buzz at the pitch of the voice and a hiss pass through resonators, the formants, whose frequencies
glide from sound to sound (a cascade formant synthesiser: Klatt 1980, "Software for a cascade/
parallel formant synthesizer", whose resonator this is; frequencies of vowels after Peterson and
Barney 1952, table II). A voice has its pitch, its length of the vocal tract (which divides all
formants), its speed, its breath, and its own way with each sound; no take is like another.
"""

import random
from typing import NamedTuple

import numpy as np
from scipy.signal import lfilter

RATE = 8000  # samples per second
BLOCK = 40  # samples, 5 ms, during which the resonators stay as they are
BANDWIDTHS = (80, 110, 170, 260)  # Hz
FOURTH = 3400  # Hz, the fourth formant, of every sound
TAKES = 7  # of each digit by each voice
NOISES = (40, 30, 20)  # dB of the speech above the noise
WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


class Sound(NamedTuple):
    """A sound of speech: how loud its buzz and hiss are, and where they resonate."""

    buzz: float
    hiss: float
    formants: tuple  # Hz, three
    centre: float = 0  # Hz, of the hiss, of 0 the formants shape it


SOUNDS = {
    "iy": Sound(1.0, 0.0, (270, 2290, 3010)),
    "ih": Sound(1.0, 0.0, (390, 1990, 2550)),
    "eh": Sound(1.0, 0.0, (530, 1840, 2480)),
    "ah": Sound(1.0, 0.0, (640, 1190, 2390)),
    "aa": Sound(1.0, 0.0, (730, 1090, 2440)),
    "ao": Sound(1.0, 0.0, (570, 840, 2410)),
    "uh": Sound(1.0, 0.0, (440, 1020, 2240)),
    "uw": Sound(0.9, 0.0, (300, 870, 2240)),
    "ax": Sound(0.7, 0.0, (500, 1400, 2400)),
    "r": Sound(0.7, 0.0, (350, 1060, 1450)),
    "w": Sound(0.6, 0.0, (290, 610, 2150)),
    "n": Sound(0.4, 0.0, (250, 1340, 2470)),
    "v": Sound(0.3, 0.08, (250, 1100, 2080), 2800),
    "z": Sound(0.2, 0.25, (250, 1400, 2600), 3600),
    "s": Sound(0.0, 0.35, (320, 1390, 2530), 3700),
    "f": Sound(0.0, 0.12, (340, 1100, 2080), 2600),
    "th": Sound(0.0, 0.10, (320, 1290, 2540), 3200),
    "h": Sound(0.0, 0.10, (440, 1100, 2240)),
    "stop": Sound(0.0, 0.0, (300, 1600, 2600)),
    "t": Sound(0.0, 0.45, (300, 1700, 2600), 3400),
    "k": Sound(0.0, 0.40, (300, 1990, 2600), 2000),
}
# The sounds of each word with their length in ms: two ways to say it, of which a voice has one.
SPOKEN = {
    "zero": ("z 80 ih 70 r 60 ao 60 uh 110", "s 80 iy 80 r 60 uh 150"),
    "one": ("w 80 ah 130 n 110", "w 70 ao 150 n 90"),
    "two": ("stop 40 t 20 h 30 uw 190", "stop 40 t 40 ih 60 uw 140"),
    "three": ("th 90 r 60 iy 190", "stop 40 t 20 r 80 iy 170"),
    "four": ("f 100 ao 160 r 90", "f 110 ao 230"),
    "five": ("f 90 aa 110 ih 90 v 80", "f 90 aa 180 f 60"),
    "six": ("s 110 ih 80 stop 50 k 20 s 120", "s 100 iy 80 stop 40 k 20 s 150"),
    "seven": ("s 100 eh 90 v 60 ax 60 n 100", "s 90 eh 80 w 50 n 130"),
    "eight": ("eh 70 iy 110 stop 60 t 30 h 40", "eh 130 ih 60 stop 40"),
    "nine": ("n 80 aa 110 ih 90 n 100", "n 80 ah 70 iy 110 n 70"),
}


class Voice(NamedTuple):
    """An invented speaker."""

    name: str
    pitch: float  # Hz
    tract: float  # formants are divided by it
    speed: float
    breath: float  # hiss in its buzz
    tilt: float  # 0 to 1: how dark its buzz is
    habits: dict  # sound -> factors of its formants (3,) and of its length
    ways: dict  # word -> 0 or 1, how it is said


class Spoken(NamedTuple):
    """A row of the table; noise: dB of the speech above the noise."""

    file: str
    text: str
    speaker: str
    part: str
    noise: int


NAMES = "Ada Ben Cleo Dov Elif Finn Gita Hugo Ines Jon Kaya Levi Mona Niko Olga Piet"
PARTS = dict.fromkeys(["Ines", "Jon"], "val")
PARTS |= dict.fromkeys(["Gita", "Hugo", "Kaya", "Levi"], "test")


def voices(seed=1):
    """Invent the speakers: each second one has a high voice and a short vocal tract."""
    draw = random.Random(seed)
    found = []
    for number, name in enumerate(NAMES.split()):
        is_high = number % 2 == 0
        pitch = draw.uniform(160, 220) if is_high else draw.uniform(85, 140)
        tract = draw.uniform(0.78, 0.9) if is_high else draw.uniform(0.95, 1.1)
        habits = {}
        for sound in SOUNDS:
            factors = [draw.gauss(1, 0.05) for _ in range(3)]
            habits[sound] = (np.array(factors), draw.uniform(0.7, 1.4))
        speed = draw.uniform(0.8, 1.25)
        breath, tilt = draw.uniform(0.0, 0.1), draw.uniform(0.3, 0.93)
        ways = {word: draw.randrange(2) for word in WORDS}
        found.append(Voice(name, pitch, tract, speed, breath, tilt, habits, ways))
    return found


def corpus(seed=2):
    """Yield a `Spoken` and its samples, int8 (T,), for each take of each word by each voice."""
    draw = random.Random(seed)
    for voice in voices():
        for word in WORDS:
            for take in range(TAKES):
                noise = draw.choice(NOISES)
                file = f"{voice.name.lower()}_{word}_{take}.wav"
                part = PARTS.get(voice.name, "train")
                samples = say(word, voice, draw.randrange(2**32), noise)
                yield Spoken(file, word, voice.name, part, noise), samples


def say(word, voice, seed, noise):
    """Speak a word: -> int8 (T,), with some silence around it and noise over all."""
    draw = np.random.default_rng(seed)
    buzz, hiss, centre, formants = _tracks(word, voice, draw)
    source = _source(buzz, hiss, centre, voice, draw)
    wave = _resonances(source, buzz, hiss, centre, formants, draw)
    before, after = draw.integers(RATE // 50, RATE // 12, 2)
    wave = np.pad(wave, (before, after))
    loud = np.sqrt(np.mean(wave[np.abs(wave) > 0.1 * np.abs(wave).max()] ** 2))
    wave = wave / loud + draw.normal(0, 10 ** (-noise / 20), len(wave))
    volume = draw.uniform(0.25, 1) * 127 / np.abs(wave).max()
    return np.round(wave * volume).astype(np.int8)


def _tracks(word, voice, draw):
    """The course of a take in blocks: buzz, hiss, centre (B,), formants (B, 3)."""
    times, rows, edges, levels = [], [], [], []
    clock = 0.0
    pieces = SPOKEN[word][voice.ways[word]].split()
    drift = draw.normal(1, 0.02, 3)
    for sound, length in zip(pieces[::2], pieces[1::2], strict=True):
        factors, slow = voice.habits[sound]
        length = float(length) / voice.speed * slow * draw.uniform(0.87, 1.15)
        tuned = np.array(SOUNDS[sound].formants) * factors * drift / voice.tract
        times += [clock + 0.3 * length, clock + 0.7 * length]
        rows += [tuned, tuned]
        edge = min(8, length / 4)
        edges += [clock + edge, clock + length - edge]
        levels += [(SOUNDS[sound].buzz, SOUNDS[sound].hiss, SOUNDS[sound].centre)] * 2
        clock += length
    blocks = np.arange(0, clock, 1000 * BLOCK / RATE)
    formants = np.stack([np.interp(blocks, times, row) for row in np.array(rows).T], 1)
    fade = np.interp(blocks, [0, 15, clock - 40, clock], [0, 1, 1, 0])
    levels = np.array(levels).T
    buzz, hiss = [np.interp(blocks, edges, level) * fade for level in levels[:2]]
    nearest = np.abs(blocks[:, None] - np.array(edges)).argmin(1)
    return buzz, hiss, levels[2][nearest], formants


def _source(buzz, hiss, centre, voice, draw):
    """The buzz of the vocal folds, with breath, and the hiss that the formants shape: (T,)."""
    count = len(buzz) * BLOCK
    fall = np.linspace(1.08, 0.9, count) * draw.normal(1, 0.05)
    wobble = 1 + 0.02 * np.sin(2 * np.pi * 5 * np.arange(count) / RATE + draw.uniform(0, 6))
    phase = np.cumsum(voice.pitch * fall * wobble / RATE)
    pulses = np.diff(np.floor(phase), prepend=0) * np.sqrt(RATE / voice.pitch)
    pulses = pulses + draw.normal(0, voice.breath + 0.02, count)
    pulses = lfilter([1 - voice.tilt], [1, -voice.tilt], pulses)
    shaped = np.where(centre == 0, hiss, 0)
    breath = draw.normal(0, 1, count) * np.repeat(shaped, BLOCK)
    return pulses * np.repeat(buzz, BLOCK) + breath


def _resonances(source, buzz, hiss, centre, formants, draw):
    """Send the source through the formants, and the hiss through a resonance of its own: (T,)."""
    blocks = source.reshape(-1, BLOCK).copy()
    for place, width in enumerate(BANDWIDTHS):
        track = formants[:, place] if place < 3 else np.full(len(blocks), FOURTH)
        _resonate(blocks, np.minimum(track, 3900), width)
    blocks /= np.sqrt(np.mean(blocks[buzz > 0.5] ** 2))  # a vowel has the loudness 1
    noise = draw.normal(0, 1, blocks.shape)
    _resonate(noise, np.clip(centre, 100, 3900), 700)
    strength = np.where(centre > 0, hiss, 0) / noise.std()
    return (blocks + strength[:, None] * noise).ravel()


def _resonate(blocks, frequencies, width):
    """Klatt's resonator, in place: (B, BLOCK), its frequency in each block in Hz: (B,)."""
    state = np.zeros(2)
    c = -np.exp(-2 * np.pi * width / RATE)
    for row, frequency in zip(blocks, frequencies, strict=True):
        b = 2 * np.exp(-np.pi * width / RATE) * np.cos(2 * np.pi * frequency / RATE)
        row[:], state = lfilter([1 - b - c], [1, -b, -c], row, zi=state)
