"""The sparkline: a chart's last points as a picture of a word's size, where one point speaks."""

from __future__ import annotations

import math
from collections.abc import Sequence

import polars as pl
from markupsafe import Markup

from norwalk_analytics.board.signals import COMMON, HOLLOW, MARKS, Better, known, shape
from norwalk_analytics.board.theme import variable
from norwalk_analytics.oversight.disclosure import Shown

POINTS = 24


def of_chart(shown: Shown, better: Better | None) -> Markup | None:
    """The last points of a measure's chart, marked as they are there; None where it has no limits.

    Args:
        shown: one measure, of one clause, after ``with_limits``.
        better: the measure's better direction, if there is one.
    """
    if shown.limits is None or shown.summary is None:
        return None
    rows = shown.limits.tail(POINTS)
    marks = rows.select(pl.when("hollow").then(pl.lit(HOLLOW)).otherwise("mark").alias("mark"))["mark"]
    return Markup(sparkline(rows["value"].to_list(), marks.to_list(), better))


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
