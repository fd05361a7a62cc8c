"""The split: which rows are the same as an earlier one, and what is handed back of rows set aside."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import polars as pl

from norwalk_analytics.intake.conforming import Profile, as_written, cleaned
from norwalk_analytics.intake.contract import Table
from norwalk_analytics.intake.distinct import maybe_again
from norwalk_analytics.intake.facts import Register
from norwalk_analytics.intake.problems import PROBLEMS
from norwalk_analytics.intake.reading import ROW, Text


def among(frame: pl.DataFrame, rows: Collection[int] | pl.Series) -> pl.DataFrame:
    """The rows of these numbers."""
    return frame.filter(pl.col(ROW).is_in(_numbers(rows))) if len(rows) else frame.clear()


def without(frame: pl.DataFrame, rows: Collection[int] | pl.Series) -> pl.DataFrame:
    """The rows of other numbers than these."""
    return frame.filter(~pl.col(ROW).is_in(_numbers(rows))) if len(rows) else frame


def _numbers(rows: Collection[int] | pl.Series) -> pl.Series:
    numbers = rows if isinstance(rows, pl.Series) else pl.Series(list(rows), dtype=pl.Int64)
    return numbers.implode()


def same_rows(
    typed: pl.DataFrame, raw: pl.DataFrame, table: Table, unknown: list[str], profile: Profile | None
) -> tuple[pl.DataFrame, pl.Series]:
    """Rows that are the same as an earlier one, typed, over all columns.

    Only rows whose key stands more than once are compared; a cell that can't be read by its text.

    Args:
        typed: typed cells, with the unknown columns.
        raw: the same rows, cells as written.
        table: the table of the contract.
        unknown: the columns that are not the table's.
        profile: that was applied.

    Returns:
        ``row_number`` and ``first``; and row numbers, among them those of all rows whose key stands
        more than once.
    """
    again = maybe_again(typed.select(table.key))
    some = typed.filter(again)
    fields = [one.name for one in table.fields]
    unread = [name for name in fields if some[f"{name}__unreadable"].any()]
    texts = cleaned(raw.select(ROW, *unread).filter(again), table, profile)
    as_read = [
        texts[name].zip_with(some[f"{name}__unreadable"], pl.Series([None], dtype=pl.String)).alias(f"{name}__as")
        for name in unread
    ]  # fmt: skip
    keys = some.select(ROW, *fields, *unknown).hstack(as_read)
    by = [column for column in keys.columns if column != ROW]
    firsts = keys.select(ROW, pl.col(ROW).first().over(by).alias("first"))
    return firsts.filter(pl.col(ROW) != pl.col("first")), some[ROW]


def register_of(
    text: Text, typed: pl.DataFrame, accepted: pl.DataFrame,
    table: Table, taken: Mapping[str, str], profile: Profile | None,
) -> Register:  # fmt: skip
    """Every registration_id that was read, and those of accepted rows."""
    unread = typed.filter(pl.col("registration_id__unreadable"))[ROW]
    others = as_written(among(text.frame, [*text.ragged, *unread]), table, taken, profile)
    words = cleaned(others.select(ROW, "registration_id"), table, profile)
    read = pl.concat([typed["registration_id"], words["registration_id"]]).drop_nulls()
    return Register(read, accepted["registration_id"])


def quarantined(text: Text, aside: pl.DataFrame) -> pl.DataFrame:
    """Every raw cell of the rows set aside, as it stood, with one reason a broken rule."""
    reasons = aside.group_by(ROW, maintain_order=True).agg(pl.col("wrong").alias("reasons"))
    names = dict.fromkeys(["file", "sheet", ROW, "reasons"])
    for i in range(text.frame.width - 1):
        name = (text.headers[i].strip() if i < len(text.headers) else "") or f"column {i + 1}"
        while name in names:
            name = f"{name} ({i + 1})"
        names[name] = None
    rows = among(text.frame, reasons[ROW]).join(reasons, on=ROW, how="left", maintain_order="left")
    sheet, file = pl.lit(text.sheet, dtype=pl.String), pl.lit(text.file, dtype=pl.String)
    cells = [f"c{i}" for i in range(text.frame.width - 1)]
    picked = rows.select(file.alias("file"), sheet.alias("sheet"), ROW, "reasons", *cells)
    return picked.rename(dict(zip(picked.columns, names, strict=True)))


def placed(problems: pl.DataFrame, text: Text) -> pl.DataFrame:
    """Problems with the file and the sheet in which they stand."""
    return problems.select(
        pl.lit(text.file, dtype=pl.String).alias("file"),
        pl.lit(text.sheet, dtype=pl.String).alias("sheet"),
        pl.col(ROW).alias("row"),
        *PROBLEMS,
    )
