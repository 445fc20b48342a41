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
import random
import sys
from pathlib import Path

import numpy as np

DATA = Path(__file__).resolve().parent.parent / "data"
sys.path.append(str(DATA))

from generators import abstracts, glove, grammar, phrasebook, reviews, weather  # noqa: E402

COLUMNS = ("patent_abstract", "patent_date", "patent_number", "patent_title")
COUNT = 6000
TOLERANCE = 0.02  # of one number of a vector; neighbours differ by more than ten times that


def abstracts_csv():
    """Write the synthetic abstracts as the real file is written: -> bytes, compressed."""
    dates = random.Random(2)
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    for number, row in enumerate(abstracts.sample(1, COUNT), 1):
        day = f"{dates.randint(1990, 2019)}-{dates.randint(1, 12):02}-{dates.randint(1, 28):02}"
        rows.writerow((row.text, day, f"S{number:07}", row.title))
    return gzip.compress(text.getvalue().encode(), mtime=0)


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


PAIRS = {"train": 24_000, "validation": 1000, "test": 1000}


@functools.cache
def _pairs():
    """Draw all pairs at once, so that no sentence stands in two parts: -> dict of part -> rows."""
    rows = iter(phrasebook.sample(1, sum(PAIRS.values())))
    return {part: list(itertools.islice(rows, count)) for part, count in PAIRS.items()}


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
    """Write three years of the simulated station, as the Jena file is written: -> bytes."""
    measured, state = weather.simulate(1)
    return _table(("Date Time", *weather.COLUMNS), state.times, measured, weather.DECIMALS)


def weather_faults_csv():
    """Write eight months of another station, broken in the last half: -> bytes, compressed."""
    measured, state = weather.simulate(2, 240 * 24, start="2024-03-01")
    damaged, faults = weather.plant_faults(measured[:, 1], first=150 * 24, seed=2)
    rows = np.stack([damaged, faults], axis=1)
    return _table(("Date Time", "T (degC)", "fault"), state.times, rows, (2, 0))


def _table(header, times, rows, decimals):
    lines = [",".join(header)]
    for day, row in zip(times.astype("datetime64[s]").tolist(), rows, strict=True):
        numbers = (f"{x:.{d}f}" for x, d in zip(row, decimals, strict=True))
        lines.append(",".join([f"{day:%d.%m.%Y %H:%M:%S}", *numbers]))
    return gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0)


FILES = {
    "abstracts.csv.gz": (abstracts_csv, same_text),
    "glove.synthetic.100d.txt": (glove_txt, same_vectors),
    "reviews.csv.gz": (reviews_csv, same_text),
    "glove.reviews.100d.txt": (reviews_glove_txt, same_vectors),
    "weather.csv.gz": (weather_csv, same_text),
    "weather_faults.csv.gz": (weather_faults_csv, same_text),
    **{
        f"phrasebook.{part}.{what}.gz": (
            functools.partial(phrasebook_lines, part, what),
            same_text,
        )
        for part in PAIRS
        for what in ("en", "fr", "align")
        if (part, what) != ("train", "align")
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
