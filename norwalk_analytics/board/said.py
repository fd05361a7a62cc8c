"""What is said of each measure: its cases, what is met of them, what its chart is of; and the sentences made of it.

A figure is said as a person would say it: "9 of 10" where there are few, with the percentage where there are
20 and more, "none" and "all" where it is so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from norwalk_analytics.board.words import (
    interval_words,
    number,
    percent,
    period_words,
    plural,
    rate_words,
    target_words,
)
from norwalk_analytics.oversight.intervals import enough
from norwalk_analytics.oversight.status import COUNTS_ONLY
from norwalk_analytics.policy import Measure

PERCENT_FROM = 20  # cases from which a percentage says no more than there is


@dataclass(frozen=True)
class Said:
    """The words of a measure.

    Attributes:
        case, cases: one of what is counted, and several.
        met, are_met: what is said of one that is in the numerator, and of several.
        what: what its chart is of.
        axis: the same in short, for an axis; empty where there is no chart.
    """

    case: str
    cases: str
    met: str
    are_met: str
    what: str = ""
    axis: str = ""


SAID = {
    "scope_personal": Said("tool in use", "tools in use", "is a personal account", "are personal accounts"),
    "platforms": Said(
        "tool in use", "tools in use", "is on a platform that the code list does not know",
        "are on platforms that the code list does not know",
    ),
    "disclosed": Said(
        "tool in use in a classroom, team or activity", "tools in use in classrooms, teams and activities",
        "was stated in writing", "were stated in writing",
    ),
    "supervisor_aware": Said(
        "tool in use", "tools in use", "had a supervisor who was notified", "had a supervisor who was notified",
        "the share of tools whose supervisor was notified by the day of first use", "Notified by the day of first use",
    ),
    "coverage": Said(
        "audited account", "audited accounts", "was in the register", "were in the register",
        "the share of audited accounts that were in the register", "Audited accounts in the register",
    ),
    "suitable": Said(
        "tool in use", "tools in use", "was approved as suitable", "were approved as suitable",
        "the share of tools approved as suitable by the day of first use", "Approved by the day of first use",
    ),
    "rejected_in_use": Said(
        "tool in use", "tools in use", "was rejected as unsuitable", "were rejected as unsuitable"
    ),
    "rules_published": Said(
        "tool in use", "tools in use", "had its rules published", "had their rules published",
        "the share of tools whose rules were published within 30 days of first use", "Rules within 30 days of first use",
    ),
    "parents_informed": Said(
        "tool in use", "tools in use", "had parents told of all three", "had parents told of all three",
        "the share of tools of which parents were told all three within 30 days of first use",
        "Parents told within 30 days",
    ),
    "access_kept": Said(
        "tool in use", "tools in use", "was kept to approved participants, with settings reviewed within a year",
        "were kept to approved participants, with settings reviewed within a year",
    ),
    "friend_or_follow": Said(
        "logged contact by friending or following", "logged contacts by friending or following",
        "was found to be a violation", "were found to be violations",
        "the rate of friending or following found to be a violation", "Violations per 100 staff",
    ),
    "individual_messages": Said(
        "logged individual text to a student", "logged individual texts to students",
        "was found to be a violation", "were found to be violations",
        "the rate of individual texts found to be violations", "Violations per 100 staff",
    ),
    "relatives": Said(
        "contact with a relative", "contacts with relatives", "was logged", "were logged",
        "the number of contacts with relatives logged", "Contacts logged",
    ),
    "emergency_supervisor": Said(
        "emergency contact", "emergency contacts", "was told to the supervisor in time",
        "were told to the supervisor in time",
        "the share of emergency contacts told to the supervisor in time", "Supervisor told in time",
    ),
    "emergency_parent": Said(
        "emergency contact", "emergency contacts", "was told to the parent in time", "were told to the parent in time",
        "the share of emergency contacts told to the parent in time", "Parent told in time",
    ),
    "reported_in_time": Said(
        "report due", "reports due", "was made in time", "were made in time",
        "the share of reports made in time", "Reports made in time",
    ),
    "written_in_time": Said("written report due", "written reports due", "was made in time", "were made in time"),
    "disclosures": Said(
        "logged disclosure of student information", "logged disclosures of student information",
        "was found to be a violation", "were found to be violations",
        "the number of disclosures of student information found to be violations", "Disclosures",
    ),
    "finding_rate": Said(
        "audited item", "audited items", "had a finding", "had a finding",
        "the share of audited items with a finding", "Items with a finding",
    ),
    "open_findings": Said("audit finding", "audit findings", "is open", "are open"),
    "overdue": Said(
        "open finding with a date promised", "open findings with a date promised", "was past that date",
        "were past that date",
    ),
    "closed_in_time": Said(
        "finding due", "findings due", "was closed by the date first promised", "were closed by the date first promised",
        "the share of findings closed by the date first promised", "Closed by the date first promised",
    ),
    "follow_through": Said(
        "finding opened a year before", "findings opened a year before", "was closed within 12 months",
        "were closed within 12 months",
    ),
    "repeats": Said(
        "closed finding audited again", "closed findings audited again", "was found again", "were found again"
    ),
}  # fmt: skip
"""Measure → its words."""
SHORT = {
    "scope_personal": "Personal accounts", "platforms": "Platform not listed", "disclosed": "Stated in writing",
    "supervisor_aware": "Supervisor notified", "coverage": "In the register", "suitable": "Approved",
    "rejected_in_use": "Rejected, in use", "rules_published": "Rules published", "parents_informed": "Parents informed",
    "access_kept": "Access kept", "friend_or_follow": "Friending", "individual_messages": "Individual texts",
    "relatives": "Relatives", "emergency_supervisor": "Supervisor told in time", "emergency_parent": "Parent told in time",
    "reported_in_time": "Reported in time", "written_in_time": "Written in time", "disclosures": "Disclosures",
    "open_findings": "Open", "overdue": "Overdue, of open", "closed_in_time": "Closed in time",
    "follow_through": "Closed in 12 months", "repeats": "Found again",
}  # fmt: skip
"""Measure → what heads its column where many stand side by side."""


def of_cases(measure: str, count: int, of: int) -> str:
    """So many of so many cases are met, as a clause.

    Example:
        >>> of_cases("reported_in_time", 0, 0), of_cases("reported_in_time", 1, 1)
        ('no report was due', 'the one report due was made in time')
        >>> of_cases("reported_in_time", 0, 7), of_cases("reported_in_time", 9, 10)
        ('none of 7 reports due was made in time', '9 of 10 reports due were made in time')
        >>> of_cases("coverage", 30, 40).replace(chr(160), " ")
        '30 of 40 audited accounts (75.0 %) were in the register'
    """
    said = SAID[measure]
    if of == 0:
        return (
            f"no {said.case.removesuffix(' due')} was due"
            if said.case.endswith(" due")
            else f"there was no {said.case}"
        )
    if of == 1:
        return f"the one {said.case} {said.met}" if count else f"0 of 1 {said.case} {said.met}"
    if count == 0:
        return f"none of {number(of)} {said.cases} {said.met}"
    if count == of:
        return f"all {number(of)} {said.cases} {said.are_met}"
    share = f" ({percent(count / of)})" if of >= PERCENT_FROM else ""
    return f"{number(count)} of {number(of)} {said.cases}{share} {said.met if count == 1 else said.are_met}"


def of_number(measure: str, count: int) -> str:
    """So many cases, as a clause.

    Example:
        >>> of_number("relatives", 0), of_number("relatives", 1), of_number("scope_personal", 27)
        ('no contact with a relative was logged', '1 contact with a relative was logged', '27 tools in use are personal accounts')
    """
    said = SAID[measure]
    if count == 0:
        return f"no {said.case} {said.met}"
    return f"{plural(count, said.case, said.cases)} {said.met if count == 1 else said.are_met}"


def standing(row: dict[str, Any], measure: Measure) -> str:
    """One or two sentences on how a measure stands: the figure, its interval, its target and whether it is met.

    Args:
        row: the figure of the scorecard, as it may be shown.
        measure: with its target.
    """
    when = period_words(row)
    lead = f"{when[:1].upper()}{when[1:]}, " if row["period"] == "as_of" else f"In the {when}, "
    if row["withheld"]:
        if row["status"] in ("every case in time", "not every case in time"):
            return f"{lead}{'every case was' if row['status'].startswith('every') else 'not every case was'} in time."
        return f"{lead}the figure is withheld, since few people stand behind it."
    count, of = int(row["numerator"] or 0), int(row["denominator"] or 0)
    if measure.id in COUNTS_ONLY:
        return f"{lead}{of_number(measure.id, count)}."
    if row["per"] > 1:
        if not row["denominator"]:
            return f"{lead}{of_number(measure.id, count)}; for want of staff figures there is no rate."
        return (
            f"{lead}{of_number(measure.id, count)}: {rate_words(row)} (95 % interval {interval_words(row)})."
        )
    said = f"{lead}{of_cases(measure.id, count, of)}"
    if measure.target is None or of == 0:
        return f"{said}."
    every = measure.target == 1
    goal = "every case" if every else target_words(measure)
    if row["status"] == "cannot tell yet":
        needed = enough(count / of, measure.target, measure.better or "higher")
        more = f" {number(needed)} at the same rate would show that it is met." if needed else ""
        return (
            f"{said}; the target is {goal}. Whether it is met can’t be told yet: with so few cases, "
            f"the true rate may lie anywhere from {interval_words(row)}.{more}"
        )
    verdict = {
        "meets": "is met", "every case in time": "is met", "does not meet": "is not met",
        "not every case in time": "is not met",
    }.get(row["status"])  # fmt: skip
    if verdict is None:
        return f"{said}; the target is {goal}."
    return (
        f"{said}; the target, every case, {verdict}." if every else f"{said}; the target of {goal} {verdict}."
    )


def headline(row: dict[str, Any] | None, measure: Measure, trend: str) -> str:
    """A title that says what a figure shows, and which way it goes."""
    told = trend in ("improving", "worsening", "steady")
    if row is None or row["withheld"] or not (row["denominator"] or measure.id in COUNTS_ONLY):
        return f"{measure.name}: {trend}" if told else measure.name
    count, of = int(row["numerator"] or 0), int(row["denominator"] or 0)
    clause = (
        of_number(measure.id, count)
        if measure.id in COUNTS_ONLY or row["per"] > 1
        else of_cases(measure.id, count, of)
    )
    end = f"; the trend is {trend}" if told else ""
    return f"{clause[:1].upper()}{clause[1:]}{end}"
