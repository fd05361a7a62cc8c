"""Loader throughput by format, each beside a bare read of the same file by what a user would take."""

from __future__ import annotations

import gzip
import json
import shutil
import sqlite3
import statistics
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import fastexcel
import polars as pl
import xlrd
import xlsxwriter

from benchmarks.data import AS_OF, clean, setting
from benchmarks.load import read_twin
from benchmarks.timing import Line, Section, in_turn, seconds
from norwalk_analytics import load_tool_registrations

ROWS = 200_000
FEW = 20_000
"""Rows of the formats that only LibreOffice writes here."""
DATES = {"default_date_format": "yyyy-mm-dd", "constant_memory": True, "strings_to_urls": False}
TARGET = 1.5

Bare = Callable[[Path], object]


def run(rows: int = ROWS, few: int = FEW) -> list[Section]:
    """Each format's rows a second, and its time ÷ that of a bare read."""
    section, contract = Section("Formats"), setting().contract
    table = ["| format | rows | rows a second | ÷ bare read | bare read |", "| --- | --: | --: | --: | --- |"]
    with tempfile.TemporaryDirectory() as name:
        for path, bare, called, count in files(Path(name), rows, few):

            def ours(path: Path = path) -> object:
                return load_tool_registrations(path, contract=contract, as_of=AS_OF)

            def other(path: Path = path, bare: Bare = bare) -> object:
                return bare(path)

            ratios = in_turn(ours, other, 5)
            rate = count / statistics.median(seconds(ours) for _ in range(3))
            table.append(
                f"| {path.suffix[1:]} | {count:,} | {rate:,.0f} | {statistics.median(ratios):.2f} | {called} |"
            )
            if path.suffix == ".xlsx":
                what = "load_tool_registrations of an XLSX ÷ fastexcel's own read of it"
                section.lines.append(Line(what, count, ratios, most=TARGET))
    section.table = "\n".join(table)
    section.notes.append(
        "The same clean rows in each; dates are dates where the format has them. .xls and .ods are written by "
        "LibreOffice, where it is installed; who reads them bare gives error cells as empty, save xlrd."
    )
    return [section]


def files(folder: Path, rows: int, few: int) -> list[tuple[Path, Bare, str, int]]:
    """Each format's file, a bare read of it, what that is called, and how many rows there are."""
    cells = clean(rows)
    dated = cells.with_columns(pl.col(setting().table.of_type("date")).str.to_date())
    made: dict[str, tuple[Bare, str]] = {
        "r.csv": (read_twin, "pl.read_csv, typed"),
        "r.csv.gz": (lambda path: pl.read_csv(path, infer_schema=False), "pl.read_csv, text"),
        "r.parquet": (pl.read_parquet, "pl.read_parquet"),
        "r.arrow": (lambda path: pl.read_ipc(path.read_bytes()), "pl.read_ipc"),
        "r.ndjson": (pl.read_ndjson, "pl.read_ndjson"),
        "r.json": (lambda path: json.loads(path.read_bytes()), "json.loads"),
        "r.db": (
            lambda path: sqlite3.connect(path).execute("SELECT * FROM r").fetchall(),
            "sqlite3, fetchall",
        ),
        "r.xlsx": (by_fastexcel, "fastexcel"),
    }
    cells.write_csv(folder / "r.csv")
    with gzip.open(folder / "r.csv.gz", "wb", compresslevel=5) as file:
        cells.write_csv(file)  # type: ignore[call-overload]
    dated.write_parquet(folder / "r.parquet")
    dated.write_ipc(folder / "r.arrow")
    cells.write_ndjson(folder / "r.ndjson")
    cells.write_json(folder / "r.json")
    with sqlite3.connect(folder / "r.db") as base:
        base.execute(f"CREATE TABLE r ({', '.join(cells.columns)})")
        base.executemany(f"INSERT INTO r VALUES ({', '.join('?' * cells.width)})", cells.iter_rows())
    write_book(folder / "r.xlsx", dated)
    found = [(folder / name, bare, called, rows) for name, (bare, called) in made.items()]
    return found + by_libreoffice(folder, dated.head(few))


def write_book(path: Path, frame: pl.DataFrame) -> None:
    """A workbook whose dates are dates and whose text is text."""
    with xlsxwriter.Workbook(str(path), DATES) as book:
        page = book.add_worksheet("Register")
        for at, row in enumerate([frame.columns, *frame.iter_rows()]):
            page.write_row(at, 0, row)


def by_libreoffice(folder: Path, frame: pl.DataFrame) -> list[tuple[Path, Bare, str, int]]:
    """The formats that nothing else here writes; none where LibreOffice is not installed."""
    if shutil.which("soffice") is None:
        return []
    write_book(folder / "few.xlsx", frame)
    found: list[tuple[Path, Bare, str, int]] = []
    for end, bare, called in (("xls", by_xlrd, "xlrd"), ("ods", by_fastexcel, "fastexcel")):
        command = [
            "soffice",
            f"-env:UserInstallation=file://{folder}/profile",
            "--headless",
            "--convert-to",
            end,
        ]
        subprocess.run([*command, "--outdir", folder, folder / "few.xlsx"], check=True, capture_output=True)
        found.append((folder / f"few.{end}", bare, called, frame.height))
    return found


def by_fastexcel(path: Path) -> object:
    """The first sheet as fastexcel gives it."""
    return fastexcel.read_excel(path).load_sheet(0).to_polars()


def by_xlrd(path: Path) -> object:
    """The first sheet's cells as xlrd gives them."""
    page = xlrd.open_workbook(path).sheet_by_index(0)
    return [page.row_values(at) for at in range(page.nrows)]
