"""The fast path beside dataframely, pandera and pointblank."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from benchmarks import fast, with_dataframely, with_pandera, with_pointblank
from benchmarks.data import setting, typed
from benchmarks.fast import Checked
from benchmarks.timing import Line, Section, in_turn, lacking, say

ROWS = 1_000_000
RUNS = 9
Way = Callable[[pl.DataFrame], Checked]
# what → the library's module, how to make the way (the schema is made once, before the time runs)
WAYS: dict[str, tuple[Any, Callable[[pl.DataFrame], Way]]] = {
    "dataframely, split and rule of each row": (with_dataframely, with_dataframely.check),
    "dataframely, `Schema.filter` alone": (with_dataframely, with_dataframely.split),
    "pandera, split and rule of each row": (with_pandera, with_pandera.check),
    "pointblank, split and rule of each row": (with_pointblank, with_pointblank.check),
    "pointblank, sundered data alone": (with_pointblank, with_pointblank.split),
}


def run(rows: int = ROWS) -> list[Section]:
    """Each library that is there, in turn with the fast path on the same frame."""
    frame, rules = typed(rows), fast.all_critical(setting().rules)
    section = Section("Other libraries")
    for what, (module, make) in WAYS.items():
        if lacking(module.LIBRARY):
            note = f"{what}: not measured, for {module.LIBRARY} is not installed."
            say(note)
            section.notes.append(note)
            continue
        way = make(frame)
        alone = what.endswith("alone")
        ours = (lambda: fast.split(frame, rules)) if alone else (lambda: fast.check(frame, rules))
        ratios = in_turn(ours, lambda way=way: way(frame), RUNS)
        section.lines.append(Line(f"fast path ÷ {what}", rows, ratios, most=1.0))
    section.notes.append(
        "None of them keeps a row that breaks only a warning, so here any broken rule sets a row aside, on "
        "both sides. Schemas are made before the time runs; the fast path makes its expressions within it. "
        "*Alone*: neither side names the rules that a row broke."
    )
    return [section]
