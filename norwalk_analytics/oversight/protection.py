"""Figures → what must be protected: the problem that ``secondary.protect`` solves.

A row that the primary rule withholds must leave an attacker who knows what is published in doubt whether it is 1 or
less, or as many as are shown; three values must be left to one who knows the rule and any one person's own records.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import polars as pl

from norwalk_analytics.oversight.cells import Relation, System
from norwalk_analytics.oversight.editions import Earlier
from norwalk_analytics.oversight.needs import RULE, Need, needs_of, needs_then, rest_of
from norwalk_analytics.oversight.primary import table_keys
from norwalk_analytics.oversight.secondary import Problem

TOTAL = 10.0
"""What it costs more to withhold a total."""


def problem_of(
    figures: pl.DataFrame,
    judged: pl.DataFrame,
    system: System,
    settings: Mapping[str, Any],
    *,
    earlier: Earlier,
    bits: Sequence[str | None] = (),
    zeros: Collection[tuple[Any, ...]] = (),
    left_out: Collection[tuple[Any, ...]] = (),
) -> Problem:
    """What must be protected, and what may serve.

    Args:
        figures: the long table of figures.
        judged: what ``primary`` says of them, row by row.
        system: the system that they are.
        settings: the thresholds.
        earlier: what was published before; its rows stand in the system after those of the figures.
        bits: what is said of a target of every case, though the figure be withheld.
        zeros: tables whose zeros (none, or all) are withheld, since else nothing protects them.
        left_out: tables that are not published at all.
    """
    rows = figures.with_columns(judged).to_dicts()
    empty = [
        row["numerator"] == 0 or (n is not None and row["numerator"] == system.values[n])
        for row, (_, n) in zip(rows, system.rows, strict=False)
    ]
    own = [
        (row["withheld"] or at in earlier.forced) and at not in earlier.known for at, row in enumerate(rows)
    ]
    tables = table_keys(figures)
    held = {
        at for at, table in enumerate(tables)
        if table in zeros and table not in left_out and empty[at] and rows[at]["sensitive"] and rows[at]["denominator"] != 0
        and not own[at] and at not in earlier.known  # what was shown before is public
    }  # fmt: skip
    relaxed = {tables[at] for at in held}
    lenient = {at for at, table in enumerate(tables) if table in left_out}
    hidden = [
        mine or at in held or (at in lenient and at not in earlier.known) for at, mine in enumerate(own)
    ]
    biggest = 1.0 + sum(abs(row["numerator"] or 0) for row in rows)
    wholes = _wholes(system)
    may, cost = [], []
    at_least: dict[int, int] = {}
    apart: dict[tuple[int, int], tuple[int, int]] = {}
    shown_zeros = bool(settings["zero_may_be_shown"])
    for at, (row, (x, n)) in enumerate(zip(rows, system.rows, strict=False)):
        numerator = row["numerator"]
        open_ = x is not None and row["sensitive"] and not hidden[at] and at not in earlier.known
        may.append(open_ and not empty[at])
        cost.append((TOTAL if x in wholes else 1.0) * (1 + (numerator or 0) / biggest))
        if x is None or not row["sensitive"]:
            continue
        # a zero of few people would have been withheld as well: only of many is it known that there is something
        told = shown_zeros and not row["few"] and tables[at] not in relaxed and at not in lenient
        least = 1 if told and numerator else 0
        at_least[x] = max(at_least.get(x, 0), least)
        if n is not None and n != x:
            rest = int(system.values[n] or 0) - numerator
            said = bits[at] if bits else None
            apart[x, n] = (1 if said and rest else 0, 1 if (least or said) and rest else 0)
            if said and not rest:
                system.relations.append(Relation({x: 1, n: -1}))
    margins = _margins(rows, system)
    needs: dict[int, list[Need]] = {}
    for at, (row, (x, n)) in enumerate(zip(rows, system.rows, strict=False)):
        if x is None or not row["sensitive"]:
            continue
        if own[at] and (row["withheld"] or earlier.forced[at] == "difference"):
            needs[at] = needs_of(at, row, x, n, system, settings, margins)
        elif at not in lenient:
            needs[at] = [Need(at, ((x, 1),), RULE, width=1), *rest_of(at, x, n)]
    for at in range(len(rows), len(system.rows)):  # withheld then: protected now, as far as can be
        x, n = system.rows[at]
        gone = x is not None and earlier.rows["numerator"][at - len(rows)] is None
        hidden.append(gone)
        may.append(False)
        cost.append(1.0)
        if gone and x is not None and system.values[x] is None:
            needs[at] = needs_then(at, x, n, earlier.why[at - len(rows)], settings)
            lenient.add(at)
    return Problem(system, hidden, may, cost, needs, at_least, apart, _lines(rows, system), lenient)


def _margins(rows: Sequence[Mapping[str, Any]], system: System) -> tuple[dict[int, int], dict[int, int]]:
    """How many records of the sums that a count stands in one person can hold, and so knows of.

    Returns:
        By variable; and of what remains, by the numerator's variable.
    """
    own: dict[int, int] = {}
    rest: dict[int, int] = {}
    for row, (x, n) in zip(rows, system.rows, strict=False):
        if x is None:
            continue
        counts = [(own, x, row["numerator"], row["people_numerator"])]
        if n is not None and n != x:
            whole = int(system.values[n] or 0)
            counts.append((own, n, whole, row["people"]))
            counts.append((rest, x, whole - row["numerator"], row["people_complement"]))
        for found, variable, count, people in counts:
            most = _most(row, count, people)
            found[variable] = min(most, found.get(variable, most))
    return _of_lines(own, system), _of_lines(rest, system)


def _of_lines(own: Mapping[int, int], system: System) -> dict[int, int]:
    """The most of one person over the sums that a count stands in."""
    margins = dict(own)
    for relation in system.relations:
        whole = None if relation.at_most else _whole(relation)
        parts = [v for v in relation.terms if v != whole and v in own]
        if whole is None or not parts:
            continue
        together = min(sum(own[v] for v in parts), own.get(whole, 10**9))
        for v in parts:
            margins[v] = max(margins[v], together)
    return margins


def _most(row: Mapping[str, Any], count: int, people: int | None) -> int:
    """The most records of a count that one person can hold: each of the others there holds one at least."""
    return max(0, min(int(row["largest"] or 1), count - max((people or 1) - 1, 0)))


def _whole(relation: Relation) -> int | None:
    """The count that is the sum of the others in a relation."""
    for sign in (-1, 1):
        side = [v for v, times in relation.terms.items() if times * sign > 0]
        if len(side) == 1 and len(relation.terms) > 2:
            return side[0]
    return None


def _wholes(system: System) -> set[int]:
    """Variables that are the sum of others."""
    return {whole for relation in system.relations if (whole := _whole(relation)) is not None}


def _lines(rows: Sequence[Mapping[str, Any]], system: System) -> list[dict[int, int]]:
    """The rows of each sum, and how many people stand behind each."""
    of: dict[int, list[int]] = {}
    for at, (x, _) in enumerate(system.rows[: len(rows)]):
        if x is not None:
            of.setdefault(x, []).append(at)
    lines = []
    for relation in system.relations:
        if relation.at_most or len(relation.terms) < 3 or not system.stretches.isdisjoint(relation.terms):
            continue
        lines.append({
            row: int(rows[row]["people_numerator"] or 0)
            for variable in relation.terms if variable != _whole(relation)
            for row in of.get(variable, ())
        })  # fmt: skip
    return lines
