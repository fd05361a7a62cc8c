"""A page of ours made plain enough for paper: what a tagged PDF can say, and nothing else.

A screen folds, scrolls and hides; paper does not, and a PDF's structure knows fewer kinds of element than
HTML. So "Show the numbers" stands open, a drawing becomes a picture with alternative text, a shape beside a
word a picture without, a table with groups becomes a simple table a group, a list of terms paragraphs.
"""

from __future__ import annotations

import base64
import copy
import re
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

from norwalk_analytics.board.page import PALETTE
from norwalk_analytics.board.theme import HEX

if TYPE_CHECKING:
    from collections.abc import Callable

_SVG = "{http://www.w3.org/2000/svg}"
_VARIABLE = re.compile(r"var\(--c-([a-z-]+)[^)]*\)")
_COLOURS = HEX | {name: light for name, (light, _) in PALETTE.items()}
_TONES = {"tone-good": "blue", "tone-bad": "orange", "tone-unsure": "plum"}  # as style.css has them
_CLAUSE = re.compile(r"(\b[A-Z]\.\d+[a-z]?\b)")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_RENAMED = {
    "header": "div", "nav": "div", "figure": "section", "figcaption": "p", "details": "div", "pre": "p",
}  # fmt: skip
_DECORATION = " "
"""The words of a picture that says nothing: WeasyPrint takes a picture without any for a mistake."""


class Plain(NamedTuple):
    """A page for paper.

    Attributes:
        html: the page.
        called: what each of its ids is called, for links to it.
        lists: of each list, in reading order, whether it is numbered.
    """

    html: str
    called: dict[str, str]
    lists: list[bool]


def plain_page(html: str) -> Plain:
    """Give a page of ours as one that becomes a tagged PDF.

    Args:
        html: The text of a page that `page.render` made.

    Returns:
        The page without style sheet, folds and drawings, with the names of the places in it.

    Example:
        >>> made = plain_page('<title>A</title><h2 id="b">B</h2><details><summary>Show</summary><p>1</p></details>')
        >>> made.html[made.html.index("<body>"):]
        '<body><h2 id="b">B</h2><div><p>1</p></div></body></html>'
        >>> made.called
        {'b': 'B'}
    """
    import tinyhtml5

    root = tinyhtml5.parse(html, namespace_html_elements=False)
    _head(root)
    _without(root, lambda one: one.tag in ("style", "link", "summary", "footer") or "skip" in _classes(one))
    _without(root, lambda one: one.get("aria-hidden") == "true" and one.tag != f"{_SVG}svg")
    _drawings(root)
    _scorecards(root)
    _clauses(root)
    _terms(root)
    _contents(root)
    _addresses(root)
    _captions(root)
    _unbroken(root)
    called = {one.get("id", ""): name for one in root.iter() if one.get("id") and (name := _name(one))}
    _rename(root)
    text = ET.tostring(root, encoding="unicode", method="html")
    lists = [one.tag == "ol" for one in root.iter() if one.tag in ("ul", "ol")]
    return Plain(f"<!DOCTYPE html>\n{text}", called, lists)


def words(element: ET.Element | None) -> str:
    """All that an element says, on one line."""
    return "" if element is None else " ".join("".join(element.itertext()).split())


def _classes(element: ET.Element) -> list[str]:
    return element.get("class", "").split()


def _without(root: ET.Element, unwanted: Callable[[ET.Element], bool]) -> None:
    """Take elements out, and leave the text that stands behind them."""
    for parent in list(root.iter()):
        for child in [one for one in parent if unwanted(one)]:
            _take_out(parent, child)


def _take_out(parent: ET.Element, child: ET.Element) -> None:
    at = list(parent).index(child)
    if child.tail:
        if at:
            parent[at - 1].tail = (parent[at - 1].tail or "") + child.tail
        else:
            parent.text = (parent.text or "") + child.tail
    parent.remove(child)


def _head(root: ET.Element) -> None:
    """Keep the title and the encoding; the style is paper.css."""
    head = root.find("head")
    if head is not None:
        _without(head, lambda one: one.tag != "title" and "charset" not in one.attrib)


def _drawings(root: ET.Element) -> None:
    """Each drawing as a picture: with words where it stands for numbers, as decoration where words stand beside it."""
    named = {one.get("id"): one for one in root.iter() if one.get("id")}
    for parent in list(root.iter()):
        tone = next((_TONES[name] for name in _classes(parent) if name in _TONES), "band")
        for at, child in enumerate(list(parent)):
            if child.tag != f"{_SVG}svg":
                continue
            labels = f"{child.get('aria-labelledby', '')} {child.get('aria-describedby', '')}".split()
            said = ". ".join(words(named.get(label)).rstrip(".") for label in labels)
            if "shape" in _classes(child):
                child.set("fill", _COLOURS[tone])
            picture = ET.Element(
                "img",
                {
                    "class": child.get("class", ""),
                    "alt": f"Chart: {said}." if said else _DECORATION,
                    "src": _address(child),
                },
            )
            for side in ("width", "height"):
                if "shape" not in _classes(child):
                    picture.set(side, child.get(side, ""))
            picture.tail = child.tail
            parent[at] = picture


def _address(svg: ET.Element) -> str:
    """A drawing as a data address that depends on no page: colours as the light palette has them."""
    svg = copy.deepcopy(svg)
    svg.tail = None
    for one in svg.iter():
        one.tag = one.tag.rpartition("}")[2]
        for name in [name for name in one.attrib if name == "class" or name.startswith("aria-")]:
            del one.attrib[name]
    svg.set("xmlns", "http://www.w3.org/2000/svg")
    svg.set("color", _COLOURS["text"])
    text = _VARIABLE.sub(lambda found: _COLOURS.get(found[1], found[0]), ET.tostring(svg, encoding="unicode"))
    return f"data:image/svg+xml;base64,{base64.b64encode(text.encode()).decode()}"


def _scorecards(root: ET.Element) -> None:
    """A table with groups as a simple table a group, each with its head; every row of as many cells."""
    for parent in list(root.iter()):
        for table in [
            one for one in parent if one.tag == "table" and one.find("tbody/tr[@class='group']") is not None
        ]:
            at = list(parent).index(table)
            title = ET.Element("p", {"class": "table-title"})
            title.text = words(table.find("caption"))
            if ident := table.get("id"):
                title.set("id", ident)
            tables = [title, *(_of_group(table, group) for group in table.findall("tbody"))]
            parent[at : at + 1] = tables


def _of_group(table: ET.Element, group: ET.Element) -> ET.Element:
    """One group of a table as a table of its own, with the group's title for a caption."""
    made = ET.Element("table", {"class": "grouped"})
    caption = ET.SubElement(made, "caption")
    head = table.find("thead")
    columns: list[str] = []
    if head is not None:
        made.append(copy.deepcopy(head))
        columns = [one.get("class", "") for one in head.findall("tr/th")]
    body = ET.SubElement(made, "tbody")
    for row in group:
        if "group" in _classes(row):
            caption.text = words(row)
            continue
        remark = row.find("td[@colspan]")
        if remark is not None:  # in place of all other cells; it says what the status would
            del remark.attrib["colspan"]
            row.remove(remark)
            row.extend(remark if name == "status" else ET.Element("td") for name in columns[1:])
        body.append(row)
    return made


def _clauses(root: ET.Element) -> None:
    """A clause whose title was said in the row above: its number alone, in front of the measure."""
    for parent in list(root.iter()):
        for clause in [one for one in parent if {"clause", "hidden"} <= set(_classes(one))]:
            number, measure = words(clause.find("span[@class='id']")), parent.find("span[@class='measure']")
            _take_out(parent, clause)
            if number and measure is not None:
                again = ET.Element("span", {"class": "again"})
                again.text, again.tail, measure.text = number, f" {measure.text or ''}", None
                measure.insert(0, again)


INLINE = {"head-facts": ": ", "reads": " "}
"""Lists of terms of which each stands on one line with what is said of it, and what parts the two."""


def _terms(root: ET.Element) -> None:
    """A list of terms as paragraphs: PDF 1.7 has no terms, and WeasyPrint makes an item of each part."""
    for terms in [one for one in root.iter() if one.tag == "dl"]:
        terms.tag = "div"
        inline = next((sign for name, sign in INLINE.items() if name in _classes(terms)), None)
        pairs = [one for one in terms if one.tag == "div"] or [terms]
        for pair in pairs:
            if inline is not None:
                pair.tag = "p"
                for part in pair:
                    part.set("class", "term" if part.tag == "dt" else "value")
                    part.tail = inline if part.tag == "dt" else None
                    part.tag = "span"
                continue
            values = [one for one in pair if one.tag == "dd"]
            many = ET.Element("ul", {"class": "values"}) if len(values) > 1 else None
            for part in list(pair):
                if part.tag == "dt":
                    part.tag = "p"
                    part.set("class", "term")
                elif part.tag == "dd" and many is None:
                    part.tag = "p"
                    part.set("class", "value")
                elif part.tag == "dd" and many is not None:
                    pair.remove(part)
                    part.tag = "li"
                    many.append(part)
            if many is not None:
                pair.append(many)


def _contents(root: ET.Element) -> None:
    """The table of contents: each line says where it leads, so that its page can be printed."""
    for item in root.iterfind(".//nav//li"):
        link = item.find("a")
        if link is not None:
            item.set("data-to", link.get("href", ""))


def _addresses(root: ET.Element) -> None:
    """A link to elsewhere says where: paper can't be clicked."""
    for link in root.iter("a"):
        address = link.get("href", "")
        if address.startswith("http") and words(link) != address:
            said = ET.SubElement(link, "span")
            said.text = f" ({address})"


def _captions(root: ET.Element) -> None:
    """A table without a caption takes the words of the heading above it."""
    heading = "Table"
    for one in list(root.iter()):
        if one.tag in _HEADINGS:
            heading = words(one)
        elif one.tag == "table" and one.find("caption") is None:
            caption = ET.Element("caption")
            caption.text = heading
            one.insert(0, caption)


def _unbroken(root: ET.Element) -> None:
    """A clause's number, as in C.2b, on one line: Pango would part it behind the point."""
    for parent in [one for one in root.iter() if one.tag not in ("head", "title")]:
        for child in list(parent):
            before, *parts = _pieces(child.tail)
            child.tail = before
            for part in reversed(parts):
                parent.insert(list(parent).index(child) + 1, part)
        before, *parts = _pieces(parent.text)
        parent.text = before
        for part in reversed(parts):
            parent.insert(0, part)


def _pieces(text: str | None) -> tuple[str | None, *tuple[ET.Element, ...]]:
    """A text up to the first number of a clause, then an element a number with the text behind it."""
    before, *rest = _CLAUSE.split(text or "")
    parts = []
    for number, behind in zip(rest[::2], rest[1::2], strict=True):
        part = ET.Element("span", {"class": "unbroken"})
        part.text, part.tail = number, behind
        parts.append(part)
    return (before, *parts)


def _rename(root: ET.Element) -> None:
    """Names that a tagged PDF has a type for, no names for assistive technology, and no blanks between blocks."""
    for one in root.iter():
        if one.tag in ("figcaption", "pre"):
            one.set("class", f"{one.get('class', '')} {one.tag}".strip())
        one.tag = _RENAMED.get(one.tag, one.tag)
        for name in [name for name in one.attrib if name in ("role", "tabindex") or name.startswith("aria-")]:
            del one.attrib[name]
        if one.tag in ("ul", "ol", "div", "section"):
            one.text = (one.text or "").strip() and one.text
            for child in one:
                child.tail = (child.tail or "").strip() and child.tail


def _name(element: ET.Element) -> str:
    """What a place is called: its heading, or the caption of its table."""
    if element.tag in (*_HEADINGS, "p", "caption"):
        return words(element)
    for tag in (*_HEADINGS, "caption"):
        found = element.find(f".//{tag}")
        if found is not None:
            return words(found)
    return ""
