"""Every measure, breakdown and roll-forward equals a plain loop over rows, with as_of on its edges."""

from datetime import date

import measures_against_loops as loops
import pytest

from norwalk_analytics import load_district

DAYS = [
    date(2013, 9, 3),  # enactment
    *[pytest.param(day, marks=pytest.mark.long) for day in (
        date(2026, 6, 30),  # the end of a month and of a school year
        date(2025, 3, 9),  # the day clocks go forward
        date(2024, 2, 29),
        date(2024, 11, 3),  # the day they go back
    )],
]  # fmt: skip


@pytest.fixture(scope="module", params=DAYS, ids=str)
def at(request, sample_folder):
    return load_district(sample_folder, as_of=request.param)


@pytest.mark.parametrize("part", [loops.registrations, loops.contacts, loops.findings, loops.misses])
def test_the_sample(at, part):
    part(at)
