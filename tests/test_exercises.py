"""Each exercise tells its stub, its solution and the usual wrong answers apart."""

import re
from types import SimpleNamespace

import nbformat
import pytest
from execution import NOTEBOOKS
from stamp import EXERCISES, install_cell, parse, repository, stamp, stamped

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
def test_every_notebook_holds_its_exercises_and_the_address(path):
    assert path.stem in PARSED, f"exercises/{path.stem}.py is missing"
    notebook, changed = stamp(EXERCISES / f"{path.stem}.py")
    assert not changed, "run tools/stamp.py"
    text = nbformat.writes(notebook)
    assert f"git+{repository()}" in text
    assert f"{repository().removeprefix('https://github.com/')}/blob/main/notebooks/" in text


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


def made_notebook(*sources):
    """A notebook of Markdown cells and code cells (those that begin with an import)."""
    make = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell
    cells = [make[not source.startswith("import")](source) for source in sources]
    return nbformat.v4.new_notebook(cells=cells)


def test_stamping_twice_changes_nothing_and_keeps_outputs():
    notebook = made_notebook("# Title\n\nText.", "import os", "## 9. Your turn\n\nTry.", "## Recap")
    setup, items = PARSED["03_language_modeling"]
    notebook.cells = stamped(notebook, "03_x", setup, items)
    title, install, code, turn, *rest, recap = notebook.cells
    assert title.source.split("\n\n")[1].startswith("[Open in Colab](https://colab.")
    assert title.source.endswith("Text.") and "notebooks/03_x.ipynb" in title.source
    assert "find_spec" in install.source and code.source == "import os"
    assert len(rest) == 1 + 4 * len(items) and recap.source == "## Recap"
    install.execution_count = 1
    rest[0].source = "stale"
    notebook.cells = stamped(notebook, "03_x", setup, items)
    assert notebook.cells[4].source == setup and notebook.cells[1].execution_count == 1
    again = stamped(notebook, "03_x", setup, items)
    assert again == notebook.cells and len(again) == len(rest) + 5


@pytest.mark.parametrize(
    ("sources", "words"),
    [
        (("# Title", "import os"), "0 headings 'Your turn'"),
        (("# Title", "import os", "## Your turn", "## Your turn"), "2 headings"),
        (("# Title", "## Your turn"), "and code"),
        (("import os", "## Your turn"), "the first cell must be the title"),
    ],
)
def test_a_notebook_that_cannot_be_stamped_is_refused(sources, words):
    with pytest.raises(ValueError, match=words):
        stamped(made_notebook(*sources), "03_x", *PARSED["03_language_modeling"])


def test_the_first_cell_installs_only_where_the_kit_is_missing(monkeypatch):
    from IPython.core.inputtransformer2 import TransformerManager

    code = TransformerManager().transform_cell(install_cell("https://example.org/kit").source)
    asked = []
    shell = SimpleNamespace(run_line_magic=lambda *words: asked.append(words))
    exec(code, {"get_ipython": lambda: shell})
    assert asked == []
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    exec(code, {"get_ipython": lambda: shell})
    assert asked == [("pip", "install -q git+https://example.org/kit")]


def test_a_line_that_opens_no_cell_is_refused():
    with pytest.raises(ValueError, match="does not open a cell"):
        parse("# %% 3.1 stub\nanswer = None\n")
