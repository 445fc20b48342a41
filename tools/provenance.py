"""Tell whether a recorded figure is older than the code that makes it.

A fingerprint is a hash of the code that can move a number: a notebook's cells or a benchmark and
the modules beside it, and the modules of rnnkit that it imports and those import; with shipped
data, also a hash of that data. Comments, docstrings, layout and prose do not count, nor do modules
that only show, nor the cells that tools/stamp.py writes.
"""

import ast
import functools
import hashlib
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHOWN = {"__init__", "runtime", "visuals", "controls", "progress"}  # modules that move no number
# For readers' own files alone, whose scores are never recorded; tests/test_own_run.py shows that
# the workbook's corpora are read without them.
OWN = {"own", "sizes"}
PLUMBING = {"bench", "records"}  # of the benchmarks: they run, keep and print, and measure nothing
STAMPED = "stamped"  # the tag of cells that tools/stamp.py writes
MAGIC = re.compile(r"^(\s*)[%!].*$", re.MULTILINE)  # lines for IPython, which Python cannot read


def of_notebook(notebook, *, shipped):
    """Return the fingerprint of a notebook's code, and of the shipped data if it ran on that."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    sources = [cell.source for cell in cells if STAMPED not in cell.metadata.get("tags", [])]
    return _hash(sources + _kit(sources)) + (_data() if shipped else "")


def of_script(path):
    """Return the fingerprint of a script, with the modules of its folder that it needs."""
    found, left = {}, [Path(path)]
    while left:
        script = left.pop()
        found[script.name] = text = script.read_text(encoding="utf-8")
        names = sorted(_imported(text) - PLUMBING)
        files = [script.with_name(f"{name}.py") for name in names]
        left += [file for file in files if file.is_file() and file.name not in found]
    sources = [found[name] for name in sorted(found)]
    return _hash(sources + _kit(sources))


def _kit(sources):
    """The texts of the modules of rnnkit that some code needs, by their names."""
    found, left = {}, list(sources)
    while left:
        for name in _of_rnnkit(left.pop()) - SHOWN - OWN - set(found):
            path = ROOT / "rnnkit" / f"{name}.py"
            if path.is_file():
                found[name] = path.read_text(encoding="utf-8")
                left.append(found[name])
    return [found[name] for name in sorted(found)]


def _of_rnnkit(text):
    """The names of modules of rnnkit that some code imports."""
    return {name.split(".")[1] for name in _imports(text) if name.startswith("rnnkit.")}


@functools.cache  # many scripts need the same modules
def _imports(text):
    """The dotted names that some code imports: `from a import b` is "a" and "a.b"."""
    names = set()
    for node in ast.walk(_parsed(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(names)


@functools.cache
def _data():
    digest = hashlib.sha256()
    for path in sorted((ROOT / "data").iterdir()):
        if path.suffix in (".gz", ".txt", ".npz"):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


@functools.cache
def _imported(text):
    """The names of modules that one imports, or starts as "name.py"."""
    nodes = ast.walk(ast.parse(text))
    texts = [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    started = {name.removesuffix(".py") for name in texts if re.fullmatch(r"\w+\.py", name)}
    return _imports(text) | started


def _parsed(source):
    return ast.parse(MAGIC.sub(r"\1pass", source))


def _hash(sources):
    digest = hashlib.sha256()
    for source in sources:
        digest.update(_code(source))
    return digest.hexdigest()[:16]


@functools.cache
def _code(source):
    """What of a source can move a number, as bytes."""
    tree = _parsed(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_text(body[0]):
            body[0] = ast.Pass()
    return ast.dump(tree).encode()


def _is_text(node):
    """Whether a statement is a string alone: a docstring."""
    value = getattr(node, "value", None) if isinstance(node, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)
