# %% setup
import keras
import numpy as np

from rnnkit import exercises

# %% [markdown] 08.1 task
# ### Exercise 1: predict
#
# The vocabulary has 100 words, with the integers 0 to 99. *The* has 4, *pump* 5, *of* 6, *and* 7;
# *blorn*, *zarv* and *qux* are unknown. Don't run anything: which integers does section 4 give to
# the text *the blorn pump of blorn and zarv*, and which ones to the title *zarv pump and qux*
# (without `[START]` and `[END]`)? An unknown word that can't be copied is 1.

# %% 08.1 stub
answer = None  # [integers of the text, integers of the title], two lists

# %% 08.1 check
exercises.check("08.1", answer)

# %% 08.1 solution
answer = [[4, 100, 5, 6, 100, 7, 101], [101, 5, 7, 1]]

# %% 08.1 wrong: the same word
answer = [[4, 100, 5, 6, 101, 7, 102], [102, 5, 7, 1]]

# %% 08.1 wrong: stands in neither
answer = [[4, 100, 5, 6, 100, 7, 101], [101, 5, 7, 102]]

# %% 08.1 wrong: in the title
answer = [[4, 100, 5, 6, 100, 7, 101], [100, 5, 7, 1]]

# %% [markdown] 08.2 task
# ### Exercise 2: who can write it?
#
# Three networks, none of whose outputs is changed afterwards: (first row) encoder and decoder
# without attention, (second row) with attention, (third row) with attention and copying. Three
# words: (a) a word of the vocabulary that the text doesn't have, (b) an unknown word that the text
# has, (c) an unknown word that the text doesn't have. Which network can give a probability above
# zero to which word?

# %% 08.2 stub
answer = None  # three rows of three, True or False

# %% 08.2 check
exercises.check("08.2", answer)

# %% 08.2 solution
answer = [[True, False, False], [True, False, False], [True, True, False]]

# %% 08.2 wrong: attention alone
answer = [[True, False, False], [True, True, False], [True, True, False]]

# %% 08.2 wrong: from the vocabulary
answer = [[True, False, False], [True, False, False], [False, True, False]]

# %% 08.2 wrong: nowhere to be had
answer = [[True, False, False], [True, False, False], [True, True, True]]

# %% [markdown] 08.3 task
# ### Exercise 3: copying
#
# Write the mixture of section 5 for one step of one title. `chosen`, float (V,), has a probability
# for each word of the vocabulary. `weights`, float (S,), says how much each place of the text is
# looked at, and `source`, int (S,), which integer stands there. A word may stand in several places,
# and integers from V on are unknown words. `gate` is a number. Return the probabilities of all
# `most` integers, float (most,).


# %% 08.3 stub
def mixture(chosen, weights, source, gate, most):
    return None  # float (most,), sums to 1


# %% 08.3 check
exercises.check("08.3", mixture)


# %% 08.3 solution
def mixture(chosen, weights, source, gate, most):
    result = np.zeros(most)
    result[: len(chosen)] = (1 - gate) * chosen
    for weight, word in zip(weights, source, strict=True):
        result[word] += gate * weight
    return result


# %% 08.3 solution
def mixture(chosen, weights, source, gate, most):
    places = np.eye(most)[source]
    padded = np.pad(chosen, (0, most - len(chosen)))
    return (1 - gate) * padded + gate * weights @ places


# %% 08.3 wrong: several places
def mixture(chosen, weights, source, gate, most):
    result = np.zeros(most)
    result[: len(chosen)] = (1 - gate) * chosen
    result[source] += gate * weights
    return result


# %% 08.3 wrong: the wrong way round
def mixture(chosen, weights, source, gate, most):
    result = np.zeros(most)
    result[: len(chosen)] = gate * chosen
    np.add.at(result, source, (1 - gate) * weights)
    return result


# %% [markdown] 08.4 task
# ### Exercise 4: ROUGE-1
#
# Write ROUGE-1 for one output and one reference, both a list of words: the F1 of the words that are
# common, from 0 to 1. A word counts as often as both have it: of *the the the* and *the cat the*
# two are common. If nothing is common, it's 0.


# %% 08.4 stub
def rouge_1(output, reference):
    return None  # a number


# %% 08.4 check
exercises.check("08.4", rouge_1)


# %% 08.4 solution
def rouge_1(output, reference):
    common = 0
    for word in set(output):
        common += min(output.count(word), reference.count(word))
    if common == 0:
        return 0
    precision = common / len(output)
    recall = common / len(reference)
    return 2 * precision * recall / (precision + recall)


# %% 08.4 wrong: as often as both have it
def rouge_1(output, reference):
    common = len(set(output) & set(reference))
    return 2 * common / (len(output) + len(reference))


# %% 08.4 wrong: the precision alone
def rouge_1(output, reference):
    common = sum(min(output.count(word), reference.count(word)) for word in set(output))
    return common / len(output)


# %% 08.4 wrong: is not 0
def rouge_1(output, reference):
    common = sum(min(output.count(word), reference.count(word)) for word in set(output))
    precision = common / len(output)
    recall = common / len(reference)
    return 2 * precision * recall / (precision + recall) if common else np.nan


# %% [markdown] 08.5 task
# ### Exercise 5: build a network that copies
#
# Sequences of eight integers: a marker, 1, anywhere but last, and seven from 2 to 199. The answer
# is the integer behind the marker. In training the answers lie between 2 and 99, in the check
# between 100 and 199: there, a network that chooses from a vocabulary is always wrong. Here is one:
#
# ```python
# def build():
#     inputs = keras.Input((8,), dtype="int32")
#     x = keras.layers.Embedding(200, 32)(inputs)
#     x = keras.layers.GRU(32)(x)
#     outputs = keras.layers.Dense(200, activation="softmax")(x)
#     model = keras.Model(inputs, outputs)
#     model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
#     return model
# ```
#
# Write `build` so that it returns a network that copies, compiled. The check trains it five epochs
# on 4,000 sequences, whose other integers lie between 2 and 199, and wants 95 % of the new answers
# right.


# %% 08.5 stub
def build():
    return None  # a compiled keras.Model: int (N, 8) -> probabilities (N, 200)


# %% 08.5 check
exercises.check("08.5", build)


# %% 08.5 solution
def build():
    inputs = keras.Input((8,), dtype="int32")
    x = keras.layers.Embedding(200, 32)(inputs)
    x = keras.layers.GRU(32, return_sequences=True)(x)
    scores = keras.layers.Dense(1)(x)[..., 0]
    weights = keras.ops.softmax(scores)
    places = keras.ops.one_hot(inputs, 200)
    outputs = keras.ops.einsum("ns,nsw->nw", weights, places)
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    return model


# %% 08.5 wrong: no copying
def build():
    inputs = keras.Input((8,), dtype="int32")
    x = keras.layers.Embedding(200, 32)(inputs)
    x = keras.layers.GRU(32)(x)
    outputs = keras.layers.Dense(200, activation="softmax")(x)
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    return model
