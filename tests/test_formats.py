"""Whatever a table was written by: every row is accounted for, every cell is as it stood."""

import contextlib
import csv
import gzip
import io
import json
import shutil
import sqlite3
import struct
import subprocess
import zipfile
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl
import polars as pl
import pytest
import xlsxwriter
from conftest import LOADERS, public
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from norwalk_analytics import UserError, load_exception_log, load_tool_registrations

pytestmark = pytest.mark.long  # some 240 workbooks and files, read and compared

AS_OF = date(2026, 6, 30)
BOOKS = Path(__file__).parent / "data" / "books"
ROWS = {
    "tool_registrations": {
        "registration_id": "R-{}", "registered_on": "2024-01-05", "school_id": "Roton", "employee_id": "E-0412",
        "employee_role": "coach", "setting": "school", "group_name": "Swimming", "platform": "X", "account": "@swim{}",
        "account_capacity": "professional", "active_from": "2024-01-05", "suitability_review": "pending", "access": "public",
        "participants": "12",
    },
    "exception_log": {
        "exception_id": "X-{}", "occurred_at": "2024-01-05 09:00", "logged_at": "2024-01-05 10:30", "school_id": "Roton",
        "employee_id": "E-0412", "employee_role": "coach", "kind": "other", "channel": "sms", "student_ref": "S-1",
        "registration_id": "R-1", "reason": "The bus was late", "outcome": "upheld",
    },
    "audit_findings": {
        "finding_id": "F-{}", "audit_id": "2024-autumn", "audited_on": "2024-01-05", "school_id": "Roton", "clause": "B.4",
        "registration_id": "R-1", "platform": "X", "account": "@swim{}", "result": "no_finding", "summary": "Open to everyone",
        "repeat_of": "",
    },
}  # fmt: skip
R, X, A = ROWS
FREE = {
    R: ["employee_id", "group_name", "account"],
    X: ["employee_id", "student_ref", "registration_id", "reason"],
    A: ["audit_id", "registration_id", "account", "summary"],
}
MISSING = {"", "NA", "N/A", "n/a", "null", "NULL"}


def row(table, key, **cells):
    return {name: text.format(key) for name, text in ROWS[table].items()} | cells


def balanced(one):
    return one.read == one.accepted.height + one.quarantined.height + one.left_out.height


# ---- writers ---------------------------------------------------------------------------------------------------------


def csv_of(delimiter=",", quoting=csv.QUOTE_MINIMAL, end="\r\n", encoding="utf-8"):
    def write(path, rows):
        text = io.StringIO()
        writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end)
        writer.writerow(list(rows[0]))
        writer.writerows(list(one.values()) for one in rows)
        path.write_bytes(text.getvalue().encode(encoding))

    return write


def by_openpyxl(path, rows):
    made = openpyxl.Workbook()
    for i, cells in enumerate([list(rows[0]), *(list(one.values()) for one in rows)], start=1):
        for j, text in enumerate(cells, start=1):
            if text:
                cell = made.active.cell(i, j)
                cell.value = text
                cell.data_type = "s"
    made.save(path)


def by_xlsxwriter(path, rows):
    with xlsxwriter.Workbook(path) as made:
        page = made.add_worksheet("Register")
        for i, cells in enumerate([list(rows[0]), *(list(one.values()) for one in rows)]):
            for j, text in enumerate(cells):
                page.write_string(i, j, text)


def by_polars(method, **how):
    return lambda path, rows: getattr(pl.DataFrame(rows, infer_schema_length=None), method)(path, **how)


def packed(write, end):
    def pack(path, rows):
        inside = path.with_name(f"inside{end}")
        write(inside, rows)
        data = inside.read_bytes()
        inside.unlink()
        if path.suffix == ".gz":
            path.write_bytes(gzip.compress(data, 1))
        else:
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(f"inside{end}", data)

    return pack


def as_json(path, rows):
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")


def as_ndjson(path, rows):
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")


def as_sqlite(path, rows):
    with contextlib.closing(sqlite3.connect(path)) as base:
        names = ", ".join(f'"{name}" TEXT' for name in rows[0])
        base.execute(f"CREATE TABLE register ({names})")
        marks = ", ".join("?" * len(rows[0]))
        base.executemany(f"INSERT INTO register VALUES ({marks})", [tuple(one.values()) for one in rows])
        base.commit()


def as_duckdb(path, rows):
    duckdb = pytest.importorskip("duckdb", reason="pip install 'norwalk-analytics[databases]'")
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as base:
        names = ", ".join(f'"{name}" VARCHAR' for name in rows[0])
        base.execute(f"CREATE TABLE register ({names})")
        marks = ", ".join("?" * len(rows[0]))
        base.executemany(f"INSERT INTO register VALUES ({marks})", [list(one.values()) for one in rows])


ODS = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" '
    'office:version="1.3"><office:body><office:spreadsheet>{}<table:table table:name="Register">{}</table:table>'
    "</office:spreadsheet></office:body></office:document-content>"
)
KIND = "application/vnd.oasis.opendocument.spreadsheet"


def ods(path, rows, before=""):
    """An ODS file of rows given as XML."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), KIND)
        archive.writestr("content.xml", ODS.format(before, "".join(rows)))
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{KIND}"/>'
            '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>',
        )


def ods_text(text):
    """Text as OpenDocument keeps it: a paragraph a line, and spaces and tabs as elements."""
    lines = []
    for line in text.split("\n"):
        said = escape(line).replace("\t", "<text:tab/>").replace(" ", "<text:s/>")
        lines.append(f"<text:p>{said}</text:p>")
    return f'<table:table-cell office:value-type="string">{"".join(lines)}</table:table-cell>'


def ods_row(cells):
    return f"<table:table-row>{''.join(cells)}</table:table-row>"


def as_ods(path, rows):
    ods(
        path,
        [ods_row([ods_text(text) for text in cells]) for cells in (list(rows[0]), *map(dict.values, rows))],
    )


def record(number, data=b""):
    """A record of BIFF12: its number and length in groups of seven bits."""
    out = bytearray()
    while True:
        out.append(number & 0x7F | (0x80 if number > 0x7F else 0))
        number >>= 7
        if not number:
            break
    length = len(data)
    while True:
        out.append(length & 0x7F | (0x80 if length > 0x7F else 0))
        length >>= 7
        if not length:
            return bytes(out) + data


def wide(text):
    data = text.encode("utf-16-le")
    return struct.pack("<I", len(data) // 2) + data


ERRORS = {"#NULL!": 0, "#DIV/0!": 7, "#VALUE!": 15, "#REF!": 23, "#NAME?": 29, "#NUM!": 36, "#N/A": 42}
PLAIN, DAY, MOMENT = 0, 1, 2  # styles


def xlsb_cell(column, value, epoch):
    """The record of a cell, by the value's type."""

    def cell(number, data, style=PLAIN):
        return record(number, struct.pack("<II", column, style) + data)

    if value is None:
        return b""
    if isinstance(value, bool):
        return cell(4, bytes([value]))
    if isinstance(value, int) and abs(value) < 1 << 29:
        return cell(2, struct.pack("<i", value << 2 | 2))
    if isinstance(value, int | float):
        return cell(5, struct.pack("<d", value))
    if isinstance(value, datetime):
        return cell(5, struct.pack("<d", (value - epoch) / timedelta(days=1)), MOMENT)
    if isinstance(value, date):
        return cell(5, struct.pack("<d", (value - epoch.date()).days), DAY)
    if value in ERRORS:
        return cell(3, bytes([ERRORS[value]]))
    if value.startswith("=") and ":" in value:  # a formula and its value, as in "=M4/2:21.0"
        return cell(9, struct.pack("<d", float(value.split(":")[1])) + struct.pack("<HII", 0, 0, 0))
    return cell(6, wide(value))


def xlsb(path, rows, mac=False):
    """An XLSB file of ordinary records (MS-XLSB), by hand: nothing in the environment writes one."""
    epoch = datetime(1904, 1, 1) if mac else datetime(1899, 12, 30)
    book = record(131) + record(153, struct.pack("<IIi", 1 if mac else 0, 0, -1)) + record(143)
    book += (
        record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("Register")) + record(144) + record(132)
    )
    xf = b"".join(
        record(47, struct.pack("<HHHHHBBHH", 0, number, 0, 0, 0, 0, 0, 0, 1)) for number in (0, 14, 22)
    )
    styles = record(278) + record(617, struct.pack("<I", 3)) + xf + record(618) + record(279)
    width = max((len(cells) for cells in rows), default=1)
    sheet = record(129) + record(148, struct.pack("<IIII", 0, len(rows) - 1, 0, width - 1)) + record(145)
    for i, cells in enumerate(rows):
        sheet += record(0, struct.pack("<IIHHBI", i, 0, 300, 0, 0, 0))
        sheet += b"".join(xlsb_cell(j, value, epoch) for j, value in enumerate(cells))
    sheet += record(146) + record(130)
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relations = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Override PartName="/xl/worksheets/sheet1.bin" ContentType="application/vnd.ms-excel.worksheet"/>'
            '<Override PartName="/xl/styles.bin" ContentType="application/vnd.ms-excel.styles"/></Types>',
        )
        one = f'<Relationship Id="rId1" Type="{office}/officeDocument" Target="xl/workbook.bin"/>'
        archive.writestr("_rels/.rels", relations.format(one))
        two = f'<Relationship Id="rId1" Type="{office}/worksheet" Target="worksheets/sheet1.bin"/>'
        two += f'<Relationship Id="rId2" Type="{office}/styles" Target="styles.bin"/>'
        archive.writestr("xl/_rels/workbook.bin.rels", relations.format(two))
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/styles.bin", styles)
        archive.writestr("xl/worksheets/sheet1.bin", sheet)


def as_xlsb(path, rows):
    xlsb(path, [list(rows[0]), *([text or None for text in one.values()] for one in rows)])


# name -> writer, characters that it can't hold
ESCAPE = "_x"  # openpyxl does not escape what looks like an escape of the format
CONTROL = {chr(i) for i in range(32)} - {"\t", "\n"} | {
    "\ufffe",
    "\uffff",
}  # no XML holds them; \r becomes \n there
WRITERS = {
    "comma.csv": (csv_of(), {"\0"}),
    "semicolon.csv": (csv_of(";", end="\n"), {"\0", "\r"}),  # csv leaves a lone \r unquoted there
    "all_quoted.csv": (csv_of(quoting=csv.QUOTE_ALL, encoding="utf-8-sig"), {"\0"}),
    "tab.tsv": (csv_of("\t", encoding="utf-16"), {"\0"}),
    "pipe.txt": (csv_of("|", encoding="utf-16-be"), {"\0"}),
    "openpyxl.xlsx": (by_openpyxl, CONTROL),
    "openpyxl.xlsm": (by_openpyxl, CONTROL),
    "xlsxwriter.xlsx": (by_xlsxwriter, {"\0", "\ufffe", "\uffff"}),
    "polars.csv": (by_polars("write_csv"), {"\0"}),
    "polars.parquet": (by_polars("write_parquet"), set()),
    "polars.arrow": (by_polars("write_ipc"), set()),
    "zstd.arrow": (by_polars("write_ipc", compression="zstd"), set()),
    "polars.ndjson": (by_polars("write_ndjson"), set()),
    "polars.json": (by_polars("write_json"), set()),
    "python.ndjson": (as_ndjson, set()),
    "python.json": (as_json, set()),
    "python.db": (as_sqlite, {"\0"}),
    "python.duckdb": (as_duckdb, {"\0"}),
    "ours.ods": (as_ods, CONTROL),
    "ours.xlsb": (as_xlsb, {"\0", "\ufeff", "\ufffe"}),  # its reader takes them for a mark of the encoding
    "packed.csv.gz": (packed(csv_of(), ".csv"), {"\0"}),
    "packed.ndjson.gz": (packed(as_ndjson, ".ndjson"), set()),
    "packed.zip": (packed(csv_of(), ".csv"), {"\0"}),
}


def holds_white(name):
    """Openpyxl does not mark white space as meant, so a cell of white space alone is empty by the format's rule."""
    return "openpyxl" not in name


def came_whole(one, rows, first):
    """Every row is accounted for, and each that was set aside shows its cells as they stood."""
    assert one.read == len(rows)
    assert balanced(one)
    numbers = one.quarantined["row_number"].to_list()
    assert len(set(numbers)) == len(numbers)
    for number, aside in zip(numbers, one.quarantined.iter_rows(named=True), strict=True):
        written = rows[number - first]
        assert {name: aside[name] or "" for name in written} == written
        assert aside["reasons"]


def first_row(name):
    """The number of the first row under the header."""
    counted = (".parquet", ".arrow", ".ndjson", ".json", ".db", ".duckdb", ".ndjson.gz")
    return 1 if name.endswith(counted) else 2


# ---- any table -------------------------------------------------------------------------------------------------------

ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
TELLING = st.sampled_from([
    "", " ", "\n", "\r\n", "\r", '"', '""', ",", ";", "\t", "|", "'", '",', '"\n"', "\\", '\\"', "=1+1", "+1", "@x", "007", "1,234", "1e5",
    "NULL", "n/a", "#REF!", "2024-01-05", "1/5/24", "TRUE", "true", "nan", "inf", "None", "{", "[]", "é", "日本", "👩‍👧", "\ufeff", "\u200b", "a b",
    " x ", "-", "public", "Roton", "\u2028", "\x85", "\x0b", "\x1f", "_x0041_", "_x000D_", "&amp;", "<b>", "]]>", "%20", "\x7f", "\u00a0",
    "Total", "access", "EXAMPLE", "0", "-0", "0.10", "1/2", "10:30", "x" * 300,
])  # fmt: skip
CELL = st.one_of(ANY, TELLING, st.lists(TELLING, max_size=4).map("".join))
TABLES = st.fixed_dictionaries(
    {"names": st.permutations(list(ROWS[R])), "rows": st.lists(st.lists(CELL, min_size=14, max_size=14), min_size=1, max_size=6)}
)  # fmt: skip


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=TABLES)
def test_any_table_comes_whole(tmp_path, name, table):
    write, never = WRITERS[name]
    rows = []
    for cells in table["rows"]:
        clean = ["".join(sign for sign in text if sign not in never) for text in cells]
        if not holds_white(name):
            clean = [text.replace(ESCAPE, "") if text.strip() else "" for text in clean]
        one = dict(zip(table["names"], clean, strict=True))
        # the key is never blank, so no row is; access is never one of its list, so each row is set aside
        rows.append(one | {"registration_id": f"k{one['registration_id']}", "access": f"no {one['access']}"})
    path = tmp_path / name
    path.unlink(missing_ok=True)
    write(path, rows)
    one = load_tool_registrations(path, as_of=AS_OF)
    assert one.quarantined.height == len(rows)
    came_whole(one, rows, first_row(name))


@settings(max_examples=40, deadline=None)
@given(table=TABLES)
def test_any_frame_comes_whole(table):
    pd = pytest.importorskip("pandas")
    rows = [dict(zip(table["names"], cells, strict=True)) for cells in table["rows"]]
    rows = [
        one | {"registration_id": f"k{one['registration_id']}", "access": f"no {one['access']}"}
        for one in rows
    ]
    for source in (
        pl.DataFrame(rows),
        pl.DataFrame(rows).lazy(),
        pd.DataFrame(rows),
    ):
        one = load_tool_registrations(source, as_of=AS_OF)
        assert one.quarantined.height == len(rows)
        came_whole(one, rows, 1)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.text(st.sampled_from('aé€ßœ’ –\n";,\tÀ'), max_size=8), min_size=1, max_size=8),
    st.sampled_from(["cp1252", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]),
    st.sampled_from(",;\t|"),
)
def test_any_encoding_comes_whole(tmp_path, texts, encoding, delimiter):
    rows = [row(R, f"k{i}", group_name=text, access="no") for i, text in enumerate(texts)]
    csv_of(delimiter, encoding=encoding)(tmp_path / "t.csv", rows)
    came_whole(load_tool_registrations(tmp_path / "t.csv", as_of=AS_OF), rows, 2)


# ---- naughty strings -------------------------------------------------------------------------------------------------

INVISIBLE = {"\u200b", "\ufeff", "\u00ad", "\u2060", "\u180e", "\u200c", "\u200d", "\u200e", "\u200f", "\u2061", "\u2062", "\u2063", "\u2064", "\ufffe"}  # fmt: skip


@pytest.fixture(scope="module")
def naughty():
    path = public("corpora/naughty_strings.json", "minimaxir/big-list-of-naughty-strings, MIT")
    return json.loads(path.read_text(encoding="utf-8"))


def taken(typed, text):
    """Whether a typed value is what was written, white space at its ends apart."""
    ends = text.strip()
    if typed is None:
        return ends in MISSING or (
            not set(text) - INVISIBLE - set(" \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0")
            and not [sign for sign in ends if sign.isprintable() and sign not in INVISIBLE]
        )
    start = text.find(typed)
    return (
        start >= 0
        and not text[:start].strip()
        and not text[start + len(typed) :].strip()
        and typed == typed.strip()
    )


@pytest.mark.parametrize("table", ROWS)
@pytest.mark.parametrize("name", [*WRITERS, "polars", "pandas"])
def test_naughty_strings_go_in_and_come_out(tmp_path, naughty, name, table):
    write, never = WRITERS.get(name, (None, set()))
    texts = [
        text for text in naughty if not set(text) & never and (holds_white(name) or text.strip() or not text)
    ]
    assert len(texts) > 450
    rows = [row(table, i, **dict.fromkeys(FREE[table], text)) for i, text in enumerate(texts)]
    if write:
        source = tmp_path / name
        write(source, rows)
    elif name == "polars":
        source = pl.DataFrame(rows)
    else:
        source = pytest.importorskip("pandas").DataFrame(rows)
    first = first_row(name) if write else 1
    one = LOADERS[table](source, as_of=AS_OF)
    came_whole(one, rows, first)
    key = next(iter(ROWS[table]))
    numbers = {row[key]: i for i, row in enumerate(rows)}
    for accepted in one.accepted.iter_rows(named=True):
        text = texts[numbers[accepted[key]]]
        for field in FREE[table]:
            assert taken(accepted[field], text), (field, text, accepted[field])
    why = {p["rule"] for p in one.problems.filter(severity="critical").to_dicts()}
    assert why <= {
        f"{field}.{rule}" for field in FREE[table] for rule in ("required", "url_scheme", "spreadsheet_error")
    }
    assert one.quarantined.height < 60


# ---- what each kind of file means ------------------------------------------------------------------------------------

BOOK = {
    "exception_id": ["X-2", "X-3", "X-4"],
    "employee_id": ["007", "0", "008"],
    "occurred_at": ["2024-01-05 00:00:00"] * 3,
    "logged_at": ["2024-01-05 10:30:00"] * 3,
    "reason": ["1,234", "X-1!", "#DIV/0!"],
    "day": ["2024-02-29"] * 3,
    "told": ["true", "false", "false"],
    "count": ["42", "0", "-1"],
    "ratio": ["0.1", "1000000", "-2.5"],
    "half": ["21", "0", "-0.5"],
    "broken": ["", "#DIV/0!", ""],
}
SAME = [
    "log.xlsx", "log_1904.xlsx", "log.xls", "log_1904.xls", "log.ods", "log_1904.ods", "log_sheetjs.xls", "log_1904_sheetjs.xls",
]  # fmt: skip


def is_the_book(path, **differs):
    """The small table of tests/data/books: a title in merged cells, an empty row, then the header."""
    one = load_exception_log(path, as_of=AS_OF)
    assert (one.read, one.accepted.height, one.quarantined.height) == (4, 1, 3)
    assert one.sheet in ("Log", "Register")
    accepted = one.accepted.row(0, named=True)
    assert accepted["employee_id"] == "007"
    assert accepted["occurred_at"] == datetime(
        2024, 1, 5, 5, 0
    )  # midnight in New York: a date-time, not a date
    assert accepted["reason"] == "1,234"
    assert one.quarantined["row_number"].to_list() == [5, 6, 7]
    for name, cells in (BOOK | differs).items():
        assert one.quarantined[name].to_list() == cells, name
    assert [(p["row"], p["rule"]) for p in one.problems.to_dicts()] == [
        (5, "school_id.known"), (6, "school_id.known"), (7, "reason.spreadsheet_error"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_the_same_table_whatever_program_wrote_it(name):
    # LibreOffice writes the Boolean of another program's workbook into an .ods as the number it calculates with
    is_the_book(BOOKS / name, **({"told": ["1", "0", "0"]} if name.endswith(".ods") else {}))


@pytest.mark.parametrize("mac", [False, True])
def test_an_xlsb_of_ordinary_records(tmp_path, mac):
    head = [
        "exception_id", "occurred_at", "logged_at", "school_id", "employee_id", "employee_role", "kind", "channel", "outcome", "reason",
        "day", "told", "count", "ratio", "half", "broken",
    ]  # fmt: skip
    when, later, day = datetime(2024, 1, 5), datetime(2024, 1, 5, 10, 30), date(2024, 2, 29)

    def line(key, school, who, reason, *rest):
        return [key, when, later, school, who, "coach", "other", "sms", "upheld", reason, day, *rest]

    xlsb(tmp_path / "t.xlsb", [
        ["Contacts outside the ordinary rules"], [], head,
        line("X-1", "Roton", "007", "1,234", True, 42, 0.1, "=M4/2:21", None),
        line("X-2", "Nowhere", "007", "1,234", True, 42, 0.1, "=M5/2:21", None),
        line("X-3", "Nowhere", "0", "X-1!", False, 0, 1000000, "=M6/2:0", "#DIV/0!"),
        line("X-4", "Roton", "008", "#DIV/0!", False, -1, -2.5, "=M7/2:-0.5", None),
    ], mac)  # fmt: skip
    is_the_book(tmp_path / "t.xlsb")


def test_an_xlsb_that_readers_misread_is_refused():
    """SheetJS leaves a cell's column out where the cell before it stands left of it (short records)."""
    for name in ("log_sheetjs.xlsb", "log_1904_sheetjs.xlsb"):
        with pytest.raises(UserError, match=name.replace(".", r"\.")) as found:
            load_exception_log(BOOKS / name, as_of=AS_OF)
        assert len(str(found.value).splitlines()) == 1
        assert ".xlsx" in str(found.value)


def test_a_formula_whose_value_was_never_stored():
    """Openpyxl writes formulas and no values: not a single one is taken for empty."""
    one = load_exception_log(BOOKS / "no_values.xlsx", as_of=AS_OF)
    assert (one.read, one.accepted.height) == (4, 1)
    assert {(p["row"], p["rule"]) for p in one.problems.to_dicts()} == {
        (5, "school_id.known"), (6, "school_id.known"), (6, "reason.no_stored_value"), (7, "reason.no_stored_value"),
    }  # fmt: skip


@pytest.mark.skipif(
    shutil.which("soffice") is None, reason="needs LibreOffice: apt-get install libreoffice-calc"
)
def test_an_old_workbook_and_an_ods_of_a_spreadsheet_program(tmp_path, naughty):
    """What LibreOffice makes of naughty strings, each kind as the others."""
    texts = [text for text in naughty if text.strip() and not set(text) & (CONTROL | {"\t", "\n"})]
    rows = [row(X, i, reason=text, outcome="no") for i, text in enumerate(texts)]
    by_xlsxwriter(tmp_path / "t.xlsx", rows)
    soffice = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to"]
    for kind in ("xls", "ods"):
        command = [*soffice, kind, "--outdir", tmp_path, tmp_path / "t.xlsx"]
        subprocess.run(command, check=True, capture_output=True, timeout=200)
        one = load_exception_log(tmp_path / f"t.{kind}", as_of=AS_OF)
        assert one.read == len(rows)
        assert one.quarantined["reason"].to_list() == texts


# ---- numbers, dates and what they look like -------------------------------------------------------------------------

NO_DATES = [
    "General", "0", "0.00", "#,##0", "0%", "0.00E+00", "@", "# ?/?", "??/??", '0 "days"', '"Day" 0', "[Red]0", "#,##0_);[Red](#,##0)",
    "[Blue]General", "0\\d", "0\\m", "_-* #,##0.00 [$€-407]_-", "[<=9999999]###-####;(###) ###-####", '0 "h"', "[$USD] 0", '0;;;"hidden"',
    "[Color10]0", '"m/d/yy"0', "000", "[>100]0.0", "0_d", "0*d", "[$-409]0", "[$SFr.-807] 0", '[=1]"yes";[=0]"no";0', "[$Dy] 0",
]  # fmt: skip
DATES = [
    "yyyy-mm-dd", "m/d/yy", "d-mmm", "mmm-yy", "d-mmm-yy", "m/d/yy h:mm", "[$-409]mmmm d, yyyy;@", "[$-F800]dddd, mmmm dd, yyyy",
    'yyyy"年"m"月"d"日"', "dd.mm.yyyy", "yyyy", "mmmm", "dddd", "[$-407]d. mmmm yyyy", "dd/mm/yyyy;@", "[Red]yyyy-mm-dd", "yyyy\\-mm\\-dd",
    "[$-409]d-mmm-yy;@", "b2yyyy-mm-dd", "e-mm-dd", "m/d/yyyy;[Red]@", 14, 15, 16, 17, 22,
]  # fmt: skip


def formatted(path, values):
    """Register rows of which one cell each has a value and a number format: (field, value, format) …"""
    with xlsxwriter.Workbook(path) as made:
        page = made.add_worksheet("Register")
        page.write_row(0, 0, list(ROWS[R]))
        for i, (field, value, form) in enumerate(values, start=1):
            for j, (name, text) in enumerate(row(R, i).items()):
                if name == field:
                    page.write_number(i, j, value, made.add_format({"num_format": form}))
                elif text:
                    page.write_string(i, j, text)


def test_a_number_is_no_date_whatever_it_looks_like(tmp_path):
    """The d of “days” or [Red] makes no date."""
    formatted(tmp_path / "t.xlsx", [("participants", 45296, form) for form in NO_DATES])
    one = load_tool_registrations(tmp_path / "t.xlsx", as_of=AS_OF)
    assert one.quarantined.is_empty(), [NO_DATES[at - 2] for at in one.quarantined["row_number"]]
    assert one.accepted["participants"].to_list() == [45296] * len(NO_DATES)


def test_a_date_is_a_date_whatever_it_looks_like(tmp_path):
    formatted(tmp_path / "t.xlsx", [("registered_on", 45296, form) for form in DATES])
    one = load_tool_registrations(tmp_path / "t.xlsx", as_of=AS_OF)
    assert one.quarantined.is_empty(), [DATES[at - 2] for at in one.quarantined["row_number"]]
    assert one.accepted["registered_on"].to_list() == [date(2024, 1, 5)] * len(DATES)


def test_a_number_where_a_date_belongs_is_not_guessed(tmp_path):
    formatted(
        tmp_path / "t.xlsx", [("registered_on", value, "0") for value in (45296, 2024, 0, -1, 1e10, 0.5)]
    )
    one = load_tool_registrations(tmp_path / "t.xlsx", as_of=AS_OF)
    assert {p["rule"] for p in one.problems.to_dicts()} == {"registered_on.unreadable"}
    assert one.quarantined["registered_on"].to_list()[:2] == ["45296", "2024"]


def test_serials_that_are_no_date(tmp_path):
    """Before 1900, the 29th of February 1900 that never was, after 9999."""
    serials = [-1, 0, 0.5, 59, 60, 61, 2958465, 2958466, 1e10, 1e300]
    formatted(tmp_path / "t.xlsx", [("active_from", value, "yyyy-mm-dd") for value in serials])
    one = load_tool_registrations(tmp_path / "t.xlsx", as_of=AS_OF)
    assert (one.read, balanced(one)) == (len(serials), True)
    got = dict(zip(one.accepted["registration_id"], one.accepted["active_from"], strict=True))
    assert got.get("R-4", date(1900, 2, 28)) == date(1900, 2, 28)
    assert got.get("R-6", date(1900, 3, 1)) == date(1900, 3, 1)
    assert not {"R-1", "R-8", "R-9", "R-10"} & set(got)


@pytest.mark.parametrize("mac", [False, True])
@pytest.mark.parametrize("kind", ["xlsx", "xlsb"])
def test_each_minute_of_a_day_comes_back(tmp_path, mac, kind):
    """A fraction of a day is no whole number of seconds: 8:20 is not 8:19:59."""
    start = datetime(2024, 1, 5)
    moments = [start + timedelta(minutes=i, seconds=i % 60) for i in range(1440)]
    head = list(ROWS[X])
    lines = [
        [*({**row(X, i)} | {"occurred_at": when, "logged_at": datetime(2024, 2, 1, 12)}).values()]
        for i, when in enumerate(moments)
    ]
    if kind == "xlsb":
        xlsb(tmp_path / "t.xlsb", [head, *lines], mac)
    else:
        made = openpyxl.Workbook()
        if mac:
            made.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
        for line in [head, *lines]:
            made.active.append(line)
        made.save(tmp_path / "t.xlsx")
    one = load_exception_log(tmp_path / f"t.{kind}", as_of=AS_OF)
    assert one.quarantined.is_empty()
    assert one.accepted["occurred_at"].to_list() == [when + timedelta(hours=5) for when in moments]


@pytest.mark.parametrize(("value", "raw"), [
    (7, "7"), (7.0, "7"), (-7, "-7"), (0, "0"), (0.1, "0.1"), (0.1 + 0.2, "0.30000000000000004"), (1e15, "1000000000000000"),
    (123456789012345, "123456789012345"), (2.5, "2.5"), (1e-7, "1e-7"), (1 / 3, "0.3333333333333333"), (True, "true"), (False, "false"),
    ("007", "007"), ("1.0", "1.0"), ("1e5", "1e5"), (" 7", " 7"), ("TRUE", "TRUE"), ("1/5/2024", "1/5/2024"), ("'7", "'7"),
    (date(2024, 2, 29), "2024-02-29"), (datetime(2024, 2, 29, 8, 20, 1), "2024-02-29 08:20:01"),
])  # fmt: skip
def test_a_typed_cell_of_any_source(tmp_path, value, raw):
    """A workbook's cell, a record's and a column's have one text."""
    cells = {**row(R, 1), "access": "no", "Seen": value}
    sources = {}
    made = openpyxl.Workbook()
    made.active.append(list(cells))
    made.active.append(list(cells.values()))
    if isinstance(value, str):
        made.active.cell(2, len(cells)).data_type = "s"
    made.save(tmp_path / "t.xlsx")
    xlsb(tmp_path / "t.xlsb", [list(cells), list(cells.values())])
    sources["xlsx"], sources["xlsb"] = tmp_path / "t.xlsx", tmp_path / "t.xlsb"
    table = pl.DataFrame([cells])
    table.write_parquet(tmp_path / "t.parquet")
    table.write_ipc(tmp_path / "t.arrow")
    sources |= {"parquet": tmp_path / "t.parquet", "arrow": tmp_path / "t.arrow", "polars": table}
    if not isinstance(value, date):
        as_ndjson(tmp_path / "t.ndjson", [cells])
        as_json(tmp_path / "t.json", [cells])
        sources |= {"ndjson": tmp_path / "t.ndjson", "json": tmp_path / "t.json"}
    said = {}
    for name, source in sources.items():
        text = load_tool_registrations(source, as_of=AS_OF).quarantined["Seen"][0]
        said[name] = text
    if isinstance(value, float) and value != int(value):
        stored = dict.fromkeys(said, value) | {"xlsx": float(f"{value:.16g}")}  # openpyxl writes 16 digits
        assert {name: float(text) for name, text in said.items()} == stored
    else:
        for name in said.keys() & {"json", "ndjson"}:  # the digits as they stand in the file
            said[name] = said[name].removesuffix(".0") if isinstance(value, float) else said[name]
        assert said == dict.fromkeys(said, raw)


def test_texts_of_a_workbook_that_are_more_than_text(tmp_path):
    """Rich text is its text; a reading aid (phonetic) is none; escapes of the format are undone, once."""
    path = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(path) as made:
        page, bold = made.add_worksheet("Register"), made.add_format({"bold": True})
        page.write_row(0, 0, [*ROWS[R], "Our notes"])
        for i, text in enumerate(
            [
                "_x0041_",
                "a\r\nb",
                "a\x01b",
                " x ",
                "_x005F_",
                "a\tb",
                "x" * 32767,
                "=1+1",
                "https://example.org",
            ],
            start=1,
        ):
            for j, cell in enumerate({**row(R, i, access="no"), "n": text}.values()):
                page.write_string(i, j, cell)
        for j, cell in enumerate(row(R, 10, access="no").values()):
            page.write_string(10, j, cell)
        page.write_rich_string(10, 14, "so ", bold, "it", " is")
        page.set_row(3, None, None, {"hidden": True})
        page.set_column(14, 14, None, None, {"hidden": True})
        page.autofilter(0, 0, 10, 14)
        page.write_comment(1, 14, "a remark")
    one = load_tool_registrations(path, as_of=AS_OF)
    assert one.quarantined["Our notes"].to_list() == [
        "_x0041_", "a\r\nb", "a\x01b", " x ", "_x005F_", "a\tb", "x" * 32767, "=1+1", "https://example.org", "so it is",
    ]  # fmt: skip
    inside = io.BytesIO(path.read_bytes())
    with zipfile.ZipFile(inside) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "xl/sharedStrings.xml":
                data = data.replace(
                    b"<si><t>a\tb</t></si>",
                    "<si><t>東京</t><rPh sb='0' eb='2'><t>トウキョウ</t></rPh><phoneticPr fontId='1'/></si>".encode(),
                )
                assert "東京".encode() in data
            new.writestr(name, data)
    assert load_tool_registrations(path, as_of=AS_OF).quarantined["Our notes"][5] == "東京"


def test_the_first_sheet_that_is_a_table(tmp_path):
    """A chart is no sheet of cells; an Excel table, a filter or frozen panes change nothing."""
    made = openpyxl.Workbook()
    made.active.title = "Register"
    made.active.append(list(ROWS[R]))
    made.active.append(list(row(R, 1).values()))
    made.create_chartsheet("Chart", 0)
    made.save(tmp_path / "t.xlsx")
    one = load_tool_registrations(tmp_path / "t.xlsx", as_of=AS_OF)
    assert (one.read, one.accepted.height, one.sheet) == (1, 1, "Register")


@pytest.mark.parametrize("at", [1, 2, 5, 50, 100])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_header_that_is_not_the_first_row(tmp_path, at, kind):
    lines = [["Register of tools"], [], ["", "made in 2024"], ["School", "Date"]] * 25
    lines = lines[: at - 1]
    table = [*lines, list(ROWS[R]), list(row(R, 1).values()), list(row(R, 2, access="no").values())]
    if kind == "xlsx":
        made = openpyxl.Workbook()
        for line in table:
            made.active.append(line)
        if at > 1:
            made.active.merge_cells("A1:F1")
        made.save(tmp_path / "t.xlsx")
    else:
        text = io.StringIO()
        csv.writer(text).writerows(table)
        (tmp_path / "t.csv").write_text(text.getvalue(), newline="")
    one = load_tool_registrations(tmp_path / f"t.{kind}", as_of=AS_OF)
    assert (one.read, one.accepted.height) == (2, 1)
    assert one.quarantined["row_number"].to_list() == [at + 2]


def test_a_header_too_far_down_is_named_by_a_profile(tmp_path):
    table = [*[["x"]] * 149, list(ROWS[R]), list(row(R, 1).values())]
    text = io.StringIO()
    csv.writer(text).writerows(table)
    (tmp_path / "t.csv").write_text(text.getvalue(), newline="")
    with pytest.raises(UserError, match="lacks"):
        load_tool_registrations(tmp_path / "t.csv", as_of=AS_OF)
    names = "".join(f'{name} = "{name}"\n' for name in ROWS[R])
    (tmp_path / "p.toml").write_text(f'table = "{R}"\nheader_row = 150\n[columns]\n{names}')
    one = load_tool_registrations(tmp_path / "t.csv", as_of=AS_OF, profile=tmp_path / "p.toml")
    assert (one.read, one.accepted.height) == (1, 1)


def test_headers_as_people_write_them(tmp_path):
    by_xlsxwriter(
        tmp_path / "t.xlsx",
        [
            {f" {name.replace('_', chr(10)).title()}\u00a0": text for name, text in row(R, i).items()}
            for i in range(3)
        ],
    )
    assert load_tool_registrations(tmp_path / "t.xlsx", as_of=AS_OF).accepted.height == 3


# ---- OpenDocument ---------------------------------------------------------------------------------------------------

ODS_CELLS = {
    "text": (ods_text("007"), "007"),
    "two spaces": ("<table:table-cell office:value-type='string'><text:p>a<text:s text:c='3'/>b</text:p></table:table-cell>", "a   b"),
    "break": ("<table:table-cell office:value-type='string'><text:p>a<text:line-break/>b</text:p></table:table-cell>", "a\nb"),
    "paragraphs": ("<table:table-cell office:value-type='string'><text:p>a</text:p><text:p>b</text:p></table:table-cell>", "a\nb"),
    "span": ("<table:table-cell office:value-type='string'><text:p>a<text:span>b</text:span>c</text:p></table:table-cell>", "abc"),
    "link": ("<table:table-cell office:value-type='string'><text:p><text:a xlink:href='https://example.org'>here</text:a></text:p></table:table-cell>", "here"),
    "remark": ("<table:table-cell office:value-type='string'><office:annotation><dc:creator>me</dc:creator><text:p>a remark</text:p></office:annotation><text:p>told</text:p></table:table-cell>", "told"),
    "a remark alone": ("<table:table-cell><office:annotation><text:p>a remark</text:p></office:annotation></table:table-cell>", ""),
    "whole number": ("<table:table-cell office:value-type='float' office:value='7'><text:p>007</text:p></table:table-cell>", "7"),
    "number": ("<table:table-cell office:value-type='float' office:value='0.1'><text:p>0,10</text:p></table:table-cell>", "0.1"),
    "percent": ("<table:table-cell office:value-type='percentage' office:value='0.5'><text:p>50%</text:p></table:table-cell>", "0.5"),
    "money": ("<table:table-cell office:value-type='currency' office:currency='USD' office:value='12'><text:p>$12.00</text:p></table:table-cell>", "12"),
    "yes": ("<table:table-cell office:value-type='boolean' office:boolean-value='true'><text:p>WAHR</text:p></table:table-cell>", "true"),
    "no": ("<table:table-cell office:value-type='boolean' office:boolean-value='false'><text:p>FALSCH</text:p></table:table-cell>", "false"),
    "date": ("<table:table-cell office:value-type='date' office:date-value='2024-02-29'><text:p>29.02.24</text:p></table:table-cell>", "2024-02-29"),
    "moment": ("<table:table-cell office:value-type='date' office:date-value='2024-02-29T08:20:00'><text:p>29.02.24</text:p></table:table-cell>", "2024-02-29 08:20:00"),
    "string value": ("<table:table-cell office:value-type='string' office:string-value='stored'><text:p>stored</text:p></table:table-cell>", "stored"),
    "error": ("<table:table-cell table:formula='of:=1/0' office:value-type='string' office:string-value='' calcext:value-type='error'><text:p>#DIV/0!</text:p></table:table-cell>", "#DIV/0!"),
    "empty": ("<table:table-cell/>", ""),
    "covered": ("<table:covered-table-cell/>", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", ODS_CELLS)
def test_a_cell_of_an_ods(tmp_path, name):
    cell, meant = ODS_CELLS[name]
    head = [ods_text(text) for text in [*ROWS[R], "Seen", "End"]]
    body = [ods_text(text) for text in row(R, 1, access="no").values()]
    ods(tmp_path / "t.ods", [ods_row(head), ods_row([*body, cell, ods_text("end")])])
    one = load_tool_registrations(tmp_path / "t.ods", as_of=AS_OF)
    assert one.quarantined["Seen"].to_list() == [meant]
    assert one.quarantined["End"].to_list() == ["end"]


def test_repeated_rows_and_cells_of_an_ods_are_rows_and_cells(tmp_path):
    head = [ods_text(text) for text in [*ROWS[R], "a", "b", "c", "d"]]
    body = [ods_text(text) for text in row(R, 1, access="no").values()]
    again = ods_text("x").replace("<table:table-cell", '<table:table-cell table:number-columns-repeated="3"')
    last = ods_text("y")
    repeated = ods_row([*body, again, last]).replace(
        "<table:table-row", '<table:table-row table:number-rows-repeated="4"'
    )
    gap = '<table:table-row table:number-rows-repeated="5"><table:table-cell table:number-columns-repeated="1024"/></table:table-row>'
    group = f"<table:table-row-group><table:table-header-rows>{ods_row(head)}</table:table-header-rows>{repeated}</table:table-row-group>"
    end = gap.replace('"5"', '"1048000"')
    ods(tmp_path / "t.ods", [group, gap, ods_row([*body[:6], ods_text("last"), *body[7:], again, last]), end])
    one = load_tool_registrations(tmp_path / "t.ods", as_of=AS_OF)
    assert one.read == 5
    assert one.quarantined["row_number"].to_list() == [2, 3, 4, 5, 11]
    assert one.quarantined.select("a", "b", "c", "d").rows() == [("x", "x", "x", "y")] * 5
    assert one.quarantined["group_name"].to_list()[-1] == "last"


# ---- records and columns --------------------------------------------------------------------------------------------


def test_a_key_that_comes_late_and_a_type_that_changes(tmp_path):
    """No reader's look at the first rows decides what the last may hold."""
    rows = [{**row(R, i, access="no"), "Seen": i} for i in range(4000)]
    rows[-1] |= {"Seen": "seven", "Late": "late"}
    rows[-2] |= {"Seen": 0.5}
    rows[-3] |= {"Seen": None}
    rows[-4] |= {"Seen": 2**70}
    rows[-5] |= {"Seen": True}
    del rows[-6]["group_name"]
    meant = ["3993", "", "true", str(2**70), "", "0.5", "seven"]
    meant[1] = "3994"
    for name, write in {"t.ndjson": as_ndjson, "t.json": as_json}.items():
        write(tmp_path / name, rows)
        one = load_tool_registrations(tmp_path / name, as_of=AS_OF)
        assert one.read == 4000
        assert one.quarantined["Seen"].to_list()[-7:] == meant
        assert one.quarantined["Late"].to_list()[-2:] == ["", "late"]
        assert one.quarantined["group_name"].to_list()[-6] == ""


@pytest.mark.parametrize(("typed", "meant"), [
    ('"\\ud83d\\ude00"', "😀"), ('"\\u0041"', "A"), ('"a\\u0000b"', "a\0b"), ("12345678901234567890", "12345678901234567890"),
    ("-0", "0"), ("1e2", "100"), ("1E400", None), ("0.1", "0.1"), ("100000000000000000000.5", None), ('"007"', "007"), ("null", ""),
    ("true", "true"), ("007", None), ("NaN", None), ("Infinity", None), ('"\\ud800"', None), ("'x'", None), ("[1, 2]", None), ('{"a": 1}', None),
])  # fmt: skip
@pytest.mark.parametrize("kind", ["ndjson", "json"])
def test_a_value_of_json(tmp_path, kind, typed, meant):
    """A value is kept to the last digit or it is refused; None: either."""
    text = json.dumps({**row(R, 1, access="no"), "Seen": "HERE"}).replace('"HERE"', typed)
    path = tmp_path / f"t.{kind}"
    path.write_text(text if kind == "ndjson" else f"[{text}]", encoding="utf-8")
    try:
        one = load_tool_registrations(path, as_of=AS_OF)
    except UserError:
        assert meant is None
        return
    got = one.quarantined["Seen"][0]
    if meant is not None:
        assert got == meant or (typed == "-0" and got == "-0") or float(got) == float(meant) == 100.0
    elif typed.startswith(("[", "{")):
        assert json.loads(got) == json.loads(typed)
    elif typed[0].isdigit() and typed != "007":
        assert got in (typed, typed.lower())
    else:
        pytest.fail(f"{typed} was read as {got!a}")


def test_lines_between_records(tmp_path):
    """Blank lines, carriage returns, a mark at the start, no end of the last line."""
    lines = [json.dumps(row(R, i, access="no")) for i in range(3)]
    for data in (
        "\n".join(lines), "\r\n".join(lines) + "\r\n", "\ufeff" + "\n".join(lines) + "\n", "\n\n" + "\n\n".join(lines) + "\n\n",
        "  " + " \n ".join(lines) + " ",
    ):  # fmt: skip
        (tmp_path / "t.ndjson").write_bytes(data.encode())
        one = load_tool_registrations(tmp_path / "t.ndjson", as_of=AS_OF)
        assert one.read == 3
        places = [i for i, line in enumerate(data.splitlines(), start=1) if line.strip("\ufeff ")]
        assert one.quarantined["row_number"].to_list() == places
    (tmp_path / "t.json").write_bytes(("\ufeff" + json.dumps([row(R, 1)], indent=4)).encode())
    assert load_tool_registrations(tmp_path / "t.json", as_of=AS_OF).read == 1


@pytest.mark.parametrize(("series", "meant"), [
    (pl.Series([2**64 - 1], dtype=pl.UInt64), str(2**64 - 1)),
    (pl.Series([-(2**63)], dtype=pl.Int64), str(-(2**63))),
    (pl.Series([Decimal("1.50")]), "1.50"),
    (pl.Series([0.1], dtype=pl.Float64), "0.1"),
    (pl.Series([12.0]), "12"),
    (pl.Series([float("nan")]), ""),
    (pl.Series([None]), ""),
    (pl.Series(["007"], dtype=pl.Categorical), "007"),
    (pl.Series(["a"], dtype=pl.Enum(["a"])), "a"),
    (pl.Series([datetime(2024, 1, 5, 8, 20)], dtype=pl.Datetime("ns")), "2024-01-05 08:20:00"),
    (pl.Series([datetime(2024, 1, 5)], dtype=pl.Datetime("ms")), "2024-01-05 00:00:00"),
    (pl.Series([date(2024, 1, 5)]), "2024-01-05"),
    (pl.Series([time(8, 20)]), "08:20:00"),
    (pl.Series([True]), "true"),
], ids=lambda one: str(one.dtype)[:24] if isinstance(one, pl.Series) else None)  # fmt: skip
def test_a_column_of_any_type(tmp_path, series, meant):
    table = pl.DataFrame([row(R, 1, access="no")]).with_columns(series.alias("Seen"))
    table.write_parquet(tmp_path / "t.parquet")
    table.write_ipc(tmp_path / "t.arrow")
    for source in (table, table.lazy(), tmp_path / "t.parquet", tmp_path / "t.arrow"):
        assert load_tool_registrations(source, as_of=AS_OF).quarantined["Seen"].to_list() == [meant]


def test_moments_with_a_zone_are_those_moments(tmp_path):
    """A column with a time zone keeps its instant; one without is local."""
    utc = pl.Series([datetime(2024, 7, 5, 14, 0, tzinfo=UTC)])
    for zone in ("UTC", "America/New_York", "Asia/Tokyo"):
        table = pl.DataFrame([row(X, 1)]).with_columns(
            utc.dt.convert_time_zone(zone).alias("occurred_at"), pl.lit("2024-07-06 10:00").alias("logged_at")
        )
        table.write_parquet(tmp_path / "t.parquet")
        for source in (table, tmp_path / "t.parquet", table.lazy()):
            assert load_exception_log(source, as_of=AS_OF).accepted["occurred_at"].to_list() == [
                datetime(2024, 7, 5, 14)
            ]
    second = utc.dt.replace_time_zone(None).alias("occurred_at")
    for one in (
        datetime(2024, 11, 3, 6, 30, tzinfo=UTC),
        datetime(2024, 11, 3, 5, 30, tzinfo=UTC),
    ):
        table = pl.DataFrame([row(X, 1)]).with_columns(
            pl.lit(pl.Series([one])).first().dt.convert_time_zone("America/New_York").alias("occurred_at"),
            pl.lit("2024-11-06 10:00").alias("logged_at"),
        )
        loaded = load_exception_log(table, as_of=AS_OF)
        assert loaded.accepted["occurred_at"].to_list() == [one.replace(tzinfo=None)]
        assert loaded.problems.is_empty()
    assert load_exception_log(
        pl.DataFrame([row(X, 1)]).with_columns(second, pl.lit("2024-07-06 10:00").alias("logged_at")),
        as_of=AS_OF,
    ).accepted["occurred_at"].to_list() == [datetime(2024, 7, 5, 18)]


def test_a_pandas_frame_as_pandas_makes_it(tmp_path):
    pd = pytest.importorskip("pandas")
    rows = pd.DataFrame([row(R, i, access="no") for i in range(4)])
    odd = {
        "numbers with a gap": ([1, None, 3, 4], ["1", "", "3", "4"]),
        "objects": pd.Series(["007", 7, None, True], dtype=object),
        "dates with a gap": (pd.to_datetime(["2024-01-05", None, "2024-02-29", "2024-03-01"]), None),
        "whole numbers": (pd.array([1, None, 3, 4], dtype="Int64"), ["1", "", "3", "4"]),
        "strings": (pd.array(["007", None, "", "x"], dtype="string"), ["007", "", "", "x"]),
        "categories": (pd.Categorical(["007", None, "x", "x"]), ["007", "", "x", "x"]),
        "booleans": (pd.array([True, None, False, True], dtype="boolean"), ["true", "", "false", "true"]),
        "objects with gaps": (pd.Series(["a", float("nan"), pd.NA, pd.NaT], dtype=object), ["a", "", "", ""]),
    }
    for name, pair in odd.items():
        column, meant = pair if isinstance(pair, tuple) else (pair, ["007", "7", "", "true"])
        one = load_tool_registrations(rows.assign(Seen=column).set_index(pd.Index([9, 9, 7, 1])), as_of=AS_OF)
        got = one.quarantined["Seen"].to_list()
        if meant is None:
            assert [text[:10] for text in got] == ["2024-01-05", "", "2024-02-29", "2024-03-01"]
        else:
            assert got == meant, name
        assert one.quarantined["row_number"].to_list() == [1, 2, 3, 4]
    twice = pd.concat([rows, rows["access"]], axis=1)
    with pytest.raises(UserError, match="access"):
        load_tool_registrations(twice, as_of=AS_OF)
    assert load_tool_registrations(rows.assign(**{"5": "x"}).rename(columns={"5": 5}), as_of=AS_OF).read == 4


def test_types_of_databases(tmp_path):
    duckdb = pytest.importorskip("duckdb", reason="pip install 'norwalk-analytics[databases]'")
    pl.DataFrame([row(R, 1, access="no")]).write_parquet(tmp_path / "t.parquet")
    for kind, meant in {
        "DATE '2024-02-29'": "2024-02-29", "TIMESTAMP '2024-02-29 08:20:00'": "2024-02-29 08:20:00", "TRUE": "true", "'007'": "007",
        "7::HUGEINT": "7", "170141183460469231731687303715884105727::HUGEINT": "170141183460469231731687303715884105727",
        "1.50::DECIMAL(9, 2)": "1.50", "0.1::DOUBLE": "0.1", "NULL": "", "''": "", "7::UTINYINT": "7", "'a'::ENUM('a', 'b')": "a",
        "uuid '00000000-0000-0000-0000-000000000007'": "00000000-0000-0000-0000-000000000007", "TIME '08:20:00'": "08:20:00",
    }.items():  # fmt: skip
        path = tmp_path / "t.duckdb"
        path.unlink(missing_ok=True)
        with duckdb.connect(str(path)) as base:
            base.execute(f"CREATE TABLE register AS SELECT *, {kind} AS seen FROM '{tmp_path / 't.parquet'}'")
        one = load_tool_registrations(path, as_of=AS_OF)
        assert one.quarantined["seen"].to_list() == [meant], kind
    path = tmp_path / "t.db"
    as_sqlite(path, [row(R, i, access="no") for i in range(200)])
    for kind, meant in {
        "7": "7", "7.0": "7", "'007'": "007", "NULL": "", "''": "", "0.1": "0.1", "9223372036854775807": "9223372036854775807",
        "CASE rowid WHEN 200 THEN 'x' ELSE 1 END": "x", "CASE rowid WHEN 200 THEN 0.5 ELSE 1 END": "0.5", "CASE rowid WHEN 200 THEN 1 END": "1",
        "CASE rowid WHEN 200 THEN '007' ELSE NULL END": "007",
    }.items():  # fmt: skip
        one = load_tool_registrations(path, as_of=AS_OF, query=f"SELECT *, {kind} AS seen FROM register")
        assert (one.read, one.quarantined["seen"].to_list()[-1]) == (200, meant), kind
    with pytest.raises(UserError, match="access"):
        load_tool_registrations(path, as_of=AS_OF, query="SELECT *, access FROM register")


def test_a_null_character_in_a_database_is_not_the_end_of_a_cell(tmp_path):
    as_sqlite(tmp_path / "t.db", [row(R, 1, access="no", group_name="before\0after")])
    try:
        one = load_tool_registrations(tmp_path / "t.db", as_of=AS_OF)
    except UserError:
        return
    assert one.quarantined["group_name"].to_list() == ["before\0after"]


# ---- packed files ---------------------------------------------------------------------------------------------------


def test_a_gzip_of_several_parts_is_read_to_its_end(tmp_path):
    """Files packed one by one and joined, as log rotation does, are one file."""
    head = ",".join(ROWS[R]) + "\n"
    parts = [head, *(",".join(row(R, i).values()) + "\n" for i in range(5))]
    (tmp_path / "t.csv.gz").write_bytes(b"".join(gzip.compress(part.encode()) for part in parts))
    assert load_tool_registrations(tmp_path / "t.csv.gz", as_of=AS_OF).accepted.height == 5


def test_a_file_that_packs_well_is_no_bomb(tmp_path):
    """Twenty thousand honest rows that differ in their key alone pack well, and are read."""
    rows = [row(R, i, group_name="Swimming " * 30) for i in range(20_000)]
    for name in ("packed.csv.gz", "packed.zip", "packed.ndjson.gz"):
        WRITERS[name][0](tmp_path / name, rows)
        assert load_tool_registrations(tmp_path / name, as_of=AS_OF).accepted.height == 20_000
    by_xlsxwriter(tmp_path / "t.xlsx", rows)
    assert load_tool_registrations(tmp_path / "t.xlsx", as_of=AS_OF).accepted.height == 20_000


def test_several_files_in_one_archive(tmp_path):
    """All of them or a sentence, not the first alone."""
    head = ",".join(ROWS[R]) + "\n"
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        for i in range(3):
            archive.writestr(f"{i}.csv", head + ",".join(row(R, i).values()) + "\n")
    try:
        one = load_tool_registrations(tmp_path / "t.zip", as_of=AS_OF)
    except UserError as problem:
        assert "t.zip" in str(problem)
    else:
        assert one.read == 3


def test_a_whole_number_that_json_writes_with_a_point(tmp_path):
    """Pandas writes a column of whole numbers with a gap as 12.0; it is 12 as in every other kind of file."""
    cells = row(R, 1) | {"participants": 12.0}
    as_ndjson(tmp_path / "t.ndjson", [cells])
    as_json(tmp_path / "t.json", [cells])
    pl.DataFrame([cells]).write_parquet(tmp_path / "t.parquet")
    for name in ("t.parquet", "t.ndjson", "t.json"):
        assert load_tool_registrations(tmp_path / name, as_of=AS_OF).accepted["participants"].to_list() == [
            12
        ], name


def test_an_arrow_stream_in_a_file(tmp_path):
    """The other form of Arrow: read, or one sentence that does not call it cut short."""
    pl.DataFrame([row(R, 1)]).write_ipc_stream(tmp_path / "t.arrows")
    shutil.copy(tmp_path / "t.arrows", tmp_path / "t.arrow")
    for name in ("t.arrows", "t.arrow"):
        try:
            one = load_tool_registrations(tmp_path / name, as_of=AS_OF)
        except UserError as problem:
            assert "cut short" not in str(problem)
        else:
            assert one.accepted.height == 1


def test_midnight_with_a_time_in_an_xlsb(tmp_path):
    """The same cell in .xlsx and in .xlsb is the same: a date-time whose time is midnight."""
    cells = row(X, 1) | {"occurred_at": datetime(2024, 1, 5), "logged_at": datetime(2024, 1, 5, 10, 30)}
    xlsb(tmp_path / "t.xlsb", [list(cells), list(cells.values())])
    assert load_exception_log(tmp_path / "t.xlsb", as_of=AS_OF).accepted["occurred_at"].to_list() == [
        datetime(2024, 1, 5, 5)
    ]
