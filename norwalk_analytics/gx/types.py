"""Great Expectations' three expectations of a column's type, on Polars.

They ask which engine they run on and know no fourth, so each is taught one here; on any other engine
they do what they did.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

import polars as pl
from great_expectations.expectations.core import (
    ExpectColumnTypeToBe,
    ExpectColumnValuesToBeInTypeList,
    ExpectColumnValuesToBeOfType,
)

from norwalk_analytics.gx.engine import PolarsExecutionEngine

ALSO: dict[str, tuple[str, ...]] = {
    "String": ("str", "string", "object", "Utf8"), "Boolean": ("bool", "boolean"), "Date": ("date",),
    "Datetime": ("datetime", "datetime64", "Timestamp"), "Categorical": ("category",), "Enum": ("category",),
    "Int64": ("int", "int64"), "Float64": ("float", "float64"), "Duration": ("timedelta", "timedelta64"),
    "Decimal": ("decimal",), "Time": ("time",),
}  # fmt: skip
"""Names from Python, NumPy and pandas that mean a Polars type."""


def is_of_type(kind: Any, name: str) -> bool:
    """Whether a Polars type is the one that a name means.

    Args:
        kind: a Polars type, such as ``pl.Datetime("us")``.
        name: Polars' own name, whole or without its parameters ("Datetime"), or one of Python, NumPy or
            pandas ("str", "int64", "datetime64[us]").

    Example:
        >>> import polars as pl
        >>> is_of_type(pl.Datetime("us"), "Datetime"), is_of_type(pl.Int32(), "int64")
        (True, False)
    """
    base = kind.base_type().__name__
    names = {base, str(kind), *ALSO.get(base, ())}
    if kind.is_integer() or kind.is_float():
        names.add(base.lower())
    if isinstance(kind, pl.Datetime):
        inside = kind.time_unit if kind.time_zone is None else f"{kind.time_unit}, {kind.time_zone}"
        names.add(f"datetime64[{inside}]")
    return name in names


def teach(expectation: Any, argument: str) -> None:
    """Let an expectation of a column's type know the Polars engine."""
    others = expectation._validate

    @wraps(others)
    def validate(
        self: Any, metrics: Any, runtime_configuration: Any = None, execution_engine: Any = None
    ) -> Any:
        if not isinstance(execution_engine, PolarsExecutionEngine):
            return others(self, metrics, runtime_configuration, execution_engine)
        kinds = {one["name"]: one["type"] for one in metrics["table.column_types"]}
        given = self.configuration.kwargs
        kind, wanted = kinds[given["column"]], given.get(argument)
        names = [wanted] if isinstance(wanted, str) else wanted
        success = names is None or any(is_of_type(kind, name) for name in names)
        return {"success": success, "result": {"observed_value": str(kind)}}

    expectation._validate = validate


def teach_types() -> None:
    """Let the three expectations of a column's type know the Polars engine."""
    teach(ExpectColumnTypeToBe, "type_")
    teach(ExpectColumnValuesToBeOfType, "type_")
    teach(ExpectColumnValuesToBeInTypeList, "type_list")
