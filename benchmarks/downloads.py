"""Time and memory of a download, beside Keras' get_file and the loop that reads it all at once.

    python benchmarks/bench.py [--real] [--record] downloads

A server on this machine offers a made file, so the network takes no part. Each way fetches it in a
fresh process, with its checksum: from nothing, and after a download that broke off halfway.
"""

import argparse
import functools
import hashlib
import http.server
import json
import os
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import numpy as np
import records

MEGABYTES = {"synthetic": 100, "real": 862, "tiny": 1}  # the archive of GloVe has 862
WAYS = ("corpora.fetch", "keras.utils.get_file", "read, check, write")
NAME = "made.bin"


class Handler(http.server.BaseHTTPRequestHandler):
    """Sends one file, or the rest of it from a place on."""

    def __init__(self, path, *arguments):
        self.path_of_file = path
        super().__init__(*arguments)

    def do_GET(self):
        start = int((self.headers.get("Range") or "bytes=0-")[len("bytes=") : -1])
        size = self.path_of_file.stat().st_size
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(size - start))
        self.end_headers()
        with self.path_of_file.open("rb") as file:
            file.seek(start)
            while block := file.read(1 << 20):
                self.wfile.write(block)

    def log_message(self, *_):
        pass


def write_file(path, megabytes):
    """Write random bytes -> their checksum."""
    rng, digest = np.random.default_rng(0), hashlib.sha256()
    with path.open("wb") as file:
        for _ in range(megabytes):
            block = rng.bytes(10**6)
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def fetch(url, size, digest, folder):
    """By rnnkit's own function, from a table of files that names this one."""
    from rnnkit import corpora

    os.environ["RNNKIT_CACHE"] = str(folder)
    corpora.FILES = {NAME: corpora.File(url, size, digest)}
    corpora.fetch(NAME)


def get_file(url, _, digest, folder):
    import keras

    options = {"file_hash": digest, "hash_algorithm": "sha256", "cache_subdir": ""}
    keras.utils.get_file(NAME, url, cache_dir=str(folder), **options)


def read_all(url, _, digest, folder):
    with urllib.request.urlopen(url) as response:
        body = response.read()
    if hashlib.sha256(body).hexdigest() != digest:
        raise ValueError("wrong checksum")
    (folder / NAME).write_bytes(body)


def measure(way, url, size, digest, folder):
    """Fetch in this process -> a row."""
    if way == WAYS[1]:
        from rnnkit import runtime

        runtime.start(seed=1)  # quietly; what is imported first is not part of a download
    elif way == WAYS[0]:
        from rnnkit import corpora  # noqa: F401
    call = dict(zip(WAYS, (fetch, get_file, read_all), strict=True))[way]
    memory = records.peak_mib()
    wall, cpu = time.perf_counter(), time.process_time()
    call(url, size, digest, folder)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    row = {"way": way, "MB": size / 1e6, "seconds": wall, "CPU seconds": cpu}
    return row | {"grown, MiB": records.peak_mib() - memory}


def both(way, source, url, digest):
    """Fetch from nothing, and with the first half there, each in a process of its own -> a row."""
    size, row = source.stat().st_size, None
    for half in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            if half:
                place = Path(folder) / (NAME + ".part" * (way == WAYS[0]))
                with source.open("rb") as file:
                    place.write_bytes(file.read(size // 2))
            options = {"way": way, "url": url, "size": size, "digest": digest, "folder": folder}
            arguments = [text for name, value in options.items() for text in (f"--{name}", value)]
            found = records.fresh(__file__, *arguments)
            if (Path(folder) / NAME).read_bytes() != source.read_bytes():
                raise RuntimeError(f"{way} brought another file")
        row = row | {"seconds, half there": found["seconds"]} if half else found
    return row


def measure_all(megabytes):
    """Serve a file and fetch it in every way -> their rows."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / NAME
        digest = write_file(source, megabytes)
        handler = functools.partial(Handler, source)
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            url = f"http://127.0.0.1:{server.server_address[1]}/{NAME}"
            rows = [both(way, source, url, digest) for way in WAYS]
            server.shutdown()
    return rows


def run(sizes):
    """Measure all ways -> the entry."""
    began = time.perf_counter()
    rows = measure_all(MEGABYTES[sizes])
    ours, figures = rows[0], {}
    for row in rows[1:]:
        for name in ("seconds", "seconds, half there"):
            figures[f"times as fast as {row['way']}, {name}"] = row[name] / ours[name]
        shares = [max(found["grown, MiB"], 1.0) for found in (ours, row)]
        figures[f"memory of that of {row['way']}"] = shares[0] / shares[1]
    seconds = time.perf_counter() - began
    tables = {"A download from this machine": rows}
    return records.entry("downloads", sizes, seconds=seconds, figures=figures, tables=tables)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, kind in {"way": str, "url": str, "size": int, "digest": str, "folder": Path}.items():
        parser.add_argument(f"--{name}", type=kind, required=True)
    print(json.dumps(measure(**vars(parser.parse_args()))))


if __name__ == "__main__":
    main()
