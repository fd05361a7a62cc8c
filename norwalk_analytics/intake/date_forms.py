"""Dates in the forms that a profile names, written as the loader reads them; an ISO date stays as it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import narwhals as nw

from norwalk_analytics.intake.profiles import DIRECTIVES

MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
LONG = ["uary", "ruary", "ch", "il", "", "e", "y", "ust", "tember", "ober", "ember", "ember"]
ISO = "^[0-9]{4}-"


def reshaped(frame: Any, x: str, forms: Sequence[str], kind: str) -> Any:
    """Cells of a column in one of these forms as M/D/YYYY, with the time if there is one.

    What is in no form and is no ISO date gets a question mark before it, so that nothing reads it.

    Args:
        frame: a Narwhals frame.
        x: its String column, cells stripped.
        forms: as strptime has them.
        kind: date, or datetime: then a time in the loader's own forms may follow.

    Example:
        >>> import polars as pl
        >>> cells = nw.from_native(pl.DataFrame({"x": ["31.12.2024", "2024-12-31", "12/31/2024"]}))
        >>> reshaped(cells, "x", ["%d.%m.%Y"], "date").to_native()["x"].to_list()
        ['12/31/2024', '2024-12-31', '?12/31/2024']
    """
    cell = nw.col(x)
    new = nw.when(cell.str.contains(ISO)).then(cell).otherwise(nw.concat_str([nw.lit("?"), cell]))
    for form in reversed(forms):
        pattern, written = _pattern(form, kind)
        text = cell.str.replace_all(pattern, written)
        if "%b" in form or "%B" in form:
            text = _numbered(text)
        new = nw.when(cell.str.contains(pattern)).then(text).otherwise(new)
    return frame.with_columns(new.alias(x))


def _pattern(form: str, kind: str) -> tuple[str, str]:
    """A form as a regular expression, and what is written in its place."""
    pattern, places, group = "", {}, 0
    run_on = re.search("%.%", form) is not None  # nothing parts two numbers: each has all its digits
    for piece in re.split("(%.)", form):
        if piece in DIRECTIVES:
            group += 1
            part, found = DIRECTIVES[piece]
            pattern += found.replace("{1,2}", "{2}") if run_on else found
            places[part] = f"${group}"
        else:
            pattern += re.escape(piece).replace("\\ ", " +")
    written = "{month}/{day}/{year}".format_map(places)
    if "hour" in places:
        clock = [places[part] for part in ("hour", "minute", "second") if part in places]
        written += " " + ":".join(clock) + (f" {places['half']}" if "half" in places else "")
    elif kind == "datetime":
        pattern += "([ T].*)?"
        written += f"${group + 1}"
    return f"^{pattern}$", written


def _numbered(text: nw.Expr) -> nw.Expr:
    """A month's English name as its number, in M/D/YYYY."""
    for number, (short, rest) in enumerate(zip(MONTHS, LONG, strict=True), start=1):
        more = f"(?:{rest}|t)?" if short == "sep" else f"(?:{rest})?" if rest else ""
        text = text.str.replace_all(f"(?i)^{short}{more}/", f"{number}/")
    return text
