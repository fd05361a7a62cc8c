"""Any table with our headers and text cells: no row is lost, and every raw cell is as it was."""

import csv
from datetime import date

import openpyxl
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from norwalk_analytics import load_exception_log
from norwalk_analytics.intake.contract import read_contract
from norwalk_analytics.intake.texts import SPACE

HEADERS = [one.name for one in read_contract().tables["exception_log"].fields]
LETTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="_\ufffe\uffff")
CELL = st.one_of(st.just(""), st.text(LETTERS, max_size=8).filter(lambda text: text.strip(SPACE)))
ROWS = st.lists(
    st.lists(CELL, min_size=len(HEADERS), max_size=len(HEADERS)).filter(any), min_size=1, max_size=6
)


def by_csv(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADERS, *rows])


def by_openpyxl(path, rows):
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet("Log")
    for row in [HEADERS, *rows]:
        cells = [openpyxl.cell.WriteOnlyCell(page, cell) for cell in row]
        for cell, text in zip(cells, row, strict=True):
            cell.value, cell.data_type = (text, "s") if text else (None, "n")
        page.append(cells)
    book.save(path)


def frame(rows):
    return pl.DataFrame(rows, schema=dict.fromkeys(HEADERS, pl.String), orient="row")


WRITERS = {
    "t.csv": by_csv,
    "t.xlsx": by_openpyxl,
    "t.tsv": lambda path, rows: frame(rows).write_csv(path, separator="\t"),
    "t.parquet": lambda path, rows: frame(rows).write_parquet(path),
    "t.arrow": lambda path, rows: frame(rows).write_ipc(path),
    "t.ndjson": lambda path, rows: frame(rows).write_ndjson(path),
}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name in ("t.csv", "t.xlsx") else [pytest.mark.long]) for name in WRITERS],
)
@settings(max_examples=20, deadline=None)
@given(rows=ROWS)
def test_no_row_is_lost_and_each_cell_is_as_it_was(name, tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("any") / name
    WRITERS[name](path, rows)
    one = load_exception_log(path, as_of=date(2026, 6, 30))
    assert one.read == len(rows) == one.accepted.height + one.quarantined.height + one.left_out.height
    assert [list(row) for row in one.quarantined.select(HEADERS).rows()] == rows
