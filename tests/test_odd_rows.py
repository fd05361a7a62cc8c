"""What stands in a cell: each odd cell is taken as DATA.md says, or its row is set aside with its own reason."""

import csv
import io
import json
from datetime import date, datetime
from typing import NamedTuple

import openpyxl
import polars as pl
import pytest
from conftest import LOADERS

from norwalk_analytics import load_exception_log, load_tool_registrations

AS_OF = date(2026, 6, 30)
ROWS = {
    "tool_registrations": {
        "registration_id": "R-{}", "registered_on": "2024-01-05", "school_id": "Roton", "employee_id": "E-0412",
        "employee_role": "coach", "setting": "school", "group_name": "Swimming", "platform": "X", "account": "@swim{}",
        "account_capacity": "professional", "active_from": "2024-01-05", "active_to": "", "suitability_review": "pending",
        "parents_informed_on": "2024-02-01", "parents_told_contact_method": "yes", "access": "public", "participants": "12",
    },
    "exception_log": {
        "exception_id": "X-{}", "occurred_at": "2024-01-05 09:00", "logged_at": "2025-01-05 10:30", "school_id": "Roton",
        "employee_id": "E-0412", "employee_role": "coach", "kind": "other", "channel": "sms", "student_ref": "S-1",
        "reason": "The bus was late", "supervisor_notified_at": "", "outcome": "upheld",
    },
    "audit_findings": {
        "finding_id": "F-{}", "audit_id": "2024-autumn", "audited_on": "2024-01-05", "school_id": "Roton", "clause": "B.4",
        "platform": "X", "account": "@swim{}", "account_registered": "yes", "result": "finding", "severity": "low",
        "summary": "Open to everyone", "status": "open", "opened_on": "2024-01-06", "due_on": "2024-03-01",
    },
}  # fmt: skip
R, X, A = ROWS
CRITICAL, WARNING = "critical", "warning"
ZWSP, NBSP, BOM, SHY, WJ, ZWJ, LRM = "\u200b", "\u00a0", "\ufeff", "\u00ad", "\u2060", "\u200d", "\u200e"


class Case(NamedTuple):
    """A table, a column, what was typed there; then the rule and its severity, or the typed value."""

    table: str
    field: str
    typed: str
    rule: str | None = None
    severity: str | None = None
    value: object = None
    more: dict = {}


def bad(table, field, typed, rule, severity=CRITICAL, value=None, **more):
    return Case(table, field, typed, rule if "." in rule else f"{field}.{rule}", severity, value, more)


def good(table, field, typed, value, **more):
    return Case(table, field, typed, None, None, value, more)


ERRORS = ["#REF!", "#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#VALUE!", "#SPILL!", "#CALC!"]
CASES = [
    # years of two digits
    bad(R, "registered_on", "1/5/24", "two_digit_year"),
    bad(R, "registered_on", "01/05/24", "two_digit_year"),
    bad(R, "registered_on", " 1/5/24 ", "two_digit_year"),
    bad(R, "active_from", "7/16/05", "two_digit_year"),
    bad(X, "occurred_at", "1/5/24 8:00", "two_digit_year"),
    bad(X, "occurred_at", "1/5/24 8:00 AM", "two_digit_year"),
    bad(A, "due_on", "3/1/24", "two_digit_year"),
    # dates that are none
    *[bad(R, "registered_on", typed, "unreadable") for typed in (
        "2024-02-30", "2023-02-29", "2024-13-01", "2024-00-10", "13/13/2024", "0/5/2024", "2/30/2024", "1/5/20240", "1/5/202",
        "45296", "45296.5", "Jan 5, 2024", "soon", "2024", "2024-01", "1/2024", "２０２４-０１-０５", "2024-01-05x", "=TODAY()",
        "2024–01–05", "-1/5/2024", "1//5/2024", "2024-01-05 2024-01-06",
    )],
    good(R, "registered_on", "2024-02-29", date(2024, 2, 29)),
    good(R, "registered_on", "2/29/2024", date(2024, 2, 29)),
    good(R, "registered_on", "02/29/2024", date(2024, 2, 29)),
    good(R, "registered_on", " 2024-02-29\t", date(2024, 2, 29)),
    # a day of 1905 is a year that was typed alone
    bad(R, "registered_on", "7/16/1905", "before_enactment"),
    bad(R, "registered_on", "7/16/1905", "year_alone", WARNING),
    bad(R, "active_from", "7/16/1905", "year_alone", WARNING, date(1905, 7, 16)),
    bad(R, "active_from", "1905-07-16", "year_alone", WARNING, date(1905, 7, 16)),
    good(R, "active_from", "7/16/1906", date(1906, 7, 16)),
    # clocks that change
    bad(X, "occurred_at", "2024-03-10 02:30", "absent_time"),
    bad(X, "occurred_at", "2024-03-10 02:00", "absent_time"),
    bad(X, "occurred_at", "2024-03-10 02:59:59", "absent_time"),
    bad(X, "occurred_at", "3/10/2024 2:30 AM", "absent_time"),
    bad(X, "occurred_at", "3/10/2024 2:30", "absent_time"),
    good(X, "occurred_at", "2024-03-10 01:59:59", datetime(2024, 3, 10, 6, 59, 59)),
    good(X, "occurred_at", "2024-03-10 03:00", datetime(2024, 3, 10, 7, 0)),
    good(X, "occurred_at", "2024-03-10T02:30:00-05:00", datetime(2024, 3, 10, 7, 30)),
    good(X, "occurred_at", "2024-03-10T02:30:00Z", datetime(2024, 3, 10, 2, 30)),
    bad(X, "occurred_at", "2024-11-03 01:30", "time_twice", WARNING, datetime(2024, 11, 3, 5, 30)),
    bad(X, "occurred_at", "11/3/2024 1:30 AM", "time_twice", WARNING, datetime(2024, 11, 3, 5, 30)),
    bad(X, "occurred_at", "11/3/2024 1:00", "time_twice", WARNING, datetime(2024, 11, 3, 5, 0)),
    good(X, "occurred_at", "2024-11-03T01:30:00-05:00", datetime(2024, 11, 3, 6, 30)),
    good(X, "occurred_at", "2024-11-03 02:00", datetime(2024, 11, 3, 7, 0)),
    good(X, "occurred_at", "2024-11-03 00:59:59", datetime(2024, 11, 3, 4, 59, 59)),
    # times of day
    *[bad(X, "occurred_at", typed, "unreadable") for typed in (
        "2024-01-05 25:00", "2024-01-05 10:60", "1/5/2024 13:00 PM", "1/5/2024 0:30 AM", "9:00", "soon", "2024-02-30 10:00",
        "2024-01-05 9", "45296.375", "2024-01-05 09:00 CET", "2024-01-05T09:00:00+25:00",
    )],
    good(X, "occurred_at", "1/5/2024 12:30 AM", datetime(2024, 1, 5, 5, 30)),
    good(X, "occurred_at", "1/5/2024 12:30 PM", datetime(2024, 1, 5, 17, 30)),
    good(X, "occurred_at", "1/5/2024 1:30 pm", datetime(2024, 1, 5, 18, 30)),
    good(X, "occurred_at", "1/5/2024 13:30", datetime(2024, 1, 5, 18, 30)),
    # numbers
    *[bad(R, "participants", typed, "unreadable") for typed in (
        "1,234", "12.5", "1e3", "twelve", "12 pupils", "１２", "0x10", "1 234", "12-14", "~12", "99999999999999999999", "--1", "NaN", "inf",
        "$12", "12%", "TRUE",
    )],
    bad(R, "participants", "-1", "at_least"),
    good(R, "participants", " 12 ", 12),
    good(R, "participants", "0", 0),
    # booleans
    *[bad(R, "parents_told_contact_method", typed, "unreadable") for typed in ("maybe", "2", "x", "✓", "yes/no", "01")],
    *[good(R, "parents_told_contact_method", typed, True) for typed in ("true", "TRUE", "Yes", "y", "1", " YES ")],
    *[good(R, "parents_told_contact_method", typed, False) for typed in ("false", "No", "N", "0")],
    # what means nothing
    *[good(R, field, typed, None) for field in ("participants", "group_name", "active_to") for typed in (
        "", "NA", "N/A", "n/a", "null", "NULL", " ", " n/a ", NBSP, "\t",
    )],
    *[bad(R, "access", typed, "required") for typed in ("", "NA", "N/A", "n/a", "null", "NULL", " ", " NULL ", NBSP, ZWSP, BOM)],
    *[bad(R, field, "NULL", "required") for field in ("registered_on", "employee_id", "school_id", "platform", "registration_id")],
    bad(R, "participants", "none", "unreadable"),
    bad(R, "participants", "-", "unreadable"),
    good(R, "group_name", "Null", "Null"),
    good(R, "group_name", "none", "none"),
    good(R, "group_name", "nan", "nan"),
    good(R, "group_name", "None", "None"),
    good(R, "group_name", "TRUE", "TRUE"),
    good(R, "group_name", "007", "007"),
    good(R, "group_name", "1,234", "1,234"),
    good(R, "employee_id", "0412", "0412"),
    good(R, "employee_id", "1E5", "1E5"),
    good(R, "group_name", "2024-01-05", "2024-01-05"),
    good(R, "group_name", "=1+1", "=1+1"),
    good(R, "group_name", "3/4", "3/4"),
    # errors of a spreadsheet, in a field of any type
    *[bad(R, field, error, "spreadsheet_error") for error in ERRORS for field in (
        "group_name", "employee_id", "participants", "registered_on", "access", "platform", "registration_id", "school_id",
        "parents_told_contact_method",
    )],
    *[bad(X, field, error, "spreadsheet_error") for error in ERRORS for field in ("occurred_at", "reason", "student_ref", "kind")],
    *[bad(A, field, error, "spreadsheet_error") for error in ERRORS for field in ("summary", "account", "due_on", "clause")],
    bad(R, "group_name", " #REF! ", "spreadsheet_error"),
    good(R, "group_name", "#REF! was here", "#REF! was here"),
    good(R, "account", "#hashtag", "#hashtag"),
    good(X, "reason", "#1 in the queue", "#1 in the queue"),
    # what can't be seen, round a cell and in it
    *[good(R, field, f"{before}{typed}{after}", value) for before, after in (
        (NBSP, ""), ("", NBSP), (ZWSP, ""), ("", ZWSP), (BOM, ""), (f" {BOM}", f"{NBSP} "), (SHY, SHY), (WJ, WJ), ("\u2003", "\u3000"),
    ) for field, typed, value in (
        ("school_id", "Roton", "Roton"), ("registered_on", "2024-01-05", date(2024, 1, 5)), ("participants", "12", 12),
        ("parents_told_contact_method", "yes", True), ("access", "public", "public"), ("platform", "X", "X"),
    )],
    # a key is taken as it is written: what may not stand in it is said
    *[bad(R, "registration_id", typed, "characters") for typed in (f"{ZWSP}R-9", f"R-9{ZWSP}", f"{BOM}R-9", f"R{SHY}-9", f"R{WJ}-9")],
    good(R, "registration_id", f"{NBSP}R-9{NBSP}", "R-9"),
    *[good(X, "occurred_at", f"{sign}2024-01-05 09:00{sign}", datetime(2024, 1, 5, 14, 0)) for sign in (NBSP, ZWSP, BOM, WJ)],
    *[bad(R, field, f"{typed[0]}{sign}{typed[1:]}", "invisible") for sign in (ZWSP, BOM, SHY, WJ) for field, typed in (
        ("registered_on", "2024-01-05"), ("participants", "12"), ("parents_told_contact_method", "yes"), ("access", "public"),
        ("school_id", "Roton"),
    )],
    bad(X, "occurred_at", f"2024-01-05{ZWSP} 09:00", "invisible"),
    good(R, "group_name", f"Girls’{NBSP}team", f"Girls’{NBSP}team"),
    good(R, "group_name", "👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
    good(R, "group_name", f"می{chr(0x200c)}خواهم", f"می{chr(0x200c)}خواهم"),
    good(R, "group_name", f"co{SHY}operate", f"co{SHY}operate"),
    good(X, "reason", f"a{ZWSP}b", f"a{ZWSP}b"),
    # schemes, keys
    bad(R, "account", "javascript:alert(1)", "url_scheme"),
    bad(R, "registration_id", "R 9", "characters"),
    bad(R, "registration_id", "R-é", "characters"),
    bad(R, "registration_id", "x" * 65, "length"),
    good(R, "registration_id", "x" * 64, "x" * 64),
]  # fmt: skip


def row(table, key, **cells):
    return {name: text.format(key) for name, text in ROWS[table].items()} | cells


def as_csv(path, rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")


def as_xlsx(path, rows):
    made = openpyxl.Workbook()
    for i, cells in enumerate([list(rows[0]), *(list(one.values()) for one in rows)], start=1):
        for j, text in enumerate(cells, start=1):
            cell = made.active.cell(i, j)
            if text:
                cell.value, cell.data_type = text, "s"
    made.save(path)


def as_ndjson(path, rows):
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")


FORMS = {"csv": (as_csv, 2), "xlsx": (as_xlsx, 2), "ndjson": (as_ndjson, 1)}
ALL = [
    "csv",
    "ndjson",
    pytest.param("xlsx", marks=pytest.mark.long),
]  # a workbook is written and read in Python


def balanced(one):
    return one.read == one.accepted.height + one.quarantined.height + one.left_out.height


def named(case):
    return f"{case.table[0]}.{case.field}-{case.typed[:20]!a}-{case.rule or 'taken'}"


@pytest.mark.parametrize(
    "form", ["csv", *(pytest.param(form, marks=pytest.mark.long) for form in ("ndjson", "xlsx"))]
)
@pytest.mark.parametrize("case", CASES, ids=named)
def test_an_odd_cell(tmp_path, case, form):
    write, first = FORMS[form]
    path = tmp_path / f"t.{form}"
    write(
        path,
        [row(case.table, 1), row(case.table, 2, **{case.field: case.typed}, **case.more), row(case.table, 3)],
    )
    one = LOADERS[case.table](path, as_of=AS_OF)
    assert one.read == 3
    assert balanced(one)
    at = first + 1
    found = {(p["rule"], p["severity"]) for p in one.problems.to_dicts() if p["row"] == at}
    elsewhere = one.problems.filter(pl.col("severity") == CRITICAL, pl.col("row") != at)
    assert elsewhere.is_empty(), elsewhere.to_dicts()
    key = next(iter(ROWS[case.table]))
    if case.severity == CRITICAL:
        assert (case.rule, CRITICAL) in found
        assert one.quarantined["row_number"].to_list() == [at]
        # one cell, one reason: whatever else is said of the row is about something else
        same = {rule for rule, how in found if how == CRITICAL and rule.startswith(f"{case.field}.")}
        assert same == {case.rule}
        raw = one.quarantined[case.field][0]
        blank = form == "xlsx" and not case.typed.strip(
            " \t\n"
        )  # its reader gives white space alone as nothing; with lxml installed, as it is
        assert (raw or "") in ({"", case.typed} if blank else {case.typed})
        return
    if case.rule:
        assert (case.rule, WARNING) in found
    if case.value is None and case.rule:
        return
    assert one.quarantined.is_empty(), (found, one.quarantined)
    assert {how for _, how in found} <= ({WARNING} if case.rule else set()), found
    taken = one.accepted.filter(~pl.col(key).is_in([ROWS[case.table][key].format(n) for n in (1, 3)]))
    assert taken[case.field].to_list() == [case.value]


# ---- a column of dates ----------------------------------------------------------------------------------------------

DATES = "registered_on"
Columns = list[tuple[str, str | date | None]]


class Column(NamedTuple):
    """Dates of one column, each with the date read or the rule that sets its row aside; the warnings about the column."""

    cells: Columns
    warnings: set[str] = set()
    form: str | list[str] | None = None


COLUMNS = {
    "all may be either": Column(
        [("1/5/2024", date(2024, 1, 5)), ("3/4/2024", date(2024, 3, 4)), ("12/11/2024", date(2024, 12, 11))],
        {"ambiguous_dates"},
    ),
    "all may be either, beside ISO": Column(
        [("2024-01-05", date(2024, 1, 5)), ("3/4/2024", date(2024, 3, 4))], {"ambiguous_dates"}
    ),
    "ISO alone": Column([("2024-01-05", date(2024, 1, 5)), ("2024-12-11", date(2024, 12, 11))]),
    "month/day": Column([("1/25/2024", date(2024, 1, 25)), ("3/4/2024", date(2024, 3, 4))]),
    "month/day, ISO": Column(
        [("1/25/2024", date(2024, 1, 25)), ("3/4/2024", date(2024, 3, 4)), ("2024-02-03", date(2024, 2, 3))]
    ),
    "day/month": Column([("25/1/2024", "unreadable"), ("3/4/2024", "ambiguous_date")]),
    "day/month, ISO": Column(
        [("25/1/2024", "unreadable"), ("3/4/2024", "ambiguous_date"), ("2024-02-03", date(2024, 2, 3))]
    ),
    "both": Column(
        # M/D is the contract's form, and another cell bears it out: it is taken, and it is said
        [("25/1/2024", "unreadable"), ("1/25/2024", date(2024, 1, 25)), ("3/4/2024", date(2024, 3, 4))],
        {"mixed_dates"},
    ),
    "both, none may be either": Column([("25/1/2024", "unreadable"), ("1/25/2024", date(2024, 1, 25))]),
    "day/month last": Column(
        [("3/4/2024", "ambiguous_date")] * 3 + [("31/12/2024", "unreadable")]
    ),
    "two digits": Column([("1/5/24", "two_digit_year"), ("1/25/2024", date(2024, 1, 25))]),
    "a profile says day/month": Column(
        [("5/1/2024", date(2024, 1, 5)), ("25/1/2024", date(2024, 1, 25)), ("3/4/2024", date(2024, 4, 3))],
        form="%d/%m/%Y",
    ),
    "a profile says day/month of what may be either": Column(
        [("5/1/2024", date(2024, 1, 5)), ("3/4/2024", date(2024, 4, 3))], form="%d/%m/%Y"
    ),
    "a profile says month/day of what may be either": Column(
        [("5/1/2024", date(2024, 5, 1)), ("3/4/2024", date(2024, 3, 4))], form="%m/%d/%Y"
    ),
    "a profile says day/month and a date is not": Column(
        [("5/1/2024", date(2024, 1, 5)), ("1/25/2024", "unreadable")], form="%d/%m/%Y"
    ),
    "a profile says points": Column(
        [("5.1.2024", date(2024, 1, 5)), ("25.01.2024", date(2024, 1, 25)), ("32.1.2024", "unreadable")],
        form="%d.%m.%Y",
    ),
    "a profile says two forms": Column(
        [("5.1.2024", date(2024, 1, 5)), ("2024/02/03", date(2024, 2, 3)), ("soon", "unreadable")],
        form=["%d.%m.%Y", "%Y/%m/%d"],
    ),
}  # fmt: skip


def profile(tmp_path, form, table=R, field=DATES):
    forms = json.dumps(form)
    path = tmp_path / "p.profile.toml"
    names = "".join(f'{name} = "{name}"\n' for name in ROWS[table])
    path.write_text(f'table = "{table}"\n[columns]\n{names}[dates]\n{field} = {forms}\n')
    return path


@pytest.mark.parametrize("form", ALL)
@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_of_dates(tmp_path, name, form):
    write, first = FORMS[form]
    column = COLUMNS[name]
    path = tmp_path / f"t.{form}"
    write(path, [row(R, i, **{DATES: typed}) for i, (typed, _) in enumerate(column.cells)])
    how = {"profile": profile(tmp_path, column.form)} if column.form else {}
    one = load_tool_registrations(path, as_of=AS_OF, **how)
    assert balanced(one)
    assert one.read == len(column.cells)
    critical = {
        (p["row"], p["rule"]) for p in one.problems.filter(severity=CRITICAL).to_dicts()
    }  # fmt: skip
    assert critical == {
        (first + i, f"{DATES}.{meant}") for i, (_, meant) in enumerate(column.cells) if isinstance(meant, str)
    }
    assert one.accepted[DATES].to_list() == [meant for _, meant in column.cells if not isinstance(meant, str)]
    warned = [(p["row"], p["rule"]) for p in one.problems.filter(severity=WARNING).to_dicts()]
    assert [(at, rule) for at, rule in warned if rule.endswith("_dates") and rule.startswith(DATES)] == [
        (None, f"{DATES}.{rule}") for rule in column.warnings
    ]


def test_date_times_of_either_style(tmp_path):
    """The same of a date with a time."""
    path = tmp_path / "t.csv"
    later = {"logged_at": "2025-01-05 10:30"}
    for cells, meant, rules in (
        (
            ["1/5/2024 9:00", "3/4/2024 9:00"],
            [datetime(2024, 1, 5, 14), datetime(2024, 3, 4, 14)],
            {"ambiguous_dates"},
        ),
        (["1/25/2024 9:00", "3/4/2024 9:00"], [datetime(2024, 1, 25, 14), datetime(2024, 3, 4, 14)], set()),
        (["25/1/2024 9:00", "3/4/2024 9:00"], [], {"unreadable", "ambiguous_date"}),
    ):
        as_csv(path, [row(X, i, occurred_at=cell, **later) for i, cell in enumerate(cells)])
        one = load_exception_log(path, as_of=AS_OF)
        assert one.accepted["occurred_at"].to_list() == meant
        assert {p["rule"] for p in one.problems.to_dicts()} == {f"occurred_at.{rule}" for rule in rules}


def test_each_column_is_judged_by_itself(tmp_path):
    path = tmp_path / "t.csv"
    as_csv(
        path,
        [row(R, 1, registered_on="3/4/2024", active_from="25/1/2024"), row(R, 2, registered_on="1/5/2024")],
    )
    one = load_tool_registrations(path, as_of=AS_OF)
    assert one.accepted["registered_on"].to_list() == [date(2024, 1, 5)]
    assert {(p["row"], p["rule"]) for p in one.problems.to_dicts()} == {
        (2, "active_from.unreadable"),
        (None, "registered_on.ambiguous_dates"),
    }


def test_two_files_of_different_styles(tmp_path):
    """What one file's dates prove is not held against another's."""
    folder = tmp_path / "r"
    folder.mkdir()
    as_csv(folder / "a.csv", [row(R, 1, registered_on="25/1/2024"), row(R, 2, registered_on="3/4/2024")])
    as_csv(folder / "b.csv", [row(R, 3, registered_on="1/25/2024"), row(R, 4, registered_on="3/4/2024")])
    as_csv(folder / "c.csv", [row(R, 5, registered_on="1/5/2024"), row(R, 6, registered_on="3/4/2024")])
    for source in (folder, str(folder / "*.csv")):
        one = load_tool_registrations(source, as_of=AS_OF)
        assert balanced(one)
        assert {(p["file"], p["row"], p["rule"]) for p in one.problems.to_dicts()} == {
            ("a.csv", 2, f"{DATES}.unreadable"),
            ("a.csv", 3, f"{DATES}.ambiguous_date"),
            ("c.csv", None, f"{DATES}.ambiguous_dates"),
        }
        assert one.accepted[DATES].to_list() == [
            date(2024, 1, 25), date(2024, 3, 4), date(2024, 1, 5), date(2024, 3, 4),
        ]  # fmt: skip


def test_real_dates_of_a_workbook_are_never_ambiguous(tmp_path):
    """A real date beside text that is day/month: nothing of it is guessed; the text is."""
    made = openpyxl.Workbook()
    made.active.append(list(ROWS[R]))
    for i, day in enumerate([date(2024, 3, 4), "25/1/2024", "3/4/2024", date(1905, 7, 16)]):
        made.active.append(list(row(R, i, registered_on=day).values()))
    made.save(tmp_path / "t.xlsx")
    one = load_tool_registrations(tmp_path / "t.xlsx", as_of=AS_OF)
    assert one.accepted[DATES].to_list() == [date(2024, 3, 4)]
    assert {(p["row"], p["rule"]) for p in one.problems.to_dicts()} == {
        (3, f"{DATES}.unreadable"),
        (4, f"{DATES}.ambiguous_date"),
        (5, f"{DATES}.before_enactment"),
        (5, f"{DATES}.year_alone"),
    }


# ---- rows that are none ---------------------------------------------------------------------------------------------


def only(table, **cells):
    return dict.fromkeys(ROWS[table], "") | cells


STRAY = {
    "total": (R, only(R, registration_id="Total", participants="36"), "total_row"),
    "TOTAL": (R, only(R, registration_id="TOTAL"), "total_row"),
    "a colon": (R, only(R, registration_id="Total:", participants="36"), "total_row"),
    "grand total": (R, only(R, registration_id="Grand total", participants="36"), "total_row"),
    "subtotal": (R, only(R, registration_id="Subtotal", participants="36"), "total_row"),
    "sum": (R, only(R, registration_id="Sum", participants="1,234"), "total_row"),
    "spaces": (R, only(R, registration_id=f" {NBSP}total{ZWSP}", participants="36"), "total_row"),
    "later": (R, only(R, group_name="Total", participants="36"), "total_row"),
    "log": (X, only(X, exception_id="Total", logged_at="12"), "total_row"),
    "findings": (A, only(A, finding_id="Total", severity="3"), "total_row"),
    "an error": (R, only(R, registration_id="Total", participants="#REF!"), "total_row"),
    "the header": (R, {name: name for name in ROWS[R]}, "repeated_header"),
    "the header, otherwise": (R, {name: name.upper().replace("_", " ") for name in ROWS[R]}, "repeated_header"),
    "the header of the log": (X, {name: name for name in ROWS[X]}, "repeated_header"),
    "the header of findings": (A, {name: name for name in ROWS[A]}, "repeated_header"),
}  # fmt: skip


@pytest.mark.parametrize("form", ALL)
@pytest.mark.parametrize("where", ["middle", "end"])
@pytest.mark.parametrize("name", STRAY)
def test_a_row_that_is_none_has_one_reason(tmp_path, name, where, form):
    write, first = FORMS[form]
    table, stray, rule = STRAY[name]
    rows = [row(table, 1), row(table, 2)]
    rows.insert(1 if where == "middle" else 2, stray)
    at = first + rows.index(stray)
    write(tmp_path / f"t.{form}", rows)
    one = LOADERS[table](tmp_path / f"t.{form}", as_of=AS_OF)
    assert (one.read, one.accepted.height) == (3, 2)
    assert balanced(one)
    assert [(p["row"], p["rule"], p["severity"]) for p in one.problems.to_dicts()] == [(at, rule, CRITICAL)]
    assert [len(reasons) for reasons in one.quarantined["reasons"]] == [1]
    raw = one.quarantined.row(0, named=True)
    assert {name: raw[name] or "" for name in stray} == stray


def test_headers_and_totals_more_than_once(tmp_path):
    """Each of them is set aside as itself, none as the same row as another."""
    header, total = {name: name for name in ROWS[R]}, only(R, registration_id="Total", participants="12")
    as_csv(tmp_path / "t.csv", [row(R, 1), header, row(R, 2), total, header, row(R, 3), total])
    one = load_tool_registrations(tmp_path / "t.csv", as_of=AS_OF)
    assert (one.read, one.accepted.height) == (7, 3)
    assert [(p["row"], p["rule"]) for p in one.problems.sort("row").to_dicts()] == [
        (3, "repeated_header"), (5, "total_row"), (6, "repeated_header"), (8, "total_row"),
    ]  # fmt: skip


def test_a_row_that_is_filled_in_is_no_total(tmp_path):
    as_csv(tmp_path / "t.csv", [row(R, 1, registration_id="Total"), row(R, 2, group_name="Total")])
    one = load_tool_registrations(tmp_path / "t.csv", as_of=AS_OF)
    assert one.accepted.height == 2


def test_a_ragged_total_and_a_ragged_header(tmp_path):
    head = ",".join(ROWS[R])
    good_row = ",".join(row(R, 1).values())
    (tmp_path / "t.csv").write_text(f"{head}\n{good_row}\nTotal,36\n{head},\n")
    one = load_tool_registrations(tmp_path / "t.csv", as_of=AS_OF)
    assert (one.read, one.accepted.height) == (3, 1)
    assert balanced(one)
    assert set(one.problems["row"]) == {3, 4}


@pytest.mark.parametrize("form", ALL)
def test_an_example_row_is_passed_over_unless_it_was_changed(tmp_path, form):
    write, first = FORMS[form]
    write(tmp_path / f"t.{form}", [row(R, 1), row(R, 2, registration_id="EXAMPLE"), row(R, 3)])
    one = load_tool_registrations(tmp_path / f"t.{form}", as_of=AS_OF)
    assert (one.read, one.accepted.height, one.examples) == (3, 2, 0)
    assert [(p["row"], p["rule"], p["severity"]) for p in one.problems.to_dicts()] == [
        (first + 1, "example_row", CRITICAL)
    ]


def test_a_template_handed_in_as_it_is_has_no_rows(tmp_path):
    from click.testing import CliRunner

    from norwalk_analytics.cli import main

    assert CliRunner().invoke(main, ["template", str(tmp_path)]).exit_code == 0
    for table, load in LOADERS.items():
        one = load(tmp_path / f"{table}.template.xlsx", as_of=AS_OF)
        assert (one.read, one.examples) == (0, 1)


# ---- more than one thing at once ------------------------------------------------------------------------------------


def test_every_odd_cell_in_one_file(tmp_path):
    """All cases together: each row keeps its own reason, and the law of rows holds."""
    for table, load in LOADERS.items():
        cases = [
            case for case in CASES
            if case.table == table and not case.more and case.field != next(iter(ROWS[table]))
        ]  # fmt: skip
        as_csv(
            tmp_path / "t.csv", [row(table, i, **{case.field: case.typed}) for i, case in enumerate(cases)]
        )
        one = load(tmp_path / "t.csv", as_of=AS_OF)
        assert one.read == len(cases)
        assert balanced(one)
        found = {(p["row"], p["rule"], p["severity"]) for p in one.problems.to_dicts()}
        for i, case in enumerate(cases):
            if case.rule and "date" not in case.rule:
                assert (i + 2, case.rule, case.severity) in found, named(case)
        aside = set(one.quarantined["row_number"])
        assert aside == {at for at, _, severity in found if severity == CRITICAL}


def test_ten_broken_cells_in_one_row_are_ten_reasons(tmp_path):
    cells = {
        "registered_on": "1/5/24", "school_id": "#REF!", "employee_role": "boss", "setting": "", "participants": "1,234",
        "active_from": "soon", "parents_told_contact_method": "maybe", "access": f"pub{ZWSP}lic", "account": "ftp://x",
        "registration_id": "R 9",
    }  # fmt: skip
    as_csv(tmp_path / "t.csv", [row(R, 1), row(R, 2, **cells)])
    one = load_tool_registrations(tmp_path / "t.csv", as_of=AS_OF)
    rules = {p["rule"] for p in one.problems.filter(row=3, severity=CRITICAL).to_dicts()}
    assert rules == {
        "registered_on.two_digit_year", "school_id.spreadsheet_error", "employee_role.listed", "setting.required",
        "participants.unreadable", "active_from.unreadable", "parents_told_contact_method.unreadable", "access.invisible",
        "account.url_scheme", "registration_id.characters",
    }  # fmt: skip
    assert len(one.quarantined["reasons"][0]) == len(rules)
