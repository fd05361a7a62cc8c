"""Months, quarters and school years: the only places a case can belong to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

MONTHS = {"month": 1, "quarter": 3, "school_year": 12}
NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def day_number(day: date) -> int:
    """Days since 1970-01-01, as the ``__day`` beside a date counts them."""
    return (day - date(1970, 1, 1)).days


def first_of(day: date) -> date:
    """The first day of the month."""
    return day.replace(day=1)


def add_months(month: date, count: int) -> date:
    """The first day of the month so many months later."""
    index = month.year * 12 + month.month - 1 + count
    return date(index // 12, index % 12 + 1, 1)


def last_day(start: date, period: str = "month") -> date:
    """The last day of the period that starts then."""
    return add_months(start, MONTHS[period]) - timedelta(days=1)


def reporting_month(as_of: date) -> date:
    """The last month whose last day is on or before as_of, by its first day.

    Example:
        >>> reporting_month(date(2026, 6, 30)), reporting_month(date(2026, 6, 29))
        (datetime.date(2026, 6, 1), datetime.date(2026, 5, 1))
    """
    this = first_of(as_of)
    return this if last_day(this) <= as_of else add_months(this, -1)


def months_between(first: date, last: date) -> list[date]:
    """Every month from the first to the last, both included."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [add_months(first, i) for i in range(max(count, 0))]


def start_of(month: date, period: str, year_starts: int = 7) -> date:
    """The first day of the quarter or school year that holds a month.

    Example:
        >>> start_of(date(2026, 6, 1), "school_year"), start_of(date(2026, 6, 1), "quarter")
        (datetime.date(2025, 7, 1), datetime.date(2026, 4, 1))
    """
    length = MONTHS[period]
    since = (month.month - year_starts) % 12 % length
    return add_months(first_of(month), -since)


def label(start: date, period: str) -> str:
    """How a period is written: "Sep 2024", "Jul–Sep 2024", "2024–25"."""
    if period == "school_year":
        return f"{start.year}–{(start.year + 1) % 100:02d}"
    if period == "quarter":
        return f"{NAMES[start.month - 1]}–{NAMES[last_day(start, period).month - 1]} {start.year}"
    return f"{NAMES[start.month - 1]} {start.year}"


@dataclass(frozen=True)
class Clock:
    """``as_of``, the end of that day in the policy's zone, and what follows from it."""

    as_of: date
    zone: ZoneInfo
    year_starts: int = 7

    @property
    def end_minute(self) -> int:
        """Minutes since 1970 (UTC) at which as_of is over; that instant belongs to the next day."""
        return end_minute(self.as_of, self.zone)

    @property
    def month(self) -> date:
        """The reporting month."""
        return reporting_month(self.as_of)

    @property
    def twelve_months(self) -> list[date]:
        """The 12 months that end with the reporting month."""
        return months_between(add_months(self.month, -11), self.month)

    @property
    def year_start(self) -> date:
        """The first day of the school year that holds as_of."""
        return start_of(first_of(self.as_of), "school_year", self.year_starts)


def end_minute(day: date, zone: ZoneInfo) -> int:
    """Minutes since 1970 (UTC) at which a local day is over."""
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=zone)
    return int(midnight.astimezone(UTC).timestamp()) // 60
