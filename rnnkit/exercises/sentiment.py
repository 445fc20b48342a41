"""Judges for the exercises of 04_sentiment_analysis."""

import random

import numpy as np

from rnnkit.exercises import (
    Mistake,
    array,
    call,
    close,
    compiled_model,
    exercise,
    items,
    shown,
    told,
)


@exercise("04.1", "go word by word; two integers have a meaning of their own, 0 and 1.")
def row_of_integers(answer):
    row = array(answer)
    if close(row, [2, 3, 4, 5, 1, 0]):
        return None
    if row.shape != (6,):
        return "give six integers: a row is filled up to its length."
    if row[0] == 0:
        return "TextVectorization fills up on the right, behind the words."
    if row[0] == 1 or row[3] == 1:
        return "the layer turns everything to lower case first, so 'The' is 'the'."
    if row[4] == 0:
        return "'great' is not in the vocabulary, and 0 stands for padding, not for unknown words."
    return "look up each word's place in the list, counted from 0."


@exercise("04.2", "precision asks about what was called good, recall about what is good.")
def precision_recall(answer):
    scores = array(answer, (3,))
    if close(scores, [0.75, 0.6, 2 / 3]):
        return None
    if close(scores[:2], [0.6, 0.75]):
        return "precision and recall are swapped: precision divides by what was called good."
    if close(scores[0], 0.7) or close(scores[1], 0.7):
        return "0.7 is the accuracy, the share of all reviews that are right."
    if close(scores[:2], [0.75, 0.6]):
        return "precision and recall are right; F1 is their harmonic mean, 2pr / (p + r)."
    return "precision = 30 / (30 + 10); recall divides the same 30 by all that are good."


@exercise("04.3", "multiply by the mask, sum over the places, divide by the words.")
def masked_mean(function):
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(2, 4, 3))
    mask = np.array([[1, 1, 1, 0], [1, 0, 0, 0]])
    total = (vectors * mask[:, :, None]).sum(axis=1)
    answer = array(call(function, vectors, mask), (2, 3), "what your function returns")
    if close(answer, total / mask.sum(axis=1, keepdims=True)):
        return None
    if close(answer, vectors.mean(axis=1)):
        return "the mask is not used: the vectors of padding are averaged in."
    if close(answer, total):
        return "a sum stands where a mean belongs: long reviews would weigh more."
    if close(answer, total / 4):
        return "padding is not added, but it is counted: divide by the sum of the mask."
    return "for each review, take the mean over the places whose mask is 1."


GOOD, BAD = ("great", "moving", "funny"), ("dull", "silly", "weak")
ASPECTS = ("plot", "cast", "end", "music", "story", "dialogue")


def opinion(draw, positive):
    """Say something about an aspect of a film, in half of the cases with a 'not': -> list."""
    negated = draw.random() < 0.5
    word = draw.choice(GOOD if positive != negated else BAD)
    return ["the", draw.choice(ASPECTS), "was", *(["not"] if negated else []), word]


def small_reviews(seed, count):
    """Short texts in which a 'not' turns an opinion round: -> lists of words, labels."""
    draw, texts, labels = random.Random(seed), [], []
    for number in range(count):
        positive = number % 2 == 0
        other = draw.choice(("it is not short", "it is long", "")).split()
        words = opinion(draw, positive)
        texts.append(other + words if draw.random() < 0.5 else words + other)
        labels.append(int(positive))
    return texts, labels


@exercise("04.4", "no single word tells that a 'not' stood before it. Two do.")
def features(function):
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    train, labels = small_reviews(1, 400)
    test, truth = small_reviews(2, 400)
    _features_of(function, train[0])
    counter = CountVectorizer(analyzer=lambda words: _features_of(function, words))
    try:
        linear = LogisticRegression(max_iter=1000).fit(counter.fit_transform(train), labels)
    except ValueError as error:
        raise Mistake(
            f"a linear model cannot be trained on these features: {told(error)}"
        ) from None
    accuracy = linear.score(counter.transform(test), truth)
    if accuracy < 0.95:
        return f"a linear model on your features gets {accuracy:.0%} of new texts right: get 95 %."
    return None


def _features_of(function, words):
    names = items(call(function, list(words)), 10_000, "a list of strings")
    if not all(isinstance(name, str) for name in names):
        raise Mistake("return a list of strings, the names of what occurs in the text.")
    return names


MAIL = ("praise", "complaint", "question")


def messages(seed, count):
    """Mail to a shop, one in ten a question: -> texts, names of their labels."""
    draw, texts, labels = random.Random(seed), [], []
    for number in range(count):
        label = "question" if number % 10 == 0 else MAIL[number % 2]
        thing = draw.choice(("the shoes", "the lamp", "the coat", "the clock", "the gloves"))
        verb = "are" if thing.endswith("s") else "is"
        good = draw.random() < 0.5 if label == "question" else label == "praise"
        negated = draw.random() < 0.5
        word = draw.choice(GOOD_THINGS if good != negated else BAD_THINGS)
        start = (verb, thing) if label == "question" else (thing, verb)
        words = [*start, "not" if negated else "", word]
        text = " ".join([draw.choice(("", "hello", "dear shop")), *words])
        texts.append(" ".join([text, draw.choice(("", "thanks", "yours"))]).strip())
        labels.append(label)
    return texts, labels


GOOD_THINGS, BAD_THINGS = ("warm", "new", "clean", "safe"), ("broken", "dirty", "late", "torn")


@exercise("04.5", "the integer of a label is names.index(label).", trains=True)
def three_classes(function):
    from sklearn.metrics import f1_score

    texts, labels = messages(1, 1200)
    new_texts, truth = messages(2, 400)
    answer = call(function, texts, labels, new_texts)
    found = [str(name) for name in np.ravel(answer).tolist()]
    if len(found) != len(truth):
        return f"return one label for each new message: {len(truth)}, not {len(found)}."
    if not set(found) <= set(MAIL):
        return f"return the names of the labels, such as 'praise', not {shown(found[0])}."
    for name in MAIL:
        if name not in found:
            return f"it never says {name}: macro F1 asks for each class."
    score = f1_score(truth, found, average="macro")
    if score < 0.9:
        return (
            f"its macro F1 is {score:.2f}: get 0.9. The network has to know the order of the words."
        )
    return None


def contrasts(seed, count):
    """Two opinions joined by 'but' or 'although', one of which decides: -> texts, labels."""
    draw, texts, labels = random.Random(seed), [], []
    for number in range(count):
        positive = number % 2 == 0
        link = draw.choice(("but", "although"))
        first, second = opinion(draw, positive), opinion(draw, not positive)
        if link == "but":
            first, second = second, first
        texts.append(" ".join([*first, link, *second]))
        labels.append(positive)
    return texts, np.array(labels, float)


@exercise("04.6", "put a recurrent layer where the average is.", trains=True)
def beat_the_average(function):
    import keras

    train, y_train = contrasts(1, 1200)
    test, y_test = contrasts(2, 400)
    vectorize = keras.layers.TextVectorization()
    vectorize.adapt(train)
    model = compiled_model(function, vectorize.vocabulary_size())
    x_train, x_test = vectorize(train), vectorize(test)
    shape = tuple(model(x_train[:2]).shape)
    if shape not in ((2, 1), (2,)):
        return f"it should give one probability for each review: (2, 1) for two, not {shape}."
    model.fit(x_train, y_train, epochs=8, verbose=0)
    called_good = np.ravel(model.predict(x_test, verbose=0)) > 0.5
    accuracy = np.mean(called_good == (y_test == 1))
    if accuracy < 0.9:
        return f"it gets {accuracy:.0%} of new reviews right: get 90 %."
    return None
