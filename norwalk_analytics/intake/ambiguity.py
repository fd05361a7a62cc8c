"""Dates that would do as M/D and as D/M: what the other dates of the column and file say of them."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import polars as pl

from norwalk_analytics.intake.contract import Table
from norwalk_analytics.intake.gathering import Places
from norwalk_analytics.intake.profiles import Profile
from norwalk_analytics.intake.texts import ROW

EITHER, MONTH_FIRST, DAY_FIRST = 1, 2, 3
FORMS = {"either": EITHER, "month": MONTH_FIRST, "day": DAY_FIRST}
BESIDE = {"date": ("day",), "datetime": ("on", "minute")}
FOUND = {ROW: pl.Int64, "field": pl.String}
SAID = {**FOUND, "kind": pl.String}
SEEN = {"part": pl.Int64, "field": pl.String, "either": pl.Boolean, "month": pl.Boolean, "day": pl.Boolean}
KINDS = ("ambiguous_dates", "mixed_dates")
VERDICTS = ("unreadable", *KINDS)


def seen(
    typed: pl.DataFrame, table: Table, profile: Profile, places: Places, *, piece: bool = False
) -> pl.DataFrame:
    """Which forms of slashed dates stand in each file and column whose form no profile says.

    Args:
        typed: typed rows with ``__slash``.
        table: the table of the contract.
        profile: that was applied.
        places: where the rows stand.
        piece: whether they are a piece of a file. Of a whole file, a column that holds no date that would do as
            D/M alone and some as M/D alone is passed over: nothing follows.

    Returns:
        ``part`` (which file), ``field``, and whether any date would do ``either`` way, as M/D alone (``month``)
        and as D/M alone (``day``).
    """
    found = [pl.DataFrame(schema=SEEN)]
    for name in table.of_type("date", "datetime"):
        slash = typed[f"{name}__slash"]
        top = slash.max()
        plain = top is None or (top == MONTH_FIRST and len(places.parts) == 1 and not piece)
        if plain or name in profile.dates:
            continue
        cells = pl.DataFrame({"part": places.index(typed[ROW]), "slash": slash}).drop_nulls()
        of = cells.group_by("part", maintain_order=True).agg(
            (pl.col("slash") == form).any().alias(kind) for kind, form in FORMS.items()
        )
        found.append(of.select("part", pl.lit(name).alias("field"), *FORMS))
    return pl.concat(found)


def verdicts(forms: pl.DataFrame) -> pl.DataFrame:
    """What follows from the forms ``seen`` in a file and column: ``unreadable``, ``ambiguous_dates`` or ``mixed_dates``."""
    either, month, day = pl.col("either"), pl.col("month"), pl.col("day")
    return forms.select(
        "part",
        "field",
        (either & day & ~month).alias("unreadable"),
        (either & ~day & ~month).alias("ambiguous_dates"),
        (either & day & month).alias("mixed_dates"),
    )


def decided(
    typed: pl.DataFrame, table: Table, places: Places, of_files: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Typed rows in which no date is guessed.

    Where every slashed date of a column and file would do either way, they stay as M/D, and that is
    said once. Where some can be D/M alone and none M/D alone, those that would do either way are
    unreadable. Where there are some of both, those that would do either way stay in the contract's form,
    M/D, and it is said. A column whose form the profile says is left as it is.

    Args:
        typed: typed rows with ``__slash``.
        table: the table of the contract.
        places: where the rows stand.
        of_files: the ``verdicts`` on their files.

    Returns:
        The rows, without ``__slash``; ``row_number`` and ``field`` of the cells that became unreadable;
        and the same, with ``kind``, of the columns and files of which something is said, at the row before
        a file's first.
    """
    unsure = [pl.DataFrame(schema=FOUND)]
    for (name,), of in of_files.group_by("field", maintain_order=True):
        one = table.field(str(name))
        doubtful = of.filter("unreadable")["part"]
        if len(doubtful):
            here = places.index(typed[ROW]).is_in(doubtful.implode()) & (
                typed[f"{one.name}__slash"] == EITHER
            )
            rows = typed[ROW].filter(here)
            unsure.append(pl.DataFrame({ROW: rows}).with_columns(pl.lit(one.name).alias("field")))
            typed = _unreadable(typed, one.name, one.type, rows)
    typed = typed.drop([f"{name}__slash" for name in table.of_type("date", "datetime")])
    return typed, pl.concat(unsure), decided_files(of_files, places)


def decided_files(of_files: pl.DataFrame, places: Places) -> pl.DataFrame:
    """What is said of whole files and columns: ``row_number`` (the one before a file's first), ``field`` and ``kind``."""
    said = [pl.DataFrame(schema=SAID)]
    for (name,), of in of_files.group_by("field", maintain_order=True):
        for kind in KINDS:
            starts = [places.parts[part][2] for part in of.filter(kind)["part"]]
            found = {ROW: starts, "field": [name] * len(starts), "kind": [kind] * len(starts)}
            said.append(pl.DataFrame(found, schema=SAID))
    return pl.concat(said)


def _unreadable(typed: pl.DataFrame, name: str, kind: str, rows: pl.Series) -> pl.DataFrame:
    """The rows with these cells unreadable."""
    here = typed[ROW].is_in(rows.implode()).alias("__here")
    marked = nw.from_native(typed.hstack([here]))
    return unreadable(marked, name, kind, nw.col("__here")).drop("__here").to_native()  # type: ignore[no-any-return]


def unreadable(typed: Any, name: str, kind: str, here: nw.Expr) -> Any:
    """A Narwhals frame of typed rows in which a field's cells can't be read where it is said so."""
    empty = [name, *(f"{name}__{part}" for part in BESIDE[kind])]
    flags = {f"{name}__{part}" for part in ("absent", "twice") if kind == "datetime"}
    return typed.with_columns(
        *[nw.when(~here).then(nw.col(column)).alias(column) for column in empty],
        *[(nw.col(flag) & ~here).alias(flag) for flag in sorted(flags)],
        (nw.col(f"{name}__unreadable") | here).alias(f"{name}__unreadable"),
    )
