"""The published figures as a file: tidy CSV with its Table Schema, or a workbook."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from norwalk_analytics.intake.writing import safe
from norwalk_analytics.intake.xlsx_writing import HEAD, MADE
from norwalk_analytics.whole import whole_file, write_whole

FIELDS = {
    "measure": ("string", "What is measured, as in policy.toml."),
    "clause": ("string", "The clause of the policy."),
    "table": ("string", "The table that the figure is made from."),
    "view": ("string", "stock: on one day. event: what happened in a period. series: a period of a chart. apart: counted apart, without a denominator. flow: what a month adds and takes. wait: by when half and nine in ten of the cases had what was awaited. curve: the share closed by a day. age: how long ago the last audit was."),
    "school": ("string", "The school; empty for the district."),
    "breakdown": ("string", "By what the figure is broken down; empty for the whole."),
    "group": ("string", "Which group of the breakdown."),
    "period": ("string", "as_of: the day of the report. all: everything to that day. Else the kind of period."),
    "start": ("date", "The first day of the period; empty where it has none."),
    "end": ("date", "The last day of the period, or the day itself."),
    "numerator": ("integer", "How many; empty where the figure is withheld."),
    "denominator": ("number", "Of how many: cases, or staff for a rate per 100 staff; empty where there is none, or the figure is withheld."),
    "withheld": ("boolean", "Whether the figure is withheld, so that nothing can be learnt about a person."),
    "rate": ("number", "Numerator over denominator, per 100 where it is of staff; of a wait its hours (of findings and entries its days), of an age its months; empty where there is none, or the figure is withheld."),
    "lower": ("number", "The lower end of the rate's 95 % interval."),
    "upper": ("number", "The upper end of it."),
    "status": ("string", "The rate held against its target. What is said of a target of every case is said though the figure be withheld."),
}  # fmt: skip
"""The columns: type and meaning."""
TYPES = {
    "string": pl.String, "date": pl.Date, "integer": pl.Int64, "number": pl.Float64, "boolean": pl.Boolean,
}  # fmt: skip
SCHEMA = pl.Schema({name: TYPES[kind] for name, (kind, _) in FIELDS.items()})


def write_figures(path: Path, frame: pl.DataFrame, title: str) -> list[Path]:
    """Write published figures: a workbook where the file ends in .xlsx, else CSV with its Table Schema beside it.

    Args:
        path: where to; it is replaced where it exists. The schema is ``NAME.schema.json``.
        frame: the columns of FIELDS, one row a figure.
        title: what the figures are of.

    Returns:
        The files.
    """
    kept = frame.select(*SCHEMA).cast(SCHEMA)
    if path.suffix.lower() == ".xlsx":
        with whole_file(path) as partial:
            _workbook(partial, kept, title)
        return [path]
    schema = path.with_suffix(".schema.json")
    write_whole(path, safe(kept).write_csv())
    write_whole(schema, json.dumps(_schema(title), indent=1, ensure_ascii=False) + "\n")
    return [path, schema]


def _schema(title: str) -> dict[str, object]:
    """The Table Schema (Data Package 2.0) of the CSV."""
    return {
        "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
        "name": "figures",
        "title": title,
        "fields": [
            {"name": name, "type": kind, "description": said} for name, (kind, said) in FIELDS.items()
        ],
        "missingValues": [""],
    }


def _workbook(path: Path, frame: pl.DataFrame, title: str) -> None:
    """A sheet that says what the columns are, and one of the figures; every text is text, no formula."""
    import xlsxwriter

    settings = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), settings) as book:
        book.set_properties({"title": title, "created": MADE})
        about = book.add_worksheet("About")
        about.set_column(0, 0, 16)
        about.set_column(1, 1, 100, book.add_format({"text_wrap": True, "valign": "top"}))
        about.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 14}))
        for row, name in enumerate(frame.columns, 2):
            about.write_string(row, 0, name, book.add_format({"bold": True, "valign": "top"}))
            about.write_string(row, 1, FIELDS[name][1])
        frame.write_excel(
            book,
            "Figures",
            header_format=HEAD,
            dtype_formats={pl.Int64: "#,##0", pl.Date: "yyyy-mm-dd"},
            column_formats={"denominator": "#,##0.##", "rate": "0.000", "lower": "0.000", "upper": "0.000"},
            table_style=None,
            autofilter=True,
            autofit=True,
            freeze_panes=(1, 2),
        )
