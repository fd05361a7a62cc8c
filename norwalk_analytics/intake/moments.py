"""Datetimes through their distinct days and distinct times of day, on Polars.

A column of a million minutes hardly repeats a cell, but it holds some thousand days and 1,440 times.
What a day and a time are is asked of ``cells.datetimes`` as always: of each day at midnight, and of
each time on one day; the two are added. Where that need not be the whole answer (near a change of
the zone's offset, or where either can't be read) the cell is converted whole.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import polars as pl

from norwalk_analytics.intake.cells import OFFSET, zone_table
from norwalk_analytics.intake.distinct import Convert, converted, encoded, through_distinct
from norwalk_analytics.intake.texts import SPACE

DAY = 86400
EPOCH = date(1970, 1, 1)
FEWER = 4  # times fewer days and times than cells, or taking cells apart saves nothing
PLAIN = pl.when("slashed").then("of_slashed").otherwise("of_iso") & pl.col("there")
NEAR = 2  # days: an offset from UTC and a time of day move an instant by less


def through_parts(columns: pl.DataFrame, convert: Convert, zone: ZoneInfo) -> dict[str, pl.DataFrame]:
    """Convert columns of datetimes alike.

    Args:
        columns: String columns.
        convert: cleans cells and reads them by ``cells.datetimes``.
        zone: in which local times are read.

    Returns:
        Column → what ``convert`` makes of it, in the order of its rows.
    """
    names, cut = columns.columns, pl.all().str.find("[ T]")
    days, day = encoded(columns.select(pl.all().str.slice(0, cut)))
    times, time = encoded(columns.select(pl.all().str.slice(cut + 1)))
    if FEWER * (len(days) + len(times)) > columns.height:
        return through_distinct(columns, convert)
    of_day, of_time = _days(days, convert, zone), _times(times, convert, zone)
    made = {}
    for name in names:
        both = pl.concat(
            [of_day.select(pl.all().gather(day[name])), of_time.select(pl.all().gather(time[name]))],
            how="horizontal",
        )
        odd = (~both.select(plain=PLAIN)["plain"]).arg_true()
        rest = through_distinct(columns.select(pl.col(name).gather(odd)), convert)[name]
        made[name] = pl.DataFrame([_put(part, odd, rest[part.name]) for part in _added(both)])
    return made


def _added(both: pl.DataFrame) -> pl.DataFrame:
    """A day and a time as an instant; of no meaning where they are not plain."""
    shift = pl.when("given").then(0).otherwise("shift")
    moved = pl.when("given").then((pl.col("seconds") + pl.col("shift")) // DAY).otherwise(0)
    utc = pl.col("midnight") + pl.col("seconds") - shift
    return both.select(utc.alias("utc"), (pl.col("midnight") // DAY + moved).alias("on"), "slash").select(
        (pl.col("utc") * 1_000_000).cast(pl.Datetime("us")).alias("x__value"),
        pl.lit(value=False).alias("x__unreadable"),
        pl.col("on").cast(pl.Int32).cast(pl.Date).alias("x__on"),
        (pl.col("utc") // 60).alias("x__minute"),
        pl.lit(value=False).alias("x__absent"),
        pl.lit(value=False).alias("x__twice"),
        pl.col("slash").alias("x__slash"),
    )


def _put(column: pl.Series, at: pl.Series, values: pl.Series) -> pl.Series:
    return column.scatter(at, values) if len(at) else column


def _days(days: pl.Series, convert: Convert, zone: ZoneInfo) -> pl.DataFrame:
    """Of each day: whether it is there and plain, its midnight in seconds, the zone's offset then."""
    made = converted(days + " 00:00", convert)
    midnight = made["x__on"].cast(pl.Int64) * DAY
    there = ~days.str.contains("[ T]") & made["x__value"].is_not_null()
    return pl.DataFrame({
        "there": (there & ~made["x__on"].is_in(_changing(zone))).fill_null(value=False),
        "slashed": days.str.contains("/"),
        "slash": made["x__slash"],
        "midnight": midnight,
        "shift": midnight - _seconds(made["x__value"]),
    })  # fmt: skip


def _times(times: pl.Series, convert: Convert, zone: ZoneInfo) -> pl.DataFrame:
    """Of each time: whether it stands by a day of either form, and how far after that midnight it is.

    Seconds are counted from midnight UTC where an offset is given, and from local midnight elsewhere.
    """
    changing = set(_changing(zone))
    plain = next(day for day in (date(2001, 1, 1 + i) for i in range(31)) if day not in changing)
    iso = converted(f"{plain} " + times, convert)
    slashed = converted(f"{plain.month}/{plain.day}/{plain.year} " + times, convert)
    at = _seconds(iso["x__value"].fill_null(slashed["x__value"])) - (plain - EPOCH).days * DAY
    shift = _days(pl.Series([str(plain)]), convert, zone)["shift"][0]
    given = times.str.strip_chars(SPACE).str.contains(OFFSET + "$")
    local = pl.Series([shift], dtype=pl.Int64)
    return pl.DataFrame({
        "of_iso": iso["x__value"].is_not_null(),
        "of_slashed": slashed["x__value"].is_not_null(),
        "given": given,
        "seconds": at.zip_with(given, at + local),
    })  # fmt: skip


def _seconds(moments: pl.Series) -> pl.Series:
    return moments.dt.epoch("s")


@lru_cache(maxsize=8)
def _changing(zone: ZoneInfo) -> list[date]:
    """The days about the changes of a zone's offset."""
    table, changes = zone_table(zone)
    at = {seconds // DAY for k in range(changes) for seconds in table[f"zone__at{k}"] if seconds is not None}
    return [EPOCH + timedelta(days=day) for day in {a + i for a in at for i in range(-NEAR, NEAR + 1)}]
