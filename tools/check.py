"""Run every check of the project: ruff, the stored outputs, the tests, the notebooks.

    python tools/check.py [arguments for pytest]

All steps run even if one fails, and the exit status is 0 only if all passed.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CELL_TIMEOUT = 300  # seconds: no notebook may take more than 90 altogether on two cores
# Two workers with one thread each: trainings this small gain little from a second thread.
WORKERS = 2
THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
STEPS = {
    "ruff check": ["-m", "ruff", "check", "."],
    "ruff format": ["-m", "ruff", "format", "--check", "."],
    "stored outputs": ["tools/outputs.py", "--check"],
    # Lax: stored outputs are not compared, because figures and timings differ between machines.
    # A notebook's claims are asserted in its own cells instead.
    "pytest": [
        *("-m", "pytest", "tests", "notebooks"),
        *("--nbval-lax", "--nbval-current-env", f"--nbval-cell-timeout={CELL_TIMEOUT}"),
        # A whole file to one worker, since the cells of a notebook need each other.
        *("-n", str(WORKERS), "--dist", "loadfile"),
        # In the order of tests/conftest.py, long files first, not by the number of tests in a file.
        "--no-loadscope-reorder",
    ],
}


def run(name, *, extra=()):
    """Run one step, with pytest's own last line as the last thing it prints; return its status."""
    print(f"== {name}", flush=True)
    environment = {"RNNKIT_DATA": "synthetic", **dict.fromkeys(THREADS, "1"), **os.environ}
    return subprocess.call([sys.executable, *STEPS[name], *extra], cwd=ROOT, env=environment)


def main(arguments):
    """Run all steps and name those that failed; return the exit status."""
    failed = [name for name in STEPS if run(name, extra=arguments if name == "pytest" else ())]
    if failed:
        print(f"Failed: {', '.join(failed)}.")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
