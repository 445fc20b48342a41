"""Downloads against a server on 127.0.0.1 that misbehaves on demand, and the readers."""

import contextlib
import gzip
import hashlib
import io
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from rnnkit import corpora
from rnnkit.corpora import DataError, File

BODY = np.random.default_rng(0).bytes(300_000)
REAL = Path(os.environ.get("RNNKIT_CACHE") or "~/.cache/rnnkit").expanduser()
PATENTS = "neural_network_patent_query.csv"


def real(name):
    reason = f"{name} is not in the cache {REAL}: set RNNKIT_CACHE to one that holds it"
    return pytest.mark.skipif(not (REAL / name).exists(), reason=reason)


# ---------------------------------------------------------------- the server


class Handler(BaseHTTPRequestHandler):
    timeout = 10

    def do_GET(self):
        server = self.server
        wanted = self.headers.get("Range")
        server.asked.append(wanted)
        body = server.files.get(self.path)
        if body is None:
            return self.send_error(404)
        start = int(re.match(r"bytes=(\d+)-$", wanted)[1]) if wanted and server.resumes else 0
        if start >= len(body):
            return self.send_error(416)
        self.send_response(206 if start else 200)
        if server.tells_length:
            self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        time.sleep(server.delay)
        stop = start + server.breaks.pop(0) if server.breaks else len(body)
        with contextlib.suppress(ConnectionError):
            self.wfile.write(body[start:stop])

    def log_message(self, *args):
        pass


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("RNNKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(corpora, "PAUSE", 0)
    return corpora.cache_folder()


@pytest.fixture
def server(cache):
    """Serve `files`; the n-th answer breaks off after `breaks[n]` bytes; `asked` lists ranges."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.files, server.breaks, server.asked = {"/x.bin": BODY}, [], []
        server.resumes, server.tells_length, server.delay = True, True, 0
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(10)


def register(monkeypatch, server, name="x.bin", body=BODY, **changes):
    """Put a file of the server into the registry, under the name it has there."""
    url = f"http://127.0.0.1:{server.server_port}/{name}"
    file = File(url, len(body), hashlib.sha256(body).hexdigest())._replace(**changes)
    monkeypatch.setitem(corpora.FILES, name, file)


@pytest.fixture
def ready(server, monkeypatch):
    register(monkeypatch, server)
    return server


def no_server(monkeypatch):
    """Register x.bin at a port where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    file = File(f"http://127.0.0.1:{port}/x.bin", len(BODY), hashlib.sha256(BODY).hexdigest())
    monkeypatch.setitem(corpora.FILES, "x.bin", file)


def left_in(folder):
    return sorted(p.name for p in folder.iterdir() if not p.name.endswith(".lock"))


def sentence(error):
    """The message, which must be one sentence: no line end, no full stop before a new start."""
    text = str(error.value)
    assert "\n" not in text and not re.search(r"\. [A-Z]", text)
    return text


# ---------------------------------------------------------------- the registry


def test_registry_agrees_with_the_design():
    sizes = {name: file.size for name, file in corpora.FILES.items()}
    assert sizes[PATENTS] == 3_353_277
    assert sizes["glove.6B.100d.txt"] == 862_182_613
    assert sizes["ETTh1.csv"] == 2_589_657
    assert sum(name.startswith("multi30k/") for name in sizes) == 9
    for name, file in corpora.FILES.items():
        assert file.url.startswith("https://")
        assert file.sha256 is None or re.fullmatch("[0-9a-f]{64}", file.sha256)
        kept = file.member or file.url.rpartition("/")[2]
        assert Path(name).name == kept


@pytest.mark.parametrize("name", [n for n, file in corpora.FILES.items() if not file.member])
def test_real_files_have_the_recorded_size_and_checksum(name):
    if not (REAL / name).exists():
        pytest.skip(f"{name} is not in the cache {REAL}")
    content = (REAL / name).read_bytes()
    file = corpora.FILES[name]
    assert (len(content), hashlib.sha256(content).hexdigest()) == (file.size, file.sha256)


# ---------------------------------------------------------------- downloads that end well


def test_fetch_downloads_once(ready, cache):
    path = corpora.fetch("x.bin")
    assert path == cache / "x.bin" and path.read_bytes() == BODY
    assert corpora.fetch("x.bin") == path
    assert ready.asked == [None]
    assert left_in(cache) == ["x.bin"]


def test_a_file_put_in_by_hand_needs_no_network(cache, monkeypatch):
    no_server(monkeypatch)
    (cache / "x.bin").write_bytes(BODY)
    assert corpora.fetch("x.bin").read_bytes() == BODY


def test_fetch_goes_on_after_each_break(ready):
    ready.breaks = [100_000, 50_000]
    assert corpora.fetch("x.bin").read_bytes() == BODY
    assert ready.asked == [None, "bytes=100000-", "bytes=150000-"]


def test_fetch_goes_on_where_an_earlier_call_stopped(ready, cache):
    (cache / "x.bin.part").write_bytes(BODY[:123])
    assert corpora.fetch("x.bin").read_bytes() == BODY
    assert ready.asked == ["bytes=123-"]


def test_a_complete_part_is_only_checked(ready, cache):
    (cache / "x.bin.part").write_bytes(BODY)
    assert corpora.fetch("x.bin").read_bytes() == BODY
    assert ready.asked == []


def test_fetch_starts_again_where_the_server_ignores_ranges(ready):
    ready.resumes, ready.breaks = False, [100_000]
    assert corpora.fetch("x.bin").read_bytes() == BODY
    assert ready.asked == [None, "bytes=100000-"]


def test_a_part_longer_than_the_file_is_dropped(ready, cache):
    (cache / "x.bin.part").write_bytes(BODY + b"more")
    assert corpora.fetch("x.bin").read_bytes() == BODY


def test_fetch_needs_no_content_length(ready):
    ready.tells_length, ready.breaks = False, [100_000]
    assert corpora.fetch("x.bin").read_bytes() == BODY
    assert ready.asked == [None, "bytes=100000-"]


def test_a_damaged_copy_is_replaced(ready, cache):
    (cache / "x.bin").write_bytes(BODY[:-1] + b"?")
    assert corpora.fetch("x.bin").read_bytes() == BODY


def test_the_cache_folder_is_made(ready, tmp_path, monkeypatch):
    monkeypatch.setenv("RNNKIT_CACHE", str(tmp_path / "not" / "yet"))
    assert corpora.fetch("x.bin") == tmp_path / "not" / "yet" / "x.bin"


def test_cache_folder_default_is_in_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("RNNKIT_CACHE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert corpora.cache_folder() == tmp_path.resolve() / ".cache" / "rnnkit"


def test_large_downloads_tell_their_size_before_and_keep_to_one_line(ready, monkeypatch, capsys):
    monkeypatch.setattr(corpora, "LARGE", 1000)
    ready.breaks = [100_000]
    corpora.fetch("x.bin")
    first, progress, end = capsys.readouterr().out.split("\n")
    assert "downloading into" in first and "0.0 of 0.3 MB" in first
    assert progress.split("\r")[-1] == "x.bin: 0.3 of 0.3 MB" and end == ""


def test_small_downloads_are_silent(ready, capsys):
    corpora.fetch("x.bin")
    assert capsys.readouterr() == ("", "")


def test_threads_that_fetch_at_once_download_once(ready):
    ready.delay = 0.2
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(corpora.fetch, ["x.bin"] * 8))
    assert {path.read_bytes() for path in paths} == {BODY}
    assert ready.asked == [None]


def test_processes_that_fetch_at_once_download_once(ready, cache):
    ready.delay = 1
    code = (
        "from rnnkit import corpora;"
        f"corpora.FILES['x.bin'] = corpora.File{tuple(corpora.FILES['x.bin'])!r};"
        "print(corpora.fetch('x.bin').stat().st_size)"
    )
    command = [sys.executable, "-c", code]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    answers = [process.communicate(timeout=60)[0] for process in both]
    assert answers == [f"{len(BODY)}\n"] * 2
    assert (cache / "x.bin").read_bytes() == BODY
    assert ready.asked == [None]


# ---------------------------------------------------------------- downloads that fail


def test_unknown_file():
    with pytest.raises(DataError) as error:
        corpora.fetch("y.bin")
    assert "no file 'y.bin' to fetch; there are neural_network" in sentence(error)


def test_refused_connection_names_address_place_and_cure(cache, monkeypatch):
    no_server(monkeypatch)
    with pytest.raises(DataError) as error:
        corpora.fetch("x.bin")
    text = sentence(error)
    assert text.startswith("no connection to http://127.0.0.1:") and "efused" in text
    assert f"copy the file by other means to {cache / 'x.bin'}, or stay with the source" in text
    assert left_in(cache) == []


def test_unknown_host(cache, monkeypatch):
    def unresolvable(*args, **kwargs):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unresolvable)
    monkeypatch.setitem(corpora.FILES, "x.bin", File("http://nowhere.invalid/x.bin", 3, None))
    with pytest.raises(DataError) as error:
        corpora.fetch("x.bin")
    assert "no connection to http://nowhere.invalid/x.bin ([Errno -2] Name or" in sentence(error)


def test_silent_server_is_no_connection(ready, monkeypatch):
    monkeypatch.setattr(corpora, "TIMEOUT", 0.1)
    monkeypatch.setattr(Handler, "do_GET", lambda self: time.sleep(0.5))
    with pytest.raises(DataError, match=r"no connection to .* \(timed out\): connect to a network"):
        corpora.fetch("x.bin")


def test_not_found(ready, cache):
    ready.files.clear()
    with pytest.raises(DataError) as error:
        corpora.fetch("x.bin")
    assert "/x.bin answers 404 (Not Found): run this again later, or copy" in sentence(error)
    assert left_in(cache) == []


def test_truncated_download_says_how_far_it_came_and_goes_on_later(ready, cache):
    ready.breaks = [50_000] * corpora.ATTEMPTS
    with pytest.raises(DataError) as error:
        corpora.fetch("x.bin")
    expected = "the download of x.bin broke off at 0.2 of 0.3 MB: run this again and it goes on"
    assert sentence(error).startswith(expected)
    assert left_in(cache) == ["x.bin.part"]
    assert corpora.fetch("x.bin").read_bytes() == BODY
    assert ready.asked[-1] == "bytes=200000-"
    assert left_in(cache) == ["x.bin"]


def test_wrong_checksum_leaves_nothing_behind(ready, cache):
    ready.files["/x.bin"] = BODY[::-1]
    with pytest.raises(DataError) as error:
        corpora.fetch("x.bin")
    expected = "the download of x.bin has a wrong checksum and was removed: run this again, or"
    assert sentence(error).startswith(expected)
    assert left_in(cache) == []
    ready.files["/x.bin"] = BODY
    assert corpora.fetch("x.bin").read_bytes() == BODY


def test_a_part_of_something_else_is_dropped_by_the_checksum(ready, cache):
    (cache / "x.bin.part").write_bytes(b"from another file")
    with pytest.raises(DataError, match="wrong checksum and was removed"):
        corpora.fetch("x.bin")
    assert corpora.fetch("x.bin").read_bytes() == BODY


def test_damaged_copy_without_a_network_is_removed_and_reported(cache, monkeypatch):
    no_server(monkeypatch)
    (cache / "x.bin").write_bytes(b"bad")
    with pytest.raises(DataError) as error:
        corpora.fetch("x.bin")
    expected = f"{cache / 'x.bin'} was damaged and has been removed, and no connection to http"
    assert sentence(error).startswith(expected)
    assert left_in(cache) == []


def test_login_page_instead_of_the_file(ready, cache):
    ready.files["/x.bin"] = b"<html>Please log in</html>"
    with pytest.raises(DataError) as error:
        corpora.fetch("x.bin")
    assert "offers 26 bytes where 300,000 are expected, which may be the login" in sentence(error)
    assert left_in(cache) == []


def test_endless_answer_is_cut(ready, cache):
    ready.tells_length, ready.files["/x.bin"] = False, BODY * 20
    with pytest.raises(DataError, match="wrong checksum and was removed"):
        corpora.fetch("x.bin")
    assert left_in(cache) == []


def test_part_beyond_the_end_of_what_the_server_has(ready, cache):
    (cache / "x.bin.part").write_bytes(BODY[:1000])
    ready.files["/x.bin"] = BODY[:500]
    with pytest.raises(DataError, match="answers 416"):
        corpora.fetch("x.bin")
    ready.files["/x.bin"] = BODY
    assert corpora.fetch("x.bin").read_bytes() == BODY


def test_cache_that_is_a_file(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        monkeypatch.setenv("RNNKIT_CACHE", str(place))
        with pytest.raises(DataError) as error:
            corpora.cache_folder()
        assert sentence(error).startswith(f"cannot use {place} (")
        assert sentence(error).endswith("or set RNNKIT_CACHE to such a folder")


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="/sys is Linux' own, and no one's")
@pytest.mark.parametrize("folder", ["/sys/rnnkit", "/sys/kernel"])
def test_read_only_cache(ready, monkeypatch, folder):
    monkeypatch.setenv("RNNKIT_CACHE", folder)
    with pytest.raises(DataError) as error:
        corpora.fetch("x.bin")
    assert sentence(error).startswith(f"cannot use {folder}")
    assert "set RNNKIT_CACHE to such a folder" in sentence(error)
    assert ready.asked == []


def test_a_good_file_in_a_read_only_cache_is_used(cache, monkeypatch):
    (cache / "x.bin").write_bytes(BODY)
    no_server(monkeypatch)
    monkeypatch.setattr(corpora, "_lock", lambda path: pytest.fail("wants to write"))
    assert corpora.fetch("x.bin") == cache / "x.bin"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux' own")
def test_full_disk_while_writing(ready, cache):
    (cache / "x.bin.part").symlink_to("/dev/full")
    with pytest.raises(DataError) as error:
        corpora.fetch("x.bin")
    expected = f"the disk is full, there is no room for {cache / 'x.bin'}: free some space, or set"
    assert sentence(error).startswith(expected)
    assert left_in(cache) == []
    assert corpora.fetch("x.bin").read_bytes() == BODY


def test_full_disk_is_seen_before_the_download(ready, cache, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(9, 9, 299_999))
    with pytest.raises(DataError, match="the disk is full, there is no room for"):
        corpora.fetch("x.bin")
    assert ready.asked == []
    (cache / "x.bin.part").write_bytes(BODY[:1])  # now there is room for the rest
    assert corpora.fetch("x.bin").read_bytes() == BODY


# ---------------------------------------------------------------- archives


def zipped(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_", "."), content)
    return out.getvalue()


@pytest.fixture
def packed(server, monkeypatch):
    """Register word.txt as a member of word.zip; return a function that swaps the archive."""

    def serve(body, **changes):
        server.files["/word.zip"] = body
        register(monkeypatch, server, "word.zip", body, member="word.txt", **changes)
        monkeypatch.setitem(corpora.FILES, "word.txt", corpora.FILES.pop("word.zip"))

    serve(zipped(word_txt="the 0.1 0.2\n" * 1000, other_txt="unwanted"))
    return serve


def test_of_an_archive_only_the_member_stays(packed, cache, server):
    assert corpora.fetch("word.txt").read_text() == "the 0.1 0.2\n" * 1000
    assert left_in(cache) == ["word.txt"]
    corpora.fetch("word.txt")
    assert len(server.asked) == 1


def test_a_member_put_in_by_hand_is_taken(packed, cache, server):
    (cache / "word.txt").write_text("mine 1 2\n")
    assert corpora.fetch("word.txt").read_text() == "mine 1 2\n"
    assert server.asked == []


def test_an_archive_put_in_by_hand_is_taken(packed, cache, server):
    (cache / "word.zip").write_bytes(server.files["/word.zip"])
    assert corpora.fetch("word.txt").read_text().startswith("the 0.1")
    assert server.asked == [] and left_in(cache) == ["word.txt"]


def test_a_wrong_archive_put_in_by_hand_is_replaced(packed, cache):
    (cache / "word.zip").write_bytes(b"half of it")
    assert corpora.fetch("word.txt").read_text().startswith("the 0.1")


def test_archive_without_the_member(packed, cache):
    packed(zipped(other_txt="x"))
    with pytest.raises(DataError) as error:
        corpora.fetch("word.txt")
    expected = f"{cache / 'word.zip'} holds no member word.txt and was removed: run this again"
    assert sentence(error).startswith(expected)
    assert left_in(cache) == []


@pytest.mark.parametrize("place", [0, 60, -30])  # its first header, its content, its contents list
def test_damaged_archive(packed, cache, place):
    body = bytearray(zipped(word_txt="the 0.1 0.2\n" * 1000))
    body[place : place + 8 if place >= 0 else None] = b"damaged!"
    packed(bytes(body), sha256=None)
    with pytest.raises(DataError) as error:
        corpora.fetch("word.txt")
    expected = f"{cache / 'word.zip'} is damaged in or before word.txt and was removed: run this"
    assert sentence(error).startswith(expected)
    assert left_in(cache) == []


def test_full_disk_while_unpacking(packed, cache, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(9, 9, 400))
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word.txt", "the 0.1 0.2\n" * 1000)
    packed(body.getvalue())
    with pytest.raises(DataError, match="the disk is full, there is no room for .*word.txt"):
        corpora.fetch("word.txt")
    assert left_in(cache) == ["word.zip"]  # checked and complete, so not fetched a second time


# ---------------------------------------------------------------- names, sources, folders


def test_unknown_corpus():
    with pytest.raises(DataError) as error:
        corpora.load("abstract", "synthetic")
    expected = (
        "there is no corpus 'abstract'; there are abstracts, reviews, phrasebook, weather, faults"
    )
    assert sentence(error) == expected


def test_unknown_source():
    with pytest.raises(DataError) as error:
        corpora.load("abstracts", "reel")
    expected = "the corpus 'abstracts' cannot come from 'reel'; choose synthetic or real"
    assert sentence(error) == expected


def test_unknown_source_of_embeddings():
    with pytest.raises(DataError, match="embeddings cannot come from ''; choose synthetic or real"):
        corpora.embeddings("")


def test_real_embeddings_come_from_the_cache(cache):
    (cache / "glove.6B.100d.txt").write_text("the 0.1\n")
    assert corpora.embeddings("real") == cache / "glove.6B.100d.txt"


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Pretend that the package lies in tmp_path/rnnkit."""
    (tmp_path / "rnnkit").mkdir()
    monkeypatch.setattr(corpora, "__file__", str(tmp_path / "rnnkit" / "corpora.py"))
    return tmp_path


def test_shipped_files_lie_beside_the_package_or_in_it(package):
    (package / "data").mkdir()
    (package / "data" / "a.csv.gz").touch()
    assert corpora.shipped("a.csv") == package / "data" / "a.csv.gz"
    (package / "rnnkit" / "data").mkdir()
    (package / "rnnkit" / "data" / "a.csv").touch()
    assert corpora.shipped("a.csv") == package / "rnnkit" / "data" / "a.csv"


def test_missing_shipped_file(package):
    (package / "data").mkdir()
    with pytest.raises(DataError) as error:
        corpora.load("abstracts", "synthetic")
    place = package / "data" / "abstracts.csv"
    assert sentence(error) == f"{place} is missing: install rnnkit again, or restore the file"


# ---------------------------------------------------------------- reading

HEAD = "patent_abstract,patent_date,patent_number,patent_title\n"


def write(path, text):
    with gzip.open(path, "wb") if path.suffix == ".gz" else path.open("wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())
    return path


def test_texts_in_file_order_with_quotes_and_spaces_put_right(tmp_path):
    rows = (
        'A   net,2001-01-01,1,"Net, a"\n'
        '"Two lines,\n one text.",2001-01-01,2,Lines\n'
        '""" A """"good"""" net. """,2001-01-01,3,Quoted twice\n'
        '"A ""good"" net",2001-01-01,4,Quoted once\n'
        '"""Good"" nets are ""good""",2001-01-01,5,Quotes at both ends\n'
        "A net,2001-01-01,6,Again\n"
    )
    expected = ["A net", "Two lines, one text.", 'A "good" net.', 'A "good" net']
    expected += ['"Good" nets are "good"', "A net"]
    for name in ("a.csv", "a.csv.gz"):
        path = write(tmp_path / name, HEAD + rows)
        assert corpora.read_texts(path, column="patent_abstract") == expected


def test_line_ends_and_byte_order_mark_of_windows(tmp_path):
    path = write(tmp_path / "a.csv", "\ufefftext,label\r\nÉtat du réseau,1\r\n".encode())
    assert corpora.read_texts(path, column="text") == ["État du réseau"]


@pytest.mark.parametrize("name", ["abstracts.csv", "abstracts.csv.gz"])
def test_synthetic_abstracts_are_read_like_the_real_ones(package, cache, monkeypatch, name):
    (package / "data").mkdir()
    path = write(package / "data" / name, HEAD + "A net that learns,2001-01-01,1,Net\n")
    assert corpora.load("abstracts", "synthetic") == ["A net that learns"]
    monkeypatch.setattr(corpora, "fetch", lambda name: path)
    assert corpora.load("abstracts", "real") == ["A net that learns"]


def test_missing_column(tmp_path):
    path = write(tmp_path / "a.csv", "text,label\nA net,1\n")
    with pytest.raises(DataError) as error:
        corpora.read_texts(path, column="patent_abstract")
    expected = f"{path} has no column 'patent_abstract' but text, label: add it, or name another"
    assert sentence(error) == expected


@pytest.mark.parametrize("empty", ["", "   ", '""', "word", "word.", "..."])
def test_text_without_two_words(tmp_path, empty):
    path = write(tmp_path / "a.csv", f"text,label\nA net,1\n{empty},1\nA net,1\n{empty},0\n")
    with pytest.raises(DataError) as error:
        corpora.read_texts(path, column="text")
    expected = f"{path} has fewer than two words under 'text' in row 2 (2 such rows): fill in"
    assert sentence(error).startswith(expected)


def test_row_that_ends_before_the_column(tmp_path):
    path = write(tmp_path / "a.csv", "label,text\n1,A net\n1\n")
    with pytest.raises(DataError, match=r"in row 2 \(1 such rows\)"):
        corpora.read_texts(path, column="text")


def test_no_rows(tmp_path):
    path = write(tmp_path / "a.csv", "text\n")
    with pytest.raises(DataError, match="fewer than two words under 'text' in it, as it has no"):
        corpora.read_texts(path, column="text")


def test_empty_file(tmp_path):
    path = write(tmp_path / "a.csv", "")
    with pytest.raises(DataError, match="has no column 'text' but nothing: add it"):
        corpora.read_texts(path, column="text")


def test_missing_file(tmp_path):
    with pytest.raises(DataError, match=r"a\.csv is missing: check its name and folder"):
        corpora.read_texts(tmp_path / "a.csv", column="text")


GOOD = gzip.compress(b"text\nA net\n" * 1000)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("latin.csv", "text\nÉtat net\n".encode("latin-1")),
        ("open quote.csv", b'text\nA net\n"A net that goes on'),
        ("no archive.csv.gz", b"text\nA net\n"),
        ("half.csv.gz", GOOD[: len(GOOD) // 2]),
        ("bits.csv.gz", GOOD[:20] + b"\xff\xff\xff\xff" + GOOD[24:]),
    ],
)
def test_damaged_file(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError) as error:
        corpora.read_texts(tmp_path / name, column="text")
    assert sentence(error).startswith(f"{tmp_path / name} cannot be read (")
    assert sentence(error).endswith("): replace it by a good copy")


def parallel(monkeypatch, folder, **lines):
    """Stand in for the files of Multi30k: language -> content."""
    for part in ("train", "val", "test_2016_flickr"):
        for language, text in lines.items():
            write(folder / f"{part}.{language}.gz", text)
    monkeypatch.setattr(corpora, "fetch", lambda name: folder / Path(name).name)


def test_pairs_of_any_two_languages(tmp_path, monkeypatch):
    parallel(
        monkeypatch, tmp_path, en="A dog.\nTwo\u2028dogs.", fr="Un chien. \n Deux\n", de="a\nb\n"
    )
    pairs = corpora.load("phrasebook", "real")
    assert list(pairs) == ["train", "validation", "test"]
    assert pairs["test"] == [("A dog.", "Un chien."), ("Two\u2028dogs.", "Deux")]
    assert corpora.load("phrasebook", "real", languages=("de", "en"))["train"][0] == ("a", "A dog.")


def test_unequal_line_counts(tmp_path, monkeypatch):
    parallel(monkeypatch, tmp_path, en="A dog.\nTwo dogs.\n", fr="Un chien.\n")
    with pytest.raises(DataError) as error:
        corpora.load("phrasebook", "real")
    expected = "train.en.gz has 2 lines and " + str(tmp_path / "train.fr.gz") + " 1, which cannot"
    assert expected in sentence(error)


def test_reviews_without_a_network(cache, monkeypatch):
    downloader = pytest.importorskip("tensorflow_datasets.core.download.downloader")
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # the discard port: nobody listens
    retries, start = downloader.MAX_RETRIES, time.monotonic()
    with pytest.raises(DataError) as error:
        corpora.load("reviews", "real")
    text = str(error.value)
    assert text.startswith(f"imdb_reviews cannot be had from {cache / 'tfds'} (")
    assert text.endswith("or copy a prepared folder imdb_reviews to that place")
    assert time.monotonic() - start < 60 and retries == downloader.MAX_RETRIES


# ---------------------------------------------------------------- real data


@real(PATENTS)
def test_real_abstracts():
    documents = corpora.load("abstracts", "real")
    assert len(documents) == 3522
    assert documents[0].startswith('A "Barometer" Neuron enhances stability in a Neural Network')
    assert not any(text[0] == text[-1] == '"' or '""' in text for text in documents)
    assert len(set(documents)) == 3181


@real("multi30k/train.en.gz")
def test_real_pairs():
    pairs = corpora.load("phrasebook", "real")
    assert {part: len(rows) for part, rows in pairs.items()} == {
        "train": 29_000,
        "validation": 1_014,
        "test": 1_000,
    }
    assert pairs["train"][0][1] == "Deux jeunes hommes blancs sont dehors près de buissons."
    assert all(first and second for rows in pairs.values() for first, second in rows)


@real("tfds/imdb_reviews/plain_text/1.0.0")
def test_real_reviews():
    pytest.importorskip("tensorflow_datasets")
    reviews = corpora.load("reviews", "real")
    assert list(reviews) == ["train", "test"]
    for texts, labels in reviews.values():
        assert len(texts) == 25_000 and isinstance(texts[0], str)
        assert labels.dtype == np.int8 and labels.mean() == 0.5
