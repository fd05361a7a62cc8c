"""How long things take: a table of medians and 90th percentiles, and curves of cases as time goes by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from markupsafe import Markup

from norwalk_analytics.board import pieces, waiting
from norwalk_analytics.board.fragment import Fragment, fragment, may_be_shown, watermarked
from norwalk_analytics.board.plain import slug
from norwalk_analytics.board.words import number, percent, plural
from norwalk_analytics.intake.loaded import District
from norwalk_analytics.oversight.disclosure import Internal, Shown
from norwalk_analytics.oversight.durations import CLOSING, quantiles, time_to_event, waits
from norwalk_analytics.oversight.how_long import LATE, apart, how_long
from norwalk_analytics.policy import UserError

SAID = {
    "supervisor_told": ("A supervisor is told of an emergency contact", "hours"),
    "parent_told": ("A parent is told of an emergency contact", "hours"),
    "authority_told": ("The authorities are told of what must be reported", "hours"),
    "written_report": ("The written report follows the oral one", "hours"),
    "contact_logged": ("A contact is logged after it happened", "days"),
    "tool_registered": ("A tool is registered after its first use", "days"),
    CLOSING: ("A finding is closed", "days"),
}
"""What is waited for, as a row's head, and the unit of its times."""
CONTACTS = ("supervisor_told", "parent_told", "authority_told", "written_report")
ENTRIES = tuple(LATE)
HALF, MOST = 0.5, 0.9


def waits_table(
    shown: Shown, district: District, names: Sequence[str], *, caption: str, ident: str
) -> Markup:
    """By when half and nine in ten of the cases had what was awaited, with 95 % intervals.

    Args:
        shown: what ``suppress`` or ``internal`` gave: whether few people are withheld.
        district: what ``load_district`` gave.
        names: of SAID.
        caption: the table's.
        ident: its id.
    """
    rule = None if isinstance(may_be_shown(shown), Internal) else shown.policy.disclosure
    told = how_long(names, district, rule)
    if told.is_empty():
        return pieces.note(f"{caption}: there is no evidence.", ident)
    rows: list[list[pieces.Cell]] = []
    for name in names:
        mine = {row["share"]: row for row in told.filter(name=name).to_dicts()}
        if mine:
            unit = SAID[name][1]
            rows.append([SAID[name][0], *[_within(mine[share], unit) for share in (HALF, MOST)]])
    columns = [pieces.Column("What"), pieces.Column("Half within", numeric=True), pieces.Column("Nine in ten within", numeric=True)]  # fmt: skip
    note = "In brackets the 95 % interval. Cases still waiting count as far as they have waited. All since records began."
    return pieces.table(caption=caption, ident=ident, columns=columns, rows=rows, note=note)


def _within(row: Mapping[str, Any], unit: str) -> str:
    """A time with its interval."""
    if row["withheld"]:
        return "withheld"
    if row["time"] is None:
        return "not reached"
    time = time_words(row["time"])
    return f"{time} {unit[:-1] if time == '1' else unit} ({_interval(row)})"


def _interval(row: Mapping[str, Any]) -> str:
    """The interval of a time: "9.8 to 12.4"; "67.7 or more" where its upper edge is not reached."""
    low = time_words(row["lower"])
    return f"{low} or more" if row["upper"] is None else f"{low} to {time_words(row['upper'])}"


def time_words(value: float | None) -> str:
    """A time to one decimal; "not reached" where there is none.

    Example:
        >>> time_words(24.0), time_words(5.84), time_words(None)
        ('24', '5.8', 'not reached')
    """
    return "not reached" if value is None else f"{value:,.1f}".removesuffix(".0")


def closing_points(shown: Shown, district: District) -> pl.DataFrame:
    """The curve of findings until they are closed, as ``time_to_event`` gives it; what is published, at times far apart."""
    none = pl.DataFrame(schema=dict.fromkeys(("time", "share", "lower", "upper"), pl.Float64))
    try:
        curve = time_to_event(waits(CLOSING, district), time="time", event="event").filter(event="closed")
    except UserError:  # there are no findings
        return none
    return curve if isinstance(may_be_shown(shown), Internal) else apart(curve)


def closing_chart(shown: Shown, district: District) -> Fragment:
    """The share of findings that are closed as days go by (Aalen and Johansen): published, at times far apart."""
    published = not isinstance(shown, Internal)
    title = "How long it takes until a finding is closed"
    points = closing_points(shown, district)
    told = how_long([CLOSING], district)
    if points.height < 2 or told.is_empty():
        note = pieces.note(f"{title}: too few have been closed for a curve.", "time-to-close")
        return fragment(note, shown)
    frame = points.select(pl.lit(None, dtype=pl.String).alias("group"), "time", "share", "lower", "upper")
    start = pl.DataFrame({"group": [None], "time": [0.0], "share": [0.0], "lower": [None], "upper": [None]}, schema=frame.schema)  # fmt: skip
    whole = pl.concat([start.join(frame, on="time", how="anti"), frame])
    svg = waiting.survival_curve(whole, x_title="Days since it was opened", y_title="Share closed", half=True)
    half, most = (told.filter(share=share).row(0, named=True) for share in (HALF, MOST))
    said = _closed_said("Half of the findings", half) + " " + _closed_said("Nine in ten", most)
    columns = [pieces.Column(head, numeric=True) for head in ("Days since it was opened", "Share closed", "95 % interval")]  # fmt: skip
    lines: list[list[pieces.Cell]] = [
        [
            time_words(row["time"]),
            percent(row["share"]),
            f"{percent(row['lower'])} to {percent(row['upper'])}",
        ]
        for row in points.to_dicts()
    ]
    html = pieces.figure(
        ident="time-to-close", title=f"{title}: half within {time_words(half['time'])} days" if half["time"] is not None else title,
        svg=watermarked(svg, shown), sentence=said,
        caption="Aalen and Johansen’s estimate: open findings count as far as they have waited; accepting the risk closes none. Band: 95 %."
        + " At least six closings lie between two points." * published,
        table=pieces.Table("The numbers of: share of findings closed, by days", columns, lines),
    )  # fmt: skip
    return fragment(html, shown, f"{title}. {said}")


def _closed_said(who: str, row: Mapping[str, Any]) -> str:
    if row["time"] is None:
        return f"{who} have not been closed: that share is not reached."
    return f"{who} were closed within {time_words(row['time'])} days (95 % interval {_interval(row)})."


def waiting_chart(shown: Internal, cases: Any, *, title: str, unit: str, by: str | None = None) -> Fragment:
    """How long cases wait, as Kaplan and Meier's curve (Aalen and Johansen's, where an end rules out the other).

    The steps of such a curve are single cases, so it is for internal use alone.

    Args:
        shown: what ``internal`` gave, whose watermark the picture bears.
        cases: what ``waits`` gave.
        title: what it shows.
        unit: what time is counted in: hours, days.
        by: a column by which to part it, five groups at the most.

    Raises:
        TypeError: if ``shown`` may be published.
        UserError: if nothing has been waited for.
    """
    if not isinstance(shown, Internal):
        message = "A curve of single cases can't be published: give what internal made."
        raise TypeError(message)
    whole = time_to_event(cases, time="time", event="event")
    if whole.drop_nulls("event").is_empty():
        message = f"{title}: nothing has happened yet, so there is no curve."
        raise UserError(message)
    groups = [by] if by else []
    curve = (
        whole
        if by is None
        else time_to_event(cases, time="time", event="event", by=groups).drop_nulls("event")
    )
    first = curve["event"].unique().sort()[0]
    mine = curve.filter(event=first)
    last = float(mine.filter(pl.col("events") > 0)["time"].max())  # type: ignore[arg-type]
    name = pl.col(by).cast(pl.String) if by else pl.lit(None, dtype=pl.String)
    frame = mine.filter(pl.col("time") <= last).select(name.alias("group"), "time", "share", "lower", "upper")
    starts = frame.select("group").unique(maintain_order=True).select(
        "group", time=pl.lit(0.0), share=pl.lit(0.0), lower=pl.lit(None, dtype=pl.Float64), upper=pl.lit(None, dtype=pl.Float64)
    )  # fmt: skip
    before = starts.join(frame.filter(pl.col("time") == 0), on="group", how="anti", nulls_equal=True)
    svg = waiting.survival_curve(
        pl.concat([before, frame]), x_title=f"{unit.capitalize()} waited", y_title=f"Share {first}", half=True
    )
    told = quantiles(mine, by=groups).select(*groups, "share", "time", "lower", "upper")
    said = _waits_said(told, by, unit, str(first), whole)
    columns = [pieces.Column(by.replace("_", " ").capitalize() if by else "Share"),
               *[pieces.Column(one, numeric=True) for one in ("Of", unit.capitalize(), "95 % interval")]]  # fmt: skip
    lines: list[list[pieces.Cell]] = [
        [str(row[by]) if by else "All", percent(row["share"], 0), time_words(row["time"]), f"{time_words(row['lower'])} to {time_words(row['upper'])}"]
        for row in told.to_dicts()
    ]  # fmt: skip
    html = pieces.figure(
        ident=f"waiting-{slug(title)}", title=title, svg=watermarked(svg, shown), sentence=said,
        caption="Up to the last event. Cases to which it has not happened yet count as far as they have waited. Band: 95 %, log-log.",
        table=pieces.Table(f"The numbers of: {title}", columns, lines),
    )  # fmt: skip
    return fragment(html, shown, f"{title}. {said}")


def _waits_said(told: pl.DataFrame, by: str | None, unit: str, what: str, whole: pl.DataFrame) -> str:
    """Medians and 90th percentiles as sentences; of the curve of all cases, how many there are."""
    open_ = int(whole.unique("time")["censored"].sum())
    count = open_ + int(whole["events"].sum())
    said = (
        f"{plural(count, 'case')}, {number(open_)} of which {'still waits' if open_ == 1 else 'still wait'}."
    )
    for row in told.filter(share=0.5).to_dicts():
        of = f"of those that are {row[by]}, half" if by else "half"
        of = of[:1].upper() + of[1:]
        if row["time"] is None:
            said += f" {of} have not been {what} yet: the median is not reached."
        else:
            said += f" {of} were {what} within {time_words(row['time'])} {unit}."
    return said
