"""Schools by periods or clauses: a table whose cells are tinted by the numbers printed in them."""

import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from norwalk_analytics.board import layers, placing, strokes
from norwalk_analytics.board.layers import Layer, Row
from norwalk_analytics.board.pictures import WIDTH

__all__ = ["heat_table"]

_TINTS = ("tintone", "tinttwo", "tintthree", "tintfour")
_PITCH, _PART = 26, 2  # from one row to the next; the line of background between two cells
_HEAD, _BREAK = 24, 14  # the height of the columns' names; the space above a further block
_RIGHT = 8


class _Bins(NamedTuple):
    """What the tints stand for: so many steps of one size, from the least on."""

    low: float
    step: float
    steps: int


def heat_table(frame: pl.DataFrame, *, cell_title: str, percent: bool) -> str:
    """A cell for each row and column, its number printed on a tint that deepens as numbers grow.

    Args:
        frame: A row a cell, rows and columns in the order in which they first come: row (String: a
            school), column (String: a period or a clause), value (Float64), and perhaps note
            (String: said in place of a null value, "withheld" or "none"). A null without a note,
            and a cell that the frame lacks, are "none".
        cell_title: What the numbers are, with their unit.
        percent: Whether values are proportions from 0 to 1, shown as percentages.

    Returns:
        An SVG, 720 wide. Columns that do not fit side by side go on in a further block below.

    Raises:
        ValueError: If rows or columns are missing, or a cell comes twice.

    Example:
        >>> frame = pl.DataFrame(
        ...     {"row": ["Kendall", "Tracey"], "column": ["2024–25"] * 2, "value": [0.12, None],
        ...      "note": [None, "withheld"]}
        ... )
        >>> svg = heat_table(frame, cell_title="Items with a finding", percent=True)
        >>> "12 %" in svg, "withheld" in svg
        (True, True)
    """
    notes = [name for name in frame.columns if name == "note"]
    rows = strokes.paired(frame, ("row", "column"), ("value",), notes, 100 if percent else 1)
    for row in rows:
        there = row["value"] is not None
        said = placing.number(row["value"], percent=percent) if there else row.get("note") or "none"
        row["text"] = placing.clean(said)
    names, columns = (list(dict.fromkeys(row[key] for row in rows)) for key in ("row", "column"))
    cells = {(row["row"], row["column"]): row for row in rows}
    bins = _bins([_rounded(row["value"], percent) for row in rows if row["value"] is not None])

    left = math.ceil(min(max(map(placing.width, names)), 200)) + 14
    across = WIDTH - left - _RIGHT
    widest = max(placing.width(text) for text in ("none", *(row["text"] for row in rows)))
    room = max(min(widest, 150), min(max(map(placing.width, columns)), 90)) + 12
    blocks = math.ceil(len(columns) / int(across // room))
    held = math.ceil(len(columns) / blocks)
    wide = min(across / held, 130)
    block = _HEAD + _PITCH * len(names) + _BREAK
    height = blocks * block - _BREAK

    heads, labels, numbers, words = [], [], [], []
    fills: dict[str, list[Row]] = {tint: [] for tint in _TINTS}
    for n, column in enumerate(columns):
        x, top = round(n % held * wide, 1), n // held * block + _HEAD
        middle = round(x + (wide - _PART) / 2, 1)
        heads.append({"x": middle, "y": top - 12, "text": placing.fit(column, wide - 6)})
        for j, name in enumerate(names):
            y = top + _PITCH * j
            place: Row = {"x": middle, "y": y + _PITCH / 2 - 1}
            if n % held == 0:
                labels.append({"x": -8, "y": place["y"], "text": placing.fit(name, 200)})
            cell = cells.get((name, column), {"value": None, "text": "none"})
            place["text"] = placing.fit(cell["text"], wide - 6)
            if cell["value"] is None:
                words.append(place)
                continue
            numbers.append(place)
            box = {"x": x, "y": y, "x2": round(x + wide - _PART, 1), "y2": y + _PITCH - _PART}
            fills[_tint(_rounded(cell["value"], percent), bins)].append(box)
    whole = not percent and all((row["value"] or 0) % 1 == 0 for row in rows)
    return layers.drawn(
        [
            *(strokes.boxes(boxes, f"cell-{tint}", tint) for tint, boxes in fills.items()),
            layers.texts(heads, "column", "text", "center"),
            layers.texts(labels, "row", "text", "right"),
            layers.texts(numbers, "number", "text", "center"),
            layers.texts(words, "word", "band", "center"),
            layers.title(cell_title, left),
            *_key(_words(bins, percent, whole), 4 - left, height + 20),
        ],
        "pic-heat-table",
        (across, height),
        (32, _RIGHT, 36 if numbers else 4, left),
    )


def _rounded(value: float, percent: bool) -> float:
    """A value as ``placing.number`` prints it, so that its tint never contradicts its text."""
    if percent:
        return round(value, 1 if value < 1 or value > 99 else 0)
    return float(round(value)) if abs(value) >= 100 else float(f"{value:.3g}")


def _bins(values: Sequence[float]) -> _Bins | None:
    """The finest round steps of which four at most hold all values; None without values.

    Whole values have whole steps.

    Example:
        >>> _bins([3, 17, 38]), _bins([0.1, 0.3])
        (_Bins(low=0.0, step=10.0, steps=4), _Bins(low=0.1, step=0.05, steps=4))
    """
    if not values:
        return None
    low, high = min(values), max(values)
    power = math.floor(math.log10(max(high - low, 1e-6) / len(_TINTS))) if high > low else 0
    whole = all(value % 1 == 0 for value in values)
    sizes = (f * 10.0**p for p in range(power, power + 4) for f in (1, 2, 2.5, 5))
    for step in (size for size in sizes if not whole or size % 1 == 0):
        first = math.floor(low / step + 1e-9)
        count = max(1, math.ceil(high / step - 1e-9) - first)
        if count <= len(_TINTS):
            break
    return _Bins(round(first * step, 9), step, count)


def _tint(value: float, bins: _Bins | None) -> str:
    """The tint of a value."""
    if bins is None:
        return _TINTS[0]
    return _TINTS[min(int((value - bins.low) / bins.step + 1e-9), bins.steps - 1)]


def _words(bins: _Bins | None, percent: bool, whole: bool) -> list[str]:
    """What each tint stands for.

    Example:
        >>> _words(_Bins(0, 10, 3), True, False)
        ['under 10 %', '10 to under 20 %', '20 % and over']
        >>> _words(_Bins(0, 5, 2), False, True)
        ['0 to 4', '5 to 10']
    """
    if bins is None:
        return []
    unit = " %" if percent else ""
    edges = [round(bins.low + bins.step * i, 9) for i in range(bins.steps + 1)]
    said = [f"{edge:,.6g}" for edge in edges]
    if bins.steps == 1:
        return [f"{said[0]} to {said[1]}{unit}"]
    if whole and bins.step % 1 == 0:
        lasts = [edge - 1 for edge in edges[1:-1]] + [edges[-1]]
        pairs = zip(edges, lasts, strict=False)
        return [f"{a:,.6g}" if a == b else f"{a:,.6g} to {b:,.6g}" for a, b in pairs]
    return [
        f"under {said[1]}{unit}",
        *(f"{a} to under {b}{unit}" for a, b in itertools.pairwise(said[1:-1])),
        f"{said[-2]}{unit} and over",
    ]


def _key(words: Sequence[str], x: float, y: float) -> list[Layer | None]:
    """A row that says what the tints stand for."""
    found: list[Layer | None] = []
    for tint, text in zip(_TINTS, words, strict=False):
        swatch = {"x": x, "y": y - 8, "x2": x + 22, "y2": y + 8}
        found.append(strokes.boxes([swatch], f"legend-{tint}", tint))
        found.append(layers.texts([{"x": x + 29, "y": y, "text": text}], "legend-label", "text"))
        x += placing.width(text) + 50
    return found
