"""The correction workbook: every row that was set aside, as it stood, with what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from pathlib import Path
from typing import Any

import polars as pl

from norwalk_analytics.intake.choices import choices
from norwalk_analytics.intake.contract import Contract
from norwalk_analytics.intake.loaded import Loaded
from norwalk_analytics.intake.mending import CHECK, FIXED, fingerprint
from norwalk_analytics.intake.texts import ROW
from norwalk_analytics.intake.xlsx_writing import (
    HEAD,
    TEXT,
    comment,
    drop_down,
    lists_of,
    put,
    workbook,
)

SHEET = "Corrections"
MOST_ROWS, MOST_COLUMNS = 1_000_000, 16_000
BROKEN = {"bg_color": "#F8D7C8", "border": 1, "border_color": "#9A3412", "bold": True}
DOUBTFUL = {"bg_color": "#FFF3C4", "border": 1, "border_color": "#B7791F"}
LINE, ACROSS = 15, 55
"""How high a line of reasons is, and how many characters stand in it: not every program works it out."""
ABOUT = {"valign": "top", "text_wrap": True, "bg_color": "#F5F5F5"}


def write_corrections(loaded: Loaded, contract: Contract, path: Path) -> int:
    """Write a table's correction workbook.

    A row each that was set aside: its file, sheet and row, what is wrong and what to do, and its cells as
    they stood. Broken cells are coloured and bear a comment; fields of a list have it to choose from. Rows
    that an earlier workbook mended stand below as they are now, so that the newest workbook is enough. A
    workbook holds a million rows, and 16,000 columns or none.
    Mended and loaded again, the rows take their places.

    Args:
        loaded: the table.
        contract: with its lists.
        path: the workbook; it is replaced where it exists.

    Returns:
        How many rows were written; where there are none, no workbook is.
    """
    rows = pl.concat([loaded.quarantined, loaded.mended], how="diagonal").head(MOST_ROWS)
    if rows.is_empty() or rows.width > MOST_COLUMNS:
        return 0
    cells = rows.columns[4:]
    said, sources = _said(loaded), _sources(loaded)
    with workbook(path) as book:
        page = book.add_worksheet(SHEET)
        styles = {name: book.add_format(of) for name, of in _styles().items()}
        for column, header in enumerate([*FIXED, *cells, CHECK]):
            page.write_string(0, column, header, styles["head"])
        for at, row in enumerate(rows.iter_rows(), start=1):
            file, sheet, number, raw = row[0], row[1], row[2], dict(zip(cells, row[4:], strict=True))
            reasons, fields = said.get((file, sheet, number), (row[3], []))
            page.set_row(at, LINE * sum(ceil(len(reason) / ACROSS) for reason in reasons))
            for column, text in enumerate((file, sheet or "", str(number), "\n".join(reasons))):
                put(page, at, column, text, styles["about"])
            marked = _marked(loaded, file, sheet, fields)
            for column, name in enumerate(cells, start=len(FIXED)):
                severity, remarks = marked.get(name, ("", []))
                put(page, at, column, raw[name], styles[severity])
                if remarks:
                    comment(page, at, column, "\n".join(remarks))
            page.write_string(
                at,
                len(FIXED) + len(cells),
                fingerprint(raw | sources.get((file, sheet, number), {})),
                styles["about"],
            )
        _laid_out(page, len(cells))
        _lists(book, page, loaded, contract, cells, rows.height)
    return rows.height


def _styles() -> dict[str, dict[str, Any]]:
    return {
        "head": HEAD, "about": {**TEXT, **ABOUT}, "": TEXT,
        "critical": {**TEXT, **BROKEN}, "warning": {**TEXT, **DOUBTFUL}, "info": TEXT,
    }  # fmt: skip


def _sources(loaded: Loaded) -> dict[tuple[str, str | None, int], dict[str, str]]:
    """File, sheet and row → what stands in the source, of cells that an earlier workbook changed."""
    found: dict[tuple[str, str | None, int], dict[str, str]] = {}
    for file, sheet, row, column, before, _ in loaded.corrected.iter_rows():
        found.setdefault((file, sheet, row), {})[column] = before or ""
    return found


Said = tuple[list[str], list[tuple[str, str, str]]]


def _said(loaded: Loaded) -> dict[tuple[str, str | None, int], Said]:
    """File, sheet and row → sentences, and of which field which severity says what."""
    found: dict[tuple[str, str | None, int], Said] = {}
    rows = loaded.quarantined.select("file", "sheet", pl.col(ROW).alias("row"))
    problems = loaded.problems.join(rows, on=["file", "sheet", "row"], how="semi", nulls_equal=True)
    columns = problems.select("file", "sheet", "row", "field", "severity", "wrong", "remedy").iter_rows()
    for file, sheet, row, field, severity, wrong, remedy in columns:
        sentences, fields = found.setdefault((file, sheet, row), ([], []))
        mark = "" if severity == "critical" else "(Only a warning.) "
        sentences.append(f"{mark}{wrong} {remedy}")
        if field is not None:
            fields.append((field, severity, f"{mark}{wrong}\n{remedy}"))
    return found


def _marked(
    loaded: Loaded, file: str, sheet: str | None, fields: list[tuple[str, str, str]]
) -> Mapping[str, tuple[str, list[str]]]:
    """Column → its gravest severity, and what is said of it."""
    marked: dict[str, tuple[str, list[str]]] = {}
    for field, severity, remark in fields:
        for name in loaded.columns_of(file, sheet, field):
            before, remarks = marked.get(name, (severity, []))
            marked[name] = ("critical" if "critical" in (before, severity) else severity, [*remarks, remark])
    return marked


def _laid_out(page: Any, cells: int) -> None:
    page.freeze_panes(1, len(FIXED))
    for column, width in enumerate((20, 12, 7, 60)):
        page.set_column(column, column, width)
    page.set_column(len(FIXED), len(FIXED) + cells - 1, 18)
    page.set_column(len(FIXED) + cells, len(FIXED) + cells, None, None, {"hidden": True})
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.set_comments_author("norwalk-analytics")


def _lists(book: Any, page: Any, loaded: Loaded, contract: Contract, cells: list[str], rows: int) -> None:
    """Lists to choose from on the columns that hold a field of a list in every file."""
    parameters = contract.parameters(contract.policy.enacted)
    lists = {one.name: choices(one, contract, parameters) for one in loaded.table.fields}
    lists = {name: values for name, values in lists.items() if values}
    ranges = lists_of(book, lists)
    holds: dict[str, set[str]] = {}
    for of in loaded.origins.values():
        for field, columns in of.items():
            for column in columns:
                holds.setdefault(column, set()).add(field if len(columns) == 1 else "")
    for at, name in enumerate(cells, start=len(FIXED)):
        (held, *more) = holds.get(name, {""})
        if not more and held in ranges:
            drop_down(page, at, rows, ranges[held], held)
