"""The primary rule: which figures are withheld for their own sake.

Fewer than so many people behind the denominator, a few behind the numerator or what remains of it, or one
person who holds more than a share of the records (the settings under ``[disclosure]``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from norwalk_analytics.oversight.status import PER
from norwalk_analytics.policy import Policy

SENSITIVE_BREAKDOWNS = ("role", "setting", "platform", "group")
LEAST = 0.25
"""A table by school or group is worth reading where so much of it can be shown by the primary rule alone."""
TABLE_KEY = ("measure", "clause", "view", "breakdown", "period")
"""What names a table: the figures of one measure side by side, with schools or without."""
REASONS = ("few", "low", "rest", "one")
"""Few people behind the denominator; few behind the numerator; few behind what remains; one dominates."""


def sensitive() -> pl.Expr:
    """Whether a figure is about people: of the exception log, or broken down to schools or groups of people."""
    return (
        (pl.col("table") == "exception_log")
        | pl.col("school").is_not_null()
        | pl.col("breakdown").is_in(SENSITIVE_BREAKDOWNS).fill_null(value=False)
    )


def primary(figures: pl.DataFrame, settings: Mapping[str, Any]) -> pl.DataFrame:
    """What the primary rule says of each figure.

    Args:
        figures: the long table of figures.
        settings: ``people``, ``count``, ``dominance`` and ``zero_may_be_shown``; under ``tables`` a table's own.

    Returns:
        Boolean columns, row by row: ``sensitive``, REASONS, and ``withheld``.
    """
    of = {name: _own(settings, name) for name in ("people", "count", "dominance", "zero_may_be_shown")}
    least, small = of["people"], of["count"]
    over_area = pl.col("measure").is_in(list(PER))
    counted = pl.col("denominator").is_not_null()
    records = (
        pl.when(counted & ~over_area).then("denominator").otherwise(pl.col("numerator").cast(pl.Float64))
    )
    first = pl.when(of["zero_may_be_shown"]).then(1).otherwise(0)
    nothing = (pl.col("denominator") == 0) & (pl.col("numerator") == 0)
    rules = {
        "few": (pl.col("people") < least) & counted,
        "low": (pl.col("people_numerator") >= first) & (pl.col("people_numerator") < small),
        "rest": (pl.col("people_complement") >= 1) & (pl.col("people_complement") < small) & counted,
        "one": (pl.col("largest") > of["dominance"] * records) & (pl.col("numerator") > 0),
    }
    about = sensitive() & ~nothing.fill_null(value=False)
    judged = figures.select(
        sensitive().fill_null(value=True).alias("sensitive"),
        *[(about & rule.fill_null(value=True)).alias(name) for name, rule in rules.items()],
    )
    return judged.with_columns(withheld=pl.any_horizontal(REASONS))


def table_keys(figures: pl.DataFrame) -> list[tuple[Any, ...]]:
    """The table that each figure stands in: TABLE_KEY, and whether it is one of schools."""
    return figures.select(*TABLE_KEY, pl.col("school").is_not_null()).rows()


def worth_reading(figures: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """The figures without the tables by school or group of which the primary rule withholds nearly all."""
    groups = pl.col("breakdown").is_in((*SENSITIVE_BREAKDOWNS, "channel")).fill_null(value=False)
    table = [*TABLE_KEY, pl.col("school").is_null().alias("district")]
    share = (~pl.col("hidden")).mean().over(table) >= LEAST
    judged = figures.with_columns(hidden=primary(figures, policy.disclosure)["withheld"])
    return judged.filter(~(pl.col("school").is_not_null() | groups) | share).drop("hidden")


def _own(settings: Mapping[str, Any], name: str) -> pl.Expr:
    """A setting, or a table's own where it has one."""
    found = pl.lit(settings[name])
    for table, own in settings.get("tables", {}).items():
        if name in own:
            found = pl.when(pl.col("table") == table).then(pl.lit(own[name])).otherwise(found)
    return found
