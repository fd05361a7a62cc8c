"""Frames to pictures: each function takes a small frame and returns the text of one SVG.

A picture shows what its frame holds and computes nothing but places. Only drawn columns are handed
to Altair, rounded to six significant digits; periods are ordinal text, so no time zone can shift
them; every string is drawn as it is, never as markup or as a Vega expression.
"""

import itertools
import math
import re
from collections.abc import Sequence

import altair as alt
import polars as pl

from norwalk_analytics.board import layers, placing
from norwalk_analytics.board.layers import LEFT, LINE, Row
from norwalk_analytics.board.signals import COMMON, HOLLOW, MARKS, Better, known
from norwalk_analytics.board.theme import HEX

__all__ = ["control_chart", "platform_bars", "stock_line", "year_bars"]

WIDTH = 720
_OTHER = re.compile(r"(other|unlisted)(\s*\(.*)?", re.IGNORECASE)


def control_chart(
    frame: pl.DataFrame,
    *,
    y_title: str,
    percent: bool,
    target: float | None,
    better: Better | None,
    events: Sequence[tuple[str, str]] = (),
    centre_label: str = "average",
) -> str:
    """A control chart: values, centre line, limits, target, events, and marks by shape and colour.

    Args:
        frame: A row a period, in order: period (String, unlike any other), value, centre, lower,
            upper (Float64; null is a gap, or no line), mark ("improvement", "concern", "high",
            "low" or null), hollow (Boolean: not judged yet), phase (Int64). Nothing is joined
            across a gap or from one phase to the next.
        y_title: What the values are, with their unit.
        percent: Whether values are proportions from 0 to 1, shown as percentages.
        target: In the unit of the values, or None.
        better: The better direction, or None.
        events: Period and label of each; a line at the start of that period. Events of a period
            that the frame does not hold are left out.
        centre_label: What the centre line is ("median" on a run or g chart).

    Returns:
        An SVG, 720 wide.

    Raises:
        ValueError: If rows or columns are missing, a period comes twice or a mark is not known.

    Example:
        >>> frame = pl.DataFrame(
        ...     {"period": ["Sep 2024", "Oct 2024"], "value": [0.9, 0.5], "centre": [0.7, 0.7],
        ...      "lower": [0.6, 0.6], "upper": [0.8, 0.8], "mark": [None, "concern"],
        ...      "hollow": [False, False], "phase": [1, 1]}
        ... )
        >>> control_chart(frame, y_title="Told", percent=True, target=0.95, better="higher")[:4]
        '<svg'
    """
    scale = 100 if percent else 1
    columns = ("value", "centre", "lower", "upper")
    rows = layers.taken(frame, "period", columns, ("mark", "hollow", "phase"), scale)
    for row in rows:
        row["kind"] = HOLLOW if row["hollow"] else row["mark"] or COMMON
    known(row["kind"] for row in rows)
    goal = None if target is None else float(f"{target * scale:.6g}")
    whole = all((row["value"] or 0) % 1 == 0 for row in rows) and not percent
    axis = placing.axis_of([*(row[name] for row in rows for name in columns), goal], percent, whole)
    fine = percent and axis[-1] - axis[0] <= 10

    ends = []  # text, colour and value of the labels at the right
    for name, colour in (("upper", "band"), ("centre", "grey"), ("lower", "band")):
        kept = [row[name] for row in rows if row["phase"] == rows[-1]["phase"]]
        if kept := [value for value in kept if value is not None]:
            said = placing.number(kept[-1], percent=percent, fine=fine)
            text = f"{centre_label} {said}" if name == "centre" else f"{name} limit"
            ends.append((placing.fit(text, 200), colour, kept[-1]))
    if goal is not None:
        ends.append((f"target {goal:,.6g}{' %' if percent else ''}", "target", goal))

    height = 240
    right = max([30, *(math.ceil(placing.width(text)) + 18 for text, _, _ in ends)])
    across = WIDTH - LEFT - right
    step = across / len(rows)
    x, y = layers.periods(rows, step), layers.scaled(axis, height, percent)
    flags = _flags(rows, events, step, across + right)
    averages = _averages(rows, centre_label, percent, fine, step, [flag["x"] for flag in flags])
    raised = 1 if averages else 0
    above = max((flag["row"] + 1 for flag in flags), default=0) + raised
    for flag in flags:
        flag["y"] = -LINE * (flag["row"] + raised) - 14
    lines = [{"x": f["x"], "y": f["y"] - 7, "x2": f["x"], "y2": height} for f in flags]
    flat = [{"x": at, "value": goal, "part": 0} for at in (0, across) if goal is not None]
    limits = layers.steps(rows, ("lower", "upper"), step)
    centre = layers.steps(rows, ("centre",), step)
    shown = {row["kind"] for row in rows if row["value"] is not None}
    named = [kind for kind in MARKS if kind in shown and shown != {COMMON}]
    return layers.drawn(
        [
            layers.rules(lines, "event", "band"),
            layers.path(limits, y, "limits", "band", [5, 3]),
            layers.path(flat, y, "target", "target", [10, 3, 2, 3]),
            layers.path(centre, y, "centre", "grey", [1, 0]),
            layers.joined(rows, x, y),
            *(
                layers.points([r for r in rows if r["kind"] == kind], kind, better, x, y)
                for kind in reversed(MARKS)
            ),
            *layers.ends(ends, axis, height, across),
            layers.texts(averages, "phase", "grey", "center"),
            layers.texts(_said(flags, False), "event-label", "text", "left"),
            layers.texts(_said(flags, True), "event-label", "text", "right"),
            layers.title(y_title, LEFT, above),
            *layers.legend(named, better, height + 44),
        ],
        "pic-control-chart",
        (across, height),
        (LINE * above + 32, right, 56 if named else 28, LEFT),
    )


def platform_bars(frame: pl.DataFrame, *, x_title: str) -> str:
    """Horizontal bars, the longest first, each with its number; "Other" comes last.

    Args:
        frame: label (String, unlike any other), count (a number, or null where there is none to
            show), and perhaps note (String: said in place of a count that is null).
        x_title: What is counted.

    Returns:
        An SVG, 720 wide, its height by the number of bars.

    Raises:
        ValueError: If rows or columns are missing, or a label comes twice.

    Example:
        >>> frame = pl.DataFrame({"label": ["Other", "X", "Remind"], "count": [9, 4, 31]})
        >>> platform_bars(frame, x_title="Active registrations").count("Remind")
        1
    """
    rows = layers.taken(frame, "label", ("count",), _notes(frame))
    rows.sort(
        key=lambda row: (
            _OTHER.fullmatch(row["label"]) is not None,
            row["count"] is None,
            -(row["count"] or 0),
            row["label"],
        )
    )
    for row in rows:
        row["text"] = _either(row, "count", f"{row['count'] or 0:,.6g}")
    widest = max(placing.width(row["label"]) for row in rows)
    left = math.ceil(min(widest, 240)) + 14
    right = max(math.ceil(placing.width(row["text"])) for row in rows) + 12
    across, height = WIDTH - left - right, 26 * len(rows)
    y = alt.Y(
        "label",
        type="ordinal",
        scale=alt.Scale(
            type="band",
            domain=[row["label"] for row in rows],
            paddingInner=0.3,
            paddingOuter=0.15,
        ),
        axis=alt.Axis(labelLimit=240, ticks=False, title=None),
    )
    most = max(row["count"] or 0 for row in rows) or 1
    x = alt.X("count", type="quantitative", scale=alt.Scale(domain=[0, most]), axis=None)
    return layers.drawn(
        [*_bars(rows, "label", "count", x, y, "left"), layers.title(x_title, left)],
        "pic-platform-bars",
        (across, height),
        (32, right, 8, left),
    )


def year_bars(frame: pl.DataFrame, *, y_title: str, percent: bool) -> str:
    """Bars by school year, each with its number, without limits.

    Args:
        frame: label (String, "2024–25", unlike any other, in order), value (Float64, null where
            there is none to show), and perhaps note (String: said in place of a null value).
        y_title: What the values are, with their unit.
        percent: Whether values are proportions from 0 to 1, shown as percentages.

    Returns:
        An SVG, 720 wide.

    Raises:
        ValueError: If rows or columns are missing, or a label comes twice.

    Example:
        >>> frame = pl.DataFrame(
        ...     {"label": ["2023–24", "2024–25"], "value": [None, 0.5], "note": ["withheld", None]}
        ... )
        >>> year_bars(frame, y_title="Told", percent=True).count("withheld")
        1
    """
    rows = layers.taken(frame, "label", ("value",), _notes(frame), 100 if percent else 1)
    axis = placing.axis_of([0, *(row["value"] for row in rows)], percent)
    height, across = 220, min(WIDTH - LEFT - 30, 130 * len(rows))
    step = across / len(rows)
    for row in rows:
        said = _either(row, "value", placing.number(row["value"] or 0, percent=percent))
        row["text"] = placing.fit(said, step - 4)
    x, y = layers.periods(rows, step, "label", 0.4), layers.scaled(axis, height, percent)
    return layers.drawn(
        [*_bars(rows, "label", "value", x, y, "center"), layers.title(y_title, LEFT, 0.4)],
        "pic-year-bars",
        (across, height),
        (40, WIDTH - LEFT - across, 28, LEFT),
    )


def stock_line(frame: pl.DataFrame, *, y_title: str) -> str:
    """A stock month by month; under it, where given, what came in (up) and what went out (down).

    Args:
        frame: period (String, unlike any other, in order), value (the stock at the period's end;
            null is a gap), and perhaps opened and closed (numbers from 0; both or neither).
        y_title: What the stock is.

    Returns:
        An SVG, 720 wide.

    Raises:
        ValueError: If rows or columns are missing, or a period comes twice.

    Example:
        >>> frame = pl.DataFrame({"period": ["Sep 2024", "Oct 2024"], "value": [12, 9]})
        >>> stock_line(frame, y_title="Open findings").startswith("<svg")
        True
    """
    flows = [name for name in ("opened", "closed") if {"opened", "closed"} <= set(frame.columns)]
    rows = layers.taken(frame, "period", ("value", *flows))
    axis = placing.axis_of([0, *(row["value"] for row in rows)], whole=True)
    top, gap, height, right = 170, 26, 300 if flows else 170, 80
    across = WIDTH - LEFT - right
    x = layers.periods(rows, across / len(rows), padding=0.4)
    y = layers.scaled(axis, top)
    last = [row["value"] for row in rows if row["value"] is not None][-1:]
    parts: list[layers.Layer | None] = [
        layers.grouped([layers.joined(rows, x, y), layers.points(rows, COMMON, None, x, y)]),
        *layers.ends([(f"{value:,.6g} open", "grey", value) for value in last], axis, top, across),
        layers.title(y_title, LEFT),
    ]
    if flows:
        reach = placing.axis_of([0, 1, *(row[name] for row in rows for name in flows)], whole=True)[-1]
        scale = alt.Scale(domain=[-reach, reach], range=[height, top + gap], nice=False)
        said = alt.Axis(values=[-reach, 0, reach], labelExpr="abs(datum.value)", orient="left", title=None)
        signed = alt.Y("count", type="quantitative", scale=scale, axis=said)
        bars = [
            layers.encoded(
                layers.chart(
                    [{"period": r["period"], "count": sign * (r[name] or 0)} for r in rows], name
                ).mark_bar(color=HEX["bar"]),
                x=x,
                y=signed,
            )
            for name, sign in zip(flows, (1, -1), strict=True)
        ]
        middle = (top + gap + height) / 2
        words = [
            {"x": across + 14, "y": middle + shift, "text": name}
            for name, shift in zip(flows, (-24, 24), strict=True)
        ]
        zero = [{"x": 2, "y": middle, "x2": across, "y2": middle}]
        parts += [
            layers.grouped(bars),
            layers.rules(zero, "zero", "background", 2),
            layers.texts(words, "flow-label", "text"),
        ]
    return layers.drawn(parts, "pic-stock-line", (across, height), (32, right, 28, LEFT), parted=True)


def _flags(rows: Sequence[Row], events: Sequence[tuple[str, str]], step: float, right: float) -> list[Row]:
    """Where the lines and labels of events go: x, text, row, left."""
    order = {row["period"]: i for i, row in enumerate(rows)}
    found: list[Row] = [
        {"x": round(order[placing.clean(period)] * step, 2), "text": placing.fit(label, 300)}
        for period, label in events
        if placing.clean(period) in order
    ]
    found.sort(key=lambda flag: flag["x"])
    room = placing.lanes([(flag["x"], placing.width(flag["text"]) + 5) for flag in found], -LEFT, right)
    return [flag | {"row": row, "left": left} for flag, (row, left) in zip(found, room, strict=True)]


def _averages(
    rows: Sequence[Row],
    label: str,
    percent: bool,
    fine: bool,
    step: float,
    lines: Sequence[float],
) -> list[Row]:
    """What the centre line of each phase but the last is, above it: x, y, text."""
    found = []
    for phase in dict.fromkeys(row["phase"] for row in rows):
        at = [i for i, row in enumerate(rows) if row["phase"] == phase]
        centres = [rows[i]["centre"] for i in at if rows[i]["centre"] is not None]
        if phase == rows[-1]["phase"] or not centres:
            continue
        text = f"{label} {placing.number(centres[-1], percent=percent, fine=fine)}"
        edges = [at[0] * step, *lines, (at[-1] + 1) * step]
        edges = sorted(x for x in edges if edges[0] <= x <= edges[-1])
        wide, start = max((b - a, a) for a, b in itertools.pairwise(edges))
        if placing.width(text) + 8 <= wide:
            found.append({"x": round(start + wide / 2, 2), "y": -14, "text": text})
    return found


def _said(flags: Sequence[Row], left: bool) -> list[Row]:
    """The labels of events on one side of their lines: x, y, text."""
    shift = -5 if left else 5
    return [
        {"x": flag["x"] + shift, "y": flag["y"], "text": flag["text"]}
        for flag in flags
        if flag["left"] == left
    ]


def _notes(frame: pl.DataFrame) -> list[str]:
    """The column of notes, where the frame has one."""
    return [name for name in frame.columns if name == "note"]


def _either(row: Row, column: str, said: str) -> str:
    """The number as said, or the note where there is none."""
    return said if row[column] is not None else placing.clean(row.get("note") or "no figure")


def _bars(
    rows: Sequence[Row], label: str, value: str, x: alt.X, y: alt.Y, align: layers.Align
) -> list[alt.Chart]:
    """Bars and, at their ends, their numbers (the column text)."""
    bars = [{label: row[label], value: row[value] or 0} for row in rows]
    texts = [bar | {"text": row["text"]} for bar, row in zip(bars, rows, strict=True)]
    right = align == "left"  # of the bar's end; else above it
    said = layers.chart(texts, "number").mark_text(
        align=align, dx=6 if right else 0, dy=0 if right else -10, color=HEX["text"]
    )
    return [
        layers.encoded(layers.chart(bars, "bar").mark_bar(color=HEX["bar"]), x=x, y=y),
        layers.encoded(said, x=x, y=y, text=alt.Text("text", type="nominal")),
    ]
