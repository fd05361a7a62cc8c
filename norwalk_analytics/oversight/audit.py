"""The audit: what could be worked out, in whole numbers, of everything that would be published.

It shares with the search what the counts are and what must not be found out, and none of its code: it reads the
published frame itself, and asks integer programmes (``scipy.optimize.milp``) for the least and the most of what is
withheld. A frame that contradicts itself is an error, never a pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from norwalk_analytics.oversight.cells import KEY, System, system_of
from norwalk_analytics.oversight.editions import Earlier, before
from norwalk_analytics.oversight.needs import OUTSIDE, Need
from norwalk_analytics.oversight.primary import primary, table_keys
from norwalk_analytics.oversight.protection import problem_of
from norwalk_analytics.oversight.secondary import Problem
from norwalk_analytics.oversight.shown import Shown
from norwalk_analytics.oversight.status import BITS, said_bit
from norwalk_analytics.oversight.unknown import Part, connected
from norwalk_analytics.policy import Policy, UserError

LEAKS = {"row": pl.Int64, "why": pl.String}


def audit(
    figures: pl.DataFrame, published: pl.DataFrame, policy: Policy, previous: pl.DataFrame | None = None,
    charts: Iterable[Shown] = (), proofs: Sequence[tuple[Sequence[int], Any]] = (),
    told: Sequence[Sequence[int]] = (),
) -> pl.DataFrame:  # fmt: skip
    """Look for what could be worked out of a published frame.

    Args:
        figures: the long table that was to be published, with its counts and the people behind them.
        published: the rows as they would be published: ``withheld``, and the bundle. Tables of which no row is there
            are left out.
        policy: thresholds.
        previous: the ledger of editions before.
        charts: what is drawn of it, with limits.
        proofs: variables, and counts of them that are said to fit what is published: each is tried, none believed.
            What they do not show is sought.
        told: rows that are said to be worked out though everything else were withheld, round by round: each is tried.

    Returns:
        ``row`` (its place in the frame) and ``why``, one row a leak; none where all is well.

    Raises:
        UserError: if the frames do not belong together, or what is published contradicts itself.
    """
    case = _case(figures, published, policy, previous)
    problem, hidden, earlier, known = case.problem, case.hidden, case.earlier, case.known
    leaks = _bundles(case.told)
    leaks += [(-1, said) for chart in charts for said in drawn(chart)]
    leaks += [
        (at, "the primary rule withholds it") for at, own in enumerate(case.primary) if own and not hidden[at]
    ]
    leaks += [(at, "it was withheld before, or differs by few") for at in earlier.forced if not hidden[at]]
    leaks += [
        (at, "its numerator is shown elsewhere") for at, held in enumerate(hidden)
        if held and at not in earlier.known and at in problem.needs and problem.system.rows[at][0] in known
    ]  # fmt: skip
    loose = []
    for part, relations in connected(problem.system, known):
        unknown = Part(problem, part, relations, known, hidden, earlier.rows.height)
        for need in unknown.unmet(proofs):
            if need.soft or need.row in problem.lenient:
                loose.append((unknown, need))
            elif not need.met(*unknown.ends(need)):
                leaks.append((need.row, "it can be worked out, or too nearly"))
    leaks += _more_than_must_be(problem, case.told, earlier, loose, told)
    return pl.DataFrame(sorted(set(leaks)), schema=LEAKS, orient="row")


def ranges(
    figures: pl.DataFrame, published: pl.DataFrame, policy: Policy, previous: pl.DataFrame | None = None
) -> pl.DataFrame:
    """What can be worked out of each withheld numerator: the least and the most that it may be.

    Args:
        figures: the long table that was to be published.
        published: the rows as they would be published.
        policy: thresholds.
        previous: the ledger of editions before.

    Returns:
        ``row`` (its place in ``figures``), ``least`` and ``most``, one row a withheld figure; for one who does not know the rule.

    Raises:
        UserError: as ``audit`` does.
    """
    case = _case(figures, published, policy, previous)
    system, found = case.problem.system, []
    for part, relations in connected(system, case.known):
        unknown = Part(case.problem, part, relations, case.known, case.hidden, case.earlier.rows.height)
        for at, held in enumerate(case.hidden):
            x = system.rows[at][0]
            if held and x in unknown.at:
                found.append((at, *unknown.ends(Need(at, ((x, 1),), OUTSIDE))))
    shown = [(at, case.known[x]) for at, held in enumerate(case.hidden)
             if held and (x := system.rows[at][0]) in case.known]  # fmt: skip
    found += [(at, count, count) for at, count in shown]
    return pl.DataFrame(
        sorted(found), schema={"row": pl.Int64, "least": pl.Int64, "most": pl.Int64}, orient="row"
    )


@dataclass(frozen=True)
class _Case:
    """A published frame, and what is known of the counts behind it."""

    told: pl.DataFrame
    primary: list[bool]
    hidden: list[bool]
    earlier: Earlier
    problem: Problem
    known: dict[int, int]


def _case(
    figures: pl.DataFrame, published: pl.DataFrame, policy: Policy, previous: pl.DataFrame | None
) -> _Case:
    told, left_out = _beside(figures, published)
    judged = primary(figures, policy.disclosure)
    hidden = told["withheld"].to_list()
    earlier = before(figures, previous, judged, policy.disclosure)
    system = system_of(figures, earlier.rows)
    bits = [status if held and status in BITS else None
            for status, held in zip(told["status"], hidden, strict=True)]  # fmt: skip
    zeros = {
        table for at, (table, row) in enumerate(zip(table_keys(figures), figures.iter_rows(named=True), strict=True))
        if table not in left_out and hidden[at] and not judged["withheld"][at] and at not in earlier.forced
        and row["numerator"] in (0, row["denominator"])
    }  # fmt: skip
    problem = problem_of(
        figures, judged, system, policy.disclosure, earlier=earlier, bits=bits, zeros=zeros, left_out=left_out
    )
    known = _given(told, earlier.rows, earlier.known, system)
    return _Case(told, judged["withheld"].to_list(), hidden, earlier, problem, known)


def _beside(figures: pl.DataFrame, published: pl.DataFrame) -> tuple[pl.DataFrame, list[tuple[Any, ...]]]:
    """The published rows beside the figures that they are of, and the tables of which there are none."""
    columns = [
        name
        for name in published.columns
        if name not in figures.columns or name in ("numerator", "denominator")
    ]
    told = figures.select(KEY).join(
        published.select(*KEY, *columns), on=KEY, how="left", nulls_equal=True, maintain_order="left"
    )
    missing = told["withheld"].is_null()
    tables = table_keys(figures)
    left_out = {table for table, gone in zip(tables, missing, strict=True) if gone}
    there = {table for table, gone in zip(tables, missing, strict=True) if not gone}
    if (
        left_out & there
        or told.height != figures.height
        or published.height != figures.height - missing.sum()
    ):
        message = "The published frame holds other figures than the table that it was made from."
        raise UserError(message)
    return told.with_columns(pl.col("withheld").fill_null(value=True)), sorted(left_out, key=str)


def _more_than_must_be(
    problem: Problem,
    frame: pl.DataFrame,
    earlier: Earlier,
    loose: Sequence[tuple[Part, Need]],
    told: Sequence[Sequence[int]],
) -> list[tuple[int, str]]:
    """Of tables that are left out: rows that can be worked out more nearly than if nothing sensitive were shown."""
    if not loose:
        return []
    hidden = [problem.forced[at] or problem.may[at] for at in range(frame.height)]
    for rows in told:
        for freest in _all_parts(problem, frame, earlier, hidden):
            for row in rows:
                if row < frame.height and problem.may[row] and freest.tells(row):
                    hidden[row] = False
    leaks = []
    for freest in _all_parts(problem, frame, earlier, hidden):
        for part, need in loose:
            if problem.system.rows[need.row][0] not in freest.at:
                continue
            if need.within(*freest.bounds(need)).met(*part.reached(need)):
                continue
            if not need.within(*freest.ends(need)).met(*part.ends(need)):
                leaks.append((need.row, "it can be worked out more nearly than it must be"))
    return leaks


def _all_parts(problem: Problem, frame: pl.DataFrame, earlier: Earlier, hidden: list[bool]) -> list[Part]:
    """The unknown counts of a frame of which these rows are withheld."""
    bare = frame.with_columns(withheld=pl.Series(hidden, dtype=pl.Boolean))
    known = _given(bare, earlier.rows, earlier.known, problem.system)
    return [
        Part(problem, part, relations, known, list(hidden), earlier.rows.height)
        for part, relations in connected(problem.system, known)
    ]


def _bundles(published: pl.DataFrame) -> list[tuple[int, str]]:
    """Figures of which a part is shown though the whole is withheld."""
    parts = [pl.col(name).is_not_null() for name in ("numerator", "denominator", "rate", "lower", "upper")]
    parts.append(pl.col("status").is_not_null() & ~said_bit())
    shown = published.with_row_index("row").filter(pl.col("withheld") & pl.any_horizontal(parts))
    return [(row, "a part of it is shown") for row in shown["row"]]


def drawn(chart: Shown) -> list[str]:
    """What a chart's points, lines and limits say beyond the published points: nothing, where all is well."""
    if chart.limits is None or chart.kind is None:
        return []
    again = chart.again().limits
    if again is not None and again.columns == chart.limits.columns and _alike(again, chart.limits):
        return []
    return [f"The chart of {chart.frame['measure'][0]} says more than its published points."]


def _alike(one: pl.DataFrame, other: pl.DataFrame) -> bool:
    numbers = pl.selectors.float()
    return one.height == other.height and one.with_columns(numbers.round(9)).equals(
        other.with_columns(numbers.round(9))
    )


def _given(
    published: pl.DataFrame, then: pl.DataFrame, known: Iterable[int], system: System
) -> dict[int, int]:
    """The counts that are published, then and now."""
    given: dict[int, int] = {}
    rows = [*published.select("numerator", "denominator", "withheld").rows(),
            *[(x, n, x is None) for x, n in then.select("numerator", "denominator").rows()]]  # fmt: skip
    public = set(known)
    for at, ((x, n, held), (left, right)) in enumerate(zip(rows, system.rows, strict=True)):
        if at in public and left is not None:  # of a table that is left out, too
            x, n, held = system.values[left], None if right is None else system.values[right], False
        if held:
            continue
        for variable, count in ((left, x), (right, n)):
            if variable is None or count is None:
                continue
            if given.setdefault(variable, round(count)) != round(count):
                message = (
                    "What would be published contradicts itself: one count stands there with two values."
                )
                raise UserError(message)
    return given
