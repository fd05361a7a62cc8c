"""Any table of counts with totals, given what must be protected in it and how well: the search on its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from norwalk_analytics.oversight.cells import System
from norwalk_analytics.oversight.needs import OUTSIDE, Need
from norwalk_analytics.oversight.secondary import MOST, Problem, protect
from norwalk_analytics.policy import UserError


def protect_table(
    cells: pl.DataFrame,
    *,
    value: str,
    by: Sequence[str],
    levels: Mapping[tuple[Any, ...], tuple[int, int]],
    total: str = "total",
    most: int = MOST,
) -> pl.DataFrame:
    """Withhold cells of a table, and so many others that those given stay protected.

    Args:
        cells: one row a cell, totals among them.
        value: the column of counts, 0 or more; what is withheld besides is the least sum of them.
        by: the columns that name a cell; in a total, one of them or more is ``total``.
        levels: cell → how far below and above its count an attacker must be able to take it for.
        total: what a total is called.
        most: cells of one connected part that are searched exactly, larger parts greedily.

    Returns:
        ``cells`` with ``withheld``.

    Raises:
        UserError: if a count is negative, a cell of ``levels`` is not there, or can't be protected.

    Example:
        >>> cells = pl.DataFrame({"row": ["a", "a", "a", "b", "b", "b"] + ["total"] * 3, "col": ["x", "y", "total"] * 3,
        ...                       "n": [1, 9, 10, 8, 7, 15, 9, 16, 25]})
        >>> protect_table(cells, value="n", by=["row", "col"], levels={("a", "x"): (1, 1)}).filter("withheld").height
        4
    """
    keys = cells.select(*by).rows()
    counts = [int(count) for count in cells[value]]
    if any(count < 0 for count in counts):
        message = f"{value} has a count below 0. Only counts can be protected."
        raise UserError(message)
    if missing := [key for key in levels if key not in set(keys)]:
        message = f"There is no cell {', '.join(map(str, missing[0]))}."
        raise UserError(message)
    system = System()
    for key, count in zip(keys, counts, strict=True):
        system.rows.append((system.variable(key, count), None))
    for place in range(len(by)):
        parts: dict[tuple[Any, ...], list[int]] = defaultdict(list)
        for at, key in enumerate(keys):
            if key[place] != total:
                parts[(*key[:place], total, *key[place + 1 :])].append(at)
        for whole, members in parts.items():
            if whole in system.names:
                system.total(system.names[whole], members)
    needs = {
        system.names[key]: [
            Need(at, ((at, 1),), OUTSIDE, low=max(0, counts[at] - below)),
            Need(at, ((at, 1),), OUTSIDE, high=counts[at] + above),
        ]
        for key, (below, above) in levels.items()
        for at in [system.names[key]]
    }
    forced = [at in needs for at in range(len(keys))]
    may = [not one and count > 0 for one, count in zip(forced, counts, strict=True)]
    found = protect(Problem(system, forced, may, [float(count) for count in counts], needs), most=most)
    if found.failed:
        message = (
            f"The cell {', '.join(map(str, keys[found.failed[0]]))} can't be protected, whatever is withheld."
        )
        raise UserError(message)
    return cells.with_columns(withheld=pl.Series(found.withheld))
