"""How a loaded table shows itself in a notebook: counts and problems, no cell of any row."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import polars as pl

from norwalk_analytics.intake.problems import general

if TYPE_CHECKING:
    from norwalk_analytics.intake.loaded import District, Loaded

STYLE = "text-align:left;padding:.2em .8em"


def loaded_html(loaded: Loaded) -> str:
    """Counts, and each rule that was broken."""
    place = loaded.file if loaded.sheet is None else f"{loaded.file}, sheet {loaded.sheet}"
    counts = {
        "Rows read": loaded.read, "Accepted": loaded.frame.height, "Set aside": loaded.quarantined.height,
        "Left out": loaded.left_out.height, "Warnings": loaded.warnings,
    }  # fmt: skip
    head = _table(f"{loaded.table.title} from {place}", list(counts), [[f"{n:,}" for n in counts.values()]])
    by_rule = rules_broken(loaded)
    if by_rule.is_empty():
        return head
    rows = [[str(cell) for cell in row] for row in by_rule.iter_rows()]
    return head + _table("Rules that were broken", list(by_rule.columns), rows)


def district_html(district: District) -> str:
    """Each table's counts, and which tables are missing."""
    tables = "".join(loaded_html(loaded) for loaded in district.tables.values())
    missing = "".join(f"<p>There is no {escape(name)}.</p>" for name in district.missing)
    return f"<p>As of {district.as_of}</p>{tables}{missing}"


def rules_broken(loaded: Loaded) -> pl.DataFrame:
    """One row a rule that was broken: rule, severity, rows, and what to do."""
    return (
        loaded.problems.group_by("rule", "severity", maintain_order=True)
        .agg(pl.len().alias("rows"), pl.col("remedy").first())
        .sort("severity", "rows", descending=[False, True], maintain_order=True)
    )


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


def _table(caption: str, header: list[str], rows: list[list[str]]) -> str:
    head = "".join(f'<th scope="col" style="{STYLE}">{escape(cell)}</th>' for cell in header)
    body = "".join(
        "<tr>" + "".join(f'<td style="{STYLE}">{escape(cell)}</td>' for cell in row) + "</tr>" for row in rows
    )
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
