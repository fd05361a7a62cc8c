"""axe-core on the sample's report, every table open: WCAG 2.1 A and AA in light, dark, narrow and print."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from in_browser import DECIDED, LOOKS, axe, opened, unfold

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.mark.parametrize(
    "look",
    [pytest.param(look, marks=[] if look in ("light", "narrow") else [pytest.mark.long]) for look in LOOKS],
)
def test_axe_finds_nothing_and_what_it_leaves_open_is_decided(
    report: str, browser: Browser, look: str
) -> None:
    page = opened(browser, report, **LOOKS[look])
    unfold(page)
    wrong, doubts, used = axe(page)
    page.context.close()
    assert wrong == []
    assert doubts == set()
    assert used == {each for each in DECIDED if look in each.looks}


def test_axe_would_find_something(report: str, browser: Browser) -> None:
    """The same run over the same page, with faults put in."""
    page = opened(browser, report)
    page.evaluate(
        """() => {
          document.documentElement.removeAttribute('lang');
          document.querySelector('figure svg').removeAttribute('aria-labelledby');
          document.querySelector('main').innerHTML = document.querySelector('figure').outerHTML;
        }"""
    )
    wrong, _, _ = axe(page)
    page.context.close()
    assert {"html-has-lang", "svg-img-alt"} <= {rule for rule, _ in wrong}
