"""A made-up board page with every piece on it, for tests and for looking at.

``python tests/page_demo.py /tmp/demo.html`` writes it.
"""

from __future__ import annotations

import csv
import sys
from dataclasses import fields
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import nbformat
from markupsafe import Markup
from nbformat import v4

from norwalk_analytics.board import page
from norwalk_analytics.board import pieces as p
from norwalk_analytics.whole import write_whole

TITLE = "Social media policy: oversight report, March 2026"
MONTHS = ("Apr", "May", "Jun", "Sep", "Oct", "Nov", "Dec", "Jan", "Feb", "Mar")


def control(values: list[float], centre: float, low: float, high: float, marked: int = 0) -> Markup:
    """A control chart, drawn by hand; the last `marked` points are a concern."""
    left, top, width, height = 48, 16, 600, 200
    step = width / (len(values) - 1)

    def y(value: float) -> float:
        return round(top + height * (1 - (value - 60) / 40), 1)

    dots = [(round(left + n * step, 1), y(v)) for n, v in enumerate(values)]
    line = " ".join(f"{a},{b}" for a, b in dots)
    common = "".join(
        f'<circle cx="{a}" cy="{b}" r="4" fill="var(--c-grey)"/>' for a, b in dots[: -marked or None]
    )
    concern = "".join(
        f'<path transform="translate({a},{b})" d="M0-6 6 0 0 6-6 0z" fill="var(--c-orange)"/>'
        for a, b in (dots[-marked:] if marked else [])
    )
    labels = "".join(
        f'<text x="{a}" y="236" text-anchor="middle">{m}</text>'
        for (a, _), m in zip(dots, MONTHS, strict=False)
    )
    ticks = "".join(
        f'<text x="40" y="{y(v) + 4}" text-anchor="end">{v} %</text>' for v in (60, 70, 80, 90, 100)
    )
    rules = "".join(
        f'<path d="M{left} {y(v)}h{width}" stroke="var(--c-{c})" {dash}/>'
        for v, c, dash in (
            (centre, "grey", ""),
            (low, "band", 'stroke-dasharray="5 4"'),
            (high, "band", 'stroke-dasharray="5 4"'),
            (95, "target", 'stroke-dasharray="1 4" stroke-width="2"'),
        )
    )
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 700 250" width="700" height="250" '
        'font-family="Liberation Sans, Arial, sans-serif" font-size="13" fill="var(--c-text)">'
        f'<defs><clipPath id="clip0"><path d="M0 0h700v250h-700z"/></clipPath></defs>'
        f'<g clip-path="url(#clip0)">{rules}<polyline points="{line}" fill="none" '
        f'stroke="var(--c-grey)"/>{common}{concern}</g>{labels}{ticks}</svg>'
    )


def bars(rows: list[tuple[str, int]]) -> Markup:
    """Bars with their numbers, drawn by hand."""
    drawn = "".join(
        f'<text x="150" y="{22 + 30 * n}" text-anchor="end">{name}</text>'
        f'<path d="M160 {6 + 30 * n}h{value * 3}v22h-{value * 3}z" fill="var(--c-bar)"/>'
        f'<text x="{168 + value * 3}" y="{22 + 30 * n}">{value}</text>'
        for n, (name, value) in enumerate(rows)
    )
    return Markup(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 700 {10 + 30 * len(rows)}" '
        f'font-family="Liberation Sans, Arial, sans-serif" font-size="13" '
        f'fill="var(--c-text)">{drawn}</svg>'
    )


def spark(values: list[int]) -> Markup:
    """A sparkline: a line and its latest point."""
    step = 88 / (len(values) - 1)
    dots = [(round(4 + n * step), 20 - v) for n, v in enumerate(values)]
    a, b = dots[-1]
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" width="96" height="22" viewBox="0 0 96 22">'
        f'<polyline points="{" ".join(f"{x},{y}" for x, y in dots)}" fill="none" '
        f'stroke="var(--c-grey)" stroke-width="1.5"/><circle cx="{a}" cy="{b}" r="3" '
        'fill="var(--c-grey)"/></svg>'
    )


SPARKS = {
    "up": [4, 6, 5, 9, 11, 14],
    "flat": [9, 10, 8, 9, 10, 9],
    "down": [15, 13, 14, 9, 6, 5],
}
SCORECARD = Path(__file__).parent / "data" / "page_scorecard.csv"


def groups() -> list[p.Group]:
    """The policy's clauses with made-up figures: every status, trend and state is there."""
    with SCORECARD.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = []
    for (letter, part), of_part in groupby(rows, itemgetter("letter", "part")):
        clauses = []
        for (ident, title, status), of_clause in groupby(
            of_part, itemgetter("clause", "title", "clause_status")
        ):
            listed = list(of_clause)
            measures = [_measure(row) for row in listed if row["name"]]
            remark = {"remark": listed[0]["remark"]} if listed[0]["remark"] else {}
            clauses.append(p.Clause(ident, title, measures, status, **remark))
        found.append(p.Group(letter, part, clauses))
    return found


def _measure(row: dict[str, str]) -> p.Measure:
    words = [field.name for field in fields(p.Measure) if field.name in row]
    also = [tuple(pair.split(": ")) for pair in row["also"].split("; ") if pair]
    return p.Measure(
        **{word: row[word] for word in words if word not in ("also", "sparkline", "action")},
        also=[(when, figure) for when, figure in also],
        sparkline=spark(SPARKS[row["sparkline"]]) if row["sparkline"] else None,
        action=p.Action(row["action"], row["state"], row["when"]) if row["state"] else None,
    )


def _columns(*titles: str, words: int = 1) -> list[p.Column]:
    return [p.Column(title, numeric=n >= words) for n, title in enumerate(titles)]


def _figures() -> list[Markup]:
    series = [86.0, 88.5, 89.0, 87.2, 90.1, 91.4, 90.8, 91.9, 92.4, 92.0]
    falling = [96.0, 95.2, 95.9, 94.8, 94.1, 93.3, 92.6, 91.9, 90.8, 90.2]
    closing = [70, 72, 71, 74, 73, 75, 74, 76, 77, 75.8]
    columns = _columns("Month of first use", "Notified", "Registrations", "Rate")
    rows = [
        (f"{m} {2025 if n < 7 else 2026}", str(30 + n), str(36 + n), f"{v:.1f} %")
        for n, (m, v) in enumerate(zip(MONTHS, series, strict=True))
    ]
    how = (
        "p chart of registrations by month of first use; limits from the first ten months shown; "
        "rules: anhoej. Target: 95 %, the toolkit’s own until the Board sets one."
    )
    platforms = [("Google Classroom", 131), ("Instagram", 62), ("X (Twitter)", 41), ("Remind", 38)]
    return [
        p.figure(
            ident="supervisor-aware",
            newest_right=True,
            title="Supervisors knew of 412 of 448 tools, more than a year ago",
            svg=control(series, 90, 84, 96),
            sentence="Of the tools first used in March, supervisors knew of 39 of 45 on or before "
            "the day; the share has risen since September.",
            caption=how,
            table=p.Table("Supervisor notified on or before first use", columns, rows, "No July."),
        ),
        p.figure(
            ident="rules-published",
            newest_right=True,
            title="Fewer tools have published rules each month since November",
            svg=control(falling, 93.5, 89, 97, marked=5),
            sentence="The last five months are a special cause: the share fell from 94.1 % in "
            "October to 90.2 % in March.",
            caption=how,
            table=p.Table(
                "Rules published within 30 days of first use",
                columns,
                [*rows[:-1], ("Mar 2026", "withheld", "withheld", "withheld")],
            ),
        ),
        p.figure(
            ident="platforms",
            title="Half of all registrations are on three platforms",
            svg=bars(platforms),
            sentence="Nine of 448 registrations are on a platform that the code list lacks.",
            caption="Active registrations on April 15, 2026.",
            table=p.Table(
                "Active registrations by platform",
                _columns("Platform", "Active"),
                [(name, str(count)) for name, count in platforms],
            ),
        ),
        p.figure(
            ident="closed-in-time",
            newest_right=True,
            title="Three findings in four are closed by the day promised",
            svg=control(closing, 74, 64, 84),
            sentence="Of the 62 findings due in the last 12 months, 47 were closed in time.",
            caption=how,
            table=p.Table("Findings closed by their due date", columns, rows),
        ),
    ]


def _head(*, internal: bool) -> Markup:
    return p.head(
        board="Norwalk Board of Education",
        title="How the social media policy is kept",
        month="March 2026",
        as_of="April 15, 2026",
        sample=True,
        internal=internal,
    )


BRIEF = [
    (
        "Not every mandatory report was made within 12 hours in the last 12 months.",
        "contacts-with-students",
    ),
    (
        "Nine audit findings are overdue, two of them critical: 14.8 % of the 61 open.",
        "audit-findings",
    ),
    (
        "Rules are published for 90.2 % of tools, below the target and falling since November.",
        "rules-published",
    ),
    (
        "Supervisors know of 412 of 448 tools (92.0 %), below the target but improving.",
        "supervisor-aware",
    ),
    (
        "Two of 19 schools handed in neither rows nor a nil return and cannot be judged.",
        "how-good-the-data-is",
    ),
]


def parts(*, internal: bool = False) -> list[str]:
    """The demonstration, piece by piece: Markdown as it is, outputs as markup."""
    supervisor, rules, platforms, closed = _figures()
    return [
        _head(internal=internal),
        "## In brief",
        p.brief(BRIEF),
        "## Scorecard\n\nEvery clause of the policy, in the policy’s order. Targets are the "
        "toolkit’s own until the Board sets them.",
        p.scorecard(groups()),
        p.table(
            caption="Special cause against target, charted measures",
            columns=_columns("Trend", "Consistently meets", "Hit or miss", "Consistently fails", words=4),
            rows=[
                (
                    p.Mark("improving"),
                    "A.4 Parents informed",
                    p.Items(("A.1b Supervisor notified", "Closed in time")),
                    "–",
                ),
                (p.Mark("steady"), "A.2 Approved", "–", "–"),
                (p.Mark("worsening"), "–", "–", "A.3 Rules published"),
            ],
        ),
        "## Use of social media\n\nA teacher, coach or advisor registers each tool. The register "
        "holds **448 active registrations** at 19 schools; see [the method](#method).",
        supervisor,
        rules,
        platforms,
        "## Contacts with students\n\nCounts of logged contacts. Small numbers are withheld.",
        p.table(
            caption="Logged contacts in the 12 months to March 2026",
            columns=_columns("Kind of contact", "Logged", "Violation", "Pending", "Upheld"),
            rows=[
                ("Friend or follow", "31", "12", "withheld", "withheld"),
                ("Individual message", "58", "21", "7", "30"),
                ("Relative", "33", "0", "0", "33"),
            ],
            note="“Withheld” stands where a figure, or another that could be worked out from it, "
            "rests on too few people.",
        ),
        "## Audit findings\n\n### The roll-forward",
        p.table(
            caption="Open findings, month by month",
            columns=_columns("Month", "Opening", "Opened", "Closed", "Risk accepted", "Closing"),
            rows=[
                ("January 2026", "58", "14", "9", "1", "62"),
                ("February 2026", "62", "8", "7", "0", "63"),
                ("March 2026", "63", "6", "8", "0", "61"),
            ],
        ),
        closed,
        "## How good the data is",
        p.paragraphs(
            [
                "Of 1,204 rows, 1,171 were accepted, 33 were set aside and 41 carry a warning.",
                "Entries come in 9 days after the event on average; nine in ten within 30 days.",
            ]
        ),
        p.note("Two schools handed in neither rows nor a nil return for March 2026."),
        "## Method",
        p.facts(
            [
                ("Reporting month", "The last month whose last day is on or before that day."),
                (
                    "Control chart",
                    ["p chart, limits at three standard errors.", "Rules: anhoej, and outside."],
                ),
                ("Rule", "47 CFR § 54.520. The policy’s text prints “24 CFR Section 54.520”."),
                ("Inputs", ["tool_registrations: " + "3f9a6c0d" * 8, "exception_log: none"]),
            ]
        ),
    ]


def notebook(*, internal: bool = False) -> nbformat.NotebookNode:
    """The demonstration as a notebook that has been run."""
    mimetype = page.INTERNAL if internal else page.PUBLISHED
    cells = []
    for number, part in enumerate(parts(internal=internal), 1):
        if not isinstance(part, Markup):
            cells.append(v4.new_markdown_cell(part))
            continue
        data = {mimetype: str(part), "text/html": str(part), "text/plain": "<Published>"}
        outputs = [v4.new_output("display_data", data=data)]
        cells.append(v4.new_code_cell(f"show({number})", execution_count=number, outputs=outputs))
    made: nbformat.NotebookNode = v4.new_notebook(cells=cells)
    return made


if __name__ == "__main__":
    for_internal = "--internal" in sys.argv
    text = page.render(notebook(internal=for_internal), title=TITLE, allow_foreign=for_internal)
    write_whole(Path(sys.argv[1]), text)
