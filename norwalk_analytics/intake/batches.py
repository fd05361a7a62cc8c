"""Rows that come in batches of Arrow, as a cluster hands them out: typed, and what is wrong with them told.

Each batch goes the way of a file: what a cell is and what is said of it stands where the loader has it. What
needs other rows is found out by whoever holds them all.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

import polars as pl

from norwalk_analytics.intake.ambiguity import EITHER, FOUND, SAID, SEEN
from norwalk_analytics.intake.conforming import cleaned, conform
from norwalk_analytics.intake.contract import Contract, Rule, Table
from norwalk_analytics.intake.facts import REGISTERED
from norwalk_analytics.intake.frames import as_text
from norwalk_analytics.intake.gathering import Gathered, Places, gather
from norwalk_analytics.intake.judging import Converted, Told
from norwalk_analytics.intake.problems import PROBLEMS
from norwalk_analytics.intake.profiles import Profile
from norwalk_analytics.intake.reading_problems import YEAR_ALONE
from norwalk_analytics.intake.texts import ROW, Text, Wanted, of_records

if TYPE_CHECKING:
    import pyarrow as pa

PART, AT, RAW = "part", "at", "raw"
"""Of a row that comes in: which file it is of; its number in it, if that is known; its text, if it is ragged."""
WHAT, CELLS, UNREAD, ODD, FIRST = "what__", "cells__", "unread__", "odd__", "first__"
"""Of a typed row: what it is if it is not judged; its cells as written; the text of those that can't be read; whether
something is said of it whatever its rules say; the earlier row that it is the same as."""
READ = "registration_id__read"
RAGGED, BLANK, EXAMPLE = "ragged", "blank", "example"
FILE = 1 << 40
"""What is added to the row numbers of one file after the other."""
TOLD: dict[str, Any] = {
    ROW: pl.Int64, "file": pl.String, "sheet": pl.String, "row": pl.Int64, "aside": pl.Boolean,
    "reasons": pl.List(pl.String), CELLS: pl.List(pl.String),
    "problems": pl.List(pl.Struct(dict.fromkeys(PROBLEMS, pl.String))),
}  # fmt: skip


@dataclass(frozen=True)
class Batches:
    """A table whose rows come in batches.

    Attributes:
        table: the table of the contract.
        contract: the contract.
        rules: the rulebook with its parameters given.
        profile: an import profile.
        files: the names of its files.
        headers: its header.
        kind: what was found out about it, such as "Parquet".
        doubtful: field → the files in which a date that would do either way can't be read.
    """

    table: Table
    contract: Contract
    rules: tuple[Rule, ...]
    profile: Profile
    files: tuple[str, ...]
    headers: tuple[str, ...]
    kind: str
    doubtful: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def places(self) -> Places:
        """Where the rows stand."""
        return Places(tuple((name, None, number * FILE) for number, name in enumerate(self.files)))

    def unknown(self) -> list[str]:
        """The columns that are not the table's, under the names that they have in the source."""
        return list(self._gathered(self._text(0, self._empty(), [], [])).matched[0].unknown)

    def _empty(self) -> pl.DataFrame:
        return pl.DataFrame(schema={f"c{i}": pl.String for i in range(len(self.headers))})

    def schema(self) -> pa.Schema:
        """The columns of ``typed``, as Arrow has them."""
        return _schema(self._typed(0, self._empty(), [], []))

    def typed(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Rows as they come (PART, AT, RAW, then the cells in the order of the headers) → typed rows.

        Rows without a number are numbered as they come: those of one file come in order, and in one run of batches.
        """
        schema, seen = self.schema(), dict[int, int]()
        for batch in batches:
            frame = pl.DataFrame(batch)
            for (part,), rows in frame.group_by(PART, maintain_order=True):
                number = int(str(part))
                first = seen.get(number, 2)
                seen[number] = first + rows.height
                at = rows[AT]
                numbers = list(range(first, first + rows.height)) if at.null_count() else at.to_list()
                cells = rows.drop(PART, AT, RAW)
                zoned = [
                    name
                    for name, kind in cells.schema.items()
                    if isinstance(kind, pl.Datetime) and kind.time_zone
                ]
                cells = cells.with_columns(
                    pl.col(zoned).dt.convert_time_zone("UTC")
                )  # not the session's zone
                yield from _batches(self._typed(number, cells, numbers, rows[RAW].to_list()), schema)

    def _text(
        self, part: int, cells: pl.DataFrame, numbers: Sequence[int], raw: Sequence[str | None]
    ) -> Text:
        """Rows of a file as a Text."""
        name = self.files[part] if self.files else ""
        if not any(text is not None for text in raw) and self.headers[-1].strip():
            named = cells.rename({f"c{i}": f"h{i}" for i in range(cells.width)})
            text = as_text(name, None, named, self.kind, numbers)
            text = Text(name, None, list(self.headers), text.frame, {}, text.blank, self.kind)
        else:
            rows = [
                [cell or "" for cell in row] if line is None else next(csv.reader([line]), [])
                for row, line in zip(cells.iter_rows(), raw, strict=True)
            ]
            text = of_records(name, None, chain([self.headers], rows), self.kind, Wanted(header_row=1))
            at = pl.Series([0, 0, *numbers], dtype=pl.Int64)
            frame = text.frame.with_columns(at.gather(text.frame[ROW]).alias(ROW))
            ragged = {numbers[n - 2]: width for n, width in text.ragged.items()}
            text = Text(name, None, text.headers, frame, ragged, text.blank, self.kind)
        return text.shifted(part * FILE)

    def _gathered(self, text: Text) -> Gathered:
        return gather([text], self.table, self.profile, self.contract)

    def _typed(
        self, part: int, cells: pl.DataFrame, numbers: Sequence[int], raw: Sequence[str | None]
    ) -> pl.DataFrame:  # fmt: skip
        text = self._text(part, cells, numbers, raw)
        gathered = self._gathered(text)
        typed = conform(
            gathered.raw, self.table, self.contract.policy.zone, self.contract.code_lists, self.profile
        )
        texts = cleaned(gathered.raw, self.table, self.profile)
        typed = typed.hstack(
            gathered.unknown.rename({n: f"unknown__{i}" for i, n in enumerate(gathered.unknown.columns)})
        )
        typed = typed.with_columns(self._odd(gathered), _unread(typed, texts, self.table))
        every = text.frame.select(ROW, pl.concat_list(pl.exclude(ROW)).alias(CELLS))
        blank = pl.DataFrame({ROW: numbers}, schema={ROW: pl.Int64}) + part * FILE
        every = pl.concat([every, blank.join(every, on=ROW, how="anti")], how="diagonal")
        away = pl.concat([
            gathered.left_out.select(ROW, pl.col("rule").alias(WHAT)),
            gathered.ragged.select(ROW, pl.lit(RAGGED).alias(WHAT)),
            blank.join(text.frame, on=ROW, how="anti").select(ROW, pl.lit(BLANK).alias(WHAT)),
        ])  # fmt: skip
        joined = every.join(typed, on=ROW, how="left").join(away, on=ROW, how="left")
        other = ~pl.col(ROW).is_in(pl.concat([typed[ROW], away[ROW]]).implode())
        joined = joined.with_columns(
            pl.when(other).then(pl.lit(EXAMPLE)).otherwise(WHAT).alias(WHAT),
            pl.lit(part, dtype=pl.Int64).alias(PART),
        )
        if self.table.name == "tool_registrations":
            words = cleaned(
                pl.concat([gathered.raw, gathered.ragged]).select(ROW, "registration_id"),
                self.table,
                self.profile,
            )
            read = words.select(ROW, pl.col("registration_id").alias("read__"))
            joined = joined.join(read, on=ROW, how="left").with_columns(
                pl.coalesce("registration_id", "read__").alias(READ)
            ).drop("read__")  # fmt: skip
        return joined.sort(ROW)

    def _odd(self, gathered: Gathered) -> pl.Expr:
        """Whether something is said of a row whatever its rules say."""
        flags = [pl.col(f"{one.name}__unreadable") for one in self.table.fields]
        flags += [pl.col(f"{name}__twice") for name in self.table.of_type("datetime")]
        days = [*self.table.of_type("date"), *(f"{name}__on" for name in self.table.of_type("datetime"))]
        flags += [pl.col(day).is_between(*YEAR_ALONE).fill_null(value=False) for day in days]
        return pl.any_horizontal(*flags, pl.col(ROW).is_in(gathered.changed_examples.implode())).alias(ODD)

    def told(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Typed rows of which something is to be said, with ``r0`` … and ``any`` → what is said (TOLD)."""
        schema = told_schema()
        for batch in batches:
            frame = pl.DataFrame(batch)
            for (part,), rows in frame.group_by(PART, maintain_order=True):
                yield from _batches(self._told(int(str(part)), rows.sort(ROW)), schema)

    def _told(self, part: int, rows: pl.DataFrame) -> pl.DataFrame:
        width = max([len(self.headers), *rows[CELLS].list.len().fill_null(0)])
        cells = [pl.col(CELLS).list.get(i, null_on_oob=True).alias(f"c{i}") for i in range(width)]
        ragged = rows.filter(pl.col(WHAT) == RAGGED).select(ROW, pl.col(CELLS).list.drop_nulls().list.len())
        text = Text(
            self.files[part], None, list(self.headers), rows.select(ROW, *cells), dict(ragged.rows()), 0, self.kind,
            start=part * FILE,
        )  # fmt: skip
        gathered = self._gathered(text)
        once = rows.filter(pl.col(WHAT).is_null() & pl.col(FIRST).is_null())
        unsure = [
            once.filter((pl.col(PART).is_in(list(parts))) & (pl.col(f"{name}__slash") == EITHER)).select(ROW, pl.lit(name).alias("field"))
            for name, parts in self.doubtful.items()
        ]  # fmt: skip
        converted = Converted(
            once, gathered.raw, pl.DataFrame(schema=SEEN), pl.concat([pl.DataFrame(schema=FOUND), *unsure]),
            pl.DataFrame(schema=SAID), gathered.left_out,
        )  # fmt: skip
        same = rows.filter(pl.col(FIRST).is_not_null()).select(ROW, pl.col(FIRST).alias("first"))
        judged = once.select(ROW, *[f"r{i}" for i in range(len(self.rules))], "any")
        problems = self._say(gathered, converted, once, same, judged)
        critical = problems.filter(severity="critical")
        reasons = critical.group_by(ROW, maintain_order=True).agg(pl.col("wrong").alias("reasons"))
        said = problems.group_by(ROW, maintain_order=True).agg(pl.struct(PROBLEMS).alias("problems"))
        made = said.join(reasons, on=ROW, how="left").join(rows.select(ROW, CELLS), on=ROW, how="left")
        return made.select(
            ROW, pl.lit(text.file).alias("file"), pl.lit(None, dtype=pl.String).alias("sheet"),
            (pl.col(ROW) - part * FILE).alias("row"), pl.col("reasons").is_not_null().alias("aside"), "reasons", CELLS, "problems",
        ).select(pl.col(name).cast(kind) for name, kind in TOLD.items())  # fmt: skip

    def _say(
        self, gathered: Gathered, converted: Converted, once: pl.DataFrame, same: pl.DataFrame, judged: pl.DataFrame
    ) -> pl.DataFrame:  # fmt: skip
        told = Told(self.table, self.contract, self.profile, self.places, self.rules)
        return told.problems(gathered, converted, once, same, judged)

    def said(self, said: pl.DataFrame) -> pl.DataFrame:
        """What is said of the dates of whole files, as problems of no row.

        Args:
            said: as ``ambiguity.decided`` gives it.
        """
        gathered = self._gathered(self._text(0, self._empty(), [], []))
        typed = conform(
            gathered.raw, self.table, self.contract.policy.zone, self.contract.code_lists, self.profile
        )
        facts = [pl.lit(None, dtype=kind).alias(name) for name, kind in REGISTERED.items()]
        typed = typed.with_columns(facts)
        none = pl.DataFrame(schema={ROW: pl.Int64, "first": pl.Int64})
        converted = Converted(
            typed,
            gathered.raw,
            pl.DataFrame(schema=SEEN),
            pl.DataFrame(schema=FOUND),
            said,
            gathered.left_out,
        )
        flags: dict[str, Any] = {f"r{i}": pl.Boolean for i in range(len(self.rules))}
        judged = pl.DataFrame(schema={ROW: pl.Int64, **flags, "any": pl.Boolean})
        return self._say(gathered, converted, typed, none, judged)


def _unread(typed: pl.DataFrame, texts: pl.DataFrame, table: Table) -> pl.Series:
    """The cells of each row that can't be read, as text; null where all can."""
    flags = [f"{one.name}__unreadable" for one in table.fields]
    some = typed.select(pl.any_horizontal(flags)).to_series()
    if not some.any():
        return pl.Series(UNREAD, [None], dtype=pl.String).new_from_index(0, typed.height)
    cells = [
        pl.when(typed[f"{one.name}__unreadable"])
        .then(pl.concat_str(pl.lit(f"{one.name}\0"), one.name))
        .fill_null("")
        for one in table.fields
    ]
    written = texts.select(pl.concat_str(cells, separator="\0").alias(UNREAD)).to_series()
    return written.set(~some, None)


def _schema(frame: pl.DataFrame) -> pa.Schema:
    """A frame's columns as Arrow has them, texts and lists of the kinds that every reader knows."""
    import pyarrow as pa

    def plain(kind: pa.DataType) -> pa.DataType:
        if pa.types.is_large_string(kind):
            return pa.string()
        if pa.types.is_large_list(kind):
            return pa.list_(plain(kind.value_type))
        if pa.types.is_struct(kind):
            return pa.struct([(part.name, plain(part.type)) for part in kind])
        return kind

    return pa.schema([(one.name, plain(one.type)) for one in _arrow(frame).schema])


def _arrow(frame: pl.DataFrame) -> pa.Table:
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest())


def told_schema() -> pa.Schema:
    """The columns of what is told, as Arrow has them."""
    return _schema(pl.DataFrame(schema=TOLD))


def _batches(frame: pl.DataFrame, schema: pa.Schema) -> list[pa.RecordBatch]:
    return _arrow(frame).select(schema.names).cast(schema).to_batches()  # type: ignore[no-any-return]
