"""The package's own way from a typed frame to the split and the list of broken rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from benchmarks.data import setting
from norwalk_analytics.intake.contract import Rule
from norwalk_analytics.intake.distinct import maybe_again
from norwalk_analytics.intake.rules import broken, broken_and_found, broken_keys
from norwalk_analytics.intake.texts import ROW

MARKS = {ROW: pl.Int64, "rule": pl.String}


@dataclass(frozen=True)
class Checked:
    """What every way yields: rows that stay, rows set aside, and row_number and rule of each break."""

    accepted: pl.DataFrame
    aside: pl.DataFrame
    marks: pl.DataFrame | None

    def same(self, other: Checked) -> bool:
        """Whether both set the same rows aside for the same rules (where both name them)."""
        rows = self.accepted[ROW].sort().equals(other.accepted[ROW].sort())
        rows &= self.aside[ROW].sort().equals(other.aside[ROW].sort())
        if self.marks is None or other.marks is None:
            return rows
        return rows and in_order(self.marks).equals(in_order(other.marks))


def in_order(marks: pl.DataFrame) -> pl.DataFrame:
    """Marks in an order of their own, to compare them."""
    return marks.select(pl.col(ROW).cast(pl.Int64), pl.col("rule").cast(pl.String)).sort(ROW, "rule")


def all_critical(rules: Sequence[Rule]) -> list[Rule]:
    """The rules as libraries know them, none of which has a warning that keeps its row."""
    return [replace(rule, severity="critical") for rule in rules]


def judge(frame: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """As the loader has it on Polars: keys that may stand twice are looked for first, by their hashes."""
    key = setting().table.key
    again = frame[ROW].filter(maybe_again(frame.select(key)))
    return broken_and_found(frame, rules, broken_keys(frame, rules, key, again))


def check(frame: pl.DataFrame, rules: Sequence[Rule]) -> Checked:
    """Every rule, then the split by critical rules, then one row a broken rule."""
    return checked(frame, judge(frame, rules), rules)


def portable(frame: pl.DataFrame, rules: Sequence[Rule]) -> Checked:
    """As ``check``, by ``rules.broken`` alone, which is one text for Polars and Spark."""
    return checked(frame, broken(frame, rules), rules)


def split(frame: pl.DataFrame, rules: Sequence[Rule]) -> Checked:
    """As ``check``, without the list of broken rules."""
    return Checked(*_parts(frame, judge(frame, rules), rules), None)


def checked(frame: pl.DataFrame, judged: pl.DataFrame, rules: Sequence[Rule]) -> Checked:
    """The split and the list of broken rules, of one Boolean column a rule."""
    bad = judged.lazy().filter("any")
    marks = [bad.filter(f"r{i}").select(ROW, pl.lit(rule.id).alias("rule")) for i, rule in enumerate(rules)]
    return Checked(*_parts(frame, judged, rules), pl.concat(pl.collect_all(marks)))


def _parts(
    frame: pl.DataFrame, judged: pl.DataFrame, rules: Sequence[Rule]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    critical = [f"r{i}" for i, rule in enumerate(rules) if rule.severity == "critical"]
    aside = judged.select(pl.any_horizontal(critical)).to_series()
    return frame.filter(~aside), frame.filter(aside)
