"""The four models in Keras, as the notebooks build and train them; "xla" compiles them besides."""

import time

import keras
import workloads
from keras import layers

RATE = 1e-3


def language_model(sizes):
    ids = keras.Input((None,), dtype="int32")
    embedding = layers.Embedding(sizes["words"], sizes["width"], trainable=False, name="embedding")
    x = embedding(ids)
    embedding.set_weights([workloads.vectors(sizes["words"], sizes["width"])])
    lstm = layers.LSTM(sizes["units"], return_sequences=True, return_state=True, name="rnn")
    x, *_ = lstm(x)  # the state is there for streaming.py
    return keras.Model(ids, layers.Dense(sizes["words"], name="logits")(x))


def classifier(sizes):
    ids = keras.Input((None,), dtype="int32")
    x = layers.Embedding(sizes["words"], sizes["width"], mask_zero=True, name="embedding")(ids)
    x = layers.Bidirectional(layers.GRU(sizes["units"]), name="rnn")(x)
    return keras.Model(ids, layers.Dense(1, name="logits")(x))


def forecaster(sizes):
    inputs = keras.Input((sizes["length"], sizes["features"]))
    x = layers.GRU(sizes["units"], name="rnn")(inputs)
    return keras.Model(inputs, layers.Dense(sizes["horizon"], name="logits")(x))


def translator(sizes):
    units = sizes["units"]
    sources = keras.Input((None,), dtype="int32")
    inputs = keras.Input((None,), dtype="int32")
    embedding = layers.Embedding(
        sizes["words"], sizes["width"], mask_zero=True, name="source_embedding"
    )
    gru = layers.GRU(units, return_sequences=True, return_state=True)
    memory, *states = layers.Bidirectional(gru, name="encoder")(embedding(sources))
    state = layers.Dense(units, "tanh", name="bridge")(layers.Concatenate()(states))
    y = layers.Embedding(sizes["target_words"], sizes["width"], name="target_embedding")(inputs)
    y = layers.GRU(units, return_sequences=True, name="decoder")(y, initial_state=state)
    keys = layers.Dense(units, use_bias=False, name="keys")(memory)
    context = layers.Attention()([y, memory, keys])
    y = layers.Concatenate()([y, context])
    y = layers.Dense(2 * sizes["width"], "tanh", name="mix")(y)
    logits = layers.Dense(sizes["target_words"], name="logits")(y)
    return keras.Model([sources, inputs], logits)


BUILDERS = {
    "language model": language_model,
    "classifier": classifier,
    "forecaster": forecaster,
    "translator": translator,
}


def loss_of(task):
    if task == "forecaster":
        return "mse"
    if task == "classifier":
        return keras.losses.BinaryCrossentropy(from_logits=True)
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=0)


class Clock(keras.callbacks.Callback):
    """Seconds of each step; a step lasts from the end of the one before it."""

    def on_epoch_begin(self, epoch, logs=None):
        self.seconds = []
        self.before = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        now = time.perf_counter()
        self.seconds.append(now - self.before)
        self.before = now


class Keras:
    """One model with its data: what a worker holds. column: "workbook" or "xla"."""

    def __init__(self, task, sizes, column):
        import tensorflow as tf  # the models alone run on every backend

        keras.utils.set_random_seed(1)
        self.sizes = sizes
        self.rows = workloads.data(task, sizes)
        self.model = BUILDERS[task](sizes)
        optimizer = keras.optimizers.Adam(RATE, global_clipnorm=1.0)
        self.model.compile(optimizer, loss_of(task), jit_compile=column == "xla")
        x = tuple(self.rows[name] for name in self.rows if name != "targets")
        x = x if len(x) > 1 else x[0]
        dataset = tf.data.Dataset.from_tensor_slices((x, self.rows["targets"])).cache()
        dataset = dataset.shuffle(len(self.rows["targets"]), seed=1)
        self.dataset = dataset.batch(sizes["batch"], drop_remainder=True).prefetch(2)

    def train(self):
        """One pass over the rows -> seconds of each step."""
        clock = Clock()
        self.model.fit(self.dataset, shuffle=False, verbose=0, callbacks=[clock])
        return clock.seconds

    def infer(self):
        """One pass without training -> seconds of each step."""
        seconds = []
        for number in range(self.sizes["batches"]):
            inputs, _ = self.batch(number)
            began = time.perf_counter()
            self.model.predict_on_batch(inputs)
            seconds.append(time.perf_counter() - began)
        return seconds

    def batch(self, number):
        """Inputs and targets of a batch, in the order of the rows."""
        batch = workloads.rows_of(self.rows, number, self.sizes["batch"])
        targets = batch.pop("targets")
        inputs = list(batch.values())
        return (inputs if len(inputs) > 1 else inputs[0]), targets

    def loss(self):
        """The loss of the first batch."""
        return float(self.model.test_on_batch(*self.batch(0)))

    def parameters(self):
        return self.model.count_params()

    def weights(self):
        """name of the layer/number -> array."""
        found = {}
        for layer in self.model.layers:
            for number, weight in enumerate(layer.get_weights()):
                found[f"{layer.name}/{number}"] = weight
        return found

    def set_weights(self, arrays):
        for layer in self.model.layers:
            own = [arrays[name] for name in arrays if name.split("/")[0] == layer.name]
            if own:
                layer.set_weights(own)
