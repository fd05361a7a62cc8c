"""Write ``dependencies.md``: ``python docs/make_dependencies.py`` (from the checkout, with all extras installed).

What a package is for is the comment beside it in ``pyproject.toml``, and stands there alone. Sizes and times are of
the environment that runs this. When it was last released, and what would be lost without it, was looked up by a person: ``upkeep.csv``.
"""

from __future__ import annotations

import csv
import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from platform import python_version
from tempfile import TemporaryDirectory

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

DOCS = Path(__file__).parent
PROJECT = DOCS.parent / "pyproject.toml"
PAGE = DOCS / "dependencies.md"
LOOKED_UP = "2026-11-28"
RUN = ("", "report", "lab", "databases", "pdf", "spark")
"""The groups that run where reports are made; "" is what is always installed."""
# Package: what of it is imported, where that is not its name.
IMPORTED = {
    "adbc-driver-postgresql": "adbc_driver_postgresql.dbapi",
    "great-expectations": "great_expectations",
    "pyspark": "pyspark.sql",
    "scipy": "scipy.stats",
    "vl-convert-python": "vl_convert",
}
GROUPS = {
    "": "Always installed",
    "report": "The report: `[report]`",
    "lab": "For analysts: `[lab]`",
    "databases": "Tables of databases: `[databases]`",
    "pdf": "The report on paper: `[pdf]`",
    "spark": "On a cluster: `[spark]`",
    "build": "To install the checkout: `[build]`",
    "test": "To test: `[test]`",
    "docs": "To make this site: `[docs]`",
    "bench": "To measure against: `[bench]`",
}
INTRO = """# Dependencies, and why

Every package that `pyproject.toml` names, with the reason that stands beside it there. This page is written by
`python docs/make_dependencies.py`. Sizes are what the package's own files take on disk, and what they take with
all that the package brings (shared packages are counted with each). Times are the fastest of three imports, each in a process
of its own, on two cores with Python {python}: what a run pays that uses the package. *Released* is the month of the last release
that we know of, looked up on {looked_up}.

Nothing is imported before it is used: loading and validating import Polars and Narwhals alone (`tests/test_light.py`).

| installed | packages | size |
| --- | --: | --: |
{totals}

All versions, with those of what they bring, and the hashes of their files stand in `requirements.lock`,
`requirements-spark.lock` and `requirements-test.lock`.
"""


def declared() -> dict[str, dict[str, str]]:
    """Group → package → the reason in the comment beside it; "" is what is always installed.

    Raises:
        ValueError: if a package of ``pyproject.toml`` has none.
    """
    text = PROJECT.read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    found = {}
    for group, wanted in {"": project["dependencies"], **project["optional-dependencies"]}.items():
        name = group or "dependencies"
        (body,) = re.findall(rf"^{name} = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
        said = dict(re.findall(r'^  "([A-Za-z0-9-]+)[^"]*",\s+# (.+)$', body, re.MULTILINE))
        found[group] = {one: said.get(one, "") for one in (Requirement(text).name for text in wanted)}
    lacking = [name for named in found.values() for name, reason in named.items() if not reason]
    if lacking:
        message = f"pyproject.toml gives no reason for {', '.join(lacking)}"
        raise ValueError(message)
    return found


def brought(*packages: str) -> set[str]:
    """The packages, and all that they bring on this machine."""
    seen: set[str] = set()
    waiting = [Requirement(one) for one in packages]
    asked: set[tuple[str, str]] = set()
    while waiting:
        one = waiting.pop()
        name = canonicalize_name(one.name)
        for extra in ("", *one.extras):
            if (name, extra) in asked:
                continue
            asked.add((name, extra))
            try:
                requires = distribution(name).requires or []
            except PackageNotFoundError:  # not for this machine
                continue
            seen.add(name)
            inner = [Requirement(text) for text in requires]
            waiting += [
                need
                for need in inner
                if (need.marker is None and not extra)
                or (need.marker and need.marker.evaluate({"extra": extra}))
            ]
    return seen


def megabytes(packages: set[str]) -> float:
    """What the packages' files take on disk, in 10⁶ bytes."""
    return sum(one.size or 0 for name in packages for one in distribution(name).files or ()) / 1e6


def seconds(package: str) -> float:
    """The fastest of three imports, each in a process of its own."""
    name = IMPORTED.get(package, package.replace("-", "_"))
    code = f"import time\nt = time.perf_counter()\nimport {name}\nprint(time.perf_counter() - t)\n"
    with TemporaryDirectory() as folder:
        path = Path(folder) / "one.py"  # a program without a file is ended by PySpark
        path.write_text(code, encoding="utf-8")
        ask = [sys.executable, "-W", "ignore", str(path)]
        runs = [subprocess.run(ask, capture_output=True, text=True, check=True) for _ in range(3)]
    return min(float(run.stdout.split()[-1]) for run in runs)


def page() -> str:
    """The page, measured here."""
    groups = declared()
    with (DOCS / "upkeep.csv").open(encoding="utf-8", newline="") as file:
        upkeep = {row["package"]: row for row in csv.DictReader(file)}
    parts = []
    for group, title in GROUPS.items():
        rows = []
        for name, reason in groups[group].items():
            if group not in RUN:
                rows.append(f"| {name} | {reason} |")
                continue
            alone, all_of_it = megabytes({canonicalize_name(name)}), megabytes(brought(name))
            known = upkeep[name]
            rows.append(
                f"| {name} {distribution(name).version} | {reason} | {alone:,.1f} MB | {all_of_it:,.1f} MB "
                f"| {seconds(name):.2f} s | {known['released']} | {known['without it']} |"
            )
        head = (
            "| package | why | itself | with what it brings | import | released | without it |\n| --- | --- | --: | --: | --: | --- | --- |"
            if group in RUN
            else "| package | why |\n| --- | --- |"
        )
        parts.append("\n".join([f"## {title}", "", head, *rows]))
    steps = {
        "nothing but the package": "",
        "`norwalk-analytics[report]`": "report",
        "`norwalk-analytics[report,pdf]`": "report,pdf",
        "`norwalk-analytics[report,lab]`": "report,lab",
        "`norwalk-analytics[report,spark]`": "report,spark",
    }
    totals = []
    for said, extras in steps.items():
        wanted = [*groups[""], *(name for extra in extras.split(",") if extra for name in groups[extra])]
        every = brought(*wanted)
        totals.append(f"| {said} | {len(every)} | {megabytes(every):,.0f} MB |")
    intro = INTRO.format(python=python_version(), looked_up=LOOKED_UP, totals="\n".join(totals))
    return intro + "\n" + "\n\n".join(parts) + "\n"


def main() -> None:
    """Write it."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
