"""Spark: the same answer on a standalone cluster of two workers on this machine, and when a worker is killed mid-run."""

import csv
import importlib.util
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest
from engines import PARTS, differences
from planted_faults import plant
from spark_session import WHY

from norwalk_analytics import load_district
from norwalk_analytics.intake.loaded import Counts
from norwalk_analytics.intake.scanned import BROKEN

pytestmark = pytest.mark.long
HERE = Path(__file__).parent
AS_OF = "2026-06-30"
FILES = 3
LONG = 300
"""Seconds that nothing should take, even on a machine with much else to do."""


@pytest.fixture(scope="module")
def pyspark_folder():
    found = importlib.util.find_spec("pyspark")
    if found is None or shutil.which("java") is None:
        pytest.skip(WHY)
    return Path(found.origin).parent


@pytest.fixture(scope="module")
def folders(clean_rows, tmp_path_factory):
    """Three files a table: 300 planted faults, and rows twice, keys twice, a ragged row, a total and a blank row."""
    folder, chance = tmp_path_factory.mktemp("planted"), random.Random(1)
    for name, planted in plant(clean_rows, count=300, seed=3).tables.items():
        header = [*clean_rows[name][0], "My note"]
        rows = [[*row, chance.choice(["", 'a, "b"', "line\nfeed"])] for row in planted]
        some = [list(row) for row in chance.sample(rows, 30)]
        changed = [[*row[:-1], "changed"] for row in some[15:]]
        odd = [["Total", *[""] * (len(header) - 1)], [""] * len(header), rows[5][:3], [*rows[7], "x", "y"]]
        every = [*rows, *some[:15], *changed, *odd]
        chance.shuffle(every)
        (folder / f"{name}.csv").mkdir()
        for i in range(FILES):
            with (folder / f"{name}.csv" / f"part{i}.csv").open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([header, *every[i::FILES]])
        shutil.copytree(folder / f"{name}.csv", folder / "in_memory" / name)
    return folder


@pytest.fixture(scope="module")
def whole(folders):
    return load_district(folders / "in_memory", as_of=date.fromisoformat(AS_OF))


def kill(process):
    """A process and all that it started, at once: what a worker held is lost."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def until(found, process):
    """Waits for something while a process lives."""
    late = time.monotonic() + LONG
    while not found():
        assert process.poll() is None, "it ended too soon"
        assert time.monotonic() < late, "it took too long"
        time.sleep(0.02)


@contextmanager
def cluster(pyspark_folder, folder):
    """A master, and two ways to start a process in a group of its own: a worker, given its number; any, given its name."""
    folder.mkdir()
    started = []
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(HERE.parent), str(HERE)]),
        "SPARK_HOME": str(pyspark_folder),
        "SPARK_LOCAL_DIRS": str(folder / "blocks"),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_DAEMON_JAVA_OPTS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    }
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    master = f"spark://127.0.0.1:{port}"

    def start(name, *command):
        with (folder / f"{name}.out").open("w") as out, (folder / f"{name}.err").open("w") as err:
            started.append(
                subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=folder, env=env, start_new_session=True,
                )
            )  # fmt: skip
        return started[-1]

    def daemon(name, kind, *arguments):
        kind = f"org.apache.spark.deploy.{kind}"
        spark = str(pyspark_folder / "bin" / "spark-class")
        return start(name, spark, kind, "--host", "127.0.0.1", "--webui-port", "0", *arguments)

    def worker(number):
        room = ("-c", "1", "-m", "1g", "-d", str(folder / f"work{number}"))
        return daemon(f"worker{number}", "worker.Worker", *room, master)

    try:
        daemon("master", "master.Master", "--port", port)
        yield master, worker, start
    finally:
        for process in reversed(started):
            kill(process)


def written(out, said):
    """What a run left in files, in the form in which tables are held against each other."""
    tables = {}
    for name, one in said.items():
        parts = {
            part: pl.read_parquet(out / f"{name}.{part}/*.parquet")
            for part in ("accepted", *PARTS)
            if part != "frame"
        }
        tables[name] = SimpleNamespace(
            frame=parts.pop("accepted"),
            counts=Counts(*one["counts"]),
            by_rule=pl.DataFrame(one["by_rule"], schema=BROKEN),
            **parts,
        )
    return SimpleNamespace(tables=tables)


@pytest.mark.parametrize("killed", [True], ids=["each killed once"])
def test_the_same_on_two_workers(pyspark_folder, folders, whole, tmp_path, killed):
    """A worker is killed and another one comes, then the other of the first two is: no block is left that was cached."""
    out, logs = tmp_path / "out", tmp_path / "cluster"
    places = {name: str(folders / f"{name}.csv") for name in whole.tables}
    with cluster(pyspark_folder, logs) as (master, worker, start):
        first, second = worker(0), worker(1)
        run = [str(HERE / "spark_cluster_run.py"), master, json.dumps(places), AS_OF, str(out)]
        driver = start("driver", sys.executable, *run)
        if killed:
            until((out / "tool_registrations.accepted").exists, driver)
            kill(first)
            third = worker(2)
            until((out / "audit_findings.problems").exists, driver)
            kill(second)
            assert third.poll() is None
        assert driver.wait(timeout=LONG) == 0
        said = json.loads((logs / "driver.out").read_text().splitlines()[-1])
    lost = (logs / "driver.err").read_text()
    assert (said["executors"], lost.count("Lost executor")) == ((1, 2) if killed else (2, 0))
    assert ("No more replicas available for rdd_" in lost) == killed
    assert all(one.counts.set_aside > 100 for one in whole.tables.values())
    assert differences(whole, written(out, said["tables"])) == []


def test_a_frame_when_a_worker_is_killed(pyspark_folder, folders, whole, tmp_path):
    """Rows are numbered as they come; those that are made again keep their numbers."""
    name, out, logs = "tool_registrations", tmp_path / "out", tmp_path / "cluster"
    places = {name: f"frame:{folders / name}.csv"}
    with cluster(pyspark_folder, logs) as (master, worker, start):
        first, _ = worker(0), worker(1)
        run = [str(HERE / "spark_cluster_run.py"), master, json.dumps(places), AS_OF, str(out)]
        driver = start("driver", sys.executable, *run)
        until((out / f"{name}.problems").exists, driver)
        kill(first)
        assert driver.wait(timeout=LONG) == 0
    accepted, aside = (
        pl.read_parquet(out / f"{name}.{part}/*.parquet") for part in ("accepted", "quarantined")
    )
    assert accepted.join(aside, on="row_number", how="semi").is_empty()
    wanted = whole.tables[name]
    assert (accepted.height, aside.height) == (wanted.frame.height, wanted.quarantined.height)
    # which of two rows that are at odds is set aside hangs on their order
    both = ((accepted, aside), (wanted.frame, wanted.quarantined))
    ids = [[one for of in pair for one in of["registration_id"].fill_null("")] for pair in both]
    assert sorted(ids[0]) == sorted(ids[1])
    assert pl.read_parquet(out / f"{name}.typed/*.parquet").is_empty()
