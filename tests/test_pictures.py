"""Pictures read as a reader's machine would: the SVG is parsed, nothing is compared by eye."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import altair as alt
import polars as pl
import pytest
import vl_convert

from norwalk_analytics.board import pictures, placing, rendering, signals, theme
from norwalk_analytics.board.pictures import (
    control_chart,
    platform_bars,
    stock_line,
    year_bars,
)
from norwalk_analytics.board.sparkline import sparkline

SVG = "{http://www.w3.org/2000/svg}"
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
HOSTILE = [
    "<script>alert(1)</script>",
    "datum.value",
    "\"'+alert(1)+'\"",
    "a & b &amp; </svg>",
    "#12436D",
    "null",
    "{{x}} ${y} `z`",
    "[1, 2]",
    "2024-09-01",
    "=1+1",
]


def months(count: int) -> list[str]:
    """So many months from September 2023."""
    return [f"{MONTHS[(8 + i) % 12]} {2023 + (8 + i) // 12}" for i in range(count)]


def series(count: int = 36, **changed: Any) -> pl.DataFrame:
    """A p chart's frame, without marks, whose values go up and down about 0.6."""
    columns: dict[str, Any] = {
        "period": months(count),
        "value": [0.6 + 0.01 * (i * 7 % 11 - 5) for i in range(count)],
        "centre": [0.6] * count,
        "lower": [0.5 - 0.01 * (i % 3) for i in range(count)],
        "upper": [0.7 + 0.01 * (i % 3) for i in range(count)],
        "mark": [None] * count,
        "hollow": [False] * count,
        "phase": [1] * count,
    }
    schema: dict[str, Any] = {"mark": pl.String, "hollow": pl.Boolean, "phase": pl.Int64}
    numbers = dict.fromkeys(("value", "centre", "lower", "upper"), pl.Float64)
    return pl.DataFrame(columns | changed, schema_overrides={**schema, **numbers})


def draw(frame: pl.DataFrame, **changed: Any) -> ET.Element:
    """A control chart as parsed XML."""
    asked: dict[str, Any] = {
        "y_title": "Told in time",
        "percent": True,
        "target": 0.95,
        "better": "higher",
    }
    return ET.fromstring(control_chart(frame, **asked | changed))


def groups(root: ET.Element, name: str) -> list[ET.Element]:
    """What stands in the layers of that name."""
    found = [g for g in root.iter(f"{SVG}g") if g.get("class") == f"pic-{name}"]
    return [child for g in found for child in g]


def said(root: ET.Element, name: str | None = None) -> list[str]:
    """The texts of a layer, or all texts."""
    among = root.iter(f"{SVG}text") if name is None else groups(root, name)
    return [element.text or "" for element in among]


def subpaths(root: ET.Element, name: str) -> list[int]:
    """How many points each unbroken line of a layer joins."""
    return [
        len(re.findall(r"[ML]", part))
        for element in groups(root, name)
        for part in re.findall(r"M[^M]*", element.get("d", ""))
    ]


def at(element: ET.Element) -> tuple[float, float]:
    """Where an element stands in the plot."""
    x, y = re.findall(r"-?[\d.]+", element.get("transform", ""))[:2]
    return float(x), float(y)


@cache
def all_pictures() -> tuple[tuple[str, str], ...]:
    """The pictures of ``every_picture``, drawn once."""
    return tuple(every_picture())


def every_picture() -> Iterator[tuple[str, str]]:
    """One picture of each kind, with all that it can show."""
    marks = ["improvement", "concern", "high", "low", None, None]
    frame = series(6, mark=marks, hollow=[False] * 5 + [True], phase=[1, 1, 1, 2, 2, 2])
    yield (
        "control",
        control_chart(
            frame,
            y_title="Told",
            percent=True,
            target=0.95,
            better="higher",
            events=[("Dec 2023", "Policy adopted")],
        ),
    )
    count = control_chart(
        frame.drop("phase", "hollow").with_columns(phase=pl.lit(1), hollow=pl.lit(False)),
        y_title="Contacts",
        percent=False,
        target=None,
        better=None,
    )
    yield "count", count
    bars = pl.DataFrame({"label": ["X", "Remind", "Other"], "count": [3, 12, 40]})
    yield "platforms", platform_bars(bars, x_title="Registrations")
    years = pl.DataFrame({"label": ["2023–24", "2024–25"], "value": [None, 0.4], "note": ["withheld", None]})
    yield "years", year_bars(years, y_title="Told", percent=True)
    stock = pl.DataFrame(
        {
            "period": months(4),
            "value": [9, 7, None, 8],
            "opened": [1, 0, 4, 3],
            "closed": [0, 2] * 2,
        }
    )
    yield "stock", stock_line(stock, y_title="Open findings")
    yield "sparkline", sparkline([1, None, 2, 4], [None, None, None, "improvement"], "higher")


# Points and marks


def test_each_value_is_one_point_and_one_line_joins_them() -> None:
    """Thirty-six months give as many circles and an unbroken line."""
    root = draw(series())
    assert len(groups(root, "point-common")) == 36
    assert subpaths(root, "line") == [36]
    assert groups(root, "legend-common") == []


def test_marks_differ_in_shape_and_in_colour() -> None:
    """No two kinds of mark look the same without colour, and each has its own colour and words."""
    marks = ["improvement", "concern", None, None]
    root = draw(series(4, mark=marks, hollow=[False, False, False, True]))
    looks = {}
    for kind in ("improvement", "concern", "common", "hollow"):
        (point,) = groups(root, f"point-{kind}")
        (key,) = groups(root, f"legend-{kind}")
        assert point.get("d") == key.get("d")
        assert point.get("fill") == key.get("fill")
        looks[kind] = point.get("d"), point.get("fill")
    assert len({shape for shape, _ in looks.values()}) == 3  # hollow and common are both circles
    assert looks["improvement"][1] == "var(--c-blue, #12436D)"
    assert looks["concern"][1] == "var(--c-orange, #F46A25)"
    assert looks["common"][1] == "var(--c-grey, #3D3D3D)"
    assert looks["hollow"][1] == "var(--c-background, #FFFFFF)"
    assert said(root, "legend-label") == [
        "improvement (special cause)",
        "concern (special cause)",
        "common cause",
        "not judged yet",
    ]


@pytest.mark.parametrize(
    ("mark", "better", "shape"),
    [
        ("improvement", "higher", "triangle-up"),
        ("improvement", "lower", "triangle-down"),
        ("improvement", None, "triangle-up"),
        ("concern", "higher", "diamond"),
        ("concern", "lower", "diamond"),
        ("high", None, "triangle-up"),
        ("low", None, "triangle-down"),
        ("common", "lower", "circle"),
        ("hollow", "higher", "circle"),
    ],
)
def test_shapes(mark: str, better: signals.Better | None, shape: str) -> None:
    """An improvement points to the better side; what has no better side points up and down."""
    assert signals.shape(mark, better) == shape


def test_triangles_point_up_and_down() -> None:
    """Vega's names of shapes mean what they say: an apex, then two corners below or above it."""
    for better, sign in (("higher", -1), ("lower", 1)):
        root = draw(series(3, mark=[None, "improvement", None]), better=better)
        (point,) = groups(root, "point-improvement")
        apex = float(re.findall(r"-?[\d.]+", point.get("d", ""))[1])
        assert apex * sign > 0


def test_the_legend_names_only_what_occurs() -> None:
    """A mark at a month without a value is not drawn and so not explained."""
    root = draw(series(4, mark=["concern", "high", None, None], value=[0.5, None, 0.6, 0.6]))
    assert said(root, "legend-label") == ["concern (special cause)", "common cause"]


def test_a_month_not_judged_is_hollow_whatever_its_mark() -> None:
    """Hollow comes before a mark."""
    root = draw(series(2, mark=[None, "concern"], hollow=[False, True]))
    assert len(groups(root, "point-hollow")) == 1
    assert groups(root, "point-concern") == []


# Lines


def test_a_gap_is_a_gap() -> None:
    """Nothing is joined across a null, and limits end where they are null."""
    value = [0.6, 0.62, None, 0.58, 0.6, None, 0.61]
    limit = [None if v is None else 0.7 for v in value]
    root = draw(series(7, value=value, upper=limit, lower=[None] * 7))
    assert subpaths(root, "line") == [2, 2, 1]
    assert len(groups(root, "point-common")) == 5
    assert subpaths(root, "limits") == [4, 4, 2]  # two ends to each period, none in the gaps
    assert subpaths(root, "centre") == [14]


def test_not_a_number_is_a_gap() -> None:
    """Neither NaN nor infinity is drawn."""
    svg = control_chart(
        series(4, value=[0.6, float("nan"), float("inf"), 0.5]),
        y_title="Told",
        percent=True,
        target=None,
        better=None,
    )
    root = ET.fromstring(svg)
    assert len(groups(root, "point-common")) == 2
    assert subpaths(root, "line") == [1, 1]
    assert not re.search("nan|inf", svg, re.IGNORECASE)


def test_phases_are_not_joined() -> None:
    """Each phase has its own line, centre and limits; the average of the earlier one is said."""
    centre = [0.6] * 5 + [0.8] * 5
    root = draw(series(10, phase=[1] * 5 + [2] * 5, centre=centre))
    assert subpaths(root, "line") == [5, 5]
    assert subpaths(root, "centre") == [10, 10]
    assert subpaths(root, "limits") == [10] * 4
    assert said(root, "phase") == ["average 60 %"]
    assert "average 80 %" in said(root, "end-label")


def test_labels_at_the_right_are_kept_apart() -> None:
    """Centre, both limits and target all but coincide: four labels, none on another."""
    frame = series(12, centre=[0.60] * 12, lower=[0.59] * 12, upper=[0.61] * 12)
    root = draw(frame, target=0.6)
    labels = groups(root, "end-label")
    assert sorted(said(root, "end-label")) == [
        "average 60 %",
        "lower limit",
        "target 60 %",
        "upper limit",
    ]
    heights = sorted(at(label)[1] for label in labels)
    assert all(after - before >= 16 - 0.02 for before, after in pairwise(heights))
    assert groups(root, "leader")


def test_the_centre_line_is_called_what_it_is() -> None:
    """A run chart's centre is a median."""
    assert "median 60 %" in said(draw(series(), centre_label="median"), "end-label")


def test_a_short_series_has_points_alone() -> None:
    """Without centre and limits there is no label for them."""
    none = [None] * 6
    root = draw(series(6, centre=none, lower=none, upper=none), target=None)
    assert said(root, "end-label") == []
    assert groups(root, "centre") == groups(root, "limits") == []
    assert len(groups(root, "point-common")) == 6


def test_events_stand_at_the_start_of_their_period() -> None:
    """The line lies between two periods; an event of no period shown is left out."""
    root = draw(series(10), events=[("Jan 2024", "Policy adopted"), ("Jan 1999", "Long ago")])
    assert said(root, "event-label") == ["Policy adopted"]
    (line,) = groups(root, "event")
    before, after = (at(groups(root, "point-common")[i])[0] for i in (3, 4))
    assert at(line)[0] == pytest.approx((before + after) / 2, abs=0.02)


def test_labels_of_events_are_kept_apart() -> None:
    """Of five events close together, no label lies on another or on a line that goes higher."""
    events = [
        ("Sep 2023", "Start"),
        ("Sep 2024", "A long-named change of the policy in two parts"),
        ("Apr 2025", "New head of IT and training"),
        ("Jun 2025", "Revision of Policy 5131.81 on social media"),
        ("Aug 2025", "Deadline"),
    ]
    root = draw(series(24), events=events)
    boxes = []
    for label in groups(root, "event-label"):
        x, y = at(label)
        wide = placing.width(label.text or "")
        left = x - wide if label.get("text-anchor") == "end" else x
        boxes.append((left, left + wide, y))
    assert len(boxes) == 5
    for i, (left, right, y) in enumerate(boxes):
        assert left >= -56 and right <= 720 - 56
        for other_left, other_right, other_y in boxes[:i]:
            assert abs(y - other_y) >= 16 or right <= other_left or other_right <= left
        for line in groups(root, "event"):
            x, top = at(line)
            assert not (left < x < right and top < y - 10)


# Axes


@pytest.mark.parametrize("count", [1, 3, 12, 24, 36, 60])
def test_month_labels_never_touch(count: int) -> None:
    """Labels are thinned, the last month is always named, and all stand inside the picture."""
    root = draw(series(count))
    labels = [text for text in groups(root, "axis-label") if text.get("text-anchor") == "middle"]
    named = [text.text for text in labels]
    assert named[-1] == months(count)[-1]
    assert set(named) <= set(months(count))
    middles = [(at(text)[0], placing.width(text.text or "")) for text in labels]
    for (one, wide), (two, wider) in pairwise(middles):
        assert one + wide / 2 < two - wider / 2
    assert middles[-1][0] + middles[-1][1] / 2 + 56 <= 720
    assert all(m - w / 2 + 56 >= 0 for m, w in middles)


def test_a_percentage_axis_says_so_and_stays_within_its_bounds() -> None:
    """From 0 to 100 with the sign, and never beyond."""
    root = draw(series(value=[0.1] * 18 + [1.0] * 18))
    labels = [t.text for t in groups(root, "axis-label") if t.get("text-anchor") == "end"]
    assert labels == ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]


def test_counts_have_whole_axis_values() -> None:
    """No half findings."""
    frame = pl.DataFrame({"period": months(3), "value": [3, 12, 9]})
    root = ET.fromstring(stock_line(frame, y_title="Open"))
    labels = [t.text for t in groups(root, "axis-label") if t.get("text-anchor") == "end"]
    assert labels == ["0", "2", "4", "6", "8", "10", "12"]


@pytest.mark.parametrize(
    ("value", "percent", "fine", "text"),
    [
        (62.4, True, False, "62 %"),
        (62.44, True, True, "62.4 %"),
        (100.0, True, False, "100 %"),
        (99.7, True, False, "99.7 %"),
        (99.96, True, False, "over 99.9 %"),
        (0.4, True, False, "0.4 %"),
        (0.04, True, False, "under 0.1 %"),
        (0.0, True, True, "0 %"),
        (1.137, False, False, "1.14"),
        (12.0, False, False, "12"),
        (7538.2, False, False, "7,538"),
    ],
)
def test_numbers(value: float, percent: bool, fine: bool, text: str) -> None:
    """Rounding never says none or all of what is some."""
    assert placing.number(value, percent=percent, fine=fine) == text


def test_spread_keeps_distance_order_and_bounds() -> None:
    """Nudged labels keep their order; where all fit nothing moves."""
    assert placing.spread([10, 100, 50], 16, 0, 240) == [10, 100, 50]
    tight = placing.spread([0, 1, 2, 240, 239], 16, 0, 240)
    assert tight == [0, 16, 32, 240, 224]
    assert placing.spread([], 16, 0, 240) == []


def test_widths_are_not_too_small() -> None:
    """As Chromium measured Liberation Sans at 13 px."""
    measured = {
        "Sep 2024": 56,
        "average 62 %": 80,
        "Norwalk High School": 121,
        "Jul–Sep 2024": 80,
        "WWWW MMMM": 96,
        "Illinois little": 63,
        "improvement (special cause)": 166,
        "2024–25": 51,
    }
    for text, pixels in measured.items():
        assert pixels <= placing.width(text) <= pixels * 1.16


# Bars, stocks, sparklines


def test_platforms_are_sorted_and_other_is_last() -> None:
    """The longest bar is first, ties by name, each with its number, "Other" at the end."""
    frame = pl.DataFrame(
        {
            "label": ["Other (unlisted)", "B", "Instagram", "A", "Otherwise"],
            "count": [900, 4, 1312, 4, None],
            "note": [None, None, None, None, "withheld"],
        }
    )
    root = ET.fromstring(platform_bars(frame, x_title="Active registrations"))
    assert said(root, "axis-label") == ["Instagram", "A", "B", "Otherwise", "Other (unlisted)"]
    assert said(root, "number") == ["1,312", "4", "4", "withheld", "900"]
    assert said(root, "title") == ["Active registrations"]
    assert len(groups(root, "bar")) == 5


def test_years_without_a_value_show_their_note() -> None:
    """A withheld value is a word at the foot of the axis, not a bar of nothing."""
    frame = pl.DataFrame(
        {
            "label": ["2022–23", "2023–24", "2024–25"],
            "value": [None, 0.416, None],
            "note": ["withheld", None, None],
        }
    )
    root = ET.fromstring(year_bars(frame, y_title="Told", percent=True))
    assert said(root, "number") == ["withheld", "42 %", "no figure"]
    assert groups(root, "limits") == []


def test_the_stock_shows_its_flows_when_both_are_given() -> None:
    """Opened goes up, closed goes down, on an axis of its own; the stock's last value is said."""
    frame = pl.DataFrame({"period": months(3), "value": [5, None, 7], "opened": [5, 1, 2]})
    root = ET.fromstring(stock_line(frame, y_title="Open findings"))
    assert groups(root, "opened") == []
    assert subpaths(root, "line") == [1, 1]
    frame = frame.with_columns(closed=pl.Series([0, 0, 1]))
    root = ET.fromstring(stock_line(frame, y_title="Open findings"))
    assert len(groups(root, "opened")) == len(groups(root, "closed")) == 3
    assert said(root, "end-label") == ["7 open"]
    assert said(root, "flow-label") == ["opened", "closed"]
    assert not any("-" in text or "−" in text for text in said(root, "axis-label"))


def test_a_sparkline_is_small_and_whole() -> None:
    """Whole pixels, gaps, one dot in the shape of its mark, hidden from assistive technology."""
    svg = sparkline([1, 2, None, 4, None, 3], [None] * 5 + ["concern"])
    root = ET.fromstring(svg)
    assert (root.get("aria-hidden"), root.get("viewBox")) == ("true", "0 0 120 28")
    line, dot = root
    path = line.get("d", "")
    assert path.count("M") == 3
    assert "." not in path + dot.get("d", "")
    assert dot.get("class") == "pic-point-concern"
    assert len(svg) < 700


@pytest.mark.parametrize("values", [[], [None, None], [3.0], [2.0, 2.0], [float("nan"), 1.0]])
def test_sparklines_of_little(values: list[float | None]) -> None:
    """Nothing, one value, all the same: each is a picture still."""
    root = ET.fromstring(sparkline(values, [None] * len(values)))
    there = any(v is not None and v == v for v in values)
    assert len(root) == (2 if there else 1)


def test_sparkline_dots_differ() -> None:
    """The four kinds of dot have four outlines beside the circle."""
    kinds = ["improvement", "concern", "high", "low", None, "hollow"]
    paths = {kind: ET.fromstring(sparkline([1], [kind], "lower"))[1].get("d") for kind in kinds}
    assert paths["improvement"] == paths["low"] != paths["high"]
    assert paths[None] == paths["hollow"]
    assert len(set(paths.values())) == 4


# Calls that make no sense


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (series(3).drop("upper", "phase"), "lacks upper, phase"),
        (series(3).clear(), "no rows"),
        (series(2, period=["May 2024", "May 2024"]), "once only"),
        (series(2, period=["May 2024", None]), "must be there"),
        (series(2, mark=["worse", None]), "not 'worse'"),
    ],
)
def test_refused(frame: pl.DataFrame, message: str) -> None:
    """What cannot be drawn is said, not drawn."""
    with pytest.raises(ValueError, match=message):
        draw(frame)


def test_a_sparkline_wants_a_mark_for_each_value() -> None:
    """As many marks as values, all of them known."""
    with pytest.raises(ValueError, match="2 values"):
        sparkline([1, 2], [None])
    with pytest.raises(ValueError, match="not 'worse'"):
        sparkline([1], ["worse"])


# Safe, discreet, the same again


@pytest.mark.parametrize("text", HOSTILE)
def test_strings_are_shown_as_they_are(text: str) -> None:
    """Titles, periods, events, labels and notes are data in every picture."""
    two = series(2, period=[text, "Oct 2023"])
    drawn = [
        control_chart(
            two,
            y_title=text,
            percent=False,
            target=None,
            better=None,
            events=[(text, text)],
            centre_label=text,
        ),
        platform_bars(
            pl.DataFrame({"label": [text, "b"], "count": [1, None], "note": [None, text]}),
            x_title=text,
        ),
        year_bars(
            pl.DataFrame({"label": [text, "b"], "value": [1, None], "note": [None, text]}),
            y_title=text,
            percent=False,
        ),
        stock_line(pl.DataFrame({"period": [text], "value": [1]}), y_title=text),
    ]
    for svg, times in zip(drawn, (3, 2, 2, 2), strict=True):
        root = ET.fromstring(svg)
        cut = [shown for shown in said(root) if shown.endswith("…") and text.startswith(shown[:-1])]
        assert said(root).count(text) + len(cut) >= times
        assert {e.tag for e in root.iter()} <= {SVG + t for t in ("svg", "g", "path", "line", "text")}
        assert "<script" not in svg


def test_control_characters_do_not_break_the_picture() -> None:
    """A NUL, half a surrogate pair, a line break and an override in a label leave well-formed XML in its order."""
    root = draw(series(2), y_title="a\x00b\ud800c\nd\u202ee")
    assert said(root, "title") == ["a\ufffdb\ufffdc d\ufffde"]


def test_only_drawn_columns_reach_altair(monkeypatch: pytest.MonkeyPatch) -> None:
    """A column that no picture draws is neither in the specification nor in the SVG."""
    specs: list[dict[str, Any]] = []
    real = vl_convert.vegalite_to_svg

    def spy(spec: dict[str, Any]) -> str:
        specs.append(spec)
        svg: str = real(spec)
        return svg

    monkeypatch.setattr(rendering, "vegalite_to_svg", spy)
    secret = pl.lit("Jane Doe").alias("name")
    drawn = [
        control_chart(series(5).with_columns(secret), y_title="T", percent=True, target=1, better=None),
        platform_bars(pl.DataFrame({"label": ["a"], "count": [1]}).with_columns(secret), x_title="T"),
        year_bars(
            pl.DataFrame({"label": ["a"], "value": [1]}).with_columns(secret),
            y_title="T",
            percent=False,
        ),
        stock_line(pl.DataFrame({"period": ["a"], "value": [1]}).with_columns(secret), y_title="T"),
    ]
    assert len(specs) == 4
    assert "Jane" not in json.dumps(specs) + "".join(drawn)
    fields = {"x", "y", "x2", "y2", "text", "value", "part", "period", "label", "count"}
    for spec in specs:
        alt.LayerChart.from_dict(spec)  # the schema's own check, which rendering leaves out
        rows = [row for values in spec["datasets"].values() for row in values]
        assert rows
        assert {key for row in rows for key in row} <= fields


def test_numbers_are_rounded_before_they_are_drawn() -> None:
    """Two frames that differ in the ninth digit give the same bytes."""
    one, two = (
        control_chart(series(3, value=[value] * 3), y_title="T", percent=True, target=None, better=None)
        for value in (1 / 3, 1 / 3 + 1e-9)
    )
    assert one == two


def test_a_notebooks_altair_settings_change_nothing() -> None:
    """Neither a theme nor a data transformer of the session shows."""
    plain = dict(all_pictures())
    with alt.theme.enable("dark"), alt.data_transformers.enable("csv"):
        assert dict(every_picture()) == plain


PROGRAM = """
import sys
sys.path.insert(0, {folder!r})
from test_pictures import every_picture
sys.stdout.buffer.write("\\n".join(svg for _, svg in every_picture()).encode())
"""


@pytest.mark.long
def test_the_same_bytes_in_another_process() -> None:
    """Time zone, language and hash seed differ; the bytes do not."""
    folder = str(Path(__file__).parent)
    outputs = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM.format(folder=folder)],
            capture_output=True,
            check=True,
            env=os.environ | settings,
            cwd=Path(__file__).parents[1],
        ).stdout
        for settings in (
            {"TZ": "Pacific/Auckland", "PYTHONHASHSEED": "1", "LANG": "C", "PYTHONPATH": "."},
            {"TZ": "UTC", "PYTHONHASHSEED": "77", "LANG": "de_DE.UTF-8", "PYTHONPATH": "."},
        )
    }
    assert outputs == {"\n".join(svg for _, svg in all_pictures()).encode()}


def test_the_package_loads_without_altair() -> None:
    """Only a picture needs Altair."""
    program = "import norwalk_analytics, sys; assert 'altair' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[1], check=False)
    assert done.returncode == 0


# The page that it stands in


@pytest.mark.parametrize(("name", "svg"), all_pictures())
def test_a_picture_can_stand_in_a_page(name: str, svg: str) -> None:
    """One svg element: no prolog, ids, styles, scripts, links or Vega colours; scales down."""
    assert svg.startswith("<svg ") and svg.endswith("</svg>")
    root = ET.fromstring(svg)
    assert root.get("focusable") == "false"
    if name != "sparkline":
        assert root.get("role") == "img"
        assert root.get("aria-hidden") is None
        assert root.get("viewBox", "").startswith("0 0 720 ")
        assert (root.get("width"), root.get("height")) == ("100%", None)
        assert root.get("font-family") == theme.FONT
    for element in root.iter():
        assert not {"id", "style", "href", "clip-path", "onload"} & element.attrib.keys()
        for colour in (element.get("fill"), element.get("stroke")):
            assert colour is None or colour in {"none", "transparent"} | {
                theme.variable(each.name) for each in theme.PALETTE
            }
    assert len(svg) < 20_000


def test_colours_have_enough_contrast_in_light_and_dark() -> None:
    """Each pair in use: text 4.5, graphics 3 (WCAG 2.1 AA)."""
    names = {colour.name: colour for colour in theme.PALETTE}
    for front, back, least in theme.PAIRS:
        for mode in ("light", "dark"):
            ratio = theme.contrast(getattr(names[front], mode), getattr(names[back], mode))
            assert ratio >= least, (front, back, mode, ratio)


def test_contrast_is_that_of_wcag() -> None:
    """Known ratios: black on white, the same, and the two of the house's palette."""
    assert theme.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert theme.contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.005)
    assert theme.contrast("#F46A25", "#FFFFFF") == pytest.approx(3.03, abs=0.005)


def test_the_pairs_are_those_in_use() -> None:
    """Every colour that a picture draws text or graphics in is held to its contrast."""
    asked = {front: least for front, _, least in theme.PAIRS}
    used: dict[str, set[str]] = {"text": set(), "graphic": set()}
    for _, svg in all_pictures():
        for element in ET.fromstring(svg).iter():
            for key in ("fill", "stroke"):
                if name := re.match(r"var\(--c-(\w+)", element.get(key, "")):
                    kind = "text" if element.tag == f"{SVG}text" else "graphic"
                    used[kind].add(name[1])
    assert {asked[name] for name in used["text"]} == {4.5}
    assert used["text"] | used["graphic"] == asked.keys() | {"background"}


def test_the_palette_has_a_name_and_a_light_hex_of_its_own_for_each_colour() -> None:
    """A rendered colour leads back to one name."""
    assert len({colour.name for colour in theme.PALETTE}) == len(theme.PALETTE)
    assert len({colour.light for colour in theme.PALETTE}) == len(theme.PALETTE)
    for colour in theme.PALETTE:
        assert re.fullmatch("#[0-9A-F]{6}", colour.light)
        assert re.fullmatch("#[0-9A-F]{6}", colour.dark)


def test_plain_colours_leave_no_variables() -> None:
    """For renderers without custom properties, and only colours change."""
    for _, svg in all_pictures():
        light, dark = (theme.plain_colours(svg, mode) for mode in ("light", "dark"))
        assert "var(" not in light + dark
        assert light != dark
        assert said(ET.fromstring(light)) == said(ET.fromstring(svg))


def test_the_functions_of_the_board_are_all_here() -> None:
    """What other modules import."""
    assert set(pictures.__all__) == {
        "control_chart",
        "platform_bars",
        "stock_line",
        "year_bars",
    }
