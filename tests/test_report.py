"""The report of the sample district: whole, discreet, the same again, and opened in a browser with no network."""

import hashlib
import json
import shutil
import subprocess
import sys
from datetime import date

import polars as pl
import pytest

from norwalk_analytics import UserError, figures, internal, load_district, reported, suppress
from norwalk_analytics.board.charts import control_chart
from norwalk_analytics.board.making import make_report
from norwalk_analytics.board.words import plural
from norwalk_analytics.oversight.disclosure import Internal, Publishable

SECTIONS = (
    "In brief",
    "Scorecard",
    "Use of social media",
    "Contacts with students",
    "Audit findings",
    "How good the data is",
    "Method",
)


@pytest.fixture(scope="session")
def page(sample_folder, tmp_path_factory):
    return make_report(tmp_path_factory.mktemp("report") / "board_report.html", data=sample_folder)


@pytest.fixture(scope="session")
def text(page):
    return page.read_text(encoding="utf-8")


def test_it_holds_every_part_and_every_clause(text, district):
    assert all(f">{section}</h2>" in text for section in SECTIONS)
    assert "Made-up sample data" in text
    for clause in district.policy.clauses:
        assert clause.id in text
        assert clause.title.replace("'", "&#39;") in text or clause.title in text
    assert "NaN" not in text
    for ident in (
        "schools-by-clause",
        "tools-by-role",
        "contacts-by-channel",
        "findings-by-school",
        "rows-by-table",
    ):
        assert f'<table id="{ident}">' in text
    assert text.count("Funnel chart") + text.count("(funnel chart;") >= 3
    for ident in (
        "ageing",
        "overdue",
        "time-to-close",
        "follow-through",
        "repeats",
        "last-audited",
        "time-to-tell",
    ):
        assert f'id="{ident}"' in text
    assert "24 CFR Section 54.520" in text
    assert "47 CFR § 54.520" in text
    assert len(text) < 1_000_000


def test_it_finds_the_planted_stories(text):
    brief = text.split('<ol class="brief">')[1].split("</ol>")[0]
    assert "Some cases of the last 12 months were late: supervisor told" in brief
    assert "reports made in time (B.5)" in brief
    assert "(B.4)" in brief
    assert "(A.1b)" in brief


@pytest.mark.long
def test_the_same_bytes_on_another_day_and_in_another_place(page, sample_folder, tmp_path):
    code = (
        "from pathlib import Path; from norwalk_analytics.board.making import make_report; "
        f"make_report(Path('again.html'), data=Path({str(sample_folder)!r}))"
    )
    more = {"TZ": "Asia/Tokyo", "LANG": "de_DE.UTF-8", "PYTHONHASHSEED": "7", "POLARS_MAX_THREADS": "1"}
    import os

    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=os.environ | more, check=True)
    assert (tmp_path / "again.html").read_bytes() == page.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["again.html"]


def test_nothing_of_a_row_is_in_it(sample_folder, tmp_path):
    """A name planted in every text column is not in the file's bytes."""
    marks = {
        "tool_registrations": ("group_name", "account", "employee_id", "platform"),
        "exception_log": ("reason", "student_ref", "employee_id"),
        "audit_findings": ("summary", "account", "audit_id"),
    }
    folder = tmp_path / "planted"
    folder.mkdir()
    for name in ("tool_registrations", "exception_log", "audit_findings", "returns", "actions"):
        frame = pl.read_csv(sample_folder / f"{name}.csv", infer_schema=False)
        for column in marks.get(name, ()):
            planted = pl.lit(f"Zebulon-{column}-") + pl.int_range(pl.len()).cast(pl.String)
            frame = frame.with_columns(pl.when(pl.col(column).is_not_null()).then(planted).alias(column))
        frame = frame.with_columns(pl.lit("Zebulon <script>alert(1)</script>").alias("Zebulon notes"))
        frame.write_csv(folder / f"{name}.csv")
    (folder / "district.toml").write_text("as_of = 2026-06-30\n")
    found = make_report(tmp_path / "r.html", data=folder).read_text(encoding="utf-8")
    assert "Zebulon" not in found
    assert "Made-up sample data" not in found


def test_a_killed_or_failing_run_leaves_the_old_report(tmp_path, sample_folder):
    import nbformat

    target = tmp_path / "board_report.html"
    target.write_text("old")
    note = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("data = None", metadata={"tags": ["parameters"]}),
            nbformat.v4.new_code_cell("print(1)"),
        ]
    )
    nbformat.write(note, tmp_path / "mine.ipynb")
    with pytest.raises(UserError, match="Code cell 2 printed text"):
        make_report(target, data=sample_folder, notebook=tmp_path / "mine.ipynb")
    with pytest.raises(UserError, match="no such folder"):
        make_report(target, data=tmp_path / "nowhere")
    assert target.read_text() == "old"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("1 + 1\nundefined + 1", "mine.ipynb: code cell 2, line 2: NameError: name 'undefined' is not defined\n    undefined + 1\n"),
        ("x = (1,", "mine.ipynb: code cell 2, line 1: "),
        ("import os; os._exit(1)", "mine.ipynb: the Python that ran it ended"),
        ("def f():\n    return {}[1]\n\nf()", "mine.ipynb: code cell 2, line 2: KeyError: 1\n    return {}[1]\n"),
    ],
)  # fmt: skip
def test_a_failing_notebook_says_where(tmp_path, source, said):
    import nbformat
    from click.testing import CliRunner

    from norwalk_analytics.cli import main

    first = nbformat.v4.new_code_cell("data = None", metadata={"tags": ["parameters"]})
    nbformat.write(
        nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_markdown_cell("# x"), first, nbformat.v4.new_code_cell(source)]
        ),
        tmp_path / "mine.ipynb",
    )
    target = tmp_path / "r.html"
    found = CliRunner().invoke(
        main, ["report", "--notebook", str(tmp_path / "mine.ipynb"), "-o", str(target)]
    )
    assert found.exit_code == 2
    assert said in found.output
    assert found.output.endswith("Nothing was written.\n")
    assert not target.exists()


@pytest.mark.long
def test_verify_says_whether_the_data_give_the_page(page, sample_folder, tmp_path):
    from click.testing import CliRunner

    from norwalk_analytics.cli import main

    def run(*arguments):
        found = CliRunner().invoke(main, ["verify", *map(str, arguments)])
        return found.exit_code, found.output

    assert run(page, sample_folder) == (
        0,
        "board_report.html is what this data and this contract give, byte by byte.\n",
    )
    altered = tmp_path / "altered.html"
    altered.write_bytes(page.read_bytes().replace(b"does not meet", b"meets", 1))
    code, said = run(altered, sample_folder)
    assert code == 1
    assert "it was altered" in said
    other = tmp_path / "other"
    shutil.copytree(sample_folder, other)
    rows = (other / "audit_findings.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (other / "audit_findings.csv").write_text("".join(rows[:-1]), encoding="utf-8")
    code, said = run(page, other)
    assert code == 1
    assert "audit_findings is not the table that the page was made from.\n" in said
    assert "tool_registrations" not in said
    for wrong in (sample_folder / "returns.csv", tmp_path / "nowhere.html"):
        code, said = run(wrong, sample_folder)
        assert code == 2
        assert said.count("\n") == 1


def test_a_folder_with_one_of_three_tables(sample_folder, tmp_path):
    (tmp_path / "audit_findings.csv").write_bytes((sample_folder / "audit_findings.csv").read_bytes())
    found = make_report(tmp_path / "r.html", data=tmp_path, as_of=load_district(sample_folder).as_of)
    text = found.read_text(encoding="utf-8")
    assert "There is no table tool_registrations" in text
    assert "There is no table exception_log" in text


@pytest.mark.parametrize("rows", [1, pytest.param(30, marks=pytest.mark.long)])
def test_a_district_of_few_rows(sample_folder, tmp_path, rows):
    """Nearly all is withheld, and what is left is still a page."""
    for name in ("tool_registrations", "exception_log", "audit_findings"):
        head, *lines = (sample_folder / f"{name}.csv").read_text(encoding="utf-8").splitlines(keepends=True)
        (tmp_path / f"{name}.csv").write_text("".join([head, *lines[-rows:]]), encoding="utf-8")
    text = make_report(tmp_path / "r.html", data=tmp_path, as_of=date(2026, 6, 30)).read_text(
        encoding="utf-8"
    )
    assert "By platform most would be withheld, so they are not shown." in text
    assert "NaN" not in text


# ---- what may be shown


def test_primary_rule(district):
    from norwalk_analytics.oversight.counting import FIGURES

    base = {
        "measure": "reported_in_time", "clause": "B.5", "table": "exception_log", "view": "event", "period": "12 months",
        "numerator": 30, "denominator": 60.0, "people": 50, "people_numerator": 30, "people_complement": 30, "largest": 2,
    }  # fmt: skip
    cases = [
        ({}, False),
        ({"people": 19}, True), ({"people": 20}, False),
        ({"people_numerator": 5}, True), ({"people_numerator": 6}, False), ({"people_numerator": 0, "numerator": 0}, False),
        ({"people_complement": 1}, True), ({"people_complement": 6}, False), ({"people_complement": 0}, False),
        ({"largest": 31}, True), ({"largest": 30}, False),
        ({"table": "audit_findings", "people": 3}, False),
        ({"table": "audit_findings", "people": 3, "school": "Roton"}, True),
    ]  # fmt: skip
    for change, expected in cases:
        frame = pl.DataFrame([{**dict.fromkeys(FIGURES), **base, **change}], schema=FIGURES)
        row = suppress(frame, district.policy).frame.row(0, named=True)
        assert row["withheld"] is expected, change
        shown = [row[name] for name in ("numerator", "denominator", "rate", "lower", "upper")]
        assert all((value is None) is expected for value in shown)


def test_only_disclosure_makes_what_charts_take(district):
    frame = figures(district)
    for kind in (Publishable, Internal):
        with pytest.raises(TypeError, match="not by hand"):
            kind(frame, district.policy)
    with pytest.raises(TypeError):
        control_chart(frame, ident="a", title="t", y_title="y", kind="p")
    published = suppress(reported(frame, district.policy), district.policy)
    assert not {"people", "people_numerator", "largest"} & set(published.frame.columns)


def test_an_internal_picture_is_watermarked(district):
    shown = internal(figures(district), district.policy)["reported_in_time"].with_limits("p")
    chart = control_chart(shown, ident="a", title="t")
    assert chart.internal
    assert "Internal: not for publication" in chart.html
    assert "application/vnd.norwalk-analytics.published+html" not in chart._repr_mimebundle_()[0]


def test_a_picture_says_by_which_suppress_its_figures_may_be_shown(district):
    rates = figures(district).filter(pl.col("period") == "school_year", measure="finding_rate", clause="P.3")
    kind = "application/vnd.norwalk-analytics.published+html"
    runs = [
        control_chart(
            suppress(rates, district.policy).with_limits("p"), ident="x", title="T"
        )._repr_mimebundle_()[1]
        for _ in range(2)
    ]
    assert 0 < runs[0][kind]["run"] < runs[1][kind]["run"]


def test_the_status_of_a_target_of_every_case_is_the_one_bit(district):
    row = suppress(reported(figures(district), district.policy), district.policy)["reported_in_time"].one(
        view="event", period="12 months"
    )
    assert row["withheld"]
    assert row["status"] == "not every case in time"
    assert row["numerator"] is None


def test_words():
    assert [plural(n, "school") for n in (0, 1, 2)] == ["0 schools", "1 school", "2 schools"]


@pytest.mark.long
def test_the_next_edition_is_held_against_the_ledger(sample_folder, tmp_path):
    """What is published is written, without why the rest is not; the ledger is the next edition's ``previous``."""
    first = {"ledger": tmp_path / "one.csv", "figures_file": tmp_path / "figures.csv"}
    make_report(tmp_path / "one.html", data=sample_folder, as_of=date(2026, 5, 31), **first)
    public = pl.read_csv(first["figures_file"])
    assert "why" not in public.columns
    assert (
        public.filter("withheld").select("numerator", "rate", "status").null_count().row(0)[0]
        == public["withheld"].sum()
    )
    make_report(
        tmp_path / "two.html", data=sample_folder, previous=first["ledger"], ledger=tmp_path / "two.csv"
    )
    two = pl.read_csv(tmp_path / "two.csv")
    assert two.height > public.height
    assert "difference" in two["why"].to_list()
    with pytest.raises(UserError, match="is no ledger"):
        make_report(tmp_path / "three.html", data=sample_folder, previous=sample_folder / "returns.csv")
    with pytest.raises(UserError, match="internal edition publishes nothing"):
        make_report(
            tmp_path / "four.html", data=sample_folder, edition="internal", ledger=tmp_path / "four.csv"
        )
    assert not (tmp_path / "three.html").exists()


def test_plain_hashes_stay_beside_the_data(text, sample_folder):
    kept = json.loads((sample_folder / "manifest.private.json").read_text(encoding="utf-8"))
    (one,) = kept["inputs"]["exception_log"]
    assert one["sha256"] == hashlib.sha256((sample_folder / "exception_log.csv").read_bytes()).hexdigest()
    for files in kept["inputs"].values():
        assert not [one for one in files if one["sha256"] in text]
