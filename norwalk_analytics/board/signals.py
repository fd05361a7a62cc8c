"""What a point can say: its colour, shape and words; and the sparkline, where one point speaks."""

import math
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from norwalk_analytics.board.theme import HEX, variable

Better = Literal["higher", "lower"]

COMMON, HOLLOW = "common", "hollow"
# What a point can say: its colour and its words, in the order of the legend.
MARKS: dict[str, tuple[str, str]] = {
    "improvement": ("blue", "improvement (special cause)"),
    "concern": ("orange", "concern (special cause)"),
    "high": ("plum", "high (special cause)"),
    "low": ("plum", "low (special cause)"),
    COMMON: ("grey", "common cause"),
    HOLLOW: ("grey", "not judged yet"),
}
_AREA = {"circle": 40, "diamond": 120, "triangle-up": 140, "triangle-down": 140}


def shape(mark: str, better: Better | None) -> str:
    """The shape of a point, which tells marks apart without their colours.

    Args:
        mark: A key of ``MARKS``.
        better: The better direction, if there is one.

    Returns:
        A triangle that points to the better side for an improvement, up for high and down for low;
        a diamond for a concern; a circle for the rest.

    Example:
        >>> shape("improvement", "lower"), shape("concern", "lower")
        ('triangle-down', 'diamond')
    """
    if mark == "low" or (mark == "improvement" and better == "lower"):
        return "triangle-down"
    if mark in ("high", "improvement"):
        return "triangle-up"
    return "diamond" if mark == "concern" else "circle"


def known(marks: Iterable[str]) -> None:
    """Refuse marks that no picture can draw.

    Args:
        marks: What should be keys of ``MARKS``.

    Raises:
        ValueError: If one is not.
    """
    if unknown := set(marks) - set(MARKS):
        msg = f"A mark is not {min(unknown)!r}, but one of {', '.join(MARKS)}, or null."
        raise ValueError(msg)


def symbol(kind: str, better: Better | None) -> dict[str, Any]:
    """How a point of a kind is drawn: parted from lines by a halo, or hollow.

    Args:
        kind: A key of ``MARKS``.
        better: The better direction, if there is one.

    Returns:
        Keyword arguments for ``mark_point``.
    """
    form = shape(kind, better)
    fill, stroke = HEX[MARKS[kind][0]], HEX["background"]
    if kind == HOLLOW:
        fill, stroke = stroke, fill
    look = {"shape": form, "size": _AREA[form], "opacity": 1, "fill": fill, "stroke": stroke}
    return look | {"strokeWidth": 1.5 if kind == HOLLOW else 1}


def sparkline(
    values: Sequence[float | None],
    marks: Sequence[str | None],
    better: Better | None = None,
) -> str:
    """A line as small as a word, its last value as a dot in the shape and colour of its mark.

    Args:
        values: In order; None is a gap.
        marks: As in ``control_chart``, one for each value.
        better: The better direction, if there is one: an improvement points there.

    Returns:
        An SVG, 120 by 28, hidden from assistive technology: the words beside it say the same.

    Raises:
        ValueError: If there is not one mark for each value, or a mark is not known.

    Example:
        >>> sparkline([1, 2, None, 4], [None, None, None, "concern"]).count("<path")
        2
    """
    if len(values) != len(marks):
        msg = f"{len(values)} values of a sparkline come with {len(marks)} marks, not as many."
        raise ValueError(msg)
    known([mark or COMMON for mark in marks])
    there = [v for v in values if v is not None and math.isfinite(v)]
    low, high = min(there, default=0), max(there, default=0)
    places: list[tuple[int, int] | None] = []
    for i, value in enumerate(values):
        if value is None or not math.isfinite(value):
            places.append(None)
            continue
        part = (value - low) / (high - low) if high > low else 0.5
        places.append((round(6 + 108 * i / max(len(values) - 1, 1)), round(22 - 16 * part)))
    line, pen = "", "M"
    for place in places:
        line += f"{pen}{place[0]} {place[1]}" + ("h1" if pen == "M" else "") if place else ""
        pen = "L" if place else "M"
    dot = ""
    if there:
        last = max(i for i, place in enumerate(places) if place)
        kind = marks[last] or COMMON
        at = places[last] or (0, 0)
        form = {
            "circle": "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z",
            "diamond": "m0-5l5 5l-5 5l-5-5z",
            "triangle-up": "m0-5l5 8h-10z",
            "triangle-down": "m0 5l5-8h-10z",
        }[shape(kind, better)]
        fill = variable("background" if kind == HOLLOW else MARKS[kind][0])
        edge = variable("grey" if kind == HOLLOW else "background")
        d = f"M{at[0]} {at[1]}{form}"
        dot = f'<path class="pic-point-{kind}" fill="{fill}" stroke="{edge}" d="{d}"/>'
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" class="picture pic-sparkline" '
        'viewBox="0 0 120 28" width="120" height="28" aria-hidden="true" focusable="false">'
        f'<path class="pic-line" fill="none" stroke="{variable("grey")}" stroke-width="1.5" '
        f'stroke-linecap="round" stroke-linejoin="round" d="{line}"/>{dot}</svg>'
    )
