"""Headers matched to fields, a profile applied, text turned into typed cells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import narwhals as nw
import polars as pl

from norwalk_analytics.intake import cells
from norwalk_analytics.intake.contract import Field, Table
from norwalk_analytics.intake.reading import ROW, SPACE, Text
from norwalk_analytics.policy import UserError, read_toml

BESIDE = {
    "date": ("unreadable", "day"),
    "datetime": ("unreadable", "on", "minute", "absent", "twice"),
    "boolean": ("unreadable",),
    "integer": ("unreadable",),
    "string": ("unreadable",),
}


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


def as_fields(
    text: Text, table: Table, taken: Mapping[str, str], profile: Profile | None = None
) -> pl.DataFrame:
    """``row_number`` and one String column a field: cells stripped, missing ones null, values mapped."""
    constants = profile.constants if profile else {}
    values = profile.values if profile else {}
    exprs = []
    for one in table.fields:
        if one.name in constants:
            expr = pl.lit(constants[one.name], dtype=pl.String)
        elif one.name in taken:
            expr = pl.col(taken[one.name]).str.strip_chars(SPACE)
        else:
            expr = pl.lit(None, dtype=pl.String)
        if one.name in values:
            mapped = {old: _text(new) for old, new in values[one.name].items()}
            expr = expr.replace(list(mapped), list(mapped.values()))
        missing = expr.is_in(list(table.missing))
        exprs.append(pl.when(~missing).then(expr).alias(one.name))
    return text.frame.select(ROW, *exprs)


def conform(
    text: pl.DataFrame, table: Table, zone: ZoneInfo, code_lists: Mapping[str, list[dict[str, str]]]
) -> pl.DataFrame:
    """Text cells → typed cells, each distinct cell converted once.

    Args:
        text: ``row_number`` and one String column a field (see ``as_fields``).
        table: the table of the contract.
        zone: in which local times are read.
        code_lists: for fields that a list maps.

    Returns:
        ``row_number``, each field typed, and beside it ``<field>__unreadable`` and, by type,
        ``__day``, ``__on``, ``__minute``, ``__absent``, ``__twice``; for a field that a code list
        maps, ``__written`` (as it stood) and ``__listed``.
    """
    frame = text.select(ROW)
    for kind, beside in BESIDE.items():
        names = table.of_type(kind)
        if kind == "string":
            typed = cells_of(text, names, lambda f: cells.strings(f, "x"), beside)
        elif kind == "date":
            typed = cells_of(text, names, lambda f: cells.dates(f, "x"), beside)
        elif kind == "datetime":
            typed = cells_of(text, names, lambda f: cells.datetimes(f, "x", zone), beside)
        elif kind == "integer":
            typed = cells_of(text, names, lambda f: cells.integers(f, "x"), beside)
        else:
            typed = [one for name in names for one in _booleans(text, table.field(name), beside)]
        frame = frame.with_columns(typed)
    for one in table.fields:
        if one.code_list is not None:
            frame = _mapped(frame, one.name, one.code_list, code_lists)
    return frame


def _booleans(text: pl.DataFrame, one: Field, beside: tuple[str, ...]) -> list[pl.Series]:
    return cells_of(text, [one.name], lambda f: cells.booleans(f, "x", one.true, one.false), beside)


def cells_of(
    text: pl.DataFrame, names: list[str], convert: Callable[[Any], Any], beside: tuple[str, ...]
) -> list[pl.Series]:
    """Convert columns of one type through their distinct cells."""
    if not names:
        return []
    distinct = pl.concat([text[name].unique() for name in names]).unique().alias("x").to_frame()
    lookup = convert(nw.from_native(distinct)).to_native()
    columns = []
    for name in names:
        found = text.select(pl.col(name).alias("x")).join(
            lookup, on="x", how="left", nulls_equal=True, maintain_order="left"
        )
        columns.append(found["x__value"].alias(name))
        columns += [found[f"x__{part}"].alias(f"{name}__{part}") for part in beside]
    return columns


def _mapped(
    frame: pl.DataFrame,
    name: str,
    code_list: Mapping[str, str],
    code_lists: Mapping[str, list[dict[str, str]]],
) -> pl.DataFrame:
    """Map spellings to codes; what the list does not know stays as written."""
    codes = [row[code_list["field"]] for row in code_lists[code_list["resource"]]]
    aliases = [tuple(row.values()) for row in code_lists.get(code_list.get("aliases", ""), [])]
    pairs = {plain(alias): code for alias, code, *_ in aliases} | {plain(code): code for code in codes}
    old = pl.col(name)
    spelled = old.str.to_lowercase().str.replace_all(r"\s+", " ")
    new = spelled.replace_strict(list(pairs), list(pairs.values()), default=old, return_dtype=pl.String)
    listed = pl.when(old.is_not_null()).then(new.is_in(codes))
    return frame.with_columns(new.alias(name), old.alias(f"{name}__written"), listed.alias(f"{name}__listed"))


def plain(code: str) -> str:
    """A code without what does not matter in a spelling: case and runs of spaces."""
    return re.sub(r"\s+", " ", code.strip(SPACE)).lower()
