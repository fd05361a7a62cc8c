"""Every command of the docs and the README runs, in its page's order, with the files that the page shows, and prints what the page says.

A page's commands are run by one bash in a folder of their own, where the machine allows it in a network namespace
that has loopback alone.
"""

import functools
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from norwalk_analytics.cli import main

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
REGISTRY = "needs a package registry"
NOT_RUN = {
    ". .venv/bin/activate": "belongs to the environment that make sets up",
    ".venv/bin/pip install": REGISTRY,
    "make ": "sets up an environment of its own; that there is such a recipe is held below",
    "pip install": REGISTRY,
    "python -m venv": REGISTRY,
    "spark-submit": "needs a cluster; tests/test_spark_cluster.py starts one",
    "verapdf": "a program that CI does not install",
}
"""How a command begins → why no test of the docs runs it."""
ELSEWHERE = {"bring_your_own_data.md": "tests/test_docs.py::test_the_tutorial_runs, with public data"}
SEEDS = {
    "frictionless.md": ["data_schemas"],
    "scale.md": ["archive"],
    "your_own_report.md": ["notebooks", "demo"],
}
"""What a page takes for granted: folders of the checkout, or the sample district by that name."""
LONG = {"README.md", "frictionless.md", "pdf.md", "records_officer.md", "your_own_report.md"}
"""Pages that make several reports: by make test-long."""
BLOCK = re.compile(
    r"^(?:`([\w./]+)`(?:, rows (\d+) and (\d+))?:\n\n)?```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
COMMAND = re.compile(
    r"(norwalk-analytics|make|pip|python3?|spark-submit|frictionless|bash|sh|\.venv/bin/\w+) [\w./-]"
)
MARK = "\x1e"


def blocks(text):
    """The blocks of a page: (file, rows of it, language, body)."""
    return [
        (file, (int(first), int(last)) if first else None, language, body)
        for file, first, last, language, body in BLOCK.findall(text)
    ]


def lines(body):
    """The commands of a block, each on one line."""
    return [line for line in body.replace("\\\n", " ").splitlines() if line.strip()]


def why_not(line):
    """Why a command is not run; None if it is."""
    return next((why for start, why in NOT_RUN.items() if line.startswith(start)), None)


def program(text):
    """The page as one program of bash, and what each of its blocks of commands is said to print; None: nothing is said."""
    made, said, files = ["set -euo pipefail"], [], {}
    found = blocks(text)
    for at, (file, rows, language, body) in enumerate(found):
        if file and rows:
            old = files[file].splitlines(keepends=True)
            body = "".join([*old[: rows[0] - 1], body, *old[rows[1] :]])
        if file:
            files[file] = body
            folder = shlex.quote(str(Path(file).parent))
            made.append(f"mkdir -p {folder}; cat > {shlex.quote(file)} <<'END_OF_FILE'\n{body}END_OF_FILE")
        elif language == "sh":
            run = [line for line in lines(body) if not why_not(line)]
            after = found[at + 1] if at + 1 < len(found) else (None, None, "", "")
            follows = f"```sh\n{body}```\n\n```text\n" in text
            said.append(after[3] if run and follows and after[2] == "text" else None)
            made += [*run, f"printf '{MARK}'"]
    return "\n".join(made), said


@functools.cache
def namespace():
    """What puts a command into a network of its own; nothing where the machine does not allow it."""
    alone = ["unshare", "-rn", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    if shutil.which("unshare") and shutil.which("ip"):
        done = subprocess.run([*alone, "true"], capture_output=True, check=False)
        return alone if done.returncode == 0 else []
    return []


def walk(text, folder):
    """Run a page's commands in a folder, and hold what they print against what the page says."""
    script, said = program(text)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    env = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*namespace(), "bash", "-c", script], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    if "Pango" in done.stderr:
        pytest.skip(done.stderr)
    assert done.returncode == 0, (done.stdout[-2000:], done.stderr[-2000:])
    printed = done.stdout.split(MARK)[:-1]
    assert len(printed) == len(said)
    for what, wanted in zip(printed, said, strict=True):
        assert wanted is None or what == wanted


WITH_COMMANDS = [
    page
    for page in PAGES
    if page.name not in ELSEWHERE and any(language == "sh" for _, _, language, _ in blocks(page.read_text(encoding="utf-8")))
]  # fmt: skip


@pytest.mark.parametrize(
    "page",
    [pytest.param(page, id=page.name, marks=pytest.mark.long if page.name in LONG else ()) for page in WITH_COMMANDS],
)  # fmt: skip
def test_its_commands_run(page, sample_folder, tmp_path):
    for name in SEEDS.get(page.name, ()):
        where = ROOT / name if (ROOT / name).is_dir() else sample_folder
        shutil.copytree(where, tmp_path / name)
    walk(page.read_text(encoding="utf-8"), tmp_path)


def test_they_ran_without_a_network():
    if not namespace():
        pytest.skip("this machine allows no network namespace, so the commands ran in its own network")
    code = "import socket; socket.create_connection(('192.0.2.1', 9), 5)"
    done = subprocess.run(
        [*namespace(), sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert "Network is unreachable" in done.stderr


@pytest.mark.parametrize(
    "text",
    ["```sh\necho a\n```\n\n```text\nb\n```\n", "```sh\nfalse\n```\n", "```sh\nno-such-command\n```\n"],
    ids=["another output", "another exit code", "no such command"],
)
def test_a_page_that_is_wrong_is_found_out(text, tmp_path):
    with pytest.raises(AssertionError):
        walk(text, tmp_path)


def test_files_of_a_page_are_there_for_its_commands(tmp_path):
    text = "`in/a.csv`:\n\n```text\na\nb\nc\n```\n\n`in/a.csv`, rows 2 and 2:\n\n```text\nB\n```\n\n```sh\ncat in/a.csv\n```\n\n```text\na\nB\nc\n```\n"
    walk(text, tmp_path)


def test_every_reason_not_to_run_a_command_is_needed():
    every = [
        line
        for page in PAGES
        for _, _, language, body in blocks(page.read_text(encoding="utf-8"))
        if language == "sh"
        for line in lines(body)
    ]
    for start in NOT_RUN:
        assert any(line.startswith(start) for line in every), start
    assert {*ELSEWHERE, *SEEDS, *LONG} <= {page.name for page in PAGES}


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.name != "command_line.md"], ids=lambda page: page.name
)
def test_no_command_stands_where_none_is_run(page):
    """In an indented block, or one that names no language or another."""
    text = page.read_text(encoding="utf-8")
    for _, _, language, body in blocks(text):
        if language != "sh":
            assert not [line for line in body.splitlines() if COMMAND.match(line)]
    assert not [line for line in BLOCK.sub("", text).splitlines() if COMMAND.match(line.removeprefix("    ")) and line[:4] == "    "]  # fmt: skip


INLINE = sorted(
    {
        span
        for page in PAGES
        for span in re.findall(
            r"(?<!`)`(norwalk-analytics [^`]+|report -[^`]+|validate -[^`]+)`",
            page.read_text(encoding="utf-8"),
        )
    }
)


@pytest.mark.parametrize("span", INLINE)
def test_a_command_in_a_sentence_is_one(span):
    """Its command and its options exist."""
    words = [word for word in span.replace("norwalk-analytics ", "").split() if word != "…"]
    if words[0] == "COMMAND":
        return
    command = main.commands[words[0]]
    known = {option for one in command.params for option in one.opts} | {"--help"}
    assert {word for word in words if re.match("--?[a-z]", word)} <= known


def test_what_make_is_asked_for_is_there():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    texts = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    asked = set(re.findall(r"(?m)(?:`|^)make ([a-z-]+)", texts))
    assert {"report", "test", "docs", "locks"} <= asked
    for name in asked:
        assert re.search(rf"(?m)^{name}:.*\n\t", makefile), name
    assert re.search(r"(?m)^report:.*\n\t@\$\(PY\) -m norwalk_analytics report ", makefile)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_files_that_it_names_are_there(page):
    text = page.read_text(encoding="utf-8")
    named = re.findall(
        r"`((?:tests|docs|notebooks|examples|data_schemas|benchmarks)/[\w./-]*)(?:::\w+)?`", text
    )
    named += re.findall(r"`python (docs/[\w.]+)`", text)
    for path in named:
        assert (ROOT / path).exists(), path
