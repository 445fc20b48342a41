"""Pieces from MIDI files and from JSON, and tables of them that the reader brings."""

import contextlib
import gzip
import json
import os
import re
from pathlib import Path

import mido
import numpy as np
import pytest

from rnnkit import corpora, music
from rnnkit.downloads import DataError

REAL = Path(os.environ.get("RNNKIT_CACHE") or "~/.cache/rnnkit").expanduser()
BACH = "jsb-chorales-quarter.json"


@contextlib.contextmanager
def refused(words):
    """Expect a DataError with these words, in one sentence."""
    with pytest.raises(DataError, match=words) as caught:
        yield
    message = str(caught.value)
    assert "\n" not in message and not re.search(r"\. [A-Z]", message), message


# ---------------------------------------------------------------- the shipped and the real ones


def test_invented_chorales_have_their_limit_where_they_are_judged():
    data = music.invented()["data"]
    assert list(data) == music.COLUMNS
    assert data["part"].value_counts().to_dict() == {"train": 4000, "val": 100, "test": 150}
    for row in data.itertuples():
        assert row.notes.dtype == np.int32 and row.notes.shape == (len(row.log_prob), music.VOICES)
        assert np.isnan(row.log_prob).all() if row.part == "train" else (row.log_prob <= 0).all()


def test_bachs_chorales_have_their_parts(tmp_path, monkeypatch):
    content = {
        "train": [[[60, 64, 67, 72]], [[62], []]],
        "valid": [[[48, 60, 64, 67]]],
        "test": [[[50, 57, 66]]],
    }
    path = tmp_path / "bach.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    monkeypatch.setattr(music, "fetch", lambda name: path)
    data = music.bach()["data"]
    assert list(data) == music.COLUMNS and data["log_prob"].map(np.isnan).map(np.all).all()
    assert data["part"].tolist() == ["train", "train", "val", "test"]
    assert data["notes"][0].tolist() == [[72, 67, 64, 60]]
    assert data["notes"][1].tolist() == [[62, 0, 0, 0], [0, 0, 0, 0]]
    assert data["log_prob"].str.len().tolist() == [1, 2, 1, 1]


@pytest.mark.skipif(
    not (REAL / BACH).exists(),
    reason=f"{BACH} is not in the cache {REAL}: set RNNKIT_CACHE to one that holds it",
)
def test_real_chorales():
    data = music.bach()["data"]
    assert data["part"].value_counts().to_dict() == {"train": 229, "test": 77, "val": 76}
    assert data["notes"][0][:2].tolist() == [[84, 79, 76, 72]] * 2
    notes = np.concatenate(list(data["notes"]))
    assert len(notes) == 23_134 and notes.dtype == np.int32
    assert notes.max() == 96 and notes[notes > 0].min() == 43


@pytest.mark.parametrize(
    ("chord", "right"),
    [
        ([60, 72, 64, 67], [72, 67, 64, 60]),
        ([60], [60, 0, 0, 0]),
        ([], [0, 0, 0, 0]),
        ([60, 60, 64], [64, 60, 0, 0]),
        ([60, 62, 64, 65, 67, 69], [69, 67, 65, 60]),
    ],
)
def test_the_highest_note_comes_first(chord, right):
    notes = music.as_array([chord, [50]])
    assert notes.dtype == np.int32 and notes.tolist() == [right, [50, 0, 0, 0]]


# ---------------------------------------------------------------- MIDI files


def saved(path, *tracks, beat=480, kind=1):
    """Write a file of tracks, each a list of (type, note, ticks to wait, more)."""
    file = mido.MidiFile(type=kind, ticks_per_beat=beat)
    for messages in tracks:
        track = mido.MidiTrack()
        for name, note, wait, more in messages:
            track.append(mido.Message(name, note=note, time=wait, **more))
        file.tracks.append(track)
    file.save(path)
    return path


def on(note, wait=0, **more):
    return "note_on", note, wait, more


def off(note, wait=0, **more):
    return "note_off", note, wait, more


def read(tmp_path, *tracks, step=1.0, **options):
    chords = music.read_midi(saved(tmp_path / "a.mid", *tracks, **options), step)
    return [sorted(chord) for chord in chords]


def drawn(length, rng):
    """A piece of four voices, some of them silent: int (T, VOICES)."""
    notes = rng.integers(40, 80, (length, music.VOICES))
    notes[rng.random(notes.shape) < 0.4] = 0
    notes[0] = notes[-1] = [72, 67, 64, 48]
    return music.as_array([set(chord) - {0} for chord in notes.tolist()])


@pytest.mark.parametrize("seed", range(5))
def test_what_is_written_is_read_again(seed, tmp_path):
    notes = drawn(40, np.random.default_rng(seed))
    notes[5:8] = notes[5]  # held
    notes[20:22] = 0  # silence
    music.write_midi(notes, tmp_path / "a.mid", seconds=0.7)
    chords = music.read_midi(tmp_path / "a.mid")
    assert music.as_array(chords).tolist() == notes.tolist()


def test_a_note_that_stays_is_written_once_and_a_chord_lasts_as_it_should(tmp_path):
    music.write_midi([[72, 60], [74, 60], [74, 60]], tmp_path / "a.mid", seconds=0.25)
    file = mido.MidiFile(tmp_path / "a.mid")
    begun = [message.note for message in file if message.type == "note_on"]
    assert sorted(begun) == [60, 72, 74]
    assert file.length == pytest.approx(3 * 0.25)


def test_notes_are_held_and_may_overlap(tmp_path):
    first = [on(60), off(60, 3 * 480)]
    second = [on(64, 480), off(64, 480)]
    assert read(tmp_path, first, second) == [[60], [60, 64], [60]]
    assert read(tmp_path, first, second, kind=2) == [[60], [60, 64], [60]]


def test_drums_are_left_out(tmp_path):
    drums = [on(36, channel=9), on(38, 480, channel=9), off(36, 4800, channel=9)]
    assert read(tmp_path, drums) == []
    assert read(tmp_path, drums, [on(60, channel=8), off(60, 480, channel=8)]) == [[60]]


def test_a_note_without_velocity_ends_one(tmp_path):
    track = [on(60), on(60, 960, velocity=0), on(60, 480), on(60, 480, velocity=0)]
    assert read(tmp_path, track) == [[60], [60], [], [60]]


def test_a_note_ends_where_it_is_struck_again(tmp_path):
    assert read(tmp_path, [on(60), on(60, 960), off(60, 480)]) == [[60], [60], [60]]
    other = [on(60), on(60, 960, channel=1), off(60, 480), off(60, 480, channel=1)]
    assert read(tmp_path, other) == [[60], [60], [60, 60], [60]]


def test_ends_without_a_beginning_and_beginnings_without_an_end_are_no_notes(tmp_path):
    assert read(tmp_path, [off(60, 480), on(62), off(62, 480), on(64)]) == [[], [62]]


def test_short_notes_are_found_and_unsteady_ones_moved(tmp_path):
    """A step has what sounds at its beginning, to a sixteenth."""
    assert read(tmp_path, [on(60, 10), off(60, 5), on(62, 455), off(62, 500)]) == [[60], [62]]
    assert read(tmp_path, [on(60), off(60, 490), on(62), off(62, 480)]) == [[60], [62]]
    assert read(tmp_path, [on(60, 96), off(60, 96)], beat=96) == [[], [60]]


def test_steps_can_be_shorter_or_longer(tmp_path):
    track = [on(60), off(60, 480), on(62), off(62, 240), on(64), off(64, 240)]
    assert read(tmp_path, track) == [[60], [62]]
    assert read(tmp_path, track, step=0.5) == [[60], [60], [62], [64]]
    assert read(tmp_path, track, step=2) == [[60]]


def test_a_waiting_time_that_would_fill_the_memory_is_refused(tmp_path):
    """Before a note or within it; what waits after the last one is no matter."""
    most = music.MOST_STEPS
    assert most == 20_000
    whole = read(tmp_path, [on(60), off(60, 480), on(62, (most - 2) * 480), off(62, 480)])
    assert len(whole) == most and whole[-1] == [62] and not any(whole[1:-1])
    words = "a.mid has 20001 steps, and 20000 are the most: shorten its waiting times, or take"
    with refused(words):
        read(tmp_path, [on(60), off(60, 480), on(62, (most - 1) * 480), off(62, 480)])
    with refused(words):
        read(tmp_path, [on(60), off(60, (most + 1) * 480)])
    with refused("a.mid has 40000 steps"):
        read(tmp_path, [on(60), off(60, most * 480)], step=0.5)
    longest = 2**28 - 1  # that a MIDI file can write
    with refused("a.mid has 268435455 steps"):
        read(tmp_path, [on(60), off(60, longest)], beat=1)
    assert read(tmp_path, [on(60), off(60, 1), off(61, longest)], beat=1) == [[60]]


def content_of(tmp_path):
    music.write_midi([[72, 60], [74, 60]], tmp_path / "good.mid")
    return (tmp_path / "good.mid").read_bytes()


def test_time_in_seconds_is_refused(tmp_path):
    content = bytearray(content_of(tmp_path))
    path = tmp_path / "a.mid"
    for division in (b"\xe7\x28", b"\xe2\x50", b"\x00\x00"):  # 25 and 30 frames a second; nothing
        content[12:14] = division
        path.write_bytes(content)
        with refused("a.mid counts time in seconds: export it with quarter notes"):
            music.read_midi(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"RIFF1234WAVE", b"<html></html>", b"MThd", b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk\0\0\0\x09"],
)
def test_what_is_no_midi_is_refused(content, tmp_path):
    path = tmp_path / "a.mid"
    path.write_bytes(content)
    with refused("a.mid is no MIDI file that can be read: export the piece again, or take it out"):
        music.read_midi(path)
    with refused("b.mid is not there: correct its name"):
        music.read_midi(tmp_path / "b.mid")
    (tmp_path / "c.mid").mkdir()
    with refused("c.mid is no MIDI file"):
        music.read_midi(tmp_path / "c.mid")


def test_a_file_broken_anywhere_is_refused_or_read(tmp_path):
    content = content_of(tmp_path)
    path = tmp_path / "a.mid"
    refusals = 0
    for place in range(len(content)):
        for broken in (content[:place], content[:place] + b"\xff" + content[place + 1 :]):
            path.write_bytes(broken)
            try:
                assert isinstance(music.read_midi(path), list)
            except DataError:
                refusals += 1
    assert refusals > len(content)


# ---------------------------------------------------------------- pieces of one's own


def tune(number, length=60):
    """Chords of a piece with a melody of its own: list of lists of MIDI numbers."""
    rng = np.random.default_rng(number)
    chords = []
    for melody in rng.integers(67, 79, length).tolist():
        chords.append([48, 55, 60, melody])
    return chords


def pieces_in(folder, count=20, ending=".mid"):
    folder.mkdir(exist_ok=True, parents=True)
    for number in range(count):
        path = folder / f"{number:02}{ending}"
        music.write_midi(music.as_array(tune(number)), path)
    return folder


def in_json(tmp_path, content, name="a.json"):
    path = tmp_path / name
    text = json.dumps(content).encode()
    path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    return path


def own(tmp_path, content):
    return music.of_ones_own(in_json(tmp_path, content))


TUNES = [tune(number) for number in range(20)]


def arrays(tunes):
    return [music.as_array(chords).tolist() for chords in tunes]


def notes_of(data):
    return [notes.tolist() for notes in data["notes"]]


def test_a_folder_of_midi_files_and_folders_in_it(tmp_path):
    folder = tmp_path / "Große Stücke"
    pieces_in(folder, 10, ".MID")
    for number in range(10, 20):
        inner = folder / f"Band {number}" / "a"
        inner.mkdir(parents=True)
        music.write_midi(music.as_array(tune(number)), inner / "ä.midi")
    (folder / "words.txt").write_text("no music")
    data = music.of_ones_own(folder)
    assert notes_of(data) == arrays(TUNES)
    assert list(data) == music.COLUMNS and data["log_prob"].map(np.isnan).map(np.all).all()
    assert data["part"].value_counts().to_dict() == {"train": 16, "val": 2, "test": 2}
    assert data.attrs["notes"] == [
        "the parts are made here; pieces whose melodies begin alike share one"
    ]
    assert data.equals(music.of_ones_own(str(folder)))


def test_the_step_of_a_folder(tmp_path):
    folder = pieces_in(tmp_path / "a")
    assert music.of_ones_own(folder, step=0.5)["notes"].str.len().unique().tolist() == [120]
    assert music.of_ones_own(folder, step=2)["notes"].str.len().unique().tolist() == [30]
    whole = music.of_ones_own(folder)
    assert notes_of(music.of_ones_own(folder, step=1)) == notes_of(whole)


@pytest.mark.parametrize(
    "step", ["1", 0, -1, 0.1, 17, True, [1], float("nan"), float("inf"), 1j, ""]
)
def test_a_step_that_is_none(step, tmp_path):
    with refused(r"^step=.* is no number from 0.25 to 16: give quarter notes, such as 1$"):
        music.of_ones_own(tmp_path, step=step)


def test_folders_and_files_that_are_no_collections(tmp_path):
    with refused("has no MIDI files: put your .mid files there, or name their folder"):
        music.of_ones_own(tmp_path)
    folder = pieces_in(tmp_path / "a")
    for step in (None, 1):
        with refused("01.mid is one piece: name the folder in which your MIDI files are"):
            music.of_ones_own(folder / "01.mid", step)
    with refused("a.json has chords already: the option step is for MIDI files"):
        music.of_ones_own(in_json(tmp_path, TUNES), step=1)
    (folder / "bad.mid").write_bytes(b"nothing")
    with refused("bad.mid is no MIDI file that can be read"):
        music.of_ones_own(folder)


@pytest.mark.parametrize("name", ["a.json", "a.json.gz", "pieces"])
def test_a_list_of_pieces(name, tmp_path):
    data = music.of_ones_own(in_json(tmp_path, TUNES, name))
    assert notes_of(data) == arrays(TUNES)
    assert data["part"].value_counts().to_dict() == {"train": 16, "val": 2, "test": 2}


@pytest.mark.parametrize("name", ["valid", "val", "validation"])
def test_the_parts_of_a_file_are_kept(name, tmp_path):
    data = own(tmp_path, {"test": TUNES[:4], "train": TUNES[4:15], name: TUNES[15:]})
    assert data["part"].tolist() == ["test"] * 4 + ["train"] * 11 + ["val"] * 5
    assert notes_of(data) == arrays(TUNES) and data.attrs["notes"] == []


def test_minus_1_stands_for_silence(tmp_path):
    silent = [[-1, -1, 60, -1], [-1, -1, -1, -1], [], *tune(0)]
    data = own(tmp_path, [silent, *TUNES[1:]])
    assert data["notes"][0][:4].tolist() == arrays([[[60], [], [], tune(0)[0]]])[0]
    assert data.attrs["notes"][1:] == []


CHORD = "for a chord: it takes lists of MIDI numbers from 0 to 127"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"train": TUNES, "tests": TUNES}, "has 'tests', which is no part: it takes a list of p"),
        ({"train": {}}, "has 'train', which is no part"),
        ("abc", "has no pieces: it takes a list of pieces, or the parts train, valid and test"),
        (None, "has no pieces"),
        (5, "has no pieces"),
        ([*TUNES, 5], f"a.json: piece 20 has 5 {CHORD}"),
        ([*TUNES, "a\nb"], rf"a.json: piece 20 has 'a\\nb' {CHORD}"),
        ([*TUNES, ["a\nb"]], rf"a.json: piece 20 has 'a\\nb' {CHORD}"),
        ([*TUNES, {"a": 1}], rf"piece 20 has {{'a': 1}} {CHORD}"),
        ({"test": [[60]]}, f"piece 0 of 'test' has 60 {CHORD}"),
        ([[[60.0]]], rf"piece 0 has \[60.0\] {CHORD}"),
        ([[[True]]], rf"piece 0 has \[True\] {CHORD}"),
        ([[[128]]], rf"piece 0 has \[128\] {CHORD}"),
        ([[[-2]]], rf"piece 0 has \[-2\] {CHORD}"),
        ([[[None]]], rf"piece 0 has \[None\] {CHORD}"),
        ([[[float("nan")]]], rf"piece 0 has \[nan\] {CHORD}"),
        ([[["60"]]], rf"piece 0 has \['60'\] {CHORD}"),
        ([[[[60]]]], rf"piece 0 has \[\[60\]\] {CHORD}"),
        ([], "has 0 pieces of 8 chords or more: it takes 10 or more to learn anything"),
        ({}, "has 0 pieces of 8 chords or more: it takes 10"),
        ([[], [[]], [[60]]], "has 0 pieces .* drums left aside: 2 of .* chords: 1 of"),
        (TUNES[:9], "has 9 pieces of 8 chords or more .*: it takes 10"),
        ([chords[:10] for chords in TUNES], "has 200 chords .*: it takes 500 or more"),
        ([TUNES[0]] * 20, "has 0 pieces of 8 chords or more in the part 'train'"),
        ({"train": TUNES}, "has 0 pieces of 8 chords or more in the part 'val'"),
        ({"train": TUNES, "val": TUNES}, "has 0 pieces .* in the part 'test'"),
        ({"train": TUNES, "val": TUNES, "test": [[[60]]]}, "has 0 pieces .* in the part 'test'"),
    ],
)
def test_content_that_is_refused(content, words, tmp_path):
    with refused(words):
        own(tmp_path, content)


@pytest.mark.parametrize(
    "content", [b"", b"not json", b"[", b"\xff\xfe\0", b"[" * 100_000, b"[" + b"1" * 5000 + b"]"]
)
def test_what_is_no_json_is_refused(content, tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with refused("a.json is no JSON: name a folder of MIDI files, or a .json file that has"):
        music.of_ones_own(path)


def test_a_long_chord_is_not_told_whole(tmp_path):
    with refused(r"has \[128, 128, 128, 128, 128, 128, 128, 128, for"):
        own(tmp_path, [[[128] * 1000]])


# ---------------------------------------------------------------- what is left out


def changed(*firsts):
    """The tunes, with the chords given at the beginning of the first."""
    return [[*firsts, *TUNES[0]], *TUNES[1:]]


def test_of_many_notes_the_highest_three_and_the_lowest_stay(tmp_path):
    data = own(tmp_path, changed([40, 52, 60, 64, 67, 72], [60, 62, 64, 65, 60]))
    assert data["notes"][0][:2].tolist() == [[72, 67, 64, 40], [65, 64, 62, 60]]
    assert data.attrs["notes"][0] == (
        "1 of 1202 chords have more than 4 notes: of these the 3 highest and the lowest stay"
    )


def test_notes_that_no_piano_has_are_left_out(tmp_path):
    data = own(tmp_path, changed([20, 21, 20, 60], [108, 109, 127], [0, 60], [60]))
    assert data["notes"][0][:3].tolist() == [[60, 21, 0, 0], [108, 0, 0, 0], [60, 0, 0, 0]]
    assert data.attrs["notes"][0] == "notes outside the piano's 88 keys are left out: 4"


def test_silence_is_cut_off_at_both_ends_only(tmp_path):
    within = [*TUNES[0][:30], [], [], *TUNES[0][30:]]
    data = own(tmp_path, [[[], [-1], [0], *within, [], [127]], [[]] * 600, *TUNES[1:]])
    assert notes_of(data) == arrays([within, *TUNES[1:]])
    said = "without a note that is read, drums left aside: 1 of the pieces"
    assert said in data.attrs["notes"]


def test_short_pieces_are_left_out(tmp_path):
    data = own(tmp_path, [TUNES[0][:7], TUNES[0][:8], [], *TUNES[1:]])
    assert notes_of(data) == arrays([TUNES[0][:8], *TUNES[1:]])
    silent, short, _ = data.attrs["notes"]
    assert "drums left aside: 1 of the pieces" in silent
    assert short == "left out, for they have fewer than 8 chords: 1 of the pieces"


def test_long_pieces_are_cut_and_stay_in_one_part(tmp_path):
    """A piece of 256 is not long, of one of 515 the last three chords are left out."""
    lengths = [256, 515, *[600] * 18]
    tunes = [tune(number, length) for number, length in enumerate(lengths)]
    data = own(tmp_path, tunes)
    assert data["notes"].str.len().tolist() == [256] + [256] * 2 + [256, 256, 88] * 18
    assert data["log_prob"].str.len().equals(data["notes"].str.len())
    assert notes_of(data)[1:3] == arrays([tunes[1][:256], tunes[1][256:512]])
    assert "19 pieces are cut into parts of 256 chords" in data.attrs["notes"]
    owner = np.repeat(np.arange(20), [1, 2, *[3] * 18])
    assert data.groupby(owner)["part"].nunique().eq(1).all()
    assert data.groupby(owner)["part"].first().value_counts().to_dict() == {
        "train": 16,
        "val": 2,
        "test": 2,
    }


# ---------------------------------------------------------------- parts


def moved(chords, by):
    """A piece higher or lower; other voices sing below the melody."""
    return [[max(chord) + by, 50] if chord else [] for chord in chords]


def test_a_melody_that_is_moved_comes_to_the_same_part(tmp_path):
    """Also one with rests, and one that goes on in another way."""
    tunes = []
    for number in range(30):
        first = tune(number)
        first[3:5] = [[], []]
        other = [*first[:13], *tune(100 + number)]
        tunes += [first, moved(first, 5), moved(other, -7)]
    part = own(tmp_path, tunes)["part"].to_numpy().reshape(30, 3)
    assert (part == part[:, :1]).all()
    counts = {name: int((part == name).sum()) for name in ("train", "val", "test")}
    assert counts == {"train": 72, "val": 9, "test": 9}


def test_a_melody_that_differs_early_may_come_to_another_part(tmp_path):
    tunes = []
    for number in range(30):
        other = tune(number)
        other[12] = [max(other[12]) + 1, 50]
        tunes += [tune(number), other]
    part = own(tmp_path, tunes)["part"].to_numpy().reshape(30, 2)
    assert (part != part[:, :1]).any()


@pytest.mark.parametrize("count", [10, 11, 19, 35])
def test_no_part_is_empty_and_the_split_is_the_same_every_time(count, tmp_path):
    tunes = [tune(number) for number in range(count)]
    part = own(tmp_path, tunes)["part"]
    counts = part.value_counts().to_dict()
    assert counts["val"] == counts["test"] == max(2, count // 10)
    assert counts["train"] == count - 2 * counts["val"]
    assert own(tmp_path, tunes)["part"].tolist() == part.tolist()


def test_three_long_pieces_are_a_part_each(tmp_path):
    part = own(tmp_path, [tune(number, 1024) for number in range(3)])["part"]
    assert part.value_counts().to_dict() == {"train": 4, "val": 4, "test": 4}


# ---------------------------------------------------------------- the corpus


@pytest.mark.parametrize("as_folder", [True, False])
def test_pieces_of_ones_own_become_a_corpus(as_folder, tmp_path):
    path = pieces_in(tmp_path / "our songs") if as_folder else in_json(tmp_path, TUNES)
    corpus = corpora.load("chorales", path)
    assert corpus.is_own and list(corpus.data) == music.COLUMNS
    shipped = corpora.settings("chorales", "synthetic")
    assert corpus.sizes.keys() == shipped["sizes"].keys()
    assert corpus.expected.keys() == shipped["expected"].keys()
    assert corpus.folder == tmp_path / ("our songs_composer" if as_folder else "a_composer")
    with refused("there is no option 'beat' .* choose from step$"):
        corpora.load("chorales", path, beat=3)
