"""Runs along the centre line, and the rules that find signals in them.

A rule set is one row of `RULES`: a function that takes the points with all that `with_runs`
adds, and gives them back with `rule`, the name of the rule that marks a point (or null), and
`side`, the direction of that mark.
"""

from collections.abc import Callable
from functools import lru_cache
from math import log2

import polars as pl

MANY = 7  # points that make a trend or a shift
_NOISE = 1e-12  # what floating point may add, as a share of the largest value of a phase


def with_runs(points: pl.DataFrame) -> pl.DataFrame:
    """Add the runs along the centre line to points in order of time.

    A run is a stretch of neighbouring useful points on one side of the centre line. Useful are
    the kept points that do not lie on it; the others are passed over and their neighbours
    joined.

    Args:
        points: one row a point, in order, with `group` (the rows of one phase of one series
            stand together under one number), `value`, `kept` and `centre`.

    Returns:
        The same rows with `noise` (differences up to here are none), `run` (the number of the
        run that a useful point belongs to, else null), and for the phase `last_run`, `useful`,
        `longest_run`, `longest_run_max`, `crossings` and `crossings_min`: null without a centre
        line, and the two bounds also without a useful point.

    Source: Anhøj & Olesen 2014, PLoS ONE 9, e113825.

    Example:
        >>> points = pl.DataFrame({"value": [1.0, 2.0, 3.0, 4.0, 1.0]}).with_columns(
        ...     group=0, kept=True, centre=2.0
        ... )
        >>> with_runs(points).select("run", "useful", "longest_run", "crossings").rows()[2:]
        [(1, 4, 2, 2), (1, 4, 2, 2), (2, 4, 2, 2)]
    """
    noise = pl.when("kept").then(pl.col("value").abs()).max().over("group") * _NOISE
    gap = pl.col("value") - pl.col("centre")
    sign = pl.when(pl.col("kept") & (gap.abs() > pl.col("noise"))).then(gap > 0)
    points = points.with_columns(noise=noise).with_columns(above=sign).with_row_index("row")
    useful = points.filter(pl.col("above").is_not_null()).select(
        "row", "group", run=pl.col("above").rle_id()
    )  # of each phase by itself: one may go on in the next
    phases = (
        useful.group_by("group", "run")
        .len()
        .group_by("group")
        .agg(
            last_run=pl.col("run").max(),
            useful=pl.col("len").sum(),
            longest_run=pl.col("len").max(),
            crossings=pl.len() - 1,
        )
    )
    bounds = [(n, longest_run_max(n), crossings_min(n)) for n in phases["useful"].unique()]
    schema = dict.fromkeys(("useful", "longest_run_max", "crossings_min"), pl.Int64)
    counts = ("useful", "longest_run", "crossings")
    phases = phases.with_columns(pl.col(counts).cast(pl.Int64)).join(
        pl.DataFrame(bounds, schema, orient="row"), on="useful", how="left"
    )
    has_centre = pl.col("centre").is_not_null()
    return (
        points.join(useful.select("row", "run"), on="row", how="left", maintain_order="left")
        .join(phases, on="group", how="left", maintain_order="left")
        .with_columns(pl.when(has_centre).then(pl.col(counts).fill_null(0)))
        .drop("row", "above")
    )


def longest_run_max(useful: int) -> int:
    """Give the longest run that chance alone would still make common.

    Args:
        useful: useful points, 1 or more.

    Returns:
        round(log2(useful)) + 3; a longer run is a signal.

    Raises:
        ValueError: there is no useful point.

    Source: Anhøj & Olesen 2014, PLoS ONE 9, e113825.

    Example:
        >>> longest_run_max(31)
        8
    """
    return round(log2(useful)) + 3


@lru_cache(maxsize=4096)
def crossings_min(useful: int) -> int:
    """Give the fewest crossings of the centre line that chance alone would still make common.

    Args:
        useful: useful points, 1 or more.

    Returns:
        The 5 % quantile of Binomial(useful − 1, ½), in whole numbers and so exact; fewer
        crossings are a signal.

    Raises:
        ValueError: there is no useful point.

    Source: Anhøj & Olesen 2014, PLoS ONE 9, e113825.

    Example:
        >>> crossings_min(31)
        11
    """
    if useful < 1:
        message = f"Crossings need a useful point, not {useful}."
        raise ValueError(message)
    tosses = useful - 1
    crossings, ways = 0, 1  # ways to cross exactly so often
    up_to = ways
    while 20 * up_to < 2**tosses:
        ways = ways * (tosses - crossings) // (crossings + 1)
        crossings += 1
        up_to += ways
    return crossings


def anhoej(points: pl.DataFrame) -> pl.DataFrame:
    """Mark points by the rules of Anhøj.

    A point outside the limits is marked; an unusually long longest run, or unusually few
    crossings, mark every point of the phase's last run.

    Args:
        points: as `with_runs` gives them, with `outside`.

    Returns:
        The same rows with `rule` ("outside", "run", "crossings", the first that holds, or
        null) and `side` ("above", "below" or null).

    Source: Anhøj & Olesen 2014, PLoS ONE 9, e113825.

    Example:
        >>> points = pl.DataFrame({"value": [1.0] * 8 + [2.0] * 8}).with_columns(
        ...     group=0, kept=True, centre=1.5, outside=False
        ... )
        >>> anhoej(with_runs(points)).select("rule", "side").rows()[7:9]
        [(None, None), ('run', 'above')]
    """
    last = pl.col("run") == pl.col("last_run")
    rule = (
        pl.when("outside")
        .then(pl.lit("outside"))
        .when(last & (pl.col("longest_run") > pl.col("longest_run_max")))
        .then(pl.lit("run"))
        .when(last & (pl.col("crossings") < pl.col("crossings_min")))
        .then(pl.lit("crossings"))
    )
    above = pl.col("value") > pl.col("centre")
    side = pl.when(above).then(pl.lit("above")).otherwise(pl.lit("below"))
    marked = pl.col("rule").is_not_null()
    return points.with_columns(rule=rule).with_columns(side=pl.when(marked).then(side))


def nhs(points: pl.DataFrame) -> pl.DataFrame:
    """Mark points by the rules of Making Data Count.

    Outside the limits; a trend of 7 kept points that rise or fall each time; of 3 in a row on one side
    of the centre line 2 further than 2σ (these are marked); a shift of 7 in a row on one side. A gap
    breaks a trend and the 3 in a row, a shift runs on. Of gaps between events (no `far_upper`) only outside
    and shift hold.

    Args:
        points: as `with_runs` gives them, with `outside`, `far_lower` and `far_upper`.

    Returns:
        The same rows with `rule` ("outside", "trend", "two_of_three", "shift", the first that holds, or
        null) and `side` ("above", "below" or null; of a trend "above" where it rises).

    Source: NHS England, Making Data Count; NHSRplotthedots.

    Example:
        >>> points = pl.DataFrame({"value": [*range(7), 3, 4, 2]}, schema={"value": pl.Float64}).with_columns(
        ...     group=0, kept=True, centre=3.0, outside=False, far_lower=-9.0, far_upper=9.0, ranked=True
        ... )
        >>> nhs(with_runs(points)).select("rule", "side").rows()[6:8]
        [('trend', 'above'), (None, None)]
    """
    numbered = points.with_row_index("row")
    value, centre, noise = pl.col("value"), pl.col("centre"), pl.col("noise")
    stretch = pl.struct("group", (~pl.col("value").is_not_null()).cum_sum()).rle_id()
    kept = numbered.with_columns(stretch=stretch).filter("kept")
    side = pl.when(value > centre + noise).then(1).when(value < centre - noise).then(-1).otherwise(0)
    step = pl.when(_together(1)).then(value.diff())
    slope = pl.when(step > noise).then(1).when(step < -noise).then(-1).otherwise(0)
    kept = kept.with_columns(side_of=side, slope=slope.fill_null(0)).with_columns(
        shifts=pl.struct("group", "side_of").rle_id(), trends=pl.col("slope").rle_id()
    )  # the first point of a stretch has no slope
    long = (pl.len().over("trends") >= MANY - 1) & (pl.col("slope") != 0)
    kept = kept.with_columns(
        shift=(pl.len().over("shifts") >= MANY) & (pl.col("side_of") != 0),
        trend=pl.when(long).then("slope"),
        far=((value > pl.col("far_upper") + noise) | (value < pl.col("far_lower") - noise)).fill_null(
            value=False
        ),
    )
    begins = pl.col("trend").shift(-1)  # a point before its first step
    kept = kept.with_columns(trend=pl.coalesce("trend", begins), third=_third())
    third = [pl.col("third").shift(-at, fill_value=False) for at in range(3)]
    kept = kept.with_columns(two_of_three=pl.col("far") & pl.any_horizontal(third))
    marks = kept.select("row", "shift", "trend", "two_of_three")
    points = numbered.join(marks, on="row", how="left", maintain_order="left").drop("row")
    has_centre = centre.is_not_null()
    rule = (
        pl.when("outside").then(pl.lit("outside"))
        .when(has_centre & pl.col("ranked") & pl.col("trend").is_not_null()).then(pl.lit("trend"))
        .when(has_centre & pl.col("ranked") & pl.col("two_of_three")).then(pl.lit("two_of_three"))
        .when(has_centre & pl.col("shift")).then(pl.lit("shift"))
    )  # fmt: skip
    above = pl.when(pl.col("rule") == "trend").then(pl.col("trend") > 0).otherwise(value > centre)
    said = pl.when(above).then(pl.lit("above")).otherwise(pl.lit("below"))
    marked = points.with_columns(rule=rule).with_columns(
        side=pl.when(pl.col("rule").is_not_null()).then(said)
    )
    return marked.drop("shift", "trend", "two_of_three")


def _together(away: int) -> pl.Expr:
    """Whether a point lies in one stretch with the point so many before it (a stretch is in one piece)."""
    return pl.col("stretch") == pl.col("stretch").shift(away)


def _third() -> pl.Expr:
    """Whether a point is the last of three in a row on one side, two of them far."""
    side, far = pl.col("side_of"), pl.col("far").cast(pl.Int8)
    one_side = (side != 0) & (side == side.shift(1)) & (side == side.shift(2)) & _together(2)
    return (one_side & (far + far.shift(1) + far.shift(2) >= 2)).fill_null(value=False)


RULES: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {"anhoej": anhoej, "nhs": nhs}
