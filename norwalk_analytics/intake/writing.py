"""What came of each table as files: rows accepted, set aside and left out, problems, corrections."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from norwalk_analytics.intake.loaded import District
from norwalk_analytics.intake.loading import Step
from norwalk_analytics.intake.mending import read_corrections
from norwalk_analytics.policy import UserError
from norwalk_analytics.whole import make_folder, whole_file

FORMULA = r"^'*[=+\-@\t\r]"
"""What a spreadsheet would run, and what would be read as such a text that was kept from being run."""
MAYBE = ("left_out", "corrected")
"""What is written only where there is something in it."""


def write_checked(district: District, folder: Path, step: Step | None = None) -> list[Path]:
    """Write what came of each table, and a correction workbook of the rows set aside.

    ``<table>.accepted.csv``, ``.quarantined.csv``, ``.problems.csv``, ``.left_out.csv``, ``.corrected.csv``
    and ``<table>.corrections.xlsx``; the last three only where there is something in them, and an older one is
    removed. A text cell or a header that a spreadsheet would run (it begins with = + - @ tab or return) gets a leading
    apostrophe in the CSV files; in the workbook every cell is text.

    Args:
        district: the loaded tables.
        folder: where to; it is made.
        step: is told what is being done.

    Raises:
        UserError: if the folder can't be made, or holds a correction workbook in which a cell was mended.
    """
    books = {name: folder / f"{name}.corrections.xlsx" for name in district.tables}
    for path in books.values():
        if path.is_file() and any(one.is_mended for one in read_corrections(path)):
            message = (
                f"{path.name} in {folder.name} holds corrections that would be written over. "
                "Load them with --corrections, and give another folder for --out."
            )
            raise UserError(message)
    make_folder(folder)
    written = []
    for name, one in district.loaded.items():
        if step is not None:
            step(f"{name}: writing")
        parts = {
            "accepted": one.accepted, "quarantined": one.quarantined, "problems": one.problems,
            "left_out": one.left_out, "corrected": one.corrected,
        }  # fmt: skip
        for part, frame in parts.items():
            path = folder / f"{name}.{part}.csv"
            if part in MAYBE and frame.is_empty():
                path.unlink(missing_ok=True)
                continue
            with whole_file(path) as partial:
                safe(frame).write_csv(partial)
            written.append(path)
        path = books[name]
        if one.quarantined.is_empty() and one.mended.is_empty():
            path.unlink(missing_ok=True)
        else:
            from norwalk_analytics.intake.mending_workbook import write_corrections

            write_corrections(one, district.contract, path)
            written.append(path)
    return written


def safe(frame: pl.DataFrame) -> pl.DataFrame:
    """Cells and headers that no spreadsheet takes for a formula; lists joined to text.

    Example:
        >>> safe(pl.DataFrame({"=A1": ["-1", "a"]})).to_dict(as_series=False)
        {"'=A1": ["'-1", 'a']}
    """
    lists = [pl.col(name).list.join(" ") for name, kind in frame.schema.items() if isinstance(kind, pl.List)]
    flat = frame.with_columns(lists)
    names = [name for name, kind in flat.schema.items() if kind == pl.String]
    return flat.with_columns(
        pl.when(pl.col(name).str.contains(FORMULA))
        .then("'" + pl.col(name))
        .otherwise(pl.col(name))
        .alias(name)
        for name in names
    ).rename({name: f"'{name}" for name in flat.columns if re.match(FORMULA, name)})


def as_they_were(frame: pl.DataFrame) -> pl.DataFrame:
    """The texts that ``safe`` was given, where one of our own CSV files is read again."""
    texts = pl.col(pl.String)
    kept = texts.str.starts_with("'") & texts.str.contains(FORMULA)
    return frame.with_columns(pl.when(kept).then(texts.str.slice(1)).otherwise(texts))
