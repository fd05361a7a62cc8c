"""Datetimes taken apart into days and times are what they are whole, whatever a cell holds."""

import datetime as dt
import random
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from norwalk_analytics.intake import cells, moments
from norwalk_analytics.intake.distinct import converted
from norwalk_analytics.intake.moments import through_parts

ZONES = (
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "UTC",
    "Asia/Kathmandu",
    "America/Caracas",
)
ODD = [
    None, "", "  ", "N/A", "2024-03-05", "3/5/2024", "noon", "2024-03-05 25:00", "2024-02-30 10:00", "1899-12-31 10:00",
    "2999-12-31 23:59", "3000-01-01 00:00", "2024-03-05 10:00 AM", "3/5/2024 0:00 AM", "3/5/2024 13:00 PM", "3/5/2024 12:00 AM",
    "2024-03-05T10:00Z", "2024-03-05T10:00+19:00", "2024-03-05T23:59:59.999-18:00", "2024-03-05 10:00+0530",
    "2024-03-05  10:00", "2024-03-05 10:00 +01:00", "2024-03-05T 10:00", "#REF!", "2024-03-05 10:60", "2024-03-05 10:00 x",
    "3/5/24 10:00", "2024-03-05 10:00:61", "3/5/2024 9:05 pm", "2024-03-05\u00a010:00", " 2024-03-05 10:00 ", "T", "1900-01-01T00:00+14:00",
]  # fmt: skip


def written(moment, how):
    """A moment as people write one."""
    return [
        f"{moment:%Y-%m-%d %H:%M}", f"{moment:%Y-%m-%dT%H:%M:%S}", f"{moment.month}/{moment.day}/{moment.year} {moment:%H:%M}",
        f"{moment.month}/{moment.day}/{moment.year} {(moment.hour % 12) or 12}:{moment:%M} {'AM' if moment.hour < 12 else 'PM'}",
        f"{moment:%Y-%m-%dT%H:%M}Z", f"{moment:%Y-%m-%d %H:%M}-05:00", f"{moment:%Y-%m-%d %H:%M:%S}+14:00",
    ][how]  # fmt: skip


@pytest.mark.parametrize("zone", ZONES)
def test_taken_apart_as_whole(zone, monkeypatch):
    monkeypatch.setattr(moments, "FEWER", 0)  # take apart, however few repeat
    chance, where = random.Random(zone), ZoneInfo(zone)
    changes = [dt.datetime(2024, 3, 10, 2), dt.datetime(2024, 11, 3, 1), dt.datetime(2024, 3, 31, 2), dt.datetime(2024, 4, 7, 2),
               dt.datetime(2016, 5, 1, 2, 30), dt.datetime(2007, 12, 9, 3), dt.datetime(1901, 1, 1), dt.datetime(2999, 12, 31)]  # fmt: skip
    near = [one + dt.timedelta(minutes=chance.randint(-3000, 1400)) for one in changes for _ in range(150)]
    far = [
        dt.datetime(1900, 1, 2) + dt.timedelta(minutes=chance.randint(0, 578_000_000)) for _ in range(1500)
    ]
    texts = [written(moment, chance.randrange(7)) for moment in near + far] + ODD * 2
    chance.shuffle(texts)

    def convert(frame):
        return cells.datetimes(cells.clean(frame, "x", ("", "N/A"), {}), "x", where)

    columns = pl.DataFrame({"a": texts, "b": texts[::-1]}, schema={"a": pl.String, "b": pl.String})
    apart = through_parts(columns, convert, where)
    for name in columns.columns:
        assert_frame_equal(apart[name], converted(columns[name], convert).select(apart[name].columns))
