"""Every notebook of a new working folder, run top to bottom in a real JupyterLab in Chromium, offline."""

import subprocess
import sys

import pytest
from in_browser import opened
from in_lab import CALLS, CHART, end_kernels, lab_on, open_notebook, run_all, write_exploring

from norwalk_analytics.policy import shipped
from norwalk_analytics.working_folder import write_working_folder

NOTEBOOKS = sorted(path.name for path in shipped("notebooks").glob("*.ipynb"))
DRAWN = """
[...document.querySelectorAll('.jp-OutputArea-output svg')].map(svg => ({
    size: svg.getBoundingClientRect(), marks: svg.querySelectorAll('path, line, rect, circle, text').length,
    folded: svg.closest('details:not([open])') !== null}))
"""
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    pytest.importorskip("jupyterlab", reason="JupyterLab is missing: pip install '.[lab]'")
    folder = write_working_folder(tmp_path_factory.mktemp("of an analyst") / "oversight")
    with lab_on(folder, tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture
def page(browser, lab):
    """A page that records what it asks for, and what goes wrong in it."""
    made = opened(browser, viewport={"width": 1280, "height": 900})
    asked, wrong = [], []
    made.on("request", lambda one: asked.append(one.url))
    made.on("websocket", lambda one: asked.append(one.url.replace("ws://", "http://")))
    made.on("pageerror", lambda one: wrong.append(str(one)))
    yield made
    end_kernels(made, lab)
    made.context.close()
    assert asked
    assert [url for url in asked if not url.startswith((f"{lab.url}/", "data:", "blob:"))] == []
    assert wrong == []


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_top_to_bottom(page, lab, name):
    open_notebook(page, lab, name)
    cells = run_all(page, lab, name)["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    outputs = [output for cell in code for output in cell["outputs"]]
    assert {output["output_type"] for output in outputs} == {"execute_result"}, (
        "no error, no print, no warning"
    )
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    assert page.locator(".jp-Cell").count() == len(cells)

    html = ["".join(output["data"].get("text/html", "")) for output in outputs]
    assert page.locator(
        ".jp-OutputArea-output .jp-RenderedHTML, .jp-RenderedHTMLCommon.jp-OutputArea-output"
    ).count()
    drawn = page.evaluate(DRAWN)
    assert len(drawn) == sum(text.count("<svg") for text in html)
    assert (len(drawn) > 0) == (name != "01_data_quality.ipynb")
    for svg in drawn:
        assert svg["marks"] > 0
        assert svg["folded"] or svg["size"]["width"] > 10
    assert page.locator(".jp-Dialog, .Toastify__toast").count() == 0, "nothing is asked"
    assert "made-up sample data" in "".join(html) or name == "board_report.ipynb", "the folder's own district"


AXES = "[...node.querySelectorAll('.role-axis-label text')].map(one => one.textContent).sort().join()"
MARKS = "path[aria-label*='Of: ']"


@pytest.fixture
def exploring(page, lab):
    """A notebook whose charts are to explore with, run."""
    write_exploring(lab.folder / "notebooks" / "exploring.ipynb")
    open_notebook(page, lab, "exploring.ipynb")
    return run_all(page, lab, "exploring.ipynb")


def test_charts_are_explored_with_pointer_wheel_and_list(page, exploring):
    """Numbers under the pointer, zoom and back, one school picked; the menu that hands figures out is not there."""
    assert page.locator(CHART).count() == len(CALLS)
    assert page.locator(".vega-actions, .vega-embed details").count() == 0
    for i in range(len(CALLS)):
        assert page.locator(CHART).nth(i).get_by_text("Internal: not for publication").is_visible()
    funnel = page.locator(CHART).first
    funnel.locator("select").select_option("Marvin")
    funnel.get_by_text("Marvin", exact=True).first.wait_for()
    whole = funnel.evaluate(f"node => {AXES}")
    marvin = funnel.locator("path[aria-label*='Marvin']")
    marvin.hover()
    tip = page.locator("#vg-tooltip-element.visible")
    tip.wait_for()
    assert tip.inner_text().split()[:6] == ["School:", "Marvin", "Counted:", "67", "of", "78"]
    page.mouse.wheel(0, -600)
    node = funnel.element_handle()
    page.wait_for_function(f"([node, before]) => {AXES} !== before", arg=[node, whole])
    marvin.dblclick()
    page.wait_for_function(f"([node, before]) => {AXES} === before", arg=[node, whole])

    small = page.locator(CHART).nth(2)
    every = small.locator(MARKS).count()
    small.locator("select").select_option("Kendall")
    fewer = f"([node, every]) => node.querySelectorAll({MARKS!r}).length < every"
    page.wait_for_function(fewer, arg=[small.element_handle(), every])
    assert small.locator(MARKS).count() == small.locator("path[aria-label*='Of: Kendall']").count() > 0


def test_neither_server_nor_kernels_ask_another_machine(lab):
    """After all of the above; and what they would have asked would have been seen."""
    assert lab.asked == []
    code = "import socket\ntry: socket.getaddrinfo('nowhere.invalid', 80)\nexcept OSError: pass"
    subprocess.run([sys.executable, "-c", code], env=lab.environment, check=True)
    assert lab.asked == ["socket.getaddrinfo nowhere.invalid"]
