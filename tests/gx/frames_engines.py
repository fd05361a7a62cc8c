"""The two engines side by side: what each answers, and where the answers differ."""

import datetime as dt
import functools
import math
import numbers
import os
import warnings
from dataclasses import dataclass
from typing import Any

os.environ["GX_ANALYTICS_ENABLED"] = "False"

import numpy as np
import pandas as pd
import polars as pl
from gx.frames import to_pandas

with warnings.catch_warnings():  # its dependencies warn on import
    warnings.simplefilter("ignore")
    import great_expectations
    import great_expectations.expectations as gxe
    from great_expectations.expectations.row_conditions import Column

__all__ = ["Column", "answer", "answers", "differences", "disagreements", "gxe", "normal", "shown"]

POLARS = os.environ.get("NORWALK_GX_ORACLE") != "pandas"  # "pandas": both sides, to try the oracle itself
LISTS_IN_ANY_ORDER = ("partial_missing_list",)  # made from a set by Great Expectations itself


@dataclass(frozen=True)
class Outcome:
    """One expectation's answer."""

    raised: str | None
    success: bool
    severity: str | None
    result: dict[str, Any]


@functools.cache
def _definition(engine):
    context = great_expectations.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    if engine == "polars":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import norwalk_analytics.gx  # noqa: F401  registers add_polars

        source = context.data_sources.add_polars("polars")
    else:
        source = context.data_sources.add_pandas("pandas")
    return source.add_dataframe_asset("asset").add_batch_definition_whole_dataframe("batch")


def batch_of(engine, frame):
    """A batch of a Polars frame, for one of the engines."""
    engine = engine if POLARS else "pandas"
    if engine == "pandas":
        frame = to_pandas(frame.collect() if isinstance(frame, pl.LazyFrame) else frame)
    return _definition(engine).get_batch({"dataframe": frame})


def answers(engine, frame, expectations, result_format="COMPLETE"):
    """The outcomes of the expectations, in their order."""
    batch = batch_of(engine, frame)
    numbered = [
        expectation.copy(update={"meta": {"number": number}})
        for number, expectation in enumerate(expectations)
    ]
    if len(numbered) == 1:
        return [_outcome(batch.validate(numbered[0], result_format=result_format))]
    suite = great_expectations.ExpectationSuite(name="suite", expectations=numbered)
    found = {}
    for result in batch.validate(suite, result_format=result_format).results:
        found[result.expectation_config.meta["number"]] = _outcome(result)
    return [found[number] for number in range(len(numbered))]


def answer(engine, frame, expectation, result_format="COMPLETE"):
    """The outcome of one expectation."""
    return answers(engine, frame, [expectation], result_format)[0]


def _outcome(result):
    raised = None
    details = result.exception_info or {}
    for info in (details, *(value for value in details.values() if isinstance(value, dict))):
        if info.get("raised_exception"):
            raised = str(info["exception_message"])
    severity = result.expectation_config.severity
    return Outcome(raised, bool(result.success), severity and str(severity), normal(result.result or {}))


def normal(value):
    """A value as plain Python: no NumPy, no pandas, no Polars; whatever is missing is None."""
    if isinstance(value, dict):
        return {str(key): normal(item) for key, item in value.items()}
    if isinstance(value, (pd.DataFrame, pl.DataFrame)):
        rows = value.to_dicts() if isinstance(value, pl.DataFrame) else value.to_dict("records")
        return [normal(row) for row in rows]
    if isinstance(value, (set, frozenset)):
        return sorted((normal(item) for item in value), key=repr)
    if isinstance(value, (list, tuple, np.ndarray, pd.Series, pl.Series)):
        return [normal(item) for item in value]
    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
        return None if value is pd.NaT else normal(value)
    if isinstance(value, pd.Timestamp):
        return normal(value.to_pydatetime())
    if isinstance(value, np.generic):
        return normal(value.item())
    return value


def differences(expected, found, path=""):
    """Where two normalised values differ, as lines of text."""
    if isinstance(expected, dict) and isinstance(found, dict):
        lines = []
        for key in expected.keys() | found.keys():
            if key == "unexpected_index_query" or (
                key == "partial_unexpected_counts" and _follows(expected, found)
            ):
                continue
            if key not in expected or key not in found:
                side = "pandas" if key in expected else "Polars"
                lines.append(f"{path}.{key}: only {side}: {expected.get(key, found.get(key))!r}")
            elif key in LISTS_IN_ANY_ORDER:
                lines += differences(_sorted(expected[key]), _sorted(found[key]), f"{path}.{key}")
            else:
                lines += differences(expected[key], found[key], f"{path}.{key}")
        return lines
    if isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            return [f"{path}: {expected!r} != {found!r}"]
        pairs = zip(expected, found, strict=True)
        return [
            line
            for place, (one, two) in enumerate(pairs)
            for line in differences(one, two, f"{path}[{place}]")
        ]
    return [] if _equal(expected, found, path) else [f"{path}: {expected!r} != {found!r}"]


def _sorted(values):
    return sorted(map(_loose, values), key=repr)


def _loose(value):
    """The user's own values: pandas gives them as they were written where the column holds no value of its type."""
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            return value
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        value = value.astimezone(dt.UTC).replace(tzinfo=None)
    if isinstance(value, dt.date):
        return value.isoformat().removesuffix("T00:00:00")
    return int(value) if isinstance(value, bool) else value


def _equal(one, two, path):
    if isinstance(one, bool) or isinstance(two, bool):
        return isinstance(one, bool) and isinstance(two, bool) and one is two
    if isinstance(one, numbers.Number) and isinstance(two, numbers.Number):
        return one == two or math.isclose(one, two, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(one, dt.datetime) and isinstance(two, dt.datetime) and two.tzinfo is not None:
        if (
            one.tzinfo is None and path.endswith("]") and path.count("[") > 1
        ):  # pandas writes a pair's moments in UTC
            return one.replace(tzinfo=dt.UTC) == two.astimezone(dt.UTC)
        same_clock = one.tzinfo is not None and one.utcoffset() == two.utcoffset()
        return same_clock and one.astimezone(dt.UTC) == two.astimezone(dt.UTC)
    return type(one) is type(two) and one == two


def _follows(expected, found):
    """Great Expectations counts the values of the list itself, and counts each NaN for itself, each None together.

    So where a value is missing, equal lists may rightly lead to other counts.
    """
    lists = [result.get("partial_unexpected_list") for result in (expected, found)]
    return not differences(*lists, path="partial_unexpected_list") and "None" in repr(lists[0])


def disagreements(frame, expectations, result_format="COMPLETE", lazy=False):
    """Where the engines disagree: pairs of an expectation's number and a line of text.

    Where pandas raises there is nothing to compare: the outcome is left out.
    """
    expected = answers("pandas", frame, expectations, result_format)
    found = answers("polars", frame.lazy() if lazy else frame, expectations, result_format)
    lines = []
    for number, (one, two) in enumerate(zip(expected, found, strict=True)):
        if one.raised is not None:
            continue
        if two.raised is not None:
            lines.append((number, f"Polars raised {two.raised[:300]!r}, pandas answered {one.result}"))
            continue
        if one.success != two.success:
            lines.append((number, f"success: {one.success} != {two.success}"))
        if one.severity != two.severity:
            lines.append((number, f"severity: {one.severity} != {two.severity}"))
        lines += [(number, line) for line in differences(one.result, two.result)]
        lines += [(number, line) for line in _query(frame, one.result, two.result)]
    return lines, sum(outcome.raised is None for outcome in expected)


def shown(expectations, lines):
    """The disagreements, for a message."""
    said = []
    for number in dict.fromkeys(number for number, _ in lines):
        asked = expectations[number].configuration
        said += [f"{asked.type} {asked.kwargs}", *(f"    {line}" for at, line in lines if at == number)]
    return "\n".join(said)


def _query(frame, expected, found):
    """The query: a text in the same cases as with pandas; evaluated, the unexpected rows."""
    if ("unexpected_index_query" in expected) != ("unexpected_index_query" in found):
        yield f"unexpected_index_query: {expected.get('unexpected_index_query')} {found.get('unexpected_index_query')}"
    query = found.get("unexpected_index_query")
    if query is None or not POLARS:
        return
    rows = eval(expected["unexpected_index_query"], {"df": to_pandas(frame)})
    try:
        selected = eval(query, {"df": frame, "pl": pl})
    except Exception as error:
        yield f"unexpected_index_query {query!r} failed: {error!r}"
        return
    selected = selected.collect() if isinstance(selected, pl.LazyFrame) else selected
    if selected["key"].to_list() != rows["key"].to_list():
        yield f"unexpected_index_query {query!r} selects {selected['key'].to_list()}, not {rows['key'].to_list()}"
