"""The sample's report in a real Chromium with networking off, at 1280 and 360 px."""

import shutil

import pytest

from norwalk_analytics.board.making import make_report

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")


@pytest.fixture(scope="module")
def page(sample_folder, tmp_path_factory):
    return make_report(tmp_path_factory.mktemp("browser") / "board_report.html", data=sample_folder)


@pytest.mark.parametrize("width", [1280, 360])
def test_it_opens_offline_and_fits(page, width):
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": width, "height": 900}, offline=True)
        tab = context.new_page()
        asked, said = [], []
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("console", lambda message: said.append(message.text))
        tab.goto(page.as_uri())
        assert asked == [page.as_uri()]
        assert said == []
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        assert tab.locator("h1").count() == 1
        assert tab.locator("figure svg").count() >= 5
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
        found = Axe().run(tab, options={"runOnly": {"type": "tag", "values": tags}}).response["violations"]
        browser.close()
    assert found == []
