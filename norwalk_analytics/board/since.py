"""What changed since the last report: which measures came to meet their target, or ceased to."""

from __future__ import annotations

from datetime import date

import polars as pl

from norwalk_analytics.board import words
from norwalk_analytics.board.scorecard import clauses_of, main_row
from norwalk_analytics.oversight.disclosure import Shown

SHORT = ("does not meet", "not every case in time")
MET = ("meets", "every case in time")
PLACE = ("measure", "clause", "view", "period")


def since(shown: Shown, then: pl.DataFrame | None) -> str | None:
    """What became of each status, in a sentence.

    Args:
        shown: the figures of this report.
        then: the ledger of what was published before; None where there is none.

    Returns:
        The sentence; None where there is no earlier report.
    """
    if then is None:
        return None
    now = shown.frame.filter(period="as_of")["end"].max()
    old = then.filter(pl.col("school").is_null() & pl.col("breakdown").is_null() & (pl.col("end") < now))
    before = old.filter(period="as_of")["end"].max()
    if not isinstance(before, date):
        return None
    statuses = {row[:-1]: row[-1] for row in old.sort("end").select(*PLACE, "status").rows()}
    moved: dict[str, list[str]] = {
        "now short of the target": [],
        "now meeting it": [],
        "no longer to be told": [],
    }
    for one in shown.policy.measures.values():
        for clause in clauses_of(shown, one):
            row = main_row(shown[one.id, clause.id])
            was = None if row is None else statuses.get(tuple(row[name] for name in PLACE))
            if row is None or was is None or was == row["status"]:
                continue
            said = f"{words.lowered(one.name)} ({clause.id})"
            if row["status"] in SHORT:
                moved["now short of the target"].append(said)
            elif row["status"] in MET:
                moved["now meeting it"].append(said)
            elif was in SHORT + MET:
                moved["no longer to be told"].append(said)
    parts = [f"{how}: {', '.join(names)}" for how, names in moved.items() if names]
    lead = f"Since the report as of {words.day_words(before)}"
    return (
        f"{lead}, {'; '.join(parts)}."
        if parts
        else f"{lead}, no measure came to meet its target or ceased to."
    )
