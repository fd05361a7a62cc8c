"""A report is written whole or not at all: killed at any point, on a full disk, where nothing can be written."""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from norwalk_analytics.board.provenance import KEY, fingerprints

REPORT = [sys.executable, "-m", "norwalk_analytics", "report"]
POINTS = 20
NAMESPACE = (
    shutil.which("unshare") and subprocess.run(["unshare", "-rm", "true"], check=False).returncode == 0
)
needs_mount = pytest.mark.skipif(
    not NAMESPACE, reason="needs a disk of its own: unshare of util-linux, and the right to use it"
)


def run_on_a_disk(options, folder, before):
    """A report onto a file system of its own: exit code, message, and what the folder holds after it."""
    script = (
        f"mount -t tmpfs -o size=300k none {folder} && echo old > {folder}/board_report.html && {before} "
        f"{sys.executable} -m norwalk_analytics report {options} -o {folder}/board_report.html; echo code $?; "
        f"ls -A {folder}; cat {folder}/board_report.html"
    )
    found = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script], capture_output=True, text=True, check=False
    )
    code, *left = found.stdout.splitlines()
    return code, found.stderr, left


@needs_mount
@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("", "There is no room left on the disk. What stood there before is as it was.\n"),
        pytest.param("mount -o remount,ro none {folder} &&", ".board_report.html.partial: nothing can be written there. What stood there before is as it was.\n", marks=pytest.mark.long),
    ],
    ids=["full", "read-only"],
)  # fmt: skip
def test_a_disk_that_takes_nothing(tmp_path, sample_folder, before, said):
    code, message, left = run_on_a_disk(str(sample_folder), tmp_path, before.format(folder=tmp_path))
    assert (code, message) == ("code 2", said)
    assert left == ["board_report.html", "old"]


@pytest.mark.long
def test_a_run_that_is_killed_leaves_the_old_report(tmp_path, sample_folder):
    """At twenty points of it: what is left is the old report, or the new one, and at most one partial file."""
    target = tmp_path / "board_report.html"
    command = [*REPORT, str(sample_folder), "-o", str(target)]
    started = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    took = time.monotonic() - started
    new = target.read_bytes()
    for point in range(POINTS):
        target.write_text("old")
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        ) as run:
            time.sleep(took * (point + 0.5) / POINTS)
            os.killpg(run.pid, signal.SIGKILL)
        assert target.read_bytes() in (b"old", new), f"killed after {point + 0.5} of {POINTS}"
        assert {path.name for path in tmp_path.iterdir()} <= {target.name, f".{target.name}.partial"}
    (tmp_path / f".{target.name}.partial").write_text("half")
    subprocess.run(command, check=True, capture_output=True)
    assert target.read_bytes() == new
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


def test_the_key_of_fingerprints_is_for_its_owner_alone(district, tmp_path):
    """Who has it can test guesses at a file; with another key the same file has another fingerprint."""
    one, other = (replace(district, folder=tmp_path / name) for name in ("one", "other"))
    for of in (one, other):
        of.folder.mkdir()
    first = fingerprints(one)
    assert (one.folder / KEY).stat().st_mode & 0o077 == 0
    assert fingerprints(one) == first
    assert set(first.values()).isdisjoint(fingerprints(other).values())
