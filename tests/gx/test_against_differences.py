"""Where the two engines rightly differ: what each answers, pinned.

Each test says why. The oracle proper, ``test_against_pandas.py``, leaves these cases out.
"""

import datetime as dt
import zoneinfo

import polars as pl
import pytest
from gx.frames_engines import Column, answer, gxe

pytestmark = pytest.mark.filterwarnings("ignore", "error::DeprecationWarning:norwalk_analytics")

DAY = dt.date(2024, 1, 1)
NOON = dt.datetime(2024, 1, 1, 12)
BERLIN = dt.datetime(2024, 7, 1, 12, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"))


def both(values, expectation, dtype=None, **more):
    """The answers of pandas and of Polars to an expectation about column ``a``."""
    columns = {"a": pl.Series(values, dtype=dtype, strict=False), **more}
    frame = pl.DataFrame({"key": [f"k{number}" for number in range(len(values))], **columns})
    return tuple(answer(engine, frame, expectation) for engine in ("pandas", "polars"))


def unexpected(outcome):
    assert outcome.raised is None, outcome.raised
    return outcome.result["unexpected_list"]


def test_integers_with_a_missing_value_are_floats_in_pandas():
    """So their text is "1.0" there: three letters, and no match of ``^1$``."""
    pandas, polars = both([1, None], gxe.ExpectColumnValuesToBeNull(column="a"))
    assert [type(value) for value in unexpected(pandas)] == [float]
    assert [type(value) for value in unexpected(polars)] == [int]
    pandas, polars = both([1, None], gxe.ExpectColumnValueLengthsToEqual(column="a", value=1))
    assert (unexpected(pandas), unexpected(polars)) == ([1.0], [])
    pandas, polars = both([1, None], gxe.ExpectColumnValuesToMatchRegex(column="a", regex="^1$"))
    assert (unexpected(pandas), unexpected(polars)) == ([1.0], [])


@pytest.mark.parametrize(
    ("text", "regex", "python", "rust"),
    [
        ("a\n", "a$", True, False),  # before a final newline
        ("\u0301", r"\w", False, True),  # a combining mark is part of a word in Unicode's definition
        ("e\u0301b", r"\bb", True, False),  # and so no word begins after it
        ("\x1c", r"\s", True, False),  # a control character is white space to Python alone
        ("İ", "(?i)i", True, False),  # simple case folding knows no dotted I
        ("a", "[a-c&&b]", True, True),  # an intersection in Rust, so run by Python
        ("b", "[a-c--b]", True, True),  # a difference in Rust
    ],
)
def test_the_dialect_of_regexes_is_the_backends(text, regex, python, rust):
    """As with SQL and Spark, the pattern is read by the backend: Python's re, or Rust's regex."""
    pandas, polars = both([text], gxe.ExpectColumnValuesToMatchRegex(column="a", regex=regex))
    assert (pandas.success, polars.success) == (python, rust)
    pandas, polars = both([text], gxe.ExpectColumnValuesToNotMatchRegex(column="a", regex=regex))
    assert (pandas.success, polars.success) == (not python, not rust)


@pytest.mark.parametrize("condition", [Column("x") != "u", Column("x").is_not_in(["u"])])
def test_a_missing_value_is_neither_equal_nor_unequal(condition):
    """In a row condition: pandas keeps the row, Polars (as SQL and Spark) doesn't."""
    expectation = gxe.ExpectColumnValuesToBeNull(column="a", row_condition=condition)
    pandas, polars = both([1, 2, 3], expectation, x=["u", None, "v"])
    assert (unexpected(pandas), unexpected(polars)) == ([2, 3], [3])


def test_nan_is_a_value_in_polars():
    pandas, polars = both([float("nan"), 1.0], gxe.ExpectColumnValuesToNotBeNull(column="a"))
    assert (unexpected(pandas), unexpected(polars)) == ([None], [])


RAISES = [
    (["a", "b", "a"], None, gxe.ExpectColumnValuesToBeIncreasing(column="a"), ["a"]),
    ([NOON], None, gxe.ExpectColumnValuesToBeBetween(column="a", min_value=DAY), []),
    ([NOON], None, gxe.ExpectColumnValuesToBeBetween(column="a", max_value=DAY), [NOON]),
]


@pytest.mark.parametrize(("values", "dtype", "expectation", "expected"), RAISES)
def test_polars_answers_where_pandas_raises(values, dtype, expectation, expected):
    pandas, polars = both(values, expectation, dtype)
    assert pandas.raised is not None
    assert unexpected(polars) == expected


@pytest.mark.parametrize(
    ("values", "dtype", "least"),
    [(["b", None, "a"], pl.String, "a"), ([DAY, None], pl.Date, DAY), (["b", "a"], pl.Categorical, "a")],
)
def test_polars_finds_a_least_value_where_pandas_raises(values, dtype, least):
    """Among texts, or dates, of which one is missing; in an unordered categorical."""
    pandas, polars = both(values, gxe.ExpectColumnMinToBeBetween(column="a"), dtype)
    assert pandas.raised is not None
    assert polars.raised is None
    assert polars.result["observed_value"] == least


@pytest.mark.parametrize("parameter", ["2024-01-01", NOON.replace(hour=0)])
def test_pandas_finds_no_date_in_a_set_of_texts_or_datetimes(parameter):
    """It compares objects of unlike types; SQL reads the text as a date, as Great Expectations does elsewhere."""
    pandas, polars = both([DAY], gxe.ExpectColumnValuesToBeInSet(column="a", value_set=[parameter]))
    assert (unexpected(pandas), unexpected(polars)) == ([DAY], [])
    pandas, polars = both([DAY], gxe.ExpectColumnValuesToNotBeInSet(column="a", value_set=[parameter]))
    assert (unexpected(pandas), unexpected(polars)) == ([], [DAY])


def test_pandas_loses_a_moment_of_an_hour_that_comes_twice_in_texts_with_two_offsets():
    """It then compares Python's datetimes, of which such a moment equals none in another zone (PEP 495)."""
    twice = dt.datetime(2024, 11, 3, 1, 30, tzinfo=zoneinfo.ZoneInfo("America/New_York"))
    text, other = twice.isoformat(), "2024-01-01T00:00:00+00:00"
    for texts, lost in (([text], False), ([text, other], True), ([text, text], False)):
        expectation = gxe.ExpectColumnValuesToNotBeInSet(column="a", value_set=texts)
        pandas, polars = both([twice], expectation, pl.Datetime("us", "America/New_York"))
        assert (pandas.success, polars.success) == (lost, False), texts


def test_a_date_is_no_moment_of_its_day_but_the_first():
    pandas, polars = both([DAY], gxe.ExpectColumnValuesToBeInSet(column="a", value_set=[NOON]))
    assert (unexpected(pandas), unexpected(polars)) == ([DAY], [DAY])


def test_a_date_in_a_condition_is_no_text_to_pandas():
    expectation = gxe.ExpectColumnValuesToBeNull(column="a", row_condition=Column("x") == "2024-01-01")
    pandas, polars = both([1], expectation, x=[DAY])
    assert (unexpected(pandas), unexpected(polars)) == ([], [1])


def test_pandas_finds_no_datetime_among_dates_as_distinct_value():
    """Though it does value by value: Polars answers both alike."""
    midnight = NOON.replace(hour=0)
    pandas, polars = both([midnight], gxe.ExpectColumnDistinctValuesToBeInSet(column="a", value_set=[DAY]))
    assert (pandas.success, polars.success) == (False, True)
    pandas, polars = both([midnight], gxe.ExpectColumnValuesToBeInSet(column="a", value_set=[DAY]))
    assert (pandas.success, polars.success) == (True, True)


def test_pandas_finds_no_most_common_datetime_in_a_set():
    """Its mode is a NumPy datetime64, which equals no datetime as a member of a set."""
    pandas, polars = both([NOON], gxe.ExpectColumnMostCommonValueToBeInSet(column="a", value_set=[NOON]))
    assert (pandas.success, polars.success) == (False, True)
    assert pandas.result == polars.result


@pytest.mark.parametrize(
    ("values", "dtype", "wrong"),
    [([2, 1], pl.UInt64, []), ([2, 1], pl.UInt8, []), ([True, False], pl.Boolean, [])],
)
def test_a_difference_wraps_around_in_pandas(values, dtype, wrong):
    """2 - 1 of unsigned numbers is a large one, of Booleans True: a fall is taken for a rise."""
    pandas, polars = both(values, gxe.ExpectColumnValuesToBeIncreasing(column="a"), dtype)
    assert (unexpected(pandas), unexpected(polars)) == (wrong, values[1:])


def test_pandas_compares_large_integers_as_floats():
    """A bound is a float (Great Expectations makes it one), and 2**53 + 1 none: Polars compares exactly."""
    pandas, polars = both([2**53, 2**53 + 1], gxe.ExpectColumnValuesToBeBetween(column="a", max_value=2**53))
    assert (unexpected(pandas), unexpected(polars)) == ([], [2**53 + 1])


def test_the_text_of_other_values_is_the_backends():
    """Pandas writes a Boolean as Python does, and a column of midnights without its hours."""
    pandas, polars = both([True], gxe.ExpectColumnValuesToMatchRegex(column="a", regex="^True$"))
    assert (pandas.success, polars.success) == (True, False)
    midnight = gxe.ExpectColumnValueLengthsToEqual(column="a", value=10)
    pandas, polars = both([NOON.replace(hour=0)], midnight)
    assert (pandas.success, polars.success) == (True, False)
    pandas, polars = both([NOON.replace(hour=0), NOON], midnight)
    assert (pandas.success, polars.success) == (False, False)


def test_the_moments_of_a_pair_lose_their_zone_in_pandas():
    expectation = gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A="a", column_B="b")
    pandas, polars = both([BERLIN], expectation, pl.Datetime("us", "Europe/Berlin"), b=[BERLIN])
    assert unexpected(pandas) == [[dt.datetime(2024, 7, 1, 10)] * 2]
    assert unexpected(polars) == [[BERLIN] * 2]


def test_records_with_a_missing_value_have_no_counts():
    """Great Expectations sorts the counted tuples: with a NaN it can, with a None (as of SQL or Spark) it can't."""
    expectation = gxe.ExpectColumnPairValuesToBeEqual(column_A="a", column_B="b")
    pandas, polars = both([1.0, None], expectation, b=[2.0, 3.0])
    assert unexpected(pandas) == unexpected(polars) == [[1.0, 2.0], [None, 3.0]]
    assert "partial_unexpected_counts" in pandas.result
    assert "partial_unexpected_counts" not in polars.result


def test_the_keys_of_excluded_values_are_one_list_that_pandas_leaves_whole():
    """The list of lists is cut there, not the lists in it; SQL and Spark fetch no more rows than asked."""
    expectation = gxe.ExpectColumnValuesToBeNull(column="a")
    asked = {"result_format": "SUMMARY", "exclude_unexpected_values": True, "partial_unexpected_count": 1}
    asked["unexpected_index_column_names"] = ["key"]
    frame = pl.DataFrame({"key": ["k0", "k1"], "a": [1, 2]})
    pandas, polars = (answer(engine, frame, expectation, asked).result for engine in ("pandas", "polars"))
    assert pandas["partial_unexpected_index_list"] == [{"key": ["k0", "k1"]}]
    assert polars["partial_unexpected_index_list"] == [{"key": ["k0"]}]


def test_polars_refuses_to_compare_unlike_types():
    """Pandas answers that a number equals no text; SQL either refuses too or converts."""
    expectation = gxe.ExpectColumnValuesToBeNull(column="a", row_condition=Column("x") == 2)
    pandas, polars = both([1], expectation, x=["2"])
    assert unexpected(pandas) == unexpected(polars) == []  # a value that the column can't hold is no row's
    expectation = gxe.ExpectColumnValuesToBeNull(column="a", row_condition=Column("x") < 2)
    pandas, polars = both([1], expectation, x=["2"])
    assert pandas.raised is not None
    assert polars.raised is not None
    expectation = gxe.ExpectColumnPairValuesToBeEqual(column_A="a", column_B="b")
    pandas, polars = both([1], expectation, b=["1"])
    assert unexpected(pandas) == [[1, "1"]]
    assert polars.raised is not None


def test_a_condition_in_the_language_of_pandas_is_refused():
    condition = {"row_condition": "a == 2", "condition_parser": "pandas"}
    pandas, polars = both([1, 2], gxe.ExpectColumnValuesToBeNull(column="a", **condition))
    assert unexpected(pandas) == [2]
    assert polars.raised is not None


def test_a_moment_of_the_hour_that_comes_twice_equals_itself_in_another_zone():
    """Python, and so pandas, holds it unequal to every moment of another zone (PEP 495)."""
    moment = dt.datetime(2024, 10, 27, 0, 30, tzinfo=dt.UTC)
    berlin = pl.Series([moment]).dt.convert_time_zone("Europe/Berlin")
    expectation = gxe.ExpectColumnDistinctValuesToBeInSet(column="a", value_set=["2024-10-27T00:30:00+00:00"])
    pandas, polars = both(berlin, expectation)
    assert not pandas.success
    assert polars.success
