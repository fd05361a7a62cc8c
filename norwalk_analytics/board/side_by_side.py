"""Schools and groups of people beside one another, as tables: what may be shown of each, "withheld" for the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from markupsafe import Markup

from norwalk_analytics.board import pieces
from norwalk_analytics.board.fragment import may_be_shown
from norwalk_analytics.board.said import SHORT
from norwalk_analytics.board.words import number, period_words, plural
from norwalk_analytics.oversight.disclosure import Internal, Publishable, Shown
from norwalk_analytics.oversight.measures import MEASURES
from norwalk_analytics.oversight.periods import label, start_of
from norwalk_analytics.oversight.reported import SCHOOL_EVENTS, SCHOOL_STOCKS, THREE_YEARS
from norwalk_analytics.oversight.status import COUNTS_ONLY

Row = dict[str, Any]
STANDING = (("stock", "as_of"), ("event", "12 months"))
"""View and period of the figures set side by side; of a measure that has both, the first."""
GROUPS = ("role", "setting", "channel")
CODES = {"non_certified": "Non-certified", "sms": "SMS", "mms": "MMS"}
"""Codes whose words are not the code's own."""
WHOLE = "The district"
SPACE = "\u00a0"  # where a line does not break


@dataclass(frozen=True)
class Grid:
    """Figures side by side.

    Attributes:
        columns: measure and clause of each column, in the policy's order.
        names: schools or groups, in order.
        cells: measure, clause and a name (None for the district) → its figure.
        by: "school", whose names stand as they are, or a breakdown, whose codes are said in words.
    """

    columns: list[tuple[str, str]]
    names: list[str]
    cells: dict[tuple[str, str, str | None], Row]
    by: str

    def figures(self) -> Iterator[Row]:
        """Every figure of the table, the district's too."""
        yield from (self.cells[key] for key in self.cells if key[:2] in self.columns)

    def lines(self) -> list[list[pieces.Cell]]:
        """A row a name, and the district's last."""
        return [
            [self._said(name), *[cell(self.cells.get((*one, name))) for one in self.columns]]
            for name in (*self.names, None)
        ]  # fmt: skip

    def _said(self, name: str | None) -> str:
        if name is None:
            return WHOLE
        return name if self.by == "school" else spoken(name)


def cell(row: Row | None) -> str:
    """A figure as it stands in a table: "41 of 44", a number of cases, "withheld", "none" of no cases.

    Example:
        >>> figure = {"measure": "suitable", "numerator": 41, "denominator": 44.0, "per": 1.0, "withheld": False}
        >>> cell(figure).replace(SPACE, " "), cell({**figure, "measure": "relatives"}), cell({**figure, "withheld": True}), cell(None)
        ('41 of 44', '41', 'withheld', 'none')
    """
    if row is not None and row["withheld"]:
        return "withheld"
    if row is None or row["numerator"] is None:
        return "none"
    if row["measure"] in COUNTS_ONLY or row["per"] > 1 or row["denominator"] is None:
        return number(row["numerator"])
    if not row["denominator"]:
        return "none"
    return f"{number(row['numerator'])} of{SPACE}{number(row['denominator'])}"


def spoken(name: str) -> str:
    """A code as words: "friend_request" → "Friend request"."""
    if name in CODES:
        return CODES[name]
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def withheld_words(hidden: int, of: int) -> str:
    """How many figures of a table are withheld, as a sentence.

    Example:
        >>> withheld_words(0, 9), withheld_words(1, 9)
        ('None of the 9 figures is withheld.', '1 of the 9 figures is withheld, since few people stand behind it or so that others can’t be worked out.')
    """
    why = f"since few people stand behind {'it' if hidden == 1 else 'them'} or so that others can’t be worked out."
    if of == 1:
        return f"The one figure is withheld, {why}" if hidden else "The one figure is not withheld."
    if hidden == 0:
        return f"None of the {number(of)} figures is withheld."
    if hidden == of:
        return f"All {number(of)} figures are withheld, {why}"
    return f"{number(hidden)} of the {number(of)} figures {'is' if hidden == 1 else 'are'} withheld, {why}"


def grid(
    shown: Shown,
    by: str,
    table: str,
    *,
    only: Sequence[str] = (),
    standing: Sequence[tuple[str, str]] = STANDING,
) -> Grid:
    """The figures of a table's measures, by school or by a breakdown, beside the district's.

    Args:
        shown: figures that may be shown.
        by: "school", or a breakdown.
        table: the table that the measures are made from.
        only: the measures; all of that table by default.
        standing: view and period, the first choice first.
    """
    rows = may_be_shown(shown).frame.filter(
        pl.col("measure").is_in(only or [name for name, made in MEASURES.items() if made.table == table])
    )
    names: set[str] = set()
    found: dict[tuple[str, str], dict[str | None, Row]] = {}
    for view, period in standing:
        these: dict[tuple[str, str], dict[str | None, Row]] = {}
        for row in rows.filter(view=view, period=period).to_dicts():
            inside, of_school = row["breakdown"], row["school"]
            if inside is None and (of_school is None or by == "school"):
                these.setdefault((row["measure"], row["clause"]), {})[of_school] = row
            elif inside == by and of_school is None:
                these.setdefault((row["measure"], row["clause"]), {})[row["group"]] = row
        for key, figures in these.items():
            if set(figures) - {None}:
                found.setdefault(key, figures)
    for figures in found.values():
        names |= {name for name in figures if name is not None}
    measures = list(shown.policy.measures)
    columns = sorted(found, key=lambda one: (measures.index(one[0]), *_place(shown, one[1])))
    cells = {(*key, name): row for key in columns for name, row in found[key].items()}
    return Grid(columns, sorted(names, key=spoken), cells, by)


def _place(shown: Shown, clause: str) -> tuple[int, int]:
    """Where a clause or a section stands: sections first, each in the policy's order."""
    if clause in shown.policy.sections:
        return 0, list(shown.policy.sections).index(clause)
    clauses = [one.id for one in shown.policy.clauses]
    return 1, clauses.index(clause) if clause in clauses else -1


def schools_table(shown: Shown) -> Markup:
    """Registered tools, a row a school and a column a measure, with its clause."""
    found = grid(shown, "school", "tool_registrations")
    left = not_published(
        shown, "tool_registrations", "school", _by_district_alone(shown, found, "tool_registrations")
    )
    if not found.columns:
        return pieces.place("schools-by-clause", left or _nothing("Tools by school"))
    when = period_words(next(found.figures()))
    counts = any(measure in COUNTS_ONLY for measure, _ in found.columns)
    said = (
        f"How the tools in use {when} stand with each clause, school by school: {plural(len(found.names), 'school')}, "
        f"{plural(len(found.columns), 'measure')}. {_withheld(shown, found)}"
    )
    note = (
        "“41 of 44”: true of 41 tools, of the 44 that count for the measure; “none”: no tool there counts for it."
        + (" A number alone is a number of tools." * counts)
    )
    table = pieces.table(
        caption=f"Schools by clause: tools in use {when}", ident="schools-by-clause", columns=_heads(shown, "School", found),
        rows=found.lines(), note=note, wide=True, total=True,
    )  # fmt: skip
    return pieces.paragraphs([said]) + table + left


def findings_tables(shown: Shown) -> Markup:
    """Audited items with a finding by section and clause over three school years, and open findings, by school."""
    by_clause = grid(
        shown, "school", "audit_findings", only=["finding_rate"], standing=[("event", THREE_YEARS)]
    )
    every = shown["finding_rate"].frame.filter(pl.col("school").is_null(), view="event", period=THREE_YEARS)
    known = [clause for clause in every["clause"] if ("finding_rate", clause) not in by_clause.columns]
    html = Markup()
    left: list[str] = []
    if known:
        known.sort(key=lambda clause: _place(shown, clause))
        every_id = [*shown.policy.sections, *(clause.id for clause in shown.policy.clauses)]
        there = [clause for clause in every_id if ("finding_rate", clause) in by_clause.columns]
        left.append(
            "Audited items with a finding by school, of " + _sections_and_clauses(shown, known, there)
        )
    if by_clause.columns:
        years = _years(next(by_clause.figures()), shown)
        said = (
            f"Items with a finding, of items audited, in the last three school years ({years}), by the policy’s sections and "
            f"clauses: {plural(len(by_clause.names), 'school')}. {_withheld(shown, by_clause)}"
        )
        html += pieces.paragraphs([said]) + pieces.table(
            caption="Schools by clause: items with a finding of items audited, last three school years", ident="findings-by-school",
            columns=_heads(shown, "School", by_clause), rows=by_clause.lines(), wide=True, total=True,
            note="A section’s figure is the sum of its clauses. “none”: nothing was audited there.",
        )  # fmt: skip
    names = [
        name for name, made in MEASURES.items() if made.table == "audit_findings" and name != "finding_rate"
    ]
    others = grid(shown, "school", "audit_findings", only=names)
    if others.columns:
        said = f"What is open, and what was done in time, school by school. {_withheld(shown, others)}"
        html += pieces.paragraphs([said]) + pieces.table(
            caption="Audit findings by school", ident="audits-by-school", columns=_heads(shown, "School", others),
            rows=others.lines(), wide=True, total=True, note="“none”: nothing that the measure counts.",
        )  # fmt: skip
    left += _by_district_alone(shown, others, "audit_findings")
    note = not_published(shown, "audit_findings", "school", left)
    if not html:
        return pieces.place("findings-by-school", note or _nothing("Audit findings by school"))
    return html + note


def group_tables(shown: Shown, table: str) -> Markup:
    """The measures of a table by each breakdown that is in the figures."""
    what = "Tools" if table == "tool_registrations" else "Contacts"
    html, left = Markup(), Markup()
    for by in GROUPS:
        found = grid(shown, by, table)
        left += not_published(shown, table, by)
        if not found.columns:
            continue
        said = f"{what} by {by}: {plural(len(found.names), 'group')}, {plural(len(found.columns), 'measure')}. {_withheld(shown, found)}"
        when = period_words(next(found.figures()))
        html += pieces.paragraphs([said]) + pieces.table(
            caption=f"{what} by {by}, {when}", ident=f"{what.lower()}-by-{by}", columns=_heads(shown, by.capitalize(), found),
            rows=found.lines(), wide=True, total=True,
            note="“none”: nothing that the measure counts. A number alone is a number of cases.",
        )  # fmt: skip
    return html + left or _nothing(f"{what} by groups")


def not_published(shown: Shown, table: str, by: str, more: Iterable[str] = ()) -> Markup:
    """A note that names the tables that are published for the district alone; nothing where there are none."""
    if not isinstance(shown, Publishable):
        return Markup()
    told = [
        one.words for one in shown.left_out
        if by in one.by and one.measure in MEASURES and MEASURES[one.measure].table == table
        and not (more and one.period == THREE_YEARS)
    ]  # fmt: skip
    names = list(dict.fromkeys(one.replace(" (all)", "") for one in (*more, *told)))
    if not names:
        return Markup()
    return pieces.note(
        f"Not published by school or group, since nearly all of it would be withheld: {'; '.join(names)}."
    )


def _by_district_alone(shown: Shown, found: Grid, table: str) -> list[str]:
    """Measures that are in the figures of the district and could stand by school, and do not."""
    said = []
    for view, period in STANDING:
        wanted = SCHOOL_STOCKS if view == "stock" else SCHOOL_EVENTS
        rows = shown.frame.filter(
            pl.col("school").is_null(), pl.col("breakdown").is_null(), pl.col("measure").is_in(wanted),
            table=table, view=view, period=period,
        )  # fmt: skip
        for row in rows.to_dicts():
            key = row["measure"], row["clause"]
            if (
                key not in found.columns
                and row["denominator"] != 0
                and row["measure"] in shown.policy.measures
            ):
                after = "" if period == "as_of" else f", {period}"
                said.append(
                    f"{shown.policy.measures[row['measure']].name} ({row['clause']}) by school{after}"
                )
    return said


def _sections_and_clauses(shown: Shown, known: Sequence[str], there: Sequence[str]) -> str:
    """Sections and clauses by name, or those that are not among them where that is shorter.

    "all sections but B and all clauses but B.4"; "section C and clauses A.1a, A.1b".
    """
    said = []
    for word, of_sections in (("section", True), ("clause", False)):
        gone, kept = (
            [one for one in names if (one in shown.policy.sections) is of_sections]
            for names in (known, there)
        )
        if len(gone) > max(len(kept), 2):
            said.append(f"all {word}s" + f" but {', '.join(kept)}" * bool(kept))
        elif gone:
            said.append(f"{word}{'s' * (len(gone) > 1)} {', '.join(gone)}")
    return " and ".join(said)


def _years(row: Row, shown: Shown) -> str:
    """The school years of a figure: "2023–24 to 2025–26"."""
    starts = int(shown.policy.settings["school_year_start_month"])
    last = start_of(row["end"].replace(day=1), "school_year", starts)
    return f"{label(row['start'], 'school_year')} to {label(last, 'school_year')}"


def _heads(shown: Shown, first: str, found: Grid) -> list[pieces.Column]:
    """A column's head: the clause and what is measured, or of findings what the clause is about."""
    heads = [pieces.Column(first)]
    for measure, clause in found.columns:
        name = SHORT.get(measure, shown.policy.measures[measure].name)
        if measure == "finding_rate":
            sections = shown.policy.sections
            name = sections[clause] if clause in sections else shown.policy.clause(clause).title
        known = clause in shown.policy.sections or clause in [one.id for one in shown.policy.clauses]
        heads.append(pieces.Column(f"{clause} {name}" if known else name, numeric=True))
    return heads


def _withheld(shown: Shown, found: Grid) -> str:
    """How much of a table is withheld; of what is internal, nothing is."""
    every = list(found.figures())
    if isinstance(shown, Internal):
        return "Nothing is withheld in this edition."
    return withheld_words(sum(row["withheld"] for row in every), len(every))


def _nothing(what: str) -> Markup:
    return pieces.note(f"{what}: there is no evidence.")
