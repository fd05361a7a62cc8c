"""What one figure's counts say of another's, beside sums over schools, groups, clauses and time.

Each function here says one thing that follows from how measures are defined (docs/measures.md).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

from norwalk_analytics.oversight.cells import DAY, TOOLS, Name, System
from norwalk_analytics.oversight.findings import UNDATED, WITHIN
from norwalk_analytics.oversight.registrations import AWAITED, PARTS
from norwalk_analytics.oversight.shaping import NOT_YET_DUE

TOLD = tuple(PARTS)
FIRST = TOLD[0]


def others(made: System) -> None:
    """All of them."""
    for name, at in made.named():
        for say in SAYINGS:
            say(made, name, at)


def _at_most(made: System, less: int | None, more: int | None) -> None:
    """One count is part of another."""
    if less is not None and more is not None and less != more:
        same = made.values[less] is not None and made.values[less] == made.values[more]
        made.related({less: 1, more: -1}, at_most=not same)


def _told(made: System, name: Name, at: int) -> None:
    """Parents told of all three are at most those told of each; of the last two, at most those informed at all."""
    if name.breakdown == "part" and name.kind == "x":
        _at_most(made, made.find(name._replace(breakdown=None, group=None)), at)
        _at_most(made, at, made.find(name._replace(group=FIRST)))


def _lacking(made: System, name: Name, at: int) -> None:
    """Who lacks one of several lacks at least one: what the whole lacks is at most what its parts lack together."""
    if not name.what.startswith("parents_informed") or name.kind != "x" or name.breakdown is not None:
        return
    of = made.find(name._replace(kind="n", what="parents_informed, due", clause=None))
    parts = [made.find(name._replace(breakdown="part", group=group)) for group in TOLD]
    told = [part for part in parts if part is not None]
    if of is None or len(told) < len(TOLD):
        return
    for some in (told, told[1:]):
        made.related({**dict.fromkeys(some, 1), of: 1 - len(some), at: -1}, at_most=True)


def _violations(made: System, name: Name, at: int) -> None:
    """What a measure counts of contacts is at most the violations among them."""
    if name.breakdown == "outcome" and name.group == "violation":
        _at_most(made, made.find(name._replace(breakdown=None, group=None)), at)


def _logged_in_time(made: System, name: Name, at: int) -> None:
    """Contacts logged in time are some of those logged."""
    if name.what.endswith(", in time") and name.kind == "x":
        _at_most(made, at, made.find(name._replace(what=name.what.removesuffix(", in time"))))


def _sooner(made: System, name: Name, at: int) -> None:
    """What is closed sooner is closed later too."""
    for sooner, later in itertools.pairwise(WITHIN.values()):
        if name.breakdown == "within" and name.group == sooner:
            _at_most(made, at, made.find(name._replace(group=later)))


def _promised(made: System, name: Name, at: int) -> None:
    """Open findings have a date promised, or have none."""
    if name.what == "overdue, stock" and name.kind == "n":
        opened = made.find(name._replace(kind="x", what="open_findings, stock"))
        without = name._replace(kind="x", what="overdue, apart", breakdown="apart", group=UNDATED, start=None)
        if name.breakdown is not None:
            _at_most(made, at, opened)
        elif opened is not None:
            none = made.find(without)
            made.related({at: 1, opened: -1} | ({} if none is None else {none: 1}))


def _personal(made: System, name: Name, at: int) -> None:
    """Tools in use and personal accounts are all that is registered and active."""
    if name.what == TOOLS and name.kind == "n":
        every = made.find(name._replace(what="scope_personal, stock", clause="P.1"))
        personal = made.find(name._replace(kind="x", what="scope_personal, stock", clause="P.1"))
        if every is not None and personal is not None:
            made.related({at: 1, personal: 1, every: -1})


def _due(made: System, name: Name, at: int) -> None:
    """Tools in use are due, or not yet, met or open."""
    if name.what != TOOLS or name.breakdown is not None:
        return
    for measure, clause in zip(AWAITED, ("A.3", "A.4"), strict=True):
        due = made.find(name._replace(what=f"{measure}, due"))
        others = [
            made.find(Name("x", f"{measure}, apart", clause, name.school, "apart", early, None, name.end))
            for early in NOT_YET_DUE
        ]  # fmt: skip
        if due is not None:
            made.total(at, [due, *[one for one in others if one is not None]])


def _unknown(made: System, name: Name, at: int) -> None:
    """Tools on platforms that the code list does not know are the group Other."""
    if name.what == "platforms, stock" and name.kind == "x" and name.breakdown is None:
        other = name._replace(kind="n", what=TOOLS, clause=None, breakdown="platform", group="Other")
        _at_most(made, at, made.find(other))


def _flows(made: System, name: Name, at: int) -> None:
    """Opening + opened − closed − risk accepted = closing, which is the next month's opening."""
    if name.breakdown != "flow" or name.group != "opening" or name.start is None:
        return
    signs = {"opened": 1, "closed": -1, "risk_accepted": -1, "closing": -1}
    flows = {made.find(name._replace(group=flow)): sign for flow, sign in signs.items()}
    terms = {variable: sign for variable, sign in flows.items() if variable is not None}
    if len(terms) == len(signs):
        made.related({at: 1} | terms)
    last = name.start - DAY
    _at_most(made, at, made.find(name._replace(group="closing", start=last.replace(day=1), end=last)))


SAYINGS: tuple[Callable[[System, Name, int], None], ...] = (
    _told, _lacking, _violations, _logged_in_time, _sooner, _promised, _personal, _due, _unknown, _flows,
)  # fmt: skip
