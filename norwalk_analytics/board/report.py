"""The board report: the pieces that the notebook calls, and the notebook run and made into a page."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl
from markupsafe import Markup

from norwalk_analytics.board import charts, pieces, scorecard, trend_words, words
from norwalk_analytics.board.brief import brief_points
from norwalk_analytics.board.charts import Fragment, fragment
from norwalk_analytics.board.measured import measure_chart
from norwalk_analytics.board.page import PageError, render
from norwalk_analytics.board.provenance import contract_hash, fingerprints
from norwalk_analytics.intake.contract import read_contract
from norwalk_analytics.intake.display import rules_broken
from norwalk_analytics.intake.loaded import District
from norwalk_analytics.intake.loading import load_district
from norwalk_analytics.oversight.disclosure import Shown, internal, suppress
from norwalk_analytics.oversight.measures import MEASURES, figures
from norwalk_analytics.oversight.periods import reporting_month
from norwalk_analytics.oversight.status import PER
from norwalk_analytics.policy import Policy, UserError, shipped
from norwalk_analytics.whole import write_whole

TITLE = "{name}: oversight report"


class BoardReport:
    """Everything that the report notebook calls: each method gives one piece of the page.

    Args:
        data: the data folder, or one file with a profile; None for the sample district.
        as_of: the day at whose end the data are read, as YYYY-MM-DD.
        contract: a contract folder.
        profiles: import profiles.
        edition: "published" or "internal".
    """

    def __init__(
        self, data: str | None = None, as_of: str | None = None, contract: str | None = None,
        profiles: Sequence[str] = (), edition: str = "published",
    ) -> None:  # fmt: skip
        """Load the district and make its figures."""
        if data is None:
            from norwalk_analytics.sample import write_sample

            with tempfile.TemporaryDirectory() as folder:
                write_sample(Path(folder))
                self._load(Path(folder), as_of, contract, profiles)
                self.inputs = fingerprints(self.district)
        else:
            self._load(Path(data), as_of, contract, profiles)
            self.inputs = fingerprints(self.district)
        make = internal if edition == "internal" else suppress
        self.shown: Shown = make(figures(self.district), self.district.policy)
        self.charts = scorecard.charts(self.shown)

    def _load(self, data: Path, as_of: str | None, contract: str | None, profiles: Sequence[str]) -> None:
        day = None if as_of is None else parse_day(as_of)
        self.district: District = load_district(data, contract=contract, as_of=day, profiles=profiles)

    def _give(self, html: Markup) -> Fragment:
        return fragment(html, self.shown)

    def head(self) -> Fragment:
        """The Board's name, the title, the reporting month, as_of."""
        district = self.district
        return self._give(pieces.head(
            board=district.policy.board, title=title(district.policy), month=words.month_words(reporting_month(district.as_of)),
            as_of=words.day_words(district.as_of), sample=district.sample, internal=not _published(self.shown),
        ))  # fmt: skip

    def brief(self) -> Fragment:
        """The most important first, chosen by rules."""
        aside = sum(one.quarantined.height for one in self.district.tables.values())
        returns = "returns" in self.district.tables
        return self._give(
            pieces.brief(brief_points(self.shown, self.charts, self.district.missing, aside, returns=returns))
        )

    def scorecard(self) -> Fragment:
        """Every clause in the policy's order, a row a measure."""
        actions = self.district.frame("actions")
        groups = scorecard.scorecard_groups(
            self.shown, self.charts, actions, self.district.as_of, self.district.missing
        )
        return self._give(pieces.scorecard(groups))

    def _lacks(self, name: str) -> Fragment | None:
        """What stands in a figure's place where there is no evidence."""
        rows = self.shown[name].frame
        if (
            name in self.shown.policy.measures
            and rows.height
            and (rows["denominator"].fill_null(1) > 0).any()
        ):
            return None
        table = MEASURES[name].table
        why = (
            f"there is no table {table}"
            if table in self.district.missing
            else f"{table} holds nothing that bears on it"
        )
        measure = self.shown.policy.measures.get(name)
        what = measure.name if measure else "This measure"
        ident = scorecard.anchor_of(name)
        note = (
            f"{what}: no evidence, since {why}."
            if measure
            else f"{what} belongs to a clause that this policy does not have."
        )
        return self._give(Markup('<div id="{}">{}</div>').format(ident, pieces.note(note)))

    def platforms(self) -> Fragment:
        """Tools in use by platform."""
        shown = self.shown["platforms"]
        row = shown.one(view="stock")
        if row is None or not row["denominator"]:
            return self._lacks("platforms") or self._give(Markup())
        title = f"{words.plural(row['denominator'], 'registered tool')} {'is' if row['denominator'] == 1 else 'are'} in use"
        known = f"{words.count_words(row)} ({words.rate_words(row)}) {'is' if row['numerator'] == 1 else 'are'} on a platform that the code list does not know."
        return charts.platform_bars(shown, ident="platforms", title=title, sentence=known)

    def measure(self, name: str) -> Fragment:
        """How a measure stands and how it changes: its chart, or a note where there is none."""
        lacking = self._lacks(name)
        if lacking:
            return lacking
        return measure_chart(self.shown, name, beside=self._beside(name))

    def _beside(self, name: str) -> str:
        """What is counted apart of a measure, and over what its rate is."""
        said = ""
        late = self.shown[name].one(view="apart", breakdown="apart", group="registered late")
        if late and late["numerator"]:
            one = late["numerator"] == 1
            said += (
                f" {words.plural(late['numerator'], 'registration was', 'registrations were')} made more than 30 days "
                f"after first use and {'is' if one else 'are'} counted apart."
            )
        parts = []
        for outcome in ("pending", "upheld"):
            row = self.shown[name].one(view="event", period="12 months", breakdown="outcome", group=outcome)
            parts.append(f"{outcome}: {'0' if row is None else words.count_words(row)}")
        if name in ("friend_or_follow", "individual_messages", "disclosures"):
            said += f" Logged contacts beside them, {', '.join(parts)}."
        if name in PER:
            said += (
                " Staff: mean monthly employees in post, from the schools’ returns."
                if "returns" in self.district.tables
                else " Per 100 active registrations, for want of returns; a zero may mean not reported."
            )
        return said

    def finding_rates(self) -> Fragment:
        """Audited items with a finding: a table of all clauses, and a chart of each that signals."""
        lacking = self._lacks("finding_rate")
        if lacking:
            return lacking
        html = Markup('<div id="finding-rate"></div>') + pieces.table(
            caption="Audited items with a finding, by clause, last 12 months", ident="findings-by-clause",
            note="Rates are of the items audited, not of all there are.", **scorecard.findings_table(self.shown, self.charts),
        )  # fmt: skip
        for clause in self.shown.policy.clauses:
            shown = self.charts.get(("finding_rate", clause.id))
            if shown is None or trend_words.trend_word(shown) not in ("worsening", "improving"):
                continue
            row = shown.one(view="event", period="12 months")
            if row is None or not row["denominator"]:
                continue
            title = f"{clause.id} {clause.title}: findings on {words.count_words(row)} audited items, {trend_words.trend_word(shown)}"
            said = f"In the {words.period_words(row)}, {words.rate_words(row)} of the items audited had a finding (95 % interval {words.interval_words(row)})."
            chart = charts.control_chart(
                shown, ident=f"chart-{scorecard.slug(clause.id)}", title=title, sentence=said
            )
            html += Markup(chart.html)
        return self._give(html)

    def open_findings(self) -> Fragment:
        """Open findings month by month."""
        shown = self.shown["open_findings"]
        row = shown.one(view="stock")
        if row is None or shown.frame.filter(pl.col("view") == "flow").is_empty():
            return self._lacks("open_findings") or self._give(
                Markup('<div id="open-findings">{}</div>').format(
                    pieces.note("No audit finding has been opened.")
                )
            )
        parts = [
            shown.one(view="stock", breakdown="severity", group=name)
            for name in ("critical", "high", "moderate", "low")
        ]
        named = [f"{words.number(part['numerator'])} {part['group']}" for part in parts if part]
        title = f"{words.plural(row['numerator'], 'audit finding')} open {words.period_words(row)}"
        said = f"By severity: {', '.join(named)}." if named else "None is open."
        return charts.roll_forward(shown, ident="open-findings", title=title, sentence=said)

    def data_quality(self) -> Fragment:
        """Rows read, accepted, set aside by reason; warnings; tables missing."""
        tables = self.district.tables
        columns = [
            pieces.Column("Table"),
            *[
                pieces.Column(head, numeric=True)
                for head in ("Read", "Accepted", "Set aside", "Left out", "Warnings")
            ],
        ]
        rows = [
            [
                one.table.title,
                *[
                    words.number(n)
                    for n in (
                        one.read,
                        one.frame.height,
                        one.quarantined.height,
                        one.left_out.height,
                        one.warnings,
                    )
                ],
            ]
            for one in tables.values()
        ]
        rows += [
            [self.district.contract.tables[name].title, "no such table", "", "", "", ""]
            for name in self.district.missing
        ]
        html = pieces.table(caption="Rows read and accepted, by table", columns=columns, rows=rows, ident="rows-by-table",
                            note="Rows read = accepted + set aside + left out by an import profile.")  # fmt: skip
        reasons = [[name, str(row["rule"]), "set aside" if row["severity"] == "critical" else "warning", _few(row["rows"], row["severity"])]
                   for one in tables.values() for name in [one.table.title] for row in rules_broken(one).to_dicts()]  # fmt: skip
        if reasons:
            heads = [
                pieces.Column("Table"),
                pieces.Column("Rule"),
                pieces.Column("What follows"),
                pieces.Column("Rows", numeric=True),
            ]
            html += pieces.table(caption="Rules that rows broke", columns=heads, rows=reasons, ident="rules-broken",
                                 note="Counts of 1 to 5 are shown as “1 to 5”.")  # fmt: skip
        for name in self.district.missing:
            html += pieces.note(
                f"There is no {name}: its measures can't be judged, and stand as “no evidence”."
            )
        return self._give(html)

    def method(self) -> Fragment:
        """Each measure's definition, chart rules, thresholds, what the policy prints, provenance."""
        policy = self.district.policy
        limits = [
            f"{one.id.replace('_', ' ')}: {one.hours} hours. {one.citation}."
            for one in policy.limits.values()
        ]
        targets = [
            f"{one.name}: {words.target_words(one)} (the toolkit’s own, for the Board to set)"
            for one in policy.measures.values()
            if one.target is not None
        ]
        cited = [f"{clause.id}: {clause.asks} The policy prints {clause.citation_as_printed}; the rule is {clause.citation}. {clause.citation_note}"
                 for clause in policy.clauses if clause.citation]  # fmt: skip
        small = policy.disclosure
        return self._give(pieces.facts([
            ("What stands behind a figure", DEFINITIONS),
            ("Status", "A stock is a census and is compared as it stands. A rate of events meets its target when its whole 95 % interval does (Wilson; per 100 staff exact Poisson, Garwood); else it can’t be told yet."),
            ("Trend", "Control charts with three-sigma limits; a signal is a point outside the limits, an unusually long run on one side of the centre line, or unusually few crossings of it (Anhøj and Olesen 2014). With fewer than 10 points nothing is said."),
            ("Withheld", f"Of what is made from the exception log or broken down by platform: fewer than {small['people']} people behind a denominator, 1 to {small['count'] - 1} behind a count or what remains, or one person with more than half of the records. A figure is withheld with its rate, interval and status."),
            ("Limits in hours", limits), ("Targets", targets or ["None"]), ("Citations", cited or ["None"]),
            ("What can’t be wound back", "Data are read as they stood on the day of the report. What carries no date (disclosed in, access), and a settings review before the last, can’t be."),
            ("Inputs", [f"{name}: {print_}" for name, print_ in self.inputs.items()]),
            ("Contract", contract_hash(self.district)),
            ("Versions", f"norwalk-analytics {version('norwalk-analytics')}, polars {version('polars')}; as_of {self.district.as_of}"),
        ]))  # fmt: skip


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
]


def _published(shown: Shown) -> bool:
    from norwalk_analytics.oversight.disclosure import Publishable

    return isinstance(shown, Publishable)


def _few(rows: int, severity: str) -> str:
    return "1 to 5" if 1 <= rows <= 5 and severity else words.number(rows)


def title(policy: Policy) -> str:
    """The report's title: the policy's name, with a typographer's apostrophe."""
    return TITLE.format(name=policy.name.replace("'", "’"))


def parse_day(text: str) -> date:
    """YYYY-MM-DD as a date; UserError otherwise."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = f"{text} is not a date. Write it as YYYY-MM-DD."
        raise UserError(message) from None


def make_report(
    target: Path, *, data: Path | None = None, as_of: date | None = None, contract: Path | None = None,
    profiles: Sequence[Path] = (), notebook: Path | None = None, edition: str = "published",
    progress: bool = False,
) -> Path:  # fmt: skip
    """Run the report notebook with parameters and write it as one page, whole or not at all.

    Args:
        target: the page; it is replaced where it exists.
        data: the data folder, or one file with its profile; None for the sample district.
        as_of: the day at whose end the data are read.
        contract: a contract folder.
        profiles: import profiles.
        notebook: the notebook; the shipped board_report.ipynb by default.
        edition: "published" or "internal".
        progress: whether to show a progress bar on standard error.

    Raises:
        UserError: if the data can't be read, or the notebook shows what may not be published.
    """
    import nbformat
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    source = notebook or shipped("notebooks") / "board_report.ipynb"
    if not target.parent.is_dir():
        message = f"{target.parent} is not a folder, so {target.name} can't be written there."
        raise UserError(message)
    if not source.is_file():
        message = f"{source.name}: there is no such notebook."
        raise UserError(message)
    parameters = {
        "data": None if data is None else str(data.resolve()), "as_of": None if as_of is None else as_of.isoformat(),
        "contract": None if contract is None else str(contract.resolve()),
        "profiles": [str(path.resolve()) for path in profiles], "edition": edition,
    }  # fmt: skip
    if data is not None:  # a file that can't be read is one sentence here, not a cell's error
        load_district(data, contract=contract, as_of=as_of, profiles=profiles)
    try:
        run = run_notebook(nbformat.read(source, as_version=4), parameters, progress)
    except (CellExecutionError, DeadKernelError):
        message = f"{source.name} stopped with an error. Open it in JupyterLab and run it to see where. Nothing was written."
        raise UserError(message) from None
    try:
        page = render(run, title=title(read_contract(contract).policy), allow_foreign=edition == "internal")
    except PageError as error:
        message = f"{source.name}: {error} Nothing was written."
        raise UserError(message) from None
    write_whole(target, page)
    return target


def run_notebook(notebook: Any, parameters: dict[str, Any], progress: bool = False) -> Any:
    """A copy of the notebook, run with parameters by Papermill, with TZ=UTC and the C locale."""
    import logging

    import nbformat
    import papermill

    logging.getLogger("papermill").setLevel(logging.ERROR)
    old = {name: os.environ.get(name) for name in ("TZ", "LC_ALL", "PYTHONHASHSEED", "JUPYTER_PLATFORM_DIRS")}
    os.environ |= {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0", "JUPYTER_PLATFORM_DIRS": "1"}
    try:
        with tempfile.TemporaryDirectory() as folder:
            before, after = Path(folder) / "in.ipynb", Path(folder) / "out.ipynb"
            nbformat.write(notebook, before)
            papermill.execute_notebook(
                str(before), str(after), parameters=parameters, kernel_name="python3", language="python", progress_bar=progress,
                log_output=False, cwd=folder, extra_arguments=["--log-level=ERROR"],
            )  # fmt: skip
            return nbformat.read(after, as_version=4)
    finally:
        for name, value in old.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
