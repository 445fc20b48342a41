"""Cheap rivals of a network: translators that count words or remember, a tagger, a listener.

A text is a str whose tokens are separated by blanks, as `space_out` of notebook 06 writes them.
"""

from collections import Counter
from itertools import chain

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import make_pipeline

TOKEN = r"\S+"


def word_by_word(sources, targets, texts, *, min_count=2):
    """Replace each word by the word that goes with it most exclusively, and keep the order.

    sources, targets: N known texts each, the translations in the same order; texts: what is to be
    translated -> list of str. The partner of a source word is the target word with the largest
    Dice coefficient: twice the pairs that have both, divided by the sources that have the one plus
    the targets that have the other (Dice, Measures of the amount of ecologic association between
    species, 1945). It is 1 for words that always come together. Words that fewer than `min_count`
    texts have are copied. Raises ValueError: numbers of sources and targets that differ, or
    a text that is none, such as NaN.
    """
    sources, targets, texts = _checked(sources, targets, texts)
    if not _has_frequent(sources, min_count) or not _has_frequent(targets, min_count):
        return texts
    in_source, source_words = _occurrences(sources, min_count)
    in_target, target_words = _occurrences(targets, min_count)
    dice = (in_source.T @ in_target).astype(float).tocoo()  # (source words, target words), sparse
    source_counts = np.asarray(in_source.sum(axis=0)).ravel()
    target_counts = np.asarray(in_target.sum(axis=0)).ravel()
    dice.data = 2 * dice.data / (source_counts[dice.row] + target_counts[dice.col])
    best = np.asarray(dice.tocsr().argmax(axis=1)).ravel()
    partners = target_words[best]
    dictionary = dict(zip(source_words, partners, strict=True))
    outputs = []
    for text in texts:
        words = [dictionary.get(word, word) for word in text.split()]
        outputs.append(" ".join(words))
    return outputs


def phrase_memory(sources, targets, texts):
    """Give the translation of the most similar known text, by the cosine of tf-idf vectors.

    sources, targets: N known texts each; texts: what is to be translated -> list of str. Raises
    ValueError: no known text with a word in it, and as `word_by_word` does.
    """
    sources, targets, texts = _checked(sources, targets, texts)
    if not _has_frequent(sources, 1):
        raise ValueError("there is no known text with a word in it: pass at least one")
    if not texts:
        return []
    weights = TfidfVectorizer(lowercase=False, token_pattern=TOKEN)
    memory = NearestNeighbors(n_neighbors=1, metric="cosine")
    memory.fit(weights.fit_transform(sources))
    nearest = memory.kneighbors(weights.transform(texts), return_distance=False)[:, 0]
    return [targets[row] for row in nearest]


def _checked(sources, targets, texts):
    """Return the three as lists of str, or raise ValueError."""
    lists = list(sources), list(targets), list(texts)
    if len(lists[0]) != len(lists[1]):
        raise ValueError(
            f"there are {len(lists[0])} sources and {len(lists[1])} targets: each source needs its "
            "translation"
        )
    for name, known in zip(("source", "target", "text"), lists, strict=True):
        for number, text in enumerate(known):
            if not isinstance(text, str):
                raise ValueError(f"{name} {number} is {text!r} and no str: leave it out")
    return lists


def _has_frequent(texts, min_count):
    """Tell whether any word is in `min_count` of the texts."""
    counts = Counter()
    for text in texts:
        counts.update(set(text.split()))
    return max(counts.values(), default=0) >= min_count


def _occurrences(texts, min_count):
    """Which text has which word: -> sparse 0/1 (N, words), and the words."""
    counter = CountVectorizer(lowercase=False, token_pattern=TOKEN, binary=True, min_df=min_count)
    matrix = counter.fit_transform(texts)
    return matrix, counter.get_feature_names_out()


def window_tagger(sentences, labels, *, behind=1, seed=0):
    """Label words by what stands around them: a logistic regression, fitted by small steps.

    sentences, labels: N lists of str each, of equal lengths; behind: 1 to look at the word that
    follows as well, else 0. What is known of a word: itself and its neighbours in lower case, its
    last two and three letters, whether it has a capital -> a function from sentences to a list of
    labels, those of all words in one row.
    """
    logistic = SGDClassifier(loss="log_loss", alpha=1e-5, random_state=seed)
    pipeline = make_pipeline(CountVectorizer(analyzer=list), logistic)
    pipeline.fit(_facts(sentences, behind), list(chain.from_iterable(labels)))
    return lambda others: pipeline.predict(_facts(others, behind)).tolist()


def _facts(sentences, behind):
    found = []
    for words in sentences:
        low = ["", *(word.lower() for word in words), ""]
        for place, word in enumerate(words):
            facts = [f"before {low[place]}"]
            facts.append(f"word {low[place + 1]}")
            facts.append(f"ends {word[-2:]}")
            facts.append(f"ends {word[-3:]}")
            facts.append(f"capital {word.istitle()}")
            if behind:
                facts.append(f"behind {low[place + 2]}")
            found.append(facts)
    return found


def key_words(train_texts, texts, count):
    """Take the words of each text that tell it best from others, in the order of the text.

    train_texts, texts: str with blanks between tokens -> for each of `texts` a str of at most
    `count` different words with the highest tf-idf.
    """
    vectorizer = TfidfVectorizer(lowercase=False, token_pattern=TOKEN)
    vectorizer.fit(train_texts)
    names = vectorizer.get_feature_names_out()
    found = []
    for text, row in zip(texts, vectorizer.transform(texts), strict=True):
        best = row.indices[np.argsort(-row.data, kind="stable")[:count]]
        words = dict.fromkeys(text.split())
        found.append(" ".join(word for word in words if word in set(names[best])))
    return found


def nearest_by_warping(examples, labels, queries):
    """Label recordings by the most similar example, under dynamic time warping.

    examples: float (N, T, D), labels: (N,), queries: float (M, T, D), all of the same length ->
    labels of the queries (M,). The cost of an alignment is the sum of the distances of the frames
    that it puts together; a step goes on in one recording or in both (Sakoe and Chiba 1978,
    symmetric, without weights).
    """
    count, steps, width = examples.shape
    frames = examples.reshape(-1, width)
    found = []
    for query in queries:
        distances = cdist(query, frames)
        distances = distances.reshape(steps, count, steps)
        cost = np.full((steps + 1, steps + 1, count), np.inf)
        cost[0, 0] = 0
        for i in range(steps):
            for j in range(steps):
                one = np.minimum(cost[i, j + 1], cost[i + 1, j])
                both = np.minimum(cost[i, j], one)
                here = distances[i, :, j]
                cost[i + 1, j + 1] = both + here
        whole = cost[steps, steps]
        nearest = whole.argmin()
        found.append(labels[nearest])
    return np.array(found)
