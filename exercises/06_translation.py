# %% setup
import numpy as np

from rnnkit import exercises

# %% [markdown] 06.1 task
# ### Exercise 1: predict
#
# A target sentence has the ids 7 and 8; START is 2 and END is 3. What does the decoder read during
# training, and what must it predict at each of these steps?

# %% 06.1 stub
answer = None  # [what it reads, what it must predict]

# %% 06.1 check
exercises.check("06.1", answer)

# %% 06.1 solution
answer = [[2, 7, 8], [7, 8, 3]]

# %% 06.1 wrong: are the same
answer = [[2, 7, 8], [2, 7, 8]]

# %% 06.1 wrong: begins with START
answer = [[7, 8, 3], [7, 8, 3][::-1]]

# %% [markdown] 06.2 task
# ### Exercise 2: attention
#
# Write attention for one sentence. Each of T queries float (T, D) looks at S source words, which
# have keys float (S, D), values float (S, E) and a mask (S,), 0 for padding. The weights are the
# softmax of the scalar products. Return contexts float (T, E) and weights float (T, S).


# %% 06.2 stub
def attention(query, keys, values, mask):
    return None  # contexts, weights


# %% 06.2 check
exercises.check("06.2", attention)


# %% 06.2 solution
def attention(query, keys, values, mask):
    scores = np.where(mask > 0, query @ keys.T, -np.inf)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights = weights / weights.sum(axis=1, keepdims=True)
    return weights @ values, weights


# %% 06.2 wrong: the mask is forgotten
def attention(query, keys, values, mask):
    weights = np.exp(query @ keys.T)
    weights = weights / weights.sum(axis=1, keepdims=True)
    return weights @ values, weights


# %% 06.2 wrong: over the wrong axis
def attention(query, keys, values, mask):
    weights = np.exp(query @ keys.T)
    weights = weights / weights.sum(axis=0, keepdims=True)
    return weights @ values, weights


# %% [markdown] 06.3 task
# ### Exercise 3: which hypothesis wins?
#
# A sum of log-probabilities favours short sentences. Write the choice with length normalisation:
# hypotheses, a list of pairs (ids, log_probability), and alpha give the ids of the best. Its score
# is the log-probability divided by the length to the power of alpha.


# %% 06.3 stub
def best_of(hypotheses, alpha):
    return None  # your code


# %% 06.3 check
exercises.check("06.3", best_of)


# %% 06.3 solution
def best_of(hypotheses, alpha):
    return max(hypotheses, key=lambda pair: pair[1] / len(pair[0]) ** alpha)[0]


# %% 06.3 wrong: the length has no say
def best_of(hypotheses, alpha):
    return max(hypotheses, key=lambda pair: pair[1])[0]


# %% 06.3 wrong: the larger log-probability wins
def best_of(hypotheses, alpha):
    return min(hypotheses, key=lambda pair: pair[1] / len(pair[0]) ** alpha)[0]


# %% [markdown] 06.4 task
# ### Exercise 4: score an attention map
#
# The true alignment is a set of pairs (target place, source place). Read the map, weights float
# (T, S), by taking the largest weight of each target word, and return the alignment error rate:
# one minus twice the pairs in both, divided by the pairs found plus the true pairs.


# %% 06.4 stub
def alignment_error(weights, truth):
    return None  # your code


# %% 06.4 check
exercises.check("06.4", alignment_error)


# %% 06.4 solution
def alignment_error(weights, truth):
    found = {(place, int(row.argmax())) for place, row in enumerate(weights)}
    return 1 - 2 * len(found & truth) / (len(found) + len(truth))


# %% 06.4 wrong: divide by both sizes
def alignment_error(weights, truth):
    found = {(place, int(row.argmax())) for place, row in enumerate(weights)}
    return 1 - len(found & truth) / len(found)


# %% 06.4 wrong: over the wrong axis
def alignment_error(weights, truth):
    found = {(int(row.argmax()), place) for place, row in enumerate(weights.T)}
    return 1 - 2 * len(found & truth) / (len(found) + len(truth))


# %% [markdown] 06.5 task
# ### Exercise 5: beat greedy search
#
# `step(ids)` takes the words so far, a list, and returns the log-probabilities of the next word,
# float (4,). Find the six words with the highest log-probability in all. The greedy choice, the
# likeliest word at each step, misses it.


# %% 06.5 stub
def search(step, length):
    return None  # your code


# %% 06.5 check
exercises.check("06.5", search)


# %% 06.5 solution
def search(step, length, beams=16):
    paths = [([], 0.0)]
    for _ in range(length):
        paths = [
            ([*ids, word], total + gain)
            for ids, total in paths
            for word, gain in enumerate(step(ids))
        ]
        paths = sorted(paths, key=lambda path: -path[1])[:beams]
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
