"""The same suite on Great Expectations' pandas engine, on our Polars engine, and on the fast path."""

from __future__ import annotations

import importlib.util
import warnings

from benchmarks import fast, suites
from benchmarks.data import setting, typed
from benchmarks.timing import Line, Section, lacking, say, seconds
from norwalk_analytics.intake.texts import ROW

ROWS = 1_000_000
RUNS = 3
FORMATS = {
    "the rows named": {"result_format": "COMPLETE", "unexpected_index_column_names": [ROW]},
    "counts and samples": {"result_format": "SUMMARY"},
}


def run(rows: int = ROWS) -> list[Section]:
    """In turn, after a warm-up on few rows; the frame for pandas is made before the time runs."""
    section = Section("Great Expectations")
    missing = lacking(suites.LIBRARY, "pandas")
    if missing:
        note = f"Not measured, for {' and '.join(missing)} is not installed."
        say(note)
        return [Section(section.title, notes=[note])]
    polars = importlib.util.find_spec("norwalk_analytics.gx") is not None
    if not polars:
        section.notes.append("Our Polars engine is not measured, for norwalk_analytics.gx is not there.")
    frame, rules = typed(rows), setting().rules
    used = sorted({column for rule in rules for column in rule.columns} | {ROW})
    data, made = suites.to_pandas(frame.select(used)), suites.suite(rules)
    few = frame.select(used).head(1000)
    with warnings.catch_warnings():  # pandas warns of groups in a pattern
        warnings.simplefilter("ignore")
        for what, result_format in FORMATS.items():
            suites.validate("pandas", suites.to_pandas(few), made, result_format)
            if polars:
                suites.validate("polars", frame, made, result_format)
            fast.check(frame, rules)
            path: list[float] = []
            engine: list[float] = []
            for _ in range(RUNS if what == "the rows named" else 1):
                slow = seconds(lambda f=result_format: suites.validate("pandas", data, made, f))
                path.append(slow / seconds(lambda: fast.check(frame, rules)))
                if polars:
                    quick = seconds(lambda f=result_format: suites.validate("polars", frame, made, f))
                    engine.append(slow / quick)
            section.lines.append(Line(f"pandas engine ÷ fast path ({what})", rows, path, least=20))
            if polars:
                line = Line(f"pandas engine ÷ our Polars engine ({what})", rows, engine, least=5)
                section.lines.append(line)
    section.notes.append(
        f"`batch.validate(suite)` with all {len(rules)} rules, row conditions and severities; the pandas frame "
        "holds only the columns that the rules name, as Python objects, and is made before the time runs. The "
        "pandas engine's run that does not count is on a thousand rows. Neither engine is told of cells that "
        "could not be read, so it also names those."
    )
    return [section]
