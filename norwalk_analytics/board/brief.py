"""In brief: the most important sentences of a report, chosen by written rules."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from norwalk_analytics.board import trend_words, words
from norwalk_analytics.board.plain import slug
from norwalk_analytics.board.scorecard import Charts, anchor_of, clauses_of, main_row
from norwalk_analytics.board.since import since
from norwalk_analytics.oversight.disclosure import Shown
from norwalk_analytics.oversight.measures import MEASURES

MOST = 7
ALONE = 2  # so many of a kind have a sentence each; more share one
QUALITY = "how-good-the-data-is"
"""The id of the section on the data."""
Point = tuple[str, str]


def brief_points(
    shown: Shown, found: Charts, missing: list[str], aside: int | None, *, returns: bool, then: pl.DataFrame | None = None,
    silent: str | None = None,
) -> list[Point]:  # fmt: skip
    """Three to seven sentences, the most important first, each with the id it links to.

    The rules, in order: measures that do not meet their target; targets of every case that were missed;
    charts that worsen; critical findings past the date first promised; what changed since the last report; tables that
    are missing; open findings; schools that handed in nothing (``silent``); rows set aside; charts that improve; a zero
    that may mean "not reported"; what is not measured yet. Three of a kind and more share a sentence.
    ``then`` is the ledger of what was published before; ``aside`` is None where rows were set aside and how many is withheld.
    """
    policy = shown.policy
    unmet: list[Point] = []
    late: list[Point] = []
    worse: list[Point] = []
    better: list[Point] = []
    names: dict[str, list[str]] = {"unmet": [], "late": [], "worse": [], "better": []}
    for one in policy.measures.values():
        for clause in clauses_of(shown, one):
            row = main_row(shown[one.id, clause.id])
            if row is not None and row["status"] == "does not meet":
                said = f"{words.count_words(row)}, {words.rate_words(row)}, against a target of {words.target_words(one)}"
                unmet.append((f"{one.name} ({clause.id}): {said}.", anchor_of(one.id) or "scorecard"))
                names["unmet"].append(f"{words.lowered(one.name)} ({words.rate_words(row)})")
            if row is not None and row["status"] == "not every case in time":
                said = f"not every case in the 12 months to {words.month_words(row['end'])} was in time"
                late.append((f"{one.name} ({clause.id}): {said}.", anchor_of(one.id) or "scorecard"))
                names["late"].append(f"{words.lowered(one.name)} ({clause.id})")
            chart = found.get((one.id, clause.id))
            trend = "" if chart is None else trend_words.trend_word(chart)
            if chart is not None and trend in ("worsening", "improving"):
                anchor = f"chart-{slug(clause.id)}" if one.id == "finding_rate" else anchor_of(one.id)
                point = (
                    f"{clause.title} ({clause.id}): {words.lowered(trend_words.trend_sentence(chart))}",
                    anchor,
                )
                (worse if trend == "worsening" else better).append(point)
                names["worse" if trend == "worsening" else "better"].append(
                    f"{words.lowered(one.name)} ({clause.id})"
                )
    points = [
        *_shared(unmet, f"{len(unmet)} measures miss their target", names["unmet"]),
        *_shared(late, "Some cases of the last 12 months were late", names["late"]),
        *_shared(worse, "Getting worse", names["worse"]),
    ]
    points += _critical(shown)
    changed = since(shown, then)
    if changed is not None:
        points.append((changed, "scorecard"))
    for name in missing:
        points.append((f"There is no table {name}, so what is made from it can't be judged.", QUALITY))
    points += _open(shown)
    if silent is not None:
        points.append((silent, "silence"))
    if aside is None:
        points.append(("Some rows were set aside and are in no figure.", QUALITY))
    elif aside:
        verb = "is" if aside == 1 else "are"
        said = f"{words.plural(aside, 'row was', 'rows were')} set aside and {verb} in no figure."
        points.append((said, QUALITY))
    points += _shared(better, "Getting better", names["better"])
    if not returns:
        points.append(("Without the schools’ returns, a zero may mean “not reported”.", QUALITY))
    later = len([one for one in policy.measures if one not in MEASURES])
    if later:
        verb = "is" if later == 1 else "are"
        points.append(
            (f"{words.plural(later, 'measure')} of the scorecard {verb} not measured yet.", "scorecard")
        )
    return points[: MOST - 1] + points[-1:] if len(points) > MOST else points


def _shared(points: list[Point], lead: str, names: Sequence[str]) -> list[Point]:
    """The sentences, or one for all where there are many."""
    if len(points) <= ALONE:
        return points
    return [(f"{lead}: {words.together(names)}.", "scorecard")]


def _critical(shown: Shown) -> list[Point]:
    """Critical findings past the date first promised."""
    row = shown["overdue"].one(view="stock", period="as_of", breakdown="severity", group="critical")
    if row is None or not row["numerator"]:
        return []
    verb = "is" if row["numerator"] == 1 else "are"
    said = f"{words.plural(row['numerator'], 'critical audit finding')} {verb} past the date first promised."
    return [(said, "overdue")]


def _open(shown: Shown) -> list[Point]:
    """How many findings are open, and how many of them are past the date first promised."""
    row = shown["open_findings"].one(view="stock", period="as_of")
    if row is None or row["numerator"] is None:
        return []
    late = shown["overdue"].one(view="stock", period="as_of")
    count = 0 if late is None or late["numerator"] is None else late["numerator"]
    said = f"{words.plural(row['numerator'], 'audit finding is', 'audit findings are')} open"
    if count:
        whom = "it" if row["numerator"] == 1 else f"{words.number(count)} of them"
        said += f"; {whom} {'is' if count == 1 else 'are'} past the date first promised"
    said += "."
    return [(said, "open-findings")]
