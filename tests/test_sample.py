"""The sample district: its bytes, its rules and its stories, by an oracle of its own.

The rules are those of DATA.md in plain Python over the rows of the files, and share no
code with the package; only the figures of the stories are named by their constants.
"""

import csv
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from math import log2, sqrt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from norwalk_analytics.sample import stories, write_sample

SCHEMAS = Path(__file__).parents[1] / "data_schemas"
SEEDS = (2013, 1, 98)
NEW_YORK = ZoneInfo("America/New_York")
ENACTED, LAST = "2013-09-03", "2026-06-30"
# Of the small contract's district, seed 7: it changes only with what the sample holds.
PINNED = "b666d179eae1797cd6ee9da81974c24bee5c023e256dceaad4f7f82ece0034a5"

Row = dict[str, str]
District = dict[str, list[Row]]
Points = dict[str, tuple[float, float]]

COLUMNS = {
    "tool_registrations": "registration_id registered_on school_id employee_id employee_role "
    "setting group_name platform account account_capacity active_from active_to disclosed_in "
    "supervisor_notified_on suitability_review suitability_reviewed_on "
    "conduct_rules_published_on parents_informed_on parents_told_contact_method "
    "parents_told_conduct_expectations access settings_reviewed_on participants",
    "exception_log": "exception_id occurred_at logged_at school_id employee_id employee_role kind "
    "channel student_ref registration_id reason report_basis supervisor_notified_at "
    "parent_informed_at authority_reported_at written_report_at outcome",
    "audit_findings": "finding_id audit_id audited_on school_id clause limb registration_id "
    "platform account account_registered result severity summary status opened_on due_on "
    "revised_due_on closed_on closure_verified_on repeat_of",
    "returns": "school_id month table submitted staff",
    "actions": "measure agreed_on action owner due_on done_on",
}
KEYS = {
    "tool_registrations": ("registration_id",),
    "exception_log": ("exception_id",),
    "audit_findings": ("finding_id",),
    "returns": ("school_id", "month", "table"),
    "actions": ("measure", "agreed_on", "action"),
}
ITEM = [
    "audit_id",
    "audited_on",
    "school_id",
    "clause",
    "limb",
    "registration_id",
    "platform",
    "account",
]
REQUIRED = {
    "tool_registrations": "registration_id registered_on school_id employee_id employee_role "
    "setting platform account_capacity active_from suitability_review access",
    "exception_log": "exception_id occurred_at logged_at school_id employee_id employee_role "
    "kind channel outcome",
    "audit_findings": "finding_id audit_id audited_on school_id clause result",
    "returns": "school_id month table submitted",
    "actions": "measure agreed_on action owner",
}
ROLES = "certified non_certified coach extracurricular_advisor administrator"
BOOLEAN = ("", "true", "false")
LISTED: dict[str, dict[str, Sequence[str]]] = {
    "tool_registrations": {
        "employee_role": ROLES.split(),
        "setting": ["classroom", "athletic_team", "extracurricular", "school", "department"],
        "account_capacity": ["district_sponsored", "professional", "personal"],
        "disclosed_in": ["", "syllabus", "team_rules", "extracurricular_information"],
        "suitability_review": ["approved", "rejected", "pending", "not_requested"],
        "parents_told_contact_method": BOOLEAN,
        "parents_told_conduct_expectations": BOOLEAN,
        "access": ["approved_participants", "school_community", "public", "unknown"],
    },
    "exception_log": {
        "employee_role": ROLES.split(),
        "kind": [
            "relative",
            "emergency_contact",
            "mandatory_report",
            "individual_message",
            "friend_or_follow",
            "disclosure",
            "other",
        ],
        "channel": ["sms", "mms", "direct_message", "friend_request", "follow", "post", "other"],
        "report_basis": ["", "mandated", "violence_or_self_harm"],
        "outcome": ["upheld", "violation", "pending"],
    },
    "audit_findings": {
        "clause": [
            "P.3",
            "P.4",
            "A.1a",
            "A.1b",
            "A.2",
            "A.3",
            "A.4",
            "A.5",
            "B.1",
            "B.2",
            "B.3",
            "B.4",
            "B.5",
            "C.1",
            "C.2",
            "C.2a",
            "C.2b",
        ],
        "limb": ["", "a", "b", "c", "d"],
        "account_registered": BOOLEAN,
        "result": ["no_finding", "finding"],
        "severity": ["", "low", "moderate", "high", "critical"],
        "status": ["", "open", "in_progress", "closed", "risk_accepted"],
    },
    "returns": {
        "table": ["tool_registrations", "exception_log", "audit_findings"],
        "submitted": ["rows", "nil"],
    },
    "actions": {},
}


def read(path: Path) -> list[Row]:
    """Reads a CSV file."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """A written district for each seed."""
    top = tmp_path_factory.mktemp("districts")
    return {seed: write_sample(top / str(seed), seed=seed, schemas=SCHEMAS) for seed in SEEDS}


@pytest.fixture(scope="module", params=SEEDS)
def district(request: pytest.FixtureRequest, folders: dict[int, Path]) -> District:
    """The tables of each seed's district."""
    return {table: read(folders[request.param] / f"{table}.csv") for table in COLUMNS}


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


# --- files -----------------------------------------------------------------------------------


def test_same_seed_same_bytes(folders: dict[int, Path], tmp_path: Path) -> None:
    """The same seed gives the same bytes, in another folder too."""
    again = write_sample(tmp_path / "a" / "b", seed=SEEDS[0], schemas=SCHEMAS)
    assert contents(again) == contents(folders[SEEDS[0]])


def test_other_seed_other_district(folders: dict[int, Path]) -> None:
    """Another seed changes every file but the Board's actions."""
    one, other = contents(folders[SEEDS[0]]), contents(folders[SEEDS[1]])
    assert {name for name in one if one[name] == other[name]} == {"actions.csv"}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A contract folder of another board: two schools, three platforms."""
    folder = tmp_path_factory.mktemp("contract")
    lists = {
        "schools.csv": "school_id,name,level\nNorth,North,high\nSouth,South,K-8\n",
        "platforms.csv": "platform,kind\nX,microblog\nFlip,classroom\nOurs,forum\n",
        "platform_aliases.csv": "alias,platform\nTwitter,X\n",
    }
    for name, text in lists.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def other_board(tmp_path_factory: pytest.TempPathFactory, small: Path) -> Path:
    """A written district of the other board."""
    return write_sample(tmp_path_factory.mktemp("other"), seed=7, schemas=small)


def test_bytes_are_pinned(other_board: Path) -> None:
    """The bytes are those of every machine and Python from 3.11 to 3.14."""
    found = contents(other_board)
    assert hashlib.sha256(b"".join(found.values())).hexdigest() == PINNED


def test_files(folders: dict[int, Path]) -> None:
    """The folder holds these files; UTF-8 with bare newlines; a key; a marked district.toml."""
    found = contents(folders[2013])
    names = {*(f"{table}.csv" for table in COLUMNS), "district.toml", "fingerprint.key"}
    assert set(found) == names
    assert all(b"\r" not in content and content.decode("utf-8") for content in found.values())
    assert re.fullmatch(rb"[0-9a-f]{64}", found["fingerprint.key"])
    assert found["district.toml"].endswith(b"as_of = 2026-06-30\nsample = true\n")


def test_as_of_goes_to_district_toml_alone(other_board: Path, tmp_path: Path, small: Path) -> None:
    """Another as_of changes district.toml and nothing else."""
    day = date(2025, 1, 31)
    found = contents(write_sample(tmp_path, seed=7, as_of=day, schemas=small))
    usual = contents(other_board)
    assert b"as_of = 2025-01-31\n" in found.pop("district.toml")
    assert {name: usual[name] for name in found} == found


def test_shipped_contract_is_the_default(folders: dict[int, Path], tmp_path: Path) -> None:
    """Without `schemas` the shipped contract is read."""
    assert contents(write_sample(tmp_path)) == contents(folders[2013])


@pytest.mark.parametrize("toml", [None, "sample = false\n", "as_of = 2026-06-30\n", "not [ toml"])
def test_refuses_to_write_over_what_is_not_a_sample(tmp_path: Path, toml: str | None) -> None:
    """Someone's own file stays as it is, and nothing is written beside it."""
    own = tmp_path / "exception_log.csv"
    own.write_text("mine\n", encoding="utf-8")
    if toml is not None:
        (tmp_path / "district.toml").write_text(toml, encoding="utf-8")
    before = contents(tmp_path)
    with pytest.raises(FileExistsError, match=r"exception_log\.csv.* so nothing was written: "):
        write_sample(tmp_path, schemas=SCHEMAS)
    assert contents(tmp_path) == before


def test_writes_over_an_earlier_sample(other_board: Path, tmp_path: Path, small: Path) -> None:
    """An earlier sample, even half written, is replaced; other files stay."""
    (tmp_path / "district.toml").write_text("sample = true\n", encoding="utf-8")
    (tmp_path / ".returns.csv.partial").write_text("half a fi", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("keep", encoding="utf-8")
    found = contents(write_sample(tmp_path, seed=7, schemas=small))
    assert found.pop("notes.txt") == b"keep"
    assert found == contents(other_board)


# --- sizes -----------------------------------------------------------------------------------


def items(rows: Iterable[Row]) -> dict[tuple[str, ...], list[Row]]:
    """Groups audit rows by audited item."""
    found: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        found[tuple(row[column] for column in ITEM)].append(row)
    return found


def active(rows: Iterable[Row], day: str) -> list[Row]:
    """Lists the registrations in use on a day."""
    return [r for r in rows if r["active_from"] <= day and (not r["active_to"] or r["active_to"] >= day)]


SIZES: list[tuple[str, Callable[[District], float], float, float]] = [
    ("registrations", lambda d: len(d["tool_registrations"]), 5700, 6400),
    ("exceptions", lambda d: len(d["exception_log"]), 2350, 2750),
    ("audited items", lambda d: len(items(d["audit_findings"])), 11_500, 12_500),
    ("rows of one item", lambda d: max(map(len, items(d["audit_findings"]).values())), 2, 2),
    ("active", lambda d: len(active(d["tool_registrations"], LAST)), 2000, 2700),
    ("ended", lambda d: sum(r["active_to"] != "" for r in d["tool_registrations"]), 3000, 5000),
    ("older", lambda d: sum(r["active_from"] < ENACTED for r in d["tool_registrations"]), 30, 90),
    ("personal", lambda d: count(d, "tool_registrations", account_capacity="personal"), 20, 110),
    (
        "late in register",
        lambda d: sum(days_late(r) > 30 for r in d["tool_registrations"]),
        90,
        400,
    ),
    ("pending", lambda d: count(d, "exception_log", outcome="pending"), 2, 40),
    ("emergencies", lambda d: count(d, "exception_log", kind="emergency_contact"), 200, 400),
    ("risk accepted", lambda d: count(d, "audit_findings", status="risk_accepted"), 10, 60),
    ("open", lambda d: count(d, "audit_findings", status="open"), 5, 60),
    ("repeats", lambda d: sum(r["repeat_of"] != "" for r in d["audit_findings"]), 50, 200),
    (
        "verified",
        lambda d: sum(r["closure_verified_on"] != "" for r in d["audit_findings"]),
        200,
        500,
    ),
    ("moved", lambda d: sum(r["revised_due_on"] != "" for r in d["audit_findings"]), 20, 120),
    ("not in register", lambda d: count(d, "audit_findings", account_registered="false"), 25, 110),
    ("in register", lambda d: count(d, "audit_findings", account_registered="true"), 700, 1100),
    ("actions", lambda d: len(d["actions"]), 4, 8),
    (
        "actions overdue",
        lambda d: sum(r["due_on"] < LAST and not r["done_on"] for r in d["actions"]),
        1,
        1,
    ),
]


def count(district: District, table: str, **cells: str) -> int:
    """Counts the rows of a table that hold these cells."""
    return sum(all(row[name] == cell for name, cell in cells.items()) for row in district[table])


def days_late(row: Row) -> int:
    """Days from first use to registration."""
    return (date.fromisoformat(row["registered_on"]) - date.fromisoformat(row["active_from"])).days


@pytest.mark.parametrize(("name", "figure", "least", "most"), SIZES, ids=[s[0] for s in SIZES])
def test_sizes(
    district: District,
    name: str,
    figure: Callable[[District], float],
    least: float,
    most: float,
) -> None:
    """Each table is about as large as it should be, and holds what it should."""
    assert least <= figure(district) <= most, name


def test_every_year_and_school(district: District) -> None:
    """250 to 750 first uses a calendar year from 2014 to 2025; audits at every school each."""
    uses = Counter(row["active_from"][:4] for row in district["tool_registrations"])
    schools = {row["school_id"] for row in read(SCHEMAS / "schools.csv")}
    audited = {(row["school_id"], row["audited_on"][:4]) for row in district["audit_findings"]}
    for year in map(str, range(2014, 2026)):
        assert 250 <= uses[year] <= 750, year
        assert {school for school in schools if (school, year) in audited} == schools
    assert {row["school_id"] for row in district["tool_registrations"]} == schools


# --- rules -----------------------------------------------------------------------------------


@cache
def instant(text: str) -> datetime:
    """Reads a datetime as its rule says: with an offset, or local, the first time of two."""
    at = datetime.fromisoformat(text)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=NEW_YORK).astimezone(UTC)


def comes_twice(text: str) -> bool:
    """Says whether a local time comes twice."""
    at = datetime.fromisoformat(text)
    local = at.replace(tzinfo=NEW_YORK)
    return not at.tzinfo and local.utcoffset() != local.replace(fold=1).utcoffset()


def is_written_well(text: str) -> bool:
    """Says whether a datetime has one of the two forms and exists."""
    local = re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", text)
    if not local:
        return bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d-0[45]:00", text))
    back = instant(text).astimezone(NEW_YORK).replace(tzinfo=None)
    return back == datetime.fromisoformat(text)


def in_order(row: Row, *columns: str) -> bool:
    """Says whether the filled cells of these columns don't fall (dates as text)."""
    filled = [row[column] for column in columns if row[column]]
    return filled == sorted(filled)


def is_day(text: str) -> bool:
    """Says whether a text is YYYY-MM-DD and a day up to the last of the data."""
    return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", text)) and str(date.fromisoformat(text)) <= LAST


def broken_registration(row: Row) -> Iterator[str]:
    """Names the rules that a registration breaks."""
    days = "registered_on active_from active_to supervisor_notified_on suitability_reviewed_on"
    days += " conduct_rules_published_on parents_informed_on settings_reviewed_on"
    told = row["parents_told_contact_method"], row["parents_told_conduct_expectations"]
    decided = row["suitability_review"] in ("approved", "rejected")
    checks = {
        "days": all(is_day(row[name]) for name in days.split() if row[name]),
        "registered": row["registered_on"] >= ENACTED,
        "used after it ended": row["active_to"] == "" or row["active_to"] >= row["active_from"],
        "in use at enactment": row["active_to"] == "" or row["active_to"] >= ENACTED,
        "reviewed": decided == (row["suitability_reviewed_on"] != ""),
        "told": "true" not in told or row["parents_informed_on"] != "",
        "participants": re.fullmatch(r"\d*", row["participants"]) is not None,
        "scheme": ":" not in row["account"] or re.match(r"https?://", row["account"]) is not None,
        "employee": re.fullmatch(r"E-\d{4}", row["employee_id"]) is not None,
    }
    yield from (name for name, held in checks.items() if not held)


def broken_exception(row: Row) -> Iterator[str]:
    """Names the rules that a contact breaks."""
    times = [name for name in row if name.endswith("_at") and row[name]]
    at = {name: instant(row[name]) for name in times}
    is_report = row["kind"] == "mandatory_report"
    written, oral = row["written_report_at"], row["authority_reported_at"]
    checks = {
        "written": all(is_written_well(row[name]) for name in times),
        "enacted": row["occurred_at"] >= ENACTED,
        "ended": all(row[name][:10] <= LAST for name in times),
        "before it occurred": all(moment >= at["occurred_at"] for moment in at.values()),
        "reason": row["kind"] != "emergency_contact" or row["reason"] != "",
        "basis": is_report == (row["report_basis"] != ""),
        "authority": is_report or oral == "",
        "written report": not written
        or (oral != "" and at["written_report_at"] >= at["authority_reported_at"]),
        "employee": re.fullmatch(r"E-\d{4}", row["employee_id"]) is not None,
        "student": re.fullmatch(r"(S-\d{5})?", row["student_ref"]) is not None,
    }
    yield from (name for name, held in checks.items() if not held)


def broken_finding(row: Row) -> Iterator[str]:
    """Names the rules that an audit row breaks."""
    found, ended = row["result"] == "finding", row["status"] in ("closed", "risk_accepted")
    life = ["audited_on", "opened_on", "due_on", "revised_due_on"]
    closing = ["opened_on", "closed_on", "closure_verified_on"]
    checks = {
        "days": all(is_day(row[name]) for name in (life[0], *closing) if row[name]),
        "enacted": row["audited_on"] >= ENACTED,
        "limb": (row["clause"] == "P.3") == (row["limb"] != ""),
        "finding's cells": all(found == (row[c] != "") for c in ("severity", "status", "opened_on")),
        "due without a finding": found or row["due_on"] == "",
        "promises in order": in_order(row, *life),
        "moved without a date": not row["revised_due_on"] or row["due_on"] != "",
        "closed": ended == (row["closed_on"] != ""),
        "closing in order": in_order(row, *closing),
        "verified open": not row["closure_verified_on"] or row["closed_on"] != "",
        "registered": (row["account_registered"] != "") == (row["clause"] == "A.1b"),
        "in register": row["account_registered"] != "true" or row["registration_id"] != "",
    }
    yield from (name for name, held in checks.items() if not held)


def test_columns_and_required_cells(district: District) -> None:
    """The columns are DATA.md's in its order; keys are unique; no required cell is blank."""
    schools = {row["school_id"] for row in read(SCHEMAS / "schools.csv")}
    for table, rows in district.items():
        assert all(list(row) == COLUMNS[table].split() for row in rows)
        assert all(row[name] for row in rows for name in REQUIRED[table].split())
        assert len({tuple(row[name] for name in KEYS[table]) for row in rows}) == len(rows)
        assert all(row.get("school_id", "Roton") in schools for row in rows)
        for name, listed in LISTED[table].items():
            assert {row[name] for row in rows} <= set(listed), (table, name)
        if len(KEYS[table]) == 1:
            ids = [row[KEYS[table][0]] for row in rows]
            assert all(re.fullmatch(r"[A-Za-z0-9._/-]{1,64}", name) for name in ids)


def test_no_row_breaks_a_critical_rule(district: District) -> None:
    """No row of the three large tables would be set aside."""
    rules = {
        "tool_registrations": broken_registration,
        "exception_log": broken_exception,
        "audit_findings": broken_finding,
    }
    broken = Counter(
        (table, rule) for table, check in rules.items() for row in district[table] for rule in check(row)
    )
    assert broken == {}


def test_references(district: District) -> None:
    """Registrations named elsewhere exist, at that school; repeats name an earlier finding."""
    tools = {row["registration_id"]: row for row in district["tool_registrations"]}
    findings = {row["finding_id"]: row for row in district["audit_findings"]}
    for row in district["exception_log"] + district["audit_findings"]:
        if row["registration_id"]:
            assert tools[row["registration_id"]]["school_id"] == row["school_id"]
    for row in (row for row in district["audit_findings"] if row["repeat_of"]):
        earlier = findings[row["repeat_of"]]
        same = [earlier[name] == row[name] for name in ("school_id", "clause", "result")]
        assert all(same) and earlier["status"] == "closed"
        assert earlier["closed_on"] < row["audited_on"] and earlier["audited_on"] < row["audited_on"]


def test_people(district: District) -> None:
    """An employee belongs to one school and one role in every table."""
    rows = district["tool_registrations"] + district["exception_log"]
    posts = {(row["employee_id"], row["school_id"], row["employee_role"]) for row in rows}
    assert len(posts) == len({employee for employee, _, _ in posts})


def test_items_agree(district: District) -> None:
    """No item has a finding beside a no_finding; no audited account is both known and not."""
    for rows in items(district["audit_findings"]).values():
        assert len(rows) == 1 or {row["result"] for row in rows} == {"finding"}
        assert len({row["account_registered"] for row in rows}) == 1


def test_warnings_are_few(district: District) -> None:
    """What is warned of: a few unknown platforms, and a handful of times that come twice."""
    known = {row["platform"] for row in read(SCHEMAS / "platforms.csv")}
    known |= {row["alias"] for row in read(SCHEMAS / "platform_aliases.csv")}
    rows = district["tool_registrations"]
    unknown = sum(row["platform"] not in known for row in rows)
    assert 0.01 < unknown / len(rows) < 0.04
    cells = [row[name] for row in district["exception_log"] for name in row if name[-3:] == "_at"]
    assert 1 <= sum(comes_twice(cell) for cell in cells if cell) <= 12
    assert 0.005 < sum("T" in cell for cell in cells) / len(cells) < 0.03


def test_platforms_follow_the_years(district: District) -> None:
    """Twitter is X from mid-2023 on; early and late platforms keep to their years."""
    years: dict[str, list[str]] = defaultdict(list)
    for row in district["tool_registrations"]:
        years[row["platform"]].append(row["registered_on"])
    assert max(years["Remind101"]) < "2015-06" and max(years["Vine"]) < "2017"
    assert max(years["Google+"]) < "2019-04" and max(years["Edmodo"]) < "2022-09-22"
    assert min(years["X"]) >= "2023-07-24" and min(years["TikTok"]) >= "2018-12"
    assert min(years["Threads"]) >= "2022-12" and min(years["Bluesky"]) >= "2023-12"


# --- stories ---------------------------------------------------------------------------------


def school_year(day: str) -> int:
    """The year in which a day's school year began."""
    return int(day[:4]) - (int(day[5:7]) < 7)


def quarter(day: str) -> str:
    """A day's quarter."""
    return f"{day[:4]}Q{(int(day[5:7]) + 2) // 3}"


def cohorts(district: District) -> list[Row]:
    """The registrations of the cohorts: not personal, in use since the enactment, not late."""
    return [
        row
        for row in district["tool_registrations"]
        if row["account_capacity"] != "personal"
        and ENACTED <= row["active_from"] < "2026-06"
        and days_late(row) <= 30
    ]


def parents_informed(row: Row) -> bool:
    """Says whether parents were told all within 30 days of first use."""
    told = row["parents_told_contact_method"], row["parents_told_conduct_expectations"]
    until = date.fromisoformat(row["active_from"]) + timedelta(days=30)
    return told == ("true", "true") and row["parents_informed_on"] <= until.isoformat()


def supervisor_aware(row: Row) -> bool:
    """Says whether the supervisor knew on or before first use."""
    return "" < row["supervisor_notified_on"] <= row["active_from"]


def reported_in_time(row: Row) -> bool:
    """Says whether a report reached the authority within 12 hours."""
    if not row["authority_reported_at"]:
        return False
    taken = instant(row["authority_reported_at"]) - instant(row["occurred_at"])
    return taken <= timedelta(hours=12)


def share(rows: Iterable[Row], holds: Callable[[Row], bool]) -> float:
    """The share of rows for which something holds."""
    held = [holds(row) for row in rows]
    return sum(held) / len(held)


def started(district: District, begin: str, end: str) -> list[Row]:
    """The cohorts from one day to before another."""
    return [row for row in cohorts(district) if begin <= row["active_from"] < end]


def reports(district: District, *years: int) -> list[Row]:
    """The mandatory reports of some school years."""
    rows = district["exception_log"]
    kind = [row for row in rows if row["kind"] == "mandatory_report"]
    return [row for row in kind if school_year(row["occurred_at"]) in years]


def found(district: District, clause: str, begin: str, end: str) -> float:
    """A clause's share of audited items with a finding, from one day to before another."""
    rows = district["audit_findings"]
    audited = items(r for r in rows if r["clause"] == clause and begin <= r["audited_on"] < end)
    return share((rows[0] for rows in audited.values()), lambda row: row["result"] == "finding")


def is_friending(row: Row) -> bool:
    """Says whether a contact is a violation of C.1."""
    return row["kind"] == "friend_or_follow" and row["outcome"] == "violation"


def is_text(row: Row) -> bool:
    """Says whether a contact is an individual text found to be a violation."""
    texted = row["kind"] == "individual_message" and row["channel"] in ("sms", "mms")
    return texted and row["outcome"] == "violation"


def a_year(district: District, holds: Callable[[Row], bool]) -> Counter[int]:
    """Counts contacts by school year."""
    return Counter(school_year(r["occurred_at"]) for r in district["exception_log"] if holds(r))


SINCE, SLIP = str(stories.PARENTS_SINCE), str(stories.SLIPPING_SINCE)
B4, LATE, OTHERS = stories.SLIPPING_CLAUSE, stories.LATE_YEAR, {*range(2013, 2026)}
STORIES: list[tuple[str, Callable[[District], float], float, float]] = [
    (
        "parents before",
        lambda d: share(started(d, ENACTED, SINCE), parents_informed),
        stories.PARENTS_BEFORE,
        0.03,
    ),
    (
        "parents after",
        lambda d: share(started(d, SINCE, "2026-06"), parents_informed),
        stories.PARENTS_AFTER,
        0.03,
    ),
    (
        "reports in the late year",
        lambda d: share(reports(d, LATE), reported_in_time),
        stories.IN_TIME_IN_LATE_YEAR,
        0.04,
    ),
    (
        "reports else",
        lambda d: share(reports(d, *(OTHERS - {LATE})), reported_in_time),
        0.98,
        0.01,
    ),
    ("settings before", lambda d: found(d, B4, ENACTED, SLIP), stories.SLIPPING_BEFORE, 0.015),
    ("settings after", lambda d: found(d, B4, SLIP, "2026-07"), stories.SLIPPING_AFTER, 0.03),
    (
        "supervisors at first",
        lambda d: share(started(d, ENACTED, "2014-07"), supervisor_aware),
        stories.SUPERVISORS_AT_FIRST,
        0.06,
    ),
    *(
        (
            f"supervisors {year}",
            lambda d, year=year: share(started(d, f"{year}", f"{year + 1}"), supervisor_aware),
            stories.SUPERVISORS_STEADY,
            0.03,
        )
        for year in (2023, 2024, 2025)
    ),
]


@pytest.mark.parametrize(("name", "figure", "expected", "give"), STORIES, ids=[story[0] for story in STORIES])
def test_stories_by_their_shares(
    district: District,
    name: str,
    figure: Callable[[District], float],
    expected: float,
    give: float,
) -> None:
    """Each share of a story is what its constant says."""
    assert figure(district) == pytest.approx(expected, abs=give), name


def test_reports_are_many_and_by_many(district: District) -> None:
    """Mandatory reports: 50 to 110 a school year, by many employees, one or two late else."""
    for year in OTHERS:
        rows = reports(district, year)
        assert 50 <= len(rows) <= 110
        assert len({row["employee_id"] for row in rows}) > 0.8 * len(rows)
        assert year == LATE or 0.965 <= share(rows, reported_in_time) < 1


def test_settings_are_audited_often(district: District) -> None:
    """B.4: 35 items and more in every month in term of the last three school years."""
    rows = [row for row in district["audit_findings"] if row["clause"] == B4]
    months = Counter(key[1][:7] for key in items(rows) if key[1] >= "2023-07")
    term = [f"{y + (m < 7)}-{m:02d}" for y in (2023, 2024, 2025) for m in range(1, 13)]
    assert min(months[month] for month in term if month[5:] not in ("07", "08")) >= 35


def test_audits_follow_the_stories(district: District) -> None:
    """About half of the last five years' items are on the stories' clauses, few in summer."""
    keys = [key for key in items(district["audit_findings"]) if key[1] >= "2021-07"]
    told = sum(key[3] in ("A.1b", "A.4", "B.4", "B.5", "C.1") for key in keys)
    assert 0.45 < told / len(keys) < 0.6
    assert sum(key[1][5:7] in ("07", "08") for key in keys) / len(keys) < 0.05


@pytest.mark.parametrize("clause", sorted({*LISTED["audit_findings"]["clause"]} - {B4}))
def test_other_clauses_are_steady(district: District, clause: str) -> None:
    """Findings on every other clause keep to 1 to 10 of 100 items, late as early."""
    assert 0.01 <= found(district, clause, ENACTED, "2026-07") <= 0.1
    early = found(district, clause, ENACTED, "2020-07")
    assert found(district, clause, "2020-07", "2026-07") == pytest.approx(early, abs=0.07)


def test_the_silent_school(district: District) -> None:
    """Roton hands in neither rows nor nil of the log; every other return of its is there."""
    school, months = stories.SILENT_SCHOOL, {str(month) for month in stories.SILENT_MONTHS}
    log = [row for row in district["exception_log"] if row["school_id"] == school]
    begun = {row[name][:8] + "01" for row in log for name in ("occurred_at", "logged_at")}
    assert not begun & months and begun
    handed = [row for row in district["returns"] if row["school_id"] == school]
    of_log = {row["month"] for row in handed if row["table"] == "exception_log"}
    recent = {f"2025-{m:02d}-01" for m in range(7, 13)} | {f"2026-{m:02d}-01" for m in range(1, 7)}
    assert recent - of_log == months


def test_returns_agree_with_the_tables(district: District) -> None:
    """Rows where a table holds some for the month, else nil; a dozen are missing, never rows."""
    begins = {
        "tool_registrations": "registered_on",
        "exception_log": "occurred_at",
        "audit_findings": "audited_on",
    }
    held = {
        (row["school_id"], row[column][:8] + "01", table)
        for table, column in begins.items()
        for row in district[table]
    }
    returned = {(r["school_id"], r["month"], r["table"]): r for r in district["returns"]}
    assert held == {key for key, row in returned.items() if row["submitted"] == "rows"}
    months = {str(date(n // 12, n % 12 + 1, 1)) for n in range(2013 * 12 + 8, 2026 * 12 + 6)}
    schools = {row["school_id"] for row in read(SCHEMAS / "schools.csv")}
    due = {(school, month, table) for school in schools for month in months for table in begins}
    missing = len(stories.SILENT_MONTHS) + stories.OTHER_MISSING_RETURNS
    assert returned.keys() <= due and len(due) - len(returned) == missing


def test_staff(district: District) -> None:
    """Staff stand in the log's returns alone: by level some 55, 80 and 140, drifting a little."""
    levels = {row["school_id"]: row["level"] for row in read(SCHEMAS / "schools.csv")}
    usual = {"elementary": 55, "middle": 80, "high": 140}
    for row in district["returns"]:
        assert (row["staff"] != "") == (row["table"] == "exception_log")
        if row["staff"]:
            assert 0.7 <= int(row["staff"]) / usual[levels[row["school_id"]]] <= 1.2
    assert len({r["staff"] for r in district["returns"] if r["school_id"] == "Roton"}) > 3


def test_overdue_critical_findings(district: District) -> None:
    """At least one critical finding of each named month is open and past due."""
    overdue = [
        row["audited_on"][:8] + "01"
        for row in district["audit_findings"]
        if row["severity"] == "critical"
        and row["status"] in ("open", "in_progress")
        and "" < row["due_on"] < LAST
    ]
    assert {str(month) for month in stories.OVERDUE_MONTHS} <= set(overdue)
    assert 2 <= len(overdue) <= 10


def test_contacts_by_year(district: District) -> None:
    """Friending falls after the training; texts keep to 25 to 60 a school year."""
    friends, texts = a_year(district, is_friending), a_year(district, is_text)
    before, after = stories.FRIENDING_BEFORE, stories.FRIENDING_AFTER
    assert all(0.75 * before <= friends[year] <= 1.25 * before for year in range(2013, 2021))
    assert all(0.6 * after <= friends[year] <= 1.4 * after for year in range(2022, 2026))
    assert all(25 <= texts[year] <= 60 for year in OTHERS)


def test_contacts_are_few_in_summer_and_soon_logged(district: District) -> None:
    """July and August hold few contacts; most are logged within five days, a few after 30."""
    rows = district["exception_log"]
    assert share(rows, lambda row: row["occurred_at"][5:7] in ("07", "08")) < 0.04
    days = [(instant(row["logged_at"]) - instant(row["occurred_at"])).days for row in rows]
    assert sum(lag <= 5 for lag in days) > 0.9 * len(days)
    assert 30 <= sum(lag > 30 for lag in days) <= 130


def test_notices_are_late_or_missing_at_times(district: District) -> None:
    """Emergency contacts: most supervisors told in a day; some late, some never."""
    rows = [row for row in district["exception_log"] if row["kind"] == "emergency_contact"]
    told = [row for row in rows if row["supervisor_notified_at"]]
    hours = [instant(row["supervisor_notified_at"]) - instant(row["occurred_at"]) for row in told]
    in_time = sum(taken <= timedelta(hours=24) for taken in hours)
    assert 0.7 < in_time / len(rows) < 0.9 and in_time < len(told) < len(rows)


# --- the stories on their charts -------------------------------------------------------------


def last_run(points: Points, *, proportion: bool) -> tuple[int, int, int]:
    """The last 36 points on a p or u chart, by the rules of MEASURES.md.

    Args:
        points: Period to numerator and denominator.
        proportion: A p chart, else a u chart.

    Returns:
        The length of the last run and its side (1 above the centre line, -1 below), and on
        how many points of it lie outside the limits; the length is 0 if it is no signal.
    """
    kept = [points[period] for period in sorted(points)[-36:]]
    centre = sum(y for y, _ in kept) / sum(n for _, n in kept)
    spread = centre * (1 - centre) if proportion else centre
    side = 1 if kept[-1][0] / kept[-1][1] > centre else -1
    run = 0
    while run < len(kept) and side * (kept[-1 - run][0] / kept[-1 - run][1] - centre) > 0:
        run += 1
    outside = sum(side * (y / n - centre) > 3 * sqrt(spread / n) for y, n in kept[-run:])
    return (run if run > round(log2(len(kept))) + 3 else 0), side, outside


def by_period(rows: Iterable[Row], column: str, period: Callable[[str], str]) -> Points:
    """Counts misses (rows marked 1) and all rows by period; the mark stands in `hit`."""
    points: dict[str, tuple[float, float]] = defaultdict(lambda: (0, 0))
    for row in rows:
        y, n = points[period(row[column])]
        points[period(row[column])] = (y + float(row["hit"]), n + 1)
    return points


def marked(rows: Iterable[Row], holds: Callable[[Row], bool]) -> list[Row]:
    """Marks the rows for which something holds."""
    return [row | {"hit": str(int(holds(row)))} for row in rows]


def month(day: str) -> str:
    """A day's month."""
    return day[:7]


def test_charts_show_the_stories(district: District) -> None:
    """Parents by month: a long last run above; settings: above; friending by quarter: below."""
    parents = by_period(marked(cohorts(district), parents_informed), "active_from", month)
    run, side, _ = last_run(parents, proportion=True)
    assert run and side == 1
    audited = [row for row in district["audit_findings"] if row["clause"] == B4]
    findings = marked(audited, lambda row: row["result"] == "finding")
    run, side, _ = last_run(by_period(findings, "audited_on", month), proportion=True)
    assert run and side == 1
    _, side, outside = last_run(by_period(findings, "audited_on", quarter), proportion=True)
    assert outside >= 2 and side == 1
    friends = Counter(quarter(r["occurred_at"]) for r in district["exception_log"] if is_friending(r))
    quarters = [f"{2013 + n // 4}Q{n % 4 + 1}" for n in range(3, 54)]
    staffed: Points = {period: (friends[period], 15.0) for period in quarters}
    run, side, _ = last_run(staffed, proportion=False)
    assert run and side == -1


def test_chart_shows_the_late_year(district: District) -> None:
    """Reports by school year: one point outside the limits, the late year's."""
    rows = marked(reports(district, *OTHERS), reported_in_time)
    points = by_period(rows, "occurred_at", lambda day: str(school_year(day)))
    centre = sum(y for y, _ in points.values()) / sum(n for _, n in points.values())
    low = {p for p, (y, n) in points.items() if y / n < centre - 3 * sqrt(centre * (1 - centre) / n)}
    assert low == {str(LATE)}
