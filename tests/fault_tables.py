"""Faults planted in clean tables: each breaks one rule of the tables' specification, on one row.

Written from the specification, not from the package that is tested. A preset first makes a row
consistent (a report, a closed finding, …), so that the one bad cell is all that is wrong with it.
Edits are written so: cells apart by "; ", each `field=value`, or the name of a preset. A value is
text (· is a space, ¶ a new line), or @field, moved by days, hours or minutes and shown otherwise
(us, z, far); ~x adds x to the cell, %65x fills it up to 65 characters that end in x, < chops it,
^ capitalises it, _ puts spaces round it. " or " stands between alternatives, each a row.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle, product
from pathlib import Path
from zoneinfo import ZoneInfo

Row = dict[str, str]
Shape = Callable[[list[str]], list[str]]
REG, LOG, AUD = "tool_registrations", "exception_log", "audit_findings"
KEY = {REG: "registration_id", LOG: "exception_id", AUD: "finding_id"}
EDGES = {"START": "2013-09-03 00:00", "END": "2026-07-01 00:00"}  # enactment; the end of as_of
ROLES = "certified|non_certified|coach|extracurricular_advisor|administrator"
# name:type, "!" where required, then the code list.
FIELDS = {
    REG: f"""registration_id:key! registered_on:date! school_id:school! employee_id:person!
employee_role:text!{ROLES} setting:text!classroom|athletic_team|extracurricular|school|department
group_name:text platform:text! account:text account_capacity:text!district_sponsored|professional
active_from:date! active_to:date disclosed_in:text|syllabus|team_rules|extracurricular_information
supervisor_notified_on:date suitability_review:text!approved|rejected|pending|not_requested
suitability_reviewed_on:date conduct_rules_published_on:date parents_informed_on:date
parents_told_contact_method:flag parents_told_conduct_expectations:flag
access:text!approved_participants|school_community|public|unknown settings_reviewed_on:date
participants:whole""",
    LOG: f"""exception_id:key! occurred_at:moment! logged_at:moment! school_id:school!
employee_id:person! employee_role:text!{ROLES}
kind:text!relative|emergency_contact|mandatory_report|individual_message|friend_or_follow|disclosure
channel:text!sms|mms|direct_message|friend_request|follow|post|other student_ref:person
registration_id:row reason:text report_basis:text|mandated|violence_or_self_harm
supervisor_notified_at:moment parent_informed_at:moment authority_reported_at:moment
written_report_at:moment outcome:text!upheld|violation|pending""",
    AUD: """finding_id:key! audit_id:text! audited_on:date! school_id:school! clause:text!
limb:text|a|b|c|d registration_id:row platform:text account:text account_registered:flag
result:text!no_finding|finding severity:text|low|moderate|high|critical summary:text
status:text|open|in_progress|closed|risk_accepted opened_on:date due_on:date revised_due_on:date
closed_on:date closure_verified_on:date repeat_of:text""",
}
ITEM = ["audit_id", "audited_on", "school_id", "clause", "limb", "registration_id", "platform", "account"]
ACCOUNT = ["audit_id", "registration_id", "platform", "account"]
PRESETS = {
    "decided": "suitability_review=approved; suitability_reviewed_on=@registered_on",
    "undecided": "suitability_review=pending; suitability_reviewed_on=",
    "untold": "parents_informed_on=; parents_told_contact_method=; parents_told_conduct_expectations=",
    "told": "parents_informed_on=@registered_on; parents_told_contact_method=true; "
    "parents_told_conduct_expectations=true",
    "plain": "kind=other; reason=; report_basis=; supervisor_notified_at=; parent_informed_at=; "
    "authority_reported_at=; written_report_at=",
    "urgent": "plain; kind=emergency_contact; reason=The bus broke down; "
    "supervisor_notified_at=@occurred_at+1h; parent_informed_at=@occurred_at+2h",
    "report": "plain; kind=mandatory_report; report_basis=mandated; "
    "authority_reported_at=@occurred_at+3h; written_report_at=@occurred_at+20h",
    "none": "result=no_finding; severity=; status=; opened_on=; due_on=; revised_due_on=; "
    "closed_on=; closure_verified_on=; repeat_of=",
    "open": "none; result=finding; severity=moderate; status=open; opened_on=@audited_on; "
    "due_on=@audited_on+30d",
    "closed": "open; status=closed; revised_due_on=@audited_on+40d; closed_on=@audited_on+35d; "
    "closure_verified_on=@audited_on+60d",
    "limbless": "limb=",
    "p3": "clause=P.3; limb=a",
}
# The preset under which a bad cell in the field breaks no rule but its own.
UNDER = (
    {"suitability_review": "undecided", "suitability_reviewed_on": "decided", "limb": "p3"}
    | {"parents_informed_on": "told", "clause": "limbless", "result": "none", "kind": "plain"}
    | dict.fromkeys(("parents_told_contact_method", "parents_told_conduct_expectations"), "untold")
    | dict.fromkeys(("report_basis", "authority_reported_at", "written_report_at"), "report")
    | dict.fromkeys(("severity", "status"), "open")
    | dict.fromkeys(("reason", "occurred_at"), "urgent")
    | dict.fromkeys(["opened_on", "due_on", "revised_due_on", "closed_on", "closure_verified_on"], "closed")
)
BLANK = ("", "···", "\u00a0", "N/A", "·\u00a0·", "NULL")
ERRORS = "#REF!;#N/A;#VALUE!;#DIV/0!;#NAME?;#NUM!"
BAD = {
    "date": "2025-02-31;3/5/24;2026-13-01;2024-03-05 (about);#REF!;2023-02-29;0203-05-01;2/29/2023;"
    "31/12/2024;20240305;2024-W10-2;2024-03;45356;March 5, 2024;05-MAR-24;soon;2024-00-10;#VALUE!",
    "moment": "2024-03-05;2025-02-31 10:00;3/5/24 10:00 AM;2024-03-05 25:00;2024-03-05 10:00 or so;"
    "#REF!;2023-02-29 09:00;0203-05-01 10:00;2024-13-01 10:00;2024-03-05 10:61;3/5/2024;noon;"
    "2024-03-05 10:00 EST;2024-03-05 10;2024-03-05T10:00:00+25:00;45356.4;31/12/2024 9:00 AM;#N/A",
    "flag": "maybe;2;#REF!;not yet;yes and no;tru",
    "whole": "1.5;twelve;#REF!;12 students;1_2",
    **dict.fromkeys(("text", "key", "school", "person", "row"), ERRORS),
}
LOOKS_LIKE = {
    "email": ("j.doe@example.org", "A_B+c@staff.k12.ct.us", "x-1@school.example"),
    "phone": ("203-555-0142", "(203) 555-0142", "2035550142", "203 555 0142", "+12035550142"),
    "ssn": ("078-05-1120", "219 09 9999", "000-12-3456"),
}
URLS = """javascript:alert(1) or ftp://example.org/a or mailto:j.doe@example.org or httpx://a.example \
or data:text/html,x or JaVaScRiPt:alert(1) or ·javascript:alert(1) or file:///c:/a.txt"""
HANDLES = "Room 12: science or https://example.org/a:b or HTTP://EXAMPLE.ORG/A or @norwalk_band"
# rule, "+" what it cannot but break besides | edit, with alternatives | what
RULES = {
    REG: f"""
registered_on.before_enactment | registered_on=2013-09-02 or 9/2/2013 or 1999-12-31 | too early
registered_on.later_than_as_of | registered_on=2026-07-01 or 7/1/2026 or 2031-01-01 | after as_of
participants.at_least | participants=-1 or -250 | fewer than none
platform.listed | platform=MySpace or Facebok or Yik Yak | a platform that the list does not know
account.url_scheme | account={URLS} | neither http nor https
account_capacity.personal | account_capacity=personal or ·personal· | a private account
active_to.before_active_from | active_to=@active_from-1d or @active_from-1d us | ends a day early
active_to.before_active_from | active_to=@active_from; active_from=@active_to+1d | begins a day late
suitability_reviewed_on.needed | suitability_reviewed_on=; suitability_review=approved or rejected | no day
suitability_reviewed_on.not_decided | decided; suitability_review=pending or not_requested | a day
parents_told_contact_method.needs_parents_informed_on | untold; parents_told_contact_method=true or Y | no day
parents_told_conduct_expectations.needs_parents_informed_on | untold; parents_told_conduct_expectations=true or 1 | no day
parents_told_contact_method.needs_parents_informed_on + parents_told_conduct_expectations.\
needs_parents_informed_on | told; parents_informed_on= | both told, on no day""",
    LOG: """
occurred_at.before_enactment | occurred_at=@START-1m or @START-1m z or @START-1m us or 2001-01-01 08:00 | too early
logged_at.later_than_as_of | logged_at=@END or @END z or @END us or @END+400d | logged after as_of
logged_at.before_occurred_at | plain; logged_at=@occurred_at-1m or @occurred_at-1m z or @occurred_at-1m far | early
supervisor_notified_at.before_occurred_at | urgent; supervisor_notified_at=@occurred_at-1m or @occurred_at-1m z | early
parent_informed_at.before_occurred_at | urgent; parent_informed_at=@occurred_at-1m or @occurred_at-1m far | early
authority_reported_at.before_occurred_at | report; authority_reported_at=@occurred_at-1m or @occurred_at-1m z | early
written_report_at.before_authority_reported_at | report; written_report_at=@authority_reported_at-1m or \
@authority_reported_at-1m far | early
reason.needed | urgent; reason= or \u00a0 | an emergency without a reason
report_basis.needed | report; report_basis= or \u00a0 | a report on no basis
written_report_at.needs_authority_reported_at | report; authority_reported_at= or N/A | written only
report_basis.not_a_report | plain; report_basis=mandated; kind=relative or individual_message or other | a basis
report_basis.not_a_report | urgent; report_basis=violence_or_self_harm | an emergency, and a basis
authority_reported_at.not_a_report | plain; authority_reported_at=@occurred_at+1h; kind=relative or \
individual_message or friend_or_follow or disclosure or other | no report, yet reported
authority_reported_at.not_a_report | urgent; authority_reported_at=@occurred_at | an emergency, reported
authority_reported_at.not_a_report + authority_reported_at.before_occurred_at | plain; \
authority_reported_at=@occurred_at-1m | no report, and early""",
    AUD: f"""
audited_on.before_enactment | audited_on=2013-09-02 or 9/2/2013 | before the policy
audited_on.later_than_as_of | audited_on=2026-07-01; open | audited after as_of
audited_on.later_than_as_of | none; audited_on=7/1/2026 or 2030-02-28 | audited after as_of
clause.audited | limb=; clause=P.1 or P.2 or L.1 or Z.9 or b.4 or A.1 or P.3a | no audited clause
limb.needed | clause=P.3; limb=; none or open | P.3 without a limb
limb.not_p3 | clause=B.1; limb=a; none or open | a limb of another clause
platform.listed | platform=MySpace or Facebok or Yik Yak | a platform that the list does not know
account.url_scheme | account={URLS} | neither http nor https
status.unreadable | closed; status=#REF! or #N/A | closed, and its status an error
severity.no_finding | none; severity=low or critical | no finding, and a severity
status.no_finding | none; status=open or in_progress | no finding, and a status
opened_on.no_finding | none; opened_on=@audited_on+3d or @audited_on us | no finding, and opened
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
closed_on.not_closed | open; closed_on=@opened_on+9d; status=open or in_progress | closed and not closed
closed_on.not_closed | none; closed_on=@audited_on+9d | no finding, and closed
closure_verified_on.needs_closed_on | open; closure_verified_on=@audited_on+9d or @audited_on+9d us | only verified
closure_verified_on.needs_closed_on | none; closure_verified_on=@audited_on+9d | no finding, and verified
revised_due_on.needs_due_on | closed; due_on= or N/A | only revised
revised_due_on.needs_due_on | none; revised_due_on=@audited_on+9d | no finding, and revised
repeat_of.known | open; repeat_of=no-such-finding or F 1 \u00e9 | repeats what is not there""",
}
# What looks odd, and must be accepted without any problem.
CONTROLS = {
    REG: f"""
registered_on=@registered_on us | M/D/YYYY
registered_on=2013-09-03 or 9/3/2013 or 2026-06-30 or 6/30/2026 | the first day and the last
active_from=2009-08-31 or 8/31/2009 | in use before enactment
active_to=@active_from or @active_from us | in use for one day
told; parents_told_contact_method=yes or Y or 1 or TRUE | other words for true
untold; parents_told_conduct_expectations=no or N or 0 or FALSE | other words for false
conduct_rules_published_on=2024-02-29 or 2/29/2024 or 2000-02-29 | 29 February of a leap year
supervisor_notified_on=2027-01-15 or 1998-06-01 | an event out of the measures' time
registration_id=%64x or ~/a_b.c-D | a key at its limits
registration_id=_ | spaces round a key
school_id=_ | spaces round a cell
participants=0 or ·7· | a number at its limit
group_name=N/A or NULL or ··· or Band,¶"brass";·drums or \u00c9cole \u4e2d | free text
platform=Twitter or Insta | another name of a platform
employee_id=20260630 or E-203-0412 | like a number, and no phone
account={HANDLES} or N/A or Grade 5: a, b | a handle, or an http address""",
    LOG: """
plain; occurred_at=@occurred_at z or @occurred_at us or @occurred_at far or _ | the same time otherwise
plain; occurred_at=@START or @START z or @START us or @START far | the first minute of the policy
plain; logged_at=@END-1m or @END-1m z or @END-1m us or @END-1m far | the last minute of as_of
plain; logged_at=@occurred_at or @occurred_at z or @occurred_at us | logged at once
urgent; supervisor_notified_at=@occurred_at far or @occurred_at | notified at once
report; written_report_at=@authority_reported_at z or @END+40d | written at once, or after as_of
exception_id=%64x or _ or ~/a_b.c-D | a key at its limits
student_ref=N/A or S-01234 | a pseudonym, or none
plain; reason=Band,¶"brass";·drums | free text of two lines""",
    AUD: f"""
audited_on=@audited_on us or _ | the same day otherwise
none; audited_on=2013-09-03 or 9/3/2013 or 2026-06-30 | the first day and the last
closed; due_on=@opened_on; revised_due_on=@opened_on; closed_on=@opened_on; closure_verified_on=@opened_on us | one day
open; status=closed; closed_on=2026-12-01 or 12/1/2026 | closed after as_of
open; status=risk_accepted; closed_on=@opened_on | accepted at once
open; due_on= or 2028-02-29 or N/A | promised for no day, or for 29 February
finding_id=%64x or _ or ~/a_b.c-D | a key at its limits
account_registered=Y or No | yes and no
platform=Twitter or Insta | another name of a platform
account={HANDLES} | a handle, or an http address
summary=see #REF! in the sheet or =1+1 or Band,¶"brass";·drums | free text""",
}
WARNINGS = (
    "later_than_as_of",
    "looks_like_email",
    "looks_like_phone",
    "looks_like_ssn",
    "personal",
    "platform.listed",
    "set_aside",
    "repeat_of.known",
    "repeat_of.school",
    "repeat_of.clause",
    "repeat_of.earlier",
    "beside_a_finding",
    "disagrees",
    "time_twice",
)


@dataclass(frozen=True)
class Fault:
    """One fault; `also` holds (rule, severity) of what it cannot but break besides."""

    table: str
    row: int  # of the clean rows, from 0; rows appended at the end have the indices after them
    rule: str
    severity: str
    also: frozenset[tuple[str, str]]
    what: str


@dataclass
class Planted:
    """What `plant` returns.

    `tables`: every table as lists of cells, without its header. `touched`: rows that the rules name
    in consequence of a fault. `odd`: rows edited so that they look odd, and why; each must pass
    without any problem. A row in none of these stands as it stood.
    """

    tables: dict[str, list[list[str]]]
    faults: list[Fault] = field(default_factory=list)
    touched: set[tuple[str, int]] = field(default_factory=set)
    odd: dict[tuple[str, int], str] = field(default_factory=dict)

    @property
    def controls(self) -> set[tuple[str, int]]:
        """The rows that must be accepted."""
        return set(self.odd)


@dataclass(frozen=True)
class _Spec:
    rule: str
    edit: str
    what: str
    also: tuple[str, ...] = ()
    shape: Shape | None = None


def _severity(rule: str) -> str:
    return "warning" if rule.endswith(WARNINGS) else "critical"


def _fields(table: str) -> Iterator[tuple[str, str, bool, list[str]]]:
    for word in FIELDS[table].split():
        name, _, rest = word.partition(":")
        kind = re.match("[a-z]+", rest)[0]
        yield name, kind, "!" in rest, re.findall("[a-z_]+", rest)[1:]


class _Clock:
    """Local times of a zone, and the edits that are written with them."""

    def __init__(self, zone: str) -> None:
        self.zone = ZoneInfo(zone)
        self.changes: dict[str, list[tuple[datetime, datetime]]] = {"absent_time": [], "time_twice": []}
        at = datetime(2013, 9, 4, tzinfo=UTC)  # a change: its first odd local time, and its instant
        before = at.astimezone(self.zone).utcoffset()
        while at < datetime(2026, 6, 20, tzinfo=UTC):
            at += timedelta(hours=1)
            after = at.astimezone(self.zone).utcoffset()
            if after != before:
                rule = "absent_time" if after > before else "time_twice"
                self.changes[rule].append(((at + min(before, after)).replace(tzinfo=None), at))
            before = after

    def plain(self, text: str) -> bool:
        """Whether a local time is there, and once; of an empty cell, yes."""
        at = datetime.fromisoformat(text or "2020-01-01").replace(tzinfo=self.zone)
        return at.utcoffset() == at.replace(fold=1).utcoffset()

    def show(self, at: datetime, how: str = "") -> str:
        """An instant as local text (us: M/D/YYYY H:MM AM), in UTC (z) or far off."""
        if how == "z":
            return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        if how == "far":
            return (at.astimezone(UTC) + timedelta(hours=9)).isoformat()[:19] + "+09:00"
        local = at.astimezone(self.zone)
        if not self.plain(f"{local:%Y-%m-%d %H:%M}"):
            return local.isoformat()
        american = f"{local.month}/{local.day}/{local.year} {local.hour % 12 or 12}:{local:%M %p}"
        return american if how == "us" else f"{local:%Y-%m-%d %H:%M}"

    def refer(self, text: str, by: str, how: str) -> str:
        """A date or a time of another cell, moved and shown otherwise."""
        move = timedelta(**{{"d": "days", "h": "hours", "m": "minutes"}[by[-1]]: int(by[:-1])})
        at = datetime.fromisoformat(text)
        if len(text) == 10:
            at += move
            return f"{at.month}/{at.day}/{at.year}" if how == "us" else f"{at:%Y-%m-%d}"
        return self.show((at if at.tzinfo else at.replace(tzinfo=self.zone)).astimezone(UTC) + move, how)

    def edit(self, row: Row, text: str) -> Row:
        """The row after an edit."""
        row = dict(row)
        for part in text.split("; ") if text else ():
            name, is_cell, value = part.partition("=")
            if not is_cell:
                row = self.edit(row, PRESETS[name])
                continue
            old, refer = row[name], re.fullmatch(r"@(\w+?)([+-]\d+[dhm])?(?: (us|z|far))?", value)
            if refer and refer[1] in (row | EDGES):
                row[name] = self.refer((row | EDGES)[refer[1]], refer[2] or "0d", refer[3] or "")
            elif value[:1] == "%":
                row[name] = old.ljust(int(value[1:3]) - len(value) + 3, "x") + value[3:]
            elif value[:1] == "~":
                row[name] = old + value[1:].replace("·", " ").replace("¶", "\n")
            else:
                odd = {"<": old[:-1], "^": old.upper(), "_": f" {old} "}
                row[name] = odd.get(value, value.replace("·", " ").replace("¶", "\n"))
        return row


def _lines(text: str) -> Iterator[tuple[str, ...]]:
    """The lines of a table of edits, one for each alternative."""
    for line in text.strip("\n").split("\n"):
        *head, edit, what = line.split(" | ")
        parts = []
        for part in edit.split("; "):
            name, is_cell, values = part.partition("=") if "=" in part else ("", "", part)
            parts.append([f"{name}{is_cell}{value}" for value in values.split(" or ")])
        for chosen in product(*parts):
            yield *head, "; ".join(chosen), what


def _specs(table: str, clock: _Clock) -> Iterator[_Spec]:
    """Every fault of a table that needs no other row."""
    turns = {kind: cycle(bad.split(";")) for kind, bad in BAD.items()} | {"blank": cycle(BLANK)}
    key, last = KEY[table], FIELDS[table].split()[-1]
    for name, kind, required, values in _fields(table):
        under = UNDER.get(name, "") and UNDER[name] + "; "
        for _ in range(2 * required):
            yield _Spec(f"{name}.required", f"{under}{name}={next(turns['blank'])}", "nothing in it")
        for _ in range(3 if kind in ("date", "moment") else 2):
            yield _Spec(f"{name}.unreadable", f"{under}{name}={next(turns[kind])}", f"no {kind}")
        for bad in ("none of these", values[0].upper(), values[-1] + "s") if values else ():
            yield _Spec(f"{name}.listed", f"{under}{name}={bad}", "not on the list")
        for like, people in LOOKS_LIKE.items() if kind == "person" else ():
            yield from (_Spec(f"{name}.looks_like_{like}", f"{name}={who}", "no pseudonym") for who in people)
        for bad in {"row": ("no-such-row", "R 404"), "school": ("Hogwarts", "<", "^")}.get(kind, ()):
            yield _Spec(f"{name}.known{'_row' * (kind == 'row')}", f"{name}={bad}", "not known")
        for rule, minutes in product(clock.changes if kind == "moment" else (), (0, 30, 59)):
            wall, at = next(turns.setdefault(rule, cycle(clock.changes[rule])), (None, None))
            if wall:
                text = f"{wall + timedelta(minutes=minutes):%Y-%m-%d %H:%M}"
                text = {0: text, 30: f"{text[5:7]}/{text[8:10]}/{text[:4]} {text[11:]} AM", 59: f"{text}:59"}[
                    minutes
                ]
                start = clock.show(at + timedelta(hours=2 if name == "occurred_at" else -6), "z")
                edit = f"occurred_at={start}; report; logged_at=@occurred_at+40h; {name}={text}"
                yield _Spec(f"{name}.{rule}", edit, f"clocks change, {wall.year}")
    for end in (" 1", "\u00e9", "¶1", "\uff11", "#", "\u200b", ",2", "\u0661"):
        yield _Spec(f"{key}.characters", f"{key}=~{end}", "a character that a key may not hold")
    for fill, also in (("%65-", ()), ("%99.", ()), ("%70 z", (f"{key}.characters",))):
        yield _Spec(f"{key}.length", f"{key}={fill}", f"{fill[1:3]} characters", also)
    shapes: dict[str, Shape] = {
        "a cell more": lambda c: [*c, "stray"], "three more": lambda c: [*c, "a", "", "b"],
        "a comma split a cell": lambda c: [*c[:3], "a", *c[3:]]}  # fmt: skip
    if "!" not in last:
        shapes["the last cell is missing"] = lambda c: c[:-1]
    yield from (_Spec("ragged", "", what, shape=shape) for what, shape in shapes.items())
    for rule, edit, what in _lines(RULES[table]):
        rule, *also = rule.split(" + ")
        yield _Spec(rule, edit, what, tuple(also))


class _Planter:
    def __init__(self, tables: dict[str, list[Row]], seed: int, zone: str) -> None:
        lists = Path(__file__).parents[1] / "data_schemas"
        with (lists / "platforms.csv").open() as one, (lists / "platform_aliases.csv").open() as two:
            self.platforms = {line.split(",")[0].strip() for line in (*one, *two)} | {""}
        self.clock, self.random = _Clock(zone), random.Random(seed)
        self.rows = {table: [dict(row) for row in rows] for table, rows in tables.items()}
        self.size = {table: len(rows) for table, rows in tables.items()}
        self.planted = Planted({t: [list(row.values()) for row in rows] for t, rows in tables.items()})
        self.used: set[tuple[str, int]] = set()
        self.refers = Counter(row["registration_id"] for table in (LOG, AUD) for row in tables[table])
        self.named = {row["repeat_of"] for row in tables[AUD]}
        self.items = Counter(tuple(row[name] for name in ITEM) for row in tables[AUD])
        self.order = {
            table: [i for i, row in enumerate(rows) if self.spotless(table, row)]
            for table, rows in tables.items()
        }
        for order in self.order.values():
            self.random.shuffle(order)
        self.order[REG].sort(key=lambda i: self.refers[tables[REG][i]["registration_id"]])

    def spotless(self, table: str, row: Row) -> bool:
        """Whether the row breaks no rule as it stands, and no other row hangs on it but by registration."""
        if table == AUD and (
            row["finding_id"] in self.named or row["repeat_of"] or self.items[tuple(row[n] for n in ITEM)] > 1
        ):
            return False
        if any(
            re.search("@|[0-9]{3}.*[0-9]{4}", row.get(name, "")) for name in ("employee_id", "student_ref")
        ):
            return False
        begins = {REG: "registered_on", LOG: "logged_at", AUD: "audited_on"}[table]
        times = (row[name] for name, kind, *_ in _fields(table) if kind == "moment")
        return (row[begins] < EDGES["END"][:10] and row.get("account_capacity") != "personal"
                and row.get("platform", "") in self.platforms and all(map(self.clock.plain, times)))  # fmt: skip

    def stands_apart(self, i: int, new: Row, old: Row) -> bool:
        """Whether an audited row is the only one of its item, and at odds with none of its account."""
        blank = {name: new[name] if new[name] == old[name] else "" for name in new}
        mine = [tuple(row[n] for n in ITEM) for row in (new, blank)]
        for j, row in enumerate(self.rows[AUD]):
            if j != i and (tuple(row[n] for n in ITEM) in mine or (row["account_registered"] and new["account_registered"]
                           and row["account_registered"] != new["account_registered"]
                           and any(all(row[n] == me[n] for n in ACCOUNT) for me in (new, blank)))):  # fmt: skip
                return False
        return True

    def take(
        self, table: str, edit: str, *, alone: bool = False, linked: bool = False, apart: bool = True
    ) -> tuple[int, Row]:
        """Edit the next row that fits: one that no other table names, if it can be, or (linked) one that is."""
        for i in self.order[table][:: -1 if linked else 1]:
            old = self.rows[table][i]
            if (table, i) in self.used or (alone and table == REG and self.refers[old["registration_id"]]):
                continue
            new = self.clock.edit(old, edit)
            if table == AUD and apart and not self.stands_apart(i, new, old):
                continue
            self.used.add((table, i))
            self.rows[table][i] = new
            self.planted.tables[table][i] = list(new.values())
            return i, old
        raise ValueError(f"too few rows in {table} for {edit!r}")

    def note(self, table: str, i: int, rule: str, what: str, also: tuple[str, ...] = ()) -> None:
        besides = frozenset((a, _severity(a)) for a in also)
        self.planted.faults.append(Fault(table, i, rule, _severity(rule), besides, what))

    def fault(self, table: str, spec: _Spec, *, apart: bool = True) -> int:
        warns = _severity(spec.rule) == "warning"
        alone = f"{KEY[table]}=" in spec.edit or spec.shape is not None
        i, old = self.take(table, spec.edit, alone=alone, linked=warns, apart=apart)
        if spec.shape:
            self.planted.tables[table][i] = spec.shape(self.planted.tables[table][i])
        self.note(table, i, spec.rule, spec.what, spec.also)
        if table == REG and not warns:
            self.set_aside(old["registration_id"])
        return i

    def set_aside(self, key: str) -> None:
        """Rows that refer to a registration set aside get a warning: they are touched, and left alone."""
        for table in (LOG, AUD):
            hit = {(table, i) for i, row in enumerate(self.rows[table]) if row["registration_id"] == key}
            self.planted.touched |= hit
            self.used |= hit

    def control(self, table: str, edit: str, what: str) -> int:
        i, _ = self.take(table, edit, alone=f"{KEY[table]}=" in edit, linked=True)
        self.planted.odd[table, i] = what
        return i

    def append(self, table: str, row: Row, rule: str, what: str) -> None:
        self.rows[table].append(row)
        self.planted.tables[table].append(list(row.values()))
        self.note(table, len(self.rows[table]) - 1, rule, what)

    def copies(self, table: str) -> None:
        """Rows twice: exact, exact but written otherwise, and with one cell that differs."""
        text = {REG: "group_name", LOG: "reason", AUD: "summary"}[table]
        otherwise = "; ".join(
            f"{n}={value}" for n, kind, *_ in _fields(table)
            for value in ({"date": f"@{n} us", "moment": f"@{n} z"}.get(kind, "_"),))  # fmt: skip
        for edits in (("",), ("", otherwise), (otherwise,)):
            i = self.control(table, "", "the first of rows that are the same")
            for edit in edits:
                row = self.rows[table][i]
                spelled = (
                    "; ".join(part for part in edit.split("; ") if row[part.partition("=")[0]])
                    if edit
                    else ""
                )
                self.append(table, self.clock.edit(row, spelled), "same_row", "the same row again")
        for edits in ((f"{text}=~ (2)",), (f"{KEY[table]}=_; {text}=~ (2)",), ("", f"{text}=another")):
            i, row = self.take(table, "", alone=table == REG)
            self.planted.touched.add((table, i))
            for edit in edits:
                rule = f"{KEY[table]}.unique" if edit else "same_row"
                self.append(
                    table, self.clock.edit(row, edit), rule, "a key twice" if edit else "the same row again"
                )

    def across(self) -> None:
        """Faults that lie between rows: repeats, items and accounts at odds, registrations set aside."""
        found = [
            row
            for row in self.rows[AUD]
            if row["result"] == "finding" and row["finding_id"] not in self.changed
        ]
        for rule, differs in (
            ("repeat_of.school", "school_id"),
            ("repeat_of.clause", "clause"),
            ("repeat_of.earlier", ""),
        ):
            for _ in range(3):
                i, old = self.take(AUD, "open", alone=True)
                same = [row for row in found if row["finding_id"] != old["finding_id"]
                        and all((row[n] == old[n]) == (n != differs) for n in ("school_id", "clause"))]  # fmt: skip
                later = rule == "repeat_of.earlier"
                fits = [row for row in same if (row["audited_on"] >= old["audited_on"]) == later]
                if not fits:
                    continue
                self.planted.tables[AUD][i] = list(
                    (self.rows[AUD][i] | {"repeat_of": fits[0]["finding_id"]}).values()
                )
                self.note(AUD, i, rule, "repeats the wrong finding")
        for n in range(2):
            i, _ = self.take(AUD, "none", alone=True)
            row = self.rows[AUD][i]
            self.note(AUD, i, "result.beside_a_finding", "no finding, beside a finding of the same item")
            self.rows[AUD].append(self.clock.edit(row, f"finding_id=F-beside-{n}; open"))
            self.planted.tables[AUD].append(list(self.rows[AUD][-1].values()))
        for n in range(2):
            i, _ = self.take(
                AUD, f"none; clause=A.1b; limb=; account=@planted_{n}; account_registered=yes", alone=True
            )
            row = self.rows[AUD][i]
            self.note(AUD, i, "account_registered.disagrees", "in the register, and not")
            other = f"finding_id=F-differs-{n}; clause=A.2; account_registered=no"
            self.append(
                AUD, self.clock.edit(row, other), "account_registered.disagrees", "in the register, and not"
            )
        for table in (LOG, AUD):
            for n in range(2):
                i, _ = self.take(REG, "employee_role=captain", alone=True)
                self.note(REG, i, "employee_role.listed", "not on the list")
                key = self.rows[REG][i]["registration_id"]
                j, _ = self.take(
                    table, f"registration_id={key}" if table == LOG else f"none; registration_id={key}"
                )
                self.note(table, j, "registration_id.set_aside", f"names a registration set aside ({n})")

    @property
    def changed(self) -> set[str]:
        """Keys of the findings that were edited."""
        return {
            self.rows[AUD][i]["finding_id"] for table, i in self.used if table == AUD and i < self.size[AUD]
        }


def plant(
    tables: dict[str, list[Row]], *, count: int = 300, seed: int = 1, zone: str = "America/New_York"
) -> Planted:
    """Plant faults over every rule, and rows that look odd and are right.

    Args:
        tables: the three tables as clean rows of text.
        count: the least number of faults.
        seed: which rows are taken.
        zone: in which local times are written.
    """
    planter = _Planter(tables, seed, zone)
    planter.across()
    for table in (REG, LOG, AUD):
        for spec in _specs(table, planter.clock):
            planter.fault(table, spec)
        for edit, what in _lines(CONTROLS[table]):
            planter.control(table, edit, what)
        planter.copies(table)
    assert len(planter.planted.faults) >= count
    return planter.planted
