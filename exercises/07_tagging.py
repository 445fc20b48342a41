# %% setup
import keras
import numpy as np

from rnnkit import exercises

# %% [markdown] 07.1 task
# ### Exercise 1: predict
#
# A batch has two sentences of 4 and 8 words, so the first one is filled up with 4 places of
# padding. A network labels 9 of the 12 words correctly, and also "labels" all the padding
# correctly. Which accuracy is reported if padding is counted, and which one is meant?

# %% 07.1 stub
answer = None  # [with padding, on the words alone]

# %% 07.1 check
exercises.check("07.1", answer)

# %% 07.1 solution
answer = [(9 + 4) / 16, 9 / 12]

# %% 07.1 wrong: the padding is right as well
answer = [9 / 16, 9 / 12]

# %% 07.1 wrong: the wrong way round
answer = [0.75, 0.8125]

# %% [markdown] 07.2 task
# ### Exercise 2: what can differ?
#
# Two sentences begin alike: A is *guard plans visit*, B is *guard plans help*. Both are given to a
# tagger. At which of the three places can the probabilities of the labels differ between A and B,
# if the recurrent layer is (first row) an LSTM, (second row) a bidirectional LSTM?

# %% 07.2 stub
answer = None  # [[place 1, place 2, place 3], [place 1, place 2, place 3]], True or False each

# %% 07.2 check
exercises.check("07.2", answer)

# %% 07.2 solution
answer = [[False, False, True], [True, True, True]]

# %% 07.2 wrong: only what it has read
answer = [[True, True, True], [True, True, True]]

# %% 07.2 wrong: also at the first place
answer = [[False, False, True], [False, True, True]]

# %% [markdown] 07.3 task
# ### Exercise 3: the forward-backward algorithm
#
# Write what gives the best possible labels. A hidden Markov model has L labels. `start`, float
# (L,), has the probabilities of the first label, `between`, float (L, L), those of the next one
# (from the label of the row to that of the column), and `seen`, float (T, L), says how probable
# the word at each place is under each label. Return the probability of each label at each place
# given all T words, float (T, L). (In section 3 `between` has logarithms, and the label before in
# its columns.) Trying all sequences of labels is allowed; the check has short sentences.


# %% 07.3 stub
def posterior(start, between, seen):
    return None  # float (T, L), each row sums to 1


# %% 07.3 check
exercises.check("07.3", posterior)


# %% 07.3 solution
def posterior(start, between, seen):
    forward = np.zeros_like(seen)
    backward = np.ones_like(seen)
    forward[0] = start * seen[0]
    for t in range(1, len(seen)):
        forward[t] = (forward[t - 1] @ between) * seen[t]
    for t in range(len(seen) - 2, -1, -1):
        backward[t] = between @ (seen[t + 1] * backward[t + 1])
    both = forward * backward
    return both / both.sum(axis=1, keepdims=True)


# %% 07.3 wrong: what comes after
def posterior(start, between, seen):
    forward = np.zeros_like(seen)
    forward[0] = start * seen[0]
    for t in range(1, len(seen)):
        forward[t] = (forward[t - 1] @ between) * seen[t]
    return forward / forward.sum(axis=1, keepdims=True)


# %% 07.3 wrong: sums to 1
def posterior(start, between, seen):
    forward = np.zeros_like(seen)
    backward = np.ones_like(seen)
    forward[0] = start * seen[0]
    for t in range(1, len(seen)):
        forward[t] = (forward[t - 1] @ between) * seen[t]
    for t in range(len(seen) - 2, -1, -1):
        backward[t] = between @ (seen[t + 1] * backward[t + 1])
    return forward * backward


# %% [markdown] 07.4 task
# ### Exercise 4: from labels to names
#
# Labels in the form *BIO* mark spans of words: `B-PER` begins a person, `I-PER` continues it, `O`
# is outside. `labels` is a list of such strings, one for each word. Return a list of the spans as
# `(kind, first, end)`, where the words are `first`, ..., `end - 1`. For instance, `["B-PER",
# "I-PER", "O", "B-LOC"]` gives `[("PER", 0, 2), ("LOC", 3, 4)]`. Two spans may stand side by side;
# an `I-` always continues a span of its kind. (Score names by these, not by words: who finds half
# of each name has found none.)


# %% 07.4 stub
def find_spans(labels):
    return None  # a list of (kind, first, end)


# %% 07.4 check
exercises.check("07.4", find_spans)


# %% 07.4 solution
def find_spans(labels):
    found = []
    for place, label in enumerate(labels):
        if label.startswith("B-"):
            found.append((label[2:], place, place + 1))
        elif label.startswith("I-"):
            kind, first, _ = found.pop()
            found.append((kind, first, place + 1))
    return found


# %% 07.4 wrong: side by side
def find_spans(labels):
    found, first = [], None
    for place, label in enumerate([*labels, "O"]):
        if label != "O" and first is None:
            first = place
        elif label == "O" and first is not None:
            found.append((labels[first][2:], first, place))
            first = None
    return found


# %% 07.4 wrong: one behind the last word
def find_spans(labels):
    found = []
    for place, label in enumerate(labels):
        if label.startswith("B-"):
            found.append((label[2:], place, place))
        elif label.startswith("I-"):
            kind, first, _ = found.pop()
            found.append((kind, first, place))
    return found


# %% [markdown] 07.5 task
# ### Exercise 5: build a tagger
#
# Sequences of ten symbols, integers from 1 to 6. The label of a place is 1 if its symbol comes
# again later in the sequence, else 0. Here is a network (a GRU is a recurrent layer much like an
# LSTM) that gets some 70 % of the places right:
#
# ```python
# def build():
#     model = keras.Sequential(
#         [
#             keras.Input((10,), dtype="int32"),
#             keras.layers.Embedding(7, 16),
#             keras.layers.GRU(32, return_sequences=True),
#             keras.layers.Dense(1, activation="sigmoid"),
#         ]
#     )
#     model.compile(keras.optimizers.Adam(1e-2), "binary_crossentropy")
#     return model
# ```
#
# Write `build` so that it returns a better one, compiled. The check trains it six epochs on 4,000
# sequences and wants 97 % of the places of new ones right.


# %% 07.5 stub
def build():
    return None  # a compiled keras.Model: (N, 10) -> (N, 10, 1)


# %% 07.5 check
exercises.check("07.5", build)


# %% 07.5 solution
def build():
    model = keras.Sequential(
        [
            keras.Input((10,), dtype="int32"),
            keras.layers.Embedding(7, 16),
            keras.layers.Bidirectional(keras.layers.GRU(32, return_sequences=True)),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Adam(1e-2), "binary_crossentropy")
    return model


# %% 07.5 wrong: of the places right
def build():
    model = keras.Sequential(
        [
            keras.Input((10,), dtype="int32"),
            keras.layers.Embedding(7, 16),
            keras.layers.GRU(32, return_sequences=True),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Adam(1e-2), "binary_crossentropy")
    return model


# %% 07.5 wrong: one answer for each place
def build():
    model = keras.Sequential(
        [
            keras.Input((10,), dtype="int32"),
            keras.layers.Embedding(7, 16),
            keras.layers.Bidirectional(keras.layers.GRU(32)),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Adam(1e-2), "binary_crossentropy")
    return model
