"""frictionless, an independent reader of the same Table Schemas, and the loader find the same broken cells.

Where they do not, DIFFERENCES names it, and docs/frictionless.md says the same; a case pins each
(frictionless_cases.py; those that take a whole file are below).
"""

import csv
import json
import re
import shlex
import tempfile
import warnings
from collections import Counter
from datetime import UTC, date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from frictionless_cases import (
    ACT,
    AT,
    KEY,
    LOG,
    REG,
    RET,
    SCHEMA,
    SCHEMAS,
    TABLES,
    Found,
    cases,
    kind_of,
    plant,
)
from frictionless_made_up import KINDS, MADE, ROWS, UNSEEN, as_asked, as_seen, in_doubt, is_refused
from hypothesis import Phase, given, settings

from norwalk_analytics import load_district

PAGE = (SCHEMAS.parent / "docs" / "frictionless.md").read_text(encoding="utf-8")
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
    """A case of each difference; and what both find is of every kind, in every table."""
    assert len(planted.cells) > 2300
    assert planted.named.keys() - {""} == DIFFERENCES.keys() - {"headers", "encoding"}
    both = planted.ours & planted.theirs
    assert len(both) > 700
    assert {kind for _, _, _, kind in both} == {*THEIR_KINDS.values()} - {"maximum", "blank"}
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
            other = (other if other.tzinfo else other.replace(tzinfo=zone)).astimezone(UTC)
            other = other.replace(microsecond=0)
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


@pytest.fixture(scope="module")
def few_rows(sample_rows):
    return {table: sample_rows[table][:12] for table in MADE}


# What differs is shown with its cell, so nothing need be made smaller, which takes minutes.
@pytest.mark.long
@settings(max_examples=30, deadline=None, derandomize=True, phases=[Phase.generate])
@given(rows=ROWS)
def test_made_up_cells(few_rows, rows):
    """Thirty files of twelve rows of fourteen made-up cells."""
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


@pytest.mark.long
def test_the_commands_of_the_page_work(sample_folder, tmp_path, monkeypatch):
    """On the sample district; and one broken cell is found by each."""
    commands = re.findall("^frictionless (validate .+)$", PAGE, re.MULTILINE)
    assert len(commands) == 3
    for path in [*sample_folder.glob("*.csv"), *SCHEMAS.glob("*.json"), *SCHEMAS.glob("*.csv")]:
        part = None if path.suffix == ".json" or path.stem == REG else 500
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        (tmp_path / path.name).write_text("".join(lines[:part]), encoding="utf-8")
    assert {one.quarantined.height for one in load_district(tmp_path, as_of=AS_OF).tables.values()} == {0}

    monkeypatch.chdir(tmp_path)

    def codes():
        from frictionless.console import console
        from typer.testing import CliRunner

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return [CliRunner().invoke(console, shlex.split(command)).exit_code for command in commands]

    assert codes() == [0, 0, 0]
    for table in (LOG, ACT):
        path = tmp_path / f"{table}.csv"
        lines = path.read_text(encoding="utf-8").split("\n")
        lines[1] = "," * lines[0].count(",")
        path.write_text("\n".join(lines), encoding="utf-8")
    assert codes() == [1, 1, 1]
