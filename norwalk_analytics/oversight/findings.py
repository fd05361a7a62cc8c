"""What is measured of audit findings: what becomes of them, and whether they come back.

Every measure reads "audited, opened and closed by as_of".
"""

from __future__ import annotations

import narwhals as nw
import polars as pl

from norwalk_analytics.oversight.audits import TABLE, found
from norwalk_analytics.oversight.counting import collected, count
from norwalk_analytics.oversight.periods import add_months, day_number, last_day
from norwalk_analytics.oversight.shaping import (
    Figure,
    Frame,
    Rows,
    Tables,
    index_of,
    month_index,
    once,
    platform,
)

AGES = {"0–30 days": 30, "31–60 days": 60, "61–90 days": 90, "91–365 days": 365, "over 365 days": None}
"""Of open findings: up to how many days since they were opened."""
WITHIN = {6: "within 6 months", 12: "within 12 months", 24: "within 24 months"}
VERIFIED = "verified by re-audit"
"""Of those closed within the longest of these, the group whose closing a re-audit has verified."""
UNDATED, MOVED = "no date promised", "dates moved"
"""Open findings that are counted apart."""
IN_A_CYCLE = "in a cycle of repeats"
FLOWS = ("opening", "opened", "closed", "risk_accepted", "closing")


@once
def opened(tables: Tables) -> Frame:
    """Findings opened by as_of; ``left_on`` is the day on which they left the stock, null while open."""
    day = nw.lit(tables.clock.as_of)
    rows = found(tables).filter(nw.col("opened_on") <= day)
    gone = (nw.col("closed_on") <= day).fill_null(value=False)
    accepted = (nw.col("status") == "risk_accepted").fill_null(value=False)
    return rows.with_columns(
        nw.when(gone).then(nw.col("closed_on")).alias("left_on"), gone.alias("left"),
        nw.when(gone).then(nw.col("closed_on__day")).alias("left_on__day"),
        (gone & accepted).alias("accepted"), (gone & ~accepted).alias("closed"),
    )  # fmt: skip


def _plain(rows: Frame, met: nw.Expr, *more: nw.Expr) -> Frame:
    return rows.select(
        "finding_id", met.fill_null(value=False).alias("met"), "school_id", "clause", platform(), *more,
    )  # fmt: skip


def standing_open(tables: Tables) -> Frame:
    """Findings open on as_of, with their age and severity."""
    rows = opened(tables).filter(~nw.col("left"))
    age = day_number(tables.clock.as_of) - nw.col("opened_on__day")
    said = nw.lit(list(AGES)[-1])
    for name, most in reversed(list(AGES.items())[:-1]):
        said = nw.when(age <= most).then(nw.lit(name)).otherwise(said)
    return _plain(rows, nw.lit(value=True), nw.col("severity"), said.alias("age"))


def open_findings(name: str, tables: Tables) -> Rows:
    """How many findings are open, by severity and by age; and what came and went, month by month."""
    figure, now = Figure(name, TABLE, tables), standing_open(tables)
    yield from figure.stock(now)
    for breakdown in ("severity", "age"):
        yield from figure.stock(now.with_columns(nw.col(breakdown).alias("group")), breakdown)
    if not tables.in_full:
        return
    flows = roll_forward(tables)
    if not tables.by and not flows.is_empty():
        flows = flows.group_by("month", maintain_order=True).agg(pl.col(FLOWS).sum())
    for flow in FLOWS if not flows.is_empty() else ():
        part = flows.select(
            *[pl.col(column) for column in tables.by], pl.col("month").alias("start"),
            pl.col("month").dt.month_end().alias("end"), pl.col(flow).alias("numerator"),
        )  # fmt: skip
        yield figure.of(part, view="flow", breakdown="flow", group=flow, period="month")


def roll_forward(tables: Tables) -> pl.DataFrame:
    """Opening + opened − closed − risk accepted = closing, by school and month, exactly.

    Returns:
        ``school_id``, ``month`` and FLOWS (Int64): each school that has a finding, every month from
        the district's first finding to the reporting month.
    """
    rows = opened(tables)
    came = rows.select("school_id", month_index("opened_on"))
    gone = rows.filter(nw.col("left")).select("school_id", month_index("left_on"), "accepted")
    keys = ["school_id", "index"]
    parts = {
        flow: collected(part.group_by(keys).agg(nw.len().cast(nw.Int64).alias(flow)))
        for flow, part in {
            "opened": came, "closed": gone.filter(~nw.col("accepted")), "risk_accepted": gone.filter(nw.col("accepted")),
        }.items()
    }  # fmt: skip
    some = parts["opened"]
    last, first = index_of(tables.clock.month), some["index"].min()
    if not isinstance(first, int) or first > last:
        return pl.DataFrame()
    grid = some.select("school_id").unique().sort("school_id").join(
        pl.DataFrame({"index": range(first, last + 1)}, schema={"index": pl.Int64}), how="cross")  # fmt: skip
    for part in parts.values():
        grid = grid.join(part, on=keys, how="left", maintain_order="left")
    grid = grid.with_columns(pl.col("opened", "closed", "risk_accepted").fill_null(0).cast(pl.Int64))
    net = pl.col("opened") - pl.col("closed") - pl.col("risk_accepted")
    closing = net.cum_sum().over("school_id")
    month = pl.date(pl.col("index") // 12, pl.col("index") % 12 + 1, 1)
    return grid.with_columns(month.alias("month"), closing.alias("closing"), (closing - net).alias("opening")).select(
        "school_id", "month", *FLOWS)  # fmt: skip


def promised(tables: Tables) -> Frame:
    """Findings open on as_of; met where the date first promised has passed; ``given``, ``moved``."""
    rows = opened(tables).filter(~nw.col("left"))
    moved = (nw.col("revised_due_on") != nw.col("due_on")).fill_null(value=False)
    return _plain(
        rows, nw.col("due_on") < nw.lit(tables.clock.as_of), (~nw.col("due_on").is_null()).alias("given"),
        moved.alias("moved"), nw.col("severity").alias("group"),
    )  # fmt: skip


def overdue(name: str, tables: Tables) -> Rows:
    """Open findings past the date first promised, of those with such a date, by severity too; without one, and moved, apart."""
    figure, rows = Figure(name, TABLE, tables), promised(tables)
    yield from figure.stock(rows.filter(nw.col("given")))
    yield from figure.stock(rows.filter(nw.col("given")), "severity")
    without, moved = rows.filter(~nw.col("given")), rows.filter(nw.col("moved"))
    yield from figure.apart({UNDATED: without, MOVED: moved})


def come_due(tables: Tables) -> Frame:
    """Findings whose date first promised has passed; met where closed by then, risk accepted never."""
    rows = opened(tables).filter(nw.col("due_on") < nw.lit(tables.clock.as_of))
    met = nw.col("closed") & (nw.col("left_on") <= nw.col("due_on"))
    return _plain(rows, met, month_index("due_on"))


def closed_in_time(name: str, tables: Tables) -> Rows:
    """The share of findings closed by the date first promised."""
    figure, rows = Figure(name, TABLE, tables), come_due(tables)
    yield from figure.event(rows)
    yield from figure.series(rows, tables.clock.month)


def followed(tables: Tables, months: int) -> Frame:
    """Findings opened so many months ago and more; met where closed within them."""
    rows = opened(tables).with_columns(_anniversary("opened_on", months).alias("limit__day"))
    met = nw.col("closed") & (nw.col("left_on__day") <= nw.col("limit__day"))
    return _plain(
        rows.filter(nw.col("limit__day") <= day_number(tables.clock.as_of)), met, month_index("opened_on")
    )


def _anniversary(column: str, months: int) -> nw.Expr:
    """Days since 1970 of the same day so many months later, the last of its month where there is none."""
    index = (
        nw.col(column).dt.year().cast(nw.Int64) * 12 + nw.col(column).dt.month().cast(nw.Int64) - 1 + months
    )
    year, month = index // 12, index % 12 + 1
    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    length = nw.when(month == 2).then(28 + leap.cast(nw.Int64)).otherwise(
        31 - ((month == 4) | (month == 6) | (month == 9) | (month == 11)).cast(nw.Int64))  # fmt: skip
    day = nw.col(column).dt.day().cast(nw.Int64)
    day = nw.when(day > length).then(length).otherwise(day)
    shifted = year - (month <= 2).cast(
        nw.Int64
    )  # days from civil: Howard Hinnant, chrono-compatible algorithms
    era, of_era = shifted // 400, shifted % 400
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def verified(tables: Tables) -> Frame:
    """Findings closed within 24 months that have passed; met where a re-audit has verified it."""
    limit = _anniversary("opened_on", max(WITHIN))
    within = nw.col("closed") & (nw.col("left_on__day") <= limit)
    rows = opened(tables).filter(within & (limit <= day_number(tables.clock.as_of)))
    met = nw.col("closure_verified_on") <= nw.lit(tables.clock.as_of)
    return _plain(rows, met, month_index("opened_on"))


def follow_through(name: str, tables: Tables) -> Rows:
    """By the school year of opening: the share closed within 6, 12 and 24 months; of those closed, verified.

    On the scorecard stand the findings whose 12 months ran out in the 12 months to the reporting month.
    """
    figure, clock = Figure(name, TABLE, tables), tables.clock
    ended = followed(tables, 12)
    start, end = add_months(clock.twelve_months[0], -12), last_day(add_months(clock.month, -12))
    index = nw.col("index")
    mine = ended.filter((index >= index_of(start)) & (index <= index_of(end)))
    keys = figure.keys(None, [])
    yield figure.of(count(mine, keys or []), view="event", period="12 months", start=start, end=end)
    last = last_day(clock.year_start, "school_year").replace(day=1)
    for months, group in WITHIN.items():
        cases = followed(tables, months).with_columns(nw.lit(group).alias("group"))
        yield from figure.series(cases, last, ["group"], breakdown="within", periods=["school_year"])
    cases = verified(tables).with_columns(nw.lit(VERIFIED).alias("group"))
    yield from figure.series(cases, last, ["group"], breakdown="within", periods=["school_year"])


# ---- what comes back


def _chained(findings: Frame) -> Frame:
    """Pairs of a finding and one that it repeats, itself in a cycle; the first of a chain need not be there.

    Each turn joins all pairs to the next step once more, so an engine's plan grows by a join a turn, and no faster.
    """
    step = findings.filter(~nw.col("repeat_of").is_null()).select(
        "finding_id", nw.col("repeat_of").alias("earlier")
    )
    after = step.select(nw.col("finding_id").alias("earlier"), nw.col("earlier").alias("first"))
    pair = ["finding_id", "earlier"]
    every = step.unique(pair)
    size = _rows(every)
    while True:
        further = every.join(after, on="earlier", how="inner").select(
            "finding_id", nw.col("first").alias("earlier")
        )
        wider = nw.concat([step, further], how="vertical").unique(pair)
        wide = _rows(wider)
        if wide == size:
            return every
        every, size = wider, wide


def _rows(frame: Frame) -> int:
    return int(collected(frame.select(nw.len())).item())


@once
def _pairs(tables: Tables) -> Frame:
    """Of findings of audits made by as_of: which repeats which, along chains."""
    return _chained(found(tables).select("finding_id", "repeat_of"))


@once
def found_again(tables: Tables) -> Frame:
    """Closed findings whose school and clause were audited again; met where the same was found again."""
    place = ["school_id", "clause"]
    closed = opened(tables).filter(nw.col("closed")).select(
        "finding_id", *place, "platform", "platform__listed", "left_on"
    )  # fmt: skip
    audits = (
        tables.frames[TABLE].filter(nw.col("audited_on") <= nw.lit(tables.clock.as_of))
        .group_by(*place).agg(nw.col("audited_on").max().alias("last_audit"))
    )  # fmt: skip
    every = found(tables).select("finding_id", "audited_on", *place)
    later = (
        _pairs(tables).join(every, on="finding_id", how="inner")
        .group_by("earlier", *place).agg(nw.col("audited_on").max().alias("found_on"))
        .select(nw.col("earlier").alias("finding_id"), *place, "found_on")
    )  # fmt: skip
    closed = closed.join(audits, on=place, how="inner").filter(nw.col("last_audit") > nw.col("left_on"))
    closed = closed.join(later, on=["finding_id", *place], how="left")
    return _plain(closed, nw.col("found_on") > nw.col("left_on"), month_index("left_on"))


def in_cycles(tables: Tables) -> Frame:
    """Findings that, along ``repeat_of``, come back to themselves: no such chain can be true."""
    back = _pairs(tables).filter(nw.col("finding_id") == nw.col("earlier")).select("finding_id")
    return _plain(found(tables).join(back, on="finding_id", how="semi"), nw.lit(value=True))


def repeats(name: str, tables: Tables) -> Rows:
    """The share of closed findings found again, of those whose school and clause were audited again.

    Findings whose chain of repeats is a cycle are counted apart.
    """
    figure, rows = Figure(name, TABLE, tables), found_again(tables)
    yield from figure.event(rows)
    yield from figure.series(rows, tables.clock.month)
    yield from figure.apart({IN_A_CYCLE: in_cycles(tables)})
