"""How loaded tables show themselves in a notebook: counts and broken rules as HTML, no cell of any row."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from norwalk_analytics.intake.loaded import District, Loaded
    from norwalk_analytics.intake.scanned import Scanned

STYLE = "text-align:left;padding:.2em .8em"


def checked_html(one: Loaded | Scanned) -> str:
    """Counts, and each rule that was broken."""
    heads = ["Rows read", "Accepted", "Set aside", "Left out", "Warnings"]
    head = table_html(f"{one.table.title} from {one.where}", heads, [[f"{n:,}" for n in one.counts]])
    if one.by_rule.is_empty():
        return head
    rows = [[str(cell) for cell in row] for row in one.by_rule.iter_rows()]
    return head + table_html("Rules that were broken", list(one.by_rule.columns), rows, named=True)


def district_html(district: District) -> str:
    """Each table's counts, and which tables are missing."""
    tables = "".join(loaded._repr_html_() for loaded in district.tables.values())
    missing = "".join(f"<p>There is no {escape(name)}.</p>" for name in district.missing)
    made_up = ", made-up sample data" if district.sample else ""
    return f"<p>As of {district.as_of}{made_up}</p>{tables}{missing}"


def table_html(caption: str, header: list[str], rows: list[list[str]], *, named: bool = False) -> str:
    """A table for a notebook, in the notebook's own colours; ``named``: the first cell names its row."""
    first = f'<th scope="row" style="{STYLE}">{{}}</th>' if named else f'<td style="{STYLE}">{{}}</td>'
    head = "".join(f'<th scope="col" style="{STYLE}">{escape(cell)}</th>' for cell in header)
    body = "".join(
        "<tr>"
        + first.format(escape(row[0]))
        + "".join(f'<td style="{STYLE}">{escape(cell)}</td>' for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
