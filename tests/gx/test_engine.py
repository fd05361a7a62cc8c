"""The Polars engine as users of Great Expectations meet it: formats, lazy frames, what it computes and when."""

import datetime as dt

import great_expectations as gx
import polars as pl
import pytest
from great_expectations import expectations as gxe
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.row_conditions import Column

from norwalk_analytics.gx import PolarsExecutionEngine, column_condition
from norwalk_analytics.gx.types import is_of_type

pytestmark = pytest.mark.filterwarnings(
    "ignore", "error::DeprecationWarning:norwalk_analytics"
)  # Great Expectations' own dependencies warn
FRAME = pl.DataFrame({
    "id": [11, 12, 13, 14, 15, 16],
    "n": [1, -1, None, 4, 4, 7],
    "text": ["x", "y", None, "x", "", "z"],
    "day": [dt.date(2020, 1, d) for d in (1, 2, 3, 3, 2, 9)],
    "at": [dt.datetime(2020, 1, d, 12) for d in (1, 2, 3, 3, 2, 9)],
    "kind": pl.Series(["a", "b", "a", None, "b", "a"], dtype=pl.Categorical),
})  # fmt: skip


@pytest.fixture(scope="module")
def context():
    found = gx.get_context(mode="ephemeral")
    found.variables.progress_bars = {"globally": False}
    return found


@pytest.fixture(scope="module")
def whole(context):
    asset = context.data_sources.add_polars("frames").add_dataframe_asset("table")
    return asset.add_batch_definition_whole_dataframe("whole")


@pytest.fixture(params=["eager", "lazy"])
def batch(request, whole):
    return whole.get_batch({"dataframe": FRAME if request.param == "eager" else FRAME.lazy()})


def raised(result):
    return "exception_message" in str(result.exception_info) and "raised_exception': False" not in str(
        result.exception_info
    )


def test_each_result_format_holds_what_its_level_holds(batch):
    expect = gxe.ExpectColumnValuesToBeBetween(column="n", min_value=0, max_value=5)
    keys = {}
    for level in ("BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE"):
        result = batch.validate(expect, result_format=level)
        assert not result.success
        keys[level] = set(result.result)
    assert keys["BOOLEAN_ONLY"] == set()
    assert keys["BASIC"] < keys["SUMMARY"] < keys["COMPLETE"]
    assert result.result["unexpected_list"] == [-1, 7]
    assert result.result["unexpected_index_list"] == [1, 5]
    query = result.result["unexpected_index_query"]
    assert eval(query, {"df": FRAME, "pl": pl})["n"].to_list() == [-1, 7]
    assert eval(query, {"df": FRAME.lazy(), "pl": pl}).collect()["n"].to_list() == [-1, 7]


def test_rows_are_named_by_columns_of_the_caller(batch):
    expect = gxe.ExpectColumnValuesToBeInSet(column="text", value_set=["x", "y"])
    form = {"result_format": "COMPLETE", "unexpected_index_column_names": ["id"]}
    assert batch.validate(expect, result_format=form).result["unexpected_index_list"] == [
        {"text": "", "id": 15}, {"text": "z", "id": 16}]  # fmt: skip
    silent = batch.validate(expect, result_format={**form, "exclude_unexpected_values": True}).result
    assert silent["unexpected_index_list"] == [{"id": [15, 16]}]
    assert "unexpected_list" not in silent
    lost = batch.validate(expect, result_format={**form, "unexpected_index_column_names": ["nowhere"]})
    assert raised(lost)
    rows = batch.validate(expect, result_format={"result_format": "SUMMARY", "include_unexpected_rows": True})
    assert [row["id"] for row in rows.result["unexpected_rows"]] == [15, 16]


def test_what_is_unique_is_unique_within_the_rows_of_the_condition(batch):
    assert not batch.validate(gxe.ExpectColumnValuesToBeUnique(column="n")).success
    early = Column("day") < dt.date(2020, 1, 3)
    result = batch.validate(gxe.ExpectColumnValuesToBeUnique(column="n", row_condition=early))
    assert result.success
    assert result.result["element_count"] == 3


def test_mostly_and_severity(batch):
    result = batch.validate(gxe.ExpectColumnValuesToNotBeNull(column="n", mostly=0.8, severity="warning"))
    assert result.success
    assert result.result["unexpected_count"] == 1
    assert result.expectation_config.severity == "warning"


def test_a_suite_is_one_collect_more_where_something_fails(whole, monkeypatch):
    collects = []
    collect = pl.LazyFrame.collect
    monkeypatch.setattr(pl.LazyFrame, "collect", lambda *a, **k: collects.append(1) or collect(*a, **k))
    batch = whole.get_batch({"dataframe": FRAME})

    def run(*more):
        collects.clear()
        expectations = [
            gxe.ExpectColumnValuesToBeBetween(column="n", min_value=-1),
            gxe.ExpectColumnValuesToBeBetween(column="id", min_value=0),
            gxe.ExpectColumnValuesToBeInSet(column="kind", value_set=["a", "b"]),
            gxe.ExpectColumnValuesToNotBeNull(column="day", row_condition=Column("n") > 0),
            gxe.ExpectColumnMaxToBeBetween(column="n", max_value=9),
            gxe.ExpectColumnMeanToBeBetween(column="n", max_value=9),
            *more,
        ]
        return batch.validate(
            gx.ExpectationSuite(name="s", expectations=expectations), result_format="COMPLETE"
        )

    assert run().success
    clean = len(collects)
    failing = [gxe.ExpectColumnValuesToBeBetween(column="n", min_value=0),
               gxe.ExpectColumnValuesToBeInSet(column="text", value_set=["x"])]  # fmt: skip
    assert not run(*failing).success
    assert clean <= 3  # the row count, which needs nothing; aggregates of columns; counts of conditions
    assert len(collects) == clean + 1


def test_a_missing_metric_is_great_expectations_own_error(batch):
    expect = gxe.ExpectColumnKLDivergenceToBeLessThan(
        column="text", partition_object={"values": ["x"], "weights": [1.0]}, threshold=0.1
    )
    result = batch.validate(expect)
    assert not result.success
    assert "No provider found for column" in str(result.exception_info)
    assert "PolarsExecutionEngine" in str(result.exception_info)


def test_a_missing_column_is_great_expectations_own_error(batch):
    result = batch.validate(gxe.ExpectColumnValuesToBeUnique(column="nowhere"))
    assert not result.success
    assert 'The column "nowhere" in BatchData does not exist.' in str(result.exception_info)


def test_one_expectation_that_cannot_be_run_leaves_the_others(batch):
    suite = gx.ExpectationSuite(name="s", expectations=[
        gxe.ExpectColumnValuesToBeBetween(column="text", min_value=1),
        gxe.ExpectColumnValuesToBeBetween(column="n", min_value=-1),
    ])  # fmt: skip
    by_column = {one.expectation_config.kwargs["column"]: one for one in batch.validate(suite).results}
    assert not by_column["text"].success
    assert raised(by_column["text"])
    assert by_column["n"].success


def test_patterns_that_look_around_are_run_by_python(batch):
    result = batch.validate(
        gxe.ExpectColumnValuesToMatchRegex(column="text", regex="^(?!y)"), result_format="COMPLETE"
    )
    assert result.result["unexpected_list"] == ["y"]
    result = batch.validate(
        gxe.ExpectColumnValuesToNotMatchRegexList(column="text", regex_list=["^(?!y)", "^q"])
    )
    assert result.result["unexpected_count"] == 4


def test_a_validation_definition_a_checkpoint_and_data_docs(context, whole, tmp_path):
    suite = context.suites.add(gx.ExpectationSuite(name="checked", expectations=[
        gxe.ExpectColumnValuesToNotBeNull(column="id"), gxe.ExpectTableRowCountToEqual(value=6),
    ]))  # fmt: skip
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(name="v", data=whole, suite=suite)
    )
    result = definition.run(batch_parameters={"dataframe": FRAME})
    assert result.success
    assert result.meta["batch_parameters"] == {"dataframe": "<DATAFRAME>"}
    checkpoint = context.checkpoints.add(gx.Checkpoint(name="c", validation_definitions=[definition]))
    assert checkpoint.run(batch_parameters={"dataframe": FRAME.lazy()}).success
    context.variables.data_docs_sites = {"site": {
        "class_name": "SiteBuilder", "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(tmp_path)},
    }}  # fmt: skip
    context.build_data_docs()
    assert len(list(tmp_path.glob("validations/checked/**/*.html"))) == 2


def test_what_is_no_polars_frame_is_refused(whole):
    with pytest.raises(Exception, match="a Polars DataFrame or LazyFrame"):
        whole.get_batch({"dataframe": FRAME.to_dict(as_series=False)})
    with pytest.raises(Exception, match="takes a Polars DataFrame or LazyFrame, not a dict"):
        PolarsExecutionEngine(batch_data_dict={"one": {}})


def test_a_condition_as_text_of_another_engine_is_refused(batch):
    expect = gxe.ExpectColumnValuesToBeUnique(column="n", row_condition="n > 0", condition_parser="pandas")
    assert "written with Column" in str(batch.validate(expect).exception_info)


@pytest.mark.parametrize(("kind", "names", "not_names"), [
    (pl.Int64(), ["Int64", "int64", "int"], ["Int32", "int32", "float64"]),
    (pl.Int32(), ["Int32", "int32"], ["Int64", "int64", "int"]),
    (pl.Float64(), ["Float64", "float64", "float"], ["Int64"]),
    (pl.String(), ["String", "str", "object"], ["Date"]),
    (pl.Date(), ["Date", "date"], ["Datetime"]),
    (pl.Datetime("us"), ["Datetime", "datetime64[us]", "Datetime(time_unit='us', time_zone=None)"], ["datetime64[ns]"]),
    (pl.Datetime("ms", "UTC"), ["Datetime", "datetime64[ms, UTC]"], ["datetime64[ms]"]),
    (pl.Boolean(), ["Boolean", "bool"], ["Int64"]),
    (pl.Categorical(), ["Categorical", "category"], ["String"]),
])  # fmt: skip
def test_names_of_types(kind, names, not_names):
    assert [name for name in names if not is_of_type(kind, name)] == []
    assert [name for name in not_names if is_of_type(kind, name)] == []


def test_expectations_of_types(batch):
    for expect, success, seen in (
        (gxe.ExpectColumnValuesToBeOfType(column="n", type_="Int64"), True, "Int64"),
        (gxe.ExpectColumnValuesToBeInTypeList(column="n", type_list=["str", "Int64"]), True, "Int64"),
        (gxe.ExpectColumnTypeToBe(column="kind", type_="category"), True, "Categorical"),
        (gxe.ExpectColumnValuesToBeOfType(column="text", type_="Int64"), False, "String"),
    ):
        result = batch.validate(expect)
        assert (result.success, result.result["observed_value"]) == (success, seen)


def test_a_metric_of_ones_own(batch):
    @column_condition("column_values.even")
    def even(column):
        return column % 2 == 0

    class ExpectColumnValuesToBeEven(ColumnMapExpectation):
        map_metric = "column_values.even"

    result = batch.validate(
        ExpectColumnValuesToBeEven(column="n", row_condition=Column("id") > 11), result_format="COMPLETE"
    )
    assert result.result["unexpected_list"] == [-1, 7]
    assert result.result["element_count"] == 5
