"""A mended correction workbook: its rows take the places of those that were set aside."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from norwalk_analytics.intake.reading import is_table, read_text
from norwalk_analytics.intake.texts import ROW, SPACE, Text
from norwalk_analytics.intake.xlsx_writing import held
from norwalk_analytics.policy import UserError

FIXED = ("File", "Sheet", "Row", "What is wrong and what to do")
CHECK = "Check"
CHANGED = {
    "file": pl.String, "sheet": pl.String, ROW: pl.Int64,
    "column": pl.String, "before": pl.String, "after": pl.String,
}  # fmt: skip
UNKEPT = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
MIDNIGHT = re.compile("([0-9]{4}-[0-9]{2}-[0-9]{2}) 00:00:00")
REFUSED = {"file": pl.String, "sheet": pl.String, ROW: pl.Int64}


@dataclass(frozen=True)
class Correction:
    """A row of a correction workbook: where it stood, what it was, and its cells now."""

    file: str
    sheet: str | None
    row: int
    check: str
    cells: Mapping[str, str]

    @property
    def is_mended(self) -> bool:
        """Whether a cell was changed since the workbook was written."""
        return fingerprint(self.cells) != self.check


def fingerprint(cells: Mapping[str, str | None]) -> str:
    """What tells a row's cells from others; an empty cell and none are alike, and so are kinds of line ends."""
    plain = {name: _plain(cell) for name, cell in cells.items()}
    filled = {name: cell for name, cell in plain.items() if cell}
    return hashlib.sha256(json.dumps(filled, sort_keys=True).encode()).hexdigest()[:16]


def _plain(cell: str | None) -> str:
    """A cell as a spreadsheet program may give it back: without what some of them do not keep."""
    text = UNKEPT.sub("", held(cell or "")).strip(SPACE)
    return text[:10] if MIDNIGHT.fullmatch(text) else text


def workbook_of(corrections: Path, table: str) -> Path | None:
    """A table's correction workbook: the file given, or the one in that folder that bears its name.

    Raises:
        UserError: if there is no such file or folder, or more than one in it.
    """
    if not corrections.is_dir():
        if not corrections.is_file():
            message = (
                f"{corrections.name}: there is no such correction workbook or folder. Nothing was loaded."
            )
            raise UserError(message)
        return corrections
    start = f"{table}.corrections."
    found = [path for path in sorted(corrections.iterdir()) if path.name.startswith(start) and is_table(path)]
    if len(found) > 1:
        names = " and ".join(path.name for path in found)
        message = f"{corrections.name} holds {names}. Delete one. Nothing was loaded."
        raise UserError(message)
    return found[0] if found else None


def read_corrections(path: Path) -> list[Correction]:
    """The rows of a correction workbook, as it was written or as a spreadsheet program saved it.

    Raises:
        UserError: if it is no correction workbook.
    """
    text = read_text(path)
    headers = [header.strip(SPACE) for header in text.headers]
    if tuple(headers[: len(FIXED)]) != FIXED or CHECK not in headers[len(FIXED) :]:
        message = (
            f"{path.name} is no correction workbook, or its columns were changed: it begins with "
            f"{', '.join(FIXED)}, and has a hidden column {CHECK}. Nothing was loaded."
        )
        raise UserError(message)
    check = len(headers) - 1 - headers[::-1].index(CHECK)
    names = headers[len(FIXED) : check]
    found = []
    for number, *row in text.frame.iter_rows():
        cells = [cell or "" for cell in row]
        file, sheet, at, _, *raw = cells[:check]
        if not at.strip(SPACE).isdecimal() or len(cells) <= check:
            message = f"{path.name}, row {number}: its Row is no number. Write the workbook again. Nothing was loaded."
            raise UserError(message)
        found.append(
            Correction(
                file, sheet or None, int(at), cells[check].strip(SPACE), dict(zip(names, raw, strict=False))
            )
        )
    return found


@dataclass(frozen=True)
class Mended:
    """What came of a correction workbook.

    Attributes:
        texts: the texts, mended rows in the places of those that they were.
        changed: file, sheet, row_number, column, before, after, of each cell that was changed.
        refused: file, sheet, row_number of the corrections that were not applied, because the row is not
            there any more or is not what it was.
        rows: the numbers of the rows that were changed.
        emptied: those of which every cell was emptied.
    """

    texts: list[Text]
    changed: pl.DataFrame
    refused: pl.DataFrame
    rows: list[int]
    emptied: list[int]


def unmended(texts: Sequence[Text]) -> Mended:
    """The texts as they were read."""
    return Mended(list(texts), pl.DataFrame(schema=CHANGED), pl.DataFrame(schema=REFUSED), [], [])


def apply(texts: Sequence[Text], corrections: Sequence[Correction]) -> Mended:
    """Put mended rows in the places of those that they were; those that were not mended change nothing."""
    mended = {(one.file, one.sheet, one.row): one for one in corrections if one.is_mended}
    done = unmended([])
    changed: list[tuple[str, str | None, int, str, str, str]] = []
    applied: set[tuple[str, str | None, int]] = set()
    for text in texts:
        mine = {one.row: one for key, one in mended.items() if key[:2] == (text.file, text.sheet)}
        rows = _rows(text, mine)
        after: dict[int, dict[str, str]] = {}
        for number, (_, before) in rows.items():
            one = mine[number]
            if fingerprint(before) != one.check:
                continue
            applied.add((text.file, text.sheet, number))
            new = {
                name: cell
                for name, cell in one.cells.items()
                if name in before and _plain(before[name]) != _plain(cell)
            }
            after[number] = new
            changed += [
                (text.file, text.sheet, number, name, before[name] or "", cell) for name, cell in new.items()
            ]
            done.rows.append(number + text.start)
            if not any(_plain(cell) for cell in one.cells.values()):
                done.emptied.append(number + text.start)
        done.texts.append(_with(text, rows, after))
    refused = [key for key in mended if key not in applied]
    return replace(
        done,
        changed=pl.DataFrame(changed, schema=CHANGED, orient="row"),
        refused=pl.DataFrame(refused, schema=REFUSED, orient="row"),
    )


Rows = dict[int, tuple[int, dict[str, str | None]]]


def _rows(text: Text, wanted: Mapping[int, Correction]) -> Rows:
    """Row number → its place in the frame, and its cells by name."""
    names = text.names()
    numbers = pl.Series([number + text.start for number in wanted], dtype=pl.Int64)
    some = text.frame.with_row_index("__at").filter(pl.col(ROW).is_in(numbers.implode()))
    return {
        number - text.start: (at, dict(zip(names, cells, strict=True)))
        for at, number, *cells in some.iter_rows()
    }


def _with(text: Text, rows: Rows, after: Mapping[int, Mapping[str, str]]) -> Text:
    """The text with these cells in these rows; a mended row whose cells fit the header is ragged no more."""
    if not any(after.values()):
        return text
    columns = {name: f"c{i}" for i, name in enumerate(text.names())}
    width, ragged = len(text.headers), dict(text.ragged)
    cells: dict[str, dict[int, str | None]] = {}
    for number, new in after.items():
        at, before = rows[number]
        whole = {**before, **new}
        for name, cell in new.items():
            cells.setdefault(columns[name], {})[at] = cell
        inside, beyond = list(columns)[:width], list(columns)[width:]
        if (
            new
            and number + text.start in ragged
            and not any((whole[name] or "").strip(SPACE) for name in beyond)
        ):
            del ragged[number + text.start]
            for name in inside:
                cells.setdefault(columns[name], {})[at] = whole[name] or ""
    made = [text.frame[column].scatter(list(of), list(of.values())) for column, of in cells.items()]
    return replace(text, frame=text.frame.with_columns(made), ragged=ragged)
