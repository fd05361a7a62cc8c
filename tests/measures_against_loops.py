"""Every measure and breakdown of a district held against the plain loops of the two oracles."""

from zoneinfo import ZoneInfo

import oracle_measures as first
import oracle_more as more
import polars as pl
import pytest

import norwalk_analytics
from norwalk_analytics import cases, roll_forward

ZONE = ZoneInfo("America/New_York")
COLUMN = {"role": "employee_role", "school": "school_id", "setting": "setting", "platform": "platform",
          "channel": "channel"}  # fmt: skip
REGISTRATIONS, EXCEPTIONS, FINDINGS = "tool_registrations", "exception_log", "audit_findings"
FURTHER = {
    REGISTRATIONS: ("role", "setting", "platform"),
    EXCEPTIONS: ("role", "channel"),
    FINDINGS: ("platform",),
}
STOCKS = {
    "scope_personal": more.scope_personal, "disclosed": more.disclosed, "suitable": more.suitable_stock,
    "rejected_in_use": more.rejected_in_use, "access_kept": more.access_kept,
}  # fmt: skip
AWAITED = {"rules_published": more.rules_published_stock, "parents_informed": more.parents_informed_stock}
COHORTS = {
    "suitable": more.suitable_cohort, "rules_published": more.rules_published_cohort,
    "parents_informed": more.parents_informed_cohort,
}  # fmt: skip
TIMELY = {
    "emergency_supervisor": more.emergency_supervisor, "emergency_parent": more.emergency_parent,
    "written_in_time": more.written_in_time,
}  # fmt: skip
PARTS = {"informed of the tools": "tools", "told how children are contacted": "contact",
         "told what behaviour is expected": "conduct"}  # fmt: skip
PERIODS = {"12 months": "12_months", "month": "reporting_month", "year to date": "school_year_to_date"}
AGES = dict(
    zip(("0–30 days", "31–60 days", "61–90 days", "91–365 days", "over 365 days"), more.AGES, strict=True)
)


ASKED = {}
"""What has been asked of one district: (measure, by) → its rows; the district itself stands under None."""


def measure(name, district, *, by):
    """The package's measure, made once however often it is asked for."""
    if ASKED.get(None) is not district:
        ASKED.clear()
        ASKED[None] = district
    if (name, by) not in ASKED:
        ASKED[name, by] = norwalk_analytics.measure(name, district, by=by)
    return ASKED[name, by]


def rows(district, table):
    return district.frame(table).to_dicts()


def key_of(by):
    return None if by == "district" else more.columns(COLUMN[by])


def found(name, district, by, *, keep=None, **where):
    """{group: (numerator, denominator)} of what a measure gives, groups without a case left out."""
    frame = measure(name, district, by=by)
    group = "school" if by == "school" else "group" if by in COLUMN else None
    breakdown = by if group == "group" else where.pop("breakdown", None)
    frame = frame.filter(pl.col("breakdown").eq_missing(pl.lit(breakdown, dtype=pl.String)))
    for column, value in where.items():
        frame = frame.filter(pl.col(column) == value)
    pairs = {
        row[group] if group else None: (row["numerator"], row["denominator"]) for row in frame.to_dicts()
    }
    return {one: pair for one, pair in pairs.items() if pair[1] or (one is None and not group)} | (keep or {})


def full(pairs, by):
    """An oracle's pairs without groups that hold nothing."""
    return {one: pair for one, pair in pairs.items() if pair[1] or by == "district"}


def hold(name, mine, wanted):
    assert mine == wanted, name


def months_of(name, district):
    """{month: pair} of a district's series."""
    frame = measure(name, district, by="month").filter(pl.col("breakdown").is_null())
    return {row["start"]: (row["numerator"], row["denominator"]) for row in frame.to_dicts()}


def school_months_of(name, district):
    frame = measure(name, district, by="school_month").filter(pl.col("breakdown").is_null())
    return {(row["school"], row["start"]): (row["numerator"], row["denominator"]) for row in frame.to_dicts()}


def apart_of(name, district):
    frame = measure(name, district, by="district").filter(view="apart")
    return dict(zip(frame["group"], frame["numerator"], strict=True))


def registrations(district):
    as_of, all_rows = district.as_of, rows(district, REGISTRATIONS)
    for by in ("district", "school", *FURTHER[REGISTRATIONS]):
        key = key_of(by)
        for name, oracle in STOCKS.items():
            hold(name, found(name, district, by, view="stock"), full(oracle(all_rows, as_of, key=key), by))
        for name, oracle in AWAITED.items():
            pairs, apart = oracle(all_rows, as_of, key=key)
            hold(name, found(name, district, by, view="stock"), full(pairs, by))
            if by == "district":
                mine = apart_of(name, district)
                assert (mine["not yet due, met"], mine["not yet due, open"]) == apart[None]
    for group, part in PARTS.items():
        pairs, _ = more.parents_informed_stock(all_rows, as_of, part=part)
        mine = found("parents_informed", district, "district", view="stock", breakdown="part", group=group)
        hold(group, mine or {None: (0, 0)}, pairs)  # without a case, a part has no row
    for name, oracle in COHORTS.items():
        pairs, late, _ = oracle(all_rows, as_of, key=more.columns("month"))
        hold(name, {month: pair for month, pair in months_of(name, district).items() if pair[1]}, pairs)
        assert apart_of(name, district)["registered late"] == sum(late.values()), name
        by_school, _, _ = oracle(all_rows, as_of, key=more.columns("school_id", "month"))
        mine = {key: pair for key, pair in school_months_of(name, district).items() if pair[1]}
        hold(name, mine, by_school)


def contacts(district):
    as_of, log = district.as_of, rows(district, EXCEPTIONS)
    schools = district.contract.codes("schools")
    others = rows(district, REGISTRATIONS) if REGISTRATIONS in district.tables else []
    returns = rows(district, "returns") if "returns" in district.tables else None
    for name, oracle in TIMELY.items():
        for by in ("district", "school", *FURTHER[EXCEPTIONS]):
            names = ("month",) if by == "district" else (COLUMN[by], "month")
            pairs, apart = oracle(log, as_of, ZONE, key=more.columns(*names))
            split = {((None, key) if by == "district" else key): pair for key, pair in pairs.items()}
            sums = more.over_periods(split, as_of)
            for period, asked in PERIODS.items():
                wanted = sums[asked] or ({None: (0, 0)} if by == "district" else {})
                hold((name, by), found(name, district, by, view="event", period=period), full(wanted, by))
        month = first.reporting_month(as_of)
        pairs, _ = oracle(log, as_of, ZONE, key=more.columns("month"))
        mine = {day: pair for day, pair in months_of(name, district).items() if pair[1]}
        hold(name, mine, {day: pair for day, pair in pairs.items() if day <= month})
        _, apart = oracle(log, as_of, ZONE)
        mine = apart_of(name, district)
        assert (mine["not yet due, met"], mine["not yet due, open"]) == apart[None], name
    count, staff = more.friend_or_follow_12_months(log, returns, others, as_of, ZONE, schools)
    mine = found("friend_or_follow", district, "district", view="event", period="12 months")[None]
    assert mine == (count, None if staff is None else pytest.approx(staff))
    for role in {row["employee_role"] for row in log}:
        count, staff = more.friend_or_follow_12_months(log, returns, others, as_of, ZONE, schools, role=role)
        mine = found("friend_or_follow", district, "role", view="event", period="12 months").get(role)
        assert mine == ((count, pytest.approx(staff)) if staff and mine else None) or (
            not count and mine is None
        )
    series = months_of("friend_or_follow", district)
    wanted = more.friend_or_follow_rate(log, returns, others, as_of, ZONE, list(series), schools)
    for month, (count, staff, _) in wanted.items():
        assert series[month][1] == pytest.approx(staff or 0.0), month
        assert not staff or series[month][0] == count, month
    mine = school_months_of("friend_or_follow", district)
    for school in schools:
        own = [row for row in log if row["school_id"] == school]
        wanted = more.friend_or_follow_rate(
            own,
            returns,
            [row for row in others if row["school_id"] == school],
            as_of,
            ZONE,
            list(series),
            [school],
        )
        for month, (count, staff, _) in wanted.items():
            if (school, month) in mine:
                assert mine[school, month][1] == pytest.approx(staff or 0.0), (school, month)
                assert not staff or mine[school, month][0] == count, (school, month)
            else:
                assert not count or not staff
    periods = more.friend_or_follow_periods(log, as_of, ZONE)
    for period, asked in PERIODS.items():
        outcomes = measure("friend_or_follow", district, by="district").filter(
            breakdown="outcome", period=period
        )
        mine = dict(zip(outcomes["group"], outcomes["numerator"], strict=True))
        said = periods[asked].get(None, {})
        assert all(mine.get(one, 0) == said.get(one, 0) for one in more.OUTCOMES), period
    month_of = more.columns("month")
    counts, _ = more.relatives(log, as_of, ZONE, logged_within_days=30, key=month_of)
    shown = months_of("relatives", district)
    for month, pair in shown.items():
        assert pair[0] is None or returns is not None or pair[0] == counts.get(month, 0), month
    every = more.relatives(log, as_of, ZONE, key=month_of)[0]
    for period, asked in PERIODS.items():
        months = more.period_months(as_of)[asked]
        mine = measure("relatives", district, by="district").filter(view="event", period=period)
        assert mine["numerator"].to_list() == [sum(n for month, n in every.items() if month in months)]
    gaps, running = more.disclosures(log, as_of, ZONE).get(None, ([], None))
    mine = measure("disclosures", district, by="district").filter(view="gaps")
    days = mine["denominator"].to_list()
    wanted = [*gaps, *([] if running is None else [running])]
    assert days == pytest.approx(wanted, abs=1e-10)  # the loop spreads ties by whole microseconds


def findings(district):
    as_of, audits = district.as_of, rows(district, FINDINGS)
    register = rows(district, REGISTRATIONS) if REGISTRATIONS in district.tables else None
    month_of = more.columns("month")
    end = first.reporting_month(as_of)
    for name, oracle in (
        ("coverage", more.coverage),
        ("closed_in_time", more.closed_in_time),
        ("repeats", more.repeats),
    ):
        pairs = oracle(audits, as_of, key=month_of)[0]
        mine = {day: pair for day, pair in months_of(name, district).items() if pair[1]}
        hold(name, mine, {day: pair for day, pair in pairs.items() if day <= end and pair[1]})
        for by in ("district", "school") if name == "coverage" else ("district", "school", "platform"):
            names = ("month",) if by == "district" else (COLUMN[by], "month")
            pairs = oracle(audits, as_of, key=more.columns(*names))[0]
            split = {((None, key) if by == "district" else key): pair for key, pair in pairs.items()}
            for period, asked in PERIODS.items():
                wanted = more.over_periods(split, as_of)[asked] or (
                    {None: (0, 0)} if by == "district" else {}
                )
                hold(
                    (name, by, period),
                    found(name, district, by, view="event", period=period),
                    full(wanted, by),
                )
    for by in ("district", "school", "platform"):
        pairs, undated, moved = more.overdue(audits, as_of, key=key_of(by))
        hold("overdue", found("overdue", district, by, view="stock"), full(pairs, by))
        if by == "district":
            mine = apart_of("overdue", district)
            assert (mine["no date promised"], mine["dates moved"]) == (undated[None], moved[None])
            frame = measure("overdue", district, by="district").filter(breakdown="severity")
            mine = {row["group"]: (row["numerator"], row["denominator"]) for row in frame.to_dicts()}
            hold("overdue by severity", mine, more.overdue(audits, as_of, key=more.columns("severity"))[0])
    ages = more.ageing(audits, as_of)[None] if audits else {}
    mine = measure("open_findings", district, by="district").filter(breakdown="age")
    mine = dict(zip(mine["group"], mine["numerator"], strict=True))
    assert {AGES[age]: n for age, n in mine.items()} == {age: n for age, n in ages.items() if n}
    for months, (pairs, _, verified) in more.follow_through(audits, as_of).items():
        frame = measure("follow_through", district, by="school_year")
        for group, wanted in (
            (f"within {months} months", pairs),
            ("verified by re-audit", verified if months == 24 else None),
        ):
            if wanted is None:
                continue
            mine = {row["start"].year: (row["numerator"], row["denominator"]) for row in frame.filter(group=group).to_dicts()
                    if row["denominator"]}  # fmt: skip
            if group.startswith("within"):
                hold((group, months), mine, {year: pair for year, pair in wanted.items() if pair[1]})
    graded = more.finding_rate_by_severity(audits, as_of, registrations=register, key=month_of)
    frame = measure("finding_rate", district, by="district").filter(breakdown="severity", period="12 months")
    if graded is None:
        assert frame.is_empty()
    else:
        sums = {}
        for (clause, severity, month), pair in graded[0].items():
            if (
                month in first.twelve_months(as_of)
                and severity is not None
                and pair is not None
                and clause != "P.4"
            ):
                more.add(sums, (clause, severity), *pair)
        mine = {
            (row["clause"], row["group"]): row["numerator"]
            for row in frame.to_dicts()
            if row["clause"] != "P.4"
        }
        assert {key: n for key, n in mine.items() if n} == {key: n for key, (n, _) in sums.items() if n}
    flows = roll_forward(district)
    wanted = more.roll_forward_by(audits, as_of, key=more.columns("school_id"))
    mine = {} if flows.is_empty() else {(row[0], row[1]): tuple(row[2:]) for row in flows.iter_rows()}
    assert mine == wanted
    assert more.unbalanced(mine) == []


def misses(district):
    """As many rows as the scorecard says that miss."""
    stocks = (
        "disclosed",
        "suitable",
        "rules_published",
        "parents_informed",
        "access_kept",
        "supervisor_aware",
    )
    for name in (*stocks, "scope_personal", "rejected_in_use", "overdue"):
        if (REGISTRATIONS if name != "overdue" else FINDINGS) in district.tables:
            met, of = found(name, district, "district", view="stock")[None]
            assert cases(name, district).height == (of - met if name in stocks else met), name


def all_of(district):
    registrations(district)
    contacts(district)
    findings(district)
    misses(district)
