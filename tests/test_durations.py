"""Times to an event: against lifelines, scipy and a plain loop; what the district's own waits are."""

import warnings
from datetime import date, timedelta
from math import isnan
from zoneinfo import ZoneInfo

import numpy as np
import oracle_more as more
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from norwalk_analytics import UserError
from norwalk_analytics.oversight.durations import WAITS, quantiles, time_to_event, waits

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of what lifelines itself imports
    import lifelines

LAWS = settings(max_examples=60, deadline=None, database=None)
CASES = st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=40)
ZONE = ZoneInfo("America/New_York")


def curve(times, events, **options):
    frame = pl.DataFrame({"t": times, "e": events}, schema={"t": pl.Float64, "e": pl.String})
    return time_to_event(frame, time="t", event="e", **options)


def of_one_kind(cases):
    return curve([t for t, _ in cases], ["told" if happened else None for _, happened in cases])


@LAWS
@given(CASES)
def test_kaplan_meier_is_that_of_lifelines(cases):
    found = of_one_kind(cases)
    if found["events"].sum() == 0:
        assert found["share"].to_list() == [0.0] * found.height
        return
    fitter = lifelines.KaplanMeierFitter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitter.fit([t for t, _ in cases], [happened for _, happened in cases])
    still = fitter.survival_function_.iloc[:, 0]
    low, high = (fitter.confidence_interval_.iloc[:, i] for i in (0, 1))
    for row in found.to_dicts():
        assert 1 - row["share"] == pytest.approx(still[row["time"]], abs=1e-9)
        ends = low[row["time"]], high[row["time"]]
        if 0 < row["share"] < 1 and not any(map(isnan, ends)):
            assert (1 - row["upper"], 1 - row["lower"]) == pytest.approx(ends, abs=1e-9)
    median = quantiles(found, [0.5])["time"][0]
    theirs = fitter.median_survival_time_
    on_it = ((found["share"] - 0.5).abs() < 1e-9).any()  # then a last digit decides in lifelines
    assert on_it or median == theirs or (median is None and theirs == float("inf"))


@LAWS
@given(CASES)
def test_kaplan_meier_is_that_of_scipy(cases):
    found = of_one_kind(cases)
    seen = [t for t, happened in cases if happened]
    late = [t for t, happened in cases if not happened]
    sf = stats.ecdf(stats.CensoredData(uncensored=seen, right=late)).sf
    assert found["share"].to_list() == pytest.approx(
        (1 - sf.evaluate(found["time"].to_numpy())).tolist(), abs=1e-9
    )
    assert found["at_risk"].to_list() == [sum(t >= time for t, _ in cases) for time in found["time"]]


@LAWS
@given(st.lists(st.integers(0, 2), min_size=2, max_size=30), st.randoms(use_true_random=False))
def test_aalen_johansen_is_that_of_lifelines(kinds, random):
    """Where no two kinds of event share a time."""
    times = random.sample(range(1, 200), len(kinds))
    names = [None, "closed", "accepted"]
    found = curve(times, [names[kind] for kind in kinds])
    for code in (1, 2):
        if not {1, 2} <= set(kinds):
            continue
        fitter = lifelines.AalenJohansenFitter(calculate_variance=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fitter.fit(np.array(times, float), kinds, event_of_interest=code)
        share = fitter.cumulative_density_.iloc[:, 0]
        ends = fitter.confidence_interval_
        for row in found.filter(event=names[code]).to_dicts():
            assert row["share"] == pytest.approx(share[row["time"]], abs=1e-9)
            if 0 < row["share"] < 1:
                mine = sorted(ends.loc[row["time"]])
                assert [row["lower"], row["upper"]] == pytest.approx(mine, abs=1e-9) or any(map(isnan, mine))


def by_loop(cases):
    """{kind: {time: share}}, one time after the other."""
    still, shares, found = 1.0, {}, {}
    for time in sorted({t for t, _ in cases}):
        at_risk = sum(t >= time for t, _ in cases)
        now = [kind for t, kind in cases if t == time and kind is not None]
        for kind in {kind for _, kind in cases if kind is not None}:
            shares[kind] = shares.get(kind, 0.0) + still * now.count(kind) / at_risk
            found.setdefault(kind, {})[time] = shares[kind]
        still *= 1 - len(now) / at_risk
    return found


@LAWS
@given(
    st.lists(
        st.tuples(st.integers(0, 8), st.sampled_from([None, "closed", "accepted"])), min_size=1, max_size=40
    )
)
def test_aalen_johansen_is_a_plain_loop(cases):
    """Where kinds share times too; and the shares of all kinds are what does not wait any more."""
    found = curve([t for t, _ in cases], [kind for _, kind in cases])
    wanted = by_loop(cases)
    for kind, shares in wanted.items():
        mine = found.filter(event=kind)
        assert dict(zip(mine["time"], mine["share"], strict=True)) == pytest.approx(shares, abs=1e-12)
    inside = found.filter(
        pl.col("lower") - 1e-9 <= pl.col("share"), pl.col("share") <= pl.col("upper") + 1e-9
    )
    assert inside.height == found.height
    assert found["lower"].is_between(0, 1).all()
    assert found["upper"].is_between(0, 1).all()


def test_groups_are_each_alone():
    frame = pl.DataFrame({
        "school": ["A"] * 4 + ["B"] * 3 + ["C"], "t": [1, 2, 2, 3, 1, 1, 4, 9],
        "e": ["x", None, "x", "y", "x", "x", None, None],
    })  # fmt: skip
    whole = time_to_event(frame, time="t", event="e", by=["school"])
    for (school,), part in frame.group_by("school"):
        alone = time_to_event(part, time="t", event="e")
        assert whole.filter(school=school).drop("school").rows() == alone.rows()
    assert whole.filter(school="C").rows() == [("C", None, 9.0, 1, 0, 1, 0.0, 0.0, pytest.approx(0.975))]
    said = quantiles(whole, by=["school"])
    assert said.filter(school="B", event="x")["time"].to_list() == [1.0, None]


def test_a_median_not_reached_is_none():
    found = quantiles(curve([1, 5, 5], ["x", None, None]), [0.5])
    assert found.select("time", "lower", "upper").row(0)[0] is None


@pytest.mark.parametrize(
    ("times", "said"), [([-1.0], "below 0"), ([None], "missing"), ([float("inf")], "endless")]
)
def test_times_that_are_none(times, said):
    with pytest.raises(ValueError, match=said):
        curve(times, ["x"])


def test_calls_that_make_no_sense(district):
    with pytest.raises(ValueError, match="no column e"):
        time_to_event(pl.DataFrame({"t": [1]}), time="t", event="e")
    with pytest.raises(ValueError, match="not a number"):
        time_to_event(pl.DataFrame({"t": ["1"], "e": ["x"]}), time="t", event="e")
    with pytest.raises(ValueError, match="level"):
        curve([1], ["x"], level=1.0)
    with pytest.raises(UserError, match="no wait nothing"):
        waits("nothing", district)


@pytest.mark.parametrize("name", WAITS)
def test_the_waits_of_contacts(district, name):
    """Every row that waits, and how long, by a loop over the log."""
    kind, start, event = {
        "supervisor_told": ("emergency_contact", "occurred_at", "supervisor_notified_at"),
        "parent_told": ("emergency_contact", "occurred_at", "parent_informed_at"),
        "authority_told": ("mandatory_report", "occurred_at", "authority_reported_at"),
        "written_report": ("mandatory_report", "authority_reported_at", "written_report_at"),
    }[name]
    end = more.end_of_day(district.as_of, ZONE)
    wanted = []
    for row in district.frame("exception_log").to_dicts():
        if row["kind"] != kind or more.local_date(row["logged_at"], ZONE) > district.as_of:
            continue
        if name == "written_report" and (row["report_basis"] != "mandated" or row[start] is None):
            continue
        done = row[event] is not None and more.local_date(row[event], ZONE) <= district.as_of
        until = row[event] if done else end
        wanted.append((max((until - row[start]) / timedelta(hours=1), 0.0), done))
    found = waits(name, district)
    mine = sorted(zip(found["time"], found["event"].is_not_null(), strict=True))
    assert [one[1] for one in mine] == [one[1] for one in sorted(wanted)]
    assert [one[0] for one in mine] == pytest.approx([one[0] for one in sorted(wanted)])


def test_the_days_to_close(district):
    wanted = []
    for row in more.opened(district.frame("audit_findings").to_dicts(), district.as_of):
        gone = row["closed_on"] is not None and row["closed_on"] <= district.as_of
        until: date = row["closed_on"] if gone else district.as_of
        what = None if not gone else "risk accepted" if row["status"] == "risk_accepted" else "closed"
        wanted.append((float((until - row["opened_on"]).days), what))
    found = waits("closed", district)
    assert sorted(zip(found["time"], found["event"], strict=True), key=str) == sorted(wanted, key=str)
    assert {"closed", "risk accepted"} <= set(found["event"])
