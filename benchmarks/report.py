"""The board report from command to file, beside a notebook that draws as many charts and does nothing else."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.data import AS_OF, clean
from benchmarks.timing import Line, Section, seconds
from norwalk_analytics import load_district, suppress, write_sample
from norwalk_analytics.oversight.reported import report_figures, reported

RUNS = 3
ROWS = 1_000_000
CHART = 'class="plot'  # what surrounds each chart of the page


def run(rows: int = ROWS, runs: int = RUNS) -> list[Section]:
    """The sample's report and one of many registrations, each in turn with the floor."""
    section = Section("Report")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sample, large, page = folder / "sample", folder / "large", folder / "report.html"
        for data in (sample, large):
            write_sample(data, as_of=AS_OF)
        clean(rows).write_csv(large / "tool_registrations.csv")
        report(sample, page)
        charts = page.read_text(encoding="utf-8").count(CHART)
        size = page.stat().st_size / 1000
        apart = {data: _suppression(data) for data in (sample, large)}
        ratios, above = [], []
        for _ in range(runs):
            floor = seconds(lambda: floor_of(charts, folder))
            ratios.append((seconds(lambda: report(sample, page)) - apart[sample]) / floor)
            more = seconds(lambda: report(large, page)) - apart[large] - floor
            above.append(more / seconds(lambda: _figures(large)))
    section.lines = [
        Line("report of the sample district, suppression and audit apart ÷ the floor", 20_000, ratios, most=1.5),
        Line("what a report of many registrations takes beyond the floor ÷ loading and measuring them", rows, above, most=1.5),
    ]  # fmt: skip
    section.notes.append(
        f"The floor: Papermill and nbconvert run a notebook that imports Polars and Altair and draws {charts} charts of 36 "
        f"points, as SVG: as many as the report has. Each is a command of its own, from its start to the file. Suppression "
        f"and audit took {apart[sample]:.1f} s of the sample. The page is {size:,.0f} KB."
    )
    return [section]


def report(data: Path, page: Path) -> None:
    """The command."""
    _command("-m", "norwalk_analytics", "report", str(data), "--as-of", AS_OF.isoformat(), "-o", str(page))


def floor_of(charts: int, folder: Path) -> None:
    """A notebook that does no more than draw."""
    _command("-m", "benchmarks.floor", str(charts), str(folder / "floor.html"))


def _command(*words: str) -> None:
    subprocess.run([sys.executable, *words], check=True, capture_output=True)


def _figures(data: Path) -> tuple[object, object]:
    district = load_district(data, as_of=AS_OF)
    return report_figures(district), district.policy


def _suppression(data: Path) -> float:
    """How long it takes to withhold and to audit."""
    every, policy = _figures(data)
    return seconds(lambda: suppress(reported(every, policy), policy))  # type: ignore[arg-type]
