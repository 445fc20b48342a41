"""Write the exercises of `exercises/` into their notebooks; with --check only compare.

    python tools/stamp_exercises.py [--check]

A file exercises/NN_name.py holds the exercises of notebooks/NN_name.ipynb as cells, each under a
line `# %% NN.n KIND` (or `# %% [markdown] NN.n task`). The kinds: task, stub, check, solution, and
`wrong: WORDS`, a usual wrong answer with words of the sentence that must meet it. The first cell,
`# %% setup`, holds the imports. The cells go under the notebook's heading "Your turn".
"""

import argparse
import re
import sys
from typing import NamedTuple

import nbformat
from execution import NOTEBOOKS, ROOT, read, write_whole

EXERCISES = ROOT / "exercises"
TAG = "exercise"
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


def cells(setup, exercises):
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


def is_exercise(cell):
    """Whether a cell of a notebook comes from `exercises/`."""
    return TAG in cell.metadata.get("tags", [])


def stamp(notebook, made):
    """Put the cells `made` in place of a notebook's exercises; outputs of equal cells stay."""
    old = {cell.id: cell for cell in notebook.cells if is_exercise(cell)}
    kept = [old[new.id] if _same(old.get(new.id), new) else new for new in made]
    rest = [cell for cell in notebook.cells if not is_exercise(cell)]
    headings = [
        i for i, c in enumerate(rest) if c.cell_type == "markdown" and HEADING.search(c.source)
    ]
    if len(headings) != 1:
        raise ValueError(f"it has {len(headings)} headings 'Your turn': one is needed")
    place = headings[0] + 1
    notebook.cells = rest[:place] + kept + rest[place:]


def _same(old, new):
    return old is not None and (old.cell_type, old.source) == (new.cell_type, new.source)


def up_to_date(notebook, made):
    """Whether a notebook holds exactly these exercises, in this order."""
    held = [cell for cell in notebook.cells if is_exercise(cell)]
    return len(held) == len(made) and all(map(_same, held, made))


def main(arguments=None):
    """Stamp or compare all notebooks; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args(arguments)
    stale = 0
    for source in sorted(EXERCISES.glob("[0-9]*.py")):
        path = NOTEBOOKS / f"{source.stem}.ipynb"
        notebook, made = read(path), cells(*parse(source.read_text(encoding="utf-8")))
        if up_to_date(notebook, made):
            continue
        stale += 1
        if options.check:
            print(
                f"{path.name} differs from exercises/{source.name}: run tools/stamp_exercises.py."
            )
        else:
            stamp(notebook, made)
            write_whole(path, nbformat.writes(notebook) + "\n")
            print(f"{path.name}: exercises written; `make outputs` executes them.")
    return int(options.check and stale > 0)


if __name__ == "__main__":
    sys.exit(main())
