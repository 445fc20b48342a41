"""An environment with PyTorch for the CPU, for comparison alone: the workbook does not need it.

It lies in .cache/torch, takes 1 GB, and is made on the first call.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import check_backends  # noqa: E402
import make_env  # noqa: E402

VENV = ROOT / ".cache" / "torch"


def python():
    """The interpreter of the environment, made if it is not there; None if it cannot be made.

    Says in one sentence why there will be no column for PyTorch.
    """
    found, stamp, wanted = make_env.venv_python(VENV), VENV / "stamp", str(check_backends.WAYS)
    if stamp.is_file() and stamp.read_text() == wanted and found.exists():
        return str(found)
    try:
        make_env.create(VENV, None)  # with pip, which takes a package from a folder too
        check_backends.install("torch", str(found))
        numpy = [str(found), "-m", "pip", "install", "-q", "--disable-pip-version-check", "numpy"]
        subprocess.check_call(numpy)
    except (OSError, subprocess.CalledProcessError, SystemExit) as error:
        print(f"PyTorch is left out, because {VENV} could not be made: {error}", flush=True)
        return None
    stamp.write_text(wanted)  # last, so that an interrupted installation is taken up again
    return str(found)
