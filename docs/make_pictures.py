"""Draw the pictures of ``control-charts.md``: ``python docs/make_pictures.py`` (from the checkout).

The charts are those that the page's own Python blocks make, and the curves come from the simulation of
``benchmarks/false_alarms.py``, so no picture shows what a run does not give.
"""

from __future__ import annotations

import contextlib
import io
import re
import sys
from pathlib import Path
from typing import Any

import altair as alt
import polars as pl

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS.parent))

from benchmarks.false_alarms import SHIFT_AT, SHIFTS, found  # noqa: E402
from norwalk_analytics.board.pictures import control_chart  # noqa: E402
from norwalk_analytics.board.rendering import render  # noqa: E402
from norwalk_analytics.board.theme import HEX, plain_colours  # noqa: E402

PAGE = DOCS / "control-charts.md"
CURVES = {  # rules, points that give the limits: colour, dash
    ("anhoej", None): ("blue", [1, 0]),
    ("anhoej", SHIFT_AT - 1): ("blue", [6, 4]),
    ("nhs", None): ("orange", [1, 0]),
    ("nhs", SHIFT_AT - 1): ("orange", [6, 4]),
}


def examples() -> list[dict[str, Any]]:
    """What each Python block of the page leaves behind, in their order."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    left: list[dict[str, Any]] = [{} for _ in blocks]
    for block, names in zip(blocks, left, strict=True):
        with contextlib.redirect_stdout(io.StringIO()):
            exec(block, names)
    return left


def charts() -> dict[str, str]:
    """The charts of the page's examples, by their files' names."""
    (told, days) = examples()
    share = {"y_title": "Told on or before first use", "percent": True, "better": "higher", "target": 0.95}
    begun = [("Mar 2025", "New form")]
    drawn = {
        "p_chart.svg": control_chart(_periods(told["chart"]), **share),
        "p_chart_phases.svg": control_chart(_periods(told["split"]), **share, events=begun),
        "run_chart.svg": control_chart(
            _periods(days["chart"]), y_title="Days to close a finding", percent=False, target=None,
            better="lower", centre_label="median",
        ),
    }  # fmt: skip
    return {name: _alone(svg) for name, svg in drawn.items()}


def power() -> str:
    """How many i charts signal, by the size of a shift in their middle."""
    rows = [
        {
            "rules": f"{rules}, limits from {'all 24 points' if first is None else f'the first {first}'}",
            "shift": shift,
            "share": 100 * found("i", rules, shift, baseline=first)["any"],
        }
        for rules, first in CURVES
        for shift in (0.0, *SHIFTS)
    ]
    names = list(dict.fromkeys(row["rules"] for row in rows))
    legend = alt.Legend(title=None, labelFontSize=13, labelLimit=0, symbolSize=300, labelColor=HEX["text"])
    words = {"titleFontSize": 13, "titleFontWeight": "normal", "titleColor": HEX["text"]}
    colours, dashes = zip(*CURVES.values(), strict=True)
    curves = (
        alt.Chart(alt.InlineData(rows), name="curves")
        .mark_line(strokeWidth=2, point=False)
        .encode(
            x=alt.X("shift", type="quantitative", axis=alt.Axis(title="Shift of the mean, in σ", values=[0, *SHIFTS], format="~g", **words)),
            y=alt.Y("share", type="quantitative", axis=alt.Axis(title="Charts that signal, %", **words), scale={"domain": [0, 100]}),
            color=alt.Color("rules", type="nominal", scale={"domain": names, "range": [HEX[one] for one in colours]}, legend=legend),
            strokeDash=alt.StrokeDash("rules", type="nominal", scale={"domain": names, "range": list(dashes)}, legend=legend),
        )
    )  # fmt: skip
    return _alone(render(alt.layer(curves), kind="pic-power", size=(400, 240), margins=(12, 240, 44, 60)))


def _periods(chart: pl.DataFrame) -> pl.DataFrame:
    """A chart's frame as pictures want it: months in words, and none of them still open."""
    words = pl.col("month").str.to_date("%Y-%m").dt.to_string("%b %Y")
    return chart.with_columns(period=words, hollow=pl.lit(value=False))


def _alone(svg: str) -> str:
    """A picture that stands in a file of its own: its colours spelt out, on white, as large as it was drawn."""
    width, height = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg).groups()
    svg = plain_colours(svg).replace('width="100%"', f'width="{width}" height="{height}"', 1)
    head, rest = svg.split(">", 1)
    return f'{head}><rect width="{width}" height="{height}" fill="#FFFFFF"/>{rest}\n'


if __name__ == "__main__":
    (DOCS / "pictures").mkdir(exist_ok=True)
    for name, svg in (charts() | {"power.svg": power()}).items():
        (DOCS / "pictures" / name).write_text(svg, encoding="utf-8")
