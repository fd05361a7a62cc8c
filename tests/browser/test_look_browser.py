"""A board's logo and accent in a real Chromium: the logo is drawn and nothing else is let in, in light and dark."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from nbformat import v4

from norwalk_analytics.board import pieces
from norwalk_analytics.board.accent import accent
from norwalk_analytics.board.logo import logo_of
from norwalk_analytics.board.page import PUBLISHED, render
from norwalk_analytics.intake.contract import read_contract

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CONTRACT = Path(__file__).parents[2] / "examples" / "own_report" / "contract"
GREEN, DARK_GREEN = "rgb(11, 110, 79)", "rgb(44, 143, 108)"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    contract = read_contract(CONTRACT)
    board, logo = contract.policy.board, logo_of(contract)
    fragments = [
        pieces.head(board=board, title="T", month="May", as_of="June 30", sample=True, logo=logo),
        pieces.brief([("One is open.", "part"), ("None is late.", "part")]),
    ]
    cells = [
        v4.new_code_cell("", outputs=[v4.new_output("display_data", data={PUBLISHED: one})])
        for one in fragments
    ]
    made = v4.new_notebook(cells=[*cells, v4.new_markdown_cell("## Part\n\nWords.")])
    path = tmp_path_factory.mktemp("look") / "page.html"
    colours = accent(contract.policy.look.accent)
    path.write_text(render(made, title="T", board=board, accent=colours, logo=logo), encoding="utf-8")
    return path


@pytest.mark.parametrize(("scheme", "colour"), [("light", GREEN), ("dark", DARK_GREEN)])
def test_the_logo_is_drawn_and_the_accent_can_be_read(
    browser: Browser, page: Path, scheme: Any, colour: str
) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright",
        reason="axe-playwright-python is missing: pip install '.[test]'",
    )
    context = browser.new_context(color_scheme=scheme, viewport={"width": 320, "height": 600})
    tab = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("request", lambda request: asked.append(request.url[:5]))
    tab.goto(page.as_uri())
    logo = "document.querySelector('img.logo')"
    assert tab.evaluate(f"[{logo}.complete, {logo}.naturalWidth, {logo}.clientHeight]") == [True, 96, 56]
    at = "([where, which, what]) => getComputedStyle(document.querySelector(where), which)[what]"
    assert tab.evaluate(at, [".head", "", "borderTopColor"]) == colour
    assert tab.evaluate(at, ["h2", "", "borderTopColor"]) == colour
    assert tab.evaluate(at, [".brief li", "::before", "color"]) == colour
    assert tab.evaluate("document.documentElement.scrollWidth") <= 320
    drawn = tab.evaluate(
        f"""() => {{ const c = document.createElement('canvas'); c.width = c.height = 96;
             const g = c.getContext('2d'); g.drawImage({logo}, 0, 0); return [...g.getImageData(48, 86, 1, 1).data] }}"""
    )
    assert drawn == [11, 110, 79, 255]  # its own style is heeded
    assert said == []
    assert set(asked) <= {"file:", "data:"}
    found = axe.Axe().run(tab, options={"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa"]}}).response
    assert [one["id"] for one in found["violations"]] == []
    context.close()
