"""Open each notebook in a real JupyterLab in a real browser, run it, and answer an exercise.

    python tools/check_browser.py [notebook ...]

The notebooks are copied first, so those of the checkout stay as they are. JupyterLab listens on
127.0.0.1 with a token of its own. It needs Chromium, Chrome or Edge, and the package playwright,
which it installs into the environment if it is missing. Screenshots go to out/browser: the page
after the run, the first figure in the light and in the dark theme, and the solved exercise.
"""

import argparse
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from urllib.request import urlopen

from execution import ROOT, find, name_of
from make_env import installer
from stamp import EXERCISES, parse

OUT = ROOT / "out" / "browser"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
TIMEOUT = 600  # seconds for one notebook
# JupyterLab's own objects: the notebook's model tells more than the page, which draws what is seen.
CELLS = """() => {
  const panel = window.jupyterapp.shell.currentWidget;
  return panel.content.model.sharedModel.cells.map(cell => cell.toJSON());
}"""
RUN = "() => window.jupyterapp.commands.execute('notebook:run-all-cells')"
# Give the first exercise an answer, and run its cell and the check below it.
ANSWER = """async code => {
  const panel = window.jupyterapp.shell.currentWidget;
  const cells = panel.content.model.sharedModel.cells;
  const place = cells.findIndex(cell => cell.id.endsWith('-1-stub'));
  cells[place].setSource(code);
  for (const now of [place, place + 1]) {
    panel.content.activeCellIndex = now;
    await window.jupyterapp.commands.execute('notebook:run-cell');
  }
  return cells[place + 1].toJSON();
}"""


# Bring a cell to the middle of the window, in one of JupyterLab's two themes.
SHOW = """async ([place, theme]) => {
  const {commands, shell} = window.jupyterapp;
  await commands.execute('apputils:change-theme', {theme});
  const content = shell.currentWidget.content;
  await content.scrollToItem(place, 'start');
  content.activeCellIndex = place;
}"""
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


def need_browser():
    """Return the path of a browser; raise SystemExit if there is none, or no playwright."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        raise SystemExit(
            f"No browser was found ({', '.join(BROWSERS)}): install Chromium, for example with "
            "`apt install chromium`, and run the same command again."
        )
    if not find_spec("playwright"):
        pip = installer(sys.executable, shutil.which("uv"))
        if subprocess.call([*pip, "-q", "playwright"]):
            raise SystemExit("playwright could not be installed: the lines above say why.")
    return path


def free_port():
    """Return a port on 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_lab(folder, token, port):
    """Start JupyterLab in `folder` and wait until it answers; return its process."""
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        *("--ip=127.0.0.1", f"--port={port}", f"--IdentityProvider.token={token}"),
        "--LabApp.expose_app_in_browser=True",
    ]
    log = (folder / "lab.log").open("w")
    lab = subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
    for _ in range(120):
        time.sleep(0.5)
        try:
            urlopen(f"http://127.0.0.1:{port}/api?token={token}").close()
            return lab
        except OSError:
            if lab.poll() is not None:
                break
    lab.terminate()
    raise SystemExit(f"JupyterLab did not start:\n{(folder / 'lab.log').read_text()[-2000:]}")


def is_done(cells):
    """Whether every code cell has been executed."""
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    return all(cell["execution_count"] for cell in code)


def problems(cells, *, figures=True):
    """Return a sentence for each error and line on stderr, and if there is none of the figures."""
    outputs = [(i, o) for i, cell in enumerate(cells, 1) for o in cell.get("outputs", [])]
    found = [f"cell {i} ends in {o['ename']}" for i, o in outputs if o["output_type"] == "error"]
    found += [f"cell {i} writes to stderr" for i, o in outputs if o.get("name") == "stderr"]
    if figures and first_figure(cells) is None:
        found.append("there is no figure")
    return found


def first_figure(cells):
    """Return the place of the first cell that shows a figure, or None."""
    for place, cell in enumerate(cells):
        if any("image/png" in output.get("data", {}) for output in cell.get("outputs", [])):
            return place
    return None


def show_themes(page, name, place):
    """Take a picture of the cell at `place` in the dark and in the light theme."""
    for theme in ("dark", "light"):
        page.evaluate(SHOW, [place, THEMES[theme]])
        page.wait_for_timeout(2000)  # the style sheet is loaded after the command has ended
        page.screenshot(path=OUT / f"{name}_{theme}.png")


def text_of(cell):
    """Return what a check cell says."""
    outputs = [output.get("data", {}).get("text/plain", "") for output in cell["outputs"]]
    return "".join(part if isinstance(part, str) else "".join(part) for part in outputs)


def wait(page, seconds):
    """Return the cells once all are executed or one failed, or as they are after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        cells = page.evaluate(CELLS)
        failed = any(o["output_type"] == "error" for c in cells for o in c.get("outputs", []))
        if is_done(cells) or failed or time.monotonic() > end:
            return cells
        time.sleep(1)


def visit(page, address, name):
    """Run a notebook in the browser and answer its first exercise; return what is wrong."""
    page.goto(address)
    page.wait_for_function(
        "() => window.jupyterapp?.shell.currentWidget?.context?.sessionContext?.session?.kernel",
        timeout=120_000,
    )
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    page.evaluate(RUN)
    cells = wait(page, TIMEOUT)
    (OUT / name).parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=OUT / f"{name}.png")
    found = problems(cells, figures=not name.startswith("00_"))
    if not is_done(cells):
        found.append("it did not run to its end")
    if (place := first_figure(cells)) is not None:
        show_themes(page, name, place)
    if (source := EXERCISES / f"{name}.py").is_file():
        found += answer_first(page, source, cells)
        page.screenshot(path=OUT / f"{name}_exercise.png")
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    return found


def answer_first(page, source, cells):
    """Answer the first exercise of a file, wrong and then right; return what is wrong."""
    if not any(cell["id"].endswith("-1-stub") for cell in cells):
        return ["its exercises are missing: run tools/stamp.py"]
    found = []
    exercise = parse(source.read_text(encoding="utf-8"))[1][0]
    for answer, expected in (
        (exercise.wrong[0][1], exercise.wrong[0][0]),
        (exercise.solution, "is solved"),
    ):
        said = text_of(page.evaluate(ANSWER, answer))
        if expected not in said:
            found.append(f"exercise {exercise.number} says {said!r}, not {expected!r}")
    return found


def main(arguments=None):
    """Visit all notebooks, or those named; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", help="paths or names; all of them if none")
    paths = find(parser.parse_args(arguments).notebooks)
    browser_path = need_browser()
    from playwright.sync_api import sync_playwright

    OUT.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("RNNKIT_DATA", "synthetic")
    failed, port, token = 0, free_port(), secrets.token_hex(16)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        for path in paths:
            copy = Path(folder) / f"{name_of(path)}.ipynb"
            copy.parent.mkdir(exist_ok=True)
            shutil.copy(path, copy)
        lab = start_lab(Path(folder), token, port)
        try:
            flags = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
            browser = play.chromium.launch(executable_path=browser_path, args=flags)
            for path in paths:
                page = browser.new_page(viewport={"width": 1300, "height": 1000})
                began = time.monotonic()
                name = name_of(path)
                address = f"http://127.0.0.1:{port}/lab/tree/{name}.ipynb?reset&token={token}"
                found = visit(page, address, name)
                page.close()
                failed += bool(found)
                seconds = time.monotonic() - began
                print(f"{name}: {'; '.join(found) or 'good'} ({seconds:.0f} s)", flush=True)
            browser.close()
        finally:
            lab.terminate()
            lab.wait()
    print(f"Screenshots are in {OUT.relative_to(ROOT)}.")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
