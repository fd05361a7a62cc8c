"""Which rows a map expectation does not expect: a metric's name → a Boolean column over the whole frame.

What ``expressions.py`` knows is taken from there, so that a rule means the same in the engine and in
the loader. What only one engine can do (order, statistics of a column, Python's own parsers) stands here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from operator import ge, gt, le, lt
from typing import Any

import polars as pl

from norwalk_analytics import expressions
from norwalk_analytics.gx.engine import PolarsExecutionEngine
from norwalk_analytics.gx.values import literal, members

Kwargs = Mapping[str, Any]

KNOWN = {
    "column_values.nonnull": "expect_column_values_to_not_be_null",
    "column_values.null": "expect_column_values_to_be_null",
    "column_values.in_set": "expect_column_values_to_be_in_set",
    "column_values.not_in_set": "expect_column_values_to_not_be_in_set",
    "column_values.between": "expect_column_values_to_be_between",
    "column_values.value_length.between": "expect_column_value_lengths_to_be_between",
    "column_values.value_length.equals": "expect_column_value_lengths_to_equal",
    "column_values.match_regex": "expect_column_values_to_match_regex",
    "column_values.not_match_regex": "expect_column_values_to_not_match_regex",
    "column_values.match_regex_list": "expect_column_values_to_match_regex_list",
    "column_values.not_match_regex_list": "expect_column_values_to_not_match_regex_list",
    "column_values.unique": "expect_column_values_to_be_unique",
    "column_pair_values.equal": "expect_column_pair_values_to_be_equal",
    "column_pair_values.a_greater_than_b": "expect_column_pair_values_a_to_be_greater_than_b",
    "column_pair_values.in_set": "expect_column_pair_values_to_be_in_set",
    "compound_columns.unique": "expect_compound_columns_to_be_unique",
    "multicolumn_sum.equal": "expect_multicolumn_sum_to_equal",
    "multicolumn_values.equal": "expect_multicolumn_values_to_be_equal",
    "select_column_values.unique.within_record": "expect_select_column_values_to_be_unique_within_record",
}
"""Metrics whose condition is an expectation of ``expressions.py``."""
BOUNDED = ("column_values.between", "column_values.in_set", "column_values.not_in_set")
ORDERED = "column_pair_values.a_greater_than_b"
DOMAIN = ("column", "column_A", "column_B", "column_list", "ignore_row_if")


def unexpected(name: str, engine: PolarsExecutionEngine, domain: Kwargs, values: Kwargs) -> pl.Expr:
    """Where a row of the domain is not as a map metric expects; without nulls."""
    given = {key: value for key, value in values.items() if value is not None}
    if name in KNOWN:
        try:
            return _known(name, engine, domain, given)
        except expressions.UnknownExpectationError:
            if name not in PARTICULAR:
                raise
    column = in_domain(engine, domain)
    return (PARTICULAR[name](column, given) & column.is_not_null()).fill_null(value=False)


def in_domain(engine: PolarsExecutionEngine, domain: Kwargs) -> pl.Expr:
    """The column of a domain, null in rows that the row condition leaves out; categories as text."""
    data, mask = engine.data(domain), engine.mask(domain)
    column = pl.col((data.names | data.texts)[domain["column"]])
    return column if mask is None else pl.when(mask).then(column)


def _known(name: str, engine: PolarsExecutionEngine, domain: Kwargs, given: dict[str, Any]) -> pl.Expr:
    """A condition of ``expressions.py``, its arguments of the columns' types."""
    data, condition = engine.data(domain), engine.row_condition(domain)
    if name.endswith("in_set") and not {"value_set", "value_pairs_set"} & set(given):
        return pl.lit(value=False)  # no set is given, so nothing breaks it
    kinds = {key: pl.String() if key in data.texts else kind for key, kind in data.schema.items()}
    if name in BOUNDED:
        given = _typed(given, kinds[domain["column"]])
    elif "value_pairs_set" in given:
        pair = kinds[domain["column_A"]], kinds[domain["column_B"]]
        given["value_pairs_set"] = _pairs(given["value_pairs_set"], *pair)
    ordered = name == ORDERED and data.schema[domain["column_A"]] == data.schema[domain["column_B"]]
    names = data.names if ordered else data.names | data.texts
    kwargs = {key: domain[key] for key in DOMAIN if domain.get(key) is not None}
    for key, value in kwargs.items():
        if key != "ignore_row_if":
            kwargs[key] = [names[one] for one in value] if isinstance(value, list) else names[value]
    kwargs |= given
    key = json.dumps([name, kwargs, condition], sort_keys=True, default=repr)
    return data.rule(key, expressions.expression(KNOWN[name], kwargs, condition))


def _typed(given: Kwargs, kind: Any) -> dict[str, Any]:
    ends = {key: literal(given[key], kind) for key in ("min_value", "max_value") if key in given}
    sets = {"value_set": members(given["value_set"], kind)} if "value_set" in given else {}
    low, high = given.get("min_value"), given.get("max_value")
    if low is not None and high is not None and low > high:
        message = "min_value cannot be greater than max_value"
        raise ValueError(message)
    return {**given, **ends, **sets}


def _pairs(pairs: Any, left: Any, right: Any) -> list[tuple[Any, Any]]:
    """Those pairs that the two columns can hold."""
    return [
        (literal(a, left), literal(b, right))
        for a, b in pairs
        if (a is None or members([a], left)) and (b is None or members([b], right))
    ]


def _by_value(column: pl.Expr, broken: Callable[[Any], bool]) -> pl.Expr:
    """A Python function of a value, called once for each distinct one."""

    def judged(series: pl.Series) -> pl.Series:
        distinct = series.drop_nulls().unique()
        found = pl.Series([broken(value) for value in distinct], dtype=pl.Boolean)
        return series.replace_strict(distinct, found, default=None, return_dtype=pl.Boolean)

    return column.map_batches(judged, return_dtype=pl.Boolean)


def _patterns(column: pl.Expr, given: Kwargs, *, wanted: bool) -> pl.Expr:
    patterns = [given["regex"]] if "regex" in given else given["regex_list"]
    compiled = [re.compile(pattern) for pattern in patterns]
    every = all if wanted and given.get("match_on") == "all" else any
    return _by_value(
        column.cast(pl.String), lambda text: every(one.search(text) for one in compiled) is not wanted
    )


def _match(column: pl.Expr, given: Kwargs) -> pl.Expr:
    return _patterns(column, given, wanted=True)


def _not_match(column: pl.Expr, given: Kwargs) -> pl.Expr:
    return _patterns(column, given, wanted=False)


def _in_order(column: pl.Expr, given: Kwargs, wrong: tuple[Callable[[Any, Any], Any], ...]) -> pl.Expr:
    """Each value beside the one before it, nulls and rows outside the domain passed over."""
    before = column.forward_fill().shift(1)
    broken: pl.Expr = wrong[bool(given.get("strictly"))](column, before)
    return broken


def _increasing(column: pl.Expr, given: Kwargs) -> pl.Expr:
    return _in_order(column, given, (lt, le))


def _decreasing(column: pl.Expr, given: Kwargs) -> pl.Expr:
    return _in_order(column, given, (gt, ge))


def _z_score(column: pl.Expr, given: Kwargs) -> pl.Expr:
    """Values at or over the threshold, in standard deviations from the mean; none where there is no spread."""
    score = (column - column.mean()) / column.std()
    double, threshold = given.get("double_sided", True), float(given["threshold"])
    far = score.abs() >= abs(threshold) if double else score >= threshold
    return far & ~score.is_nan()


def _outlier(column: pl.Expr, given: Kwargs) -> pl.Expr:
    """Values beyond Tukey's fences (iqr), or so many standard deviations from the mean (std)."""
    value, multiplier = column.cast(pl.Float64), float(given.get("multiplier", 1.5))
    method = given.get("method", "iqr")
    if method == "iqr":
        low, high = value.quantile(0.25, "linear"), value.quantile(0.75, "linear")
        reach = multiplier * (high - low)
        return ((value < low - reach) | (value > high + reach)) & reach.is_finite()
    if method != "std":
        message = f"method {method!r} has not been implemented"
        raise NotImplementedError(message)
    reach, mean = multiplier * value.std(), value.mean()
    far = pl.when(reach <= 0).then(value != mean).otherwise((value - mean).abs() >= reach)
    return far & reach.is_finite()


def _strftime(column: pl.Expr, given: Kwargs) -> pl.Expr:
    def broken(text: Any) -> bool:
        try:
            datetime.strptime(_a_text(text), given["strftime_format"])
        except ValueError:
            return True
        return False

    return _by_value(column, broken)


def _dateutil(column: pl.Expr, _: Kwargs) -> pl.Expr:
    from dateutil.parser import parse

    def broken(text: Any) -> bool:
        try:
            parse(_a_text(text))
        except (ValueError, OverflowError):
            return True
        return False

    return _by_value(column, broken)


def _a_text(value: Any) -> str:
    if not isinstance(value, str):
        message = "Only text can be read as a date or a time: expect it before it is converted"
        raise TypeError(message)
    return value


def _json(column: pl.Expr, _: Kwargs) -> pl.Expr:
    def broken(text: Any) -> bool:
        try:
            json.loads(text)
        except (ValueError, TypeError, RecursionError):
            return True
        return False

    return _by_value(column, broken)


def _json_schema(column: pl.Expr, given: Kwargs) -> pl.Expr:
    from jsonschema.validators import validator_for

    schema = given["json_schema"]
    kind = validator_for(schema)
    kind.check_schema(schema)
    validator = kind(schema)
    return _by_value(column, lambda text: not validator.is_valid(json.loads(text)))


PARTICULAR: dict[str, Callable[[pl.Expr, Kwargs], pl.Expr]] = {
    "column_values.match_regex": _match,
    "column_values.not_match_regex": _not_match,
    "column_values.match_regex_list": _match,
    "column_values.not_match_regex_list": _not_match,
    "column_values.increasing": _increasing,
    "column_values.decreasing": _decreasing,
    "column_values.z_score.under_threshold": _z_score,
    "column_values.not_outliers": _outlier,
    "column_values.match_strftime_format": _strftime,
    "column_values.dateutil_parseable": _dateutil,
    "column_values.json_parseable": _json,
    "column_values.match_json_schema": _json_schema,
}
"""Metrics of one column that only this engine computes: the column within its domain → what is unexpected."""
