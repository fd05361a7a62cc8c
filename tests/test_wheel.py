"""An installed wheel finds the contract and the notebooks that travel in it."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
CODE = """
import norwalk_analytics
from pathlib import Path
from norwalk_analytics.intake.contract import read_contract
from norwalk_analytics.policy import shipped
assert str(norwalk_analytics.__file__).startswith({where!r}), norwalk_analytics.__file__
assert str(shipped("data_schemas")).startswith({where!r})
assert (shipped("notebooks") / "board_report.ipynb").is_file()
assert (Path(norwalk_analytics.__file__).parent / "board/template/style.css").is_file()
assert (Path(norwalk_analytics.__file__).parent / "board/template/paper.css").is_file()
print(len(read_contract().tables))
"""


@pytest.mark.long
def test_a_wheel_holds_what_it_needs(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    wheel = next(tmp_path.glob("*.whl"))
    inside = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as file:
        file.extractall(inside)
    code = f"import sys; sys.path.insert(0, {str(inside)!r})\n" + CODE.format(where=str(inside))
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "5", done.stderr
    new_folder(inside, tmp_path / "elsewhere")


def new_folder(inside, where):
    """A working folder made by the wheel alone: no checkout is on the path, nor is it where the command runs."""
    where.mkdir()

    def run(*arguments):
        code = (
            f"import sys; sys.path.insert(0, {str(inside)!r})\nfrom norwalk_analytics.cli import main\nmain()"
        )
        command = [sys.executable, "-c", code, *arguments]
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        return subprocess.run(
            command, cwd=where, env=environment, capture_output=True, text=True, check=False
        )

    done = run("new", "oversight")
    assert (done.returncode, done.stdout, done.stderr) == (0, "oversight\n", "")
    assert {path.name for path in (where / "oversight" / "notebooks").iterdir()} == NOTEBOOKS
    for name in (
        "README.md",
        "monthly.sh",
        "jupyter/config.json",
        "corrections/README.md",
        "contract/policy.toml",
    ):
        assert (where / "oversight" / name).is_file()
    done = run("validate", "oversight/data", "--contract", "oversight/contract")
    assert (done.returncode, done.stderr) == (0, "")
