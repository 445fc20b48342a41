"""Run the benchmarks, and set each figure beside the one recorded last.

    python benchmarks/bench.py [--real] [--record] [--note TEXT] [name ...]

Without --real the short set: the sizes of the notebooks with synthetic data, in under five minutes.
With --real the long one: the sizes with real data, and trainings on it, which take hours. Names:
speed, scaling, streaming, windows, glove_reading, downloads, and with --real patents,
patent_splits, reviews and ett. --record writes the entries over the last ones in
benchmarks/results/bench, from which tools/results.py makes its part of RESULTS.md.
"""

import argparse
import importlib
import sys

import records

SHORT = ("speed", "scaling", "streaming", "windows", "glove_reading", "downloads")
NAMES = (*SHORT, "patents", "patent_splits", "reviews", "ett")

BUSY = 0.3  # of the cores before the start: PyTorch's threads wait for each other and lose most


def show(made, recorded):
    """Print the figures of an entry beside the recorded ones."""
    print(f"\n{made['benchmark']}, {made['sizes']} sizes, {made['seconds']} s")
    head = ("figure", "now", "last", "now / last")
    print(*records.lines([head, *records.beside_last(made["figures"], recorded)]), sep="\n")


def main(arguments=None):
    """Run what the command line names; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(NAMES)}; or all")
    parser.add_argument("--real", action="store_true", help="the long set: sizes of real data")
    parser.add_argument("--record", action="store_true", help="keep the entries for RESULTS.md")
    parser.add_argument("--note", default="", help="a sentence to keep with the entries")
    parser.add_argument("--tiny", action="store_true", help=argparse.SUPPRESS)  # for tests
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"no benchmark {min(unknown)!r}: there are {', '.join(NAMES)}")
    if not options.real and (long := set(options.names) - set(SHORT)):
        parser.error(f"{min(long)} trains on real data: add --real")
    busy = records.load()
    if busy is not None and busy > BUSY:
        print(f"Other work keeps {busy:.0%} of the cores busy: such times are not worth keeping.")
    sizes = "tiny" if options.tiny else "real" if options.real else "synthetic"
    for name in options.names or (NAMES if options.real else SHORT):
        print(f"\n{name} ...", flush=True)
        recorded = records.last(name, sizes)
        made = importlib.import_module(name).run(sizes) | {"note": options.note}
        show(made, recorded)
        if options.record:
            records.write(made)
    print(f"\nMachine: {records.machine()}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
