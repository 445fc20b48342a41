"""Write RESULTS.md and the tables of scores from benchmarks/results, or check that they are theirs.

    python tools/results.py [--check]

README.md and the notebooks hold such tables, as tools/score_tables.py describes them. A figure with
code that has changed since is marked. The files come from `tools/outputs.py` (notebooks on
synthetic data), `tools/run_notebooks.py --record` (on real data) and `benchmarks/bench.py
--record`. People write the notes in them, the runs every figure.
"""

import argparse
import json
import sys

import nbformat
import provenance
from execution import NOTEBOOKS, ROOT, find, read, write_whole
from run_notebooks import RESULTS
from score_tables import filled, markdown, number, table

from rnnkit.corpora import settings

sys.path.append(str(ROOT / "benchmarks"))
import bench  # noqa: E402
import records  # noqa: E402

PAGE = ROOT / "RESULTS.md"
README = ROOT / "README.md"
BENCH = records.RESULTS
CORPORA = {  # notebook -> its corpus, whose settings hold what others have published
    "03_language_modeling": "abstracts",
    "04_sentiment_analysis": "reviews",
    "05_time_series_forecasting": "weather",
    "06_translation": "phrasebook",
    "07_tagging": "tagged",
    "08_summarization": "titled",
    "09_speech": "spoken",
    "10_music": "chorales",
}
CHANGED = "The code has changed since."
HEAD = """# Results

What the notebooks scored when they were run from top to bottom, beside cheaper methods, the best
possible score where it is known, and published ones.
"""
DETAILS = """# Each run

`tools/results.py` makes this page from the files in `benchmarks/results/notebooks`; the command
that made each stands with it. `synthetic` is the data that comes with the workbook, `real` the
public data set of the same task. Where "the code has changed since" stands, a figure is older than
the code that makes it.
"""
BENCHMARKS = """# Benchmarks

What `make bench` and `make bench-real` measured, with the sizes that the notebooks have for
synthetic and for real data, and trainings on real data; made from the files in
`benchmarks/results/bench`. The head of each file in `benchmarks` says how. Where columns "10 %" and
"90 %" follow a figure, it is a median and they are the percentiles.
"""


def entries():
    """Return all recorded runs, by notebook, synthetic before real.

    Each says beside what was recorded whether its code has `changed` since, and what others have
    `published` for the same data.
    """
    found = [json.loads(path.read_text(encoding="utf-8")) for path in RESULTS.glob("*.json")]
    for entry in found:
        entry["changed"] = changed(entry)
        entry["published"] = published(entry["notebook"], entry["data"])
    return sorted(
        found, key=lambda entry: (entry["notebook"], entry["data"] != "synthetic", entry["data"])
    )


def published(notebook, data):
    """Return what others scored on the same data: dicts with score, model, value, source.

    data: as recorded, such as "real" or "real de en". Another corpus is named with the model.
    """
    source, _, languages = data.partition(" ")
    if notebook not in CORPORA:
        return []
    found = []
    for row in settings(CORPORA[notebook], source)["published"].to_dict("records"):
        about = {name: row.pop(name) for name in ("model", "source")}
        if "corpus" in row:
            about["model"] += f" on {row.pop('corpus')}"
        if row.pop("languages", languages) == languages:
            found += [about | {"score": name, "value": value} for name, value in row.items()]
    return found


def benchmarks():
    """Return all recorded benchmarks in the order of bench.py, the short set before the long.

    Each says whether its code has `changed` since.
    """
    found = [json.loads(path.read_text(encoding="utf-8")) for path in BENCH.glob("*.json")]
    for entry in found:
        entry["changed"] = changed(entry)
    return sorted(found, key=lambda e: (bench.NAMES.index(e["benchmark"]), e["sizes"] == "real"))


def changed(entry):
    """Whether the code that made an entry has changed since, or is not known."""
    if "notebook" in entry:
        path = NOTEBOOKS / f"{entry['notebook']}.ipynb"
    else:
        path = ROOT / "benchmarks" / f"{entry['benchmark']}.py"
    if not path.is_file():
        return True
    if "benchmark" in entry:
        return entry.get("code") != provenance.of_script(path)
    shipped = entry["data"].startswith("synthetic")
    return entry.get("code") != provenance.of_notebook(read(path), shipped=shipped)


def origin(entry):
    """Return the lines that say where an entry comes from."""
    versions = ", ".join(f"{name} {text}" for name, text in entry["versions"].items())
    used = "".join(f", {value:,} {name}" for name, value in entry.get("used", {}).items())
    first = f"{entry['seconds']} s{used} on {entry['machine']}; {entry['date']}; {versions}."
    notes = [f"`{entry['command']}`.", entry["note"], CHANGED * entry["changed"]]
    return [first, " ".join(filter(None, notes))]


def section(entry):
    """Return the text of one benchmark: where it comes from, and its tables."""
    lines = [f"## {entry['benchmark'].replace('_', ' ')}, {entry['sizes']} sizes", ""]
    lines += origin(entry)
    for title, rows in entry["tables"].items():
        lines += ["", f"### {title}", "", *markdown(rows)]
    return "\n".join(lines) + "\n"


def page():
    """Return the text of RESULTS.md."""
    runs = entries()
    parts = [HEAD, table("all", runs) + "\n", DETAILS]
    for entry in runs:
        lines = [
            f"## {entry['notebook']}, {entry['data']} data",
            "",
            "| score | value |",
            "|---|---|",
        ]
        lines += [f"| {name} | {cell(value)} |" for name, value in entry["scores"].items()]
        for row in entry["published"]:
            words = f"{row['score']} of {row['model']}, published ({row['source']})"
            lines.append(f"| {words} | {number(row['value'])} |")
        parts.append("\n".join([*lines, "", *origin(entry)]) + "\n")
    measured = [section(entry) for entry in benchmarks()]
    return "\n".join(parts + [BENCHMARKS] * bool(measured) + measured)


def cell(value):
    """Return a score as the text of a table's cell."""
    return number(value).replace("|", "\\|")


def stale():
    """Yield path and new text of each file that differs from what the records want."""
    tables = entries(), benchmarks()
    made = {PAGE: page(), README: filled(README.read_text(encoding="utf-8"), *tables)}
    for path, text in made.items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            yield path, text
    for path in find([], NOTEBOOKS):
        notebook = read(path)
        before = [part.source for part in notebook.cells]
        for part in notebook.cells:
            if part.cell_type == "markdown":
                part.source = filled(part.source, *tables)
        if [part.source for part in notebook.cells] != before:
            yield path, nbformat.writes(notebook) + "\n"


def moved(before, after):
    """Return a line for each score that differs between two lists of recorded runs."""
    old, new = (
        {(run["notebook"], run["data"], name): value for run in runs for name, value in scores(run)}
        for runs in (before, after)
    )
    lines = []
    for key in sorted(old | new):
        values = [number(found.get(key)) for found in (old, new)]
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
    found = list(stale())
    for path, text in found:
        if check:
            print(f"{path.name} is stale: run tools/results.py.")
        else:
            write_whole(path, text)
    return int(check and bool(found))


if __name__ == "__main__":
    sys.exit(main())
