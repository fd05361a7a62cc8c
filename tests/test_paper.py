"""The report as a tagged PDF, read back by pikepdf, an independent reader."""

import os
import re
import socket
import subprocess
import sys
import time
from collections import Counter
from html import unescape
from io import BytesIO
from itertools import pairwise
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import page_demo
import pikepdf
import pytest
import tinyhtml5
from click.testing import CliRunner
from fontTools.ttLib import TTFont
from pdf_tree import Element, Tagged

from norwalk_analytics.board import making, paper
from norwalk_analytics.board.making import make_report
from norwalk_analytics.board.paper_page import plain_page, words
from norwalk_analytics.cli import main
from norwalk_analytics.policy import UserError

try:
    paper.installed()
except UserError as missing:
    pytest.skip(str(missing), allow_module_level=True)

HEADINGS = ("H1", "H2", "H3", "H4", "H5", "H6")
MARK = "Internal: not for publication"
INSIDE = {
    "Table": {"Caption", "THead", "TBody"}, "THead": {"TR"}, "TBody": {"TR"}, "TR": {"TH", "TD"},
    "L": {"LI", "L"}, "LI": {"Lbl", "LBody"},
}  # fmt: skip
MORE = """### More

1. one
2. two

| a | b |
| --- | --- |
| c | [d](https://example.org/d) |

- A rule of C.2b, and *more* of it
"""


def demo(*, internal=False):
    """The demonstration page, with a table of more than a page, lists and a table of Markdown."""
    rows = [(f"Row {number}", f"{number:,}") for number in range(1, 90)]
    long = page_demo.p.table(caption="Long", columns=page_demo._columns("Row", "Number"), rows=rows)
    kind = page_demo.page.INTERNAL if internal else page_demo.page.PUBLISHED
    output = page_demo.v4.new_output("display_data", data={kind: str(long)})
    made = page_demo.notebook(internal=internal)
    made.cells.append(page_demo.v4.new_code_cell(outputs=[output], execution_count=99))
    made.cells.append(page_demo.v4.new_markdown_cell(MORE))
    return page_demo.page.render(made, title=page_demo.TITLE, allow_foreign=internal)


def read(html):
    """A page of ours, the same made plain, and its PDF, read back."""
    data = paper.to_pdf(html)
    plain = tinyhtml5.parse(plain_page(html).html, namespace_html_elements=False)
    return SimpleNamespace(html=html, data=data, plain=plain, pdf=Tagged(data))


@pytest.fixture(scope="module")
def published():
    return read(demo())


@pytest.fixture(scope="module")
def internal():
    return read(demo(internal=True))


def squeezed(text):
    return re.sub(r"\s+", "", text)


def check_document(found):
    tree, root, file = found.pdf.tree, found.pdf.root, found.pdf.pdf
    assert tree.kind == "Document"
    assert root.MarkInfo.Marked is True
    assert root.ViewerPreferences.DisplayDocTitle is True
    assert str(root.Lang) == found.plain.get("lang") == "en"
    title = words(found.plain.find("head/title"))
    assert str(file.docinfo.Title) == title
    assert not {"/CreationDate", "/ModDate"} & set(file.docinfo.keys())
    metadata = root.Metadata.read_bytes().decode()
    ET.fromstring(metadata)
    assert title in unescape(metadata)
    assert "pdfuaid" not in metadata  # claimed only where a validator has said so
    assert len(file.trailer.ID) == 2
    assert all(page.Tabs == "/S" for page in file.pages)
    assert all([float(side) for side in page.MediaBox] == [0, 0, 612, 792] for page in file.pages)


def check_fonts(found):
    """Each glyph is in a font of the file, stands for a character, and is as wide as is said."""
    assert found.pdf.fonts
    for font in found.pdf.fonts.values():
        descendant = font.raw.DescendantFonts[0]
        assert descendant.CIDToGIDMap == "/Identity"
        program = TTFont(BytesIO(descendant.FontDescriptor.FontFile2.read_bytes()))
        names, scale, widths = program.getGlyphOrder(), 1000 / program["head"].unitsPerEm, font.widths
        assert 0 not in font.used  # the glyph of what a font does not have
        for code in font.used:
            assert font.table[code]
            assert not set(font.table[code]) & {"\0", "\ufeff", "\ufffe"}
            assert abs(program["hmtx"][names[code]][0] * scale - widths[code]) < 1


def check_marks(found):
    """Whatever is painted stands in one mark; a mark stands in the tree once, or is an artifact."""
    pdf = found.pdf
    assert pdf.loose == []
    assert pdf.used == {(at, mark) for at, marks in enumerate(pdf.marks) for mark in marks}
    entries = list(pdf.root.StructTreeRoot.ParentTree.Nums)
    assert [int(key) for key in entries[::2]] == sorted({int(key) for key in entries[::2]})
    owners = dict(zip(map(int, entries[::2]), entries[1::2], strict=True))
    places = {page.objgen: int(page.StructParents) for page in pdf.pdf.pages}
    elements = [pdf.tree, *pdf.tree.below()]
    for element in elements:
        for kid in element.raw.K:
            if isinstance(kid, int):
                assert owners[places[element.raw.Pg.objgen]][kid].objgen == element.raw.objgen
            elif kid.get("/Type") == "/OBJR":
                assert owners[int(kid.Obj.StructParent)].objgen == element.raw.objgen
    in_tree = {element.raw.objgen for element in elements}
    for one in pdf.pdf.objects:
        if isinstance(one, pikepdf.Dictionary) and one.get("/Type") == "/StructElem":
            assert one.objgen in in_tree


def check_nesting(found):
    tree = found.pdf.tree
    for element in [tree, *tree.below()]:
        kinds = {one.kind for one in element.elements}
        if element.kind in INSIDE:
            assert kinds <= INSIDE[element.kind], (element.kind, kinds)
            assert element.kids == element.elements  # no text of its own
        else:
            assert not kinds & {"THead", "TBody", "TR", "TH", "TD", "LI", "Lbl", "LBody"}, (
                element.kind,
                kinds,
            )
        assert element.kids or element.kind == "TD", element.kind


def check_words(found):
    """Each paragraph, heading, caption, cell and link says what the page says, in its order."""
    body, tree = found.plain.find("body"), found.pdf.tree
    kinds = {"p": "P", "caption": "Caption", "th": "TH", "td": "TD", "a": "Link"}
    kinds |= {kind.lower(): kind for kind in HEADINGS}
    for tag, kind in kinds.items():
        wanted = [squeezed(words(one)) for one in body.iter(tag)]
        assert [squeezed(one.text) for one in tree.of(kind)] == wanted, kind


def check_headings(found):
    levels = [int(one.kind[1]) for one in found.pdf.tree.of(*HEADINGS)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    with found.pdf.pdf.open_outline() as outline:

        def titles(items):
            return [title for one in items for title in (squeezed(one.title), *titles(one.children))]

        marked = titles(outline.root)
    wanted = [squeezed(words(one)) for one in found.plain.iter() if one.tag.upper() in HEADINGS]
    groups = [squeezed(words(one)) for one in found.plain.iterfind(".//table[@class='grouped']/caption")]
    assert sorted(marked) == sorted(wanted + groups)


def check_tables(found):
    tables, wanted = found.pdf.tree.of("Table"), list(found.plain.iter("table"))
    assert len(tables) == len(wanted)  # one of two pages is one
    ids = {}
    for table, one in zip(tables, wanted, strict=True):
        assert [kid.kind for kid in table.elements] == [
            "Caption",
            "THead",
            *["TBody"] * len(one.findall("tbody")),
        ]
        rows = table.of("TR")
        assert len(rows) == len(list(one.iter("tr")))
        assert len({len(row.elements) for row in rows}) == 1
        columns = rows[0].elements
        assert {cell.kind for cell in columns} == {"TH"}
        for row in rows:
            for at, cell in enumerate(row.elements):
                attributes = cell.raw.A
                assert not {"/ColSpan", "/RowSpan"} & set(attributes.keys())
                if cell.kind == "TH":
                    assert attributes.Scope == ("/Column" if row is rows[0] else "/Row")
                    assert str(cell.raw.ID) not in ids
                    ids[str(cell.raw.ID)] = cell
                else:
                    heads = [ids[str(ident)] for ident in attributes.Headers]
                    assert heads == [columns[at], *(head for head in row.elements if head.kind == "TH")]
    tree = pikepdf.NameTree(found.pdf.root.StructTreeRoot.IDTree)
    assert {str(name): one.objgen for name, one in tree.items()} == {
        name: cell.raw.objgen for name, cell in ids.items()
    }
    assert list(ids) == sorted(ids)


def check_pictures(found):
    pictures = found.pdf.tree.of("Figure")
    wanted = []
    for one in found.plain.iter("section"):
        if one.get("class") == "reading":  # words alone
            continue
        title, sentence = words(one.find("h3")), words(one.find("p[@class='sentence']"))
        wanted.append(f"Chart: {title.rstrip('.')}. {sentence.rstrip('.')}.")
    assert [str(one.raw.Alt) for one in pictures] == wanted
    for one in pictures:
        left, low, right, high = (float(side) for side in one.raw.A.BBox)
        assert 45 <= left < right <= 568
        assert 50 <= low < high <= 745
    assert found.html.count("<svg") > len(pictures)  # shapes beside words are decoration


def check_lists(found):
    lists, wanted = found.pdf.tree.of("L"), [one for one in found.plain.iter() if one.tag in ("ul", "ol")]
    assert len(lists) == len(wanted)
    for made, one in zip(lists, wanted, strict=True):
        assert len([kid for kid in made.elements if kid.kind == "LI"]) == len(one.findall("li"))
        labels = [item.elements[0].text.strip() for item in made.elements if item.elements[0].kind == "Lbl"]
        kind = str(made.raw.A.ListNumbering)
        if not labels:
            assert kind == "/None"
        elif one.tag == "ol":
            assert kind == "/Decimal"
            assert labels == [f"{number}." for number in range(1, len(labels) + 1)]
        else:
            assert kind == "/Disc"
            assert set(labels) == {"•"}


def check_links(found):
    links = found.pdf.tree.of("Link")
    names = pikepdf.NameTree(found.pdf.root.Names.Dests)
    annotations = []
    for link in links:
        own = [kid for kid in link.kids if not isinstance(kid, str | Element)]
        assert own
        assert link.text
        assert not any(not isinstance(kid, str | Element) for part in link.below() for kid in part.kids)
        annotations += [one.objgen for one in own]
        for one in own:
            assert str(one.Contents)
            if "/Dest" in one:
                assert str(one.Dest) in names
                assert str(one.Contents).startswith("To: ")
            else:
                assert str(one.A.URI) == str(one.Contents)
    on_pages = [one.objgen for page in found.pdf.pdf.pages for one in page.get("/Annots", [])]
    assert sorted(annotations) == sorted(on_pages)


def check_pages(found, mark=""):
    count = len(found.pdf.pdf.pages)
    title = words(found.plain.find(".//h1"))
    for number, (outside, marks) in enumerate(zip(found.pdf.outside, found.pdf.marks, strict=True), 1):
        assert f"Page {number} of {count}" in outside
        assert title in outside
        assert (MARK in outside) == bool(mark)
        assert any(text.strip() for text in marks.values())  # no page is empty


CHECKS = [
    check_document, check_fonts, check_marks, check_nesting, check_words, check_headings, check_tables, check_pictures,
    check_lists, check_links, check_pages,
]  # fmt: skip


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__[6:])
def test_the_page_is_a_tagged_pdf(published, check):
    check(published)


@pytest.mark.parametrize("check", CHECKS[:-1], ids=lambda check: check.__name__[6:])
def test_the_internal_edition_too(internal, check):
    check(internal)


def test_the_internal_edition_is_marked_on_every_page(internal):
    check_pages(internal, mark=MARK)
    assert str(internal.pdf.pdf.docinfo.Title).startswith(MARK)


def test_nothing_is_lost_on_the_way_to_paper(published):
    page = tinyhtml5.parse(published.html, namespace_html_elements=False).find("body")
    paper_page = published.plain.find("body")

    def texts(root, *tags):
        found = (squeezed(words(one)) for one in root.iter() if one.tag in tags)
        return Counter(text.replace("(https://example.org/d)", "") for text in found)

    headings = [kind.lower() for kind in HEADINGS]
    lost = texts(page, "td", "a", *headings) - texts(paper_page, "td", "a", *headings)
    assert set(lost) == {"Skiptothereport", "Backtothetop"}
    kept = "".join(texts(paper_page, "body"))
    for text in texts(page, "dt", "dd", "li", "caption", "figcaption"):
        assert text in kept


def test_a_long_table_is_one_with_one_head(published):
    (table,) = [one for one in published.pdf.tree.of("Table") if one.of("Caption")[0].text == "Long"]
    assert len({row.raw.Pg.objgen for row in table.of("TR")}) > 1
    assert len(table.of("TR")) == 90
    assert sum("RowNumber" in squeezed(outside) for outside in published.pdf.outside) >= 1  # printed again


@pytest.mark.long
def test_the_same_page_gives_the_same_bytes(published, tmp_path):
    page = tmp_path / "page.html"
    page.write_text(published.html, encoding="utf-8")
    code = (
        "import sys; from pathlib import Path; from norwalk_analytics.board.paper import to_pdf;"
        "sys.stdout.buffer.write(to_pdf(Path(sys.argv[1]).read_text(encoding='utf-8')))"
    )
    environment = os.environ | {"PYTHONHASHSEED": "4711", "TZ": "Asia/Tokyo"}
    done = subprocess.run(
        [sys.executable, "-c", code, page], env=environment, capture_output=True, check=True
    )
    assert done.stdout == published.data
    assert paper.to_pdf(published.html.replace("Logged", "Noted")) != published.data


def test_nothing_is_loaded(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(socket.socket, "connect", lambda *given: asked.append(given))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *given, **_: asked.append(given))
    secret = tmp_path / "secret.svg"
    secret.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>secret</text></svg>'
    )
    html = (
        '<html lang="en"><title>A</title><link rel="stylesheet" href="http://example.org/a.css">'
        f'<h1>A</h1><img alt="b" src="http://example.org/b.png"><img alt="c" src="{secret.as_uri()}">'
        '<style>@import "http://example.org/c.css"; h1 { background: url(http://example.org/d.png) }</style>'
    )
    data = paper.to_pdf(html)
    assert asked == []
    assert Tagged(data).tree.text == "Abc"  # words in place of pictures


def test_words_that_could_be_markup_are_words(published):
    html = published.html.replace("Nine audit findings", "&lt;b&gt;Nine (audit) \\ findings &amp; “more”")
    tree = Tagged(paper.to_pdf(html)).tree
    assert any(one.text.startswith("<b>Nine (audit) \\ findings & “more”") for one in tree.of("Link"))


@pytest.fixture
def made(monkeypatch, published):
    """A report that is made at once: what is tried here is what happens to its page."""
    monkeypatch.setattr(making, "_run", lambda *_, **__: published.html)


def test_the_command_writes_both(made, tmp_path, published):
    page, pdf = tmp_path / "r.html", tmp_path / "r.pdf"
    done = CliRunner().invoke(main, ["report", "-o", str(page), "--pdf", str(pdf)])
    assert (done.exit_code, done.output.split()) == (0, [str(page), str(pdf)])
    assert page.read_text(encoding="utf-8") == published.html
    assert pdf.read_bytes() == published.data
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.html", "r.pdf"]


def test_a_pdf_that_fails_writes_nothing(made, tmp_path, monkeypatch):
    def stop(_html):
        raise MemoryError

    monkeypatch.setattr(paper, "to_pdf", stop)
    done = CliRunner().invoke(
        main, ["report", "-o", str(tmp_path / "r.html"), "--pdf", str(tmp_path / "r.pdf")]
    )
    assert done.exit_code == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("fault", "cure"),
    [
        ("raise ModuleNotFoundError('no', name='weasyprint')", "pip install 'norwalk-analytics[pdf]'"),
        ("raise OSError('cannot load library libpango-1.0-0')", "apt-get install libpango-1.0-0"),
    ],
)
def test_without_weasyprint_it_says_what_to_install(tmp_path, monkeypatch, fault, cure):
    (tmp_path / "weasyprint.py").write_text(fault, encoding="utf-8")
    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    done = CliRunner().invoke(
        main, ["report", "-o", str(tmp_path / "r.html"), "--pdf", str(tmp_path / "r.pdf")]
    )
    assert done.exit_code == 2
    assert cure in done.output
    assert done.output.count("\n") == 1
    assert not (tmp_path / "r.html").exists()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["-o", "r.html", "--pdf", "r.html"], "can't both be r.html"),
        (["-o", "r.html", "--pdf", "none/r.pdf"], "is not a folder, so r.pdf can't be written there"),
        (["-o", "r.html", "--internal", "--pdf", "board_report.pdf"], "give another with --pdf"),
    ],
)
def test_a_place_for_the_pdf_that_will_not_do(tmp_path, monkeypatch, given, words):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["report", *given])
    assert done.exit_code == 2
    assert words in done.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.long
@pytest.mark.parametrize("edition", ["published", "internal"])
def test_the_board_report_is_a_tagged_pdf(sample_folder, tmp_path, edition):
    page = make_report(tmp_path / "report.html", data=sample_folder, edition=edition)
    began = time.process_time()
    found = read(page.read_text(encoding="utf-8"))
    spent = time.process_time() - began
    for check in CHECKS[:-1]:
        check(found)
    check_pages(found, mark=MARK if edition == "internal" else "")
    size, pages = len(found.data), len(found.pdf.pdf.pages)
    print(f"{edition}: {pages} pages, {size / 1e3:,.0f} kB, {spent:.1f} s of one core")
    assert size < (2_000_000 if edition == "internal" else 1_000_000)
    assert pages < (100 if edition == "internal" else 60)
