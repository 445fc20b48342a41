"""Choosing the next token, and the one after it, with any model behind a step function.

`step(ids, state) -> logits, state` takes the newest token of each row (ids: int (N,)) and gives the
scores of the next one (logits: float (N, V)). The state is whatever the model wants to see again:
it is handed on unread, so one more token costs one step, however long the text already is.
"""

import numpy as np

from rnnkit.encoding import END, PADDING, START, pad


def greedy(logits):
    """Take the most probable token; of equal ones the lowest id.

    logits: float (B, V) -> ids: int (B,). ValueError for logits no probability can come from.
    """
    return _checked(logits).argmax(axis=-1)


def choose(logits, rng):
    """Draw one token a row with probability softmax(logits).

    logits: float (B, V); rng: numpy.random.Generator -> ids: int (B,).
    The token with the largest sum of logit and Gumbel noise is such a draw
    (Gumbel, Statistical Theory of Extreme Values, 1954).
    """
    logits = _checked(logits)
    return np.argmax(logits + rng.gumbel(size=logits.shape), axis=-1)


def temperature(logits, value):
    """Sharpen (value < 1) or flatten (value > 1) the distribution; towards 0 it becomes greedy.

    logits: float (B, V) -> float (B, V). ValueError unless value is above 0.
    """
    if not 0 < value < np.inf:
        raise ValueError(
            f"temperature is {value}: give a finite number above 0, or use greedy for the limit 0."
        )
    logits = _checked(logits)
    # The row's maximum is moved to 0 first, so that a tiny temperature cannot overflow.
    return (logits - logits.max(axis=-1, keepdims=True)) / value


def top_k(logits, k):
    """Keep the k most probable tokens of each row and give the others the logit -inf.

    logits: float (B, V) -> float (B, V). Of equal logits the lower id is kept;
    a k above V keeps all. ValueError unless k is a whole number of at least 1.
    """
    if not isinstance(k, int | np.integer) or k < 1:
        raise ValueError(f"k is {k}: give a whole number of tokens to keep, at least 1.")
    logits = _checked(logits)
    kept = _descending(logits)[:, :k]
    return _keep(logits, kept, np.ones(kept.shape, bool))


def nucleus(logits, p):
    """Keep the fewest most probable tokens whose probabilities reach p; -inf for the others.

    logits: float (B, V) -> float (B, V). Of equal logits the lower id is kept; p=1 keeps all.
    ValueError unless 0 < p <= 1. Source: Holtzman et al., The Curious Case of Neural Text
    Degeneration, ICLR 2020.
    """
    if not 0 < p <= 1:
        raise ValueError(f"p is {p}: give a share of the probability above 0 and at most 1.")
    logits = _checked(logits)
    if p == 1:
        return logits
    order = _descending(logits)
    ranked = np.take_along_axis(probabilities(logits), order, axis=-1)
    before = np.cumsum(ranked, axis=-1) - ranked  # the mass ahead of each token
    keep = before < p - 1e-12  # rounding in the sum must not let one more token in
    keep[:, 0] = True
    return _keep(logits, order, keep)


def probabilities(logits):
    """Softmax. logits: float (..., V) -> float (..., V), each row of sum 1."""
    return np.exp(_log_softmax(np.asarray(logits, float)))


def generate(step, prompt, *, length, pick, stop=None, state=None):
    """Let a model go on from a prompt, one step a token.

    step: as in the head of this module; prompt: int (B, T), rows of one length, no padding;
    length: the most new tokens; pick: logits (B, V) -> ids (B,), for example `greedy`;
    stop: the id that ends a row; state: the model's state before the prompt, None at the start
    -> the new ids, int32 (B, N) with N <= length; after its stop token a row holds 0.
    Takes T + N - 1 steps. ValueError for an empty prompt, padding in it, a length below 1,
    or a stop id outside the vocabulary.
    """
    logits, state = _read(step, _checked_prompt(prompt, length), state, stop)
    new = []
    running = np.ones(len(logits), bool)
    while True:
        ids = np.asarray(pick(logits), np.int32)
        new.append(np.where(running, ids, PADDING))
        if stop is not None:
            running &= ids != stop
            ids = np.where(running, ids, np.int32(stop))  # padding could be a fully masked row
        if len(new) == length or not running.any():
            return np.stack(new, axis=1)
        logits, state = step(ids, state)


def beam_search(step, prompt, *, length, beams, stop=None, alpha=1.0, state=None, reorder=None):
    """Search for the most probable continuation, keeping K candidates a row at any time.

    step: as in the head of this module, on N = B * K rows, those of one prompt side by side;
    prompt: int (B, T); length: the most new tokens; beams: K; stop: the id that ends a candidate;
    alpha: candidates compare by log-probability / tokens**alpha (0 is no length normalisation,
    1 the mean per token); state: before the prompt, with B rows;
    reorder: (state, rows) -> the state with these rows, by default `take_rows`
    -> ids: int32 (B, K, N), padded with 0 after stop, and scores: float (B, K), best first.
    ValueError as in `generate`, and for beams below 1.
    """
    if beams < 1:
        raise ValueError(f"beams is {beams}: keep at least 1 candidate.")
    prompt, reorder = _checked_prompt(prompt, length), reorder or take_rows
    copies = np.repeat(np.arange(len(prompt)), beams)
    state = None if state is None else reorder(state, copies)
    logits, state = _read(step, prompt[copies], state, stop)
    stop = -1 if stop is None else stop  # no token has this id
    ids = np.zeros((len(prompt), beams, 0), np.int32)
    total = np.full((len(prompt), beams), -np.inf)
    total[:, 0] = 0  # one candidate at the start: K equal ones would stay equal
    while True:
        ids, total, scores, rows = _extend(ids, total, logits, stop, alpha)
        ended = (ids == stop).any(axis=-1)
        if ids.shape[-1] == length or ended.all():
            return ids, scores
        newest = np.where(ended, stop, ids[:, :, -1])  # padding could be a fully masked row
        logits, state = step(newest.ravel().astype(np.int32), reorder(state, rows))


def translate(read, sources, *, beams=1, alpha=1.0):
    """Translate sentences: greedily with one beam, else by the best of a beam search.

    read: source ids (B, S), padded on the right -> a step as in the head of this module; sources:
    list of int (S_i,), from [START] to [END] -> list of int32 (T_i,), without these two and in
    the order of the sources. Up to 250 sentences of similar length are read together, and
    a translation that does not end is cut at twice the length of the longest of them.
    """
    order = np.argsort([len(source) for source in sources], kind="stable")
    found, longest = [None] * len(sources), max(map(len, sources), default=0)
    for at in range(0, len(order), 250):  # rows at a time, for the memory's sake
        rows = order[at : at + 250]
        # All of one width, since a step is compiled anew for a new shape.
        source = pad([sources[row] for row in rows], length=longest)
        prompt = np.full((len(rows), 1), START)
        options = {"length": 2 * len(sources[rows[-1]]), "stop": END}
        if beams == 1:
            chosen = generate(read(source), prompt, pick=greedy, **options)
        else:
            options |= {"beams": beams, "alpha": alpha}
            chosen = beam_search(read(source), prompt, **options)[0][:, 0]
        for row, new in zip(rows, chosen, strict=True):
            found[row] = new[(new != PADDING) & (new != END)]
    return found


def attention_weights(model, sources, targets):
    """Say where a trained translator looks while it reads finished translations once more.

    model: what `translator` returns; sources: list of int (S_i,), from [START] to [END]; targets:
    list of int (T_i,), without these two -> list of float (T_i + 1, S_i): one row for each id of
    the target and one for its [END]. Raises ValueError for a model without attention.
    """
    if "attention" not in model.output:
        raise ValueError("the model has no attention: build it with attention=True")
    if len(sources) == 0:
        return []
    padded, inputs = pad(sources), pad([np.append(START, ids) for ids in targets])
    found = []
    for at in range(0, len(padded), 250):  # of one width and 250 rows, as above
        some = slice(at, at + 250)
        weights = model.predict_on_batch([padded[some], inputs[some]])["attention"]
        sizes = zip(weights, targets[some], sources[some], strict=True)
        found += [rows[: len(new) + 1, : len(source)] for rows, new, source in sizes]
    return found


def take_rows(state, rows):
    """Pick rows of every array in nested tuples, lists and dicts. rows: int (N,)."""
    if state is None:
        return None
    if isinstance(state, dict):
        return {name: take_rows(part, rows) for name, part in state.items()}
    if isinstance(state, (tuple, list)):
        return type(state)(take_rows(part, rows) for part in state)
    return np.take(np.asarray(state), rows, axis=0)


def _extend(ids, total, logits, stop, alpha):
    """One step of beam search: ids (B, K, N) and log-probabilities (B, K) to N + 1 and the best K.

    -> ids, log-probabilities, scores, and rows: int (B * K,), the old row of each new one.
    """
    batch, beams = total.shape
    log_p = _log_softmax(_checked(logits)).reshape(batch, beams, -1)
    ended = (ids == stop).any(axis=-1)
    log_p[ended] = -np.inf
    log_p[ended, PADDING] = 0  # an ended candidate goes on as itself, at no cost
    lengths = (np.cumsum(ids == stop, axis=-1) == 0).sum(axis=-1) + 1  # stop counts, padding not
    total = total[:, :, None] + log_p
    scores = (total / lengths[:, :, None] ** alpha).reshape(batch, -1)
    best = _largest(scores, beams)
    beam, token = np.divmod(best, log_p.shape[-1])
    ids = np.concatenate([np.take_along_axis(ids, beam[:, :, None], 1), token[:, :, None]], axis=-1)
    total = np.take_along_axis(total.reshape(batch, -1), best, axis=1)
    rows = (beam + beams * np.arange(batch)[:, None]).ravel()
    return ids.astype(np.int32), total, np.take_along_axis(scores, best, axis=1), rows


def _read(step, prompt, state, stop):
    """Feed the prompt, int (N, T); return the last logits and the state after it."""
    for ids in prompt.T:
        logits, state = step(ids, state)
    vocabulary = np.shape(logits)[-1]
    if stop is not None and not 0 <= stop < vocabulary:
        raise ValueError(f"stop is {stop}: the model knows ids from 0 to {vocabulary - 1}.")
    return logits, state


def _checked_prompt(prompt, length):
    try:
        prompt = np.asarray(prompt, np.int32)
    except ValueError:
        prompt = np.zeros(0)  # rows of several lengths
    if prompt.ndim != 2 or prompt.size == 0:
        raise ValueError("The prompt is no table of ids: give int (B, T), equal rows of 1 or more.")
    if (prompt == PADDING).any():
        row = int(np.argwhere(prompt == PADDING)[0, 0])
        raise ValueError(f"Row {row} of the prompt has padding (0): give rows of one length.")
    if length < 1:
        raise ValueError(f"length is {length}: ask for at least 1 new token.")
    return prompt


def _checked(logits):
    logits = np.asarray(logits, float)
    if logits.ndim != 2 or logits.size == 0:
        raise ValueError(f"The logits have shape {logits.shape}: give (B, V).")
    best = logits.max(axis=-1)  # NaN and inf show in the maximum, and so does a row all -inf
    if not np.isfinite(best).all():
        row = int(np.argmin(np.isfinite(best)))
        raise ValueError(
            f"The largest logit of row {row} is {best[row]}: it must be a finite number."
        )
    return logits


def _descending(values):
    return np.argsort(-values, axis=-1, kind="stable")


def _largest(values, count):
    """The places of the largest values, in the order of `_descending`: (N, M) -> int (N, count)."""
    least = np.partition(values, -count, axis=-1)[:, -count]  # ten times faster than sorting all
    places = [np.flatnonzero(row >= floor) for row, floor in zip(values, least, strict=True)]
    return np.stack([p[_descending(row[p])[:count]] for row, p in zip(values, places, strict=True)])


def _keep(logits, order, keep):
    """-inf for every token but those at `order` where `keep`; both (B, at most V)."""
    cut = np.full(logits.shape, -np.inf)
    kept = np.where(keep, np.take_along_axis(logits, order, axis=-1), -np.inf)
    np.put_along_axis(cut, order, kept, axis=-1)
    return cut


def _log_softmax(logits):
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
