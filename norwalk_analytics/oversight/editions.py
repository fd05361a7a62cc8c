"""Editions: what was published before is known, and what was withheld then stays so.

A ledger is the frame of what was published (``Publishable.ledger``). A figure of the same window is one count in
both editions. Of a window that has grown, what came since is a figure of its own, under the primary rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from norwalk_analytics.intake.writing import as_they_were
from norwalk_analytics.oversight.cells import KEY
from norwalk_analytics.oversight.counting import FIGURES
from norwalk_analytics.oversight.status import PER
from norwalk_analytics.policy import UserError

COUNTS = ("numerator", "denominator")
BESIDE = ("wait", "curve", "age")
"""Views of a figures file that are no figures of measures (``board.beside``)."""


@dataclass(frozen=True)
class Earlier:
    """What earlier editions say of the figures of this one.

    Attributes:
        rows: figures published then that this edition does not hold; withheld ones without their counts.
        why: of each of these, why it was withheld, where the ledger says so.
        forced: row of this edition → why it is withheld: "before" or "difference".
        known: rows that were shown then and have not changed: whatever is withheld now, they are public.
        revised: rows that were shown then and have changed since: the old count is public.
    """

    rows: pl.DataFrame
    why: tuple[str | None, ...] = ()
    forced: dict[int, str] = field(default_factory=dict)
    known: set[int] = field(default_factory=set)
    revised: list[int] = field(default_factory=list)


def read_ledger(path: Path) -> pl.DataFrame:
    """Read what was published before, as ``report --ledger`` wrote it (or ``--figures``, which says of no figure why).

    Raises:
        UserError: if the file can't be read, or is no such file.
    """
    try:
        found = as_they_were(pl.read_csv(path, infer_schema=False))
    except (OSError, pl.exceptions.PolarsError):
        message = f"{path.name} can't be read as a ledger, which report --ledger writes."
        raise UserError(message) from None
    if "view" in found.columns:  # times and ages stand beside the figures, and are no counts
        found = found.filter(~pl.col("view").is_in(BESIDE).fill_null(value=False))
    if lacking := [name for name in (*KEY, *COUNTS, "withheld") if name not in found.columns]:
        message = f"{path.name} is no ledger: it lacks {', '.join(lacking)}."
        raise UserError(message)
    kinds = {name: kind for name, kind in FIGURES.items() if name in found.columns}
    try:
        return found.with_columns(
            *[
                pl.col(name).str.to_date() if kind == pl.Date else pl.col(name).cast(kind)
                for name, kind in kinds.items()
            ],
            withheld=pl.col("withheld") == "true",
        )
    except pl.exceptions.PolarsError:
        message = f"{path.name} is no ledger: a count or a date in it is none."
        raise UserError(message) from None


def before(
    rows: pl.DataFrame, previous: pl.DataFrame | None, judged: pl.DataFrame, settings: Mapping[str, Any]
) -> Earlier:
    """Hold the figures against what was published before.

    Args:
        rows: the figures of this edition.
        previous: the ledger; None where nothing was published.
        judged: what the primary rule says of the figures.
        settings: the thresholds.

    Raises:
        UserError: if ``previous`` is no ledger.
    """
    if previous is None:
        return Earlier(rows.clear())
    if not {*KEY, *COUNTS, "withheld"} <= set(previous.columns):
        message = "This is not a ledger: it lacks columns of what Publishable.ledger() gives."
        raise UserError(message)
    old = previous.cast({name: rows.schema[name] for name in (*KEY, *COUNTS)}).unique(
        KEY, keep="last", maintain_order=True
    )
    there = pl.col("withheld") | pl.col("numerator").is_not_null()
    gone = old.filter(there).join(
        rows.select(KEY), on=KEY, how="anti", nulls_equal=True, maintain_order="left"
    )
    extra = gone.select(
        pl.col(name) if name in gone.columns else pl.lit(None, dtype=kind).alias(name) for name, kind in rows.schema.items()
    )  # fmt: skip
    told = rows.with_row_index("at").with_columns(judged.select("sensitive"), primary=judged["withheld"])
    found = Earlier(extra, tuple(gone["why"]) if "why" in gone.columns else (None,) * gone.height)
    same = told.join(
        old.select(*KEY, "withheld", *COUNTS),
        on=KEY,
        how="inner",
        nulls_equal=True,
        suffix="_then",
        maintain_order="left",
    )
    for row in same.to_dicts():
        if not row["sensitive"]:
            continue
        at = row["at"]
        if row["withheld"]:
            found.forced[at] = "before"
        elif all(row[f"{name}_then"] == row[name] for name in COUNTS):
            found.known.add(at)
        else:
            found.revised.append(at)
            if _small(row, row, settings):
                found.forced[at] = "difference"
    grown = told.filter("sensitive").join(
        old.filter(~pl.col("withheld")).select(*KEY, *COUNTS), on=[name for name in KEY if name != "end"], how="inner",
        nulls_equal=True, suffix="_then", maintain_order="left",
    ).filter(pl.col("end_then") < pl.col("end"))  # fmt: skip
    for row in grown.to_dicts():
        if _small(row, row, settings):
            found.forced.setdefault(row["at"], "difference")
    return found


def _small(now: Mapping[str, Any], then: Mapping[str, Any], settings: Mapping[str, Any]) -> bool:
    """Whether what lies between two editions is too small to be shown."""
    met = _less(now["numerator"], then["numerator_then"])
    cases = _less(now["denominator"], then["denominator_then"]) if now["measure"] not in PER else None
    few = [met] if cases is None else [met, cases - met]
    return any(1 <= abs(one) < settings["count"] for one in few) or (
        cases is not None and 1 <= abs(cases) < settings["people"]
    )


def _less(now: float | None, then: float | None) -> int:
    return round((now or 0) - (then or 0))
