"""Where the labels of points go, and how a name is set on two lines: plain numbers in and out."""

from collections.abc import Sequence
from itertools import pairwise

from norwalk_analytics.board import placing
from norwalk_analytics.board.layers import LINE

Box = tuple[float, float, float, float]  # left, top, right, bottom


def beside(
    spots: Sequence[tuple[float, float]],
    texts: Sequence[str],
    others: Sequence[tuple[float, float]],
    room: tuple[float, float],
) -> list[tuple[float, float, bool]]:
    """Places for the labels of points, each near its own and clear of the rest as far as may be.

    Each label in turn takes the cheapest of the places right and left of its point, up to eight lines
    up or down: the plot's edge costs most, then a label, a marked point, anything else little.

    Args:
        spots: The x and y of the points that are labelled.
        texts: Their labels.
        others: What labels should leave free where they can: other points, points of lines.
        room: Width and height of the plot.

    Returns:
        For each, the x of its inner end, its y, and whether it stands left of its point.

    Example:
        >>> beside([(50, 50), (50, 50)], ["Brookside", "Kendall"], [], (200, 100))
        [(60, 50, False), (60, 32, False)]
    """
    boxes: list[Box] = []
    found = []
    for (x, y), text in zip(spots, texts, strict=True):
        wide = placing.width(text)
        best: tuple[float, tuple[float, float, bool], Box] | None = None
        for shift in (n * sign * LINE for n in range(9) for sign in (-1, 1)):
            for left in (False, True):
                inner, middle = x + (-10 if left else 10), y + shift
                box = (inner - wide * left, middle - 8, inner + wide * (not left), middle + 8)
                out = box[0] < 0 or box[2] > room[0] or box[1] < 0 or box[3] > room[1]
                cost = abs(shift) / LINE + 1000 * out
                cost += 100 * sum(_over(box, each) for each in boxes)
                cost += 20 * sum(
                    _over(box, (a - 6, b - 6, a + 6, b + 6)) for a, b in spots if (a, b) != (x, y)
                )
                cost += 0.5 * sum(_over(box, (a - 3, b - 3, a + 3, b + 3)) for a, b in others)
                if best is None or cost < best[0]:
                    best = cost, (inner, middle, left), box
        assert best  # there are always places
        found.append(best[1])
        boxes.append(best[2])
    return found


def _over(one: Box, other: Box) -> bool:
    """Whether two boxes (left, top, right, bottom) overlap."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def wrapped(text: str, room: float) -> list[str]:
    """A text on one line, or on two where it does not fit on one.

    Args:
        text: A name.
        room: Pixels.

    Returns:
        One line or two, cut with an ellipsis where two are too few.

    Example:
        >>> wrapped("Center for Global Studies", 140)
        ['Center for Global', 'Studies']
    """
    words = text.split(" ")
    for kept in range(min(len(words), placing.most(room)), 0, -1):
        first, rest = " ".join(words[:kept]), " ".join(words[kept:])
        if placing.width(first) <= room:
            return [first, placing.fit(rest, room)] if rest else [first]
    return [placing.fit(text, room)]


def sampled(places: Sequence[tuple[float, float]], apart: float = 8) -> list[tuple[float, float]]:
    """Points along a line through places, none further from the next than asked in x.

    Args:
        places: x and y, x rising.
        apart: Pixels.

    Returns:
        Points on the line.

    Example:
        >>> sampled([(0, 0), (16, 32)])
        [(0.0, 0.0), (8.0, 16.0), (16, 32)]
    """
    found = []
    for (x, y), (x2, y2) in pairwise(places):
        parts = max(1, round((x2 - x) / apart))
        found += [(x + (x2 - x) * i / parts, y + (y2 - y) * i / parts) for i in range(parts)]
    return found + list(places[-1:])
