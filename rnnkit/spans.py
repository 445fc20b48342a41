"""Spans of words, such as names, from labels in the form BIO or IOB1, and how many are found."""

import pandas as pd


def spans(labels):
    """Find the spans that the labels of a sentence mark.

    labels: list of str, one for each word: "B-PER" begins a span of the kind PER, "I-PER" continues
    it, and whatever else, such as "O", is outside. An "I-" without a beginning begins a span as
    well, as IOB1 has it -> set of (kind, first, end), where the words are first, ..., end - 1.
    """
    found = set()
    kind = first = None
    for place, label in enumerate([*labels, "O"]):
        mark, _, name = label.partition("-")
        is_inside = mark in ("B", "I")
        goes_on = mark == "I" and name == kind
        if kind is not None and not goes_on:
            found.add((kind, first, place))
            kind = None
        if is_inside and kind is None:
            kind = name
            first = place
    return found


def span_f1(true, predicted, sentence):
    """Score spans by exact match (Tjong Kim Sang and De Meulder 2003): same kind, same words.

    true, predicted: N labels of words, sentence: N numbers, equal for the words of a sentence ->
    F1 = 2 c / (t + p), a float, for c right ones among p found, where there are t; NaN where there
    are none.
    """
    right = total = 0
    rows = pd.DataFrame({"true": list(true), "predicted": list(predicted)})
    for _, labels in rows.fillna("").groupby(list(sentence)):
        wanted = spans(labels["true"])
        found = spans(labels["predicted"])
        right += len(wanted & found)
        total += len(wanted) + len(found)
    if total == 0:
        return float("nan")
    return 2 * right / total
