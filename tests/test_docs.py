"""What the README says runs."""

import re
from pathlib import Path

import pytest

from norwalk_analytics.cli import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
NOT_COMPUTED = {
    "ExpectColumnValuesToMatchLikePattern", "ExpectColumnValuesToMatchLikePatternList",
    "ExpectColumnValuesToNotMatchLikePattern", "ExpectColumnValuesToNotMatchLikePatternList",
    "ExpectQueryResultsToMatchComparison",
}  # fmt: skip


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_python_blocks_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        exec(block, {})


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


def test_commands_and_pictures_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for name in set(re.findall(r"make (report|test|lint|test-long|lab|notebooks|locks)\b", README)):
        assert f"\n{name}:" in makefile
    for name in set(re.findall(r"norwalk-analytics (\w+)", README)):
        assert name in main.commands
    for path in re.findall(r"\]\(([^)]+)\)", README):
        assert (ROOT / path).exists(), path
