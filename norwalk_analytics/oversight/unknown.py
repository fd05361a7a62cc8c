"""What is not shown in a published frame, part by part, and what can be said of it: by integer programmes."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from norwalk_analytics.oversight.cells import System
from norwalk_analytics.oversight.needs import CLOSE, RULE, Need, by_view
from norwalk_analytics.oversight.programme import asked_again, programme
from norwalk_analytics.oversight.secondary import Problem
from norwalk_analytics.policy import UserError

MOST = 1e6
"""More than any count is taken for."""


def connected(system: System, known: dict[int, int]) -> list[tuple[list[int], list[int]]]:
    """The unknown counts that hang together, with their relations."""
    near: dict[int, set[int]] = defaultdict(set)
    touching: dict[int, list[int]] = defaultdict(list)
    for at, relation in enumerate(system.relations):
        unknown = [v for v in relation.terms if v not in known]
        if not unknown:
            over = sum(times * known[v] for v, times in relation.terms.items())
            if over > 0 or (over < 0 and not relation.at_most):
                message = "What would be published contradicts itself: a sum is not that of its parts."
                raise UserError(message)
        for v in unknown:
            touching[v].append(at)
            near[v].update(unknown)
    parts, seen = [], set()
    for v in range(len(system.values)):
        if v in known or v in seen:
            continue
        group, front = [], [v]
        seen.add(v)
        while front:
            one = front.pop()
            group.append(one)
            for other in near[one] - seen:
                seen.add(other)
                front.append(other)
        parts.append((sorted(group), sorted({at for one in group for at in touching[one]})))
    return parts


class Part:
    """Unknown counts that hang together, and what can be said of each."""

    def __init__(
        self, problem: Problem, variables: Sequence[int], relations: Sequence[int], known: dict[int, int],
        hidden: Sequence[bool], then: int,
    ) -> None:  # fmt: skip
        """One part: its counts and relations, what is known, which rows are withheld, and how many stood before."""
        self.problem, self.known = problem, known
        self.at = {variable: place for place, variable in enumerate(variables)}
        self.relations = relations
        self.needs: list[Need] = []
        mine = set(variables)
        rows = [*hidden, *[row >= len(hidden) for row in range(len(hidden), len(hidden) + then)]]
        for row, held in enumerate(rows):
            x = problem.system.rows[row][0]
            if held and x in mine:
                self.needs += problem.needs.get(row, ())
        self.seen: dict[int, list[Any]] = {0: [], 1: []}
        self.solvers: dict[int, Any] = {}

    def ends(self, need: Need) -> tuple[float, float]:
        """The least and the most of what is looked for."""
        cost, _ = self._looked(need)
        for sign in (1, -1):
            self.seen[need.view].append(self._solve(sign * cost, need.view, whole=True))
        return self.reached(need)

    def bounds(self, need: Need) -> tuple[float, float]:
        """What it lies between in any case: its ends in real numbers, which are quicker to find."""
        cost, fixed = self._looked(need)
        low, high = (
            float(cost @ self._solve(sign * cost, need.view, whole=False)) + fixed for sign in (1, -1)
        )
        return math.ceil(low - CLOSE), math.floor(high + CLOSE)

    def reached(self, need: Need) -> tuple[float, float]:
        """The least and the most found so far of what is looked for."""
        import numpy as np

        counts = [*self.seen[RULE], *(self.seen[0] if need.view != RULE else [])]
        if not counts:
            return np.inf, -np.inf
        cost, fixed = self._looked(need)
        places = np.flatnonzero(cost)
        values = np.array([one[places] for one in counts]) @ cost[places] + fixed
        return float(values.min()), float(values.max())

    def tells(self, row: int) -> bool:
        """Whether a row can be worked out, or too nearly: its numerator, or what remains."""
        mine = [need for need in self.problem.needs.get(row, ()) if any(v in self.at for v, _ in need.terms)]
        return any(not need.met(*self.ends(need)) for need in mine if not need.soft)

    def _try(self, proofs: Sequence[tuple[Sequence[int], Any]]) -> None:
        """Take those counts that fit: whole, within bounds, every relation kept."""
        import numpy as np

        for variables, counts in proofs:
            place = {variable: at for at, variable in enumerate(variables)}
            if not len(counts) or not all(v in place for v in self.at):
                continue
            mine = np.asarray(counts)[:, [place[v] for v in self.at]]
            for view, (_, bounds) in enumerate(self.views):
                sums = mine @ self.matrix.T
                fits = (
                    (mine == np.round(mine)).all(axis=1) & (mine >= bounds.lb).all(axis=1) & (mine <= bounds.ub).all(axis=1)
                    & (sums >= self.low - CLOSE).all(axis=1) & (sums <= self.highs[view] + CLOSE).all(axis=1)
                )  # fmt: skip
                self.seen[view] += list(mine[fits])

    def unmet(self, proofs: Sequence[tuple[Sequence[int], Any]] = ()) -> list[Need]:
        """The needs that none of the counts that are said to fit shows to be met."""
        if not self.needs:
            return []
        self._set_up()
        self._try(proofs)
        return [need for need in sorted(self.needs, key=by_view) if not need.met(*self.reached(need))]

    def _set_up(self) -> None:
        """The relations and bounds, as matrices, once."""
        if hasattr(self, "views"):
            return
        import numpy as np
        from scipy.optimize import Bounds, LinearConstraint
        from scipy.sparse import csr_matrix

        rows, columns, times, low, high, tight = [], [], [], [], [], []
        for place, at in enumerate(self.relations):
            relation = self.problem.system.relations[at]
            fixed = sum(t * self.known[v] for v, t in relation.terms.items() if v in self.known)
            for v, t in relation.terms.items():
                if v in self.at:
                    rows.append(place)
                    columns.append(self.at[v])
                    times.append(t)
            pair = tuple(relation.terms)
            gaps = (
                self.problem.apart.get((pair[0], pair[-1]), (0, 0))
                if relation.at_most and len(pair) == 2
                else (0, 0)
            )
            low.append(-np.inf if relation.at_most else -fixed)
            high.append(-fixed - gaps[0])
            tight.append(-fixed - gaps[1])
        matrix = csr_matrix((times, (rows, columns)), shape=(len(self.relations), len(self.at)))
        least = np.array([self.problem.at_least.get(v, 0) for v in self.at], dtype=float)
        self.matrix, self.low, self.highs = matrix, np.array(low), (np.array(high), np.array(tight))
        none = not self.relations
        self.views = [
            ([] if none else LinearConstraint(matrix, low, high), Bounds(np.zeros(len(self.at)), MOST)),
            ([] if none else LinearConstraint(matrix, low, tight), Bounds(least, MOST)),
        ]

    def _looked(self, need: Need) -> tuple[Any, float]:
        """What is looked for: the coefficients of the unknown counts, and what is known of it."""
        import numpy as np

        cost, fixed = np.zeros(len(self.at)), 0.0
        for v, times in need.terms:
            if v in self.at:
                cost[self.at[v]] += times
            else:
                fixed += times * self.known[v]
        return cost, fixed

    def _solve(self, cost: Any, view: int, *, whole: bool) -> Any:
        """The counts of which the cost is least: looked for in real numbers, which are whole more often than not."""
        import numpy as np

        self._set_up()
        found = self._in_real_numbers(cost, view)
        if whole and (found is None or (np.abs(np.round(found) - found) >= CLOSE).any()):
            found = self._in_whole_numbers(cost, view)
        if found is None:
            message = "What would be published contradicts itself: no counts fit it."
            raise UserError(message)
        return np.round(found) if whole else found

    def _in_real_numbers(self, cost: Any, view: int) -> Any:
        """From where the search before left off; None where nothing fits."""
        import numpy as np

        if view not in self.solvers:
            least = np.broadcast_to(self.views[view][1].lb, len(cost))
            matrix = self.matrix.indptr, self.matrix.indices, self.matrix.data
            model = programme(cost, (least, np.full(len(cost), MOST)), (self.low, self.highs[view]), matrix)
            self.solvers[view] = asked_again(model)
        solver = self.solvers[view]
        solver.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
        solver.run()
        optimal = solver.getModelStatus().name == "kOptimal"
        return np.array(solver.getSolution().col_value) if optimal else None

    def _in_whole_numbers(self, cost: Any, view: int) -> Any:
        """None where nothing fits."""
        import numpy as np
        from scipy.optimize import milp

        constraint, bounds = self.views[view]
        return milp(cost, constraints=constraint, bounds=bounds, integrality=np.ones(len(cost))).x
