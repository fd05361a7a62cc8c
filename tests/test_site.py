"""The site of the docs: it is made without a warning, its links lead somewhere, and it loads nothing from elsewhere."""

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from conftest import script

import norwalk_analytics

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
SPARK = ("load_district", "session", "without_cells")


def built(source, target):
    """What the Makefile's recipe does, elsewhere."""
    make = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-W",
        "--keep-going",
        "-b",
        "html",
        str(source),
        str(target),
    ]
    return subprocess.run(make, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, made from the checkout."""
    folder = tmp_path_factory.mktemp("site")
    done = built(DOCS, folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return folder


class Page(HTMLParser):
    """What a page loads, where its links lead, and the places in it that a link can lead to."""

    def __init__(self, path):
        super().__init__()
        self.loads, self.links, self.ids = [], [], set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids |= {given[name] for name in ("id", "name") if given.get(name)}
        if tag == "a":
            self.links.append(given.get("href", ""))
        else:
            self.loads += [
                given[name] for name in ("src", "href", "srcset", "data", "action") if given.get(name)
            ]


@pytest.fixture(scope="module")
def pages(site):
    """Path → page."""
    return {path: Page(path) for path in sorted(site.rglob("*.html"))}


def test_make_docs_is_what_is_tested():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "$(PY) -m sphinx -q -W --keep-going -b html docs build/site" in makefile


def test_every_page_of_the_docs_is_in_it_and_no_script(site):
    for page in DOCS.rglob("*.md"):
        assert (site / page.relative_to(DOCS)).with_suffix(".html").is_file(), page.name
    assert not [path for path in site.rglob("*") if path.suffix == ".py"]


def test_links_lead_to_a_page_and_a_place_in_it(pages):
    """Held without Sphinx, which holds it too."""
    followed = 0
    for path, page in pages.items():
        for link in page.links:
            to = urlsplit(link)
            if to.scheme or not link:
                continue
            target = (path.parent / unquote(to.path)).resolve() if to.path else path
            assert target.is_file(), (path.name, link)
            if to.fragment and target in pages:
                assert unquote(to.fragment) in pages[target].ids, (path.name, link)
                followed += 1
    assert followed > 100


def test_nothing_is_loaded_from_elsewhere(site, pages):
    loaded = [(path.name, one) for path, page in pages.items() for one in page.loads]
    assert loaded
    assert not [
        (name, one)
        for name, one in loaded
        if urlsplit(one).netloc or urlsplit(one).scheme not in ("", "data")
    ]
    for path in site.rglob("*.css"):
        style = path.read_text(encoding="utf-8")
        assert not re.search(r"url\(\s*[\"']?(?:https?:)?//|@import", style), path.name
    for path in site.rglob("*.js"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(?:fetch|importScripts|import)\(\s*[\"'`](?:https?:)?//", text), path.name


FAULTS = {
    "[a](no_such_page.md)": "no_such_page.md",
    "[a](other.md#no-such-place)": "no-such-place",
    "![a](no_such_picture.svg)": "no_such_picture.svg",
    "```{eval-rst}\n.. autofunction:: norwalk_analytics.no_such\n```": "no_such",
}
"""What breaks the site → what of it is named."""


def test_a_fault_breaks_it(tmp_path):
    source = tmp_path / "docs"
    source.mkdir()
    shutil.copy(DOCS / "conf.py", source)
    (source / "other.md").write_text("---\norphan: true\n---\n# Other\n\n## A place\n")
    (source / "index.md").write_text("# T\n\n[a](other.md#a-place)\n")
    assert built(source, tmp_path / "good").returncode == 0
    (source / "index.md").write_text("\n\n".join(["# T", *FAULTS]) + "\n")
    done = built(source, tmp_path / "bad")
    assert done.returncode == 1
    warnings = [line for line in done.stderr.splitlines() if "WARNING" in line]
    assert len(warnings) == len(FAULTS)
    assert all(any(named in line for line in warnings) for named in FAULTS.values())


def test_the_reference_holds_all_that_is_exported(pages, site):
    python, spark = (pages[site / "reference" / f"{name}.html"].ids for name in ("python", "spark"))
    assert {f"norwalk_analytics.{name}" for name in norwalk_analytics.__all__} <= python
    assert {f"norwalk_analytics.spark.{name}" for name in SPARK} <= spark
    source = (ROOT / "norwalk_analytics" / "spark" / "__init__.py").read_text(encoding="utf-8")
    assert set(re.findall(r"import (\w+) as \1$", source, re.MULTILINE)) == set(SPARK)


@pytest.mark.parametrize("name", ["policy.md", "reference/tables.md", "reference/command_line.md"])
def test_pages_made_from_the_contract_and_the_help_are_those_of_today(name):
    """Make them anew by ``python docs/make_reference.py``."""
    assert (DOCS / name).read_text(encoding="utf-8") == script(DOCS / "make_reference.py").pages()[name]
