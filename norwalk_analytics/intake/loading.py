"""The steps in order: read, match, convert, check, split."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl
from narwhals.exceptions import NarwhalsError

from norwalk_analytics.intake.ambiguity import decided
from norwalk_analytics.intake.conforming import conform
from norwalk_analytics.intake.contract import SMALL_TABLES, TABLES, Contract, Rule, read_contract
from norwalk_analytics.intake.facts import Register, with_facts
from norwalk_analytics.intake.folder import files_of
from norwalk_analytics.intake.gathering import apart, gather
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
from norwalk_analytics.intake.rules import broken_through_keys, unsuited
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
    whole = _contract(contract)
    given = [read_profile(Path(path), whole.tables) for path in profiles]
    settings, files = files_of(folder, given)
    root = Path(folder).parent if Path(folder).name == DESCRIPTOR else Path(folder)
    day = check_as_of(as_of if as_of is not None else settings.get("as_of"), whole.policy)
    by_table = {profile.table: profile for profile in given}
    said_corrections = settings.get("corrections")
    mended = (
        corrections
        if corrections is not None
        else None
        if said_corrections is None
        else root / str(said_corrections)
    )
    register, loaded = None, {}
    for table in (*TABLES, *SMALL_TABLES):
        if table not in files:
            continue
        said = settings.get(table, {})
        profile = by_table.get(table) or _profile(whole, table, _beside(root, said.get("profile")))
        one = load_table(
            table, files[table], whole, day, profile, said.get("sheet"), said.get("query"),
            None if mended is None else Path(mended), register, step,
        )  # fmt: skip
        register = one.register or register
        loaded[table] = one
    return District(whole, day, loaded, bool(settings.get("sample", False)), root)


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
    places, unknown = gathered.places, gathered.unknown
    typed = conform(gathered.raw, table, contract.policy.zone, contract.code_lists, profile)
    typed, unsure, said = decided(typed, table, profile, places)
    left_out = others(typed, gathered.ordering, table, profile.one_row)
    typed = typed.hstack(unknown)
    typed, raw = without(typed, left_out[ROW]), without(gathered.raw, left_out[ROW])
    same, again = same_rows(typed, raw, table, unknown.columns, profile)
    once = with_facts(without(typed, same[ROW]), name, register)
    tell(f"{name}: checking")
    rules = tuple(rule.given(contract.parameters(as_of)) for rule in table.rules)
    known = [rule for rule in rules if rule.known]
    judged = _judged(once, known, table.key, again, f"{name}.expectations.json")
    problems = pl.concat([
        not_applied(mended.refused, places, contract.texts),
        reading_problems(gathered, once, same, unsure, said, table, contract.texts, profile),
        rule_problems(once, raw, judged, known, table, contract, profile),
        _by_great_expectations(once, rules, contract, name),
    ])  # fmt: skip
    problems = no_rows_of_a_table(problems, gathered, table, contract.texts)
    problems = problems.sort(ROW, "order", maintain_order=True).drop("order")
    critical = problems.filter((pl.col("severity") == "critical") & pl.col(ROW).is_not_null())
    aside = critical[ROW].unique()
    accepted = without(once, aside)
    return Loaded(
        table=table, file=_named(texts, source), sheet=texts[0].sheet if len(texts) == 1 else None,
        assumed="; ".join(dict.fromkeys(text.assumed for text in texts)),
        frame=accepted, aside=among(once, aside), quarantined=quarantined(gathered, critical),
        problems=placed(problems, places),
        left_out=placed_left_out(pl.concat([gathered.left_out, left_out]).sort(ROW), places),
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
