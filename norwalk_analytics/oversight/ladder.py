"""What is withheld besides, step by step: cells, totals, the zeros of a table, the table itself.

The search withholds cells, and totals where cells do not do. Where nothing that it may withhold protects a figure,
the zeros (none, or all of them) of its table are withheld too, then those of other tables that give it away; where
that does not help, its table is left out, and stands one level up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from norwalk_analytics.oversight.cells import System, system_of
from norwalk_analytics.oversight.editions import Earlier, before
from norwalk_analytics.oversight.needs import by_view
from norwalk_analytics.oversight.primary import primary, table_keys
from norwalk_analytics.oversight.protection import problem_of
from norwalk_analytics.oversight.secondary import Pattern, Problem, freest, protect
from norwalk_analytics.oversight.status import said_bit, with_status
from norwalk_analytics.policy import Policy

Table = tuple[Any, ...]


@dataclass(frozen=True)
class Protected:
    """What is withheld, and why.

    Attributes:
        judged: what the primary rule says, row by row.
        earlier: what editions before say.
        system: base counts and what holds between them.
        pattern: what is withheld, with its proofs.
        left_out: the tables that are not published.
    """

    judged: pl.DataFrame
    earlier: Earlier
    system: System
    pattern: Pattern
    left_out: list[Table]


def protected(rows: pl.DataFrame, policy: Policy, previous: pl.DataFrame | None) -> Protected:
    """Find what to withhold.

    Args:
        rows: the long table of figures, in an order that does not depend on how they came.
        policy: the thresholds.
        previous: the ledger of editions before.
    """
    steps = _Steps(rows, policy, previous)
    while True:
        problem = steps.problem()
        found = protect(problem, solved=steps.solved)
        if not steps.up(problem, found):
            return Protected(steps.judged, steps.earlier, problem.system, found, steps.left_out)


class _Steps:
    """Which tables' zeros are withheld so far, and which tables are left out."""

    def __init__(self, rows: pl.DataFrame, policy: Policy, previous: pl.DataFrame | None) -> None:
        self.rows, self.settings = rows, policy.disclosure
        self.judged = primary(rows, self.settings)
        self.earlier = before(rows, previous, self.judged, self.settings)
        self.tables: list[Table] = table_keys(rows)
        said = pl.when(said_bit()).then("status").alias("bit")
        self.bits = with_status(rows, policy).select(said)["bit"].to_list()
        self.zeros: set[Table] = set()
        self.left_out: list[Table] = []
        self.solved: dict[Any, Any] = {}
        self.bare = {
            at for at, (met, every) in enumerate(rows.select("numerator", "denominator").rows())
            if met in (0, every) and every != 0
        }  # fmt: skip
        """Rows of which none, or all, are met."""

    def problem(self, zeros: Iterable[Table] = ()) -> Problem:
        """The problem as it stands; with the zeros of more tables withheld."""
        return problem_of(
            self.rows, self.judged, system_of(self.rows, self.earlier.rows), self.settings,
            earlier=self.earlier, bits=self.bits, zeros=self.zeros | set(zeros), left_out=self.left_out,
        )  # fmt: skip

    def up(self, problem: Problem, found: Pattern) -> bool:
        """One step up, if one is needed."""
        failed = {self.tables[at] for at in found.failed if at < len(self.tables)}
        own = failed - self.zeros if self.settings["zero_may_be_shown"] else set()
        if own:
            self.zeros |= own
            return True
        others = self._giving_away(problem, found)
        if others:
            self.zeros |= others
            return True
        if failed:
            parts = {table for table in failed if table[-1] or table[3] is not None}
            self.left_out += sorted(parts or failed, key=str)
        return bool(failed)

    def _giving_away(self, problem: Problem, found: Pattern) -> set[Table]:
        """Tables whose zeros narrow what can't be protected, or not as it should be."""
        if not self.settings["zero_may_be_shown"]:
            return set()
        eased = [row for row in found.eased if row in self.bare or row >= len(self.tables)]
        loose = sorted({*found.failed, *(row for row in eased if problem.forced[row])})
        now = freest(problem, loose)
        short = {row: had for row, had in now.items() if had != sorted(problem.needs[row], key=by_view)}
        tried: set[Table] = set()
        for near in self._around(problem, short):
            may = near - self.zeros - set(self.left_out)
            if may <= tried:
                continue
            tried = may
            best = freest(self.problem(may), short)
            if best == short:
                continue
            for table in sorted(may, key=str):
                if freest(self.problem(may - {table}), short) == best:
                    may = may - {table}
            return may
        return set()

    def _around(self, problem: Problem, rows: Iterable[int]) -> Iterator[set[Table]]:
        """Tables with zeros round some rows: by one relation between counts, by two, and so on."""
        tables: dict[int, set[Table]] = {}
        for at, variables in enumerate(problem.system.rows[: len(self.tables)]):
            for variable in variables if at in self.bare else ():
                if variable is not None:
                    tables.setdefault(variable, set()).add(self.tables[at])
        ties = [set(relation.terms) for relation in problem.system.relations]
        near = {v for row in rows for v in problem.system.rows[row] if v is not None}
        while near:
            wider = near.union(*(tie for tie in ties if not near.isdisjoint(tie)))
            yield {table for variable in wider for table in tables.get(variable, ())}
            if wider == near:
                return
            near = wider
