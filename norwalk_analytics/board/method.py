"""How each figure is made and from what, and what is withheld: the facts of the section Method."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from norwalk_analytics.board import words
from norwalk_analytics.board.provenance import contract_hash
from norwalk_analytics.intake.loaded import District
from norwalk_analytics.oversight.disclosure import Internal, Publishable, Shown

DEFINITIONS = [
    "Tools: registered tools in use on the day; personal accounts are left out, except where they are counted.",
    "A-clauses: what had been done by the day, of the tools in use; their charts count tools by the month of first use, met where it was done within the window after it (supervisors and suitability: on or before first use; rules and parents: 30 days). Registrations made over 30 days after first use are counted apart, and so is what is not yet due.",
    "Access: open to approved participants alone, and settings reviewed within 365 days before the day.",
    "Friending, individual texts: contacts logged and found to be violations, per 100 staff. A chart counts what was logged within 30 days and leaves July and August out.",
    "In time: what was done within its limit, of what fell due by the day; a case whose limit has not run out stands in neither number, met or not.",
    "Audited items with a finding: of the items audited for a clause; of clause P.4, items on district-sponsored accounts.",
    "Audited accounts in the register: of the accounts that auditors found; one of which rows disagree counts as not registered.",
    "Open findings: open at the start + opened − closed − risk accepted = open at the end. Overdue, and closed in time, against the date first promised.",
    "Follow-through: findings closed within 12 months, of those opened 12 to 24 months before. Repeats: closed findings found again, of those whose school and clause were audited again.",
    "Schools: a school’s tools in use, and what was audited at it; of findings, the last three school years together. Funnels: the share of all schools shown, with limits at two and three sigma for a school’s size (Spiegelhalter 2005).",
]


def method_facts(
    district: District, shown: Shown, inputs: Mapping[str, str]
) -> list[tuple[str, str | list[str]]]:
    """Each measure's definition, chart rules, thresholds, what the policy prints, provenance."""
    policy = district.policy
    limits = [
        f"{one.id.replace('_', ' ')}: {one.hours} hours. {one.citation}." for one in policy.limits.values()
    ]
    targets = [
        f"{one.name}: {words.target_words(one)} (the toolkit’s own, for the Board to set)"
        for one in policy.measures.values()
        if one.target is not None
    ]
    cited = [f"{clause.id}: {clause.asks} The policy prints {clause.citation_as_printed}; the rule is {clause.citation}. {clause.citation_note}"
             for clause in policy.clauses if clause.citation]  # fmt: skip
    return [
        ("What stands behind a figure", DEFINITIONS),
        ("Status", "A stock is a census and is compared as it stands. A rate of events meets its target when its whole 95 % interval does (Wilson; per 100 staff exact Poisson, Garwood); else it can’t be told yet."),
        ("Trend", "Control charts with three-sigma limits; a signal is a point outside the limits, an unusually long run on one side of the centre line, or unusually few crossings of it (Anhøj and Olesen 2014). With fewer than 10 points nothing is said."),
        ("Withheld", withheld_facts(shown)),
        ("Limits in hours", limits), ("Targets", targets or ["None"]), ("Citations", cited or ["None"]),
        ("What can’t be wound back", "Data are read as they stood on the day of the report. What carries no date (disclosed in, access), and a settings review before the last, can’t be."),
        ("Inputs", [f"{name}: {print_}" for name, print_ in inputs.items()]),
        ("Contract", contract_hash(district)),
        ("Versions", f"norwalk-analytics {version('norwalk-analytics')}, polars {version('polars')}; as_of {district.as_of}"),
    ]  # fmt: skip


def withheld_facts(shown: Shown) -> list[str]:
    """What is withheld, by which thresholds, what besides, and which tables are left out."""
    if isinstance(shown, Internal):
        return ["Nothing: this edition is not for publication."]
    small = shown.policy.disclosure
    said = [
        "Figures of the exception log, and figures broken down by school, role, setting or platform, are withheld where "
        f"{_thresholds(small)}." + ("" if small["zero_may_be_shown"] else " A zero is withheld too."),
        *[f"Of {name.replace('_', ' ')}: where {_thresholds({**small, **own})}." for name, own in small.get("tables", {}).items()],
        "Further figures are withheld so that none of these can be worked out from sums and from figures beside them; they bear the same mark.",
        "A figure is withheld with its rate, interval and status. Pictures, averages, limits and trends are made of what is published alone.",
        "Tables by school or group of which most would be withheld are published for the district alone.",
        f"Counts of 1 to {small['count'] - 1} rows are withheld from the data’s quality too.",
    ]  # fmt: skip
    if isinstance(shown, Publishable) and shown.left_out:
        said.append(f"Left out, since nothing of it could be shown: {'; '.join(shown.left_out)}.")
    return said


def _thresholds(small: Mapping[str, Any]) -> str:
    """When a figure is withheld for its own sake, in words."""
    most = small["count"] - 1
    few = "1 stands" if most == 1 else f"1 to {most} stand"
    share = "half" if small["dominance"] == 0.5 else words.percent(small["dominance"], 0)
    return (
        f"fewer than {small['people']} people stand behind the denominator, {few} behind the count or behind what remains, "
        f"or one person has more than {share} of the records"
    )
