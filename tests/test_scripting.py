"""What a script relies on: exit codes, JSON, and shells that complete what is typed."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from norwalk_analytics.cli import main
from norwalk_analytics.terminal import EXIT_CODES, FAULT, Commands

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
COMMAND = [
    sys.executable,
    "-c",
    "from norwalk_analytics.cli import main; main(prog_name='norwalk-analytics')",
]


def test_the_help_and_the_readme_say_the_exit_codes():
    shown = CliRunner().invoke(main, ["--help"]).stdout
    codes = re.findall(r"^  (\d+) ", EXIT_CODES, re.MULTILINE)
    assert codes == ["0", "1", "2", "3", "130"]
    assert re.findall(r"^  +(\d+)  ", shown, re.MULTILINE) == codes
    assert re.findall(r"^\| (\d+) \|", README, re.MULTILINE) == codes


@pytest.mark.parametrize(
    ("what", "code", "said"),
    [
        (lambda: {}["no such key"], 3, FAULT),
        (lambda: signal.raise_signal(signal.SIGINT), 130, "Interrupted."),
        (lambda: bytearray(sys.maxsize), 2, "There is not enough memory for this file. Nothing was written."),
        (lambda: Path("/nowhere/at/all").read_text(), 2, "all: No such file or directory."),
    ],
    ids=["a fault of ours", "Ctrl-C", "memory", "a file"],
)
def test_how_a_run_ends(what, code, said):
    """Exit code 1 is kept for what was looked at and found wanting: neither a fault nor an interruption is that."""
    group = Commands("group", commands=[click.Command("one", callback=what)])
    done = CliRunner().invoke(group, ["one"])
    assert (done.exit_code, done.stdout) == (code, "")
    assert done.stderr.splitlines()[-1] == said
    assert ("Traceback" in done.stderr) == (code == 3)


def test_json_has_one_form_whatever_the_engine(sample_folder, tmp_path):
    asked = ["validate", str(sample_folder), "--json"]
    whole = CliRunner().invoke(main, asked)
    pieces = CliRunner().invoke(main, [*asked, "--engine", "streaming", "--out", str(tmp_path / "out")])
    assert (whole.exit_code, pieces.exit_code) == (0, 0)
    one, other = json.loads(whole.stdout), json.loads(pieces.stdout)
    assert (one["as_of"], one["missing"]) == ("2026-06-30", [])
    for found in (one, other):
        for table in found["tables"].values():
            table.pop("assumed")
            table["problems"] = sorted(
                {(of["rule"], of["severity"]): of["count"] for of in table["problems"]}.items()
            )
    assert one == other


def completed(*words):
    """What bash is offered for the last word: pairs of a kind and a value."""
    environment = {
        **os.environ, "_NORWALK_ANALYTICS_COMPLETE": "bash_complete", "COMP_CWORD": str(len(words)),
        "COMP_WORDS": " ".join(["norwalk-analytics", *words]),
    }  # fmt: skip
    done = subprocess.run(COMMAND, env=environment, capture_output=True, text=True, check=True)
    return [tuple(line.split(",", 1)) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("val",), ["validate"]),
        (("validate", "demo", "--engine", ""), ["polars", "streaming", "spark"]),
        (("report", "--engine", "st"), ["streaming"]),
        (("profile", "f.csv", "--table", ""), [
            "tool_registrations", "exception_log", "audit_findings", "returns", "actions",
        ]),
        (("profile", "f.csv", "--table", "au"), ["audit_findings"]),
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_shell_completes(words, offered):
    assert completed(*words) == [("plain", one) for one in offered]


@pytest.mark.parametrize("words", [("validate", "de"), ("report", "de"), ("new", "de"), ("profile", "de")])
def test_a_shell_completes_files(words):
    assert completed(*words) == [("file", "de")]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell(shell):
    environment = {**os.environ, "_NORWALK_ANALYTICS_COMPLETE": f"{shell}_source"}
    done = subprocess.run(COMMAND, env=environment, capture_output=True, text=True, check=True)
    assert f"_NORWALK_ANALYTICS_COMPLETE={shell}_complete" in done.stdout
    assert f"_NORWALK_ANALYTICS_COMPLETE={shell}_source" in README or shell == "fish"
