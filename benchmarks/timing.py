"""Both sides in turn, after one warm-up; a measured line and its target."""

from __future__ import annotations

import gc
import importlib.util
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

HEAD = "| what | rows | runs | least | median | most | target | met |\n| --- | --: | --: | --: | --: | --: | --- | --- |"


@dataclass(frozen=True)
class Line:
    """One ratio: least, median and most of several runs, and whether its median meets the target."""

    what: str
    rows: int
    ratios: Sequence[float]
    most: float | None = None
    least: float | None = None

    @property
    def median(self) -> float:
        """The middle one of the runs."""
        return statistics.median(self.ratios)

    @property
    def met(self) -> str:
        """Yes or no, by the median; nothing where there is no target."""
        if self.most is None and self.least is None:
            return ""
        within = self.most is None or self.median <= self.most
        return "yes" if within and (self.least is None or self.median >= self.least) else "**no**"

    def __str__(self) -> str:
        """A row of a Markdown table."""
        target = f"≤ {self.most:g}" if self.most is not None else f"≥ {self.least:g}" if self.least else ""
        numbers = (f"{value:.2f}" for value in (min(self.ratios), self.median, max(self.ratios)))
        cells = (self.what, f"{self.rows:,}", str(len(self.ratios)), *numbers, target, self.met)
        return f"| {' | '.join(cells)} |"


@dataclass
class Section:
    """What a section has to say: a title, measured lines, another table, sentences."""

    title: str
    lines: list[Line] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    table: str = ""

    def __str__(self) -> str:
        """A part of the page."""
        tables = [HEAD + "\n" + "\n".join(map(str, self.lines))] if self.lines else []
        tables += [self.table] if self.table else []
        return "\n\n".join([f"## {self.title}", *tables, *self.notes])


def seconds(call: Callable[[], object]) -> float:
    """How long a call takes; what it returns is let go outside of the time."""
    gc.collect()
    start = time.perf_counter()
    kept = call()
    took = time.perf_counter() - start
    del kept
    return took


def in_turn(one: Callable[[], object], other: Callable[[], object], runs: int) -> list[float]:
    """Time of one ÷ time of the other, run by run, in turn, after one run that does not count."""
    one(), other()
    return [seconds(one) / seconds(other) for _ in range(runs)]


def fastest(ways: Mapping[str, Callable[[], object]], runs: int) -> tuple[str, dict[str, float]]:
    """Which way has the least median time, all in turn after one run that does not count; and the times."""
    for way in ways.values():
        way()
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(runs):
        for name, way in ways.items():
            taken[name].append(seconds(way))
    medians = {name: statistics.median(times) for name, times in taken.items()}
    return min(medians, key=lambda name: medians[name]), medians


def lacking(*libraries: str) -> list[str]:
    """The libraries that are not installed."""
    return [name for name in libraries if importlib.util.find_spec(name) is None]


def say(text: str) -> None:
    """One line of progress."""
    print(text, file=sys.stderr, flush=True)
