"""Cases → counts: numerator, denominator, and how many people stand behind each.

A case is one row with ``met`` (it counts in the numerator), ``employee``, ``student`` and what it is
counted by; where many rows are alike, one stands for ``n`` of them (``tallied``). This is the only heavy step: two
group-bys, the same on Polars and Spark.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import polars as pl

from norwalk_analytics.policy import UserError

N = "n"
COUNTS = ("numerator", "denominator", "people", "people_numerator", "people_complement", "largest")
FIGURES = {
    "measure": pl.String, "clause": pl.String, "table": pl.String, "view": pl.String,
    "school": pl.String, "breakdown": pl.String, "group": pl.String,
    "period": pl.String, "start": pl.Date, "end": pl.Date,
    "numerator": pl.Int64, "denominator": pl.Float64,
    "people": pl.Int64, "people_numerator": pl.Int64, "people_complement": pl.Int64, "largest": pl.Int64,
}  # fmt: skip
"""The columns of the long table of figures, one row a figure.

``view`` is stock, event, series, apart (counted apart: no denominator) or flow. ``school`` is null for
the district; ``breakdown`` and ``group`` are null for the whole. ``people`` stand behind the
denominator; ``largest`` is the number of records of the one person with the most.
"""


def tallied(cases: Any) -> Any:
    """Each kind of case once, and in ``n`` how many there are: what is counted from it then, however often, is less."""
    names = cases.collect_schema().names()
    return cases.group_by(*names).agg(nw.len().cast(nw.Int64).alias(N))


def summed(parts: Sequence[Any]) -> Any:
    """What ``tallied`` gave of parts as of the whole."""
    every = nw.concat(list(parts), how="vertical")
    return every.group_by(*[name for name in every.collect_schema().names() if name != N]).agg(
        nw.col(N).sum()
    )


def count(cases: Any, by: Sequence[str]) -> pl.DataFrame:
    """Count cases.

    Args:
        cases: a Narwhals frame with Boolean ``met``, perhaps ``employee`` and ``student`` (null: the
            row names none, and counts as a person of its own; without the columns each row does), perhaps
            ``n`` (so many cases are like it; without the column, one), and the columns of ``by``.
        by: what to count by; none for one row in all.

    Returns:
        One row a group: ``by`` and COUNTS. People are employees, or students where they are fewer.
    """
    return count_each(cases, by, ["met"])["met"]


def count_each(cases: Any, by: Sequence[str], mets: Sequence[str]) -> dict[str, pl.DataFrame]:
    """Count the same cases by several columns of what is met, in one pass; see ``count``.

    Returns:
        Each column's name → its counts.
    """
    keys = list(by) or ["whole"]
    frame, there = cases.lazy(), cases.collect_schema().names()
    several = N in there
    hits = [nw.col(met).fill_null(value=False).cast(nw.Int64) for met in mets]
    frame = frame.with_columns(*[one * nw.col(N) if several else one for one in hits])
    if not by:
        frame = frame.with_columns(nw.lit("").alias("whole"))
    named = [person for person in ("employee", "student") if person in there]
    size = nw.col(N).sum() if several else nw.len()
    many = nw.col(N) if several else nw.lit(1)
    counted = [_people(frame, keys, person, mets, size, many) for person in named]
    counted = counted or [_alone(frame, keys, mets, size)]
    found = {}
    for met in mets:
        one, *others = (_of_one(part, keys, met) for part in counted)
        for other in others:
            joined = one.join(other, on=keys, how="left", nulls_equal=True, maintain_order="left")
            fewer = pl.col("people_right") < pl.col("people")
            people = [pl.when(fewer).then(f"{name}_right").otherwise(name).alias(name)
                      for name in ("people", "people_numerator", "people_complement")]  # fmt: skip
            largest = pl.max_horizontal("largest", "largest_right").alias("largest")
            one = joined.with_columns(*people, largest)
        found[met] = _or_zeros(one.select(*by, *COUNTS), by)
    return found


def count_several(
    parts: Sequence[Any], by: Sequence[str], mets: Sequence[str] = ("met",)
) -> list[dict[str, pl.DataFrame]]:
    """Count several sets of cases, which may overlap, in one query; see ``count_each``.

    Args:
        parts: frames of the same columns.
        by: what to count each by.
        mets: the columns of what is met.

    Returns:
        For each set, each column's name → its counts.
    """
    numbered = [part.lazy().with_columns(nw.lit(i).alias("part")) for i, part in enumerate(parts)]
    counted = count_each(nw.concat(numbered, how="vertical"), ["part", *by], mets)
    return [
        {met: _or_zeros(rows.filter(part=i).drop("part"), by) for met, rows in counted.items()}
        for i in range(len(parts))
    ]


def _or_zeros(counted: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """The counts; one row of zeros where nothing is told apart and there is no case."""
    if by or not counted.is_empty():
        return counted
    return pl.DataFrame({name: [0] for name in COUNTS}).cast({"denominator": pl.Float64})


def _of_one(counted: pl.DataFrame, keys: Sequence[str], met: str) -> pl.DataFrame:
    """The counts of one column of what is met."""
    return counted.select(
        *keys, pl.col(f"{met}__hits").alias("numerator"), pl.col("rows").cast(pl.Float64).alias("denominator"),
        "people", pl.col(f"{met}__hit").alias("people_numerator"), pl.col(f"{met}__missed").alias("people_complement"),
        "largest",
    )  # fmt: skip


def _alone(frame: Any, by: list[str], mets: Sequence[str], size: nw.Expr) -> pl.DataFrame:
    """Counts by group of rows that name nobody."""
    counted = frame.group_by(*by).agg(*[nw.col(met).sum() for met in mets], size.alias("rows"))
    hits = [nw.col(met).alias(f"{met}__{part}") for met in mets for part in ("hits", "hit")]
    missed = [(nw.col("rows") - nw.col(met)).alias(f"{met}__missed") for met in mets]
    rows = nw.col("rows")
    return _sorted(
        counted.select(*by, "rows", *hits, *missed, rows.alias("people"), nw.lit(1).alias("largest")), by
    )


def _people(
    frame: Any, by: list[str], person: str, mets: Sequence[str], size: nw.Expr, many: nw.Expr
) -> pl.DataFrame:
    """Counts by group, through counts by person: whoever is not named is a person of their own."""
    sums = [nw.col(met).sum().alias(met) for met in mets]
    rows, people, largest = nw.col("rows"), nw.col("people"), nw.col("largest")
    named = frame.filter(~nw.col(person).is_null()).group_by(*by, person).agg(*sums, size.alias("rows"))
    named = named.with_columns(nw.lit(1).alias("people"), rows.alias("largest"))
    alone = frame.filter(nw.col(person).is_null()).with_columns(
        many.alias("rows"), many.alias("people"), nw.lit(1).alias("largest")
    )
    columns = [nw.col(name).cast(nw.Int64) for name in (*mets, "rows", "people", "largest")]
    each = nw.concat([part.select(*by, *columns) for part in (named, alone)], how="vertical")
    flags = [
        nw.when(flag).then(people).otherwise(nw.lit(0)).alias(f"{met}__{part}") for met in mets
        for part, flag in (("hit", nw.col(met) > 0), ("missed", rows > nw.col(met)))
    ]  # fmt: skip
    behind = [nw.col(f"{met}__{part}").sum() for met in mets for part in ("hit", "missed")]
    counted = each.with_columns(*flags).group_by(*by).agg(
        *[nw.col(met).sum().alias(f"{met}__hits") for met in mets], *behind, rows.sum(), people.sum(), largest.max()
    )  # fmt: skip
    return _sorted(counted, by)


def _sorted(counted: Any, by: list[str]) -> pl.DataFrame:
    """The counts in memory, in order."""
    return collected(counted).with_columns(pl.exclude(by).cast(pl.Int64)).sort(by)


def collected(frame: Any) -> pl.DataFrame:
    """A Narwhals frame of any engine in memory: counts, never the rows that they are made from.

    Raises:
        UserError: if another engine than Polars fails; what it says of it may quote a cell, and is not repeated.
    """
    native = frame.to_native()
    if isinstance(native, pl.LazyFrame):
        return native.collect(engine="streaming")
    try:
        made: pl.DataFrame = frame.lazy().collect("polars").to_native()
    except Exception as error:
        if isinstance(native, pl.DataFrame):
            raise
        message = f"The figures could not be made: the engine that holds the tables failed ({type(error).__name__})."
    else:
        return made
    raise UserError(message)


def figure_rows(counted: pl.DataFrame, **constant: Any) -> pl.DataFrame:
    """Counts as rows of the long table of figures, with what is the same for all of them."""
    missing = {name: kind for name, kind in FIGURES.items() if name not in counted.columns}
    filled = counted.with_columns(
        pl.lit(constant.get(name), dtype=kind).alias(name) for name, kind in missing.items()
    )
    return filled.select(pl.col(name).cast(kind) for name, kind in FIGURES.items())
