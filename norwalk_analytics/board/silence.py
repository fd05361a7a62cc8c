"""Silence in words: for which months a school handed in neither rows of a table nor a nil return."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl
from markupsafe import Markup

from norwalk_analytics.board import pieces, words
from norwalk_analytics.intake.contract import TABLES
from norwalk_analytics.intake.loaded import District
from norwalk_analytics.oversight.periods import add_months
from norwalk_analytics.oversight.silences import MONTHS, silences_of


def silence_sentence(found: pl.DataFrame | None) -> str | None:
    """How many schools were silent, for In brief; None where none was, or it can't be said."""
    if found is None or found.is_empty():
        return None
    schools = words.plural(found["school_id"].n_unique(), "school")
    return f"{schools} handed in neither rows nor a nil return for a month of the last {MONTHS}; what is missing does not count as zero."


def silence_table(district: District) -> Markup:
    """Which school was silent on which table, and when."""
    found = silences_of(district)
    if found is None:
        return pieces.note(
            "Schools’ returns are not at hand, so which schools handed in nothing can’t be said, and a zero may mean “not reported”."
        )
    if found.is_empty():
        said = f"In the last {MONTHS} months every school handed in rows or a nil return of every table."
        return pieces.place("silence", pieces.paragraphs([said]))
    title = {name: district.contract.tables[name].title for name in TABLES}
    rows = [
        [school, title[table], f"{len(months)} of {MONTHS}", _spans(months)]
        for school, table, months in found.rows()
    ]
    columns = [
        pieces.Column("School"),
        pieces.Column("Table"),
        pieces.Column("Months", numeric=True),
        pieces.Column("Which"),
    ]
    return pieces.table(
        caption=f"Schools that handed in neither rows nor a nil return, last {MONTHS} months", ident="silence",
        columns=columns, rows=rows, note="A month with neither is no evidence: it is left out of rates and charts, and never counts as zero.",
    )  # fmt: skip


def _spans(months: Sequence[date]) -> str:
    """Months in words: "March to May 2026, July 2026"."""
    spans: list[list[date]] = []
    for month in months:
        if spans and add_months(spans[-1][-1], 1) == month:
            spans[-1].append(month)
        else:
            spans.append([month])
    return ", ".join(
        words.month_words(one[0])
        if len(one) == 1
        else f"{words.month_words(one[0])} to {words.month_words(one[-1])}"
        for one in spans
    )
