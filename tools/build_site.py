"""Build the workbook as a site in out/site that opens from a folder, without a network.

    python tools/build_site.py

Sphinx with MyST-NB and the theme Furo, from the notebooks as they are stored. The packages come
with the extra `site`, and are installed into the environment if they are missing.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import nbformat
from bs4 import BeautifulSoup
from execution import NOTEBOOKS, ROOT, find
from make_env import installer
from offline_html import FOLDED, external_sources

SOURCE, OUT = ROOT / "docs" / "site", ROOT / "out" / "site"
NEEDED = ("sphinx", "myst_nb", "furo")


def need_sphinx():
    """Install the extra `site` where it is missing; raise SystemExit if that fails."""
    if all(map(find_spec, NEEDED)):
        return
    print("Installing Sphinx, MyST-NB and Furo.", flush=True)
    pip = installer(sys.executable, shutil.which("uv"))
    if subprocess.call([*pip, "-q", "-c", "constraints.txt", "-e", ".[site]"], cwd=ROOT):
        raise SystemExit("The packages could not be installed: the lines above say why.")


def build(out):
    """Build the site into the folder `out`; raise SystemExit where Sphinx finds a fault."""
    with tempfile.TemporaryDirectory() as folder:
        pages = Path(folder) / "pages"
        shutil.copytree(SOURCE, pages)
        for path in find([], NOTEBOOKS):
            notebook = nbformat.read(path, as_version=4)
            describe_pictures(notebook)
            fold(notebook)
            page = pages / path.relative_to(NOTEBOOKS)
            page.parent.mkdir(exist_ok=True)
            nbformat.write(notebook, page)
        command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html"]
        made = Path(folder) / "html"
        if subprocess.call([*command, "-c", str(SOURCE), str(pages), str(made)]):
            raise SystemExit("The site was not built: the lines above say why.")
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(made, out, ignore=shutil.ignore_patterns(".doctrees", ".buildinfo"))


def describe_pictures(notebook):
    """Write the words stored with a cell's picture where MyST-NB looks for alternative text."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            words = output.get("metadata", {}).get("image/png", {}).get("alt")
            if words:
                cell.metadata.setdefault("mystnb", {})["image"] = {"alt": words}


def fold(notebook):
    """Fold the code of cells tagged `start` or `check`, as in JupyterLab."""
    for cell in notebook.cells:
        if set(FOLDED) & set(cell.metadata.get("tags", [])):
            cell.metadata.tags = [*cell.metadata.tags, "hide-input"]


def fetched(out):
    """Return what the pages in `out` would fetch from a network: 'page: address'."""
    found = []
    for page in sorted(out.rglob("*.html")):
        soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        for element in external_sources(soup):
            found.append(f"{page.name}: {element.get('src') or element.get('href')}")
    for style in out.rglob("*.css"):
        for address in re.findall(r"url\(['\"]?((?:https?:)?//[^)'\"]+)", style.read_text()):
            found.append(f"{style.name}: {address}")
    return found


def main():
    """Build the site and check it; return the exit status."""
    need_sphinx()
    build(OUT)
    found = fetched(OUT)
    for line in found:
        print(f"needs a network: {line}")
    print(f"Open {(OUT / 'index.html').relative_to(ROOT)} in a browser.")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
