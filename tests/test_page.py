"""The page: what a notebook may print, what it may not, and that it is the same again."""

from __future__ import annotations

import base64
import hashlib
import re
import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from nbformat import v4

from norwalk_analytics.board import page, pieces
from norwalk_analytics.board.page import INTERNAL, PUBLISHED, PageError, render
from norwalk_analytics.board.prose import Prose
from norwalk_analytics.board.theme import PALETTE as CHARTS
from norwalk_analytics.whole import write_whole

if TYPE_CHECKING:
    from nbformat import NotebookNode

DEMO = runpy.run_path(str(Path(__file__).with_name("page_demo.py")))
SECRET = "Jane Doe, 41 Elm Street"


def shown(data: dict[str, Any]) -> NotebookNode:
    made: NotebookNode = v4.new_output("display_data", data=data)
    return made


def code(*outputs: NotebookNode) -> NotebookNode:
    made: NotebookNode = v4.new_code_cell(f"show('{SECRET}')", execution_count=1, outputs=list(outputs))
    return made


def notebook(*cells: NotebookNode) -> NotebookNode:
    made: NotebookNode = v4.new_notebook(cells=list(cells), metadata={"papermill": {"start_time": SECRET}})
    return made


def markdown(*sources: str) -> str:
    return render(notebook(*(v4.new_markdown_cell(source) for source in sources)), title="T")


def test_the_demonstration_is_the_same_again_whatever_the_notebooks_ids() -> None:
    first, second = DEMO["notebook"](), DEMO["notebook"]()
    assert [cell.id for cell in first.cells] != [cell.id for cell in second.cells]
    second.metadata["papermill"] = {"parameters": {"data": SECRET}}
    second.cells[0].metadata["tags"] = ["remove_cell"]
    assert render(first, title="T") == render(second, title="T")


def test_nothing_of_the_notebook_but_its_words_is_printed() -> None:
    made = DEMO["notebook"]()
    made.metadata["title"] = SECRET
    html = render(made, title="T")
    assert SECRET not in html
    assert "show(" not in html
    assert "papermill" not in html
    assert not any(cell.id in html for cell in made.cells)
    assert len(html) < 200_000


def test_a_notebook_is_left_as_it_was() -> None:
    made = DEMO["notebook"]()
    before = made.copy()
    render(made, title="T")
    assert made == before


def test_the_policy_lets_in_one_style_and_no_more() -> None:
    html = markdown("# A")
    style = re.search(r"<style>(.*)</style>", html, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = (
        f"default-src &#39;none&#39;; style-src &#39;sha256-{digest}&#39;; "
        "base-uri &#39;none&#39;; form-action &#39;none&#39;"
    )
    assert f'Content-Security-Policy" content="{policy}"' in html
    assert html.index("Content-Security-Policy") < html.index("<style>")
    assert not re.search(r"<(script|link|img|iframe)|\sstyle=|\ssrc=|@import|url\(http", html)


def test_every_colour_that_the_style_names_is_set() -> None:
    css = (Path(page.__file__).parent / "template" / "style.css").read_text(encoding="utf-8")
    names = {colour.name for colour in CHARTS} | set(page.PALETTE) | {"accent"}
    assert set(re.findall(r"var\(--c-([a-z-]+)\)", css)) <= names
    assert set(page.PALETTE) <= set(re.findall(r"var\(--c-([a-z-]+)\)", css))


FOREIGN = {
    "text": v4.new_output("stream", name="stdout", text=SECRET),
    "a warning": v4.new_output("stream", name="stderr", text=SECRET),
    "a frame": shown({"text/html": f"<table>{SECRET}", "text/plain": SECRET}),
    "a value": v4.new_output("execute_result", data={"text/plain": SECRET}, execution_count=1),
    "a picture": shown({"image/png": "AAAA", "text/plain": SECRET}),
    "an SVG": shown({"image/svg+xml": f"<svg>{SECRET}</svg>"}),
    "a Vega chart": shown({"application/vnd.vegalite.v5+json": {"data": SECRET}}),
    "internal figures": shown({INTERNAL: SECRET, "text/html": SECRET}),
    "both types": shown({INTERNAL: SECRET, PUBLISHED: SECRET}),
    "an error": v4.new_output("error", ename="E", evalue=SECRET, traceback=[SECRET]),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_foreign_output_stops_the_page_and_is_not_repeated(kind: str) -> None:
    good = code(shown({PUBLISHED: pieces.note("a")}))
    with pytest.raises(PageError, match=r"^Code cell 2 [a-z].*\.$") as caught:
        render(notebook(good, v4.new_markdown_cell("x"), code(FOREIGN[kind])), title="T")
    assert SECRET not in str(caught.value)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("kind", [kind for kind in FOREIGN if kind != "an error"])
def test_the_internal_edition_prints_it_as_text_under_a_watermark(kind: str) -> None:
    html = render(notebook(code(FOREIGN[kind])), title="T", allow_foreign=True)
    assert '<body class="internal">' in html
    assert "<title>Internal: not for publication. T</title>" in html
    assert "<table>Jane" not in html
    assert "<svg>Jane" not in html
    if kind not in ("an SVG", "a Vega chart"):
        assert SECRET in html


def of_run(run: int | None) -> NotebookNode:
    said = {} if run is None else {PUBLISHED: {"run": run}}
    made: NotebookNode = v4.new_output("display_data", data={PUBLISHED: pieces.note("a")}, metadata=said)
    return code(made)


def test_figures_that_were_suppressed_apart_are_not_published_together() -> None:
    assert render(notebook(of_run(2), of_run(None), of_run(2)), title="T")
    with pytest.raises(
        PageError, match=r"Code cell 3 shows figures that were suppressed apart .* report\.also\."
    ):
        render(notebook(of_run(1), of_run(None), of_run(2)), title="T")
    assert render(notebook(of_run(1), of_run(2)), title="T", allow_foreign=True)


def test_an_error_stops_the_internal_edition_too() -> None:
    with pytest.raises(PageError, match="Code cell 1 ended in an error"):
        render(notebook(code(FOREIGN["an error"])), title="T", allow_foreign=True)


def test_the_published_edition_bears_no_watermark() -> None:
    html = render(DEMO["notebook"](), title="T")
    assert "<body>" in html
    assert "top-center" not in html
    assert html.count("Internal: not for publication") == 1  # the style's own, for .internal


def test_lists_of_lines_are_joined_as_notebooks_on_disk_hold_them() -> None:
    html = render(notebook(code(shown({PUBLISHED: ["<p>a ", "b</p>"]}))), title="T")
    assert "<p>a b</p>" in html


@pytest.mark.parametrize(
    ("fragment", "words"),
    [
        ("<script>1</script>", "script element"),
        ('<p onclick="x">', "onclick attribute"),
        ('<p style="x">', "style attribute"),
        ("<meta http-equiv=refresh>", "meta element"),
        ('<a href="javascript:1">a</a>', "link of a kind"),
        ('<a href="file:///etc/passwd">a</a>', "link of a kind"),
        ('<p aria-labelledby="nowhere">a</p>', 'leads to "nowhere"'),
        ('<p id="a"></p><p id="a"></p>', 'the id "a"'),
        ("<h1>a</h1>", "2 headings of level 1"),
    ],
)
def test_a_page_that_does_not_hold_together_is_refused(fragment: str, words: str) -> None:
    with pytest.raises(PageError, match=words):
        render(notebook(code(shown({PUBLISHED: fragment}))), title="T")


def test_a_piece_may_name_a_section_that_its_author_took_out() -> None:
    piece = pieces.brief([("Nine are overdue.", "findings"), ("All is well.", "method")])
    cells = code(shown({PUBLISHED: str(piece)})), v4.new_markdown_cell("## Method")
    html = render(notebook(*cells), title="T")
    assert "<li>Nine are overdue.</li>" in html
    assert '<li><a href="#method">All is well.</a></li>' in html


def test_an_author_s_link_to_nowhere_is_told() -> None:
    with pytest.raises(PageError, match='leads to "nowhere"'):
        markdown("[there](#nowhere)")


def test_the_contents_are_the_sections_in_order_with_their_parts() -> None:
    html = markdown("# Method", "## Method\n\n### Rules & *limits*", "##### Deep", "## 2024")
    nav = re.search(r"<nav.*</nav>", html, re.DOTALL)
    assert nav
    assert re.findall(r'href="#([^"]+)">([^<]+)<', nav[0]) == [
        ("method", "Method"),
        ("method-2", "Method"),
        ("rules-limits", "Rules &amp; limits"),
        ("section-2024", "2024"),
    ]
    assert re.search(r'Method</a>\s*<ol>\s*<li><a href="#rules-limits">', nav[0])  # a part, under its section
    assert '<h3 id="rules-limits">Rules &amp; <em>limits</em></h3>' in html
    assert '<h4 id="deep">' in html
    assert html.count("<h1>") == 1


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        "a <img src=x onerror=alert(1)> b",
        "<details open ontoggle=alert(1)>",
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt:alert(1))",
        "[a](java\tscript:alert(1))",
        "[a](&#106;avascript:alert(1))",
        "[a](data:text/html,<script>alert(1)</script>)",
        "[a](vbscript:x)",
        "[a](//example.org/x)",
        '[a](https://example.org/" onclick="alert(1))',
        "```mermaid\n</pre><script>alert(1)</script>\n```",
        "```html\n</code></pre><script>alert(1)</script>\n```",
        "$<script>alert(1)</script>$",
        "$$</div><script>alert(1)</script>$$",
        r"\begin{a}<script>alert(1)</script>\end{a}",
        "## <script>alert(1)</script>",
        "| a |\n|--:|\n| <script>alert(1)</script> |",
        "term\n: <script>alert(1)</script>",
        "- [x] <script>alert(1)</script>",
        "<javascript:alert(1)>",
        "`<script>alert(1)</script>`",
        "{{ page.style }} {% include 'x' %}",
    ],
)
def test_markdown_cannot_act(source: str) -> None:
    html = Prose().render(source)
    tags = re.findall(r"<[^>]*>", html)
    assert not [tag for tag in tags if re.match(r"<(script|img|details|input|style)", tag)]
    assert not [tag for tag in tags if re.search(r'\s(on\w+|style|src)=(?!.*"\s*rel)', tag)]
    hrefs = [href for tag in tags for href in re.findall(r'href="([^"]*)"', tag)]
    assert all(href.startswith(("https://", "http://", "mailto:", "#")) for href in hrefs)
    assert "<h1>" in markdown(source)


def test_an_image_in_markdown_is_refused() -> None:
    with pytest.raises(PageError, match="holds an image"):
        markdown("![x](https://example.org/a.png)")


@pytest.mark.parametrize("title", ["</title><script>1</script>", '"; } * { x: url(//a)', "</style>"])
def test_a_title_is_data_in_the_style_too(title: str) -> None:
    html = render(notebook(), title=title)
    assert html.count("<script") == 0
    assert html.count("</style>") == 1
    assert "url(//a)" not in html[: html.index("</style>")].partition("<style>")[2]


def test_two_heads_and_an_empty_title_are_refused_or_said() -> None:
    head = pieces.head(board="B", title="H", month="m", as_of="a", sample=False)
    html = render(notebook(code(shown({PUBLISHED: head}))), title="T")
    assert html.index("<header") < html.index("<main")
    assert "Made-up" not in html
    with pytest.raises(ValueError, match="may not be empty"):
        render(notebook(), title=" ")
    with pytest.raises(PageError, match="call head once"):
        render(notebook(code(shown({PUBLISHED: head}), shown({PUBLISHED: head}))), title="T")


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    partial = tmp_path / ".report.html.partial"
    target.write_text("old")
    partial.write_text("left by a run that was killed, and longer than what follows")
    write_whole(target, "new é\n")
    assert target.read_bytes() == "new é\n".encode()
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_a_partial_that_is_a_link_is_not_written_through(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("kept")
    (tmp_path / ".r.html.partial").symlink_to(other)
    write_whole(tmp_path / "r.html", "new")
    assert other.read_text() == "kept"
    assert not (tmp_path / "r.html").is_symlink()


@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file(
    moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "report.html"
    target.write_text("old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync" if moment == "fsync" else "pathlib.Path.replace", fail)
    with pytest.raises(OSError, match="No space"):
        write_whole(target, "new")
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    monkeypatch.undo()
    with pytest.raises(UnicodeEncodeError):
        write_whole(target, "\ud800")
    assert target.read_text() == "old"
