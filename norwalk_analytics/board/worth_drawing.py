"""Which pictures of schools are worth drawing, of what may be shown."""

from __future__ import annotations

import polars as pl

from norwalk_analytics.board.fragment import may_be_shown
from norwalk_analytics.oversight.disclosure import Shown
from norwalk_analytics.oversight.measures import MEASURES
from norwalk_analytics.oversight.reported import THREE_YEARS
from norwalk_analytics.oversight.status import COUNTS_ONLY, PER

ENOUGH = 0.5  # of the schools
LEAST = 3  # schools
ALWAYS = ("supervisor_aware",)  # drawn of however few schools


def by_school(shown: Shown, view: str, period: str, table: str | None = None) -> list[str]:
    """The shares of which there are figures of schools, in the policy's order.

    Args:
        shown: figures that may be shown.
        view: stock, event or series.
        period: the figures' period.
        table: measures made from it alone.
    """
    rows = may_be_shown(shown).frame.filter(
        pl.col("school").is_not_null(), pl.col("breakdown").is_null(), view=view, period=period
    )
    there = set(rows["measure"]) - set(COUNTS_ONLY) - set(PER)
    return [name for name in shown.policy.measures if name in there and table in (None, MEASURES[name].table)]


def funnels_of(shown: Shown, table: str | None = None) -> list[tuple[str, dict[str, str]]]:
    """The funnels that are worth drawing: those of which half the schools can be shown, and ALWAYS.

    Args:
        shown: figures that may be shown.
        table: measures made from it alone.

    Returns:
        Measure, and what ``funnel_chart`` is to be given beside it: of findings, section by section.
    """
    found: list[tuple[str, dict[str, str]]] = []
    for view, period in (("stock", "as_of"), ("event", "12 months")):
        for name in by_school(shown, view, period, table):
            if name != "finding_rate" and (name in ALWAYS or _enough(shown, name, view=view, period=period)):
                found.append((name, {}))
    if by_school(shown, "event", THREE_YEARS, table):
        for section in shown.policy.sections:
            if _enough(shown, "finding_rate", view="event", period=THREE_YEARS, clause=section):
                found.append(("finding_rate", {"clause": section, "period": THREE_YEARS}))
    return found


def _enough(shown: Shown, name: str, **where: str) -> bool:
    """Whether so many schools can be shown that a funnel says something of them."""
    rows = shown[name].frame.filter(pl.col("school").is_not_null(), pl.col("breakdown").is_null(), **where)
    kept = (~rows["withheld"] & (rows["denominator"] > 0).fill_null(value=False)).sum()
    return kept >= LEAST and kept >= ENOUGH * rows.height
