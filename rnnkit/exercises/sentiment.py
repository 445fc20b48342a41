"""Judges for the exercises of 04_sentiment_analysis."""

import random

import numpy as np

from rnnkit.exercises import Mistake, array, call, close, exercise


@exercise("04.1", "precision asks about what was called positive, recall about what is positive.")
def precision_recall(answer):
    scores = array(answer, (3,))
    if close(scores, [0.75, 0.6, 2 / 3]):
        return None
    if close(scores[:2], [0.6, 0.75]):
        return "precision and recall are swapped: precision divides by what was called positive."
    if close(scores[0], 0.7) or close(scores[1], 0.7):
        return "0.7 is the accuracy, the share of all reviews that are right."
    if close(scores[:2], [0.75, 0.6]):
        return "precision and recall are right; F1 is their harmonic mean, 2pr / (p + r)."
    return "precision = 30 / (30 + 10); recall divides the same 30 by all that are positive."


@exercise("04.2", "start from np.ones or np.zeros of the whole shape, and fill in row by row.")
def pad(function):
    rows = [[5, 6, 7], [8], [4, 5, 6, 7, 8, 9], []]
    right = [[5, 6, 7, 0], [8, 0, 0, 0], [4, 5, 6, 7], [1, 0, 0, 0]]
    answer = array(call(function, [list(row) for row in rows], 4), (4, 4), "the padded array")
    if close(answer, right):
        return None
    if close(answer[0], [0, 5, 6, 7]):
        return "the padding stands on the left: cuDNN accepts it on the right only."
    if close(answer[2], [6, 7, 8, 9]):
        return "a row that is too long loses its end, not its beginning, in this exercise."
    if close(answer[3], [0, 0, 0, 0]):
        return "the empty row holds nothing but padding: let it begin with one unknown word, id 1."
    return (
        f"[[5, 6, 7], [8]] at length 4 should begin [5, 6, 7, 0], [8, 0, 0, 0], not {answer[:2]}."
    )


@exercise("04.3", "multiply by the mask, sum over the steps, divide by how many there are.")
def masked_mean(function):
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(2, 4, 3))
    mask = np.array([[1, 1, 1, 0], [1, 0, 0, 0]])
    total = (vectors * mask[..., None]).sum(axis=1)
    answer = array(call(function, vectors, mask), (2, 3), "what your function returns")
    if close(answer, total / mask.sum(axis=1, keepdims=True)):
        return None
    if close(answer, vectors.mean(axis=1)):
        return "the mask is not used: the vectors of padding are averaged in."
    if close(answer, total):
        return "a sum stands where a mean belongs: long reviews would weigh more."
    if close(answer, total / 4):
        return "padding is not added, but it is counted: divide by the sum of the mask."
    return "for each review, take the mean over the steps whose mask is 1."


def small_reviews(seed, count):
    """Short texts in which a 'not' before an opinion turns it round: lists of tokens, labels."""
    draw, texts, labels = random.Random(seed), [], []
    good, bad = ("great", "moving", "funny"), ("dull", "silly", "weak")
    for number in range(count):
        positive, negated = number % 2 == 0, draw.random() < 0.5
        word = draw.choice(good if positive != negated else bad)
        filler = draw.choice(("the plot", "the cast", "the end", "the music")).split()
        other = draw.choice((["it", "is", "not", "short"], ["it", "is", "long"], []))
        opinion = [*filler, "was", *(["not"] if negated else []), word]
        texts.append(other + opinion if draw.random() < 0.5 else opinion + other)
        labels.append(int(positive))
    return texts, labels


@exercise("04.4", "a single word cannot say whether 'not' stood before it. Two in a row can.")
def features(function):
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    train, labels = small_reviews(1, 400)
    test, truth = small_reviews(2, 400)
    found = call(function, list(train[0]))
    if isinstance(found, str) or not all(isinstance(name, str) for name in found):
        raise Mistake("return a list of strings, the names of what occurs in the text.")
    counter = CountVectorizer(analyzer=lambda tokens: list(call(function, list(tokens))))
    try:
        linear = LogisticRegression(max_iter=1000).fit(counter.fit_transform(train), labels)
    except ValueError as error:
        raise Mistake(f"a linear model cannot be trained on these features: {error}") from None
    accuracy = linear.score(counter.transform(test), truth)
    if accuracy < 0.95:
        return f"a linear model on your features reads {accuracy:.0%} of new texts right: get 95 %."
    return None
