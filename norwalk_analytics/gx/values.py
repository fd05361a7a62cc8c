"""Arguments as values of a column's type, so that Polars compares like with like.

A suite that was read from JSON holds a date as text, and Polars, unlike pandas, does not guess. What
can't equal a value of the column is left out of a set; a bound of another kind is an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import narwhals as nw
import polars as pl

NOTHING = object()


def for_condition(condition: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """A row condition whose values are of their columns' types."""
    if condition["type"] in ("and", "or"):
        return {**condition, "conditions": [for_condition(part, schema) for part in condition["conditions"]]}
    kind = schema.get(condition["column"]["name"])
    if condition["type"] != "comparison" or kind is None:
        return dict(condition)
    value = condition["parameter"]
    if condition["operator"] in ("IN", "NOT_IN"):
        return {**condition, "parameter": members(value, kind)}
    return {**condition, "parameter": literal(value, kind)}


def members(values: Iterable[Any], kind: Any) -> list[Any]:
    """Those values of a set that a column of this type can hold."""
    found = [value for value in (_as(value, kind) for value in values) if value is not NOTHING]
    return [value for value in found if not (kind.is_integer() and isinstance(value, float))]


def literal(value: Any, kind: Any) -> Any:
    """One value to compare a column of this type with.

    Raises:
        TypeError: if the two can't be compared.
    """
    if value is None:
        return None
    found = _as(value, kind)
    if found is NOTHING:
        message = (
            f"a value of the type {type(value).__name__} can't be compared with a column of the type {kind}"
        )
        raise TypeError(message)
    if isinstance(found, datetime) and isinstance(kind, pl.Datetime):
        return nw.lit(found, nw.Datetime(kind.time_unit, kind.time_zone))
    return found


def _as(value: Any, kind: Any) -> Any:
    """The value as a column of this type would hold it, or NOTHING."""
    if isinstance(kind, pl.Datetime):
        return _instant(value, kind)
    if kind == pl.Date:
        return _day(value)
    if isinstance(kind, pl.String | pl.Categorical | pl.Enum):
        return value if isinstance(value, str) else NOTHING
    if kind == pl.Boolean:
        return bool(value) if isinstance(value, int | float) and value in (0, 1) else NOTHING
    if kind.is_integer():
        whole = isinstance(value, int | float) and float(value).is_integer()
        return int(value) if whole else (value if isinstance(value, float) else NOTHING)
    if kind.is_numeric():
        return NOTHING if isinstance(value, str | date | time) else value
    return value


def _day(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.date() if value.time() == time.min else NOTHING
    if isinstance(value, date):
        return value
    return _iso(value, date.fromisoformat)


def _instant(value: Any, kind: pl.Datetime) -> Any:
    if isinstance(value, str):
        value = _iso(value, datetime.fromisoformat)
    elif isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if not isinstance(value, datetime):
        return NOTHING
    if (value.tzinfo is None) != (kind.time_zone is None):
        return NOTHING
    return value if kind.time_zone is None else value.astimezone(ZoneInfo(kind.time_zone))


def _iso(value: Any, read: Any) -> Any:
    try:
        return read(value) if isinstance(value, str) else NOTHING
    except ValueError:
        return NOTHING
