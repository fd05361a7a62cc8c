"""How often the rules see a signal where there is none, and how often they see a shift that is there.

``python -m benchmarks.false_alarms`` prints four Markdown tables, the same each time: false alarms by chart and
rule, power, power with a baseline, and what is published. ``docs/control-charts.md`` holds them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
import polars as pl
from numpy.lib.stride_tricks import sliding_window_view

from norwalk_analytics import control_limits
from norwalk_analytics.oversight.runs import crossings_min, longest_run_max

SERIES, POINTS, SHIFT_AT = 10_000, 24, 13  # the first point that is shifted, counted from 1
SHIFTS = (0.5, 1.0, 1.5, 2.0, 3.0)  # of the mean, in standard deviations
SEED = 20130903
MEAN, CASES, SHARE = 10.0, 50, 0.3  # of a c chart; of a p chart
CHARTS = ("run", "i", "xmr", "c", "p")
WITH_BASELINE = ("run", "i", "p")
RULES = {
    "anhoej": ("outside", "run", "crossings"),
    "nhs": ("outside", "trend", "two_of_three", "shift"),
}
ALL_RULES = tuple(dict.fromkeys(name for names in RULES.values() for name in names))
NEEDS_LIMITS = ("outside", "two_of_three")


def simulated(kind: str, shift: float = 0.0, series: int = SERIES) -> pl.DataFrame:
    """Series of points whose mean is up by so many standard deviations from `SHIFT_AT` on.

    Normal values for run, i and xmr (the same ones), Poisson counts for c, binomial counts for p. The
    generator is the one whose numbers NumPy promises not to change.
    """
    random = np.random.RandomState(SEED)
    shifts = np.where(np.arange(1, POINTS + 1) < SHIFT_AT, 0.0, shift)
    size = (series, POINTS)
    if kind == "c":
        y = random.poisson(MEAN + shifts * math.sqrt(MEAN), size)
    elif kind == "p":
        y = random.binomial(CASES, SHARE + shifts * math.sqrt(SHARE * (1 - SHARE) / CASES), size)
    else:
        y = random.normal(size=size) + shifts
    return pl.DataFrame(
        {
            "series": np.repeat(np.arange(series), POINTS),
            "point": np.tile(np.arange(1, POINTS + 1), series),
            "y": y.ravel(),
        }
    )


def found(
    kind: str, rules: str, shift: float = 0.0, *, baseline: int | None = None, series: int = SERIES
) -> dict[str, float]:
    """The share of series with a signal, and of those in which each rule holds, from one call.

    Run and crossings are counted wherever they hold; of the rules of "nhs" a point names the first that does.
    """
    return dict(_found(kind, rules, shift, baseline, series))


@cache
def _found(kind: str, rules: str, shift: float, baseline: int | None, series: int) -> dict[str, float]:
    """The same, counted once."""
    frame = simulated(kind, shift, series).with_columns(n=CASES)
    charts = control_limits(
        frame, y="y", n="n" if kind == "p" else None, x="point", by=["series"], kind=kind, rules=rules,
        baseline=baseline,
    )  # fmt: skip
    held = {
        "outside": pl.col("outside"),
        "run": pl.col("longest_run") > pl.col("longest_run_max"),
        "crossings": pl.col("crossings") < pl.col("crossings_min"),
    }
    wanted = [name for name in RULES[rules] if kind != "run" or name not in NEEDS_LIMITS]
    seen = {"any": pl.col("signal")}
    seen |= {name: held.get(name, (pl.col("rule") == name).fill_null(value=False)) for name in wanted}
    shares = charts.group_by("series").agg(one.any().alias(name) for name, one in seen.items())
    return shares.select(pl.col(list(seen)).mean()).row(0, named=True)


def exact(points: int, *, own_median: bool) -> float:
    """The exact share of in-control series in which runs or crossings signal: every way to toss a coin is counted.

    Args:
        points: an even number of points, none of them on the centre line.
        own_median: whether the centre line is the median of these points, so that half lie above; else it is
            the true one, known from elsewhere.
    """
    longest, fewest = longest_run_max(points), crossings_min(points)
    ways = Counter({(1, 0, up, up): 1 for up in (0, 1)})  # length of the run, crossings, side, points above
    for _ in range(points - 1):
        longer: Counter[tuple[int, int, int, int]] = Counter()
        for (run, crossings, side, above), count in ways.items():
            for up in (0, 1):
                now = run + 1 if up == side else 1
                if now <= longest:
                    longer[now, crossings + (up != side), up, above + up] += count
        ways = longer
    quiet = sum(
        count
        for (_, crossings, _, above), count in ways.items()
        if crossings >= fewest and (not own_median or 2 * above == points)
    )
    return 1 - quiet / (math.comb(points, points // 2) if own_median else 2**points)


def known(shift: float = 0.0, series: int = SERIES) -> dict[str, float]:
    """The shares where centre and σ are known (0 and 1), as the published studies have it; by NumPy alone."""
    y = simulated("i", shift, series)["y"].to_numpy().reshape(series, POINTS)
    steps, signs = np.sign(np.diff(y)), np.sign(y)
    two = _in_a_row(signs, 3) & (sliding_window_view(abs(y) > 2, 3, axis=1).sum(-1) >= 2)
    outside = (abs(y) > 3).any(1)
    runs = _in_a_row(signs, longest_run_max(POINTS) + 1).any(1)
    runs |= (signs[:, 1:] != signs[:, :-1]).sum(1) < crossings_min(POINTS)
    western = [_far(y, 2, 3, 2.0), _far(y, 4, 5, 1.0), _far(y, 8, 8, 0.0)]
    nhs = [_in_a_row(steps, 6).any(1), two.any(1), _in_a_row(signs, 7).any(1)]
    shares = {
        "outside": outside,
        "runs": runs,
        "anhoej": outside | runs,
        "nhs": np.any([outside, *nhs], axis=0),
        "western": np.any([outside, *western], axis=0),
    }
    return {name: float(one.mean()) for name, one in shares.items()}


def _in_a_row(signs: np.ndarray, many: int) -> np.ndarray:
    """Where so many neighbours have one sign."""
    return abs(sliding_window_view(signs, many, axis=1).sum(-1)) == many


def _far(y: np.ndarray, some: int, many: int, edge: float) -> np.ndarray:
    """Whether so many of so many neighbours lie beyond one edge."""
    windows = (sliding_window_view(side * y > edge, many, axis=1).sum(-1) >= some for side in (1, -1))
    return np.any([one.any(1) for one in windows], axis=0)


def false_alarms(series: int = SERIES) -> str:
    """The table of in-control series, by chart and rule."""
    rows = []
    for kind in CHARTS:
        for rules in RULES:
            shares = found(kind, rules, series=series)
            rows.append([kind, rules, *(_percent(shares.get(name)) for name in ("any", *ALL_RULES))])
    return _table(["chart", "rules", "any signal", *(f"`{name}`" for name in ALL_RULES)], rows)


def power(charts: Sequence[str] = CHARTS, baseline: int | None = None, series: int = SERIES) -> str:
    """The table of shifted series, by chart and size of the shift; the first column has no shift."""
    rows = []
    for kind in charts:
        for rules in RULES:
            shares = (
                found(kind, rules, shift, baseline=baseline, series=series)["any"] for shift in (0.0, *SHIFTS)
            )
            rows.append([kind, rules, *map(_percent, shares)])
    return _table(["chart", "rules", "no shift", *(f"{shift:g} σ" for shift in SHIFTS)], rows)


def published(series: int = SERIES) -> str:
    """The table of what others have published, beside the same with limits known and with the chart's own."""
    quiet, shifted = known(series=series), known(2.0, series)

    def own(kind: str, rules: str, shift: float = 0.0, rule: str = "any") -> list[str]:
        """In percent, by limits from the first points and from all."""
        baselines = (SHIFT_AT - 1, None)
        return [_percent(found(kind, rules, shift, baseline=one, series=series)[rule]) for one in baselines]

    first, every = own("run", "anhoej")
    rows = [
        [
            "i",
            "`outside`",
            "none",
            f"{_percent(1 - (1 - 0.0027) ** POINTS)}: one point in 370 (Montgomery)",
            _percent(quiet["outside"]),
            *own("i", "anhoej", rule="outside"),
        ],
        [
            "run",
            "anhoej",
            "none",
            "around 5 (Anhøj & Olesen 2014); 7.3 (Anhøj 2015); around 7.5 (Anhøj & Wentzel-Larsen 2020)",
            f"{_percent(quiet['runs'])}; exact {_percent(exact(POINTS, own_median=False))}",
            first,
            f"{every}; exact {_percent(exact(POINTS, own_median=True))}",
        ],
        ["run", "anhoej", "2 σ", "88.5 (Anhøj 2015)", _percent(shifted["runs"]), *own("run", "anhoej", 2.0)],
        ["i", "anhoej", "none", "–", _percent(quiet["anhoej"]), *own("i", "anhoej")],
        ["i", "nhs", "none", "–", _percent(quiet["nhs"]), *own("i", "nhs")],
        [
            "i",
            "Western Electric, all four",
            "none",
            "one signal in 91.75 points (Champ & Woodall 1987)",
            _percent(quiet["western"]),
            "–",
            "–",
        ],
    ]
    head = ["chart", "rules", "shift", "published", "limits known"]
    return _table([*head, f"from the first {SHIFT_AT - 1} points", f"from all {POINTS} points"], rows)


def _percent(share: float | None) -> str:
    """A share in percent, or a dash where there is none."""
    return "–" if share is None else f"{100 * share:.1f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def tables(series: int = SERIES) -> dict[str, str]:
    """Every table under its title."""
    return {
        "False alarms": false_alarms(series),
        "Power": power(series=series),
        "Power with a baseline of 12 points": power(WITH_BASELINE, SHIFT_AT - 1, series),
        "Beside published figures": published(series),
    }


if __name__ == "__main__":
    for title, table in tables().items():
        print(f"## {title}\n\n{table}\n")
