"""Rules over a few rows: an unreadable cell breaks none of them, and the rows that Great Expectations is asked about."""

import narwhals as nw
import polars as pl
import pytest

from norwalk_analytics.intake.contract import Rule
from norwalk_analytics.intake.rules import (
    broken,
    broken_and_found,
    broken_keys,
    readable_condition,
    unsuited,
    with_broken,
)
from norwalk_analytics.intake.texts import ROW

ROWS = pl.DataFrame({
    ROW: [2, 3, 4, 5, 6, 7],
    "a": [1, 1, None, None, 3, None],
    "b": ["x", "x", "y", None, None, "y"],
    "a__unreadable": [False, False, True, False, False, True],
    "b__unreadable": [False, False, False, False, True, False],
    "a__minute": [1, None, None, None, 5, None],
    "c": [1, 1, 1, 1, 2, 2],
    "c__unreadable": [False] * 6,
    "c__day": [1, 1, 1, 1, 2, 2],
})  # fmt: skip


def rule(kind, condition=None, known=True, **kwargs):
    """A rule of the rulebook, of which only its expectation counts here."""
    return Rule("rule", "a", f"expect_{kind}", kwargs, "critical", "", "", condition=condition, known=known)


def null(name, *, is_null=True):
    return {"type": "nullity", "column": {"name": name}, "is_null": is_null}


def equal(name, value):
    return {"type": "comparison", "column": {"name": name}, "operator": "==", "parameter": value}


GIVEN = rule("column_values_to_not_be_null", column="a")
ONE = rule("column_values_to_be_unique", column="a")
PAIR = rule("compound_columns_to_be_unique", column_list=["a", "b"])
# The rule, and the numbers of the rows that break it.
CASES = [
    (GIVEN, [5]),
    (rule("column_values_to_not_be_null", column="b"), [5]),
    (rule("column_values_to_not_be_null", equal("b", "y"), column="a"), []),
    (rule("column_values_to_not_be_null", null("b"), column="a"), [5]),
    (rule("column_values_to_be_null", column="a__minute"), [2, 6]),
    (rule("column_values_to_be_in_set", column="a", value_set=[3]), [2, 3]),
    (ONE, [2, 3]),
    (PAIR, [2, 3]),
    (rule("compound_columns_to_be_unique", column_list=["a"], ignore_row_if="never"), [2, 3]),
    (rule("compound_columns_to_be_unique", column_list=["a", "c"], ignore_row_if="never"), [2, 3]),
    (rule("compound_columns_to_be_unique", column_list=["a", "c__day"], ignore_row_if="never"), [2, 3]),
    (rule("column_values_to_be_unique", column="c"), [2, 3, 4, 5, 6, 7]),
    (rule("column_values_to_be_unique", equal("b", "x"), column="c"), [2, 3]),
]


@pytest.mark.parametrize(("one", "rows"), CASES)
def test_which_rows_break_it(one, rows):
    """Alone, beside another, and where it was found out before."""
    assert broken(ROWS, [one]).filter("r0")[ROW].to_list() == rows
    both = broken(ROWS, [GIVEN, one])
    assert both.columns == [ROW, "r0", "r1", "any"]
    assert both.filter("r1")[ROW].to_list() == rows
    assert both.filter("any")[ROW].to_list() == sorted({5, *rows})
    known = broken_and_found(ROWS, [one, GIVEN], {0: pl.Series([3, 7])})
    assert known.columns == [ROW, "r0", "r1", "any"]
    assert known.filter("any")[ROW].to_list() == [3, 5, 7]
    beside = with_broken(nw.from_native(ROWS), [GIVEN, one], {0: nw.col("c") == 2}).to_native()
    assert beside.columns == [*ROWS.columns, "r0", "r1", "any"]
    assert beside.filter("r0")[ROW].to_list() == [6, 7]
    assert beside.filter("any")[ROW].to_list() == sorted({6, 7, *rows})


def test_no_rule_breaks_nothing():
    """The frame comes out as ever."""
    assert broken(ROWS, []).rows() == [(number, False) for number in range(2, 8)]


def test_keys_are_looked_for_among_the_doubtful():
    """Of rules that ask for this key, in whatever order; no other rule is run."""
    again = pl.Series([2, 3, 6])
    turned = rule("compound_columns_to_be_unique", column_list=["b", "a"])
    found = broken_keys(ROWS, [GIVEN, PAIR, ONE, turned], ["a", "b"], again)
    assert {at: rows.to_list() for at, rows in found.items()} == {1: [2, 3], 3: [2, 3]}


def test_the_rule_that_does_not_suit_its_column():
    """The first of them; none where all can be run."""
    wrong = rule("column_values_to_be_between", column="b", min_value=1)
    other = rule("column_values_to_be_in_set", column="none", value_set=["x"])
    assert unsuited(ROWS, [GIVEN, ONE]) is None
    assert unsuited(ROWS, [GIVEN, wrong, other]) is wrong
    assert unsuited(ROWS, [other, wrong]) is other


def readable(*names):
    return [equal(f"{name}__unreadable", False) for name in names]


X = equal("b", "x")
OR, AND = ({"type": kind, "conditions": [X, null("c")]} for kind in ("or", "and"))
# The rule, and its condition where rows whose cell could not be read are passed over.
READABLE = [
    (rule("column_values_to_be_in_set", column="a", value_set=[1]), None),
    (rule("column_values_to_be_in_set", X, column="a", value_set=[1]), X),
    (GIVEN, readable("a")[0]),
    (rule("column_values_to_not_be_null", X, column="a"), {"type": "and", "conditions": [X, *readable("a", "b")]}),
    (rule("column_values_to_be_null", column="a"), None),
    (rule("column_values_to_be_null", column="a__minute"), readable("a")[0]),
    (rule("column_values_to_be_null", X, column="a__minute"), {"type": "and", "conditions": [X, *readable("a")]}),
    (rule("column_values_to_be_unique", null("b"), column="a"), {"type": "and", "conditions": [null("b"), *readable("b")]}),
    (rule("column_values_to_be_unique", AND, column="a"), {"type": "and", "conditions": [X, null("c"), *readable("c")]}),
    (
        rule("column_values_to_be_unique", OR, column="a"),
        {"type": "or", "conditions": [{"type": "and", "conditions": [one, *readable("c")]} for one in (X, null("c"))]},
    ),
    (PAIR, {"type": "and", "conditions": readable("a", "b")}),
    (rule("compound_columns_to_be_unique", column_list=["a", "b"], ignore_row_if="any_value_is_missing"), None),
    (rule("column_pair_values_to_be_equal", column_A="a", column_B="b"), {"type": "and", "conditions": readable("a", "b")}),
    (rule("column_pair_values_to_be_equal", column_A="a", column_B="b", ignore_row_if="either_value_is_missing"), None),
    (rule("column_pair_values_to_be_equal", column_A="a", column_B="a__minute"), readable("a")[0]),
    (rule("column_pair_values_to_be_lucky", known=False, column_A="a", column_B="b"), None),
]  # fmt: skip


@pytest.mark.parametrize(("one", "condition"), READABLE)
def test_the_condition_that_passes_over_unreadable_cells(one, condition):
    """Only where a cell that could not be read would count as an empty one."""
    assert readable_condition(one) == condition
