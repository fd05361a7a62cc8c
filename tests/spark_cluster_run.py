"""A driver of its own: loads tables on a standalone cluster of two workers; prints counts and rules broken as JSON."""

import contextlib
import json
import os
import sys
import time
from datetime import date

from pyspark.sql import SparkSession
from spark_session import SETTINGS

from norwalk_analytics.spark import load_district

SOON = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""A machine of Java that lives for a minute is faster if it compiles little."""
CLUSTER = {
    **SETTINGS,
    "spark.driver.memory": "1g",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.extraJavaOptions": SOON,
    "spark.executor.memory": "700m",
    "spark.executor.extraJavaOptions": SOON,
    "spark.sql.shuffle.partitions": "4",
    "spark.sql.files.minPartitionNum": "3",  # a task a file
}


def executors(spark):
    """How many there are; the driver is told as one of them."""
    return len(spark.sparkContext._jsc.sc().statusTracker().getExecutorInfos()) - 1


def placed(spark, place):
    """A path; or a frame of what stands there, whose rows come from other tasks, in an order that may change."""
    if not place.startswith("frame:"):
        return place
    frame = spark.read.csv(place.removeprefix("frame:"), header=True, multiLine=True, escape='"')
    return frame.repartition(4, "school_id")


def main(master, places, as_of, out):
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master(master).appName("norwalk_analytics")
    for name, value in CLUSTER.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    late = time.monotonic() + 60
    while executors(spark) < 2:
        if time.monotonic() > late:
            sys.exit("two workers did not come")
        time.sleep(0.1)
    places = {name: placed(spark, place) for name, place in places.items()}
    found = load_district(spark, places, as_of=date.fromisoformat(as_of), out=out)
    made = {
        name: {"counts": one.counts, "by_rule": one.by_rule.to_dicts()} for name, one in found.tables.items()
    }
    print(json.dumps({"executors": executors(spark), "tables": made}))
    spark.stop()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main(sys.argv[1], json.loads(sys.argv[2]), *sys.argv[3:])
