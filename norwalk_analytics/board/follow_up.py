"""What auditors found and what becomes of it: rates, open findings, overdue or not, closed, found again; where audits are long past."""

from __future__ import annotations

from typing import Any

import polars as pl
from markupsafe import Markup

from norwalk_analytics.board import charts, pieces, scorecard
from norwalk_analytics.board.fragment import Fragment
from norwalk_analytics.board.plain import slug
from norwalk_analytics.board.side_by_side import cell
from norwalk_analytics.board.trend_words import trend_word
from norwalk_analytics.board.words import (
    count_words,
    day_words,
    interval_words,
    number,
    percent,
    period_words,
    plural,
    rate_words,
)
from norwalk_analytics.intake.loaded import District
from norwalk_analytics.oversight import audits
from norwalk_analytics.oversight.disclosure import Shown
from norwalk_analytics.oversight.findings import IN_A_CYCLE, MOVED, UNDATED, VERIFIED, WITHIN
from norwalk_analytics.oversight.measures import tables_of
from norwalk_analytics.oversight.periods import label
from norwalk_analytics.telling import listed

SEVERITIES = ("critical", "high", "moderate", "low")
YEAR = 12  # months
LONG = 12
"""So many months without an audit are long: they are named."""
NAMED = 6
"""So many are named at the most."""


def finding_rates(shown: Shown, found: scorecard.Charts) -> Markup:
    """Audited items with a finding: a table of all clauses, and a chart of each that signals."""
    html = pieces.place("finding-rate") + pieces.table(
        caption="Audited items with a finding, by clause, last 12 months", ident="findings-by-clause",
        note="Rates are of the items audited, not of all there are.", **scorecard.findings_table(shown, found),
    )  # fmt: skip
    for clause in shown.policy.clauses:
        mine = found.get(("finding_rate", clause.id))
        trend = "" if mine is None else trend_word(mine)
        row = None if mine is None else mine.one(view="event", period="12 months")
        if mine is None or trend not in ("worsening", "improving") or row is None or not row["denominator"]:
            continue
        title = (
            f"{clause.id} {clause.title}: {count_words(row)} audited items ({rate_words(row)}) had a finding; "
            f"the trend is {trend}"
        )
        said = (
            f"In the {period_words(row)}, {rate_words(row)} of the items audited had a finding "
            f"(95 % interval {interval_words(row)})."
        )
        ident = f"chart-{slug(clause.id)}"
        html += Markup(charts.control_chart(mine, ident=ident, title=title, sentence=said).html)
    return html


def open_findings_chart(shown: Shown) -> Fragment:
    """Open findings month by month, by severity in words, and beside what was open a year before.

    Args:
        shown: the measure open_findings, of which something has been opened.
    """
    row = shown.one(view="stock")
    assert row is not None
    parts = [shown.one(view="stock", breakdown="severity", group=name) for name in SEVERITIES]
    named = [f"{number(part['numerator'])} {part['group']}" for part in parts if part]
    title = f"{plural(row['numerator'], 'audit finding')} open {period_words(row)}"
    said = f"By severity: {', '.join(named)}." if named else "None is open."
    flows = shown.frame.filter(view="flow", group="closing").sort("start")
    if flows.height > YEAR:
        said += f" {number(flows['numerator'][-1 - YEAR])} were open a year before."
    return charts.roll_forward(shown, ident="open-findings", title=title, sentence=said)


def overdue_table(shown: Shown) -> Markup:
    """Open findings by severity: how many have a date promised, and how many are past the date first promised."""
    late, open_ = shown["overdue"], shown["open_findings"]
    whole, every = late.one(view="stock", period="as_of"), open_.one(view="stock", period="as_of")
    if whole is None or every is None or not every["numerator"]:
        return pieces.note("No audit finding is open.", "overdue")
    rows: list[list[pieces.Cell]] = []
    for severity in (*SEVERITIES, None):
        by = {} if severity is None else {"breakdown": "severity", "group": severity}
        of, past = (one.one(view="stock", period="as_of", **by) for one in (open_, late))
        if of is None:
            continue
        met, given = (0, 0) if past is None else (past["numerator"], int(past["denominator"]))
        name = "All" if severity is None else severity.capitalize()
        share = percent(met / given) if given else "none"
        rows.append([name, number(of["numerator"]), number(given), number(met), share])
    columns = [pieces.Column("Severity"), *[pieces.Column(head, numeric=True) for head in (
        "Open", "With a date promised", "Past the date first promised", "Share past it")]]  # fmt: skip
    said = _promises(late, whole)
    return pieces.paragraphs([said]) + pieces.table(
        caption=f"Open findings against the date first promised, {day_words(whole['end'])}", ident="overdue",
        columns=columns, rows=rows, total=True, note="A date that was moved later does not count: the date first promised does.",
    )  # fmt: skip


def _promises(late: Shown, whole: dict[str, Any]) -> str:
    """How many are overdue, how many dates were moved, how many findings have none."""
    past, of = whole["numerator"], int(whole["denominator"])
    if not of:
        return "No open finding has a date by which it was to be closed."
    said = f"{number(past)} of {plural(of, 'open finding')} with a date promised {'is' if past == 1 else 'are'} past it."
    moved, without = (_apart(late, group) for group in (MOVED, UNDATED))
    if moved:
        said += f" Of {plural(moved, 'finding')} the date was moved."
    if without:
        said += f" {plural(without, 'open finding has', 'open findings have')} no date at all."
    return said


def _apart(shown: Shown, group: str) -> int:
    row = shown.one(view="apart", breakdown="apart", group=group)
    return 0 if row is None else int(row["numerator"])


def follow_through_table(shown: Shown) -> Markup:
    """Findings by the school year of their opening: closed within 6, 12 and 24 months, and verified."""
    rows = shown["follow_through"].frame.filter(
        pl.col("school").is_null(), view="series", period="school_year", breakdown="within"
    )
    cells = {(row["start"], row["group"]): row for row in rows.to_dicts()}
    groups = (*WITHIN.values(), VERIFIED)
    years = sorted({start for start, group in cells if group == groups[0]})
    if not years:
        return pieces.note(
            "No finding has been open long enough to be followed for six months.", "follow-through"
        )
    lines: list[list[pieces.Cell]] = [
        [label(year, "school_year"), *[_share(cells.get((year, group))) for group in groups]]
        for year in years
    ]
    columns = [
        pieces.Column("Opened in"),
        *[pieces.Column(f"Closed {group}", numeric=True) for group in WITHIN.values()],
        pieces.Column("Of those, verified by re-audit", numeric=True),
    ]
    return pieces.table(
        caption="Findings followed through, by the school year in which they were opened", ident="follow-through",
        columns=columns, rows=lines,
        note="“–”: the months have not passed for any of them yet. Only findings whose months have passed count.",
    )  # fmt: skip


def _share(row: dict[str, Any] | None) -> str:
    """A share with its counts; a dash where there is none yet."""
    said = "none" if row is None else cell(row)
    if row is None or said in ("none", "withheld"):
        return "–" if said == "none" else said
    return f"{said} ({percent(row['numerator'] / row['denominator'], 0)})"


def repeats_table(shown: Shown) -> Markup:
    """Closed findings that were found again, of those whose school and clause were audited again."""
    mine = shown["repeats"]
    rows = mine.series("school_year").filter(pl.col("denominator").fill_null(1) > 0)
    if rows.is_empty():
        return pieces.note("No school and clause was audited again after a finding was closed.", "repeats")
    lines: list[list[pieces.Cell]] = [
        [label(row["start"], "school_year"), _share(row)] for row in rows.to_dicts()
    ]
    html = pieces.table(
        caption="Findings that came back, by the school year in which they were closed", ident="repeats",
        columns=[pieces.Column("Closed in"), pieces.Column("Found again", numeric=True)], rows=lines,
        note="Of closed findings whose school and clause were audited again since.",
    )  # fmt: skip
    circles = _apart(mine, IN_A_CYCLE)
    if circles:
        html += pieces.note(
            f"{plural(circles, 'finding')} repeat one another in a circle and are counted apart."
        )
    return html


def last_audited_table(district: District) -> Markup:
    """How many months ago each school and clause was last audited."""
    if district.frame(audits.TABLE) is None:
        return pieces.note("There are no audits.", "last-audited")
    found = {
        (school, clause): months for school, clause, months in audits.last_audited(tables_of(district)).rows()
    }
    schools = sorted({*district.contract.codes("schools")} | {school for school, _ in found})
    clauses = list(district.policy.audited)
    lines: list[list[pieces.Cell]] = [
        [school, *[_months(found.get((school, clause))) for clause in clauses]] for school in schools
    ]
    return pieces.paragraphs([_long_ago(found, schools, clauses)]) + pieces.table(
        caption="Months since each school and clause was last audited", ident="last-audited", wide=True, rows=lines,
        columns=[pieces.Column("School"), *[pieces.Column(clause, numeric=True) for clause in clauses]],
        note="Whole months before the day of the figures; 0: less than a month. “never”: no audit is in the data.",
    )  # fmt: skip


def _months(months: int | None) -> str:
    return "never" if months is None else number(months)


def _long_ago(found: dict[tuple[str, str], int], schools: list[str], clauses: list[str]) -> str:
    """Which schools and clauses were never audited, and which not for long."""
    pairs = [(school, clause) for school in schools for clause in clauses]
    never = [pair for pair in pairs if pair not in found]
    late = sorted((pair for pair in pairs if found.get(pair, 0) > LONG), key=lambda pair: -found[pair])
    said = f"Of {number(len(pairs))} pairs of school and clause, {number(len(late))} {'was' if len(late) == 1 else 'were'} last audited more than {LONG} months ago"
    if late:
        longest = late[0]
        said += f", the longest {number(found[longest])} months ago ({longest[0]}, {longest[1]})"
    said += "."
    if never:
        told = [f"{school} ({clause})" for school, clause in never]
        said += f" Never audited: {listed(told, NAMED)}."
    return said
