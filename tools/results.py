"""Write RESULTS.md from the files in benchmarks/results, or check that it is theirs.

    python tools/results.py [--check]

The files come from `tools/outputs.py` (notebooks on synthetic data), `tools/run_notebooks.py
--record` (on real data) and `benchmarks/bench.py --record`. People write the notes in them, the
runs every figure.
"""

import argparse
import json
import sys

from execution import ROOT, write_whole
from run_notebooks import RESULTS, number

sys.path.append(str(ROOT / "benchmarks"))
import bench  # noqa: E402
import records  # noqa: E402

PAGE = ROOT / "RESULTS.md"
BENCH = records.RESULTS
HEAD = """# Results

What the notebooks scored when they were run from top to bottom. `tools/results.py` makes this page
from the files in `benchmarks/results/notebooks`; the command that made each stands with it.
`synthetic` is the data that comes with the workbook, `real` the public data set of the same task.
"""
BENCHMARKS = """# Benchmarks

What `make bench` and `make bench-real` measured, with the sizes that the notebooks have for
synthetic and for real data, and two trainings on real data; made from the files in
`benchmarks/results/bench`. The head of each file in `benchmarks` says how. Where columns "10 %" and
"90 %" follow a figure, it is a median and they are the percentiles.
"""


def entries():
    """Return all recorded runs, by notebook, synthetic before real."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in RESULTS.glob("*.json")]
    return sorted(
        found, key=lambda entry: (entry["notebook"], entry["data"] != "synthetic", entry["data"])
    )


def benchmarks():
    """Return all recorded benchmarks in the order of bench.py, the short set before the long."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in BENCH.glob("*.json")]
    return sorted(found, key=lambda e: (bench.NAMES.index(e["benchmark"]), e["sizes"] == "real"))


def section(entry):
    """Return the text of one benchmark: where it comes from, and its tables."""
    versions = ", ".join(f"{name} {text}" for name, text in entry["versions"].items())
    lines = [f"## {entry['benchmark'].replace('_', ' ')}, {entry['sizes']} sizes", ""]
    lines += [f"{entry['seconds']} s on {entry['machine']}; {entry['date']}; {versions}."]
    lines += [f"`{entry['command']}`. {entry['note']}".rstrip()]
    for title, rows in entry["tables"].items():
        lines += ["", f"### {title}", "", *markdown(rows)]
    return "\n".join(lines) + "\n"


def markdown(rows):
    """Return a table's lines; a column is there if any row has it."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [f"| {' | '.join(names)} |", "|---" * len(names) + "|"]
    cells = ([records.number(row.get(name)) for name in names] for row in rows)
    return lines + [f"| {' | '.join(row)} |" for row in cells]


def page():
    """Return the text of RESULTS.md."""
    parts = [HEAD]
    for entry in entries():
        versions = ", ".join(f"{name} {text}" for name, text in entry["versions"].items())
        lines = [
            f"## {entry['notebook']}, {entry['data']} data",
            "",
            "| score | value |",
            "|---|---|",
        ]
        lines += [f"| {name} | {number(value)} |" for name, value in entry["scores"].items()]
        lines += ["", f"{entry['seconds']} s on {entry['machine']}; {entry['date']}; {versions}."]
        lines += [f"`{entry['command']}`. {entry['note']}".rstrip()]
        parts.append("\n".join(lines) + "\n")
    measured = [section(entry) for entry in benchmarks()]
    return "\n".join(parts + [BENCHMARKS] * bool(measured) + measured)


def moved(before, after):
    """Return a line for each score that differs between two lists of recorded runs."""
    old, new = (
        {(run["notebook"], run["data"], name): value for run in runs for name, value in scores(run)}
        for runs in (before, after)
    )
    lines = []
    for key in sorted(old | new):
        values = [number(found.get(key, "-")) for found in (old, new)]
        if values[0] != values[1]:
            lines.append(f"{', '.join(key)}: {values[0]} -> {values[1]}")
    return lines


def scores(run):
    return run["scores"].items()


def main(arguments=None):
    """Write or compare the page; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args(arguments).check
    same = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page()
    if check:
        print("RESULTS.md is up to date." if same else "RESULTS.md is stale: run tools/results.py.")
        return int(not same)
    write_whole(PAGE, page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
