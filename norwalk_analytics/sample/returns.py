"""Two small tables: what schools handed in, and what the Board decided."""

import random

from norwalk_analytics.sample.chance import first_day, month_of
from norwalk_analytics.sample.code_lists import Row, School
from norwalk_analytics.sample.people import Roster
from norwalk_analytics.sample.stories import (
    ENACTED,
    LAST_DAY,
    OTHER_MISSING_RETURNS,
    SILENT_MONTHS,
    SILENT_SCHOOL,
)

BEGINS = {  # the column whose month says for which month a row was handed in
    "tool_registrations": "registered_on",
    "exception_log": "occurred_at",
    "audit_findings": "audited_on",
}
MISSING_BEFORE = "2025-07-01"
ACTIONS = (
    (
        "supervisor_aware",
        "2018-08-21",
        "Put the supervisor's signature on the registration form",
        "Assistant Superintendent",
        "2018-10-31",
        "2018-10-12",
    ),
    (
        "friend_or_follow",
        "2021-11-16",
        "Train all staff in professional contact online by the end of January",
        "Director of Human Resources",
        "2022-01-31",
        "2022-01-21",
    ),
    (
        "parents_informed",
        "2024-06-11",
        "Send one notice on every class account home with the September forms",
        "Director of Communications",
        "2024-09-30",
        "2024-09-06",
    ),
    (
        "reported_in_time",
        "2025-06-17",
        "Train every mandated reporter again and print the hotline on each badge",
        "Assistant Superintendent",
        "2025-09-30",
        "2025-08-26",
    ),
    (
        "finding_rate",
        "2026-02-10",
        "Review the security settings of every account in use",
        "Director of Technology",
        "2026-05-29",
        "",
    ),
    (
        "overdue",
        "2026-06-09",
        "Close or escalate every critical finding past its date",
        "Superintendent",
        "2026-08-31",
        "",
    ),
)


def hand_in(
    rng: random.Random, roster: Roster, schools: list[School], tables: dict[str, list[Row]]
) -> list[Row]:
    """Makes the monthly returns: rows where a table holds some, else nil; a few are missing.

    Args:
        rng: The source of chance.
        roster: Who is in post when; staff stand in the exception log's returns.
        schools: The schools.
        tables: Table name to its rows.

    Returns:
        Rows of returns, by month, school and table.
    """
    handed = {
        (row["school_id"], row[column][:7], table)
        for table, column in BEGINS.items()
        for row in tables[table]
    }
    rows = []
    for month in range(month_of(ENACTED), month_of(LAST_DAY) + 1):
        day = first_day(month).isoformat()
        for school in schools:
            for table in BEGINS:
                some = (school.school_id, day[:7], table) in handed
                staff = roster.staff.get((school.school_id, month), 0)
                rows.append(
                    {
                        "school_id": school.school_id,
                        "month": day,
                        "table": table,
                        "submitted": "rows" if some else "nil",
                        "staff": str(staff) if table == "exception_log" else "",
                    }
                )
    return _without_missing(rng, rows)


def decide() -> list[Row]:
    """Makes the actions of the Board; one is overdue on the last day."""
    columns = ("measure", "agreed_on", "action", "owner", "due_on", "done_on")
    return [dict(zip(columns, action, strict=True)) for action in ACTIONS]


def _without_missing(rng: random.Random, rows: list[Row]) -> list[Row]:
    """Leaves out the silent school's returns (story 5) and a few nil ones long ago."""
    nil = [n for n, row in enumerate(rows) if row["submitted"] == "nil"]
    old = [n for n in nil if rows[n]["month"] < MISSING_BEFORE]
    rng.shuffle(old)
    missing = set(old[:OTHER_MISSING_RETURNS])
    return [row for n, row in enumerate(rows) if n not in missing and not _silent(row)]


def _silent(row: Row) -> bool:
    """Says whether a return is one that the silent school never handed in."""
    of_log = row["school_id"] == SILENT_SCHOOL and row["table"] == "exception_log"
    return of_log and row["month"] in {month.isoformat() for month in SILENT_MONTHS}
