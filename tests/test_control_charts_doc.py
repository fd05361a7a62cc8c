"""``docs/control-charts.md`` says what the code does: every kind and rule, its examples, its figures, its pictures."""

import contextlib
import inspect
import io
import re
from pathlib import Path

import polars as pl
import pytest
from conftest import script
from polars.testing import assert_frame_equal

from benchmarks import charts, false_alarms
from norwalk_analytics import control_limits
from norwalk_analytics.oversight.limits import KINDS
from norwalk_analytics.oversight.runs import RULES, crossings_min, longest_run_max

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "control-charts.md").read_text(encoding="utf-8")
HEADINGS = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL), re.MULTILINE)


def rows_under(heading):
    """The cells of the tables of a part of the page, without their heads."""
    part = PAGE.split(f"\n### {heading}\n")[1].split("\n## ")[0].split("\n### ")[0]
    lines = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line] for line in lines]
    return [row for row in rows if row[0] not in ("chart", "---")]


def pictures():
    """``docs/make_pictures.py`` as a module."""
    return script(DOCS / "make_pictures.py")


def test_every_kind_and_rule_has_its_heading():
    assert [one for one in HEADINGS if one.startswith("Chart ")] == [f"Chart `{kind}`" for kind in KINDS]
    assert [one for one in HEADINGS if one.startswith("Rules ")] == [f'Rules "{name}"' for name in RULES]
    assert [one for one in HEADINGS if one.startswith("Rule ")] == [
        f"Rule `{name}`" for name in false_alarms.ALL_RULES
    ]


def test_the_table_of_charts_has_every_kind():
    table = PAGE.split("## Which chart")[1].split("\n## ")[0]
    assert re.findall(r"^\| `(\w+)`", table, re.MULTILINE) == list(KINDS)


def test_the_arguments_are_those_of_the_function():
    (call,) = re.findall(r"^control_limits\((.*)\)$", PAGE, re.MULTILINE)
    named = [one.strip().removesuffix("=") for one in call.split(",")]
    assert sorted(named) == sorted(inspect.signature(control_limits).parameters)


def test_the_links_within_the_page_lead_somewhere():
    anchors = {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in HEADINGS}
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= anchors


def test_the_examples_say_what_stands_below_them():
    pairs = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", PAGE, re.DOTALL)
    assert len(pairs) == PAGE.count("```python") == 2
    for block, said in pairs:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(block, {})
        assert printed.getvalue() == said


def test_the_bounds_of_runs_and_crossings_are_those_of_the_rules():
    part = PAGE.split('\n## Rules "anhoej"\n')[1].split("\n### ")[0]
    head, _, runs, crossings = (
        line.strip("| ").split(" | ")[1:] for line in part.splitlines() if line.startswith("|")
    )
    points = list(map(int, head))
    assert list(map(int, runs)) == [longest_run_max(n) for n in points]
    assert list(map(int, crossings)) == [crossings_min(n) for n in points]


def test_the_false_alarms_are_those_of_the_simulation():
    """In control the figures are exactly those of a run, and so is what stands beside published ones."""
    for title, table in (
        ("False alarms", false_alarms.false_alarms()),
        ("Beside published figures", false_alarms.published()),
    ):
        assert f"\n### {title}\n" in PAGE
        assert f"\n{table}\n" in PAGE
    for rules in RULES:
        share = false_alarms.found("p", rules)["any"]
        assert re.search(rf"about\s{100 * share:.0f}\s(signal\s)?by\s\"{rules}\"", PAGE)


def test_the_power_is_that_of_a_smaller_simulation():
    """A tenth of the series, within five in a hundred; `make test-long` has them all, exactly."""
    rows = rows_under("Power")
    fewer = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for table in (
            false_alarms.power(series=1000),
            false_alarms.power(false_alarms.WITH_BASELINE, false_alarms.SHIFT_AT - 1, 1000),
        )
        for line in table.splitlines()[2:]
    ]
    assert [row[:2] for row in rows] == [row[:2] for row in fewer]
    for row, other in zip(rows, fewer, strict=True):
        for said, seen in zip(row[2:], other[2:], strict=True):
            assert float(said) == pytest.approx(float(seen), abs=5)


@pytest.mark.long
def test_every_figure_is_that_of_the_simulation():
    for table in false_alarms.tables().values():
        assert f"\n{table}\n" in PAGE


def test_the_simulation_agrees_with_an_exact_count():
    """A run chart's false alarms are those of all orders of as many points above the median as below."""
    exact = false_alarms.exact(false_alarms.POINTS, own_median=True)
    seen = false_alarms.found("run", "anhoej")["any"]
    assert seen == pytest.approx(exact, abs=4 * (exact * (1 - exact) / false_alarms.SERIES) ** 0.5)
    known = false_alarms.exact(false_alarms.POINTS, own_median=False)
    seen = false_alarms.known()["runs"]
    assert seen == pytest.approx(known, abs=4 * (known * (1 - known) / false_alarms.SERIES) ** 0.5)


def test_an_exact_count_is_that_of_every_series():
    """Ten points: each of the 1,024 series by itself."""
    for own_median in (True, False):
        loud = total = 0
        for bits in range(2**10):
            sides = f"{bits:010b}"
            if own_median and sides.count("1") != 5:
                continue
            runs = [len(one) for one in re.findall(r"0+|1+", sides)]
            total += 1
            loud += max(runs) > longest_run_max(10) or len(runs) - 1 < crossings_min(10)
        assert false_alarms.exact(10, own_median=own_median) == pytest.approx(loud / total)


def test_the_same_series_come_each_time():
    for kind in false_alarms.CHARTS:
        assert false_alarms.simulated(kind, 1.0, 50).equals(false_alarms.simulated(kind, 1.0, 50))
    first = false_alarms.simulated("i", 2.0, 4000).filter(pl.col("point") < false_alarms.SHIFT_AT)
    last = false_alarms.simulated("i", 2.0, 4000).filter(pl.col("point") >= false_alarms.SHIFT_AT)
    assert first["y"].mean() == pytest.approx(0, abs=0.03)
    assert last["y"].mean() == pytest.approx(2, abs=0.03)


@pytest.mark.parametrize("kind", charts.KINDS)
@pytest.mark.parametrize("rules", charts.RULES)
def test_one_call_gives_what_a_call_a_series_gives(kind, rules):
    """So that their times can be compared."""
    data = charts.frame(30)
    parts = data.partition_by("series", maintain_order=True)
    looped = pl.concat(charts.a_call_a_series(parts, kind, rules))
    assert_frame_equal(charts.one_call(data, kind, rules), looped, rel_tol=1e-12, abs_tol=1e-12)


def test_the_pictures_are_those_of_the_examples():
    """Draw them anew by ``python docs/make_pictures.py``."""
    shown = set(re.findall(r"\]\(pictures/([^)]+)\)", PAGE))
    drawn = pictures().charts()
    assert shown == {*drawn, "power.svg"}
    for name, svg in drawn.items():
        assert (DOCS / "pictures" / name).read_text(encoding="utf-8") == svg


@pytest.mark.long
def test_the_picture_of_power_is_that_of_the_simulation():
    """Draw it anew by ``python docs/make_pictures.py``."""
    assert (DOCS / "pictures" / "power.svg").read_text(encoding="utf-8") == pictures().power()
