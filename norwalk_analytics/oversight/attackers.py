"""Attackers of a pattern, as linear programmes in HiGHS: what can be worked out of what is shown.

A shown count is fixed; a withheld one lies between its least and a number that no figure comes near. The most and
the least that it may be, and the dual prices, say how much room each withheld figure gives: a cut for the search.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from norwalk_analytics.oversight.covering import Cut
from norwalk_analytics.oversight.needs import Need, by_view
from norwalk_analytics.oversight.programme import asked_again, programme
from norwalk_analytics.policy import UserError

if TYPE_CHECKING:
    import numpy as np

    from norwalk_analytics.oversight.secondary import Problem

SMALL = 1e-6


class Attackers:
    """All attackers of one connected part."""

    def __init__(
        self, problem: Problem, variables: Sequence[int], relations: Sequence[int], rows: Sequence[int]
    ) -> None:
        """Set up the model: a column a count, a row a relation."""
        import numpy as np

        self.problem, self.rows = problem, list(rows)
        self.place = {variable: at for at, variable in enumerate(variables)}
        self.variables = list(variables)
        values = problem.system.values
        self.values = np.array([-1.0 if values[v] is None else float(values[v] or 0) for v in variables])
        self.given = self.values >= 0
        self.holders: dict[int, list[int]] = defaultdict(list)
        for row in rows:
            for variable in problem.system.rows[row]:
                if (
                    variable is not None
                    and variable in self.place
                    and row not in self.holders[self.place[variable]]
                ):
                    self.holders[self.place[variable]].append(row)
        wanted = max([need.high or 0 for row in rows for need in problem.needs.get(row, ())], default=0)
        largest = max((value for value in values if value is not None), default=0)
        self.most = 2.0 * (largest + wanted) + 100.0
        self.needs = {row: list(problem.needs.get(row, ())) for row in rows}
        self._lows(np)
        self._model(relations)
        self.seen: list[tuple[int, np.ndarray]] = []
        self.shown: set[int] = set()
        self._looks()

    def _looks(self) -> None:
        """What each need looks for, as rows of a matrix over the counts."""
        import numpy as np
        from scipy.sparse import csr_matrix

        every = [need for row in self.rows for need in self.needs[row]]
        self.look = {id(need): at for at, need in enumerate(every)}
        terms = [
            (at, self.place[v], times)
            for at, need in enumerate(every)
            for v, times in need.terms
            if v in self.place
        ]
        at, columns, times = zip(*terms, strict=True) if terms else ((), (), ())
        self.looks = csr_matrix((times, (at, columns)), shape=(len(every), len(self.variables)), dtype=float)
        self.known = np.array([self._known(need) for need in every])
        self.needed = np.array([need.view for need in every])
        self._fresh()

    def _fresh(self) -> None:
        """Forget what was reached: as the counts are, and as those kept have it."""
        import numpy as np

        now = self.looks @ self.values + self.known
        untold = (abs(self.looks) @ ~self.given) > 0  # what no figure gives has no count to begin with
        self.low_reached = np.where(untold, np.inf, now)
        self.high_reached = np.where(untold, -np.inf, now)
        for view, counts in self.seen:
            self._reach(view, counts)

    def _reach(self, view: int, counts: Any) -> None:
        """Take counts that were found into what is reached."""
        import numpy as np

        values = self.looks @ counts + self.known
        counts_for = self.needed <= view
        self.low_reached = np.where(counts_for, np.minimum(self.low_reached, values), self.low_reached)
        self.high_reached = np.where(counts_for, np.maximum(self.high_reached, values), self.high_reached)

    def rows_of(self, place: tuple[str, int]) -> list[int]:
        """The rows that must all be withheld for a place to give room."""
        kind, at = place
        return self.holders[at] if kind == "count" else [at]

    def ease(self, rows: Collection[int], withheld: Sequence[int], *, soft: bool = False) -> None:
        """Ask no more of rows than can be had though everything is withheld; ``soft``: of their soft needs alone."""
        hidden = self._hidden(withheld)
        self._valid(hidden)
        for row in sorted(rows):
            eased = []
            for need in self.needs[row]:
                if (need.soft or not soft) and not self._done(need):
                    self._set(hidden, need.view)
                    for sign in need.ends:
                        _, counts, _ = self._solve(need, sign)
                        if not self._remember(need.view, counts):
                            self._in_whole(need, sign)
                    at = self.look[id(need)]
                    need = need.within(self.low_reached[at], self.high_reached[at])
                eased.append(need)
            self.needs[row] = eased
        self._looks()

    def too_much(self, rows: Collection[int]) -> set[int]:
        """Rows of which more is asked, softly, than was found so far."""
        return {row for row in rows if any(need.soft and not self._done(need) for need in self.needs[row])}

    def ends(self, rows: Sequence[int], withheld: Sequence[int]) -> dict[int, list[Need]]:
        """What can be had of the needs of rows, in real numbers."""
        hidden = self._hidden(withheld)
        found: dict[int, list[Need]] = {row: [] for row in rows}
        view = None
        for need in self._wanted(rows, ()):
            if view != need.view:
                view = need.view
                self._set(hidden, view)
            reached = {sign: sign * self._solve(need, sign)[0] + self._known(need) for sign in need.ends}
            found[need.row].append(need.within(reached.get(1, -math.inf), reached.get(-1, math.inf)))
        return found

    def never(self, rows: Collection[int]) -> None:
        """Rows that are always shown: what they give is no room."""
        for row in rows:
            for variable in self.problem.system.rows[row]:
                if variable is not None and variable in self.place:
                    self.shown.add(self.place[variable])

    def _lows(self, np: Any) -> None:
        """The least of each count where it is withheld, for each kind of attacker."""
        least = [float(self.problem.at_least.get(v, 0)) for v in self.variables]
        self.low = [np.zeros(len(least)), np.array(least)]

    def _model(self, relations: Sequence[int]) -> None:
        """The relations, as HiGHS has them."""
        import highspy
        import numpy as np

        starts, columns = [0], []
        times: list[float] = []
        uppers: list[float] = []
        lowers: list[float] = []
        self.apart: list[tuple[int, tuple[int, int]]] = []
        for at in relations:
            relation = self.problem.system.relations[at]
            fixed = 0
            for variable, coefficient in relation.terms.items():
                if variable in self.place:
                    columns.append(self.place[variable])
                    times.append(float(coefficient))
                else:
                    fixed += coefficient * int(self.problem.system.values[variable] or 0)
            pair = tuple(relation.terms)
            if relation.at_most and len(pair) == 2 and (pair[0], pair[1]) in self.problem.apart:
                self.apart.append((len(uppers), self.problem.apart[pair[0], pair[1]]))
            uppers.append(float(-fixed))
            lowers.append(-highspy.kHighsInf if relation.at_most else float(-fixed))
            starts.append(len(columns))
        self.uppers, self.lowers = np.array(uppers), np.array(lowers)
        self.matrix = (np.array(starts), np.array(columns), np.array(times))
        none = np.zeros(len(self.variables))
        columns_of = (none, np.full(len(self.variables), self.most))
        self.solver = asked_again(programme(none, columns_of, (self.lowers, self.uppers), self.matrix))
        self.columns = np.arange(len(self.variables), dtype=np.int32)

    # ---- one pattern

    def _hidden(self, withheld: Collection[int]) -> Any:
        """Which counts no shown row gives."""
        import numpy as np

        hidden = set(withheld)
        return np.array(
            [all(row in hidden for row in self.holders.get(at, ())) for at in range(len(self.variables))]
        )

    def _set(self, hidden: Any, view: int) -> None:
        """Bounds of a pattern for one kind of attacker."""
        import numpy as np

        lower = np.where(hidden, self.low[view], self.values)
        upper = np.where(hidden, self.most, self.values)
        self.solver.changeColsBounds(len(self.columns), self.columns, lower, upper)
        for at, least in self.apart:
            self.solver.changeRowBounds(at, self.lowers[at], self.uppers[at] - least[view])

    def _solve(self, need: Need, sign: int) -> tuple[float, Any, Any]:
        """The least of sign × what is looked for; the counts then, and their reduced costs."""
        import numpy as np

        cost = np.zeros(len(self.columns))
        for variable, times in need.terms:
            if variable in self.place:
                cost[self.place[variable]] += sign * times
        self.solver.changeColsCost(len(self.columns), self.columns, cost)
        self.solver.run()
        if self.solver.getModelStatus().name != "kOptimal":
            message = (
                "The figures contradict one another, or what was published before: no counts fit them all. "
                "Nothing is published."
            )
            raise UserError(message)
        found = self.solver.getSolution()
        value = np.array(found.col_value)
        reduced = np.array(found.col_dual) if found.dual_valid else np.zeros(len(value))
        return float(cost @ value), value, reduced

    def _known(self, need: Need) -> float:
        """What of it is shown in any case."""
        values = self.problem.system.values
        return float(sum(times * (values[v] or 0) for v, times in need.terms if v not in self.place))

    def _wanted(self, withheld: Collection[int], skip: Collection[int]) -> list[Need]:
        """The needs of what is withheld."""
        wanted: list[Need] = []
        for row in withheld:
            if row in skip:
                continue
            wanted += self.needs[row]
        return sorted(wanted, key=by_view)

    def _valid(self, hidden: Any) -> None:
        """Keep the counts found before that are still possible."""
        shown = ~hidden & self.given
        kept = [
            (view, c) for view, c in self.seen if abs(c[shown] - self.values[shown]).max(initial=0) < SMALL
        ]
        if len(kept) < len(self.seen):
            self.seen = kept
            self._fresh()

    def _done(self, need: Need) -> bool:
        at = self.look[id(need)]
        return need.met(float(self.low_reached[at]), float(self.high_reached[at]))

    def cuts(self, withheld: Sequence[int], skip: Collection[int] = ()) -> list[Cut] | None:
        """Cuts by the attackers who succeed; None where none does, as far as real numbers go."""
        hidden = self._hidden(withheld)
        self._valid(hidden)
        found: list[Cut] = []
        view = None
        for need in self._wanted(withheld, skip):
            if self._done(need):
                continue
            if view != need.view:
                view = need.view
                self._set(hidden, view)
            cut = self._attack(need, hidden)
            if cut is not None:
                found.append(cut)
        return found or None

    def _attack(self, need: Need, hidden: Any) -> Cut | None:
        """One attacker: the cut if he succeeds."""
        ends = {}
        for sign in need.ends:
            value, counts, reduced = self._solve(need, sign)
            ends[sign] = (value + sign * self._known(need), self._room(hidden, need.view, reduced))
            self._remember(need.view, counts)
        room: dict[Any, float] = defaultdict(float)
        asked = 0.0
        if need.width is not None:
            low, high = ends[1][0], -ends[-1][0]
            if high - low >= need.width - SMALL:
                return None
            asked, parts = need.width - (high - low), [ends[1][1], ends[-1][1]]
        else:
            parts = []
            if need.low is not None and ends[1][0] > need.low + SMALL:
                asked, parts = ends[1][0] - need.low, [ends[1][1]]
            elif need.high is not None and -ends[-1][0] < need.high - SMALL:
                asked, parts = need.high + ends[-1][0], [ends[-1][1]]
            else:
                return None
        for part in parts:
            for at, much in part.items():
                room[at] += much
        return self._cut(room, asked, hidden, need.row)

    def _room(self, hidden: Any, view: int, reduced: Any) -> dict[int, float]:
        """How much room each count that is given by a row adds where it is withheld."""
        import numpy as np

        down = np.where(reduced > SMALL, reduced * (self.values - self.low[view]), 0.0)
        up = np.where(reduced < -SMALL, -reduced * (self.most - self.values), 0.0)
        much = np.where(self.given, np.maximum(down + up, 0.0), 0.0)
        return {
            at: float(much[at])
            for at in map(int, np.flatnonzero(much > SMALL))
            if self.holders.get(at) and at not in self.shown
        }

    def _cut(self, room: Mapping[int, float], asked: float, hidden: Any, row: int) -> Cut:
        """So much room more than there is in what is withheld now."""
        rhs = asked + sum(much for at, much in room.items() if hidden[at])
        forced = self.problem.forced
        terms: dict[Any, float] = defaultdict(float)
        for at, much in room.items():
            holders = [one for one in self.holders[at] if not forced[one]]
            if not holders:
                rhs -= much
            elif len(holders) == 1:
                terms["row", holders[0]] += much
            else:
                terms["count", at] += much
        if not forced[row]:  # only if it is withheld at all
            return {place: min(much, rhs) for place, much in terms.items()} | {("if", row): -rhs}, 0.0
        return {place: min(much, rhs) / rhs for place, much in terms.items()}, 1.0

    def proof(self) -> Any:
        """The counts that were found, a row each."""
        import numpy as np

        return np.array([counts for _, counts in self.seen]).reshape(len(self.seen), len(self.variables))

    def _remember(self, view: int, counts: Any) -> bool:
        """Keep counts that are whole; say whether they are."""
        import numpy as np

        whole = np.round(counts)
        kept = bool(abs(counts - whole).max(initial=0) < SMALL)
        if kept:
            self.seen.append((view, whole))
            self._reach(view, whole)
        return kept

    # ---- whole numbers

    def failing(self, withheld: Sequence[int], skip: Collection[int] = ()) -> set[int]:
        """The rows that an attacker finds out, in whole numbers."""
        hidden = self._hidden(withheld)
        self._valid(hidden)
        failed: set[int] = set()
        view = None
        for need in self._wanted(withheld, skip):
            if need.row in failed or self._done(need):
                continue
            if view != need.view:
                view = need.view
                self._set(hidden, view)
            if self._attack(need, hidden) is not None or not (self._done(need) or self._in_whole(need)):
                failed.add(need.row)
        return failed

    def whole_cuts(
        self, withheld: Sequence[int], may: Sequence[int], skip: Collection[int] = ()
    ) -> list[Cut]:
        """One cut more where whole numbers leave less than real ones do: something else must be withheld."""
        failed = self.failing(withheld, skip)
        rest = {("row", row): 1.0 for row in may if row not in withheld}
        return [(rest, 1.0)] if failed and rest else []

    def _in_whole(self, need: Need, *signs: int) -> bool:
        """Whether whole numbers leave as much as is needed; with ``signs``, look for these very ends."""
        import highspy
        import numpy as np

        kinds = np.array([highspy.HighsVarType.kInteger] * len(self.columns))
        real = np.array([highspy.HighsVarType.kContinuous] * len(self.columns))
        self.solver.changeColsIntegrality(len(self.columns), self.columns, kinds)
        try:
            for sign in signs or (1, -1):
                if signs or not self._done(need):
                    _, counts, _ = self._solve(need, sign)
                    self._remember(need.view, np.round(counts))
        finally:
            self.solver.changeColsIntegrality(len(self.columns), self.columns, real)
        return self._done(need)
