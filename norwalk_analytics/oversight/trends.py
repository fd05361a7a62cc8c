"""Control charts and run charts of many series at once, and what they come to.

The formulas of each kind of chart stand in `limits`, the rules that find signals in `runs`.
"""

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any, TypeVar

import polars as pl

from norwalk_analytics.oversight.limits import KINDS, SCREENED, Kind, with_limits
from norwalk_analytics.oversight.runs import RULES, with_runs
from norwalk_analytics.telling import did_you_mean, no_column

Known = TypeVar("Known")

OUTPUT = (
    *("value", "phase", "kept", "centre", "lower", "upper", "points", "limits", "sigma_z"),
    *("useful", "longest_run", "longest_run_max", "crossings", "crossings_min"),
    *("outside", "signal", "rule", "side", "mark"),
)
_MARKS = {"higher": ("improvement", "concern"), "lower": ("concern", "improvement")}
_TRENDS = {"improvement": "improving", "concern": "worsening", "high": "high", "low": "low"}


def control_limits(
    frame: pl.DataFrame,
    *,
    y: str,
    n: str | None = None,
    x: str,
    by: Sequence[str] = (),
    kind: str = "p",
    rules: str = "anhoej",
    better: str | None = None,
    target: float | None = None,
    per: float = 1.0,
    baseline: int | None = None,
    exclude: Sequence[Any] = (),
    phases: Sequence[Any] = (),
    screen: bool | None = None,
    floor: float | None = None,
) -> pl.DataFrame:
    """Give every point its centre line, its limits and whether it is a signal.

    Kinds of chart (mR̄ is the mean of the ranges between neighbouring kept points):

    - "run": the median and no limits (Anhøj & Olesen 2014; Provost & Murray);
    - "i": the mean ± 3·mR̄/1.128 (Montgomery, 6.4);
    - "xmr": the mean ± 2.66·mR̄ (NHS England, Making Data Count);
    - "mr": moving ranges, their mean, 0 to 3.267 times it (Montgomery, 6.4);
    - "c": counts, c̄ ± 3√c̄, not below 0 (Montgomery, 7.3);
    - "u": counts over an area, ū = Σy/Σn, ± 3√(ū/n), not below 0 (Montgomery, 7.3);
    - "p": shares, p̄ = Σy/Σn, ± 3√(p̄(1−p̄)/n), within 0 to 1 (Montgomery, 7.2);
    - "p_prime", "u_prime": the same, σ_z times as wide (Laney 2002), for many cases a point;
    - "g": cases between rare events; the median, and the mean m ± 3√(m(m+1)) (Benneyan 2001);
    - "t": times between rare events; an i chart of y^(1/3.6), drawn back (Montgomery, 7.3.5).

    A row with no y, or with an n that is missing or 0, is a gap: no point, and no zero. With
    fewer than 10 kept points a phase has no centre line, limits or signals. Where nothing
    varies (p̄ of 0 or 1, c̄ or ū of 0, mR̄ of 0) it has a centre line but no limits.

    Args:
        frame: one row a series and x; other columns are carried along.
        y: the numeric column of counts or measurements.
        n: the numeric column of denominators or areas; needed by "p", "u" and their prime charts,
            refused by "c", "g" and "t".
        x: the column that orders a series (a date, a month as text, a number).
        by: the columns that tell the series apart; none for a single series.
        kind: the kind of chart.
        rules: the set of rules for signals; "anhoej" is outside the limits, an unusually long
            run, unusually few crossings; "nhs" is outside, a trend or shift of 7, 2 of 3 beyond 2σ
            (`runs`).
        better: "higher" or "lower", or None where neither is better.
        target: in the units of `value`; adds `assurance`, and needs `better`.
        per: `value`, `centre` and limits are per so much of n: 100 for "per 100 staff".
        baseline: the first so many kept points of each phase alone give its limits.
        exclude: the x of points that count in neither limits nor runs, in every series.
        phases: each x from which on a new phase starts, in every series.
        screen: whether moving ranges of 3.267·mR̄ and more are left out and mR̄ taken once more,
            once, on "i" and "xmr"; by default on "xmr" alone.
        floor: the lowest limit that is drawn on "i" and "xmr", such as 0 for counts.

    Returns:
        The rows of `frame` in order of (`by`, `x`), with its columns and

        - `value` (y, or y/n × `per`; null in a gap), `phase` (from 1), `kept` (has a value and
          is not excluded);
        - `centre`, `lower`, `upper`; `points` (kept points of the phase); `limits` ("full" from
          20 of them, "trial" from 10, "too short", "no variation", "none" for a run chart),
          `sigma_z` (how many times wider the points of a chart with areas lie than chance has it:
          above 1.5 a p or u chart is overdispersed, and its prime chart is the better one);
        - of the phase: `useful`, `longest_run`, `longest_run_max`, `crossings`, `crossings_min`;
        - `outside` (strictly beyond a limit), `signal` (the point is marked), and of the mark
          `rule` ("outside", "run", "crossings"; "outside", "trend", "two_of_three", "shift"; the
          first that holds), `side` ("above", "below"; of a trend, where it goes) and `mark` ("improvement", "concern"; without `better` "high", "low");
        - with a target `assurance`, the same for a whole series: by the limits of its latest
          kept point "consistently meets", "consistently fails", "hit or miss", or null.

    Raises:
        ValueError: a column is missing, not numeric, or would be overwritten; an argument is
            not known or does not fit the kind; a number is out of range; a series has two rows
            of one x, "g" and "t" apart.

    Sources: Montgomery, Introduction to Statistical Quality Control, 7th ed.; Anhøj & Olesen
    2014, PLoS ONE 9, e113825; Provost & Murray, The Health Care Data Guide.

    Example:
        >>> frame = pl.DataFrame({"month": range(1, 13), "late": [3, 2] * 6, "due": [50] * 12})
        >>> limits = control_limits(frame, y="late", n="due", x="month", kind="p")
        >>> limits.select(pl.col("value", "centre", "lower", "upper").round(3)).row(0)
        (0.06, 0.05, 0.0, 0.142)
        >>> limits["limits"][0], limits["signal"].any()
        ('trial', False)
    """
    chart = _known(kind, KINDS, "kind")
    find_signals = _known(rules, RULES, "rule set")
    added = [*OUTPUT, "assurance"] if target is not None else list(OUTPUT)
    _check_call(chart, kind, n, better, target, per, baseline, screen, floor)
    _check_frame(frame, y, n, x, by, added)
    ordered = frame.sort([*by, x])
    points = _points(ordered, y, n, x, by, exclude, phases)
    _check_points(points, ordered, chart, kind, x, by)
    screened = kind in SCREENED if screen is None else screen
    points = with_limits(points, chart, baseline, per, screen=screened, floor=floor)
    too_high = pl.col("value") > pl.col("upper") + pl.col("noise")
    too_low = pl.col("value") < pl.col("lower") - pl.col("noise")
    outside = (too_high | too_low).fill_null(value=False)
    ranked = pl.lit(not chart.gaps)
    points = find_signals(with_runs(points).with_columns(outside=outside, ranked=ranked))
    above, below = _MARKS[better] if better else ("high", "low")
    mark = pl.when(pl.col("side") == "above").then(pl.lit(above)).otherwise(pl.lit(below))
    points = points.with_columns(
        signal=pl.col("rule").is_not_null(),
        mark=pl.when(pl.col("side").is_not_null()).then(mark),
    )
    if target is not None:
        points = _with_assurance(points, target, better)
    return ordered.with_columns(points.select(added))


def state(limits: pl.DataFrame, *, x: str, by: Sequence[str] = ()) -> pl.DataFrame:
    """Sum up every chart by its latest kept point.

    Args:
        limits: what `control_limits` gave.
        x: the column that orders a series, as given there.
        by: the columns that tell the series apart, as given there.

    Returns:
        One row a series, in order of `by`, with these and

        - `trend`: "improving", "worsening", "high", "low", "steady" or "too short to say";
        - `rule`: the rule that marks the latest point, or null;
        - of the latest point's phase: `points`, `limits`, `centre`, `phase_start` (its first
          x) and `run_start` (the x at which the current run along its centre line began);
        - `sigma_z` of the latest point's phase;
        - `first` and `latest`: the first and the latest kept value of the series, with
          `first_at` and `latest_at`, their x;
        - `assurance`, where `limits` has it.

        A series without a kept point is "too short to say", with 0 points and nothing else.

    Raises:
        ValueError: a column is missing, or one of `by` has the name of a result's column.

    Source: docs/control-charts.md.

    Example:
        >>> frame = pl.DataFrame({"week": range(1, 27), "logins": [9, 8] * 8 + [14, 13] * 5})
        >>> limits = control_limits(frame, y="logins", x="week", kind="run", baseline=16)
        >>> state(limits, x="week").select("trend", "rule", "run_start", "latest").row(0)
        ('high', 'run', 17, 13.0)
    """
    _check_columns(limits, [*by, x, *OUTPUT])
    ordered = limits.sort([*by, x])
    names = ["value", "phase", "kept", "centre", "rule", "mark", "points", "limits", "sigma_z"]
    assurance = ["assurance"] if "assurance" in limits.columns else []
    points = ordered.select(*names, *assurance, x=pl.col(x), series=_series(by))
    points = with_runs(points.with_columns(group=pl.struct("series", "phase").rle_id()))
    current = pl.when(pl.col("run") == pl.col("last_run")).then("x")
    points = points.with_columns(
        phase_start=pl.col("x").first().over("group"),
        run_start=current.drop_nulls().first().over("group"),
        trend=pl.when(pl.col("limits") != "too short").then(
            pl.col("mark").replace_strict(_TRENDS, default="steady")
        ),
        latest="value",
        latest_at="x",
    )
    last = ["trend", "rule", "points", "limits", "centre", "sigma_z", "phase_start", "run_start"]
    last += ["latest", "latest_at", *assurance]
    first, first_at = (pl.col(name).filter("kept").first() for name in ("value", "x"))
    states = (
        points.group_by("series", maintain_order=True)
        .agg(pl.col(last).filter("kept").last(), first=first, first_at=first_at)
        .with_columns(pl.col("trend").fill_null("too short to say"), pl.col("points").fill_null(0))
        .drop("series")
    )
    heads = ordered.filter(_series(by).is_first_distinct()).select(by)
    taken = [name for name in by if name in states.columns]
    _refuse(bool(taken), f"Rename {', '.join(taken)}: a result has a column of that name.")
    return pl.concat([heads, states], how="horizontal")


def _points(
    ordered: pl.DataFrame,
    y: str,
    n: str | None,
    x: str,
    by: Sequence[str],
    exclude: Sequence[Any],
    phases: Sequence[Any],
) -> pl.DataFrame:
    """Give each row as a point, or a gap, under names of our own, with its phase."""
    dtype = ordered.schema[x]
    left_out, starts = _values(exclude, dtype, "exclude"), _values(phases, dtype, "phases")
    points = ordered.select(
        y=pl.col(y).cast(pl.Float64).fill_nan(None),
        n=pl.col(n).cast(pl.Float64).fill_nan(None).replace(0, None) if n else pl.lit(1.0),
        x=pl.col(x),
        series=_series(by),
    )
    value = pl.col("y") / pl.col("n")
    part = pl.sum_horizontal(pl.lit(0), *(pl.col("x") >= pl.lit(start, dtype) for start in starts))
    return (
        points.with_columns(value=value, part=part)
        .with_columns(
            kept=pl.col("value").is_not_null() & ~pl.col("x").is_in(left_out.implode()),
            group=pl.struct("series", "part").rle_id().cast(pl.Int64),
        )
        .with_columns(phase=pl.col("group") - pl.col("group").first().over("series") + 1)
    )


def _with_assurance(points: pl.DataFrame, target: float, better: str | None) -> pl.DataFrame:
    """Add what the latest limits of each series promise for its target."""
    constant = pl.col("limits") == "no variation"
    ends = [pl.when(constant).then("centre").otherwise(end) for end in ("lower", "upper")]
    worst, best = ends if better == "higher" else (-ends[1], -ends[0])
    goal = (target if better == "higher" else -target) - pl.col("noise")
    said = (
        pl.when(worst >= goal)
        .then(pl.lit("consistently meets"))
        .when(best < goal)
        .then(pl.lit("consistently fails"))
        .when(worst.is_not_null())
        .then(pl.lit("hit or miss"))
    )
    latest = points.filter("kept").group_by("series").agg(assurance=said.last())
    return points.join(latest, on="series", how="left", maintain_order="left")


def _series(by: Sequence[str]) -> pl.Expr:
    """Number the series of a frame that is in order of `by`."""
    return pl.struct(*by).rle_id() if by else pl.lit(0, pl.UInt32)


def _values(values: Sequence[Any], dtype: pl.DataType, name: str) -> pl.Series:
    """Give values of x in the type of x."""
    _refuse(isinstance(values, str), f'{name} is a list of x, not the text "{values}".')
    try:
        return pl.Series(values, dtype=dtype)
    except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError) as error:
        message = f"{name} holds {list(values)}, which is not all {dtype}, the type of x."
        raise ValueError(message) from error


def _known(name: str, table: Mapping[str, Known], what: str) -> Known:
    """Look up a kind or a rule set."""
    _refuse(
        name not in table,
        f'There is no {what} "{name}"; known are {", ".join(table)}.{did_you_mean(name, list(table))}',
    )
    return table[name]


def _check_call(
    chart: Kind,
    kind: str,
    n: str | None,
    better: str | None,
    target: float | None,
    per: float,
    baseline: int | None,
    screen: bool | None,
    floor: float | None,
) -> None:
    """Refuse arguments that do not fit each other."""
    _refuse(chart.area is True and n is None, f"A {kind} chart needs n.")
    _refuse(chart.area is False and n is not None, f"A {kind} chart takes no n; u takes one.")
    _refuse(n is None and per != 1, "per needs n: a value is y/n × per.")
    _refuse(not 0 < per < inf, f"per is above 0, not {per}.")
    _refuse(better not in (*_MARKS, None), f'better is "higher" or "lower", not "{better}".')
    _refuse(target is not None and better is None, "A target needs better.")
    free = chart.screened is not None
    _refuse(screen is True and not free, f"A {kind} chart has no moving ranges to screen.")
    _refuse(floor is not None and not free, f"A {kind} chart takes no floor: it has its own.")
    _refuse(baseline is not None and baseline < 2, f"A baseline is 2 points up, not {baseline}.")


def _check_frame(
    frame: pl.DataFrame, y: str, n: str | None, x: str, by: Sequence[str], added: Sequence[str]
) -> None:
    """Refuse a frame whose columns do not serve."""
    _check_columns(frame, [y, x, *by] if n is None else [y, n, x, *by])
    for name in (y, n):
        if name is not None:
            dtype = frame.schema[name]
            _refuse(not dtype.is_numeric(), f"Column {name} is {dtype}, not a number.")
    same = y == "value" and n is None  # then `value` is what it was
    taken = [name for name in added if name in frame.columns and not (same and name == y)]
    _refuse(bool(taken), f"Rename {', '.join(taken)}: a result has a column of that name.")


def _check_columns(frame: pl.DataFrame, columns: Sequence[str]) -> None:
    """Refuse a frame that lacks a column."""
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise ValueError(no_column(missing, frame.columns))


def _check_points(
    points: pl.DataFrame, ordered: pl.DataFrame, chart: Kind, kind: str, x: str, by: Sequence[str]
) -> None:
    """Refuse points of which no chart can be made, and name the first."""
    infinite = pl.col("y").is_infinite() | pl.col("n").is_infinite()
    twice = (pl.col("series") == pl.col("series").shift()) & (pl.col("x") == pl.col("x").shift())
    faults = {
        "has no x": pl.col("x").is_null(),
        "stands there twice; a series has one row of each x": twice & pl.lit(not chart.gaps),
        "has an infinite number": infinite,
        "has an n below 0": pl.col("n") < 0,
        f"does not fit: a {kind} chart takes {chart.takes}": ~chart.valid,
    }
    for fault, found in faults.items():
        rows = points.select(found.fill_null(value=False).arg_true()).to_series()
        if rows.len():
            where = ordered.select(x, *by).row(rows[0], named=True)
            named = ", ".join(f"{name} {value}" for name, value in where.items())
            _refuse(condition=True, message=f"The row of {named} {fault}.")


def _refuse(condition: bool, message: str) -> None:
    """Raise the message if the condition holds."""
    if condition:
        raise ValueError(message)
