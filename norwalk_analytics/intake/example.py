"""One example row of a table, made from the contract alone, that keeps every rule but that of its key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time

import polars as pl

from norwalk_analytics.intake.choices import choices
from norwalk_analytics.intake.conforming import conform
from norwalk_analytics.intake.contract import Contract, Field, Rule, Table
from norwalk_analytics.intake.facts import Register, with_facts
from norwalk_analytics.intake.rules import broken
from norwalk_analytics.intake.texts import ROW

EXAMPLE = "EXAMPLE"
"""What its key says."""
NULL, NOT_NULL = "expect_column_values_to_be_null", "expect_column_values_to_not_be_null"
NINE = time(9)
WORDS = ("Example", "EXAMPLE-1", "example", "a", "A", "1")
STEPS = 4  # times as many repairs as there are fields


def example_row(table: Table, contract: Contract) -> dict[str, str]:
    """Field → text, as it stands in the template and as a loader reads it back; empty: an empty cell.

    It is made of the fields' examples, whatever the day. An example that a contract's other files no longer
    allow gives way to a value that they do; a table without examples gets a row of such values. Its key
    says EXAMPLE; with a key in its place the row is accepted.

    Example:
        >>> from norwalk_analytics.intake.contract import read_contract
        >>> contract = read_contract()
        >>> row = example_row(contract.tables["actions"], contract)
        >>> row["measure"], row["agreed_on"], row["done_on"]
        ('EXAMPLE', '2024-12-10', '')
    """
    key, others = table.key[0], [one for one in table.fields if one.name != table.key[0]]
    fitting = {one.name: list(dict.fromkeys(_fitting(one, table, contract))) for one in others}
    told = any(one.example for one in others)
    row = {one.name: one.example if told else fitting[one.name][0] for one in others}
    rest = {name: iter([value for value in values if value != row[name]]) for name, values in fitting.items()}
    rules = [rule for rule in given_rules(table, contract) if rule.known and rule.field != key]
    emptied: set[str] = set()
    for _ in range(STEPS * len(row)):
        wrong = _first_wrong(row, rules, table, contract)
        if wrong is None:
            break
        kind, column, field = wrong
        if kind == NOT_NULL and column not in emptied:
            row[column] = fitting[column][0]
            continue
        name = column if kind == NULL else field
        row[name] = "" if kind == NULL else next(rest[name], "")
        if not row[name]:
            emptied.add(name)
    return {one.name: row.get(one.name, EXAMPLE) for one in table.fields}


def given_rules(table: Table, contract: Contract) -> list[Rule]:
    """A table's rules with their parameters, less those that hang on the day of a report."""
    parameters = contract.parameters(contract.policy.enacted)
    del parameters["as_of"]
    rules = [rule.given(parameters) for rule in table.rules]
    return [rule for rule in rules if not any(isinstance(value, Mapping) for value in rule.kwargs.values())]


def _first_wrong(
    row: Mapping[str, str], rules: list[Rule], table: Table, contract: Contract
) -> tuple[str, str, str] | None:
    """The first rule that a row breaks: its type, the column it looks at, its field; None where all are kept."""
    key = table.key[0]
    cells = {one.name: pl.Series([row.get(one.name, EXAMPLE)], dtype=pl.String) for one in table.fields}
    frame = pl.DataFrame({ROW: pl.Series([2], dtype=pl.Int64), **cells})
    typed = conform(frame, table, contract.policy.zone, contract.code_lists)
    for one in table.fields:
        if one.name != key and typed[f"{one.name}__unreadable"][0]:
            return "", one.name, one.name
    none = pl.Series(dtype=pl.String)  # no other table is there: what names a row of one stays empty
    judged = broken(with_facts(typed, table.name, Register(none, none)), rules)
    for i, rule in enumerate(rules):
        if judged[f"r{i}"][0]:
            return rule.type, rule.columns[0].split("__")[0], rule.field
    return None


def _fitting(one: Field, table: Table, contract: Contract) -> Iterator[str]:
    """Values that may do for a field, the likeliest first."""
    rules = [rule for rule in given_rules(table, contract) if rule.columns[0].split("__")[0] == one.name]
    ends = [end for rule in rules for end in (rule.kwargs.get("min_value"), rule.kwargs.get("max_value"))]
    if one.example:
        yield one.example
    match one.type:
        case "date" | "datetime":
            days = [contract.policy.enacted, *(end for end in ends if isinstance(end, date))]
            for day in [*map(_first_of_month, days), *days]:
                yield f"{datetime.combine(day, NINE):%Y-%m-%d %H:%M}" if one.type == "datetime" else str(day)
        case "integer":
            yield from map(str, [*(end for end in ends if isinstance(end, int)), 1, 0])
        case _:
            yield from choices(one, contract, contract.parameters(contract.policy.enacted)) or WORDS


def _first_of_month(day: date) -> date:
    """That day, if it is a month's first, else the next that is."""
    return day if day.day == 1 else date(day.year + day.month // 12, day.month % 12 + 1, 1)
