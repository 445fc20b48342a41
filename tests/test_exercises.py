"""Each exercise tells its stub, its solution and the usual wrong answers apart."""

import re

import nbformat
import pytest
from execution import NOTEBOOKS
from stamp_exercises import EXERCISES, cells, is_exercise, parse, stamp, up_to_date

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
def test_the_solution_is_accepted(setup, exercise):
    said = verdict(setup, exercise, exercise.solution)
    assert said, said
    assert repr(said) == f"Exercise {exercise.number} is solved."
    assert verdict(setup, exercise, exercise.solution) == said  # the same verdict on every run


WRONG = [(setup, item, words, code) for setup, item in ALL for words, code in item.wrong]


@pytest.mark.parametrize(
    ("setup", "exercise", "words", "code"),
    WRONG,
    ids=[f"{item.number}-{words}" for _, item, words, _ in WRONG],
)
def test_a_usual_wrong_answer_is_named(setup, exercise, words, code):
    said = verdict(setup, exercise, code)
    assert not said
    assert said.sentence.startswith(f"Exercise {exercise.number} is not right yet: ")
    assert words in said.sentence


@pytest.mark.parametrize("name", sorted(PARSED))
def test_a_notebook_has_four_exercises_or_more_and_each_has_wrong_answers(name):
    _, items = PARSED[name]
    assert len(items) >= 4
    assert all(item.wrong for item in items)
    assert [item.number for item in items] == [f"{name[:2]}.{n}" for n in range(1, len(items) + 1)]


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_every_notebook_holds_its_exercises(path):
    assert path.stem in PARSED, f"exercises/{path.stem}.py is missing"
    assert up_to_date(nbformat.read(path, as_version=4), cells(*PARSED[path.stem]))


def test_an_error_in_an_answer_is_told_in_a_sentence():
    def broken(log_probabilities, mask):
        return log_probabilities / "two"

    said = exercises.check("03.2", broken)
    assert not said and "your function stopped with" in said.sentence
    assert "pass the function itself" in exercises.check("03.2", 4.0).sentence
    assert "give numbers" in exercises.check("03.1", "four").sentence


def test_an_answer_may_be_written_in_many_ways():
    import numpy as np

    for answer in (4, 4.0, np.float32(4), np.array(4), 3.9999999):
        assert exercises.check("03.1", answer)
    for answer in ((448, 360), np.array([448, 360]), [448.0, 360.0]):
        assert exercises.check("02.1", answer)


@pytest.mark.parametrize("number", ["09.1", "03.9", "three", 3])
def test_an_unknown_number_is_refused(number):
    with pytest.raises(ValueError, match="there is no exercise"):
        exercises.check(number, 1)


def test_stamping_puts_exercises_under_their_heading_once_and_keeps_outputs():
    setup, items = PARSED["03_language_modeling"]
    made = cells(setup, items)
    heading = nbformat.v4.new_markdown_cell("## 9. Your turn\n\nTry.")
    recap = nbformat.v4.new_markdown_cell("## 10. Recap")
    notebook = nbformat.v4.new_notebook(cells=[heading, recap])
    stamp(notebook, made)
    assert notebook.cells[0] == heading and notebook.cells[-1] == recap
    assert up_to_date(notebook, made)
    notebook.cells[1].execution_count = 1
    notebook.cells[2].source = "stale"
    assert not up_to_date(notebook, cells(setup, items))
    stamp(notebook, cells(setup, items))
    assert up_to_date(notebook, cells(setup, items)) and notebook.cells[1].execution_count == 1
    assert sum(map(is_exercise, notebook.cells)) == len(made) == len(notebook.cells) - 2


def test_a_notebook_without_the_heading_is_refused():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Title")])
    with pytest.raises(ValueError, match="Your turn"):
        stamp(notebook, [])


def test_a_line_that_opens_no_cell_is_refused():
    with pytest.raises(ValueError, match="does not open a cell"):
        parse("# %% 3.1 stub\nanswer = None\n")
