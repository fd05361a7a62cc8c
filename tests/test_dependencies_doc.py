"""The page of dependencies says of each package what pyproject.toml says, and its figures can be taken."""

import re
import tomllib
from pathlib import Path

import pytest
from conftest import script
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGE = (DOCS / "dependencies.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def maker():
    return script(DOCS / "make_dependencies.py")


def test_each_package_stands_there_with_its_reason(maker):
    """Write it anew by ``python docs/make_dependencies.py``."""
    groups = maker.declared()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {"": project["dependencies"], **project["optional-dependencies"]}
    assert {group: {Requirement(one).name for one in named} for group, named in wanted.items()} == {
        group: set(named) for group, named in groups.items()
    }
    assert set(maker.GROUPS) == set(groups)
    for group, title in maker.GROUPS.items():
        (part,) = re.findall(rf"^## {re.escape(title)}\n\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
        rows = [re.split(r" \| ", line.strip("| ")) for line in part.splitlines()[2:] if line]
        assert {row[0].split()[0]: row[1] for row in rows} == groups[group], title


def test_versions_are_those_of_the_locks(maker):
    locked = "".join(
        (ROOT / f"requirements-{name}.lock").read_text(encoding="utf-8") for name in ("test", "spark")
    )
    for group in maker.RUN:
        for name in maker.declared()[group]:
            (version,) = re.findall(rf"^\| {name} (\S+) \|", PAGE, re.MULTILINE)
            assert re.search(rf"(?m)^{name}(\[[\w,-]+\])?=={re.escape(version)}[ \\]", locked), (
                name,
                version,
            )


def test_a_package_without_a_reason_is_found_out(maker, tmp_path, monkeypatch):
    bare = tmp_path / "pyproject.toml"
    bare.write_text('[project]\ndependencies = [\n  "click>=8.1",  # why\n  "polars>=2.1",\n]\n[project.optional-dependencies]\n')  # fmt: skip
    monkeypatch.setattr(maker, "PROJECT", bare)
    with pytest.raises(ValueError, match="no reason for polars"):
        maker.declared()


def test_sizes_and_times_are_taken(maker):
    assert {"click", "markupsafe", "jinja2"} <= maker.brought("click", "jinja2")
    assert "markupsafe" not in maker.brought("click")
    assert 0.01 < maker.megabytes({"click"}) < 10
    assert 0 < maker.seconds("click") < 60
