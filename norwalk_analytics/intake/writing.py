"""Accepted rows, rows set aside and problems as CSV files, each written whole."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from norwalk_analytics.intake.loaded import District
from norwalk_analytics.policy import UserError

FORMULA = r"^[=+\-@\t\r]"


def write_checked(district: District, folder: Path) -> list[Path]:
    """Write ``<table>.accepted.csv``, ``.quarantined.csv`` and ``.problems.csv`` for each table.

    A text cell that a spreadsheet would run (it begins with = + - @ tab or return) gets a leading
    apostrophe.

    Raises:
        UserError: if the folder can't be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        message = f"{folder.name} is a file, so no folder of that name can be made."
        raise UserError(message) from None
    written = []
    for name, one in district.tables.items():
        for part, frame in (
            ("accepted", one.accepted),
            ("quarantined", one.quarantined),
            ("problems", one.problems),
        ):
            path = folder / f"{name}.{part}.csv"
            partial = path.with_name(f".{path.name}.partial")
            safe(frame).write_csv(partial)
            partial.replace(path)
            written.append(path)
    return written


def safe(frame: pl.DataFrame) -> pl.DataFrame:
    """Text that no spreadsheet takes for a formula; lists joined to text."""
    lists = [pl.col(name).list.join(" ") for name, kind in frame.schema.items() if isinstance(kind, pl.List)]
    flat = frame.with_columns(lists)
    names = [name for name, kind in flat.schema.items() if kind == pl.String]
    return flat.with_columns(
        pl.when(pl.col(name).str.contains(FORMULA))
        .then("'" + pl.col(name))
        .otherwise(pl.col(name))
        .alias(name)
        for name in names
    )
