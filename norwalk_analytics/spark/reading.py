"""Where Spark finds tables, and their rows as it reads them: a place, and each cell under the number of its column."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import unquote

import polars as pl
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from norwalk_analytics.intake.batches import (
    AT,
    PART,
    RAW,
)
from norwalk_analytics.intake.contract import ALL_TABLES, SMALL_TABLES, TABLES
from norwalk_analytics.intake.sources import (
    OneContract,
    Sources,
    sources_of,
    sources_without_folder,
)
from norwalk_analytics.policy import UserError

Place: TypeAlias = "str | DataFrame"
"""A path or URI of CSV or Parquet, a table that the session knows, or a frame of it."""
RECORD = "_corrupt_record"
SCHEME = "^[a-z0-9]+:/*"
"""What a file's URI begins with, written with one stroke or three."""
CSV: dict[str, Any] = {
    "header": True, "multiLine": True, "escape": '"', "mode": "PERMISSIVE", "enforceSchema": False, "maxCharsPerColumn": -1,
    "columnNameOfCorruptRecord": RECORD, "columnPruning": False,
}  # fmt: skip
"""How CSV is read: quotes doubled, line feeds within quotes, every cell a text, a row of another length marked."""


def places_of(
    spark: SparkSession, source: str | Path | Mapping[str, Place], contract: OneContract, as_of: date | None,
    profiles: Sequence[str | Path],
) -> tuple[Sources, dict[str, Place]]:  # fmt: skip
    """What there is to load, and where Spark finds it."""
    if not isinstance(source, Mapping) and Path(source).is_dir():
        of = sources_of(source, contract, as_of, profiles)
        return of, {name: str(one.source) for name, one in of.tables.items() if name not in SMALL_TABLES}
    if isinstance(source, Mapping):
        places = dict(source)
        if unknown := [name for name in places if name not in ALL_TABLES]:
            message = f"There is no table {unknown[0]}. The tables: {', '.join(ALL_TABLES)}."
            raise UserError(message)
    else:
        places = {name: found for name in ALL_TABLES if (found := _found(spark, str(source), name))}
    if not any(name in places for name in TABLES):
        message = f"Spark finds none of the three tables ({', '.join(TABLES)}) there. Nothing was loaded."
        raise UserError(message)
    return sources_without_folder(list(places), contract, as_of, profiles), places


def _found(spark: SparkSession, source: str, name: str) -> str | None:
    """Where a folder, URI or database holds a table."""
    for place in (f"{source.rstrip('/')}/{name}.parquet", f"{source.rstrip('/')}/{name}.csv"):
        try:
            spark.read.text(place).schema  # noqa: B018
        except PySparkException:
            continue
        return place
    try:
        return f"{source}.{name}" if spark.catalog.tableExists(f"{source}.{name}") else None
    except PySparkException:
        return None


def whole(spark: SparkSession, place: Place) -> pl.DataFrame:
    """A small table in memory."""
    rows, _, header, _ = rows_of(spark, place)
    frame = in_memory(rows.drop(PART, AT, RAW))
    return frame.rename(dict(zip(frame.columns, header, strict=True)))


def in_memory(frame: DataFrame) -> pl.DataFrame:
    """A small frame of Spark in memory."""
    return pl.DataFrame(frame.toArrow())


def rows_of(spark: SparkSession, place: Place) -> tuple[DataFrame, list[str], list[str], str]:
    """Rows with PART, AT and RAW before their cells; the names of their files; the header; what was found out."""
    number, text = F.lit(None).cast("bigint"), F.lit(None).cast("string")
    part, files = F.lit(0), [place if isinstance(place, str) else "the frame"]
    if isinstance(place, DataFrame) or not re.search("[/\\\\]", place):
        frame, kind = place if isinstance(place, DataFrame) else spark.table(place), "Spark"
        header, number = frame.columns, F.monotonically_increasing_id() + 1
    elif place.lower().rstrip("/").endswith(".csv"):
        header = spark.read.options(**CSV).csv(place).columns
        schema = ", ".join(f"{_quoted(name)} string" for name in (*header, RECORD))
        frame, text, kind = spark.read.options(**CSV).csv(place, schema=schema), F.col(RECORD), "UTF-8, comma"
    elif place.lower().rstrip("/").endswith(".parquet"):
        frame, kind = spark.read.parquet(place), "Parquet"
        header, number = frame.columns, F.col("_metadata.row_index") + 1
    else:
        message = f"{Path(place).name}: Spark reads .csv and .parquet here. Read it by spark.read, and hand over the frame. Nothing was loaded."
        raise UserError(message)
    if kind != "Spark":
        paths = sorted(frame.inputFiles())
        path = F.regexp_replace("_metadata.file_path", SCHEME, "")
        part = F.array_position(F.array(*[F.lit(re.sub(SCHEME, "", one)) for one in paths]), path) - 1
        files = [unquote(one.rsplit("/", 1)[-1]) for one in paths]
    cells = [F.col(_quoted(name)).alias(f"c{i}") for i, name in enumerate(header)]
    numbered = frame.select(
        part.cast("bigint").alias(PART), number.cast("bigint").alias(AT), text.alias(RAW), *cells
    )
    if kind == "UTF-8, comma":  # a header cell that is empty, as Spark names it
        header = ["" if re.fullmatch(rf"_c{i}", name) else name for i, name in enumerate(header)]
    return numbered, files, header, kind


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
