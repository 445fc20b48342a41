"""The grammar of the abstracts: probabilities that sum to one, and texts that are well formed."""

import re
from random import Random

import numpy as np
import pytest
from generators import abstracts, grammar


@pytest.fixture(scope="module")
def drawn():
    """200 texts, each with the probabilities of the choices that made it."""
    random = Random(0)
    return [grammar.draw(abstracts.START, random)[:2] for _ in range(200)]


def test_next_word_probabilities_sum_to_one_at_every_prefix(drawn):
    for tokens, _ in drawn[:5]:
        hypotheses = abstracts.START
        for token in tokens:
            total = sum(grammar.distribution(hypotheses).values())
            assert total == pytest.approx(1, abs=1e-9)
            _, hypotheses = grammar.advance(hypotheses, token)


def test_reading_a_text_finds_the_probability_it_was_drawn_with(drawn):
    for tokens, probabilities in drawn:
        read = abstracts.log_probabilities(grammar.render(tokens))
        assert len(read) == len(tokens) + 1  # and the end
        assert read.sum() == pytest.approx(np.log(probabilities).sum(), abs=1e-9)


def test_a_small_grammar_listed_in_full_sums_to_one():
    rules = {"noun": lambda state: (((0.7, ("pump",)), (0.3, ("gear", "pump"))), state)}
    start = grammar.start(grammar.template("[a|the] {noun} [|stops]", rules), abstracts.State())
    total = {}

    def list_all(hypotheses, said, probability):
        for token, share in grammar.distribution(hypotheses).items():
            if token == grammar.END:
                total[said] = total.get(said, 0) + probability * share
            else:
                after = grammar.advance(hypotheses, token)[1]
                list_all(after, (*said, token), probability * share)

    list_all(start, (), 1.0)
    assert len(total) == 8
    assert total["the", "gear", "pump"] == pytest.approx(0.5 * 0.3 * 0.5)
    assert sum(total.values()) == pytest.approx(1)


def test_a_text_outside_the_grammar_names_the_word_that_does_not_fit(drawn):
    text = grammar.render(drawn[0][0]).replace("(", "giraffe (", 1)
    position = grammar.tokenize(text).index("giraffe")
    with pytest.raises(ValueError, match=f"token {position} of the text, 'giraffe'"):
        abstracts.log_probabilities(text)


def test_texts_have_45_to_95_words_and_begin_sentences_with_capitals(drawn):
    for tokens, _ in drawn:
        assert 45 <= sum(token.isalnum() for token in tokens) <= 95
        text = grammar.render(tokens)
        assert grammar.tokenize(text) == tokens
        assert text[0].isupper() and not re.search(r"\. [a-z]", text)


def test_a_numeral_always_stands_behind_the_same_part(drawn):
    for tokens, _ in drawn:
        named = {}
        for place in [i for i, token in enumerate(tokens) if token.isdigit()]:
            assert tokens[place - 1] == "(" and tokens[place + 1] == ")"
            head = tokens[place - 2]
            assert named.setdefault(tokens[place], head) == head
        assert len(set(named.values())) == len(named)


def test_a_and_an_fit_the_next_word_and_verbs_agree(drawn):
    for tokens, _ in drawn:
        for article, word in zip(tokens, tokens[1:], strict=False):
            if article in ("a", "an"):
                assert article == abstracts.article(word)
        plural = {t for _, t in _plural_parts(tokens)}
        for place, token in enumerate(tokens[:-1]):
            if token == ")" and tokens[place + 1] in ("is", "are"):
                assert (tokens[place + 1] == "are") == (tokens[place - 1] in plural)


def _plural_parts(tokens):
    """(number word, numeral) of parts introduced in the plural: 'three thin seals ( 14 )'."""
    for place, token in enumerate(tokens):
        if token in ("two", "three", "four", "several") and "(" in tokens[place:]:
            bracket = tokens.index("(", place)
            new = tokens.index(tokens[bracket + 1]) == bracket + 1
            if new and not {",", ".", "the", "a", "an", "and"} & set(tokens[place:bracket]):
                yield token, tokens[bracket + 1]


def test_dependencies_by_hand():
    text = "A pump (10) has a rotor (12). The rotor (12) stops the pump (10)."
    assert abstracts.dependencies(text) == [(15, 6), (21, 18)]


def test_a_corpus_has_relatives_and_copies_and_is_the_same_each_time():
    corpus = abstracts.sample(3, 400)
    assert corpus == abstracts.sample(3, 400) != abstracts.sample(4, 400)
    texts = {}
    for row in corpus:
        texts.setdefault(row.family, []).append(row.text)
    assert sum(len(set(family)) > 1 for family in texts.values()) > 5
    assert sum(len(set(family)) < len(family) for family in texts.values()) > 3
    for family in texts.values():
        first, *others = (grammar.tokenize(text) for text in dict.fromkeys(family))
        for other in others:
            same = next(
                i for i, pair in enumerate(zip(first, other, strict=False)) if len(set(pair)) > 1
            )
            assert same > abstracts.KEPT[0]


def test_the_mean_surprise_of_two_samples_agrees():
    def mean(seed):
        return np.concatenate(
            [abstracts.log_probabilities(r.text) for r in abstracts.sample(seed, 150)]
        )

    first, second = mean(5), mean(6)
    spread = np.hypot(first.std() / np.sqrt(len(first)), second.std() / np.sqrt(len(second)))
    assert abs(first.mean() - second.mean()) < 4 * spread


def test_a_relative_has_the_distribution_of_the_grammar():
    random = Random(7)
    firsts = [grammar.draw(abstracts.START, random)[0] for _ in range(3000)]
    relatives = [abstracts._relative(tokens, random) for tokens in firsts]
    gap = np.array([len(b) - len(a) for a, b in zip(firsts, relatives, strict=True)])
    assert abs(gap.mean()) < 3.5 * gap.std() / np.sqrt(len(gap))  # 0.5 words more before the mend


def hypotheses_after(text):
    hypotheses = abstracts.START
    for token in grammar.tokenize(text):
        _, hypotheses = grammar.advance(hypotheses, token)
    return hypotheses


def test_only_the_first_mention_tells_the_medium():
    text = "A method of dosing"
    shares = grammar.distribution(hypotheses_after(text))
    media = [entry.form[0] for entry in abstracts.words("pumps", "medium")]
    assert sum(shares[medium] for medium in media) == pytest.approx(1)
    assert [shares[medium] for medium in media] == pytest.approx([0.25] * 4)
    text += (
        " slurry uses a gear pump (1) having a housing (2), two gears (3) and a pressure gauge (4)."
    )
    text += " The gears (3) draw the"
    assert grammar.distribution(hypotheses_after(text)) == {"slurry": pytest.approx(1)}


def test_what_a_reader_types_is_in_the_corpus():
    texts = " ".join(row.text for row in abstracts.sample(1, 1000))
    known = set(grammar.tokenize(texts))
    words = "method valve neural network system sensor processor training present invention image"
    assert set(words.split()) <= known
