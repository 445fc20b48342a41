"""Make what a teacher needs from the same notebooks, in out/classroom.

    python tools/classroom.py [--unexecuted] [notebook ...]

student/    the notebooks without solutions and without outputs
teacher/    the notebooks with the solutions in place of the stubs, executed
slides/     one page a notebook, that opens without a network
nbgrader/   a course for nbgrader: each notebook's exercises as an assignment with points

A notebook without exercises (the start page, the closer looks) goes to the first three as it is.

`--unexecuted` leaves the teacher's notebooks as they are, which takes seconds instead of minutes.
"""

import argparse
import os
import sys
from copy import deepcopy

import nbformat
from execution import (
    NOTEBOOKS,
    ROOT,
    NotebookError,
    execute,
    find,
    name_of,
    read,
    write_whole,
)
from slides import slides_page
from stamp import EXERCISES, is_stamped, parse

OUT = ROOT / "out" / "classroom"
# nbgrader takes away what stands between the two marks and puts the stub's text there.
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
# nbgrader takes whatever a test cell writes to stderr for a failure.
QUIET = "from rnnkit import runtime\n\nruntime.start()\n\n"
CONFIG = '''"""A course for nbgrader, made by `make classroom`."""

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "recurrent-networks"
c.ClearSolutions.code_stub = {"python": "# your answer"}
c.ExecutePreprocessor.timeout = 120  # seconds a cell
'''


def student(notebook):
    """Return a notebook without solutions and outputs."""
    made = deepcopy(notebook)
    made.cells = [cell for cell in made.cells if not cell.id.endswith("-fold")]
    for cell in made.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return made


def teacher(notebook, exercises):
    """Return a notebook with the solutions in the stubs' cells; NotebookError if one has none."""
    made = student(notebook)
    cells = {cell.id: cell for cell in made.cells}
    for item in exercises:
        name = cell_name(item, "stub")
        if name not in cells:
            raise NotebookError(f"exercise {item.number} has no cell: run tools/stamp.py first")
        cells[name].source = item.solution
    return made


def require_solved(notebook, exercises):
    """Raise NotebookError if a check of an executed notebook does not call its exercise solved."""
    cells = {cell.id: cell for cell in notebook.cells}
    for item in exercises:
        outputs = cells[cell_name(item, "check")].outputs
        said = "".join(output.get("data", {}).get("text/plain", "") for output in outputs)
        if said != f"Exercise {item.number} is solved.":
            raise NotebookError(f"the solution of exercise {item.number} was not accepted: {said}")


def cell_name(exercise, part):
    """Return the id of an exercise's cell: part is task, stub, check or fold."""
    return f"exercise-{exercise.number.replace('.', '-')}-{part}"


def assignment(title, setup, exercises):
    """Return nbgrader's source notebook of some exercises; the n-th is worth n points."""
    cells = [nbformat.v4.new_markdown_cell(title, id="title"), _graded("setup", QUIET + setup)]
    for points, item in enumerate(exercises, start=1):
        name = f"exercise-{item.number.replace('.', '-')}"
        answer = f"{item.stub}\n\n\n{BEGIN}\n{item.solution}\n{END}"
        check = f"verdict = {item.check}\nprint(verdict)\nassert verdict, verdict"
        cells += [
            nbformat.v4.new_markdown_cell(item.task, id=f"{name}-task"),
            _graded(name, answer, solution=True),
            _graded(f"{name}-check", check, points=points),
        ]
    return nbformat.v4.new_notebook(cells=cells, metadata=KERNEL)


KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def _graded(name, source, *, solution=False, points=None):
    marks = {
        "schema_version": 3, "grade_id": name, "task": False, "cell_type": "code",
        "solution": solution, "grade": points is not None, "locked": not solution,
    }  # fmt: skip
    if points is not None:
        marks["points"] = points
    return nbformat.v4.new_code_cell(source, id=name, metadata={"nbgrader": marks})


def write(folder, name, notebook):
    """Write a notebook into a folder and return its path."""
    path = folder / f"{name}.ipynb"
    write_whole(path, nbformat.writes(notebook) + "\n")
    return path


def build(path, out, *, executed=True):
    """Make all editions of one notebook; raise NotebookError if the teacher's does not run."""
    name, notebook = name_of(path), read(path)
    if not any(map(is_stamped, notebook.cells)):
        raise NotebookError(f"{path.name} lacks its stamped cells: run tools/stamp.py first")
    write(out / "student", name, student(notebook))
    write_whole(out / "slides" / f"{name}.html", slides_page(notebook, name, path.parent))
    source = EXERCISES / f"{name}.py"
    if not source.is_file():
        write(out / "teacher", name, notebook)
        return
    setup, exercises = parse(source.read_text(encoding="utf-8"))
    solved = write(out / "teacher", name, teacher(notebook, exercises))
    title = notebook.cells[0].source.partition("\n")[0]
    title = f"{title}: exercises\n\nThey belong to the notebook `{name}`."
    write(out / "nbgrader" / "source" / name, name, assignment(title, setup, exercises))
    if executed:
        done = execute(solved, folder=NOTEBOOKS)
        require_solved(done, exercises)
        write(out / "teacher", name, done)


def main(arguments=None):
    """Build the editions of all notebooks, or those named; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", help="paths or names; all of them if none")
    parser.add_argument("--unexecuted", action="store_true", help="do not run the solutions")
    options = parser.parse_args(arguments)
    os.environ.setdefault("RNNKIT_DATA", "synthetic")
    failed = 0
    write_whole(OUT / "nbgrader" / "nbgrader_config.py", CONFIG)
    for path in find(options.notebooks):
        try:
            build(path, OUT, executed=not options.unexecuted)
        except NotebookError as error:
            failed += 1
            print(f"{path.name}: {str(error).rstrip('.')}.")
    print(f"The editions are in {OUT.relative_to(ROOT)}.")
    return int(failed > 0)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("\nInterrupted.")
