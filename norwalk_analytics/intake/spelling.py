"""How far a cell is from a listed value, in letters, and which is nearest."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise


def nearest(cell: str, codes: Sequence[str], within: int = 2) -> str | None:
    """The listed value nearest to a cell, if so few edits part them; capitals do not count.

    Example:
        >>> nearest("Rotan", ["Rowayton", "Roton"])
        'Roton'
    """
    plain, best = cell.casefold(), (within + 1, "")
    for code, folded, pieces in _of_length(tuple(codes), len(cell), within):
        if any(piece in plain for piece in pieces):
            best = min(best, (distance(plain, folded, within), code))
    return best[1] if best[0] <= within else None


@lru_cache(maxsize=256)
def _of_length(codes: tuple[str, ...], length: int, within: int) -> list[tuple[str, str, list[str]]]:
    """Codes about so long, without capitals, in one piece more than there may be edits.

    So few edits leave one of the pieces as it is, so a cell that holds none is farther away.
    """
    near = []
    for code in (code for code in codes if abs(len(code) - length) <= within):
        folded = code.casefold()
        ends = [len(folded) * i // (within + 1) for i in range(within + 2)]
        near.append((code, folded, [folded[i:j] for i, j in pairwise(ends)]))
    return near


def distance(a: str, b: str, most: int | None = None) -> int:
    """How many letters must be put in, left out or changed to make one text of the other.

    Args:
        a: one text.
        b: the other.
        most: beyond which it does not matter how many; some number above it is then returned.
    """
    while a and b and a[0] == b[0]:
        a, b = a[1:], b[1:]
    while a and b and a[-1] == b[-1]:
        a, b = a[:-1], b[:-1]
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, start=1):
        last, row[0] = row[0], i
        for j, right in enumerate(b, start=1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (left != right))
        if most is not None and min(row) > most:
            return most + 1
    return row[-1]
