"""Every kind of chart and both sets of rules against plain loops written from the specification alone."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle_charts import chart

from norwalk_analytics.oversight.limits import KINDS
from norwalk_analytics.oversight.runs import RULES
from norwalk_analytics.oversight.trends import control_limits

LAWS = settings(max_examples=50, deadline=None, database=None)
WITH_AREA = ("u", "p", "u_prime", "p_prime")
NUMBERS = (
    "value", "centre", "lower", "upper", "sigma_z", "useful", "longest_run", "longest_run_max", "crossings",
    "crossings_min", "points", "phase",
)  # fmt: skip
WORDS = ("kept", "limits", "outside", "rule", "side", "mark", "signal")


@st.composite
def series(draw, kind):
    """Points with gaps, in levels and slopes, so that every rule has its turn."""
    length = draw(st.integers(0, 45))
    level, points = draw(st.integers(0, 9)), []
    for x in range(1, length + 1):
        step = draw(st.sampled_from([0, 0, 0, 1, 1, -1, 5, -5]))
        level = min(max(level + step, 0), 12)
        gap = draw(st.integers(0, 14)) == 0
        n = draw(st.sampled_from([12, 12, 20, 31, 0])) if kind in WITH_AREA else None
        points.append((x, None if gap else level, n))
    return points


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rules", RULES)
@LAWS
@given(data=st.data())
def test_a_plain_loop_says_the_same(kind, rules, data):
    """Lines, counts, rules, sides, marks and assurance of any series, with gaps, phases, exclusions, a baseline."""
    points = data.draw(series(kind))
    options = {
        "rules": rules,
        "better": data.draw(st.sampled_from([None, "higher", "lower"])),
        "baseline": data.draw(st.none() | st.integers(2, 25)),
        "exclude": sorted(data.draw(st.sets(st.integers(1, 45), max_size=3))),
        "phases": sorted(data.draw(st.sets(st.integers(2, 40), max_size=2))),
    }
    if options["better"] is not None:
        options["target"] = data.draw(st.sampled_from([0.25, 0.5, 3.0, 6.0]))
    if kind in ("i", "xmr"):
        options["screen"] = data.draw(st.sampled_from([None, True, False]))
    if kind == "xmr":
        options["floor"] = data.draw(st.sampled_from([None, 0.0]))
    wanted = chart(points, kind, **options)
    schema = {"x": pl.Int64, "y": pl.Float64, "n": pl.Float64}
    frame = pl.DataFrame(points, schema=schema, orient="row")
    n = "n" if kind in WITH_AREA else None
    found = control_limits(frame, y="y", n=n, x="x", kind=kind, **options).to_dicts()
    assert len(found) == len(wanted)
    for mine, other in zip(found, wanted, strict=True):
        gap = mine["value"] is None
        for name in NUMBERS:
            if mine[name] is None or other[name] is None:
                assert mine[name] is other[name] or (gap and name in ("lower", "upper")), name
            else:
                assert mine[name] == pytest.approx(other[name], rel=1e-9, abs=1e-9), name
        for name in WORDS:
            assert mine[name] == other[name], name
    kept = [one for one in found if one["value"] is not None]
    if kept and kept[-1]["kept"]:  # the loop takes an excluded point for the latest, too
        assert found[0].get("assurance") == wanted[0]["assurance"]
