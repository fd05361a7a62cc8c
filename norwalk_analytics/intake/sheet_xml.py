"""What stands in an XLSX sheet's own XML that its reader does not tell."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from posixpath import dirname, join, normpath
from xml.etree import ElementTree

from norwalk_analytics.intake.texts import UNSTORED, letters

ERROR = re.compile(rb'<c [^>]*?t="e"[^>]*>')
FORMULA = re.compile(rb"<f[ >/]")
FAR = re.compile(rb'r="(?:[A-Z]{2}|[A-Z][0-9]{7})')
STRANGE = re.compile(rb'<c r="(?![A-Z]{1,3}[0-9]{1,7}")')
REFERENCE = re.compile(rb'r="([A-Z]{1,3})([0-9]{1,7})"')
STYLE = re.compile(rb"""\bs=["']([0-9]+)["']""")
KIND = re.compile(rb"""\bt=["'](\w+)["']""")
VALUE = re.compile(rb"<(?:\w+:)?v(?: [^>]*)?>([^<]*)<")
IN_FIRST = re.compile(rb"""<c r="A[0-9]+"[^>]*[^/]><[vif]""")
LAST_ROW = re.compile(rb"""<(?:\w+:)?row [^>]*?\br=["']([0-9]+)["']""")
MOST = 8  # cells of the block from the first to the last, for each cell that there is
SMALL = 1 << 20
MOST_ROWS = 1 << 20
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
STRICT = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
TIMES = {*range(18, 23), *range(32, 36), *range(45, 48), 55, 56}
DATES = {*range(14, 18), *range(27, 32), 36, *range(50, 55), 57, 58}


@dataclass(frozen=True)
class Odd:
    """What a reader of values does not tell of a sheet.

    Attributes:
        plain: whether every cell can be told apart; where not, nothing else is said.
        beyond: whether there are rows that no workbook has.
        cells: (row, column), counted from 0 → the error shown there, or that a formula has no value.
        xml: the sheet's XML.
    """

    plain: bool
    beyond: bool = False
    cells: dict[tuple[int, int], str] = field(default_factory=dict)
    xml: bytes = b""

    def styled(self, places: Iterable[tuple[int, str]], styles: frozenset[int]) -> dict[str, list[int]]:
        """Of these cells (row, and column as ``c0``), in order, those that have one of these styles."""
        found: dict[str, list[int]] = {}
        for (row, name), start, end in self._tags(places):
            style = STYLE.search(self.xml, start, end)
            if style and int(style[1]) in styles:
                found.setdefault(name, []).append(row)
        return found

    def numbers(self, places: Iterable[tuple[int, str]]) -> Iterator[tuple[tuple[int, str], float]]:
        """Of these cells, in the order of their rows and columns, those that hold a number, as it is stored."""
        for place, start, end in self._tags(places):
            kind, value = KIND.search(self.xml, start, end), VALUE.search(self.xml, end)
            if value and (kind is None or kind[1] == b"n"):
                yield place, float(value[1])

    def _tags(self, places: Iterable[tuple[int, str]]) -> Iterator[tuple[tuple[int, str], int, int]]:
        """Where the tags of these cells begin and end; each is looked for behind the one before."""
        at = 0
        for row, name in places:
            mark = f' r="{letters(int(name[1:]))}{row + 1}"'.encode()
            at = max(self.xml.find(mark, at), 0)
            yield (row, name), self.xml.rfind(b"<", 0, at), self.xml.find(b">", at)


def looked_through(xml: bytes) -> Odd:
    """A sheet's XML looked through for what fastexcel does not tell."""
    cells = xml.count(b"<c ")
    last = LAST_ROW.findall(xml, max(0, xml.rfind(b"<row ")))
    usual = xml.count(b'<c r="') == cells and (cells or b":c " not in xml) and b"\0" not in xml[:100]
    if not usual or (cells and not last):
        return Odd(plain=False)
    height, width = extent(xml, int(last[-1]) if last else 0)
    if height > MOST_ROWS:
        return Odd(plain=False, beyond=True)
    if is_sparse(height, width, cells):
        return Odd(plain=False)
    if cells and not IN_FIRST.search(xml):
        return Odd(plain=False)  # which column is the first can't be told
    odd = _errors(xml)
    odd |= _formulas(xml)
    return Odd(plain=True, cells=odd, xml=xml)


def is_sparse(height: int, width: int, cells: int) -> bool:
    """Whether a block so large holds so few cells that it must not be held in memory."""
    return height * width > max(SMALL, MOST * cells)


def extent(xml: bytes, last: int) -> tuple[int, int]:
    """How many rows and columns there are at the most: 26, unless a cell beyond is there."""
    if not FAR.search(xml):
        return last, 26
    if STRANGE.search(xml):
        return MOST_ROWS + 1, 0
    references = REFERENCE.findall(xml)
    rows = max(int(row) for _, row in references)
    return max(last, rows), max(number(column) + 1 for column in {column for column, _ in references})


def _errors(xml: bytes) -> dict[tuple[int, int], str]:
    """The error cells."""
    if b't="e"' not in xml:
        return {}
    found = {}
    for tag in ERROR.finditer(xml):
        where, value = REFERENCE.search(tag[0]), VALUE.search(xml, tag.end())
        if where and value:
            found[int(where[2]) - 1, number(where[1])] = value[1].decode()
    return found


def _formulas(xml: bytes) -> dict[tuple[int, int], str]:
    """The formulas whose value was never stored; an empty text is a value."""
    if b"<f" not in xml:
        return {}
    found = {}
    for formula in FORMULA.finditer(xml, 0, xml.rfind(b"</sheetData>")):
        end = xml.find(b"</c>", formula.end())
        value = VALUE.search(xml, formula.end(), end)
        start = xml.rfind(b"<c ", 0, formula.start())
        tag = xml[start : xml.find(b">", start)]
        kind, where = KIND.search(tag), REFERENCE.search(tag)
        if where and not (value and value[1]) and not (kind and kind[1] == b"str"):
            found[int(where[2]) - 1, number(where[1])] = UNSTORED
    return found


def number(column: bytes) -> int:
    """A column's number from 0: A is 0, AA is 26."""
    total = 0
    for letter in column:
        total = total * 26 + letter - 64
    return total - 1


def sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet title → the archive's part that holds it, in the workbook's order; charts apart."""
    root = ElementTree.fromstring(archive.read("_rels/.rels"))
    targets = [one.get("Target", "") for one in root if one.get("Type", "").endswith("/officeDocument")]
    book = normpath(targets[0].lstrip("/"))
    folder, _, file = book.rpartition("/")
    relations = relations_of(archive, join(folder, "_rels", f"{file}.rels"))
    sheets = ElementTree.fromstring(archive.read(book)).iter()
    parts = {}
    for sheet in sheets:
        if sheet.tag.rpartition("}")[2] != "sheet":
            continue
        kind, target = relations[sheet.get(RELATION) or sheet.get(STRICT) or ""]
        if kind.endswith("/worksheet"):
            parts[sheet.get("name", "")] = target
    return parts


def relations_of(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Relation id → its type, and the archive's part that it leads to."""
    root = ElementTree.fromstring(archive.read(part))
    folder = dirname(dirname(part))
    of = {one.get("Id", ""): (one.get("Type", ""), one.get("Target", "")) for one in root}
    return {
        key: (kind, normpath(join("/", folder, target)).lstrip("/")) for key, (kind, target) in of.items()
    }


def timed_styles(archive: zipfile.ZipFile) -> tuple[bool, frozenset[int]]:
    """Whether some style shows a date without a time, and the styles that show a time of day."""
    if "xl/styles.xml" not in archive.namelist():
        return True, frozenset()
    root = ElementTree.fromstring(archive.read("xl/styles.xml"))
    formats = {
        int(one.get("numFmtId", "0")): one.get("formatCode", "")
        for one in root.iter() if one.tag.rpartition("}")[2] == "numFmt"
    }  # fmt: skip
    cells = next((one for one in root if one.tag.rpartition("}")[2] == "cellXfs"), None)
    ids = [int(one.get("numFmtId", "0")) for one in cells] if cells is not None else []
    timed = frozenset(i for i, one in enumerate(ids) if is_timed(one, formats))
    dated = any(_is_dated(one, formats) for one in ids)
    return dated, timed


def is_timed(format_id: int, formats: dict[int, str]) -> bool:
    """Whether a number format shows a time of day."""
    if format_id in formats:
        return bool(set(_plain(formats[format_id])) & set("hH"))
    return format_id in TIMES


def _is_dated(format_id: int, formats: dict[int, str]) -> bool:
    if format_id in formats:
        code = set(_plain(formats[format_id]))
        return bool(code & set("dDyY")) and not code & set("hH")
    return format_id in DATES


def _plain(code: str) -> str:
    """A format's code without what stands in quotes, in brackets or after a backslash."""
    return re.sub(r'"[^"]*"|\\.|\[[^\]]*\]|_.', "", code)
