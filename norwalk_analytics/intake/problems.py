"""What is wrong with which row, and what to do: one row a broken rule, in plain words.

A message repeats a cell only of a date or Boolean field whose cell was read, and of a code-list field
only within edit distance 2 of a listed value. Anything else a person typed is named by its place.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from norwalk_analytics.intake.conforming import cleaned
from norwalk_analytics.intake.contract import Contract, Rule, Table
from norwalk_analytics.intake.profiles import NOTHING, Profile
from norwalk_analytics.intake.spelling import nearest
from norwalk_analytics.intake.texts import ROW

PROBLEMS = ("field", "rule", "clause", "severity", "wrong", "remedy")
VALUE = " ({value})"
SHOWN = ("date", "datetime", "boolean")
SCHEMA = {ROW: pl.Int64, **dict.fromkeys(PROBLEMS, pl.String), "order": pl.Int64}


def as_problems(
    rows: pl.DataFrame, field: str | None, rule: str, clause: Sequence[str], severity: str,
    wrong: pl.Expr, remedy: pl.Expr | str, order: int,
) -> pl.DataFrame:  # fmt: skip
    """One problem a row."""
    columns = {
        "field": field, "rule": rule, "clause": ", ".join(clause), "severity": severity,
        "wrong": wrong, "remedy": remedy, "order": order,
    }  # fmt: skip
    exprs = {
        name: value if isinstance(value, pl.Expr) else pl.lit(value, dtype=SCHEMA[name])
        for name, value in columns.items()
    }
    return rows.select(ROW, **exprs)


def rule_problems(
    typed: pl.DataFrame,
    raw: pl.DataFrame,
    judged: pl.DataFrame,
    rules: Sequence[Rule],
    table: Table,
    contract: Contract,
    profile: Profile = NOTHING,
) -> pl.DataFrame:
    """One row for each row and rule of the rulebook that it breaks.

    Args:
        typed: the rows that were judged.
        raw: their cells, and those of others, as written.
        judged: what ``broken`` found, row by row beside ``typed``.
        rules: the rulebook.
        table: the table of the contract.
        contract: with its code lists.
        profile: that was applied.
    """
    found = [pl.DataFrame(schema=SCHEMA)]
    bad = judged.filter(pl.col("any"))
    hit = [i for i in range(len(rules)) if bad[f"r{i}"].any()]
    shown = typed.select(ROW, *_shown([rules[i] for i in hit], table)).filter(judged["any"])
    near = list(dict.fromkeys(rules[i].field for i in hit if rules[i].near))
    texts = raw.select(ROW, *near).filter(pl.col(ROW).is_in(bad[ROW].implode())) if near else raw.clear()
    texts = cleaned(texts, table, profile)
    for i in hit:
        rule, where = rules[i], bad[f"r{i}"]
        rows, wrong = shown.filter(where), _wrong(rule, table)
        if rule.near:
            rows = rows.with_columns(_nearest(rule, texts[rule.field].filter(where), table, contract))
            wrong = pl.col("wrong")
        found.append(as_problems(
            rows, rule.field, rule.id, rule.clause, rule.severity, wrong, rule.remedy, i + 1
        ))  # fmt: skip
    return pl.concat(found)


def _shown(rules: Sequence[Rule], table: Table) -> list[str]:
    """The columns whose values stand in sentences of these rules."""
    columns = [_column(rule, table) for rule in rules]
    return list(dict.fromkeys(column for column in columns if column))


def _column(rule: Rule, table: Table) -> str | None:
    """The column whose value the rule's sentence shows, if it shows one that it may."""
    kind = {one.name: one.type for one in table.fields}.get(rule.field)
    if VALUE not in rule.wrong or kind not in SHOWN:
        return None
    return f"{rule.field}__on" if kind == "datetime" else rule.field


def _wrong(rule: Rule, table: Table) -> pl.Expr:
    """The rule's sentence, with the value where a message may show it."""
    before, value, after = rule.wrong.partition(VALUE)
    column = _column(rule, table)
    if column is None:
        return pl.lit(before + after if value else rule.wrong).alias("wrong")
    shown = pl.format("{} ({}){}", pl.lit(before), pl.col(column).cast(pl.String), pl.lit(after))
    return shown.fill_null(before + after).alias("wrong")


def general(wrong: str) -> str:
    """A rule's sentence without the value of any one row."""
    return wrong.replace(VALUE, "")


def _nearest(rule: Rule, cells: pl.Series, table: Table, contract: Contract) -> pl.Series:
    """For a code-list field, the nearest listed value where it is within edit distance 2."""
    one = table.field(rule.field)
    codes = contract.codes(one.listed) if one.listed else list(one.enum)
    distinct = cells.drop_nulls().unique()
    said = []
    for cell in distinct:
        near = nearest(cell, codes)
        sentence = rule.near if near else rule.wrong
        for key, word in (("{value}", cell), ("{nearest}", near)):
            sentence = sentence.replace(key, f"“{word}”") if near else sentence
        said.append(sentence)
    return cells.replace_strict(distinct, said, default=rule.wrong, return_dtype=pl.String).alias("wrong")
