"""A table or query of a SQL database → a Text; databases are opened for reading only.

SQLite by the standard library: its cells have each a type of their own, and a reader of typed columns
guesses one a column. PostgreSQL by ADBC, DuckDB by its own package.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import polars as pl

from norwalk_analytics.intake.frames import as_text, of_cells, texts
from norwalk_analytics.intake.reading import read_whole
from norwalk_analytics.intake.texts import Text, Wanted
from norwalk_analytics.policy import UserError
from norwalk_analytics.telling import listed, shortened

TOLD = re.compile(
    r"no such (table|column|function)|near .*syntax error|attempt to write a readonly|file is not a database|"
    r"incomplete input|too many attached databases|You can only execute one statement at a time"
)
"""What SQLite says of a query; of cells it says more than may be repeated."""
DRIVERS = "PostgreSQL needs adbc-driver-postgresql, DuckDB needs duckdb: pip install 'norwalk-analytics[databases]'."


def of_uri(uri: str, wanted: Wanted) -> Text:
    """A table or query of a database by its URI: sqlite:///path, duckdb:///path or postgresql://host/database.

    Raises:
        UserError: if it can't be reached or the query fails. What a server says may repeat a cell, so
            only its kind is said, and no other error is behind this one.
    """
    parts = urlsplit(uri)
    if parts.scheme in ("sqlite", "duckdb"):
        path = Path(
            unquote(parts.path.removeprefix("/") if not parts.path.startswith("//") else parts.path[1:])
        )
        found = path if path.is_file() else Path(unquote(parts.path))
        if not found.is_file():
            message = f"{path.name or uri}: there is no such database. Nothing was loaded."
            raise UserError(message)
        return of_file(found, found.name, wanted)
    if parts.scheme in ("postgresql", "postgres"):
        return _postgresql(uri, parts.path.strip("/") or "the database", wanted)
    message = f"A database of the kind {parts.scheme} is not read. Known: sqlite, duckdb, postgresql. Nothing was loaded."
    raise UserError(message)


def of_file(path: Path, name: str, wanted: Wanted) -> Text:
    """A table or query of a SQLite or DuckDB file; see ``of_uri``."""
    start = read_whole(path, name, 18)
    headers, rows, kind = (
        (*_sqlite(path, name, wanted, int.from_bytes(start[16:18])), "SQLite")
        if start.startswith(b"SQLite")
        else (*_duckdb(path, name, wanted), "DuckDB")
    )
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(headers)
    return of_cells(name, wanted.sheet, headers, map(texts, columns), kind)


def _query(name: str, tables: Sequence[str], wanted: Wanted) -> str:
    """The SQL that gives what is wanted: a query, a table, or the only table that there is."""
    if wanted.query is not None:
        return wanted.query
    table = wanted.sheet if wanted.sheet is not None or len(tables) != 1 else tables[0]
    if table is None or table not in tables:
        there = listed(tables) or "none"
        message = f"{name}: say which table is meant (sheet) or give a query. Its tables: {there}. Nothing was loaded."
        raise UserError(message)
    whole = table.replace('"', '""')
    return f'SELECT * FROM "{whole}"'


def _failed(name: str, cause: str = "") -> UserError:
    why = f": {shortened(cause)}" if cause else ""
    return UserError(f"{name}: the query failed{why}. Nothing was loaded.")


def _sqlite(path: Path, name: str, wanted: Wanted, page: int) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Headers and rows. No statement may write, here or, by ATTACH or VACUUM INTO, into another file."""
    uri = f"file:{quote(str(path.resolve()))}?mode=ro"
    try:
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as base:
            base.text_factory = lambda data: data.decode("utf-8", "backslashreplace")
            whole = base.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
            if not whole or path.stat().st_size % (page if page > 1 else 1 << 16):
                message = f"{name} is a SQLite database that is damaged or cut short. Nothing was loaded."
                raise UserError(message)
            base.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
            names = base.execute(
                "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name"
            )
            tables = [one for (one,) in names if not one.startswith("sqlite_")]
            found = base.execute(_query(name, tables, wanted))
            return [one[0] for one in found.description or ()], found.fetchall()
    except (sqlite3.Error, sqlite3.Warning, UnicodeError) as error:  # a second statement is a Warning
        raise _failed(name, str(error) if TOLD.match(str(error)) else "") from None


def _duckdb(path: Path, name: str, wanted: Wanted) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Headers and rows, of this file alone: a query can neither read nor write another."""
    try:
        import duckdb
    except ModuleNotFoundError:
        raise UserError(DRIVERS) from None
    closed: dict[str, str | bool | int | float | list[str]] = {
        "enable_external_access": False,
        "lock_configuration": True,
    }
    try:
        with contextlib.closing(duckdb.connect(str(path), read_only=True, config=closed)) as base:
            names = base.execute("SELECT table_name FROM information_schema.tables ORDER BY 1").fetchall()
            query = _query(name, [one for (one,) in names], wanted)
            if len(base.extract_statements(query)) != 1:
                raise _failed(name, "it is not one statement")
            found = base.execute(query)
            return [one[0] for one in found.description or ()], found.fetchall()
    except duckdb.Error as error:
        told = isinstance(error, duckdb.CatalogException | duckdb.ParserException | duckdb.BinderException)
        raise _failed(name, str(error).partition("\n")[0] if told else "") from None


def _postgresql(uri: str, name: str, wanted: Wanted) -> Text:
    try:
        from adbc_driver_manager import Error
        from adbc_driver_postgresql import dbapi
    except ModuleNotFoundError:
        raise UserError(DRIVERS) from None
    cause, frame = "", pl.DataFrame()
    try:
        with dbapi.connect(uri) as base, base.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
            names = _fetched(
                cursor,
                "SELECT table_name FROM information_schema.tables "
                "WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1",
            )
            frame = _fetched(cursor, _query(name, names.to_series().to_list(), wanted))
    except Error as error:
        cause = _told(error)
    except pl.exceptions.PolarsError:
        cause = (
            "the server stopped while it gave the rows, as where a cell can't be converted as the query asks"
        )
    if cause:
        raise _failed(name, cause)
    return as_text(name, wanted.sheet, frame, "PostgreSQL")


def _fetched(cursor: Any, query: str) -> pl.DataFrame:
    cursor.execute(query)
    return pl.DataFrame(cursor.fetch_arrow())


def _told(error: Any) -> str:
    """What may be said of a server's error: its SQLSTATE, or that it could not be reached."""
    state = getattr(error, "sqlstate", None)
    return (
        f"the server says SQLSTATE {state}"
        if state and state.strip("\0")
        else "the server can't be reached or did not answer"
    )
