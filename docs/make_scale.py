"""Draw docs/pictures/scale.svg from what ``python -m benchmarks scale`` measured."""

from __future__ import annotations

from pathlib import Path

import altair as alt
import polars as pl
import vl_convert

HERE = Path(__file__).parent


def main() -> None:
    """Draw it."""
    found = pl.read_csv(HERE.parent / "benchmarks" / "scale.csv").with_columns(
        millions=pl.col("rows") / 1_000_000
    )
    base = alt.Chart(found).encode(
        alt.X("millions:Q", title="rows of the exception log, millions", scale=alt.Scale(type="log")),
        alt.Y("seconds:Q", title="seconds", scale=alt.Scale(type="log")),
        alt.Color("step:N", legend=None, scale=alt.Scale(range=["#595959", "#0b5fa5", "#a34a00"])),
    )
    last = base.transform_filter(f"datum.rows == {found['rows'].max()}")
    below = "datum.step == 'measures'"  # beside the rules it would be written over them
    names = [
        last.transform_filter(where).mark_text(align="left", dx=8, dy=dy, fontSize=13).encode(text="step:N")
        for where, dy in ((f"!({below})", 0), (below, 6))
    ]
    chart = alt.layer(base.mark_line(point=True), *names)
    picture = chart.properties(width=560, height=300).configure(
        font="Liberation Sans, Arial, sans-serif",
        background="white",
        padding={"left": 5, "top": 5, "right": 80, "bottom": 10},
    )
    svg = vl_convert.vegalite_to_svg(picture.to_dict())
    (HERE / "pictures" / "scale.svg").write_text(svg + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
