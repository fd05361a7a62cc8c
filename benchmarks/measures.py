"""Every measure by every breakdown, beside one group-by a table over the same columns."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import narwhals as nw
import polars as pl

from benchmarks.timing import Line, Section, in_turn
from norwalk_analytics import load_district, write_sample
from norwalk_analytics.oversight.measures import all_figures, tables_of
from norwalk_analytics.oversight.shaping import Tables

ROWS = {"tool_registrations": 1_000_000, "exception_log": 500_000, "audit_findings": 500_000}
BY = ("district", "school", "role", "setting", "platform", "channel")
KEYS = {
    "tool_registrations": "registration_id",
    "exception_log": "exception_id",
    "audit_findings": "finding_id",
}
CROWDS = 50  # people of so many copies of the sample are different ones
RUNS = 3


def district(rows: dict[str, int] | None = None) -> Tables:
    """The sample's tables as often as needed, each copy with keys of its own."""
    with tempfile.TemporaryDirectory() as folder:
        tables = tables_of(load_district(write_sample(Path(folder))))
    frames = {
        name: nw.from_native(_tiled(tables.frames[name].to_native(), KEYS[name], count))
        for name, count in (rows or ROWS).items()
    }
    return replace(tables, frames=frames)


def _tiled(frame: pl.DataFrame, key: str, count: int) -> pl.DataFrame:
    """A table so many rows long."""
    copy = pl.int_range(pl.len()) // frame.height
    big = pl.concat([frame] * -(-count // frame.height)).head(count)
    named = [name for name in (key, "audit_id", "repeat_of") if name in frame.columns]
    people = [name for name in ("employee_id", "student_ref") if name in frame.columns]
    most = {name: int(frame[name].max() or 0) + 1 for name in people}  # type: ignore[call-overload]
    return big.with_columns(
        *[pl.col(name) + "-" + copy.cast(pl.String) for name in named],
        *[(pl.col(name) + (copy % CROWDS) * most[name]).cast(pl.UInt32) for name in people],
    ).rechunk()


def _counts(name: str, met: pl.Expr, person: str | None) -> list[pl.Expr]:
    """What a figure holds: how many are met, and how many people stand behind it."""
    counts = [met.sum().alias(name)]
    if person is not None:
        who = pl.col(person)
        counts += [
            who.n_unique().alias(f"{name}_people"), who.filter(met).n_unique().alias(f"{name}_met"),
            who.filter(~met).n_unique().alias(f"{name}_missed"),
        ]  # fmt: skip
    return counts


def one_group_by(tables: Tables) -> list[pl.DataFrame]:
    """One group-by a table, by school and month, over the columns that the measures look at."""
    looked = {
        "tool_registrations": ("active_from", "employee_id", (
            "disclosed_in", "supervisor_notified_on", "suitability_reviewed_on", "conduct_rules_published_on",
            "parents_informed_on", "settings_reviewed_on", "active_to",
        )),
        "exception_log": ("occurred_at__on", "employee_id", (
            "supervisor_notified_at", "parent_informed_at", "authority_reported_at", "written_report_at", "student_ref",
        )),
        "audit_findings": ("audited_on", None, (
            "account_registered", "severity", "opened_on", "due_on", "closed_on", "closure_verified_on", "repeat_of",
        )),
    }  # fmt: skip
    found = []
    for name, (day, person, columns) in looked.items():
        counts = [one for column in columns for one in _counts(column, pl.col(column).is_not_null(), person)]
        frame: pl.DataFrame = tables.frames[name].to_native()
        found.append(
            frame.group_by("school_id", pl.col(day).dt.truncate("1mo").alias("month")).agg(pl.len(), *counts)
        )
    return found


def run(rows: dict[str, int] | None = None) -> list[Section]:
    """All measures × all breakdowns ÷ one group-by a table."""
    tables, section = district(rows), Section("Measures")
    ratios = in_turn(lambda: all_figures(replace(tables, made={}), BY), lambda: one_group_by(tables), RUNS)
    section.lines.append(
        Line(
            "24 measures by 6 breakdowns ÷ one group-by a table",
            sum((rows or ROWS).values()),
            ratios,
            most=3.0,
        )
    )
    section.notes.append(
        "1,000,000 registrations, 500,000 exceptions and 500,000 findings, the sample's as often as needed. The group-by "
        "counts by school and month alone, in one pass a table, the columns that the measures look at and the people behind "
        "them; the measures are counted by district, school, month, quarter, school year, role, setting, platform and channel, "
        "with what is counted apart. The target is not met: what is left is some 40 small queries a measure, and the distinct "
        "people of each figure, which disclosure control asks for."
    )
    return [section]
