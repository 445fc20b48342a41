"""A slider redraws its picture, and leaves the picture where no slider can be."""

import sys

import execution
import IPython.display
import ipywidgets
import matplotlib.pyplot as plt
import nbformat
import outputs
import pytest
from nbformat import v4

from rnnkit import controls


class Screen:
    """Stands in for a notebook's `display`: it keeps the bundles, and each state of a picture."""

    def __init__(self):
        self.bundles, self.titles = [], []

    def display(self, shown, *, raw=False, display_id=False):
        if raw:
            self.bundles.append(shown)
            return None
        self.update(shown)
        return self if display_id else None

    def update(self, figure):
        self.titles.append(figure.axes[0].get_title())


@pytest.fixture
def screen(monkeypatch):
    screen = Screen()
    monkeypatch.setattr(IPython.display, "display", screen.display)
    return screen


@pytest.fixture
def made(monkeypatch):
    """Return the list of all sliders that ipywidgets makes in this test."""
    made, original = [], ipywidgets.SelectionSlider

    def recorded(**options):
        made.append(original(**options))
        return made[-1]

    monkeypatch.setattr(ipywidgets, "SelectionSlider", recorded)
    return made


def draw(value):
    fig, ax = plt.subplots()
    ax.set_title(f"at {value}")
    return fig


def test_moving_the_slider_redraws_the_same_picture(screen, made):
    controls.slider(draw, label="width", values=[0.5, 1.0, 2.0], start=1.0, spec=".1f")
    assert screen.titles == ["at 1.0"]
    made[0].value = 2.0
    made[0].index = 0
    assert screen.titles == ["at 1.0", "at 2.0", "at 0.5"]
    assert made[0].description == "width" and made[0].value == 0.5
    assert [text for text, _ in made[0].options] == ["0.5", "1.0", "2.0"]


def test_no_figure_stays_open_to_be_drawn_twice(screen, made):
    before = plt.get_fignums()
    controls.slider(draw, label="width", values=[1, 2], start=1)
    made[0].value = 2
    assert plt.get_fignums() == before


def test_the_slider_says_what_to_do_where_it_cannot_be_drawn(screen, made):
    assert controls.slider(draw, label="width", values=[1], start=1) is None
    (bundle,) = screen.bundles
    assert bundle["text/plain"] == "Run this cell to move the slider."
    assert bundle[controls.VIEW]["model_id"] == made[0].model_id


def test_without_widgets_there_is_a_picture_and_a_sentence(screen, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)  # so its import fails
    controls.slider(draw, label="gate", values=["as learnt", 0.0, 1.0], start="as learnt")
    assert screen.titles == ["at as learnt"]
    assert screen.bundles == [{"text/plain": "The slider needs the package ipywidgets."}]


def test_a_start_beside_the_values_is_refused(screen):
    with pytest.raises(ValueError) as refusal:
        controls.slider(draw, label="width", values=(1, 2), start=3)
    assert str(refusal.value) == "start is 3: give one of the values [1, 2]."
    assert not screen.titles and not plt.get_fignums()


# ---------------------------------------------------------------- in a notebook

CELL = """import matplotlib.pyplot as plt
from rnnkit import controls

def draw(value):
    fig, ax = plt.subplots()
    ax.plot([0, value])
    return fig

controls.slider(draw, label="slope", values=[1, 2], start=1)"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """Return a function: the code of cells -> these cells executed, and the metadata."""
    path = tmp_path_factory.mktemp("controls") / "slider.ipynb"

    def run(*cells):
        nbformat.write(v4.new_notebook(cells=list(map(v4.new_code_cell, cells))), path)
        notebook = execution.execute(path, progress=lambda *args: None)
        return notebook.cells, notebook.metadata

    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MPLBACKEND", raising=False)  # else the kernel would draw on no page
        yield run


@pytest.fixture(scope="module")
def still(executed):
    """The cell of a slider that nobody moved, and the metadata of its notebook."""
    (cell,), metadata = executed(CELL)
    return cell, metadata


def test_an_executed_notebook_holds_a_sentence_and_one_picture(still):
    cell, metadata = still
    sentence, picture = (output.data for output in cell.outputs)
    assert sentence == {"text/plain": "Run this cell to move the slider."}
    assert set(picture) == {"image/png", "text/plain"}
    assert "widgets" not in metadata


def test_a_moved_slider_changes_the_picture_where_it_stands(executed, still):
    move = "import ipywidgets\nfor widget in list(ipywidgets.Widget.widgets.values()):\n"
    move += "    if hasattr(widget, 'options'):\n        widget.value = 2"
    (moved, _), _ = executed(CELL, move)
    pictures = [cell.outputs[1].data["image/png"] for cell in (still[0], moved)]
    assert pictures[0] != pictures[1] and len(moved.outputs) == 2


def test_a_widget_that_was_stored_all_the_same_is_refused():
    shown = v4.new_output("display_data", data={execution.WIDGET: {}, "text/plain": "a slider"})
    cell = v4.new_code_cell("1", execution_count=1, outputs=[shown])
    assert outputs.problems(v4.new_notebook(cells=[cell])) == [
        "cell 1 holds a widget, which needs its kernel: run `make outputs`"
    ]
