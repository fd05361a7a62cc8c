"""A drafted profile: right where it is sure, and no cell of a person in it."""

import csv
import tomllib
from datetime import date

import polars as pl
import pytest
from click.testing import CliRunner
from conftest import public

from norwalk_analytics import UserError, load_tool_registrations
from norwalk_analytics.cli import main
from norwalk_analytics.intake.contract import TABLES, read_contract
from norwalk_analytics.intake.drafting import draft_profile
from norwalk_analytics.intake.reading import texts_of

CONTRACT = read_contract()
AS_OF = date(2026, 6, 30)


def draft(frame, table="tool_registrations"):
    return draft_profile(texts_of(frame)[0], CONTRACT.tables[table], CONTRACT)


RENAMED = {
    "as they are": lambda name: name,
    "with spaces": lambda name: name.replace("_", " ").title(),
    "by their titles": lambda name: {
        one.name: one.title for t in TABLES for one in CONTRACT.tables[t].fields
    }[name],
    "with hyphens and capitals": lambda name: name.upper().replace("_", "-"),
    "with a word more": lambda name: f"{name.replace('_', ' ')} (2026)",
}


@pytest.mark.parametrize("how", RENAMED)
@pytest.mark.parametrize("table", TABLES)
def test_what_is_sure_is_right(table, how, sample_folder):
    frame = pl.read_csv(sample_folder / f"{table}.csv", infer_schema=False).head(800)
    rename = RENAMED[how]
    headers = {name: rename(name) for name in frame.columns}
    shuffled = frame.rename(headers).select(sorted(headers.values(), key=lambda header: header[::-1]))
    columns = tomllib.loads(draft(shuffled, table)).get("columns", {})
    wrong = {name: header for name, header in columns.items() if headers[name] != header}
    assert not wrong
    required = {one.name for one in CONTRACT.tables[table].fields if one.required}
    assert len(required - set(columns)) <= (2 if how == "with a word more" else 0), required - set(columns)


def test_lists_are_found_by_content_alone(sample_folder):
    frame = pl.read_csv(sample_folder / "tool_registrations.csv", infer_schema=False).head(800)
    names = ["school_id", "employee_role", "setting", "suitability_review", "access", "account_capacity"]
    foreign = frame.rename({name: f"Spalte {i}" for i, name in enumerate(frame.columns)})
    headers = dict(zip(frame.columns, foreign.columns, strict=True))
    columns = tomllib.loads(draft(foreign))["columns"]
    assert {name: columns.get(name) for name in names} == {name: headers[name] for name in names}
    assert all(headers[name] == header for name, header in columns.items())


def test_values_and_forms_of_dates_are_drafted(sample_folder):
    frame = pl.read_csv(sample_folder / "tool_registrations.csv", infer_schema=False).head(300)
    foreign = frame.with_columns(
        pl.col("employee_role").replace(
            {"coach": "Coach", "non_certified": "Non-Certified", "certified": "teacher"}
        ),
        pl.col("registered_on").str.to_date().dt.to_string("%d.%m.%Y"),
    )
    text = draft(foreign)
    raw = tomllib.loads(text)
    assert raw["values"]["employee_role"]["Coach"] == "coach"
    assert raw["dates"] == {"registered_on": "%d.%m.%Y"}
    assert "# 1 other spelling, in " in text
    assert "teacher" not in text


def test_what_may_mean_the_opposite_is_not_taken(sample_folder):
    frame = pl.read_csv(sample_folder / "tool_registrations.csv", infer_schema=False).head(300)
    role = pl.col("employee_role").replace({"certified": "uncertified", "administrator": "adminstrator"})
    text = draft(frame.with_columns(role))
    assert '# "adminstrator" = "administrator"  # is that meant?' in text
    assert "uncertified" not in text


def test_no_cell_of_a_person_stands_in_a_draft(sample_folder):
    frame = pl.read_csv(sample_folder / "tool_registrations.csv", infer_schema=False).head(100)
    secret = "Jane Doe, 41 Elm Street"
    people = ("employee_id", "group_name", "account", "registration_id")
    frame = frame.with_columns(pl.lit(secret).alias(name) for name in people)
    assert "Elm" not in draft(frame)
    frame = frame.with_columns(pl.Series("access", [f"{secret} {i}" for i in range(100)]))
    assert "Elm" not in draft(frame)


def test_a_draft_loads_at_once_or_says_what_is_missing(sample_folder, tmp_path):
    frame = pl.read_csv(sample_folder / "tool_registrations.csv", infer_schema=False).head(400)
    foreign = frame.rename({name: RENAMED["by their titles"](name) for name in frame.columns})
    foreign.write_csv(tmp_path / "f.csv")
    (tmp_path / "p.toml").write_text(draft(foreign), encoding="utf-8")
    assert (
        load_tool_registrations(tmp_path / "f.csv", profile=tmp_path / "p.toml", as_of=AS_OF).accepted.height
        == 400
    )
    some = foreign.drop("Role").rename({"Access": "Anything"})
    some.write_csv(tmp_path / "s.csv")
    (tmp_path / "s.toml").write_text(draft(some), encoding="utf-8")
    with pytest.raises(UserError, match="lacks 1 required column: employee_role"):
        load_tool_registrations(tmp_path / "s.csv", profile=tmp_path / "s.toml", as_of=AS_OF)


def test_real_files(tmp_path):
    accounts = public("congress_accounts.csv", "unitedstates/congress-legislators, commit dfa9622, CC0")
    done = CliRunner().invoke(main, ["profile", str(accounts), "--table", "tool_registrations"])
    assert done.exit_code == 0
    columns = tomllib.loads(done.stdout)["columns"]
    right = {
        "registration_id": {"Account No."},
        "platform": {"Platform"},
        "account": {"Handle"},
        "active_from": {"First listed"},
        "registered_on": {"First listed"},
    }
    assert set(columns) <= set(right)
    assert all(header in right[name] for name, header in columns.items())
    assert {"registration_id", "platform", "account"} <= set(columns)
    with accounts.open(encoding="utf-8", newline="") as file:
        handles = {row["Handle"] for row in csv.DictReader(file)}
    assert not [handle for handle in handles if len(handle) > 6 and handle in done.stdout]
    written = CliRunner().invoke(
        main, ["profile", str(accounts), "--table", "tool_registrations", "-o", str(tmp_path / "p.toml")]
    )
    assert (tmp_path / "p.toml").read_text(encoding="utf-8") == done.stdout
    assert written.stdout.strip() == str(tmp_path / "p.toml")
    assert CliRunner().invoke(main, ["profile", str(accounts), "--table", "no_table"]).exit_code == 2
