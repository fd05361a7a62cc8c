"""The correction workbook: written, mended, and taken in again."""

import shutil
import subprocess
from datetime import date

import openpyxl
import polars as pl
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from norwalk_analytics import UserError, load_district, load_exception_log
from norwalk_analytics.cli import main
from norwalk_analytics.intake.contract import read_contract
from norwalk_analytics.intake.mending import CHANGED, FIXED, read_corrections
from norwalk_analytics.intake.mending_workbook import write_corrections
from norwalk_analytics.intake.xlsx_writing import NOT_HELD

AS_OF = date(2026, 6, 30)
CONTRACT = read_contract()


@pytest.fixture
def log(sample_folder, tmp_path):
    """An exception log of 60 rows, of which five are to be mended."""
    rows = pl.read_csv(sample_folder / "exception_log.csv", infer_schema=False).head(60)
    lines = rows.write_csv().splitlines()
    head = lines[0].split(",")
    lines[1] = lines[1].replace(rows["school_id"][0], "Rotan")
    lines[2] = lines[2].replace(rows["kind"][1], "=cmd()")
    lines[3] = lines[3].replace(rows["occurred_at"][2], "1/5/24 8:00")
    lines[4] += ",one cell too many"
    lines[5] = ",".join(lines[5].split(",")[: len(head) - 2])
    path = tmp_path / "exception_log.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path, rows


def written(loaded, path):
    write_corrections(loaded, CONTRACT, path)
    return openpyxl.load_workbook(path)


def cell_of(page, row, header):
    headers = [cell.value for cell in page[1]]
    return page.cell(row, headers.index(header) + 1)


def test_a_workbook_shows_each_row_as_it_stood_and_what_to_do(log, tmp_path):
    loaded = load_exception_log(log[0], as_of=AS_OF)
    assert loaded.quarantined.height == 5
    page = written(loaded, tmp_path / "c.xlsx").worksheets[0]
    headers = [cell.value for cell in page[1]]
    assert tuple(headers[:4]) == FIXED
    assert headers[4:-1] == loaded.quarantined.columns[4:]
    assert page.column_dimensions[openpyxl.utils.get_column_letter(len(headers))].hidden
    school, kind = cell_of(page, 2, "school_id"), cell_of(page, 3, "kind")
    assert (school.value, kind.value, kind.data_type) == ("Rotan", "=cmd()", "s")
    assert "Nearest: “Roton”" in school.comment.text
    assert school.fill.fgColor.rgb != cell_of(page, 2, "kind").fill.fgColor.rgb
    assert cell_of(page, 2, "kind").comment is None
    assert "not on its list" in cell_of(page, 3, FIXED[3]).value
    assert "two digits" in cell_of(page, 4, FIXED[3]).value
    lists = {
        str(one.sqref).split(":")[0].rstrip("0123456789") for one in page.data_validations.dataValidation
    }
    assert openpyxl.utils.get_column_letter(headers.index("kind") + 1) in lists
    for row, line in enumerate(loaded.quarantined.iter_rows(), start=2):
        assert [page.cell(row, column).value or "" for column in range(5, len(headers))] == [
            c or "" for c in line[4:]
        ]


def test_mended_rows_take_their_places(log, tmp_path):
    path, rows = log
    loaded = load_exception_log(path, as_of=AS_OF)
    book = written(loaded, tmp_path / "c.xlsx")
    page = book.worksheets[0]
    cell_of(page, 2, "school_id").value = rows["school_id"][0]
    cell_of(page, 3, "kind").value = rows["kind"][1]
    cell_of(page, 4, "occurred_at").value = pl.Series([rows["occurred_at"][2]]).str.to_datetime()[0]
    cell_of(page, 5, f"column {rows.width + 1}").value = None
    for name in rows.columns[-2:]:
        cell_of(page, 6, name).value = rows[name][4] or None
    if not rows["outcome"][4]:
        raise AssertionError
    book.save(tmp_path / "c.xlsx")
    mended = load_exception_log(path, as_of=AS_OF, corrections=tmp_path / "c.xlsx")
    assert mended.quarantined.is_empty(), mended.problems.to_dicts()
    assert mended.read == mended.accepted.height == 60
    assert mended.accepted.equals(load_exception_log(rows, as_of=AS_OF).accepted)
    changed = {
        (row["row_number"], row["column"]): (row["before"], row["after"])
        for row in mended.corrected.to_dicts()
    }
    assert changed[2, "school_id"] == ("Rotan", rows["school_id"][0])
    assert changed[5, f"column {rows.width + 1}"] == ("one cell too many", "")
    assert {row for row, _ in changed} == {2, 3, 4, 5, 6}


def test_what_was_not_mended_changes_nothing(log, tmp_path):
    path, _ = log
    loaded = load_exception_log(path, as_of=AS_OF)
    write_corrections(loaded, CONTRACT, tmp_path / "c.xlsx")
    again = load_exception_log(path, as_of=AS_OF, corrections=tmp_path / "c.xlsx")
    assert again.corrected.is_empty()
    assert again.quarantined.equals(loaded.quarantined)
    assert again.problems.equals(loaded.problems)


def test_a_row_that_is_not_what_it_was_is_not_overwritten(log, tmp_path):
    path, rows = log
    book = written(load_exception_log(path, as_of=AS_OF), tmp_path / "c.xlsx")
    for at in (2, 3):
        cell_of(book.worksheets[0], at, "school_id").value = rows["school_id"][0]
    book.save(tmp_path / "c.xlsx")
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([lines[0], lines[2], *lines[1:2]]), encoding="utf-8")
    one = load_exception_log(path, as_of=AS_OF, corrections=tmp_path / "c.xlsx")
    assert one.corrected.is_empty()
    told = one.problems.filter(rule="correction_not_applied")
    assert told["severity"].to_list() == ["warning"] * 2
    assert "exception_log.csv, row 2, was not applied" in told["wrong"][0]
    assert one.read == one.accepted.height + one.quarantined.height


@pytest.mark.skipif(
    shutil.which("soffice") is None, reason="needs LibreOffice: apt-get install libreoffice-calc"
)
def test_a_workbook_saved_by_a_spreadsheet_program(log, tmp_path):
    path, rows = log
    loaded = load_exception_log(path, as_of=AS_OF)
    book = written(loaded, tmp_path / "c.xlsx")
    cell_of(book.worksheets[0], 2, "school_id").value = rows["school_id"][0]
    book.save(tmp_path / "c.xlsx")
    for kind in ("ods", "xls"):
        command = [
            "soffice",
            f"-env:UserInstallation=file://{tmp_path}/profile",
            "--headless",
            "--convert-to",
            kind,
        ]
        subprocess.run(
            [*command, "--outdir", tmp_path, tmp_path / "c.xlsx"],
            check=True,
            capture_output=True,
            timeout=120,
        )
        one = load_exception_log(path, as_of=AS_OF, corrections=tmp_path / f"c.{kind}")
        assert one.corrected.rows() == [
            ("exception_log.csv", None, 2, "school_id", "Rotan", rows["school_id"][0])
        ]


def test_the_commands(log, tmp_path):
    path, rows = log
    folder, out = tmp_path / "data", tmp_path / "checked"
    folder.mkdir()
    path.rename(folder / "exception_log.csv")

    def run(*arguments):
        return CliRunner().invoke(
            main, ["validate", str(folder), "--as-of", "2026-06-30", *map(str, arguments)]
        )

    assert run("--out", out).exit_code == 1
    book = openpyxl.load_workbook(out / "exception_log.corrections.xlsx")
    cell_of(book.worksheets[0], 2, "school_id").value = rows["school_id"][0]
    book.save(out / "exception_log.corrections.xlsx")
    again = run("--out", out)
    assert again.exit_code == 2
    assert "exception_log.corrections.xlsx in checked holds corrections" in again.stderr
    done = run("--corrections", out, "--out", tmp_path / "next")
    assert done.exit_code == 1
    assert "exception_log.csv: 1 row was corrected, 1 cell changed." in done.stdout
    assert "Rotan" not in done.stdout
    assert pl.read_csv(tmp_path / "next" / "exception_log.corrected.csv").columns == list(CHANGED)
    assert len(read_corrections(tmp_path / "next" / "exception_log.corrections.xlsx")) == 5
    (folder / "district.toml").write_text('corrections = "../checked"\n')
    assert load_district(folder, as_of=AS_OF).tables["exception_log"].quarantined.height == 4
    for wrong in ("nowhere", path.name):
        assert run("--corrections", folder / wrong).exit_code == 2


def test_what_is_no_correction_workbook_is_said(log, tmp_path):
    with pytest.raises(UserError, match="is no correction workbook"):
        load_exception_log(log[0], as_of=AS_OF, corrections=log[0])


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
# openpyxl, which mends here, does not read what XLSX spells out
PLAIN = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="_\ufffe\uffff"), max_size=12
)


def aside(rows, sample_folder):
    """Rows that are set aside, with these reasons and notes."""
    first = pl.read_csv(sample_folder / "exception_log.csv", infer_schema=False).head(1)
    frame = pl.concat([first] * len(rows)).with_columns(
        pl.Series("exception_id", [f"X-{i}" for i in range(len(rows))]),
        pl.Series("reason", [reason for reason, _ in rows]),
        pl.Series("note", [note for _, note in rows]),
        pl.lit("no kind").alias("kind"),
    )
    loaded = load_exception_log(frame, as_of=AS_OF)
    assert loaded.quarantined.height == len(rows)
    return frame, loaded


FEW = settings(max_examples=25, deadline=None)


@FEW
@given(rows=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=6))
def test_any_cells_go_through_a_workbook_and_change_nothing(rows, tmp_path_factory, sample_folder):
    frame, loaded = aside(rows, sample_folder)
    path = tmp_path_factory.mktemp("any") / "c.xlsx"
    write_corrections(loaded, CONTRACT, path)
    assert not any(one.is_mended for one in read_corrections(path))
    again = load_exception_log(frame, as_of=AS_OF, corrections=path)
    assert again.corrected.is_empty()
    assert again.quarantined.equals(loaded.quarantined)


@FEW
@given(rows=st.lists(st.tuples(PLAIN, PLAIN), min_size=1, max_size=4), new=PLAIN, data=st.data())
def test_a_changed_cell_comes_back_and_no_other(rows, new, data, tmp_path_factory, sample_folder):
    frame, loaded = aside(rows, sample_folder)
    path = tmp_path_factory.mktemp("any") / "c.xlsx"
    write_corrections(loaded, CONTRACT, path)
    new = f"changed {new}."
    at = data.draw(st.integers(0, len(rows) - 1))
    book = openpyxl.load_workbook(path)
    target = cell_of(book.worksheets[0], at + 2, "note")
    target.value, target.data_type = new, "s"
    book.save(path)
    changed = load_exception_log(frame, as_of=AS_OF, corrections=path).corrected
    assert changed.rows() == [("the frame", None, at + 1, "note", rows[at][1], new)]


def test_a_cell_too_long_for_a_workbook_is_kept(sample_folder, tmp_path):
    frame = pl.read_csv(sample_folder / "exception_log.csv", infer_schema=False).head(1)
    frame = frame.with_columns(pl.lit("x" * 40_000).alias("reason"))
    kind, frame = frame["kind"][0], frame.with_columns(pl.lit("no kind").alias("kind"))
    path = tmp_path / "c.xlsx"
    book = written(load_exception_log(frame, as_of=AS_OF), path)
    assert cell_of(book.worksheets[0], 2, "reason").value == NOT_HELD
    cell_of(book.worksheets[0], 2, "kind").value = kind
    book.save(path)
    one = load_exception_log(frame, as_of=AS_OF, corrections=path)
    assert one.corrected["column"].to_list() == ["kind"]
    assert one.accepted["reason"].to_list() == ["x" * 40_000]


@pytest.mark.parametrize(
    "cell",
    [
        "2026-01-01 00:00:00",  # a reader of workbooks tells a date's midnight from no text like it
        "\ufffe", "_x0041_x0042_", "_x005F_x0041_", "a\x0bb", "a\r\nb", "  ", "\U0001f600" * 20_000,
    ],
    ids=ascii,
)  # fmt: skip
def test_what_a_workbook_does_not_keep_is_no_change(cell, sample_folder, tmp_path):
    _, loaded = aside([("why", cell)], sample_folder)
    write_corrections(loaded, CONTRACT, tmp_path / "c.xlsx")
    assert not any(one.is_mended for one in read_corrections(tmp_path / "c.xlsx"))


def test_a_row_mended_in_part_is_mended_on_in_the_next_workbook(sample_folder, tmp_path):
    right = pl.read_csv(sample_folder / "exception_log.csv", infer_schema=False).head(1)
    wrong = right.with_columns(pl.lit("no kind").alias("kind"), pl.lit("no school").alias("school_id"))
    source = tmp_path / "exception_log.csv"
    wrong.write_csv(source)
    loaded = load_exception_log(source, as_of=AS_OF)
    for round_, field in enumerate(("kind", "school_id")):
        path = tmp_path / f"{round_}.xlsx"
        book = written(loaded, path)
        cell_of(book.worksheets[0], 2, field).value = right[field][0]
        book.save(path)
        loaded = load_exception_log(source, as_of=AS_OF, corrections=path)
    assert loaded.quarantined.is_empty(), loaded.problems.to_dicts()
    assert sorted(loaded.corrected["column"]) == ["kind", "school_id"]


def test_the_newest_workbook_is_enough(log, tmp_path):
    """Rows that were mended stand in the next workbook too; with it alone nothing is set aside again."""
    path, rows = log
    book = written(load_exception_log(path, as_of=AS_OF), tmp_path / "1.xlsx")
    cell_of(book.worksheets[0], 2, "school_id").value = rows["school_id"][0]
    book.save(tmp_path / "1.xlsx")
    first = load_exception_log(path, as_of=AS_OF, corrections=tmp_path / "1.xlsx")
    assert first.mended["reasons"].to_list() == [["It was mended, and is accepted."]]
    book = written(first, tmp_path / "2.xlsx")
    assert book.worksheets[0].max_row == 6
    cell_of(book.worksheets[0], 2, "kind").value = rows["kind"][1]
    book.save(tmp_path / "2.xlsx")
    second = load_exception_log(path, as_of=AS_OF, corrections=tmp_path / "2.xlsx")
    assert second.quarantined.height == 3
    assert set(second.corrected["row_number"]) == {2, 3}
    assert second.problems.filter(rule="correction_not_applied").is_empty()


def test_a_row_that_is_emptied_is_left_out_and_listed(log, tmp_path):
    path, _ = log
    book = written(load_exception_log(path, as_of=AS_OF), tmp_path / "1.xlsx")
    page = book.worksheets[0]
    for column in range(5, page.max_column):
        page.cell(2, column).value = None
        page.cell(5, column).value = None
    book.save(tmp_path / "1.xlsx")
    for step in ("1.xlsx", "2.xlsx"):
        one = load_exception_log(path, as_of=AS_OF, corrections=tmp_path / step)
        assert one.read == 60 == one.accepted.height + one.quarantined.height + one.left_out.height
        left = one.left_out.select("row_number", "rule").rows()
        assert left == [(2, "emptied in the correction workbook"), (5, "emptied in the correction workbook")]
        assert one.quarantined.height == 3
        write_corrections(one, CONTRACT, tmp_path / "2.xlsx")
