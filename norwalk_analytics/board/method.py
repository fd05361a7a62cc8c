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
    "Tools: the registered tools in use on the day. Personal accounts are left out, except where they are what is counted.",
    "Clauses of section A: of the tools in use, those for which the step had been taken by the day. Their charts go by the month or quarter of first use. There a tool counts as met if the step was taken by first use (supervisors, suitability) or within 30 days of it (rules, parents). Tools registered more than 30 days after first use are counted apart, and so are steps not yet due.",
    "Access: the tool is open to approved participants alone, and its settings were reviewed in the 365 days before the day.",
    "Friending, individual texts: logged contacts that were found to be violations, per 100 staff. The charts count contacts logged within 30 days, and leave out July and August.",
    "In time: of what fell due by the day, what was done within its limit. A case whose limit has not yet run out is in neither number.",
    "Audited items with a finding: of the items audited for a clause, those with a finding. For clause P.4, only items on district-sponsored accounts count.",
    "Audited accounts in the register: of the accounts that auditors found, those that were registered. Where rows disagree on an account, it counts as not registered.",
    "Open findings: open at the start + opened − closed − risk accepted = open at the end. Overdue, and closed in time, are judged by the date first promised.",
    "Follow-through: of the findings opened 12 to 24 months before, those closed within 12 months. Repeats: of the closed findings whose school and clause were audited again, those found again.",
    "Schools: a school’s tools in use, and what was audited at it; findings are those of the last three school years together. Funnel charts: the share of all schools shown, with the limits that chance sets for each size of school. The inner limits stand at two sigma, the outer at three (Spiegelhalter 2005).",
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
        ("Status", "What stands on the day counts every case, so it is held against the target as it is. A rate over 12 months meets its target only if the whole of its 95 % interval does (Wilson’s interval; per 100 staff, Garwood’s exact Poisson interval). If only part of it does, the status is “cannot tell yet”. Where the rate is better than the target, the sentence says how many cases at that rate would do."),
        ("Trend", "From control charts with limits at three sigma. A change is a point outside the limits, an unusually long run on one side of the average, or unusually few crossings of it (Anhøj and Olesen 2014). With fewer than 10 points, nothing is said."),
        ("Withheld", withheld_facts(shown)),
        ("Limits in hours", limits), ("Targets", targets or ["None"]), ("Citations", cited or ["None"]),
        ("What can’t be wound back", "Data are read as they stood on the day of the report. Entries that carry no date (disclosed in, access), and settings reviews before the last, can only be read as they stand now."),
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
        "Figures of the exception log, and figures broken down by school, role, setting or platform, are withheld in any of three cases: "
        f"{_thresholds(small)}." + ("" if small["zero_may_be_shown"] else " A zero is withheld too."),
        *[f"Of {name.replace('_', ' ')}: {_thresholds({**small, **own})}." for name, own in small.get("tables", {}).items()],
        "Further figures are withheld so that none of these can be worked out from sums and from figures beside them; they bear the same mark.",
        "A figure is withheld with its rate, interval and status. Pictures, averages, limits and trends are made of what is published alone.",
        "Tables by school or group of which most would be withheld are published for the district alone.",
        f"Counts of 1 to {small['count'] - 1} rows are withheld from the data’s quality too.",
    ]  # fmt: skip
    if isinstance(shown, Publishable) and shown.left_out:
        said.append(
            f"Left out, since nothing of it could be shown: {'; '.join(one.words for one in shown.left_out)}."
        )
    return said


def _thresholds(small: Mapping[str, Any]) -> str:
    """When a figure is withheld for its own sake, in words."""
    most = small["count"] - 1
    few = "1 stands" if most == 1 else f"1 to {most} stand"
    share = "half" if small["dominance"] == 0.5 else words.percent(small["dominance"], 0)
    return (
        f"fewer than {small['people']} people stand behind the denominator; {few} behind the count or behind what remains; "
        f"one person has more than {share} of the records"
    )
