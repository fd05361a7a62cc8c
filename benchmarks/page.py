"""``benchmarks/README.md``: how it is measured, on what, and a part for each section."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
from collections.abc import Sequence
from pathlib import Path

PAGE = Path(__file__).parent / "README.md"
LIBRARIES = (
    "polars", "narwhals", "dataframely", "pandera", "pointblank", "great_expectations", "pandas",
)  # fmt: skip
HOW = """# Benchmarks

`make bench` (or `python -m benchmarks`, or with names: rules, rivals, gx, growth, load, formats, charts, measures) measures and writes \
this page. Unless a part says otherwise, a figure is a ratio of times with both sides run in turn in one process, after one run that \
does not count; least, median and most are of the runs, and the median is what is held to the target. The \
rows are the sample district's registrations, as often as needed, each with a key of its own; where rules are \
measured, each of {faults} faults (one or more for every rule, and cells that can't be read) stands on one row in a \
thousand, the same each run. The rules are all of the contract's, from the typed frame that the loader makes; \
`tests/test_benchmarks.py` proves that every side marks the same rows for the same rules. {machine}."""


def machine() -> str:
    """Cores, memory, Python and library versions: no names, no paths."""
    versions = []
    for name in LIBRARIES:
        try:
            versions.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"Last run on {cores} cores ({platform.machine()}) and {memory:.0f} GiB of memory, {platform.system()}, "
        f"Python {platform.python_version()}, {', '.join(versions)}"
    )


def write(name: str, text: str, order: Sequence[str]) -> None:
    """Put one section's text in its place; what the page says of the others stays."""
    from benchmarks.data import FAULTS

    before = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    parts = dict(re.findall(r"<!-- (\w+) -->\n\n(.*?)\n(?=\n<!-- |\Z)", before, re.DOTALL))
    parts[name] = text
    body = [f"<!-- {one} -->\n\n{parts[one]}\n" for one in order if one in parts]
    how = HOW.format(faults=len(FAULTS), machine=machine())
    PAGE.write_text("\n".join([f"{how}\n", *body]), encoding="utf-8")
