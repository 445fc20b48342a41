"""What all benchmarks share: an entry says where it comes from, and is set beside the last one.

An entry is a dict with the benchmark, the set of sizes, date, machine, versions, command, note,
seconds, `figures` (name -> number, what is compared with the last entry) and `tables`
(title -> rows, from which tools/results.py makes RESULTS.md). The entries lie in
benchmarks/results/bench, one file for each benchmark and set.
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

RESULTS = ROOT / "benchmarks" / "results" / "bench"


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
    return f"{words}, no GPU used"


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


def entry(benchmark, sizes, *, seconds, figures, tables, more_versions=None):
    """Put together the entry of a benchmark; `sizes` is the name of the set."""
    versions = {"python": platform.python_version()}
    versions |= {name: version(name) for name in ("tensorflow", "keras", "numpy")}
    return {
        "benchmark": benchmark,
        "sizes": sizes,
        "date": datetime.date.today().isoformat(),
        "seconds": round(seconds),
        "machine": machine(),
        "versions": versions | (more_versions or {}),
        "command": " ".join(
            ["python benchmarks/bench.py", *["--real"] * (sizes == "real"), benchmark]
        ),
        "code": provenance.of_script(Path(__file__).with_name(f"{benchmark}.py")),
        "note": "",
        "figures": figures,
        "tables": tables,
    }


def mean_and_spread(runs):
    """runs: a dict of scores for each seed, alike -> their means, and largest less smallest."""
    values = {name: [run[name] for run in runs] for name in runs[0]}
    means = {name: statistics.fmean(found) for name, found in values.items()}
    return means | {f"{name} spread": max(found) - min(found) for name, found in values.items()}


def path_of(benchmark, sizes):
    return RESULTS / f"{benchmark}.{sizes}.json"


def last(benchmark, sizes):
    """The figures recorded last for this benchmark and set, or {}."""
    path = path_of(benchmark, sizes)
    return json.loads(path.read_text(encoding="utf-8"))["figures"] if path.is_file() else {}


def write(made):
    """Write an entry over the last one of its benchmark and set; return the path."""
    path = path_of(made["benchmark"], made["sizes"])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    return path


# ---------------------------------------------------------------- as text


def number(value, digits=3):
    """A figure as text, to so many digits or whole; anything else as it is, None as a dash."""
    if value is None:
        return "-"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    whole = abs(value) >= 10 ** (digits - 1)
    return f"{value:,.0f}" if whole else f"{value:.{digits}g}"


def beside_last(figures, recorded):
    """Rows (figure, now, last, now / last); "new" or "gone" where one of the two is missing."""
    rows = []
    for name in dict.fromkeys([*figures, *recorded]):
        now, before = figures.get(name), recorded.get(name)
        if now is None or before is None:
            change = "new" if before is None else "gone"
        else:
            change = f"{now / before:.2f}" if before else "-"
        rows.append((name, number(now), number(before), change))
    return rows


def lines(rows):
    """Rows of texts as lines in columns; the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            [row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]
        ).rstrip()
        for row in rows
    ]  # fmt: skip
