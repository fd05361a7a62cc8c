"""Groups of different size beside one another: which lie further from the whole than their size explains."""

from __future__ import annotations

from collections.abc import Sequence
from math import erfc, sqrt

import polars as pl

from norwalk_analytics.telling import no_column

OUTER, INNER = 3.0, 2.0
EDGES = {"lower": -OUTER, "upper": OUTER, "low2": -INNER, "high2": INNER}
"""Each limit, in standard deviations from the centre."""


def funnel_limits(frame: pl.DataFrame, *, y: str, n: str, by: Sequence[str] = ()) -> pl.DataFrame:
    """The share of each group, and the limits that its size gives.

    The centre is the share of all groups together, p̄ = Σy/Σn; the limits are p̄ ± 3√(p̄(1−p̄)/n) and p̄ ± 2√(p̄(1−p̄)/n),
    within 0 to 1. A group strictly outside the outer ones is marked: so far from the whole, chance puts 1 group in 370.

    Args:
        frame: one row a group, such as a school; other columns are carried along.
        y: the column of counts, from 0 to n.
        n: the column of denominators; where one is missing or 0, the group has no share and counts in no limit.
        by: the columns that tell funnels apart; none for one.

    Returns:
        The rows in their order, with ``value``, ``centre``, ``lower``, ``upper``, ``low2``, ``high2`` (null without a
        share, or where p̄ is 0 or 1) and ``mark``: "above", "below" or null.

    Raises:
        ValueError: if a column is missing, or a count does not lie between 0 and its denominator.

    Source: Spiegelhalter 2005, Statistics in Medicine 24, 1185–1202; the limits of a p chart, Montgomery 7.2.

    Example:
        >>> schools = pl.DataFrame({"school": ["A", "B", "C"], "late": [10, 11, 40], "due": [100, 100, 100]})
        >>> funnel_limits(schools, y="late", n="due").select("school", "mark").rows()
        [('A', None), ('B', None), ('C', 'above')]
    """
    missing = [name for name in (y, n, *by) if name not in frame.columns]
    if missing:
        raise ValueError(no_column(missing, frame.columns))
    counted = pl.col(n).cast(pl.Float64)
    kept = pl.col(y).is_not_null() & (counted > 0)
    if frame.select((kept & ~pl.col(y).is_between(0, pl.col(n))).any()).item():
        message = f"Column {y} holds a count that is not between 0 and its {n}."
        raise ValueError(message)
    total = pl.when(kept).then(pl.col(y)).sum() / pl.when(kept).then(counted).sum()
    centre = total.over(by) if by else total
    sigma = (centre * (1 - centre) / counted).sqrt()
    value = pl.col(y) / counted
    told = kept & (sigma > 0)
    outside = (
        pl.when(value > centre + OUTER * sigma)
        .then(pl.lit("above"))
        .when(value < centre - OUTER * sigma)
        .then(pl.lit("below"))
    )
    return frame.with_columns(
        value=pl.when(kept).then(value), centre=pl.when(kept).then(centre),
        **{name: pl.when(told).then((centre + times * sigma).clip(0, 1)) for name, times in EDGES.items()},
        mark=pl.when(told).then(outside),
    )  # fmt: skip


def curves(share: float, sizes: Sequence[float]) -> pl.DataFrame:
    """The centre and the limits of a funnel, at sizes that no group need have.

    Args:
        share: that of all groups together, from 0 to 1.
        sizes: denominators above 0.

    Returns:
        ``n`` (the sizes), ``centre`` and the limits of ``funnel_limits``.

    Example:
        >>> curves(0.5, [25.0, 100.0]).select("lower", "high2").rows()
        [(0.2, 0.7), (0.35, 0.6)]
    """
    sigma = (share * (1 - share)) ** 0.5
    of = pl.col("n").sqrt()
    return pl.DataFrame({"n": sizes}).with_columns(
        centre=pl.lit(share),
        **{name: (share + times * sigma / of).clip(0, 1) for name, times in EDGES.items()},
    )


def by_chance(groups: int, sigmas: float = OUTER) -> float:
    """How many of so many groups or points lie outside by chance alone, where nothing is the matter.

    Example:
        >>> round(by_chance(20), 2)
        0.05
    """
    return groups * erfc(sigmas / sqrt(2))
