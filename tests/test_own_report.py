"""An analyst's own notebook as a page: the example, published and internal, and each notebook of the toolkit."""

import re
import tomllib
from pathlib import Path

import nbformat
import polars as pl
import pytest
from click.testing import CliRunner

from norwalk_analytics import BoardReport, UserError, figures, suppress
from norwalk_analytics.board.making import make_report
from norwalk_analytics.cli import main

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "own_report"
MINE, CONTRACT = EXAMPLE / "mine.ipynb", EXAMPLE / "contract"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("0*.ipynb"))
BOARD = "Harbor Point Board of Education (made up)"


def made(target, **given):
    return make_report(target, notebook=MINE, contract=CONTRACT, **given).read_text(encoding="utf-8")


def holds_what_was_added(text):
    """The paragraph, both figures with their numbers, the name, the logo and the accent."""
    assert ">What the Board asked in May</h2>" in text
    assert "more often than when the policy was new?" in text
    for ident in ("parents-informed-years", "chart-p-3"):
        figure = re.search(rf'<figure class="figure" id="{ident}".*?</figure>', text, re.DOTALL)
        assert figure, ident
        assert "<svg" in figure[0]
        assert "Show the numbers" in figure[0]
    assert f'alt=""> <span>{BOARD}</span></p>' in text
    assert text.count('src="data:image/svg+xml;base64,') == 1
    assert "img-src data:; " in text
    assert "--c-accent: #0B6E4F;" in text
    assert f"{BOARD}. Staff and social media: oversight report</title>" in text
    assert "Norwalk Board" not in text


@pytest.mark.long
def test_the_example_is_published_with_its_ledger(tmp_path):
    text = made(tmp_path / "mine.html", ledger=tmp_path / "ledger.csv", figures_file=tmp_path / "figures.csv")
    holds_what_was_added(text)
    assert '<body class="internal">' not in text
    ledger = pl.read_csv(tmp_path / "ledger.csv", infer_schema=False)
    own = (
        pl.col("measure").eq("finding_rate") & pl.col("clause").eq("P.3") & pl.col("period").eq("school_year")
    )
    assert (
        ledger.filter(own, pl.col("start") == "2013-07-01", now="true").height == 1
    )  # the report itself goes back 8 years
    assert pl.read_csv(tmp_path / "figures.csv", infer_schema=False).filter(own).height == 13


@pytest.mark.long
def test_the_example_as_the_internal_edition(tmp_path):
    text = made(tmp_path / "mine.html", edition="internal")
    holds_what_was_added(text)
    assert '<body class="internal">' in text


@pytest.mark.long
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_each_notebook_is_a_page_of_the_internal_edition(tmp_path, notebook):
    target = tmp_path / "page.html"
    asked = ["report", "--notebook", str(notebook), "--internal", "-o", str(target)]
    done = CliRunner().invoke(main, asked)
    assert (done.exit_code, done.output) == (0, f"{target}\n")
    text = target.read_text(encoding="utf-8")
    cells = nbformat.read(notebook, as_version=4).cells
    title = cells[0].source.partition("\n")[0].removeprefix("# ")
    assert f"<h1>{title}</h1>" in text
    assert "Norwalk Board of Education" in text
    assert '<body class="internal">' in text
    for heading in re.findall(r"^## (.*)$", "\n".join(cell.source for cell in cells), re.MULTILINE):
        assert f">{heading}</h2>" in text
    assert text.count("<figure") == sum(
        len(re.findall(r"_charts?\(\s*(?:shown|published)", cell.source)) for cell in cells
    )


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            ["data"],
            "mine.ipynb takes no data: give its first code cell the tag parameters and the line data = None",
        ),
        (["--contract", "."], "mine.ipynb takes no contract"),
        (["--as-of", "2026-06-30"], "mine.ipynb takes no as_of"),
    ],
)
def test_a_notebook_that_would_take_other_data_than_it_is_given_is_refused(
    sample_folder, tmp_path, asked, said
):
    cell = nbformat.v4.new_code_cell("data = None  # but no tag")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "mine.ipynb")
    given = [str(sample_folder) if one == "data" else str(tmp_path) if one == "." else one for one in asked]
    target = tmp_path / "r.html"
    done = CliRunner().invoke(
        main, ["report", *given, "--notebook", str(tmp_path / "mine.ipynb"), "-o", str(target)]
    )
    assert done.exit_code == 2
    assert said in done.output
    assert not target.exists()


@pytest.mark.long
def test_own_figures_are_held_against_the_reports(sample_folder):
    """Alone, a table of schools would show what the report withholds for another figure's sake."""
    report = BoardReport(str(sample_folder))
    stock = figures(report.district, by=["district", "school"]).filter(
        pl.col("breakdown").is_null(), measure="access_kept", view="stock", period="as_of"
    )
    withheld = report.shown["access_kept"].frame.filter(
        pl.col("withheld"), pl.col("breakdown").is_null(), view="stock", period="as_of"
    )["school"]
    assert withheld.len()
    assert not suppress(stock, report.district.policy).frame["withheld"].any()
    own = report.also(stock).frame
    assert set(own.filter("withheld")["school"]) == set(withheld)
    with pytest.raises(UserError, match="not a table of figures"):
        report.also(own.select("school"))


def test_the_page_shows_what_the_example_holds():
    page = (ROOT / "docs" / "your_own_report.md").read_text(encoding="utf-8")
    cells = [cell.source for cell in nbformat.read(MINE, as_version=4).cells]
    shown = re.findall(r"```py\n(.*?)\n```", page, re.DOTALL)
    assert len(shown) == 2
    assert all(block in cells for block in shown)
    (policy,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    held = tomllib.loads((CONTRACT / "policy.toml").read_text(encoding="utf-8"))
    assert {key: held[key] for key in ("policy", "look")} == tomllib.loads(policy)
    shipped = [
        cell.source for cell in nbformat.read(ROOT / "notebooks" / "board_report.ipynb", as_version=4).cells
    ]
    assert [cell for cell in cells if cell in shipped] == shipped  # a copy, with cells added
    assert len(cells) == len(shipped) + 3


def test_a_made_up_district_says_so(district):
    assert "made-up sample data" in repr(district)
    assert "made-up sample data" in district._repr_html_()
