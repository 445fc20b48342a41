"""What CONTRIBUTING asks of the package and the notebooks, where a program can tell."""

import ast
import statistics

import pytest
from execution import NOTEBOOKS, ROOT, find, name_of, read
from stamp import HEADING, is_stamped

from rnnkit import runtime

MOST = {
    "main": {"nodes": 10, "lines": 25, "median": 8, "all": 250},
    "closer": {"nodes": 12, "lines": 30, "median": 8, "all": 1000},
}
PATHS = [path for path in find([]) if not path.stem.startswith("00_")]
MODULES = sorted((ROOT / "rnnkit").glob("*.py"))


def code_lines(source):
    """Return the lines of a source that hold code: no blank lines, comments, docstrings."""
    documented = set()
    for node in ast.walk(ast.parse(source)):
        body = getattr(node, "body", None)
        first = body[0] if isinstance(body, list) and body else None
        if isinstance(first, ast.Expr) and isinstance(getattr(first.value, "value", None), str):
            documented |= set(range(first.lineno, first.end_lineno + 1))
    lines = enumerate(source.splitlines(), start=1)
    kept = [text.strip() for number, text in lines if number not in documented]
    return [text for text in kept if text and not text.startswith("#")]


def shown_lines(source):
    """Return the lines of a cell that a student reads as code, its docstrings included."""
    lines = [line.strip() for line in source.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def nodes(source):
    return sum(1 for _ in ast.walk(ast.parse(source)))


def test_lines_of_code_are_counted():
    source = '"""Words."""\n\n\ndef f(x):\n    """More\n    words."""\n    # why\n    return "x"\n'
    assert code_lines(source) == ["def f(x):", 'return "x"']


# What reads a file that nobody of us has seen, and fits a model to it, has a bound of its own. Both
# bounds are what ten tasks need; an eleventh may raise them by its own reader and measures alone.
OWN_FILES = {"readers", "series", "own", "sizes", "progress"}
OWN_FILES |= {"conll", "titled", "spoken", "music", "chord_baselines"}


def test_the_package_is_thin_and_unfolded():
    sources = {path.stem: path.read_text(encoding="utf-8") for path in MODULES}
    lines = {name: len(code_lines(source)) for name, source in sources.items()}
    assert sum(lines[name] for name in lines.keys() - OWN_FILES) <= 2100
    assert sum(lines[name] for name in OWN_FILES) <= 1655
    assert sum(map(nodes, sources.values())) / sum(lines.values()) <= 10


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_is_short_and_can_be_read(path):
    source = path.read_text(encoding="utf-8")
    lines = code_lines(source)
    assert len(lines) <= 250
    assert nodes(source) / max(len(lines), 1) <= 12


def lesson(path):
    """Return the code cells of a notebook before its exercises, without stamped ones."""
    found = []
    for cell in read(path).cells:
        if cell.cell_type == "markdown" and HEADING.search(cell.source):
            break
        if cell.cell_type == "code" and not is_stamped(cell):
            found.append(cell)
    return found


def kind(path):
    return "closer" if path.parent != NOTEBOOKS else "main"


def is_check(cell):
    return "check" in cell.metadata.get("tags", [])


@pytest.mark.parametrize("path", PATHS, ids=name_of)
def test_a_notebooks_code_can_be_retyped(path):
    most = MOST[kind(path)]
    sources = [cell.source for cell in lesson(path)]
    lengths = [len(shown_lines(source)) for source in sources]
    assert statistics.median(lengths) <= most["median"] and max(lengths) <= most["lines"]
    assert sum(map(nodes, sources)) / sum(lengths) <= most["nodes"]
    assert sum(lengths) <= most["all"]


@pytest.mark.parametrize("path", PATHS, ids=name_of)
def test_claims_are_checked_in_folded_cells_of_their_own(path):
    cells = lesson(path)
    checks = [cell for cell in cells if is_check(cell)]
    assert checks
    for cell in checks:
        assert cell.metadata.jupyter.source_hidden, "tag check, but not folded"
        assert cell.source.startswith("# "), "a check says first what it checks"
    for cell in cells:
        asserts = [n for n in ast.walk(ast.parse(cell.source)) if isinstance(n, ast.Assert)]
        assert is_check(cell) == bool(asserts) or "record_scores" in cell.source


@pytest.mark.parametrize("path", PATHS, ids=name_of)
def test_one_cell_holds_source_and_seed_and_nothing_branches_on_them(path):
    cells = lesson(path)
    (parameters,) = [c for c in cells if "parameters" in c.metadata.get("tags", [])]
    assert "SEED = 7" in parameters.source.splitlines()
    for cell in cells:
        for node in ast.walk(ast.parse(cell.source)):
            tested = getattr(node, "test", None) or getattr(node, "slice", None)
            names = [n.id for n in ast.walk(tested) if isinstance(n, ast.Name)] if tested else []
            assert "SOURCE" not in names, cell.source


@pytest.mark.parametrize("path", PATHS, ids=name_of)
def test_a_main_notebook_spells_out_its_callbacks_and_names_its_closer_look(path):
    if kind(path) == "closer":
        return
    code = "\n".join(cell.source for cell in lesson(path))
    assert "keras.callbacks.ModelCheckpoint(" in code
    assert "keras.callbacks.EarlyStopping(" in code
    text = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    look = f"closer/{path.stem}.ipynb"
    assert (look in text) == (NOTEBOOKS / look).is_file()


def test_a_check_that_knows_our_corpora_can_be_skipped():
    """By its first words, which `runtime` looks for where a reader's file is read."""
    for path in PATHS:
        for cell in read(path).cells:
            if is_check(cell) and "file of your own" in cell.source:
                assert cell.source.startswith(runtime.KNOWN_ONLY), (path.stem, cell.source)
