"""Great Expectations on Polars: an execution engine, its metrics, and a data source.

Importing this registers all three, so that ``context.data_sources.add_polars(name)`` is there.

Example:
    >>> import great_expectations as gx
    >>> import polars as pl
    >>> import norwalk_analytics.gx
    >>> context = gx.get_context(mode="ephemeral")
    >>> context.variables.progress_bars = {"globally": False}
    >>> asset = context.data_sources.add_polars("frames").add_dataframe_asset("orders")
    >>> whole = asset.add_batch_definition_whole_dataframe("whole")
    >>> batch = whole.get_batch({"dataframe": pl.DataFrame({"price": [3, -1, None]})})
    >>> result = batch.validate(gx.expectations.ExpectColumnValuesToBeBetween(column="price", min_value=0))
    >>> result.success, result.result["unexpected_count"], result.result["partial_unexpected_list"]
    (False, 1, [-1])
"""

from __future__ import annotations

from norwalk_analytics.gx.aggregates import register_aggregates
from norwalk_analytics.gx.datasource import DataFrameAsset, PolarsDatasource
from norwalk_analytics.gx.engine import PolarsBatchData, PolarsExecutionEngine
from norwalk_analytics.gx.map_metrics import column_condition, core_map_metrics, register_map_metric
from norwalk_analytics.gx.types import teach_types

__all__ = [
    "DataFrameAsset",
    "PolarsBatchData",
    "PolarsDatasource",
    "PolarsExecutionEngine",
    "column_condition",
    "register_map_metric",
]

for _name, _domain, _values in core_map_metrics():
    register_map_metric(_name, _domain, _values)
register_aggregates()
teach_types()
