"""The n-gram model: worked by hand, and against the textbook recursion over dictionaries."""

from collections import Counter

import numpy as np
import pytest

from rnnkit import baselines

START, END, A, B, C = 2, 3, 4, 5, 6
DOCUMENTS = [[START, A, B, END], [START, A, B, END], [START, A, C, END]]


def test_kneser_ney_by_hand():
    model = baselines.KneserNey(2, discounts=(0.5, 0.5, 0.5)).fit(DOCUMENTS, vocab_size=7)
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
    assert model.predictions([START, A, C]).tolist() == [A, B]
    assert model.accuracy([[START, A, C, END]]) == pytest.approx(2 / 3)
    assert model.perplexity([[START, A, B, END]]) == pytest.approx(np.exp(-expected.mean()))


def test_discounts_by_hand():
    counts = np.array([1, 1, 1, 2, 2, 3, 4, 9, 0])
    estimated = baselines._estimate_discounts(counts)  # n1..n4 = 3, 2, 1, 1 and Y = 3/7
    assert estimated == pytest.approx([3 / 7, 2 - 9 / 14, 3 - 12 / 7])
    assert baselines._estimate_discounts(np.array([1, 2, 2])) == (0.5, 1.0, 1.5)


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
    model = baselines.KneserNey(order, discounts=discounts).fit(documents, vocab_size=17)
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


def test_a_higher_order_than_any_document_changes_nothing():
    short = baselines.KneserNey(4, discounts=(0.5, 0.5, 0.5)).fit(DOCUMENTS)
    long = baselines.KneserNey(9, discounts=(0.5, 0.5, 0.5)).fit(DOCUMENTS)
    assert len(long.levels) == 3
    assert short.distribution([START, A]) == pytest.approx(long.distribution([START, A]))


def test_documents_are_independent():
    joined = baselines.KneserNey(2, discounts=(0.5, 0.5, 0.5)).fit(DOCUMENTS)
    assert not np.isin(np.array([END * 7 + START]), joined.levels[0].keys).any()
    turned = baselines.KneserNey(2, discounts=(0.5, 0.5, 0.5)).fit(DOCUMENTS[::-1])
    assert joined.perplexity(DOCUMENTS) == pytest.approx(turned.perplexity(DOCUMENTS))


@pytest.mark.parametrize("order", [1, 2, 4])
def test_texts_without_a_start_mark_leave_every_word_possible(order):
    """As with characters: a text may begin with any of them, and only padding is impossible."""
    texts = [np.array([4, 5, 4, 6, 5, 4]), np.array([7, 5, 4, 4, 6])]
    model = baselines.KneserNey(order).fit(texts, vocab_size=9)
    for context in ([7], [7, 5], [4, 6], [8, 8, 4]):
        found = model.distribution(context)
        assert found.sum() == pytest.approx(1)
        assert found[0] == 0 and (found[1:] > 0).all()
    one_text = baselines.KneserNey(order).fit([[4, 5, 6, 5, 6]])
    assert one_text.distribution([5])[4] > 0  # it only begins the text, and is a word all the same


def test_counting_models_of_bad_input():
    with pytest.raises(ValueError, match="order=0 is below 1"):
        baselines.KneserNey(0)
    with pytest.raises(ValueError, match="there are no sequences to count"):
        baselines.KneserNey().fit([])
    with pytest.raises(ValueError, match="sequence 1 has 1 ids: 2 or more are needed"):
        baselines.KneserNey().fit([[START, A], [START]])
    with pytest.raises(ValueError, match=r"sequence 1 has padding \(0\): pass sequences without"):
        baselines.KneserNey().fit([[START, A, B], [START, A, 0]])
    with pytest.raises(ValueError, match="ids from 2 to 6 do not fit a vocabulary of 6"):
        baselines.KneserNey().fit(DOCUMENTS, vocab_size=6)
    with pytest.raises(ValueError, match="ids from 2 to 9 do not fit a vocabulary of 7"):
        baselines.KneserNey().fit(DOCUMENTS).log_probabilities([START, 9])


@pytest.mark.parametrize("order", [0, -1, 1.5, float("nan"), "2", None, True])
def test_an_order_is_a_whole_number(order):
    with pytest.raises(ValueError, match=f"order={order} is below 1 or no whole number"):
        baselines.KneserNey(order)


@pytest.mark.parametrize("discounts", [(1, 2), (0, 1, 1), (2, 2, 2), "abc", (0.5, np.nan, 1), 3])
def test_discounts_are_three_numbers(discounts):
    with pytest.raises(ValueError, match="give three numbers above 0 and at most 1, 2 and 3"):
        baselines.KneserNey(discounts=discounts)


@pytest.mark.parametrize("size", [0, -3, 7.5, "7"])
def test_a_vocabulary_has_a_size(size):
    with pytest.raises(ValueError, match=f"vocab_size is {size}: give the number of ids"):
        baselines.KneserNey().fit(DOCUMENTS, vocab_size=size)


NO_ROWS = [[START, 4.5], [START, np.nan], [START, None], ["a", "b"], [[START, A]], 3, [], [10**30]]


@pytest.mark.parametrize("ids", NO_ROWS, ids=str)
def test_what_is_no_row_of_ids_is_named(ids):
    """Once NaN and fractions were counted as some whole number."""
    with pytest.raises(ValueError, match="sequence 1 is no row of ids: pass whole numbers"):
        baselines.KneserNey().fit([DOCUMENTS[0], ids])
    model = baselines.KneserNey().fit(DOCUMENTS)
    for method in (model.log_probabilities, model.predictions):
        with pytest.raises(ValueError, match="sequence is no row of ids: pass whole numbers"):
            method(ids)
    with pytest.raises(ValueError, match="context is no row of ids: pass whole numbers"):
        model.distribution(ids)


def test_rows_padded_beforehand_are_refused_wherever_they_are_passed():
    model = baselines.KneserNey().fit(DOCUMENTS)
    padded = [START, A, B, END, 0, 0]
    table = np.array([padded, padded])
    for call in (
        lambda: baselines.KneserNey().fit(table),
        lambda: model.log_probabilities(padded),
        lambda: model.predictions(padded),
        lambda: model.distribution([START, 0]),
        lambda: model.perplexity(table),
        lambda: model.accuracy(table),
    ):
        with pytest.raises(ValueError, match=r"has padding \(0\): pass sequences without padding"):
            call()


@pytest.mark.parametrize("sequences", [[], [[START]], [[START], [A]]])
def test_the_scores_of_nothing_are_refused(sequences):
    model = baselines.KneserNey().fit(DOCUMENTS)
    for score in (model.perplexity, model.accuracy):
        with pytest.raises(ValueError, match="there is nothing to predict: pass a sequence of 2"):
            score(sequences)
