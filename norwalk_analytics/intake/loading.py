"""The steps in order: read, match, convert, check, split."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl
from narwhals.exceptions import NarwhalsError

from norwalk_analytics.intake.across import Whole
from norwalk_analytics.intake.ambiguity import decided, seen, verdicts
from norwalk_analytics.intake.conforming import conform
from norwalk_analytics.intake.contract import SMALL_TABLES, TABLES, Contract, Rule, Table, read_contract
from norwalk_analytics.intake.facts import Register, with_facts
from norwalk_analytics.intake.folder import files_of
from norwalk_analytics.intake.gathering import Gathered, Places, apart, gather
from norwalk_analytics.intake.keeping import others
from norwalk_analytics.intake.loaded import District, Loaded
from norwalk_analytics.intake.matching import holder
from norwalk_analytics.intake.mending import (
    Mended,
    apply,
    read_corrections,
    unmended,
    workbook_of,
)
from norwalk_analytics.intake.packages import DESCRIPTOR, resource
from norwalk_analytics.intake.problems import SCHEMA, rule_problems
from norwalk_analytics.intake.profiles import NOTHING, Profile, read_profile
from norwalk_analytics.intake.reading import Source, texts_of
from norwalk_analytics.intake.reading_problems import no_rows_of_a_table, not_applied, reading_problems
from norwalk_analytics.intake.rules import broken_as_known, broken_through_keys, unsuited
from norwalk_analytics.intake.splitting import (
    among,
    placed,
    placed_left_out,
    quarantined,
    register_of,
    same_rows,
    taken_in,
    without,
)
from norwalk_analytics.intake.texts import ROW, Text, Wanted
from norwalk_analytics.policy import Policy, UserError, today
from norwalk_analytics.telling import as_text

OneContract: TypeAlias = Contract | str | Path | None
Step: TypeAlias = Callable[[str], None]
"""Is told what is being done."""


def load_tool_registrations(
    source: Source, *, contract: OneContract = None, as_of: date | None = None, profile: str | Path | None = None,
    sheet: str | None = None, query: str | None = None, corrections: str | Path | None = None,
) -> Loaded:  # fmt: skip
    """Load and check tool registrations.

    Args:
        source: a file (CSV, TSV, XLSX, XLSM, XLSB, XLS, ODS, Parquet, Arrow IPC, JSON, NDJSON, any of them
            packed as .gz or .zip, SQLite, DuckDB); a folder or a glob, all of whose files are this table;
            ``postgresql://host/database``; a frame of Polars, pandas or Arrow; a datapackage.json.
        contract: a contract folder, laid over the shipped one; or a Contract.
        as_of: the day at whose end the data are read; today where none is given.
        profile: an import profile, where the table is not ours.
        sheet: the sheet of a workbook, the first where none is named, or the table of a database. A
            pattern such as ``*`` takes several.
        query: SQL, for a database.
        corrections: a correction workbook that was mended, or the folder in which it lies.

    Returns:
        Accepted rows, rows set aside, and problems; no row is lost.

    Raises:
        UserError: if the source can't be read as this table, in one sentence.

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
    return _alone("tool_registrations", source, contract, as_of, profile, sheet, query, corrections)


def load_exception_log(
    source: Source, *, contract: OneContract = None, as_of: date | None = None, profile: str | Path | None = None,
    sheet: str | None = None, query: str | None = None, corrections: str | Path | None = None,
) -> Loaded:  # fmt: skip
    """Load and check an exception log; as ``load_tool_registrations``.

    Without the registrations beside it, a registration_id can't be looked up and is not judged.
    """
    return _alone("exception_log", source, contract, as_of, profile, sheet, query, corrections)


def load_audit_findings(
    source: Source, *, contract: OneContract = None, as_of: date | None = None, profile: str | Path | None = None,
    sheet: str | None = None, query: str | None = None, corrections: str | Path | None = None,
) -> Loaded:  # fmt: skip
    """Load and check audit findings; as ``load_tool_registrations``.

    Without the registrations beside it, a registration_id can't be looked up and is not judged.
    """
    return _alone("audit_findings", source, contract, as_of, profile, sheet, query, corrections)


def _alone(
    table: str, source: Source, contract: OneContract, as_of: date | None, profile: str | Path | None,
    sheet: str | None, query: str | None, corrections: str | Path | None,
) -> Loaded:  # fmt: skip
    whole = _contract(contract)
    day = check_as_of(as_of, whole.policy)
    used = _profile(whole, table, profile)
    return load_table(
        table,
        resource(source, table),
        whole,
        day,
        used,
        sheet,
        query,
        None if corrections is None else Path(corrections),
    )


def load_district(
    folder: str | Path,
    *,
    contract: OneContract = None,
    as_of: date | None = None,
    profiles: Sequence[str | Path] = (),
    corrections: str | Path | None = None,
    step: Step | None = None,
) -> District:
    """Load every table that a data folder holds.

    A folder may hold ``district.toml`` with as_of, sample, corrections and, per table, file (a glob, a
    folder or the URI of a database too), sheet, query and profile; an argument given wins. A table's file
    is otherwise the one that bears its name, or all files of the folder that does, or what a
    datapackage.json names. The folder may also be a single file, where a profile says which table it is.

    Args:
        folder: the data folder, or its datapackage.json; or one table (a file, a glob, the URI of a database)
            whose profile says which it is.
        contract: a contract folder, laid over the shipped one; or a Contract.
        as_of: the day at whose end the data are read; else district.toml's, else today.
        profiles: import profiles; each names its table.
        corrections: the folder in which mended correction workbooks lie.
        step: is told what is being done.

    Raises:
        UserError: if there is no table, or a file can't be read as its table.
    """
    of = sources_of(folder, contract, as_of, profiles, corrections)
    register, loaded = None, {}
    for name, one in of.tables.items():
        loaded[name] = load_table(
            name, one.source, of.contract, of.as_of, one.profile, one.sheet, one.query, of.corrections, register, step
        )  # fmt: skip
        register = loaded[name].register or register
    return District(of.contract, of.as_of, loaded, of.sample, of.folder)


@dataclass(frozen=True)
class OneSource:
    """Where a table stands, and how it is read."""

    source: Source
    profile: Profile
    sheet: str | None
    query: str | None


@dataclass(frozen=True)
class Sources:
    """What a data folder and its ``district.toml`` say.

    Attributes:
        contract: what the tables are checked against.
        as_of: the day at whose end they are read.
        tables: name → where it stands, in the order in which they are loaded.
        sample: whether the data are made up.
        folder: the data folder.
        corrections: where mended correction workbooks lie.
    """

    contract: Contract
    as_of: date
    tables: dict[str, OneSource]
    sample: bool
    folder: Path | None
    corrections: Path | None


def sources_of(
    folder: str | Path, contract: OneContract, as_of: date | None, profiles: Sequence[str | Path],
    corrections: str | Path | None = None,
) -> Sources:  # fmt: skip
    """What is loaded of a data folder; see ``load_district``."""
    whole = _contract(contract)
    given = [read_profile(Path(path), whole.tables) for path in profiles]
    settings, files = files_of(folder, given)
    root = Path(folder).parent if Path(folder).name == DESCRIPTOR else Path(folder)
    day = check_as_of(as_of if as_of is not None else settings.get("as_of"), whole.policy)
    by_table = {profile.table: profile for profile in given}
    said = settings.get("corrections")
    mended = corrections if corrections is not None else None if said is None else root / str(said)
    tables = {}
    for table in (*TABLES, *SMALL_TABLES):
        if table not in files:
            continue
        of = settings.get(table, {})
        profile = by_table.get(table) or _profile(whole, table, _beside(root, of.get("profile")))
        tables[table] = OneSource(files[table], profile, of.get("sheet"), of.get("query"))
    sample = bool(settings.get("sample", False))
    return Sources(whole, day, tables, sample, root, None if mended is None else Path(mended))


def sources_without_folder(
    names: Sequence[str], contract: OneContract, as_of: date | None, profiles: Sequence[str | Path]
) -> Sources:
    """What is loaded of tables that stand in no folder here; see ``sources_of``."""
    whole = _contract(contract)
    by_table = {one.table: one for one in (read_profile(Path(path), whole.tables) for path in profiles)}
    tables = {
        name: OneSource(None, by_table.get(name) or _profile(whole, name, None), None, None)
        for name in (*TABLES, *SMALL_TABLES) if name in names
    }  # fmt: skip
    return Sources(whole, check_as_of(as_of, whole.policy), tables, False, None, None)


def _beside(root: Path, name: str | None) -> Path | None:
    return None if name is None else root / name


def _contract(contract: OneContract) -> Contract:
    return contract if isinstance(contract, Contract) else read_contract(contract)


def _profile(contract: Contract, table: str, path: str | Path | None) -> Profile:
    """The profile given, else the contract folder's own for this table, else one that changes nothing."""
    found = path if path is not None else contract.profiles.get(table)
    if found is None:
        return NOTHING
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
    name: str, source: Source, contract: Contract, as_of: date, profile: Profile = NOTHING,
    sheet: str | None = None, query: str | None = None, corrections: Path | None = None,
    register: Register | None = None, step: Step | None = None,
) -> Loaded:  # fmt: skip
    """Load one table by the six steps of the contract; see ``load_tool_registrations``."""
    tell = step or (lambda _: None)
    table = contract.tables[name]
    tell(f"{name}: reading")
    wanted = Wanted(
        sheet or profile.sheet, query or profile.query, profile.header_row, holder(table, profile)
    )
    mended = _mended(apart(texts_of(source, wanted)), name, corrections)
    texts = mended.texts
    gathered = gather(texts, table, profile, contract, mended.emptied)
    tell(f"{name}: converting {gathered.raw.height:,} rows")
    converted = convert(gathered, table, contract, profile)
    return judge(
        gathered, converted, table, contract, as_of, _named(texts, source), profile, register, mended
    )


@dataclass(frozen=True)
class Converted:
    """Rows of a table, typed, before they are checked.

    Attributes:
        typed: typed cells, and the columns that are not the table's.
        raw: the same rows, cells as written.
        forms: which forms of dates were ``seen``.
        unsure: cells whose day and month can't be told apart.
        said: columns of whose dates something is said as a whole.
        left_out: rows that are left out because another of their key is kept.
    """

    typed: pl.DataFrame
    raw: pl.DataFrame
    forms: pl.DataFrame
    unsure: pl.DataFrame
    said: pl.DataFrame
    left_out: pl.DataFrame


def convert(
    gathered: Gathered, table: Table, contract: Contract, profile: Profile = NOTHING,
    whole: Whole | None = None, *, piece: bool = False,
) -> Converted:  # fmt: skip
    """Type the rows of a table, or of a piece of it; see ``judge``."""
    places = gathered.places if whole is None else whole.places
    typed = conform(gathered.raw, table, contract.policy.zone, contract.code_lists, profile)
    forms = seen(typed, table, profile, places, piece=piece)
    typed, unsure, said = decided(typed, table, places, verdicts(forms) if whole is None else whole.dates)
    left_out = others(typed, gathered.ordering, table, profile.one_row)
    typed = typed.hstack(gathered.unknown)
    typed, raw = without(typed, left_out[ROW]), without(gathered.raw, left_out[ROW])
    return Converted(typed, raw, forms, unsure, said, left_out)


@dataclass(frozen=True)
class Told:
    """How what is wrong with rows is told: the same for a whole table, a piece of it, and rows on a cluster.

    Attributes:
        table: the table of the contract.
        contract: the contract.
        profile: that was applied.
        places: where rows stand.
        rules: the rulebook with its parameters given.
    """

    table: Table
    contract: Contract
    profile: Profile
    places: Places
    rules: tuple[Rule, ...]

    def problems(
        self, gathered: Gathered, converted: Converted, once: pl.DataFrame, same: pl.DataFrame,
        judged: pl.DataFrame, refused: pl.DataFrame | None = None,
    ) -> pl.DataFrame:  # fmt: skip
        """One row a problem, in the order of rows and rules.

        Args:
            gathered: the rows as written.
            converted: the same, typed.
            once: those of them that were judged, with their facts.
            same: ``row_number`` and ``first`` of those that are the same as an earlier one.
            judged: what ``broken`` found, row by row beside ``once``.
            refused: corrections that were not applied.
        """
        table, contract, texts = self.table, self.contract, self.contract.texts
        known = [rule for rule in self.rules if rule.known]
        none = unmended([]).refused if refused is None else refused
        found = pl.concat([
            not_applied(none, self.places, texts),
            reading_problems(
                gathered, once, same, converted.unsure, converted.said, table, texts, self.profile, self.places
            ),
            rule_problems(once, converted.raw, judged, known, table, contract, self.profile),
            _by_great_expectations(once, self.rules, contract, table.name),
        ])  # fmt: skip
        found = no_rows_of_a_table(found, gathered, table, texts)
        return found.sort(ROW, "order", maintain_order=True).drop("order")


def judge(
    gathered: Gathered, converted: Converted, table: Table, contract: Contract, as_of: date, file: str,
    profile: Profile = NOTHING, register: Register | None = None, mended: Mended | None = None,
    whole: Whole | None = None,
) -> Loaded:  # fmt: skip
    """Check and split the rows of a table, or of a piece of it.

    Args:
        gathered: the rows as written.
        converted: the same, typed.
        table: the table of the contract.
        contract: the contract.
        as_of: the day at whose end the data are read.
        file: the file's name, or how many there are.
        profile: that was applied.
        register: the registrations that a row may name.
        mended: what came of a correction workbook.
        whole: what the whole table tells of these rows, if they are a piece of one.
    """
    name, texts = table.name, gathered.texts
    typed, raw, unknown = converted.typed, converted.raw, gathered.unknown
    mended = mended or unmended(list(texts))
    places = gathered.places if whole is None else whole.places
    again: pl.Series | None = None
    if whole is None:
        same, again = same_rows(typed, raw, table, unknown.columns, profile)
    else:
        same = whole.same
    once = without(typed, same[ROW])
    once = with_facts(once, name, register) if whole is None else whole.with_facts(once, name, register)
    rules = tuple(rule.given(contract.parameters(as_of)) for rule in table.rules)
    known = [rule for rule in rules if rule.known]
    found = None if whole is None else whole.broken
    judged = _judged(once, known, table.key, again, found, f"{name}.expectations.json")
    told = Told(table, contract, profile, places, rules)
    problems = told.problems(gathered, converted, once, same, judged, mended.refused)
    critical = problems.filter((pl.col("severity") == "critical") & pl.col(ROW).is_not_null())
    aside = critical[ROW].unique()
    accepted = without(once, aside)
    return Loaded(
        table=table, file=file, sheet=texts[0].sheet if len(texts) == 1 else None,
        assumed="; ".join(dict.fromkeys(text.assumed for text in texts)),
        frame=accepted, aside=among(once, aside), quarantined=quarantined(gathered, critical),
        problems=placed(problems, places),
        left_out=placed_left_out(pl.concat([gathered.left_out, converted.left_out]).sort(ROW), places),
        corrected=mended.changed, mended=taken_in(gathered, mended.rows, mended.emptied, aside), read=gathered.read, blank=sum(text.blank for text in texts),
        examples=gathered.examples, unknown=tuple(unknown.columns), rules=rules,
        paths=tuple(dict.fromkeys(text.path for text in texts if text.path is not None)),
        places=places, origins=gathered.origins(),
        register=register_of(gathered, typed, accepted, table, profile)
        if name == "tool_registrations" else None,
    )  # fmt: skip


def _mended(texts: list[Text], name: str, corrections: Path | None) -> Mended:
    """Texts with mended rows in their places."""
    book = None if corrections is None else workbook_of(corrections, name)
    if book is None:
        return unmended(texts)
    return apply(texts, read_corrections(book))


def _named(texts: Sequence[Text], source: Source) -> str:
    """The one file's name, or the source's with how many files or sheets it has."""
    files = {text.file for text in texts}
    if len(texts) == 1:
        return texts[0].file
    if len(files) == 1:
        return f"{texts[0].file} ({len(texts)} sheets)"
    name = as_text(Path(source).name) if isinstance(source, str | Path) else "files"
    return f"{name} ({len(files)} files)"


def _judged(
    once: pl.DataFrame, rules: Sequence[Rule], key: Sequence[str], again: pl.Series | None,
    found: Mapping[int, pl.Series] | None, file: str,
) -> pl.DataFrame:  # fmt: skip
    """The rulebook run; UserError where an expectation of a contract does not suit its columns."""
    try:
        if again is None:
            return broken_as_known(once, rules, found or {})
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
