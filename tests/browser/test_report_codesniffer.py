"""A second opinion beside axe: HTML CodeSniffer, WCAG 2.1 AA, on the sample's report with every table open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from in_browser import SCRIPTS, opened, unfold

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SNIFFER = SCRIPTS / "node_modules" / "html_codesniffer" / "build" / "HTMLCS.js"
SNIFF = """() => new Promise(done => HTMLCS.process('WCAG2AA', document, () => done(
  HTMLCS.getMessages().map(({type, code, element}) => ({
    kind: {1: 'error', 2: 'warning', 3: 'notice'}[type],
    code: code.replace('WCAG2AA.', ''),
    element: element.outerHTML?.slice(0, 100) ?? '',
  })))))"""
RULE = "Principle1.Guideline1_3.1_3_1."
# What a person decided: kind, code, how the elements begin. Anything else fails the test.
DECIDED = (
    # Text for a screen reader alone, out of sight: no one sees its colours.
    ("warning", "Principle1.Guideline1_4.1_4_3.G18.Abs", '<span class="clause hidden"'),
    ("warning", "Principle1.Guideline1_4.1_4_3.G18.Abs", '<span class="hidden"'),
    ("warning", "Principle1.Guideline1_4.1_4_3.G18.Abs", '<span class="id"'),
    # It takes the seven columns that a part's name spans for seven headers, and so for a second
    # level of column headers, which would have to be named cell by cell. They are one header over
    # the rows below it, in a tbody with scope="rowgroup", the form that WCAG's technique H63 gives.
    # Its rule can't be kept either: it would have each cell name every part of the policy.
    ("error", RULE + "H43.HeadersRequired", '<table role="table" id="scorecard-table"'),
    ("warning", RULE + "H43.ScopeAmbiguous", '<table role="table" id="scorecard-table"'),
)


def sniffed(browser: Browser, report: str, before: str = "") -> list[dict[str, Any]]:
    if not SNIFFER.exists():
        pytest.skip("HTML CodeSniffer is missing: npm ci --prefix tests/browser")
    page = opened(browser, report, bypass_csp=True)
    unfold(page)
    if before:
        page.evaluate(before)
    page.add_script_tag(path=SNIFFER)
    found: list[dict[str, Any]] = page.evaluate(SNIFF)
    page.context.close()
    return found


def decision(found: dict[str, Any]) -> tuple[str, str, str] | None:
    for each in DECIDED:
        kind, code, start = each
        if (found["kind"], found["code"]) == (kind, code) and found["element"].startswith(start):
            return each
    return None


def test_it_finds_nothing_that_no_person_decided(report: str, browser: Browser) -> None:
    found = [each for each in sniffed(browser, report) if each["kind"] != "notice"]
    assert [each for each in found if decision(each) is None] == []
    assert {decision(each) for each in found} == set(DECIDED)


def test_it_would_find_something(report: str, browser: Browser) -> None:
    faults = (
        "document.documentElement.removeAttribute('lang'); document.title = '';"
        "document.querySelector('.brief a').textContent = ''"
    )
    found = sniffed(browser, report, faults)
    wrong = {each["code"] for each in found if each["kind"] == "error" and decision(each) is None}
    assert {"Principle3.Guideline3_1.3_1_1.H57.2", "Principle2.Guideline2_4.2_4_2.H25.1.EmptyTitle"} <= wrong
