"""The rulebook run by Great Expectations finds what the loader finds; Data Docs hold nothing of a row."""

import csv
import datetime as dt
import json
import re
from pathlib import Path

import pytest
from faulty_tables import planted_folder

from norwalk_analytics import UserError, load_district, load_exception_log, load_tool_registrations
from norwalk_analytics.cli import main
from norwalk_analytics.intake.data_docs import write_data_docs
from norwalk_analytics.intake.rulebook import BY_ROW, great_expectations, quiet
from norwalk_analytics.intake.texts import ROW

pytestmark = pytest.mark.filterwarnings(
    "ignore", "error::DeprecationWarning:norwalk_analytics"
)  # Great Expectations' own dependencies warn


@pytest.fixture(scope="module")
def faulty(clean_rows, tmp_path_factory):
    return load_district(planted_folder(clean_rows, tmp_path_factory.mktemp("faulty"), count=1000, seed=4))


def by_rule(problems, rules):
    """Rule → the rows that the loader says break it."""
    ids = {rule.id for rule in rules}
    found = {rule: set() for rule in ids}
    for row, rule in problems.select("row", "rule").iter_rows():
        if rule in ids:
            found[rule].add(row)
    return found


def by_result(result):
    """Rule → the rows that a validation result says break it."""
    found = {}
    for one in result.results:
        assert not (one.exception_info or {}).get("raised_exception", True), one.exception_info
        rows = [row for part in one.result["unexpected_index_list"] for row in part[ROW]]
        found[one.expectation_config.meta["rule"]] = set(rows)
        assert one.result["unexpected_count"] == len(rows)
    return found


@pytest.mark.parametrize("source", [pytest.param("sample", marks=pytest.mark.long), "faulty"])
def test_the_engine_finds_the_same_rows_for_the_same_rule(source, district, faulty):
    for loaded in (district if source == "sample" else faulty).tables.values():
        found = by_result(loaded.validation_result())
        assert set(found) == {rule.id for rule in loaded.rules}
        assert found == by_rule(loaded.problems, loaded.rules)


def test_every_rule_is_broken_by_some_fault(faulty):
    for loaded in faulty.tables.values():
        assert all(by_rule(loaded.problems, loaded.rules).values()), loaded.table.name


@pytest.mark.long
def test_great_expectations_own_pandas_engine_finds_them_too(faulty):
    """The same suite, on pandas: an oracle that shares nothing with us but the suite."""
    gx = great_expectations()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_pandas("pandas")
    for name, loaded in faulty.tables.items():
        frame = loaded.judged
        columns = {c: frame[c].to_list() for c in frame.columns}
        import pandas as pd

        table = pd.DataFrame({c: pd.Series(v, dtype=object) for c, v in columns.items()})
        for c in frame.columns:
            if frame[c].dtype.is_integer() and not frame[c].null_count():
                table[c] = table[c].astype("int64")
            elif str(frame[c].dtype).startswith("Datetime"):
                table[c] = pd.to_datetime(table[c])
            elif frame[c].dtype.is_numeric():
                table[c] = table[c].astype("float64")
        batch = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("w").get_batch(
            {"dataframe": table})  # fmt: skip
        form = {
            "result_format": "COMPLETE",
            "unexpected_index_column_names": [ROW],
            "exclude_unexpected_values": True,
        }
        result = batch.validate(loaded.expectation_suite(), result_format=form)
        assert by_result(result) == by_rule(loaded.problems, loaded.rules)


def test_the_suite_is_one_that_great_expectations_reads_back(district):
    from great_expectations.core.expectation_suite import ExpectationSuite

    loaded = district.tables["exception_log"]
    suite = loaded.expectation_suite()
    raw = json.loads(json.dumps(suite.to_json_dict()))
    assert [one["type"] for one in raw["expectations"]] == [rule.type for rule in loaded.rules]
    assert {one["severity"] for one in raw["expectations"]} == {"critical", "warning"}
    again = ExpectationSuite(name="again", expectations=raw["expectations"])
    assert len(again.expectations) == len(loaded.rules)


def test_no_key_of_another_table_stands_in_a_suite_or_a_result(faulty):
    keys = set(faulty.tables["tool_registrations"].judged["registration_id"].drop_nulls())
    for name in ("exception_log", "audit_findings"):
        loaded = faulty.tables[name]
        text = json.dumps(
            [loaded.expectation_suite().to_json_dict(), loaded.validation_result().to_json_dict()]
        )
        assert not set(re.findall(r'"([^"]*)"', text)) & keys


CUSTOM = """
from great_expectations.expectations.expectation import ColumnMapExpectation
from norwalk_analytics.gx import column_condition

@column_condition("column_values.few", value_keys=("most",))
def few(column, most):
    return column <= most

class ExpectColumnValuesToBeFew(ColumnMapExpectation):
    most: int
    map_metric = "column_values.few"
    success_keys = ("most", "mostly")
"""


def contract_with(folder, *expectations, python=None):
    folder.mkdir(exist_ok=True)
    suite = {"name": "tool_registrations", "expectations": list(expectations), "meta": {}}
    (folder / "tool_registrations.expectations.json").write_text(json.dumps(suite))
    if python:
        (folder / "expectations.py").write_text(python)
    return folder


def test_an_expectation_that_only_great_expectations_knows_is_run_by_it(sample_folder, tmp_path):
    contract = contract_with(tmp_path / "c", {
        "type": "expect_column_values_to_match_strftime_format", "severity": "warning",
        "kwargs": {"column": "group_name", "strftime_format": "%Y"}, "meta": {"rule": "group_name.year",
        "wrong": "group_name is no year.", "remedy": "Write a year."},
    }, {
        "type": "expect_column_mean_to_be_between", "kwargs": {"column": "participants", "max_value": 1},
    }, {
        "type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1},
    })  # fmt: skip
    loaded = load_tool_registrations(sample_folder / "tool_registrations.csv", contract=contract)
    named = loaded.problems.filter(rule="group_name.year")
    assert named.height == loaded.judged["group_name"].drop_nulls().len()
    assert named["wrong"].unique().to_list() == ["group_name is no year."]
    assert loaded.quarantined.is_empty()  # a warning, and of a whole table no row
    whole = loaded.problems.filter(rule="participants.column_mean_to_be_between")
    assert whole["row"].to_list() == [None]
    assert loaded.problems.filter(rule="table_row_count_to_be_between").is_empty()
    assert loaded.read == loaded.accepted.height


def test_a_custom_expectation_stands_in_a_contract_with_its_python(sample_folder, tmp_path):
    contract = contract_with(
        tmp_path / "c",
        {"type": "expect_column_values_to_be_few", "kwargs": {"column": "participants", "most": 30}},
        python=CUSTOM,
    )
    path = sample_folder / "tool_registrations.csv"
    loaded = load_tool_registrations(path, contract=contract)
    many = [
        r
        for r in csv.DictReader(path.open(encoding="utf-8"))
        if r["participants"] and int(r["participants"]) > 30
    ]
    assert 0 < loaded.quarantined.height == len(many)
    assert loaded.read == loaded.accepted.height + loaded.quarantined.height


def test_the_outcome_on_an_unreadable_cell_is_dropped_by_whichever_way(sample_folder, tmp_path):
    header, first, *_ = (sample_folder / "tool_registrations.csv").read_text(encoding="utf-8").splitlines()
    cells = dict(zip(header.split(","), first.split(","), strict=True))
    cells["participants"] = "many"
    path = tmp_path / "t.csv"
    path.write_text("\n".join([header, ",".join(cells.values())]))
    contract = contract_with(
        tmp_path / "c",
        {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "participants"}},
        {
            "type": "expect_column_values_to_match_regex",
            "kwargs": {"column": "participants", "regex": "^(?!9)"},
        },
    )
    loaded = load_tool_registrations(path, contract=contract)
    assert loaded.problems["rule"].to_list() == ["participants.unreadable"]
    result = loaded.validation_result()
    assert all(one.success for one in result.results), result


@pytest.mark.parametrize(("expectation", "said"), [
    ({"type": "expect_column_values_to_be_lucky", "kwargs": {"column": "account"}}, "knows no such expectation"),
    ({"type": "expect_column_kl_divergence_to_be_less_than", "kwargs": {"column": "setting", "threshold": 0.1,
      "partition_object": {"values": ["x"], "weights": [1.0]}}}, "metric is missing for Polars"),
    ({"type": "expect_column_values_to_be_between", "kwargs": {"column": "nowhere", "min_value": 1}}, "names no column"),
    ({"type": "expect_column_mean_to_be_between", "kwargs": {"column": "nowhere", "min_value": 1}}, "can't be run"),
])  # fmt: skip
def test_what_cannot_be_run_is_one_sentence(sample_folder, tmp_path, expectation, said):
    contract = contract_with(tmp_path / "c", expectation)
    with pytest.raises(UserError, match=said) as error:
        load_tool_registrations(sample_folder / "tool_registrations.csv", contract=contract)
    assert "Nothing was loaded." in str(error.value)


def test_a_contracts_python_that_fails_is_one_sentence(sample_folder, tmp_path):
    contract = contract_with(
        tmp_path / "c",
        {"type": "expect_column_values_to_be_few", "kwargs": {"column": "account"}},
        python="1 / 0",
    )
    with pytest.raises(UserError, match=r"expectations\.py can't be run: ZeroDivisionError"):
        load_tool_registrations(sample_folder / "tool_registrations.csv", contract=contract)


def test_an_exception_log_alone_does_not_judge_its_registrations(sample_folder):
    loaded = load_exception_log(sample_folder / "exception_log.csv")
    assert by_result(loaded.validation_result()) == by_rule(loaded.problems, loaded.rules)


def test_data_docs_hold_nothing_of_a_row_and_fetch_nothing(faulty, tmp_path, clean_rows):
    site = tmp_path / "site"
    assert write_data_docs(faulty.tables.values(), site) == site / "index.html"
    pages = {path: path.read_text(encoding="utf-8") for path in site.rglob("*.html")}
    assert len(pages) == 2 * len(faulty.tables) + 1
    columns = (
        "registration_id",
        "employee_id",
        "account",
        "group_name",
        "reason",
        "summary",
        "student_ref",
        "finding_id",
    )
    cells = {
        row[c] for rows in clean_rows.values() for row in rows for c in columns if len(row.get(c) or "") > 4
    }
    words = set().union(*(re.findall(r"[^<>\"]+", page) for page in pages.values()))
    assert not {word.strip() for word in words} & cells
    for page in pages.values():
        assert not re.search(
            r"<(script|link|img)[^>]+(src|href)=[\"']?(https?:)?//|url\([\"']?http|@import", page
        )
    counted = "\n".join(pages.values())
    broken = faulty.tables["tool_registrations"].problems.filter(rule="account_capacity.personal").height
    assert f"{broken} unexpected values found" in counted


def test_data_docs_take_the_place_of_data_docs_only(faulty, tmp_path):
    tables = [faulty.tables["exception_log"]]
    first = write_data_docs(tables, tmp_path / "site")
    (first.parent / "validations" / "old.html").touch()
    write_data_docs(tables, tmp_path / "site")
    assert not (first.parent / "validations" / "old.html").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


@pytest.mark.parametrize("inside", [["letter.txt"], ["index.html"], ["index.html", "data/table.csv"]])
def test_what_a_person_put_there_is_never_deleted(faulty, tmp_path, inside):
    tables = [faulty.tables["actions"]] if "actions" in faulty.tables else list(faulty.tables.values())[:1]
    for name in inside:
        path = tmp_path / "mine" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("dear")
    with pytest.raises(UserError, match="holds something else"):
        write_data_docs(tables, tmp_path / "mine")
    site = write_data_docs(tables, tmp_path / "site").parent
    (site / "letter.txt").write_text("dear")
    with pytest.raises(UserError, match="holds something else"):
        write_data_docs(tables, site)
    kept = [tmp_path / "mine" / name for name in inside] + [site / "letter.txt"]
    assert {path.read_text() for path in kept} == {"dear"}


@pytest.mark.parametrize("where", ["file/docs", "/proc/none/docs", "x" * 300])
def test_a_folder_that_cannot_be_is_one_sentence(faulty, tmp_path, where):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="no Data Docs c"):
        write_data_docs(list(faulty.tables.values())[:1], tmp_path / where)


@pytest.mark.parametrize("expectation", [
    {"type": "expect_column_values_to_not_be_null", "kwargs": "abc"},
    {"type": "expect_column_values_to_not_be_null"},
    {"kwargs": {"column": "account"}},
    {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "account"}, "severity": "Critical"},
    {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "account"}, "severity": ["critical"]},
    {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "account", "mostly": "0.5"}},
    {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "account", "mostly": -1}},
    {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "account"}, "meta": {"wrong": 3}},
    {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "account"}, "meta": {"clause": "P.1"}},
    {"type": "expect_column_values_to_be_between", "kwargs": {"column": "participants", "min_value": 9, "max_value": 1}},
    {"type": "expect_column_values_to_be_between", "kwargs": {"column": "participants", "min_value": {"a": 1}}},
    {"type": "expect_column_values_to_be_between", "kwargs": {"column": "participants", "min_value": {"$PARAMETER": "x"}}},
    {"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "account", "value_set": {"$PARAMETER": ["x"]}}},
    {"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "account", "value_set": "school"}},
    {"type": "expect_compound_columns_to_be_unique", "kwargs": {"column_list": []}},
    {"type": "expect_compound_columns_to_be_unique", "kwargs": {"column_list": [], "ignore_row_if": "never"}},
])  # fmt: skip
def test_a_suite_of_an_odd_shape_is_one_sentence(sample_folder, tmp_path, expectation):
    with pytest.raises(UserError, match=r"^tool_registrations\.expectations\.json"):
        load_tool_registrations(
            sample_folder / "tool_registrations.csv", contract=contract_with(tmp_path / "c", expectation)
        )


def test_an_unreadable_cell_is_nobodys_duplicate(sample_folder, tmp_path):
    header = (sample_folder / "returns.csv").read_text(encoding="utf-8").splitlines()[0]
    for name in ("tool_registrations.csv", "exception_log.csv"):
        (tmp_path / name).write_bytes((sample_folder / name).read_bytes())
    row = {"school_id": "Roton", "table": "exception_log", "submitted": "nil"}
    lines = [
        ",".join({**row, "month": month}.get(name, "") for name in header.split(","))
        for month in ("", "garbage")
    ]
    (tmp_path / "returns.csv").write_text("\n".join([header, *lines]))
    loaded = load_district(tmp_path, as_of=dt.date(2026, 6, 30)).tables["returns"]
    assert by_result(loaded.validation_result()) == by_rule(loaded.problems, loaded.rules)
    assert loaded.problems.filter(rule="school_id.unique").is_empty()


def test_pairs_in_a_set_keep_to_their_row_condition(sample_folder, tmp_path):
    expectation = {"type": "expect_column_pair_values_to_be_in_set", "kwargs": {
        "column_A": "setting", "column_B": "employee_role", "value_pairs_set": [["classroom", "certified"]],
        "row_condition": {"type": "comparison", "column": {"name": "setting"}, "operator": "==", "parameter": "classroom"},
    }}  # fmt: skip
    loaded = load_tool_registrations(
        sample_folder / "tool_registrations.csv", contract=contract_with(tmp_path / "c", expectation)
    )
    found = by_result(loaded.validation_result())
    assert found == by_rule(loaded.problems, loaded.rules)
    rows = set().union(*found.values())
    assert 0 < len(rows) < loaded.judged.filter(setting="classroom").height


def test_what_a_custom_expectation_prints_or_raises_reaches_nobody(sample_folder, tmp_path, capfd):
    loud = CUSTOM.replace("    return column <= most", "    print('S-SECRET'); raise SystemExit('S-SECRET')")
    contract = contract_with(
        tmp_path / "c",
        {"type": "expect_column_values_to_be_few", "kwargs": {"column": "participants", "most": 30}},
        python="print('S-SECRET')"
        + loud.replace("column_values.few", "column_values.loud").replace("BeFew", "BeLoud"),
    )
    suite = contract / "tool_registrations.expectations.json"
    suite.write_text(suite.read_text().replace("to_be_few", "to_be_loud"))
    with pytest.raises(UserError, match="it raised an error"):
        load_tool_registrations(sample_folder / "tool_registrations.csv", contract=contract)
    assert "S-SECRET" not in "".join(capfd.readouterr())


def test_each_kind_of_result_has_its_page(sample_folder, tmp_path):
    contract = contract_with(
        tmp_path / "c",
        {"type": "expect_column_quantile_values_to_be_between", "kwargs": {"column": "participants", "quantile_ranges": {
            "quantiles": [0.5], "value_ranges": [[0, 1]]}}},
        {"type": "expect_table_columns_to_match_ordered_list", "kwargs": {"column_list": ["a"]}},
        {"type": "expect_column_most_common_value_to_be_in_set", "kwargs": {"column": "account", "value_set": ["a"]}},
        {"type": "expect_column_distinct_values_to_be_in_set", "kwargs": {"column": "account", "value_set": ["a"]}},
    )  # fmt: skip
    loaded = load_tool_registrations(sample_folder / "tool_registrations.csv", contract=contract)
    assert not any("observed_value" in one.result for one in loaded.validation_result().results)
    site = write_data_docs([loaded], tmp_path / "site").parent
    accounts = set(loaded.accepted["account"].drop_nulls())
    page = next(site.glob("validations/**/*.html")).read_text(encoding="utf-8")
    assert not {word.strip() for word in re.findall(r"[^<>\"]+", page)} & accounts
    assert "<script" not in page


def test_validate_writes_data_docs(sample_folder, tmp_path):
    from click.testing import CliRunner

    done = CliRunner().invoke(main, ["validate", str(sample_folder), "--data-docs", str(tmp_path / "docs")])
    assert done.exit_code == 0, done.output
    assert (Path(tmp_path) / "docs" / "index.html").is_file()


def written_rulebook(folder):
    from click.testing import CliRunner

    return CliRunner().invoke(main, ["rulebook", str(folder), "--as-of", "2026-06-30"])


def test_the_rulebook_is_written_and_runs_as_it_is_read(faulty, tmp_path):
    done = written_rulebook(tmp_path / "suites")
    assert done.exit_code == 0, done.output
    files = {path.name: path.read_bytes() for path in (tmp_path / "suites").iterdir()}
    assert len(files) == len(done.output.split()) == 5
    gx = great_expectations()
    source = gx.get_context(mode="ephemeral").data_sources.add_polars("frames")
    for name, loaded in faulty.tables.items():
        suite = gx.ExpectationSuite(**json.loads(files[f"{name}.expectations.json"]))
        batch = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("w").get_batch(
            {"dataframe": loaded.judged})  # fmt: skip
        with quiet():
            result = batch.validate(suite, result_format=BY_ROW)
        assert by_result(result) == by_rule(loaded.problems, loaded.rules)
    assert written_rulebook(tmp_path / "suites").exit_code == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "suites").iterdir()} == files


def test_a_rulebook_never_takes_the_place_of_a_contracts_suite(tmp_path):
    own = contract_with(tmp_path / "c") / "tool_registrations.expectations.json"
    before = own.read_text()
    done = written_rulebook(own.parent)
    assert done.exit_code == 2
    assert "Name another folder." in done.output
    assert own.read_text() == before
    assert [path.name for path in own.parent.iterdir()] == [own.name]
