"""What comes packed: gzip, zip, and the workbooks that are zip archives; nothing is unpacked without a bound."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from norwalk_analytics.intake.reading import is_table, of_bytes, with_others
from norwalk_analytics.intake.texts import Text, Wanted
from norwalk_analytics.policy import UserError

ALWAYS = 64 << 20  # bytes that any file may unpack to
TIMES = 200  # beyond these, so many times its own size: tables take a tenth of their size at the least
MOST_FILES = 10_000
MOST_DEEP = 3
BLOCK = 1 << 20
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    KeyError,
)
"""What a damaged archive, one with a password, or one packed in an unknown way makes the reader raise."""


def of_packed(name: str, data: bytes, wanted: Wanted) -> list[Text]:
    """The tables of a gzip or zip file, or of a workbook that is a zip archive.

    Raises:
        UserError: if it is damaged, unpacks to a size beyond reason, or holds no table.
    """
    if data.startswith(b"\x1f\x8b"):
        inner = Path(name).stem
        return of_bytes(inner, _gunzip(name, data), wanted) if inner != name else _no_table(name)
    archive = opened(name, data)
    names = set(archive.namelist())
    if "xl/workbook.bin" in names:
        from norwalk_analytics.intake.binary_workbooks import of_xlsb

        return of_xlsb(name, data, archive, wanted)
    if any(one.startswith("xl/") for one in names) or "[Content_Types].xml" in names:
        from norwalk_analytics.intake.workbooks import of_xlsx

        return of_xlsx(name, data, archive, wanted)
    if "content.xml" in names and "mimetype" in names:
        from norwalk_analytics.intake.opendocument import of_ods

        return of_ods(name, archive, wanted)
    return _members(name, archive, wanted)


def opened(name: str, data: bytes) -> zipfile.ZipFile:
    """A zip archive that is whole and of a size within reason; UserError otherwise."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except BROKEN:
        message = f"{name} is a zip archive or a workbook that is damaged or cut short. Save it again. Nothing was loaded."
        raise UserError(message) from None
    entries = archive.infolist()
    if len(entries) > MOST_FILES or sum(one.file_size for one in entries) > bound(len(data)):
        raise beyond_reason(name)
    if any(one.compress_size > 2 * one.file_size + BLOCK for one in entries):
        raise beyond_reason(name)  # it says less than there is
    return archive


def unpacked(name: str, archive: zipfile.ZipFile, entry: str) -> bytes:
    """One file of an archive, which is no larger than the archive says; UserError where it can't be read."""
    try:
        size = archive.getinfo(entry).file_size
        with archive.open(entry) as file:
            data = file.read(size)  # no more is unpacked, whatever there is
            file.read(1)  # its end, where the sum of its bytes is checked
        return data
    except BROKEN:
        message = f"{name} is damaged, cut short or protected by a password. Save it again without one. Nothing was loaded."
        raise UserError(message) from None


def bound(size: int) -> int:
    """How many bytes so many packed bytes may unpack to."""
    return max(ALWAYS, TIMES * size)


def beyond_reason(name: str) -> UserError:
    """What is said of a file that unpacks to far more than a table would."""
    return UserError(
        f"{name} unpacks to more than {TIMES} times its size, which no table does. Nothing was loaded."
    )


def _gunzip(name: str, data: bytes) -> bytes:
    """What a gzip file of one or more members holds."""
    out, most = io.BytesIO(), bound(len(data))
    rest = data
    try:
        while rest:
            member = zlib.decompressobj(wbits=31)
            block = rest
            while block and not member.eof:
                out.write(member.decompress(block, BLOCK))
                block = member.unconsumed_tail
                if out.tell() > most:
                    raise beyond_reason(name)
            out.write(member.flush())
            if not member.eof:
                raise EOFError
            rest = member.unused_data.lstrip(b"\0")
    except (zlib.error, EOFError):
        message = f"{name} is a gzip file that is damaged or cut short. Pack it again. Nothing was loaded."
        raise UserError(message) from None
    return out.getvalue()


def _members(name: str, archive: zipfile.ZipFile, wanted: Wanted) -> list[Text]:
    """Every table in a zip archive, in the order of their names."""
    if name.count(".zip/") > MOST_DEEP:
        message = f"{name}: an archive in an archive, and so on. Unpack it first. Nothing was loaded."
        raise UserError(message)
    visible = [
        one for one in sorted(archive.namelist())
        if not any(part.startswith((".", "~$", "__MACOSX")) for part in PurePosixPath(one).parts)
    ]  # fmt: skip
    tables = [one for one in visible if not one.endswith("/") and is_table(Path(one))]
    if not tables:
        return _no_table(name)
    texts = [
        text for one in tables for text in of_bytes(f"{name}/{one}", unpacked(name, archive, one), wanted)
    ]
    return with_others(texts, [one for one in visible if not one.endswith("/") and one not in tables])


def _no_table(name: str) -> list[Text]:
    message = f"{name} holds no table that is read (.csv, .xlsx, .parquet and the like). Nothing was loaded."
    raise UserError(message)
