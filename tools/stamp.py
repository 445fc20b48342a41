"""Write into the notebooks what is kept in one place elsewhere; with --check only compare.

    python tools/stamp.py [--check]

    python tools/stamp.py --repository https://github.com/OWNER/NAME@TAG

Three things: the first code cell, which finds the kit and starts quietly; the link to Colab under
the title, once the project has an address (the second form writes it into pyproject.toml, under
`tool.rnnkit`); and the exercises.

A file exercises/NN_name.py holds the exercises of notebooks/NN_name.ipynb as cells, each under a
line `# %% NN.n KIND` (or `# %% [markdown] NN.n task`). The kinds: task, stub, check, solution, and
`wrong: WORDS`, a usual wrong answer with words of the sentence that must meet it. The first cell,
`# %% setup`, holds the imports. The cells go under the notebook's heading "Exercises".
"""

import argparse
import re
import sys
import tomllib
from copy import deepcopy
from typing import NamedTuple

import nbformat
from execution import NOTEBOOKS, ROOT, NotebookError, find, read, write_whole

EXERCISES = ROOT / "exercises"
TAG, START = "stamped", "start"
ADDRESS = re.compile(r"https://github\.com/[\w.-]+/[\w.-]+@[\w.-]+")
LINK = re.compile(r"\[Open in Colab\]\(.*\)")
HEADING = re.compile(r"^## .*Exercises", re.MULTILINE)
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
    """Return the project's address and tag, as pyproject.toml gives them; "" where none is set."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return project["tool"]["rnnkit"]["repository"]


def set_repository(text):
    """Write an address into pyproject.toml, or "" to take it away. Raises ValueError: no tag."""
    if text and not ADDRESS.fullmatch(text):
        raise ValueError(
            f"{text!r} is no address with a tag or commit: write https://github.com/OWNER/NAME@v1.0"
        )
    path = ROOT / "pyproject.toml"
    old = path.read_text(encoding="utf-8")
    new = re.sub(r'^repository = ".*"', f'repository = "{text}"', old, flags=re.MULTILINE)
    write_whole(path, new)


def start_cell(address):
    """Return the first code cell: it finds the kit, and with an address installs it if missing."""
    if address:
        cure = ["    %pip install -q git+" + address]
    else:
        cure = [
            '    where = "open this notebook in the workbook\'s folder, or type `make lab` there"',
            '    raise ModuleNotFoundError(f"rnnkit is not here: {where}.")',
        ]
    lines = (
        "# Find the workbook's package, and start TensorFlow without its start-up messages.",
        "import importlib.util",
        "import sys",
        "from pathlib import Path",
        "",
        "for folder in Path.cwd().parents:",
        '    if (folder / "rnnkit" / "runtime.py").is_file():',
        "        sys.path.insert(0, str(folder))",
        'if importlib.util.find_spec("rnnkit") is None:',
        *cure,
        "",
        "from rnnkit import runtime",
        "",
        "runtime.start()",
    )
    cell = _cell("code", "\n".join(lines), "start")
    cell.metadata.tags.append(START)
    cell.metadata.jupyter = {"source_hidden": True}
    return cell


def colab_link(address, path):
    """Return the line under the title that opens a notebook in Colab, pinned to the tag."""
    base, _, tag = address.partition("@")
    base = base.replace("https://github.com/", "https://colab.research.google.com/github/")
    return f"[Open in Colab]({base}/blob/{tag}/{path.relative_to(ROOT).as_posix()})"


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


def stamped(notebook, path, setup=None, exercises=()):
    """Return the cells of a notebook with everything stamped; outputs of equal cells stay.

    Raises ValueError if the notebook has no title first, no code, or, with exercises, not one
    heading "Exercises".
    """
    old = {cell.id: cell for cell in notebook.cells if is_stamped(cell)}
    rest = [deepcopy(cell) for cell in notebook.cells if not is_stamped(cell)]
    if not rest or not rest[0].source.startswith("# "):
        raise ValueError(f"{path.name}: the first cell must be the title, a line with one #")
    if all(cell.cell_type != "code" for cell in rest):
        raise ValueError(f"{path.name} has no code")
    address = repository()
    title, *body = [line for line in rest[0].source.split("\n") if not LINK.fullmatch(line)]
    link = [colab_link(address, path)] if address else []
    rest[0].source = "\n\n".join([title, *link, "\n".join(body).strip()]).strip()
    made = [start_cell(address), *(exercise_cells(setup, exercises) if exercises else [])]
    made = [old[new.id] if _same(old.get(new.id), new) else new for new in made]
    turn = _turn(rest, path.name) if exercises else len(rest)
    # The first code cell stands under the title, since three in a row are hard to read.
    return [rest[0], made[0], *rest[1:turn], *made[1:], *rest[turn:]]


def _turn(cells, name):
    """Return the place below the heading "Exercises"."""
    text = [i for i, cell in enumerate(cells) if cell.cell_type == "markdown"]
    turns = [i for i in text if HEADING.search(cells[i].source)]
    if len(turns) != 1:
        raise ValueError(f"{name} has {len(turns)} headings '## ... Exercises': it needs one")
    return turns[0] + 1


def _same(old, new):
    return old is not None and _told(old) == _told(new)


def _told(cell):
    """Return what makes a cell: all but its outputs."""
    return cell.id, cell.cell_type, cell.source, cell.metadata


def sources():
    """Return the files of exercises, in order."""
    return sorted(EXERCISES.glob("[0-9]*.py"))


def stamp(path):
    """Return a notebook, stamped, and whether it changed."""
    notebook, source = read(path), EXERCISES / f"{path.stem}.py"
    setup, exercises = None, ()
    if path.parent == NOTEBOOKS and source.is_file():
        setup, exercises = parse(source.read_text(encoding="utf-8"))
    before = list(map(_told, notebook.cells))
    notebook.cells = stamped(notebook, path, setup, exercises)
    return notebook, before != list(map(_told, notebook.cells))


def main(arguments=None):
    """Stamp or compare the notebooks; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", help="paths or names; all of them if none")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--repository", help="the project's address, with a tag, or '' for none")
    options = parser.parse_args(arguments)
    if options.repository is not None:
        try:
            set_repository(options.repository)
        except ValueError as error:
            raise SystemExit(f"{error}.") from None
    stale = 0
    for path in find(options.notebooks):
        path = path.resolve()
        try:
            notebook, changed = stamp(path)
        except (NotebookError, ValueError) as error:
            print(f"{path.name}: {error}.")
            stale += 1
            continue
        stale += changed
        if changed and options.check:
            print(f"{path.name} is behind its sources: run tools/stamp.py.")
        elif changed:
            write_whole(path, nbformat.writes(notebook) + "\n")
            print(f"{path.name}: written; `make outputs` executes it.")
    return int(options.check and stale > 0)


if __name__ == "__main__":
    sys.exit(main())
