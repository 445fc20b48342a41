"""Notebook 13: its contestants, its probes, and the experiments that it shows."""

import ast
import functools

import keras
import numpy as np
import pytest
import which_cost
import which_language
import which_models
import which_probes
import which_series
from execution import NOTEBOOKS, ROOT, read
from which_models import CLOSER, CONTESTANTS

EVERY = {**CONTESTANTS, **CLOSER}
MAIN = NOTEBOOKS / "13_which_network.ipynb"
CLOSER_LOOK = NOTEBOOKS / "closer" / "13_which_network.ipynb"


def definitions(source):
    """Functions and classes of some code, by name, without docstrings."""
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            node.body = [part for part in node.body if not is_text(part)]
            found[node.name] = ast.dump(node)
    return found


def is_text(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def code_of(path):
    return "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "code")


def test_what_is_measured_is_what_the_notebook_shows():
    shown = definitions(code_of(MAIN))
    measured = definitions((ROOT / "benchmarks" / "which_models.py").read_text("utf-8"))
    same = [name for name in measured if name in shown]
    assert set(same) >= {function.__name__ for function in CONTESTANTS.values()}
    assert {"scan", "MinGRU", "Positions", "feed_forward"} <= set(same)
    assert [name for name in same if shown[name] != measured[name]] == []


def test_the_closer_look_times_and_draws_what_is_measured():
    shown = definitions(code_of(CLOSER_LOOK))
    for module in (which_models, which_cost):
        measured = definitions((ROOT / "benchmarks" / f"{module.__name__}.py").read_text("utf-8"))
        same = {"scan", "feed_forward", "gru_and_attention", "gru_step", "attention_step"}
        for name in same & set(measured):
            assert shown[name] == measured[name], name


@pytest.mark.parametrize("steps", [1, 2, 7, 64])
def test_a_scan_is_its_loop(steps):
    rng = np.random.default_rng(steps)
    keep, new = rng.uniform(-1, 1, (2, 3, steps, 4))
    h, states = 0, []
    for t in range(steps):
        h = keep[:, t] * h + new[:, t]
        states.append(h)
    np.testing.assert_allclose(which_models.scan(keep, new), np.stack(states, 1), atol=1e-5)


def alone(contestant, steps=12, width=8, units=6):
    inputs = keras.Input((steps, width))
    return keras.Model(inputs, contestant(inputs, units))


@pytest.mark.parametrize("name", EVERY)
def test_no_contestant_sees_the_future(name):
    keras.utils.set_random_seed(3)
    model = alone(EVERY[name])
    rng = np.random.default_rng(3)
    x = rng.normal(size=(2, 12, 8)).astype("float32")
    changed = x.copy()
    changed[:, 7:] = rng.normal(size=(2, 5, 8))
    moved = np.abs(np.asarray(model(x)) - np.asarray(model(changed))).max(axis=(0, 2))
    assert moved[:7].max() < 1e-5
    assert moved[7:].min() > 1e-3


COUNT = functools.cache(which_models.count)  # it builds a model, a minGRU for half a second


@pytest.mark.parametrize("name", EVERY)
def test_equal_parameters_within_5_percent(name, monkeypatch):
    contestant = EVERY[name]
    monkeypatch.setattr(which_models, "count", COUNT)
    for width, budget in [(which_probes.WIDTH, which_probes.PARAMETERS), (64, 100_000)]:
        units = which_models.units_for(contestant, width, budget)
        count = which_models.count(contestant, units, width)
        assert abs(count / budget - 1) < 0.025


def test_a_gated_recurrence_keeps_with_its_sign_or_turns_it():
    """By hand: gates forced by the bias, candidate 1."""
    x = np.zeros((1, 3, 2), "float32")
    for kind, bias, states in [
        (which_models.MinGRU, -30.0, [0, 0, 0]),  # z = 0: nothing enters
        (which_models.MinGRU, 0.0, [1 / 2, 3 / 4, 7 / 8]),
        (which_models.SignedMinGRU, 30.0, [2, 0, 2]),  # z = 2: h = -h + 2
    ]:
        layer = kind(1)
        layer(x)
        layer.gate.set_weights([np.zeros((2, 1)), np.array([bias])])
        layer.candidate.set_weights([np.zeros((2, 1)), np.array([1.0])])
        np.testing.assert_allclose(np.asarray(layer(x))[0, :, 0], states, atol=1e-5)


def test_parity_by_hand():
    bits, parity, weights = which_probes.draw_bits(np.random.default_rng(1), 50, 9)
    for row, answers in zip(bits, parity[:, :, 0], strict=True):
        for step in range(9):
            assert answers[step] == list(row[: step + 1]).count(1) % 2
    assert weights.min() == 1


@pytest.mark.parametrize("pairs", [None, 1, 5])
def test_recall_asks_for_what_was_shown(pairs):
    x, values, asks = which_probes.draw_pairs(np.random.default_rng(1), 200, 12, pairs)
    for (keys, said), answers, asked in zip(x.transpose(0, 2, 1), values, asks, strict=True):
        shown = int(12 - asked.sum())
        assert 1 <= shown <= 6 and (pairs is None or shown == pairs)
        assert len(set(keys[:shown])) == shown
        known = dict(zip(keys[:shown], said[:shown], strict=True))
        assert all(said[:shown] > 0) and not said[shown:].any()
        assert [known[key] for key in keys[shown:]] == list(answers[shown:])


def test_attention_with_a_cache_is_attention():
    rng = np.random.default_rng(4)
    x, w = rng.normal(size=(5, 3)), rng.normal(size=(3, 9))
    keys, values = np.zeros((2, 5, 3))
    query, key, value = np.split(x @ w, 3, axis=1)
    for t in range(5):
        read_now = which_cost.attention_step(keys, values, t, x[t], w)
        scores = np.exp(key[: t + 1] @ query[t] / np.sqrt(3))
        np.testing.assert_allclose(read_now, scores @ value[: t + 1] / scores.sum())


def test_a_step_of_the_gru_is_that_of_keras():
    layer = keras.layers.GRU(4)
    x = np.random.default_rng(5).normal(size=(1, 6, 3)).astype("float32")
    right = np.asarray(layer(x))[0]
    h = np.zeros(4)
    for t in range(6):
        h = which_cost.gru_step(h, x[0, t], *[np.asarray(weight) for weight in layer.weights])
    np.testing.assert_allclose(h, right, atol=1e-5)


def test_windows_of_a_series():
    values = np.arange(20.0).reshape(10, 2)  # column 0 is 0, 2, 4 ...
    x, y = which_series.windows(values, window=3, horizon=2)
    assert x.shape == (6, 3, 2) and y.shape == (6, 2)
    assert x[0].tolist() == [[0, 1], [2, 3], [4, 5]] and y[0].tolist() == [6, 8]
    assert x[-1, -1, 0] == 14 and y[-1].tolist() == [16, 18]


def test_equal_steps_and_equal_time():
    rows = [[10, 9.0, 8.0], [20, 7.0, 6.0], [30, 5.0, 4.0]]  # seconds, validation, test
    assert which_language.scores(rows, 2, 35) == {
        "equal steps": 6.0,
        "CPU seconds": 20,
        "equal time": 4.0,
        "epochs then": 3,
    }
    assert which_language.scores(rows, 3, 5)["equal time"] == 8.0  # the first epoch at least


def test_means_with_spread():
    rows = [{"network": "a", "rate": 0.1, "MAE": value} for value in (1.0, 2.0, 6.0)]
    (line,) = which_probes.table(rows)
    assert line == {"network": "a", "rate": 0.1, "MAE": 3.0, "MAE spread": 5.0}
