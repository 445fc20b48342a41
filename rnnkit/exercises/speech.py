"""Judges for the exercises of 09_speech."""

import itertools

import numpy as np

from rnnkit.exercises import Mistake, array, call, close, compiled_model, exercise, items


def collapse(path):
    """What a path stands for: equal neighbours merged, then blanks dropped."""
    merged = [int(label) for label, _ in itertools.groupby(path)]
    return [label for label in merged if label != 0]


@exercise("09.1", "first merge equal neighbours, then drop the blanks.")
def paths(answer):
    found = items(answer, 4, "three lists and a number")
    if len(found) != 4:
        raise Mistake("give three lists and a number, [labels, labels, labels, number of steps].")
    lists = [array(labels, ndim=1, what="each list").tolist() for labels in found[:3]]
    steps = array(found[3], (), "the number of steps")
    if any(0 in labels for labels in lists):
        return "the blank is no label of the result: it's dropped."
    if lists[0] == [2, 1]:
        return (
            "equal neighbours are merged before the blanks are dropped: the blank between two 2s "
            "keeps them apart."
        )
    if lists[0] != [2, 2, 1]:
        return "merge the first path to 0, 2, 0, 2, 1, 0; then drop the blanks."
    if lists[1] != [1]:
        return "in the second path there's no blank: equal neighbours are merged."
    if lists[2] != []:
        return "the third path has blanks alone: that's an empty list."
    if close(steps, 3):
        return "in three steps, 3, 3, 5 would be one long 3 and a 5: what keeps the two 3s apart?"
    if not close(steps, 4):
        return "each label needs a step, and a blank between equal ones: what's the fewest?"
    return None


@exercise("09.2", "whose voices are in training and in the test?")
def strangers(answer):
    by_recording, by_speaker, by_day, by_take = array(answer, (4,)).astype(bool)
    if by_recording:
        return "if they are drawn at random, recordings of everybody are in training."
    if by_day:
        return "Friday is a new day, but the voices are those of Monday to Thursday."
    if by_take:
        return "a later take is by a person whose first takes are in training."
    if not by_speaker:
        return "one has a test part by nobody whose recordings are in training."
    return None


TARGETS = ((4, [1, 2]), (3, [2]), (4, [1, 1]), (5, [1, 1, 2]), (3, []), (2, [1, 1]), (1, [1, 2]))


@exercise("09.3", "forward[i] at a step: what came from i, i - 1 and perhaps i - 2, times p.")
def ctc_probability(function):
    rng = np.random.default_rng(0)
    for length, labels in TARGETS:
        p = rng.dirichlet(np.ones(3), length)
        chances = {}
        for path in itertools.product(range(3), repeat=length):
            if collapse(path) == labels:
                chances[path] = np.prod(p[range(length), path])
        wrong = wrong_sum(call(function, p, list(labels)), chances, labels)
        if wrong:
            return f"{wrong} (Labels {labels} in {length} steps.)"
    share = 0.05
    total = 0
    for run in range(1, 41):  # a label that lasts so many steps, in each place
        total += (41 - run) * share**run * (1 - share) ** (40 - run)
    p = np.tile([1 - share, share], (40, 1))
    answer = array(call(function, p, [1]), (), "what your function returns")
    if not close(answer, total):
        return f"short sequences are right, but in 40 steps it's {total:.4f}, not {answer:.4f}."
    return None


def wrong_sum(answer, chances, labels):
    """What is wrong with a sum, or None; chances: {path: its probability}, all that it sums."""
    answer = array(answer, (), "what your function returns")
    total = sum(chances.values())
    if close(answer, total):
        return None
    if answer > total and any(one == other for one, other in itertools.pairwise(labels)):
        return "a blank must stand between equal labels: from one to the other no step skips it."
    if not chances:
        return "so few steps have no path to the labels: the probability is 0."
    with np.errstate(divide="ignore"):
        logarithm = np.log(total)
    if close(answer, logarithm) or close(answer, -logarithm):
        return "return the probability itself, not its logarithm."
    if close(answer, max(chances.values())):
        return "that's the probability of the most probable path alone: add up all of them."
    for silent in (True, False):
        ends = begins = between = 0
        for path, chance in chances.items():
            ends += chance * ((path[-1] == 0) == silent)
            begins += chance * ((path[0] == 0) == silent)
        if close(answer, ends):
            return "a path may end in the last label or in a blank: add up both."
        if close(answer, begins):
            return "a path may begin with a blank or with the first label: fill in both."
    for path, chance in chances.items():
        merged = [label for label, _ in itertools.groupby(path)]
        between += chance * all(0 in pair for pair in itertools.pairwise(merged))
    if close(answer, between):
        return "between labels that differ, the blank may be left out."
    return f"all paths together have {total:.4f}, not {answer:.4f}."


def edit_distance(guess, truth, replacing=1):
    """Fewest labels to insert, delete or replace; replacing: what a replacement counts."""
    costs = list(range(len(truth) + 1))
    for said in guess:
        above = costs
        costs = [above[0] + 1]
        for j, right in enumerate(truth):
            replaced = above[j] + replacing * (said != right)
            costs.append(min(replaced, above[j + 1] + 1, costs[j] + 1))
    return costs[-1]


STRINGS = (
    ([[3, 1, 4, 1], [2, 7]], [[1, 4, 1], [2, 7, 1, 8, 2, 8]]),
    ([[1, 2, 3], []], [[1, 5, 3], [6]]),
    ([[2, 1, 1, 1]], [[2]]),
    ([[1, 2], [3]], [[1, 2], [3]]),
    ([[], []], [[4, 5], [6]]),
)


@exercise("09.4", "add up the edits of all strings, then divide once.")
def label_error_rate(function):
    for guesses, truths in STRINGS:
        answer = call(function, [list(guess) for guess in guesses], [list(one) for one in truths])
        answer = array(answer, (), "what your function returns")
        edits, doubled, shares, moved, missing = [], [], [], [], []
        for guess, truth in zip(guesses, truths, strict=True):
            edits.append(edit_distance(guess, truth))
            doubled.append(edit_distance(guess, truth, replacing=2))
            shares.append(edits[-1] / len(truth))
            moved.append(sum(map(int.__ne__, guess, truth)))
            missing.append(abs(len(guess) - len(truth)))
        labels = sum(map(len, truths))
        said = sum(map(len, guesses))
        wanted = sum(edits) / labels
        place_by_place = [sum(moved) / labels, sum(moved + missing) / labels]
        if close(answer, wanted):
            continue
        if close(answer, np.mean(shares)):
            return "that's the mean of the strings' own rates: a long string counts for more."
        if said and close(answer, sum(edits) / said):
            return "divide by the number of true labels, not by that of the guessed ones."
        if any(close(answer, rate) for rate in place_by_place):
            return "place by place doesn't do: one label too many moves all others."
        if close(answer, sum(doubled) / labels):
            return "a replacement is one edit, not two."
        if wanted > 1 and close(answer, 1):
            return f"for {guesses} and {truths} it's {wanted:.0f}: the rate may be above 1."
        return f"for {guesses} and {truths} it's {sum(edits)} / {labels}, not {answer:.3f}."
    return None


SOUNDS = np.array([[1, 0, 1, 0, 0, 1], [0, 1, 0, 1, 0, 1], [0, 0, 1, 1, 1, 0]])
WORDS = ((0, 1, 2), (2, 1, 0), (1, 0, 2))  # the sounds of 1, 2 and 3


def said_words(seed, count):
    """Strings of two to four words -> float (N, 40, 6), labels: int (N, 4), 0 behind."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 0.25, size=(count, 40, 6))
    y = np.zeros((count, 4), int)
    for row in range(count):
        words = rng.integers(1, 4, size=rng.integers(2, 5))
        y[row, : len(words)] = words
        place = 0
        for word in words:
            place += rng.integers(1, 4)
            for sound in WORDS[word - 1]:
                end = place + rng.integers(1, 3)
                x[row, place:end] += SOUNDS[sound]
                place = end
    return x.astype("float32"), y


@exercise("09.5", "return_sequences=True, an output more, no softmax, another loss.", trains=True)
def recognizer(function):
    model = compiled_model(function)
    x_train, y_train = said_words(1, 1000)
    x_test, y_test = said_words(2, 300)
    logits = np.asarray(model(x_train[:2]))
    wrong = wrong_output(logits)
    if wrong:
        return wrong
    if not learns_by_ctc(model, x_train[:2], y_train[:2], logits):
        return "the loss is not CTC: compile with keras.losses.CTC()."
    model.fit(x_train, y_train, epochs=15, verbose=0)
    edits = said = 0
    for path, labels in zip(model.predict(x_test, verbose=0).argmax(axis=-1), y_test, strict=True):
        guess = collapse(path)
        edits += edit_distance(guess, labels[labels > 0].tolist())
        said += len(guess)
    rate = edits / (y_test > 0).sum()
    if rate <= 0.1:
        return None
    hint = "it's too small, or the learning rate is."
    if said < 0.2 * (y_test > 0).sum():
        hint = f"it says hardly anything but blanks, as each does at first; {hint}"
    return f"its label error rate is {rate:.2f}, get 0.1 or less: {hint}"


def wrong_output(logits):
    """What is wrong with a network's output for two strings, or None."""
    if logits.ndim != 3:
        return f"it should give logits for each step, (2, 40, 4), not {logits.shape}."
    if logits.shape[2] == 3:
        return "the blank needs an output of its own: four for three words."
    if logits.shape[2] != 4:
        return f"it should give four logits a step, not {logits.shape[2]}: 3 words, the blank."
    if logits.shape[1] < 7:
        return "it has too few steps: four equal words need seven, with the blanks between."
    if (logits >= 0).all() and close(logits.sum(axis=2), np.ones(logits.shape[:2])):
        return "its outputs sum to 1, and keras.losses.CTC takes logits: leave out the softmax."
    return None


def learns_by_ctc(model, x, y, logits):
    """Whether the loss that a model was compiled with is CTC, by its value."""
    import keras

    try:
        loss = model.compute_loss(x, y, keras.ops.convert_to_tensor(logits))
    except Exception:  # most others need another shape
        return False
    penalties = sum(float(penalty) for penalty in model.losses)
    return close(float(loss) - penalties, float(keras.losses.CTC()(y, logits)))
