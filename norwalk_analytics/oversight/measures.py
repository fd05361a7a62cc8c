"""Every measure as rows of one long, tidy table of figures (see ``counting.FIGURES``).

Charts, words, status and export are all made from that table, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import polars as pl

from norwalk_analytics.intake.contract import SMALL_TABLES
from norwalk_analytics.intake.facts import ACCOUNT, ITEM
from norwalk_analytics.intake.loaded import District
from norwalk_analytics.intake.texts import ROW
from norwalk_analytics.oversight import audits, contacts, findings, registrations
from norwalk_analytics.oversight.counting import FIGURES
from norwalk_analytics.oversight.periods import MONTHS, Clock
from norwalk_analytics.oversight.shaping import BREAKDOWNS, Frame, Rows, Tables
from norwalk_analytics.policy import UserError
from norwalk_analytics.telling import did_you_mean

BY = (*MONTHS, "district", "school", "school_month", "role", "setting", "platform", "channel")
"""What ``measure`` can be asked by."""

PART = 10_000_000
"""Rows in files that are counted at a time."""


@dataclass(frozen=True)
class Made:
    """How a measure is made.

    Attributes:
        table: the table it is made from.
        rows: its rows of figures.
        missing: the cases that ``cases`` gives: those that miss, or, of what should not be, those that are.
        key: what names a case.
    """

    table: str
    rows: Callable[[str, Tables], Rows]
    missing: Callable[[str, Tables], Frame]
    key: tuple[str, ...]

    @property
    def breakdowns(self) -> tuple[str, ...]:
        """What it can be broken down by, beside school and period."""
        return BREAKDOWNS_OF[self.table]


BREAKDOWNS_OF = {
    registrations.TABLE: ("role", "setting", "platform"),
    contacts.TABLE: ("role", "channel"),
    audits.TABLE: ("platform",),
}


def _unmet(cases: Frame) -> Frame:
    return cases.filter(~nw.col("met"))


def _met(cases: Frame) -> Frame:
    return cases.filter(nw.col("met"))


def _of_stock(name: str, tables: Tables) -> Frame:
    return _unmet(registrations.stock(tables, name).filter(nw.col("due")))


def _amiss_in_stock(name: str, tables: Tables) -> Frame:
    return _met(registrations.stock(tables, name))


def _registered(rows: Callable[[str, Tables], Rows], missing: Callable[[str, Tables], Frame]) -> Made:
    return Made(registrations.TABLE, rows, missing, ("registration_id",))


_CONTACTS = Made(
    contacts.TABLE,
    contacts.rate_of_contacts,
    lambda name, tables: _met(contacts.counted(contacts.entries(tables), name)),
    ("exception_id",),
)
_IN_TIME = Made(
    contacts.TABLE,
    contacts.in_time,
    lambda name, tables: _unmet(contacts.timely(contacts.entries(tables), name).filter(nw.col("due"))),
    ("exception_id",),
)


def _finding(
    rows: Callable[[str, Tables], Rows], missing: Callable[[Tables], Frame],
    key: tuple[str, ...] = ("finding_id",),
) -> Made:  # fmt: skip
    return Made(audits.TABLE, rows, lambda name, tables: missing(tables), key)


MEASURES: dict[str, Made] = {
    "scope_personal": _registered(registrations.in_stock, _amiss_in_stock),
    "platforms": _registered(registrations.platforms, _amiss_in_stock),
    "disclosed": _registered(registrations.in_stock, _of_stock),
    "supervisor_aware": _registered(registrations.with_cohorts, _of_stock),
    "suitable": _registered(registrations.with_cohorts, _of_stock),
    "rejected_in_use": _registered(registrations.in_stock, _amiss_in_stock),
    "rules_published": _registered(registrations.with_cohorts, _of_stock),
    "parents_informed": _registered(registrations.with_cohorts, _of_stock),
    "access_kept": _registered(registrations.in_stock, _of_stock),
    "coverage": _finding(audits.coverage, audits.unregistered, ACCOUNT),
    "friend_or_follow": _CONTACTS,
    "individual_messages": _CONTACTS,
    "relatives": _CONTACTS,
    "emergency_supervisor": _IN_TIME,
    "emergency_parent": _IN_TIME,
    "reported_in_time": _IN_TIME,
    "written_in_time": _IN_TIME,
    "disclosures": _CONTACTS,
    "finding_rate": _finding(
        audits.finding_rate,
        lambda tables: _met(audits.audited(tables).filter(nw.col("counted"))),
        ITEM,
    ),
    "open_findings": _finding(findings.open_findings, findings.standing_open),
    "overdue": _finding(findings.overdue, lambda tables: _met(findings.promised(tables))),
    "closed_in_time": _finding(findings.closed_in_time, lambda tables: _unmet(findings.come_due(tables))),
    "follow_through": _finding(findings.follow_through, lambda tables: _unmet(findings.followed(tables, 12))),
    "repeats": _finding(findings.repeats, lambda tables: _met(findings.found_again(tables))),
}
"""Measure → how it is made."""


def figures(district: District, *, by: str | Sequence[str] = "district") -> pl.DataFrame:
    """Every measure, as the long table of figures.

    Args:
        district: what ``load_district`` gave.
        by: "district"; "school" for one figure a school beside each period; or "role", "setting",
            "platform", "channel" for the scorecard's figures broken down by it, of the measures whose table holds it;
            or several of these.

    Returns:
        One row a figure, with the columns of ``counting.FIGURES``. A measure whose table is missing,
        or whose clause is not in the catalogue, has no row.

    Raises:
        UserError: if ``by`` is none of these.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from norwalk_analytics.intake.loading import load_district
        >>> from norwalk_analytics.sample import write_sample
        >>> with TemporaryDirectory() as folder:
        ...     district = load_district(write_sample(Path(folder)))
        >>> rows = figures(district).filter(pl.col("measure") == "supervisor_aware")
        >>> rows.filter(pl.col("view") == "stock")["denominator"].len()
        1
    """
    known = ("district", "school", *BREAKDOWNS.values())
    asked = (by,) if isinstance(by, str) else tuple(by)
    if unknown := [one for one in asked if one not in known]:
        message = f"by is one of {', '.join(known)}, not {unknown[0]}.{did_you_mean(unknown[0], known)}"
        raise UserError(message)
    return all_figures(tables_of(district), asked)


def all_figures(
    tables: Tables, asked: Sequence[str], only: Collection[str] = tuple(MEASURES)
) -> pl.DataFrame:
    """The long table of figures of some measures, by each of what is asked; see ``figures``."""
    found = [pl.DataFrame(schema=FIGURES)]
    for name, made in MEASURES.items():
        if name not in only or name not in tables.policy.measures or made.table not in tables.frames:
            continue
        for by in asked:
            if by in ("district", "school", *made.breakdowns):
                rows = made.rows(name, replace(tables, by=_column(by)))
                found += [_asked(part, by) for part in rows if not part.is_empty()]
    return pl.concat(found)


def _column(by: str) -> tuple[str, ...]:
    """The column that figures are broken down by."""
    columns = {"school": "school_id", **{name: column for column, name in BREAKDOWNS.items()}}
    return (columns[by],) if by in columns else ()


def measure(name: str, district: District, *, by: str = "month") -> pl.DataFrame:
    """One measure, by one kind of period or breakdown.

    Args:
        name: the measure's id.
        district: what ``load_district`` gave.
        by: "month", "quarter" or "school_year" for its series; "district" for what stands on the
            scorecard; "school" for the same, school by school; "school_month" for the series of each school;
            "role", "setting", "platform" or "channel" for the scorecard's figures broken down by it.

    Returns:
        Rows of the long table of figures, ``numerator`` and ``denominator`` among its columns.

    Raises:
        UserError: if there is no such measure or breakdown, or its table is missing.
    """
    made = _known(name)
    if by not in BY or (by in BREAKDOWNS.values() and by not in made.breakdowns):
        can = [one for one in BY if one not in BREAKDOWNS.values() or one in made.breakdowns]
        message = f"{name} is given by {', '.join(can)}, not by {by}.{did_you_mean(by, can)}"
        raise UserError(message)
    wanted = "school" if by == "school_month" else "district" if by in MONTHS else by
    tables = tables_of(district, wanted).with_table(name, made.table)
    rows = pl.concat([pl.DataFrame(schema=FIGURES), *made.rows(name, tables)])
    series = pl.col("view").is_in(["series", "flow"])
    period = "month" if by == "school_month" else by
    return _asked(rows, wanted).filter(series & (pl.col("period") == period) if period in MONTHS else ~series)


def cases(name: str, district: District) -> Any:
    """The rows that miss a measure, for analysts to act on; they never enter a report.

    Where higher is better, these are the cases that are not met (of cohorts, as they stand on as_of); where
    lower is better, those that should not be: violations, findings, what is overdue.

    Args:
        name: the measure's id.
        district: what ``load_district`` gave.

    Returns:
        Accepted rows of the measure's table, in the order of their row numbers, as a frame of the district's engine.

    Raises:
        UserError: if there is no such measure, or its table is missing.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from norwalk_analytics.intake.loading import load_district
        >>> from norwalk_analytics.sample import write_sample
        >>> with TemporaryDirectory() as folder:
        ...     district = load_district(write_sample(Path(folder)))
        >>> stock = measure("supervisor_aware", district, by="district").filter(view="stock").row(0, named=True)
        >>> cases("supervisor_aware", district).height == stock["denominator"] - stock["numerator"]
        True
    """
    made = _known(name)
    tables = tables_of(district).with_table(name, made.table)
    matched = _matched(made.key)
    missing = made.missing(name, tables).with_columns(**matched)
    loaded = district.tables[made.table]
    rows = nw.from_native(loaded.frame).with_columns(**matched).join(missing, on=list(matched), how="semi")
    if len(made.key) > 1:
        rows = rows.filter(nw.col("audited_on") <= nw.lit(district.as_of))
    if name == "finding_rate":
        rows = rows.filter(nw.col("result") == "finding")
    return rows.sort(ROW).select(*loaded.columns).to_native()


def _matched(key: Sequence[str]) -> dict[str, nw.Expr]:
    """Columns by which rows are joined, so that a null is the same as another."""
    texts = {f"{name}__text": nw.col(name).cast(nw.String).fill_null("") for name in key}
    return {**texts, **{f"{name}__none": nw.col(name).is_null() for name in key}}


def tables_of(district: District, by: str = "district") -> Tables:
    """The tables of a district, ready to be counted."""
    policy = district.policy
    native = {name: one.frame for name, one in district.tables.items() if name not in SMALL_TABLES}
    clock = Clock(district.as_of, policy.zone, int(policy.settings["school_year_start_month"]))
    schools = tuple(district.contract.codes("schools"))
    frames: dict[str, Any] = {name: nw.from_native(_numbered(frame)) for name, frame in native.items()}
    return Tables(
        frames, policy, clock, schools, district.frame("returns"), _column(by),
        beside=lambda small: nw.from_native(district.beside(small)),
        kept=lambda frame: nw.from_native(district.kept(frame.to_native())),
        parts=_in_parts,
    )  # fmt: skip


def _numbered(frame: Any) -> Any:
    """People as numbers, which are counted faster than names: of rows in files, their hashes; on other engines as they are.

    Two of a million people have one hash of 64 bits once in 37 million times.
    """
    if not isinstance(frame, pl.DataFrame | pl.LazyFrame):
        return frame
    there = [name for name in ("employee_id", "student_ref") if name in frame.collect_schema().names()]
    if isinstance(frame, pl.LazyFrame):
        return frame.with_columns(
            pl.when(pl.col(name).is_not_null()).then(pl.col(name).hash()) for name in there
        )
    return frame.with_columns(pl.col(name).cast(pl.Categorical).to_physical() for name in there)


def _in_parts(frame: Frame) -> list[Frame]:
    """The rows of files, so many at a time, since what the streaming engine groups it holds in memory; others at once."""
    native = frame.to_native()
    if not isinstance(native, pl.LazyFrame):
        return [frame]
    height = native.select(pl.len()).collect().item()
    return [nw.from_native(native.slice(first, PART)) for first in range(0, max(height, 1), PART)]


def roll_forward(district: District, *, by: str = "school") -> pl.DataFrame:
    """Opening + opened − closed − risk accepted = closing, month by month, exactly.

    Args:
        district: what ``load_district`` gave.
        by: "school" or "district".

    Returns:
        ``school_id`` (where by school), ``month``, ``opening``, ``opened``, ``closed``, ``risk_accepted``,
        ``closing``: every month from the first finding to the reporting month.

    Raises:
        UserError: if there are no audit findings, or ``by`` is neither of these.
    """
    if by not in ("school", "district"):
        message = f"by is school or district, not {by}.{did_you_mean(by, ('school', 'district'))}"
        raise UserError(message)
    tables = tables_of(district).with_table("open_findings", MEASURES["open_findings"].table)
    flows = findings.roll_forward(tables)
    if by == "school" or flows.is_empty():
        return flows
    return flows.group_by("month", maintain_order=True).agg(pl.col(findings.FLOWS).sum())


def _known(name: str) -> Made:
    if name not in MEASURES:
        message = (
            f"There is no measure {name}.{did_you_mean(name, list(MEASURES))} Known: {', '.join(MEASURES)}."
        )
        raise UserError(message)
    return MEASURES[name]


def _asked(rows: pl.DataFrame, by: str) -> pl.DataFrame:
    """Of a breakdown that was asked for, its rows alone."""
    return rows.filter(breakdown=by) if by in BREAKDOWNS.values() else rows
