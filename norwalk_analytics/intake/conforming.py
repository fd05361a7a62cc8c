"""Headers matched to fields, a profile applied, text turned into typed cells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import narwhals as nw
import polars as pl

from norwalk_analytics.intake import cells
from norwalk_analytics.intake.contract import Field, Table
from norwalk_analytics.intake.distinct import Convert, converted, repeats, through_distinct
from norwalk_analytics.intake.moments import through_parts
from norwalk_analytics.intake.reading import ROW, SPACE, Text
from norwalk_analytics.policy import UserError, read_toml

BESIDE = {
    "date": ("unreadable", "day"),
    "datetime": ("unreadable", "on", "minute", "absent", "twice"),
    "boolean": ("unreadable",),
    "integer": ("unreadable",),
    "string": ("unreadable",),
}
LISTED = ("written", "listed")
MANY = 10_000  # rows from which on it pays to look how cells repeat


@dataclass(frozen=True)
class Profile:
    """How a table that is not ours becomes one of ours.

    Attributes:
        table: the table it makes.
        columns: field → header of the file.
        constants: field → the value of every row.
        values: field → (cell as written → value).
        sheet: the sheet of a workbook.
        note: where the file comes from, in public words.
    """

    table: str
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    sheet: str | None = None
    note: str = ""


def read_profile(path: Path, tables: Mapping[str, Table]) -> Profile:
    """Read an import profile; UserError in one sentence where a name in it is not known."""
    if not path.is_file():
        message = f"{path.name}: there is no such profile."
        raise UserError(message)
    raw = read_toml(path)
    known = set(Profile.__dataclass_fields__)
    if extra := sorted(set(raw) - known):
        message = f"{path.name} has a key that a profile does not know: {extra[0]}. Known: {', '.join(sorted(known))}."
        raise UserError(message)
    if raw.get("table") not in tables:
        message = f"{path.name} names no table of the contract. Write table = one of: {', '.join(tables)}."
        raise UserError(message)
    names = [one.name for one in tables[raw["table"]].fields]
    for part in ("columns", "constants", "values"):
        if not isinstance(raw.get(part, {}), dict):
            message = f"{path.name}: {part} is not a table of names and values."
            raise UserError(message)
        for name in raw.get(part, {}):
            if name not in names:
                near = get_close_matches(name, names, 1)
                hint = f" Did you mean {near[0]}?" if near else ""
                message = f"{path.name}: {part} names no field of {raw['table']}: {name}.{hint}"
                raise UserError(message)
    for name, header in raw.get("columns", {}).items():
        if not isinstance(header, str):
            message = f'{path.name}: columns gives no header for {name}. Write {name} = "its header".'
            raise UserError(message)
    for name, pairs in raw.get("values", {}).items():
        if not isinstance(pairs, dict):
            message = f'{path.name}: values gives no pairs for {name}. Write [values.{name}] and below it "as written" = "value".'
            raise UserError(message)
    constants = {name: _text(value) for name, value in raw.get("constants", {}).items()}
    return Profile(**{**raw, "constants": constants})


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def normal(header: str) -> str:
    """A header without what does not matter: case, spaces, hyphens."""
    return re.sub(r"[\s_\-]+", "_", header.strip(SPACE).casefold()).strip("_")


def match(text: Text, table: Table, profile: Profile | None = None) -> tuple[dict[str, str], dict[str, str]]:
    """Which column of the text holds which field.

    Returns:
        Field → column of the text frame; and, of columns that no field takes, the name they are kept
        under → column of the text frame.

    Raises:
        UserError: naming every required column that is missing and the nearest header found, or a
            field that two columns would fill.
    """
    place = text.file if text.sheet is None else f"{text.file}, sheet {text.sheet}"
    taken = _of_profile(text, profile, place)
    constants = set(profile.constants) if profile else set()
    free = [i for i in range(len(text.headers)) if f"c{i}" not in taken.values()]
    for exact in (True, False):
        for one in table.fields:
            if one.name in taken or one.name in constants:
                continue
            names = {normal(one.name)} if exact else {normal(a) for a in (one.title, *one.aliases)}
            hits = [i for i in free if normal(text.headers[i]) in names]
            if len(hits) > 1:
                twice = " and ".join(_letter(i) for i in hits)
                message = f"{place}: columns {twice} would both be {one.name}. Delete or rename one. Nothing was loaded."
                raise UserError(message)
            if hits:
                taken[one.name] = f"c{hits[0]}"
                free.remove(hits[0])
    lacking = [
        one for one in table.fields if one.required and one.name not in taken and one.name not in constants
    ]
    if lacking:
        raise UserError(_missing(place, text, lacking, free))
    ours = [one.name for one in table.fields]
    kept: dict[str, str] = {}
    for i in free:
        name = text.headers[i].strip(SPACE) or f"column {_letter(i)}"
        while name in kept or name in ours or "__" in name or name == ROW:
            name = f"{name.replace('__', '_')} ({_letter(i)})"
        kept[name] = f"c{i}"
    return taken, kept


def _of_profile(text: Text, profile: Profile | None, place: str) -> dict[str, str]:
    taken: dict[str, str] = {}
    headers = [header.strip(SPACE) for header in text.headers]
    counts = Counter(headers)
    for name, header in (profile.columns if profile else {}).items():
        if counts[header] != 1:
            problem = "no column" if not counts[header] else "more than one column"
            near = get_close_matches(header, headers, 1)
            hint = f" Nearest: {near[0]}." if near and not counts[header] else ""
            message = f"{place} has {problem} headed {header}, which the profile names for {name}.{hint} Nothing was loaded."
            raise UserError(message)
        taken[name] = f"c{headers.index(header)}"
    return taken


def _missing(place: str, text: Text, lacking: list[Field], free: list[int]) -> str:
    headers = {normal(text.headers[i]): text.headers[i] for i in free}
    hints = []
    for one in lacking:
        wanted = [normal(one.name), normal(one.title), *map(normal, one.aliases)]
        near = next((hit for name in wanted for hit in get_close_matches(name, headers, 1, 0.75)), None)
        if near:
            hints.append(f'found "{headers[near]}", did you mean {one.name}?')
    count = "1 required column" if len(lacking) == 1 else f"{len(lacking)} required columns"
    names = ", ".join(one.name for one in lacking)
    hint = f" ({'; '.join(hints)})" if hints else ""
    sheets = f" The workbook's other sheets: {', '.join(text.others)}." if text.others else ""
    return f"{place} lacks {count}: {names}{hint}.{sheets} Nothing was loaded."


def _letter(index: int) -> str:
    """A column as a spreadsheet names it: A, B, …, Z, AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def as_written(
    frame: pl.DataFrame, table: Table, taken: Mapping[str, str], profile: Profile | None = None
) -> pl.DataFrame:
    """``row_number`` and one String column a field, its cells as they stand."""
    constants = profile.constants if profile else {}

    def cell(name: str) -> pl.Expr:
        if name in taken and name not in constants:
            return pl.col(taken[name])
        return pl.lit(constants.get(name), dtype=pl.String)

    return frame.select(ROW, *[cell(one.name).alias(one.name) for one in table.fields])


def cleaned(text: pl.DataFrame, table: Table, profile: Profile | None = None) -> pl.DataFrame:
    """Cells stripped, missing ones null, values mapped, of the fields that are there."""
    frame = nw.from_native(text)
    for one in (one for one in table.fields if one.name in text.columns):
        frame = cells.clean(frame, one.name, table.missing, _values(one, profile))
    return frame.to_native()


def _values(one: Field, profile: Profile | None) -> dict[str, str]:
    values = profile.values.get(one.name, {}) if profile else {}
    return {old: _text(new) for old, new in values.items()}


def conform(
    text: pl.DataFrame,
    table: Table,
    zone: ZoneInfo,
    code_lists: Mapping[str, list[dict[str, str]]],
    profile: Profile | None = None,
) -> pl.DataFrame:
    """Text cells → typed cells, each distinct cell converted once.

    Args:
        text: ``row_number`` and one String column a field (see ``as_written``).
        table: the table of the contract.
        zone: in which local times are read.
        code_lists: for fields that a list maps.
        profile: whose values are mapped, if that has not been done.

    Returns:
        ``row_number``, each field typed, and beside it ``<field>__unreadable`` and, by type,
        ``__day``, ``__on``, ``__minute``, ``__absent``, ``__twice``; for a field that a code list
        maps, ``__written`` (as it stood) and ``__listed``.
    """
    alike: dict[object, list[Field]] = {}
    for one in table.fields:
        mapped, listed = tuple(_values(one, profile).items()), tuple((one.code_list or {}).items())
        alike.setdefault((one.type, one.true, one.false, mapped, listed), []).append(one)
    made: dict[str, pl.DataFrame] = {}
    for fields in alike.values():
        values = _values(fields[0], profile)
        convert = _converter(fields[0], table, zone, code_lists, values)
        # a cell that stands for another can't be taken apart
        whole = bool(values) or any(letter.isdigit() for word in table.missing for letter in word)
        columns = text.select([one.name for one in fields])
        made |= _converted(columns, fields[0].type, convert, None if whole else zone)
    typed = [text[ROW]]
    for kind, beside in BESIDE.items():
        for name in table.of_type(kind):
            typed.append(made[name]["x__value"].alias(name))
            typed += [made[name][f"x__{part}"].alias(f"{name}__{part}") for part in beside]
    for one in table.fields:
        if one.code_list is not None:
            typed += [made[one.name][f"x__{part}"].alias(f"{one.name}__{part}") for part in LISTED]
    return pl.DataFrame(typed)


def _converter(
    one: Field,
    table: Table,
    zone: ZoneInfo,
    code_lists: Mapping[str, list[dict[str, str]]],
    values: Mapping[str, str],
) -> Convert:
    """What is done with a cell of a field."""
    by_type: dict[str, Convert] = {
        "string": lambda frame: cells.strings(frame, "x"),
        "date": lambda frame: cells.dates(frame, "x"),
        "datetime": lambda frame: cells.datetimes(frame, "x", zone),
        "integer": lambda frame: cells.integers(frame, "x"),
        "boolean": lambda frame: cells.booleans(frame, "x", one.true, one.false),
    }

    def convert(frame: Any) -> Any:
        made = by_type[one.type](cells.clean(frame, "x", table.missing, values))
        if one.code_list is None:
            return made
        return cells.mapped(made, "x", *_spellings(one.code_list, code_lists))

    return convert


def _converted(
    columns: pl.DataFrame, kind: str, convert: Convert, zone: ZoneInfo | None
) -> dict[str, pl.DataFrame]:
    """Columns of one kind through their distinct cells; those that hardly repeat in another way."""
    made: dict[str, pl.DataFrame] = {}
    if columns.height < MANY or kind not in ("string", "datetime"):
        return through_distinct(columns, convert)
    varied = [column.name for column in columns if not repeats(column)]
    if kind == "string":
        made = {name: converted(columns[name], convert) for name in varied}
    elif varied and zone is not None:
        made = through_parts(columns.select(varied), convert, zone)
    rest = columns.drop(list(made))
    return made | (through_distinct(rest, convert) if rest.width else {})


def _spellings(
    code_list: Mapping[str, str], code_lists: Mapping[str, list[dict[str, str]]]
) -> tuple[dict[str, str], list[str]]:
    """Spelling → code, and the codes."""
    codes = [row[code_list["field"]] for row in code_lists[code_list["resource"]]]
    aliases = [tuple(row.values()) for row in code_lists.get(code_list.get("aliases", ""), [])]
    return {plain(alias): code for alias, code, *_ in aliases} | {plain(code): code for code in codes}, codes


def plain(code: str) -> str:
    """A code without what does not matter in a spelling: case and runs of spaces."""
    return re.sub(r"\s+", " ", code.strip(SPACE)).lower()
