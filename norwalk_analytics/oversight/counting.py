"""Cases → counts: numerator, denominator, and how many people stand behind each.

A case is one row with ``met`` (it counts in the numerator), ``employee``, ``student`` and what it is
counted by. This is the only heavy step: two group-bys, the same on Polars and Spark.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import polars as pl

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


def count(cases: Any, by: Sequence[str]) -> pl.DataFrame:
    """Count cases.

    Args:
        cases: a Narwhals frame with Boolean ``met``, String ``employee`` and ``student`` (null: the
            row names none, and counts as a person of its own), and the columns of ``by``.
        by: what to count by; none for one row in all.

    Returns:
        One row a group: ``by`` and COUNTS. People are employees, or students where they are fewer.
    """
    keys = list(by) or ["whole"]
    frame = cases.with_columns(nw.col("met").fill_null(value=False).cast(nw.Int64))
    if not by:
        frame = frame.with_columns(nw.lit("").alias("whole"))
    both = [_people(frame, keys, person) for person in ("employee", "student")]
    joined = both[0].join(both[1], on=keys, how="left", nulls_equal=True, maintain_order="left")
    fewer = pl.col("people_right") < pl.col("people")
    people = [pl.when(fewer).then(f"{name}_right").otherwise(name).alias(name)
              for name in ("people", "people_numerator", "people_complement")]  # fmt: skip
    largest = pl.max_horizontal("largest", "largest_right").alias("largest")
    counted = joined.with_columns(*people, largest).select(*by, *COUNTS)
    if not by and counted.is_empty():
        counted = pl.DataFrame({name: [0] for name in COUNTS}).cast({"denominator": pl.Float64})
    return counted


def _people(frame: Any, by: list[str], person: str) -> pl.DataFrame:
    """Counts by group, through counts by person: whoever is not named is a person of their own."""
    one = nw.col("met")
    named = frame.filter(~nw.col(person).is_null()).group_by(*by, person).agg(
        one.sum().alias("hits"), nw.len().alias("rows")
    ).drop(person)  # fmt: skip
    alone = frame.filter(nw.col(person).is_null()).select(*by, one.alias("hits"), nw.lit(1).alias("rows"))
    parts = [
        part.with_columns(nw.col("hits").cast(nw.Int64), nw.col("rows").cast(nw.Int64))
        for part in (named, alone)
    ]
    each = nw.concat(parts, how="vertical")
    hits, rows = nw.col("hits"), nw.col("rows")
    counted = each.with_columns(
        (hits > 0).cast(nw.Int64).alias("hit"), (rows > hits).cast(nw.Int64).alias("missed")
    ).group_by(*by).agg(
        hits.sum().alias("numerator"), rows.sum().alias("denominator"), nw.len().alias("people"),
        nw.col("hit").sum().alias("people_numerator"), nw.col("missed").sum().alias("people_complement"),
        rows.max().alias("largest"),
    )  # fmt: skip
    native: pl.DataFrame = counted.lazy().collect("polars").to_native()
    integers = [pl.col(name).cast(pl.Int64) for name in COUNTS if name != "denominator"]
    return native.with_columns(*integers, pl.col("denominator").cast(pl.Float64)).sort(by)


def figure_rows(counted: pl.DataFrame, **constant: Any) -> pl.DataFrame:
    """Counts as rows of the long table of figures, with what is the same for all of them."""
    missing = {name: kind for name, kind in FIGURES.items() if name not in counted.columns}
    filled = counted.with_columns(
        pl.lit(constant.get(name), dtype=kind).alias(name) for name, kind in missing.items()
    )
    return filled.select(pl.col(name).cast(kind) for name, kind in FIGURES.items())
