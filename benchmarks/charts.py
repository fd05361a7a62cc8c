"""Control charts of many series: one call for all of them, beside a call a series."""

from __future__ import annotations

import numpy as np
import polars as pl

from benchmarks.timing import Line, Section, seconds
from norwalk_analytics import control_limits

SERIES, POINTS, LOOP, RUNS = 10_000, 36, 200, 5
CASES, SHARE, SEED = 50, 0.3, 1
KINDS = {"i": None, "p": "n"}  # and its column of denominators
RULES = ("anhoej", "nhs")


def frame(series: int = SERIES) -> pl.DataFrame:
    """Series of counts without any signal that is meant, the same each run."""
    random = np.random.RandomState(SEED)
    return pl.DataFrame(
        {
            "series": np.repeat(np.arange(series), POINTS),
            "point": np.tile(np.arange(1, POINTS + 1), series),
            "y": random.binomial(CASES, SHARE, series * POINTS),
            "n": np.full(series * POINTS, CASES),
        }
    )


def one_call(data: pl.DataFrame, kind: str, rules: str) -> pl.DataFrame:
    """Every series in one call."""
    return control_limits(data, y="y", n=KINDS[kind], x="point", by=["series"], kind=kind, rules=rules)


def a_call_a_series(parts: list[pl.DataFrame], kind: str, rules: str) -> list[pl.DataFrame]:
    """The same by a loop over the series, which are cut apart before."""
    return [control_limits(one, y="y", n=KINDS[kind], x="point", kind=kind, rules=rules) for one in parts]


def measured(series: int, loop: int, kind: str, rules: str) -> tuple[list[float], list[float]]:
    """Seconds of the one call, and how many times as long the loop would take, both in turn."""
    data = frame(series)
    parts = data.head(loop * POINTS).partition_by("series", maintain_order=True)

    def once() -> object:
        return one_call(data, kind, rules)

    def looped() -> object:
        return a_call_a_series(parts, kind, rules)

    once(), looped()
    pairs = [(seconds(once), seconds(looped) * series / loop) for _ in range(RUNS)]
    return [one for one, _ in pairs], [other / one for one, other in pairs]


def run(series: int = SERIES, loop: int = LOOP) -> list[Section]:
    """The one call in seconds, and the loop ÷ the one call."""
    section, ratios = Section("Control charts"), []
    for kind in KINDS:
        for rules in RULES:
            took, times = measured(series, loop, kind, rules)
            what, rows = f"chart {kind}, rules {rules}", series * POINTS
            section.lines.append(Line(f"{what}: one call, in seconds", rows, took, most=1.0))
            ratios.append(Line(f"{what}: a call a series ÷ one call", rows, times, least=50))
    section.lines += ratios
    section.notes.append(
        f"{series:,} series of {POINTS} points, binomial counts of {CASES} at {SHARE:.0%}: `control_limits` with "
        f'`by=["series"]`, and in a loop of a call a series, for which {loop} series are timed and the time is '
        "scaled up; they are cut apart before the time runs. The first lines are seconds and no ratios."
    )
    return [section]
