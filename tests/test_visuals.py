"""Figures draw the data they are given, on the Axes they are given."""

from collections import Counter

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
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


def test_gate_map_draws_a_row_for_each_unit_the_most_open_on_top(ax):
    gates = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3]])  # 3 steps, 2 units
    assert visuals.gate_map(gates, ax, marks=[0, 1, 0]) is ax
    (picture,) = ax.get_images()
    np.testing.assert_allclose(picture.get_array(), [[0.1, 0.2, 0.3], [0.9, 0.8, 0.7]])
    assert picture.get_clim() == (0, 1) and picture.origin == "lower"
    (marks,) = ax.get_lines()
    assert list(marks.get_xdata()) == [1] and marks.get_ydata()[0] > 1


def test_the_drawing_has_a_box_for_each_value_and_the_same_weights_at_each_step(ax):
    assert visuals.unrolled(["a", "b", None], [None, None, "y"], ax) is ax
    written = Counter(text.get_text() for text in ax.texts if text.get_text())
    boxes = {"a": 1, "b": 1, "y": 1, "$h_0$": 1, "$h_{1}$": 1, "$h_{2}$": 1, "$h_{3}$": 1}
    assert written == {**boxes, "$W_h$": 3, "$W_x$": 2, "$W_y$": 1}
    with pytest.raises(ValueError, match="1 inputs, but 2 outputs"):
        visuals.unrolled(["a"], ["y", "z"], ax)


def test_the_gradient_is_drawn_from_lag_zero_without_what_has_vanished(ax):
    assert visuals.gradient_by_lag({"LSTM": [1.0, 0.1, 0.0]}, ax) is ax
    (line,) = ax.get_lines()
    np.testing.assert_array_equal(line.get_xdata(), [0, 1, 2])
    np.testing.assert_array_equal(line.get_ydata(), [1.0, 0.1, np.nan])
    assert ax.get_yscale() == "log" and line.get_label() == "LSTM"
    with pytest.raises(ValueError, match="norms is empty"):
        visuals.gradient_by_lag({}, ax)


def test_source_words_that_are_hardly_looked_at_can_be_left_out(ax):
    weights = [[0.5, 0.05, 0.45], [0.9, 0.09, 0.01]]
    visuals.attention_map(weights, ["a", "b", "c"], ["x", "y"], ax, least=0.1)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "c"]
    assert ax.images[0].get_array().shape == (2, 2)


def test_attention_map_has_a_row_a_target_word(ax):
    weights = np.array([[0.9, 0.1, 0], [0, 0.2, 0.8]])
    links = [(0,), (2, 1), (1,)]  # one more than there are target words: it is not drawn
    assert visuals.attention_map(weights, ["a", "b", "c"], ["x", "y"], ax, links=links) is ax
    assert ax.images[0].get_array().tolist() == weights.tolist()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["x", "y"]
    assert [patch.get_xy() for patch in ax.patches] == [(-0.5, -0.5), (1.5, 0.5)]
    with pytest.raises(ValueError, match=r"2 target and 2 source words need \(2, 2\)"):
        visuals.attention_map(weights, ["a", "b"], ["x", "y"], ax)


@pytest.mark.parametrize("name", ["rnn_cell", "lstm_cell", "gru_cell"])
def test_a_diagram_of_a_cell_has_its_state_on_both_sides_and_words(ax, name):
    assert getattr(visuals, name)(ax) is ax
    written = [text.get_text() for text in ax.texts]
    assert {"$h_{t-1}$", "$x_t$", "$h_t$"} <= set(written)
    assert visuals.describe(ax.figure).startswith("Figure. a diagram of one step of a")


def test_mistakes_stand_in_their_sentences_with_the_right_label_behind():
    rows = [
        (1, "The", "DET", "DET"),
        (1, "guard", "NOUN", "NOUN"),
        (2, "They", "PRON", "PRON"),
        (2, "walk", "VERB", "NOUN"),
    ]
    judged = pd.DataFrame(rows, columns=["sentence", "word", "label", "guess"])
    _, ax = plt.subplots()
    visuals.mistakes(judged, ax)
    assert [text.get_text() for text in ax.texts] == ["They", "walk/NOUN (VERB)"]
    _, ax = plt.subplots()
    visuals.mistakes(judged[:2], ax)
    assert not ax.texts


def test_spectrograms_stand_beside_each_other():
    clips = np.arange(24.0).reshape(2, 4, 3)
    _, axes = plt.subplots(1, 2)
    drawn = visuals.spectrograms(clips, ["one", "two"], axes)
    assert [ax.get_title() for ax in drawn] == ["one", "two"]
    assert (axes[1].images[0].get_array() == clips[1].T).all()
    assert axes[0].get_xlabel() == "frame (20 ms)" and axes[0].get_ylabel() == "mel band"


def test_the_piano_roll_has_a_bar_for_each_note_as_long_as_it_is_held(ax):
    notes = np.array([[72, 60], [72, 0], [74, 62], [74, 62]])
    assert visuals.piano_roll(notes, ax, title="a piece") is ax
    bars, colours = [], []
    for collection in ax.collections:
        (path,) = collection.get_paths()
        (left, low), (right, high) = path.get_extents().get_points()
        bars.append(((low + high) / 2, round(left), round(right)))
        assert 0 < left - round(left) < 0.1 and 0 < round(right) - right < 0.1  # a gap
        assert 0.5 < high - low < 1
        colours.append(tuple(collection.get_facecolor()[0]))
    assert bars == [(72, 0, 2), (74, 2, 4), (60, 0, 1), (62, 2, 4)]
    assert colours[0] == colours[1] != colours[2] == colours[3]
    assert ax.get_xlabel() == "step" and ax.get_ylabel() == "pitch (MIDI number)"
    assert ax.get_title() == "a piece"


def test_the_piano_roll_of_silence_is_empty(ax):
    visuals.piano_roll(np.zeros((3, 4), int), ax)
    assert not ax.collections
