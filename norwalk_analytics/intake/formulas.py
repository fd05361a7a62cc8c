"""A rule's row condition as a spreadsheet's formula, for the row below the header of a template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from norwalk_analytics.intake.contract import Table
from norwalk_analytics.intake.texts import letters

MOST_FORMULA = 8_192
MOST_TEXT = 255  # characters of a text within a formula
COMPARED = {"==": "=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def formula(condition: Mapping[str, Any], table: Table) -> str:
    """A row condition as a formula of row 2, columns in the table's order; empty where it can't be one.

    It says what ``expressions.where`` says of a row: a comparison holds of no empty cell.

    Example:
        >>> from norwalk_analytics.intake.contract import read_contract
        >>> table = read_contract().tables["exception_log"]
        >>> formula({"type": "nullity", "column": {"name": "exception_id"}, "is_null": False}, table)
        'NOT(OR(TRIM($A2)="",TRIM($A2)="NA",TRIM($A2)="N/A",TRIM($A2)="null"))'
    """
    said = _said(condition, table)
    return said if len(said) <= MOST_FORMULA // 2 else ""  # it stands in one with more


def blank(column: int, table: Table) -> str:
    """Whether the cell of a column is empty, or says that its value is missing."""
    cell = f"TRIM(${letters(column)}2)"
    words = {word.casefold(): word for word in reversed(table.missing)}  # a formula knows no case
    return any_of([f"{cell}={text(word)}" for word in reversed(words.values())])


def text(value: str) -> str:
    """A text as a formula writes it."""
    return '"' + value.replace('"', '""') + '"'


def any_of(parts: list[str]) -> str:
    """The formulas of which one is to hold."""
    return parts[0] if len(parts) == 1 else f"OR({','.join(parts)})"


def _said(condition: Mapping[str, Any], table: Table) -> str:
    if condition["type"] in ("and", "or"):
        parts = [_said(part, table) for part in condition["conditions"]]
        return f"{condition['type'].upper()}({','.join(parts)})" if all(parts) else ""
    places = {one.name: i for i, one in enumerate(table.fields)}
    name = condition["column"]["name"]
    if name not in places:
        return ""
    empty = blank(places[name], table)
    if condition["type"] == "nullity":
        return empty if condition["is_null"] else f"NOT({empty})"
    if condition["type"] != "comparison":
        return ""
    operator, value = condition["operator"], condition["parameter"]
    values = value if isinstance(value, list | tuple) else [value]
    equal = [_equal(name, one, places[name], table) for one in values]
    if operator in ("==", "IN"):
        return any_of(equal) if equal and all(equal) else ""
    if operator in ("!=", "NOT_IN"):
        return f"AND(NOT({empty}),NOT({any_of(equal)}))" if equal and all(equal) else ""
    if operator in COMPARED and type(value) in (int, float) and table.field(name).type == "integer":
        cell = f"${letters(places[name])}2"
        return f"AND(ISNUMBER({cell}),{cell}{COMPARED[operator]}{value})"
    return ""


def _equal(name: str, value: Any, column: int, table: Table) -> str:
    """Whether a cell holds a value; a truth value in any of the words for it."""
    cell, one = f"${letters(column)}2", table.field(name)
    if isinstance(value, bool) and one.type == "boolean":
        words = one.true if value else one.false
        return any_of([f"{cell}={str(value).upper()}", *(f"TRIM({cell})={text(word)}" for word in words)])
    if isinstance(value, str) and one.type == "string" and len(value) <= MOST_TEXT:
        return f"TRIM({cell})={text(value)}"
    if type(value) is int and one.type == "integer":
        return f"TRIM({cell})={text(str(value))}"
    return ""
