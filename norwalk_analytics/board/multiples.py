"""Schools side by side: small multiples, a control chart of each on one scale."""

import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from norwalk_analytics.board import labelling, layers, placing, strokes
from norwalk_analytics.board.layers import LEFT, Layer, Row
from norwalk_analytics.board.pictures import WIDTH
from norwalk_analytics.board.signals import COMMON, HOLLOW, MARKS, Better, known, symbol

__all__ = ["small_multiples"]

_GAP, _RIGHT = 22, 16  # between two charts of a row; right of the last
_HIGH = {2: 120, 3: 90, 4: 70}  # of a chart, by how many stand in a row
_DOTTED = 7  # pixels a period: with fewer, points of common cause would run into one another
_VALUES = ("value", "centre", "lower", "upper")
_LINES: dict[str, tuple[tuple[str, ...], str, list[float]]] = {
    "limits": (("lower", "upper"), "band", [3, 2]),
    "centre": (("centre",), "band", [1, 0]),
}


class _Grid(NamedTuple):
    """Where the charts stand: how many in a row, the size of each, their titles, the top of each row."""

    in_row: int
    wide: float
    high: float
    titles: list[list[str]]
    tops: list[float]

    def corner(self, i: int) -> tuple[float, float]:
        """The upper left corner of the plot of chart i."""
        row, column = divmod(i, self.in_row)
        return round(column * (self.wide + _GAP), 1), self.tops[row]


def small_multiples(frame: pl.DataFrame, *, y_title: str, percent: bool, better: Better | None) -> str:
    """A grid of small control charts with one y axis, each under the name of its school.

    Args:
        frame: A row a school and period: school (String), period (String, for each school the same
            ones in the same order), value, centre, lower, upper (Float64; null is a gap, or no
            line), mark ("improvement", "concern", "high", "low" or null), hollow (Boolean: not
            judged yet), phase (Int64). Nothing is joined across a gap or from phase to phase.
        y_title: What the values are, with their unit.
        percent: Whether values are proportions from 0 to 1, shown as percentages.
        better: The better direction, or None.

    Returns:
        An SVG, 720 wide, two to four charts a row. Points of common cause that would run into one
        another are left to the line that joins them.

    Raises:
        ValueError: If rows or columns are missing, a school's period comes twice, its periods are
            not those of the first, or a mark is not known.

    Example:
        >>> frame = pl.DataFrame(
        ...     {"school": ["Kendall", "Tracey"], "period": ["Sep 2024"] * 2, "value": [0.9, 0.5],
        ...      "centre": [0.7, 0.7], "lower": [0.6, 0.6], "upper": [0.8, 0.8],
        ...      "mark": [None, "concern"], "hollow": [False, False], "phase": [1, 1]}
        ... )
        >>> small_multiples(frame, y_title="Told", percent=True, better="higher").count("Kendall")
        1
    """
    others = ("mark", "hollow", "phase")
    rows = strokes.paired(frame, ("school", "period"), _VALUES, others, 100 if percent else 1)
    for row in rows:
        row["kind"] = HOLLOW if row["hollow"] else row["mark"] or COMMON
    known(row["kind"] for row in rows)
    schools = _by_school(rows)
    grid = _grid(list(schools))
    whole = all((row["value"] or 0) % 1 == 0 for row in rows) and not percent
    axis = placing.axis_of((row[name] for row in rows for name in _VALUES), percent, whole)
    periods = [row["period"] for row in next(iter(schools.values()))]
    step = grid.wide / len(periods)

    drawn: dict[str, list[Row]] = {"limits": [], "centre": [], "line": [], "frame": []}
    spots: dict[str, list[Row]] = {kind: [] for kind in MARKS}
    names, firsts, lasts = [], [], []
    for i, of_school in enumerate(schools.values()):
        left, top = grid.corner(i)
        lines = {name: _limits(of_school, columns, step) for name, (columns, _, _) in _LINES.items()}
        values, dots = _values(of_school, step)
        for name, places in (lines | {"line": values}).items():
            drawn[name] += _moved(places, i, (left, top), axis, grid.high)
        for place in _moved(dots, i, (left, top), axis, grid.high):
            spots[place["kind"]].append({"x": place["x"], "y": place["value"]})
        right, foot = round(left + grid.wide, 1), top + grid.high
        drawn["frame"] += [
            {"x": x, "value": y, "part": i} for x, y in ((left, top), (left, foot), (right, foot))
        ]
        for n, text in enumerate(grid.titles[i], 1 - len(grid.titles[i])):
            names.append({"x": left, "y": top - 11 + 16 * n, "text": text})
        if i + grid.in_row >= len(schools):  # no chart stands below
            first, last = _ends(periods, grid.wide)
            firsts += [{"x": left, "y": foot + 14, "text": first}] if first else []
            lasts.append({"x": right, "y": foot + 14, "text": last})

    bottom = grid.corner(len(schools) - 1)[1] + grid.high
    shown = {kind for kind, places in spots.items() if places}
    named = _in_rows([kind for kind in MARKS if kind in shown and shown != {COMMON}])
    words = {"limits": "limits", "centre": "average"}
    lined = [(name, words[name], *_LINES[name][1:]) for name in ("centre", "limits") if drawn[name]]
    under = bottom + 44
    parts: list[Layer | None] = [
        strokes.line(drawn["frame"], "frame", "grid", [1, 0], 1),
        *_scale(axis, percent, percent or whole, grid, len(schools)),
        *(
            strokes.line(strokes.slim(drawn[name]), name, colour, dash, 1)
            for name, (_, colour, dash) in _LINES.items()
        ),
        strokes.line(drawn["line"], "line", "grey", [1, 0], 1.25),
        *(strokes.spots(spots[kind], f"point-{kind}", _look(kind, better)) for kind in reversed(MARKS)),
        layers.texts(names, "school", "text"),
        layers.texts(firsts, "date", "text"),
        layers.texts(lasts, "date", "text", "right"),
        layers.title(y_title, LEFT, 0.4),
        *strokes.key(lined, 0, under),
        *itertools.chain(
            *(layers.legend(row, better, under + 22 * (i + bool(lined))) for i, row in enumerate(named))
        ),
    ]
    below = 36 + 22 * (bool(lined) + len(named))
    return layers.drawn(
        parts, "pic-small-multiples", (WIDTH - LEFT - _RIGHT, bottom), (40, _RIGHT, below, LEFT)
    )


def _by_school(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows of each school.

    Raises:
        ValueError: If their periods differ.
    """
    schools: dict[str, list[Row]] = {}
    for row in rows:
        schools.setdefault(row["school"], []).append(row)
    orders = {school: [row["period"] for row in of_school] for school, of_school in schools.items()}
    if odd := [school for school, order in orders.items() if order != next(iter(orders.values()))]:
        msg = f"The periods of {odd[0]} are not those of the first school, in the same order."
        raise ValueError(msg)
    return schools


def _grid(schools: Sequence[str]) -> _Grid:
    """Two to four charts a row, by how many there are; names that are too long on two lines."""
    in_row = 2 if len(schools) <= 4 else 3 if len(schools) <= 9 else 4
    wide = (WIDTH - LEFT - _RIGHT - _GAP * (in_row - 1)) / in_row
    titles = [labelling.wrapped(school, wide) for school in schools]
    tops, foot = [], 0.0
    for row in range(0, len(schools), in_row):
        tops.append(foot + 4 + 16 * max(map(len, titles[row : row + in_row])))
        foot = tops[-1] + _HIGH[in_row] + 24
    return _Grid(in_row, wide, _HIGH[in_row], titles, tops)


def _limits(rows: Sequence[Row], columns: Sequence[str], step: float) -> list[Row]:
    """Lines through columns: in steps, or from middle to middle where steps would be a blur."""
    found = layers.steps(rows, columns, step)
    if step >= _DOTTED:
        return found
    straight: list[Row] = []
    for _, part in itertools.groupby(found, key=lambda place: place["part"]):
        places = list(part)  # two for each period: its edges
        middles = [place | {"x": place["x"] + step / 2} for place in places[::2]]
        straight += [places[0], *middles, places[-1]]
    return straight


def _values(rows: Sequence[Row], step: float) -> tuple[list[Row], list[Row]]:
    """The line through a school's values, parted at nulls and phases, and the points to draw."""
    parts: list[list[Row]] = [[]]
    before = None
    for i, row in enumerate(rows):
        if row["value"] is None or row["phase"] != before:
            parts.append([])
        before = row["phase"]
        if row["value"] is not None:
            place = {"x": (i + 0.5) * step, "value": row["value"], "part": len(parts), "kind": row["kind"]}
            parts[-1].append(place)
    line = [{key: place[key] for key in ("x", "value", "part")} for p in parts if len(p) > 1 for place in p]
    dots = [place for p in parts for place in p if place["kind"] != COMMON or step >= _DOTTED or len(p) == 1]
    return line, dots


def _moved(
    places: Sequence[Row], i: int, corner: tuple[float, float], axis: Sequence[float], high: float
) -> list[Row]:
    """Places of one chart (x in its own pixels, value in its unit) in pixels of the whole."""
    return [
        place
        | {
            "x": round(corner[0] + place["x"], 1),
            "value": round(corner[1] + (strokes.level(place["value"], axis, high) or 0), 1),
            "part": f"{i} {place['part']}",
        }
        for place in places
    ]


def _look(kind: str, better: Better | None) -> Row:
    """A point half as large as on a chart that stands alone."""
    look = symbol(kind, better)
    return look | {"size": look["size"] * 0.5}


def _in_rows(kinds: Sequence[str]) -> list[list[str]]:
    """The marks of the legend in as many rows as they need."""
    rows: list[list[str]] = []
    x = 0.0
    for kind in kinds:
        room = placing.width(MARKS[kind][1]) + 38
        if not rows or x + room > WIDTH - LEFT:
            rows, x = [*rows, []], 0.0
        rows[-1].append(kind)
        x += room
    return rows


def _scale(
    axis: Sequence[float], percent: bool, whole: bool, grid: _Grid, schools: int
) -> list[Layer | None]:
    """The ends of the y axis, and its middle where that is short to say, left of each row of charts."""
    half = round((axis[0] + axis[-1]) / 2, 9)
    middle = [half] if half % 1 == 0 or (not whole and len(f"{half:.6g}") < 5) else []
    ticks, said = [], []
    for i in range(0, schools, grid.in_row):
        left, top = grid.corner(i)
        for value in (axis[0], *middle, axis[-1]):
            y = round(top + (strokes.level(value, axis, grid.high) or 0), 1)
            ticks.append({"x": left - 5, "y": y, "x2": left, "y2": y})
            said.append({"x": left - 9, "y": y, "text": f"{value:,.6g}{' %' if percent else ''}"})
    return [layers.rules(ticks, "tick", "grid"), layers.texts(said, "y-label", "text", "right")]


def _ends(periods: Sequence[str], wide: float) -> tuple[str, str]:
    """The first and the last period where both fit below a chart, else the last alone."""
    first, last = periods[0], placing.fit(periods[-1], wide)
    both = len(periods) > 1 and math.ceil(placing.width(first) + placing.width(last)) + 12 <= wide
    return (first if both else ""), last
