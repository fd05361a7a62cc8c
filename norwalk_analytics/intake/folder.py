"""A data folder: what its ``district.toml`` says, and which file holds which table."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from norwalk_analytics.intake.conforming import Profile
from norwalk_analytics.intake.contract import SMALL_TABLES, TABLES
from norwalk_analytics.policy import UserError, read_toml


def files_of(root: Path, profiles: Iterable[Profile]) -> tuple[dict[str, Any], dict[str, Path]]:
    """What ``district.toml`` says, and which file holds which table.

    Args:
        root: a data folder, or one file.
        profiles: import profiles that were given; one says which table a file is.

    Raises:
        UserError: if no table is found, or which file is meant can't be told.
    """
    if root.is_file():
        named = [profile.table for profile in profiles] or [
            t for t in (*TABLES, *SMALL_TABLES) if t == root.stem
        ]
        if len(named) != 1:
            message = f"{root.name} is one file, and nothing says which table it is. Give a --profile that names its table, or a folder."
            raise UserError(message)
        return {}, {named[0]: root}
    if not root.is_dir():
        message = f"{root.name}: there is no such folder."
        raise UserError(message)
    toml = root / "district.toml"
    settings = read_toml(toml) if toml.is_file() else {}
    for table in (*TABLES, *SMALL_TABLES):
        if not isinstance(settings.get(table, {}), dict):
            message = f"district.toml: {table} is not a table. Write [{table}] and below it file = ..., profile = ..."
            raise UserError(message)
    files: dict[str, Path] = {}
    for table in (*TABLES, *SMALL_TABLES):
        said = settings.get(table, {})
        if "file" in said:
            files[table] = root / str(said["file"])
            continue
        found = [
            root / f"{table}{end}"
            for end in (".csv", ".tsv", ".xlsx", ".xlsm")
            if (root / f"{table}{end}").is_file()
        ]
        if len(found) > 1:
            names = " and ".join(path.name for path in found)
            message = (
                f"{root.name} holds {names}. Delete one, or name one in district.toml. Nothing was loaded."
            )
            raise UserError(message)
        if found:
            files[table] = found[0]
    if not any(table in files for table in TABLES):
        names = ", ".join(f"{table}.csv" for table in TABLES)
        message = f"{root.name or root} holds none of the three tables ({names}, or the same as .xlsx). Nothing was loaded."
        raise UserError(message)
    return settings, files
