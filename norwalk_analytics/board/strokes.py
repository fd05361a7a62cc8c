"""Further parts of pictures: rows told apart by two columns, number axes, points and areas at pixels."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import polars as pl

from norwalk_analytics.board import layers, placing
from norwalk_analytics.board.layers import Row
from norwalk_analytics.board.theme import HEX

# A place in pixels; an end of an area.
_VALUE = alt.Y("value", type="quantitative", scale=None, axis=None)


def paired(
    frame: pl.DataFrame,
    keys: Sequence[str],
    floats: Sequence[str],
    others: Sequence[str] = (),
    scale: float = 1,
) -> list[Row]:
    """The rows of a frame that several columns together tell apart.

    Args:
        frame: Any frame that holds the columns.
        keys: The columns that tell rows apart.
        floats: Columns of numbers.
        others: Further columns.
        scale: What to multiply numbers by.

    Returns:
        As ``layers.taken``, the keys as cleaned text.

    Raises:
        ValueError: If columns are missing, there are no rows, a key is null or two rows share theirs.

    Example:
        >>> frame = pl.DataFrame({"school": ["A", "A"], "period": ["May", "Jun"], "value": [1, 2]})
        >>> [row["period"] for row in paired(frame, ["school", "period"], ["value"])]
        ['May', 'Jun']
    """
    name = " and ".join(keys)  # which an error then says
    if missing := [key for key in keys if key not in frame.columns]:
        msg = f"The frame of a picture lacks {', '.join(missing)}."
        raise ValueError(msg)
    texts = [pl.col(key).cast(pl.String) for key in keys]
    told = frame.with_columns(pl.concat_str(texts, separator="\x00").alias(name))
    plain = [key for key in keys if key != name and key not in floats]
    rows = layers.taken(told, name, floats, [*plain, *others], scale)
    for row in rows:
        row |= {key: placing.clean(str(row[key])) for key in plain}
    return rows


def level(value: float | None, axis: Sequence[float], height: float) -> float | None:
    """Where a value stands.

    Args:
        value: The value, or None.
        axis: The values of the y axis.
        height: Of the axis, in pixels.

    Returns:
        Pixels from the top, to a tenth; None for None.

    Example:
        >>> level(25, [0, 50, 100], 80), level(None, [0, 50, 100], 80)
        (60.0, None)
    """
    return None if value is None else round(height * (axis[-1] - value) / (axis[-1] - axis[0]), 1)


def along(field: str, axis: Sequence[float], end: float, across: float) -> alt.X:
    """The x axis of a column of numbers.

    Args:
        field: The column.
        axis: The values of the axis, the least at the left; those beyond the end are left out.
        end: The number at its right end.
        across: The pixel of its right end.

    Returns:
        The encoding.
    """
    scale = alt.Scale(domain=[axis[0], end], range=[0, across], nice=False, zero=False)
    values = [value for value in axis if value <= end]
    marks = alt.Axis(values=values, format=",.6~g", labelFlush=False, title=None)
    return alt.X(field, type="quantitative", scale=scale, axis=marks)


def foot(text: str, across: float, y: float) -> alt.Chart | None:
    """What the x axis counts, below its middle.

    Args:
        text: The title.
        across: The width of the plot.
        y: Its height in pixels.

    Returns:
        The layer.
    """
    row = {"x": round(across / 2, 2), "y": y, "text": placing.fit(text, across)}
    return layers.texts([row], "x-title", "text", "center")


def spots(rows: Sequence[Row], name: str, look: Mapping[str, Any]) -> alt.Chart | None:
    """Points at pixels.

    Args:
        rows: x, y.
        name: Of the layer.
        look: Keyword arguments for ``mark_point``, as ``signals.symbol`` gives them.

    Returns:
        The layer, or None without rows.
    """
    if not rows:
        return None
    return layers.encoded(layers.chart(rows, name).mark_point(**look), x=layers.PIXEL_X, y=layers.PIXEL_Y)


def line(
    rows: Sequence[Row], name: str, colour: str, dash: list[float], stroke: float = 1.5
) -> alt.Chart | None:
    """Lines from pixel to pixel.

    Args:
        rows: x, value (pixels too), part; each part is a line of its own.
        name: Of the layer.
        colour: A name of the palette.
        dash: Pixels on and off.
        stroke: The width in pixels.

    Returns:
        The layer, or None without rows.
    """
    return layers.path(rows, _VALUE, name, colour, dash, stroke)


def areas(rows: Sequence[Row], name: str, colour: str, opacity: float) -> alt.Chart | None:
    """Bands between pixels.

    Args:
        rows: x, y, y2, part; each part is a band of its own.
        name: Of the layer.
        colour: A name of the palette.
        opacity: Of the fill, from 0 to 1.

    Returns:
        The layer, or None without rows.
    """
    if not rows:
        return None
    layer = layers.chart(rows, name).mark_area(color=HEX[colour], fillOpacity=opacity)
    return layers.encoded(
        layer, x=layers.PIXEL_X, y=layers.PIXEL_Y, y2="y2", detail=alt.Detail("part", type="nominal")
    )


def boxes(rows: Sequence[Row], name: str, colour: str) -> alt.Chart | None:
    """Filled rectangles between pixels.

    Args:
        rows: x, y, x2, y2.
        name: Of the layer.
        colour: A name of the palette.

    Returns:
        The layer, or None without rows.
    """
    if not rows:
        return None
    layer = layers.chart(rows, name).mark_rect(color=HEX[colour])
    return layers.encoded(layer, x=layers.PIXEL_X, y=layers.PIXEL_Y, x2="x2", y2="y2")


def slim(rows: Sequence[Row]) -> list[Row]:
    """Lines without the points that lie level between two others.

    Args:
        rows: x, value, part, in order.

    Returns:
        The rows that are needed to draw the same.

    Example:
        >>> slim([{"x": x, "value": 7, "part": 0} for x in range(9)])
        [{'x': 0, 'value': 7, 'part': 0}, {'x': 8, 'value': 7, 'part': 0}]
    """
    found: list[Row] = []
    for i, row in enumerate(rows):
        beside = rows[max(i - 1, 0)], rows[min(i + 1, len(rows) - 1)]
        ends = 0 < i < len(rows) - 1
        if not ends or any((each["value"], each["part"]) != (row["value"], row["part"]) for each in beside):
            found.append(row)
    return found


def key(samples: Sequence[tuple[str, str, str, list[float]]], x: float, y: float) -> list[alt.Chart | None]:
    """A row that says what lines mean.

    Args:
        samples: Name of the layer, words, colour and dash of each.
        x: Where it begins.
        y: Its height in pixels.

    Returns:
        The layers.
    """
    found: list[alt.Chart | None] = []
    for name, words, colour, dash in samples:
        ends = [{"x": round(at, 2), "value": y, "part": 0} for at in (x, x + 26)]
        found.append(line(ends, f"legend-{name}", colour, dash))
        found.append(layers.texts([{"x": x + 33, "y": y, "text": words}], "legend-label", "text"))
        x += placing.width(words) + 54
    return found
