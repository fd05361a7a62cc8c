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
from datetime import UTC, datetime, timedelta, timezone
from itertools import cycle, product
from pathlib import Path
from zoneinfo import ZoneInfo

Row = dict[str, str]
Triple = tuple[str, str, str]  # the rule, " + " what it cannot but break besides; the edit; what it is
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
# What must not come before what, under which preset.
ORDER = {
    REG: "",
    LOG: "plain:logged_at<occurred_at urgent:supervisor_notified_at<occurred_at urgent:parent_informed_at<occurred_at "
    "report:authority_reported_at<occurred_at report:written_report_at<authority_reported_at",
    AUD: "closed:opened_on<audited_on closed:due_on<opened_on closed:revised_due_on<due_on closed:closed_on<opened_on "
    "closed:closure_verified_on<closed_on",
}
# rule, " + " what it cannot but break besides | edit | what
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
registration_id=_ or ·~· | spaces round a key
school_id=_ | spaces round a cell
participants=0 or ·7· | a number at its limit
group_name=N/A or NULL or ··· or Band,¶"brass": drums or \u00c9cole \u4e2d | free text
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
plain; reason=Band,¶"brass": drums | free text of two lines""",
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
summary=see #REF! in the sheet or =1+1 or Band,¶"brass": drums | free text""",
}
WARNINGS = re.compile(
    "later_than_as_of|looks_like|[.]personal|platform[.]listed|set_aside|repeat_of[.](known|school|clause|earlier)"
    "|beside_a_finding|disagrees|time_twice"
)
RAGGED: dict[str, Callable[[list[str]], list[str]]] = {
    "one cell more": lambda cells: [*cells, "stray"],
    "three cells more": lambda cells: [*cells, "a", "", "b"],
    "a comma split a cell": lambda cells: [*cells[:3], "a", *cells[3:]],
    "the last cell is missing": lambda cells: cells[:-1],
}


@dataclass(frozen=True)
class Fault:
    """One fault: of which rule, and (rule, severity) of what it cannot but break besides.

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
    """What `plant` returns.

    `tables`: every table as lists of cells, without its header. `touched`: rows that the rules name in
    consequence of a fault. `odd`: rows that look odd, and how; each must pass without any problem. A row
    in none of these stands as it stood, and must fare as in the clean tables.
    """

    tables: dict[str, list[list[str]]]
    faults: list[Fault] = field(default_factory=list)
    touched: set[tuple[str, int]] = field(default_factory=set)
    odd: dict[tuple[str, int], str] = field(default_factory=dict)

    @property
    def controls(self) -> set[tuple[str, int]]:
        """The rows that look odd, and must be accepted."""
        return set(self.odd)


def _severity(rule: str) -> str:
    return "warning" if WARNINGS.search(rule) else "critical"


def _fields(table: str) -> Iterator[tuple[str, str, bool, list[str]]]:
    for word in FIELDS[table].split():
        name, _, rest = word.partition(":")
        kind, *values = re.findall("[a-z_]+", rest)
        yield name, kind, "!" in rest, values


class _Editor:
    """Edits of rows, in the local times of a zone."""

    def __init__(self, zone: str) -> None:
        self.zone = ZoneInfo(zone)
        self.changes: dict[str, list[tuple[datetime, datetime]]] = {"absent_time": [], "time_twice": []}
        at = datetime(2013, 9, 4, tzinfo=UTC)  # a change: its first odd local time, and its instant
        while at < datetime(2026, 6, 20, tzinfo=UTC):
            before, at = at.astimezone(self.zone), at + timedelta(hours=1)
            offsets = before.utcoffset(), at.astimezone(self.zone).utcoffset()
            if offsets[0] != offsets[1]:
                rule = "absent_time" if offsets[0] < offsets[1] else "time_twice"
                self.changes[rule].append(((at + min(offsets)).replace(tzinfo=None), at))

    def plain(self, text: str) -> bool:
        """Whether a local time is there, and once; an empty cell is plain."""
        at = datetime.fromisoformat(text or "2020-01-01").replace(tzinfo=self.zone)
        return at.utcoffset() == at.replace(fold=1).utcoffset()

    def show(self, at: datetime, how: str) -> str:
        """A date, or an instant: local, us (M/D/YYYY H:MM AM), z (in UTC) or far (nine hours east)."""
        if how in ("z", "far"):
            at = at.astimezone(timezone(timedelta(hours=9 * (how == "far"))))
            return at.isoformat(timespec="seconds").replace("+00:00", "Z")
        american = f"{at.month}/{at.day}/{at.year}"
        if at.tzinfo is None:
            return american if how else f"{at:%Y-%m-%d}"
        if not self.plain(f"{at:%Y-%m-%d %H:%M}"):
            return at.isoformat()
        return f"{american} {at.hour % 12 or 12}:{at:%M %p}" if how else f"{at:%Y-%m-%d %H:%M}"

    def refer(self, text: str, by: str, how: str) -> str:
        """The date or the time of another cell, moved and shown otherwise."""
        at = datetime.fromisoformat(text)
        move = timedelta(**{{"d": "days", "h": "hours", "m": "minutes"}[by[-1]]: int(by[:-1])})
        if len(text) == 10:
            return self.show(at + move, how)
        at = (at if at.tzinfo else at.replace(tzinfo=self.zone)).astimezone(UTC) + move
        return self.show(at.astimezone(self.zone), how)

    def edit(self, row: Row, text: str) -> Row:
        """A copy of the row after an edit."""
        row = dict(row)
        for part in text.split("; ") if text else ():
            name, is_cell, value = part.partition("=")
            if not is_cell:
                row = self.edit(row, PRESETS[name])
                continue
            old, known = row[name], row | EDGES
            plain = value.replace("·", " ").replace("¶", "\n")
            refer = re.fullmatch(r"@(\w+?)([+-]\d+[dhm])?(?: (us|z|far))?", value)
            if refer and refer[1] in known:
                source = known[refer[1]]
                row[name] = (
                    self.refer(source, refer[2] or "0d", refer[3] or "") if refer[2] or refer[3] else source
                )
            elif value[:1] == "%":
                row[name] = old.ljust(int(value[1:3]) - len(value[3:]), "x") + value[3:]
            else:
                row[name] = {"<": old[:-1], "^": old.upper(), "_": f" {old} ", "~": old + plain[1:]}.get(
                    value if value in "<^_" else value[:1] if value[:1] == "~" else "", plain)  # fmt: skip
        return row


def _lines(text: str) -> Iterator[list[str]]:
    """The lines of a table of edits, one for each alternative."""
    for line in text.strip("\n").split("\n"):
        *rule, edit, what = line.split(" | ")
        parts = [re.match("([a-z_]+=)?(.*)", part, re.S).groups("") for part in edit.split("; ")]
        for chosen in product(*([name + value for value in values.split(" or ")] for name, values in parts)):
            yield [*rule, "; ".join(chosen), what]


def _faults(table: str, editor: _Editor) -> Iterator[list[str]]:
    """Every fault of a table that needs no other row: rule, edit, what."""
    turns = {kind: cycle(bad.split(";")) for kind, bad in BAD.items()} | {"blank": cycle(BLANK)}
    changes = {rule: cycle(times) for rule, times in editor.changes.items() if times}
    key = KEY[table]
    for name, kind, required, values in _fields(table):
        under = f"{UNDER[name]}; {name}=" if name in UNDER else f"{name}="
        for _ in range(2 * required):
            yield [f"{name}.required", under + next(turns["blank"]), "nothing in it"]
        for _ in range(3 if kind in ("date", "moment") else 2):
            yield [f"{name}.unreadable", under + next(turns[kind]), f"no {kind}"]
        for bad in ("none of these", values[0].upper(), values[-1] + "s") if values else ():
            yield [f"{name}.listed", under + bad, "not on the list"]
        for like, people in LOOKS_LIKE.items() if kind == "person" else ():
            yield from ([f"{name}.looks_like_{like}", f"{name}={who}", "no pseudonym"] for who in people)
        for bad in {"row": ("no-such-row", "R 404"), "school": ("Hogwarts", "<", "^")}.get(kind, ()):
            yield [f"{name}.known_row" if kind == "row" else f"{name}.known", f"{name}={bad}", "not known"]
        for rule, minutes in product(changes if kind == "moment" else (), (0, 30, 59)):
            wall, at = next(changes[rule])
            odd = (wall + timedelta(minutes=minutes)).replace(tzinfo=UTC)
            texts = {
                0: f"{odd:%Y-%m-%d %H:%M}",
                30: f"{odd:%m/%d/%Y %I:%M %p}",
                59: f"{odd:%Y-%m-%d %H:%M:59}",
            }
            start = editor.show(at + timedelta(hours=2 if name == "occurred_at" else -6), "z")
            edit = f"occurred_at={start}; report; logged_at=@occurred_at+40h; {name}={texts[minutes]}"
            yield [f"{name}.{rule}", edit, f"clocks change, {wall.year}"]
    for end in (" 1", "\u00e9", "¶1", "\uff11", "#", "\u200b", ",2", "\u0661"):
        yield [f"{key}.characters", f"{key}=~{end}", "a character that a key may not hold"]
    for rule, fill in (("", "%65-"), ("", "%99."), (f" + {key}.characters", "%70 z")):
        yield [f"{key}.length{rule}", f"{key}={fill}", f"{fill[1:3]} characters"]
    yield from (
        ["ragged", "", what] for what in list(RAGGED)[: 3 if table == LOG else 4]
    )  # its last is required
    for preset, name, than in re.findall(r"(\w+):(\w+)<(\w+)", ORDER[table]):
        for moved in ("1d", "1d us", "30d") if table == AUD else ("1m", "1m z", "1m far"):
            yield [f"{name}.before_{than}", f"{preset}; {name}=@{than}-{moved}", "early"]
    yield from _lines(RULES[table])


class _Planter:
    def __init__(self, tables: dict[str, list[Row]], seed: int, zone: str) -> None:
        lists = Path(__file__).parents[1] / "data_schemas"
        codes = [
            (lists / f"{name}.csv").read_text("utf-8").split("\n")
            for name in ("platforms", "platform_aliases")
        ]
        self.platforms = {line.partition(",")[0] for lines in codes for line in lines}
        self.editor, self.random = _Editor(zone), random.Random(seed)
        self.rows = {table: [dict(row) for row in rows] for table, rows in tables.items()}
        self.planted = Planted({t: [list(row.values()) for row in rows] for t, rows in tables.items()})
        self.used: set[tuple[str, int]] = set()
        self.linked = Counter(row["registration_id"] for table in (LOG, AUD) for row in tables[table])
        self.named = {row["repeat_of"] for row in tables[AUD]}
        self.held = Counter(mark for row in tables[AUD] for mark in self.marks(row))
        self.order = {
            t: [i for i, row in enumerate(rows) if self.spotless(t, row)] for t, rows in tables.items()
        }
        for order in self.order.values():
            self.random.shuffle(order)
        self.order[REG].sort(key=lambda i: self.linked[tables[REG][i]["registration_id"]])

    @staticmethod
    def marks(row: Row) -> list[tuple[str, ...]]:
        """The audited item of a row, and the account it speaks of, without and with what it says."""
        account = tuple(row[name] for name in ACCOUNT)
        said = row["account_registered"]
        return [tuple(row[name] for name in ITEM), *([account, (*account, said)] if said else [])]

    def spotless(self, table: str, row: Row) -> bool:
        """Whether a row breaks no rule, not even with a warning, and no row but by registration hangs on it."""
        if table == AUD and (
            row["finding_id"] in self.named or row["repeat_of"] or self.held[self.marks(row)[0]] > 1
        ):
            return False
        begins = row[{REG: "registered_on", LOG: "logged_at", AUD: "audited_on"}[table]]
        people = (row.get(name, "") for name in ("employee_id", "student_ref"))
        times = (row[name] for name, kind, *_ in _fields(table) if kind == "moment")
        return (begins < EDGES["END"][:10] and row.get("account_capacity") != "personal"
                and row.get("platform", "") in self.platforms and not any(re.search("@|[0-9]{3}.*[0-9]{4}", who) for who in people)
                and all(map(self.editor.plain, times)))  # fmt: skip

    def stands_apart(self, new: Row, old: Row) -> bool:
        """Whether an audited row stays the only one of its item, and agrees with those of its account."""
        mine = self.marks(old)
        for row in (new, {name: new[name] if new[name] == old[name] else "" for name in new}):
            item, *said = self.marks(row | {"account_registered": new["account_registered"]})
            counts = [self.held[mark] - (mark in mine) for mark in (item, *said)]
            if counts[0] or (said and counts[1] != counts[2]):
                return False
        return True

    def take(self, table: str, edit: str, *, linked: bool = False, alone: bool = False, apart: bool = True,
             where: Callable[[Row], bool] = lambda row: True) -> int:  # fmt: skip
        """Edit the next row that fits: of registrations one that no other table names, or (linked) one named."""
        for i in self.order[table][:: -1 if linked else 1]:
            old = self.rows[table][i]
            if (table, i) in self.used or not where(old) or (alone and self.linked[old["registration_id"]]):
                continue
            new = self.editor.edit(old, edit)
            if table == AUD:
                if apart and not self.stands_apart(new, old):
                    continue
                self.held.subtract(self.marks(old))
                self.held.update(self.marks(new))
            self.used.add((table, i))
            self.rows[table][i], self.planted.tables[table][i] = new, list(new.values())
            return i
        msg = f"too few rows in {table} for {edit!r}"
        raise ValueError(msg)

    def note(self, table: str, i: int, rules: str, what: str) -> None:
        rule, *also = rules.split(" + ")
        besides = frozenset((other, _severity(other)) for other in also)
        self.planted.faults.append(Fault(table, i, rule, _severity(rule), besides, what))

    def fault(self, table: str, rule: str, edit: str, what: str, *, apart: bool = True) -> int:
        """Plant a fault; rows that refer to a registration set aside are touched, and left alone."""
        alone = table == REG and (f"{KEY[REG]}=" in edit or rule == "ragged")
        warns = _severity(rule) == "warning"
        i = self.take(table, edit, linked=warns, alone=alone, apart=apart)
        if rule == "ragged":
            self.planted.tables[table][i] = RAGGED[what](self.planted.tables[table][i])
        self.note(table, i, rule, what)
        key = self.rows[REG][i]["registration_id"] if table == REG and not (warns or alone) else None
        hit = {
            (t, j) for t in (LOG, AUD) for j, row in enumerate(self.rows[t]) if row["registration_id"] == key
        }
        self.planted.touched |= hit
        self.used |= hit
        return i

    def control(self, table: str, edit: str, what: str, **how: Callable[[Row], bool]) -> int:
        i = self.take(table, edit, linked=True, alone=table == REG and f"{KEY[REG]}=" in edit, **how)
        self.planted.odd[table, i] = what
        return i

    def append(self, table: str, row: Row, edit: str, rule: str, what: str) -> None:
        self.rows[table].append(self.editor.edit(row, edit))
        self.planted.tables[table].append(list(self.rows[table][-1].values()))
        self.note(table, len(self.rows[table]) - 1, rule, what)

    def copies(self, table: str) -> None:
        """Rows twice: exact, exact but written otherwise, and with a cell that differs."""
        text = {REG: "group_name", LOG: "reason", AUD: "summary"}[table]
        otherwise = {
            name: {"date": f"@{name} us", "moment": f"@{name} z"}.get(kind, "_")
            for name, kind, *_ in _fields(table)
        }
        for turns in ((0,), (0, 1), (1,)):
            i = self.control(table, "", "the first of rows that are the same")
            row = self.rows[table][i]
            spelled = "; ".join(f"{name}={value}" for name, value in otherwise.items() if row[name])
            for turn in turns:
                self.append(table, row, spelled if turn else "", "same_row", "the same row once more")
        for edits in ((f"{text}=~ (2)",), (f"{KEY[table]}=_; {text}=~ (2)",), ("", f"{text}=another")):
            i = self.take(table, "", alone=table == REG)
            self.planted.touched.add((table, i))
            for edit in edits:
                rule = f"{KEY[table]}.unique" if edit else "same_row"
                self.append(
                    table,
                    self.rows[table][i],
                    edit,
                    rule,
                    "a key that stands on two rows" if edit else "a copy",
                )

    def beside_rows(self) -> None:
        """Audited rows at odds with another row, the anchor, which stays as it is."""
        rows = self.rows[AUD]

        def anchor(where: Callable[[Row], bool]) -> Row:
            return rows[self.take(AUD, "", where=where)]

        def finding(row: Row) -> bool:
            return row["result"] == "finding" and "2014" < row["audited_on"] < "2026-04"

        for _ in range(2):
            for rule, change, of in (("school", "school_id=", ""), ("clause", "limb=; clause=", ""), ("", "", ""),
                                     ("earlier", "audited_on=@audited_on-60d", ""), ("earlier", "", "@finding_id"),
                                     ("earlier", "audited_on=@audited_on-61d", "")):  # fmt: skip
                old = anchor(finding)
                others = {
                    "school": sorted({row["school_id"] for row in rows} - {old["school_id"], ""}),
                    "clause": ["B.1", "B.2"],
                }
                change += next((other for other in others.get(rule, ()) if other not in old.values()), "")
                same = "; ".join(
                    f"{name}={old[name]}" for name in ("school_id", "clause", "limb", "audited_on")
                )
                edit = "; ".join(
                    filter(None, (same, "audited_on=@audited_on+60d", change, "open", "repeat_of="))
                )
                if rule:
                    self.fault(
                        AUD, f"repeat_of.{rule}", edit + (of or old["finding_id"]), "repeats what it cannot"
                    )
                else:
                    self.control(AUD, edit + old["finding_id"], "repeats an earlier finding")
        for spelled in ("", "; audited_on=@audited_on us; school_id=_"):
            old = anchor(finding)
            same = "none; " + "; ".join(f"{name}={old[name]}" for name in (*ITEM, "account_registered"))
            self.fault(AUD, "result.beside_a_finding", same + spelled, "no finding, beside one", apart=False)
            self.control(AUD, same + "; account=~x", "no finding, beside one of another account")
        for clause in ("B.2", "C.2"):
            old = anchor(lambda r, c=clause: r["account_registered"] in ("true", "false") and r["account"] and r["clause"] != c
                         and self.held[self.marks(r)[1]] == 1)  # fmt: skip
            said = "false" if old["account_registered"] == "true" else "true"
            same = "; ".join(f"{name}={old[name]}" for name in ITEM)
            edit = f"none; {same}; clause={clause}; limb=; account_registered={said}"
            self.fault(
                AUD, "account_registered.disagrees", edit, "another answer for one account", apart=False
            )
            self.planted.touched.add((AUD, rows.index(old)))

    def references(self) -> None:
        """Rows that name a registration set aside, and such as name one that stands twice and was kept."""
        at = {fault.rule: fault.row for fault in reversed(self.planted.faults)}
        key = KEY[REG]
        for rule in ("registered_on.unreadable", f"{key}.characters", f"{key}.unique", "access.required"):
            for table in (LOG, AUD):
                edit = f"{key}={self.rows[REG][at[rule]][key].strip()}"
                self.fault(table, f"{key}.set_aside", edit, f"names a registration set aside by {rule}")
        kept = self.rows[REG][
            min(i for (_, i), what in self.planted.odd.items() if what.startswith("the first of"))
        ]
        for table in (LOG, AUD):
            self.control(table, f"{key}={kept[key]}", "names a registration of which a copy was set aside")

    def clock_changes(self) -> None:
        """Times beside a change of the clocks, or with their offset."""
        minute, zone = timedelta(minutes=1), self.editor.zone
        for wall, at in [change for changes in self.editor.changes.values() for change in changes[-3:]]:
            first, second = ((at + minutes * minute).astimezone(zone).isoformat() for minutes in (-20, 20))
            inside = (
                (at - 60 * minute).astimezone(zone) + 90 * minute
            ).isoformat()  # of a gap: by the old offset
            for text in (f"{wall - minute:%Y-%m-%d %H:%M}", f"{wall + 60 * minute:%Y-%m-%d %H:%M}", inside):
                self.control(
                    LOG, f"plain; occurred_at={text}; logged_at=@occurred_at+40h", "near a clock change"
                )
            self.control(LOG, f"plain; occurred_at={first}; logged_at={second}", "across a clock change")
            edit = f"plain; occurred_at={second}; logged_at={first}"
            self.fault(LOG, "logged_at.before_occurred_at", edit, "early, across a clock change")


def plant(
    tables: dict[str, list[Row]], *, count: int = 300, seed: int = 1, zone: str = "America/New_York"
) -> Planted:
    """Plant faults in clean tables.

    Args:
        tables: The rows of the three tables as csv.DictReader reads them; all valid; as of 2026-06-30.
        count: At least so many faults; every kind is planted at least once, however few are asked for.
        seed: Chooses the rows.
        zone: The time zone of local times.

    Returns:
        The tables with their faults, and what they are.

    Raises:
        ValueError: The tables have too few rows.
    """
    planter = _Planter(tables, seed, zone)
    kinds = {table: list(_faults(table, planter.editor)) for table in (REG, LOG, AUD)}
    for table, faults in kinds.items():
        for fault in faults * -(-count // sum(map(len, kinds.values()))):
            planter.fault(table, *fault)
        for edit, what in _lines(CONTROLS[table]):
            planter.control(table, edit, what)
        planter.copies(table)
        {REG: planter.references, LOG: planter.clock_changes, AUD: planter.beside_rows}[table]()
    return planter.planted
