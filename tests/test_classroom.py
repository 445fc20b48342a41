"""The editions for teachers: what stands in them, and what nbgrader makes of the course."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import classroom
import nbformat
import pytest
from classroom import assignment, build, student, teacher
from execution import NOTEBOOKS, ROOT, NotebookError, read
from offline_html import external_sources
from stamp import EXERCISES, parse

SOURCES = sorted(EXERCISES.glob("[0-9]*.py"))
NAMES = [path.stem for path in SOURCES]


def parsed(name):
    return parse((EXERCISES / f"{name}.py").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", NAMES)
def test_students_get_stubs_and_no_solution(name):
    notebook, (_, exercises) = read(NOTEBOOKS / f"{name}.ipynb"), parsed(name)
    made = student(notebook)
    sources = [cell.source for cell in made.cells]
    for exercise in exercises:
        assert exercise.stub in sources and exercise.check in sources
        assert not any(exercise.solution in source for source in sources)
    assert len(made.cells) == len(notebook.cells) - len(exercises)
    assert not any(cell.get("outputs") for cell in made.cells)


@pytest.mark.parametrize("name", NAMES)
def test_teachers_get_solutions_where_the_stubs_were(name):
    notebook, (_, exercises) = read(NOTEBOOKS / f"{name}.ipynb"), parsed(name)
    sources = [cell.source for cell in teacher(notebook, exercises).cells]
    for exercise in exercises:
        place = sources.index(exercise.solution)
        assert sources[place + 1] == exercise.check
        assert exercise.stub not in sources


def test_slides_begin_at_headings_and_need_no_network(tmp_path):
    from bs4 import BeautifulSoup

    name = NAMES[0]
    build(NOTEBOOKS / f"{name}.ipynb", tmp_path, executed=False)
    soup = BeautifulSoup((tmp_path / "slides" / f"{name}.html").read_text(), "html.parser")
    assert external_sources(soup) == []
    slides = soup.select("section.slide")
    headings = soup.select(".jp-RenderedMarkdown :is(h1, h2, h3)")
    assert 5 < len(slides) <= len(headings)
    assert all(slide.select_one(":is(h1, h2, h3)") for slide in slides)
    assert not soup.select(":not(section) > main > .jp-Cell")


def test_a_closer_look_has_editions_without_exercises(tmp_path):
    path = tmp_path / "closer.ipynb"
    cells = [
        nbformat.v4.new_markdown_cell("# Why?"),
        nbformat.v4.new_code_cell("1", metadata={"tags": ["stamped"]}),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    build(path, tmp_path / "out")
    made = sorted(
        p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*.*")
    )
    assert made == ["slides/closer.html", "student/closer.ipynb", "teacher/closer.ipynb"]


def test_a_notebook_that_was_not_stamped_is_named(tmp_path, capsys, monkeypatch):
    bare = tmp_path / "bare.ipynb"
    nbformat.write(nbformat.v4.new_notebook(), bare)
    monkeypatch.setattr(classroom, "OUT", tmp_path / "out")
    monkeypatch.setattr(classroom, "ROOT", tmp_path)
    assert classroom.main(["--unexecuted", str(bare)]) == 1
    assert (
        "bare.ipynb: bare.ipynb lacks its stamped cells: run tools/stamp.py"
        in capsys.readouterr().out
    )


def test_a_stub_that_was_lost_is_named():
    notebook, (_, exercises) = read(NOTEBOOKS / f"{NAMES[0]}.ipynb"), parsed(NAMES[0])
    notebook.cells = [cell for cell in notebook.cells if cell.id != "exercise-01-2-stub"]
    with pytest.raises(NotebookError, match="exercise 01.2 has no cell"):
        teacher(notebook, exercises)


def checked(exercises, verdicts):
    """A notebook of nothing but checks, executed, which said these things."""
    output = nbformat.v4.new_output
    cells = [
        nbformat.v4.new_code_cell(
            item.check,
            id=classroom.cell_name(item, "check"),
            outputs=[output("execute_result", {"text/plain": verdict})],
        )
        for item, verdict in zip(exercises, verdicts, strict=True)
    ]
    return nbformat.v4.new_notebook(cells=cells)


def test_a_solution_that_is_not_accepted_stops_the_teachers_edition():
    _, exercises = parsed(NAMES[0])
    verdicts = [f"Exercise {item.number} is solved." for item in exercises]
    classroom.require_solved(checked(exercises, verdicts), exercises)
    verdicts[2] = f"Exercise {exercises[2].number} is not solved yet."
    with pytest.raises(NotebookError, match=f"exercise {exercises[2].number} was not accepted"):
        classroom.require_solved(checked(exercises, verdicts), exercises)


# ---------------------------------------------------------------- nbgrader itself

GRADER = shutil.which("nbgrader", path=str(Path(sys.executable).parent))


def nbgrader(course, *arguments):
    """Run an nbgrader command in a course."""
    # In a test ipykernel does not watch file descriptor 2, where TensorFlow writes.
    hidden = ("PYTEST_CURRENT_TEST", "TF_CPP_MIN_LOG_LEVEL")
    environment = {key: value for key, value in os.environ.items() if key not in hidden}
    environment["PYTHONPATH"] = str(ROOT)
    command = [GRADER, *arguments]
    done = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]


def hand_in(course, name, who, answers):
    """Fill a released notebook with answers, by grade_id, and hand it in."""
    notebook = nbformat.read(course / "release" / name / f"{name}.ipynb", as_version=4)
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = answers.get(grade_id, cell.source)
    folder = course / "submitted" / who / name
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{name}.ipynb")


@pytest.mark.skipif(GRADER is None, reason="nbgrader is missing: pip install -e '.[teach]'")
def test_nbgrader_releases_and_grades_the_course(tmp_path, monkeypatch):
    # nbgrader calls alembic by its name, as it finds it in an activated environment
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    from nbgrader.api import Gradebook

    name = "01_recurrence"
    setup, exercises = parsed(name)
    (tmp_path / "nbgrader_config.py").write_text(classroom.CONFIG)
    classroom.write(tmp_path / "source" / name, name, assignment("# Exercises", setup, exercises))
    nbgrader(tmp_path, "generate_assignment", name)
    released = tmp_path / "release" / name / f"{name}.ipynb"
    sources = [cell.source for cell in nbformat.read(released, as_version=4).cells]
    for exercise in exercises:
        assert not any("SOLUTION" in text or exercise.solution in text for text in sources)
    ids = {e.number: f"exercise-{e.number.replace('.', '-')}" for e in exercises}
    right = {ids[e.number]: e.solution for e in exercises}
    wrong = right | {ids[e.number]: e.wrong[0][1] for e in exercises[2:]}
    hand_in(tmp_path, name, "right", right)
    hand_in(tmp_path, name, "wrong", wrong)
    hand_in(tmp_path, name, "nothing", {})
    nbgrader(tmp_path, "autograde", name)
    with Gradebook(f"sqlite:///{tmp_path}/gradebook.db") as book:
        scores = {
            who: book.find_submission(name, who).score for who in ("right", "wrong", "nothing")
        }
    points = range(1, len(exercises) + 1)
    assert scores == {"right": sum(points), "wrong": 1 + 2, "nothing": 0}
