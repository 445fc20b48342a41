"""Write RESULTS.md from the files in benchmarks/results/notebooks, or check that it is theirs.

    python tools/results.py [--check]

The files come from `tools/run_notebooks.py --record`; nothing in RESULTS.md is typed by hand.
"""

import argparse
import json
import sys

from execution import ROOT, write_whole
from run_notebooks import RESULTS, number

PAGE = ROOT / "RESULTS.md"
HEAD = """# Results

What the notebooks scored when they were run from top to bottom. `tools/results.py` makes this page
from the files in `benchmarks/results/notebooks`, and `tools/run_notebooks.py --record` makes those.
`synthetic` is the data that comes with the workbook, `real` the public data set of the same task.
"""


def entries():
    """Return all recorded runs, by notebook, synthetic before real."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in RESULTS.glob("*.json")]
    return sorted(
        found, key=lambda entry: (entry["notebook"], entry["data"] != "synthetic", entry["data"])
    )


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
    return "\n".join(parts)


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
