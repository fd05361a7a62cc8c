"""An expectation (type, arguments, row condition) as a Narwhals expression.

The same expression runs on Polars and on Spark. It is true where a row breaks the expectation, and
false where it keeps it, where the value is null, or where the row condition does not hold: as Great
Expectations judges a row. Nothing of ours is imported here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache, reduce
from itertools import combinations
from operator import add, and_, eq, ge, gt, le, lt, ne, or_
from typing import Any

import narwhals as nw
import polars as pl

Kwargs = Mapping[str, Any]
Domain = nw.Expr | None
CLASS_OF_CLASSES = re.compile(r"\[[^\]]*(?:&&|--|~~)")


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
    domain = None if condition is None else where(condition)
    broken = make(kwargs, domain)
    if domain is not None:
        broken = broken & domain
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
            if operator in ("IN", "NOT_IN") and isinstance(value, str | Mapping):
                message = f"the parameter of {operator} is no list of values"
                raise UnknownExpectationError(message)
            if operator == "IN":
                return column.is_in(list(value)).fill_null(value=False)
            if operator == "NOT_IN":
                return (~column.is_in(list(value))).fill_null(value=False)
            if operator in COMPARISONS:
                held: nw.Expr = COMPARISONS[operator](column, _literal(value))
                return held.fill_null(value=False)
    kind = condition.get("operator", condition.get("type"))
    message = f"a row condition of the kind {kind!r} is not known here"
    raise UnknownExpectationError(message)


def _literal(value: Any) -> Any:
    """A value to compare with; an instant can't be one, for it shifts silently on Spark.

    Who runs on one engine alone may hand an instant over as an expression of that engine's own.
    """
    if isinstance(value, datetime):
        message = "an instant can't stand in an expectation: compare the local date of its column"
        raise UnknownExpectationError(message)
    if isinstance(value, Mapping):
        message = f"the parameter {value.get('$PARAMETER')!r} has no value"
        raise UnknownExpectationError(message)
    return nw.lit(value) if isinstance(value, date) else value


def _not_null(kwargs: Kwargs, _: Domain) -> nw.Expr:
    return nw.col(kwargs["column"]).is_null()


def _null(kwargs: Kwargs, _: Domain) -> nw.Expr:
    return ~nw.col(kwargs["column"]).is_null()


def _in_set(kwargs: Kwargs, _: Domain) -> nw.Expr:
    return ~nw.col(kwargs["column"]).is_in(_values(kwargs))


def _not_in_set(kwargs: Kwargs, _: Domain) -> nw.Expr:
    return nw.col(kwargs["column"]).is_in(_values(kwargs))


def _values(kwargs: Kwargs) -> list[Any]:
    values = kwargs["value_set"]
    if isinstance(values, Mapping):
        _literal(values)
    if isinstance(values, str):
        message = "value_set is one text and no list of values"
        raise UnknownExpectationError(message)
    return list(values)


def _text(kwargs: Kwargs) -> nw.Expr:
    """A column as text; a column of text as it is."""
    return nw.col(kwargs["column"]).cast(nw.String)


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


def _between(kwargs: Kwargs, _: Domain) -> nw.Expr:
    return _bounds(nw.col(kwargs["column"]), kwargs)


def _lengths(kwargs: Kwargs, _: Domain) -> nw.Expr:
    return _bounds(_text(kwargs).str.len_chars(), kwargs)


def _length(kwargs: Kwargs, _: Domain) -> nw.Expr:
    broken: nw.Expr = _text(kwargs).str.len_chars() != _literal(kwargs["value"])
    return broken


@lru_cache(maxsize=256)
def _pattern(regex: str) -> str:
    """A pattern that means the same everywhere.

    Engines of linear time have no look-around and the like, and in some a class may be the intersection
    or the difference of others.
    """
    try:
        pl.select(pl.lit("").str.contains(regex))
        known = not CLASS_OF_CLASSES.search(regex)
    except pl.exceptions.ComputeError:
        known = False
    if not known:
        message = f"the pattern {regex!r} is not one that every engine can run"
        raise UnknownExpectationError(message)
    return regex


def _match(kwargs: Kwargs, _: Domain) -> nw.Expr:
    return ~_text(kwargs).str.contains(_pattern(kwargs["regex"]))


def _not_match(kwargs: Kwargs, _: Domain) -> nw.Expr:
    return _text(kwargs).str.contains(_pattern(kwargs["regex"]))


def _match_list(kwargs: Kwargs, _: Domain) -> nw.Expr:
    every = {"any": or_, "all": and_}
    match_on = kwargs.get("match_on") or "any"
    if match_on not in every:
        message = f"match_on is any or all, not {match_on!r}"
        raise UnknownExpectationError(message)
    return ~_matches(kwargs, every[match_on])


def _not_match_list(kwargs: Kwargs, _: Domain) -> nw.Expr:
    return _matches(kwargs, or_)


def _matches(kwargs: Kwargs, joined: Callable[[Any, Any], Any]) -> nw.Expr:
    if not kwargs["regex_list"]:
        message = "regex_list is empty"
        raise UnknownExpectationError(message)
    patterns = [_pattern(regex) for regex in kwargs["regex_list"]]
    found: nw.Expr = reduce(joined, [_text(kwargs).str.contains(pattern) for pattern in patterns])
    return found


def _unique(kwargs: Kwargs, domain: Domain) -> nw.Expr:
    key = kwargs["column"]
    return (_count_over([key], domain) > 1) & ~nw.col(key).is_null()


def _compound_unique(kwargs: Kwargs, domain: Domain) -> nw.Expr:
    keys = list(kwargs["column_list"])
    kept = _kept(keys, kwargs, ALL)
    return _within(_count_over(keys, domain) > 1, kept)


def _count_over(keys: list[str], domain: Domain) -> nw.Expr:
    """How many rows of the domain share the key of a row; nulls count as each other's duplicates."""
    return nw.len().over(keys) if domain is None else domain.cast(nw.Int64).sum().over(keys)


def _kept(names: Sequence[str], kwargs: Kwargs, default: str) -> Domain:
    """The rows that ``ignore_row_if`` leaves; None where it leaves all."""
    nulls = [nw.col(name).is_null() for name in names]
    match kwargs.get("ignore_row_if") or default:
        case "either_value_is_missing" | "any_value_is_missing":
            return ~reduce(or_, nulls)
        case "both_values_are_missing" | "all_values_are_missing":
            return ~reduce(and_, nulls)
        case "neither" | "never":
            return None
        case other:
            message = f"ignore_row_if knows no {other!r}"
            raise UnknownExpectationError(message)


def _within(broken: nw.Expr, kept: Domain) -> nw.Expr:
    return broken if kept is None else broken & kept


def _pair(kwargs: Kwargs, compare: Callable[[Any, Any], Any]) -> nw.Expr:
    """Where the comparison does not hold; a null that is not ignored holds to nothing."""
    names = kwargs["column_A"], kwargs["column_B"]
    a, b = map(nw.col, names)
    return _within(~compare(a, b).fill_null(value=False), _kept(names, kwargs, BOTH))


def _greater(kwargs: Kwargs, _: Domain) -> nw.Expr:
    return _pair(kwargs, ge if kwargs.get("or_equal") else gt)


def _equal(kwargs: Kwargs, _: Domain) -> nw.Expr:
    return _pair(kwargs, eq)


def _pair_in_set(kwargs: Kwargs, _: Domain) -> nw.Expr:
    names = kwargs["column_A"], kwargs["column_B"]
    listed = [_same(names[0], a) & _same(names[1], b) for a, b in kwargs["value_pairs_set"]]
    found = reduce(or_, listed, nw.lit(value=False))
    return _within(~found, _kept(names, kwargs, BOTH))


def _same(name: str, value: Any) -> nw.Expr:
    column = nw.col(name)
    return column.is_null() if value is None else (column == _literal(value)).fill_null(value=False)


def _sum_equal(kwargs: Kwargs, _: Domain) -> nw.Expr:
    names = kwargs["column_list"]
    total: nw.Expr = reduce(add, map(nw.col, names))
    right = (total == _literal(kwargs["sum_total"])).fill_null(value=False)
    return _within(~right, _kept(names, kwargs, ALL))


def _all_equal(kwargs: Kwargs, _: Domain) -> nw.Expr:
    first, *others = names = kwargs["column_list"]
    same = [_both_same(first, other) for other in others]
    return _within(~reduce(and_, same, nw.lit(value=True)), _kept(names, kwargs, ALL))


def _distinct_within(kwargs: Kwargs, _: Domain) -> nw.Expr:
    names = kwargs["column_list"]
    same = [_both_same(a, b) for a, b in combinations(names, 2)]
    return _within(reduce(or_, same, nw.lit(value=False)), _kept(names, kwargs, ALL))


def _both_same(a: str, b: str) -> nw.Expr:
    """Equal, a null equal to a null."""
    nulls = nw.col(a).is_null() & nw.col(b).is_null()
    return (nw.col(a) == nw.col(b)).fill_null(value=False) | nulls


META = {"row_condition", "condition_parser", "mostly", "result_format", "catch_exceptions"}
BOTH, ALL = "both_values_are_missing", "all_values_are_missing"
COLUMN, PAIR, LIST = {"column"}, {"column_A", "column_B", "ignore_row_if"}, {"column_list", "ignore_row_if"}
BOUNDS = COLUMN | {"min_value", "max_value", "strict_min", "strict_max"}
EXPECTATIONS: dict[str, tuple[Callable[[Kwargs, Domain], nw.Expr], set[str]]] = {
    "expect_column_values_to_not_be_null": (_not_null, COLUMN),
    "expect_column_values_to_be_null": (_null, COLUMN),
    "expect_column_values_to_be_in_set": (_in_set, COLUMN | {"value_set"}),
    "expect_column_values_to_not_be_in_set": (_not_in_set, COLUMN | {"value_set"}),
    "expect_column_values_to_be_between": (_between, BOUNDS),
    "expect_column_value_lengths_to_be_between": (_lengths, BOUNDS),
    "expect_column_value_lengths_to_equal": (_length, COLUMN | {"value"}),
    "expect_column_values_to_match_regex": (_match, COLUMN | {"regex"}),
    "expect_column_values_to_not_match_regex": (_not_match, COLUMN | {"regex"}),
    "expect_column_values_to_match_regex_list": (_match_list, COLUMN | {"regex_list", "match_on"}),
    "expect_column_values_to_not_match_regex_list": (_not_match_list, COLUMN | {"regex_list"}),
    "expect_column_values_to_be_unique": (_unique, COLUMN),
    "expect_compound_columns_to_be_unique": (_compound_unique, LIST),
    "expect_multicolumn_sum_to_equal": (_sum_equal, LIST | {"sum_total"}),
    "expect_multicolumn_values_to_be_equal": (_all_equal, LIST),
    "expect_select_column_values_to_be_unique_within_record": (_distinct_within, LIST),
    "expect_column_pair_values_a_to_be_greater_than_b": (_greater, PAIR | {"or_equal"}),
    "expect_column_pair_values_to_be_equal": (_equal, PAIR),
    "expect_column_pair_values_to_be_in_set": (_pair_in_set, PAIR | {"value_pairs_set"}),
}
