"""How long things take, as published: against plain counts, withheld where few people stand behind, curves thinned."""

import statistics
from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from norwalk_analytics import internal, load_district, suppress, time_to_event, waits
from norwalk_analytics.board.waited import CONTACTS, SAID, closing_chart, waits_table
from norwalk_analytics.oversight.durations import CLOSING
from norwalk_analytics.oversight.how_long import APART, LATE, apart, how_long
from norwalk_analytics.oversight.measures import figures


@pytest.fixture(scope="module")
def shown(district):
    some = figures(district, by="district").filter(pl.col("measure").is_in(["open_findings", "overdue"]))
    return suppress(some, district.policy), internal(some, district.policy)


def test_every_wait_has_its_words():
    assert set(SAID) == {*CONTACTS, *LATE, CLOSING}


@pytest.mark.parametrize("name", LATE)
def test_entries_are_as_late_as_a_plain_loop_says(name, district):
    table, start, end = LATE[name]
    days = sorted(
        max((row[end] - row[start]).days, 0)
        for row in district.tables[table].frame.select(start, end).to_dicts()
        if None not in row.values() and row[end] <= district.as_of and row[start] >= district.policy.enacted
    )
    told = how_long([name], district)
    assert told["time"].to_list() == [statistics.median_low(days), days[-(-9 * len(days) // 10) - 1]]


def test_of_few_people_nothing_is_said(district):
    few = {**district.policy.disclosure, "people": 100_000}
    names = [*CONTACTS, *LATE, CLOSING]
    told = how_long(names, district, few)
    hidden = dict(told.filter(share=0.5).select("name", "withheld").rows())
    assert hidden == {name: name != CLOSING for name in names}, "items name nobody"
    assert told.filter("withheld").select("time", "lower", "upper").null_count().row(0) == (12, 12, 12)


def test_a_median_of_registrations_needs_twenty_people(district):
    rows = district.tables["tool_registrations"].frame
    persons = len({row["employee_id"] for row in rows.to_dicts() if row["registered_on"] <= district.as_of
                   and row["active_from"] is not None and row["active_from"] >= district.policy.enacted})  # fmt: skip
    for least, hidden in ((persons, False), (persons + 1, True)):
        rule = {**district.policy.disclosure, "people": least}
        assert how_long(["tool_registered"], district, rule)["withheld"].to_list() == [hidden, hidden]


def test_few_people_are_withheld_in_the_table(tmp_path, sample_folder, shown):
    keep = (sample_folder / "exception_log.csv").read_text(encoding="utf-8").splitlines(keepends=True)[:31]
    for file in sample_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "exception_log.csv").write_text("".join(keep), encoding="utf-8")
    district = load_district(tmp_path)
    for edition, there in zip(shown, (True, False), strict=True):
        html = str(waits_table(edition, district, CONTACTS, caption="Told", ident="told"))
        assert ("withheld" in html) is there


steps = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30)


@given(steps)
def test_between_two_points_lie_enough_events(pairs):
    at_risk, rows = 200, []
    for time, (events, gone) in enumerate(pairs):
        events = min(events, at_risk)
        rows.append((float(time), at_risk, events))
        at_risk = max(at_risk - events - gone, 0)
    curve = pl.DataFrame(
        rows, schema={"time": pl.Float64, "at_risk": pl.Int64, "events": pl.Int64}, orient="row"
    )
    times = apart(curve)["time"].to_list()
    for before, after in zip([-1.0, *times], times, strict=False):
        assert curve.filter(pl.col("time") > before, pl.col("time") <= after)["events"].sum() >= APART
    assert all(curve.filter(time=time)["at_risk"][0] >= APART for time in times)


def test_the_published_curve_is_the_whole_one_at_fewer_times(district, shown):
    whole = time_to_event(waits(CLOSING, district), time="time", event="event").filter(event="closed")
    some = apart(whole)
    assert 10 < some.height < whole.height
    published, inside = (closing_chart(one, district).html for one in shown)
    assert published.count("<tr>") == some.height + 1
    assert inside.count("<tr>") == whole.height + 1


def test_the_curve_is_what_a_plain_loop_says_where_all_are_closed(district, shown):
    rows = district.tables["audit_findings"].frame
    old = rows.filter(pl.col("audited_on") <= district.as_of - timedelta(days=3 * 365))
    assert old.filter(result="finding", status="open").height < 20  # so that few are censored
    said = closing_chart(shown[0], district).words
    told = how_long([CLOSING], district)["time"].to_list()
    assert f"within {told[0]:.0f} days" in said
    assert f"within {told[1]:.0f} days" in said
