"""Any supported file → a frame of text with the row numbers that a spreadsheet shows.

Nothing is converted and nothing is decoded lossily: a cell is the text that stands in the file.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import sys
import warnings
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl

from norwalk_analytics.intake.delimited import BLOCK, BOM, split
from norwalk_analytics.intake.delimited import ROW as ROW
from norwalk_analytics.policy import UserError

SPACE = " \t\n\r\f\v\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006" \
    "\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"  # fmt: skip
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
SPREADSHEETS = (".xlsx", ".xlsm")
MOST = 1 << 31  # bytes that a cell of Polars may have
TEXTS = (".csv", ".tsv", ".txt")
LEADING = re.compile(rb"(?:\r?\n)*")
LENGTH = "length"
PART = 50_000


@dataclass(frozen=True)
class Text:
    """A table as text.

    Attributes:
        file: the file's name, without its folder.
        sheet: the sheet's name, for a workbook.
        headers: the header cells as they stand.
        frame: ``row_number`` (Int64) and one String column a cell, ``c0``, ``c1``, …; a cell that
            the row does not have is null.
        ragged: row number → number of cells, of rows that do not fit the header.
        blank: how many wholly blank rows were passed over.
        assumed: what was found out about the file, such as "UTF-8, comma".
        others: the names of the workbook's other sheets.
    """

    file: str
    sheet: str | None
    headers: list[str]
    frame: pl.DataFrame
    ragged: dict[int, int] = field(default_factory=dict)
    blank: int = 0
    assumed: str = ""
    others: tuple[str, ...] = ()


def read_text(source: Path, sheet: str | None = None) -> Text:
    """Read a CSV, TSV or XLSX file whole as text.

    Args:
        source: the file.
        sheet: the sheet of a workbook; the first one where none is named.

    Raises:
        UserError: if the file can't be read as a table, in one sentence that names the cause.
    """
    name = source.name
    try:
        data = source.read_bytes()
    except FileNotFoundError:
        message = f"{name}: there is no such file. Nothing was loaded."
        raise UserError(message) from None
    except IsADirectoryError:
        message = f"{name} is a folder, not a file. Nothing was loaded."
        raise UserError(message) from None
    except OSError as error:
        message = f"{name} could not be opened: {error.strerror}. Nothing was loaded."
        raise UserError(message) from None
    if data.startswith(b"PK\x03\x04") and source.suffix.lower() in SPREADSHEETS + TEXTS:
        return _workbook(name, data, sheet)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        message = f"{name} is an old or a protected Excel file. Save it as .xlsx or .csv without a password."
        raise UserError(message)
    if source.suffix.lower() not in TEXTS:
        message = f"{name} is not of a kind that is read. Save it as .csv or .xlsx."
        raise UserError(message)
    if sheet is not None:
        message = f"{name} is a text file and has no sheets. Leave the sheet out."
        raise UserError(message)
    data, start, encoding = decode(name, data)
    delimiter = _delimiter(data, start)
    assumed = f"{encoding}, {DELIMITERS[delimiter]}"
    fast = _fast(name, data, start, delimiter, assumed)
    return fast or _table(name, None, _records(name, data, start, delimiter), assumed)


def decode(name: str, data: bytes) -> tuple[bytes, int, str]:
    """A file's text as UTF-8, where it begins, and the encoding found; UserError where it is no text."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates = ["utf-16"]
    else:
        candidates = ["utf-8", *_utf16(data[:2000]), "cp1252"]
    for encoding in candidates:
        try:
            text = _utf8(data, encoding)
        except UnicodeDecodeError:
            continue
        if b"\0" not in text:
            start = len(BOM) if encoding == "utf-8" and data.startswith(BOM) else 0
            return text, start, {"utf-8": "UTF-8", "cp1252": "Windows-1252"}.get(encoding, "UTF-16")
    message = f"{name} is not a text file (or not in UTF-8, UTF-16 or Windows-1252). Nothing was loaded."
    raise UserError(message)


def _utf8(data: bytes, encoding: str) -> bytes:
    """The same text in UTF-8, piece by piece: a whole text may take four bytes a character."""
    same = encoding == "utf-8"
    if same and (data.isascii() or _is_utf8(data)):
        return data
    decoder = codecs.getincrementaldecoder(encoding)()
    out = io.BytesIO()
    for place in range(0, len(data), BLOCK):
        text = decoder.decode(data[place : place + BLOCK], place + BLOCK >= len(data))
        if not same:
            out.write(text.encode())
    return data if same else out.getvalue()


def _is_utf8(data: bytes) -> bool:
    """Whether bytes are UTF-8, as Polars tells it block by block, thrice as fast as decoding."""
    place = 0
    while place < len(data):
        end = data.find(b"\n", place + BLOCK) + 1 or len(data)
        if end - place >= MOST:
            return False
        try:
            pl.Series([data[place:end]], dtype=pl.Binary).cast(pl.String)
        except pl.exceptions.ComputeError:
            return False
        place = end
    return True


def _utf16(start: bytes) -> list[str]:
    """UTF-16 without a mark, told by zero bytes that stand on one side."""
    half = len(start) // 2 or 1
    even, odd = start[0::2].count(0), start[1::2].count(0)
    return ["utf-16-le"] * (odd > half / 3 > even) + ["utf-16-be"] * (even > half / 3 > odd)


def _lines(data: bytes, start: int) -> Iterator[str]:
    """Lines with their ends, a lone carriage return being one; no more is decoded than is asked for."""
    whole = io.BytesIO(data)
    whole.seek(start)
    return io.TextIOWrapper(whole, encoding="utf-8", newline="")


def _delimiter(data: bytes, start: int) -> str:
    """The delimiter that parts the header into the most cells."""

    def width(delimiter: str) -> int:
        rows = csv.reader(_lines(data, start), delimiter=delimiter)
        try:
            return next((len(row) for row in islice(rows, 100) if not _is_blank(row)), 0)
        except csv.Error:
            return 0

    return max(DELIMITERS, key=width)


def _records(name: str, data: bytes, start: int, delimiter: str) -> Generator[list[str]]:
    old = csv.field_size_limit(sys.maxsize)
    number = 0
    try:
        reader = csv.reader(_lines(data, start), delimiter=delimiter, strict=True)
        for number, row in enumerate(reader, start=1):  # noqa: B007
            yield row
    except csv.Error as error:
        end = "unexpected end" in str(error)
        cause = "opens a quote that is never closed" if end else "has a quote inside a quoted cell"
        message = f"{name}: row {number + 1} {cause}, so where rows end can't be told. Nothing was loaded."
        raise UserError(message) from None
    finally:
        csv.field_size_limit(old)


def _is_blank(row: Iterable[str]) -> bool:
    return not any(cell.strip(SPACE) for cell in row)


def _header(row: Iterable[str]) -> list[str]:
    headers = list(row)
    while not headers[-1].strip(SPACE):
        headers.pop()
    return headers


def _table(
    name: str, sheet: str | None, records: Iterable[Sequence[str]], assumed: str, others: tuple[str, ...] = ()
) -> Text:
    """Records → a Text: the first row that is not blank is the header."""
    numbers: list[int] = []
    rows: list[Sequence[str]] = []
    parts: list[pl.DataFrame] = []
    headers: list[str] = []
    blank, ragged, room = 0, {}, 0
    for number, row in enumerate(records, start=1):
        if not (row and row[0].strip(SPACE)) and _is_blank(row):
            blank += bool(headers)
        elif not headers:
            headers, room = _header(row), len(row)
        else:
            cells = row
            while len(headers) < len(cells) <= room and not cells[-1].strip(SPACE):
                cells = cells[:-1]  # under a header cell that is blank too
            if len(cells) != len(headers):
                ragged[number] = len(cells)
            numbers.append(number)
            rows.append(cells)
            if len(rows) == PART:
                parts.append(_frame(numbers, rows, len(headers)))
                numbers, rows = [], []
    if not headers:
        message = f"{_place(name, sheet)} is empty: there is no header row. Nothing was loaded."
        raise UserError(message)
    parts.append(_frame(numbers, rows, len(headers)))
    frame = pl.concat(parts, how="diagonal", rechunk=True)
    return Text(name, sheet, headers, frame, ragged, blank, assumed, others)


def _frame(numbers: list[int], rows: list[Sequence[str]], width: int) -> pl.DataFrame:
    """Rows of a table, at least so wide; what a row lacks is null."""
    width = max([width, *map(len, rows)])
    padded = [[*row, *[None] * (width - len(row))] if len(row) < width else row for row in rows]
    columns: Iterable[Any] = zip(*padded, strict=True) if padded else ((),) * width
    data = {f"c{i}": pl.Series(cells, dtype=pl.String) for i, cells in enumerate(columns)}
    return pl.DataFrame({ROW: pl.Series(numbers, dtype=pl.Int64), **data})


def _fast(name: str, data: bytes, start: int, delimiter: str, assumed: str) -> Text | None:
    """What ``_table`` makes of the records, if Polars can be proved to read them rightly; else None."""
    with closing(_records(name, data, start, delimiter)) as records:
        number, row = next(((n, row) for n, row in enumerate(records, 1) if not _is_blank(row)), (0, []))
    if not row:
        return None
    empty = LEADING.match(data, start)
    first = empty[0].count(b"\n") + 1 if empty else 1
    found = split(data, empty.end() if empty else start, delimiter, len(row), first)
    if found is None:
        return None
    frame, lengths = found
    if lengths is not None:
        frame = frame.with_columns(lengths.alias(LENGTH))
    frame = frame.slice(number - first + 1)
    headers = _header(row)
    empty_rows = _blank_rows(frame)
    if not empty_rows.is_empty():
        frame = frame.filter(~pl.col(ROW).is_in(empty_rows.implode()))
    blank = empty_rows.len()
    if lengths is None and len(row) == len(headers):
        return Text(name, None, headers, frame, {}, blank, assumed)
    frame = frame.with_columns(_length(len(headers), len(row), lengths is not None).alias(LENGTH))
    odd = frame.select(ROW, LENGTH).filter(pl.col(LENGTH) != len(headers))
    ragged = dict(odd.iter_rows())
    width = max([len(headers), *ragged.values()])
    cells = [pl.when(pl.col(LENGTH) > i).then(pl.col(f"c{i}")).alias(f"c{i}") for i in range(width)]
    return Text(name, None, headers, frame.select(ROW, *cells), ragged, blank, assumed)


def _blank_rows(frame: pl.DataFrame) -> pl.Series:
    """The numbers of wholly blank rows; each column is looked at only where those before it are blank."""
    rows = frame[ROW]
    places: pl.Series | None = None
    for column in frame.columns:
        if column in (ROW, LENGTH):
            continue
        cells = frame[column] if places is None else frame[column].gather(places)
        blank = cells.str.strip_chars(SPACE) == ""
        places = blank.arg_true() if places is None else places.filter(blank)
        if places.is_empty():
            break
    return rows.clear() if places is None else rows.gather(places)


def _length(headers: int, room: int, known: bool) -> pl.Expr:
    """How many cells a row has without the blank ones that stand under blank cells of the header."""
    length = pl.col(LENGTH) if known else pl.lit(room, pl.Int64)
    filled = [
        pl.when(pl.col(f"c{i}").str.strip_chars(SPACE) != "").then(i + 1).otherwise(headers)
        for i in range(headers, room)
    ]
    last = pl.max_horizontal(pl.lit(headers, pl.Int64), *filled)
    return pl.when((length > headers) & (length <= room)).then(last).otherwise(length)


def _place(name: str, sheet: str | None) -> str:
    return name if sheet is None else f"{name}, sheet {sheet}"


def _workbook(name: str, data: bytes, sheet: str | None) -> Text:
    import openpyxl  # only a workbook needs it

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and validations, which are not read
        try:
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            names = [page.title for page in book.worksheets]
            wanted = sheet if sheet is not None else (names[0] if names else "")
            records = _sheet(book[wanted]) if wanted in names else None
        except Exception:  # whatever a broken archive or its XML makes the reader raise
            message = f"{name} is not a workbook that can be read. Save it again as .xlsx or .csv."
            raise UserError(message) from None
    if records is None:
        there = ", ".join(names) or "none"
        message = f"{name} has no sheet of that name. Its sheets: {there}. Nothing was loaded."
        raise UserError(message)
    others = tuple(other for other in names if other != wanted)
    return _table(name, wanted, records, "XLSX", others)


def _sheet(page: Any) -> list[list[str]]:
    """Every cell of a sheet as text; a workbook leaves out a row's last empty cells."""
    page.reset_dimensions()
    rows = [[_cell(cell) for cell in row] for row in page.iter_rows()]
    width = max(map(len, rows), default=0)
    return [row + [""] * (width - len(row)) for row in rows]


def _cell(cell: Any) -> str:
    """A workbook's cell as text: dates in ISO form, whole numbers without a point."""
    value = cell.value
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case datetime():
            moment = (value + timedelta(microseconds=500_000)).replace(microsecond=0)
            timed = moment.time() != datetime.min.time() or "h" in str(cell.number_format).lower()
            return moment.isoformat(" ") if timed else moment.date().isoformat()
        case date():
            return value.isoformat()
    return str(value)
