"""The page on disclosure control is what a run gives: six leaks, each met."""

import re
from pathlib import Path

import pytest
from conftest import script

from norwalk_analytics.oversight.audit import audit
from norwalk_analytics.policy import read_policy

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def maker():
    return script(DOCS / "make_disclosure.py")


def test_the_page_is_that_of_a_run(maker, district):
    assert (DOCS / "disclosure.md").read_text(encoding="utf-8") == maker.page(district)


def test_six_leaks_and_each_is_met(maker):
    policy, examples = read_policy(), maker.examples()
    assert len(examples) == 6
    for title, _, _, frame, previous in examples:
        assert audit(frame, maker.naive(frame, policy), policy, previous).height, title
        ours = maker.suppress(frame, policy, previous)
        assert audit(frame, ours.frame, policy, previous).is_empty(), title
        assert not ours.frame["withheld"].all() or frame.height == 1, title


def test_every_setting_is_told_of():
    text = (DOCS / "disclosure.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)`", text, re.MULTILINE)) == set(read_policy().disclosure) - {"tables"}
