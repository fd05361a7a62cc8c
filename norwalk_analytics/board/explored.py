"""What charts to explore with are made of: the points of a chart and of each school's, with their numbers in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from norwalk_analytics.board.exploring import Spec, funnel, over_time
from norwalk_analytics.board.words import number, percent
from norwalk_analytics.oversight.disclosure import Shown
from norwalk_analytics.oversight.periods import label
from norwalk_analytics.oversight.trends import control_limits
from norwalk_analytics.policy import Measure

WHOLE = "The district"
SCHOOL_PERIOD = "school_year"
"""A month of one school holds too few cases for limits."""


def of_measure(
    shown: Shown, measure: Measure, labels: Sequence[str], *, title: str, words: str, y_title: str
) -> Spec:
    """A control chart to explore with: the district's; and of a share, where there are figures by school, each school's years.

    Args:
        shown: one measure, of one clause, with limits.
        measure: the measure.
        labels: what the periods of the limits are called.
        title: what the chart shows.
        words: the same, for who can't see it.
        y_title: what the values are.
    """
    rows = shown.limits
    assert rows is not None
    share = shown.kind == "p"
    period = str(shown.period)
    over = bool(rows["n"].is_not_null().any())
    said = percent if share else (lambda rate: f"{rate:.2f}") if over else (lambda rate: f"{rate:,.1f}")
    parts = [points(rows.with_columns(series=pl.lit(WHOLE), period=pl.Series(labels)), said)]
    if share:
        schools = shown.frame.filter(
            pl.col("school").is_not_null(), pl.col("breakdown").is_null(), view="series", period=SCHOOL_PERIOD
        )
        if schools.height:
            counts = schools.select("school", "start", y="numerator", n="denominator")
            phases = [
                event.date for event in shown.policy.events if event.phase and measure.id in event.measures
            ]
            limits = control_limits(
                counts, y="y", n="n", x="start", by=["school"], better=measure.better, phases=phases
            )
            parts.append(of_schools(limits))
    first = min(rows["start"].to_list())
    events = [
        event
        for event in shown.policy.events
        if measure.id in event.measures and period != "event" and event.date >= first
    ]
    return over_time(
        pl.concat(parts), title=title, words=words, y_title=y_title, percent=share, better=measure.better,
        target=measure.target if share else None, events=events,
    )  # fmt: skip


def of_schools(limits: pl.DataFrame, period: str = SCHOOL_PERIOD) -> pl.DataFrame:
    """The points of each school's chart, of what ``control_limits`` gave by school of counts y and n."""
    named = limits.with_columns(
        series="school", hollow=pl.lit(value=False),
        period=pl.col("start").map_elements(lambda day: label(day, period), return_dtype=pl.String),
    )  # fmt: skip
    return points(named, percent)


def of_each_school(
    limits: pl.DataFrame, period: str, *, title: str, words: str, y_title: str, better: str | None
) -> Spec:
    """Every school's chart of a share, to explore with, of what ``control_limits`` gave by school."""
    counts = limits.rename({"numerator": "y", "denominator": "n"})
    return over_time(
        of_schools(counts, period),
        title=title,
        words=words,
        y_title=y_title,
        percent=True,
        better=better,
        every=True,
    )


def of_funnel(
    found: pl.DataFrame, curves: pl.DataFrame, *, title: str, words: str, y_title: str, n_title: str, of: str
) -> Spec:
    """A funnel to explore with, of what ``funnel_limits`` gave: label, numerator, denominator and their limits."""
    rows = found.select(
        "label", "value", "mark", n="denominator", **_said(percent, "numerator", "denominator")
    )
    return funnel(rows, curves, title=title, words=words, y_title=y_title, n_title=n_title, of=of)


def points(rows: pl.DataFrame, said: Callable[[float], str]) -> pl.DataFrame:
    """Points as ``exploring.over_time`` takes them, with their numbers in words.

    Args:
        rows: series, start, period, y, n, value, centre, lower, upper, mark, hollow, phase.
        said: how a value is said.
    """
    numbers = [pl.col(name).cast(pl.Float64) for name in ("value", "centre", "lower", "upper")]
    return rows.select(
        "series", "start", "period", *numbers, "mark", "hollow", pl.col("phase").cast(pl.Int64),
        average=_in_words(said, "centre"), **_said(said, "y", "n"),
    )  # fmt: skip


def _said(said: Callable[[float], str], y: str, n: str) -> dict[str, pl.Expr]:
    ends = [_in_words(said, end) for end in ("lower", "upper")]
    of = (
        pl.when(pl.col(n).is_not_null()).then(pl.format(" of {}", _in_words(number, n))).otherwise(pl.lit(""))
    )
    return {
        "counted": _in_words(number, y) + of,
        "rate": _in_words(said, "value"),
        "limits": pl.format("{} to {}", *ends),
    }


def _in_words(said: Callable[[float], str], column: str) -> pl.Expr:
    return pl.col(column).map_elements(said, return_dtype=pl.String, skip_nulls=True)
