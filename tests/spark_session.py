"""One Spark session for the tests: small, quiet, and in a zone that is nobody's."""

import importlib.util
import os
import shutil
import sys
from functools import cache

import pytest

WHY = "needs Java 17 and pip install 'norwalk-analytics[spark]'"
SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.session.timeZone": "Asia/Tokyo",
    "spark.sql.ansi.enabled": "true",
    "spark.driver.memory": "3g",
    "spark.ui.showConsoleProgress": "false",
    # few rows and many plans: what Spark does to be fast on many rows takes most of the time here
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}


@cache
def session():
    """A local session, ANSI on, its zone neither the process's nor UTC; a skip where there is no Java or PySpark."""
    if importlib.util.find_spec("pyspark") is None or shutil.which("java") is None:
        pytest.skip(WHY)
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master("local[2]").appName("norwalk_analytics")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    return spark
