"""The rulebook run over a typed frame: one Boolean column a rule, all of a table's rules in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any

import narwhals as nw
import polars as pl
from narwhals.exceptions import NarwhalsError

from norwalk_analytics.expressions import expression
from norwalk_analytics.intake.contract import Rule
from norwalk_analytics.intake.reading import ROW

ACROSS = ("expect_column_values_to_be_unique", "expect_compound_columns_to_be_unique")


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
    judged = _judged(nw.from_native(frame), dict(enumerate(rules)))
    return judged.with_columns(_any(range(len(rules)))).to_native()


def broken_through_keys(
    frame: pl.DataFrame, rules: Sequence[Rule], key: Sequence[str], again: pl.Series
) -> pl.DataFrame:
    """The same as ``broken``, on Polars: whether a key is unique is asked only where that is in doubt.

    Args:
        frame: as for ``broken``.
        rules: as for ``broken``.
        key: the columns of the table's key.
        again: row numbers, among them those of every row whose key stands more than once.
    """
    across = {
        i: rule for i, rule in enumerate(rules) if rule.type in ACROSS and set(rule.columns) == set(key)
    }
    others = {i: rule for i, rule in enumerate(rules) if i not in across}
    judged: pl.DataFrame = _judged(nw.from_native(frame), others).to_native()
    doubtful = frame[ROW].is_in(again.implode())
    few: pl.DataFrame = _judged(nw.from_native(frame.filter(doubtful)), across).to_native()
    no, at = pl.repeat(value=False, n=frame.height, eager=True), doubtful.arg_true()
    judged = judged.with_columns(no.scatter(at, few[f"r{i}"]).alias(f"r{i}") for i in across)
    whole = nw.from_native(judged).with_columns(_any(range(len(rules))))
    return whole.to_native().select(ROW, *[f"r{i}" for i in range(len(rules))], "any")


def unsuited(frame: pl.DataFrame, rules: Sequence[Rule]) -> Rule | None:
    """The first rule that can't be run on a frame, as one whose bound is a text and whose column holds dates."""
    for rule in rules:
        try:
            broken(frame.head(1), [rule])
        except (pl.exceptions.PolarsError, NarwhalsError, TypeError):
            return rule
    return None


def _judged(frame: Any, rules: Mapping[int, Rule]) -> Any:
    there = set(frame.collect_schema().names())
    return frame.select(ROW, *[_of(rule, there).alias(f"r{i}") for i, rule in rules.items()])


def _any(numbers: Iterable[int]) -> nw.Expr:
    return reduce(or_, [nw.col(f"r{i}") for i in numbers], nw.lit(value=False)).alias("any")


def _of(rule: Rule, there: set[str]) -> nw.Expr:
    """Broken and not on an unreadable cell."""
    expr = expression(rule.type, rule.kwargs, rule.condition)
    companions = [f"{column.split('__')[0]}__unreadable" for column in rule.columns]
    for companion in dict.fromkeys(companions):
        if companion in there:
            expr = expr & ~nw.col(companion)
    return expr
