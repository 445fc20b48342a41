# %% setup
import keras
import numpy as np

from rnnkit import exercises

# %% [markdown] 03.1 task
# ### Exercise 1: predict
#
# A model gave the three words of a text the probabilities 1/2, 1/4 and 1/8. What is its
# perplexity? You need no computer.

# %% 03.1 stub
answer = None  # a number

# %% 03.1 check
exercises.check("03.1", answer)

# %% 03.1 solution
answer = 4  # the geometric mean of the three is 1/4

# %% 03.1 wrong: in bits
answer = 2

# %% 03.1 wrong: over the logarithms
answer = 3 / (1 / 2 + 1 / 4 + 1 / 8)

# %% [markdown] 03.2 task
# ### Exercise 2: perplexity without padding
#
# Write the score of this notebook: log_probabilities float (B, T), the natural logarithm of what
# each word got, and mask (B, T), 1 for a word and 0 for padding. Return one number.


# %% 03.2 stub
def perplexity(log_probabilities, mask):
    return None  # your code


# %% 03.2 check
exercises.check("03.2", perplexity)


# %% 03.2 solution
def perplexity(log_probabilities, mask):
    return np.exp(-(log_probabilities * mask).sum() / mask.sum())


# %% 03.2 wrong: the mask is not used
def perplexity(log_probabilities, mask):
    return np.exp(-log_probabilities.mean())


# %% 03.2 wrong: divide by the sum of the mask
def perplexity(log_probabilities, mask):
    return np.exp(-(log_probabilities * mask).mean())


# %% 03.2 wrong: a sum stands where a mean belongs
def perplexity(log_probabilities, mask):
    return np.exp(-(log_probabilities * mask).sum())


# %% [markdown] 03.3 task
# ### Exercise 3: nucleus
#
# Write nucleus sampling's filter for one step: probabilities float (V,) and a share p. Keep the
# likeliest words, as few as make up at least p together, set the others to 0, and let what is left
# sum to 1.


# %% 03.3 stub
def nucleus(probabilities, p):
    return None  # your code


# %% 03.3 check
exercises.check("03.3", nucleus)


# %% 03.3 solution
def nucleus(probabilities, p):
    order = np.argsort(-probabilities)
    before = np.cumsum(probabilities[order]) - probabilities[order]
    kept = np.zeros_like(probabilities)
    chosen = order[before < p]
    kept[chosen] = probabilities[chosen]
    return kept / kept.sum()


# %% 03.3 wrong: the word that crosses p is kept too
def nucleus(probabilities, p):
    order = np.argsort(-probabilities)
    chosen = order[np.cumsum(probabilities[order]) <= p]
    kept = np.zeros_like(probabilities)
    kept[chosen] = probabilities[chosen]
    return kept / kept.sum()


# %% 03.3 wrong: must sum to one again
def nucleus(probabilities, p):
    order = np.argsort(-probabilities)
    before = np.cumsum(probabilities[order]) - probabilities[order]
    kept = np.zeros_like(probabilities)
    kept[order[before < p]] = probabilities[order[before < p]]
    return kept


# %% [markdown] 03.4 task
# ### Exercise 4: beat this number
#
# Write a 2-gram model (a *bigram* model) for a language of `size` words. From a text ids int (T,)
# make a table of probabilities float (size, size): row *a* says what follows word *a*. The check
# scores it on a held-out text of the same language. Adding one to each count, the usual first
# idea, gives a perplexity of 8.8. Get to 7.3 or below.


# %% 03.4 stub
def bigram(ids, size):
    return None  # your code


# %% 03.4 check
exercises.check("03.4", bigram)


# %% 03.4 solution
def bigram(ids, size):
    pairs = np.zeros((size, size))
    np.add.at(pairs, (ids[:-1], ids[1:]), 1)
    single = (np.bincount(ids, minlength=size) + 1) / (len(ids) + size)
    seen = pairs.sum(axis=1, keepdims=True)
    return (pairs + 5 * single) / (seen + 5)  # as if each row had seen 5 words more


# %% 03.4 wrong: probability 0
def bigram(ids, size):
    pairs = np.full((size, size), 1e-300)
    np.add.at(pairs, (ids[:-1], ids[1:]), 1)
    pairs[pairs < 1] = 0
    return pairs / pairs.sum(axis=1, keepdims=True)


# %% 03.4 wrong: on held-out text is 8.8
def bigram(ids, size):
    pairs = np.ones((size, size))
    np.add.at(pairs, (ids[:-1], ids[1:]), 1)
    return pairs / pairs.sum(axis=1, keepdims=True)


# %% [markdown] 03.5 task
# ### Exercise 5: a network that remembers
#
# Each text of a small language begins with one of four key words. Later, after each question mark,
# the same key word comes again; what lies between is random. Build and compile a language model for
# it: a Keras model that takes ids (B, T) and gives the probability of each next word,
# (B, T, vocab_size). The check trains it for a few seconds and scores it on new texts. A model that
# knows everything but the key word of the text has a perplexity of 3.9, the best possible is 2.9.
# Get to 3.2 or below.


# %% 03.5 stub
def build(vocab_size):
    return None  # your code: a compiled keras.Model


# %% 03.5 check
exercises.check("03.5", build)


# %% 03.5 solution
def build(vocab_size):
    model = keras.Sequential(
        [
            keras.layers.Embedding(vocab_size, 16),
            keras.layers.LSTM(64, return_sequences=True),
            keras.layers.Dense(vocab_size, activation="softmax"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(1e-2), loss="sparse_categorical_crossentropy")
    return model


# %% 03.5 wrong: return_sequences=True
def build(vocab_size):
    model = keras.Sequential(
        [
            keras.layers.Embedding(vocab_size, 16),
            keras.layers.LSTM(64),
            keras.layers.Dense(vocab_size, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return model


# %% 03.5 wrong: they do not sum to 1
def build(vocab_size):
    model = keras.Sequential(
        [
            keras.layers.Embedding(vocab_size, 16),
            keras.layers.LSTM(64, return_sequences=True),
            keras.layers.Dense(vocab_size),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return model


# %% 03.5 wrong: looks into the future
def build(vocab_size):
    model = keras.Sequential(
        [
            keras.layers.Embedding(vocab_size, 16),
            keras.layers.Bidirectional(keras.layers.LSTM(32, return_sequences=True)),
            keras.layers.Dense(vocab_size, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return model


# %% 03.5 wrong: is not compiled
def build(vocab_size):
    return keras.Sequential(
        [
            keras.layers.Embedding(vocab_size, 16),
            keras.layers.LSTM(64, return_sequences=True),
            keras.layers.Dense(vocab_size, activation="softmax"),
        ]
    )


# %% 03.5 wrong: it does not remember
def build(vocab_size):
    model = keras.Sequential(
        [
            keras.layers.Embedding(vocab_size, 16),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(vocab_size, activation="softmax"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(1e-2), loss="sparse_categorical_crossentropy")
    return model
