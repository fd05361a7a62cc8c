"""What the sample's report holds and what it doesn't, so that criteria about it can't be failed."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING, Literal

import pytest
from in_browser import hexed, opened, unfold
from test_contrast import ratio

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page


class Reader(HTMLParser):
    """Whether tags nest, and what ids and attributes stand twice."""

    VOID = frozenset(("meta", "link", "br", "hr", "img", "wbr"))

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: set[str | None] = set()
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        ids = {value for name, value in attrs if name == "id"}
        if len(names) != len(set(names)) or ids & self.ids:
            self.wrong.append(self.get_starttag_text() or tag)
        self.ids |= ids
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}>")


@pytest.fixture(scope="module")
def page(report: str, browser: Browser) -> Iterator[Page]:
    page = opened(browser, report, viewport={"width": 1280, "height": 900})
    unfold(page)
    yield page
    page.context.close()


def test_no_media_no_pictures_of_text_and_no_frames(page: Page) -> None:
    """1.2.1 to 1.2.5, 1.4.2, 1.4.5: a logo, where a board gives one, is the one image file there may be."""
    assert page.locator("audio, video, track, object, embed, iframe, canvas, svg image, picture").count() == 0
    assert page.locator("img:not(.logo), img:not([alt])").count() == 0
    assert page.locator("svg text").count() > 100


def test_no_form_and_nothing_to_fill_in(page: Page) -> None:
    """1.3.5, 3.2.2, 3.3.1 to 3.3.4."""
    assert page.locator("form, input, select, textarea, button, [contenteditable]").count() == 0


def test_no_script_no_shortcut_and_no_limit_of_time(page: Page) -> None:
    """2.1.4, 2.2.1, 2.5.1, 2.5.2, 2.5.4, 4.1.3: nothing listens, reloads or changes by itself."""
    assert page.locator("script, [accesskey], meta[http-equiv='refresh' i]").count() == 0
    listening = page.evaluate(
        "[...document.querySelectorAll('*')].filter(e => e.getAttributeNames().some(n => n.startsWith('on'))).length"
    )
    assert listening == 0


def test_nothing_moves_or_flashes(report: str, browser: Browser) -> None:
    """2.2.2, 2.3.1, for who has not asked for less motion, too: only a jump to a section glides."""
    page = browser.new_page()
    page.goto(report)
    moving = page.evaluate(
        """() => [...document.querySelectorAll('*')].filter(e => ['', '::before', '::after'].some(part => {
             const style = getComputedStyle(e, part || null);
             return style.animationName !== 'none' || style.transitionDuration !== '0s';
           })).length"""
    )
    assert moving == 0
    assert page.locator("marquee, blink, animate, set, animateTransform").count() == 0
    assert page.evaluate("document.getAnimations().length") == 0
    glide = "getComputedStyle(document.documentElement).scrollBehavior"
    assert page.evaluate(glide) == "smooth"
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(glide) == "auto"
    page.close()


def test_nothing_appears_under_a_pointer(page: Page) -> None:
    """1.4.13: no tooltips, and a style for :hover changes words' colour and the line under them alone."""
    assert page.locator("[title], svg title, [popover], dialog").count() == 0
    hovered = page.evaluate(
        """() => { const found = new Set();
          const look = rules => { for (const rule of rules) {
            if (rule.selectorText?.includes(':hover')) for (const name of rule.style) found.add(name);
            if (rule.cssRules) look(rule.cssRules);
          } };
          for (const sheet of document.styleSheets) look(sheet.cssRules);
          return [...found]; }"""
    )
    assert hovered
    assert all(name == "color" or name.startswith("text-decoration") for name in hovered)


def test_no_way_of_holding_the_screen_is_asked_for(page: Page) -> None:
    """1.3.4: no style for one orientation; both are laid out in test_report_layout.py."""
    style = page.locator("style").first.evaluate("e => e.textContent")
    assert "orientation" not in style
    content = page.locator("meta[name=viewport]").get_attribute("content") or ""
    assert "user-scalable" not in content and "maximum-scale" not in content


def test_what_comes_after_stands_below(page: Page) -> None:
    """1.3.2: headings, sentences, figures and tables stand on the page in the order they are read in."""
    tops = page.evaluate(
        "[...document.querySelectorAll('main :is(h2, h3, h4, p, figure, .table, .scorecard, dl, ol)')]"
        ".filter(e => e.checkVisibility() && !e.closest('td, th')).map(e => e.getBoundingClientRect().top)"
    )
    assert len(tops) > 50
    assert tops == sorted(tops)


def test_controls_are_called_what_they_say(page: Page) -> None:
    """2.5.3, 3.2.4: links and summaries have no name but their words; each "Show the numbers" begins alike."""
    named = "a[aria-label], a[aria-labelledby], summary[aria-label], summary[aria-labelledby]"
    assert page.locator(named).count() == 0
    assert all(words.startswith("Show the numbers") for words in page.locator("summary").all_inner_texts())


def test_links_say_where_they_lead(page: Page) -> None:
    """2.4.4: links of the same words stand beside headers of different clauses, or lead to one place."""
    links = page.evaluate(
        """[...document.querySelectorAll('a')].map(a => [a.textContent.trim(),
             a.closest('tr')?.querySelector('.clause')?.textContent.trim() ?? '', a.getAttribute('href')])"""
    )
    assert all(words for words, _, _ in links)
    places: dict[tuple[str, str], set[str]] = {}
    for words, clause, href in links:
        places.setdefault((words, clause), set()).add(href)
    assert {key: found for key, found in places.items() if len(found) > 1} == {}


def test_title_language_and_heading_say_what_the_page_is(page: Page) -> None:
    """2.4.2, 3.1.1."""
    heading = page.locator("h1").inner_text()
    assert heading in page.title()
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.locator("[lang]").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_links_in_sentences_are_underlined(page: Page, scheme: Literal["light", "dark"]) -> None:
    """1.4.1, 1.4.11: by a line that is seen, not by colour alone; the contents are a list of nothing but links."""
    page.emulate_media(color_scheme=scheme)
    lines = page.evaluate(
        """() => [...document.querySelectorAll('a')].filter(e => !e.closest('.contents')).map(e => {
             const style = getComputedStyle(e);
             return [style.textDecorationLine, style.textDecorationColor,
                     getComputedStyle(document.body).backgroundColor, e.textContent];
           })"""
    )
    page.emulate_media(color_scheme="light")
    assert len(lines) > 20
    for line, colour, ground, words in lines:
        assert line == "underline", words
        assert ratio(hexed(colour), hexed(ground)) >= 3, words


def test_each_status_has_its_word_beside_its_shape(page: Page) -> None:
    """1.4.1: a status or trend is said in a word; test_pieces.py holds that their shapes differ too."""
    marks = page.evaluate(
        "[...document.querySelectorAll('.mark')].map(e => [e.querySelector('.word').textContent.trim(), "
        "e.querySelector('path').getAttribute('d')])"
    )
    assert len(marks) > 50 and all(word for word, _ in marks)


def test_tags_nest_and_nothing_stands_twice(report_file: Path) -> None:
    """4.1.1, of the file's own text and not of what a browser has made good."""
    reader = Reader()
    reader.feed(report_file.read_text(encoding="utf-8"))
    reader.close()
    assert (reader.wrong, reader.open) == ([], [])
    assert len(reader.ids) > 50
    for fault in ("<p><b></p></b>", '<p id="a"></p><p id="a"></p>', '<p id="a" id="b"></p>'):
        reader = Reader()
        reader.feed(fault)
        assert reader.wrong
