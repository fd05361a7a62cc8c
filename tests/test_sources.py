"""Whatever a table comes in, its rows are the same; a foreign one through its profile."""

import gzip
import io
import json
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import zipfile
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from norwalk_analytics import UserError, load_district, load_exception_log, load_tool_registrations
from norwalk_analytics.intake.reading import texts_of

AS_OF = date(2026, 6, 30)
SOME = 300


@pytest.fixture(scope="module")
def table(sample_folder):
    """Some registrations as a frame of text."""
    return pl.read_csv(sample_folder / "tool_registrations.csv", infer_schema=False).head(SOME)


@pytest.fixture(scope="module")
def expected(table):
    return load_tool_registrations(table, as_of=AS_OF).accepted


def typed(table):
    """The same with dates, Booleans and whole numbers, as an export of a database would have them."""
    dates = [name for name in table.columns if name.endswith(("_on", "_from", "_to"))]
    told = [name for name in table.columns if name.startswith("parents_told")]
    return table.with_columns(
        pl.col(dates).str.to_date(),
        (pl.col(told) == "true"),
        pl.col("participants").cast(pl.Int16),
        pl.col("platform").cast(pl.Categorical),
    )


def packed(data, end):
    if end == ".gz":
        return gzip.compress(data)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside/register.csv", data)
        archive.writestr("__MACOSX/._register.csv", "no table")
    return out.getvalue()


WRITERS = {
    "r.csv": lambda t: t.write_csv().encode(),
    "r.tsv": lambda t: t.write_csv(separator="\t").encode("utf-16"),
    "r.csv.gz": lambda t: packed(t.write_csv().encode(), ".gz"),
    "r.zip": lambda t: packed(t.write_csv().encode(), ".zip"),
    "r.parquet": lambda t: written(typed(t).write_parquet),
    "r.arrow": lambda t: written(typed(t).write_ipc),
    "r.ndjson": lambda t: written(typed(t).write_ndjson),
    "r.json": lambda t: json.dumps(typed(t).to_dicts(), default=str).encode(),
    "r.json.gz": lambda t: gzip.compress(t.write_json().encode()),
    "r.xlsx": lambda t: written(lambda out: book(typed(t), out)),
}


def written(write):
    out = io.BytesIO()
    write(out)
    return out.getvalue()


def book(table, out):
    import openpyxl

    made = openpyxl.Workbook(write_only=True)
    page = made.create_sheet("Register")
    page.append(["Register of tools in use"])
    page.append([])
    page.append(table.columns)
    for row in table.rows():
        page.append(row)
    made.save(out)


@pytest.mark.parametrize("name", WRITERS)
def test_each_kind_of_file_gives_the_same_rows(name, table, expected, tmp_path):
    path = tmp_path / name
    path.write_bytes(WRITERS[name](table))
    one = load_tool_registrations(path, as_of=AS_OF)
    assert one.quarantined.is_empty(), one.problems
    assert one.accepted.equals(expected)
    assert one.read == SOME


@pytest.mark.parametrize("make", [
    lambda t: t, lambda t: t.lazy(), typed, lambda t: typed(t).to_pandas() if False else t.to_dict(as_series=False),
], ids=["text", "lazy", "typed", "pandas"])  # fmt: skip
def test_each_kind_of_frame_gives_the_same_rows(make, table, expected):
    frame = make(table)
    if isinstance(frame, dict):
        import pandas as pd

        frame = pd.DataFrame(frame)
        frame["registered_on"] = pd.to_datetime(frame["registered_on"])
        frame["participants"] = pd.to_numeric(frame["participants"])
    one = load_tool_registrations(frame, as_of=AS_OF)
    assert one.quarantined.is_empty(), one.problems
    assert one.accepted.equals(expected)


def test_an_arrow_stream_gives_the_same_rows(table, expected):
    class Stream:
        def __arrow_c_stream__(self, requested_schema=None):
            return typed(table).__arrow_c_stream__(requested_schema)

    assert load_tool_registrations(Stream(), as_of=AS_OF).accepted.equals(expected)
    with pytest.raises(UserError, match="neither a path nor a frame"):
        load_tool_registrations(5)


def sqlite(path, table):
    base = sqlite3.connect(path)
    base.execute(f"CREATE TABLE register ({', '.join(table.columns)})")
    marks = ", ".join("?" * table.width)
    base.executemany(f"INSERT INTO register VALUES ({marks})", table.rows())
    base.execute("CREATE TABLE other (a)")
    base.commit()
    base.close()


def test_a_table_or_a_query_of_sqlite(table, expected, tmp_path):
    path = tmp_path / "district.db"
    sqlite(path, table)
    for source, how in [
        (path, {"sheet": "register"}),
        (f"sqlite:///{path}", {"sheet": "register"}),
        (path, {"query": "SELECT * FROM register"}),
    ]:
        one = load_tool_registrations(source, as_of=AS_OF, **how)
        assert one.accepted.equals(expected)
        assert (one.read, one.assumed) == (SOME, "SQLite")
    for how, said in [
        ({"sheet": "none"}, r"say which table is meant .* other, register"),
        ({"query": "SELECT nowhere FROM register"}, "the query failed: no such column: nowhere"),
        ({"query": "DROP TABLE register"}, "the query failed: attempt to write a readonly database"),
        ({}, "say which table is meant"),
    ]:
        with pytest.raises(UserError, match=said):
            load_tool_registrations(path, as_of=AS_OF, **how)


def test_cells_of_sqlite_have_each_a_type_of_their_own(tmp_path):
    base = sqlite3.connect(tmp_path / "a.db")
    base.execute("CREATE TABLE t (a, b)")
    cells = [("007", 7), (7.0, 7.5), (None, "x"), (b"\xff", 2**60)]
    base.executemany("INSERT INTO t VALUES (?, ?)", cells)
    base.commit()
    (text,) = texts_of(tmp_path / "a.db")
    assert text.frame.drop("row_number").rows() == [
        ("007", "7"), ("7", "7.5"), ("", "x"), ("\\xff", str(2**60)),
    ]  # fmt: skip


def test_a_table_of_duckdb(table, expected, tmp_path):
    duckdb = pytest.importorskip("duckdb", reason="pip install 'norwalk-analytics[databases]'")
    path, rows = tmp_path / "district.duckdb", tmp_path / "r.parquet"
    typed(table).write_parquet(rows)
    with duckdb.connect(str(path)) as base:
        base.execute(f"CREATE TABLE register AS SELECT * FROM '{rows}'")
    assert load_tool_registrations(path, as_of=AS_OF).accepted.equals(expected)
    assert load_tool_registrations(f"duckdb:///{path}", as_of=AS_OF, sheet="register").accepted.equals(
        expected
    )
    with pytest.raises(UserError, match="the query failed: Catalog Error"):
        load_tool_registrations(path, as_of=AS_OF, query="SELECT * FROM nothing")


@pytest.fixture(scope="module")
def server():
    """A PostgreSQL server of its own, on a socket in a folder."""
    pytest.importorskip("adbc_driver_postgresql", reason="pip install 'norwalk-analytics[databases]'")
    found = sorted(p for p in Path("/usr/lib/postgresql").glob("*/bin") if (p / "initdb").exists())
    if not found:
        pytest.skip("needs PostgreSQL: apt-get install postgresql")
    folder = Path(
        tempfile.mkdtemp(prefix="pg-")
    )  # one that another user can reach, and a socket's short path
    shutil.chown(folder, "postgres")
    su = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    data = folder / "data"
    subprocess.run([*su, found[-1] / "initdb", "-D", data, "-A", "trust"], **quiet)
    options = f"-k {folder} -h ''"
    subprocess.run([*su, found[-1] / "pg_ctl", "-D", data, "-o", options, "-w", "start"], **quiet)
    yield f"postgresql://postgres@/postgres?host={folder}"
    subprocess.run([*su, found[-1] / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **quiet)
    shutil.rmtree(folder)


def test_a_table_of_postgresql(server, table, expected):
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(server) as base, base.cursor() as cursor:
        cursor.adbc_ingest(
            "register", typed(table).with_columns(pl.col("platform").cast(pl.String)), mode="create"
        )
        cursor.execute("CREATE TABLE other (a int)")
        base.commit()
    assert load_tool_registrations(server, as_of=AS_OF, sheet="register").accepted.equals(expected)
    one = load_tool_registrations(server, as_of=AS_OF, query="SELECT * FROM register WHERE participants > 20")
    assert 0 < one.read < SOME
    for how, said in [
        ({"sheet": "none"}, "Its tables: other, register"),
        ({"query": "SELECT * FROM nothing"}, "SQLSTATE 42P01"),
        ({"query": "SELECT employee_id::int FROM register"}, "the server stopped"),
        ({"query": "DROP TABLE register"}, "SQLSTATE 25006"),
    ]:
        with pytest.raises(UserError, match=said) as found:
            load_tool_registrations(server, as_of=AS_OF, **how)
        assert "E-" not in str(found.value)
        assert found.value.__context__ is None
    with pytest.raises(UserError, match="can't be reached"):
        load_tool_registrations("postgresql://nobody@localhost:1/none", as_of=AS_OF, sheet="register")


def test_several_files_are_one_table(sample_folder, tmp_path):
    """A file a school: keys are checked across files, and each problem names its file."""
    whole = pl.read_csv(sample_folder / "exception_log.csv", infer_schema=False)
    folder = tmp_path / "exception_log"
    folder.mkdir()
    for (school,), rows in whole.group_by("school_id", maintain_order=True):
        columns = rows.columns if len(school) % 2 else rows.columns[::-1]
        rows.select(columns).write_csv(folder / f"{school}.csv")
    names = sorted(path.name for path in folder.iterdir())
    (folder / "notes.docx").write_bytes(b"no table")
    expected = load_exception_log(whole, as_of=AS_OF)
    one = load_exception_log(folder, as_of=AS_OF)
    assert one.read == whole.height
    assert one.accepted.sort("exception_id").equals(expected.accepted.sort("exception_id"))
    assert "not read: notes.docx" in one.assumed
    assert one.file == f"exception_log ({len(names)} files)"
    # the same row, the same key with other cells, and a fault, in three files
    first = (folder / names[0]).read_text().splitlines()
    (folder / "zz.csv").write_text(
        "\n".join([first[0], first[1], first[2] + "x", first[3].replace("20", "x", 1)]) + "\n"
    )
    two = load_exception_log(str(folder / "*.csv"), as_of=AS_OF)
    assert two.read == whole.height + 3 == two.accepted.height + two.quarantined.height
    found = {
        (row["file"], row["row"], row["rule"]) for row in two.problems.filter(severity="critical").to_dicts()
    }
    assert ("zz.csv", 2, "same_row") in found
    keys = {(file, row) for file, row, rule in found if rule == "exception_id.unique"}
    assert len({file for file, _ in keys}) in (0, 2)
    assert {row["file"] for row in two.quarantined.to_dicts()} <= {names[0], "zz.csv"}
    same = two.problems.filter(rule="same_row")["wrong"][0]
    assert same == f"The row is the same as row 2 of {names[0]}."
    (district,) = [load_district(sample_copy(sample_folder, tmp_path, folder), as_of=AS_OF)]
    assert district.tables["exception_log"].read == two.read


def sample_copy(sample_folder, tmp_path, folder):
    """The sample district, whose exception log is a folder of files."""
    district = tmp_path / "district"
    shutil.copytree(sample_folder, district)
    (district / "exception_log.csv").unlink()
    shutil.copytree(folder, district / "exception_log")
    return district


def test_sheets_by_a_pattern_are_one_table(table, tmp_path):
    import openpyxl

    made = openpyxl.Workbook(write_only=True)
    for name, rows in (("2024", table.head(5)), ("2025", table.slice(5, 3)), ("Notes", table.head(2))):
        page = made.create_sheet(name)
        for row in [rows.columns, *rows.rows()]:
            page.append(row)
    made.save(tmp_path / "years.xlsx")
    one = load_tool_registrations(tmp_path / "years.xlsx", sheet="20*", as_of=AS_OF)
    assert (one.read, one.accepted.height, one.file) == (8, 8, "years.xlsx (2 sheets)")
    assert load_tool_registrations(tmp_path / "years.xlsx", sheet="2025", as_of=AS_OF).read == 3
    with pytest.raises(UserError, match="Its sheets: 2024, 2025, Notes"):
        load_tool_registrations(tmp_path / "years.xlsx", sheet="2023", as_of=AS_OF)


def test_a_data_package_names_the_files(sample_folder, tmp_path):
    names = ["exception_log", "tool_registrations"]
    (tmp_path / "data").mkdir()
    whole = pl.read_csv(sample_folder / "exception_log.csv", infer_schema=False)
    whole.head(100).write_csv(tmp_path / "data" / "a.csv")
    whole.slice(100).write_csv(tmp_path / "data" / "b.csv")
    shutil.copy(sample_folder / "tool_registrations.csv", tmp_path / "data" / "r.csv")
    resources = [
        {"name": names[0], "path": ["data/a.csv", "data/b.csv"]},
        {"name": names[1], "path": "data/r.csv"},
    ]
    (tmp_path / "datapackage.json").write_text(json.dumps({"resources": resources}))
    for source in (tmp_path, tmp_path / "datapackage.json"):
        district = load_district(source, as_of=AS_OF)
        assert {name: one.read for name, one in district.tables.items()} == {
            "exception_log": whole.height,
            "tool_registrations": pl.read_csv(tmp_path / "data" / "r.csv").height,
        }
    assert load_exception_log(tmp_path / "datapackage.json", as_of=AS_OF).read == whole.height
    for path in ("../a.csv", "/etc/passwd", "https://example.org/a.csv"):
        (tmp_path / "datapackage.json").write_text(
            json.dumps({"resources": [{"name": names[0], "path": path}]})
        )
        with pytest.raises(UserError, match="does not lie in its folder"):
            load_district(tmp_path, as_of=AS_OF)


def test_a_district_from_a_database(sample_folder, tmp_path):
    for name in ("tool_registrations", "exception_log"):
        rows = pl.read_csv(sample_folder / f"{name}.csv", infer_schema=False)
        base = sqlite3.connect(tmp_path / "district.db")
        base.execute(f"CREATE TABLE {name} ({', '.join(rows.columns)})")
        base.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * rows.width)})", rows.rows())
        base.commit()
        base.close()
    (tmp_path / "district.toml").write_text(
        'as_of = 2026-06-30\n[tool_registrations]\nfile = "district.db"\nsheet = "tool_registrations"\n'
        f'[exception_log]\nfile = "sqlite:///{tmp_path}/district.db"\nquery = "SELECT * FROM exception_log"\n'
    )
    district = load_district(tmp_path)
    assert all(one.quarantined.is_empty() for one in district.tables.values())
    assert list(district.tables) == ["tool_registrations", "exception_log"]


def test_what_is_no_table_is_said(tmp_path):
    (tmp_path / "a.tar.gz").write_bytes(b"")
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz"):
        pass
    (tmp_path / "e.zip").write_bytes(packed(b"", ".zip").replace(b"register.csv", b"register.doc"))
    (tmp_path / "d.json").write_text('{"a": 1}')
    (tmp_path / "t.ndjson").write_text('{"a": 1, "a": 2}\n')
    for name, said in [
        ("a.tar.gz", "not of a kind that is read"), ("e.zip", "holds no table"), ("d.json", "not an array of objects"),
        ("t.ndjson", "line 1 names a key twice"), ("*.csv", "no file bears such a name"),
    ]:  # fmt: skip
        with pytest.raises(UserError, match=said):
            texts_of(str(tmp_path / name))


@pytest.mark.parametrize(("toml", "said"), [
    ('[exception_log]\nfiel = "a.csv"', "district.toml, exception_log has a key that is not known: fiel. Did you mean file?"),
    ('as_off = 2026-06-30', "district.toml has a key that is not known: as_off. Did you mean as_of?"),
])  # fmt: skip
def test_a_key_that_nobody_would_look_at_is_named(toml, said, sample_folder, tmp_path):
    shutil.copy(sample_folder / "exception_log.csv", tmp_path)
    (tmp_path / "district.toml").write_text(toml)
    with pytest.raises(UserError) as found:
        load_district(tmp_path, as_of=AS_OF)
    assert str(found.value).startswith(said)
