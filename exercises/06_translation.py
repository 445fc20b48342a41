# %% setup
import keras
import numpy as np

from rnnkit import exercises

# %% [markdown] 06.1 task
# ### Exercise 1: predict
#
# A translation has the ids 7 and 8. `[START]` is 2 and `[END]` is 3. Don't run anything: which
# row does the decoder read in training, and which row must it predict?

# %% 06.1 stub
answer = None  # [what it reads, what it must predict], two lists

# %% 06.1 check
exercises.check("06.1", answer)

# %% 06.1 solution
answer = [[2, 7, 8], [7, 8, 3]]

# %% 06.1 wrong: are the same
answer = [[2, 7, 8], [2, 7, 8]]

# %% 06.1 wrong: begins with [START]
answer = [[7, 8, 3], [7, 8, 3][::-1]]

# %% 06.1 wrong: after [END] nothing is asked
answer = [[2, 7, 8, 3], [7, 8, 3]]

# %% 06.1 wrong: has to end with [END]
answer = [[2, 7, 8], [7, 8]]

# %% [markdown] 06.2 task
# ### Exercise 2: attention
#
# Write attention for one sentence. Each of T queries, float (T, D), looks at S source words. These
# have keys, float (S, D), values, float (S, E), and a mask, bool (S,), which is False for padding.
# Return the contexts, float (T, E), and the weights, float (T, S).


# %% 06.2 stub
def attention(queries, keys, values, mask):
    return None  # contexts, weights


# %% 06.2 check
exercises.check("06.2", attention)


# %% 06.2 solution
def attention(queries, keys, values, mask):
    scores = np.where(mask, queries @ keys.T, -np.inf)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights = weights / weights.sum(axis=1, keepdims=True)
    return weights @ values, weights


# %% 06.2 wrong: the mask is forgotten
def attention(queries, keys, values, mask):
    weights = np.exp(queries @ keys.T)
    weights = weights / weights.sum(axis=1, keepdims=True)
    return weights @ values, weights


# %% 06.2 wrong: over the wrong axis
def attention(queries, keys, values, mask):
    weights = np.exp(queries @ keys.T)
    weights = weights / weights.sum(axis=0, keepdims=True)
    return weights @ values, weights


# %% 06.2 wrong: after the softmax
def attention(queries, keys, values, mask):
    weights = np.exp(queries @ keys.T)
    weights = weights / weights.sum(axis=1, keepdims=True) * mask
    return weights @ values, weights


# %% 06.2 wrong: by the root of D
def attention(queries, keys, values, mask):
    scores = np.where(mask, queries @ keys.T / np.sqrt(keys.shape[1]), -np.inf)
    weights = np.exp(scores)
    weights = weights / weights.sum(axis=1, keepdims=True)
    return weights @ values, weights


# %% 06.2 wrong: exp(0) is 1
def attention(queries, keys, values, mask):
    weights = np.exp(np.where(mask, queries @ keys.T, 0))
    weights = weights / weights.sum(axis=1, keepdims=True)
    return weights @ values, weights


# %% 06.2 wrong: in this order
def attention(queries, keys, values, mask):
    scores = np.where(mask, queries @ keys.T, -np.inf)
    weights = np.exp(scores)
    weights = weights / weights.sum(axis=1, keepdims=True)
    return weights, weights @ values


# %% [markdown] 06.3 task
# ### Exercise 3: copy what you don't know
#
# `words` is what the decoder has written for one sentence, a list of strings, some of them
# `"[UNK]"`. `source_words` are the words of the source, and `weights`, float (T, S), says how much
# attention each written word gave to each source word. Return the list with every `"[UNK]"`
# replaced by the source word that it looked at most.


# %% 06.3 stub
def copy_unknown(words, source_words, weights):
    return None  # a list of words


# %% 06.3 check
exercises.check("06.3", copy_unknown)


# %% 06.3 solution
def copy_unknown(words, source_words, weights):
    copied = []
    for word, row in zip(words, weights, strict=True):
        if word == "[UNK]":
            word = source_words[row.argmax()]
        copied.append(word)
    return copied


# %% 06.3 wrong: the place in the translation
def copy_unknown(words, source_words, weights):
    copied = []
    for place, word in enumerate(words):
        if word == "[UNK]":
            word = source_words[place]
        copied.append(word)
    return copied


# %% 06.3 wrong: every word is replaced
def copy_unknown(words, source_words, weights):
    return [source_words[row.argmax()] for row in weights]


# %% 06.3 wrong: over the wrong axis
def copy_unknown(words, source_words, weights):
    copied = list(words)
    for place, word in enumerate(words):
        if word == "[UNK]":
            copied[place] = source_words[weights.argmax(axis=0)[place]]
    return copied


# %% 06.3 wrong: the same source word
def copy_unknown(words, source_words, weights):
    return ["Ulmstadt" if word == "[UNK]" else word for word in words]


# %% [markdown] 06.4 task
# ### Exercise 4: does attention look at the right word?
#
# `weights`, float (T, S), is an attention map. `truth` has for each of the T written words a tuple
# of the source places that would be right. Return the share of written words whose largest weight
# is *not* on one of these places.


# %% 06.4 stub
def share_of_misses(weights, truth):
    return None  # your code


# %% 06.4 check
exercises.check("06.4", share_of_misses)


# %% 06.4 solution
def share_of_misses(weights, truth):
    misses = 0
    for row, places in zip(weights, truth, strict=True):
        misses += row.argmax() not in places
    return misses / len(truth)


# %% 06.4 wrong: share that is right
def share_of_misses(weights, truth):
    return np.mean([row.argmax() in places for row, places in zip(weights, truth, strict=True)])


# %% 06.4 wrong: only the first
def share_of_misses(weights, truth):
    return np.mean([row.argmax() != places[0] for row, places in zip(weights, truth, strict=True)])


# %% 06.4 wrong: count words, not weight
def share_of_misses(weights, truth):
    on_it = [row[list(places)].sum() for row, places in zip(weights, truth, strict=True)]
    return 1 - np.mean(on_it)


# %% 06.4 wrong: 20 % is 0.2
def share_of_misses(weights, truth):
    return 20


# %% [markdown] 06.5 task
# ### Exercise 5: beat greedy search
#
# `step(ids)` takes the words so far, a list, and returns the log-probabilities of the next word,
# float (4,). Find the six words with the highest log-probability in all. The greedy choice, the
# most probable word at each step, misses them, so keep several beginnings. (Trying all 4,096
# sequences is allowed, too.)


# %% 06.5 stub
def search(step, length):
    return None  # a list of integers


# %% 06.5 check
exercises.check("06.5", search)


# %% 06.5 solution
def search(step, length):
    paths = [([], 0.0)]
    for _ in range(length):
        longer = []
        for ids, total in paths:
            for word, log_p in enumerate(step(ids)):
                longer.append(([*ids, word], total + log_p))
        longer.sort(key=lambda path: path[1], reverse=True)
        paths = longer[:16]
    return paths[0][0]


# %% 06.5 wrong: the greedy path
def search(step, length):
    ids = []
    for _ in range(length):
        ids.append(int(step(ids).argmax()))
    return ids


# %% 06.5 wrong: the best path has
def search(step, length):
    return [0] * length


# %% 06.5 wrong: four beginnings are too few
def search(step, length):
    paths = [([], 0.0)]
    for _ in range(length):
        longer = []
        for ids, total in paths:
            for word, log_p in enumerate(step(ids)):
                longer.append(([*ids, word], total + log_p))
        longer.sort(key=lambda path: path[1], reverse=True)
        paths = longer[:4]
    return paths[0][0]


# %% [markdown] 06.6 task
# ### Exercise 6: predict what the trained network does
#
# Let the network that was trained on the phrasebook translate these four, token by token as they
# are here. Which of them will it get right? Predict first.
#
# - a: `is the cat in the garden ?`
# - b: `i love you`
# - c: `i do not love you .`
# - d: `i don' t love you .`
#
# Then ask it: `translate(pd.Series(["i love you"]))[0]`.

# %% 06.6 stub
answer = None  # the letters of those that it gets right, such as ["a", "b"]

# %% 06.6 check
exercises.check("06.6", answer)

# %% 06.6 solution
answer = ["a", "c"]

# %% 06.6 wrong: no training sentence ends like that
answer = ["a", "b", "c"]

# %% 06.6 wrong: two unknown words
answer = ["a", "c", "d"]

# %% 06.6 wrong: one more is right
answer = ["c"]

# %% [markdown] 06.7 task
# ### Exercise 7: change the model and beat this score
#
# From dates in words to dates in digits: *the twenty third of May nineteen eighty four* becomes
# `1984-05-23`. Here is a small encoder and decoder without attention:
#
# ```python
# def without_attention(n_source, n_target):
#     source = keras.Input((None,), dtype="int32")
#     x = keras.layers.Embedding(n_source, 32, mask_zero=True)(source)
#     values, last = keras.layers.GRU(64, return_sequences=True, return_state=True)(x)
#     target = keras.Input((None,), dtype="int32")
#     y = keras.layers.Embedding(n_target, 32, mask_zero=True)(target)
#     h = keras.layers.GRU(64, return_sequences=True)(y, initial_state=last)
#     logits = keras.layers.Dense(n_target)(h)
#     return keras.Model([source, target], logits)
# ```
#
# Write `build` so that it returns a better one. The check trains it eight epochs on 2,000 dates,
# lets it write 300 new dates, and wants 95 % of them right. The model above stays
# below that.


# %% 06.7 stub
def build(n_source, n_target):
    return None  # a keras.Model([source, target], logits)


# %% 06.7 check
exercises.check("06.7", build)


# %% 06.7 solution
def build(n_source, n_target):
    source = keras.Input((None,), dtype="int32")
    x = keras.layers.Embedding(n_source, 32, mask_zero=True)(source)
    values, last = keras.layers.GRU(64, return_sequences=True, return_state=True)(x)
    target = keras.Input((None,), dtype="int32")
    y = keras.layers.Embedding(n_target, 32, mask_zero=True)(target)
    h = keras.layers.GRU(64, return_sequences=True)(y, initial_state=last)
    context = keras.layers.Attention()([h, values])
    logits = keras.layers.Dense(n_target)(keras.layers.Concatenate()([h, context]))
    return keras.Model([source, target], logits)


# %% 06.7 wrong: of the new dates are right
def build(n_source, n_target):
    source = keras.Input((None,), dtype="int32")
    x = keras.layers.Embedding(n_source, 32, mask_zero=True)(source)
    values, last = keras.layers.GRU(64, return_sequences=True, return_state=True)(x)
    target = keras.Input((None,), dtype="int32")
    y = keras.layers.Embedding(n_target, 32, mask_zero=True)(target)
    h = keras.layers.GRU(64, return_sequences=True)(y, initial_state=last)
    logits = keras.layers.Dense(n_target)(h)
    return keras.Model([source, target], logits)


# %% 06.7 wrong: leave the softmax out
def build(n_source, n_target):
    source = keras.Input((None,), dtype="int32")
    x = keras.layers.Embedding(n_source, 8, mask_zero=True)(source)
    last = keras.layers.GRU(8)(x)
    target = keras.Input((None,), dtype="int32")
    y = keras.layers.Embedding(n_target, 8, mask_zero=True)(target)
    h = keras.layers.GRU(8, return_sequences=True)(y, initial_state=last)
    p = keras.layers.Dense(n_target, activation="softmax")(h)
    return keras.Model([source, target], p)


# %% 06.7 wrong: of the next character
def build(n_source, n_target):
    source = keras.Input((None,), dtype="int32")
    x = keras.layers.Embedding(n_source, 32, mask_zero=True)(source)
    last = keras.layers.GRU(64)(x)
    target = keras.Input((None,), dtype="int32")
    y = keras.layers.Embedding(n_target, 32, mask_zero=True)(target)
    h = keras.layers.GRU(64)(y, initial_state=last)
    return keras.Model([source, target], keras.layers.Dense(n_target)(h))
