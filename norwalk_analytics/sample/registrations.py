"""The register of tools: cohorts of first uses, month by month."""

import random
from datetime import date, timedelta

from norwalk_analytics.sample.chance import (
    day_in,
    first_day,
    flags,
    known_by,
    last_day,
    later,
    month_of,
    pick,
    school_year,
    some,
    term_share,
)
from norwalk_analytics.sample.code_lists import Platforms, Row, School, closed_on
from norwalk_analytics.sample.people import Employee, Roster
from norwalk_analytics.sample.stories import (
    ENACTED,
    LAST_DAY,
    PARENTS_AFTER,
    PARENTS_BEFORE,
    PARENTS_SINCE,
    SUPERVISORS_AT_FIRST,
    SUPERVISORS_STEADY,
    SUPERVISORS_STEADY_SINCE,
)

FIRST_USES = dict(  # by the year in which a school year began
    zip(
        range(2013, 2026),
        (330, 360, 380, 400, 415, 430, 450, 690, 560, 500, 500, 520, 530),
        strict=True,
    )
)
SEASON = (11, 7, 7, 6, 5, 3, 3, 14, 20, 10, 8, 6)  # January to December
BEFORE_ENACTMENT = 60  # accounts in use since before the policy
SHARES = {"suitable": 0.89, "rules": 0.91}

ROLES = {
    "certified": 60,
    "coach": 14,
    "extracurricular_advisor": 13,
    "administrator": 7,
    "non_certified": 6,
}
SETTINGS = {
    "certified": {"classroom": 82, "extracurricular": 8, "department": 7, "school": 3},
    "coach": {"athletic_team": 1},
    "extracurricular_advisor": {"extracurricular": 1},
    "administrator": {"school": 70, "department": 30},
    "non_certified": {"classroom": 50, "extracurricular": 40, "school": 10},
}
STATED_IN = {
    "classroom": "syllabus",
    "athletic_team": "team_rules",
    "extracurricular": "extracurricular_information",
}
CLASSES = {
    "elementary": ("Kindergarten", "Grade 1", "Grade 2", "Grade 3", "Grade 4", "Grade 5"),
    "middle": ("English 6", "Math 7", "Science 8", "Social Studies 7", "Español 1", "Art 6"),
    "high": ("Biology", "Algebra II", "U.S. History", "Español 3", "Chemistry", "English 10"),
}
GROUPS = {
    "athletic_team": ("Girls Soccer", "Boys Soccer", "Field Hockey", "Girls Basketball"),
    "extracurricular": ("Robotics Club", "Student Council", "Yearbook", "Drama Club", "Chorus"),
    "school": ("School page", "School news", "Library"),
    "department": ("Music Department", "World Languages", "Science Department", "Counseling"),
}
YEARS_OF_USE = {"1": 12, "2": 16, "3": 13, "4": 9, "5": 8, "open": 42}


def register(rng: random.Random, roster: Roster, schools: list[School], platforms: Platforms) -> list[Row]:
    """Makes the register of the whole period.

    Args:
        rng: The source of chance.
        roster: Who is in post when.
        schools: The schools.
        platforms: The platforms of the code list.

    Returns:
        Rows of tool_registrations, in the order in which they were registered.
    """
    starts = [_old_start(rng) for _ in range(BEFORE_ENACTMENT)]
    rows = [_registration(rng, roster, platforms, start, _any(rng)) for start in starts]
    for month in range(month_of(ENACTED), month_of(LAST_DAY) + 1):
        rows += _cohort(rng, roster, platforms, month)
    rows = [row for row in rows if row["registered_on"] <= LAST_DAY.isoformat()]
    rows.sort(key=lambda row: row["registered_on"])
    names = {school.school_id: _slug(school.school_id) for school in schools}
    for number, row in enumerate(rows, start=1):
        row["registration_id"] = f"R-{number:05d}"
        row["account"] = _account(rng, row, names[row["school_id"]], number)
    return rows


def parents_share(month: int) -> float:
    """Gives the share of a cohort whose parents are told in time: story 1."""
    return PARENTS_AFTER if first_day(month) >= PARENTS_SINCE else PARENTS_BEFORE


def supervisors_share(month: int) -> float:
    """Gives the share of a cohort of which supervisors know at first use: story 4."""
    begin, end = month_of(ENACTED), month_of(SUPERVISORS_STEADY_SINCE)
    way = min(1.0, (month - begin) / (end - begin))
    return SUPERVISORS_AT_FIRST + (SUPERVISORS_STEADY - SUPERVISORS_AT_FIRST) * way


def by_school(registrations: list[Row]) -> dict[str, list[Row]]:
    """Groups registrations by school."""
    schools: dict[str, list[Row]] = {}
    for row in registrations:
        schools.setdefault(row["school_id"], []).append(row)
    return schools


def is_active(tool: Row, day: str) -> bool:
    """Says whether a tool was registered and in use on a day (YYYY-MM-DD)."""
    begun = tool["registered_on"] <= day and tool["active_from"] <= day
    return begun and (not tool["active_to"] or tool["active_to"] >= day)


def _old_start(rng: random.Random) -> date:
    """Draws the first use of an account that is older than the policy."""
    return date(2010 + rng.randrange(3), 1 + rng.randrange(12), 1 + rng.randrange(28))


def _any(rng: random.Random) -> dict[str, bool]:
    """Draws what was done in time for one account."""
    return {clause: rng.random() < 0.5 for clause in ("supervisor", "suitable", "rules", "parents")}


def _cohort(rng: random.Random, roster: Roster, platforms: Platforms, month: int) -> list[Row]:
    """Makes the registrations whose first use lies in a month."""
    expected = FIRST_USES[school_year(month)] * term_share(SEASON, month)
    size = some(rng, expected, give=0.08)
    done = {
        "supervisor": flags(rng, size, supervisors_share(month)),
        "suitable": flags(rng, size, SHARES["suitable"]),
        "rules": flags(rng, size, SHARES["rules"]),
        "parents": flags(rng, size, parents_share(month)),
    }
    rows = []
    for number in range(size):
        start = day_in(rng, month, since=ENACTED, until=LAST_DAY)
        in_time = {clause: drawn[number] for clause, drawn in done.items()}
        rows.append(_registration(rng, roster, platforms, start, in_time))
    return rows


def _registration(
    rng: random.Random, roster: Roster, platforms: Platforms, start: date, in_time: dict[str, bool]
) -> Row:
    """Makes one registration; its id and account follow once all are in order."""
    begin = max(start, ENACTED)  # an older account comes under the policy on that day
    employee = roster.someone(rng, month_of(begin), pick(rng, ROLES))
    setting = pick(rng, SETTINGS[employee.role])
    registered = max(ENACTED, later(begin, rng, *_delay(rng)))
    platform = platforms.choose(rng, start)
    suitability = _suitability(rng, begin, in_time["suitable"])
    end = _end(rng, employee, begin, closed_on(platform), suitability)
    return {
        "registration_id": "",
        "registered_on": registered.isoformat(),
        "school_id": employee.school.school_id,
        "employee_id": employee.employee_id,
        "employee_role": employee.role,
        "setting": setting,
        "group_name": _group(rng, employee.school.level, setting),
        "platform": platforms.written(rng, platform, registered),
        "account": "",
        "account_capacity": _capacity(rng, setting),
        "active_from": start.isoformat(),
        "active_to": end,
        "disclosed_in": _disclosed(rng, setting, begin.year),
        "supervisor_notified_on": _supervisor(rng, begin, in_time["supervisor"]),
        **suitability,
        "conduct_rules_published_on": _rules(rng, begin, in_time["rules"]),
        **_parents(rng, begin, in_time["parents"]),
        **_security(rng, setting, begin, end),
        "participants": str(rng.randrange(8, 180)) if rng.random() < 0.9 else "",
    }


def _delay(rng: random.Random) -> tuple[int, int]:
    """Draws how many days after first use a tool is registered: a few far too late."""
    bands = ((-10, 0), (0, 10), (11, 29), (31, 160))
    return rng.choices(bands, (15, 72, 10, 3))[0]


def _capacity(rng: random.Random, setting: str) -> str:
    """Draws whose account it is; a few personal ones are registered by mistake."""
    sponsored = 75 if setting in ("school", "department") else 32
    weights = {"district_sponsored": sponsored, "professional": 99 - sponsored, "personal": 1}
    return pick(rng, weights)


def _group(rng: random.Random, level: str, setting: str) -> str:
    """Draws the name of a class, a team or a club; now and then none is given."""
    if rng.random() < 0.04:
        return ""
    classes = CLASSES.get(level, CLASSES["middle"])
    return rng.choice(classes if setting == "classroom" else GROUPS[setting])


def _account(rng: random.Random, row: Row, school: str, number: int) -> str:
    """Writes an account as a handle, an address or a class code; the web ones can't exist."""
    name = f"{school}-{_slug(row['group_name'] or row['setting'])}-{number}"
    forms = (f"@{name.replace('-', '_')}", f"https://{_slug(row['platform'])}.example/{name}")
    return rng.choices((*forms, f"class code {number:x}", ""), (42, 44, 7, 7))[0]


def _slug(text: str) -> str:
    """Keeps a text's ASCII letters and digits, in lower case."""
    return "".join(sign for sign in text.lower() if sign.isascii() and sign.isalnum())


def _end(rng: random.Random, employee: Employee, start: date, closed: date, review: Row) -> str:
    """Draws the last day of use: a summer, the employee's leaving, the platform's end."""
    ends = [closed]
    years = pick(rng, YEARS_OF_USE)
    if years != "open":
        june = (school_year(month_of(start)) + int(years)) * 12 + 5
        ends.append(first_day(june) + timedelta(days=9 + rng.randrange(60)))
    if rng.random() < 0.6:
        ends.append(last_day(employee.last))
    if review["suitability_review"] == "rejected" and rng.random() < 0.7:
        ends.append(later(date.fromisoformat(review["suitability_reviewed_on"]), rng, 1, 45))
    return known_by(max(start, min(ends)), LAST_DAY)


def _disclosed(rng: random.Random, setting: str, year: int) -> str:
    """Draws where a tool is stated: ever more often over the years."""
    stated = STATED_IN.get(setting, "extracurricular_information")
    share = min(0.965, 0.84 + 0.012 * max(0, year - 2013)) if setting in STATED_IN else 0.1
    return stated if rng.random() < share else ""


def _supervisor(rng: random.Random, start: date, in_time: bool) -> str:
    """Draws the day on which the supervisor was told, if ever."""
    if in_time:
        return later(start, rng, -21, 0).isoformat()
    day = max(ENACTED, later(start, rng, 1, 90))
    return known_by(day, LAST_DAY) if rng.random() < 0.7 else ""


def _suitability(rng: random.Random, start: date, in_time: bool) -> Row:
    """Draws the review of a tool and the day of its decision."""
    decided, day = "approved", later(start, rng, -30, 0)
    if not in_time:
        fates = {"approved": 40, "rejected": 14, "pending": 16, "not_requested": 30}
        decided, day = pick(rng, fates), later(start, rng, 1, 100)
    if decided == "pending" and start < LAST_DAY - timedelta(days=300):
        decided = "not_requested"
    if day > LAST_DAY and decided != "not_requested":
        decided = "pending"
    reviewed = day.isoformat() if decided in ("approved", "rejected") else ""
    return {"suitability_review": decided, "suitability_reviewed_on": reviewed}


def _rules(rng: random.Random, start: date, in_time: bool) -> str:
    """Draws the day on which rules were published: within 28 days, later or never."""
    if in_time:
        return known_by(later(start, rng, -10, 28), LAST_DAY)
    return known_by(later(start, rng, 35, 200), LAST_DAY) if rng.random() < 0.5 else ""


def _parents(rng: random.Random, start: date, in_time: bool) -> Row:
    """Draws what parents were told and when: all in time; late; in part; nothing."""
    day, told = known_by(later(start, rng, -14, 28), LAST_DAY), ("true", "true")
    if not in_time:
        fate = rng.choices(("late", "in part", "never"), (40, 35, 25))[0]
        if fate == "late":
            day = known_by(later(start, rng, 35, 160), LAST_DAY)
        elif fate == "in part":
            told = rng.choice((("true", "false"), ("false", "true"), ("false", "false")))
        else:
            day = ""
    return {
        "parents_informed_on": day,
        "parents_told_contact_method": told[0] if day else "",
        "parents_told_conduct_expectations": told[1] if day else "",
    }


def _security(rng: random.Random, setting: str, start: date, end: str) -> Row:
    """Draws who has access, and the latest review of the settings."""
    weights = {"approved_participants": 93, "school_community": 3, "public": 3, "unknown": 1}
    if setting in ("school", "department"):
        weights = {"approved_participants": 62, "school_community": 18, "public": 19, "unknown": 1}
    last = date.fromisoformat(end) if end else LAST_DAY
    ago = rng.choices(((0, 330), (380, 900), None), (90, 7, 3))[0]
    reviewed = "" if ago is None else max(start, later(last, rng, -ago[1], -ago[0])).isoformat()
    return {"access": pick(rng, weights), "settings_reviewed_on": reviewed}
