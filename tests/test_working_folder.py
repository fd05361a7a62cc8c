"""A new working folder: what is in it, that its contract changes nothing yet, and that it comes whole or not at all."""

import json
import re
import resource
import shutil
import subprocess
import sys
import tomllib

import pytest
from click.testing import CliRunner

from norwalk_analytics import load_district
from norwalk_analytics.board.provenance import contract_hash
from norwalk_analytics.cli import main
from norwalk_analytics.intake.contract import read_contract
from norwalk_analytics.policy import read_policy, shipped, shipped_contract
from norwalk_analytics.working_folder import write_working_folder
from norwalk_analytics.working_folder.writing import as_a_start

SHIPPED = (shipped_contract() / "policy.toml").read_text(encoding="utf-8")


def run(*arguments):
    return CliRunner().invoke(main, [str(one) for one in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_working_folder(tmp_path_factory.mktemp("of an analyst") / "oversight")


def test_its_readme_names_what_is_in_it(folder):
    readme = (folder / "README.md").read_text(encoding="utf-8")
    named = {name.rstrip("/") for name in re.findall(r"^\| `([^`]+)`", readme, re.MULTILINE)}
    assert named | {"README.md"} == {path.name for path in folder.iterdir()}
    for command in re.findall(r"norwalk-analytics (\w+)", readme):
        assert command in main.commands


def test_what_its_readme_says_runs(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(shutil.copytree(folder, tmp_path / "oversight"))
    done = run("validate", "data", "--contract", "contract", "--out", "checked")
    assert (done.exit_code, done.stderr) == (0, "")
    assert run("template", "forms", "--contract", "contract").exit_code == 0


def test_its_contract_changes_nothing(folder):
    own, ours = read_contract(folder / "contract"), read_contract()
    assert (own.policy, own.tables, own.code_lists, own.texts) == (
        ours.policy, ours.tables, ours.code_lists, ours.texts,
    )  # fmt: skip
    with_it = load_district(folder / "data", contract=folder / "contract")
    assert contract_hash(with_it) == contract_hash(load_district(folder / "data"))


def test_each_setting_stands_there_behind_a_mark():
    """Without the marks it is the shipped file, but for what the latter says of itself."""
    start = as_a_start(SHIPPED)
    whole = re.sub(r"^#(?! )", "", start, flags=re.MULTILINE)
    assert tomllib.loads(whole) == tomllib.loads(SHIPPED)
    assert whole.partition("\n\n")[2] == SHIPPED.partition("\n\n")[2]


@pytest.mark.parametrize(
    ("setting", "changed", "found"),
    [
        (
            '#board = "Norwalk Board of Education"',
            'board = "Harbor Point"',
            lambda p: p.board == "Harbor Point",
        ),
        ("#people = 20 ", "people = 30 ", lambda p: p.disclosure["people"] == 30),
        ("#hours = 24", "hours = 36", lambda p: p.limits["supervisor_notified"].hours == 36),
    ],
)
def test_a_setting_whose_mark_is_taken_away_holds(tmp_path, setting, changed, found):
    start = as_a_start(SHIPPED)
    assert start.count(setting) == 1
    (tmp_path / "policy.toml").write_text(start.replace(setting, changed), encoding="utf-8")
    assert found(read_policy(tmp_path))


def test_its_notebooks_read_its_own_data_and_contract(folder):
    names = {path.name for path in shipped("notebooks").glob("*.ipynb")}
    assert {path.name for path in (folder / "notebooks").iterdir()} == names
    for name in names:
        cells = json.loads((folder / "notebooks" / name).read_text(encoding="utf-8"))["cells"]
        theirs = json.loads((shipped("notebooks") / name).read_text(encoding="utf-8"))["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
        differ = [(a, b) for a, b in zip(cells, theirs, strict=True) if a["source"] != b["source"]]
        ((own, _),) = differ
        assert own["metadata"]["tags"] == ["parameters"]
        given = {}
        exec("".join(own["source"]), given)
        assert (given["data"], given["contract"]) == ("../data", "../contract")


def test_its_forms_are_those_of_the_command(folder, tmp_path):
    assert run("template", tmp_path / "forms").exit_code == 0
    made = {path.name: path.read_bytes() for path in (tmp_path / "forms").iterdir()}
    assert {path.name: path.read_bytes() for path in (folder / "forms").iterdir()} == made


@pytest.mark.parametrize("held", ["notes.txt", ".hidden"])
def test_a_folder_that_holds_anything_is_refused(tmp_path, held):
    (tmp_path / held).write_text("mine")
    done = run("new", tmp_path)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"{tmp_path.name} is not empty: it holds {held}. Nothing was written")
    assert len(done.stderr.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == [held]


def test_a_file_of_that_name_is_refused(tmp_path):
    (tmp_path / "oversight").write_text("mine")
    done = run("new", tmp_path / "oversight")
    assert (done.exit_code, len(done.stderr.splitlines())) == (2, 1)
    assert (tmp_path / "oversight").read_text() == "mine"


def test_the_folder_one_stands_in_will_do_and_what_a_killed_run_left_goes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".partial" / "data").mkdir(parents=True)
    done = run("new", ".")
    assert (done.exit_code, done.stdout) == (0, ".\n")
    assert (tmp_path / "notebooks" / "board_report.ipynb").is_file()
    assert not (tmp_path / ".partial").exists()


@pytest.mark.parametrize("there", [False, True])
def test_a_disk_that_is_full_leaves_nothing(tmp_path, there):
    """A limit of 1 MB a file stands for it: the contract would fit, the registrations do not."""
    target = tmp_path / "oversight"
    if there:
        target.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "norwalk_analytics", "new", str(target)], capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000)),
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert done.stderr == "There is no room left on the disk. What stood there before is as it was.\n"
    assert target.exists() == there
    assert not there or list(target.iterdir()) == []
