"""Tables larger than memory: time beside a bare scan, and peak memory, each step in a process of its own.

``python -m benchmarks scale`` writes some 1.5 GB to a temporary folder, and takes a quarter of an hour.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl

from benchmarks.memory import used
from benchmarks.timing import Line, Section, lacking, say

SIZES = (1_000_000, 10_000_000, 30_000_000, 100_000_000)
CSV_ROWS = 3_000_000
SPARK_ROWS = 1_000_000
PART = 1_000_000
TILES = 400  # so many times the sample's people
AS_OF = date(2026, 6, 30)
FOUND = Path(__file__).with_name("scale.csv")
"""What docs/make_scale.py draws."""
USED = (
    "exception_id", "occurred_at", "occurred_at__on", "occurred_at__minute", "logged_at", "logged_at__on", "logged_at__minute",
    "school_id", "employee_id", "employee_role", "kind", "channel", "student_ref", "registration_id", "reason", "report_basis",
    "supervisor_notified_at", "supervisor_notified_at__on", "parent_informed_at", "parent_informed_at__on",
    "authority_reported_at", "authority_reported_at__on", "authority_reported_at__minute", "written_report_at",
    "written_report_at__on", "outcome",
)  # fmt: skip
"""The columns that rules and measures of the exception log read."""


def _sample(folder: Path) -> pl.DataFrame:
    """The sample's accepted rows of the exception log, with the columns beside them."""
    from norwalk_analytics import load_district, write_sample

    return load_district(write_sample(folder)).frame("exception_log")  # type: ignore[no-any-return]


def _tiled(frame: pl.DataFrame, rows: int, first: int) -> pl.DataFrame:
    """So many rows, each with a key of its own, of TILES times as many people."""
    at = pl.int_range(first, first + rows, dtype=pl.Int64).alias("at")
    indices = (pl.int_range(first, first + rows, eager=True) % frame.height).rename("i")
    wide = frame[indices].with_columns(at)
    tile = (pl.col("at") // frame.height % TILES).cast(pl.String)
    people = [
        pl.concat_str(pl.col(name), pl.lit("-"), tile).alias(name) for name in ("employee_id", "student_ref")
    ]
    key = pl.concat_str(pl.lit("X-"), pl.col("at").cast(pl.String)).alias("exception_id")
    number = (pl.col("at") + 2).alias("row_number")
    return wide.with_columns(key, number, *people).drop("at")


def write_parquet(folder: Path, rows: int) -> Path:
    """The exception log in files of a million rows."""
    target = folder / f"log{rows}"
    target.mkdir()
    with tempfile.TemporaryDirectory() as work:
        frame = _sample(Path(work))
    for first in range(0, rows, PART):
        _tiled(frame, min(PART, rows - first), first).write_parquet(target / f"{first:012}.parquet")
    return target


def write_csv(folder: Path, rows: int) -> Path:
    """A data folder whose exception log has so many rows."""
    from norwalk_analytics import load_district, write_sample

    data = write_sample(folder / "data")
    frame = load_district(data).tables["exception_log"].accepted
    with (data / "exception_log.csv").open("wb") as file:
        for first in range(0, rows, PART):
            part = _tiled(frame.with_columns(row_number=pl.lit(0)), min(PART, rows - first), first).drop(
                "row_number"
            )
            part.write_csv(file, include_header=first == 0, datetime_format="%Y-%m-%dT%H:%M:%SZ")
    for other in ("tool_registrations.csv", "audit_findings.csv", "returns.csv", "actions.csv"):
        (data / other).unlink()
    return data


def _tables(path: Path) -> tuple[object, list[object]]:
    from norwalk_analytics.intake.contract import read_contract
    from norwalk_analytics.intake.loaded import Counts, District
    from norwalk_analytics.intake.scanned import BROKEN, Kept, Scanned
    from norwalk_analytics.oversight.measures import tables_of

    contract = read_contract()
    scan = pl.scan_parquet(path / "*.parquet")
    table = contract.tables["exception_log"]
    rules = [rule.given(contract.parameters(AS_OF)) for rule in table.rules]
    one = Scanned(table, "x", "", scan, scan, scan, scan, Counts(0, 0, 0, 0, 0), pl.DataFrame(schema=BROKEN))
    return tables_of(
        District(contract, AS_OF, {"exception_log": one}, beside=pl.DataFrame.lazy, kept=Kept())
    ), rules


def scan(path: Path) -> None:
    """A bare scan of the columns."""
    for _ in pl.scan_parquet(path / "*.parquet").select(USED).collect_batches(chunk_size=200_000):
        pass


def rules(path: Path) -> None:
    """Every rule on every row, and whether a key stands twice: its hashes, a share at a time."""
    import narwhals as nw

    from norwalk_analytics.intake.across import doubtful
    from norwalk_analytics.intake.rules import ACROSS, with_broken

    _, found = _tables(path)
    frame = pl.scan_parquet(path / "*.parquet").with_columns(
        registration_id__known=pl.lit(value=True), registration_id__accepted=pl.lit(value=True)
    )
    known = {i: nw.lit(value=False) for i, rule in enumerate(found) if rule.type in ACROSS}
    judged = with_broken(nw.from_native(frame), found, known).to_native()
    judged.select(pl.col("^r[0-9]+$").sum(), pl.len()).collect(engine="streaming")
    with tempfile.TemporaryDirectory() as work:  # the loader keeps them in files, too
        hashes = Path(work) / "keys.arrow"
        frame.select("row_number", pl.col("exception_id").hash().alias("key")).sink_ipc(hashes)
        keys = pl.scan_ipc(hashes)
        assert not list(doubtful(keys, "key", keys.select(pl.len()).collect().item()))


def measures(path: Path) -> None:
    """The figures that a report holds."""
    from norwalk_analytics.oversight.measures import all_figures
    from norwalk_analytics.oversight.reported import PEOPLE

    tables, _ = _tables(path)
    all_figures(tables, ("district", *PEOPLE))


def one_measure(path: Path) -> None:
    """One measure of them, by district."""
    from norwalk_analytics.oversight.measures import all_figures

    all_figures(_tables(path)[0], ("district",), ("emergency_parent",))


def csv_bare(data: Path) -> None:
    """CSV → Parquet by Polars alone, every cell a text."""
    pl.scan_csv(data / "exception_log.csv", infer_schema=False).sink_parquet(data / "bare.parquet")


def csv_typed(data: Path) -> None:
    """The same with dates and the like found out by Polars."""
    pl.scan_csv(data / "exception_log.csv", try_parse_dates=True).sink_parquet(data / "bare.parquet")


def csv_ours(data: Path) -> None:
    """CSV → accepted rows, rows set aside and problems, as Parquet."""
    from norwalk_analytics.intake.scanning import scan_district

    scan_district(data, data / "out", as_of=AS_OF)


STEPS: dict[str, Callable[[Path], None]] = {
    one.__name__: one for one in (scan, rules, measures, one_measure, csv_bare, csv_typed, csv_ours)
}


def alone(step: str, path: Path) -> tuple[float, float]:
    """Seconds and peak GiB of a step in a process of its own, imports not counted."""
    command = [sys.executable, "-m", "benchmarks.scale", step, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    return found["seconds"], found["peak"] / (1 << 30)


def run(
    sizes: tuple[int, ...] = SIZES, csv_rows: int = CSV_ROWS, spark_rows: int = SPARK_ROWS
) -> list[Section]:
    """Each size once beside its bare scan; CSV thrice."""
    lines, rows_of, found = [], [], []
    with tempfile.TemporaryDirectory() as work:
        for rows in sizes:
            say(f"  {rows:,} rows")
            path = write_parquet(Path(work), rows)
            bare, _ = alone("scan", path)
            (judged, high), (counted, higher), (single, _) = (
                alone(step, path) for step in ("rules", "measures", "one_measure")
            )
            lines.append(
                Line(
                    "rules + measures ÷ a bare scan of the same columns",
                    rows,
                    [(judged + counted) / bare],
                    most=4,
                )
            )
            rows_of.append(
                f"| {rows:,} | {bare:.1f} | {judged:.1f} | {counted:.1f} | {single:.1f} | {high:.2f} | {higher:.2f} |"
            )
            found += [(rows, "bare scan", bare), (rows, "rules", judged), (rows, "measures", counted)]
            for file in path.iterdir():
                file.unlink()
        pl.DataFrame(found, ["rows", "step", "seconds"], orient="row").write_csv(FOUND, float_precision=1)
        data = write_csv(Path(work), csv_rows)
        speeds = []
        for _ in range(3):
            ours, peak = alone("csv_ours", data)
            speeds.append([alone(step, data)[0] / ours for step in ("csv_bare", "csv_typed")])
        lines.append(
            Line(
                "CSV → accepted Parquet, rows a second ÷ `scan_csv().sink_parquet()`, all texts",
                csv_rows,
                [one for one, _ in speeds],
                least=0.4,
            )
        )
        lines.append(
            Line(
                "the same ÷ with dates found out (`try_parse_dates`)",
                csv_rows,
                [other for _, other in speeds],
                least=0.4,
            )
        )
        notes = [f"Loading the CSV of {csv_rows:,} rows held {peak:.2f} GiB at its peak."]
        spark = [] if lacking("pyspark", "pyarrow") else [_spark(Path(work), spark_rows)]
    head = (
        "| rows | bare scan, s | rules, s | measures, s | one measure, s | peak of rules, GiB | peak of measures, GiB |\n"
        "| --: | --: | --: | --: | --: | --: | --: |"
    )
    table = "\n".join([head, *rows_of])
    return [Section("Larger than memory", lines, notes, table), *spark]


def _spark(work: Path, rows: int) -> Section:
    """A measure on Spark beside the same group-bys written by hand in Spark SQL."""
    from benchmarks.on_spark import against_sql

    say(f"  Spark, {rows:,} rows")
    path = write_parquet(work / "spark", rows) if (work / "spark").mkdir() is None else work
    return Section(
        "Spark",
        [Line("a measure's counts ÷ the same group-bys in Spark SQL", rows, against_sql(path), most=1.3)],
        [],
    )


if __name__ == "__main__":
    start = time.perf_counter()
    STEPS[sys.argv[1]](Path(sys.argv[2]))
    sys.stdout.write(json.dumps({"seconds": time.perf_counter() - start, "peak": used("VmHWM")}))
