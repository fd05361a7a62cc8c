"""Numerators and denominators equal those of a plain loop over the rows, with as_of on its edges."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import oracle_measures as oracle
import polars as pl
import pytest

from norwalk_analytics import load_district, measure
from norwalk_analytics.oversight import contacts
from norwalk_analytics.oversight.measures import figures, roll_forward
from norwalk_analytics.oversight.periods import months_between
from norwalk_analytics.policy import UserError

ZONE = ZoneInfo("America/New_York")
DAYS = [
    date(2026, 6, 30),  # the end of a month and of a school year
    *[pytest.param(day, marks=pytest.mark.long) for day in (
        date(2026, 6, 29),  # a day before
        date(2024, 2, 29),
        date(2025, 3, 9),  # the day clocks go forward
        date(2024, 11, 3),  # the day they go back
        date(2020, 1, 30),
    )],
    date(2013, 9, 3),  # enactment
]  # fmt: skip


@pytest.fixture(scope="module", params=DAYS, ids=str)
def at(request, sample_folder):
    return load_district(sample_folder, as_of=request.param)


def rows(district, table):
    return district.frame(table).to_dicts()


def series(district, name, period="month"):
    return measure(name, district, by=period)


def pairs(frame, **where):
    for column, value in where.items():
        frame = frame.filter(pl.col(column).is_null() if value is None else pl.col(column) == value)
    return {row["start"]: (row["numerator"], row["denominator"]) for row in frame.to_dicts()}


def test_platforms(at):
    counts, unknown, active = oracle.platforms(rows(at, "tool_registrations"), at.as_of)
    found = measure("platforms", at, by="district")
    whole = found.filter(pl.col("breakdown").is_null()).row(0, named=True)
    assert (whole["numerator"], whole["denominator"]) == (unknown, active)
    by = found.filter(pl.col("breakdown") == "platform")
    assert dict(zip(by["group"], by["numerator"], strict=True)) == dict(counts)


def test_supervisor_aware(at):
    registrations = rows(at, "tool_registrations")
    found = measure("supervisor_aware", at, by="district").filter(view="stock").row(0, named=True)
    assert (found["numerator"], found["denominator"]) == oracle.supervisor_aware_stock(
        registrations, at.as_of
    )
    cohorts, late = oracle.supervisor_aware_cohort(registrations, at.as_of, enacted=at.policy.enacted)
    mine = {day: pair for day, pair in pairs(series(at, "supervisor_aware")).items() if pair[1]}
    assert mine == cohorts
    apart = measure("supervisor_aware", at, by="district").filter(view="apart")
    assert apart["numerator"].sum() == sum(late.values())


def test_reported_in_time(at):
    log = rows(at, "exception_log")
    rates, apart = oracle.reported_in_time(log, at.as_of, ZONE)
    month = oracle.reporting_month(at.as_of)
    mine = {day: pair for day, pair in pairs(series(at, "reported_in_time")).items() if pair[1]}
    assert mine == {day: pair for day, pair in rates.items() if day <= month}
    card = measure("reported_in_time", at, by="district")
    names = {"12 months": "12_months", "month": "reporting_month", "year to date": "school_year_to_date"}
    for name, expected in names.items():
        row = card.filter(view="event", period=name).row(0, named=True)
        assert (row["numerator"], row["denominator"]) == oracle.reported_in_time_periods(log, at.as_of, ZONE)[
            expected
        ]
    early = {row["group"]: row["numerator"] for row in card.filter(view="apart").to_dicts()}
    assert early["not yet due, met"] == sum(met for met, _ in apart.values())
    assert early["not yet due, open"] == sum(left for _, left in apart.values())


def test_individual_messages(at):
    log, registrations = rows(at, "exception_log"), rows(at, "tool_registrations")
    schools = at.contract.codes("schools")
    for returns in (rows(at, "returns"), None):
        used = at
        if returns is None:
            tables = {name: one for name, one in at.tables.items() if name != "returns"}
            used = type(at)(at.contract, at.as_of, tables, at.sample, at.folder)
        row = measure("individual_messages", used, by="district").filter(
            pl.col("breakdown").is_null(), view="event", period="12 months"
        ).row(0, named=True)  # fmt: skip
        count, staff = oracle.individual_messages_12_months(
            log, returns, registrations, at.as_of, ZONE, schools
        )
        assert row["numerator"] == count
        assert row["denominator"] == (None if staff is None else pytest.approx(staff))
        mine = pairs(series(used, "individual_messages"))
        expected = oracle.individual_messages_rate(
            log, returns, registrations, at.as_of, ZONE, list(mine), schools
        )
        kept = oracle.individual_messages(log, at.as_of, ZONE)
        for month, (violations, area, _) in expected.items():
            assert mine[month][1] == pytest.approx(area or 0.0)
            assert mine[month][0] == (violations if area else mine[month][0])
            assert month not in kept or kept[month]["complete"]


def test_outcomes(at):
    months = oracle.individual_messages(rows(at, "exception_log"), at.as_of, ZONE, logged_within_days=100_000)
    last = set(oracle.twelve_months(at.as_of))
    found = measure("individual_messages", at, by="district").filter(breakdown="outcome", period="12 months")
    mine = dict(zip(found["group"], found["numerator"], strict=True))
    for outcome in ("violation", "pending", "upheld"):
        assert mine.get(outcome, 0) == sum(one[outcome] for month, one in months.items() if month in last)


def test_finding_rate(at):
    expected = oracle.finding_rate(rows(at, "audit_findings"), at.as_of, rows(at, "tool_registrations"))
    found = series(at, "finding_rate")
    if expected is None:
        assert found.is_empty()
        return
    rates, _ = expected
    month = oracle.reporting_month(at.as_of)
    mine = {
        (row["clause"], row["group"], row["start"]): (row["numerator"], row["denominator"])
        for row in found.to_dicts() if row["denominator"]
    }  # fmt: skip
    assert mine == {key: pair for key, pair in rates.items() if key[2] <= month and pair is not None}


def test_open_findings_and_roll_forward(at):
    findings = rows(at, "audit_findings")
    stock = (
        measure("open_findings", at, by="district").filter(pl.col("breakdown").is_null()).row(0, named=True)
    )
    assert stock["numerator"] == oracle.open_findings(findings, at.as_of)
    flows = roll_forward(at)
    mine = {} if flows.is_empty() else {(row[0], row[1]): tuple(row[2:]) for row in flows.iter_rows()}
    assert mine == oracle.roll_forward(findings, at.as_of)
    for opening, opened, closed, accepted, closing in mine.values():
        assert opening + opened - closed - accepted == closing


def test_schools_add_up_to_the_district(district):
    for name in ("supervisor_aware", "reported_in_time", "platforms"):
        whole = measure(name, district, by="district").filter(pl.col("breakdown").is_null())
        parts = measure(name, district, by="school").filter(pl.col("breakdown").is_null())
        keys = ["view", "period"]
        summed = parts.group_by(keys).agg(pl.col("numerator").sum(), pl.col("denominator").sum()).sort(keys)
        assert summed.rows() == whole.select(*keys, "numerator", "denominator").sort(keys).rows()


def test_platforms_that_the_code_list_does_not_know_are_one_group(district):
    """In every table, and none of their items is lost."""
    known = set(district.contract.codes("platforms"))
    for name in ("finding_rate", "coverage", "overdue", "supervisor_aware"):
        by = measure(name, district, by="platform").filter(pl.col("view").is_in(["event", "stock"]))
        assert set(by["group"].drop_nulls()) <= known | {"Other"}, name
        assert "Other" in by["group"].to_list(), name
        whole = measure(name, district, by="district").filter(
            pl.col("breakdown").is_null(), pl.col("view").is_in(["event", "stock"])
        )
        keys = ["clause", "period"]
        parts = (
            by.group_by(keys).agg(pl.col("denominator").sum()).filter(pl.col("denominator") > 0).sort(keys)
        )
        sums = (
            whole.group_by(keys).agg(pl.col("denominator").sum()).filter(pl.col("denominator") > 0).sort(keys)
        )
        if name != "finding_rate":  # of P.4, a platform may have no rate of its own
            assert parts.rows() == sums.rows(), name


def test_a_chain_of_repeats_that_comes_back_is_counted_apart(district):
    """Two findings that repeat each other; in the sample there is none."""
    whole = district
    apart = measure("repeats", whole, by="district").filter(group="in a cycle of repeats")
    assert apart["numerator"].to_list() == [0]
    frame = whole.tables["audit_findings"].frame
    first, second = frame.filter(result="finding").head(2)["finding_id"]
    turned = frame.with_columns(
        repeat_of=pl.when(pl.col("finding_id") == first).then(pl.lit(second))
        .when(pl.col("finding_id") == second).then(pl.lit(first)).otherwise("repeat_of")
    )  # fmt: skip
    tables = {**whole.tables, "audit_findings": replace(whole.tables["audit_findings"], frame=turned)}
    turned_district = replace(whole, tables=tables)
    apart = measure("repeats", turned_district, by="district").filter(group="in a cycle of repeats")
    assert apart["numerator"].to_list() == [2]


def test_longer_periods_hold_the_months(district):
    for name in ("supervisor_aware", "reported_in_time"):
        month, year = series(district, name), series(district, name, "school_year")
        first, last = year["start"].min(), year["end"].max()
        inside = month.filter(pl.col("start").is_between(first, last))
        assert year["denominator"].sum() == inside["denominator"].sum()


def test_people_are_counted_once():
    import narwhals as nw

    from norwalk_analytics.oversight.counting import count

    cases = pl.DataFrame({
        "met": [True, True, False, None], "employee": ["E-1", "E-1", "E-2", None], "student": ["S-1", "S-1", "S-1", "S-1"],
    })  # fmt: skip
    row = count(nw.from_native(cases), []).row(0, named=True)
    assert row == {
        "numerator": 2,
        "denominator": 4.0,
        "people": 1,
        "people_numerator": 1,
        "people_complement": 1,
        "largest": 4,
    }


@pytest.mark.parametrize(("name", "by", "said"), [
    ("nothing", "month", "There is no measure nothing"), ("platforms", "week", "not by week"),
])  # fmt: skip
def test_calls_that_make_no_sense(district, name, by, said):
    with pytest.raises(UserError, match=said):
        measure(name, district, by=by)


@pytest.mark.parametrize("latest", [0, 10, 25])
def test_days_between_contacts_are_told_of_the_latest_months(district, monkeypatch, latest):
    """Whole months, with no more contacts than that; none where one month holds more."""
    whole = measure("disclosures", district, by="district").filter(view="gaps")
    monkeypatch.setattr(contacts, "LATEST", latest)
    some = measure("disclosures", district, by="district").filter(view="gaps")
    assert some.equals(whole.tail(some.height))
    assert some.height <= latest < whole.height
    if (
        latest
    ):  # the month before would be too much, and of the first contact that is left the gap is not known
        months = whole["start"].dt.truncate("1mo")
        assert months[-some.height - 1] <= some["start"][0].replace(day=1)
        assert some.height > 0


def test_as_of_is_the_end_of_the_day():
    from norwalk_analytics.oversight.periods import end_minute

    start = datetime(1970, 1, 1)
    for day in (date(2024, 3, 10), date(2024, 11, 3), date(2024, 6, 1)):
        assert start + timedelta(minutes=end_minute(day, ZONE)) == oracle.end_of_day(day, ZONE)


def test_months_between():
    assert months_between(date(2024, 12, 1), date(2025, 2, 1)) == [
        date(2024, 12, 1),
        date(2025, 1, 1),
        date(2025, 2, 1),
    ]
    assert months_between(date(2025, 2, 1), date(2025, 1, 1)) == []


def test_a_planted_story_shows(district):
    rows_ = figures(district).filter(
        pl.col("measure") == "reported_in_time", view="series", period="school_year"
    )
    rate = {row["start"].year: row["numerator"] / row["denominator"] for row in rows_.to_dicts()}
    assert rate[2024] < 0.8
    assert all(share > 0.9 for year, share in rate.items() if year != 2024)
