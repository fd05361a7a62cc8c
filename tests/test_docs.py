"""What the README says runs."""

import re
import shlex
import shutil
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import public

from norwalk_analytics.cli import main
from norwalk_analytics.policy import UserError

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
NOT_RUN = {
    "scale.md": "needs a cluster; tests/test_spark_cluster.py starts one",
    "your_own_report.md": "cells of the example notebook, as tests/test_own_report.py holds, which runs it",
}
"""Pages whose ```py blocks are not run here, and why."""
NOT_COMPUTED = {
    "ExpectColumnValuesToMatchLikePattern", "ExpectColumnValuesToMatchLikePatternList",
    "ExpectColumnValuesToNotMatchLikePattern", "ExpectColumnValuesToNotMatchLikePatternList",
    "ExpectQueryResultsToMatchComparison",
}  # fmt: skip


def python_of(page, language="python"):
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("page", [page for page in PAGES if python_of(page)], ids=lambda page: page.name)
def test_the_python_blocks_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for block in python_of(page):
        try:
            exec(block, {})
        except UserError as error:  # Pango, which pip does not bring
            if "Pango" not in str(error):
                raise
            pytest.skip(str(error))


def test_python_that_is_not_run_is_listed():
    assert {page.name for page in PAGES if python_of(page, "py")} == set(NOT_RUN)
    for page in PAGES:
        languages = set(re.findall(r"(?m)^```(\S*)$", page.read_text(encoding="utf-8")))
        assert languages <= {"", "sh", "text", "toml", "yaml", "python", "py", "{eval-rst}", "{toctree}"}, (
            page.name
        )


def test_the_page_on_great_expectations_names_what_the_engine_computes():
    """Each core expectation is one that the engine computes, or stands among those that it does not."""
    gxe = pytest.importorskip("great_expectations.expectations.core")
    from great_expectations.expectations.expectation import BatchExpectation
    from great_expectations.expectations.registry import get_metric_provider

    from norwalk_analytics.gx import PolarsExecutionEngine

    engine, missing = PolarsExecutionEngine(), set()
    for name in dir(gxe):
        kind = getattr(gxe, name)
        if not (isinstance(kind, type) and issubclass(kind, BatchExpectation) and name.startswith("Expect")):
            continue
        metric = getattr(kind, "map_metric", None)
        needed = [f"{metric}.unexpected_count"] if metric else list(getattr(kind, "metric_dependencies", ()))
        for one in needed:
            try:
                get_metric_provider(one, engine)
            except Exception:
                missing.add(name)
    assert missing - {"ExpectColumnValuesToBeOfType", "ExpectColumnValuesToBeInTypeList"} == NOT_COMPUTED


def test_the_tutorial_runs(tmp_path, monkeypatch):
    """Each command of "Bring your own data", in its order, with the profile and the contract that it shows."""
    shutil.copy(
        public("congress_accounts.csv", "unitedstates/congress-legislators, commit dfa9622, CC0"), tmp_path
    )
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / "bring_your_own_data.md").read_text(encoding="utf-8")
    profile, policy, _ = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    (schools,) = re.findall(r"```\n(school_id.*?)```", page, re.DOTALL)
    Path("contract").mkdir()
    Path("contract/policy.toml").write_text(policy, encoding="utf-8")
    Path("contract/schools.csv").write_text(schools, encoding="utf-8")
    commands = [
        line for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL) for line in block.splitlines()
    ]
    assert [command.split()[1] for command in commands] == [
        "profile", "validate", "validate", "validate", "report", "template",
    ]  # fmt: skip
    for command in commands:
        done = CliRunner().invoke(main, shlex.split(command)[1:])
        assert done.exit_code == 0, (command, done.output)
        if command.split()[1] == "profile":
            assert Path("accounts.profile.toml").exists()
            Path("accounts.profile.toml").write_text(profile, encoding="utf-8")
        if command.split()[1] == "validate":
            said = done.stdout.splitlines()[0]
            assert f"> {said}\n" in page
    assert Path("congress.html").exists()
    shown = (ROOT / "examples" / "congress" / "tool_registrations.profile.toml").read_text(encoding="utf-8")
    assert tomllib.loads(profile) == tomllib.loads(shown)


def test_links_lead_to_files():
    for page in PAGES:
        for path in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
            assert path.startswith("http") or (page.parent / path.split("#")[0]).exists(), (page.name, path)


def test_every_picture_is_shown_somewhere():
    shown = {
        Path(one).name
        for page in PAGES
        for one in re.findall(r"\]\(([^)]+\.(?:svg|png))\)", page.read_text(encoding="utf-8"))
    }
    there = {path.name for path in (ROOT / "docs").rglob("*") if path.suffix in (".svg", ".png")}
    assert there == shown
