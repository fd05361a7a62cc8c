"""Whatever comes: rows read = accepted + set aside + left out, and a bad file is one clear sentence."""

import json
from datetime import date, datetime

import openpyxl
import polars as pl
import pytest
from conftest import public
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from norwalk_analytics import (
    UserError,
    load_audit_findings,
    load_district,
    load_exception_log,
    load_tool_registrations,
)
from norwalk_analytics.intake.reading import read_text

AS_OF = date(2026, 6, 30)
HEAD = "registration_id,registered_on,school_id,employee_id,employee_role,setting,platform,account_capacity,active_from,suitability_review,access"
ROW = "R-1,2024-01-05,Roton,E-0412,coach,school,X,professional,2024-01-05,pending,public"


def write(tmp_path, text, name="tool_registrations.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def load(tmp_path, *rows, head=HEAD, **more):
    return load_tool_registrations(write(tmp_path, "\n".join([head, *rows]) + "\n"), as_of=AS_OF, **more)


def balanced(one):
    return one.read == one.accepted.height + one.quarantined.height + one.left_out.height


def test_the_sample_is_accepted_whole(district):
    for one in district.tables.values():
        assert balanced(one)
        assert one.quarantined.is_empty()


@pytest.mark.parametrize(("text", "said"), [
    ("", "is empty"),
    ("\n\n", "is empty"),
    ("a,b\n1,2\n", "lacks 11 required columns"),
    (HEAD.replace("school_id", "School-Nme") + "\n" + ROW, 'found "School-Nme", did you mean school_id?'),
    (HEAD + ",School ID\n" + ROW + ",Roton", "columns C and L would both be school_id"),
    (HEAD + '\n"R-1,2024', "opens a quote that is never closed"),
    (HEAD + '\n"R"1,2024', "a quote inside a quoted cell"),
    (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01", "is not a text file"),
    (b"PK\x03\x04 no workbook", "damaged or cut short"),
    (b"\xd0\xcf\x11\xe0rest", "protected by a password, or it is no workbook"),
])  # fmt: skip
def test_a_bad_file_is_one_sentence(tmp_path, text, said):
    path = write(tmp_path, text)
    with pytest.raises(UserError, match="tool_registrations") as found:
        load_tool_registrations(path, as_of=AS_OF)
    assert said in str(found.value)
    assert "\n" not in str(found.value)


def test_a_header_only_is_no_row(tmp_path):
    one = load(tmp_path)
    assert (one.read, one.accepted.height) == (0, 0)


@pytest.mark.parametrize(("row", "rule"), [
    (ROW.replace("Roton", "Rotan"), "school_id.known"),
    (ROW.replace("2024-01-05,pending", "2024-02-31,pending"), "active_from.unreadable"),
    (ROW.replace("2024-01-05,Roton", "1/5/24,Roton"), "registered_on.two_digit_year"),
    (ROW.replace("2024-01-05", "1905-01-05"), "registered_on.before_enactment"),
    (ROW + ",more", "ragged"),
    (ROW.rsplit(",", 1)[0], "ragged"),
    (ROW.replace("E-0412", "#REF!"), "employee_id.spreadsheet_error"),
])  # fmt: skip
def test_a_bad_row_is_set_aside_with_place_rule_and_remedy(tmp_path, row, rule):
    one = load(tmp_path, ROW.replace("R-1", "R-0"), row)
    assert balanced(one)
    assert one.accepted["registration_id"].to_list() == ["R-0"]
    problem = one.problems.filter(rule=rule).row(0, named=True)
    assert (problem["row"], problem["severity"]) == (3, "critical")
    assert problem["wrong"]
    assert problem["remedy"]
    assert one.quarantined["row_number"].to_list() == [3]


def test_the_nearest_school_is_named_and_nothing_else_that_was_typed(tmp_path):
    one = load(
        tmp_path, ROW.replace("Roton", "Rotan"), ROW.replace("R-1", "R-2").replace("Roton", "Maria Lopez")
    )
    wrong = one.problems["wrong"].to_list()
    assert "“Rotan”" in wrong[0]
    assert "“Roton”" in wrong[0]
    assert "Lopez" not in " ".join(wrong)


def test_twins(tmp_path):
    other = ROW.replace("coach", "certified")
    one = load(
        tmp_path,
        ROW,
        ROW.replace("2024-01-05", "1/5/2024"),
        ROW.replace("R-1", "R-2"),
        other.replace("R-1", "R-2"),
    )
    rules = {(row["row"], row["rule"]) for row in one.problems.filter(severity="critical").to_dicts()}
    assert rules == {(3, "same_row"), (4, "registration_id.unique"), (5, "registration_id.unique")}
    assert one.accepted["registration_id"].to_list() == ["R-1"]


def test_blank_rows_are_not_rows_read_and_numbers_are_those_of_a_spreadsheet(tmp_path):
    one = load(tmp_path, "", ROW, ",,,,,,,,,,", ROW.replace("Roton", "Nowhere").replace("R-1", "R-2"))
    assert (one.read, one.blank) == (2, 2)
    assert one.quarantined["row_number"].to_list() == [5]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters(tmp_path, encoding, delimiter):
    head, row = f"{HEAD},group_name", f"{ROW},Café é"
    text = "\r\n".join([head, row]).replace(",", delimiter)
    one = load_tool_registrations(write(tmp_path, text, encoding=encoding), as_of=AS_OF)
    assert one.accepted["group_name"].to_list() == ["Café é"]


def test_unknown_columns_are_kept(tmp_path):
    one = load(tmp_path, ROW + ",a", head=HEAD + ",Our notes")
    assert one.unknown == ("Our notes",)
    assert one.accepted["Our notes"].to_list() == ["a"]


def test_a_platform_keeps_what_was_written(tmp_path):
    one = load(
        tmp_path, ROW.replace(",X,", ",twitter,"), ROW.replace("R-1", "R-2").replace(",X,", ",Ourspace,")
    )
    assert one.frame["platform"].to_list() == ["X", "Ourspace"]
    assert one.frame["platform__written"].to_list() == ["twitter", "Ourspace"]
    assert one.problems["rule"].to_list() == ["platform.listed"]


def workbook(path, rows, sheets=("Register",)):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name in sheets:
        sheet = book.create_sheet(name)
        for i, row in enumerate(rows if name == sheets[0] else [["nothing", "here"]], start=1):
            for j, value in enumerate(row, start=1):
                cell = sheet.cell(i, j, value)
                if isinstance(value, datetime):
                    cell.number_format = "m/d/yyyy h:mm"
                elif isinstance(value, date):
                    cell.number_format = "yyyy-mm-dd"
    book.save(path)
    return path


def test_a_workbook(tmp_path):
    cells = ROW.split(",")
    cells[1] = cells[8] = date(2024, 1, 5)
    path = workbook(
        tmp_path / "r.xlsx", [HEAD.split(","), cells, ["R-2", *cells[1:-1], None]], ("Register", "Notes")
    )
    one = load_tool_registrations(path, as_of=AS_OF)
    assert (one.read, one.accepted.height, one.sheet) == (2, 1, "Register")
    assert one.problems["rule"].to_list() == ["access.required"]
    assert one.accepted["registered_on"].to_list() == [date(2024, 1, 5)]
    with pytest.raises(UserError, match="other sheets: Register"):
        load_tool_registrations(path, as_of=AS_OF, sheet="Notes")
    with pytest.raises(UserError, match="no sheet of that name"):
        load_tool_registrations(path, as_of=AS_OF, sheet="Nope")


def test_a_workbook_cut_short_is_one_sentence(tmp_path):
    whole = workbook(tmp_path / "r.xlsx", [HEAD.split(","), ROW.split(",")]).read_bytes()
    for end in range(4, len(whole), 97):
        (tmp_path / "cut.xlsx").write_bytes(whole[:end])
        with pytest.raises(UserError, match=r"damaged or cut short|not a workbook"):
            load_tool_registrations(tmp_path / "cut.xlsx", as_of=AS_OF)


def test_district_toml_that_cannot_be_used(sample_folder, tmp_path):
    for text, said in (
        ('tool_registrations = "x.csv"', "is not a table"),
        ('as_of = "soon"', "as_of is not a date"),
        ("a =", "not a TOML"),
    ):
        write(tmp_path, (sample_folder / "actions.csv").read_bytes(), "audit_findings.csv")
        (tmp_path / "district.toml").write_text(text)
        with pytest.raises(UserError, match=said):
            load_district(tmp_path)


def test_a_workbooks_times_and_errors(tmp_path):
    head = [
        "exception_id",
        "occurred_at",
        "logged_at",
        "school_id",
        "employee_id",
        "employee_role",
        "kind",
        "channel",
        "outcome",
    ]
    row = [
        "X-1",
        datetime(2024, 1, 5, 0, 0),
        datetime(2024, 1, 5, 10, 30),
        "Roton",
        "E-1",
        "coach",
        "other",
        "sms",
        "upheld",
    ]
    one = load_exception_log(workbook(tmp_path / "x.xlsx", [head, row]), as_of=AS_OF)
    assert one.accepted["occurred_at"].to_list() == [datetime(2024, 1, 5, 5)]


def test_csv_spectrum():
    folder = public("corpora/csv-spectrum", "max-mapper/csv-spectrum, BSD-2-Clause")
    for path in sorted((folder / "csvs").glob("*.csv")):
        meant = json.loads((folder / "json" / f"{path.stem}.json").read_text(encoding="utf-8"))
        text = read_text(path)
        rows = [dict(zip(text.headers, row[1:], strict=True)) for row in text.frame.iter_rows()]
        if path.stem == "location_coordinates":  # the corpus itself gives two phone numbers there
            assert [list(row) for row in rows] == [list(meant)]
            continue
        assert rows == (meant if isinstance(meant, list) else [meant]), path.name


@pytest.mark.parametrize("day", [date(2013, 9, 2), "2026-06-30"])
def test_as_of_before_enactment_or_no_date(sample_folder, day):
    with pytest.raises(UserError, match="as_of"):
        load_district(sample_folder, as_of=day)


def test_one_of_three_tables(sample_folder, tmp_path):
    write(tmp_path, (sample_folder / "audit_findings.csv").read_bytes(), "audit_findings.csv")
    one = load_district(tmp_path, as_of=AS_OF)
    assert one.missing == ["tool_registrations", "exception_log"]
    assert "registration_id.known_row" not in one.tables["audit_findings"].problems["rule"].to_list()
    with pytest.raises(UserError, match="none of the three tables"):
        load_district(tmp_path.parent / tmp_path.name / "..", as_of=AS_OF)


def test_rows_that_name_a_registration_set_aside_are_warned(tmp_path):
    write(tmp_path, f"{HEAD}\n{ROW.replace('coach', 'nobody')}\n")
    head = "finding_id,audit_id,audited_on,school_id,clause,registration_id,result"
    write(
        tmp_path,
        f"{head}\nF-1,A-1,2024-02-01,Roton,B.4,R-1,no_finding\nF-2,A-1,2024-02-01,Roton,B.4,R-9,no_finding\n",
        "audit_findings.csv",
    )
    one = load_district(tmp_path, as_of=AS_OF).tables["audit_findings"]
    found = [(row["row"], row["rule"], row["severity"]) for row in one.problems.to_dicts()]
    assert found == [
        (2, "registration_id.set_aside", "warning"),
        (3, "registration_id.known_row", "critical"),
    ]


def test_an_item_and_an_account_that_disagree_are_warned(tmp_path):
    head = "finding_id,audit_id,audited_on,school_id,clause,platform,account,account_registered,result,severity,status,opened_on"
    rows = [
        "F-1,A-1,2024-02-01,Roton,A.1b,X,@a,yes,no_finding,,,",
        "F-2,A-1,2024-02-01,Roton,A.1b,Twitter,@a,no,finding,low,open,2024-02-01",
    ]
    path = write(tmp_path, "\n".join([head, *rows]), "audit_findings.csv")
    one = load_audit_findings(path, as_of=AS_OF)
    found = {(row["row"], row["rule"]) for row in one.problems.to_dicts()}
    assert found == {
        (2, "result.beside_a_finding"),
        (2, "account_registered.disagrees"),
        (3, "account_registered.disagrees"),
    }


CELLS = st.lists(st.one_of(st.text(max_size=12), st.sampled_from(ROW.split(","))), min_size=1, max_size=13)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(CELLS, max_size=8))
def test_no_row_is_lost_whatever_stands_in_it(tmp_path, rows):
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEAD.split(","))
    writer.writerows(rows)
    data = text.getvalue().encode("utf-8", "surrogatepass")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return
    if b"\x00" in data:
        return
    one = load_tool_registrations(write(tmp_path, data), as_of=AS_OF)
    assert balanced(one)
    assert one.quarantined["row_number"].is_unique().all()
    kept = set(one.quarantined["row_number"]) | set(one.frame["row_number"])
    assert len(kept) == one.read


def test_naughty_strings_go_in_and_come_out_whole(tmp_path):
    naughty = json.loads(
        public("corpora/naughty_strings.json", "minimaxir/big-list-of-naughty-strings, MIT").read_text(
            encoding="utf-8"
        )
    )
    naughty = [text for text in naughty if "\x00" not in text]
    frame = pl.DataFrame(
        {name: [value] * len(naughty) for name, value in zip(HEAD.split(","), ROW.split(","), strict=True)}
    )
    frame = frame.with_columns(
        pl.Series("registration_id", [f"R-{i}" for i in range(len(naughty))]),
        pl.Series("group_name", naughty),
    )
    path = tmp_path / "naughty.csv"
    frame.write_csv(path)
    one = load_tool_registrations(path, as_of=AS_OF)
    assert one.read == len(naughty)
    assert balanced(one)
    assert "<script" not in one._repr_html_()
