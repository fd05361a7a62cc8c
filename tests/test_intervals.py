"""Wilson and Garwood against published figures, and the status they give."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from norwalk_analytics.oversight.intervals import enough, poisson, verdict, wilson

LAWS = settings(max_examples=100, deadline=None, database=None)

# Newcombe 1998, Stat. Med. 17, 857–872, table I, method 3.
NEWCOMBE = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0, 0.1611),
    (1, 29, 0.0061, 0.1718),
]
# Garwood 1936, Biometrika 28, 437–442.
GARWOOD = [
    (0, 0.0, 3.689),
    (1, 0.0253, 5.572),
    (2, 0.2422, 7.225),
    (10, 4.795, 18.39),
    (100, 81.36, 121.6),
]
# MEASURES.md, "Status": numerator, denominator, target, other arguments, status.
STATUS = [
    (None, 10, 0.95, {}, "no evidence"),
    (0, None, 0.95, {}, "no evidence"),
    (0, 0, 0.95, {}, "no evidence"),
    (9, 10, None, {}, None),
    (0, 0, None, {}, None),
    (73, 73, 0.95, {}, "meets"),
    (72, 72, 0.95, {}, "cannot tell yet"),
    (90, 100, 0.95, {}, "does not meet"),
    (91, 100, 0.95, {}, "cannot tell yet"),
    # every case, and none
    (40, 40, 1, {}, "meets"),
    (39, 40, 1, {}, "does not meet"),
    (0, 40, 0, {"better": "lower"}, "meets"),
    (1, 40, 0, {"better": "lower"}, "does not meet"),
    (0, 40, 0, {"better": "lower", "interval": "poisson"}, "meets"),
    (1, 40, 0, {"better": "lower", "interval": "poisson"}, "does not meet"),
    # mirrored
    (0, 73, 0.05, {"better": "lower"}, "meets"),
    (0, 72, 0.05, {"better": "lower"}, "cannot tell yet"),
    (10, 100, 0.05, {"better": "lower"}, "does not meet"),
    # events per 100: 10 in 1,000 is 0.48 to 1.84
    (10, 1000, 2, {"better": "lower", "interval": "poisson", "per": 100}, "meets"),
    (10, 1000, 1.5, {"better": "lower", "interval": "poisson", "per": 100}, "cannot tell yet"),
    (10, 1000, 0.4, {"better": "lower", "interval": "poisson", "per": 100}, "does not meet"),
    (10, 1000, 1, {"better": "higher", "interval": "poisson", "per": 100}, "cannot tell yet"),
    # a census has no interval, and its boundary meets
    (19, 20, 0.95, {"interval": "none"}, "meets"),
    (57, 60, 0.95, {"interval": "none"}, "meets"),
    (94, 100, 0.95, {"interval": "none"}, "does not meet"),
    (3, 10, 30, {"interval": "none", "better": "lower", "per": 100}, "meets"),
]
# Rate, target, other arguments, the smallest denominator; z² = 3.841459, and Garwood's upper
# limit for no event is 3.688879.
ENOUGH = [
    (1.0, 0.95, {}, 73),  # 3.841459 · 0.95 · 0.05 / 0.05² = 72.99
    (0.0, 0.05, {"better": "lower"}, 73),
    (0.9, 0.8, {}, 62),  # 3.841459 · 0.8 · 0.2 / 0.1² = 61.46
    (0.0, 3.0, {"better": "lower", "interval": "poisson", "per": 100}, 123),
    (0.95, 0.95, {}, None),
    (0.9, 0.95, {}, None),
    (0.95 + 1e-16, 0.95, {}, None),
]
WRONG = [
    (lambda: wilson(1, 0), "denominator"),
    (lambda: wilson(3, 2), "above the denominator"),
    (lambda: wilson(-1, 2), "numerator"),
    (lambda: wilson(float("nan"), 2), "numerator"),
    (lambda: wilson(1, 2, confidence=95), "confidence"),
    (lambda: poisson(1, 0), "denominator"),
    (lambda: poisson(1, 1, per=0), "per"),
    (lambda: verdict(1, 2, 0.5, better="more"), "better"),
    (lambda: verdict(1, 2, 0.5, interval="exact"), "interval"),
    (lambda: enough(0.5, 0.4, "up"), "better"),
]


@pytest.mark.parametrize(("numerator", "denominator", "lower", "upper"), NEWCOMBE)
def test_wilson_is_newcombes(numerator, denominator, lower, upper):
    """The published bounds, to their four places."""
    assert wilson(numerator, denominator) == pytest.approx((lower, upper), abs=5e-5)


@pytest.mark.parametrize(("count", "lower", "upper"), GARWOOD)
def test_poisson_is_garwoods(count, lower, upper):
    """The published bounds, to their digits."""
    assert poisson(count, 1) == pytest.approx((lower, upper), rel=1e-3)


def test_ends_are_exact():
    """No trace of rounding where nothing, or everything, counts."""
    assert wilson(0, 7)[0] == 0
    assert wilson(7, 7)[1] == 1
    assert poisson(0, 7)[0] == 0


@pytest.mark.parametrize(("numerator", "denominator", "target", "options", "status"), STATUS)
def test_status(numerator, denominator, target, options, status):
    """Every way a rate can stand to a target."""
    assert verdict(numerator, denominator, target, **options) == status


@pytest.mark.parametrize(("rate", "target", "options", "size"), ENOUGH)
def test_enough(rate, target, options, size):
    """The smallest denominator, or none."""
    assert enough(rate, target, **options) == size


@pytest.mark.parametrize(("call", "words"), WRONG)
def test_calls_that_make_no_sense(call, words):
    """Refused in one sentence."""
    with pytest.raises(ValueError, match=words):
        call()


@LAWS
@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_mirrors_and_holds_the_share(case):
    """The interval of the rest is one minus the interval, and the share lies within."""
    numerator, denominator = case
    lower, upper = wilson(numerator, denominator)
    rest = wilson(denominator - numerator, denominator)
    assert (1 - rest[1], 1 - rest[0]) == pytest.approx((lower, upper), abs=1e-12)
    assert 0 <= lower <= numerator / denominator <= upper <= 1


@LAWS
@given(
    st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    st.integers(1, 19),
)
def test_status_mirrors(case, twentieths):
    """Higher is better of the cases says what lower is better says of the rest."""
    numerator, denominator = case
    target = twentieths / 20
    rest = verdict(denominator - numerator, denominator, (20 - twentieths) / 20, better="lower")
    assert verdict(numerator, denominator, target) == rest


@LAWS
@given(st.floats(0.55, 1), st.floats(0.05, 0.5))
def test_enough_is_the_turning_point(rate, target):
    """One case fewer cannot tell yet."""
    size = enough(rate, target)
    assert size is not None
    assert verdict(rate * size, size, target) == "meets"
    if size > 1:
        assert verdict(rate * (size - 1), size - 1, target) != "meets"
