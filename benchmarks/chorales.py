"""Notebook 10 with its rivals: what the memory, the joint decision and transposition are worth.

All networks have the sizes and the training of the notebook, with early stopping on the validation
part, which is never transposed. LSTM, SimpleRNN and the decisions for each key have the better of
two learning rates, chosen on the validation part with the first seed. The last two rows ask what
it's worth that some melodies of the test part stand in training too: Bach set many melodies more
than once.
"""

from typing import NamedTuple

import keras
import numpy as np
import pandas as pd
import records
import tensorflow as tf
from keras import layers

from rnnkit import chord_baselines, corpora
from rnnkit.music import MELODY, PITCHES

SEEDS = (7, 8, 9)
PATIENCE = 10
ORDERS = (5, 7, 9, 11, 13)


class Rival(NamedTuple):
    """A network: its layer ("GRU", or "" for none), its output, and what it is trained on."""

    layer: str = "GRU"
    output: str = "joint"  # "blind": no voice sees another of its chord; "keys": 88 sigmoids
    moved: bool = False
    pieces: str = "all"


RIVALS = {
    "GRU": Rival(),
    "LSTM": Rival("LSTM"),
    "SimpleRNN": Rival("SimpleRNN"),
    "no recurrent layer": Rival(""),
    "four notes that don't see each other": Rival(output="blind"),
    "a decision for each key": Rival(output="keys"),
    "GRU, transposed": Rival(moved=True),
    "GRU, without the melodies of the test": Rival(pieces="others"),
    "GRU, without as many other pieces": Rival(pieces="as many"),
}


# ---------------------------------------------------------------- data


def parts_of(source):
    """-> dict of part -> list of pieces, int (T, 4)."""
    data = corpora.load("chorales", source, own=False).data
    return {part: rows["notes"].tolist() for part, rows in data.groupby("part")}


def melody(notes):
    """The first steps of the soprano, the same in every key."""
    return tuple(np.diff(notes[: MELODY + 1, 0]).tolist())


def chosen_pieces(pieces, which):
    """Choose training pieces: all, those with melodies of their own, or as many of any kind."""
    tested = {melody(notes) for notes in pieces["test"]}
    train = pieces["train"]
    others = [notes for notes in train if melody(notes) not in tested]
    if which == "others":
        return others
    if which == "as many":
        rng = np.random.default_rng(0)
        kept = rng.permutation(len(train))[: len(others)]
        return [train[place] for place in kept]
    return train


def moved(notes, number, most):
    """Move a piece by -most to most semitones, all notes alike, as a random number says."""
    shift = tf.cast(number % (2 * most + 1), "int32") - most
    return tf.where(notes > 0, notes + shift, 0)


def with_previous(notes):
    previous = tf.pad(notes[:-1], [[1, 0], [0, 0]])
    weights = tf.ones_like(notes[:, :1], "float32")
    return (previous, notes), notes, weights


def with_keys(notes):
    down = tf.one_hot(notes - 21, 88)
    keys = tf.reduce_max(down, axis=1)
    before = tf.pad(keys[:-1], [[1, 0], [0, 0]])
    return before, keys, tf.ones_like(keys[:, 0])


def batches(pieces, sizes, rival, training=False):
    most = sizes["transposition"]
    lengths = [len(notes) for notes in pieces]
    ragged = tf.RaggedTensor.from_row_lengths(np.concatenate(pieces), lengths)
    dataset = tf.data.Dataset.from_tensor_slices(ragged)
    if training:
        dataset = dataset.shuffle(len(pieces))
        if rival.moved:
            # tf.random inside of `map` would begin anew in each epoch, with the same numbers.
            numbers = tf.data.Dataset.random(rerandomize_each_iteration=True)
            dataset = tf.data.Dataset.zip(dataset, numbers)
            dataset = dataset.map(lambda notes, number: moved(notes, number, most))
    dataset = dataset.map(with_keys if rival.output == "keys" else with_previous)
    return dataset.padded_batch(sizes["batch_size"]).prefetch(2)


# ---------------------------------------------------------------- networks


def build(sizes, rival):
    """Make the network of the notebook with one thing changed."""
    if rival.output == "keys":
        inputs = keras.Input((None, 88))
        h = read(inputs, sizes, rival)
        return keras.Model(inputs, layers.Dense(88)(h))
    width = sizes["embedding"]
    previous = keras.Input((None, 4), dtype="int32")
    notes = keras.Input((None, 4), dtype="int32")
    embed = layers.Embedding(PITCHES, width)
    chord_before = layers.Reshape((-1, 4 * width))(embed(previous))
    seen = [chord_before]
    if rival.layer:
        seen.append(read(chord_before, sizes, rival))
    logits = []
    for voice in range(4):
        z = layers.Concatenate()(seen) if len(seen) > 1 else seen[0]
        z = layers.Dense(sizes["units"], activation="relu")(z)
        z = layers.Dropout(sizes["dropout"])(z)
        logits.append(layers.Dense(PITCHES)(z))
        if rival.output == "joint":
            seen.append(embed(notes[:, :, voice]))
    return keras.Model([previous, notes], keras.ops.stack(logits, axis=2))


def read(steps, sizes, rival):
    layer = getattr(layers, rival.layer)
    h = layer(sizes["units"], return_sequences=True)(steps)
    return layers.Dropout(sizes["dropout"])(h)


def trained(sizes, rival, pieces, rate):
    """Train a rival -> the model with its best weights, its lowest validation loss."""
    model = build(sizes, rival)
    kind = "BinaryCrossentropy" if rival.output == "keys" else "SparseCategoricalCrossentropy"
    loss = getattr(keras.losses, kind)(from_logits=True, reduction="mean_with_sample_weight")
    train = chosen_pieces(pieces, rival.pieces)
    dataset = batches(train, sizes, rival, training=True)
    steps = sizes["epochs"] * len(dataset)
    schedule = keras.optimizers.schedules.CosineDecay(rate, steps)
    model.compile(keras.optimizers.Adam(schedule, clipnorm=1.0), loss, jit_compile=False)
    stop = keras.callbacks.EarlyStopping(patience=PATIENCE, restore_best_weights=True)
    history = model.fit(
        dataset,
        epochs=sizes["epochs"],
        validation_data=batches(pieces["val"], sizes, rival),
        callbacks=[stop],
        shuffle=False,
        verbose=0,
    )
    return model, min(history.history["val_loss"])


def nats_per_chord(model, pieces, rival):
    """-ln p of each chord given all before it: float (all chords,)."""
    found = []
    for notes in pieces:
        notes = tf.constant(notes)
        if rival.output == "keys":
            before, keys, _ = with_keys(notes)
            logits = model.predict_on_batch(before[None])
            losses = tf.nn.sigmoid_cross_entropy_with_logits(keys, logits[0])
        else:
            (previous, _), _, _ = with_previous(notes)
            logits = model.predict_on_batch([previous[None], notes[None]])
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(notes, logits[0])
        found.append(np.sum(losses, axis=1))
    return np.concatenate(found)


# ---------------------------------------------------------------- counting


def by_counting(pieces, sizes, transposed):
    """Nats per chord of the n-gram model whose order is the best in validation."""
    copies = []
    most = sizes["transposition"] if transposed else 0
    for shift in range(-most, most + 1):
        for notes in pieces["train"]:
            copies.append(np.where(notes > 0, notes + shift, 0))
    found = {}
    for order in ORDERS:
        val = chord_baselines.by_ngrams(copies, pieces["val"], order).mean()
        found[val] = order
    order = found[min(found)]
    nats = chord_baselines.by_ngrams(copies, pieces["test"], order)
    return {"test": float(nats.mean())}


# ---------------------------------------------------------------- all of them


def rate_of(sizes, rival, pieces):
    """The better of two learning rates in validation, with the first seed."""
    usual = sizes["learning_rate"]
    if rival.layer not in ("LSTM", "SimpleRNN") and rival.output != "keys":
        return usual
    found = {}
    for rate in (usual, usual / 3):
        keras.utils.set_random_seed(SEEDS[0])
        _, loss = trained(sizes, rival, pieces, rate)
        found[loss] = rate
    return found[min(found)]


def scores(sizes, rival, pieces, rate, seed):
    keras.utils.set_random_seed(seed)
    model, _ = trained(sizes, rival, pieces, rate)
    nats = nats_per_chord(model, pieces["test"], rival)
    return without_firsts(nats, pieces["test"])


def without_firsts(nats, some_pieces):
    """The mean over all chords, and that without the first of each piece."""
    lengths = [len(notes) for notes in some_pieces]
    firsts = np.cumsum([0, *lengths[:-1]])
    others = np.delete(nats, firsts)
    return {"test": float(nats.mean()), "first chords left out": float(others.mean())}


def run(sizes):
    """sizes: "synthetic" or "real" -> title of a table: DataFrame."""
    settings = corpora.settings("chorales", sizes)["sizes"]
    pieces = parts_of(sizes)
    rows = []
    for name, transposed in [("n-gram", False), ("n-gram, transposed", True)]:
        rows.append({"model": name} | by_counting(pieces, settings, transposed))
        print(rows[-1], flush=True)
    for name, rival in RIVALS.items():
        count = len(chosen_pieces(pieces, rival.pieces))
        if rival.pieces != "all" and count == len(pieces["train"]):
            continue  # no melody is in both parts
        rate = rate_of(settings, rival, pieces)
        runs = []
        for seed in SEEDS:
            runs.append(scores(settings, rival, pieces, rate, seed))
            print(name, seed, runs[-1], flush=True)
        about = {"model": name, "training pieces": count, "learning rate": rate}
        rows.append(about | records.mean_and_spread(runs))
    title = f"Nats per chord, {len(SEEDS)} seeds"
    return {title: pd.DataFrame(rows)}
