"""How good the data are, as tables: rows read, accepted and set aside, and the rules that they broke."""

from __future__ import annotations

from markupsafe import Markup

from norwalk_analytics.board import pieces
from norwalk_analytics.board.words import number
from norwalk_analytics.intake.loaded import District
from norwalk_analytics.oversight.row_counts import COUNTS, RowCounts, counts_of

WITHHELD = "withheld"


def quality_tables(district: District, small: int = 0) -> Markup:
    """Rows read, accepted, set aside by reason; warnings; tables missing.

    Args:
        district: the loaded tables.
        small: counts of 1 to ``small`` − 1 are withheld; 0 shows all.
    """
    told = [(one.table.title, counts_of(one, small)) for one in district.tables.values()]
    heads = [pieces.Column(name.capitalize(), numeric=True) for name in COUNTS]
    rows = [[title, *[_said(one, name) for name in COUNTS]] for title, one in told]
    rows += [
        [district.contract.tables[name].title, "no such table", *[""] * (len(COUNTS) - 1)]
        for name in district.missing
    ]
    few = " Counts of few rows are withheld, and others so that they can’t be worked out."
    html = pieces.table(
        caption="Rows read and accepted, by table", columns=[pieces.Column("Table"), *heads], rows=rows, ident="rows-by-table",
        note="Rows read = accepted + set aside + left out. Set aside: in no figure. Left out: an import profile says that they are not "
        "meant for this report. Warnings: rows that are kept, but worth a look." + few * any(one.hidden for _, one in told),
    )  # fmt: skip
    reasons = [
        [title, rule, "set aside" if severity == "critical" else "warning", _said(one, at)]
        for title, one in told
        for at, (rule, severity, _) in enumerate(one.reasons)
    ]
    if reasons:
        columns = [pieces.Column(head) for head in ("Table", "Rule", "What follows")]
        html += pieces.table(
            caption="Rules that rows broke", columns=[*columns, pieces.Column("Rows", numeric=True)], rows=reasons,
            ident="rules-broken", note=few.strip() * any(row[-1] == WITHHELD for row in reasons),
        )  # fmt: skip
    for name in district.missing:
        html += pieces.note(f"There is no {name}: its measures can't be judged, and stand as “no evidence”.")
    return html


def _said(counts: RowCounts, name: str | int) -> str:
    """A count as it is printed."""
    shown = counts.shown(name)
    return WITHHELD if shown is None else number(shown)
