"""The exception log: contacts and reports outside the ordinary rules."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from norwalk_analytics.sample.chance import (
    day_in,
    first_day,
    month_of,
    pick,
    school_year,
    some,
    term_share,
)
from norwalk_analytics.sample.code_lists import Row
from norwalk_analytics.sample.people import Roster
from norwalk_analytics.sample.registrations import by_school, is_active
from norwalk_analytics.sample.stories import (
    ENACTED,
    FRIENDING_AFTER,
    FRIENDING_BEFORE,
    IN_TIME_IN_LATE_YEAR,
    LAST_DAY,
    LATE_YEAR,
    REPORT_LIMIT_HOURS,
    SILENT_MONTHS,
    SILENT_SCHOOL,
    TRAINING,
)

ZONE = ZoneInfo("America/New_York")
SEASON = (11, 9, 11, 9, 11, 7, 1, 1, 14, 11, 10, 8)  # January to December
PENDING_SINCE = date(2026, 5, 20)  # nearly all that is not decided yet is younger
TWICE = (2015, 2018, 2021, 2024)  # years with a message in the hour that comes twice
HOURS = tuple(range(7, 23))
AN_HOUR, A_DAY = 60, 24 * 60  # in minutes
STUDENTS = 12_000


@dataclass(frozen=True, slots=True)
class Stream:
    """One kind of contact with one outcome: a school year's number, at first and today."""

    kind: str
    outcome: str
    at_first: float
    today: float
    channels: dict[str, int]

    def a_year(self, month: int) -> float:
        """Gives the expected number a school year, as of a month."""
        begin, end = month_of(ENACTED), month_of(LAST_DAY)
        if self is FRIENDING:  # story 7: a step instead of a slope
            return self.today if month > month_of(TRAINING) else self.at_first
        return self.at_first + (self.today - self.at_first) * (month - begin) / (end - begin)


_DIRECT = {"direct_message": 1}
_TEXT = {"sms": 9, "mms": 1}
_FRIEND = {"friend_request": 5, "follow": 6}
FRIENDING = Stream("friend_or_follow", "violation", FRIENDING_BEFORE, FRIENDING_AFTER, _FRIEND)
STREAMS = (
    FRIENDING,
    Stream("friend_or_follow", "upheld", 2, 2, _FRIEND),
    Stream("mandatory_report", "upheld", 62, 90, {"post": 4, "direct_message": 3, "other": 4}),
    Stream("individual_message", "violation", 36, 40, _TEXT),
    Stream("individual_message", "violation", 4, 6, _DIRECT),
    Stream("individual_message", "upheld", 4, 4, _TEXT | _DIRECT),
    Stream("emergency_contact", "upheld", 12, 33, {"sms": 7, "direct_message": 2, "other": 2}),
    Stream("emergency_contact", "violation", 1, 1, {"sms": 1}),
    Stream("relative", "upheld", 7, 7, {"sms": 6, "direct_message": 3, "follow": 2}),
    Stream("disclosure", "violation", 5, 5, {"post": 1}),
    Stream("disclosure", "upheld", 1, 1, {"post": 1}),
    Stream("other", "upheld", 2, 2, {"post": 1, "other": 2}),
    Stream("other", "violation", 1, 1, {"other": 1}),
)
EMERGENCIES = (
    "Student not picked up after an away game",
    "Injury at practice",
    "Bus broke down on the way back",
    "Student missing at a field trip",
    "School closed early for weather",
    "Student asked for help at night",
)


def log(rng: random.Random, roster: Roster, registrations: list[Row]) -> list[Row]:
    """Makes the exception log of the whole period.

    Args:
        rng: The source of chance.
        roster: Who is in post when.
        registrations: Rows of tool_registrations that a contact may refer to.

    Returns:
        Rows of exception_log, in the order in which they were logged.
    """
    events = [(stream, _moment(rng, month)) for stream in STREAMS for month in _months(rng, stream)]
    events = list(_some_at_the_change_of_clocks(rng, events))
    late = _late_reports(rng, events)
    tools = by_school(registrations)
    made = [
        _contact(rng, roster, tools, stream, at, number in late) for number, (stream, at) in enumerate(events)
    ]
    kept = sorted((logged, n) for n, (logged, row) in enumerate(made) if not _silent(logged, row))
    rows = [made[n][1] for _, n in kept]
    for number, row in enumerate(rows, start=1):
        row["exception_id"] = f"X-{number:05d}"
    return rows


def _months(rng: random.Random, stream: Stream) -> Iterator[int]:
    """Draws the months of a stream's contacts, quarter by quarter."""
    begin, end = month_of(ENACTED), month_of(LAST_DAY)
    for quarter in range(begin - begin % 3, end + 1, 3):
        months = [month for month in range(quarter, quarter + 3) if month >= begin]
        expected = [stream.a_year(month) * term_share(SEASON, month) for month in months]
        total = 0.0
        for part in expected:
            total += part
        yield from rng.choices(months, expected, k=some(rng, total, give=0.3))


def _moment(rng: random.Random, month: int) -> datetime:
    """Draws a local time of a month, by day; none on the last two days of the data."""
    day = day_in(rng, month, since=ENACTED, until=LAST_DAY - timedelta(days=2))
    return datetime.combine(day, time(rng.choice(HOURS), rng.randrange(60)), ZONE)


def _some_at_the_change_of_clocks(
    rng: random.Random, events: list[tuple[Stream, datetime]]
) -> Iterator[tuple[Stream, datetime]]:
    """Moves a few messages to an hour that comes twice: November's first Sunday, 1 a.m."""
    years = list(TWICE)
    for stream, at in events:
        if at.year in years and at.month == 11 and stream.kind == "individual_message":
            years.remove(at.year)
            day = date(at.year, 11, 7 - date(at.year, 11, 1).weekday())
            yield stream, datetime.combine(day, time(1, 10 + rng.randrange(40)), ZONE)
        else:
            yield stream, at


def _late_reports(rng: random.Random, events: list[tuple[Stream, datetime]]) -> set[int]:
    """Draws which mandatory reports come late: story 2; else one or two a school year."""
    years: dict[int, list[int]] = {}
    for number, (stream, at) in enumerate(events):
        if stream.kind == "mandatory_report":
            years.setdefault(school_year(month_of(at.date())), []).append(number)
    late: set[int] = set()
    for year, numbers in years.items():
        rng.shuffle(numbers)
        few = 2 if len(numbers) > 75 and rng.random() < 0.5 else 1
        share = 1 - IN_TIME_IN_LATE_YEAR + 0.06 * (rng.random() - 0.5)
        late.update(numbers[: round(len(numbers) * share) if year == LATE_YEAR else few])
    return late


def _contact(
    rng: random.Random,
    roster: Roster,
    tools: dict[str, list[Row]],
    stream: Stream,
    at: datetime,
    late: bool,
) -> tuple[datetime, Row]:
    """Makes one row of the log, and says when it was logged."""
    employee = roster.someone(rng, month_of(at.date()))
    school = employee.school.school_id
    channel = pick(rng, stream.channels)
    logged = _logged(rng, at)
    row = {
        "exception_id": "",
        "occurred_at": _written(rng, at),
        "logged_at": _written(rng, logged),
        "school_id": school,
        "employee_id": employee.employee_id,
        "employee_role": employee.role,
        "kind": stream.kind,
        "channel": channel,
        "student_ref": _student(rng, stream.kind),
        "registration_id": _tool(rng, tools.get(school, []), channel, at.date()),
        **_reasons(rng, stream.kind),
        **_notices(rng, stream.kind, at),
        "authority_reported_at": "",
        "written_report_at": "",
        "outcome": _outcome(rng, stream, at.date()),
    }
    if stream.kind == "mandatory_report":
        row |= _report(rng, at, row["report_basis"], late)
    return logged, row


def _silent(logged: datetime, row: Row) -> bool:
    """Says whether a contact happened or was logged while its school kept silent."""
    months = {logged.date().replace(day=1), date.fromisoformat(row["occurred_at"][:8] + "01")}
    return row["school_id"] == SILENT_SCHOOL and not months.isdisjoint(SILENT_MONTHS)


def _logged(rng: random.Random, at: datetime) -> datetime:
    """Draws when a contact was logged: mostly within five days, a few after a month."""
    days = rng.choices(((0, 5), (6, 29), (31, 90)), (93, 4, 3))[0]
    day = at.date() + timedelta(days=rng.randrange(days[0], days[1] + 1))
    logged = datetime.combine(day, time(rng.choice(HOURS[:11]), rng.randrange(60)), ZONE)
    if logged <= at or logged.date() > LAST_DAY:
        return _after(at, rng.randrange(10, 2 * AN_HOUR))
    return logged


def _after(at: datetime, minutes: int) -> datetime:
    """Gives the local time so many minutes of real time later."""
    return (at.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(ZONE)


def _written(rng: random.Random, at: datetime) -> str:
    """Writes a local time; now and then with its offset, always the second time of two."""
    if at.fold or rng.random() < 0.015:
        return at.isoformat()
    return f"{at:%Y-%m-%d %H:%M}"


def _known(rng: random.Random, at: datetime) -> str:
    """Writes a local time, or nothing if the data ends before it."""
    return _written(rng, at) if at.date() <= LAST_DAY else ""


def _student(rng: random.Random, kind: str) -> str:
    """Draws a student's pseudonym; disclosures and others name none at times."""
    unnamed = 0.4 if kind in ("disclosure", "other") else 0.03
    return "" if rng.random() < unnamed else f"S-{rng.randrange(1, STUDENTS):05d}"


def _tool(rng: random.Random, tools: list[Row], channel: str, day: date) -> str:
    """Draws the registered tool that was used, if it was one."""
    if channel in ("sms", "mms", "other") or rng.random() < 0.6:
        return ""
    then = day.isoformat()
    known = [tool for tool in tools if is_active(tool, then)]
    return rng.choice(known)["registration_id"] if known else ""


def _reasons(rng: random.Random, kind: str) -> Row:
    """Draws the reason of an emergency and the basis of a report."""
    basis = rng.choices(("mandated", "violence_or_self_harm"), (65, 35))[0]
    return {
        "reason": rng.choice(EMERGENCIES) if kind == "emergency_contact" else "",
        "report_basis": basis if kind == "mandatory_report" else "",
    }


def _notices(rng: random.Random, kind: str, at: datetime) -> Row:
    """Draws when the supervisor and the parent were told, if they were."""
    chances = {"emergency_contact": (80, 12, 8), "mandatory_report": (70, 5, 25)}
    odds = chances.get(kind, (30, 5, 65))
    parents = (74, 16, 10) if kind == "emergency_contact" else (12, 3, 85)
    return {
        "supervisor_notified_at": _notice(rng, at, odds, 24),
        "parent_informed_at": _notice(rng, at, parents, 48),
    }


def _notice(rng: random.Random, at: datetime, odds: tuple[int, int, int], limit: int) -> str:
    """Draws a notice within a limit in hours, after it, or none, by their odds."""
    fate = rng.choices(("in time", "late", "none"), odds)[0]
    soon = _after(at, rng.randrange(5, limit * AN_HOUR * 3 // 4))
    late = _after(at, rng.randrange(limit * AN_HOUR + 1, 5 * limit * AN_HOUR))
    return "" if fate == "none" else _known(rng, soon if fate == "in time" else late)


def _report(rng: random.Random, at: datetime, basis: str, late: bool) -> Row:
    """Draws when a report reached the authority, and in writing if it was mandated."""
    limit = REPORT_LIMIT_HOURS * AN_HOUR
    reported = _after(at, rng.randrange(10, limit - AN_HOUR))
    if late:
        reported = _after(at, rng.randrange(limit + 30, 4 * A_DAY))
    never = late and rng.random() < 0.1
    oral = "" if never else _known(rng, reported)
    written = _after(reported, rng.randrange(2 * AN_HOUR, 46 * AN_HOUR))
    if rng.random() < 0.05:
        written = _after(reported, rng.randrange(50 * AN_HOUR, 8 * A_DAY))
    given = oral and rng.random() < (0.97 if basis == "mandated" else 0.2)
    return {
        "authority_reported_at": oral,
        "written_report_at": _known(rng, written) if given else "",
    }


def _outcome(rng: random.Random, stream: Stream, day: date) -> str:
    """Gives a contact's outcome; many of the last weeks' and a few older ones are pending."""
    if stream.kind == "mandatory_report":
        return stream.outcome
    waiting = 0.45 if day >= PENDING_SINCE else 0.02 if day >= first_day(2025 * 12 + 8) else 0.0
    return "pending" if rng.random() < waiting else stream.outcome
