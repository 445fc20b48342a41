"""Sphinx's settings for `make site`: pages that open from a folder, without a network."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

from docutils.nodes import SkipNode  # noqa: E402
from offline_html import mathml  # noqa: E402

project = "Recurrent networks by doing"
author = "the rnnkit authors"
extensions = ["myst_nb"]
html_theme = "furo"
html_title = project
html_show_sphinx = False
html_copy_source = False
html_show_copyright = False
html_math_renderer = "mathml"
html_theme_options = {"navigation_with_keys": True}
nb_execution_mode = "off"  # outputs come from `make outputs`
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "deflist"]
myst_heading_anchors = 3
suppress_warnings = ["mystnb.unknown_mime_type"]  # the scores for `make run`; text is beside them


def visit_math(translator, node):
    """Write a formula inside a line as MathML."""
    translator.body.append(mathml(node.astext(), display="inline"))
    raise SkipNode


def visit_math_block(translator, node):
    """Write a formula on a line of its own as MathML."""
    translator.body.append(f"<div>{mathml(node.astext(), display='block')}</div>")
    raise SkipNode


def setup(app):
    """Register the renderer of formulas; Sphinx's own loads MathJax from a network."""
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
