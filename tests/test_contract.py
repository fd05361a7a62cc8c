"""The contract: real Great Expectations suites, Data Package files that others read, patterns that mean the same."""

import json
import re
import tomllib
from pathlib import Path

import polars as pl
import pytest
import yaml

from norwalk_analytics.intake.contract import ALL_TABLES, read_contract
from norwalk_analytics.policy import UserError, read_policy, shipped_contract

ROOT = Path(__file__).parents[1]
SUITES = sorted(shipped_contract().glob("*.expectations.json"))


def test_every_clause_of_the_policy():
    policy = read_policy()
    assert [clause.id for clause in policy.clauses] == (
        [
            "P.1",
            "P.2",
            "P.3",
            "P.4",
            "A.1a",
            "A.1b",
            "A.2",
            "A.3",
            "A.4",
            "A.5",
            "B.1",
            "B.2",
            "B.3",
            "B.4",
            "B.5",
            "C.1",
            "C.2",
            "C.2a",
            "C.2b",
            "L.1",
        ]
    )
    assert {clause.id for clause in policy.clauses} - set(policy.audited) == {"P.1", "P.2", "L.1"}
    assert policy.clause("L.1").citation == "47 CFR § 54.520"
    assert policy.clause("L.1").citation_as_printed == "24 CFR Section 54.520"
    assert len(policy.measures) == 24


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")  # Great Expectations' own dependencies warn on import
def test_great_expectations_loads_each_suite():
    import great_expectations as gx
    from great_expectations.core.expectation_suite import ExpectationSuite

    gx.get_context(mode="ephemeral")
    for path in SUITES:
        raw = json.loads(path.read_text(encoding="utf-8"))
        suite = ExpectationSuite(**raw)
        assert len(suite.expectations) == len(raw["expectations"])
        again = suite.to_json_dict()["expectations"]
        assert [one["type"] for one in again] == [one["type"] for one in raw["expectations"]]


def test_every_rule_has_an_id_of_its_own_and_its_two_sentences():
    contract = read_contract()
    for table in contract.tables.values():
        ids = [rule.id for rule in table.rules]
        assert len(ids) == len(set(ids))
        for rule in table.rules:
            assert rule.wrong.endswith("."), rule.id
            assert rule.remedy.endswith("."), rule.id
            assert rule.severity in ("critical", "warning")


@pytest.mark.parametrize("path", SUITES, ids=lambda path: path.name)
def test_patterns_match_what_they_say_in_python_and_rust(path):
    for one in json.loads(path.read_text(encoding="utf-8"))["expectations"]:
        if "regex" not in one["kwargs"]:
            continue
        regex, meta = one["kwargs"]["regex"], one["meta"]
        assert not re.search(r"\\[dwbsDWBS]|\$|\(\?[=!<]", regex)
        for text, expected in [(t, True) for t in meta["matches"]] + [
            (t, False) for t in meta["does_not_match"]
        ]:
            assert bool(re.search(regex, text)) is expected, (meta["rule"], text)
            assert pl.Series([text]).str.contains(regex)[0] is expected, (meta["rule"], text)


@pytest.mark.filterwarnings("ignore")  # frictionless' own dependencies warn on import
def test_another_reader_of_data_packages_agrees(sample_folder, tmp_path, monkeypatch):
    frictionless = pytest.importorskip("frictionless")
    for path in shipped_contract().iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    for name in ALL_TABLES:
        (tmp_path / f"{name}.csv").write_bytes((sample_folder / f"{name}.csv").read_bytes())
    monkeypatch.chdir(tmp_path)
    report = frictionless.Package("datapackage.json").validate()
    assert {task.name for task in report.tasks} >= {*ALL_TABLES, "schools", "platforms"}
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "type"])[:5]


def test_an_overlay_takes_the_place_file_by_file(tmp_path):
    (tmp_path / "schools.csv").write_text("school_id,name,level\nElsewhere,Elsewhere School,high\n")
    (tmp_path / "policy.toml").write_text("[limits.mandated]\nhours = 6\n")
    contract = read_contract(tmp_path)
    assert contract.codes("schools") == ["Elsewhere"]
    assert contract.policy.limits["mandated"].hours == 6
    assert contract.policy.limits["mandated"].citation == read_policy().limits["mandated"].citation


@pytest.mark.parametrize(("name", "text", "said"), [
    ("policy.toml", "[policy]\nenacted = 'soon'", "enacted is not a date"),
    ("policy.toml", "[policy]\ntime_zone = 'Mars/Base'", "time_zone is not the name"),
    ("policy.toml", "[policy", "is not a TOML file"),
    ("schools.csv", "name\nx\n", "lacks the column school_id"),
    ("returns.expectations.json", "{", "is not a JSON file"),
    ("returns.expectations.json", json.dumps({"expectations": [
        {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "moon"}}]}), "names no column of the table"),
])  # fmt: skip
def test_a_contract_that_cannot_be_used_is_one_sentence(tmp_path, name, text, said):
    (tmp_path / name).write_text(text)
    with pytest.raises(UserError, match=said):
        read_contract(tmp_path)


def test_a_measure_without_its_clause_is_not_computed(tmp_path):
    (tmp_path / "policy.toml").write_text('[[clauses]]\nid = "P.2"\ntitle = "T"\nasks = "A"\n')
    assert list(read_contract(tmp_path).policy.measures) == [
        "platforms", "finding_rate", "open_findings", "overdue", "closed_in_time", "follow_through", "repeats",
    ]  # fmt: skip


def test_environment_agrees_with_pyproject():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = set(project["dependencies"]).union(*project["optional-dependencies"].values())
    said = {one.replace(" ", "") for one in environment["dependencies"] if isinstance(one, str)}
    assert f"python{project['requires-python']}" in said
    assert said - {f"python{project['requires-python']}", "pip"} <= wanted
    assert {"jupyterlab", "polars", "altair", "great-expectations", "nbval", "pytest"} <= {
        re.split("[<>=]", one)[0] for one in said
    }
