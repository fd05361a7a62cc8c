"""The registrations that are measured: the sample's, many times over, with faults; and the typed frame."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import polars as pl

from norwalk_analytics import load_tool_registrations, write_sample
from norwalk_analytics.intake.contract import Contract, Rule, Table, read_contract
from norwalk_analytics.intake.texts import ROW

TABLE = "tool_registrations"
AS_OF = date(2026, 6, 30)
SHARE = 0.001
"""Of all rows, how many get each fault."""
BASE = 1_000_000
"""A typed frame of more rows is one of so many, several times over."""

APPROVED, PENDING = {"suitability_review": "approved"}, {"suitability_review": "pending"}
UNREADABLE = "2025-02-31"
# Rule → the cells that break it; None is an empty cell, "~x" the cell with x behind it, "^" the cell above.
FAULTS: Mapping[str, Mapping[str, str | None]] = {
    "registration_id.required": {"registration_id": None},
    "registration_id.characters": {"registration_id": "~ é"},
    "registration_id.length": {"registration_id": "~" + "x" * 60},
    "registration_id.unique": {"registration_id": "^"},
    "registered_on.required": {"registered_on": None},
    "school_id.required": {"school_id": None},
    "school_id.known": {"school_id": "Rotan"},
    "employee_id.required": {"employee_id": None},
    "employee_role.required": {"employee_role": None},
    "employee_role.listed": {"employee_role": "teacher"},
    "setting.required": {"setting": None},
    "setting.listed": {"setting": "Classroom "},
    "platform.required": {"platform": None},
    "account_capacity.required": {"account_capacity": None},
    "account_capacity.listed": {"account_capacity": "private"},
    "active_from.required": {"active_from": None},
    "disclosed_in.listed": {"disclosed_in": "newsletter"},
    "suitability_review.required": {"suitability_review": None},
    "suitability_review.listed": {"suitability_review": "maybe"},
    "access.required": {"access": None},
    "access.listed": {"access": "everyone"},
    "participants.at_least": {"participants": "-1"},
    "registered_on.before_enactment": {"registered_on": "2013-09-02"},
    "registered_on.later_than_as_of": {"registered_on": "7/1/2026"},
    "employee_id.looks_like_email": {"employee_id": "j.doe@example.org"},
    "employee_id.looks_like_phone": {"employee_id": "(203) 555-0142"},
    "employee_id.looks_like_ssn": {"employee_id": "078-05-1120"},
    "platform.listed": {"platform": "Yik Yak"},
    "account.url_scheme": {"account": "ftp://example.org/a"},
    "account_capacity.personal": {"account_capacity": "personal"},
    "active_to.before_active_from": {"active_from": "2020-02-02", "active_to": "2/1/2020"},
    "suitability_reviewed_on.needed": {**APPROVED, "suitability_reviewed_on": None},
    "suitability_reviewed_on.not_decided": {**PENDING, "suitability_reviewed_on": "2020-03-04"},
    "parents_told_contact_method.needs_parents_informed_on": {
        "parents_informed_on": None, "parents_told_contact_method": "true"},
    "parents_told_conduct_expectations.needs_parents_informed_on": {
        "parents_informed_on": None, "parents_told_conduct_expectations": "true"},
    # what can't be read is no rule's: the rules on such a cell must be dropped
    "registration_id.unreadable": {"registration_id": "#REF!"},
    "registered_on.unreadable": {"registered_on": UNREADABLE},
    "school_id.unreadable": {"school_id": "#N/A"},
    "suitability_review.unreadable": {"suitability_review": "#NAME?"},
    "suitability_reviewed_on.unreadable": {**APPROVED, "suitability_reviewed_on": UNREADABLE},
    "parents_informed_on.unreadable": {"parents_informed_on": UNREADABLE, "parents_told_contact_method": "true"},
    "participants.unreadable": {"participants": "twelve"},
}  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """What every section needs: the contract and the rules with their parameters given."""

    contract: Contract
    table: Table
    rules: tuple[Rule, ...]

    @property
    def schools(self) -> list[str]:
        """The codes that school_id may hold."""
        return self.contract.codes("schools")


@cache
def setting() -> Setting:
    """The shipped contract as of the sample's last day."""
    contract = read_contract()
    table = contract.tables[TABLE]
    parameters = contract.parameters(AS_OF)
    return Setting(contract, table, tuple(rule.given(parameters) for rule in table.rules))


@cache
def sample() -> pl.DataFrame:
    """The sample district's registrations, as text."""
    with tempfile.TemporaryDirectory() as folder:
        return pl.read_csv(write_sample(Path(folder)) / f"{TABLE}.csv", infer_schema=False)


def clean(rows: int) -> pl.DataFrame:
    """The sample's registrations over and over, each row with a key of its own, as text."""
    one = sample()
    copies = -(-rows // one.height)
    many = pl.concat([one] * copies, rechunk=True).head(rows)
    copy = pl.int_range(pl.len()) // one.height
    return many.with_columns(pl.format("{}-{}", "registration_id", copy).alias("registration_id"))


def faulty(rows: int) -> pl.DataFrame:
    """As ``clean``, with each fault on one row in a thousand, on other rows for each, the same each run."""
    each = max(1, round(rows * SHARE))
    chosen = random.Random(2013).sample(range(rows), each * len(FAULTS))
    number = pl.DataFrame({
        "row": pl.Series(chosen, dtype=pl.UInt32),
        "fault": pl.Series([i for i in range(len(FAULTS)) for _ in range(each)], dtype=pl.UInt8),
    })  # fmt: skip
    frame = clean(rows).with_row_index("row").join(number, on="row", how="left", maintain_order="left")
    expressions: dict[str, pl.Expr] = {}
    for i, cells in enumerate(FAULTS.values()):
        for name, cell in cells.items():
            before = expressions.get(name, pl.col(name))
            expressions[name] = pl.when(pl.col("fault") == i).then(_cell(name, cell)).otherwise(before)
    return frame.with_columns(expr.alias(name) for name, expr in expressions.items()).drop("row", "fault")


def _cell(name: str, cell: str | None) -> pl.Expr:
    if cell == "^":
        return pl.col(name).shift(1)
    if cell is not None and cell.startswith("~"):
        return pl.concat_str(pl.col(name), pl.lit(cell[1:]))
    return pl.lit(cell, dtype=pl.String)


def conformed(cells: pl.DataFrame) -> pl.DataFrame:
    """The typed frame of text that the loader runs the rules on: the rows that it kept and set aside."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{TABLE}.csv"
        cells.write_csv(path)
        loaded = load_tool_registrations(path, contract=setting().contract, as_of=AS_OF)
    return pl.concat([loaded.frame, loaded.aside]).sort(ROW).rechunk()


def typed(rows: int) -> pl.DataFrame:
    """The typed frame of so many faulty registrations; of more than a million, a million several times."""
    if rows <= BASE:
        return conformed(faulty(rows))
    one, copies = conformed(faulty(BASE)), -(-rows // BASE)
    parts = [
        one.with_columns(
            pl.col(ROW) + i * BASE,
            pl.concat_str(pl.col("registration_id"), pl.lit(f"-{i}")).alias("registration_id"),
        )
        for i in range(copies)
    ]
    return pl.concat(parts).head(rows).rechunk()
