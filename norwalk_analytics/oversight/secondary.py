"""The search: which figures to withhold besides, so that what is withheld can't be worked out, and no more.

An integer programme chooses what to withhold; attackers, as linear programmes, look for what can still be worked
out of it, and each that succeeds adds a cut to the programme (the cutting-plane method of Fischetti and Salazar,
Solving the cell suppression problem on tabular data with linear constraints, Management Science 47, 2001). It ends
where no attacker succeeds, in whole numbers too: what is withheld is then the least that can be. Parts of the system
with more figures than MOST, or a programme that needs more than NODES nodes, are covered greedily, the attackers as
guide; what is not needed after all is shown again. Everything is decided by counts, nothing by the clock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from norwalk_analytics.oversight.attackers import Attackers
from norwalk_analytics.oversight.cells import System
from norwalk_analytics.oversight.covering import Cut, cheapest
from norwalk_analytics.oversight.needs import Need

MOST = 700
"""Figures of one connected part that are searched exactly."""
NODES = 20_000
"""Nodes of one integer programme."""
ROUNDS = 200
"""Rounds of cuts."""


@dataclass
class Problem:
    """What must be protected, and what may serve.

    Attributes:
        system: base counts and what holds between them.
        forced: rows withheld for their own sake.
        may: rows that may be withheld besides.
        cost: of withholding each row.
        needs: row → what an attacker must not find out about it, if it is withheld.
        at_least: variable → the least that an attacker who knows the rule takes it for.
        apart: pairs of a numerator's and a denominator's variable → the least that the rest is taken for:
            by one who knows what is published, and by one who knows the rule.
        lines: rows of one line, and how many people stand behind each.
        lenient: rows of tables that are left out: protected as far as can be.
    """

    system: System
    forced: Sequence[bool]
    may: Sequence[bool]
    cost: Sequence[float]
    needs: Mapping[int, Sequence[Need]]
    at_least: Mapping[int, int] = field(default_factory=dict)
    apart: Mapping[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    lines: Sequence[Mapping[int, int]] = ()
    lenient: Collection[int] = ()

    def least(self, row: int) -> int:
        """The least that one who knows the rule takes a row's numerator for."""
        x = self.system.rows[row][0]
        return 0 if x is None else self.at_least.get(x, 0)


@dataclass(frozen=True)
class Pattern:
    """What is withheld.

    Attributes:
        withheld: row by row.
        least: no pattern costs less, as far as was shown; of the rows withheld besides the forced ones.
        cost: what this one costs.
        failed: rows that can't be protected whatever is withheld.
        proofs: variables, and counts of them, a row each, that fit all that is shown: what an attacker can't rule out.
        told: rows that can be worked out though everything else were withheld, and so are shown, round by round.
        eased: rows that could not be protected in full, and need not be.
    """

    withheld: list[bool]
    least: float
    cost: float
    failed: list[int]
    proofs: list[tuple[list[int], Any]] = field(default_factory=list)
    told: list[list[int]] = field(default_factory=list)
    eased: list[int] = field(default_factory=list)


def protect(
    problem: Problem,
    *,
    most: int = MOST,
    nodes: int = NODES,
    solved: dict[Any, Any] | None = None,
) -> Pattern:
    """Find what to withhold.

    Args:
        problem: what must be protected, and what may serve.
        most: figures of one connected part that are searched exactly; larger parts greedily.
        nodes: nodes of one integer programme.
        solved: what was found of parts in calls before, which is not sought again.
    """
    known = {} if solved is None else solved
    withheld, failed, proofs, told, eased = list(problem.forced), [], [], [], []
    least = cost = 0.0
    lines: dict[int, list[int]] = defaultdict(list)
    for at, line in enumerate(problem.lines):
        for row in line:
            lines[row].append(at)
    for part in _parts(problem):
        mine = sorted({at for row in part.rows for at in lines.get(row, ())})
        key = tuple(
            (row, problem.forced[row], problem.may[row], problem.least(row), row in problem.lenient)
            for row in part.rows
        )
        if key not in known:
            known[key] = _Search(problem, part, [problem.lines[at] for at in mine], most, nodes).run()
        found = known[key]
        failed += found.failed
        proofs.append((part.variables, found.proof))
        told += found.told
        eased += found.eased
        least, cost = least + found.least, cost + found.cost
        for row in found.chosen:
            withheld[row] = True
    return Pattern(withheld, least, cost, sorted(failed), proofs, told, eased)


def freest(problem: Problem, rows: Collection[int]) -> dict[int, list[Need]]:
    """What can be had of the needs of some rows, in real numbers, though all that may be is withheld."""
    found: dict[int, list[Need]] = {}
    for part in _parts(problem):
        mine = sorted(set(rows) & set(part.rows))
        if mine:
            attackers = Attackers(problem, part.variables, part.relations, part.rows)
            found |= attackers.ends(mine, part.rows)
    return found


@dataclass(frozen=True)
class _Part:
    """One connected part: its variables, its relations, its rows."""

    variables: list[int]
    relations: list[int]
    rows: list[int]


def _parts(problem: Problem) -> list[_Part]:
    """What hangs together by relations between counts that are not shown in any case."""
    system = problem.system
    fixed = set()
    for row, variables in enumerate(system.rows):
        if not (problem.forced[row] or problem.may[row]):
            fixed |= {v for v in variables if v is not None}
    parent = list(range(len(system.values)))

    def root(v: int) -> int:
        while parent[v] != v:
            parent[v] = parent[parent[v]]
            v = parent[v]
        return v

    for relation in system.relations:
        free = [v for v in relation.terms if v not in fixed]
        for v in free[1:]:
            parent[root(v)] = root(free[0])
    for variables in system.rows:
        free = [v for v in variables if v is not None and v not in fixed]
        for v in free[1:]:
            parent[root(v)] = root(free[0])
    rows: dict[int, list[int]] = defaultdict(list)
    for row, variables in enumerate(system.rows):
        free = [v for v in variables if v is not None and v not in fixed]
        if free and (problem.forced[row] or problem.may[row]):
            rows[root(free[0])].append(row)
    wanted = {key for key, members in rows.items() if any(problem.forced[row] for row in members)}
    variables_of: dict[int, list[int]] = defaultdict(list)
    for v in range(len(system.values)):
        if v not in fixed and root(v) in wanted:
            variables_of[root(v)].append(v)
    relations_of: dict[int, list[int]] = defaultdict(list)
    for at, relation in enumerate(system.relations):
        free = [v for v in relation.terms if v not in fixed]
        if free and root(free[0]) in wanted:
            relations_of[root(free[0])].append(at)
    return [_Part(variables_of[key], relations_of[key], rows[key]) for key in sorted(wanted)]


@dataclass(frozen=True)
class _Found:
    chosen: list[int]
    least: float
    cost: float
    failed: list[int]
    proof: Any
    told: list[list[int]]
    eased: list[int]


class _Search:
    """The search within one part."""

    def __init__(
        self, problem: Problem, part: _Part, lines: Sequence[Mapping[int, int]], most: int, nodes: int
    ) -> None:
        self.problem, self.part, self.lines, self.nodes = problem, part, lines, nodes
        self.forced = [row for row in part.rows if problem.forced[row]]
        self.may = [row for row in part.rows if not problem.forced[row]]
        self.exact = len(part.rows) <= most
        self.attackers = Attackers(problem, part.variables, part.relations, part.rows)
        self.cuts: list[Cut] = []
        self.told: list[list[int]] = []
        self.eased: set[int] = set()

    def run(self) -> _Found:
        """Cuts and patterns in turn, until no attacker succeeds."""
        failed = self._hopeless()
        self.cuts += self._crowds()
        chosen: set[int] = set()
        least = 0.0
        for _ in range(ROUNDS):
            cuts = self.attackers.cuts([*self.forced, *sorted(chosen)], skip=failed)
            if cuts is None:
                cuts = self.attackers.whole_cuts([*self.forced, *sorted(chosen)], self.may, skip=failed)
            if not cuts and all(_meets(cut, chosen, self.attackers, self.forced) for cut in self.cuts):
                break
            self.cuts += cuts or []
            bound, found = self._cover() if self.exact else (None, None)
            if found is None:
                self.exact = False
                chosen = self._greedy(chosen)
            else:
                chosen, least = found, max(least, bound or 0.0)
        if not self.exact:
            chosen = self._shown_again(chosen, failed)
        cost = sum(self.problem.cost[row] for row in chosen)
        bound = cost if self.exact else min(least, cost)
        return _Found(
            sorted(chosen), bound, cost, sorted(failed), self.attackers.proof(), self.told, sorted(self.eased)
        )

    def _hopeless(self) -> set[int]:
        """Rows that can't be protected though everything is withheld; those that can't be hidden never serve."""
        while True:
            every = [*self.forced, *self.may]
            found = self.attackers.failing(every)
            lenient = found & set(self.problem.lenient)
            soft = self.attackers.too_much(found - lenient)
            if lenient or soft:
                self.attackers.ease(lenient, every)
                self.attackers.ease(soft, every, soft=True)
                self.eased |= lenient | soft
                continue
            told = found & set(self.may)
            if not told:
                return found
            self.may = [row for row in self.may if row not in told]
            self.told.append(sorted(told))
            self.attackers.never(told)

    def _crowds(self) -> list[Cut]:
        """A line whose withheld cells have two or fewer people in all gets one more."""
        cuts = []
        mine = set(self.part.rows)
        for line in self.lines:
            inside = {row: float(people) for row, people in line.items() if row in mine and people}
            hidden = [row for row in inside if self.problem.forced[row]]
            there = sum(inside[row] for row in hidden)
            rest = {
                ("row", row): min(count, 3 - there)
                for row, count in inside.items()
                if not self.problem.forced[row]
            }
            if hidden and there < 3 and rest:
                cuts.append((rest, min(3 - there, sum(rest.values()))))
        return cuts

    def _cover(self) -> tuple[float | None, set[int] | None]:
        """The cheapest rows that satisfy every cut, and how little any can cost; None beyond the nodes."""
        return cheapest(self.cuts, self.may, self.problem.cost, self.attackers.rows_of, self.nodes)

    def _greedy(self, chosen: set[int]) -> set[int]:
        """More rows, cheapest for what they do first, until every cut is satisfied."""
        for cut in self.cuts:
            while not _meets(cut, chosen, self.attackers, self.forced):
                worth: dict[int, float] = defaultdict(float)
                for place, times in cut[0].items():
                    for row in self.attackers.rows_of(place) if times > 0 else ():
                        if row not in chosen and not self.problem.forced[row]:
                            worth[row] += times
                if not worth:
                    break
                chosen = chosen | {min(worth, key=lambda row: (self.problem.cost[row] / worth[row], row))}
        return chosen

    def _shown_again(self, chosen: set[int], failed: set[int]) -> set[int]:
        """Without the rows that are not needed after all."""
        for row in sorted(chosen, key=lambda one: (-self.problem.cost[one], one)):
            rest = [*self.forced, *sorted(chosen - {row})]
            crowded = all(_meets(cut, chosen - {row}, self.attackers, self.forced) for cut in self._crowds())
            if crowded and not (self.attackers.failing(rest) - failed):
                chosen = chosen - {row}
        return chosen


def _meets(cut: Cut, chosen: set[int], attackers: Attackers, forced: Sequence[int]) -> bool:
    """Whether what is chosen satisfies a cut."""
    hidden = {*chosen, *forced}
    done = sum(
        times for place, times in cut[0].items() if all(row in hidden for row in attackers.rows_of(place))
    )
    return done >= cut[1] - 1e-6
