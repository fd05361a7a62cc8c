"""ODS → texts. fastexcel gives an error cell of an OpenDocument sheet as empty, so its XML is read here.

Source: OASIS Open Document Format 1.3, part 3, sections 9.1 (tables) and 19.385 (types of values).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from fnmatch import fnmatchcase
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
        sheets = dict(_sheets(content, wanted.sheet))
        texts = [
            of_records(name, title, sheets[title], "ODS", wanted, others, padded=True)
            for title, others in chosen(name, list(sheets), wanted.sheet)
        ]
    except (ElementTree.ParseError, ValueError):
        raise unreadable(name) from None
    return texts


def _sheets(content: bytes, wanted: str | None) -> Iterator[tuple[str, list[list[str]]]]:
    """Each sheet's title and, if it is wanted, its rows; blank ones at its end, maybe a million, are left out."""
    rows: list[list[str]] = []
    title, blank, take, first = "", 0, False, True
    for event, one in ElementTree.iterparse(io.BytesIO(content), events=("start", "end")):
        if event == "start" and one.tag == f"{TABLE}table":
            title, rows, blank = one.get(f"{TABLE}name", ""), [], 0
            take, first = first if wanted is None else fnmatchcase(title, wanted) or title == wanted, False
        elif event == "end" and one.tag == f"{TABLE}table":
            yield title, rows
            one.clear()
        elif event == "end" and one.tag == f"{TABLE}table-row":
            times = int(one.get(f"{TABLE}number-rows-repeated", "1"))
            row = _cells(one) if take else []
            one.clear()
            if is_blank(row):
                blank += times
                continue
            if len(rows) + blank + times > MOST_ROWS:
                raise ValueError
            rows += [[] for _ in range(blank)]
            rows += [row for _ in range(times)]
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
