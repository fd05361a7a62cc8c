"""frictionless, an independent reader of the same Table Schemas, and the loader find the same broken cells.

Where they do not, DIFFERENCES names it, and docs/frictionless.md says the same; a case pins each
(frictionless_cases.py; two that take a whole file are below).
"""

import csv
import json
import re
import shlex
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from frictionless_cases import (
    ACT, AT, AUD, KEY, LOG, REG, RET, SCHEMA, SCHEMAS, TABLES, Found, cases, kind_of, plant,
)  # fmt: skip
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from norwalk_analytics import load_district

ROOT = SCHEMAS.parent
PAGE = (ROOT / "docs" / "frictionless.md").read_text(encoding="utf-8")
AS_OF = date(2026, 6, 30)

# What differs, and why. The table in docs/frictionless.md says the same.
DIFFERENCES = {
    "white space": "nobody sees it in a spreadsheet, and it means nothing",
    "invisible characters": "they come with text copied from web pages, and nobody can find them by looking",
    "case of a Boolean": "spreadsheets write TRUE, people write Yes",
    "spreadsheet error": "the formula failed, so the cell says nothing",
    "two-digit year": "the century would be a guess",
    "other dates": "dateutil fills in what is not written from today's date, and takes almost anything for a date",
    "far years": "no record of a school is so old or so late: it is a slip of the keys",
    "no time of day": "deadlines are counted in hours, and midnight would be a guess",
    "local time that does not exist": "frictionless knows no time zone, and deadlines are counted in UTC",
    "day and month in doubt": "the other dates of the column say that the day may stand first",
    "digits": "Python's int() reads more than people mean by a whole number, and 64 bits hold 18 digits surely",
    "offset run on to AM or PM": "what stands there can be read in one way only",
    "code list with aliases": "a Table Schema has no word for a list that maps spellings, so codeList is our own",
    "first row of a key": "which of the rows is right can't be told, so none of them is accepted",
    "same row": "a row that stands twice is no contradiction: the first is kept",
    "empty key": "one fault, one reason",
    "unread part of a key": "what can't be read can't be told to be the same",
    "ragged row": "its cells stand under the wrong headers, so what they break says nothing",
    "blank row": "spreadsheets are full of them; they are counted, and are no rows",
    "row of another kind": "totals, repeated headers and a template's example are no records; one reason says so",
    "headers": "people rename and move columns; the schemas list the names that are known",
    "encoding": "Excel saves CSV so",
}

OUR_KINDS = {
    "listed": "enum", "characters": "pattern", "length": "length", "at_least": "minimum", "at_most": "maximum",
    "known": "foreign", "known_row": "foreign", "required": "required", "unique": "unique",
    **dict.fromkeys(("unreadable", "two_digit_year", "spreadsheet_error", "invisible"), "type"),
    **dict.fromkeys(("ambiguous_date", "absent_time", "no_stored_value"), "type"),
    **dict.fromkeys(("time_twice", "year_alone", "ambiguous_dates", "mixed_dates"), ""),  # read, with a warning
}  # fmt: skip
THEIR_KINDS = {
    "type-error": "type", "unique-error": "unique", "primary-key": "unique", "foreign-key": "foreign",
    "missing-cell": "ragged", "extra-cell": "ragged", "blank-row": "blank",
    "required": "required", "enum": "enum", "pattern": "pattern", "minLength": "length", "maxLength": "length",
    "minimum": "minimum", "maximum": "maximum",
}  # fmt: skip
OF_ROWS = {"same_row", "ragged", "total_row", "repeated_header", "example_row"}


def rules_beyond_the_schemas():
    """The rules of the suites, which a Table Schema can't say; but for the code list that maps spellings."""
    suites = [json.loads((SCHEMAS / f"{table}.expectations.json").read_text("utf-8")) for table in TABLES]
    return {one["meta"]["rule"] for suite in suites for one in suite["expectations"]} - {"platform.listed"}


BEYOND = rules_beyond_the_schemas()


def found_by_us(district) -> set[Found]:
    found = set()
    for table, loaded in district.tables.items():
        for row, rule in loaded.problems.select("row", "rule").rows():
            name, _, kind = rule.rpartition(".")
            if rule not in BEYOND and (kind := kind if kind in OF_ROWS else OUR_KINDS[kind]):
                found.add((table, row, name, kind))
    return found


def package_of(folder):
    """The tables that a folder holds, by our datapackage.json; how the CSV files are written is said, not guessed."""
    from frictionless import Package

    package = json.loads((SCHEMAS / "datapackage.json").read_text("utf-8"))
    package["resources"] = [one for one in package["resources"] if (folder / one["path"]).exists()]
    for one in package["resources"]:
        one["dialect"] = {"delimiter": ",", "quoteChar": '"', "skipInitialSpace": False}
        one["schema"] = SCHEMA.get(one["name"], one["schema"])
    return Package.from_descriptor(package, basepath=str(folder))


def errors_of_frictionless(folder):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # dateutil's, of zones that it does not know
        report = package_of(folder).validate(limit_errors=10**6)
    return [(task.name, error) for task in report.tasks for error in task.errors]


def found_by_frictionless(folder) -> set[Found]:
    found = set()
    for table, error in errors_of_frictionless(folder):
        constraint = re.match('constraint "(.+?)"', error.note)
        kind = THEIR_KINDS[constraint[1] if constraint else error.type]
        if error.type == "primary-key":
            name = KEY[table]
        elif error.type == "foreign-key":
            name = error.field_names[0]
        else:
            name = "" if kind in ("ragged", "blank") else error.field_name
        found.add((table, error.row_number, name, kind))
    return found


def write(folder, tables, **how):
    """CSV files of tables, and the code lists beside them."""
    for table, rows in tables.items():
        with (folder / f"{table}.csv").open("w", **{"encoding": "utf-8", "newline": "", **how}) as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL)
            writer.writerow(one["name"] for one in SCHEMA[table]["fields"])
            writer.writerows(rows)
    for name in ("schools", "platforms", "platform_aliases"):
        (folder / f"{name}.csv").write_bytes((SCHEMAS / f"{name}.csv").read_bytes())
    return folder


@pytest.fixture(scope="module")
def sample_rows(sample_folder):
    tables = {}
    for table in TABLES:
        with (sample_folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            tables[table] = list(csv.reader(file))[1:]
    return tables


@pytest.fixture(scope="module")
def planted(sample_rows):
    return plant(sample_rows)


@pytest.fixture(scope="module")
def faulty(planted, tmp_path_factory):
    return write(tmp_path_factory.mktemp("frictionless"), planted.tables)


@pytest.fixture(scope="module")
def loaded(faulty):
    return load_district(faulty, as_of=AS_OF)


def unlike(found, expected, tables):
    """What was found and not expected, and the other way round, each with its cell."""
    differing = [(one, "not expected") for one in found - expected] + [
        (one, "not found") for one in expected - found
    ]
    return [
        (*one, how, tables[one[0]][one[1] - 2][AT[one[0], one[2]]] if one[2] else "")
        for one, how in sorted(differing)
    ]


def test_the_loader_finds_what_the_cases_say(planted, loaded):
    assert unlike(found_by_us(loaded), planted.ours, planted.tables) == []


def test_frictionless_finds_what_the_cases_say(planted, faulty):
    assert unlike(found_by_frictionless(faulty), planted.theirs, planted.tables) == []


def test_the_cases_are_many_and_of_every_kind(planted):
    """What both find is most; a case of each difference, and each kind of rule in each table that has it."""
    assert planted.named.keys() - {""} == DIFFERENCES.keys() - {"headers", "encoding"}
    both = planted.ours & planted.theirs
    assert len(both) > 700
    assert {kind for _, _, _, kind in both} == {*THEIR_KINDS.values()} - {"unique", "maximum", "blank"} | {
        "unique"
    }
    assert {table for table, *_ in both} == set(TABLES)
    assert {kinds.rstrip("!?") for kinds, *_ in cases()} == {
        kind_of(table, one)[0] for table, schema in SCHEMA.items() for one in schema["fields"]
    }


def test_what_both_read_is_the_same_value(planted, faulty, loaded):
    """Of the cells with which neither finds fault: dates, local times, Booleans, whole numbers."""
    zone, seen = ZoneInfo("America/New_York"), Counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        package = package_of(faulty)
        theirs = {
            table: {row.row_number: row for row in package.get_resource(table).read_rows()}
            for table in TABLES
        }
    ours = {
        table: {row["row_number"]: row for row in one.judged.iter_rows(named=True)} for table, one in loaded.tables.items()
    }  # fmt: skip
    broken = {one[:3] for one in planted.ours | planted.theirs}
    for table, row, name in planted.cells - broken:
        of = SCHEMA[table]["fields"][AT[table, name]]["type"]
        if of == "string" or row not in ours[table]:
            continue
        value, other = ours[table][row][name], theirs[table][row][name]
        if of == "datetime" and other is not None:
            other = (
                (other if other.tzinfo else other.replace(tzinfo=zone)).astimezone(UTC).replace(microsecond=0)
            )
            value = value.replace(tzinfo=UTC)
        assert value == other, (table, row, name, planted.tables[table][row - 2][AT[table, name]])
        seen[of, value is None] += 1
    assert len(seen) == 8, seen


def label_errors(folder, table):
    return {error.type for name, error in errors_of_frictionless(folder) if name == table}


def test_headers_that_are_known_by_another_name(sample_rows, tmp_path):
    """Renamed, in another order, an optional column missing, one too many."""
    folder = write(tmp_path, {RET: sample_rows[RET][:50], REG: sample_rows[REG][:50]})
    clean = found_by_us(load_district(folder, as_of=AS_OF))
    rows = [[row[4], row[1], row[0], *row[2:4], "note"] for row in sample_rows[RET][:50]]
    changes = {
        "School,MONTH,Table,submitted,Staff": [row[:5] for row in sample_rows[RET][:50]],
        "school_id,month,table,submitted": [row[:4] for row in sample_rows[RET][:50]],
        "staff,month,school_id,table,submitted,remark": rows,
    }
    for header, changed in changes.items():
        text = [header.split(","), *changed]
        (folder / f"{RET}.csv").write_text("".join(",".join(row) + "\n" for row in text), encoding="utf-8")
        assert found_by_us(load_district(folder, as_of=AS_OF)) == clean
        assert label_errors(folder, RET) & {"incorrect-label", "missing-label", "extra-label"}


def test_a_file_that_excel_saved_as_csv(sample_rows, tmp_path):
    rows = [[*row[:6], "\u00c9quipe", *row[7:]] for row in sample_rows[REG][:50]]
    clean = found_by_us(load_district(write(tmp_path, {REG: rows}), as_of=AS_OF))
    assert label_errors(tmp_path, REG) == set()
    write(tmp_path, {REG: rows}, encoding="cp1252")
    assert found_by_us(load_district(tmp_path, as_of=AS_OF)) == clean
    assert label_errors(tmp_path, REG) == {"encoding-error"}


# Made-up cells. What the loader finds is foretold: frictionless is asked of the cell as a person sees it (white space
# and what can't be seen taken off, a Boolean in the schema's case, Z apart from PM); and a type is refused besides where the tables'
# specification takes less for one than frictionless does.

WHITE = "".join(chr(n) for n in range(0x3001) if chr(n).isspace())
UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
ERRORS = ("#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!")
ISO, SLASHED = "([0-9]{4})-([0-9]{2})-([0-9]{2})", "([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})"
TIME = "([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.][0-9]+)?)?"
OFFSET = "([Zz]|[+-][0-9]{2}:?[0-9]{2})?"
ZONE = ZoneInfo("America/New_York")


def as_seen(kind, cell):
    cell = cell.strip(WHITE if kind in ("text", "key") else WHITE + UNSEEN)
    return cell.lower() if kind == "boolean" and cell not in SCHEMA[REG]["missingValues"] else cell


def as_asked(kind, cell):
    """A cell, as seen, as frictionless is asked of it."""
    return re.sub("(?<=[AaPp][Mm])(?=[Zz]$)", " ", cell) if kind == "datetime" else cell


def a_day(kind, cell):
    """Year, month, day as the specification reads a date, and what stands behind it; None if it is no date."""
    for form, order in ((ISO, (0, 1, 2)), (SLASHED, (2, 0, 1))):
        time = (
            "[ T] *" + TIME + " *([AaPp][Mm])?" + OFFSET
            if kind == "datetime"
            else "(?:[ T]0{1,2}:00(?::00)?)?"
        )
        if found := re.fullmatch(form + time, cell, re.ASCII):
            parts = found.groups()
            return [int(parts[i]) for i in order], parts[3:], form == SLASHED
    return None


def is_time(day, time, slashed):
    """Whether there is such a time: of that day in the district's zone, or with its offset."""
    hour, minute, second, half, offset = time
    hour, minute, second = int(hour), int(minute), int(second or 0)
    if half and not (slashed and 1 <= hour <= 12):
        return False
    if half:
        hour = hour % 12 + 12 * (half.upper() == "PM")
    if hour > 23 or minute > 59 or second > 59:
        return False
    if offset:
        return offset in "Zz" or int(offset[1:3]) * 60 + int(offset[-2:]) <= 18 * 60
    local = datetime(*day, hour, minute, second, tzinfo=ZONE)
    return local.astimezone(UTC).astimezone(ZONE).replace(tzinfo=None) == local.replace(tzinfo=None)


def in_doubt(kind, cells):
    """The cells that may be month and day or day and month, where some are day and month alone and none the other."""
    days = {cell: found[0] for cell in cells if (found := a_day(kind, cell)) and found[2]}
    alone = {(month > 12, day > 12) for _, month, day in days.values()}
    if (True, False) not in alone or (False, True) in alone:
        return set()
    return {cell for cell, (_, month, day) in days.items() if month <= 12 and day <= 12 and month != day}


def is_refused(kind, cell, doubtful):
    """Whether a cell, as seen, can't be read by the tables' specification, whatever frictionless says of it."""
    if cell in SCHEMA[REG]["missingValues"]:
        return False
    if cell in ERRORS or (kind in ("enum", "school") and set(cell) & set(UNSEEN)):
        return True
    if kind == "integer":
        return not re.fullmatch("[+-]?[0-9]{1,18}", cell)
    if kind not in ("date", "datetime"):
        return False
    found = a_day(kind, cell)
    try:
        (year, month, day), time, slashed = found
        date(year, month, day)
        refused = cell in doubtful or not 1900 <= year <= 2999
        return refused or (kind == "datetime" and not is_time((year, month, day), time, slashed))
    except (TypeError, ValueError):  # no date, or no such day
        return True


# Columns that take made-up cells; the first is the key, which is made different on each row.
MADE = {
    REG: ["registration_id", "school_id", "employee_role", "disclosed_in", "employee_id", "group_name", "participants",
          "parents_told_contact_method", "registered_on", "active_to"],
    LOG: ["exception_id", "occurred_at", "parent_informed_at", "written_report_at"],
}  # fmt: skip
ODD = st.text(alphabet="0123456789-/:. TAPMZapm+,_e\u0661\uff11\u200b#'\"", max_size=20)
DAYS = st.one_of(
    st.dates(date(1895, 1, 1), date(3005, 1, 1)),
    st.dates(date(2024, 1, 1), date(2025, 12, 31)),
    st.sampled_from([date(2024, 3, 10), date(2024, 11, 3), date(2024, 2, 29), date(2024, 12, 31)]),
)
DATES = st.builds(
    lambda day, form: form.format(d=day), DAYS,
    st.sampled_from(["{d:%Y-%m-%d}", "{d.month}/{d.day}/{d.year}", "{d:%m/%d/%Y}", "{d.day}/{d.month}/{d.year}", "{d:%m/%d/%y}",
                     "{d:%Y%m%d}", "{d:%B} {d.day}, {d.year}", "{d.year}-{d.month}-{d.day}", "{d:%d.%m.%Y}", "{d:%Y-%m-%d} 00:00"]),
) | st.from_regex("[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}", fullmatch=True)  # fmt: skip
TIMES = st.from_regex(
    "([0-2]?[0-9]|2[0-5]):[0-6][0-9](:[0-6][0-9]([.][0-9]{1,7})?)? ?([ap]m|AM|PM)?", fullmatch=True
)
ZONES = st.sampled_from(["", "", "", "Z", "z", "+05:30", "-0500", "+18:00", "+19:00", " EST", "+5"])
LISTED = ["", "NA", "n/a", "na", *ERRORS, "coach", "certified", "syllabus", "Roton", "West Rocks", "Hogwarts"]
CELLS = {
    "key": ODD | st.text(alphabet="abcXYZ019._/- \u00e9", max_size=70),
    "text": ODD | st.sampled_from(LISTED),
    "date": DATES | ODD | st.sampled_from(LISTED),
    "datetime": st.builds("".join, st.tuples(DATES, st.sampled_from([" ", "T", "  "]), TIMES, ZONES))
    | DATES
    | ODD,
    "boolean": st.sampled_from(
        ["true", "yes", "y", "1", "false", "no", "n", "0", "Yes", "TRUE", "nO", "t", "2", "", "NA"]
    )
    | ODD,
    "integer": st.integers().map(str) | st.integers(-3, 99).map("{:+}".format) | ODD,
    **dict.fromkeys(
        ("enum", "school"), st.sampled_from(LISTED) | st.sampled_from(LISTED).map(str.title) | ODD
    ),
}
ROUND = st.sampled_from(
    ["", "", "", "", " ", "\u00a0", "\t ", "\n", "\u200b", "\ufeff", " \u200b\u2003", "\x85"]
)
KINDS = {
    (table, name): kind_of(table, SCHEMA[table]["fields"][AT[table, name]])[0]
    for table in MADE
    for name in MADE[table]
}
ROWS = st.lists(
    st.fixed_dictionaries({at: st.builds("".join, st.tuples(ROUND, CELLS[kind], ROUND)) for at, kind in KINDS.items()}),
    min_size=12, max_size=12,
)  # fmt: skip


@pytest.fixture(scope="module")
def few_rows(sample_rows):
    return {table: sample_rows[table][:12] for table in MADE}


# What differs is shown with its cell, so nothing need be made smaller, which takes minutes.
@settings(max_examples=40, deadline=None, derandomize=True, phases=[Phase.generate])
@given(rows=ROWS)
def test_made_up_cells(few_rows, rows):
    """Forty files of twelve rows of thirteen made-up cells."""
    for n, row in enumerate(rows):
        for table, (key, *_) in MADE.items():
            row[table, key] = f"{row[table, key][:1].strip(UNSEEN)}{n}-{row[table, key][1:]}"
    seen = [{at: as_seen(KINDS[at], cell) for at, cell in row.items()} for row in rows]
    asked = [{at: as_asked(KINDS[at], cell) for at, cell in row.items()} for row in seen]
    doubtful = {at: in_doubt(kind, {row[at] for row in seen}) for at, kind in KINDS.items()}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = []
        for cells in (rows, asked):
            files.append({table: [list(row) for row in few_rows[table]] for table in MADE})
            for n, row in enumerate(cells):
                for (table, field), cell in row.items():
                    files[-1][table][n][AT[table, field]] = cell
                files[-1][LOG][n][AT[LOG, "registration_id"]] = ""
                files[-1][REG][n][AT[REG, "platform"]] = "Instagram"
        ours = found_by_us(load_district(write(folder, files[0]), as_of=AS_OF))
        theirs = found_by_frictionless(write(folder, files[1]))
    refused = {
        (*at, n) for n, row in enumerate(seen) for at, cell in row.items() if is_refused(KINDS[at], cell, doubtful[at])
    }  # fmt: skip
    expected = {one for one in theirs if (one[0], one[2], one[1] - 2) not in refused}
    expected |= {(table, n + 2, field, "type") for table, field, n in refused}
    assert unlike(ours, expected, files[0]) == []


def test_the_page_names_the_same_differences():
    lines = [line.strip("| ").split(" | ") for line in PAGE.split("\n") if line.startswith("| ")]
    assert {len(line) for line in lines} == {4}
    assert {line[0]: line[3] for line in lines[2:]} == DIFFERENCES


def test_the_commands_of_the_page_work(sample_folder, tmp_path):
    """On the sample district; and one broken cell is found by each."""
    commands = re.findall("^frictionless (validate .+)$", PAGE, re.MULTILINE)
    assert len(commands) == 3
    for path in [*sample_folder.glob("*.csv"), *SCHEMAS.glob("*.json"), *SCHEMAS.glob("*.csv")]:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    assert {one.quarantined.height for one in load_district(tmp_path, as_of=AS_OF).tables.values()} == {0}

    def run(command):
        whole = [sys.executable, "-m", "frictionless", *shlex.split(command)]
        return subprocess.run(whole, cwd=tmp_path, capture_output=True, check=False).returncode

    assert [run(command) for command in commands] == [0, 0, 0]
    for table in (LOG, ACT):
        path = tmp_path / f"{table}.csv"
        lines = path.read_text(encoding="utf-8").split("\n")
        lines[1] = "," * lines[0].count(",")
        path.write_text("\n".join(lines), encoding="utf-8")
    assert [run(command) for command in commands] == [1, 1, 1]
