"""The kinds of control chart: where the centre line and the limits lie, as formulas.

A kind is one row of `KINDS`, made of Polars expressions. `centre` and `sigma` see the points of
one phase that give the limits, with the columns `y`, `n` and `value` (y, or y/n); `lower` and
`upper` see every point, with its `n` and its phase's `centre` and `sigma`.
"""

from dataclasses import dataclass

import polars as pl

TRIAL, FULL = 10, 20  # kept points from which a phase has limits, and has more than trial ones

_D2 = 1.128  # the mean range of two normal values, in standard deviations (Montgomery, app. VI)


@dataclass(frozen=True)
class Kind:
    """One kind of chart.

    Attributes:
        area: whether `n` must be given (True), must not be (False), or may be (None).
        centre: the centre line of a phase.
        sigma: the spread of a phase, for one unit of `n` where it takes one; 0 is "no
            variation", null is a chart without limits.
        lower: the lower limit of a point.
        upper: the upper limit of a point.
        valid: what must hold of `y` and `n` at every point.
        takes: the same in words, for a message.
    """

    area: bool | None
    centre: pl.Expr
    sigma: pl.Expr
    lower: pl.Expr
    upper: pl.Expr
    valid: pl.Expr
    takes: str


_CENTRE, _SIGMA, _VALUE = pl.col("centre"), pl.col("sigma"), pl.col("value")
_ANY, _COUNTS = pl.lit(value=True), pl.col("y") >= 0
_NULL = pl.lit(None, dtype=pl.Float64)
_RATE = pl.col("y").sum() / pl.col("n").sum()
_WIDTH = 3 * _SIGMA
_WIDTH_N = 3 * _SIGMA / pl.col("n").sqrt()

# Sources: run, Anhøj & Olesen 2014 (PLoS ONE 9, e113825) and Provost & Murray, The Health Care
# Data Guide, ch. 3; i, Montgomery, Introduction to Statistical Quality Control, 6.4 (7th ed.);
# p, c, u, Montgomery 7.2 and 7.3, with the area of each point (variable limits).
KINDS = {
    "run": Kind(None, _VALUE.median(), _NULL, _NULL, _NULL, _ANY, "any number"),
    "i": Kind(
        None,
        _VALUE.mean(),
        _VALUE.diff().abs().mean() / _D2,
        _CENTRE - _WIDTH,
        _CENTRE + _WIDTH,
        _ANY,
        "any number",
    ),
    "c": Kind(
        False,
        _VALUE.mean(),
        _VALUE.mean().sqrt(),
        (_CENTRE - _WIDTH).clip(lower_bound=0),
        _CENTRE + _WIDTH,
        _COUNTS,
        "counts from 0 up",
    ),
    "u": Kind(
        True,
        _RATE,
        _RATE.sqrt(),
        (_CENTRE - _WIDTH_N).clip(lower_bound=0),
        _CENTRE + _WIDTH_N,
        _COUNTS,
        "counts from 0 up",
    ),
    "p": Kind(
        True,
        _RATE,
        (_RATE * (1 - _RATE)).sqrt(),
        (_CENTRE - _WIDTH_N).clip(lower_bound=0),
        (_CENTRE + _WIDTH_N).clip(upper_bound=1),
        pl.col("y").is_between(0, pl.col("n")),
        "counts from 0 to n",
    ),
}


def with_limits(
    points: pl.DataFrame, chart: Kind, baseline: int | None = None, per: float = 1.0
) -> pl.DataFrame:
    """Add to every point the centre line and the limits of its phase.

    Args:
        points: one row a point, in order, with `group` (the rows of one phase of one series
            stand together under one number), `y`, `n`, `value` and `kept`.
        chart: the kind of chart.
        baseline: the first so many kept points of a phase give its lines; None for all.
        per: `value`, centre line and limits are multiplied by it.

    Returns:
        The same rows with `points` (kept points of the phase), `limits` ("full", "trial", "too
        short", "no variation", "none"), `centre`, `lower` and `upper`, in units of `value`:
        null where there are none.

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
    lines = base.group_by("group").agg(centre=chart.centre, sigma=chart.sigma)
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
    return (
        points.with_columns(points=pl.col("kept").sum().over("group").cast(pl.Int64))
        .join(lines, on="group", how="left", maintain_order="left")
        .with_columns(limits=limits, lower=chart.lower, upper=chart.upper)
        .with_columns(
            pl.col("value") * per,
            pl.when(kept >= TRIAL).then(pl.col("centre") * per),
            pl.when(has_limits).then(pl.col("lower", "upper") * per),
        )
    )
