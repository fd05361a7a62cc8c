"""Each colour in use in the sample's report on what it stands on, as Chromium computes them, light and dark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from colour_pairs import COLOURS, DARK, FREE, LIGHT, ON_PAPER, PAIRS
from in_browser import opened, script, unfold
from test_contrast import ratio

if TYPE_CHECKING:
    from playwright.sync_api import Browser

LOOKS: dict[str, tuple[int, dict[str, Any]]] = {
    "light": (LIGHT, {}),
    "dark": (DARK, {"color_scheme": "dark"}),
    "narrow": (LIGHT, {"viewport": {"width": 320, "height": 256}}),
    "print": (LIGHT, {"media": "print", "viewport": {"width": 700, "height": 900}}),
}


def same(pair: dict[str, Any], front: str, back: str, mode: int) -> bool:
    return (COLOURS[front][mode].upper(), COLOURS[back][mode].upper()) == (pair["front"], pair["back"])


@pytest.mark.parametrize("look", LOOKS)
def test_every_pair_in_use_has_its_contrast_and_is_listed(report: str, browser: Browser, look: str) -> None:
    mode, how = LOOKS[look]
    page = opened(browser, report, **how)
    unfold(page)
    found = page.evaluate(script("colours.js"))
    page.context.close()
    assert sum(pair["times"] for pair in found["text"]) > 3000
    assert len(found["text"]) >= 5 and len(found["graphics"]) >= 8
    computed = (*PAIRS, *ON_PAPER) if look == "print" else PAIRS
    needed = [(pair, 4.5) for pair in found["text"]]
    needed += [
        (pair, 3.0)
        for pair in found["graphics"]
        if not any(same(pair, front, back, mode) for front, back in FREE)
    ]
    for pair, least in needed:
        assert ratio(pair["front"], pair["back"]) >= least, pair
        assert any(same(pair, *each, mode) and asked >= least for *each, asked in computed), pair


def test_a_colour_that_is_too_faint_would_be_found(report: str, browser: Browser) -> None:
    page = opened(browser, report, bypass_csp=True)
    page.add_style_tag(
        content=".small { color: #999999 } .brief li::before { background: #767676; color: #EEEEEE }"
    )
    page.evaluate("document.querySelector('figure .pic-bar path').setAttribute('fill', '#CCCCCC')")
    found = page.evaluate(script("colours.js"))
    page.context.close()
    assert {("#999999", "#FFFFFF"), ("#EEEEEE", "#767676")} <= {
        (pair["front"], pair["back"]) for pair in found["text"]
    }
    assert ("#CCCCCC", "#FFFFFF") in {(pair["front"], pair["back"]) for pair in found["graphics"]}
