"""How long a training takes, said early and within a factor of two; and whether it was worth it."""

import math
import re
import types

import numpy as np
import pandas as pd
import pytest

from rnnkit import progress


@pytest.fixture
def clock(monkeypatch):
    """A clock that only moves when it is told to."""
    clock = types.SimpleNamespace(now=0.0, perf_counter=lambda: clock.now)
    monkeypatch.setattr(progress, "time", clock)
    return clock


def train(clock, *, epochs, steps, seconds, known=True, compile=20.0, validation=0.1, every=1):
    """Play a training -> seconds it took; `seconds` a batch, the first of which also compiles.

    known: whether Keras is told the number of batches; validation: of the time of an epoch.
    """
    estimate = progress.TimeEstimate()
    estimate.set_params({"epochs": epochs, "steps": steps if known else None})
    estimate.on_train_begin()
    for epoch in range(epochs):
        estimate.on_epoch_begin(epoch)
        for batch in range(every - 1, steps, every):
            clock.now += every * seconds + (compile if epoch == 0 and batch == every - 1 else 0)
            estimate.on_train_batch_end(batch)
        clock.now += validation * steps * seconds
        estimate.on_epoch_end(epoch)
    return clock.now


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(
    ("epochs", "steps", "seconds"),
    [(10, 200, 0.5), (40, 3, 2.0), (40, 1, 4.0), (100, 20, 0.1), (2, 3000, 0.2), (15, 500, 0.02)],
)
def test_the_estimate_is_within_a_factor_of_two(clock, capsys, known, epochs, steps, seconds):
    took = train(clock, epochs=epochs, steps=steps, seconds=seconds, known=known)
    (line,) = capsys.readouterr().out.splitlines()
    minutes = int(re.search(r"takes about (\d+) minutes at most", line)[1])
    assert took / 2 <= 60 * minutes <= 2 * took
    assert f"{epochs} epochs of" in line and "take fewer epochs or units, or less data" in line


@pytest.mark.parametrize("known", [True, False])
def test_nothing_is_said_of_a_short_training(clock, capsys, known):
    """Also where compiling takes longer than all the rest."""
    train(clock, epochs=20, steps=20, seconds=0.05, known=known)
    train(clock, epochs=40, steps=2, seconds=0.1, known=known)
    assert capsys.readouterr().out == ""


def test_it_is_said_within_seconds_where_the_batches_are_known(clock, capsys, monkeypatch):
    said = []
    say = progress.TimeEstimate.say
    monkeypatch.setattr(
        progress.TimeEstimate, "say", lambda self, s: (said.append(clock.now), say(self, s))
    )
    train(clock, epochs=10, steps=10_000, seconds=0.1)
    assert len(said) == 1 and said[0] < 20 + 0.3 + 5.2


def test_several_batches_in_one_execution(clock, capsys):
    took = train(clock, epochs=10, steps=320, seconds=0.5, every=32)
    minutes = int(re.search(r"about (\d+) minutes", capsys.readouterr().out)[1])
    assert took / 2 <= 60 * minutes <= 2 * took


def test_keras_calls_it(capsys, monkeypatch):
    """A small model whose batches are as slow as the clock says: one second each."""
    import keras

    ticks = iter(range(10**6))
    monkeypatch.setattr(progress, "time", types.SimpleNamespace(perf_counter=lambda: next(ticks)))
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    x = np.zeros((200, 1))
    model.fit(x, x, batch_size=10, epochs=10, verbose=0, callbacks=[progress.TimeEstimate()])
    line = capsys.readouterr().out
    assert line.startswith("This training takes about 4 minutes at most: 10 epochs of 22 s each.")


# ---------------------------------------------------------------- verdicts

SCORES = pd.Series(
    {"words": 0.8, "bigrams": 0.85, "GRU": 0.9, "best possible": 0.96, "old": math.nan}
)


@pytest.mark.parametrize(
    ("model", "options", "says"),
    [
        ("GRU", {}, "GRU has 0.9 and bigrams 0.85: on this test part the network is better."),
        ("GRU", {"margin": 0.06}, "GRU has 0.9 and bigrams 0.85: the difference may be chance, so"),
        ("words", {}, "words has 0.8 and GRU 0.9: here the network is not worth its trouble, take"),
        ("words", {"lower_is_better": True}, "words has 0.8 and bigrams 0.85: on this test part"),
        ("GRU", {"lower_is_better": True}, "GRU has 0.9 and words 0.8: here the network is not wo"),
    ],
)
def test_a_verdict_for_each_outcome(model, options, says):
    assert progress.verdict(SCORES, model, **options).startswith(says)


def test_a_verdict_without_rivals():
    alone = SCORES[["GRU", "best possible", "old"]]
    assert progress.verdict(alone, "GRU") == "GRU has 0.9, and there is nothing to compare it with."
