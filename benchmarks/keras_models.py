"""The four models in Keras, trained as the notebooks train them or as Keras does by itself.

`build` and `compiled` repeat notebooks 03 to 06, and "xla" has XLA compile what they train and ask.
"Keras' defaults" are the same layers, with `compile("adam", loss)` and nothing else: a softmax or
sigmoid at the end and the loss from its probabilities, arrays instead of tf.data, no clipping, no
schedule, no smoothing of labels. What XLA compiles is left to Keras, which does not use it for
models with an LSTM or a GRU.
"""

import time

import keras
import numpy as np
import workloads
from keras import layers, ops

from rnnkit import encoding, models

RATE = 1e-3  # small, so that nothing that is timed runs into overflow


def build(task, sizes):
    """The model of a notebook, with logits at its end."""
    makers = (_language, _classifier, _forecaster, _translator)
    return makers[workloads.TASKS.index(task)](sizes)


def _language(sizes):
    matrix = workloads.vectors(sizes["words"], sizes["width"])
    options = {"units": sizes["units"], "dropout": sizes["dropout"]}
    return models.language_model(matrix, tied=True, **options)


def _classifier(sizes):
    ids, rate = keras.Input((None,), dtype="int32", name="ids"), sizes["dropout"]
    matrix = workloads.vectors(sizes["words"], sizes["width"])
    embedding = layers.Embedding(*matrix.shape, mask_zero=True, name="embedding")
    embedding.build()
    embedding.set_weights([matrix])
    x = layers.Dropout(sizes["word_dropout"], noise_shape=(None, None, 1))(embedding(ids))
    x = layers.SpatialDropout1D(rate)(x)
    gru = layers.GRU(sizes["units"] // 2, return_sequences=sizes["pooled"])
    x = layers.Bidirectional(gru, name="reader")(x)
    if sizes["pooled"]:
        largest = ops.max(ops.relu(x), axis=1)
        x = layers.Concatenate()([layers.GlobalAveragePooling1D()(x), largest])
    return keras.Model(ids, layers.Dense(1, name="logits")(layers.Dropout(rate)(x)))


def _forecaster(sizes):
    inputs = keras.Input((sizes["length"], sizes["features"]))
    last = inputs[:, -1:, :]
    x = layers.GRU(sizes["units"], name="rnn_1")(inputs - last if sizes["linear"] else inputs)
    x = layers.Dropout(sizes["dropout"])(x)
    x = layers.Dense(1, name="logits")(x)
    if sizes["linear"]:
        past, penalty = inputs[:, :, 0] - last[:, 0, :1], keras.regularizers.L2(1e-4)
        x += layers.Dense(1, use_bias=False, kernel_regularizer=penalty, name="linear")(past)
        x += last[:, 0, :1]
    return keras.Model(inputs, x)


def _translator(sizes):
    options = {name: sizes[name] for name in ("units", "width", "dropout")}
    return models.translator(sizes["words"], sizes["target_words"], **options)


class Surprise(keras.losses.Loss):
    """Cross-entropy of the next word, with label smoothing: (B, T), (B, T, V) -> (B, T)."""

    def __init__(self, smoothing):
        super().__init__(reduction="mean_with_sample_weight")
        self.smoothing = smoothing

    def call(self, target, logits):
        wanted, options = ops.one_hot(target, logits.shape[-1]), {"from_logits": True}
        options["label_smoothing"] = self.smoothing
        return keras.losses.categorical_crossentropy(wanted, logits, **options)


def compiled(model, task, sizes):
    """Compile a model as its notebook does."""
    sparse, average = keras.losses.SparseCategoricalCrossentropy, "mean_with_sample_weight"
    metrics, weights, rate = None, None, keras.optimizers.schedules.CosineDecay(RATE, 10**7)
    if task == "language model":
        loss = sparse(True, reduction=average)
    elif task == "classifier":
        loss, rate = keras.losses.BinaryCrossentropy(True, label_smoothing=sizes["smoothing"]), RATE
        metrics = [keras.metrics.BinaryAccuracy(name="accuracy", threshold=0.0)]
    elif task == "forecaster":
        loss = "mse"
    else:
        loss = {"logits": Surprise(sizes["smoothing"]), "attention": sparse(reduction=average)}
        weights = {"logits": 1.0, "attention": 0.3}
    optimizer = keras.optimizers.Adam(rate, global_clipnorm=1.0)
    options = {"loss_weights": weights, "metrics": metrics}
    options["jit_compile"] = sizes.get("jit", False)
    model.compile(optimizer, loss, **options)
    return model


def by_default(model, task):
    """The same layers with probabilities at the end, compiled with Keras' own settings."""
    out, sparse = model.output, "sparse_categorical_crossentropy"
    if task == "forecaster":
        model.compile("adam", "mse")
        return model
    if task == "translator":
        out = {"logits": layers.Softmax()(out["logits"]), "attention": out["attention"]}
        loss, weights = dict.fromkeys(out, sparse), {"logits": 1.0, "attention": 0.3}
    elif task == "classifier":
        out, loss, weights = layers.Activation("sigmoid")(out), "binary_crossentropy", None
    else:
        out, loss, weights = layers.Softmax()(out), sparse, None
    model = keras.Model(model.inputs, out)
    model.compile("adam", loss, loss_weights=weights)
    return model


def dataset(task, sizes, rows):
    """The batches as the notebooks serve them."""
    length, options = sizes["length"], {"batch_size": sizes["batch"], "seed": 7}
    if task == "forecaster":
        series, targets = rows["series"], rows["targets"]
        windows = keras.utils.timeseries_dataset_from_array(
            series, targets[:, None], length, batch_size=None, shuffle=True, seed=7
        )
        windows = windows.batch(sizes["batch"], drop_remainder=True)
        return encoding.untuned(windows.cache()).map(lambda x, y: (x, y[:, -1:]))
    options["boundaries"] = (length // 2, length)
    if task == "classifier":
        return encoding.labelled_batches(rows["inputs"], rows["targets"], **options)
    if task == "language model":
        return encoding.batches(rows["inputs"], rows["targets"], **options)
    return encoding.pair_batches(*pairs(rows), links=links(rows), **options)


def pairs(rows):
    """Sources and targets as `pair_batches` takes them: two lists of int (T_i,)."""
    sources = [row[row > 0] for row in rows["sources"]]
    return sources, [np.append(workloads.START, row[row > 0]) for row in rows["targets"]]


def links(rows):
    both = zip(rows["links"], rows["targets"], strict=True)
    return [link[target > 0] for link, target in both]


def arrays(task, rows):
    """All rows as arguments for `fit`: inputs, targets, and weights of 0 for padding or None."""
    if task in ("forecaster", "classifier"):
        return rows["inputs"], rows["targets"], None
    weights = (rows["targets"] > 0).astype("float32")
    if task == "language model":
        return rows["inputs"], rows["targets"], weights
    targets = {"logits": rows["targets"], "attention": rows["links"]}
    return [rows["sources"], rows["inputs"]], targets, dict.fromkeys(targets, weights)


class Clock(keras.callbacks.Callback):
    """Seconds of each step; a step lasts from the end of the one before it."""

    def __init__(self, fall=False):
        super().__init__()
        self.fall, self.seconds = fall, []

    def on_train_batch_begin(self, batch, logs=None):
        if batch == 0:
            self.before = time.perf_counter()
        if self.fall:  # as the callback of notebook 04 does
            self.model.optimizer.learning_rate = RATE

    def on_train_batch_end(self, batch, logs=None):
        now = time.perf_counter()
        self.seconds.append(now - self.before)
        self.before = now


class Keras:
    """One model with its data: what a worker holds. style: "workbook", "xla" or "defaults"."""

    def __init__(self, task, sizes, style):
        keras.utils.set_random_seed(1)
        self.task, self.sizes, self.as_in_notebooks = task, sizes, style != "defaults"
        self.training_loss = None  # the mean over the last pass, as the model was compiled
        self.rows = workloads.data(task, sizes)
        self.source = build(task, sizes)  # whose layers have the weights
        if self.as_in_notebooks:
            self.model = compiled(self.source, task, sizes)
            self.model.jit_compile |= style == "xla"
            self.dataset = dataset(task, sizes, self.rows)
        else:
            self.model = by_default(self.source, task)

    def train(self):
        """One pass over the rows -> seconds of each step."""
        clock = Clock(self.task == "classifier" and self.as_in_notebooks)
        options = {"verbose": 0, "callbacks": [clock]}
        if self.as_in_notebooks:
            self.model.fit(self.dataset, shuffle=False, **options)
        else:
            x, y, weights = arrays(self.task, self.rows)
            options["batch_size"] = self.sizes["batch"]
            self.model.fit(x, y, sample_weight=weights, **options)
        self.training_loss = self.model.history.history["loss"][-1]
        return clock.seconds

    def infer(self):
        """One pass without training -> seconds of each step (of all steps alike, by default)."""
        if self.as_in_notebooks:
            return [self._timed(self.inputs(n)) for n in range(self.sizes["batches"])]
        x, _, _ = arrays(self.task, self.rows)
        began = time.perf_counter()
        self.model.predict(x, batch_size=self.sizes["batch"], verbose=0)
        seconds = time.perf_counter() - began
        return [seconds / self.sizes["batches"]] * self.sizes["batches"]

    def _timed(self, inputs):
        began = time.perf_counter()
        self.model.predict_on_batch(inputs)
        return time.perf_counter() - began

    def inputs(self, number):
        batch = workloads.rows_of(self.rows, number, self.sizes["batch"])
        return arrays(self.task, batch)[0]

    def loss(self):
        """The mean surprise on the first batch."""
        outputs = self.model.predict_on_batch(self.inputs(0))
        outputs = outputs["logits"] if isinstance(outputs, dict) else outputs
        batch = workloads.rows_of(self.rows, 0, self.sizes["batch"])
        options = {"from_logits": self.as_in_notebooks}
        return workloads.surprise(self.task, outputs, batch, **options)

    def parameters(self):
        return self.source.count_params()

    def weights(self):
        """name of the layer/number -> array."""
        return {
            f"{layer.name}/{number}": weight
            for layer in self.source.layers
            for number, weight in enumerate(layer.get_weights())
            if weight.dtype == np.float32
        }

    def set_weights(self, arrays):
        for layer in self.source.layers:
            own = [arrays[name] for name in arrays if name.split("/")[0] == layer.name]
            if own:
                layer.set_weights(own)


def matmul(size):
    """A product of two matrices (size, size), as a function that waits for its result."""
    x = ops.convert_to_tensor(np.random.default_rng(0).random((size, size)), "float32")
    return lambda: ops.convert_to_numpy(ops.matmul(x, x))
