"""Cost a row of rules and split from ten thousand to ten million rows, and its peak memory."""

from __future__ import annotations

import statistics

from benchmarks import fast, memory
from benchmarks.data import conformed, faulty, setting, typed
from benchmarks.timing import Line, Section, seconds

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
RUNS = 7
MEMORY = 1_000_000
SLACK = 1.1
"""How much more a row may cost than at the size before until it counts as growth: noise."""


def run(sizes: tuple[int, ...] = SIZES) -> list[Section]:
    """The sizes in turn, after a run of each that does not count."""
    rules = setting().rules
    frames = {size: typed(size) for size in sizes}
    for frame in frames.values():
        fast.check(frame, rules)
    each: dict[int, list[float]] = {size: [] for size in sizes}
    for _ in range(RUNS):
        for size, frame in frames.items():
            each[size].append(seconds(lambda f=frame: fast.check(f, rules)) / size * 1e9)
    del frames, frame
    rows, before = [], None
    for size, costs in each.items():
        ratios = [one / other for one, other in zip(costs, before or costs, strict=True)]
        middle = statistics.median(ratios)
        told = ["", ""] if before is None else [f"{middle:.2f}", "**yes**" if middle > SLACK else "no"]
        numbers = (f"{cost:.0f}" for cost in (min(costs), statistics.median(costs), max(costs)))
        rows.append(f"| {' | '.join((f'{size:,}', str(RUNS), *numbers, *told))} |")
        before = costs
    head = (
        "| rows | runs | least | median | most | ÷ the size before | grown |\n"
        "| --: | --: | --: | --: | --: | --: | --- |"
    )
    note = (
        "Nanoseconds a row, the sizes in turn. *Grown*: a row costs over a tenth more than at the size before, by "
        "the median of the ratios run by run; it must not. Ten million rows are a million ten times over, "
        "each with a key of its own."
    )
    return [Section("Cost a row", notes=[note], table=head + "\n" + "\n".join(rows)), _memory()]


def _memory() -> Section:
    section = Section("Peak memory")
    frame = conformed(faulty(MEMORY))
    found = memory.measured(frame)
    if found is None:
        return Section(section.title, notes=["Not measured: only Linux counts it as this does."])
    ratio = 1 + found["added"] / found["size"]
    what = "peak memory of rules and split, the frame itself counted ÷ size of the frame"
    section.lines.append(Line(what, MEMORY, [ratio], most=3.0))
    section.notes.append(
        f"In a process of its own that holds the typed frame ({found['size'] / 1e6:.0f} MB by `estimated_size`, "
        f"counted once): to it comes the highest resident memory that Linux sees during the step (`VmHWM`, put "
        f"back before it) less what is resident when it begins: {found['added'] / 1e6:.0f} MB. Both parts of the "
        "split and the list of broken rules are held at the end; the allocator is asked to give back at once "
        "what is freed."
    )
    return section
