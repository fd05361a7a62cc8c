"""Arguments as values of a column's type, so that Polars compares like with like.

A suite that was read from JSON holds a date as text, and Polars, unlike pandas, does not guess. What
can't equal a value of the column is left out of a set; a bound of another kind is an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import narwhals as nw
import polars as pl
from dateutil.parser import parse

NOTHING = object()


def for_condition(
    condition: Mapping[str, Any], schema: Mapping[str, Any], names: Mapping[str, str]
) -> dict[str, Any]:
    """A row condition whose values are of their columns' types, and whose columns have other names.

    Args:
        condition: as Great Expectations writes one in JSON.
        schema: column → type.
        names: column → the name that it has in the frame; one that is not there stays.
    """
    if condition["type"] in ("and", "or"):
        return {
            **condition,
            "conditions": [for_condition(one, schema, names) for one in condition["conditions"]],
        }
    name = condition["column"]["name"]
    kind, renamed = schema.get(name), {**condition, "column": {"name": names.get(name, name)}}
    if condition["type"] != "comparison" or kind is None:
        return renamed
    value, operator = condition["parameter"], condition["operator"]
    if operator in ("IN", "NOT_IN"):
        return {**renamed, "parameter": members(value, kind)}
    if operator in ("==", "!=") and not members([value], kind):  # equal to nothing that stands there
        return {**renamed, "operator": "IN" if operator == "==" else "NOT_IN", "parameter": []}
    return {**renamed, "parameter": literal(value, kind)}


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
        unit = "us" if kind.time_unit == "ms" else kind.time_unit
        return nw.lit(found, nw.Datetime(unit, kind.time_zone and "UTC"))
    return found


def _as(value: Any, kind: Any) -> Any:
    """The value as a column of this type would hold it, or NOTHING."""
    if isinstance(kind, pl.Datetime):
        return _instant(value, kind)
    if kind == pl.Date:
        return _day(value)
    if isinstance(kind, pl.Enum):
        return value if isinstance(value, str) and value in kind.categories else NOTHING
    if isinstance(kind, pl.String | pl.Categorical):
        return value if isinstance(value, str) else NOTHING
    if kind == pl.Boolean:
        return bool(value) if isinstance(value, int | float) and value in (0, 1) else NOTHING
    if kind.is_integer():
        whole = isinstance(value, int | float) and float(value).is_integer()
        return int(value) if whole else (value if isinstance(value, float) else NOTHING)
    if kind.is_float():
        return float(value) if isinstance(value, int | float) and float(value) == value else NOTHING
    if kind.is_numeric():
        return NOTHING if isinstance(value, str | date | time) else value
    return value


def _day(value: Any) -> Any:
    value = _read(value)
    if isinstance(value, datetime):
        return value.date() if value.time() == time.min else NOTHING
    return value if isinstance(value, date) else NOTHING


def _instant(value: Any, kind: pl.Datetime) -> Any:
    value = _read(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if not isinstance(value, datetime) or (value.tzinfo is None) != (kind.time_zone is None):
        return NOTHING
    return value if kind.time_zone is None else value.astimezone(UTC)


def _read(value: Any) -> Any:
    """Text as a moment, as Great Expectations reads it."""
    if not isinstance(value, str):
        return value
    try:
        return parse(value)
    except (ValueError, OverflowError):
        return NOTHING


def as_given(value: Any, kind: Any) -> Any:
    """A value, or a list of them, as the column that was given would show it: a moment in its zone."""
    if isinstance(value, list):
        return [as_given(one, kind) for one in value]
    if isinstance(value, datetime) and isinstance(kind, pl.Datetime) and kind.time_zone is not None:
        local = value.astimezone(ZoneInfo(kind.time_zone))
        return local.replace(
            tzinfo=timezone(local.utcoffset() or timedelta())
        )  # unlike in an hour that comes twice
    return value
