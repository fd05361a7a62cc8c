"""A table that is larger than memory, a piece of some million cells at a time.

Delimited text is cut where a record ends, and each piece is read as a whole file would be: by Polars where that
is proved right. From the first piece on of which it is not, the csv module reads on. Parquet is cut by rows.
What is of another kind is read whole, as one piece.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, count, islice
from pathlib import Path
from typing import cast

import polars as pl

from norwalk_analytics.intake.delimited import BLOCK, BOM, QUOTE
from norwalk_analytics.intake.frames import as_text
from norwalk_analytics.intake.plain_text import (
    DELIMITERS,
    candidates,
    delimiter_of,
    fast,
    header_of,
    label,
    no_text,
    records,
)
from norwalk_analytics.intake.reading import (
    TEXTS,
    Source,
    files_of_source,
    is_uri,
    name_of,
    texts_of,
    within_cells,
)
from norwalk_analytics.intake.texts import ROW, Text, Wanted, of_records
from norwalk_analytics.policy import UserError

SIZE = 64 << 20
"""Bytes of text in a piece."""
ROWS = 500_000
"""Rows of a piece of Parquet, or of records that the csv module reads."""
HEAD = 4 << 20
"""Bytes in which the header is looked for."""


@dataclass(frozen=True)
class Piece:
    """A piece of a table.

    Attributes:
        text: its rows.
        read: reads them once more.
        file: which of the source's files it is of; begins: whether it is that file's first piece.
        share: how much of the file is read then, from 0 to 1.
    """

    text: Text
    read: Callable[[], Text]
    file: int
    begins: bool
    share: float


def pieces_of(
    source: Source, wanted: Wanted, folder: Path, size: int = SIZE, rows: int = ROWS
) -> Iterator[Piece]:
    """The pieces of a source, row numbers of several files apart as by ``gathering.apart``.

    Args:
        source: as ``reading.texts_of`` takes it.
        wanted: which sheet, table or query, and which header.
        folder: where a text in another encoding than UTF-8 may be written anew.
        size: bytes of text in a piece.
        rows: rows of a piece of another kind.

    Raises:
        UserError: if the source can't be read as a table.
    """
    if isinstance(source, str | Path) and not is_uri(source):
        paths, root, _ = files_of_source(source)
    else:
        paths, root = [], Path()
    if not paths:
        texts = texts_of(source, wanted)
        start = 0
        for number, text in enumerate(texts):
            moved = text.shifted(start)
            yield Piece(moved, partial(_itself, moved), number, True, 1.0)
            start += _last(text) + 1
        return
    start = 0
    for number, path in enumerate(paths):
        last = 0
        for at, (text, read, share) in enumerate(
            _of_file(path, name_of(path, paths, root), wanted, folder, size, rows)
        ):
            last = max(last, _last(text))

            def again(read: Callable[[], Text] = read, start: int = start, path: Path = path) -> Text:
                return replace(read(), path=path).shifted(start)

            yield Piece(replace(within_cells(text), path=path).shifted(start), again, number, at == 0, share)
        start += last + 1


def _itself(text: Text) -> Text:
    return text


def _last(text: Text) -> int:
    return int(max([*text.frame[ROW].tail(1), *text.ragged, 0]))


Read = tuple[Text, Callable[[], Text], float]


def _of_file(path: Path, name: str, wanted: Wanted, folder: Path, size: int, rows: int) -> Iterator[Read]:
    if path.suffix.lower() == ".parquet" and wanted.sheet is None and wanted.query is None:
        return _of_parquet(path, name, rows)
    if path.suffix.lower() in TEXTS and path.is_file() and path.stat().st_size > size:
        return _of_text(path, name, wanted, folder, size, rows)
    texts = texts_of(path, wanted)
    return iter([(replace(text, file=name), partial(_itself, text), 1.0) for text in texts])


def _of_parquet(path: Path, name: str, rows: int) -> Iterator[Read]:
    try:
        scan = pl.scan_parquet(path, glob=False)
        height = scan.select(pl.len()).collect().item()
    except Exception:  # whatever a broken file makes the reader raise
        message = f"{name} is no Parquet file that can be read: it is damaged or cut short. Write it again. Nothing was loaded."
        raise UserError(message) from None

    def read(first: int) -> Text:
        part = scan.slice(first, rows).collect(engine="streaming")
        numbers = range(first + 1, first + part.height + 1)
        return as_text(name, None, part, "Parquet", numbers)

    for first in range(0, max(height, 1), rows):
        yield read(first), partial(read, first), min(1.0, (first + rows) / max(height, 1))


def _of_text(path: Path, name: str, wanted: Wanted, folder: Path, size: int, rows: int) -> Iterator[Read]:
    """Pieces of delimited text, by Polars as long as that is proved right, then by the csv module."""
    plain, start, encoding = _as_utf8(path, name, folder)
    whole = plain.stat().st_size
    with plain.open("rb") as file:
        file.seek(start)
        head = file.read(max(HEAD, size))
    delimiter = delimiter_of(head, 0, wanted)
    assumed = f"{encoding}, {DELIMITERS[delimiter]}"
    found = header_of(name, head, 0, delimiter, wanted)
    if found is None:  # nothing but blank rows so far
        texts = texts_of(path, wanted)
        yield texts[0], partial(_itself, texts[0]), 1.0
        return
    header, row = found
    again, line = replace(wanted, header_row=1), _written(row, delimiter)

    def read(at: int, end: int, number: int) -> Text | None:
        with plain.open("rb") as file:
            file.seek(at)
            data = file.read(end - at)
        try:
            if at > start:
                text = fast(name, line + data, 0, delimiter, assumed, again)
                return None if text is None else text.renumbered(number - 2)
            there = header_of(name, data, 0, delimiter, wanted) == found
            return fast(name, data, 0, delimiter, assumed, wanted) if there else None
        except UserError:  # a piece may end where the csv module would read on
            return None

    at, number = start, 1
    while at < whole:
        end = _cut(plain, at, size, whole)
        text = None if end is None else read(at, end, number)
        if end is None or text is None:
            break
        yield text, partial(cast("Callable[[int, int, int], Text]", read), at, end, number), end / whole
        number = (header + 1 if at == start else number) + text.frame.height + text.blank
        at = end
    if at < whole:
        rest = _Rest(plain, name, at, number, found, delimiter, assumed, max(rows, header))
        for place, text in enumerate(rest.texts()):
            yield text, partial(rest.text, place), 1.0


def _cut(path: Path, at: int, size: int, whole: int) -> int | None:
    """Where the last record ends that begins within so many bytes; None where none does."""
    if at + size >= whole:
        return whole
    with path.open("rb") as file:
        file.seek(at)
        data = file.read(size)
    end = data.rfind(b"\n") + 1
    quotes = data.count(QUOTE, 0, end)
    while end and quotes % 2:
        before = data.rfind(b"\n", 0, end - 1) + 1
        quotes -= data.count(QUOTE, before, end)
        end = before
    return at + end if end else None


def _written(row: Sequence[str], delimiter: str) -> bytes:
    """A header as a line of its own."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL).writerow(row)
    return out.getvalue().encode()


@dataclass(frozen=True)
class _Rest:
    """The rest of a text, read by the csv module from the byte at which row ``number`` begins."""

    path: Path
    name: str
    at: int
    number: int
    header: tuple[int, list[str]]
    delimiter: str
    assumed: str
    rows: int

    def texts(self, first: int = 0) -> Iterator[Text]:
        """Its pieces from one on."""
        with self.path.open("rb") as file:
            file.seek(self.at)
            lines = io.TextIOWrapper(file, encoding="utf-8", newline="")
            every = records(self.name, lines, self.delimiter, self.number)
            for place in count():
                some = list(islice(every, self.rows))
                if not some:
                    return
                if place >= first:
                    yield self._text(some, self.number + place * self.rows)

    def text(self, place: int) -> Text:
        """One of its pieces."""
        return next(self.texts(place))

    def _text(self, some: list[list[str]], number: int) -> Text:
        at, row = self.header
        if number == 1:
            return of_records(self.name, None, some, self.assumed, Wanted(header_row=at))
        text = of_records(self.name, None, chain([row], some), self.assumed, Wanted(header_row=1))
        return text.renumbered(number - 2)


def _as_utf8(path: Path, name: str, folder: Path) -> tuple[Path, int, str]:
    """A file that holds the text in UTF-8, where it begins, and the encoding found; UserError where it is no text."""
    with path.open("rb") as file:
        begin = file.read(BLOCK)
    for encoding in candidates(begin):
        if encoding == "utf-8":
            if _is_text(path):
                return path, len(BOM) if begin.startswith(BOM) else 0, label(encoding)
            continue
        plain = folder / f"{path.name}.utf-8"
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as file, plain.open("wb") as out:
                for block in iter(partial(file.read, BLOCK), b""):
                    out.write(_without_nul(decoder.decode(block)))
                out.write(_without_nul(decoder.decode(b"", final=True)))
        except UnicodeError:
            continue
        return plain, 0, label(encoding)
    raise no_text(name)


def _without_nul(text: str) -> bytes:
    """A text as UTF-8; no text holds a NUL."""
    if "\0" in text:
        message = "a NUL"
        raise UnicodeError(message)
    return text.encode()


def _is_text(path: Path) -> bool:
    """Whether a file is UTF-8 without a NUL, told block by block."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        for block in iter(partial(file.read, BLOCK), b""):
            if b"\0" in block:
                return False
            try:
                if not (block.isascii() and not decoder.getstate()[0]):
                    decoder.decode(block)
            except UnicodeDecodeError:
                return False
    return not decoder.getstate()[0]
