"""The few model builders that more than one notebook uses, in Keras alone.

Layers are found by their names, never by their place: `embedding`, `rnn_1`, `rnn_2`, ...,
`logits`.
"""

import keras
import numpy as np

from rnnkit.layers import Bias


def language_model(matrix, counts=None, *, units=128, layers=1, dropout=0.0, tied=False):
    """Build a word language model: an LSTM that predicts the next word at every step.

    matrix: float (V, D), the first values of the embedding. The model maps
    ids: int (B, T) -> logits: float (B, T, V), and the logits at step t depend on the ids up to t
    alone. With `counts`, float (V,), how often each id is a target in training, the output begins
    at these frequencies instead of finding them first. `dropout` (0 to 1) falls on what goes into
    and comes out of each LSTM, in one pattern for all steps of a row (Gal and Ghahramani 2016),
    which cuDNN allows. `tied=True` uses the embedding again as the output matrix (Press and Wolf
    2017), behind a projection from H to D. Raises ValueError if matrix or counts do not fit.
    """
    matrix = np.asarray(matrix, "float32")
    if matrix.ndim != 2:
        raise ValueError(f"the embedding matrix has the shape {matrix.shape}: it must be (V, D)")
    embedding = _embedding(matrix, tied)
    ids = keras.Input((None,), dtype="int32", name="ids")
    x = _dropout(embedding(ids), dropout, "dropout_0")
    for number in range(1, layers + 1):
        rnn = keras.layers.LSTM(
            units, return_sequences=True, return_state=True, name=f"rnn_{number}"
        )
        x, *_ = rnn(x)  # the state is there for language_model_step
        x = _dropout(x, dropout, f"dropout_{number}")
    if tied:
        x = keras.layers.Dense(matrix.shape[1], name="projection")(x)
        x = embedding(x, reverse=True)
    output = Bias(name="logits") if tied else keras.layers.Dense(len(matrix), name="logits")
    model = keras.Model(ids, output(x), name="language_model")
    if counts is not None:
        output.bias.assign(_log_frequencies(counts, len(matrix)))
    return model


def _log_frequencies(counts, size):
    """Natural logarithms of add-one frequencies: float (V,) -> float (V,)."""
    counts = np.asarray(counts, "float64")
    if counts.shape != (size,) or counts.min() < 0:
        raise ValueError(
            f"counts have the shape {counts.shape} and a minimum of {counts.min():g}: pass one "
            f"number, 0 or more, for each of the {size} rows of the matrix"
        )
    return np.log((counts + 1) / (counts + 1).sum())


def _embedding(matrix, tied):
    kind = keras.layers.ReversibleEmbedding if tied else keras.layers.Embedding
    embedding = kind(*matrix.shape, name="embedding")
    embedding.build()
    embedding.set_weights([matrix])  # an initializer would write the matrix into the saved config
    return embedding


def _dropout(x, rate, name):
    return keras.layers.SpatialDropout1D(rate, name=name)(x) if rate else x


def language_model_step(model):
    """Turn a trained language model into a step function for generation.

    model: what `language_model` returns -> `step(ids, state) -> logits, state` with ids: int (B,),
    logits: float (B, V) and state: a list of arrays (B, H), two for each LSTM, or None at the
    start of a text. The weights are shared, and one step costs the same wherever it stands in
    the text.
    """
    layers = {layer.name: layer for layer in model.layers}
    recurrent = [layer for name, layer in layers.items() if name.startswith("rnn_")]
    ids = keras.Input((1,), dtype="int32")
    before = [keras.Input((layer.units,)) for layer in recurrent for _ in ("h", "c")]
    x, after = layers["embedding"](ids), []  # ids (B, 1), one step of a sequence
    for number, layer in enumerate(recurrent):
        x, *state = layer(x, initial_state=before[2 * number : 2 * number + 2])
        after += state
    if "projection" in layers:
        x = layers["embedding"](layers["projection"](x), reverse=True)
    logits = layers["logits"](x)
    one_step = keras.Model([ids, *before], [logits, *after])

    def step(ids, state):
        ids = np.asarray(ids, "int32")[:, None]
        if state is None:
            state = [np.zeros((len(ids), *x.shape[1:]), "float32") for x in before]
        logits, *state = one_step.predict_on_batch([ids, *state])
        return logits[:, 0], state

    return step
