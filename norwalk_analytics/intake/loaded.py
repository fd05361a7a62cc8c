"""What a loader gives back: one table, or the tables of a district."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from norwalk_analytics.intake.contract import TABLES, Contract, Rule, Table
from norwalk_analytics.intake.facts import Register
from norwalk_analytics.intake.gathering import Places
from norwalk_analytics.intake.texts import ROW, place
from norwalk_analytics.policy import Policy, UserError
from norwalk_analytics.telling import did_you_mean

if TYPE_CHECKING:
    from great_expectations import ExpectationSuite
    from great_expectations.core import ExpectationSuiteValidationResult

    from norwalk_analytics.intake.scanned import Scanned


def by_rule(problems: pl.DataFrame) -> pl.DataFrame:
    """One row a rule that was broken: rule, severity, rows, and what to do; those that set aside first."""
    return (
        problems.group_by("rule", "severity", maintain_order=True)
        .agg(pl.len().alias("rows"), pl.col("remedy").first())
        .sort("severity", "rows", "rule", descending=[False, True, False])
    )


class Counts(NamedTuple):
    """How many rows of a table were read, and what became of them."""

    read: int
    accepted: int
    set_aside: int
    left_out: int
    warnings: int

    def line(self) -> str:
        """The counts as one line."""
        return (
            f"{self.read:,} read, {self.accepted:,} accepted, {self.set_aside:,} set aside, "
            f"{self.left_out:,} left out, {self.warnings:,} warnings"
        )


class Checked:
    """What a table in memory and one that is not have in common."""

    table: Table
    file: str
    frame: Any
    unknown: tuple[str, ...]

    @property
    def where(self) -> str:
        """Where its rows stood, as a message names it."""
        return self.file

    @property
    def columns(self) -> list[str]:
        """The table's fields, then the columns that are not ours."""
        return [one.name for one in self.table.fields] + list(self.unknown)

    @property
    def accepted(self) -> Any:
        """The accepted rows: ``columns`` of ``frame``, typed."""
        return self.frame.select(self.columns)

    def _repr_html_(self) -> str:
        from norwalk_analytics.intake.notebook import checked_html

        return checked_html(self)  # type: ignore[arg-type]  # there are two of this kind


@dataclass(frozen=True, repr=False)
class Loaded(Checked):
    """One table, loaded. ``read == accepted.height + quarantined.height + left_out.height``.

    Attributes:
        table: the table of the contract.
        file: the file's name, or how many there are; sheet: the workbook's sheet, if it is one; assumed:
            what was found out about them.
        frame: accepted rows, typed, with the columns that the loader sets beside them (``__``).
        aside: rows that the rulebook judged and that were set aside, as in ``frame``; neither ragged
            rows nor those that are the same as an earlier one.
        quarantined: rows set aside: file, sheet, row_number, reasons, and every raw cell as it stood.
        problems: one row a broken rule: file, sheet, row, field, rule, clause, severity, wrong,
            remedy.
        left_out: rows that a profile left out: file, sheet, row_number, rule; and, where another row of
            their key was kept, kept_row, kept_file and the fields in which the two differ.
        mended: mended rows that are not set aside any more, as in ``quarantined``.
        corrected: what a correction workbook changed: file, sheet, row_number, column, before, after.
        read: rows read; blank: wholly blank rows, and examples: a template's example rows, which are
            not rows read.
        unknown: columns that the contract does not know; they are kept.
        rules: the rulebook that was run, with its parameters.
        paths: where the files are; none for a frame or a server.
        places: where each row of ``frame`` stands: those of several files are numbered on.
        origins: file and sheet → field → the columns of ``quarantined`` that hold its cells.
    """

    table: Table
    file: str
    sheet: str | None
    assumed: str
    frame: Any
    aside: pl.DataFrame
    quarantined: pl.DataFrame
    problems: pl.DataFrame
    left_out: pl.DataFrame
    mended: pl.DataFrame
    corrected: pl.DataFrame
    read: int
    blank: int
    examples: int
    unknown: tuple[str, ...]
    rules: tuple[Rule, ...]
    paths: tuple[Path, ...]
    places: Places
    origins: Mapping[tuple[str, str | None], Mapping[str, tuple[str, ...]]]
    register: Register | None = None

    @property
    def where(self) -> str:
        """The file, and of a workbook the sheet."""
        return place(self.file, self.sheet)

    @property
    def judged(self) -> pl.DataFrame:
        """The typed rows that the rulebook was run on: ``frame`` and ``aside`` together, in order."""
        frame: pl.DataFrame = self.frame
        return (
            frame if self.aside.is_empty() else pl.concat([frame, self.aside]).sort(ROW, maintain_order=True)
        )

    @property
    def rulebook(self) -> pl.DataFrame:
        """Every rule that was run, reading rules apart, and how many problems it gave.

        Columns ``rule``, ``clause``, ``severity``, ``expectation``, ``wrong``, ``remedy``, ``rows``.
        """
        from norwalk_analytics.intake.display import rulebook

        return rulebook(self)

    def expectation_suite(self) -> ExpectationSuite:
        """The table's whole rulebook, reading rules apart, as a suite of Great Expectations.

        Each expectation has its severity, and in its ``meta`` the rule's id, its clause and the two
        sentences that a person reads.

        Raises:
            UserError: if Great Expectations is not installed.
        """
        from norwalk_analytics.intake.rulebook import suite

        return suite(self.table.name, self.rules)

    def validation_result(self, result_format: Any = None) -> ExpectationSuiteValidationResult:
        """The rulebook run by Great Expectations' Polars engine.

        Args:
            result_format: Great Expectations' own; by default each rule's broken rows by their numbers,
                and no value of theirs.

        Raises:
            UserError: if Great Expectations is not installed.
        """
        from norwalk_analytics.intake.rulebook import validation_result

        return validation_result(self, result_format)

    @property
    def counts(self) -> Counts:
        """How many rows were read, and what became of them."""
        accepted, aside, out = (part.height for part in (self.frame, self.quarantined, self.left_out))
        return Counts(self.read, accepted, aside, out, self.warnings)

    @property
    def warnings(self) -> int:
        """How many warnings there are, one a row and rule."""
        return self.problems.filter(pl.col("severity") != "critical").height

    @property
    def by_rule(self) -> pl.DataFrame:
        """One row a rule that was broken: rule, severity, rows, and what to do."""
        return by_rule(self.problems)

    def columns_of(self, file: str, sheet: str | None, field: str) -> tuple[str, ...]:
        """The columns of ``quarantined`` that hold a field's cells in a file; none for a constant."""
        return self.origins.get((file, sheet), {}).get(field, ())

    def __repr__(self) -> str:
        """One line of counts."""
        return (
            f"<{self.table.name} from {self.file}: {self.read:,} read, {self.frame.height:,} accepted, "
            f"{self.quarantined.height:,} set aside, {self.warnings:,} warnings>"
        )


class NoSuchNameError(UserError, KeyError):
    """A name that is none of those there are; as text its sentence, which a KeyError would put in quotes."""

    __str__ = Exception.__str__


class Tables(dict[str, "Loaded | Scanned"]):
    """The tables that are there, by name; of any other it says which is near."""

    def __missing__(self, name: str) -> Loaded | Scanned:
        """Refuse the name."""
        there = list(self)
        message = f"There is no table {name}.{did_you_mean(str(name), there)} There are: {', '.join(there)}."
        raise NoSuchNameError(message)


def _as_it_is(frame: Any) -> Any:
    return frame


@dataclass(frozen=True, repr=False)
class District:
    """The tables of a data folder, as they stood on ``as_of``.

    Attributes:
        contract: what they were checked against.
        as_of: the only "now": the end of that day in the policy's time zone.
        tables: table name → Loaded, or Scanned where it is not in memory, of the tables that are there.
        sample: whether the data are made up.
        folder: where they were read.
        beside: puts a small Polars frame beside the three tables, as a frame of the engine that runs them.
        kept: keeps a frame of that engine where it is made, so that it is not made again.
    """

    contract: Contract
    as_of: date
    tables: Mapping[str, Loaded | Scanned]
    sample: bool = False
    folder: Path | None = None
    beside: Callable[[pl.DataFrame], Any] = _as_it_is
    kept: Callable[[Any], Any] = _as_it_is

    def __post_init__(self) -> None:
        """Tables that know their names."""
        object.__setattr__(self, "tables", Tables(self.tables))

    @property
    def policy(self) -> Policy:
        """The policy that is overseen."""
        return self.contract.policy

    @property
    def missing(self) -> list[str]:
        """Names of the three tables that are not there."""
        return [name for name in TABLES if name not in self.tables]

    @property
    def loaded(self) -> dict[str, Loaded]:
        """The tables, if they are all in memory; UserError otherwise."""
        away = [name for name, one in self.tables.items() if not isinstance(one, Loaded)]
        if away:
            message = (
                f"{away[0]} is not in memory: its rows stand in files. Load the folder with load_district."
            )
            raise UserError(message)
        return {name: one for name, one in self.tables.items() if isinstance(one, Loaded)}

    def frame(self, table: str) -> Any:
        """The accepted rows of a table with the columns beside them, or None without the table.

        A Polars DataFrame; of the three tables it may be a LazyFrame, or a frame of another engine.

        Raises:
            UserError: if no table is called so.
        """
        known = list(self.contract.tables)
        if table not in known:
            message = f"No table is called {table}.{did_you_mean(table, known)} Known: {', '.join(known)}."
            raise NoSuchNameError(message)
        return self.tables[table].frame if table in self.tables else None

    def __repr__(self) -> str:
        """One line a table."""
        lines = [repr(loaded) for loaded in self.tables.values()]
        made_up = ", made-up sample data" if self.sample else ""
        return "\n".join([f"<District as of {self.as_of}{made_up}>", *lines])

    def _repr_html_(self) -> str:
        from norwalk_analytics.intake.notebook import district_html

        return district_html(self)
