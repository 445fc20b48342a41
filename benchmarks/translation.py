"""Controls for notebook 06: no attention, attention, attention that is guided, counted phrases.

Three seeds each, all with the sizes of the notebook, each scored with the weights of its epoch of
lowest validation loss, on the same test and long sentences. The network without attention gets
twice the epochs, and the better of two learning rates by the validation loss of the first seed.
Unknown words are copied by one rule for all: in the order in which they stand in the source.
"""

import re
from collections import Counter, defaultdict
from functools import partial

import keras
import numpy as np
import pandas as pd
import sacrebleu
import tensorflow as tf
from keras import layers

from rnnkit import corpora

SEEDS = (7, 8, 9)
GUIDE = 0.3  # weight of the loss on attention
COUNTED = 12_000  # pairs in which IBM model 1 counts
LONGEST = 4  # words of a counted phrase


# ---------------------------------------------------------------- data


def space_out(text):
    text = text[:1].lower() + text[1:]
    return " ".join(re.findall(r"\d|-?[^\W\d]+['’]?|[^\w\s]", text))


class Pairs:
    """The sentences of a corpus as integers, and the links that IBM model 1 finds in them."""

    def __init__(self, corpus):
        self.sizes = corpus.sizes
        data = corpus.data.drop_duplicates("source")
        data = data.assign(
            source_tokens=data["source"].map(space_out), target_tokens=data["target"].map(space_out)
        )
        self.parts = dict(list(data.groupby("part")))
        train = self.parts["train"]
        self.source_ids = self._vectorize(train["source_tokens"])
        self.target_ids = self._vectorize("[START] " + train["target_tokens"] + " [END]")
        some = train.head(COUNTED)
        self.table = ibm_model_1(some["source_tokens"], some["target_tokens"])
        self.rows = {part: self._rows(self.parts[part]) for part in ("train", "val")}

    def _vectorize(self, texts):
        counts = texts.str.split().explode().value_counts()
        words = counts[counts >= self.sizes["min_count"]].index.tolist()
        return layers.TextVectorization(
            standardize=None, split="whitespace", vocabulary=words, ragged=True
        )

    def _rows(self, rows):
        """Inputs and targets; beside each target word the place of its source word, the guide's."""
        sources = self.source_ids(rows["source_tokens"])
        targets = self.target_ids("[START] " + rows["target_tokens"] + " [END]")
        links = []
        found = self.links(rows["source_tokens"], rows["target_tokens"])
        for places, text in zip(found, rows["source_tokens"], strict=True):
            links.append([*places, text.count(" ")])  # [END] goes with the last token
        links = tf.ragged.constant(links, dtype="int64")
        wanted = {"logits": targets[:, 1:], "attention": links + 1}  # 0 is padding
        return (sources, targets[:, :-1]), wanted

    def dataset(self, part):
        """Batches of "train", shuffled and without end, or of "val"."""
        pairs = tf.data.Dataset.from_tensor_slices(self.rows[part])
        pairs = pairs.map(lambda *row: row).cache()  # plain tensors from ragged ones
        if part == "val":
            return pairs.padded_batch(200)
        pairs = pairs.shuffle(len(self.parts[part])).repeat()
        return pairs.bucket_by_sequence_length(
            lambda inputs, wanted: tf.size(inputs[1]),
            bucket_boundaries=self.sizes["bucket_boundaries"],
            bucket_batch_sizes=self.sizes["batch_sizes"],
        )

    def links(self, sources, targets):
        """The source place of each target word by the table: list of int (T_i,)."""
        found = []
        for source, target in zip(sources, targets, strict=True):
            source, target = source.split(), target.split()
            places = []
            for step, word in enumerate(target):
                scores = [self.table.get((other, word), 1e-9) for other in source]
                places.append(int(np.argmax(scores * near(step, len(source), len(target)))))
            found.append(places)
        return found


# ---------------------------------------------------------------- the guide


def near(step, n_source, n_target):
    """How likely each source place is by its position alone (Dyer et al. 2013): float (S,)."""
    return np.exp(-4 * np.abs(np.arange(n_source) / n_source - step / n_target))


def ibm_model_1(sources, targets, rounds=5):
    """Probability of a target word given a source word, by EM: dict of (source, target) -> float.

    IBM model 1 (Brown et al. 1993), but with the position prior of `near`; one direction.
    """
    cells = []
    for row, (source, target) in enumerate(zip(sources, targets, strict=True)):
        source, target = source.split(), target.split()
        for step, word in enumerate(target):
            prior = near(step, len(source), len(target))
            for other, chance in zip(source, prior, strict=True):
                cells.append((row * 100 + step, other, word, chance))
    cells = pd.DataFrame(cells, columns=["slot", "source", "target", "prior"])
    slot, _ = pd.factorize(cells["slot"])
    pair, pairs = pd.factorize(pd.MultiIndex.from_frame(cells[["source", "target"]]))
    left, _ = pd.factorize(pairs.get_level_values(0))
    prior, chance = cells["prior"].to_numpy(), np.ones(len(pairs))
    for _ in range(rounds):
        share = prior * chance[pair]
        share = share / np.bincount(slot, share)[slot]
        count = np.bincount(pair, share)
        chance = count / np.bincount(left, count)[left]
    return dict(zip(pairs, chance, strict=True))


# ---------------------------------------------------------------- counted phrases


def phrase_table(pairs):
    """Count which target words belong to each run of up to LONGEST source words.

    They must be linked to these source words and to no others -> dict of tuple of words to str,
    the most frequent translation.
    """
    counts = defaultdict(Counter)
    some = pairs.parts["train"].head(COUNTED)
    links = pairs.links(some["source_tokens"], some["target_tokens"])
    texts = zip(some["source_tokens"], some["target_tokens"], links, strict=True)
    for source, target, places in texts:
        source, target, places = source.split(), target.split(), np.array(places)
        for first in range(len(source)):
            for end in range(first + 1, min(first + LONGEST, len(source)) + 1):
                inside = (places >= first) & (places < end)
                steps = np.flatnonzero(inside)
                phrase = tuple(source[first:end])
                if len(steps) == 0:
                    counts[phrase][""] += 1
                elif inside[steps[0] : steps[-1] + 1].all():
                    counts[phrase][" ".join(target[steps[0] : steps[-1] + 1])] += 1
    return {phrase: found.most_common(1)[0][0] for phrase, found in counts.items()}


def by_phrases(table, text):
    """Translate from left to right by the longest phrase that is known, in the source's order."""
    words, output, place = text.split(), [], 0
    while place < len(words):
        for length in range(LONGEST, 0, -1):
            phrase = tuple(words[place : place + length])
            if phrase in table:
                break
        output.append(table.get(phrase, words[place]))  # what is unknown is copied
        place += len(phrase)
    return " ".join(filter(None, output))


# ---------------------------------------------------------------- the networks


def embedding(pairs, vectorize):
    start = keras.initializers.RandomNormal(0, pairs.sizes["start"])
    size = vectorize.vocabulary_size()
    return layers.Embedding(size, pairs.sizes["width"], start, mask_zero=True)


def build(pairs, attends):
    """The network of the notebook -> keras.Model with logits, and attention where it attends."""
    units, width = pairs.sizes["units"], pairs.sizes["width"]
    dropout = pairs.sizes["dropout"]
    source = keras.Input((None,), dtype="int32")
    x = embedding(pairs, pairs.source_ids)(source)
    encoder = layers.GRU(units, dropout=dropout, return_sequences=True, return_state=True)
    states, forward, first_state = layers.Bidirectional(encoder)(x)
    if not attends:  # all that it knows must pass here, so let it see both directions
        both = layers.Concatenate()([forward, first_state])
        first_state = layers.Dense(units, activation="tanh")(both)
    target = keras.Input((None,), dtype="int32")
    size = pairs.target_ids.vocabulary_size()
    y = embedding(pairs, pairs.target_ids)(target)
    decoder = layers.GRU(units, dropout=dropout, return_sequences=True)
    z = queries = decoder(y, initial_state=first_state)
    outputs = {}
    if attends:
        values = layers.Concatenate()([x, states])
        keys = layers.Dense(units, use_bias=False)(values)
        context, outputs["attention"] = layers.Attention()(
            [queries, values, keys], return_attention_scores=True
        )
        z = layers.Concatenate()([queries, context])
    z = layers.Dropout(dropout)(layers.Dense(2 * width, activation="tanh")(z))
    outputs["logits"] = layers.Dense(size)(z)
    return keras.Model([source, target], outputs)


def guide_loss(links, attention):
    """Cross-entropy of the guide's place: links int (B, T), 0 for padding; (B, T, S)."""
    picked = keras.ops.one_hot(links - 1, keras.ops.shape(attention)[-1])
    chosen = keras.ops.sum(picked * attention, axis=-1)
    real = keras.ops.cast(links > 0, "float32")
    losses = -keras.ops.log(keras.ops.maximum(chosen, 1e-7)) * real
    return keras.ops.sum(losses) / keras.ops.sum(real)


def train(pairs, kind, seed, *, rate, epochs):
    """-> the trained network, at the epoch of lowest validation loss of the words."""
    keras.utils.set_random_seed(seed)
    model = build(pairs, attends=kind != "no attention")
    steps = len(pairs.parts["train"]) // pairs.sizes["batch_sizes"][0]
    words = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=0)
    losses = {"logits": words}
    if kind == "guided attention":
        losses["attention"] = guide_loss
    model.compile(
        keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(rate, epochs * steps), global_clipnorm=1.0
        ),
        loss=losses,
        loss_weights={name: GUIDE if name == "attention" else 1.0 for name in losses},
    )
    shown = list(losses)

    def only(inputs, wanted):
        return inputs, {name: wanted[name] for name in shown}

    watched = "val_logits_loss" if len(losses) > 1 else "val_loss"
    stop = keras.callbacks.EarlyStopping(watched, mode="min", patience=3, restore_best_weights=True)
    history = model.fit(
        pairs.dataset("train").map(only),
        steps_per_epoch=steps,
        epochs=epochs,
        validation_data=pairs.dataset("val").map(only),
        callbacks=[stop],
        shuffle=False,
        verbose=0,
    )
    return model, min(history.history[watched])


# ---------------------------------------------------------------- scores


def translate(pairs, model, texts):
    """Greedily -> list of str."""
    start, end = pairs.target_ids("[START] [END]").numpy()
    sources = pairs.source_ids(texts).to_tensor().numpy()
    written = np.full((len(sources), 1), start)
    while written.shape[1] <= pairs.sizes["max_length"]:
        outputs = model.predict([sources, written], batch_size=250, verbose=0)
        newest = outputs["logits"][:, -1].argmax(axis=-1)
        written = np.column_stack([written, newest])
        if (written == end).any(axis=1).all():
            break
    words = np.array(pairs.target_ids.get_vocabulary())[written[:, 1:]]
    known = set(pairs.source_ids.get_vocabulary())
    return [copied(row, text, known) for row, text in zip(words, texts, strict=True)]


def copied(words, text, known):
    """The words up to [END]; the first [UNK] is the first unknown word of the text, and so on."""
    unknown = [word for word in text.split() if word not in known]
    output = []
    for word in words:
        if word == "[END]":
            break
        if word == "[UNK]" and unknown:
            word = unknown.pop(0) if len(unknown) > 1 else unknown[0]
        output.append(word)
    return " ".join(output)


def misses(pairs, model):
    """Of the test words: attention's misses, the guide's, and the misses on the guide's place."""
    test = pairs.parts["test"]
    sources = pairs.source_ids(test["source_tokens"]).to_tensor().numpy()
    targets = pairs.target_ids("[START] " + test["target_tokens"]).to_tensor().numpy()
    outputs = model.predict([sources, targets], batch_size=250, verbose=0)["attention"]
    guide = pairs.links(test["source_tokens"], test["target_tokens"])
    missed, guide_missed, same = [], [], []
    for weights, places, truth in zip(outputs, guide, test["alignment"], strict=True):
        for step, right in enumerate(truth):
            looked = weights[step].argmax()
            missed.append(looked not in right)
            guide_missed.append(places[step] not in right)
            same.append(missed[-1] and looked == places[step])
    return {
        "misses": np.mean(missed),
        "of these where the guide points": np.sum(same) / np.sum(missed),
        "misses of the guide": np.mean(guide_missed),
    }


def score(pairs, write):
    """write: Series of texts -> list of str; -> BLEU and exact match, and the latter by length."""
    row, right, lengths = {}, [], []
    for name in ["test", "long"]:
        part = pairs.parts[name]
        outputs = write(part["source_tokens"])
        right.append(part["target_tokens"] == outputs)
        lengths.append(part["source_tokens"].str.count(" ") + 1)
        if name == "test":
            bleu = sacrebleu.corpus_bleu(outputs, [part["target_tokens"].tolist()], force=True)
            row = {"BLEU": bleu.score, "exact match": right[0].mean()}
    right, lengths = pd.concat(right), pd.concat(lengths)
    longest = pairs.parts["train"]["source_tokens"].str.count(" ").max() + 1
    edges = [0, longest // 3, longest * 2 // 3, longest, longest * 5 // 4, 2 * longest]
    labels = [f"{low + 1} to {high}" for low, high in zip(edges[:-1], edges[1:], strict=True)]
    by_length = right.groupby(pd.cut(lengths, edges, labels=labels), observed=False).mean()
    return row, by_length.to_dict()


def run(sizes):
    """sizes: "synthetic" or "real" -> title of a table: DataFrame."""
    pairs = Pairs(corpora.load("phrasebook", sizes))
    rate, epochs = pairs.sizes["learning_rate"], pairs.sizes["epochs"]
    rates = {"no attention": [rate, rate / 3]}
    table = phrase_table(pairs)
    row, by_length = score(pairs, lambda texts: [by_phrases(table, text) for text in texts])
    rows = [{"network": "none: counted phrases"} | row]
    lengths = [{"network": "none: counted phrases"} | by_length]
    is_aligned = pairs.parts["test"]["alignment"].notna().all()
    for kind in ["no attention", "attention", "guided attention"]:
        tried = rates.get(kind, [rate])
        for seed in SEEDS:
            count = 2 * epochs if kind == "no attention" else epochs
            trained = [train(pairs, kind, seed, rate=one, epochs=count) for one in tried]
            losses = [loss for _, loss in trained]
            better = int(np.argmin(losses))
            tried = [tried[better]]  # the first seed chooses the rate
            model = trained[better][0]
            row, by_length = score(pairs, partial(translate, pairs, model))
            if is_aligned and kind != "no attention":
                row |= misses(pairs, model)
            rows.append({"network": kind, "validation loss": losses[better]} | row)
            lengths.append({"network": kind} | by_length)
            print(seed, tried, rows[-1], by_length, flush=True)
    return {
        "Scores on the test sentences": _summary(rows),
        "Exact match by tokens in the source": _summary(lengths),
    }


def _summary(rows):
    """Mean over the seeds, and the largest less the smallest as spread, if there are several."""
    groups = pd.DataFrame(rows).groupby("network", sort=False)
    mean, spread = groups.mean(), groups.max() - groups.min()
    spread[groups.size() == 1] = np.nan
    table = pd.DataFrame(index=mean.index)
    for name in mean.columns:
        table[name] = mean[name]
        table[f"{name} spread"] = spread[name]
    return table.reset_index()
