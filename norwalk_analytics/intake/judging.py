"""Rows typed, checked, split, and what is wrong with them told: of a whole table, of a piece of it, of rows on a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl
from narwhals.exceptions import NarwhalsError

from norwalk_analytics.intake.across import Whole
from norwalk_analytics.intake.ambiguity import decided, seen, verdicts
from norwalk_analytics.intake.conforming import conform
from norwalk_analytics.intake.contract import Contract, Rule, Table
from norwalk_analytics.intake.facts import Register, with_facts
from norwalk_analytics.intake.gathering import Gathered, Places
from norwalk_analytics.intake.keeping import others
from norwalk_analytics.intake.loaded import Loaded
from norwalk_analytics.intake.mending import Mended, unmended
from norwalk_analytics.intake.problems import SCHEMA, rule_problems
from norwalk_analytics.intake.profiles import NOTHING, Profile
from norwalk_analytics.intake.reading_problems import no_rows_of_a_table, not_applied, reading_problems
from norwalk_analytics.intake.rules import ACROSS, broken_and_found, broken_keys, unsuited
from norwalk_analytics.intake.splitting import (
    among,
    placed,
    placed_left_out,
    quarantined,
    register_of,
    same_rows,
    taken_in,
    without,
)
from norwalk_analytics.intake.texts import ROW
from norwalk_analytics.policy import UserError


@dataclass(frozen=True)
class Converted:
    """Rows of a table, typed, before they are checked.

    Attributes:
        typed: typed cells, and the columns that are not the table's.
        raw: the same rows, cells as written.
        forms: which forms of dates were ``seen``.
        unsure: cells whose day and month can't be told apart.
        said: columns of whose dates something is said as a whole.
        left_out: rows that are left out because another of their key is kept.
    """

    typed: pl.DataFrame
    raw: pl.DataFrame
    forms: pl.DataFrame
    unsure: pl.DataFrame
    said: pl.DataFrame
    left_out: pl.DataFrame


def convert(
    gathered: Gathered, table: Table, contract: Contract, profile: Profile = NOTHING,
    whole: Whole | None = None, *, piece: bool = False,
) -> Converted:  # fmt: skip
    """Type the rows of a table, or of a piece of it; see ``judge``."""
    places = gathered.places if whole is None else whole.places
    typed = conform(gathered.raw, table, contract.policy.zone, contract.code_lists, profile)
    forms = seen(typed, table, profile, places, piece=piece)
    typed, unsure, said = decided(typed, table, places, verdicts(forms) if whole is None else whole.dates)
    left_out = others(typed, gathered.ordering, table, profile.one_row)
    typed = typed.hstack(gathered.unknown)
    typed, raw = without(typed, left_out[ROW]), without(gathered.raw, left_out[ROW])
    return Converted(typed, raw, forms, unsure, said, left_out)


@dataclass(frozen=True)
class Told:
    """How what is wrong with rows is told: the same for a whole table, a piece of it, and rows on a cluster.

    Attributes:
        table: the table of the contract.
        contract: the contract.
        profile: that was applied.
        places: where rows stand.
        rules: the rulebook with its parameters given.
    """

    table: Table
    contract: Contract
    profile: Profile
    places: Places
    rules: tuple[Rule, ...]

    def problems(
        self, gathered: Gathered, converted: Converted, once: pl.DataFrame, same: pl.DataFrame,
        judged: pl.DataFrame, refused: pl.DataFrame | None = None,
    ) -> pl.DataFrame:  # fmt: skip
        """One row a problem, in the order of rows and rules.

        Args:
            gathered: the rows as written.
            converted: the same, typed.
            once: those of them that were judged, with their facts.
            same: ``row_number`` and ``first`` of those that are the same as an earlier one.
            judged: what ``broken`` found, row by row beside ``once``.
            refused: corrections that were not applied.
        """
        table, contract, texts = self.table, self.contract, self.contract.texts
        known = [rule for rule in self.rules if rule.known]
        none = unmended([]).refused if refused is None else refused
        found = pl.concat([
            not_applied(none, self.places, texts),
            reading_problems(
                gathered, once, same, converted.unsure, converted.said, table, texts, self.profile, self.places
            ),
            rule_problems(once, converted.raw, judged, known, table, contract, self.profile),
            _by_great_expectations(once, self.rules, contract, table.name),
        ])  # fmt: skip
        found = no_rows_of_a_table(found, gathered, table, texts)
        return found.sort(ROW, "order", maintain_order=True).drop("order")


def judge(
    gathered: Gathered, converted: Converted, table: Table, contract: Contract, as_of: date, file: str,
    profile: Profile = NOTHING, register: Register | None = None, mended: Mended | None = None,
    whole: Whole | None = None,
) -> Loaded:  # fmt: skip
    """Check and split the rows of a table, or of a piece of it.

    Args:
        gathered: the rows as written.
        converted: the same, typed.
        table: the table of the contract.
        contract: the contract.
        as_of: the day at whose end the data are read.
        file: the file's name, or how many there are.
        profile: that was applied.
        register: the registrations that a row may name.
        mended: what came of a correction workbook.
        whole: what the whole table tells of these rows, if they are a piece of one.
    """
    name, texts = table.name, gathered.texts
    typed, raw, unknown = converted.typed, converted.raw, gathered.unknown
    mended = mended or unmended(list(texts))
    places = gathered.places if whole is None else whole.places
    again: pl.Series | None = None
    if whole is None:
        same, again = same_rows(typed, raw, table, unknown.columns, profile)
    else:
        same = whole.same
    once = without(typed, same[ROW])
    once = with_facts(once, name, register) if whole is None else whole.with_facts(once, name, register)
    rules = tuple(rule.given(contract.parameters(as_of)) for rule in table.rules)
    known = [rule for rule in rules if rule.known]
    judged = _judged(once, known, table.key, again, whole, f"{name}.expectations.json")
    told = Told(table, contract, profile, places, rules)
    problems = told.problems(gathered, converted, once, same, judged, mended.refused)
    critical = problems.filter((pl.col("severity") == "critical") & pl.col(ROW).is_not_null())
    aside = critical[ROW].unique()
    accepted = without(once, aside)
    return Loaded(
        table=table, file=file, sheet=texts[0].sheet if len(texts) == 1 else None,
        assumed="; ".join(dict.fromkeys(text.assumed for text in texts)),
        frame=accepted, aside=among(once, aside), quarantined=quarantined(gathered, critical),
        problems=placed(problems, places),
        left_out=placed_left_out(pl.concat([gathered.left_out, converted.left_out]).sort(ROW), places),
        corrected=mended.changed, mended=taken_in(gathered, mended.rows, mended.emptied, aside), read=gathered.read, blank=sum(text.blank for text in texts),
        examples=gathered.examples, unknown=tuple(unknown.columns), rules=rules,
        paths=tuple(dict.fromkeys(text.path for text in texts if text.path is not None)),
        places=places, origins=gathered.origins(),
        register=register_of(gathered, typed, accepted, table, profile)
        if name == "tool_registrations" else None,
    )  # fmt: skip


def _judged(
    once: pl.DataFrame, rules: Sequence[Rule], key: Sequence[str], again: pl.Series | None,
    whole: Whole | None, file: str,
) -> pl.DataFrame:  # fmt: skip
    """The rulebook run; UserError where an expectation of a contract does not suit its columns."""
    try:
        if again is not None:
            found = broken_keys(once, rules, key, again)
        else:
            across = [i for i, rule in enumerate(rules) if rule.type in ACROSS]
            found = {i: whole.broken.get(i, pl.Series(dtype=pl.Int64)) for i in across} if whole else {}
        judged: pl.DataFrame = broken_and_found(once, rules, found)
    except (pl.exceptions.PolarsError, NarwhalsError, TypeError, ValueError):
        wrong = unsuited(once, rules)
    else:
        return judged
    which = f"the expectation {wrong.id}" if wrong else "an expectation"
    message = f"{file}: {which} can't be run: its arguments do not suit its columns. Nothing was loaded."
    raise UserError(message)


def _by_great_expectations(
    once: pl.DataFrame, rules: Sequence[Rule], contract: Contract, name: str
) -> pl.DataFrame:
    """Problems of the rules that only Great Expectations can run; it is imported only where there is one."""
    if all(rule.known for rule in rules):
        return pl.DataFrame(schema=SCHEMA)
    from norwalk_analytics.intake.rulebook import CUSTOM, problems_by_great_expectations

    file, custom = f"{name}.expectations.json", contract.files.get(CUSTOM)
    return problems_by_great_expectations(once, rules, file, custom)
