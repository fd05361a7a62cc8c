"""What breaks a reading rule: cells that can't be read, each with its own reason, and rows that are none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from norwalk_analytics.intake.cells import ERRORS, UNSEEN
from norwalk_analytics.intake.conforming import cleaned
from norwalk_analytics.intake.contract import Field, Table
from norwalk_analytics.intake.gathering import Gathered, Places
from norwalk_analytics.intake.matching import normal
from norwalk_analytics.intake.problems import SCHEMA, as_problems
from norwalk_analytics.intake.profiles import Profile
from norwalk_analytics.intake.texts import ROW, SPACE, UNSTORED, place

TYPES = {
    "date": "a date",
    "datetime": "a date with a time",
    "boolean": "yes or no",
    "integer": "a whole number",
    "string": "text",
}
SHORT_YEAR = r"^[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2}(?:[ T]|$)"
TOTAL = r"^(?i)(?:grand[ -]?|sub[ -]?)?(?:totals?|sum)\s*:?$"
YEAR_ALONE = (date(1905, 1, 1), date(1905, 12, 31))
"""A year from 1828 to 2192, typed where a spreadsheet shows dates, is shown as a day of 1905."""


def reading_problems(
    gathered: Gathered, typed: pl.DataFrame, same: pl.DataFrame, unsure: pl.DataFrame, said: pl.DataFrame,
    table: Table, texts: Mapping[str, Any], profile: Profile, places: Places,
) -> pl.DataFrame:  # fmt: skip
    """Ragged rows, cells that can't be read, times that don't exist or come twice, same rows.

    Args:
        gathered: the rows as written.
        typed: typed rows, without ragged ones and same ones.
        same: rows that are the same as an earlier one: row_number and first.
        unsure: cells whose day and month can't be told apart: row_number and field.
        said: columns of whose dates something is said as a whole (kind), at the row before a file's first.
        table: the table of the contract.
        texts: what is said of each kind.
        profile: that was applied.
        places: where rows stand, those of other pieces of the table too.
    """
    found = [pl.DataFrame(schema=SCHEMA), *_ragged(gathered, texts)]
    firsts = [{"first": places.named(first, row)} for row, first in same.iter_rows()]
    found.append(_each("same_row", same[ROW].to_list(), firsts, texts))
    found.append(
        _each(
            "example_row", gathered.changed_examples.to_list(), [{}] * len(gathered.changed_examples), texts
        )
    )
    for one in table.fields:
        for kind, rows in _unread(one, gathered.raw, typed, unsure, table, profile).items():
            found.append(_alike(kind, one, rows, texts))
        of = said.filter(pl.col("field") == one.name)
        found += [
            _alike(kind, one, of.filter(kind=kind)[ROW], texts)
            for kind in of["kind"].unique(maintain_order=True)
        ]
    return pl.concat(found)


def _ragged(gathered: Gathered, texts: Mapping[str, Any]) -> list[pl.DataFrame]:
    return [
        _each("ragged", list(text.ragged),
              [{"found": n, "expected": len(text.headers)} for n in text.ragged.values()], texts)
        for text in gathered.texts if text.ragged
    ]  # fmt: skip


def _unread(
    one: Field, raw: pl.DataFrame, typed: pl.DataFrame, unsure: pl.DataFrame, table: Table, profile: Profile
) -> dict[str, pl.Series]:
    """Kind → the rows in which a field's cell can't be read, or was read with a doubt."""
    bad = typed[ROW].filter(typed[f"{one.name}__unreadable"])
    found: dict[str, pl.Series] = {}
    if len(bad):
        cells = cleaned(raw.select(ROW, one.name).filter(pl.col(ROW).is_in(bad.implode())), table, profile)
        cell = pl.col(one.name).fill_null("")
        dated = pl.lit(one.type in ("date", "datetime"))
        kind = (
            pl.when(cell == UNSTORED).then(pl.lit("no_stored_value"))
            .when(cell.is_in(ERRORS)).then(pl.lit("spreadsheet_error"))
            .when(cell.str.contains(f"[{UNSEEN}]")).then(pl.lit("invisible"))
            .when(dated & cell.str.contains(SHORT_YEAR)).then(pl.lit("two_digit_year"))
            .when(pl.col(ROW).is_in(unsure.filter(pl.col("field") == one.name)[ROW].implode()))
            .then(pl.lit("ambiguous_date"))
            .otherwise(pl.lit("unreadable"))
        )  # fmt: skip
        absent = typed.filter(pl.col(f"{one.name}__absent"))[ROW] if one.type == "datetime" else bad.clear()
        kinds = cells.select(ROW, kind.alias("kind")).with_columns(
            pl.when(pl.col(ROW).is_in(absent.implode()))
            .then(pl.lit("absent_time"))
            .otherwise("kind")
            .alias("kind")
        )
        for (name,), group in kinds.group_by("kind", maintain_order=True):
            found[str(name)] = group[ROW]
    if one.type == "datetime" and typed[f"{one.name}__twice"].any():
        found["time_twice"] = typed[ROW].filter(typed[f"{one.name}__twice"])
    if one.type in ("date", "datetime"):
        days = typed[f"{one.name}__on" if one.type == "datetime" else one.name]
        found["year_alone"] = typed[ROW].filter(days.is_between(*YEAR_ALONE).fill_null(value=False))
    return found


def _alike(kind: str, one: Field, rows: pl.Series, texts: Mapping[str, Any]) -> pl.DataFrame:
    """Rows of which the same is said."""
    text = texts["reading"][kind]
    words = {"field": one.name, "type": TYPES[one.type], "how": texts["how"][one.type]}
    return as_problems(
        rows.to_frame(ROW), one.name, f"{one.name}.{kind}", one.clause, text["severity"],
        pl.lit(text["wrong"].format_map(words)), text["remedy"].format_map(words), 0,
    )  # fmt: skip


def _each(
    kind: str, rows: Sequence[int | None], words: Sequence[Mapping[str, Any]], texts: Mapping[str, Any]
) -> pl.DataFrame:
    """Whole rows, of each of which its own is said."""
    text = texts["reading"][kind]
    said = {part: [text[part].format_map(each) for each in words] for part in ("wrong", "remedy")}
    frame = pl.DataFrame({ROW: rows, **said}, schema={ROW: pl.Int64, "wrong": pl.String, "remedy": pl.String})
    return as_problems(frame, None, kind, (), text["severity"], pl.col("wrong"), pl.col("remedy"), 0)


def not_applied(refused: pl.DataFrame, places: Places, texts: Mapping[str, Any]) -> pl.DataFrame:
    """Corrections that did not fit: at their row's file, where that was read."""
    starts = {(file, sheet): start for file, sheet, start in places.parts}
    rows, words = [], []
    for file, sheet, row in refused.iter_rows():
        rows.append(starts.get((file, sheet)))
        words.append({"row": row, "place": place(file, sheet)})
    return _each("correction_not_applied", rows, words, texts)


def no_rows_of_a_table(
    problems: pl.DataFrame, gathered: Gathered, table: Table, texts: Mapping[str, Any]
) -> pl.DataFrame:
    """The same problems, but of a row that repeats the header or is a total nothing but that.

    Such rows break many rules at once; one reason says more than all of them.
    """
    aside = problems.filter((pl.col("severity") == "critical") & pl.col(ROW).is_not_null())[ROW].unique()
    if aside.is_empty():
        return problems
    headers, totals = [pl.Series(dtype=pl.Int64)], [pl.Series(dtype=pl.Int64)]
    for text, matched in zip(gathered.texts, gathered.matched, strict=True):
        rows = text.frame.filter(pl.col(ROW).is_in(aside.implode()))
        width = len(text.headers)
        first = pl.coalesce(
            pl.when(pl.col(f"c{i}").str.strip_chars(SPACE) != "").then(pl.col(f"c{i}")) for i in range(width)
        )
        rows = rows.with_columns(first.alias("first")).with_columns(
            pl.col("first").str.strip_chars(SPACE + UNSEEN)
        )
        plain = [normal(header) for header in text.headers]
        named = pl.col("first").str.to_lowercase().str.replace_all(r"[\s_-]+", "_")
        like = rows.filter(named.str.strip_chars("_").is_in(plain)).drop("first")
        again = [row[0] for row in like.iter_rows() if [normal(c or "") for c in row[1 : width + 1]] == plain]
        headers.append(pl.Series(again, dtype=pl.Int64))
        needed = [
            matched.fields[one.name][0] for one in table.fields if one.required and one.name in matched.fields
        ]
        empty = pl.any_horizontal(pl.col(c).fill_null("").str.strip_chars(SPACE) == "" for c in needed)
        totals.append(
            rows.filter(pl.col("first").str.contains(TOTAL) & empty)[ROW] if needed else rows[ROW].clear()
        )
    found = {"repeated_header": pl.concat(headers), "total_row": pl.concat(totals)}
    whole = pl.concat(list(found.values()))
    if whole.is_empty():
        return problems
    kept = problems.filter(~pl.col(ROW).is_in(whole.implode()) | pl.col(ROW).is_null())
    return pl.concat(
        [kept, *(_each(kind, rows.to_list(), [{}] * len(rows), texts) for kind, rows in found.items())]
    )
