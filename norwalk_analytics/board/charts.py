"""Pictures of figures that may be shown: each takes a Publishable or an Internal and gives a Fragment."""

from __future__ import annotations

from datetime import date
from functools import partial

import polars as pl

from norwalk_analytics.board import explored, pictures, pieces
from norwalk_analytics.board.fragment import Fragment, fragment, may_be_shown, watermarked
from norwalk_analytics.board.said import SAID
from norwalk_analytics.board.trend_words import alternative, caption, measure_of, trend_sentence
from norwalk_analytics.board.words import day_words, number, percent
from norwalk_analytics.oversight.disclosure import Shown
from norwalk_analytics.oversight.periods import label


def control_chart(shown: Shown, *, ident: str, title: str, sentence: str = "") -> Fragment:
    """A control chart of one measure with limits; bars by school year where it has none.

    Args:
        shown: one measure, of one clause, after ``with_limits``.
        ident: the figure's id on the page.
        title: what it shows.
        sentence: said before the trend.
    """
    rows = may_be_shown(shown).limits
    if rows is None or rows.is_empty():
        message = "Ask with_limits first: there is no chart in these figures."
        raise ValueError(message)
    measure = shown.policy.measures[measure_of(shown)]
    period = str(shown.period)
    labels = _labels(rows, period)
    share = shown.kind == "p"
    y_title = (
        "Days from one to the next" if shown.kind == "t" and period == "event" else SAID[measure.id].axis
    )
    table = _numbers(rows, labels, title, period, share=share)
    if shown.summary is None:
        bars = pl.DataFrame({
            "label": labels, "value": rows["value"],
            "note": ["withheld" if hidden else "no evidence" for hidden in rows["withheld"]],
        })  # fmt: skip
        svg = pictures.year_bars(bars, y_title=y_title, percent=share)
    else:
        columns = ("value", "centre", "lower", "upper", "mark", "hollow", "phase")
        frame = rows.select(pl.Series("period", labels), *columns)
        events = [(label(_start(event.date, rows), period), event.label)
                  for event in shown.policy.events if measure.id in event.measures and period != "event"]  # fmt: skip
        svg = pictures.control_chart(
            frame, y_title=y_title, percent=share, target=measure.target if share else None,
            better=measure.better, events=events,  # type: ignore[arg-type]
        )  # fmt: skip
    said = " ".join(part for part in (sentence, trend_sentence(shown)) if part)
    html = pieces.figure(
        ident=ident, title=title, svg=watermarked(svg, shown), sentence=said,
        caption=caption(shown), table=table, newest_right=True,
    )  # fmt: skip
    words = f"{title}. {said} {alternative(shown)}"
    spec = partial(explored.of_measure, shown, measure, labels, title=title, words=words, y_title=y_title)
    return fragment(html, shown, words, None if shown.summary is None else spec)


def _labels(rows: pl.DataFrame, period: str) -> list[str]:
    """A label a point, no two alike."""
    if period != "event":
        return [label(day, period) for day in rows["start"]]
    seen: dict[str, int] = {}
    labels = []
    for day in rows["start"]:
        said = day_words(day)
        seen[said] = seen.get(said, 0) + 1
        labels.append(said if seen[said] == 1 else f"{said} ({seen[said]})")
    return labels


def _start(day: date, rows: pl.DataFrame) -> date:
    """The period that holds an event."""
    starts: list[date] = rows["start"].to_list()
    return max((start for start in starts if start <= day), default=starts[0])


_SIGNALS = {None: "no", "common": "no"}  # what else a point is marked as, it is called


def _numbers(rows: pl.DataFrame, labels: list[str], title: str, period: str, *, share: bool) -> pieces.Table:
    """A chart's data as a table: the published points and their limits."""
    over = rows["n"].is_not_null().any()  # a count stands over nothing
    first = (
        ["Counted", "Of" if share else "Staff", "Rate"]
        if over
        else ["Days" if period == "event" else "Counted"]
    )
    columns = [pieces.Column(period.replace("_", " ").capitalize())]
    charted = "centre" in rows.columns
    heads = [*first, "Average", "Limits"] if charted else first
    columns += [pieces.Column(head, numeric=True) for head in heads]
    columns += [pieces.Column("Signal")] if charted else []

    def said(rate: float) -> str:
        return percent(rate) if share else f"{rate:.2f}" if over else f"{rate:,.1f}"

    lines: list[list[pieces.Cell]] = []
    for name, row in zip(labels, rows.to_dicts(), strict=True):
        if row["withheld"] or row["value"] is None:
            word = "withheld" if row["withheld"] else "none"
            cells = [word] * len(first)
        elif over:
            cells = [number(row["y"]), number(row["n"]), said(row["value"])]
        else:
            cells = [said(row["value"]) if period == "event" else number(row["value"])]
        if charted:
            centre = "" if row["centre"] is None else said(row["centre"])
            ends = "" if row["lower"] is None else f"{said(row['lower'])} to {said(row['upper'])}"
            cells += [centre, ends, "" if row["value"] is None else _SIGNALS.get(row["mark"], row["mark"])]
        lines.append([name, *cells])
    return pieces.Table(f"The numbers of: {title}", columns, lines)


def platform_bars(shown: Shown, *, ident: str, title: str, sentence: str) -> Fragment:
    """Tools in use by platform, the longest bar first; "Other" last."""
    rows = may_be_shown(shown).frame.filter(pl.col("breakdown") == "platform")
    frame = rows.select(
        pl.col("group").alias("label"), pl.col("numerator").cast(pl.Float64).alias("count"),
        pl.when("withheld").then(pl.lit("withheld")).alias("note"),
    )  # fmt: skip
    svg = pictures.platform_bars(frame, x_title="Tools in use")
    ordered = frame.sort(pl.col("count"), descending=True, nulls_last=True)
    lines = [
        [row["label"], "withheld" if row["count"] is None else number(row["count"])]
        for row in ordered.to_dicts()
    ]
    columns = [pieces.Column("Platform"), pieces.Column("Tools in use", numeric=True)]
    html = pieces.figure(
        ident=ident, title=title, svg=watermarked(svg, shown), sentence=sentence,
        caption="Registered tools in use, personal accounts left out. Other: platforms that the code list does not know. Source: tool registrations.",
        table=pieces.Table(f"The numbers of: {title}", columns, lines),
    )  # fmt: skip
    return fragment(html, shown)


def roll_forward(shown: Shown, *, ident: str, title: str, sentence: str) -> Fragment:
    """Open findings at the end of each month, and what opened and closed."""
    flows = may_be_shown(shown).frame.filter((pl.col("view") == "flow") & pl.col("school").is_null())
    wide = flows.pivot("group", index="start", values="numerator").sort("start")
    wide = wide.tail(int(shown.policy.settings["periods_shown"]))
    gone = pl.col("closed") + pl.col("risk_accepted")
    frame = wide.select(
        pl.Series("period", [label(day, "month") for day in wide["start"]]), pl.col("closing").cast(pl.Float64).alias("value"),
        pl.col("opened").cast(pl.Float64), gone.cast(pl.Float64).alias("closed"),
    )  # fmt: skip
    svg = pictures.stock_line(frame, y_title="Open findings at the end of the month")
    names = ("opening", "opened", "closed", "risk_accepted", "closing")
    heads = ("Open at the start", "Opened", "Closed", "Risk accepted", "Open at the end")
    lines = [
        [label(row["start"], "month"), *[number(row[name]) for name in names]] for row in wide.to_dicts()
    ]
    columns = [pieces.Column("Month"), *[pieces.Column(head, numeric=True) for head in heads]]
    html = pieces.figure(
        ident=ident, title=title, svg=watermarked(svg, shown), sentence=sentence,
        caption="Open at the start + opened − closed − risk accepted = open at the end, in every month. Source: audit findings.",
        table=pieces.Table(f"The numbers of: {title}", columns, lines), newest_right=True,
    )  # fmt: skip
    return fragment(html, shown)
