"""The steps in order: read, match, convert, check, split."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TypeAlias

from norwalk_analytics.intake.facts import Register
from norwalk_analytics.intake.gathering import apart, gather
from norwalk_analytics.intake.judging import convert, judge
from norwalk_analytics.intake.loaded import District, Loaded
from norwalk_analytics.intake.mending import (
    Mended,
    apply,
    read_corrections,
    unmended,
    workbook_of,
)
from norwalk_analytics.intake.reading import Source, texts_of
from norwalk_analytics.intake.sources import OneContract, OneSource, Sources, source_alone, sources_of
from norwalk_analytics.intake.texts import Text, named

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
    of = source_alone(table, source, contract, as_of, profile, sheet, query, corrections)
    return load_table(table, of.tables[table], of)


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
        loaded[name] = load_table(name, one, of, register, step)
        register = loaded[name].register or register
    return District(of.contract, of.as_of, loaded, of.sample, of.folder)


def load_table(
    name: str, one: OneSource, of: Sources, register: Register | None = None, step: Step | None = None
) -> Loaded:  # fmt: skip
    """Load one table by the six steps of the contract; see ``load_tool_registrations``.

    Args:
        name: the table.
        one: where it stands.
        of: what it is checked against and corrected with.
        register: the registrations that it may name.
        step: is told what is being done.
    """
    tell = step or (lambda _: None)
    contract, table = of.contract, of.contract.tables[name]
    tell(f"{name}: reading")
    mended = _mended(apart(texts_of(one.source, one.wanted(table))), name, of.corrections)
    texts = mended.texts
    gathered = gather(texts, table, one.profile, contract, mended.emptied)
    tell(f"{name}: converting {gathered.raw.height:,} rows")
    converted = convert(gathered, table, contract, one.profile)
    file = named([text.file for text in texts], one.source)
    return judge(gathered, converted, table, contract, of.as_of, file, one.profile, register, mended)


def _mended(texts: list[Text], name: str, corrections: Path | None) -> Mended:
    """Texts with mended rows in their places."""
    book = None if corrections is None else workbook_of(corrections, name)
    if book is None:
        return unmended(texts)
    return apply(texts, read_corrections(book))
