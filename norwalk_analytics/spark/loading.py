"""The tables of a district or a state, loaded with Spark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from norwalk_analytics.intake.contract import SMALL_TABLES
from norwalk_analytics.intake.loaded import District, Loaded
from norwalk_analytics.intake.loading import Step, load_table
from norwalk_analytics.intake.scanned import Scanned, refuse_if_whole_needed
from norwalk_analytics.intake.sources import OneContract
from norwalk_analytics.spark.checking import OneTable
from norwalk_analytics.spark.reading import Place, places_of, whole
from norwalk_analytics.spark.sessions import beside, in_files, kept_in, without_cells


def load_district(
    spark: SparkSession, source: str | Path | Mapping[str, Place], *, contract: OneContract = None,
    as_of: date | None = None, profiles: Sequence[str | Path] = (), step: Step | None = None,
    out: str | Path | None = None,
) -> District:  # fmt: skip
    """Load the tables of a district or a state with Spark.

    Args:
        spark: the session.
        source: a folder or URI that holds ``<table>.parquet`` or ``<table>.csv`` (a file, or a folder of files with the
            same header); a database of the session's catalog whose tables bear their names; or table → path, name or
            frame. A local folder may hold ``district.toml``. CSV is in UTF-8 with commas; what is not is read by
            ``spark.read`` and handed over as a frame.
        contract: a contract folder, laid over the shipped one; or a Contract.
        as_of: the day at whose end the data are read.
        profiles: import profiles; none that keeps one row a key.
        step: is told what is being done.
        out: a folder or URI that all workers can write to: there ``<table>.accepted``, ``.quarantined``, ``.problems`` and
            ``.left_out`` are kept as Parquet; by default under ``spark.checkpoint.dir``, or, where that is not set, in a
            folder of this machine that goes with the process. The rows of a frame or a table of the catalog stand in
            ``<table>.typed`` meanwhile.

    Returns:
        A district whose three tables are frames of Spark: accepted, quarantined and problems. ``returns`` and ``actions``
        are in memory. Row numbers of the n-th file are counted on from n × 2⁴⁰.

    Raises:
        UserError: if there is no table, or one can't be read as such; no message holds a cell.

    Example::

        district = load_district(spark, "s3a://agency/2026", as_of=date(2026, 6, 30))
    """
    of, places = places_of(spark, source, contract, as_of, profiles)
    tables: dict[str, Loaded | Scanned] = {}
    register: DataFrame | None = None
    kept = kept_in(spark) if out is None else str(out)
    for name, one in of.tables.items():
        if step is not None:
            step(f"{name}: checking on Spark")
        with without_cells(name):
            if name in SMALL_TABLES:
                here = one if name not in places else replace(one, source=whole(spark, places[name]))
                tables[name] = load_table(name, here, of)
                continue
            refuse_if_whole_needed(name, one, of)
            table = OneTable(spark, of, of.contract.tables[name], one, kept)
            tables[name] = table.load(places[name], register)
            register = table.register if table.register is not None else register
    return District(
        of.contract,
        of.as_of,
        tables,
        of.sample,
        of.folder,
        beside=beside(spark),
        kept=in_files(spark, kept),
    )
