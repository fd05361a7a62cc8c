"""Nothing that a person typed into a row comes back in a message, a log, a picture of an object or a traceback."""

import csv
import gzip
import io
import json
import logging
import os
import shutil
import sqlite3
import subprocess
import sys
import traceback
import zipfile
from contextlib import closing, redirect_stderr, redirect_stdout
from datetime import date

import openpyxl
import polars as pl
import pytest
from click.testing import CliRunner

from norwalk_analytics import (
    UserError,
    load_audit_findings,
    load_district,
    load_exception_log,
    load_tool_registrations,
)
from norwalk_analytics.cli import main

AS_OF = date(2026, 6, 30)
NAME, MAIL, PHONE = "Zq7canary Quillfeather", "zq7canary@quillmail.example", "(203) 555-0199"
HANDLE, URL, SSN = "@zq7canary_handle", "https://social.example/zq7canary/p?u=1", "078-05-1120"
CANARIES = [NAME, MAIL, PHONE, HANDLE, URL, SSN]
SINGS = ("zq7canary", "quill", "555-0199", "5550199", "078-05-1120", "078051120")

LOADERS = {
    "tool_registrations": load_tool_registrations,
    "exception_log": load_exception_log,
    "audit_findings": load_audit_findings,
}
SOUND = {
    "tool_registrations": {
        "registration_id": "R-{}", "registered_on": "2024-01-05", "school_id": "Roton", "employee_id": NAME,
        "employee_role": "coach", "setting": "school", "group_name": NAME, "platform": "X", "account": HANDLE,
        "account_capacity": "professional", "active_from": "2024-01-05", "active_to": "", "disclosed_in": "syllabus",
        "supervisor_notified_on": "2024-02-01", "suitability_review": "approved", "suitability_reviewed_on": "2024-02-01",
        "conduct_rules_published_on": "", "parents_informed_on": "2024-02-01", "parents_told_contact_method": "yes",
        "parents_told_conduct_expectations": "no", "access": "public", "settings_reviewed_on": "", "participants": "12",
        "Our notes": MAIL,
    },
    "exception_log": {
        "exception_id": "X-{}", "occurred_at": "2024-01-05 09:00", "logged_at": "2024-01-05 10:30", "school_id": "Roton",
        "employee_id": NAME, "employee_role": "coach", "kind": "other", "channel": "sms", "student_ref": NAME,
        "registration_id": "", "reason": NAME, "report_basis": "", "supervisor_notified_at": "2024-01-05 11:00",
        "parent_informed_at": "", "authority_reported_at": "", "written_report_at": "", "outcome": "upheld", "Our notes": MAIL,
    },
    "audit_findings": {
        "finding_id": "F-{}", "audit_id": NAME, "audited_on": "2024-01-05", "school_id": "Roton", "clause": "B.4", "limb": "",
        "registration_id": "", "platform": "X", "account": HANDLE, "account_registered": "yes", "result": "finding",
        "severity": "low", "summary": NAME, "status": "open", "opened_on": "2024-01-06", "due_on": "2024-03-01",
        "revised_due_on": "", "closed_on": "", "closure_verified_on": "", "repeat_of": "", "Our notes": MAIL,
    },
}  # fmt: skip
KEYS = {table: next(iter(cells)) for table, cells in SOUND.items()}


def sing(text, where):
    """Fails where a canary is heard."""
    heard = [one for one in SINGS if one in str(text).lower()]
    if heard:
        at = str(text).lower().index(heard[0])
        pytest.fail(f"{where}: …{str(text)[max(0, at - 150) : at + 60]}…")


def broken_rows(table):
    """Rows broken in many ways, a canary in every one of them."""
    sound, key = SOUND[table], KEYS[table]
    yield {name: text.format(0) for name, text in sound.items()}
    number = 1
    for name in sound:
        for text in CANARIES:  # each column in turn
            yield {n: t.format(number) for n, t in sound.items()} | {name: text}
            number += 1
        for text in (
            f"1/5/24 {NAME}",
            f"#REF! {MAIL}",
            f"Zq7canary{chr(0x200B)}x",
            f"zq7canary-{number}",
            f"javascript:{MAIL}",
            f"={NAME}",
        ):
            yield {n: t.format(number) for n, t in sound.items()} | {name: text}
            number += 1
    for text in CANARIES:
        yield dict.fromkeys(sound, text)
        yield dict.fromkeys(sound, "") | {key: "Total", "Our notes": text}
        yield {name: name for name in sound} | {"Our notes": text}
        yield {n: t.format("x") for n, t in sound.items()} | {key: "EXAMPLE", "Our notes": text}
    for end in ("", " ", "x"):  # one key on rows of differing content, and the same row twice
        yield {n: t.format(0) for n, t in sound.items()} | {
            key: "zq7canary-twice",
            "Our notes": f"{NAME}{end.strip()}",
        }
    for name in sound:
        if name.endswith(("_on", "_at", "_from", "_to")):
            for text in (
                "1/5/24",
                "2024-02-30",
                "2013-01-01",
                "2024-03-10 02:30",
                "2024-11-03 01:30",
                "7/16/1905",
                "3/4/2024",
                "25/1/2024",
            ):
                yield {n: t.format(number) for n, t in sound.items()} | {name: text}
                number += 1


def as_csv(path, rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    ragged = f"\nR-r,{NAME},{MAIL}\n" + ",".join([HANDLE] * (len(rows[0]) + 2)) + "\n"
    path.write_text(text.getvalue() + ragged, encoding="utf-8", newline="")


def as_xlsx(path, rows):
    made = openpyxl.Workbook()
    for i, cells in enumerate([list(rows[0]), *(list(one.values()) for one in rows)], start=1):
        for j, text in enumerate(cells, start=1):
            cell = made.active.cell(i, j)
            if text:
                cell.value = text if not text.startswith("=") else None
                cell.data_type = cell.data_type if not text.startswith("=") else "n"
    made.save(path)


def as_ndjson(path, rows):
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")


def as_sqlite(path, rows):
    with closing(sqlite3.connect(path)) as base:
        names = ", ".join(f'"{name}"' for name in rows[0])
        base.execute(f"CREATE TABLE {path.stem} ({names})")
        marks = ", ".join("?" * len(rows[0]))
        base.executemany(f"INSERT INTO {path.stem} VALUES ({marks})", [tuple(one.values()) for one in rows])
        base.commit()


FORMS = {"csv": as_csv, "xlsx": as_xlsx, "ndjson": as_ndjson, "db": as_sqlite}


@pytest.fixture(
    params=[
        "csv",
        *[pytest.param(form, marks=pytest.mark.long) for form in ("db", "xlsx", "ndjson")],
    ]
)
def broken(request, tmp_path):
    """A district whose rows are broken, in one kind of file."""
    folder = tmp_path / "district"
    folder.mkdir()
    for table in SOUND:
        FORMS[request.param](folder / f"{table}.{request.param}", list(broken_rows(table)))
    (folder / "returns.csv").write_text(
        f"school_id,month,table,submitted,staff\n{NAME},2024-01-01,exception_log,rows,12\n"
        f"Roton,2024-01-01,{MAIL},{NAME},{PHONE}\nRoton,{NAME},exception_log,nil,{SSN}\n"
    )
    (folder / "actions.csv").write_text(
        f"measure,agreed_on,action,owner,due_on,done_on\n{NAME},2024-01-01,{NAME},{MAIL},,\n"
        f"supervisor_aware,soon {NAME},{NAME},{MAIL},{PHONE},\n"
    )
    return folder


@pytest.fixture
def listening(caplog, capfd):
    """After a test: nothing was heard in the log, on stdout or stderr."""
    caplog.set_level(logging.DEBUG)
    yield
    for record in caplog.records:
        sing(record.getMessage(), f"log {record.name}")
        sing(record.args, f"log {record.name}")
        sing(record.exc_text or "", f"log {record.name}")
    heard = capfd.readouterr()
    sing(heard.out, "stdout")
    sing(heard.err, "stderr")


def seen(loaded):
    """Whatever of a loaded table is shown or told, its rows apart."""
    yield "repr", repr(loaded)
    yield "str", str(loaded)
    yield "html", loaded._repr_html_()
    yield "format", f"{loaded}"
    for name in loaded.problems.columns:
        yield f"problems.{name}", "\n".join(map(str, loaded.problems[name]))
    yield "reasons", "\n".join(str(one) for row in loaded.quarantined["reasons"] for one in row)
    yield "rulebook", loaded.rulebook.write_json()
    for name in (
        "file",
        "sheet",
        "assumed",
        "unknown",
        "read",
        "blank",
        "examples",
        "paths",
        "origins",
        "table",
    ):
        yield name, repr(getattr(loaded, name))
    for name in ("rule", "differs", "kept_row", "file", "sheet"):
        yield f"left_out.{name}", repr(loaded.left_out[name].to_list())


@pytest.mark.usefixtures("listening")
def test_what_a_loaded_table_shows_and_tells(broken):
    district = load_district(broken, as_of=AS_OF)
    for table, loaded in district.tables.items():
        assert not loaded.quarantined.is_empty()
        assert loaded.read == loaded.accepted.height + loaded.quarantined.height + loaded.left_out.height
        for what, text in seen(loaded):
            sing(text, f"{table}.{what}")
    for text in (repr(district), str(district), getattr(district, "_repr_html_", str)()):
        sing(text, "district")


@pytest.mark.usefixtures("listening")
def test_one_file_alone(broken):
    for table, load in LOADERS.items():
        (path,) = broken.glob(f"{table}.*")
        for what, text in seen(load(path, as_of=AS_OF)):
            sing(text, f"{table}.{what}")


@pytest.mark.long
@pytest.mark.usefixtures("listening")
def test_a_profile_and_what_it_leaves_out(tmp_path, broken):
    (path,) = broken.glob("tool_registrations.*")
    names = "".join(f'{name} = "{name}"\n' for name in SOUND["tool_registrations"] if name != "Our notes")
    profile = tmp_path / "p.profile.toml"
    for more in (
        '[[rows]]\nrule = "no notes"\ncolumn = "Our notes"\nkeep = ["a", ""]\n',
        '[[rows]]\nrule = "no names"\ncolumn = "group_name"\nleave_out = ["a", ""]\n',
        '[one_row]\nkey = ["group_name"]\norder = ["-registered_on", "account"]\n',
        '[values.employee_role]\n"a" = "coach"\n',
        '[values.platform]\n"a" = "X"\n',
        '[dates]\nregistered_on = "%d.%m.%Y"\n',
    ):
        profile.write_text(f'table = "tool_registrations"\n[columns]\n{names}{more}')
        for what, text in seen(load_tool_registrations(path, as_of=AS_OF, profile=profile)):
            sing(text, f"{more[:10]}.{what}")
    fewer = names.replace('school_id = "school_id"\n', "").replace('employee_id = "employee_id"\n', "")
    profile.write_text(
        f'table = "tool_registrations"\n[columns]\n{fewer}'
        '[split.school_id]\ncolumn = "group_name"\nby = " "\npart = 2\n'
        '[joined.employee_id]\ncolumns = ["group_name", "account"]\nwith = "/"\n'
    )
    for what, text in seen(load_tool_registrations(path, as_of=AS_OF, profile=profile)):
        sing(text, f"split.{what}")


def told(*arguments):
    """All that the command line says."""
    done = CliRunner().invoke(main, [str(one) for one in arguments])
    assert done.exit_code in (0, 1, 2), done.stderr
    return done.exit_code, done.stdout + done.stderr


@pytest.mark.usefixtures("listening")
def test_what_validate_says(broken, tmp_path):
    for arguments in (
        (),
        ("--json",),
        ("--out", tmp_path / "out"),
        ("--data-docs", tmp_path / "docs"),
    ):
        code, text = told("validate", broken, "--as-of", "2026-06-30", *arguments)
        assert code == 1, text
        sing(text, f"validate {arguments}")
    for path in (tmp_path / "docs").rglob("*"):
        if path.is_file():
            sing(path.read_text(encoding="utf-8", errors="replace"), path.name)
            sing(path.name, "a file's name")
    for path in (tmp_path / "out").glob("*.problems.csv"):  # messages alone
        sing(path.read_text(encoding="utf-8"), path.name)
    code, text = told("validate", broken, "--as-of", "2026-06-30", "--corrections", tmp_path / "out")
    assert code == 1, text
    sing(text, "validate --corrections")


def test_what_validate_says_in_a_process_of_its_own(broken):
    """Of what is written past Python, too."""
    done = subprocess.run(
        [sys.executable, "-m", "norwalk_analytics", "validate", broken, "--as-of", "2026-06-30"],
        capture_output=True, text=True, timeout=120, env={**os.environ, "RUST_BACKTRACE": "1", "PYTHONDEVMODE": "1"},
    )  # fmt: skip
    assert done.returncode == 1
    sing(done.stdout, "stdout")
    sing(done.stderr, "stderr")


@pytest.mark.long
@pytest.mark.usefixtures("listening")
def test_corrections_that_do_not_fit(broken, tmp_path):
    told("validate", broken, "--as-of", "2026-06-30", "--out", tmp_path / "out")
    for path in broken.glob("exception_log.csv"):
        lines = path.read_text(encoding="utf-8").splitlines()
        path.write_text("\n".join([lines[0], *reversed(lines[1:])]), encoding="utf-8")
    for path in (tmp_path / "out").glob("*.corrections.xlsx"):
        book = openpyxl.load_workbook(path)
        page = book.worksheets[0]
        for i, row in enumerate(page.iter_rows(min_row=2, min_col=5)):
            row[i % 6].value = CANARIES[i % len(CANARIES)]
            if i % 7 == 0:
                page.cell(row[0].row, 3).value = 99_999
            if i % 11 == 0:
                page.cell(row[0].row, 1).value = NAME
        page.append([NAME, MAIL, PHONE, URL] * 4)
        book.save(path)
    code, text = told("validate", broken, "--as-of", "2026-06-30", "--corrections", tmp_path / "out")
    assert code in (1, 2)
    sing(text, "validate --corrections")


@pytest.mark.long
@pytest.mark.usefixtures("listening")
def test_a_profile_that_is_drafted(broken, tmp_path):
    tables = list(SOUND)
    for i, table in enumerate(tables):
        (path,) = broken.glob(f"{table}.*")
        for other in (table, tables[i - 1]):
            more = ("--sheet", path.stem) if path.suffix == ".db" else ()
            code, text = told("profile", path, "--table", other, *more)
            assert code == 0, text
            sing(text, f"profile of {path.name} for {other}")
            code, text = told(
                "profile", path, "--table", other, *more, "-o", tmp_path / f"{table}.{other}.toml"
            )
            assert code == 0, text
            sing(text, "profile -o")
            sing((tmp_path / f"{table}.{other}.toml").read_text(encoding="utf-8"), "a drafted profile")


@pytest.mark.usefixtures("listening")
def test_a_drafted_profile_of_foreign_columns(tmp_path):
    """Columns that could be a list of codes, and hold people."""
    rows = [
        {"No.": str(i), "Who": f"{NAME} {i % 3}", "Role": [NAME, "coach", MAIL][i % 3], "Where": [NAME, "Roton"][i % 2],
         "App": [HANDLE, "X", "Instagram"][i % 3], "When": f"{NAME} 2024", "Review": [PHONE, "approved"][i % 2]}
        for i in range(60)
    ]  # fmt: skip
    for end, write in FORMS.items():
        write(tmp_path / f"people.{end}", rows)
        more = ("--sheet", "people") if end == "db" else ()
        code, text = told("profile", tmp_path / f"people.{end}", "--table", "tool_registrations", *more)
        assert code == 0, text
        sing(text, f"profile of {end}")


def test_the_report_of_rows_that_are_accepted(sample_folder, tmp_path):
    """The board's page holds no text of a row; nor does what is said while it is made."""
    folder = tmp_path / "district"
    shutil.copytree(sample_folder, folder)
    for table, names in {
        "tool_registrations": ["group_name", "account"],
        "exception_log": ["reason", "student_ref"],
        "audit_findings": ["summary", "account"],
    }.items():
        path = folder / f"{table}.csv"
        rows = pl.read_csv(path, infer_schema=False)
        rows.with_columns(pl.lit(NAME).alias(name) for name in names).write_csv(path)
    done = subprocess.run(
        [sys.executable, "-m", "norwalk_analytics", "report", folder, "-o", tmp_path / "r.html"],
        capture_output=True, text=True, timeout=500,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    sing(done.stdout + done.stderr, "report")
    sing((tmp_path / "r.html").read_text(encoding="utf-8"), "the page")


@pytest.mark.long
def test_the_report_of_rows_that_are_broken(broken, tmp_path):
    """Rows set aside are counted in the page, not shown; or there is no page."""
    done = subprocess.run(
        [sys.executable, "-m", "norwalk_analytics", "report", broken, "-o", tmp_path / "r.html", "--as-of", "2026-06-30"],
        capture_output=True, text=True, timeout=500,
    )  # fmt: skip
    sing(done.stdout + done.stderr, "report")
    if done.returncode == 0:
        sing((tmp_path / "r.html").read_text(encoding="utf-8"), "the page")


# ---- files that are refused -----------------------------------------------------------------------------------------

HEAD = ",".join(SOUND["tool_registrations"])
LINE = ",".join(text.format(1) for text in SOUND["tool_registrations"].values())
RECORD = {name: text.format(1) for name, text in SOUND["tool_registrations"].items()}


def saved(write):
    out = io.BytesIO()
    write(out)
    return out.getvalue()


def sheet_changed(*changes):
    made = openpyxl.Workbook()
    made.active.append(list(RECORD))
    made.active.append(list(RECORD.values()))
    data = saved(made.save)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            whole = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                for before, after in changes:
                    assert before in whole
                    whole = whole.replace(before, after)
            new.writestr(name, whole)
    return out.getvalue()


def twice(record):
    """A record that names a key twice, and the key is a canary."""
    text = json.dumps(record)
    return f'{text[:-1]}, "{NAME}": 1, "{NAME}": "{MAIL}"}}'


def text_of(record):
    return json.dumps(record)


FRAME = pl.DataFrame([RECORD] * 50)
REFUSED = {
    "unclosed.csv": f'{HEAD}\n{LINE}\n"R-2,{NAME}\n{LINE}\n',
    "quote.csv": f'{HEAD}\n{LINE}\n"R"2,{NAME}\n{LINE}\n',
    "null.csv": f"{HEAD}\n{LINE}\n{NAME}\0{MAIL}\n",
    "no_header.csv": f"{LINE}\n{LINE.replace('R-1', 'R-2')}\n",
    "no_header_but_people.csv": f"{NAME},{MAIL},{PHONE}\n{NAME},{MAIL},{PHONE}\n",
    "near_header.csv": f"{HEAD.replace('school_id', 'shool_id')}\n{LINE}\n",
    "people_in_header.csv": f"{HEAD.replace('school_id', NAME).replace('access', MAIL)}\n{LINE}\n",
    "half.csv": (HEAD + "\n" + LINE + "\n").encode("utf-16")[:-1],
    "bytes.csv": (HEAD + "\n" + LINE + "\n").encode() + b"\x81\x8d\xff" + NAME.encode() + b"\n",
    "cut.ndjson": text_of(RECORD)[:-20],
    "text.ndjson": f"{text_of(RECORD)}\n{NAME}, {MAIL}\n",
    "list.ndjson": f'{text_of(RECORD)}\n["{NAME}", "{MAIL}"]\n',
    "string.ndjson": f'{text_of(RECORD)}\n"{NAME}"\n',
    "twice.ndjson": twice(RECORD),
    "trailing.ndjson": f'{text_of(RECORD)} "{NAME}"\n',
    "escape.ndjson": text_of(RECORD).replace(NAME, f"{NAME}\\x"),
    "control.ndjson": text_of(RECORD).replace(NAME, f"{NAME}\x01"),
    "unquoted.ndjson": f"{{{NAME}: 1}}\n",
    "cut.json": json.dumps([RECORD])[:-30],
    "object.json": json.dumps({NAME: [RECORD]}),
    "lists.json": json.dumps([list(RECORD), list(RECORD.values())]),
    "mixed.json": json.dumps([RECORD, NAME]),
    "twice.json": f"[{twice(RECORD)}]",
    "trailing.json": f"{json.dumps([RECORD])} {NAME}",
    "unquoted.json": f"[{{{NAME}: 1}}]",
    "string.json": json.dumps(NAME),
    "cut.parquet": saved(FRAME.write_parquet)[:-9],
    "middle.parquet": saved(lambda out: FRAME.write_parquet(out, compression="uncompressed"))[:300]
    + saved(lambda out: FRAME.write_parquet(out, compression="uncompressed"))[340:],
    "cut.arrow": saved(FRAME.write_ipc)[:-60],
    "cut.csv.gz": gzip.compress((HEAD + "\n" + LINE + "\n").encode(), 0)[:-9],
    "cut.xlsx": sheet_changed((b"</sheetData>", b""))[:-40],
    "xml.xlsx": sheet_changed((NAME.encode(), NAME.encode() + b"<" + MAIL.encode())),
    "entity.xlsx": sheet_changed((NAME.encode(), b"&" + NAME.split()[1].encode() + b";")),
    "number.xlsx": sheet_changed((b"</row></sheetData>", b'<c r="Z2" t="n"><v>' + NAME.encode() + b"</v></c></row></sheetData>")),
    "reference.xlsx": sheet_changed((b'r="A2"', b'r="' + NAME.encode() + b'"')),
    "shared.xlsx": sheet_changed((b"</row></sheetData>", b'<c t="s"><v>' + NAME.encode() + b"</v></c></row></sheetData>")),
    "date.xlsx": sheet_changed((b"</row></sheetData>", b'<c t="d"><v>' + NAME.encode() + b"</v></c></row></sheetData>")),
    "plain.db": f"SQLite format 3\0{NAME}{MAIL}" * 100,
    "rubbish.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + f"{NAME}{MAIL}".encode() * 200,
    "people.zip": None,
}  # fmt: skip


def quiet_error(call, where):
    """The error of a call, none of which sings: its text, what caused it, its traceback."""
    with pytest.raises(UserError) as found:
        call()
    error, links = found.value, set()
    while error is not None and id(error) not in links:
        links.add(id(error))
        for text in (str(error), repr(error), repr(error.args), repr(getattr(error, "__notes__", ""))):
            sing(text, where)
        for other in (error.__cause__, error.__context__):
            if other is not None:
                sing(repr(other), f"{where}, cause")
                sing(repr(vars(other)) if hasattr(other, "__dict__") else "", f"{where}, cause")
        error = error.__cause__ or error.__context__
    sing("".join(traceback.format_exception(found.value)), f"{where}, traceback")
    return str(found.value)


REPORTED = {name.split(".")[-1]: name for name in REFUSED}.values()
"""One of each kind of file, of which a report is asked for too: it takes the loader's own sentence."""


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in REPORTED else [pytest.mark.long]) for name in REFUSED]
)
def test_a_file_that_is_refused(tmp_path, name):
    data = REFUSED[name]
    path = tmp_path / name
    if data is None:
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr("people.csv", f'{HEAD}\n"{NAME}')
    else:
        path.write_bytes(data.encode() if isinstance(data, str) else data)
    try:
        loaded = load_tool_registrations(path, as_of=AS_OF)
    except UserError:
        quiet_error(lambda: load_tool_registrations(path, as_of=AS_OF), name)
    else:  # read after all: its rows are accounted for, and nothing is told
        for what, text in seen(loaded):
            sing(text, f"{name}.{what}")
    folder = tmp_path / "d"
    folder.mkdir()
    shutil.copy(path, folder / f"tool_registrations.{name.split('.', 1)[1]}")
    for arguments in (
        ("validate", folder),
        ("validate", path),
        ("profile", path, "--table", "tool_registrations"),
        ("report", folder, "-o", tmp_path / "r.html"),
    ):
        if arguments[0] == "report" and ("loaded" in locals() or name not in REPORTED):
            continue
        if arguments[0] == "profile" and "header" in name:
            continue  # a draft names the file's headers, whatever they are
        _, text = told(*arguments)
        sing(text, f"{arguments[0]} {name}")


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize("query", [
    "SELECT json(group_name) FROM register",
    "SELECT json_extract(group_name, '$.a') FROM register",
    "SELECT json_extract('{}', group_name) FROM register",
    "SELECT json_set('{}', group_name, 1) FROM register",
    "SELECT group_name FROM register WHERE group_name MATCH group_name",
    "SELECT group_name REGEXP group_name FROM register",
    "SELECT load_extension(group_name) FROM register",
    "SELECT group_name FROM register",
])  # fmt: skip
def test_errors_of_sqlite(tmp_path, query):
    """A database's own message may repeat a cell: ours does not."""
    as_sqlite(tmp_path / "register.db", [RECORD])
    quiet_error(lambda: load_tool_registrations(tmp_path / "register.db", as_of=AS_OF, query=query), query)


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize("query", [
    "SELECT group_name::INT FROM register",
    "SELECT group_name::DATE FROM register",
    "SELECT group_name::BLOB::INT FROM register",
    "SELECT strptime(group_name, '%Y') FROM register",
    "SELECT error(group_name) FROM register",
    "SELECT json(group_name) FROM register",
    "SELECT regexp_matches(group_name, '(' || group_name) FROM register",
    "SELECT group_name::ENUM('a', 'b') FROM register",
    "SELECT CAST(group_name AS STRUCT(a INT)) FROM register",
    "SELECT printf(group_name || '%d', 'x') FROM register",
    "SELECT * FROM read_csv((SELECT any_value(group_name) FROM register))",
    "SELECT date_part(group_name, current_date) FROM register",
])  # fmt: skip
def test_errors_of_duckdb(tmp_path, query):
    duckdb = pytest.importorskip("duckdb", reason="pip install 'norwalk-analytics[databases]'")
    path = tmp_path / "register.duckdb"
    names = ", ".join(f'"{name}" VARCHAR' for name in RECORD)
    with duckdb.connect(str(path)) as base:
        base.execute(f"CREATE TABLE register ({names})")
        base.execute(f"INSERT INTO register VALUES ({', '.join('?' * len(RECORD))})", list(RECORD.values()))
    quiet_error(lambda: load_tool_registrations(path, as_of=AS_OF, query=query), query)


class Speaks:
    """An object that says a canary wherever it is asked."""

    def __str__(self):
        raise ValueError(NAME)

    def __repr__(self):
        return MAIL


def said_of(source, where):
    """Whatever comes of a source: it is loaded, or it is one sentence; either way nothing of its rows is told."""
    try:
        loaded = load_tool_registrations(source, as_of=AS_OF)
    except UserError:
        quiet_error(lambda: load_tool_registrations(source, as_of=AS_OF), where)
    else:
        for what, text in seen(loaded):
            sing(text, f"{where}.{what}")


ODD = {
    "dict": {"a": NAME}, "list": [NAME], "tuple": (NAME,), "set": {NAME}, "bytes": NAME.encode(), "no text": b"\xff" + NAME.encode(),
    "speaks": Speaks(), "object": object(), "complex": 1 + 2j, "error": ValueError(NAME), "series": pl.Series([NAME]),
}  # fmt: skip


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize("kind", ODD)
def test_an_odd_object_in_a_pandas_frame(kind):
    pd = pytest.importorskip("pandas")
    cells = {name: pd.Series([text, text], dtype=object) for name, text in RECORD.items()}
    odd = pd.Series([NAME, NAME], dtype=object)
    odd.iat[0] = ODD[kind]
    said_of(pd.DataFrame(cells | {"group_name": odd}), kind)


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize("series", [
    pl.Series([[NAME]]), pl.Series([{"a": NAME}]), pl.Series([NAME.encode()]), pl.Series([b"\xff" + NAME.encode()]),
    pl.Series([NAME], dtype=pl.Categorical), pl.Series([NAME], dtype=pl.Enum([NAME])), pl.Series([Speaks()], dtype=pl.Object),
    pl.Series([[NAME]], dtype=pl.Array(pl.String, 1)),
], ids=lambda one: str(one.dtype)[:20])  # fmt: skip
def test_an_odd_column_of_a_polars_frame(series):
    said_of(pl.DataFrame([RECORD]).with_columns(series.alias("group_name")), str(series.dtype))


@pytest.mark.usefixtures("listening")
def test_a_plan_that_fails():
    lazy = pl.DataFrame([RECORD]).lazy().with_columns(pl.col("group_name").cast(pl.Int64))
    quiet_error(lambda: load_tool_registrations(lazy, as_of=AS_OF), "lazy")


@pytest.mark.usefixtures("listening")
def test_profiles_that_do_not_fit(tmp_path):
    as_csv(tmp_path / "r.csv", [RECORD])
    for text in (
        '[columns]\nschool_id = "nowhere"\n',
        '[columns]\nnobody = "school_id"\n',
        '[constants]\naccess = "nobody"\n',
        '[split.school_id]\ncolumn = "group_name"\nby = " "\npart = 99\n',
        '[split.school_id]\ncolumn = "nowhere"\nby = " "\npart = 1\n',
        '[joined.school_id]\ncolumns = ["group_name", "nowhere"]\nwith = "/"\n',
        '[dates]\nregistered_on = "%Q"\n',
        '[[rows]]\nrule = "x"\ncolumn = "nowhere"\nkeep = ["a"]\n',
        "[one_row]\nkey = ['nowhere']\norder = ['nowhere']\n",
    ):
        path = tmp_path / "p.profile.toml"
        path.write_text(f'table = "tool_registrations"\n{text}')
        try:
            loaded = load_tool_registrations(tmp_path / "r.csv", as_of=AS_OF, profile=path)
        except UserError:
            quiet_error(
                lambda how=path: load_tool_registrations(tmp_path / "r.csv", as_of=AS_OF, profile=how), text
            )
        else:
            for what, said in seen(loaded):
                sing(said, f"{text}.{what}")


@pytest.mark.usefixtures("listening")
def test_progress_tells_no_row(tmp_path):
    """A file that is large enough for what shows how far one is."""
    rows = [RECORD | {"registration_id": f"zq7canary-{i}"} for i in range(30_000)]
    as_csv(tmp_path / "tool_registrations.csv", rows)
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        load_tool_registrations(tmp_path / "tool_registrations.csv", as_of=AS_OF)
    sing(out.getvalue() + err.getvalue(), "progress")
    _, text = told("validate", tmp_path)
    sing(text, "validate")
