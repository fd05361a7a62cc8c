"""A board's logo: of which type by what it holds, what of it is embedded, and what is refused."""

import base64
import re
import struct
import xml.etree.ElementTree as ET
import zlib

import pytest
import vl_convert
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat import v4

from norwalk_analytics import UserError
from norwalk_analytics.board import pieces
from norwalk_analytics.board.logo import LARGEST, embedded, logo_of
from norwalk_analytics.board.page import PUBLISHED, PageError, render
from norwalk_analytics.cli import main
from norwalk_analytics.intake.contract import read_contract

AUTHOR = "Jane Doe, 41 Elm Street"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10">{}</svg>'
PLAIN = SVG.format('<path d="M0 0h10v10z" fill="#0B6E4F"/>')


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


HEADER = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
PIXEL = chunk(b"IDAT", zlib.compress(b"\0\x0b\x6e\x4f"))
END = chunk(b"IEND", b"")
PNG = b"\x89PNG\r\n\x1a\n" + HEADER + PIXEL + END
SAID_PNG = (
    b"\x89PNG\r\n\x1a\n" + HEADER + chunk(b"tEXt", f"Author\0{AUTHOR}".encode())
    + chunk(b"eXIf", AUTHOR.encode()) + PIXEL + END + AUTHOR.encode()
)  # fmt: skip
JPEG = vl_convert.svg_to_jpeg(PLAIN)


def segment(marker, body):
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


SAID_JPEG = (
    JPEG[:2] + segment(0xE1, b"Exif\0\0" + AUTHOR.encode()) + segment(0xFE, AUTHOR.encode()) + JPEG[2:] + AUTHOR.encode()
)  # fmt: skip


def written(folder, name, data):
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


@pytest.mark.parametrize(
    ("name", "data", "kind", "kept"),
    [
        ("a.png", PNG, "png", PNG),
        ("said.png", SAID_PNG, "png", PNG),
        ("a.jpg", JPEG, "jpeg", JPEG),
        ("said.jpg", SAID_JPEG, "jpeg", JPEG),
        ("called_otherwise.gif", PNG, "png", PNG),  # by what it holds, never by its name
    ],
)
def test_a_picture_is_what_it_holds_without_what_is_said_about_it(tmp_path, name, data, kind, kept):
    assert embedded(written(tmp_path, name, data)) == (kind, kept)


def test_a_jpeg_of_several_scans_is_kept_whole(tmp_path):
    body = bytes(range(1, 200)) + b"\xff\x00\xff\xd0more"
    several = (
        b"\xff\xd8" + segment(0xC2, b"frame") + segment(0xDA, b"one") + body + segment(0xC4, b"table")
        + segment(0xDA, b"two") + body + b"\xff\xd9"
    )  # fmt: skip
    assert embedded(written(tmp_path, "a.jpg", several)) == ("jpeg", several)


def test_an_svg_is_embedded_as_it_is_drawn_and_no_more(tmp_path):
    drawn = (
        '<?xml version="1.0" encoding="UTF-8"?><!-- Jane Doe --><svg xmlns="http://www.w3.org/2000/svg" '
        'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:i="http://www.inkscape.org/namespaces/inkscape" '
        'viewBox="0 0 9 5" i:export-filename="/home/jane/logo.png"><title>Jane Doe</title><metadata>Jane Doe</metadata>'
        '<i:namedview i:who="Jane Doe"/><style>.a{fill:url(#g)}</style><defs><linearGradient id="g"><stop offset="0" '
        'style="stop-color:#fff"/></linearGradient><path id="p" class="a" d="M0 0h9"/></defs><use xlink:href="#p"/></svg>'
    )
    kind, kept = embedded(written(tmp_path, "a.svg", drawn))
    assert kind == "svg+xml"
    assert b"Jane" not in kept.replace(b"jane", b"Jane")
    root = ET.fromstring(kept)
    space = "{http://www.w3.org/2000/svg}"
    assert [one.tag.removeprefix(space) for one in root.iter()] == [
        "svg", "style", "defs", "linearGradient", "stop", "path", "use",
    ]  # fmt: skip
    assert root.find(f"{space}use").attrib == {"href": "#p"}
    assert root.find(f".//{space}path").attrib == {"id": "p", "class": "a", "d": "M0 0h9"}
    assert root.attrib == {"viewBox": "0 0 9 5", "width": "9", "height": "5"}


BROKEN = "is not a whole {} file: save it again."
HELD = "which a logo may not. Save it as plain SVG, without it."
REFUSED = {
    "a GIF": (b"GIF89a" + bytes(20), "is neither a PNG, a JPEG nor an SVG file, by what it holds."),
    "nothing": (b"", "is neither a PNG, a JPEG nor an SVG file, by what it holds."),
    "a page": ("<html><svg/></html>", "is neither a PNG, a JPEG nor an SVG file, by what it holds."),
    "too large": (PNG + bytes(LARGEST), "holds 200 KB; a logo may hold 200 KB, for it is in every page."),
    "a PNG cut short": (PNG[:-5], BROKEN.format("PNG")),
    "a PNG cut in its head": (PNG[:10], BROKEN.format("PNG")),
    "a PNG altered": (PNG.replace(b"IDAT", b"IDAX"), BROKEN.format("PNG")),
    "a JPEG cut short": (JPEG[:-2], BROKEN.format("JPEG")),
    "a JPEG cut in its head": (JPEG[:30], BROKEN.format("JPEG")),
    "a script": (SVG.format("<script>alert(1)</script>"), f"holds a script, {HELD}"),
    "a script of another kind": (SVG.format('<x:script xmlns:x="http://www.w3.org/1999/xhtml"/>'), f"holds a script, {HELD}"),
    "a handler": (SVG.format('<path onclick="alert(1)"/>'), f"holds a script (onclick), {HELD}"),
    "HTML": (SVG.format("<foreignObject/>"), f"holds an element foreignObject, {HELD}"),
    "a picture": (SVG.format('<image href="a.png"/>'), f"holds an element image, {HELD}"),
    "movement": (SVG.format("<animate/>"), f"holds an element animate, {HELD}"),
    "a link": (SVG.format('<a href="https://example.org/"/>'), f"holds an element a, {HELD}"),
    "a foreign part": (SVG.format('<use href="https://example.org/a.svg#b"/>'), f"holds a link to something outside itself, {HELD}"),
    "a part of a file": (
        SVG.format('<use xmlns:x="http://www.w3.org/1999/xlink" x:href="a.svg#b"/>'),
        f"holds a link to something outside itself, {HELD}",
    ),
    "a foreign colour": (
        SVG.format('<path fill="url(https://example.org/a.svg#b)"/>'), f"holds something that it would load or run (fill), {HELD}",
    ),
    "a foreign style": (
        SVG.format('<path style="fill:url(//example.org/a)"/>'), f"holds something that it would load or run (style), {HELD}",
    ),
    "a style that loads": (
        SVG.format("<style>@import 'https://example.org/a.css';</style>"), f"holds something that it would load or run (its style), {HELD}",
    ),
    "a style in disguise": (
        SVG.format("<style>a{fill:u\\72l(x)}</style>"), f"holds something that it would load or run (its style), {HELD}",
    ),
    "a font": (
        SVG.format("<style>@font-face{src:url(data:font/woff2;base64,AA)}</style>"),
        f"holds something that it would load or run (its style), {HELD}",
    ),
    "a style beside it": (f"<?xml-stylesheet href='a.css'?>{PLAIN}", f"holds a foreign style, {HELD}"),
    "an entity": (f"<!DOCTYPE svg [<!ENTITY a 'b'>]>{PLAIN}", f"holds a document type, {HELD}"),
    "depth": (SVG.format("<g>" * 9000 + "</g>" * 9000), f"holds groups within groups, more than 100 deep, {HELD}"),
    "no XML": ("<svg", "is not an SVG file that can be read: save it again, as plain SVG."),
    "no size": ('<svg xmlns="http://www.w3.org/2000/svg"/>', "does not say its size: save it with a viewBox, or with width and height."),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_is_said_in_a_sentence(tmp_path, what):
    data, said = REFUSED[what]
    with pytest.raises(UserError) as caught:
        embedded(written(tmp_path, "logo.svg", data))
    assert str(caught.value) == f"The logo logo.svg {said}"


@settings(max_examples=150, deadline=None)
@given(
    whole=st.sampled_from([PNG, SAID_PNG, JPEG, SAID_JPEG, PLAIN.encode(), b""]),
    at=st.integers(0, 400),
    gone=st.integers(0, 8),
    put=st.binary(max_size=8),
)
def test_whatever_a_file_holds_it_is_a_picture_or_a_sentence(tmp_path_factory, whole, at, gone, put):
    path = written(tmp_path_factory.getbasetemp(), "any", whole[:at] + put + whole[at + gone :])
    try:
        kind, kept = embedded(path)
    except UserError as error:
        assert str(error).startswith("The logo any ")
        assert "\n" not in str(error)
    else:
        assert kind in ("png", "jpeg", "svg+xml")
        assert embedded(written(path.parent, "again", kept)) == (kind, kept)


def test_a_logo_stands_beside_policy_toml(tmp_path):
    written(tmp_path, "policy.toml", '[look]\nlogo = "logo.svg"\n')
    written(tmp_path, "logo.svg", PLAIN)
    found = logo_of(read_contract(tmp_path))
    assert base64.b64decode(found.removeprefix("data:image/svg+xml;base64,")).decode().startswith("<svg ")


@pytest.mark.parametrize(
    ("look", "said"),
    [
        ('logo = "crest.svg"', "policy.toml: there is no logo crest.svg beside it."),
        ('logo = "../logo.svg"', "policy.toml: there is no logo ../logo.svg beside it."),
        ('logo = "folder"', "policy.toml: there is no logo folder beside it."),
        ('logo = "policy.toml"', "The logo policy.toml is neither a PNG, a JPEG nor an SVG file"),
        ('accent = "#FFD500"', "The nearest that passes is #8C7500."),
        ('accent = "green"', "policy.toml can't be used: accent is not a colour of six digits"),
        ("accent = 3", "policy.toml can't be used: accent is not a colour of six digits"),
        ("logo = true", "policy.toml can't be used: logo is not the name of a file"),
        ('font = "Comic Sans"', "policy.toml can't be used: [look] knows logo and accent, and no font."),
    ],
)
def test_a_look_that_cant_be_used_is_one_sentence_before_anything_is_run(tmp_path, look, said):
    contract = tmp_path / "contract"
    (contract / "folder").mkdir(parents=True)
    written(tmp_path, "logo.svg", PLAIN)
    written(contract, "policy.toml", f"[look]\n{look}\n")
    target = tmp_path / "r.html"
    done = CliRunner().invoke(main, ["report", "--contract", str(contract), "-o", str(target)])
    assert (done.exit_code, done.output.count("\n")) == (2, 1)
    assert said in done.output
    assert not target.exists()


LOGO = f"data:image/svg+xml;base64,{base64.b64encode(PLAIN.encode()).decode()}"


def page(html, **look):
    output = v4.new_output("display_data", data={PUBLISHED: html})
    return render(v4.new_notebook(cells=[v4.new_code_cell("", outputs=[output])]), title="T", **look)


def head(logo):
    return str(
        pieces.head(board="Harbor <Point>", title="T", month="May", as_of="June", sample=True, logo=logo)
    )


def test_a_page_lets_in_pictures_only_where_it_has_a_logo():
    with_logo, without = page(head(LOGO), board="B", logo=LOGO), page(head(""), board="B")
    assert "img-src data:; style-src" in with_logo
    assert with_logo.count("<img ") == 1
    assert f'<img class="logo" src="{LOGO}" alt=""> <span>Harbor &lt;Point&gt;</span>' in with_logo
    assert "img-src" not in without
    assert "<img" not in without


@pytest.mark.parametrize(
    ("html", "logo"),
    [
        (head(LOGO), ""),  # the contract has none
        (head(LOGO), LOGO.replace("PHN2", "AAAA")),  # it has another
        (head("") + f'<img class="logo" src="{LOGO}" alt="" onerror="x()">', LOGO),
        (head("") + '<img class="logo" src="https://example.org/a.png" alt="">', LOGO),
        (head("") + f'<img src="{LOGO}">', LOGO),
    ],
)
def test_no_other_picture_is_let_in(html, logo):
    with pytest.raises(PageError, match="The page holds a img element"):
        page(html, logo=logo)


def test_the_boards_name_stands_in_the_title_the_foot_and_on_paper():
    made = page(head(""), board="Harbor & Point", accent=("#0B6E4F", "#2F8F6D"))
    assert "<title>Harbor &amp; Point. T</title>" in made
    assert "<p>Harbor &amp; Point. T. This page is one file" in made
    assert r'content: "Harbor \26  Point\2e  T"' in made
    assert re.search(r"--c-accent: #0B6E4F;.*--c-accent: #2F8F6D;", made, re.DOTALL)


def test_a_notebook_that_is_no_report_is_called_by_its_heading():
    cells = [v4.new_markdown_cell("# How *good* & old?\n\nSo good."), v4.new_markdown_cell("## Parts")]
    made = render(v4.new_notebook(cells=cells), title="T", board="B", logo=LOGO, allow_foreign=True)
    assert "<h1>How good &amp; old?</h1>" in made
    assert "<title>Internal: not for publication. B. How good &amp; old?</title>" in made
    assert made.count("How good") == 4  # h1, title, foot, paper
    assert "<p>So good.</p>" in made
    assert f'src="{LOGO}"' in made
    assert "<h1>T</h1>" in render(v4.new_notebook(cells=cells), title="T")
