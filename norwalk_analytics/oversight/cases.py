"""Accepted rows → cases: what is counted of each measure, and whether it is met.

Written in Narwhals, once, for Polars and Spark. Each function gives one row a case: ``met``, ``index``
(its month as year × 12 + month − 1), ``school_id``, ``employee``, ``student``, and what it may be
broken down by. Every measure reads "given, and dated by as_of".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import narwhals as nw

from norwalk_analytics.intake.facts import ITEM
from norwalk_analytics.oversight.periods import Clock
from norwalk_analytics.policy import Policy

Frame = Any  # a Narwhals DataFrame or LazyFrame
TEXTS = ("sms", "mms")
REPORT_LIMITS = ("mandated", "violence_or_self_harm")


def month_index(day: str) -> nw.Expr:
    """The month of a date column as year × 12 + month − 1."""
    year, month = nw.col(day).dt.year().cast(nw.Int64), nw.col(day).dt.month().cast(nw.Int64)
    return (year * 12 + month - 1).alias("index")


def _people(employee: str | None = "employee_id", student: str | None = None) -> list[nw.Expr]:
    def name(column: str | None) -> nw.Expr:
        return nw.lit(None).cast(nw.String) if column is None else nw.col(column)

    return [name(employee).alias("employee"), name(student).alias("student")]


def standing(registrations: Frame, as_of: date) -> Frame:
    """Registrations that have begun by as_of, personal accounts left out."""
    begun = nw.col("registered_on") <= nw.lit(as_of)
    return registrations.filter(begun & (nw.col("account_capacity") != "personal"))


def active(registrations: Frame, as_of: date) -> Frame:
    """Those in use on as_of."""
    ended = nw.col("active_to") < nw.lit(as_of)
    begun = nw.col("active_from") <= nw.lit(as_of)
    return standing(registrations, as_of).filter(begun & ~ended.fill_null(value=False))


def platforms(registrations: Frame, as_of: date) -> Frame:
    """Stock: every active registration; met where the code list does not know its platform."""
    listed = nw.col("platform__listed").fill_null(value=False)
    group = nw.when(listed).then(nw.col("platform")).otherwise(nw.lit("Other"))
    return active(registrations, as_of).select(
        (~listed).alias("met"), "school_id", group.alias("group"), *_people()
    )


def supervisor_aware_stock(registrations: Frame, as_of: date) -> Frame:
    """Stock: active registrations; met where the supervisor was notified by as_of."""
    met = nw.col("supervisor_notified_on") <= nw.lit(as_of)
    return active(registrations, as_of).select(met.alias("met"), "school_id", *_people())


def cohort(
    registrations: Frame, as_of: date, enacted: date, met: nw.Expr, late_days: int
) -> tuple[Frame, Frame]:
    """Registrations by the month of first use, ended since or not; those registered late apart."""
    begun = standing(registrations, as_of).filter(nw.col("active_from") >= nw.lit(enacted))
    late = (nw.col("registered_on__day") - nw.col("active_from__day")) > late_days
    picked = begun.select(
        met.alias("met"), month_index("active_from"), "school_id", late.alias("late"), *_people()
    )
    return picked.filter(~nw.col("late")), picked.filter(nw.col("late"))


def supervisor_aware_cohort(registrations: Frame, as_of: date, policy: Policy) -> tuple[Frame, Frame]:
    """Cohort: met where the supervisor was notified within the window after first use."""
    window = policy.settings["window_days"]["supervisor_aware"]
    met = (nw.col("supervisor_notified_on__day") - nw.col("active_from__day")) <= window
    met = met & (nw.col("supervisor_notified_on") <= nw.lit(as_of))
    return cohort(registrations, as_of, policy.enacted, met, policy.settings["registered_late_days"])


def logged(exceptions: Frame, as_of: date) -> Frame:
    """Rows of the exception log that have begun by as_of."""
    return exceptions.filter(nw.col("logged_at__on") <= nw.lit(as_of))


def individual_messages(exceptions: Frame, as_of: date, policy: Policy) -> Frame:
    """Events: individual messages; ``texts`` by SMS or MMS, ``prompt`` logged in time for the series."""
    days = nw.lit(timedelta(days=policy.settings["logged_within_days"]))
    rows = logged(exceptions, as_of).filter(nw.col("kind") == "individual_message")
    return rows.select(
        (nw.col("outcome") == "violation").alias("met"), month_index("occurred_at__on"), "school_id",
        nw.col("outcome").alias("group"), nw.col("channel").is_in(list(TEXTS)).alias("texts"),
        (nw.col("logged_at") <= nw.col("occurred_at") + days).alias("prompt"),
        *_people(student="student_ref"),
    )  # fmt: skip


def reported_in_time(exceptions: Frame, clock: Clock, policy: Policy) -> Frame:
    """Events: mandatory reports; ``due`` once the limit of its basis has run out by as_of.

    A limit that ends at the very midnight at which as_of is over belongs to the next day. So the
    whole minute of the start decides, and no instant is compared with a literal.
    """
    rows = logged(exceptions, clock.as_of).filter(nw.col("kind") == "mandatory_report")
    due, met = nw.lit(value=False), nw.lit(value=False)
    for basis in REPORT_LIMITS:
        hours = policy.limits[basis].hours
        mine = nw.col("report_basis") == basis
        limit = nw.col("occurred_at") + nw.lit(timedelta(hours=hours))
        due = due | (mine & (nw.col("occurred_at__minute") + hours * 60 < clock.end_minute))
        in_time = (nw.col("authority_reported_at") <= limit).fill_null(value=False)
        met = met | (mine & in_time)
    happened = (nw.col("authority_reported_at__on") <= nw.lit(clock.as_of)).fill_null(value=False)
    return rows.select(
        (met & happened).alias("met"), due.alias("due"), month_index("occurred_at__on"), "school_id",
        *_people(student="student_ref"),
    )  # fmt: skip


def items(findings: Frame, as_of: date) -> Frame:
    """One row an audited item; met where any of its rows is a finding."""
    found = (nw.col("result") == "finding").cast(nw.Int64)
    rows = findings.filter(nw.col("audited_on") <= nw.lit(as_of)).with_columns(found.alias("found"))
    grouped = rows.group_by(list(ITEM)).agg(nw.col("found").max())
    return grouped.with_columns((nw.col("found") > 0).alias("met"))


def finding_rate(findings: Frame, registrations: Frame | None, as_of: date) -> Frame:
    """Events: audited items by clause and limb; ``linked`` and ``sponsored`` through the register.

    Of clause P.4 only items on district-sponsored accounts are cases; the others are kept with
    ``counted`` false, so that the share that is not linked can be told.
    """
    all_items = items(findings, as_of)
    if registrations is None:
        none = nw.lit(None).cast(nw.String)
        joined = all_items.with_columns(none.alias("capacity"))
    else:
        known = registrations.filter(nw.col("registered_on") <= nw.lit(as_of)).select(
            "registration_id", nw.col("account_capacity").alias("capacity")
        )
        joined = all_items.join(known, on="registration_id", how="left")
    views = nw.col("clause") == "P.4"
    linked = ~nw.col("capacity").is_null()
    sponsored = (nw.col("capacity") == "district_sponsored").fill_null(value=False)
    return joined.select(
        "met", month_index("audited_on"), "school_id", "clause", nw.col("limb").alias("group"),
        linked.alias("linked"), (~views | sponsored).alias("counted"), *_people(None),
    )  # fmt: skip


def opened_findings(findings: Frame, as_of: date) -> Frame:
    """Findings opened by as_of; ``closed`` is the month they left the stock, null while open."""
    rows = findings.filter(
        (nw.col("result") == "finding")
        & (nw.col("audited_on") <= nw.lit(as_of))
        & (nw.col("opened_on") <= nw.lit(as_of))
    )
    gone = (nw.col("closed_on") <= nw.lit(as_of)).fill_null(value=False)
    left = rows.with_columns(nw.when(gone).then(nw.col("closed_on")).alias("left_on"))
    return left.select(
        month_index("opened_on"), month_index("left_on").alias("closed"), "school_id", "severity",
        nw.col("left_on").is_null().alias("open"), (nw.col("status") == "risk_accepted").alias("accepted"),
    )  # fmt: skip


def frames(tables: Mapping[str, Any]) -> dict[str, Frame]:
    """Native frames as Narwhals frames."""
    return {name: nw.from_native(frame) for name, frame in tables.items()}
