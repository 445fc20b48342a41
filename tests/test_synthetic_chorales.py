"""The grammar of the invented chorales: its rules, and the probabilities that it tells."""

import itertools
import math
import random
from collections import Counter

import numpy as np
import pytest
from generators import chorales

from rnnkit import corpora, harmony

SMALL = {"train": 100, "valid": 20, "test": 20}
FILE_PARTS = {"train": "train", "valid": "val", "test": "test"}
MAJOR = {0, 2, 4, 5, 7, 9, 11}


@pytest.fixture(scope="module")
def data():
    return corpora.load("chorales", "synthetic").data


@pytest.fixture(scope="module")
def drawn():
    return chorales.corpus()


def keys_of(piece):
    """The keys of the grammar whose scale has all notes of a piece."""
    classes = {int(pitch) % 12 for pitch in np.ravel(piece)}
    found = []
    for key in chorales.KEYS:
        scale = {(key + degree) % 12 for degree in MAJOR}
        if classes <= scale:
            found.append(key)
    return found


# ---------------------------------------------------------------- the shipped file


def test_the_file_holds_what_the_grammar_draws(data, drawn):
    for part, pieces in drawn.items():
        rows = data[data["part"] == FILE_PARTS[part]]
        assert len(rows) == len(pieces) == chorales.COUNTS[part]
        for notes, known, piece in zip(rows["notes"], rows["log_prob"], pieces, strict=True):
            assert notes.tolist() == [list(chord) for chord in piece]
            if part == "train":
                assert np.isnan(known).all() and len(known) == len(piece)
            else:
                right = chorales.log_probabilities(piece)
                np.testing.assert_allclose(known, right, rtol=0, atol=6e-5)


def test_no_piece_stands_twice(data):
    assert data["notes"].map(lambda notes: notes.tobytes()).is_unique


def test_draws_are_the_same_every_time():
    first = chorales.corpus(seed=1, counts=SMALL)
    assert first == chorales.corpus(seed=1, counts=SMALL)
    assert first != chorales.corpus(seed=2, counts=SMALL)
    assert {part: len(pieces) for part, pieces in first.items()} == SMALL


def test_a_piece_that_is_drawn_twice_is_taken_once(monkeypatch):
    draws = itertools.chain(["a", "a", "b", "a", "c", "b", "d"])
    monkeypatch.setattr(chorales, "draw", lambda rng: [next(draws)])
    parts = chorales.corpus(counts={"train": 2, "valid": 1, "test": 1})
    assert parts == {"train": [["a"], ["b"]], "valid": [["c"]], "test": [["d"]]}


# ---------------------------------------------------------------- the rules


def test_no_voices_move_in_parallel_fifths_or_octaves(data):
    assert sum(data["notes"].map(harmony.parallels)) == 0


def test_without_the_rule_there_are_parallels(monkeypatch):
    """So that the test before can fail."""
    monkeypatch.setattr(chorales, "has_parallels", lambda before, after: False)
    cached = chorales.movements, chorales.chords_after
    for function in cached:
        function.cache_clear()
    try:
        pieces = chorales.corpus(counts=SMALL)["train"]
    finally:
        for function in cached:
            function.cache_clear()
    assert sum(harmony.parallels(np.array(piece)) for piece in pieces) > 50


def test_the_rule_agrees_with_the_measure_on_chords_of_any_kind():
    rng = np.random.default_rng(0)
    steps = -np.sort(-rng.integers(50, 75, (2000, 2, 4)))
    found = [chorales.has_parallels(*step.tolist()) for step in steps]
    measured = [harmony.parallels(step) > 0 for step in steps]
    assert found == measured and 100 < sum(found) < 1900


def test_all_notes_are_in_one_of_the_four_scales(data):
    assert data["notes"].map(keys_of).str.len().min() >= 1
    assert set(data["notes"].map(harmony.share_in_key)) == {1.0}
    wrong = data["notes"][0].copy()
    wrong[3, 0] += 1
    wrong[4, 0] -= 1
    assert harmony.share_in_key(wrong) < 1 and not keys_of(wrong)
    first = data["notes"].map(lambda notes: notes[0, 3] % 12)
    assert set(first) == set(chorales.KEYS)


def test_voices_keep_their_order_and_range(data):
    notes = np.concatenate(list(data["notes"]))
    assert (np.diff(notes, axis=1) < 0).all()
    for voice, allowed in [(0, chorales.SOPRANO), (2, chorales.TENOR), (3, chorales.BASS)]:
        assert np.isin(notes[:, voice], list(allowed)).all()
    assert (notes[:, 0] - notes[:, 2]).max() < 12, "the upper three stand close together"


def test_the_bass_leaps_an_octave_at_most(data):
    leaps = data["notes"].map(lambda notes: np.abs(np.diff(notes[:, 3])).max())
    assert 7 < leaps.max() <= 12


def test_a_piece_ends_with_a_cadence_and_holds_its_last_chord(data):
    for notes in data["notes"]:
        dominant, tonic, last = notes[-3:]
        key = notes[0, 3] % 12
        assert len(notes) >= chorales.SHORTEST
        assert (tonic == last).all()
        assert set((tonic - key) % 12) == {0, 4, 7} and tonic[3] % 12 == key
        assert set((dominant - key) % 12) == {7, 11, 2} and (dominant[3] - key) % 12 == 7


def test_every_voicing_is_the_chord_in_close_position():
    for key, name in itertools.product(chorales.KEYS, chorales.CHORDS):
        found = chorales.voicings(key, name)
        assert found and len(found) == len(set(found))
        for voicing in found:
            degrees = [(pitch - key) % 12 for pitch in voicing]
            assert set(degrees) == set(chorales.CHORDS[name])
            assert degrees[3] == chorales.CHORDS[name][0]
            assert sorted(voicing, reverse=True) == list(voicing)


# ---------------------------------------------------------------- probabilities


def beginning_of(piece, length):
    return [tuple(chord) for chord in piece[:length]]


def added_up(beginning):
    """The probability of a beginning: the sum over all keys and all ways through the chords."""

    def onward(key, chord, before, rest):
        if not rest:
            return 1.0
        total = 0.0
        for name in chorales.CHORDS:
            share = chorales.chords_after(key, before, chord).get(name, 0.0)
            chance = share and chorales.movements(key, before, name).get(rest[0], 0.0)
            if chance:
                total += share * chance * onward(key, name, rest[0], rest[1:])
        return total

    chances = [onward(key, None, None, beginning) for key in chorales.KEYS]
    return sum(chances) / len(chances)


def test_log_probabilities_agree_with_adding_up_all_ways(drawn):
    for piece in drawn["test"][:40]:
        beginning = beginning_of(piece, 10)
        joint = [math.log(added_up(beginning[: end + 1])) for end in range(10)]
        steps = np.diff(joint, prepend=0.0)
        np.testing.assert_allclose(chorales.log_probabilities(beginning), steps, atol=1e-9)
        whole = chorales.log_probabilities(piece)
        assert whole[:10] == chorales.log_probabilities(beginning)


def ways(beginning):
    """How many ways through the chords of its key a beginning may have come."""
    alive = {(key, None): 1 for key in chorales.KEYS}
    before = None
    for voicing in beginning:
        reached = {}
        for (key, chord), count in alive.items():
            for name in chorales.chords_after(key, before, chord):
                if voicing in chorales.movements(key, before, name):
                    reached[key, name] = reached.get((key, name), 0) + count
        alive, before = reached, voicing
    return sum(alive.values())


def test_beginnings_hide_more_than_one_way(drawn):
    """So that there is something to add up."""
    counts = [ways(beginning_of(piece, 10)) for piece in drawn["test"][:40]]
    assert max(counts) > 1 and min(counts) >= 1


def next_chances(beginning):
    """The probability of every voicing that any key and chord has, after a beginning."""
    voicings = set()
    for key, name in itertools.product(chorales.KEYS, chorales.CHORDS):
        voicings.update(chorales.voicings(key, name))
    chances = {}
    for voicing in sorted(voicings):
        try:
            chances[voicing] = math.exp(chorales.log_probabilities([*beginning, voicing])[-1])
        except ValueError:  # of the logarithm of 0
            chances[voicing] = 0.0
    return chances


@pytest.mark.parametrize("length", [0, 1, 2, 5, 9, 23])
def test_what_may_come_next_adds_up_to_1(length, drawn):
    for piece in drawn["test"][:5]:
        chances = next_chances(beginning_of(piece, length))
        assert sum(chances.values()) == pytest.approx(1)
        assert sum(chance > 0 for chance in chances.values()) > 1 or length > 2


def test_first_chords_are_as_common_as_their_probability_says(data):
    """To four standard errors."""
    chances = next_chances([])
    first = data["notes"].map(lambda notes: tuple(notes[0].tolist()))
    shares = first.value_counts(normalize=True)
    for voicing, chance in chances.items():
        error = (chance * (1 - chance) / len(data)) ** 0.5
        assert abs(shares.get(voicing, 0.0) - chance) <= 4 * error


def test_parts_are_equally_hard(data):
    """Of the pieces of both parts, within three standard errors."""
    means = data["log_prob"].map(np.mean)
    parts = [means[data["part"] == part] for part in ("val", "test")]
    error = sum(part.var() / len(part) for part in parts) ** 0.5
    assert abs(parts[0].mean() - parts[1].mean()) < 3 * error


def test_a_chord_that_breaks_the_rules_is_impossible(drawn):
    rng = random.Random(0)
    for piece in drawn["test"][:20]:
        place = rng.randrange(1, len(piece))
        changed = list(piece)
        changed[place] = tuple(pitch + 12 for pitch in piece[place - 1])  # all parallel
        with pytest.raises(ValueError, match="math domain|expected a positive"):
            chorales.log_probabilities(changed)


# ---------------------------------------------------------------- what notebook 10 says


def next_chords(piece):
    """Yield the probabilities of all chords that may come next, at each place of a piece."""
    states = {(key, None): 1 / 4 for key in chorales.KEYS}
    before = None
    for voicing in piece:
        shares = Counter()
        reached = Counter()
        for (key, chord), belief in states.items():
            for name, share in chorales.chords_after(key, before, chord).items():
                for after, chance in chorales.movements(key, before, name).items():
                    p = belief * share * chance
                    shares[after] += p
                    if after == voicing:
                        reached[key, name] += p
        yield shares
        total = sum(reached.values())
        states = {state: p / total for state, p in reached.items()}
        before = voicing


def test_the_true_probability_of_each_key_costs_what_the_notebook_says(drawn):
    """5.56 nats, and a third of the chords that are drawn so have four notes."""
    nats = []
    four = []
    for piece in drawn["test"][:40]:
        for voicing, shares in zip(piece, next_chords(piece), strict=True):
            down = np.zeros(128)
            for chord, p in shares.items():
                down[list(chord)] += p
            down = down.clip(0, 1)
            is_down = np.isin(np.arange(128), voicing)
            nats.append(-np.log(np.where(is_down, down, 1 - down).clip(1e-12)).sum())
            counts = np.ones(1)  # the probability of 0, 1, ... keys that are down
            for p in down[down > 0]:
                counts = np.append(counts * (1 - p), 0) + np.append(0, counts * p)
            four.append(counts[4])
    assert np.mean(nats) == pytest.approx(5.56, abs=0.15)
    assert np.mean(four) == pytest.approx(1 / 3, abs=0.04)


def test_keys_that_never_come_cost_a_model_of_moved_pieces_what_the_notebook_says(drawn):
    """0.08 nats a chord: of thirteen shifts, several bring a piece into keys that are in use."""
    cost = count = 0
    for piece in drawn["test"][:40]:
        chances = []
        for shift in range(-6, 7):
            moved = [tuple(note - shift for note in chord) for chord in piece]
            try:
                chances.append(math.exp(sum(chorales.log_probabilities(moved))))
            except ValueError:  # it cannot be: the logarithm of 0
                chances.append(0.0)
        best = sum(chorales.log_probabilities(piece))
        cost += best - math.log(sum(chances) / 13)
        count += len(piece)
    assert cost / count == pytest.approx(0.08, abs=0.01)
