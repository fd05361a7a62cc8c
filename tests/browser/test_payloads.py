"""The report of a district that an attacker filled in, in a real Chromium: nothing runs, asks or breaks the page.

How payloads reach the page: a school's code through tables, funnels, small charts and the silence table; texts
of the contract through the head, the scorecard, titles, events on charts, bars of platforms and Method; the
Board's actions through the scorecard. What stands in other rows, files' names and profiles must not reach it.
Each page is opened twice: as it is, and with its Content-Security-Policy switched off, so that escaping alone
holds too.
"""

import csv
import re
import subprocess
import sys
from collections import Counter

import polars as pl
import pytest
from hostile import ALL, NAME, Planter, school_codes, write_contract, write_district, write_profile
from nbformat import v4

from norwalk_analytics.board import pieces
from norwalk_analytics.board.page import PUBLISHED, PageError, render
from norwalk_analytics.board.plain import printable
from norwalk_analytics.intake.writing import as_they_were

OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
NUMBER = r"(?<![\w.])\d+z(?!\w)"
"""What each text of a Planter ends with."""
ROWS = 1_500
ELEMENTS = """
html head meta title style body a header div p strong h1 h2 h3 h4 dl dt dd nav ol ul li main footer section figure
figcaption details summary table caption thead tbody tr th td span code pre em blockquote svg g path line text
"""
ATTRIBUTES = """
lang charset http-equiv content name class id href role scope colspan tabindex open data-label aria-label
aria-labelledby aria-describedby aria-hidden hidden rel
viewBox width height fill fill-rule stroke stroke-width stroke-dasharray stroke-linecap stroke-linejoin
stroke-miterlimit font-family font-size font-weight text-anchor transform d x y x2 y2 opacity fill-opacity
"""
LOOK = """() => {
  const every = [...document.querySelectorAll('*')], wide = document.documentElement.clientWidth;
  return {
    elements: every.map(e => e.localName),
    attributes: [...new Set(every.flatMap(e => [...e.attributes].map(a => a.name)))],
    links: [...document.querySelectorAll('[href]')].map(e => e.getAttribute('href')),
    comments: document.createNodeIterator(document, NodeFilter.SHOW_COMMENT).nextNode() !== null,
    ids: every.map(e => e.id).filter(Boolean),
    fixed: every.filter(e => getComputedStyle(e).position === 'fixed').length,
    ground: getComputedStyle(document.body).backgroundImage,
    inOrder: ['.head', 'main', 'footer'].map(one => document.querySelector(one).getBoundingClientRect()).map(b => [b.top, b.bottom]),
    high: document.documentElement.getBoundingClientRect().bottom,
    wide: document.documentElement.scrollWidth,
    over: [...document.querySelectorAll('body *')].filter(e => !e.closest('.scroll, .plot, pre, .hidden, .skip, thead')
      && e.getBoundingClientRect().right > wide + 1).map(e => e.localName + '.' + e.className).slice(0, 9),
  }
}"""


class Opened:
    """A page in a tab that notes whatever it does."""

    def __init__(self, browser, page, width=1280, policy=True):
        self.tab = browser.new_context(
            viewport={"width": width, "height": 800}, bypass_csp=not policy, reduced_motion="reduce"
        ).new_page()
        self.done, self.blocked = [], []
        self.tab.on("request", lambda one: self.done.append(one.url))
        self.tab.on(
            "requestfailed", lambda one: self.blocked.append(one.url) if one.failure == "csp" else None
        )
        self.tab.on("console", lambda one: self.done.append(one.text))
        self.tab.on("pageerror", lambda one: self.done.append(str(one)))
        self.tab.on("dialog", lambda one: (self.done.append(f"dialog {one.message}"), one.dismiss()))
        self.tab.on("popup", lambda one: self.done.append(f"popup {one.url}"))
        self.tab.goto(page.as_uri())
        self.tab.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        for _ in range(12):  # what waits for the focus
            self.tab.keyboard.press("Tab")
        self.tab.mouse.move(300, 60)
        self.tab.mouse.move(320, 300)
        self.tab.wait_for_timeout(150)

    def close(self):
        self.tab.context.close()


def check_page(browser, page, *, links=("#",), widths=(1280, 320)):
    """Nothing ran or asked, every element and attribute is the template's, and the page is laid out as ever."""
    for width, policy in [*((width, True) for width in widths), (widths[0], False)]:
        opened = Opened(browser, page, width, policy)
        assert opened.done == [page.as_uri()], (width, policy)
        found = opened.tab.evaluate(LOOK)
        opened.close()
        assert set(found["elements"]) <= set(ELEMENTS.split())
        assert set(found["attributes"]) <= set(ATTRIBUTES.split())
        assert all(link.startswith(links) for link in found["links"])
        count = Counter(found["elements"])
        once = ("html", "head", "body", "h1", "main", "footer", "style", "title")
        assert {one: count[one] for one in once} == dict.fromkeys(once, 1)
        assert not found["comments"]
        assert max(Counter(found["ids"]).values()) == 1
        assert (found["fixed"], found["ground"]) == (0, "none")
        (top, head), (main, _), (foot, bottom) = found["inOrder"]
        assert top < head <= main < foot < bottom <= found["high"] + 1
        assert found["over"] == []
        assert found["wide"] <= width


@pytest.fixture(scope="module")
def hostile(sample_folder, tmp_path_factory):
    """The folder of the hostile district, and what of it the report prints."""
    folder = tmp_path_factory.mktemp("payloads")
    schools, planter = school_codes(), Planter()
    printed = write_contract(folder / "contract", schools, planter)
    of_contract = len(planter.planted)
    printed["actions"] = write_district(folder / NAME, sample_folder, schools, planter, most=ROWS)
    write_profile(folder / "hostile.profile.toml", folder / NAME, planter)
    return folder, {**printed, "schools": list(schools.values())}, planter.planted[:of_contract]


def report(folder, name, *more):
    """The report as the real command makes it; nothing is printed that a terminal would obey."""
    page = folder / f"{name}.html"
    command = [sys.executable, "-m", "norwalk_analytics", "report", folder / NAME, "-o", page]
    command += ["--contract", folder / "contract", "--profile", folder / "hostile.profile.toml", *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert not OBEYED.search(done.stdout)
    assert not (folder / "zq").exists(), "a name was run"
    return page


@pytest.fixture(scope="module")
def published(hostile):
    return report(hostile[0], "published " + NAME.replace("\n", ""), "--figures", hostile[0] / "figures.csv")


def test_nothing_of_the_published_report_runs_asks_or_breaks_it(browser, published):
    check_page(browser, published)


def texts(tab, selector):
    return tab.evaluate(f"[...document.querySelectorAll({selector!r})].map(one => one.textContent.trim())")


def plain(text):
    """A text as the page shows it; what HTML takes for a line end is one."""
    return str(printable(text)).replace("\r\n", "\n").replace("\r", "\n").strip()


def check_words(browser, page, hostile):
    """Every text that is to be read is text, and stands where it belongs; of the other texts, none."""
    _, printed, of_contract = hostile
    opened = Opened(browser, page)
    shown = {
        "board": texts(opened.tab, ".board"), "sections": texts(opened.tab, ".scorecard .group th"), "titles": texts(opened.tab, ".clause"),
        "measures": texts(opened.tab, ".measure"), "citations": texts(opened.tab, ".facts dd"), "asked": texts(opened.tab, ".facts dd"),
        "actions": texts(opened.tab, ".deed"), "tables": texts(opened.tab, "#rows-by-table th"),
    }  # fmt: skip
    (title,) = texts(opened.tab, "h1")
    assert title == plain(printed["name"].replace("'", "’")) + ": oversight report"
    for where, found in shown.items():
        wanted = [printed[where]] if isinstance(printed[where], str) else printed[where]
        lacking = [text for text in wanted if not any(plain(text) in one for one in found)]
        assert lacking == [], where
    rows = texts(opened.tab, "#schools-by-clause tbody th, #findings-by-school tbody th")
    assert {plain(school) for school in printed["schools"]} <= set(rows)
    for picture in (".pic-school", ".pic-event-label", "#platforms .pic-axis-label"):
        drawn = [one for one in texts(opened.tab, f"{picture} text") if re.search("[<=@{\"']", one)]
        assert len(drawn) > 5, picture
    whole = opened.tab.evaluate("document.documentElement.textContent")
    opened.close()
    assert not OBEYED.search(whole)
    numbers = {one for text in [*of_contract, *printed["actions"]] for one in re.findall(NUMBER, text)}
    assert set(re.findall(NUMBER, whole)) <= numbers, "a text of a row reached the page"


def test_what_is_read_in_it_is_text(browser, published, hostile):
    check_words(browser, published, hostile)


@pytest.mark.long
def test_the_internal_edition_too(browser, hostile):
    page = report(hostile[0], "internal", "--internal")
    check_page(browser, page)
    check_words(browser, page, hostile)


MARKDOWN = [
    *(text for kind, text in ALL.items() if kind != "markdown"),
    "[zq](javascript:alert('zq')) <javascript:alert('zq')> [zq](data:text/html,<script>alert(1)</script>)",
    "# <script>alert('zq')</script>\n\n> <img src=x onerror=alert('zq')>\n\n| <svg onload=alert('zq')> |\n|---|\n| </table> |",
    "```html\n</code></pre><script>alert('zq')</script>\n```\n\n$<img src=x onerror=alert('zq')>$\n\n\\begin{a}</p><script>\\end{a}",
    "[zq][1] and [zq](https://example.org/\"onmouseover=alert('zq') 'x\" autofocus onfocus=alert(1)')\n\n[1]: javascript:alert('zq')",
    "<details open ontoggle=alert('zq')><summary>zq</summary></details>",
]


def notebook(*outputs):
    cells = [v4.new_markdown_cell(text) for text in MARKDOWN]
    made = [v4.new_output("display_data", data=data) for data in outputs]
    return v4.new_notebook(cells=[*cells, v4.new_code_cell("1", execution_count=1, outputs=made)])


def test_a_notebook_of_hostile_cells_runs_nothing(browser, tmp_path):
    page = tmp_path / "cells.html"
    notes = [{PUBLISHED: pieces.note(text)} for text in ALL.values()]
    page.write_text(render(notebook(*notes), title=ALL["style"]), encoding="utf-8")
    check_page(browser, page, links=("#", "https://"), widths=(320,))


@pytest.mark.parametrize(
    "image", ["![zq](https://zq.invalid/b.png)", "![zq][1]\n\n[1]: data:image/svg+xml,<svg/>"]
)
def test_an_image_by_its_address_is_refused(image):
    with pytest.raises(PageError, match="holds an image"):
        render(v4.new_notebook(cells=[v4.new_markdown_cell(image)]), title="T", allow_foreign=True)


def test_foreign_outputs_of_the_internal_edition_are_text(browser, tmp_path):
    kinds = ("text/html", "image/svg+xml", "text/markdown", "text/latex", "application/javascript")
    foreign = [
        {kind: text, "application/vnd.vegalite.v5+json": {"mark": text}, "text/plain": text}
        for kind, text in zip(kinds * 7, ALL.values(), strict=False)
    ]
    with pytest.raises(PageError, match="which a published report may not carry"):
        render(notebook(*foreign), title="T")
    page = tmp_path / "foreign.html"
    page.write_text(render(notebook(*foreign), title="T", allow_foreign=True), encoding="utf-8")
    check_page(browser, page, links=("#", "https://"), widths=(320,))
    opened = Opened(browser, page)
    shown = texts(opened.tab, ".foreign")
    opened.close()
    assert len(shown) == len(foreign)
    for kind in ("script", "frame", "end of page", "vega object"):
        assert ALL[kind] in shown


FORGED = (
    "<!--><script>alert('zq')</script>-->", "<!--><img src=https://zq.invalid/a onerror=alert('zq')>-->",
    "<svg><a xlink:href=\"javascript:alert('zq')\"><text y=20>zq</text></a></svg>",
    "<table background=https://zq.invalid/b><tr><td>zq</table>", "<plaintext>", "<noscript><img src=https://zq.invalid/c></noscript>",
    "<svg><![CDATA[><script>alert('zq')</script>]]></svg>", "<xmp><img src=x onerror=alert('zq')></xmp>",
)  # fmt: skip


@pytest.mark.parametrize("fragment", FORGED)
def test_a_forged_output_is_refused_or_held_by_the_policy(browser, tmp_path, fragment):
    """An output that bears our own type without being ours: what the last look lets through, the browser holds."""
    page = tmp_path / "forged.html"
    try:
        page.write_text(render(notebook({PUBLISHED: fragment}), title="T"), encoding="utf-8")
    except PageError:
        return
    opened = Opened(browser, page)
    for link in opened.tab.locator("svg a").all():
        link.click(force=True, timeout=2000)
    opened.tab.wait_for_timeout(100)
    acts = [
        one for one in opened.done[1:] if one not in opened.blocked and "Content Security Policy" not in one
    ]
    opened.close()
    assert acts == []


@pytest.mark.parametrize("width", [1280, 320])
def test_a_word_without_end_widens_no_page(browser, tmp_path, width):
    word = ALL["long word"]
    row = pieces.Measure(word, action=pieces.Action(word, "due", "June 30, 2026"))
    card = pieces.scorecard(
        [pieces.Group("A", word, [pieces.Clause(word, word, [row]), pieces.Clause("B", word)])]
    )
    head = pieces.head(board=word, title=word, month="June 2026", as_of="June 30, 2026", sample=True)
    parts = [
        head,
        card,
        pieces.note(word),
        pieces.paragraphs([word]),
        pieces.facts([(word, [word])]),
        pieces.brief([(word, "a")]),
    ]
    outputs = [v4.new_output("display_data", data={PUBLISHED: part}) for part in parts]
    cells = [
        v4.new_markdown_cell(f"## A\n\n{word}"),
        v4.new_code_cell("1", execution_count=1, outputs=outputs),
    ]
    page = tmp_path / "word.html"
    page.write_text(render(v4.new_notebook(cells=cells), title="T"), encoding="utf-8")
    check_page(browser, page, widths=(width,))


def test_its_figures_name_every_school_and_run_nothing(published, hostile):
    with (hostile[0] / "figures.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert not [cell for row in rows for cell in row if re.match(r"[=+\-@\t\r]", cell)]
    at = header.index("school")
    schools = as_they_were(pl.DataFrame({"school": [row[at] for row in rows]}))["school"]
    assert {school.strip() for school in hostile[1]["schools"]} <= set(schools)
