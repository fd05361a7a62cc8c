"""Files that can't be read as a table: one sentence and exit code 2, in bounded time and memory."""

import gzip
import io
import os
import resource
import shutil
import struct
import subprocess
import sys
import threading
import zipfile
from pathlib import Path
from unittest.mock import patch

import openpyxl
import pytest

from norwalk_analytics import UserError
from norwalk_analytics.intake import reading
from norwalk_analytics.intake.texts import Wanted

pytestmark = pytest.mark.long  # files of a hundred megabytes, in bounded memory

HEAD = (
    "registration_id,registered_on,school_id,employee_id,employee_role,setting,platform,account_capacity,"
    "active_from,suitability_review,access"
)
ROW = "R-1,2024-01-05,Roton,E-0412,coach,school,X,professional,2024-01-05,pending,public"
MEMORY = 3 << 30
SHEET = "xl/worksheets/sheet1.xml"


def book(sheets=1):
    made = openpyxl.Workbook()
    for line in (HEAD, ROW):
        made.active.append(line.split(","))
    for number in range(1, sheets):
        made.create_sheet(f"Sheet no. {number}").append(["x"])
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def bomb(megabytes, lie):
    """A workbook with a sheet of so many megabytes, which says of itself that it has 4,000 bytes."""
    whole = zipfile.ZipFile(io.BytesIO(book()))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in whole.namelist():
            data = whole.read(name)
            if name == SHEET:
                cell = (
                    b'<row r="9"><c r="A9" t="inlineStr"><is><t>' + b"x" * (1 << 20) + b"</t></is></c></row>"
                )
                data = data.replace(b"</sheetData>", cell * megabytes + b"</sheetData>")
            archive.writestr(name, data)
    if not lie:
        return out.getvalue()
    size = struct.pack("<I", zipfile.ZipFile(out).getinfo(SHEET).file_size)
    return out.getvalue().replace(size, struct.pack("<I", 4000))


def zipped(name, data):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return out.getvalue()


def nested(times):
    data = zipped("a.csv", f"{HEAD}\n{ROW}\n")
    for _ in range(times):
        data = zipped("n.zip", data)
    return data


def far():
    made = openpyxl.load_workbook(io.BytesIO(book()))
    made.active["XFD1048576"] = "x"
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


WIDE = ",".join(f"h{i}" for i in range(1_000_000)).encode()
BROKEN = {
    "cut.xlsx": (lambda: book()[:3000], "damaged or cut short"),
    "tail.xlsx": (lambda: book()[:-30], "damaged or cut short"),
    "zero.xlsx": (bytes, "is empty: there is no header row"),
    "zero.csv": (bytes, "is empty: there is no header row"),
    "zero.ndjson": (bytes, "is empty: there is no header row"),
    "zero.parquet": (bytes, "is empty: there is no header row"),
    "zero.csv.gz": (bytes, "is empty: there is no header row"),
    "half.csv.gz": (lambda: gzip.compress(f"{HEAD}\n{ROW}\n".encode())[:-20], "damaged or cut short"),
    "bomb.xlsx": (lambda: bomb(400, lie=False), "unpacks to more than 200 times its size"),
    "lie.xlsx": (lambda: bomb(400, lie=True), "damaged, cut short or protected"),
    "bomb.csv.gz": (lambda: gzip.compress(b"0" * (300 << 20), 9), "unpacks to more than 200 times its size"),
    "bomb.zip": (lambda: zipped("a.csv", b"0" * (300 << 20)), "unpacks to more than 200 times its size"),
    "nested.zip": (lambda: nested(50), "an archive in an archive"),
    "nul.csv": (lambda: f"{HEAD}\n{ROW}\0\n".encode(), "not a text file"),
    "wide.csv": (lambda: WIDE + b"\n", "row 1 has 1,000,000 cells"),
    "row.csv": (lambda: f"{HEAD}\n{ROW}\n".encode() + WIDE, "row 3 has 1,000,000 cells"),
    "junk.xls": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(3000), "not a workbook that can be read"),
    "junk.parquet": (lambda: b"PAR1" + b"x" * 100 + b"PAR1", "no Parquet file that can be read"),
    "junk.arrow": (lambda: b"ARROW1\0\0" + b"x" * 100, "no Arrow IPC file that can be read"),
    "junk.db": (lambda: b"SQLite format 3\0" + b"x" * 5000, "the query failed"),
    "deep.json": (lambda: b"[" * 100_000, "not an array of objects"),
    "line.ndjson": (lambda: b'{"a": 1}\nnope\n', "line 2 is not a JSON object"),
    "picture.png": (lambda: b"\x89PNG", "not of a kind that is read"),
    "sheet.ods": (lambda: zipped("mimetype", b"x"), "holds no table"),
}  # fmt: skip


def validate(path, *before, folder=False):
    """The command in a process of its own that may take 3 GiB of addresses and a minute."""

    def bounded():
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    profile = path.parent / "p.toml"
    if not profile.exists():
        profile.write_text('table = "tool_registrations"\n')
    given = [] if folder else ["--profile", profile]
    command = [
        *before,
        sys.executable,
        "-m",
        "norwalk_analytics",
        "validate",
        path,
        *given,
        "--as-of",
        "2026-06-30",
    ]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, preexec_fn=bounded, check=False
    )


def one_sentence(done, said):
    assert done.returncode == 2, (done.stdout[:300], done.stderr[-2000:])
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_one_sentence(name, tmp_path):
    make, said = BROKEN[name]
    path = tmp_path / name
    path.write_bytes(make())
    done = validate(path)
    one_sentence(done, said)
    assert done.stderr.startswith(name)


def test_a_protected_workbook():
    """Made by msoffcrypto-tool from a workbook with one row."""
    path = Path(__file__).parent / "data" / "books" / "password.xlsx"
    with pytest.raises(UserError, match=r"password\.xlsx is protected by a password"):
        reading.texts_of(path)


def test_five_hundred_sheets(tmp_path):
    path = tmp_path / "many.xlsx"
    path.write_bytes(book(sheets=500))
    assert validate(path).returncode == 0
    with pytest.raises(UserError, match="and 480 more") as found:
        reading.texts_of(path, Wanted(sheet="none"))
    assert len(str(found.value)) < 500


def test_a_cell_far_away_takes_no_memory(tmp_path):
    """A1 and XFD1048576: as one block, 17 thousand million cells. The row is set aside."""
    path = tmp_path / "far.xlsx"
    path.write_bytes(far())
    done = validate(path)
    assert done.returncode == 1, done.stderr[-500:]
    assert "2 read, 1 accepted, 1 set aside" in done.stdout


@pytest.mark.parametrize("quoted", [False, True])
def test_a_field_of_a_hundred_megabytes(quoted, tmp_path):
    path = tmp_path / "long.csv"
    cell = '"' + "x\n" * 50_000_000 + '"' if quoted else "x" * 100_000_000
    path.write_text(f"{HEAD},note\n{ROW},{cell}\n")
    one_sentence(validate(path), "has a cell of more than 32 MB")


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    one_sentence(validate(tmp_path / "pipe.csv"), "is no ordinary file")


def test_a_loop_of_links(tmp_path):
    (tmp_path / "a.csv").symlink_to(tmp_path / "b.csv")
    (tmp_path / "b.csv").symlink_to(tmp_path / "a.csv")
    one_sentence(validate(tmp_path / "a.csv"), "Too many levels of symbolic links")
    folder = tmp_path / "district"
    folder.mkdir()
    (folder / "exception_log").symlink_to(folder)
    one_sentence(validate(folder, folder=True), "is a folder that holds no table")


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv: apt-get install util-linux")
def test_a_folder_and_a_file_without_permission(tmp_path):
    without = ["-dac_override,-dac_read_search"] * 2
    nobody = ["setpriv", "--bounding-set", without[0], "--inh-caps", without[1]]
    if os.getuid() != 0:
        nobody = []
    folder = tmp_path / "closed"
    folder.mkdir()
    (folder / "exception_log.csv").write_text("x")
    (tmp_path / "closed.csv").write_text("x")
    for path in (folder, tmp_path / "closed.csv"):
        path.chmod(0)
    one_sentence(validate(folder, *nobody, folder=True), "there is no right to read this folder")
    one_sentence(validate(tmp_path / "closed.csv", *nobody), "Permission denied")
    folder.chmod(0o700)


def test_what_is_not_there(tmp_path):
    one_sentence(validate(tmp_path / "none.csv"), "there is no such file")
    one_sentence(validate(tmp_path / "none", folder=True), "there is no such folder")


def test_a_file_that_changes_while_it_is_read(tmp_path):
    """A row is appended, by another thread, between the first look at the file and the last."""
    path = tmp_path / "log.csv"
    path.write_text(f"{HEAD}\n{ROW}\n")
    plain = Path.open

    def slowly(self, mode="r", *args, **more):
        file = plain(self, mode, *args, **more)
        if self == path and mode == "rb":
            with plain(self, "a") as other:
                writer = threading.Thread(target=other.write, args=(ROW.replace("R-1", "R-2") + "\n",))
                writer.start()
                writer.join()
        return file

    with (
        patch.object(Path, "open", slowly),
        pytest.raises(UserError, match=r"log\.csv changed while it was read"),
    ):
        reading.texts_of(path)
    assert len(reading.texts_of(path)[0].frame) == 2
