"""The model builders: what flows where, what is shared, what is remembered."""

import keras
import numpy as np
import pytest

from rnnkit import models

MATRIX = np.random.default_rng(0).normal(size=(30, 8)).astype("float32")
IDS = np.random.default_rng(1).integers(4, 30, (3, 7))


@pytest.fixture(autouse=True)
def seed():
    keras.utils.set_random_seed(0)


def variants():
    return [{}, {"layers": 2, "dropout": 0.3}, {"tied": True, "dropout": 0.2}]


@pytest.mark.parametrize("options", variants(), ids=str)
def test_a_later_word_cannot_change_an_earlier_prediction(options):
    model = models.language_model(MATRIX, units=5, **options)
    changed = IDS.copy()
    changed[:, 4] = 4 + (IDS[:, 4] - 3) % 26
    before, after = (model.predict_on_batch(ids) for ids in (IDS, changed))
    assert before.shape == (3, 7, 30)
    np.testing.assert_array_equal(before[:, :4], after[:, :4])
    assert np.abs(before[:, 4:] - after[:, 4:]).max(axis=-1).min() > 0


@pytest.mark.parametrize("options", variants(), ids=str)
def test_one_step_at_a_time_gives_the_logits_of_the_whole_text(options):
    model = models.language_model(MATRIX, units=5, **options)
    step, state, logits = models.language_model_step(model), None, []
    for ids in IDS.T:
        scores, state = step(ids, state)
        logits.append(scores)
    np.testing.assert_allclose(np.stack(logits, 1), model.predict_on_batch(IDS), atol=1e-6)
    assert len(state) == 2 * options.get("layers", 1)


def test_the_step_sees_weights_trained_after_it_was_made():
    model = models.language_model(MATRIX, units=5)
    step = models.language_model_step(model)
    before, _ = step(IDS[:, 0], None)
    model.get_layer("logits").bias.assign_add(np.ones(30))
    after, _ = step(IDS[:, 0], None)
    np.testing.assert_allclose(after - before, 1, atol=1e-5)


def test_tied_output_is_the_embedding_and_costs_no_second_matrix():
    model = models.language_model(MATRIX, units=5, tied=True)
    embedding, lstm, projection, bias = 30 * 8, 4 * 5 * (8 + 5 + 1), (5 + 1) * 8, 30
    assert model.count_params() == embedding + lstm + projection + bias
    rnn = keras.Model(model.input, model.get_layer("projection").output)
    by_hand = rnn.predict_on_batch(IDS) @ model.get_layer("embedding").get_weights()[0].T
    np.testing.assert_allclose(model.predict_on_batch(IDS), by_hand, atol=1e-5)


@pytest.mark.parametrize("tied", [False, True])
def test_the_output_begins_at_the_word_frequencies(tied):
    counts = np.arange(30)
    model = models.language_model(0 * MATRIX, counts, units=5, tied=tied)
    if not tied:
        model.get_layer("logits").kernel.assign(np.zeros((5, 30)))
    probability = np.exp(model.predict_on_batch(IDS))
    np.testing.assert_allclose(probability[1, 2], (counts + 1) / (counts + 1).sum(), rtol=1e-5)


def test_saving_keeps_the_predictions_and_no_copy_of_the_matrix(tmp_path):
    model = models.language_model(MATRIX, units=5, layers=2, dropout=0.5, tied=True)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.predict_on_batch(IDS), model.predict_on_batch(IDS))
    assert len(model.to_json()) < 10_000


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"shape \(30,\): it must be \(V, D\)"):
        models.language_model(MATRIX[:, 0])
    with pytest.raises(ValueError, match=r"shape \(29,\) .* for each of the 30 rows"):
        models.language_model(MATRIX, np.ones(29))
    with pytest.raises(ValueError, match="a minimum of -1"):
        models.language_model(MATRIX, -np.ones(30))
