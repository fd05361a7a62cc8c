"""A draft of an import profile: which column of a foreign file may be which field, and how sure that is.

How sure a guess is comes of two figures from 0 to 1. The *name*: 1 where the header is a field's name,
title or alias; else the greater of the share of words that they have in common and difflib's ratio of
their letters. The *content*: the share of the filled cells that the field's type reads, that its list holds,
or, of a key, 1 where no cell stands twice. A guess is 0.65 × name + 0.35 × content; content alone gives up to
0.9 where a list of the contract's own holds the cells and 0.5 to a key of 20 rows or more; a field of which hardly a cell can be
read gets less than 0.3. From 0.7 on a guess stands in the draft as it is, from 0.45 as a comment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate, pairwise
from typing import Any

import polars as pl

from norwalk_analytics.intake import cells
from norwalk_analytics.intake.conforming import plain
from norwalk_analytics.intake.contract import Contract, Field, Table
from norwalk_analytics.intake.date_forms import reshaped
from norwalk_analytics.intake.distinct import Convert, converted
from norwalk_analytics.intake.matching import normal
from norwalk_analytics.intake.problems import nearest
from norwalk_analytics.intake.texts import SPACE, Text
from norwalk_analytics.intake.xlsx_writing import choices

ROWS = 1_000
"""Rows that are looked at, evenly over the file."""
SURE, MAYBE, LEAST = 0.7, 0.45, 0.3
FORMS = (
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%Y/%m/%d",
    "%d-%b-%Y",
    "%d %b %Y",
    "%b %d, %Y",
    "%Y%m%d",
)
MOST_VALUES = 20
TRUE, FALSE = ("true", "yes", "y", "1"), ("false", "no", "n", "0")
FEW_CELLS = 40
"""A column of more distinct cells is no list: none of its cells stands in a draft."""


@dataclass(frozen=True)
class Guess:
    """How far a column may be a field.

    Attributes:
        sure: from 0 to 1.
        name: which of the field's names the header is like, if it is.
        read: how many of the distinct filled cells looked at the field reads.
        seen: how many there are.
        form: the form of its dates, where it is none that the loader reads.
    """

    sure: float
    name: str = ""
    read: int = 0
    seen: int = 0
    form: str = ""


@dataclass(frozen=True)
class Column:
    """A column of the file: its header, its distinct filled cells, and how many are filled."""

    header: str
    cells: pl.Series
    rows: int
    filled: int
    reads: Mapping[str, tuple[float, str]]
    """Type → which share of the cells it reads, and in which form."""


def draft_profile(text: Text, table: Table, contract: Contract) -> str:
    """The TOML text of an import profile for a file with other headers.

    Args:
        text: the file.
        table: the table that it shall become.
        contract: with its lists.

    Returns:
        Each guess with how sure it is; what is not sure, and what is missing, as comments. No cell of a
        column that is not of a list of the contract stands in it, and of those only what is near to a listed value.

    Example:
        >>> import polars as pl
        >>> from norwalk_analytics.intake.contract import read_contract
        >>> from norwalk_analytics.intake.reading import texts_of
        >>> (text,) = texts_of(pl.DataFrame({"Exception No.": ["X-1"], "Outcome": ["upheld"]}))
        >>> contract = read_contract()
        >>> draft = draft_profile(text, contract.tables["exception_log"], contract)
        >>> [line for line in draft.splitlines() if line.startswith(("table", "exception_id", "outcome"))]
        ['table = "exception_log"', 'exception_id = "Exception No."  # 82 %: the name is like “exception”; no cell stands twice', 'outcome = "Outcome"  # 100 %: the name is “outcome”; 1 of 1 different cells can be read']
    """
    columns = _columns(text, table, contract)
    parameters = contract.parameters(contract.policy.enacted)
    lists = {one.name: choices(one, contract, parameters) for one in table.fields if one.type != "boolean"}
    guesses = [
        [_guess(one, column, table, contract, lists.get(one.name, [])) for column in columns]
        for one in table.fields
    ]
    matched = _assigned(guesses)
    lines = [
        f'table = "{table.name}"',
        f'note = ""  # where {_quoted(text.file)} comes from, in public words',
        "",
    ]
    lines += _of_columns(table, columns, guesses, matched)
    lines += _of_constants(table, columns, guesses, matched, lists)
    forms = {
        table.fields[at].name: guesses[at][column].form
        for at, column in matched.items()
        if guesses[at][column].form
    }
    lines += ["", "[dates]", *(f"{name} = {_quoted(form)}" for name, form in forms.items())] if forms else []
    for at, column in matched.items():
        if guesses[at][column].sure >= SURE:
            one = table.fields[at]
            lines += _of_values(one, columns[column], contract, lists.get(one.name, []))
    return "\n".join(lines) + "\n"


def _columns(text: Text, table: Table, contract: Contract) -> list[Column]:
    step = max(1, -(-text.frame.height // ROWS))
    some = text.frame.gather_every(step)
    counted = []
    for i in range(len(text.headers)):
        stripped = some[f"c{i}"].str.strip_chars(SPACE)
        filled = stripped.filter(~stripped.is_in(list(table.missing))).drop_nulls()
        counted.append(filled.value_counts(sort=True, name="n"))
    reads = _reads([one.to_series(0) for one in counted], contract)
    return [
        Column(header.strip(SPACE), one.to_series(0), some.height, int(one["n"].sum()), read)
        for header, one, read in zip(text.headers, counted, reads, strict=True)
    ]


def _guess(one: Field, column: Column, table: Table, contract: Contract, listed: Sequence[str]) -> Guess:
    """How far a column may be a field."""
    if not column.header:
        return Guess(0.0)
    like, name = _name(one, column.header)
    filled = column.cells
    seen = len(filled)
    if not seen:
        return Guess(0.65 * like, name)
    form, share = "", None
    if one.name in table.key and len(table.key) == 1:
        unique = column.filled == seen == column.rows
        fits = not filled.str.contains(r"[^A-Za-z0-9._/-]").any()
        share = 1.0 if unique and fits else 0.0
    elif listed:
        spellings = _spellings(one, contract, listed)
        share = sum(plain(cell) in spellings for cell in filled) / seen
    elif one.type != "string":
        share, form = column.reads[one.type]
    if share is None:  # free text: anything is
        typed = max(share for share, _ in column.reads.values()) > 0.8
        return Guess(0.65 * like + 0.15 * (not typed), name)
    sure = 0.65 * like + 0.35 * share
    if share < 0.2 and like < 1:
        sure = min(sure, 0.29)
    if listed and share >= 0.8 and seen > 1:
        sure = max(sure, 0.9 * share)
    if one.name in table.key and share and column.rows >= 20:
        sure = max(sure, 0.5)
    return Guess(sure, name, round(share * seen), seen, form)


def _name(one: Field, header: str) -> tuple[float, str]:
    """How like a header is to a field's names, and to which."""
    words = set(normal(header).split("_"))

    def like(name: str) -> float:
        if normal(name) == normal(header):
            return 1.0
        others = set(normal(name).split("_"))
        common = len(words & others) / len(words | others)
        return min(0.95, max(common, SequenceMatcher(None, normal(name), normal(header)).ratio() - 0.1))

    best = max((one.name.replace("_", " "), one.title, *one.aliases), key=like)
    return (like(best), best) if like(best) > 0.4 else (0.0, "")


def _reads(columns: Sequence[pl.Series], contract: Contract) -> list[dict[str, tuple[float, str]]]:
    """Column by column: type → which share of cells it reads, and in which form, if in another than the loader's.

    The cells of all columns are read together, as it costs the same however few they are.
    """
    zone = contract.policy.zone
    readers: dict[str, Convert] = {
        "date": lambda frame: cells.dates(frame, "x"),
        "datetime": lambda frame: cells.datetimes(frame, "x", zone),
        "boolean": lambda frame: cells.booleans(frame, "x", TRUE, FALSE),
        "integer": lambda frame: cells.integers(frame, "x"),
    }
    whole = pl.concat([pl.Series(dtype=pl.String), *(column.alias("") for column in columns)])
    ends = [0, *accumulate(map(len, columns))]

    def shares(kind: str, form: str) -> list[float]:
        def convert(frame: Any) -> Any:
            return readers[kind](reshaped(frame, "x", [form], kind) if form else frame)

        values = converted(whole, convert)["x__value"].is_not_null()
        return [float(values[a:b].mean() or 0) for a, b in pairwise(ends)]  # type: ignore[arg-type]

    found: list[dict[str, tuple[float, str]]] = [{} for _ in columns]
    for kind in readers:
        forms = ("", *FORMS) if kind in ("date", "datetime") else ("",)
        of_form = {form: shares(kind, form) for form in forms}
        for i, one in enumerate(found):
            plainly = of_form[""][i]
            form = "" if plainly >= 0.5 else max(forms, key=lambda form: of_form[form][i])
            one[kind] = (of_form[form][i], form)
    return found


def _spellings(one: Field, contract: Contract, listed: Sequence[str]) -> Mapping[str, str]:
    """Spelling, without what does not matter, → listed value."""
    found = {plain(value.replace("_", " ")): value for value in listed} | {
        plain(value): value for value in listed
    }
    if one.code_list:
        for alias, code, *_ in (
            tuple(row.values()) for row in contract.code_lists.get(one.code_list.get("aliases", ""), [])
        ):
            found.setdefault(plain(alias), code)
    return found


def _assigned(guesses: Sequence[Sequence[Guess]]) -> dict[int, int]:
    """Field → column, so that the guesses are the surest together."""
    from scipy.optimize import linear_sum_assignment

    if not guesses or not guesses[0]:
        return {}
    rows, columns = linear_sum_assignment([[-one.sure for one in row] for row in guesses])
    return {
        int(at): int(column)
        for at, column in zip(rows, columns, strict=True)
        if guesses[at][column].sure >= MAYBE
    }


def _of_columns(
    table: Table, columns: Sequence[Column], guesses: Sequence[Sequence[Guess]], matched: Mapping[int, int]
) -> list[str]:
    lines = ["[columns]"]
    for at, one in enumerate(table.fields):
        if at in matched:
            guess, header = guesses[at][matched[at]], columns[matched[at]].header
            mark = "" if guess.sure >= SURE else "# "
            lines.append(f"{mark}{one.name} = {_quoted(header)}  # {_said(guess, columns[matched[at]])}")
    for i, column in enumerate(columns):
        if i in matched.values() or not column.header:
            continue
        free = [at for at in range(len(table.fields)) if at not in matched and guesses[at][i].sure >= LEAST]
        best = sorted(free, key=lambda at: -guesses[at][i].sure)[:3]
        names = ", ".join(f"{table.fields[at].name} ({_percent(guesses[at][i].sure)})" for at in best)
        lines.append(
            f"# {_quoted(column.header)}: {'perhaps ' + names if names else 'no field was found for it'}"
        )
    return lines


def _said(guess: Guess, column: Column) -> str:
    """How sure a guess is, and why, in plain words."""
    why = []
    if guess.name:
        same = normal(guess.name) == normal(column.header)
        why.append(f"the name is {'' if same else 'like '}“{guess.name.lower()}”")
    if guess.seen:
        key = guess.read == guess.seen == column.rows and guess.seen > 0 and not guess.form
        why.append(
            "no cell stands twice"
            if key and guess.sure < 1
            else f"{guess.read:,} of {guess.seen:,} different cells can be read"
        )
    return _percent(guess.sure) + (": " + "; ".join(why) if why else "")


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")


def _of_constants(
    table: Table, columns: Sequence[Column], guesses: Sequence[Sequence[Guess]], matched: Mapping[int, int],
    lists: Mapping[str, Sequence[str]],
) -> list[str]:  # fmt: skip
    """What is required and was not found, with what may be written there."""
    lines = []
    for at, one in enumerate(table.fields):
        if not one.required or (at in matched and guesses[at][matched[at]].sure >= SURE):
            continue
        best = max(range(len(columns)), key=lambda i: guesses[at][i].sure, default=None)
        listed = lists.get(one.name) or []
        hint = f"one of: {', '.join(listed[:MOST_VALUES])}" if listed else one.description
        lines.append(f'# {one.name} = ""  # {hint}')
        if best is not None and guesses[at][best].sure >= LEAST:
            lines.append(f"#   or in [columns]: {one.name} = {_quoted(columns[best].header)}")
    return (
        ["", "[constants]", "# Required, and not found for sure: the same for every row?", *lines]
        if lines
        else []
    )


def _of_values(one: Field, column: Column, contract: Contract, listed: Sequence[str]) -> list[str]:
    """Cells of a list that are written otherwise; only where the column is one of few values."""
    if not listed or len(column.cells) > FEW_CELLS:
        return []
    spellings = _spellings(one, contract, listed)
    own = set() if one.code_list is None else {plain(cell) for cell in spellings}
    lines, others = [], 0
    for cell in column.cells:
        if cell in listed or plain(cell) in own:
            continue
        near = nearest(cell, listed)
        if value := spellings.get(plain(cell)):
            lines.append(f"{_quoted(cell)} = {_quoted(value)}")
        elif near:  # it may mean the opposite: a person decides
            lines.append(f"# {_quoted(cell)} = {_quoted(near)}  # is that meant?")
        else:
            others += 1  # it may be anything, so it is not repeated
    if others:
        many = "1 other spelling is" if others == 1 else f"{others} other spellings are"
        lines.append(f'# {many} not on the list: write each as "cell" = "value"')
    return ["", f"[values.{one.name}]", *lines] if lines else []


def _quoted(text: str) -> str:
    """A text as TOML writes it."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
    return '"' + re.sub(r'[\\"\x00-\x1f\x7f]', lambda m: escapes.get(m[0], f"\\u{ord(m[0]):04X}"), text) + '"'
