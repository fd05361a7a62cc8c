"""Each expectation and each row condition on a few rows: which of them break it, as Great Expectations judges a row."""

from datetime import date, datetime

import narwhals as nw
import polars as pl
import pytest

from norwalk_analytics.expressions import UnknownExpectationError, columns, expression, where

ROWS = pl.DataFrame({
    "a": [1, 2, None, 4, 4],
    "b": [1, 3, 2, None, 4],
    "c": [1, 2, None, None, 4],
    "s": ["x", "xy", None, "", "y9"],
    "d": [date(2026, 6, day) for day in range(1, 6)],
    "k": ["one", "two", "one", "one", None],
})  # fmt: skip
A, AB, ABC = {"column": "a"}, {"column_A": "a", "column_B": "b"}, {"column_list": ["a", "b", "c"]}
EITHER, NEITHER = {"ignore_row_if": "either_value_is_missing"}, {"ignore_row_if": "neither"}
ANY, NEVER = {"ignore_row_if": "any_value_is_missing"}, {"ignore_row_if": "never"}
ONES = {"type": "comparison", "column": {"name": "k"}, "operator": "==", "parameter": "one"}
# The expectation (less "expect_"), its arguments, its row condition, the rows that break it.
CASES = [
    ("column_values_to_not_be_null", A, None, [2]),
    ("column_values_to_not_be_null", A, ONES, [2]),
    ("column_values_to_be_null", A, None, [0, 1, 3, 4]),
    ("column_values_to_be_in_set", A | {"value_set": [1, 2]}, None, [3, 4]),
    ("column_values_to_be_in_set", A | {"value_set": [1, 2]}, ONES, [3]),
    ("column_values_to_not_be_in_set", A | {"value_set": [1, 2]}, None, [0, 1]),
    ("column_values_to_be_between", A | {"min_value": 2}, None, [0]),
    ("column_values_to_be_between", A | {"min_value": 2, "strict_min": True}, None, [0, 1]),
    ("column_values_to_be_between", A | {"max_value": 2}, None, [3, 4]),
    ("column_values_to_be_between", A | {"max_value": 2, "strict_max": True}, None, [1, 3, 4]),
    ("column_values_to_be_between", A | {"min_value": 2, "max_value": 3}, None, [0, 3, 4]),
    ("column_values_to_be_between", {"column": "d", "min_value": date(2026, 6, 3)}, None, [0, 1]),
    ("column_value_lengths_to_be_between", {"column": "s", "min_value": 1, "max_value": 1}, None, [1, 3, 4]),
    ("column_value_lengths_to_equal", {"column": "s", "value": 2}, None, [0, 3]),
    ("column_value_lengths_to_equal", A | {"value": 1}, None, []),
    ("column_values_to_match_regex", {"column": "s", "regex": "^x"}, None, [3, 4]),
    ("column_values_to_match_regex", A | {"regex": "^4"}, None, [0, 1]),
    ("column_values_to_not_match_regex", {"column": "s", "regex": "^x"}, None, [0, 1]),
    ("column_values_to_match_regex_list", {"column": "s", "regex_list": ["x", "y"]}, None, [3]),
    ("column_values_to_match_regex_list", {"column": "s", "regex_list": ["x", "y"], "match_on": "any"}, None, [3]),
    ("column_values_to_match_regex_list", {"column": "s", "regex_list": ["x", "y"], "match_on": "all"}, None, [0, 3, 4]),
    ("column_values_to_not_match_regex_list", {"column": "s", "regex_list": ["x", "9"]}, None, [0, 1, 4]),
    ("column_values_to_be_unique", A, None, [3, 4]),
    ("column_values_to_be_unique", {"column": "c"}, None, []),
    ("column_values_to_be_unique", A, ONES, []),
    ("column_values_to_be_unique", {"column": "k"}, None, [0, 2, 3]),
    ("compound_columns_to_be_unique", {"column_list": ["a", "k"]}, None, []),
    ("compound_columns_to_be_unique", {"column_list": ["c", "k"]}, None, [2, 3]),
    ("compound_columns_to_be_unique", {"column_list": ["c", "k"]} | ANY, None, []),
    ("compound_columns_to_be_unique", {"column_list": ["c", "k"]}, ONES, [2, 3]),
    ("compound_columns_to_be_unique", {"column_list": ["c"]}, None, []),
    ("compound_columns_to_be_unique", {"column_list": ["c"]} | NEVER, None, [2, 3]),
    ("compound_columns_to_be_unique", {"column_list": ["c"]} | NEVER, ONES, [2, 3]),
    ("compound_columns_to_be_unique", {"column_list": ["k"]}, ONES, [0, 2, 3]),
    ("multicolumn_sum_to_equal", ABC | {"sum_total": 3}, None, [1, 2, 3, 4]),
    ("multicolumn_sum_to_equal", ABC | {"sum_total": 3} | ANY, None, [1, 4]),
    ("multicolumn_values_to_be_equal", ABC, None, [1, 2, 3]),
    ("multicolumn_values_to_be_equal", ABC | ANY, None, [1]),
    ("multicolumn_values_to_be_equal", {"column_list": ["a", "c"]}, None, [3]),
    ("multicolumn_values_to_be_equal", {"column_list": ["a", "c"]} | NEVER, None, [3]),
    ("select_column_values_to_be_unique_within_record", ABC, None, [0, 1, 2, 3, 4]),
    ("select_column_values_to_be_unique_within_record", {"column_list": ["a", "b"]}, None, [0, 4]),
    ("select_column_values_to_be_unique_within_record", {"column_list": ["a", "c"]}, None, [0, 1, 4]),
    ("select_column_values_to_be_unique_within_record", {"column_list": ["a", "c"]} | NEVER, None, [0, 1, 2, 4]),
    ("select_column_values_to_be_unique_within_record", {"column_list": ["a"]}, None, []),
    ("multicolumn_values_to_be_equal", {"column_list": ["a"]}, None, []),
    ("column_pair_values_a_to_be_greater_than_b", AB, None, [0, 1, 2, 3, 4]),
    ("column_pair_values_a_to_be_greater_than_b", AB | {"or_equal": True}, None, [1, 2, 3]),
    ("column_pair_values_a_to_be_greater_than_b", AB | {"or_equal": True} | EITHER, None, [1]),
    ("column_pair_values_to_be_equal", AB, None, [1, 2, 3]),
    ("column_pair_values_to_be_equal", AB | EITHER, None, [1]),
    ("column_pair_values_to_be_equal", {"column_A": "a", "column_B": "c"}, None, [3]),
    ("column_pair_values_to_be_equal", {"column_A": "a", "column_B": "c"} | NEITHER, None, [2, 3]),
    ("column_pair_values_to_be_in_set", AB | {"value_pairs_set": [(1, 1), (2, 3)]}, None, [2, 3, 4]),
    ("column_pair_values_to_be_in_set", AB | {"value_pairs_set": [(1, 1), (None, 2), (4, None)]}, None, [1, 4]),
    ("column_pair_values_to_be_in_set", AB | {"value_pairs_set": []} | EITHER, None, [0, 1, 4]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "kwargs", "condition", "rows"), CASES)
def test_which_rows_break_it(kind, kwargs, condition, rows):
    """A row that is passed over, for a null or its condition, keeps it."""
    broken = expression(f"expect_{kind}", kwargs, condition)
    found = nw.from_native(ROWS).select(broken.alias("broken")).to_native()["broken"]
    assert found.null_count() == 0
    assert found.arg_true().to_list() == rows


def test_what_is_said_of_an_expectation_is_no_argument():
    """Arguments that say how a result is given change nothing."""
    meta = {
        "mostly": 0.5,
        "result_format": "BASIC",
        "catch_exceptions": False,
        "row_condition": None,
        "condition_parser": None,
    }
    test_which_rows_break_it("column_values_to_not_be_null", A | meta, None, [2])


def compared(operator, parameter, name="a"):
    return {"type": "comparison", "column": {"name": name}, "operator": operator, "parameter": parameter}


def null(name, *, is_null):
    return {"type": "nullity", "column": {"name": name}, "is_null": is_null}


BOTH = [compared(">", 1), null("b", is_null=False)]
# A row condition, and the rows that it names: none for which it is null.
CONDITIONS = [
    (compared("==", 4), [3, 4]),
    (compared("!=", 4), [0, 1]),
    (compared("<", 2), [0]),
    (compared("<=", 2), [0, 1]),
    (compared(">", 2), [3, 4]),
    (compared(">=", 2), [1, 3, 4]),
    (compared("IN", [1, 4]), [0, 3, 4]),
    (compared("NOT_IN", [1, 4]), [1]),
    (compared(">=", date(2026, 6, 4), "d"), [3, 4]),
    (null("a", is_null=True), [2]),
    (null("a", is_null=False), [0, 1, 3, 4]),
    ({"type": "and", "conditions": BOTH}, [1, 4]),
    ({"type": "or", "conditions": BOTH}, [0, 1, 2, 3, 4]),
    ({"type": "or", "conditions": [compared("==", 1), null("a", is_null=True)]}, [0, 2]),
]


@pytest.mark.parametrize(("condition", "rows"), CONDITIONS)
def test_which_rows_a_condition_names(condition, rows):
    """Null is in no comparison."""
    found = nw.from_native(ROWS).select(where(condition).alias("there")).to_native()["there"]
    assert found.null_count() == 0
    assert found.arg_true().to_list() == rows


# Arguments, row condition, the columns that are looked at.
LOOKED_AT = [
    (A, None, ["a"]),
    (AB, None, ["a", "b"]),
    ({"column_list": ["a", "b", "a"]}, None, ["a", "b"]),
    (A, {"type": "and", "conditions": [compared("==", 1, "k"), {"type": "or", "conditions": [null("b", is_null=True), null("a", is_null=True)]}]}, ["a", "k", "b"]),
]  # fmt: skip


@pytest.mark.parametrize(("kwargs", "condition", "names"), LOOKED_AT)
def test_the_columns_that_are_looked_at(kwargs, condition, names):
    """Each once, those of the condition last."""
    assert columns(kwargs, condition) == names


NULLS, BETWEEN, MATCH = (
    "column_values_to_not_be_null",
    "column_values_to_be_between",
    "column_values_to_match_regex",
)
# What can't be said here, and words of the message that say which.
UNKNOWN = [
    ("column_mean_to_be_between", A, None, "expect_column_mean_to_be_between is not an expectation"),
    (NULLS, A | {"z": 1, "y": 2}, None, "has an argument that is not known here: y, z"),
    (BETWEEN, A, None, "needs min_value or max_value"),
    (BETWEEN, A | {"min_value": datetime(2026, 1, 1)}, None, "^an instant can't stand .* column$"),
    (BETWEEN, A | {"max_value": {"$PARAMETER": "as_of"}}, None, "the parameter 'as_of' has no value"),
    ("column_values_to_be_in_set", A | {"value_set": "abc"}, None, "value_set is one text"),
    ("column_values_to_be_in_set", A | {"value_set": {"$PARAMETER": "codes"}}, None, "the parameter 'codes' has no value"),
    (MATCH, {"column": "s", "regex": "(?=x)"}, None, r"the pattern '\(\?=x\)' is not one"),
    (MATCH, {"column": "s", "regex": "[a-z&&[^b]]"}, None, "is not one that every engine can run"),
    (MATCH + "_list", {"column": "s", "regex_list": []}, None, "regex_list is empty"),
    (MATCH + "_list", {"column": "s", "regex_list": ["x"], "match_on": "some"}, None, "match_on is any or all, not 'some'"),
    ("column_pair_values_to_be_equal", AB | {"ignore_row_if": "some"}, None, "ignore_row_if knows no 'some'"),
    (NULLS, A, compared("LIKE", "x"), "a row condition of the kind 'LIKE' is not known"),
    (NULLS, A, {"type": "xor", "conditions": []}, "a row condition of the kind 'xor' is not known"),
    (NULLS, A, compared("IN", "abc"), "the parameter of IN is no list"),
    (NULLS, A, compared("NOT_IN", {"$PARAMETER": "x"}), "the parameter of NOT_IN is no list"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "kwargs", "condition", "said"), UNKNOWN)
def test_what_cannot_be_said_here(kind, kwargs, condition, said):
    """Refused with its name, and never passed over."""
    with pytest.raises(UnknownExpectationError, match=said):
        expression(f"expect_{kind}", kwargs, condition)
