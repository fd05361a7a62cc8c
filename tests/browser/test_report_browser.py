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
