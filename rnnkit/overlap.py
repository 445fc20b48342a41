"""How much of a written title stands in the right one, and in the text that it is about."""

import pandas as pd
from rouge_score import rouge_scorer

COLUMNS = ["exact match", "ROUGE-1", "ROUGE-2", "ROUGE-L", "copied", "invented", "repeated"]
KINDS = {"rouge1": "ROUGE-1", "rouge2": "ROUGE-2", "rougeL": "ROUGE-L"}


class AtBlanks:
    """Cuts a text at its blanks: ROUGE's own way drops all letters but a to z."""

    def tokenize(self, text):
        return text.split()


def scores(outputs, references, sources):
    """Score titles, each of them str with blanks between its words.

    outputs, references, sources: N str each, an output that is not known may be NaN ->
    pandas.DataFrame (N rows): "exact match" (0 or 1),
    "ROUGE-1", "ROUGE-2" and "ROUGE-L" (0 to 100: the F1 of words, of pairs of neighbours, and of
    the longest common subsequence; Lin 2004, as the package rouge-score computes it), and shares of
    the words of each output, NaN where it has none: "copied" (they stand in the source),
    "invented" (in neither source nor reference), "repeated" (earlier in the same output). Raises
    ValueError: different lengths.
    """
    scorer = rouge_scorer.RougeScorer(list(KINDS), tokenizer=AtBlanks())
    rows = []
    for output, reference, source in zip(outputs, references, sources, strict=True):
        if not isinstance(output, str):
            rows.append({})
            continue
        row = {"exact match": float(output == reference)}
        for kind, score in scorer.score(reference, output).items():
            row[KINDS[kind]] = 100 * score.fmeasure
        rows.append(row | _shares(output.split(), reference.split(), source.split()))
    return pd.DataFrame(rows, columns=COLUMNS, dtype=float)


def _shares(words, reference, source):
    words = pd.Series(words, dtype=object)
    copied = words.isin(source)
    invented = ~copied & ~words.isin(reference)
    return {
        "copied": copied.mean(),
        "invented": invented.mean(),
        "repeated": words.duplicated().mean(),
    }
