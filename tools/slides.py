"""Turn a notebook's offline page into slides: one for each heading, turned with the arrow keys."""

from bs4 import BeautifulSoup
from offline_html import offline_page

STYLE = """
body { font-size: 125%; }
section.slide { display: none; box-sizing: border-box; height: 100vh; overflow: auto;
  padding: 1em 6vw 4em; }
section.slide.shown { display: block; }
#place { position: fixed; right: 1em; bottom: .5em; font: 14px sans-serif; color: #888; }
#place button { font: inherit; }
@media print { section.slide { display: block; height: auto; page-break-after: always; }
  #place { display: none; } }
"""
SCRIPT = """
const slides = [...document.querySelectorAll('section.slide')];
let now = 0;
function show(place) {
  now = Math.max(0, Math.min(slides.length - 1, place));
  slides.forEach((slide, number) => slide.classList.toggle('shown', number === now));
  document.getElementById('number').textContent = `${now + 1} / ${slides.length}`;
  history.replaceState(null, '', '#' + (now + 1));
}
document.addEventListener('keydown', event => {
  const places = {
    ArrowRight: now + 1, PageDown: now + 1, ' ': now + 1,
    ArrowLeft: now - 1, PageUp: now - 1, Home: 0, End: slides.length - 1,
  };
  if (event.key in places) { event.preventDefault(); show(places[event.key]); }
});
document.getElementById('back').onclick = () => show(now - 1);
document.getElementById('next').onclick = () => show(now + 1);
show((parseInt(location.hash.slice(1)) || 1) - 1);
"""
PLACE = (
    '<div id="place"><button id="back" aria-label="previous slide">&#9664;</button> '
    '<span id="number"></span> <button id="next" aria-label="next slide">&#9654;</button></div>'
)


def slides_page(notebook, title, folder):
    """Return the HTML page (str) of an executed notebook as slides; as `offline_page` otherwise."""
    soup = BeautifulSoup(offline_page(notebook, title, folder), features="html.parser")
    cells = soup.select(".jp-Cell")
    slide = None
    for cell in cells:
        if slide is None or cell.select_one(".jp-RenderedMarkdown :is(h1, h2, h3)"):
            slide = soup.new_tag("section", attrs={"class": "slide"})
            cell.insert_before(slide)
        slide.append(cell.extract())
    for name, text in (("style", STYLE), ("script", SCRIPT)):
        tag = soup.new_tag(name)
        tag.string = text
        (soup.head if name == "style" else soup.body).append(tag)
    soup.body.find_all("script")[-1].insert_before(BeautifulSoup(PLACE, "html.parser"))
    return str(soup)
