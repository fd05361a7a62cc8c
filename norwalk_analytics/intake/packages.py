"""A Data Package descriptor (datapackage.json): which files hold which table."""

from __future__ import annotations

import json
import os
from pathlib import Path, PurePosixPath
from typing import Any

from norwalk_analytics.intake.reading import Source, read_whole
from norwalk_analytics.policy import UserError

DESCRIPTOR = "datapackage.json"


def resource(source: Source, table: str) -> Source:
    """The files that a descriptor names for a table; a source that is no descriptor stays as it is.

    Raises:
        UserError: if the descriptor names no such table.
    """
    if not isinstance(source, str | os.PathLike) or Path(source).name != DESCRIPTOR:
        return source
    found = resources(Path(source)).get(table)
    if found is None:
        message = f"{DESCRIPTOR} has no resource named {table}. Nothing was loaded."
        raise UserError(message)
    return found


def resources(path: Path) -> dict[str, list[Path]]:
    """Resource name → the files that hold it, in their order.

    Raises:
        UserError: if the descriptor can't be read, or names a file that does not lie beside it.
    """
    try:
        package = json.loads(read_whole(path).decode("utf-8-sig"))
        listed = [(one["name"], one.get("path", [])) for one in package["resources"]]
    except (ValueError, KeyError, TypeError, RecursionError, AttributeError):
        message = f"{path.name} is not a Data Package descriptor with named resources. Nothing was loaded."
        raise UserError(message) from None
    return {str(name): [_inside(path, part) for part in _parts(value)] for name, value in listed if value}


def _parts(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _inside(descriptor: Path, part: Any) -> Path:
    """A file's path below the descriptor's folder; the standard allows no other."""
    pure = PurePosixPath(str(part))
    if not isinstance(part, str) or "://" in part or pure.is_absolute() or ".." in pure.parts:
        message = f"{descriptor.name} names a file that does not lie in its folder. Nothing was loaded."
        raise UserError(message)
    return descriptor.parent / pure
