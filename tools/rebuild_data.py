"""Rebuild the files in data/ from their grammars, or check that they are what those would write.

    python tools/rebuild_data.py [--check]

Texts are compared to the character, word vectors to a tolerance, since the last digits of a sum
differ between processors. Takes about a minute.
"""

import argparse
import csv
import gzip
import io
import random
import sys
from pathlib import Path

import numpy as np

from rnnkit.synthetic import abstracts, glove, grammar

DATA = Path(__file__).resolve().parent.parent / "data"
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
    documents = [grammar.tokenize(row.text) for row in abstracts.sample(1001, 4000)]
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


FILES = {
    "abstracts.csv.gz": (abstracts_csv, same_text),
    "glove.synthetic.100d.txt": (glove_txt, same_vectors),
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
