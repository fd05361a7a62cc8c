"""A session of Spark that says nothing, frames put beside its own, and where rows are kept."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import polars as pl
from pyspark.errors import PySparkException
from pyspark.logger import PySparkLogger
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import from_arrow_schema

from norwalk_analytics.policy import UserError

SHUFFLED = "spark.sql.shuffle.partitions"


def kept_in(spark: SparkSession) -> str:
    """Where rows are kept when nobody says where."""
    shared = spark.conf.get("spark.checkpoint.dir", None)
    if shared:
        return f"{shared.rstrip('/')}/norwalk-analytics-{uuid4().hex}"
    folder = tempfile.mkdtemp(prefix="norwalk-analytics-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def beside(spark: SparkSession) -> Callable[[pl.DataFrame], DataFrame]:
    """Puts a small frame beside those of the session."""

    def small(frame: pl.DataFrame) -> DataFrame:
        arrow = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        return spark.createDataFrame(arrow, from_arrow_schema(arrow.schema, prefer_timestamp_ntz=True))

    return small


def in_files(spark: SparkSession, out: str) -> Callable[[DataFrame], DataFrame]:
    """Keeps what several counts are made from in files: their plans stay short, and rows are read once."""

    def kept(frame: DataFrame) -> DataFrame:
        path = f"{out}/made.{uuid4().hex}"
        frame.write.parquet(path)
        return spark.read.parquet(path)

    return kept


def session() -> SparkSession:
    """The session that runs, or one as Spark is configured, on this machine where nothing is; it says and logs nothing."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault(
        "SPARK_DRIVER_MEMORY", f"{_half_of_memory()}m"
    )  # counts where Spark is set up with nothing else
    builder = SparkSession.builder.appName("norwalk-analytics").config(
        "spark.ui.showConsoleProgress", "false"
    )
    with _silence():
        spark = builder.getOrCreate()
        spark.sparkContext.setLogLevel("OFF")
    if (
        str(spark.sparkContext.master).startswith("local") and spark.conf.get(SHUFFLED) == "200"
    ):  # nobody set it
        spark.conf.set(SHUFFLED, str(2 * spark.sparkContext.defaultParallelism))
    return spark


def _half_of_memory() -> int:
    """Half of this machine's memory in MiB; Spark's own 1 GiB where that can't be told."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 21
    except (AttributeError, ValueError, OSError):
        return 1024


@contextmanager
def _silence() -> Iterator[None]:
    """Nothing reaches the terminal, now or later, of a program that is started meanwhile: its errors quote cells."""
    kept = os.dup(1), os.dup(2)
    try:
        with Path(os.devnull).open("w") as nothing:
            os.dup2(nothing.fileno(), 1)
            os.dup2(nothing.fileno(), 2)
        yield
    finally:
        for number, old in zip((1, 2), kept, strict=True):
            os.dup2(old, number)
            os.close(old)


@contextmanager
def without_cells(name: str) -> Iterator[None]:
    """What Spark says of a failure may hold a cell; only of which kind it is is told."""
    for logger in (
        "DataFrameQueryContextLogger",
        "SQLQueryContextLogger",
    ):  # they print what failed, cell and all
        PySparkLogger.getLogger(logger).disabled = True
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        kind = error.getCondition() if isinstance(error, PySparkException) else None
        said = f" ({kind})" if kind else f" ({type(error).__name__})"
        message = f"{name}: Spark could not do it{said}. Nothing was loaded."
        failure = UserError(message)
    else:
        return
    raise failure
