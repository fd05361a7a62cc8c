"""Funnels, small multiples, heat tables, bars of ages and survival curves, read as parsed SVG."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations, pairwise
from math import sqrt
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import altair as alt
import polars as pl
import pytest
import vl_convert
from test_pictures import HOSTILE, SVG, at, groups, months, said, subpaths

from norwalk_analytics.board import heat, labelling, placing, rendering, theme
from norwalk_analytics.board.comparing import funnel
from norwalk_analytics.board.heat import heat_table
from norwalk_analytics.board.multiples import small_multiples
from norwalk_analytics.board.waiting import ageing_bars, survival_curve

SCHOOLS = [
    "Brookside", "Concord Magnet", "Cranbury", "Fox Run", "Jefferson", "Kendall", "Marvin", "Naramake",
    "Rowayton", "Silvermine", "Tracey", "Wolfpit", "South Norwalk", "Nathan Hale", "Ponus Ridge", "Roton",
    "West Rocks", "Norwalk High", "Brien McMahon", "P-TECH", "Norwalk Early Childhood Center",
    "Center for Global Studies", "Brien McMahon High School Annex", "A school with a name that goes on and on and on",
    "School 25", "School 26", "School 27", "School 28", "School 29", "School 30",
]  # fmt: skip
AGES = ["0–30 days", "31–60 days", "61–90 days", "91–365 days", "over 365 days"]
Box = tuple[float, float, float, float]  # left, top, right, bottom


def band(n: float, times: float, share: float = 0.2) -> tuple[float, float]:
    """Limits of a share for a denominator, within 0 and 1."""
    reach = times * sqrt(share * (1 - share) / n)
    return max(0, share - reach), min(1, share + reach)


def sized(sizes: list[float], values: list[float | None], **changed: Any) -> pl.DataFrame:
    """A funnel's frame round 0.2, marks by the limits."""
    rows: list[dict[str, Any]] = []
    for i, (n, value) in enumerate(zip(sizes, values, strict=True)):
        (lower, upper), (low2, high2) = band(n, 3), band(n, 2)
        mark = None if value is None else "above" if value > upper else "below" if value < lower else None
        row = {"label": SCHOOLS[i], "n": n, "value": value, "lower": lower, "upper": upper}
        rows.append(row | {"low2": low2, "high2": high2, "centre": 0.2, "mark": mark})
    frame = pl.DataFrame(rows, schema_overrides={"mark": pl.String, "value": pl.Float64})
    return frame.with_columns(**{name: pl.Series(name, column) for name, column in changed.items()})


def schools() -> pl.DataFrame:
    """Eight schools: one above the limits, one below."""
    return sized([12, 40, 55, 80, 120, 160, 200, 260], [0.4, 0.2, 0.45, 0.15, 0.25, 0.21, 0.08, 0.2])


def curves(sizes: range = range(5, 300, 5)) -> pl.DataFrame:
    """Limits over a fine grid of denominators."""
    names = ("lower", "upper"), ("low2", "high2")
    rows = []
    for n in sizes:
        row: dict[str, float] = {"n": n, "centre": 0.2}
        for pair, times in zip(names, (3, 2), strict=True):
            row |= dict(zip(pair, band(n, times), strict=True))
        rows.append(row)
    return pl.DataFrame(rows)


def draw_funnel(frame: pl.DataFrame, **changed: Any) -> ET.Element:
    """A funnel as parsed XML."""
    asked: dict[str, Any] = {"y_title": "Items with a finding", "percent": True, "n_title": "Items audited"}
    return ET.fromstring(funnel(frame, **asked | changed))


def charts(count: int, periods: int = 12, **changed: Any) -> pl.DataFrame:
    """The frame of so many small charts, without marks."""
    rows = []
    for i in range(count):
        for j, period in enumerate(months(periods)):
            spread = 0.01 * ((7 * j + i) % 11 - 5)
            rows.append({"school": SCHOOLS[i], "period": period, "value": 0.6 + spread, "centre": 0.6,
                         "lower": 0.5 - 0.01 * (j % 3), "upper": 0.7 + 0.01 * (j % 3), "mark": None,
                         "hollow": False, "phase": 1})  # fmt: skip
    frame = pl.DataFrame(rows, schema_overrides={"mark": pl.String})
    return frame.with_columns(**{name: pl.Series(name, column) for name, column in changed.items()})


def draw_charts(frame: pl.DataFrame, **changed: Any) -> ET.Element:
    """Small multiples as parsed XML."""
    asked: dict[str, Any] = {"y_title": "Told in time", "percent": True, "better": "higher"}
    return ET.fromstring(small_multiples(frame, **asked | changed))


def cells(rows: int, columns: list[str]) -> pl.DataFrame:
    """A heat table's frame: values from 0 to 0.39, one withheld, one none."""
    values: list[dict[str, Any]] = [
        {"row": SCHOOLS[i], "column": column, "value": (7 * i + 13 * j) % 40 / 100, "note": None}
        for i in range(rows)
        for j, column in enumerate(columns)
    ]
    values[0] |= {"value": None, "note": "withheld"}
    values[-1] |= {"value": None}
    return pl.DataFrame(values, schema_overrides={"note": pl.String, "value": pl.Float64})


def draw_table(frame: pl.DataFrame, **changed: Any) -> ET.Element:
    """A heat table as parsed XML."""
    asked: dict[str, Any] = {"cell_title": "Items with a finding", "percent": True}
    return ET.fromstring(heat_table(frame, **asked | changed))


def waiting(names: Sequence[str | None], count: int = 20) -> pl.DataFrame:
    """Curves that fall from 1, each a little faster than the one before."""
    rows: list[dict[str, Any]] = []
    for i, name in enumerate(names):
        for j in range(count):
            share = (0.94 - 0.02 * i) ** j
            known = {"lower": max(0, share - 0.08), "upper": min(1, share + 0.08)}
            rows.append({"group": name, "time": 10 * j + i, "share": share} | known)
    return pl.DataFrame(rows, schema_overrides={"group": pl.String})


def draw_curve(frame: pl.DataFrame, **changed: Any) -> ET.Element:
    """A survival curve as parsed XML."""
    asked: dict[str, Any] = {"x_title": "Days since it was opened", "y_title": "Findings still open"}
    return ET.fromstring(survival_curve(frame, **asked | changed))


def ages(**changed: Any) -> pl.DataFrame:
    """Open findings by age, one number withheld."""
    columns: dict[str, Any] = {
        "label": AGES,
        "count": [14, 9, None, 1212, 0],
        "note": [None, None, "withheld", None, None],
    }
    return pl.DataFrame(columns | changed)


def every_picture() -> Iterator[tuple[str, str]]:
    """The pictures, small and large, with all that they can show."""
    few = charts(3, 36, hollow=[i % 36 == 35 for i in range(108)], mark=["improvement", "concern", None] * 36)
    many = charts(30, 36, value=[None if i % 12 > 9 else 0.6 for i in range(1080)])
    neither = charts(7, 8, mark=["high", "low", None, None] * 14, phase=[1, 1, 1, 2, 2, 2, 2, 2] * 7)
    counts = neither.with_columns(pl.col("value", "centre", "lower", "upper") * 4)
    crowd = sized([20 + 3 * i for i in range(30)], [0.9 if i % 2 else 0.0 for i in range(30)])
    sides = {"y_title": "Items with a finding", "percent": True, "n_title": "Items audited"}
    yield "funnel", funnel(schools(), **sides)  # type: ignore[arg-type]
    yield "funnel over a grid", funnel(schools(), **sides, curves=curves())  # type: ignore[arg-type]
    yield "funnel of a crowd", funnel(crowd, **sides, curves=curves())  # type: ignore[arg-type]
    yield "three charts", small_multiples(few, y_title="Told", percent=True, better="higher")
    yield "seven charts", small_multiples(counts, y_title="Contacts", percent=False, better=None)
    yield "thirty charts", small_multiples(many, y_title="Told", percent=True, better="lower")
    years = ["2023–24", "2024–25", "2025–26"]
    yield "years", heat_table(cells(20, years), cell_title="Items with a finding", percent=True)
    clauses = [f"{part}.{i}" for part in "PABC" for i in range(1, 5)]
    yield "clauses", heat_table(cells(6, clauses), cell_title="Items with a finding", percent=True)
    yield "ages", ageing_bars(ages(), x_title="Open findings")
    titles = {"x_title": "Days since it was opened", "y_title": "Findings still open"}
    yield "one curve", survival_curve(waiting([None]), **titles, half=True)
    five = waiting(["2021–22", "2022–23", "2023–24", "2024–25", "2025–26"])
    yield "five curves", survival_curve(five, **titles, half=True)


@cache
def all_pictures() -> tuple[tuple[str, str], ...]:
    """The pictures, drawn once."""
    return tuple(every_picture())


def boxes(root: ET.Element, x: float = 0, y: float = 0) -> Iterator[tuple[ET.Element, Box]]:
    """Every text, path and line, with the box that it takes up in the whole picture."""
    for element in root:
        here = [float(found) for found in re.findall(r"-?[\d.]+", element.get("transform", ""))[:2]] or [0, 0]
        left, top = x + here[0], y + here[1]
        if element.tag == f"{SVG}g":
            yield from boxes(element, left, top)
        elif element.tag == f"{SVG}text":
            wide = placing.width(element.text or "")
            start = left - wide * {"start": 0, "middle": 0.5, "end": 1}[element.get("text-anchor", "start")]
            yield element, (start, top - 6, start + wide, top + 6)
        elif element.tag == f"{SVG}line":
            end = left + float(element.get("x2", 0)), top + float(element.get("y2", 0))
            yield element, (min(left, end[0]), min(top, end[1]), max(left, end[0]), max(top, end[1]))
        elif element.tag == f"{SVG}path":
            xs, ys = zip(*corners(element.get("d", "")), strict=True)
            yield element, (left + min(xs), top + min(ys), left + max(xs), top + max(ys))


def corners(path: str) -> Iterator[tuple[float, float]]:
    """The points that a path goes through."""
    x = y = 0.0
    for command, numbers in re.findall(r"([A-Za-z])([^A-Za-z]*)", path):
        values = [float(found) for found in re.findall(r"-?[\d.]+", numbers)]
        assert command in "MLAhvHVZ"
        if command in "hv":
            x, y = x + values[0] * (command == "h"), y + values[0] * (command == "v")
        elif command in "HV":
            x, y = (values[0], y) if command == "H" else (x, values[0])
        elif command != "Z":
            x, y = values[-2:]
        yield x, y


def over(one: Box, other: Box) -> bool:
    """Whether two boxes overlap."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


# The funnel


def test_marked_schools_alone_are_named() -> None:
    """Eight schools are eight points; the one above and the one below have their names."""
    root = draw_funnel(schools())
    assert [len(groups(root, f"point-{kind}")) for kind in ("above", "below", "within")] == [1, 1, 6]
    assert sorted(said(root, "point-label")) == ["Cranbury", "Marvin"]


def test_marks_of_a_funnel_differ_in_shape_and_in_colour() -> None:
    """A triangle up, a triangle down and a circle, of three colours, explained in words."""
    root = draw_funnel(schools())
    looks = []
    for kind in ("above", "below", "within"):
        (key,) = groups(root, f"legend-{kind}")
        point = groups(root, f"point-{kind}")[0]
        assert (point.get("d"), point.get("fill")) == (key.get("d"), key.get("fill"))
        looks.append((key.get("d"), key.get("fill")))
    assert len({shape for shape, _ in looks}) == len({colour for _, colour in looks}) == 3
    for (shape, _), sign in zip(looks, (-1, 1), strict=False):
        assert float(re.findall(r"-?[\d.]+", shape or "")[1]) * sign > 0  # the apex
    assert said(root, "legend-label") == ["above the limits", "below the limits", "within the limits"]


def test_a_funnel_without_marks_needs_no_legend() -> None:
    """Where all lie within, nothing is to be told apart."""
    root = draw_funnel(sized([20, 40, 90], [0.2, 0.3, 0.25]))
    assert said(root, "legend-label") == said(root, "point-label") == []
    assert len(groups(root, "point-within")) == 3


def test_points_stand_over_their_denominators() -> None:
    """Twice the denominator is twice as far right; a higher rate stands higher."""
    root = draw_funnel(sized([50, 100, 200], [0.1, 0.2, 0.3]))
    places = [at(point) for point in groups(root, "point-within") + groups(root, "point-above")]
    assert places[1][0] == pytest.approx(2 * places[0][0], abs=0.1)
    assert places[2][0] == pytest.approx(4 * places[0][0], abs=0.1)
    assert places[0][1] - places[1][1] == pytest.approx(places[1][1] - places[2][1], abs=0.1)


@pytest.mark.parametrize(("centre", "least"), [(0.85, "78 %"), (0.1, "0 %")])
def test_the_value_axis_of_a_funnel_begins_where_its_points_do(centre: float, least: str) -> None:
    """Points are read by their place: 0 is drawn only where it costs little."""
    around = {
        name: [centre + by] * 2
        for name, by in (("lower", -0.06), ("low2", -0.04), ("centre", 0), ("high2", 0.04), ("upper", 0.06))
    }
    frame = sized([500, 900], [centre, centre + 0.01], **around)
    labels = [t.text for t in groups(draw_funnel(frame), "axis-label") if t.get("text-anchor") == "end"]
    assert labels[0] == least


def test_no_point_of_a_funnel_stands_on_its_axis() -> None:
    """The smallest school is clear of the value axis."""
    root = draw_funnel(sized([80, 90, 98], [0.2, 0.3, 0.25]))
    assert min(at(point)[0] for point in groups(root, "point-within")) > 5


def test_curves_of_limits() -> None:
    """Outer and inner limits are two curves each, and one line is the average; their ends are named."""
    root = draw_funnel(schools(), curves=curves())
    assert [len(subpaths(root, name)) for name in ("limits", "limits-inner", "centre")] == [2, 2, 1]
    assert max(subpaths(root, "limits")) > 40  # a curve, not a polygon through eight schools
    assert {part.get("stroke-dasharray") for part in groups(root, "limits")} == {"5,3"}
    assert {part.get("stroke-dasharray") for part in groups(root, "limits-inner")} == {"2,3"}
    assert sorted(said(root, "end-label")) == ["average 20 %"] + ["inner limit"] * 2 + ["outer limit"] * 2


def test_curves_may_come_in_any_order_and_end_with_the_points() -> None:
    """Sorted by n; nothing is drawn beyond the largest school, or above the axis."""
    shuffled = draw_funnel(schools(), curves=curves(range(1, 600)).sample(fraction=1, shuffle=True, seed=1))
    assert ET.tostring(shuffled) == ET.tostring(draw_funnel(schools(), curves=curves(range(1, 600))))
    for name in ("limits", "limits-inner", "centre"):
        for element in groups(shuffled, name):
            assert all(0 <= x <= 720 and -0.1 <= y <= 280.1 for x, y in corners(element.get("d", "")))


def test_gaps_in_a_funnel() -> None:
    """No inner limits; a school without a value or without a denominator is not drawn."""
    frame = schools().with_columns(low2=None, high2=None)
    frame = frame.with_columns(
        pl.when(pl.col("label") == "Fox Run").then(None).otherwise("value").alias("value")
    )
    frame = frame.with_columns(pl.when(pl.col("label") == "Kendall").then(None).otherwise("n").alias("n"))
    root = draw_funnel(frame)
    assert groups(root, "limits-inner") == []
    assert sum(len(groups(root, f"point-{kind}")) for kind in ("above", "below", "within")) == 6
    assert "inner limit" not in said(root)


@pytest.mark.parametrize("values", [[None, None], [float("nan"), 0.2], [0.0, 0.0]])
def test_funnels_of_little(values: list[float | None]) -> None:
    """Nothing to draw, or all at the bottom: a picture still."""
    svg = funnel(sized([30, 30], values), y_title="T", percent=True, n_title="N")
    assert not re.search("nan|inf", svg, re.IGNORECASE)


def test_labels_of_points_keep_apart() -> None:
    """Two points on one another have two labels, neither on the other nor beyond the plot."""
    places = labelling.beside([(190, 4), (190, 4)], ["Brookside", "Kendall"], [], (200, 100))
    assert [left for _, _, left in places] == [True, True]
    assert abs(places[0][1] - places[1][1]) >= 16
    assert all(8 <= y <= 92 for _, y, _ in places)


# Small multiples


@pytest.mark.parametrize(("count", "in_row"), [(1, 1), (2, 2), (4, 2), (5, 3), (9, 3), (10, 4), (30, 4)])
def test_charts_stand_in_a_grid(count: int, in_row: int) -> None:
    """Two to four in a row by how many there are, each under its school's name."""
    root = draw_charts(charts(count))
    frames = [list(corners(element.get("d", ""))) for element in groups(root, "frame")]
    assert len(frames) == count
    assert len({corner[0] for corner in frames}) >= count  # no two in one place
    assert len({corner[0][0] for corner in frames}) == in_row
    whole = " ".join(said(root, "school"))
    assert all(school in whole for school in SCHOOLS[: min(count, 22)])


def test_small_charts_share_one_scale() -> None:
    """The same value stands as high in every chart, whatever else the chart holds."""
    frame = charts(2, 3, value=[0.1, 0.5, 0.9, 0.5, 0.5, 0.5])
    root = draw_charts(frame)
    heights = [at(point)[1] for point in groups(root, "point-common")]
    assert heights[1] == heights[3] == heights[4] == heights[5]
    assert said(root, "y-label") == ["0 %", "50 %", "100 %"]


def test_marks_of_small_charts() -> None:
    """Shapes and colours are those of the control chart, and the legend names what occurs."""
    frame = charts(2, 4, mark=["improvement", "concern", None, None] * 2, hollow=[False] * 7 + [True])
    root = draw_charts(frame)
    found = {kind: groups(root, f"point-{kind}") for kind in ("improvement", "concern", "common", "hollow")}
    assert {kind: len(points) for kind, points in found.items()} == {
        "improvement": 2, "concern": 2, "common": 3, "hollow": 1,
    }  # fmt: skip
    assert found["improvement"][0].get("fill") == theme.variable("blue")
    assert found["concern"][0].get("fill") == theme.variable("orange")
    shapes = {points[0].get("d") for points in found.values()}
    assert len(shapes) == 3  # hollow and common are both circles
    assert said(root, "legend-label")[:2] == ["average", "limits"]
    assert len(said(root, "legend-label")) == 6


def test_a_long_legend_goes_on_in_a_further_row() -> None:
    """All kinds at once, which no chart of one measure has, are within the picture."""
    frame = charts(2, 6, mark=["improvement", "concern", "high", "low", None, None] * 2)
    svg = small_multiples(frame, y_title="T", percent=True, better="lower")
    for _, (left, _, right, _) in boxes(ET.fromstring(svg)):
        assert left >= 0 and right <= 720


def test_gaps_and_phases_part_small_charts() -> None:
    """Nothing is joined across a gap, from one phase to the next, or from school to school."""
    value = [0.6, 0.6, None, 0.7, 0.6, 0.7] + [0.6] * 6
    root = draw_charts(charts(2, 6, value=value, phase=[1] * 6 + [1, 1, 1, 2, 2, 2]))
    assert subpaths(root, "line") == [2, 3, 3, 3]
    assert len(groups(root, "point-common")) == 11
    assert len(subpaths(root, "centre")) == 3
    assert len(subpaths(root, "limits")) == 6


def test_points_that_would_touch_are_left_to_the_line() -> None:
    """At 36 months in a row of four, marks, months not judged and lone months have points."""
    value = [0.6] * 36 * 10
    value[3:8] = [None, None, 0.7, None, None]  # type: ignore[list-item]
    hollow = [i % 36 == 35 for i in range(360)]
    marks = ["concern" if i == 50 else None for i in range(360)]
    root = draw_charts(charts(10, 36, value=value, hollow=hollow, mark=marks))
    assert [len(groups(root, f"point-{kind}")) for kind in ("common", "hollow", "concern")] == [1, 10, 1]
    assert len(subpaths(root, "line")) == 11


def test_periods_are_named_under_the_lowest_chart_of_each_column() -> None:
    """The first and the last period, where nothing stands below."""
    root = draw_charts(charts(5, 12))
    assert said(root, "date").count("Sep 2023") == said(root, "date").count("Aug 2024") == 3
    assert said(draw_charts(charts(1, 1)), "date") == ["Sep 2023"]


def test_names_on_two_lines() -> None:
    """A name that is too long goes on below; one that is far too long is cut, and said to be."""
    assert labelling.wrapped("Norwalk Early Childhood Center", 140) == ["Norwalk Early", "Childhood Center"]
    assert labelling.wrapped("Roton", 140) == ["Roton"]
    first, second = labelling.wrapped(SCHOOLS[23], 140)
    assert first == "A school with a name" and second.endswith("…")
    (cut,) = labelling.wrapped("x" * 50, 140)
    assert cut.endswith("…") and placing.width(cut) <= 140


# Bars of ages


def test_ages_keep_their_order() -> None:
    """The youngest first, each with its number; a bar of nothing is none."""
    root = ET.fromstring(ageing_bars(ages(), x_title="Open findings"))
    assert said(root, "bar-label") == AGES
    assert said(root, "number") == ["14", "9", "withheld", "1,212", "0"]
    assert said(root, "title") == ["Open findings"]
    wide = [box[2] - box[0] for element, box in boxes(root) if element in groups(root, "bar")]
    assert len(wide) == 3
    assert wide[0] / wide[2] == pytest.approx(14 / 1212, rel=0.02)


def test_ages_without_notes() -> None:
    """A null is said in words all the same."""
    root = ET.fromstring(ageing_bars(ages().drop("note"), x_title="Open findings"))
    assert said(root, "number")[2] == "no figure"


# Survival curves


def test_a_curve_goes_in_steps() -> None:
    """Each share holds to the next time: all lines are level or upright."""
    root = draw_curve(waiting([None], 4))
    (line,) = groups(root, "group-a")
    places = list(corners(line.get("d", "")))
    assert len(places) == 7
    for (x, y), (x2, y2) in pairwise(places):
        assert x == x2 or y == y2
    assert places[0][1] == 0 and places[-1][1] > places[0][1]
    assert said(root, "end-label") == ["83 %"]


def test_groups_differ_in_dash_and_colour_and_are_named() -> None:
    """Five groups: five dashes, five colours, five labels in the colours of their lines."""
    names = ["2021–22", "2022–23", "2023–24", "2024–25", "2025–26"]
    root = draw_curve(waiting(names))
    lines = [groups(root, f"group-{letter}")[0] for letter in "abcde"]
    colours = [line.get("stroke") for line in lines]
    assert len(set(colours)) == len({line.get("stroke-dasharray") for line in lines}) == 5
    labels = groups(root, "end-label")
    assert [re.match(r"\S+", label.text or "")[0] for label in labels] == names  # type: ignore[index]
    assert [label.get("fill") for label in labels] == colours
    assert len(groups(root, "band")) == 5
    assert len(groups(root, "halo")) == 5  # parts a line from the bands that it stands on
    assert {halo.get("stroke") for halo in groups(root, "halo")} == {theme.variable("background")}


def test_rows_of_a_curve_may_come_in_any_order() -> None:
    """Times are sorted within their group."""
    frame = waiting(["a", "b"])
    mixed = pl.concat([frame.head(1), frame[1:].sample(fraction=1, shuffle=True, seed=2)])
    assert ET.tostring(draw_curve(mixed)) == ET.tostring(draw_curve(frame))


def test_gaps_in_a_curve_and_its_band() -> None:
    """A null share ends the line at its time; a null limit ends the band alone."""
    frame = waiting([None], 6).with_columns(
        share=pl.Series([1.0, 0.9, None, 0.7, 0.6, 0.5]), lower=pl.Series([None, 0.8, 0.7, 0.6, None, 0.4])
    )
    root = draw_curve(frame)
    assert len(subpaths(root, "group-a")) == 2
    assert len(subpaths(root, "lower")) == len(subpaths(root, "upper")) == 2
    assert draw_curve(frame.with_columns(lower=None, upper=None)) is not None


def test_the_axis_of_shares_is_whole() -> None:
    """From 0 to 100 %, however few there are; times begin at 0."""
    frame = waiting(["a"]).with_columns(share=pl.lit(0.02), lower=None, upper=None)
    labels = groups(draw_curve(frame), "axis-label")
    assert [t.text for t in labels if t.get("text-anchor") == "end"] == [f"{i} %" for i in range(0, 101, 20)]
    assert next(t.text for t in labels if t.get("text-anchor") == "middle") == "0"


def test_the_line_of_one_half() -> None:
    """Drawn where asked for, level, and named."""
    assert groups(draw_curve(waiting([None])), "half") == []
    root = draw_curve(waiting([None]), half=True)
    (line,) = groups(root, "half")
    assert {y for _, y in corners(line.get("d", ""))} == {130}
    assert "half" in said(root, "end-label")


@pytest.mark.parametrize("count", [1, 2])
def test_curves_of_little(count: int) -> None:
    """One row or two, or no share at all: a picture still."""
    draw_curve(waiting(["a"], count))
    draw_curve(waiting(["a"], count).with_columns(share=pl.lit(None, pl.Float64)), half=True)


# Heat tables


def test_each_cell_has_its_number() -> None:
    """As many cells as values, each with its number on its tint; nulls in words without one."""
    frame = cells(5, ["2023–24", "2024–25"])
    root = draw_table(frame)
    filled = [box for tint in heat._TINTS for box in groups(root, f"cell-{tint}")]
    assert len(filled) == len(said(root, "number")) == 8
    assert said(root, "word") == ["withheld", "none"]
    assert said(root, "column") == ["2023–24", "2024–25"]
    assert said(root, "row") == SCHOOLS[:5]


def test_tints_deepen_with_the_numbers() -> None:
    """Four tints in use; numbers stand on the tint that the legend gives them."""
    root = draw_table(cells(20, ["2023–24", "2024–25", "2025–26"]))
    words = said(root, "legend-label")
    assert words == ["under 10 %", "10 to under 20 %", "20 to under 30 %", "30 % and over"]
    numbers = {element.text: box for element, box in boxes(root) if element in groups(root, "number")}
    for n, tint in enumerate(heat._TINTS):
        drawn = [box for element, box in boxes(root) if element in groups(root, f"cell-{tint}")]
        inside = [
            int(re.findall(r"\d+", text or "")[0])
            for text, box in numbers.items()
            if any(over(cell, box) for cell in drawn)
        ]
        assert inside and all(10 * n <= value < 10 * n + 10 for value in inside)


def test_text_has_contrast_on_each_tint() -> None:
    """4.5 in light and dark, and the pairs are on the palette's list, whose own test holds them."""
    names = {colour.name: colour for colour in theme.PALETTE}
    assert len(heat._TINTS) >= 4
    for tint in heat._TINTS:
        assert ("text", tint, 4.5) in theme.PAIRS
        for mode in ("light", "dark"):
            assert theme.contrast(getattr(names["text"], mode), getattr(names[tint], mode)) >= 4.5


def test_cells_are_parted_by_a_line_of_background() -> None:
    """No two cells touch."""
    root = draw_table(cells(6, ["2023–24", "2024–25", "2025–26"]))
    filled = [box for e, box in boxes(root) for t in heat._TINTS if e in groups(root, f"cell-{t}")]
    for (left, top, right, bottom), other in combinations(filled, 2):
        assert not over((left - 1.5, top - 1.5, right + 1.5, bottom + 1.5), other)


def test_columns_that_do_not_fit_go_on_below() -> None:
    """Thirty-six months are some blocks, each with the names of its rows; no number is cut."""
    root = draw_table(cells(3, months(36)))
    assert said(root, "column") == months(36)
    blocks, rest = divmod(len(said(root, "row")), 3)
    assert blocks > 1 and rest == 0
    assert not any("…" in text for text in said(root))


def test_a_cell_that_the_frame_lacks_is_none() -> None:
    """A school that was not audited in a year has no row in the frame."""
    frame = pl.DataFrame({"row": ["A", "B"], "column": ["x", "y"], "value": [1.0, 2.0]})
    root = draw_table(frame, percent=False)
    assert said(root, "word") == ["none", "none"]
    assert sorted(said(root, "number")) == ["1", "2"]


@pytest.mark.parametrize(
    ("values", "percent", "words"),
    [
        ([0.0, 1.0], True, ["under 25 %", "25 to under 50 %", "50 to under 75 %", "75 % and over"]),
        ([0.5, 0.5], True, ["50 to 51 %"]),
        ([0.9961, 0.9989], True, ["under 99.7 %", "99.7 to under 99.8 %", "99.8 % and over"]),
        ([0, 3], False, ["0", "1", "2 to 3"]),
        ([0, 12], False, ["0 to 4", "5 to 9", "10 to 15"]),
        ([0, 0], False, ["0 to 1"]),
        ([0.5, 2.25], False, ["under 1", "1 to under 1.5", "1.5 to under 2", "2 and over"]),
        ([1000, 4900], False, ["1,000 to 1,999", "2,000 to 2,999", "3,000 to 3,999", "4,000 to 5,000"]),
        ([None, None], True, []),
    ],
)
def test_steps_are_round(values: list[float | None], percent: bool, words: list[str]) -> None:
    """Whole numbers have whole steps; one value, or none at all, is a table still."""
    frame = pl.DataFrame({"row": ["A", "B"], "column": ["x"] * 2, "value": values})
    assert said(draw_table(frame, percent=percent), "legend-label") == words


# Calls that make no sense


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (schools().drop("low2"), "lacks low2"),
        (schools().drop("n"), "lacks n"),
        (schools().drop("label"), "lacks label"),
        (schools().clear(), "no rows"),
        (pl.concat([schools(), schools()]), "once only"),
        (schools().with_columns(mark=pl.lit("concern")), "not 'concern'"),
        (schools().with_columns(mark=pl.lit("within")), "not 'within'"),
        (schools().with_columns(centre=pl.col("value")), "the same on all rows"),
    ],
)
def test_funnels_refused(frame: pl.DataFrame, message: str) -> None:
    """What cannot be drawn is said, not drawn."""
    with pytest.raises(ValueError, match=message):
        draw_funnel(frame)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (curves().drop("upper"), "lacks upper"),
        (curves().drop("n"), "lacks n"),
        (curves().clear(), "no rows"),
        (pl.concat([curves(), curves()]), "each n must be there, and once only"),
    ],
)
def test_curves_refused(frame: pl.DataFrame, message: str) -> None:
    """The frame of curves is held to the same."""
    with pytest.raises(ValueError, match=message):
        draw_funnel(schools(), curves=frame)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (charts(2).drop("school"), "lacks school"),
        (charts(2).drop("phase"), "lacks phase"),
        (charts(2).clear(), "no rows"),
        (pl.concat([charts(1), charts(1)]), "each school and period must be there, and once only"),
        (charts(2).with_columns(period=pl.lit(None, pl.String)), "must be there"),
        (charts(2).with_columns(mark=pl.lit("worse")), "not 'worse'"),
        (charts(2).head(20), "periods of Concord Magnet"),
        (pl.concat([charts(1), charts(2)[12:][::-1]]), "periods of Concord Magnet"),
    ],
)
def test_small_multiples_refused(frame: pl.DataFrame, message: str) -> None:
    """A school whose months are not the first's would stand on another scale of time."""
    with pytest.raises(ValueError, match=message):
        draw_charts(frame)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (waiting(["a"]).drop("share"), "lacks share"),
        (waiting(["a"]).drop("group"), "lacks group"),
        (waiting(["a"]).clear(), "no rows"),
        (pl.concat([waiting(["a"]), waiting(["a"])]), "each group and time must be there, and once only"),
        (waiting(["a", None]), "must be there"),
        (waiting(list("abcdef")), "5 groups apart, not 6"),
        (waiting(["a"]).with_columns(time=pl.col("time") - 5), "a number from 0"),
        (waiting(["a"], 1).with_columns(time=pl.lit(float("nan"))), "a number from 0"),
        (waiting(["a"]).with_columns(upper=pl.lit(1.2)), "upper .* from 0 to 1"),
        (waiting(["a"]).with_columns(share=pl.lit(-0.1)), "share .* from 0 to 1"),
    ],
)
def test_survival_curves_refused(frame: pl.DataFrame, message: str) -> None:
    """What cannot be drawn is said, not drawn."""
    with pytest.raises(ValueError, match=message):
        draw_curve(frame)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (cells(2, ["x"]).drop("value"), "lacks value"),
        (cells(2, ["x"]).drop("row", "column"), "lacks row, column"),
        (cells(2, ["x"]).clear(), "no rows"),
        (cells(2, ["x", "x"]), "each row and column must be there, and once only"),
    ],
)
def test_heat_tables_refused(frame: pl.DataFrame, message: str) -> None:
    """What cannot be drawn is said, not drawn."""
    with pytest.raises(ValueError, match=message):
        draw_table(frame)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (ages().drop("count"), "lacks count"),
        (ages().clear(), "no rows"),
        (pl.concat([ages(), ages()]), "once only"),
    ],
)
def test_bars_of_ages_refused(frame: pl.DataFrame, message: str) -> None:
    """What cannot be drawn is said, not drawn."""
    with pytest.raises(ValueError, match=message):
        ageing_bars(frame, x_title="Open findings")


# All of them


@pytest.mark.parametrize(("name", "svg"), all_pictures())
def test_nothing_is_cut_off(name: str, svg: str) -> None:
    """Every text, path and line lies within the view box."""
    root = ET.fromstring(svg)
    _, _, wide, high = (float(part) for part in root.get("viewBox", "").split())
    assert wide == 720
    for element, (left, top, right, bottom) in boxes(root):
        assert left >= 0 and top >= 0 and right <= wide and bottom <= high, ET.tostring(element)


@pytest.mark.parametrize(("name", "svg"), all_pictures())
def test_no_text_lies_on_another(name: str, svg: str) -> None:
    """Names, numbers, axes and legends keep apart, and the labels of thirty marked schools too."""
    root = ET.fromstring(svg)
    texts = [(element.text, box) for element, box in boxes(root) if element.tag == f"{SVG}text"]
    assert not [(one, two) for (one, a), (two, b) in combinations(texts, 2) if over(a, b)]


@pytest.mark.parametrize(("name", "svg"), all_pictures())
def test_a_picture_can_stand_in_a_page(name: str, svg: str) -> None:
    """One svg element: no prolog, ids, styles, scripts or links; colours of the palette alone."""
    assert svg.startswith("<svg ") and svg.endswith("</svg>")
    root = ET.fromstring(svg)
    assert (root.get("role"), root.get("focusable"), root.get("width")) == ("img", "false", "100%")
    assert root.get("font-family") == theme.FONT
    colours = {"none", "transparent"} | {theme.variable(each.name) for each in theme.PALETTE}
    asked = {front: least for front, _, least in theme.PAIRS}
    for element in root.iter():
        assert element.tag in {SVG + tag for tag in ("svg", "g", "path", "line", "text")}
        assert not {"id", "style", "href", "clip-path", "onload"} & element.attrib.keys()
        for key in ("fill", "stroke"):
            assert element.get(key, "none") in colours
            if element.tag == f"{SVG}text" and (found := re.match(r"var\(--c-(\w+)", element.get(key, ""))):
                assert asked[found[1]] == 4.5
    assert len(svg) < (120_000 if name == "thirty charts" else 40_000)
    assert "var(" not in theme.plain_colours(svg, "dark")


@pytest.mark.parametrize("text", HOSTILE)
def test_strings_are_shown_as_they_are(text: str) -> None:
    """Titles, names, periods, groups and notes are data in every picture."""
    two = charts(2, 2).with_columns(
        school=pl.col("school").replace("Brookside", text), period=pl.col("period").replace("Oct 2023", text)
    )
    table = cells(2, ["x", "y"]).with_columns(
        row=pl.col("row").replace("Brookside", text),
        column=pl.col("column").replace("x", text),
        note=pl.col("note").replace("withheld", text),
    )
    drawn = [
        funnel(
            schools().with_columns(label=pl.col("label").replace("Cranbury", text)),
            y_title=text, percent=True, n_title=text,
        ),
        small_multiples(two, y_title=text, percent=True, better=None),
        heat_table(table, cell_title=text, percent=True),
        ageing_bars(ages(label=[text, *AGES[1:]], note=[None, None, text, None, None]), x_title=text),
        survival_curve(waiting([text, "b"]), x_title=text, y_title=text),
    ]  # fmt: skip
    for svg, times in zip(drawn, (3, 3, 4, 3, 3), strict=True):
        root = ET.fromstring(svg)
        shown = [each for each in said(root) if text[:3] in each]
        assert len(shown) >= times
        assert sum(each == text for each in shown) >= 2
        assert "<script" not in svg


def test_control_characters_do_not_break_a_picture() -> None:
    """A NUL, half a surrogate pair and a line break leave well-formed XML."""
    frame = charts(1, 2).with_columns(school=pl.lit("a\x00b\nc"))
    assert said(draw_charts(frame), "school") == ["a\ufffdb c"]
    assert said(draw_curve(waiting([None]), x_title="a\x00\ud800"), "x-title") == ["a\ufffd\ufffd"]


def test_only_drawn_columns_reach_altair(monkeypatch: pytest.MonkeyPatch) -> None:
    """A column that no picture draws is neither in the specification nor in the SVG; the schema holds."""
    specs: list[dict[str, Any]] = []
    real = vl_convert.vegalite_to_svg

    def spy(spec: dict[str, Any]) -> str:
        specs.append(spec)
        svg: str = real(spec)
        return svg

    monkeypatch.setattr(rendering, "vegalite_to_svg", spy)
    secret = pl.lit("Jane Doe").alias("name")
    draw_funnel(schools().with_columns(secret), curves=curves().with_columns(secret))
    draw_charts(charts(3).with_columns(secret))
    draw_table(cells(3, ["x"]).with_columns(secret))
    draw_curve(waiting(["a"]).with_columns(secret), half=True)
    ageing_bars(ages().with_columns(secret), x_title="T")
    assert len(specs) == 5
    assert "Jane" not in json.dumps(specs)
    assert "Fox Run" not in json.dumps(specs[0])  # within the limits, so not named
    fields = {"x", "y", "x2", "y2", "text", "value", "part", "n", "time"}
    for spec in specs:
        alt.LayerChart.from_dict(spec)
        assert {key for values in spec["datasets"].values() for row in values for key in row} <= fields


PROGRAM = """
import sys
sys.path.insert(0, {folder!r})
from test_pictures_more import every_picture
sys.stdout.buffer.write("\\n".join(svg for _, svg in every_picture()).encode())
"""


@pytest.mark.long
def test_the_same_bytes_in_another_process() -> None:
    """Time zone, language and hash seed differ; the bytes do not."""
    whole = "\n".join(svg for _, svg in all_pictures()).encode()
    assert "\n".join(svg for _, svg in every_picture()).encode() == whole
    for settings in (
        {"TZ": "Pacific/Auckland", "PYTHONHASHSEED": "1", "LANG": "C", "PYTHONPATH": "."},
        {"TZ": "UTC", "PYTHONHASHSEED": "77", "LANG": "de_DE.UTF-8", "PYTHONPATH": "."},
    ):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM.format(folder=str(Path(__file__).parent))],
            capture_output=True,
            check=True,
            env=os.environ | settings,
            cwd=Path(__file__).parents[1],
        )
        assert done.stdout == whole


def test_a_name_of_many_characters_is_cut_by_looking_at_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A word, or words, without end: the same cut as of the beginning alone, and no character is measured often."""
    measured: list[int] = []
    real = placing.width
    monkeypatch.setattr(placing, "width", lambda text, *size: measured.append(len(text)) or real(text, *size))
    for text in ("W" * 10_000, "i" * 10_000, "zq " * 4_000, " " * 10_000):
        for cut in (lambda one: [placing.fit(one, 140)], lambda one: labelling.wrapped(one, 140)):
            assert cut(text) == cut(text[:200])
    assert sum(measured) < 1_000_000
