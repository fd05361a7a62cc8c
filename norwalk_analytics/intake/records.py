"""JSON and NDJSON → a Text; numbers keep the digits that stand in the file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl

from norwalk_analytics.intake.plain_text import decode
from norwalk_analytics.intake.texts import MOST_COLUMNS, ROW, Text
from norwalk_analytics.policy import UserError

MOST_KEYS = MOST_COLUMNS
Row: TypeAlias = tuple[tuple[str, Any], ...]


def of_json(name: str, data: bytes) -> Text:
    """An array of objects, or one object a line → a Text. Rows are numbered by line, or counted from 1.

    Raises:
        UserError: naming the line or the row that is no object, or that names a key twice.
    """
    data, start, encoding = decode(name, data)
    text = data[start:].decode()
    lines = Path(name).suffix.lower() != ".json"
    numbers, rows = _lines(name, text) if lines else _items(name, text)
    keys = _keys(rows)
    if not keys or len(keys) > MOST_KEYS:
        message = (
            f"{name} holds no rows with named cells, or more than {MOST_KEYS:,} names. Nothing was loaded."
        )
        raise UserError(message)
    if any(len(row) != len(dict(row)) for row in rows):
        at = next(n for n, row in zip(numbers, rows, strict=True) if len(row) != len(dict(row)))
        message = f"{name}: {'line' if lines else 'row'} {at} names a key twice. Nothing was loaded."
        raise UserError(message)
    columns: Iterable[Any]
    if all(len(row) == len(keys) for row in rows) and all(_keys([row]) == keys for row in rows):
        columns = zip(*([cell for _, cell in row] for row in rows), strict=True)
    else:
        found = [dict(row) for row in rows]
        columns = ([row.get(key) for row in found] for key in keys)
    frame = pl.DataFrame({ROW: pl.Series(numbers, dtype=pl.Int64)}).with_columns(
        pl.Series(f"c{i}", _texts(cells), dtype=pl.String).fill_null("") for i, cells in enumerate(columns)
    )
    whole = frame.filter(pl.any_horizontal(pl.exclude(ROW).str.contains(r"\S")))
    kind = "NDJSON" if lines else "JSON"
    return Text(name, None, list(keys), whole, {}, frame.height - whole.height, f"{encoding}, {kind}")


def _keys(rows: Sequence[Row]) -> tuple[str, ...]:
    """Every name of a cell, in the order in which they first stand."""
    return tuple(dict.fromkeys(key for row in rows for key, _ in row))


def _lines(name: str, text: str) -> tuple[list[int], list[Row]]:
    """An object a line: all at once, and where that fails line by line, to name the one."""
    filled = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    numbers, lines = [number for number, _ in filled], [line for _, line in filled]
    rows = _parsed("[" + ",".join(lines) + "]")
    if rows is None or len(rows) != len(lines) or not all(isinstance(row, tuple) for row in rows):
        for number, line in filled:
            if not isinstance(_parsed(line), tuple):
                message = f"{name}: line {number} is not a JSON object that can be read. Nothing was loaded."
                raise UserError(message)
        rows = [_parsed(line) for line in lines]
    return numbers, rows


def _items(name: str, text: str) -> tuple[list[int], list[Row]]:
    rows = _parsed(text)
    if not isinstance(rows, list) or not rows:
        message = f"{name} is not an array of objects with rows in it. Nothing was loaded."
        raise UserError(message)
    odd = next((number for number, row in enumerate(rows, start=1) if not isinstance(row, tuple)), None)
    if odd is not None:
        message = f"{name}: row {odd} is not an object with named cells. Nothing was loaded."
        raise UserError(message)
    return list(range(1, len(rows) + 1)), rows


def _parsed(text: str) -> Any:
    """JSON with each object as a tuple of its pairs, and each number as it stands; None where it is none."""
    try:
        return json.loads(text, parse_float=str, parse_int=str, object_pairs_hook=tuple)
    except (ValueError, RecursionError):
        return None


def _texts(cells: Sequence[Any]) -> Sequence[str | None]:
    return cells if set(map(type, cells)) <= {str, type(None)} else [_cell(cell) for cell in cells]


def _cell(value: Any) -> str | None:
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
    return json.dumps(_plain(value), ensure_ascii=False)


def _plain(value: Any) -> Any:
    """A nested value with its objects as objects again."""
    if isinstance(value, tuple):
        return {key: _plain(inner) for key, inner in value}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value
