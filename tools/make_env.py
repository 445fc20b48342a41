"""Make the environment in .venv once, then run one of the workbook's commands in it.

    python tools/make_env.py [COMMAND] [arguments]

The commands are lab, test, run, outputs, stamp, classroom, site, data, bench, bench-real,
test-browser, test-backends and test-colab; the arguments go to the command. Without a command it
only makes the environment. It uses uv if uv is on the PATH, else pip. The file runs on any Python
from 3.6 on, so that an old one is refused in words, not by a traceback.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START = "--LabApp.default_url=/lab/tree/00_start_here.ipynb"  # where its address leads, too
SUPPORTED = ((3, 13), (3, 12), (3, 11))
COMMANDS = {
    "lab": [
        "-m",
        "jupyterlab",
        "--allow-root",
        START,
        "notebooks",
    ],  # root is the rule in containers
    "test": ["tools/check.py"],
    "run": ["tools/run_notebooks.py"],
    "outputs": ["tools/outputs.py"],
    "data": ["tools/rebuild_data.py"],
    "classroom": ["tools/classroom.py"],
    "site": ["tools/build_site.py"],
    "bench": ["benchmarks/bench.py"],
    "bench-real": ["benchmarks/bench.py", "--real"],
    "test-browser": ["tools/check_browser.py"],
    "test-backends": ["tools/check_backends.py"],
    "stamp": ["tools/stamp.py"],
    "test-colab": ["tools/check_colab.py"],
}
IDENTIFY = "import sys; print(*sys.version_info[:3], sep='.'); print(sys.executable)"


def dotted(version):
    """Return a version such as (3, 12, 1) as it is written: 3.12.1."""
    return ".".join(str(part) for part in version)


def identify(command):
    """Return (version, executable) of the Python that `command` (a list) starts, else None.

    None also stands for the stand-in that a version manager leaves on the PATH for a Python it
    does not have: it is found there, and fails when started.
    """
    try:
        answer = subprocess.check_output(command + ["-c", IDENTIFY], stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return None
    version, executable = answer.decode().splitlines()[:2]
    return tuple(int(part) for part in version.split(".")), executable


def candidates():
    """Yield (version, executable) of the Pythons here: this one first, then those on the PATH."""
    yield tuple(sys.version_info[:3]), sys.executable
    names = ["python3", *("python" + dotted(version) for version in SUPPORTED)]
    commands = [[name] for name in names if shutil.which(name)]
    if os.name == "nt":
        commands += [["py", "-" + dotted(version)] for version in SUPPORTED]
    for command in commands:
        found = identify(command)
        if found:
            yield found


def choose(found):
    """Return the first (version, executable) that is supported; raise SystemExit if none is."""
    found = list(found)
    for version, executable in found:
        if version[:2] in SUPPORTED:
            return version, executable
    offered = ", ".join(sorted({f"{dotted(version)} ({path})" for version, path in found}))
    raise SystemExit(
        f"rnnkit needs Python 3.11, 3.12 or 3.13, and this machine offers only {offered}: install "
        "one of the three from https://www.python.org/downloads/ and run the same command again."
    )


def fingerprint(root):
    """Return a digest of what the environment depends on, the project's own folder included."""
    digest = hashlib.sha256((str(root) + ", compiled").encode())
    for name in ("requirements.txt", "constraints.txt", "pyproject.toml"):
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


def venv_python(venv):
    """Return the path of the interpreter inside the environment `venv`."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def installer(python, uv):
    """Return the command that installs packages for the interpreter `python`, by uv or by pip."""
    if uv:
        return [uv, "pip", "install", "--python", python]
    return [python, "-m", "pip", "install", "--disable-pip-version-check"]


def create(venv, uv):
    """Create `venv`, or keep it where it works, and return how to call its installer."""
    python = str(venv_python(venv))
    existing = identify([python])
    if not (existing and existing[0][:2] in SUPPORTED):
        version, executable = choose(candidates())
        print(f"Making {venv} with Python {dotted(version)}.", flush=True)
        maker = [uv, "venv", "--python", executable] if uv else [executable, "-m", "venv"]
        subprocess.check_call([*maker, "--clear", str(venv)])
    if uv:
        return installer(python, uv)
    pip = [python, "-m", "pip"]
    if subprocess.call(pip + ["--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        subprocess.check_call([python, "-m", "ensurepip"])  # an environment made by uv has no pip
    return installer(python, uv)


def compile_all(python, venv):
    """Compile all that is installed in `venv`, once, in half a minute on two cores.

    uv leaves that to the first import, which keeps nothing where PYTHONDONTWRITEBYTECODE is set:
    then each process that imports TensorFlow compiles it anew, 15 seconds in place of 5.
    """
    subprocess.call([python, "-m", "compileall", "-qq", "-j", "0", str(venv)])


def make(root, uv):
    """Make or renew the environment of the project in `root`, and return its interpreter.

    Nothing is done where the stamp in .venv says that the three files have not changed since.
    """
    venv = root / ".venv"
    stamp = venv / "rnnkit-stamp"
    wanted = fingerprint(root)
    if stamp.is_file() and stamp.read_text() == wanted and venv_python(venv).exists():
        return venv_python(venv)
    try:
        install = create(venv, uv)
        print("Installing into .venv, once: about 0.8 GB if nothing is cached.", flush=True)
        subprocess.check_call([*install, "-c", "constraints.txt", "-e", ".[dev]"], cwd=str(root))
    except (OSError, subprocess.CalledProcessError) as error:
        why = error if isinstance(error, OSError) else "the lines above say why"
        raise SystemExit(
            f"The environment in {venv} could not be made ({why}): mend that and run the same "
            "command again, which goes on from there."
        ) from None
    compile_all(str(venv_python(venv)), venv)
    stamp.write_text(wanted)  # last, so that an interrupted installation is taken up again
    return venv_python(venv)


def main(arguments):
    """Make the environment and run the command in it; return the command's exit status."""
    if arguments and arguments[0] not in COMMANDS:
        raise SystemExit(
            f"make_env.py knows no command {arguments[0]!r}: use one of {', '.join(COMMANDS)}."
        )
    # uv does not read pip's variables, so whoever installs without an index is served by pip.
    uv = None if os.environ.get("PIP_NO_INDEX") else shutil.which("uv")
    python = str(make(ROOT, uv))
    if not arguments:
        return 0
    command = [python, *COMMANDS[arguments[0]], *arguments[1:]]
    os.chdir(str(ROOT))
    if os.name == "nt":
        return subprocess.call(command)
    os.execv(python, command)  # so that Ctrl-C reaches the command and nothing else


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
