"""What may leave the analysts' hands: figures → Publishable, or Internal with its watermark.

The primary rule and the bundle of DISCLOSURE.md. Charts, words and the report take nothing but what
is made here; a Publishable holds no figure that is withheld and nothing about the people behind one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import polars as pl

from norwalk_analytics.oversight.counting import FIGURES
from norwalk_analytics.oversight.periods import MONTHS
from norwalk_analytics.oversight.status import PER, with_status
from norwalk_analytics.oversight.trends import control_limits, state
from norwalk_analytics.policy import Measure, Policy, UserError

PRIVATE = ("people", "people_numerator", "people_complement", "largest")
BUNDLE = ("numerator", "denominator", "rate", "lower", "upper", "status")
SENSITIVE_BREAKDOWNS = ("role", "setting", "platform", "group")
NEEDED = 0.8  # four points in five
YEARS = 8  # bars of school years beside one another
_MADE = object()
S = TypeVar("S", bound="Shown")


@dataclass(frozen=True, repr=False)
class Shown:
    """Figures that may be shown; made by ``suppress`` or ``internal`` only.

    Attributes:
        frame: the long table with rate, lower, upper, status and ``withheld``; the bundle of a
            withheld figure is null.
        policy: measures, targets and events.
        limits: a chart's points, where ``with_limits`` was asked.
        period: the chart's kind of period.
        kind: the kind of chart.
        summary: what the chart comes to (``trends.state``).
    """

    frame: pl.DataFrame
    policy: Policy
    made: object = None
    limits: pl.DataFrame | None = None
    period: str | None = None
    kind: str | None = None
    summary: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        """Refuse what was not made here."""
        if self.made is not _MADE:
            message = f"A {type(self).__name__} is made by suppress or internal, not by hand."
            raise TypeError(message)

    def __getitem__(self: S, key: str | tuple[str, str]) -> S:
        """One measure, or one measure of one clause."""
        name, clause = (key, None) if isinstance(key, str) else key
        rows = self.frame.filter(pl.col("measure") == name)
        if clause is not None:
            rows = rows.filter(pl.col("clause") == clause)
        return replace(self, frame=rows)

    def one(self, **where: Any) -> dict[str, Any] | None:
        """The one row of the district that is so; None where there is none."""
        wanted = {"school": None, "breakdown": None, "group": None, **where}
        rows = self.frame
        for column, value in wanted.items():
            rows = rows.filter(pl.col(column).is_null() if value is None else pl.col(column) == value)
        return rows.row(0, named=True) if rows.height else None

    def series(self, period: str) -> pl.DataFrame:
        """The district's series by one kind of period, in order."""
        series = (pl.col("view") == "series") & (pl.col("period") == period)
        plain = pl.col("school").is_null() & pl.col("breakdown").is_null()
        return self.frame.filter(series & plain).sort("start")

    def with_limits(self: S, kind: str) -> S:
        """Points, limits and signals of the measure's chart, from what may be shown alone.

        The period is the shortest of month, quarter and school year at which four points in five,
        the latest among them, may be shown and have n·p̄(1−p̄) ≥ 3 (a c or u chart: a mean count of 2 or
        more). Where there is none, ``limits`` holds the school years, without limits; for internal use, of
        counts, the days between events instead.
        """
        measure = self.policy.measures[str(self.frame["measure"][0])]
        shown = int(self.policy.settings["periods_shown"])
        target = measure.target if kind == "p" else None
        for period in MONTHS if kind != "t" else ():
            rows = self.series(period).tail(shown)
            if rows.is_empty() or not _enough(rows, kind):
                continue
            hollow = rows.filter(pl.col("group").is_not_null())["start"].to_list()
            starts = [
                event.date for event in self.policy.events if event.phase and measure.id in event.measures
            ]
            points = rows.select(
                "start", pl.col("numerator").alias("y"), pl.col("denominator").alias("n"), "withheld"
            )
            limits = control_limits(
                points, y="y", n=None if kind == "c" else "n", x="start", kind=kind, better=measure.better,
                target=target, per=PER.get(measure.id, 1.0), exclude=hollow, phases=starts,
            )  # fmt: skip
            marked = limits.with_columns(pl.col("start").is_in(hollow).alias("hollow"))
            found = state(limits, x="start").row(0, named=True)
            return replace(self, limits=marked, period=period, kind=kind, summary=found)
        if kind != "p" and isinstance(self, Internal):
            between = self._between_events(measure, shown)
            if between is not None:
                return between
        years = self.series("school_year").tail(YEARS)
        value = pl.col("numerator").cast(pl.Float64) if kind in ("c", "t") else pl.col("rate")
        bars = years.select("start", pl.col("numerator").alias("y"), pl.col("denominator").alias("n"),
                            "withheld", value.alias("value"))  # fmt: skip
        return replace(self, limits=bars, period="school_year", kind=kind, summary=None)

    def _between_events(self: S, measure: Measure, shown: int) -> S | None:
        """The t chart of the days between events; the time that still runs is hollow, and marked if it is long."""
        rows = self.frame.filter(view="gaps").tail(shown).with_row_index("place")
        if rows.height < 2:
            return None
        running = rows.filter(pl.col("numerator") == 0)["place"].to_list()
        better = {"lower": "higher", "higher": "lower"}.get(measure.better or "")
        points = rows.select("place", "start", pl.col("denominator").alias("y"), "withheld")
        limits = control_limits(points, y="y", x="place", kind="t", better=better, exclude=running)
        found = state(limits, x="place").row(0, named=True)
        starts = dict(zip(rows["place"], rows["start"], strict=True))
        early = pl.col("place").is_in(running) & (pl.col("side") == "below")  # it is not over yet
        unmarked = [
            pl.when(~early.fill_null(value=False)).then(name).alias(name) for name in ("mark", "rule", "side")
        ]
        limits = limits.with_columns(
            *unmarked, n=pl.lit(None, dtype=pl.Float64), hollow=pl.col("place").is_in(running)
        )
        run = starts.get(found["run_start"])
        return replace(self, limits=limits, period="event", kind="t", summary={**found, "run_start": run})


class Publishable(Shown):
    """Figures that may be published."""


class Internal(Shown):
    """Figures for the superintendent: every page and picture is watermarked."""


def suppress(figures: pl.DataFrame, policy: Policy) -> Publishable:
    """Withhold what the primary rule withholds, each figure with all that goes with it.

    Args:
        figures: the long table of figures, as ``measures.figures`` gives it.
        policy: with the thresholds under ``[disclosure]``.

    Raises:
        UserError: if the frame is not a table of figures.
    """
    rows = _checked(figures)
    judged = with_status(rows.with_columns(_withheld(rows, policy.disclosure)), policy)
    judged = _another_of_a_line(judged)
    bit = (pl.col("status").is_in(["every case in time", "not every case in time"])
           & (pl.col("period") == "12 months") & pl.col("school").is_null())  # fmt: skip
    keep = ~pl.col("withheld")
    cells = [pl.when(keep | (bit if name == "status" else pl.lit(value=False))).then(pl.col(name)).alias(name)
             for name in BUNDLE]  # fmt: skip
    return Publishable(judged.with_columns(cells).drop(PRIVATE), policy, _MADE)


def internal(figures: pl.DataFrame, policy: Policy) -> Internal:
    """Every figure as it is, for internal use: whatever is made of it is watermarked."""
    rows = _checked(figures).with_columns(pl.lit(value=False).alias("withheld"))
    return Internal(with_status(rows, policy).drop(PRIVATE), policy, _MADE)


def _checked(figures: pl.DataFrame) -> pl.DataFrame:
    if not set(FIGURES) <= set(figures.columns):
        message = "This is not a table of figures: make one with norwalk_analytics.figures(district)."
        raise UserError(message)
    return figures


def _withheld(rows: pl.DataFrame, settings: Mapping[str, Any]) -> pl.Expr:
    """The primary rule: too few people, too small a count or complement, one who dominates."""
    least, small = settings["people"], settings["count"]
    sensitive = (
        (pl.col("table") == "exception_log")
        | pl.col("school").is_not_null()
        | pl.col("breakdown").is_in(SENSITIVE_BREAKDOWNS).fill_null(value=False)
    )
    over_area = pl.col("measure").is_in(list(PER))
    counted = pl.col("denominator").is_not_null() & ~over_area
    records = pl.when(counted).then(pl.col("denominator")).otherwise(pl.col("numerator").cast(pl.Float64))
    first = 1 if settings["zero_may_be_shown"] else 0
    few = pl.col("people").lt(least) & pl.col("denominator").is_not_null()
    low = pl.col("people_numerator").is_between(first, small - 1)
    rest = pl.col("people_complement").is_between(1, small - 1) & pl.col("denominator").is_not_null()
    one = (pl.col("largest") > settings["dominance"] * records) & (pl.col("numerator") > 0)
    nothing = (pl.col("denominator") == 0) & (pl.col("numerator") == 0)
    withheld: pl.Expr = sensitive & ~nothing & (few | low | rest | one)
    return withheld.fill_null(value=True).alias("withheld")


def _another_of_a_line(rows: pl.DataFrame) -> pl.DataFrame:
    """A lone withheld cell of a breakdown is its total less the others: withhold the smallest beside it."""
    line = ["measure", "clause", "view", "school", "breakdown", "period", "start"]
    broken = pl.col("breakdown").is_in(["platform", "outcome"]).fill_null(value=False)
    alone = broken & (pl.col("withheld").sum().over(line) == 1)
    count = pl.when(pl.col("withheld") | (pl.col("numerator") == 0)).then(None).otherwise(pl.col("numerator"))
    smallest = (count == count.min().over(line)) & ~pl.col("withheld")
    first = smallest & (smallest.cum_sum().over(line) == 1)
    return rows.with_columns((pl.col("withheld") | (alone & first.fill_null(value=False))).alias("withheld"))


def _enough(rows: pl.DataFrame, kind: str) -> bool:
    """Whether a series of that period can be charted."""
    points = rows.filter(pl.col("denominator").fill_null(1) > 0)  # gaps are no points; withheld ones are
    if kind == "c":
        points = points.filter(pl.col("withheld") | pl.col("numerator").is_not_null())
    if points.is_empty() or bool(points["withheld"][-1]):
        return False
    n, y = points["denominator"].fill_null(0), points["numerator"].fill_null(0)
    if kind in ("c", "u"):
        kept = points.filter(~pl.col("withheld"))["numerator"]
        fit = ~points["withheld"]
        return bool(fit.mean() >= NEEDED and kept.mean() >= 2)  # type: ignore[operator]
    share = float(y.sum()) / float(n.sum()) if n.sum() else 0.0
    fit = (n * share * (1 - share) >= 3) & ~points["withheld"]
    return bool(fit.mean() >= NEEDED and fit[-1])  # type: ignore[operator]
