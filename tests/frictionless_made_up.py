"""Made-up cells, and what the loader finds of them, foretold from what frictionless finds.

frictionless is asked of the cell as a person sees it: white space and what can't be seen taken off, a Boolean in the
schema's case, Z apart from PM. And a type is refused besides where the tables' specification takes less for one than
frictionless does.
"""

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from frictionless_cases import AT, LOG, REG, SCHEMA, kind_of
from hypothesis import strategies as st

WHITE = "".join(chr(n) for n in range(0x3001) if chr(n).isspace())
UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
ERRORS = ("#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!")
ISO, SLASHED = "([0-9]{4})-([0-9]{2})-([0-9]{2})", "([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})"
TIME = "([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.][0-9]+)?)?"
MIDNIGHT = "(?:[ T]0{1,2}:00(?::00)?)?"
OFFSET = "([Zz]|[+-][0-9]{2}:?[0-9]{2})?"
ZONE = ZoneInfo("America/New_York")


def as_seen(kind, cell):
    cell = cell.strip(WHITE if kind in ("text", "key") else WHITE + UNSEEN)
    return cell.lower() if kind == "boolean" and cell not in SCHEMA[REG]["missingValues"] else cell


def as_asked(kind, cell):
    """A cell, as seen, as frictionless is asked of it."""
    return re.sub("(?<=[AaPp][Mm])(?=[Zz]$)", " ", cell) if kind == "datetime" else cell


def a_day(kind, cell):
    """Year, month, day as the specification reads a date, and what stands behind it; None if it is no date."""
    for form, order in ((ISO, (0, 1, 2)), (SLASHED, (2, 0, 1))):
        time = f"[ T] *{TIME} *([AaPp][Mm])?{OFFSET}" if kind == "datetime" else MIDNIGHT
        if found := re.fullmatch(form + time, cell, re.ASCII):
            parts = found.groups()
            return [int(parts[i]) for i in order], parts[3:], form == SLASHED
    return None


def is_time(day, time, slashed):
    """Whether there is such a time: of that day in the district's zone, or with its offset."""
    hour, minute, second, half, offset = time
    hour, minute, second = int(hour), int(minute), int(second or 0)
    if half and not (slashed and 1 <= hour <= 12):
        return False
    if half:
        hour = hour % 12 + 12 * (half.upper() == "PM")
    if hour > 23 or minute > 59 or second > 59:
        return False
    if offset:
        return offset in "Zz" or int(offset[1:3]) * 60 + int(offset[-2:]) <= 18 * 60
    local = datetime(*day, hour, minute, second, tzinfo=ZONE)
    return local.astimezone(UTC).astimezone(ZONE).replace(tzinfo=None) == local.replace(tzinfo=None)


def in_doubt(kind, cells):
    """The cells that may be month and day or day and month, where some are day and month alone and none the other."""
    days = {cell: found[0] for cell in cells if (found := a_day(kind, cell)) and found[2]}
    alone = {(month > 12, day > 12) for _, month, day in days.values()}
    if (True, False) not in alone or (False, True) in alone:
        return set()
    return {cell for cell, (_, month, day) in days.items() if month <= 12 and day <= 12 and month != day}


def is_refused(kind, cell, doubtful):
    """Whether a cell, as seen, can't be read by the tables' specification, whatever frictionless says of it."""
    if cell in SCHEMA[REG]["missingValues"]:
        return False
    if cell in ERRORS or (kind in ("enum", "school") and set(cell) & set(UNSEEN)):
        return True
    if kind == "integer":
        return not re.fullmatch("[+-]?[0-9]{1,18}", cell)
    if kind not in ("date", "datetime"):
        return False
    found = a_day(kind, cell)
    try:
        (year, month, day), time, slashed = found
        date(year, month, day)
        refused = cell in doubtful or not 1900 <= year <= 2999
        return refused or (kind == "datetime" and not is_time((year, month, day), time, slashed))
    except (TypeError, ValueError):  # no date, or no such day
        return True


# Columns that take made-up cells; the first is the key, which is made different on each row.
MADE = {
    REG: ["registration_id", "school_id", "employee_role", "disclosed_in", "employee_id", "group_name", "participants",
          "parents_told_contact_method", "registered_on", "active_to"],
    LOG: ["exception_id", "occurred_at", "parent_informed_at", "written_report_at"],
}  # fmt: skip
ODD = st.text(alphabet="0123456789-/:. TAPMZapm+,_e\u0661\uff11\u200b#'\"", max_size=20)
DAYS = st.one_of(
    st.dates(date(1895, 1, 1), date(3005, 1, 1)),
    st.dates(date(2024, 1, 1), date(2025, 12, 31)),
    st.sampled_from([date(2024, 3, 10), date(2024, 11, 3), date(2024, 2, 29), date(2024, 12, 31)]),
)
DATES = st.builds(
    lambda day, form: form.format(d=day), DAYS,
    st.sampled_from(["{d:%Y-%m-%d}", "{d.month}/{d.day}/{d.year}", "{d:%m/%d/%Y}", "{d.day}/{d.month}/{d.year}", "{d:%m/%d/%y}",
                     "{d:%Y%m%d}", "{d:%B} {d.day}, {d.year}", "{d.year}-{d.month}-{d.day}", "{d:%d.%m.%Y}", "{d:%Y-%m-%d} 00:00"]),
) | st.from_regex("[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}", fullmatch=True)  # fmt: skip
TIMES = st.from_regex(
    "([0-2]?[0-9]|2[0-5]):[0-6][0-9](:[0-6][0-9]([.][0-9]{1,7})?)? ?([ap]m|AM|PM)?", fullmatch=True
)
ZONES = st.sampled_from(["", "", "", "Z", "z", "+05:30", "-0500", "+18:00", "+19:00", " EST", "+5"])
LISTED = ["", "NA", "n/a", "na", *ERRORS, "coach", "certified", "syllabus", "Roton", "West Rocks", "Hogwarts"]
CELLS = {
    "key": ODD | st.text(alphabet="abcXYZ019._/- \u00e9", max_size=70),
    "text": ODD | st.sampled_from(LISTED),
    "date": DATES | ODD | st.sampled_from(LISTED),
    "datetime": st.builds("".join, st.tuples(DATES, st.sampled_from([" ", "T", "  "]), TIMES, ZONES))
    | DATES
    | ODD,
    "boolean": st.sampled_from(
        ["true", "yes", "y", "1", "false", "no", "n", "0", "Yes", "TRUE", "nO", "t", "2", "", "NA"]
    )
    | ODD,
    "integer": st.integers().map(str) | st.integers(-3, 99).map("{:+}".format) | ODD,
    **dict.fromkeys(
        ("enum", "school"), st.sampled_from(LISTED) | st.sampled_from(LISTED).map(str.title) | ODD
    ),
}
ROUND = st.sampled_from(
    ["", "", "", "", " ", "\u00a0", "\t ", "\n", "\u200b", "\ufeff", " \u200b\u2003", "\x85"]
)
KINDS = {
    (table, name): kind_of(table, SCHEMA[table]["fields"][AT[table, name]])[0]
    for table in MADE
    for name in MADE[table]
}
ROWS = st.lists(
    st.fixed_dictionaries({at: st.builds("".join, st.tuples(ROUND, CELLS[kind], ROUND)) for at, kind in KINDS.items()}),
    min_size=12, max_size=12,
)  # fmt: skip
