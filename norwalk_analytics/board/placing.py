"""Where text and axis values go in a picture: plain numbers in, plain numbers out."""

import math
import re
from collections.abc import Iterable, Sequence
from itertools import product

from norwalk_analytics.telling import CONTROLS, REORDERING

SIZE = 13
_CONTROL = re.compile(f"[{CONTROLS}{REORDERING}]")
# Widths of Liberation Sans (and Arial) in thousandths of the size, where they are not 556.
_WIDTHS = {
    **dict.fromkeys("ijl'’", 222),
    **dict.fromkeys(" .,:;/!\\ftI[]()`r-|“”", 333),
    **dict.fromkeys("ckvxyzsJ", 500),
    "–": 556,
    **dict.fromkeys("ABEKPSVXYCDHNRUwFTLZ&<>=+~GOQß", 778),
    **dict.fromkeys("MmW@%…—", 1016),
}


def clean(text: str) -> str:
    r"""A label without characters that XML cannot hold or that change the order of others.

    Args:
        text: Any text.

    Returns:
        The text, control characters, overrides and halves of pairs as U+FFFD, line breaks and tabs as spaces.

    Example:
        >>> clean("Norwalk\nHigh")
        'Norwalk High'
    """
    return _CONTROL.sub("\ufffd", " ".join(re.split(r"[\t\r\n]+", text)))


def width(text: str, size: float = SIZE) -> float:
    """How wide a text is drawn, rather too much than too little.

    Args:
        text: One line of text.
        size: Its font size in pixels.

    Returns:
        Pixels.

    Example:
        >>> width("Sep 2024")
        58
    """
    wide = sum(_WIDTHS.get(c, 556 if ord(c) < 0x250 else 1000) for c in text)
    return math.ceil(wide * size / 1000)


def most(room: float, size: float = SIZE) -> int:
    """More characters than find room, however narrow they are.

    Args:
        room: Pixels.
        size: Font size in pixels.

    Returns:
        A number of characters whose least width is more than the room.

    Example:
        >>> width("i" * most(100)) > 100
        True
    """
    return max(0, int(room * 1000 / (min(_WIDTHS.values()) * size))) + 1


def fit(text: str, room: float, size: float = SIZE) -> str:
    """A text cut, with an ellipsis, to the room there is.

    Args:
        text: One line of text.
        room: Pixels.
        size: Font size in pixels.

    Returns:
        The text, or its beginning and "…".

    Example:
        >>> fit("Instagram", 200), fit("Instagram", 50)
        ('Instagram', 'Insta…')
    """
    if width(text, size) <= room:
        return text
    text = text[: most(room, size)]  # of a name of 10,000 characters, what could fit at all
    while text and width(text + "…", size) > room:
        text = text[:-1]
    return text.rstrip() + "…"


def thinned(labels: Sequence[str], room: float) -> list[str]:
    """The labels of an axis that fit side by side, the last always among them.

    Args:
        labels: One a period, in order.
        room: Pixels from one period to the next.

    Returns:
        Every label, or every 2nd, 3rd, 6th, 12th and so on, counted from the last.

    Example:
        >>> thinned(["Sep 2024", "Oct 2024", "Nov 2024", "Dec 2024"], 40)
        ['Oct 2024', 'Dec 2024']
    """
    widest = max(map(width, labels), default=0) + 10
    steps = (1, 2, 3, 6, *range(12, 12 * len(labels) + 13, 12))
    step = next(s for s in steps if s * room >= widest or s >= len(labels))
    return list(labels[::-1][::step][::-1])


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions nudged apart, in the same order, as near to the wanted ones as a sweep gets them.

    Args:
        wanted: Positions, in any order.
        gap: Least distance between two.
        low: Least position.
        high: Greatest position.

    Returns:
        One position for each.

    Example:
        >>> spread([100, 104, 20], 16, 0, 240)
        [94.0, 110.0, 20.0]
    """
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    groups: list[tuple[float, int]] = []  # middle and members of each group that touches
    for i in order:
        middle, members = min(max(wanted[i], low), high), 1
        while groups and middle - groups[-1][0] < gap * (members + groups[-1][1]) / 2:
            before, count = groups.pop()
            middle = (middle * members + before * count) / (members + count)
            members += count
            half = gap * (members - 1) / 2
            middle = max(min(middle, high - half), low + half)
        groups.append((middle, members))
    places = [m - gap * (n - 1) / 2 + gap * k for m, n in groups for k in range(n)]
    return [places[order.index(i)] + 0.0 for i in range(len(wanted))]


def lanes(lines: Sequence[tuple[float, float]], low: float, high: float) -> list[tuple[int, bool]]:
    """Rows for the labels of vertical lines, so that no label lies on another or on a line.

    A line goes up to its own label and so crosses the rows below it. Of all ways to put up to eight
    labels left or right of their lines, the one with the fewest rows is taken, right before left.

    Args:
        lines: The x of each line and the width of its label.
        low: The least x that a label may reach.
        high: The greatest.

    Returns:
        For each, the row counted upwards from 0 and whether the label stands left of its line.

    Example:
        >>> lanes([(10, 60), (50, 60), (300, 60)], 0, 320)
        [(1, False), (0, False), (0, True)]
    """
    free = []
    for x, w in lines:
        fits = [left for left in (False, True) if low <= x - w * left and x + w * (not left) <= high]
        free.append(fits or [x + w > high])
    ways = product(*free) if len(lines) <= 8 else [tuple(sides[0] for sides in free)]
    best: tuple[tuple[int, int, int], list[int], tuple[bool, ...]] | None = None
    for sides in ways:
        rows, crossings = _stacked(lines, sides)
        cost = (crossings, max(rows, default=0), sum(sides))
        if best is None or cost < best[0]:
            best = cost, rows, sides
    return list(zip(best[1], best[2], strict=True)) if best else []


def _stacked(lines: Sequence[tuple[float, float]], sides: Sequence[bool]) -> tuple[list[int], int]:
    """The row of each label, and how many labels a line crosses all the same."""
    spans = [(x - w, x) if left else (x, x + w) for (x, w), left in zip(lines, sides, strict=True)]
    every = range(len(lines))
    # A label that a line would cross has to stand above that line's own.
    under = {i: {j for j in every if spans[i][0] < lines[j][0] < spans[i][1]} for i in every}
    rows: dict[int, int] = {}
    crossings = 0
    while len(rows) < len(lines):
        left = [i for i in every if i not in rows]
        ready = [i for i in left if under[i] <= rows.keys()]
        i = (ready or left)[-1]
        crossings += not ready
        least = max((rows[j] + 1 for j in under[i] if j in rows), default=0)
        taken = {rows[j] for j in rows if spans[i][0] < spans[j][1] + 8 and spans[j][0] < spans[i][1] + 8}
        rows[i] = next(r for r in range(least, least + len(lines) + 1) if r not in taken)
    return [rows[i] for i in every], crossings


def ticks(
    low: float, high: float, floor: float | None, ceiling: float | None, whole: bool = False
) -> list[float]:
    """Round axis values that enclose a range.

    Args:
        low: The least value drawn.
        high: The greatest value drawn.
        floor: What no value can lie below (0 for counts), or None.
        ceiling: What no value can lie above (100 for percentages), or None.
        whole: Whether only whole numbers make sense.

    Returns:
        Up to eight values at steps of 1, 2, 2.5 or 5 times a power of ten.

    Example:
        >>> ticks(41, 93, 0, 100)
        [40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0]
    """
    if high - low < 1e-9:
        pad = abs(high) / 10 or 1.0
        low, high = low - pad, high + pad
    if floor is not None:
        low = max(low, floor)
    if ceiling is not None:
        high = min(high, ceiling)
    rough = (high - low) / 6
    power = 10.0 ** math.floor(math.log10(rough))
    nice = (f * power for f in (1, 2, 2.5, 5, 10) if f * power >= rough * 0.999)
    step = next((each for each in nice if not whole or each == round(each)), 1.0)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 9) for i in range(first, last + 1)]


def axis_of(values: Iterable[float | None], percent: bool = False, whole: bool = False) -> list[float]:
    """The values of a y axis: from 0 where that costs little, else from just below the least.

    Args:
        values: All that is drawn; None counts for nothing.
        percent: Whether they are percentages, which end at 0 and 100.
        whole: Whether only whole numbers make sense.

    Returns:
        Round values, rising.

    Example:
        >>> axis_of([62.0, None, 95.0], True)
        [60.0, 70.0, 80.0, 90.0, 100.0]
    """
    there = [value for value in values if value is not None] or [0, 1]
    low, high = min(there), max(there)
    if 0 < low < high / 2:
        low = 0
    within = percent and high <= 100
    return ticks(low, high, 0 if low >= 0 else None, 100 if within else None, whole)


def number(value: float, *, percent: bool, fine: bool = False) -> str:
    """A number as a label says it.

    Args:
        value: The number; a percentage already times 100.
        percent: Whether it is one.
        fine: One decimal where a percentage would else be whole.

    Returns:
        "62 %"; "99.7 %" where "100 %" would say too much; elsewhere three significant digits, two below 1.

    Example:
        >>> number(62.4, percent=True), number(99.7, percent=True), number(1.234, percent=False)
        ('62 %', '99.7 %', '1.23')
    """
    if not percent:
        if abs(value) >= 100 or value == round(value):
            return f"{value:,.0f}"
        return f"{value:.{3 if abs(value) >= 1 else 2}g}"
    if 0 < value < 0.05:
        return "under 0.1 %"
    if 99.95 <= value < 100:
        return "over 99.9 %"
    near = (0 < value < 1) or (99 < value < 100)
    text = f"{value:.{1 if fine or near else 0}f}"
    return f"{text.removesuffix('.0')} %"
