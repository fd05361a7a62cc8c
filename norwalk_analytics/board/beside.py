"""Numbers that a report publishes beside the figures of measures, as rows of the figures file: times, and ages of audits."""

from __future__ import annotations

import polars as pl

from norwalk_analytics.board.figures_file import SCHEMA
from norwalk_analytics.board.waited import CONTACTS, ENTRIES, HALF, closing_points
from norwalk_analytics.intake.loaded import District
from norwalk_analytics.oversight import audits
from norwalk_analytics.oversight.disclosure import Publishable
from norwalk_analytics.oversight.durations import CLOSING
from norwalk_analytics.oversight.how_long import how_long, table_of
from norwalk_analytics.oversight.measures import tables_of


def beside(shown: Publishable, district: District) -> pl.DataFrame:
    """What stands in the report beside figures of measures, in the columns of the figures file.

    Args:
        shown: what ``suppress`` gave: the rule by which few people are withheld.
        district: what ``load_district`` gave.

    Returns:
        Rows of view "wait" (times by which half and nine in ten of the cases had what was awaited), "curve" (shares by
        days) and "age" (months since a school and clause was last audited).
    """
    names = (*CONTACTS, CLOSING, *ENTRIES)
    told = how_long(names, district, shown.policy.disclosure)
    waited = told.select(
        pl.col("name").alias("measure"), pl.lit("wait").alias("view"), pl.lit("share of cases").alias("breakdown"),
        pl.when(pl.col("share") == HALF).then(pl.lit("half")).otherwise(pl.lit("nine in ten")).alias("group"),
        pl.col("name").map_elements(table_of, return_dtype=pl.String).alias("table"),
        "withheld", pl.col("time").alias("rate"), "lower", "upper",
    )  # fmt: skip
    points = closing_points(shown, district).select(
        pl.lit(CLOSING).alias("measure"), pl.lit("curve").alias("view"), pl.lit("days").alias("breakdown"),
        pl.col("time").cast(pl.Int64).cast(pl.String).alias("group"), pl.lit(audits.TABLE).alias("table"),
        pl.col("share").alias("rate"), "lower", "upper",
    )  # fmt: skip
    parts = [waited, points]
    if district.frame(audits.TABLE) is not None:
        ages = audits.last_audited(tables_of(district))
        named = {"measure": "last_audited", "view": "age", "table": audits.TABLE}
        months = pl.col("months").cast(pl.Float64).alias("rate")
        constant = [pl.lit(value).alias(name) for name, value in named.items()]
        parts.append(ages.select(*constant, "clause", pl.col("school_id").alias("school"), months))
    rows = pl.concat(parts, how="diagonal").with_columns(
        pl.col("withheld").fill_null(value=False), period=pl.lit("all"), end=pl.lit(district.as_of)
    )
    lacking = [
        pl.lit(None, dtype=kind).alias(name) for name, kind in SCHEMA.items() if name not in rows.columns
    ]
    return rows.with_columns(lacking).select(*SCHEMA).cast(SCHEMA)
