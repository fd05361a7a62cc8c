"""Text → typed cells, in Narwhals: one text for Polars (on distinct cells) and Spark (on every row).

Each converter takes a frame and the name of a String column ``x`` whose cells are stripped and null
where missing, and adds ``x__value``, ``x__unreadable`` and, by type, what stands beside a value:
``x__day`` (days since 1970-01-01) for a date; ``x__on`` (local date), ``x__minute`` (minutes since
1970-01-01 UTC), ``x__absent`` (a local
time that does not exist: unreadable for that reason), ``x__twice`` for an instant, whose value is naive UTC; and for both ``x__slash``. A text is made
null before it is converted, so nothing relies on an engine's own null or error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import narwhals as nw
import polars as pl

from norwalk_analytics.intake.texts import SPACE, UNSTORED

# Cells are stripped, so "$" is their end in every engine.
DATE = r"(?:([0-9]{4})-([0-9]{2})-([0-9]{2})|([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}))"
ON = rf"^{DATE}(?:[ T]0{{1,2}}:00(?::00)?)?$"
CLOCK = r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.][0-9]+)?)?"
OFFSET = r"([Zz]|[+-][0-9]{2}:?[0-9]{2})"
AT = rf"^{DATE}[ T] *{CLOCK} *([AaPp][Mm])?{OFFSET}?$"
ERRORS = ["#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#N/A", "#SPILL!", "#CALC!", UNSTORED]
UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
DAY_PARTS = {"y": "$1$6", "m": "$2$4", "d": "$3$5"}
TIME_PARTS = {"hour": "$7", "minute": "$8", "second": "$9", "half": "$10", "shift": "$11"}
FIRST_YEAR, LAST_YEAR = 1900, 2999
REACH = 2 * 86400  # seconds that a row of the zone's table reaches over each end of its year

Frame = Any  # a Narwhals DataFrame or LazyFrame


def clean(
    frame: Frame, x: str, missing: Sequence[str], values: Mapping[str, str], *, free: bool = True
) -> Frame:
    """Text stripped, a value of an import profile in its place, null where it is missing.

    White space is taken off; round a cell that is not free text, characters that can't be seen too.
    """
    text = nw.col(x).str.strip_chars(SPACE if free else SPACE + UNSEEN)
    if values:
        text = text.replace_strict(list(values), list(values.values()), default=text, return_dtype=nw.String)
    return frame.with_columns(nw.when(~text.is_in(list(missing))).then(text).alias(x))


def mapped(frame: Frame, x: str, pairs: Mapping[str, str], codes: Sequence[str]) -> Frame:
    """Spellings mapped to codes, what no list knows as written; adds ``x__written``, ``x__listed``."""
    old = nw.col(f"{x}__value")
    spelled = old.str.to_lowercase().str.replace_all(r"\s+", " ")
    new = spelled.replace_strict(list(pairs), list(pairs.values()), default=old, return_dtype=nw.String)
    return frame.with_columns(
        new.alias(f"{x}__value"),
        old.alias(f"{x}__written"),
        nw.when(~old.is_null()).then(new.is_in(list(codes))).alias(f"{x}__listed"),
    )


def strings(frame: Frame, x: str, *, free: bool = True) -> Frame:
    """Text as it stands; an error of a spreadsheet is unreadable, and so is what is not free text and can't be seen."""
    error = nw.col(x).is_in(ERRORS)
    if not free:
        error = error | nw.col(x).str.contains(f"[{UNSEEN}]")
    error = error.fill_null(value=False)
    return frame.with_columns(
        error.alias(f"{x}__unreadable"), nw.when(~error).then(nw.col(x)).alias(f"{x}__value")
    )


def integers(frame: Frame, x: str) -> Frame:
    """A whole number in digits."""
    ok = nw.col(x).str.contains(r"^[+-]?[0-9]{1,18}$")
    value = nw.when(ok).then(nw.col(x).str.replace_all(r"^[+]", "")).cast(nw.Int64)
    return _with(frame, x, value, ok)


def booleans(frame: Frame, x: str, true: Sequence[str], false: Sequence[str]) -> Frame:
    """One of the schema's words for true and false, in either case."""
    word = nw.col(x).str.to_lowercase()
    yes, no = word.is_in([w.lower() for w in true]), word.is_in([w.lower() for w in false])
    value = nw.when(yes | no).then(yes)
    return _with(frame, x, value, yes | no)


def dates(frame: Frame, x: str) -> Frame:
    """A real day of the years 1900 to 2999, written YYYY-MM-DD or M/D/YYYY."""
    frame, scratch = _day(frame, x, ON)
    value = _to_date(nw.col(scratch["date"]))
    frame = _with(frame, x, value, nw.col(scratch["real"]))
    day = nw.when(nw.col(scratch["real"])).then(nw.col(scratch["day"]))
    slash = _slash(x, scratch)
    return frame.with_columns(day.alias(f"{x}__day"), slash.alias(f"{x}__slash")).drop(list(scratch.values()))


def datetimes(frame: Frame, x: str, zone: ZoneInfo) -> Frame:
    """An instant: with its offset, or a local time of ``zone``; of a doubled hour the first."""
    frame, s = _day(frame, x, AT, TIME_PARTS)
    s |= {key: f"{x}__s_{key}" for key in ("clock", "offset", "seconds", "year", "local")}
    hour, minute, second = (nw.col(s[key]) for key in ("hour", "minute", "second"))
    half, shift = nw.col(s["half"]).str.to_uppercase(), nw.col(s["shift"]).str.to_uppercase()
    halved = half.is_in(["AM", "PM"])
    by_half = (hour % 12) + nw.when(half == "PM").then(nw.lit(12)).otherwise(nw.lit(0))
    slashed = nw.col(x).str.contains("/")
    frame = frame.with_columns(_slash(x, s).alias(f"{x}__slash"))
    hour_ok = nw.when(halved).then((hour >= 1) & (hour <= 12) & slashed).otherwise(hour <= 23)
    digits = shift.str.replace_all("[Z:+-]", "")
    off = _number(digits.str.slice(0, 2)) * 60 + _number(digits.str.slice(2, 2))
    off = nw.when(shift.str.starts_with("-")).then(-off).otherwise(off)
    off_ok = nw.when(shift == "").then(nw.lit(value=True)).otherwise((off <= 18 * 60) & (off >= -18 * 60))
    ok = nw.col(s["real"]) & hour_ok & (minute <= 59) & (second <= 59) & off_ok
    clock = nw.when(halved).then(by_half).otherwise(hour) * 3600 + minute * 60 + second
    frame = frame.with_columns(
        ok.fill_null(value=False).alias(s["real"]),
        clock.alias(s["clock"]),
        nw.when(shift != "").then(off * 60).alias(s["offset"]),
    )
    wall = nw.col(s["day"]) * 86400 + nw.col(s["clock"])
    frame = frame.with_columns((wall - nw.col(s["offset"]).fill_null(0)).alias(s["seconds"]))
    frame = _in_zone(frame, s, x, zone)
    real, given = nw.col(s["real"]), ~nw.col(s["offset"]).is_null()
    absent = (real & ~given & nw.col(f"{x}__absent")).fill_null(value=False)
    ok = real & ~absent
    shift_by = nw.when(given).then(nw.col(s["offset"])).otherwise(nw.col(s["local"]))
    midnight = _to_datetime(nw.col(s["date"]))
    value = midnight + nw.lit(timedelta(seconds=1)) * (nw.col(s["clock"]) - shift_by)
    utc = wall - shift_by
    # the local day: a written local day as it stands; of an instant with an offset, counted on
    moved = (utc + nw.col(s["local"])) // 86400 - nw.col(s["day"])
    on = (midnight + nw.lit(timedelta(days=1)) * moved.cast(nw.Int64)).cast(nw.Date)
    frame = _with(frame, x, value, ok)
    return frame.with_columns(
        nw.when(ok).then(on).alias(f"{x}__on"),
        nw.when(ok).then((utc // 60).cast(nw.Int64)).alias(f"{x}__minute"),
        absent.alias(f"{x}__absent"),
        (ok & ~given & nw.col(f"{x}__twice")).fill_null(value=False).alias(f"{x}__twice"),
    ).drop(list(s.values()))


def _slash(x: str, s: Mapping[str, str]) -> nw.Expr:
    """How a slashed date may be read: 1 either way, 2 as M/D alone, 3 as D/M alone; null elsewhere."""
    first, second = nw.col(s["m"]), nw.col(s["d"])
    kind = (
        nw.when((first <= 12) & (second <= 12) & (first != second)).then(nw.lit(1))
        .otherwise(nw.when((first <= 12) & (second > 12)).then(nw.lit(2))
                   .otherwise(nw.when((first > 12) & (second <= 12)).then(nw.lit(3))))
    )  # fmt: skip
    return nw.when(nw.col(s["shape"]) & nw.col(x).str.contains("/")).then(kind).cast(nw.Int8)


def _with(frame: Frame, x: str, value: nw.Expr, ok: nw.Expr) -> Frame:
    """Add the value, and whether there is a cell that has none."""
    fine = ok.fill_null(value=False)
    return frame.with_columns(
        nw.when(fine).then(value).alias(f"{x}__value"),
        (~nw.col(x).is_null() & ~fine).alias(f"{x}__unreadable"),
    )


def _number(text: nw.Expr) -> nw.Expr:
    return nw.when(text != "").then(text).otherwise(nw.lit("0")).cast(nw.Int64)


def _parts(frame: Frame, x: str, pattern: str, parts: Mapping[str, str], s: Mapping[str, str]) -> Frame:
    """Add the parts of cells of that shape, all by one pass of the pattern; numbers as numbers."""
    cut = nw.when(nw.col(s["shape"])).then(nw.col(x)).str.replace_all(pattern, ",".join(parts.values()))
    frame = frame.with_columns(cut.str.split(",").alias(s["parts"]))
    texts = {key: nw.col(s["parts"]).list.get(i) for i, key in enumerate(parts)}
    return frame.with_columns(
        (text if key in ("half", "shift") else _number(text)).alias(s[key]) for key, text in texts.items()
    )


def _day(
    frame: Frame, x: str, pattern: str, more: Mapping[str, str] | None = None
) -> tuple[Frame, dict[str, str]]:
    """Year, month and day of cells of that shape; whether such a day exists; its epoch day."""
    parts = DAY_PARTS | dict(more or {})
    s = {key: f"{x}__s_{key}" for key in ("shape", "real", "date", "day", "parts", *parts)}
    shape = nw.col(x).str.contains(pattern).fill_null(value=False)
    frame = _parts(frame.with_columns(shape.alias(s["shape"])), x, pattern, parts, s)
    y, m, d = (nw.col(s[key]) for key in "ymd")
    leap = ((y % 4 == 0) & (y % 100 != 0)) | (y % 400 == 0)
    longest = (
        nw.when(m.is_in([4, 6, 9, 11])).then(nw.lit(30))
        .otherwise(nw.when(m == 2).then(nw.when(leap).then(nw.lit(29)).otherwise(nw.lit(28)))
                   .otherwise(nw.lit(31)))
    )  # fmt: skip
    real = nw.col(s["shape"]) & (y >= FIRST_YEAR) & (y <= LAST_YEAR) & (m >= 1) & (m <= 12)
    real = (real & (d >= 1) & (d <= longest)).fill_null(value=False)
    # days since 1970-01-01 in the proleptic calendar, years counted from March
    march = y - nw.when(m <= 2).then(nw.lit(1)).otherwise(nw.lit(0))
    era, of_era = march // 400, march % 400
    of_year = (153 * ((m + 9) % 12) + 2) // 5 + d - 1
    day = era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468
    two = [nw.concat_str([nw.lit("0"), e.cast(nw.String)]).str.tail(2) for e in (m, d)]
    text = nw.concat_str([y.cast(nw.String), nw.lit("-"), two[0], nw.lit("-"), two[1]])
    return frame.with_columns(
        real.alias(s["real"]),
        day.cast(nw.Int64).alias(s["day"]),
        nw.when(real).then(text).alias(s["date"]),
    ), s


def _to_date(text: nw.Expr) -> nw.Expr:
    return text.str.to_date(format="%Y-%m-%d")


def _to_datetime(text: nw.Expr) -> nw.Expr:
    return nw.concat_str([text, nw.lit(" 00:00:00")]).str.to_datetime(format="%Y-%m-%d %H:%M:%S")


def _in_zone(frame: Frame, s: dict[str, str], x: str, zone: ZoneInfo) -> Frame:
    """Add the zone's offset in seconds at each local time, or at each instant with an offset."""
    table, changes = zone_table(zone)
    year = nw.when(nw.col(s["real"])).then(nw.col(s["y"]))
    frame = frame.with_columns(year.alias(s["year"]))
    lookup = _like(frame, table, s["year"])
    frame = frame.join(lookup, on=s["year"], how="left")
    given = ~nw.col(s["offset"]).is_null()
    t = nw.col(s["seconds"])
    offset, absent, twice = nw.col("zone__base"), nw.lit(value=False), nw.lit(value=False)
    for k in range(changes):
        at, before, after = (nw.col(f"zone__{name}{k}") for name in ("at", "before", "after"))
        low = nw.when(before < after).then(before).otherwise(after)
        high = nw.when(before < after).then(after).otherwise(before)
        start = nw.when(given).then(at).otherwise(at + high)
        offset = nw.when(t >= start).then(after).otherwise(offset)
        inside = (t >= at + low) & (t < at + high)
        absent = absent | (inside & (after > before)).fill_null(value=False)
        twice = twice | (inside & (after < before)).fill_null(value=False)
    frame = frame.with_columns(
        offset.alias(s["local"]), absent.alias(f"{x}__absent"), twice.alias(f"{x}__twice")
    )
    return frame.drop([name for name in table if name != "year"])


def _like(frame: Frame, table: dict[str, list[int | None]], key: str) -> Frame:
    """The zone's table beside a frame, of the same engine."""
    schema = dict.fromkeys(table, pl.Int64)
    return nw.from_native(pl.DataFrame(table, schema=schema)).rename({"year": key})


@lru_cache(maxsize=8)
def zone_table(zone: ZoneInfo) -> tuple[dict[str, list[int | None]], int]:
    """The changes of a zone's offset, one row a year of 1900 to 2999.

    Returns:
        Columns ``year``, ``zone__base`` (offset in seconds before the year's first change) and, for
        the k-th change, ``zone__at{k}`` (UTC, seconds since 1970), ``zone__before{k}`` and
        ``zone__after{k}``; and how many changes a row can hold.
    """

    def offset(seconds: int) -> int:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
        return int(moment.astimezone(zone).utcoffset().total_seconds())  # type: ignore[union-attr]

    def start(year: int) -> int:
        return (date(year, 1, 1) - date(1970, 1, 1)).days * 86400 - REACH

    changes: list[tuple[int, int, int]] = []
    at, last, step = start(FIRST_YEAR), start(LAST_YEAR + 1), 10 * 86400
    before = offset(at)
    while at < last:
        after = offset(at + step)
        if after != before:
            low, high = at, at + step
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(middle) == before else (low, middle)
            changes.append((high, before, after))
        at, before = at + step, after
    years = range(FIRST_YEAR, LAST_YEAR + 1)
    rows: dict[int, list[tuple[int, int, int]]] = {year: [] for year in years}
    for change in changes:
        guess = 1970 + change[0] // 31556952
        for year in range(guess - 1, guess + 2):
            if year in rows and start(year) <= change[0] < start(year + 1) + 2 * REACH:
                rows[year].append(change)
    most = max(len(row) for row in rows.values())
    table: dict[str, list[int | None]] = {
        "year": list(years), "zone__base": [offset(start(year)) for year in years]
    }  # fmt: skip
    for k in range(most):
        for n, name in enumerate(("at", "before", "after")):
            table[f"zone__{name}{k}"] = [row[k][n] if k < len(row) else None for row in rows.values()]
    return table, most
