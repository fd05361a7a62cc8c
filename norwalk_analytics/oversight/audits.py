"""What is measured of audits: how often they find something, and whether what they find was registered.

Every measure reads "audited by as_of".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import narwhals as nw
import polars as pl

from norwalk_analytics.intake.facts import ACCOUNT, ITEM
from norwalk_analytics.oversight.counting import FIGURES, collected
from norwalk_analytics.oversight.registrations import TABLE as REGISTRATIONS
from norwalk_analytics.oversight.shaping import (
    Figure,
    Frame,
    Rows,
    Tables,
    month_index,
    of_whole,
    once,
    platform,
)

TABLE = "audit_findings"
PLACES = ["clause", "school", "period", "start"]


def items(findings: Frame, as_of: date) -> Frame:
    """One row an audited item; met where any of its rows is a finding."""
    found = (nw.col("result") == "finding").cast(nw.Int64)
    rows = findings.filter(nw.col("audited_on") <= nw.lit(as_of)).with_columns(found.alias("found"))
    grouped = rows.group_by([*ITEM, "platform__listed"]).agg(nw.col("found").max())
    return grouped.with_columns((nw.col("found") > 0).alias("met"))


@once
def has_evidence(tables: Tables) -> bool:
    """Whether there is an audited item without a finding: else the source lists findings only."""
    rows = tables.frames[TABLE]
    passed = rows.filter(
        (nw.col("result") == "no_finding") & (nw.col("audited_on") <= nw.lit(tables.clock.as_of))
    )
    return bool(collected(passed.select(nw.len())).item())


@once
def audited(tables: Tables) -> Frame:
    """Audited items by clause and limb; ``linked`` and ``counted`` through the register.

    Of clause P.4 only items on district-sponsored accounts are cases; the others are kept with
    ``counted`` false, so that the share that is not linked can be told.
    """
    return _linked(items(tables.frames[TABLE], tables.clock.as_of), tables)


def _linked(every: Frame, tables: Tables) -> Frame:
    """Items with their month, and what the register says of them."""
    as_of, registrations = tables.clock.as_of, tables.frames.get(REGISTRATIONS)
    if registrations is None:
        joined = every.with_columns(nw.lit(None).cast(nw.String).alias("capacity"))
    else:
        known = registrations.filter(nw.col("registered_on") <= nw.lit(as_of)).select(
            "registration_id", nw.col("account_capacity").alias("capacity")
        )
        joined = every.join(known, on="registration_id", how="left")
    views = nw.col("clause") == "P.4"
    sponsored = (nw.col("capacity") == "district_sponsored").fill_null(value=False)
    return joined.with_columns(
        month_index("audited_on"), (~nw.col("capacity").is_null()).alias("linked"),
        (~views | sponsored).alias("counted"),
    )  # fmt: skip


def finding_rate(name: str, tables: Tables) -> Rows:
    """The share of audited items with a finding: by clause, by limb, by severity."""
    if not has_evidence(tables):
        return
    figure, every = Figure(name, TABLE, tables), audited(tables).with_columns(platform())
    rows = every.filter(nw.col("counted"))
    loose = every.filter(nw.col("clause") == "P.4").with_columns((~nw.col("linked")).alias("met"))
    limbs = rows.filter(~nw.col("limb").is_null()).with_columns(nw.col("limb").alias("group"))
    last = tables.clock.month
    wholes, unknown = (
        list(figure.event(rows, ["clause"])),
        _not_linked(figure.event(loose, ["clause"]), tables),
    )
    yield from _where_linked(wholes, figure.event(limbs, ["clause", "group"], breakdown="limb"), unknown)
    yield from _where_linked(
        figure.series(rows, last, ["clause"]), figure.series(limbs, last, ["clause", "group"], breakdown="limb"),
        _not_linked(figure.series(loose, last, ["clause"]), tables),
    )  # fmt: skip
    yield from figure.event(loose, ["clause"], breakdown="apart", group="not linked", view="apart")
    yield from _by_severity(figure, wholes, unknown)


def _where_linked(wholes: Iterable[pl.DataFrame], limbs: Rows, unknown: pl.DataFrame) -> Rows:
    """Rates by clause and by limb, but for the places of which there is none."""
    for part in wholes:
        yield part.join(unknown, on=[*PLACES, "group"], how="anti", nulls_equal=True)
    for part in limbs:
        yield part.join(unknown, on=PLACES, how="anti", nulls_equal=True)


def _not_linked(apart: Rows, tables: Tables) -> pl.DataFrame:
    """The places of P.4 of which too much is not linked, so that there is no rate."""
    found = pl.concat([pl.DataFrame(schema=FIGURES), *apart])
    most = tables.policy.settings["most_not_linked"]
    return found.filter(pl.col("numerator") > most * pl.col("denominator"))


def _by_severity(figure: Figure, wholes: Sequence[pl.DataFrame], unknown: pl.DataFrame) -> Rows:
    """Items with a finding of each severity, of all items audited for that clause, over the scorecard's windows."""
    keys = figure.keys("severity", ["clause"])
    if keys is None:
        return
    names = ["school" if key == "school_id" else key for key in keys]
    graded = found(figure.tables).group_by([*ITEM, "severity"]).agg(nw.len().alias("rows"))
    cases = _linked(graded, figure.tables).filter(nw.col("counted"))
    cases = cases.with_columns(nw.lit(value=True).alias("met"), nw.col("severity").alias("group"))
    for part, whole in zip(
        figure.event(cases, ["clause", "group"], breakdown="severity"), wholes, strict=True
    ):
        kept = part.join(unknown, on=PLACES, how="anti", nulls_equal=True)
        yield of_whole(kept, whole, names).select(list(FIGURES))


@once
def accounts(tables: Tables) -> Frame:
    """Audited accounts of which it is said whether they were registered; met where every row says so."""
    rows = tables.frames[TABLE].filter(
        (nw.col("audited_on") <= nw.lit(tables.clock.as_of)) & ~nw.col("account_registered").is_null()
    )
    first = nw.concat_str([nw.col("audited_on__day").cast(nw.String), nw.col("school_id")], separator="|")
    said = rows.with_columns(
        nw.col("account_registered").cast(nw.Int64).alias("said"), first.alias("first"),
        nw.col("platform__listed").fill_null(value=False),
    )  # fmt: skip
    grouped = said.group_by([*ACCOUNT, "platform__listed"]).agg(
        nw.col("said").min(), nw.col("audited_on").min(), nw.col("first").min()
    )
    return grouped.select(
        "audit_id", "registration_id", "account", nw.col("platform").alias("on"), platform(), month_index("audited_on"),
        (nw.col("said") == 1).alias("met"), nw.col("first").str.slice(6).alias("school_id"),
    )  # fmt: skip


def unregistered(tables: Tables) -> Frame:
    """Audited accounts that were not in the register, as they are named."""
    rows = accounts(tables)
    return rows.filter(~nw.col("met")).select(
        "audit_id", "registration_id", nw.col("on").alias("platform"), "account"
    )


def coverage(name: str, tables: Tables) -> Rows:
    """The share of audited accounts that were in the register."""
    figure, rows = Figure(name, TABLE, tables), accounts(tables)
    yield from figure.event(rows)
    yield from figure.series(rows, tables.clock.month)


def last_audited(tables: Tables) -> pl.DataFrame:
    """How many whole months ago each school and clause was last audited.

    Returns:
        ``school_id``, ``clause`` and ``months`` (Int64), a row a pair that was ever audited; which were not, the code
        list of schools and the policy's audited clauses tell.
    """
    as_of = tables.clock.as_of
    rows = tables.frames[TABLE].filter(nw.col("audited_on") <= nw.lit(as_of))
    last = rows.group_by("school_id", "clause").agg(nw.col("audited_on").max().alias("day"))
    day = pl.col("day")
    months = (as_of.year - day.dt.year()) * 12 + as_of.month - day.dt.month() - (day.dt.day() > as_of.day)
    return (
        collected(last)
        .select("school_id", "clause", months.cast(pl.Int64).alias("months"))
        .sort("school_id", "clause")
    )


def found(tables: Tables) -> Frame:
    """Findings of audits made by as_of, opened by then or not."""
    rows = tables.frames[TABLE]
    return rows.filter((nw.col("result") == "finding") & (nw.col("audited_on") <= nw.lit(tables.clock.as_of)))
