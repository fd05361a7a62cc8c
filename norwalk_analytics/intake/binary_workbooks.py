"""XLSB → texts: by fastexcel, with what it does not tell taken from the sheet's records.

Source of the records: [MS-XLSB] 2.3 (kinds), 2.5.122 (RkNumber), 2.4.657 (BrtFmt), 2.4.871 (BrtXF).
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from norwalk_analytics.intake.packed import unpacked
from norwalk_analytics.intake.sheet_xml import Odd, is_sparse, is_timed, relations_of
from norwalk_analytics.intake.texts import Text, Wanted
from norwalk_analytics.intake.workbooks import by_fastexcel, chosen, of_cells, put, unreadable
from norwalk_analytics.policy import UserError

ROW_HEADER, RK, BOOL_ERROR, REAL, FORMULA_NUMBER, FORMULA_ERROR = 0, 2, 3, 5, 9, 11
FORMAT, STYLE, STYLES, STYLES_END, SHEET = 44, 47, 617, 618, 156
CELLS = range(2, 12)
SHORT = range(12, 19)
ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip


@dataclass(frozen=True)
class _Records(Odd):
    """What fastexcel does not tell of a sheet, with the style and the value of each number's cell."""

    found: dict[tuple[int, int], tuple[int, float]] = field(default_factory=dict)

    def styled(self, places: Iterable[tuple[int, str]], styles: frozenset[int]) -> dict[str, list[int]]:
        """As of an XLSX sheet."""
        named: dict[str, list[int]] = {}
        for row, name in places:
            if self.found.get((row, int(name[1:])), (-1, 0.0))[0] in styles:
                named.setdefault(name, []).append(row)
        return named

    def numbers(self, places: Iterable[tuple[int, str]]) -> Iterator[tuple[tuple[int, str], float]]:
        """As of an XLSX sheet."""
        for row, name in places:
            if (row, int(name[1:])) in self.found:
                yield (row, name), self.found[row, int(name[1:])][1]


def of_xlsb(name: str, data: bytes, archive: zipfile.ZipFile, wanted: Wanted) -> list[Text]:
    """The wanted sheets of an XLSB workbook.

    Raises:
        UserError: if the workbook can't be read, or not without losing cells.
    """
    try:
        parts = _parts(archive)
        styles = _timed_styles(archive)
    except Exception:  # whatever a broken file makes the reader raise
        raise unreadable(name) from None
    parts = {title: part for title, part in parts.items() if part in archive.namelist()}
    texts = []
    for title, others in chosen(name, list(parts), wanted.sheet):
        odd = _looked_through(name, unpacked(name, archive, parts[title]))
        cells = put(by_fastexcel(name, data, title), odd, styles)
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
    """A sheet's errors and numbers; UserError where fastexcel would lose cells or need memory beyond reason."""
    row, count, last, first = 0, 0, 0, 1 << 14
    odd: dict[tuple[int, int], str] = {}
    numbers: dict[tuple[int, int], tuple[int, float]] = {}
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
                elif kind in (RK, REAL, FORMULA_NUMBER):
                    style = int.from_bytes(content[4:7], "little")
                    numbers[row, column] = style, _number(content[8:], kind == RK)
    except (IndexError, struct.error):
        raise unreadable(name) from None
    if is_sparse(row + 1, last + 1, count):
        message = (
            f"{name} has cells far away from its table. Delete them, or save it as .csv. Nothing was loaded."
        )
        raise UserError(message)
    return _Records(
        plain=True,
        cells={(r, c - first): text for (r, c), text in odd.items()},
        found={(r, c - first): number for (r, c), number in numbers.items()},
    )


def _number(content: bytes, packed: bool) -> float:
    """A number of 8 bytes, or one packed in 4: of its two lowest bits one says hundredths, one that it is whole."""
    if not packed:
        return float(struct.unpack_from("<d", content)[0])
    bits = struct.unpack_from("<I", content)[0]
    value = (
        float(struct.unpack("<i", content[:4])[0] >> 2)
        if bits & 2
        else float(struct.unpack("<d", struct.pack("<Q", (bits & ~3) << 32))[0])
    )
    return value / 100 if bits & 1 else value


def _timed_styles(archive: zipfile.ZipFile) -> tuple[bool, frozenset[int]]:
    """That some style may show a date without a time, and the styles that show a time of day."""
    if "xl/styles.bin" not in archive.namelist():
        return True, frozenset()
    formats: dict[int, str] = {}
    ids: list[int] = []
    inside = False
    for kind, content in _records(archive.read("xl/styles.bin")):
        if kind == FORMAT:
            (key,), (size,) = struct.unpack_from("<H", content), struct.unpack_from("<I", content, 2)
            formats[key] = content[6 : 6 + 2 * size].decode("utf-16-le")
        elif kind in (STYLES, STYLES_END):
            inside = kind == STYLES
        elif kind == STYLE and inside:
            ids.append(struct.unpack_from("<H", content, 2)[0])
    return True, frozenset(i for i, one in enumerate(ids) if is_timed(one, formats))


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
                parts[texts[1]] = target
    return parts
