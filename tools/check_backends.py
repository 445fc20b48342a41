"""Run rnnkit's models and layers on every Keras backend and compare their outputs.

    python tools/check_backends.py [arguments for pytest]

Installs JAX and PyTorch for the CPU into the environment where they are missing: about 1 GB.
"""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CPU = "https://download.pytorch.org/whl/cpu"  # else Linux gets PyTorch with CUDA, several GB
# What to try in turn for each package.
WAYS = {
    "jax": [["jax"]],
    "torch": [["torch==2.13.0", "--index-url", CPU], ["torch==2.13.0"]],
}


def install(name, python=sys.executable):
    """Install a package for the interpreter `python`; SystemExit if none of the ways works."""
    pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    if subprocess.call([python, "-c", "import pip"], stderr=subprocess.DEVNULL):
        subprocess.check_call([python, "-m", "ensurepip"])  # uv makes none
    for way in WAYS[name]:
        if subprocess.call([*pip, "--retries", "1", *way]) == 0:
            return
    raise SystemExit(f"{name} could not be installed: the lines above say why.")


def main(arguments):
    """Install what is missing and run the test; return its exit status."""
    for name in WAYS:
        if not find_spec(name):
            print(f"Installing {name} for the CPU.", flush=True)
            install(name)
    command = [sys.executable, "-m", "pytest", "tests/test_backends.py", "-rs", *arguments]
    return subprocess.call(command, cwd=ROOT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
