"""How many employees stood behind a month's contacts: the area of opportunity of the per-100 rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import narwhals as nw
import polars as pl

from norwalk_analytics.oversight.counting import collected
from norwalk_analytics.oversight.periods import Clock, day_number, last_day
from norwalk_analytics.oversight.registrations import TABLE, standing
from norwalk_analytics.oversight.shaping import Tables


@dataclass(frozen=True)
class Span:
    """A period whose area is asked for: the months that may count, and in how many months it is counted."""

    start: date
    months: tuple[date, ...]
    most: int | None = None
    """None: the mean of the months that count; else their sum over so many."""


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
    grid = pl.DataFrame({"school_id": list(schools)}, schema={"school_id": pl.String}).join(
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


def handed_in(tables: Tables, months: Sequence[date], *, by_school: bool) -> pl.DataFrame | None:
    """Schools and months whose contacts stand in a rate, ``school_id`` and ``index``; None: all, without returns.

    Of the district, a month in which the schools that handed in hold too little staff has none.
    """
    if tables.returns is None:
        return None
    staff = staff_by_month(tables.returns, tables.schools, months, tables.clock)
    there = staff.filter("handed_in")
    if not by_school:
        least = tables.policy.settings["least_share_of_staff"]
        there = there.join(area(staff, least).drop_nulls("staff").select("month"), on="month")
    index = pl.col("month").dt.year().cast(pl.Int64) * 12 + pl.col("month").dt.month() - 1
    return there.select("school_id", index.cast(pl.Int64).alias("index"))


def areas(tables: Tables, spans: Sequence[Span], *, by_school: bool) -> pl.DataFrame:
    """The area of opportunity of periods.

    Without returns, it is the mean number of active registrations (registration-days ÷ days).

    Args:
        tables: with or without returns.
        spans: the periods.
        by_school: whether for each school of the code list.

    Returns:
        ``start``, ``denominator`` (mean monthly employees; null: a gap), ``people`` (how many stand behind
        it), and ``school_id`` where asked.
    """
    months = sorted({month for span in spans for month in span.months})
    keys = ["school_id"] if by_school else []
    found = (
        _registered(tables, months, by_school=by_school)
        if tables.returns is None
        else _in_post(tables, months, by_school=by_school)
    )
    of = pl.DataFrame(
        [(span.start, month, span.most, len(span.months)) for span in spans for month in span.months],
        schema={"start": pl.Date, "month": pl.Date, "most": pl.Int64, "asked": pl.Int64},
        orient="row",
    )
    kept = found.drop_nulls("size")
    mean = (pl.col("size") * pl.col("weight")).sum() / pl.col("weight").sum()
    counted = pl.len() if tables.returns is not None else pl.col("asked").first()
    share = pl.when(pl.col("most").first().is_null()).then(1.0).otherwise(counted / pl.col("most").first())
    people = pl.col("size").min() if tables.returns is not None else mean
    return (
        of.join(kept, on="month")
        .group_by(*keys, "start")
        .agg(denominator=mean * share, people=people.floor().cast(pl.Int64))
        .with_columns(pl.when(pl.col("denominator") > 0).then("denominator"))
        .sort(*keys, "start")
    )


def _in_post(tables: Tables, months: Sequence[date], *, by_school: bool) -> pl.DataFrame:
    """Employees in post by month, and by school where asked; null in a gap."""
    assert tables.returns is not None
    staff = staff_by_month(tables.returns, tables.schools, months, tables.clock)
    one = pl.lit(1.0).alias("weight")
    if by_school:
        size = (
            pl.when(pl.col("handed_in") & (pl.col("staff") > 0))
            .then(pl.col("staff").cast(pl.Float64))
            .alias("size")
        )
        return staff.select("school_id", "month", size, one)
    held = area(staff, tables.policy.settings["least_share_of_staff"])
    return held.select("month", pl.col("staff").alias("size"), one)


def _registered(tables: Tables, months: Sequence[date], *, by_school: bool) -> pl.DataFrame:
    """Mean number of active registrations by month, and by school where asked, weighed by days."""
    schema: dict[str, pl.DataType] = {"month": pl.Date(), "size": pl.Float64(), "weight": pl.Float64()}
    registrations = tables.frames.get(TABLE)
    if registrations is None or not months:
        return pl.DataFrame(schema={**({"school_id": pl.String()} if by_school else {}), **schema})
    rows = standing(registrations, tables.clock.as_of)
    sums, days = [], {}
    for i, month in enumerate(months):
        first, last = day_number(month), day_number(last_day(month))
        end = nw.col("active_to__day").fill_null(last)
        end = nw.when(end > last).then(nw.lit(last)).otherwise(end)
        start = nw.col("active_from__day")
        start = nw.when(start < first).then(nw.lit(first)).otherwise(start)
        length = end - start + 1
        sums.append(nw.when(length > 0).then(length).otherwise(nw.lit(0)).sum().cast(nw.Int64).alias(f"m{i}"))
        days[f"m{i}"] = (month, float(last - first + 1))
    counted = rows.group_by("school_id").agg(*sums) if by_school else rows.select(*sums)
    index = ["school_id"] if by_school else []
    long = collected(counted).unpivot(on=list(days), index=index, variable_name="m", value_name="total")
    of_month = pl.col("m").replace_strict({key: day for key, (day, _) in days.items()}, return_dtype=pl.Date)
    weight = pl.col("m").replace_strict(
        {key: size for key, (_, size) in days.items()}, return_dtype=pl.Float64
    )
    return long.select(
        *index, of_month.alias("month"), (pl.col("total") / weight).alias("size"), weight.alias("weight")
    )
