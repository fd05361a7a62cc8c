"""XLSB → texts: by fastexcel, with the error cells, which it gives as empty, taken from the sheet's records."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from posixpath import join, normpath

from norwalk_analytics.intake.packed import unpacked
from norwalk_analytics.intake.sheet_xml import Odd, relations_of
from norwalk_analytics.intake.texts import Text, Wanted
from norwalk_analytics.intake.workbooks import by_fastexcel, chosen, of_cells, put, unreadable
from norwalk_analytics.policy import UserError

ROW_HEADER, BLANK, BOOL_ERROR, FORMULA_ERROR, SHEET = 0, 1, 3, 11, 156
CELLS = range(2, 12)
SHORT = range(12, 19)
ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip
MOST = 8  # cells of the block from the first to the last, for each cell that there is
SMALL = 1 << 20


def of_xlsb(name: str, data: bytes, archive: zipfile.ZipFile, wanted: Wanted) -> list[Text]:
    """The wanted sheets of an XLSB workbook. A midnight is taken for a date.

    Raises:
        UserError: if the workbook can't be read, or not without losing cells.
    """
    try:
        parts = _parts(archive)
    except Exception:  # whatever a broken file makes the reader raise
        raise unreadable(name) from None
    parts = {title: part for title, part in parts.items() if part in archive.namelist()}
    titles, several = chosen(name, list(parts), wanted.sheet)
    texts = []
    for title in titles:
        odd = _looked_through(name, unpacked(name, archive, parts[title]))
        cells = put(by_fastexcel(name, data, title), odd, (True, frozenset()))
        others = () if several else tuple(one for one in parts if one != title)
        texts.append(of_cells(name, title, cells, "XLSB", wanted, others))
    return texts


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and content of each record: both their kind and their size are numbers of 7 bits a byte."""
    at = 0
    while at < len(data):
        kind, at = _varying(data, at, 2)
        size, at = _varying(data, at, 4)
        yield kind, data[at : at + size]
        at += size


def _varying(data: bytes, at: int, most: int) -> tuple[int, int]:
    value = 0
    for i in range(most):
        byte = data[at + i]
        value |= (byte & 0x7F) << (7 * i)
        if byte < 0x80:
            break
    return value, at + i + 1


def _looked_through(name: str, data: bytes) -> Odd:
    """The error cells of a sheet; UserError where fastexcel would lose cells or need memory beyond reason."""
    row, count, last, first, odd = 0, 0, 0, 1 << 14, {}
    try:
        for kind, content in _records(data):
            if kind == ROW_HEADER:
                row = struct.unpack_from("<I", content)[0]
            elif kind in SHORT:
                message = f"{name} is an .xlsb of a form that can't be read whole. Save it as .xlsx. Nothing was loaded."
                raise UserError(message)
            elif kind in CELLS:
                column = struct.unpack_from("<I", content)[0]
                count, last, first = count + 1, max(last, column), min(first, column)
                if kind in (BOOL_ERROR, FORMULA_ERROR):
                    odd[row, column] = ERRORS.get(content[8], "#VALUE!")
    except (IndexError, struct.error):
        raise unreadable(name) from None
    if (row + 1) * (last + 1) > max(SMALL, MOST * count):
        message = (
            f"{name} has cells far away from its table. Delete them, or save it as .csv. Nothing was loaded."
        )
        raise UserError(message)
    return Odd(plain=True, cells={(r, c - first): text for (r, c), text in odd.items()})


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet title → the archive's part that holds it, in the workbook's order."""
    relations = relations_of(archive, "xl/_rels/workbook.bin.rels")
    parts = {}
    for kind, content in _records(archive.read("xl/workbook.bin")):
        if kind == SHEET:
            at = 8  # its state and its number stand before
            texts = []
            for _ in range(2):  # the relation's id, then the title: a count of letters, and UTF-16
                size = struct.unpack_from("<I", content, at)[0] * 2
                texts.append(content[at + 4 : at + 4 + size].decode("utf-16-le"))
                at += 4 + size
            of, target = relations[texts[0]]
            if of.endswith("/worksheet"):
                parts[texts[1]] = (
                    target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
                )
    return parts
