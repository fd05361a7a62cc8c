"""Inputs and contracts that nobody planned for: one sentence, and no memory beyond reason."""

import json

import polars as pl
import pytest

from norwalk_analytics import UserError, load_exception_log, load_tool_registrations
from norwalk_analytics.intake.delimited import split
from norwalk_analytics.intake.reading import read_text
from norwalk_analytics.policy import shipped_contract


@pytest.mark.parametrize(
    ("data", "width"),
    [
        (b",".join([b"h"] * 500) + b"\n" * 5_000 + b",".join([b"x"] * 500), 500),  # mostly empty lines
        (b"a,b\n" + b"1,2\n" * 50 + b"," * 5_000 + b"\n" + b"1,2\n" * 2_000, 2),  # one row of very many cells
        (b"a\n" + b'"' * (5 << 20) + b"\n", 1),  # nothing but quotes
    ],
)
def test_what_would_be_far_larger_as_a_frame_is_left_to_the_csv_module(data, width, tmp_path):
    assert split(data, 0, ",", width) is None
    path = tmp_path / "odd.csv"
    path.write_bytes(data)
    text = read_text(path)
    assert text.frame.height + text.blank == data.count(b"\n") - data.endswith(b"\n")


@pytest.mark.parametrize("key", [[], ["zzz"], ["exception_id", "zzz"]])
def test_a_key_that_is_no_field_is_one_sentence(key, sample_folder, tmp_path):
    schema = json.loads((shipped_contract() / "exception_log.schema.json").read_text(encoding="utf-8"))
    (tmp_path / "exception_log.schema.json").write_text(json.dumps({**schema, "primaryKey": key}))
    with pytest.raises(UserError, match=r"exception_log\.schema\.json: its primaryKey"):
        load_exception_log(sample_folder / "exception_log.csv", contract=tmp_path)


def test_a_key_may_be_given_as_one_name(sample_folder, tmp_path):
    schema = json.loads((shipped_contract() / "exception_log.schema.json").read_text(encoding="utf-8"))
    (tmp_path / "exception_log.schema.json").write_text(json.dumps({**schema, "primaryKey": "exception_id"}))
    loaded = load_exception_log(sample_folder / "exception_log.csv", contract=tmp_path)
    assert loaded.table.key == ("exception_id",)
    assert loaded.quarantined.is_empty()


@pytest.mark.parametrize(("kind", "kwargs"), [
    ("expect_column_values_to_be_between", {"column": "account", "min_value": 3}),
    ("expect_column_values_to_be_in_set", {"column": "registered_on", "value_set": ["2024-01-01"]}),
    ("expect_multicolumn_sum_to_equal", {"column_list": ["account", "platform"], "sum_total": 2}),
    ("expect_column_values_to_be_unique", {"column": "platform__nothing"}),
])  # fmt: skip
def test_an_expectation_that_does_not_suit_its_column_is_one_sentence(kind, kwargs, sample_folder, tmp_path):
    suite = {"expectations": [{"type": kind, "kwargs": kwargs, "meta": {"rule": "odd.one"}}]}
    (tmp_path / "tool_registrations.expectations.json").write_text(json.dumps(suite))
    with pytest.raises(UserError, match=r"odd\.one can't be run: its arguments do not suit"):
        load_tool_registrations(sample_folder / "tool_registrations.csv", contract=tmp_path)


@pytest.mark.parametrize(("profile", "said"), [
    ('table = "audit_findings"\n[values]\nlimb = "x"\n', "values gives no pairs for limb"),
    ('table = "audit_findings"\n[columns]\nlimb = 5\n', "columns gives no header for limb"),
])  # fmt: skip
def test_a_profile_of_the_wrong_shape_is_one_sentence(profile, said, sample_folder, tmp_path):
    from norwalk_analytics import load_audit_findings

    (tmp_path / "odd.profile.toml").write_text(profile)
    with pytest.raises(UserError, match=said):
        load_audit_findings(sample_folder / "audit_findings.csv", profile=tmp_path / "odd.profile.toml")


def test_a_constant_is_read_as_a_cell_is(sample_folder, tmp_path):
    """Stripped, and missing where the schema says so, as if it stood in every row."""
    (tmp_path / "p.toml").write_text(
        'table = "tool_registrations"\n[constants]\ngroup_name = " "\nschool_id = " Roton "\n'
    )
    loaded = load_tool_registrations(sample_folder / "tool_registrations.csv", profile=tmp_path / "p.toml")
    assert loaded.quarantined.is_empty()
    assert loaded.accepted["group_name"].null_count() == loaded.read
    assert loaded.accepted["school_id"].unique().to_list() == ["Roton"]


def test_many_cells_without_a_header_are_named_in_no_time(tmp_path, sample_folder):
    lines = (sample_folder / "exception_log.csv").read_text(encoding="utf-8").splitlines()[:3]
    path = tmp_path / "wide.csv"
    path.write_text("\n".join([*lines, "," * 20_000]))
    loaded = load_exception_log(path)
    assert loaded.read == loaded.accepted.height + loaded.quarantined.height
    assert loaded.quarantined.filter(
        pl.col("row_number") == 4
    ).is_empty()  # a wholly blank row is no row read
