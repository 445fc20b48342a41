"""Execute a notebook in a fresh kernel, for run_notebooks.py and outputs.py."""

import os
import re
import sys
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from traitlets.config import Config

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
TIMEOUT = 1800  # seconds for one cell; a training on synthetic data takes one or two minutes


# Else each kernel writes a warning about its unencrypted connection to the terminal.
QUIET = Config({"KernelManager": {"transport_encryption": "auto"}})
WIDGET = "application/vnd.jupyter.widget-view+json"  # what asks a front end to draw a widget
FAILURES = (CellExecutionError, CellTimeoutError, DeadKernelError, NoSuchKernel)


class NotebookError(RuntimeError):
    """A notebook cannot be read or does not run to its end; the message says where and why.

    notebook: as far as it came, or None where it did not begin.
    """

    notebook = None


def find(names, folder=NOTEBOOKS):
    """Return the paths of the notebooks called `names` (all of them where there are none).

    A name is a path, or the file's name in `folder` without its suffix, as in 03_language_modeling
    or closer/03_language_modeling. Raises SystemExit with the names that exist where one is
    unknown.
    """
    paths = sorted(folder.glob("*.ipynb")) + sorted(folder.glob("closer/*.ipynb"))
    known = {name_of(path, folder): path for path in paths}
    paths = [Path(name) for name in names] or list(known.values())
    paths = [p if p.is_file() else known.get(p.with_suffix("").as_posix(), p) for p in paths]
    unknown = [str(path) for path in paths if not path.is_file()]
    if unknown:
        raise SystemExit(f"No notebook {unknown[0]!r}: there are {', '.join(known) or 'none'}.")
    return paths


def name_of(path, folder=NOTEBOOKS):
    """Return how a notebook is called: 03_language_modeling or closer/03_language_modeling."""
    path = Path(path).resolve()
    inside = path.is_relative_to(folder.resolve())
    return path.relative_to(folder.resolve()).with_suffix("").as_posix() if inside else path.stem


def with_seed(notebook, seed):
    """Change the line `SEED = ...` of the cell tagged `parameters`; raise NotebookError if none."""
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", []):
            cell.source, count = re.subn(r"^SEED = \d+", f"SEED = {seed}", cell.source, flags=re.M)
            if count == 1:
                return notebook
    raise NotebookError("there is no line `SEED = ...` in a cell tagged parameters")


def write_whole(path, text):
    """Write `text` to the file `path` so that no half-written file is ever seen there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(text, encoding="utf-8")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def read(path):
    """Return the notebook in the file `path`; raise NotebookError if it is not one."""
    try:
        return nbformat.read(path, as_version=4)
    except FileNotFoundError as error:
        raise NotebookError(f"there is no notebook {path.name}") from error
    except (ValueError, AttributeError, nbformat.ValidationError) as error:
        raise NotebookError(f"{path} is not a notebook: {last_line(error)}") from error


def last_line(error):
    """Return the last line of an exception's message, after the name of its type."""
    name = getattr(error, "ename", type(error).__name__)
    lines = str(getattr(error, "evalue", error)).strip().splitlines()
    return f"{name}: {lines[-1].strip()}" if lines else name


def show_progress(name, done, total, stream=None):
    """Draw one line: a bar over the code cells of a notebook. Off a terminal, only at the end."""
    stream = stream or sys.stdout
    filled = 30 * done // max(total, 1)
    line = f"{name} [{'#' * filled:.<30}] {done}/{total} cells"
    if stream.isatty():
        print(f"\r{line}", end="\n" if done == total else "", file=stream, flush=True)
    elif done == total:
        print(line, file=stream, flush=True)


def execute(path, *, folder=None, timeout=TIMEOUT, progress=show_progress, used=None, seed=None):
    """Return the notebook in the file `path`, executed in `folder`, or else where it lies.

    `timeout` is in seconds and for each cell. A dict passed as `used` gets what the kernel has
    used, as `used_by` says it; `seed` replaces the notebook's own. Raises NotebookError, which
    names the cell by its place in the notebook, at the first cell that fails.
    """
    notebook = read(path) if seed is None else with_seed(read(path), seed)
    total = sum(is_code(cell) for cell in notebook.cells)
    started = []  # the places of the code cells begun, the first cell of the notebook being 1

    def start(cell, cell_index):
        if is_code(cell):
            progress(path.stem, len(started), total)
            started.append(cell_index + 1)

    def look(cell, cell_index, execute_reply):
        if used is not None:
            used.update(used_by(client.km.provisioner.pid))

    folder = folder or path.resolve().parent
    hooks = {"on_cell_start": start, "on_cell_executed": look}
    client = kernel_client(notebook, folder, timeout=timeout, **hooks)
    try:
        client.execute()
    except Exception as error:
        if getattr(client, "_async_cleanup_kernel_future", None):
            # nbclient answers Ctrl-C by ending the kernel, and then fails in one way or another
            raise KeyboardInterrupt from None
        if not isinstance(error, FAILURES):
            raise
        failed = NotebookError(f"cell {max(started, default=0)}: {last_line(error)}")
        failed.notebook = drop_widgets(notebook)
        raise failed from error
    progress(path.stem, total, total)
    return drop_widgets(notebook)


def used_by(pid):
    """What a process has used so far, where the system tells (Linux), else {}.

    -> {"CPU seconds": of all its threads, "peak MiB": the most memory it held at a time}.
    """
    status, stat = (Path(f"/proc/{pid}/{name}") for name in ("status", "stat"))
    if not (status.is_file() and stat.is_file()):
        return {}
    peak = re.search(r"VmHWM:\s*(\d+) kB", status.read_text())
    user, system = stat.read_text().rpartition(")")[2].split()[11:13]
    seconds = (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    return {"CPU seconds": round(seconds)} | ({"peak MiB": int(peak[1]) // 1024} if peak else {})


def drop_widgets(notebook):
    """Leave of each widget the text beside it: without its kernel it would show as an error."""
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET, None)
    return notebook


def kernel_client(notebook, folder, **options):
    """Return nbclient's client for `notebook`, whose kernel will work in `folder`."""
    return NotebookClient(
        notebook,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        config=QUIET,
        record_timing=False,  # the clock of this machine has no place in a stored notebook
        coalesce_streams=True,
        **options,
    )


def is_code(cell):
    """Return whether a cell is executed: a code cell that is not blank."""
    return cell.cell_type == "code" and bool(cell.source.strip())
