"""The values that a field may be chosen from, as the contract has them: its own, those of a code list, those of a rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from norwalk_analytics.intake.contract import Contract, Field


def choices(one: Field, contract: Contract, parameters: Mapping[str, Any]) -> list[str]:
    """The values that a field may be chosen from; none where it is not of a list."""
    if one.enum:
        return list(one.enum)
    if one.listed:
        return contract.codes(one.listed)
    if one.code_list:
        return contract.codes(one.code_list["resource"])
    if one.type == "boolean":
        return ["yes", "no"]
    return _of_rules(one, contract, parameters)


def _of_rules(one: Field, contract: Contract, parameters: Mapping[str, Any]) -> list[str]:
    """The values of a rule that says of a field which it may hold, such as the audited clauses."""
    table = next(table for table in contract.tables.values() if one in table.fields)
    for rule in (rule.given(parameters) for rule in table.rules):
        values = rule.kwargs.get("value_set") or []
        of_all = rule.type == "expect_column_values_to_be_in_set" and rule.condition is None
        if of_all and rule.kwargs["column"] == one.name and all(isinstance(value, str) for value in values):
            return list(values)
    return []
