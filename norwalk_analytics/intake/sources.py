"""What is to be loaded: where each table stands, how it is read, and what it is checked against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

from norwalk_analytics.intake.contract import ALL_TABLES, Contract, Table, read_contract
from norwalk_analytics.intake.folder import files_of
from norwalk_analytics.intake.matching import holder
from norwalk_analytics.intake.packages import DESCRIPTOR, resource
from norwalk_analytics.intake.profiles import NOTHING, Profile, read_profile
from norwalk_analytics.intake.reading import Source
from norwalk_analytics.intake.texts import Wanted
from norwalk_analytics.policy import Policy, UserError, today

OneContract: TypeAlias = Contract | str | Path | None


@dataclass(frozen=True)
class OneSource:
    """Where a table stands, and how it is read."""

    source: Source
    profile: Profile = NOTHING
    sheet: str | None = None
    query: str | None = None

    def wanted(self, table: Table) -> Wanted:
        """Which sheet or query of the source is the table, and how its header is told."""
        profile = self.profile
        return Wanted(
            self.sheet or profile.sheet, self.query or profile.query, profile.header_row, holder(table, profile)
        )  # fmt: skip


@dataclass(frozen=True)
class Sources:
    """What is loaded together: of a data folder, what it and its ``district.toml`` say.

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
    sample: bool = False
    folder: Path | None = None
    corrections: Path | None = None


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
    for table in ALL_TABLES:
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
        name: OneSource(None, by_table.get(name) or _profile(whole, name, None))
        for name in ALL_TABLES if name in names
    }  # fmt: skip
    return Sources(whole, check_as_of(as_of, whole.policy), tables)


def source_alone(
    table: str, source: Source, contract: OneContract, as_of: date | None, profile: str | Path | None = None,
    sheet: str | None = None, query: str | None = None, corrections: str | Path | None = None,
) -> Sources:  # fmt: skip
    """What is loaded of a table by itself; see ``load_tool_registrations``."""
    whole = _contract(contract)
    day = check_as_of(as_of, whole.policy)
    used = _profile(whole, table, profile)
    one = OneSource(resource(source, table), used, sheet, query)
    mended = None if corrections is None else Path(corrections)
    return Sources(whole, day, {table: one}, corrections=mended)


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
