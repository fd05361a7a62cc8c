"""XLSX and XLSM → texts: by fastexcel, with what it does not tell taken from the sheet's own XML.

fastexcel (calamine) gives an error cell and a formula whose value was never stored as empty, a date as
a midnight, and holds a sheet as one block from its first to its last cell. So the sheet's XML is looked
through beside it. Where that can't be done cell by cell, openpyxl reads the sheet, at a tenth of the speed.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

import polars as pl

from norwalk_analytics.intake.packed import unpacked
from norwalk_analytics.intake.sheet_xml import Odd, looked_through, sheet_parts, timed_styles
from norwalk_analytics.intake.texts import (
    HEAD,
    ROW,
    UNSTORED,
    Text,
    Wanted,
    digits,
    header_at,
    no_header,
    of_frame,
    of_records,
)
from norwalk_analytics.policy import UserError
from norwalk_analytics.telling import listed

MIDNIGHT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2} 00:00:00$"
DECIMAL = r"^-?[0-9]+[.][0-9]+$"


def of_xlsx(name: str, data: bytes, archive: zipfile.ZipFile, wanted: Wanted) -> list[Text]:
    """The wanted sheets of an XLSX or XLSM workbook.

    Raises:
        UserError: if the workbook can't be read, or has no sheet of that name.
    """
    try:
        parts = sheet_parts(archive)
    except Exception:  # whatever broken XML makes a reader raise
        raise unreadable(name) from None
    pages = chosen(name, list(parts), wanted.sheet)
    try:
        styles = timed_styles(archive)
    except Exception:
        raise unreadable(name) from None
    if any(parts[title] not in archive.namelist() for title, _ in pages):
        raise unreadable(name)
    return [
        _sheet(name, data, archive, parts[title], title, wanted, styles, others) for title, others in pages
    ]


def chosen(name: str, titles: Sequence[str], wanted: str | None) -> list[tuple[str, tuple[str, ...]]]:
    """The sheet of that name, the first where none is named, each with the other sheets' names; or those of a pattern."""
    if not titles:
        message = f"{name} has no sheet. Nothing was loaded."
        raise UserError(message)
    if wanted is None or wanted in titles:
        one = titles[0] if wanted is None else wanted
        return [(one, tuple(title for title in titles if title != one))]
    if several := [title for title in titles if fnmatchcase(title, wanted)]:
        return [(title, ()) for title in several]
    message = f"{name} has no sheet of that name. Its sheets: {listed(titles)}. Nothing was loaded."
    raise UserError(message)


def unreadable(name: str) -> UserError:
    """What is said of a workbook that no reader reads."""
    return UserError(
        f"{name} is not a workbook that can be read. Save it again as .xlsx or .csv. Nothing was loaded."
    )


def _sheet(
    name: str, data: bytes, archive: zipfile.ZipFile, part: str, title: str, wanted: Wanted,
    styles: tuple[bool, frozenset[int]], others: tuple[str, ...],
) -> Text:  # fmt: skip
    with ThreadPoolExecutor(1) as pool:  # fastexcel needs no lock of Python's: it reads meanwhile
        small = archive.getinfo(part).compress_size < 5 << 20
        looking = pool.submit(lambda: looked_through(unpacked(name, archive, part)))
        plain = (
            looking.result().plain if small else True
        )  # a small one may unpack to a thousand times its size
        cells = by_fastexcel(name, data, title) if plain else pl.DataFrame()
        odd = looking.result()
    if odd.beyond:
        raise unreadable(name)
    if odd.plain:
        return of_cells(name, title, put(cells, odd, styles), "XLSX", wanted, others)
    records = _by_openpyxl(name, data, title)
    return of_records(name, title, records, "XLSX", wanted, others, padded=True)


def by_fastexcel(name: str, data: bytes, title: str) -> pl.DataFrame:
    """Every cell of a sheet as text, from its first row on; null where it is empty."""
    import fastexcel  # only a workbook needs it

    try:
        sheet = fastexcel.read_excel(data).load_sheet(title, header_row=None, skip_rows=0, dtypes="string")
        frame = sheet.to_polars()
    except Exception:  # whatever a broken archive or its XML makes the reader raise
        raise unreadable(name) from None
    return frame.rename({column: f"c{i}" for i, column in enumerate(frame.columns)})


def of_cells(
    name: str, title: str, cells: pl.DataFrame, kind: str, wanted: Wanted, others: tuple[str, ...]
) -> Text:
    """A sheet's cells from its first row on → a Text."""
    frame = cells.with_columns(pl.all().fill_null("")).with_row_index(ROW, 1)
    frame = frame.with_columns(pl.col(ROW).cast(pl.Int64))
    numbered = list(enumerate(frame.head(HEAD).drop(ROW).rows(), start=1))
    header = header_at(numbered, wanted)
    if header is None or header > frame.height:
        records = frame.drop(ROW).iter_rows()
        return of_records(name, title, records, kind, wanted, others)
    if not any(frame.drop(ROW).row(header - 1)):
        raise no_header(name, title)
    return of_frame(name, title, frame, None, kind, header, frame.width - 1, others)


def put(cells: pl.DataFrame, odd: Odd, styles: tuple[bool, frozenset[int]]) -> pl.DataFrame:
    """What fastexcel does not tell put in: errors, formulas without a value, and what is a date alone."""
    any_date, timed = styles
    maybe = cells.select(pl.all().str.ends_with(" 00:00:00").any())
    midnights = cells.select(pl.col([one.name for one in maybe if one.item()]).str.contains(MIDNIGHT))
    some = [column.name for column in midnights if column.any()]
    with_time: dict[str, list[int]] = {}
    if timed and any_date:
        places = in_order((row, name) for name in some for row in midnights[name].arg_true())
        with_time = odd.styled(places, timed)
    elif timed:
        some = []  # every date of the workbook is shown with a time
    made = []
    for name in some:
        column = cells[name]
        days = column.str.head(10).zip_with(midnights[name], column)
        kept = with_time.get(name, [])
        made.append(days.scatter(kept, column.gather(kept)) if kept else days)
    cells = cells.with_columns(made)
    cells = _to_the_last_digit(cells, odd)
    if odd.cells:
        cells = _wide_enough(cells, max(column for _, column in odd.cells), max(row for row, _ in odd.cells))
    return _set(cells, (((row, f"c{column}"), text) for (row, column), text in odd.cells.items()))


def _set(cells: pl.DataFrame, texts: Iterable[tuple[tuple[int, str], str]]) -> pl.DataFrame:
    """The cells with these texts, each at its row and column."""
    by_column: dict[str, dict[int, str]] = {}
    for (row, name), text in texts:
        by_column.setdefault(name, {})[row] = text
    return cells.with_columns(
        cells[name].scatter(list(of), list(of.values())) for name, of in by_column.items()
    )


def in_order(places: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    """Cells, each a row and a column as ``c0``, as they stand in the sheet."""
    return sorted(places, key=lambda place: (place[0], int(place[1][1:])))


def _to_the_last_digit(cells: pl.DataFrame, odd: Odd) -> pl.DataFrame:
    """The cells with decimals, which fastexcel rounds, as they are stored."""
    some = cells.select(pl.all().str.contains(DECIMAL).any())
    found = cells.select(pl.col([one.name for one in some if one.item()]).str.contains(DECIMAL))
    places = in_order((row, column.name) for column in found for row in column.arg_true())
    return _set(cells, ((place, digits(number)) for place, number in odd.numbers(places)))


def _wide_enough(cells: pl.DataFrame, column: int, row: int) -> pl.DataFrame:
    """The cells with empty ones up to that column and row, which hold nothing that fastexcel tells."""
    if row >= cells.height:
        more = pl.DataFrame(
            {name: [None] * (row + 1 - cells.height) for name in cells.columns}, schema=cells.schema
        )
        cells = (
            pl.concat([cells, more])
            if cells.width
            else pl.DataFrame({"c0": [None] * (row + 1)}, schema={"c0": pl.String})
        )
    empty = pl.Series([None] * cells.height, dtype=pl.String)
    return cells.with_columns(empty.alias(f"c{i}") for i in range(cells.width, column + 1))


def _by_openpyxl(name: str, data: bytes, title: str) -> Iterator[list[str]]:
    """Every cell of a sheet as text, as openpyxl reads it; a row's last empty cells are left out."""
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and validations, which are not read
        try:
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            formulas = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False)
            for row, other in zip(_rows(book[title]), _rows(formulas[title]), strict=True):
                yield [_cell(cell, formula) for cell, formula in zip(row, other, strict=True)]
        except Exception:  # whatever a broken archive or its XML makes the reader raise
            raise unreadable(name) from None


def _rows(page: Any) -> Any:
    page.reset_dimensions()
    return page.iter_rows()


def _cell(cell: Any, formula: Any) -> str:
    """A workbook's cell as text: dates in ISO form, whole numbers without a point."""
    from openpyxl.utils.escape import unescape

    value = cell.value
    match value:
        case None:
            return UNSTORED if formula.data_type == "f" else ""
        case bool():
            return "true" if value else "false"
        case float():
            return digits(value)
        case datetime():
            moment = (value + timedelta(microseconds=500_000)).replace(microsecond=0)
            timed = moment.time() != datetime.min.time() or "h" in str(cell.number_format).lower()
            return moment.isoformat(" ") if timed else moment.date().isoformat()
        case date():
            return value.isoformat()
        case str():
            return str(unescape(value))
    return str(value)
