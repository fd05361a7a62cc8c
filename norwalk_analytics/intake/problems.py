"""What is wrong with which row, and what to do: one row a broken rule, in plain words.

A message repeats a cell only of a date or Boolean field whose cell was read, and of a code-list field
only within edit distance 2 of a listed value. Anything else a person typed is named by its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from norwalk_analytics.intake.contract import Contract, Rule, Table
from norwalk_analytics.intake.reading import ROW, Text

PROBLEMS = ("field", "rule", "clause", "severity", "wrong", "remedy")
VALUE = " ({value})"
SHOWN = ("date", "datetime", "boolean")
KINDS = {
    "date": "a date",
    "datetime": "a date with a time",
    "boolean": "yes or no",
    "integer": "a whole number",
    "string": "text",
}
SCHEMA = {ROW: pl.Int64, **dict.fromkeys(PROBLEMS, pl.String), "order": pl.Int64}


def reading_problems(
    text: Text, typed: pl.DataFrame, same: pl.DataFrame, table: Table, texts: Mapping[str, Any]
) -> pl.DataFrame:
    """Ragged rows, cells that can't be read, times that don't exist or come twice, same rows."""
    found = [pl.DataFrame(schema=SCHEMA)]
    ragged = [(row, {"found": n, "expected": len(text.headers)}) for row, n in text.ragged.items()]
    found.append(_worded("ragged", "", ragged, texts))
    same_rows = [(row, {"first": first}) for row, first in same.select(ROW, "first").iter_rows()]
    found.append(_worded("same_row", "", same_rows, texts))
    for one in table.fields:
        bad = pl.col(f"{one.name}__unreadable")
        words = {"field": one.name, "type": KINDS[one.type], "how": texts["how"][one.type]}
        kinds = {"unreadable": bad}
        if one.type == "datetime":
            absent, twice = pl.col(f"{one.name}__absent"), pl.col(f"{one.name}__twice")
            kinds = {"unreadable": bad & ~absent, "absent_time": absent, "time_twice": twice}
        for kind, where in kinds.items():
            rows = typed.filter(where & ~pl.col(ROW).is_in(same[ROW].implode()))[ROW]
            found.append(_worded(kind, one.name, [(row, words) for row in rows], texts, one.clause))
    return pl.concat(found)


def _worded(
    kind: str,
    name: str,
    rows: Sequence[tuple[int, Mapping[str, Any]]],
    texts: Mapping[str, Any],
    clause: Sequence[str] = (),
) -> pl.DataFrame:
    text = texts["reading"][kind]
    rule = f"{name}.{kind}" if name else kind
    head = (name or None, rule, ", ".join(clause), text["severity"])
    lines = [
        (row, *head, text["wrong"].format_map(words), text["remedy"].format_map(words), 0)
        for row, words in rows
    ]
    return pl.DataFrame(lines, schema=SCHEMA, orient="row")


def rule_problems(
    typed: pl.DataFrame,
    text: pl.DataFrame,
    judged: pl.DataFrame,
    rules: Sequence[Rule],
    table: Table,
    contract: Contract,
) -> pl.DataFrame:
    """One row for each row and rule of the rulebook that it breaks."""
    found = [pl.DataFrame(schema=SCHEMA)]
    bad = judged.filter(pl.col("any"))
    for i, rule in enumerate(rules):
        rows = bad.filter(pl.col(f"r{i}")).select(ROW)
        if rows.is_empty():
            continue
        shown = rows.join(typed, on=ROW, maintain_order="left").select(ROW, _wrong(rule, table))
        if rule.near:
            cells = rows.join(text, on=ROW, maintain_order="left")[rule.field]
            shown = shown.with_columns(_nearest(rule, cells, table, contract).alias("wrong"))
        found.append(shown.select(
            ROW, pl.lit(rule.field).alias("field"), pl.lit(rule.id).alias("rule"),
            pl.lit(", ".join(rule.clause)).alias("clause"), pl.lit(rule.severity).alias("severity"),
            "wrong", pl.lit(rule.remedy).alias("remedy"), pl.lit(i + 1, dtype=pl.Int64).alias("order"),
        ))  # fmt: skip
    return pl.concat(found)


def _wrong(rule: Rule, table: Table) -> pl.Expr:
    """The rule's sentence, with the value where a message may show it."""
    before, value, after = rule.wrong.partition(VALUE)
    if not value:
        return pl.lit(rule.wrong).alias("wrong")
    names = {one.name: one.type for one in table.fields}
    if names.get(rule.field) not in SHOWN:
        return pl.lit(before + after).alias("wrong")
    column = f"{rule.field}__on" if names[rule.field] == "datetime" else rule.field
    shown = pl.format("{} ({}){}", pl.lit(before), pl.col(column).cast(pl.String), pl.lit(after))
    return shown.fill_null(before + after).alias("wrong")


def general(wrong: str) -> str:
    """A rule's sentence without the value of any one row."""
    return wrong.replace(VALUE, "")


def _nearest(rule: Rule, cells: pl.Series, table: Table, contract: Contract) -> pl.Series:
    """For a code-list field, the nearest listed value where it is within edit distance 2."""
    one = table.field(rule.field)
    codes = contract.codes(one.listed) if one.listed else list(one.enum)
    sentences: dict[str | None, str] = {}
    for cell in cells.unique():
        near = None if cell is None else nearest(cell, codes)
        words = {"{value}": f"“{cell}”", "{nearest}": f"“{near}”"}
        sentence = rule.near if near else rule.wrong
        for key, word in words.items():
            sentence = sentence.replace(key, word) if near else sentence
        sentences[cell] = sentence
    return pl.Series("wrong", [sentences[cell] for cell in cells], dtype=pl.String)


def nearest(cell: str, codes: Sequence[str], within: int = 2) -> str | None:
    """The listed value nearest to a cell, if so few edits part them; capitals do not count.

    Example:
        >>> nearest("Rotan", ["Rowayton", "Roton"])
        'Roton'
    """
    close = [
        (distance(cell.casefold(), code.casefold()), code)
        for code in codes
        if abs(len(code) - len(cell)) <= within
    ]
    best = min(close, default=(within + 1, ""))
    return best[1] if best[0] <= within else None


def distance(a: str, b: str) -> int:
    """How many letters must be put in, left out or changed to make one text of the other."""
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, start=1):
        last, row[0] = row[0], i
        for j, right in enumerate(b, start=1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (left != right))
    return row[-1]


def sentences(file: str, problems: pl.DataFrame, rules: Sequence[Rule]) -> list[str]:
    """What a person reads on the command line: one sentence or three a broken rule.

    Args:
        file: the file's name (with its sheet).
        problems: as ``Loaded.problems``.
        rules: the rulebook that was run.
    """
    plain = {rule.id: general(rule.wrong) for rule in rules}
    lines = []
    for (rule, severity), group in problems.group_by("rule", "severity", maintain_order=True):
        wrong, remedy = group["wrong"][0], group["remedy"][0]
        rows = group["row"].to_list()
        aside = severity == "critical"
        if len(rows) == 1:
            fate = " It was set aside." if aside else ""
            lines.append(f"{file}, row {rows[0]}: {wrong}{fate} {remedy}")
            continue
        wrong = wrong if group["wrong"].n_unique() == 1 else plain.get(str(rule), wrong)
        listed = ", ".join(map(str, rows[:10])) + (f" and {len(rows) - 10:,} more" if len(rows) > 10 else "")
        fate = " They were set aside." if aside else ""
        lines.append(f"{file}: {len(rows):,} rows: {wrong}{fate} {remedy} (Rows {listed}.)")
    return lines
