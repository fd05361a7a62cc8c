"""How long things take, as it may be published: medians and 90th percentiles, and a curve at times far enough apart.

Of contacts with students, the primary rule decides whether enough people stand behind (docs/disclosure.md), of
registrations their number alone; no number of cases is given, so nothing enters the audit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import polars as pl

from norwalk_analytics.intake.loaded import District
from norwalk_analytics.oversight import audits, contacts, registrations
from norwalk_analytics.oversight.counting import collected, count, figure_rows
from norwalk_analytics.oversight.durations import CLOSING, WAITS, quantiles, time_to_event, waits
from norwalk_analytics.oversight.measures import tables_of
from norwalk_analytics.oversight.primary import primary
from norwalk_analytics.oversight.shaping import people
from norwalk_analytics.policy import UserError

LATE = {
    "contact_logged": (contacts.TABLE, "occurred_at__on", "logged_at__on"),
    "tool_registered": (registrations.TABLE, "active_from", "registered_on"),
}
"""What is entered late or in time → its table, the day on which it happened and the day on which it was entered."""
TOLD = ("time", "lower", "upper")
APART = 6
"""So many events lie between two times of a curve that is published; where fewer are at risk it ends."""


def how_long(
    names: Sequence[str], district: District, disclosure: Mapping[str, Any] | None = None
) -> pl.DataFrame:
    """By when half and nine in ten of the cases had what was awaited.

    Args:
        names: of ``durations.WAITS`` (hours), "closed" (days), or of LATE (days; all since records began).
        district: what ``load_district`` gave.
        disclosure: the thresholds under which a row is withheld; None for internal use.

    Returns:
        A row a name and share (0.5, 0.9), of those whose table is there: ``name``, ``share``, ``time``, ``lower``,
        ``upper`` (a time that was not reached is null) and ``withheld``, with which the times are null.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from norwalk_analytics import load_district, write_sample
        >>> with TemporaryDirectory() as folder:
        ...     district = load_district(write_sample(Path(folder)))
        >>> how_long(["authority_told"], district, district.policy.disclosure).filter(share=0.5)["withheld"].to_list()
        [False]
    """
    parts = [pl.DataFrame(schema={"name": pl.String, "share": pl.Float64, **dict.fromkeys(TOLD, pl.Float64),
                                  "withheld": pl.Boolean})]  # fmt: skip
    for name in names:
        try:
            cases = _entered(name, district) if name in LATE else waits(name, district)
        except UserError:  # there is no such table, so there is nothing to say
            continue
        curve = time_to_event(cases, time="time", event="event").drop_nulls("event")
        if curve.is_empty():
            continue
        hidden = disclosure is not None and _few(name, district, disclosure)
        shown = [pl.lit(None, dtype=pl.Float64).alias(one) if hidden else pl.col(one) for one in TOLD]
        parts.append(
            quantiles(curve.filter(event=curve["event"].min())).select(
                pl.lit(name).alias("name"), "share", *shown, withheld=pl.lit(hidden)
            )
        )
    return pl.concat(parts)


def apart(curve: pl.DataFrame, events: int = APART) -> pl.DataFrame:
    """The points of a curve between which so many events lie, up to where fewer cases are at risk.

    Args:
        curve: one group and kind of event of what ``time_to_event`` gave.
        events: how many.

    Example:
        >>> curve = pl.DataFrame({"time": [1.0, 2, 3, 4], "at_risk": [20, 16, 11, 5], "events": [4, 5, 6, 2]})
        >>> apart(curve)["time"].to_list()
        [2.0, 3.0]
    """
    kept, since = [], 0
    for at, (risk, more) in enumerate(curve.select("at_risk", "events").rows()):
        since += more
        if risk < events:
            break
        if since >= events:
            kept.append(at)
            since = 0
    return curve[kept]


def _entered(name: str, district: District) -> Any:
    """Entries with the days from what happened to its entry, 0 where it was entered before."""
    _, start, end = LATE[name]
    days = _day(end) - _day(start)
    days = nw.when(days < 0).then(nw.lit(0)).otherwise(days).cast(nw.Float64)
    return _kept(name, district).select(days.alias("time"), nw.lit("entered").alias("event")).to_native()


def _kept(name: str, district: District) -> Any:
    """The rows of which it is known when they were entered, since the policy was enacted."""
    table, start, end = LATE[name]
    rows = district.frame(table)
    if rows is None:
        message = f"There is no table {table}."
        raise UserError(message)
    since, until = nw.lit(district.policy.enacted), nw.lit(district.as_of)
    return nw.from_native(rows).filter(nw.col(start) >= since, nw.col(end) <= until)


def _day(column: str) -> nw.Expr:
    """Days of a date since the year 1: the difference of two dates is a number of days on Polars alone."""
    before, at = nw.col(column).dt.year().cast(nw.Int64) - 1, nw.col(column).dt.ordinal_day().cast(nw.Int64)
    return before * 365 + before // 4 - before // 100 + before // 400 + at


def table_of(name: str) -> str:
    """The table that a wait is made from."""
    return LATE[name][0] if name in LATE else audits.TABLE if name == CLOSING else contacts.TABLE


def _few(name: str, district: District, disclosure: Mapping[str, Any]) -> bool:
    """Whether fewer people stand behind these cases than a median needs, or the primary rule withholds them."""
    table = table_of(name)
    if table == audits.TABLE:
        return False  # of items, which name nobody
    if table == registrations.TABLE:
        persons = _kept(name, district).select(people()[0]).drop_nulls().unique()
        return int(collected(persons.select(n=nw.len()))["n"][0]) < int(disclosure["people"])
    tables = tables_of(district)
    if name in LATE:
        rows = contacts.logged(tables.frames[table], tables.clock.as_of)
    else:
        rows, _, _ = contacts.awaited(tables, WAITS[name])
    counted = count(rows.select(nw.lit(value=True).alias("met"), *people(student="student_ref")), [])
    figure = figure_rows(counted, measure=name, table=table, clause="", view="event", period="all")
    return bool(primary(figure, disclosure)["withheld"][0])
