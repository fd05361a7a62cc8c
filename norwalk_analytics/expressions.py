"""An expectation (type, arguments, row condition) as a Narwhals expression.

The same expression runs on Polars and on Spark. It is true where a row breaks the expectation, and
false where it keeps it, where the value is null, or where the row condition does not hold: as Great
Expectations judges a row. Nothing of ours is imported here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import reduce
from operator import and_, eq, ge, gt, le, lt, ne, or_
from typing import Any

import narwhals as nw

Kwargs = Mapping[str, Any]


class UnknownExpectationError(ValueError):
    """An expectation, or an argument of one, that this module can't turn into an expression."""


def expression(kind: str, kwargs: Kwargs, condition: Mapping[str, Any] | None = None) -> nw.Expr:
    """Where a row breaks an expectation.

    Args:
        kind: the expectation's type, such as ``expect_column_values_to_not_be_null``.
        kwargs: its arguments, parameters already replaced by typed values.
        condition: its row condition, as Great Expectations 1.24 writes one in JSON.

    Returns:
        A Boolean expression without nulls: true is broken.

    Raises:
        UnknownExpectationError: for a type or argument that is not known here.

    Example:
        >>> import polars as pl
        >>> frame = nw.from_native(pl.DataFrame({"a": [1, -1, None]}))
        >>> kwargs = {"column": "a", "min_value": 0}
        >>> broken = expression("expect_column_values_to_be_between", kwargs)
        >>> frame.select(broken.alias("broken")).to_native()["broken"].to_list()
        [False, True, False]
    """
    if kind not in EXPECTATIONS:
        message = f"{kind} is not an expectation that is known here"
        raise UnknownExpectationError(message)
    make, allowed = EXPECTATIONS[kind]
    extra = set(kwargs) - allowed - META
    if extra:
        message = f"{kind} has an argument that is not known here: {', '.join(sorted(extra))}"
        raise UnknownExpectationError(message)
    broken = make(kwargs)
    if condition is not None:
        broken = broken & where(condition)
    return broken.fill_null(value=False)


def columns(kwargs: Kwargs, condition: Mapping[str, Any] | None = None) -> list[str]:
    """The columns that an expectation looks at, each once, those of the row condition last."""
    named = [kwargs[key] for key in ("column", "column_A", "column_B") if key in kwargs]
    named += list(kwargs.get("column_list", ()))
    return list(dict.fromkeys(named + ([] if condition is None else _condition_columns(condition))))


def _condition_columns(condition: Mapping[str, Any]) -> list[str]:
    if condition["type"] in ("and", "or"):
        return [name for part in condition["conditions"] for name in _condition_columns(part)]
    return [condition["column"]["name"]]


COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge,
}  # fmt: skip


def where(condition: Mapping[str, Any]) -> nw.Expr:
    """The rows that a row condition names: ORs of ANDs of comparisons with a value or null."""
    match condition.get("type"):
        case "and":
            return reduce(and_, [where(part) for part in condition["conditions"]])
        case "or":
            return reduce(or_, [where(part) for part in condition["conditions"]])
        case "nullity":
            null = nw.col(condition["column"]["name"]).is_null()
            return null if condition["is_null"] else ~null
        case "comparison":
            column = nw.col(condition["column"]["name"])
            operator, value = condition["operator"], condition["parameter"]
            if operator == "IN":
                return column.is_in(list(value)).fill_null(value=False)
            if operator in COMPARISONS:
                held: nw.Expr = COMPARISONS[operator](column, _literal(value))
                return held.fill_null(value=False)
    kind = condition.get("operator", condition.get("type"))
    message = f"a row condition of the kind {kind!r} is not known here"
    raise UnknownExpectationError(message)


def _literal(value: Any) -> Any:
    """A value to compare with; an instant can't be one, for it shifts silently on Spark."""
    if isinstance(value, datetime):
        message = "an instant can't stand in an expectation: compare the local date of its column"
        raise UnknownExpectationError(message)
    if isinstance(value, Mapping):
        message = f"the parameter {value.get('$PARAMETER')!r} has no value"
        raise UnknownExpectationError(message)
    return nw.lit(value) if isinstance(value, date) else value


def _not_null(kwargs: Kwargs) -> nw.Expr:
    return nw.col(kwargs["column"]).is_null()


def _null(kwargs: Kwargs) -> nw.Expr:
    return ~nw.col(kwargs["column"]).is_null()


def _in_set(kwargs: Kwargs) -> nw.Expr:
    return ~nw.col(kwargs["column"]).is_in(_values(kwargs))


def _not_in_set(kwargs: Kwargs) -> nw.Expr:
    return nw.col(kwargs["column"]).is_in(_values(kwargs))


def _values(kwargs: Kwargs) -> list[Any]:
    values = kwargs["value_set"]
    if isinstance(values, Mapping):
        _literal(values)
    return list(values)


def _bounds(value: nw.Expr, kwargs: Kwargs) -> nw.Expr:
    parts: list[nw.Expr] = []
    if kwargs.get("min_value") is not None:
        below = le if kwargs.get("strict_min") else lt
        parts.append(below(value, _literal(kwargs["min_value"])))
    if kwargs.get("max_value") is not None:
        above = ge if kwargs.get("strict_max") else gt
        parts.append(above(value, _literal(kwargs["max_value"])))
    if not parts:
        message = "an expectation of bounds needs min_value or max_value"
        raise UnknownExpectationError(message)
    broken: nw.Expr = reduce(or_, parts)
    return broken


def _between(kwargs: Kwargs) -> nw.Expr:
    return _bounds(nw.col(kwargs["column"]), kwargs)


def _lengths(kwargs: Kwargs) -> nw.Expr:
    return _bounds(nw.col(kwargs["column"]).str.len_chars(), kwargs)


def _match(kwargs: Kwargs) -> nw.Expr:
    return ~nw.col(kwargs["column"]).str.contains(kwargs["regex"])


def _not_match(kwargs: Kwargs) -> nw.Expr:
    return nw.col(kwargs["column"]).str.contains(kwargs["regex"])


def _unique(kwargs: Kwargs) -> nw.Expr:
    key = kwargs["column"]
    return (nw.len().over(key) > 1) & ~nw.col(key).is_null()


def _compound_unique(kwargs: Kwargs) -> nw.Expr:
    keys = list(kwargs["column_list"])
    blank = reduce(and_, [nw.col(key).is_null() for key in keys])
    return (nw.len().over(keys) > 1) & ~blank


def _pair(kwargs: Kwargs) -> tuple[nw.Expr, nw.Expr]:
    if kwargs.get("ignore_row_if") != "either_value_is_missing":
        message = "a pair of columns is compared only with ignore_row_if either_value_is_missing"
        raise UnknownExpectationError(message)
    return nw.col(kwargs["column_A"]), nw.col(kwargs["column_B"])


def _greater(kwargs: Kwargs) -> nw.Expr:
    a, b = _pair(kwargs)
    return a < b if kwargs.get("or_equal") else a <= b


def _equal(kwargs: Kwargs) -> nw.Expr:
    a, b = _pair(kwargs)
    return a != b


META = {"row_condition", "condition_parser", "mostly", "result_format", "catch_exceptions"}
COLUMN, PAIR = {"column"}, {"column_A", "column_B", "ignore_row_if"}
BOUNDS = COLUMN | {"min_value", "max_value", "strict_min", "strict_max"}
EXPECTATIONS: dict[str, tuple[Callable[[Kwargs], nw.Expr], set[str]]] = {
    "expect_column_values_to_not_be_null": (_not_null, COLUMN),
    "expect_column_values_to_be_null": (_null, COLUMN),
    "expect_column_values_to_be_in_set": (_in_set, COLUMN | {"value_set"}),
    "expect_column_values_to_not_be_in_set": (_not_in_set, COLUMN | {"value_set"}),
    "expect_column_values_to_be_between": (_between, BOUNDS),
    "expect_column_value_lengths_to_be_between": (_lengths, BOUNDS),
    "expect_column_values_to_match_regex": (_match, COLUMN | {"regex"}),
    "expect_column_values_to_not_match_regex": (_not_match, COLUMN | {"regex"}),
    "expect_column_values_to_be_unique": (_unique, COLUMN),
    "expect_compound_columns_to_be_unique": (_compound_unique, {"column_list", "ignore_row_if"}),
    "expect_column_pair_values_a_to_be_greater_than_b": (_greater, PAIR | {"or_equal"}),
    "expect_column_pair_values_to_be_equal": (_equal, PAIR),
}
