"""Charts to explore with in JupyterLab: numbers under the pointer, zoom, one school picked out.

They are for internal figures alone, and never leave the notebook: a page takes its own type of output, which stays
the SVG. JupyterLab draws Vega-Lite 5 by itself, so nothing is loaded and no script stands in a notebook.
"""

from __future__ import annotations

import re
import textwrap
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from norwalk_analytics.board.plain import INTERNAL
from norwalk_analytics.board.signals import COMMON, HOLLOW, MARKS, shape
from norwalk_analytics.board.theme import FONT, HEX, in_lab, plain_colours

MIME = "application/vnd.vegalite.v5+json"
SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
"""The newest that JupyterLab 4 draws; what Altair 6 writes is of the next."""
MARK = "Internal: not for publication"
HOW = "Point at a mark for its numbers. Drag to move, turn the wheel to zoom, double-click to go back."
WIDTH, HEIGHT, LINE = 640, 280, 100  # pixels; characters of a line of the title
FUNNEL = {"above": ("plum", "triangle-up"), "below": ("bar", "triangle-down"), "within": ("grey", "circle")}
EMBEDDED = {"renderer": "svg", "actions": False}
"""An SVG takes the colours of JupyterLab's theme. No menu: it offers to hand the figures to an editor on the web."""

ALL = "(all)"
ZOOM = {"name": "zoom", "select": {"type": "interval"}, "bind": "scales"}
DATES = {"parse": {"start": "utc:'%Y-%m-%d'"}}

Spec = dict[str, Any]
_SWITCH = {"on": False}


def interactive(on: bool = True) -> None:
    """Show charts of internal figures as charts to explore with, in JupyterLab; ``interactive(False)`` goes back.

    What is made of publishable figures stays a picture, and so does whatever a page prints. Go back before a notebook
    is kept: an output holds every figure of its chart.

    Args:
        on: whether they are.

    Example:
        >>> interactive()
        >>> is_interactive()
        True
        >>> interactive(False)
    """
    _SWITCH["on"] = on


def is_interactive() -> bool:
    """Whether charts of internal figures are to explore with."""
    return _SWITCH["on"]


def bundle(spec: Spec, html: str, words: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What Jupyter is given of a chart to explore with: the specification, and the picture for where it is not drawn.

    No HTML, which JupyterLab would take before it; and a PNG, since it would keep one of its own making.
    """
    from vl_convert import svg_to_png

    picture = _picture(html)
    white = picture.replace(">", f'><rect width="100%" height="100%" fill="{HEX["background"]}"/>', 1)
    data = {
        INTERNAL: html,
        MIME: spec,
        "image/svg+xml": picture,
        "image/png": b64encode(svg_to_png(white)).decode(),
        "text/plain": words,
    }
    return data, {MIME: {"embed_options": EMBEDDED}}


def _picture(html: str) -> str:
    """The picture of a piece, able to stand alone."""
    found = re.search(r"<svg.*?</svg>", html, re.DOTALL)
    assert found, "what can be explored has a picture"
    return plain_colours(found[0].replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1))


def over_time(
    points: pl.DataFrame, *, title: str, words: str, y_title: str, percent: bool, better: str | None,
    target: float | None = None, events: Sequence[Any] = (), every: bool = False,
) -> Spec:  # fmt: skip
    """A control chart of one series at a time.

    Args:
        points: a row a point: series, start (Date), period (as it is said), value, centre, lower, upper, mark, hollow,
            phase; and in words what is counted, the rate, the limits.
        title: what the chart shows.
        words: the same, for who can't see it.
        y_title: what the values are.
        percent: whether they are shares.
        better: the better direction, if there is one.
        target: in the unit of the values.
        events: dated lines, each with a date and a label.
        every: whether it begins with all series together, without their limits.
    """
    names = points["series"].unique(maintain_order=True).to_list()
    mark = pl.when("hollow").then(pl.lit(HOLLOW)).otherwise(pl.col("mark").fill_null(COMMON))
    kinds = [kind for kind in MARKS if kind in set(points.select(mark).to_series())]
    rows = points.drop("mark", "hollow", "phase").with_columns(
        pl.col("start").cast(pl.String),
        part=pl.format("{} {}", "series", points["phase"]),
        signal=points.select(
            mark.replace_strict({kind: said for kind, (_, said) in MARKS.items()})
        ).to_series(),
    )
    x = {"field": "start", "type": "temporal", "title": None, "axis": {"format": "%b %Y"},
         "scale": {"type": "utc", "padding": 10}}  # fmt: skip
    y = _shares(y_title) if percent else {**_shares(y_title), "axis": {}}
    one = {"filter": "datum.series === picked"}
    shown = {"filter": f"picked === '{ALL}' || datum.series === picked"}
    columns = {"period": "Period", "counted": "Counted", "rate": "Rate", "average": "Average", "limits": "Limits",
               "signal": "Signal"}  # fmt: skip
    parted = {"field": "part", "type": "nominal"}
    layers: list[Spec] = [
        *({"mark": _line(colour, dash, interpolate="step"), "transform": [one],
           "encoding": {"x": x, "y": {**y, "field": name}, "detail": parted}}
          for name, colour, dash in (("lower", "band", [5, 3]), ("upper", "band", [5, 3]), ("centre", "grey", [1, 0]))),
        {"mark": _line("grey", [1, 0], strokeWidth=1.25), "transform": [shown],
         "encoding": {"x": x, "y": {**y, "field": "value"}, "detail": parted}},
        {
            "mark": _points(70),
            "transform": [shown, {"filter": "isValid(datum.value)"}],
            "params": [ZOOM],
            "encoding": {
                "x": x, "y": {**y, "field": "value"}, "tooltip": _tips({"series": "Of", **columns}),
                **_looks({MARKS[kind][1]: (MARKS[kind][0], shape(kind, better)) for kind in kinds}),  # type: ignore[arg-type]
            },
        },
    ]  # fmt: skip
    if target is not None:
        goal = _line("target", [10, 3, 2, 3], type="rule", tooltip="Target")
        layers.insert(0, {"mark": goal, "encoding": {"y": {**y, "datum": target}}})
    if events:
        dated = [{"start": str(event.date), "label": event.label} for event in events]
        layers.insert(0, {
            "data": {"values": dated, "format": DATES}, "mark": _line("band", [1, 0], type="rule"),
            "encoding": {"x": x, "tooltip": _tips({"label": "Event"})},
        })  # fmt: skip
    data = {"values": _values(rows), "format": DATES}
    return _chart(data, layers, title, words, _pick("School", names, every=every))


def funnel(
    points: pl.DataFrame, curves: pl.DataFrame, *, title: str, words: str, y_title: str, n_title: str, of: str
) -> Spec:
    """A funnel, with one school or group picked out.

    Args:
        points: a row a school or group: label, n, value, mark; and in words counted, rate, limits.
        curves: n, centre, lower, upper, low2, high2 over a fine grid.
        title: what the chart shows.
        words: the same, for who can't see it.
        y_title: what the values are.
        n_title: what n counts.
        of: what a point is, as "School".
    """
    kind = pl.col("mark").fill_null("within")
    rows = points.with_columns(signal=pl.format("{} the limits", kind), kind=kind).drop("mark")
    kinds = [one for one in FUNNEL if one in set(rows["kind"])]
    x = {"field": "n", "type": "quantitative", "title": n_title,
         "scale": {"zero": False, "nice": False, "padding": 20}}  # fmt: skip
    y = _shares(y_title)
    value = {"x": x, "y": {**y, "field": "value"}}
    lines = {"lower": [5, 3], "upper": [5, 3], "low2": [2, 3], "high2": [2, 3], "centre": [1, 0]}
    drawn = curves.filter(pl.col("n") >= points["n"].min())
    picked = f"picked === '{ALL}' || datum.label === picked"
    layers: list[Spec] = [
        *({"data": {"name": "curves"}, "mark": _line("band", dash), "encoding": {"x": x, "y": {**y, "field": name}}}
          for name, dash in lines.items()),
        {
            "mark": _points(90),
            "params": [ZOOM],
            "encoding": {
                **value, "opacity": {"condition": {"test": picked, "value": 1}, "value": 0.2},
                "tooltip": _tips({"label": of, "counted": "Counted", "rate": "Rate", "limits": "Limits", "signal": "Stands"}),
                **_looks({f"{one} the limits": FUNNEL[one] for one in kinds}),
            },
        },
        {
            "transform": [{"filter": f"({picked}) && (datum.kind !== 'within' || picked !== '{ALL}')"}],
            "mark": {"type": "text", "dy": -12, "fontSize": 13, "color": in_lab("text"), "clip": True},
            "encoding": {**value, "text": {"field": "label", "type": "nominal"}},
        },
    ]  # fmt: skip
    pick = _pick(of, rows["label"].sort().to_list(), every=True)
    spec = _chart({"values": _values(rows)}, layers, title, words, pick)
    return {**spec, "datasets": {"curves": _values(drawn)}}


def _line(colour: str, dash: list[int], **more: Any) -> Spec:
    return {
        "type": "line",
        "color": in_lab(colour),
        "strokeDash": dash,
        "strokeWidth": 1.5,
        "clip": True,
        **more,
    }


def _points(size: int) -> Spec:
    return {"type": "point", "filled": True, "size": size, "opacity": 1, "clip": True}


def _shares(title: str) -> Spec:
    return {"type": "quantitative", "title": title, "scale": {"zero": False}, "axis": {"format": ".0%"}}


def _pick(of: str, names: Sequence[str], *, every: bool) -> Spec:
    """The name that is picked, from a list where there are several."""
    options = [ALL, *names] if every else list(names)
    picked: Spec = {"name": "picked", "value": options[0]}
    if len(options) > 1:
        picked["bind"] = {"input": "select", "options": options, "name": f"{of}: "}
    return picked


def _looks(said: Mapping[str, tuple[str, str]]) -> Spec:
    """Colour and shape of points by what they say, with a legend where they say more than one thing."""
    legend = {"title": None, "orient": "bottom"} if len(said) > 1 else None
    by = {"field": "signal", "type": "nominal", "legend": legend}
    colours, shapes = [in_lab(colour) for colour, _ in said.values()], [form for _, form in said.values()]
    return {
        "color": {**by, "scale": {"domain": list(said), "range": colours}},
        "shape": {**by, "scale": {"domain": list(said), "range": shapes}},
    }


def _tips(columns: Mapping[str, str]) -> list[Spec]:
    return [{"field": name, "type": "nominal", "title": said} for name, said in columns.items()]


def _values(rows: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows as Vega reads them, numbers to six digits."""
    numbers = pl.selectors.float()
    return rows.with_columns(pl.when(numbers.is_finite()).then(numbers.round_sig_figs(6))).to_dicts()


def _chart(data: Spec, layers: Sequence[Spec], title: str, words: str, picked: Spec) -> Spec:
    text, grid = in_lab("text"), in_lab("grid")
    return {
        "$schema": SCHEMA,
        "description": f"{MARK}. {words}",
        "title": {
            "text": textwrap.wrap(title, LINE), "subtitle": [MARK, HOW], "anchor": "start", "offset": 14,
            "color": text, "subtitleColor": in_lab("plum"), "fontSize": 15, "subtitleFontSize": 13,
        },
        "width": WIDTH, "height": HEIGHT, "background": "transparent",
        "data": data, "params": [picked], "layer": list(layers),
        "config": {
            "font": FONT, "view": {"stroke": None},
            "legend": {"labelColor": text, "labelFontSize": 13, "labelLimit": 0},
            "axis": {
                "labelColor": text, "titleColor": text, "domainColor": grid, "tickColor": grid, "grid": False,
                "labelFontSize": 13, "titleFontSize": 13, "titleFontWeight": "normal",
            },
        },
    }  # fmt: skip
