"""Pictures of measures for analysts: what each says, that its numbers stand in its table, who may have it."""

import re
from dataclasses import replace
from datetime import date
from xml.etree import ElementTree

import polars as pl
import pytest

from norwalk_analytics import UserError, figures, internal, reported, suppress, waits
from norwalk_analytics.board import scorecard, sparkline
from norwalk_analytics.board.measured import (
    ageing_chart,
    funnel_chart,
    heat_chart,
    measure_chart,
    school_charts,
)
from norwalk_analytics.board.signals import HOLLOW
from norwalk_analytics.board.waited import waiting_chart

SCHOOLS = 21
AS_OF = date(2026, 4, 15)


@pytest.fixture(scope="module")
def inside(district):
    return internal(figures(district, by=["district", "school"]), district.policy)


@pytest.fixture(scope="module")
def outside(district):
    every = figures(district, by=["district", "school"])
    return suppress(reported(every, district.policy), district.policy)


def svg(fragment):
    """The picture, as XML."""
    return ElementTree.fromstring(re.search(r"<svg.*?</svg>", fragment.html, re.DOTALL)[0])


def words(fragment):
    return [one.text for one in svg(fragment).iter() if one.tag.endswith("text") and one.text]


def test_a_funnel_has_a_point_a_school(inside):
    chart = funnel_chart(inside, "parents_informed")
    rows = inside["parents_informed"].frame.filter(
        pl.col("school").is_not_null(), pl.col("breakdown").is_null(), view="stock"
    )
    assert rows.height == SCHOOLS
    assert f"{int(rows['numerator'].sum()):,} of {int(rows['denominator'].sum()):,} in all" in chart.words
    assert chart.html.count('<th scope="row"') == SCHOOLS
    assert "Number of tools in use" in words(chart)


@pytest.mark.parametrize(
    ("by", "points", "said"),
    [
        ("role", 5, "Access limited and settings reviewed: Administrator stands out."),
        ("setting", 5, "Classroom above, Department below, School below."),
        ("platform", 29, "Access limited and settings reviewed: no platform stands out."),
    ],
)
def test_a_funnel_of_groups_has_a_point_a_group(district, by, points, said):
    rows = figures(district, by=["district", by])
    chart = funnel_chart(internal(rows, district.policy), "access_kept", by=by)
    assert said in chart.words
    assert chart.html.count('<th scope="row"') == points
    assert f'id="access-kept-funnel-{by}"' in chart.html
    assert f'<th scope="col">{by.capitalize()}</th>' in chart.html


def test_groups_of_which_too_few_can_be_shown_are_no_error(district):
    rows = figures(district, by=["district", "platform"]).filter(measure="access_kept", view="stock")
    shown = suppress(rows, district.policy)
    people = district.policy.disclosure["people"]
    few = rows.filter(pl.col("breakdown").is_not_null(), pl.col("people") < people).height
    assert few or shown.left_out
    assert funnel_chart(shown, "access_kept", by="platform").html
    with pytest.raises(UserError, match="no access_kept by role here: make figures by role too"):
        funnel_chart(shown, "access_kept", by="role")


def test_small_charts_are_one_a_school(inside):
    chart = school_charts(inside, "parents_informed")
    assert "21 schools, of which 21 can be judged." in chart.words
    assert {"Brookside", "Kendall", "Wolfpit"} <= set(words(chart))


def test_a_heat_table_has_a_cell_a_school_and_year(inside):
    chart = heat_chart(inside, "finding_rate")
    assert "21 schools over 6 school years" in chart.words
    shares = [one for one in words(chart) if one.endswith("%") and "to" not in one and "from" not in one]
    assert len(shares) >= SCHOOLS * 6


def test_ages_add_up_to_what_is_open(inside):
    chart = ageing_chart(inside)
    row = inside["open_findings"].one(view="stock")
    assert f"of {row['numerator']} open findings have been open" in chart.words


def test_waits_are_for_internal_use_alone(district, inside, outside):
    cases = waits("closed", district)
    chart = waiting_chart(inside, cases, title="Days until a finding is closed", unit="days", by="severity")
    assert chart.internal
    assert "Of those that are critical, half were closed within" in chart.words
    with pytest.raises(TypeError, match="can't be published"):
        waiting_chart(outside, cases, title="t", unit="days")
    with pytest.raises(UserError, match="nothing has happened yet"):
        waiting_chart(inside, cases.filter(pl.col("event").is_null()), title="t", unit="days")


def test_any_title_gives_a_curve_an_id(district, inside):
    chart = waiting_chart(inside, waits("closed", district), title="Half of the reports (B.5)", unit="days")
    assert 'id="waiting-half-of-the-reports-b-5"' in chart.html


def test_what_is_published_withholds_small_schools(outside):
    chart = heat_chart(outside, "parents_informed")
    assert "withheld" in chart.words
    assert not chart.internal


@pytest.mark.parametrize("better", ["higher", "lower"])
@pytest.mark.parametrize("hollow", [False, True])
def test_the_scorecard_marks_a_point_as_its_chart_does(inside, better, hollow):
    last = pl.int_range(pl.len()) == pl.len() - 1
    mark = pl.when(last).then(pl.lit("improvement")).otherwise("mark").alias("mark")
    found = {
        key: replace(one, limits=one.limits.with_columns(mark, hollow=last & hollow))
        for key, one in scorecard.charts(inside).items()
        if one.summary is not None
    }
    groups = scorecard.scorecard_groups(inside, found, None, AS_OF, [])
    drawn = {
        row.name: str(row.sparkline) for group in groups for clause in group.clauses for row in clause.measures
        if row.sparkline is not None
    }  # fmt: skip
    mine = [one for one in inside.policy.measures.values() if one.name in drawn and one.better == better]
    assert mine
    kind = HOLLOW if hollow else "improvement"
    for one in mine:
        alone = sparkline.sparkline([1.0], [kind], better)
        dot = re.search(r'(class="pic-point-[a-z]+").*?d="M\d+ \d+([^"]*)"', alone).groups()
        assert all(part in drawn[one.name] for part in dot), one.name


@pytest.mark.parametrize("name", ["friend_or_follow", "disclosures", "relatives", "suitable"])
def test_every_kind_of_chart(inside, name):
    chart = measure_chart(inside, name)
    assert chart.internal
    assert "NaN" not in chart.html
    assert "None" not in chart.html


@pytest.mark.parametrize("name", ["individual_messages", "open_findings", "disclosures"])
def test_a_funnel_is_of_shares_alone(inside, name):
    with pytest.raises(
        UserError, match=f"{name} is none. Shares are: platforms, disclosed, supervisor_aware"
    ):
        funnel_chart(inside, name)


def test_calls_that_make_no_sense(district, inside):
    with pytest.raises(UserError, match="has no control chart"):
        measure_chart(inside, "overdue")
    with pytest.raises(UserError, match="is not a share"):
        school_charts(inside, "relatives")
    alone = internal(figures(district), district.policy)
    with pytest.raises(UserError, match="by school"):
        funnel_chart(alone, "suitable")
    with pytest.raises(TypeError):
        funnel_chart(district, "suitable")
