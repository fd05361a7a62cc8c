"""Figures → words: what a person would write, from the numbers that the picture is made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from norwalk_analytics.policy import Measure

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
NARROW = "\u00a0%"


def day_words(day: date) -> str:
    """A day in words: "June 30, 2026"."""
    return f"{MONTHS[day.month - 1]} {day.day}, {day.year}"


def month_words(day: date) -> str:
    """A month in words: "June 2026"."""
    return f"{MONTHS[day.month - 1]} {day.year}"


def number(value: float) -> str:
    """A count, or a number of employees: whole, with thousands parted."""
    return f"{value:,.0f}"


def percent(rate: float, digits: int = 1) -> str:
    """A share: "92.0 %" (the space does not break); never 0 or 100 unless it is exactly that.

    Example:
        >>> [percent(share).replace(NARROW, " %") for share in (0.92, 0.9999, 1.0)]
        ['92.0 %', 'over 99.9 %', '100 %']
    """
    least = 10.0 ** (-digits - 2)
    if rate in (0.0, 1.0):
        said = f"{rate:.0%}"
    elif rate < least / 2:
        said = f"under {least:.{digits}%}"
    elif rate > 1 - least / 2:
        said = f"over {1 - least:.{digits}%}"
    else:
        said = f"{rate:.{digits}%}"
    return said.replace("%", NARROW)


def lowered(sentence: str) -> str:
    """A sentence as it goes on after another's beginning: its first letter small."""
    return sentence[:1].lower() + sentence[1:]


def together(names: Sequence[str]) -> str:
    """Names as a sentence lists them.

    Example:
        >>> together(["a"]), together(["a", "b", "c"])
        ('a', 'a, b and c')
    """
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def plural(count: float, one: str, many: str | None = None) -> str:
    """A count with its noun: "1 school", "2 schools".

    Example:
        >>> plural(1, "finding"), plural(0, "finding"), plural(1200, "finding")
        ('1 finding', '0 findings', '1,200 findings')
    """
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def rate_words(row: dict[str, Any]) -> str:
    """A figure's rate: "92.0 %", or "2.2 per 100 staff"."""
    if row["rate"] is None:
        return ""
    return f"{row['rate']:.2f} per 100 staff" if row["per"] > 1 else percent(row["rate"])


def interval_words(row: dict[str, Any]) -> str:
    """A figure's 95 % interval, where it has one."""
    if row["lower"] is None:
        return ""
    if row["per"] > 1:
        return f"{row['lower']:.2f} to {row['upper']:.2f}"
    return f"{row['lower'] * 100:.1f} to {row['upper'] * 100:.1f}{NARROW}"


def count_words(row: dict[str, Any]) -> str:
    """A figure's count: "412 of 448"."""
    if row["numerator"] is None:
        return "withheld"
    if row["rate"] is None or row["per"] > 1:
        return number(row["numerator"])
    return f"{number(row['numerator'])} of {number(row['denominator'])}"


def target_words(measure: Measure) -> str:
    """A target: "at least 95 %", "every case"."""
    if measure.target is None:
        return ""
    if measure.target == 1 and measure.better == "higher":
        return "every case"
    edge = "at least" if measure.better == "higher" else "at most"
    return f"{edge} {percent(measure.target, 0)}"


def period_words(row: dict[str, Any]) -> str:
    """What a figure is of: "on June 30, 2026", "12 months to June 2026"."""
    if row["period"] == "as_of":
        return f"on {day_words(row['end'])}"
    if row["period"] == "12 months":
        return f"12 months to {month_words(row['end'])}"
    if row["period"] == "year to date":
        return f"school year to {day_words(row['end'])}"
    return month_words(row["start"])
