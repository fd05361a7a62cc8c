"""JSON and NDJSON → a Text; numbers keep the digits that stand in the file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from norwalk_analytics.intake.frames import of_cells, texts
from norwalk_analytics.intake.plain_text import decode
from norwalk_analytics.intake.texts import MOST_COLUMNS, Text
from norwalk_analytics.policy import UserError

MOST_KEYS = MOST_COLUMNS
LONE = re.compile(r"\\u[dD][89a-fA-F]")
WHOLE = re.compile(r"(?<=[0-9])[.]0+$")
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
    if LONE.search(text):
        _without_lone_halves(name, "line" if lines else "row", numbers, rows)
    columns: Iterable[Any]
    if all(len(row) == len(keys) for row in rows) and all(_keys([row]) == keys for row in rows):
        columns = zip(*([cell for _, cell in row] for row in rows), strict=True)
    else:
        found = [dict(row) for row in rows]
        columns = ([row.get(key) for row in found] for key in keys)
    kind = f"{encoding}, {'NDJSON' if lines else 'JSON'}"
    return of_cells(name, None, list(keys), (texts(cells, _cell) for cells in columns), kind, numbers)


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
    """JSON with each object as a tuple of its pairs, and each number as it stands; None where it is none.

    NaN and Infinity, which some programs write, are no JSON.
    """
    try:
        return json.loads(
            text, parse_float=_Number, parse_int=_Number, parse_constant=_refused, object_pairs_hook=tuple
        )
    except (ValueError, RecursionError):
        return None


class _Number(str):
    """A number as it stands."""

    __slots__ = ()


def _refused(constant: str) -> None:
    raise ValueError(constant)


def _without_lone_halves(name: str, what: str, numbers: Sequence[int], rows: Sequence[Row]) -> None:
    """Refuse a text with one half of a pair of code units, which is no character."""
    for number, row in zip(numbers, rows, strict=True):
        try:
            str(row).encode()
            "".join(f"{key}{_cell(cell)}" for key, cell in row).encode()
        except UnicodeEncodeError:
            message = (
                f"{name}: {what} {number} holds half a character (a lone surrogate). Nothing was loaded."
            )
            raise UserError(message) from None


def _cell(value: Any) -> str:
    """A cell as text; a whole number that was written with a point without it, as from other files."""
    match value:
        case None:
            return ""
        case _Number():
            return WHOLE.sub("", value)
        case str():
            return value
        case bool():
            return "true" if value else "false"
    return _nested(value)


def _nested(value: Any) -> str:
    """A nested value as JSON, its numbers as they stand."""
    match value:
        case _Number():
            return str(value)
        case tuple():
            return "{" + ", ".join(f"{_nested(key)}: {_nested(inner)}" for key, inner in value) + "}"
        case list():
            return "[" + ", ".join(map(_nested, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
