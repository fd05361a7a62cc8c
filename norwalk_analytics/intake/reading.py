"""Any supported source → tables of text, with the row numbers that a person can find again.

What a file is, is told by what stands in it; its name matters only for text.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl

from norwalk_analytics.intake.plain_text import delimited_text
from norwalk_analytics.intake.texts import ROW, Text, Wanted
from norwalk_analytics.policy import UserError
from norwalk_analytics.telling import as_text, listed

Source: TypeAlias = Any
"""A path of a file or folder, a glob, a list of them, the URI of a database, or a frame."""

TEXTS = (".csv", ".tsv", ".txt")
RECORDS = (".json", ".ndjson", ".jsonl")
PACKED = (".gz", ".zip")
BOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
COLUMNS = (".parquet", ".arrow", ".feather", ".ipc")
BASES = (".db", ".sqlite", ".sqlite3", ".duckdb")
KINDS = (*TEXTS, *BOOKS, *RECORDS, *COLUMNS)
WILD = frozenset("*?[")
STREAM = b"\xff\xff\xff\xff"
"""What an Arrow IPC stream begins with."""
TICK = 0.02  # seconds; the time of a change is taken from a clock that ticks every 1 to 10 ms
MOST_BYTES = 32 << 20
"""Of a cell."""


def texts_of(source: Source, wanted: Wanted | None = None) -> list[Text]:
    """Every table of text that a source holds: one a file, and one a sheet where several are wanted.

    Args:
        source: a path of a file or folder, a glob, the URI of a database, or a frame.
        wanted: which sheet, table or query, and which header.

    Raises:
        UserError: if the source can't be read as a table, in one sentence that names the cause.
    """
    try:
        return [within_cells(text) for text in _texts(source, wanted or Wanted())]
    except UserError as error:
        error.__context__ = None  # what a reader said of the file may hold a cell
        raise


def within_cells(text: Text) -> Text:
    """The text, if none of its cells is longer than any that a person or a program would write."""
    longest = text.frame.select(pl.exclude(ROW).str.len_bytes().max()).row(0)
    if max([*(length or 0 for length in longest), *map(len, text.headers)]) > MOST_BYTES:
        message = f"{text.place} has a cell of more than {MOST_BYTES >> 20} MB, which no table has. Nothing was loaded."
        raise UserError(message)
    return text


def _texts(source: Source, wanted: Wanted) -> list[Text]:
    if isinstance(source, list):
        return [text for one in source for text in _texts(one, wanted)]
    if not isinstance(source, str | os.PathLike):
        from norwalk_analytics.intake.frames import NAME, of_object

        _without_query(NAME, wanted)
        return [of_object(source)]
    if is_uri(source):
        from norwalk_analytics.intake.databases import of_uri

        return [of_uri(str(source), wanted)]
    paths, root, others = files_of_source(source)
    texts = [text for path in paths for text in _of_file(path, name_of(path, paths, root), wanted)]
    return with_others(texts, others)


def with_others(texts: list[Text], others: Sequence[str]) -> list[Text]:
    """The same texts, the first of which says what lay beside them and was not read."""
    if not others:
        return texts
    assumed = f"{texts[0].assumed}; not read: {listed(others)}"
    return [replace(texts[0], assumed=assumed), *texts[1:]]


def _without_query(name: str, wanted: Wanted) -> None:
    """Refuse a query of what is no database."""
    if wanted.query is not None:
        message = f"{name} is no database, so a query can't be put to it. Leave the query out."
        raise UserError(message)


def read_text(source: Source, sheet: str | None = None) -> Text:
    """The one table of text that a file holds; see ``texts_of``."""
    return texts_of(source, Wanted(sheet=sheet))[0]


def is_uri(source: Source) -> bool:
    """Whether a source is the URI of a database, and no path."""
    return isinstance(source, str) and "://" in source


def files_of_source(source: str | os.PathLike[str]) -> tuple[list[Path], Path, list[str]]:
    """The files that a path, a folder or a glob means, in the order of their names; and the others there.

    Returns:
        The files; the folder that they are named from; names of files in it that are not read.

    Raises:
        UserError: if there is none.
    """
    path = Path(source)
    if path.is_dir():
        found = sorted(one for one in path.iterdir() if _is_visible(one) and not one.is_dir())
        paths = [one for one in found if is_table(one)]
        if not paths:
            message = f"{path.name or path} is a folder that holds no table. Nothing was loaded."
            raise UserError(message)
        return paths, path, [as_text(one.name) for one in found if not is_table(one)]
    if WILD & set(str(path)) and not path.exists():
        wild = next(i for i, part in enumerate(path.parts) if WILD & set(part))
        matches = Path(*path.parts[:wild]).glob("/".join(path.parts[wild:]))  # it follows no link to a folder
        paths = sorted(one for one in matches if _is_visible(one) and one.is_file())
        if not paths:
            message = f"{path.name}: no file bears such a name. Nothing was loaded."
            raise UserError(message)
        return paths, Path(os.path.commonpath([one.parent for one in paths])), []
    return [path], path.parent, []


def is_table(path: Path) -> bool:
    """Whether a file's name says that a table may stand in it."""
    ends = [end.lower() for end in path.suffixes]
    return bool(ends) and (ends[-1] in (*KINDS, ".zip") or (ends[-1] == ".gz" and ends[-2:-1] != []))


def _is_visible(path: Path) -> bool:
    return not path.name.startswith((".", "~$"))  # ~$: a workbook's lock file


def name_of(path: Path, paths: list[Path], root: Path) -> str:
    """A file's name; with its folder where several files bear it."""
    several = sum(one.name == path.name for one in paths) > 1
    return as_text(path.relative_to(root).as_posix() if several else path.name)


def _of_file(path: Path, name: str, wanted: Wanted) -> list[Text]:
    start = read_whole(path, name, 16)
    if start.startswith(b"SQLite format 3\0") or start[8:12] == b"DUCK":
        from norwalk_analytics.intake.databases import of_file

        return [replace(of_file(path, name, wanted), path=path)]
    _without_query(name, wanted)
    return [replace(text, path=path) for text in of_bytes(name, read_whole(path, name), wanted)]


def read_whole(path: Path, name: str | None = None, most: int = -1) -> bytes:
    """The bytes of a file that is one (or the first of them), and that does not change meanwhile; UserError otherwise."""
    name = name or path.name
    try:
        before = path.stat()
        if stat.S_ISDIR(before.st_mode):
            message = f"{name} is a folder, not a file. Nothing was loaded."
            raise UserError(message)
        if not stat.S_ISREG(before.st_mode):
            message = f"{name} is no ordinary file (a pipe or a device). Save it as a file first. Nothing was loaded."
            raise UserError(message)
        steady = _steady(path, before)
        with path.open("rb") as file:
            data = file.read(most)
        after = path.stat()
    except FileNotFoundError:
        message = f"{name}: there is no such file. Nothing was loaded."
        raise UserError(message) from None
    except OSError as error:
        message = f"{name} could not be opened: {error.strerror}. Nothing was loaded."
        raise UserError(message) from None
    except MemoryError:
        message = f"{name} is larger than the memory that is free. Nothing was loaded."
        raise UserError(message) from None
    if (
        _state(before) != _state(steady)
        or _state(steady) != _state(after)
        or (most < 0 and len(data) != after.st_size)
    ):
        message = (
            f"{name} changed while it was read. Load it again when nobody writes to it. Nothing was loaded."
        )
        raise UserError(message)
    return data


def _state(of: os.stat_result) -> tuple[int, int, int]:
    return of.st_size, of.st_mtime_ns, of.st_ino


def _steady(path: Path, before: os.stat_result) -> os.stat_result:
    """The state of a file a tick of the clock after it was written: a change beyond that shows in its time."""
    age = time.time() - before.st_mtime
    if not 0 <= age < TICK:
        return before
    time.sleep(TICK - age)
    return path.stat()


def of_bytes(name: str, data: bytes, wanted: Wanted) -> list[Text]:
    """The tables of a file by what its first bytes say, and, for text, by the end of its name."""
    for marks, read in _readers():
        if data.startswith(marks):
            return read(name, data, wanted)
    end = Path(name).suffix.lower()
    if not data and end in KINDS + PACKED + BASES:
        message = f"{name} is empty: there is no header row. Nothing was loaded."
        raise UserError(message)
    if data.startswith(STREAM) and end in COLUMNS:
        from norwalk_analytics.intake.frames import of_columns

        return [of_columns(name, data)]
    if end in TEXTS + RECORDS and wanted.sheet is not None:
        message = f"{name} is a text file and has no sheets. Leave the sheet out."
        raise UserError(message)
    if end in TEXTS:
        return [delimited_text(name, data, wanted)]
    if end in RECORDS:
        from norwalk_analytics.intake.records import of_json

        return [of_json(name, data)]
    if end in KINDS + PACKED:
        message = f"{name} is not what its name says, or it is cut short. Save it again. Nothing was loaded."
        raise UserError(message)
    message = f"{name} is not of a kind that is read. Save it as .csv or .xlsx."
    raise UserError(message)


Reader: TypeAlias = Callable[[str, bytes, Wanted], list[Text]]


def _readers() -> list[tuple[tuple[bytes, ...], Reader]]:
    """What the first bytes of a file may be, and who reads it then; each is imported when it is needed."""

    def packed(name: str, data: bytes, wanted: Wanted) -> list[Text]:
        from norwalk_analytics.intake.packed import of_packed

        return of_packed(name, data, wanted)

    def old_workbook(name: str, data: bytes, wanted: Wanted) -> list[Text]:
        from norwalk_analytics.intake.old_workbooks import of_xls

        return of_xls(name, data, wanted)

    def columns(name: str, data: bytes, wanted: Wanted) -> list[Text]:
        from norwalk_analytics.intake.frames import of_columns

        return [of_columns(name, data)]

    return [
        ((b"PK\x03\x04", b"\x1f\x8b"), packed),
        ((b"\xd0\xcf\x11\xe0",), old_workbook),
        ((b"PAR1", b"ARROW1"), columns),
    ]
