"""For which months a school handed in neither rows of a table nor a nil return."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from norwalk_analytics.intake.contract import TABLES
from norwalk_analytics.intake.loaded import District
from norwalk_analytics.oversight.periods import add_months, months_between, reporting_month

MONTHS = 12
"""So many months are looked at."""


def silences(returns: pl.DataFrame, schools: Sequence[str], month: date) -> pl.DataFrame:
    """The months of the last twelve for which nothing was handed in.

    Args:
        returns: accepted rows of ``returns``.
        schools: the schools of the code list.
        month: the first day of the last month.

    Returns:
        ``school_id``, ``table`` and ``months`` (first days, in order); one row a school and table with any.
    """
    wanted = (
        pl.DataFrame({"school_id": list(schools)}, schema={"school_id": pl.String})
        .join(pl.DataFrame({"table": list(TABLES)}), how="cross")
        .join(pl.DataFrame({"month": months_between(add_months(month, 1 - MONTHS), month)}), how="cross")
    )
    left = wanted.join(returns, on=["school_id", "table", "month"], how="anti").sort(
        "school_id", "table", "month"
    )
    return left.group_by("school_id", "table", maintain_order=True).agg(months="month")


def silences_of(district: District) -> pl.DataFrame | None:
    """The silences of a district; None without ``returns``."""
    returns = district.frame("returns")
    if returns is None:
        return None
    return silences(returns, district.contract.codes("schools"), reporting_month(district.as_of))
