"""How a loaded table shows itself in a notebook: counts and problems, no cell of any row."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import polars as pl

from norwalk_analytics.intake.loaded import Loaded
from norwalk_analytics.intake.problems import general, sentences
from norwalk_analytics.intake.texts import ROW, place
from norwalk_analytics.telling import listed

if TYPE_CHECKING:
    from norwalk_analytics.intake.loaded import District
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
