"""The sample's report, made once for every test of it in a browser, and the browser."""

from __future__ import annotations

import fcntl
from typing import TYPE_CHECKING

import pytest
from in_browser import CHROMIUM

from norwalk_analytics.board.making import make_report

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def report_file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The board report of the sample district; of several pytest-xdist workers one makes it for all."""
    if CHROMIUM is None:
        pytest.skip("no Chromium was found: apt-get install chromium")
    folder = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):
        folder = folder.parent
    target = folder / "browser_report.html"
    with (folder / "browser_report.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            make_report(target, data=request.getfixturevalue("sample_folder"))
    return target


@pytest.fixture(scope="session")
def report(report_file: Path) -> str:
    """Where a browser finds the report."""
    return report_file.as_uri()


# Of a module, not of the session: while Playwright runs, no other test can run an event loop, as
# one that runs a notebook does.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is missing: pip install '.[test]'")
    if CHROMIUM is None:
        pytest.skip("no Chromium was found: apt-get install chromium")
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()
