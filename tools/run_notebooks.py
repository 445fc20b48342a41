"""Execute the notebooks headless; leave pages that open without a network, print their scores.

    python tools/run_notebooks.py [--out FOLDER] [--seed N] [--record [--note TEXT]] [notebook ...]

If RNNKIT_DATA is the path of a file, only the main notebook for such a file runs on it.
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
import re
import sys
import time
from importlib.metadata import version
from pathlib import Path

import provenance
from execution import ROOT, TIMEOUT, NotebookError, execute, find, name_of, write_whole
from offline_html import offline_page
from score_tables import number

from rnnkit import conll, corpora, music, own, readers, series, titled
from rnnkit.downloads import DataError

# What changes the data of a notebook: the source, the languages of 06, the labels of 07.
SETTINGS = ("RNNKIT_DATA", "RNNKIT_LANGUAGES", "RNNKIT_LABELS")
RECORDING = ".wav"  # how names of recordings end
MIDI = (".mid", ".midi")
CHORDS = r'({"(%s)":)?\[\[\['  # how JSON of chords begins, less its spaces
WORKBOOK = ("synthetic", "real")  # other sources are paths of a reader's own files
NOTEBOOK_OF = {
    "abstracts": "03_language_modeling",
    "reviews": "04_sentiment_analysis",
    "weather": "05_time_series_forecasting",
    "phrasebook": "06_translation",
    "tagged": "07_tagging",
    "titled": "08_summarization",
    "spoken": "09_speech",
    "chorales": "10_music",
}
HOURS_OF_A_CELL = 12  # at most, with real data on a busy machine, or a file of any size
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
    """Write what an executed notebook scored and used, where and when, to its file of results.

    The scores of a reader's own file are nobody else's business, and are not written.
    """
    if os.environ.get("RNNKIT_DATA", "synthetic") not in WORKBOOK:
        return
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
        "code": provenance.of_notebook(notebook, shipped=data.startswith("synthetic")),
        "note": note,  # of people
        "scores": scores(notebook),
    }
    path = RESULTS / f"{name.replace('/', '-')}.{data.replace(' ', '-')}.json"
    write_whole(path, json.dumps(entry, indent=1) + "\n")


def run_one(path, out, note=None, seed=None):
    """Execute one notebook and leave its page in `out`; return (name, seconds, scores or error).

    With a note, maybe an empty one, the scores are recorded. The pages of an earlier run go first;
    a notebook that fails leaves a page called NAME.failed.html, which ends where it failed.
    """
    name, folder = name_of(path), path.resolve().parent
    page, failed_page = out / f"{name}.html", out / f"{name}.failed.html"
    page.unlink(missing_ok=True)
    failed_page.unlink(missing_ok=True)
    start, used = time.perf_counter(), {}
    is_small = os.environ.get("RNNKIT_DATA", "synthetic") == "synthetic"
    timeout = TIMEOUT if is_small else 3600 * HOURS_OF_A_CELL
    try:
        notebook = execute(path, used=used, seed=seed, timeout=timeout)
        if note is not None and scores(notebook):
            record(name, notebook, time.perf_counter() - start, used=used, note=note)
        write_whole(page, offline_page(notebook, path.stem, folder))
    except NotebookError as error:
        print(f"\n{name} FAILED in {error}", flush=True)  # also ends the progress line
        if error.notebook is not None:
            write_whole(failed_page, offline_page(error.notebook, path.stem, folder))
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


def whole_paths(source, folder):
    """Return a source with its paths, two perhaps with a comma between, as seen from `folder`."""
    if source.strip() and Path(folder, source).expanduser().exists():
        return str(Path(folder, source).expanduser())
    parts = [Path(folder, part.strip()).expanduser() for part in source.split(",")]
    return ",".join(map(str, parts)) if all(part.is_file() for part in parts) else source


def files_in(folder):
    """Yield the paths in a folder, and those in the folders in it."""
    yield from folder.glob("*")
    yield from folder.glob("*/*")


def is_music(path):
    """Whether a path is a MIDI file, a folder that holds some at any depth, or JSON of chords."""
    if path.is_dir():
        return any(file.suffix.lower() in MIDI for file in path.rglob("*"))
    if readers.suffix(path) != ".json":
        return readers.suffix(path) in MIDI
    start = readers.read_bytes(path)[:1000].decode("utf-8-sig", errors="replace")
    parts = "|".join(music.PARTS)
    return re.match(CHORDS % parts, "".join(start.split())) is not None


def corpus_like(source):
    """Tell by its content which corpus a reader's own file or folder can stand for.

    source: one path, or two with a comma between -> a key of NOTEBOOK_OF. Raises DataError.
    """
    path, *others = corpora.files_of("phrasebook", source)
    if path.is_dir() and any(readers.suffix(file) == RECORDING for file in files_in(path)):
        return "spoken"
    if is_music(path):
        return "chorales"
    if readers.suffix(path) in conll.SUFFIXES:
        return "tagged"
    if others or readers.suffix(path) not in readers.TABLES:
        first = readers.read_text(path).lstrip().partition("\n")[0]
        return "phrasebook" if others or "\t" in first else "abstracts"
    rows = readers.read_frame(path, header=False)
    columns = [rows[name][1:1001] for name in rows]
    recordings = [column.str.lower().str.endswith(RECORDING).all() for column in columns]
    if any(recordings) and len(rows) > 1:
        return "spoken"
    letters = [column.str.count(r"[^\W\d_]").mean() for column in columns]
    shorter, longer = sorted([0, *letters])[-2:]
    has_time = any(series.looks_like_time(column) for column in columns)
    if longer < 2 or (has_time and longer < 20):
        return "weather"
    names = rows.iloc[0].str.strip().str.lower()
    for name, column in zip(names, columns, strict=True):
        if column.nunique() == 2 or (name in own.LABEL_NAMES.split() and column.nunique() < 30):
            return "reviews"
    is_title = names.isin(titled.TITLE_NAMES.split())
    if is_title.any() and not is_title.all():
        return "titled"
    is_named = names.isin(own.TEXT_NAMES.split()).any()
    return "phrasebook" if shorter > longer / 4 and not is_named else "abstracts"


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
    source = os.environ["RNNKIT_DATA"]
    if source not in WORKBOOK:
        # The shell's own folder, since make_env.py has gone to another.
        source = whole_paths(source, os.environ.get("PWD", "."))
        os.environ["RNNKIT_DATA"] = source
        if options.record:
            parser.error("--record keeps scores of the workbook's corpora: leave it out")
    if source not in WORKBOOK and not options.notebooks:
        try:
            options.notebooks = [NOTEBOOK_OF[corpus_like(source)]]
        except DataError as error:
            parser.error(str(error))
        print(f"{source} has the form for {options.notebooks[0]}; another: make run NOTEBOOK=...")
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
