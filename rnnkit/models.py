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


def translator(source_words, target_words, *, units=64, width=None, dropout=0.0, attention=True):
    """Build an encoder and a decoder of GRUs, with attention after the decoder (Luong 2015).

    source_words, target_words: the sizes of the vocabularies; width: of the embeddings, by default
    `units`. The model maps source (B, S) and inputs (B, T), ids padded on the right with 0, to
    {"logits": float (B, T, V), "attention": float (B, T, S)}; the logits at step t depend on the
    inputs up to t alone, and padding in the source gets no attention. Without attention the
    decoder knows the sentence by its first state only, and "attention" is missing. All GRUs read
    their whole sequence in one call, so cuDNN can run them; `dropout` falls outside of them.
    """
    layers, width = keras.layers, width or units
    source, inputs = (keras.Input((None,), dtype="int32", name=n) for n in ("source", "inputs"))
    embed = keras.initializers.RandomNormal(stddev=0.2)  # Keras' 0.03 makes attention start late
    x = layers.Embedding(source_words, width, embed, mask_zero=True, name="source_embedding")
    x = _dropout(x(source), dropout, "dropout_source")
    encoder = layers.GRU(units, return_sequences=True, return_state=True)
    memory, forward, backward = layers.Bidirectional(encoder, name="encoder")(x)
    state = layers.Dense(units, "tanh", name="bridge")(layers.Concatenate()([forward, backward]))
    y = layers.Embedding(target_words, width, embed, name="target_embedding")(inputs)
    y = _dropout(y, dropout, "dropout_target")
    decoder = layers.GRU(units, return_sequences=True, return_state=True, name="decoder")
    y, _ = decoder(y, initial_state=state)
    outputs = {}
    if attention:
        keys = layers.Dense(units, use_bias=False, name="keys")(memory)
        look = layers.Attention(name="attention")
        context, outputs["attention"] = look([y, memory, keys], return_attention_scores=True)
        y = layers.Concatenate(name="decoder_and_context")([y, context])
    y = layers.Dense(2 * width, "tanh", name="mix")(y)
    y = layers.Dropout(dropout, name="dropout_mix")(y)
    outputs["logits"] = layers.Dense(target_words, name="logits")(y)
    return keras.Model([source, inputs], outputs, name="translator")


def translator_step(model):
    """Turn a trained translator into something that reads sentences and then translates in steps.

    model: what `translator` returns -> `read(source) -> step` with source: int (B, S), from
    [START] to [END], padded on the right, and `step(ids, state) -> logits, state` with ids:
    int (B * K,), the K candidates of a sentence side by side, logits: float (B * K, V), and state:
    float (B * K, H), None at the start. The sentences are read once, and a step costs the same
    wherever it stands. `read` raises ValueError for a sentence that is all padding.
    """
    names = ["bridge", *(["encoder", "keys"] if "attention" in model.output else [])]
    outputs = [keras.tree.flatten(model.get_layer(name).output)[0] for name in names]
    encoder, one_step = keras.Model(model.inputs[0], outputs), _one_word(model, len(names) > 1)

    def read(source):
        source = np.asarray(source, "int32")
        if not source[:, 0].all():
            row = int(np.argmin(source[:, 0] != 0))
            raise ValueError(f"sentence {row} is empty: give [START], its words and [END]")
        # Called directly: it runs once, and to compile it would take longer.
        outputs = keras.tree.flatten(encoder(source, training=False))
        first, *memory = map(keras.ops.convert_to_numpy, outputs)
        memory += [source != 0] if memory else []

        def step(ids, state):
            ids = np.asarray(ids, "int32")[:, None]
            copies = len(ids) // len(source)  # candidates of one sentence see the same memory
            if state is None:
                state = np.repeat(first, copies, axis=0)
            if memory and len(memory[0]) < len(ids):
                memory[:] = [np.repeat(part, copies, axis=0) for part in memory]
            logits, state = one_step.predict_on_batch([ids, state, *memory])
            return logits[:, 0], state

        return step

    return read


def _one_word(model, attends):
    """The decoder alone: ids (B, 1), state (B, H), and memory, keys, mask -> logits, state."""
    get = model.get_layer
    decoder = get("decoder")
    ids, state = keras.Input((1,), dtype="int32"), keras.Input((decoder.units,))
    y, after = decoder(get("target_embedding")(ids), initial_state=state)
    inputs = [ids, state]
    if attends:
        memory = keras.Input((None, 2 * decoder.units))
        keys, mask = keras.Input((None, decoder.units)), keras.Input((None,), dtype="bool")
        context = get("attention")([y, memory, keys], mask=[None, mask])
        y = get("decoder_and_context")([y, context])
        inputs += [memory, keys, mask]
    return keras.Model(inputs, [get("logits")(get("mix")(y)), after])
