"""A chart of Altair → an SVG that can stand inside a page: one Vega-Lite configuration, the palette's names as colours."""

import re
from typing import Any
from xml.etree import ElementTree as ET

import altair as alt
from vl_convert import vegalite_to_svg

from norwalk_analytics.board.theme import FONT, HEX, PALETTE, variable

CONFIG: dict[str, Any] = {
    "aria": False,  # labels by mark would double the size; role="img" hides them anyway
    "font": FONT,
    "view": {"stroke": None},
    "text": {"fontSize": 13, "baseline": "middle"},
    "axis": {
        "grid": False,
        "title": None,
        "labelFontSize": 13,
        "labelColor": HEX["text"],
        "labelAngle": 0,
        "labelLimit": 0,
        "labelOverlap": False,
        "labelPadding": 5,
        "domainColor": HEX["grid"],
        "tickColor": HEX["grid"],
    },
}

_NAMES = {colour.light: colour.name for colour in PALETTE}
_DECIMAL = re.compile(r"-?\d*\.\d+(?:e-?\d+)?")
_GEOMETRY = frozenset({"d", "transform", "x1", "x2", "y1", "y2", "width", "height"})
_DROPPED = {"role": None, "pointer-events": None, "opacity": "1", "font-family": FONT}


def render(
    chart: alt.LayerChart,
    *,
    kind: str,
    size: tuple[float, float],
    margins: tuple[int, int, int, int],
) -> str:
    """Draw a chart as the text of an SVG that can stand inside a page.

    Altair's global theme and data transformer have no say, so a notebook's settings change nothing.

    Args:
        chart: The layers. Names of layers come out as classes, ``name`` as ``class="pic-name"``.
        kind: The class of the whole, as in ``class="picture pic-control-chart"``.
        size: Width and height of the plot in pixels.
        margins: Top, right, bottom and left of it, in pixels.

    Returns:
        ``<svg …>…</svg>``: no prolog, no ids, no style attributes; the same bytes each time.
    """
    top, right, bottom, left = margins
    placed = chart.properties(
        width=size[0],
        height=size[1],
        padding={"top": top, "right": right, "bottom": bottom, "left": left},
        autosize=alt.AutoSizeParams(type="none"),
        background="transparent",
    )
    with alt.data_transformers.enable("default"):
        spec = placed.to_dict(validate=False)  # a third of the time; tests do validate
    return _finished(vegalite_to_svg(spec | {"config": CONFIG}), kind)


def _short(found: re.Match[str]) -> str:
    """A number of a coordinate to two decimals, without zeros at its end."""
    return f"{round(float(found[0]), 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def _finished(svg: str, kind: str) -> str:
    """Lead colours back to the palette's names, round coordinates and leave out what says nothing.

    Args:
        svg: What Vega made.
        kind: The class of the whole.

    Returns:
        The picture.
    """
    root = ET.fromstring(svg)
    box = root.attrib["viewBox"]
    for parent in list(root.iter()):
        for child in list(parent):
            if child.get("class") in ("background", "foreground"):
                parent.remove(child)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        for key, value in list(element.attrib.items()):
            if key.startswith("aria-") or _DROPPED.get(key, "") in (None, value):
                del element.attrib[key]
            elif key in ("fill", "stroke") and value in _NAMES:
                element.set(key, variable(_NAMES[value]))
            elif key in _GEOMETRY:
                element.set(key, _DECIMAL.sub(_short, value))
        name = element.attrib.pop("class", "").rpartition(" ")[2]
        if name.endswith("_marks") or name.startswith("role-axis-"):
            name = name.removesuffix("_marks").removeprefix("role-").rstrip("_0123456789")
            element.set("class", "pic-" + name.replace("_", "-"))
    root.attrib = {
        "xmlns": "http://www.w3.org/2000/svg",
        "class": f"picture {kind}",
        "viewBox": box,
        "width": "100%",
        "role": "img",
        "focusable": "false",
        "font-family": FONT,
    }
    return ET.tostring(root, encoding="unicode")
