"""Execute the notebooks headless; leave pages that open without a network, print their scores.

    python tools/run_notebooks.py [--out FOLDER] [--seed N] [--record [--note TEXT]] [notebook ...]

With --record the scores also go to benchmarks/results/notebooks, from which tools/results.py makes
RESULTS.md. A notebook reports scores by displaying a dict of numbers under the type SCORES below.
One that fails leaves no page, and the exit status is 1. With --seed every notebook runs with that
seed in place of its own: what a notebook says must hold with any.
"""

import argparse
import datetime
import json
import os
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path

import provenance
from execution import ROOT, NotebookError, execute, find, name_of, write_whole
from offline_html import offline_page
from score_tables import number

# What changes the data of a notebook: the source, and the languages of the translation.
SETTINGS = ("RNNKIT_DATA", "RNNKIT_LANGUAGES")
RESULTS = ROOT / "benchmarks" / "results" / "notebooks"
TOOL = "tools/run_notebooks.py --record"
SCORES = "application/vnd.rnnkit.score+json"


def scores(notebook):
    """Return the dict of all the scores that an executed notebook displayed, in their order."""
    found = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            found.update(output.get("data", {}).get(SCORES, {}))
    return found


def record(name, notebook, seconds, *, used=None, note="", tool=TOOL):
    """Write what an executed notebook scored and used, where and when, to its file of results."""
    settings = {key: os.environ[key] for key in SETTINGS if os.environ.get(key)}
    words = [
        f"{key}={value!r}" if " " in value else f"{key}={value}" for key, value in settings.items()
    ]
    data = " ".join(settings.values())  # real, or real de en
    entry = {
        "notebook": name,
        "data": data,
        "date": datetime.date.today().isoformat(),
        "seconds": round(seconds),
        "used": used or {},
        "machine": f"{platform.machine()}, {os.cpu_count()} CPU cores, no GPU",
        "versions": {package: version(package) for package in ("tensorflow", "keras", "numpy")},
        "command": " ".join([*words, "python", tool, name]),
        "code": provenance.of_notebook(notebook, shipped=data == "synthetic"),
        "note": note,  # of people
        "scores": scores(notebook),
    }
    path = RESULTS / f"{name.replace('/', '-')}.{data.replace(' ', '-')}.json"
    write_whole(path, json.dumps(entry, indent=1) + "\n")


def run_one(path, out, note=None, seed=None):
    """Execute one notebook and leave its page in `out`; return (name, seconds, scores or error).

    With a note, maybe an empty one, the scores are recorded. The page of an earlier run goes first,
    so that a notebook that fails leaves none.
    """
    name = name_of(path)
    page = out / f"{name}.html"
    page.unlink(missing_ok=True)
    start, used = time.perf_counter(), {}
    try:
        notebook = execute(path, used=used, seed=seed)
        if note is not None and scores(notebook):
            record(name, notebook, time.perf_counter() - start, used=used, note=note)
        write_whole(page, offline_page(notebook, path.stem, path.resolve().parent))
    except NotebookError as error:
        print(f"\n{name} FAILED in {error}", flush=True)  # also ends the progress line
        return name, time.perf_counter() - start, error
    return name, time.perf_counter() - start, scores(notebook)


def table(results):
    """Return the lines of the table: notebook, seconds, and one line for each score."""
    width = max([8, *(len(name) for name, _, _ in results)])
    lines = [f"{'notebook':<{width}}  seconds  scores"]
    for name, seconds, outcome in results:
        if isinstance(outcome, NotebookError):
            texts = [f"FAILED in {outcome}"]
        else:
            texts = [f"{key} {number(value)}" for key, value in outcome.items()] or ["-"]
        lines.append(f"{name:<{width}}  {seconds:7.1f}  {texts[0]}")
        lines += [" " * (width + 11) + text for text in texts[1:]]
    return lines


def main(arguments=None):
    """Run the notebooks named on the command line, or all; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", help="paths or names; all of them if none")
    parser.add_argument("--out", type=Path, default=ROOT / "out", help="folder of the pages")
    parser.add_argument("--seed", type=int, help="in place of the notebooks' own")
    parser.add_argument("--record", action="store_true", help="keep the scores for RESULTS.md")
    parser.add_argument("--note", default="", help="a sentence to keep with the scores")
    options = parser.parse_args(arguments)
    os.environ.setdefault("RNNKIT_DATA", "synthetic")
    if options.record and options.seed is not None:
        parser.error("--record keeps the scores of the notebooks' own seed: leave out --seed")
    note = options.note if options.record else None
    paths = find(options.notebooks)
    results = [run_one(path, options.out, note, options.seed) for path in paths]
    print("", *table(results), "", f"Pages: {options.out}", sep="\n")
    return int(any(isinstance(outcome, NotebookError) for _, _, outcome in results))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("\nInterrupted.")
