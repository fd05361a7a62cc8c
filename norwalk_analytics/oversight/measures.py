"""Every measure as rows of one long, tidy table of figures (see ``counting.FIGURES``).

Charts, words, status and export are all made from that table, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import narwhals as nw
import polars as pl

from norwalk_analytics.intake.loaded import District
from norwalk_analytics.oversight import cases
from norwalk_analytics.oversight.counting import FIGURES, count, figure_rows
from norwalk_analytics.oversight.periods import (
    MONTHS,
    Clock,
    add_months,
    end_minute,
    last_day,
    months_between,
    start_of,
)
from norwalk_analytics.oversight.staff import area, mean_active, staff_by_month
from norwalk_analytics.policy import Policy, UserError

Rows = Iterator[pl.DataFrame]


@dataclass(frozen=True)
class Tables:
    """What the measures are made from.

    Attributes:
        frames: table name → accepted rows with the columns beside them, as Narwhals frames.
        policy, clock: the settings, and the only "now".
        schools: the schools of the code list.
        returns: accepted rows of ``returns``, if there is such a table.
        by: what each figure is further broken down by: ("school_id",) or nothing.
    """

    frames: dict[str, Any]
    policy: Policy
    clock: Clock
    schools: tuple[str, ...]
    returns: pl.DataFrame | None = None
    by: tuple[str, ...] = ()


def figures(district: District, *, by: str = "district") -> pl.DataFrame:
    """Every measure that is built, as the long table of figures.

    Args:
        district: what ``load_district`` gave.
        by: "district", or "school" for one figure a school beside each period.

    Returns:
        One row a figure, with the columns of ``counting.FIGURES``. A measure whose table is missing,
        or whose clause is not in the catalogue, has no row.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from norwalk_analytics.intake.loading import load_district
        >>> from norwalk_analytics.sample import write_sample
        >>> with TemporaryDirectory() as folder:
        ...     district = load_district(write_sample(Path(folder)))
        >>> rows = figures(district).filter(pl.col("measure") == "supervisor_aware")
        >>> rows.filter(pl.col("view") == "stock")["denominator"].len()
        1
    """
    tables = tables_of(district, by)
    found = [pl.DataFrame(schema=FIGURES)]
    for name, (needs, make) in MEASURES.items():
        if name in tables.policy.measures and needs in tables.frames:
            found += [rows for rows in make(tables) if not rows.is_empty()]
    return pl.concat(found)


def measure(name: str, district: District, *, by: str = "month") -> pl.DataFrame:
    """One measure, by one kind of period.

    Args:
        name: the measure's id.
        district: what ``load_district`` gave.
        by: "month", "quarter" or "school_year" for its series; "district" for what stands on the
            scorecard; "school" for the same, school by school.

    Returns:
        Rows of the long table of figures, ``numerator`` and ``denominator`` among its columns.

    Raises:
        UserError: if there is no such measure or period, or its table is missing.
    """
    if name not in MEASURES:
        message = f"There is no measure {name}. Built are: {', '.join(MEASURES)}."
        raise UserError(message)
    if by not in (*MONTHS, "district", "school"):
        message = f"by is month, quarter, school_year, district or school, not {by}."
        raise UserError(message)
    needs, make = MEASURES[name]
    tables = tables_of(district, "school" if by == "school" else "district")
    if needs not in tables.frames:
        message = f"{name} is made from {needs}, and there is no such table."
        raise UserError(message)
    rows = pl.concat([pl.DataFrame(schema=FIGURES), *make(tables)])
    series = pl.col("view").is_in(["series", "flow"])
    return rows.filter(series & (pl.col("period") == by) if by in MONTHS else ~series)


def tables_of(district: District, by: str = "district") -> Tables:
    """The tables of a district, ready to be counted."""
    policy = district.policy
    native = {name: one.frame for name, one in district.tables.items() if name not in ("returns", "actions")}
    clock = Clock(district.as_of, policy.zone, int(policy.settings["school_year_start_month"]))
    schools = tuple(district.contract.codes("schools"))
    keys = ("school_id",) if by == "school" else ()
    return Tables(cases.frames(native), policy, clock, schools, district.frame("returns"), keys)


# ---- how counts become rows


def _stock(name: str, table: str, counted: Any, tables: Tables, **more: Any) -> pl.DataFrame:
    day = tables.clock.as_of
    rows = count(counted, tables.by)
    return _rows(rows, name, table, tables, view="stock", period="as_of", start=day, end=day, **more)


def _rows(counted: pl.DataFrame, name: str, table: str, tables: Tables, **constant: Any) -> pl.DataFrame:
    clause = tables.policy.measures[name].clause
    renamed = counted.rename({"school_id": "school"}) if "school_id" in counted.columns else counted
    return figure_rows(renamed, **{"measure": name, "table": table, "clause": clause, **constant})


def _windows(clock: Clock) -> dict[str, tuple[date, date]]:
    """What stands on the scorecard of an event measure: first month and last day of each."""
    return {
        "12 months": (clock.twelve_months[0], last_day(clock.month)),
        "month": (clock.month, last_day(clock.month)),
        "year to date": (clock.year_start, clock.as_of),
    }


def _index(month: date) -> int:
    return month.year * 12 + month.month - 1


def _between(first: date, last: date) -> nw.Expr:
    index = nw.col("index")
    return (index >= _index(first)) & (index <= _index(last))


def _event(
    name: str, table: str, counted: Any, tables: Tables, keys: Sequence[str] = (), **more: Any
) -> Rows:
    """Cases of the scorecard's windows."""
    for period, (first, end) in _windows(tables.clock).items():
        rows = count(counted.filter(_between(first, end)), [*tables.by, *keys])
        yield _rows(rows, name, table, tables, view="event", period=period, start=first, end=end, **more)


def _series(
    name: str, table: str, counted: Any, tables: Tables, last: date, keys: Sequence[str] = (), **more: Any
) -> Rows:  # fmt: skip
    """Cases by month, quarter and school year; a period counts once all its months can be shown."""
    for period, length in MONTHS.items():
        since = (nw.col("index") + 1 - tables.policy.settings["school_year_start_month"]) % length
        begun = counted.with_columns((nw.col("index") - since).cast(nw.Int64).alias("begun"))
        rows = count(begun.filter(nw.col("index") <= _index(last)), [*tables.by, *keys, "begun"])
        starts = rows["begun"].unique().sort().to_list()
        whole = [date(i // 12, i % 12 + 1, 1) for i in starts]
        shown = {i: day for i, day in zip(starts, whole, strict=True) if add_months(day, length - 1) <= last}
        if not shown:
            continue
        dates = pl.col("begun").replace_strict(shown, default=None, return_dtype=pl.Date).alias("start")
        dated = rows.with_columns(dates).drop_nulls("start").drop("begun")
        ends = {day: last_day(day, period) for day in shown.values()}
        dated = dated.with_columns(pl.col("start").replace_strict(ends, return_dtype=pl.Date).alias("end"))
        dated = _filled(dated, period, [*([] if not tables.by else tables.by), *keys])
        yield _rows(dated, name, table, tables, view="series", period=period, **more)


def _filled(rows: pl.DataFrame, period: str, keys: list[str]) -> pl.DataFrame:
    """A row of zeros for every period between the first and the last that has no case."""
    every = [day for day in months_between(rows["start"].min(), rows["start"].max())  # type: ignore[arg-type]
             if start_of(day, period, _phase(rows, period)) == day]  # fmt: skip
    grid = pl.DataFrame({"start": every, "end": [last_day(day, period) for day in every]},
                        schema={"start": pl.Date, "end": pl.Date})  # fmt: skip
    if keys:
        grid = rows.select(keys).unique(maintain_order=True).join(grid, how="cross")
    joined = grid.join(
        rows.drop("end"), on=[*keys, "start"], how="left", nulls_equal=True, maintain_order="left"
    )
    return joined.with_columns(pl.col(pl.Int64, pl.Float64).fill_null(0))


def _phase(rows: pl.DataFrame, period: str) -> int:
    """A month in which periods of that kind start."""
    first: date = rows["start"].min()  # type: ignore[assignment]
    return first.month if MONTHS[period] > 1 else 1


# ---- the measures


def _platforms(tables: Tables) -> Rows:
    name, table = "platforms", "tool_registrations"
    rows = cases.platforms(tables.frames[table], tables.clock.as_of)
    yield _stock(name, table, rows, tables)
    whole = count(rows, tables.by)
    by = count(rows.with_columns(nw.lit(value=True).alias("met")), [*tables.by, "group"])
    totals = whole.select(*tables.by, "denominator", "people").rename({"people": "everyone"})
    by = by.drop("denominator").join(totals, on=list(tables.by), how="left") if tables.by else by.drop(
        "denominator").join(totals, how="cross")  # fmt: skip
    complement = (pl.col("everyone") - pl.col("people")).clip(lower_bound=0)
    by = by.with_columns(people_complement=complement, people=pl.col("everyone")).drop("everyone")
    day = tables.clock.as_of
    yield _rows(
        by, name, table, tables, view="stock", breakdown="platform", period="as_of", start=day, end=day
    )


def _supervisor_aware(tables: Tables) -> Rows:
    name, table = "supervisor_aware", "tool_registrations"
    frame, clock, policy = tables.frames[table], tables.clock, tables.policy
    yield _stock(name, table, cases.supervisor_aware_stock(frame, clock.as_of), tables)
    prompt, late = cases.supervisor_aware_cohort(frame, clock.as_of, policy)
    settings = policy.settings
    wait = max(settings["window_days"][name], settings["registered_late_days"])
    last = last_shown(clock.as_of, wait)
    yield from _series(name, table, prompt, tables, last)
    yield from _apart(name, table, late.filter(nw.col("index") <= _index(last)), tables, "registered late")


def last_shown(as_of: date, wait: int) -> date:
    """The last month whose last day plus ``wait`` days has passed by as_of."""
    month = add_months(as_of.replace(day=1), 0)
    while (as_of - last_day(month)).days < wait:
        month = add_months(month, -1)
    return month


def _apart(name: str, table: str, counted: Any, tables: Tables, group: str, period: str = "all") -> Rows:
    """What is counted apart: a number and no rate."""
    rows = count(counted.with_columns(nw.lit(value=True).alias("met")), tables.by)
    alone = rows.with_columns(pl.lit(None, dtype=pl.Float64).alias("denominator"))
    yield _rows(alone, name, table, tables, view="apart", breakdown="apart", group=group, period=period,
                start=None, end=tables.clock.as_of)  # fmt: skip


def _individual_messages(tables: Tables) -> Rows:
    name, table = "individual_messages", "exception_log"
    clock, policy = tables.clock, tables.policy
    rows = cases.individual_messages(tables.frames[table], clock.as_of, policy)
    texts = rows.filter(nw.col("texts"))
    last = _complete(clock, policy.settings["logged_within_days"])
    first = policy.enacted.replace(day=1)
    months = months_between(first, max(clock.month, last))
    staff = None if tables.returns is None else staff_by_month(tables.returns, tables.schools, months, clock)
    handed_in = _handed_in(texts, staff, policy.settings["least_share_of_staff"])
    for period, (start, end) in _windows(clock).items():
        inside = [month for month in months_between(start, end.replace(day=1)) if month <= clock.month]
        people, size = _area(tables, staff, inside, len(inside) or 1, whole=True)
        counted = count(
            handed_in.filter(_between(start, clock.month if period != "month" else end)), tables.by
        )
        yield _rows(
            _over(counted, size, people),
            name,
            table,
            tables,
            view="event",
            period=period,
            start=start,
            end=end,
        )
        outcomes = count(
            texts.filter(_between(start, end)).with_columns(nw.lit(value=True).alias("met")),
            [*tables.by, "group"],
        )
        yield _rows(
            _over(outcomes, None, None),
            name,
            table,
            tables,
            view="event",
            breakdown="outcome",
            period=period,
            start=start,
            end=end,
        )
        other = count(rows.filter(~nw.col("texts") & _between(start, end)), tables.by)
        yield _rows(_over(other, None, None), name, table, tables, view="event", breakdown="channel",
                    group="other direct messages", period=period, start=start, end=end)  # fmt: skip
    out = policy.settings["out_of_term_months"]
    in_term = handed_in.filter(nw.col("prompt")).filter(~((nw.col("index") % 12) + 1).is_in(list(out)))
    pending = texts.filter(nw.col("prompt") & (nw.col("group") == "pending"))
    for frame in _series(name, table, in_term, tables, last):
        period = frame["period"][0]
        waits = {row["start"]: row["numerator"] for hold in _series(name, table, pending.with_columns(
            nw.lit(value=True).alias("met")), tables, last) if hold["period"][0] == period
            for row in hold.to_dicts()}  # fmt: skip
        most = len([m for m in range(1, 13) if m not in out]) if period == "school_year" else MONTHS[period]
        sized = []
        for row in frame.to_dicts():
            inside = [
                m
                for m in months_between(row["start"], row["end"].replace(day=1))
                if m.month not in out and m >= first
            ]
            people, size = _area(tables, staff, inside, most, whole=False)
            sized.append({**row, "denominator": size or 0.0, "people": people or 0, "people_complement": max((people or 0) - row["people_numerator"], 0),
                          "group": "pending" if waits.get(row["start"]) else None})  # fmt: skip
        yield pl.DataFrame(sized, schema=FIGURES)


def _complete(clock: Clock, days: int) -> date:
    """The last month of which no contact can still be logged within so many days."""
    month = clock.month
    while end_minute(last_day(month), clock.zone) + days * 1440 > clock.end_minute:
        month = add_months(month, -1)
    return month


def _handed_in(texts: Any, staff: pl.DataFrame | None, least: float) -> Any:
    """Contacts of months and schools that stand in the denominator; all of them without returns."""
    if staff is None:
        return texts
    gaps = area(staff, least).drop_nulls("staff").select("month")
    index = pl.col("month").dt.year().cast(pl.Int64) * 12 + pl.col("month").dt.month() - 1
    there = (
        staff.filter("handed_in")
        .join(gaps, on="month")
        .select("school_id", index.cast(pl.Int64).alias("index"))
    )
    return texts.join(nw.from_native(there), on=["school_id", "index"], how="inner")


def _area(
    tables: Tables, staff: pl.DataFrame | None, months: list[date], most: int, *, whole: bool
) -> tuple[int | None, float | None]:  # fmt: skip
    """People behind a denominator and its size: mean monthly staff (over ``most`` months)."""
    if staff is None:
        registrations = tables.frames.get("tool_registrations")
        size = (
            mean_active(registrations, months, tables.clock.as_of)
            if registrations is not None and months
            else None
        )
        scaled = size if size is None or whole else size * len(months) / most
        return (None if size is None else int(size)), scaled
    held = area(staff, tables.policy.settings["least_share_of_staff"]).filter(pl.col("month").is_in(months))
    kept = held.drop_nulls("staff")["staff"]
    if kept.is_empty():
        return None, None
    divisor = len(kept) if whole else most
    return int(kept.min()), float(kept.sum()) / divisor  # type: ignore[arg-type]


def _over(counted: pl.DataFrame, size: float | None, people: int | None) -> pl.DataFrame:
    """Counts over an area that is not the number of cases."""
    return counted.with_columns(
        pl.lit(size, dtype=pl.Float64).alias("denominator"),
        pl.lit(people, dtype=pl.Int64).alias("people") if people is not None else pl.col("people"),
        (pl.lit(people, dtype=pl.Int64) - pl.col("people_numerator")).clip(0).alias("people_complement")
        if people is not None else pl.col("people_complement"),
    )  # fmt: skip


def _reported_in_time(tables: Tables) -> Rows:
    name, table = "reported_in_time", "exception_log"
    clock = tables.clock
    rows = cases.reported_in_time(tables.frames[table], clock, tables.policy)
    due, early = rows.filter(nw.col("due")), rows.filter(~nw.col("due"))
    yield from _event(name, table, due, tables)
    yield from _series(name, table, due, tables, clock.month)
    yield from _apart(name, table, early.filter(nw.col("met")), tables, "not yet due, met")
    yield from _apart(name, table, early.filter(~nw.col("met")), tables, "not yet due, open")


def _finding_rate(tables: Tables) -> Rows:
    name, table = "finding_rate", "audit_findings"
    clock, findings = tables.clock, tables.frames[table]
    passed = findings.filter(
        (nw.col("result") == "no_finding") & (nw.col("audited_on") <= nw.lit(clock.as_of))
    )
    if passed.select(nw.len()).lazy().collect("polars").to_native().item() == 0:
        return
    every = cases.finding_rate(findings, tables.frames.get("tool_registrations"), clock.as_of)
    rows = every.filter(nw.col("counted"))
    limbs = rows.filter(~nw.col("group").is_null())
    apart = every.filter(nw.col("clause") == "P.4").with_columns((~nw.col("linked")).alias("met"))
    most = tables.policy.settings["most_not_linked"]
    for keys, counted, breakdown in ((["clause"], rows, None), (["clause", "group"], limbs, "limb")):
        scorecard = _event(name, table, counted, tables, keys, breakdown=breakdown)
        series = _series(name, table, counted, tables, clock.month, keys, breakdown=breakdown)
        for frame, loose in _beside(scorecard, series, apart, tables):
            unknown = loose.filter(pl.col("numerator") > most * pl.col("denominator"))
            keep = frame.join(
                unknown, on=["clause", "school", "period", "start"], how="anti", nulls_equal=True
            )
            yield keep
    for frame in _event(name, table, apart, tables, ["clause"], breakdown="apart", group="not linked"):
        yield frame.with_columns(pl.lit("apart").alias("view"))


def _beside(
    scorecard: Rows, series: Rows, apart: Any, tables: Tables
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Each frame of rates with the share of P.4's items that is not linked, of the same periods."""
    name, table = "finding_rate", "audit_findings"
    yield from zip(scorecard, _event(name, table, apart, tables, ["clause"]), strict=True)
    loose = {
        rows["period"][0]: rows
        for rows in _series(name, table, apart, tables, tables.clock.month, ["clause"])
    }
    for rows in series:
        period = rows["period"][0]
        yield rows, loose.get(period, pl.DataFrame(schema=FIGURES))


def _open_findings(tables: Tables) -> Rows:
    name, table = "open_findings", "audit_findings"
    clock = tables.clock
    rows = cases.opened_findings(tables.frames[table], clock.as_of)
    day = clock.as_of
    opened = rows.select(
        nw.col("open").alias("met"), "school_id", nw.col("severity").alias("group"), *cases._people(None)
    )
    now = opened.filter(nw.col("met"))
    yield _rows(count(now, tables.by), name, table, tables, view="stock", period="as_of", start=day, end=day)
    by_severity = count(now, [*tables.by, "group"])
    yield _rows(
        by_severity,
        name,
        table,
        tables,
        view="stock",
        breakdown="severity",
        period="as_of",
        start=day,
        end=day,
    )
    flows = roll_forward(tables)
    if not tables.by and not flows.is_empty():
        flows = flows.group_by("month", maintain_order=True).agg(pl.col(FLOWS).sum())
    for flow in FLOWS if not flows.is_empty() else ():
        part = flows.select(
            *[pl.col("school_id").alias("school")] * bool(tables.by), pl.col("month").alias("start"),
            pl.col("month").dt.month_end().alias("end"), pl.col(flow).alias("numerator"),
        )  # fmt: skip
        yield _rows(part, name, table, tables, view="flow", breakdown="flow", group=flow, period="month")


FLOWS = ("opening", "opened", "closed", "risk_accepted", "closing")


def roll_forward(tables: Tables) -> pl.DataFrame:
    """Opening + opened − closed − risk accepted = closing, by school and month, exactly.

    Returns:
        ``school_id``, ``month`` and FLOWS (Int64): each school that has a finding, every month from
        the district's first finding to the reporting month.
    """
    rows = cases.opened_findings(tables.frames["audit_findings"], tables.clock.as_of)
    keys = ["school_id", "index"]
    came = rows.group_by(keys).agg(nw.len().cast(nw.Int64).alias("opened"))
    gone = rows.filter(~nw.col("closed").is_null()).select(
        "school_id", nw.col("closed").alias("index"), "accepted"
    )
    parts = {"opened": came}
    for flow, where in (("closed", ~nw.col("accepted")), ("risk_accepted", nw.col("accepted"))):
        parts[flow] = gone.filter(where).group_by(keys).agg(nw.len().cast(nw.Int64).alias(flow))
    small: dict[str, pl.DataFrame] = {
        flow: part.lazy().collect("polars").to_native() for flow, part in parts.items()
    }
    opened = small["opened"]
    last = _index(tables.clock.month)
    first = opened["index"].min()
    if not isinstance(first, int) or first > last:
        return pl.DataFrame()
    grid = opened.select("school_id").unique().sort("school_id").join(
        pl.DataFrame({"index": range(first, last + 1)}, schema={"index": pl.Int64}), how="cross")  # fmt: skip
    for part in small.values():
        grid = grid.join(part, on=keys, how="left", maintain_order="left")
    flows = ("opened", "closed", "risk_accepted")
    grid = grid.with_columns(pl.col(flows).fill_null(0).cast(pl.Int64))
    net = pl.col("opened") - pl.col("closed") - pl.col("risk_accepted")
    closing = net.cum_sum().over("school_id")
    month = pl.date(pl.col("index") // 12, pl.col("index") % 12 + 1, 1)
    return grid.with_columns(month.alias("month"), closing.alias("closing"), (closing - net).alias("opening")).select(
        "school_id", "month", *FLOWS)  # fmt: skip


MEASURES: dict[str, tuple[str, Callable[[Tables], Rows]]] = {
    "platforms": ("tool_registrations", _platforms),
    "supervisor_aware": ("tool_registrations", _supervisor_aware),
    "individual_messages": ("exception_log", _individual_messages),
    "reported_in_time": ("exception_log", _reported_in_time),
    "finding_rate": ("audit_findings", _finding_rate),
    "open_findings": ("audit_findings", _open_findings),
}
"""Measures that are built: id → the table it is made from, and how. The others of policy.toml stand
in the report as "not measured yet"."""
