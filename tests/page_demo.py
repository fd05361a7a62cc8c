"""A made-up board page with every piece on it, for tests and for looking at.

``python tests/page_demo.py /tmp/demo.html`` writes it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from markupsafe import Markup
from nbformat import v4

from norwalk_analytics.board import page
from norwalk_analytics.board import pieces as p

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


def groups() -> list[p.Group]:
    """The policy's clauses with made-up figures: every status, trend and state is there."""
    year, today = "12 months to March 2026", "on April 15, 2026"
    up, flat, down = (spark(v) for v in ([4, 6, 5, 9, 11, 14], [9, 10, 8, 9, 10, 9], [15, 13, 14, 9, 6, 5]))
    aware = p.Measure(
        "Supervisor notified", "412 of 448", "92.0 %", "", "at least 95 %", "does not meet",
        trend="improving", sparkline=up, period=today, anchor="supervisor-aware",
        action=p.Action("Asked principals to confirm their lists of tools", "due", "by May 31, 2026"),
    )
    audited = "audited items, " + year
    return [
        p.Group("P", "The policy’s frame", [
            p.Clause("P.1", "Private and professional use", [
                p.Measure("Personal accounts registered", "7", period=today)]),
            p.Clause("P.2", "What social media is", [
                p.Measure("Use of platforms not on the list", "9 of 448", "2.0 %", period=today, anchor="platforms")]),
            p.Clause("P.3", "Public communication", [
                p.Measure("Findings", "11 of 164", "6.7 %", "3.8 to 11.6 %", trend="steady", sparkline=flat, period=audited)]),
            p.Clause("P.4", "District-sponsored accounts", [
                p.Measure("Findings", "withheld", "withheld", status="withheld", trend="withheld", period=audited)]),
        ]),
        p.Group("A", "Use in teaching, teams and activities", [
            p.Clause("A.1a", "Stated in syllabus or team rules", [
                p.Measure("Disclosed", "388 of 401", "96.8 %", "", "at least 95 %", "meets", trend="not charted", period=today)]),
            p.Clause("A.1b", "Supervisors know which tools are in use", [
                aware,
                p.Measure("Accounts that auditors found in the register", "203 of 241", "84.2 %", "79.1 to 88.3 %",
                    trend="too short to say", period=year)], status="does not meet"),
            p.Clause("A.2", "Tools suit the students", [
                p.Measure("Approved", "431 of 448", "96.2 %", "", "at least 95 %", "meets", trend="steady", sparkline=flat, period=today),
                p.Measure("Rejected and in use all the same", "4", trend="low", period=today,
                    action=p.Action("Ordered the four tools withdrawn", "overdue", "since March 1, 2026"))]),
            p.Clause("A.3", "Rules and a code of conduct", [
                p.Measure("Rules published", "398 of 441", "90.2 %", "", "at least 95 %", "does not meet", trend="worsening", sparkline=down, period=today, anchor="rules-published")]),
            p.Clause("A.4", "Parents are informed", [
                p.Measure("Informed of all three", "419 of 439", "95.4 %", "", "at least 95 %", "meets", trend="improving", sparkline=up, period=today,
                    action=p.Action("Sent a model letter to every school", "done", "January 13, 2026"))]),
            p.Clause("A.5", "An extension of the classroom", [
                p.Measure("Findings", "6 of 158", "3.8 %", "1.8 to 8.0 %", trend="steady", period=audited)]),
        ]),
        p.Group("B", "Every employee’s duties", [
            p.Clause("B.1", "Identified as the school’s own", [p.Measure("Findings", "5 of 171", "2.9 %", "1.3 to 6.7 %", trend="steady", period=audited)]),
            p.Clause("B.2", "No public talk about students or co-workers", [p.Measure("Findings", "9 of 171", "5.3 %", "2.8 to 9.7 %", trend="high", period=audited)]),
            p.Clause("B.3", "Student information stays private", [
                p.Measure("Findings", "14 of 171", "8.2 %", "4.9 to 13.3 %", trend="steady", period=audited),
                p.Measure("Disclosures found to be violations", "withheld", status="withheld", trend="withheld", period=year)]),
            p.Clause("B.4", "Security settings and access", [
                p.Measure("Access kept and settings reviewed", "417 of 448", "93.1 %", "", "at least 95 %", "does not meet", period=today)]),
            p.Clause("B.5", "Mandatory reports and threats", [
                p.Measure("Reported in time", "", "", "", "every case", "not every case in time", trend="not charted", period=year),
                p.Measure("Written report in time", "", status="not measured yet", period=year)]),
        ]),
        p.Group("C", "Contacts with students", [
            p.Clause("C.1", "No friending or following", [p.Measure("Violations per 100 staff", "12", "0.9", "0.4 to 1.5", trend="steady", sparkline=flat, period=year,
                also=(("March 2026", "1"), ("school year to date", "8")))]),
            p.Clause("C.2", "No individual messages", [p.Measure("Violations per 100 staff", "21", "1.5", "0.9 to 2.3", "at most 2", "cannot tell yet", "could tell from 1,900 staff", "steady", flat, period=year)]),
            p.Clause("C.2a", "Exception: relatives", [p.Measure("Contacts logged", "33", trend="steady", period=year)]),
            p.Clause("C.2b", "Exception: an emergency", [
                p.Measure("Supervisor notified in time", "", "", "", "every case", "every case in time", period=year),
                p.Measure("Parent informed in time", "", "", "", "every case", "not every case in time", period=year, anchor="supervisor-aware",
                    action=p.Action("Put the 48 hours on the duty card", "done", "February 3, 2026"))], status="not every case in time"),
        ]),
        p.Group("L", "The law", [p.Clause("L.1", "Children’s Internet Protection Act", remark="No evidence is collected: the Act stands in the method notes.")]),
        p.Group("", "All audited clauses", [
            p.Clause("", "Findings, whatever the clause", [
                p.Measure("Overdue", "9 of 61", "14.8 %", trend="steady", period=today),
                p.Measure("Closed in time", "47 of 62", "75.8 %", "63.8 to 84.8 %", trend="improving", sparkline=up, period=year)]),
        ]),
    ]


def _figures() -> list[str]:
    series = [86.0, 88.5, 89.0, 87.2, 90.1, 91.4, 90.8, 91.9, 92.4, 92.0]
    falling = [96.0, 95.2, 95.9, 94.8, 94.1, 93.3, 92.6, 91.9, 90.8, 90.2]
    columns = [p.Column("Month of first use"), p.Column("Notified", True), p.Column("Registrations", True), p.Column("Rate", True)]
    rows = [(f"{m} {2025 if n < 7 else 2026}", str(30 + n), str(36 + n), f"{v:.1f} %") for n, (m, v) in enumerate(zip(MONTHS, series, strict=True))]
    how = "p chart of registrations by month of first use; limits from the first ten months shown; rules: anhoej. Target: 95 %, the toolkit’s own until the Board sets one."
    return [
        p.figure(ident="supervisor-aware", newest_right=True, title="Supervisors knew of 412 of 448 tools, more than a year ago",
            svg=control(series, 90, 84, 96), sentence="Of the tools first used in March, supervisors knew of 39 of 45 on or before the day; the share has risen since September.",
            caption=how, table=p.Table("Supervisor notified on or before first use", columns, rows, "Months out of term are left out.")),
        p.figure(ident="rules-published", newest_right=True, title="Fewer tools have published rules each month since November",
            svg=control(falling, 93.5, 89, 97, marked=5), sentence="The last five months are a special cause: the share fell from 94.1 % in October to 90.2 % in March.",
            caption=how, table=p.Table("Rules published within 30 days of first use", columns, [*rows[:-1], ("Mar 2026", "withheld", "withheld", "withheld")])),
        p.figure(ident="platforms", title="Half of all registrations are on three platforms",
            svg=bars([("Google Classroom", 131), ("Instagram", 62), ("X (Twitter)", 41), ("Remind", 38), ("YouTube", 31)]),
            sentence="Nine of 448 registrations are on a platform that the code list does not know.", caption="Active registrations on April 15, 2026.",
            table=p.Table("Active registrations by platform", [p.Column("Platform"), p.Column("Active", True)], [("Google Classroom", "131"), ("Instagram", "62")])),
        p.figure(ident="closed-in-time", newest_right=True, title="Three findings in four are closed by the day promised",
            svg=control([70, 72, 71, 74, 73, 75, 74, 76, 77, 75.8], 74, 64, 84), sentence="Of the 62 findings due in the last 12 months, 47 were closed in time.", caption=how,
            table=p.Table("Findings closed by their due date", columns, rows)),
    ]


def parts() -> list[str]:
    """The demonstration, piece by piece: Markdown as it is, outputs as markup."""
    supervisor, rules, platforms, closed = _figures()
    state = p.Mark
    return [
        p.head(board="Norwalk Board of Education", title="How the social media policy is kept", month="March 2026", as_of="April 15, 2026", sample=True),
        "## In brief",
        p.brief([
            ("Not every mandatory report was made within 12 hours in the last 12 months.", "contacts-with-students"),
            ("Nine audit findings are overdue, two of them critical: 14.8 % of the 61 open.", "audit-findings"),
            ("Rules are published for 90.2 % of tools, below the target of 95 % and falling since November.", "rules-published"),
            ("Supervisors know of 412 of 448 tools (92.0 %), below the target but improving.", "supervisor-aware"),
            ("Two of 19 schools handed in neither rows nor a nil return, so contacts there cannot be judged.", "how-good-the-data-is"),
        ]),
        "## Scorecard\n\nEvery clause of the policy, in the policy’s order. Targets are the toolkit’s own until the Board sets them.",
        p.scorecard(groups()),
        p.table(caption="Special cause against target, charted measures", wide=False,
            columns=[p.Column("Trend"), p.Column("Consistently meets"), p.Column("Hit or miss"), p.Column("Consistently fails")],
            rows=[(state("improving"), p.Items(("A.4 Parents informed",)), p.Items(("A.1b Supervisor notified", "Closed in time")), "–"),
                (state("steady"), p.Items(("A.2 Approved",)), "–", "–"), (state("worsening"), "–", "–", p.Items(("A.3 Rules published",)))]),
        "## Use of social media\n\nA teacher, coach or advisor registers each tool. The register holds **448 active registrations** at 19 schools; see [the method](#method).",
        supervisor, rules, platforms,
        "## Contacts with students\n\nCounts of logged contacts. Small numbers are withheld.",
        p.table(caption="Logged contacts in the 12 months to March 2026", columns=[p.Column("Kind of contact"), *(p.Column(c, True) for c in ("Logged", "Violation", "Pending", "Upheld"))],
            rows=[("Friend or follow", "31", "12", "withheld", "withheld"), ("Individual message", "58", "21", "7", "30"), ("Relative", "33", "0", "0", "33")],
            note="“Withheld” stands where a figure, or another that could be worked out from it, rests on too few people."),
        "## Audit findings\n\n### The roll-forward",
        p.table(caption="Open findings, month by month", columns=[p.Column("Month"), *(p.Column(c, True) for c in ("Opening", "Opened", "Closed", "Risk accepted", "Closing"))],
            rows=[("January 2026", "58", "14", "9", "1", "62"), ("February 2026", "62", "8", "7", "0", "63"), ("March 2026", "63", "6", "8", "0", "61")]),
        closed,
        "## How good the data is",
        p.paragraphs(["Of 1,204 rows, 1,171 were accepted, 33 were set aside and 41 carry a warning.", "Entries come in 9 days after the event on average; nine in ten within 30 days."]),
        p.note("Two schools handed in neither rows nor a nil return for March 2026."),
        "## Method",
        p.facts([
            ("Reporting month", "The last month whose last day is on or before the day the figures were taken."),
            ("Control chart", ["p chart with limits at three standard errors.", "Rules: anhoej (longest run, crossings) and a point outside the limits."]),
            ("Certification rule", "47 CFR § 54.520. The policy’s text prints “24 CFR Section 54.520”."),
            ("Inputs", ["tool_registrations: HMAC-SHA-256 3f9a6c0d1e2b4a5968778695a4b3c2d1e0f1a2b3c4d5e6f708192a3b4c5d6e7f", "exception_log: not fingerprinted"]),
        ]),
    ]


def notebook(*, internal: bool = False) -> nbformat.NotebookNode:
    """The demonstration as a notebook that has been run."""
    mimetype = page.INTERNAL if internal else page.PUBLISHED
    cells = []
    for number, part in enumerate(parts(), 1):
        if not isinstance(part, Markup):
            cells.append(v4.new_markdown_cell(part))
            continue
        data = {mimetype: str(part), "text/html": str(part), "text/plain": "<Published>"}
        outputs = [v4.new_output("display_data", data=data)]
        cells.append(v4.new_code_cell(f"show({number})", execution_count=number, outputs=outputs))
    if internal:
        cells[0].outputs[0].data[mimetype] = str(
            p.head(board="Norwalk Board of Education", title="How the social media policy is kept", month="March 2026", as_of="April 15, 2026", sample=True, internal=True)
        )
    return v4.new_notebook(cells=cells)


if __name__ == "__main__":
    internal = "--internal" in sys.argv
    text = page.render(notebook(internal=internal), title=TITLE, allow_foreign=internal)
    page.write_whole(Path(sys.argv[1]), text)
