# %% setup
import keras
import numpy as np

from rnnkit import exercises

# %% [markdown] 10.1 task
# ### Exercise 1: predict
#
# Don't run anything but a calculator. In some collection a chord has two notes only, and these are
# their probabilities:
#
# | soprano | p(soprano) | p(alto 67, given the soprano) | p(alto 65, given the soprano) |
# |---|---|---|---|
# | 72 | 0.6 | 1 | 0 |
# | 74 | 0.4 | 0.5 | 0.5 |
#
# What is the probability of the chord (74, 65), and what is its NLL in nats? The chord (72, 65)
# never occurs. What probability does it get if you draw each note by itself, each as often as it
# occurs in all chords? And what if you draw the soprano first, then the alto given the soprano?

# %% 10.1 stub
answer = None  # [probability, nats, each by itself, one after the other], four numbers

# %% 10.1 check
exercises.check("10.1", answer)

# %% 10.1 solution
answer = [0.4 * 0.5, -np.log(0.4 * 0.5), 0.6 * (0.4 * 0.5), 0.6 * 0]

# %% 10.1 wrong: the soprano is known
answer = [0.4 * 0.2, -np.log(0.4 * 0.2), 0.12, 0]

# %% 10.1 wrong: the alto's share alone
answer = [0.5, -np.log(0.5), 0.12, 0]

# %% 10.1 wrong: p(soprano 74) times
answer = [0.4 + 0.5, -np.log(0.9), 0.12, 0]

# %% 10.1 wrong: in bits
answer = [0.2, -np.log2(0.2), 0.12, 0]

# %% 10.1 wrong: which is positive
answer = [0.2, np.log(0.2), 0.12, 0]

# %% 10.1 wrong: the mean of the two notes
answer = [0.2, -np.log(0.2) / 2, 0.12, 0]

# %% 10.1 wrong: doesn't know that the soprano is 72
answer = [0.2, 1.61, 0, 0]

# %% 10.1 wrong: how often the alto is 65 after 74
answer = [0.2, 1.61, 0.3, 0]

# %% 10.1 wrong: multiply it by the share of the soprano
answer = [0.2, 1.61, 0.2, 0]

# %% 10.1 wrong: in its row 65 has 0
answer = [0.2, 1.61, 0.12, 0.12]

# %% [markdown] 10.2 task
# ### Exercise 2: which copies could be real?
#
# A collection has 200 chorales in four voices for training and 50 for the test. Pieces in all
# twelve keys are in both parts, and their rules are the same in each key. One of the rules: at the
# end, a certain chord X is always followed by a certain chord Y, never the other way round. No
# piece is so high that the voices couldn't sing it a little higher. A second collection has the
# same rules, but all its pieces, in training and in the test, are in C, D, F or G major.
#
# Whether an augmentation helps, only training tells. But one can ask before whether each piece that
# it makes could stand in its collection, while the test keeps the pieces as they were composed,
# each once. Of which of these is that true?
#
# 1. In the first collection, each training piece is moved up by 3 semitones, all its notes alike.
# 2. In the first collection, each voice of a training piece is moved by an amount of its own, such
#    as the soprano by 3 semitones and the alto by 1.
# 3. In the first collection, the chords of each training piece are taken from the last to the
#    first.
# 4. In the first collection, each piece is moved up by 3 semitones, those of the test too, and the
#    test then has 100 pieces.
# 5. In the second collection, each training piece is moved up by 3 semitones, all its notes alike.
# 6. In the second collection, each training piece in C or F major is moved up by 2 semitones, all
#    its notes alike.

# %% 10.2 stub
answer = None  # six values, True or False

# %% 10.2 check
exercises.check("10.2", answer)

# %% 10.2 solution
answer = [True, False, False, False, False, True]

# %% 10.2 wrong: keeps all rules
answer = [False, False, False, False, False, True]

# %% 10.2 wrong: moved by its own amount
answer = [True, True, False, False, False, True]

# %% 10.2 wrong: Y comes before X
answer = [True, False, True, False, False, True]

# %% 10.2 wrong: as it was composed
answer = [True, False, False, True, False, True]

# %% 10.2 wrong: a key that no piece there has
answer = [True, False, False, False, True, True]

# %% 10.2 wrong: from C to D
answer = [True, False, False, False, False, False]

# %% [markdown] 10.3 task
# ### Exercise 3: nats per chord
#
# A network has given `logits`, float (B, T, 4, K), for `notes`, int (B, T, 4), whose numbers are
# from 0 to K - 1. `weights`, float (B, T, 1), is 1 for each chord and 0 where a piece has ended.
# Return the NLL in nats per chord, in NumPy: the sum over a chord's four notes, the mean over all
# chords that count. The check also has logits in the thousands, for which `np.exp` is too large:
# a softmax stays the same when you subtract the largest logit from all of them.


# %% 10.3 stub
def nats_per_chord(logits, notes, weights):
    return None  # a number


# %% 10.3 check
exercises.check("10.3", nats_per_chord)


# %% 10.3 solution
def nats_per_chord(logits, notes, weights):
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_sum = np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    log_p = shifted - log_sum
    nats = -np.take_along_axis(log_p, notes[..., None], axis=-1)[..., 0]
    return (nats * weights).sum() / weights.sum()


# %% 10.3 wrong: the mean over notes
def nats_per_chord(logits, notes, weights):
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    nats = -np.take_along_axis(log_p, notes[..., None], axis=-1)[..., 0]
    return (nats.mean(axis=2, keepdims=True) * weights).sum() / weights.sum()


# %% 10.3 wrong: padding is counted
def nats_per_chord(logits, notes, weights):
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    nats = -np.take_along_axis(log_p, notes[..., None], axis=-1)[..., 0]
    return nats.sum(axis=2).mean()


# %% 10.3 wrong: divide by the sum of the weights
def nats_per_chord(logits, notes, weights):
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    nats = -np.take_along_axis(log_p, notes[..., None], axis=-1)[..., 0]
    return (nats * weights).sum(axis=2).mean()


# %% 10.3 wrong: each piece has the same say
def nats_per_chord(logits, notes, weights):
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    nats = -np.take_along_axis(log_p, notes[..., None], axis=-1)[..., 0]
    pieces = (nats * weights).sum(axis=(1, 2)) / weights.sum(axis=(1, 2))
    return pieces.mean()


# %% 10.3 wrong: exp overflows
def nats_per_chord(logits, notes, weights):
    p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    p_notes = np.take_along_axis(p, notes[..., None], axis=-1)[..., 0]
    return (-np.log(p_notes) * weights).sum() / weights.sum()


# %% 10.3 wrong: log meets 0
def nats_per_chord(logits, notes, weights):
    scores = np.exp(logits - logits.max(axis=-1, keepdims=True))
    p = scores / scores.sum(axis=-1, keepdims=True)
    p_notes = np.take_along_axis(p, notes[..., None], axis=-1)[..., 0]
    return (-np.log(p_notes) * weights).sum() / weights.sum()


# %% 10.3 wrong: nor a small number be added
def nats_per_chord(logits, notes, weights):
    scores = np.exp(logits - logits.max(axis=-1, keepdims=True))
    p = scores / scores.sum(axis=-1, keepdims=True)
    p_notes = np.take_along_axis(p, notes[..., None], axis=-1)[..., 0]
    return (-np.log(p_notes + 1e-9) * weights).sum() / weights.sum()


# %% 10.3 wrong: the other sign
def nats_per_chord(logits, notes, weights):
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    found = np.take_along_axis(log_p, notes[..., None], axis=-1)[..., 0]
    return (found * weights).sum() / weights.sum()


# %% 10.3 wrong: the sum over all chords
def nats_per_chord(logits, notes, weights):
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    nats = -np.take_along_axis(log_p, notes[..., None], axis=-1)[..., 0]
    return (nats * weights).sum()


# %% [markdown] 10.4 task
# ### Exercise 4: draw a note
#
# Draw one note from `logits`, float (K,), at a temperature: 1 takes the softmax as it is, below 1
# the probable notes come more often, above 1 less often, and at 0 the most probable note comes at
# all times. `rng` is NumPy's, as from `np.random.default_rng(0)`. The check draws some thousand
# times and compares how often each note comes with the softmax at that temperature.


# %% 10.4 stub
def draw(logits, temperature, rng):
    return None  # an integer from 0 to K - 1


# %% 10.4 check
exercises.check("10.4", draw)


# %% 10.4 solution
def draw(logits, temperature, rng):
    if temperature == 0:
        return int(logits.argmax())
    scaled = (logits - logits.max()) / temperature
    scores = np.exp(scaled)
    p = scores / scores.sum()
    return int(rng.choice(len(p), p=p))


# %% 10.4 wrong: don't multiply
def draw(logits, temperature, rng):
    if temperature == 0:
        return int(logits.argmax())
    scores = np.exp(logits * temperature)
    p = scores / scores.sum()
    return int(rng.choice(len(p), p=p))


# %% 10.4 wrong: the temperature changes nothing
def draw(logits, temperature, rng):
    if temperature == 0:
        return int(logits.argmax())
    scores = np.exp(logits - logits.max()) / temperature
    p = scores / scores.sum()
    return int(rng.choice(len(p), p=p))


# %% 10.4 wrong: and no logarithm of them
def draw(logits, temperature, rng):
    if temperature == 0:
        return int(logits.argmax())
    scores = np.exp(np.log(logits) / temperature)
    p = scores / scores.sum()
    return int(rng.choice(len(p), p=p))


# %% 10.4 wrong: the softmax is taken twice
def draw(logits, temperature, rng):
    if temperature == 0:
        return int(logits.argmax())
    p = np.exp(logits) / np.exp(logits).sum()
    scores = np.exp(p / temperature)
    p = scores / scores.sum()
    return int(rng.choice(len(p), p=p))


# %% 10.4 wrong: the signs are turned
def draw(logits, temperature, rng):
    if temperature == 0:
        return int(logits.argmax())
    scores = np.exp(-logits / temperature)
    p = scores / scores.sum()
    return int(rng.choice(len(p), p=p))


# %% 10.4 wrong: it's always 3
def draw(logits, temperature, rng):
    return int(np.argmax(logits / max(temperature, 1e-9)))


# %% 10.4 wrong: make no rng of your own
def draw(logits, temperature, rng):
    if temperature == 0:
        return int(logits.argmax())
    scores = np.exp((logits - logits.max()) / temperature)
    rng = np.random.default_rng(0)
    return int(rng.choice(len(scores), p=scores / scores.sum()))


# %% 10.4 wrong: the rng that's given
def draw(logits, temperature, rng):
    if temperature == 0:
        return int(logits.argmax())
    scores = np.exp((logits - logits.max()) / temperature)
    rng = np.random.default_rng()
    return int(rng.choice(len(scores), p=scores / scores.sum()))


# %% 10.4 wrong: temperature 0 needs a case of its own
def draw(logits, temperature, rng):
    scores = np.exp((logits - logits.max()) / temperature)
    p = scores / scores.sum()
    return int(rng.choice(len(p), p=p))


# %% 10.4 wrong: subtract the largest
def draw(logits, temperature, rng):
    if temperature == 0:
        return int(logits.argmax())
    scores = np.exp(logits / temperature)
    p = scores / scores.sum()
    return int(rng.choice(len(p), p=p))


# %% 10.4 wrong: the note's number
def draw(logits, temperature, rng):
    if temperature == 0:
        return logits.max()
    scores = np.exp((logits - logits.max()) / temperature)
    return rng.choice(logits, p=scores / scores.sum())


# %% [markdown] 10.5 task
# ### Exercise 5: let the low note see the high one
#
# In an invented music each step has two notes, numbers from 0 to 11 on a circle: after 11 comes 0.
# The high note is that of the step before, moved by -2, -1, 1 or 2, each equally likely. The low
# note is the high one minus 3 in one step, minus 4 in the next, and so on by turns. Here is a
# network that tells both from the steps before:
#
# ```python
# def build():
#     previous = keras.Input((None, 2), dtype="int32")
#     notes = keras.Input((None, 2), dtype="int32")  # not used so far
#     embedded = keras.layers.Embedding(12, 16)(previous)
#     embedded = keras.layers.Reshape((-1, 32))(embedded)
#     h = keras.layers.GRU(32, return_sequences=True)(embedded)
#     high = keras.layers.Dense(12)(h)
#     low = keras.layers.Dense(12)(h)
#     logits = keras.ops.stack([high, low], axis=2)
#     model = keras.Model([previous, notes], logits)
#     loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
#     model.compile(keras.optimizers.Adam(1e-2), loss)
#     return model
# ```
#
# For such a network each of the two notes has four equally likely values: its NLL is 2 ln 4 = 2.77
# nats per step at best. Whoever knows the high note knows the low one, so the best possible is
# ln 4 = 1.39.
#
# Write `build` so that the low note's head, and no other, sees the high note of its step, which is
# `notes[:, :, 0]`. The check trains the network 15 epochs and wants an NLL of at most 1.6 nats per
# step on new steps. That takes about 10 seconds.


# %% 10.5 stub
def build():
    return None  # a compiled keras.Model: [previous, notes], int (N, T, 2) -> logits (N, T, 2, 12)


# %% 10.5 check
exercises.check("10.5", build)


# %% 10.5 solution
def build():
    previous = keras.Input((None, 2), dtype="int32")
    notes = keras.Input((None, 2), dtype="int32")
    embedded = keras.layers.Embedding(12, 16)(previous)
    embedded = keras.layers.Reshape((-1, 32))(embedded)
    h = keras.layers.GRU(32, return_sequences=True)(embedded)
    high = keras.layers.Dense(12)(h)
    high_note = keras.layers.Embedding(12, 16)(notes[:, :, 0])
    both = keras.layers.Concatenate()([h, high_note])
    both = keras.layers.Dense(32, activation="relu")(both)
    low = keras.layers.Dense(12)(both)
    logits = keras.ops.stack([high, low], axis=2)
    model = keras.Model([previous, notes], logits)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-2), loss)
    return model


# %% 10.5 wrong: the low note's head doesn't see the high one
def build():
    previous = keras.Input((None, 2), dtype="int32")
    notes = keras.Input((None, 2), dtype="int32")  # not used so far
    embedded = keras.layers.Embedding(12, 16)(previous)
    embedded = keras.layers.Reshape((-1, 32))(embedded)
    h = keras.layers.GRU(32, return_sequences=True)(embedded)
    high = keras.layers.Dense(12)(h)
    low = keras.layers.Dense(12)(h)
    logits = keras.ops.stack([high, low], axis=2)
    model = keras.Model([previous, notes], logits)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-2), loss)
    return model


# %% 10.5 wrong: below the best possible
def build():
    previous = keras.Input((None, 2), dtype="int32")
    notes = keras.Input((None, 2), dtype="int32")
    embedded = keras.layers.Embedding(12, 16)(previous)
    embedded = keras.layers.Reshape((-1, 32))(embedded)
    h = keras.layers.GRU(32, return_sequences=True)(embedded)
    high_note = keras.layers.Embedding(12, 16)(notes[:, :, 0])
    both = keras.layers.Concatenate()([h, high_note])
    high = keras.layers.Dense(12)(both)
    low = keras.layers.Dense(12)(both)
    logits = keras.ops.stack([high, low], axis=2)
    model = keras.Model([previous, notes], logits)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-2), loss)
    return model


# %% 10.5 wrong: which is drawn after it
def build():
    previous = keras.Input((None, 2), dtype="int32")
    notes = keras.Input((None, 2), dtype="int32")
    embedded = keras.layers.Embedding(12, 16)(previous)
    embedded = keras.layers.Reshape((-1, 32))(embedded)
    h = keras.layers.GRU(32, return_sequences=True)(embedded)
    low_note = keras.layers.Embedding(12, 16)(notes[:, :, 1])
    both = keras.layers.Concatenate()([h, low_note])
    high = keras.layers.Dense(12)(both)
    low = keras.layers.Dense(12)(h)
    logits = keras.ops.stack([high, low], axis=2)
    model = keras.Model([previous, notes], logits)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-2), loss)
    return model


# %% 10.5 wrong: the low note that it should tell
def build():
    previous = keras.Input((None, 2), dtype="int32")
    notes = keras.Input((None, 2), dtype="int32")
    embedding = keras.layers.Embedding(12, 16)
    embedded = keras.layers.Reshape((-1, 32))(embedding(previous))
    h = keras.layers.GRU(32, return_sequences=True)(embedded)
    both_notes = keras.layers.Reshape((-1, 32))(embedding(notes))
    both = keras.layers.Concatenate()([h, both_notes])
    high = keras.layers.Dense(12)(h)
    low = keras.layers.Dense(12)(both)
    logits = keras.ops.stack([high, low], axis=2)
    model = keras.Model([previous, notes], logits)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-2), loss)
    return model


# %% 10.5 wrong: it sees later steps
def build():
    previous = keras.Input((None, 2), dtype="int32")
    notes = keras.Input((None, 2), dtype="int32")
    embedded = keras.layers.Embedding(12, 16)(previous)
    embedded = keras.layers.Reshape((-1, 32))(embedded)
    gru = keras.layers.GRU(32, return_sequences=True)
    h = keras.layers.Bidirectional(gru)(embedded)
    high = keras.layers.Dense(12)(h)
    high_note = keras.layers.Embedding(12, 16)(notes[:, :, 0])
    low = keras.layers.Dense(12)(keras.layers.Concatenate()([h, high_note]))
    logits = keras.ops.stack([high, low], axis=2)
    model = keras.Model([previous, notes], logits)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-2), loss)
    return model


# %% 10.5 wrong: without a softmax
def build():
    previous = keras.Input((None, 2), dtype="int32")
    notes = keras.Input((None, 2), dtype="int32")
    embedded = keras.layers.Embedding(12, 16)(previous)
    embedded = keras.layers.Reshape((-1, 32))(embedded)
    h = keras.layers.GRU(32, return_sequences=True)(embedded)
    high = keras.layers.Dense(12, activation="softmax")(h)
    high_note = keras.layers.Embedding(12, 16)(notes[:, :, 0])
    both = keras.layers.Concatenate()([h, high_note])
    low = keras.layers.Dense(12, activation="softmax")(both)
    p = keras.ops.stack([high, low], axis=2)
    model = keras.Model([previous, notes], p)
    model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    return model


# %% 10.5 wrong: no cross-entropy from logits
def build():
    previous = keras.Input((None, 2), dtype="int32")
    notes = keras.Input((None, 2), dtype="int32")
    embedded = keras.layers.Embedding(12, 16)(previous)
    embedded = keras.layers.Reshape((-1, 32))(embedded)
    h = keras.layers.GRU(32, return_sequences=True)(embedded)
    high = keras.layers.Dense(12)(h)
    high_note = keras.layers.Embedding(12, 16)(notes[:, :, 0])
    low = keras.layers.Dense(12)(keras.layers.Concatenate()([h, high_note]))
    logits = keras.ops.stack([high, low], axis=2)
    model = keras.Model([previous, notes], logits)
    model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    return model


# %% 10.5 wrong: should give logits of the shape
def build():
    previous = keras.Input((None, 2), dtype="int32")
    notes = keras.Input((None, 2), dtype="int32")
    embedded = keras.layers.Embedding(12, 16)(previous)
    embedded = keras.layers.Reshape((-1, 32))(embedded)
    h = keras.layers.GRU(32, return_sequences=True)(embedded)
    high = keras.layers.Dense(12)(h)
    high_note = keras.layers.Embedding(12, 16)(notes[:, :, 0])
    low = keras.layers.Dense(12)(keras.layers.Concatenate()([h, high_note]))
    logits = keras.layers.Concatenate()([high, low])
    model = keras.Model([previous, notes], logits)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-2), loss)
    return model


# %% 10.5 wrong: learns too slowly
def build():
    previous = keras.Input((None, 2), dtype="int32")
    notes = keras.Input((None, 2), dtype="int32")
    embedded = keras.layers.Embedding(12, 4)(previous)
    embedded = keras.layers.Reshape((-1, 8))(embedded)
    h = keras.layers.GRU(4, return_sequences=True)(embedded)
    high = keras.layers.Dense(12)(h)
    high_note = keras.layers.Embedding(12, 4)(notes[:, :, 0])
    low = keras.layers.Dense(12)(keras.layers.Concatenate()([h, high_note]))
    logits = keras.ops.stack([high, low], axis=2)
    model = keras.Model([previous, notes], logits)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-3), loss)
    return model
