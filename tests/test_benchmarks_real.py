"""The benchmarks that train on real data: their arithmetic by hand, and small runs on made data."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).resolve().parent.parent / "benchmarks"))

import ett  # noqa: E402
import patent_splits  # noqa: E402
import patents  # noqa: E402
import reviews  # noqa: E402
import texts  # noqa: E402

from rnnkit import baselines, corpora  # noqa: E402

# ---------------------------------------------------------------- words to batches


def test_words_become_ids_by_hand():
    tokens = [texts.tokenize("The net, the NET learns."), texts.tokenize("A net.")]
    assert tokens[0] == ["the", "net", ",", "the", "net", "learns", "."]
    vocab = texts.vocabulary(tokens, min_count=2)
    assert vocab == ["", "[UNK]", "[START]", "[END]", "net", ".", "the"]
    assert texts.vocabulary(tokens, limit=1)[4:] == ["net"]
    assert texts.encode([["the", "cat"]], vocab) == [[2, 6, 1, 3]]


def test_each_word_is_a_target_once():
    ids = [[2, 4, 5, 6, 3], [2, 7, 3]]
    inputs, targets = texts.windows(ids, 3)
    assert inputs.tolist() == [[2, 4, 5], [6, 0, 0], [2, 7, 0]]
    assert targets.tolist() == [[4, 5, 6], [3, 0, 0], [7, 3, 0]]


def test_batches_hold_rows_of_similar_length_without_needless_padding():
    ids = [[2, *[5] * length, 3] for length in (1, 2, 7, 6, 1)]
    batches = texts.next_word_batches(ids, length=10, batch_size=2, boundaries=(4,))
    shapes = [tuple(inputs.shape) for inputs, _ in batches]
    assert len(batches) == 3
    assert sorted(shapes) == [(1, 2), (2, 3), (2, 8)]
    for inputs, targets in batches:
        np.testing.assert_array_equal(
            np.asarray(inputs)[:, 1:],
            np.where(np.asarray(inputs)[:, 1:] > 0, np.asarray(targets)[:, :-1], 0),
        )
    rows = np.array([[4, 5, 0], [6, 0, 0]])
    ((found, labels),) = texts.labelled_batches(rows, [1.0, 0.0], batch_size=2)
    assert np.asarray(found).tolist() == [[4, 5], [6, 0]]
    assert np.asarray(labels).tolist() == [1.0, 0.0]


# ---------------------------------------------------------------- ETTh1


def test_windows_of_the_published_tables():
    """The targets of a part lie inside it, and a column that counts hours proves each place."""
    hours = np.arange(20.0 * ett.MONTH)[:, None] * [1, -1]
    for part, (begin, end) in ett.PARTS.items():
        past, future = ett.windows(hours, part)
        first = begin * ett.MONTH or ett.WINDOW
        assert future[0, 0, 0] == first and future[-1, -1, 0] == end * ett.MONTH - 1
        assert len(past) == end * ett.MONTH - first - ett.HORIZON + 1
        np.testing.assert_array_equal(past[:, -1] + [1, -1], future[:, 0])
    series = ett.per_column(past)
    np.testing.assert_array_equal(ett.back(series, 2), past)
    assert (np.diff(series[0]) == 1).all() and (np.diff(series[1]) == -1).all()


def test_errors_of_the_published_tables():
    found = ett.errors(np.zeros((2, 1, 1)), np.array([[[1.0]], [[-3.0]]]))
    assert found == {"MSE": 5, "MAE": 2}
    values = np.repeat([5.0] * 12 + [7.0] * 12, ett.MONTH)[:, None]
    scaled = ett.standardised(values + np.resize([1, -1], len(values))[:, None])
    train = scaled[: 12 * ett.MONTH]
    assert len(scaled) == 20 * ett.MONTH
    np.testing.assert_allclose([train.mean(), train.std(), scaled[-2:].mean()], [0, 1, 2])


# ---------------------------------------------------------------- patents


def test_windows_of_patents_overlap_and_documents_stay_whole():
    documents = [" ".join(f"w{k}" for k in range(n, n + 60)) for n in range(0, 7000, 70)]
    tokens = [text.split() for text in documents]
    found = patent_splits.ways(documents, tokens)
    windows, split, changes = found["shuffled windows"]
    assert windows[:2] == [tokens[0][:50], tokens[0][25:60]] and changes["window"] == 52
    assert sum(map(len, split)) == len(windows) == 200
    for name in ("by patent", "by family"):
        whole, split, changes = found[name]
        assert whole is tokens and changes == {}
        assert len({number for part in split for number in part}) == sum(map(len, split)) == 100


SAID = np.log([[0.1, 0.1, 0.1, 0.2, 0.5], [0.05, 0.05, 0.1, 0.7, 0.1]])  # of 5 words, by two models


@pytest.fixture
def two_models():
    """Two models that say the same at each step, and a bigram model of a few texts."""
    models = [lambda ids, training, row=row: np.tile(row, (*ids.shape, 1)) for row in SAID]
    counter = baselines.KneserNey(order=2).fit([[2, 4, 4, 3], [2, 4, 3]], vocab_size=5)
    return models, counter


def test_counts_give_a_whole_distribution(two_models):
    _, counter = two_models
    ids = np.array([2, 4, 3, 4, 1, 3])
    found = patents.counted(counter, ids)
    assert found.shape == (5, 5)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    np.testing.assert_allclose(np.log(found[np.arange(5), ids[1:]]), counter.log_probabilities(ids))


def test_seeds_are_averaged_and_the_counts_mixed_in(two_models):
    models, counter = two_models
    sequences = [np.array([2, 4, 3]), np.array([2, 3])]
    found = patents.scores(models, counter, 0.25, sequences)
    assert found[0]["perplexity"] == pytest.approx((0.5 * 0.2 * 0.2) ** (-1 / 3))
    assert [found[way]["accuracy"] for way in (0, 1, "average")] == pytest.approx(
        [1 / 3, 2 / 3, 2 / 3]
    )
    average = [0.3, 0.45, 0.45]
    assert found["average"]["perplexity"] == pytest.approx(np.prod(average) ** (-1 / 3))
    counts = np.exp(np.concatenate([counter.log_probabilities(ids) for ids in sequences]))
    mixed = 0.75 * np.array(average) + 0.25 * counts
    assert found["mixture"]["perplexity"] == pytest.approx(np.prod(mixed) ** (-1 / 3))


def test_the_share_of_the_counts_is_the_best_on_validation(two_models):
    models, counter = two_models
    like_counts = [np.array([2, 4, 3])] * 3
    unlike = [np.array([2, 3, 3, 3, 3, 3])]
    assert patents.chosen_share(models, counter, like_counts) == patents.SHARES[-1]
    assert patents.chosen_share(models, counter, unlike) < 0.2


def test_patents_train_and_score(monkeypatch):
    """Two epochs on invented abstracts: a table with all ways to predict. Takes about ten seconds,
    as two networks are built and compiled."""
    monkeypatch.setattr(patents, "MODEL", {"units": 4, "dropout": 0.1})
    monkeypatch.setattr(patents, "SEEDS", (1, 2))
    monkeypatch.setattr(patents, "TRAINING", patents.TRAINING | {"batch": 8})
    _, tokens = patents.tokens_of("synthetic")
    found = patents.prepared(tokens, (range(56), range(56, 60), range(60, 64)), "synthetic")
    rows = patents.measure(found, epochs=2)
    assert rows[0] == {
        "model": "6-gram",
        "perplexity": found.counter.perplexity(found.ids[2]),
        "accuracy": found.counter.accuracy(found.ids[2]),
    }
    assert rows[1]["seeds"] == 2 and rows[1]["perplexity spread"] > 0
    assert rows[3]["perplexity"] < rows[2]["perplexity"]  # two epochs know less than the counts


# ---------------------------------------------------------------- reviews


def test_the_share_of_the_linear_model_by_hand():
    sure, unsure, labels = np.array([0.9, 0.1]), np.array([0.6, 0.4]), [1, 0]
    assert reviews.chosen_share(sure, unsure, labels) == 0
    assert reviews.chosen_share(unsure, sure, labels) == 1
    assert reviews.chosen_share(np.array([0.9, 0.9]), np.array([0.1, 0.1]), labels) == 0.5


def test_a_ladder_of_reviews_by_hand():
    labels = [np.array([1, 0]), np.array([1, 0, 1, 0])]
    first = [np.array([0.9, 0.2]), np.array([0.9, 0.2, 0.1, 0.1])]
    second = [np.array([0.6, 0.7]), np.array([0.9, 0.7, 0.95, 0.1])]
    counted = [np.array([0.1, 0.9]), np.array([0.1, 0.9, 0.9, 0.1])]
    rows = reviews.ladder([first, second], 5.0, counted, labels)
    assert [row["accuracy"] for row in rows] == [0.5, 0.75, 1.0, 1.0]
    assert [row["validation"] for row in rows] == [0.0, 0.75, 1.0, 1.0]
    assert rows[1]["validation spread"] == 0.5 and rows[1]["seeds"] == 2
    assert rows[3]["model"] == "average and 0% linear"


def test_words_are_predicted_from_what_stands_before_and_after():
    """The surprise at all words, worked out from the states of both directions."""
    import keras

    keras.utils.set_random_seed(1)
    matrix = np.random.default_rng(1).normal(size=(9, 4)).astype("float32")
    counts = np.array([0, 3, 5, 5, 9, 1, 1, 2, 2])
    model = reviews.word_predictor(*reviews.encoder(matrix), counts)
    ids = np.array([[2, 4, 6, 3, 0], [2, 7, 5, 4, 3], [2, 3, 0, 0, 0]], "int32")
    guessed = [model.get_layer(name).output for name in ("next_word", "previous_word")]
    guesses = keras.Model(model.input, guessed)
    forward, backward = (np.asarray(guess) for guess in guesses(ids))
    bias = np.log((counts + 1) / (counts + 1).sum())
    lost = []
    for row, length in enumerate((4, 5, 2)):
        for place in range(1, length):
            for state, word in (
                (forward[row, place - 1], ids[row, place]),
                (backward[row, place], ids[row, place - 1]),
            ):
                logits = matrix @ state + bias
                lost.append(np.log(np.exp(logits).sum()) - logits[word])
    assert float(model(ids, training=False)) == pytest.approx(np.mean(lost), rel=1e-5)
    changed = guesses(np.where(ids == 5, 8, ids))  # the third word of the second row
    np.testing.assert_array_equal(np.asarray(changed[0])[1, :2], forward[1, :2])
    np.testing.assert_array_equal(np.asarray(changed[1])[1, 3:], backward[1, 3:])


def test_reviews_train_and_score(monkeypatch):
    """All stages once, on a few invented reviews. Takes half a minute: five networks are built."""
    for name, sizes in (
        ("ROWS", {"window": 40, "boundaries": (20,), "batch": 4}),
        ("MODEL", {"units": 5}),
        ("FIRST", {"samples": 8, "epochs": 1}),
        ("THEN", {"epochs": 1}),
    ):
        monkeypatch.setattr(reviews, name, getattr(reviews, name) | sizes)
    monkeypatch.setattr(reviews, "SEEDS", (1, 2))
    monkeypatch.setattr(reviews, "SCORED", 10)
    monkeypatch.setattr(reviews, "WARM", 2)
    data = corpora.load("reviews", "synthetic").data
    parts = [data[:120], data[120:150], data[150:180]]
    rows, first = reviews.measure(reviews.encoded(parts, "synthetic"))
    ways = ("linear,", "GRU without", "GRU, mean", "average of", "average and")
    assert all(row["model"].startswith(way) for row, way in zip(rows, ways, strict=True))
    assert rows[2]["seeds"] == 2 and first["perplexity on validation reviews"] < 500
