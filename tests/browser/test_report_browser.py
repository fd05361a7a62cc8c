"""The sample's report in a real Chromium with networking off, at 1280 and 360 px."""

import pytest
from in_browser import opened


@pytest.mark.parametrize("width", [1280, 360])
def test_it_opens_offline_and_fits(report, browser, width):
    page = opened(browser, viewport={"width": width, "height": 900}, offline=True)
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(report)
    assert asked == [report]
    assert said == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("h1").count() == 1
    assert page.locator("figure svg").count() >= 5
    page.context.close()


def test_what_matters_most_is_on_one_screen_with_how_to_read_it(report, browser):
    """Docs, guidance.md, points 22, 54 and 64: measured, since they are of the style sheet alone."""
    bottom = "name => document.querySelector(name).getBoundingClientRect().bottom"
    beside = """() => [...document.querySelectorAll('figure')].every(one => {
        const [said, plot] = ['.sentence', '.plot'].map(part => one.querySelector(part).getBoundingClientRect());
        return said.right < plot.left && said.top <= plot.bottom })"""
    page = opened(browser, viewport={"width": 1280, "height": 720})
    page.goto(report)
    assert max(page.evaluate(bottom, name) for name in (".brief", ".reading")) <= 720
    assert page.evaluate(beside)
    if page.evaluate("CSS.supports('scroll-target-group', 'auto')"):
        page.evaluate("window.scrollTo(0, document.querySelector('#how-good-the-data-is').offsetTop)")
        page.wait_for_timeout(100)
        assert page.locator(".contents a:target-current").inner_text() == "How good the data is"
    page.set_viewport_size({"width": 390, "height": 720})
    assert not page.evaluate(beside)
    page.context.close()
