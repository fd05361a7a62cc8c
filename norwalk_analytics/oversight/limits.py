"""The kinds of control chart: where the centre line and the limits lie, as formulas.

A kind is one row of `KINDS`. Its expressions see the points of one phase that give the limits, with the
columns `y`, `n` and `value` (y, or y/n). The edge k·σ from the middle lies at `middle` + k·`sigma`, or
k·`sigma`/√n where a point has an area, raised to `power` where the chart is drawn of a root.
"""

from dataclasses import dataclass

import polars as pl

TRIAL, FULL = 10, 20  # kept points from which a phase has limits, and has more than trial ones
OVERDISPERSED = 1.5  # σ_z from which a p or u chart's limits are too narrow to be believed

_D2 = 1.128  # the mean range of two normal values, in standard deviations (Montgomery, app. VI)
_XMR = 2.66  # 3/d2, rounded as Making Data Count has it
_D4 = 3.267  # upper limit of moving ranges, in their mean (Montgomery, app. VI)
_ROOT = 3.6  # of exponential times, which makes them nearly normal (Nelson 1994)


@dataclass(frozen=True)
class Kind:
    """One kind of chart.

    Attributes:
        area: whether `n` must be given (True), must not be (False), or may be (None).
        centre: the centre line of a phase.
        sigma: the spread of a phase, for one unit of `n` where it takes one; 0 is "no
            variation", null is a chart without limits.
        valid: what must hold of `y` and `n` at every point.
        takes: the same in words, for a message.
        middle: from where the limits are measured, where that is not the centre line.
        screened: `sigma` where outlying moving ranges are left out, if the kind knows that.
        least: the lowest that a limit may be.
        most: the highest.
        power: what the edges are raised to.
        spread: of points with an area: how many times wider they lie than chance has it (σ_z).
        gaps: whether a value is what lies between two events, so that two may fall on one x.
    """

    area: bool | None
    centre: pl.Expr
    sigma: pl.Expr
    valid: pl.Expr
    takes: str
    middle: pl.Expr | None = None
    screened: pl.Expr | None = None
    least: float | None = None
    most: float | None = None
    power: float = 1.0
    spread: pl.Expr | None = None
    gaps: bool = False


_Y, _N, _VALUE = pl.col("y"), pl.col("n"), pl.col("value")
_ANY, _COUNTS = pl.lit(value=True), _Y >= 0
_NULL = pl.lit(None, dtype=pl.Float64)
_RATE = _Y.sum() / _N.sum()
_P, _U = (_RATE * (1 - _RATE)).sqrt(), _RATE.sqrt()
_RANGES = _VALUE.diff().abs()
_KEPT_RANGES = _RANGES.filter(_D4 * _RANGES.mean() > _RANGES).mean().fill_null(_RANGES.mean())
_ROOTS = _VALUE ** (1 / _ROOT)


def _spread(sigma: pl.Expr) -> pl.Expr:
    """σ_z: the mean difference of neighbouring z over d2; null where nothing varies."""
    z = (_VALUE - _RATE) * _N.sqrt() / sigma
    return pl.when(sigma > 0).then(z.diff().abs().mean() / _D2)


# Sources: run, Anhøj & Olesen 2014 (PLoS ONE 9, e113825) and Provost & Murray, The Health Care
# Data Guide, ch. 3; i, mr, Montgomery, Introduction to Statistical Quality Control, 6.4 (7th ed.);
# xmr, NHS England, Making Data Count; p, c, u, Montgomery 7.2 and 7.3, with the area of each point
# (variable limits); p_prime, u_prime, Laney 2002 (Quality Engineering 14, 531-537); g, Benneyan 2001
# (Health Care Management Science 4, 305-318) and Provost & Murray, ch. 7; t, Montgomery 7.3.5.
KINDS = {
    "run": Kind(None, _VALUE.median(), _NULL, _ANY, "any number"),
    "i": Kind(None, _VALUE.mean(), _RANGES.mean() / _D2, _ANY, "any number", screened=_KEPT_RANGES / _D2),
    "xmr": Kind(
        None,
        _VALUE.mean(),
        _RANGES.mean() * _XMR / 3,
        _ANY,
        "any number",
        screened=_KEPT_RANGES * _XMR / 3,
    ),
    "mr": Kind(None, _VALUE.mean(), _VALUE.mean() * (_D4 - 1) / 3, _COUNTS, "ranges from 0 up", least=0),
    "c": Kind(False, _VALUE.mean(), _VALUE.mean().sqrt(), _COUNTS, "counts from 0 up", least=0),
    "u": Kind(True, _RATE, _U, _COUNTS, "counts from 0 up", least=0, spread=_spread(_U)),
    "p": Kind(
        True, _RATE, _P, _Y.is_between(0, _N), "counts from 0 to n", least=0, most=1, spread=_spread(_P)
    ),
    "p_prime": Kind(
        True,
        _RATE,
        (_P * _spread(_P)).fill_null(0.0),
        _Y.is_between(0, _N),
        "counts from 0 to n",
        least=0,
        most=1,
        spread=_spread(_P),
    ),
    "u_prime": Kind(
        True,
        _RATE,
        (_U * _spread(_U)).fill_null(0.0),
        _COUNTS,
        "counts from 0 up",
        least=0,
        spread=_spread(_U),
    ),
    "g": Kind(
        False,
        _VALUE.median(),
        (_VALUE.mean() * (_VALUE.mean() + 1)).sqrt(),
        _COUNTS,
        "numbers from 0 up",
        middle=_VALUE.mean(),
        least=0,
        gaps=True,
    ),
    "t": Kind(
        False,
        _ROOTS.mean() ** _ROOT,
        _ROOTS.diff().abs().mean() / _D2,
        _COUNTS,
        "times from 0 up",
        middle=_ROOTS.mean(),
        least=0,
        power=_ROOT,
        gaps=True,
    ),
}
SCREENED = ("xmr",)
"""Kinds whose moving ranges are screened unless it is said otherwise."""


def with_limits(
    points: pl.DataFrame, chart: Kind, baseline: int | None = None, per: float = 1.0,
    *, screen: bool = False, floor: float | None = None,
) -> pl.DataFrame:  # fmt: skip
    """Add to every point the centre line and the limits of its phase.

    Args:
        points: one row a point, in order, with `group` (the rows of one phase of one series
            stand together under one number), `y`, `n`, `value` and `kept`.
        chart: the kind of chart.
        baseline: the first so many kept points of a phase give its lines; None for all.
        per: `value`, centre line and limits are multiplied by it.
        screen: whether moving ranges of 3.267 times their mean and more are left out, once.
        floor: the lowest that a limit may be, where the kind itself has none.

    Returns:
        The same rows with `points` (kept points of the phase), `limits` ("full", "trial", "too
        short", "no variation", "none"), `centre`, `lower`, `upper`, `far_lower` and `far_upper`
        (2σ from the middle, not cut), in units of `value`, and `sigma_z`: null where there are none.

    Sources: as `KINDS`.

    Example:
        >>> points = pl.DataFrame({"y": [4.0, 6.0] * 5}).with_columns(
        ...     group=0, n=1.0, value="y", kept=True
        ... )
        >>> with_limits(points, KINDS["i"]).select("limits", "points", "centre").row(0)
        ('trial', 10, 5.0)
    """
    base = points.filter("kept")
    if baseline is not None:
        base = base.filter(pl.int_range(pl.len()).over("group") < baseline)
    lines = base.group_by("group").agg(
        centre=chart.centre,
        middle=chart.centre if chart.middle is None else chart.middle,
        sigma=chart.screened if screen and chart.screened is not None else chart.sigma,
        sigma_z=_NULL if chart.spread is None else chart.spread,
    )
    kept = pl.col("points")
    limits = (
        pl.when(kept < TRIAL)
        .then(pl.lit("too short"))
        .when(pl.col("sigma").is_null())
        .then(pl.lit("none"))
        .when(pl.col("sigma") == 0)
        .then(pl.lit("no variation"))
        .when(kept < FULL)
        .then(pl.lit("trial"))
        .otherwise(pl.lit("full"))
    )
    has_limits = pl.col("limits").is_in(["trial", "full"])
    least = chart.least if floor is None else floor
    return (
        points.with_columns(points=pl.col("kept").sum().over("group").cast(pl.Int64))
        .join(lines, on="group", how="left", maintain_order="left")
        .with_columns(
            limits=limits,
            lower=_edge(chart, -3).clip(lower_bound=least),
            upper=_edge(chart, 3).clip(upper_bound=chart.most),
            far_lower=_edge(chart, -2),
            far_upper=_edge(chart, 2),
        )
        .with_columns(
            pl.col("value") * per,
            pl.when(kept >= TRIAL).then(pl.col("centre") * per),
            pl.when(kept >= TRIAL).then("sigma_z"),
            pl.when(has_limits).then(pl.col("lower", "upper", "far_lower", "far_upper") * per),
        )
    )


def _edge(chart: Kind, times: float) -> pl.Expr:
    """So many σ from the middle."""
    width = times * pl.col("sigma")
    edge = pl.col("middle") + (width / pl.col("n").sqrt() if chart.spread is not None else width)
    return edge if chart.power == 1 else edge.clip(lower_bound=0) ** chart.power
