"""Faults planted in clean tables: each breaks one rule of the tables' specification, on one row.

Written from the specification, not from the package that is tested. A preset first makes a row consistent
(a report, a closed finding, …), so that the one bad cell is all that is wrong with it. An edit is cells apart
by "; ", each `field=value` or the name of a preset, done in turn. A value is text (· a space, ¶ a new line);
@field, of the row or of KNOWN, moved by days, hours or minutes and shown otherwise (us, z, far); ~x adds x to
the cell; %65x fills it up to 65 characters that end in x; ≠x,y is the first of these that it is not; < chops
it, ^ capitalises it, _ puts spaces round it. " or " stands between alternatives, each a row of its own; a line that
ends in a list of names is a line for each of them, {0}, and what follows its "<", {1}.
"""
# fmt: off

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from itertools import cycle, product
from zoneinfo import ZoneInfo

Row = dict[str, str]
REG, LOG, AUD = "tool_registrations", "exception_log", "audit_findings"
KEY = {REG: "registration_id", LOG: "exception_id", AUD: "finding_id"}
KNOWN = {"START": "2013-09-03 00:00", "END": "2026-07-01 00:00"}  # enactment; where as_of ends
ROLES = "certified|non_certified|coach|extracurricular_advisor|administrator"
# name:type, "!" where required, the code list; after "/" the preset under which a bad cell breaks no other rule.
_FIELDS = {
    REG: f"""registration_id:key! registered_on:date! school_id:school! employee_id:person! employee_role:text!{ROLES} group_name:text
setting:text!classroom|athletic_team|extracurricular|school|department platform:text! account:text active_from:date! active_to:date
account_capacity:text!district_sponsored|professional|personal disclosed_in:text|syllabus|team_rules|extracurricular_information
supervisor_notified_on:date suitability_review:text!approved|rejected|pending|not_requested/undecided suitability_reviewed_on:date/decided
conduct_rules_published_on:date parents_informed_on:date/told parents_told_contact_method:flag/untold settings_reviewed_on:date
parents_told_conduct_expectations:flag/untold access:text!approved_participants|school_community|public|unknown participants:whole""",
    LOG: f"""exception_id:key! occurred_at:moment!/urgent logged_at:moment! school_id:school! employee_id:person! employee_role:text!{ROLES}
kind:text!relative|emergency_contact|mandatory_report|individual_message|friend_or_follow|disclosure|other/plain student_ref:person
channel:text!sms|mms|direct_message|friend_request|follow|post|other registration_id:row reason:text/urgent
report_basis:text|mandated|violence_or_self_harm/report supervisor_notified_at:moment/urgent parent_informed_at:moment/urgent
authority_reported_at:moment/report written_report_at:moment/report outcome:text!upheld|violation|pending""",
    AUD: """finding_id:key! audit_id:text! audited_on:date! school_id:school! clause:text!/limbless limb:text|a|b|c|d/p3 registration_id:row
platform:text account:text account_registered:flag result:text!no_finding|finding/none severity:text|low|moderate|high|critical/open
summary:text status:text|open|in_progress|closed|risk_accepted/open opened_on:date/closed due_on:date/closed revised_due_on:date/closed
closed_on:date/closed closure_verified_on:date/closed repeat_of:text""",
}
FIELDS = {table: re.findall(r"(\w+):(\w+)(!?)\|?([\w|]*)/?(\w*)", text) for table, text in _FIELDS.items()}
ACCOUNT = ("audit_id", "registration_id", "platform", "account")
PLATFORMS = ("", "Facebook", "X", "Twitter", "Instagram", "Pinterest", "YouTube", "Remind", "Google Classroom", "WordPress")
PRESETS: Row = dict(re.findall("(.+?): (.+)", """
decided: suitability_review=approved; suitability_reviewed_on=@registered_on
undecided: suitability_reviewed_on=
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
same: audit_id=@of_audit_id; audited_on=@of_audited_on; school_id=@of_school_id; clause=@of_clause; limb=@of_limb; registration_id=@of_registration_id; platform=@of_platform; account=@of_account; account_registered=@of_account_registered; none
"""))
BAD = {
    "blank": ";···;\u00a0;N/A;·\u00a0·;NULL",
    "date": "2025-02-31;3/5/24;2026-13-01;2024-03-05 (about);#REF!;2023-02-29;0203-05-01;2/29/2023;31/12/2024;20240305;soon;"
    "2024-W10-2;2024-03;45356;March 5, 2024;05-MAR-24;2024-00-10;#VALUE!",
    "moment": "2024-03-05;2025-02-31 10:00;3/5/24 10:00 AM;2024-03-05 25:00;2024-03-05 10:00 or so;#REF!;noon;3/5/2024;45356.4;#N/A;"
    "2023-02-29 09:00;0203-05-01 10:00;2024-13-01 10:00;2024-03-05 10:61;2024-03-05 10:00 EST;2024-03-05 10;31/12/2024 9:00 AM;"
    "2024-03-05T10:00:00+25:00",
    "flag": "maybe;2;#REF!;not yet;yes and no;tru",
    "whole": "1.5;twelve;#REF!;12 students;1_2",
    **dict.fromkeys(("text", "key", "school", "person", "row"), "#REF!;#N/A;#VALUE!;#DIV/0!;#NAME?;#NUM!"),
}
LOOKS_LIKE = {
    "email": "j.doe@example.org;A_B+c@staff.k12.ct.us;x-1@school.example",
    "phone": "203-555-0142;(203) 555-0142;2035550142;203 555 0142;+12035550142",
    "ssn": "078-05-1120;219 09 9999;000-12-3456",
}
# Rule, " + " what it cannot but break besides, or that it looks odd and must be accepted | edit | what.
EITHER = """
platform.listed | platform=MySpace or Facebok or Yik Yak | a platform that the list does not know
account.url_scheme | account=javascript:alert(1) or ftp://example.org/a or mailto:j.doe@example.org or data:text/html,x or httpx://a.example or JaVaScRiPt:alert(1) or ·javascript:alert(1) or file:///c:/a.txt | neither http nor https
accepted | platform=Twitter or Insta | another name of a platform
accepted | account=Room 12: science or https://example.org/a:b or HTTP://EXAMPLE.ORG/A or @norwalk_band or N/A | a handle, or an http address"""
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
{{0}}.needs_parents_informed_on | untold; {{0}}=true or Y or 1 | on no day | parents_told_contact_method parents_told_conduct_expectations
parents_told_contact_method.needs_parents_informed_on + parents_told_conduct_expectations.needs_parents_informed_on | told; parents_informed_on= | both on no day
accepted | registered_on=@registered_on+0d us or _ or 2013-09-03 or 9/3/2013 or 2026-06-30 or 6/30/2026 | the first day, the last, spaces
accepted | active_from=2009-08-31 or 8/31/2009; active_to= or @active_from | in use before enactment, or for one day
accepted | told; parents_told_contact_method=yes or Y or 1 or TRUE | other words for true
accepted | untold; parents_told_conduct_expectations=no or N or 0 or FALSE | other words for false
accepted | conduct_rules_published_on=2024-02-29 or 2/29/2024 or 2000-02-29 or 2027-01-15 or 1998-06-01 | leap years, and far days
accepted | registration_id=%64x or ~/a_b.c-D or _ or ~·\u00a0 | a key at its limits, or spaces round it
accepted | participants=0 or ·7· | a number at its limit
accepted | group_name=N/A or ··· or Band,¶"brass": drums or \u00c9cole \u4e2d or see #REF! there or =1+1 | free text
accepted | employee_id=20260630 or E-203-0412 | a number that is no phone's""",
    LOG: """
occurred_at.before_enactment | occurred_at=@START-1m or @START-1m z or @START-1m us or 2001-01-01 08:00 | too early
logged_at.later_than_as_of | logged_at=@END or @END+0m z or @END+0m us or @END+400d | logged after as_of
logged_at.before_occurred_at | plain; logged_at=@occurred_at-1m or @occurred_at-1m z or @occurred_at-1m far | a minute early
logged_at.before_occurred_at | plain; occurred_at=@FOLD+20m; logged_at=@FOLD-20m | early, though it reads later
{0}.before_{1} | urgent; {0}=@{1}-1m or @{1}-1m z or @{1}-1m far | a minute early | supervisor_notified_at<occurred_at parent_informed_at<occurred_at
{0}.before_{1} | report; {0}=@{1}-1m or @{1}-1m us or @{1}-1m far | a minute early | authority_reported_at<occurred_at written_report_at<authority_reported_at
{0}.needed | {1}; {0}= or \u00a0 | nothing where it is needed | reason<urgent report_basis<report
written_report_at.needs_authority_reported_at | report; authority_reported_at= or N/A | written only
report_basis.not_a_report | urgent or plain; report_basis=mandated or violence_or_self_harm | no report, and a basis
authority_reported_at.not_a_report | plain; authority_reported_at=@occurred_at+1h; kind=relative or individual_message or friend_or_follow or disclosure | no report, yet reported
authority_reported_at.not_a_report | urgent; authority_reported_at=@occurred_at | an emergency, reported
authority_reported_at.not_a_report + authority_reported_at.before_occurred_at | plain; authority_reported_at=@occurred_at-1m | no report, and early
registration_id.set_aside | registration_id=@registered_on.unreadable or @access.required or @registration_id.characters or @twin | names a registration set aside
accepted | plain; occurred_at=@occurred_at+0m z or @occurred_at+0m us or @occurred_at+0m far or _ or @START or @START+0m z or @START+0m us or @START+0m far | the same time otherwise, or the first minute of the policy
accepted | plain; logged_at=@END-1m or @END-1m z or @END-1m us or @END-1m far or @occurred_at or @occurred_at+0m z or @occurred_at+0m us | logged in the last minute of as_of, or at once
accepted | plain; occurred_at=@GAP-1m or @GAP+0m or @FOLD-61m or @FOLD-20m or @FOLD+20m or @FOLD+60m or @INSIDE; logged_at=@occurred_at+40h | about a clock change
accepted | plain; occurred_at=@FOLD-20m; logged_at=@FOLD+20m | one after the other, though it reads otherwise
accepted | urgent; supervisor_notified_at=@occurred_at+0m far or @occurred_at | notified at once
accepted | report; written_report_at=@authority_reported_at+0m z or @END+40d | written at once, or after as_of
accepted | exception_id=%64x or _ or ~/a_b.c-D | a key at its limits, or spaces round it
accepted | student_ref=N/A or S-01234 | a pseudonym, or none
accepted | registration_id=@kept | names a registration of which only a copy was set aside""",
    AUD: f"""{EITHER}
audited_on.before_enactment | audited_on=2013-09-02 or 9/2/2013 | before the policy
audited_on.later_than_as_of | audited_on=2026-07-01 or 2030-02-28; open or none | audited after as_of
clause.audited | limb=; clause=P.1 or P.2 or L.1 or Z.9 or b.4 or A.1 or P.3a | no audited clause
limb.needed | clause=P.3; limb=; none or open | P.3 without a limb
limb.not_p3 | clause=B.1; limb=a; none or open | a limb of another clause
status.unreadable | closed; status=#REF! or #N/A | closed, and its status an error
{{0}}.no_finding | none; {{0}}={{1}} | no finding, and more | severity<low severity<critical status<open status<in_progress
{{0}}.no_finding | none; {{0}}=@audited_on+3d or @audited_on+3d us | no finding, and a day | opened_on due_on
{{0}}.needed | open; {{0}}= or ··· or \u00a0 or n/a | a finding without one | severity status opened_on
status.needed + closed_on.not_closed | closed; status= | closed, its status empty
{{0}}.before_{{1}} | closed; {{0}}=@{{1}}-1d or @{{1}}-1d us | a day early | opened_on<audited_on due_on<opened_on revised_due_on<due_on closed_on<opened_on closure_verified_on<closed_on
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
registration_id.set_aside | registration_id=@registered_on.unreadable or @access.required or @registration_id.characters or @twin | names a registration set aside
accepted | none; audited_on=@audited_on+0d us or _ or 2013-09-03 or 9/3/2013 or 2026-06-30 | the same day otherwise, the first day, the last
accepted | closed; due_on=@opened_on; revised_due_on=@opened_on; closed_on=@opened_on; closure_verified_on=@opened_on+0d us | one day
accepted | open; closed_on=2026-12-01; status=closed or risk_accepted | closed after as_of
accepted | open; due_on= or 2028-02-29 or N/A | promised for no day, or for 29 February
accepted | finding_id=%64x or _ or ~/a_b.c-D | a key at its limits, or spaces round it
accepted | account_registered=Y or No | yes and no
accepted | again; audited_on=@of_audited_on+1d us | repeats an earlier finding
accepted | same; account=~x | no finding, beside one of another account
accepted | registration_id=@kept | names a registration of which only a copy was set aside""",
}
WARNINGS = "later_than|looks_like|[.]personal|platform[.]listed|set_aside|repeat_of[.](?!unr)|beside_a|disagrees|twice"
RAGGED: dict[str, Callable[[list[str]], list[str]]] = {
    "one cell more": lambda cells: [*cells, "stray"],
    "a comma split a cell": lambda cells: [*cells[:3], "a", *cells[3:]],
    "the last cell is missing": lambda cells: cells[:-1],
}


@dataclass(frozen=True)
class Fault:
    """One fault; `also` holds (rule, severity) of what it cannot but break besides."""

    table: str
    row: int  # of the clean rows, from 0; rows appended at the end have the numbers after them
    rule: str
    severity: str
    also: frozenset[tuple[str, str]]
    what: str


@dataclass
class Planted:
    """What `plant` returns; a row in none of its parts stands, and must fare, as in the clean tables.

    `tables`: every table as lists of cells, without its header. `touched`: rows that the rules name in consequence
    of a fault. `controls`: rows that look odd, and what each is; each must pass without any problem.
    """

    tables: dict[str, list[list[str]]]
    faults: list[Fault] = field(default_factory=list)
    touched: set[tuple[str, int]] = field(default_factory=set)
    controls: dict[tuple[str, int], str] = field(default_factory=dict)


def _severity(rule: str) -> str:
    return "warning" if re.search(WARNINGS, rule) else "critical"


class _Editor:
    """Edits of rows, in the local times of a zone."""

    def __init__(self, zone: str) -> None:
        self.zone, minute = ZoneInfo(zone), timedelta(minutes=1)
        self.changes: dict[str, list[tuple[datetime, datetime]]] = {"absent_time": [], "time_twice": []}
        at = datetime(2013, 9, 4, tzinfo=UTC)  # a change: its first odd local time, and its instant
        while at < datetime(2026, 6, 20, tzinfo=UTC):
            before, at = at.astimezone(self.zone), at + 60 * minute
            old, new = (time.utcoffset() or timedelta() for time in (before, at.astimezone(self.zone)))
            if old != new:
                rule = "absent_time" if old < new else "time_twice"
                self.changes[rule].append(((at + min(old, new)).replace(tzinfo=None), at))
        gap, fold = (at for _, at in (changes[-1] for changes in self.changes.values()))
        inside = (gap - 60 * minute).astimezone(self.zone) + 90 * minute  # in the gap, by the offset before
        self.known = KNOWN | {"GAP": gap.isoformat(), "FOLD": fold.isoformat(), "INSIDE": inside.isoformat()}

    def plain(self, text: str) -> bool:
        """Whether a local time is there, and once; an empty cell is plain."""
        at = datetime.fromisoformat(text or "2020-01-01").replace(tzinfo=self.zone)
        return at.utcoffset() == at.replace(fold=1).utcoffset()

    def refer(self, text: str, by: str, how: str) -> str:
        """A date or a time, moved and shown: us (M/D/YYYY H:MM AM), z (in UTC), far (nine hours east)."""
        at = datetime.fromisoformat(text)
        move = timedelta(**{{"d": "days", "h": "hours", "m": "minutes"}[by[-1]]: int(by[:-1])})
        if len(text) == 10:
            at += move
            return f"{at.month}/{at.day}/{at.year}" if how else f"{at:%Y-%m-%d}"
        at = (at if at.tzinfo else at.replace(tzinfo=self.zone)).astimezone(UTC) + move
        if how in ("z", "far"):
            at = at.astimezone(timezone(timedelta(hours=9 * (how == "far"))))
            return at.isoformat(timespec="seconds").replace("+00:00", "Z")
        at = at.astimezone(self.zone)
        if not self.plain(f"{at:%Y-%m-%d %H:%M}"):
            return at.isoformat()
        return f"{at.month}/{at.day}/{at.year} {at.hour % 12 or 12}:{at:%M %p}" if how else f"{at:%Y-%m-%d %H:%M}"

    def edit(self, row: Row, text: str) -> Row:
        """A copy of the row after an edit."""
        row = dict(row)
        for part in text.split("; ") if text else ():
            name, is_cell, value = part.partition("=")
            if not is_cell:
                row = self.edit(row, PRESETS[name])
                continue
            old, known, plain = row[name], row | self.known, value.replace("·", " ").replace("¶", "\n")
            refer = re.fullmatch(r"@([\w.]+)(?:([+-]\d+[dhm]) ?(us|z|far)?)?", value)
            if refer and refer[1] in known:
                row[name] = self.refer(known[refer[1]], refer[2], refer[3]) if refer[2] else known[refer[1]]
            elif value[:1] == "%":
                row[name] = old.ljust(int(value[1:3]) - len(value[3:]), "x") + value[3:]
            elif value[:1] == "≠":
                row[name] = next(other for other in value[1:].split(",") if other != old)
            else:
                odd = {"<": old[:-1], "^": old.upper(), "_": f" {old} ", "~": old + plain[1:]}
                row[name] = odd.get(value[:1], plain)
        return row


def _lines(text: str) -> Iterator[list[str]]:
    """The lines of a table of edits, one for each name and each alternative."""
    for line in text.strip("\n").split("\n"):
        *cells, names = line.split(" | ") if line.count(" | ") == 3 else (*line.split(" | "), "<")
        for name in names.split():
            first, _, second = name.partition("<")
            rule, edit, what = (cell.replace("{0}", first).replace("{1}", second) for cell in cells)
            parts = [re.findall("([a-z_]+=)?(.*)", part)[0] for part in edit.split("; ")]
            for chosen in product(*([cell + value for value in values.split(" or ")] for cell, values in parts)):
                yield [rule, "; ".join(chosen), what]


def _faults(table: str, changes: dict[str, list[tuple[datetime, datetime]]]) -> Iterator[list[str]]:
    """Every fault of a table, and what must be accepted: rule, edit, what."""
    turns = {kind: cycle(bad.split(";")) for kind, bad in BAD.items()}
    times, key = {rule: cycle(each) for rule, each in changes.items()}, KEY[table]
    for name, kind, required, values, preset in FIELDS[table]:
        last = values.split("|")[-1]
        edits = [("required", next(turns["blank"])) for _ in required * 2]
        edits += [("unreadable", next(turns[kind])) for _ in range({"text": 2, "whole": 5}.get(kind, 3))]
        edits += [("listed", bad) for bad in ("none of these", last.upper(), last + "s") if last]
        edits += [("known_row", bad) for bad in ("no-such-row", "R 404") if kind == "row"]
        edits += [("known", bad) for bad in ("Hogwarts", "<", "^") if kind == "school"]
        for like, people in LOOKS_LIKE.items() if kind == "person" else ():
            edits += [(f"looks_like_{like}", who) for who in people.split(";")]
        for rule, bad in edits:
            yield [f"{name}.{rule}", f"{preset}; {name}={bad}".removeprefix("; "), rule.replace("_", " ")]
        for rule, minutes in product(times if kind == "moment" else (), (0, 30, 59)):
            wall, at = next(times[rule])
            start = at + timedelta(hours=2 if name == "occurred_at" else -6)
            text = {0: "%Y-%m-%d %H:%M", 30: "%m/%d/%Y %I:%M %p", 59: "%Y-%m-%d %H:%M:59"}[minutes]
            text = f"{wall + timedelta(minutes=minutes):{text}}"
            edit = f"occurred_at={start.isoformat()}; report; logged_at=@occurred_at+40h; {name}={text}"
            yield [f"{name}.{rule}", edit, f"clocks change, {wall.year}"]
    for end in (" 1", "\u00e9", "¶1", "\uff11", "#", "\u200b", ",2", "\u0661"):
        yield [f"{key}.characters", f"{key}=~{end}", "a character that a key may not hold"]
    for rule, fill in (("", "%65-"), ("", "%99."), (f" + {key}.characters", "%70 z")):
        yield [f"{key}.length{rule}", f"{key}={fill}", f"{fill[1:3]} characters"]
    yield from (["ragged", "", what] for what in list(RAGGED)[: 2 if table == LOG else 3])  # its last is required
    yield from _lines(RULES[table])


class _Planter:
    def __init__(self, tables: dict[str, list[Row]], seed: int, zone: str) -> None:
        self.editor, self.used = _Editor(zone), set[tuple[str, int]]()
        self.rows = {table: [dict(row) for row in rows] for table, rows in tables.items()}
        self.planted = Planted({table: [list(row.values()) for row in rows] for table, rows in tables.items()})
        self.linked = Counter(row["registration_id"] for table in (LOG, AUD) for row in tables[table])
        self.linked.update(row["repeat_of"] for row in tables[AUD])
        self.accounts = Counter(tuple(row[name] for name in ACCOUNT) for row in tables[AUD])
        self.order = {t: [i for i, row in enumerate(rows) if self.spotless(t, row)] for t, rows in tables.items()}
        for table, order in self.order.items():
            random.Random(seed).shuffle(order)
            order.sort(key=[self.linked[row[KEY[table]]] for row in tables[table]].__getitem__)

    def spotless(self, table: str, row: Row) -> bool:
        """Whether a row breaks no rule, not even with a warning, and repeats no finding and is repeated by none."""
        begins = row[{REG: "registered_on", LOG: "logged_at", AUD: "audited_on"}[table]]
        people = " ".join(row.get(name, "") for name in ("employee_id", "student_ref"))
        times = (row[name] for name, kind, *_ in FIELDS[table] if kind == "moment")
        return (begins < KNOWN["END"][:10] and row.get("account_capacity") != "personal" and row.get("platform", "") in PLATFORMS
                and not (row.get("repeat_of") or (table == AUD and self.linked[row[KEY[AUD]]])) and "@" not in people
                and not re.search("[0-9]{3}.?[0-9]+.?[0-9]{4}", people) and all(map(self.editor.plain, times)))

    def anchors(self, row: Row, edit: str) -> bool:
        """Whether a row may be set beside this one: a finding (same: of an account that has no other row)."""
        alone = row["account"] and row["account_registered"] and self.accounts[tuple(row[name] for name in ACCOUNT)] == 1
        return row["result"] == "finding" and "2014" < row["audited_on"] < "2026-03" and (alone or edit[:4] != "same")

    def put(self, table: str, rules: str, edit: str, what: str) -> int:
        """Plant a fault (or a row to be accepted or kept, or one that gets a twin) on the next row that fits."""
        rows, (rule, *also) = self.rows[table], rules.split(" + ")
        safe = (rule in ("accepted", "kept") and f"{KEY[table]}=" not in edit) or _severity(rule) == "warning"
        free = [i for i in self.order[table][:: -1 if safe else 1] if (table, i) not in self.used]
        needed = edit.startswith(("again", "same"))
        beside = next((i for i in free if self.anchors(rows[i], edit)), None) if needed else -1
        i = next((i for i in free if i != beside), None)
        if i is None or beside is None or not (safe or table != REG or not self.linked[rows[i][KEY[REG]]]):
            raise ValueError(f"too few rows in {table} for {edit!r}")
        self.used |= {(table, i), (table, beside)}
        self.editor.known |= {f"of_{name}": cell for name, cell in rows[beside].items()}
        apart = {"audit_id": f"{rows[i]['audit_id']}-{i}"} if table == AUD and edit else {}
        rows[i] = self.editor.edit(rows[i] | apart, edit)
        self.planted.tables[table][i] = RAGGED.get(what, list)(list(rows[i].values()))
        if table == REG:
            self.editor.known.setdefault(rule, rows[i][KEY[REG]].strip())
        if rule in ("accepted", "kept"):
            self.planted.controls[table, i] = what
        elif rule != "twin":
            self.note(table, i, rule, what, also)
        touched = {"twin": {(table, i)}, "account_registered.disagrees": {(table, beside)}}
        self.planted.touched |= touched.get(rule, set())
        return i

    def note(self, table: str, i: int, rule: str, what: str, also: Iterable[str] = ()) -> None:
        besides = frozenset((other, _severity(other)) for other in also)
        self.planted.faults.append(Fault(table, i, rule, _severity(rule), besides, what))

    def copies(self, table: str) -> None:
        """Rows twice: the same, the same but written otherwise, and with a cell that differs."""
        key, text = KEY[table], {REG: "group_name", LOG: "reason", AUD: "summary"}[table] + "=~ (2)"
        for edits in ([""], ["", "otherwise"], ["otherwise"], [text], [f"{key}=_; {text}"], ["", text]):
            i = self.put(table, "twin" if text in edits[-1] else "kept", "", "the first of rows that are the same")
            ways = {name: {"date": "@{}+0d us", "moment": "@{}+0m z"}.get(kind, "_") for name, kind, *_ in FIELDS[table]}
            row = self.rows[table][i]
            otherwise = "; ".join(f"{name}={way.format(name)}" for name, way in ways.items() if row[name])
            for edit in edits:
                self.rows[table].append(self.editor.edit(row, edit.replace("otherwise", otherwise)))
                self.planted.tables[table].append(list(self.rows[table][-1].values()))
                self.note(table, len(self.rows[table]) - 1, key + ".unique" if text in edit else "same_row", "a row twice")


def plant(tables: dict[str, list[Row]], *, count: int = 300, seed: int = 1, zone: str = "America/New_York") -> Planted:
    """Plant faults in clean tables.

    Args:
        tables: The rows of the three tables as csv.DictReader reads them; all valid; as of 2026-06-30.
        count: At least so many faults; every kind is planted at least once, however few are asked for.
        seed: Chooses the rows.
        zone: The time zone of local times; one whose clocks change.

    Returns:
        The tables with their faults, and what they are.

    Raises:
        ValueError: The tables have too few rows (the sample district has enough for a count of 1500).
    """
    planter = _Planter(tables, seed, zone)
    kinds = {table: list(_faults(table, planter.editor.changes)) for table in (REG, LOG, AUD)}
    for table, faults in kinds.items():
        for fault in faults * -(-count // sum(map(len, kinds.values()))):
            planter.put(table, *fault)
        planter.copies(table)
    return planter.planted
