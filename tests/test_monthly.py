"""docs/monthly.md: the script that a working folder holds, run as a clock runs it; the workflow and the crontab run it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from norwalk_analytics.board.making import make_report
from norwalk_analytics.working_folder import write_working_folder
from norwalk_analytics.working_folder.writing import START

PAGE = (Path(__file__).parents[1] / "docs" / "monthly.md").read_text(encoding="utf-8")


def block(language):
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return found


def monthly(folder, path):
    """The script, by a shell with no terminal and little of an environment."""
    environment = {"PATH": path, "HOME": str(folder.parent), "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    return subprocess.run(
        ["sh", str(folder / "monthly.sh")],
        cwd="/",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A PATH on which norwalk-analytics is this Python's."""
    programs = tmp_path_factory.mktemp("programs")
    command = programs / "norwalk-analytics"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m norwalk_analytics "$@"\n')
    command.chmod(0o755)
    return f"{programs}:/usr/bin:/bin"


def test_the_page_shows_the_script_that_a_working_folder_holds():
    assert block("sh") == (START / "monthly.sh").read_text(encoding="utf-8")


def test_the_workflow_and_the_crontab_run_the_script():
    yaml = pytest.importorskip("yaml")
    flow = yaml.safe_load(block("yaml"))
    when = flow[True]["schedule"][0]["cron"]  # YAML 1.1 takes on for a truth value
    (job,) = flow["jobs"].values()
    assert [step["run"] for step in job["steps"] if "monthly.sh" in step.get("run", "")] == ["sh monthly.sh"]
    assert job["steps"][-1]["if"] == "failure()"
    line = block("crontab").splitlines()[-1]
    assert line == f"{when} sh /srv/oversight/monthly.sh"


def broken(folder):
    """A school that is not on the list; what it was before."""
    file = folder / "data" / "exception_log.csv"
    lines = file.read_text(encoding="utf-8").splitlines()
    at = lines[0].split(",").index("school_id")
    cells = lines[1].split(",")
    old, cells[at] = cells[at], "Rotan"
    file.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]), encoding="utf-8")
    return old


def mended(folder, school):
    """The correction workbook, mended in a spreadsheet and moved to where the data folder looks for it."""
    source = folder / "private" / "checked" / "exception_log.corrections.xlsx"
    book = openpyxl.load_workbook(source)
    for row in book.active.iter_rows():
        for cell in row:
            if cell.value == "Rotan":
                cell.value = school
    book.save(folder / "corrections" / source.name)


def test_exit_1_publishes_nothing(tmp_path, path):
    folder = write_working_folder(tmp_path / "oversight")
    broken(folder)
    done = monthly(folder, path)
    assert (done.returncode, done.stderr) == (1, "")
    assert "exception_log.csv, row 2: No school_id “Rotan” in schools.csv." in done.stdout
    assert list((folder / "public").iterdir()) == []
    workflow_takes = list(folder.glob("private/checked/*.corrections.xlsx"))
    assert [file.name for file in workflow_takes] == ["exception_log.corrections.xlsx"]
    (folder / "data" / "district.toml").write_text("as_of = never\n")
    done = monthly(folder, path)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


@pytest.mark.long
def test_a_month_after_another(tmp_path, path, sample_folder):
    """The first report is the sample's to the byte: contract and district.toml change nothing. Then rows are mended."""
    folder = write_working_folder(tmp_path / "oversight")
    done = monthly(folder, path)
    assert (done.returncode, done.stderr) == (0, "")
    (first,) = (folder / "public").iterdir()
    assert re.fullmatch(r"board_report_\d{4}-\d{2}\.html", first.name)
    assert done.stdout.splitlines()[-1] == f"public/{first.name}"
    assert first.read_bytes() == make_report(tmp_path / "r.html", data=sample_folder).read_bytes()

    school = broken(folder)
    assert monthly(folder, path).returncode == 1
    mended(folder, school)
    first.unlink()
    done = monthly(folder, path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 row was corrected" in done.stdout
    assert "Rotan" not in first.read_text(encoding="utf-8")
