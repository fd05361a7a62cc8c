"""What a point can say: its colour, shape and words."""

from collections.abc import Iterable
from typing import Any, Literal

from norwalk_analytics.board.theme import HEX

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
