"""The page of measures is what a run gives, and has a heading for each."""

import re
from pathlib import Path

import pytest
from conftest import script

from norwalk_analytics.oversight.measures import MEASURES
from norwalk_analytics.policy import read_policy

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def maker():
    return script(DOCS / "make_measures.py")


def test_every_measure_has_its_heading():
    text = (DOCS / "measures.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^### (\w+)$", text, re.MULTILINE)) == set(MEASURES) == set(read_policy().measures)


def test_the_page_and_its_pictures_are_those_of_a_run(maker, district):
    text, pictures = maker.page(district)
    assert (DOCS / "measures.md").read_text(encoding="utf-8") == text
    assert len(pictures) == 14
    for name, svg in pictures.items():
        assert (DOCS / "pictures" / name).read_text(encoding="utf-8") == svg, name
        assert f"(pictures/{name})" in text
