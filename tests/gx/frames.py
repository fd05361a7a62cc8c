"""Made-up Polars frames, and the same data as pandas holds it.

The kinds of columns, by name:

- ``text``, ``flag``, ``whole``, ``unsigned``, ``real``, ``wild``, ``day``, ``moment``, ``zoned``, ``category``,
  ``level`` and ``nothing`` (the Null type);
- texts that mean something: ``stamp`` (dates written out) and ``json``.

``real`` holds multiples of 1/64, so that sums and quartiles are exact whatever the order of adding; ``wild`` holds
any finite float, for what is compared and never added.
"""

import datetime as dt
from zoneinfo import ZoneInfo

import pandas as pd
import polars as pl
from hypothesis import strategies as st

ZONES = ("Europe/Berlin", "America/New_York", "UTC", "Asia/Kathmandu")
LEVELS = ("low", "middle", "high", "", "Ünïcode 😀")
NUMBERS = ("whole", "unsigned", "real")
TEXTS = ("text", "category", "level")
TIMES = ("moment", "zoned")
KINDS = (*NUMBERS, "wild", "text", "flag", "day", *TIMES, "category", "level", "nothing")
ROWS = 9

_TURNS = (  # instants around the clock changes of the zones
    dt.datetime(2024, 3, 10, 6, 59, 59),
    dt.datetime(2024, 3, 10, 7, 0),
    dt.datetime(2024, 11, 3, 5, 30),
    dt.datetime(2024, 11, 3, 6, 30),
    dt.datetime(2024, 3, 31, 0, 59, 59),
    dt.datetime(2024, 3, 31, 1, 30),
    dt.datetime(2024, 10, 27, 0, 30),
    dt.datetime(2024, 10, 27, 1, 30),
)
_DAYS = (dt.date(2024, 2, 29), dt.date(1970, 1, 1), dt.date(1969, 12, 31), dt.date(2023, 12, 31))
_WORDS = (
    "",
    " ",
    "a",
    "b",
    "A",
    "ab",
    "abc",
    "é",
    "e\u0301",
    "ß",
    "😀",
    "👩‍👩‍👧",
    "two\nlines",
    " a ",
    "a b",
    "12",
    "-3",
)
_STAMPS = (
    "2024-02-29",
    "2023-02-29",
    "2024-1-5",
    " 2024-01-05",
    "2024-01-05 ",
    "05/01/2024",
    "2024-01-05T10:11:12",
    "2024-01-05 10:11:12.5",
    "Jan 5, 2024",
    "10:11",
    "",
    "never",
    "20240105",
    "2024-13-01",
    "99999999999999999999",
    "2024-01-05T10:11:12Z",
    "2024-01-05 10:11:12+01:00",
    "5 janvier",
)
_JSONS = (
    '{"a": 1}',
    '{"a": "x"}',
    "[1, 2]",
    "1",
    '"x"',
    "null",
    "true",
    "{}",
    '{"b": [1, {"c": null}]}',
    " 3 ",
    "1e3",
)
_NO_JSONS = ("", " ", "{", "{'a': 1}", "nul", "NaN", "Infinity", "[1,]", "01", '{"a": 1} x', "😀")

_letters = st.characters(codec="utf-8", exclude_characters="\x00")
_moments = st.sampled_from(_TURNS) | st.datetimes(dt.datetime(1950, 1, 1), dt.datetime(2060, 1, 1))
_dyadic = st.integers(-(2**20), 2**20).map(lambda number: number / 64)

VALUES = {
    "text": st.sampled_from(_WORDS) | st.text(_letters, max_size=4),
    "flag": st.booleans(),
    "whole": st.integers(-5, 5) | st.integers(-(2**40), 2**40),
    "unsigned": st.integers(0, 4) | st.integers(0, 255),
    "real": st.sampled_from((0.0, -0.0, 1.0, -1.5, 0.25)) | _dyadic,
    "wild": st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from((0.0, -0.0, 0.1, 1e308, 5e-324)),
    "day": st.sampled_from(_DAYS) | st.dates(dt.date(1950, 1, 1), dt.date(2060, 1, 1)),
    "moment": _moments,
    "zoned": _moments.map(lambda moment: moment.replace(tzinfo=dt.UTC)),
    "category": st.sampled_from(_WORDS),
    "level": st.sampled_from(LEVELS),
    "nothing": st.none(),
    "stamp": st.sampled_from(_STAMPS) | st.dates().map(str) | st.text(_letters, max_size=4),
    "json": st.sampled_from(_JSONS),
    "jsonish": st.sampled_from(_JSONS + _NO_JSONS),
}


def dtype_of(kind, zone="UTC", narrow=False):
    """The Polars type of a kind."""
    return {
        "flag": pl.Boolean,
        "whole": pl.Int64,
        "unsigned": pl.UInt8 if narrow else pl.UInt64,
        "real": pl.Float64,
        "wild": pl.Float64,
        "day": pl.Date,
        "moment": pl.Datetime("ms" if narrow else "us"),
        "zoned": pl.Datetime("us", zone),
        "category": pl.Categorical,
        "level": pl.Enum(LEVELS),
        "nothing": pl.Null,
    }.get(kind, pl.String)


@st.composite
def columns(draw, name, kind, rows, nulls=True):
    """A column: mixed, few values often, one value only, no nulls, all nulls."""
    modes = ["full", "few", "constant"] + (["holes", "few holes", "empty"] if nulls else [])
    mode = draw(st.sampled_from(modes))
    values = VALUES[kind]
    if "few" in mode:
        values = st.sampled_from(draw(st.lists(values, min_size=1, max_size=3)))
    if mode == "constant":
        values = st.just(draw(values))
    if "holes" in mode:
        values = st.none() | values
    if mode == "empty":
        values = st.none()
    data = draw(st.lists(values, min_size=rows, max_size=rows))
    narrow = draw(st.booleans()) if kind in ("unsigned", "moment") else False
    if kind == "zoned":
        zone = draw(st.sampled_from(ZONES))
        return pl.Series(name, data, pl.Datetime("us", "UTC")).dt.convert_time_zone(zone)
    dtype = dtype_of(kind, narrow=narrow)
    if narrow and kind == "moment":
        data = [value and value.replace(microsecond=value.microsecond // 1000 * 1000) for value in data]
    return pl.Series(name, data, dtype)


@st.composite
def frames(draw, kinds, nulls=True, max_rows=ROWS, others=()):
    """A frame with a key, a column for each name in ``kinds`` and helpers for row conditions."""
    rows = draw(st.sampled_from((0, 1, *range(2, max_rows + 1))) | st.integers(2, max_rows))
    key = pl.Series("key", [f"k{number}" for number in range(rows)], pl.String)
    series = [draw(columns(name, kind, rows, nulls)) for name, kind in kinds.items()]
    series += [draw(columns(name, kind, rows)) for name, kind in dict(others).items()]
    return pl.DataFrame([key, *series])


def to_pandas(frame):
    """The frame as pandas holds it.

    Texts and dates are objects, datetimes datetime64[ns] (the only unit whose text bounds Great Expectations reads),
    Booleans are bool, or objects where one is missing. Integers with a missing value are float64, as pandas has it:
    whatever is then returned is a float, to be compared as a number. Categoricals are categories, an Enum's ordered;
    the Categoricals of a frame share theirs, or pandas would not compare them.
    """
    categories = sorted(
        {value for series in frame.select(pl.col(pl.Categorical)) for value in series.drop_nulls()}
    )
    held = {series.name: _to_pandas(series, categories) for series in frame}
    return pd.DataFrame(held, index=pd.RangeIndex(frame.height))


def _to_pandas(series, categories):
    values, dtype = series.to_list(), series.dtype
    if dtype == pl.Categorical:
        return pd.Series(pd.Categorical(values, categories=categories))
    if isinstance(dtype, pl.Enum):
        return pd.Series(pd.Categorical(values, categories=dtype.categories.to_list(), ordered=True))
    if isinstance(dtype, pl.Datetime):
        if dtype.time_zone is None:
            return pd.Series(values, dtype="datetime64[ns]")
        utc = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None).to_list()
        naive = pd.Series(utc, dtype="datetime64[ns]")
        return naive.dt.tz_localize("UTC").dt.tz_convert(ZoneInfo(dtype.time_zone))
    if dtype.is_integer():
        return pd.Series(values, dtype="float64" if series.null_count() else str(dtype).lower())
    if dtype.is_float():
        return pd.Series(values, dtype="float64")
    if dtype == pl.Boolean and not series.null_count():
        return pd.Series(values, dtype="bool")
    return pd.Series(values, dtype="object")
