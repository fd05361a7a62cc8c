"""Typed columns (Parquet, Arrow IPC, a frame of Polars, pandas or Arrow) → a Text, each cell as it would be written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl

from norwalk_analytics.intake.texts import ROW, Text, is_blank
from norwalk_analytics.policy import UserError

NAME = "the frame"


def of_columns(name: str, data: bytes) -> Text:
    """A Parquet or Arrow IPC file → a Text; rows are counted from 1.

    Raises:
        UserError: if it is damaged.
    """
    read, kind = (
        (pl.read_parquet, "Parquet")
        if data.startswith(b"PAR1")
        else (pl.read_ipc, "Arrow IPC")
        if data.startswith(b"ARROW1")
        else (pl.read_ipc_stream, "Arrow IPC")
    )
    try:
        frame = read(data)
    except Exception:  # whatever a broken file makes the reader raise
        message = f"{name} is no {kind} file that can be read: it is damaged or cut short. Write it again. Nothing was loaded."
        raise UserError(message) from None
    return as_text(name, None, frame, kind)


def of_object(frame: Any) -> Text:
    """A frame of Polars, pandas or anything that gives an Arrow stream → a Text; rows are counted from 1.

    Raises:
        UserError: if it is no frame.
    """
    try:
        text = _of_frame(frame)
    except UserError:
        raise
    except Exception:  # whatever an object in a cell makes its own methods raise
        message = f"{NAME} holds an object that cannot be written as text. Nothing was loaded."
        raise UserError(message) from None
    if text is None:
        message = "The source is neither a path nor a frame of Polars, pandas or Arrow."
        raise UserError(message)
    return text


def _of_frame(frame: Any) -> Text | None:
    if isinstance(frame, pl.LazyFrame):
        frame = frame.collect()
    if isinstance(frame, pl.DataFrame):
        return as_text(NAME, None, frame, "Polars")
    if type(frame).__module__.partition(".")[0] == "pandas" and hasattr(frame, "columns"):
        cells = [texts(frame.iloc[:, i].tolist()) for i in range(frame.shape[1])]
        return of_cells(NAME, None, [str(column) for column in frame.columns], cells, "pandas")
    if hasattr(frame, "__arrow_c_stream__"):
        return as_text(NAME, None, pl.DataFrame(frame), "Arrow")
    return None


def as_text(
    name: str, sheet: str | None, frame: pl.DataFrame, kind: str, numbers: Sequence[int] | None = None
) -> Text:
    """A frame of Polars → a Text, each cell as it would be written; see ``of_cells``."""
    columns = [_column(column) for column in frame.get_columns()]
    return of_cells(name, sheet, frame.columns, columns, kind, numbers)


def of_cells(
    name: str, sheet: str | None, headers: list[str], columns: Iterable[Any], kind: str,
    numbers: Sequence[int] | None = None,
) -> Text:  # fmt: skip
    """Columns of text → a Text without its wholly blank rows, which are counted from 1 if they have no numbers.

    Raises:
        UserError: if there is no column.
    """
    series = {f"c{i}": pl.Series(cells, dtype=pl.String).fill_null("") for i, cells in enumerate(columns)}
    if not series or is_blank(headers):
        message = f"{name} has no column. Nothing was loaded."
        raise UserError(message)
    frame = pl.DataFrame(series)
    rows = pl.int_range(1, frame.height + 1, eager=True) if numbers is None else pl.Series(numbers)
    frame = frame.insert_column(0, rows.cast(pl.Int64).alias(ROW))
    filled = pl.any_horizontal(pl.exclude(ROW).str.contains(r"\S"))
    whole = frame.filter(filled)
    return Text(name, sheet, headers, whole, {}, frame.height - whole.height, kind)


def _column(column: pl.Series) -> pl.Series | list[str]:
    """A column's cells as text."""
    match column.dtype:
        case pl.String:
            return column
        case pl.Categorical() | pl.Enum():
            return column.cast(pl.String)
        case pl.Boolean():
            return column.replace_strict({True: "true", False: "false"}, return_dtype=pl.String)
        case pl.Date():
            return column.dt.to_string("%Y-%m-%d")
        case kind if kind.is_integer():
            return column.cast(pl.String)
        case pl.Datetime(time_zone=zone):
            return column.dt.to_string("%Y-%m-%d %H:%M:%S%.f" + ("%:z" if zone else ""))
    return [written(cell) for cell in column]


def texts(cells: Sequence[Any], write: Callable[[Any], str] | None = None) -> Sequence[str | None]:
    """Values as a person would write them; those that are text already as they are."""
    kinds = set(map(type, cells))
    return cells if kinds <= {str, type(None)} else list(map(write or written, cells))


def written(cell: Any) -> str:
    """A value as a person would write it: dates in ISO form, whole numbers without a point, nothing for none."""
    match cell:
        case None:
            return ""
        case str():
            return cell
        case bool():
            return "true" if cell else "false"
        case float() if cell != cell:
            return ""
        case float() if cell.is_integer() and abs(cell) < 1e21:
            return str(int(cell))
        case Decimal():
            return format(cell, "f")
        case datetime():
            return "" if str(cell) == "NaT" else cell.isoformat(" ")
        case date():
            return cell.isoformat()
        case bytes():
            return cell.decode("utf-8", "backslashreplace")
        case Mapping() | list() | tuple():
            return json.dumps(cell, ensure_ascii=False, default=str)
        case pl.Series():
            return json.dumps(cell.to_list(), ensure_ascii=False, default=str)
    text = str(cell)
    return "" if text in ("NaT", "<NA>") else text if not hasattr(cell, "item") else written(cell.item())
