"""Dates that would do as M/D and as D/M: what the other dates of the column and file say of them."""

from __future__ import annotations

import polars as pl

from norwalk_analytics.intake.contract import Table
from norwalk_analytics.intake.gathering import Places
from norwalk_analytics.intake.profiles import Profile
from norwalk_analytics.intake.texts import ROW

EITHER, MONTH_FIRST, DAY_FIRST = 1, 2, 3
BESIDE = {"date": ("day",), "datetime": ("on", "minute")}
FOUND = {ROW: pl.Int64, "field": pl.String}
SAID = {**FOUND, "kind": pl.String}


def decided(
    typed: pl.DataFrame, table: Table, profile: Profile, places: Places
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Typed rows in which no date is guessed.

    Where every slashed date of a column and file would do either way, they stay as M/D, and that is
    said once. Where some can be D/M alone and none M/D alone, those that would do either way are
    unreadable. Where there are some of both, those that would do either way stay in the contract's form,
    M/D, and it is said. A column whose form the profile says is left as it is.

    Returns:
        The rows, without ``__slash``; ``row_number`` and ``field`` of the cells that became unreadable;
        and the same, with ``kind``, of the columns and files of which something is said, at the row before
        a file's first.
    """
    unsure, said = [pl.DataFrame(schema=FOUND)], [pl.DataFrame(schema=SAID)]
    for name in table.of_type("date", "datetime"):
        slash = typed[f"{name}__slash"]
        plain = slash.max() in (None, MONTH_FIRST) and len(places.parts) == 1
        if plain or name in profile.dates:
            continue
        cells = pl.DataFrame({ROW: typed[ROW], "part": places.index(typed[ROW]), "slash": slash}).drop_nulls()
        is_either, month, day = (pl.col("slash") == kind for kind in (EITHER, MONTH_FIRST, DAY_FIRST))
        of = cells.group_by("part", maintain_order=True).agg(
            (is_either.any() & day.any() & ~month.any()).alias("unreadable"),
            (is_either.any() & ~day.any() & ~month.any()).alias("ambiguous_dates"),
            (is_either.any() & day.any() & month.any()).alias("mixed_dates"),
        )
        doubtful = of.filter("unreadable")["part"].implode()
        rows = cells.filter(is_either & pl.col("part").is_in(doubtful))[ROW]
        if len(rows):
            unsure.append(pl.DataFrame({ROW: rows}).with_columns(pl.lit(name).alias("field")))
            typed = _unreadable(typed, name, table.field(name).type, rows)
        for kind in ("ambiguous_dates", "mixed_dates"):
            starts = [places.parts[part][2] for part in of.filter(kind)["part"]]
            found = {ROW: starts, "field": [name] * len(starts), "kind": [kind] * len(starts)}
            said.append(pl.DataFrame(found, schema=SAID))
    typed = typed.drop([f"{name}__slash" for name in table.of_type("date", "datetime")])
    return typed, pl.concat(unsure), pl.concat(said)


def _unreadable(typed: pl.DataFrame, name: str, kind: str, rows: pl.Series) -> pl.DataFrame:
    """The rows with these cells unreadable."""
    here = pl.col(ROW).is_in(rows.implode())
    empty = [name, *(f"{name}__{part}" for part in BESIDE[kind])]
    flags = {f"{name}__{part}" for part in ("absent", "twice") if f"{name}__{part}" in typed.columns}
    return typed.with_columns(
        *[pl.when(~here).then(pl.col(column)).alias(column) for column in empty],
        *[(pl.col(flag) & ~here).alias(flag) for flag in flags],
        (pl.col(f"{name}__unreadable") | here).alias(f"{name}__unreadable"),
    )
