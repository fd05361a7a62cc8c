"""Take the pictures of ``guidance.md`` and the README: ``python docs/make_screenshots.py [REPORT]`` (from the checkout).

Of a fresh report of the sample district, or of REPORT. Needs Chromium, WeasyPrint and, for pages on paper, pdftoppm
(``apt-get install chromium poppler-utils``).
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS.parent))

from norwalk_analytics.board.making import make_report  # noqa: E402
from norwalk_analytics.board.paper import to_pdf  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Browser

LARGEST = 200_000  # bytes
# Picture: what the browser is asked for, and the id of what stands at its top.
SCREENS: dict[str, tuple[dict[str, Any], str]] = {
    "report_wide.png": ({"viewport": {"width": 1280, "height": 1360}}, ""),
    "report_phone.png": ({"viewport": {"width": 390, "height": 1100}, "device_scale_factor": 1.5}, ""),
    "report_dark.png": ({"viewport": {"width": 1280, "height": 1100}, "color_scheme": "dark"}, "supervisor-aware"),
}  # fmt: skip
PRINTED, PAPER = "report_print.png", "report_pdf.png"


def screens(browser: Browser, report: Path) -> dict[str, bytes]:
    """The report on three screens, as PNG by the pictures' names."""
    found = {}
    for name, (look, top) in SCREENS.items():
        page = browser.new_page(reduced_motion="reduce", **look)
        page.goto(report.as_uri() + (f"#{top}" if top else ""))
        found[name] = page.screenshot()
        page.close()
    return found


def printed(browser: Browser, report: Path) -> bytes:
    """The report's first sheet, as PNG."""
    page = browser.new_page()
    page.goto(report.as_uri())
    sheets = page.pdf(prefer_css_page_size=True)
    page.close()
    return sheet(sheets, 1)


def sheet(pdf: bytes, number: int) -> bytes:
    """One sheet of a PDF, as PNG."""
    drawn = ["pdftoppm", "-png", "-r", "100", "-f", str(number), "-l", str(number), "-singlefile", "-"]
    return subprocess.run(drawn, input=pdf, capture_output=True, check=True).stdout


def small(png: bytes) -> bytes:
    """The same picture in 256 colours, near enough that fills and marks keep theirs."""
    from PIL import Image

    kept = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        plain = picture.convert("RGB")
    few = plain.quantize(256, method=Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE)
    few.save(kept, "PNG", optimize=True)
    return kept.getvalue()


def main() -> None:
    """Write the five pictures."""
    from playwright.sync_api import sync_playwright

    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None or shutil.which("pdftoppm") is None:
        sys.exit("Chromium or pdftoppm is missing: apt-get install chromium poppler-utils")
    with TemporaryDirectory() as folder, sync_playwright() as play:
        report = (
            Path(sys.argv[1]).resolve() if sys.argv[1:] else make_report(Path(folder) / "board_report.html")
        )
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        found = {**screens(browser, report), PRINTED: printed(browser, report)}
        browser.close()
        found[PAPER] = sheet(to_pdf(report.read_text(encoding="utf-8")), 1)
    for name, png in found.items():
        kept = small(png)
        if len(kept) > LARGEST:
            sys.exit(f"{name} has {len(kept):,} bytes, more than {LARGEST:,}: cut it lower.")
        (DOCS / name).write_bytes(kept)


if __name__ == "__main__":
    main()
