"""`RNNKIT_DATA=sales.csv make run`, and cells that only know the workbook's corpora."""

import os
import subprocess

import nbformat
import numpy as np
import pandas as pd
import provenance
import pytest
import run_notebooks
from execution import ROOT, execute
from nbformat.v4 import new_code_cell, new_notebook


def table(**columns):
    return pd.DataFrame(columns).to_csv(index=False)


HOURS = pd.date_range("2020-01-01", periods=300, freq="h")
NUMBERS = np.arange(300)
SENTENCES = [f"this is the sentence of number {number} and no other" for number in NUMBERS]
OTHERS = [f"voici la phrase {number}, et pas une autre" for number in NUMBERS]
TITLES = [f"title {number}" for number in NUMBERS]
PLACES = ["Süd"] * 300
LABELS = ["pos", "neg", "neg"] * 100
STARS = [1, 2, 3, 4, 5] * 60
FILES = {
    "times": ("a.csv", table(time=HOURS, T=NUMBERS), "05_time_series_forecasting"),
    "times and places": ("a.csv", table(place=PLACES, time=HOURS, n=NUMBERS), "05_time_series_f"),
    "row numbers": ("a.csv", table(step=NUMBERS, T=NUMBERS), "05_time_series_forecasting"),
    "labels": ("a.csv", table(text=SENTENCES, label=LABELS), "04_sentiment_analysis"),
    "stars and times": ("a.csv", table(at=HOURS, text=SENTENCES, stars=STARS), "04_sentiment_a"),
    "labels first": ("a.tsv", table(kind=LABELS, said=SENTENCES).replace(",", "\t"), "04_sentime"),
    "pairs": ("a.csv", table(source=SENTENCES, target=OTHERS), "06_translation"),
    "pairs in a txt": (
        "a.txt",
        "\n".join(map("\t".join, zip(SENTENCES, OTHERS, strict=True))),
        "06_transl",
    ),
    "texts": ("a.txt", "\n".join(SENTENCES), "03_language_modeling"),
    "a log": ("a.log", "\n".join(SENTENCES), "03_language_modeling"),
    "titles and texts": ("a.csv", table(head=TITLES, what=[10 * s for s in SENTENCES]), "03_lang"),
    "a title and a text": ("a.csv", table(title=OTHERS, abstract=SENTENCES), "08_summarization"),
    "recordings": (
        "a.csv",
        table(said=SENTENCES, sound=[f"{number}.WAV" for number in NUMBERS], at=HOURS),
        "09_speech",
    ),
    "chords": ("a.json", "[[[60, 64], [62]]]", "10_music"),
    "chords in parts": ("a.json", '{"train": [ [[60, 64], [62]] ]}', "10_music"),
    "a MIDI file": ("a.MID", "MThd", "10_music"),
    "labelled words": ("a.conllu", "The\tDET\nend\tNOUN\n\n" * 300, "07_tagging"),
}


@pytest.fixture
def runs(tmp_path, monkeypatch, capsys):
    """Call the tool as from a folder with an umlaut -> status, names of notebooks, what it said."""
    folder = tmp_path / "Große Dateien"
    folder.mkdir()
    monkeypatch.setenv("PWD", str(folder))

    def run(content, source, *arguments):
        for name, text in content.items():
            (folder / name).write_text(text, encoding="utf-8")
        monkeypatch.setenv("RNNKIT_DATA", source)
        ran = []

        def run_one(path, *_):
            ran.append((run_notebooks.name_of(path), os.environ["RNNKIT_DATA"]))
            return path.stem, 0.0, {}

        monkeypatch.setattr(run_notebooks, "run_one", run_one)
        status = run_notebooks.main(list(arguments))
        return status, ran, capsys.readouterr().out, folder

    return run


@pytest.mark.parametrize("form", FILES)
def test_the_form_of_a_file_chooses_its_notebook(runs, form):
    name, content, expected = FILES[form]
    status, ran, said, folder = runs({name: content}, name)
    ((notebook, source),) = ran
    assert status == 0 and notebook.startswith(expected) and source == str(folder / name)
    assert f"{source} has the form for {notebook}" in said


def test_a_folder_of_recordings_is_taken(runs, tmp_path):
    sounds = tmp_path / "Große Dateien" / "Töne 1"
    (sounds / "Zoë").mkdir(parents=True)
    (sounds / "Zoë" / "ja.WAV").touch()
    _, ran, _, folder = runs({}, "Töne 1")
    assert ran == [("09_speech", str(folder / "Töne 1"))]


def test_a_folder_of_midi_files_is_taken(runs, tmp_path):
    songs = tmp_path / "Große Dateien" / "Stücke 1"
    (songs / "Bach").mkdir(parents=True)
    (songs / "Bach" / "1.MID").touch()
    _, ran, _, folder = runs({}, "Stücke 1")
    assert ran == [("10_music", str(folder / "Stücke 1"))]


def test_two_files_with_a_comma_between(runs):
    files = {"a.en": "\n".join(SENTENCES), "a.fr": "\n".join(OTHERS)}
    _, ran, _, folder = runs(files, "a.en, a.fr")
    assert ran == [("06_translation", f"{folder / 'a.en'},{folder / 'a.fr'}")]


def test_a_named_notebook_is_taken(runs):
    _, ran, _, _ = runs({"a.txt": "x"}, "a.txt", "04_sentiment_analysis")
    assert [notebook for notebook, _ in ran] == ["04_sentiment_analysis"]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("", "cannot come from '': choose"),
        ("Real", "cannot come from 'Real': choose"),
        ("no.csv", "cannot come from 'no.csv': choose"),
        (".", "is a folder: name a file in it"),
    ],
)
def test_a_source_that_is_none(runs, capsys, source, says):
    with pytest.raises(SystemExit) as error:
        runs({}, source)
    said = capsys.readouterr().err
    assert error.value.code == 2 and says in said and "Traceback" not in said


def test_scores_of_own_files_are_never_recorded(runs, capsys, monkeypatch, records_elsewhere):
    with pytest.raises(SystemExit):
        runs({"a.txt": "x"}, "a.txt", "--record")
    assert (
        "--record keeps scores of the workbook's corpora: leave it out" in capsys.readouterr().err
    )
    shown = {run_notebooks.SCORES: {"accuracy": 0.9}}
    output = nbformat.v4.new_output("display_data", shown)
    run_notebooks.record("a", new_notebook(cells=[new_code_cell("", outputs=[output])]), 1)
    assert not any(run_notebooks.RESULTS.iterdir())
    monkeypatch.setenv("RNNKIT_DATA", "real")
    run_notebooks.record("a", new_notebook(cells=[new_code_cell("", outputs=[output])]), 1)
    assert len(list(run_notebooks.RESULTS.iterdir())) == 1


def test_make_passes_a_named_notebook_on():
    command = ["make", "-n", "--no-print-directory", "run", "NOTEBOOK=04_sentiment_analysis"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert shown.strip().endswith("tools/make_env.py run 04_sentiment_analysis")


# ---------------------------------------------------------------- records stay fresh


def test_code_for_own_files_makes_no_record_stale(tmp_path, monkeypatch):
    package = tmp_path / "rnnkit"
    package.mkdir()
    for name in ("own", "sizes", "progress", "series", "splits"):
        (package / f"{name}.py").write_text("x = 1\n", encoding="utf-8")
    imports = "from rnnkit import own, series\nfrom rnnkit import sizes as rules\n"
    (package / "corpora.py").write_text(imports, encoding="utf-8")
    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    notebook = new_notebook(cells=[new_code_cell("from rnnkit import corpora, progress")])

    def fingerprint():
        return provenance.of_notebook(notebook, shipped=False)

    first = fingerprint()
    for name in ("own", "sizes", "progress", "splits"):
        (package / f"{name}.py").write_text("x = 2\n", encoding="utf-8")
        assert fingerprint() == first
    for name in ("series", "corpora"):
        before = fingerprint()
        (package / f"{name}.py").write_text("x = 2\n", encoding="utf-8")
        assert fingerprint() != before


@pytest.mark.parametrize("name", ["abstracts", "reviews", "weather", "phrasebook", "faults"])
def test_the_workbooks_corpora_need_no_code_for_own_files(name, monkeypatch):
    """So that it is honest to leave that code out of their records."""
    from rnnkit import corpora

    monkeypatch.setattr(corpora, "own", None)
    monkeypatch.setattr(corpora, "rules", None)
    assert len(corpora.load(name, "synthetic").data) > 1000


# ---------------------------------------------------------------- checks that know the corpora

CHECK = "# Not for a file of your own: the limit is reached.\nprint('checked')"


SKIPPED = "Skipped, for it is about the corpora of this workbook: the limit is reached.\n"


def test_a_check_that_knows_the_corpora_is_skipped_on_an_own_file(tmp_path):
    """One kernel for both cases, as it imports TensorFlow."""
    cells = ["import types\nfrom rnnkit import runtime\nruntime.start()"]
    for is_own in (False, True):
        cells.append(f"corpus = types.SimpleNamespace(is_own={is_own})")
        cells += [CHECK, "# Not a check.\nprint('always')"]
    path = tmp_path / "a.ipynb"
    nbformat.write(new_notebook(cells=list(map(new_code_cell, cells))), path)
    notebook = execute(path, progress=lambda *_: None)
    printed = [cell.outputs[0].text for cell in notebook.cells if cell.outputs]
    assert printed == ["checked\n", "always\n", SKIPPED, "always\n"]
