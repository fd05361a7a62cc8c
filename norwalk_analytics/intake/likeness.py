"""How like a header is to the names of a field, and how far the cells of a column are what the field takes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import combinations
from typing import Any

import narwhals as nw
import polars as pl

from norwalk_analytics import expressions
from norwalk_analytics.intake.cells import dates
from norwalk_analytics.intake.choices import choices
from norwalk_analytics.intake.conforming import conform, plain
from norwalk_analytics.intake.contract import Contract, Field, Table
from norwalk_analytics.intake.date_forms import reshaped
from norwalk_analytics.intake.distinct import converted
from norwalk_analytics.intake.matching import normal
from norwalk_analytics.intake.profiles import Profile
from norwalk_analytics.intake.spelling import distance
from norwalk_analytics.intake.texts import ROW, SPACE, Text

FIRST, ROWS = 1_000, 5_000  # rows that are looked at: the first ones, and all of them
TRIED = 200  # different cells on which forms of dates are tried
TIME = r"[ T]+[0-9]{1,2}:.*$"
LIKE_A_DATE = r"^(?:[0-9]{1,2}[.]? ?[./ -]|[0-9]{4}[./-][0-9]|[A-Za-z]{3,9}[.]? [0-9]|[0-9]{8}$)"
FORMS = (
    "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%Y.%m.%d", "%d-%m-%Y", "%m-%d-%Y", "%Y%m%d",
    "%d-%b-%Y", "%d %b %Y", "%d. %b %Y", "%b %d, %Y", "%b %d %Y",
)  # fmt: skip
BOUNDS = {"date": (-3.0, 0.7), "datetime": (-3.0, 0.7), "integer": (-2.0, 0.5), "boolean": (-1.0, 0.7)}
LIST, KEY = (-0.5, 3.0), (-1.5, 2.0)
NOT_A_RULE_OF_CELLS = ("to_not_be_null", "to_be_null", "to_be_unique")
LITTLE = {"a", "an", "and", "for", "has", "is", "of", "the", "this", "was", "were"}  # they tell nothing
UNKNOWN, NUMBER = 0.75, 0.1  # weights of a word that no field uses, and of a number such as a year
ODD = 0.4  # the least weight of a word of the header that the name lacks
LEAST = 0.4  # what is less like is not like
TYPED = 0.85  # so much of the letters in common may be a typing error
ENDINGS = ("s", "es", "d", "ed", "ing")
ENDING, SYNONYM, STEM, SPELLED, SHORT = 0.95, 0.95, 0.7, 0.8, 0.6

NEAR = ((8, 2), (5, 1))  # a value of so many letters may be so many edits away


class Names:
    """The names of a table's fields, and the words that they are made of.

    Example:
        >>> from norwalk_analytics.intake.contract import read_contract
        >>> contract = read_contract()
        >>> table = contract.tables["tool_registrations"]
        >>> names = Names(table, contract)
        >>> for header in ("Employee", "Staff Nr. 2", "Empl. ID", "Access"):
        ...     name, alike, same = names.like(table.field("employee_id"), header)
        ...     print(f"{header}: {name!r} {alike:.2f} {same!r}")
        Employee: 'Employee' 1.00 'other'
        Staff Nr. 2: 'staff id' 0.50 ''
        Empl. ID: 'employee id' 0.70 ''
        Access: '' 0.00 ''
    """

    def __init__(self, table: Table, contract: Contract) -> None:
        """Count the words of all tables' names, and find synonyms among them."""
        every = [one for each in contract.tables.values() for one in each.fields]
        by_name = {one.name: [words(name) for name in _names(one)] for one in every}
        by_name |= {one.name: [words(name) for name in _names(one)] for one in table.fields}
        self.used = Counter(word for names in by_name.values() for word in {w for n in names for w in n})
        parted: dict[frozenset[str], set[str]] = {}
        for field, names in by_name.items():
            for one, other in combinations(names, 2):
                apart = frozenset(set(one) ^ set(other))
                if len(one) == len(other) and len(apart) == 2:
                    parted.setdefault(apart, set()).add(field)
        # what other fields say too, such as "name" and "id", is the same only where two fields show it
        self.synonyms = {
            pair
            for pair, fields in parted.items()
            if len(fields) > 1 or all(self.used[word] == 1 for word in pair)
        }

    def like(self, one: Field, header: str) -> tuple[str, float, str]:
        """Which of a field's names a header is most like, how like from 0 to 1, and whether it is the same.

        Returns:
            The third is "own" for the field's own name and "other" for a title or alias, as the loader
            matches them; else empty.
        """
        names = _names(one)
        for name in names:
            if normal(name) == normal(header):
                return name.replace("_", " "), 1.0, "own" if name == one.name else "other"
        alike, name = max((self._like(name, header), name) for name in names)
        return (name.replace("_", " "), alike, "") if alike >= LEAST else ("", 0.0, "")

    def _like(self, name: str, header: str) -> float:
        here, there = words(header), words(name)
        common, left = 0.0, list(there)
        total = sum(map(self._weight, there))
        for word in here:
            best = max(left, key=lambda other: self._same(word, other), default=None)
            if best is not None and (same := self._same(word, best)):
                light = min(self._weight(word), self._weight(best))
                common += same * 2 * light
                total += 2 * light - self._weight(best)
                left.remove(best)
            else:
                total += self._weight(word) if word.isdigit() else max(ODD, self._weight(word))
        one, other = "".join(here), "".join(there)
        ratio = SequenceMatcher(None, one, other).ratio() if min(len(one), len(other)) > 4 else 0.0
        return max(common / total if total else 0.0, ratio if ratio >= TYPED else 0.0)

    def _weight(self, word: str) -> float:
        return NUMBER if word.isdigit() else 1 / self.used[word] if self.used[word] else UNKNOWN

    def _same(self, one: str, other: str) -> float:
        """How far two words are the same, from 0 to 1."""
        if one == other:
            return 1.0
        if frozenset((one, other)) in self.synonyms:
            return SYNONYM if self.used[one] == self.used[other] == 1 else SHORT
        short, long = sorted((one, other), key=len)
        if len(short) >= 4 and long.removeprefix(short) in ENDINGS:
            return ENDING
        common = next(
            (i for i, pair in enumerate(zip(short, long, strict=False)) if pair[0] != pair[1]), len(short)
        )
        if common >= 5 or (common == len(short) and common >= 4 and len(long) <= common + 3):
            return STEM
        if len(short) >= 5 and SequenceMatcher(None, one, other).ratio() >= 0.82:
            return SPELLED
        return SHORT if common == len(short) >= 3 else 0.0


def words(name: str) -> list[str]:
    """The words of a name in lower case, those of camelCase too.

    Example:
        >>> words("DateOf_registration (2026)")
        ['date', 'registration', '2026']
    """
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).casefold()
    found = re.findall(r"[^\W_]+", parted)
    return [word for word in found if word not in LITTLE] or found


def _names(one: Field) -> list[str]:
    return list(dict.fromkeys([one.name, one.title, *one.aliases]))


@dataclass(frozen=True)
class Spellings:
    """A field's listed values.

    Attributes:
        values: as they are listed.
        folded: letters and digits alone → the listed value.
        read: the spellings, folded as the loader does, that it maps by itself.
    """

    values: Sequence[str]
    folded: Mapping[str, str]
    read: frozenset[str]

    def is_read(self, cell: str) -> bool:
        """Whether the loader takes a cell as it stands."""
        return cell in self.values or plain(cell) in self.read

    def value(self, cell: str) -> str | None:
        """The listed value that a cell says, whatever its case, spaces and marks."""
        return self.folded.get(folded(cell))

    def near(self, cell: str) -> str | None:
        """The one listed value of which a cell is a misspelling.

        The first letter must be the same: "uncertified" is no "certified".
        """
        text = folded(cell)
        within = next((edits for letters, edits in NEAR if len(text) >= letters), 0)
        if not within:
            return None
        near = {
            value
            for spelling, value in self.folded.items()
            if spelling[:1] == text[:1] and distance(text, spelling, within) <= within
        }
        return near.pop() if len(near) == 1 else None


def folded(text: str) -> str:
    """A text without what does not matter in a value: case, spaces, marks.

    Example:
        >>> folded("Non-Certified"), folded("#")
        ('noncertified', '#')
    """
    return "".join(filter(str.isalnum, text.casefold())) or text


def spellings_of(table: Table, contract: Contract) -> dict[str, Spellings]:
    """Field → its listed values, of the fields that have a list."""
    parameters = contract.parameters(contract.policy.enacted)
    found = {}
    for one in table.fields:
        listed = choices(one, contract, parameters) if one.type == "string" else []
        if listed:
            found[one.name] = _spellings(one, listed, contract)
    return found


def _spellings(one: Field, listed: Sequence[str], contract: Contract) -> Spellings:
    by_folded: dict[str, str] = {folded(value): value for value in listed}
    resource = one.listed or (one.code_list or {}).get("resource", "")
    rows = [list(row.values()) for row in contract.code_lists.get(resource, [])]
    for column in list(zip(*rows, strict=True))[1:]:  # such as a school's full name
        if all(column) and len(set(map(folded, column))) == len(rows):
            for code, other in zip(listed, column, strict=True):
                by_folded.setdefault(folded(other), code)
    read = set()
    if one.code_list:
        aliases = [
            tuple(row.values()) for row in contract.code_lists.get(one.code_list.get("aliases", ""), [])
        ]
        for alias, code, *_ in aliases:
            by_folded.setdefault(folded(alias), code)
        read = {plain(text) for text in [*listed, *(alias for alias, *_ in aliases)]}
    return Spellings(listed, by_folded, frozenset(read))


@dataclass(frozen=True)
class Column:
    """A column of the file, as its sample shows it.

    Attributes:
        header: stripped.
        cells: the different filled cells of the sample.
        filled: the share of the sample's rows that are filled.
        rows: how many rows the file has.
        once: whether no cell of the whole file stands twice and none is empty.
        forms: in which its dates are written, where the loader must be told.
        unclear: whether day and month could as well be swapped in them.
    """

    header: str
    cells: pl.Series
    filled: float
    rows: int
    once: bool
    forms: tuple[str, ...] = ()
    unclear: bool = False


def columns(text: Text, table: Table) -> list[Column]:
    """The columns that a profile can name: with a header that stands once."""
    headers = [header.strip(SPACE) for header in text.headers]
    rows = text.frame.height
    some = sample(text.frame)
    found = []
    for i, header in enumerate(headers):
        if not header or headers.count(header) > 1:
            continue
        stripped = some[f"c{i}"].str.strip_chars(SPACE)
        filled = stripped.filter(~stripped.is_in(list(table.missing))).drop_nulls()
        cells, share = filled.unique(maintain_order=True), len(filled) / max(1, some.height)
        once = 0 < len(cells) == some.height
        once = once and text.frame[f"c{i}"].str.strip_chars(SPACE).n_unique() == rows
        found.append(Column(header, cells, share, rows, once, *_forms(cells)))
    return found


def sample(frame: pl.DataFrame) -> pl.DataFrame:
    """At most so many rows: the first ones, and others evenly over the rest."""
    step = max(1, -(-(frame.height - FIRST) // (ROWS - FIRST)))
    return pl.concat([frame.head(FIRST), frame.slice(FIRST).gather_every(step)])


def _forms(distinct: pl.Series) -> tuple[tuple[str, ...], bool]:
    """The forms that read the most dates together; and whether day and month could as well be swapped.

    None where the loader's own reading does as well. Two forms that swap day and month never go together.
    """
    tried = distinct.gather_every(max(1, -(-len(distinct) // TRIED))).str.replace(TIME, "")
    if not tried.str.contains(LIKE_A_DATE).sum() > 0.2 * len(tried):
        return (), False

    def reads(form: str) -> pl.Series:
        def convert(frame: Any) -> Any:
            return dates(reshaped(frame, "x", [form], "date") if form else frame, "x")

        return ~converted(tried, convert)["x__value"].is_null()

    own = reads("")
    if own.all():
        return (), False
    masks = {form: reads(form) for form in FORMS}
    read, chosen = pl.repeat(value=False, n=len(tried), eager=True), list[str]()
    while left := [form for form in FORMS if not any(_swapped(form, one) for one in chosen)]:
        best = max(left, key=lambda form: int((masks[form] & ~read).sum()))
        if (masks[best] & ~read).sum() < max(1, 0.02 * len(tried)):
            break
        chosen.append(best)
        read = read | masks[best]
    if int(read.sum()) <= int(own.sum()):
        return (), False
    unclear = any(
        _swapped(form, other) and bool((masks[form] == masks[other]).all())
        for form in chosen
        for other in FORMS
    )
    long = tried.str.contains("[A-Za-z]{5}").any()  # %b reads both; a person would write %B
    return tuple(form.replace("%b", "%B") if long else form for form in chosen), unclear


def _swapped(form: str, other: str) -> bool:
    return form == other.replace("%d", "%x").replace("%m", "%d").replace("%x", "%m")


def takes(
    columns: Sequence[Column], table: Table, contract: Contract, spellings: Mapping[str, Spellings]
) -> list[dict[str, int]]:
    """Column by column: field → how many of the different cells it would take, by the package's own reading.

    The cells of all columns whose dates are of the same forms are read together, as that costs hardly more.
    """
    others = tuple(one for one in table.fields if one.name not in spellings)
    found = [dict.fromkeys((one.name for one in table.fields), 0) for _ in columns]
    for column, counts in zip(columns, found, strict=True):
        for name, known in spellings.items():
            counts[name] = sum(known.value(cell) is not None for cell in column.cells)
    for forms in dict.fromkeys(column.forms for column in columns) if others else ():
        alike = {i: column.cells for i, column in enumerate(columns) if column.forms == forms}
        which = [pl.repeat(i, len(each), dtype=pl.Int64, eager=True) for i, each in alike.items()]
        cells = pl.concat([each.alias("") for each in alike.values()])
        text = pl.DataFrame([pl.concat(which).alias(ROW), *(cells.alias(one.name) for one in others)])
        dated = {one.name: forms for one in others if forms and one.type in ("date", "datetime")}
        profile, reduced = Profile(table.name, dates=dated), replace(table, fields=others)
        typed = conform(text, reduced, contract.policy.zone, contract.code_lists, profile)
        wrong = _wrong(reduced, contract)
        taken = nw.from_native(typed).select(ROW, *((~each).alias(name) for name, each in wrong.items()))
        for i, *sums in taken.to_native().group_by(ROW).sum().iter_rows():
            found[i] |= dict(zip(wrong, sums, strict=True))
    return found


def _wrong(table: Table, contract: Contract) -> dict[str, nw.Expr]:
    """Field → where it does not take a cell: it can't be read, or breaks a rule for that field alone."""
    wrong = {one.name: nw.col(one.name).is_null() for one in table.fields}
    parameters = contract.parameters(contract.policy.enacted)
    for rule in table.rules:
        of_cells = rule.known and rule.condition is None and not rule.type.endswith(NOT_A_RULE_OF_CELLS)
        bound = rule.type.endswith("to_be_between") and any(
            isinstance(value, Mapping) for value in rule.kwargs.values()
        )  # a day of the policy says nothing of what a column is
        critical = rule.severity == "critical" and rule.columns == [rule.field]
        if of_cells and critical and not bound and rule.field in wrong:
            broken = expressions.expression(rule.type, rule.given(parameters).kwargs)
            wrong[rule.field] = wrong[rule.field] | broken
    return wrong


def content(
    one: Field, column: Column, takes: Mapping[str, int], table: Table, spellings: Mapping[str, Spellings]
) -> float:
    """What the cells say, as a power of 10."""
    share = takes[one.name] / len(column.cells)
    filled = column.filled if one.required else 1.0
    if one.name in spellings:
        least, most = LIST
        met = {value for cell in column.cells if (value := spellings[one.name].value(cell))}
        letters = sum(map(len, met))
        most = min(most, letters / 4) / (2 if len(met) == 1 else 1)
    elif table.key == (one.name,):
        least, most = KEY
        most, share = min(most, len(str(column.rows)) - 1), share * column.once
    elif one.type in BOUNDS:
        least, most = BOUNDS[one.type]
        if one.type == "boolean" and len(column.cells) <= 2:
            least = 0.0  # two words that may be another language's yes and no
    else:
        typed = any(
            takes[other.name] > 0.8 * len(column.cells)
            for other in table.fields
            if other.type in ("date", "datetime", "boolean") or other.name in spellings
        )
        return -1.0 if typed else filled - 1
    return least + (most - least) * share * filled
