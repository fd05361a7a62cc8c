"""An import profile: a TOML file that says how a table that is not ours becomes one of ours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from norwalk_analytics.intake.contract import Table
from norwalk_analytics.policy import UserError, read_toml
from norwalk_analytics.telling import did_you_mean

DIRECTIVES = {
    "%Y": ("year", "([0-9]{4})"), "%m": ("month", "([0-9]{1,2})"), "%d": ("day", "([0-9]{1,2})"),
    "%b": ("month", "([A-Za-z]{3,9})[.]?"), "%B": ("month", "([A-Za-z]{3,9})[.]?"),
    "%H": ("hour", "([0-9]{1,2})"), "%I": ("hour", "([0-9]{1,2})"), "%M": ("minute", "([0-9]{2})"),
    "%S": ("second", "([0-9]{2})"), "%p": ("half", "([AaPp][Mm])"),
}  # fmt: skip


@dataclass(frozen=True)
class Joined:
    """Several columns made one field; a row that lacks one of them has none."""

    columns: tuple[str, ...]
    between: str


@dataclass(frozen=True)
class Split:
    """One part of a column, counted from 1, or from the end by -1."""

    column: str
    by: str
    part: int


@dataclass(frozen=True)
class RowFilter:
    """Rows that are left out under a rule: those whose cell is one of these, or none of those kept."""

    rule: str
    column: str
    leave_out: tuple[str, ...] | None = None
    keep: tuple[str, ...] | None = None


@dataclass(frozen=True)
class OneRow:
    """One row kept for each key: the first in the order given, then in the file's."""

    key: tuple[str, ...]
    order: tuple[tuple[str, bool], ...] = ()
    """Field or header, and whether the largest comes first."""


@dataclass(frozen=True)
class Profile:
    """How a table that is not ours becomes one of ours.

    Attributes:
        table: the table it makes.
        columns: field → header of the file.
        constants: field → the value of every row.
        values: field → (cell as written → value).
        dates: field → the forms in which its dates are written, as in strptime.
        joined: field → the columns that make it.
        split: field → the part of a column that makes it.
        rows: rows that are left out.
        one_row: which of the rows of a key is kept.
        sheet: the sheet of a workbook, or the table of a database; a pattern such as ``*`` takes several.
        query: SQL, for a database.
        header_row: the row in which the headers stand.
        note: where the file comes from, in public words.
    """

    table: str
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    dates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    joined: Mapping[str, Joined] = field(default_factory=dict)
    split: Mapping[str, Split] = field(default_factory=dict)
    rows: tuple[RowFilter, ...] = ()
    one_row: OneRow | None = None
    sheet: str | None = None
    query: str | None = None
    header_row: int | None = None
    note: str = ""

    def headers(self, name: str) -> tuple[str, ...]:
        """The headers of the file that make a field."""
        if name in self.joined:
            return self.joined[name].columns
        if name in self.split:
            return (self.split[name].column,)
        return (self.columns[name],) if name in self.columns else ()

    def made(self) -> list[str]:
        """The fields that the profile makes of columns."""
        return [*self.columns, *self.joined, *self.split]

    def changed(self, name: str) -> dict[str, str]:
        """Cell as written → value, of a field."""
        return {old: worded(new) for old, new in self.values.get(name, {}).items()}


NOTHING = Profile("")
"""The profile of a table that is ours."""


class _WrongError(ValueError):
    """What is wrong with a profile, without the file's name."""


def read_profile(path: Path, tables: Mapping[str, Table]) -> Profile:
    """Read an import profile.

    Raises:
        UserError: in one sentence, where a name in it is not known or a part is of the wrong shape.
    """
    if not path.is_file():
        message = f"{path.name}: there is no such profile."
        raise UserError(message)
    raw = read_toml(path)
    if raw.get("table") not in tables:
        message = f"{path.name} names no table of the contract. Write table = one of: {', '.join(tables)}."
        raise UserError(message)
    try:
        return _profile(raw, tables[raw["table"]])
    except _WrongError as error:
        message = f"{path.name}: {error}"
        raise UserError(message) from None


def _profile(raw: dict[str, Any], table: Table) -> Profile:
    _known("a profile", raw, [one.name for one in fields(Profile)])
    for part in ("columns", "constants", "values", "dates", "joined", "split"):
        _of_fields(part, raw.get(part, {}), table)
    for name, header in raw.get("columns", {}).items():
        _text(header, f"columns gives no header for {name}", f'{name} = "its header"')
    for name, pairs in raw.get("values", {}).items():
        if not isinstance(pairs, dict):
            wrong = f'values gives no pairs for {name}. Write [values.{name}] and below it "as written" = "value".'
            raise _WrongError(wrong)
    for part, example in (("sheet", '"*"'), ("query", '"SELECT …"'), ("note", '"…"')):
        _text(raw.get(part, ""), f"{part} is no text", f"{part} = {example}")
    header_row = raw.get("header_row", 1)
    if not isinstance(header_row, int) or isinstance(header_row, bool) or header_row < 1:
        wrong = "header_row is not the number of a row. Write header_row = 4."
        raise _WrongError(wrong)
    profile = Profile(**{
        **raw,
        "constants": {name: worded(value) for name, value in raw.get("constants", {}).items()},
        "dates": {name: _forms(name, form, table) for name, form in raw.get("dates", {}).items()},
        "joined": {name: _joined(name, one) for name, one in raw.get("joined", {}).items()},
        "split": {name: _split(name, one) for name, one in raw.get("split", {}).items()},
        "rows": tuple(_row_filter(one) for one in _list(raw.get("rows", []), "rows")),
        "one_row": _one_row(raw["one_row"], table) if "one_row" in raw else None,
    })  # fmt: skip
    made = [*profile.made(), *profile.constants]
    if twice := next((name for name in made if made.count(name) > 1), None):
        wrong = f"it gives {twice} twice. Give it by one of columns, constants, joined and split."
        raise _WrongError(wrong)
    return profile


def _known(what: str, raw: Mapping[str, Any], known: Iterable[str]) -> None:
    names = sorted(known)
    if extra := sorted(set(raw) - set(names)):
        hint = did_you_mean(extra[0], names)
        wrong = f"it has a key that {what} does not know: {extra[0]}.{hint} Known: {', '.join(names)}."
        raise _WrongError(wrong)


def _of_fields(part: str, given: Any, table: Table) -> None:
    if not isinstance(given, dict):
        wrong = f"{part} is not a table of names and values."
        raise _WrongError(wrong)
    for name in given:
        _field(part, name, table)


def _field(part: str, name: Any, table: Table) -> None:
    names = [one.name for one in table.fields]
    if name not in names:
        hint = did_you_mean(str(name), names)
        wrong = f"{part} names no field of {table.name}: {name}.{hint}"
        raise _WrongError(wrong)


def _text(value: Any, wrong: str, example: str) -> str:
    if not isinstance(value, str):
        wrong = f"{wrong}. Write {example}."
        raise _WrongError(wrong)
    return value


def _texts(value: Any, part: str) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not items or not all(isinstance(one, str) for one in items):
        wrong = f'{part} is no list of texts. Write {part} = ["…", "…"].'
        raise _WrongError(wrong)
    return tuple(items)


def _list(value: Any, part: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        wrong = f"{part} is no list of tables. Write [[{part}]] and below it its keys."
        raise _WrongError(wrong)
    return value


def _part(name: str, raw: Any, needed: Sequence[str], known: Sequence[str]) -> Mapping[str, Any]:
    """A part of a profile that is a table with keys of its own."""
    if not isinstance(raw, dict) or (lacking := [key for key in needed if key not in raw]):
        lacking = list(needed) if not isinstance(raw, dict) else lacking
        wrong = f"{name} lacks {', '.join(lacking)}."
        raise _WrongError(wrong)
    _known(name, raw, known)
    return raw


def _joined(name: str, raw: Any) -> Joined:
    one = _part(f"joined.{name}", raw, ["columns"], ["columns", "with"])
    return Joined(
        _texts(one["columns"], "columns"), _text(one.get("with", ""), "with is no text", 'with = "/"')
    )


def _split(name: str, raw: Any) -> Split:
    one = _part(f"split.{name}", raw, ["column", "by", "part"], ["column", "by", "part"])
    column, by = (
        _text(one[key], f"split.{name}: {key} is no text", f'{key} = "…"') for key in ("column", "by")
    )
    if not isinstance(one["part"], int) or isinstance(one["part"], bool) or not one["part"] or not by:
        wrong = f"split.{name}: part is a whole number from 1, or -1 for the last, and by is not empty."
        raise _WrongError(wrong)
    return Split(column, by, one["part"])


def _row_filter(raw: Any) -> RowFilter:
    one = _part("rows", raw, ["rule", "column"], ["rule", "column", "leave_out", "keep"])
    given = {key: _texts(one[key], key) for key in ("leave_out", "keep") if key in one}
    if len(given) != 1:
        wrong = "rows needs one of keep and leave_out, a list of cells."
        raise _WrongError(wrong)
    rule, column = (_text(one[key], f"rows: {key} is no text", f'{key} = "…"') for key in ("rule", "column"))
    return RowFilter(rule, column, **given)


def _one_row(raw: Any, table: Table) -> OneRow:
    one = _part("one_row", raw, ["key"], ["key", "order"])
    key = _texts(one["key"], "key")
    for name in key:
        _field("one_row", name, table)
    order = _texts(one["order"], "order") if one.get("order") else ()
    return OneRow(key, tuple((name.removeprefix("-"), name.startswith("-")) for name in order))


def _forms(name: str, value: Any, table: Table) -> tuple[str, ...]:
    if table.field(name).type not in ("date", "datetime"):
        wrong = f"dates names a field that is no date: {name}."
        raise _WrongError(wrong)
    forms = _texts(value, "dates")
    for form in forms:
        named = re.findall("%.?", form)
        parts = [DIRECTIVES[one][0] for one in named if one in DIRECTIVES]
        if (
            len(parts) != len(named)
            or len(set(parts)) != len(parts)
            or not {"year", "month", "day"} <= set(parts)
        ):
            wrong = (
                f"dates gives {name} a form that is not known. Write day, month and a year of four digits as in "
                f'"%d.%m.%Y" or "%d %b %Y"; a time as %H:%M:%S or %I:%M %p.'
            )
            raise _WrongError(wrong)
    return forms


def worded(value: object) -> str:
    """A value of TOML as a cell would hold it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
