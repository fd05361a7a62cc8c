"""Faults planted in clean tables: each breaks one rule of the tables' specification, on one row.

Written from the specification, not from the package that is tested. A preset first makes a row consistent
(a report, a closed finding, …), so that the one bad cell is all that is wrong with it. An edit is cells apart
by "; ", each `field=value` or the name of a preset, done in turn. A value is text (· a space, ¶ a new line);
@field, of the row or of KNOWN, moved by days, hours or minutes and shown otherwise (us, z, far); ~x adds x to
the cell; %65x fills it up to 65 characters that end in x; ≠x,y is the first of these that it is not; < chops
it, ^ capitalises it, _ puts spaces round it. " or " stands between alternatives, each a row of its own.
"""
# ruff: noqa: E501  (the tables of edits)

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from itertools import cycle, product
from pathlib import Path
from zoneinfo import ZoneInfo

Row = dict[str, str]
REG, LOG, AUD = "tool_registrations", "exception_log", "audit_findings"
KEY = {REG: "registration_id", LOG: "exception_id", AUD: "finding_id"}
KNOWN = {"START": "2013-09-03 00:00", "END": "2026-07-01 00:00"}  # enactment; where as_of ends
ROLES = "certified|non_certified|coach|extracurricular_advisor|administrator"
# name:type, "!" where required, the code list; after "/" the preset under which a bad cell breaks no other rule.
FIELDS = {
    REG: f"""registration_id:key! registered_on:date! school_id:school! employee_id:person! employee_role:text!{ROLES}
setting:text!classroom|athletic_team|extracurricular|school|department group_name:text platform:text! account:text
account_capacity:text!district_sponsored|professional|personal active_from:date! active_to:date
disclosed_in:text|syllabus|team_rules|extracurricular_information supervisor_notified_on:date
suitability_review:text!approved|rejected|pending|not_requested/undecided suitability_reviewed_on:date/decided
conduct_rules_published_on:date parents_informed_on:date/told parents_told_contact_method:flag/untold
parents_told_conduct_expectations:flag/untold access:text!approved_participants|school_community|public|unknown
settings_reviewed_on:date participants:whole""",
    LOG: f"""exception_id:key! occurred_at:moment!/urgent logged_at:moment! school_id:school! employee_id:person!
employee_role:text!{ROLES}
kind:text!relative|emergency_contact|mandatory_report|individual_message|friend_or_follow|disclosure|other/plain
channel:text!sms|mms|direct_message|friend_request|follow|post|other student_ref:person registration_id:row
reason:text/urgent report_basis:text|mandated|violence_or_self_harm/report supervisor_notified_at:moment/urgent
parent_informed_at:moment/urgent authority_reported_at:moment/report written_report_at:moment/report
outcome:text!upheld|violation|pending""",
    AUD: """finding_id:key! audit_id:text! audited_on:date! school_id:school! clause:text!/limbless limb:text|a|b|c|d/p3
registration_id:row platform:text account:text account_registered:flag result:text!no_finding|finding/none
severity:text|low|moderate|high|critical/open summary:text status:text|open|in_progress|closed|risk_accepted/open
opened_on:date/closed due_on:date/closed revised_due_on:date/closed closed_on:date/closed
closure_verified_on:date/closed repeat_of:text""",
}
ITEM = ("audit_id", "audited_on", "school_id", "clause", "limb", "registration_id", "platform", "account")
ACCOUNT = ("audit_id", "registration_id", "platform", "account")
PRESETS: Row = dict(re.findall("(.+?): (.+)", """
decided: suitability_review=approved; suitability_reviewed_on=@registered_on
undecided: suitability_review=pending; suitability_reviewed_on=
told: parents_informed_on=@registered_on; parents_told_contact_method=true; parents_told_conduct_expectations=true
untold: parents_informed_on=; parents_told_contact_method=; parents_told_conduct_expectations=
plain: kind=other; reason=; report_basis=; supervisor_notified_at=; parent_informed_at=; authority_reported_at=; written_report_at=
urgent: plain; kind=emergency_contact; reason=The bus broke down; supervisor_notified_at=@occurred_at+1h; parent_informed_at=@occurred_at+2h
report: plain; kind=mandatory_report; report_basis=mandated; authority_reported_at=@occurred_at+3h; written_report_at=@occurred_at+20h
none: result=no_finding; severity=; status=; opened_on=; due_on=; revised_due_on=; closed_on=; closure_verified_on=; repeat_of=
open: none; result=finding; severity=moderate; status=open; opened_on=@audited_on; due_on=@audited_on+30d
closed: open; status=closed; revised_due_on=@audited_on+40d; closed_on=@audited_on+35d; closure_verified_on=@audited_on+60d
limbless: limb=
p3: clause=P.3; limb=a
again: school_id=@of_school_id; clause=@of_clause; limb=@of_limb; audited_on=@of_audited_on+60d; open; repeat_of=@of_finding_id
same: audit_id=@of_audit_id; audited_on=@of_audited_on; school_id=@of_school_id; clause=@of_clause; limb=@of_limb; \
registration_id=@of_registration_id; platform=@of_platform; account=@of_account; account_registered=@of_account_registered; none
"""))  # fmt: skip
BLANK = ("", "···", "\u00a0", "N/A", "·\u00a0·", "NULL")
BAD = {
    "date": "2025-02-31;3/5/24;2026-13-01;2024-03-05 (about);#REF!;2023-02-29;0203-05-01;2/29/2023;31/12/2024;20240305;"
    "2024-W10-2;2024-03;45356;March 5, 2024;05-MAR-24;soon;2024-00-10;#VALUE!",
    "moment": "2024-03-05;2025-02-31 10:00;3/5/24 10:00 AM;2024-03-05 25:00;2024-03-05 10:00 or so;#REF!;noon;3/5/2024;"
    "2023-02-29 09:00;0203-05-01 10:00;2024-13-01 10:00;2024-03-05 10:61;2024-03-05 10:00 EST;2024-03-05 10;45356.4;"
    "2024-03-05T10:00:00+25:00;31/12/2024 9:00 AM;#N/A",
    "flag": "maybe;2;#REF!;not yet;yes and no;tru",
    "whole": "1.5;twelve;#REF!;12 students;1_2",
    **dict.fromkeys(("text", "key", "school", "person", "row"), "#REF!;#N/A;#VALUE!;#DIV/0!;#NAME?;#NUM!"),
}
LOOKS_LIKE = {
    "email": ("j.doe@example.org", "A_B+c@staff.k12.ct.us", "x-1@school.example"),
    "phone": ("203-555-0142", "(203) 555-0142", "2035550142", "203 555 0142", "+12035550142"),
    "ssn": ("078-05-1120", "219 09 9999", "000-12-3456"),
}
EITHER = """
platform.listed | platform=MySpace or Facebok or Yik Yak | a platform that the list does not know
account.url_scheme | account=javascript:alert(1) or ftp://example.org/a or mailto:j.doe@example.org or data:text/html,x or httpx://a.example or JaVaScRiPt:alert(1) or ·javascript:alert(1) or file:///c:/a.txt | neither http nor https"""
# Rule, " + " what it cannot but break besides | edit | what.
RULES = {
    REG: f"""{EITHER}
registered_on.before_enactment | registered_on=2013-09-02 or 9/2/2013 or 1999-12-31 | too early
registered_on.later_than_as_of | registered_on=2026-07-01 or 7/1/2026 or 2031-01-01 | after as_of
participants.at_least | participants=-1 or -250 | fewer than none
account_capacity.personal | account_capacity=personal or ·personal· | a private account
active_to.before_active_from | active_to=@active_from-1d or @active_from-1d us | ends a day early
active_to.before_active_from | active_to=@active_from; active_from=@active_to+1d | begins a day late
suitability_reviewed_on.needed | suitability_reviewed_on=; suitability_review=approved or rejected | decided on no day
suitability_reviewed_on.not_decided | decided; suitability_review=pending or not_requested | a day, and no decision
parents_told_contact_method.needs_parents_informed_on | untold; parents_told_contact_method=true or Y | on no day
parents_told_conduct_expectations.needs_parents_informed_on | untold; parents_told_conduct_expectations=true or 1 | on no day
parents_told_contact_method.needs_parents_informed_on + parents_told_conduct_expectations.needs_parents_informed_on | told; parents_informed_on= | both on no day""",
    LOG: """
occurred_at.before_enactment | occurred_at=@START-1m or @START-1m z or @START-1m us or 2001-01-01 08:00 | too early
logged_at.later_than_as_of | logged_at=@END or @END+0m z or @END+0m us or @END+400d | logged after as_of
logged_at.before_occurred_at | plain; logged_at=@occurred_at-1m or @occurred_at-1m z or @occurred_at-1m far | a minute early
logged_at.before_occurred_at | plain; occurred_at=@FOLD+20m; logged_at=@FOLD-20m | early, though it reads later
supervisor_notified_at.before_occurred_at | urgent; supervisor_notified_at=@occurred_at-1m or @occurred_at-1m z | a minute early
parent_informed_at.before_occurred_at | urgent; parent_informed_at=@occurred_at-1m or @occurred_at-1m far | a minute early
authority_reported_at.before_occurred_at | report; authority_reported_at=@occurred_at-1m or @occurred_at-1m us | a minute early
written_report_at.before_authority_reported_at | report; written_report_at=@authority_reported_at-1m or @authority_reported_at-1m far | a minute early
reason.needed | urgent; reason= or \u00a0 | an emergency without a reason
report_basis.needed | report; report_basis= or \u00a0 | a report on no basis
written_report_at.needs_authority_reported_at | report; authority_reported_at= or N/A | written only
report_basis.not_a_report | urgent or plain; report_basis=mandated or violence_or_self_harm | no report, and a basis
authority_reported_at.not_a_report | plain; authority_reported_at=@occurred_at+1h; kind=relative or individual_message or friend_or_follow or disclosure | no report, yet reported
authority_reported_at.not_a_report | urgent; authority_reported_at=@occurred_at | an emergency, reported
authority_reported_at.not_a_report + authority_reported_at.before_occurred_at | plain; authority_reported_at=@occurred_at-1m | no report, and early
registration_id.set_aside | registration_id=@ASIDE_0 or @ASIDE_1 or @ASIDE_2 or @ASIDE_3 | names a registration set aside""",
    AUD: f"""{EITHER}
audited_on.before_enactment | audited_on=2013-09-02 or 9/2/2013 | before the policy
audited_on.later_than_as_of | audited_on=2026-07-01; open or none | audited after as_of
audited_on.later_than_as_of | none; audited_on=7/1/2026 or 2030-02-28 | audited after as_of
clause.audited | limb=; clause=P.1 or P.2 or L.1 or Z.9 or b.4 or A.1 or P.3a | no audited clause
limb.needed | clause=P.3; limb=; none or open | P.3 without a limb
limb.not_p3 | clause=B.1; limb=a; none or open | a limb of another clause
status.unreadable | closed; status=#REF! or #N/A | closed, and its status an error
severity.no_finding | none; severity=low or critical | no finding, and a severity
status.no_finding | none; status=open or in_progress | no finding, and a status
opened_on.no_finding | none; opened_on=@audited_on+3d or @audited_on+0d us | no finding, and opened
due_on.no_finding | none; due_on=@audited_on+3d or @audited_on+3d us | no finding, and due
severity.needed | open; severity= or ··· | a finding without a severity
status.needed | open; status= or \u00a0 | a finding without a status
opened_on.needed | open; opened_on= or n/a | a finding that was not opened
status.needed + closed_on.not_closed | closed; status= | closed, its status empty
opened_on.before_audited_on | closed; opened_on=@audited_on-1d or @audited_on-1d us | a day early
due_on.before_opened_on | closed; due_on=@opened_on-1d or @opened_on-1d us | a day early
revised_due_on.before_due_on | closed; revised_due_on=@due_on-1d or @due_on-1d us | a day early
closed_on.before_opened_on | closed; closed_on=@opened_on-1d or @opened_on-1d us | a day early
closure_verified_on.before_closed_on | closed; closure_verified_on=@closed_on-1d or @closed_on-1d us | a day early
closed_on.needed | open; status=closed or risk_accepted | closed on no day
closed_on.not_closed | open; closed_on=@opened_on+9d; status=open or in_progress | closed, and not closed
closed_on.not_closed | none; closed_on=@audited_on+9d or @audited_on+9d us | no finding, and closed
closure_verified_on.needs_closed_on | open or none; closure_verified_on=@audited_on+9d or @audited_on+9d us | verified only
revised_due_on.needs_due_on | closed; due_on= or N/A | revised only
revised_due_on.needs_due_on | none; revised_due_on=@audited_on+9d | no finding, and revised
repeat_of.known | open; repeat_of=no-such-finding or F 1 \u00e9 | repeats what is not there
repeat_of.school | again; school_id=≠Roton,Tracey or ≠Kendall,Tracey | repeats another school's
repeat_of.clause | again; limb=; clause=≠B.1,B.2 or ≠A.5,B.4 | repeats another clause's
repeat_of.earlier | again; audited_on=@of_audited_on or @of_audited_on-1d | repeats what is not earlier
repeat_of.earlier | again; repeat_of=@finding_id | repeats itself
result.beside_a_finding | same; audited_on=@of_audited_on or @of_audited_on+0d us or _ | no finding, beside a finding
account_registered.disagrees | same; limb=; account_registered=≠true,false; clause=≠B.2,C.2 or ≠A.2,A.3 | another answer for one account
registration_id.set_aside | registration_id=@ASIDE_0 or @ASIDE_1 or @ASIDE_2 or @ASIDE_3 | names a registration set aside""",
}
HANDLES = "Room 12: science or https://example.org/a:b or HTTP://EXAMPLE.ORG/A or @norwalk_band or N/A"
# What looks odd, and must be accepted without any problem.
CONTROLS = {
    REG: f"""
registered_on=@registered_on+0d us or _ | M/D/YYYY, or spaces round it
registered_on=2013-09-03 or 9/3/2013 or 2026-06-30 or 6/30/2026 | the first day and the last
active_from=2009-08-31 or 8/31/2009 | in use before enactment
active_to=@active_from or @active_from+0d us | in use for one day
told; parents_told_contact_method=yes or Y or 1 or TRUE | other words for true
untold; parents_told_conduct_expectations=no or N or 0 or FALSE | other words for false
conduct_rules_published_on=2024-02-29 or 2/29/2024 or 2000-02-29 or 2027-01-15 or 1998-06-01 | leap years, and far days
registration_id=%64x or ~/a_b.c-D or _ or ~·\u00a0 | a key at its limits, or spaces round it
participants=0 or ·7· | a number at its limit
group_name=N/A or ··· or Band,¶"brass": drums or \u00c9cole \u4e2d or see #REF! there or =1+1 | free text
platform=Twitter or Insta | another name of a platform
employee_id=20260630 or E-203-0412 | like a number, and no phone
account={HANDLES} | a handle, or an http address""",
    LOG: """
plain; occurred_at=@occurred_at+0m z or @occurred_at+0m us or @occurred_at+0m far or _ | the same time otherwise
plain; occurred_at=@START or @START+0m z or @START+0m us or @START+0m far | the first minute of the policy
plain; logged_at=@END-1m or @END-1m z or @END-1m us or @END-1m far | the last minute of as_of
plain; logged_at=@occurred_at or @occurred_at+0m z or @occurred_at+0m us | logged at once
plain; occurred_at=@GAP-1m or @GAP+0m or @FOLD-61m or @FOLD-20m or @FOLD+20m or @FOLD+60m or @INSIDE; logged_at=@occurred_at+40h | about a clock change
plain; occurred_at=@FOLD-20m; logged_at=@FOLD+20m | in turn, though it reads otherwise
urgent; supervisor_notified_at=@occurred_at+0m far or @occurred_at | notified at once
report; written_report_at=@authority_reported_at+0m z or @END+40d | written at once, or after as_of
exception_id=%64x or _ or ~/a_b.c-D | a key at its limits, or spaces round it
student_ref=N/A or S-01234 | a pseudonym, or none
registration_id=@KEPT | names a registration of which only a copy was set aside""",
    AUD: f"""
audited_on=@audited_on+0d us or _ | the same day otherwise
none; audited_on=2013-09-03 or 9/3/2013 or 2026-06-30 | the first day and the last
closed; due_on=@opened_on; revised_due_on=@opened_on; closed_on=@opened_on; closure_verified_on=@opened_on+0d us | one day
open; closed_on=2026-12-01; status=closed or risk_accepted | closed after as_of
open; due_on= or 2028-02-29 or N/A | promised for no day, or for 29 February
finding_id=%64x or _ or ~/a_b.c-D | a key at its limits, or spaces round it
account_registered=Y or No | yes and no
platform=Twitter or Insta | another name of a platform
account={HANDLES} | a handle, or an http address
again; audited_on=@of_audited_on+1d us | repeats an earlier finding
same; account=~x | no finding, beside one of another account
registration_id=@KEPT | names a registration of which only a copy was set aside""",
}
WARNINGS = re.compile(
    "later_than|looks_like|[.]personal|platform[.]listed|set_aside|repeat_of[.](?!unr)|beside_a|disagrees|twice"
)
RAGGED: dict[str, Callable[[list[str]], list[str]]] = {
    "one cell more": lambda cells: [*cells, "stray"],
    "a comma split a cell": lambda cells: [*cells[:3], "a", *cells[3:]],
    "the last cell is missing": lambda cells: cells[:-1],
}


@dataclass(frozen=True)
class Fault:
    """One fault; `also` holds (rule, severity) of what it cannot but break besides.

    `row` counts the clean rows from 0; rows appended at the end have the numbers after them.
    """

    table: str
    row: int
    rule: str
    severity: str
    also: frozenset[tuple[str, str]]
    what: str


@dataclass
class Planted:
    """What `plant` returns; a row in none of its sets stands, and must fare, as in the clean tables.

    `tables`: every table as lists of cells, without its header. `touched`: rows that the rules name in consequence
    of a fault. `controls`: rows that look odd, and must pass without any problem; `odd` says what each is.
    """

    tables: dict[str, list[list[str]]]
    faults: list[Fault] = field(default_factory=list)
    touched: set[tuple[str, int]] = field(default_factory=set)
    controls: set[tuple[str, int]] = field(default_factory=set)
    odd: dict[tuple[str, int], str] = field(default_factory=dict)


def _severity(rule: str) -> str:
    return "warning" if WARNINGS.search(rule) else "critical"


def _fields(table: str) -> Iterator[tuple[str, str, bool, list[str], str]]:
    for name, kind, required, values, preset in re.findall(r"(\w+):(\w+)(!?)([\w|]*)/?(\w*)", FIELDS[table]):
        yield name, kind, bool(required), values.strip("|").split("|") if values else [], preset


class _Editor:
    """Edits of rows, in the local times of a zone."""

    def __init__(self, zone: str) -> None:
        self.zone, minute = ZoneInfo(zone), timedelta(minutes=1)
        self.changes: dict[str, list[tuple[datetime, datetime]]] = {"absent_time": [], "time_twice": []}
        at = datetime(2013, 9, 4, tzinfo=UTC)  # a change: its first odd local time, and its instant
        while at < datetime(2026, 6, 20, tzinfo=UTC):
            before, at = at.astimezone(self.zone), at + 60 * minute
            if (old := before.utcoffset()) != (new := at.astimezone(self.zone).utcoffset()):
                rule = "absent_time" if old < new else "time_twice"
                self.changes[rule].append(((at + min(old, new)).replace(tzinfo=None), at))
        gap, fold = (at for _, at in (changes[-1] for changes in self.changes.values()))
        inside = (gap - 60 * minute).astimezone(
            self.zone
        ) + 90 * minute  # a time of the gap, by the offset before
        self.known = KNOWN | {"GAP": gap.isoformat(), "FOLD": fold.isoformat(), "INSIDE": inside.isoformat()}

    def plain(self, text: str) -> bool:
        """Whether a local time is there, and once; an empty cell is plain."""
        at = datetime.fromisoformat(text or "2020-01-01").replace(tzinfo=self.zone)
        return at.utcoffset() == at.replace(fold=1).utcoffset()

    def refer(self, text: str, by: str, how: str) -> str:
        """A date or a time, moved and shown: us (M/D/YYYY H:MM AM), z (in UTC), far (nine hours east)."""
        at = datetime.fromisoformat(text)
        move = timedelta(**{{"d": "days", "h": "hours", "m": "minutes"}[by[-1]]: int(by[:-1])})
        if len(text) > 10:
            at = (at if at.tzinfo else at.replace(tzinfo=self.zone)).astimezone(UTC)
        at += move
        if how in ("z", "far"):
            at = at.astimezone(timezone(timedelta(hours=9 * (how == "far"))))
            return at.isoformat(timespec="seconds").replace("+00:00", "Z")
        at = at.astimezone(self.zone) if at.tzinfo else at
        if at.tzinfo and not self.plain(f"{at:%Y-%m-%d %H:%M}"):
            return at.isoformat()
        day, time = (
            f"{at.month}/{at.day}/{at.year}" if how else f"{at:%Y-%m-%d}",
            f" {at.hour % 12 or 12}:{at:%M %p}",
        )
        return day + (time if how else f"{at: %H:%M}") * (len(text) > 10)

    def edit(self, row: Row, text: str) -> Row:
        """A copy of the row after an edit."""
        row = dict(row)
        for part in text.split("; ") if text else ():
            name, is_cell, value = part.partition("=")
            if not is_cell:
                row = self.edit(row, PRESETS[name])
                continue
            old, known, plain = row[name], row | self.known, value.replace("·", " ").replace("¶", "\n")
            refer = re.fullmatch(r"@(\w+)(?:([+-]\d+[dhm]) ?(us|z|far)?)?", value)
            if refer and refer[1] in known:
                row[name] = self.refer(known[refer[1]], refer[2], refer[3]) if refer[2] else known[refer[1]]
            elif value[:1] == "%":
                row[name] = old.ljust(int(value[1:3]) - len(value[3:]), "x") + value[3:]
            elif value[:1] == "≠":
                row[name] = next(other for other in value[1:].split(",") if other != old)
            else:
                row[name] = {"<": old[:-1], "^": old.upper(), "_": f" {old} ", "~": old + plain[1:]}.get(
                    value[:1], plain
                )
        return row
