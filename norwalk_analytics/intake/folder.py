"""A data folder: what its ``district.toml`` says, and which files hold which table."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from norwalk_analytics.intake.contract import ALL_TABLES, TABLES
from norwalk_analytics.intake.packages import DESCRIPTOR, resources
from norwalk_analytics.intake.profiles import Profile
from norwalk_analytics.intake.reading import BASES, WILD, Source, is_table, is_uri
from norwalk_analytics.policy import UserError, read_toml
from norwalk_analytics.telling import did_you_mean


def files_of(root: str | Path, profiles: Iterable[Profile]) -> tuple[dict[str, Any], dict[str, Source]]:
    """What ``district.toml`` says, and which source holds which table.

    Args:
        root: a data folder, one file, a glob, the URI of a database, or a datapackage.json.
        profiles: import profiles that were given; one says which table a file is.

    Raises:
        UserError: if no table is found, or which file is meant can't be told.
    """
    source, root = root, Path(root)
    if is_one_table(source):
        if not is_uri(source) and not WILD & set(root.name) and not os.path.lexists(root):
            message = f"{root.name}: there is no such file. Nothing was loaded."
            raise UserError(message)
        named = [profile.table for profile in profiles] or [
            table for table in ALL_TABLES if table == stem(root)
        ]
        if len(named) != 1:
            message = f"{root.name} is one file, and nothing says which table it is. Give a --profile that names its table, or a folder."
            raise UserError(message)
        return {}, {named[0]: source}
    if root.is_dir() and not os.access(root, os.R_OK | os.X_OK):
        message = f"{root.name}: there is no right to read this folder. Nothing was loaded."
        raise UserError(message)
    descriptor = root if root.is_file() else root / DESCRIPTOR
    folder = root.parent if root.is_file() else root
    if not folder.is_dir():
        message = f"{root.name}: there is no such folder."
        raise UserError(message)
    settings = _settings(folder)
    packaged = resources(descriptor) if os.path.lexists(descriptor) else {}
    files: dict[str, Source] = {}
    for table in ALL_TABLES:
        if "file" in (said := settings.get(table, {})):
            files[table] = str(said["file"]) if is_uri(said["file"]) else folder / str(said["file"])
        elif table in packaged:
            files[table] = packaged[table]
        elif found := _named(folder, table):
            files[table] = found
    if not any(table in files for table in TABLES):
        names = ", ".join(f"{table}.csv" for table in TABLES)
        message = f"{root.name or root} holds none of the three tables ({names}, or the same as .xlsx). Nothing was loaded."
        raise UserError(message)
    return settings, files


def is_one_table(source: str | Path) -> bool:
    """Whether a source is one table, and not a folder of tables."""
    path = Path(source)
    if is_uri(source) or (bool(path.suffix) and path.name != DESCRIPTOR and not path.is_dir()):
        return True
    return bool(WILD & set(path.name)) and not path.exists()


def stem(path: Path) -> str:
    """A file's name without the ends that say of which kind it is."""
    return path.name.split(".")[0]


def _settings(folder: Path) -> dict[str, Any]:
    toml = folder / "district.toml"
    settings = read_toml(toml) if os.path.lexists(toml) else {}
    _known("district.toml", settings, (*ALL_TABLES, "as_of", "sample", "corrections"))
    for table in ALL_TABLES:
        if not isinstance(settings.get(table, {}), dict):
            message = f"district.toml: {table} is not a table. Write [{table}] and below it file = ..., profile = ..."
            raise UserError(message)
        _known(f"district.toml, {table}", settings.get(table, {}), ("file", "sheet", "query", "profile"))
    return settings


def _known(where: str, given: Iterable[str], names: Sequence[str]) -> None:
    """Refuse a key that nobody would look at."""
    for name in given:
        if name not in names:
            hint = did_you_mean(name, names)
            message = f"{where} has a key that is not known: {name}.{hint} Known: {', '.join(names)}."
            raise UserError(message)


def _named(folder: Path, table: str) -> Path | None:
    """The file, or the folder of files, that bears a table's name."""
    found = [
        path for path in sorted(folder.iterdir())
        if stem(path) == table and _ends_as_a_table(path, table)
    ]  # fmt: skip
    if len(found) > 1:
        names = " and ".join(path.name for path in found)
        message = (
            f"{folder.name} holds {names}. Delete one, or name one in district.toml. Nothing was loaded."
        )
        raise UserError(message)
    return found[0] if found else None


def _ends_as_a_table(path: Path, table: str) -> bool:
    """Whether nothing but the kind of file stands behind the table's name: no ``.accepted``, say."""
    if path.is_dir():
        return path.name == table
    end = path.name.removeprefix(table)
    plain = end.lower().removesuffix(".gz")
    return plain.count(".") == 1 and (is_table(path) or plain in BASES)
