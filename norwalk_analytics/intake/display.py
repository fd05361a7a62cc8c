"""What a person reads of a loaded table: its counts, and a sentence or three of each rule that was broken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from norwalk_analytics.intake.contract import Rule
from norwalk_analytics.intake.loaded import Loaded
from norwalk_analytics.intake.problems import general
from norwalk_analytics.intake.texts import ROW, place
from norwalk_analytics.telling import listed

if TYPE_CHECKING:
    from norwalk_analytics.intake.scanned import Scanned


def lines(one: Loaded | Scanned) -> list[str]:
    """What a person reads of a table on the command line: counts, and one sentence or three a broken rule.

    Of a table that is not in memory no row is named: there may be millions.
    """
    said = [f"{one.where} ({one.assumed}): {one.counts.line()}."]
    if one.unknown:
        said.append(
            f"{one.where}: columns that the contract does not know were kept: {', '.join(one.unknown)}."
        )
    if one.examples:
        said.append(f"{one.where}: the template's example row was passed over.")
    return said + (_of_rows(one) if isinstance(one, Loaded) else _of_counts(one))


def _of_rows(loaded: Loaded) -> list[str]:
    """What was corrected, what was left out, and each broken rule with its rows."""
    said = []
    if rows := loaded.corrected.select("file", "sheet", ROW).n_unique():
        said.append(
            f"{loaded.where}: {_rows(rows)} corrected, {loaded.corrected.height:,} {'cell' if loaded.corrected.height == 1 else 'cells'} changed."
        )
    return said + _left_out(loaded) + sentences(loaded.where, loaded.problems, loaded.rules)


def _left_out(loaded: Loaded) -> list[str]:
    """How many rows a profile left out, under which rule, and which differ from the row that was kept."""
    said = []
    for (file, sheet, rule), rows in loaded.left_out.group_by("file", "sheet", "rule", maintain_order=True):
        where = place(str(file), None if sheet is None else str(sheet))
        line = f"{where}: {_rows(rows.height)} left out: {rule}."
        differing = rows.filter(pl.col("differs").list.len() > 0)
        if differing.height:
            fields = ", ".join(differing["differs"].explode().unique(maintain_order=True))
            numbers = differing[ROW].to_list()
            line += f" {_rows(len(numbers), 'differs', 'differ')} from the row that was kept, in {fields}. (Rows {listed(map(str, numbers), 10)}.)"
        said.append(line)
    return said


def _rows(count: int, one: str = "was", many: str = "were") -> str:
    return f"1 row {one}" if count == 1 else f"{count:,} rows {many}"


def _of_counts(scanned: Scanned) -> list[str]:
    """Each broken rule with how many rows broke it."""
    said = []
    plain = {rule.id: general(rule.wrong) for rule in scanned.rules}
    for rule, severity, rows, remedy in scanned.by_rule.iter_rows():
        count = "1 row" if rows == 1 else f"{rows:,} rows"
        fate = (
            "" if severity != "critical" else " It was set aside." if rows == 1 else " They were set aside."
        )
        said.append(f"{scanned.file}: {count}: {plain.get(rule, f'{rule}.')}{fate} {remedy}")
    return said


def sentences(file: str, problems: pl.DataFrame, rules: Sequence[Rule]) -> list[str]:
    """What a person reads on the command line: one sentence or three a broken rule and file.

    Args:
        file: what is said for a problem of no one file.
        problems: as ``Loaded.problems``.
        rules: the rulebook that was run.
    """
    plain = {rule.id: general(rule.wrong) for rule in rules}
    lines = []
    by = problems.group_by("file", "sheet", "rule", "severity", maintain_order=True)
    for (name, sheet, rule, severity), group in by:
        where = file if name is None else place(str(name), None if sheet is None else str(sheet))
        wrong, remedy = group["wrong"][0], group["remedy"][0]
        rows = group["row"].drop_nulls().to_list()
        if not rows:
            lines.append(f"{where}: {wrong} {remedy}")
            continue
        aside = severity == "critical"
        if len(rows) == 1:
            fate = " It was set aside." if aside else ""
            lines.append(f"{where}, row {rows[0]}: {wrong}{fate} {remedy}")
            continue
        wrong = wrong if group["wrong"].n_unique() == 1 else plain.get(str(rule), wrong)
        fate = " They were set aside." if aside else ""
        lines.append(
            f"{where}: {len(rows):,} rows: {wrong}{fate} {remedy} (Rows {listed(map(str, rows), 10)}.)"
        )
    return lines


def rulebook(loaded: Loaded) -> pl.DataFrame:
    """What ``Loaded.rulebook`` gives."""
    rules = pl.DataFrame(
        [
            (rule.id, ", ".join(rule.clause), rule.severity, rule.type, general(rule.wrong), rule.remedy)
            for rule in loaded.rules
        ],
        schema=["rule", "clause", "severity", "expectation", "wrong", "remedy"],
        orient="row",
    )
    rows = loaded.problems.group_by("rule").agg(pl.len().cast(pl.Int64).alias("rows"))
    return rules.join(rows, on="rule", how="left", maintain_order="left").with_columns(
        pl.col("rows").fill_null(0)
    )
