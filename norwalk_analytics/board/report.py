"""The board report: the pieces that the notebook calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
from markupsafe import Markup

from norwalk_analytics.board import (
    charts,
    follow_up,
    pieces,
    quality,
    scorecard,
    side_by_side,
    waited,
    words,
)
from norwalk_analytics.board.beside import beside
from norwalk_analytics.board.brief import brief_points
from norwalk_analytics.board.fragment import Fragment, fragment
from norwalk_analytics.board.grid import grid
from norwalk_analytics.board.logo import logo_of
from norwalk_analytics.board.measured import ageing_chart, funnel_chart, measure_chart, school_charts
from norwalk_analytics.board.method import method_facts
from norwalk_analytics.board.provenance import fingerprints
from norwalk_analytics.board.silence import silence_sentence, silence_table
from norwalk_analytics.board.worth_drawing import by_school, funnels_of
from norwalk_analytics.engines import load_with
from norwalk_analytics.intake.loaded import District
from norwalk_analytics.intake.writing import safe
from norwalk_analytics.oversight.audit import drawn
from norwalk_analytics.oversight.cells import KEY
from norwalk_analytics.oversight.disclosure import Publishable, Shown, internal, suppress
from norwalk_analytics.oversight.editions import read_ledger
from norwalk_analytics.oversight.measures import MEASURES
from norwalk_analytics.oversight.periods import reporting_month
from norwalk_analytics.oversight.reported import report_figures, reported
from norwalk_analytics.oversight.row_counts import aside_of
from norwalk_analytics.oversight.silences import silences_of
from norwalk_analytics.oversight.status import PER
from norwalk_analytics.policy import Policy, UserError
from norwalk_analytics.whole import folder_of, write_whole

TITLE = "{name}: oversight report"
BROKEN_DOWN = ("tool_registrations", "exception_log")
"""Tables that a report breaks down by role, setting and channel."""


class BoardReport:
    """Everything that the report notebook calls: each method gives one piece of the page.

    Args:
        data: the data folder, or one file with a profile; None for the sample district.
        as_of: the day at whose end the data are read, as YYYY-MM-DD.
        contract: a contract folder.
        profiles: import profiles.
        edition: "published" or "internal".
        previous: the ledger of what was published before; what is published now is held against it.
        ledger: where to write the ledger, as CSV.
        engine: which holds the tables: "polars", "streaming" or "spark"; data may be a URI for Spark.
    """

    def __init__(
        self, data: str | None = None, as_of: str | None = None, contract: str | None = None,
        profiles: Sequence[str] = (), edition: str = "published", previous: str | None = None, ledger: str | None = None,
        engine: str = "polars",
    ) -> None:  # fmt: skip
        """Load the district and make its figures."""
        work = folder_of(self)  # an engine may read rows as long as there is a report
        if data is None:
            from norwalk_analytics.sample import write_sample

            data = str(write_sample(work / "sample"))
        day = None if as_of is None else parse_day(as_of)
        self.district: District = load_with(
            engine,
            data,
            work / "checked" if engine == "streaming" else None,
            contract=contract,
            as_of=day,
            profiles=profiles,
        )
        self.inputs = fingerprints(self.district)
        policy = self.district.policy
        every = report_figures(self.district)
        self.then: pl.DataFrame | None = None
        self._ledger, self._now = ledger, every.clear().select(KEY)
        if edition == "internal":
            self.shown: Shown = internal(reported(every, _all_of(policy)), policy)
            self.charts = scorecard.charts(self.shown)
            return
        self.then = None if previous is None else read_ledger(Path(previous))
        publishable = suppress(reported(every, policy), policy, self.then)
        self.shown, self.charts = publishable, scorecard.charts(publishable)
        for chart in self.charts.values():
            for leak in drawn(chart):
                raise UserError(leak)
        self.run = publishable.run
        self._keep(publishable)

    def __repr__(self) -> str:
        """What it is, and what it can be asked for."""
        edition = "published" if _published(self.shown) else "Internal: not for publication"
        pieces_ = [name for name in vars(BoardReport) if not name.startswith("_") and name != "also"]
        return f"<BoardReport as of {self.district.as_of}, {edition}. Its pieces: {', '.join(pieces_)}>"

    def _keep(self, publishable: Publishable) -> None:
        """Write the ledger, where one is asked for, with what is published now marked."""
        self._now = pl.concat([self._now, publishable.frame.select(KEY)])
        self.published = publishable.ledger()
        if self._ledger is None:
            return
        there = self.published.select(KEY).join(
            self._now.unique().with_columns(now=True),
            on=KEY,
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
        kept = self.published.with_columns(now=there["now"].fill_null(value=False))
        more = beside(publishable, self.district).with_columns(now=pl.lit(value=True))
        write_whole(Path(self._ledger), safe(pl.concat([kept, more], how="diagonal_relaxed")).write_csv())

    def also(self, figures: pl.DataFrame) -> Shown:
        """Figures of your own that may be shown beside the report's, for a chart of your own.

        They are suppressed as the next edition would be: held against all that the report publishes already, so that
        nothing withheld there can be worked out of them, nor the other way about. ``suppress`` alone would not know
        of the report, so a page refuses what it made. What is published of them enters the ledger. In the internal edition nothing is withheld.

        Args:
            figures: a table of figures, as ``figures`` or ``measure`` gives it: as much as you show, and no more.

        Raises:
            UserError: if the frame is not a table of figures, or what would be published does not pass the audit.
        """
        policy = self.district.policy
        if not _published(self.shown):
            return internal(figures, _all_of(policy))
        own = replace(suppress(figures, policy, self.published), run=self.run)
        self._keep(own)
        return own

    def _give(self, html: Markup) -> Fragment:
        return fragment(html, self.shown)

    def head(self) -> Fragment:
        """The Board's name, the title, the reporting month, as_of."""
        district = self.district
        return self._give(pieces.head(
            board=district.policy.board, title=title(district.policy), month=words.month_words(reporting_month(district.as_of)),
            as_of=words.day_words(district.as_of), sample=district.sample, internal=not _published(self.shown),
            logo=logo_of(district.contract),
        ))  # fmt: skip

    def brief(self) -> Fragment:
        """The most important first, chosen by rules."""
        aside = aside_of(self.district.tables.values(), self._small())
        returns = "returns" in self.district.tables
        points = brief_points(
            self.shown,
            self.charts,
            self.district.missing,
            aside,
            returns=returns,
            then=self.then,
            silent=silence_sentence(silences_of(self.district)),
        )
        return self._give(pieces.brief(points))

    def scorecard(self) -> Fragment:
        """Every clause in the policy's order, a row a measure."""
        actions = self.district.frame("actions")
        groups = scorecard.scorecard_groups(
            self.shown, self.charts, actions, self.district.as_of, self.district.missing
        )
        return self._give(pieces.scorecard(groups))

    def change_and_target(self) -> Fragment:
        """What the control charts say: special cause by what is to be expected of the target."""
        return self._give(grid(self.shown, self.charts))

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
        return self._give(pieces.note(note, ident))

    def platforms(self) -> Fragment:
        """Tools in use by platform."""
        shown = self.shown["platforms"]
        row = shown.one(view="stock")
        if row is None or not row["denominator"]:
            return self._lacks("platforms") or self._give(Markup())
        title = f"{words.plural(row['denominator'], 'registered tool')} {'is' if row['denominator'] == 1 else 'are'} in use"
        known = f"{words.count_words(row)} ({words.rate_words(row)}) {'is' if row['numerator'] == 1 else 'are'} on a platform that the code list does not know."
        if shown.frame.filter(breakdown="platform").is_empty():
            few = f"{title}. {known} By platform most would be withheld, so they are not shown."
            return self._give(pieces.note(few, "platforms"))
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
            said += f" Of the other logged contacts, {'; '.join(parts)}."
        if name in PER:
            said += (
                " Staff are the monthly average in post, from the schools’ returns."
                if "returns" in self.district.tables
                else " Per 100 active registrations, for want of returns; a zero may mean not reported."
            )
        return said

    def silence(self) -> Fragment:
        """Schools that handed in neither rows nor a nil return."""
        return self._give(silence_table(self.district))

    def finding_rates(self) -> Fragment:
        """Audited items with a finding: a table of all clauses, and a chart of each that signals."""
        lacking = self._lacks("finding_rate")
        if lacking:
            return lacking
        return self._give(follow_up.finding_rates(self.shown, self.charts))

    def open_findings(self) -> Fragment:
        """Open findings month by month."""
        shown = self.shown["open_findings"]
        row = shown.one(view="stock")
        if row is None or shown.frame.filter(pl.col("view") == "flow").is_empty():
            return self._lacks("open_findings") or self._give(
                pieces.note("No audit finding has been opened.", "open-findings")
            )
        return follow_up.open_findings_chart(shown)

    def ageing(self) -> Fragment:
        """Open findings by how long ago they were opened."""
        row = self.shown["open_findings"].one(view="stock")
        if row is None or not row["numerator"]:
            return self._give(pieces.place("ageing"))
        return ageing_chart(self.shown)

    def overdue(self) -> Fragment:
        """Open findings against the date first promised, by severity."""
        return self._lacks("overdue") or self._give(follow_up.overdue_table(self.shown))

    def time_to_close(self) -> Fragment:
        """The share of findings that are closed as days go by."""
        return waited.closing_chart(self.shown, self.district)

    def follow_through(self) -> Fragment:
        """Findings by school year: closed within 6, 12 and 24 months, and found again."""
        came_back = follow_up.repeats_table(self.shown)
        return self._give(follow_up.follow_through_table(self.shown) + came_back)

    def last_audited(self) -> Fragment:
        """Months since each school and clause was last audited."""
        return self._give(follow_up.last_audited_table(self.district))

    def time_to_tell(self) -> Fragment:
        """How long it takes until supervisors, parents and authorities are told."""
        caption = "How long it takes until others are told"
        found = waited.waits_table(
            self.shown, self.district, waited.CONTACTS, caption=caption, ident="time-to-tell"
        )
        return self._give(found)

    def schools_by_clause(self) -> Fragment:
        """Schools by clause: a table of registered tools, a row a school."""
        return self._give(side_by_side.schools_table(self.shown))

    def findings_by_school(self) -> Fragment:
        """What auditors found at each school, by section and clause over three school years, and what is open."""
        return self._give(side_by_side.findings_tables(self.shown))

    def schools(self) -> Fragment:
        """Schools by clause: registered tools, then findings."""
        return self._give(Markup(self.schools_by_clause().html) + Markup(self.findings_by_school().html))

    def breakdowns(self, table: str | None = None) -> Fragment:
        """Tools by role and setting; contacts by role and channel.

        Args:
            table: tool_registrations or exception_log; both by default.
        """
        tables = BROKEN_DOWN if table is None else (table,)
        return self._give(Markup().join(side_by_side.group_tables(self.shown, name) for name in tables))

    def school_charts(self, table: str | None = None) -> Fragment:
        """Small charts school by school, of each measure that has them.

        Args:
            table: measures made from it alone.
        """
        parts = [
            school_charts(self.shown, name).html
            for name in by_school(self.shown, "series", "school_year", table)
        ]
        none = pieces.note("There is no chart school by school: too little can be shown.")
        return self._give(Markup().join(map(Markup, parts)) or none)

    def funnels(self, table: str | None = None) -> Fragment:
        """Schools by their size, of each share of which enough schools can be shown; of findings, by section.

        Args:
            table: measures made from it alone.
        """
        parts = [
            funnel_chart(self.shown, name, **where).html for name, where in funnels_of(self.shown, table)
        ]
        none = pieces.note("Schools are not set beside one another by their size: too few can be shown.")
        return self._give(Markup().join(map(Markup, parts)) or none)

    def data_quality(self) -> Fragment:
        """Rows read, accepted, set aside by reason; warnings; tables missing; how late entries come in."""
        late = waited.waits_table(
            self.shown,
            self.district,
            waited.ENTRIES,
            caption="How late entries come in",
            ident="late-entries",
        )
        return self._give(quality.quality_tables(self.district, self._small()) + late)

    def _small(self) -> int:
        """From how many rows a count of the data's quality is shown."""
        return int(self.district.policy.disclosure["count"]) if _published(self.shown) else 0

    def method(self) -> Fragment:
        """Each measure's definition, chart rules, thresholds, what the policy prints, provenance."""
        return self._give(pieces.facts(method_facts(self.district, self.shown, self.inputs)))


def _published(shown: Shown) -> bool:
    return isinstance(shown, Publishable)


def _all_of(policy: Policy) -> Policy:
    """The policy with thresholds under which nothing is withheld: what an internal report holds."""
    open_ = {"people": 0, "count": 1, "dominance": 1.0, "zero_may_be_shown": True, "tables": {}}
    return replace(policy, disclosure={**policy.disclosure, **open_})


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
