"""The project as a whole: imports, requirements, commands, README, the environment, the wheel."""

import ast
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import make_env
import nbformat
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from rnnkit import downloads

ROOT = Path(__file__).resolve().parent.parent


def text_of(path):
    """Return the text of a file of the project; `path` may be relative to its folder."""
    return (ROOT / path).read_text(encoding="utf-8")


PROJECT = tomllib.loads(text_of("pyproject.toml"))
README = text_of("README.md")
NOTEBOOKS = sorted((ROOT / "notebooks").rglob("[0-9]*.ipynb"))
MAIN = [path for path in NOTEBOOKS if path.parent.name == "notebooks" and path.stem[:2] != "00"]

# Data flows along this line, and a module may import only what stands left of it.
ORDER = (
    *("downloads", "readers", "splits", "series", "own", "conll", "titled"),
    *("spoken", "harmony", "music", "sizes", "corpora"),
    *("glove", "baselines", "word_baselines", "chord_baselines", "spans", "overlap"),
    *("positions", "cells"),
    *("decoding", "diagrams", "visuals"),
    *("runtime", "controls", "progress", "exercises"),
)
# The only packages that these may use, the standard library aside: they stay quick to import and
# easy to read, and what trains runs on every Keras backend.
ALLOWED = {
    "cells": {"numpy"},
    "progress": {"keras"},
    "baselines": {"numpy"},
    "decoding": {"numpy"},
}
LAZY = {"tensorflow", "tensorflow_datasets"}  # seconds to import, so never as a module loads
# Used only where the reader's own set-up has them: a notebook's front end, other Keras backends.
# joblib comes with scikit-learn, which cannot do without it.
GUESTS = {"IPython", "jax", "torch", "joblib"}
MODULE_OF = {"scikit-learn": "sklearn"}  # else a requirement is imported by its own name

COLAB = dict(
    line.split("==")
    for line in (ROOT / "tools" / "colab.txt").read_text().splitlines()
    if "==" in line
)


# ---------------------------------------------------------------- imports


def imported(source, *, nested=True):
    """Return the dotted names that Python `source` imports; without `nested`, as it loads only."""
    tree = ast.parse(source)
    names = set()
    for node in ast.walk(tree) if nested else tree.body:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "write imports in full: from rnnkit.glove import load"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def module_of(path):
    """Return the module along ORDER that a file of the package belongs to."""
    return path.relative_to(ROOT / "rnnkit").parts[0].removesuffix(".py")


FILES = [p for p in sorted((ROOT / "rnnkit").rglob("*.py")) if module_of(p) != "__init__"]


def our_imports(source):
    """Return which of our modules `source` imports."""
    names = (name.split(".") for name in imported(source))
    return {parts[1] for parts in names if parts[0] == "rnnkit" and len(parts) > 1}


def forward(name, source):
    """Return those of our modules that module `name` with this source may not import."""
    return {other for other in our_imports(source) if ORDER.index(other) > ORDER.index(name)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_imports_only_point_back(path):
    assert not forward(module_of(path), text_of(path))


def test_a_forward_import_is_found():
    assert forward("corpora", "from rnnkit import splits, cells") == {"cells"}
    assert forward("splits", "def f():\n    import rnnkit.decoding") == {"decoding"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_modules_use_only_the_packages_meant_for_them(path):
    used = {full.partition(".")[0] for full in imported(text_of(path))}
    used -= {"rnnkit", *sys.stdlib_module_names}
    assert used <= ALLOWED.get(module_of(path), used)
    on_load = {full.partition(".")[0] for full in imported(text_of(path), nested=False)}
    assert not on_load & LAZY


def test_importing_the_package_loads_no_framework():
    code = "import sys, rnnkit; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert "rnnkit" in loaded.stdout.split()
    assert not {"tensorflow", "keras", "numpy"} & set(loaded.stdout.split())


def classes_of_keras(source):
    """Return the classes that derive from Keras' own and are not registered for `.keras` files."""
    found = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            bases = [ast.unparse(base) for base in node.bases]
            marks = [ast.unparse(mark) for mark in node.decorator_list]
            is_registered = any("register_keras_serializable" in mark for mark in marks)
            if not is_registered and any(re.match("(keras|layers)[.]", base) for base in bases):
                found[node.name] = bases
    return found


def test_what_is_saved_loads_in_a_fresh_process():
    """A `.keras` file with a class of ours loads only where the class is registered, and imported.

    There is none: no model with a layer of our own is saved, and notebook 13 tells its reader how.
    """
    sources = [text_of(path) for path in FILES]
    for path in NOTEBOOKS:
        cells = nbformat.read(path, as_version=4).cells
        code = [cell.source for cell in cells if cell.cell_type == "code"]
        sources += [re.sub(r"(?m)^(\s*)[%!].*$", r"\1pass", source) for source in code]
    found = {}
    for source in sources:
        found |= classes_of_keras(source)
    # A callback is no part of a model, and the models of these are not saved.
    parts = {name for name, bases in found.items() if bases != ["keras.callbacks.Callback"]}
    assert parts == {"NothingKept", "Probe", "MinGRU", "Positions"}
    assert classes_of_keras("class Own(layers.Layer):\n    pass") == {"Own": ["layers.Layer"]}
    assert not classes_of_keras(
        "@keras.saving.register_keras_serializable()\nclass A(keras.Layer): 1"
    )


# ---------------------------------------------------------------- requirements


def requirements(lines):
    """Return {canonical name: Requirement} of the lines of a requirements file."""
    parsed = [Requirement(text) for line in lines if (text := line.partition("#")[0].strip())]
    return {canonicalize_name(requirement.name): requirement for requirement in parsed}


RUNTIME = requirements(text_of("requirements.txt").splitlines())
EXTRAS = PROJECT["project"]["optional-dependencies"]


def pins():
    """Return [(Requirement with one exact version)] of constraints.txt."""
    lines = text_of("constraints.txt").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def test_requirements_and_pyproject_agree():
    declared = requirements(PROJECT["project"]["dependencies"])
    assert {str(r) for r in declared.values()} == {str(r) for r in RUNTIME.values()}


@pytest.mark.parametrize("name", COLAB)
def test_colab_is_within_the_ranges(name):
    if name in RUNTIME:
        assert RUNTIME[name].specifier.contains(COLAB[name])


def test_colab_keeps_its_own_versions():
    assert {"tensorflow", "keras", "numpy", "tensorflow-datasets"} <= set(RUNTIME)
    # Colab's own versions of these differ from a local environment's, so they are not named.
    assert not {"h5py", "protobuf", "tensorflow-metadata", "ipykernel", "jupyterlab"} & set(RUNTIME)


def test_what_tensorflow_datasets_forgets_is_named():
    assert "importlib-resources" in RUNTIME


def test_every_import_is_declared():
    sources = [text_of(path) for path in FILES]
    for path in NOTEBOOKS:
        cells = nbformat.read(path, as_version=4).cells
        code = [cell.source for cell in cells if cell.cell_type == "code"]
        sources += [
            re.sub(r"(?m)^(\s*)[%!].*$", r"\1pass", source) for source in code
        ]  # magics are no code
    used = {name.partition(".")[0] for source in sources for name in imported(source)}
    modules_named = {MODULE_OF.get(name, name.replace("-", "_")) for name in RUNTIME}
    assert used - {"rnnkit", *GUESTS, *sys.stdlib_module_names} <= modules_named


def test_constraints_hold_one_exact_version_each():
    for pin in pins():
        assert re.fullmatch(r"==[^*,]+", str(pin.specifier)), pin
    assert not re.search(r"https?:|file:|[/\\@]", text_of("constraints.txt"))


def test_constraints_cover_all_requirements_within_their_ranges():
    wanted = [
        *RUNTIME.values(),
        *(Requirement(line) for lines in EXTRAS.values() for line in lines),
    ]
    for requirement in wanted:
        name = canonicalize_name(requirement.name)
        exact = [pin for pin in pins() if canonicalize_name(pin.name) == name]
        assert exact, f"{name} is missing: run make constraints"
        for pin in exact:
            version = next(iter(pin.specifier)).version
            assert requirement.specifier.contains(version), f"{pin}: run make constraints"


def test_one_set_of_python_versions():
    for minor in range(9, 16):
        inside = (
            f"3.{minor}.0" in Requirement("x" + PROJECT["project"]["requires-python"]).specifier
        )
        assert inside == ((3, minor) in make_env.SUPPORTED)
    matrix = re.search(r"python: (\[.*\])", text_of(".github/workflows/ci.yml"))[1]
    assert ast.literal_eval(matrix) == ["3.11", "3.12", "3.13"]
    assert len(make_env.SUPPORTED) == 3


# ---------------------------------------------------------------- README and Makefile


def targets():
    """Return the targets of the Makefile that `make help` lists."""
    return set(re.findall(r"^([\w-]+):.*## ", text_of("Makefile"), re.MULTILINE))


def test_readme_commands_exist():
    text = README + text_of("CONTRIBUTING.md")
    named = set(re.findall(r"\bmake ([a-z-]+)\b(?=[`\n]| [A-Z./])", text))
    assert {"lab", "test", "run"} <= named <= targets()
    assert set(make_env.COMMANDS) <= targets()
    for tool in re.findall(r"\btools[/\\](\w+\.py)", text):
        assert (ROOT / "tools" / tool).is_file(), tool


@pytest.mark.parametrize("command", ["lab", "test", "run"])
@pytest.mark.parametrize("way", ["python3 tools/make_env.py", "uv run", r"py tools\make_env.py"])
def test_readme_gives_one_line_without_make(command, way):
    assert re.search(rf"`{re.escape(way)}[^`]* ?{command}`", README.replace("|", "\n"))


def test_readme_lists_the_notebooks():
    named = re.findall(r"^\| (?:\d+ )?\[`(\w+)`\]\(notebooks/(\w+)\.ipynb\)", README, re.MULTILINE)
    assert all(text == link for text, link in named)
    assert [link for _, link in named] == [path.stem for path in MAIN]


@pytest.mark.parametrize(
    "name", ["README.md", "notebooks/00_start_here.ipynb", "docs/site/index.md"]
)
def test_every_way_in_lists_every_notebook(name):
    text = text_of(name)
    for path in NOTEBOOKS:
        known = path.relative_to(ROOT / "notebooks").with_suffix("").as_posix()
        assert known in text or path.stem == Path(name).stem, known


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_local_links_lead_somewhere(name):
    text = text_of(name)
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert (ROOT / target).exists(), target


def test_readme_says_where_real_data_goes():
    for name in downloads.FILES:
        assert f"`{name.partition('/')[0]}" in README, name


def test_make_without_a_target_lists_the_commands():
    printed = subprocess.run(["make", "-C", ROOT], capture_output=True, text=True).stdout
    assert all(f"make {target}" in printed for target in targets())


# ---------------------------------------------------------------- the environment


def test_the_environment_maker_is_written_for_old_pythons():
    source = text_of("tools/make_env.py")
    ast.parse(source, feature_version=(3, 6))
    # capture_output and text came with 3.7
    assert "capture_output" not in source and "text=True" not in source


@pytest.mark.parametrize("version", [(3, 6, 15), (3, 10, 13), (3, 14, 0), (4, 0, 0)])
def test_other_pythons_are_refused_in_one_sentence(version):
    with pytest.raises(SystemExit) as refusal:
        make_env.choose([(version, "/opt/python")])
    sentence = str(refusal.value)
    assert sentence.startswith("rnnkit needs Python 3.11, 3.12 or 3.13, and this machine offers")
    assert f"only {'.'.join(map(str, version))} (/opt/python): install one of the three" in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 12, 9), (3, 13, 1)])
def test_the_first_suitable_python_is_taken(version):
    found = [((3, 10, 1), "old"), (version, "good"), ((3, 11, 5), "later")]
    assert make_env.choose(found) == (version, "good")


@pytest.mark.skipif(os.name == "nt", reason="the stand-ins are shell scripts")
def test_pythons_are_looked_for_on_the_path(tmp_path, monkeypatch):
    for name, script in {
        "python3": "echo 3.9.1; echo /old",
        "python3.13": "exit 127",  # as a version manager's stand-in for one that it does not have
        "python3.11": "echo 3.11.7; echo /fine",
    }.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = list(make_env.candidates())
    assert found[0] == (sys.version_info[:3], sys.executable)
    assert found[1:] == [((3, 9, 1), "/old"), ((3, 11, 7), "/fine")]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Return a folder with the three files, where each command is recorded instead of run."""
    for name in ("requirements.txt", "constraints.txt", "pyproject.toml"):
        (tmp_path / name).write_text(name)
    calls = []

    def record(command, **options):
        calls.append([str(part) for part in command])
        if "venv" in command:
            python = make_env.venv_python(Path(command[-1]))
            python.parent.mkdir(parents=True)
            python.write_text("")

    monkeypatch.setattr(make_env.subprocess, "check_call", record)
    monkeypatch.setattr(make_env.subprocess, "call", lambda *args, **options: 0)
    monkeypatch.setattr(make_env, "candidates", lambda: [((3, 12, 1), "/python")])
    there = ((3, 12, 1), "in .venv")
    monkeypatch.setattr(make_env, "identify", lambda cmd: there if Path(cmd[0]).exists() else None)
    return tmp_path, calls


def test_the_environment_is_made_once(project):
    root, calls = project
    python = make_env.make(root, None)
    assert python == make_env.venv_python(root / ".venv")
    assert calls[0] == ["/python", "-m", "venv", "--clear", str(root / ".venv")]
    assert calls[1][:4] == [str(python), "-m", "pip", "install"]
    assert calls[1][-4:] == ["-c", "constraints.txt", "-e", ".[dev]"]
    make_env.make(root, None)
    assert len(calls) == 2


def test_what_is_installed_is_compiled_once(project, monkeypatch):
    root, calls = project
    monkeypatch.setattr(make_env.subprocess, "call", lambda command: calls.append(command))
    python = make_env.make(root, "/bin/uv")
    assert calls[2][:3] == [str(python), "-m", "compileall"] and calls[2][-1] == str(root / ".venv")
    make_env.make(root, "/bin/uv")
    assert len(calls) == 3


@pytest.mark.parametrize("name", ["requirements.txt", "constraints.txt", "pyproject.toml"])
def test_a_changed_file_renews_the_environment(project, name):
    root, calls = project
    make_env.make(root, None)
    (root / name).write_text("changed")
    make_env.make(root, None)
    assert [("venv" in call, ".[dev]" in call) for call in calls[2:]] == [(False, True)]


def test_uv_is_used_where_it_is(project):
    root, calls = project
    python = make_env.make(root, "/bin/uv")
    assert calls[0][:4] == ["/bin/uv", "venv", "--python", "/python"]
    assert calls[1][:5] == ["/bin/uv", "pip", "install", "--python", str(python)]


def test_a_failed_installation_is_taken_up_again(project, monkeypatch):
    root, _ = project

    def fail(command, **options):
        raise subprocess.CalledProcessError(1, command)

    with monkeypatch.context() as patch:
        patch.setattr(make_env.subprocess, "check_call", fail)
        with pytest.raises(SystemExit, match=r"could not be made \(the lines above say why\)"):
            make_env.make(root, None)
    assert not (root / ".venv/rnnkit-stamp").exists()
    make_env.make(root, None)
    assert (root / ".venv/rnnkit-stamp").exists()


def test_the_workbook_opens_on_its_start_page():
    assert (ROOT / "notebooks" / make_env.START.rpartition("/")[2]).is_file()
    assert make_env.START in make_env.COMMANDS["lab"]


def test_an_unknown_command_is_refused():
    with pytest.raises(SystemExit, match="no command 'lob': use one of lab, test, run"):
        make_env.main(["lob"])


# ---------------------------------------------------------------- the wheel


def test_the_wheel_holds_the_package_and_its_data(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, check=True, cwd=ROOT, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    code = {path.relative_to(ROOT).as_posix() for path in (ROOT / "rnnkit").rglob("*.py")}
    settings = {p.relative_to(ROOT).as_posix() for p in (ROOT / "rnnkit").rglob("*.toml")}
    files = [path for path in (ROOT / "data").iterdir() if path.is_file()]
    data = {"rnnkit/" + path.relative_to(ROOT).as_posix() for path in files}
    assert code | settings | data <= names
    assert not [name for name in names if name.startswith(("tests/", "tools/", "data/"))]
    assert not [name for name in names if "generators" in name]
