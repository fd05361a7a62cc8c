"""Corners that made-up data seldom reaches, with the pandas engine as the oracle."""

import datetime as dt
import itertools
import json
import sys

import great_expectations
import polars as pl
import pytest
from gx.frames import LEVELS, to_pandas
from gx.frames_engines import Column, answer, batch_of, differences, disagreements, gxe, normal, shown

pytestmark = pytest.mark.filterwarnings("ignore", "error::DeprecationWarning:norwalk_analytics")

FORMATS = ("BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE")
NAMES = (
    "a b",
    "a.b",
    "*",
    "^a.*$",
    "naïve 😀",
    "index",
    "len",
    "literal",
    "row",
    "A",
    'quote"',
    "it's",
    "column",
    "^",
    " ",
)
UNSAID = {'quote"', "^", " ", "naïve 😀", *(["it's"] if sys.version_info >= (3, 12) else [])}
"""Names that pandas cannot say in a query; since Python 3.12 it takes the quote for the beginning of a text."""
BERLIN = "Europe/Berlin"
COLUMNS = {
    "text": ["a", "", "é 😀"],
    "flag": [True, False, True],
    "whole": [1, 2, 2],
    "real": [0.5, -0.0, 1e300],
    "day": [dt.date(2024, 2, 29), dt.date(1969, 12, 31), dt.date(2024, 2, 29)],
    "moment": [
        dt.datetime(2024, 2, 29, 1, 2, 3),
        dt.datetime(2024, 2, 29),
        dt.datetime(1960, 1, 1, 0, 0, 0, 5),
    ],
    "zoned": pl.Series([dt.datetime(2024, 10, 27, hour) for hour in (0, 1, 12)])
    .dt.replace_time_zone("UTC")
    .dt.convert_time_zone(BERLIN),
    "category": pl.Series(["a", "b", "a"], dtype=pl.Categorical),
    "level": pl.Series(["low", "high", "low"], dtype=pl.Enum(LEVELS)),
}


def agree(frame, expectations, result_format="COMPLETE"):
    lines, answered = disagreements(frame, expectations, result_format)
    assert not lines, shown(expectations, lines)
    assert answered == len(expectations)


@pytest.mark.parametrize("name", NAMES)
def test_a_column_may_have_any_name(name):
    """Also one that Polars, or pandas in a query, would take for something else."""
    frame = pl.DataFrame({"key": ["k0", "k1", "k2", "k3"], name: [1, 2, 2, None], "abc": [1, 3, 2, 4]})
    condition = Column(name) >= 2
    expectations = [
        gxe.ExpectColumnValuesToNotBeNull(column=name),
        gxe.ExpectColumnValuesToBeUnique(column=name),
        gxe.ExpectColumnValuesToBeInSet(column=name, value_set=[1]),
        gxe.ExpectColumnMaxToBeBetween(column=name, max_value=1),
        gxe.ExpectColumnUniqueValueCountToBeBetween(column=name, max_value=1),
        gxe.ExpectColumnPairValuesToBeEqual(column_A=name, column_B="abc"),
        gxe.ExpectCompoundColumnsToBeUnique(column_list=[name, "key"]),
        gxe.ExpectMulticolumnSumToEqual(column_list=["abc", name], sum_total=2),
        gxe.ExpectColumnToExist(column=name, column_index=1),
    ]
    if name not in UNSAID:
        expectations.append(
            gxe.ExpectColumnValuesToBeInSet(column="abc", value_set=[1], row_condition=condition)
        )
    agree(frame, expectations, {"result_format": "COMPLETE", "unexpected_index_column_names": ["key", name]})


@pytest.mark.parametrize("result_format", FORMATS)
@pytest.mark.parametrize(
    "options", [{}, {"unexpected_index_column_names": ["key"]}, {"include_unexpected_rows": True}]
)
def test_long_lists_are_cut_alike(result_format, options):
    """200 values at most, and 20 in the partial lists."""
    numbers = range(450)
    columns = {"a": [number % 150 for number in numbers], "b": [number // 2 for number in numbers]}
    frame = pl.DataFrame({"key": [f"k{number}" for number in numbers], **columns})
    expectations = [
        gxe.ExpectColumnValuesToBeNull(column="a"),
        gxe.ExpectColumnValuesToBeInSet(column="a", value_set=[1, 2]),
        gxe.ExpectColumnPairValuesToBeEqual(column_A="a", column_B="b", mostly=0.5),
        gxe.ExpectCompoundColumnsToBeUnique(column_list=["a", "b"]),
        gxe.ExpectColumnDistinctValuesToEqualSet(column="a", value_set=[1]),
        gxe.ExpectColumnMostCommonValueToBeInSet(column="a", value_set=[1]),
    ]
    agree(frame, expectations, {"result_format": result_format, **options})


@pytest.mark.parametrize("height", [0, 2])
def test_a_frame_without_columns(height):
    frame = pl.DataFrame(height=height)
    expectations = [
        gxe.ExpectTableColumnCountToEqual(value=0),
        gxe.ExpectTableRowCountToEqual(value=height),
        gxe.ExpectTableColumnsToMatchSet(column_set=["a"]),
        gxe.ExpectColumnToExist(column="a"),
    ]
    assert to_pandas(frame).shape == frame.shape
    agree(frame, expectations)


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("kind", COLUMNS)
def test_results_can_be_written_as_json(kind, lazy):
    """And read the same as those of pandas."""
    frame = pl.DataFrame({"key": ["k0", "k1", "k2"], "a": COLUMNS[kind]})
    written = []
    for engine, given in (("pandas", frame), ("polars", frame.lazy() if lazy else frame)):
        result = batch_of(engine, given).validate(
            gxe.ExpectColumnValuesToBeNull(column="a"),
            result_format={"result_format": "COMPLETE", "unexpected_index_column_names": ["key"]},
        )
        written.append(json.loads(json.dumps(result.to_json_dict()["result"])))
    assert differences(*written) == []


def test_a_suite_counts_alike():
    frame = pl.DataFrame({"key": ["k0", "k1", "k2"], "a": [1, 2, None]})
    results = []
    for engine in ("pandas", "polars"):
        suite = great_expectations.ExpectationSuite(
            name="suite",
            expectations=[
                gxe.ExpectColumnValuesToNotBeNull(column="a", severity="warning"),
                gxe.ExpectColumnValuesToNotBeNull(column="a", mostly=0.6),
                gxe.ExpectColumnMaxToBeBetween(column="a", max_value=2),
                gxe.ExpectTableRowCountToEqual(value=3),
            ],
        )
        results.append(batch_of(engine, frame).validate(suite))
    pandas, polars = results
    assert pandas.statistics == polars.statistics
    assert pandas.success == polars.success
    assert str(pandas.get_max_severity_failure()) == str(polars.get_max_severity_failure())


def test_batches_of_one_definition_are_kept_apart():
    """A batch in hand still answers for its own frame after the next was made."""
    frames = [pl.DataFrame({"key": ["k0", "k1"], "a": values}) for values in ([1, 2], [3, 4])]
    for engine in ("pandas", "polars"):
        batches = [batch_of(engine, frame) for frame in frames]
        last = batches[1].validate(gxe.ExpectColumnMaxToBeBetween(column="a"))
        assert normal(last.result["observed_value"]) == 4


def test_conditions_of_every_shape():
    """Each sign on each kind of column, with values of the column and between them."""
    frame = pl.DataFrame({"key": ["k0", "k1", "k2"], **COLUMNS, "a": [1, 2, 3]})
    expectations = []
    for kind, sign in itertools.product(
        COLUMNS, ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__")
    ):
        value = frame[kind][0]
        if kind in ("category", "zoned") and sign not in ("__eq__", "__ne__"):
            continue  # pandas raises, and cannot write a zone in a query
        value = value.isoformat() if kind in ("moment", "zoned") else value
        condition = getattr(Column(kind), sign)(value)
        expectations.append(gxe.ExpectColumnValuesToBeNull(column="a", row_condition=condition))
    agree(frame, expectations)


def test_the_order_of_an_enum_is_that_of_its_categories():
    """As in pandas, and in Polars itself: the least, in a condition, among the most common."""
    order = pl.Enum(["low", "high"])
    columns = {"a": pl.Series(["low", "high"], dtype=order), "b": pl.Series(["high", "low"], dtype=order)}
    frame = pl.DataFrame({"key": ["k0", "k1"], **columns})
    condition = Column("a") > "low"
    expectations = [
        gxe.ExpectColumnMinToBeBetween(column="a"),
        gxe.ExpectColumnMaxToBeBetween(column="a"),
        gxe.ExpectColumnMostCommonValueToBeInSet(column="a", value_set=["low"]),
        gxe.ExpectColumnValuesToBeNull(column="key", row_condition=condition),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A="a", column_B="b"),
    ]
    agree(frame, expectations)


@pytest.mark.parametrize("error", [False, "nearest", "lower", "higher", "midpoint", "linear"])
@pytest.mark.parametrize("rows", [2, 3, 4, 6, 7])
def test_quantiles_between_two_values(error, rows):
    """Halfway between two values NumPy rounds to the even place."""
    frame = pl.DataFrame(
        {"key": [f"k{row}" for row in range(rows)], "a": [float(row**2) for row in range(rows)]}
    )
    for quantile in (0.25, 0.5, 0.75):
        ranges = {"quantiles": [quantile], "value_ranges": [[None, 4]]}
        expectation = gxe.ExpectColumnQuantileValuesToBeBetween(
            column="a", quantile_ranges=ranges, allow_relative_error=error
        )
        agree(frame, [expectation])


def test_moments_in_unlike_zones_are_compared_as_instants():
    moments = pl.Series([dt.datetime(2024, 7, 1, hour) for hour in (1, 2)]).dt.replace_time_zone("UTC")
    zones = {"a": moments.dt.convert_time_zone(BERLIN), "b": moments.dt.convert_time_zone("America/New_York")}
    frame = pl.DataFrame({"key": ["k0", "k1"], **zones})
    pair = {"column_A": "a", "column_B": "b"}
    expectations = [
        gxe.ExpectColumnPairValuesToBeEqual(**pair),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(**pair, or_equal=True),
        gxe.ExpectMulticolumnValuesToBeEqual(column_list=["a", "b"]),
    ]
    agree(frame, expectations)


def test_a_column_of_the_null_type_sums_to_nought():
    """As one of another type does that holds nothing."""
    for dtype in (pl.Null, pl.Int64, pl.Float64):
        frame = pl.DataFrame({"key": ["k0"], "a": pl.Series([None], dtype=dtype)})
        assert answer("pandas", frame, gxe.ExpectColumnSumToBeBetween(column="a")).result == {
            "observed_value": 0
        }
        agree(frame, [gxe.ExpectColumnSumToBeBetween(column="a", min_value=0)])


def test_the_sum_of_a_record_does_not_overflow():
    """Polars adds two small integers as such: 100 + 100 would be -56."""
    for dtype in (pl.Int8, pl.UInt8, pl.Int16):
        most = pl.select(dtype.max()).item()
        columns = {"a": pl.Series([most, 1], dtype=dtype), "b": pl.Series([most, 2], dtype=dtype)}
        frame = pl.DataFrame({"key": ["k0", "k1"], **columns})
        agree(frame, [gxe.ExpectMulticolumnSumToEqual(column_list=["a", "b"], sum_total=2 * most)])
        agree(frame, [gxe.ExpectColumnSumToBeBetween(column="a", min_value=most + 1)])


@pytest.mark.parametrize(
    "text", ["Jan 1 2024", "2024-01-01T00:00", "1 January 2024 00:00", "2024-01-01 00:00:00", "20240101"]
)
def test_the_text_of_a_moment_in_a_set_is_read_as_dateutil_does(text):
    """Great Expectations says so for its value sets: any text that dateutil can read."""
    frame = pl.DataFrame({"key": ["k0", "k1"], "a": [dt.datetime(2024, 1, 1), dt.datetime(2024, 1, 2)]})
    days = frame.with_columns(pl.col("a").dt.date())
    values = {"column": "a", "value_set": [text]}
    distinct = [
        gxe.ExpectColumnDistinctValuesToBeInSet(**values),
        gxe.ExpectColumnDistinctValuesToContainSet(**values),
        gxe.ExpectColumnDistinctValuesToEqualSet(**values),
    ]
    member = [gxe.ExpectColumnValuesToBeInSet(**values), gxe.ExpectColumnValuesToNotBeInSet(**values)]
    agree(frame, [*distinct, *member])
    agree(days, distinct)


def test_an_hour_that_comes_twice_is_two_moments():
    """Python takes 2:30 before and after the clock change for equal: they are counted apart all the same."""
    utc = pl.Series(
        [dt.datetime(2024, 10, 27, 0, 30), dt.datetime(2024, 10, 27, 1, 30)]
    ).dt.replace_time_zone("UTC")
    frame = pl.DataFrame({"key": ["k0", "k1"], "a": utc.dt.convert_time_zone(BERLIN)})
    expectations = [
        gxe.ExpectColumnValuesToBeNull(column="a"),
        gxe.ExpectColumnValuesToBeUnique(column="a"),
        gxe.ExpectColumnValuesToBeIncreasing(column="a", strictly=True),
        gxe.ExpectColumnUniqueValueCountToBeBetween(column="a", min_value=2),
        gxe.ExpectColumnValuesToBeInSet(column="a", value_set=["2024-10-27T00:30:00+00:00"]),
        gxe.ExpectColumnValuesToBeBetween(column="a", min_value="2024-10-27T01:00:00+00:00"),
        gxe.ExpectColumnMinToBeBetween(column="a", min_value="2024-10-27T01:00:00+00:00"),
    ]
    agree(frame, expectations)
    once = frame.head(1)  # the second of the two is missing
    values = {"column": "a", "value_set": ["2024-10-27T01:30:00+00:00"]}
    distinct = [
        gxe.ExpectColumnDistinctValuesToContainSet(**values),
        gxe.ExpectColumnDistinctValuesToEqualSet(**values),
        gxe.ExpectColumnDistinctValuesToBeInSet(**values),
    ]
    agree(once, distinct)


def test_a_column_of_milliseconds_is_compared_in_full():
    """A microsecond more is more, though the column cannot hold it: Polars would cut it off."""
    midnight = dt.datetime(2024, 1, 1)
    after = midnight + dt.timedelta(microseconds=5)
    columns = {
        "a": pl.Series([midnight], dtype=pl.Datetime("ms")),
        "b": pl.Series([after], dtype=pl.Datetime("us")),
    }
    frame = pl.DataFrame({"key": ["k0"], **columns})
    pair = {"column_A": "a", "column_B": "b"}
    expectations = [
        gxe.ExpectColumnValuesToBeInSet(column="a", value_set=[after]),
        gxe.ExpectColumnValuesToBeBetween(column="a", min_value=after),
        gxe.ExpectColumnValuesToBeBetween(column="a", max_value=after, strict_max=True),
        gxe.ExpectColumnMinToBeBetween(column="a", min_value=after),
        gxe.ExpectColumnPairValuesToBeEqual(**pair),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(**pair, or_equal=True),
        gxe.ExpectColumnPairValuesToBeInSet(**pair, value_pairs_set=[(after, after)]),
        gxe.ExpectMulticolumnValuesToBeEqual(column_list=["a", "b"]),
    ]
    for sign in ("__eq__", "__ne__", "__lt__", "__ge__"):
        for value in (after, after.isoformat()):
            condition = getattr(Column("a"), sign)(value)
            expectations.append(gxe.ExpectColumnValuesToBeNull(column="key", row_condition=condition))
    agree(frame, expectations)


@pytest.mark.parametrize("kind", ["text", "category", "level", "whole", "real", "flag"])
def test_a_value_set_may_hold_what_the_column_cannot(kind):
    """It is then missing from the column, and equal to none of its values."""
    frame = pl.DataFrame({"key": ["k0", "k1", "k2"], "a": COLUMNS[kind]})
    for stranger in ("no such text", 7, 2**60):
        values = {"column": "a", "value_set": [stranger]}
        expectations = [
            gxe.ExpectColumnDistinctValuesToContainSet(**values),
            gxe.ExpectColumnDistinctValuesToEqualSet(**values),
            gxe.ExpectColumnDistinctValuesToBeInSet(**values),
            gxe.ExpectColumnMostCommonValueToBeInSet(**values),
            gxe.ExpectColumnValuesToBeInSet(**values),
            gxe.ExpectColumnValuesToNotBeInSet(**values),
        ]
        agree(frame, expectations)
