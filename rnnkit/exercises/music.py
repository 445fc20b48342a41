"""Judges for the exercises of 10_music."""

import numpy as np

from rnnkit.exercises import Mistake, array, call, close, compiled_model, exercise, told


@exercise("10.1", "one after the other: multiply p(soprano) by the alto's p in the soprano's row.")
def chords(answer):
    chance, nats, apart, together = array(answer, (4,))
    if close(chance, 0.4 * 0.2):
        return "the alto 65 has 0.2 in all, but the soprano is known: take its row of the table."
    if close(chance, 0.5):
        return "0.5 is the alto's share alone: multiply it by that of the soprano 74."
    if not close(chance, 0.2):
        return "the chord has p(soprano 74) times p(alto 65 | soprano 74)."
    if close(nats, -np.log2(0.2)):
        return "that's the NLL in bits: nats need the natural logarithm."
    if close(nats, np.log(0.2)):
        return "that's the logarithm itself: the NLL is -log p, which is positive."
    if close(nats, -np.log(0.2) / 2):
        return "that's the mean of the two notes: the chord's NLL is their sum."
    if not close(nats, -np.log(0.2)):
        return "the NLL is -log of the chord's probability."
    if close(apart, 0):
        return "by itself, the alto doesn't know that the soprano is 72: how often is it 65 in all?"
    if close(apart, 0.6 * 0.5):
        return "0.5 is how often the alto is 65 after 74: by itself, it's 65 in fewer chords."
    if close(apart, 0.2):
        return "0.2 is how often the alto is 65 in all: multiply it by the share of the soprano."
    if not close(apart, 0.12):
        return "each by itself: multiply p(soprano 72) by how often the alto is 65 in all chords."
    if not close(together, 0):
        return "one after the other, the alto sees the soprano 72, and in its row 65 has 0."
    return None


@exercise("10.2", "could what comes out stand in this collection? And is the test left alone?")
def augmentations(answer):
    answer = array(answer, what="the answer")
    if answer.shape != (6,) or not np.isin(answer, (0, 1)).all():
        return "give True or False for each of the six, not the numbers of the right ones."
    whole, each, backwards, test, four, among = answer.astype(bool)
    if not whole:
        return (
            "a whole piece that's moved keeps all rules, and every key is in use: it could be real."
        )
    if each:
        return "if each voice is moved by its own amount, the chords are others: they sound wrong."
    if backwards:
        return "read backwards, Y comes before X, against the rule."
    if test:
        return "a test piece that's moved is not new, and the test is left as it was composed."
    if four:
        return "moved by 3 semitones, a piece in C is in E flat, a key that no piece there has."
    if not among:
        return "from C to D or from F to G, a piece comes to a key in use there: it could be real."
    return None


def log_softmax(logits):
    """Natural log-probabilities along the last axis, whatever the size of the logits."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def surprises(logits, notes):
    """NLL of each note in nats: logits float (..., K), notes int (...) -> float (...)."""
    found = np.take_along_axis(log_softmax(logits), notes[..., None], axis=-1)
    return -found[..., 0]


LENGTHS = ((5, 5, 5), (5, 2, 3), (1, 5, 2))  # chords that count of three pieces


@exercise("10.3", "log-softmax, the true notes' -log p, sum over the notes, mean over the chords.")
def nats_per_chord(function):
    rng = np.random.default_rng(0)
    for lengths in LENGTHS:
        logits = rng.normal(0, 2, size=(3, 5, 4, 6))
        notes = rng.integers(6, size=(3, 5, 4))
        counts = np.arange(5) < np.array(lengths)[:, None]
        weights = counts[:, :, None].astype(float)
        answer = array(call(function, logits, notes, weights), (), "what your function returns")
        wrong = wrong_mean(answer, surprises(logits, notes), weights)
        if wrong:
            return wrong
    logits = 1000 * rng.normal(size=(3, 5, 4, 6))
    answer = call(function, logits, notes, weights)
    answer = array(answer, (), "for logits in the thousands, what your function returns")
    right = (surprises(logits, notes) * weights).sum() / weights.sum()
    if close(answer, right):
        return None
    if not np.isfinite(answer):
        return (
            f"for logits in the thousands it's {answer}: exp overflows, or log meets 0; subtract "
            "the largest logit first and write the logarithm out, logit - log of the sum."
        )
    return (
        f"for logits in the thousands it's {right:.1f}, not {answer:.1f}: no probability may be "
        "limited, nor a small number be added to it; write the logarithm out."
    )


def wrong_mean(answer, nats, weights):
    """What is wrong with a mean of nats (B, T, 4), weights (B, T, 1), or None."""
    counted = nats * weights
    chords = weights.sum()
    right = counted.sum() / chords
    if close(answer, right):
        return None
    if close(answer, -right):
        return "that's the mean of log p: the NLL has the other sign."
    if close(answer, right / 4):
        return "that's the mean over notes: add up the four notes of a chord."
    if close(answer, right / np.log(2)):
        return "that's in bits: take the natural logarithm."
    if close(answer, counted.sum()):
        return "that's the sum over all chords: divide by how many count."
    if close(answer, nats.sum(axis=2).mean()) or close(answer, nats.mean()):
        return "padding is counted: multiply by the weights."
    if close(answer, counted.sum(axis=2).mean()) or close(answer, counted.mean()):
        return "divide by the sum of the weights: the padding counts as chords of 0 nats."
    pieces = counted.sum(axis=(1, 2)) / weights.sum(axis=(1, 2))
    if close(answer, pieces.mean()):
        return "each piece has the same say, however long it is: take one mean over all chords."
    if close(answer, counted.sum() / len(counted)):
        return "that's the sum over a piece: divide by the chords that count, not by the pieces."
    if close(answer, np.exp(right)):
        return "that's the perplexity, exp of the nats: leave out exp."
    if not np.isfinite(answer):
        return f"it's {answer}, even for small logits: take the softmax over the last axis."
    return f"it should be {right:.3f} nats, not {answer:.3f}: take -log of the notes' softmax."


DRAWS = 2000
SCORES = np.array([0.4, 1.2, 0.2, 2.2])  # positive, the largest last
LOW_SCORES = SCORES - 3
FEW = 0.05  # how far a share of so many draws may be off: 4.5 standard deviations or more


@exercise("10.4", "softmax of logits / temperature, then rng.choice; at 0 argmax.")
def draw(function):
    for logits in (SCORES, LOW_SCORES):
        for temperature in (1, 0.5, 2):
            wrong = wrong_shares(function, logits, temperature)
            if wrong:
                return wrong
    runs = []
    for _ in range(2):
        rng = np.random.default_rng(3)
        runs.append([one_note(function, SCORES, 1, rng) for _ in range(40)])
    if runs[0] != runs[1]:
        return "two draws from the same seed differ: draw with the rng that's given."
    rng = np.random.default_rng(0)
    for logits in (SCORES, LOW_SCORES):
        try:
            found = {one_note(function, logits, 0, rng) for _ in range(20)}
        except Mistake as mistake:
            raise Mistake(f"temperature 0 needs a case of its own, argmax: {mistake}") from None
        if found != {3}:
            return f"at temperature 0, {logits} gives 3 at all times, the most probable note."
    try:
        found = {one_note(function, 30 * SCORES, 0.01, rng) for _ in range(20)}
    except Mistake as mistake:
        words = "at temperature 0.01 exp overflows, unless you subtract the largest logit first"
        raise Mistake(f"{words}: {mistake}") from None
    if found != {3}:
        return "for large logits, exp overflows: subtract the largest before you take it."
    return None


def one_note(function, logits, temperature, rng):
    """Draw once by the reader's function: -> int, one of the notes."""
    note = array(call(function, logits, temperature, rng), (), "what your function returns")
    if note not in range(len(logits)):
        raise Mistake(f"return the note's number, an integer from 0 to 3, not {note:.3g}.")
    return int(note)


def wrong_shares(function, logits, temperature):
    """What is wrong with how often each note is drawn, or None."""
    rng = np.random.default_rng(1)
    counts = np.zeros(len(logits))
    for _ in range(DRAWS):
        counts[one_note(function, logits, temperature, rng)] += 1
    shares = counts / DRAWS
    p = np.exp(log_softmax(logits / temperature))
    if np.abs(shares - p).max() < FEW:
        return None
    if shares.max() == 1:
        hint = "take argmax at temperature 0 alone, and make no rng of your own."
        return f"at temperature {temperature} it's always {shares.argmax()}: {hint}"
    softmax = np.exp(log_softmax(logits))
    guesses = {
        "divide the logits by the temperature, don't multiply them.": logits * temperature,
        "the temperature changes nothing: divide the logits by it before the softmax.": logits,
        "the softmax is taken twice: it's the logits that you divide.": softmax,
        "the signs are turned: a larger logit is more probable.": -logits / temperature,
        "each note is equally probable: the logits are not used.": 0 * logits,
    }
    if (logits > 0).all():
        words = "logits are no probabilities: take their softmax, and no logarithm of them."
        guesses[words] = np.log(logits) / temperature
    for words, scores in guesses.items():
        if np.abs(shares - np.exp(log_softmax(scores))).max() < FEW:
            return words
    wanted = ", ".join(f"{share:.2f}" for share in p)
    seen = ", ".join(f"{share:.2f}" for share in shares)
    return f"at temperature {temperature}, {logits} should give shares {wanted}, not {seen}."


NOTES = 12  # on a circle
MOVES = (-2, -1, 1, 2)  # of the high note, equally likely
BEST = np.log(len(MOVES))  # nats per step: the low note is certain once the high one is known
APART = 2 * BEST  # at best, by two heads that know the steps before alone
WANTED = 1.6
STEP = 7  # at which a note is changed to see whose logits follow


def steps(seed, count, length=16):
    """Steps of two notes, high and low -> previous and notes, int (count, length, 2) each."""
    rng = np.random.default_rng(seed)
    moves = rng.choice(MOVES, size=(count, length + 1))
    first = rng.integers(NOTES, size=(count, 1))
    high = (first + moves.cumsum(axis=1)) % NOTES
    turn = rng.integers(2, size=(count, 1)) + np.arange(length + 1)
    low = (high - 3 - turn % 2) % NOTES
    both = np.stack([high, low], axis=2)
    return both[:, :-1], both[:, 1:]


@exercise(
    "10.5",
    "concatenate h with an embedding of the high note, for the head of the low note alone.",
    trains=True,
)
def two_notes(function):
    model = compiled_model(function)
    previous, notes = steps(1, 1000)
    wrong = wrong_form(model, previous[:8], notes[:8])
    if wrong:
        return wrong
    seen = what_is_seen(model, previous[:8], notes[:8])
    wrong = wrong_view(seen)
    if wrong:
        return wrong
    agrees = is_cross_entropy(model, previous[:8], notes[:8])
    model.fit([previous, notes], notes, epochs=15, verbose=0)
    previous, notes = steps(2, 300)
    logits = model.predict([previous, notes], verbose=0)
    nats = surprises(logits.astype(float), notes).sum(axis=2).mean()
    seen = what_is_seen(model, previous[:8], notes[:8])
    wrong = wrong_view(seen)
    if wrong:
        return wrong
    if nats < BEST - 0.05:
        return (
            f"its NLL is {nats:.2f} nats, below the best possible, ln 4 = {BEST:.2f}: a head sees "
            "what it should tell."
        )
    if nats <= WANTED:
        return None
    if not seen["low sees high"]:
        hint = f"the low note's head doesn't see the high one, so {APART:.2f} is its limit."
    elif not agrees:
        hint = "its loss is no cross-entropy from logits."
    else:
        hint = "it can't use what it sees, is too small, or learns too slowly."
    return f"its NLL is {nats:.2f} nats a step, get {WANTED} or less: {hint}"


def wrong_form(model, previous, notes):
    """What is wrong with a network's inputs or its output, or None."""
    wanted = (*notes.shape, NOTES)
    inputs = getattr(model, "inputs", None)  # a class of the reader's own has none
    if inputs is not None and len(inputs) != 2:
        return f"it should have two inputs, previous and notes, not {len(inputs)}."
    try:
        logits = np.asarray(model([previous, notes]))
    except Exception as error:
        return f"it doesn't read two integer arrays (N, T, 2), previous and notes: {told(error)}"
    if logits.shape != wanted:
        return f"it should give logits of the shape {wanted}, not {logits.shape}."
    if (logits >= 0).all() and close(logits.sum(axis=-1), np.ones(notes.shape)):
        return "its outputs sum to 1: give logits, without a softmax."
    return None


def what_is_seen(model, previous, notes):
    """Change notes from `STEP` on and find which logits up to it change -> dict of bool."""
    plain = logits_until(model, previous, notes)
    later_previous, later_notes = previous.copy(), notes.copy()
    later_previous[:, STEP + 1 :] = (previous[:, STEP + 1 :] + 5) % NOTES
    later_notes[:, STEP + 1 :] = (notes[:, STEP + 1 :] + 5) % NOTES
    other_high, other_low = notes.copy(), notes.copy()
    other_high[:, STEP, 0] = (notes[:, STEP, 0] + 5) % NOTES
    other_low[:, STEP, 1] = (notes[:, STEP, 1] + 5) % NOTES
    later = logits_until(model, later_previous, later_notes)
    high = logits_until(model, previous, other_high)
    low = logits_until(model, previous, other_low)
    return {
        "later": differs(plain, later),
        "high sees high": differs(plain[:, :, 0], high[:, :, 0]),
        "high sees low": differs(plain[:, :, 0], low[:, :, 0]),
        "low sees high": differs(plain[:, :, 1], high[:, :, 1]),
        "low sees low": differs(plain[:, :, 1], low[:, :, 1]),
    }


def logits_until(model, previous, notes):
    """Logits of all steps up to `STEP`, by the network as it predicts."""
    return np.asarray(model([previous, notes], training=False))[:, : STEP + 1]


def differs(logits, others):
    return not np.allclose(logits, others, rtol=1e-4, atol=1e-5)


def wrong_view(seen):
    """What a head sees that it must not, from `what_is_seen`, or None."""
    if seen["later"]:
        return "it sees later steps: in a piece that's being written they aren't there yet."
    if seen["high sees high"]:
        return (
            "the high note's head sees the high note that it should tell: its NLL falls far below "
            f"the best possible, ln 4 = {BEST:.2f}, and when you draw, this note isn't there yet."
        )
    if seen["high sees low"]:
        return "the high note's head sees the low note of its step, which is drawn after it."
    if seen["low sees low"]:
        return "the low note's head sees the low note that it should tell: give it the high one."
    return None


def is_cross_entropy(model, previous, notes):
    """Whether the loss that a model was compiled with is the cross-entropy of its logits."""
    import keras

    logits = np.asarray(model([previous, notes], training=False))
    try:
        loss = model.compute_loss([previous, notes], notes, keras.ops.convert_to_tensor(logits))
    except Exception:  # most others need another shape
        return False
    penalties = sum(float(penalty) for penalty in model.losses)
    nats = surprises(logits.astype(float), notes)
    found = float(loss) - penalties
    return close(found, nats.mean()) or close(found, nats.sum(axis=2).mean())
