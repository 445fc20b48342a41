"""Controls for notebook 08: no attention, attention, copying, and cheap rivals, on the same texts.

Three seeds each, all with the sizes of the notebook. For the networks without copying the first
seed chooses by its validation loss: the notebook's learning rate and epochs, MORE times as many
epochs, or these with twice the rate. Each is scored with the weights of its epoch of lowest
validation loss. An [UNK] that a network with attention writes is replaced by the word that it
looked at, as in notebook 06.
"""

import re

import keras
import numpy as np
import pandas as pd
import records
from keras import layers, ops

from rnnkit import corpora, overlap, splits, word_baselines

SEEDS = (7, 8, 9)
MORE = 3
UNK, START, END = 1, 2, 3
KINDS = ("copying", "attention", "no attention")
# What the abstracts of patents begin with before they come to the point.
INTRODUCTION = (
    "a|an|the|this|present|invention|disclosure|disclosed|disclosing|is|are|relates|to|provides|"
    "provided|herein|described|describes|here|there|in|one|embodiment|embodiments|aspect|of|"
    "concerns|generally|more|particularly|comprises|directed|application|some"
)


# ---------------------------------------------------------------- data


def clean(text):
    """Lower-case words, without the numerals of a drawing: as in the notebook."""
    text = re.sub(r"\(\w{1,4}\)", " ", text.lower())
    return " ".join(re.findall(r"[^\W_]+(?:[-'][^\W_]+)*", text))


class Texts:
    """The texts and titles of a corpus in their parts, and as integers."""

    def __init__(self, source):
        corpus = corpora.load("titled", source)
        self.sizes = corpus.sizes
        data = corpus.data
        for name in ("text", "title", "best_title"):
            data[name] = data[name].map(clean, na_action="ignore")
        split = splits.by_family(data["text"], seed=SEEDS[0])
        self.train, self.val, self.test = (data.iloc[rows] for rows in split)
        both = self.train["text"] + " " + self.train["title"]
        counts = both.str.split().explode().value_counts()
        words = counts[counts >= self.sizes["min_count"]].index.tolist()
        self.words = ["", "[UNK]", "[START]", "[END]", *words]
        self.known = {word: number for number, word in enumerate(self.words)}
        self.most = len(self.known) + self.sizes["max_unknown"]

    def number(self, text, title=""):
        """-> integers of a text and of its title; unknown words of the text get their own."""
        numbers = dict(self.known)
        source = []
        for word in text.split()[: self.sizes["max_words"]]:
            if word not in numbers and len(numbers) < self.most:
                numbers[word] = len(numbers)
            source.append(numbers.get(word, UNK))
        title = ["[START]", *title.split()[: self.sizes["max_title"]], "[END]"]
        return source, [numbers.get(word, UNK) for word in title], list(numbers)

    def arrays(self, part):
        """-> integers of the texts (N, S) and of the titles (N, T), and the words of each row."""
        rows = zip(part["text"], part["title"], strict=True)
        sources, targets, words = zip(*[self.number(*row) for row in rows], strict=True)
        padded = [keras.utils.pad_sequences(ids, padding="post") for ids in (sources, targets)]
        return *padded, words


# ---------------------------------------------------------------- the networks


def build(texts, kind):
    """The network of the notebook, or one without its copying, or without attention as well."""
    sizes, size, most = texts.sizes, len(texts.known), texts.most
    source = keras.Input((None,), dtype="int32")
    target = keras.Input((None,), dtype="int32")
    embedding = layers.Embedding(size, sizes["width"], mask_zero=True)
    x = embedding(ops.where(source < size, source, UNK))
    y = embedding(ops.where(target < size, target, UNK))
    options = {"return_sequences": True, "dropout": sizes["dropout"]}
    encoder = layers.GRU(sizes["units"], return_state=True, **options)
    states, forward, backward = layers.Bidirectional(encoder)(x)
    last = layers.Concatenate()([forward, backward])
    first = layers.Dense(sizes["units"], "tanh")(last)
    seen = layers.GRU(sizes["units"], **options)(y, initial_state=first)
    if kind == "no attention":  # all that it knows must pass here, so show it at each step
        shown = ops.expand_dims(first, 1) + ops.zeros_like(seen)
        seen = layers.Concatenate()([seen, shown])
    else:
        values = layers.Concatenate()([x, states])
        keys = layers.Dense(sizes["units"])(values)
        attention = layers.Attention(use_scale=True)
        context, weights = attention([seen, values, keys], return_attention_scores=True)
        seen = layers.Concatenate()([seen, context])
    hidden = layers.Dense(2 * sizes["width"], "tanh")(seen)
    hidden = layers.Dropout(sizes["dropout"])(hidden)
    chances = layers.Dense(size, "softmax")(hidden)
    chances = ops.pad(chances, [(0, 0), (0, 0), (0, most - size)])
    if kind == "no attention":
        return keras.Model([source, target], [chances])
    if kind == "copying":
        copies = layers.Dense(1, "sigmoid")(layers.Concatenate()([seen, y]))
        copied = ops.matmul(weights, ops.one_hot(source, most))
        chances = (1 - copies) * chances + copies * copied
    return keras.Model([source, target], [chances, weights])


def fit(texts, kind, seed, rate, epochs):
    """-> the network at the epoch of its lowest validation loss, and that loss."""
    keras.utils.set_random_seed(seed)
    model = build(texts, kind)
    sizes, size = texts.sizes, len(texts.known)
    (x, y, _), (x_val, y_val, _) = texts.arrays(texts.train), texts.arrays(texts.val)
    if kind != "copying":  # what only copying can write
        y, y_val = (np.where(ids < size, ids, UNK) for ids in (y, y_val))
    rate = keras.optimizers.schedules.CosineDecay(rate, epochs * len(x) // sizes["batch_size"])
    loss = keras.losses.SparseCategoricalCrossentropy(ignore_class=0)
    model.compile(
        keras.optimizers.Adam(rate, global_clipnorm=1.0), [loss, None][: len(model.outputs)]
    )
    history = model.fit(
        [x, y[:, :-1]],
        y[:, 1:],
        batch_size=sizes["batch_size"],
        epochs=epochs,
        validation_data=([x_val, y_val[:, :-1]], y_val[:, 1:]),
        callbacks=[keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)],
        verbose=0,
    )
    return model, min(history.history["val_loss"])


# ---------------------------------------------------------------- titles


def write(texts, model, part, repeats=True):
    """Greedily -> list of str. repeats=False: no word is written twice."""
    sources, _, words = texts.arrays(part)
    titles = []
    for first in range(0, len(sources), 100):
        some = sources[first : first + 100]
        written = np.full((len(some), 1), START)
        for _ in range(texts.sizes["max_title"]):
            outputs = model.predict_on_batch([some, written])
            chances, *weights = outputs if isinstance(outputs, list) else [outputs]
            newest = np.array(chances[:, -1])
            if not repeats:
                np.put_along_axis(newest, written, 0, axis=1)
            written = np.column_stack([written, newest.argmax(-1)])
            if (written == END).any(1).all():
                break
        looked = np.array(weights[0]).argmax(-1) if weights else None
        for row in range(len(some)):
            own = words[first + row]
            output = []
            for step, number in enumerate(written[row, 1:]):
                if number == END:
                    break
                if number == UNK and looked is not None:
                    number = some[row, looked[row, step]]
                output.append(own[number])
            titles.append(" ".join(output))
    return titles


def score(outputs, part):
    return overlap.scores(outputs, part["title"], part["text"]).mean().to_dict()


PLACES = [0, 0.2, 0.4, 0.6, 0.8, 1.0]


def found_by_place(texts, outputs, part):
    """Share of the words of the titles that are written, by where they first stand in the text.

    Only words that the vocabulary has count, since the others are for copying alone.
    """
    rows = []
    for output, title, text in zip(outputs, part["title"], part["text"], strict=True):
        words = text.split()[: texts.sizes["max_words"]]
        for word in set(title.split()):
            if word in words and word in texts.known and len(word) > 3:
                place = words.index(word) / len(words)
                rows.append({"place": place, "found": word in output.split()})
    rows = pd.DataFrame(rows)
    labels = [f"{100 * a:.0f} to {100 * b:.0f} %" for a, b in zip(PLACES, PLACES[1:], strict=False)]
    groups = pd.cut(rows["place"], PLACES, right=False, labels=labels)
    return rows.groupby(groups, observed=False)["found"].mean().to_dict()


def rivals(texts):
    """Title of a rival -> its titles for the test part."""
    x, y, test = texts.train["text"], texts.train["title"], texts.test
    count = round(y.str.split().str.len().mean())
    words = test["text"].str.split()
    found = {"first words": words.str[:count].str.join(" ")}
    pattern = f"^(?:(?:{INTRODUCTION}) )*"
    rest = test["text"].str.replace(pattern, "", regex=True).str.split()
    found["first words, after the introduction"] = rest.str[:count].str.join(" ")
    found["key words"] = word_baselines.key_words(x, test["text"], count)
    found["nearest text's title"] = word_baselines.phrase_memory(x, y, test["text"])
    if test["best_title"].notna().all():
        found["best possible"] = test["best_title"]
    return found


def run(sizes):
    """sizes: "synthetic" or "real" -> title of a table: DataFrame."""
    texts = Texts(sizes)
    rows, places = [], []
    for name, outputs in rivals(texts).items():
        rows.append({"titles by": name} | score(outputs, texts.test))
    rate, epochs = texts.sizes["learning_rate"], texts.sizes["epochs"]
    kinds = KINDS[:1] if sizes == "real" else KINDS  # the others would take two hours there
    for kind in kinds:
        tried = [(rate, epochs)]
        if kind != "copying":
            tried += [(rate, MORE * epochs), (2 * rate, MORE * epochs)]
        scored, once, by_place = [], [], []
        for seed in SEEDS:
            trained = [fit(texts, kind, seed, *one) for one in tried]
            better = int(np.argmin([loss for _, loss in trained]))
            tried = [tried[better]]  # the first seed chooses
            model, loss = trained[better]
            outputs = write(texts, model, texts.test)
            scored.append({"validation loss": loss} | score(outputs, texts.test))
            outputs_once = write(texts, model, texts.test, repeats=False)
            once.append({"validation loss": loss} | score(outputs_once, texts.test))
            by_place.append(found_by_place(texts, outputs, texts.test))
            print(kind, seed, tried, scored[-1], once[-1]["ROUGE-L"], by_place[-1], flush=True)
        rows.append({"titles by": kind} | records.mean_and_spread(scored))
        rows.append({"titles by": f"{kind}, no word twice"} | records.mean_and_spread(once))
        places.append({"network": kind} | records.mean_and_spread(by_place))
    by_place = "Share of the titles' words that are found, by where they first stand in the text"
    return {"Scores on the test texts": pd.DataFrame(rows), by_place: pd.DataFrame(places)}
