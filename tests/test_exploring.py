"""Charts to explore with: which figures have one, what Jupyter is given, and that no page and no kept notebook holds one."""

import json
import re
from pathlib import Path

import nbformat
import polars as pl
import pytest
import vl_convert
from IPython.core.formatters import DisplayFormatter

import norwalk_analytics
from norwalk_analytics import figures, interactive, internal, reported, suppress
from norwalk_analytics.board.exploring import ALL, MIME
from norwalk_analytics.board.measured import (
    ageing_chart,
    funnel_chart,
    heat_chart,
    measure_chart,
    school_charts,
)
from norwalk_analytics.board.page import PageError, render
from norwalk_analytics.board.plain import INTERNAL, PUBLISHED

ROOT = Path(__file__).parents[1]
NOTEBOOKS = [*sorted((ROOT / "notebooks").glob("*.ipynb")), ROOT / "examples" / "own_report" / "mine.ipynb"]
EXPLORED = {
    "a p chart": (lambda shown: measure_chart(shown, "parents_informed"), "The district", 22),
    "a u chart": (lambda shown: measure_chart(shown, "friend_or_follow"), "The district", 1),
    "days between": (lambda shown: measure_chart(shown, "disclosures"), "The district", 1),
    "a clause": (lambda shown: measure_chart(shown, "finding_rate", "B.4"), "The district", 22),
    "a funnel": (lambda shown: funnel_chart(shown, "rules_published"), ALL, 22),
    "of groups": (lambda shown: funnel_chart(shown, "access_kept", by="setting"), ALL, 6),
    "small charts": (lambda shown: school_charts(shown, "parents_informed"), ALL, 22),
}
"""Chart → how it is drawn, what is picked at first, and how much there is to pick."""


@pytest.fixture(scope="module")
def every(district):
    return figures(district, by=["district", "school", "setting"])


@pytest.fixture(scope="module")
def inside(district, every):
    return internal(every, district.policy)


@pytest.fixture
def exploring():
    interactive()
    yield
    interactive(False)


def given(fragment):
    """What JupyterLab is given, as a kernel gives it."""
    return DisplayFormatter().format(fragment)


def output(fragment):
    data, metadata = given(fragment)
    return nbformat.v4.new_output("execute_result", data, metadata=metadata, execution_count=1)


def notebook_of(*fragments):
    cells = [nbformat.v4.new_code_cell("", outputs=[output(one)], execution_count=1) for one in fragments]
    return nbformat.v4.new_notebook(cells=cells)


@pytest.mark.parametrize("name", EXPLORED)
def test_a_chart_is_drawn_by_vega_lite_5_with_a_list_to_pick_from(inside, exploring, name):
    draw, first, choices = EXPLORED[name]
    spec = given(draw(inside))[0][MIME]
    json.dumps(spec, allow_nan=False)
    assert spec["$schema"].endswith("/v5.json")
    (picked,) = spec["params"]
    assert picked["value"] == first
    assert len(picked.get("bind", {}).get("options", [first])) == choices
    zoomed = [one["params"] for one in spec["layer"] if "params" in one]
    assert zoomed == [[{"name": "zoom", "select": {"type": "interval"}, "bind": "scales"}]]
    assert spec["title"]["subtitle"][0] == "Internal: not for publication"
    plain = re.sub(r"rgb\(from[^\"]*\)", "#335577", json.dumps(spec))  # there is no style sheet here
    drawn = vl_convert.vegalite_to_svg(json.loads(plain), vl_version="5.8")
    assert "Internal: not for publication" in drawn
    assert 'aria-roledescription="point"' in drawn or 'aria-roledescription="circle"' in drawn


def test_every_school_s_numbers_are_those_of_its_small_chart(inside, exploring):
    points = pl.DataFrame(
        given(school_charts(inside, "parents_informed"))[0][MIME]["data"]["values"], infer_schema_length=None
    )
    rows = inside["parents_informed"].frame.filter(
        pl.col("school").is_not_null(), pl.col("breakdown").is_null(), view="series", period="school_year"
    )
    wanted = {(r["school"], str(r["start"])): f"{r['numerator']} of {r['denominator']:.0f}" for r in rows.to_dicts() if r["denominator"]}  # fmt: skip
    found = {(r["series"], r["start"]): r["counted"] for r in points.to_dicts() if r["value"] is not None}
    assert found == wanted


def test_what_is_given_has_a_picture_beside_it_and_nothing_that_jupyterlab_would_take_before(
    inside, exploring
):
    data, metadata = given(funnel_chart(inside, "rules_published"))
    assert set(data) == {INTERNAL, MIME, "image/svg+xml", "image/png", "text/plain"}
    assert "Internal: not for publication" in data["image/svg+xml"]
    assert "var(" not in data["image/svg+xml"]
    assert metadata[MIME]["embed_options"]["actions"] is False, (
        "an editor on the web is not offered the figures"
    )
    nbformat.validate(notebook_of(funnel_chart(inside, "rules_published")))


def test_one_call_switches_and_goes_back(inside):
    chart = funnel_chart(inside, "rules_published")
    before = given(chart)
    interactive()
    assert MIME in given(chart)[0]
    interactive(False)
    assert given(chart) == before
    assert set(before[0]) == {INTERNAL, "text/html", "text/plain"}


def test_what_may_be_published_is_never_explored(district, every, exploring):
    outside = suppress(reported(every, district.policy), district.policy)
    for draw in (
        lambda: measure_chart(outside, "parents_informed"), lambda: funnel_chart(outside, "supervisor_aware"),
        lambda: school_charts(outside, "parents_informed"), lambda: heat_chart(outside, "parents_informed"),
        lambda: ageing_chart(outside),
    ):  # fmt: skip
        chart = draw()
        assert chart.explored is None
        assert set(given(chart)[0]) == {PUBLISHED, "text/html", "text/plain"}


def test_a_page_prints_the_picture_and_a_published_one_refuses(inside, exploring):
    notebook = notebook_of(funnel_chart(inside, "rules_published"))
    page = render(notebook, title="Rules", allow_foreign=True)
    assert page.count("<svg") == 1
    assert "vega" not in page
    assert "<script" not in page
    with pytest.raises(PageError, match="figures for internal use"):
        render(notebook, title="Rules")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_no_kept_notebook_holds_one(path):
    assert "vega" not in path.read_text(encoding="utf-8")


def test_names_are_data(inside, exploring):
    """A school that is called like a piece of a page or of a program."""
    name = "<b onload=alert(1)>' || true // ${x}"
    rows = inside.frame.with_columns(pl.col("school").replace("Marvin", name))
    named = internal(
        rows.drop("per", "rate", "lower", "upper", "status", "withheld").with_columns(
            people=1, people_numerator=1, people_complement=1, largest=1
        ),
        inside.policy,
    )
    data = given(funnel_chart(named, "rules_published"))[0]
    spec = data.pop(MIME)
    assert name in spec["params"][0]["bind"]["options"]
    assert name not in json.dumps([one.get("transform") for one in spec["layer"]])
    assert "&lt;b onload" in data["image/svg+xml"]


def test_it_is_a_name_of_the_package():
    assert "interactive" in dir(norwalk_analytics)
