"""The rulebook run over a typed frame: one Boolean column a rule, all of a table's rules in one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any

import narwhals as nw
import polars as pl
from narwhals.exceptions import NarwhalsError

from norwalk_analytics.expressions import expression
from norwalk_analytics.intake.contract import Rule
from norwalk_analytics.intake.texts import ROW

ACROSS = ("expect_column_values_to_be_unique", "expect_compound_columns_to_be_unique")


def broken(frame: Any, rules: Sequence[Rule], known: Mapping[int, nw.Expr] | None = None) -> Any:
    """Where each rule is broken.

    Args:
        frame: a typed frame (Polars eager or lazy, PySpark or DuckDB) without exact duplicates, with the
            companions that ``conform`` makes and the facts joined in from other rows.
        rules: rules with their parameters given.
        known: the place of a rule → whether it is broken, where that was found out before.

    Returns:
        A frame of the same engine: ``row_number``, ``r0`` … one Boolean column a rule in the order
        of ``rules`` (true: broken; the outcome on an unreadable cell is dropped), and ``any``.
    """
    judged = with_broken(nw.from_native(frame), rules, known or {})
    return judged.select(ROW, *(f"r{i}" for i in range(len(rules))), "any").to_native()


def with_broken(frame: Any, rules: Sequence[Rule], known: Mapping[int, nw.Expr]) -> Any:
    """As ``broken``, of a Narwhals frame, and beside its own columns."""
    there = set(frame.collect_schema().names())
    found = [known[i] if i in known else _of(rule, there) for i, rule in enumerate(rules)]
    numbers = [f"r{i}" for i in range(len(rules))]
    flagged = frame.with_columns(expr.alias(number) for expr, number in zip(found, numbers, strict=True))
    return flagged.with_columns(reduce(or_, map(nw.col, numbers), nw.lit(value=False)).alias("any"))


def broken_and_found(frame: pl.DataFrame, rules: Sequence[Rule], found: Mapping[int, pl.Series]) -> Any:
    """As ``broken``, of a frame of Polars, where the rows that break some rules were found before: place → row numbers."""
    marks = {f"known_{i}": pl.col(ROW).is_in(rows.implode()) for i, rows in found.items()}
    return broken(frame.with_columns(**marks), rules, {i: nw.col(f"known_{i}") for i in found})


def broken_keys(
    frame: pl.DataFrame, rules: Sequence[Rule], key: Sequence[str], again: pl.Series
) -> dict[int, pl.Series]:
    """Rows that share a table's key: looked for where that is in doubt, not in all of a frame of Polars.

    Args:
        frame: as for ``broken``.
        rules: as for ``broken``.
        key: the columns of the table's key.
        again: row numbers, among them those of every row whose key stands more than once.

    Returns:
        The place of each rule that asks for this key to be unique → the numbers of the rows that break it.
    """
    asking = [i for i, rule in enumerate(rules) if rule.type in ACROSS and set(rule.columns) == set(key)]
    few = broken(frame.filter(pl.col(ROW).is_in(again.implode())), [rules[i] for i in asking])
    return {i: few.filter(f"r{place}")[ROW] for place, i in enumerate(asking)}


def unsuited(frame: pl.DataFrame, rules: Sequence[Rule]) -> Rule | None:
    """The first rule that can't be run on a frame, as one whose bound is a text and whose column holds dates."""
    for rule in rules:
        try:
            broken(frame.head(1), [rule])
        except (pl.exceptions.PolarsError, NarwhalsError, TypeError, ValueError):
            return rule
    return None


def _of(rule: Rule, there: set[str]) -> nw.Expr:
    """Broken and not on an unreadable cell."""
    condition = rule.condition
    companions = dict.fromkeys(f"{column.split('__')[0]}__unreadable" for column in rule.columns)
    if rule.type in ACROSS and set(companions) <= there:
        condition = readable_condition(rule)  # nor is such a row another's duplicate
    expr = expression(rule.type, rule.kwargs, condition)
    for companion in companions:
        if companion in there:
            expr = expr & ~nw.col(companion)
    return expr


def readable_condition(rule: Rule) -> dict[str, Any] | None:
    """The rule's row condition, less the rows whose cell could not be read where that would count as empty.

    The outcome of a rule on an unreadable cell is dropped. Such a cell is null, and most expectations
    pass a null over by themselves.
    """
    condition = None if rule.condition is None else dict(rule.condition)
    telling = _null_in(condition)
    ignored = rule.kwargs.get("ignore_row_if") in ("either_value_is_missing", "any_value_is_missing")
    several = rule.known and not (ignored or "column" in rule.kwargs)
    if rule.type == "expect_column_values_to_not_be_null" or several:
        telling |= set(rule.columns)
    if rule.type == "expect_column_values_to_be_null":  # of a column that stands beside a cell
        telling |= {column for column in rule.columns if "__" in column}
    readable: list[dict[str, Any]] = [
        {
            "type": "comparison",
            "column": {"name": f"{name}__unreadable"},
            "operator": "==",
            "parameter": False,
        }
        for name in dict.fromkeys(column.split("__")[0] for column in rule.columns if column in telling)
    ]
    if not readable:
        return condition
    if condition is None:
        return readable[0] if len(readable) == 1 else {"type": "and", "conditions": readable}
    if condition["type"] == "or":  # a condition is an OR of ANDs
        return {"type": "or", "conditions": [_and(part, readable) for part in condition["conditions"]]}
    return _and(condition, readable)


def _and(condition: Mapping[str, Any], more: list[dict[str, Any]]) -> dict[str, Any]:
    parts = condition["conditions"] if condition["type"] == "and" else [condition]
    return {"type": "and", "conditions": [*parts, *more]}


def _null_in(condition: Mapping[str, Any] | None) -> set[str]:
    """The columns that a condition asks to be empty, or not."""
    if condition is None:
        return set()
    if condition["type"] in ("and", "or"):
        return {name for part in condition["conditions"] for name in _null_in(part)}
    return {condition["column"]["name"]} if condition["type"] == "nullity" else set()
