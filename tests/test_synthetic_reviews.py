"""The grammar of the reviews: balanced, well formed, with a truth that does not depend on words."""

import re
from collections import Counter
from random import Random

import numpy as np
import pytest
from generators import grammar, reviews
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from rnnkit import corpora

NUMBER = dict.fromkeys(reviews.SINGULAR.split(), "was") | dict.fromkeys(
    reviews.PLURAL.split(), "were"
)


@pytest.fixture(scope="module")
def corpus():
    return reviews.corpus()


def test_the_file_holds_what_the_grammar_writes(corpus):
    data = corpora.load("reviews", "synthetic").data
    for column in ("text", "label", "part", "truth", "construction"):
        assert data[column].tolist() == [getattr(row, column) for row in corpus]
    assert data["part"].value_counts().to_dict() == reviews.PARTS


@pytest.mark.parametrize("part", ["train", "test"])
def test_four_in_a_hundred_labels_are_wrong_as_many_good_as_bad(corpus, part):
    rows = [row for row in corpus if row.part == part]
    flips = Counter(row.truth for row in rows if row.label != row.truth)
    assert flips == {0: 0.02 * len(rows), 1: 0.02 * len(rows)}
    assert np.mean([row.truth for row in rows]) == np.mean([row.label for row in rows]) == 0.5


def test_no_text_stands_twice_not_even_in_other_parts(corpus):
    assert len({" ".join(reviews.words(row.text)) for row in corpus}) == len(corpus)


def test_the_same_seed_gives_the_same_corpus_and_another_seed_another():
    parts = {"a": 40}
    assert reviews.corpus(3, parts) == reviews.corpus(3, parts) != reviews.corpus(5, parts)


def test_no_text_has_two_truths():
    """A review that could be meant both ways would make the limit wrong."""
    random = Random(1)
    texts = [set(), set()]
    for truth in (0, 1):
        for _ in range(12_000):
            text, _ = reviews.write(random, truth)
            texts[truth].add(" ".join(reviews.words(text)))
    assert not texts[0] & texts[1]


def test_the_grammar_cannot_say_it_with_the_other_verdict(corpus):
    """Read the texts under the opposite verdict: their probability there is zero."""
    for row in corpus[:60]:
        said, meant = (
            reads(row.text, reviews.START[truth]) for truth in (1 - row.truth, row.truth)
        )
        assert meant and not said, row.text


def reads(text, hypotheses):
    """Tell whether the grammar can say exactly this, from the given start to the end."""
    for token in grammar.tokenize(re.sub(r"\b([Aa])n\b", r"\1", text)):
        _, hypotheses = grammar.advance(hypotheses, token)
    return bool(hypotheses) and grammar.END in grammar.distribution(hypotheses)


def test_every_template_is_used_for_both_verdicts_alike():
    """With good and bad words exchanged, and idioms aside, both halves have one distribution."""
    random, shapes = Random(2), []
    opinions = set(re.findall(r"[a-z]+", str(reviews.GOOD_AND_BAD.values())))
    idioms = set(re.findall(r"[a-z]+", str(reviews.IDIOMS)))
    for truth in (0, 1):
        shape = Counter()
        for _ in range(8000):
            text, _ = reviews.write(random, truth)
            tokens = grammar.tokenize(text)
            shape.update("opinion" if token in opinions else token for token in tokens)
        shapes.append(shape)
    for token, count in shapes[0].items():
        other = shapes[1][token]
        if token not in idioms and token not in ("a", "an"):
            assert abs(count - other) < 6 * np.sqrt(count + other), token
    assert len(idioms) < 70


def test_texts_are_short_and_read_well(corpus):
    for row in corpus[::10]:
        assert len(grammar.tokenize(row.text)) in reviews.LENGTHS
        assert row.text[0].isupper() and row.text[-1] in ".!?"
        assert not re.search(r" [,.;!?]|[.!?] [a-z]|\bi\b|[{}\[\]|/]", row.text)
        assert not re.search(r"\ba [aeiou]|\ban [^aeiouh]", row.text), row.text
        for word, verb in re.findall(r"(?<!about )the (\w+) (was|were)\b", row.text):
            if word in NUMBER:
                assert verb == NUMBER[word], row.text
    types = {token for row in corpus for token in grammar.tokenize(row.text)}
    assert 300 <= len(types) <= 700


def test_no_aspect_of_the_film_is_named_twice(corpus):
    aspects = set(NUMBER) - {"actors"}  # also those with whom somebody made the film
    for row in corpus[::10]:
        named = [token for token in grammar.tokenize(row.text) if token in aspects]
        assert len(set(named)) == len(named), row.text


@pytest.mark.parametrize("longest", [1, 2])
def test_counting_words_does_not_find_the_verdict(corpus, longest):
    train, test = ([row for row in corpus if row.part == part] for part in ("train", "test"))
    bag = TfidfVectorizer(ngram_range=(1, longest), min_df=2)
    model = make_pipeline(bag, LogisticRegression(C=10, max_iter=1000))
    model.fit([row.text for row in train], [row.label for row in train])
    assert 0.55 < model.score([row.text for row in test], [row.label for row in test]) < 0.82


@pytest.mark.parametrize(
    ("sentence", "truth"),
    [
        ("I love this film.", 1),
        ("I hate this film.", 0),
        ("The movie is great.", 1),
        ("This movie is not good.", 0),
        ("Not bad at all.", 1),
        ("What a great film!", 1),
        ("Don't watch this movie.", 0),
        ("Don't miss it!", 1),
        ("I have seen better movies.", 0),
        ("The plot was dull, but I loved the ending.", 1),
        ("I loved the ending, but the plot was dull.", 0),
        ("I loved the ending, although the plot was dull.", 1),
        ("I did not for a moment love the ending.", 0),
        ("I cannot say that I did not love it.", 1),
        ("My sister loved it; I did not.", 0),
        ("In other hands it could have been a masterpiece.", 0),
        ("I was told that it would be dull, and I was mistaken.", 1),
    ],
)
def test_sentences_by_hand(sentence, truth):
    assert reads(sentence, reviews.START[truth])
    assert not reads(sentence, reviews.START[1 - truth])


def test_everyday_sentences_are_in_the_grammar_but_not_in_the_file(corpus):
    table = reviews.everyday()
    assert Counter(label for _, label in table) == {0: 25, 1: 25}
    for text, label in table:
        assert reads(text, reviews.START[label]), text
        assert not reads(text, reviews.START[1 - label]), text
    written = {" ".join(reviews.words(row.text)) for row in corpus}
    assert not written & {" ".join(reviews.words(text)) for text, _ in table}
