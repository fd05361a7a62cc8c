"""What the README says runs."""

import re
from pathlib import Path

from norwalk_analytics.cli import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_python_block_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert blocks
    for block in blocks:
        exec(block, {})


def test_commands_and_pictures_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for name in set(re.findall(r"make (report|test|lint|test-long|lab|notebooks|locks)\b", README)):
        assert f"\n{name}:" in makefile
    for name in set(re.findall(r"norwalk-analytics (\w+)", README)):
        assert name in main.commands
    for path in re.findall(r"\]\(([^)]+)\)", README):
        assert (ROOT / path).exists(), path
