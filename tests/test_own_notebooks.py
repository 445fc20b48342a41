"""Main notebooks run from top to bottom on small files, also on some with nothing to learn.

Each run takes some ten seconds or more: a kernel starts, and a network is trained for two epochs.
"""

import re

import numpy as np
import pandas as pd
import pytest
from execution import NOTEBOOKS, execute
from scipy.io import wavfile

from rnnkit import music

RANDOM = np.random.default_rng(0)
SIZES = {
    "03_language_modeling": {"epochs": 2, "units": 16},
    "04_sentiment_analysis": {"epochs": 2, "units": 8},
    "05_time_series_forecasting": {"epochs": 2},
    "06_translation": {"epochs": 2, "units": 16, "max_length": 12},
    "07_tagging": {"epochs": 2, "units": 16},
    "08_summarization": {"epochs": 2, "units": 16, "max_title": 6},
    "09_speech": {"epochs": 2, "strings": 60, "string_epochs": 1, "units": 8, "filters": 8},
    "10_music": {"epochs": 1, "units": 8, "embedding": 4},
}
THINGS = ["Tür", "Straße", "Katze", "Maschine", "Größe", "Welle", "Pumpe", "Stimme"]
MORE = ["läuft leise", "ist sehr alt", "steht im Garten", "macht viel Lärm", "gefällt uns allen"]


def sentences(count):
    """Different German sentences: a name, a thing, what it does."""
    made = []
    for number in range(count):
        thing, more = RANDOM.choice(THINGS), RANDOM.choice(MORE)
        made.append(f"Die {thing} von Haus {number} {more}, und {RANDOM.choice(MORE)}.")
    return made


def texts(folder, nothing):
    """Lines of words; with nothing to learn every word is drawn alone."""
    lines = sentences(220)
    if nothing:
        words = " ".join(lines).split()
        lines = [" ".join(RANDOM.choice(words, 15)) for _ in lines]
    path = folder / "sätze.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def reviews(folder, nothing):
    """A table by semicolons, with labels of words; with nothing to learn they are drawn."""
    data = pd.DataFrame({"meinung": sentences(240), "note": "gut"})
    data.loc[data["meinung"].str.contains("Lärm|alt"), "note"] = "schlecht"
    if nothing:
        data["note"] = RANDOM.choice(["gut", "schlecht"], len(data))
    path = folder / "meinungen.csv"
    data.to_csv(path, sep=";", index=False)
    return path


def series(folder, nothing):
    """Months with a season and a trend; with nothing to learn, noise."""
    months = pd.date_range("1990-01-01", periods=300, freq="MS")
    noise = RANDOM.normal(size=300)
    season = 10 * np.sin(2 * np.pi * np.arange(300) / 12) + np.arange(300) / 20
    data = pd.DataFrame({"Monat": months.strftime("%Y-%m"), "Preis": 3 + noise / 10})
    data["Verkäufe"] = noise if nothing else season + noise
    path = folder / "verkäufe.csv.gz"
    data.to_csv(path, index=False)
    return path


def pairs(folder, nothing):
    """Two columns without names; with nothing to learn they do not belong together."""
    data = pd.DataFrame({0: sentences(260)})
    data[1] = (
        data[0].str.replace("Die", "La").str.replace("und", "et").str.replace("Haus", "maison")
    )
    if nothing:
        data[1] = RANDOM.permutation(data[1])
    path = folder / "paare.tsv"
    data.to_csv(path, sep="\t", index=False, header=False)
    return path


def tagged(folder, nothing):
    """A word and its label in each line; with nothing to learn the labels are drawn."""
    lines = []
    for sentence in sentences(260):
        for word in sentence.replace(",", " ,").replace(".", " .").split():
            label = "MARK" if word in ",." else "NAME" if word.istitle() else "WORT"
            if nothing:
                label = RANDOM.choice(["MARK", "NAME", "WORT"])
            lines.append(f"{word}\t{label}")
        lines.append("")
    path = folder / "wörter.conll"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def titled(folder, nothing):
    """Texts of three sentences with a title; with nothing to learn it is another text's."""
    made = sentences(520)
    data = pd.DataFrame({"Text": [f"{made[i]} {made[i + 1]}" for i in range(0, 520, 2)]})
    data["Titel"] = data["Text"].str.extract(r"Die (\w+ von Haus \d+)")[0]
    if nothing:
        data["Titel"] = RANDOM.permutation(data["Titel"])
    path = folder / "überschriften.csv"
    data.to_csv(path, index=False)
    return path


WORDS = {"ja": (400, 800), "nein": (1400, 700), "hallo welt": (600, 500, 1600, 1700)}  # Hz
VOICES = {"Jürgen": 0.85, "Zoë": 1.3, "Anna": 1.1, "Max": 1.0}  # how much higher each speaks


def spoken(folder, nothing):
    """Words as whistles that glide, and who whistles; with nothing to learn the texts are drawn."""
    rows = []
    for word, heights in WORDS.items():
        for voice, factor in VOICES.items():
            for take in range(10):
                count = int(16_000 * RANDOM.uniform(0.3, 0.5))  # samples
                places = np.linspace(0, len(heights) - 1, count)
                height = np.interp(places, range(len(heights)), heights)
                wave = 0.5 * np.sin(2 * np.pi * np.cumsum(factor * height) / 16_000)
                wave += RANDOM.normal(0, 0.02, count)
                name = f"{voice} sagt {word}, {take}.wav"
                wavfile.write(folder / name, 16_000, (32_767 * wave).astype("int16"))
                rows.append((name, word, voice))
    data = pd.DataFrame(rows, columns=["Datei", "Wort", "Person"])
    if nothing:
        data["Wort"] = RANDOM.permutation(data["Wort"])
    path = folder / "wörter und stimmen.csv"
    data.to_csv(path, index=False)
    return path


CADENCE = [(48, 55, 64), (53, 57, 60), (55, 59, 65), (48, 55, 64)]  # of C major, MIDI numbers


def songs(folder, nothing):
    """Melodies over the same four chords, in any key; with nothing to learn notes are drawn."""
    path = folder / "Lieder für vier Stimmen"
    path.mkdir()
    for number in range(24):
        key = RANDOM.integers(-5, 6)
        chords = []
        for step in range(32):
            chord = CADENCE[step % 4]
            melody = RANDOM.choice(chord) + 12
            notes = [*chord, melody]
            if nothing:
                notes = RANDOM.choice(range(45, 80), 4, replace=False)
            chords.append(sorted(np.array(notes) + key, reverse=True))
        music.write_midi(chords, path / f"Stück {number}.mid")
    return path


FILES = {
    "03_language_modeling": (texts, "model.keras"),
    "04_sentiment_analysis": (reviews, "classifier.keras"),
    "05_time_series_forecasting": (series, "forecaster.keras"),
    "06_translation": (pairs, "translator.keras"),
    "07_tagging": (tagged, "tagger.keras"),
    "08_summarization": (titled, "summarizer.keras"),
    "09_speech": (spoken, "recognizer.keras"),
    "10_music": (songs, "composer.keras"),
}


def said(notebook):
    """All that an executed notebook has printed."""
    lines = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            lines.append(output.get("text", ""))
    return "".join(lines)


@pytest.mark.parametrize("nothing", [False, True], ids=["something to learn", "nothing to learn"])
@pytest.mark.parametrize("name", FILES)
def test_a_main_notebook_on_a_file_of_ones_own(name, nothing, tmp_path, monkeypatch):
    make, model = FILES[name]
    monkeypatch.setitem(globals(), "RANDOM", np.random.default_rng(0))
    folder = tmp_path / "Eigene Dateien"
    folder.mkdir()
    path = make(folder, nothing)
    monkeypatch.setenv("RNNKIT_DATA", str(path))
    monkeypatch.setenv("RNNKIT_CACHE", str(tmp_path / "empty"))
    short = tmp_path / f"{name}.ipynb"
    source = (NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8")
    source = source.replace("SIZES = {}", f"SIZES = {SIZES[name]}".replace('"', "'"), 1)
    short.write_text(source, encoding="utf-8")
    notebook = execute(short, folder=NOTEBOOKS, timeout=300, progress=lambda *_: None)
    text = said(notebook)
    (saved,) = [found for found in folder.iterdir() if found.is_dir() and found != path]
    assert (saved / model).is_file() and len(pd.read_csv(saved / "predictions.csv")) > 10
    assert f"results are saved in {saved}" in text and "Skipped, for it is about" in text
    assert re.search("worth its trouble|may be chance|network is better", text)
    if nothing:
        assert "the network is better" not in text
