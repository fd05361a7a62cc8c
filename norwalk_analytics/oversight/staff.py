"""How many employees stood behind a month's contacts: the denominator of the per-100 rates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import narwhals as nw
import polars as pl

from norwalk_analytics.oversight.cases import standing
from norwalk_analytics.oversight.periods import Clock, last_day


def staff_by_month(
    returns: pl.DataFrame, schools: Sequence[str], months: Sequence[date], clock: Clock
) -> pl.DataFrame:
    """Employees in post by school and month.

    A school's staff is the month's own figure, else the latest earlier one, else the earliest later
    one. A school that never gave a figure is left out: it can't be weighed.

    Args:
        returns: accepted rows of ``returns``.
        schools: the schools of the code list.
        months: first days of months.
        clock: a return for a month after the reporting month has not been made yet.

    Returns:
        ``school_id``, ``month``, ``staff`` (Int64) and ``handed_in`` (Boolean), one row each.
    """
    own = returns.filter((pl.col("table") == "exception_log") & (pl.col("month") <= clock.month))
    own = own.select("school_id", "month", "staff").unique(["school_id", "month"], keep="any")
    grid = pl.DataFrame({"school_id": list(schools)}).join(
        pl.DataFrame({"month": list(months)}, schema={"month": pl.Date}), how="cross"
    )
    there = own.select("school_id", "month", pl.lit(value=True).alias("handed_in"))
    both = pl.concat([grid, own.select("school_id", "month")]).unique().join(
        own, on=["school_id", "month"], how="left").sort("school_id", "month")  # fmt: skip
    carried = both.with_columns(pl.col("staff").forward_fill().backward_fill().over("school_id"))
    wanted = grid.join(carried, on=["school_id", "month"], how="left").join(
        there, on=["school_id", "month"], how="left")  # fmt: skip
    return (
        wanted.with_columns(pl.col("handed_in").fill_null(value=False))
        .drop_nulls("staff")
        .sort("month", "school_id")
    )


def area(staff: pl.DataFrame, least_share: float) -> pl.DataFrame:
    """Staff of the schools that handed in, by month; null where they hold under the least share.

    Returns:
        ``month``, ``staff`` (Float64, null: a gap).
    """
    held = pl.col("staff").filter(pl.col("handed_in")).sum()
    whole = pl.col("staff").sum()
    share = pl.when((held > 0) & (held >= least_share * whole)).then(held)
    return (
        staff.group_by("month", maintain_order=True).agg(share.cast(pl.Float64).alias("staff")).sort("month")
    )


def mean_active(registrations: Any, months: Sequence[date], as_of: date) -> float | None:
    """Registration-days ÷ days of the months: the area where there are no returns."""
    rows = standing(registrations, as_of)
    sums, days = [], 0
    for i, month in enumerate(months):
        first, last = (month - date(1970, 1, 1)).days, (last_day(month) - date(1970, 1, 1)).days
        end = nw.col("active_to__day").fill_null(last)
        end = nw.when(end > last).then(nw.lit(last)).otherwise(end)
        start = (
            nw.when(nw.col("active_from__day") < first)
            .then(nw.lit(first))
            .otherwise(nw.col("active_from__day"))
        )
        length = end - start + 1
        sums.append(nw.when(length > 0).then(length).otherwise(nw.lit(0)).sum().cast(nw.Int64).alias(f"m{i}"))
        days += last - first + 1
    counted = rows.select(*sums).lazy().collect("polars").to_native()
    total = sum(int(value or 0) for value in counted.row(0)) if sums else 0
    return total / days if total else None
