"""docs/accessibility.md: a row for each criterion of WCAG 2.1 A and AA, and no check that there is not."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "docs" / "accessibility.md").read_text(encoding="utf-8")
# As the recommendation of 5 June 2018 names them.
A = """
1.1.1 Non-text Content | 1.2.1 Audio-only and Video-only (Prerecorded) | 1.2.2 Captions (Prerecorded)
1.2.3 Audio Description or Media Alternative (Prerecorded) | 1.3.1 Info and Relationships
1.3.2 Meaningful Sequence | 1.3.3 Sensory Characteristics | 1.4.1 Use of Color | 1.4.2 Audio Control
2.1.1 Keyboard | 2.1.2 No Keyboard Trap | 2.1.4 Character Key Shortcuts | 2.2.1 Timing Adjustable
2.2.2 Pause, Stop, Hide | 2.3.1 Three Flashes or Below Threshold | 2.4.1 Bypass Blocks | 2.4.2 Page Titled
2.4.3 Focus Order | 2.4.4 Link Purpose (In Context) | 2.5.1 Pointer Gestures | 2.5.2 Pointer Cancellation
2.5.3 Label in Name | 2.5.4 Motion Actuation | 3.1.1 Language of Page | 3.2.1 On Focus | 3.2.2 On Input
3.3.1 Error Identification | 3.3.2 Labels or Instructions | 4.1.1 Parsing | 4.1.2 Name, Role, Value
"""
AA = """
1.2.4 Captions (Live) | 1.2.5 Audio Description (Prerecorded) | 1.3.4 Orientation
1.3.5 Identify Input Purpose | 1.4.3 Contrast (Minimum) | 1.4.4 Resize Text | 1.4.5 Images of Text
1.4.10 Reflow | 1.4.11 Non-text Contrast | 1.4.12 Text Spacing | 1.4.13 Content on Hover or Focus
2.4.5 Multiple Ways | 2.4.6 Headings and Labels | 2.4.7 Focus Visible | 3.1.2 Language of Parts
3.2.3 Consistent Navigation | 3.2.4 Consistent Identification | 3.3.3 Error Suggestion
3.3.4 Error Prevention (Legal, Financial, Data) | 4.1.3 Status Messages
"""
CRITERIA = {
    name.strip(): level
    for level, names in (("A", A), ("AA", AA))
    for name in re.split(r"[|\n]", names.strip())
}
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in PAGE.splitlines()
    if re.match(r"\| \d", line)
]
NAMED = r"`((?:tests/)?[a-z_]+\.py)::(test_[a-z_0-9]+)`"
BY_HAND = r"By hand, (\d{4}-\d\d-\d\d): \w[^.`]{20,}"


def test_every_criterion_has_its_row_in_order() -> None:
    assert len(CRITERIA) == 50
    assert {row[0]: row[1] for row in ROWS} == CRITERIA
    numbers = [tuple(map(int, row[0].split()[0].split("."))) for row in ROWS]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].split()[0])
def test_a_row_says_how_and_its_checks_exist(row: list[str]) -> None:
    _, _, how, check = row
    assert how.endswith(".")
    tests = re.findall(NAMED, check)
    for file, name in tests:
        path = TESTS.parent / file if file.startswith("tests/") else TESTS / "browser" / file
        assert re.search(rf"^def {name}\(", path.read_text(encoding="utf-8"), re.MULTILINE), (file, name)
    days = re.findall(BY_HAND, check)
    assert all(date.fromisoformat(day) >= date(2026, 1, 1) for day in days)
    assert tests or days
    # Nothing else stands there that could pass for a check.
    assert re.sub(rf"{NAMED}|{BY_HAND}|[,. ]", "", check) == ""
