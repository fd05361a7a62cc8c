"""What messages have in common: a text cut to a bearable length, a list cut short, the nearest known name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

MOST_REPEATED = 200
MOST_NAMED = 20


def shortened(text: str) -> str:
    r"""A text as a message may repeat it: one line, and of a long one the beginning.

    Example:
        >>> shortened("one\n  line"), len(shortened("x" * 1_000_000))
        ('one line', 201)
    """
    line = " ".join(text.split())
    return line if len(line) <= MOST_REPEATED else f"{line[:MOST_REPEATED]}…"


def listed(names: Iterable[str], most: int = MOST_NAMED) -> str:
    """Names with commas between, and of many the first ones and how many more there are.

    Example:
        >>> listed(["a", "b", "c"]), listed("abcde", 3)
        ('a, b, c', 'a, b, c and 2 more')
    """
    every = list(names)
    more = f" and {len(every) - most:,} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def did_you_mean(name: str, names: Sequence[str]) -> str:
    """A question that names the nearest known name; nothing where none is near.

    Example:
        >>> did_you_mean("shool_id", ["school_id", "platform"]), did_you_mean("x", ["school_id"])
        (' Did you mean school_id?', '')
    """
    near = get_close_matches(name, names, 1)
    return f" Did you mean {near[0]}?" if near else ""
