"""The parts that pictures are laid together from: plain rows in, one Altair layer out.

What follows the data goes through a scale; labels, leaders and legends are placed in pixels of the
plot (0, 0 is its upper left corner), because Vega would not keep them apart.
"""

from collections.abc import Sequence
from typing import Any, Literal

import altair as alt
import polars as pl

from norwalk_analytics.board import placing
from norwalk_analytics.board.rendering import render
from norwalk_analytics.board.signals import MARKS, Better, symbol
from norwalk_analytics.board.theme import HEX

Row = dict[str, Any]
Layer = alt.Chart | alt.LayerChart
Align = Literal["left", "center", "right"]

LEFT, LINE = 56, 18  # the margin of the y labels; the height of a line of text

# A place in pixels.
PIXEL_X = alt.X("x", type="quantitative", scale=None, axis=None)
PIXEL_Y = alt.Y("y", type="quantitative", scale=None, axis=None)


def taken(
    frame: pl.DataFrame,
    label: str,
    floats: Sequence[str],
    others: Sequence[str] = (),
    scale: float = 1,
) -> list[Row]:
    """The rows of a frame that a picture draws, ready to be drawn.

    Args:
        frame: Any frame that holds the columns.
        label: The column that tells rows apart.
        floats: Columns of numbers.
        others: Further columns.
        scale: What to multiply numbers by.

    Returns:
        A dict a row: labels cleaned, numbers to six significant digits, null where not finite.

    Raises:
        ValueError: If columns are missing, there are no rows, or a label comes twice or is null.
    """
    names = [label, *floats, *others]
    if missing := [name for name in names if name not in frame.columns]:
        msg = f"The frame of a picture lacks {', '.join(missing)}."
        raise ValueError(msg)
    if frame.is_empty():
        msg = "The frame of a picture has no rows: there is nothing to draw."
        raise ValueError(msg)
    number = pl.col(*floats).cast(pl.Float64) * scale
    rows = (
        frame.select(names)
        .with_columns(pl.when(number.is_finite()).then(number.round_sig_figs(6)))
        .to_dicts()
    )
    for row in rows:
        row[label] = None if row[label] is None else placing.clean(row[label])
    if None in (labels := [row[label] for row in rows]) or len(set(labels)) < len(labels):
        msg = f"In the frame of a picture, each {label} must be there, and once only."
        raise ValueError(msg)
    return rows


def chart(rows: Sequence[Row], name: str) -> alt.Chart:
    """A layer still without marks.

    Args:
        rows: Its data, with none but the fields that are drawn.
        name: Comes out as ``class="pic-name"``.

    Returns:
        The layer.
    """
    return alt.Chart(alt.InlineData(values=list(rows)), name=name)


def encoded(layer: alt.Chart, **channels: Any) -> alt.Chart:
    """A layer with its encodings, its type kept (Altair's own stubs lose it).

    Args:
        layer: A layer with its mark.
        **channels: As ``alt.Chart.encode`` takes them.

    Returns:
        The layer.
    """
    whole: alt.Chart = layer.encode(**channels)
    return whole


def periods(rows: Sequence[Row], step: float, label: str = "period", padding: float = 0) -> alt.X:
    """The x axis: ordinal text, thinned to what fits.

    Args:
        rows: All the rows of the picture, in order.
        step: Pixels from one to the next.
        label: The column of the text.
        padding: The part of a step between two bars.

    Returns:
        The encoding. The middle of row i is at (i + ½) · step whatever the padding.
    """
    labels = [row[label] for row in rows]
    scale = alt.Scale(type="band", domain=labels, paddingInner=padding, paddingOuter=padding / 2)
    axis = alt.Axis(values=placing.thinned(labels, step), title=None)
    return alt.X(label, type="ordinal", scale=scale, axis=axis)


def scaled(axis: Sequence[float], height: float, percent: bool = False) -> alt.Y:
    """The y axis of a column ``value``.

    Args:
        axis: Its values, the least at the bottom.
        height: The pixel of the bottom; the top is 0.
        percent: Whether to say " %".

    Returns:
        The encoding.
    """
    scale = alt.Scale(domain=[axis[0], axis[-1]], range=[height, 0], nice=False, zero=False)
    said = "datum.label + ' %'" if percent else "datum.label"
    marks = alt.Axis(values=list(axis), format=",.6~g", labelExpr=said, title=None)
    return alt.Y("value", type="quantitative", scale=scale, axis=marks)


def texts(rows: Sequence[Row], name: str, colour: str, align: Align = "left") -> alt.Chart | None:
    """Text at pixels.

    Args:
        rows: x, y, text.
        name: Of the layer.
        colour: A name of the palette.
        align: Which end of the text stands at x.

    Returns:
        The layer, or None without rows.
    """
    if not rows:
        return None
    said = [row | {"text": placing.clean(row["text"])} for row in rows]
    layer = chart(said, name).mark_text(align=align, color=HEX[colour])
    return encoded(layer, x=PIXEL_X, y=PIXEL_Y, text=alt.Text("text", type="nominal"))


def rules(rows: Sequence[Row], name: str, colour: str, stroke: float = 1) -> alt.Chart | None:
    """Straight lines between pixels.

    Args:
        rows: x, y, x2, y2.
        name: Of the layer.
        colour: A name of the palette.
        stroke: The width in pixels.

    Returns:
        The layer, or None without rows.
    """
    if not rows:
        return None
    layer = chart(rows, name).mark_rule(color=HEX[colour], strokeWidth=stroke)
    return encoded(layer, x=PIXEL_X, y=PIXEL_Y, x2="x2", y2="y2")


def path(
    rows: Sequence[Row], y: alt.Y, name: str, colour: str, dash: list[float], stroke: float = 1.5
) -> alt.Chart | None:
    """Lines from pixel to pixel in x, from value to value in y.

    Args:
        rows: x, value, part; each part is a line of its own.
        y: As ``scaled`` makes it.
        name: Of the layer.
        colour: A name of the palette.
        dash: Pixels on and off.
        stroke: The width in pixels.

    Returns:
        The layer, or None without rows.
    """
    if not rows:
        return None
    layer = chart(rows, name).mark_line(color=HEX[colour], strokeDash=dash, strokeWidth=stroke)
    return encoded(layer, x=PIXEL_X, y=y, detail=alt.Detail("part", type="nominal"))


def steps(rows: Sequence[Row], columns: Sequence[str], step: float) -> list[Row]:
    """Stepped lines through columns, parted where a value is null or the phase changes.

    Args:
        rows: All the rows of the picture, with phase.
        columns: One or more columns of numbers.
        step: Pixels from one row to the next.

    Returns:
        x, value, part: two rows for each value, at the two edges of its period.

    Example:
        >>> steps([{"phase": 1, "centre": 5.0}, {"phase": 2, "centre": 7.0}], ["centre"], 10)[1:3]
        [{'x': 10, 'value': 5.0, 'part': 1}, {'x': 10, 'value': 7.0, 'part': 2}]
    """
    found: list[Row] = []
    part = 0
    for column in columns:
        before: tuple[bool, Any] | None = None
        for i, row in enumerate(rows):
            key = (row[column] is None, row["phase"])
            part += key != before
            before = key
            if row[column] is not None:
                for edge in (i, i + 1):
                    found.append({"x": round(edge * step, 2), "value": row[column], "part": part})
    return found


def joined(rows: Sequence[Row], x: alt.X, y: alt.Y) -> alt.Chart:
    """The line through the values, parted at nulls and between phases.

    Args:
        rows: All the rows of the picture: period, value, and perhaps phase.
        x: As ``periods`` makes it.
        y: As ``scaled`` makes it.

    Returns:
        The layer.
    """
    drawn = [{"period": row["period"], "value": row["value"], "part": row.get("phase")} for row in rows]
    layer = chart(drawn, "line").mark_line(color=HEX["grey"], strokeWidth=1.25)
    return encoded(layer, x=x, y=y, detail=alt.Detail("part", type="nominal"))


def points(rows: Sequence[Row], kind: str, better: Better | None, x: alt.X, y: alt.Y) -> alt.Chart | None:
    """The points of one kind.

    Args:
        rows: period, value; those whose value is null are left out.
        kind: A key of ``MARKS``.
        better: The better direction, if there is one.
        x: As ``periods`` makes it.
        y: As ``scaled`` makes it.

    Returns:
        The layer, or None without rows.
    """
    drawn = [{"period": row["period"], "value": row["value"]} for row in rows if row["value"] is not None]
    if not drawn:
        return None
    layer = chart(drawn, f"point-{kind}").mark_point(**symbol(kind, better))
    return encoded(layer, x=x, y=y)


def ends(
    said: Sequence[tuple[str, str, float]], axis: Sequence[float], height: float, across: float
) -> list[alt.Chart | None]:
    """Labels at the right end of lines, nudged apart, each led to its line where it had to move.

    Args:
        said: The text, colour and value of each.
        axis: The values of the y axis.
        height: Of the axis, in pixels.
        across: Where lines end, in pixels.

    Returns:
        The layers.
    """
    wanted = [height * (axis[-1] - value) / (axis[-1] - axis[0]) for _, _, value in said]
    places = placing.spread(wanted, LINE - 2, 0, height)
    layers = []
    for (text, colour, _), line, place in zip(said, wanted, places, strict=True):
        if abs(place - line) > 3:
            led = {"x": across + 2, "y": round(line, 2), "x2": across + 12, "y2": round(place, 2)}
            layers.append(rules([led], "leader", colour))
        row = {"x": across + 14, "y": round(place, 2), "text": text}
        layers.append(texts([row], "end-label", colour))
    return layers


def title(text: str, left: float, rows_above: float = 0) -> alt.Chart | None:
    """What the values are, above the axis, read without turning one's head.

    Args:
        text: The title.
        left: The left margin, where it begins.
        rows_above: Rows of labels between it and the plot.

    Returns:
        The layer.
    """
    row = {"x": -left + 4, "y": round(-LINE * rows_above - 19, 2), "text": placing.fit(text, 700)}
    return texts([row], "title", "text")


def legend(kinds: Sequence[str], better: Better | None, y: float) -> list[alt.Chart | None]:
    """A row that says what the shapes mean.

    Args:
        kinds: Keys of ``MARKS``.
        better: The better direction, if there is one.
        y: Its height in pixels.

    Returns:
        The layers.
    """
    layers: list[alt.Chart | None] = []
    x = 0.0
    for kind in kinds:
        words = MARKS[kind][1]
        at = chart([{"x": x + 6, "y": y}], f"legend-{kind}")
        layers.append(encoded(at.mark_point(**symbol(kind, better)), x=PIXEL_X, y=PIXEL_Y))
        layers.append(texts([{"x": x + 17, "y": y, "text": words}], "legend-label", "text"))
        x += placing.width(words) + 38
    return layers


def grouped(layers: Sequence[Layer | None]) -> alt.LayerChart:
    """Layers as one, the first at the bottom.

    Args:
        layers: None is left out.

    Returns:
        The layer.
    """
    return alt.LayerChart(layer=[layer for layer in layers if layer is not None])


def drawn(
    layers: Sequence[Layer | None],
    kind: str,
    size: tuple[float, float],
    margins: tuple[int, int, int, int],
    parted: bool = False,
) -> str:
    """All layers as one SVG, the first at the bottom.

    Args:
        layers: None is left out.
        kind: The class of the picture.
        size: Width and height of the plot.
        margins: Top, right, bottom, left.
        parted: Whether layers have y axes of their own.

    Returns:
        The SVG.
    """
    there = [layer for layer in layers if layer is not None]
    for i, layer in enumerate(there):
        if isinstance(layer, alt.Chart):
            layer.name = f"{layer.name}__{i}"  # Vega wants names that differ; render takes it off
    whole = grouped(there)
    if parted:
        whole = whole.resolve_scale(y="independent")
    return render(whole, kind=kind, size=size, margins=margins)
