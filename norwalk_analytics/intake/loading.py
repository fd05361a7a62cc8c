"""The steps in order: read, match, convert, check, split."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

from norwalk_analytics.intake.contract import SMALL_TABLES, TABLES, Contract, read_contract
from norwalk_analytics.intake.facts import Register
from norwalk_analytics.intake.folder import files_of
from norwalk_analytics.intake.gathering import apart, gather
from norwalk_analytics.intake.judging import convert, judge
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
from norwalk_analytics.intake.profiles import NOTHING, Profile, read_profile
from norwalk_analytics.intake.reading import Source, texts_of
from norwalk_analytics.intake.texts import Text, Wanted
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
