"""The floor of a report's time: a notebook that imports Polars and Altair and draws so many charts, as a page."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import nbformat
import papermill
from nbconvert import HTMLExporter

START = """
import altair as alt
import polars as pl
from IPython.display import SVG
import vl_convert as vlc

points = pl.DataFrame({"month": list(range(36)), "value": [(i * 7) % 11 for i in range(36)]})
"""
DRAW = """
chart = alt.Chart(points.with_columns(value=pl.col("value") + {at})).mark_line(point=True).encode(x="month:O", y="value:Q")
SVG(vlc.vegalite_to_svg(chart.to_json(validate=False)))
"""


def main(charts: int, page: Path) -> None:
    """Run the notebook and write it as HTML."""
    cells = [START, *[DRAW.format(at=at) for at in range(charts)]]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder) / "in.ipynb", Path(folder) / "out.ipynb"
        nbformat.write(notebook, before)
        papermill.execute_notebook(
            str(before), str(after), kernel_name="python3", progress_bar=False, log_output=False
        )
        html, _ = HTMLExporter().from_notebook_node(nbformat.read(after, as_version=4))
    page.write_text(html, encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
