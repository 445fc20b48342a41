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
