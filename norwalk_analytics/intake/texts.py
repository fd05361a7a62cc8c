"""A table as text: what every reader of files makes, whatever it reads.

Nothing is converted and nothing is decoded lossily: a cell is the text that stands in the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

import polars as pl

from norwalk_analytics.intake.delimited import ROW as ROW
from norwalk_analytics.policy import UserError
from norwalk_analytics.telling import as_text

SPACE = " \t\n\r\f\v\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006" \
    "\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"  # fmt: skip
UNSTORED = "#UNCALCULATED!"
"""Stands for a formula whose value was never stored."""
LENGTH = "length"
PART = 50_000
MOST_COLUMNS = 1 << 14  # as a spreadsheet may have
HEAD = 100  # rows among which a header is looked for

Holds = Callable[[Sequence[str]], float]
"""Which share of the columns that are looked for stands in a row of cells."""


@dataclass(frozen=True)
class Wanted:
    """Which table of a source is wanted, and what its header holds.

    Attributes:
        sheet: a sheet of a workbook or a table of a database; a pattern such as ``*`` takes several.
        query: SQL, for a database.
        header_row: the row of the header, where it is known.
        holds: tells the header row where it is not the first.
    """

    sheet: str | None = None
    query: str | None = None
    header_row: int | None = None
    holds: Holds | None = None


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
        start: what was added to the row numbers, so that those of several files differ.
        path: where the file is, if it is one.
    """

    file: str
    sheet: str | None
    headers: list[str]
    frame: pl.DataFrame
    ragged: dict[int, int] = field(default_factory=dict)
    blank: int = 0
    assumed: str = ""
    others: tuple[str, ...] = ()
    start: int = 0
    path: Path | None = None

    @property
    def place(self) -> str:
        """The file, and the sheet if there is one, as a message names them."""
        return place(self.file, self.sheet)

    def names(self) -> list[str]:
        """A name of its own for each column: its header where that stands once."""
        names: dict[str, None] = dict.fromkeys(["file", "sheet", ROW, "reasons"])
        given = len(names)
        for i in range(self.frame.width - 1):
            name = (self.headers[i].strip(SPACE) if i < len(self.headers) else "") or f"column {i + 1}"
            while name in names:
                name = f"{name} ({i + 1})"
            names[name] = None
        return list(names)[given:]

    def renumbered(self, more: int) -> Text:
        """The same rows, which stand so many rows further down in their file."""
        frame = self.frame.with_columns(pl.col(ROW) + more)
        return replace(self, frame=frame, ragged={n + more: cells for n, cells in self.ragged.items()})

    def shifted(self, start: int) -> Text:
        """The same rows with ``start`` added to their numbers."""
        if not start:
            return self
        frame = self.frame.with_columns(pl.col(ROW) + start)
        ragged = {number + start: cells for number, cells in self.ragged.items()}
        return replace(self, frame=frame, ragged=ragged, start=self.start + start)


def digits(value: float) -> str:
    """A number as it is: a whole one without a point, others with the fewest digits that give it again."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)


def place(file: str, sheet: str | None) -> str:
    """A file, and its sheet if it has one, as a message names them."""
    return file if sheet is None else f"{file}, sheet {sheet}"


def named(files: Sequence[str], source: object) -> str:
    """How what was read of one source is called: the one file, or with how many sheets or files there are.

    Args:
        files: the file of each text: once a sheet, where there are several.
        source: where they were read.

    Example:
        >>> named(["a.csv"], "data"), named(["a.xlsx", "a.xlsx"], "a.xlsx"), named(["a.csv", "b.csv"], "data/*.csv")
        ('a.csv', 'a.xlsx (2 sheets)', '*.csv (2 files)')
    """
    different = len(set(files))
    if len(files) == 1:
        return files[0]
    if different == 1:
        return f"{files[0]} ({len(files)} sheets)"
    name = as_text(Path(source).name) if isinstance(source, str | Path) else "files"
    return f"{name} ({different} files)"


def letters(index: int) -> str:
    """A column as a spreadsheet names it: A, B, …, Z, AA."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(65 + rest) + text
    return text


def is_blank(row: Iterable[str]) -> bool:
    """Whether no cell holds anything but white space."""
    return not any(cell.strip(SPACE) for cell in row)


def without_blank_end(row: Iterable[str]) -> list[str]:
    """A header without the blank cells at its end."""
    headers = list(row)
    while headers and not headers[-1].strip(SPACE):
        headers.pop()
    return headers


def header_at(rows: Sequence[tuple[int, Sequence[str]]], wanted: Wanted) -> int | None:
    """The number of the header row among a table's first rows; None if they are all blank.

    It is the row that is named, else the first that holds the most of what is looked for.
    """
    if wanted.header_row is not None:
        return wanted.header_row
    filled = [(number, row) for number, row in rows if not is_blank(row)]
    holds = wanted.holds
    if not filled or holds is None:
        return filled[0][0] if filled else None
    return max(filled, key=lambda one: holds(one[1]))[0]


def of_records(
    file: str, sheet: str | None, records: Iterable[Sequence[str]], assumed: str, wanted: Wanted,
    others: tuple[str, ...] = (), *, padded: bool = False,
) -> Text:  # fmt: skip
    """Records, the first of them row 1 → a Text.

    Args:
        file: the file's name.
        sheet: the sheet's name.
        records: the cells of each row.
        assumed: what was found out.
        wanted: which header is looked for.
        others: the names of the workbook's other sheets.
        padded: whether a row's last empty cells may be left out, as in a workbook.

    Raises:
        UserError: if there is no header row, or a row has more cells than a table has columns.
    """
    numbered: Iterator[tuple[int, Sequence[str]]] = iter(enumerate(records, start=1))
    head = list(islice(numbered, HEAD))
    header = header_at(head, wanted)
    numbers: list[int] = []
    rows: list[Sequence[str]] = []
    parts: list[pl.DataFrame] = []
    headers: list[str] = []
    blank, ragged, room, above = 0, {}, 0, False
    for number, row in chain(head, numbered):
        if number == header or (header is None and not headers and not is_blank(row)):
            headers, room = without_blank_end(row), len(row)
            within_reason(file, sheet, number, headers)
        elif not (row and row[0].strip(SPACE)) and is_blank(row):
            blank += bool(headers)
        elif not headers:
            above = True
        else:
            cells = row
            while len(headers) < len(cells) <= (len(cells) if padded else room) and not cells[-1].strip(
                SPACE
            ):
                cells = cells[:-1]  # under a header cell that is blank too
            if padded and len(cells) < len(headers):
                cells = [*cells, *[""] * (len(headers) - len(cells))]
            if len(cells) != len(headers):
                within_reason(file, sheet, number, cells)
                ragged[number] = len(cells)
            numbers.append(number)
            rows.append(cells)
            if len(rows) == PART:
                parts.append(_frame(numbers, rows, len(headers)))
                numbers, rows = [], []
    if not headers:
        raise no_header(file, sheet)
    parts.append(_frame(numbers, rows, len(headers)))
    frame = pl.concat(parts, how="diagonal", rechunk=True)
    return Text(file, sheet, headers, frame, ragged, blank, said(assumed, header, above=above), others)


def no_header(file: str, sheet: str | None) -> UserError:
    """What is said of a table without a header row."""
    return UserError(f"{place(file, sheet)} is empty: there is no header row. Nothing was loaded.")


def within_reason(file: str, sheet: str | None, number: int, cells: Sequence[str]) -> None:
    """Refuse a row of more cells than a spreadsheet has columns."""
    if len(cells) > MOST_COLUMNS:
        message = (
            f"{place(file, sheet)}: row {number} has {len(cells):,} cells, and no table has more than "
            f"{MOST_COLUMNS:,} columns. Nothing was loaded."
        )
        raise UserError(message)


def said(assumed: str, header: int | None, *, above: bool) -> str:
    """What was found out, with the header's row where rows above it were passed over."""
    return f"{assumed}, header in row {header}" if above else assumed


def _frame(numbers: list[int], rows: list[Sequence[str]], width: int) -> pl.DataFrame:
    """Rows of a table, at least so wide; what a row lacks is null."""
    width = max([width, *map(len, rows)])
    padded = [[*row, *[None] * (width - len(row))] if len(row) < width else row for row in rows]
    columns: Iterable[Any] = zip(*padded, strict=True) if padded else ((),) * width
    data = {f"c{i}": pl.Series(cells, dtype=pl.String) for i, cells in enumerate(columns)}
    return pl.DataFrame({ROW: pl.Series(numbers, dtype=pl.Int64), **data})


def of_frame(
    file: str, sheet: str | None, frame: pl.DataFrame, lengths: pl.Series | None, assumed: str,
    header: int, room: int, others: tuple[str, ...] = (),
) -> Text:  # fmt: skip
    """What ``of_records`` makes of the records, if a reader gives them as a frame.

    Args:
        file: the file's name.
        sheet: the sheet's name.
        frame: ``row_number``, in order and without a gap, and ``c0``, ``c1``, …, no cell null.
        lengths: how many cells each row has; None where each has as many as there are columns.
        assumed: what was found out.
        header: the number of the header row.
        room: how many cells it has.
        others: the names of the workbook's other sheets.
    """
    if lengths is not None:
        frame = frame.with_columns(lengths.alias(LENGTH))
    at = header - frame.item(0, ROW)
    headers = without_blank_end(frame.drop(ROW).row(at)[:room])
    above = at > 0 and _blank_rows(frame.head(at)).len() < at
    frame = frame.slice(at + 1)
    empty_rows = _blank_rows(frame)
    if not empty_rows.is_empty():
        frame = frame.filter(~pl.col(ROW).is_in(empty_rows.implode()))
    blank, assumed = empty_rows.len(), said(assumed, header, above=above)
    if lengths is None and room == len(headers):
        return Text(file, sheet, headers, frame, {}, blank, assumed, others)
    frame = frame.with_columns(_length(len(headers), room, lengths is not None).alias(LENGTH))
    odd = frame.select(ROW, LENGTH).filter(pl.col(LENGTH) != len(headers))
    ragged = dict(odd.iter_rows())
    width = max([len(headers), *ragged.values()])
    cells = [pl.when(pl.col(LENGTH) > i).then(pl.col(f"c{i}")).alias(f"c{i}") for i in range(width)]
    return Text(file, sheet, headers, frame.select(ROW, *cells), ragged, blank, assumed, others)


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
