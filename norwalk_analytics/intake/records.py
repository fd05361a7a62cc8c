"""JSON and NDJSON → a Text; numbers keep the digits that stand in the file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from norwalk_analytics.intake.plain_text import decode
from norwalk_analytics.intake.texts import ROW, Text
from norwalk_analytics.policy import UserError

MOST_KEYS = 1 << 14


def of_json(name: str, data: bytes) -> Text:
    """An array of objects, or one object a line → a Text. Rows are numbered by line, or counted from 1.

    Raises:
        UserError: naming the line or the row that is no object, or that names a key twice.
    """
    data, start, encoding = decode(name, data)
    text = data[start:].decode()
    lines = Path(name).suffix.lower() != ".json"
    rows = list(_lines(name, text) if lines else _items(name, text))
    keys = list(dict.fromkeys(key for _, row in rows for key in row))
    if not keys or len(keys) > MOST_KEYS:
        message = (
            f"{name} holds no rows with named cells, or more than {MOST_KEYS:,} names. Nothing was loaded."
        )
        raise UserError(message)
    columns = {f"c{i}": [_cell(row.get(key)) for _, row in rows] for i, key in enumerate(keys)}
    frame = pl.DataFrame(
        {ROW: [number for number, _ in rows], **columns},
        schema={ROW: pl.Int64, **dict.fromkeys(columns, pl.String)},
    )
    whole = frame.filter(pl.any_horizontal(pl.exclude(ROW).str.contains(r"\S")))
    kind = "NDJSON" if lines else "JSON"
    return Text(name, None, keys, whole, {}, frame.height - whole.height, f"{encoding}, {kind}")


def _lines(name: str, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, _object(_value(name, line, f"line {number}"), f"{name}: line {number}")


def _items(name: str, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    value = _value(name, text, "it")
    rows = value if isinstance(value, list) else None
    if rows is None or not rows:
        message = f"{name} is not an array of objects with rows in it. Nothing was loaded."
        raise UserError(message)
    for number, row in enumerate(rows, start=1):
        yield number, _object(row, f"{name}: row {number}")


class TwiceError(ValueError):
    """A key that stands twice in an object: one of its values would be lost."""


def _value(name: str, text: str, where: str) -> Any:
    try:
        return json.loads(text, parse_float=_Digits, parse_int=_Digits, object_pairs_hook=_once)
    except TwiceError:
        cause = "names a key twice"
    except (ValueError, RecursionError):
        cause = "is not JSON that can be read"
    message = f"{name}: {where} {cause}. Nothing was loaded."
    raise UserError(message) from None


class _Digits(str):
    """A number as it stands in the file."""

    __slots__ = ()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise TwiceError
    return found


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        message = f"{where} is not an object with named cells. Nothing was loaded."
        raise UserError(message)
    return value


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case str():
            return str(value)
        case bool():
            return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)
