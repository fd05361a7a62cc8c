"""Take the pictures of JupyterLab: ``python docs/make_lab_picture.py`` (from the checkout).

Of a new working folder: its third notebook, run, and a chart that is explored. Needs Chromium (``apt-get install chromium``).
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

DOCS = Path(__file__).parent
sys.path[:0] = [str(DOCS.parent), str(DOCS.parent / "tests"), str(DOCS)]

from in_browser import CHROMIUM, opened  # noqa: E402
from in_lab import CHART, lab_on, open_notebook, run_all, write_exploring  # noqa: E402
from make_screenshots import small  # noqa: E402

from norwalk_analytics.working_folder import write_working_folder  # noqa: E402

NOTEBOOK, CELL = "03_exception_log.ipynb", "Is friending rarer than it was?"


def main() -> None:
    """Write lab.png: the notebook, run, from one of its questions on; and pictures/explore.png."""
    from playwright.sync_api import sync_playwright

    if CHROMIUM is None:
        sys.exit("Chromium is missing: apt-get install chromium")
    with TemporaryDirectory() as made, sync_playwright() as play:
        work = Path(made) / "work"
        work.mkdir()
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        with lab_on(write_working_folder(Path(made) / "oversight"), work) as lab:
            page = opened(browser, viewport={"width": 1280, "height": 900})
            open_notebook(page, lab, NOTEBOOK)
            run_all(page, lab, NOTEBOOK)
            page.get_by_role("heading", name=CELL).evaluate("one => one.scrollIntoView()")
            page.wait_for_timeout(1000)
            (DOCS / "lab.png").write_bytes(small(page.screenshot()))
            write_exploring(lab.folder / "notebooks" / "exploring.ipynb")
            open_notebook(page, lab, "exploring.ipynb")
            run_all(page, lab, "exploring.ipynb")
            funnel = page.locator(CHART).first
            funnel.locator("select").select_option("Marvin")
            funnel.locator("path[aria-label*='Marvin']").hover()
            page.locator("#vg-tooltip-element.visible").wait_for()
            page.wait_for_timeout(1000)
            (DOCS / "pictures" / "explore.png").write_bytes(small(page.screenshot()))
        browser.close()


if __name__ == "__main__":
    main()
