"""The room of oversight gives the same figures on Polars in memory, on scans of Parquet, and on Spark, to the last bit."""

from dataclasses import replace
from datetime import date, timedelta

import narwhals as nw
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from norwalk_analytics import cases, figures, roll_forward, time_to_event, waits
from norwalk_analytics.board.waited import SAID, closing_points
from norwalk_analytics.oversight import audits
from norwalk_analytics.oversight.disclosure import suppress
from norwalk_analytics.oversight.durations import CLOSING, WAITS
from norwalk_analytics.oversight.findings import _chained
from norwalk_analytics.oversight.how_long import how_long
from norwalk_analytics.oversight.measures import MEASURES, all_figures, tables_of

BIG = ("tool_registrations", "exception_log", "audit_findings")
BY = ("district", "school", "role", "setting", "platform", "channel")


def elsewhere(district, folder, read, beside):
    """The district with its three tables written to Parquet and read by an engine."""
    tables = dict(district.tables)
    for name in BIG:
        if name in tables:
            tables[name].frame.write_parquet(folder / f"{name}.parquet")
            tables[name] = replace(tables[name], frame=read(str(folder / f"{name}.parquet")))
    return replace(district, tables=tables, beside=beside)


def scanned(district, folder):
    return elsewhere(district, folder, pl.scan_parquet, pl.DataFrame.lazy)


def on_spark(district, folder, spark):
    return elsewhere(
        district, folder, spark.read.parquet, lambda small: spark.createDataFrame(small.to_arrow())
    )


def on_duckdb(district, folder):
    duckdb = pytest.importorskip("duckdb", reason="needs pip install 'norwalk-analytics[databases]'")
    database = duckdb.connect()
    return elsewhere(
        district, folder, database.read_parquet, lambda small: database.from_arrow(small.to_arrow())
    )


def in_memory(frame):
    if isinstance(frame, pl.LazyFrame):
        return frame.collect()
    if hasattr(frame, "pl"):  # a relation of DuckDB
        return frame.pl()
    return frame if isinstance(frame, pl.DataFrame) else pl.from_arrow(frame.toArrow())


def same(mine, wanted):
    """Whether two frames hold the same rows, in any order, to the last bit."""
    mine, wanted = in_memory(mine), in_memory(wanted)
    assert_frame_equal(
        mine.sort(mine.columns), wanted.sort(wanted.columns), check_exact=True, check_row_order=True
    )


def same_times(mine, district):
    for name in (*WAITS, CLOSING):
        found, wanted = waits(name, mine), waits(name, district)
        assert not isinstance(found, pl.DataFrame)
        same(found, wanted)
        curves = [time_to_event(one, time="time", event="event", by=["school_id"]) for one in (found, wanted)]
        assert_frame_equal(*curves, check_exact=True)
    told = [how_long(list(SAID), one, district.policy.disclosure) for one in (mine, district)]
    assert_frame_equal(*told, check_exact=True)


def same_tables(mine, district):
    assert_frame_equal(roll_forward(mine), roll_forward(district))
    assert_frame_equal(*[audits.last_audited(tables_of(one)) for one in (mine, district)])


def same_cases(mine, district, names):
    for name in names:
        found = cases(name, mine)
        assert not isinstance(found, pl.DataFrame)
        assert_frame_equal(in_memory(found), cases(name, district))


ARROW = "DuckDB hands over rows by pyarrow: needs pip install 'norwalk-analytics[spark]'"


@pytest.fixture(scope="module")
def scan(district, tmp_path_factory):
    return scanned(district, tmp_path_factory.mktemp("scan"))


@pytest.mark.parametrize("by", BY)
def test_figures_of_scans(scan, district, by):
    same(figures(scan, by=by), figures(district, by=by))


def test_times_cases_and_tables_of_scans(scan, district):
    same_times(scan, district)
    same_tables(scan, district)
    same_cases(scan, district, MEASURES)
    some = figures(district).filter(measure="open_findings")
    shown = suppress(some, district.policy)
    assert_frame_equal(closing_points(shown, scan), closing_points(shown, district), check_exact=True)


def without(district, *names):
    return replace(district, tables={name: one for name, one in district.tables.items() if name not in names})


def same_without(district, elsewhere):
    """Rates are then over active registrations, and there is no register to link items to."""
    for left_out, name in (("returns", "friend_or_follow"), ("tool_registrations", "finding_rate")):
        fewer = without(district, left_out)
        found = [all_figures(tables_of(one), ("district",), (name,)) for one in (elsewhere(fewer), fewer)]
        same(*found)


def test_scans_without_returns_or_register(district, tmp_path):
    same_without(district, lambda fewer: scanned(fewer, tmp_path))


DAYS = [date(2020, 1, 10) + timedelta(days=100 * i) for i in range(4)]
CHAINS = [
    ("A", None, 0), ("B", "A", 1), ("C", "B", 2), ("D", "C", 3), ("E", "F", 0), ("F", "E", 1), ("G", "E", 2), ("H", "gone", 3),
]  # fmt: skip
"""A finding, what it repeats, and when it was audited: a chain of three repeats, a cycle, one that leads into it."""


@pytest.fixture(scope="module")
def chained(district):
    """A district of eight findings, each closed ten days after its audit, all of one school and clause."""
    one = district.frame("audit_findings").filter(result="finding", status="closed")[:1]
    names = pl.DataFrame(CHAINS, schema=["finding_id", "repeat_of", "turn"], orient="row")
    day = pl.lit(pl.Series(DAYS)).gather(names["turn"])
    made = pl.concat([one] * len(CHAINS)).with_columns(
        names["finding_id"], names["repeat_of"], names["finding_id"].alias("audit_id"), day.alias("audited_on"),
        day.alias("opened_on"), day.dt.offset_by("10d").alias("closed_on"), row_number=pl.int_range(8, dtype=one.schema["row_number"]),
    )  # fmt: skip
    days = [f"{name}__day" for name in ("audited_on", "opened_on", "closed_on")]
    made = made.with_columns(
        pl.col(name.removesuffix("__day")).to_physical().cast(made.schema[name]).alias(name) for name in days
    )
    tables = {**district.tables, "audit_findings": replace(district.tables["audit_findings"], frame=made)}
    return replace(district, tables=tables)


def same_chains(mine):
    """D and H are the last to be audited, and nothing repeats G; by way of G, both of the cycle were found again."""
    found = all_figures(tables_of(mine), ("district",), ("repeats",))
    again = found.filter(view="series", period="school_year")
    assert (again["numerator"].sum(), again["denominator"].sum()) == (5, 6)
    assert found.filter(group="in a cycle of repeats")["numerator"].to_list() == [2]
    assert sorted(in_memory(cases("repeats", mine))["finding_id"]) == ["A", "B", "C", "E", "F"]


def test_chains_of_repeats(chained, tmp_path):
    same_chains(chained)
    same_chains(scanned(chained, tmp_path))


links = st.dictionaries(st.sampled_from("ABCDEFGH"), st.sampled_from("ABCDEFGHI") | st.none())


@given(links)
def test_chains_are_what_a_plain_loop_says(repeats):
    wanted, back = set(), set()
    for name in repeats:
        at = name
        for _ in repeats:
            at = repeats.get(at)
            if at not in repeats:
                break
            (back if at == name else wanted).add((name, at))
    frame = pl.DataFrame(
        list(repeats.items()), schema={"finding_id": pl.String, "repeat_of": pl.String}, orient="row"
    )
    found = {pair for pair in nw.to_native(_chained(nw.from_native(frame))).rows() if pair[1] in repeats}
    assert found == wanted | back


@pytest.fixture(scope="module")
def to_the_microsecond(district):
    """The district with datetimes of its log moved by seconds and their fractions."""
    frame = district.frame("exception_log")
    moved = pl.int_range(pl.len()) * 7_654_321 % 59_999_999
    for name in ("occurred_at", "supervisor_notified_at", "parent_informed_at", "authority_reported_at"):
        at = (pl.col(name).cast(pl.Int64) + moved).cast(pl.Datetime("us"))
        frame = frame.with_columns(at.alias(name)).with_columns(
            (pl.col(name).cast(pl.Int64) // 60_000_000).alias(f"{name}__minute")
        )
        moved = moved * 3 % 59_999_999
    tables = {**district.tables, "exception_log": replace(district.tables["exception_log"], frame=frame)}
    return replace(district, tables=tables)


def test_hours_are_to_the_microsecond(to_the_microsecond, tmp_path):
    frame = to_the_microsecond.frame("exception_log")
    told = frame.filter(pl.col("logged_at__on") <= to_the_microsecond.as_of, kind="emergency_contact")
    told = told.filter(pl.col("supervisor_notified_at__on") <= to_the_microsecond.as_of)
    wanted = (told["supervisor_notified_at"] - told["occurred_at"]).dt.total_microseconds().clip(0) / 3.6e9
    found = waits("supervisor_told", to_the_microsecond).drop_nulls("event")["time"]
    assert found.to_list() == wanted.to_list()
    same_times(scanned(to_the_microsecond, tmp_path), to_the_microsecond)


# ---- on DuckDB, for which nothing was written: Narwhals takes its relations


@pytest.fixture(scope="module")
def relations(district, tmp_path_factory):
    pytest.importorskip("pyarrow", reason=ARROW)
    return on_duckdb(district, tmp_path_factory.mktemp("duckdb"))


def test_times_cases_and_tables_of_duckdb(relations, district):
    same_times(relations, district)
    same_tables(relations, district)
    same_cases(relations, district, MEASURES)
    some = ("coverage", "emergency_supervisor", "finding_rate", "repeats")
    same(*[all_figures(tables_of(one), ("district",), some) for one in (relations, district)])


@pytest.mark.long
@pytest.mark.parametrize("by", BY)
def test_figures_of_duckdb(relations, district, by):
    same(figures(relations, by=by), figures(district, by=by))


# ---- on Spark


@pytest.fixture(scope="module")
def sparked(district, tmp_path_factory, spark):
    return on_spark(district, tmp_path_factory.mktemp("spark"), spark)


@pytest.mark.long
def test_times_and_tables_on_spark(sparked, district):
    same_times(sparked, district)
    same_tables(sparked, district)


@pytest.mark.long
def test_hours_on_spark_are_to_the_microsecond(to_the_microsecond, tmp_path, spark):
    same_times(on_spark(to_the_microsecond, tmp_path, spark), to_the_microsecond)


@pytest.mark.long
def test_chains_of_repeats_on_spark(chained, tmp_path, spark):
    same_chains(on_spark(chained, tmp_path, spark))


@pytest.mark.long
def test_spark_without_returns_or_register(district, tmp_path, spark):
    same_without(district, lambda fewer: on_spark(fewer, tmp_path, spark))
