"""The tools around the notebooks: execution, pages without a network, stored outputs, checks."""

import io
from types import SimpleNamespace

import check
import conftest
import execution
import nbformat
import offline_html
import outputs
import pytest
import results
import run_notebooks
from bs4 import BeautifulSoup
from nbformat import v4

SCORE = """scores = {"perplexity": 12.345}
display({"application/vnd.rnnkit.score+json": scores, "text/plain": str(scores)}, raw=True)"""


def notebook(*cells):
    """Return a notebook of these cells; a cell given as text becomes a code cell."""
    made = [v4.new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    return v4.new_notebook(cells=made)


def write(path, *cells):
    """Write a notebook of these cells to the file `path` and return the path."""
    path.parent.mkdir(exist_ok=True)
    nbformat.write(notebook(*cells), path)
    return path


def clean(*, source="1 + 1", count=1, **output):
    """Return an executed code cell, with one stream output if `output` is given."""
    shown = [v4.new_output("stream", **output)] if output else []
    return v4.new_code_cell(source, execution_count=count, outputs=shown)


# ---------------------------------------------------------------- running


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Return (results printed, exit status, folder of pages) of one good and one bad notebook."""
    folder = tmp_path_factory.mktemp("run")
    write(folder / "good.ipynb", v4.new_markdown_cell("# What?"), "print('hello')", SCORE)
    write(folder / "bad.ipynb", "x = 1", "raise ValueError('first\\nthe last line')", "y = 2")
    pages = folder / "out"
    pages.mkdir()
    for name in ["bad.html", "good.failed.html"]:
        (pages / name).write_text("the page of an earlier run")
    screen = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", screen)
        names = [str(folder / "good.ipynb"), str(folder / "bad.ipynb")]
        status = run_notebooks.main(["--out", str(pages), *names])
    return screen.getvalue(), status, pages


def test_a_run_prints_a_table_of_seconds_and_scores(ran):
    printed, status, _ = ran
    good, bad = [line.split(maxsplit=2) for line in printed.splitlines()[-4:-2]]
    assert good[0] == "good" and 0 < float(good[1]) < 300 and good[2] == "perplexity 12.35"
    assert bad[0] == "bad" and bad[2] == "FAILED in cell 2: ValueError: the last line"
    assert status == 1


def test_a_run_leaves_a_page_of_each_notebook_and_says_which_failed(ran):
    assert sorted(path.name for path in ran[2].iterdir()) == ["bad.failed.html", "good.html"]
    assert "hello" in (ran[2] / "good.html").read_text()
    failed = (ran[2] / "bad.failed.html").read_text()
    assert "the last line" in failed and "earlier run" not in failed


def test_a_page_is_not_left_half_written(tmp_path, monkeypatch):
    def full(*args):
        raise OSError("no space left on device")

    monkeypatch.setattr(execution.os, "replace", full)
    with pytest.raises(OSError, match="no space"):
        execution.write_whole(tmp_path / "page.html", "text")
    assert not list(tmp_path.iterdir())


def test_a_kernel_that_dies_is_named(tmp_path):
    path = write(tmp_path / "dead.ipynb", "import os", "os._exit(1)")
    with pytest.raises(execution.NotebookError, match="cell 2: DeadKernelError: Kernel died"):
        execution.execute(path)


def test_a_file_that_is_no_notebook_is_named(tmp_path):
    (tmp_path / "broken.ipynb").write_text("{")
    with pytest.raises(execution.NotebookError, match="broken.ipynb is not a notebook"):
        execution.read(tmp_path / "broken.ipynb")


def test_notebooks_are_found_by_path_or_by_name(tmp_path):
    first = write(tmp_path / "01_a.ipynb")
    second = write(tmp_path / "02_b.ipynb")
    assert execution.find([], tmp_path) == [first, second]
    assert execution.find(["02_b"], tmp_path) == [second]
    closer = write(tmp_path / "closer" / "01_a.ipynb")
    assert execution.find([], tmp_path) == [first, second, closer]
    assert execution.find(["closer/01_a"], tmp_path) == [closer]
    assert execution.name_of(closer, tmp_path) == "closer/01_a"
    assert execution.name_of(first, tmp_path / "elsewhere") == "01_a"
    assert execution.find([str(first)], tmp_path / "elsewhere") == [first]
    with pytest.raises(SystemExit, match="No notebook '03': there are 01_a, 02_b, closer/01_a."):
        execution.find(["03"], tmp_path)


def test_another_seed_takes_the_place_of_the_notebooks_own(tmp_path):
    parameters = v4.new_code_cell("SEED = 7\nSEEDS = 3", metadata={"tags": ["parameters"]})
    path = write(tmp_path / "seeded.ipynb", parameters, "print(SEED, SEEDS)")
    ran = execution.execute(path, seed=11)
    assert ran.cells[1].outputs[0].text == "11 3\n"
    assert "SEED = 7" in execution.read(path).cells[0].source
    with pytest.raises(execution.NotebookError, match="no line `SEED = ...` in a cell tagged"):
        execution.execute(write(tmp_path / "bare.ipynb", "SEED = 7"), seed=11)


class Terminal(io.StringIO):
    """A stream that takes itself for a terminal."""

    def isatty(self):
        """Return True."""
        return True


def test_progress_stays_on_one_line():
    screen = Terminal()
    for done in range(4):
        execution.show_progress("01_a", done, 3, screen)
    assert screen.getvalue().count("\n") == 1 and screen.getvalue().endswith("3/3 cells\n")
    assert screen.getvalue().count("\r01_a [") == 4
    log = io.StringIO()
    for done in range(4):
        execution.show_progress("01_a", done, 3, log)
    assert log.getvalue() == "01_a [" + "#" * 30 + "] 3/3 cells\n"


# ---------------------------------------------------------------- pages without a network


def page(*cells):
    """Return the parsed page of a notebook of these cells."""
    html = offline_html.offline_page(notebook(*cells), "title", ".")
    return BeautifulSoup(html, features="html.parser")


def test_a_page_fetches_nothing():
    markdown = (
        "[![Colab](https://colab.example/badge.svg)](https://colab.example/nb) $x$\n\n"
        '<img src="//pictures.example/a.png" alt="a picture"> <script src="http://x.example"></script>'
    )
    html = v4.new_output("display_data", data={"text/html": "<img src='https://x.example/b.png'>"})
    soup = page(v4.new_markdown_cell(markdown), v4.new_code_cell("1", outputs=[html]))
    assert not offline_html.external_sources(soup)
    assert not soup.find_all("script")
    assert not [style for style in soup.find_all("style") if "url(http" in style.text]
    assert not [style for style in soup.find_all("style") if "@import" in style.text]
    assert soup.find("a", href="https://colab.example/nb").text == "Colab"
    assert "a picture" in soup.text


def test_a_page_says_in_words_what_a_picture_shows():
    picture = v4.new_output("display_data", data={"image/png": "iVBORw0KGgo="})
    picture.metadata = {"image/png": {"alt": 'Figure. "loss" < 1.'}}
    bare = v4.new_output("display_data", data={"image/png": "iVBORw0KGgo="})
    first, second = page(v4.new_code_cell("1", outputs=[picture, bare])).find_all("img")
    assert first["alt"] == 'Figure. "loss" < 1.'
    assert second.get("alt", "") != first["alt"]


def test_a_page_with_widgets_fetches_nothing():
    made = notebook("1")
    made.metadata.widgets = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
    soup = BeautifulSoup(offline_html.offline_page(made, "title", "."), features="html.parser")
    assert not [script for script in soup.find_all("script") if "createElement" in script.text]


def test_the_code_of_checks_is_folded():
    check = v4.new_code_cell("assert True", metadata={"tags": ["check"]})
    soup = page(v4.new_code_cell("x = 1"), check)
    (folded,) = soup.select("details")
    assert "assert" in folded.text and folded.summary.text == "check" and "x = 1" not in folded.text


def test_the_solution_of_an_exercise_is_folded():
    """nbconvert closes <details> before the code that belongs into it."""
    solution = "<details><summary>Solution</summary>\n\n```python\nanswer = 42\n```\n\n</details>"
    soup = page(v4.new_markdown_cell(solution), v4.new_markdown_cell("further on"))
    (folded,) = soup.select("details")
    assert "answer = 42" in folded.text and "further on" not in folded.text


def test_external_sources_are_seen():
    html = '<script src="https://a"></script><link href="//b"><img src="data:x"><a href="http://c">'
    names = [tag.name for tag in offline_html.external_sources(BeautifulSoup(html, "html.parser"))]
    assert names == ["script", "link"]


def test_formulas_become_mathml():
    text = "Cost \\$5, `a $b$ c`, $h_t = \\tanh(x)$.\n\n$$\\frac{1}{N}$$\n"
    soup = page(v4.new_markdown_cell(text))
    inline, block = soup.find_all("math")
    assert inline["display"] == "inline" and inline.text == "ht=tanh(x)"
    assert block["display"] == "block" and [part.text for part in block.mfrac] == ["1", "N"]
    assert "Cost $5" in soup.text and soup.code.text == "a $b$ c"


@pytest.mark.parametrize("name", ["aligned", "align", "align*", "split", "gathered"])
def test_equations_are_aligned(name):
    latex = rf"\begin{{{name}}} a &= b \\ c &= d \end{{{name}}}"
    rows = BeautifulSoup(offline_html.mathml(latex, display="block"), "html.parser").find_all("mtr")
    assert [row.text for row in rows] == ["a=b", "c=d"]


def test_numbered_equations_are_drawn():
    html = offline_html.mathml(r"\begin{equation} a = b \end{equation}", display="block")
    assert BeautifulSoup(html, "html.parser").text == "a=b"


def test_links_to_notebooks_lead_to_pages():
    soup = page(v4.new_markdown_cell("[next](02_gates.ipynb#top) [web](https://x.org/a.ipynb)"))
    links = [link["href"] for link in soup.select(".jp-MarkdownCell a")]
    assert links == ["02_gates.html#top", "https://x.org/a.ipynb"]


# ---------------------------------------------------------------- stored outputs


def refusals(*cells):
    """Return the sentences that refuse a notebook of these cells, as one text."""
    return "\n".join(outputs.problems(notebook(*cells)))


def test_a_clean_notebook_is_accepted():
    text = "saved to data/abstracts.csv, ~/.cache/rnnkit and https://example.org/home/page\n"
    blank = v4.new_code_cell("  ")
    assert not refusals(clean(name="stdout", text=text), blank, clean(count=2))


def test_stderr_is_refused():
    assert refusals(clean(name="stderr", text="Warning: old\nmore")) == (
        "cell 1 writes to stderr ('Warning: old'): mend or silence the cause"
    )


@pytest.mark.parametrize(
    "path", ["/home/ann/kit", "/Users/ann", "C:\\Users\\ann", "/tmp/x1", str(outputs.ROOT)]
)
def test_a_path_of_the_machine_is_refused(path):
    assert "cell 1 holds the path" in refusals(clean(name="stdout", text=f"saved to {path}\n"))
    assert "cell 1 holds the path" in refusals(clean(source=f"open({path!r})"))
    assert "cell 1 holds the path" in refusals(v4.new_markdown_cell(f"see `{path}`"))


def test_pictures_are_not_searched_for_paths():
    picture = v4.new_output("display_data", data={"image/png": "iVBOR /home/ann"})
    assert not refusals(v4.new_code_cell("1", execution_count=1, outputs=[picture]))


def test_a_large_notebook_is_refused():
    big = clean(name="stdout", text="line\n" * 250_000)
    assert "bytes, over 1,000,000: draw or print less" in refusals(big)


@pytest.mark.parametrize("counts", [(2,), (1, 3), (2, 1), (1, None)])
def test_execution_counts_must_be_consecutive(counts):
    cells = [clean(count=count) for count in counts]
    assert f"the execution counts are {list(counts)}, not 1, 2, 3" in refusals(*cells)


def test_a_warning_of_a_library_is_refused():
    text = "step 1\nWARNING:tensorflow:5 out of the last 6 calls triggered tf.function retracing.\n"
    assert "shows a library's warning ('WARNING:tensorflow:5" in refusals(
        clean(name="stdout", text=text)
    )
    assert not refusals(clean(name="stdout", text="a WARNING: sign\n"))


def test_an_error_is_refused_unless_it_is_meant():
    error = v4.new_output("error", ename="ValueError", evalue="no", traceback=["ValueError: no"])
    cell = v4.new_code_cell("f()", execution_count=1, outputs=[error])
    assert refusals(cell).startswith("cell 1 ends in an error (ValueError)")
    cell.metadata.tags = ["raises-exception"]
    assert not refusals(cell)


def test_outputs_are_stored_where_nothing_is_wrong(tmp_path):
    pause = "import time\nfor i in range(3):\n    print(i, flush=True)\n    time.sleep(0.3)"
    path = write(tmp_path / "good.ipynb", pause)
    assert outputs.main([str(path)]) == 0
    cell = nbformat.read(path, as_version=4).cells[0]
    assert cell.execution_count == 1 and [out.text for out in cell.outputs] == ["0\n1\n2\n"]
    assert "execution" not in cell.metadata
    assert outputs.main(["--check", str(path)]) == 0


def test_what_is_stored_is_recorded(records_elsewhere, tmp_path, capsys):
    shown = f"display({{{run_notebooks.SCORES!r}: {{'accuracy': 0.75}}}}, raw=True)"
    good = write(tmp_path / "good.ipynb", shown)
    bad = write(tmp_path / "bad.ipynb", shown, "1 / 0")
    assert outputs.main([str(good), str(bad)]) == 1
    (entry,) = results.entries()
    assert entry["notebook"] == "good" and entry["scores"] == {"accuracy": 0.75}
    assert "tools/outputs.py good" in entry["command"] and not entry["changed"]
    assert "good, synthetic, accuracy: - -> 0.75" in capsys.readouterr().out
    assert "| accuracy | 0.75 |" in results.PAGE.read_text()


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("1 / 0", "cell 1: ZeroDivisionError: division by zero."),
        ("import sys; print('oh', file=sys.stderr)", "cell 1 writes to stderr ('oh')"),
    ],
)
def test_nothing_is_stored_where_something_is_wrong(tmp_path, capsys, source, reason):
    path = write(tmp_path / "bad.ipynb", source)
    before = path.read_bytes()
    assert outputs.main([str(path)]) == 1
    assert reason in capsys.readouterr().out
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_check_refuses_without_running(tmp_path, capsys):
    path = write(tmp_path / "never_run.ipynb", "raise SystemExit")
    assert outputs.main(["--check", str(path)]) == 1
    assert "execution counts are [None]" in capsys.readouterr().out


# ---------------------------------------------------------------- all checks


def test_one_failing_step_fails_all_and_stops_none(monkeypatch, capsys):
    begun = []

    def call(command, **options):
        begun.append(options["env"]["RNNKIT_DATA"])
        return int("ruff" in command and "check" in command)

    monkeypatch.delenv("RNNKIT_DATA", raising=False)
    monkeypatch.setattr(check.subprocess, "call", call)
    assert check.main([]) == 1
    assert begun == ["synthetic"] * len(check.STEPS)
    assert capsys.readouterr().out.endswith("Failed: ruff check.\n")


def test_long_files_begin_first():
    folders = check.ROOT / "tests", check.ROOT / "notebooks"
    paths = [path for folder in folders for path in sorted(folder.rglob("[t0-9]*.*"))]
    items = [SimpleNamespace(path=path) for path in paths if path.suffix in (".py", ".ipynb")]
    conftest.pytest_collection_modifyitems(items)
    names = [item.path.name for item in items]
    assert names[0] == "test_benchmarks.py" and names[-1] == "test_word_baselines.py"
    places = [names.index(name) for name in conftest.LONG[1:]]
    notebooks = [place for place, name in enumerate(names) if name.endswith(".ipynb")]
    assert sorted(places + notebooks) == list(range(len(places + notebooks)))
    assert "--no-loadscope-reorder" in check.STEPS["pytest"]


def test_a_chosen_source_of_data_is_kept(monkeypatch):
    monkeypatch.setenv("RNNKIT_DATA", "real")
    monkeypatch.setattr(check.subprocess, "call", lambda command, env, **_: env["RNNKIT_DATA"])
    assert check.run("pytest") == "real"
