"""Great Expectations' metrics of map expectations, for the Polars engine.

Each condition is an expression; its count is bundled with every other; the rows that it names are
fetched, again all in one, only where the count is not 0, and all that a result holds is read from them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import polars as pl
from great_expectations.constants import MAX_RESULT_RECORDS
from great_expectations.core.metric_function_types import MetricFunctionTypes, MetricPartialFunctionTypes
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.metrics.metric_provider import MetricProvider
from great_expectations.expectations.metrics.util import (
    get_dbms_compatible_column_names,
    get_dbms_compatible_metric_domain_kwargs,
)
from great_expectations.expectations.registry import _registered_metrics, get_metric_provider, register_metric
from great_expectations.validator.metric_configuration import MetricConfiguration

from norwalk_analytics.gx.conditions import KNOWN, PARTICULAR, in_domain, unexpected
from norwalk_analytics.gx.engine import ROW, Aggregate, PolarsExecutionEngine, Unexpected
from norwalk_analytics.gx.values import as_given

CONDITION, COUNT, FOUND = ".condition", ".unexpected_count", ".unexpected_found"
FILTERED, PARTIAL = ".filtered_row_count", ".aggregate_fn"
OF_FOUND = (".unexpected_values", ".unexpected_index_list", ".unexpected_index_query", ".unexpected_rows",
            ".unexpected_value_counts")  # fmt: skip
COLUMN_KEYS = ("batch_id", "table", "column", "row_condition", "condition_parser")
PLURAL = ("column", "column_A", "column_B")


class PolarsMapMetric(MetricProvider):
    """What each metric of a map expectation is computed from."""

    @classmethod
    def _get_evaluation_dependencies(
        cls,
        metric: Any,
        configuration: Any = None,
        execution_engine: Any = None,
        runtime_configuration: Any = None,
    ) -> dict[str, MetricConfiguration]:
        name, domain = metric.metric_name, metric.metric_domain_kwargs
        values = {key: value for key, value in metric.metric_value_kwargs.items() if key != "result_format"}

        def on(metric_name: str, given: dict[str, Any]) -> MetricConfiguration:
            return MetricConfiguration(metric_name, domain, given)

        if name.endswith(CONDITION):
            table = {key: value for key, value in domain.items() if key in ("batch_id", "table")}
            return {"table.columns": MetricConfiguration("table.columns", table)}
        if name.endswith((COUNT, FILTERED, FOUND)):
            given = dict(metric.metric_value_kwargs) if name.endswith((FILTERED, FOUND)) else values
            return {"metric_partial_fn": on(name + PARTIAL, given)}
        base, _, last = name.removesuffix(PARTIAL).rpartition(".")
        needs = {"unexpected_condition": on(base + CONDITION, values)}
        if f".{last}" == FOUND:
            needs["unexpected_count"] = on(base + COUNT, values)
        elif f".{last}" in OF_FOUND:
            needs["unexpected_found"] = on(base + FOUND, dict(metric.metric_value_kwargs))
        return needs


def register_map_metric(
    name: str,
    domain_keys: tuple[str, ...],
    value_keys: tuple[str, ...] = (),
    condition: Callable[..., pl.Expr] = unexpected,
) -> None:
    """Register a map metric, and all that Great Expectations derives from one, for the Polars engine.

    Args:
        name: the metric's name, such as ``column_values.in_set``.
        domain_keys: the arguments that make its domain; ``column``, ``column_A`` and ``column_B``, or
            ``column_list`` among them.
        value_keys: its other arguments.
        condition: ``(name, engine, domain_kwargs, value_kwargs)`` → where a row is unexpected: a Boolean
            expression over the whole frame, without nulls, false outside the domain.
    """
    whole = (*value_keys, "result_format")

    def register(suffix: str, provider: Callable[..., Any] | None, keys: tuple[str, ...], kind: Any) -> None:
        register_metric(
            metric_name=name + suffix, metric_domain_keys=domain_keys, metric_value_keys=keys,
            execution_engine=PolarsExecutionEngine, metric_class=PolarsMapMetric,
            metric_provider=provider, metric_fn_type=kind,
        )  # fmt: skip

    def conditioned(**given: Any) -> tuple[pl.Expr, dict[str, Any], dict[str, Any]]:
        engine, domain = given["execution_engine"], given["metric_domain_kwargs"]
        domain = get_dbms_compatible_metric_domain_kwargs(dict(domain), given["metrics"]["table.columns"])
        return condition(name, engine, domain, given["metric_value_kwargs"]), dict(domain), {}

    partial, value = MetricPartialFunctionTypes.AGGREGATE_FN, MetricFunctionTypes.VALUE
    register(CONDITION, conditioned, value_keys, MetricPartialFunctionTypes.MAP_CONDITION_FN)
    register(COUNT + PARTIAL, _own(_count), value_keys, partial)
    register(COUNT, None, value_keys, value)
    register(FOUND + PARTIAL, _own(_found), whole, partial)
    register(FOUND, None, whole, value)
    for suffix, provider in (
        (".unexpected_index_list", _index_list), (".unexpected_index_query", _index_query),
        (".unexpected_rows", _whole_rows), (".unexpected_values", _values),
    ):  # fmt: skip
        register(suffix, _own(provider), whole, value)
    if "column" in domain_keys:
        register(".unexpected_value_counts", _own(_value_counts), whole, value)
    else:
        register(FILTERED + PARTIAL, _own(_filtered), whole, partial)
        register(FILTERED, None, whole, value)


def column_condition(
    name: str, value_keys: tuple[str, ...] = ()
) -> Callable[[Callable[..., pl.Expr]], Callable[..., pl.Expr]]:
    """Make a metric of one's own from a function of a column, for a custom ``ColumnMapExpectation``.

    Args:
        name: the metric's name, which the expectation gives as its ``map_metric``.
        value_keys: the expectation's arguments that the function takes, by name.

    Returns:
        A decorator of a function that takes the column as a Polars expression (null outside the domain)
        and returns where a value is as expected. Nulls are not judged.

    Example:
        >>> @column_condition("column_values.whole_dozens")
        ... def whole_dozens(column):
        ...     return column % 12 == 0
    """

    def registered(expected: Callable[..., pl.Expr]) -> Callable[..., pl.Expr]:
        def condition(_: str, engine: PolarsExecutionEngine, domain: dict[str, Any], values: Any) -> pl.Expr:
            column = in_domain(engine, domain)
            given = {key: values.get(key) for key in value_keys}
            return (~expected(column, **given) & column.is_not_null()).fill_null(value=False)

        register_map_metric(name, COLUMN_KEYS, value_keys, condition)
        return expected

    return registered


def _own(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of its own for each metric: Great Expectations writes its kind on it."""
    return lambda **given: function(**given)


def _names(domain: dict[str, Any]) -> list[str]:
    """The columns of a domain."""
    return [domain[key] for key in PLURAL if key in domain] or list(domain["column_list"])


def _count(metrics: dict[str, Any], **_: Any) -> tuple[Any, ...]:
    condition, domain, accessor = metrics["unexpected_condition"]
    return Aggregate(condition.sum()), domain, accessor


def _filtered(metrics: dict[str, Any], execution_engine: PolarsExecutionEngine, **_: Any) -> tuple[Any, ...]:
    """How many rows ``ignore_row_if`` and the row condition leave."""
    _, domain, accessor = metrics["unexpected_condition"]
    mask, inner = execution_engine.mask(domain), execution_engine.data(domain).names
    nulls = [pl.col(inner[name]).is_null() for name in _names(domain)]
    ignored = domain.get("ignore_row_if")
    kept: pl.Expr = pl.lit(value=True)
    if ignored in ("both_values_are_missing", "all_values_are_missing"):
        kept = ~pl.all_horizontal(nulls)
    elif ignored in ("either_value_is_missing", "any_value_is_missing"):
        kept = ~pl.any_horizontal(nulls)
    rows = kept if mask is None else kept & mask
    as_long = nulls[0] | True  # where kept is one value
    return Aggregate((rows & as_long).sum()), domain, accessor


def _found(
    metrics: dict[str, Any],
    metric_value_kwargs: dict[str, Any],
    execution_engine: PolarsExecutionEngine,
    **_: Any,
) -> tuple[Any, ...]:
    condition, domain, accessor = metrics["unexpected_condition"]
    result_format = metric_value_kwargs["result_format"]
    inner = execution_engine.data(domain).names
    names = [*_names(domain), *_index_columns(result_format, list(inner))]
    if result_format.get("include_unexpected_rows"):
        names += inner
    columns = tuple(inner[name] for name in dict.fromkeys(names))
    return Unexpected(condition, metrics["unexpected_count"], columns), domain, accessor


def _index_columns(result_format: dict[str, Any], there: list[str]) -> list[str]:
    asked = result_format.get("unexpected_index_column_names") or []
    template = 'Error: The unexpected_index_column "{column_name:s}" does not exist in Dataframe. Please check your configuration and try again.'
    return [
        get_dbms_compatible_column_names(name, there, error_message_template=template)
        for name in ([asked] if isinstance(asked, str) else asked)
    ]


def _shown(metrics: dict[str, Any], result_format: dict[str, Any], most: int | None = None) -> pl.DataFrame:
    """As many of the rows found as a result of this format holds."""
    found: pl.DataFrame = metrics["unexpected_found"]
    if result_format["result_format"] != "COMPLETE":
        found = found.head(result_format["partial_unexpected_count"])
    return found if most is None else found.head(most)


def _columns(
    engine: PolarsExecutionEngine, domain: dict[str, Any], found: pl.DataFrame, names: Iterable[str]
) -> dict[str, list[Any]]:
    """Columns of the rows found, by the names and with the values of the frame that was given."""
    data = engine.data(domain)
    return {name: as_given(found[data.names[name]].to_list(), data.schema[name]) for name in names}


def _records(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _values(
    metrics: dict[str, Any],
    metric_value_kwargs: dict[str, Any],
    execution_engine: PolarsExecutionEngine,
    **_: Any,
) -> list[Any]:
    _condition, domain, _accessor = metrics["unexpected_condition"]
    found = _shown(metrics, metric_value_kwargs["result_format"], MAX_RESULT_RECORDS)
    if found.is_empty():
        return []
    names = _names(domain)
    columns = _columns(execution_engine, domain, found, names)
    if "column_list" in domain:
        return _records(columns)
    rows = list(zip(*(columns[name] for name in names), strict=True))
    return [value for (value,) in rows] if len(names) == 1 else rows


def _index_list(
    metrics: dict[str, Any],
    metric_value_kwargs: dict[str, Any],
    execution_engine: PolarsExecutionEngine,
    **_: Any,
) -> list[Any]:
    _condition, domain, _accessor = metrics["unexpected_condition"]
    result_format = metric_value_kwargs["result_format"]
    found = _shown(metrics, result_format)
    if found.is_empty():
        return []
    index = _index_columns(result_format, list(execution_engine.data(domain).names))
    if not index:
        return found[ROW].to_list()
    if result_format.get("exclude_unexpected_values"):
        return [_columns(execution_engine, domain, found, index)]
    return _records(_columns(execution_engine, domain, found, dict.fromkeys([*_names(domain), *index])))


def _index_query(metrics: dict[str, Any], metric_value_kwargs: dict[str, Any], **_: Any) -> str | None:
    """An expression that gives the unexpected rows of ``df``, eager or lazy."""
    if metric_value_kwargs["result_format"].get("return_unexpected_index_query") is False:
        return None
    rows = metrics["unexpected_found"][ROW].to_list()
    return f"df.select(pl.all().gather({rows}))"


def _whole_rows(
    metrics: dict[str, Any],
    metric_value_kwargs: dict[str, Any],
    execution_engine: PolarsExecutionEngine,
    **_: Any,
) -> list[dict[str, Any]]:
    _condition, domain, _accessor = metrics["unexpected_condition"]
    found = _shown(metrics, metric_value_kwargs["result_format"], MAX_RESULT_RECORDS)
    if found.is_empty():
        return []
    return _records(_columns(execution_engine, domain, found, execution_engine.data(domain).names))


def _value_counts(
    metrics: dict[str, Any],
    metric_value_kwargs: dict[str, Any],
    execution_engine: PolarsExecutionEngine,
    **_: Any,
) -> list[tuple[Any, int]]:
    _condition, domain, _accessor = metrics["unexpected_condition"]
    found: pl.DataFrame = metrics["unexpected_found"]
    if found.is_empty():
        return []
    values = _columns(execution_engine, domain, found, [domain["column"]])[domain["column"]]
    result_format = metric_value_kwargs["result_format"]
    most = None if result_format["result_format"] == "COMPLETE" else result_format["partial_unexpected_count"]
    return Counter(values).most_common(most)


def core_map_metrics() -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Name, domain keys and value keys of each core map metric that this engine computes."""
    for name in dict.fromkeys([*KNOWN, *PARTICULAR]):
        core: Any = get_metric_provider(name + CONDITION, PandasExecutionEngine())[0]
        keys = tuple(dict.fromkeys([*core.condition_domain_keys, "row_condition", "condition_parser"]))
        for one, definition in _registered_metrics.items():  # it forgets the row condition of pairs in a set
            if one.startswith(f"{name}."):
                definition["metric_domain_keys"] = keys
        yield name, keys, core.condition_value_keys
