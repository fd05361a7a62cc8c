"""Tables loaded piece by piece: the same rows, words and counts as in memory, wherever a piece ends."""

import datetime as dt
import json
import re
import shutil

import polars as pl
import pytest
from click.testing import CliRunner
from engines import differences
from faulty_tables import as_csv, as_parquet, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from norwalk_analytics import UserError, load_district
from norwalk_analytics.cli import main
from norwalk_analytics.engines import load_with
from norwalk_analytics.intake import across
from norwalk_analytics.intake.piecewise import pieces_of
from norwalk_analytics.intake.scanning import scan_district
from norwalk_analytics.intake.texts import ROW, Wanted
from norwalk_analytics.oversight import measures
from norwalk_analytics.oversight.reported import report_figures


@pytest.mark.parametrize("size", [300_000, 1 << 30])
def test_planted_faults(faulty_csv, tmp_path, size):
    whole = load_district(faulty_csv)
    assert all(one.counts.set_aside > 300 for one in whole.tables.values())
    assert differences(whole, scan_district(faulty_csv, tmp_path / "out", size=size, rows=700)) == []


@pytest.mark.long
def test_planted_faults_in_parquet(faulty, header, tmp_path):
    folder = write(tmp_path / "parquet", faulty, header, as_parquet)
    assert differences(load_district(folder), scan_district(folder, tmp_path / "out", rows=2000)) == []


DATES = ["1/2/2025", "1/13/2025", "13/1/2025", "2025-01-03", "2/1/2025"]


@st.composite
def few_rows(draw):
    """Which of eight rows of each table, changed or not, with which date; how many files; sizes of pieces."""
    row = st.tuples(st.integers(0, 7), st.booleans(), st.sampled_from(DATES))
    picked = {
        name: draw(st.lists(row, max_size=14))
        for name in ("tool_registrations", "exception_log", "audit_findings")
    }
    return picked, draw(st.integers(1, 2)), draw(st.integers(200, 4000)), draw(st.integers(1, 9))


class Few(dict):
    """A few clean rows of each table; too many to be shown with an example."""

    def __repr__(self):
        return "few"


@pytest.fixture(scope="session")
def few(clean_rows):
    found = {name: rows[:8] for name, rows in clean_rows.items()}
    found["audit_findings"] = [row for row in clean_rows["audit_findings"] if row["result"] == "finding"][:8]
    return Few(found)


@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(few_rows())
def test_where_pieces_end_decides_nothing(few, tmp_path, made):
    """Few rows, drawn so that keys, rows, items and dates meet again in other pieces and files."""
    drawn, parts, size, rows = made
    folder = tmp_path / "few"
    shutil.rmtree(folder, ignore_errors=True)
    for name, picked in drawn.items():
        some = few[name]
        cells = []
        for at, changed, day in picked:
            row = dict(some[at])
            if changed:
                row["account" if name != "exception_log" else "reason"] = "@changed"
            if name == "tool_registrations":
                row["parents_informed_on"] = day
            if name == "audit_findings" and at % 2:
                row["repeat_of"] = some[at - 1]["finding_id"]
            cells.append(list(row.values()))
        (folder / name).mkdir(parents=True)
        for part in range(parts):
            as_csv(folder / name, f"{name}_{part}", list(some[0]), cells[part::parts])
    whole = load_district(folder, as_of=dt.date(2026, 6, 30))
    pieces = scan_district(folder, tmp_path / "out", as_of=dt.date(2026, 6, 30), size=size, rows=rows)
    assert differences(whole, pieces) == []


TEXTS = {
    "plain": b"a,b\n1,2\n3,4\n5,6\n",
    "blank lines": b"a,b\n\n1,2\n\n\n3,4\n",
    "line feeds in quotes": b'a,b\n1,"x\ny"\n2,"p ""q""\n\n"\n3,4\n',
    "a bare quote": b'a,b\n1,5" pipe\n2,"x\ny"\n3,4\n',
    "carriage returns": b"a,b\r1,2\r3,4\r",
    "windows lines": b"a,b\r\n1,2\r\n\r\n3,4\r\n",
    "no end": b"a,b\n1,2\n3,4",
    "ragged": b"a,b\n1\n1,2,3\n4,5\n",
    "a title above": b"Report of June\n\na,b\n1,2\n3,4\n",
    "UTF-16": "a,b\n1,ä\n3,4\n".encode("utf-16"),
    "Windows-1252": "a,b\n1,ä\n3,–\n".encode("cp1252"),
    "BOM": b"\xef\xbb\xbfa,b\n1,2\n3,4\n",
    "semicolons": b"a;b\n1,5;2\n3;4\n",
}


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("size", [1, 4, 9, 16, 1000])
def test_pieces_are_the_whole(tmp_path, name, size):
    from norwalk_analytics.intake.reading import texts_of

    path = tmp_path / "t.csv"
    path.write_bytes(TEXTS[name])
    wanted = Wanted(holds=lambda cells: sum(cell in ("a", "b") for cell in cells) / 2)
    whole = texts_of(path, wanted)[0]
    found = list(pieces_of(path, wanted, tmp_path, size, 2))
    frames = [piece.text.frame for piece in found if piece.text.frame.height]
    assert pl.concat(frames, how="diagonal").equals(whole.frame)
    assert {k: v for piece in found for k, v in piece.text.ragged.items()} == whole.ragged
    assert sum(piece.text.blank for piece in found) == whole.blank
    assert all(piece.text.headers == whole.headers for piece in found)
    assert found[0].text.assumed == whole.assumed
    assert all(piece.read().frame.equals(piece.text.frame) for piece in found)


def test_keys_are_looked_at_share_by_share(faulty_csv, tmp_path, monkeypatch):
    monkeypatch.setattr(across, "SHARE", 900)
    out = scan_district(faulty_csv, tmp_path / "out", size=400_000)
    assert differences(load_district(faulty_csv), out) == []


def test_a_bad_file_leaves_what_was_there(tmp_path, sample_folder):
    folder, out = tmp_path / "data", tmp_path / "out"
    shutil.copytree(sample_folder, folder)
    scan_district(folder, out)
    before = sorted(path.name for path in out.iterdir())
    (folder / "exception_log.csv").write_bytes(
        (folder / "exception_log.csv").read_bytes() + b'x,"never closed\n'
    )
    with pytest.raises(UserError, match="never closed"):
        scan_district(folder, out, size=50_000)
    assert sorted(path.name for path in out.iterdir()) == before
    assert pl.read_parquet(out / "exception_log.accepted" / "*.parquet").height > 2000


@pytest.mark.parametrize(("change", "said"), [
    ("[[one_row]]", "keeps one row a key"),
    ("corrections", "corrections are applied"),
])  # fmt: skip
def test_what_needs_the_table_in_memory_is_refused(tmp_path, sample_folder, change, said):
    folder = tmp_path / "data"
    shutil.copytree(sample_folder, folder)
    profiles = []
    if change == "corrections":
        (folder / "district.toml").write_text('as_of = 2026-06-30\ncorrections = "mended"\n')
    else:
        profile = folder / "tool_registrations.profile.toml"
        profile.write_text('table = "tool_registrations"\n[one_row]\nkey = ["registration_id"]\n')
        profiles = [profile]
    with pytest.raises(UserError, match=said):
        scan_district(folder, tmp_path / "out", profiles=profiles)


@pytest.mark.parametrize("part", [pytest.param(measures.PART, marks=pytest.mark.long), 1500])
def test_figures_are_the_same(district, sample_folder, tmp_path, monkeypatch, part):
    monkeypatch.setattr(measures, "PART", part)  # so that contacts are counted in parts

    scanned = scan_district(sample_folder, tmp_path / "out", size=400_000, rows=3000)
    assert (
        scanned.frame("exception_log").select(ROW).collect().height == district.frame("exception_log").height
    )
    assert len(measures.tables_of(scanned).parts(measures.tables_of(scanned).frames["exception_log"])) == (
        1 if part > 1500 else 2
    )
    one, other = (report_figures(of) for of in (district, scanned))
    assert one.equals(other)


OWN = ("registration_id", "exception_id", "finding_id", "audit_id", "repeat_of", "employee_id", "student_ref")


def times(tables, header, folder, many):
    """The tables so many times over, each time with keys and people of their own; what has none stays empty."""
    folder.mkdir()
    for name, rows in tables.items():
        even = [(list(row) + [""] * len(header(name)))[: len(header(name))] for row in rows]
        frame = pl.DataFrame(even, schema=dict.fromkeys(header(name), pl.String), orient="row")
        own = [column for column in OWN if column in frame.columns]
        with (folder / f"{name}.csv").open("wb") as file:
            for one in range(many):
                filled = [
                    pl.when(pl.col(c) != "").then(pl.col(c) + f"-{one}").otherwise(pl.col(c)).alias(c)
                    for c in own
                ]
                frame.with_columns(filled).write_csv(file, include_header=one == 0)
    (folder / "district.toml").write_text("as_of = 2026-06-30\n")
    return folder


@pytest.mark.long
def test_a_hundred_times_the_faulty_sample(faulty, header, tmp_path):
    """Some two million rows, 100,000 planted faults and more: rows, words and figures."""
    folder = times(faulty, header, tmp_path / "many", 100)
    whole = load_district(folder)
    pieces = scan_district(folder, tmp_path / "out")
    assert sum(one.counts.set_aside for one in whole.tables.values()) > 100_000
    assert differences(whole, pieces) == []
    assert report_figures(whole).equals(report_figures(pieces))


def test_the_command_line(faulty_csv, sample_folder, tmp_path):
    """Exit codes as of memory; a sentence a rule, with counts and no row; JSON for a program."""
    run = CliRunner()
    out = str(tmp_path / "out")
    done = run.invoke(main, ["validate", str(faulty_csv), "--engine", "streaming", "--out", out])
    assert done.exit_code == 1
    assert "No school_id" not in done.stdout
    assert re.search(r"exception_log.csv: \d+ rows: .* They were set aside\.", done.stdout)
    asked = ["validate", str(sample_folder), "--engine", "streaming", "--out", out, "--json"]
    done = run.invoke(main, asked)
    assert done.exit_code == 0
    assert json.loads(done.stdout)["tables"]["exception_log"]["read"] > 2000
    assert run.invoke(main, ["validate", str(sample_folder), "--engine", "streaming"]).exit_code == 2
    assert run.invoke(main, ["report", "demo", "--source", "s3a://x"]).exit_code == 2


@pytest.mark.parametrize(
    ("engine", "corrections", "said"),
    [
        ("streaming", None, "The engine streaming keeps the tables in files, and needs a folder for them"),
        ("streaming", "checked", "The engine streaming reads no correction workbook"),
        ("spark", "checked", "The engine spark reads no correction workbook"),
        ("streeming", None, "There is no engine streeming. Did you mean streaming?"),
    ],
)
def test_what_an_engine_lacks_is_said(engine, corrections, said, sample_folder):
    with pytest.raises(UserError, match=re.escape(said)):
        load_with(engine, sample_folder, None, corrections=corrections)


def test_corrections_are_refused_on_the_command_line_too(sample_folder, tmp_path):
    asked = ["validate", str(sample_folder), "--engine", "streaming", "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(main, [*asked, "--corrections", str(tmp_path)])
    assert done.exit_code == 2
    assert "The engine streaming reads no correction workbook" in done.output
