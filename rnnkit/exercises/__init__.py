"""Checks for the reader's answers: `check("03.2", answer)` says what is right or still missing.

The judges stand in one module a notebook. A judge takes the answer and returns None if it is
right, else the sentence that says what is wrong. It uses small inputs of its own, always the same.
"""

import contextlib
import itertools
import reprlib
import signal
import threading
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
    "07": "tagging",
    "08": "summarization",
    "09": "speech",
    "10": "music",
    "13": "which",
}
JUDGES = {}  # number -> (judge, hint, whether it trains)
SECONDS = 30  # for a check, should a loop in an answer never end
SECONDS_OF_TRAINING = 300  # for a check that trains a network


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


class TimeUp(BaseException):
    """The check takes too long; no Exception, so that no answer catches it by accident."""


def exercise(number, hint, *, trains=False):
    """Register a judge for an exercise. The hint is shown while the stub stands.

    trains: whether the judge, or the answer, trains a network, which gets more time.
    """

    def register(judge):
        JUDGES[number] = judge, hint, trains
        return judge

    return register


def check(number, answer):
    """Judge the answer to an exercise, such as check("03.2", perplexity): -> Verdict.

    answer: whatever the exercise asks for, a number, an array, a function or a model. It is not
    changed. Whatever it is, there is a verdict; where the system has timers, after `SECONDS` at the
    latest. Raises ValueError for a number that no exercise has.
    """
    chapter = CHAPTERS.get(str(number).split(".")[0])
    runtime.import_keras()  # quietly: nbgrader takes what stands on stderr for a failure
    if chapter:
        import_module(f"rnnkit.exercises.{chapter}")
    if str(number) not in JUDGES:
        raise ValueError(f"there is no exercise {number!r}: the numbers look like '03.2'")
    judge, hint, trains = JUDGES[number]
    seconds = SECONDS_OF_TRAINING if trains else SECONDS
    try:
        if answer is None or answer is ...:
            raise Unanswered
        with warnings.catch_warnings(), _limited(seconds):
            warnings.simplefilter("ignore")  # the verdict says what matters
            wrong = judge(answer)
    except Unanswered:
        return Verdict(False, f"Exercise {number} is not solved yet. Hint: {hint}")
    except Mistake as mistake:
        wrong = str(mistake)
    except TimeUp:
        wrong = f"it did not end within {seconds} seconds: look for a loop that never stops."
    except Exception as error:  # the answer is of a kind that the judge does not know
        wrong = f"it cannot be judged ({told(error)}): compare it with what the task asks for."
    if wrong:
        return Verdict(False, f"Exercise {number} is not right yet: {wrong}")
    return Verdict(True, f"Exercise {number} is solved.")


@contextlib.contextmanager
def _limited(seconds):
    """Raise TimeUp if the block takes longer; without timers, or beside another one, never."""
    is_main = threading.current_thread() is threading.main_thread()
    has_timer = is_main and hasattr(signal, "setitimer")  # Windows has none
    if not has_timer or signal.getitimer(signal.ITIMER_REAL)[0] > 0:
        yield
        return

    def stop(*_):
        raise TimeUp

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)  # and each second after, if it was caught
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before or signal.SIG_DFL)


# ---------------------------------------------------------------- what the judges share


def shown(value):
    """Write an answer in one short line, whatever it is."""
    try:
        text = " ".join(reprlib.repr(value).split())
    except Exception:  # an integer of thousands of digits, or a class that cannot be written
        return f"a {type(value).__name__}"
    return text if len(text) <= 100 else text[:100] + "..."


def told(error):
    """Write an error in one short line."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__


def call(function, *arguments):
    """Call the reader's function on copies; a stub raises Unanswered, an error in it Mistake."""
    if not callable(function):
        kind = type(function).__name__
        raise Mistake(f"pass the function itself, not {kind} {shown(function)}.")
    copies = []
    for argument in arguments:
        copies.append(argument.copy() if isinstance(argument, np.ndarray) else argument)
    try:
        answer = function(*copies)
    except NotImplementedError:
        raise Unanswered from None
    except (Exception, SystemExit) as error:
        raise Mistake(f"your function stopped with {told(error)}") from error
    if answer is None or answer is ...:
        raise Unanswered
    return answer


def compiled_model(function, *arguments):
    """Let the reader's function build a model, always from the same seed -> keras.Model."""
    import keras

    keras.utils.set_random_seed(1)
    model = call(function, *arguments)
    if not isinstance(model, keras.Model):
        raise Mistake(f"return a Keras model, not {type(model).__name__}.")
    if not model.compiled:
        raise Mistake("the model is not compiled: it needs an optimizer and a loss.")
    return model


def array(answer, shape=None, what="the answer", ndim=None):
    """Turn an answer into a float array, and check its shape or `ndim` where one is given."""
    try:
        values = np.asarray(answer, float)
    except Exception:
        raise Mistake(f"{what} is {shown(answer)}: give numbers.") from None
    if answer is None:
        raise Mistake(f"{what} is None: give numbers.")
    if shape is not None and values.shape != shape:
        raise Mistake(f"{what} has the shape {values.shape}: it should be {shape}.")
    if ndim is not None and values.ndim != ndim:
        raise Mistake(f"{what} has the shape {values.shape}: its dimensions should be {ndim}.")
    return values


def items(answer, most, what="a list"):
    """Return what an answer holds as a list, of `most` items at most; `what`: for the verdict."""
    if isinstance(answer, str | bytes | dict):
        raise Mistake(f"return {what}, not {shown(answer)}.")
    try:
        found = list(itertools.islice(answer, most + 1))  # a generator may never end
    except TypeError:
        raise Mistake(f"return {what}, not {shown(answer)}.") from None
    if len(found) > most:
        raise Mistake(f"return {what}: yours has more than {most:,} items.")
    return found


def close(answer, right):
    """Whether two arrays have the same shape and agree to 1 % or 1e-4."""
    answer, right = np.asarray(answer, float), np.asarray(right, float)
    return answer.shape == right.shape and np.allclose(answer, right, rtol=1e-2, atol=1e-4)
