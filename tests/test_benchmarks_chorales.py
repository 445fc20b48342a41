"""The rivals of notebook 10: who sees which notes, and what the scores count."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "benchmarks"))  # a folder of scripts

import chorales  # noqa: E402
import keras  # noqa: E402
import tensorflow as tf  # noqa: E402
from chorales import RIVALS, Rival  # noqa: E402

from rnnkit import chord_baselines  # noqa: E402

SIZES = {
    "embedding": 3,
    "units": 5,
    "dropout": 0.5,
    "transposition": 2,
    "epochs": 2,
    "learning_rate": 0.01,
    "batch_size": 8,
}
KEYS = Rival(output="keys")


def drawn(lengths, seed=0):
    """Pieces with rests: list of int32 (T, 4)."""
    rng = np.random.default_rng(seed)
    pieces = []
    for length in lengths:
        notes = rng.integers(40, 80, (length, 4)).astype("int32")
        notes[rng.random(notes.shape) < 0.2] = 0
        pieces.append(notes)
    return pieces


def sung(*pitches):
    """A piece with this soprano, over rests."""
    notes = np.zeros((len(pitches), 4), "int32")
    notes[:, 0] = pitches
    return notes


# ---------------------------------------------------------------- data


def test_pieces_come_by_part():
    pieces = chorales.parts_of("synthetic")
    counts = {part: len(some) for part, some in pieces.items()}
    assert counts == {"train": 4000, "val": 100, "test": 150}
    assert pieces["test"][0].shape[1] == 4


def test_a_melody_is_the_same_in_every_key_and_only_its_beginning_counts():
    first = sung(60, 62, 64, 62, 60, 59, 60, 62, 64, 65, 67, 65, 64)
    assert chorales.melody(first) == (2, 2, -2, -2, -1, 1, 2, 2, 1, 2, -2, -1)
    assert chorales.melody(first + 5) == chorales.melody(first)
    assert chorales.melody(np.append(first, first, axis=0)) == chorales.melody(first)
    assert chorales.melody(sung(*first[:12, 0], 65)) != chorales.melody(first)


def test_training_without_the_melodies_of_the_test():
    a, b, c = sung(60, 62, 64), sung(60, 62, 65), sung(60, 59, 57)
    train = [a + 1, b, a, c, b + 3, a - 7]
    pieces = {"train": train, "test": [a, sung(50, 50)]}
    others = chorales.chosen_pieces(pieces, "others")
    assert [id(notes) for notes in others] == [id(train[place]) for place in (1, 3, 4)]
    assert chorales.chosen_pieces(pieces, "all") == train
    as_many = chorales.chosen_pieces(pieces, "as many")
    names = {id(notes) for notes in as_many}
    assert len(as_many) == len(names) == 3 and names <= {id(notes) for notes in train}


def test_all_notes_are_moved_alike_and_rests_stay():
    notes = np.array([[72, 67, 64, 48], [74, 0, 65, 0]], "int32")
    shifts = set()
    for number in range(1000, 1010):
        found = chorales.moved(tf.constant(notes), tf.constant(number, "int64"), 2).numpy()
        assert found[1, [1, 3]].tolist() == [0, 0]
        (shift,) = set((found - notes)[notes > 0].tolist())
        shifts.add(shift)
    assert shifts == {-2, -1, 0, 1, 2}


def test_batches_of_notes_have_the_chord_before_and_no_weight_in_the_padding():
    first, second, third = drawn([2, 4, 3])
    sizes = SIZES | {"batch_size": 2}
    batch, rest = chorales.batches([first, second, third], sizes, Rival())
    (previous, notes), truth, weights = batch
    np.testing.assert_array_equal(notes, truth)
    np.testing.assert_array_equal(truth[0], np.append(first, np.zeros((2, 4)), axis=0))
    np.testing.assert_array_equal(truth[1], second)
    np.testing.assert_array_equal(previous[1], np.append(np.zeros((1, 4)), second[:-1], axis=0))
    assert weights.numpy().tolist() == [[[1], [1], [0], [0]], [[1], [1], [1], [1]]]
    np.testing.assert_array_equal(rest[1], third[None])


def test_batches_of_keys_by_hand():
    piece = np.array([[72, 67, 0, 60], [108, 21, 21, 0], [0, 0, 0, 0]], "int32")
    ((before, keys, weights),) = chorales.batches([piece, piece[:1]], SIZES, KEYS)
    assert keys.shape == (2, 3, 88)
    down = [np.flatnonzero(row).tolist() for row in keys[0].numpy()]
    assert down == [[39, 46, 51], [0, 87], []] and keys.numpy().max() == 1
    np.testing.assert_array_equal(before[0, 1:], keys[0, :-1])
    assert not before[0, 0].numpy().any()
    assert weights.numpy().tolist() == [[1, 1, 1], [1, 0, 0]]


@pytest.mark.parametrize("is_moved", [False, True])
def test_training_batches_are_shuffled_and_perhaps_moved(is_moved):
    keras.utils.set_random_seed(2)
    pieces = [sung(60, 60 + step, 60) for step in range(3, 33)]
    dataset = chorales.batches(pieces, SIZES, Rival(moved=is_moved), training=True)
    soprano = np.concatenate([truth[:, :, 0] for _, truth, _ in dataset])
    steps = soprano[:, 1] - soprano[:, 0]
    assert sorted(steps) == list(range(3, 33)) and steps.tolist() != list(range(3, 33))
    shifts = set((soprano[:, 0] - 60).tolist())
    assert shifts == ({-2, -1, 0, 1, 2} if is_moved else {0})


# ---------------------------------------------------------------- networks


def logits_of(model, notes, rival):
    """-> float (T, 4, 128), or (T, 88) of keys."""
    if rival.output == "keys":
        inputs, _, _ = chorales.with_keys(notes)
        inputs = inputs[None]
    else:
        inputs, _, _ = chorales.with_previous(notes)
        inputs = [part[None] for part in inputs]
    return model.predict_on_batch(inputs)[0]


@pytest.mark.parametrize("name", RIVALS)
def test_each_rival_builds_with_its_layer_and_gives_logits(name):
    rival = RIVALS[name]
    model = chorales.build(SIZES, rival)
    kinds = [type(layer).__name__ for layer in model.layers]
    recurrent = [kind for kind in kinds if kind in ("GRU", "LSTM", "SimpleRNN")]
    assert recurrent == ([rival.layer] if rival.layer else [])
    shape = (6, 88) if rival.output == "keys" else (6, 4, 128)
    assert logits_of(model, drawn([6])[0], rival).shape == shape


def changes(rival, voice, seed=3):
    """Change one note of chord 2 of five -> bool (T, 4) or (T, 1): whose logits are others."""
    keras.utils.set_random_seed(seed)
    model = chorales.build(SIZES | {"units": 32}, rival)
    notes = np.full((5, 4), 60, "int32")
    others = notes.copy()
    others[2, voice] = 70
    before = logits_of(model, notes, rival).reshape(5, -1, 88 if rival.output == "keys" else 128)
    after = logits_of(model, others, rival).reshape(before.shape)
    return (np.abs(before - after) > 1e-6).any(axis=2)


@pytest.mark.parametrize("voice", range(4))
@pytest.mark.parametrize("layer", ["GRU", "LSTM", "SimpleRNN", ""])
def test_a_joint_voice_sees_the_notes_above_it_and_not_its_own(layer, voice):
    seen = changes(Rival(layer), voice)
    assert not seen[:2].any()
    assert seen[2].tolist() == [other > voice for other in range(4)]
    assert seen[3].all(), "the chord before is seen"
    assert (seen[4] == bool(layer)).all(), "what lies farther back only by a memory"


@pytest.mark.parametrize("voice", range(4))
@pytest.mark.parametrize("rival", [Rival(output="blind"), KEYS], ids=["blind", "keys"])
def test_a_blind_voice_sees_no_note_of_its_chord(rival, voice):
    seen = changes(rival, voice)
    assert not seen[:3].any() and seen[3:].all()


# ---------------------------------------------------------------- scores


def log_softmax(logits):
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


def test_nats_of_notes_are_those_of_a_network_in_numpy():
    """The network without a recurrent layer, written once more."""
    keras.utils.set_random_seed(4)
    model = chorales.build(SIZES, Rival(""))
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(size=weight.shape) for weight in model.get_weights()])
    dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    hidden = [layer for layer in dense if layer.units == 5]
    heads = [layer for layer in dense if layer.units == 128]
    (table,) = [layer for layer in model.layers if isinstance(layer, keras.layers.Embedding)]
    table = table.get_weights()[0]
    pieces = drawn([3, 1, 6])
    right = []
    for notes in pieces:
        previous = [0, 0, 0, 0]
        for chord in notes:
            seen = table[previous].ravel()
            nats = 0
            for voice, note in enumerate(chord):
                kernel, bias = hidden[voice].get_weights()
                z = np.maximum(0, seen @ kernel + bias)
                kernel, bias = heads[voice].get_weights()
                nats -= log_softmax(z @ kernel + bias)[note]
                seen = np.append(seen, table[note])
            right.append(nats)
            previous = chord
    found = chorales.nats_per_chord(model, pieces, Rival(""))
    np.testing.assert_allclose(found, right, rtol=1e-4)


def test_nats_of_keys_count_all_88():
    keras.utils.set_random_seed(4)
    model = chorales.build(SIZES, KEYS)
    pieces = drawn([3, 1, 6])
    right = []
    for notes in pieces:
        p = 1 / (1 + np.exp(-logits_of(model, notes, KEYS)))
        for chord, down in zip(notes, p, strict=True):
            is_down = np.isin(np.arange(21, 109), chord)
            right.append(-np.log(np.where(is_down, down, 1 - down)).sum())
    found = chorales.nats_per_chord(model, pieces, KEYS)
    np.testing.assert_allclose(found, right, rtol=1e-4)


@pytest.mark.parametrize("rival", [Rival(), KEYS], ids=["notes", "keys"])
def test_the_best_weights_of_training_come_with_their_loss(rival):
    """The loss of validation counts no padding: a chord's nats, of keys the mean over all 88."""
    keras.utils.set_random_seed(5)
    pieces = {"train": drawn([9, 7, 8]), "val": drawn([3, 9], seed=1), "test": drawn([5], seed=2)}
    sizes = SIZES | {"epochs": 12}
    model, loss = chorales.trained(sizes, rival, pieces, 0.3)  # overfits
    nats = chorales.nats_per_chord(model, pieces["val"], rival)
    parts = 88 if rival.output == "keys" else 1
    assert loss == pytest.approx(nats.mean() / parts, rel=1e-4)


def test_first_chords_are_left_out():
    nats = np.array([9.0, 1, 2, 9, 9, 6])
    found = chorales.without_firsts(nats, drawn([3, 1, 2]))
    assert found == {"test": 6.0, "first chords left out": 3.0}


def test_counting_takes_the_order_that_is_best_in_validation(monkeypatch):
    """Each chord is held once, so that it takes the two before a chord, eight notes, to know it."""
    monkeypatch.setattr(chorales, "ORDERS", (1, 5, 9))
    notes = np.array([60, 60, 64, 64] * 8, "int32")
    held = np.repeat(notes[:, None], 4, axis=1)
    pieces = {"train": [held[place:] for place in range(4)], "val": [held], "test": [held + 1]}
    plain = chorales.by_counting(pieces, SIZES, transposed=False)
    by_order = {}
    for order in (1, 5, 9):
        by_order[order] = chord_baselines.by_ngrams(pieces["train"], [held], order).mean()
    best = min(by_order, key=by_order.get)
    assert best == 9
    nats = chord_baselines.by_ngrams(pieces["train"], pieces["test"], best)
    assert plain["test"] == pytest.approx(nats.mean())
    copies = []
    for shift in (-2, -1, 0, 1, 2):
        copies += [piece + shift for piece in pieces["train"]]
    moved = chorales.by_counting(pieces, SIZES, transposed=True)
    nats = chord_baselines.by_ngrams(copies, pieces["test"], 9)
    assert moved["test"] == pytest.approx(nats.mean())
    assert moved["test"] < plain["test"] / 2


def test_counting_moves_no_rest(monkeypatch):
    monkeypatch.setattr(chorales, "ORDERS", (1,))
    seen = []

    def by_ngrams(train, test, order):
        seen.extend(train)
        return np.ones(2)

    monkeypatch.setattr(chorales.chord_baselines, "by_ngrams", by_ngrams)
    piece = sung(60, 62)
    chorales.by_counting({"train": [piece], "val": [piece], "test": [piece]}, SIZES, True)
    soprano = [notes[:, 0].tolist() for notes in seen[:5]]
    assert soprano == [[58, 60], [59, 61], [60, 62], [61, 63], [62, 64]]
    assert not np.array(seen)[:, :, 1:].any()


def test_the_better_of_two_rates_is_chosen_in_validation(monkeypatch):
    losses = {0.01: 3.0, 0.01 / 3: 2.0}
    monkeypatch.setattr(chorales, "trained", lambda *given: (None, losses[given[-1]]))
    assert chorales.rate_of(SIZES, Rival("LSTM"), None) == 0.01 / 3
    assert chorales.rate_of(SIZES, Rival("GRU"), None) == 0.01
    losses[0.01] = 1.0
    assert chorales.rate_of(SIZES, Rival("SimpleRNN"), None) == 0.01


def test_the_table_has_all_rivals_that_the_corpus_allows(monkeypatch):
    """No melody is in both parts here, so that none is taken out."""
    pieces = {"train": drawn([9, 7, 8]), "val": drawn([3], seed=1), "test": drawn([5], seed=2)}
    monkeypatch.setattr(chorales, "parts_of", lambda source: pieces)
    monkeypatch.setattr(chorales, "ORDERS", (1, 2))
    monkeypatch.setattr(chorales, "rate_of", lambda *given: 0.01)
    monkeypatch.setattr(chorales, "trained", lambda *given: (None, 0.0))
    monkeypatch.setattr(chorales, "nats_per_chord", lambda *given: np.arange(5.0))
    ((title, table),) = chorales.run("synthetic").items()
    assert title == "Nats per chord, 3 seeds" and isinstance(table, pd.DataFrame)
    names = [name for name, rival in RIVALS.items() if rival.pieces == "all"]
    assert table["model"].tolist() == ["n-gram", "n-gram, transposed", *names]
    networks = table[2:]
    assert (networks["test"] == 2).all() and (networks["first chords left out"] == 2.5).all()
    assert (networks["test spread"] == 0).all() and (networks["training pieces"] == 3).all()


def test_pieces_are_moved_by_other_numbers_in_each_epoch_and_the_same_ones_in_each_run():
    pieces = drawn([2] * 50)
    runs = []
    for _ in range(2):
        keras.utils.set_random_seed(3)
        dataset = chorales.batches(pieces, SIZES, Rival(moved=True), training=True)
        epochs = []
        for _ in range(2):
            firsts = [batch[1].numpy()[:, 0, 0] for batch in dataset]
            epochs.append(sorted(np.concatenate(firsts).tolist()))
        runs.append(epochs)
    assert runs[0] == runs[1] and runs[0][0] != runs[0][1]
