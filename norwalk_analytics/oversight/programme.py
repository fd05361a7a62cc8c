"""A linear programme as HiGHS has it, and a solver that says nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Numbers = Sequence[float] | np.ndarray


def programme(
    cost: Numbers, columns: tuple[Numbers, Numbers], rows: tuple[Numbers, Numbers],
    matrix: tuple[Sequence[int] | np.ndarray, Sequence[int] | np.ndarray, Numbers],
) -> Any:  # fmt: skip
    """The least cost of columns between bounds, whose rows' sums lie between bounds.

    Args:
        cost: of each column.
        columns: the least and the most of each.
        rows: the least and the most of each row's sum.
        matrix: row by row: where each row starts, and one place more; the columns; how many times each.
    """
    import highspy
    import numpy as np

    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(cost), len(rows[0])
    model.col_cost_ = np.array(cost, dtype=float)
    model.col_lower_, model.col_upper_ = (np.array(bound, dtype=float) for bound in columns)
    model.row_lower_, model.row_upper_ = (np.array(bound, dtype=float) for bound in rows)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    starts, places, times = matrix
    model.a_matrix_.start_, model.a_matrix_.index_ = np.array(starts), np.array(places)
    model.a_matrix_.value_ = np.array(times, dtype=float)
    return model


def quiet() -> Any:
    """A solver that says nothing, on one thread, to the last digit."""
    from highspy._core import _Highs  # Highs itself greets on standard output, before it can be asked not to

    solver: Any = _Highs()
    for name, value in (
        ("log_to_console", False),
        ("output_flag", False),
        ("threads", 1),
        ("mip_rel_gap", 0.0),
    ):
        solver.setOptionValue(name, value)
    return solver


def asked_again(model: Any) -> Any:
    """A solver of a programme of which only the objective changes, or a bound, from one search to the next."""
    solver = quiet()
    solver.setOptionValue("presolve", "off")
    solver.setOptionValue("simplex_strategy", 4)  # primal: it goes on from where the search before ended
    solver.passModel(model)
    return solver
