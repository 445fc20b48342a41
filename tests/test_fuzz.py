"""Whatever goes in, what comes out is a result or the package's own error, within two seconds.

Hypothesis looks for inputs that nobody thought of. The time is that of the processor, as a busy
machine must not fail a test.
"""

import gzip
import string
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rnnkit import baselines, decoding, exercises, glove, splits, word_baselines
from rnnkit.downloads import DataError

SECONDS = 2
FUZZ = settings(
    max_examples=100,
    deadline=None,
    database=None,
    derandomize=True,  # the same inputs on every machine
    suppress_health_check=list(HealthCheck),
)

NUMBERS = st.one_of(
    st.integers(-3, 12),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.sampled_from([10**400, float("nan"), float("inf"), np.float32(2), np.int64(3), 1e-300]),
)
ATOMS = st.one_of(NUMBERS, st.none(), st.text(max_size=8), st.binary(max_size=4))
ANYTHING = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=6),
        st.tuples(inner, inner),
        st.dictionaries(st.text(max_size=3), inner, max_size=3),
        st.lists(inner, max_size=6).map(iter),
        st.tuples(st.integers(0, 7), st.integers(0, 4)).map(np.zeros),
    ),
    max_leaves=12,
)


def outcome(function, *arguments, **options):
    """Call it -> its result, or None where it refuses; whatever else it raises fails the test."""
    started = time.process_time()
    try:
        result = function(*arguments, **options)
    except (DataError, ValueError) as error:
        result = None
        assert type(error) in (DataError, ValueError)  # not, say, a UnicodeDecodeError
        sentence = str(error)
        assert sentence and len(sentence) < 2000
        assert ": " in sentence, "a refusal says what to do after a colon"
    assert time.process_time() - started < SECONDS
    return result


# ---------------------------------------------------------------- word vectors

WORDS = {"the", "cat", "naïve", "", "1", "<unk>"}
LINE = st.one_of(
    st.sampled_from(["the 1 2 3", "cat 4 5 6", "naïve\t7\t8\t9", "3 3", "2 2", "", "cat 1 2"]),
    st.sampled_from(["<html>", "{", "version https://git-lfs.github.com/spec/v1", "\ufeffthe 1 2"]),
    st.lists(st.one_of(st.floats().map(str), st.text(max_size=4)), max_size=6).map(" ".join),
)
CONTENT = st.one_of(
    st.lists(LINE, max_size=6).map(lambda lines: "\n".join(lines).encode(errors="replace")),
    st.binary(max_size=60),
    st.tuples(
        st.sampled_from([b"PK\x03\x04", b"\x1f\x8b", b"\xff\xfe", b"3 3\n"]), st.binary()
    ).map(b"".join),
)


@FUZZ
@given(content=CONTENT, packed=st.booleans(), name=st.sampled_from(["v.txt", "v.gz", "v.zip"]))
def test_any_file_of_vectors(tmp_path_factory, content, packed, name):
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(gzip.compress(content) if packed else content)
    vectors = outcome(glove.read, path, WORDS)
    for word, vector in (vectors or {}).items():
        assert word in WORDS and vector.ndim == 1 and np.isfinite(vector).all()


# ---------------------------------------------------------------- decoding


def step(ids, state):
    logits = np.zeros((len(ids), 5))
    logits[:, 2] = 1
    return logits, state


PROMPTS = st.one_of(ANYTHING, st.lists(st.lists(st.integers(-1, 5), max_size=3), max_size=3))
LENGTHS = st.one_of(st.integers(-2, 20), st.floats(), ATOMS).filter(
    lambda length: not isinstance(length, int | np.integer) or length < 50
)


@FUZZ
@given(prompt=PROMPTS, length=LENGTHS, stop=st.one_of(st.none(), st.integers(0, 4), ATOMS))
def test_any_prompt_length_and_stop(prompt, length, stop):
    options = {"length": length, "stop": stop}
    ids = outcome(decoding.generate, step, prompt, pick=decoding.greedy, **options)
    assert ids is None or ids.shape[1] <= length
    found = outcome(decoding.beam_search, step, prompt, beams=2, **options)
    assert (found is None) == (ids is None)


@FUZZ
@given(beams=st.one_of(st.integers(-1, 9), ATOMS), alpha=st.one_of(st.floats(0, 2), ATOMS))
def test_any_beams_and_alpha(beams, alpha):
    assume(not isinstance(beams, int) or beams < 1000)  # else the answer is as large
    found = outcome(decoding.beam_search, step, [[1]], length=3, beams=beams, alpha=alpha)
    assert found is None or not np.isnan(found[1]).any()


LOGITS = st.one_of(ANYTHING, st.lists(st.lists(st.floats(), min_size=3, max_size=3), min_size=1))


@FUZZ
@given(logits=LOGITS, value=NUMBERS)
def test_any_logits(logits, value):
    p = outcome(decoding.probabilities, logits)
    assert p is None or np.allclose(p.sum(axis=-1), 1)
    for function in (decoding.temperature, decoding.top_k, decoding.nucleus):
        filtered = outcome(function, logits, value)
        assert filtered is None or outcome(decoding.greedy, filtered) is not None


# ---------------------------------------------------------------- texts and counts

LETTERS = string.ascii_lowercase[:4] + " \n.é\u0301世界ที่ि\u200d\ud800"
TEXTS = st.lists(st.one_of(st.text(LETTERS, max_size=40), st.text(max_size=20)), max_size=12)


@FUZZ
@given(
    texts=st.one_of(TEXTS, TEXTS, ANYTHING), fractions=st.one_of(st.just((0.6, 0.2, 0.2)), ANYTHING)
)
def test_any_texts(texts, fractions):
    assume(isinstance(texts, list | tuple | str))
    family_of = outcome(splits.families, texts)
    assert family_of is None or len(family_of) == len(texts)
    parts = outcome(splits.by_family, texts, fractions)
    if parts:
        rows = np.concatenate(parts)
        assert len(set(rows)) == len(rows)
        for first in parts:
            for second in parts:
                if first is not second:
                    assert not set(family_of[first]) & set(family_of[second])


@FUZZ
@given(
    sequences=st.one_of(
        st.lists(st.lists(st.integers(0, 6), max_size=6), max_size=5),
        st.lists(ANYTHING, max_size=4),
    ),
    order=st.one_of(st.integers(1, 4), ATOMS),
)
def test_any_sequences_to_count(sequences, order):
    model = outcome(baselines.KneserNey, order)
    if model is None or outcome(model.fit, sequences, vocab_size=13) is None:
        return
    assert outcome(model.perplexity, sequences) >= 1
    assert 0 <= outcome(model.accuracy, sequences) <= 1


@FUZZ
@given(sources=TEXTS, targets=TEXTS, texts=TEXTS)
def test_any_texts_to_translate(sources, targets, texts):
    for translate in (word_baselines.word_by_word, word_baselines.phrase_memory):
        found = outcome(translate, sources, targets, texts)
        assert found is None or len(found) == len(texts)


# ---------------------------------------------------------------- exercises

QUICK = ["01.1", "01.2", "01.3", "01.4", "01.5", "01.6", "02.1", "02.2", "02.3", "02.4", "02.5"]
QUICK += ["03.1", "03.2", "03.3", "04.1", "04.2", "04.3", "04.4", "05.1", "05.2", "05.3", "05.4"]
QUICK += ["05.5", "05.6", "06.1", "06.2", "06.3", "06.4", "06.5"]


@pytest.fixture(scope="module")
def keras_is_there():
    exercises.check("02.4", 1)  # the first check imports it, which takes seconds


@settings(FUZZ, max_examples=200)
@given(number=st.sampled_from(QUICK), answer=ANYTHING, wrapped=st.booleans())
def test_any_answer(keras_is_there, number, answer, wrapped):
    said = outcome(exercises.check, number, (lambda *_: answer) if wrapped else answer)
    assert isinstance(said, exercises.Verdict) and "\n" not in said.sentence
