"""The files of one table → one frame of its cells as written, in which every row can be found again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from norwalk_analytics.intake.conforming import cleaned
from norwalk_analytics.intake.contract import Contract, Table
from norwalk_analytics.intake.example import EXAMPLE, example_row
from norwalk_analytics.intake.matching import Matched, as_written, column_of, match
from norwalk_analytics.intake.profiles import Profile
from norwalk_analytics.intake.texts import ROW, SPACE, Text

EMPTIED = "emptied in the correction workbook"
LEFT_OUT: dict[str, Any] = {
    ROW: pl.Int64,
    "rule": pl.String,
    "kept_row": pl.Int64,
    "differs": pl.List(pl.String),
}
"""What is said of a row that a profile leaves out; the row kept in its place, and in what they differ."""


@dataclass(frozen=True)
class Places:
    """Where the rows of several files stand: file, sheet, and what was added to their row numbers."""

    parts: tuple[tuple[str, str | None, int], ...]

    def index(self, rows: pl.Series) -> pl.Series:
        """Which of the files holds each row."""
        starts = pl.Series([start for _, _, start in self.parts], dtype=pl.Int64)
        return starts.search_sorted(rows.fill_null(0), side="right").cast(pl.Int64) - 1

    def of(self, rows: pl.Series) -> pl.DataFrame:
        """``file``, ``sheet`` and ``row`` (as its file shows it, null for a whole file) of each row."""
        at = self.index(rows)
        columns = zip(*self.parts, strict=True)
        kinds = (pl.String, pl.String, pl.Int64)
        files, sheets, starts = (
            pl.Series(c, dtype=k).gather(at) for c, k in zip(columns, kinds, strict=True)
        )
        row = rows - starts
        row = row.set(row == 0, None)
        if len(self.parts) > 1:
            files = files.set(rows.is_null(), None)
        return pl.DataFrame({"file": files, "sheet": sheets, "row": row})

    def named(self, row: int, beside: int) -> str:
        """A row as a message about another names it: with its file where that is another file."""
        here, there = self.of(pl.Series([row, beside], dtype=pl.Int64)).rows()
        file = (
            ""
            if here[:2] == there[:2]
            else f" of {here[0]}"
            if here[1] is None
            else f" of {here[0]}, sheet {here[1]}"
        )
        return f"{here[2]}{file}"


@dataclass(frozen=True)
class Gathered:
    """All rows of a table as written.

    Attributes:
        texts: what was read, each with row numbers of its own.
        matched: which of its columns hold what, text by text.
        raw: ``row_number`` and a String column a field, of the rows that are judged.
        unknown: beside ``raw``: the columns that no field takes.
        ordering: beside ``raw``: the columns of the file by which a profile chooses one row of a key.
        ragged: as ``raw``, of the rows that do not fit their header.
        left_out: rows that the profile's filters leave out: row_number and rule.
        changed_examples: numbers of rows that bear a template's example key, but are changed.
        examples: how many example rows of a template were passed over.
    """

    texts: tuple[Text, ...]
    matched: tuple[Matched, ...]
    raw: pl.DataFrame
    unknown: pl.DataFrame
    ordering: pl.DataFrame
    ragged: pl.DataFrame
    left_out: pl.DataFrame
    changed_examples: pl.Series
    examples: int

    @property
    def places(self) -> Places:
        """Where each row stands."""
        return Places(tuple((text.file, text.sheet, text.start) for text in self.texts))

    @property
    def read(self) -> int:
        """Rows read: all but blank rows and examples."""
        return sum(text.frame.height for text in self.texts) - self.examples

    def origins(self) -> dict[tuple[str, str | None], dict[str, tuple[str, ...]]]:
        """File and sheet → field → the names of the columns that make it."""
        found = {}
        for text, matched in zip(self.texts, self.matched, strict=True):
            names = text.names()
            of = {
                name: tuple(names[int(column[1:])] for column in columns)
                for name, columns in matched.fields.items()
            }
            found[text.file, text.sheet] = of
        return found


def apart(texts: Sequence[Text]) -> list[Text]:
    """Texts with row numbers that differ from each other's; the first keeps its own."""
    start, moved = 0, []
    for text in texts:
        moved.append(text.shifted(start))
        start += max([*text.frame[ROW].tail(1), *text.ragged, 0]) + 1
    return moved


def gather(
    texts: Sequence[Text], table: Table, profile: Profile, contract: Contract, emptied: Sequence[int] = ()
) -> Gathered:
    """Match each text's columns, and put their rows together.

    Raises:
        UserError: if a text lacks a column that the table or the profile needs.
    """
    matched = [match(text, table, profile) for text in texts]
    raw, unknown, ordering, left_out = [], [], [], [pl.DataFrame(schema=LEFT_OUT)]
    order = profile.one_row.order if profile.one_row else ()
    headers = [name for name, _ in order if name not in [one.name for one in table.fields]]
    for text, one in zip(texts, matched, strict=True):
        raw.append(as_written(text.frame, table, one, profile))
        unknown.append(text.frame.select(pl.col(column).alias(name) for name, column in one.unknown.items()))
        columns = [
            pl.col(column_of(text, one, "for its order")).str.strip_chars(SPACE).alias(one) for one in headers
        ]
        ordering.append(text.frame.select(ROW, *columns))
        left_out += _filtered(text, profile)
    whole = pl.concat(raw)
    beside = unknown[0] if len(unknown) == 1 else pl.concat(
        [one.with_row_index("__at") for one in unknown], how="diagonal"
    ).drop("__at")  # fmt: skip
    ragged = pl.Series([n for text in texts for n in text.ragged], dtype=pl.Int64)
    passed, changed = _examples(whole, table, contract)
    left_out.append(_out(pl.DataFrame({ROW: emptied}, schema={ROW: pl.Int64}), EMPTIED))
    out = pl.concat(left_out).unique(ROW, keep="first", maintain_order=True).sort(ROW)
    out = out.filter(~pl.col(ROW).is_in(pl.concat([ragged, passed]).implode()))
    away = pl.concat([ragged, passed, out[ROW]])

    def staying(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.filter(~whole[ROW].is_in(away.implode())) if len(away) and frame.width else frame

    return Gathered(
        tuple(texts), tuple(matched), staying(whole), staying(beside), staying(pl.concat(ordering)),
        whole.filter(pl.col(ROW).is_in(ragged.implode())) if len(ragged) else whole.clear(),
        out, changed, len(passed),
    )  # fmt: skip


def _filtered(text: Text, profile: Profile) -> list[pl.DataFrame]:
    """The rows that each of a profile's filters leaves out."""
    found = []
    for one in profile.rows:
        column = column_of(text, one.column, "for its rows")
        cell = pl.col(column).str.strip_chars(SPACE).fill_null("")
        hit = (
            cell.is_in(list(one.leave_out))
            if one.leave_out is not None
            else ~cell.is_in(list(one.keep or ()))
        )
        found.append(_out(text.frame.filter(hit), one.rule))
    return found


def _out(rows: pl.DataFrame, rule: str) -> pl.DataFrame:
    """Rows left out under a rule, no other kept in their place."""
    none = pl.lit(None)
    return rows.select(
        ROW,
        pl.lit(rule).alias("rule"),
        none.cast(pl.Int64).alias("kept_row"),
        none.cast(pl.List(pl.String)).alias("differs"),
    )


def _examples(raw: pl.DataFrame, table: Table, contract: Contract) -> tuple[pl.Series, pl.Series]:
    """Rows that are a template's example, and rows that bear its key but are changed."""
    key = table.key[0]
    some = raw.filter(
        pl.col(key).str.contains(EXAMPLE, literal=True)
    )  # in no time; then the few more closely
    some = some.filter(pl.col(key).str.strip_chars(SPACE) == EXAMPLE)
    if some.is_empty():
        return some[ROW], some[ROW]
    example = example_row(table, contract)
    cells = cleaned(some, table)
    same = cells.select(
        pl.all_horizontal(
            pl.col(one.name).eq_missing(pl.lit(example.get(one.name) or None)) for one in table.fields
        )
    ).to_series()
    return some[ROW].filter(same), some[ROW].filter(~same)
