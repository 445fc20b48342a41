"""The files in data/ are what their grammars write, and what their datasheet says."""

import hashlib
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from generators import abstracts

from rnnkit import corpora

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
sys.path.insert(0, str(ROOT / "tools"))

import rebuild_data  # noqa: E402


@pytest.mark.parametrize("name", rebuild_data.FILES)
def test_a_file_is_what_its_code_writes(name):
    build, same = rebuild_data.FILES[name]
    assert same((DATA / name).read_bytes(), build())


def test_a_changed_file_is_noticed():
    csv = (DATA / "abstracts.csv.gz").read_bytes()
    assert rebuild_data.same_text(csv, csv)
    assert not rebuild_data.same_text(csv, rebuild_data.gzip.compress(b"other"))
    vectors = (DATA / "glove.synthetic.100d.txt").read_bytes()
    first = vectors.split(b" ", 2)[1]
    assert not rebuild_data.same_vectors(vectors, vectors.replace(first, b"9.0000", 1))


def test_the_datasheet_names_every_file_with_its_checksum_and_size():
    sheet = (DATA / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"\| `([^`]+)` \| ([\d,]+) \| `(\w{64})` \|", sheet)
    files = {
        path.name: path.read_bytes()
        for path in DATA.iterdir()
        if path.is_file() and path.name != "README.md"
    }
    assert {name: (int(size.replace(",", "")), sha) for name, size, sha in rows} == {
        name: (len(content), hashlib.sha256(content).hexdigest()) for name, content in files.items()
    }
    assert sum(map(len, files.values())) < 12_000_000


def test_the_limit_of_the_abstracts_is_the_grammars():
    sheet = " ".join((DATA / "README.md").read_text(encoding="utf-8").split())
    nats, perplexity = re.search(
        r"mean is ([\d.]+) nats per token, a perplexity of ([\d.]+)\.", sheet
    ).groups()
    corpus = corpora.load("abstracts", "synthetic")
    data = corpus.data
    mean = -data["log_prob"].sum() / data["tokens"].sum()
    assert mean == pytest.approx(float(nats), abs=1e-4)
    assert np.exp(mean) == pytest.approx(float(perplexity), abs=1e-3)
    assert corpus.best_possible["perplexity"] == pytest.approx(float(perplexity), abs=1e-3)
    assert len(data) == 5000 and data["text"].nunique() >= 4000
    token_log_probs = corpora.token_log_probs(corpus, "synthetic")
    assert data["tokens"].tolist() == [len(values) for values in token_log_probs]
    for row in (0, 17, 4999):
        right = abstracts.log_probabilities(data["text"][row])
        assert token_log_probs[row] == pytest.approx(right, abs=6e-4)
        assert data["log_prob"][row] == pytest.approx(right.sum(), abs=1e-3)
