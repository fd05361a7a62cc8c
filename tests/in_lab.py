"""A real JupyterLab on a working folder, which reaches nothing beyond this machine: how it is started, how a notebook runs."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.error import URLError
from urllib.request import urlopen

import nbformat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

ROOT = Path(__file__).parents[1]
TOKEN = "of-a-test"
PATIENCE = 180
"""Seconds that anything may take: a busy machine is slow, and not wrong."""
WATCH = """
import os, sys

def watch(event, args):
    if event == "socket.getaddrinfo":
        host = args[0]
    elif event == "socket.connect" and isinstance(args[1], tuple):
        host = args[1][0]
    else:
        return
    if host not in (None, "", "localhost", "127.0.0.1", "::1", "0.0.0.0"):
        with open(os.environ["ASKED"], "a") as file:
            file.write(f"{event} {host}\\n")

sys.addaudithook(watch)
"""

NONE_WAITS = """
![...document.querySelectorAll('.jp-InputPrompt')].some(one => one.textContent.includes('*'))
"""


class Lab(NamedTuple):
    """A JupyterLab that runs: where, on which folder, and what its processes asked of other machines."""

    url: str
    folder: Path
    environment: dict[str, str]

    @property
    def asked(self) -> list[str]:
        """Each look-up and each connection beyond this machine, of the server and of the kernels."""
        file = Path(self.environment["ASKED"])
        return file.read_text().splitlines() if file.exists() else []


@contextmanager
def lab_on(folder: Path, work: Path) -> Iterator[Lab]:
    """JupyterLab as the folder's README starts it, with settings of nobody's but the folder's."""
    (work / "watch").mkdir()
    (work / "watch" / "sitecustomize.py").write_text(WATCH)
    own = {
        name: str(work / name.lower())
        for name in (
            "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR",
            "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR", "ASKED",
        )
    }  # fmt: skip
    path = os.pathsep.join([str(work / "watch"), str(ROOT)])
    environment = {**os.environ, **own, "PYTHONPATH": path, "JUPYTER_PLATFORM_DIRS": "1"}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable, "-m", "jupyter", "lab", "--config", "jupyter/config.json", "--no-browser", "--allow-root",
        "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}",
    ]  # fmt: skip
    with (work / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        _await(server, f"{url}/api?token={TOKEN}", work / "log")
        yield Lab(url, folder, environment)
    finally:
        server.terminate()  # which ends its kernels
        server.wait(30)


def _await(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            urlopen(url).close()
        except URLError:
            assert server.poll() is None, log.read_text()
            time.sleep(0.2)
        else:
            return
    raise AssertionError(log.read_text())


def open_notebook(page: Page, lab: Lab, name: str) -> None:
    """Open a notebook, and no other that was open before, and wait until its kernel is idle."""
    page.set_default_timeout(PATIENCE * 1000)
    page.goto(f"{lab.url}/lab/tree/notebooks/{name}?reset&token={TOKEN}")
    page.get_by_text("Python 3 (ipykernel) | Idle", exact=True).wait_for()


def run_all(page: Page, lab: Lab, name: str) -> dict:
    """Click Run ▸ Run All Cells, wait until all were run or one failed, save, and give the notebook as it was saved."""
    page.locator(".lm-MenuBar-item", has_text="Run").click()
    page.locator(".lm-Menu-item", has_text="Run All Cells").first.click()
    page.locator(".jp-InputPrompt", has_text="[*]:").first.wait_for()
    page.wait_for_function(NONE_WAITS)
    with page.expect_response(lambda one: one.request.method == "PUT" and "/api/contents/" in one.url):
        page.locator(".jp-Notebook").press("Control+s")
    return json.loads((lab.folder / "notebooks" / name).read_text(encoding="utf-8"))


def end_kernels(page: Page, lab: Lab) -> None:
    """End all kernels, so that those of notebooks that ran take no memory."""
    for kernel in page.request.get(f"{lab.url}/api/kernels?token={TOKEN}").json():
        page.request.delete(f"{lab.url}/api/kernels/{kernel['id']}?token={TOKEN}")


EXPLORING = """\
from norwalk_analytics import figures, interactive, internal, load_district
from norwalk_analytics.board.measured import funnel_chart, measure_chart, school_charts

district = load_district("../data", contract="../contract")
shown = internal(figures(district, by=["district", "school"]), district.policy)
interactive()
"""
CALLS = (
    'funnel_chart(shown, "rules_published")', 'measure_chart(shown, "parents_informed")',
    'school_charts(shown, "parents_informed")',
)  # fmt: skip
CHART = ".jp-OutputArea-output .vega-embed"


def write_exploring(path):
    """A notebook of a working folder whose charts are to explore with, not run yet."""
    cells = [nbformat.v4.new_code_cell(code) for code in (EXPLORING, *CALLS)]
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
