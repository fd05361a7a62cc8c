"""The published figures as a file: what others read of it is what was published."""

import json

import frictionless
import openpyxl
import polars as pl
import pytest

from norwalk_analytics import figures, load_district, reported, suppress
from norwalk_analytics.board.beside import beside
from norwalk_analytics.board.figures_file import FIELDS, write_figures
from norwalk_analytics.oversight.editions import BESIDE, read_ledger


@pytest.fixture(scope="module")
def published(district):
    frame = suppress(reported(figures(district, by=["district", "school"]), district.policy)).ledger()
    odd = pl.col("school").replace({"Cranbury": "=1+1", "Jefferson": "+A1", "Kendall": "https://example.org"})
    return frame.with_columns(odd)


def test_the_csv_is_what_its_schema_says(published, tmp_path):
    path, schema = write_figures(tmp_path / "figures.csv", published, "Oversight")
    assert schema.name == "figures.schema.json"
    resource = frictionless.Resource(
        path=path.name, basepath=str(tmp_path), schema=frictionless.Schema.from_descriptor(json.loads(schema.read_text()))
    )  # fmt: skip
    report = frictionless.validate(resource)
    assert report.valid, report.to_summary()
    rows = resource.read_rows()
    assert len(rows) == published.height
    assert [row["numerator"] for row in rows] == published["numerator"].to_list()
    assert [row["withheld"] for row in rows] == published["withheld"].to_list()
    assert {row["numerator"] for row in rows if row["withheld"]} == {None}
    assert set(rows[0]) == set(FIELDS)
    assert {"'=1+1", "'+A1"} <= {row["school"] for row in rows}, "a spreadsheet must not run them"
    assert "why" not in path.read_text().splitlines()[0]


def test_the_workbook_holds_the_same_and_no_formula(published, tmp_path):
    (path,) = write_figures(tmp_path / "figures.xlsx", published, "Oversight")
    book = openpyxl.load_workbook(path)
    about, sheet = book["About"], book["Figures"]
    assert about["A1"].value == "Oversight"
    assert [row[0].value for row in about.iter_rows(min_row=3)] == list(FIELDS)
    header, *rows = sheet.iter_rows()
    assert [cell.value for cell in header] == list(FIELDS)
    assert len(rows) == published.height
    assert not [cell for row in rows for cell in row if cell.data_type == "f" or cell.hyperlink]
    columns = dict(zip(FIELDS, zip(*rows, strict=True), strict=True))
    for name in ("measure", "school", "numerator", "withheld", "status"):
        assert [cell.value for cell in columns[name]] == published[name].to_list(), name
    assert [cell.value and cell.value.date() for cell in columns["start"]] == published["start"].to_list()
    assert {"=1+1", "+A1"} <= {cell.value for cell in columns["school"]}, "as they are, and text"
    again = write_figures(tmp_path / "again.xlsx", published, "Oversight")[0]
    assert again.read_bytes() == path.read_bytes()


def test_times_and_ages_of_audits_are_in_it_and_no_figures_of_the_next_edition(district, tmp_path):
    some = figures(district, by="district").filter(pl.col("measure") == "coverage")
    shown = suppress(some, district.policy)
    more = beside(shown, district)
    assert dict(more["view"].value_counts().iter_rows()).keys() == set(BESIDE)
    times = more.filter(view="wait")
    assert times["measure"].n_unique() * 2 == times.height == 14
    assert times.filter("withheld").is_empty()
    ages = more.filter(view="age")
    assert (
        ages.height == district.tables["audit_findings"].frame.select("school_id", "clause").unique().height
    )
    both = pl.concat([shown.frame.drop("per"), more], how="diagonal_relaxed")
    path, _ = write_figures(tmp_path / "figures.csv", both, "Oversight")
    assert read_ledger(path).height == shown.frame.height


def test_a_district_without_tables_has_none_beside(district, tmp_path, sample_folder):
    alone = load_district(sample_folder / "tool_registrations.csv", as_of=district.as_of)
    some = figures(alone, by="district")
    found = beside(suppress(some, alone.policy), alone)
    assert found["measure"].unique().to_list() == ["tool_registered"]
