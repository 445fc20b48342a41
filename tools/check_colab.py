"""Run every notebook on the versions that Colab ships, in an environment of its own.

    python tools/check_colab.py [notebook ...]

The versions stand in tools/colab.txt. The environment, .venv-colab, is made once, with Python 3.13
where there is one, else with the Python at hand. It takes 2 GB.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from execution import NOTEBOOKS, ROOT, find
from make_env import candidates, dotted, installer, venv_python

VENV, PINS = ROOT / ".venv-colab", ROOT / "tools" / "colab.txt"
NEEDED = ("pytest", "nbval", "nbclient")


def make():
    """Make the environment unless it was made from the same versions; return its Python."""
    python, stamp = venv_python(VENV), VENV / "stamp"
    if stamp.is_file() and stamp.read_text() == PINS.read_text():
        return python
    found = dict(reversed([(version[:2], path) for version, path in candidates()]))
    version = (3, 13) if (3, 13) in found else sys.version_info[:2]
    print(f"Making {VENV.name} with Python {dotted(version)}.", flush=True)
    uv = shutil.which("uv")
    base = found.get(version, sys.executable)
    maker = [uv, "venv", "-q", "--python", base] if uv else [base, "-m", "venv"]
    pip = installer(str(python), uv)
    subprocess.check_call([*maker, "--clear", str(VENV)])
    subprocess.check_call([*pip, "-q", "-c", str(PINS), *NEEDED, "-e", str(ROOT)])
    stamp.write_text(PINS.read_text())
    return python


def main(arguments):
    """Make the environment and run the notebooks in it; return pytest's exit status."""
    paths = [str(Path(path).resolve()) for path in find(arguments, NOTEBOOKS)]
    try:
        python = make()
    except (OSError, subprocess.CalledProcessError) as error:
        raise SystemExit(f"{VENV.name} could not be made: {error}") from None
    command = [str(python), "-m", "pytest", "--nbval-lax", "--nbval-current-env"]
    environment = {"RNNKIT_DATA": "synthetic", **os.environ}
    return subprocess.call(
        [*command, "--nbval-cell-timeout=300", *paths], cwd=ROOT, env=environment
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
