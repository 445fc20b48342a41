"""Judges for the exercises of 03_language_modeling."""

import numpy as np

from rnnkit.exercises import array, call, close, exercise, told

SIZE = 40  # words of the small language of exercise 4
LIMIT = 7.3  # its perplexity to beat: adding one to each count gives 8.8, a mixture about 7.0


@exercise("03.1", "exp of the mean of -log p. Or: the inverse of the geometric mean.")
def of_three(answer):
    value = array(answer, ())
    if close(value, 4):
        return None
    if close(value, 2):
        return "2 is the mean surprise in bits. The perplexity is 2 to that power."
    if close(value, np.log(4)):
        return "that is the mean surprise in nats: take the exponential."
    if close(value, 1 / np.mean([1 / 2, 1 / 4, 1 / 8])):
        return "the mean is taken over the logarithms, not over the probabilities."
    if close(value, 64):
        return "64 is the inverse of the product: a mean over the three words is missing."
    return "take the mean of -log p over the three words, then its exponential."


@exercise("03.2", "weigh by the mask and divide by the number of words, not of places.")
def masked_perplexity(function):
    log_p = np.log([[1 / 2, 1 / 4, 1 / 8, 1.0], [1 / 4, 1 / 4, 1 / 1024, 1 / 1024]])
    mask = np.array([[1, 1, 1, 0], [1, 1, 0, 0]])
    value = array(call(function, log_p, mask), (), "what your function returns")
    words = -log_p[mask > 0]
    if close(value, np.exp(words.mean())):
        return None
    if close(value, np.exp(-log_p.mean())):
        return "padding is counted: the mask is not used."
    if close(value, np.exp(words.sum() / mask.size)):
        return "padding is counted in the number of places: divide by the sum of the mask."
    if close(value, np.exp(words.sum())):
        return "a sum stands where a mean belongs."
    if close(value, words.mean()):
        return "that is the mean surprise: take the exponential."
    rows = [-(row * keep).sum() / keep.sum() for row, keep in zip(log_p, mask, strict=True)]
    if close(value, np.exp(np.mean(rows))):
        return "each row has the same say, however long it is: take one mean over all words."
    return "take -log p where the mask is 1, then one mean, then the exponential."


@exercise("03.3", "sort, sum up from the largest, and keep words until the sum reaches p.")
def nucleus(function):
    given, right = np.array([0.1, 0.4, 0.2, 0.3]), np.array([0, 4, 2, 3]) / 9
    answer = array(call(function, given, 0.8), (4,), "what your function returns")
    kept = answer > 0
    if close(answer, [0, 4 / 7, 0, 3 / 7]):
        return "0.4 and 0.3 make 0.7, which is below 0.8: the word that crosses p is kept too."
    if close(answer, given * (right > 0)):
        return "the words are right, but what is kept must sum to one again."
    if kept.all():
        return "no word is left out: at p = 0.8 the word with 0.1 is."
    if not close(answer, right):
        return "for [0.1, 0.4, 0.2, 0.3] and p = 0.8, keep 0.4, 0.3 and 0.2, and divide by 0.9."
    alone = array(call(function, np.array([0.7, 0.2, 0.1]), 0.5), (3,))
    if not close(alone, [1, 0, 0]):
        return "for [0.7, 0.2, 0.1] and p = 0.5 the first word alone is enough."
    return None


def small_language(seed, length=1500):
    """A text of a made language in which few words follow each word: int (length + 1,)."""
    rng = np.random.default_rng(1)
    follows = 0.9 * rng.dirichlet(np.full(SIZE, 0.05), size=SIZE)
    follows += 0.1 * rng.dirichlet(np.full(SIZE, 0.5))
    draw, ids = np.random.default_rng(seed), [0]
    for _ in range(length):
        ids.append(int(draw.choice(SIZE, p=follows[ids[-1]])))
    return np.array(ids)


@exercise("03.4", "counts alone fail on a pair never seen: mix in how often each word occurs.")
def bigram(function):
    held_out = small_language(3)
    table = array(call(function, small_language(2), SIZE), (SIZE, SIZE), "your table")
    if (table < 0).any() or not np.allclose(table.sum(axis=1), 1, atol=1e-3):
        return "each row must be probabilities: none below 0, with a sum of 1."
    given = table[held_out[:-1], held_out[1:]]
    if not given.all():
        return (
            f"{(given == 0).mean():.1%} of the held-out pairs get probability 0, so the perplexity "
            "is infinite: keep something for pairs never seen."
        )
    value = np.exp(-np.log(given).mean())
    if value > LIMIT:
        return f"the perplexity on held-out text is {value:.2f}: get it to {LIMIT} or below."
    return None


KEYS = (1, 2, 3, 4)  # the key words of the language of exercise 5
FILLERS = (5, 6, 7, 8, 9, 10)
QUESTION = 11
REMEMBERED = 3.2  # perplexity to reach: 2.9 is the best possible, 3.9 without the key word


def key_texts(seed, count):
    """Texts such as 2 7 5 5 11 2 9 6 8 11 2: int (count, 26), without padding."""
    rng = np.random.default_rng(seed)
    keys = rng.choice(KEYS, size=(count, 1))
    question = np.full((count, 1), QUESTION)
    pieces = [keys]
    for _ in range(5):
        pieces += [rng.choice(FILLERS, size=(count, 3)), question, keys]
    return np.concatenate(pieces, axis=1)


@exercise(
    "03.5",
    "an Embedding, an LSTM or GRU with return_sequences=True, a Dense with softmax.",
    trains=True,
)
def key_model(function):
    import keras

    keras.utils.set_random_seed(0)
    vocab_size = QUESTION + 1
    model = call(function, vocab_size)
    if not isinstance(model, keras.Model):
        return f"build returns {type(model).__name__}: return the keras.Model."
    texts = key_texts(1, 64)
    inputs = texts[:, :-1]
    wrong = _key_model_fault(model, inputs, vocab_size)
    if wrong:
        return wrong
    train, test = key_texts(2, 1600), key_texts(3, 200)
    model.fit(train[:, :-1], train[:, 1:], epochs=6, batch_size=32, verbose=0)
    p = model.predict(test[:, :-1], verbose=0)
    p_target = np.take_along_axis(p, test[:, 1:, None], axis=2)
    value = np.exp(-np.log(np.maximum(p_target, 1e-9)).mean())
    if value > REMEMBERED:
        return (
            f"the perplexity on new texts is {value:.2f}, so it does not remember the key word: "
            "take a recurrent layer with more units, or a higher learning rate."
        )
    return None


def _key_model_fault(model, inputs, vocab_size):
    """Say what keeps a model from being a language model, or None."""
    try:
        p = model.predict(inputs, verbose=0)
    except Exception as error:
        return f"the model does not read ids (B, T): {told(error)}"
    shape, wanted = np.shape(p), (*inputs.shape, vocab_size)
    if shape != wanted:
        return (
            f"for ids {inputs.shape} the model gives {shape}, not {wanted}: "
            "one prediction for each place needs return_sequences=True and a Dense of vocab_size."
        )
    if (p < 0).any() or not np.allclose(p.sum(axis=2), 1, atol=1e-3):
        return "the outputs are no probabilities, they do not sum to 1: end with a softmax."
    changed = inputs.copy()
    changed[:, -1] = KEYS[0]  # in place of the last question mark
    before = model.predict(changed, verbose=0)[:, :-1]
    if not np.allclose(before, p[:, :-1], rtol=0, atol=1e-6):
        return "the model looks into the future: an early prediction depends on a later word."
    if not getattr(model, "compiled", False):
        return "the model is not compiled: call model.compile with an optimizer and a loss."
    return None
