"""The words a scorecard may use for status, trend and action, each with a shape of its own.

A shape stands beside its word and never in its place: shapes differ in outline, so that they can
be told apart without colour, and they take their colour from the tone of the word.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Shape(NamedTuple):
    """An outline in a box of 16 by 16 (even-odd fill), and the tone that it takes."""

    path: str
    tone: str


_DISC = "M8 .5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15z"
_HOLE = "M8 2.3a5.7 5.7 0 1 0 0 11.4A5.7 5.7 0 0 0 8 2.3z"
_TICK = _DISC + "M6.9 11.8 3.5 8.4l1.4-1.4 2 2 4.2-4.2 1.4 1.4z"
_CROSS = "M1 1h14v14H1zM4 5.3 6.7 8 4 10.7 5.3 12 8 9.3l2.7 2.7 1.3-1.3L9.3 8 12 5.3 10.7 4 8 6.7 5.3 4z"
_HALF = _DISC + "M8 2.3v11.4a5.7 5.7 0 0 0 0-11.4z"
_RING = _DISC + _HOLE
_CLOCK = _RING + "M7.1 4h1.8v3.8h2.9v1.8H7.1z"
_DASH = "M2 7h12v2H2z"
_LOCK = "M4 7V5a4 4 0 0 1 8 0v2h1v8H3V7zM5.8 7h4.4V5a2.2 2.2 0 0 0-4.4 0z"
_PLUS = _DISC + "M7 4v3H4v2h3v3h2V9h3V7H9V4z"
_ALERT = "M8 .2 15.8 8 8 15.8.2 8zM7 4v5h2V4zm0 6v2h2v-2z"
_LEVEL = "M2 4.6h12v2.2H2zM2 9.2h12v2.2H2z"
_DOTS = "M1 6.5h3v3H1zM6.5 6.5h3v3h-3zM12 6.5h3v3h-3z"
_HIGH = "M8 2l7 12H1z"
_LOW = "M8 14 1 2h14zM8 10.4 11.9 3.8H4.1z"

STATUS: Mapping[str, Shape] = MappingProxyType(
    {
        "meets": Shape(_TICK, "good"),
        "does not meet": Shape(_CROSS, "bad"),
        "cannot tell yet": Shape(_HALF, "unsure"),
        "every case in time": Shape(_TICK, "good"),
        "not every case in time": Shape(_CROSS, "bad"),
        "withheld": Shape(_LOCK, "idle"),
        "not measured yet": Shape(_CLOCK, "idle"),
        "no evidence": Shape(_RING, "idle"),
        "no target": Shape(_DASH, "idle"),
    }
)

TREND: Mapping[str, Shape] = MappingProxyType(
    {
        "improving": Shape(_PLUS, "good"),
        "worsening": Shape(_ALERT, "bad"),
        "high": Shape(_HIGH, "unsure"),
        "low": Shape(_LOW, "unsure"),
        "steady": Shape(_LEVEL, "idle"),
        "too short to say": Shape(_DOTS, "idle"),
        "not charted": Shape(_DASH, "idle"),
        "withheld": Shape(_LOCK, "idle"),
    }
)

ACTION: Mapping[str, Shape] = MappingProxyType(
    {
        "done": Shape(_TICK, "good"),
        "due": Shape(_CLOCK, "unsure"),
        "overdue": Shape(_ALERT, "bad"),
    }
)
