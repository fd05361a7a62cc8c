"""Which column of a file holds which field, and each field's cells as they stand."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import polars as pl

from norwalk_analytics.intake.contract import Field, Table
from norwalk_analytics.intake.profiles import NOTHING, Profile
from norwalk_analytics.intake.texts import ROW, SPACE, Holds, Text, letters
from norwalk_analytics.policy import UserError


@dataclass(frozen=True)
class Matched:
    """Which columns of a text hold what.

    Attributes:
        fields: field → the columns of the text that make it; several where a profile joins them.
        unknown: the name under which a column is kept that no field takes → that column.
    """

    fields: Mapping[str, tuple[str, ...]]
    unknown: Mapping[str, str]


def normal(header: str) -> str:
    """A header without what does not matter: case, spaces, hyphens."""
    return re.sub(r"[\s_\-]+", "_", header.strip(SPACE).casefold()).strip("_")


def holder(table: Table, profile: Profile = NOTHING) -> Holds:
    """Tells which share of the columns that the table and its profile need stands in a row of cells."""
    made = {*profile.made(), *profile.constants}
    named = {header for name in profile.made() for header in profile.headers(name)}
    needed = [
        {normal(name) for name in (one.name, one.title, *one.aliases)}
        for one in table.fields
        if one.required and one.name not in made
    ]

    def holds(cells: Sequence[str]) -> float:
        headers = {cell.strip(SPACE) for cell in cells}
        there = {normal(header) for header in headers}
        found = len(named & headers) + sum(bool(names & there) for names in needed)
        return found / (len(named) + len(needed) or 1)

    return holds


def match(text: Text, table: Table, profile: Profile = NOTHING) -> Matched:
    """Which columns of the text hold which field.

    Raises:
        UserError: naming every required column that is missing and the nearest header found, or a
            field that two columns would fill.
    """
    taken = _of_profile(text, profile)
    used = {column for columns in taken.values() for column in columns}
    free = [i for i in range(len(text.headers)) if f"c{i}" not in used]
    for exact in (True, False):
        for one in table.fields:
            if one.name in taken or one.name in profile.constants:
                continue
            names = {normal(one.name)} if exact else {normal(a) for a in (one.title, *one.aliases)}
            hits = [i for i in free if normal(text.headers[i]) in names]
            if len(hits) > 1:
                twice = " and ".join(letters(i) for i in hits)
                message = f"{text.place}: columns {twice} would both be {one.name}. Delete or rename one. Nothing was loaded."
                raise UserError(message)
            if hits:
                taken[one.name] = (f"c{hits[0]}",)
                free.remove(hits[0])
    lacking = [
        one for one in table.fields
        if one.required and one.name not in taken and one.name not in profile.constants
    ]  # fmt: skip
    if lacking:
        raise UserError(_missing(text, lacking, free))
    ours = [one.name for one in table.fields]
    kept: dict[str, str] = {}
    for i in free:
        name = text.headers[i].strip(SPACE) or f"column {letters(i)}"
        while name in kept or name in ours or "__" in name or name == ROW:
            name = f"{name.replace('__', '_')} ({letters(i)})"
        kept[name] = f"c{i}"
    return Matched(taken, kept)


def column_of(text: Text, header: str, why: str) -> str:
    """The column that a profile names by its header; UserError where there is none, or more than one."""
    headers = [one.strip(SPACE) for one in text.headers]
    count = Counter(headers)[header]
    if count != 1:
        problem = "no column" if not count else "more than one column"
        near = get_close_matches(header, headers, 1)
        hint = f" Nearest: {near[0]}." if near and not count else ""
        message = f"{text.place} has {problem} headed {header}, which the profile names {why}.{hint} Nothing was loaded."
        raise UserError(message)
    return f"c{headers.index(header)}"


def _of_profile(text: Text, profile: Profile) -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(column_of(text, header, f"for {name}") for header in profile.headers(name))
        for name in profile.made()
    }


def _missing(text: Text, lacking: list[Field], free: list[int]) -> str:
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
    return f"{text.place} lacks {count}: {names}{hint}.{sheets} Nothing was loaded."


def as_written(
    frame: pl.DataFrame, table: Table, matched: Matched, profile: Profile = NOTHING
) -> pl.DataFrame:
    """``row_number`` and one String column a field: its cells as they stand, joined or split by the profile."""
    cells = [_cell(one.name, matched, profile).alias(one.name) for one in table.fields]
    return frame.select(ROW, *cells)


def _cell(name: str, matched: Matched, profile: Profile) -> pl.Expr:
    columns = matched.fields.get(name, ())
    if name in profile.constants or not columns:
        return pl.lit(profile.constants.get(name), dtype=pl.String)
    if name in profile.joined:
        parts = [pl.col(column).str.strip_chars(SPACE) for column in columns]
        filled = pl.all_horizontal(part.str.len_bytes() > 0 for part in parts)
        return pl.when(filled).then(pl.concat_str(parts, separator=profile.joined[name].between))
    if name in profile.split:
        how = profile.split[name]
        place = how.part - 1 if how.part > 0 else how.part
        return pl.col(columns[0]).str.split(how.by).list.get(place, null_on_oob=True)
    return pl.col(columns[0])
