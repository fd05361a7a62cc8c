"""Text → typed cells: each field by its type, each distinct cell once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import narwhals as nw
import polars as pl

from norwalk_analytics.intake import cells
from norwalk_analytics.intake.contract import Field, Table
from norwalk_analytics.intake.date_forms import reshaped
from norwalk_analytics.intake.distinct import Convert, converted, repeats, through_distinct
from norwalk_analytics.intake.moments import through_parts
from norwalk_analytics.intake.profiles import NOTHING, Profile
from norwalk_analytics.intake.texts import ROW, SPACE

BESIDE = {
    "date": ("unreadable", "day", "slash"),
    "datetime": ("unreadable", "on", "minute", "absent", "twice", "slash"),
    "boolean": ("unreadable",),
    "integer": ("unreadable",),
    "string": ("unreadable",),
}
LISTED = ("written", "listed")
MANY = 10_000  # rows from which on it pays to look how cells repeat


def cleaned(text: pl.DataFrame, table: Table, profile: Profile = NOTHING) -> pl.DataFrame:
    """Cells stripped, missing ones null, values mapped, of the fields that are there."""
    frame = nw.from_native(text)
    for one in (one for one in table.fields if one.name in text.columns):
        frame = cells.clean(frame, one.name, table.missing, profile.changed(one.name), free=one.free)
    return frame.to_native()


def conform(
    text: pl.DataFrame,
    table: Table,
    zone: ZoneInfo,
    code_lists: Mapping[str, list[dict[str, str]]],
    profile: Profile = NOTHING,
) -> pl.DataFrame:
    """Text cells → typed cells, each distinct cell converted once.

    Args:
        text: ``row_number`` and one String column a field (see ``as_written``).
        table: the table of the contract.
        zone: in which local times are read.
        code_lists: for fields that a list maps.
        profile: whose values are mapped and whose forms of dates are read.

    Returns:
        ``row_number``, each field typed, and beside it ``<field>__unreadable`` and, by type,
        ``__day``, ``__on``, ``__minute``, ``__absent``, ``__twice``, ``__slash``; for a field that a code list
        maps, ``__written`` (as it stood) and ``__listed``.
    """
    alike: dict[object, list[Field]] = {}
    for one in table.fields:
        mapped, listed = tuple(profile.changed(one.name).items()), tuple((one.code_list or {}).items())
        forms = profile.dates.get(one.name, ())
        alike.setdefault((one.type, one.true, one.false, one.free, mapped, forms, listed), []).append(one)
    made: dict[str, pl.DataFrame] = {}
    for fields in alike.values():
        convert = _converter(fields[0], table, zone, code_lists, profile)
        # a cell that stands for another can't be taken apart
        changed = fields[0].name in {**profile.values, **profile.dates}
        whole = changed or any(letter.isdigit() for word in table.missing for letter in word)
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
    profile: Profile,
) -> Convert:
    """What is done with a cell of a field."""
    values, forms = profile.changed(one.name), profile.dates.get(one.name, ())
    by_type: dict[str, Convert] = {
        "string": lambda frame: cells.strings(frame, "x", free=one.free),
        "date": lambda frame: cells.dates(frame, "x"),
        "datetime": lambda frame: cells.datetimes(frame, "x", zone),
        "integer": lambda frame: cells.integers(frame, "x"),
        "boolean": lambda frame: cells.booleans(frame, "x", one.true, one.false),
    }

    def convert(frame: Any) -> Any:
        clean = cells.clean(frame, "x", table.missing, values, free=one.free)
        made = by_type[one.type](reshaped(clean, "x", forms, one.type) if forms else clean)
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
