"""What all tests share: a quiet, headless start, and no way to the network."""

import gc
import os
import socket

import hypothesis
import pytest

# The same examples in every run: a failure can be seen again, and a clone fails as its source does.
hypothesis.settings.register_profile("same", derandomize=True)
hypothesis.settings.load_profile("same")

os.environ.setdefault("MPLBACKEND", "Agg")  # no window, also on a desktop
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # as runtime.start has it

# Files of half a minute or more on one core.
LONG = (".ipynb", "test_benchmarks.py", "test_benchmarks_real.py", "test_data.py")
LONG += ("test_exercises.py", "test_own_notebooks.py", "test_resume.py", "test_which_network.py")

LOCAL = ("127.0.0.1", "::1", "localhost")


def pytest_collection_modifyitems(items):
    """Begin with the long files: one begun last would leave the other worker idle meanwhile."""
    items.sort(key=lambda item: not item.path.name.endswith(LONG))


def pytest_collection_finish():
    """What is imported by now stays: else each gc.collect() looks at all of TensorFlow, for 1 s."""
    gc.freeze()


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Let no test reach another machine: servers that a test needs run on this one."""
    connect = socket.socket.connect

    def local_only(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in LOCAL:
            raise OSError(f"a test tried to reach {address[0]}, and tests use no network")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", local_only)


@pytest.fixture
def records_elsewhere(tmp_path, monkeypatch):
    """Let results.py read and write in a folder of its own, where there are no records yet."""
    import results
    import run_notebooks

    folder = tmp_path / "records"
    folder.mkdir()
    for module in (run_notebooks, results):
        monkeypatch.setattr(module, "RESULTS", folder)
    monkeypatch.setattr(results, "NOTEBOOKS", tmp_path)
    for name in ("PAGE", "README"):
        monkeypatch.setattr(results, name, tmp_path / f"{name}.md")
    results.README.write_text("No table here.")
