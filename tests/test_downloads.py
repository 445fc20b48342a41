"""Downloads against a server on 127.0.0.1 that misbehaves on demand."""

import contextlib
import errno
import gc
import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pooch
import pytest

from rnnkit import downloads
from rnnkit.downloads import DataError, File

BODY = np.random.default_rng(0).bytes(300_000)
REAL = Path(os.environ.get("RNNKIT_CACHE") or "~/.cache/rnnkit").expanduser()


class Handler(BaseHTTPRequestHandler):
    timeout = 10

    def do_GET(self):
        server = self.server
        server.asked.append(self.path)
        body = server.files.get(self.path)
        if body is None:
            return self.send_error(404)
        self.send_response(200)
        self.send_header("Content-Length", str(server.length or len(body)))
        self.end_headers()
        time.sleep(server.delay)
        with contextlib.suppress(ConnectionError):
            self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache in a folder with a space and an umlaut in its name."""
    monkeypatch.setenv("RNNKIT_CACHE", str(tmp_path / "Übung 1" / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    yield downloads.cache_folder()
    gc.collect()  # a connection that was left open warns here, not in some later test


@pytest.fixture
def server(cache, monkeypatch):
    """Serve `files`, among them x.bin, which is put into the registry; `asked` lists requests."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.files, server.asked = {"/x.bin": BODY}, []
        server.length, server.delay = None, 0
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        register(monkeypatch, server.server_port)
        yield server
        server.shutdown()
        thread.join(10)


def register(monkeypatch, port):
    url = f"http://127.0.0.1:{port}/x.bin"
    file = File(url, len(BODY), hashlib.sha256(BODY).hexdigest())
    monkeypatch.setitem(downloads.FILES, "x.bin", file)


@pytest.fixture
def no_server(cache, monkeypatch):
    """Register x.bin at a port where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    register(monkeypatch, port)


def left_in(folder):
    """Every file below a folder, besides the lock."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != ".lock"]
    return sorted(str(path.relative_to(folder)) for path in files)


def refused(name="x.bin"):
    """The message, which must be one sentence: no line end, no full stop before a new start."""
    with pytest.raises(DataError) as error:
        downloads.fetch(name)
    text = str(error.value)
    assert "\n" not in text and not re.search(r"\. [A-Z]", text)
    return text


# ---------------------------------------------------------------- the registry


def test_registry_agrees_with_the_design():
    sizes = {name: file.size for name, file in downloads.FILES.items()}
    assert sizes["neural_network_patent_query.csv"] == 3_353_277
    assert sizes["glove-wiki-gigaword-100.gz"] == 134_300_434
    assert sizes["ETTh1.csv"] == 2_589_657
    assert sum(name.startswith("multi30k/") for name in sizes) == 9
    for name, file in downloads.FILES.items():
        *_, repository, _, last = file.url.split("/")
        if "/archive/" in file.url:  # GitHub itself names the archive of a version so
            last = f"{repository}-{last.removeprefix('v')}"
        assert file.url.startswith("https://") and last == Path(name).name
        assert re.fullmatch("[0-9a-f]{64}", file.sha256)


@pytest.mark.parametrize("name", downloads.FILES)
def test_real_files_have_the_recorded_size_and_checksum(name):
    path = REAL / name
    if not path.exists():
        pytest.skip(f"{name} is not in the cache {REAL}: set RNNKIT_CACHE to one that holds it")
    file = downloads.FILES[name]
    assert path.stat().st_size == file.size
    assert downloads.is_good(path, file.sha256)


# ---------------------------------------------------------------- downloads that end well


def test_fetch_downloads_once(server, cache, capfd):
    path = downloads.fetch("x.bin")
    assert path == cache / "x.bin" and path.read_bytes() == BODY
    assert downloads.fetch("x.bin") == path
    assert server.asked == ["/x.bin"]
    assert left_in(cache) == ["x.bin"]
    assert capfd.readouterr().out == ""  # a small file comes silently


def test_a_name_with_a_folder(server, cache, monkeypatch):
    monkeypatch.setitem(downloads.FILES, "sub/y.bin", downloads.FILES["x.bin"])
    assert downloads.fetch("sub/y.bin").read_bytes() == BODY
    assert left_in(cache) == ["sub/y.bin"]


def test_a_file_put_in_by_hand_needs_no_network(no_server, cache):
    (cache / "x.bin").write_bytes(BODY)
    assert downloads.fetch("x.bin").read_bytes() == BODY


def test_a_damaged_copy_is_replaced(server, cache):
    (cache / "x.bin").write_bytes(BODY[:-1] + b"?")
    assert downloads.fetch("x.bin").read_bytes() == BODY


def test_what_a_killed_download_has_left_is_removed(server, cache):
    (cache / ".partial").mkdir()
    (cache / ".partial" / "tmpabc").write_bytes(BODY[:1000])
    downloads.fetch("x.bin")
    assert left_in(cache) == ["x.bin"]


def test_cache_folder_default_is_in_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("RNNKIT_CACHE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert downloads.cache_folder() == tmp_path.resolve() / ".cache" / "rnnkit"


def test_a_large_download_shows_its_progress(server, monkeypatch, capfd):
    monkeypatch.setattr(downloads, "LARGE", 1000)
    downloads.fetch("x.bin")
    shown = capfd.readouterr().err
    assert "x.bin" in shown and "300k/300k" in shown


def test_threads_that_fetch_at_once_download_once(server):
    server.delay = 0.2
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(downloads.fetch, ["x.bin"] * 8))
    assert {path.read_bytes() for path in paths} == {BODY}
    assert server.asked == ["/x.bin"]


def test_processes_that_fetch_at_once_download_once(server, cache):
    server.delay = 1
    code = (
        "from rnnkit import downloads;"
        f"downloads.FILES['x.bin'] = downloads.File{tuple(downloads.FILES['x.bin'])!r};"
        "print(downloads.fetch('x.bin').stat().st_size)"
    )
    command = [sys.executable, "-c", code]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    answers = [process.communicate(timeout=60)[0] for process in both]
    assert answers == [f"{len(BODY)}\n"] * 2
    assert server.asked == ["/x.bin"]


def test_a_download_that_is_killed_is_made_again(server, cache):
    server.delay = 60
    code = (
        "from rnnkit import downloads;"
        f"downloads.FILES['x.bin'] = downloads.File{tuple(downloads.FILES['x.bin'])!r};"
        "downloads.fetch('x.bin')"
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    deadline = time.monotonic() + 60
    while not server.asked and time.monotonic() < deadline:
        time.sleep(0.05)
    process.kill()
    process.wait(10)
    server.delay = 0
    assert downloads.fetch("x.bin").read_bytes() == BODY
    assert left_in(cache) == ["x.bin"]


# ---------------------------------------------------------------- downloads that fail


def test_unknown_file(cache):
    assert refused("y.bin").startswith("there is no file 'y.bin' to fetch: choose one of neural_")


def test_no_network_names_address_place_and_cure(no_server, cache):
    text = refused()
    assert text.startswith("no connection to http://127.0.0.1:")
    assert f"copy the file by other means to {cache / 'x.bin'}, or stay with the source" in text
    assert left_in(cache) == []


def test_unknown_host(cache, monkeypatch):
    def unresolvable(*args, **kwargs):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unresolvable)
    monkeypatch.setitem(downloads.FILES, "x.bin", File("http://nowhere.invalid/x.bin", 3, "0" * 64))
    assert refused().startswith("no connection to http://nowhere.invalid/x.bin")


def test_a_server_that_says_nothing(server, cache, monkeypatch):
    monkeypatch.setattr(downloads, "TIMEOUT", 0.1)
    monkeypatch.setattr(Handler, "do_GET", lambda self: time.sleep(0.5))
    assert "or it broke off (ReadTimeout): connect to a network and run this" in refused()
    assert left_in(cache) == []


def test_a_download_that_breaks_off(server, cache):
    server.files["/x.bin"], server.length = BODY[:1000], len(BODY)
    assert "or it broke off (ChunkedEncodingError): connect to a network" in refused()
    assert left_in(cache) == []


def test_not_found(server, cache):
    server.files.clear()
    text = refused()
    assert "/x.bin answers 404 (Not Found): run this again later, or copy the file" in text
    assert left_in(cache) == []


@pytest.mark.parametrize("body", [BODY[::-1], BODY[:-1], b"<html>Please log in</html>"])
def test_wrong_checksum_leaves_nothing_behind(server, cache, body):
    server.files["/x.bin"] = body
    assert "has a wrong checksum, perhaps because it is the login page of a network" in refused()
    assert left_in(cache) == []
    server.files["/x.bin"] = BODY
    assert downloads.fetch("x.bin").read_bytes() == BODY


def test_damaged_copy_without_a_network_is_removed_and_reported(no_server, cache):
    (cache / "x.bin").write_bytes(b"bad")
    expected = f"{cache / 'x.bin'} was damaged and has been removed, and no connection to http"
    assert refused().startswith(expected)
    assert left_in(cache) == []


def test_cache_that_is_a_file(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        monkeypatch.setenv("RNNKIT_CACHE", str(place))
        text = refused("ETTh1.csv")
        assert text.startswith(f"cannot use {place} (")
        assert text.endswith("or set RNNKIT_CACHE to such a folder")


def test_no_home_folder(monkeypatch):
    def homeless(self):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("RNNKIT_CACHE", raising=False)
    monkeypatch.setattr(Path, "expanduser", homeless)
    assert refused("ETTh1.csv").endswith("set RNNKIT_CACHE to a folder that you may write")


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="/sys is Linux' own, and no one's")
@pytest.mark.parametrize("folder", ["/sys/rnnkit", "/sys/kernel"])
def test_read_only_cache(server, monkeypatch, folder):
    monkeypatch.setenv("RNNKIT_CACHE", folder)
    text = refused()
    assert text.startswith(f"cannot use {folder}")
    assert "set RNNKIT_CACHE to such a folder" in text
    assert server.asked == []


def test_a_good_file_in_a_read_only_cache_is_used(no_server, cache, monkeypatch):
    (cache / "x.bin").write_bytes(BODY)
    monkeypatch.setattr(downloads, "locked", lambda path: pytest.fail("wants to write"))
    assert downloads.fetch("x.bin") == cache / "x.bin"


def test_full_disk_while_writing(server, cache, monkeypatch):
    def full(self, url, output_file, *args):
        Path(output_file).write_bytes(b"some")
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(pooch.HTTPDownloader, "__call__", full)
        expected = f"the disk is full, there is no room for {cache / 'x.bin'}: free some space, or"
        assert refused().startswith(expected)
    assert left_in(cache) == []
    assert downloads.fetch("x.bin").read_bytes() == BODY


def test_full_disk_is_seen_before_the_download(server, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(9, 9, 299_999))
    assert refused().startswith("the disk is full, there is no room for")
    assert server.asked == []


# ---------------------------------------------------------------- data sets of TFDS


class Builder:
    """A data set of TFDS that cannot be prepared."""

    def __init__(self, error):
        self.error = error

    def is_prepared(self):
        return False

    def download_and_prepare(self):
        raise self.error


@pytest.fixture
def tfds(monkeypatch):
    """Let TFDS offer one data set whose preparation ends in `error`."""

    def offer(error):
        library = SimpleNamespace(builder=lambda name, data_dir: Builder(error))
        stand_in = contextlib.nullcontext(library)
        monkeypatch.setattr(downloads, "_tensorflow_datasets", lambda: stand_in)

    return offer


def test_a_full_disk_while_a_data_set_is_prepared(cache, tfds):
    tfds(OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(DataError) as error:
        downloads.load_tfds("imdb_reviews", ["train"])
    place = cache / "tfds" / "imdb_reviews"
    assert str(error.value).startswith(f"the disk is full, there is no room for {place}: free some")


def test_what_a_killed_preparation_has_left_is_removed(cache, tfds):
    folder = cache / "tfds"
    for name in (
        "downloads/x/a.gz.tmp.12/a.gz",
        "x/plain/incomplete.3_1.0.0/part",
        "x/plain/1/part",
    ):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text("half")
    tfds(ConnectionError("no route\nand more"))
    with pytest.raises(DataError, match=r"x cannot be had from .* \(no route\): connect to a net"):
        downloads.load_tfds("x", ["train"])
    assert left_in(folder) == ["x/plain/1/part"]


# ---------------------------------------------------------------- shipped files


def test_shipped_files_lie_beside_the_package_or_in_it(tmp_path, monkeypatch):
    monkeypatch.setattr(downloads, "FOLDER", tmp_path / "rnnkit")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv.gz").touch()
    assert downloads.shipped("a.csv") == tmp_path / "data" / "a.csv.gz"
    (tmp_path / "rnnkit" / "data").mkdir(parents=True)
    (tmp_path / "rnnkit" / "data" / "a.csv").touch()
    assert downloads.shipped("a.csv") == tmp_path / "rnnkit" / "data" / "a.csv"
    with pytest.raises(DataError, match=r"^data/b.csv is missing: install rnnkit again, or"):
        downloads.shipped("b.csv")
