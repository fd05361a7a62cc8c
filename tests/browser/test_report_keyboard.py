"""The sample's report by keyboard alone: all of it, in order, seen, and out again."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Any

import pytest
from in_browser import hexed, opened, script

from norwalk_analytics.board.theme import contrast

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

LOOKS: dict[str, dict[str, Any]] = {
    "desk": {"viewport": {"width": 1280, "height": 900}},
    "400 % zoom, dark": {
        "viewport": {"width": 320, "height": 256}, "device_scale_factor": 4, "color_scheme": "dark",
    },
}  # fmt: skip
STOPS = "a[href], summary, [tabindex='0']"


def pressed(page: Page, key: str) -> dict[str, Any] | None:
    page.keyboard.press(key)
    return focused(page)


def focused(page: Page) -> dict[str, Any] | None:
    """What has the keyboard; the probe is put into a page once."""
    focus: dict[str, Any] | None = page.evaluate(f"(window.focused ??= {script('focus.js')})()")
    return focus


def seen(focus: dict[str, Any]) -> bool:
    """Whether a person sees what has the keyboard: its outline whole, but for what is taller than the screen."""
    may_be_cut = {"top", "bottom"} if focus["tall"] else set()
    return (
        focus["outline"] == "solid 3px"
        and contrast(hexed(focus["colour"]), hexed(focus["ground"])) >= 3
        and set(focus["cut"]) <= may_be_cut
        and focus["on"]
        and focus["onTop"]
    )


@pytest.mark.parametrize(
    "look", [pytest.param(look, marks=[] if look == "desk" else [pytest.mark.long]) for look in LOOKS]
)
def test_a_walk_through_the_page_and_back(report: str, browser: Browser, look: str) -> None:
    page = opened(browser, report, **LOOKS[look])
    opens = cycle(("Enter", "Space"))
    walk: list[dict[str, Any]] = []
    opened_before = 0
    while focus := pressed(page, "Tab"):
        assert seen(focus), focus
        # Being reached changes nothing: neither the address nor what is open (3.2.1).
        assert (focus["open"], focus["hash"]) == (opened_before, ""), focus
        if focus["tag"] == "SUMMARY":
            page.keyboard.press(next(opens))
            opened_before += 1
        walk.append(focus)
        assert len(walk) < 1000, "no way out"
    everything = page.locator(STOPS).filter(visible=True).count()
    # All of it, in the page's order, each once.
    assert [focus["at"] for focus in walk] == list(range(everything))
    assert opened_before == page.locator("details").count() >= 10
    in_main = [focus["y"] for focus in walk if focus["inMain"]]
    assert in_main == sorted(in_main)
    back = [(pressed(page, "Shift+Tab") or {"at": None})["at"] for _ in walk]
    assert back == list(range(everything))[::-1]
    page.context.close()


def test_the_skip_link_leads_past_the_contents(report: str, browser: Browser) -> None:
    page = opened(browser, report)
    skip = pressed(page, "Tab")
    assert skip and skip["text"] == "Skip to the report" and seen(skip)
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    after = pressed(page, "Tab")
    assert after and after["inMain"]
    page.context.close()


def test_numbers_open_and_close_by_both_keys(report: str, browser: Browser) -> None:
    page = opened(browser, report)
    first = page.locator("details.numbers").first
    first.locator("summary").focus()
    for key in ("Enter", "Space"):
        for wanted in (True, False):
            page.keyboard.press(key)
            assert first.locator("table").is_visible() is wanted
    page.context.close()


def test_what_is_too_wide_scrolls_by_arrows(report: str, browser: Browser) -> None:
    """On a phone: each chart and table that is wider than its region."""
    page = opened(browser, report, viewport={"width": 320, "height": 568})
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    regions = page.locator(".scroll, .plot")
    wide = [
        n for n in range(regions.count())
        if regions.nth(n).evaluate("e => e.scrollWidth > e.clientWidth + 20")
    ]  # fmt: skip
    assert len(wide) > 10
    for n in (wide[0], wide[len(wide) // 2], wide[-1]):
        region = regions.nth(n)
        region.focus()
        key = "ArrowLeft" if region.evaluate("e => getComputedStyle(e).direction === 'rtl'") else "ArrowRight"
        page.keyboard.press(key)
        page.wait_for_function("e => Math.abs(e.scrollLeft) > 10", arg=region.element_handle())
    page.context.close()


def test_a_focus_that_is_not_seen_would_be_told(report: str, browser: Browser) -> None:
    page = opened(browser, report, bypass_csp=True)
    for style in (
        ":focus-visible { outline: none !important }",
        ":focus-visible { outline-color: #DDDDDD !important }",
        ".skip:focus { left: -50vw !important }",
        ".head { position: relative; z-index: 9; background: white }",
    ):
        tag = page.add_style_tag(content=style)
        page.locator(".skip").focus()
        assert not seen(focused(page)), style
        tag.evaluate("e => e.remove()")
        assert seen(focused(page))
    page.context.close()
