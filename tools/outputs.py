"""Execute the notebooks and store outputs and scores, or refuse to; with --check only look.

    python tools/outputs.py [--check] [notebook ...]

Stored outputs come from one clean run: no error, no stderr or warning, no path, no widget,
execution counts 1, 2, 3 ..., and at most 1 MB a notebook. A notebook that breaks one of these
stays as it is in its file, and the exit status is 1. The scores of the others are recorded, so that
RESULTS.md tells of the very runs that the notebooks show; those that moved are listed.
"""

import argparse
import os
import re
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import results
from execution import (
    ROOT,
    WIDGET,
    NotebookError,
    execute,
    find,
    is_code,
    name_of,
    read,
    write_whole,
)
from run_notebooks import record, scores

MOST_BYTES = 1_000_000
# Where people's files lie on Linux, macOS and Windows, whoever the person is.
ANY_MACHINE = (
    r"(?<![\w.~/-])/(?:home|Users|root|tmp|private|var/folders)/[\w.-]+",
    r"\b[A-Za-z]:\\+Users\\+[\w.-]+",
)


def this_machine():
    """Return regular expressions for the folders that matter on the machine at hand."""
    folders = {str(ROOT), str(Path.home()), sys.prefix, tempfile.gettempdir()}
    return [rf"(?<![\w.~/-]){re.escape(folder)}(?![\w-])" for folder in folders if len(folder) > 2]


def texts(cell):
    """Yield what can be read in a cell: its source and its outputs, pictures aside."""
    yield cell.source
    for output in cell.get("outputs", []):
        yield output.get("text", "")
        yield "\n".join([*output.get("traceback", []), output.get("evalue", "")])
        for kind, content in output.get("data", {}).items():
            if not kind.startswith("image/") or kind == "image/svg+xml":
                yield str(content)


def cell_problems(place, cell):
    """Yield a sentence for each thing in a cell that may not be stored; `place` names the cell."""
    path = re.search("|".join([*ANY_MACHINE, *this_machine()]), "\n".join(texts(cell)))
    if path:
        yield f"{place} holds the path {path[0]!r} of a machine: print a relative path or a name"
    for output in cell.get("outputs", []):
        if output.get("name") == "stderr":
            first = output.text.strip().partition("\n")[0]
            yield f"{place} writes to stderr ({first!r}): mend or silence the cause"
        if warning := re.search("^WARNING:.*", output.get("text", ""), re.MULTILINE):
            yield f"{place} shows a library's warning ({warning[0][:60]!r}): remove its cause"
        if WIDGET in output.get("data", {}):
            yield f"{place} holds a widget, which needs its kernel: run `make outputs`"
        expected = "raises-exception" in cell.metadata.get("tags", [])
        if output.output_type == "error" and not expected:
            yield f"{place} ends in an error ({output.ename}): mend it and run `make outputs`"


def problems(notebook):
    """Return a sentence for each reason why `notebook`, as it is, may not be stored."""
    found = []
    counts = []
    for number, cell in enumerate(notebook.cells, start=1):
        counts += [cell.execution_count] if is_code(cell) else []
        found += cell_problems(f"cell {number}", cell)
    if counts != list(range(1, len(counts) + 1)):
        found.append(f"the execution counts are {counts[:8]}, not 1, 2, 3: run `make outputs`")
    size = len(nbformat.writes(notebook).encode())
    if size > MOST_BYTES:
        found.append(f"it takes {size:,} bytes, over {MOST_BYTES:,}: draw or print less")
    return found


def store(path):
    """Execute the notebook in the file `path`, store it there, record its scores; or say why not.

    -> a list of reasons, empty if it was stored.
    """
    began, used = time.perf_counter(), {}
    try:
        notebook = execute(path, used=used)
    except NotebookError as error:
        return [str(error)]
    seconds = time.perf_counter() - began
    found = problems(notebook)
    if not found:
        notebook.metadata.get("language_info", {}).pop("version", None)  # differs by machine
        write_whole(path, nbformat.writes(notebook) + "\n")
        if scores(notebook):
            record(name_of(path), notebook, seconds, used=used, tool="tools/outputs.py")
    return found


def check(path):
    """Return why the notebook in the file `path` may not stand there as it is, or []."""
    try:
        return problems(read(path))
    except NotebookError as error:
        return [str(error)]


def main(arguments=None):
    """Store, or check, the notebooks named on the command line, or all; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", help="paths or names; all of them if none")
    parser.add_argument("--check", action="store_true", help="look only, run nothing")
    options = parser.parse_args(arguments)
    source = os.environ.setdefault("RNNKIT_DATA", "synthetic")
    if source not in ("synthetic", "real"):
        parser.error(f"RNNKIT_DATA is {source}, and no reader's file is stored: use `make run`")
    refused, before = 0, results.entries()
    for path in find(options.notebooks):
        found = check(path) if options.check else store(path)
        refused += bool(found)
        for sentence in found:
            print(f"{path.name}: {sentence.rstrip('.')}.")
    if (now := results.entries()) != before:
        print(*(results.moved(before, now) or ["No score moved."]), sep="\n")
        results.main([])
    return int(refused > 0)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("\nInterrupted.")
