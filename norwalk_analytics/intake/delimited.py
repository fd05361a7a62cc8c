"""Delimited text → cells by Polars, only where that is proved to be what the csv module reads.

Polars reads a file some thirty times as fast as the csv module, but is not strict: it fills a short
row, misreads a quote within a bare cell, and knows no lone carriage return. So bytes are counted
against what it gave. Where the count does not add up the answer is None, and the csv module reads.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from operator import itemgetter
from typing import NamedTuple, TypeGuard

import polars as pl

ROW = "row_number"
QUOTE = b'"'
BOM = b"\xef\xbb\xbf"
LONE = re.compile(rb"\r(?!\n)")
MARK = b"\0"  # stands in no text
BLOCK = 1 << 20
DENSE = 20  # one byte in so many is a quote: most cells are quoted
MOST_CELLS = 4  # cells a byte: with more, nearly all of them empty, a frame would be far larger than the text
MOST_WIDTH = 1 << 14
MOST_QUOTES = 4 * BLOCK
HEAD, TAIL = itemgetter(slice(1)), itemgetter(slice(-1, None))


class Shape(NamedTuple):
    """What of a text stands outside of its quotes.

    Attributes:
        lines: line feeds.
        rest: bytes in all that are no line feeds and no quotes but of a cell's text: the bytes of all
            cells, delimiters and carriage returns.
        returns: whether there are carriage returns; each stands before a line feed.
    """

    lines: int
    rest: int
    returns: bool


def split(
    data: bytes, start: int, delimiter: str, width: int, first: int = 1
) -> tuple[pl.DataFrame, pl.Series | None] | None:
    r"""Every record's cells, where Polars is proved to read what the csv module reads.

    Args:
        data: the file as UTF-8, known to be valid and without NUL.
        start: where its first line that is not empty begins.
        delimiter: one ASCII character.
        width: how many cells most records have.
        first: the row number of the first record.

    Returns:
        ``row_number`` (Int64) and ``c0``, ``c1``, … (String), a cell that a record lacks being empty;
        and how many cells each record has, or None where each has ``width``. None for both where
        nothing is proved.

    Example:
        >>> frame, cells = split(b'a,b\n"1,5",2\n3\n', 0, ",", 2)
        >>> frame.rows(), cells.to_list()
        ([(1, 'a', 'b'), (2, '1,5', '2'), (3, '3', '')], [2, 2, 1])
    """
    if data.endswith(delimiter.encode()):
        data += (
            b"\r\n" if b"\r" in data else b"\n"
        )  # Polars would let a last record have one empty cell too many
    source = data if data[:start] in (b"", BOM) else data[start:]  # Polars passes over one BOM itself
    feeds = _feeds(source)
    if feeds * width > MOST_CELLS * len(data):
        return None
    quote = '"' if QUOTE in data else None
    with ThreadPoolExecutor(1) as pool:  # Polars needs no lock of Python's: it reads while bytes are counted
        reading = pool.submit(_read, source, delimiter, width, first, quote)
        shape = _shape(data, start, delimiter.encode()) if quote else _bare(source, len(data) - start, feeds)
    frame = reading.result()
    if shape is None:
        return None
    lines, rest, returns = shape
    rows = lines + (not data.endswith(b"\n"))

    def proved(frame: pl.DataFrame | None, others: int) -> TypeGuard[pl.DataFrame]:
        return frame is not None and frame.height == rows and rest - _bytes(frame) == others

    # There are at most `lines` carriage returns, and at most width - 1 delimiters a record, as a longer
    # one is refused. So the sum is right only where there are so many of both.
    if proved(frame, rows * (width - 1) + lines * returns):
        return frame, None
    del frame, reading
    outside = b"".join(_outside(block) for block, _ in _blocks(data, start))
    cells = _cells(outside, delimiter)
    others, widest = _parted(cells) + outside.count(b"\r"), _widest(cells)
    if cells.len() * widest > MOST_CELLS * len(data) or widest > MOST_WIDTH:
        return None
    frame = _read(source, delimiter, widest, first, quote)
    return (frame, cells) if cells.len() == rows and proved(frame, others) else None


def _feeds(source: bytes) -> int:
    """How many line feeds there are, told thrice as fast as by ``bytes.count``."""
    return sum(1 for _ in io.BytesIO(source)) - (not source.endswith(b"\n"))


def _bare(source: bytes, size: int, lines: int) -> Shape | None:
    """The shape of a text without quotes."""
    returns = b"\r" in source
    if returns and LONE.search(source):
        return None
    return Shape(lines, size - lines, returns)


def _shape(data: bytes, start: int, delimiter: bytes) -> Shape | None:
    """The shape of a text with quotes; None if they are not strict."""
    lines, rest, returns = 0, 0, False
    for block, quotes in _blocks(data, start):
        if quotes * 2 > len(block) > MOST_QUOTES:
            return None  # hardly anything but quotes, on one line: pieces would be far larger than the text
        shape = _dense(block, delimiter) if quotes * DENSE > len(block) else None
        shape = shape or _strict(block, delimiter)
        if shape is None:
            return None
        lines, rest, returns = lines + shape.lines, rest + shape.rest, returns or shape.returns
    return Shape(lines, rest, returns)


def _read(source: bytes, delimiter: str, width: int, first: int, quote: str | None) -> pl.DataFrame | None:
    """What Polars reads, None where it refuses; a record of more than ``width`` cells is refused."""
    schema = {f"c{i}": pl.String for i in range(width)}
    try:
        frame = pl.read_csv(
            source, has_header=False, schema=schema, separator=delimiter, quote_char=quote,
            empty_string_is_null=False, missing_columns="insert", row_index_name=ROW, row_index_offset=first,
        )  # fmt: skip
    except pl.exceptions.PolarsError:
        return None
    return frame.with_columns(pl.col(ROW).cast(pl.Int64))


def _bytes(frame: pl.DataFrame) -> int:
    """How many bytes all cells have."""
    return sum(frame.select(pl.exclude(ROW).str.len_bytes().cast(pl.Int64).sum()).row(0))


def _cells(text: bytes, delimiter: str) -> pl.Series:
    """How many cells each line has, quotes apart; as in the csv module, an empty line has none."""
    frame = _read(text, MARK.decode(), 1, 1, None)
    lines = pl.Series(dtype=pl.String) if frame is None else frame["c0"]
    cells = lines.str.count_matches(delimiter, literal=True).cast(pl.Int64) + 1
    return cells.set(lines.str.len_bytes() == 0, 0)


def _widest(cells: pl.Series) -> int:
    return int(max([1, *cells.top_k(1)]))


def _parted(cells: pl.Series) -> int:
    """How many delimiters part so many cells."""
    return int((cells - 1).clip(0).sum())


def _blocks(data: bytes, start: int) -> Iterator[tuple[bytes, int]]:
    """The text in blocks of whole lines, and how many quotes each has.

    A quoted cell that a cut goes through is closed and opened again. Only a quote that is never closed
    leaves an odd number, in the last block.
    """
    opened = b""
    while start < len(data):
        end = data.find(b"\n", start + BLOCK) + 1 or len(data)
        block = opened + data[start:end]
        quotes = block.count(QUOTE)
        opened = QUOTE * (quotes % 2) if end < len(data) else b""
        yield block + opened, quotes + len(opened)
        start = end


def _outside(block: bytes) -> bytes:
    """What stands outside of the quotes, with one quote in the place of what stands in a pair."""
    return QUOTE.join(block.split(QUOTE)[::2])


def _strict(block: bytes, delimiter: bytes) -> Shape | None:
    """A block's shape; None if a quote opens elsewhere than where a cell begins, or closes before its end.

    There is no lone carriage return outside of the quotes either.
    """
    pieces = block.split(QUOTE)
    if len(pieces) % 2 == 0:
        return None
    pieces = pieces[::2]  # outside; an empty one in the midst is between doubled quotes
    if not {b"", delimiter, b"\n", b"\r"}.issuperset(map(HEAD, pieces[1:])):
        return None
    if not {b"", delimiter, b"\n"}.issuperset(map(TAIL, pieces[:-1])):
        return None
    outside = QUOTE.join(pieces)
    returns = b"\r" in outside
    if returns and LONE.search(outside):
        return None
    # A pair of quotes stands round a cell (neither is a byte of it) or in one (one of them is).
    lines, pairs, doubled = outside.count(b"\n"), len(pieces) - 1, pieces[1:-1].count(b"")
    return Shape(lines, len(block) - lines - 2 * pairs + doubled, returns)


def _dense(block: bytes, delimiter: bytes) -> Shape | None:
    """As ``_strict``, of cells quoted one after the other; None if it can't be told so.

    Close, delimiter, open are made one mark, so that few quotes are left to split at. A mark that is
    inside of quotes was just that; one outside was not. It counts as the delimiter or carriage return.
    """
    parts = block.replace(QUOTE + delimiter + QUOTE, MARK)
    feeds = parts.replace(b'"\n"', MARK)
    short = feeds.replace(b'"\r\n"', MARK)
    shape = None if MARK in _outside(short) else _strict(short, delimiter)
    if shape is None:
        return None
    fed, returned = (len(parts) - len(feeds)) // 2, (len(feeds) - len(short)) // 3
    return Shape(shape.lines + fed + returned, shape.rest - fed, shape.returns or returned > 0)
