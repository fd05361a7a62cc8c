"""What is known to hold between counts: each kind of relation on the smallest table that has it.

The search and the audit both rest on these, so one that is missing would be missed by both.
"""

from datetime import date

import polars as pl
import pytest

from norwalk_analytics.oversight.cells import system_of
from norwalk_analytics.oversight.counting import FIGURES

DAY = date(2026, 6, 30)
YEAR = {"view": "event", "period": "12 months", "start": date(2025, 7, 1), "end": DAY}
QUARTER = {"view": "series", "period": "quarter", "start": date(2026, 4, 1), "end": DAY}
HALF = {"view": "event", "period": "year to date", "start": date(2026, 1, 1), "end": DAY}
BEFORE = {"view": "event", "period": "year to date", "start": date(2026, 1, 1), "end": date(2026, 3, 31)}


def row(numerator, denominator, measure="access_kept", clause="B.4", **more):
    """A figure of tools in use on one day, unless told otherwise."""
    own = {
        "measure": measure, "clause": clause, "table": "tool_registrations", "view": "stock", "period": "as_of",
        "start": DAY, "end": DAY, "numerator": numerator,
        "denominator": None if denominator is None else float(denominator),
    }  # fmt: skip
    return dict.fromkeys(FIGURES) | own | more


def relations(rows, then=()):
    """What is known to hold, with a letter for each row: A.x is its numerator, A.n its denominator."""
    frames = [pl.DataFrame(list(some), schema=FIGURES) for some in (rows, then)]
    made = system_of(frames[0], frames[1] if then else None)
    letters = {}
    for letter, pair in zip("ABCDEFGHIJ", made.rows, strict=False):
        for part, at in zip("xn", pair, strict=True):
            letters.setdefault(at, f"{letter}.{part}")
    for name, at in made.named():
        letters.setdefault(at, f"{name.kind} {name.start} {name.end}")

    def side(relation, sign):
        return " + ".join(
            sorted(
                (str(abs(times)) + " " if abs(times) > 1 else "") + letters[at]
                for at, times in relation.terms.items()
                if times * sign > 0
            )
        )

    return sorted(f"{side(one, 1) or 0} {'<=' if one.at_most else '='} {side(one, -1) or 0}"
                  for one in made.relations)  # fmt: skip


def school(name, *counts, **more):
    return row(*counts, school=name, **more)


FINDING = {"measure": "finding_rate", "table": "audit_findings"}
OPEN = {"clause": "all", "table": "audit_findings"}
# What it is, the rows, those of editions before.
CASES = [
    ("a numerator is at most its denominator", [row(3, 9)], []),
    ("schools add up", [school("a", 1, 2), school("b", 2, 3), row(3, 5)], []),
    ("schools of which one is not there", [school("a", 1, 2), row(3, 5)], []),
    ("schools that are more than the district", [school("a", 4, 6), row(3, 5)], []),
    ("one denominator of two measures", [row(3, 5), row(2, 5, "suitable", "A.2")], []),
    ("two measures that count other tools", [row(3, 5), row(2, 6, "suitable", "A.2")], []),
    ("roles add up", [row(1, 2, breakdown="role", group="coach"), row(2, 3, breakdown="role", group="aide"), row(3, 5)], []),
    (
        "an item has findings of two severities",
        [row(5, 9, breakdown="severity", group="low", **FINDING), row(4, 9, breakdown="severity", group="high", **FINDING),
         row(6, 9, **FINDING)], [],
    ),
    ("clauses add up", [row(1, 2, clause="A.1", **FINDING), row(2, 3, clause="A.2", **FINDING), row(3, 5, clause="A", **FINDING)], []),
    ("a gap says nothing", [school("a", None, None), school("b", 2, 3), row(2, 3)], []),
    ("windows within one another", [row(5, 9, "coverage", "A.1b", **YEAR), row(2, 4, "coverage", "A.1b", **HALF)], []),
    ("windows apart", [row(5, 9, "coverage", "A.1b", **BEFORE), row(2, 4, "coverage", "A.1b", **QUARTER)], []),
    (
        "windows that share a month",
        [row(5, 9, "coverage", "A.1b", **BEFORE), row(4, 8, "coverage", "A.1b", **QUARTER | {"start": date(2026, 3, 1)})],
        [],
    ),
    (
        "windows that make up a third",
        [row(5, 9, "coverage", "A.1b", **BEFORE), row(2, 4, "coverage", "A.1b", **QUARTER), row(7, 13, "coverage", "A.1b", **HALF)],
        [],
    ),
    ("logged in time", [row(4, None, "relatives", "C.2a", **YEAR), row(3, None, "relatives", "C.2a", **(QUARTER | {"start": YEAR["start"]}))], []),
    (
        "all three and each",
        [row(3, 9, "parents_informed", "A.4"),
         *[row(n, 9, "parents_informed", "A.4", breakdown="part", group=name) for n, name in (
             (5, "informed of the tools"), (4, "told how children are contacted"), (3, "told what behaviour is expected"))]],
        [],
    ),
    ("each fewer than all three, of which nothing is said",
     [row(5, 9, "parents_informed", "A.4"), row(4, 9, "parents_informed", "A.4", breakdown="part", group="informed of the tools")], []),
    ("closed sooner and later", [row(n, 9, "follow_through", **OPEN | YEAR, breakdown="within", group=f"within {m} months")
                                 for n, m in ((3, 6), (5, 12), (5, 24))], []),
    ("violations", [row(3, None, "relatives", "C.2a", **YEAR), row(4, None, "relatives", "C.2a", **YEAR, breakdown="outcome", group="violation")], []),
    (
        "overdue, open and without a date",
        [row(2, 5, "overdue", **OPEN), row(8, None, "open_findings", **OPEN),
         row(3, None, "overdue", **OPEN | {"view": "apart", "breakdown": "apart", "group": "no date promised", "period": "all", "start": None})],
        [],
    ),
    ("personal accounts", [row(2, 7, "scope_personal", "P.1"), row(3, 5)], []),
    (
        "due, and not yet",
        [row(2, 3, "rules_published", "A.3"), row(3, 6),
         *[row(n, None, "rules_published", "A.3", view="apart", breakdown="apart", group=f"not yet due, {how}", start=None)
           for n, how in ((1, "met"), (2, "open"))]],
        [],
    ),
    ("platforms", [row(2, 9, "platforms", "P.2"), row(2, 9, "platforms", "P.2", breakdown="platform", group="Other")], []),
    (
        "flows, month by month",
        [row(n, None, "open_findings", **OPEN | {"view": "flow", "period": "month", "start": date(2026, 6, 1), "breakdown": "flow", "group": group})
         for group, n in (("opening", 5), ("opened", 3), ("closed", 2), ("risk_accepted", 1), ("closing", 5))],
        [],
    ),
    (
        "of an edition before",
        [row(5, 9, "coverage", "A.1b", **HALF)], [row(2, 4, "coverage", "A.1b", **BEFORE)],
    ),
    (
        "withheld in an edition before",
        [row(5, 9, "coverage", "A.1b", **HALF)], [row(None, None, "coverage", "A.1b", **BEFORE)],
    ),
    (
        "schools of an edition before, one withheld",
        [], [school("a", None, None), school("b", 2, 3), row(3, 5)],
    ),
    ("contacts per 100 staff have no denominator", [row(3, 120, "friend_or_follow", "C.1", **YEAR)], []),
    ("single events", [row(3, 9, view="gaps")], []),
    (
        "other direct messages are no part",
        [row(3, None, "individual_messages", "C.2", **YEAR), row(3, None, "individual_messages", "C.2", **YEAR, breakdown="channel", group="sms"),
         row(2, None, "individual_messages", "C.2", **YEAR, breakdown="channel", group="other direct messages")], [],
    ),
    ("disclosed by setting", [row(2, 9, "disclosed", "A.1a", breakdown="setting", group="classroom"), row(3, 9, breakdown="setting", group="classroom")], []),
    ("disclosed of all", [row(2, 9, "disclosed", "A.1a"), row(3, 9)], []),
    ("cohorts of one month", [row(2, 9, "suitable", "A.2", **QUARTER), row(3, 9, "parents_informed", "A.4", **QUARTER)], []),
    (
        "verified of those closed",
        [row(2, 6, "follow_through", **OPEN | YEAR, breakdown="within", group="verified by re-audit"),
         row(6, 9, "follow_through", **OPEN | YEAR, breakdown="within", group="within 24 months")], [],
    ),
    (
        "closed within 12 months is what is on the scorecard",
        [row(5, 9, "follow_through", **OPEN | YEAR), row(5, 9, "follow_through", **OPEN | YEAR, breakdown="within", group="within 12 months")], [],
    ),
    ("findings by severity are of all items", [row(5, 9, **FINDING, breakdown="severity", group="low"), row(6, 9, **FINDING)], []),
    (
        "not linked to a school",
        [], [school("a", None, None, clause="P.4", **FINDING), school("b", 2, 3, clause="P.4", **FINDING), row(3, 5, clause="P.4", **FINDING)],
    ),
    ("a window before that is not within", [row(5, 9, "coverage", "A.1b", **QUARTER)], [row(2, 4, "coverage", "A.1b", **BEFORE)]),
    (
        "opening is what the month before closed",
        [row(5, None, "open_findings", **OPEN | {"view": "flow", "period": "month", "start": date(2026, 6, 1), "breakdown": "flow", "group": "opening"}),
         row(5, None, "open_findings", **OPEN | {"view": "flow", "period": "month", "start": date(2026, 5, 1), "end": date(2026, 5, 31), "breakdown": "flow", "group": "closing"})],
        [],
    ),
    ("overdue by age", [row(2, 5, "overdue", **OPEN, breakdown="severity", group="low"), row(8, None, "open_findings", **OPEN, breakdown="severity", group="low")], []),
    ("a section of an edition before, a clause of it withheld",
     [], [row(None, None, clause="A.1", **FINDING), row(2, 3, clause="A.2", **FINDING), row(3, 5, clause="A", **FINDING)]),
    ("a stock, corrected since", [row(4, 10, "disclosed", "A.1a")], [row(3, 9, "disclosed", "A.1a")]),
    ("tools in use, one taken out since", [row(4, 9)], [row(None, None)]),
    ("the same window, grown since", [row(5, 9, "coverage", "A.1b", **BEFORE)], [row(2, 4, "coverage", "A.1b", **BEFORE)]),
    ("counted now without a denominator", [row(5, None, "coverage", "A.1b", **HALF)], [row(2, 4, "coverage", "A.1b", **BEFORE)]),
    (
        "stretches of schools follow from the schools",
        [school("a", 5, 9, "coverage", "A.1b", **YEAR), school("a", 2, 4, "coverage", "A.1b", **HALF),
         row(5, 9, "coverage", "A.1b", **YEAR), row(2, 4, "coverage", "A.1b", **HALF)],
        [],
    ),
    (
        "all three of a role, which says nothing of each",
        [row(3, 9, "parents_informed", "A.4", breakdown="role", group="coach"),
         *[row(n, 9, "parents_informed", "A.4", breakdown="part", group=name) for n, name in (
             (5, "informed of the tools"), (4, "told how children are contacted"), (3, "told what behaviour is expected"))]],
        [],
    ),
    ("what is pending is no violation", [row(3, None, "relatives", "C.2a", **YEAR), row(4, None, "relatives", "C.2a", **YEAR, breakdown="outcome", group="pending")], []),
    ("platforms say nothing of another measure", [row(3, 9), row(5, 9, "platforms", "P.2", breakdown="platform", group="Other")], []),
]  # fmt: skip
# What is known to hold in each case: from what the measures are (MEASURES.md), and of the counts as they are.
KNOWN = {
    "a numerator is at most its denominator": "A.x <= A.n",
    "schools add up": "A.n + B.n = C.n, A.x + B.x = C.x, A.x <= A.n, B.x <= B.n, C.x <= C.n",
    "schools of which one is not there": "A.n <= B.n, A.x <= A.n, A.x <= B.x, B.x <= B.n",
    "schools that are more than the district": "A.x <= A.n, B.n <= A.n, B.x <= A.x, B.x <= B.n",
    "one denominator of two measures": "A.x <= A.n, B.x <= A.n",
    "two measures that count other tools": "A.x <= A.n, B.x <= B.n",
    "roles add up": "A.n + B.n = C.n, A.x + B.x = C.x, A.x <= A.n, B.x <= B.n, C.x <= C.n",
    "an item has findings of two severities": "A.x <= A.n, A.x <= C.x, B.x <= A.n, B.x <= C.x, C.x <= A.n, C.x <= A.x + B.x",
    "clauses add up": "A.n + B.n = C.n, A.x + B.x = C.x, A.x <= A.n, B.x <= B.n, C.x <= C.n",
    "a gap says nothing": "B.n = C.n, B.x <= B.n, B.x = C.x, C.x <= C.n",
    "windows within one another": "A.x <= A.n, B.n + n 2025-07-01 2025-12-31 = A.n, B.x + x 2025-07-01 2025-12-31 = A.x, B.x <= B.n, x 2025-07-01 2025-12-31 <= n 2025-07-01 2025-12-31",
    "windows apart": "A.x <= A.n, B.x <= B.n",
    "windows that share a month": "A.x <= A.n, B.x <= B.n, n 2026-01-01 2026-02-28 + n 2026-03-01 2026-03-31 = A.n, n 2026-03-01 2026-03-31 + n 2026-04-01 2026-06-30 = B.n, x 2026-01-01 2026-02-28 + x 2026-03-01 2026-03-31 = A.x, x 2026-01-01 2026-02-28 <= n 2026-01-01 2026-02-28, x 2026-03-01 2026-03-31 + x 2026-04-01 2026-06-30 = B.x, x 2026-03-01 2026-03-31 <= n 2026-03-01 2026-03-31, x 2026-04-01 2026-06-30 <= n 2026-04-01 2026-06-30",
    "windows that make up a third": "A.n + B.n = C.n, A.x + B.x = C.x, A.x <= A.n, B.x <= B.n, C.x <= C.n",
    "logged in time": "B.x <= A.x",
    "all three and each": "A.x <= A.n, A.x <= B.x, A.x <= C.x, A.x = D.x, B.x + C.x + D.x <= 2 A.n + A.x, B.x <= A.n, C.x + D.x <= A.n + A.x, C.x <= A.n, C.x <= B.x, D.x <= A.n, D.x <= B.x",
    "each fewer than all three, of which nothing is said": "A.x <= A.n, B.x <= A.n",
    "closed sooner and later": "A.n = B.n, A.x <= A.n, A.x <= B.x, B.n = C.n, B.x <= B.n, B.x = C.x, C.x <= C.n",
    "violations": "A.x <= B.x",
    "overdue, open and without a date": "A.n + C.x = B.x, A.x <= A.n",
    "personal accounts": "A.x + B.n = A.n, A.x <= A.n, B.x <= B.n",
    "due, and not yet": "A.n + C.x + D.x = B.n, A.x <= A.n, B.x <= B.n",
    "platforms": "A.x <= A.n, A.x = B.x, B.x <= A.n",
    "flows, month by month": "A.x + B.x = C.x + D.x + E.x",
    "of an edition before": "A.x + B.n <= A.n + B.x, A.x <= A.n, B.n <= A.n, B.x <= A.x, B.x <= B.n",
    "withheld in an edition before": "A.x + B.n <= A.n + B.x, A.x <= A.n, B.n <= A.n, B.x <= A.x, B.x <= B.n",
    "schools of an edition before, one withheld": "A.n + B.n = C.n, A.x + B.x = C.x, A.x <= A.n, B.x <= B.n, C.x <= C.n",
    "contacts per 100 staff have no denominator": "",
    "single events": "",
    "other direct messages are no part": "B.x = A.x",
    "disclosed by setting": "A.x <= A.n, B.x <= A.n",
    "disclosed of all": "A.x <= A.n, B.x <= B.n",
    "cohorts of one month": "A.x <= A.n, B.x <= A.n",
    "verified of those closed": "A.n <= B.n, A.x <= A.n",
    "closed within 12 months is what is on the scorecard": "A.x <= A.n",
    "findings by severity are of all items": "A.x <= A.n, A.x <= B.x, B.x <= A.n",
    "not linked to a school": "A.x <= A.n, B.x <= B.n, C.x <= C.n",
    "a window before that is not within": "A.x <= A.n, B.x <= B.n",
    "opening is what the month before closed": "A.x = B.x",
    "overdue by age": "A.n <= B.x, A.x <= A.n",
    "a section of an edition before, a clause of it withheld": "A.x <= A.n, B.x <= B.n, C.x <= C.n",
    "a stock, corrected since": "A.x <= A.n, B.x <= B.n",
    "tools in use, one taken out since": "A.x <= A.n, B.x <= B.n",
    "the same window, grown since": "A.x + B.n <= A.n + B.x, A.x <= A.n, B.n <= A.n, B.x <= A.x, B.x <= B.n",
    "counted now without a denominator": "B.x <= A.x, B.x <= B.n",
    "stretches of schools follow from the schools": "A.n = C.n, A.x <= A.n, A.x = C.x, B.n + n 2025-07-01 2025-12-31 = A.n, B.n = D.n, B.x + x 2025-07-01 2025-12-31 = A.x, B.x <= B.n, B.x = D.x, C.x <= C.n, D.n + n 2025-07-01 2025-12-31 = C.n, D.x + x 2025-07-01 2025-12-31 = C.x, D.x <= D.n, x 2025-07-01 2025-12-31 <= n 2025-07-01 2025-12-31",
    "all three of a role, which says nothing of each": "A.n = B.n, A.x <= A.n, B.x <= B.n, C.x <= B.n, C.x <= B.x, D.x <= B.n, D.x <= B.x",
    "what is pending is no violation": "",
    "platforms say nothing of another measure": "A.x <= A.n, B.x <= A.n",
}


@pytest.mark.parametrize(("name", "rows", "then"), CASES, ids=lambda one: one if isinstance(one, str) else "")
def test_what_is_known_to_hold(name, rows, then):
    assert ", ".join(dict.fromkeys(relations(rows, then))) == KNOWN[name]
