"""The workflows name what there is: targets of the Makefile, locks, the versions of Python that the package is said to run on."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
FLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TARGETS = set(re.findall(r"^([\w./-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def commands(flow):
    """Every command of a workflow."""
    jobs = yaml.safe_load(flow.read_text(encoding="utf-8"))["jobs"].values()
    return [line for job in jobs for step in job["steps"] for line in step.get("run", "").splitlines()]


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_what_is_called_is_there(flow):
    said = commands(flow)
    assert {target for line in said for target in re.findall(r"\bmake ([\w./-]+)", line)} <= TARGETS
    locks = {lock for line in said for lock in re.findall(r"-r ([\w./-]+)", line)}
    assert {lock for lock in locks if not (ROOT / lock).is_file()} == set()


def test_every_version_is_tested():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    said = {one.split(" :: ")[-1] for one in project["classifiers"] if "Python :: 3." in one}
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))["jobs"]
    assert set(jobs["test"]["strategy"]["matrix"]["python"]) == said


def test_both_ways_of_testing_run_the_same():
    """GitHub's and ours: report, lint, tests and the long ones, with Spark."""
    ours = re.findall(r"^make ([\w./-]+)", (ROOT / ".ci" / "run").read_text(encoding="utf-8"), re.MULTILINE)
    theirs = [target for line in commands(FLOWS[0]) for target in re.findall(r"^make ([\w./-]+)", line)]
    assert [target for target in theirs if target != "report"] == ours
