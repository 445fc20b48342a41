"""The places of tokens: numbers whose product depends on the distance alone."""

import keras
import numpy as np

from rnnkit.positions import SPEEDS, sines


def test_the_product_of_two_places_depends_on_their_distance():
    places = np.asarray(sines(np.ones((2, 40), "int32")))
    assert places.shape == (2, 40, 8)
    products = places[0] @ places[0].T
    near = np.cos(np.subtract.outer(np.arange(40), np.arange(40))[..., None] * SPEEDS[::2])
    np.testing.assert_allclose(products, near.sum(axis=-1), atol=1e-4)
    assert (products.argmax(axis=1) == np.arange(40)).all()


def test_a_model_with_places_is_saved_and_loaded(tmp_path):
    ids = keras.Input((None,), dtype="int32")
    model = keras.Model(ids, sines(ids))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    row = np.arange(12, dtype="int32")[None]
    np.testing.assert_allclose(loaded.predict(row, verbose=0), sines(row), atol=1e-6)
