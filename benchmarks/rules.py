"""The fast path beside the best hand-written Polars of the same rules."""

from __future__ import annotations

from functools import partial

from benchmarks import fast, native
from benchmarks.data import setting, typed
from benchmarks.timing import Line, Section, fastest, in_turn

ROWS = 1_000_000
RUNS = 15


def run(rows: int = ROWS) -> list[Section]:
    """Every way of writing it by hand is tried, and the fastest is the rival."""
    frame, rules = typed(rows), setting().rules
    name, times = fastest({name: partial(way, frame) for name, way in native.ways().items()}, runs=5)
    best = native.ways()[name]
    ratios = in_turn(lambda: fast.check(frame, rules), lambda: best(frame), RUNS)
    portable = in_turn(lambda: fast.portable(frame, rules), lambda: best(frame), RUNS)
    lines = [
        Line(f"fast path ÷ hand-written Polars ({name})", rows, ratios, most=1.3),
        Line("the same by `rules.broken` alone, one text for Polars and Spark", rows, portable),
    ]
    slower = ", ".join(f"{way} {time / times[name]:.2f}" for way, time in times.items() if way != name)
    note = (
        f"All {len(rules)} rules of the registrations, the split, and one row a broken rule. "
        f"The other ways of writing it by hand, as multiples of that one: {slower}."
    )
    return [Section("Rules and split", lines, [note])]
