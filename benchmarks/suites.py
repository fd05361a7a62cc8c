"""The rulebook as a Great Expectations suite, and a batch of it for the pandas or the Polars engine."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from typing import Any

import polars as pl

from benchmarks.fast import MARKS
from norwalk_analytics.intake.contract import Rule
from norwalk_analytics.intake.texts import ROW

LIBRARY = "great_expectations"


def quiet() -> Any:
    """Great Expectations, asked to send nothing and to draw nothing."""
    os.environ["GX_ANALYTICS_ENABLED"] = "False"
    with warnings.catch_warnings():  # what it imports warns of its own age
        warnings.simplefilter("ignore")
        import great_expectations
    return great_expectations


def suite(rules: Sequence[Rule]) -> Any:
    """The rules, their parameters given, as one suite."""
    gx = quiet()
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    expectations = []
    for rule in rules:
        kwargs = dict(rule.kwargs)
        if rule.condition is not None:
            kwargs["row_condition"] = rule.condition
        one = ExpectationConfiguration(rule.type, kwargs, meta={"rule": rule.id}, severity=rule.severity)
        expectations.append(one.to_domain_obj())
    return gx.ExpectationSuite(name="tool_registrations", expectations=expectations)


def to_pandas(frame: pl.DataFrame) -> Any:
    """As the pandas engine must be fed: text, dates and Booleans as objects, None where there is nothing."""
    import pandas as pd

    data = {}
    for series in frame:
        values, whole = series.to_list(), series.dtype.is_integer()
        number = "float64" if series.null_count() else "int64"
        data[series.name] = pd.Series(values, dtype=number if whole else "object")
    return pd.DataFrame(data)


def batch(engine: str, data: Any) -> Any:
    """A batch of the whole of a frame, of the engine ``pandas`` or ``polars``."""
    gx = quiet()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    if engine == "polars":
        import norwalk_analytics.gx  # noqa: F401  adds add_polars
    source = getattr(context.data_sources, f"add_{engine}")(engine)
    definition = source.add_dataframe_asset("asset").add_batch_definition_whole_dataframe("whole")
    return definition.get_batch({"dataframe": data})


def validate(engine: str, data: Any, made: Any, result_format: Any) -> Any:
    """The suite's result on the frame; raises where an expectation raised."""
    result = batch(engine, data).validate(made, result_format=result_format)
    raised = [one.expectation_config.meta["rule"] for one in result.results if _raised(one.exception_info)]
    if raised:
        message = f"raised on the {engine} engine: {', '.join(raised)}"
        raise RuntimeError(message)
    return result


def _raised(info: Any) -> bool:
    parts = [info, *info.values()] if info else []
    return any(isinstance(part, dict) and part.get("raised_exception") for part in parts)


def marks(result: Any) -> pl.DataFrame:
    """row_number and rule of each break, of a result that names the rows."""
    found = [
        (row[ROW], one.expectation_config.meta["rule"])
        for one in result.results
        for row in one.result.get("unexpected_index_list") or []
    ]
    return pl.DataFrame(found, schema=MARKS, orient="row").sort(list(MARKS))
