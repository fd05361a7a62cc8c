"""A measure on Spark beside the same group-bys written by hand in Spark SQL."""

from __future__ import annotations

from pathlib import Path

from benchmarks.timing import in_turn

RUNS = 3
SQL = """
with cases as (
  select school_id, employee_role, channel, {person},
         year(occurred_at__on) * 12 + month(occurred_at__on) - 1 as index,
         cast(coalesce(parent_informed_at <= occurred_at + interval {hours} hours, false)
              and coalesce(parent_informed_at__on <= date '2026-06-30', false) as bigint) as met
  from log
  where kind = 'emergency_contact' and logged_at__on <= date '2026-06-30'
    and occurred_at__minute + {hours} * 60 < {end}
), named as (
  select index, {person}, sum(met) as met, count(*) as n from cases where {person} is not null group by index, {person}
  union all select index, null, met, 1 from cases where {person} is null
)
select index, sum(met) as hits, sum(cast(met > 0 as bigint)) as hit, sum(cast(n > met as bigint)) as missed,
       sum(n) as rows, count(*) as people, max(n) as largest
from named group by index order by index
"""
"""Counts by month of emergency contacts of which parents were informed in time, and of one kind of people behind them."""


def against_sql(path: Path, runs: int = RUNS) -> list[float]:
    """Time of the measure's counts by month ÷ time of the SQL, in turn; both must give the same."""
    import narwhals as nw
    import polars as pl

    from benchmarks.scale import AS_OF
    from norwalk_analytics.intake.contract import read_contract
    from norwalk_analytics.intake.loaded import Counts, District
    from norwalk_analytics.intake.scanned import BROKEN, Scanned
    from norwalk_analytics.oversight import contacts
    from norwalk_analytics.oversight.counting import count
    from norwalk_analytics.oversight.measures import tables_of
    from norwalk_analytics.spark import session

    spark = session()
    frame = spark.read.parquet(str(path))
    frame.createOrReplaceTempView("log")
    contract = read_contract()
    table = contract.tables["exception_log"]
    one = Scanned(
        table, "log", "", frame, frame, frame, frame, Counts(0, 0, 0, 0, 0), pl.DataFrame(schema=BROKEN)
    )
    district = District(contract, AS_OF, {"exception_log": one})

    def ours() -> pl.DataFrame:
        tables = tables_of(district)
        due = contacts.timely(contacts.entries(tables), "emergency_parent").filter(nw.col("due"))
        return count(due, ["index"])

    words = {
        "end": tables_of(district).clock.end_minute,
        "hours": contract.policy.limits["parent_informed"].hours,
    }

    def by_hand() -> list[pl.DataFrame]:
        people = ("employee_id", "student_ref")
        return [pl.DataFrame(spark.sql(SQL.format(person=one, **words)).toArrow()) for one in people]

    mine, (employees, students) = ours().sort("index"), by_hand()
    assert mine["numerator"].to_list() == employees["hits"].to_list() == students["hits"].to_list()
    assert mine["denominator"].to_list() == employees["rows"].to_list()
    assert (
        mine["largest"].to_list()
        == employees.select(pl.max_horizontal("largest", students["largest"])).to_series().to_list()
    )
    return in_turn(ours, by_hand, runs)
