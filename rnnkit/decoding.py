"""Choosing the next token, and the one after it, with any model behind a step function.

`step(ids, state) -> logits, state` takes the newest token of each row (ids: int (N,)) and gives the
scores of the next one (logits: float (N, V)). The state is whatever the model wants to see again:
it is handed on unread, so one more token costs one step, however long the text already is. The id 0
is padding, as in Keras.
"""

import math

import numpy as np

PADDING = 0


def greedy(logits):
    """Take the most probable token; of equal ones the lowest id.

    logits: float (B, V) -> ids: int (B,). ValueError for logits no probability can come from.
    """
    return _checked(logits).argmax(axis=1)


def sample(logits, rng):
    """Draw one token a row with probability softmax(logits).

    logits: float (B, V); rng: numpy.random.Generator -> ids: int (B,).
    The token with the largest sum of logit and Gumbel noise is such a draw
    (Gumbel, Statistical Theory of Extreme Values, 1954).
    """
    logits = _checked(logits)
    noise = rng.gumbel(size=logits.shape)
    return np.argmax(logits + noise, axis=1)


def temperature(logits, value):
    """Sharpen (value < 1) or flatten (value > 1) the distribution; towards 0 it becomes greedy.

    logits: float (B, V) -> float (B, V). ValueError unless value is above 0.
    """
    if not (_is_number(value) and value > 0):
        raise ValueError(
            f"temperature is {value}: give a finite number above 0, or use greedy for the limit 0."
        )
    logits = _checked(logits)
    # The row's maximum is moved to 0 first, so that a tiny temperature cannot overflow.
    highest = logits.max(axis=1, keepdims=True)
    with np.errstate(over="ignore"):  # to -inf, whose probability is 0
        return (logits - highest) / value


def top_k(logits, k):
    """Keep the k most probable tokens of each row and give the others the logit -inf.

    logits: float (B, V) -> float (B, V). Of equal logits the lower id is kept;
    a k above V keeps all. ValueError unless k is a whole number of at least 1.
    """
    if not _is_count(k):
        raise ValueError(f"k is {k}: give a whole number of tokens to keep, at least 1.")
    logits = _checked(logits)
    kept = _ranks(logits) < k
    return np.where(kept, logits, -np.inf)


def nucleus(logits, p):
    """Keep the fewest most probable tokens whose probabilities reach p; -inf for the others.

    logits: float (B, V) -> float (B, V). Of equal logits the lower id is kept; p=1 keeps all.
    ValueError unless 0 < p <= 1. Source: Holtzman et al., The Curious Case of Neural Text
    Degeneration, ICLR 2020.
    """
    if not (_is_number(p) and 0 < p <= 1):
        raise ValueError(f"p is {p}: give a share of the probability above 0 and at most 1.")
    logits = _checked(logits)
    if p == 1:
        return logits
    p_sorted = -np.sort(-probabilities(logits), axis=1)
    reached = np.cumsum(p_sorted, axis=1)
    short_of_p = reached < p - 1e-12  # rounding must not let one more token in
    counts = 1 + short_of_p.sum(axis=1, keepdims=True)
    kept = _ranks(logits) < counts
    return np.where(kept, logits, -np.inf)


def probabilities(logits):
    """Softmax. logits: float (..., V) -> float (..., V), each row of sum 1.

    ValueError for logits no probability can come from.
    """
    logits = _checked(logits, ndim=None)
    return np.exp(_log_softmax(logits))


def generate(step, prompt, *, length, pick, stop=None, state=None):
    """Let a model go on from a prompt, one step a token.

    step: as in the head of this module; prompt: int (B, T), rows of one length, no padding;
    length: the most new tokens; pick: logits (B, V) -> ids (B,), for example `greedy`;
    stop: the id that ends a row; state: the model's state before the prompt, None at the start
    -> the new ids, int32 (B, N) with N <= length; after its stop token a row holds 0.
    Takes T + N - 1 steps. ValueError for an empty prompt, padding in it, a length that is not a
    whole number of at least 1, a stop id outside the vocabulary, or a `pick` that gives other
    things than ids.
    """
    prompt = _checked_prompt(prompt, length)
    logits, state = _read(step, prompt, state, stop)
    running = np.ones(len(prompt), bool)
    new = []
    while True:
        ids = _checked_ids(pick(logits), logits)
        written = np.where(running, ids, PADDING)
        new.append(written)
        if stop is not None:
            running = running & (ids != stop)
            ids = np.where(running, ids, np.int32(stop))  # padding could be a fully masked row
        if len(new) == length or not running.any():
            return np.stack(new, axis=1)
        logits, state = step(ids, state)


def beam_search(step, prompt, *, length, beams, stop=None, alpha=1.0, state=None):
    """Search for the most probable continuation, keeping K candidates a row at any time.

    step: as in the head of this module, on N = B * K rows, those of one prompt side by side;
    prompt: int (B, T); length: the most new tokens; beams: K; stop: the id that ends a candidate;
    alpha: candidates compare by log-probability / tokens**alpha (0 is no length normalisation,
    1 the mean per token); state: before the prompt, with B rows, arrays in tuples, lists or dicts
    -> ids: int32 (B, K, N), padded with 0 after stop, and scores: float (B, K), best first.
    ValueError as in `generate`, for beams below 1, and for alpha outside 0 to 10.
    """
    if not _is_count(beams):
        raise ValueError(f"beams is {beams}: keep a whole number of candidates, at least 1.")
    if not (_is_number(alpha) and 0 <= alpha <= 10):
        raise ValueError(f"alpha is {alpha}: give a number from 0 to 10, usually 0 to 1.")
    prompt = _checked_prompt(prompt, length)
    batch = len(prompt)
    rows = np.arange(batch)[:, None]
    copies = np.repeat(rows, beams)
    state = take_rows(state, copies)
    logits, state = _read(step, prompt[copies], state, stop)
    size = (batch, beams)
    ids = np.zeros((*size, 0), np.int32)
    tokens = np.zeros(size, int)  # how many a candidate has, its stop included
    ended = np.zeros(size, bool)
    total = np.full(size, -np.inf)  # log-probability of each candidate
    total[:, 0] = 0  # one candidate at the start: K equal ones would stay equal
    while True:
        # Each candidate is extended by each of the V tokens, and the best K of K * V are kept.
        log_p = _next_log_probabilities(logits, ended)
        vocab_size = log_p.shape[2]
        longer = total[:, :, None] + log_p
        tokens = np.where(ended, tokens, tokens + 1)
        norm = tokens**alpha
        scores = longer / norm[:, :, None]
        scores = scores.reshape(batch, -1)
        best = _largest(scores, beams)
        beam = best // vocab_size
        token = best % vocab_size

        tokens = tokens[rows, beam]
        total = longer[rows, beam, token]
        ended = ended[rows, beam] | (token == stop)
        ids = ids[rows, beam]
        ids = np.append(ids, token[:, :, None], axis=2)
        if ids.shape[2] == length or ended.all():
            return ids.astype(np.int32), scores[rows, best]

        if stop is not None:
            token = np.where(ended, stop, token)  # padding could be a fully masked row
        source = beams * rows + beam  # the old row of each new candidate
        state = take_rows(state, source.ravel())
        newest = token.ravel()
        logits, state = step(newest.astype(np.int32), state)


def take_rows(state, rows):
    """Pick rows of every array in nested tuples, lists and dicts. rows: int (N,)."""
    if state is None:
        return None
    if isinstance(state, dict):
        return {name: take_rows(part, rows) for name, part in state.items()}
    if isinstance(state, (tuple, list)):
        parts = [take_rows(part, rows) for part in state]
        return type(state)(parts)
    return np.take(np.asarray(state), rows, axis=0)


def _next_log_probabilities(logits, ended):
    """logits: float (B * K, V), ended: bool (B, K) -> float (B, K, V).

    An ended candidate goes on as itself: padding follows it, at no cost.
    """
    log_p = _log_softmax(_checked(logits))
    log_p = log_p.reshape(*ended.shape, -1)
    log_p[ended] = -np.inf
    log_p[ended, PADDING] = 0
    return log_p


def _largest(values, count):
    """The places of the largest values, the largest first: (N, M) -> int (N, count)."""
    # A partition is ten times as fast as sorting all of them.
    places = np.argpartition(-values, count - 1, axis=1)
    places = np.sort(places[:, :count], axis=1)  # of equal values the lower place comes first
    found = np.take_along_axis(values, places, axis=1)
    order = np.argsort(-found, axis=1, kind="stable")
    return np.take_along_axis(places, order, axis=1)


def _read(step, prompt, state, stop):
    """Feed the prompt, int (N, T); return the last logits and the state after it."""
    for ids in prompt.T:
        logits, state = step(ids, state)
    vocab_size = np.shape(logits)[-1]
    if stop is not None and not (_is_whole(stop) and 0 <= stop < vocab_size):
        raise ValueError(f"stop is {stop}: the model knows ids from 0 to {vocab_size - 1}.")
    return logits, state


def _checked_prompt(prompt, length):
    prompt = _as_array(prompt)
    is_table = prompt.ndim == 2 and prompt.size > 0 and prompt.dtype.kind in "iu"
    if not is_table or prompt.min() < 0 or prompt.max() > np.iinfo(np.int32).max:
        raise ValueError("The prompt is no table of ids: give int (B, T), equal rows of 1 or more.")
    if (prompt == PADDING).any():
        row = int(np.argwhere(prompt == PADDING)[0, 0])
        raise ValueError(f"Row {row} of the prompt has padding (0): give rows of one length.")
    if not _is_count(length):
        raise ValueError(f"length is {length}: ask for a whole number of new tokens, at least 1.")
    return prompt.astype(np.int32)


def _checked_ids(ids, logits):
    """What `pick` gave for logits (N, V) -> int32 (N,)."""
    rows, vocab_size = np.shape(logits)
    ids = _as_array(ids)
    is_row = ids.shape == (rows,) and ids.dtype.kind in "iu"
    if not is_row or ids.min() < 0 or ids.max() >= vocab_size:
        raise ValueError(f"pick gives {ids}: it must give {rows} ids from 0 to {vocab_size - 1}.")
    return ids.astype(np.int32)


def _checked(logits, ndim=2):
    logits = _as_array(logits, float)
    is_fit = logits.ndim == ndim or (ndim is None and logits.ndim > 0)
    if logits.size == 0 or not is_fit:
        raise ValueError(f"The logits have shape {logits.shape}: give (B, V).")
    best = logits.max(axis=-1)  # NaN and inf show in the maximum, and so does a row all -inf
    if not np.isfinite(best).all():
        row = int(np.argmin(np.isfinite(best)))
        value = best.flat[row]
        raise ValueError(f"The largest logit of row {row} is {value}: it must be a finite number.")
    return logits


def _as_array(values, dtype=None):
    """Make an array of anything; of what is none, such as rows of several lengths, an empty one."""
    try:
        return np.asarray(values, dtype)
    except (TypeError, ValueError, OverflowError):
        return np.zeros(0)


def _is_number(value):
    """Tell whether something is a finite number that a float can hold: 10**400 is none."""
    if not isinstance(value, int | float | np.integer | np.floating):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _is_whole(value):
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _is_count(value):
    """Tell whether something is a whole number of at least 1."""
    return _is_whole(value) and value >= 1


def _ranks(values):
    """0 for the largest value of each row, 1 for the next: float (B, V) -> int (B, V)."""
    order = np.argsort(-values, axis=1, kind="stable")
    return np.argsort(order, axis=1)


def _log_softmax(logits):
    with np.errstate(over="ignore"):  # to -inf, whose probability is 0
        shifted = logits - logits.max(axis=-1, keepdims=True)
    powers = np.exp(shifted)
    total = powers.sum(axis=-1, keepdims=True)
    return shifted - np.log(total)
