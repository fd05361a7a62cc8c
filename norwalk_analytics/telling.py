"""What messages have in common: a text cut to a bearable length, a list cut short, the nearest known name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

MOST_REPEATED = 200
MOST_NAMED = 20
CONTROLS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff"
"""Characters that a page or a terminal obeys or can't show, as a pattern holds them; not tab, line feed and return."""
REORDERING = "\u202a-\u202e\u2066-\u2069"
"""Characters that change the order in which what follows them is shown, figures too."""
_HALVES = re.compile("[\ud800-\udfff]")
_OBEYED = re.compile(f"[\r{CONTROLS}{REORDERING}]")


def shortened(text: str) -> str:
    r"""A text as a message may repeat it: one line, and of a long one the beginning.

    Example:
        >>> shortened("one\n  line"), len(shortened("x" * 1_000_000))
        ('one line', 201)
    """
    line = " ".join(text.split())
    return line if len(line) <= MOST_REPEATED else f"{line[:MOST_REPEATED]}…"


def as_text(name: str) -> str:
    r"""A file's name as a table and a message may hold it: bytes of it that are no text stand as U+FFFD.

    Example:
        >>> as_text(b"a\xff.csv".decode(errors="surrogateescape")) == "a\ufffd.csv"
        True
    """
    return _HALVES.sub("\ufffd", name)


def visible(text: str) -> str:
    r"""A text as a terminal may show it: nothing in it is obeyed, and no line is written over.

    Example:
        >>> visible("\x1b[2Ja.csv\n") == "\ufffd[2Ja.csv\n"
        True
    """
    return _OBEYED.sub("\ufffd", text)


def escaped(text: str) -> str:
    r"""JSON or TOML as a terminal may show it: what it would obey is written as ``\uXXXX``, so the value is the same.

    Example:
        >>> print(escaped('"\x9b31m"'))
        "\u009b31m"
    """
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


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


def no_column(missing: Sequence[str], names: Sequence[str]) -> str:
    """What is said of columns that a frame lacks.

    Example:
        >>> no_column(["shool"], ["school", "due"])
        "There is no column shool in ['school', 'due']. Did you mean school?"
    """
    return f"There is no column {', '.join(missing)} in {list(names)}.{did_you_mean(missing[0], names)}"
