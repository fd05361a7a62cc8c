"""Great Expectations' metrics of a column or of the table as a whole, for the Polars engine.

Each is an aggregate over the rows that the row condition leaves, bundled with every other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import polars as pl
from great_expectations.core.metric_function_types import MetricFunctionTypes, MetricPartialFunctionTypes
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.metrics.util import get_dbms_compatible_metric_domain_kwargs
from great_expectations.expectations.registry import get_metric_provider, register_metric

from norwalk_analytics.gx.engine import Aggregate, PolarsExecutionEngine
from norwalk_analytics.gx.values import as_given, members

Given = Mapping[str, Any]
FROM_OTHERS = (
    "table.columns", "table.column_count", "column.non_null_proportion", "column.unique_proportion",
    "column.descriptive_stats", "column_values.null.count", "column_values.nonnull.count",
    "column_values.match_regex.count", "column_values.not_match_regex.count",
)  # fmt: skip
"""Metrics that Great Expectations computes from others, whatever the engine."""
INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


def _quantiles(column: pl.Expr, given: Given, _: Any) -> Aggregate:
    how: Any = given.get("allow_relative_error") or "nearest"
    if how not in INTERPOLATIONS:
        message = f"allow_relative_error is one of {', '.join(INTERPOLATIONS)}, not {how!r}"
        raise ValueError(message)
    quantile = pl.Expr.quantile if how == "linear" else _of_rank
    return Aggregate(pl.concat_list([quantile(column, q, how) for q in given["quantiles"]]))


def _of_rank(column: pl.Expr, quantile: float, how: str) -> pl.Expr:
    """The value at a rank, or about it; half way between two, the nearest is that of the even rank, as in NumPy."""
    values = column.drop_nulls().sort()
    rank = (values.len().cast(pl.Int64) - 1) * (quantile * 100 / 100)  # by the hundred, as pandas rounds it

    def at(place: pl.Expr) -> pl.Expr:
        return values.get(place.cast(pl.Int64), null_on_oob=True)

    match how:
        case "lower":
            return at(rank.floor())
        case "higher":
            return at(rank.ceil())
        case "midpoint":
            return (at(rank.floor()) + at(rank.ceil())) / 2
    return at(rank.round(0, "half_to_even"))


def _distinct(column: pl.Expr) -> pl.Expr:
    return column.drop_nulls().unique().implode()


def _in_order(values: Iterable[Any]) -> list[Any]:
    found = list(dict.fromkeys(values))
    try:
        return sorted(found)
    except TypeError:
        return found


def _unlisted(column: pl.Expr, given: Given, kind: Any) -> Aggregate:
    """Distinct values that the set does not hold."""
    listed = set(as_given(members(given["value_set"], kind), kind))
    return Aggregate(_distinct(column), lambda found: _in_order(v for v in found if v not in listed))


def _missing(column: pl.Expr, given: Given, kind: Any) -> Aggregate:
    """Values of the set that the column does not hold."""

    def missing(found: list[Any]) -> list[Any]:
        there = set(found)
        asked = [as_given((members([value], kind) or [value])[0], kind) for value in given["value_set"]]
        return [value for value in dict.fromkeys(asked) if value not in there]

    return Aggregate(_distinct(column), missing)


def _limited(make: Callable[..., Aggregate]) -> Callable[..., Aggregate]:
    def made(column: pl.Expr, given: Given, kind: Any) -> Aggregate:
        whole = make(column, given, kind)
        return Aggregate(whole.expr, lambda found: whole.then(found)[: given.get("limit") or 20])

    return made


def _counted(make: Callable[..., Aggregate]) -> Callable[..., Aggregate]:
    def made(column: pl.Expr, given: Given, kind: Any) -> Aggregate:
        whole = make(column, given, kind)
        return Aggregate(whole.expr, lambda found: len(whole.then(found)))

    return made


def _simple(make: Callable[[pl.Expr], pl.Expr]) -> Callable[..., Aggregate]:
    return lambda column, _given, _kind: Aggregate(make(column))


COLUMN: dict[str, Callable[[pl.Expr, Given, Any], Aggregate]] = {
    "column.max": _simple(pl.Expr.max),
    "column.min": _simple(pl.Expr.min),
    "column.mean": _simple(pl.Expr.mean),
    "column.median": _simple(pl.Expr.median),
    "column.sum": _simple(lambda column: column.sum().fill_null(0)),
    "column.standard_deviation": _simple(pl.Expr.std),
    "column.quantile_values": _quantiles,
    "column.non_null_count": _simple(pl.Expr.count),
    "column.distinct_values": lambda column, _given, _kind: Aggregate(column.unique().implode(), set),
    "column.distinct_values.count": _simple(lambda column: column.drop_nulls().n_unique()),
    "column.distinct_values.not_in_set": _limited(_unlisted),
    "column.distinct_values.not_in_set.count": _counted(_unlisted),
    "column.distinct_values.missing_from_column": _limited(_missing),
    "column.distinct_values.missing_from_column.count": _counted(_missing),
    "column.most_common_value": _simple(lambda column: column.drop_nulls().mode().sort().implode()),
    "column_values.length.max": _simple(lambda column: column.cast(pl.String).str.len_chars().max()),
    "column_values.length.min": _simple(lambda column: column.cast(pl.String).str.len_chars().min()),
}
"""Metrics of one column: the column's rows of the domain, the arguments, its type → an aggregate."""


def register_aggregates() -> None:
    """Register the metrics of a column and of the table for the Polars engine."""
    for name, make in COLUMN.items():
        core: Any = get_metric_provider(name, PandasExecutionEngine())[0]
        _register(core, name, _of_column(make))
    table: Any = get_metric_provider("table.row_count", PandasExecutionEngine())[0]
    _register(table, "table.row_count", _row_count)
    types: Any = get_metric_provider("table.column_types", PandasExecutionEngine())[0]
    _value(types, "table.column_types", _column_types)
    for name in FROM_OTHERS:
        core, provider = get_metric_provider(name, PandasExecutionEngine())
        _value(core, name, provider)


def _register(core: Any, name: str, provider: Callable[..., Any]) -> None:
    keys = {"metric_domain_keys": core.domain_keys, "metric_value_keys": core.value_keys}
    for suffix, function, kind in (
        (".aggregate_fn", provider, MetricPartialFunctionTypes.AGGREGATE_FN),
        ("", None, MetricFunctionTypes.VALUE),
    ):
        register_metric(
            metric_name=name + suffix, execution_engine=PolarsExecutionEngine, metric_class=core,
            metric_provider=function, metric_fn_type=kind, **keys,
        )  # fmt: skip


def _value(core: Any, name: str, provider: Callable[..., Any]) -> None:
    register_metric(
        metric_name=name, metric_domain_keys=core.domain_keys, metric_value_keys=core.value_keys,
        execution_engine=PolarsExecutionEngine, metric_class=core, metric_provider=provider,
        metric_fn_type=MetricFunctionTypes.VALUE,
    )  # fmt: skip


def _of_column(make: Callable[[pl.Expr, Given, Any], Aggregate]) -> Callable[..., Any]:
    def aggregate(
        execution_engine: PolarsExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        **_: Any,
    ) -> tuple[Aggregate, dict[str, Any], dict[str, Any]]:
        domain = get_dbms_compatible_metric_domain_kwargs(
            dict(metric_domain_kwargs), metrics["table.columns"]
        )
        data, mask = execution_engine.data(domain), execution_engine.mask(domain)
        column, kind = pl.col(data.names[domain["column"]]), data.schema[domain["column"]]
        column = column if mask is None else column.filter(mask)
        made = make(column, metric_value_kwargs, kind)
        return Aggregate(made.expr, lambda value: made.then(as_given(value, kind))), domain, {}

    return aggregate


def _row_count(
    execution_engine: PolarsExecutionEngine, metric_domain_kwargs: dict[str, Any], **_: Any
) -> tuple[Aggregate, dict[str, Any], dict[str, Any]]:
    mask = execution_engine.mask(metric_domain_kwargs)
    return Aggregate(pl.len() if mask is None else mask.sum()), dict(metric_domain_kwargs), {}


def _column_types(
    execution_engine: PolarsExecutionEngine, metric_domain_kwargs: dict[str, Any], **_: Any
) -> list[dict[str, Any]]:
    schema = execution_engine.data(metric_domain_kwargs).schema
    return [{"name": name, "type": kind} for name, kind in schema.items()]
