"""The whole of load_tool_registrations beside a typed read_csv of a clean twin."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl

from benchmarks.data import AS_OF, clean, faulty, setting
from benchmarks.timing import Line, Section, in_turn, seconds
from norwalk_analytics import load_tool_registrations

ROWS = 1_000_000
TYPES = {
    "string": pl.String, "date": pl.Date, "datetime": pl.Datetime, "boolean": pl.Boolean, "integer": pl.Int64,
}  # fmt: skip


def run(rows: int = ROWS) -> list[Section]:
    """The register as schools write it ÷ its twin as only a program would."""
    section, contract = Section("Load"), setting().contract
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole = clean(rows)
        for file, frame in (("twin", whole), ("mixed", mixed(whole)), ("faulty", mixed(faulty(rows)))):
            frame.write_csv(folder / f"{file}.csv")
        del whole, frame
        for file, what, target in (
            ("mixed", "load_tool_registrations ÷ pl.read_csv of a clean twin with typed columns", 3.0),
            ("faulty", "the same with faults in the file, though not in the twin", None),
        ):

            def ours(path: Path = folder / f"{file}.csv") -> object:
                return load_tool_registrations(path, contract=contract, as_of=AS_OF)

            runs = 5 if seconds(ours) < 8 else 2
            ratios = in_turn(ours, lambda: read_twin(folder / "twin.csv"), runs)
            section.lines.append(Line(what, rows, ratios, most=target))
    section.notes.append(
        "Three in ten dates of the file are written M/D/YYYY, the twin's all YYYY-MM-DD; the twin is read with "
        "its schema given, dates and all. The contract is read before the time runs."
    )
    return [section]


def mixed(cells: pl.DataFrame) -> pl.DataFrame:
    """Three in ten of the dates written M/D/YYYY, the same ones each run."""
    row = pl.int_range(pl.len())
    dates = setting().table.of_type("date")
    return cells.with_columns(
        pl.when((row * 7 + place * 3) % 10 < 3)
        .then(
            pl.coalesce(pl.col(name).str.to_date("%Y-%m-%d", strict=False).dt.to_string("%-m/%-d/%Y"), name)
        )
        .otherwise(name)
        .alias(name)
        for place, name in enumerate(dates)
    )


def read_twin(path: Path) -> pl.DataFrame:
    """The twin, typed as the contract types it."""
    types = {one.name: TYPES[one.type] for one in setting().table.fields}
    columns = pl.read_csv(path, n_rows=0).columns
    return pl.read_csv(path, schema={name: types[name] for name in columns})
