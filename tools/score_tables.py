"""Tables made from recorded runs, inside README.md and the notebooks.

Such a table stands between two lines, and what is between them is replaced:

    <!-- scores: 03_language_modeling -->
    <!-- end of table -->

`all` instead of a name is for the runs of all notebooks. A notebook reports what is compared as
"accuracy", "accuracy of words and bigrams" and, where it is known, "accuracy of the best possible".
`<!-- benchmark: patents real 1 -->` asks for the first table of a recorded benchmark.
"""

import functools
import re
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
sys.path.append(str(BENCHMARKS))
import records  # noqa: E402

BLOCK = re.compile(r"(<!-- (\w+): ([\w ]+) -->\n).*?(<!-- end of table -->)", re.DOTALL)
BEST = "the best possible"
MARK = "†"
NOTE = ["", f"{MARK} The code has changed since."]
NOTHING = "–"
UNITS = {"MAE": "MAE, °C"}
TASKS = {  # notebook -> task, {data: corpus and split}
    "03_language_modeling": (
        "language modeling",
        {"synthetic": "invented abstracts, by family", "real": "patents, by family"},
    ),
    "04_sentiment_analysis": (
        "sentiment analysis",
        {"synthetic": "invented reviews", "real": "IMDB"},
    ),
    "05_time_series_forecasting": (
        "a day's forecast",
        {"synthetic": "simulated weather, by time", "real": "ETTh1, by time"},
    ),
    "06_translation": (
        "translation",
        {
            "synthetic": "phrasebook, English to French",
            "real de en": "Multi30k, German to English",
            "real en fr": "Multi30k, English to French",
        },
    ),
    "07_tagging": (
        "parts of speech",
        {
            "synthetic": "invented sentences",
            "synthetic span": "invented sentences, names",
            "real": "UD English EWT",
        },
    ),
    "08_summarization": (
        "summarization",
        {"synthetic": "invented abstracts, titles", "real": "patents, titles"},
    ),
    "09_speech": (
        "spoken words",
        {"synthetic": "invented voices, by speaker", "real": "Free Spoken Digits, by speaker"},
    ),
    "10_music": (
        "music",
        {"synthetic": "invented chorales, by piece", "real": "Bach chorales, by piece"},
    ),
}


number = functools.partial(records.number, digits=4)


def compared(entry):
    """Return a row for each score of a recorded run that stands beside that of another method."""
    scores, rows, used = entry["scores"], [], entry["used"]["CPU seconds"]
    for score, value in scores.items():
        start = f"{score} of "
        others = {n.removeprefix(start): v for n, v in scores.items() if n.startswith(start)}
        best = others.pop(BEST, others.pop(BEST.removeprefix("the "), None))
        if others:
            theirs = [row for row in entry["published"] if row["score"] == score]
            rows.append(
                {
                    **_about(entry),
                    "score": UNITS.get(score, score),
                    "network": number(value),
                    "cheaper methods": _listed(others),
                    "best possible": NOTHING if best is None else number(best),
                    "published": _listed({row["model"]: row["value"] for row in theirs}),
                    "CPU minutes": f"{used / 60:.1f}",
                }
            )
    return rows


def _about(entry):
    task, corpora = TASKS[entry["notebook"]]
    mark = f" {MARK}" if entry["changed"] else ""
    return {"task": task, "data": corpora[entry["data"]] + mark}


def _listed(others):
    return "; ".join(f"{number(v)} {n.removeprefix('the ')}" for n, v in others.items()) or NOTHING


def table(name, entries):
    """Return the lines of the table of the notebook `name`, or of all."""
    if name not in ("all", *TASKS):
        raise ValueError(f"no table of scores for {name!r}: there are all, {', '.join(TASKS)}")
    chosen = [e for e in entries if e["notebook"] in TASKS and name in ("all", e["notebook"])]
    rows = [row for entry in chosen for row in compared(entry)]
    if not rows:
        return "No run is recorded yet."
    named = {"task"} if name != "all" else set()  # by the notebook itself
    names = [key for key in rows[0] if key not in named and {row[key] for row in rows} != {NOTHING}]
    changed = any(MARK in row["data"] for row in rows)
    return "\n".join(markdown([{n: row[n] for n in names} for row in rows]) + NOTE * changed)


def benchmark_table(words, measured):
    """Return the lines of a table of a benchmark: words are its name, its sizes, and the number."""
    name, sizes, number = words.split()
    for entry in measured:
        if (entry["benchmark"], entry["sizes"]) == (name, sizes):
            rows = list(entry["tables"].values())[int(number) - 1]
            return "\n".join(markdown(brief(rows)) + NOTE * entry["changed"])
    if not (BENCHMARKS / f"{name}.py").is_file():
        raise ValueError(f"there is no benchmark {name!r}: see benchmarks/README.md")
    return f"*Not recorded yet.* `python benchmarks/bench.py --record {name}` makes this table."


def brief(rows):
    """Return rows with each spread in the cell of its score, less columns that one row fills."""
    names = dict.fromkeys(name for row in rows for name in row if not name.endswith(" spread"))
    names = [name for name in names if sum(name in row for row in rows) > 1]
    return [{name: _with_spread(row, name) for name in names if name in row} for row in rows]


def _with_spread(row, name):
    if row.get(f"{name} spread") is None:
        return row[name]
    spread = records.number(row[f"{name} spread"], digits=1)
    return f"{records.number(row[name])} (spread {spread})"


def markdown(rows):
    """Return a table's lines; a column is there if any row has it."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [f"| {' | '.join(names)} |", "|---" * len(names) + "|"]
    cells = ([records.number(row.get(name)) for name in names] for row in rows)
    return lines + [f"| {' | '.join(row)} |" for row in cells]


def filled(text, runs, measured):
    """Return a text with its tables made anew, of recorded runs and of benchmarks."""

    def made(match):
        start, kind, words, end = match.groups()
        lines = table(words, runs) if kind == "scores" else benchmark_table(words, measured)
        return f"{start}\n{lines}\n\n{end}"

    return BLOCK.sub(made, text)
