"""Entry templates: made from the contract, filled in, loaded whole."""

import json
from dataclasses import replace

import openpyxl
import polars as pl
import pytest

from norwalk_analytics import UserError
from norwalk_analytics.cli import main
from norwalk_analytics.intake.contract import ALL_TABLES, TABLES, read_contract
from norwalk_analytics.intake.example import NOT_NULL, NULL, example_row
from norwalk_analytics.intake.formulas import formula
from norwalk_analytics.intake.loading import load_table
from norwalk_analytics.intake.sources import source_alone
from norwalk_analytics.intake.templates import write_templates
from norwalk_analytics.intake.texts import letters
from norwalk_analytics.policy import shipped_contract

CONTRACT = read_contract()
AS_OF = CONTRACT.policy.enacted.replace(year=2026)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("forms")
    write_templates(made, CONTRACT)
    return made


def load(path, table):
    return alone(table, path)


def alone(table, source, contract=CONTRACT):
    of = source_alone(table, source, contract, AS_OF)
    return load_table(table, of.tables[table], of)


@pytest.mark.parametrize("table", ALL_TABLES)
def test_an_example_obeys_every_rule(table):
    row = example_row(CONTRACT.tables[table], CONTRACT)
    key = CONTRACT.tables[table].key[0]
    row[key] = CONTRACT.tables[table].field(key).example or {
        "school_id": "Roton",
        "measure": "disclosed",
    }.get(key, "A-1")
    one = load(pl.DataFrame({name: [cell] for name, cell in row.items()}), table)
    assert one.problems.is_empty(), one.problems.to_dicts()


@pytest.mark.parametrize("table", ALL_TABLES)
def test_an_untouched_template_has_no_rows(table, folder):
    one = load(folder / f"{table}.template.xlsx", table)
    assert (one.read, one.examples, one.problems.height) == (0, 1, 0)
    assert one.sheet == CONTRACT.tables[table].title


@pytest.mark.parametrize("table", ALL_TABLES)
def test_a_changed_example_is_set_aside_and_never_lost(table, folder, tmp_path):
    book = openpyxl.load_workbook(folder / f"{table}.template.xlsx")
    page = book.worksheets[0]
    column = (
        next(i for i, one in enumerate(CONTRACT.tables[table].fields) if i and page.cell(2, i + 1).value) + 1
    )
    page.cell(2, column).value += "x"
    book.save(tmp_path / "t.xlsx")
    one = load(tmp_path / "t.xlsx", table)
    assert (one.read, one.examples, one.quarantined.height) == (1, 0, 1)
    assert "example_row" in one.problems["rule"].to_list()


def test_a_template_filled_in_loads_whole(folder, tmp_path, clean_rows):
    for table in TABLES:
        rows = clean_rows[table][:200]
        book = openpyxl.load_workbook(folder / f"{table}.template.xlsx")
        page = book.worksheets[0]
        headers = [cell.value for cell in page[1]]
        for at, row in enumerate(rows, start=3):
            for column, name in enumerate(headers, start=1):
                page.cell(at, column).value = row[name] or None
        book.save(tmp_path / f"{table}.xlsx")
        one = load(tmp_path / f"{table}.xlsx", table)
        assert (one.read, one.accepted.height, one.examples) == (200, 200, 1)


def test_what_a_template_tells(folder):
    page = openpyxl.load_workbook(folder / "exception_log.template.xlsx").worksheets[0]
    headers = [cell.value for cell in page[1]]
    assert headers == [one.name for one in CONTRACT.tables["exception_log"].fields]
    told = {cell.value: cell.comment.text for cell in page[1]}
    assert "Every row needs it." in told["kind"]
    assert "Choose from the list." in told["kind"]
    assert "reason is empty, and an emergency contact needs one." in told["reason"]
    validations = {
        str(one.sqref).split(":")[0].rstrip("0123456789"): one for one in page.data_validations.dataValidation
    }
    by_field = {
        name: validations.get(openpyxl.utils.get_column_letter(i)) for i, name in enumerate(headers, 1)
    }
    assert by_field["kind"].type == "list"
    assert by_field["occurred_at"].type == "date"
    assert by_field["reason"] is None
    assert page.freeze_panes == "B2"
    shaded = {str(area.sqref).split(":")[0] for area in page.conditional_formatting}
    assert f"{openpyxl.utils.get_column_letter(headers.index('reason') + 1)}2" in shaded


@pytest.mark.parametrize("name", ALL_TABLES)
def test_each_conditional_rule_has_its_formula(name, folder):
    table = CONTRACT.tables[name]
    page = openpyxl.load_workbook(folder / f"{name}.template.xlsx").worksheets[0]
    coloured = {
        (str(area.sqref).split(":")[0].rstrip("0123456789"), rule.formula[0])
        for area in page.conditional_formatting for rule in area.rules
    }  # fmt: skip
    columns = {one.name: letters(i) for i, one in enumerate(table.fields)}
    for rule in table.rules:
        if rule.condition is not None:
            said = formula(rule.condition, table)
            assert rule.type in (NULL, NOT_NULL)
            column = columns[rule.kwargs["column"]]
            assert any(where == column and said in whole for where, whole in coloured if said), rule.id


def compared(name, operator, value):
    return {"type": "comparison", "column": {"name": name}, "operator": operator, "parameter": value}


EMPTY = 'OR(TRIM($A2)="",TRIM($A2)="NA",TRIM($A2)="N/A",TRIM($A2)="null")'


@pytest.mark.parametrize(("condition", "said"), [
    (compared("registration_id", "IN", ["x", 'y"']), 'OR(TRIM($A2)="x",TRIM($A2)="y""")'),
    (compared("registration_id", "==", "x"), 'TRIM($A2)="x"'),
    (compared("registration_id", "!=", "x"), f'AND(NOT({EMPTY}),NOT(TRIM($A2)="x"))'),
    (compared("parents_told_contact_method", "==", True),
     'OR($S2=TRUE,TRIM($S2)="true",TRIM($S2)="yes",TRIM($S2)="y",TRIM($S2)="1")'),
    (compared("participants", ">", 1), "AND(ISNUMBER($W2),$W2>1)"),
    ({"type": "nullity", "column": {"name": "registration_id"}, "is_null": True}, EMPTY),
    ({"type": "nullity", "column": {"name": "registration_id"}, "is_null": False}, f"NOT({EMPTY})"),
    ({"type": "and", "conditions": [compared("registration_id", "==", "x"), compared("setting", "==", "y")]},
     'AND(TRIM($A2)="x",TRIM($F2)="y")'),
    # what can't be said in a formula is not said in part
    (compared("registration_id", ">", 1), ""),
    (compared("registration_id", "==", "x" * 300), ""),
    (compared("registered_on", ">", "2024-01-01"), ""),
    (compared("platform__listed", "==", True), ""),
    ({"type": "or", "conditions": [compared("registration_id", "==", "x"), compared("nowhere", "==", 1)]}, ""),
])  # fmt: skip
def test_conditions_as_formulas(condition, said):
    assert formula(condition, CONTRACT.tables["tool_registrations"]) == said


def test_each_list_stands_whole_on_the_second_sheet(folder):
    book = openpyxl.load_workbook(folder / "audit_findings.template.xlsx")
    lists = {
        column[0].value: [c.value for c in column[1:] if c.value] for column in book["Lists"].iter_cols()
    }
    assert lists["clause"] == list(CONTRACT.policy.audited)
    assert lists["school_id"] == CONTRACT.codes("schools")
    assert lists["platform"] == CONTRACT.codes("platforms")
    assert lists["account_registered"] == ["yes", "no"]
    kinds = {one.error[:6]: one.errorStyle for one in book.worksheets[0].data_validations.dataValidation}
    assert kinds == {"Choose": None, "This i": "warning"}


def laid_over(tmp_path, table, change):
    """The shipped contract with one schema changed."""
    schema = json.loads((shipped_contract() / f"{table}.schema.json").read_text(encoding="utf-8"))
    for field in schema["fields"]:
        change(field)
    (tmp_path / f"{table}.schema.json").write_text(json.dumps(schema), encoding="utf-8")
    return read_contract(tmp_path)


@pytest.mark.parametrize("table", ALL_TABLES)
def test_an_example_is_made_where_the_contract_has_none(table, tmp_path):
    contract = laid_over(tmp_path, table, lambda field: field.pop("example", None))
    row = example_row(contract.tables[table], contract)
    key = contract.tables[table].key[0]
    assert row[key] == "EXAMPLE"
    assert all(row[one.name] for one in contract.tables[table].fields if one.required)
    row[key] = {"school_id": "Roton", "measure": "disclosed"}.get(key, "A-1")
    one = alone(table, pl.DataFrame({name: [cell] for name, cell in row.items()}), contract)
    assert one.problems.is_empty(), one.problems.to_dicts()


def test_an_example_that_is_no_longer_allowed_gives_way(tmp_path):
    (tmp_path / "policy.toml").write_text("[policy]\nenacted = 2025-12-15\n", encoding="utf-8")
    (tmp_path / "schools.csv").write_text("school_id,name,level\nOther,Other School,high\n", encoding="utf-8")
    contract = read_contract(tmp_path)
    row = example_row(contract.tables["exception_log"], contract)
    assert (row["school_id"], row["occurred_at"][:10]) == ("Other", "2026-01-01")
    row["exception_id"] = "X-1"
    frame = pl.DataFrame({name: [cell] for name, cell in row.items()})
    one = alone("exception_log", frame, contract)
    assert one.problems.is_empty(), one.problems.to_dicts()


def test_the_same_bytes_again(tmp_path, folder):
    write_templates(tmp_path, CONTRACT, ["returns"])
    assert (tmp_path / "returns.template.xlsx").read_bytes() == (
        folder / "returns.template.xlsx"
    ).read_bytes()


def test_the_command(tmp_path):
    from click.testing import CliRunner

    done = CliRunner().invoke(main, ["template", str(tmp_path / "forms")])
    assert done.exit_code == 0
    assert [line.rpartition("/")[2] for line in done.stdout.splitlines()] == [
        f"{t}.template.xlsx" for t in ALL_TABLES
    ]
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="file is a file"):
        write_templates(tmp_path / "file", CONTRACT)


@pytest.mark.parametrize("title", ["zq\x1b[2J\x07\n\u202e", "[]:*?/\\'", "lists", "x" * 99])
def test_a_title_that_no_sheet_can_bear(title, tmp_path):
    returns = replace(CONTRACT.tables["returns"], title=title)
    contract = replace(CONTRACT, tables={**CONTRACT.tables, "returns": returns})
    (path,) = write_templates(tmp_path, contract, ["returns"])
    first, second = openpyxl.load_workbook(path).sheetnames
    assert first in ("zq2J", "returns", "x" * 31)
    assert second == "Lists"
