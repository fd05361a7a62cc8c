"""The scorecard: every clause in the policy's order, a row a measure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from norwalk_analytics.board import pieces, sparkline, trend_words, words
from norwalk_analytics.board.said import SAID
from norwalk_analytics.oversight.disclosure import Shown
from norwalk_analytics.oversight.measures import MEASURES
from norwalk_analytics.policy import Clause, Measure

WINDOWS = ("month", "year to date")
DRAWN = ("p", "u", "c", "t")
"""Kinds of control chart that a measure of policy.toml may name."""
Charts = Mapping[tuple[str, str], Shown]


def charts(shown: Shown) -> Charts:
    """Each charted measure and clause with its limits."""
    found = {}
    for name, measure in shown.policy.measures.items():
        if measure.chart not in DRAWN:
            continue
        rows = shown.frame.filter((pl.col("measure") == name) & (pl.col("view") == "series"))
        for clause in rows["clause"].unique(maintain_order=True):
            found[name, clause] = shown[name, clause].with_limits(measure.chart)
    return found


def clause_measures(shown: Shown, clause: str) -> list[Measure]:
    """The measures that stand under a clause, "all" for the last group."""
    policy = shown.policy
    audited = clause in policy.audited
    return [
        one
        for one in policy.measures.values()
        if one.clause == clause or (one.clause == "audited" and audited)
    ]


def clauses_of(shown: Shown, one: Measure) -> list[Clause]:
    """The clauses that a measure stands under."""
    wanted = set(shown.policy.audited) if one.clause == "audited" else {one.clause}
    return [clause for clause in shown.policy.clauses if clause.id in wanted]


def scorecard_groups(
    shown: Shown, found: Charts, actions: pl.DataFrame | None, as_of: date, missing: list[str]
) -> list[pieces.Group]:
    """The rows of the scorecard, in finished words."""
    policy = shown.policy
    groups: dict[str, list[pieces.Clause]] = {}
    for clause in policy.clauses:
        rows = [
            _row(shown, one, clause.id, found, actions, as_of, missing)
            for one in clause_measures(shown, clause.id)
        ]
        remark = (
            "Listed in the method notes." if clause.citation else "No evidence is collected for this clause."
        )
        letter = clause.id.split(".")[0]
        groups.setdefault(letter, []).append(
            pieces.Clause(clause.id, clause.title, rows, _worst(rows), remark)
        )
    every = [_row(shown, one, "all", found, actions, as_of, missing) for one in clause_measures(shown, "all")]
    for one in policy.measures.values():  # what the Board decided of all clauses together
        action = last_action(actions, one.id, as_of) if one.clause == "audited" else None
        if action is not None:
            every.append(pieces.Measure(one.name, status_note="by clause, above", action=action))
    made = [
        pieces.Group(letter, policy.sections.get(letter, f"Section {letter}"), clauses)
        for letter, clauses in groups.items()
    ]
    if every:
        made.append(
            pieces.Group(
                "", "All audited clauses", [pieces.Clause("", "All audited clauses", every, _worst(every))]
            )
        )
    return made


def _worst(rows: list[pieces.Measure]) -> str:
    """A clause's status: the worst of its measures with a target."""
    order = (
        "does not meet",
        "not every case in time",
        "cannot tell yet",
        "withheld",
        "no evidence",
        "not measured yet",
    )
    there = {row.status for row in rows if row.target}
    return next(
        (word for word in order if word in there), "meets" if there & {"meets", "every case in time"} else ""
    )


def _row(
    shown: Shown, one: Measure, clause: str, found: Charts, actions: pl.DataFrame | None, as_of: date, missing: list[str]
) -> pieces.Measure:  # fmt: skip
    target = words.target_words(one)
    action = None if one.clause == "audited" else last_action(actions, one.id, as_of)
    if one.id not in MEASURES:
        return pieces.Measure(one.name, target=target, status="not measured yet", action=action)
    mine = shown[one.id, clause]
    main = main_row(mine)
    if main is None or (main["denominator"] == 0 and not main["withheld"]):
        remark = "there is no such table" if MEASURES[one.id].table in missing else ""
        return pieces.Measure(
            one.name, target=target, status="no evidence", status_note=remark, action=action
        )
    chart = found.get((one.id, clause))
    also = []
    for period in WINDOWS:
        row = mine.one(view="event", period=period)
        if row is not None and row["start"] != main["start"]:
            said = words.count_words(row) if row["denominator"] or row["withheld"] else "none"
            also.append((words.period_words(row), said))
    status = main["status"] or ("withheld" if main["withheld"] else "no target")
    trend = "not charted" if chart is None else trend_words.trend_word(chart)
    anchor = anchor_of(one.id)
    drawn = None if chart is None else sparkline.of_chart(chart, one.better)  # type: ignore[arg-type]
    return pieces.Measure(
        one.name, words.count_words(main), words.rate_words(main), words.interval_words(main), target, status,
        trend=trend, sparkline=drawn, action=action,
        period=words.period_words(main), also=tuple(also), anchor=anchor,
    )  # fmt: skip


OWN_FIGURES = {
    "platforms": "platforms", "finding_rate": "findings-by-clause", "open_findings": "open-findings",
    "overdue": "overdue", "follow_through": "follow-through", "repeats": "repeats",
}  # fmt: skip


def anchor_of(measure: str) -> str:
    """The id of the figure that shows a measure; empty where there is none."""
    if measure in OWN_FIGURES:
        return OWN_FIGURES[measure]
    return measure.replace("_", "-") if SAID[measure].what else ""


def main_row(mine: Shown) -> dict[str, Any] | None:
    """The figure that stands on the scorecard: how things stand, or the 12 months."""
    return mine.one(view="stock", period="as_of") or mine.one(view="event", period="12 months")


def last_action(actions: pl.DataFrame | None, measure: str, as_of: date) -> pieces.Action | None:
    """What the Board last decided on a measure, and whether it was done by as_of."""
    if actions is None:
        return None
    mine = actions.filter((pl.col("measure") == measure) & (pl.col("agreed_on") <= as_of)).sort("agreed_on")
    if mine.is_empty():
        return None
    row = mine.row(-1, named=True)
    if row["done_on"] is not None and row["done_on"] <= as_of:
        return pieces.Action(row["action"], "done", words.day_words(row["done_on"]))
    due = row["due_on"]
    if due is not None and due < as_of:
        return pieces.Action(row["action"], "overdue", f"since {words.day_words(due)}")
    return pieces.Action(row["action"], "due", "" if due is None else f"by {words.day_words(due)}")


def findings_table(shown: Shown, found: Charts) -> dict[str, Any]:
    """Audited items by clause, over 12 months: a table."""
    columns = [pieces.Column("Clause"), pieces.Column("With a finding", numeric=True), pieces.Column("Audited items", numeric=True),
               pieces.Column("Rate", numeric=True), pieces.Column("95 % interval", numeric=True), pieces.Column("Trend")]  # fmt: skip
    lines: list[list[pieces.Cell]] = []
    for clause in shown.policy.clauses:
        row = shown["finding_rate", clause.id].one(view="event", period="12 months")
        if not clause.audited:
            continue
        name = f"{clause.id} {clause.title}"
        if row is None or not row["denominator"]:
            lines.append([name, "no evidence", "", "", "", pieces.Mark("not charted")])
            continue
        trend = (
            trend_words.trend_word(found["finding_rate", clause.id])
            if ("finding_rate", clause.id) in found
            else "not charted"
        )
        lines.append([name, words.number(row["numerator"]), words.number(row["denominator"]), words.rate_words(row),
                      words.interval_words(row), pieces.Mark(trend)])  # fmt: skip
        for limb, text in clause.limbs:
            part = shown["finding_rate", clause.id].one(
                view="event", period="12 months", breakdown="limb", group=limb
            )
            if part is not None and part["denominator"]:
                lines.append([f"{clause.id} ({limb}) {text}", words.number(part["numerator"]), words.number(part["denominator"]),
                              words.rate_words(part), words.interval_words(part), pieces.Mark("not charted")])  # fmt: skip
    return {"columns": columns, "rows": lines}
