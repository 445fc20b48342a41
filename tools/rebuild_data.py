"""Rebuild the files in data/ from their grammars, or check that they are what those would write.

    python tools/rebuild_data.py [--check]

Texts are compared to the character, word vectors to a tolerance, since the last digits of a sum
differ between processors. Takes about a minute.
"""

import argparse
import csv
import functools
import gzip
import io
import itertools
import json
import random
import sys
import zipfile
from pathlib import Path

import numpy as np
from scipy.io import wavfile

DATA = Path(__file__).resolve().parent.parent / "data"
sys.path.append(str(DATA))

from generators import (  # noqa: E402
    abstracts,
    chorales,
    glove,
    grammar,
    phrasebook,
    reviews,
    spoken,
    stories,
    tagged,
    titled,
    weather,
)

COLUMNS = ("patent_abstract", "patent_date", "patent_number", "patent_title", "log_prob", "tokens")
COUNT = 5000
TOLERANCE = 0.02  # of one number of a vector; neighbours differ by more than ten times that


@functools.cache
def _abstracts():
    """Draw the abstracts, and the log-probability of each of their tokens: -> rows, arrays."""
    rows = abstracts.sample(1, COUNT)
    return rows, [abstracts.log_probabilities(row.text) for row in rows]


def abstracts_csv():
    """Write the abstracts as the real file is written, and the limit: -> bytes, compressed."""
    dates = random.Random(2)
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for number, (row, log_probs) in enumerate(zip(*_abstracts(), strict=True), 1):
        day = f"{dates.randint(1990, 2019)}-{dates.randint(1, 12):02}-{dates.randint(1, 28):02}"
        limit = (f"{log_probs.sum():.4f}", len(log_probs))
        table.writerow((row.text, day, f"S{number:07}", row.title, *limit))
    return gzip.compress(text.getvalue().encode(), mtime=0)


def abstracts_token_log_prob_txt():
    """Write the log-probability of each token, one text a line: -> bytes, compressed."""
    lines = []
    for log_probs in _abstracts()[1]:
        lines.append(" ".join(f"{value:.3f}" for value in log_probs))
    return gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0)


def glove_txt():
    """Train word vectors on texts that stand in no other file: -> bytes in GloVe's text format."""
    return _vectors(abstracts.sample(1001, 4000))


def reviews_csv():
    """Write the synthetic film reviews and what is true of them: -> bytes, compressed."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("text", "label", "part", "truth", "construction"))
    for row in reviews.corpus():
        rows.writerow((row.text, row.label, row.part, row.truth, row.construction))
    return gzip.compress(text.getvalue().encode(), mtime=0)


def reviews_glove_txt():
    """Train word vectors on reviews that stand in no other file: -> bytes in GloVe's format."""
    known = {row.text for row in reviews.corpus()}
    rows = reviews.corpus(1004, {"unlabelled": 20_000})
    return _vectors([row for row in rows if row.text not in known], reviews.words)


PAIRS = {"train": 36_000, "validation": 1000, "test": 1000}
LONG = 500  # sentences that are longer than all of these


@functools.cache
def _pairs():
    """Draw all pairs at once, so that no sentence stands in two parts: -> dict of part -> rows."""
    rows = iter(phrasebook.sample(1, sum(PAIRS.values())))
    parts = {part: list(itertools.islice(rows, count)) for part, count in PAIRS.items()}
    return parts | {"long": phrasebook.sample(2, LONG, shortest=19, longest=30)}


def phrasebook_lines(part, what):
    """Write one side of a part of the phrasebook, or its alignment: -> bytes, compressed."""
    rows = _pairs()[part]
    lines = {
        "en": (row.english for row in rows),
        "fr": (row.french for row in rows),
        "align": (" ".join(",".join(map(str, link)) for link in row.links) for row in rows),
    }[what]
    return gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0)


def _vectors(rows, tokenize=grammar.tokenize):
    documents = [tokenize(row.text) for row in rows]
    words = glove.vocabulary(documents, min_count=5)
    vectors = glove.train(glove.cooccurrences(documents, words))
    lines = (
        f"{word} {' '.join(f'{x:.4f}' for x in row)}\n"
        for word, row in zip(words, vectors, strict=True)
    )
    return "".join(lines).encode()


def same_text(old, new):
    return gzip.decompress(old) == gzip.decompress(new)


def same_vectors(old, new):
    (old_words, old_vectors), (new_words, new_vectors) = map(_parse, (old, new))
    return old_words == new_words and np.abs(old_vectors - new_vectors).max() < TOLERANCE


def _parse(content):
    rows = [line.split(" ") for line in content.decode().splitlines()]
    return [row[0] for row in rows], np.array([row[1:] for row in rows], float)


def weather_csv():
    """Write ten years of the simulated station, and its best possible forecast: -> bytes."""
    measured, state = weather.simulate(1)
    best = [weather.forecast(state, lead) for lead in range(1, weather.HORIZON + 1)]
    medians, deviations = zip(*best, strict=True)
    hours = [weather.STEP * lead for lead in range(1, weather.HORIZON + 1)]
    names = [f"{what} +{hour} h" for what in ("median", "deviation") for hour in hours]
    rows = np.column_stack([measured, *medians, *deviations])
    decimals = (*weather.DECIMALS, *[2] * len(names))
    return _table((*weather.COLUMNS, *names), state.times, rows, decimals)


FAULTY_STEPS, FIRST_FAULT = 4 * 2922, 2 * 2922  # four years, two of them sound


def weather_faults_csv():
    """Write four years of another station, broken in the second half: -> bytes, compressed."""
    measured, state = weather.simulate(2, FAULTY_STEPS, start="2020-01-01")
    column = weather.COLUMNS.index("temperature (degC)")
    damaged, faults = weather.plant_faults(measured[:, column], first=FIRST_FAULT, seed=2)
    rows = np.column_stack([damaged, faults])
    return _table(("temperature (degC)", "fault"), state.times, rows, (2, 0))


def _table(names, times, rows, decimals):
    lines = [",".join(("time", *names))]
    for day, row in zip(times.astype("datetime64[s]").tolist(), rows, strict=True):
        numbers = (f"{x:.{d}f}" for x, d in zip(row, decimals, strict=True))
        lines.append(",".join([f"{day:%Y-%m-%d %H:%M:%S}", *numbers]))
    return gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0)


def stories_csv():
    """Write the stories about the key, short ones and long ones: -> bytes, compressed."""
    parts = {"short": stories.sample(1, 5600, 1, 6), "long": stories.sample(2, 600, 10, 16)}
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("text", "place", "lag", "part"))
    for part, found in parts.items():
        rows.writerows((*row, part) for row in found)
    return gzip.compress(text.getvalue().encode(), mtime=0)


def tagged_csv():
    """Write the tagged sentences, a word in each row, and the best guesses: -> bytes."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("sentence", "part", *tagged.Token._fields))
    number = 0
    for part, sentences in tagged.corpus().items():
        for tokens in sentences:
            number += 1
            rows.writerows((number, part, *token) for token in tokens)
    return gzip.compress(text.getvalue().encode(), mtime=0)


def titled_csv():
    """Write the abstracts with their titles: -> bytes, compressed."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(titled.Titled._fields)
    rows.writerows(titled.corpus())
    return gzip.compress(text.getvalue().encode(), mtime=0)


def spoken_zip():
    """Write the recordings as .wav files of 8 bits, and their table: -> bytes."""
    content = io.BytesIO()
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(spoken.Spoken._fields)
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for row, samples in spoken.corpus():
            rows.writerow(row)
            wave = io.BytesIO()
            wavfile.write(wave, spoken.RATE, (samples.astype(int) + 128).astype(np.uint8))
            archive.writestr(zipfile.ZipInfo(row.file), wave.getvalue(), zipfile.ZIP_DEFLATED, 9)
        archive.writestr(zipfile.ZipInfo("spoken.csv"), table.getvalue(), zipfile.ZIP_DEFLATED, 9)
    return content.getvalue()


def chorales_json():
    """Write the chorales as the file of Bach's is written, and the limit: -> bytes, compressed."""
    content = {}
    limit = {}
    for part, pieces in chorales.corpus().items():
        content[part] = [[sorted(chord) for chord in piece] for piece in pieces]
        if part != "train":
            limit[part] = [chorales.log_probabilities(piece) for piece in pieces]
    for part, rows in limit.items():
        limit[part] = [[round(value, 4) for value in row] for row in rows]
    content["log_prob"] = limit
    text = json.dumps(content, separators=(",", ":"))
    return gzip.compress(text.encode(), mtime=0)


def same_recordings(old, new):
    """Whether two archives have the same table, and waves that differ by rounding alone."""
    first, second = (zipfile.ZipFile(io.BytesIO(content)) for content in (old, new))
    if first.namelist() != second.namelist():
        return False
    for name in first.namelist():
        one, other = first.read(name), second.read(name)
        if name.endswith(".wav"):
            one, other = (np.frombuffer(wave, np.uint8).astype(int) for wave in (one, other))
            if len(one) != len(other) or np.abs(one - other).max() > 1:
                return False
        elif one != other:
            return False
    return True


FILES = {
    "abstracts.csv.gz": (abstracts_csv, same_text),
    "abstracts.token_log_prob.txt.gz": (abstracts_token_log_prob_txt, same_text),
    "glove.synthetic.100d.txt": (glove_txt, same_vectors),
    "reviews.csv.gz": (reviews_csv, same_text),
    "glove.reviews.100d.txt": (reviews_glove_txt, same_vectors),
    "chorales.json.gz": (chorales_json, same_text),
    "spoken.zip": (spoken_zip, same_recordings),
    "stories.csv.gz": (stories_csv, same_text),
    "tagged.csv.gz": (tagged_csv, same_text),
    "titled.csv.gz": (titled_csv, same_text),
    "weather.csv.gz": (weather_csv, same_text),
    "weather_faults.csv.gz": (weather_faults_csv, same_text),
    **{
        f"phrasebook.{part}.{what}.gz": (
            functools.partial(phrasebook_lines, part, what),
            same_text,
        )
        for part in (*PAIRS, "long")
        for what in ("en", "fr", "align")
        if what != "align" or part in ("validation", "test")
    },
}


def main(arguments=None):
    """Rebuild or check all files; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check, failed = parser.parse_args(arguments).check, False
    for name, (build, same) in FILES.items():
        path, content = DATA / name, build()
        good = path.is_file() and same(path.read_bytes(), content)
        if not check and not good:
            path.write_bytes(content)
        failed |= check and not good
        state = "as it was" if good else "differs from what its grammar writes" if check else "new"
        print(f"data/{name}: {state}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
