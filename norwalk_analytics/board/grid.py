"""What every control chart says, on one grid: special cause by what is to be expected of the target.

The form of the summary matrix of NHS England's Making Data Count.
"""

from __future__ import annotations

from markupsafe import Markup

from norwalk_analytics.board import pieces
from norwalk_analytics.board.scorecard import Charts
from norwalk_analytics.board.trend_words import trend_word
from norwalk_analytics.oversight.disclosure import Shown

ROWS = {
    "worsening": "Concern: changed for the worse",
    "high": "Changed, upwards",
    "low": "Changed, downwards",
    "steady": "Common cause: no more than chance",
    "improving": "Improvement: changed for the better",
    "too short to say": "Too short to say",
}
COLUMNS = {
    "consistently fails": "Falls short of its target",
    "hit or miss": "Meets it or not by chance",
    "consistently meets": "Meets its target",
    "": "Has no target to be held against",
}


def grid(shown: Shown, found: Charts) -> Markup:
    """A table: a row a kind of change, a column what the limits promise for the target, the measures in its cells."""
    cells: dict[tuple[str, str], dict[str, list[str]]] = {}
    for (name, clause), chart in found.items():
        word = trend_word(chart)
        if word not in ROWS or chart.summary is None:
            continue
        promised = (chart.summary.get("assurance") or "") if chart.kind == "p" else ""
        cells.setdefault((word, promised), {}).setdefault(name, []).append(clause)
    if not cells:
        return pieces.note("No measure has a control chart yet.")
    rows: list[list[pieces.Cell]] = []
    for word, said in ROWS.items():
        if any(row == word for row, _ in cells):
            mine = [cells.get((word, promised), {}) for promised in COLUMNS]
            rows.append([said, *[_items(shown, one) for one in mine]])
    return pieces.table(
        caption="What the charts say of change, and of the target",
        ident="change-and-target",
        columns=[pieces.Column(title) for title in ("Change", *COLUMNS.values())],
        rows=rows,
        note="Where a target lies between a chart’s limits, chance decides whether a month or quarter meets it. Where it lies outside them, it goes on being met, or missed, until something changes.",
    )


def _items(shown: Shown, names: dict[str, list[str]]) -> pieces.Cell:
    """Measures, each with its clauses."""
    said = []
    for name, clauses in names.items():
        of = [clause for clause in clauses if clause != "all"]
        said.append(shown.policy.measures[name].name + (f" ({', '.join(of)})" if of else ""))
    return pieces.Items(tuple(said)) if said else "none"
