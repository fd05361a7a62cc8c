"""What the workbooks that we write have in common: text that stays text, lists to choose from, comments."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from norwalk_analytics.intake.texts import letters
from norwalk_analytics.whole import whole_file

LISTS = "Lists"
MOST = 32_767
"""Characters that a workbook's cell may hold, as UTF-16 counts them."""
NOT_HELD = "(a workbook cannot hold this cell; it is kept as it stands in the source)"
NOBODYS = re.compile("[\0\ufffe\uffff]")
SPELLED = re.compile("_x[0-9A-Fa-f]{4}_x[0-9A-Fa-f]{4}_")
"""What looks like two spelled-out characters that share a mark: it is not written so that it is read again."""
MADE = datetime(2013, 9, 3, tzinfo=UTC).replace(tzinfo=None)
"""Stands for the day on which a workbook was made, so that the same rows give the same bytes."""
HEAD = {"bold": True, "bg_color": "#E5E9F0", "bottom": 1, "valign": "top", "text_wrap": True}
TEXT = {"num_format": "@", "quote_prefix": True, "valign": "top"}
COMMENT = {"x_scale": 2, "y_scale": 1.4, "font_size": 10, "color": "#FFFFE5"}


@contextlib.contextmanager
def workbook(path: Path) -> Iterator[Any]:
    """A workbook of xlsxwriter, written whole or not at all; no cell of it is taken for a formula or a link."""
    import xlsxwriter  # only who writes a workbook needs it

    settings = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with whole_file(path) as partial, partial.open("xb") as file:
        book = xlsxwriter.Workbook(file, settings)
        book.set_properties({"created": MADE})
        yield book
        book.close()


def held(text: str) -> str:
    """A text as a cell of a workbook holds it; a sentence in its place where it can't."""
    units = len(text) if 2 * len(text) <= MOST else len(text.encode("utf-16-le")) // 2
    return NOT_HELD if units > MOST or SPELLED.search(text) else NOBODYS.sub("", text)


def put(page: Any, row: int, column: int, text: str | None, style: Any) -> None:
    """Write a cell's text as it stands; an empty one keeps its style."""
    if not text:
        page.write_blank(row, column, None, style)
    else:
        page.write_string(row, column, held(text), style)


def lists_of(book: Any, lists: Mapping[str, list[str]]) -> dict[str, str]:
    """Write lists on a sheet of their own, a column each.

    Returns:
        Name → the range that a drop-down takes.
    """
    page = book.add_worksheet(LISTS)
    style, head = book.add_format(TEXT), book.add_format(HEAD)
    for column, name in enumerate(lists):
        page.write_string(0, column, name, head)
    longest = max(map(len, lists.values()), default=0)
    for row in range(longest):  # row by row, as a workbook is written that is not held in memory
        for column, values in enumerate(lists.values()):
            if row < len(values):
                put(page, row + 1, column, values[row], style)
    ranges = {
        name: f"={LISTS}!${letters(column)}$2:${letters(column)}${len(values) + 1}"
        for column, (name, values) in enumerate(lists.items())
    }
    page.set_column(0, max(len(lists) - 1, 0), 24)
    return ranges


def drop_down(page: Any, column: int, last: int, source: str, name: str) -> None:
    """A list to choose from in a column, from its second row to ``last``; other text is asked about."""
    page.data_validation(1, column, last, column, {
        "validate": "list", "source": source, "error_type": "warning", "error_title": name[:32],
        "error_message": "This is not on the list. Keep it all the same?",
    })  # fmt: skip


def comment(page: Any, row: int, column: int, text: str) -> None:
    """A comment beside a cell."""
    lines = text.count("\n") + len(text) / 40
    page.write_comment(row, column, text, {**COMMENT, "y_scale": max(1.0, lines / 4)})
