"""Turn an executed notebook into one HTML page that opens without a network.

nbconvert's own page loads require.js, MathJax and Mermaid from a content network. Here those
scripts are left out, and formulas become MathML, which browsers draw by themselves.
"""

import re

from bs4 import BeautifulSoup
from jinja2 import pass_context
from latex2mathml.converter import convert
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

TEMPLATE = """
{%- extends 'index.html.j2' -%}
{%- block jupyter_widgets -%}{%- endblock -%}
{%- block data_png -%}
{%- set words = (output | get_metadata('alt', 'image/png')) or '' -%}
{%- set described = '<img alt="' ~ (words | escape_html) ~ '" ' -%}
{{ super() | replace('<img ', described, 1) if words else super() }}
{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
{%- block html_head_css -%}
<style>math[display="block"] { margin: 1em 0; } math { font-size: 1.1em; }
details > summary { font: 12px sans-serif; color: #888; margin-left: 5.5em; }
.jp-RenderedHTMLCommon .highlight { margin: 1em 0; }</style>
{%- endblock -%}
{%- block data_latex -%}
<div class="jp-RenderedLatex jp-OutputArea-output">
{{ output.data['text/latex'] | markdown2html }}</div>
{%- endblock -%}
"""
FOLDED = ("start", "check")  # tags of cells whose code is folded
# Elements that a browser fetches by itself; a link (<a href>) is only followed by a reader.
FETCHED = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src"}
EXTERNAL = re.compile(r"\s*(https?:)?//", re.IGNORECASE)


def mathml(latex, *, display):
    """Return the MathML of a formula; `display` is "inline" or "block"."""
    # The converter knows align* of these, and numbers each align from 1.
    unknown = r"\\(begin|end)\{(aligned|align|gathered|equation\*?)\}"
    known = re.sub(unknown, _known_environment, latex)
    return convert(known.strip(), display=display)


def _known_environment(match):
    """Return a named environment as one that latex2mathml knows, or as nothing."""
    return "" if match[2].startswith("equation") else rf"\{match[1]}{{align*}}"


class MathRenderer(IPythonRenderer):
    """nbconvert's Markdown renderer, with formulas as MathML instead of text for MathJax."""

    def block_html(self, html):
        """Return HTML as it stands: looking for pictures, nbconvert closes <details> early."""
        return super().block_html(html) if "<img" in html else html

    def inline_math(self, body):
        """Return the HTML of a formula between single dollar signs."""
        return mathml(body, display="inline")

    def block_math(self, body):
        """Return the HTML of a formula between double dollar signs."""
        return mathml(body, display="block")

    def latex_environment(self, name, body):
        r"""Return the HTML of a formula between \begin and \end."""
        return mathml(rf"\begin{{{name}}}{body}\end{{{name}}}", display="block")


class OfflineExporter(HTMLExporter):
    """nbconvert's HTML page without any address that a browser would fetch."""

    def __init__(self, **options):
        """Make an exporter that embeds local pictures; `options` as for HTMLExporter."""
        super().__init__(raw_template=TEMPLATE, embed_images=True, **options)

    @pass_context
    def markdown2html(self, context, source):
        """Return the HTML of a Markdown cell, its formulas as MathML."""
        renderer = MathRenderer(
            escape=False,
            attachments=context.get("cell", {}).get("attachments", {}),
            embed_images=self.embed_images,
            path=context.get("resources", {}).get("metadata", {}).get("path", ""),
        )
        return MarkdownWithMath(renderer=renderer).render(source)


def external_sources(soup):
    """Return the elements of a parsed page that a browser would fetch from the network."""
    return [
        element
        for name, attribute in FETCHED.items()
        for element in soup.find_all(name)
        if EXTERNAL.match(element.get(attribute, ""))
    ]


def offline_page(notebook, title, folder):
    """Return the HTML page (str) of an executed notebook whose pictures lie in `folder`.

    A picture on the network becomes its own alternative text, a link to another notebook leads to
    that notebook's page, and the code of cells tagged `start` and `check` is folded.
    """
    resources = {"metadata": {"name": title, "path": str(folder)}}
    html, _ = OfflineExporter().from_notebook_node(notebook, resources)
    soup = BeautifulSoup(html, features="html.parser")
    for element in external_sources(soup):
        element.replace_with(element.get("alt", ""))
    for link in soup.find_all("a", href=re.compile(r"^[\w./-]+\.ipynb(#.*)?$")):
        link["href"] = link["href"].replace(".ipynb", ".html", 1)
    for tag in FOLDED:
        for code in soup.select(f".celltag_{tag} > .jp-Cell-inputWrapper"):
            _fold(soup, code, tag)
    return str(soup)


def _fold(soup, element, words):
    """Put an element of a page behind a line that opens it."""
    details, summary = soup.new_tag("details"), soup.new_tag("summary")
    summary.string = words
    element.wrap(details)
    details.insert(0, summary)
