"""The sample's report made larger, spaced, narrow, turned and printed: nothing off the side, cut or on top."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from in_browser import opened, script, unfold

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# WCAG 2.1, 1.4.12: all four at once.
SPACED = (
    "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } "
    "p { margin-bottom: 2em !important }"
)
TWICE = "html { font-size: 200% !important }"
DESK = {"width": 1280, "height": 1024}
SITUATIONS: dict[str, tuple[dict[str, Any], str]] = {
    "as it is": ({"viewport": DESK}, ""),
    "200 % text": ({"viewport": DESK}, TWICE),
    "200 % text on a tablet": ({"viewport": {"width": 768, "height": 1024}}, TWICE),
    # A browser that zooms to 400 % lays out a quarter of its 1280 px, each drawn by four.
    "400 % zoom": ({"viewport": {"width": 320, "height": 256}, "device_scale_factor": 4}, ""),
    "text spacing": ({"viewport": DESK}, SPACED),
    "text spacing at 320 px": ({"viewport": {"width": 320, "height": 256}}, SPACED),
    "a phone upright": ({"viewport": {"width": 360, "height": 740}}, ""),
    "a phone on its side": ({"viewport": {"width": 740, "height": 360}}, ""),
    "print": ({"viewport": {"width": 700, "height": 900}, "media": "print"}, ""),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_nothing_is_lost(report: str, browser: Browser, situation: str) -> None:
    look, style = SITUATIONS[situation]
    page = opened(browser, report, bypass_csp=True, **look)
    unfold(page)
    if style:
        page.add_style_tag(content=style)
    width = look["viewport"]["width"]
    found = page.evaluate(script("layout.js"), width)
    page.context.close()
    assert found["lines"] > 3000
    assert found["page"] <= width
    assert {key: found[key] for key in ("off", "cut", "over")} == {"off": [], "cut": [], "over": []}


def test_a_loss_would_be_seen(report: str, browser: Browser) -> None:
    """The same probe, once each of the losses is put into the page."""
    page = opened(browser, report, viewport={"width": 320, "height": 256}, bypass_csp=True)
    page.add_style_tag(
        content=".brief { height: 3rem; overflow: hidden } h1 { margin-bottom: -2rem } "
        ".board { transform: translateX(80rem) }"
    )
    page.evaluate("document.querySelector('.plot text').setAttribute('transform', 'translate(-400, 20)')")
    found = page.evaluate(script("layout.js"), 320)
    page.context.close()
    assert any("Board of Education" in each for each in found["off"])
    assert "ol.brief" in found["cut"]
    assert any(each.startswith("text.") for each in found["cut"])
    assert any(each.startswith("h1.") for each in found["over"])
