"""Take the pictures of ``your_own_report.md``: ``python docs/make_own_report.py`` (from the checkout; needs Chromium).

They are of the pages that the example notebook and notebook 04 give.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, sync_playwright

DOCS = Path(__file__).parent
ROOT = DOCS.parent
sys.path.insert(0, str(ROOT))

from norwalk_analytics.board.making import make_report  # noqa: E402

EXAMPLE = ROOT / "examples" / "own_report"
PICTURES = DOCS / "pictures"


def taken(
    browser: Browser,
    page: Path,
    name: str,
    at: str = "",
    dark: bool = False,
    size: tuple[int, int] = (1100, 620),
) -> None:
    """One picture of a page, from an element on."""
    look = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
    )
    tab = look.new_page()
    tab.goto(page.as_uri())
    if at:
        tab.evaluate("at => document.querySelector(at).scrollIntoView()", at)
    tab.screenshot(path=PICTURES / f"own_report_{name}.png")
    look.close()


def main() -> None:
    """Make the pages and take the pictures."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        mine = make_report(
            Path(folder) / "mine.html", notebook=EXAMPLE / "mine.ipynb", contract=EXAMPLE / "contract"
        )
        findings = make_report(
            Path(folder) / "findings.html",
            notebook=ROOT / "notebooks" / "04_audit_findings.ipynb",
            edition="internal",
        )
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        taken(browser, mine, "head")
        taken(browser, mine, "figure", at="#what-the-board-asked-in-may", size=(1100, 1120))
        taken(browser, mine, "dark", dark=True, size=(1100, 460))
        taken(browser, mine, "phone", size=(360, 640))
        taken(browser, findings, "internal", size=(1100, 760))
        browser.close()


if __name__ == "__main__":
    main()
