"""What is measured of tool registrations: how they stand on as_of, and by the month of first use.

The cases of each measure are rows with ``met``, ``school_id``, what they may be broken down by, who
stands behind them, and of cohorts ``index`` (their month). Every measure reads "given, and dated by as_of".
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import narwhals as nw
import polars as pl

from norwalk_analytics.oversight.counting import count, count_each
from norwalk_analytics.oversight.periods import MONTHS, day_number, last_day
from norwalk_analytics.oversight.shaping import (
    Figure,
    Frame,
    Rows,
    Tables,
    by_due,
    each_by_period,
    index_of,
    last_shown,
    month_index,
    of_whole,
    once,
    people,
    platform,
)

TABLE = "tool_registrations"
TAUGHT = ("classroom", "athletic_team", "extracurricular")
"""Settings in which use is stated in a syllabus, in team rules or in extracurricular information."""


def standing(registrations: Frame, as_of: date) -> Frame:
    """Registrations that have begun by as_of, personal accounts left out."""
    return begun(registrations, as_of).filter(nw.col("account_capacity") != "personal")


def begun(registrations: Frame, as_of: date) -> Frame:
    """Registrations made by as_of."""
    return registrations.filter(nw.col("registered_on") <= nw.lit(as_of))


def active(registrations: Frame, as_of: date) -> Frame:
    """Those of them in use on as_of."""
    ended = nw.col("active_to") < nw.lit(as_of)
    return registrations.filter((nw.col("active_from") <= nw.lit(as_of)) & ~ended.fill_null(value=False))


def _by(day: str, as_of: date) -> nw.Expr:
    """Whether something was done by as_of."""
    return (nw.col(day) <= nw.lit(as_of)).fill_null(value=False)


def _within(day: str, days: int) -> nw.Expr:
    """Whether something was done at most so many days after first use."""
    return ((nw.col(f"{day}__day") - nw.col("active_from__day")) <= days).fill_null(value=False)


def _is(column: str, value: str) -> nw.Expr:
    return (nw.col(column) == value).fill_null(value=False)


_TOLD = ("parents_told_contact_method", "parents_told_conduct_expectations")
_BOTH = nw.col(_TOLD[0]).fill_null(value=False) & nw.col(_TOLD[1]).fill_null(value=False)
DONE = {
    "supervisor_aware": ("supervisor_notified_on", nw.lit(value=True)),
    "suitable": ("suitability_reviewed_on", _is("suitability_review", "approved")),
    "rules_published": ("conduct_rules_published_on", nw.lit(value=True)),
    "parents_informed": ("parents_informed_on", _BOTH),
}
"""Measure → the day on which it is done, and what must hold besides."""
AWAITED = ("rules_published", "parents_informed")
"""Measures that are judged, in the stock too, only once their window has passed."""


def _cases(rows: Frame, met: nw.Expr, *more: nw.Expr) -> Frame:
    return rows.select(
        "registration_id", met.alias("met"), "school_id", "employee_role", "setting", platform(),
        *people(), *more,
    )  # fmt: skip


@once
def in_use(tables: Tables) -> Frame:
    """Registrations in use on as_of, personal accounts among them."""
    return active(begun(tables.frames[TABLE], tables.clock.as_of), tables.clock.as_of)


@once
def stock(tables: Tables, name: str) -> Frame:
    """A measure's cases on as_of, with ``due``: whether the window after first use has passed."""
    as_of, settings = tables.clock.as_of, tables.policy.settings
    rows = in_use(tables)
    if name != "scope_personal":
        rows = rows.filter(nw.col("account_capacity") != "personal")
    if name == "disclosed":
        rows = rows.filter(nw.col("setting").is_in(list(TAUGHT)))
    if name in DONE:
        day, besides = DONE[name]
        met = _by(day, as_of) & besides
    else:
        met = _STOCK[name](as_of, int(settings["settings_review_days"]))
    wait = int(settings["window_days"][name]) if name in AWAITED else 0
    due = nw.col("active_from__day") + wait <= day_number(as_of)
    return _cases(rows, met, due.alias("due"))


_STOCK: dict[str, Callable[[date, int], nw.Expr]] = {
    "scope_personal": lambda as_of, days: _is("account_capacity", "personal"),
    "platforms": lambda as_of, days: ~nw.col("platform__listed").fill_null(value=False),
    "disclosed": lambda as_of, days: ~nw.col("disclosed_in").is_null(),
    "rejected_in_use": lambda as_of, days: (
        _is("suitability_review", "rejected") & _by("suitability_reviewed_on", as_of)
    ),
    "access_kept": lambda as_of, days: (
        _is("access", "approved_participants")
        & _by("settings_reviewed_on", as_of)
        & (nw.col("settings_reviewed_on__day") >= day_number(as_of) - days).fill_null(value=False)
    ),
}


@once
def cohorts(tables: Tables) -> tuple[Frame, Frame]:
    """Registrations by the month of first use, ended since or not; those registered late apart.

    A column a measure says whether it was met.
    """
    as_of, settings = tables.clock.as_of, tables.policy.settings
    rows = standing(tables.frames[TABLE], as_of)
    rows = rows.filter(nw.col("active_from") >= nw.lit(tables.policy.enacted))
    mets = [
        (_within(day, int(settings["window_days"][name])) & _by(day, as_of) & besides).alias(name)
        for name, (day, besides) in DONE.items()
    ]
    late = (nw.col("registered_on__day") - nw.col("active_from__day")) > int(settings["registered_late_days"])
    cases = rows.select(month_index("active_from"), "school_id", late.alias("late"), *people(), *mets)
    return cases.filter(~nw.col("late")), cases.filter(nw.col("late"))


def _last(tables: Tables, name: str) -> date:
    """The last month of which a cohort can be shown."""
    settings = tables.policy.settings
    return last_shown(
        tables.clock.as_of, max(settings["window_days"][name], settings["registered_late_days"])
    )


@once
def _counted(tables: Tables, by: tuple[str, ...]) -> dict[str, dict[str, pl.DataFrame]]:
    """Cohorts by kind of period: each measure's counts, in one pass; periods that are not over yet for some among them."""
    last = max(_last(tables, name) for name in DONE)
    return each_by_period(cohorts(tables)[0], tuple(MONTHS), last, by, tables.clock.year_starts, list(DONE))


def _figure(name: str, tables: Tables) -> Figure:
    return Figure(name, TABLE, tables)


def in_stock(name: str, tables: Tables) -> Rows:
    """A measure that stands for as_of alone."""
    yield from _figure(name, tables).stock(stock(tables, name))


def platforms(name: str, tables: Tables) -> Rows:
    """How many tools are on platforms that the code list does not know; and each platform's share of all."""
    figure, rows = _figure(name, tables), stock(tables, name)
    yield from figure.stock(rows)
    by = figure.keys("platform", [])
    if by is not None:
        every = rows.with_columns(nw.lit(value=True).alias("met"), nw.col("platform").alias("group"))
        parts = of_whole(count(every, [*by, "group"]), count(rows, by), by)
        yield figure.on_the_day(parts, breakdown="platform")


def with_cohorts(name: str, tables: Tables) -> Rows:
    """A measure that stands for as_of, and by the month of first use."""
    figure, rows = _figure(name, tables), stock(tables, name)
    yield from figure.stock(rows.filter(nw.col("due")))
    if name in AWAITED:
        yield from figure.apart(by_due(rows.filter(~nw.col("due"))))
    if name == "parents_informed":
        yield from _alone(figure, tables)
    last = _last(tables, name)
    for period in MONTHS if tables.in_full else ():
        dated = _counted(tables, tables.by)[period][name]
        yield from figure.shown(dated.filter(pl.col("end") <= last_day(last)), period, tables.by)
    _, late = cohorts(tables)
    yield from figure.apart({"registered late": late.filter(nw.col("index") <= index_of(last))})


PARTS = {
    "informed of the tools": None,
    "told how children are contacted": _TOLD[0],
    "told what behaviour is expected": _TOLD[1],
}
"""What parents are informed of, each alone: the flag that says so, beside the day on which they were."""


@once
def parts(tables: Tables) -> Frame:
    """Tools in use that are due, with a column for each of the three that parents are informed of."""
    as_of = tables.clock.as_of
    rows = in_use(tables).filter(nw.col("account_capacity") != "personal")
    wait = int(tables.policy.settings["window_days"]["parents_informed"])
    informed = _by("parents_informed_on", as_of)
    told = {
        group: informed if flag is None else informed & nw.col(flag).fill_null(value=False)
        for group, flag in PARTS.items()
    }
    return _cases(
        rows.filter(nw.col("active_from__day") + wait <= day_number(as_of)), informed,
        *[met.alias(group) for group, met in told.items()],
    )  # fmt: skip


def _alone(figure: Figure, tables: Tables) -> Rows:
    """Each of the three that parents are informed of, alone."""
    keys = figure.keys("part", [])
    if keys is None:
        return
    for group, counted in count_each(parts(tables), keys, list(PARTS)).items():
        yield figure.on_the_day(counted, breakdown="part", group=group)
