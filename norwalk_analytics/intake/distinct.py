"""Columns of text through their distinct cells: on Polars, what is dear is done once a distinct cell.

A table of a million rows holds some thousand different dates. Each column becomes the codes of its
cells; the distinct cells are converted, and what came of them is gathered by code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import narwhals as nw
import polars as pl

Convert: TypeAlias = Callable[[Any], Any]
"""Takes a Narwhals frame with a String column ``x``; adds what comes of a cell."""

SEEN = 10_000  # cells that are looked at to see whether a column repeats itself
MOSTLY = 0.7  # more distinct cells among them than this: codes would cost more than they save


def repeats(column: pl.Series) -> bool:
    """Whether a column holds the same cells again and again, by some that stand evenly over it."""
    some = column.gather_every(max(1, len(column) // SEEN))
    filled = some.filter(some.str.len_bytes() > 0)
    return filled.n_unique() <= MOSTLY * len(filled)


def through_distinct(columns: pl.DataFrame, convert: Convert) -> dict[str, pl.DataFrame]:
    """Convert columns alike, each distinct cell of them all once.

    Args:
        columns: String columns.
        convert: what is done with a frame of cells, each row by itself.

    Returns:
        Column → what ``convert`` makes of it, in the order of its rows.
    """
    cells, codes = encoded(columns)
    made = converted(cells, convert)
    gathered = [
        pl.col(part).gather(codes[name]).alias(f"{name}/{part}")
        for name in columns.columns
        for part in made.columns
    ]
    found = iter(made.select(gathered))  # one select, so all threads are at work
    return {
        name: pl.DataFrame([next(found).alias(part) for part in made.columns]) for name in columns.columns
    }


def encoded(columns: pl.DataFrame) -> tuple[pl.Series, pl.DataFrame]:
    """The distinct cells of columns, and the columns as indices into them."""
    kind = pl.Categorical(pl.Categories.random())
    coded = columns.select(pl.all().cast(kind))
    cells = kind.categories.to_series().alias("x")
    codes = coded.select(pl.all().to_physical())
    if sum(codes.null_count().row(0)):
        codes = codes.select(pl.all().fill_null(len(cells)))
        cells = cells.append(pl.Series([None], dtype=pl.String))
    return cells, codes


def converted(cells: pl.Series, convert: Convert) -> pl.DataFrame:
    """What ``convert`` makes of a column of cells, without the cells."""
    made: pl.DataFrame = convert(nw.from_native(cells.alias("x").to_frame())).to_native()
    return made.drop("x")


def maybe_again(keys: pl.DataFrame) -> pl.Series:
    """Rows of which another may hold the same cells (null like null): all that do, and hardly more.

    Told by hashes, for sorted numbers are found out faster than texts; whoever asks looks closer.
    """
    hashes = keys.hash_rows()
    in_order = hashes.sort()
    twice = in_order.filter(in_order == in_order.shift())
    if twice.is_empty():
        return pl.repeat(value=False, n=len(hashes), eager=True)
    return hashes.is_in(twice.implode())
