"""Judges for the exercises of 06_translation."""

from itertools import product

import numpy as np

from rnnkit.exercises import Mistake, array, call, close, exercise, items, shown


@exercise("06.1", "the input is what was there before, the target is what comes next.")
def teacher_forcing(answer):
    if isinstance(answer, list | tuple) and len(answer) == 2:
        reads, predicts = answer
        if isinstance(reads, list | tuple) and len(reads) == 4:
            return "the input still has its last token: after [END] nothing is asked."
        if isinstance(predicts, list | tuple) and len(predicts) == 2:
            return "the target has to end with [END] (3), or the network never learns to stop."
    pair = array(answer, (2, 3), "your pair")
    if close(pair, [[2, 7, 8], [7, 8, 3]]):
        return None
    if close(pair[0], pair[1]):
        return "input and target are the same: the decoder would only have to copy."
    if close(pair, [[7, 8, 3], [2, 7, 8]]):
        return "input and target are swapped: the target runs one step ahead."
    if close(pair[0], [7, 8, 3]):
        return "the input begins with [START] (2): nothing of the sentence is known yet."
    return "drop the last id for the input, and the first for the target."


@exercise("06.2", "scores = queries @ keys.T; hide padding with -inf; softmax over the source.")
def attention(function):
    rng = np.random.default_rng(0)
    queries, keys, values = (rng.normal(size=shape) for shape in ((3, 4), (5, 4), (5, 2)))
    mask = np.array([True, True, True, True, False])
    pair = call(function, queries, keys, values, mask)
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise Mistake("return two arrays: the contexts and the weights.")
    contexts = array(pair[0], what="the array of contexts")
    weights = array(pair[1], what="the array of weights")
    if contexts.shape == (3, 5) and weights.shape == (3, 2):
        raise Mistake("return the contexts and the weights, in this order.")
    if contexts.shape == (3, 4):
        raise Mistake("a context is made of values, not of keys.")
    contexts = array(contexts, (3, 2), "the array of contexts")
    weights = array(weights, (3, 5), "the array of weights")
    scores = queries @ keys.T
    hidden = np.where(mask, scores, -np.inf)
    right = _softmax(hidden, 1)
    if close(weights, right) and close(contexts, right @ values):
        return None
    if close(weights, right):
        return "the weights are right; a context is the sum of the values, weighted by them."
    wrong = {
        "the mask is forgotten: padding gets a part of the attention.": _softmax(scores, 1),
        "the softmax runs over the wrong axis: each row must sum to one.": _softmax(scores, 0),
        "the scores are used as they are: a softmax makes weights of them.": scores,
        "the mask is applied after the softmax, so the rows do not sum to one.": (
            _softmax(scores, 1) * mask
        ),
        "the scores are divided by the root of D: here they are used as they are.": (
            _softmax(hidden / 2, 1)
        ),
        "the mask is turned round: True are the words to keep.": (
            _softmax(np.where(mask, -np.inf, scores), 1)
        ),
        "padding has the score 0, but exp(0) is 1: hide it with -inf.": (
            _softmax(np.where(mask, scores, 0), 1)
        ),
    }
    for sentence, its_weights in wrong.items():
        if close(weights, its_weights):
            return sentence
    if not close(weights.sum(axis=1), np.ones(3)):
        return "each row of the weights must sum to one."
    return "the weights are not the softmax of queries @ keys.T over the words of the source."


def _softmax(scores, axis):
    powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


@exercise(
    "06.3", "go through words and rows of weights together; row.argmax() is the place to copy."
)
def copy_unknown(function):
    words = ["il", "dort", "à", "[UNK]", "[UNK]"]
    source = ["in", "Ulmstadt", "he", "sleeps", "near", "Rorin"]
    weights = np.array(
        [
            [0.1, 0.1, 0.5, 0.1, 0.1, 0.1],
            [0.1, 0.0, 0.1, 0.6, 0.1, 0.1],
            [0.6, 0.1, 0.0, 0.0, 0.3, 0.0],
            [0.2, 0.5, 0.0, 0.1, 0.1, 0.1],
            [0.1, 0.2, 0.1, 0.0, 0.2, 0.4],
        ]
    )
    answer = call(function, list(words), list(source), weights)
    answer = items(answer, 1000, "a list of words")
    if len(answer) != 5 or not all(isinstance(word, str) for word in answer):
        return "return a list with one word for each of the given words."
    if answer == ["il", "dort", "à", "Ulmstadt", "Rorin"]:
        return None
    if answer[:3] != words[:3]:
        return 'every word is replaced: only "[UNK]" should be.'
    if "[UNK]" in answer:
        return 'an "[UNK]" is still there.'
    if answer[3:] == source[3:5]:
        return "that is the place in the translation; attention says which place in the source."
    if answer[3:] == ["Ulmstadt", "he"]:
        return "the maximum is taken over the wrong axis: each written word picks a source word."
    if answer[3] == answer[4]:
        return 'both "[UNK]" get the same source word: each has a row of weights of its own.'
    return 'for each "[UNK]", copy the source word with the largest weight in its own row.'


@exercise(
    "06.4", "read each row by its largest weight, and ask whether that place is in the tuple."
)
def share_of_misses(function):
    weights = np.array(
        [
            [0.7, 0.2, 0.1],
            [0.1, 0.3, 0.6],
            [0.2, 0.5, 0.3],
            [0.6, 0.3, 0.1],
            [0.2, 0.2, 0.6],
        ]
    )
    truth = [(0,), (1, 2), (1, 0), (2, 1), (2,)]
    value = array(call(function, weights, list(truth)), (), "your share")
    if close(value, 1 / 5):
        return None
    if close(value, 4 / 5):
        return "that is the share that is right: give the share of misses."
    if close(value, 2 / 5):
        return "only the first place of each tuple counts there: any of them is right."
    if close(value, 20):
        return "20 % is 0.2: give a share from 0 to 1."
    if close(value, 0):
        return "one word does miss: take the largest weight along each row, not down the columns."
    if close(value, 0.34):
        return "that is the weight off the right places: count words, not weight."
    if close(value, 1):
        return "give a share of the written words, not a number of them."
    return "for each row: is the place of its largest weight in the tuple of right places?"


TABLE = np.random.default_rng(31).dirichlet(np.full(4, 0.7), size=(5, 5))


def _step(ids):
    """What follows depends on the last two words: a list of ids -> log-probabilities (4,)."""
    before, last = ([4, 4, *ids])[-2:]
    return np.log(TABLE[before, last])


def _score(ids):
    return sum(_step(ids[:place])[word] for place, word in enumerate(ids))


@exercise("06.5", "keep several beginnings at each step, the best of all their continuations.")
def search(function):
    answer = call(function, _step, 6)
    try:
        ids = [int(word) for word in items(answer, 1000, "the words, a list of integers")]
    except (TypeError, ValueError, OverflowError):
        raise Mistake("return the words, a list of integers.") from None
    if len(ids) != 6 or not all(0 <= word < 4 for word in ids):
        return f"give 6 words, each from 0 to 3, not {shown(ids)}."
    greedy = []
    for _ in range(6):
        greedy.append(int(_step(greedy).argmax()))
    best = max(_score(list(words)) for words in product(range(4), repeat=6))
    if ids == greedy:
        return (
            f"that is the greedy path with log-probability {_score(ids):.2f}. A better one begins "
            "with a word that looks worse."
        )
    if _score(ids) < best - 1e-6:
        return (
            f"its log-probability is {_score(ids):.2f}; the best path has {best:.2f}. In a search, "
            "four beginnings are too few here."
        )
    return None


LETTERS = ["a", "b", "c", "d"]


@exercise("06.6", "which of them look like sentences of the training, up to the last token?")
def like_the_training(answer):
    chosen = items(answer, 10, "a list of letters")
    if not all(isinstance(letter, str) and letter in LETTERS for letter in chosen):
        raise Mistake(f'give letters from a to d, such as ["a", "b"], not {shown(answer)}.')
    if "b" in chosen:
        return (
            "b has no full stop, and no training sentence ends like that: the network has not "
            "learned to stop there. Let it translate b, and count."
        )
    if "d" in chosen:
        return "don' and t are two unknown words to the network, so the *not* is lost."
    if sorted(set(chosen)) != ["a", "c"]:
        return "one more is right: its words are known, and it ends with its mark."
    return None


# ---------------------------------------------------------------- dates

NAMES = """
one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen; twenty thirty forty fifty sixty seventy eighty ninety;
first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth;
January February March April May June July August September October November December
"""
ONES, TENS, ORDINALS, MONTHS = (names.split() for names in NAMES.split(";"))
WORDS = sorted({*ONES, *TENS, *ORDINALS, *MONTHS, "the", "of", "in"})
CHARACTERS = ["[START]", "[END]", *"0123456789-"]
EPOCHS, WANTED = 8, 0.95


def draw_dates(count, seed):
    """Dates in words and in digits, padded: -> int (N, 10) and int (N, 12)."""
    rng = np.random.default_rng(seed)
    sources, targets = np.zeros((count, 10), "int32"), np.zeros((count, 12), "int32")
    for row in range(count):
        day, month, year = rng.integers(1, 29), rng.integers(1, 13), rng.integers(10, 100)
        name = MONTHS[month - 1]
        orders = [["the", *_ordinal(day), "of", name], [name, *_ordinal(day)]]
        words = [*orders[rng.integers(2)], *["in"][: rng.integers(2)], "nineteen", *_number(year)]
        sources[row, : len(words)] = [WORDS.index(word) + 1 for word in words]
        text = ["[START]", *f"19{year:02}-{month:02}-{day:02}", "[END]"]
        targets[row] = [CHARACTERS.index(character) + 1 for character in text]
    return sources, targets


def _number(n):
    if n < 20:
        return [ONES[n - 1]]
    return [TENS[n // 10 - 2], *[ONES[n % 10 - 1]][: n % 10]]


def _ordinal(n):
    return [ORDINALS[n - 1]] if n <= 20 else [TENS[n // 10 - 2], ORDINALS[n % 10 - 1]]


@exercise(
    "06.7",
    "what does the decoder have to find again in the source for each digit that it writes?",
    trains=True,
)
def dates(build):
    import keras  # seconds to import

    keras.utils.set_random_seed(0)
    n_target = len(CHARACTERS) + 1
    model = call(build, len(WORDS) + 1, n_target)
    if not isinstance(model, keras.Model) or len(model.inputs) != 2:
        raise Mistake("return keras.Model([source, target], logits), with two inputs.")
    shape = getattr(model.output, "shape", None)
    if shape is None or len(shape) != 3 or shape[-1] != n_target:
        raise Mistake(
            "the output should be logits of the next character at every step, shape (N, T, "
            f"{n_target}), not {shape}."
        )
    sources, targets = draw_dates(2000, seed=0)
    model.compile(
        keras.optimizers.Adam(1e-2),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    reads, predicts = targets[:, :-1], targets[:, 1:]
    first = model.predict_on_batch([sources[:8], reads[:8]])
    if first.min() >= 0 and close(first.sum(axis=-1), np.ones((8, 11))):
        return "the loss wants logits, and yours are probabilities: leave the softmax out."
    model.fit([sources, reads], predicts, epochs=EPOCHS, batch_size=64, verbose=0)
    new, wanted = draw_dates(300, seed=1)
    written = wanted[:, :1]
    for _ in range(11):
        logits = model.predict_on_batch([new, written])
        written = np.column_stack([written, logits[:, -1].argmax(axis=-1)])
    right = np.mean((written == wanted).all(axis=1))
    if right < WANTED:
        said = (
            f"{right:.0%} of the new dates are right after training, and {WANTED:.0%} are wanted."
        )
        kinds = [type(layer).__name__ for layer in model.layers]
        if not any("Attention" in kind for kind in kinds):
            said += " Does each step look back at the source? Attention can (section 6)."
        return said
    return None
