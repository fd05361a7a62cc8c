"""What a terminal would obey never reaches it raw, whatever a file, its name or a contract holds."""

import json
import os
import pty
import re
import subprocess
import sys
import tomllib

import pytest
from click.testing import CliRunner
from hostile import ESCAPES, RTL

from norwalk_analytics.cli import main

OBEYED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
NAME = f"zq{ESCAPES}\r{RTL}"
HEADERS = "finding_id,audit_id,audited_on,school_id,clause,result"


@pytest.fixture
def folder(tmp_path):
    """A data folder whose names, headers and cells hold what a terminal would obey."""
    made = tmp_path / f"data {NAME}"
    made.mkdir()
    row = f"F-1,AU-1,2025-01-02,Roton{ESCAPES},A.2,no_finding,x"
    (made / f"{NAME}.csv").write_text(f'{HEADERS},"{NAME}"\n{row}\n', encoding="utf-8")
    (made / "district.toml").write_text(
        f"as_of = 2026-06-30\n[audit_findings]\nfile = {json.dumps(f'{NAME}.csv')}\n".replace(
            "\x7f", "\\u007f"
        )
    )
    return made


def said(*arguments):
    found = CliRunner().invoke(main, [str(one) for one in arguments])
    assert found.exit_code in (0, 1, 2), found.stderr
    assert "zq" in found.output, "what is named is still told"
    return found.output


def test_validate_shows_names_and_headers_as_text(folder, tmp_path):
    for more in ((), ("--out", tmp_path / "out"), ("--json",)):
        assert not OBEYED.search(said("validate", folder, *more))


def test_json_gives_the_names_as_they_are(folder):
    found = json.loads(said("validate", folder, "--json"))
    assert {one["file"] for one in found["tables"]["audit_findings"]["problems"]} == {f"{NAME}.csv"}


def test_a_drafted_profile_is_toml_and_names_the_header_as_it_is(folder, tmp_path):
    file = tmp_path / f"{NAME}.csv"
    file.write_text(
        f"{HEADERS.replace('clause', 'Clause' + NAME.replace(chr(13), ''))}\nF-1,,,,,\n", encoding="utf-8"
    )
    drafted = said("profile", file, "--table", "audit_findings")
    assert not OBEYED.search(drafted)
    assert "\\u009b" in drafted
    tomllib.loads(drafted)


@pytest.mark.parametrize("wrong", [
    ("validate", "{}/nowhere{}"), ("validate", "{}", "--contract", "{}{}"), ("report", "{}/nowhere{}", "-o", "r.html"),
    ("profile", "{}/nowhere{}.csv", "--table", "returns"), ("verify", "{}/{}.html"), ("report", "-o", "{}/{}/r.html"),
])  # fmt: skip
def test_what_is_wrong_is_said_in_plain_text(folder, wrong):
    assert not OBEYED.search(said(*(one.format(folder, NAME) for one in wrong)))


def test_a_name_that_is_no_text_is_said_all_the_same(tmp_path):
    """A file system's names are bytes; what of them is not UTF-8 must not end the run."""
    file = os.fsencode(tmp_path) + b"/zq\xff\x9b31m.csv"
    with open(file, "w", encoding="utf-8") as out:  # noqa: PTH123 (a name in bytes)
        out.write(f"{HEADERS}\nF-1,AU-1,2025-01-02,Nowhere,A.2,no_finding\n")
    profile = tmp_path / "p.profile.toml"
    profile.write_text('table = "audit_findings"\n')
    path = os.fsdecode(file)
    found = CliRunner().invoke(main, ["validate", path, "--profile", str(profile)])
    assert (found.exit_code, found.stderr) == (1, "")
    assert not OBEYED.search(found.output)
    target = tmp_path / "r.html"
    found = CliRunner().invoke(main, ["report", path, "--profile", str(profile), "-o", str(target)])
    assert found.exit_code == 2
    assert found.output.endswith("Rename what bears them. Nothing was written.\n")


def on_a_terminal(*arguments, **environment):
    """The exit code, and all that a real terminal is sent."""
    there, here = pty.openpty()
    command = [sys.executable, "-m", "norwalk_analytics", *map(str, arguments)]
    with subprocess.Popen(command, stdout=here, stderr=here, env={**os.environ, **environment}) as run:
        os.close(here)
        shown = b""
        try:
            while part := os.read(there, 65536):
                shown += part
        except OSError:  # the other end is closed
            pass
    os.close(there)
    return run.returncode, shown.decode()


@pytest.mark.parametrize("environment", [{}, {"NO_COLOR": "1"}, {"FORCE_COLOR": "1"}], ids=str)
def test_a_real_terminal_gets_no_order_but_the_progress_line_s_own(folder, tmp_path, environment):
    """No colour either, with NO_COLOR or without."""
    code, text = on_a_terminal(
        "validate", folder, "--out", tmp_path / "out", TERM="xterm-256color", **environment
    )
    assert code == 1
    assert "audit_findings: reading" in text
    assert not OBEYED.search(text.replace("\r\x1b[K", ""))


def test_a_terminal_that_can_not_write_over_a_line_gets_no_progress(folder):
    code, text = on_a_terminal("validate", folder, TERM="dumb")
    assert code == 1
    assert "reading" not in text
    assert "\x1b" not in text


def test_a_log_gets_no_progress(folder):
    command = [sys.executable, "-m", "norwalk_analytics", "validate", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert "reading" not in done.stdout


@pytest.mark.parametrize(
    ("cell", "code"),
    [(b"zq\0", 2), (b"zq\xed\xa0\x80", 1), (b"zq\x81\xff", 2), (b"zq\x1b[2J\xc2\x9b", 1)],
    ids=["NUL", "half a pair", "no text", "escapes"],
)
def test_bytes_that_are_no_text_are_refused_or_read_and_never_obeyed(tmp_path, cell, code):
    file = tmp_path / "audit_findings.csv"
    file.write_bytes(
        f"{HEADERS},".encode() + cell + b"\nF-1,AU-1,2025-01-02," + cell + b",A.2,no_finding,x\n"
    )
    found = CliRunner().invoke(main, ["validate", str(file)])
    assert (found.exit_code, found.exception.__class__) == (code, SystemExit)
    assert not OBEYED.search(found.output)
