# %% setup
import keras
import numpy as np

from rnnkit import exercises

# %% [markdown] 09.1 task
# ### Exercise 1: predict
#
# Don't run anything, 0 is the blank. What do these three paths collapse to: `[0, 2, 2, 0, 2, 1, 1,
# 0]`, `[1, 1, 1]` and `[0, 0, 0]`? And how many steps must a sequence have at least so that CTC can
# give it the labels `[3, 3, 5]`?

# %% 09.1 stub
answer = None  # [labels, labels, labels, number of steps], three lists and a number

# %% 09.1 check
exercises.check("09.1", answer)

# %% 09.1 solution
answer = [[2, 2, 1], [1], [], 4]

# %% 09.1 wrong: merged before the blanks are dropped
answer = [[2, 1], [1], [], 4]

# %% 09.1 wrong: no label of the result
answer = [[2, 2, 1], [1], [0], 4]

# %% 09.1 wrong: equal neighbours are merged
answer = [[2, 2, 1], [1, 1, 1], [], 4]

# %% 09.1 wrong: one long 3
answer = [[2, 2, 1], [1], [], 3]

# %% [markdown] 09.2 task
# ### Exercise 2: who is in the test?
#
# Twenty people have recorded ten takes of each word. Here are four ways to choose the test part:
#
# 1. a fifth of all recordings, drawn at random;
# 2. all recordings of four people, drawn at random;
# 3. all recordings made on Friday (everybody came on each day from Monday to Friday);
# 4. the last two takes of each word by each person, which were recorded after the others.
#
# Which of them tells how well a stranger will be understood?

# %% 09.2 stub
answer = None  # four values, True or False

# %% 09.2 check
exercises.check("09.2", answer)

# %% 09.2 solution
answer = [False, True, False, False]

# %% 09.2 wrong: drawn at random, recordings
answer = [True, True, False, False]

# %% 09.2 wrong: a new day
answer = [False, True, True, False]

# %% 09.2 wrong: a later take
answer = [False, True, False, True]

# %% 09.2 wrong: nobody whose recordings
answer = [False, False, False, False]

# %% [markdown] 09.3 task
# ### Exercise 3: the sum over all paths
#
# Write the sum in CTC's loss. `p`, float (T, K), has the probability of each label at each step, 0
# is the blank. `labels` is a list of integers from 1 on, which may be empty and may have equal
# neighbours. Return the probability of all paths that collapse to `labels`, 0 if there are none.
#
# The check also has 40 steps, too many to try all paths. Write the labels with blanks around them,
# such as `[0, 3, 0, 3, 0, 5, 0]`, and go through the steps: for each place in this list, how
# probable are all beginnings of paths that have come to this place? A path comes to a place from
# the same place or from the one before. It comes from two before if the blank between may be left
# out. When may it?


# %% 09.3 stub
def ctc_probability(p, labels):
    return None  # a number from 0 to 1


# %% 09.3 check
exercises.check("09.3", ctc_probability)


# %% 09.3 solution
def ctc_probability(p, labels):
    places = [0]
    for label in labels:
        places += [label, 0]
    forward = np.zeros(len(places))
    forward[:2] = p[0, places[:2]]
    for step in p[1:]:
        arrived = forward.copy()
        arrived[1:] += forward[:-1]
        for i in range(3, len(places), 2):
            if places[i] != places[i - 2]:
                arrived[i] += forward[i - 2]
        forward = arrived * step[places]
    return forward[-2:].sum()


# %% 09.3 solution
def ctc_probability(p, labels):
    beginnings = {((), 0): 1.0}  # (what it collapses to, its last label) -> probability
    for step in p:
        longer = {}
        for (found, last), chance in beginnings.items():
            for label, share in enumerate(step):
                is_new = label not in (0, last)
                after = (*found, label) if is_new else found
                if after == tuple(labels[: len(after)]):
                    key = after, label
                    longer[key] = longer.get(key, 0) + chance * share
        beginnings = longer
    total = 0
    for (found, _), chance in beginnings.items():
        if found == tuple(labels):
            total += chance
    return total


# %% 09.3 wrong: a blank must stand between
def ctc_probability(p, labels):
    places = [0]
    for label in labels:
        places += [label, 0]
    forward = np.zeros(len(places))
    forward[:2] = p[0, places[:2]]
    for step in p[1:]:
        arrived = forward.copy()
        arrived[1:] += forward[:-1]
        arrived[3::2] += forward[1:-2:2]
        forward = arrived * step[places]
    return forward[-2:].sum()


# %% 09.3 wrong: of the most probable path alone
def ctc_probability(p, labels):
    places = [0]
    for label in labels:
        places += [label, 0]
    best = np.zeros(len(places))
    best[:2] = p[0, places[:2]]
    for step in p[1:]:
        arrived = best.copy()
        arrived[1:] = np.maximum(arrived[1:], best[:-1])
        for i in range(3, len(places), 2):
            if places[i] != places[i - 2]:
                arrived[i] = max(arrived[i], best[i - 2])
        best = arrived * step[places]
    return best[-2:].max()


# %% 09.3 wrong: may end in the last label or in a blank
def ctc_probability(p, labels):
    places = [0]
    for label in labels:
        places += [label, 0]
    forward = np.zeros(len(places))
    forward[:2] = p[0, places[:2]]
    for step in p[1:]:
        arrived = forward.copy()
        arrived[1:] += forward[:-1]
        for i in range(3, len(places), 2):
            if places[i] != places[i - 2]:
                arrived[i] += forward[i - 2]
        forward = arrived * step[places]
    return forward[-2] if labels else forward[-1]


# %% 09.3 wrong: may begin with a blank or with the first label
def ctc_probability(p, labels):
    places = [0]
    for label in labels:
        places += [label, 0]
    forward = np.zeros(len(places))
    forward[0] = p[0, 0]
    for step in p[1:]:
        arrived = forward.copy()
        arrived[1:] += forward[:-1]
        for i in range(3, len(places), 2):
            if places[i] != places[i - 2]:
                arrived[i] += forward[i - 2]
        forward = arrived * step[places]
    return forward[-2:].sum()


# %% 09.3 wrong: may be left out
def ctc_probability(p, labels):
    places = [0]
    for label in labels:
        places += [label, 0]
    forward = np.zeros(len(places))
    forward[:2] = p[0, places[:2]]
    for step in p[1:]:
        arrived = forward.copy()
        arrived[1:] += forward[:-1]
        forward = arrived * step[places]
    return forward[-2:].sum()


# %% 09.3 wrong: not its logarithm
def ctc_probability(p, labels):
    beginnings = {((), 0): 1.0}
    for step in p:
        longer = {}
        for (found, last), chance in beginnings.items():
            for label, share in enumerate(step):
                is_new = label not in (0, last)
                after = (*found, label) if is_new else found
                longer[after, label] = longer.get((after, label), 0) + chance * share
        beginnings = longer
    found = [beginnings.get((tuple(labels), label), 0) for label in range(p.shape[1])]
    return -np.log(sum(found))


# %% [markdown] 09.4 task
# ### Exercise 4: the label error rate
#
# `guesses` is a list of sequences, each a list of integers, and `truths` has what they should be,
# in the same order. A guess may be empty or too long. Return the label error rate of all of them
# together: how many labels must be inserted, deleted or replaced, divided by the number of true
# labels.
#
# The fewest edits can be found as the cheapest alignment in section 3: between the first `i` labels
# of a guess and the first `j` of a truth, the last edit deletes, inserts or replaces a label, or
# two equal ones need none.


# %% 09.4 stub
def label_error_rate(guesses, truths):
    return None  # a number, 0 if all is right


# %% 09.4 check
exercises.check("09.4", label_error_rate)


# %% 09.4 solution
def label_error_rate(guesses, truths):
    edits = 0
    for guess, truth in zip(guesses, truths, strict=True):
        cost = np.zeros((len(guess) + 1, len(truth) + 1))
        cost[:, 0] = range(len(guess) + 1)
        cost[0] = range(len(truth) + 1)
        for i, said in enumerate(guess):
            for j, right in enumerate(truth):
                one_more = min(cost[i, j + 1], cost[i + 1, j]) + 1
                cost[i + 1, j + 1] = min(one_more, cost[i, j] + (said != right))
        edits += cost[-1, -1]
    return edits / sum(len(truth) for truth in truths)


# %% 09.4 solution
def edit_distance(guess, truth):
    if not guess or not truth:
        return len(guess) + len(truth)
    if guess[0] == truth[0]:
        return edit_distance(guess[1:], truth[1:])
    deleted = edit_distance(guess[1:], truth)
    inserted = edit_distance(guess, truth[1:])
    replaced = edit_distance(guess[1:], truth[1:])
    return 1 + min(deleted, inserted, replaced)


def label_error_rate(guesses, truths):
    edits = sum(map(edit_distance, guesses, truths))
    return edits / sum(map(len, truths))


# %% 09.4 wrong: the mean of the strings' own rates
def label_error_rate(guesses, truths):
    def edit_distance(guess, truth):
        if not guess or not truth:
            return len(guess) + len(truth)
        replaced = edit_distance(guess[1:], truth[1:]) + (guess[0] != truth[0])
        deleted = edit_distance(guess[1:], truth) + 1
        inserted = edit_distance(guess, truth[1:]) + 1
        return min(replaced, deleted, inserted)

    rates = []
    for guess, truth in zip(guesses, truths, strict=True):
        rates.append(edit_distance(guess, truth) / len(truth))
    return np.mean(rates)


# %% 09.4 wrong: one label too many moves all others
def label_error_rate(guesses, truths):
    errors = 0
    for guess, truth in zip(guesses, truths, strict=True):
        for said, right in zip(guess, truth, strict=False):
            errors += said != right
        errors += abs(len(guess) - len(truth))
    return errors / sum(len(truth) for truth in truths)


# %% 09.4 wrong: by the number of true labels
def label_error_rate(guesses, truths):
    def edit_distance(guess, truth):
        if not guess or not truth:
            return len(guess) + len(truth)
        replaced = edit_distance(guess[1:], truth[1:]) + (guess[0] != truth[0])
        deleted = edit_distance(guess[1:], truth) + 1
        inserted = edit_distance(guess, truth[1:]) + 1
        return min(replaced, deleted, inserted)

    edits = sum(map(edit_distance, guesses, truths))
    return edits / sum(len(guess) for guess in guesses)


# %% 09.4 wrong: a replacement is one edit
def label_error_rate(guesses, truths):
    def edit_distance(guess, truth):
        if not guess or not truth:
            return len(guess) + len(truth)
        if guess[0] == truth[0]:
            return edit_distance(guess[1:], truth[1:])
        deleted = edit_distance(guess[1:], truth)
        inserted = edit_distance(guess, truth[1:])
        return 1 + min(deleted, inserted)

    edits = sum(map(edit_distance, guesses, truths))
    return edits / sum(map(len, truths))


# %% 09.4 wrong: may be above 1
def label_error_rate(guesses, truths):
    def edit_distance(guess, truth):
        if not guess or not truth:
            return len(guess) + len(truth)
        replaced = edit_distance(guess[1:], truth[1:]) + (guess[0] != truth[0])
        deleted = edit_distance(guess[1:], truth) + 1
        inserted = edit_distance(guess, truth[1:]) + 1
        return min(replaced, deleted, inserted)

    edits = sum(map(edit_distance, guesses, truths))
    return min(1, edits / sum(map(len, truths)))


# %% [markdown] 09.5 task
# ### Exercise 5: build a recogniser
#
# An invented language has three words, 1, 2 and 3. Each consists of the same three sounds in an
# order of its own, and a sound lasts one step or two. A step is a vector of six numbers, with
# noise. Strings of two to four words, with silence between, have 40 steps each. Here is a network
# that reads a single word:
#
# ```python
# def build():
#     inputs = keras.Input((None, 6))
#     h = keras.layers.GRU(4)(inputs)
#     outputs = keras.layers.Dense(3, activation="softmax")(h)
#     model = keras.Model(inputs, outputs)
#     model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
#     return model
# ```
#
# Write `build` so that it returns a network for strings, compiled, which learns by CTC. The check
# trains it 15 epochs on 1,000 strings (labels: int (N, 4), filled up with 0), takes the most
# probable label of each step, collapses, and wants a label error rate of at most 0.1 on new
# strings. That takes about 15 seconds.


# %% 09.5 stub
def build():
    return None  # a compiled keras.Model: (N, 40, 6) -> logits of the words and the blank


# %% 09.5 check
exercises.check("09.5", build)


# %% 09.5 solution
def build():
    inputs = keras.Input((None, 6))
    h = keras.layers.GRU(32, return_sequences=True)(inputs)
    outputs = keras.layers.Dense(4)(h)
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.Adam(1e-2), keras.losses.CTC())
    return model


# %% 09.5 wrong: for each step
def build():
    inputs = keras.Input((None, 6))
    h = keras.layers.GRU(32)(inputs)
    outputs = keras.layers.Dense(4)(h)
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.Adam(1e-2), keras.losses.CTC())
    return model


# %% 09.5 wrong: the blank needs
def build():
    inputs = keras.Input((None, 6))
    h = keras.layers.GRU(32, return_sequences=True)(inputs)
    outputs = keras.layers.Dense(3)(h)
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.Adam(1e-2), keras.losses.CTC())
    return model


# %% 09.5 wrong: takes logits
def build():
    inputs = keras.Input((None, 6))
    h = keras.layers.GRU(32, return_sequences=True)(inputs)
    outputs = keras.layers.Dense(4, activation="softmax")(h)
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.Adam(1e-2), keras.losses.CTC())
    return model


# %% 09.5 wrong: the loss is not CTC
def build():
    inputs = keras.Input((None, 6))
    h = keras.layers.GRU(32, return_sequences=True)(inputs)
    outputs = keras.layers.Dense(4)(h)
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.Adam(1e-2), "mse")
    return model


# %% 09.5 wrong: too few steps
def build():
    inputs = keras.Input((None, 6))
    h = keras.layers.AveragePooling1D(8)(inputs)
    h = keras.layers.GRU(32, return_sequences=True)(h)
    outputs = keras.layers.Dense(4)(h)
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.Adam(1e-2), keras.losses.CTC())
    return model


# %% 09.5 wrong: it says hardly anything but blanks
def build():
    inputs = keras.Input((None, 6))
    h = keras.layers.GRU(4, return_sequences=True)(inputs)
    outputs = keras.layers.Dense(4)(h)
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.Adam(1e-2), keras.losses.CTC())
    return model
