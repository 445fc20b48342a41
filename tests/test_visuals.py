"""Figures draw the data they are given, on the Axes they are given."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402
import pytest  # noqa: E402

from rnnkit import visuals  # noqa: E402


@pytest.fixture
def ax():
    fig, ax = plt.subplots()
    yield ax
    plt.close(fig)


def test_learning_curves_draw_training_validation_and_limit(ax):
    history = {"loss": [2.0, 1.0], "val_loss": [2.5, 1.5]}
    assert visuals.learning_curves({"a": history}, ax, transform=np.exp, limit=2.0) is ax
    training, validation, limit = (line.get_ydata() for line in ax.get_lines())
    np.testing.assert_allclose(training, np.exp([2.0, 1.0]))
    np.testing.assert_allclose(validation, np.exp([2.5, 1.5]))
    np.testing.assert_allclose(limit, 2.0)
    assert ax.get_xlabel() == "epoch"


def test_learning_curves_name_a_metric_that_is_missing(ax):
    with pytest.raises(ValueError, match=r"'a' has no 'accuracy', only \['loss'\]"):
        visuals.learning_curves({"a": {"loss": [1.0]}}, ax, metric="accuracy")


def test_the_heat_map_writes_each_token_once_in_order_and_breaks_lines(ax):
    tokens = ["a", "long", "line", "of", "words"]
    assert visuals.token_heat_map(tokens, np.linspace(0, 1, 5), ax, columns=10) is ax
    drawn = [(text.get_text(), text.get_position()) for text in ax.texts]
    assert [token for token, _ in drawn] == tokens
    rows = [-y for _, (_, y) in drawn]
    assert rows == sorted(rows) and len(set(rows)) > 1
    ends = [x + len(token) for token, (x, _) in drawn]
    assert max(ends) <= 10


def test_the_heat_map_colours_by_value_with_readable_letters(ax):
    visuals.token_heat_map(["low", "high"], [0.0, 1.0], ax, cmap="gray", limits=(0, 1))
    low, high = ax.texts
    assert low.get_bbox_patch().get_facecolor()[:3] == (0, 0, 0) and low.get_color() == "white"
    assert high.get_bbox_patch().get_facecolor()[:3] == (1, 1, 1) and high.get_color() == "black"


def test_the_heat_map_wants_one_value_a_token(ax):
    with pytest.raises(ValueError, match="2 tokens, but 1 values"):
        visuals.token_heat_map(["a", "b"], [1.0], ax)


def test_success_by_lag_draws_the_mean_and_a_band_from_worst_to_best(ax):
    rates = {"a": [[0.9, 1.0, 0.8], [0.2, 0.3, 0.4]]}  # two lags, three runs
    assert visuals.success_by_lag([2, 8], rates, ax, chance=0.1) is ax
    mean, chance = ax.get_lines()
    np.testing.assert_allclose(mean.get_xdata(), [2, 8])
    np.testing.assert_allclose(mean.get_ydata(), [0.9, 0.3])
    np.testing.assert_allclose(chance.get_ydata(), 0.1)
    (band,) = ax.collections
    corners = {(x, round(y, 6)) for x, y in band.get_paths()[0].vertices}
    assert {(2, 0.8), (2, 1.0), (8, 0.2), (8, 0.4)} <= corners


def test_success_by_lag_wants_a_row_for_each_lag(ax):
    with pytest.raises(ValueError, match=r"'a' has the shape \(1, 2\): it must be \(3, S\)"):
        visuals.success_by_lag([1, 2, 4], {"a": [[0.5, 0.6]]}, ax)


def test_gate_trace_draws_each_gate_over_the_steps_and_the_marks(ax):
    gates = {"forget": np.array([1.0, 0.1, 1.0]), "input": np.array([0.0, 0.9, 0.0])}
    assert visuals.gate_trace(gates, ax, marks=[1]) is ax
    mark, forget, written = ax.get_lines()
    assert list(mark.get_xdata()) == [1, 1]
    np.testing.assert_allclose(forget.get_xdata(), [0, 1, 2])
    np.testing.assert_allclose(forget.get_ydata(), gates["forget"])
    np.testing.assert_allclose(written.get_ydata(), gates["input"])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list(gates)


def test_gate_trace_wants_traces_of_one_length(ax):
    with pytest.raises(ValueError, match="{'f': 3, 'i': 2}"):
        visuals.gate_trace({"f": np.zeros(3), "i": np.zeros(2)}, ax)
