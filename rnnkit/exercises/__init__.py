"""Checks for the reader's answers: `check("03.2", answer)` says what is right or still missing.

The judges stand in one module a notebook. A judge takes the answer and returns None if it is
right, else the sentence that says what is wrong. It uses small inputs of its own, always the same.
"""

import warnings
from importlib import import_module
from typing import NamedTuple

import numpy as np

from rnnkit import runtime

CHAPTERS = {
    "01": "recurrence",
    "02": "gates",
    "03": "language",
    "04": "sentiment",
    "05": "forecasting",
    "06": "translation",
}
JUDGES = {}  # number -> (judge, hint)


class Verdict(NamedTuple):
    """What `check` says. It is true if the exercise is solved, and shows itself as its sentence."""

    solved: bool
    sentence: str

    def __bool__(self):
        return self.solved

    def __repr__(self):
        return self.sentence


class Unanswered(Exception):
    """The stub still stands."""


class Mistake(Exception):
    """The answer cannot be judged further; the message says why."""


def exercise(number, hint):
    """Register a judge for an exercise. The hint is shown while the stub stands."""

    def register(judge):
        JUDGES[number] = judge, hint
        return judge

    return register


def check(number, answer):
    """Judge the answer to an exercise, such as check("03.2", perplexity): -> Verdict.

    answer: whatever the exercise asks for, a number, an array, a function or a model. It is not
    changed. Raises ValueError for a number that no exercise has.
    """
    chapter = CHAPTERS.get(str(number).split(".")[0])
    runtime.import_keras()  # quietly: nbgrader takes what stands on stderr for a failure
    if chapter:
        import_module(f"rnnkit.exercises.{chapter}")
    if number not in JUDGES:
        raise ValueError(f"there is no exercise {number!r}: the numbers look like '03.2'")
    judge, hint = JUDGES[number]
    try:
        if answer is None or answer is ...:
            raise Unanswered
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the verdict says what matters
            wrong = judge(answer)
    except Unanswered:
        return Verdict(False, f"Exercise {number} is not solved yet. Hint: {hint}")
    except Mistake as mistake:
        wrong = str(mistake)
    if wrong:
        return Verdict(False, f"Exercise {number} is not right yet: {wrong}")
    return Verdict(True, f"Exercise {number} is solved.")


# ---------------------------------------------------------------- what the judges share


def call(function, *arguments):
    """Call the reader's function on copies; a stub raises Unanswered, an error in it Mistake."""
    if not callable(function):
        raise Mistake(f"pass the function itself, not {type(function).__name__} {function!r}.")
    copies = []
    for argument in arguments:
        copies.append(argument.copy() if isinstance(argument, np.ndarray) else argument)
    try:
        answer = function(*copies)
    except NotImplementedError:
        raise Unanswered from None
    except Exception as error:
        raise Mistake(f"your function stopped with {type(error).__name__}: {error}") from error
    if answer is None or answer is ...:
        raise Unanswered
    return answer


def array(answer, shape=None, what="the answer"):
    """Turn an answer into a float array, and check its shape where one is given."""
    try:
        values = np.asarray(answer, float)
    except (TypeError, ValueError):
        raise Mistake(f"{what} is {answer!r}: give numbers.") from None
    if shape is not None and values.shape != shape:
        raise Mistake(f"{what} has the shape {values.shape}: it should be {shape}.")
    return values


def close(answer, right):
    """Whether two arrays have the same shape and agree to 1 % or 1e-4."""
    answer, right = np.asarray(answer, float), np.asarray(right, float)
    return answer.shape == right.shape and np.allclose(answer, right, rtol=1e-2, atol=1e-4)
