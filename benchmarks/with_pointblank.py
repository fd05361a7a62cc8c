"""The same rules as a pointblank plan, interrogated; sundered data, or the extract of each step.

One ``col_vals_expr`` a rule: its own steps (``col_vals_in_set``, ``col_vals_regex``, …) take longer for the
same rows. Rows and rules come from the extracts, which are left uncut; where they are asked for, splitting
by their row numbers is faster than sundering, so sundered data is measured by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from benchmarks import native
from benchmarks.fast import Checked
from benchmarks.native import c
from norwalk_analytics.intake.texts import ROW

LIBRARY = "pointblank"
Way = Callable[[pl.DataFrame], Checked]


def plan(frame: pl.DataFrame, masks: native.Masks) -> Any:
    """One step a rule."""
    import pointblank as pb

    made = pb.Validate(frame)
    for broken in masks.values():
        made = made.col_vals_expr(expr=~broken.fill_null(value=False))
    return made


def check(_: pl.DataFrame) -> Way:
    """The way: the plan, the extract of each step, the split by the rows of the extracts."""
    masks = native.masks(native.twice())

    def way(frame: pl.DataFrame) -> Checked:
        done = plan(frame, masks).interrogate(extract_limit=frame.height)
        extracts = done.get_data_extracts()
        parts = [
            extracts[i].select(ROW, pl.lit(rule).alias("rule"))
            for i, rule in enumerate(masks, start=1)
            if extracts.get(i) is not None
        ]
        marks = pl.concat(parts)
        stays = ~c(ROW).is_in(marks[ROW].unique().implode())
        return Checked(frame.filter(stays), frame.filter(~stays), marks)

    return way


def split(_: pl.DataFrame) -> Way:
    """The way: the plan and its sundered data, without the extracts."""
    masks = native.masks(native.twice())

    def way(frame: pl.DataFrame) -> Checked:
        done = plan(frame, masks).interrogate(collect_extracts=False)
        return Checked(done.get_sundered_data("pass"), done.get_sundered_data("fail"), None)

    return way
