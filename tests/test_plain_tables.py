"""Published examples: valid patterns, and no more withheld than their optimum."""

import random

import polars as pl
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from norwalk_analytics import UserError
from norwalk_analytics.oversight.plain_tables import protect_table

# sdcTable's sdc_testproblem(): regions by gender; its test of method OPT withholds A and C, both genders.
REGIONS = [("total", 55, 45, 100), ("A", 18, 2, 20), ("B", 14, 19, 33), ("C", 12, 10, 22), ("D", 11, 14, 25)]
# Fischetti and Salazar (JASA 95, 2000, figure 1, after Willenborg and de Waal): investment by activity and region.
INVESTMENT = [
    ("I", 20, 50, 10, 80),
    ("II", 8, 19, 22, 49),
    ("III", 17, 32, 12, 61),
    ("total", 45, 101, 44, 190),
]
# rtauargus's README, protected by tau-ARGUS: turnover by activity and size; few in 02, small (a range of 10 %, so 3 of
# 30), one dominates 06, large (1 of 85 %: the largest has 38, so 38 / 0.85 - 40, rounded up).
TURNOVER = [("01", 100, 50, 150), ("02", 30, 20, 50), ("06", 60, 40, 100), ("total", 190, 110, 300)]
EXAMPLES = {
    "sdcTable": (REGIONS, ("male", "female", "total"), {("A", "female"): (1, 1)}, 18 + 12 + 10,
                 {("A", "male"), ("A", "female"), ("C", "male"), ("C", "female")}),
    "Fischetti and Salazar": (INVESTMENT, ("A", "B", "C", "total"), {("II", "C"): (1, 1)}, 8 + 17 + 12,
                              {("II", "A"), ("II", "C"), ("III", "A"), ("III", "C")}),
    "tau-ARGUS": (TURNOVER, ("tr1", "tr2", "total"), {("02", "tr1"): (3, 3), ("06", "tr2"): (5, 5)}, 20 + 60,
                  {("02", "tr1"), ("02", "tr2"), ("06", "tr1"), ("06", "tr2")}),
}  # fmt: skip


def table(rows, columns):
    return pl.DataFrame(
        [(row[0], column, count) for row in rows for column, count in zip(columns, row[1:], strict=True)],
        schema=["row", "col", "n"], orient="row",
    )  # fmt: skip


def ends(cells, key):
    """The least and the most of a withheld cell, by an integer programme of the test's own."""
    keys = cells.select("row", "col").rows()
    held, counts = cells["withheld"].to_list(), cells["n"].to_list()
    lines = []
    for place in (0, 1):
        for name in {key[1 - place] for key in keys}:
            lines.append([0 if k[1 - place] != name else (-1 if k[place] == "total" else 1) for k in keys])
    bounds = Bounds([0 if h else n for h, n in zip(held, counts, strict=True)],
                    [10_000 if h else n for h, n in zip(held, counts, strict=True)])  # fmt: skip
    found = []
    for sign in (1, -1):
        cost = [sign if k == key else 0 for k in keys]
        found.append(
            sign
            * milp(
                cost, constraints=LinearConstraint(lines, 0, 0), bounds=bounds, integrality=[1] * len(keys)
            ).fun
        )
    return found


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_published_optimum(name):
    rows, columns, levels, optimum, pattern = EXAMPLES[name]
    cells = table(rows, columns)
    found = protect_table(cells, value="n", by=["row", "col"], levels=levels)
    held = found.filter("withheld")
    assert set(held.select("row", "col").rows()) == pattern
    besides = held.filter(~pl.struct("row", "col").is_in([{"row": row, "col": col} for row, col in levels]))
    assert besides["n"].sum() == optimum
    counts = dict(zip(cells.select("row", "col").rows(), cells["n"], strict=True))
    for key, (below, above) in levels.items():
        low, high = ends(found, key)
        assert low <= counts[key] - below
        assert high >= counts[key] + above


@pytest.mark.parametrize("seed", range(12))
def test_no_cheaper_pattern_protects(seed):
    """Every pattern of a small table is tried: none that protects is cheaper than the one found."""
    some = random.Random(seed)
    counts = [[some.randint(1, 12) for _ in range(3)] for _ in range(3)]
    rows = [(str(i), *line, sum(line)) for i, line in enumerate(counts)]
    rows.append(("total", *map(sum, zip(*counts, strict=True)), sum(map(sum, counts))))
    cells = table(rows, ("a", "b", "c", "total"))
    key = ("1", "b")
    count = counts[1][1]
    levels = {key: (1, 2)}
    found = protect_table(cells, value="n", by=["row", "col"], levels=levels)
    best = found.filter("withheld")["n"].sum()
    inner = [k for k in cells.select("row", "col").rows() if k != key]
    costs = dict(zip(cells.select("row", "col").rows(), cells["n"], strict=True))
    for mask in range(2 ** len(inner)):
        chosen = {k for bit, k in enumerate(inner) if mask >> bit & 1}
        cost = sum(costs[k] for k in chosen) + count
        if cost >= best or not chosen:
            continue
        lines = [sum(k[0] == name for k in (*chosen, key)) for name in ("0", "1", "2", "total")]
        across = [sum(k[1] == name for k in (*chosen, key)) for name in ("a", "b", "c", "total")]
        if 1 in lines or 1 in across:
            continue  # a lone withheld cell of a line is known
        tried = cells.with_columns(withheld=pl.struct("row", "col").map_elements(
            lambda k, chosen=chosen: (k["row"], k["col"]) in chosen | {key}, return_dtype=pl.Boolean))  # fmt: skip
        low, high = ends(tried, key)
        assert low > count - 1 or high < count + 2, (chosen, cost, best)


@pytest.mark.parametrize("most", [0, 700])
def test_greedily_too_it_is_protected(most):
    rows, columns, levels, optimum, _ = EXAMPLES["sdcTable"]
    found = protect_table(table(rows, columns), value="n", by=["row", "col"], levels=levels, most=most)
    low, high = ends(found, ("A", "female"))
    assert low <= 1
    assert high >= 3
    assert found.filter("withheld")["n"].sum() - 2 <= 1.5 * optimum


def test_what_makes_no_sense_is_said():
    cells = table(REGIONS, ("male", "female", "total"))
    with pytest.raises(UserError, match="no cell Z, male"):
        protect_table(cells, value="n", by=["row", "col"], levels={("Z", "male"): (1, 1)})
    with pytest.raises(UserError, match="below 0"):
        protect_table(cells.with_columns(n=-pl.col("n")), value="n", by=["row", "col"], levels={})
    alone = pl.DataFrame({"row": ["a", "total"], "col": ["x", "x"], "n": [5, 5]})
    shown = alone.with_columns(n=pl.Series([0, 0]))
    with pytest.raises(UserError, match="can't be protected"):
        protect_table(shown, value="n", by=["row", "col"], levels={("a", "x"): (0, 1)})
