"""The rulebook run over a typed frame: one Boolean column a rule, all of a table's rules in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any

import narwhals as nw

from norwalk_analytics.expressions import expression
from norwalk_analytics.intake.contract import Rule
from norwalk_analytics.intake.reading import ROW


def broken(frame: Any, rules: Sequence[Rule]) -> Any:
    """Where each rule is broken.

    Args:
        frame: a typed frame (Polars eager or lazy, or PySpark) without exact duplicates, with the
            companions that ``conform`` makes and the facts joined in from other rows.
        rules: rules with their parameters given.

    Returns:
        A frame of the same engine: ``row_number``, ``r0`` … one Boolean column a rule in the order
        of ``rules`` (true: broken; the outcome on an unreadable cell is dropped), and ``any``.
    """
    native = nw.from_native(frame)
    there = set(native.collect_schema().names())
    columns = [_of(rule, there).alias(f"r{i}") for i, rule in enumerate(rules)]
    judged = native.select(ROW, *columns)
    anything = reduce(or_, [nw.col(f"r{i}") for i in range(len(rules))], nw.lit(value=False))
    return judged.with_columns(anything.alias("any")).to_native()


def _of(rule: Rule, there: set[str]) -> nw.Expr:
    """Broken and not on an unreadable cell."""
    expr = expression(rule.type, rule.kwargs, rule.condition)
    companions = [f"{column.split('__')[0]}__unreadable" for column in rule.columns]
    for companion in dict.fromkeys(companions):
        if companion in there:
            expr = expr & ~nw.col(companion)
    return expr
