"""Music in up to four notes at a time: invented chorales, Bach's, pieces of the reader's own.

Their table has a row for each piece: notes (int32 array (T, VOICES), MIDI numbers, the highest
first, 0 where there is none), part ("train", "val" or "test"), log_prob (float array (T,), of each
chord given all before it, NaN where it isn't known).
"""

import json
from pathlib import Path

import mido
import numpy as np
import pandas as pd

from rnnkit import harmony, own, readers
from rnnkit.downloads import DataError, fetch, shipped

VOICES = 4
PITCHES = 128  # 0, which stands for no note, and the MIDI numbers
PIANO = range(21, 109)  # MIDI numbers of its 88 keys
DRUMS = 9  # the channel whose numbers are no pitches
SHORTEST = 8  # chords of a piece
LONGEST = 256  # chords; a longer piece is cut
MOST_STEPS = 20_000  # of a MIDI file: hours, at a quarter note each
FEWEST = 10  # pieces
FEWEST_CHORDS = 500
FEWEST_IN = {"train": 1, "val": 1, "test": 2}  # pieces; of one alone nobody can tell the spread
MELODY = 12  # steps of the highest voice that tell whether two pieces are one
PARTS = {"train": "train", "valid": "val", "val": "val", "validation": "val", "test": "test"}
COLUMNS = ["notes", "part", "log_prob"]


def invented():
    """Read the shipped chorales, for `corpora`."""
    content = json.loads(readers.read_bytes(shipped("chorales.json")))
    known = content.pop("log_prob")
    data = _table(content)
    for file_part, rows in known.items():
        part = PARTS[file_part]
        places = data.index[data["part"] == part]
        for place, row in zip(places, rows, strict=True):
            data.at[place, "log_prob"] = np.array(row)
    return {"data": data}


def bach():
    """Read the Bach chorales with a chord at each quarter note, for `corpora`."""
    content = json.loads(readers.read_bytes(fetch("jsb-chorales-quarter.json")))
    return {"data": _table(content)}


def _table(content):
    rows = []
    for file_part, pieces in content.items():
        part = PARTS[file_part]
        for piece in pieces:
            notes = as_array(piece)
            unknown = np.full(len(notes), np.nan)
            rows.append((notes, part, unknown))
    return pd.DataFrame(rows, columns=COLUMNS)


def as_array(piece):
    """Bring the notes of each chord into order, the highest first.

    piece: T lists of MIDI numbers, in any order -> int32 (T, VOICES), 0 where there is no note. Of
    more than VOICES notes the highest ones and the lowest stay; of equal ones one.
    """
    notes = np.zeros((len(piece), VOICES), "int32")
    for row, chord in zip(notes, piece, strict=True):
        ordered = sorted(set(chord), reverse=True)
        kept = ordered
        if len(ordered) > VOICES:
            kept = ordered[: VOICES - 1] + ordered[-1:]
        row[: len(kept)] = kept
    return notes


# ---------------------------------------------------------------- MIDI files


def read_midi(path, step=1.0):
    """Read which notes sound at each step of a MIDI file, drums left out.

    path: of the file; step: quarter notes from one chord to the next -> list of T lists of MIDI
    numbers. Notes that don't begin or end on a sixteenth are moved to the nearest. Raises
    DataError: a file that is missing or no MIDI file, one that counts time in seconds, or one of
    more than MOST_STEPS steps, as a broken waiting time makes it.
    """
    try:
        file = mido.MidiFile(path)
        messages = list(mido.merge_tracks(file.tracks))
    except FileNotFoundError as error:
        raise DataError(f"{path} is not there: correct its name") from error
    except Exception as error:  # mido raises whatever a broken file leads to
        raise DataError(
            f"{path} is no MIDI file that can be read: export the piece again, or take it out of "
            "the folder"
        ) from error
    if not 0 < file.ticks_per_beat < 2**15:
        raise DataError(f"{path} counts time in seconds: export it with quarter notes")
    sounding = _sounding(messages, file.ticks_per_beat)
    last = max([end for _, _, end in sounding], default=0)
    count = int(np.ceil(last / (4 * step)))
    if count > MOST_STEPS:
        raise DataError(
            f"{path} has {count} steps, and {MOST_STEPS} are the most: shorten its waiting times, "
            "or take it out of the folder"
        )
    chords = [[] for _ in range(count)]
    for pitch, start, end in sounding:
        first = int(np.ceil(start / (4 * step)))
        behind = int(np.ceil(end / (4 * step)))
        for place in range(first, behind):
            chords[place].append(pitch)
    return chords


def _sounding(messages, beat):
    """Find the notes -> list of (pitch, start, end) in sixteenths, each at least one long."""
    time = 0
    begun = {}
    found = []
    for message in messages:
        time += message.time
        if message.type not in ("note_on", "note_off") or message.channel == DRUMS:
            continue
        now = round(4 * time / beat)
        key = message.channel, message.note
        if key in begun:
            start = begun.pop(key)
            found.append((message.note, start, max(now, start + 1)))
        if message.type == "note_on" and message.velocity > 0:
            begun[key] = now
    return found


def write_midi(notes, path, seconds=0.5):
    """Save a piece, so that any player or notation program can open it.

    notes: int (T, VOICES); seconds: how long a chord lasts. A note that stays is held.
    """
    file = mido.MidiFile(ticks_per_beat=480)
    tempo = mido.MetaMessage("set_tempo", tempo=int(seconds * 1e6))
    file.tracks.append(mido.MidiTrack([tempo]))
    for channel, voice in enumerate(np.array(notes).T):
        track = mido.MidiTrack()
        waited = 0
        for pitch, length in harmony.held(voice):
            ticks = 480 * length
            if pitch == 0:
                waited += ticks
                continue
            on = mido.Message("note_on", channel=channel, note=pitch, time=waited)
            off = mido.Message("note_off", channel=channel, note=pitch, time=ticks)
            track += [on, off]
            waited = 0
        file.tracks.append(track)
    file.save(path)


# ---------------------------------------------------------------- pieces of one's own


def of_ones_own(path, step=None):
    """Read a folder of MIDI files, or a .json file of pieces as that of the Bach chorales.

    step: quarter notes from one chord to the next, of MIDI files alone, or None for 1. A .json file
    has a list of pieces, or a dict of parts (train, valid, test) to such lists; a piece is a list
    of chords, a chord a list of MIDI numbers. Where no parts are given, pieces whose melodies begin
    alike come into the same part, a tenth of all or more into each of val and test -> columns
    notes, part, log_prob. Raises DataError: an empty folder, a broken file, numbers that are no
    notes, too few pieces.
    """
    path = Path(path)
    if step is not None and not (type(step) in (int, float) and 0.25 <= step <= 16):
        raise DataError(
            f"step={step!r} is no number from 0.25 to 16: give quarter notes, such as 1"
        )
    pieces = _from_folder(path, step or 1.0) if path.is_dir() else _from_json(path, step)
    notes = []
    pieces["chords"] = _on_the_piano(pieces["chords"], notes)
    pieces["chords"] = pieces["chords"].map(_trimmed)
    pieces = _long_enough(pieces, notes)
    if pieces["part"].isna().any():
        pieces["part"] = _parts(pieces["chords"].map(as_array))
        notes.append("the parts are made here; pieces whose melodies begin alike share one")
    data = _cut(pieces, notes)
    what = f"pieces of {SHORTEST} chords or more"
    why = f" ({'; '.join(notes)})" if notes else ""
    own.ask_for(path, len(data), FEWEST, what + why)
    own.ask_for(path, data["notes"].map(len).sum(), FEWEST_CHORDS, f"chords{why}")
    for part, least in FEWEST_IN.items():
        count = (data["part"] == part).sum()
        own.ask_for(path, count, least, f"{what} in the part {part!r}{why}")
    data.attrs["notes"] = notes
    return data


def _from_folder(path, step):
    """Read all MIDI files of a folder and the folders in it -> columns chords, part."""
    names = []
    for file in sorted(path.rglob("*")):
        if file.suffix.lower() in (".mid", ".midi"):
            names.append(file)
    if not names:
        raise DataError(
            f"{path} has no MIDI files: put your .mid files there, or name their folder"
        )
    pieces = [read_midi(name, step) for name in names]
    return pd.DataFrame({"chords": pieces, "part": None})


def _from_json(path, step):
    """Read a .json file -> columns chords, part; part is None where the file names none."""
    form = "a list of pieces, or the parts train, valid and test with one each"
    if readers.suffix(path) in (".mid", ".midi"):
        raise DataError(f"{path} is one piece: name the folder in which your MIDI files are")
    if step is not None:
        raise DataError(f"{path} has chords already: the option step is for MIDI files")
    try:
        content = json.loads(readers.read_bytes(path))
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"{path} is no JSON: name a folder of MIDI files, or a .json file that has {form}"
        ) from error
    if isinstance(content, list):
        content = {None: content}
    if not isinstance(content, dict):
        raise DataError(f"{path} has no pieces: it takes {form}")
    rows = []
    for name, pieces in content.items():
        if name is not None and name not in PARTS or not isinstance(pieces, list):
            raise DataError(f"{path} has {name!r}, which is no part: it takes {form}")
        for number, piece in enumerate(pieces):
            chords = _checked(path, name, number, piece)
            rows.append((chords, PARTS.get(name)))
    return pd.DataFrame(rows, columns=["chords", "part"])


def _checked(path, name, number, piece):
    """Return the chords of a piece without the -1 that stand for silence in some files."""
    chords = []
    for chord in piece if isinstance(piece, list) else [piece]:
        numbers = chord if isinstance(chord, list) else [None]
        are_notes = [type(pitch) is int and -1 <= pitch < PITCHES for pitch in numbers]
        if not all(are_notes):
            where = f"piece {number}" if name is None else f"piece {number} of {name!r}"
            raise DataError(
                f"{path}: {where} has {chord!r:.40} for a chord: it takes lists of MIDI "
                f"numbers from 0 to {PITCHES - 1}, such as [60, 64, 67]"
            )
        chords.append([pitch for pitch in numbers if pitch >= 0])
    return chords


def _on_the_piano(pieces, notes):
    """Leave out notes that no piano has, and count chords of too many notes."""
    found = []
    outside = large = total = 0
    for piece in pieces:
        kept = []
        for chord in piece:
            on = {pitch for pitch in chord if pitch in PIANO}
            outside += len(set(chord)) - len(on)
            large += len(on) > VOICES
            total += 1
            kept.append(on)
        found.append(kept)
    if outside:
        notes.append(f"notes outside the piano's {len(PIANO)} keys are left out: {outside}")
    if large:
        share = f"{large} of {total} chords have more than {VOICES} notes"
        notes.append(f"{share}: of these the {VOICES - 1} highest and the lowest stay")
    return found


def _trimmed(chords):
    """Take the silence from both ends of a piece."""
    loud = [place for place, chord in enumerate(chords) if chord]
    if not loud:
        return []
    return chords[loud[0] : loud[-1] + 1]


def _long_enough(pieces, notes):
    """Leave out short pieces."""
    lengths = pieces["chords"].map(len)
    silent = (lengths == 0).sum()
    if silent:
        notes.append(f"without a note that is read, drums left aside: {silent} of the pieces")
    short = (lengths < SHORTEST).sum() - silent
    if short:
        notes.append(f"left out, for they have fewer than {SHORTEST} chords: {short} of the pieces")
    return pieces[lengths >= SHORTEST].reset_index(drop=True)


def _cut(pieces, notes):
    """Cut long pieces; what is cut stays in one part -> columns notes, part, log_prob."""
    rows = []
    cut = 0
    for piece in pieces.itertuples():
        count = len(piece.chords)
        cut += count > LONGEST
        for start in range(0, count, LONGEST):
            chords = as_array(piece.chords[start : start + LONGEST])
            if len(chords) >= SHORTEST:
                rows.append((chords, piece.part, np.full(len(chords), np.nan)))
    if cut:
        notes.append(f"{cut} pieces are cut into parts of {LONGEST} chords")
    return pd.DataFrame(rows, columns=COLUMNS)


def _parts(pieces):
    """Deal out pieces -> list of str; those whose melodies begin alike come to the same part.

    Whether a melody is sung higher or lower makes no difference: each starts from its first note.
    """
    groups = {}
    for place, notes in enumerate(pieces):
        melody = notes[: MELODY + 1, 0]
        above = np.where(melody > 0, melody - melody[0], -PITCHES)  # this for a rest
        groups.setdefault(tuple(above.tolist()), []).append(place)
    parts = ["train"] * len(pieces)
    rng = np.random.default_rng(0)
    members = list(groups.values())
    order = rng.permutation(len(members))
    wanted = max(len(pieces) // 10, 2 if len(pieces) >= FEWEST else 1)
    counts = {"test": 0, "val": 0}
    for number in order:
        for part, count in counts.items():
            if count < wanted:
                counts[part] += len(members[number])
                for place in members[number]:
                    parts[place] = part
                break
    return parts
