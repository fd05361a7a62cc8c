"""Schools beside each other by how much stands behind their figures: the funnel plot."""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import polars as pl

from norwalk_analytics.board import labelling, layers, placing, strokes
from norwalk_analytics.board.layers import LEFT, Layer, Row
from norwalk_analytics.board.pictures import WIDTH
from norwalk_analytics.board.theme import HEX

__all__ = ["funnel"]

_COLUMNS = ("value", "lower", "upper", "low2", "high2", "centre")
_HEIGHT = 280
# What a point of a funnel says: its colour, shape, area and words, in the order of the legend.
_SAID: dict[str, tuple[str, str, int, str]] = {
    "above": ("plum", "triangle-up", 140, "above the limits"),
    "below": ("bar", "triangle-down", 140, "below the limits"),
    "within": ("grey", "circle", 40, "within the limits"),
}


def funnel(
    frame: pl.DataFrame,
    *,
    y_title: str,
    percent: bool,
    n_title: str,
    curves: pl.DataFrame | None = None,
) -> str:
    """A funnel plot: each school's rate over its denominator, with the limits for that denominator.

    Args:
        frame: A row a school: label (String, unlike any other), n (the denominator), value, lower,
            upper (Float64: the limits at three sigma), low2, high2 (at two sigma), centre (the same
            on all rows), mark ("above", "below" or null: within). A point without n or value is not
            drawn; a limit that is null is a gap in its curve.
        y_title: What the values are, with their unit.
        percent: Whether values are proportions from 0 to 1, shown as percentages.
        n_title: What the denominator counts.
        curves: The limits over a finer grid of denominators: n, centre, lower, upper, and perhaps
            low2 and high2; drawn where they lie within the axes of the points. Without it the
            curves join the limits of the points.

    Returns:
        An SVG, 720 wide. Only marked points are labelled.

    Raises:
        ValueError: If rows or columns are missing, a label comes twice, a mark is not known or
            the centre is not the same on all rows.

    Example:
        >>> frame = pl.DataFrame(
        ...     {"label": ["Fox Run", "Kendall"], "n": [40, 160], "value": [0.2, 0.4],
        ...      "lower": [0.0, 0.1], "upper": [0.5, 0.3], "low2": [0.05, 0.12],
        ...      "high2": [0.4, 0.28], "centre": [0.2, 0.2], "mark": [None, "above"]}
        ... )
        >>> svg = funnel(frame, y_title="Items with a finding", percent=True, n_title="Items audited")
        >>> "Kendall" in svg, "Fox Run" in svg
        (True, False)
    """
    scale = 100 if percent else 1
    rows = layers.taken(frame, "label", _COLUMNS, ("mark",), scale)
    for row, sized in zip(rows, layers.taken(frame, "label", ("n",)), strict=True):
        row |= {"n": sized["n"], "kind": row["mark"] or "within"}
    if unknown := {row["mark"] for row in rows} - {"above", "below", None}:
        msg = f"A mark is not {min(unknown)!r}, but one of above, below, or null."
        raise ValueError(msg)
    if len({row["centre"] for row in rows} - {None}) > 1:
        msg = "The centre of a funnel is one: the same on all rows."
        raise ValueError(msg)
    axis = placing.axis_of((row[name] for row in rows for name in _COLUMNS), percent)
    counted = {row["n"] for row in rows if row["n"] is not None}
    least, most = min(counted, default=0), max(counted, default=0)
    clear = least - (most - least) / 20 if len(counted) > 1 else 0  # no point on the axis itself
    sizes = placing.axis_of({clear, *counted}, whole=True)
    least, most = sizes[0], most or sizes[-1]
    lines = _grid(curves, scale) if curves is not None else [row for row in rows if row["n"] is not None]
    lines = sorted((row for row in lines if least <= row["n"] <= most), key=lambda row: row["n"])
    fine = percent and axis[-1] - axis[0] <= 10

    ends = []  # text, colour and value of the labels at the right
    for name, colour, text in (
        ("upper", "band", "outer limit"),
        ("high2", "band", "inner limit"),
        ("centre", "grey", "average"),
        ("low2", "band", "inner limit"),
        ("lower", "band", "outer limit"),
    ):
        kept = {r["n"]: r[name] for r in lines if r.get(name) is not None and axis[0] <= r[name] <= axis[-1]}
        if len(kept) > 1:
            last = list(kept.values())[-1]
            said = f" {placing.number(last, percent=percent, fine=fine)}" if name == "centre" else ""
            ends.append((text + said, colour, last))
    right = max([30, *(math.ceil(placing.width(text)) + 18 for text, _, _ in ends)])
    across = WIDTH - LEFT - right
    for row in (*rows, *lines):
        row["x"] = None if row["n"] is None else round(across * (row["n"] - least) / (most - least), 1)
    outer, inner, centre = (
        _curves(lines, names, axis) for names in (("lower", "upper"), ("low2", "high2"), ("centre",))
    )
    shown = [row for row in rows if row["n"] is not None and row["value"] is not None]
    kinds = {row["kind"] for row in shown}
    named = [kind for kind in _SAID if kind in kinds and kinds != {"within"}]
    x, y = strokes.along("n", sizes, most, across), layers.scaled(axis, _HEIGHT, percent)
    parts: list[Layer | None] = [
        layers.path(inner, y, "limits-inner", "band", [2, 3], 1.25),
        layers.path(outer, y, "limits", "band", [5, 3]),
        layers.path(centre, y, "centre", "grey", [1, 0]),
        *(_points([row for row in shown if row["kind"] == kind], kind, x, y) for kind in reversed(_SAID)),
        *layers.ends(ends, axis, _HEIGHT, across),
        *_labels(shown, [outer, inner, centre], axis, across),
        layers.title(y_title, LEFT),
        strokes.foot(n_title, across, _HEIGHT + 40),
        *_legend(named, _HEIGHT + 68),
    ]
    return layers.drawn(parts, "pic-funnel", (across, _HEIGHT), (32, right, 80 if named else 52, LEFT))


def _grid(curves: pl.DataFrame, scale: float) -> list[Row]:
    """The rows of the frame of curves, by n."""
    columns = ("centre", "lower", "upper", *(name for name in ("low2", "high2") if name in curves.columns))
    lines = strokes.paired(curves, ["n"], columns, (), scale)
    for row in lines:
        row["n"] = float(row["n"])
    return sorted((row for row in lines if math.isfinite(row["n"])), key=lambda row: row["n"])


def _curves(lines: Sequence[Row], names: Sequence[str], axis: Sequence[float]) -> list[Row]:
    """Curves through columns, parted where a value is null or beyond the axis: x, value, part."""
    found: list[Row] = []
    part = 0
    for name in names:
        part += 1
        before = None
        for row in lines:
            value = row.get(name)
            if value is None or not axis[0] <= value <= axis[-1]:
                part += 1
            elif row["x"] != before:  # denominators that are alike have the same limits
                found.append({"x": row["x"], "value": value, "part": part})
                before = row["x"]
    return strokes.slim(found)


def _look(kind: str) -> Mapping[str, Any]:
    """How a point of a kind is drawn: parted from lines by a halo."""
    colour, shape, area, _ = _SAID[kind]
    return {
        "shape": shape,
        "size": area,
        "opacity": 1,
        "fill": HEX[colour],
        "stroke": HEX["background"],
        "strokeWidth": 1,
    }


def _points(rows: Sequence[Row], kind: str, x: alt.X, y: alt.Y) -> alt.Chart | None:
    """The points of one kind."""
    if not rows:
        return None
    drawn = [{"n": row["n"], "value": row["value"]} for row in rows]
    return layers.encoded(layers.chart(drawn, f"point-{kind}").mark_point(**_look(kind)), x=x, y=y)


def _legend(kinds: Sequence[str], y: float) -> list[Layer | None]:
    """A row that says what the shapes mean."""
    found: list[Layer | None] = []
    x = 0.0
    for kind in kinds:
        words = _SAID[kind][3]
        found.append(strokes.spots([{"x": x + 6, "y": y}], f"legend-{kind}", _look(kind)))
        found.append(layers.texts([{"x": x + 17, "y": y, "text": words}], "legend-label", "text"))
        x += placing.width(words) + 38
    return found


def _labels(
    shown: Sequence[Row], curves: Sequence[Sequence[Row]], axis: Sequence[float], across: float
) -> list[Layer | None]:
    """The labels of marked points, each led to its point where it stands further off."""

    def place(row: Row) -> tuple[float, float]:
        return row["x"], strokes.level(row["value"], axis, _HEIGHT) or 0.0

    clear = [place(row) for row in shown]
    for curve in curves:
        for _, part in itertools.groupby(curve, key=lambda row: row["part"]):
            clear += labelling.sampled([place(row) for row in part])
    marked = sorted((row for row in shown if row["mark"]), key=lambda row: (row["n"], row["label"]))
    texts = [placing.fit(row["label"], 200) for row in marked]
    spots = [place(row) for row in marked]
    places = labelling.beside(spots, texts, clear, (across, _HEIGHT))
    leads = []
    said: dict[bool, list[Row]] = {False: [], True: []}
    for (x, y), text, (inner, middle, left) in zip(spots, texts, places, strict=True):
        said[left].append({"x": round(inner, 1), "y": round(middle, 1), "text": text})
        if middle != y:
            end = round(inner + (2 if left else -2), 1)
            leads.append({"x": x, "y": y, "x2": end, "y2": round(middle, 1)})
    return [
        layers.rules(leads, "leader", "grid"),
        layers.texts(said[False], "point-label", "text", "left"),
        layers.texts(said[True], "point-label", "text", "right"),
    ]
