"""What may leave the analysts' hands: figures → Publishable, or Internal with its watermark.

Primary rule, what is withheld besides so that nothing can be worked out, and the audit that says so
(docs/disclosure.md). A Publishable holds no figure that is withheld and nothing about the people behind one.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import count
from typing import TYPE_CHECKING, Any

import polars as pl

from norwalk_analytics.oversight.cells import KEY, System
from norwalk_analytics.oversight.counting import FIGURES
from norwalk_analytics.oversight.ladder import Protected, protected
from norwalk_analytics.oversight.primary import REASONS, primary, table_keys
from norwalk_analytics.oversight.shown import _MADE, Internal, LeftOut, Publishable, Shown, chart_periods
from norwalk_analytics.oversight.status import said_bit, with_status
from norwalk_analytics.policy import Policy, UserError, read_policy

if TYPE_CHECKING:
    from norwalk_analytics.oversight.secondary import Pattern

__all__ = ["Internal", "Publishable", "Shown", "internal", "suppress"]

PRIVATE = ("people", "people_numerator", "people_complement", "largest")
_RUNS = count(1)
BUNDLE = ("numerator", "denominator", "rate", "lower", "upper", "status")
WHY = {
    "few": "few people stand behind the denominator",
    "low": "few people stand behind the numerator",
    "rest": "few people stand behind what remains",
    "one": "one person holds most of the records",
    "before": "it was withheld in the edition before",
    "difference": "it differs by few people from the edition before",
    "other": "so that another figure can't be worked out",
}


def suppress(
    figures: pl.DataFrame, policy: Policy | None = None, previous: pl.DataFrame | None = None
) -> Publishable:
    """Withhold what can't be shown, and so much besides that it can't be worked out: all figures together.

    Args:
        figures: the long table of figures, as ``measures.figures`` gives it: all that is published together, and
            no more (``reported`` takes what a report shows).
        policy: with the thresholds under ``[disclosure]``; the shipped one by default.
        previous: what was published before, as ``Publishable.ledger`` gave it.

    Returns:
        The figures that may be published, each whole or withheld whole. A table in which nothing can be
        shown is left out, and named in ``left_out``.

    Raises:
        UserError: if the frame is not a table of figures, a count is negative, or what would be published
            does not pass the audit.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from norwalk_analytics import figures, load_district, write_sample
        >>> with TemporaryDirectory() as folder:
        ...     district = load_district(write_sample(Path(folder)))
        >>> by_role = figures(district, by="role").filter(pl.col("measure") == "access_kept")
        >>> suppress(by_role, district.policy).frame.select("group", "withheld").filter("withheld").height
        0
    """
    policy = policy or read_policy()
    checked = (
        _checked(figures).filter(pl.col("view") != "gaps").unique(KEY, keep="first", maintain_order=True)
    )
    order = checked.with_row_index("at").sort(KEY)["at"]  # so that the order of rows decides nothing
    rows = checked[order]
    made = protected(rows, policy, previous)
    left_out, found = made.left_out, made.pattern
    reasons = _reasons(rows, made)
    judged = with_status(rows.with_columns(withheld=reasons["why"].is_not_null()), policy)
    keep = ~pl.col("withheld")
    cells = [pl.when(keep | (said_bit() if name == "status" else pl.lit(value=False))).then(pl.col(name)).alias(name)
             for name in BUNDLE]  # fmt: skip
    there = pl.Series([table not in left_out for table in table_keys(rows)], dtype=pl.Boolean)
    published = judged.with_columns(cells).drop(PRIVATE).filter(there)
    _pass_the_audit(rows, published, policy, previous, found)
    back = order.filter(there).arg_sort()
    periods = chart_periods(checked.with_columns(primary(checked, policy.disclosure)["withheld"]), policy)
    gone = None
    if previous is not None:
        gone = previous.join(
            published.select(KEY), on=KEY, how="anti", nulls_equal=True, maintain_order="left"
        )
    return Publishable(
        published[back],
        policy,
        _MADE,
        periods=periods,
        reasons=reasons.filter(there)[back],
        left_out=_named(left_out, policy),
        earlier=gone,
        run=next(_RUNS),
    )


def internal(figures: pl.DataFrame, policy: Policy) -> Internal:
    """Every figure as it is, for internal use: whatever is made of it is watermarked."""
    rows = _checked(figures).with_columns(pl.lit(value=False).alias("withheld"))
    return Internal(with_status(rows, policy).drop(PRIVATE), policy, _MADE)


def _checked(figures: pl.DataFrame) -> pl.DataFrame:
    """The frame, if it is a table of figures with counts."""
    if not set(FIGURES) <= set(figures.columns):
        message = "This is not a table of figures: make one with norwalk_analytics.figures(district)."
        raise UserError(message)
    counts = pl.min_horizontal(pl.col("numerator").cast(pl.Float64), "denominator", *PRIVATE)
    below = figures.filter(counts < 0)
    if below.height:
        message = (
            f"{below['measure'][0]} has a count below 0. Only counts of people and records can be protected."
        )
        raise UserError(message)
    return figures


def _named(tables: Collection[tuple[Any, ...]], policy: Policy) -> tuple[LeftOut, ...]:
    """Tables, once each, with their names in words."""
    named = []
    for measure, clause, _, breakdown, period, by_school in tables:
        name = policy.measures[measure].name if measure in policy.measures else measure
        by = (*(["school"] if by_school else []), *([breakdown] if breakdown else []))
        said = " ".join([f"{name} ({clause})", *(f"by {one}" for one in by)])
        said += "" if period in ("as_of", "all") else f", {period.replace('_', ' ')}"
        named.append(LeftOut(measure, clause, by, period, said))
    return tuple(dict.fromkeys(named))


def _reasons(rows: pl.DataFrame, made: Protected) -> pl.DataFrame:
    """Why each figure is withheld, null where it is shown; and a figure that one withheld for it protects."""
    judged, forced, withheld = made.judged, made.earlier.forced, made.pattern.withheld[: rows.height]
    beside = _beside(made.system, judged["withheld"].to_list())
    why, protects = [], []
    keys = rows.select("measure", "clause", "school", "breakdown", "group", "period", "start").rows()
    for at, (row, hidden) in enumerate(zip(judged.iter_rows(named=True), withheld, strict=True)):
        reason = (
            next((name for name in REASONS if row[name]), None)
            or forced.get(at)
            or ("other" if hidden else None)
        )
        why.append(reason)
        other = beside.get(at) if reason == "other" else None
        protects.append(
            None if other is None else ", ".join(str(part) for part in keys[other] if part is not None)
        )
    return rows.select(KEY).with_columns(
        pl.Series("why", why, dtype=pl.String), pl.Series("protects", protects, dtype=pl.String)
    )


def _beside(system: System, primaries: list[bool]) -> dict[int, int]:
    """Of each figure, one that stands in a relation with it and is withheld for its own sake."""
    of: dict[int, list[int]] = {}
    for at, variables in enumerate(system.rows[: len(primaries)]):
        for variable in variables:
            if variable is not None:
                of.setdefault(variable, []).append(at)
    found: dict[int, int] = {}
    for relation in system.relations:
        rows = [row for variable in relation.terms for row in of.get(variable, ())]
        hidden = next((row for row in rows if primaries[row]), None)
        if hidden is not None:
            for row in rows:
                found.setdefault(row, hidden)
    return found


def _pass_the_audit(
    figures: pl.DataFrame,
    published: pl.DataFrame,
    policy: Policy,
    previous: pl.DataFrame | None,
    found: Pattern,
) -> None:
    """UserError if something withheld can be worked out of what would be published."""
    from norwalk_analytics.oversight.audit import audit

    leaks = audit(figures, published, policy, previous, proofs=found.proofs, told=found.told)
    if leaks.height:
        at = leaks["row"][0]
        table = (
            _named([table_keys(figures)[at]], policy)[0].words
            if 0 <= at < figures.height
            else "What was published before"
        )
        message = (
            f"{table}: {leaks.height} withheld figures could be worked out of what would be published. "
            "Nothing is published. Publish that table for longer periods, or for the district alone."
        )
        raise UserError(message)


def explained(made: Publishable) -> pl.DataFrame:
    """See ``Publishable.explain``."""
    return made.reasons.drop_nulls("why").with_columns(pl.col("why").replace_strict(WHY))
