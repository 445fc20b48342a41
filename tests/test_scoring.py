from collections import Counter

import numpy as np
import pytest

from rnnkit import scoring

START, END, A, B, C = 2, 3, 4, 5, 6
DOCUMENTS = [[START, A, B, END], [START, A, B, END], [START, A, C, END]]

# ---------------------------------------------------------------- perplexity


def test_perplexity_by_hand():
    log_probabilities = np.log([[0.5, 0.125], [0.25, 1e-9]])
    mask = [[1.0, 1.0], [1.0, 0.0]]
    assert scoring.cross_entropy(log_probabilities, mask=mask, unit="bits") == pytest.approx(2)
    assert scoring.cross_entropy(log_probabilities, mask=mask) == pytest.approx(2 * np.log(2))
    assert scoring.perplexity(log_probabilities, mask=mask) == pytest.approx(4)
    assert scoring.perplexity([0.0]) == 1
    assert scoring.perplexity([-np.inf]) == np.inf


def test_perplexity_of_an_even_choice_is_the_number_of_choices():
    assert scoring.perplexity(np.full(9, -np.log(7))) == pytest.approx(7)


@pytest.mark.parametrize(
    ("values", "options", "sentence"),
    [
        ([], {}, "no log-probabilities to average"),
        ([-1.0], {"mask": [0]}, "all tokens are padding"),
        ([-1.0, 0.3], {}, "the largest value is 0.3, which is no log-probability"),
        ([-1.0, np.nan], {}, "the largest value is nan"),
        ([-1.0], {"mask": [1, 1]}, r"the mask has shape \(2,\), the values have \(1,\)"),
        ([-1.0], {"unit": "hartleys"}, "unit='hartleys' is unknown: choose 'nats' or 'bits'"),
    ],
)
def test_cross_entropy_of_bad_input(values, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        scoring.cross_entropy(values, **options)


# ---------------------------------------------------------------- counting baselines


def test_most_frequent_by_hand():
    model = scoring.MostFrequent().fit(DOCUMENTS, vocabulary_size=7)
    # Next words: a 3, b 2, c 1, end 3, unknown 0, and one more for each of the five: 14.
    expected = np.log([[4 / 14, 3 / 14, 4 / 14]])
    assert model.log_probabilities([START, A, B, END]) == pytest.approx(expected[0])
    assert np.exp(model.log_probability).sum() == pytest.approx(1)
    assert model.best([START]) == END  # as frequent as a, with the lower id
    assert model.accuracy([[START, A, B, END], [START, END]]) == pytest.approx(2 / 4)


def test_kneser_ney_by_hand():
    model = scoring.KneserNey(2, discounts=(0.5, 0.5, 0.5)).fit(DOCUMENTS, vocabulary_size=7)
    # Different words before: a 1 (start), b 1, c 1, end 2 (b and c): 5 in all. Four discounts of
    # 0.5 leave 2/5 to share between five words: 0.08 each. So a has 0.5 / 5 + 0.08 = 0.18.
    assert model.share == pytest.approx([0, 0.08, 0, 0.38, 0.18, 0.18, 0.18])
    # After a: b 2, c 1. Two discounts of 0.5 leave 1/3 to the shares.
    after_a = [0, 0.08 / 3, 0, 0.38 / 3, 0.18 / 3, 1.5 / 3 + 0.06, 0.5 / 3 + 0.06]
    assert model.distribution([START, A]) == pytest.approx(after_a)
    # After start: a 3 out of 3.
    start = 2.5 / 3 + 0.5 / 3 * 0.18
    end = 1.5 / 2 + 0.5 / 2 * 0.38  # after b: end 2 out of 2
    expected = np.log([start, 0.56, end])
    assert model.log_probabilities([START, A, B, END]) == pytest.approx(expected)
    assert model.best([START, A]) == B
    assert model.accuracy([[START, A, C, END]]) == pytest.approx(2 / 3)
    assert model.perplexity([[START, A, B, END]]) == pytest.approx(np.exp(-expected.mean()))


def test_discounts_by_hand():
    counts = np.array([1, 1, 1, 2, 2, 3, 4, 9, 0])
    estimated = scoring._estimate_discounts(counts)  # n1..n4 = 3, 2, 1, 1 and Y = 3/7
    assert estimated == pytest.approx([3 / 7, 2 - 9 / 14, 3 - 12 / 7])
    assert scoring._estimate_discounts(np.array([1, 2, 2])) == (0.5, 1.0, 1.5)


def random_documents(count=120, words=12, seed=0):
    """Documents of a first-order chain, so that some n-grams are common and some are not seen."""
    rng = np.random.default_rng(seed)
    chain = rng.dirichlet(np.full(words, 0.15), size=words)
    documents = []
    for length in rng.integers(1, 15, count):
        ids = [rng.integers(words)]
        for _ in range(length - 1):
            ids.append(rng.choice(words, p=chain[ids[-1]]))
        documents.append(np.array([START, *np.add(ids, 4), END], np.int32))
    return documents


class SlowKneserNey:
    """The textbook recursion over dictionaries, to check the arrays against."""

    def __init__(self, documents, order, size, discounts):
        self.order, self.words = order, [i for i in range(size) if i not in (0, START)]
        documents = [tuple(int(i) for i in document) for document in documents]
        self.raw = Counter(
            ids[start : start + length]
            for ids in documents
            for length in range(1, order + 2)
            for start in range(len(ids) - length + 1)
        )
        self.before = Counter(gram[1:] for gram in self.raw if len(gram) > 1)
        grams = [gram for gram in self.raw if len(gram) <= order and gram[-1] != START]
        table = {
            n: Counter(self.count(g) for g in grams if len(g) == n) for n in range(1, order + 1)
        }
        self.discounts = {n: discounts or self.estimate(counts) for n, counts in table.items()}

    def count(self, gram):
        top = len(gram) == self.order or gram[0] == START
        return self.raw[gram] if top else self.before[gram]

    @staticmethod
    def estimate(n):
        if not (n[1] and n[2] and n[3] and n[4]):
            return [0.5, 1.0, 1.5]
        y = n[1] / (n[1] + 2 * n[2])
        raw = [i - (i + 1) * y * n[i + 1] / n[i] for i in (1, 2, 3)]
        return [min(max(d, 0.05), i) for i, d in enumerate(raw, 1)]

    def probability(self, word, context):
        """Of a word after a context that is cut to the order already."""
        lower = self.probability(word, context[1:]) if context else 1 / len(self.words)
        counts = {w: self.count((*context, w)) for w in self.words}
        total = sum(counts.values())
        if total == 0:
            return lower
        discount = {
            w: self.discounts[len(context) + 1][min(c, 3) - 1] for w, c in counts.items() if c
        }
        kept = (counts[word] - discount.get(word, 0)) / total
        return kept + sum(discount.values()) / total * lower

    def distribution(self, context):
        context = tuple(context)[max(0, len(context) - self.order + 1) :]
        return [self.probability(word, context) for word in self.words]


# With large discounts the likeliest word often comes from a shorter context.
@pytest.mark.parametrize("discounts", [None, (0.95, 1.9, 2.8)])
@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_kneser_ney_equals_the_textbook_recursion(order, discounts):
    documents, unseen = random_documents(), random_documents(count=25, seed=1)
    model = scoring.KneserNey(order, discounts=discounts).fit(documents, vocabulary_size=17)
    slow = SlowKneserNey(documents, order, 17, discounts)
    assert order == 1 or slow.discounts[2] != [0.5, 1.0, 1.5]  # estimated, not the stand-in
    for ids in [*unseen, np.array([START, 16, 1, 4, 16, END])]:
        scores, guesses = model.log_probabilities(ids), model.predictions(ids)
        for place in range(1, len(ids)):
            expected = np.array(slow.distribution(ids[:place].tolist()))
            fast = model.distribution(ids[:place])
            assert fast[slow.words] == pytest.approx(expected, rel=1e-9)
            assert fast.sum() == pytest.approx(1) and fast[0] == fast[START] == 0
            assert scores[place - 1] == pytest.approx(np.log(fast[ids[place]]), rel=1e-9)
            assert fast[guesses[place - 1]] == pytest.approx(fast.max(), rel=1e-12)
            assert model.best(ids[:place]) == guesses[place - 1]


def test_a_higher_order_than_any_document_changes_nothing():
    short = scoring.KneserNey(4, discounts=(0.5, 0.5, 0.5)).fit(DOCUMENTS)
    long = scoring.KneserNey(9, discounts=(0.5, 0.5, 0.5)).fit(DOCUMENTS)
    assert len(long.levels) == 3
    assert short.distribution([START, A]) == pytest.approx(long.distribution([START, A]))


def test_documents_are_independent():
    joined = scoring.KneserNey(2, discounts=(0.5, 0.5, 0.5)).fit(DOCUMENTS)
    assert not np.isin(np.array([END * 7 + START]), joined.levels[0].keys).any()
    turned = scoring.KneserNey(2, discounts=(0.5, 0.5, 0.5)).fit(DOCUMENTS[::-1])
    assert joined.perplexity(DOCUMENTS) == pytest.approx(turned.perplexity(DOCUMENTS))


def test_counting_models_of_bad_input():
    with pytest.raises(ValueError, match="order=0 is below 1"):
        scoring.KneserNey(0)
    with pytest.raises(ValueError, match="there are no sequences to count"):
        scoring.KneserNey().fit([])
    with pytest.raises(ValueError, match=r"sequence 1 begins \[4, 5\]: it must begin with 2"):
        scoring.KneserNey().fit([[START, A], [A, B]])
    with pytest.raises(ValueError, match="ids from 2 to 6 do not fit a vocabulary of 6"):
        scoring.KneserNey().fit(DOCUMENTS, vocabulary_size=6)
    with pytest.raises(ValueError, match="ids from 2 to 9 do not fit a vocabulary of 7"):
        scoring.KneserNey().fit(DOCUMENTS).log_probabilities([START, 9])


# ---------------------------------------------------------------- a network, word by word


def test_next_word_scores_equal_numpy_and_stand_in_reading_order():
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(0)
    inputs = keras.Input((None,), dtype="int32")
    hidden = keras.layers.Embedding(11, 4, mask_zero=True)(inputs)
    hidden = keras.layers.LSTM(5, return_sequences=True)(hidden)
    model = keras.Model(inputs, keras.layers.Dense(11, kernel_initializer="normal")(hidden))
    rng = np.random.default_rng(0)
    x = rng.integers(1, 11, (5, 6)).astype("int32")
    y = rng.integers(1, 11, (5, 6)).astype("int32")
    for row, length in enumerate([6, 2, 4, 1, 3]):
        x[row, length:] = y[row, length:] = 0
    batches = [(x[:2], y[:2], None), (x[2:, :4], y[2:, :4], None)]
    scores = scoring.next_word_scores(model, batches)

    logits = np.asarray(model(x), np.float64)
    logs = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    row, position = np.nonzero(y)
    assert scores.row.tolist() == row.tolist() and scores.position.tolist() == position.tolist()
    assert scores.target.tolist() == y[row, position].tolist()
    assert scores.log_probability == pytest.approx(logs[row, position, y[row, position]], abs=1e-5)
    assert scores.predicted.tolist() == logits.argmax(-1)[row, position].tolist()
    assert scores.correct.tolist() == (scores.predicted == scores.target).tolist()
    with pytest.raises(ValueError, match="there are no batches to score"):
        scoring.next_word_scores(model, [])


def test_next_word_scores_survive_large_logits():
    keras = pytest.importorskip("keras")
    inputs = keras.Input((None,), dtype="int32")
    logits = keras.layers.Embedding(4, 4, embeddings_initializer="identity")(inputs)
    model = keras.Model(inputs, keras.layers.Rescaling(1e4)(logits))
    scores = scoring.next_word_scores(model, [(np.array([[1, 2]]), np.array([[1, 3]]))])
    assert scores.log_probability.tolist() == [0, -1e4]


# ---------------------------------------------------------------- the table


def test_table_by_hand():
    rows = [
        {"model": "most frequent", "perplexity": 421.12, "parameters": 7300},
        {"model": "<LSTM>", "perplexity": 99.38, "accuracy": 0.2514, "seconds": None},
    ]
    shown = scoring.table(rows, formats={"accuracy": ".1%"})
    assert repr(shown).splitlines() == [
        "model          perplexity  parameters  accuracy  seconds",
        "-------------  ----------  ----------  --------  -------",
        "most frequent         421       7,300         –        –",
        "<LSTM>               99.4           –     25.1%        –",
    ]
    html = shown._repr_html_()
    assert '<td style="text-align:left">&lt;LSTM&gt;</td>' in html
    assert '<td style="text-align:right">7,300</td>' in html
    with pytest.raises(ValueError, match="the table has no rows"):
        scoring.table([])
    with pytest.raises(ValueError, match=r"formats for \['acuracy'\], but the columns are"):
        scoring.table(rows, formats={"acuracy": ".1%"})


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1234.5, "1,234"), (12.345, "12.3"), (0.012345, "0.0123"), (0.0, "0.00"), (np.int64(5), "5"),
     (float("inf"), "inf"), (-2.5, "-2.50"), ("23 to 27 %", "23 to 27 %"), (None, "–")],
)  # fmt: skip
def test_cells_show_three_digits(value, shown):
    assert scoring._cell(value, None) == shown
