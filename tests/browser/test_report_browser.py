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


def test_what_matters_most_is_on_one_screen_with_how_to_read_it(page):
    """Docs, guidance.md, points 22, 54 and 64: measured, since they are of the style sheet alone."""
    from playwright.sync_api import sync_playwright

    bottom = "name => document.querySelector(name).getBoundingClientRect().bottom"
    beside = """() => [...document.querySelectorAll('figure')].every(one => {
        const [said, plot] = ['.sentence', '.plot'].map(part => one.querySelector(part).getBoundingClientRect());
        return said.right < plot.left && said.top <= plot.bottom })"""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
        tab.goto(page.as_uri())
        assert max(tab.evaluate(bottom, name) for name in (".brief", ".reading")) <= 720
        assert tab.evaluate(beside)
        if tab.evaluate("CSS.supports('scroll-target-group', 'auto')"):
            tab.locator("#method").scroll_into_view_if_needed()
            tab.evaluate("window.scrollTo(0, document.querySelector('#data-quality').offsetTop)")
            tab.wait_for_timeout(100)
            assert tab.locator(".contents a:target-current").inner_text() == "Data quality"
        tab.set_viewport_size({"width": 390, "height": 720})
        assert not tab.evaluate(beside)
        browser.close()
