"""Funnel limits: against the limits of a p chart and a plain loop."""

from math import sqrt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from norwalk_analytics.oversight.funnel import by_chance, funnel_limits
from norwalk_analytics.oversight.trends import control_limits

GROUPS = st.lists(
    st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=30
)


def made(groups, **options):
    frame = pl.DataFrame(groups, schema={"y": pl.Int64, "n": pl.Int64}, orient="row").with_row_index("school")
    return funnel_limits(frame, y="y", n="n", **options)


@settings(max_examples=80, deadline=None, database=None)
@given(GROUPS)
def test_a_plain_loop_says_the_same(groups):
    kept = [(y, n) for y, n in groups if n]
    found = made(groups).to_dicts()
    for (y, n), row in zip(groups, found, strict=True):
        if not n:
            assert row["value"] is None
            assert row["mark"] is None
            continue
        centre = sum(y for y, _ in kept) / sum(n for _, n in kept)
        sigma = sqrt(centre * (1 - centre) / n)
        assert (row["value"], row["centre"]) == pytest.approx((y / n, centre))
        if centre in (0, 1):
            assert row["lower"] is None
            continue
        for name, times in (("lower", -3), ("upper", 3), ("low2", -2), ("high2", 2)):
            assert row[name] == pytest.approx(min(max(centre + times * sigma, 0), 1))
        if abs(y / n - centre) > 3 * sigma + 1e-9:
            assert row["mark"] == ("above" if y / n > centre else "below")
        elif abs(y / n - centre) < 3 * sigma - 1e-9:
            assert row["mark"] is None


@settings(max_examples=40, deadline=None, database=None)
@given(
    st.lists(
        st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
        min_size=10,
        max_size=30,
    )
)
def test_the_limits_are_those_of_a_p_chart(groups):
    chart = control_limits(
        pl.DataFrame(groups, schema=["y", "n"], orient="row").with_row_index("x"),
        y="y",
        n="n",
        x="x",
        kind="p",
    )
    found = made(groups)
    for name in ("centre", "lower", "upper"):
        assert found[name].to_list() == pytest.approx(chart[name].to_list(), abs=1e-12)


def test_several_funnels_are_each_alone():
    frame = pl.DataFrame({"m": ["a", "a", "b", "b"], "y": [1, 9, 5, 5], "n": [10, 10, 10, 20]})
    whole = funnel_limits(frame, y="y", n="n", by=["m"])
    for (m,), part in frame.group_by("m"):
        assert whole.filter(m=m).rows() == funnel_limits(part, y="y", n="n").rows()


def test_calls_that_make_no_sense():
    with pytest.raises(ValueError, match="no column late"):
        funnel_limits(pl.DataFrame({"n": [1]}), y="late", n="n")
    with pytest.raises(ValueError, match="between 0 and its n"):
        made([(2, 1)])


def test_how_many_by_chance():
    assert by_chance(1000) == pytest.approx(2.7, abs=0.01)
