"""The split: which rows are the same as an earlier one, and what is handed back of rows set aside."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from norwalk_analytics.intake.conforming import cleaned
from norwalk_analytics.intake.contract import Table
from norwalk_analytics.intake.distinct import maybe_again
from norwalk_analytics.intake.facts import Register
from norwalk_analytics.intake.gathering import Gathered, Places
from norwalk_analytics.intake.problems import PROBLEMS
from norwalk_analytics.intake.profiles import Profile
from norwalk_analytics.intake.texts import ROW

ACCEPTED = "It was mended, and is accepted."
LEFT = "Every cell was emptied; the row is left out."


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
    typed: pl.DataFrame, raw: pl.DataFrame, table: Table, unknown: list[str], profile: Profile
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
    gathered: Gathered, typed: pl.DataFrame, accepted: pl.DataFrame, table: Table, profile: Profile
) -> Register:
    """Every registration_id that was read, and those of accepted rows."""
    unread = typed.filter(pl.col("registration_id__unreadable"))[ROW]
    others = pl.concat([gathered.ragged, among(gathered.raw, unread)])
    words = cleaned(others.select(ROW, "registration_id"), table, profile)
    read = pl.concat([typed["registration_id"], words["registration_id"]]).drop_nulls()
    return Register(read, accepted["registration_id"])


def quarantined(gathered: Gathered, aside: pl.DataFrame) -> pl.DataFrame:
    """Every raw cell of the rows set aside, as it stood, with one reason a broken rule."""
    reasons = aside.group_by(ROW, maintain_order=True).agg(pl.col("wrong").alias("reasons"))
    parts = []
    for text in gathered.texts:
        rows = among(text.frame, reasons[ROW]).join(reasons, on=ROW, how="left", maintain_order="left")
        cells = [pl.col(f"c{i}").alias(name) for i, name in enumerate(text.names())]
        file, sheet = pl.lit(text.file, dtype=pl.String), pl.lit(text.sheet, dtype=pl.String)
        number = pl.col(ROW) - text.start
        parts.append(rows.select(file.alias("file"), sheet.alias("sheet"), number, "reasons", *cells))
    return pl.concat(parts, how="diagonal")


def taken_in(gathered: Gathered, rows: list[int], emptied: list[int], aside: pl.Series) -> pl.DataFrame:
    """Mended rows that are not set aside any more, as ``quarantined`` gives those that are."""
    away = set(aside) - set(emptied)
    fate = {row: LEFT if row in set(emptied) else ACCEPTED for row in rows if row not in away}
    reasons = {ROW: list(fate), "wrong": list(fate.values())}
    return quarantined(gathered, pl.DataFrame(reasons, schema={ROW: pl.Int64, "wrong": pl.String}))


def placed(problems: pl.DataFrame, places: Places) -> pl.DataFrame:
    """Problems with the file and the sheet in which they stand."""
    return places.of(problems[ROW]).hstack(problems.select(PROBLEMS))


def placed_left_out(left_out: pl.DataFrame, places: Places) -> pl.DataFrame:
    """Rows left out with the file and the sheet in which they stand; the kept row as its own file numbers it."""
    of, kept = places.of(left_out[ROW]), places.of(left_out["kept_row"])
    return of.rename({"row": ROW}).hstack([
        left_out["rule"], kept["row"].alias("kept_row"), left_out["differs"],
        pl.Series("kept_file", kept["file"]).set(left_out["kept_row"].is_null(), None),
    ])  # fmt: skip
