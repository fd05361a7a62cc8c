"""Import profiles: what becomes of a foreign table's columns and rows, and what is wrong with a profile."""

from datetime import date

import polars as pl
import pytest

from norwalk_analytics import UserError, load_audit_findings, load_exception_log

AS_OF = date(2026, 6, 30)
FOREIGN = """\
Findings of the year,,,,,,,
Report,No,Day,Where,Clause,Grave,State,Note
2024-A,1,31.12.2024,Roton,Clause P.3 b,YES,live,
2024-A,1,31.12.2024,Roton,Clause P.3 b,NO,live,the same on another award
2024-A,2,01.02.2024,Roton,Clause B.4,NO,draft,
2024-B,1,2024-03-04,Roton,Clause B.4,NO,live,
2024-B,1,2024-03-05,Roton,Clause B.4,NO,live,another day
2024-B,,04.03.2024,Roton,Clause B.4,NO,live,no number
2024-C,1,3/4/2024,Roton,Clause B.4,NO,live,not in the form
2024-C,2,4. März 2024,Roton,Clause B.4,NO,live,not in the form
2024-C,3,04.03.24,Roton,Clause B.4,NO,live,two digits
"""
PROFILE = """\
table = "audit_findings"
note = "A made-up report"
[columns]
audit_id = "Report"
audited_on = "Day"
school_id = "Where"
opened_on = "Day"
[constants]
result = "finding"
severity = "low"
status = "open"
[dates]
audited_on = ["%d.%m.%Y", "%Y/%m/%d"]
opened_on = "%d.%m.%Y"
[joined.finding_id]
columns = ["Report", "No"]
with = "/"
[split.clause]
column = "Clause"
by = " "
part = 2
[split.limb]
column = "Clause"
by = " "
part = 3
[[rows]]
rule = "drafts are no findings"
column = "State"
leave_out = ["draft", ""]
[one_row]
key = ["finding_id"]
order = ["-Grave", "-audited_on"]
"""


@pytest.fixture
def foreign(tmp_path):
    (tmp_path / "f.csv").write_text(FOREIGN, encoding="utf-8")
    (tmp_path / "f.profile.toml").write_text(PROFILE, encoding="utf-8")
    return load_audit_findings(tmp_path / "f.csv", profile=tmp_path / "f.profile.toml", as_of=AS_OF)


def test_columns_are_joined_and_split_and_dates_read(foreign):
    assert foreign.accepted.select("finding_id", "audited_on", "clause", "limb").rows() == [
        ("2024-A/1", date(2024, 12, 31), "P.3", "b"),
        ("2024-B/1", date(2024, 3, 5), "B.4", None),
    ]
    assert foreign.assumed == "UTF-8, comma, header in row 2"


def test_every_row_is_accounted_for(foreign):
    assert foreign.read == 9 == foreign.accepted.height + foreign.quarantined.height + foreign.left_out.height
    assert foreign.left_out.to_dicts() == [
        {"file": "f.csv", "sheet": None, "row_number": 4, "rule": "one row per finding_id", "kept_row": 3,
         "kept_file": "f.csv", "differs": []},
        {"file": "f.csv", "sheet": None, "row_number": 5, "rule": "drafts are no findings", "kept_row": None,
         "kept_file": None, "differs": None},
        {"file": "f.csv", "sheet": None, "row_number": 6, "rule": "one row per finding_id", "kept_row": 7,
         "kept_file": "f.csv", "differs": ["audited_on", "opened_on"]},
    ]  # fmt: skip
    assert {(row, rule) for row, rule in foreign.problems.select("row", "rule").rows()} == {
        (8, "finding_id.required"),
        (9, "audited_on.unreadable"), (9, "opened_on.unreadable"),
        (10, "audited_on.unreadable"), (10, "opened_on.unreadable"),
        (11, "audited_on.two_digit_year"), (11, "opened_on.two_digit_year"),
    }  # fmt: skip


def test_what_is_said_of_rows_left_out(foreign):
    from norwalk_analytics.intake.display import lines

    said = lines(foreign)
    assert (
        "f.csv: 2 rows were left out: one row per finding_id. 1 row differs from the row that was kept, "
        "in audited_on, opened_on. (Rows 6.)" in said
    )
    assert "f.csv: 1 row was left out: drafts are no findings." in said


FORMS = {
    "%d.%m.%Y": {
        "31.12.2024": "2024-12-31",
        "1.2.2024": "2024-02-01",
        "12/31/2024": None,
        "2024-12-31": "2024-12-31",
    },
    "%d/%m/%Y": {"3/4/2024": "2024-04-03", "31/12/2024": "2024-12-31", "12/31/2024": None},
    "%Y/%m/%d": {"2024/04/03": "2024-04-03", "2024/13/03": None},
    "%Y%m%d": {"20240403": "2024-04-03", "2024043": None},
    "%d-%b-%Y": {
        "3-Apr-2024": "2024-04-03",
        "3-SEPT-2024": "2024-09-03",
        "3-Sep.-2024": "2024-09-03",
        "3-Mai-2024": None,
    },
    "%B %d, %Y": {"May 3, 2024": "2024-05-03", "december 31, 2024": "2024-12-31", "Sometime 3, 2024": None},
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_dates(form, tmp_path):
    cells = FORMS[form]
    rows = pl.DataFrame({
        "finding_id": [f"F-{i}" for i in range(len(cells))], "audit_id": "A", "audited_on": "2024-01-05",
        "school_id": "Roton", "clause": "B.4", "result": "no_finding", "closed_on": list(cells),
    })  # fmt: skip
    (tmp_path / "p.toml").write_text(f'table = "audit_findings"\n[dates]\nclosed_on = "{form}"\n')
    one = load_audit_findings(rows, profile=tmp_path / "p.toml", as_of=AS_OF)
    read = {row["row_number"]: None for row in one.quarantined.to_dicts()}
    unread = set(one.problems.filter(pl.col("rule").str.contains("unreadable|two_digit"))["row"])
    found = pl.concat([one.frame, one.aside]).sort("row_number")
    for at, (cell, expected) in enumerate(cells.items(), start=1):
        day = found.filter(row_number=at)["closed_on"].item()
        assert (None if day is None else str(day)) == expected, cell
        assert (at in unread) == (expected is None)
    assert set(read) >= unread


@pytest.mark.parametrize(("form", "cell", "expected"), [
    ("%d.%m.%Y", "31.12.2024 14:30", "2024-12-31 19:30"),
    ("%d.%m.%Y", "31.12.2024 2:30 PM", "2024-12-31 19:30"),
    ("%d.%m.%Y %H:%M:%S", "31.12.2024 14:30:05", "2024-12-31 19:30:05"),
    ("%d %b %Y %I:%M %p", "31 Dec 2024 2:30 pm", "2024-12-31 19:30"),
    ("%d.%m.%Y", "31.12.2024", None),
    ("%d.%m.%Y", "2024-12-31T14:30:00-05:00", "2024-12-31 19:30"),
])  # fmt: skip
def test_forms_of_datetimes(form, cell, expected, tmp_path, sample_folder):
    row = pl.read_csv(sample_folder / "exception_log.csv", infer_schema=False).filter(kind="relative").head(1)
    row = row.with_columns(pl.lit(cell).alias("occurred_at"), pl.lit("2026-01-01 08:00").alias("logged_at"))
    row = row.with_columns(
        pl.lit("").alias(name)
        for name in row.columns
        if name.endswith("_at") and name[:3] not in ("occ", "log")
    )
    (tmp_path / "p.toml").write_text(f'table = "exception_log"\n[dates]\noccurred_at = "{form}"\n')
    one = load_exception_log(row, profile=tmp_path / "p.toml", as_of=AS_OF)
    if expected is None:
        assert one.problems["rule"].to_list() == ["occurred_at.unreadable"]
    else:
        assert one.problems.is_empty(), one.problems.to_dicts()
        assert str(one.accepted["occurred_at"][0]).startswith(expected)


WRONG = {
    'colums = "x"': "it has a key that a profile does not know: colums. Did you mean columns?",
    "[joined.finding_id]\ncolumns = []": "columns is no list of texts",
    '[joined.finding_id]\nwith = "/"': "joined.finding_id lacks columns",
    '[joined.nothing]\ncolumns = ["a"]': "joined names no field of audit_findings: nothing",
    '[split.limb]\ncolumn = "a"\nby = "."': "split.limb lacks part",
    '[split.limb]\ncolumn = "a"\nby = "."\npart = 0': "part is a whole number from 1",
    '[split.limb]\ncolumn = "a"\nby = ""\npart = 1': "by is not empty",
    '[dates]\nlimb = "%d.%m.%Y"': "dates names a field that is no date: limb",
    '[dates]\ndue_on = "%d.%m.%y"': "a year of four digits",
    '[dates]\ndue_on = "DD.MM.YYYY"': "dates gives due_on a form that is not known",
    '[[rows]]\nrule = "x"\ncolumn = "a"': "rows needs one of keep and leave_out",
    '[[rows]]\ncolumn = "a"\nkeep = ["x"]': "rows lacks rule",
    '[rows]\nrule = "x"': "rows is no list of tables",
    '[one_row]\norder = ["a"]': "one_row lacks key",
    '[one_row]\nkey = ["nothing"]': "one_row names no field of audit_findings: nothing",
    "header_row = 0": "header_row is not the number of a row",
    "sheet = 5": "sheet is no text",
    '[columns]\nlimb = "a"\n[constants]\nlimb = "b"': "it gives limb twice",
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_with_a_profile_is_one_sentence(wrong, tmp_path):
    (tmp_path / "w.profile.toml").write_text(f'table = "audit_findings"\n{wrong}\n')
    with pytest.raises(UserError) as found:
        load_audit_findings(pl.DataFrame({"a": ["1"]}), profile=tmp_path / "w.profile.toml")
    assert str(found.value).startswith("w.profile.toml: ")
    assert WRONG[wrong] in str(found.value)


@pytest.mark.parametrize(("part", "said"), [
    ('[joined.summary]\ncolumns = ["Report", "Nr"]', "no column headed Nr, which the profile names for summary."),
    ('[[rows]]\nrule = "x"\ncolumn = "Sate"\nkeep = ["a"]', "no column headed Sate, which the profile names for its rows. Nearest: State."),
])  # fmt: skip
def test_a_column_that_is_not_there_is_named(part, said, tmp_path):
    (tmp_path / "f.csv").write_text(FOREIGN, encoding="utf-8")
    (tmp_path / "f.profile.toml").write_text(PROFILE.split("[[rows]]")[0] + part, encoding="utf-8")
    with pytest.raises(UserError) as found:
        load_audit_findings(tmp_path / "f.csv", profile=tmp_path / "f.profile.toml", as_of=AS_OF)
    assert said in str(found.value)


def test_a_header_row_that_is_named(tmp_path):
    (tmp_path / "f.csv").write_text(FOREIGN, encoding="utf-8")
    for row, said in [(2, ""), (1, "lacks"), (3, "no column headed"), (50, "there is no header row")]:
        (tmp_path / "f.profile.toml").write_text(f"header_row = {row}\n{PROFILE}", encoding="utf-8")
        if not said:
            assert (
                load_audit_findings(tmp_path / "f.csv", profile=tmp_path / "f.profile.toml", as_of=AS_OF).read
                == 9
            )
            continue
        with pytest.raises(UserError):
            load_audit_findings(tmp_path / "f.csv", profile=tmp_path / "f.profile.toml", as_of=AS_OF)
