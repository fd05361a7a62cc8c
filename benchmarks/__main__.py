"""Run every benchmark and write ``benchmarks/README.md``: medians of ratios, both sides in turn."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl

from norwalk_analytics import load_tool_registrations, write_sample

RUNS = 5
TIMES = 20


def seconds(call: Callable[[], object]) -> float:
    """How long a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def ratio(ours: Callable[[], object], other: Callable[[], object]) -> tuple[float, float, float]:
    """Least, median and most of ours ÷ the other, in turn, after one run that does not count."""
    ours(), other()
    found = [seconds(ours) / seconds(other) for _ in range(RUNS)]
    return min(found), statistics.median(found), max(found)


def many(folder: Path) -> Path:
    """The sample's registrations so many times over, each with a key of its own."""
    write_sample(folder)
    clean = pl.read_csv(folder / "tool_registrations.csv", infer_schema=False)
    copies = [clean.with_columns(pl.format("{}-{}", "registration_id", pl.lit(i))) for i in range(TIMES)]
    path = folder / "many.csv"
    pl.concat(copies).write_csv(path)
    return path


def main() -> None:
    """Measure, print and write."""
    with tempfile.TemporaryDirectory() as name:
        path = many(Path(name))
        rows = pl.read_csv(path, infer_schema=False).height
        as_of = date(2026, 6, 30)
        low, middle, high = ratio(
            lambda: load_tool_registrations(path, as_of=as_of),
            lambda: pl.read_csv(path, try_parse_dates=True),
        )
    line = f"| load_tool_registrations ÷ pl.read_csv with typed columns | {rows:,} | {low:.1f} | {middle:.1f} | {high:.1f} |"
    head = "| what | rows | least | median | most |\n| --- | --- | --- | --- | --- |"
    text = f"# Benchmarks\n\nRatios of times, both sides in turn, {RUNS} runs; `make bench` writes this page.\n\n{head}\n{line}\n"
    (Path(__file__).parent / "README.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
