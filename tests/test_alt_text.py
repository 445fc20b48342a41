"""Each picture of a notebook can be read: its words by ear, its lines on a light or dark page."""

import base64
import io

import execution
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from nbformat import v4

from rnnkit import visuals


@pytest.fixture
def figure():
    fig, (left, right) = plt.subplots(1, 2)
    yield fig, left, right
    plt.close(fig)


def test_words_come_from_titles_labels_and_legends(figure):
    fig, left, right = figure
    left.plot([1, 2], label="LSTM")
    left.plot([2, 1], label="GRU")
    left.set(xlabel="lag (steps)", ylabel="slope", title="untrained")
    right.set(ylabel="loss")
    assert visuals.describe(fig) == "Figure. untrained: slope against lag (steps): LSTM, GRU; loss."


def grounds(path):
    """Yield the colour of a corner of each picture stored in a notebook: float (4,), 0 to 1."""
    for cell in execution.read(path).cells:
        for output in cell.get("outputs", []):
            if png := output.get("data", {}).get("image/png"):
                pixels = plt.imread(io.BytesIO(base64.b64decode(png)))
                yield np.append(pixels[0, 0], 1.0)[:4]  # without transparency it is opaque


@pytest.mark.parametrize("path", execution.find([]), ids=execution.name_of)
def test_stored_pictures_bring_their_own_white_ground(path):
    """Black letters on a transparent ground would vanish in a dark theme."""
    colours = list(grounds(path))
    if path.stem.startswith("00_"):
        return
    assert colours
    np.testing.assert_array_equal(colours, np.ones((len(colours), 4)))


def test_a_figure_without_words_says_so(figure):
    assert visuals.describe(figure[0]) == "Figure. It has no labels."
    figure[0].suptitle("two")
    assert visuals.describe(figure[0]) == "Figure. two."


CELLS = (
    "import matplotlib.pyplot as plt\nfrom rnnkit import visuals\nvisuals.style()",
    "visuals.style()\nfig, ax = plt.subplots()\nax.set(xlabel='hour', ylabel='error');",
    "from IPython.display import display\nshown = display(fig, display_id=True)",
    "ax.set_title('later')\nshown.update(fig)",
)


def test_a_notebook_stores_the_words_with_each_picture(tmp_path, monkeypatch):
    monkeypatch.delenv("MPLBACKEND", raising=False)  # else the kernel would draw on no page
    path = tmp_path / "words.ipynb"
    nbformat.write(v4.new_notebook(cells=list(map(v4.new_code_cell, CELLS))), path)
    cells = execution.execute(path, progress=lambda *args: None).cells
    first, later = (cells[n].outputs[0].metadata for n in (1, 2))
    assert first == {"image/png": {"alt": "Figure. error against hour."}}
    assert later == {"image/png": {"alt": "Figure. later: error against hour."}}
    assert cells[1].outputs[0].data["image/png"]
