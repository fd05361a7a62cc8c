"""What must not be found out: of a row that is withheld, how low, how high and how far apart it must be able to lie.

The search and the audit share this, and what the counts are; no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from norwalk_analytics.oversight.cells import System

OUTSIDE, RULE = 0, 1
VALUES = 3
"""So many values at least are left to one who knows the rule."""
CLOSE = 1e-6


@dataclass(frozen=True)
class Need:
    """What an attacker must not find out about a row.

    Attributes:
        row: the row.
        terms: variable → coefficient of what he looks for.
        view: of one who knows what is published (OUTSIDE), or the rule besides (RULE).
        low: he must be able to take it for so little.
        high: he must be able to take it for so much.
        width: he must be left with values so far apart.
        soft: if not even withholding everything leaves him with that, as much as it does will do.
    """

    row: int
    terms: tuple[tuple[int, int], ...]
    view: int
    low: int | None = None
    high: int | None = None
    width: int | None = None
    soft: bool = False

    @property
    def ends(self) -> tuple[int, ...]:
        """Which ends it asks for: 1 for the least, -1 for the most."""
        if self.width is not None:
            return (1, -1)
        return (*((1,) if self.low is not None else ()), *((-1,) if self.high is not None else ()))

    def met(self, low: float, high: float) -> bool:
        """Whether it is met by one who is left with what lies between two ends."""
        return (
            (self.low is None or low <= self.low + CLOSE)
            and (self.high is None or high >= self.high - CLOSE)
            and (self.width is None or high - low >= self.width - CLOSE)
        )

    def within(self, low: float, high: float) -> Need:
        """No more of it than can be had between two ends."""
        return replace(
            self,
            low=None if self.low is None else max(self.low, round(low)),
            high=None if self.high is None else min(self.high, round(high)),
            width=None if self.width is None else min(self.width, round(high) - round(low)),
        )


def by_view(need: Need) -> int:
    """In which order needs are looked at: first for one who knows the rule, who knows the most."""
    return -need.view


def needs_of(
    at: int, row: Mapping[str, Any], x: int, n: int | None, system: System, settings: Mapping[str, Any],
    margins: tuple[Mapping[int, int], Mapping[int, int]],
) -> list[Need]:  # fmt: skip
    """What must not be found out about a figure that the primary rule withholds."""
    of = {**settings, **settings.get("tables", {}).get(row["table"], {})}
    own, rests = margins
    counted = x if n is None else n
    met, rest, every = ((x, 1),), ((counted, 1), (x, -1)), ((counted, 1),)
    looked = [
        *([(met, int(of["count"]), own[x])] if row["low"] else []),
        *([(rest, int(of["count"]), rests[x])] if row["rest"] and counted != x else []),
        *([(every, int(of["people"]), own[counted])] if row["few"] else []),
    ]
    needs = []
    for terms, high, mine in looked:
        needs += [Need(at, terms, OUTSIDE, low=1), Need(at, terms, OUTSIDE, high=high + mine)]
        needs.append(Need(at, terms, RULE, width=VALUES - 1 + max(0, mine - 1)))
    if row["one"]:
        needs.append(Need(at, every, RULE, width=VALUES - 1 + max(0, own[counted] - 1)))
    if not row["low"]:
        needs.append(Need(at, met, RULE, width=VALUES - 1 + max(0, own[x] - 1)))
    return needs if row["rest"] else [*needs, *rest_of(at, x, n)]


def rest_of(at: int, x: int, n: int | None) -> list[Need]:
    """What remains must be left in doubt as well, where anything can leave it so."""
    return [] if n is None or n == x else [Need(at, ((n, 1), (x, -1)), RULE, width=1, soft=True)]


def needs_then(at: int, x: int, n: int | None, why: str | None, settings: Mapping[str, Any]) -> list[Need]:
    """What must not be found out now about a figure that was withheld then, whose count the ledger does not say."""
    terms = {
        "low": ((x, 1),), "rest": ((n, 1), (x, -1)) if n is not None else ((x, 1),), "few": ((x if n is None else n, 1),),
    }  # fmt: skip
    needs = [Need(at, ((x, 1),), RULE, width=1)]
    if why in terms:
        high = int(settings["people"] if why == "few" else settings["count"])
        looked = terms[why]
        needs += [
            Need(at, looked, OUTSIDE, low=1),
            Need(at, looked, OUTSIDE, high=high),
            Need(at, looked, RULE, width=VALUES - 1),
        ]
    return needs
