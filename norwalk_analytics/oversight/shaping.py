"""Cases → rows of the long table of figures: stocks, windows of the scorecard, series, what is counted apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import narwhals as nw
import polars as pl

from norwalk_analytics.oversight.counting import count, count_several, figure_rows
from norwalk_analytics.oversight.periods import MONTHS, Clock, add_months, last_day, months_between, start_of
from norwalk_analytics.policy import Policy, UserError

Frame = Any  # a Narwhals DataFrame or LazyFrame
Rows = Iterator[pl.DataFrame]
BREAKDOWNS = {"employee_role": "role", "setting": "setting", "platform": "platform", "channel": "channel"}
"""Columns by which every measure of their table can be broken down, and what the breakdown is called."""


def _itself(frame: Frame) -> Frame:
    return frame


def _in_one(frame: Frame) -> Sequence[Frame]:
    return [frame]


@dataclass(frozen=True)
class Tables:
    """What the measures are made from.

    Attributes:
        frames: table name → accepted rows with the columns beside them, as Narwhals frames.
        policy: clauses, limits, settings.
        clock: the only "now".
        schools: the schools of the code list.
        returns: accepted rows of ``returns``, if there is such a table.
        by: the column that each figure is further broken down by: ("school_id",), one of BREAKDOWNS, or none.
        beside: puts a small Polars frame beside the tables, as a Narwhals frame of their engine.
        kept: keeps what several counts are made from, where making it again would read all rows again.
        parts: a frame in parts that are counted one after the other, where all its rows are too many for it.
    """

    frames: Mapping[str, Frame]
    policy: Policy
    clock: Clock
    schools: tuple[str, ...]
    returns: pl.DataFrame | None = None
    by: tuple[str, ...] = ()
    beside: Callable[[pl.DataFrame], Frame] = nw.from_native
    kept: Callable[[Frame], Frame] = _itself
    parts: Callable[[Frame], Sequence[Frame]] = _in_one
    made: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)
    """What several measures or breakdowns are made from, kept while they are made."""

    @property
    def in_full(self) -> bool:
        """Whether figures have series and breakdowns of their own: of the district, or school by school."""
        return self.by in ((), ("school_id",))

    def with_table(self, name: str, table: str) -> Tables:
        """The same, where the table is there from which something is made; UserError otherwise."""
        if table not in self.frames:
            message = f"{name} is made from {table}, and there is no such table."
            raise UserError(message)
        return self


Value = TypeVar("Value")
Parameters = ParamSpec("Parameters")


def once(
    make: Callable[Concatenate[Tables, Parameters], Value],
) -> Callable[Concatenate[Tables, Parameters], Value]:
    """Make something of the tables once, whatever it is broken down by."""

    @wraps(make)
    def made_once(tables: Tables, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Value:
        key = (make.__module__, make.__name__, args, tuple(kwargs.items()))
        if key not in tables.made:
            made = make(tables, *args, **kwargs)
            several = made if isinstance(made, tuple) else (made,)
            kept = tuple(tables.kept(one) if isinstance(one, nw.LazyFrame) else one for one in several)
            tables.made[key] = kept if isinstance(made, tuple) else kept[0]
        found: Value = tables.made[key]
        return found

    return cast("Callable[Concatenate[Tables, Parameters], Value]", made_once)


@dataclass(frozen=True)
class Figure:
    """Of which measure and table rows are, and how counts become them."""

    name: str
    table: str
    tables: Tables

    def of(self, counted: pl.DataFrame, **constant: Any) -> pl.DataFrame:
        """Counts as rows of the long table; the column that they are broken down by finds its place."""
        clause = self.tables.policy.measures[self.name].clause
        for column in self.tables.by:
            if column == "school_id":
                counted = counted.rename({column: "school"})
            elif constant.get("breakdown") is None and column in counted.columns:
                constant = {**constant, "breakdown": BREAKDOWNS[column]}
                counted = counted.rename({column: "group"})
        return figure_rows(
            counted, **{"measure": self.name, "table": self.table, "clause": clause, **constant}
        )

    def keys(self, breakdown: str | None, keys: Sequence[str]) -> list[str] | None:
        """What to count by; None where rows that are broken down are broken down once more, save by school."""
        if breakdown is not None and not self.tables.in_full:
            return None
        return [*self.tables.by, *keys]

    def stock(self, cases: Frame, breakdown: str | None = None) -> Rows:
        """How things stand on as_of; by ``group`` where there is a breakdown."""
        keys = self.keys(breakdown, ["group"] if breakdown else [])
        if keys is not None:
            yield self.on_the_day(count(cases, keys), breakdown=breakdown)

    def on_the_day(self, counted: pl.DataFrame, **constant: Any) -> pl.DataFrame:
        """Counts of how things stand on as_of."""
        day = self.tables.clock.as_of
        return self.of(counted, view="stock", period="as_of", start=day, end=day, **constant)

    def event(
        self, cases: Frame, keys: Sequence[str] = (), *, breakdown: str | None = None, group: str | None = None,
        view: str = "event",
    ) -> Rows:  # fmt: skip
        """Cases of the scorecard's windows, by ``index``; a count needs no breakdown named beside its group."""
        by = self.keys(breakdown, keys)
        if by is None:
            return
        spans = windows(self.tables.clock)
        counted = count_several([cases.lazy().filter(between(*span)) for span in spans.values()], by)
        for (period, (first, end)), rows in zip(spans.items(), counted, strict=True):
            yield self.of(
                rows["met"], view=view, breakdown=breakdown, group=group, period=period, start=first, end=end
            )

    def series(
        self, cases: Frame, last: date, keys: Sequence[str] = (), *, breakdown: str | None = None,
        periods: Sequence[str] = tuple(MONTHS),
    ) -> Rows:  # fmt: skip
        """Cases by month, quarter and school year; a period counts once all its months can be shown."""
        by = self.keys(breakdown, keys)
        if by is None or not self.tables.in_full:
            return
        counted = by_period(cases, periods, last, by, self.tables.clock.year_starts)
        for period, rows in counted.items():
            yield from self.shown(rows, period, by, breakdown)

    def shown(
        self, dated: pl.DataFrame, period: str, keys: Sequence[str], breakdown: str | None = None
    ) -> Rows:
        """Counts by period as a series, zeros where a period has no case."""
        if not dated.is_empty():
            yield self.of(filled(dated, period, keys), view="series", breakdown=breakdown, period=period)

    def apart(self, groups: Mapping[str, Frame]) -> Rows:
        """What is counted apart, by the name of the group: a number and no rate."""
        by = self.keys("apart", [])
        if by is None:
            return
        met = nw.lit(value=True).alias("met")
        counted = count_several([cases.with_columns(met) for cases in groups.values()], by)
        for group, rows in zip(groups, counted, strict=True):
            alone = rows["met"].with_columns(pl.lit(None, dtype=pl.Float64).alias("denominator"))
            yield self.of(alone, view="apart", breakdown="apart", group=group, period="all",
                          start=None, end=self.tables.clock.as_of)  # fmt: skip


def windows(clock: Clock) -> dict[str, tuple[date, date]]:
    """What stands on the scorecard of an event measure: first month and last day of each."""
    return {
        "12 months": (clock.twelve_months[0], last_day(clock.month)),
        "month": (clock.month, last_day(clock.month)),
        "year to date": (clock.year_start, clock.as_of),
    }


def month_index(day: str) -> nw.Expr:
    """The month of a date column as year × 12 + month − 1, as ``index``."""
    year, month = nw.col(day).dt.year().cast(nw.Int64), nw.col(day).dt.month().cast(nw.Int64)
    return (year * 12 + month - 1).alias("index")


def index_of(month: date) -> int:
    """The same of a date."""
    return month.year * 12 + month.month - 1


def between(first: date, last: date) -> nw.Expr:
    """Whether ``index`` lies between two months."""
    index = nw.col("index")
    return (index >= index_of(first)) & (index <= index_of(last))


NOT_YET_DUE = ("not yet due, met", "not yet due, open")
"""Groups of cases of which the time has not run out: done already, and not."""


def by_due(early: Frame) -> dict[str, Frame]:
    """Cases of which the time has not run out, as they are counted apart."""
    met, left = NOT_YET_DUE
    return {met: early.filter(nw.col("met")), left: early.filter(~nw.col("met"))}


def people(employee: str | None = "employee_id", student: str | None = None) -> list[nw.Expr]:
    """Who stands behind a case, as ``employee`` and ``student``; neither where nobody is named."""
    return [
        nw.col(column).alias(name)
        for name, column in (("employee", employee), ("student", student))
        if column
    ]


def platform() -> nw.Expr:
    """The platform as the code list has it, "Other" where it does not; null where none is given."""
    listed = nw.col("platform__listed").fill_null(value=False)
    other = nw.when(~nw.col("platform").is_null()).then(nw.lit("Other"))
    return nw.when(listed).then(nw.col("platform")).otherwise(other).alias("platform")


def last_shown(as_of: date, wait: int) -> date:
    """The last month whose last day plus ``wait`` days has passed by as_of."""
    month = as_of.replace(day=1)
    while (as_of - last_day(month)).days < wait:
        month = add_months(month, -1)
    return month


def by_period(
    cases: Frame, periods: Sequence[str], last: date, keys: Sequence[str], year_starts: int
) -> dict[str, pl.DataFrame]:
    """Of each kind of period, counts by ``start`` and ``end`` of those that are over by the month ``last``."""
    counted = each_by_period(cases, periods, last, keys, year_starts, ["met"])
    return {period: rows["met"] for period, rows in counted.items()}


def each_by_period(
    cases: Frame,
    periods: Sequence[str],
    last: date,
    keys: Sequence[str],
    year_starts: int,
    mets: Sequence[str],
) -> dict[str, dict[str, pl.DataFrame]]:
    """The same for several columns of what is met."""
    index, parts = nw.col("index"), []
    for period in periods:
        since = (index + 1 - year_starts) % MONTHS[period]
        begun = cases.lazy().with_columns((index - since).cast(nw.Int64).alias("begun"))
        parts.append(begun.filter(index <= index_of(last)))
    counted = count_several(parts, [*keys, "begun"], mets)
    return {
        period: {met: _dated(rows, period, last) for met, rows in of_period.items()}
        for period, of_period in zip(periods, counted, strict=True)
    }


def _dated(rows: pl.DataFrame, period: str, last: date) -> pl.DataFrame:
    """Counts by ``begun`` (a month's number) with the days on which the periods start and end, of those that are over."""
    starts = {i: date(i // 12, i % 12 + 1, 1) for i in rows["begun"].unique().sort()}
    over = [(i, day, last_day(day, period)) for i, day in starts.items()
            if add_months(day, MONTHS[period] - 1) <= last]  # fmt: skip
    days = pl.DataFrame(over, {"begun": pl.Int64, "start": pl.Date, "end": pl.Date}, orient="row")
    return rows.join(days, on="begun", maintain_order="left").drop("begun")


def filled(rows: pl.DataFrame, period: str, keys: Sequence[str]) -> pl.DataFrame:
    """A row of zeros for every period between the first and the last that has no case."""
    first: date = rows["start"].min()  # type: ignore[assignment]
    begins = first.month if MONTHS[period] > 1 else 1
    every = [day for day in months_between(first, rows["start"].max())  # type: ignore[arg-type]
             if start_of(day, period, begins) == day]  # fmt: skip
    return onto(rows, every, period, keys)


def onto(
    rows: pl.DataFrame,
    every: Sequence[date],
    period: str,
    keys: Sequence[str],
    groups: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The rows of these periods, zeros where there is none, for each group: of the rows, where none are given."""
    grid = pl.DataFrame({"start": every, "end": [last_day(day, period) for day in every]},
                        schema={"start": pl.Date, "end": pl.Date})  # fmt: skip
    if keys:
        some = rows if groups is None else groups
        grid = some.select(keys).unique(maintain_order=True).join(grid, how="cross")
    joined = grid.join(
        rows.drop("end"), on=[*keys, "start"], how="left", nulls_equal=True, maintain_order="left"
    )
    return joined.with_columns(pl.col(pl.Int64, pl.Float64).fill_null(0))


def of_whole(parts: pl.DataFrame, whole: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Counts of parts over the count of the whole, which is the denominator of each part."""
    totals = whole.select(*keys, "denominator", pl.col("people").alias("everyone"))
    left = parts.drop("denominator")
    both = left.join(totals, on=list(keys), how="left", nulls_equal=True, maintain_order="left") if keys else (
        left.join(totals, how="cross"))  # fmt: skip
    rest = (pl.col("everyone") - pl.col("people_numerator")).clip(lower_bound=0)
    return both.with_columns(people_complement=rest, people=pl.col("everyone")).drop("everyone")
