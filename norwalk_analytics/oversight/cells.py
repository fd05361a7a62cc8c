"""Figures → the system of whole numbers that they are: base counts, and what is known to hold between them.

A figure is a bundle of two base counts, numerator and denominator. Counts that are the same by
definition are one variable (the tools in use are the denominator of several measures); between the
others hold sums over schools, groups and periods, and what one measure's counts say of another's.
The search for what to withhold and the audit both work on this system, each with code of its own.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

import polars as pl

from norwalk_analytics.oversight.contacts import KINDS, OTHER_MESSAGES
from norwalk_analytics.oversight.findings import VERIFIED, WITHIN
from norwalk_analytics.oversight.registrations import AWAITED, DONE
from norwalk_analytics.oversight.status import PER

KEY = ("measure", "clause", "view", "school", "breakdown", "group", "period", "start", "end")
"""What names a figure."""
PARTS = ("role", "setting", "platform", "channel", "severity", "age", "limb")
"""Breakdowns whose groups are parts of the whole."""
EXACT = ("role", "setting", "platform", "age")
"""Breakdowns of which every case stands in one group."""
IN_USE = ("supervisor_aware", "suitable", "rejected_in_use", "platforms", "access_kept")
"""Measures of all tools in use: their denominators are one count."""
TOOLS = "in use, stock"
"""What that count is of. A stock's name has a comma: an edition before may have told more of the same day."""
LOGGED = tuple(KINDS)
"""Measures whose series count what was logged in time: parts of what the scorecard counts."""
DAY = timedelta(days=1)


class Name(NamedTuple):
    """What a base count counts: ``x`` numerators, ``n`` denominators, of a population in a place and time.

    ``then``: as an edition before had it, which need not be what is known now.
    """

    kind: str
    what: str
    clause: str | None
    school: str | None
    breakdown: str | None
    group: str | None
    start: date | None
    end: date | None
    then: bool = False


@dataclass(frozen=True)
class Relation:
    """The sum of coefficient × count is 0, or (``at_most``) at most 0."""

    terms: Mapping[int, int]
    at_most: bool = False


@dataclass
class System:
    """Base counts and what holds between them.

    Attributes:
        values: each count as it is; None where no figure gives it.
        rows: of each figure its numerator's and its denominator's variable; None where it has none.
        relations: what is known to hold.
    """

    values: list[int | None] = field(default_factory=list)
    rows: list[tuple[int | None, int | None]] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    names: dict[Any, int] = field(default_factory=dict)
    stretches: set[int] = field(default_factory=set)
    """Counts of stretches of time that no figure gives."""

    def variable(self, name: Any, value: int | None = None) -> int:
        """The variable of a count, made where it is new; another one where it is not the same after all."""
        at = self.names.setdefault(name, len(self.values))
        if at == len(self.values):
            self.values.append(value)
        if self.values[at] is None:
            self.values[at] = value
        if value is not None and self.values[at] != value:
            return self.variable((name, value), value)
        return at

    def named(self) -> list[tuple[Name, int]]:
        """The counts that have a name of their own."""
        return [(name, at) for name, at in self.names.items() if isinstance(name, Name)]

    def find(self, name: Name) -> int | None:
        """The variable of a count; None where there is none."""
        return self.names.get(name)

    def total(self, whole: int, parts: Iterable[int], *, exact: bool = False) -> None:
        """Parts and their whole; ``exact`` where they are equal even if an edition before withholds some."""
        terms: dict[int, int] = defaultdict(int)
        for part in parts:
            terms[part] += 1
        terms[whole] -= 1
        self.related(terms, exact=exact)

    def related(self, terms: Mapping[int, int], *, exact: bool = False, at_most: bool = False) -> None:
        """What holds of the counts as they are: as an equation where it does as one, else as an inequality.

        So the attacker is taken to know whatever is true, of a sum that is said to be ``at_most`` 0 no more than that.
        What is said of stretches of time that no figure gives follows from what is said of figures.
        """
        left = {variable: times for variable, times in terms.items() if times}
        if len(left) < 2:
            return
        if any(self.values[variable] is None for variable in left):  # withheld in an edition before
            if exact and not any(variable in self.stretches for variable in left):
                self.relations.append(Relation(left, at_most=at_most))
            return
        over = sum(times * (self.values[variable] or 0) for variable, times in left.items())
        if at_most:
            if over <= 0:
                self.relations.append(Relation(left, at_most=True))
            return
        signed = left if over <= 0 else {variable: -times for variable, times in left.items()}
        self.relations.append(Relation(signed, at_most=over != 0))


def system_of(figures: pl.DataFrame, then: pl.DataFrame | None = None) -> System:
    """The system of a table of figures.

    Args:
        figures: the long table, or so much of it as is published together.
        then: figures of editions before; those withheld without their counts.

    Returns:
        The system; ``rows`` in the order of the figures, those of ``then`` after them.
    """
    from norwalk_analytics.oversight.identities import others

    made = System()
    pairs: set[tuple[Name, Name]] = set()
    rests: list[tuple[Name, Name]] = []
    rows = [*figures.select(*KEY, "numerator", "denominator").to_dicts()]
    earlier = [] if then is None else then.select(*KEY, "numerator", "denominator").to_dicts()
    for at, row in enumerate([*rows, *earlier]):
        gap = row["numerator"] is None and at < len(rows)
        if gap or row["view"] == "gaps":  # nothing, and single events, which are never published
            made.rows.append((None, None))
            continue
        x, n = _names(row)
        if at >= len(rows):
            x, n = x._replace(then=True), None if n is None else n._replace(then=True)
            if n is not None:
                rests.append((x, n))
        of = row["denominator"]
        whole = None if of is None or n is None else round(of)
        if row["numerator"] is None:  # withheld in an edition before
            made.rows.append((made.variable(x), None if n is None else made.variable(n)))
            continue
        numerator = made.variable(x, row["numerator"])
        denominator = None if whole is None else made.variable(n, whole)
        made.rows.append((numerator, denominator))
        if n is not None and denominator is not None and numerator != denominator:
            pairs.add((x, n))
    stretches = _in_time(made, pairs)
    _over_schools(made)
    _over_groups(made)
    _over_clauses(made)
    others(made)
    _over_editions(made, rests)
    bound = {(x, n) for x, n in made.rows if x is not None and n is not None and x != n}
    bound |= {(made.names[x], made.names[n]) for x, n in stretches}
    made.relations += [Relation({x: 1, n: -1}, at_most=True) for x, n in sorted(bound)]
    return made


def _over_editions(made: System, rests: Iterable[tuple[Name, Name]]) -> None:
    """What an edition before counted of a window is no more than what is known now of a window that holds it.

    So it is of numerators, of denominators, and of what remains (``rests``: an edition's numerators and denominators).
    """
    now: dict[Name, list[tuple[date, date, int]]] = defaultdict(list)
    for name, at in made.named():
        if not name.then and name.start is not None and name.end is not None and at not in made.stretches:
            now[name._replace(start=None, end=None)].append((name.start, name.end, at))

    def holding(name: Name) -> dict[tuple[date, date], int]:
        """The windows that hold one, as they are known now."""
        if name.start is None or name.end is None or "," in name.what:
            return {}
        wide = now.get(name._replace(start=None, end=None, then=False), [])
        return {(start, end): at for start, end, at in wide if start <= name.start and name.end <= end}

    for name, at in made.named():
        if name.then and at not in made.stretches:
            for whole in holding(name).values():
                made.related({at: 1, whole: -1}, exact=True, at_most=True)
    for x, n in rests:
        wholes = holding(n)
        for window, met in holding(x).items():
            if window in wholes and x in made.names and n in made.names:
                terms = {made.names[n]: 1, made.names[x]: -1, wholes[window]: -1, met: 1}
                made.related(terms, exact=True, at_most=True)


def _names(row: Mapping[str, Any]) -> tuple[Name, Name | None]:
    """The names of a figure's two counts."""
    measure, view, breakdown = row["measure"], row["view"], row["breakdown"]
    group = row["group"] if breakdown is not None else None
    clause, start = row["clause"], row["start"]
    if view == "series" and measure in LOGGED:
        what = f"{measure}, in time"
    elif view in ("event", "series"):
        what = f"{measure}, cohort" if measure in DONE else measure
    else:
        what = f"{measure}, {view}"
    if measure == "follow_through" and breakdown is None and view == "event":
        breakdown, group = "within", WITHIN[12]
    x = Name("x", what, clause, row["school"], breakdown, group, start, row["end"])
    if measure in PER or measure == "open_findings":  # staff; and the number itself
        return x, None
    n = x._replace(kind="n")
    if (
        breakdown == "part"
        or (measure == "finding_rate" and breakdown == "severity")
        or (measure == "platforms" and breakdown == "platform")
    ):
        n = n._replace(breakdown=None, group=None)
    if view == "stock" and (measure in IN_USE or (measure == "disclosed" and breakdown == "setting")):
        n = n._replace(what=TOOLS, clause=None)
        if measure == "platforms" and breakdown == "platform":
            x = n._replace(breakdown="platform", group=group)
    elif view == "stock" and measure in AWAITED:
        n = n._replace(what=f"{measure}, due", clause=None)
    elif measure in DONE and view == "series":
        n = n._replace(what="begun", clause=None)
    elif group == VERIFIED:
        n = x._replace(group=WITHIN[max(WITHIN)])
    return x, n


def _in_time(made: System, pairs: set[tuple[Name, Name]]) -> set[tuple[Name, Name]]:
    """Windows of one count that lie within one another: each is the sum of the stretches between all their ends.

    Returns:
        The pairs of numerator and denominator of those stretches.
    """
    families: dict[Name, list[tuple[date, date]]] = defaultdict(list)
    for name, _ in made.named():
        if name.start is not None and name.end is not None and name.end > name.start:
            families[name._replace(start=None, end=None)].append((name.start, name.end))
    cuts: dict[Name, list[date]] = {}
    for family, spans in families.items():
        if _apart(spans):
            continue
        ends = sorted({start for start, _ in spans} | {end + DAY for _, end in spans})
        cuts[family] = ends
        for start, end in spans:
            window = family._replace(start=start, end=end)
            inside = [family._replace(start=a, end=b - DAY) for a, b in itertools.pairwise(ends)
                      if start <= a and b - DAY <= end]  # fmt: skip
            if inside != [window]:
                parts = {made.variable(part): 1 for part in inside}
                made.stretches |= {at for at in parts if made.values[at] is None}
                made.relations.append(Relation(parts | {made.names[window]: -1}))
    of = {x._replace(start=None, end=None): n._replace(start=None, end=None) for x, n in pairs}
    return {
        (x._replace(start=a, end=b - DAY), n._replace(start=a, end=b - DAY))
        for x, n in of.items()
        if x in cuts and cuts.get(n) == cuts[x]
        for a, b in zip(cuts[x], cuts[x][1:], strict=False)
        if x._replace(start=a, end=b - DAY) in made.names and n._replace(start=a, end=b - DAY) in made.names
    }


def _apart(spans: Iterable[tuple[date, date]]) -> bool:
    """Whether no two windows share a day."""
    ordered = sorted(set(spans))
    return all(before[1] < after[0] for before, after in itertools.pairwise(ordered))


def _over_schools(made: System) -> None:
    """The district is the sum of its schools."""
    families: dict[Name, list[int]] = defaultdict(list)
    for name, variable in made.named():
        if name.school is not None:
            families[name._replace(school=None)].append(variable)
    for whole, parts in families.items():
        if whole in made.names:
            loose = whole.clause == "P.4" or whole.what.split(",")[0] in LOGGED
            made.total(made.names[whole], parts, exact=not loose)


def _over_groups(made: System) -> None:
    """A whole is the sum of the groups that part it; an item may have a finding of more than one severity."""
    families: dict[tuple[Name, str], list[int]] = defaultdict(list)
    for name, variable in made.named():
        if name.breakdown in PARTS and name.group != OTHER_MESSAGES:
            families[name._replace(breakdown=None, group=None), name.breakdown].append(variable)
    for (whole, breakdown), parts in families.items():
        if whole in made.names:
            made.total(
                made.names[whole], parts, exact=breakdown in EXACT and whole.what.split(",")[0] not in LOGGED
            )
            for one in parts if breakdown == "severity" else ():
                made.total(made.names[whole], [one])


def _over_clauses(made: System) -> None:
    """A section of the policy is the sum of its clauses."""
    families: dict[Name, list[int]] = defaultdict(list)
    for name, variable in made.named():
        if name.clause is not None and "." in name.clause:
            families[name._replace(clause=name.clause.split(".")[0])].append(variable)
    for whole, parts in families.items():
        if whole in made.names:
            made.total(made.names[whole], parts)
