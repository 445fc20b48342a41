"""Time and memory of reading word vectors, beside the loop that keeps every line in a dictionary.

    python benchmarks/glove_reading.py [--lines 400000]
    python benchmarks/bench.py [--real] [--record] glove_reading

Writes a GloVe file of that many lines of 100 numbers into a temporary folder, reads it in a fresh
process per reader, and gives one row for each: seconds of processor time and of wall time, and
the growth of the process's peak memory (MiB) beside the size of the resulting vectors.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np
import records

from rnnkit import encoding

DIMENSION = 100
LINES = {"synthetic": 40_000, "real": 400_000, "tiny": 50}  # GloVe 6B has 400,000
READERS = ("read_glove, 10000 words", "read_glove, every word", "dictionary of every line")


def write_file(path, lines):
    """Write made vectors for word0, word1, ... with five decimals, as GloVe 6B has them."""
    rng = np.random.default_rng(0)
    block = rng.normal(0, 0.4, (1000, DIMENSION))
    texts = [" ".join(f"{number:.5f}" for number in vector) for vector in block]
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"word{line} {texts[line % 1000]}\n" for line in range(lines))


def dictionary_loop(path):
    """The usual loop: split each line and keep each vector."""
    vectors = {}
    with path.open(encoding="utf-8") as file:
        for line in file:
            word, *numbers = line.split()
            vectors[word] = np.asarray(numbers, dtype="float32")
    return sum(vector.nbytes for vector in vectors.values())


def measure(reader, path, lines):
    """Run one reader in this process and return its row."""
    count = min(lines, 10_000) if reader == READERS[0] else lines
    words = [f"word{line}" for line in np.random.default_rng(1).permutation(lines)[:count]]
    memory = records.peak_mib()
    wall, cpu = time.perf_counter(), time.process_time()
    if reader == READERS[2]:
        size = dictionary_loop(path)
    else:
        size = encoding.read_glove(path, words, dimension=DIMENSION).matrix.nbytes
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    memory = records.peak_mib() - memory
    row = {"reader": reader, "lines": lines, "CPU seconds": cpu, "seconds": wall}
    return row | {"grown, MiB": memory, "vectors, MiB": size / 2**20}


def measure_all(lines):
    """Write the file and run each reader in a process of its own -> their rows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "glove.made.100d.txt"
        write_file(path, lines)
        options = ["--lines", lines, "--path", path]
        return [records.fresh(__file__, *options, "--reader", reader) for reader in READERS]


def run(sizes):
    """Measure all readers -> the entry."""
    began = time.perf_counter()
    rows = measure_all(LINES[sizes])
    loop, figures = rows[-1], {}
    for row in rows[:-1]:
        name = row["reader"]
        figures[f"{name}: times as fast as the dictionary"] = loop["seconds"] / row["seconds"]
        shares = [max(found["grown, MiB"], 1.0) for found in (row, loop)]
        figures[f"{name}: memory of the dictionary's"] = shares[0] / shares[1]
    seconds = time.perf_counter() - began
    tables = {"Reading word vectors": rows}
    return records.entry("glove_reading", sizes, seconds=seconds, figures=figures, tables=tables)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=LINES["real"])
    parser.add_argument("--reader", choices=READERS, help="used for the processes it starts")
    parser.add_argument("--path", type=Path)
    options = parser.parse_args()
    if options.reader:
        print(json.dumps(measure(options.reader, options.path, options.lines)))
        return
    for row in measure_all(options.lines):
        print(json.dumps(row))


if __name__ == "__main__":
    main()
