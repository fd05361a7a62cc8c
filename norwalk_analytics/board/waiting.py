"""How long cases wait: open ones by their age, and the share still waiting as time goes by."""

import math
from collections.abc import Sequence

import polars as pl

from norwalk_analytics.board import layers, placing, strokes
from norwalk_analytics.board.layers import LEFT, Layer, Row
from norwalk_analytics.board.pictures import WIDTH
from norwalk_analytics.board.theme import HEX

__all__ = ["ageing_bars", "survival_curve"]

_BAR, _PITCH = 18, 26  # the height of a bar; from one to the next
_HEIGHT = 260
# What tells the groups of a curve apart beside their labels: colour and dash.
_GROUPS: tuple[tuple[str, list[float]], ...] = (
    ("blue", [1, 0]),
    ("plum", [9, 4]),
    ("target", [3, 3]),
    ("grey", [12, 3, 2, 3]),
    ("bar", [6, 2, 2, 2, 2, 2]),
)


def ageing_bars(frame: pl.DataFrame, *, x_title: str) -> str:
    """Horizontal bars of open cases by age, in the order of the frame, each with its number.

    Args:
        frame: label (String: the ages, the youngest first, unlike any other), count (a number, or
            null where there is none to show), and perhaps note (String: said in place of a count
            that is null).
        x_title: What is counted.

    Returns:
        An SVG, 720 wide, its height by the number of bars.

    Raises:
        ValueError: If rows or columns are missing, or a label comes twice.

    Example:
        >>> frame = pl.DataFrame({"label": ["0–30 days", "over 365 days"], "count": [12, 3]})
        >>> ageing_bars(frame, x_title="Open findings").count("over 365 days")
        1
    """
    rows = layers.taken(frame, "label", ("count",), [name for name in frame.columns if name == "note"])
    for row in rows:
        there = row["count"] is not None
        row["said"] = f"{row['count']:,.6g}" if there else placing.clean(row.get("note") or "no figure")
    left = math.ceil(min(max(placing.width(row["label"]) for row in rows), 240)) + 14
    right = min(max(math.ceil(placing.width(row["said"])) for row in rows), 240) + 12
    across, height = WIDTH - left - right, _PITCH * len(rows)
    most = max(row["count"] or 0 for row in rows) or 1
    bars, names, said = [], [], []
    for i, row in enumerate(rows):
        top, end = _PITCH * i + 4, round(across * max(row["count"] or 0, 0) / most, 1)
        if end:
            bars.append({"x": 0, "y": top, "x2": end, "y2": top + _BAR})
        middle = top + _BAR / 2
        names.append({"x": -8, "y": middle, "text": placing.fit(row["label"], 240)})
        said.append({"x": end + 6, "y": middle, "text": placing.fit(row["said"], 240)})
    return layers.drawn(
        [
            layers.rules([{"x": -1, "y": 0, "x2": -1, "y2": height}], "zero", "grid"),
            strokes.boxes(bars, "bar", "bar"),
            layers.texts(names, "bar-label", "text", "right"),
            layers.texts(said, "number", "text"),
            layers.title(x_title, left),
        ],
        "pic-ageing-bars",
        (across, height),
        (32, right, 8, left),
    )


def survival_curve(frame: pl.DataFrame, *, x_title: str, y_title: str, half: bool = False) -> str:
    """Shares as time goes by, in steps, each with its band: cases still waiting, or those closed.

    Args:
        frame: Rows in any order: group (String; null on all rows where there is but one), time (a
            number from 0), share, lower, upper (Float64 from 0 to 1: from this time on, until the
            next; null is a gap). Up to five groups, drawn in the order in which they first come.
        x_title: What time is counted in, and from when.
        y_title: What the share is of.
        half: Whether to draw a line at one half, where a curve crosses its median.

    Returns:
        An SVG, 720 wide. Groups differ in colour and dash; each ends in its name and last share.

    Raises:
        ValueError: If rows or columns are missing, there are more than five groups, a time is not
            a number from 0 or comes twice in a group, or a share is not from 0 to 1.

    Example:
        >>> frame = pl.DataFrame(
        ...     {"group": [None, None], "time": [0, 30], "share": [1.0, 0.4],
        ...      "lower": [None, 0.3], "upper": [None, 0.5]},
        ...     schema_overrides={"group": pl.String},
        ... )
        >>> "40 %" in survival_curve(frame, x_title="Days since opened", y_title="Still open")
        True
    """
    rows = _curves(frame)
    names = list(dict.fromkeys(row["group"] for row in rows))
    if len(names) > len(_GROUPS):
        msg = f"A picture tells {len(_GROUPS)} groups apart, not {len(names)}."
        raise ValueError(msg)
    axis = [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]
    times = placing.axis_of([0, *(row["time"] for row in rows)])
    most = max(row["time"] for row in rows) or times[-1]

    lasts: list[Row] = []  # the last known share of each group, with its label
    for name, (colour, dash) in zip(names, _GROUPS, strict=False):
        of_group = [row for row in rows if row["group"] == name]
        if known := [row for row in of_group if row["share"] is not None]:
            said = placing.number(known[-1]["share"], percent=True)
            text = f"{placing.fit(name, 150)} {said}".strip()
            lasts.append({"rows": of_group, "colour": colour, "dash": dash, "last": known[-1], "text": text})
    ends = [(each["text"], each["colour"], each["last"]["share"]) for each in lasts]
    if half:
        ends.append(("half", "band", 50.0))
    right = max([30, *(math.ceil(placing.width(text)) + 18 for text, _, _ in ends)])
    across = WIDTH - LEFT - right

    for row in rows:
        row["x"] = round(across * row["time"] / most, 1)
        for column in ("share", "lower", "upper"):
            row[column] = strokes.level(row[column], axis, _HEIGHT)
    bands: list[Layer | None] = []
    lines: list[Layer | None] = []
    for letter, each in zip("abcde", lasts, strict=False):
        band = _stepped(each["rows"], ("lower", "upper"))
        if len(lasts) == 1:  # nothing shines through: the edges are lines, as limits are
            for edge in ("lower", "upper"):
                drawn = [{"x": r["x"], "value": r[edge], "part": r["part"]} for r in band]
                bands.append(strokes.line(drawn, edge, "band", [5, 3], 1))
        else:
            drawn = [{"x": r["x"], "y": r["upper"], "y2": r["lower"], "part": r["part"]} for r in band]
            bands.append(strokes.areas(drawn, "band", each["colour"], 0.14 if len(lasts) < 3 else 0.08))
        line = [
            {"x": r["x"], "value": r["share"], "part": r["part"]} for r in _stepped(each["rows"], ("share",))
        ]
        lines.append(strokes.line(line, "halo", "background", [1, 0], 5))
        lines.append(strokes.line(line, f"group-{letter}", each["colour"], each["dash"], 2))
    middle = [{"x": at, "value": strokes.level(50, axis, _HEIGHT), "part": 0} for at in (0, across) if half]
    leads = [
        {"x": each["last"]["x"], "y": each["last"]["share"], "x2": across, "y2": each["last"]["share"]}
        for each in lasts
        if each["last"]["x"] < across - 3
    ]
    empty = layers.chart([{"time": 0, "value": axis[0]}], "origin").mark_point(
        opacity=1, size=0, strokeWidth=0, color=HEX["background"]
    )
    return layers.drawn(
        [
            layers.encoded(
                empty, x=strokes.along("time", times, most, across), y=layers.scaled(axis, _HEIGHT, True)
            ),
            *bands,
            strokes.line(middle, "half", "band", [2, 4]),
            *lines,
            layers.rules(leads, "leader", "grid"),
            *layers.ends(ends, axis, _HEIGHT, across),
            layers.title(y_title, LEFT),
            strokes.foot(x_title, across, _HEIGHT + 40),
        ],
        "pic-survival-curve",
        (across, _HEIGHT),
        (32, right, 52, LEFT),
    )


def _curves(frame: pl.DataFrame) -> list[Row]:
    """The rows of a frame of curves by time, shares as percentages; a group that is null is "".

    Raises:
        ValueError: As ``survival_curve`` says.
    """
    if "group" in frame.columns and frame["group"].is_null().all():
        frame = frame.with_columns(group=pl.lit(""))
    rows = strokes.paired(frame, ("group", "time"), ("time", "share", "lower", "upper"))
    for row in rows:
        if row["time"] is None or row["time"] < 0:
            msg = "A time in the frame of a picture is a number from 0."
            raise ValueError(msg)
        for column in ("share", "lower", "upper"):
            if row[column] is not None and not 0 <= row[column] <= 1:
                msg = f"A {column} in the frame of a picture is from 0 to 1, not {row[column]}."
                raise ValueError(msg)
            row[column] = None if row[column] is None else round(100 * row[column], 4)
    return sorted(rows, key=lambda row: row["time"])


def _stepped(rows: Sequence[Row], columns: Sequence[str]) -> list[Row]:
    """Steps: each row's values hold to the next row; parted where a value is null.

    Args:
        rows: One group, by time: x and the columns.
        columns: What is drawn.

    Returns:
        x, part and the columns.

    Example:
        >>> rows = [{"x": 0, "share": 1}, {"x": 5, "share": 4}, {"x": 9, "share": None}]
        >>> [(row["x"], row["share"]) for row in _stepped(rows, ["share"])]
        [(0, 1), (5, 1), (5, 4), (9, 4)]
    """
    found: list[Row] = []
    part = 0
    for row, after in zip(rows, [*rows[1:], None], strict=True):
        values = {column: row[column] for column in columns}
        if None in values.values():
            part += 1
            continue
        found.append({"x": row["x"], "part": part} | values)
        if after is not None:
            found.append({"x": after["x"], "part": part} | values)
    return found
