"""What assistive technology gets of the sample's report: the browser's own accessibility tree."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from in_browser import opened, unfold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

# What a reader sees of each figure; the tree is held against it.
FIGURES = """() => [...document.querySelectorAll('figure')].map(f => {
  const said = (from, selector) => [...from.querySelectorAll(selector)].map(e => e.textContent);
  const table = f.querySelector('table');
  return {title: f.querySelector('h3').textContent, sentence: f.querySelector('.sentence').textContent,
    how: f.querySelector('figcaption').textContent, caption: said(table, 'caption')[0],
    columns: said(table, 'thead th'), rows: said(table, 'tbody th'), cells: said(table, 'td').length};
})"""


def words(text: str) -> str:
    """Text with every space alike."""
    return " ".join(text.split())


class Tree:
    """The accessibility tree, as Chromium gives it to a screen reader."""

    def __init__(self, page: Page) -> None:
        session = page.context.new_cdp_session(page)
        found = session.send("Accessibility.getFullAXTree")["nodes"]
        session.detach()
        self.nodes: dict[str, dict[str, Any]] = {node["nodeId"]: node for node in found}
        self.top = found[0]

    def below(self, node: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """What a screen reader meets in a node, in its order."""
        for child in node.get("childIds", ()):
            inner = self.nodes.get(child)
            if inner is None:
                continue
            if not inner["ignored"]:
                yield inner
            yield from self.below(inner)

    def all(self, role: str, node: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        return [each for each in self.below(node or self.top) if each["role"]["value"] == role]


def name(node: dict[str, Any]) -> str:
    return words(node.get("name", {}).get("value", ""))


def description(node: dict[str, Any]) -> str:
    return words(node.get("description", {}).get("value", ""))


def state(node: dict[str, Any], key: str) -> Any:
    return next((each["value"]["value"] for each in node["properties"] if each["name"] == key), None)


@pytest.fixture(scope="module")
def trees(report: str, browser: Browser) -> tuple[list[dict[str, Any]], Tree, Tree]:
    """The figures, and the tree with their numbers shut and open."""
    page = opened(browser, report)
    shut = Tree(page)
    figures = page.evaluate(FIGURES)
    unfold(page)
    whole = Tree(page)
    page.context.close()
    return figures, shut, whole


def figure_in(tree: Tree, figure: dict[str, Any]) -> dict[str, Any]:
    """The figure's node: the one group of its name that holds a chart and more."""
    title = words(figure["title"])
    (found,) = [each for each in tree.all("group") + tree.all("figure") if name(each) == title]
    return found


def test_each_figure_has_its_name_and_its_sentence(trees: tuple[list[dict[str, Any]], Tree, Tree]) -> None:
    figures, shut, _ = trees
    assert len(figures) >= 10
    for figure in figures:
        node = figure_in(shut, figure)
        title, sentence = words(figure["title"]), words(figure["sentence"])
        assert [name(each) for each in shut.all("heading", node)] == [title]
        assert [(name(each), description(each)) for each in shut.all("image", node)] == [(title, sentence)]
        said = words(" ".join(name(each) for each in shut.all("StaticText", node)))
        for text in (sentence, words(figure["how"])):
            assert text.replace(" ", "") in said.replace(" ", "")
        (control,) = shut.all("DisclosureTriangle", node)
        assert name(control) == f"Show the numbers of: {title}"
        assert state(control, "expanded") is False
        assert shut.all("table", node) == []


def test_each_figures_table_is_there_once_opened(trees: tuple[list[dict[str, Any]], Tree, Tree]) -> None:
    figures, _, whole = trees
    for figure in figures:
        node = figure_in(whole, figure)
        (control,) = whole.all("DisclosureTriangle", node)
        assert state(control, "expanded") is True
        (table,) = whole.all("table", node)
        assert name(table) == words(figure["caption"])
        assert [name(each) for each in whole.all("columnheader", table)] == list(
            map(words, figure["columns"])
        )
        assert [name(each) for each in whole.all("rowheader", table)] == list(map(words, figure["rows"]))
        assert len(whole.all("cell", table)) == figure["cells"] > 0


def test_what_a_chart_marks_stands_in_its_table(report: str, browser: Browser) -> None:
    """Each point that is marked by shape and colour is called so in the numbers."""
    page = opened(browser, report)
    charts = page.evaluate(
        """() => [...document.querySelectorAll('figure:has(.pic-control-chart)')].map(f => {
          const drawn = {}, said = {};
          for (const group of f.querySelectorAll('g[class^="pic-point-"]')) {
            const mark = group.getAttribute('class').replace('pic-point-', '');
            drawn[mark] = (drawn[mark] ?? 0) + group.children.length;
          }
          for (const row of f.querySelectorAll('tbody tr')) {
            const signal = row.lastElementChild.textContent;
            if (signal && signal !== '–') said[signal === 'no' ? 'common' : signal] = (said[signal === 'no' ? 'common' : signal] ?? 0) + 1;
          }
          return [drawn, said];
        })"""
    )
    page.context.close()
    assert len(charts) >= 5
    assert any({"improvement", "concern"} & drawn.keys() for drawn, _ in charts)
    for drawn, said in charts:
        assert drawn == said


def test_every_table_has_a_name_and_headers(trees: tuple[list[dict[str, Any]], Tree, Tree]) -> None:
    _, _, whole = trees
    tables = whole.all("table")
    assert len({name(table) for table in tables} - {""}) == len(tables)
    for table in tables:
        assert whole.all("columnheader", table) and whole.all("rowheader", table)
    assert all(name(region) for region in whole.all("region"))


def test_what_leads_through_the_page(trees: tuple[list[dict[str, Any]], Tree, Tree]) -> None:
    """Landmarks, headings without a gap in their levels, every image and link named."""
    _, _, whole = trees
    assert [len(whole.all(role)) for role in ("banner", "navigation", "main", "contentinfo")] == [1] * 4
    levels = [state(heading, "level") for heading in whole.all("heading")]
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for role in ("image", "link", "heading", "DisclosureTriangle"):
        assert all(name(node) for node in whole.all(role)), role


def test_the_scorecard_keeps_its_cells_on_a_phone(
    trees: tuple[list[dict[str, Any]], Tree, Tree], report: str, browser: Browser
) -> None:
    """Where each row is a card, it is still a row of a table for who can't see it."""
    page = opened(browser, report, viewport={"width": 320, "height": 568})
    counts = []
    for tree in (trees[1], Tree(page)):
        (card,) = [table for table in tree.all("table") if name(table) == "The policy clause by clause"]
        counts.append([len(tree.all(role, card)) for role in ("row", "columnheader", "rowheader")])
    page.context.close()
    assert counts[0] == counts[1]
    assert counts[0][0] > 30 and counts[0][1] == 7
