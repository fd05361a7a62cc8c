"""The page against the guidance of others: what docs/guidance.md names is there, and its points that can be counted hold."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest
from PIL import Image

from norwalk_analytics.board import method, pieces
from norwalk_analytics.board.plain import TEMPLATES

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "guidance.md").read_text(encoding="utf-8")
STYLE = (TEMPLATES / "style.css").read_text(encoding="utf-8")
POINTS = re.findall(r"^\| (\d+) \| (.+) \| (.+) \| (.+) \| (.*?) ?\|$", PAGE, re.MULTILINE)
PLACES = sorted({name for point in POINTS for name in re.findall(r"`([^`]+)`", point[3])})
PICTURES = {
    "report_wide.png": 1280,
    "report_phone.png": 585,
    "report_dark.png": 1280,
    "report_print.png": 850,
}
LISTS = 3  # commas from which a sentence is a list
WORDS = 25


def there(name: str) -> bool:
    """Whether a file, a function or a rule of the style sheet exists: "board.said.headline", ".total"."""
    if "/" in name:
        return (ROOT / name).exists() or (ROOT / "norwalk_analytics" / name).exists()
    module, _, last = name.rpartition(".")
    if re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", module):
        return hasattr(import_module(f"norwalk_analytics.{module}"), last)
    if re.fullmatch(r"(board|oversight)\.[a-z_]+", name):
        return bool(import_module(f"norwalk_analytics.{name}"))
    return re.search(rf"(?m)(?:^|[ ,]){re.escape(name)}(?=[ ,:{{[])", STYLE) is not None or name in (
        part for part in (":target-current",) if part in STYLE
    )


def test_the_points_are_numbered_and_each_says_how_and_where():
    assert [int(point[0]) for point in POINTS] == list(range(1, len(POINTS) + 1))
    assert len(POINTS) >= 40
    for number, asked, met, where, _ in POINTS:
        assert asked.endswith("."), number
        assert met.endswith("."), number
        assert re.findall(r"`[^`]+`", where), number


@pytest.mark.parametrize("name", PLACES)
def test_what_the_table_names_exists(name):
    assert there(name)


@pytest.mark.parametrize(
    "name", ["board.said.no_such", "board/no_such.py", ".no-such", "board.no_such.thing"]
)
def test_what_does_not_exist_is_found_out(name):
    try:
        assert not there(name)
    except ModuleNotFoundError:
        assert "no_such" in name


def test_sources_are_listed():
    used = {
        short for line in re.findall(r"^Sources?: (.+)\.$", PAGE, re.MULTILINE) for short in line.split(", ")
    }
    listed = set(re.findall(r"^\| ([\w-]+) \| .+\(?\d{4}|^\| ([\w-]+) \| .+<https", PAGE, re.MULTILINE))
    assert used == {name for pair in listed for name in pair if name} & used
    assert len(used) >= 12


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_of_their_screens_and_small(name):
    """Take them anew by ``python docs/make_screenshots.py``."""
    path = ROOT / "docs" / name
    with Image.open(path) as picture:
        assert picture.width == PICTURES[name]
    assert path.stat().st_size < 200_000
    assert f"]({name})" in PAGE


def test_our_own_sentences_are_short():
    """Point 50, of the words that stand in the code: how to read the page, and the method."""
    shown = re.sub(r"<[^>]+>", " ", pieces.brief([("A.", "a")]))
    said = [*re.split(r"</d[td]>", shown), *method.DEFINITIONS]
    for sentence in (one for text in said for one in re.split(r"(?<=[.:;]) ", text)):
        assert len(sentence.split()) <= WORDS or sentence.count(",") >= LISTS, sentence


def test_how_to_read_the_page_explains_every_sign():
    shown = pieces.brief([("A.", "a")])
    for sign in ("Status", "Trend", "Control charts", "Withheld", "“–”", "“none”", "interval", "A 0"):
        assert sign in shown
