"""Write ``measures.md`` and its pictures: ``python docs/make_measures.py`` (from the checkout).

What a measure is stands here; every figure of the page comes from a run over the sample district.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS.parent))

from norwalk_analytics import District, figures, load_district, reported, suppress, write_sample  # noqa: E402
from norwalk_analytics.board.charts import control_chart  # noqa: E402
from norwalk_analytics.board.said import headline, standing  # noqa: E402
from norwalk_analytics.board.scorecard import DRAWN, main_row  # noqa: E402
from norwalk_analytics.board.theme import plain_colours  # noqa: E402
from norwalk_analytics.board.trend_words import trend_sentence, trend_word  # noqa: E402
from norwalk_analytics.oversight.disclosure import Shown  # noqa: E402
from norwalk_analytics.oversight.measures import MEASURES  # noqa: E402
from norwalk_analytics.policy import read_policy  # noqa: E402

PAGE = DOCS / "measures.md"
SVG = "http://www.w3.org/2000/svg"
TABLES = {
    "tool_registrations": "Tool registrations",
    "exception_log": "Exception log",
    "audit_findings": "Audit findings",
}
DEFINED = {
    "scope_personal": "Personal accounts among the registrations in use on the day. All other measures of registrations leave them out.",
    "platforms": "Tools in use on a platform that the code list does not know, of all tools in use; and how many there are on each.",
    "disclosed": "Tools whose use is stated in a syllabus, in team rules or in extracurricular information (`disclosed_in` is given), of those in use in a classroom, an athletic team or an extracurricular group. It carries no date, so it has no chart.",
    "supervisor_aware": "Stock: the supervisor was notified by the day. Cohort: on or before first use, which is the toolkit's own test of timeliness.",
    "coverage": "Audited accounts that were in the register, of all audited accounts of which that is said. An account is an audit, a registration, a platform and an account name; where its rows disagree, it counts as not registered.",
    "suitable": "Stock: approved as suitable by the day. Cohort: approved on or before first use.",
    "rejected_in_use": "Tools rejected by the day, and in use all the same.",
    "rules_published": "Rules for participants were published: by the day (stock), within 30 days of first use (cohort). A tool in use for less than 30 days is not yet due and is counted apart.",
    "parents_informed": "Parents were informed, and told both how their children are contacted and what behaviour is expected: by the day (stock), within 30 days of first use (cohort). Each of the three stands alone too, as breakdown `part`.",
    "access_kept": "Open to approved participants alone, and settings reviewed within the 365 days before the day.",
    "friend_or_follow": "Logged contacts of that kind found to be violations, per 100 staff. Pending and upheld ones stand beside them, as breakdown `outcome`.",
    "individual_messages": "The same of individual messages by SMS or MMS. Other direct messages stand on a line of their own.",
    "relatives": "Contacts logged as with a relative, whatever became of them: a number.",
    "disclosures": "Disclosures of student information found to be violations: a number. They are rare, so analysts chart the days from one to the next; what is published is bars by school year.",
    "emergency_supervisor": "The supervisor was told within 24 hours of an emergency contact, of the contacts whose 24 hours have run out.",
    "emergency_parent": "The parent was told within 48 hours of an emergency contact, of the contacts whose 48 hours have run out.",
    "reported_in_time": "The authority was told within the limit of the report's basis, of the reports whose limit has run out.",
    "written_in_time": "The written report was made within 48 hours of the oral one, of mandated oral reports whose 48 hours have run out.",
    "finding_rate": "Audited items with a finding, of all audited items, by clause, by limb, and by severity. Of clause P.4 only items on district-sponsored accounts count; where more than 20 % of its items are linked to no registration, there is no rate. A source without one item that passed lists findings only, and is no evidence.",
    "open_findings": "Findings opened and not closed by the day. Opening + opened − closed − risk accepted = closing, for every month and school (`roll_forward`). By severity, and by age.",
    "overdue": "Open findings whose first promised date has passed, of those with such a date. Those without one, and those whose date was moved, are counted apart.",
    "closed_in_time": "Findings closed by the date first promised, of those whose date has passed. A risk accepted is never in time.",
    "follow_through": "Findings closed within 6, 12 and 24 months, by the school year of opening, each once its time has run out; and of those closed, verified by re-audit. On the scorecard stands the share within 12 months.",
    "repeats": "Closed findings found again, of those whose school and clause were audited again. `repeat_of` is followed along its chain.",
}
INTRO = """# Measures

What is measured of each clause, how, and what it says of the sample district. This page is written by `docs/make_measures.py`.

```
figures(district, by=)        every measure: the long table of which charts, words and status are made
measure(name, district, by=)  one measure by month, quarter, school_year, district, school, school_month,
                              and role, setting, platform or channel where its table holds it
cases(name, district)         the rows that miss, for who has to act; they never enter a report
roll_forward(district, by=)   open findings month by month
```

- `as_of` is the only "now": every measure reads *given, and dated by as_of*.
- A **stock** says how things stand on the day. It is a census and has no interval. It repeats the same rows month after month, so no control chart is drawn of it.
- A **cohort** says whether things get better: registrations by the month of first use, each judged in the same window after it. A registration made more than 30 days after first use is counted apart.
- An **event** measure stands on the scorecard for 12 months, with the month and the school year beside it.
- **Not yet due**: a case stands in numerator and denominator only once its limit has run out, met or not. The others are counted apart.

## A worked example

Three registrations, of which one is 10 days old on the day. Rules have been published for two.

```python
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from norwalk_analytics import load_district, measure

HEAD = "registration_id,registered_on,school_id,employee_id,employee_role,setting,platform,account_capacity,active_from,conduct_rules_published_on,suitability_review,access"
ROWS = [
    "R-1,2026-01-05,Roton,E-0412,coach,athletic_team,X,professional,2026-01-05,2026-01-20,pending,public",
    "R-2,2026-02-02,Roton,E-0413,coach,athletic_team,X,professional,2026-02-02,,pending,public",
    "R-3,2026-06-20,Roton,E-0414,coach,athletic_team,X,professional,2026-06-20,2026-06-21,pending,public",
]
with TemporaryDirectory() as folder:
    (Path(folder) / "tool_registrations.csv").write_text("\\n".join([HEAD, *ROWS]))
    district = load_district(folder, as_of=date(2026, 6, 30))
found = measure("rules_published", district, by="district")
stock = found.filter(view="stock").row(0, named=True)
assert (stock["numerator"], stock["denominator"]) == (1, 2)
apart = found.filter(view="apart", group="not yet due, met")
assert apart["numerator"].to_list() == [1]
```

One of two: R-3 was met early, and is not due before July 20. Counted at once, it would have made two of three.

## Time to an event

`waits(name, district)` gives how long each case has waited, `time_to_event` Kaplan and Meier's estimate of them (Aalen and Johansen's, where
one end rules out another), `quantiles` the medians with their intervals. Cases that still wait are never dropped.

## Schools beside one another

`funnel_limits(frame, y=, n=)` gives each school the limits that its size explains, so that nobody ranks schools by noise. Notebook 02 draws it.
"""


def sample() -> District:
    """The sample district."""
    with TemporaryDirectory() as folder:
        return load_district(write_sample(Path(folder)))


def page(district: District) -> tuple[str, dict[str, str]]:
    """The page's text, and its pictures by their files' names."""
    shown: Shown = suppress(reported(figures(district), district.policy), district.policy)
    parts, pictures = [INTRO], {}
    for table, title in TABLES.items():
        parts.append(f"## {title}\n")
        for name, made in MEASURES.items():
            if made.table == table:
                said, svg = _measure(shown, name)
                parts.append(said)
                if svg:
                    pictures[f"measure_{name}.svg"] = svg
    return "\n".join(parts), pictures


def _measure(shown: Shown, name: str) -> tuple[str, str]:
    """What the page says of a measure, and its picture if it has one."""
    measure = read_policy().measures[name]
    clause = "B.4" if measure.clause == "audited" else measure.clause
    mine = shown[name, clause]
    row = main_row(mine)
    better = {"higher": "Higher is better.", "lower": "Lower is better."}.get(
        measure.better or "", "Neither way is better."
    )
    of = {"audited": "each audited clause", "all": "all audited clauses"}.get(measure.clause, measure.clause)
    by = ", ".join(f"`{one}`" for one in MEASURES[name].breakdowns)
    lines = [f"### {name}\n", f"*{measure.name}* ({of}). {DEFINED[name]} {better} Also by {by}.\n"]
    said, svg = "" if row is None else standing(row, measure), ""
    if measure.chart in DRAWN:
        found = mine.with_limits(str(measure.chart))
        said = f"{said} {trend_sentence(found)}"
        title = headline(row, measure, trend_word(found))
        html = control_chart(found, ident=name.replace("_", "-"), title=title, sentence="").html
        svg = _alone(re.search(r"<svg.*?</svg>", html, re.DOTALL)[0])  # type: ignore[index]
        lines.append(f"![{title}](pictures/measure_{name}.svg)\n")
    lines.append(
        f"In the sample{'' if measure.clause != 'audited' else ', for B.4'}: {said.replace(chr(160), ' ')}\n"
    )
    return "\n".join(lines), svg


def _alone(svg: str) -> str:
    """A picture that stands in a file of its own: its colours spelt out, on white."""
    width, height = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg).groups()  # type: ignore[union-attr]
    svg = re.sub(r' aria-\w+="[^"]*"', "", plain_colours(svg)).replace("<svg ", f'<svg xmlns="{SVG}" ', 1)
    head, rest = svg.split(">", 1)
    return f'{head}><rect width="{width}" height="{height}" fill="#FFFFFF"/>{rest}\n'


def main() -> None:
    """Write the page and its pictures."""
    text, pictures = page(sample())
    PAGE.write_text(text, encoding="utf-8")
    for name, svg in pictures.items():
        (DOCS / "pictures" / name).write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
