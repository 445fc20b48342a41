# %% setup
import numpy as np

from rnnkit import exercises

# %% [markdown] 04.1 task
# ### Exercise 1: predict
#
# A classifier calls 40 reviews positive, and 30 of them are. It calls 60 negative, and 20 of those
# are positive after all. What are its precision, its recall and its F1?

# %% 04.1 stub
answer = None  # [precision, recall, F1]

# %% 04.1 check
exercises.check("04.1", answer)

# %% 04.1 solution
precision, recall = 30 / 40, 30 / 50
answer = [precision, recall, 2 * precision * recall / (precision + recall)]

# %% 04.1 wrong: are swapped
answer = [0.6, 0.75, 2 / 3]

# %% 04.1 wrong: harmonic mean
answer = [0.75, 0.6, 0.675]

# %% [markdown] 04.2 task
# ### Exercise 2: pad so that cuDNN can run
#
# Write the padding: a list of lists of ids becomes one int array (B, length). Padding is 0 and
# stands on the right. A row that is too long is cut at its end. An empty row becomes one unknown
# word, which has the id 1: a row of nothing but padding can stop a GPU.


# %% 04.2 stub
def pad(rows, length):
    return None  # your code


# %% 04.2 check
exercises.check("04.2", pad)


# %% 04.2 solution
def pad(rows, length):
    ids = np.zeros((len(rows), length), int)
    for number, row in enumerate(rows):
        row = row[:length] or [1]
        ids[number, : len(row)] = row
    return ids


# %% 04.2 wrong: on the left
def pad(rows, length):
    return [[0] * (length - len(row[:length])) + row[:length] for row in rows]


# %% 04.2 wrong: nothing but padding
def pad(rows, length):
    return [row[:length] + [0] * (length - len(row[:length])) for row in rows]


# %% [markdown] 04.3 task
# ### Exercise 3: the mean over words, without padding
#
# The model of averaged embeddings needs one vector a review: vectors float (B, T, D) and mask
# (B, T), 1 for a word and 0 for padding, give the mean over the words, float (B, D).


# %% 04.3 stub
def masked_mean(vectors, mask):
    return None  # your code


# %% 04.3 check
exercises.check("04.3", masked_mean)


# %% 04.3 solution
def masked_mean(vectors, mask):
    total = (vectors * mask[..., None]).sum(axis=1)
    return total / mask.sum(axis=1, keepdims=True)


# %% 04.3 wrong: the mask is not used
def masked_mean(vectors, mask):
    return vectors.mean(axis=1)


# %% 04.3 wrong: a sum stands where a mean belongs
def masked_mean(vectors, mask):
    return (vectors * mask[..., None]).sum(axis=1)


# %% 04.3 wrong: it is counted
def masked_mean(vectors, mask):
    return (vectors * mask[..., None]).mean(axis=1)


# %% [markdown] 04.4 task
# ### Exercise 4: beat the bag of words
#
# In the check's small corpus *not dull* is praise. A linear model on single words reads about half
# of it right. Write the features that it counts: tokens, a list of words, give a list of strings.
# With yours the same linear model must read 95 % of new texts right.


# %% 04.4 stub
def features(tokens):
    return None  # your code


# %% 04.4 check
exercises.check("04.4", features)


# %% 04.4 solution
def features(tokens):
    pairs = [f"{first} {second}" for first, second in zip(tokens, tokens[1:], strict=False)]
    return tokens + pairs


# %% 04.4 wrong: of new texts right
def features(tokens):
    return tokens


# %% 04.4 wrong: a list of strings
def features(tokens):
    return " ".join(tokens)
