"""One row kept for each key, as a profile asks: which of them, and in what the others differ."""

from __future__ import annotations

import polars as pl

from norwalk_analytics.intake.contract import Table
from norwalk_analytics.intake.gathering import LEFT_OUT
from norwalk_analytics.intake.profiles import OneRow
from norwalk_analytics.intake.texts import ROW

RULE = "one row per {key}"


def others(typed: pl.DataFrame, ordering: pl.DataFrame, table: Table, one: OneRow | None) -> pl.DataFrame:
    """The rows that are left out because another of their key is kept.

    Args:
        typed: typed rows.
        ordering: beside them: the columns of the file that the order names.
        table: the table.
        one: the key, and the order in which the first is kept; a row without the key stays.

    Returns:
        ``row_number``, ``rule``, ``kept_row`` (the number of the row kept) and ``differs`` (the fields in
        which the two differ).
    """
    if one is None:
        return pl.DataFrame(schema=LEFT_OUT)
    whole = typed.hstack(ordering.drop(ROW).select(pl.all().name.prefix("order__")))
    keyed = whole.filter(pl.all_horizontal(pl.col(name).is_not_null() for name in one.key))
    keyed = keyed.filter(pl.len().over(one.key) > 1)
    named = {field.name for field in table.fields}
    by = [name if name in named else f"order__{name}" for name, _ in one.order]
    down = [largest for _, largest in one.order]
    in_order = keyed.sort(by, descending=down, nulls_last=True, maintain_order=True) if by else keyed
    fields = [field.name for field in table.fields]
    kept = in_order.unique(one.key, keep="first", maintain_order=True)
    first = kept.select(*one.key, *[pl.col(name).alias(f"{name}__kept") for name in (ROW, *fields)])
    pairs = in_order.join(first, on=one.key, how="left", maintain_order="left")
    pairs = pairs.filter(pl.col(ROW) != pl.col(f"{ROW}__kept")).sort(ROW)
    differing = [
        pl.when(pl.col(name).ne_missing(pl.col(f"{name}__kept"))).then(pl.lit(name)) for name in fields
    ]
    return pairs.select(
        ROW,
        pl.lit(RULE.format(key=" and ".join(one.key))).alias("rule"),
        pl.col(f"{ROW}__kept").alias("kept_row"),
        pl.concat_list(differing).list.drop_nulls().alias("differs"),
    )
