"""What tests of a page in a real Chromium share: how it is opened, and what axe can't decide alone."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SCRIPTS = Path(__file__).parent / "browser"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "narrow": {"viewport": {"width": 320, "height": 256}},
    "print": {"media": "print", "viewport": {"width": 700, "height": 900}},
}


class Decided(NamedTuple):
    """What axe leaves open: its rule, how the element begins, axe's reason, and in which looks it does.

    Anything else that it leaves open fails the test until it is looked at and listed here.
    """

    rule: str
    start: str
    reason: str
    looks: tuple[str, ...]


DECIDED = (
    # Text in a chart stands on an SVG, which axe takes for a picture. test_report_colours.py finds
    # what each label stands on, and test_contrast.py computes the contrast.
    Decided("color-contrast", "<text", "contains an image node", tuple(LOOKS)),
    Decided("color-contrast", "<text", "too short", tuple(LOOKS)),
    # Cells that are scrolled out of a region's sight at 320 px, or lie under its sticky first
    # column; the same cells, in the same colours, are judged on the wide screen.
    Decided("color-contrast", "<t", "partially obscured", ("narrow",)),
    Decided("color-contrast", "<li", "partially obscured", ("narrow",)),
    Decided("color-contrast", "<span", "partially obscured", ("narrow",)),
    # A cell that holds one digit has the colours of its neighbours.
    Decided("color-contrast", "<td", "too short", ("narrow",)),
    # A part's name ("A Use of social media…") is a row by itself over its row group, as its scope
    # says; its cells are those of the rows below it.
    Decided("th-has-data-cells", '<table role="table" id="scorecard-table"', "", tuple(LOOKS)),
)


def opened(browser: Browser, url: str = "", media: Any = None, **look: Any) -> Page:
    """A new page in a context of its own, which `page.context.close()` ends."""
    page = browser.new_context(reduced_motion="reduce", **look).new_page()
    page.emulate_media(media=media)
    if url:
        page.goto(url)
    return page


def unfold(page: Page) -> None:
    """Open every "Show the numbers"."""
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")


def hexed(colour: str) -> str:
    """A colour as browsers compute it, "rgb(18, 67, 109)", as "#12436D"."""
    red, green, blue = map(int, re.findall(r"\d+", colour)[:3])
    return f"#{red:02X}{green:02X}{blue:02X}"


def script(name: str) -> str:
    """A probe of tests/browser that runs in the page."""
    return (SCRIPTS / name).read_text(encoding="utf-8")


def axe(page: Page) -> tuple[list[tuple[str, str]], set[tuple[str, str, str]], set[Decided]]:
    """What axe finds against WCAG 2.1 A and AA, what it leaves open, and what of DECIDED that took."""
    found = (
        pytest.importorskip(
            "axe_playwright_python.sync_playwright",
            reason="axe-playwright-python is missing: pip install '.[test]'",
        )
        .Axe()
        .run(
            page,
            options={
                "runOnly": {"type": "tag", "values": TAGS},
                "resultTypes": ["violations", "incomplete"],
                "selectors": False,  # half of the time, and no test reads them
            },
        )
        .response
    )
    wrong = [(each["id"], node["html"][:200]) for each in found["violations"] for node in each["nodes"]]
    doubts, used = set(), set()
    for doubt in found["incomplete"]:
        for node in doubt["nodes"]:
            said = str(node["any"])
            decided = [
                each
                for each in DECIDED
                if doubt["id"] == each.rule and node["html"].startswith(each.start) and each.reason in said
            ]
            used.update(decided)
            if not decided:
                doubts.add((doubt["id"], node["html"][:60], said[:200]))
    return wrong, doubts, used
