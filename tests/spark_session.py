"""One Spark session for the tests: small, quiet, and in a zone that is nobody's."""

from functools import cache


@cache
def session():
    """A local Spark session: two cores, ANSI on, its zone neither the process's nor UTC, and silent."""
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.session.timeZone": "Asia/Tokyo",
        "spark.sql.ansi.enabled": "true",
        "spark.driver.memory": "3g",
        "spark.sql.timestampType": "TIMESTAMP_NTZ",
    }
    builder = SparkSession.builder.master("local[2]").appName("norwalk_analytics")
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    return spark
