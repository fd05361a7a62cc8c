"""Great Expectations' execution engine for Polars frames, eager and lazy.

A metric of this engine is an expression until it is needed: what Great Expectations asks for at one
time is one ``collect`` of a batch, whatever the domains. A domain is a mask, so no frame is filtered
for an expectation, and what no row breaks costs no more than its count.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import great_expectations.exceptions as gx_exceptions
import narwhals as nw
import polars as pl
from great_expectations.core.batch import BatchData, BatchMarkers
from great_expectations.core.batch_spec import RuntimeDataBatchSpec
from great_expectations.execution_engine import ExecutionEngine
from great_expectations.expectations.row_conditions import (
    AndCondition,
    ComparisonCondition,
    Condition,
    NullityCondition,
    OrCondition,
    PassThroughCondition,
    deserialize_row_condition,
)

from norwalk_analytics import expressions
from norwalk_analytics.gx.values import for_condition

RULE, ROW, TEXT = "rule_", "row", "_text"


class PolarsBatchData(BatchData):
    """A Polars frame as Great Expectations holds one.

    Attributes:
        dataframe: the frame as it was given, eager or lazy.
        schema: its columns and types.
        names: column → its name in ``frame``, which means nothing to Polars, whatever the column's does.
        texts: the same, of columns of categories as text.
        frame: the same, lazily: moments in UTC, whole numbers in 64 bits, categories without an order as text.
    """

    def __init__(
        self, execution_engine: PolarsExecutionEngine, dataframe: pl.DataFrame | pl.LazyFrame
    ) -> None:
        """Hold a frame for an engine."""
        super().__init__(execution_engine=execution_engine)
        self.dataframe = dataframe
        self.schema = dataframe.collect_schema()
        self.names = {name: f"c{i}" for i, name in enumerate(self.schema)}
        made = [expr for name, kind in self.schema.items() for expr in _plain(self.names[name], kind)]
        enums = [name for name, kind in self.schema.items() if isinstance(kind, pl.Enum)]
        self.texts = {name: f"{self.names[name]}{TEXT}" for name in enums}
        lazy = dataframe.lazy().rename(self.names)
        self.frame = lazy.with_columns(made) if made else lazy
        self._rules: dict[str, nw.Expr] = {}
        self._names: dict[str, str] = {}

    def rule(self, key: str, expr: nw.Expr) -> pl.Expr:
        """A Narwhals expression over the frame as a column, made where an expression needs it."""
        name = self._names.setdefault(key, f"{RULE}{len(self._names)}")
        self._rules[name] = expr
        return pl.col(name)

    def with_rules(self, exprs: Iterable[pl.Expr], frame: pl.LazyFrame | None = None) -> pl.LazyFrame:
        """The frame with the columns of those rules that the expressions name."""
        named = {root for expr in exprs for root in expr.meta.root_names()}
        wanted = {name: rule for name, rule in self._rules.items() if name in named}
        frame = self.frame if frame is None else frame
        return nw.from_native(frame).with_columns(**wanted).to_native() if wanted else frame


def _plain(name: str, kind: Any) -> list[pl.Expr]:
    """A column so that it can be compared with others of its sort."""
    column = pl.col(name)
    if isinstance(kind, pl.Datetime) and (kind.time_zone is not None or kind.time_unit == "ms"):
        column = column if kind.time_zone is None else column.dt.convert_time_zone("UTC")
        return [column.dt.cast_time_unit("us" if kind.time_unit == "ms" else kind.time_unit)]
    if isinstance(kind, pl.Enum):
        return [column.cast(pl.String).alias(f"{name}{TEXT}")]
    if isinstance(kind, pl.Categorical):
        return [column.cast(pl.String)]
    if kind.is_integer() and kind not in (pl.Int64, pl.UInt64, pl.Int128):
        return [column.cast(pl.Int64)]
    return []


class PolarsExecutionEngine(ExecutionEngine[nw.Expr]):
    """Runs Great Expectations' metrics on Polars frames.

    Example:
        >>> import polars as pl
        >>> from norwalk_analytics.gx import PolarsExecutionEngine
        >>> engine = PolarsExecutionEngine(batch_data_dict={"one": pl.DataFrame({"a": [1, None, 3]})})
        >>> engine.get_domain_records({"row_condition": {
        ...     "type": "nullity", "column": {"name": "a"}, "is_null": False}}).collect().height
        2
    """

    def load_batch_data(self, batch_id: str, batch_data: Any) -> None:
        """Keep a frame under a batch's id.

        Raises:
            GreatExpectationsError: if it is no Polars frame.
        """
        if isinstance(batch_data, pl.DataFrame | pl.LazyFrame):
            batch_data = PolarsBatchData(self, batch_data)
        elif not isinstance(batch_data, PolarsBatchData):
            message = f"PolarsExecutionEngine takes a Polars DataFrame or LazyFrame, not a {type(batch_data).__name__}"
            raise gx_exceptions.GreatExpectationsError(message)
        super().load_batch_data(batch_id=batch_id, batch_data=batch_data)

    def get_batch_data_and_markers(self, batch_spec: Any) -> tuple[PolarsBatchData, BatchMarkers]:
        """The frame that a batch spec holds, and when it was taken."""
        if not isinstance(batch_spec, RuntimeDataBatchSpec):
            message = f"PolarsExecutionEngine reads no {type(batch_spec).__name__}: hand a Polars frame over"
            raise gx_exceptions.ExecutionEngineError(message)
        data = batch_spec.batch_data
        if not isinstance(data, pl.DataFrame | pl.LazyFrame):
            message = (
                f"PolarsExecutionEngine takes a Polars DataFrame or LazyFrame, not a {type(data).__name__}"
            )
            raise gx_exceptions.ExecutionEngineError(message)
        batch_spec.batch_data = "PolarsDataFrame"
        markers = BatchMarkers({"ge_load_time": datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")})
        return PolarsBatchData(self, data), markers

    def data(self, domain_kwargs: Mapping[str, Any]) -> PolarsBatchData:
        """The batch that a domain is of; the active one where it names none.

        Raises:
            ValidationError: if there is no such batch.
        """
        if domain_kwargs.get("table"):
            message = "PolarsExecutionEngine does not support several named tables"
            raise gx_exceptions.ValidationError(message)
        batch_id = domain_kwargs.get("batch_id")
        found = (
            self.batch_manager.active_batch_data
            if batch_id is None
            else self.batch_manager.batch_data_cache.get(batch_id)
        )
        if not isinstance(found, PolarsBatchData):
            message = (
                "No batch is loaded" if batch_id is None else f"Unable to find batch with batch_id {batch_id}"
            )
            raise gx_exceptions.ValidationError(message)
        return found

    def row_condition(self, domain_kwargs: Mapping[str, Any]) -> dict[str, Any] | None:
        """A domain's row condition as ``expressions.where`` takes one; None where it has none.

        Raises:
            ValidationError: for a condition in another tool's own syntax.
        """
        given = domain_kwargs.get("row_condition")
        if not given:
            return None
        condition = deserialize_row_condition(given)
        if not isinstance(condition, Condition) or isinstance(condition, PassThroughCondition):
            message = "A row_condition for Polars is written with Column(…), not as text of another engine"
            raise gx_exceptions.ValidationError(message)
        data = self.data(domain_kwargs)
        return for_condition(condition.dict(), data.schema, data.names)

    def mask(self, domain_kwargs: Mapping[str, Any]) -> pl.Expr | None:
        """Which rows a domain's row condition leaves; None where it leaves all."""
        condition = self.row_condition(domain_kwargs)
        if condition is None:
            return None
        key = json.dumps(condition, sort_keys=True, default=str)
        return self.data(domain_kwargs).rule(key, expressions.where(condition))

    def get_domain_records(self, domain_kwargs: dict[str, Any]) -> pl.LazyFrame:
        """The rows of a domain: those that its row condition leaves."""
        data, mask = self.data(domain_kwargs), self.mask(domain_kwargs)
        whole = data.dataframe.lazy()
        if mask is None:
            return whole
        kept = data.with_rules([mask]).select(mask.alias(ROW)).collect()[ROW]
        return whole.filter(kept)

    def get_compute_domain(
        self, domain_kwargs: dict[str, Any], domain_type: Any, accessor_keys: Iterable[str] | None = None
    ) -> tuple[pl.LazyFrame, dict[str, Any], dict[str, Any]]:
        """The rows of a domain, and its arguments parted into what computes and what names columns."""
        parted = self._partition_domain_kwargs(domain_kwargs, domain_type, accessor_keys)
        return self.get_domain_records(domain_kwargs), parted.compute, parted.accessor

    def resolve_metric_bundle(self, metric_fn_bundle: Iterable[Any]) -> dict[Any, Any]:
        """All that is asked for at one time, in one collect for each batch and kind of answer."""
        found: dict[Any, Any] = {}
        by_batch: dict[int, tuple[PolarsBatchData, list[Any]]] = {}
        for one in metric_fn_bundle:
            data = self.data(one.compute_domain_kwargs or {})
            by_batch.setdefault(id(data), (data, []))[1].append(one)
        for data, asked in by_batch.values():
            values = {one.metric_configuration.id: one.metric_fn for one in asked}
            found |= _scalars(data, {key: fn for key, fn in values.items() if isinstance(fn, Aggregate)})
            found |= _rows(data, {key: fn for key, fn in values.items() if isinstance(fn, Unexpected)})
        return found

    def _comparison_condition_to_filter_clause(self, condition: ComparisonCondition) -> nw.Expr:
        return expressions.where(condition.dict())

    def _nullity_condition_to_filter_clause(self, condition: NullityCondition) -> nw.Expr:
        return expressions.where(condition.dict())

    def _and_condition_to_filter_clause(self, condition: AndCondition) -> nw.Expr:
        return expressions.where(condition.dict())

    def _or_condition_to_filter_clause(self, condition: OrCondition) -> nw.Expr:
        return expressions.where(condition.dict())


@dataclass(frozen=True)
class Aggregate:
    """One value of a frame, and what is made of it."""

    expr: pl.Expr
    then: Callable[[Any], Any] = lambda value: value


@dataclass(frozen=True)
class Unexpected:
    """The rows that a condition names, with the columns asked for; none where their count is 0."""

    condition: pl.Expr
    count: int
    columns: tuple[str, ...]


def _scalars(data: PolarsBatchData, asked: Mapping[Any, Aggregate]) -> dict[Any, Any]:
    """Aggregates of a frame."""
    if not asked:
        return {}
    exprs = {f"a{i}": one.expr for i, one in enumerate(asked.values())}
    row = data.with_rules(exprs.values()).select(**exprs).collect().row(0)
    return {key: one.then(value) for (key, one), value in zip(asked.items(), row, strict=True)}


def _rows(data: PolarsBatchData, asked: Mapping[Any, Unexpected]) -> dict[Any, pl.DataFrame]:
    """For each condition the rows that it names: their positions and the columns asked for."""
    broken = {key: one for key, one in asked.items() if one.count}
    frames = dict.fromkeys(asked, pl.DataFrame(schema={ROW: pl.UInt32}))
    if broken:
        flags = {f"{RULE}flag_{i}": one.condition for i, one in enumerate(broken.values())}
        names = list(dict.fromkeys(name for one in broken.values() for name in one.columns))
        rows = (
            data.with_rules(flags.values(), data.frame.with_row_index(ROW))
            .select(ROW, *names, **flags)
            .filter(pl.any_horizontal(list(flags)))
            .collect()
        )
        for flag, (key, one) in zip(flags, broken.items(), strict=True):
            frames[key] = rows.filter(pl.col(flag)).select(ROW, *one.columns)
    return frames
