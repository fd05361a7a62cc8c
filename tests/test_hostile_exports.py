"""What is written of a district that an attacker filled in: no spreadsheet runs a cell, and no cell is altered."""

import csv
import re
import xml.etree.ElementTree as ET
import zipfile

import openpyxl
import polars as pl
import pytest
from click.testing import CliRunner
from hostile import ALL, TABLES, Planter, school_codes, write_contract, write_district
from openpyxl.utils.escape import unescape

from norwalk_analytics import load_district
from norwalk_analytics.board.figures_file import SCHEMA, write_figures
from norwalk_analytics.cli import main
from norwalk_analytics.intake.loading import load_table
from norwalk_analytics.intake.sources import source_alone
from norwalk_analytics.intake.writing import as_they_were, safe
from norwalk_analytics.oversight.editions import read_ledger

RUN = re.compile(r"[=+\-@\t\r]")


@pytest.fixture(scope="module")
def made(sample_folder, tmp_path_factory):
    """The hostile district as ``validate`` wrote it, its templates, and itself, loaded."""
    folder = tmp_path_factory.mktemp("hostile")
    schools, planter = school_codes(), Planter()
    write_contract(folder / "contract", schools, planter)
    write_district(folder / "data", sample_folder, schools, planter, most=60)
    contract = ["--contract", str(folder / "contract")]
    for command, out in ((["validate", str(folder / "data"), "--out"], "out"), (["template"], "forms")):
        done = CliRunner().invoke(main, [*command, str(folder / out), *contract])
        assert done.exit_code in (0, 1), done.output
    return folder, load_district(folder / "data", contract=folder / "contract")


def test_no_cell_or_header_of_a_csv_file_is_run(made):
    folder, _ = made
    files = sorted((folder / "out").glob("*.csv"))
    assert len(files) == 3 * len(TABLES)
    kept = 0
    for path in files:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        assert {len(row) for row in rows} == {len(rows[0])}
        assert not [cell for row in rows for cell in row if RUN.match(cell)], path.name
        kept += sum(cell.startswith("'") and bool(RUN.match(cell[1:])) for row in rows for cell in row)
    assert kept > 100, "there was something to keep from being run"


def test_the_rest_of_a_csv_file_is_as_it_was(made):
    folder, district = made
    for name, one in district.tables.items():
        with (folder / "out" / f"{name}.quarantined.csv").open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        raw = one.quarantined.with_columns(pl.col("reasons").list.join(" ")).cast(pl.String).fill_null("")
        assert as_they_were(pl.DataFrame(rows, orient="row")).rows() == raw.rows()
        assert as_they_were(pl.DataFrame({"header": header}))["header"].to_list() == raw.columns


def test_headers_that_are_kept_from_being_run_stay_apart():
    frame = safe(pl.DataFrame([["1"], ["2"], ["3"], ["4"]], schema=["=a", "'=a", "''=a", "a"], orient="col"))
    assert frame.columns == ["'=a", "''=a", "'''=a", "a"]
    assert frame.row(0) == ("1", "2", "3", "4")


def test_every_workbook_is_whole_and_runs_nothing(made):
    folder, _ = made
    books = sorted(folder.glob("*/*.xlsx"))
    assert len(books) == 2 * len(TABLES)
    for path in books:
        with zipfile.ZipFile(path) as book:
            names = book.namelist()
            for part in (name for name in names if name.endswith((".xml", ".rels", ".vml"))):
                root = ET.fromstring(book.read(part))  # what is not well-formed no program opens
                if part.startswith("xl/worksheets/sheet"):
                    assert not {"f", "hyperlink"} & {one.tag.rpartition("}")[2] for one in root.iter()}
        assert not [name for name in names if "externalLink" in name or "vbaProject" in name]


def test_a_correction_workbook_holds_every_cell_unaltered(made):
    folder, district = made
    for name, one in district.tables.items():
        page = openpyxl.load_workbook(folder / "out" / f"{name}.corrections.xlsx")["Corrections"]
        header, *rows = page.iter_rows(values_only=True)
        cells = one.quarantined.columns[4:]
        assert list(map(unescape, header[4:-1])) == cells
        assert len(rows) == one.quarantined.height > 0
        for row, raw in zip(rows, one.quarantined.select(cells).rows(), strict=True):
            assert [unescape(cell or "") for cell in row[4:-1]] == [cell or "" for cell in raw]


def test_the_workbook_of_a_hostile_table_is_taken_back(made):
    """Nothing in it is taken for a mended cell."""
    folder, district = made
    again = load_district(folder / "data", contract=folder / "contract", corrections=folder / "out")
    for name, one in again.tables.items():
        assert one.corrected.is_empty()
        assert one.quarantined.equals(district.tables[name].quarantined)


def test_a_template_of_a_hostile_contract_is_read_again(made):
    folder, district = made
    for name in TABLES:
        path = folder / "forms" / f"{name}.template.xlsx"
        of = source_alone(name, path, district.contract, district.as_of)
        one = load_table(name, of.tables[name], of)
        assert (one.read, one.examples) == (0, 1)


@pytest.fixture(scope="module")
def hostile_figures():
    """Figures whose every text is a payload; none is led by a space, which a list of codes would lose."""
    texts = list(ALL.values())
    frame = pl.DataFrame({"school": texts}).with_columns(
        **{
            name: pl.col("school") if kind == pl.String else pl.lit(None, dtype=kind)
            for name, kind in SCHEMA.items()
        }
    )
    return frame.select(*SCHEMA)


def test_a_figures_file_runs_nothing(hostile_figures, tmp_path):
    path, schema = write_figures(tmp_path / "figures.csv", hostile_figures, ALL["terminal"])
    with path.open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    assert not [cell for row in rows for cell in row if RUN.match(cell)]
    assert read_ledger(path)["group"].to_list() == list(ALL.values()), (
        "it may be the next edition's --previous"
    )
    assert "\x1b" not in schema.read_text(encoding="utf-8")
    (path,) = write_figures(tmp_path / "figures.xlsx", hostile_figures, ALL["terminal"])
    page = openpyxl.load_workbook(path)["Figures"]
    for row, text in zip(page.iter_rows(min_row=2), ALL.values(), strict=True):
        texts = [cell for cell in row if cell.value is not None]
        assert {unescape(cell.value) for cell in texts} == {text}
        assert {(cell.data_type, cell.hyperlink) for cell in texts} == {("s", None)}
