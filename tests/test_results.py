"""RESULTS.md says what the recorded runs say."""

import json

import nbformat
import pytest
import results
import run_notebooks


def test_the_page_is_made_from_the_records(capsys):
    assert results.main(["--check"]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("entry", results.entries(), ids=lambda e: f"{e['notebook']}-{e['data']}")
def test_a_record_says_where_it_comes_from(entry):
    assert entry["scores"] and all(isinstance(x, int | float) for x in entry["scores"].values())
    assert {"tensorflow", "keras"} <= set(entry["versions"])
    assert entry["data"].split()[0] in ("synthetic", "real")
    assert entry["seconds"] > 0 and entry["date"]
    assert (run_notebooks.ROOT / "notebooks" / f"{entry['notebook']}.ipynb").is_file()


def test_a_changed_record_makes_the_page_stale(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(run_notebooks, "RESULTS", tmp_path)
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    monkeypatch.setattr(results, "PAGE", tmp_path / "RESULTS.md")
    monkeypatch.setenv("RNNKIT_DATA", "synthetic")
    output = nbformat.v4.new_output("display_data", {run_notebooks.SCORES: {"accuracy": 0.91234}})
    cell = nbformat.v4.new_code_cell("", outputs=[output])
    run_notebooks.record("a", nbformat.v4.new_notebook(cells=[cell]), 12.3)
    assert results.main(["--check"]) == 1 and "stale" in capsys.readouterr().out
    assert results.main([]) == 0 and results.main(["--check"]) == 0
    assert "| accuracy | 0.9123 |" in results.PAGE.read_text()
    assert "12 s on" in results.PAGE.read_text()


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
        "## speed, synthetic sizes",
        "## speed, real sizes",
        "## scaling, synthetic sizes",
    ]
    assert "| T | ms | words | MiB |\n|---|---|---|---|\n| 16 | 1.23 | a b | - |" in page
    assert "| 238,521 | - | - | - |" in page
    assert "3 s on two cores; 2026-01-02; keras 3.\n`python benchmarks/bench.py`. Quiet." in page
