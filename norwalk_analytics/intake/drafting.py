"""A draft of an import profile: which column of a foreign file may be which field, and how sure that is.

For each field and each column the *odds* that they belong together are a product of three numbers:

- 1/20: a field and a column taken at random;
- the *name*: the header is one of the field's names as the loader matches them: 10,000 (its own name:
  100,000). Else 10 to the power of 3n − 0.5, where n from 0 to 1 is the greater of the share of words in
  common (a word weighs 1 over the number of fields that use it; two words that part two names of one field
  in the schema are synonyms; the same stem, an abbreviation or a typing error is a little less than the
  same word) and, from 0.85 on, of difflib's ratio of the letters;
- the *content*: 10 to a power between two bounds, by the share of the different filled cells that the field
  would take (read by its type, by the rules for that field alone, and by its list in any spelling); of a
  required field also by the share of rows that are filled. The bounds: for a list −0.5 and up to 3, by how many
  letters of listed values were met; for a key −1.5, and up to 2 where no cell of the file stands twice; for
  a date −3 and 0.7; for a whole number −2 and 0.5; for yes or no −1 (0 where there are but two different
  cells) and 0.7; for free text 0, and −1 where the cells are dates, yes or no, or of some list.

How *sure* a match is: its share among all ways to give each field at most one column and each column to at most
one field, where a way weighs the product of its odds (found by passing messages between fields and
columns until they settle). So a rival as good halves it, and a column that is surely another field's is
no rival.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from norwalk_analytics.intake.contract import Contract, Field, Table
from norwalk_analytics.intake.likeness import (
    Column,
    Names,
    Spellings,
    columns,
    content,
    sample,
    spellings_of,
    takes,
)
from norwalk_analytics.intake.texts import SPACE, Text
from norwalk_analytics.telling import escaped

if TYPE_CHECKING:
    import numpy as np

AT_RANDOM = 1 / 20
ROUNDS = 200
SURE = 0.8  # from here on a match stands in the draft as it is
MAYBE, LEAST = 0.25, 0.1  # from here on a match stands as a comment, and a rival beside it
MOST_OTHERS = 3
MOST_SHOWN = 20
FEW = 40
"""A column of more different cells is no list, and none of its cells stands in a draft; in a file of no
more rows than that, a cell that stands once may."""
WORDS = {
    "date": "dates", "datetime": "dates with a time", "integer": "whole numbers", "boolean": "yes or no",
}  # fmt: skip


@dataclass(frozen=True)
class Guess:
    """How far a column may be a field.

    Attributes:
        sure: from 0 to 1, against all rivals.
        odds: without looking at rivals.
        name: which of the field's names the header is like.
        same: whether the loader takes it by its name alone.
        takes: how many of the different cells the field would take.
        seen: how many there are.
    """

    sure: float = 0.0
    odds: float = 0.0
    name: str = ""
    same: bool = False
    takes: int = 0
    seen: int = 0

    @property
    def alone(self) -> float:
        """How sure it would be without rivals."""
        return self.odds / (1 + self.odds)


@dataclass(frozen=True)
class Guesses:
    """All guesses, and the best ones together.

    Attributes:
        columns: those that a profile can name: with a header that stands once.
        by: field → a guess for each column.
        best: field → the column that is its own in the best assignment over all.
    """

    columns: Sequence[Column]
    by: Mapping[str, Sequence[Guess]]
    best: Mapping[str, int]

    def sure(self) -> dict[str, int]:
        """Field → column, of the best matches that are sure."""
        return {name: i for name, i in self.best.items() if self.by[name][i].sure >= SURE}


def guess(text: Text, table: Table, contract: Contract, spellings: Mapping[str, Spellings]) -> Guesses:
    """How far each column of a file may be each field of a table."""
    seen, names = columns(text, table), Names(table, contract)
    if not seen:
        return Guesses([], {one.name: [] for one in table.fields}, {})
    counts = takes(seen, table, contract, spellings)
    alone = [
        [_alone(one, *each, table, names, spellings) for each in zip(seen, counts, strict=True)]
        for one in table.fields
    ]
    import numpy as np

    odds = np.array([[one.odds for one in row] for row in alone])
    sure = _marginals(odds)
    by = {
        one.name: [replace(each, sure=float(sure[f, i])) for i, each in enumerate(row)]
        for f, (one, row) in enumerate(zip(table.fields, alone, strict=True))
    }
    return Guesses(seen, by, _assigned(odds, table))


def _assigned(odds: np.ndarray[Any, Any], table: Table) -> dict[str, int]:
    """Field → column, so that the matches are the best over all."""
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    fields, columns = linear_sum_assignment(np.log1p(odds), maximize=True)
    return {table.fields[f].name: int(i) for f, i in zip(fields, columns, strict=True)}


def _marginals(odds: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The share of each match among all matchings, each weighing the product of its odds."""
    import numpy as np

    free = np.ones_like(odds)  # how far a column is free for a field, as far as the other fields go
    for _ in range(ROUNDS):
        wants = odds * free
        left = 1 / (1 + wants.sum(axis=1, keepdims=True) - wants)  # how far a field is free for a column
        asked = odds * left
        new = 1 / (1 + asked.sum(axis=0, keepdims=True) - asked)
        settled = bool(np.abs(new - free).max() < 1e-6)
        free = (free + new) / 2
        if settled:
            break
    weight = odds * left * free
    return np.asarray(weight / (1 + weight))


def _alone(
    one: Field, column: Column, counts: Mapping[str, int], table: Table, names: Names,
    spellings: Mapping[str, Spellings],
) -> Guess:  # fmt: skip
    """A guess without a look at its rivals."""
    name, alike, same = names.like(one, column.header)
    power = (5 if same == "own" else 4) if same else 3 * alike - 0.5
    seen = len(column.cells)
    if seen:
        power += content(one, column, counts, table, spellings)
    return Guess(0.0, AT_RANDOM * 10**power, name, bool(same), counts[one.name], seen)


def draft_profile(text: Text, table: Table, contract: Contract) -> str:
    """The TOML text of an import profile for a file with other headers, for a person to look over.

    Args:
        text: the file.
        table: the table that it shall become.
        contract: with its lists.

    Returns:
        A profile that can be read as it is: what is at least 80 % sure stands in it, everything else as comments
        (how sure a match is, see the top of this module). A cell of the file stands in it only
        where the field is of a list, the cell is near to a listed value, the column holds at most 40 different
        cells, and this one stands in two rows or more (or the file has at most 40). Others are counted.

    Example:
        >>> import polars as pl
        >>> from norwalk_analytics.intake.contract import read_contract
        >>> from norwalk_analytics.intake.reading import texts_of
        >>> frame = pl.DataFrame({"Log ID": ["X-1", "X-2"], "Result": ["Upheld", "Violation"]})
        >>> contract = read_contract()
        >>> draft = draft_profile(texts_of(frame)[0], contract.tables["exception_log"], contract)
        >>> for line in draft.splitlines():
        ...     if "esult" in line or "Upheld" in line:
        ...         print(line)
        outcome = "Result"  # 94 %: 2 of 2 different cells are of its list
        "Upheld" = "upheld"
    """
    spellings = spellings_of(table, contract)
    guesses = guess(text, table, contract, spellings)
    seen, rows = sample(text.frame).height, text.frame.height
    lines = [
        f"# A draft, made from the headers of {_toml_string(text.file)} and {seen:,} of its {rows:,} rows.",
        "# What is at least 80 % sure stands as it is; take the # from what else is right. Look over each line.",
        f"table = {_toml_string(table.name)}",
        'note = ""  # where the file comes from, in words for the public',
    ]
    lines += ["", "[columns]", *_of_columns(table, guesses, spellings), *_not_used(text, guesses)]
    lines += ["", "[constants]", *_not_found(table, guesses, spellings)]
    lines += _of_dates(table, guesses)
    for name, i in guesses.sure().items():
        one, column = table.field(name), guesses.columns[i]
        if name in spellings or one.type == "boolean":
            cells = text.frame[f"c{_place(text, column)}"]
            lines += _of_values(one, cells, table, spellings.get(name))
    return "\n".join(lines) + "\n"


def _of_columns(table: Table, guesses: Guesses, spellings: Mapping[str, Spellings]) -> list[str]:
    """A line a field for which a column was found, in the order of the fields."""
    lines = []
    sure = guesses.sure()
    for name, i in guesses.best.items():
        this, column = guesses.by[name][i], guesses.columns[i]
        if this.sure < MAYBE:
            continue
        line = f"{_key(name)} = {_toml_string(column.header)}"
        line += f"  # {_percent(this.sure)}: {_why(table.field(name), this, column, table, spellings)}"
        if name in sure:
            lines.append(line)
            continue
        taken = set(sure.values()) | {i}
        others = [
            f"{_toml_string(guesses.columns[k].header)} ({_percent(other.sure)})"
            for k, other in _ranked(guesses.by[name])
            if k not in taken and other.sure >= LEAST
        ]
        line += f"; or {', '.join(others[:MOST_OTHERS])}" if others else ""
        lines.append(f"# {line}{'; the loader takes it by its name alone' if this.same else ''}")
    return lines


def _ranked(guesses: Sequence[Guess]) -> list[tuple[int, Guess]]:
    return sorted(enumerate(guesses), key=lambda one: -one[1].odds)


def _not_used(text: Text, guesses: Guesses) -> list[str]:
    """The columns that no line names, as a comment."""
    named = {i for name, i in guesses.best.items() if guesses.by[name][i].sure >= MAYBE}
    left = [_toml_string(one.header) for i, one in enumerate(guesses.columns) if i not in named]
    headers = [header.strip(SPACE) for header in text.headers]
    twice = dict.fromkeys(header for header in headers if header and headers.count(header) > 1)
    lines = [f"# No field for: {', '.join(left)}"] if left else []
    if twice:
        names = ", ".join(map(_toml_string, twice))
        lines.append(
            f"# More than one column is headed so; rename them, or no profile can name them: {names}"
        )
    if blank := headers.count(""):
        lines.append(f"# Columns without a header, which no profile can name: {blank}")
    return lines


def _not_found(table: Table, guesses: Guesses, spellings: Mapping[str, Spellings]) -> list[str]:
    """The fields for which no column is sure, as comments; what could serve a required one, rivals apart."""
    sure = guesses.sure()
    likely = {name: i for name, i in guesses.best.items() if guesses.by[name][i].sure >= MAYBE}
    required = [one for one in table.fields if one.required and one.name not in sure]
    lines = []
    for one in (one for one in required if one.name not in likely):
        listed = spellings[one.name].values if one.name in spellings else ()
        other = WORDS.get(one.type) or _words(one.description) or "text"
        lines.append(f'# {_key(one.name)} = ""  # {f"one of: {_some(listed)}" if listed else other}')
        offers = [
            f"{_toml_string(guesses.columns[k].header)} ({_percent(each.alone)}{_serves(k, likely)})"
            for k, each in _ranked(guesses.by[one.name])
            if _may_serve(one, each, guesses.columns[k], taken=k in sure.values())
        ]
        if offers:
            lines.append(f"#   or in [columns]: {_key(one.name)} = {' or '.join(offers[:MOST_OTHERS])}")
    unsure = [_key(one.name) for one in required if one.name in likely]
    rest = [_key(one.name) for one in table.fields if not one.required and one.name not in likely]
    return [
        *([f"# Not sure, see above; required: {', '.join(unsure)}"] if unsure else []),
        *(["# Not found; required:", *lines] if lines else []),
        *([f"# Not found; not required: {', '.join(rest)}"] if rest else []),
    ]


def _serves(column: int, likely: Mapping[str, int]) -> str:
    fields = [name for name, i in likely.items() if i == column]
    return f", also {fields[0]}" if fields else ""


def _may_serve(one: Field, other: Guess, column: Column, *, taken: bool) -> bool:
    """Whether a column could serve a required field; text that is another field's already does not."""
    if one.type in ("date", "datetime"):
        return other.seen > 0 and other.takes >= 0.8 * other.seen and column.filled > 0.8
    return other.alone >= LEAST and not taken


def _why(one: Field, this: Guess, column: Column, table: Table, spellings: Mapping[str, Spellings]) -> str:
    """Why a column may be a field, in plain words."""
    why = [f"the name is {'' if this.same else 'like '}“{_words(this.name).lower()}”"] if this.name else []
    counted = f"{this.takes:,} of {this.seen:,} different cells"
    if one.name in spellings:
        why.append(f"{counted} are of its list")
    elif table.key == (one.name,):
        why.append(
            "no cell stands twice" if column.once else "cells stand twice or are empty, and it is the key"
        )
        why += [f"{counted} are of its letters"] if this.takes < this.seen else []
    elif one.type in WORDS:
        why.append(f"{counted} are {WORDS[one.type]}")
    if one.required and column.filled < 1:
        why.append(f"{_percent(column.filled)} of the rows are filled")
    return "; ".join(why) or "the cells are text"


def _of_dates(table: Table, guesses: Guesses) -> list[str]:
    """The forms of dates that the loader must be told."""
    lines = []
    for name, i in guesses.best.items():
        dated, column = table.field(name).type in ("date", "datetime"), guesses.columns[i]
        if guesses.by[name][i].sure < MAYBE or not dated or not column.forms:
            continue
        forms = [_toml_string(form) for form in column.forms]
        line = f"{_key(name)} = {forms[0] if len(forms) == 1 else '[' + ', '.join(forms) + ']'}"
        if column.unclear:
            line += "  # every cell can as well be read with day and month swapped: which is it?"
        sure = name in guesses.sure() and not column.unclear
        lines.append(line if sure else f"# {line}")
    return ["", "[dates]", *lines] if lines else []


def _of_values(one: Field, column: pl.Series, table: Table, known: Spellings | None) -> list[str]:
    """What cells of a list say in other words; how many are not known, and of which values they must be one."""
    counted = column.str.strip_chars(SPACE).drop_nulls().value_counts(sort=True, name="rows")
    counted = counted.filter(~pl.nth(0).is_in(list(table.missing)))
    words = {word.lower() for word in (*one.true, *one.false)}
    lines, others, rows = [], 0, 0
    for cell, count in sorted(counted.iter_rows()):
        if known.is_read(cell) if known else cell.lower() in words:
            continue
        value, near = (known.value(cell), known.near(cell)) if known else (None, None)
        shown = counted.height <= FEW and (count > 1 or len(column) <= FEW)
        if value is not None and shown:
            lines.append(f"{_toml_string(cell)} = {_toml_string(value)}")
        elif near is not None and shown:  # offered and not taken: it may be another word
            lines.append(f"# {_toml_string(cell)} = {_toml_string(near)}  # is that meant?")
        else:
            others, rows = others + 1, rows + count  # it may be anything, so it is not repeated
    if others:
        values = _some(known.values if known else ["true", "false"])
        many = "1 other spelling" if others == 1 else f"{others:,} other spellings"
        lines.append(
            f'# {many}, in {rows:,} rows: write each as "cell" = "value", the value one of: {values}'
        )
    return ["", f"[values.{_key(one.name)}]", *lines] if lines else []


def _place(text: Text, column: Column) -> int:
    return [header.strip(SPACE) for header in text.headers].index(column.header)


def _some(values: Sequence[str]) -> str:
    shown = ", ".join(map(_words, values[:MOST_SHOWN]))
    return shown + (f", … ({len(values):,})" if len(values) > MOST_SHOWN else "")


def _words(text: str) -> str:
    """Words of the contract on one line, as a TOML comment may hold them."""
    return re.sub(r"[\x00-\x1f\x7f\s]+", " ", text).strip()


def _percent(share: float) -> str:
    """A share as a whole number of per cent; only what is quite certain is 100."""
    return f"{min(99, round(100 * share)) if share < 1 else 100} %"


def _key(name: str) -> str:
    return name if re.fullmatch("[A-Za-z0-9_-]+", name) else _toml_string(name)


def _toml_string(text: str) -> str:
    r"""A text as a basic string of TOML: JSON's, but for DEL, which TOML does not allow as it is, and what a terminal obeys.

    Example:
        >>> print(_toml_string('a "b"\n'))
        "a \"b\"\n"
    """
    return escaped(json.dumps(text, ensure_ascii=False))
