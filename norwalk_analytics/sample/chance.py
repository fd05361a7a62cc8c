"""Chance and the calendar, in whole numbers of months.

Only methods of `random.Random` that give the same on every Python are used, no function
of a C library, and no `sum` of floats (compensated since Python 3.12).
"""

import random
from collections.abc import Sequence
from datetime import date, timedelta

SPREAD = 1.0  # how many standard errors a month's count may lie from what is expected


def flags(rng: random.Random, count: int, share: float) -> list[bool]:
    """Draws for the cases of one month whether each is true, never far from the share.

    Args:
        rng: The source of chance.
        count: Number of cases.
        share: Expected share of true ones, 0 to 1.

    Returns:
        `count` flags. The number of true ones is binomial, drawn again while it lies more
        than `SPREAD` standard errors (and more than one case) from `count` x `share`.
    """
    expected = count * share
    allowed = max(1.0, SPREAD * SPREAD * expected * (1 - share))
    while True:
        drawn = [rng.random() < share for _ in range(count)]
        if (drawn.count(True) - expected) ** 2 <= allowed:
            return drawn


def some(rng: random.Random, expected: float, *, give: float = 0.0) -> int:
    """Draws a whole number around an expected one.

    Args:
        rng: The source of chance.
        expected: The mean.
        give: By how much of itself the mean may vary either way, 0 to 1.

    Returns:
        The mean, varied, rounded up or down by chance.
    """
    varied = expected * (1 - give + 2 * give * rng.random())
    return int(varied + rng.random())


def pick(rng: random.Random, weights: dict[str, int]) -> str:
    """Draws a key by its weight."""
    return rng.choices(list(weights), list(weights.values()))[0]


def month_of(day: date) -> int:
    """Numbers a day's month: twelve times the year, plus the month counted from 0."""
    return day.year * 12 + day.month - 1


def first_day(month: int) -> date:
    """Gives the first day of a numbered month."""
    return date(month // 12, month % 12 + 1, 1)


def last_day(month: int) -> date:
    """Gives the last day of a numbered month."""
    return first_day(month + 1) - timedelta(days=1)


def school_year(month: int) -> int:
    """Gives the year in which a month's school year (July to June) began."""
    return (month - 6) // 12


def day_in(rng: random.Random, month: int, *, since: date, until: date) -> date:
    """Draws a working day of a month, between two days (both included)."""
    begin, end = max(first_day(month), since), min(last_day(month), until)
    days = [begin + timedelta(days=n) for n in range((end - begin).days + 1)]
    return rng.choice([day for day in days if day.weekday() < 5] or days)


def later(day: date, rng: random.Random, least: int, most: int) -> date:
    """Moves a day by `least` to `most` days (both included; below 0: earlier)."""
    return day + timedelta(days=rng.randrange(least, most + 1))


def known_by(day: date, last: date) -> str:
    """Writes a day as YYYY-MM-DD, or nothing if it lies after the last day of the data."""
    return day.isoformat() if day <= last else ""


def term_share(season: Sequence[int], month: int) -> float:
    """Gives a month's share of a year: `season` holds weights, January first."""
    return season[month % 12] / sum(season)
