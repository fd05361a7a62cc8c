"""Files that can't be read: one sentence, exit code 2, in bounded time and memory; never a part of the rows."""

import contextlib
import gzip
import io
import json
import os
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import zipfile
import zlib
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from norwalk_analytics import UserError, load_district, load_tool_registrations

pytestmark = pytest.mark.long  # some 500 files, each in bounded time and memory
AS_OF = date(2026, 6, 30)
HEAD = "registration_id,registered_on,school_id,employee_id,employee_role,setting,platform,account_capacity,active_from,suitability_review,access"
ROW = "R-1,2024-01-05,Roton,E-0412,coach,school,X,professional,2024-01-05,pending,public"
NAMES, CELLS = HEAD.split(","), ROW.split(",")
TABLE = "tool_registrations"
BOOKS = Path(__file__).parent / "data" / "books"
MIB = 1 << 20
SENTENCE = (
    1500  # a sentence that names every column that is missing is long; one that repeats the file is longer
)

# Runs a command with an address space that ends somewhere, so that a leak fails instead of swapping, and writes
# down the most memory it held. Its own process, since a child counts its parent's memory as its own until exec.
RUNNER = """
import resource, subprocess, sys
out, limit, timeout, *command = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_AS, (int(limit), int(limit)))
try:
    code = subprocess.run(command, timeout=float(timeout), stdin=subprocess.DEVNULL).returncode
except subprocess.TimeoutExpired:
    code = 124
with open(out, "w") as file:
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, code, file=file)
"""


def child(tmp_path, *arguments, timeout=120, before=(), code=None, space=16 << 30):
    """A child process: exit code, stdout, stderr, the most memory in MiB."""
    told = tmp_path / "told.txt"
    what = ["-c", code] if code else ["-m", "norwalk_analytics"]
    command = [*before, sys.executable, *what, *map(str, arguments)]
    runner = [sys.executable, "-c", RUNNER, told, str(space), str(timeout), *command]
    env = {**os.environ, "POLARS_MAX_THREADS": "2"}
    done = subprocess.run(runner, capture_output=True, text=True, timeout=timeout + 30, env=env)
    used, exit_code = map(int, told.read_text().split())
    told.unlink()
    assert exit_code != 124, "it did not end"
    return exit_code, done.stdout, done.stderr, used // 1024


def refused(tmp_path, *arguments, most=500, said=(), **more):
    """One line on stderr, exit code 2, nothing on stdout, no more memory than `most` MiB."""
    code, out, err, used = child(tmp_path, *arguments, **more)
    assert code == 2, (code, out[-500:], err[-2000:])
    assert out == ""
    assert len(err.strip().splitlines()) == 1, err[-2000:]
    assert "Traceback" not in err
    assert len(err) < SENTENCE
    assert used < most, f"{used} MiB"
    for one in said:
        assert one in err
    return err


def put(folder, data, name=f"{TABLE}.csv"):
    """A district of one file."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return folder


def one_sentence(path, **how):
    with pytest.raises(UserError) as found:
        load_tool_registrations(path, as_of=AS_OF, **how)
    text = str(found.value)
    assert len(text.splitlines()) == 1
    assert len(text) < SENTENCE
    assert "Traceback" not in text
    return text


# ---- what a repeated piece looks like, packed -------------------------------------------------------------------


def deflated(*pieces):
    """(piece, times) …: the raw deflate stream of all of them one after another, its CRC and its length.

    A stream that is flushed in full has no memory of what came before, so one piece is compressed once and
    its bytes are repeated: a bomb of gigabytes is made in a second.
    """
    out, crc, size = [], 0, 0
    for piece, times in pieces:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
        out.append(packed * times)
        size += len(piece) * times
        for _ in range(times):
            crc = zlib.crc32(piece, crc)
    end = zlib.compressobj(9, zlib.DEFLATED, -15)
    return b"".join(out) + end.flush(), crc, size


def archive(entries):
    """A zip file by hand: entries (name, packed, crc, length said), so that what is said may be a lie."""
    out, directory = bytearray(), bytearray()
    for name, packed, crc, size in entries:
        at = len(out)
        common = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, crc, len(packed), size, len(name), 0)
        out += b"PK\x03\x04" + common + name.encode() + packed
        directory += b"PK\x01\x02\x14\x00" + common + struct.pack("<HHHII", 0, 0, 0, 0, at) + name.encode()
    ending = struct.pack("<HHHHIIH", 0, 0, len(entries), len(entries), len(directory), len(out), 0)
    return bytes(out + directory) + b"PK\x05\x06" + ending


def changed(book, name, *pieces, said=None):
    """A workbook of which one entry is made of pieces; `said` is the length it claims to have."""
    entries = []
    with zipfile.ZipFile(io.BytesIO(book)) as old:
        for info in old.infolist():
            if info.filename == name:
                packed, crc, size = deflated(*pieces)
                entries.append((name, packed, crc, size if said is None else said))
            else:
                entries.append((info.filename, *deflated((old.read(info), 1))))
    return archive(entries)


def book(rows=(NAMES, CELLS), sheets=("Register",)):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as made:  # it keeps texts in a part of their own
        for name in sheets:
            page = made.add_worksheet(name)
            for i, row in enumerate(rows):
                page.write_row(i, 0, row)
    return out.getvalue()


def entry(data, name):
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return file.read(name)


def split_entry(data, name, at):
    """An entry's bytes before and from a mark on."""
    whole = entry(data, name)
    place = whole.index(at)
    return whole[:place], whole[place:]


SHEET = "xl/worksheets/sheet1.xml"
BOMB = 1536  # MiB


def row_bomb():
    before, after = split_entry(book(), SHEET, b"</sheetData>")
    rows = b'<row><c t="inlineStr"><is><t>bomb</t></is></c></row>' * 20_000
    return changed(book(), SHEET, (before, 1), (rows, BOMB), (after, 1))


def cell_bomb():
    before, after = split_entry(book(), SHEET, b"</sheetData>")
    open_, close = b'<row r="3"><c r="A3" t="inlineStr"><is><t>', b"</t></is></c></row>"
    return changed(book(), SHEET, (before + open_, 1), (b"x" * MIB, BOMB), (close + after, 1))


def blank_bomb():
    before, after = split_entry(book(), SHEET, b"</sheetData>")
    return changed(book(), SHEET, (before, 1), (b" " * MIB, BOMB), (after, 1))


def part_bomb(name, mark):
    def make():
        before, after = split_entry(book(), name, mark)
        return changed(book(), name, (before, 1), (b" " * MIB, BOMB), (after, 1))

    return make


def lying_bomb(said):
    def make():
        before, after = split_entry(book(), SHEET, b"</sheetData>")
        rows = b'<row><c t="inlineStr"><is><t>bomb</t></is></c></row>' * 20_000
        return changed(book(), SHEET, (before, 1), (rows, BOMB), (after, 1), said=said)

    return make


def ods_bomb():
    data = (BOOKS / "log.ods").read_bytes()
    before, after = split_entry(data, "content.xml", b"</office:spreadsheet>")
    return changed(data, "content.xml", (before, 1), (b" " * MIB, BOMB), (after, 1))


def gz_bomb(first):
    def make():
        packed, crc, size = deflated((first, 1), (b"x" * MIB, BOMB))
        return (
            b"\x1f\x8b\x08\x00" + bytes(4) + b"\x02\xff" + packed + struct.pack("<II", crc, size % (1 << 32))
        )

    return make


def zip_bomb(first):
    return lambda: archive([(f"{TABLE}.csv", *deflated((first, 1), (b"x" * MIB, BOMB)))])


START = f"{HEAD}\n{ROW}\n".encode()
BOMBS = {
    "rows.xlsx": row_bomb,
    "cell.xlsx": cell_bomb,
    "blanks.xlsx": blank_bomb,
    "strings.xlsx": part_bomb("xl/sharedStrings.xml", b"</sst>"),
    "styles.xlsx": part_bomb("xl/styles.xml", b"</styleSheet>"),
    "workbook.xlsx": part_bomb("xl/workbook.xml", b"</workbook>"),
    "relations.xlsx": part_bomb("xl/_rels/workbook.xml.rels", b"</Relationships>"),
    "types.xlsx": part_bomb("[Content_Types].xml", b"</Types>"),
    "says_too_little.xlsx": lying_bomb(100),
    "blanks.ods": ods_bomb,
    "field.csv.gz": gz_bomb(START),
    "header.csv.gz": gz_bomb(b""),
    "array.json.gz": gz_bomb(b'[{"registration_id": "'),
    "line.ndjson.gz": gz_bomb(b'{"registration_id": "'),
    "field.zip": zip_bomb(START),
    "header.zip": zip_bomb(b""),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_before_it_goes_off(tmp_path, name):
    folder = put(tmp_path / "d", BOMBS[name](), f"{TABLE}.{name.split('.', 1)[1]}")
    refused(tmp_path, "validate", folder, most=1000, said=[TABLE])


def test_an_entry_that_says_it_is_larger_than_any_disk(tmp_path):
    data = START * 3
    packed, crc, _ = deflated((data, 1))
    path = tmp_path / "r.zip"
    path.write_bytes(archive([("r.csv", packed, crc, 0xFFFFFFF0)]))
    one_sentence(path)
    path = tmp_path / "r.xlsx"
    path.write_bytes(changed(book(), SHEET, (entry(book(), SHEET), 1), said=0xFFFFFFF0))
    one_sentence(path)


def test_an_entry_that_says_it_is_shorter_than_it_is(tmp_path):
    """A part of the rows must not pass for all of them."""
    rows = "".join(f"{ROW.replace('R-1', f'R-{i}')}\n" for i in range(200))
    packed, crc, _ = deflated((f"{HEAD}\n{rows}".encode(), 1))
    path = tmp_path / "r.zip"
    path.write_bytes(archive([("r.csv", packed, crc, len(HEAD) + 1 + len(ROW) + 1)]))
    one_sentence(path)


def test_a_wrong_checksum_is_no_table(tmp_path):
    packed, crc, size = deflated((START, 1))
    (tmp_path / "r.zip").write_bytes(archive([("r.csv", packed, crc ^ 1, size)]))
    one_sentence(tmp_path / "r.zip")
    data = bytearray(gzip.compress(START))
    data[-6] ^= 1
    (tmp_path / "r.csv.gz").write_bytes(bytes(data))
    one_sentence(tmp_path / "r.csv.gz")
    broken = changed(book(), SHEET, (entry(book(), SHEET), 1))
    at = broken.index(zlib.crc32(entry(book(), SHEET)).to_bytes(4, "little"))
    broken = bytearray(broken)
    for _ in range(2):  # the local header and the directory
        broken[at] ^= 1
        at = broken.find(zlib.crc32(entry(book(), SHEET)).to_bytes(4, "little"), at)
        if at < 0:
            break
    (tmp_path / "r.xlsx").write_bytes(bytes(broken))
    one_sentence(tmp_path / "r.xlsx")


def test_a_zip_in_a_zip_in_a_zip(tmp_path):
    data, name = START, "r.csv"
    for _ in range(40):
        data, name = archive([(name, *deflated((data, 1)))]), "r.zip"
    (tmp_path / "r.zip").write_bytes(data)
    one_sentence(tmp_path / "r.zip")


def test_a_zip_of_many_entries(tmp_path):
    packed = deflated((b"x", 1))
    (tmp_path / "r.zip").write_bytes(archive([(f"{i}.txt", *packed) for i in range(60_000)]))
    one_sentence(tmp_path / "r.zip")
    (tmp_path / "s.zip").write_bytes(archive([(f"{i}.csv", *deflated((START, 1))) for i in range(300)]))
    with contextlib.suppress(UserError):
        assert load_tool_registrations(tmp_path / "s.zip", as_of=AS_OF).read == 300


@pytest.mark.parametrize("name", ["../../evil.csv", "/tmp/evil.csv", "a\\..\\..\\evil.csv", "C:evil.csv"])
def test_an_entry_that_points_out_of_the_archive_writes_nothing(tmp_path, name):
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    (folder / "r.zip").write_bytes(archive([(name, *deflated((START, 1)))]))
    before = set(tmp_path.rglob("*"))
    with contextlib.suppress(UserError):
        load_tool_registrations(folder / "r.zip", as_of=AS_OF)
    assert set(tmp_path.rglob("*")) == before
    assert not Path("/tmp/evil.csv").exists()


def far_cell(reference, row=None):
    """Our table, and one cell far away."""
    before, after = split_entry(book(), SHEET, b"</sheetData>")
    number = f' r="{row}"' if row is not None else ""
    extra = f'<row{number}><c r="{reference}" t="inlineStr"><is><t>far</t></is></c></row>'.encode()
    return changed(book(), SHEET, (before + extra + after, 1))


def corners():
    """A sheet with one cell at A1 and one at XFD1048576."""
    made = book(rows=[["A1"]])
    before, after = split_entry(made, SHEET, b"</sheetData>")
    extra = b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>far</t></is></c></row>'
    return changed(made, SHEET, (before + extra + after, 1))


def ods_repeats(rows, columns):
    data = (BOOKS / "log.ods").read_bytes()
    before, after = split_entry(data, "content.xml", b"</table:table>")
    extra = (
        f'<table:table-row table:number-rows-repeated="{rows}"><table:table-cell office:value-type="string" '
        f'table:number-columns-repeated="{columns}"><text:p>again</text:p></table:table-cell></table:table-row>'
    )
    return changed(data, "content.xml", (before + extra.encode() + after, 1))


WIDE = {
    "corners.xlsx": corners,
    "far.xlsx": lambda: far_cell("XFD1048576", 1048576),
    "down.xlsx": lambda: far_cell("A1048576", 1048576),
    "right.xlsx": lambda: far_cell("XFD3", 3),
    "beyond.xlsx": lambda: far_cell("A4294967295", 4294967295),
    "letters.xlsx": lambda: far_cell("ZZZZZZZZ3", 3),
    "zero.xlsx": lambda: far_cell("A0", 0),
    "minus.xlsx": lambda: far_cell("A-3", -3),
    "nowhere.xlsx": lambda: far_cell("", 3),
    "huge.xlsx": lambda: far_cell("A99999999999999999999", 99999999999999999999),
    "corners.ods": lambda: ods_repeats(1048576, 16384),
    "down.ods": lambda: ods_repeats(1048576, 1),
    "right.ods": lambda: ods_repeats(1, 16384),
    "huge.ods": lambda: ods_repeats(2**40, 2**40),
    "minus.ods": lambda: ods_repeats(-1, -1),
}


@pytest.mark.parametrize("name", WIDE)
def test_a_cell_far_away_costs_no_memory(tmp_path, name):
    """Either one sentence, or rows all of which are accounted for; not a grid of 17 billion cells."""
    table = TABLE if name.endswith("xlsx") else "exception_log"
    folder = put(tmp_path / "d", WIDE[name](), f"{table}.{name.split('.')[1]}")
    code, out, err, used = child(tmp_path, "validate", folder, "--json", timeout=200)
    assert code in (1, 2), (code, err[-2000:])
    assert used < 1500, f"{used} MiB"
    if code == 2:
        assert (out, len(err.strip().splitlines())) == ("", 1)
        assert table in err
    else:
        one = json.loads(out)["tables"][table]
        assert one["read"] == one["accepted"] + one["quarantined"] + one["left_out"]
        assert one["read"] >= 2
    if name in ("corners.xlsx", "corners.ods", "huge.ods"):
        assert code == 2


def test_a_sheet_that_says_it_is_larger_than_it_is_is_read(tmp_path):
    """The range a sheet claims is a hint, not a fact: both ways."""
    whole = entry(book(), SHEET)
    start = whole.index(b"<dimension")
    end = whole.index(b"/>", start) + 2
    for claim in ("A1:XFD1048576", "A1", "A1:B1", "C3:D4"):
        said = f'<dimension ref="{claim}"/>'.encode()
        path = tmp_path / "r.xlsx"
        path.write_bytes(changed(book(), SHEET, (whole[:start] + said + whole[end:], 1)))
        one = load_tool_registrations(path, as_of=AS_OF)
        assert (one.read, one.accepted.height) == (1, 1), claim


# ---- XML that means more than it says ----------------------------------------------------------------------------

LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 20) for i in range(9)
) + b"]>"  # fmt: skip


@pytest.mark.parametrize("part", ["xl/sharedStrings.xml", SHEET, "xl/workbook.xml", "xl/styles.xml"])
@pytest.mark.parametrize("kind", ["laughs", "external"])
def test_entities_of_xml_are_not_followed(tmp_path, part, kind):
    secret = tmp_path / "secret.txt"
    secret.write_text("TOP-SECRET-CANARY")
    whole = entry(book(), part)
    declared, used = LAUGHS, b"&j;"
    if kind == "external":
        declared, used = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]>'.encode(), b"&e;"
    at = whole.index(b"?>") + 2 if whole.startswith(b"<?xml") else 0
    evil = whole[:at] + declared + whole[at:].replace(b"professional", used)
    if part == SHEET:
        evil = evil.replace(
            b"</sheetData>", b'<row><c t="inlineStr"><is><t>' + used + b"</t></is></c></row></sheetData>"
        )
    folder = put(tmp_path / "d", changed(book(), part, (evil, 1)), f"{TABLE}.xlsx")
    code, out, err, used_mib = child(tmp_path, "validate", folder, "--out", tmp_path / "out")
    assert code in (0, 1, 2), err[-2000:]
    assert "Traceback" not in err
    assert used_mib < 500
    assert "CANARY" not in out + err
    for path in (tmp_path / "out").glob("*") if (tmp_path / "out").exists() else ():
        assert b"CANARY" not in path.read_bytes()


@pytest.mark.parametrize(("part", "what", "instead"), [
    (SHEET, b't="s"><v>0<', b't="s"><v>99999<'),
    (SHEET, b"</row></sheetData>", b"</row>"),
    (SHEET, b"</sheetData>", b"</sheetDat>"),
    ("xl/workbook.xml", b'r:id="rId1"', b'r:id="rId99"'),
    ("xl/_rels/workbook.xml.rels", b"sheet1.xml", b"sheet9.xml"),
    ("xl/sharedStrings.xml", b"</sst>", b""),
])  # fmt: skip
def test_a_workbook_whose_parts_do_not_fit_is_one_sentence(tmp_path, part, what, instead):
    whole = entry(book(), part)
    if what not in whole:
        pytest.fail(f"the test is to be mended: no {what} in {whole[:600]}")
    (tmp_path / "r.xlsx").write_bytes(changed(book(), part, (whole.replace(what, instead, 1), 1)))
    one_sentence(tmp_path / "r.xlsx")


# ---- protected, empty, cut short ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["password.xlsx", "password.xls"])
def test_a_workbook_behind_a_password(tmp_path, name):
    folder = put(tmp_path / "d", (BOOKS / name).read_bytes(), f"{TABLE}{Path(name).suffix}")
    refused(tmp_path, "validate", folder, said=[TABLE, "password"])
    plain = tmp_path / f"plain{Path(name).suffix}x"  # the content tells, not the name
    shutil.copy(BOOKS / name, plain)
    assert "password" in one_sentence(plain)


def test_an_ods_and_a_zip_behind_a_password(tmp_path):
    manifest = entry((BOOKS / "log.ods").read_bytes(), "META-INF/manifest.xml")
    sealed = (
        b'<manifest:encryption-data manifest:checksum-type="SHA256/1K" manifest:checksum="AAAA">'
        b'<manifest:algorithm manifest:algorithm-name="http://www.w3.org/2001/04/xmlenc#aes256-cbc" '
        b'manifest:initialisation-vector="AAAA"/></manifest:encryption-data></manifest:file-entry>'
    )
    at = manifest.index(b"content.xml")
    end = manifest.index(b"/>", at)
    manifest = manifest[:end] + b">" + sealed + manifest[end + 2 :]
    data = changed((BOOKS / "log.ods").read_bytes(), "META-INF/manifest.xml", (manifest, 1))
    (tmp_path / "r.ods").write_bytes(changed(data, "content.xml", (os.urandom(4000), 1)))
    assert "password" in one_sentence(tmp_path / "r.ods")
    locked = bytearray(archive([("r.csv", *deflated((START, 1)))]))
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "r.zip").write_bytes(bytes(locked))
    assert "password" in one_sentence(tmp_path / "r.zip")


ENDS = [
    "csv",
    "tsv",
    "xlsx",
    "xlsm",
    "xlsb",
    "xls",
    "ods",
    "parquet",
    "arrow",
    "ndjson",
    "jsonl",
    "json",
    "db",
    "duckdb",
]
ENDS += ["csv.gz", "zip", "json.gz"]


@pytest.mark.parametrize("end", ENDS)
def test_a_file_of_no_bytes(tmp_path, end):
    (tmp_path / f"r.{end}").write_bytes(b"")
    assert "empty" in one_sentence(tmp_path / f"r.{end}")


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("data", [
    b"\x00", b"\x00" * 5000, b"\xff\xfe", b"\xef\xbb\xbf", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"\x1f\x8b",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PAR1", b"PAR1PAR1", b"ARROW1\x00\x00", b"SQLite format 3\x00", b"{", b"[", b"[]",
    b"null", b'"x"', b"\n", b" ", b"\x1a", bytes(range(256)),
], ids=lambda data: data[:12].hex())  # fmt: skip
def test_a_few_bytes_under_any_name(tmp_path, end, data):
    (tmp_path / f"r.{end}").write_bytes(data)
    assert f"r.{end}" in one_sentence(tmp_path / f"r.{end}")


def frame():
    rows = {name: [value] * 300 for name, value in zip(NAMES, CELLS, strict=True)}
    return pl.DataFrame(rows).with_columns(pl.Series("registration_id", [f"R-{i}" for i in range(300)]))


def saved(write):
    out = io.BytesIO()
    write(out)
    return out.getvalue()


def sqlite(path, table=None):
    with contextlib.closing(sqlite3.connect(path)) as base:
        base.execute(f"CREATE TABLE register ({', '.join(NAMES)})")
        base.executemany(
            f"INSERT INTO register VALUES ({', '.join('?' * len(NAMES))})",
            (frame() if table is None else table).rows(),
        )
        base.commit()
    return path


WHOLE = {
    "xls": lambda tmp: (BOOKS / "log.xls").read_bytes(),
    "ods": lambda tmp: (BOOKS / "log.ods").read_bytes(),
    "xlsx": lambda tmp: book([NAMES, *frame().rows()]),
    "parquet": lambda tmp: saved(frame().write_parquet),
    "arrow": lambda tmp: saved(frame().write_ipc),
    "db": lambda tmp: sqlite(tmp / "whole.db").read_bytes(),
    "csv.gz": lambda tmp: gzip.compress(frame().write_csv().encode()),
    "zip": lambda tmp: archive([("r.csv", *deflated((frame().write_csv().encode(), 1)))]),
    "json": lambda tmp: frame().write_json().encode(),
}


@pytest.mark.parametrize("end", WHOLE)
def test_cut_short_anywhere_is_one_sentence(tmp_path, end):
    """A file that tells its own end is never read in part."""
    whole = WHOLE[end](tmp_path)
    path = tmp_path / f"cut.{end}"
    step = max(1, len(whole) // 60)
    for cut in [*range(1, len(whole), step), len(whole) - 1, len(whole) - 2, len(whole) - 9]:
        path.write_bytes(whole[:cut])
        try:
            one = load_tool_registrations(path, as_of=AS_OF)
        except UserError as problem:
            assert len(str(problem).splitlines()) == 1
            continue
        assert one.read == 300, f"{one.read} of 300 rows at {cut} of {len(whole)}"


def test_ndjson_cut_short_is_one_sentence(tmp_path):
    whole = frame().head(3).write_ndjson().encode()
    path = tmp_path / "r.ndjson"
    for cut in range(1, len(whole) - 1, 17):
        path.write_bytes(whole[:cut])
        if whole[cut - 1 : cut] in b"\n}":
            continue
        one_sentence(path)


@pytest.mark.parametrize("end", ["xls", "ods", "xlsx", "parquet", "arrow", "db", "csv.gz", "zip", "json"])
def test_bytes_changed_anywhere_crash_nothing(tmp_path, end):
    """A flipped byte: one sentence, or rows in which none is missing."""
    import random

    whole = WHOLE[end](tmp_path)
    chance = random.Random(end)
    path = tmp_path / f"flipped.{end}"
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(chance.choice([1, 1, 4, 40])):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(bytes(data))
        try:
            one = load_tool_registrations(path, as_of=AS_OF)
        except UserError as problem:
            assert len(str(problem).splitlines()) == 1
        else:
            assert one.read == one.accepted.height + one.quarantined.height + one.left_out.height


# ---- large ---------------------------------------------------------------------------------------------------------


def test_five_hundred_sheets(tmp_path):
    data = book(sheets=[f"Sheet number {i} of a long book" for i in range(500)])
    path = tmp_path / "r.xlsx"
    path.write_bytes(data)
    one = load_tool_registrations(path, as_of=AS_OF)
    assert (one.read, one.sheet) == (1, "Sheet number 0 of a long book")
    assert load_tool_registrations(path, as_of=AS_OF, sheet="Sheet number 499 of a long book").read == 1
    assert len(one_sentence(path, sheet="Nope")) < 800
    assert load_tool_registrations(path, as_of=AS_OF, sheet="Sheet number 1? of*").read == 10


def test_nulls_in_a_csv(tmp_path):
    for text in (
        f"{HEAD}\n{ROW.replace('X', chr(0))}\n",
        f"{HEAD}\n{ROW}\n" * 3000 + "\0",
        "\0" + HEAD + "\n" + ROW,
        f"{HEAD},a\0b\n{ROW},1\n",
        f'{HEAD}\n"R\0{ROW}',
    ):
        refused(tmp_path, "validate", put(tmp_path / "d", text), said=[TABLE])


LONG = 100_000_000
LONG_FIELDS = {
    "plain": lambda: f"{HEAD}\n{ROW.replace('X', 'x' * LONG)}\n",
    "quoted": lambda: f"{HEAD}\n{ROW.replace('X', chr(34) + 'x' * LONG + chr(34))}\n",
    "lines": lambda: (
        f"{HEAD}\n{ROW.replace('X', chr(34) + ('x' * 99 + chr(10)) * (LONG // 100) + chr(34))}\n"
    ),
    "quotes": lambda: f"{HEAD}\n{ROW.replace('X', chr(34) + chr(34) * 2 * (LONG // 2) + chr(34))}\n",
    "never closed": lambda: f'{HEAD}\n"{"x" * LONG}',
    "header": lambda: f"{HEAD},{'x' * LONG}\n{ROW},1\n",
    "only": lambda: "x" * LONG,
}


@pytest.mark.parametrize("name", LONG_FIELDS)
def test_a_field_of_100_megabytes(tmp_path, name):
    folder = put(tmp_path / "d", LONG_FIELDS[name]())
    refused(tmp_path, "validate", folder, most=1500, said=[TABLE])


@pytest.mark.parametrize("end", ["ndjson", "json", "xlsx", "parquet", "db", "csv.gz"])
def test_a_field_of_100_megabytes_in_other_files(tmp_path, end):
    """One sentence, or a row set aside; never its text on the screen."""
    row = dict(zip(NAMES, CELLS, strict=True)) | {"access": "x" * LONG}
    table = pl.DataFrame([row])
    data = {
        "ndjson": lambda: json.dumps(row).encode(),
        "json": lambda: json.dumps([row]).encode(),
        "parquet": lambda: saved(table.write_parquet),
        "db": lambda: sqlite(tmp_path / "r.db", table).read_bytes(),
        "csv.gz": lambda: gzip.compress(table.write_csv().encode(), 1),
        "xlsx": lambda: changed(
            book(), "xl/sharedStrings.xml", (entry(book(), "xl/sharedStrings.xml").replace(b"public", b"x" * LONG), 1)
        ),
    }[end]()  # fmt: skip
    folder = put(tmp_path / "d", data, f"{TABLE}.{end}")
    code, out, err, used = child(tmp_path, "validate", folder)
    assert code in (1, 2), err[-1000:]
    assert used < 2000, f"{used} MiB"
    assert len(out) + len(err) < 5000
    assert "Traceback" not in err


MILLION = 1_000_000
WIDE_HEADERS = {
    "numbered": lambda: ",".join(f"a{i}" for i in range(MILLION)) + "\n" + "," * (MILLION - 1) + "\n",
    "the same": lambda: ",".join(["a"] * MILLION) + "\n",
    "ours and more": lambda: HEAD + "," + ",".join(f"a{i}" for i in range(MILLION)) + f"\n{ROW}{',' * MILLION}\n",
    "ours again": lambda: HEAD + f",{HEAD}" * (MILLION // 11) + "\n",
    "nameless": lambda: HEAD + "," * MILLION + f"\n{ROW}{',' * MILLION}\n",
    "near ours": lambda: ",".join(f"registration_id{i}" for i in range(MILLION)) + "\n",
    "semicolons": lambda: ";".join(f"a{i}" for i in range(MILLION)) + "\n",
}  # fmt: skip


@pytest.mark.parametrize("name", WIDE_HEADERS)
def test_a_million_columns(tmp_path, name):
    folder = put(tmp_path / "d", WIDE_HEADERS[name]())
    refused(tmp_path, "validate", folder, most=1500, timeout=200, said=[TABLE])


def test_a_million_keys_in_a_record(tmp_path):
    row = dict(zip(NAMES, CELLS, strict=True))
    wide = row | {f"a{i}": 1 for i in range(MILLION)}
    for name, text in {
        "r.ndjson": json.dumps(row) + "\n" + json.dumps(wide),
        "r.json": json.dumps([row, wide]),
        "deep.json": "[" * MILLION,
        "deep.ndjson": '{"a":' * MILLION,
    }.items():
        folder = put(tmp_path / name, text, f"{TABLE}.{name.split('.')[1]}")
        refused(tmp_path, "validate", folder, most=2500, timeout=200, said=[TABLE])


# ---- what is no plain file -------------------------------------------------------------------------------------------


def test_a_fifo_does_not_hang(tmp_path):
    folder = put(tmp_path / "d", (HEAD + "\n" + ROW + "\n"))
    for name in (f"{TABLE}.csv", "exception_log.csv.gz", "audit_findings.xlsx", "returns.db"):
        (folder / name).unlink(missing_ok=True)
        os.mkfifo(folder / name)
        refused(tmp_path, "validate", folder, timeout=60, said=[name])
        refused(tmp_path, "report", folder, "-o", tmp_path / "r.html", timeout=60, said=[name])
        refused(
            tmp_path,
            "profile",
            folder / name,
            "--table",
            TABLE,
            "-o",
            tmp_path / "p",
            timeout=60,
            said=[name],
        )
        (folder / name).unlink()
        put(folder, HEAD + "\n" + ROW + "\n")


@pytest.mark.parametrize(
    "option", ["--profile", "--corrections", "--contract", "district.toml", "datapackage.json"]
)
def test_a_fifo_where_something_else_is_read(tmp_path, option):
    folder = put(tmp_path / "d", HEAD + "\n" + ROW + "\n")
    if option.startswith("--"):
        os.mkfifo(tmp_path / "fifo")
        arguments = [option, tmp_path / "fifo"]
        if option != "--profile":
            (tmp_path / "of").mkdir()
            (tmp_path / "fifo").rename(
                tmp_path / "of" / ("policy.toml" if option == "--contract" else f"{TABLE}.corrections.xlsx")
            )
            arguments = [option, tmp_path / "of"]
    else:
        os.mkfifo(folder / option)
        arguments = []
    refused(tmp_path, "validate", folder, *arguments, timeout=60)


def test_sockets_and_devices_are_no_files(tmp_path):
    folder = tmp_path / "d"
    folder.mkdir()
    for made in ("/dev/zero", "/dev/stdin", "/dev/tty"):
        link = folder / f"{TABLE}.csv"
        link.symlink_to(made)
        refused(tmp_path, "validate", folder, timeout=60, said=[TABLE])
        link.unlink()
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as made:
        place = Path.cwd()
        os.chdir(folder)  # the name of a socket is short
        try:
            made.bind(f"{TABLE}.csv")
        finally:
            os.chdir(place)
        refused(tmp_path, "validate", folder, timeout=60, said=[TABLE])


def test_symlink_loops(tmp_path):
    folder = tmp_path / "d"
    folder.mkdir()
    (folder / f"{TABLE}.csv").symlink_to(folder / f"{TABLE}.csv")
    refused(tmp_path, "validate", folder, said=[TABLE])
    (folder / f"{TABLE}.csv").unlink()
    (folder / "a").symlink_to(folder / "b")
    (folder / "b").symlink_to(folder / "a")
    refused(tmp_path, "validate", folder / "a")
    one_sentence(folder / "a")
    one_sentence(folder / "a" / "r.csv")
    one_sentence(str(folder / "a" / "*.csv"))
    put(folder, HEAD + "\n" + ROW + "\n")
    loaded = folder / "exception_log"
    loaded.mkdir()
    (loaded / "again").symlink_to(folder)
    refused(tmp_path, "validate", folder, said=["exception_log"])


def test_a_folder_that_holds_itself_is_read_once(tmp_path):
    put(tmp_path / "d", f"{HEAD}\n{ROW}\n")
    (tmp_path / "d" / "loop").symlink_to(tmp_path / "d")
    (tmp_path / "d" / "loop.csv").symlink_to(tmp_path / "d")
    for source in (tmp_path / "d", str(tmp_path / "d" / "**" / "*.csv"), str(tmp_path / "d" / "*")):
        with contextlib.suppress(UserError):
            assert load_tool_registrations(source, as_of=AS_OF).read == 1


def test_a_folder_under_a_files_name(tmp_path):
    for name in (f"{TABLE}.csv", f"{TABLE}.xlsx"):
        folder = tmp_path / name / name
        folder.mkdir(parents=True)
        refused(tmp_path, "validate", tmp_path / name, said=[TABLE])
        one_sentence(folder)


def bound(tmp_path):
    """A command before the command, by which root heeds permissions."""
    if os.geteuid():
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("run by root, it needs setpriv: apt-get install util-linux")
    drop = "-dac_override,-dac_read_search"
    return ["setpriv", "--bounding-set", drop, "--inh-caps", drop]


def test_no_permission(tmp_path):
    before = bound(tmp_path)
    folder = put(tmp_path / "d", f"{HEAD}\n{ROW}\n")
    inner = put(folder / "exception_log", f"{HEAD}\n{ROW}\n")
    whole = put(tmp_path / "e", f"{HEAD}\n{ROW}\n")
    locked = tmp_path / "locked"
    locked.mkdir()
    try:
        inner.chmod(0)
        refused(tmp_path, "validate", folder, before=before, said=["exception_log"])
        inner.chmod(0o755)
        shutil.rmtree(inner)
        for mode in (0, 0o444):
            folder.chmod(mode)
            refused(tmp_path, "validate", folder, before=before)
            refused(tmp_path, "profile", folder / f"{TABLE}.csv", "--table", TABLE, before=before)
        folder.chmod(0o755)
        (folder / f"{TABLE}.csv").chmod(0)
        refused(tmp_path, "validate", folder, before=before, said=[TABLE])
        refused(tmp_path, "report", folder, "-o", tmp_path / "r.html", before=before, said=[TABLE])
        locked.chmod(0o555)
        for arguments in (
            ("validate", whole, "--out", locked),
            ("validate", whole, "--out", locked / "deeper"),
            ("template", locked),
            ("profile", whole / f"{TABLE}.csv", "--table", TABLE, "-o", locked / "p.toml"),
            ("sample", locked / "s"),
        ):
            code, _out, err, _ = child(tmp_path, *arguments, before=before)
            assert code == 2, (arguments, err[-1000:])
            assert len(err.strip().splitlines()) == 1, (arguments, err[-1000:])
        refused(tmp_path, "report", whole, "-o", locked / "r.html", before=before, most=1500, space=1 << 45)
        for name, option in (
            ("p.toml", "--profile"),
            ("corrections", "--corrections"),
            ("contract", "--contract"),
        ):
            (tmp_path / name).write_text("") if name == "p.toml" else (tmp_path / name).mkdir()
            (tmp_path / name).chmod(0)
            refused(tmp_path, "validate", whole, option, tmp_path / name, before=before)
    finally:
        for path in (inner, folder, locked, *(tmp_path / n for n in ("p.toml", "corrections", "contract"))):
            if path.exists():
                path.chmod(0o755)


# ---- databases ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [
    {"query": "SELECT * FROM nothing"},
    {"query": "SELEKT"},
    {"query": "SELECT 'unclosed"},
    {"query": "SELECT 1; SELECT 2"},
    {"query": "SELECT * FROM register; SELECT * FROM register WHERE 1 = 0"},
    {"query": "SELECT * FROM register WHERE ?"},
    {"query": "SELECT load_extension('x')"},
    {"query": "DELETE FROM register"},
    {"query": "ATTACH 'other.db' AS other"},
    {"query": "VACUUM INTO 'stolen.db'"},
    {"query": "PRAGMA journal_mode = DELETE"},
    {"query": "SELECT 1"},
    {"query": "x" * 1_000_000},
    {"sheet": "nothing"},
    {"sheet": "register; DROP TABLE register"},
    {"sheet": 'register" WHERE 1=0 --'},
    {"sheet": "register\x00"},
], ids=lambda how: next(iter(how.values()))[:30])  # fmt: skip
def test_a_query_that_cannot_be(tmp_path, how, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = sqlite(tmp_path / "r.db")
    before = path.read_bytes()
    one_sentence(path, **how)
    one_sentence(f"sqlite:///{path}", **how)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["r.db"]


def test_what_is_no_database(tmp_path):
    (tmp_path / "r.db").write_text("not a database at all\n" * 100)
    (tmp_path / "h.db").write_bytes(b"SQLite format 3\x00" + os.urandom(5000))
    (tmp_path / "e.db").write_bytes(b"")
    for name in ("r.db", "h.db", "e.db", "missing.db", "no/where.db"):
        one_sentence(f"sqlite:///{tmp_path / name}", sheet="register")
        one_sentence(f"duckdb:///{tmp_path / name}", sheet="register")
    one_sentence("sqlite:///", sheet="register")
    one_sentence("sqlite:///:memory:", sheet="register")
    one_sentence(f"sqlite:///{tmp_path}", sheet="register")
    one_sentence(f"oracle:///{tmp_path}", sheet="register")
    assert not (tmp_path / "missing.db").exists()
    (tmp_path / "r.csv").write_text(f"{HEAD}\n{ROW}\n")
    one_sentence(tmp_path / "r.csv", query="SELECT * FROM r")


def test_a_database_by_the_command_line(tmp_path):
    folder = tmp_path / "d"
    folder.mkdir()
    sqlite(folder / "r.db")
    for text in (
        f'[{TABLE}]\nfile = "r.db"\nquery = "SELECT * FROM nothing"\n',
        f'[{TABLE}]\nfile = "r.db"\nsheet = "nothing"\n',
        f'[{TABLE}]\nfile = "r.db"\nquery = "SELEKT"\n',
        f'[{TABLE}]\nfile = "missing.db"\nsheet = "register"\n',
    ):
        (folder / "district.toml").write_text(text)
        refused(tmp_path, "validate", folder)


def test_a_database_that_someone_else_is_writing(tmp_path):
    """One sentence at once, or every row of before; not half of a transaction, not a wait for ever."""
    path = sqlite(tmp_path / "r.db")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as base:
        base.execute("BEGIN EXCLUSIVE")
        base.execute("DELETE FROM register WHERE rowid > 10")
        try:
            one = load_tool_registrations(path, as_of=AS_OF, sheet="register")
        except UserError as problem:
            assert len(str(problem).splitlines()) == 1
        else:
            assert one.read == 300
        base.execute("ROLLBACK")
    assert load_tool_registrations(path, as_of=AS_OF, sheet="register").read == 300


def test_rows_in_the_log_beside_a_database_are_read(tmp_path):
    """SQLite keeps what was written last in a file beside it (-wal)."""
    path = tmp_path / "r.db"
    base = sqlite3.connect(path, isolation_level=None)
    base.execute("PRAGMA journal_mode = WAL")
    base.execute(f"CREATE TABLE register ({', '.join(NAMES)})")
    base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    base.executemany(f"INSERT INTO register VALUES ({', '.join('?' * 11)})", frame().rows())
    try:
        one = load_tool_registrations(path, as_of=AS_OF, sheet="register")
    except UserError as problem:
        assert len(str(problem).splitlines()) == 1
    else:
        assert one.read == 300
    finally:
        base.close()


@pytest.mark.parametrize(
    "name", ["a b.db", "a?mode=rw.db", "a%20b.db", "a#b.db", "ä.db", "a;b.db", "a&b='.db"]
)
def test_a_database_under_a_name_of_any_signs(tmp_path, name):
    path = sqlite(tmp_path / name)
    assert load_tool_registrations(path, as_of=AS_OF, sheet="register").read == 300


def test_duckdb_reads_the_database_and_nothing_else(tmp_path, monkeypatch):
    duckdb = pytest.importorskip("duckdb", reason="pip install 'norwalk-analytics[databases]'")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other.csv").write_text(f"{HEAD}\n{ROW}\n")
    with duckdb.connect(str(tmp_path / "r.duckdb")) as base:
        base.execute(f"CREATE TABLE register ({', '.join(f'{name} VARCHAR' for name in NAMES)})")
        base.execute(f"INSERT INTO register VALUES ({', '.join(repr(cell) for cell in CELLS)})")
    assert load_tool_registrations(tmp_path / "r.duckdb", as_of=AS_OF).read == 1
    for query in (
        f"SELECT * FROM '{tmp_path / 'other.csv'}'",
        f"SELECT * FROM read_csv('{tmp_path / 'other.csv'}')",
        f"COPY register TO '{tmp_path / 'stolen.csv'}'",
        "EXPORT DATABASE 'stolen'",
        "INSTALL httpfs",
        "DELETE FROM register",
        "SELECT * FROM nothing",
        "SELEKT",
        "SELECT 1; SELECT 2",
        "SELECT * FROM register; SELECT * FROM register WHERE 1 = 0",
        "ATTACH 'other.duckdb'",
        "CREATE TEMP TABLE t AS SELECT 1",
    ):
        one_sentence(tmp_path / "r.duckdb", query=query)
        one_sentence(f"duckdb:///{tmp_path / 'r.duckdb'}", query=query)
    assert {path.name for path in tmp_path.iterdir()} == {"other.csv", "r.duckdb"}
    assert load_tool_registrations(tmp_path / "r.duckdb", as_of=AS_OF).read == 1


# ---- a file that changes while it is read ---------------------------------------------------------------------------

WRITER = """
import itertools, os, sys
path, how = sys.argv[1:]
whole = open(path, "rb").read()
other = whole.replace(b"Roton", b"Rowayton")
print("ready", flush=True)
for turn in itertools.count():
    if how == "grows":
        with open(path, "ab") as file:
            file.write(b"R-x%d,2024-01-05,Roton\\n" % turn)
    elif how == "is cut":
        os.truncate(path, 0 if turn % 2 else len(whole) // 2)
    elif how == "is written anew":
        with open(path, "r+b") as file:
            file.write(other if turn % 2 else whole)
            file.truncate()
    elif how == "is replaced":
        with open(path + ".new", "wb") as file:
            file.write(other if turn % 2 else whole)
        os.replace(path + ".new", path)
"""


@contextlib.contextmanager
def writing(path, how):
    """Someone who writes to the file without pause, in a process of their own."""
    with subprocess.Popen([sys.executable, "-c", WRITER, path, how], stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        try:
            yield
        finally:
            other.kill()


def large(end):
    rows = frame()
    rows = pl.concat([rows] * 200).with_columns(
        pl.Series("registration_id", [f"R-{i}" for i in range(60_000)])
    )
    return {
        "csv": lambda: rows.write_csv().encode(),
        "parquet": lambda: saved(lambda out: rows.write_parquet(out, compression="uncompressed")),
        "arrow": lambda: saved(lambda out: rows.write_ipc(out, compression="uncompressed")),
        "ndjson": lambda: saved(rows.write_ndjson),
        "xlsx": lambda: book([NAMES, *rows.head(3000).rows()]),
        "xls": lambda: (BOOKS / "log.xls").read_bytes(),
    }[end]()


@pytest.mark.parametrize("how", ["grows", "is cut", "is written anew"])
@pytest.mark.parametrize("end", ["csv", "parquet", "arrow", "ndjson", "xlsx"])
def test_a_file_that_changes_while_it_is_read(tmp_path, end, how):
    """Refused: never a signal, never half of each.

    The writer never rests, so the file changes within any time that a read may take; a clock that ticks every
    few milliseconds does not tell two changes within one tick apart, so looking at the time alone is not enough.
    """
    folder = put(tmp_path / "d", large(end), f"{TABLE}.{end}")
    with writing(folder / f"{TABLE}.{end}", how):
        for _ in range(3):
            code, out, err, _ = child(tmp_path, "validate", folder, "--json")
            assert code == 2, (code, out[-300:], err[-1000:])
            assert len(err.strip().splitlines()) == 1, err[-1000:]
            assert TABLE in err


@pytest.mark.parametrize("end", ["csv", "parquet", "arrow", "ndjson", "xlsx"])
def test_a_file_that_is_replaced_while_it_is_read(tmp_path, end):
    """Whoever replaces a file by another leaves one whole file at any time: either is right, a mixture is not."""
    data = large(end)
    path = tmp_path / f"r.{end}"
    path.write_bytes(data)
    with writing(path, "is replaced"):
        for _ in range(5):
            try:
                one = load_tool_registrations(path, as_of=AS_OF)
            except UserError as problem:
                assert len(str(problem).splitlines()) == 1
            else:
                assert one.read == (3000 if end == "xlsx" else 60_000)
                assert one.accepted["school_id"].n_unique() == 1


@pytest.mark.parametrize("end", ["parquet", "arrow", "csv", "ndjson"])
def test_a_file_that_goes_after_it_was_read(tmp_path, end):
    """What was loaded does not hang on the file: no mapped memory."""
    path = tmp_path / f"r.{end}"
    path.write_bytes(large(end))
    code = (
        "import datetime, os, sys; from norwalk_analytics import load_tool_registrations as load\n"
        "one = load(sys.argv[1], as_of=datetime.date(2026, 6, 30)); os.truncate(sys.argv[1], 0)\n"
        "print(one.read, one.accepted['registration_id'].n_unique(), one.accepted.write_csv().count('\\n'))"
    )
    exit_code, out, err, _ = child(tmp_path, path, code=code)
    assert exit_code == 0, (signal.Signals(-exit_code).name if exit_code < 0 else exit_code, err[-1000:])
    assert out.split() == ["60000", "60000", "60001"]


def test_a_district_of_which_one_file_is_bad_names_that_file(sample_folder, tmp_path):
    folder = tmp_path / "d"
    shutil.copytree(sample_folder, folder)
    (folder / "audit_findings.csv").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    refused(tmp_path, "validate", folder, said=["audit_findings.csv"])
    with pytest.raises(UserError, match=r"audit_findings\.csv"):
        load_district(folder)
