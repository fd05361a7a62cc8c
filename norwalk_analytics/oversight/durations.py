"""How long it takes until something is done, where for some it has not happened yet.

Cases without the event are censored, never dropped. With one kind of event this is Kaplan and Meier's
estimate; with several, of which each rules out the others, Aalen and Johansen's.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import narwhals as nw
import polars as pl

from norwalk_analytics.intake.loaded import District
from norwalk_analytics.oversight import audits, contacts, findings
from norwalk_analytics.oversight.counting import collected
from norwalk_analytics.oversight.measures import tables_of
from norwalk_analytics.oversight.periods import day_number
from norwalk_analytics.oversight.shaping import Frame, Tables
from norwalk_analytics.policy import UserError
from norwalk_analytics.telling import did_you_mean, no_column

HOURS = 1 / 3_600_000_000
"""Hours in a microsecond: multiplied by, since engines divide by a constant alike but for the last bit."""
WAITS = {
    "supervisor_told": "emergency_supervisor", "parent_told": "emergency_parent",
    "authority_told": "reported_in_time", "written_report": "written_in_time",
}  # fmt: skip
"""What is waited for, in hours → the measure with the same rows, start and event."""
DONE = {
    "supervisor_told": "told", "parent_told": "told", "authority_told": "reported",
    "written_report": "reported in writing",
}  # fmt: skip
"""What has happened then."""
CLOSING = "closed"
"""The same of findings, in days; there, accepting the risk ends the wait in another way."""
_CURVE = ("time", "at_risk", "events", "censored", "share", "lower", "upper")


def time_to_event(
    frame: Any, *, time: str, event: str, by: Sequence[str] = (), level: float = 0.95
) -> pl.DataFrame:
    """The share of cases to which an event has happened by each time.

    Kaplan–Meier: 1 − Π(1 − dᵢ/nᵢ), Greenwood's variance, band by log(−log) of the share that still waits.
    With several kinds of event, Aalen–Johansen: Σ S(tᵢ₋₁)·dₖᵢ/nᵢ, the variance of Marubini and Valsecchi, band by
    log(−log) of the share. Where the band is undefined (a share of 0 or 1), Clopper and Pearson's of those at risk
    at the start stands in its place.

    Args:
        frame: one row a case, of any engine, which counts them by time; other columns are passed over.
        time: the numeric column of how long was waited, 0 or more.
        event: the String column of what happened; null where nothing has, yet.
        by: the columns that tell groups apart.
        level: of the band.

    Returns:
        One row a group, kind of event and time at which one happened or was censored, in order: ``by``, ``event``,
        ``time``, ``at_risk``, ``events`` (of that kind, then), ``censored`` (then), ``share``, ``lower``, ``upper``. A
        group in which nothing has happened has one row with a null event for each time.

    Raises:
        ValueError: a column is missing, a time is missing or below 0, or the level is not between 0 and 1.

    Sources: Kaplan & Meier 1958 (JASA 53, 457–481); Aalen & Johansen 1978 (Scand. J. Statist. 5, 141–150); Marubini &
    Valsecchi 1995, Analysing Survival Data from Clinical Trials, p. 341; Kalbfleisch & Prentice 2002 (bands).

    Example:
        >>> waits = pl.DataFrame({"hours": [1, 2, 2, 5], "what": ["told", "told", None, "told"]})
        >>> time_to_event(waits, time="hours", event="what").select("time", "at_risk", "share").rows()
        [(1.0, 4, 0.25), (2.0, 3, 0.5), (5.0, 1, 1.0)]
    """
    keys = list(by)
    cases = _counted(frame, time, event, keys, level)
    what = pl.col("event").is_not_null()
    each = cases.group_by(*keys, "time").agg(
        left=pl.col("cases").sum(), happened=pl.col("cases").filter(what).sum()
    )
    each = each.sort(*keys, "time").with_columns(censored=pl.col("left") - pl.col("happened"))
    still = pl.col("left").cum_sum(reverse=True)
    each = each.with_columns(at_risk=still.over(keys) if keys else still)
    kinds = cases.select(*keys, "event").unique(maintain_order=True).drop_nulls("event")
    none = cases.select(keys).unique().join(kinds, on=keys, how="anti") if keys else None
    if kinds.is_empty():
        kinds = cases.select(*keys, "event").unique()
    elif none is not None and none.height:
        kinds = pl.concat([kinds, none.with_columns(event=pl.lit(None, dtype=pl.String))])
    several = pl.len().over(keys) if keys else pl.len()
    kinds = kinds.with_columns(alone=several == 1)
    counts = cases.drop_nulls("event").rename({"cases": "events"})
    grid = each.join(kinds, on=keys, how="inner") if keys else each.join(kinds, how="cross")
    grid = grid.join(counts, on=[*keys, "time", "event"], how="left").with_columns(
        pl.col("events").fill_null(0)
    )
    grid = grid.sort(*keys, "event", "time")
    over = [*keys, "event"]
    return _banded(_shares(grid, over), over, level).select(*keys, "event", *_CURVE)


def _shares(grid: pl.DataFrame, over: list[str]) -> pl.DataFrame:
    """Add the share and its standard error."""
    n, d, all_d = pl.col("at_risk"), pl.col("events"), pl.col("happened")
    waiting = (1 - all_d / n).cum_prod().over(over)
    grid = grid.with_columns(waiting=waiting).with_columns(
        before=pl.col("waiting").shift(1, fill_value=1.0).over(over)
    )
    grid = grid.with_columns(share=(pl.col("before") * d / n).cum_sum().over(over)).with_columns(
        share=pl.when("alone").then(1 - pl.col("waiting")).otherwise("share")
    )
    left = n - all_d
    share, before = pl.col("share"), pl.col("before")
    a = pl.when(left > 0).then(all_d / (n * left)).otherwise(0.0)
    b = before**2 * (n - d) * d / n**3
    c = before * d / n**2
    sums = {
        "a": a, "ia": a * share, "iia": a * share**2, "b": b, "c": c, "ic": c * share,
    }  # fmt: skip
    grid = grid.with_columns(**{name: one.cum_sum().over(over) for name, one in sums.items()})
    greenwood = pl.col("waiting") ** 2 * pl.col("a")
    several = (
        share**2 * pl.col("a") - 2 * share * pl.col("ia") + pl.col("iia") + pl.col("b")
        - 2 * (share * pl.col("c") - pl.col("ic"))
    )  # fmt: skip
    variance = pl.when("alone").then(greenwood).otherwise(several)
    return grid.with_columns(error=variance.clip(lower_bound=0).sqrt())


def _banded(grid: pl.DataFrame, over: list[str], level: float) -> pl.DataFrame:
    """Add the band round the share."""
    z = NormalDist().inv_cdf(0.5 + level / 2)
    share = pl.col("share")
    of = pl.when("alone").then(1 - share).otherwise(share)
    width = z * pl.col("error") / (of * of.log())
    one, two = of ** (-width).exp(), of ** width.exp()
    ends = [pl.min_horizontal(one, two), pl.max_horizontal(one, two)]
    low = pl.when("alone").then(1 - ends[1]).otherwise(ends[0])
    high = pl.when("alone").then(1 - ends[0]).otherwise(ends[1])
    first = pl.col("at_risk").first().over(over)
    part = (1 - level) / 2
    edge = part ** (1 / first)  # Clopper–Pearson of none, and of all
    return grid.with_columns(
        lower=pl.when(share <= 0).then(0.0).when(share >= 1).then(edge).otherwise(low),
        upper=pl.when(share >= 1).then(1.0).when(share <= 0).then(1 - edge).otherwise(high),
    )


def quantiles(
    curve: pl.DataFrame, shares: Sequence[float] = (0.5, 0.9), *, by: Sequence[str] = ()
) -> pl.DataFrame:
    """The time by which a share of cases had the event: medians, 90th percentiles.

    The interval is that of the band: from the first time at which its upper edge reaches the share to the first at
    which its lower edge does.

    Args:
        curve: what ``time_to_event`` gave.
        shares: which shares.
        by: the columns that tell groups apart, as given there.

    Returns:
        One row a group, kind of event and share: ``by``, ``event``, ``share``, ``time``, ``lower``, ``upper``; null where
        the share was not reached.

    Source: Brookmeyer & Crowley 1982 (Biometrics 38, 29–41).

    Example:
        >>> waits = pl.DataFrame({"hours": [1, 2, 2, 5], "what": ["told", "told", None, "told"]})
        >>> quantiles(time_to_event(waits, time="hours", event="what"))["time"].to_list()
        [2.0, 5.0]
    """
    names = {"time": "share", "lower": "upper", "upper": "lower"}  # an early time from the upper edge
    parts = []
    for i, share in enumerate(shares):
        reached = [
            pl.col("time").filter(pl.col(edge) >= share - 1e-12).min().alias(name)
            for name, edge in names.items()
        ]
        part = curve.group_by(*by, "event", maintain_order=True).agg(reached)
        parts.append(
            part.select(*by, "event", pl.lit(share).alias("share"), *names, pl.lit(i).alias("order"))
        )
    return pl.concat(parts).sort(*by, "event", "order", maintain_order=True).drop("order")


def waits(name: str, district: District) -> Any:
    """The cases of which something is awaited, as ``time_to_event`` takes them.

    Args:
        name: "supervisor_told", "parent_told" (of an emergency contact), "authority_told", "written_report" (of what must
            be reported), in hours; or "closed" (of a finding), in days.
        district: what ``load_district`` gave.

    Returns:
        A frame of the district's engine: ``school_id``, ``time`` (Float64) up to the event or to the end of as_of,
        ``event`` (String, null: not yet), and of contacts ``employee_role``, of findings ``clause`` and ``severity``.

    Raises:
        UserError: if there is no such wait, or its table is missing.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from norwalk_analytics.intake.loading import load_district
        >>> from norwalk_analytics.sample import write_sample
        >>> with TemporaryDirectory() as folder:
        ...     district = load_district(write_sample(Path(folder)))
        >>> waits("closed", district)["event"].drop_nulls().unique().sort().to_list()
        ['closed', 'risk accepted']
    """
    if name not in (*WAITS, CLOSING):
        known = (*WAITS, CLOSING)
        message = f"There is no wait {name}.{did_you_mean(name, known)} Known: {', '.join(known)}."
        raise UserError(message)
    table = audits.TABLE if name == CLOSING else contacts.TABLE
    tables = tables_of(district).with_table(name, table)
    return (_days_to_close(tables) if name == CLOSING else _hours(name, tables)).to_native()


def _hours(name: str, tables: Tables) -> Frame:
    rows, start, event = contacts.awaited(tables, WAITS[name])
    happened = (nw.col(f"{event}__on") <= nw.lit(tables.clock.as_of)).fill_null(value=False)
    until = nw.when(happened).then(_instant(event)).otherwise(nw.lit(tables.clock.end_minute * 60_000_000))
    waited = until - _instant(start)
    return rows.select(
        "school_id", "employee_role", (_from_zero(waited).cast(nw.Float64) * HOURS).alias("time"),
        nw.when(happened).then(nw.lit(DONE[name])).alias("event"),
    )  # fmt: skip


def _instant(column: str) -> nw.Expr:
    """A datetime as microseconds since 1970."""
    minutes, at = nw.col(f"{column}__minute").cast(nw.Int64), nw.col(column).dt
    return minutes * 60_000_000 + at.second().cast(nw.Int64) * 1_000_000 + at.microsecond().cast(nw.Int64)


def _from_zero(waited: nw.Expr) -> nw.Expr:
    return nw.when(waited < 0).then(nw.lit(0)).otherwise(waited)


def _days_to_close(tables: Tables) -> Frame:
    closed = nw.when(nw.col("closed")).then(nw.lit("closed"))
    said = nw.when(nw.col("accepted")).then(nw.lit("risk accepted")).otherwise(closed)
    until = nw.col("left_on__day").fill_null(day_number(tables.clock.as_of))
    days = _from_zero(until - nw.col("opened_on__day")).cast(nw.Float64)
    return findings.opened(tables).select(
        "school_id", "clause", "severity", days.alias("time"), said.alias("event")
    )


def _counted(frame: Any, time: str, event: str, by: list[str], level: float) -> pl.DataFrame:
    """How many cases there are of each ``time`` and ``event``, by what tells groups apart."""
    rows = nw.from_native(frame)
    schema = rows.collect_schema()
    missing = [name for name in (time, event, *by) if name not in schema]
    if missing:
        raise ValueError(no_column(missing, schema.names()))
    if not schema[time].is_numeric():
        message = f"Column {time} is {schema[time]}, not a number."
        raise ValueError(message)
    if not 0 < level < 1:
        message = f"level is between 0 and 1, not {level}."
        raise ValueError(message)
    cases = rows.select(*by, nw.col(time).cast(nw.Float64).alias("time"), nw.col(event).alias("event"))
    counted = collected(cases.group_by(*by, "time", "event").agg(nw.len().cast(nw.Int64).alias("cases")))
    values = counted["time"]
    if values.null_count() or not (values.is_finite() & (values >= 0)).all():
        message = f"Column {time} holds a time that is missing, endless or below 0."
        raise ValueError(message)
    return counted
