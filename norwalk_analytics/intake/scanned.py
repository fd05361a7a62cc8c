"""A table that is not in memory: its rows stand in files, or on a cluster, and are counted there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import polars as pl

from norwalk_analytics.intake.contract import SMALL_TABLES, Rule, Table
from norwalk_analytics.intake.loaded import Checked, Counts
from norwalk_analytics.intake.sources import OneSource, Sources
from norwalk_analytics.policy import UserError
from norwalk_analytics.whole import folder_of

BROKEN: dict[str, Any] = {"rule": pl.String, "severity": pl.String, "rows": pl.UInt32, "remedy": pl.String}


@dataclass(frozen=True, repr=False)
class Scanned(Checked):
    """One table, checked piece by piece. ``read == accepted + set_aside + left_out`` of its counts.

    Attributes:
        table: the table of the contract.
        file: the file's name, or how many there are.
        assumed: what was found out about them.
        frame: accepted rows, typed, with the columns that the loader sets beside them, and ``row_number``: a
            LazyFrame of Polars, or a frame of the engine that holds them.
        quarantined: rows set aside, as in ``Loaded``; problems, left_out: the same.
        counts: how many rows there are of each.
        by_rule: a row a rule that was broken: rule, severity, rows, remedy.
        blank: wholly blank rows; examples: a template's example rows.
        unknown: columns that the contract does not know; they are kept.
        rules: the rulebook that was run.
        paths: where the source's files are.
    """

    table: Table
    file: str
    assumed: str
    frame: Any
    quarantined: Any
    problems: Any
    left_out: Any
    counts: Counts
    by_rule: pl.DataFrame
    blank: int = 0
    examples: int = 0
    unknown: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    paths: tuple[Path, ...] = ()

    @property
    def read(self) -> int:
        """How many rows were read."""
        return self.counts.read

    def __repr__(self) -> str:
        """One line of counts."""
        return f"<{self.table.name} from {self.file}: {self.counts.line()}>"


def together(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Parts of ``by_rule`` as one: a row a rule that was broken, those that set aside first."""
    columns = [pl.col(name).cast(kind) for name, kind in BROKEN.items()]
    whole = pl.concat([pl.DataFrame(schema=BROKEN), *(part.select(columns) for part in parts)])
    summed = whole.group_by("rule", "severity").agg(pl.col("rows").sum(), pl.col("remedy").min())
    return summed.sort("severity", "rows", "rule", descending=[False, True, False])


class Kept:
    """Keeps what is made of scanned frames in files of a folder that goes with it."""

    def __init__(self) -> None:
        """With nothing kept."""
        self._folder = folder_of(self)
        self._count = count()

    def __call__(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """The frame as it stands in a file."""
        path = self._folder / f"{next(self._count)}.parquet"
        frame.sink_parquet(path, compression="lz4", statistics=False, engine="streaming")
        return pl.scan_parquet(path)


def refuse_if_whole_needed(name: str, one: OneSource, of: Sources) -> None:
    """Refuse what needs the whole table in memory; UserError then."""
    unknown = [rule.id for rule in of.contract.tables[name].rules if not rule.known]
    needs = (
        "corrections are applied" if of.corrections is not None
        else "its profile keeps one row a key" if one.profile.one_row is not None
        else f"Great Expectations itself runs {unknown[0]}" if unknown else None
    )  # fmt: skip
    if needs and name not in SMALL_TABLES:
        message = (
            f"{name} can't be loaded piece by piece, since {needs}. Load it in memory. Nothing was loaded."
        )
        raise UserError(message)
