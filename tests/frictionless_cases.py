"""Cells and rows of all kinds, planted in the five tables, and what each reader of the Table Schemas finds of them.

Written from the tables' specification and frictionless's documentation; test_frictionless.py runs both.
"""

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

SCHEMAS = Path(__file__).parents[1] / "data_schemas"
REG, LOG, AUD, RET, ACT = TABLES = (
    "tool_registrations", "exception_log", "audit_findings", "returns", "actions",
)  # fmt: skip
SCHEMA = {table: json.loads((SCHEMAS / f"{table}.schema.json").read_text("utf-8")) for table in TABLES}
KEY = {table: schema["primaryKey"][0] for table, schema in SCHEMA.items()}
AT = {(table, one["name"]): i for table in TABLES for i, one in enumerate(SCHEMA[table]["fields"])}

Found = tuple[str, int, str, str]
"""Table, row as a spreadsheet numbers it, field ("" for a whole row), kind."""

# Kind of field ("!" required ones only, "?" the others only) | cells | what the loader finds | what frictionless
# finds | the difference, if it is one. In a cell: · is a space, ¶ a new line, @ the row's own cell (or one that is
# on the list), ^ that in capitals, %65 that filled up to 65 characters.
CASES = """
key | @/a_b.c-D;%64;@¶ | | |
key | @ 1;@é;@#;@\uff11;@\u0661;@\u200b;\ufeff@;R\u00ad7 | pattern | pattern |
key | %65;%99 | length | length |
key | %65·é | length pattern | length pattern |
key | ;NA | required | required unique | empty key
key | ·;\u00a0\u00a0;·N/A· | required | pattern | white space
key | ·@·;@\u00a0;\t@ | | pattern | white space
key | #REF!;#N/A | type | pattern | spreadsheet error
enum | @ | | |
enum! | ;NA;N/A;n/a;null;NULL | required | required |
enum? | ;NA;N/A;n/a;null;NULL | | |
enum | none of these;^;@s;Na;@,@;1 | enum | enum |
enum | ·@·;@\u00a0;@¶;\u3000@ | | enum | white space
enum! | ·;·NA· | required | enum | white space
enum? | ·;·NA· | | enum | white space
enum | @\u200b;\u2060@ | | enum | invisible characters
enum | @\u200bx | type | enum | invisible characters
enum | #N/A;#VALUE! | type | enum | spreadsheet error
school! | ;NULL | required | required |
school | @ | | |
school | Hogwarts;^;@s;none | foreign | foreign |
school | ·@·;@\u2009 | | foreign | white space
school | · | required | foreign | white space
school | @\u200b | | foreign | invisible characters
school | #REF! | type | foreign | spreadsheet error
row | ;N/A;@ | | |
row | no-such-row;R 404;r-00001;nan | foreign | foreign |
row | ·@·;@\t | | foreign | white space
row | ··· | | foreign | white space
row | #VALUE!;#NUM! | type | foreign | spreadsheet error
text! | ;NA;n/a | required | required |
text! | ·;\u00a0NULL | required | | white space
text? | ;NA;n/a;· | | |
text | ·x-1·;see #REF! there;=1+1;École 中;Band,¶"brass": drums;zero\u200bwidth;'x;-;nil | | |
text | #REF!;#N/A;·#NUM!· | type | | spreadsheet error
platform! | ;NA | required | required |
platform! | · | required | | white space
platform | Instagram;twitter;·Facebook·;GOOGLE  CLASSROOM | | |
platform | MySpace;Facebok;Yik Yak | enum | | code list with aliases
platform | #NAME? | type | | spreadsheet error
boolean | true;yes;y;1;false;no;n;0;;NA;null | | |
boolean | maybe;2;tru;yes and no;t;on;1.0;#REF!;ye\u200bs;- | type | type |
boolean | TRUE;Yes;Y;False;NO;N | | type | case of a Boolean
boolean | ·yes·;no\u00a0;·;·NA· | | type | white space
boolean | yes\u200b;\ufeff1 | | type | invisible characters
integer | 0;7;007;+5;-0;·12·;\u00a08;;NA;999999999999999999;12¶ | | |
integer | -1;-250;·-7 | minimum | minimum |
integer | 1.5;1.0;twelve;#REF!;12 students;1e3;1,000;0x10;- 1;½;²;$5;1__2;--1 | type | type |
integer | 1_2;\u0661\u0662;\uff17;1234567890123456789 | type | | digits
integer | -1_0 | type | minimum | digits
integer | ·;·NA· | | type | white space
integer | 7\u200b | | type | invisible characters
date! | ;NA;N/A;n/a;null;NULL | required | required |
date! | ·;\u00a0NA | required | type | white space
date? | ;NA;N/A;n/a;null;NULL | | |
date? | ·;·NULL· | | type | white space
date | 12/31/2024;2024-02-29;2/29/2024;02/09/2024;1999-12-31;2024-03-05 00:00;3/5/2024 0:00;2024-03-05T00:00:00 | | |
date | ·2024-02-29·;\u00a03/5/2024;2024-03-05¶;1905-06-07;2999-12-31;1900-01-01 | | |
date | soon;2025-02-31;2024-13-01;2023-02-29;2/29/2023;2024-00-10;13/32/2024;nil;2024-03-05 (about);2024-W10-2 | type | type |
date | 0/5/2024;2024-3-5-7;#REF!;2024-\u200b03-05;45356;三月 | type | type |
date | 3/5/24;05-MAR-24;24-03-05;3.5.24 | type | | two-digit year
date | March 5, 2024;5 Mar 2024;20240305;2024-03;2024;2024/03/05;5;10:00;Tuesday;2024-3-5;3-5-2024;3/5/2024/;31/12/2024 | type | | other dates
date | 2024-03-05 10:00;2024-03-05T00:00:00Z;2024-03-05 00:00 AM | type | | other dates
date | 0203-05-01;1899-12-31;3000-01-01;1/1/1800 | type | | far years
date | 2024-03-05\u200b | | type | invisible characters
datetime! | ;NA;null | required | required |
datetime! | ·;·NA· | required | type | white space
datetime? | ;NA;null | | |
datetime? | · | | type | white space
datetime | 12/31/2024 10:00;2024-03-05 10:00;2024-03-05T10:00:59;3/5/2024 10:00 AM;3/5/2024 12:30pm;03/05/2024 23:59 | | |
datetime | 2024-03-05T10:00:00Z;2024-03-05 10:00+05:30;2024-03-05T10:00:00.123456-0500;·2024-03-05 9:05·;2024-11-03 01:30 | | |
datetime | noon;2025-02-31 10:00;2024-03-05 25:00;2024-03-05 10:61;2024-03-05 10:00 or so;13/32/2024 9:00;#N/A;x | type | type |
datetime | 3/5/2024 13:00 PM;45356.4;2024-03-05 24:00 | type | type |
datetime | 3/5/24 10:00 AM;5-3-24 10:00 | type | | two-digit year
datetime | 2024-03-05 10:00 EST;2024-03-05 10:00 AM;March 5, 2024 10:00;20240305T1000;2024-03-05 10;10:00;3/5/2024 0:30 AM;2024-03-05T10:00:00+25:00;31/12/2024 9:00 AM | type | | other dates
datetime | 2024-03-05;3/5/2024 | type | | no time of day
datetime | 0203-05-01 10:00;3000-01-01 00:00 | type | | far years
datetime | 2024-03-10 02:30;3/9/2025 2:00 AM | type | | local time that does not exist
datetime | 3/5/2024 1:02 PMz;3/5/2024 1:02amZ | | type | offset run on to AM or PM
datetime | 2024-03-05 10:00\u200b | | type | invisible characters
"""
DAY_MONTH = (ACT, "done_on")  # kept for the case of that name: one 31/12/2024 casts doubt on its whole column


def kind_of(table, one):
    """A field's kind, as CASES has them."""
    constraints = one.get("constraints", {})
    to = {key["fields"][0]: key["reference"]["resource"] for key in SCHEMA[table]["foreignKeys"]}
    if one["type"] != "string":
        kind = one["type"]
    elif one["name"] in to:
        kind = "school" if to[one["name"]] == "schools" else "row"
    elif "pattern" in constraints:
        kind = "key"
    else:
        kind = "enum" if "enum" in constraints else "platform" if "codeList" in one else "text"
    return kind, bool(constraints.get("required"))


def fields_of(kinds):
    """Every field of a kind such as "date!": table, position, name, and a value that stands on its list."""
    for table, schema in SCHEMA.items():
        for i, one in enumerate(schema["fields"]):
            kind, required = kind_of(table, one)
            if kinds in (kind, f"{kind}{'!' if required else '?'}") and (table, one["name"]) != DAY_MONTH:
                yield table, i, one["name"], one.get("constraints", {}).get("enum", ["R-00001"])[0]


def written(cell, own):
    """A cell of CASES as it stands in a file."""
    fill = re.match("%([0-9]+)", cell)
    if fill:
        return own.ljust(int(fill[1]) - len(cell[3:]), "x") + cell[3:].replace("·", " ")
    for sign, text in {"·": " ", "¶": "\n", "@": own, "^": own.upper()}.items():
        cell = cell.replace(sign, text)
    return cell


def cases():
    for line in CASES.strip("\n").split("\n"):
        kinds, cells, ours, theirs, name = (part.strip(" ") for part in line.split(" |"))
        assert (ours == theirs) == (not name), line
        for cell in cells.split(";"):
            yield kinds, cell, ours, theirs, name


@dataclass
class Planted:
    """Tables with broken cells, and what each reader is to find of them."""

    tables: dict[str, list[list[str]]]
    ours: set[Found] = field(default_factory=set)
    theirs: set[Found] = field(default_factory=set)
    named: Counter[str] = field(default_factory=Counter)
    cells: set[tuple[str, int, str]] = field(default_factory=set)  # each with a planted cell

    def add(self, table, cells=None, **changes):
        """Another row, with a key of its own or these cells; its number."""
        rows = self.tables[table]
        names = [one["name"] for one in SCHEMA[table]["fields"]]
        own = dict(zip(names, rows[0], strict=True)) | {KEY[table]: f"new-{len(rows)}"}
        if table == RET:  # its key has schools in it
            own |= {KEY[table]: rows[0][0]}
        rows.append(list((own | changes).values()) if cells is None else cells)
        return len(rows) + 1

    def note(self, name, ours=(), theirs=()):
        """What is found of such rows: (table, rows, field, kinds) by each reader."""
        for found, by in ((self.ours, ours), (self.theirs, theirs)):
            for table, rows, of, kinds in by:
                found |= {(table, row, of, kind) for row in rows for kind in kinds.split()}
        self.named[name] += 1


def plant(tables: dict[str, list[list[str]]]) -> Planted:
    """The tables with every case on a row of its own in every field of its kind, and the cases of whole rows."""
    planted = Planted({table: [list(row) for row in rows] for table, rows in tables.items()})
    referred = {row[AT[table, "registration_id"]] for table in (LOG, AUD) for row in tables[table]}
    free = {
        table: [i for i, row in enumerate(rows) if row[0] not in referred] for table, rows in tables.items()
    }
    free[RET], free[ACT] = (list(more_rows(planted.tables[table], table)) for table in (RET, ACT))
    for table in (REG, AUD):
        for row in planted.tables[table]:
            row[AT[table, "platform"]] = "Instagram"  # the sample has some that are on no list
    turns = {table: iter(rows[1:]) for table, rows in free.items()}  # the first is copied for more
    for kinds, cell, ours, theirs, name in cases():
        for table, at, of, listed in fields_of(kinds):
            i = next(turns[table])
            row = planted.tables[table][i]
            row[at] = written(cell, row[at] or listed)
            planted.cells.add((table, i + 2, of))
            planted.note(name, [(table, [i + 2], of, ours)], [(table, [i + 2], of, theirs)])
    whole_rows(planted)
    return planted


def more_rows(rows, table):
    """More rows of a table whose key has several parts: no two share two of them nearby. Their positions."""
    sample, day = list(rows), date(2100, 1, 1)
    for n in range(250):
        if table == RET:
            school, of = sample[3 * (n % 21)][0], (REG, LOG, AUD)[n // 21 % 3]
            rows.append([school, str(day.replace(year=2100 + n)), of, "rows", "7"])
        else:
            one = sample[n % len(sample)]
            rows.append([one[0], str(day + timedelta(n)), f"{one[2]} ({n})", *one[3:]])
        yield len(rows) - 1


def whole_rows(p: Planted) -> None:
    """What takes a row, or several, to show."""
    rows = [p.add(REG, registration_id="twice-1", group_name=text) for text in "abc"]
    p.note("first row of a key", [(REG, rows, KEY[REG], "unique")], [(REG, rows[1:], KEY[REG], "unique")])
    rows = [p.add(RET, month="2031-01-01", staff=staff) for staff in "56"]
    p.note("first row of a key", [(RET, rows, KEY[RET], "unique")], [(RET, rows[1:], KEY[RET], "unique")])
    rows = [p.add(ACT, measure="disclosed", agreed_on="", action="on no day", owner=owner) for owner in "ab"]
    empty, key = (ACT, rows, "agreed_on", "required"), KEY[ACT]
    p.note("first row of a key", [empty, (ACT, rows, key, "unique")], [empty, (ACT, rows[1:], key, "unique")])
    rows = [
        p.add(ACT, measure="disclosed", agreed_on="soon", action="one day", owner=owner) for owner in "ab"
    ]
    unread = (ACT, rows, "agreed_on", "type")
    p.note("unread part of a key", [unread], [unread, (ACT, rows[1:], key, "unique")])
    _, row = (p.add(LOG, exception_id="same-1") for _ in "12")
    p.note("same row", [(LOG, [row], "", "same_row")], [(LOG, [row], KEY[LOG], "unique")])
    _, row = (p.add(AUD, finding_id="same-2", audited_on=day) for day in ("2024-03-05", "3/5/2024"))
    p.note("same row", [(AUD, [row], "", "same_row")], [(AUD, [row], KEY[AUD], "unique")])
    rows = [p.add(AUD, finding_id=f"{space}twice-2", summary=f"It{space}is") for space in ("", " ")]
    p.note("white space", [(AUD, rows, KEY[AUD], "unique")], [(AUD, rows[1:], KEY[AUD], "pattern")])
    key, row = p.add(REG, registration_id="spaced-1 "), p.add(LOG, registration_id="spaced-1")
    p.note("white space", [], [(REG, [key], KEY[REG], "pattern"), (LOG, [row], "registration_id", "foreign")])
    key, row = p.add(REG, registration_id="R 1"), p.add(LOG, registration_id="R 1")  # broken, but there
    p.note("", *[[(REG, [key], KEY[REG], "pattern")]] * 2)
    for cells in (p.tables[AUD][0][:-1], [*p.tables[AUD][0], "stray"]):
        row = p.add(AUD, [f"ragged-{len(cells)}", *cells[1:]])
        p.note("", *[[(AUD, [row], "", "ragged")]] * 2)
    row = p.add(LOG, ["ragged-1", *p.tables[LOG][0][1:-1]])  # its last is required
    p.note(
        "ragged row",
        [(LOG, [row], "", "ragged")],
        [(LOG, [row], "", "ragged"), (LOG, [row], "outcome", "required")],
    )
    for table, cell in ((REG, ""), (AUD, "NA")):
        row = p.add(table, [cell] * len(p.tables[table][0]))
        needed = [(table, [row], of, "required") for of in required(table)] if cell else []
        p.note("blank row", needed, [(table, [row], "", "blank"), (table, [row], KEY[table], "unique")])
    row = p.add(REG, ["Total", *[""] * (len(p.tables[REG][0]) - 2), "17"])
    needed = [(REG, [row], of, "required") for of in required(REG) if of != KEY[REG]]
    p.note("row of another kind", [(REG, [row], "", "total_row")], needed)
    row = p.add(AUD, [one["name"] for one in SCHEMA[AUD]["fields"]])
    kinds = {of["name"]: kind_of(AUD, of)[0] for of in SCHEMA[AUD]["fields"]}
    broken = {"date": "type", "boolean": "type", "enum": "enum", "school": "foreign", "row": "foreign"}
    theirs = [(AUD, [row], of, broken[kind]) for of, kind in kinds.items() if kind in broken]
    p.note("row of another kind", [(AUD, [row], "", "repeated_header")], theirs)
    row = p.add(LOG, exception_id="EXAMPLE")
    p.note("row of another kind", [(LOG, [row], "", "example_row")])
    rows = [
        p.add(ACT, action=f"day first {day}", done_on=day) for day in ("25/12/2024", "3/4/2024", "4/4/2024")
    ]
    p.note("other dates", [(ACT, rows[:1], "done_on", "type")])
    p.note("day and month in doubt", [(ACT, rows[1:2], "done_on", "type")])


def required(table):
    return [one["name"] for one in SCHEMA[table]["fields"] if one.get("constraints", {}).get("required")]
