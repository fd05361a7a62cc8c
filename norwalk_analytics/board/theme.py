"""The look of every picture: one palette for light and dark.

A picture is inlined in a page, so its colours are CSS custom properties with the light hex to fall
back on, ``fill="var(--c-blue, #12436D)"``; the page sets the properties and so decides on light,
dark, print or forced colours. They are presentation attributes, never ``style``, because the page's
Content-Security-Policy would refuse those.
"""

import re
from typing import Literal, NamedTuple

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

_VARIABLE = re.compile(r"var\(--c-([a-z]+), #[0-9A-F]{6}\)")

Channels = tuple[int, int, int]
LINEAR = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in (n / 255 for n in range(256))]
"""A channel of sRGB → linear light. WCAG 2.1 parts them at 0.03928, between the same two channels, 10 and 11."""


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


def channels(colour: str) -> Channels:
    """Red, green and blue of a hex, from 0 to 255.

    Example:
        >>> channels("#12436D")
        (18, 67, 109)
    """
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


def luminance(colour: Channels) -> float:
    """The relative luminance of WCAG 2.1, from 0 (black) to 1 (white).

    Example:
        >>> round(luminance((18, 67, 109)), 3)
        0.052
    """
    red, green, blue = colour
    return 0.2126 * LINEAR[red] + 0.7152 * LINEAR[green] + 0.0722 * LINEAR[blue]


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
    low, high = sorted(luminance(channels(colour)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)
