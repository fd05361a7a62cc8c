"""Figures → words: what a person would write, from the numbers that the picture is made of."""

from __future__ import annotations

from datetime import date
from typing import Any

from norwalk_analytics.oversight.disclosure import Shown
from norwalk_analytics.oversight.periods import NAMES, label
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
WHAT = {
    "supervisor_aware": "the share of tools whose supervisor was notified by the day of first use",
    "individual_messages": "the rate of individual texts found to be violations",
    "reported_in_time": "the share of reports made in time",
    "finding_rate": "the share of audited items with a finding",
}


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


def trend_word(shown: Shown) -> str:
    """The scorecard's word for a chart."""
    if shown.limits is None or shown.summary is None:
        return "not charted"
    return str(shown.summary["trend"])


def trend_sentence(shown: Shown) -> str:
    """What a chart says: level, which rule fired since when, how sure.

    Args:
        shown: one measure with limits (``Shown.with_limits``).
    """
    name = str(shown.frame["measure"][0])
    what, found = WHAT[name], shown.summary
    if shown.limits is None or found is None:
        return years_sentence(shown)
    period = str(shown.period)
    kind = period.replace("_", " ")
    if found["trend"] == "too short to say":
        return f"There are {plural(found['points'], kind)} to judge by: too few to say whether {what} is changing."
    per = float(shown.frame["per"][0])
    level = f"{found['centre']:.2f} per 100 staff" if per > 1 else percent(found["centre"])
    sure = (
        " The limits are trial limits: there are fewer than 20 points." if found["limits"] == "trial" else ""
    )
    if found["trend"] == "steady":
        return f"By {kind}, {what} is steady at about {level}: its ups and downs are within what chance gives.{sure}"
    side = _side(shown)
    if found["rule"] == "outside":
        return (
            f"In the latest {kind}, {what} lies {side} what chance allows round its average of {level}.{sure}"
        )
    since = label(found["run_start"], period)
    verb = {"improving": "has improved", "worsening": "has worsened"}.get(found["trend"], "has shifted")
    return (
        f"By {kind}, {what} {verb}: since {since} it has stayed {side} its average of {level}, "
        f"longer than chance would give.{sure}"
    )


def _side(shown: Shown) -> str:
    assert shown.limits is not None
    sides = shown.limits.filter(shown.limits["kept"])["side"].drop_nulls()
    return str(sides[-1]) if len(sides) else "away from"


def years_sentence(shown: Shown) -> str:
    """Of bars by school year: the latest that may be shown, beside the one before it."""
    name = str(shown.frame["measure"][0])
    rows = [] if shown.limits is None else shown.limits.to_dicts()
    there = [row for row in rows if row["value"] is not None]
    if not rows:
        return "There is not yet a whole school year to show."
    hidden = sum(bool(row["withheld"]) for row in rows)
    kept_back = (
        f" {plural(hidden, 'year is', 'years are')} withheld, since few people stand behind the count."
        if hidden
        else ""
    )
    if not there:
        return f"No school year can be shown.{kept_back}"
    last = there[-1]
    per = float(shown.frame["per"][0])
    said = (
        f"{last['value']:.2f} per 100 staff"
        if per > 1
        else f"{percent(last['value'])} ({number(last['y'])} of {number(last['n'])})"
    )
    return f"In {label(last['start'], 'school_year')} {WHAT[name]} was {said}.{kept_back}"


def caption(shown: Shown, kind: str) -> str:
    """Method, period and rules, under a chart."""
    rows = shown.limits
    if rows is None or rows.is_empty():
        return ""
    period = str(shown.period)
    span = f"{label(rows['start'][0], period)} to {label(rows['start'][-1], period)}"
    if shown.summary is None:
        return f"By school year, {span}, without control limits: too few cases a month or quarter to judge."
    unit = {"month": "month", "quarter": "quarter", "school_year": "school year"}[period]
    cohorts = (
        " of first use" if str(rows.columns) and str(shown.frame["measure"][0]) == "supervisor_aware" else ""
    )
    return (
        f"{kind} chart by {unit}{cohorts}, {span}. Centre line and three-sigma limits from the points shown; "
        "signals by the anhoej rules (an unusually long run, unusually few crossings) and points outside the limits. "
        "A withheld or missing period is a gap."
    )


def short(month: date) -> str:
    """A month's label on an axis."""
    return f"{NAMES[month.month - 1]} {month.year}"
