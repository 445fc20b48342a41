"""Write into the notebooks what is kept in one place elsewhere; with --check only compare.

    python tools/stamp.py [--check]

Three things: the link to Colab under the title and the first code cell, which installs the kit
where it is missing (both with the address under `Repository` in pyproject.toml), and the exercises.

A file exercises/NN_name.py holds the exercises of notebooks/NN_name.ipynb as cells, each under a
line `# %% NN.n KIND` (or `# %% [markdown] NN.n task`). The kinds: task, stub, check, solution, and
`wrong: WORDS`, a usual wrong answer with words of the sentence that must meet it. The first cell,
`# %% setup`, holds the imports. The cells go under the notebook's heading "Your turn".
"""

import argparse
import re
import sys
import tomllib
from copy import deepcopy
from typing import NamedTuple

import nbformat
from execution import NOTEBOOKS, ROOT, NotebookError, read, write_whole

EXERCISES = ROOT / "exercises"
TAG = "stamped"
LINK = re.compile(r"\[Open in Colab\]\(.*\)")
HEADING = re.compile(r"#+ .*Your turn", re.MULTILINE)
MARKER = re.compile(r"# %% (?:\[markdown\] )?(?:(\d\d\.\d) )?(\w+)(?:: (.+))?")


class Exercise(NamedTuple):
    """One exercise: code as text, `wrong` as pairs (words of the verdict, code)."""

    number: str
    task: str
    stub: str
    check: str
    solution: str
    wrong: list


def parse(text):
    """Read a file of exercises: -> the setup's code and a list of Exercise."""
    setup, found = "", {}
    for block in re.split(r"^(?=# %%)", text, flags=re.MULTILINE)[1:]:
        line, _, body = block.partition("\n")
        match = MARKER.fullmatch(line.strip())
        if not match:
            raise ValueError(f"the line {line!r} does not open a cell of an exercise")
        number, kind, words = match.groups()
        if kind == "setup":
            setup = body.strip()
        elif kind == "wrong":
            found[number]["wrong"].append((words, body.strip()))
        elif kind == "task":
            text = re.sub(r"^# ?", "", body.strip(), flags=re.MULTILINE)
            found[number] = {"number": number, "task": text, "wrong": []}
        else:
            found[number][kind] = body.strip()
    return setup, [Exercise(**parts) for parts in found.values()]


def repository():
    """Return the address of the project, as pyproject.toml gives it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project["urls"]["Repository"].rstrip("/")


def install_cell(address):
    """Return the first code cell: nothing where rnnkit is there, else it installs it from git."""
    lines = (
        "import importlib.util",
        "",
        'if importlib.util.find_spec("rnnkit") is None:  # in Colab, say',
        f"    %pip install -q git+{address}",
    )
    return _cell("code", "\n".join(lines), "install")


def colab_link(address, name):
    """Return the line under the title that opens a notebook in Colab."""
    path = address.replace("https://github.com/", "https://colab.research.google.com/github/")
    return f"[Open in Colab]({path}/blob/main/notebooks/{name}.ipynb)"


def exercise_cells(setup, exercises):
    """Return the notebook cells of a file of exercises, each with a fixed id."""
    number = exercises[0].number[:2]
    made = [_cell("code", setup, f"exercises-{number}-setup")]
    for item in exercises:
        name = f"exercise-{item.number.replace('.', '-')}"
        folded = f"```python\n{item.solution}\n```\n\n</details>"
        made += [
            _cell("markdown", item.task, f"{name}-task"),
            _cell("code", item.stub, f"{name}-stub"),
            _cell("code", item.check, f"{name}-check"),
            _cell("markdown", f"<details><summary>Solution</summary>\n\n{folded}", f"{name}-fold"),
        ]
    return made


def _cell(kind, source, name):
    make = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
    return make(source, id=name, metadata={"tags": [TAG]})


def is_stamped(cell):
    """Whether a cell of a notebook was written by this tool."""
    return TAG in cell.metadata.get("tags", [])


def stamped(notebook, name, setup, exercises):
    """Return the cells of a notebook with everything stamped; outputs of equal cells stay.

    Raises ValueError if the notebook has no title first, no code, or not one "Your turn".
    """
    old = {cell.id: cell for cell in notebook.cells if is_stamped(cell)}
    rest = [deepcopy(cell) for cell in notebook.cells if not is_stamped(cell)]
    if not rest or not rest[0].source.startswith("# "):
        raise ValueError(f"{name}: the first cell must be the title, a line with one #")
    turns = [i for i, cell in enumerate(rest) if cell.cell_type == "markdown"]
    turns = [i for i in turns if HEADING.search(rest[i].source)]
    code = [i for i, cell in enumerate(rest) if cell.cell_type == "code"]
    if len(turns) != 1 or not code:
        raise ValueError(f"{name} has {len(turns)} headings 'Your turn': it needs one, and code")
    address = repository()
    title, *body = [line for line in rest[0].source.split("\n") if not LINK.fullmatch(line)]
    body = "\n".join(body).strip()
    rest[0].source = f"{title}\n\n{colab_link(address, name)}\n\n{body}".strip()
    turn = turns[0] + 1
    made = [install_cell(address), *exercise_cells(setup, exercises)]
    made = [old[new.id] if _same(old.get(new.id), new) else new for new in made]
    # The installation stands under the title, since three code cells in a row are hard to read.
    return [rest[0], made[0], *rest[1:turn], *made[1:], *rest[turn:]]


def _same(old, new):
    return old is not None and (old.cell_type, old.source) == (new.cell_type, new.source)


def sources():
    """Return the files of exercises, in order."""
    return sorted(EXERCISES.glob("[0-9]*.py"))


def stamp(source):
    """Return the notebook that belongs to a file of exercises, stamped, and whether it changed."""
    notebook = read(NOTEBOOKS / f"{source.stem}.ipynb")
    setup, exercises = parse(source.read_text(encoding="utf-8"))
    before = [(cell.id, cell.source) for cell in notebook.cells]
    notebook.cells = stamped(notebook, source.stem, setup, exercises)
    return notebook, before != [(cell.id, cell.source) for cell in notebook.cells]


def main(arguments=None):
    """Stamp or compare all notebooks; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check, stale = parser.parse_args(arguments).check, 0
    for source in sources():
        try:
            notebook, changed = stamp(source)
        except (NotebookError, ValueError) as error:
            print(f"{source.name}: {error}.")
            stale += 1
            continue
        stale += changed
        if changed and check:
            print(f"{source.stem}.ipynb is behind its sources: run tools/stamp.py.")
        elif changed:
            write_whole(NOTEBOOKS / f"{source.stem}.ipynb", nbformat.writes(notebook) + "\n")
            print(f"{source.stem}.ipynb: written; `make outputs` executes it.")
    return int(check and stale > 0)


if __name__ == "__main__":
    sys.exit(main())
