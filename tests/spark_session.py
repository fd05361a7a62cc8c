"""One session of Spark for all tests of a run, in a zone that is neither the process's nor UTC."""

import os
import shutil
import sys
from functools import cache

import pytest

WHY = "needs Java 17 and pip install 'norwalk-analytics[spark]'"


@cache
def session():
    """A local session; the test is skipped where there is no Java or no PySpark."""
    if shutil.which("java") is None:
        pytest.skip(WHY)
    pytest.importorskip("pyspark", reason=WHY)
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    made = (
        SparkSession.builder.master("local[2]").appName("tests")
        .config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.shuffle.partitions", "4").config("spark.sql.session.timeZone", "Asia/Tokyo")
        .config("spark.driver.memory", "3g").config("spark.sql.ansi.enabled", "true")
        .getOrCreate()
    )  # fmt: skip
    made.sparkContext.setLogLevel("OFF")
    return made
