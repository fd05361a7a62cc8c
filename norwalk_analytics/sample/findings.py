"""Audits: visits to schools, the items looked at, and what became of the findings."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from norwalk_analytics.sample.chance import (
    day_in,
    first_day,
    flags,
    known_by,
    later,
    month_of,
    pick,
    school_year,
    some,
    term_share,
)
from norwalk_analytics.sample.code_lists import Platforms, Row, School
from norwalk_analytics.sample.registrations import by_school, is_active
from norwalk_analytics.sample.stories import (
    ENACTED,
    LAST_DAY,
    OVERDUE_MONTHS,
    SLIPPING_AFTER,
    SLIPPING_BEFORE,
    SLIPPING_CLAUSE,
    SLIPPING_SINCE,
)

ITEMS = dict(  # audited items, by the year in which a school year began
    zip(
        range(2013, 2026),
        (500, 650, 700, 720, 740, 760, 770, 780, 1200, 1220, 1270, 1290, 1300),
        strict=True,
    )
)
SEASON = (10, 10, 10, 9, 10, 9, 1, 1, 9, 11, 10, 10)  # January to December
FOCUSED_SINCE = 2021  # from this school year on, audits look more at the stories' clauses
ITEMS_A_VISIT, LEAST_VISITS = 22, 3
DRAWS = 25  # how often an auditor looks for another tool


@dataclass(frozen=True, slots=True)
class Clause:
    """How often a clause (or limb) is audited, in 100 items, and its share of findings."""

    clause: str
    limb: str
    at_first: int
    focused: int
    share: float
    summary: str


CLAUSES = (
    Clause("P.3", "a", 3, 3, 0.04, "Posting during lessons"),
    Clause("P.3", "b", 3, 3, 0.05, "Detail that should have stayed confidential"),
    Clause("P.3", "c", 3, 2, 0.04, "Demeaning remark"),
    Clause("P.3", "d", 3, 2, 0.04, "Posting that harms goodwill"),
    Clause("P.4", "", 6, 5, 0.06, "Personal view on a district account"),
    Clause("A.1a", "", 6, 4, 0.08, "Not stated in the syllabus or team rules"),
    Clause("A.1b", "", 8, 8, 0.07, "Account in use and not in the register"),
    Clause("A.2", "", 6, 4, 0.07, "Tool not reviewed for these students"),
    Clause("A.3", "", 6, 4, 0.08, "No rules of conduct posted"),
    Clause("A.4", "", 6, 3, 0.08, "Parents not told of the account"),
    Clause("A.5", "", 6, 4, 0.04, "Posting unrelated to the class"),
    Clause("B.1", "", 5, 3, 0.04, "School affiliation used for a private matter"),
    Clause("B.2", "", 6, 4, 0.05, "Co-worker or student discussed"),
    Clause("B.3", "", 6, 4, 0.06, "Student named beside a picture"),
    Clause("B.4", "", 8, 36, 0.09, "Open to people who were not approved"),
    Clause("B.5", "", 4, 2, 0.05, "Report not on file"),
    Clause("C.1", "", 6, 3, 0.06, "Students among followed accounts"),
    Clause("C.2", "", 5, 4, 0.07, "One-to-one messages enabled"),
    Clause("C.2a", "", 2, 1, 0.05, "Contact with a relative not logged"),
    Clause("C.2b", "", 2, 1, 0.06, "Emergency contact without a notice"),
)
SEVERITIES = {"low": 42, "moderate": 38, "high": 16, "critical": 4}
DAYS_TO_MEND = {"low": 120, "moderate": 90, "high": 45, "critical": 21}


@dataclass(slots=True)
class Visit:
    """One audit of one school on one day: what is to be looked at, and what has been."""

    audit_id: str
    day: date
    school_id: str
    tools: list[Row]
    plan: list[tuple[Clause, bool]]
    seen: set[tuple[str, str, str]] = field(default_factory=set)

    def unseen(self, rng: random.Random, clause: Clause) -> Row | None:
        """Draws a tool in use that was not yet audited for a clause, if one is found."""
        tools = self.tools
        if clause.clause == "P.4":  # on district-sponsored accounts, if there are any
            sponsored = [t for t in tools if t["account_capacity"] == "district_sponsored"]
            tools = sponsored or tools
        for _ in range(DRAWS if tools else 0):
            tool = rng.choice(tools)
            key = (clause.clause, clause.limb, tool["registration_id"])
            if key not in self.seen:
                self.seen.add(key)
                return tool
        return None


def audit(
    rng: random.Random, registrations: list[Row], schools: list[School], platforms: Platforms
) -> list[Row]:
    """Makes the audits of the whole period.

    Args:
        rng: The source of chance.
        registrations: Rows of tool_registrations.
        schools: The schools; every one is visited each year.
        platforms: The platforms of the code list.

    Returns:
        Rows of audit_findings, in the order of the audits.
    """
    rows: list[Row] = []
    mended: dict[tuple[str, str], list[Row]] = {}
    overdue = list(OVERDUE_MONTHS)  # the first finding of each will be overdue: story 6
    for visit in _visits(rng, registrations, schools):
        month = visit.day.replace(day=1)
        for clause, found in visit.plan:
            item = _item(rng, visit, clause, found, platforms)
            if item is None:
                continue
            again = found and rng.random() < 0.02  # a second finding of the same item
            for _ in range(2 if again else 1):
                row = {"finding_id": f"F-{len(rows) + 1:05d}"} | item
                rows.append(row)
                if found:
                    earlier = mended.setdefault((visit.school_id, clause.clause), [])
                    row |= _finding(rng, visit.day, clause, month in overdue, earlier)
                    overdue = [planted for planted in overdue if planted != month]
                    if row["status"] == "closed":
                        earlier.append(row)
    return rows


def finding_share(clause: Clause, month: int) -> float:
    """Gives the share of audited items with a finding: story 3, else steady."""
    if clause.clause != SLIPPING_CLAUSE:
        return clause.share
    return SLIPPING_AFTER if first_day(month) >= SLIPPING_SINCE else SLIPPING_BEFORE


def _visits(rng: random.Random, registrations: list[Row], schools: list[School]) -> Iterator[Visit]:
    """Plans visits in the order of their days; schools take turns in one fixed order."""
    order = [school.school_id for school in schools]
    rng.shuffle(order)
    tools = by_school(registrations)
    made = 0
    for month in range(month_of(ENACTED), month_of(LAST_DAY) + 1):
        plan = _plan(rng, month)
        visits = max(len(plan) // ITEMS_A_VISIT, LEAST_VISITS if len(plan) > ITEMS_A_VISIT else 1)
        days = sorted(day_in(rng, month, since=ENACTED, until=LAST_DAY) for _ in range(visits))
        for number, day in enumerate(days):
            school = order[made % len(order)]
            made += 1
            then = day.isoformat()
            active = [tool for tool in tools.get(school, []) if is_active(tool, then)]
            yield Visit(f"AU-{made:04d}", day, school, active, plan[number::visits])


def _plan(rng: random.Random, month: int) -> list[tuple[Clause, bool]]:
    """Draws a month's items: their clauses, and whether there is a finding."""
    year = school_year(month)
    total = ITEMS[year] * term_share(SEASON, month)
    plan = []
    for clause in CLAUSES:
        weight = clause.focused if year >= FOCUSED_SINCE else clause.at_first
        number = some(rng, total * weight / 100, give=0.04)
        drawn = flags(rng, number, finding_share(clause, month))
        plan += [(clause, found) for found in drawn]
    return plan


def _item(rng: random.Random, visit: Visit, clause: Clause, found: bool, platforms: Platforms) -> Row | None:
    """Makes one audited item without a finding; none where no tool is left to look at."""
    of_tools = clause.clause[0] == "A" or clause.clause in ("B.4", "P.4")
    unregistered = clause.clause == "A.1b" and found
    linked = not unregistered and (of_tools or rng.random() < 0.85)
    tool = visit.unseen(rng, clause) if linked else None
    if of_tools and tool is None and not unregistered:
        return None
    if tool is None:
        tool = _stray_account(rng, visit, platforms)
    return {
        "audit_id": visit.audit_id,
        "audited_on": visit.day.isoformat(),
        "school_id": visit.school_id,
        "clause": clause.clause,
        "limb": clause.limb,
        "registration_id": tool["registration_id"],
        "platform": tool["platform"],
        "account": tool["account"],
        "account_registered": _in_register(clause, found),
        "result": "no_finding",
        "severity": "",
        "summary": "",
        "status": "",
        "opened_on": "",
        "due_on": "",
        "revised_due_on": "",
        "closed_on": "",
        "closure_verified_on": "",
        "repeat_of": "",
    }


def _in_register(clause: Clause, found: bool) -> str:
    """Says of an account audited for A.1b whether the register has it: it is a finding if not."""
    if clause.clause != "A.1b":
        return ""
    return "false" if found else "true"


def _stray_account(rng: random.Random, visit: Visit, platforms: Platforms) -> Row:
    """Makes an account that an auditor came across and that no registration names."""
    name = platforms.choose(rng, visit.day)
    number = len(visit.seen)
    visit.seen.add(("", "", str(number)))
    return {
        "registration_id": "",
        "platform": platforms.written(rng, name, visit.day),
        "account": f"@found_{visit.audit_id.replace('-', '_').lower()}_{number}",
    }


def _finding(rng: random.Random, day: date, clause: Clause, overdue: bool, mended: list[Row]) -> Row:
    """Makes a finding: its severity, its life, and which earlier one it repeats.

    Args:
        rng: The source of chance.
        day: The day of the audit.
        clause: The clause.
        overdue: Whether it is critical, open and past due on the last day.
        mended: This school's and clause's findings so far that were closed.

    Returns:
        The cells of audit_findings that a finding fills.
    """
    severity = "critical" if overdue else pick(rng, SEVERITIES)
    opened = later(day, rng, 0, 9)
    return {
        "result": "finding",
        "severity": severity,
        "summary": clause.summary,
        "opened_on": min(opened, LAST_DAY).isoformat(),
        **_life(rng, DAYS_TO_MEND[severity], min(opened, LAST_DAY), overdue),
        "repeat_of": _repeat(rng, day, mended),
    }


def _life(rng: random.Random, term: int, opened: date, overdue: bool) -> Row:
    """Draws what becomes of a finding that is to be mended within `term` days."""
    fate = rng.choices(("in time", "late", "accepted", "never"), (78, 15, 4, 3))[0]
    if fate == "never" and opened.year < 2024:
        fate = "late"
    bounds = {"in time": (term // 5, term), "late": (term + 1, 4 * term)}
    closed = later(opened, rng, *bounds.get(fate, (term // 2, 2 * term)))
    due = opened + timedelta(days=term)
    promised = overdue or rng.random() < 0.96
    moved = fate != "in time" and promised and due <= LAST_DAY and rng.random() < 0.35
    life = {
        "status": "risk_accepted" if fate == "accepted" else "closed",
        "due_on": due.isoformat() if promised else "",
        "revised_due_on": later(due, rng, 14, 90).isoformat() if moved else "",
        "closed_on": closed.isoformat(),
        "closure_verified_on": "",
    }
    if overdue or fate == "never" or closed > LAST_DAY:
        working = not overdue and rng.random() < 0.5
        return life | {"status": "in_progress" if working else "open", "closed_on": ""}
    if fate != "accepted" and rng.random() < 0.45:
        life["closure_verified_on"] = known_by(later(closed, rng, 20, 150), LAST_DAY)
    return life


def _repeat(rng: random.Random, day: date, mended: list[Row]) -> str:
    """Draws which finding is found again: one closed in the three years before the audit."""
    begin, end = day.replace(year=day.year - 3, day=1).isoformat(), day.isoformat()
    earlier = [row for row in mended if begin <= row["closed_on"] < end]
    return rng.choice(earlier)["finding_id"] if earlier and rng.random() < 0.3 else ""
