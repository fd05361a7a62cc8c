"""The integer programme of the search: the cheapest rows that satisfy every cut."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from norwalk_analytics.oversight.programme import programme, quiet

Cut = tuple[dict[Any, float], float]
"""Places ("row" or "count") → how much room each gives; how much there must be in all."""


def cheapest(
    cuts: Sequence[Cut],
    may: Sequence[int],
    cost: Sequence[float],
    rows_of: Callable[[Any], list[int]],
    nodes: int,
) -> tuple[float | None, set[int] | None]:
    """The cheapest rows that satisfy every cut: an integer programme.

    Returns:
        How little any can cost, and the rows; None for the rows beyond so many nodes.
    """
    import highspy
    import numpy as np

    at = {("row", row): place for place, row in enumerate(may)}
    shared = sorted({place for cut, _ in cuts for place in cut if place[0] == "count"})
    at |= {place: len(at) + n for n, place in enumerate(shared)}
    starts, columns, times, lowers = [0], [], [], []

    def line(terms: Mapping[Any, float], least: float) -> None:
        for place, much in terms.items():
            columns.append(at[place])
            times.append(much)
        starts.append(len(columns))
        lowers.append(least)

    for terms, least in cuts:
        line(_together(terms), least)
    for place in shared:
        for row in rows_of(place):
            if ("row", row) in at:
                line({("row", row): 1.0, place: -1.0}, 0.0)
    model = programme(
        [cost[row] for row in may] + [0.0] * len(shared), (np.zeros(len(at)), np.ones(len(at))),
        (lowers, np.full(len(lowers), highspy.kHighsInf)), (starts, columns, times),
    )  # fmt: skip
    model.integrality_ = [highspy.HighsVarType.kInteger] * len(may) + [
        highspy.HighsVarType.kContinuous
    ] * len(shared)
    solver = quiet()
    solver.setOptionValue("mip_max_nodes", nodes)
    solver.passModel(model)
    solver.run()
    info = solver.getInfo()
    if solver.getModelStatus().name != "kOptimal":
        return float(info.mip_dual_bound), None
    chosen = np.array(solver.getSolution().col_value)[: len(may)] > 0.5
    return float(info.mip_dual_bound), {row for row, one in zip(may, chosen, strict=True) if one}


def _together(terms: Mapping[Any, float]) -> dict[Any, float]:
    """The terms of a cut, a row's own condition among them."""
    found: dict[Any, float] = defaultdict(float)
    for (kind, at), much in terms.items():
        found["row" if kind == "if" else kind, at] += much
    return dict(found)
