"""Run benchmarks, show their tables, and set each number beside the one recorded last.

    python benchmarks/bench.py [--real] [--record] [--note TEXT] [name ...]

Without names the short set, or with --real the long one, which trains for hours on real data.
--record keeps the results in benchmarks/results/bench. benchmarks/README.md tells how to write one.
"""

import argparse
import importlib
import sys
import time

import pandas as pd
import records

from rnnkit import runtime

NAMES = records.names()
SHORT = ["speed", "scaling", "streaming"]
LONG = [*SHORT, "patents", "patent_splits", "reviews", "ett"]
BUSY = 0.3  # of the cores before the start: PyTorch's threads wait for each other and lose most


def made(name, sizes, note=""):
    """Run one benchmark -> its result."""
    began = time.perf_counter()
    tables = importlib.import_module(name).run(sizes)
    versions = tables.pop("versions", None)
    seconds = time.perf_counter() - began
    options = {"seconds": seconds, "note": note, "more_versions": versions}
    return records.result(name, sizes, tables, **options)


def show(result):
    """Print the tables of a result, and its numbers beside the recorded ones."""
    name, sizes = result["benchmark"], result["sizes"]
    print(f"\n{name}, {sizes}, {result['seconds']} s on {result['machine']}")
    for title, rows in result["tables"].items():
        table = pd.DataFrame(rows)
        print(f"\n{title}\n{table.to_string(index=False)}")
    recorded = records.last(name, sizes)
    if recorded:
        compared = records.beside_last(result["tables"], recorded)
        print(f"\nBeside the last record\n{compared.to_string()}")


def main(arguments=None):
    """Run what the command line names; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--real", action="store_true", help="real data and its sizes")
    parser.add_argument("--record", action="store_true", help="keep the results")
    parser.add_argument("--note", default="", help="a sentence to keep with the results")
    options = parser.parse_args(arguments)
    sizes = "real" if options.real else "synthetic"
    names = options.names or (LONG if options.real else SHORT)
    for name in names:
        if name not in NAMES:
            parser.error(f"no benchmark {name!r}: there are {', '.join(NAMES)}")
    busy = records.load()
    if busy is not None and busy > BUSY:
        print(f"Other work keeps {busy:.0%} of the cores busy: such times are not worth keeping.")
    runtime.start()  # TensorFlow's messages are held back in here
    for name in names:
        print(f"\n{name} ...", flush=True)
        result = made(name, sizes, options.note)
        show(result)
        if options.record:
            path = records.write(result)
            print(f"\nRecorded in {path.relative_to(records.ROOT)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
