"""What all benchmarks share: a result says where it comes from, and is set beside the last one.

A result is a dict with the benchmark, the sizes, date, seconds, machine, versions, command, code
(a fingerprint, see tools/provenance.py), note, and `tables`: title -> rows, each a dict. All lie in
benchmarks/results/bench, and tools/results.py makes its pages of them.
"""

import datetime
import json
import os
import platform
import re
import resource
import statistics
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tools"))
import provenance  # noqa: E402

FOLDER = ROOT / "benchmarks"
RESULTS = FOLDER / "results" / "bench"

# ---------------------------------------------------------------- results


def names():
    """The benchmarks there are: the scripts of this folder with a function `run`."""
    paths = sorted(FOLDER.glob("*.py"))
    return [path.stem for path in paths if re.search(r"^def run\(", path.read_text("utf-8"), re.M)]


def result(benchmark, sizes, tables, *, seconds, note="", more_versions=None):
    """Put a result together. tables: title -> DataFrame, or list of dicts."""
    versions = {"python": platform.python_version()}
    for package in ("tensorflow", "keras", "numpy"):
        versions[package] = version(package)
    versions.update(more_versions or {})
    real = " --real" if sizes == "real" else ""
    return {
        "benchmark": benchmark,
        "sizes": sizes,
        "date": datetime.date.today().isoformat(),
        "seconds": round(seconds),
        "machine": machine(),
        "versions": versions,
        "command": f"python benchmarks/bench.py{real} {benchmark}",
        "code": provenance.of_script(FOLDER / f"{benchmark}.py"),
        "note": note,
        "tables": {title: rows_of(table) for title, table in tables.items()},
    }


def rows_of(table):
    """A DataFrame or a list of dicts -> a list of dicts as JSON has them, None where nothing is."""
    import pandas as pd  # the environment with PyTorch has none

    frame = pd.DataFrame(table)
    text = frame.to_json(orient="records", double_precision=15)
    return json.loads(text)


def path_of(benchmark, sizes):
    """Where a result lies."""
    return RESULTS / f"{benchmark}.{sizes}.json"


def last(benchmark, sizes):
    """The tables recorded last for this benchmark and these sizes, or {}."""
    path = path_of(benchmark, sizes)
    return json.loads(path.read_text("utf-8"))["tables"] if path.is_file() else {}


def write(made):
    """Write a result over the last one of its benchmark and sizes; return the path."""
    path = path_of(made["benchmark"], made["sizes"])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    return path


def figures(tables):
    """Name each number of some tables by its title, the words of its row, and its column."""
    found = {}
    for title, rows in tables.items():
        for row in rows:
            words = [title, *[value for value in row.values() if isinstance(value, str)]]
            for column, value in row.items():
                if isinstance(value, int | float):
                    found[", ".join([*words, column])] = value
    return found


def beside_last(tables, recorded):
    """DataFrame figure, now, last, now / last of the numbers of two dicts of tables."""
    import pandas as pd

    frame = pd.DataFrame({"now": figures(tables), "last": figures(recorded)}, dtype=float)
    frame["now / last"] = frame["now"] / frame["last"]
    return frame


def mean_and_spread(runs):
    """runs: a dict of scores for each seed, alike -> their means, and largest less smallest."""
    row = {}
    for name in runs[0]:
        values = [run[name] for run in runs]
        row[name] = statistics.fmean(values)
        row[f"{name} spread"] = max(values) - min(values)
    return row


def number(value, digits=3):
    """A figure as text, to so many digits or whole; anything else as it is, None as a dash."""
    if value is None:
        return "-"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    whole = abs(value) >= 10 ** (digits - 1)
    return f"{value:,.0f}" if whole else f"{value:.{digits}g}"


# ---------------------------------------------------------------- the machine


def machine():
    """The machine in words: processor, cores, memory."""
    name = platform.processor() or platform.machine()
    about = Path("/proc/cpuinfo")
    if about.is_file() and (found := re.search(r"model name\s*: (.*)", about.read_text())):
        name = re.sub(r"\((R|TM)\)|\s+", " ", found[1])
    words = f"{' '.join(name.split())} ({platform.machine()}), {os.cpu_count()} CPU cores"
    if "SC_PHYS_PAGES" in getattr(os, "sysconf_names", {}):
        size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        words += f", {size / 2**30:.0f} GB of memory"
    return words


def load():
    """How many processes wanted a core in the last minute, for each core; None if not known."""
    return os.getloadavg()[0] / os.cpu_count() if hasattr(os, "getloadavg") else None


def peak_mib():
    """The largest memory this process has held so far, in MiB.

    Linux keeps it for each program. `ru_maxrss` there also remembers the process that started this
    one, so it serves only where there is no /proc; it counts KiB, on a Mac bytes.
    """
    status = Path("/proc/self/status")
    if status.is_file() and (found := re.search(r"VmHWM:\s*(\d+) kB", status.read_text())):
        return int(found[1]) / 1024
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def fresh(script, *arguments):
    """Run a script in a process of its own, in which no earlier peak hides a later one.

    -> what its last line of JSON says.
    """
    command = [sys.executable, str(script), *map(str, arguments)]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(printed.splitlines()[-1])
