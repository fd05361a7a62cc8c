"""The steps in order: read, match, convert, check, split; and what the caller gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl
from narwhals.exceptions import NarwhalsError

from norwalk_analytics.intake.conforming import Profile, as_written, conform, match, read_profile
from norwalk_analytics.intake.contract import (
    SMALL_TABLES,
    TABLES,
    Contract,
    Rule,
    Table,
    read_contract,
)
from norwalk_analytics.intake.facts import Register, with_facts
from norwalk_analytics.intake.folder import files_of
from norwalk_analytics.intake.problems import SCHEMA, reading_problems, rule_problems
from norwalk_analytics.intake.reading import ROW, read_text
from norwalk_analytics.intake.rules import broken_through_keys, unsuited
from norwalk_analytics.intake.splitting import (
    among,
    placed,
    quarantined,
    register_of,
    same_rows,
    without,
)
from norwalk_analytics.policy import Policy, UserError, today

if TYPE_CHECKING:
    from great_expectations import ExpectationSuite
    from great_expectations.core import ExpectationSuiteValidationResult

Source: TypeAlias = str | Path
OneContract: TypeAlias = Contract | str | Path | None


@dataclass(frozen=True, repr=False)
class Loaded:
    """One table, loaded. ``read == accepted.height + quarantined.height + left_out.height``.

    Attributes:
        table: the table of the contract.
        file: the file's name; sheet: the workbook's sheet; assumed: what was found out about it.
        frame: accepted rows, typed, with the columns that the loader sets beside them (``__``).
        aside: rows that the rulebook judged and that were set aside, as in ``frame``; neither ragged
            rows nor those that are the same as an earlier one.
        quarantined: rows set aside: file, sheet, row_number, reasons, and every raw cell as it stood.
        problems: one row a broken rule: file, sheet, row, field, rule, clause, severity, wrong,
            remedy.
        left_out: rows that a profile left out: row_number and rule.
        read: rows read; blank: wholly blank rows, which are not rows read.
        unknown: columns that the contract does not know; they are kept.
        rules: the rulebook that was run, with its parameters.
        path: where the file is.
    """

    table: Table
    file: str
    sheet: str | None
    assumed: str
    frame: pl.DataFrame
    aside: pl.DataFrame
    quarantined: pl.DataFrame
    problems: pl.DataFrame
    left_out: pl.DataFrame
    read: int
    blank: int
    unknown: tuple[str, ...]
    rules: tuple[Rule, ...]
    path: Path
    register: Register | None = None

    @property
    def accepted(self) -> pl.DataFrame:
        """The accepted rows: the table's fields, typed, then the columns that are not ours."""
        return self.frame.select([one.name for one in self.table.fields] + list(self.unknown))

    @property
    def judged(self) -> pl.DataFrame:
        """The typed rows that the rulebook was run on: ``frame`` and ``aside`` together, in order."""
        if self.aside.is_empty():
            return self.frame
        return pl.concat([self.frame, self.aside]).sort(ROW, maintain_order=True)

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
    def warnings(self) -> int:
        """How many warnings there are, one a row and rule."""
        return self.problems.filter(pl.col("severity") != "critical").height

    def __repr__(self) -> str:
        """One line of counts."""
        return (
            f"<{self.table.name} from {self.file}: {self.read:,} read, {self.frame.height:,} accepted, "
            f"{self.quarantined.height:,} set aside, {self.warnings:,} warnings>"
        )

    def _repr_html_(self) -> str:
        from norwalk_analytics.intake.display import loaded_html

        return loaded_html(self)


@dataclass(frozen=True, repr=False)
class District:
    """The tables of a data folder, as they stood on ``as_of``.

    Attributes:
        contract: what they were checked against.
        as_of: the only "now": the end of that day in the policy's time zone.
        tables: table name → Loaded, of the tables that are there.
        sample: whether the data are made up.
        folder: where they were read.
    """

    contract: Contract
    as_of: date
    tables: Mapping[str, Loaded]
    sample: bool = False
    folder: Path | None = None

    @property
    def policy(self) -> Policy:
        """The policy that is overseen."""
        return self.contract.policy

    @property
    def missing(self) -> list[str]:
        """Names of the three tables that are not there."""
        return [name for name in TABLES if name not in self.tables]

    def frame(self, table: str) -> pl.DataFrame | None:
        """The accepted rows of a table with the columns beside them, or None without the table."""
        return self.tables[table].frame if table in self.tables else None

    def __repr__(self) -> str:
        """One line a table."""
        lines = [repr(loaded) for loaded in self.tables.values()]
        return "\n".join([f"<District as of {self.as_of}>", *lines])

    def _repr_html_(self) -> str:
        from norwalk_analytics.intake.display import district_html

        return district_html(self)


def load_tool_registrations(
    source: Source, *, contract: OneContract = None, as_of: date | None = None,
    profile: Source | None = None, sheet: str | None = None,
) -> Loaded:  # fmt: skip
    """Load and check tool registrations from a CSV or XLSX file.

    Args:
        source: the file.
        contract: a contract folder, laid over the shipped one; or a Contract.
        as_of: the day at whose end the data are read; today where none is given.
        profile: an import profile, where the table is not ours.
        sheet: the sheet of a workbook; the first where none is named.

    Returns:
        Accepted rows, rows set aside, and problems; no row is lost.

    Raises:
        UserError: if the file can't be read as this table, in one sentence.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from norwalk_analytics.sample import write_sample
        >>> with TemporaryDirectory() as folder:
        ...     _ = write_sample(Path(folder))
        ...     loaded = load_tool_registrations(Path(folder) / "tool_registrations.csv")
        >>> loaded.read == loaded.accepted.height
        True
    """
    return _alone("tool_registrations", source, contract, as_of, profile, sheet)


def load_exception_log(
    source: Source, *, contract: OneContract = None, as_of: date | None = None,
    profile: Source | None = None, sheet: str | None = None,
) -> Loaded:  # fmt: skip
    """Load and check an exception log; as ``load_tool_registrations``.

    Without the registrations beside it, a registration_id can't be looked up and is not judged.
    """
    return _alone("exception_log", source, contract, as_of, profile, sheet)


def load_audit_findings(
    source: Source, *, contract: OneContract = None, as_of: date | None = None,
    profile: Source | None = None, sheet: str | None = None,
) -> Loaded:  # fmt: skip
    """Load and check audit findings; as ``load_tool_registrations``.

    Without the registrations beside it, a registration_id can't be looked up and is not judged.
    """
    return _alone("audit_findings", source, contract, as_of, profile, sheet)


def _alone(
    table: str, source: Source, contract: OneContract, as_of: date | None, profile: Source | None, sheet: str | None
) -> Loaded:  # fmt: skip
    whole = _contract(contract)
    day = check_as_of(as_of, whole.policy)
    return load_table(table, Path(source), whole, day, _profile(whole, table, profile), sheet, None)


def load_district(
    folder: Source,
    *,
    contract: OneContract = None,
    as_of: date | None = None,
    profiles: Sequence[Source] = (),
) -> District:
    """Load every table that a data folder holds.

    A folder may hold ``district.toml`` with as_of, sample and, per table, file, sheet and profile;
    an argument given wins. A table's file is otherwise the one that bears its name. The folder may
    also be a single file, where a profile says which table it is.

    Args:
        folder: the data folder (or one file, with one profile).
        contract: a contract folder, laid over the shipped one; or a Contract.
        as_of: the day at whose end the data are read; else district.toml's, else today.
        profiles: import profiles; each names its table.

    Raises:
        UserError: if there is no table, or a file can't be read as its table.
    """
    root = Path(folder)
    whole = _contract(contract)
    given = [read_profile(Path(path), whole.tables) for path in profiles]
    settings, files = files_of(root, given)
    day = check_as_of(as_of if as_of is not None else settings.get("as_of"), whole.policy)
    by_table = {profile.table: profile for profile in given}
    register, loaded = None, {}
    for table in (*TABLES, *SMALL_TABLES):
        if table not in files:
            continue
        said = settings.get(table, {})
        profile = by_table.get(table) or _profile(whole, table, _beside(root, said.get("profile")))
        one = load_table(table, files[table], whole, day, profile, said.get("sheet"), register)
        register = one.register or register
        loaded[table] = one
    return District(whole, day, loaded, bool(settings.get("sample", False)), root)


def _beside(root: Path, name: str | None) -> Path | None:
    return None if name is None else root / name


def _contract(contract: OneContract) -> Contract:
    return contract if isinstance(contract, Contract) else read_contract(contract)


def _profile(contract: Contract, table: str, path: Source | None) -> Profile | None:
    """The profile given, else the contract folder's own for this table."""
    found = path if path is not None else contract.profiles.get(table)
    if found is None:
        return None
    profile = read_profile(Path(found), contract.tables)
    if profile.table != table:
        message = f"{Path(found).name} is a profile of {profile.table}, not of {table}."
        raise UserError(message)
    return profile


def check_as_of(as_of: Any, policy: Policy) -> date:
    """``as_of`` as a date on or after enactment, today by default; UserError otherwise."""
    day = today(policy.zone) if as_of is None else as_of
    if type(day) is not date:
        message = "as_of is not a date. Write it as YYYY-MM-DD."
        raise UserError(message)
    if day < policy.enacted:
        message = f"as_of ({day}) is before the policy was enacted ({policy.enacted}): there is nothing to judge yet."
        raise UserError(message)
    return day


def load_table(
    name: str, source: Path, contract: Contract, as_of: date,
    profile: Profile | None = None, sheet: str | None = None, register: Register | None = None,
) -> Loaded:  # fmt: skip
    """Load one table by the six steps of the contract; see ``load_tool_registrations``."""
    table = contract.tables[name]
    text = read_text(source, sheet or (profile.sheet if profile else None))
    taken, unknown = match(text, table, profile)
    rules = tuple(rule.given(contract.parameters(as_of)) for rule in table.rules)
    known = [rule for rule in rules if rule.known]
    whole = without(text.frame, text.ragged)
    raw = as_written(whole, table, taken, profile)
    typed = conform(raw, table, contract.policy.zone, contract.code_lists, profile)
    typed = typed.hstack([whole[column].alias(kept) for kept, column in unknown.items()])
    same, again = same_rows(typed, raw, table, list(unknown), profile)
    once = with_facts(without(typed, same[ROW]), name, register)
    judged = _judged(once, known, table.key, again, f"{name}.expectations.json")
    problems = pl.concat([
        reading_problems(text, once, same, table, contract.texts),
        rule_problems(once, raw, judged, known, table, contract, profile),
        _by_great_expectations(once, rules, contract, name),
    ])  # fmt: skip
    problems = problems.sort(ROW, "order", maintain_order=True).drop("order")
    critical = problems.filter((pl.col("severity") == "critical") & pl.col(ROW).is_not_null())
    aside = critical[ROW].unique()
    accepted = without(once, aside)
    return Loaded(
        table=table, file=text.file, sheet=text.sheet, assumed=text.assumed,
        frame=accepted, aside=among(once, aside), quarantined=quarantined(text, critical),
        problems=placed(problems, text), left_out=pl.DataFrame(schema={ROW: pl.Int64, "rule": pl.String}),
        read=text.frame.height, blank=text.blank, unknown=tuple(unknown), rules=rules,
        path=source.resolve(),
        register=register_of(text, typed, accepted, table, taken, profile)
        if name == "tool_registrations" else None,
    )  # fmt: skip


def _judged(
    once: pl.DataFrame, rules: Sequence[Rule], key: Sequence[str], again: pl.Series, file: str
) -> pl.DataFrame:
    """The rulebook run; UserError where an expectation of a contract does not suit its columns."""
    try:
        return broken_through_keys(once, rules, key, again)
    except (pl.exceptions.PolarsError, NarwhalsError, TypeError, ValueError):
        wrong = unsuited(once, rules)
    which = f"the expectation {wrong.id}" if wrong else "an expectation"
    message = f"{file}: {which} can't be run: its arguments do not suit its columns. Nothing was loaded."
    raise UserError(message)


def _by_great_expectations(
    once: pl.DataFrame, rules: Sequence[Rule], contract: Contract, name: str
) -> pl.DataFrame:
    """Problems of the rules that only Great Expectations can run; it is imported only where there is one."""
    if all(rule.known for rule in rules):
        return pl.DataFrame(schema=SCHEMA)
    from norwalk_analytics.intake.rulebook import CUSTOM, problems_by_great_expectations

    file, custom = f"{name}.expectations.json", contract.files.get(CUSTOM)
    return problems_by_great_expectations(once, rules, file, custom)
