"""Figures that may be shown: Publishable, or Internal with its watermark.

Charts, words and the report take nothing else; only ``disclosure`` makes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeVar

import polars as pl

from norwalk_analytics.oversight.measures import MEASURES
from norwalk_analytics.oversight.periods import MONTHS
from norwalk_analytics.oversight.status import PER
from norwalk_analytics.oversight.trends import control_limits, state
from norwalk_analytics.policy import Measure, Policy, UserError
from norwalk_analytics.telling import did_you_mean

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
        periods: measure, clause and kind of chart → the kind of period by which it is drawn, fixed before anything
            was withheld for another figure's sake.
    """

    frame: pl.DataFrame
    policy: Policy
    made: object = None
    limits: pl.DataFrame | None = None
    period: str | None = None
    kind: str | None = None
    summary: Mapping[str, Any] | None = None
    periods: Mapping[tuple[str, str, str], str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what was not made here."""
        if self.made is not _MADE:
            message = f"A {type(self).__name__} is made by suppress or internal, not by hand."
            raise TypeError(message)

    def __getitem__(self: S, key: str | tuple[str, str]) -> S:
        """One measure, or one measure of one clause; UserError if no measure is called so."""
        name, clause = (key, None) if isinstance(key, str) else key
        rows = self.frame.filter(pl.col("measure") == name)
        if rows.is_empty() and name not in {**self.policy.measures, **MEASURES}:
            known = self._ipython_key_completions_()
            message = f"There is no measure {name}.{did_you_mean(name, known)} There are: {', '.join(known)}."
            raise UserError(message)
        if clause is not None:
            rows = rows.filter(pl.col("clause") == clause)
        return replace(self, frame=rows)

    def _ipython_key_completions_(self) -> list[str]:
        """What a notebook offers after ``shown["``."""
        return self.frame["measure"].unique(maintain_order=True).to_list()

    def _heading(self) -> str:
        """What they are, as a line."""
        count, withheld = len(self._ipython_key_completions_()), int(self.frame["withheld"].sum())
        said = f"{self.frame.height:,} figures of {count} {'measure' if count == 1 else 'measures'}"
        return f"{said}, {withheld:,} withheld" if withheld else said

    def __repr__(self) -> str:
        """One line."""
        return f"<{type(self).__name__}: {self._heading()}>"

    def _repr_html_(self) -> str:
        from norwalk_analytics.intake.notebook import table_html

        counts = self.frame.group_by("measure", maintain_order=True).agg(pl.len(), pl.col("withheld").sum())
        names = {name: one.name for name, one in self.policy.measures.items()}
        rows = [
            [name, names.get(name, ""), f"{figures:,}", f"{withheld:,}"]
            for name, figures, withheld in counts.rows()
        ]
        heads = ["Measure", "What it is", "Figures", "Withheld"]
        return table_html(self._heading(), heads, rows, named=True)

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
        for period in self._periods(measure, kind, shown):
            rows = self.series(period).tail(shown)
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

    def again(self: S) -> S:
        """The same chart, made from the figures once more."""
        assert self.kind is not None
        return replace(self, limits=None, period=None, kind=None, summary=None).with_limits(self.kind)

    def _periods(self, measure: Measure, kind: str, shown: int) -> list[str]:
        """The period to draw by, in a list; an empty one where there is none."""
        key = measure.id, str(self.frame["clause"][0]), kind
        if key in self.periods:
            fixed = self.periods[key]
            return [fixed] if fixed else []
        found = _shortest({period: self.series(period).tail(shown) for period in MONTHS}, kind)
        return [found] if found else []

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


class LeftOut(NamedTuple):
    """A table of which nothing could be shown: ``by`` is ("school",), a breakdown's name, or both."""

    measure: str
    clause: str
    by: tuple[str, ...]
    period: str
    words: str


@dataclass(frozen=True, repr=False)
class Publishable(Shown):
    """Figures that may be published.

    Attributes:
        left_out: tables of which nothing could be shown.
        reasons: why each figure is withheld; see ``explain``.
        earlier: what was published in editions before and is not in this one.
        run: which ``suppress`` made them: what stands on one page is protected by one, or held against it.
    """

    run: int = 0
    left_out: tuple[LeftOut, ...] = ()
    reasons: pl.DataFrame = field(default_factory=pl.DataFrame)
    earlier: pl.DataFrame | None = None

    def explain(self) -> pl.DataFrame:
        """For analysts: which figures are withheld and why, never the value; not for publication.

        Returns:
            The columns that name a figure, ``why``, and of one that is withheld for another's sake ``protects``.
        """
        from norwalk_analytics.oversight.disclosure import explained

        return explained(self)

    def ledger(self) -> pl.DataFrame:
        """What is published, now and before, and why the rest is not: for the next edition's ``suppress`` as ``previous``.

        It is kept by the analysts: ``why`` is not for publication.
        """
        now = self.frame.drop("per").with_columns(self.reasons["why"])
        return now if self.earlier is None else pl.concat([self.earlier, now], how="diagonal_relaxed")


class Internal(Shown):
    """Figures for the superintendent: every page and picture is watermarked."""

    def _heading(self) -> str:
        return f"Internal: not for publication. {super()._heading()}"

    def __repr__(self) -> str:
        """One line."""
        return f"<{self._heading()}>"


def chart_periods(figures: pl.DataFrame, policy: Policy) -> dict[tuple[str, str, str], str | None]:
    """By which kind of period each chart is drawn: the shortest of which enough may be shown by the primary rule.

    Args:
        figures: the long table, with what the primary rule withholds in ``withheld``.
        policy: measures, and how many periods a chart shows.

    Returns:
        Measure, clause and kind of chart → month, quarter or school_year; None where there is none.
    """
    shown = int(policy.settings["periods_shown"])
    series = figures.filter(
        pl.col("view") == "series", pl.col("school").is_null(), pl.col("breakdown").is_null()
    ).sort("start")  # fmt: skip
    found: dict[tuple[str, str, str], str | None] = {}
    for (name, clause), rows in series.group_by("measure", "clause", maintain_order=True):
        kind = policy.measures[str(name)].chart
        if kind in ("p", "u", "c"):
            by_period = {period: rows.filter(period=period).tail(shown) for period in MONTHS}
            hidden = {period: part.with_columns(_null_where_withheld()) for period, part in by_period.items()}
            found[str(name), str(clause), kind] = _shortest(hidden, kind)
    return found


def _null_where_withheld() -> list[pl.Expr]:
    return [pl.when(~pl.col("withheld")).then(name).alias(name) for name in ("numerator", "denominator")]


def _shortest(rows: Mapping[str, pl.DataFrame], kind: str) -> str | None:
    """The shortest kind of period of which enough can be shown."""
    if kind == "t":
        return None
    return next((period for period, part in rows.items() if part.height and _enough(part, kind)), None)


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
