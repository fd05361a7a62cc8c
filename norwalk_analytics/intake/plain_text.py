"""Delimited text: its encoding, its delimiter, its records; by Polars where that is proved right, else by the csv module."""

from __future__ import annotations

import codecs
import csv
import io
import re
import sys
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from itertools import islice

import polars as pl

from norwalk_analytics.intake.delimited import BLOCK, BOM, split
from norwalk_analytics.intake.texts import (
    HEAD,
    Text,
    Wanted,
    header_at,
    is_blank,
    of_frame,
    of_records,
    within_reason,
)
from norwalk_analytics.policy import UserError

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
MOST = 1 << 31  # bytes that a cell of Polars may have
LEADING = re.compile(rb"(?:\r?\n)*")


def delimited_text(name: str, data: bytes, wanted: Wanted) -> Text:
    """A file of delimited text → a Text.

    Raises:
        UserError: if it is no text, or where its rows end can't be told.
    """
    data, start, encoding = decode(name, data)
    delimiter = delimiter_of(data, start, wanted)
    assumed = f"{encoding}, {DELIMITERS[delimiter]}"
    text = fast(name, data, start, delimiter, assumed, wanted)
    return text or of_records(name, None, records(name, _lines(data, start), delimiter), assumed, wanted)


def decode(name: str, data: bytes) -> tuple[bytes, int, str]:
    """A file's text as UTF-8, where it begins, and the encoding found; UserError where it is no text."""
    for encoding in candidates(data):
        try:
            text = _utf8(data, encoding)
        except UnicodeDecodeError:
            continue
        if b"\0" not in text:
            start = len(BOM) if encoding == "utf-8" and data.startswith(BOM) else 0
            return text, start, label(encoding)
    raise no_text(name)


def candidates(data: bytes) -> list[str]:
    """The encodings that a file's first bytes leave open, the likelier first."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ["utf-16"]
    return ["utf-8", *_utf16(data[:2000]), "cp1252"]


def label(encoding: str) -> str:
    """An encoding as a person names it."""
    return {"utf-8": "UTF-8", "cp1252": "Windows-1252"}.get(encoding, "UTF-16")


def no_text(name: str) -> UserError:
    """What is said of a file that is no text."""
    return UserError(
        f"{name} is not a text file (or not in UTF-8, UTF-16 or Windows-1252). Nothing was loaded."
    )


def _utf8(data: bytes, encoding: str) -> bytes:
    """The same text in UTF-8, piece by piece: a whole text may take four bytes a character."""
    same = encoding == "utf-8"
    if same and (data.isascii() or _is_utf8(data)):
        return data
    decoder = codecs.getincrementaldecoder(encoding)()
    out = io.BytesIO()
    for place in range(0, len(data), BLOCK):
        text = decoder.decode(data[place : place + BLOCK], place + BLOCK >= len(data))
        if not same:
            out.write(text.encode())
    return data if same else out.getvalue()


def _is_utf8(data: bytes) -> bool:
    """Whether bytes are UTF-8, as Polars tells it block by block, thrice as fast as decoding."""
    place = 0
    while place < len(data):
        end = data.find(b"\n", place + BLOCK) + 1 or len(data)
        if end - place >= MOST:
            return False
        try:
            pl.Series([data[place:end]], dtype=pl.Binary).cast(pl.String)
        except pl.exceptions.ComputeError:
            return False
        place = end
    return True


def _utf16(start: bytes) -> list[str]:
    """UTF-16 without a mark, told by zero bytes that stand on one side."""
    half = len(start) // 2 or 1
    even, odd = start[0::2].count(0), start[1::2].count(0)
    return ["utf-16-le"] * (odd > half / 3 > even) + ["utf-16-be"] * (even > half / 3 > odd)


def _lines(data: bytes, start: int) -> Iterator[str]:
    """Lines with their ends, a lone carriage return being one; no more is decoded than is asked for."""
    whole = io.BytesIO(data)
    whole.seek(start)
    return io.TextIOWrapper(whole, encoding="utf-8", newline="")


def delimiter_of(data: bytes, start: int, wanted: Wanted) -> str:
    """The delimiter that parts the header into the most cells."""

    def width(delimiter: str) -> tuple[float, int]:
        head: list[tuple[int, list[str]]] = []
        with suppress(csv.Error):
            head.extend(
                enumerate(islice(csv.reader(_lines(data, start), delimiter=delimiter), HEAD), start=1)
            )
        row = dict(head).get(header_at(head, wanted) or 0, [])
        return wanted.holds(row) if wanted.holds else 0, len(row)

    return max(DELIMITERS, key=width)


def records(name: str, lines: Iterator[str], delimiter: str, first: int = 1) -> Generator[list[str]]:
    """The records of lines, the first of them row ``first``, by the csv module; UserError where it can't tell them."""
    old = csv.field_size_limit(sys.maxsize)
    number = first - 1
    try:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        for number, row in enumerate(reader, start=first):  # noqa: B007
            yield row
    except csv.Error as error:
        end = "unexpected end" in str(error)
        cause = "opens a quote that is never closed" if end else "has a quote inside a quoted cell"
        message = f"{name}: row {number + 1} {cause}, so where rows end can't be told. Nothing was loaded."
        raise UserError(message) from None
    finally:
        csv.field_size_limit(old)


def header_of(
    name: str, data: bytes, start: int, delimiter: str, wanted: Wanted
) -> tuple[int, list[str]] | None:
    """The number of the header row and its cells, if it stands in this part of a text."""
    with closing(records(name, _lines(data, start), delimiter)) as rows:
        head = list(enumerate(islice(rows, HEAD), start=1))
        header = header_at(head, wanted)
        if header is None:
            head += list(islice(((n, row) for n, row in enumerate(rows, HEAD + 1) if not is_blank(row)), 1))
            header = head[-1][0] if head else 0
    row = dict(head).get(header)
    if not row or is_blank(row):
        return None
    within_reason(name, None, header, row)
    return header, row


def fast(name: str, data: bytes, start: int, delimiter: str, assumed: str, wanted: Wanted) -> Text | None:
    """What ``of_records`` makes of the records, if Polars can be proved to read them rightly; else None."""
    found = header_of(name, data, start, delimiter, wanted)
    if found is None:
        return None
    header, row = found
    empty = LEADING.match(data, start)
    first = empty[0].count(b"\n") + 1 if empty else 1
    cells = split(data, empty.end() if empty else start, delimiter, len(row), first)
    if cells is None or cells[0].is_empty():
        return None
    return of_frame(name, None, *cells, assumed, header, len(row))
