"""ODS → texts. fastexcel gives an error cell of an OpenDocument sheet as empty, so its XML is read here.

Source: OASIS Open Document Format 1.3, part 3, sections 9.1 (tables) and 19.385 (types of values).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from norwalk_analytics.intake.packed import unpacked
from norwalk_analytics.intake.texts import Text, Wanted, digits, is_blank, of_records
from norwalk_analytics.intake.workbooks import chosen, unreadable
from norwalk_analytics.policy import UserError

TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
WORDS = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
MOST_CELLS, MOST_ROWS = 1 << 14, 1 << 20
MANIFEST = "META-INF/manifest.xml"


def of_ods(name: str, archive: zipfile.ZipFile, wanted: Wanted) -> list[Text]:
    """The wanted sheets of an ODS workbook.

    Raises:
        UserError: if it is protected or can't be read.
    """
    if MANIFEST in archive.namelist() and b"encryption-data" in unpacked(name, archive, MANIFEST):
        message = f"{name} is protected by a password. Save it without one. Nothing was loaded."
        raise UserError(message)
    content = unpacked(name, archive, "content.xml")
    try:
        titles = list(_titles(content))
        picked, several = chosen(name, titles, wanted.sheet)
        texts = []
        for title in picked:
            others = () if several else tuple(one for one in titles if one != title)
            rows = _rectangular(_rows(content, titles.index(title)))
            texts.append(of_records(name, title, rows, "ODS", wanted, others))
    except (ElementTree.ParseError, ValueError):
        raise unreadable(name) from None
    return texts


def _titles(content: bytes) -> Iterator[str]:
    for _, one in ElementTree.iterparse(io.BytesIO(content), events=("start",)):
        if one.tag == f"{TABLE}table":
            yield one.get(f"{TABLE}name", "")


def _rows(content: bytes, wanted: int) -> Iterator[list[str]]:
    """The rows of a sheet; blank ones at its end, of which there may be a million, are left out."""
    blank, table = 0, -1
    for event, one in ElementTree.iterparse(io.BytesIO(content), events=("start", "end")):
        if event == "start" and one.tag == f"{TABLE}table":
            table += 1
        elif event == "end" and one.tag == f"{TABLE}table-row":
            times = int(one.get(f"{TABLE}number-rows-repeated", "1"))
            row = _cells(one) if table == wanted else []
            one.clear()
            if table != wanted or is_blank(row):
                blank += times if table == wanted else 0
                continue
            if blank + times > MOST_ROWS:
                raise ValueError
            yield from [[] for _ in range(blank)]
            yield from [row for _ in range(times)]
            blank = 0


def _cells(row: Element) -> list[str]:
    cells: list[str] = []
    blank = 0
    for one in row:
        if one.tag not in (f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
            continue
        times = int(one.get(f"{TABLE}number-columns-repeated", "1"))
        text = _text(one)
        if not text:
            blank += times
            continue
        if len(cells) + blank + times > MOST_CELLS:
            raise ValueError
        cells += [""] * blank + [text] * times
        blank = 0
    return cells


def _text(cell: Element) -> str:
    """A cell as text: dates in ISO form, numbers in digits, text as it stands, an error as it is shown."""
    kind = cell.get(f"{OFFICE}value-type")
    shown = "\n".join(_words(one) for one in cell.findall(f"{WORDS}p"))
    if kind in ("float", "percentage", "currency") and not shown.startswith(("#", "Err:")):
        return digits(float(cell.get(f"{OFFICE}value", "")))
    if kind == "date":
        return _date(cell.get(f"{OFFICE}date-value", ""), timed=":" in shown)
    if kind == "boolean":
        return cell.get(f"{OFFICE}boolean-value", "")
    return "#VALUE!" if shown.startswith("Err:") else shown


def _date(value: str, *, timed: bool) -> str:
    """A date, with its time of day where the sheet shows one or it is not midnight."""
    day, _, clock = value.partition("T")
    clock = re.sub(r"[.]0*Z?$|Z$", "", clock) or "00:00:00"
    return f"{day} {clock}" if timed or clock != "00:00:00" else day


def _words(paragraph: Element) -> str:
    """A paragraph's text, its runs of spaces, tabs and line ends spelled out; notes apart."""
    text = paragraph.text or ""
    for one in paragraph:
        match one.tag.removeprefix(WORDS):
            case "s":
                text += " " * int(one.get(f"{WORDS}c", "1"))
            case "tab":
                text += "\t"
            case "line-break":
                text += "\n"
            case "span" | "a":
                text += _words(one)
        text += one.tail or ""
    return text


def _rectangular(rows: Iterator[list[str]]) -> list[list[str]]:
    """Rows as long as the longest: a sheet leaves out a row's last empty cells."""
    whole = list(rows)
    width = max(map(len, whole), default=0)
    return [row + [""] * (width - len(row)) for row in whole]
