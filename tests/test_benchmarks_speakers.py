"""The strangers of notebook 09: what augmentation does to a picture, and what the scores count."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "benchmarks"))  # a folder of scripts

import speakers  # noqa: E402
import tensorflow as tf  # noqa: E402

SILENCE = speakers.SILENCE


def ramps(count=2, frames=5, bands=3):
    """Clips whose frame t has t in all bands: float32 (count, frames, bands)."""
    t = np.arange(frames, dtype="float32")
    return tf.tile(t[None, :, None], (count, 1, bands))


def row(*numbers):
    return tf.reshape(tf.constant(numbers, "float32"), (-1, 1, 1))


def test_a_clip_read_from_begin_to_end_stays_as_it_is():
    clips = ramps()
    np.testing.assert_allclose(speakers.retimed(clips, row(0, 0), row(1, 1), 5), clips, atol=1e-6)


def test_half_a_clip_is_stretched_and_what_lies_outside_is_silent():
    found = speakers.retimed(ramps(), row(0, 0.5), row(0.5, 1.5), 5).numpy()
    np.testing.assert_allclose(found[0, :, 0], [0, 0.5, 1, 1.5, 2], atol=1e-6)
    np.testing.assert_allclose(found[1, :, 2], [2, 3, 4, SILENCE, SILENCE], atol=1e-6)


def test_no_string_loses_its_end(monkeypatch):
    """What is loud in the last twentieth alone is still heard, however slow the string is."""
    monkeypatch.setattr(speakers, "other_sound", lambda clips: clips)
    clips = np.full((64, 40, 3), SILENCE, "float32")
    clips[:, -2:] = 30
    labels = np.arange(64)
    found, kept = speakers.other_string(tf.constant(clips), labels)
    assert found.shape[1] == 46 and kept is labels
    assert (found.numpy().max(axis=(1, 2)) > -20).all()


def test_a_word_keeps_its_length_and_label():
    found, kept = speakers.other_word(ramps(4, 63, 40), "label")
    assert found.shape == (4, 63, 40) and kept == "label"


def test_noise_adds_powers_and_lost_bands_have_the_mean(monkeypatch):
    """Speech and noise equally strong are 3 dB louder; a lost band is as loud as the average."""
    for name in ("TILT", "GAIN", "NOISE"):
        monkeypatch.setattr(speakers, name, 0.0)
    monkeypatch.setattr(speakers.tf.random, "normal", lambda shape, stddev: tf.zeros(shape))
    clips = tf.fill((50, 6, 8), SILENCE)
    monkeypatch.setattr(speakers, "LOST", 1)  # fewer than one: none
    found = speakers.other_sound(clips).numpy()
    np.testing.assert_allclose(found, SILENCE + 10 * np.log10(2), atol=1e-4)
    monkeypatch.setattr(speakers, "LOST", 4)
    louder = clips + tf.range(8, dtype="float32") * 10
    found = speakers.other_sound(louder).numpy()
    unchanged = 10 * np.log10(10 ** (louder.numpy() / 10) + 10 ** (SILENCE / 10))
    is_lost = np.abs(found - unchanged).max(axis=1) > 1e-3
    assert is_lost.sum(axis=1).max() == 3 and is_lost.any(axis=1).mean() > 0.4
    mean = unchanged.mean(axis=(1, 2))
    np.testing.assert_allclose(
        found[:, 0][is_lost], np.repeat(mean, is_lost.sum(axis=1)), rtol=1e-4
    )


def test_edits_are_counted_per_word():
    truth = np.array([[1, 2, 0], [3, 3, 3]])
    assert speakers.error_rate([[1, 2], [3, 3, 3]], truth) == 0
    assert speakers.error_rate([[2], [3, 1, 3, 3]], truth) == pytest.approx(2 / 5)
    assert speakers.collapsed([0, 3, 3, 0, 3, 1]) == [3, 3, 1]


def test_the_mean_over_people_has_the_spread_over_seeds():
    ann, ben = [{"a": 0.4}, {"a": 0.6}], [{"a": 0.8}, {"a": 0.8}]
    found = speakers.mean_of([ann, ben])
    assert found == pytest.approx({"a": 0.65, "a spread": 0.1})


def test_strangers_are_in_no_training_part(monkeypatch):
    """The invented voices of the test part; the network and its strings with tiny sizes."""
    (strangers,) = speakers.held_out("synthetic")
    fold = speakers.Fold("synthetic", strangers)
    people = fold.data.groupby("part")["speaker"].unique()
    assert set(people["test"]) == set(strangers) and not set(people["train"]) & set(strangers)
    assert fold.x.shape == (len(fold.data), 63, fold.sizes["bands"])
    assert fold.mean_spectrum() > 0.5
    fold.sizes |= {"epochs": 1, "string_epochs": 1, "strings": 40, "units": 4, "filters": 8}
    monkeypatch.setattr(speakers, "TEST_STRINGS", 10)
    found = pd.Series(speakers.scores(fold, seed=1))
    assert len(found) == 4 and (found >= 0).all()
    assert found[["network", "with augmentation"]].max() < 0.9  # after one epoch
