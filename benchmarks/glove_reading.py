"""Time and memory of reading word vectors, beside the loop that keeps every line in a dictionary.

    python benchmarks/glove_reading.py [--lines 400000]

Writes a GloVe file of that many lines of 100 numbers into a temporary folder, reads it in a fresh
process per reader, and prints one JSON row for each: seconds of processor time and of wall time,
and the growth of the process's peak memory (MiB) beside the size of the resulting vectors.
"""

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from rnnkit import encoding

DIMENSION = 100
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
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.perf_counter(), time.process_time()
    if reader == READERS[2]:
        size = dictionary_loop(path)
    else:
        size = encoding.read_glove(path, words, dimension=DIMENSION).matrix.nbytes
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory  # KiB on Linux
    return {
        "benchmark": "glove_reading",
        "reader": reader,
        "lines": lines,
        "cpu_seconds": round(cpu, 2),
        "wall_seconds": round(wall, 2),
        "peak_mib": round(memory / 1024, 1),
        "vectors_mib": round(size / 2**20, 1),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "date": datetime.now(UTC).date().isoformat(),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=400_000)
    parser.add_argument("--reader", choices=READERS, help="used for the processes it starts")
    parser.add_argument("--path", type=Path)
    options = parser.parse_args()
    if options.reader:
        print(json.dumps(measure(options.reader, options.path, options.lines)))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "glove.made.100d.txt"
        write_file(path, options.lines)
        command = [sys.executable, __file__, "--lines", str(options.lines), "--path", str(path)]
        for reader in READERS:
            subprocess.run([*command, "--reader", reader], check=True)


if __name__ == "__main__":
    main()
