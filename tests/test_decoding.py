"""Decoding over fake step functions whose answers are known by hand."""

import itertools

import numpy as np
import pytest

from rnnkit import decoding

STOP = 3
# Next-token probabilities by the newest token. Token 0 is padding and never follows.
# Greedy from 4 goes 1 (0.6), 1 (0.4), ...; the best sentence starts with the less likely 2.
TABLE = np.array(
    [
        [0.00, 0.25, 0.25, 0.25, 0.25],
        [0.00, 0.40, 0.25, 0.20, 0.15],
        [0.00, 0.05, 0.02, 0.90, 0.03],
        [0.00, 0.30, 0.30, 0.20, 0.20],
        [0.00, 0.60, 0.38, 0.01, 0.01],
    ]
)


def log(values):
    with np.errstate(divide="ignore"):
        return np.log(np.asarray(values, float))


def table_step(ids, state):
    return log(TABLE)[ids], state


def counting_step(vocabulary):
    """A model that says the newest id plus one and keeps in its state all that it was shown."""
    calls = []

    def step(ids, state):
        state = [] if state is None else state
        calls.append(np.array(ids))
        logits = np.full((len(ids), vocabulary), -np.inf)
        logits[np.arange(len(ids)), (ids + 1) % vocabulary] = 0.0
        return logits, [*state, ids.tolist()]

    return step, calls


# Filters


def test_temperature_by_hand():
    halved = decoding.probabilities(decoding.temperature(log([[0.8, 0.2]]), 0.5))
    np.testing.assert_allclose(halved, [[16 / 17, 1 / 17]])  # 0.8**2 : 0.2**2
    doubled = decoding.probabilities(decoding.temperature(log([[0.64, 0.04, 0.32]]), 2))
    np.testing.assert_allclose(doubled, [[0.8, 0.2, 0.32**0.5]] / np.array(1 + 0.32**0.5))


def test_temperature_keeps_what_is_cut():
    assert decoding.temperature([[0.0, -np.inf]], 3.0).tolist() == [[0.0, -np.inf]]


@pytest.mark.parametrize("value", [1e-3, 1e-300])
def test_temperature_to_zero_is_greedy(value):
    logits = np.random.default_rng(0).normal(size=(50, 20))
    cold = decoding.sample(decoding.temperature(logits, value), np.random.default_rng(1))
    assert cold.tolist() == decoding.greedy(logits).tolist()


def test_top_k_by_hand_with_ties():
    logits = [[1.0, 3.0, 2.0, 2.0], [0.0, 0.0, 0.0, 0.0]]
    kept = np.isfinite(decoding.top_k(logits, 2))
    assert kept.tolist() == [[False, True, True, False], [True, True, False, False]]
    many = np.arange(5000) % 2  # enough for an unstable sort to show
    assert np.flatnonzero(np.isfinite(decoding.top_k(many[None], 3))).tolist() == [1, 3, 5]


def test_top_k_of_one_is_greedy_and_of_all_is_nothing():
    logits = np.random.default_rng(0).normal(size=(50, 20))
    one = decoding.sample(decoding.top_k(logits, 1), np.random.default_rng(1))
    assert one.tolist() == decoding.greedy(logits).tolist()
    for k in (20, np.int64(99)):
        np.testing.assert_array_equal(decoding.top_k(logits, k), logits)


@pytest.mark.parametrize(
    ("p", "kept"),
    [
        (1e-300, [2]),
        (0.05, [2]),
        (0.5, [2]),  # 0.5 reaches 0.5
        (0.51, [0, 2]),
        (0.8, [0, 2]),
        (0.81, [0, 1, 2]),
        (0.95, [0, 1, 2]),  # of the two 0.05 the lower id
        (0.96, [0, 1, 2, 3]),
        (1, [0, 1, 2, 3, 4]),
    ],
)
def test_nucleus_by_hand(p, kept):
    logits = log([[0.3, 0.15, 0.5, 0.05, 1e-20]])
    cut = decoding.nucleus(logits, p)
    assert np.flatnonzero(np.isfinite(cut[0])).tolist() == kept
    np.testing.assert_array_equal(cut[0, kept], logits[0, kept])


def test_nucleus_of_one_is_plain_sampling():
    logits = np.random.default_rng(0).normal(size=(500, 20))
    plain = decoding.sample(logits, np.random.default_rng(1))
    whole = decoding.sample(decoding.nucleus(logits, 1.0), np.random.default_rng(1))
    assert plain.tolist() == whole.tolist()


def test_filters_compose_and_leave_their_input_alone():
    logits = log([[0.4, 0.3, 0.2, 0.1]])
    before = logits.copy()
    cut = decoding.nucleus(decoding.top_k(decoding.temperature(logits, 1.0), 3), 0.7)
    # Of the three kept, 0.4 / 0.9 + 0.3 / 0.9 = 0.78 reaches 0.7.
    assert np.isfinite(cut).tolist() == [[True, True, False, False]]
    np.testing.assert_array_equal(logits, before)


# Choices


def test_greedy_takes_the_lowest_of_equal_ids():
    assert decoding.greedy([[1.0, 5.0, 5.0], [2.0, 2.0, 2.0]]).tolist() == [1, 0]


def test_sample_draws_each_token_as_often_as_its_probability_says():
    wanted = np.array([0.5, 0.3, 0.15, 0.05, 0.0])
    draws = 20_000
    ids = decoding.sample(np.tile(log(wanted), (draws, 1)), np.random.default_rng(7))
    share = np.bincount(ids, minlength=5) / draws
    # Four standard errors: a right sampler leaves them once in 16,000 tries a token.
    assert (abs(share - wanted) <= 4 * np.sqrt(wanted * (1 - wanted) / draws)).all()


def test_sample_follows_its_generator():
    logits = np.zeros((30, 9))
    first, again = (decoding.sample(logits, np.random.default_rng(3)) for _ in range(2))
    assert first.tolist() == again.tolist()
    assert first.tolist() != decoding.sample(logits, np.random.default_rng(4)).tolist()


def test_probabilities_survive_large_logits():
    np.testing.assert_allclose(decoding.probabilities([[1e4, 1e4, -np.inf]]), [[0.5, 0.5, 0]])


# Generation


def test_generate_takes_one_step_a_token_and_carries_the_state():
    step, calls = counting_step(10)
    ids = decoding.generate(step, [[4, 5], [1, 2]], length=3, pick=decoding.greedy)
    assert ids.dtype == np.int32
    assert ids.tolist() == [[6, 7, 8], [3, 4, 5]]
    # T + N - 1 calls of one token each, and none for the token nobody reads on from.
    assert [call.tolist() for call in calls] == [[4, 1], [5, 2], [6, 3], [7, 4]]


def test_generate_hands_the_state_on_unread():
    seen = []

    def step(ids, state):
        seen.append(state)
        return np.zeros((1, 5)), (*state, "read")

    decoding.generate(step, [[1, 1]], length=3, pick=decoding.greedy, state=())
    assert seen == [(), ("read",), ("read",) * 2, ("read",) * 3]  # two of the prompt, two new


def test_generate_stops_each_row_at_its_stop_token():
    step, calls = counting_step(8)
    ids = decoding.generate(step, [[4], [2], [3]], length=9, pick=decoding.greedy, stop=6)
    assert ids.tolist() == [[5, 6, 0, 0], [3, 4, 5, 6], [4, 5, 6, 0]]
    assert len(calls) == 4  # the last row's stop ends it: no step after that
    assert all((call != 0).all() for call in calls)  # no row is fed padding


def test_generate_samples_what_the_table_says():
    rng = np.random.default_rng(0)
    prompt = np.full((20_000, 1), 4)
    ids = decoding.generate(table_step, prompt, length=1, pick=lambda x: decoding.sample(x, rng))
    share = np.bincount(ids[:, 0], minlength=5) / len(ids)
    error = np.sqrt(TABLE[4] * (1 - TABLE[4]) / len(ids))
    assert (abs(share - TABLE[4]) <= 4 * error).all()


# Beam search


def exhaustive(start, length, alpha):
    """Every continuation that ends with STOP or is cut at `length`, with its score, best first."""
    found = {}
    for word in itertools.product(range(1, 5), repeat=length):
        end = word.index(STOP) + 1 if STOP in word else length
        path = (start, *word[:end])
        total = sum(log(TABLE)[a, b] for a, b in itertools.pairwise(path))
        found[word[:end]] = total / end**alpha
    return sorted(found.items(), key=lambda item: -item[1])


@pytest.mark.parametrize("alpha", [0.0, 0.7, 1.0])
def test_wide_beams_find_what_exhaustive_search_finds(alpha):
    start = [4, 1, 2]
    ids, scores = decoding.beam_search(
        table_step, [[s] for s in start], length=4, beams=200, stop=STOP, alpha=alpha
    )
    for row, token in enumerate(start):
        wanted = exhaustive(token, 4, alpha)[:10]
        np.testing.assert_allclose(scores[row, :10], [score for _, score in wanted])
        best = [x for x in ids[row, 0].tolist() if x]
        assert tuple(best) == wanted[0][0]


def test_two_beams_beat_greedy_by_hand():
    # 2 then STOP: 0.38 * 0.9 = 0.342; greedy's way begins with 0.6 * 0.4 = 0.24 and only falls.
    ids, scores = decoding.beam_search(table_step, [[4]], length=4, beams=2, stop=STOP, alpha=0)
    assert ids[0, 0].tolist()[:2] == [2, STOP]
    assert scores[0, 0] == pytest.approx(np.log(0.342))


def test_one_beam_is_greedy():
    prompt = [[1], [4], [2]]
    ids, _ = decoding.beam_search(table_step, prompt, length=5, beams=1, stop=STOP)
    greedy = decoding.generate(table_step, prompt, length=5, pick=decoding.greedy, stop=STOP)
    assert ids[:, 0].tolist() == greedy.tolist()


def history_step(ids, state):
    """The table, and a state that holds the tokens each row has read: (N, steps so far)."""
    read = np.concatenate([state["read"], ids[:, None]], axis=1)
    return log(TABLE)[ids], {"read": read, "layers": (read[:, -1:], [None])}


def test_beams_take_their_state_along():
    states = []

    def step(ids, state):
        logits, state = history_step(ids, state)
        states.append(state)
        return logits, state

    start = {"read": np.array([[90], [91]]), "layers": ()}
    ids, _ = decoding.beam_search(step, [[4], [1]], length=4, beams=3, state=start)
    read = states[-1]["read"].reshape(2, 3, -1)  # prompt's state, prompt, all but the last token
    assert read[:, :, 0].tolist() == [[90] * 3, [91] * 3]
    assert read[:, :, 1].tolist() == [[4] * 3, [1] * 3]
    # Each final candidate grew out of one of the histories that the last step saw.
    for row in range(2):
        histories = read[row, :, 2:].tolist()
        assert all(candidate[:3].tolist() in histories for candidate in ids[row])
    assert len(np.unique(ids[0], axis=0)) == 3


def test_the_largest_are_those_of_a_full_sort():
    values = np.random.default_rng(0).normal(size=(40, 30))
    values[::3, ::2] = -np.inf
    values[4, 1:] = -np.inf  # fewer finite ones than asked for
    for count in (1, 3, 29, 30):
        wanted = -np.sort(-values, axis=1)[:, :count]
        places = decoding._largest(values, count)
        np.testing.assert_array_equal(np.take_along_axis(values, places, axis=1), wanted)


# Errors


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: decoding.temperature([[1.0]], 0), "temperature is 0: give a finite number above"),
        (lambda: decoding.temperature([[1.0]], -2), "temperature is -2"),
        (lambda: decoding.temperature([[1.0]], float("nan")), "temperature is nan"),
        (lambda: decoding.top_k([[1.0]], 0), "k is 0: give a whole number"),
        (lambda: decoding.top_k([[1.0]], 2.5), "k is 2.5"),
        (lambda: decoding.nucleus([[1.0]], 0), "p is 0: give a share"),
        (lambda: decoding.nucleus([[1.0]], 1.01), "p is 1.01"),
        (lambda: decoding.greedy([[1.0, 2.0], [0.0, np.nan]]), "logit of row 1 is nan"),
        (lambda: decoding.greedy([[np.inf, 2.0]]), "logit of row 0 is inf"),
        (lambda: decoding.top_k([[-np.inf, -np.inf]], 1), "logit of row 0 is -inf"),
        (lambda: decoding.greedy([1.0, 2.0]), r"shape \(2,\): give \(B, V\)"),
        (lambda: decoding.greedy([["a", "b"]]), r"shape \(0,\): give \(B, V\)"),
        (lambda: decoding.greedy([[1.0, 2.0], [1.0]]), r"shape \(0,\): give \(B, V\)"),
        (lambda: decoding.greedy(None), r"shape \(\): give \(B, V\)"),
        (lambda: decoding.probabilities([1.0, np.nan]), "logit of row 0 is nan"),
        (lambda: decoding.probabilities([]), r"shape \(0,\)"),
        (lambda: decoding.temperature([[1.0]], "1"), "temperature is 1: give a finite number"),
        (lambda: decoding.temperature([[1.0]], None), "temperature is None"),
        (lambda: decoding.top_k([[1.0]], True), "k is True: give a whole number"),
        (lambda: decoding.nucleus([[1.0]], "0.5"), "p is 0.5: give a share"),
    ],
)
def test_bad_arguments_are_named(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


@pytest.mark.parametrize(
    ("prompt", "options", "sentence"),
    [
        ([[]], {}, "prompt is no table of ids"),
        ([], {}, "prompt is no table of ids"),
        ([1, 2], {}, "prompt is no table of ids"),
        ([[1, 2], [1]], {}, "equal rows"),
        ([[1, 2], [1, 0]], {}, "Row 1 of the prompt has padding"),
        ([[1]], {"length": 0}, "length is 0"),
        ([[1]], {"length": 2.5}, "length is 2.5: ask for a whole number"),  # once it never ended
        ([[1]], {"length": float("inf")}, "length is inf"),
        ([[1]], {"length": float("nan")}, "length is nan"),
        ([[1]], {"length": -3}, "length is -3"),
        ([[1]], {"length": True}, "length is True"),
        ([[1]], {"length": "5"}, "length is 5"),
        ([[1]], {"length": None}, "length is None"),
        ([[1.5]], {}, "prompt is no table of ids"),
        ([[np.nan]], {}, "prompt is no table of ids"),
        ([[True]], {}, "prompt is no table of ids"),
        ([["a"]], {}, "prompt is no table of ids"),
        ([[-1]], {}, "prompt is no table of ids"),
        ([[2**31]], {}, "prompt is no table of ids"),
        ([[10**30]], {}, "prompt is no table of ids"),
        (None, {}, "prompt is no table of ids"),
        ([[1]], {"stop": 5}, "stop is 5: the model knows ids from 0 to 4"),
        ([[1]], {"stop": -1}, "stop is -1"),
        ([[1]], {"stop": 1.5}, "stop is 1.5"),
        ([[1]], {"stop": "2"}, "stop is 2"),
    ],
)
def test_bad_prompts_are_named(prompt, options, sentence):
    options = {"length": 2, **options}
    with pytest.raises(ValueError, match=sentence):
        decoding.generate(table_step, prompt, pick=decoding.greedy, **options)
    with pytest.raises(ValueError, match=sentence):
        decoding.beam_search(table_step, prompt, beams=2, **options)


@pytest.mark.parametrize("alpha", [-1, 11, float("nan"), float("inf"), "1", None])
def test_an_alpha_that_cannot_rank_is_named(alpha):
    with pytest.raises(ValueError, match=f"alpha is {alpha}: give a number from 0 to 10"):
        decoding.beam_search(table_step, [[1]], length=2, beams=2, alpha=alpha)


@pytest.mark.parametrize("picked", [[9], [-1], [0.5], [1, 2], 1, "a", None])
def test_a_pick_that_gives_no_ids_is_named(picked):
    with pytest.raises(ValueError, match="pick gives .*: it must give 1 ids from 0 to 4"):
        decoding.generate(table_step, [[1]], length=2, pick=lambda logits: picked)


def test_logits_at_the_end_of_the_range_give_probabilities():
    logits = np.array([[1e308, -1e308, 1e308]])
    assert decoding.probabilities(logits) == pytest.approx(np.array([[0.5, 0, 0.5]]))
    assert decoding.temperature(logits, 1e-300).tolist() == [[0, -np.inf, 0]]


@pytest.mark.parametrize("number", [np.float32, np.float16, np.int8, int])
def test_a_temperature_may_be_a_number_of_any_type(number):
    assert decoding.temperature([[0.0, 1.0]], number(2)).tolist() == [[-0.5, 0.0]]


def test_no_beams_are_named():
    for beams in (0, 1.5, True, "2", None):
        with pytest.raises(ValueError, match=f"beams is {beams}"):
            decoding.beam_search(table_step, [[1]], length=2, beams=beams)


@pytest.mark.parametrize("value", [10**400, -1, 0, np.nan, np.inf, None, "1"])
def test_a_temperature_that_is_no_finite_number_above_0(value):
    with pytest.raises(ValueError, match="temperature is"):
        decoding.temperature([[0.0, 1.0]], value)
