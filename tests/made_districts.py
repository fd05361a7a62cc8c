"""Small districts made by hypothesis, crowded about the edges: as_of, limits in hours, windows in days, clocks.

Nearly every row keeps the contract's rules, so that it is measured and not set aside; a few break one.
hypothesis draws which tables there are, at most how many rows, and a seed that makes the rest: thousands of draws
would shrink slowly, and hypothesis would rather repeat them among themselves than draw others.
"""

import csv
import random
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

ZONE = ZoneInfo("America/New_York")
ENACTED = date(2013, 9, 3)
FORWARD, BACK = date(2025, 3, 9), date(2024, 11, 3)  # the clocks change
REGISTRATIONS, EXCEPTIONS, FINDINGS = "tool_registrations", "exception_log", "audit_findings"
RETURNS = "returns"
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)

AS_OF = [
    date(2024, 6, 30),  # ends a month and a school year, and the 30 days after May
    ENACTED, date(2013, 10, 30), FORWARD, FORWARD, BACK, BACK,
    FORWARD + DAY, BACK - DAY,  # the hour too few or too many lies in the limits that run out
    date(2024, 2, 29), date(2024, 2, 29), date(2023, 8, 31), date(2024, 7, 1), date(2024, 12, 31), date(2025, 1, 30),
    date(2025, 3, 30), date(2025, 3, 31),  # of what came in February, 30 times 24 hours end an hour past midnight
]  # fmt: skip
"""Ends of months and of school years, a leap day, the days on which clocks change, and enactment."""

SCHOOLS = {"Roton": 60, "Cranbury": 20, "Norwalk High": 20}
"""With their staff: without either of the small ones, just 80 % handed in."""
ROLES = ["coach", "certified", "administrator"]
EMPLOYEES = ["E-1", "E-2", "E-3"]
PLATFORMS = ["X", "Twitter", "Remind", "Blurb"]  # one is an alias, and one the code list does not know
CAPACITIES = ["professional", "professional", "district_sponsored", "personal"]
SETTINGS = ["classroom", "athletic_team", "extracurricular", "school", "department"]
DISCLOSED = ["", "syllabus", "team_rules", "extracurricular_information"]
REVIEWS = ["approved", "approved", "rejected", "pending", "not_requested"]
ACCESS = ["approved_participants", "approved_participants", "public", "unknown"]
KINDS = [
    *["mandatory_report", "emergency_contact", "disclosure"] * 3, "friend_or_follow", "friend_or_follow",
    "individual_message", "relative", "other",
]  # fmt: skip
LIMITS = {"mandatory_report": [12], "emergency_contact": [24, 48]}
CHANNELS = ["sms", "mms", "direct_message", "friend_request", "follow", "post", "other"]
OUTCOMES = ["violation", "violation", "violation", "upheld", "pending"]
BASES = ["mandated", "mandated", "violence_or_self_harm"]
CLAUSES = ["B.4", "P.3", "P.4", "A.1b"]
SEVERITIES = ["low", "moderate", "high", "critical"]
STATUSES = ["closed", "closed", "closed", "closed", "risk_accepted", "open", "in_progress"]
BOOLEANS = ["", "true", "false"]
NOW = (0, -1, 1)  # days from as_of


class Made(NamedTuple):
    """A district as it will be written: the day, and for each table its rows of text."""

    as_of: date
    tables: dict[str, list[dict[str, str]]]

    def write(self, folder):
        for table, rows in self.tables.items():
            with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
        return folder

    def told(self):
        """Its rows, without the empty cells."""
        lines = [f"as_of {self.as_of}"]
        for table, rows in self.tables.items():
            for row in rows:
                given = {name: cell for name, cell in row.items() if cell}
                lines.append(f"{table}: {given}")
        return "\n".join(lines)

    def __repr__(self):
        counts = {table: len(rows) for table, rows in self.tables.items()}
        return f"Made({self.as_of}, rows {counts})"


# ---- time
def days_from(day, *counts):
    return [day + count * DAY for count in counts]


def seconds_from(instant, *counts):
    return [instant + count * SECOND for count in counts]


def first_of(day, months=0):
    """The first day of the month so many months later."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def later(day, months):
    """The same day so many months later, or the last of that month."""
    return min(first_of(day, months) + (day.day - 1) * DAY, first_of(day, months + 1) - DAY)


def midnight(day):
    """The instant at which a local day begins, naive UTC."""
    return datetime.combine(day, time(0), tzinfo=ZONE).astimezone(UTC).replace(tzinfo=None)


def as_cell(value):
    """As it is written: an instant in local time, and with its offset where that comes a second time."""
    if not isinstance(value, datetime):
        return "" if value is None else str(value)
    local = value.replace(tzinfo=UTC).astimezone(ZONE)
    return local.isoformat() if local.fold else local.strftime("%Y-%m-%d %H:%M:%S")


class Edges:
    """Days and instants at which something tips over, as seen from as_of."""

    def __init__(self, as_of):
        self.as_of, self.end = as_of, midnight(as_of + DAY)
        self.now = days_from(as_of, *NOW)
        firsts = [first_of(as_of, n) for n in (0, 1, -1, -11, -12)]
        firsts += [date(as_of.year - n, 7, 1) for n in (0, 1)]
        self.days = [
            *days_from(as_of, 0, -1, 1, -30, -29, -31, -60, -61, -90, -91, -365, -364, -366, 30),
            *(day for months in (6, 12, 24) for day in days_from(later(as_of, -months), 0, 1, -1)),
            *firsts, *(day - DAY for day in firsts),
            *(first_of(as_of, -n) - DAY for n in range(5, 27, 3)),
            *(as_of - n * DAY for n in range(45, 800, 150)),
            *(date(year, 8, 31) for year in range(as_of.year - 2, as_of.year)),
            ENACTED, ENACTED, ENACTED + DAY, FORWARD, BACK, date(2024, 2, 29),
        ]  # fmt: skip
        ends = [self.end - hours * HOUR for hours in (12, 24, 48, 30 * 24)]
        starts = [midnight(day) for day in (*firsts, FORWARD, FORWARD + DAY, BACK, BACK + DAY, ENACTED)]
        changes = [midnight(FORWARD) + 2 * HOUR, midnight(BACK) + HOUR, midnight(BACK) + 2 * HOUR]
        instants = [
            *(at for one in ends for at in seconds_from(one, 0, -1, 1, -60, 59, 60)),
            *(at for one in starts for at in seconds_from(one, 0, -1)),
            *(at for one in changes for hours in (1, 23, 47, 29 * 24) for at in seconds_from(one - hours * HOUR, 0, -1)),
            *(self.end - n * 37 * HOUR - n * n * SECOND for n in range(1, 60, 4)),
        ]  # fmt: skip
        self.instants = [one for one in instants if one < self.end] * 4 + instants


class Draw(random.Random):
    """What a table's cells are drawn with."""

    def of(self, values):
        return self.choice(list(values))

    def on(self, days, least=None):
        """One of the days from ``least`` on (None may stand among them)."""
        return self.choice([day for day in days if least is None or day is None or day >= least] or [least])

    def since_enactment(self, days):
        """A day; one in twenty breaks the rule that nothing earlier is judged, and its row is set aside."""
        return self.on(days, ENACTED) if self.often(0.95) else ENACTED - DAY

    def often(self, share):
        return self.random() < share


# ---- rows
def registration(draw, number, edges):
    registered = draw.since_enactment(edges.days)
    begun = draw.on([*days_from(registered, 0, 1, -29, -30, -31) * 8, *edges.days])
    done = [*days_from(begun, 0, -1, 1, 29, 30, 31), None, *edges.now]
    review, informed = draw.of(REVIEWS), draw.on(done)
    decided = draw.on([day for day in done if day]) if review in ("approved", "rejected") else None
    told = BOOLEANS if informed else ["", "false"]
    return {
        "registration_id": f"R-{number}",
        "registered_on": registered,
        "school_id": draw.of(SCHOOLS),
        "employee_id": draw.of(EMPLOYEES),
        "employee_role": draw.of(ROLES),
        "setting": draw.of(SETTINGS),
        "platform": draw.of(PLATFORMS),
        "account_capacity": draw.of(CAPACITIES),
        "active_from": begun,
        "active_to": draw.on([None, None, *edges.now, begun, begun + 40 * DAY], begun),
        "disclosed_in": draw.of(DISCLOSED),
        "supervisor_notified_on": draw.on(done),
        "suitability_review": review,
        "suitability_reviewed_on": decided,
        "conduct_rules_published_on": draw.on(done),
        "parents_informed_on": informed,
        "parents_told_contact_method": draw.of(told),
        "parents_told_conduct_expectations": draw.of(told),
        "access": draw.of(ACCESS),
        "settings_reviewed_on": draw.on([None, *days_from(edges.as_of, -365, -366, -364), *edges.now]),
    }


def event(draw, start, edges, hours, *others):
    """An instant within, at and past a limit from start on, at the end of as_of, or none."""
    at = seconds_from(start + hours * HOUR, 0, -1, 1, -60, 60)
    return draw.on([None, None, start, *at, *seconds_from(edges.end, *NOW), *others], start)


def exception(draw, number, edges, shared, registered):
    kind = draw.of(KINDS)
    report, emergency = kind == "mandatory_report", kind == "emergency_contact"
    own = shared
    if kind != "disclosure":
        limits = [edges.end - hours * HOUR for hours in LIMITS.get(kind, [30 * 24])]
        own = [at for one in limits for at in seconds_from(one, 0, 0, -1, 1, -60, 59)]
    occurred = draw.on(own if draw.often(0.4) else edges.instants, midnight(ENACTED))
    soon = [*[occurred, occurred + SECOND, occurred + HOUR] * 3, *[edges.end - SECOND] * 3]
    month_later = [occurred + 30 * DAY + one for one in (0 * SECOND, -SECOND, SECOND, -HOUR, HOUR)]
    oral = event(draw, occurred, edges, 12, edges.end - 48 * HOUR) if report else None
    return {
        "exception_id": f"X-{number}",
        "occurred_at": occurred,
        "logged_at": draw.on([*soon, *month_later, edges.end, edges.end + SECOND], occurred),
        "school_id": draw.of(SCHOOLS),
        "employee_id": draw.of(EMPLOYEES),
        "employee_role": draw.of(ROLES),
        "kind": kind,
        "channel": draw.of(CHANNELS),
        "student_ref": draw.of(["", "S-1", "S-2"]),
        "registration_id": draw.of(["", "", "", registered]),
        "reason": "The bus was late" if emergency else "",
        "report_basis": draw.of(BASES) if report else "",
        "supervisor_notified_at": event(draw, occurred, edges, 24) if emergency else None,
        "parent_informed_at": event(draw, occurred, edges, 48) if emergency else None,
        "authority_reported_at": oral,
        "written_report_at": None if oral is None else event(draw, oral, edges, 48),
        "outcome": draw.of(OUTCOMES),
    }


PLACE = ("school_id", "clause", "limb", "registration_id", "platform", "account")


def audited(draw, number, count, edges, before, registered):
    """A row of the audits; most of them of the place of the one before, many about the day on which that was closed."""
    again, days = before is not None and draw.often(0.7), edges.days
    closed = None if before is None else before["closed_on"]
    if closed is not None and closed <= edges.as_of:
        days = days_from(closed, 0, 1, -1) * 40 + days
    if again:
        place = {name: before[name] for name in PLACE}
    else:
        clause = draw.of(CLAUSES)
        limb = draw.of("ab") if clause == "P.3" else ""
        account = draw.of(PLATFORMS), draw.of(["@band", "@swim", ""])
        place = dict(zip(PLACE, (
            draw.of(SCHOOLS), clause, limb, draw.of(["", registered, registered]), *draw.of([account, ("", "")]),
        ), strict=True))  # fmt: skip
    row = {
        "finding_id": f"F-{number}",
        "audit_id": draw.of(["spring", "autumn"]),
        "audited_on": draw.since_enactment(days),
        **place,
        "account_registered": draw.of(BOOLEANS),
        "result": draw.of(["finding"] * 4 + ["no_finding"]),
        **dict.fromkeys(("severity", "status", "opened_on", "due_on", "revised_due_on", "closed_on")),
        **dict.fromkeys(("closure_verified_on", "repeat_of")),
    }
    if row["result"] == "finding":
        row |= finding(draw, edges, row["audited_on"])
        others = [number - 1, number - 1, number - 2, number + 1, number, draw.randint(0, count)]
        earlier = [number - 1] * 5 if again else []
        row["repeat_of"] = draw.of([None, *(f"F-{n}" for n in [*earlier, *others]), "F-gone"])
    return row


def finding(draw, edges, audited_on):
    status = draw.of(STATUSES)
    opened = draw.on([*days_from(audited_on, 0, 0, 0, 0, 0, 1, 30), *edges.now], audited_on)
    due = draw.on([None, *edges.now, *days_from(opened, 0, 1, 30, 60)], opened)
    closed = verified = None
    if status in ("closed", "risk_accepted"):
        limits = [day for months in (6, 12, 24) for day in days_from(later(opened, months), 0, 1)]
        promised = [] if due is None else days_from(due, *NOW)
        closed = draw.on([opened, opened + DAY, *edges.now, *promised, *limits], opened)
        verified = draw.on([None, *edges.now, closed, closed + DAY], closed)
    return {
        "severity": draw.of(SEVERITIES),
        "status": status,
        "opened_on": opened,
        "due_on": due,
        "revised_due_on": None if due is None else draw.on([None, due, due + DAY, *edges.now], due),
        "closed_on": closed,
        "closure_verified_on": verified,
    }


def handed_in(draw, edges):
    """Returns from the month after as_of's back; a school may begin late, leave out months, or the figure."""
    rows = []
    for school, staff in SCHOOLS.items():
        begins = draw.of([14, 8, 1, -1])
        for back in range(-1, begins + 1):
            said = draw.of([staff, staff, staff, None, 0, "nothing"])
            if said != "nothing":
                rows.append({
                    "school_id": school, "month": first_of(edges.as_of, -back), "table": EXCEPTIONS,
                    "submitted": draw.of(["rows", "nil"]), "staff": said,
                })  # fmt: skip
    return [*rows, {"school_id": "Roton", "month": first_of(edges.as_of), "table": FINDINGS,
                    "submitted": "rows", "staff": 400}]  # fmt: skip


ALL = (REGISTRATIONS, EXCEPTIONS, FINDINGS, RETURNS)
CHOICES = [
    ALL, (REGISTRATIONS, FINDINGS), (FINDINGS,), (REGISTRATIONS, EXCEPTIONS), (EXCEPTIONS, RETURNS), ALL[:3], (EXCEPTIONS,),
    (REGISTRATIONS,), (FINDINGS,), (REGISTRATIONS, FINDINGS),
]  # fmt: skip


def a_day(draw):
    """as_of: mostly one of the edges."""
    return draw.of(AS_OF) if draw.often(0.8) else ENACTED + draw.randrange(4800) * DAY


@st.composite
def districts(draw, choices=CHOICES):
    """A district of small tables, 5 to 60 rows each: every table, or some of them."""
    chosen, seed, most = draw(st.sampled_from(choices)), draw(st.integers(0, 2**32)), draw(st.integers(5, 60))
    cells = Draw(seed)
    edges = Edges(a_day(cells))
    tables = {table: [] for table in chosen}

    def registered():
        """The name of one of the first registrations; none where it is not there."""
        name = f"R-{cells.randint(0, 7)}"
        there = {row["registration_id"] for row in tables.get(REGISTRATIONS, [])}
        return name if name in there or not there else ""

    if REGISTRATIONS in chosen:
        tables[REGISTRATIONS] = [
            registration(cells, n, edges) for n in range(min(most, cells.randint(30, 60)))
        ]
    if EXCEPTIONS in chosen:
        shared = [cells.on(edges.instants, midnight(ENACTED)) for _ in range(3)]
        tables[EXCEPTIONS] = [
            exception(cells, n, edges, shared, registered()) for n in range(min(most, cells.randint(30, 60)))
        ]
    if FINDINGS in chosen:
        count, before = min(most, cells.randint(30, 60)), None
        for n in range(count):
            before = audited(cells, n, count, edges, before, registered())
            tables[FINDINGS].append(before)
    if RETURNS in chosen:
        tables[RETURNS] = handed_in(cells, edges)
    made = {
        table: [{name: as_cell(value) for name, value in row.items()} for row in rows]
        for table, rows in tables.items()
    }
    return Made(edges.as_of, made)
