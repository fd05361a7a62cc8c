"""A measure as a picture with its words: its chart, its schools beside one another, open findings by their age.

Each takes what ``suppress`` or ``internal`` gave and gives a Fragment, for the report and for notebooks alike.
"""

from __future__ import annotations

from functools import partial

import polars as pl

from norwalk_analytics.board import (
    charts,
    comparing,
    explored,
    heat,
    multiples,
    pieces,
    scorecard,
    waiting,
)
from norwalk_analytics.board.fragment import Fragment, fragment, may_be_shown, watermarked
from norwalk_analytics.board.plain import slug
from norwalk_analytics.board.said import SAID, headline, standing
from norwalk_analytics.board.side_by_side import GROUPS, spoken
from norwalk_analytics.board.trend_words import source_words, trend_word
from norwalk_analytics.board.words import lowered, number, percent, plural, together
from norwalk_analytics.oversight.disclosure import Publishable, Shown
from norwalk_analytics.oversight.findings import AGES
from norwalk_analytics.oversight.funnel import by_chance, curves, funnel_limits
from norwalk_analytics.oversight.periods import label
from norwalk_analytics.oversight.status import COUNTS_ONLY, PER
from norwalk_analytics.oversight.trends import control_limits, state
from norwalk_analytics.policy import Measure, UserError
from norwalk_analytics.telling import did_you_mean

POINTS = 24  # of each school's small chart
GRID = 101  # points of a funnel's curves
YEARS = 6  # of a heat table
LEAST = 2  # points of a school's small chart
FEWEST = 5  # schools of a funnel: of fewer it says nothing


def measure_chart(shown: Shown, name: str, clause: str | None = None, *, beside: str = "") -> Fragment:
    """How a measure stands and how it changes: its control chart, or bars where there is too little for one.

    Args:
        shown: what may be shown.
        name: the measure's id, of those with a chart.
        clause: which clause, of a measure of several.
        beside: sentences said after how it stands.

    Raises:
        UserError: if the measure has no chart.
    """
    may_be_shown(shown)
    measure = _charted(shown, name)
    clause = clause or measure.clause
    mine = shown[name, clause]
    found = mine.with_limits(str(measure.chart)) if mine.frame.filter(view="series").height else None
    row = scorecard.main_row(mine)
    ident = scorecard.anchor_of(name) if clause == measure.clause else f"chart-{slug(clause)}"
    if found is None or row is None or found.limits is None or found.limits.is_empty():
        return fragment(pieces.note(f"{measure.name}: there is nothing to chart yet.", ident), shown)
    title = headline(row, measure, trend_word(found))
    if measure.clause == "audited":  # one of many charts of that measure
        title = f"{clause} {shown.policy.clause(clause).title}: {lowered(title)}"
    return charts.control_chart(
        found,
        ident=ident,
        title=title,
        sentence=standing(row, measure) + beside,
    )


def _charted(shown: Shown, name: str) -> Measure:
    measure = shown.policy.measures.get(name)
    if measure is None or measure.chart not in scorecard.DRAWN:
        known = [one.id for one in shown.policy.measures.values() if one.chart in scorecard.DRAWN]
        message = f"{name} has no control chart.{did_you_mean(name, known)} These have: {', '.join(known)}."
        raise UserError(message)
    return measure


def _by_school(shown: Shown, name: str, **where: str) -> pl.DataFrame:
    """A measure's figures of each school that may be shown, by ``start``; of several clauses, together.

    Raises:
        UserError: if there are none.
    """
    return _beside(shown, name, "school", **where).rename({"label": "school"})


def _beside(shown: Shown, name: str, by: str, **where: str) -> pl.DataFrame:
    """The same of each school, or each group of a breakdown, which is its ``label``."""
    of_school = pl.col("school").is_not_null() & pl.col("breakdown").is_null()
    of_group = pl.col("school").is_null() & (pl.col("breakdown") == by)
    rows = may_be_shown(shown)[name].frame.filter(of_school if by == "school" else of_group, **where)
    counts = pl.col("numerator", "denominator").sum(), pl.col("withheld").any()
    label = pl.col("school" if by == "school" else "group").alias("label")
    rows = rows.group_by(label, "start").agg(*counts).sort("label", "start")
    if rows.is_empty():
        message = f"There is no {name} by {by} here: make figures by {by} too (by=['district', '{by}'])."
        raise UserError(message)
    return rows


def _period(period: str) -> pl.Expr:
    """How the period that begins at ``start`` is written."""
    return pl.col("start").map_elements(lambda day: label(day, period), return_dtype=pl.String)


def funnel_chart(
    shown: Shown, name: str, clause: str | None = None, period: str | None = None, *, by: str = "school"
) -> Fragment:
    """Schools or groups of different size beside one another: only what lies outside the funnel differs from the whole.

    Args:
        shown: figures by school, or by what ``by`` says, that may be shown.
        name: a measure that is a share of cases.
        clause: a clause or a section, of a measure of several; all together by default.
        period: the period of the figures, where they are neither of the day nor of 12 months.
        by: "school"; or "role", "setting", "platform" or "channel".

    Raises:
        UserError: if there are no figures by school, or by that breakdown, or the measure is no share of cases.
    """
    if name in PER or name in COUNTS_ONLY:
        shares = ", ".join(one for one in shown.policy.measures if one not in PER and one not in COUNTS_ONLY)
        message = f"A funnel is of shares of cases, and {name} is none. Shares are: {shares}."
        raise UserError(message)
    if _left_out(shown, name, by):
        note = pieces.note(f"{shown.policy.measures[name].name} by {by}: too few {by}s can be shown.")
        return fragment(note, shown)
    stock = may_be_shown(shown)[name].frame.filter(view="stock", period="as_of").height and period is None
    where = (
        {"view": "stock", "period": "as_of"} if stock else {"view": "event", "period": period or "12 months"}
    )
    every = _beside(shown, name, by, **where, **({"clause": clause} if clause else {}))
    if by in GROUPS:
        every = every.with_columns(pl.col("label").map_elements(spoken, return_dtype=pl.String))
    rows = every.filter(~pl.col("withheld") & (pl.col("denominator") > 0))
    measure, ident = shown.policy.measures[name], f"{name.replace('_', '-')}-funnel"
    ident += "" if by == "school" else f"-{by}"
    what = measure.name
    if clause:
        ident += f"-{slug(clause)}"
        what += f", {'section' if clause in shown.policy.sections else 'clause'} {clause}"
    if rows.height < FEWEST:
        return fragment(pieces.note(f"{what} by {by}: too few {by}s can be shown.", ident), shown)
    found = funnel_limits(rows, y="numerator", n="denominator")
    points = found.select("label", pl.col("denominator").alias("n"), "value", "lower", "upper",
                          "low2", "high2", "centre", "mark")  # fmt: skip
    most = float(rows["denominator"].max())  # type: ignore[arg-type]
    sizes = [most * (i + 1) / GRID for i in range(GRID)]
    total, cases = float(rows["numerator"].sum()), float(rows["denominator"].sum())
    share = total / cases
    between = curves(share, sizes)
    n_title = f"Number of {SAID[name].cases}"
    svg = comparing.funnel(points, y_title=what, percent=True, n_title=n_title, curves=between)
    marked = found.drop_nulls("mark")
    names = ", ".join(f"{row['label']} {row['mark']}" for row in marked.to_dicts())
    where_of = {"school": "at", "platform": "on"}.get(by, "in")
    said = (
        f"{number(total)} of {number(cases)} in all, {percent(share)}, {where_of} {plural(rows.height, by)}. "
    )
    if marked.height:
        expected = by_chance(rows.height)
        few = f"fewer than one {by}" if expected < 1 else f"some {expected:.0f} of {plural(rows.height, by)}"
        said += (
            f"{plural(marked.height, f'{by} lies', f'{by}s lie')} outside the limits: {names}. "
            f"By chance alone, {few} would be expected there."
        )
    else:
        said += f"No {by} lies outside the limits. Differences of this size are what chance gives {by}s of their size."
    hidden = int(every["withheld"].sum())
    if hidden:
        said += f" {plural(hidden, f'{by} is', f'{by}s are')} withheld, so the share and the limits are those of the {by}s shown."
    columns = [
        pieces.Column(by.capitalize()),
        *[pieces.Column(one, numeric=True) for one in ("Counted", "Of", "Rate", "Limits")],
    ]
    lines = [
        [row["label"], number(row["numerator"]), number(row["denominator"]), percent(row["value"]),
         "" if row["lower"] is None else f"{percent(row['lower'])} to {percent(row['upper'])}"]
        for row in found.sort("label").to_dicts()
    ]  # fmt: skip
    outside = [str(one) for one in marked["label"]]
    title = (
        f"{what}: {together(outside)} {'stands' if len(outside) == 1 else 'stand'} out"
        if outside
        else f"{what}: no {by} stands out"
    )
    html = pieces.figure(
        ident=ident, title=title, svg=watermarked(svg, shown), sentence=said,
        caption=f"Between the outer limits a {by} differs from the rest by no more than chance (funnel chart; inner limits at "
        f"two sigma, outer at three). {source_words(shown[name])}",
        table=pieces.Table(f"The numbers of: {what}, by {by}", columns, lines),
    )  # fmt: skip
    words = f"{title}. {said}"
    spec = partial(
        explored.of_funnel,
        found,
        between,
        title=title,
        words=words,
        y_title=what,
        n_title=n_title,
        of=by.capitalize(),
    )
    return fragment(html, shown, words, spec)


def _left_out(shown: Shown, name: str, by: str) -> bool:
    """Whether nothing of a measure by that breakdown could be published, so that none of it is there."""
    return isinstance(shown, Publishable) and any(
        one.measure == name and by in one.by for one in shown.left_out
    )


def school_charts(shown: Shown, name: str, period: str = "school_year") -> Fragment:
    """A small control chart a school, all on one scale; a school of which fewer than two points are shown has none.

    Args:
        shown: figures by district and school that may be shown.
        name: a measure with a p chart.
        period: month, quarter or school_year.

    Raises:
        UserError: if there are no figures by school, or the measure has no p chart.
    """
    measure = _charted(shown, name)
    if measure.chart != "p":
        message = f"{name} is not a share: small charts by school are drawn of shares."
        raise UserError(message)
    rows = _by_school(shown, name, view="series", period=period)
    rows = rows.with_columns(pl.when(~pl.col("withheld")).then(pl.col("numerator", "denominator")))
    starts = rows["start"].unique().sort().tail(POINTS)
    there = pl.col("start").is_in(starts.implode()) & (pl.col("denominator") > 0)
    points_of = rows.group_by("school").agg(there.sum().alias("points"))
    drawn = points_of.filter(pl.col("points") >= LEAST)
    hidden = points_of.height - drawn.height
    ident = f"{name.replace('_', '-')}-schools"
    periods = f"{period.replace('_', ' ')}s"
    if drawn.is_empty():
        note = f"{measure.name}, school by school: of no school can two {periods} be shown."
        return fragment(pieces.note(note, ident), shown)
    grid = drawn.select("school").unique().sort("school").join(starts.to_frame(), how="cross")
    points = grid.join(rows, on=["school", "start"], how="left", maintain_order="left")
    limits = control_limits(
        points.select("school", "start", "numerator", "denominator"), y="numerator", n="denominator", x="start",
        by=["school"], kind="p", better=measure.better,
    )  # fmt: skip
    frame = limits.select(
        "school", _period(period).alias("period"),
        "value", "centre", "lower", "upper", "mark", pl.lit(value=False).alias("hollow"), "phase",
    )  # fmt: skip
    svg = multiples.small_multiples(frame, y_title=SAID[name].axis, percent=True, better=measure.better)  # type: ignore[arg-type]
    states = state(limits, x="start", by=["school"])
    told = {
        trend: part["school"].to_list() for (trend,), part in states.group_by("trend", maintain_order=True)
    }
    judged = states.filter(pl.col("trend") != "too short to say").height
    can = (
        f"of which {number(judged)} can be judged"
        if judged
        else "none of which has points enough to be judged"
    )
    said = f"{plural(states.height, 'school')}, {can}."
    for trend in ("worsening", "improving"):
        if trend in told:
            said += f" {trend.capitalize()}: {', '.join(told[trend])}."
    if judged and not {"worsening", "improving"} & set(told):
        said += " None has changed beyond what chance gives."
    if hidden:
        said += (
            f" {plural(hidden, 'school is', 'schools are')} left out: fewer than two {periods} can be shown."
        )
    limited = "with limits of its own" if judged else "without limits: there are fewer than ten points"
    columns = [pieces.Column("School"), pieces.Column("Points", numeric=True), pieces.Column("Trend"),
               pieces.Column("Latest", numeric=True), pieces.Column("Average", numeric=True),
               pieces.Column("Points, one by one")]  # fmt: skip
    each = {
        school: tuple(f"{when}: {percent(value)}" for when, value in part.select("period", "value").rows())
        for (school,), part in frame.drop_nulls("value").group_by("school", maintain_order=True)
    }
    lines: list[list[pieces.Cell]] = [
        [row["school"], number(row["points"]), row["trend"],
         "" if row["latest"] is None else percent(row["latest"]), "" if row["centre"] is None else percent(row["centre"]),
         pieces.Items(each[row["school"]])]
        for row in states.to_dicts()
    ]  # fmt: skip
    html = pieces.figure(
        ident=ident, title=f"{measure.name}, school by school", svg=watermarked(svg, shown),
        sentence=said,
        caption=f"Each small chart is a school, each point a {period.replace('_', ' ')}, all on one scale, {limited}. {source_words(shown[name])}",
        table=pieces.Table(f"The numbers of: {measure.name}, school by school", columns, lines),
    )  # fmt: skip
    title, words = f"{measure.name}, school by school", f"{measure.name}, school by school. {said}"
    spec = partial(
        explored.of_each_school,
        limits,
        period,
        title=title,
        words=words,
        y_title=SAID[name].axis,
        better=measure.better,
    )
    return fragment(html, shown, words, spec)


def heat_chart(shown: Shown, name: str) -> Fragment:
    """Schools by school years: a table tinted by the shares printed in it.

    Args:
        shown: figures by district and school that may be shown.
        name: a measure that is a share of cases.

    Raises:
        UserError: if there are no figures by school.
    """
    cells = _by_school(shown, name, view="series", period="school_year")
    cells = cells.filter(pl.col("start").is_in(cells["start"].unique().sort().tail(YEARS).implode()))
    there = ~pl.col("withheld") & (pl.col("denominator") > 0)
    frame = cells.select(
        pl.col("school").alias("row"),
        _period("school_year").alias("column"),
        pl.when(there).then(pl.col("numerator") / pl.col("denominator")).alias("value"),
        pl.when("withheld").then(pl.lit("withheld")).when(~there).then(pl.lit("none")).alias("note"),
    )  # fmt: skip
    measure = shown.policy.measures[name]
    svg = heat.heat_table(frame, cell_title=measure.name, percent=True)
    wide = frame.with_columns(
        said=pl.when(pl.col("value").is_not_null())
        .then(pl.col("value").map_elements(percent, return_dtype=pl.String))
        .otherwise("note")
    ).pivot("column", index="row", values="said")
    years = wide.columns[1:]
    columns = [pieces.Column("School"), *[pieces.Column(year, numeric=True) for year in years]]
    lines: list[list[pieces.Cell]] = [
        [row[0], *[cell or "none" for cell in row[1:]]] for row in wide.iter_rows()
    ]
    hidden = int(cells["withheld"].sum())
    said = f"{plural(wide.height, 'school')} over {plural(len(years), 'school year')}, each with its share."
    said += (
        f" {plural(hidden, 'cell is', 'cells are')} withheld, since few people stand behind."
        if hidden
        else ""
    )
    html = pieces.figure(
        ident=f"{name.replace('_', '-')}-years", title=f"{measure.name}, school by school and year by year",
        svg=watermarked(svg, shown), sentence=said, caption="The darker, the higher. Small numbers vary by chance: see the funnel.",
        table=pieces.Table(f"The numbers of: {measure.name}, by school and year", columns, lines),
    )  # fmt: skip
    return fragment(html, shown, f"{measure.name}, school by school and year by year. {said}")


def ageing_chart(shown: Shown) -> Fragment:
    """Open findings by how long ago they were opened."""
    rows = may_be_shown(shown)["open_findings"].frame.filter(pl.col("school").is_null(), breakdown="age")
    counts = dict(zip(rows["group"], rows["numerator"], strict=True))
    frame = pl.DataFrame({"label": list(AGES), "count": [float(counts.get(age) or 0) for age in AGES]})
    old = int(frame["count"][-1])
    total = int(frame["count"].sum())
    new = int(frame["count"][0])
    title = f"{number(old)} of {plural(total, 'open finding')} {'has' if old == 1 else 'have'} been open for more than a year"
    said = f"{number(new)} {'was' if new == 1 else 'were'} opened in the last 30 days."
    svg = waiting.ageing_bars(frame, x_title="Open findings")
    columns = [pieces.Column("Opened"), pieces.Column("Open findings", numeric=True)]
    lines: list[list[pieces.Cell]] = [[age, number(count)] for age, count in frame.iter_rows()]
    html = pieces.figure(
        ident="ageing", title=title, svg=watermarked(svg, shown), sentence=said,
        caption=f"Days since a finding was opened. {source_words(shown['open_findings'])}", table=pieces.Table("The numbers of: open findings by age", columns, lines),
    )  # fmt: skip
    return fragment(html, shown, f"{title}. {said}")
