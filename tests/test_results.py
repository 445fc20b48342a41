"""RESULTS.md, README.md and the notebooks say what the recorded runs say."""

import json
import os
import sys

import nbformat
import provenance
import pytest
import results
import run_notebooks
import score_tables
from execution import execute, used_by


def test_the_page_is_made_from_the_records(capsys):
    assert results.main(["--check"]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("entry", results.entries(), ids=lambda e: f"{e['notebook']}-{e['data']}")
def test_a_record_says_where_it_comes_from(entry):
    scores = {name: value for name, value in entry["scores"].items() if name != "signature"}
    assert scores and all(isinstance(value, int | float) for value in scores.values())
    assert {"tensorflow", "keras"} <= set(entry["versions"])
    assert entry["data"].split()[0] in ("synthetic", "real")
    assert entry["seconds"] > 0 and entry["date"]
    assert (run_notebooks.ROOT / "notebooks" / f"{entry['notebook']}.ipynb").is_file()


def test_a_changed_record_makes_the_page_stale(records_elsewhere, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("RNNKIT_DATA", "synthetic")
    output = nbformat.v4.new_output("display_data", {run_notebooks.SCORES: {"accuracy": 0.91234}})
    cell = nbformat.v4.new_code_cell("", outputs=[output])
    notebook = nbformat.v4.new_notebook(cells=[cell])
    nbformat.write(notebook, tmp_path / "a.ipynb")
    run_notebooks.record("a", notebook, 12.3, used={"CPU seconds": 1234})
    assert results.main(["--check"]) == 1 and "stale" in capsys.readouterr().out
    assert results.main([]) == 0 and results.main(["--check"]) == 0
    assert "| accuracy | 0.9123 |" in results.PAGE.read_text()
    assert "12 s, 1,234 CPU seconds on" in results.PAGE.read_text()
    assert results.CHANGED not in results.PAGE.read_text().partition("# Benchmarks")[0]
    notebook.cells.append(nbformat.v4.new_code_cell("1 + 1"))
    nbformat.write(notebook, tmp_path / "a.ipynb")
    assert results.main(["--check"]) == 1 and results.main([]) == 0
    assert results.CHANGED in results.PAGE.read_text().partition("# Benchmarks")[0]


def test_scores_that_moved_are_listed():
    def run(**scores):
        return {"notebook": "a", "data": "synthetic", "scores": scores}

    before, after = [run(loss=1.5, same=2.0, gone=3.0)], [run(loss=1.25, same=2.0, new=4.0)]
    assert results.moved(before, after) == [
        "a, synthetic, gone: 3 -> -",
        "a, synthetic, loss: 1.5 -> 1.25",
        "a, synthetic, new: - -> 4",
    ]
    assert results.moved(before, before) == []


def test_benchmarks_stand_in_the_page_in_their_order(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "BENCH", tmp_path)
    assert "# Benchmarks" not in results.page()
    rows = [{"T": 16, "ms": 1.23456, "words": "a b"}, {"T": 238521, "MiB": None}]
    whole = {"seconds": 3, "machine": "two cores", "date": "2026-01-02", "versions": {"keras": "3"}}
    whole |= {"command": "python benchmarks/bench.py", "note": "Quiet.", "figures": {}}
    for name, sizes in (("speed", "real"), ("scaling", "synthetic"), ("speed", "synthetic")):
        entry = whole | {"benchmark": name, "sizes": sizes, "tables": {"Points": rows}}
        (tmp_path / f"{name}.{sizes}.json").write_text(json.dumps(entry))
    page = results.page()
    heads = [line for line in page.splitlines() if line.startswith("## ") and "sizes" in line]
    assert heads == [
        "## scaling, synthetic sizes",
        "## speed, synthetic sizes",
        "## speed, real sizes",
    ]
    assert "| T | ms | words | MiB |\n|---|---|---|---|\n| 16 | 1.23 | a b | - |" in page
    assert "| 238,521 | - | - | - |" in page
    assert "3 s on two cores; 2026-01-02; keras 3.\n`python benchmarks/bench.py`. Quiet." in page


RUN = {"notebook": "04_sentiment_analysis", "data": "real", "changed": False}
RUN |= {"used": {"CPU seconds": 90}}
RUN |= {"scores": {"accuracy": 0.91234, "AUC": 0.5, "accuracy of the words": 0.7}}
RUN |= {"published": [{"score": "accuracy", "model": "a reader", "value": 0.8}]}


def test_a_table_of_scores_by_hand():
    lines = score_tables.table("04_sentiment_analysis", [RUN]).splitlines()
    assert lines == [
        "| data | score | network | cheaper methods | published | CPU minutes |",
        "|---|---|---|---|---|---|",
        "| IMDB | accuracy | 0.9123 | 0.7 words | 0.8 a reader | 1.5 |",
    ]
    known = RUN["scores"] | {"accuracy of the best possible": 0.96}
    row = score_tables.table("all", [RUN | {"scores": known}]).splitlines()[2]
    assert row.startswith("| sentiment analysis | IMDB |") and "| 0.7 words | 0.96 |" in row


def test_a_table_marks_a_run_whose_code_has_changed():
    text = score_tables.table("all", [RUN | {"changed": True}])
    assert "| IMDB † |" in text and text.endswith("\n† The code has changed since.")


def test_tables_are_made_anew_between_their_marks():
    text = "a\n<!-- scores: all -->\nold | 1\n<!-- end of table -->\nb\n"
    made = score_tables.filled(text, [RUN], [])
    assert "old" not in made and "0.9123" in made
    assert made.startswith("a\n<!-- scores: all -->\n\n| task |") and made.endswith("-->\nb\n")
    assert score_tables.filled(made, [RUN], []) == made
    assert "No run is recorded yet." in score_tables.filled(text, [], [])
    with pytest.raises(ValueError, match="no table of scores for 'nonsense': there are all, 03_"):
        score_tables.filled(text.replace("all", "nonsense"), [RUN], [])


def test_a_table_of_a_benchmark():
    """A spread stands in its score's cell; what one row alone fills is left to RESULTS.md."""
    text = "<!-- benchmark: ett real 2 -->\n<!-- end of table -->"
    second = [{"b": 0.123456, "c": "x"}, {"b": 2, "b spread": 1, "c": "y", "d": 5}]
    tables = {"first": [{"a": 1}], "second": second}
    entry = {"benchmark": "ett", "sizes": "real", "tables": tables, "changed": False}
    made = score_tables.filled(text, [], [entry])
    assert "\n\n| b | c |\n|---|---|\n| 0.123 | x |\n| 2 (spread 1) | y |\n\n<" in made
    assert "has changed" in score_tables.filled(text, [], [entry | {"changed": True}])
    assert "*Not recorded yet.*" in score_tables.filled(text, [], [])
    with pytest.raises(ValueError, match="there is no benchmark 'nonsense'"):
        score_tables.filled(text.replace("ett", "nonsense"), [], [])


def test_readme_and_notebooks_hold_their_tables():
    assert "<!-- scores: all -->" in results.README.read_text(encoding="utf-8")
    for name in score_tables.TASKS:
        notebook = results.read(results.NOTEBOOKS / f"{name}.ipynb")
        assert sum(f"<!-- scores: {name} -->" in cell.source for cell in notebook.cells) <= 1


@pytest.mark.parametrize("notebook", results.CORPORA)
def test_published_scores_have_a_source(notebook):
    for data in score_tables.TASKS[notebook][1]:
        for row in results.published(notebook, data):
            assert row["source"] and row["model"] and isinstance(row["value"], float)


def test_published_scores_are_those_of_the_languages():
    pairs = [results.published("06_translation", f"real {pair}") for pair in ("de en", "en fr")]
    assert pairs[0] and pairs[1] and not [row for row in pairs[0] if row in pairs[1]]
    assert results.published("01_recurrence", "real") == []


# ---------------------------------------------------------------- provenance


def fingerprint(notebook):
    return provenance.of_notebook(notebook, shipped=False)


def notebook_of(*sources, tags=()):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    for cell in cells[: len(tags)]:
        cell.metadata["tags"] = list(tags)
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("words"), *cells])


def test_a_fingerprint_is_of_what_can_move_a_number():
    first = fingerprint(notebook_of("x = 1", "def f():\n    'Words.'\n    return 2"))
    same = notebook_of("x  =  1  # why", "def f():\n    'Other words.'\n\n    return 2")
    assert fingerprint(same) == first
    assert fingerprint(notebook_of("x = 2", "def f():\n    return 2")) != first
    stamped = notebook_of("%pip install a", tags=["stamped"])
    assert fingerprint(stamped) == fingerprint(notebook_of())
    assert fingerprint(notebook_of("%pip install a")) != fingerprint(stamped)


def test_a_fingerprint_follows_the_modules_of_rnnkit_that_are_imported(tmp_path, monkeypatch):
    """The one named in a cell, the one that this needs, and no other."""
    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    package = tmp_path / "rnnkit"
    package.mkdir()
    (package / "a.py").write_text("from rnnkit.b import f\n")
    (package / "c.py").write_text("z = 1\n")
    found = set()
    for text in ("x = 1\n", "x = 2\n"):
        (package / "b.py").write_text(text)
        found.add(fingerprint(notebook_of("%time 1", "import rnnkit.a")))
    assert len(found) == 2
    (package / "c.py").write_text("z = 2\n")
    assert fingerprint(notebook_of("%time 1", "import rnnkit.a")) in found


def test_a_fingerprint_follows_the_shipped_data_of_a_run_on_it(monkeypatch):
    notebook = notebook_of("x = 1")
    shipped, real = (provenance.of_notebook(notebook, shipped=s) for s in (True, False))
    monkeypatch.setattr(provenance, "_data", lambda: "other")
    assert provenance.of_notebook(notebook, shipped=True) != shipped
    assert provenance.of_notebook(notebook, shipped=False) == real


def test_a_fingerprint_follows_the_modules_beside_a_script(tmp_path):
    script, beside = tmp_path / "a.py", tmp_path / "b.py"
    script.write_text("import sys\n\nimport records\n\n\ndef f():\n    from b import x\n")
    beside.write_text("x = 1\n")
    (tmp_path / "c.py").write_text("y = 1\n")
    first = provenance.of_script(script)
    for name in ("c", "records"):
        (tmp_path / f"{name}.py").write_text("y = 2\n")
    assert provenance.of_script(script) == first
    beside.write_text("x = 2\n")
    second = provenance.of_script(script)
    assert second != first
    script.write_text(script.read_text() + "    run('c.py')\n")
    third = provenance.of_script(script)
    (tmp_path / "c.py").write_text("y = 3\n")
    assert len({second, third, provenance.of_script(script)}) == 3


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the system does not tell")
def test_what_a_kernel_used_is_known(tmp_path):
    mine = used_by(os.getpid())
    assert mine["CPU seconds"] >= 1 and mine["peak MiB"] > 50
    source = "x = b'1' * (300 * 2**20)\nfor _ in range(3 * 10**7): pass"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    nbformat.write(notebook, tmp_path / "a.ipynb")
    used = {}
    execute(tmp_path / "a.ipynb", progress=lambda *_: None, used=used)
    assert used["peak MiB"] > 300 and used["CPU seconds"] >= 1


def test_a_process_that_is_gone_has_used_nothing():
    assert used_by(2**30) == {}


def test_a_run_on_invented_data_is_stale_when_these_change(monkeypatch):
    runs = {run["data"]: run for run in results.entries() if run["notebook"] == "07_tagging"}
    assert not results.changed(runs["synthetic span"])
    monkeypatch.setattr(provenance, "_data", lambda: "other")
    assert results.changed(runs["synthetic"]) and results.changed(runs["synthetic span"])
    assert results.changed(runs["real"]) == runs["real"]["changed"]
