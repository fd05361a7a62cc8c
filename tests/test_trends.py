"""Control charts against published figures, laws that any chart keeps, and a plain loop."""

import json
from datetime import date
from itertools import accumulate, groupby, pairwise
from math import comb, log2, sqrt
from pathlib import Path
from statistics import median

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from scipy.stats import binom

from norwalk_analytics.oversight.limits import KINDS
from norwalk_analytics.oversight.runs import RULES, crossings_min, longest_run_max
from norwalk_analytics.oversight.trends import OUTPUT, control_limits, state

LAWS = settings(max_examples=40, deadline=None, database=None)
SHARED = Path(__file__).parents[2] / "shared" / "data" / "spc" / "cases.json"

CDI = [
    *(17, 12, 27, 20, 20, 18, 22, 19, 19, 24, 17, 16, 24, 19, 19, 22, 25, 19),
    *(17, 6, 25, 17, 11, 14, 9, 11, 7, 13, 5, 5, 3, 5, 9, 4, 5, 9),
]
LOANS = [
    *(310, 288, 297, 298, 307, 303, 294, 297, 308, 306, 294, 299, 297, 299, 314, 295, 293, 306),
    *(301, 304, 305, 282, 305, 296, 314, 295, 287, 301, 298, 311, 310, 292, 305, 299, 304, 310),
    *(304, 305, 333, 328),
]
CANS = [
    *(12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15),
    *(9, 12, 7, 13, 9, 6),
]
SUPPLY = [2, 3, 8, 1, 1, 4, 1, 4, 5, 1, 8, 2, 4, 3, 4, 1, 8, 3, 7, 4]
SEEN = [
    *(266501, 264225, 276532, 281461, 269071, 261215, 270409, 279778, 270483, 270320),
    *(267923, 271478, 255353, 256820, 261835, 259144, 255910, 260863, 264465, 260989),
]
CAME = [
    *(280443, 276823, 291681, 296155, 282343, 275888, 283867, 295251, 284468, 282529),
    *(279618, 283932, 266629, 268091, 276803, 271578, 266005, 273520, 278574, 273772),
]
# Published charts. Points are numbered from 1; what a case does not say is not compared.
CASES = [
    {
        "name": "loan costs",
        "source": "Montgomery, Introduction to Statistical Quality Control, example 6.5",
        "chart": "i",
        "y": LOANS,
        "baseline": 20,
        "expect": {
            "centre_line": 300.5,
            "lower": 279.783315,
            "upper": 321.216685,
            "longest_run": 6,
            "longest_run_max": 8,
            "crossings": 20,
            "crossings_min": 14,
            "outside": [39, 40],
        },
    },
    {
        "name": "juice cans",
        "source": "Montgomery, example 7.1; its chart leaves out samples 15 and 23",
        "chart": "p",
        "y": CANS,
        "n": [50] * 30,
        "exclude": [15, 23],
        "expect": {
            "centre_line": 0.215,
            "lower": 0.040703,
            "upper": 0.389297,
            "longest_run": 5,
            "crossings": 13,
            "crossings_min": 9,
            "outside": [15, 21, 23],
        },
    },
    {
        "name": "supply chain",
        "source": "Montgomery, example 7.4",
        "chart": "u",
        "y": SUPPLY,
        "n": [50] * 20,
        "expect": {"centre_line": 0.074, "lower": 0.0, "upper": 0.189412, "outside": []},
    },
    {
        "name": "infections, run chart",
        "source": "data set cdi of the R package qicharts2 (CRAN)",
        "chart": "run",
        "y": CDI,
        "baseline": 24,
        "expect": {
            "centre_line": 19,
            "useful": 31,
            "longest_run": 15,
            "longest_run_max": 8,
            "crossings": 8,
            "crossings_min": 11,
            "signal": True,
        },
    },
    {
        "name": "infections, two phases",
        "source": "data set cdi of the R package qicharts2 (CRAN)",
        "chart": "c",
        "y": CDI,
        "phase_starts": [25],
        "expect": {
            "phases": [
                {"centre_line": 18.708333, "lower": 5.732394, "upper": 31.684273},
                {"centre_line": 7.083333, "lower": 0.0, "upper": 15.067693},
            ]
        },
    },
    {
        "name": "seen within four hours",
        "source": "Mohammed & Laney 2006, Qual. Saf. Health Care 15, 382–383 (data from NHS)",
        "chart": "p",
        "y": SEEN,
        "n": CAME,
        "expect": {"centre_line": 0.9529, "outside_count": 16},
    },
]
# Useful points, longest run, fewest crossings: Anhøj & Olesen 2014, PLoS ONE 9, e113825; 31 from
# the chart of cdi.
RUN_LIMITS = [(10, 6, 2), (15, 7, 4), (20, 7, 6), (24, 8, 8), (31, 8, 11)]

NUMBERS = st.lists(st.integers(-40, 40), min_size=10, max_size=40)
SHARES = st.lists(
    st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=10,
    max_size=40,
)


def chart(y, n=None, **options):
    """Draw one series of points numbered from 1."""
    frame = pl.DataFrame(
        {"x": range(1, len(y) + 1), "y": y, "n": n if n is not None else [1] * len(y)},
        schema={"x": pl.Int64, "y": pl.Float64, "n": pl.Float64},
        strict=False,
    )
    return control_limits(frame, y="y", n=None if n is None else "n", x="x", **options)


def check(case):
    """Compare a chart with what a case expects."""
    limits = chart(
        case["y"],
        case.get("n"),
        kind=case["chart"],
        baseline=case.get("baseline"),
        exclude=case.get("exclude", ()),
        phases=case.get("phase_starts", ()),
        screen=case.get("screen_moving_ranges"),
    )
    expect = dict(case["expect"])
    for name, column in {"first_lower": "lower", "first_upper": "upper", "sigma_z": "sigma_z"}.items():
        if name in expect:
            assert limits[column][0] == pytest.approx(expect[name], rel=1e-6, abs=1e-6)
    lines = {"centre_line": "centre", "lower": "lower", "upper": "upper"}
    for number, phase in enumerate(expect.pop("phases", [expect]), start=1):
        rows = limits.filter(phase=number)
        for name in lines.keys() & phase.keys():
            wanted = [phase[name]] * rows.height
            assert rows[lines[name]].to_list() == pytest.approx(wanted, rel=1e-6, abs=1e-6)
    outside = limits.filter("outside")["x"].to_list()
    assert outside == expect.get("outside", outside)
    assert len(outside) == expect.get("outside_count", len(outside))
    assert limits["signal"].any() == expect.get("signal", limits["signal"].any())
    for name in ("useful", "longest_run", "longest_run_max", "crossings", "crossings_min"):
        assert limits[name][0] == expect.get(name, limits[name][0])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_published_charts(case):
    """Lines, runs and signals of published charts."""
    check(case)


def test_shared_cases():
    """The same of the project's own file of cases."""
    if not SHARED.exists():
        pytest.skip(f"no {SHARED}: Montgomery's examples, and cdi of qicharts2 on CRAN")
    cases = json.loads(SHARED.read_text())
    assert {"xmr", "mr", "p_prime", "t", "g"} <= {case["chart"] for case in cases}
    for case in cases:
        check(case)


@pytest.mark.parametrize(("useful", "longest", "fewest"), RUN_LIMITS)
def test_published_run_limits(useful, longest, fewest):
    """The limits of runs and crossings."""
    assert (longest_run_max(useful), crossings_min(useful)) == (longest, fewest)


def test_crossings_are_scipys_quantile():
    """The sum in whole numbers agrees with scipy's binomial."""
    found = [crossings_min(useful) for useful in range(1, 1200)]
    assert found == [int(binom.ppf(0.05, tosses, 0.5)) for tosses in range(1199)]


# --- a plain loop -------------------------------------------------------------------------


def oracle(y, n, kind, excluded, first):
    """Give centre, then of each point (lower, upper, rule, side), by loops over one series."""
    kept = [i for i in range(len(y)) if y[i] is not None and n[i] and i + 1 not in excluded]
    if len(kept) < 10:
        return None, [(None, None, None, None)] * len(y)
    base = kept[:first]
    values = [None if a is None or not b else a / b for a, b in zip(y, n, strict=True)]
    if kind == "run":
        centre = median(values[i] for i in base)
    elif kind in ("i", "c"):
        centre = sum(values[i] for i in base) / len(base)
    else:
        centre = sum(y[i] for i in base) / sum(n[i] for i in base)
    ranges = [abs(values[a] - values[b]) for a, b in pairwise(base)]
    sigma = {
        "run": 0.0,
        "i": sum(ranges) / len(ranges) / 1.128,
        "c": sqrt(max(centre, 0)),
        "u": sqrt(max(centre, 0)),
        "p": sqrt(max(centre * (1 - centre), 0)),
    }[kind]
    limits = []
    for value, area in zip(values, n, strict=True):
        if sigma < 1e-12 or value is None:
            limits.append((None, None))
            continue
        width = 3 * sigma / (sqrt(area) if kind in "up" else 1)
        low = centre - width if kind == "i" else max(centre - width, 0)
        limits.append((low, min(centre + width, 1) if kind == "p" else centre + width))
    useful = [i for i in kept if abs(values[i] - centre) > 1e-9]
    runs = [list(run) for _, run in groupby(useful, key=lambda i: values[i] > centre)]
    rule = [None] * len(y)
    if useful:
        tosses = len(useful) - 1
        chances = list(accumulate(comb(tosses, k) / 2**tosses for k in range(tosses + 1)))
        fewest = sum(chance < 0.05 for chance in chances)
        if len(runs) - 1 < fewest:
            for i in runs[-1]:
                rule[i] = "crossings"
        if max(map(len, runs)) > round(log2(len(useful))) + 3:
            for i in runs[-1]:
                rule[i] = "run"
    for i, (low, high) in enumerate(limits):
        if low is not None and not low - 1e-9 <= values[i] <= high + 1e-9:
            rule[i] = "outside"
    side = [
        ("above" if value > centre else "below") if name else None
        for value, name in zip(values, rule, strict=True)
    ]
    return centre, [(*pair, name, way) for pair, name, way in zip(limits, rule, side, strict=True)]


@LAWS
@given(
    st.lists(
        st.tuples(st.none() | st.integers(0, 12), st.sampled_from([None, 0, 12, 12, 20, 31])),
        max_size=45,
    ),
    st.sampled_from(["run", "i", "u", "p"]),
    st.sets(st.integers(1, 45), max_size=3),
    st.none() | st.integers(2, 30),
)
def test_a_plain_loop_says_the_same(points, kind, excluded, first):
    """Lines, rules and sides of any series, with gaps, exclusions and a baseline."""
    y, n = [a for a, _ in points], [b for _, b in points]
    found = chart(y, n, kind=kind, exclude=sorted(excluded), baseline=first)
    centre, wanted = oracle(y, n, kind, excluded, first)
    assert found["centre"].to_list() == pytest.approx([centre] * len(y))
    has_value = found["value"].is_not_null()
    for position, name in enumerate(("lower", "upper", "rule", "side")):
        column = pl.Series([row[position] for row in wanted], dtype=found.schema[name])
        kept, plain = found[name].filter(has_value), column.filter(has_value)
        assert kept.to_list() == pytest.approx(plain.to_list(), abs=1e-9)


# --- laws ---------------------------------------------------------------------------------

LINES = ("value", "centre", "lower", "upper")
AREAS = ["run", "i", "xmr", "mr", "u", "p", "p_prime", "u_prime"]
RULE_SETS = list(RULES)
SIGNS = ("limits", "useful", "longest_run", "crossings", "outside", "signal", "rule")


def same(one, two, columns=OUTPUT):
    """Hold that two charts agree, floats but for rounding."""
    assert_frame_equal(one.select(columns), two.select(columns), abs_tol=1e-9, rel_tol=1e-9)


def swapped(frame):
    """Turn above and below about."""
    turned = {"above": "below", "below": "above"}
    return frame.with_columns(side=pl.col("side").replace(turned))


@LAWS
@given(
    NUMBERS,
    st.sampled_from(["run", "i", "xmr"]),
    st.sampled_from([0.1, 3, 1000]),
    NUMBERS,
    st.sampled_from(RULE_SETS),
)
def test_run_i_and_xmr_scale_and_shift(y, kind, factor, shifts, rules):
    """Measured in other units from another zero, the lines follow and the signals stay."""
    shift = shifts[0]
    plain = chart(y, kind=kind, rules=rules).with_columns(pl.col(LINES) * factor + shift)
    same(plain, chart([value * factor + shift for value in y], kind=kind, rules=rules))


@LAWS
@given(NUMBERS, st.sampled_from(["mr", "t"]), st.sampled_from([0.25, 3, 1000]), st.sampled_from(RULE_SETS))
def test_mr_and_t_scale(y, kind, factor, rules):
    """In other units the lines follow and the signals stay."""
    y = [abs(value) for value in y]
    plain = chart(y, kind=kind, rules=rules).with_columns(pl.col(LINES) * factor)
    same(plain, chart([value * factor for value in y], kind=kind, rules=rules))


@LAWS
@given(NUMBERS, st.sampled_from(["run", "i", "xmr"]), st.sampled_from(RULE_SETS))
def test_run_i_and_xmr_mirror(y, kind, rules):
    """Upside down, above is below and the rest stays."""
    one, two = chart(y, kind=kind, rules=rules), chart([-value for value in y], kind=kind, rules=rules)
    same(swapped(one), two, (*SIGNS, "side"))
    same(one.with_columns(lower=-pl.col("upper"), upper=-pl.col("lower")), two, ("lower", "upper"))


@LAWS
@given(SHARES, st.sampled_from(["p", "p_prime"]), st.sampled_from(RULE_SETS))
def test_p_mirrors(cases, kind, rules):
    """The share that is not is the chart upside down."""
    y, n = [a for a, _ in cases], [b for _, b in cases]
    one = chart(y, n, kind=kind, rules=rules, better="higher", target=0.75)
    two = chart([b - a for a, b in cases], n, kind=kind, rules=rules, better="lower", target=0.25)
    same(swapped(one), two, (*SIGNS, "side", "mark", "assurance"))
    same(one.select(lower=1 - pl.col("upper"), upper=1 - pl.col("lower")), two, ("lower", "upper"))


@LAWS
@given(SHARES, st.integers(2, 50))
def test_u_scales_with_its_area(cases, factor):
    """An area counted in smaller units has a centre line that much lower."""
    y, n = [a for a, _ in cases], [b for _, b in cases]
    for kind in ("u", "u_prime"):
        one, two = chart(y, n, kind=kind), chart(y, [b * factor for b in n], kind=kind)
        lower = one.with_columns(pl.col(LINES) / factor)
        same(lower, two)
        per = chart(y, [b * factor for b in n], kind=kind, per=float(factor))
        same(one, per)


@LAWS
@given(SHARES, SHARES, st.sampled_from(AREAS), st.none() | st.integers(2, 15), st.sampled_from(RULE_SETS))
def test_phases_are_charts_of_their_own(one, two, kind, first, rules):
    """A series cut in two is its two parts."""
    options = {"kind": kind, "baseline": first, "rules": rules}
    y, n = ([case[i] for case in one + two] for i in (0, 1))
    cut = len(one)
    whole = chart(y, n, phases=[cut + 1], **options)
    columns = [name for name in OUTPUT if name != "phase"]
    same(whole.head(cut), chart(y[:cut], n[:cut], **options), columns)
    same(whole.tail(-cut), chart(y[cut:], n[cut:], **options), columns)
    assert whole["phase"].to_list() == [1] * cut + [2] * len(two)


@LAWS
@given(SHARES, st.sampled_from(AREAS), st.sets(st.integers(0, 9), min_size=1))
def test_a_gap_changes_nothing(cases, kind, places):
    """Months without a denominator leave the other months as they were."""
    filled = list(cases)
    for place in sorted(places):
        filled.insert(place, (None, 5) if place % 2 else (0, 0))
    found = chart([a for a, _ in filled], [b for _, b in filled], kind=kind)
    gap = pl.col("value").is_null()
    assert found.filter(gap)["signal"].any() is False
    assert found.filter(gap).height == len(places)
    plain = chart([a for a, _ in cases], [b for _, b in cases], kind=kind)
    same(found.filter(~gap), plain)


@LAWS
@given(NUMBERS, st.sampled_from(["run", "i", "xmr"]), st.integers(-900, 900))
def test_an_excluded_point_changes_nothing_but_itself(y, kind, other):
    """Whatever stands there, the other points are the same."""
    one = chart(y, kind=kind, exclude=[3])
    two = chart([*y[:2], other, *y[3:]], kind=kind, exclude=[3])
    same(one.filter(pl.col("x") != 3), two.filter(pl.col("x") != 3))


@LAWS
@given(
    st.lists(SHARES, min_size=1, max_size=4),
    st.sampled_from(AREAS),
    st.sampled_from(RULE_SETS),
    st.randoms(use_true_random=False),
)
def test_many_series_are_each_alone(parts, kind, rules, random):
    """One call with many series, in any order of rows, is one call each."""
    rows = [
        {"school": i // 2, "part": "ab"[i % 2], "x": x, "y": y, "n": n}
        for i, part in enumerate(parts)
        for x, (y, n) in enumerate(part)
    ]
    mixed = random.sample(rows, len(rows))
    options = {"y": "y", "n": "n", "x": "x", "kind": kind, "rules": rules, "better": "higher", "target": 0.5}
    by = ["school", "part"]
    together = control_limits(pl.DataFrame(mixed), by=by, phases=[15], **options)
    apart = [
        control_limits(part, phases=[15], **options)
        for part in pl.DataFrame(rows).partition_by(by, maintain_order=True)
    ]
    assert_frame_equal(together, pl.concat(apart), check_column_order=False)
    states = [state(part, x="x") for part in apart]
    assert_frame_equal(state(together, x="x", by=by).drop(by), pl.concat(states))


# --- the rules of Making Data Count ---------------------------------------------------------

STEADY = [
    8,
    10,
] * 5  # the baseline: on an i chart 9 ± 5.32, 2σ at 5.45 and 12.55; on a c chart 9 ± 9, 2σ at 3 and 15
# What follows on the baseline (its last point first), and by which rule and on which side each is marked.
NHS = [
    ("seven on one side", "i", [10, 11, 10, 11, 10, 11, 10], ["shift"] * 7, "above"),
    ("six on one side", "i", [10, 11, 10, 11, 10, 11], [None] * 6, None),
    ("one on the line between", "i", [10, 11, 10, 9, 11, 10, 11], [None] * 7, None),
    ("a gap between", "i", [10, 11, 10, None, 10, 11, 10, 11], [*["shift"] * 3, None, *["shift"] * 4], "above"),
    ("seven rising", "i", [10, 6, 7, 8, 9, 10, 11, 12], [None, *["trend"] * 7], "above"),
    ("seven falling", "i", [10, 12, 11, 10, 9, 8, 7, 6], [None, *["trend"] * 7], "below"),
    ("six rising", "i", [10, 7, 8, 9, 10, 11, 12], [None] * 7, None),
    ("two alike on the way", "i", [10, 6, 7, 8, 8, 9, 10, 11, 12], [None] * 9, None),
    ("a gap on the way", "i", [10, 6, 7, 8, None, 9, 10, 11, 12], [None] * 9, None),
    ("seven rising after a gap", "i", [10, None, 6, 7, 8, 9, 10, 11, 12], [None, None, *["trend"] * 7], "above"),
    ("rising, and still below", "i", [10, 4, 5, 5.5, 6, 7, 8, 8.5], [None, *["trend"] * 7], "above"),
    ("two of three far", "i", [10, 13, 13], [None, *["two_of_three"] * 2], "above"),
    ("the one between not far", "i", [10, 13, 10, 13], [None, "two_of_three", None, "two_of_three"], "above"),
    ("the one between on the other side", "i", [10, 13, 8, 13], [None] * 4, None),
    ("the first on the other side", "i", [10, 8, 13, 13], [None] * 4, None),
    ("a gap among the three", "i", [10, 13, None, 13], [None] * 4, None),
    ("far below", "i", [10, 8, 5, 5], [None, None, *["two_of_three"] * 2], "below"),
    ("at 2σ, not beyond", "c", [10, 15, 15], [None] * 3, None),
    ("at 2σ below", "c", [10, 8, 3, 3], [None] * 4, None),
    ("beyond 2σ", "c", [10, 16, 16], [None, *["two_of_three"] * 2], "above"),
    ("on the limit", "c", [10, 18], [None, None], None),
    ("outside comes first", "i", [10, 6, 7, 8, 9, 10, 11, 12, 15], [None, *["trend"] * 7, "outside"], "above"),
    ("a trend before two of three", "i", [10, 7, 8, 9, 10, 11, 13, 14], [None, *["trend"] * 7], "above"),
    ("two of three before a shift", "i", [10, 13, 10, 13, 10, 11, 10],
     ["shift", "two_of_three", "shift", "two_of_three", *["shift"] * 3], "above"),
    ("gaps between events have no trend", "g", [10, 6, 7, 8, 9, 10, 11, 12], [None] * 8, None),
    ("but shifts", "g", [10, 11, 10, 11, 10, 11, 10], ["shift"] * 7, "above"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "kind", "tail", "rules", "side"), NHS, ids=lambda one: one if isinstance(one, str) else ""
)
def test_the_rules_of_making_data_count(name, kind, tail, rules, side):
    """Each rule at its border, and which comes first."""
    limits = chart([*STEADY, *tail[1:]], kind=kind, baseline=10, rules="nhs").tail(len(tail))
    assert limits["rule"].to_list() == rules, name
    assert limits["side"].to_list() == [rule and side for rule in rules]
    assert limits["signal"].to_list() == [rule is not None for rule in rules]


@pytest.mark.parametrize("tail", [[10, 11, 10, 11, 10, 11, 10], [6, 7, 8, 9, 10, 11, 12], [10, 13, 13]])
def test_a_phase_is_where_every_rule_starts_again(tail):
    """What would be marked within a phase is not where a phase begins on the way."""
    whole = [*STEADY, *tail, *STEADY]
    limits = chart(whole, kind="i", rules="nhs", baseline=10, phases=[10 + len(tail) - 1])
    assert limits["rule"].null_count() == len(whole)


def test_a_chart_without_a_centre_line_has_no_signals():
    """Nine points rise, and are too few to say so."""
    assert chart(range(9), kind="i", rules="nhs")["rule"].null_count() == 9


# --- edges --------------------------------------------------------------------------------

TENS = [4, 6] * 5
# Series, options, and what the first row must say.
EDGES = [
    ("nine points", TENS[:9], None, {"kind": "i"}, {"limits": "too short", "centre": None}),
    ("nine in a run chart", TENS[:9], None, {"kind": "run"}, {"limits": "too short"}),
    ("nine kept", TENS, None, {"kind": "i", "exclude": [4]}, {"points": 9, "useful": None}),
    ("ten points", TENS, None, {"kind": "i"}, {"limits": "trial", "points": 10}),
    ("nineteen", (TENS * 2)[:19], None, {"kind": "c"}, {"limits": "trial"}),
    ("twenty", TENS * 2, None, {"kind": "c"}, {"limits": "full"}),
    ("run chart", TENS, None, {"kind": "run"}, {"limits": "none", "centre": 5, "upper": None}),
    ("none", [0] * 10, [9] * 10, {"kind": "p"}, {"limits": "no variation", "centre": 0}),
    ("all", [9] * 10, [9] * 10, {"kind": "p"}, {"limits": "no variation", "upper": None}),
    (
        "all, as Laney has it",
        [9] * 10,
        [9] * 10,
        {"kind": "p_prime"},
        {"limits": "no variation", "sigma_z": None},
    ),
    (
        "none, as Laney has it",
        [0] * 10,
        [9] * 10,
        {"kind": "u_prime"},
        {"limits": "no variation", "sigma_z": None},
    ),
    ("no counts", [0] * 10, None, {"kind": "c"}, {"limits": "no variation", "useful": 0}),
    ("no events", [0] * 10, [9] * 10, {"kind": "u"}, {"limits": "no variation"}),
    ("no ranges", [7] * 10, None, {"kind": "i"}, {"limits": "no variation", "centre": 7}),
    ("no useful point", [7] * 10, None, {"kind": "run"}, {"useful": 0, "crossings_min": None}),
    ("shares as they are", [48, 72] * 5, [12] * 10, {"kind": "i"}, {"centre": 5, "upper": 5 + 3 * 2 / 1.128}),
    ("on the limit", [9] * 18 + [0, 18], None, {"kind": "c"}, {"upper": 18, "outside": False}),
    ("per 100", [3] * 9 + [12], [50] * 10, {"kind": "u", "per": 100}, {"value": 6}),
    ("cut at one", [9] * 9 + [8], [9] * 10, {"kind": "p", "per": 100}, {"upper": 100}),
]

D2, TWO = 1.128, 2**3.6  # the constant of moving ranges; a time whose root is 2
# Kinds of which the tables above have no published chart, small enough to be worked out by hand.
BY_HAND = [
    ("ranges of 2", TENS, None, {"kind": "xmr"}, {"centre": 5, "lower": 5 - 2.66 * 2, "upper": 5 + 2.66 * 2}),
    ("not below the floor", TENS, None, {"kind": "xmr", "floor": 0}, {"lower": 0, "upper": 5 + 2.66 * 2}),
    ("ranges themselves", [1, 3] * 5, None, {"kind": "mr"}, {"centre": 2, "lower": 0, "upper": 2 * 3.267}),
    ("one range left out", [*TENS, 40], None, {"kind": "i", "screen": True}, {"upper": 90 / 11 + 3 * 2 / D2}),
    ("one range left out, as the NHS has it", [*TENS, 40], None, {"kind": "xmr"}, {"upper": 90 / 11 + 2.66 * 2}),
    ("cases between events", [0, 3] * 5, None, {"kind": "g"}, {"centre": 1.5, "lower": 0, "upper": 1.5 + 3 * sqrt(1.5 * 2.5)}),
    ("times between events", [1, TWO] * 5, None, {"kind": "t"},
     {"centre": 1.5**3.6, "lower": 0, "upper": (1.5 + 3 / D2) ** 3.6}),
    ("z 0.8 apart", [48, 52] * 5, [100] * 10, {"kind": "p_prime"},
     {"sigma_z": 0.8 / D2, "lower": 0.5 - 3 * 0.05 * 0.8 / D2, "upper": 0.5 + 3 * 0.05 * 0.8 / D2}),
    ("z 2 apart", [90, 110] * 5, [100] * 10, {"kind": "u_prime"},
     {"sigma_z": 2 / D2, "lower": 1 - 3 * 0.1 * 2 / D2, "upper": 1 + 3 * 0.1 * 2 / D2}),
]  # fmt: skip


@pytest.mark.parametrize("edge", [*EDGES, *BY_HAND], ids=lambda edge: edge[0])
def test_edges(edge):
    """What a chart says where there is little to say."""
    _, y, n, options, expect = edge
    row = chart(y, n, **options).row(0, named=True)
    assert {name: row[name] for name in expect} == pytest.approx(expect)


def test_nothing_is_outside_on_the_limit():
    """Strictly outside: 0 and 18 are the limits themselves."""
    limits = chart([9] * 18 + [0, 18], kind="c")
    assert limits.filter("outside").is_empty()
    assert limits.row(19, named=True)["upper"] == 18


# 12 low, then 12 high: a signal by runs, marked from point 13; better, mark, trend.
DIRECTIONS = [
    ("higher", "improvement", "improving"),
    ("lower", "concern", "worsening"),
    (None, "high", "high"),
]


@pytest.mark.parametrize(("better", "mark", "trend"), DIRECTIONS)
def test_direction(better, mark, trend):
    """A shift is good or bad news only by the measure's direction."""
    limits = chart([4, 5, 6] * 4 + [8, 9, 7] * 4, kind="run", better=better)
    assert limits["mark"].to_list() == [None] * 12 + [mark] * 12
    assert limits["rule"].drop_nulls().unique().to_list() == ["run"]
    found = state(limits, x="x").row(0, named=True)
    assert (found["trend"], found["run_start"]) == (trend, 13)


def test_an_excluded_point_is_marked_when_outside():
    """It counts in no run, and its mark does not make the chart's state."""
    limits = chart([*TENS * 2, 40], kind="i", exclude=[21])
    row = limits.row(-1, named=True)
    found = (row["kept"], row["outside"], row["rule"], row["side"])
    assert found == (False, True, "outside", "above")
    found = state(limits, x="x").row(0, named=True)
    assert (found["trend"], found["latest_at"], found["points"]) == ("steady", 20, 20)


# y of an i chart (limits of TENS are −0.32 to 10.32) or shares, target, better, assurance.
ASSURANCE = [
    ("i", TENS, None, -1, "higher", "consistently meets"),
    ("i", TENS, None, 5, "higher", "hit or miss"),
    ("i", TENS, None, 11, "higher", "consistently fails"),
    ("i", TENS, None, 11, "lower", "consistently meets"),
    ("i", TENS, None, -1, "lower", "consistently fails"),
    ("c", [9] * 9 + [18, 0] + [9] * 9, None, 18, "lower", "consistently meets"),
    ("c", [9] * 9 + [18, 0] + [9] * 9, None, 18, "higher", "hit or miss"),
    ("p", [9] * 10, [9] * 10, 1, "higher", "consistently meets"),
    ("p", [0] * 10, [9] * 10, 0.5, "higher", "consistently fails"),
    ("p", [0] * 10, [9] * 10, 0, "lower", "consistently meets"),
    ("run", TENS, None, 1, "higher", None),
    ("i", TENS[:9], None, 1, "higher", None),
]


@pytest.mark.parametrize(("kind", "y", "n", "target", "better", "said"), ASSURANCE)
def test_assurance(kind, y, n, target, better, said):
    """The latest limits against the target, boundary included on the better side."""
    limits = chart(y, n, kind=kind, target=target, better=better)
    assert limits["assurance"].to_list() == [said] * len(y)
    assert state(limits, x="x")["assurance"].to_list() == [said]


def test_state_of_series_of_all_sorts():
    """One row a series, also where nothing can be said."""
    frame = pl.DataFrame(
        {
            "school": ["A"] * 12 + ["B"] * 3 + ["C"] * 2,
            "month": [f"2025-{month:02}" for month in [*range(1, 13), 1, 2, 3, 1, 2]],
            "y": [*TENS, 5, 6, 1, 2, 3, None, None],
        }
    )
    limits = control_limits(
        frame, y="y", x="month", by=["school"], kind="i", phases=["2025-02"], exclude=["2025-12"]
    )
    found = state(limits, x="month", by=["school"])
    assert found.select(
        *("school", "trend", "points", "first", "first_at", "latest_at", "phase_start")
    ).rows() == [
        ("A", "steady", 10, 4.0, "2025-01", "2025-11", "2025-02"),
        ("B", "too short to say", 2, 1.0, "2025-01", "2025-03", "2025-02"),
        ("C", "too short to say", 0, None, None, None, None),
    ]


def test_columns_and_types():
    """The input's columns first, then ours, whatever the kind and also for no row at all."""
    floats, whole = ("value", "centre", "lower", "upper", "sigma_z"), ("kept", "outside", "signal")
    words = ("limits", "rule", "side", "mark")
    for kind in KINDS:
        for rows in (0, 3, 30):
            limits = chart([5] * rows, None if KINDS[kind].area is False else [9] * rows, kind=kind)
            assert limits.columns == ["x", "y", "n", *OUTPUT]
            for name in OUTPUT:
                wanted = pl.Float64 if name in floats else pl.Int64
                wanted = pl.Boolean if name in whole else wanted
                assert limits.schema[name] == (pl.String if name in words else wanted)
            assert limits.select(whole).null_count().sum_horizontal().item() == 0
            assert state(limits, x="x").height == min(rows, 1)


def test_a_chart_of_shares_is_meant_where_no_kind_is_named():
    """And the rules of Anhøj."""
    cases = [3, 2] * 5, [9] * 10
    assert_frame_equal(chart(*cases), chart(*cases, kind="p", rules="anhoej"))


def test_a_column_called_value():
    """One's own data may call its measurements value."""
    frame = pl.DataFrame({"value": TENS, "day": range(10)})
    limits = control_limits(frame, y="value", x="day", kind="i")
    assert limits.columns == ["value", "day", *OUTPUT[1:]]


def test_any_column_may_order_and_name_the_series():
    """Dates order, a null names a series, and a name of our own inside does not clash."""
    days = pl.date_range(date(2025, 1, 1), date(2025, 1, 10), eager=True)
    one = pl.DataFrame({"group": [None] * 10, "series": ["a"] * 10, "n": days, "y": TENS})
    two = one.with_columns(group=pl.lit("b"))
    frame = pl.concat([two, one], how="vertical_relaxed")
    by = ["group", "series"]
    limits = control_limits(frame, y="y", x="n", by=by, kind="i", phases=[date(2024, 1, 1)])
    assert limits["phase"].unique().to_list() == [1]
    assert state(limits, x="n", by=by)["latest_at"].to_list() == [date(2025, 1, 10)] * 2


FRAME = pl.DataFrame(
    {
        "day": range(10),
        "y": TENS,
        "n": [9] * 10,
        "word": ["a"] * 10,
        "value": [1] * 10,
    }
)
TWICE = pl.DataFrame({"day": [1, 2, 1], "y": [1, 2, 3], "school": ["a", "a", "a"]})
# The frame, the arguments beside y and x, and words of the message.
WRONG = [
    (
        FRAME,
        {"kind": "x", "y": "y"},
        '^There is no kind "x"; known are run, i, xmr, mr, c, u, p, p_prime, u_prime, g, t',
    ),
    (FRAME, {"kind": "i", "y": "y", "rules": "nelson"}, '^There is no rule set "nelson"; known are anhoej'),
    (FRAME, {"kind": "p", "y": "y"}, "p chart needs n"),
    (FRAME, {"kind": "c", "y": "y", "n": "n"}, "takes no n"),
    (FRAME, {"kind": "i", "y": "z"}, "no column z"),
    (FRAME, {"kind": "i", "y": "word"}, "not a number"),
    (FRAME, {"kind": "i", "y": "y"}, "Rename value"),
    (FRAME.drop("value"), {"kind": "i", "y": "y", "per": 100}, "per needs n"),
    (FRAME, {"kind": "u", "y": "y", "n": "n", "per": 0}, "per is above 0"),
    (FRAME, {"kind": "i", "y": "y", "better": "more"}, "better is"),
    (FRAME, {"kind": "i", "y": "y", "target": 1}, "^A target needs better"),
    (FRAME, {"kind": "c", "y": "y", "screen": True}, "c chart has no moving ranges to screen"),
    (FRAME, {"kind": "c", "y": "y", "floor": 0}, "c chart takes no floor"),
    (FRAME.with_columns(centre=0), {"kind": "i", "y": "value"}, "^Rename centre:"),
    (FRAME, {"kind": "i", "y": "value", "n": "n"}, "^Rename value:"),
    (FRAME, {"kind": "i", "y": "y", "baseline": 1}, "baseline"),
    (FRAME.drop("value"), {"kind": "i", "y": "y", "exclude": ["x"]}, "^exclude holds .* type of x"),
    (FRAME.drop("value"), {"kind": "i", "y": "y", "phases": ["x"]}, "^phases holds .* type of x"),
    (FRAME.drop("value"), {"kind": "i", "y": "y", "phases": "2025-01"}, "^phases is a list of x"),
    (TWICE, {"kind": "i", "y": "y", "by": ["school"]}, "day 1, school a stands there twice"),
    (TWICE.with_columns(day=None), {"kind": "i", "y": "y"}, "has no x"),
    (TWICE.head(2).with_columns(pl.col("y") / 0), {"kind": "i", "y": "y"}, "day 1 has an infinite number"),
    (TWICE.head(2).with_columns(y=-1), {"kind": "c", "y": "y"}, "day 1 does not fit: a c chart"),
    (TWICE.head(2).with_columns(n=1), {"kind": "p", "y": "y", "n": "n"}, "day 2 .*0 to n"),
    (TWICE.head(2).with_columns(n=-1), {"kind": "i", "y": "y", "n": "n"}, "n below 0"),
]


@pytest.mark.parametrize(("frame", "options", "words"), WRONG)
def test_calls_that_make_no_sense(frame, options, words):
    """Refused in one sentence that says what is wrong, and where."""
    with pytest.raises(ValueError, match=words):
        control_limits(frame, x="day", **options)


def test_state_refuses_names_of_its_own():
    """A series column called as a result's is refused, not overwritten."""
    frame = FRAME.select("day", "y", first=pl.lit(1))
    limits = control_limits(frame, y="y", x="day", by=["first"], kind="i")
    with pytest.raises(ValueError, match="Rename first"):
        state(limits, x="day", by=["first"])
    with pytest.raises(ValueError, match="no column centre"):
        state(limits.drop("centre"), x="day")
