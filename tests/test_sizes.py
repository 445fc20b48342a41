"""Sizes that follow from a reader's own file, from 200 rows to a million tokens."""

import numpy as np
import pandas as pd
import pytest

from rnnkit import sizes


def values(chosen):
    """Leave out the reasons, which must be there and short enough for a table."""
    for reason in (reason for _, reason in chosen.values()):
        assert isinstance(reason, str) and 0 < len(reason) <= 90
    return {name: size for name, (size, _) in chosen.items()}


def texts(count, words, vocabulary, in_order=False):
    rng = np.random.default_rng(0)
    rows = rng.zipf(1.3, (count, words)) % vocabulary
    text = [" ".join(f"w{number}" for number in row) for row in rows]
    return pd.DataFrame({"text": text, "in_order": in_order})


# ---------------------------------------------------------------- texts


@pytest.mark.parametrize(
    ("count", "words", "vocabulary"),
    [(50, 40, 60), (200, 12, 300), (3000, 40, 5000), (10_000, 100, 30_000)],
)
def test_texts_from_two_thousand_words_to_a_million(count, words, vocabulary):
    data = texts(count, words, vocabulary)
    size = values(sizes.texts(data))
    counts = data["text"].str.split().explode().value_counts()
    assert size["vocab_size"] == min(max((counts > 1).sum() + 4, 50), 10_000)
    assert size["max_length"] == words + 2
    assert 2 <= size["epochs"] <= 40
    assert count // size["batch_size"] >= 6 and size["units"] in (64, 128, 256, 400)


def test_a_corpus_that_is_cut_into_words_already():
    data = pd.DataFrame({"text": ["the <unk> says it 's ¶ so"] * 500, "in_order": True})
    size = values(sizes.texts(data))
    assert size["in_order"] and size["marks"] == "(¶)"
    assert size["vocab_size"] == 50 and size["max_length"] == 9  # seven words, start and end


def test_long_texts_are_cut():
    assert values(sizes.texts(texts(60, 1000, 100)))["max_length"] == 256
    labelled = texts(200, 1000, 100)
    assert values(sizes.reviews(labelled))["max_length"] == 400


# ---------------------------------------------------------------- reviews


@pytest.mark.parametrize("count", [100, 200, 7000, 50_000])
def test_reviews(count):
    size = values(sizes.reviews(texts(count, 10, 40_000)))
    assert size["max_length"] == 10 and 50 <= size["vocab_size"] <= 30_000
    assert 16 <= size["batch_size"] <= 64 and count * 0.8 / size["batch_size"] >= 5
    assert 5 <= size["epochs"] <= 30


# ---------------------------------------------------------------- series


def table(rows, step):
    index = pd.date_range("2001-01-01", periods=rows, freq=step)
    numbers = np.sin(np.arange(rows))
    return pd.DataFrame({"flat": 1.0, "other": numbers, "T": numbers}, index=index)


STEPS = ["100ms", "s", "10s", "min", "5min", "10min", "15min", "h", "3h", "7h", "D", "2D", "B"]
STEPS += ["W-SUN", "14D", "MS", "ME", "QS", "YS"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("rows", [100, 144, 200, 1000, 20_000])
def test_windows_and_horizons_fit_in_every_part(rows, step):
    if step in ("YS", "QS") and rows > 1000:
        pytest.skip("such times lie beyond the calendar")
    data = table(rows, step)
    size = values(sizes.series(data, "T"))
    window, horizon, season = size["window"], size["horizon"], size["per_day"]
    assert 1 <= horizon <= season <= window <= 168 and window >= 4 and horizon <= 24
    parts = [
        data[: size["train_end"]],
        data[size["val_from"] : size["val_end"]],
        data[size["test_from"] : size["until"]],
    ]
    assert sum(map(len, parts)) == rows  # each row in one part
    for part in parts:
        assert len(part) - window - horizon + 1 >= 3
    assert size["columns"] == ["other"]
    assert data.asfreq(size["step"]).index.equals(data.index)
    assert all(isinstance(size[name], int) for name in ("window", "horizon", "per_day", "epochs"))


@pytest.mark.parametrize(
    ("rows", "step", "season", "window", "horizon", "periods"),
    [
        (20_000, "s", 60, 120, 24, []),
        (20_000, "min", 60, 120, 24, [24]),
        (20_000, "10min", 144, 168, 24, [24, 168]),
        (20_000, "h", 24, 48, 24, [24, 168]),
        (30_000, "h", 24, 48, 24, [24, 168, 8766]),
        (20_000, "3h", 8, 16, 8, [24, 168, 8766]),
        (2_000, "D", 7, 14, 7, [168, 8766]),
        (2_000, "B", 5, 10, 5, [168, 8766]),
        (1_000, "W-SUN", 52, 90, 24, [8766]),
        (200, "W-SUN", 4, 8, 4, [8766]),
        (144, "MS", 12, 13, 5, [8766]),
        (100, "QS", 4, 8, 3, [8766]),
        (100, "YS", 3, 6, 3, []),
    ],
)
def test_seasons_follow_from_the_step(rows, step, season, window, horizon, periods):
    size = values(sizes.series(table(rows, step), "T"))
    found = [size[name] for name in ("per_day", "window", "horizon", "periods")]
    assert found == [season, window, horizon, periods]


# ---------------------------------------------------------------- pairs


@pytest.mark.parametrize("count", [200, 4000, 100_000])
@pytest.mark.parametrize("longest", [1, 12, 300])
def test_buckets_of_pairs(count, longest):
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, longest + 1, count)
    data = pd.DataFrame({"target": ["w " * length for length in lengths]})
    size = values(sizes.pairs(data))
    boundaries = size["bucket_boundaries"]
    assert boundaries == sorted(set(boundaries)) and boundaries[0] >= 2
    assert len(size["batch_sizes"]) == len(boundaries) + 1
    assert 10 <= size["max_length"] <= 200 and 16 <= size["batch_sizes"][0] <= 64
    assert count * 0.8 / size["batch_sizes"][0] >= 10 and 5 <= size["epochs"] <= 40
