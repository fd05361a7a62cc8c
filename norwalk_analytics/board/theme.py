"""The look of every picture: one palette for light and dark, one Vega-Lite configuration.

A picture is inlined in a page, so its colours are CSS custom properties with the light hex to fall
back on, ``fill="var(--c-blue, #12436D)"``; the page sets the properties and so decides on light,
dark, print or forced colours. They are presentation attributes, never ``style``, because the page's
Content-Security-Policy would refuse those.
"""

import re
from typing import Any, Literal, NamedTuple
from xml.etree import ElementTree as ET

import altair as alt
from vl_convert import vegalite_to_svg

FONT = "Liberation Sans, Arial, sans-serif"
Mode = Literal["light", "dark"]


class Colour(NamedTuple):
    """One colour of the palette: its name, its hex in light and dark, and what it is for."""

    name: str
    light: str
    dark: str
    role: str


# No two colours share a light hex: a rendered picture is led back to the names by it.
PALETTE: tuple[Colour, ...] = (
    Colour("background", "#FFFFFF", "#14171A", "what pictures stand on; halos, hollow points"),
    Colour("text", "#1D1D1D", "#F1F1F1", "titles, axis labels, events, numbers beside bars"),
    Colour("grid", "#8A8A8A", "#7C8187", "axis lines, ticks, zero lines, leaders"),
    Colour("grey", "#3D3D3D", "#C9CDD2", "values, points of common cause, centre line, events"),
    Colour("blue", "#12436D", "#7FB4E6", "improvement"),
    Colour("orange", "#F46A25", "#FF8A4C", "concern"),
    Colour("plum", "#801650", "#E79AC6", "high and low, where neither is better"),
    Colour("target", "#1B7A70", "#3FC1B0", "target line and its label"),
    Colour("band", "#6B6B6B", "#9AA0A6", "control limits and their labels"),
    Colour("bar", "#56708A", "#8FA9C4", "bars"),
    Colour("tintone", "#E9F0F6", "#1C2833", "cells of the lowest numbers, under their text"),
    Colour("tinttwo", "#C3D5E6", "#28405A", "cells of the next"),
    Colour("tintthree", "#98B7D3", "#335577", "cells of the next"),
    Colour("tintfour", "#6F9AC2", "#3D6A96", "cells of the highest numbers"),
)
HEX: dict[str, str] = {colour.name: colour.light for colour in PALETTE}

# Every foreground in use, what it stands on, and the contrast that WCAG 2.1 asks of it: 4.5 for
# text (1.4.3), 3 for graphics (1.4.11). Marked points are parted from lines by a halo. A tint says
# nothing that the number on it does not.
PAIRS: tuple[tuple[str, str, float], ...] = (
    *((name, "background", 4.5) for name in ("text", "grey", "target", "band", "blue", "plum", "bar")),
    *((name, "background", 3.0) for name in ("grid", "orange")),
    *(("text", name, 4.5) for name in ("tintone", "tinttwo", "tintthree", "tintfour")),
)

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
_VARIABLE = re.compile(r"var\(--c-([a-z]+), #[0-9A-F]{6}\)")
_DECIMAL = re.compile(r"-?\d*\.\d+(?:e-?\d+)?")
_GEOMETRY = frozenset({"d", "transform", "x1", "x2", "y1", "y2", "width", "height"})
_DROPPED = {"role": None, "pointer-events": None, "opacity": "1", "font-family": FONT}


def variable(name: str) -> str:
    """A colour as an SVG attribute holds it.

    Args:
        name: A name in ``PALETTE``.

    Returns:
        The CSS custom property, with the light hex for where none is set.

    Example:
        >>> variable("blue")
        'var(--c-blue, #12436D)'
    """
    return f"var(--c-{name}, {HEX[name]})"


def in_lab(name: str) -> str:
    """A colour that follows JupyterLab's theme, for a chart that is drawn there from a specification.

    Args:
        name: A name in ``PALETTE``.

    Returns:
        A CSS colour between the palette's light and dark one, as far as the notebook's own ground is from white: such
        a chart has no style sheet that could tell.

    Example:
        >>> in_lab("background")
        'rgb(from var(--jp-layout-color0, #fff) calc(20 + 0.922 * r) calc(23 + 0.91 * r) calc(26 + 0.898 * r))'
    """
    colour = next(one for one in PALETTE if one.name == name)
    pairs = [(int(colour.light[at : at + 2], 16), int(colour.dark[at : at + 2], 16)) for at in (1, 3, 5)]
    parts = " ".join(f"calc({dark} + {(light - dark) / 255:.3g} * r)" for light, dark in pairs)
    return f"rgb(from var(--jp-layout-color0, #fff) {parts})"


def declarations(mode: Mode) -> str:
    """The palette as CSS declarations, for a page to put under ``:root``.

    Args:
        mode: ``"light"`` or ``"dark"``.

    Returns:
        One declaration a colour, in the order of ``PALETTE``.

    Example:
        >>> declarations("dark")[:39]
        '--c-background: #14171A; --c-text: #F1F'
    """
    return " ".join(f"--c-{colour.name}: {getattr(colour, mode)};" for colour in PALETTE)


def plain_colours(svg: str, mode: Mode = "light") -> str:
    """A picture without CSS custom properties, for renderers that lack them (WeasyPrint, images).

    Args:
        svg: A picture of this package.
        mode: The column of the palette to take.

    Returns:
        The same picture with a hex for every colour.

    Example:
        >>> plain_colours('<path fill="var(--c-bar, #56708A)"/>', "dark")
        '<path fill="#8FA9C4"/>'
    """
    hexes = {colour.name: getattr(colour, mode) for colour in PALETTE}
    return _VARIABLE.sub(lambda found: hexes[found[1]], svg)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours.

    Args:
        one: A hex such as ``"#12436D"``.
        other: Another.

    Returns:
        1 (the same) to 21 (black on white), by the relative luminance of WCAG 2.1.

    Example:
        >>> round(contrast("#12436D", "#FFFFFF"), 1)
        10.2
    """

    def luminance(colour: str) -> float:
        parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


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
