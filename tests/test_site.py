"""The site: it opens without a network, can be searched, and its glossary fits the notebooks."""

import re
from importlib.util import find_spec

import build_site
import nbformat
import pytest
from execution import NOTEBOOKS

GLOSSARY = (build_site.SOURCE / "glossary.md").read_text(encoding="utf-8")
ENTRIES = re.findall(r"^\[(.+)\]\(([\w/]+)\)\n: (.+)$", GLOSSARY, re.MULTILINE)


def prose(name):
    """The text of a notebook's cells, in lower case."""
    cells = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4).cells
    return "\n".join(cell.source for cell in cells).lower()


@pytest.mark.parametrize(("term", "name", "sentence"), ENTRIES, ids=[entry[0] for entry in ENTRIES])
def test_a_term_of_the_glossary_occurs_where_its_link_leads(term, name, sentence):
    text = prose(name)
    for word in re.split(r" and |, ", term.lower()):
        stem = word.removesuffix("ing").rstrip("ey")  # families, masking, tied
        assert re.search(rf"\b{re.escape(stem)}", text), word
    assert re.fullmatch(r"[^.]+\.", sentence), "one sentence a term"


def test_the_glossary_is_sorted_and_whole():
    terms = [term.lower() for term, _, _ in ENTRIES]
    assert len(ENTRIES) == GLOSSARY.count("\n: ") > 40
    assert terms == sorted(terms)


@pytest.mark.skipif(
    not all(map(find_spec, build_site.NEEDED)), reason="Sphinx is missing: `make site` brings it"
)
def test_the_site_needs_no_network_and_has_a_search(tmp_path):
    build_site.build(tmp_path / "site")
    assert build_site.fetched(tmp_path / "site") == []
    names = {path.stem for path in NOTEBOOKS.glob("*.ipynb")}
    pages = {path.stem: path.read_text(encoding="utf-8") for path in tmp_path.glob("site/*.html")}
    assert names | {"index", "glossary", "search"} <= set(pages)
    assert "perplex" in (tmp_path / "site" / "searchindex.js").read_text(encoding="utf-8")
    assert all(f"{name}.html" in pages["index"] for name in names)
    assert "<math" in pages["03_language_modeling"]
    assert 'alt="Figure. ' in pages["03_language_modeling"]
