"""What is measured of the exception log: contacts per 100 staff, and what must be done in time.

Every measure reads "logged by as_of". A case belongs to the month of ``occurred_at`` in the policy's zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import narwhals as nw
import polars as pl

from norwalk_analytics.oversight.counting import FIGURES, N, collected, count_several, summed, tallied
from norwalk_analytics.oversight.periods import (
    MONTHS,
    Clock,
    add_months,
    end_minute,
    last_day,
    months_between,
    start_of,
)
from norwalk_analytics.oversight.shaping import (
    Figure,
    Frame,
    Rows,
    Tables,
    between,
    by_due,
    by_period,
    month_index,
    once,
    onto,
    people,
    windows,
)
from norwalk_analytics.oversight.staff import Span, areas, handed_in

TABLE = "exception_log"
_BY_TEXT = nw.col("channel").is_in(["sms", "mms"])
KINDS = {
    "friend_or_follow": "friend_or_follow", "individual_messages": "individual_message",
    "relatives": "relative", "disclosures": "disclosure",
}  # fmt: skip
"""Measure → the kind of contact that it counts."""
OTHER_MESSAGES = "other direct messages"
"""Individual messages by another way than SMS or MMS: counted beside the measure, no part of it."""
REPORTS = ("mandated", "violence_or_self_harm")
DAY = 86_400_000_000  # microseconds
ALONE = ("exception_id", "occurred_at", "occurred_at__on")
"""What tells entries apart that are counted alike."""
LATEST = 1000
"""So many contacts, at most, have the time from one to the next told: more are not rare."""


def logged(exceptions: Frame, as_of: date) -> Frame:
    """Rows of the exception log that have begun by as_of."""
    return exceptions.filter(nw.col("logged_at__on") <= nw.lit(as_of))


def entries(tables: Tables, part: Frame = None) -> Frame:
    """What was logged by as_of (in a part of the table), a row an entry, with what the measures ask of it.

    ``group`` is the outcome, ``prompt`` whether it was logged in time for a series; two columns each of LIMITS, by its
    name whether it was done in time (null where nothing had to be done), and ``__due`` whether the time had run out by as_of.
    """
    days = nw.lit(timedelta(days=int(tables.policy.settings["logged_within_days"])))
    rows = tables.frames[TABLE] if part is None else part
    return logged(rows, tables.clock.as_of).select(
        *ALONE, "kind", nw.col("outcome").alias("group"), month_index("occurred_at__on"), "school_id",
        "employee_role", "channel", *people(student="student_ref"),
        (nw.col("logged_at") <= nw.col("occurred_at") + days).alias("prompt"),
        *[column for name in LIMITS for column in _done(tables, name)],
    )  # fmt: skip


@once
def tally(tables: Tables) -> Frame:
    """How many entries there are of each kind: all that is counted of them is counted from this, so they are read once."""
    parts = [tallied(entries(tables, part).drop(*ALONE)) for part in tables.parts(tables.frames[TABLE])]
    return parts[0] if len(parts) == 1 else summed([tables.kept(part) for part in parts])


def contacts(rows: Frame, name: str) -> Frame:
    """Contacts of a measure's kind: met where found to be a violation (relatives: each).

    Args:
        rows: ``entries``, or ``tally``.
        name: the measure.
    """
    met = nw.lit(value=True) if name == "relatives" else nw.col("group") == "violation"
    return rows.filter(nw.col("kind") == KINDS[name]).with_columns(met.fill_null(value=False).alias("met"))


def counted(rows: Frame, name: str) -> Frame:
    """Those of them that the measure itself counts: of individual messages, those by SMS or MMS."""
    every = contacts(rows, name)
    return every.filter(_BY_TEXT) if name == "individual_messages" else every


def rate_of_contacts(name: str, tables: Tables) -> Rows:
    """Contacts found to be violations, per 100 staff, or their number (relatives, disclosures)."""
    figure = Figure(name, TABLE, tables)
    rows = counted(tally(tables), name)
    over_staff = name in ("friend_or_follow", "individual_messages")
    yield from _on_the_scorecard(figure, rows, over_staff=over_staff)
    if name != "relatives":
        outcomes = rows.with_columns(nw.lit(value=True).alias("met"))
        for part in figure.event(outcomes, ["group"], breakdown="outcome"):
            yield _without_area(part)
    if name == "individual_messages":
        others = contacts(tally(tables), name).filter(~_BY_TEXT)
        for part in figure.event(others, breakdown="channel", group=OTHER_MESSAGES):
            yield _without_area(part)
    if tables.in_full:
        yield from _by_month(figure, rows, over_staff=over_staff)
        if not tables.by:
            yield _between_events(figure, rows)


def _without_area(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.lit(None, dtype=pl.Float64).alias("denominator"))


def _over(rows: pl.DataFrame, sizes: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Counts over an area that is not the number of cases, with the people who stand behind it."""
    sizes, rows = (
        sizes.select(*keys, "denominator", pl.col("people").alias("staff")),
        rows.drop("denominator"),
    )
    if keys:
        joined = rows.join(sizes, on=list(keys), how="left", maintain_order="left")
    else:  # one area, or none
        size, staff = sizes.row(0) if sizes.height else (None, None)
        joined = rows.with_columns(
            pl.lit(size, dtype=pl.Float64).alias("denominator"), pl.lit(staff, dtype=pl.Int64).alias("staff")
        )
    rest = (pl.col("staff") - pl.col("people_numerator")).clip(lower_bound=0)
    there = pl.col("staff").is_not_null()
    return joined.with_columns(
        people=pl.when(there).then("staff").otherwise("people"),
        people_complement=pl.when(there).then(rest).otherwise("people_complement"),
    ).drop("staff")


def _on_the_scorecard(figure: Figure, rows: Frame, *, over_staff: bool) -> Rows:
    """The windows of the scorecard: of a rate, the schools and months that handed in."""
    tables = figure.tables
    clock, by_school = tables.clock, tables.by == ("school_id",)
    if not over_staff:
        for part in figure.event(rows):
            yield _without_area(part)
        return
    inside = {
        period: tuple(m for m in months_between(first, end.replace(day=1)) if m <= clock.month)
        for period, (first, end) in windows(clock).items()
    }
    every = sorted({month for months in inside.values() for month in months})
    there = handed_in(tables, every, by_school=by_school)
    if there is not None:
        rows = rows.join(tables.beside(there), on=["school_id", "index"], how="inner")
    keys = ["school_id"] if by_school else []
    spans = windows(clock)
    counted = count_several(
        [rows.filter(between(*span)) for span in spans.values()], figure.keys(None, []) or []
    )
    for (period, (first, end)), mine in zip(spans.items(), counted, strict=True):
        sizes = areas(tables, [Span(first, inside[period])], by_school=by_school)
        yield figure.of(
            _over(mine["met"], sizes, keys),
            view="event", period=period, start=first, end=end,
        )  # fmt: skip


def complete(clock: Clock, days: int) -> date:
    """The last month of which no contact can still be logged within so many days."""
    month = clock.month
    while end_minute(last_day(month), clock.zone) + days * 1440 > clock.end_minute:
        month = add_months(month, -1)
    return month


def _by_month(figure: Figure, rows: Frame, *, over_staff: bool) -> Rows:
    """The series: what was logged in time, out of term a gap; "pending" where a case still is."""
    tables, settings = figure.tables, figure.tables.policy.settings
    clock, by_school = tables.clock, tables.by == ("school_id",)
    begins, out = clock.year_starts, set(settings["out_of_term_months"])
    last, first = complete(clock, int(settings["logged_within_days"])), tables.policy.enacted.replace(day=1)
    months = months_between(first, last)
    in_term = rows.filter(nw.col("prompt") & ~((nw.col("index") % 12) + 1).is_in(sorted(out)))
    there = handed_in(tables, months, by_school=by_school)
    kept = (
        in_term
        if there is None
        else in_term.join(tables.beside(there), on=["school_id", "index"], how="inner")
    )
    waiting = in_term.filter(nw.col("group") == "pending").with_columns(nw.lit(value=True).alias("met"))
    keys = ["school_id"] if by_school else []
    counted, held = (by_period(part, tuple(MONTHS), last, keys, begins) for part in (kept, waiting))
    for period in MONTHS:
        terms = sum(month not in out for month in range(1, 13))
        spans = []
        for start in dict.fromkeys(start_of(month, period, begins) for month in months):
            if add_months(start, MONTHS[period] - 1) > last:
                continue
            within = months_between(start, last_day(start, period).replace(day=1))
            inside = tuple(m for m in within if m.month not in out and m >= first)
            spans.append(Span(start, inside, terms if period == "school_year" else MONTHS[period]))
        sizes = areas(tables, spans, by_school=by_school)
        if sizes.is_empty():
            continue
        shown = [span.start for span in spans if span.start >= sizes["start"].min()]  # type: ignore[operator]
        whole = _over(onto(counted[period], shown, period, keys, sizes), sizes, [*keys, "start"])
        pending = (
            held[period]
            .filter(pl.col("numerator") > 0)
            .select(*keys, "start", pl.lit("pending").alias("group"))
        )
        whole = whole.join(pending, on=[*keys, "start"], how="left", maintain_order="left")
        gap = pl.col("denominator").is_null()
        if over_staff:
            whole = whole.with_columns(
                pl.col("denominator").fill_null(0.0), pl.when(~gap).then("people").otherwise(0)
            )
        else:  # a count: a month for which nothing was handed in is a gap, and no zero
            whole = whole.with_columns(
                pl.when(~gap).then("numerator"), pl.lit(None, dtype=pl.Float64).alias("denominator")
            )
        yield figure.of(whole, view="series", period=period)


def _between_events(figure: Figure, rows: Frame) -> pl.DataFrame:
    """Days from one violation to the next, one row each, and to the end of as_of from the last.

    In ``denominator``; ``numerator`` is 0 where the time still runs. Cases of one instant are spread evenly over
    what is left of their day, or up to the next case. Of the latest months that hold no more than LATEST.
    """
    clock, name = figure.tables.clock, figure.name
    rare = nw.col("met") & nw.col("prompt")
    by_month = collected(rows.filter(rare).group_by("index").agg(nw.col(N).sum())).sort(
        "index", descending=True
    )
    months = by_month.filter(pl.col(N).cum_sum() <= LATEST)["index"].to_list()
    if not months:
        return pl.DataFrame(schema=FIGURES)
    every = counted(entries(figure.tables), name).filter(rare)
    events = collected(every.filter(nw.col("index") >= min(months)).select("occurred_at", "occurred_at__on"))
    at = pl.col("occurred_at").dt.replace_time_zone(None).cast(pl.Datetime("us")).cast(pl.Int64)
    placed = events.select(at.alias("at"), pl.col("occurred_at__on").alias("start")).sort("at")
    ends = {day: end_minute(day, clock.zone) * 60_000_000 for day in placed["start"].unique()}
    over = pl.col("start").replace_strict(ends, return_dtype=pl.Int64)
    later = pl.when(pl.col("at").shift(-1) > pl.col("at")).then(pl.col("at").shift(-1)).backward_fill()
    room = pl.min_horizontal(later, over) - pl.col("at")
    part = pl.int_range(pl.len()).over("at") / pl.len().over("at")
    placed = placed.with_columns(at=pl.col("at") + room * part)
    end = clock.end_minute * 60_000_000
    gaps = placed.select("start", days=pl.col("at").diff() / DAY, numerator=pl.lit(1, dtype=pl.Int64)).slice(
        1
    )
    if placed.height:
        running = pl.DataFrame(
            {"start": [clock.as_of], "days": [(end - placed["at"][-1]) / DAY], "numerator": [0]},
            schema=gaps.schema,
        )
        gaps = pl.concat([gaps, running])
    made = gaps.select(
        "start", pl.col("start").alias("end"), pl.col("days").alias("denominator"), "numerator",
        *[pl.lit(None, dtype=pl.Int64).alias(n) for n in ("people", "people_numerator", "people_complement", "largest")],
    )  # fmt: skip
    return figure.of(made, view="gaps", period="event").select(list(FIGURES))


LIMITS = {
    "emergency_supervisor": ("emergency_contact", "supervisor_notified_at"),
    "emergency_parent": ("emergency_contact", "parent_informed_at"),
    "reported_in_time": ("mandatory_report", "authority_reported_at"),
    "written_in_time": ("mandatory_report", "written_report_at"),
}
"""Measure → the kind of row, and what must be done."""
HOURS = {
    "emergency_supervisor": "supervisor_notified", "emergency_parent": "parent_informed",
    "written_in_time": "written_report",
}  # fmt: skip


def asked(tables: Tables, name: str) -> tuple[nw.Expr, str, str]:
    """Of which entries something must be done, and the columns of when the time begins and when it was done."""
    kind, event = LIMITS[name]
    mine = nw.col("kind") == kind
    if name != "written_in_time":
        return mine, "occurred_at", event
    oral = (nw.col("authority_reported_at__on") <= nw.lit(tables.clock.as_of)).fill_null(value=False)
    return (
        mine & (nw.col("report_basis") == "mandated").fill_null(value=False) & oral,
        "authority_reported_at",
        event,
    )


def awaited(tables: Tables, name: str) -> tuple[Frame, str, str]:
    """The same, and these entries."""
    mine, start, event = asked(tables, name)
    return logged(tables.frames[TABLE], tables.clock.as_of).filter(mine), start, event


def _done(tables: Tables, name: str) -> list[nw.Expr]:
    """Whether it was done in time, and whether the time has run out; see ``entries``.

    A limit that ends at the very midnight at which as_of is over belongs to the next day. So the
    whole minute of the start decides, and no instant is compared with a literal.
    """
    asks, start, event = asked(tables, name)
    due, met = nw.lit(value=False), nw.lit(value=False)
    for limit in (HOURS[name],) if name in HOURS else REPORTS:
        hours = tables.policy.limits[limit].hours
        mine = (
            nw.lit(value=True) if name in HOURS else (nw.col("report_basis") == limit).fill_null(value=False)
        )
        ends = nw.col(start) + nw.lit(timedelta(hours=hours))
        due = due | (mine & (nw.col(f"{start}__minute") + hours * 60 < tables.clock.end_minute))
        met = met | (mine & (nw.col(event) <= ends).fill_null(value=False))
    happened = (nw.col(f"{event}__on") <= nw.lit(tables.clock.as_of)).fill_null(value=False)
    return [nw.when(asks).then(met & happened).alias(name), (asks & due).alias(f"{name}__due")]


def timely(rows: Frame, name: str) -> Frame:
    """Cases with a limit in hours: ``due`` once it has run out by as_of, met where it was done by then.

    Args:
        rows: ``entries``, or ``tally``.
        name: the measure.
    """
    mine = rows.filter(nw.col("kind") == LIMITS[name][0], ~nw.col(name).is_null())
    return mine.with_columns(nw.col(name).alias("met"), nw.col(f"{name}__due").alias("due"))


def in_time(name: str, tables: Tables) -> Rows:
    """The share of cases done within their limit, of those whose limit has run out."""
    figure, rows = Figure(name, TABLE, tables), timely(tally(tables), name)
    due, early = rows.filter(nw.col("due")), rows.filter(~nw.col("due"))
    yield from figure.event(due)
    yield from figure.series(due, tables.clock.month)
    yield from figure.apart(by_due(early))
