"""Each exercise tells its stub, its solution and the usual wrong answers apart."""

import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import keras
import nbformat
import numpy as np
import pandas as pd
import pytest
import stamp as stamping
from classroom import QUIET, assignment
from execution import NOTEBOOKS, ROOT, find, name_of
from nbclient import NotebookClient
from stamp import EXERCISES, parse, stamp, stamped, start_cell

from rnnkit import exercises

SOURCES = sorted(EXERCISES.glob("[0-9]*.py"))
PARSED = {source.stem: parse(source.read_text(encoding="utf-8")) for source in SOURCES}
ALL = [(setup, item) for setup, items in PARSED.values() for item in items]


def verdict(setup, exercise, answer):
    """Run an answer and then the check, as a reader's notebook would."""
    space = {}
    exec(f"{setup}\n{answer}", space)
    return eval(exercise.check, space)


@pytest.mark.parametrize(("setup", "exercise"), ALL, ids=[item.number for _, item in ALL])
def test_the_stub_runs_and_is_met_with_a_hint(setup, exercise):
    said = verdict(setup, exercise, exercise.stub)
    assert not said
    assert re.match(rf"Exercise {exercise.number} is not solved yet. Hint: \w", repr(said))


@pytest.mark.parametrize(("setup", "exercise"), ALL, ids=[item.number for _, item in ALL])
def test_the_solution_is_accepted(setup, exercise, capfd):
    said = verdict(setup, exercise, exercise.solution)
    assert said, said
    assert capfd.readouterr().err == ""  # nbgrader takes what stands there for a failure
    assert repr(said) == f"Exercise {exercise.number} is solved."


class Begun(BaseException):
    """A training has begun with `args`; no Exception, so that no judge answers for it."""


def begin(model, x, y=None, callbacks=None, **options):
    """Stands in for `fit`: raise Begun with all on which a training depends."""
    data = [*(x if isinstance(x, list) else [x]), y, repr(sorted(options.items()))]
    _, *numbers = np.random.get_state()  # noqa: NPY002
    variables = [np.asarray(variable) for variable in model.variables]  # seeds of dropout, too
    raise Begun(*variables, *data, *numbers, repr(random.getstate()))


def run_until_training(setup, exercise):
    """What a solution comes to: its verdict, or on what its training depends."""
    try:
        return verdict(setup, exercise, exercise.solution)
    except Begun as training:
        return training.args


@pytest.mark.parametrize(("setup", "exercise"), ALL, ids=[item.number for _, item in ALL])
def test_a_solution_comes_to_the_same_on_every_run(setup, exercise, monkeypatch):
    """A training itself may take ten seconds, so each run ends where it would begin."""
    monkeypatch.setattr(keras.Model, "fit", begin)
    first, again = (run_until_training(setup, exercise) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)


WRONG = [(setup, item, words, code) for setup, item in ALL for words, code in item.wrong]


@pytest.mark.parametrize(
    ("setup", "exercise", "words", "code"),
    WRONG,
    ids=[f"{item.number}-{words}" for _, item, words, _ in WRONG],
)
def test_a_usual_wrong_answer_is_named(setup, exercise, words, code, capfd):
    said = verdict(setup, exercise, code)
    assert not said
    assert capfd.readouterr().err == ""
    assert said.sentence.startswith(f"Exercise {exercise.number} is not right yet: ")
    assert words in said.sentence


@pytest.mark.parametrize("name", sorted(PARSED))
def test_a_notebook_has_four_exercises_or_more_and_each_has_wrong_answers(name):
    _, items = PARSED[name]
    assert len(items) >= 4
    assert all(item.wrong for item in items)
    assert [item.number for item in items] == [f"{name[:2]}.{n}" for n in range(1, len(items) + 1)]


@pytest.mark.parametrize("path", find([]), ids=name_of)
def test_every_notebook_is_stamped(path):
    needs = path.parent == NOTEBOOKS and not path.stem.startswith("00_")
    assert not needs or path.stem in PARSED, f"exercises/{path.stem}.py is missing"
    _, changed = stamp(path)
    assert not changed, "run tools/stamp.py"


# What lets ipykernel and TensorFlow be quieter in a test than elsewhere.
HIDDEN = ("PYTEST_CURRENT_TEST", "TF_CPP_MIN_LOG_LEVEL")


def test_a_graded_exercise_is_quiet():
    """A fresh process that knows of no test: ipykernel and TensorFlow look for such variables.

    Importing TensorFlow takes seconds, so one exercise stands for all.
    """
    setup, exercise = ALL[0]
    environment = {key: value for key, value in os.environ.items() if key not in HIDDEN}
    code = f"{QUIET}{setup}\n{exercise.solution}\nprint({exercise.check.strip()})"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == f"Exercise {exercise.number} is solved.\n"
    assert done.stderr == ""


def test_a_graded_exercise_is_quiet_in_a_kernel(monkeypatch):
    """As nbgrader runs it; here ipykernel watches file descriptor 2, too."""
    setup, exercise = ALL[0]
    for name in HIDDEN:
        monkeypatch.delenv(name, raising=False)
    notebook = assignment("# Exercises", setup, [exercise])
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = exercise.solution
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(ROOT)}}).execute()
    printed = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert [output.name for output in printed] == ["stdout"]
    assert printed[0].text == f"Exercise {exercise.number} is solved.\n"


def test_an_answer_that_warns_is_judged_without_a_word_on_stderr(capfd):
    def sigmoid(z):
        return 1 / (1 + np.exp(-1e4 * np.abs(z) - 1e4)) + np.exp(1e6)  # overflows

    exercises.check("01.2", sigmoid)
    assert capfd.readouterr().err == ""


def test_an_error_in_an_answer_is_told_in_a_sentence():
    def broken(log_probabilities, mask):
        return log_probabilities / "two"

    said = exercises.check("03.2", broken)
    assert not said and "your function stopped with" in said.sentence
    assert "pass the function itself" in exercises.check("03.2", 4.0).sentence
    assert "give numbers" in exercises.check("03.1", "four").sentence


def endless(*_):
    while True:
        pass


def stubborn(*_):
    while True:
        with contextlib.suppress(Exception):
            time.sleep(60)


def unlimited(*_):
    while True:
        yield "a"


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no timer on Windows")
@pytest.mark.parametrize("number", ["01.2", "03.4", "04.4", "05.6", "06.5"])
@pytest.mark.parametrize("function", [endless, stubborn])
def test_a_function_that_never_ends_gets_a_verdict(monkeypatch, number, function):
    monkeypatch.setattr(exercises, "SECONDS", 0.2)
    before = signal.getsignal(signal.SIGALRM)
    said = exercises.check(number, function)
    assert said.sentence == (
        f"Exercise {number} is not right yet: it did not end within 0.2 seconds: look for a loop "
        "that never stops."
    )
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert signal.getsignal(signal.SIGALRM) is before


@pytest.mark.parametrize("number", ["04.4", "06.3", "06.5"])
def test_a_list_that_never_ends_fills_no_memory(number):
    assert "yours has more than 1" in exercises.check(number, unlimited).sentence


def test_a_check_in_another_thread_has_no_limit_and_works():
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(exercises.check, "03.1", 4).result()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no timer on Windows")
def test_a_timer_of_someone_else_is_left_alone():
    signal.setitimer(signal.ITIMER_REAL, 500)
    try:
        assert exercises.check("03.1", 4)
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 400
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


class Unwritable:
    def __repr__(self):
        raise RuntimeError("cannot be written")


ODD = [
    *(0, -1, True, 10**400, 10**5000, 1e308, float("nan"), float("inf"), 2j, "", "four", b"x"),
    *((), [], [None], [None, None], (None, None), (3, 4), [[1, 2], [3]], ["a", "b"], [10**400] * 6),
    *({}, {"a": 1}, {1, 2}, range(3), object(), Unwritable(), int, len, unlimited()),
    *(np.zeros(0), np.zeros((6, 1)), np.full((20, 20), np.nan), np.array([None, "a"])),
    *(np.zeros((2, 3, 4, 5)), np.array(["2020-01-01"], "datetime64[D]"), np.ma.masked, pd.NA),
]


@pytest.mark.parametrize("number", [item.number for _, item in ALL])
def test_whatever_the_answer_is_there_is_a_verdict_in_one_line(number, capfd):
    exercises.check(number, None)
    _, _, trains = exercises.JUDGES[number]
    for odd in ODD[:: 8 if trains else 1]:  # these prepare much before they look at an answer
        for answer in (odd, lambda *_, odd=odd: odd):
            said = exercises.check(number, answer)
            assert not said, exercises.shown(odd)
            assert len(said.sentence) < 500 and "\n" not in said.sentence, exercises.shown(odd)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("number", "answer", "words"),
    [
        ("04.4", 7, "return a list of strings, not 7."),
        ("04.4", [1], "return a list of strings, the names of what occurs in the text."),
        ("05.2", (1, 2), "the array of windows has the shape (): its dimensions should be 2."),
        ("05.3", (None, None), "the training part is None: give numbers."),
        ("05.3", (3, 4), "the training part has the shape (): its dimensions should be 1."),
        ("05.5", 10**400, "what your function returns is 1000"),
        ("06.3", 3, "return a list of words, not 3."),
        ("06.5", [float("inf")], "return the words, a list of integers."),
    ],
    ids=range(8),
)
def test_an_answer_of_an_odd_type_is_named(number, answer, words):
    sentence = exercises.check(number, lambda *_: answer).sentence
    assert sentence.startswith(f"Exercise {number} is not right yet: {words}")


def test_an_answer_that_leaves_python_is_told():
    assert "stopped with SystemExit: 1" in exercises.check("01.2", lambda *_: sys.exit(1)).sentence

    def interrupted(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):  # Ctrl-C is the reader's own
        exercises.check("01.2", interrupted)


def test_a_long_error_is_told_by_its_first_line():
    def broken(*_):
        raise ValueError("first\nsecond")

    said = exercises.check("01.2", broken).sentence
    assert said == "Exercise 01.2 is not right yet: your function stopped with ValueError: first"


def test_an_answer_may_be_written_in_many_ways():
    for answer in (4, 4.0, np.float32(4), np.array(4), 3.9999999):
        assert exercises.check("03.1", answer)
    for answer in ((448, 360), np.array([448, 360]), [448.0, 360.0]):
        assert exercises.check("02.1", answer)


@pytest.mark.parametrize("number", ["12.1", "03.9", "three", 3, None, 1.1, ["03.1"], ""])
def test_an_unknown_number_is_refused(number):
    with pytest.raises(ValueError, match="there is no exercise"):
        exercises.check(number, 1)


PATH = NOTEBOOKS / "03_x.ipynb"
ADDRESS = "https://github.com/someone/somewhere@v1.0"


def made_notebook(*sources):
    """A notebook of Markdown cells and code cells (those that begin with an import)."""
    make = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell
    cells = [make[not source.startswith("import")](source) for source in sources]
    return nbformat.v4.new_notebook(cells=cells)


def test_stamping_twice_changes_nothing_and_keeps_outputs():
    notebook = made_notebook("# Title\n\nText.", "import os", "## 9. Exercises\n\nTry.", "## Recap")
    setup, items = PARSED["03_language_modeling"]
    notebook.cells = stamped(notebook, PATH, setup, items)
    title, start, code, turn, *rest, recap = notebook.cells
    assert title.source == "# Title\n\nText."
    assert "find_spec" in start.source and code.source == "import os"
    assert len(rest) == 1 + 4 * len(items) and recap.source == "## Recap"
    start.execution_count = 1
    rest[0].source = "stale"
    notebook.cells = stamped(notebook, PATH, setup, items)
    assert notebook.cells[4].source == setup and notebook.cells[1].execution_count == 1
    again = stamped(notebook, PATH, setup, items)
    assert again == notebook.cells and len(again) == len(rest) + 5


def test_a_closer_look_gets_the_first_cell_alone():
    notebook = made_notebook("# Title", "import os", "## Recap")
    assert [cell.cell_type for cell in stamped(notebook, PATH)] == [
        "markdown",
        "code",
        "code",
        "markdown",
    ]


@pytest.mark.parametrize(
    ("sources", "words"),
    [
        (("# Title", "import os"), "0 headings '## ... Exercises'"),
        (("# Title", "import os", "## 8. Exercises", "## Exercises"), "2 headings"),
        (("# Title", "## Exercises"), "has no code"),
        (("import os", "## Exercises"), "the first cell must be the title"),
    ],
)
def test_a_notebook_that_cannot_be_stamped_is_refused(sources, words):
    with pytest.raises(ValueError, match=words):
        stamped(made_notebook(*sources), PATH, *PARSED["03_language_modeling"])


def run_start(cell, monkeypatch, *, found):
    """Run a first cell where rnnkit is found or not; -> what it asked pip to do, and sys.path."""
    from IPython.core.inputtransformer2 import TransformerManager

    from rnnkit import runtime

    asked = []
    shell = SimpleNamespace(run_line_magic=lambda *words: asked.append(words))
    monkeypatch.setattr(runtime, "start", lambda: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: found or None)
    monkeypatch.setattr(sys, "path", list(sys.path))
    exec(TransformerManager().transform_cell(cell.source), {"get_ipython": lambda: shell})
    return asked, sys.path


def test_without_an_address_nothing_is_installed(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert "pip" not in start_cell("").source
    assert run_start(start_cell(""), monkeypatch, found=True)[0] == []
    with pytest.raises(ModuleNotFoundError, match="rnnkit is not here: open this notebook in"):
        run_start(start_cell(""), monkeypatch, found=False)


def test_with_an_address_the_kit_is_installed_where_it_is_missing(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert run_start(start_cell(ADDRESS), monkeypatch, found=True)[0] == []
    wanted = [("pip", f"install -q git+{ADDRESS}")]
    assert run_start(start_cell(ADDRESS), monkeypatch, found=False)[0] == wanted


def test_the_first_cell_finds_the_checkout_around_the_notebook(monkeypatch, tmp_path):
    (tmp_path / "rnnkit").mkdir()
    (tmp_path / "rnnkit" / "runtime.py").touch()
    folder = tmp_path / "notebooks" / "closer"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    _, path = run_start(start_cell(""), monkeypatch, found=True)
    assert path[0] == str(tmp_path)


def test_the_link_to_colab_appears_with_an_address_and_goes_with_it(monkeypatch):
    notebook = made_notebook("# Title\n\nText.", "import os")
    monkeypatch.setattr(stamping, "repository", lambda: ADDRESS)
    notebook.cells = stamped(notebook, PATH)
    link = (
        "https://colab.research.google.com/github/someone/somewhere/blob/v1.0/notebooks/03_x.ipynb"
    )
    assert notebook.cells[0].source == f"# Title\n\n[Open in Colab]({link})\n\nText."
    monkeypatch.setattr(stamping, "repository", lambda: "")
    assert stamped(notebook, PATH)[0].source == "# Title\n\nText."


def test_the_address_is_kept_in_one_place(monkeypatch, tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.rnnkit]\nrepository = ""\n')
    monkeypatch.setattr(stamping, "ROOT", tmp_path)
    stamping.set_repository(ADDRESS)
    assert stamping.repository() == ADDRESS
    with pytest.raises(ValueError, match="is no address with a tag or commit: write https://"):
        stamping.set_repository("https://github.com/someone/somewhere")
    stamping.set_repository("")
    assert stamping.repository() == ""


def test_a_line_that_opens_no_cell_is_refused():
    with pytest.raises(ValueError, match="does not open a cell"):
        parse("# %% 3.1 stub\nanswer = None\n")
