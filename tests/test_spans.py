"""Spans from labels, and their F1."""

import math

import pytest

from rnnkit.spans import span_f1, spans


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ("B-PER I-PER O B-LOC", {("PER", 0, 2), ("LOC", 3, 4)}),
        ("B-PER B-PER", {("PER", 0, 1), ("PER", 1, 2)}),
        ("I-PER I-PER O I-LOC", {("PER", 0, 2), ("LOC", 3, 4)}),  # IOB1
        ("I-PER B-PER", {("PER", 0, 1), ("PER", 1, 2)}),  # IOB1
        ("B-PER I-LOC", {("PER", 0, 1), ("LOC", 1, 2)}),
        ("O I-ORG", {("ORG", 1, 2)}),
        ("NOUN VERB", set()),
        ("", set()),
    ],
)
def test_spans_are_found(labels, found):
    assert spans(labels.split()) == found


def test_half_a_name_is_no_name():
    true = ["B-PER", "I-PER", "O", "B-LOC"]
    assert span_f1(true, true, [1, 1, 1, 1]) == 1.0
    assert span_f1(true, ["B-PER", "O", "O", "B-LOC"], [1, 1, 1, 1]) == 0.5
    assert span_f1(true, ["O"] * 4, [1, 1, 1, 1]) == 0.0


def test_a_span_ends_with_its_sentence():
    labels = ["B-PER", "I-PER"]
    assert span_f1(labels, ["B-PER", "I-PER"], [1, 2]) == 1.0
    assert span_f1(labels, ["B-PER", "B-PER"], [1, 1]) == 0.0


def test_without_spans_there_is_nothing_to_score():
    assert math.isnan(span_f1(["NOUN"], ["VERB"], [1]))
