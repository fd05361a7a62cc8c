"""How many rows of each table were read, accepted and set aside, with small counts withheld where they are published."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from norwalk_analytics.intake.loaded import Loaded
from norwalk_analytics.intake.scanned import Scanned

COUNTS = ("read", "accepted", "set aside", "left out", "warnings")


@dataclass(frozen=True)
class RowCounts:
    """What is counted of one table, and which of it is withheld.

    Attributes:
        counts: the name of a count (COUNTS) → how many.
        reasons: rule, severity and rows, a row a broken rule.
        hidden: names of counts that are withheld; a reason is named by its place.
    """

    counts: dict[str, int]
    reasons: Sequence[tuple[str, str, int]]
    hidden: frozenset[str | int] = frozenset()

    def shown(self, name: str | int) -> int | None:
        """A count; None where it is withheld."""
        if name in self.hidden:
            return None
        return self.reasons[name][2] if isinstance(name, int) else self.counts[name]


def counts_of(loaded: Loaded | Scanned, small: int = 0) -> RowCounts:
    """What is counted of a table; counts of 1 to ``small`` − 1 are withheld, and others with them."""
    broken = loaded.by_rule.select("rule", "severity", "rows").rows()
    return protected(RowCounts(dict(zip(COUNTS, loaded.counts, strict=True)), broken), small)


def protected(counts: RowCounts, small: int) -> RowCounts:
    """The same, with small counts withheld and so many others that they can't be worked out.

    Read = accepted + set aside + left out, so accepted goes with either of the others. The rules that set rows
    aside come to no less than the rows set aside, and so do those that warn: a lone rule takes the next smallest
    with it, until each could have three values; where no rule is left to take, the total goes.

    Example:
        >>> few = RowCounts(dict(zip(COUNTS, (100, 97, 3, 0, 40), strict=True)), [("a", "critical", 3), ("b", "warning", 40)])
        >>> sorted(map(str, protected(few, 6).hidden)), protected(few, 0).hidden
        (['0', 'accepted', 'set aside'], frozenset())
    """
    hidden: set[str | int] = {
        name for name in ("set aside", "left out", "warnings") if 1 <= counts.counts[name] < small
    }
    for total, critical in (("set aside", True), ("warnings", False)):
        places = [at for at, one in enumerate(counts.reasons) if (one[1] == "critical") is critical]
        places.sort(key=lambda at: counts.reasons[at][2])
        gone = [at for at in places if 1 <= counts.reasons[at][2] < small or total in hidden]
        rest = iter(places[len(gone) :])
        while gone and total not in hidden and not _enough([counts.reasons[at][2] for at in gone]):
            following = next(rest, None)
            if following is None:
                hidden.add(total)
            else:
                gone.append(following)
        hidden |= set(gone)
    if hidden & {"set aside", "left out"}:
        hidden.add("accepted")
    return RowCounts(counts.counts, counts.reasons, frozenset(hidden))


def _enough(rows: Sequence[int]) -> bool:
    """Whether each of several counts, none of them 0, could have three values where their sum is known."""
    return len(rows) > 1 and sum(rows) >= len(rows) + 2


def aside_of(tables: Iterable[Loaded | Scanned], small: int) -> int | None:
    """How many rows were set aside in all; None where there are some and the number is withheld."""
    every = [counts_of(one, small) for one in tables]
    if any("set aside" in one.hidden for one in every):
        return None
    return sum(one.counts["set aside"] for one in every)
