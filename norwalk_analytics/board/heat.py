"""Schools by periods or clauses: a table whose cells are tinted by the numbers printed in them."""

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
    given = strokes.paired(frame, ("row", "column"), ("value",), notes, 100 if percent else 1)
    names = list(dict.fromkeys(row["row"] for row in given))
    columns = list(dict.fromkeys(row["column"] for row in given))
    cells = {(row["row"], row["column"]): row for row in given}
    for row in given:
        there = row["value"] is not None
        said = placing.number(row["value"], percent=percent) if there else row.get("note") or "none"
        row["said"] = placing.clean(said)
    bins = _bins([_as_said(row["value"], percent) for row in given if row["value"] is not None], percent)

    left = math.ceil(min(max(map(placing.width, names)), 200)) + 14
    texts = [*(row["said"] for row in given), "none"]
    least = max(*map(placing.width, texts), min(max(map(placing.width, columns)), 90)) + 12
    most = max(1, int((WIDTH - left - 8) // least))
    blocks = math.ceil(len(columns) / most)
    most = math.ceil(len(columns) / blocks)
    across = WIDTH - left - 8
    wide = min(across / most, 130)

    fills: dict[str, list[Row]] = {tint: [] for tint in _TINTS}
    heads: list[Row] = []
    labels: list[Row] = []
    numbers: list[Row] = []
    words: list[Row] = []
    for block in range(blocks):
        top = block * (_HEAD + _PITCH * len(names) + _BREAK) + _HEAD
        held = columns[block * most : (block + 1) * most]
        for i, column in enumerate(held):
            text = placing.fit(column, wide - 6)
            heads.append({"x": round((i + 0.5) * wide, 1), "y": top - 12, "text": text})
        for j, name in enumerate(names):
            y = top + _PITCH * j
            labels.append({"x": -8, "y": y + _PITCH / 2, "text": placing.fit(name, 200)})
            for i, column in enumerate(held):
                cell = cells.get((name, column), {"value": None, "said": "none"})
                place: Row = {"x": round((i + 0.5) * wide, 1), "y": y + _PITCH / 2}
                place["text"] = placing.fit(cell["said"], wide - 6)
                (words if cell["value"] is None else numbers).append(place)
                if cell["value"] is not None:
                    box: Row = {"x": round(i * wide, 1), "y": y, "x2": round((i + 1) * wide - _PART, 1)}
                    box["y2"] = y + _PITCH - _PART
                    fills[_TINTS[_bin(_as_said(cell["value"], percent), bins)]].append(box)
    height = blocks * (_HEAD + _PITCH * len(names) + _BREAK) - _BREAK
    keyed = _key(bins, percent, height + 22) if any(fills.values()) else []
    return layers.drawn(
        [
            *(strokes.boxes(boxes, f"cell-{tint}", tint) for tint, boxes in fills.items()),
            layers.texts(heads, "column", "text", "center"),
            layers.texts(labels, "row", "text", "right"),
            layers.texts(numbers, "number", "text", "center"),
            layers.texts(words, "word", "band", "center"),
            layers.title(cell_title, left),
            *keyed,
        ],
        "pic-heat-table",
        (across, height),
        (32, 8, 40 if keyed else 8, left),
    )


def _as_said(value: float, percent: bool) -> float:
    """A number as it is printed, so that cells that read alike look alike."""
    return round(value) if percent else float(f"{value:.3g}")


def _bins(values: Sequence[float], percent: bool) -> _Bins:
    """Steps of one size from the least to the greatest number, as many as there are tints."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    if high <= low:
        return _Bins(low, 1.0, 1)
    step = (high - low) / len(_TINTS)
    return _Bins(low, math.ceil(step) if percent else step, len(_TINTS))


def _bin(value: float, bins: _Bins) -> int:
    """The step in which a number lies."""
    return min(max(int((value - bins.low) / bins.step), 0), bins.steps - 1)


def _key(bins: _Bins, percent: bool, y: float) -> list[Layer | None]:
    """What the tints stand for, below the cells."""
    parts: list[Layer | None] = []
    at = 0.0
    for i, tint in enumerate(_TINTS[: bins.steps]):
        low, high = (placing.number(bins.low + bins.step * k, percent=percent) for k in (i, i + 1))
        said = low if bins.steps == 1 else f"from {low}" if i == bins.steps - 1 else f"{low} to under {high}"
        parts.append(
            strokes.boxes([{"x": at, "y": y - 7, "x2": at + 14, "y2": y + 7}], f"legend-{tint}", tint)
        )
        parts.append(layers.texts([{"x": at + 20, "y": y, "text": said}], "legend-label", "text"))
        at += placing.width(said) + 40
    return parts
