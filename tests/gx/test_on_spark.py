"""The rulebook as it is exported, run by Great Expectations' own Spark engine: row for row what the loader finds."""

import json

import pytest
from faulty_tables import planted_folder
from spark_session import session

from norwalk_analytics import load_district
from norwalk_analytics.intake.contract import TABLES
from norwalk_analytics.intake.rulebook import BY_ROW, great_expectations, quiet, write_rulebook
from norwalk_analytics.intake.texts import ROW

pytestmark = [
    pytest.mark.long,
    pytest.mark.filterwarnings(
        "ignore", "error::DeprecationWarning:norwalk_analytics"
    ),  # Great Expectations' own dependencies warn
]


@pytest.fixture(scope="module")
def faulty(clean_rows, tmp_path_factory):
    return load_district(planted_folder(clean_rows, tmp_path_factory.mktemp("faulty"), count=300, seed=1))


@pytest.fixture(scope="module")
def suites(faulty, tmp_path_factory):
    folder = tmp_path_factory.mktemp("suites")
    write_rulebook(folder, faulty.contract, faulty.as_of)
    return folder


@pytest.fixture(scope="module")
def source():
    session()  # or a skip
    gx = great_expectations()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    return context.data_sources.add_spark("spark", persist=False)


def by_loader(loaded):
    """Rule → the rows that the loader says break it."""
    found = {rule.id: [] for rule in loaded.rules}
    for row, rule in loaded.problems.select("row", "rule").sort("row").iter_rows():
        if rule in found:  # not those of reading
            found[rule].append(row)
    return found


def by_spark(result):
    """Rule → the rows that Great Expectations says break it; without their values it gives one list a column."""
    found = {}
    for one in result.results:
        assert one.exception_info["raised_exception"] is False, one.exception_info
        rows = sorted(row for part in one.result["unexpected_index_list"] for row in part[ROW])
        assert one.result["unexpected_count"] == len(rows)
        found[one.expectation_config.meta["rule"]] = rows
    return found


@pytest.mark.parametrize("name", TABLES)
def test_great_expectations_own_spark_engine_finds_the_same_rows(name, faulty, suites, source, tmp_path):
    loaded, gx = faulty.tables[name], great_expectations()
    loaded.judged.write_parquet(tmp_path / "judged.parquet")
    frame = session().read.parquet(str(tmp_path / "judged.parquet"))
    suite = gx.ExpectationSuite(**json.loads((suites / f"{name}.expectations.json").read_text("utf-8")))
    asset = source.add_dataframe_asset(name)
    batch = asset.add_batch_definition_whole_dataframe("whole").get_batch({"dataframe": frame})
    with quiet():
        result = batch.validate(suite, result_format=BY_ROW)
    wanted = by_loader(loaded)
    assert all(wanted.values())  # every rule is broken by some row
    assert by_spark(result) == wanted
