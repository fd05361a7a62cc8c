"""The page in a real Chromium: axe-core, narrow screens, keyboard, print, and no request at all."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from in_browser import LOOKS, axe, opened, unfold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

HERE = Path(__file__)
SPACED = (
    "* { line-height: 1.5 !important; letter-spacing: .12em !important; "
    "word-spacing: .16em !important } p { margin-bottom: 2em !important }"
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    demo = runpy.run_path(str(HERE.parents[1] / "page_demo.py"))
    folder = tmp_path_factory.mktemp("page")
    found = {}
    for name, internal in (("published", False), ("internal", True)):
        found[name] = folder / f"{name}.html"
        html = demo["page"].render(
            demo["notebook"](internal=internal), title=demo["TITLE"], allow_foreign=internal
        )
        found[name].write_text(html, encoding="utf-8")
    return found


@pytest.fixture(params=LOOKS)
def look(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    page = opened(browser, **LOOKS[request.param])
    yield page
    page.context.close()


def url(path: Path) -> str:
    return path.as_uri()


def too_wide(page: Page) -> list[str]:
    """What reaches past the right edge though no region of its own scrolls it."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('body *')].filter(e =>
             !e.closest('.scroll, .plot, pre, .hidden, .skip, thead') &&
             e.getBoundingClientRect().right > document.documentElement.clientWidth + 1
           ).map(e => e.tagName + '.' + e.className)"""
    )
    return found


def test_axe_finds_nothing_in_the_internal_edition(look: Page, files: dict[str, Path]) -> None:
    """The published edition is that of test_report_axe.py."""
    look.goto(url(files["internal"]))
    unfold(look)
    wrong, doubts, _ = axe(look)
    assert wrong == []
    assert doubts == set()


@pytest.mark.parametrize("edition", ["published", "internal"])
def test_the_page_stands_alone(browser: Browser, edition: str, files: dict[str, Path]) -> None:
    page = opened(browser)
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(url(files[edition]))
    page.wait_for_timeout(200)
    assert asked == [url(files[edition])]
    assert said == []
    page.context.close()


def test_the_page_reads_without_a_script(browser: Browser, files: dict[str, Path]) -> None:
    page = opened(browser, java_script_enabled=False)
    page.goto(url(files["published"]))
    summary = page.locator("details.numbers > summary").first
    assert not page.locator("#supervisor-aware-numbers").is_visible()
    summary.click()
    assert page.locator("#supervisor-aware-numbers").is_visible()
    page.context.close()


@pytest.mark.parametrize("width", [320, 360, 768, 900, 1152, 1280])
@pytest.mark.parametrize("spaced", [False, True], ids=["as it is", "text spacing"])
def test_nothing_runs_off_the_side(
    browser: Browser, files: dict[str, Path], width: int, spaced: bool
) -> None:
    page = opened(browser, viewport={"width": width, "height": 256}, bypass_csp=True)
    page.goto(url(files["published"]))
    if spaced:
        page.add_style_tag(content=SPACED)
    unfold(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert too_wide(page) == []
    page.context.close()


def test_twice_as_large_text_cuts_nothing(browser: Browser, files: dict[str, Path]) -> None:
    page = opened(browser, viewport={"width": 1280, "height": 900}, bypass_csp=True)
    page.goto(url(files["published"]))
    page.add_style_tag(content="html { font-size: 200% !important }")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert too_wide(page) == []
    page.context.close()


def test_all_of_it_by_keyboard(browser: Browser, files: dict[str, Path]) -> None:
    page = opened(browser, viewport={"width": 360, "height": 740})
    page.goto(url(files["published"]))
    seen: list[str] = []
    for _ in range(80):
        page.keyboard.press("Tab")
        focus: dict[str, Any] = page.evaluate(
            """() => { const e = document.activeElement, s = getComputedStyle(e);
               return {what: e.className || e.tagName, inside: !!e.closest('details'),
                       outline: s.outlineStyle + ' ' + s.outlineWidth,
                       shown: e.checkVisibility()} }"""
        )
        if focus["what"] == "BODY":
            break
        assert focus["outline"] == "solid 3px", focus
        assert focus["shown"], focus
        if focus["what"] == "SUMMARY":
            page.keyboard.press("Enter")
            focus["what"] = "opened"
        seen.append("in details" if focus["inside"] and focus["what"] == "scroll" else focus["what"])
    assert seen[0] == "skip"
    assert seen.count("opened") == 4
    assert seen.count("in details") == 4
    assert seen.count("plot") + seen.count("plot newest-right") == 4
    page.context.close()


def test_a_link_of_in_brief_leads_to_its_section(browser: Browser, files: dict[str, Path]) -> None:
    page = opened(browser)
    page.goto(url(files["published"]))
    page.locator(".brief a").first.click()
    assert page.evaluate("location.hash") == "#contacts-with-students"
    top = page.evaluate("document.querySelector(':target').getBoundingClientRect().top")
    assert -1 <= top <= 100
    page.context.close()


def test_names_that_assistive_technology_gets(browser: Browser, files: dict[str, Path]) -> None:
    page = opened(browser, viewport={"width": 320, "height": 568})
    page.goto(url(files["published"]))
    title = "Fewer tools have published rules each month since November"
    assert page.get_by_role("heading", level=1).count() == 1
    for landmark in ("banner", "navigation", "main", "contentinfo"):
        assert page.get_by_role(landmark).count() == 1, landmark
    assert page.get_by_role("img", name=title).count() == 1
    assert page.get_by_role("figure", name=title).or_(page.get_by_role("group", name=title)).count()
    card = page.get_by_role("table", name="The policy clause by clause")
    assert card.get_by_role("row").count() > 30
    assert card.get_by_role("columnheader").count() == 7
    page.context.close()


def test_print_shows_every_number(browser: Browser, files: dict[str, Path]) -> None:
    page = opened(browser, media="print", viewport={"width": 700, "height": 900})
    page.goto(url(files["published"]))
    for number in range(4):
        assert page.locator("details.numbers table").nth(number).is_visible()
        assert not page.locator("details.numbers > summary").nth(number).is_visible()
    assert too_wide(page) == []
    assert page.evaluate("getComputedStyle(document.querySelector('thead')).display") == (
        "table-header-group"
    )
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF")
    page.context.close()


def test_dark_mode_stays_on_the_screen(browser: Browser, files: dict[str, Path]) -> None:
    page = opened(browser, color_scheme="dark")
    page.goto(url(files["published"]))
    ground = "getComputedStyle(document.body).getPropertyValue('--c-background').trim()"
    assert page.evaluate(ground) == "#14171A"
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(ground) == "#FFFFFF"
    page.context.close()
